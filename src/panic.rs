//! Keeps a panic from leaving the place where it happened: a defect becomes an error of the call that met it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::error::{GpuError, GpuResult};

/// Runs `work`; a panic in it becomes [`GpuError::Internal`]. Locks here do not poison: data is as it was left.
pub fn contain<T>(what: &str, work: impl FnOnce() -> GpuResult<T>) -> GpuResult<T> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(result) => result,
        Err(payload) => {
            let text = payload
                .downcast_ref::<&str>()
                .map(|s| s.to_string())
                .or_else(|| payload.downcast_ref::<String>().cloned())
                .unwrap_or_else(|| "no message".into());
            Err(GpuError::Internal(format!("panic during {what}: {text}")))
        }
    }
}
