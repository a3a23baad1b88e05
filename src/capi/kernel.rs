//! `vmgpu_kernel`: compile or load, look at, launch.

use std::ffi::{c_char, c_void};

use super::arg::{self, vmgpu_arg, with_args};
use super::device::{VMGPU_NAME_SIZE, VMGPU_SHORT_NAME_SIZE, vmgpu_device, vmgpu_dim3};
use super::growing::{self, GrowingOut, growing};
use super::guard::guard;
use super::handle::{Pins, destroy, pin, publish};
use super::ptr::{Out, bytes, bytes_mut, slice, text};
use super::status::vmgpu_status;
use super::text::{TextOut, fixed};
use crate::device::Device;
use crate::error::{GpuError, GpuResult};
use crate::kernel::Kernel;
use crate::room::Room;
use crate::types::{CompileOptions, LaunchConfig};

/// `num_params` of a kernel whose parameters neither driver nor binary tell.
pub const VMGPU_UNKNOWN_COUNT: u32 = 0xffff_ffff;

/// A compiled kernel on its device.
///
/// From vmgpu_kernel_compile() or vmgpu_kernel_load() until vmgpu_kernel_destroy(). Any thread may use it, several at
/// once. It keeps its device alive. Launches under way when it is destroyed go on.
pub struct vmgpu_kernel {
    _opaque: [u8; 0],
}

/// Reserved for streams of a later version.
pub struct vmgpu_stream {
    _opaque: [u8; 0],
}

/// How to compile. VMGPU_COMPILE_OPTIONS_INIT or vmgpu_compile_options_init() give the defaults: no options, no
/// headers. All texts are copied.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct vmgpu_compile_options {
    /// sizeof(vmgpu_compile_options).
    pub struct_size: usize,
    /// Options of the CUDA compiler, each a text of its own: "-DN=4", "--use_fast_math", "-I/path".
    pub options: *const *const c_char,
    /// Number of `options`, at most 65536.
    pub option_count: usize,
    /// Names under which the kernel text may include headers that are given in memory. The usual headers of the C and C++
    /// standard libraries (`<cstdint>`, `<cmath>`, `<limits>`, `<type_traits>`, `<algorithm>`, ...) are there on every device;
    /// one that is given here takes their place.
    pub header_names: *const *const c_char,
    /// The headers' texts, in the order of `header_names`.
    pub header_texts: *const *const c_char,
    /// Number of `header_names`, and of `header_texts`; at most 65536.
    pub header_count: usize,
}

growing!(vmgpu_compile_options {
    struct_size, options, option_count, header_names, header_texts, header_count,
} vmgpu_compile_options {
    struct_size: size_of::<vmgpu_compile_options>(),
    options: std::ptr::null(),
    option_count: 0,
    header_names: std::ptr::null(),
    header_texts: std::ptr::null(),
    header_count: 0,
});

/// Shape of a launch. VMGPU_LAUNCH_CONFIG_INIT or vmgpu_launch_config_init() give the defaults: one block of one thread,
/// no dynamic shared memory.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct vmgpu_launch_config {
    /// sizeof(vmgpu_launch_config).
    pub struct_size: usize,
    /// Number of blocks.
    pub grid: vmgpu_dim3,
    /// Threads of a block.
    pub block: vmgpu_dim3,
    /// Bytes of dynamic shared memory of a block. More than 48 KiB needs nothing special.
    pub shared_memory_size: u32,
    /// Must be NULL: work goes to the device's one queue.
    pub stream: *mut vmgpu_stream,
}

const ONE: vmgpu_dim3 = vmgpu_dim3 { x: 1, y: 1, z: 1 };

growing!(vmgpu_launch_config { struct_size, grid, block, shared_memory_size, stream } vmgpu_launch_config {
    struct_size: size_of::<vmgpu_launch_config>(),
    grid: ONE,
    block: ONE,
    shared_memory_size: 0,
    stream: std::ptr::null_mut(),
});

