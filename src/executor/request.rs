//! What an executor is asked for and what it answers.

use std::time::Duration;

use crate::error::GpuError;
use crate::kernel::GpuArg;
use crate::types::{CompileOptions, DeviceType, LaunchConfig};

/// The caller's own code for the same work, run on the calling thread when the GPU cannot. The error text of a failure
/// goes into the report.
pub type FallbackFn<'a> = &'a mut dyn FnMut() -> Result<(), String>;

/// One execution: text, name, arguments, shape.
#[derive(Clone, Copy)]
pub struct ExecutionRequest<'a> {
    pub source: &'a str,
    pub kernel_name: &'a str,
    pub options: &'a CompileOptions,
    pub config: LaunchConfig,
    pub args: &'a [GpuArg<'a>],
    pub timeout: RequestTimeout,
}

/// Limit of each attempt of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RequestTimeout {
    /// The executor's own.
    #[default]
    Configured,
    Never,
    After(Duration),
}

/// Who did the work. The numbers are those of the C interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(u32)]
pub enum ExecutedBy {
    #[default]
    None = 0,
    Gpu = 1,
    CpuDevice = 2,
    Callback = 3,
}

/// Why it was not the GPU. The numbers are those of the C interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(u32)]
pub enum FallbackReason {
    #[default]
    None = 0,
    NoDevice = 1,
    CompileFailed = 2,
    LoadFailed = 3,
    ExecutionFailed = 4,
    Timeout = 5,
    DeviceLost = 6,
    DeviceBusy = 7,
    OutOfMemory = 8,
    NotSupported = 9,
}

impl FallbackReason {
    /// The reason that the error of a GPU attempt stands for.
    pub fn of(error: &GpuError) -> Self {
        use FallbackReason::*;
        match error {
            GpuError::NoDeviceAvailable
            | GpuError::DeviceInitializationFailed { .. }
            | GpuError::Forked { .. } => NoDevice,
            GpuError::KernelCompilationFailed { .. } | GpuError::DriverBindingFailed { .. } => CompileFailed,
            GpuError::KernelLoadingFailed { .. } => LoadFailed,
            GpuError::Timeout { .. } => Timeout,
            GpuError::DeviceLost { .. } | GpuError::DataLost { .. } => DeviceLost,
            GpuError::DeviceBusy { .. } => DeviceBusy,
            GpuError::MemoryAllocationFailed { .. } => OutOfMemory,
            GpuError::FeatureNotSupported { .. } => NotSupported,
            _ => ExecutionFailed,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            FallbackReason::None => "none",
            FallbackReason::NoDevice => "no GPU available",
            FallbackReason::CompileFailed => "compilation failed",
            FallbackReason::LoadFailed => "loading failed",
            FallbackReason::ExecutionFailed => "execution failed",
            FallbackReason::Timeout => "time limit passed",
            FallbackReason::DeviceLost => "device lost",
            FallbackReason::DeviceBusy => "device busy",
            FallbackReason::OutOfMemory => "out of memory",
            FallbackReason::NotSupported => "not supported",
        }
    }
}

/// Outcome of one execution; always filled, also when it failed.
#[derive(Debug, Clone, Default)]
pub struct ExecutionResult {
    pub success: bool,
    pub executed_on_gpu: bool,
    pub executed_by: ExecutedBy,
    /// Device that did the work; None for a callback or when nothing did.
    pub device: Option<(DeviceType, u32)>,
    /// Steady clock, from submission to observed completion, without compile and copies. 0 if nothing ran.
    pub execution_time_ns: u64,
    /// Whether the kernel that ran came from the cache.
    pub cache_hit: bool,
    pub fallback_reason: FallbackReason,
    /// Why the execution failed; None on success.
    pub error: Option<GpuError>,
}
