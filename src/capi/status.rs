//! `vmgpu_status`: the numbers of `Status` under their C names, and their names as text.

use std::ffi::{CStr, c_char};

use crate::error::Status;

/// Answer of every function that can fail. The numbers are fixed for ever; later versions may add some, so treat an
/// unknown one as you treat VMGPU_STATUS_OTHER. vmgpu_last_error() has the story behind each.
///
/// 1 to 99: the call was wrong; nothing was done, and trying again will not help. 100 to 199: the machine, its drivers or
/// its memory. 200 to 299: kernels. 300 on: the library itself.
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum vmgpu_status {
    /// Everything was done.
    Ok = 0,
    /// An argument breaks its description: NULL where that is not allowed, a value out of the list, text that is not
    /// UTF-8, kernel arguments that do not fit the kernel. Correct the call.
    InvalidArgument = 1,
    /// A handle is NULL, was destroyed, or is of another kind. Correct the call.
    InvalidHandle = 2,
    /// Offset and size, or an index, pass the end of the object. Nothing was read or written.
    OutOfRange = 3,
    /// The memory given for a text or a binary is too small; `*out_length` says how much there is.
    BufferTooSmall = 4,
    /// The object's state does not allow the call now, such as running a kernel on a mapped buffer.
    InvalidState = 5,
    /// A struct of a newer header sets fields that this older library does not know. Leave them zero or use a newer library.
    UnsupportedStruct = 6,
    /// No device can do it. vmgpu_manager_explain() says what was tried. Run your own code, or install a driver.
    NoDeviceAvailable = 100,
    /// A vendor library, or a function in it, is missing. The text names what was tried; see vmgpu_manager_explain().
    DriverBindingFailed = 101,
    /// A device was found but does not start. Often another process holds it, or driver and library do not match.
    DeviceInitializationFailed = 102,
    /// This device or this driver cannot do that. Another device may.
    FeatureNotSupported = 103,
    /// Device or host memory is exhausted. Free some and try again, or let the executor fall back.
    MemoryAllocationFailed = 104,
    /// The driver refused or broke off a copy.
    MemoryCopyFailed = 105,
    /// A file or system call failed.
    Io = 106,
    /// The device is gone for this process: a kernel used an illegal address or trapped, or the hardware went away. Every
    /// later call on it answers the same at once. Go on without it; a new process may use it again.
    DeviceLost = 107,
    /// A kernel that outlived its time limit still occupies the device. Usable again once that kernel ends.
    DeviceBusy = 108,
    /// The newest content of a managed buffer existed only on a device that was lost; or results that came back to
    /// plain buffers of another device could be neither completed nor undone. Write the buffers again.
    DataLost = 109,
    /// A GPU handle from before fork() was used in the child, or an object that another thread was using at the fork.
    /// Create a manager in the child.
    Forked = 110,
    /// The compiler refused the kernel; vmgpu_last_error() has its whole log.
    KernelCompilationFailed = 200,
    /// A binary could not be loaded, or has no kernel of that name.
    KernelLoadingFailed = 201,
    /// The launch was refused, or the kernel failed while it ran.
    KernelExecutionFailed = 202,
    /// The time limit passed first.
    Timeout = 203,
    /// Every way of executing the request failed; vmgpu_last_error() lists all reasons.
    FallbackFailed = 204,
    /// A defect of this library. Please report it with the text of vmgpu_last_error().
    Internal = 300,
    /// Anything else; the text says what.
    Other = 301,
}

use vmgpu_status as S;

/// Every status in both spellings, with its name as text. `From` and the tests below keep it complete.
const ALL: &[(Status, vmgpu_status, &CStr)] = &[
    (Status::Ok, S::Ok, c"VMGPU_STATUS_OK"),
    (Status::InvalidArgument, S::InvalidArgument, c"VMGPU_STATUS_INVALID_ARGUMENT"),
    (Status::InvalidHandle, S::InvalidHandle, c"VMGPU_STATUS_INVALID_HANDLE"),
    (Status::OutOfRange, S::OutOfRange, c"VMGPU_STATUS_OUT_OF_RANGE"),
    (Status::BufferTooSmall, S::BufferTooSmall, c"VMGPU_STATUS_BUFFER_TOO_SMALL"),
    (Status::InvalidState, S::InvalidState, c"VMGPU_STATUS_INVALID_STATE"),
    (Status::UnsupportedStruct, S::UnsupportedStruct, c"VMGPU_STATUS_UNSUPPORTED_STRUCT"),
    (Status::NoDeviceAvailable, S::NoDeviceAvailable, c"VMGPU_STATUS_NO_DEVICE_AVAILABLE"),
    (Status::DriverBindingFailed, S::DriverBindingFailed, c"VMGPU_STATUS_DRIVER_BINDING_FAILED"),
    (
        Status::DeviceInitializationFailed,
        S::DeviceInitializationFailed,
        c"VMGPU_STATUS_DEVICE_INITIALIZATION_FAILED",
    ),
    (Status::FeatureNotSupported, S::FeatureNotSupported, c"VMGPU_STATUS_FEATURE_NOT_SUPPORTED"),
    (Status::MemoryAllocationFailed, S::MemoryAllocationFailed, c"VMGPU_STATUS_MEMORY_ALLOCATION_FAILED"),
    (Status::MemoryCopyFailed, S::MemoryCopyFailed, c"VMGPU_STATUS_MEMORY_COPY_FAILED"),
    (Status::Io, S::Io, c"VMGPU_STATUS_IO"),
    (Status::DeviceLost, S::DeviceLost, c"VMGPU_STATUS_DEVICE_LOST"),
    (Status::DeviceBusy, S::DeviceBusy, c"VMGPU_STATUS_DEVICE_BUSY"),
    (Status::DataLost, S::DataLost, c"VMGPU_STATUS_DATA_LOST"),
    (Status::Forked, S::Forked, c"VMGPU_STATUS_FORKED"),
    (Status::KernelCompilationFailed, S::KernelCompilationFailed, c"VMGPU_STATUS_KERNEL_COMPILATION_FAILED"),
    (Status::KernelLoadingFailed, S::KernelLoadingFailed, c"VMGPU_STATUS_KERNEL_LOADING_FAILED"),
    (Status::KernelExecutionFailed, S::KernelExecutionFailed, c"VMGPU_STATUS_KERNEL_EXECUTION_FAILED"),
    (Status::Timeout, S::Timeout, c"VMGPU_STATUS_TIMEOUT"),
    (Status::FallbackFailed, S::FallbackFailed, c"VMGPU_STATUS_FALLBACK_FAILED"),
    (Status::Internal, S::Internal, c"VMGPU_STATUS_INTERNAL"),
    (Status::Other, S::Other, c"VMGPU_STATUS_OTHER"),
];

impl From<Status> for vmgpu_status {
    fn from(status: Status) -> Self {
        ALL.iter().find(|(core, _, _)| *core == status).map_or(S::Other, |(_, c, _)| *c)
    }
}

/// The name of a status number, such as "VMGPU_STATUS_OUT_OF_RANGE"; "unknown status" for a number that is none.
///
/// @return A constant text. Never NULL, never to be freed.
#[unsafe(no_mangle)]
pub extern "C" fn vmgpu_status_name(status: u32) -> *const c_char {
    ALL.iter().find(|(_, c, _)| *c as u32 == status).map_or(c"unknown status", |(_, _, name)| *name).as_ptr()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_have_the_same_number() {
        for (core, c, name) in ALL {
            assert_eq!(*core as u32, *c as u32, "{name:?}");
            assert_eq!(vmgpu_status::from(*core), *c);
        }
    }
}
