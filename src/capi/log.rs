//! The log callback.

use std::ffi::{CString, c_char, c_void};
use std::sync::Arc;

use super::guard::guard;
use super::status::vmgpu_status;
use crate::error::GpuError;
use crate::log::{LogLevel, LogSink, set_sink};

/// Receives one log message, without a line end. `message` is valid during the call only.
///
/// Called on any thread, also on those of the library, several at once, with no lock held; it may call the library. It
/// must return normally: no longjmp and no C++ exception may leave it.
pub type vmgpu_log_fn = Option<unsafe extern "C" fn(user: *mut c_void, level: u32, message: *const c_char)>;

/// The caller's pointer, handed back unchanged.
struct User(*mut c_void);

// SAFETY: the library only passes the pointer on; the header says that the function is called on any thread.
unsafe impl Send for User {}
// SAFETY: as above.
unsafe impl Sync for User {}

/// Sends the library's log messages to `log_fn`; there is one receiver for the process, and at first there is none.
///
/// A message being delivered on another thread at this moment may still reach the receiver before, so leave what its
/// `user` points to in place.
///
/// @param log_fn     Receiver. NULL ends the log; then `min_level` is ignored.
/// @param user       Passed on to `log_fn`.
/// @param min_level  Least important vmgpu_log_level wanted: VMGPU_LOG_LEVEL_WARN gives errors and warnings.
/// @return VMGPU_STATUS_OK; VMGPU_STATUS_INVALID_ARGUMENT if `min_level` is none (the receiver stays as it was).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vmgpu_set_log(
    log_fn: vmgpu_log_fn,
    user: *mut c_void,
    min_level: u32,
) -> vmgpu_status {
    guard(|| {
        let Some(log_fn) = log_fn else {
            set_sink(None, LogLevel::Error);
            return Ok(());
        };
        let levels = [LogLevel::Error, LogLevel::Warn, LogLevel::Info, LogLevel::Debug, LogLevel::Trace];
        let level = levels.into_iter().find(|level| *level as u32 == min_level).ok_or_else(|| {
            GpuError::invalid("min_level", format!("is {min_level}; log levels are 1 (error) to 5 (trace)"))
        })?;
        let user = User(user);
        let sink: LogSink = Arc::new(move |level, message| {
            let user = &user;
            let text = CString::new(message.replace('\0', " ")).unwrap_or_default();
            // SAFETY: the header asks for a function that may be called on any thread with this pointer.
            unsafe { log_fn(user.0, level as u32, text.as_ptr()) };
        });
        set_sink(Some(sink), level);
        Ok(())
    })
}