/// Facts about a kernel, written by vmgpu_kernel_get_info(). Start with VMGPU_KERNEL_INFO_INIT.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct vmgpu_kernel_info {
    /// sizeof(vmgpu_kernel_info).
    pub struct_size: usize,
    /// As asked for, before mangling.
    pub name: [c_char; VMGPU_NAME_SIZE],
    /// Who compiled it, such as "NVRTC 13.0"; "binary" for one that was loaded.
    pub compiler: [c_char; VMGPU_SHORT_NAME_SIZE],
    /// Unix seconds.
    pub compiled_at: u64,
    /// Bytes of vmgpu_kernel_binary().
    pub binary_size: usize,
    /// VMGPU_UNKNOWN_COUNT if not known; then count and sizes of arguments cannot be checked at launch.
    pub num_params: u32,
    /// Bytes of static shared memory of a block.
    pub shared_memory_size: u32,
    /// Registers of a thread; 0 if not known.
    pub registers: u32,
    /// Bytes of local memory of a thread; 0 if not known.
    pub local_memory_size: u32,
    /// Bytes of constant memory; 0 if not known.
    pub constant_memory_size: u32,
    /// Largest block this kernel can be launched with.
    pub max_threads_per_block: u32,
}

growing!(vmgpu_kernel_info {
    struct_size, name, compiler, compiled_at, binary_size, num_params, shared_memory_size, registers,
    local_memory_size, constant_memory_size, max_threads_per_block,
} vmgpu_kernel_info {
    struct_size: size_of::<vmgpu_kernel_info>(),
    name: [0; VMGPU_NAME_SIZE],
    compiler: [0; VMGPU_SHORT_NAME_SIZE],
    compiled_at: 0,
    binary_size: 0,
    num_params: 0,
    shared_memory_size: 0,
    registers: 0,
    local_memory_size: 0,
    constant_memory_size: 0,
    max_threads_per_block: 0,
});

/// Gives `options` the defaults. C programs may write `= VMGPU_COMPILE_OPTIONS_INIT` instead.
///
/// @param options  Written.
/// @param size     sizeof(vmgpu_compile_options).
/// @return VMGPU_STATUS_OK; VMGPU_STATUS_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vmgpu_compile_options_init(
    options: *mut vmgpu_compile_options,
    size: usize,
) -> vmgpu_status {
    // SAFETY: the header asks for `size` writable bytes.
    guard(|| unsafe { growing::init(options, size, "options", &growing::Growing::defaults()) })
}

/// Gives `launch` the defaults. C programs may write `= VMGPU_LAUNCH_CONFIG_INIT` instead.
///
/// @param launch  Written.
/// @param size    sizeof(vmgpu_launch_config).
/// @return VMGPU_STATUS_OK; VMGPU_STATUS_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vmgpu_launch_config_init(
    launch: *mut vmgpu_launch_config,
    size: usize,
) -> vmgpu_status {
    // SAFETY: the header asks for `size` writable bytes.
    guard(|| unsafe { growing::init(launch, size, "launch", &growing::Growing::defaults()) })
}

/// Prepares `info` to be filled: zeros, and its size.
///
/// @param info  Written.
/// @param size  sizeof(vmgpu_kernel_info).
/// @return VMGPU_STATUS_OK; VMGPU_STATUS_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vmgpu_kernel_info_init(info: *mut vmgpu_kernel_info, size: usize) -> vmgpu_status {
    // SAFETY: the header asks for `size` writable bytes.
    guard(|| unsafe { growing::init(info, size, "info", &growing::Growing::defaults()) })
}

/// Options, or headers, of one compilation.
const MAX_TEXTS: usize = 1 << 16;

/// # Safety
/// `options` is NULL or leads to a struct as long as its size says, with arrays as long as their counts say.
pub(super) unsafe fn convert_options(options: *const vmgpu_compile_options) -> GpuResult<CompileOptions> {
    // SAFETY: promised by the caller.
    let given = unsafe { growing::read_or_default(options, "compile_options") }?;
    let texts = |array, count, name: &str| {
        // A wrong number is said to be one before it is followed into memory that is not there.
        if count > MAX_TEXTS {
            let reason = format!("is {count}; at most {MAX_TEXTS} are taken");
            return Err(GpuError::invalid(format!("compile_options->{name}: the count"), reason));
        }
        // SAFETY: promised by the caller.
        let array = unsafe { slice::<*const c_char>(array, count, &format!("compile_options->{name}")) }?;
        let mut texts = Vec::with_capacity(array.len());
        for (index, pointer) in array.iter().enumerate() {
            // SAFETY: promised by the caller.
            let text = unsafe { text(*pointer, &format!("compile_options->{name}[{index}]")) }?;
            texts.push(text.to_string());
        }
        Ok::<_, GpuError>(texts)
    };
    let names = texts(given.header_names, given.header_count, "header_names")?;
    let contents = texts(given.header_texts, given.header_count, "header_texts")?;
    Ok(CompileOptions {
        options: texts(given.options, given.option_count, "options")?,
        headers: names.into_iter().zip(contents).collect(),
    })
}

