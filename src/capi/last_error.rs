//! The text of each thread's last failing call. A call that succeeds leaves it alone.

use std::cell::RefCell;
use std::ffi::c_char;

use super::guard::guard_quietly;
use super::status::vmgpu_status;
use super::text::TextOut;
use crate::error::GpuError;

thread_local! {
    static LAST: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Replaces the text. Does nothing on a thread that is being torn down.
pub(super) fn set(error: &GpuError) {
    let text = error.to_string();
    let _ = LAST.try_with(|last| *last.borrow_mut() = text);
}

/// Copies the text of this thread's last failing call; empty if none has failed. A failed compilation has the
/// compiler's whole log here, with line numbers of your source.
///
/// This call itself never replaces the text, also when it fails.
///
/// @param buffer      Receives the text. May be NULL if `capacity` is 0.
/// @param capacity    Bytes at `buffer`.
/// @param out_length  Receives the length without terminator. May be NULL if `buffer` is given.
/// @return VMGPU_STATUS_OK; VMGPU_STATUS_BUFFER_TOO_SMALL (text truncated); VMGPU_STATUS_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vmgpu_last_error(
    buffer: *mut c_char,
    capacity: usize,
    out_length: *mut usize,
) -> vmgpu_status {
    guard_quietly(|| {
        // SAFETY: the header asks for `capacity` writable bytes at `buffer` and a writable `out_length`.
        let out = unsafe { TextOut::new(buffer, capacity, out_length) }?;
        let text = LAST.try_with(|last| last.borrow().clone()).unwrap_or_default();
        out.text(&text)
    })
}
