//! The other enumerations of the header. From C they arrive as integers and are checked; these types only publish
//! names and numbers, which are those of the Rust enumerations (tested below).

/// What kind of device it is.
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum vmgpu_device_type {
    /// An NVIDIA GPU.
    Cuda = 1,
    /// An AMD GPU.
    Rocm = 2,
    /// The processor this program runs on, used as a device.
    Cpu = 3,
    /// Anything a later version adds.
    Other = 4,
}

/// Who did the work of an execution.
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum vmgpu_executed_by {
    /// Nobody: the execution failed.
    None = 0,
    /// A GPU.
    Gpu = 1,
    /// The CPU device, with the same source and buffers.
    CpuDevice = 2,
    /// The fallback function of the request.
    Callback = 3,
}

/// Why an execution was not done by a GPU. vmgpu_last_report() has the details.
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum vmgpu_fallback_reason {
    /// A GPU did it, or the request was refused before anything was tried.
    None = 0,
    /// There is no GPU here that works; vmgpu_manager_explain() says why.
    NoDevice = 1,
    /// The kernel did not compile, or there is no compiler library.
    CompileFailed = 2,
    /// The compiled kernel could not be loaded.
    LoadFailed = 3,
    /// The launch or a copy failed, or the kernel failed while it ran.
    ExecutionFailed = 4,
    /// The time limit passed.
    Timeout = 5,
    /// The GPU is lost for this process.
    DeviceLost = 6,
    /// A kernel that outlived its limit still occupies the GPU.
    DeviceBusy = 7,
    /// Device memory is exhausted.
    OutOfMemory = 8,
    /// The GPU or its driver cannot do what was asked.
    NotSupported = 9,
}

/// Importance of a log message; a smaller number is more important.
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum vmgpu_log_level {
    /// Something is broken and stays so.
    Error = 1,
    /// Something went wrong and was dealt with, such as a fallback.
    Warn = 2,
    /// Rare events of normal life, such as devices found.
    Info = 3,
    /// For finding out what an engine makes the library do.
    Debug = 4,
    /// Everything.
    Trace = 5,
}

/// What a mapped buffer is used for; the values are bits.
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum vmgpu_access {
    /// The content is read.
    Read = 1,
    /// The content is written. Without VMGPU_ACCESS_READ what was there before is still kept where you do not write.
    Write = 2,
    /// Both.
    ReadWrite = 3,
}

/// Kind of a kernel argument: what `value` of vmgpu_arg holds, and which `size` goes with it. A program that does not
/// use the vmgpu_arg_ functions fills the three fields itself.
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum vmgpu_arg_kind {
    /// Unsigned 8 bits in the low bits of `value`; `size` 1. Bits above `size` bytes are ignored, here and below.
    U8 = 1,
    /// Signed 8 bits; `size` 1.
    I8 = 2,
    /// Unsigned 16 bits; `size` 2.
    U16 = 3,
    /// Signed 16 bits; `size` 2.
    I16 = 4,
    /// Unsigned 32 bits; `size` 4.
    U32 = 5,
    /// Signed 32 bits; `size` 4.
    I32 = 6,
    /// Unsigned 64 bits; `size` 8.
    U64 = 7,
    /// Signed 64 bits; `size` 8.
    I64 = 8,
    /// The bits of a float; `size` 4.
    F32 = 9,
    /// The bits of a double; `size` 8.
    F64 = 10,
    /// 0 is false, anything else in the low byte is true; `size` 1. The parameter is a C++ `bool`.
    Bool = 11,
    /// A vmgpu_buffer handle that the kernel may read and write; `size` 8. The parameter is a pointer.
    Buffer = 12,
    /// A vmgpu_buffer handle that the kernel only reads: other copies of a managed buffer stay valid; `size` 8.
    BufferConst = 13,
    /// An address on the device, passed on as it is; `size` 8.
    Pointer = 14,
    /// The host address of a struct that is passed by value; `size` is that of the struct. Borrowed until the call
    /// returns.
    Struct = 15,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::executor::{ExecutedBy, FallbackReason};
    use crate::kernel::ArgKind;
    use crate::log::LogLevel;
    use crate::types::{Access, DeviceType};

    #[test]
    fn numbers_are_those_of_the_rust_types() {
        macro_rules! same {
            ($c:ident, $rust:ident: $($variant:ident),*) => {
                $(assert_eq!($c::$variant as u32, $rust::$variant as u32, stringify!($c::$variant));)*
            };
        }
        same!(vmgpu_device_type, DeviceType: Cuda, Rocm, Cpu, Other);
        same!(vmgpu_arg_kind, ArgKind: U8, I8, U16, I16, U32, I32, U64, I64, F32, F64, Bool, Buffer, BufferConst);
        same!(vmgpu_arg_kind, ArgKind: Pointer, Struct);
        same!(vmgpu_executed_by, ExecutedBy: None, Gpu, CpuDevice, Callback);
        same!(vmgpu_fallback_reason, FallbackReason: None, NoDevice, CompileFailed, LoadFailed, ExecutionFailed);
        same!(vmgpu_fallback_reason, FallbackReason: Timeout, DeviceLost, DeviceBusy, OutOfMemory, NotSupported);
        same!(vmgpu_log_level, LogLevel: Error, Warn, Info, Debug, Trace);
        same!(vmgpu_access, Access: Read, Write, ReadWrite);
    }
}
