//! `GpuError`, the one error type of the library, and its fixed status numbers.
//!
//! Every variant belongs to exactly one [`Status`]; the C interface returns the number and keeps the text for
//! `vmgpu_last_error`. Backends translate vendor codes into these variants in their own `error.rs`.

use std::error::Error;
use std::sync::Arc;

/// Result of every fallible call of the library.
pub type GpuResult<T> = Result<T, GpuError>;

/// The cause behind an error, where there is one (a loader's message, an I/O error).
pub type Cause = Arc<dyn Error + Send + Sync>;

/// What went wrong, with the values that were involved.
///
/// Cloning is cheap enough for an error path: one failed compile may answer many waiting callers.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum GpuError {
    /// An argument breaks the documented contract. Nothing was done.
    #[error("invalid argument `{argument}`: {reason}")]
    InvalidArgument { argument: String, reason: String },
    /// A handle is NULL, was destroyed, or is of another kind.
    #[error("invalid handle `{argument}`: {reason}")]
    InvalidHandle { argument: String, reason: String },
    /// A range does not fit into the object it names. Nothing was read or written.
    #[error("{what}: offset {offset} + size {size} passes the end at {limit}")]
    OutOfRange { what: String, offset: u64, size: u64, limit: u64 },
    /// The caller's buffer is smaller than the answer.
    #[error("buffer too small: {needed} bytes needed, {capacity} given")]
    BufferTooSmall { needed: usize, capacity: usize },
    /// The object is in a state that does not allow the call (a mapped buffer, for example).
    #[error("invalid state: {reason}")]
    InvalidState { reason: String },
    /// A struct from a newer header carries options this library does not know.
    #[error("struct `{name}` of {size} bytes sets fields that this library does not know ({known} bytes)")]
    UnsupportedStruct { name: String, size: usize, known: usize },

    /// No device of the wanted kind exists; `GpuDeviceManager::explain` says what was tried.
    #[error(
        "no device available: every backend is absent or switched off (the manager's explain text says why)"
    )]
    NoDeviceAvailable,
    /// A vendor library or one of its required symbols is missing.
    #[error("{driver_type}: {reason}")]
    DriverBindingFailed {
        driver_type: String,
        reason: String,
        #[source]
        cause: Option<Cause>,
    },
    /// The device was found but could not be brought up.
    #[error("{device_type} device could not be initialised: {reason}")]
    DeviceInitializationFailed { device_type: String, reason: String },
    /// This device (or its driver) cannot do what was asked.
    #[error("{feature} is not supported by {device}")]
    FeatureNotSupported { feature: String, device: String },
    /// Device or host memory is exhausted.
    #[error("allocation of {requested_size} bytes failed: {reason}")]
    MemoryAllocationFailed { requested_size: usize, reason: String },
    /// A copy failed; `direction` is "host to device", "device to host", "device to device" or "fill".
    #[error("{direction} copy failed: {reason}")]
    MemoryCopyFailed { direction: String, reason: String },
    /// A file or directory operation failed.
    #[error("{operation}: {cause}")]
    Io {
        operation: String,
        #[source]
        cause: Arc<std::io::Error>,
    },
    /// The device is gone for this process (illegal address, trap, removed hardware); a new process may use it.
    #[error("{device} is lost: {reason}")]
    DeviceLost { device: String, reason: String },
    /// A kernel that outlived its time limit still occupies the device; usable again once it ends.
    #[error("{device} is busy: {reason}")]
    DeviceBusy { device: String, reason: String },
    /// The newest content of a managed buffer existed only on a device that is lost or occupied.
    #[error("content of {buffer} is lost: {reason}")]
    DataLost { buffer: String, reason: String },
    /// A GPU handle from before a `fork` was used in the child.
    #[error("{device} was opened before fork() and cannot be used in the child process")]
    Forked { device: String },

    /// The compiler refused the kernel; `reason` is its whole log.
    #[error("compilation of kernel `{kernel_name}` failed:\n{reason}")]
    KernelCompilationFailed { kernel_name: String, r#source: String, reason: String },
    /// The compiled or given binary could not be loaded, or has no such kernel.
    #[error("loading kernel `{kernel_name}` failed: {reason}")]
    KernelLoadingFailed { kernel_name: String, reason: String },
    /// The launch was refused or the kernel failed while it ran.
    #[error("execution of kernel `{kernel_name}` failed: {reason}")]
    KernelExecutionFailed { kernel_name: String, reason: String },
    /// The time limit passed before the work was complete.
    #[error("{what} did not finish within {limit_ms} ms")]
    Timeout { what: String, limit_ms: u64 },
    /// Every way of executing the request failed; all reasons, one a line.
    #[error("every attempt failed:\n{reasons}")]
    FallbackFailed { reasons: String },

    /// A defect of this library (a caught panic, a broken internal promise). Please report it.
    #[error("internal error: {0}")]
    Internal(String),
    /// Anything else; the text says what.
    #[error("{0}")]
    Other(String),
}

