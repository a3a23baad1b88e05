//! Driver codes to [`GpuError`], in one match, and the text every driver error carries.

use std::ffi::{CStr, c_char};

use cudarc::driver::sys::CUresult as R;

use super::symbols::{CuCode, CudaApi};
use crate::error::GpuError;

pub const SUCCESS: CuCode = R::CUDA_SUCCESS as CuCode;
pub const NOT_READY: CuCode = R::CUDA_ERROR_NOT_READY as CuCode;
pub const OUT_OF_MEMORY: CuCode = R::CUDA_ERROR_OUT_OF_MEMORY as CuCode;
pub const NO_DEVICE: CuCode = R::CUDA_ERROR_NO_DEVICE as CuCode;
pub const STUB_LIBRARY: CuCode = R::CUDA_ERROR_STUB_LIBRARY as CuCode;
pub const UNKNOWN: CuCode = R::CUDA_ERROR_UNKNOWN as CuCode;
pub const UNSUPPORTED_PTX: CuCode = R::CUDA_ERROR_UNSUPPORTED_PTX_VERSION as CuCode;
pub const NO_BINARY: CuCode = R::CUDA_ERROR_NO_BINARY_FOR_GPU as CuCode;
pub const ALREADY_REGISTERED: CuCode = R::CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED as CuCode;

/// What was being done when a driver call failed; decides the variant of an ordinary failure.
#[derive(Debug, Clone, Copy)]
pub enum Doing<'a> {
    Initialize,
    Allocate(usize),
    /// Direction as [`GpuError::MemoryCopyFailed`] spells it.
    Copy(&'static str),
    Load(&'a str),
    Launch(&'a str),
    Other,
}

/// Codes after which no context of this process works again (CUDA driver manual, "this leaves the process in an
/// inconsistent state"; measured: also on other devices).
pub fn is_sticky(code: CuCode) -> bool {
    const STICKY: &[R] = &[
        R::CUDA_ERROR_ECC_UNCORRECTABLE,
        R::CUDA_ERROR_NVLINK_UNCORRECTABLE,
        R::CUDA_ERROR_CONTAINED,
        R::CUDA_ERROR_ILLEGAL_ADDRESS,
        R::CUDA_ERROR_LAUNCH_TIMEOUT,
        R::CUDA_ERROR_CONTEXT_IS_DESTROYED,
        R::CUDA_ERROR_ASSERT,
        R::CUDA_ERROR_HARDWARE_STACK_ERROR,
        R::CUDA_ERROR_ILLEGAL_INSTRUCTION,
        R::CUDA_ERROR_MISALIGNED_ADDRESS,
        R::CUDA_ERROR_INVALID_ADDRESS_SPACE,
        R::CUDA_ERROR_INVALID_PC,
        R::CUDA_ERROR_LAUNCH_FAILED,
        R::CUDA_ERROR_TENSOR_MEMORY_LEAK,
        R::CUDA_ERROR_DEINITIALIZED,
        R::CUDA_ERROR_MPS_CLIENT_TERMINATED,
    ];
    STICKY.iter().any(|sticky| *sticky as CuCode == code)
}

/// "cuMemAlloc failed: CUDA_ERROR_OUT_OF_MEMORY (2): out of memory".
pub fn text(api: &CudaApi, call: &str, code: CuCode) -> String {
    let ask = |function: unsafe extern "C" fn(CuCode, *mut *const c_char) -> CuCode| {
        let mut text = std::ptr::null();
        // SAFETY: valid out pointer; the driver answers unknown codes with an error and leaves it NULL.
        if unsafe { function(code, &mut text) } != SUCCESS || text.is_null() {
            return None;
        }
        // SAFETY: the driver returns a static NUL-terminated string.
        Some(unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned())
    };
    let name = ask(api.get_error_name).unwrap_or_else(|| "unknown error code".to_string());
    match ask(api.get_error_string) {
        Some(description) => format!("{call} failed: {name} ({code}): {description}"),
        None => format!("{call} failed: {name} ({code})"),
    }
}

/// The error for a code that does not end the device (see [`is_sticky`] for the others).
pub fn translate(doing: Doing<'_>, code: CuCode, reason: String, device: &str) -> GpuError {
    const UNSUPPORTED: CuCode = R::CUDA_ERROR_NOT_SUPPORTED as CuCode;
    const INVALID_CONTEXT: CuCode = R::CUDA_ERROR_INVALID_CONTEXT as CuCode;
    match (code, doing) {
        (OUT_OF_MEMORY, Doing::Allocate(requested_size)) => {
            GpuError::MemoryAllocationFailed { requested_size, reason }
        }
        // A launch or load can exhaust memory too (local memory, module image); the size is the driver's own affair.
        (OUT_OF_MEMORY, Doing::Load(_) | Doing::Launch(_) | Doing::Copy(_) | Doing::Other) => {
            GpuError::MemoryAllocationFailed { requested_size: 0, reason }
        }
        (INVALID_CONTEXT, _) => GpuError::DeviceLost {
            device: device.to_string(),
            reason: format!("{reason} (somebody reset or destroyed the device's primary context)"),
        },
        (UNSUPPORTED, Doing::Other) => GpuError::unsupported(reason, device),
        (_, Doing::Initialize) => {
            GpuError::DeviceInitializationFailed { device_type: "CUDA".to_string(), reason }
        }
        (_, Doing::Allocate(requested_size)) => GpuError::MemoryAllocationFailed { requested_size, reason },
        (_, Doing::Copy(direction)) => {
            GpuError::MemoryCopyFailed { direction: direction.to_string(), reason }
        }
        (_, Doing::Load(kernel)) => GpuError::KernelLoadingFailed { kernel_name: kernel.to_string(), reason },
        (_, Doing::Launch(kernel)) => {
            GpuError::KernelExecutionFailed { kernel_name: kernel.to_string(), reason }
        }
        (_, Doing::Other) => GpuError::Other(format!("{device}: {reason}")),
    }
}
