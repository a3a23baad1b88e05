//! Notices `fork()`: threads and GPU contexts do not survive into the child, so what depends on them must know.

use std::sync::atomic::{AtomicU32, Ordering};

use once_cell::sync::Lazy;

static GENERATION: AtomicU32 = AtomicU32::new(0);

static HANDLER: Lazy<()> = Lazy::new(|| {
    #[cfg(unix)]
    {
        extern "C" fn in_child() {
            GENERATION.fetch_add(1, Ordering::Release);
        }
        // SAFETY: the handler only changes an atomic, which is allowed between fork and exec. Failure (no memory) means
        // forks go unnoticed, as without the handler.
        unsafe { libc::pthread_atfork(None, None, Some(in_child)) };
    }
});

/// A number that differs in every forked child from that of its parent. Forks before the first call do not count.
pub fn generation() -> u32 {
    Lazy::force(&HANDLER);
    GENERATION.load(Ordering::Acquire)
}