/// Compiles CUDA C text for this very device. Takes 30 to 100 ms on a GPU; vmgpu_executor_execute() keeps what it
/// compiled, this function does not.
///
/// @param source           CUDA C, at most 64 MiB.
/// @param kernel_name      Name of a `__global__` function, found with or without `extern "C"`; or a name expression for
///                         an instance of a template, such as "add<float, 4>".
/// @param compile_options  NULL means the defaults.
/// @param out_kernel       Receives the handle, to be destroyed by the caller.
/// @return VMGPU_STATUS_OK; VMGPU_STATUS_KERNEL_COMPILATION_FAILED (vmgpu_last_error() has the compiler's log);
///         VMGPU_STATUS_KERNEL_LOADING_FAILED if there is no such kernel in the text; VMGPU_STATUS_DRIVER_BINDING_FAILED
///         if the compiler library is missing; VMGPU_STATUS_FEATURE_NOT_SUPPORTED; VMGPU_STATUS_DEVICE_LOST.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vmgpu_kernel_compile(
    device: *mut vmgpu_device,
    source: *const c_char,
    kernel_name: *const c_char,
    compile_options: *const vmgpu_compile_options,
    out_kernel: *mut *mut vmgpu_kernel,
) -> vmgpu_status {
    guard(|| {
        let device = pin::<Device>(device, "device")?;
        // SAFETY: the header asks for terminated texts, NULL or a struct as long as its size says, a writable place.
        let (source, name, options, out) = unsafe {
            (
                text(source, "source")?,
                text(kernel_name, "kernel_name")?,
                convert_options(compile_options)?,
                Out::new(out_kernel, "out_kernel")?,
            )
        };
        out.write(publish(device.compile(source, name, &options)?)?);
        Ok(())
    })
}

/// Loads a ready binary: PTX, cubin or fatbin for NVIDIA, a code object for AMD; what vmgpu_kernel_binary() gave for the
/// same device. The CPU device has no ready binaries: keep the source text and use vmgpu_kernel_compile(), which takes
/// milliseconds there.
///
/// What can be checked at launch (`num_params` of vmgpu_kernel_info) comes from the driver, or from the binary. Of a fat
/// binary the part for this device is read, unless it is compressed as by CUDA 13: then an old driver leaves them unknown.
///
/// @param binary       Copied.
/// @param size         Bytes; 0 is not allowed.
/// @param kernel_name  Name in the binary; of a C++ function the mangled one.
/// @param out_kernel   Receives the handle, to be destroyed by the caller.
/// @return VMGPU_STATUS_OK; VMGPU_STATUS_KERNEL_LOADING_FAILED; VMGPU_STATUS_FEATURE_NOT_SUPPORTED on the CPU device;
///         VMGPU_STATUS_DEVICE_LOST.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vmgpu_kernel_load(
    device: *mut vmgpu_device,
    binary: *const c_void,
    size: usize,
    kernel_name: *const c_char,
    out_kernel: *mut *mut vmgpu_kernel,
) -> vmgpu_status {
    guard(|| {
        let device = pin::<Device>(device, "device")?;
        // SAFETY: the header asks for `size` readable bytes, a terminated text and a writable place.
        let (binary, name, out) = unsafe {
            (
                bytes(binary, size, "binary")?,
                text(kernel_name, "kernel_name")?,
                Out::new(out_kernel, "out_kernel")?,
            )
        };
        out.write(publish(device.load(binary, name)?)?);
        Ok(())
    })
}

/// Says what is known of the kernel.
///
/// @param out_info  Prepared with VMGPU_KERNEL_INFO_INIT or vmgpu_kernel_info_init(); receives the facts.
/// @return VMGPU_STATUS_OK; VMGPU_STATUS_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vmgpu_kernel_get_info(
    kernel: *const vmgpu_kernel,
    out_info: *mut vmgpu_kernel_info,
) -> vmgpu_status {
    guard(|| {
        let kernel = pin::<Kernel>(kernel, "kernel")?;
        // SAFETY: the header asks for a writable struct as long as its size says.
        let out = unsafe { GrowingOut::new(out_info, "out_info") }?;
        let facts = kernel.metadata();
        out.write(&vmgpu_kernel_info {
            struct_size: size_of::<vmgpu_kernel_info>(),
            name: fixed(&facts.name),
            compiler: fixed(&facts.compiler),
            compiled_at: facts.compiled_at,
            binary_size: kernel.binary().len(),
            num_params: facts.num_params().unwrap_or(VMGPU_UNKNOWN_COUNT),
            shared_memory_size: facts.shared_memory_size,
            registers: facts.registers,
            local_memory_size: facts.local_memory_size,
            constant_memory_size: facts.constant_memory_size,
            max_threads_per_block: facts.max_threads_per_block,
        });
        Ok(())
    })
}

