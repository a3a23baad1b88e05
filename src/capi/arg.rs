//! `vmgpu_arg`: kernel arguments as plain data, and their way to [`GpuArg`] without a heap allocation for short lists.

use std::ffi::c_void;

use smallvec::SmallVec;

use super::buffer::vmgpu_buffer;
use super::enums::vmgpu_arg_kind as K;
use super::handle::{Pin, pin};
use super::ptr;
use crate::buffer::Buffer;
use crate::error::{GpuError, GpuResult};
use crate::kernel::GpuArg;

/// One argument of a kernel. Made by the vmgpu_arg_ functions, or filled by hand as vmgpu_arg_kind says. It owns nothing
/// and may be copied and reused; a buffer or struct in it must live until the call that uses it returns.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct vmgpu_arg {
    /// A vmgpu_arg_kind.
    pub kind: u32,
    /// Bytes of the kernel's parameter.
    pub size: u32,
    /// Bits, handle or address.
    pub value: u64,
}

const fn arg(kind: K, size: u32, value: u64) -> vmgpu_arg {
    vmgpu_arg { kind: kind as u32, size, value }
}

/// A kernel parameter of type `unsigned char`.
#[unsafe(no_mangle)]
pub extern "C" fn vmgpu_arg_u8(value: u8) -> vmgpu_arg {
    arg(K::U8, 1, value as u64)
}

/// A kernel parameter of type `signed char`.
#[unsafe(no_mangle)]
pub extern "C" fn vmgpu_arg_i8(value: i8) -> vmgpu_arg {
    arg(K::I8, 1, value as u8 as u64)
}

/// A kernel parameter of type `unsigned short`.
#[unsafe(no_mangle)]
pub extern "C" fn vmgpu_arg_u16(value: u16) -> vmgpu_arg {
    arg(K::U16, 2, value as u64)
}

/// A kernel parameter of type `short`.
#[unsafe(no_mangle)]
pub extern "C" fn vmgpu_arg_i16(value: i16) -> vmgpu_arg {
    arg(K::I16, 2, value as u16 as u64)
}

/// A kernel parameter of type `unsigned int`.
#[unsafe(no_mangle)]
pub extern "C" fn vmgpu_arg_u32(value: u32) -> vmgpu_arg {
    arg(K::U32, 4, value as u64)
}

/// A kernel parameter of type `int`.
#[unsafe(no_mangle)]
pub extern "C" fn vmgpu_arg_i32(value: i32) -> vmgpu_arg {
    arg(K::I32, 4, value as u32 as u64)
}

/// A kernel parameter of type `unsigned long long` or `size_t`.
#[unsafe(no_mangle)]
pub extern "C" fn vmgpu_arg_u64(value: u64) -> vmgpu_arg {
    arg(K::U64, 8, value)
}

/// A kernel parameter of type `long long`.
#[unsafe(no_mangle)]
pub extern "C" fn vmgpu_arg_i64(value: i64) -> vmgpu_arg {
    arg(K::I64, 8, value as u64)
}

/// A kernel parameter of type `float`.
#[unsafe(no_mangle)]
pub extern "C" fn vmgpu_arg_f32(value: f32) -> vmgpu_arg {
    arg(K::F32, 4, value.to_bits() as u64)
}

/// A kernel parameter of type `double`.
#[unsafe(no_mangle)]
pub extern "C" fn vmgpu_arg_f64(value: f64) -> vmgpu_arg {
    arg(K::F64, 8, value.to_bits())
}

/// A kernel parameter of type `bool`; anything but 0 is true.
#[unsafe(no_mangle)]
pub extern "C" fn vmgpu_arg_bool(value: u32) -> vmgpu_arg {
    arg(K::Bool, 1, (value != 0) as u64)
}

/// A pointer parameter that the kernel may read and write. A NULL or destroyed buffer is an error at launch.
#[unsafe(no_mangle)]
pub extern "C" fn vmgpu_arg_buffer(buffer: *mut vmgpu_buffer) -> vmgpu_arg {
    arg(K::Buffer, 8, buffer.addr() as u64)
}

/// A pointer parameter that the kernel only reads. Use it wherever it is true: a managed buffer then need not be copied
/// back or sent again. A kernel that writes all the same gives unspecified content.
#[unsafe(no_mangle)]
pub extern "C" fn vmgpu_arg_buffer_const(buffer: *const vmgpu_buffer) -> vmgpu_arg {
    arg(K::BufferConst, 8, buffer.addr() as u64)
}

/// A pointer parameter given as an address on the device, passed on unchecked: one of vmgpu_buffer_device_pointer(), with
/// an offset if you like. 0 is NULL in the kernel. It cannot follow a fallback to another device.
#[unsafe(no_mangle)]
pub extern "C" fn vmgpu_arg_pointer(device_pointer: u64) -> vmgpu_arg {
    arg(K::Pointer, 8, device_pointer)
}

/// A struct passed by value, laid out as the kernel declares it.
///
/// @param data  Host memory, borrowed until the call that uses the argument returns.
/// @param size  sizeof of the struct. Checked against the kernel's parameter at launch.
#[unsafe(no_mangle)]
pub extern "C" fn vmgpu_arg_struct(data: *const c_void, size: usize) -> vmgpu_arg {
    // No parameter is as large as 4 GiB: such a size is refused at launch, as it should be.
    arg(K::Struct, u32::try_from(size).unwrap_or(u32::MAX), data.addr() as u64)
}

/// Argument lists up to this length are converted on the stack.
const INLINE_ARGS: usize = 16;
/// More than any compiler takes (4 KiB of parameters, 32 KiB since CUDA 12.1, one byte each).
const MAX_ARGS: usize = 32764;
const MAX_STRUCT: u32 = 32764;

