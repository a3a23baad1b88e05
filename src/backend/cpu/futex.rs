//! Sleeping on a 32-bit word until it changes. Platform module: Linux futexes, elsewhere short sleeps.

use std::sync::atomic::AtomicU32;
use std::time::Duration;

/// Sleeps while `word` holds `expected`; may also return without reason.
#[cfg(target_os = "linux")]
pub fn wait(word: &AtomicU32, expected: u32, timeout: Option<Duration>) {
    let time = timeout.map(|t| libc::timespec {
        tv_sec: t.as_secs().min(i32::MAX as u64) as libc::time_t,
        tv_nsec: t.subsec_nanos() as _,
    });
    let time = time.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
    // SAFETY: the word lives through the call, `time` is NULL or a local; FUTEX_WAIT touches nothing else.
    unsafe {
        libc::syscall(
            libc::SYS_futex,
            word.as_ptr(),
            libc::FUTEX_WAIT | libc::FUTEX_PRIVATE_FLAG,
            expected,
            time,
        );
    }
}

/// Wakes up to `count` sleepers.
#[cfg(target_os = "linux")]
pub fn wake(word: &AtomicU32, count: i32) {
    // SAFETY: FUTEX_WAKE uses the address only as a key.
    unsafe {
        libc::syscall(libc::SYS_futex, word.as_ptr(), libc::FUTEX_WAKE | libc::FUTEX_PRIVATE_FLAG, count);
    }
}

#[cfg(not(target_os = "linux"))]
pub fn wait(word: &AtomicU32, expected: u32, timeout: Option<Duration>) {
    use std::sync::atomic::Ordering;
    if word.load(Ordering::Acquire) == expected {
        std::thread::sleep(timeout.unwrap_or(Duration::MAX).min(Duration::from_micros(50)));
    }
}

#[cfg(not(target_os = "linux"))]
pub fn wake(_word: &AtomicU32, _count: i32) {}