/// Copies the compiled kernel (cubin, PTX or code object), which vmgpu_kernel_load() takes again. A kernel of the CPU
/// device has no such form: its binary is empty (0 bytes, VMGPU_STATUS_OK). vmgpu_kernel_source() gives the text.
///
/// @param buffer      Receives the binary. May be NULL if `capacity` is 0.
/// @param capacity    Bytes at `buffer`.
/// @param out_length  Receives the number of bytes. May be NULL if `buffer` is given.
/// @return VMGPU_STATUS_OK; VMGPU_STATUS_BUFFER_TOO_SMALL (nothing is copied).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vmgpu_kernel_binary(
    kernel: *const vmgpu_kernel,
    buffer: *mut c_void,
    capacity: usize,
    out_length: *mut usize,
) -> vmgpu_status {
    guard(|| {
        // SAFETY: the header asks for `capacity` writable bytes at `buffer` and a writable `out_length`.
        let out = unsafe { TextOut::binary(buffer, capacity, out_length) }?;
        out.bytes(pin::<Kernel>(kernel, "kernel")?.binary())
    })
}

/// Copies the kernel's source text; empty for a kernel loaded from a binary.
///
/// @param buffer      Receives the text. May be NULL if `capacity` is 0.
/// @param capacity    Bytes at `buffer`.
/// @param out_length  Receives the length without terminator. May be NULL if `buffer` is given.
/// @return VMGPU_STATUS_OK; VMGPU_STATUS_BUFFER_TOO_SMALL (text truncated).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vmgpu_kernel_source(
    kernel: *const vmgpu_kernel,
    buffer: *mut c_char,
    capacity: usize,
    out_length: *mut usize,
) -> vmgpu_status {
    guard(|| {
        // SAFETY: the header asks for `capacity` writable bytes at `buffer` and a writable `out_length`.
        let out = unsafe { TextOut::new(buffer, capacity, out_length) }?;
        out.text(&pin::<Kernel>(kernel, "kernel")?.metadata().source)
    })
}

/// Copies what the compiler said about the kernel although it compiled: warnings. Usually empty.
///
/// @param buffer      Receives the text. May be NULL if `capacity` is 0.
/// @param capacity    Bytes at `buffer`.
/// @param out_length  Receives the length without terminator. May be NULL if `buffer` is given.
/// @return VMGPU_STATUS_OK; VMGPU_STATUS_BUFFER_TOO_SMALL (text truncated).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vmgpu_kernel_compile_log(
    kernel: *const vmgpu_kernel,
    buffer: *mut c_char,
    capacity: usize,
    out_length: *mut usize,
) -> vmgpu_status {
    guard(|| {
        // SAFETY: the header asks for `capacity` writable bytes at `buffer` and a writable `out_length`.
        let out = unsafe { TextOut::new(buffer, capacity, out_length) }?;
        out.text(&pin::<Kernel>(kernel, "kernel")?.metadata().compile_log)
    })
}

/// Writes to a `__device__` or `__constant__` variable beside the kernel. Launches queued later see it.
///
/// @param symbol_name  The variable's name.
/// @param offset       Bytes from its start; `offset + size` must not pass its end.
/// @param src          Host memory, copied. May be NULL if `size` is 0.
/// @param size         Bytes.
/// @return VMGPU_STATUS_OK; VMGPU_STATUS_OUT_OF_RANGE; VMGPU_STATUS_INVALID_ARGUMENT if there is no such variable;
///         VMGPU_STATUS_FEATURE_NOT_SUPPORTED; VMGPU_STATUS_DEVICE_LOST.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vmgpu_kernel_symbol_write(
    kernel: *mut vmgpu_kernel,
    symbol_name: *const c_char,
    offset: usize,
    src: *const c_void,
    size: usize,
) -> vmgpu_status {
    guard(|| {
        let kernel = pin::<Kernel>(kernel, "kernel")?;
        // SAFETY: the header asks for a terminated text and `size` readable bytes.
        let (name, src) = unsafe { (text(symbol_name, "symbol_name")?, bytes(src, size, "src")?) };
        kernel.symbol_write(name, offset, src)
    })
}

