//! `vmgpu_arg`: kernel arguments as plain data, and their way to [`GpuArg`] without a heap allocation for short lists.

use std::ffi::c_void;

use super::buffer::vmgpu_buffer;
use super::enums::vmgpu_arg_kind as K;
use super::handle::{Pins, invalid};
use super::ptr;
use crate::backend::ArgValue;
use crate::buffer::Buffer;
use crate::error::{GpuError, GpuResult};
use crate::kernel::{ArgKind, GpuArg, Kernel};
use crate::room::{Places, Room};

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
/// @param data  Host memory, any alignment, borrowed until the call that uses the argument returns.
/// @param size  sizeof of the struct. Checked against the kernel's parameter at launch.
#[unsafe(no_mangle)]
pub extern "C" fn vmgpu_arg_struct(data: *const c_void, size: usize) -> vmgpu_arg {
    // No parameter is as large as 4 GiB: such a size is refused at launch, as it should be.
    arg(K::Struct, u32::try_from(size).unwrap_or(u32::MAX), data.addr() as u64)
}

/// More than any compiler takes (4 KiB of parameters, 32 KiB since CUDA 12.1, one byte each).
const MAX_ARGS: usize = 32764;
const MAX_STRUCT: u32 = 32764;

/// The caller's arguments.
///
/// # Safety
/// `args` leads to `count` arguments that stay unchanged for `'a`.
#[inline]
pub(super) unsafe fn list<'a>(args: *const vmgpu_arg, count: usize) -> GpuResult<&'a [vmgpu_arg]> {
    if count > MAX_ARGS {
        return Err(too_many(count));
    }
    // SAFETY: promised by the caller.
    unsafe { ptr::slice(args, count, "args") }
}

/// Converts the arguments, with every buffer among them pinned, and runs `act` on them.
///
/// # Safety
/// Structs among the arguments are readable at the stated size.
#[inline]
pub(super) unsafe fn with_args<R>(
    args: &[vmgpu_arg],
    act: impl FnOnce(&[GpuArg<'_>]) -> GpuResult<R>,
) -> GpuResult<R> {
    // Declared first, so that they are dropped after what refers to their buffers.
    let mut pin_room = Room::new();
    let mut pins = Pins::new(pin_room.places(args.len()));
    let mut room = Room::new();
    let mut converted = room.places(args.len());
    for (index, arg) in args.iter().enumerate() {
        let Some(kind) = ArgKind::from_number(arg.kind).filter(|kind| fits(*kind, arg)) else {
            return Err(refuse(index, arg));
        };
        converted.push(match kind {
            ArgKind::Buffer | ArgKind::BufferConst => {
                let handle = std::ptr::without_provenance(arg.value as usize);
                // SAFETY: the pins live until the arguments are gone.
                match unsafe { pins.add::<Buffer>(handle) } {
                    Some(buffer) => GpuArg::borrowing(kind, buffer),
                    None => return Err(no_buffer(index, handle)),
                }
            }
            ArgKind::Struct => {
                let data = std::ptr::with_exposed_provenance(arg.value as usize);
                // SAFETY: not NULL as checked; readable at this size as promised by the caller.
                GpuArg::Struct(unsafe { std::slice::from_raw_parts(data, arg.size as usize) })
            }
            ArgKind::Bool => GpuArg::Bool(arg.value as u8 != 0),
            scalar => GpuArg::scalar(scalar, arg.value),
        });
    }
    act(converted.as_slice())
}

/// The usual launch in one pass: scalars and buffers of the kernel's own device, for parameters that are known. What goes to
/// the backend is added to `values`, with the buffers pinned. False for anything else, right or wrong: [`with_args`] has
/// the say about that.
#[inline]
pub(super) fn plain_values<'a>(
    args: &'a [vmgpu_arg],
    kernel: &Kernel,
    pins: &mut Pins<'_>,
    values: &mut Places<'_, ArgValue<'a>>,
) -> bool {
    let Some(params) = &kernel.metadata().params else { return false };
    if params.len() != args.len() {
        return false;
    }
    for (arg, param) in args.iter().zip(params) {
        let plain = PLAIN.get(arg.kind as usize).copied().unwrap_or_default();
        if plain.size != arg.size || plain.size != param.size {
            return false;
        }
        if !plain.is_buffer {
            if param.is_pointer == Some(true) {
                return false;
            }
            values.push(ArgValue::Scalar { bits: arg.value, size: arg.size });
            continue;
        }
        let handle = std::ptr::without_provenance(arg.value as usize);
        // SAFETY: `pins` outlives the use of `buffer`, which ends with this round.
        let Some(Buffer::Device(buffer)) = (unsafe { pins.add::<Buffer>(handle) }) else { return false };
        if param.is_pointer == Some(false) || buffer.is_mapped() || !buffer.device().same(kernel.device()) {
            return false;
        }
        let writes = arg.kind == K::Buffer as u32 && !param.read_only;
        values.push(ArgValue::Buffer { address: buffer.device_pointer(), size: buffer.size(), writes });
    }
    true
}

/// What the usual arguments are, by their kind.
#[derive(Clone, Copy, Default)]
struct Plain {
    /// Bytes of the parameter; 0, which no parameter has, for kinds that are not plain.
    size: u32,
    is_buffer: bool,
}

const PLAIN: [Plain; 16] = {
    let mut plain = [Plain { size: 0, is_buffer: false }; 16];
    let scalars = [
        (K::U8, 1),
        (K::I8, 1),
        (K::U16, 2),
        (K::I16, 2),
        (K::U32, 4),
        (K::I32, 4),
        (K::U64, 8),
        (K::I64, 8),
        (K::F32, 4),
        (K::F64, 8),
    ];
    let mut i = 0;
    while i < scalars.len() {
        plain[scalars[i].0 as usize].size = scalars[i].1;
        i += 1;
    }
    plain[K::Buffer as usize] = Plain { size: 8, is_buffer: true };
    plain[K::BufferConst as usize] = Plain { size: 8, is_buffer: true };
    plain
};

/// Whether size and value can belong to the kind.
#[inline]
fn fits(kind: ArgKind, arg: &vmgpu_arg) -> bool {
    match kind {
        ArgKind::Struct => arg.value != 0 && (1..=MAX_STRUCT).contains(&arg.size),
        _ => arg.size == kind.size(),
    }
}

#[cold]
fn too_many(count: usize) -> GpuError {
    GpuError::invalid("arg_count", format!("is {count}; a kernel takes at most {MAX_ARGS}"))
}

#[cold]
fn no_buffer(index: usize, handle: *const vmgpu_buffer) -> GpuError {
    invalid::<Buffer>(handle.addr(), &format!("args[{index}]"))
}

const STRUCT: u32 = K::Struct as u32;

#[cold]
fn refuse(index: usize, arg: &vmgpu_arg) -> GpuError {
    let reason = match arg.kind {
        STRUCT if arg.value == 0 => "is a struct at address NULL".to_string(),
        kind @ 1..=STRUCT => {
            format!("of kind {kind} has size {}, which does not belong to that kind", arg.size)
        }
        kind => format!("has kind {kind}; vmgpu_arg_kind has 1 to {STRUCT}"),
    };
    GpuError::invalid(format!("args[{index}]"), reason)
}
