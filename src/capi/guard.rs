//! The outermost frame of every exported function: a panic becomes INTERNAL ([`contain`] is the `catch_unwind`), an error
//! becomes its status, and the text of either goes to the thread's last error.

use super::last_error;
use super::status::vmgpu_status;
use crate::error::{GpuError, GpuResult};
use crate::panic::contain;

/// Runs the body of a function that answers a status.
#[inline]
pub(super) fn guard(body: impl FnOnce() -> GpuResult<()>) -> vmgpu_status {
    match contain("a call of the C interface", body) {
        Ok(()) => vmgpu_status::Ok,
        Err(error) => failed(&error),
    }
}

/// Runs the body of a function that answers a value; `default` if it fails.
#[inline]
pub(super) fn guard_or<T>(default: T, body: impl FnOnce() -> GpuResult<T>) -> T {
    match contain("a call of the C interface", body) {
        Ok(value) => value,
        Err(error) => {
            failed(&error);
            default
        }
    }
}

/// As [`guard`], but leaves the thread's last error as it is: for the call that reads it.
pub(super) fn guard_quietly(body: impl FnOnce() -> GpuResult<()>) -> vmgpu_status {
    match contain("a call of the C interface", body) {
        Ok(()) => vmgpu_status::Ok,
        Err(error) => error.status().into(),
    }
}

/// Keeps the error for `vmgpu_last_error` and answers its number.
#[cold]
pub(super) fn failed(error: &GpuError) -> vmgpu_status {
    last_error::set(error);
    error.status().into()
}