type Converted<'a> = SmallVec<[GpuArg<'a>; INLINE_ARGS]>;

/// Converts the arguments, with every buffer among them pinned, and runs `act` on them.
///
/// # Safety
/// `args` leads to `count` arguments; structs among them are readable at the stated size.
#[inline]
pub(super) unsafe fn with_args<R>(
    args: *const vmgpu_arg,
    count: usize,
    act: impl FnOnce(&[GpuArg<'_>]) -> GpuResult<R>,
) -> GpuResult<R> {
    if count > MAX_ARGS {
        return Err(GpuError::invalid("arg_count", format!("is {count}; a kernel takes at most {MAX_ARGS}")));
    }
    // SAFETY: promised by the caller.
    let args = unsafe { ptr::slice(args, count, "args") }?;
    let mut pins: SmallVec<[Pin<Buffer>; INLINE_ARGS]> = SmallVec::new();
    for (index, arg) in args.iter().enumerate() {
        if is_buffer(arg) {
            let handle = std::ptr::without_provenance(arg.value as usize);
            pins.push(pin::<Buffer>(handle, "args").map_err(|error| name_argument(error, index))?);
        }
    }
    let mut pinned = pins.iter();
    let mut converted = Converted::new();
    for (index, arg) in args.iter().enumerate() {
        let buffer = if is_buffer(arg) { pinned.next() } else { None };
        // SAFETY: promised by the caller.
        if !unsafe { push(arg, buffer, &mut converted) } {
            return Err(refuse(index, arg));
        }
    }
    act(&converted)
}

#[inline]
fn is_buffer(arg: &vmgpu_arg) -> bool {
    matches!(arg.kind, BUFFER | BUFFER_CONST)
}

/// Says which argument an error is about; made only once there is one.
#[cold]
fn name_argument(error: GpuError, index: usize) -> GpuError {
    match error {
        GpuError::InvalidHandle { reason, .. } => {
            GpuError::InvalidHandle { argument: format!("args[{index}]"), reason }
        }
        other => other,
    }
}

// The published kinds as plain numbers: what C filled in may be any number.
const U8: u32 = K::U8 as u32;
const I8: u32 = K::I8 as u32;
const U16: u32 = K::U16 as u32;
const I16: u32 = K::I16 as u32;
const U32: u32 = K::U32 as u32;
const I32: u32 = K::I32 as u32;
const U64: u32 = K::U64 as u32;
const I64: u32 = K::I64 as u32;
const F32: u32 = K::F32 as u32;
const F64: u32 = K::F64 as u32;
const BOOL: u32 = K::Bool as u32;
const BUFFER: u32 = K::Buffer as u32;
const BUFFER_CONST: u32 = K::BufferConst as u32;
const POINTER: u32 = K::Pointer as u32;
const STRUCT: u32 = K::Struct as u32;

/// Adds one argument, each kind straight to its place; false if kind or size is wrong.
///
/// # Safety
/// The struct behind a struct argument is readable at the stated size for `'a`.
#[inline]
unsafe fn push<'a>(arg: &'a vmgpu_arg, pin: Option<&'a Pin<Buffer>>, to: &mut Converted<'a>) -> bool {
    let v = arg.value;
    match (arg.kind, pin) {
        (BUFFER, Some(buffer)) => to.push(GpuArg::Buffer(buffer)),
        (BUFFER_CONST, Some(buffer)) => to.push(GpuArg::BufferConst(buffer)),
        (U8, _) => to.push(GpuArg::U8(v as u8)),
        (I8, _) => to.push(GpuArg::I8(v as i8)),
        (U16, _) => to.push(GpuArg::U16(v as u16)),
        (I16, _) => to.push(GpuArg::I16(v as i16)),
        (U32, _) => to.push(GpuArg::U32(v as u32)),
        (I32, _) => to.push(GpuArg::I32(v as i32)),
        (U64, _) => to.push(GpuArg::U64(v)),
        (I64, _) => to.push(GpuArg::I64(v as i64)),
        (F32, _) => to.push(GpuArg::F32(f32::from_bits(v as u32))),
        (F64, _) => to.push(GpuArg::F64(f64::from_bits(v))),
        (BOOL, _) => to.push(GpuArg::Bool(v as u8 != 0)),
        (POINTER, _) => to.push(GpuArg::RawPtr(v)),
        (STRUCT, _) if v != 0 && (1..=MAX_STRUCT).contains(&arg.size) => {
            let data = std::ptr::with_exposed_provenance(v as usize);
            // SAFETY: not NULL as checked; readable at this size as promised by the caller.
            to.push(GpuArg::Struct(unsafe { std::slice::from_raw_parts(data, arg.size as usize) }));
        }
        _ => return false,
    }
    // Sizes by kind; a struct's was checked above.
    const SIZES: [u32; STRUCT as usize] = [0, 1, 1, 2, 2, 4, 4, 8, 8, 4, 8, 1, 8, 8, 8];
    SIZES.get(arg.kind as usize).is_none_or(|size| *size == arg.size)
}

#[cold]
fn refuse(index: usize, arg: &vmgpu_arg) -> GpuError {
    let reason = match arg.kind {
        STRUCT if arg.value == 0 => "is a struct at address NULL".to_string(),
        kind @ U8..=STRUCT => {
            format!("of kind {kind} has size {}, which does not belong to that kind", arg.size)
        }
        kind => format!("has kind {kind}; vmgpu_arg_kind has 1 to {STRUCT}"),
    };
    GpuError::invalid(format!("args[{index}]"), reason)
}