/// Status numbers of the C interface, fixed for ever: values are only appended, a retired one stays reserved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum Status {
    Ok = 0,
    InvalidArgument = 1,
    InvalidHandle = 2,
    OutOfRange = 3,
    BufferTooSmall = 4,
    InvalidState = 5,
    UnsupportedStruct = 6,
    NoDeviceAvailable = 100,
    DriverBindingFailed = 101,
    DeviceInitializationFailed = 102,
    FeatureNotSupported = 103,
    MemoryAllocationFailed = 104,
    MemoryCopyFailed = 105,
    Io = 106,
    DeviceLost = 107,
    DeviceBusy = 108,
    DataLost = 109,
    Forked = 110,
    KernelCompilationFailed = 200,
    KernelLoadingFailed = 201,
    KernelExecutionFailed = 202,
    Timeout = 203,
    FallbackFailed = 204,
    Internal = 300,
    Other = 301,
}

impl GpuError {
    /// The status number that the C interface returns for this error.
    pub fn status(&self) -> Status {
        match self {
            GpuError::InvalidArgument { .. } => Status::InvalidArgument,
            GpuError::InvalidHandle { .. } => Status::InvalidHandle,
            GpuError::OutOfRange { .. } => Status::OutOfRange,
            GpuError::BufferTooSmall { .. } => Status::BufferTooSmall,
            GpuError::InvalidState { .. } => Status::InvalidState,
            GpuError::UnsupportedStruct { .. } => Status::UnsupportedStruct,
            GpuError::NoDeviceAvailable => Status::NoDeviceAvailable,
            GpuError::DriverBindingFailed { .. } => Status::DriverBindingFailed,
            GpuError::DeviceInitializationFailed { .. } => Status::DeviceInitializationFailed,
            GpuError::FeatureNotSupported { .. } => Status::FeatureNotSupported,
            GpuError::MemoryAllocationFailed { .. } => Status::MemoryAllocationFailed,
            GpuError::MemoryCopyFailed { .. } => Status::MemoryCopyFailed,
            GpuError::Io { .. } => Status::Io,
            GpuError::DeviceLost { .. } => Status::DeviceLost,
            GpuError::DeviceBusy { .. } => Status::DeviceBusy,
            GpuError::DataLost { .. } => Status::DataLost,
            GpuError::Forked { .. } => Status::Forked,
            GpuError::KernelCompilationFailed { .. } => Status::KernelCompilationFailed,
            GpuError::KernelLoadingFailed { .. } => Status::KernelLoadingFailed,
            GpuError::KernelExecutionFailed { .. } => Status::KernelExecutionFailed,
            GpuError::Timeout { .. } => Status::Timeout,
            GpuError::FallbackFailed { .. } => Status::FallbackFailed,
            GpuError::Internal(_) => Status::Internal,
            GpuError::Other(_) => Status::Other,
        }
    }

    /// Shorthand for the most frequent caller error.
    #[cold]
    #[inline(never)]
    pub fn invalid(argument: impl Into<String>, reason: impl Into<String>) -> Self {
        GpuError::InvalidArgument { argument: argument.into(), reason: reason.into() }
    }

    /// Shorthand for an operation that this device cannot do.
    #[cold]
    #[inline(never)]
    pub fn unsupported(feature: impl Into<String>, device: impl Into<String>) -> Self {
        GpuError::FeatureNotSupported { feature: feature.into(), device: device.into() }
    }

    /// Shorthand for a defect of this library that was noticed in time.
    #[cold]
    #[inline(never)]
    pub fn internal(what: impl Into<String>) -> Self {
        GpuError::Internal(what.into())
    }

    /// Wraps an I/O error with the operation that was attempted.
    pub fn io(operation: impl Into<String>, cause: std::io::Error) -> Self {
        GpuError::Io { operation: operation.into(), cause: Arc::new(cause) }
    }
}

impl From<std::io::Error> for GpuError {
    fn from(cause: std::io::Error) -> Self {
        GpuError::io("input/output", cause)
    }
}
