//! Notices that this process is the child of a fork: CUDA does not survive one, and calling it there crashes.

use std::sync::Once;
use std::sync::atomic::{AtomicU32, Ordering};

static GENERATION: AtomicU32 = AtomicU32::new(0);
static HANDLER: Once = Once::new();

extern "C" fn in_child() {
    GENERATION.fetch_add(1, Ordering::Relaxed);
}

/// Number of forks between the first call in the ancestor process and here. A value that changed means: other process.
#[inline]
pub fn generation() -> u32 {
    GENERATION.load(Ordering::Relaxed)
}

/// Starts counting. Called before a driver is opened.
pub fn watch() {
    HANDLER.call_once(|| {
        #[cfg(unix)]
        {
            // SAFETY: the handler only touches an atomic, which is allowed in a forked child.
            let code = unsafe { libc::pthread_atfork(None, None, Some(in_child)) };
            // Fails only when memory is exhausted; forks are then not noticed, all else works.
            debug_assert_eq!(code, 0);
        }
    });
}