/// Reads a `__device__` or `__constant__` variable beside the kernel, after everything queued before.
///
/// @param symbol_name  The variable's name.
/// @param offset       Bytes from its start; `offset + size` must not pass its end.
/// @param dst          Host memory. May be NULL if `size` is 0.
/// @param size         Bytes.
/// @return As vmgpu_kernel_symbol_write().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vmgpu_kernel_symbol_read(
    kernel: *mut vmgpu_kernel,
    symbol_name: *const c_char,
    offset: usize,
    dst: *mut c_void,
    size: usize,
) -> vmgpu_status {
    guard(|| {
        let kernel = pin::<Kernel>(kernel, "kernel")?;
        // SAFETY: the header asks for a terminated text and `size` writable bytes.
        let (name, dst) = unsafe { (text(symbol_name, "symbol_name")?, bytes_mut(dst, size, "dst")?) };
        kernel.symbol_read(name, offset, dst)
    })
}

/// Queues a launch and returns without waiting for it. Arguments and limits are checked first: a launch that cannot work
/// is refused here, and the driver never sees it.
///
/// Number and sizes of the arguments are checked wherever driver or binary tell them (`num_params` of vmgpu_kernel_info
/// says whether they do). Where it is known which parameters are pointers, these take buffers, VMGPU_ARG_KIND_POINTER and
/// an integer 0 (NULL), and no other parameter takes a buffer. That is known on the CPU device, and for NVIDIA as far as
/// the compiler marks pointers in its PTX; else anything of 8 bytes passes there.
///
/// What goes wrong while the kernel runs is answered by a later call that waits (vmgpu_buffer_read,
/// vmgpu_device_synchronize). There is no fallback and no time limit; that is what vmgpu_executor_execute() is for.
///
/// @param launch     Grid, block and shared memory.
/// @param args       One for each parameter of the kernel, in order. May be NULL if `arg_count` is 0.
/// @param arg_count  Number of `args`.
/// @return VMGPU_STATUS_OK; VMGPU_STATUS_INVALID_ARGUMENT if arguments or shape do not fit kernel or device;
///         VMGPU_STATUS_INVALID_HANDLE for a NULL or destroyed buffer among `args`; VMGPU_STATUS_INVALID_STATE if one is
///         mapped; VMGPU_STATUS_KERNEL_EXECUTION_FAILED; VMGPU_STATUS_DEVICE_LOST; VMGPU_STATUS_DEVICE_BUSY.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vmgpu_kernel_launch(
    kernel: *mut vmgpu_kernel,
    launch: *const vmgpu_launch_config,
    args: *const vmgpu_arg,
    arg_count: usize,
) -> vmgpu_status {
    guard(|| {
        let kernel = pin::<Kernel>(kernel, "kernel")?;
        // SAFETY: the header asks for a struct as long as its size says.
        let launch = unsafe { growing::read(launch, "launch") }?;
        if !launch.stream.is_null() {
            return Err(GpuError::invalid(
                "launch->stream",
                "is not NULL; this version has one queue a device",
            ));
        }
        let config = LaunchConfig {
            grid: launch.grid.into(),
            block: launch.block.into(),
            shared_memory_size: launch.shared_memory_size,
        };
        kernel.check_launch(&config)?;
        // SAFETY: the header asks for `arg_count` arguments, with readable structs.
        let args = unsafe { arg::list(args, arg_count) }?;
        let mut pin_room = Room::new();
        let mut pins = Pins::new(pin_room.places(args.len()));
        let mut room = Room::new();
        let mut values = room.places(args.len());
        if arg::plain_values(args, &kernel, &mut pins, &mut values) {
            return kernel.launch_plain(&config, values.as_slice());
        }
        drop(pins);
        // SAFETY: the header asks for readable structs.
        unsafe { launch_any(&kernel, &config, args) }
    })
}

/// A launch that is not as usual, or wrong.
///
/// # Safety
/// Structs among the arguments are readable at the stated size.
#[inline(never)]
unsafe fn launch_any(kernel: &Kernel, config: &LaunchConfig, args: &[vmgpu_arg]) -> GpuResult<()> {
    // SAFETY: promised by the caller.
    unsafe { with_args(args, |args| kernel.launch(config, args)) }
}

/// Ends the handle. Launches queued before go on.
///
/// @param kernel  NULL does nothing.
/// @return VMGPU_STATUS_OK; VMGPU_STATUS_INVALID_HANDLE if it was destroyed before.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vmgpu_kernel_destroy(kernel: *mut vmgpu_kernel) -> vmgpu_status {
    guard(|| destroy::<Kernel>(kernel, "kernel"))
}
