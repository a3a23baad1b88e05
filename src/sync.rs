//! Locks for what outlives a fork. They are words that the kernel waits on, without tables of waiting threads beside
//! them: such a table (parking_lot has one) keeps the parent's threads in a child, where their memory is reused.
//!
//! A lock that another thread held at the moment of the fork stays locked in the child, and what it guards may be half
//! changed. [`Mutex::inherited`] notices that and never waits for a thread that does not exist.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{PoisonError, TryLockError};
use std::time::{Duration, Instant};

use crate::fork;

pub type MutexGuard<'a, T> = std::sync::MutexGuard<'a, T>;

/// How long a holder may take between getting the lock and saying so, before a child takes it for one of the parent's.
const STAMP_PATIENCE: Duration = Duration::from_millis(100);

/// A mutex that does not poison: after a caught panic the data is as it was left.
#[derive(Debug, Default)]
pub struct Mutex<T> {
    /// Fork generation of the last holder.
    holder: AtomicU32,
    inner: std::sync::Mutex<T>,
}

impl<T> Mutex<T> {
    pub const fn new(value: T) -> Self {
        Mutex { holder: AtomicU32::new(0), inner: std::sync::Mutex::new(value) }
    }

    /// For what cannot be older than this process, as the values of [`fork::ForkLocal`].
    #[inline]
    pub fn lock(&self) -> MutexGuard<'_, T> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The lock if it is free at this moment.
    #[inline]
    pub fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
        match self.inner.try_lock() {
            Ok(guard) => Some(guard),
            Err(TryLockError::Poisoned(poison)) => Some(poison.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// For what may be older than this process; None if a thread of the parent held the lock at the fork.
    #[inline]
    pub fn inherited(&self) -> Option<MutexGuard<'_, T>> {
        let guard = match self.try_lock() {
            Some(guard) => guard,
            None => self.wait()?,
        };
        let now = fork::generation();
        if self.holder.load(Ordering::Relaxed) != now {
            self.holder.store(now, Ordering::Relaxed);
        }
        Some(guard)
    }

    #[cold]
    fn wait(&self) -> Option<MutexGuard<'_, T>> {
        let now = fork::generation();
        let until = Instant::now() + STAMP_PATIENCE;
        // In a process that is no child every holder is a thread of it.
        while now != 0 && self.holder.load(Ordering::Relaxed) != now {
            if let Some(guard) = self.try_lock() {
                return Some(guard);
            }
            if Instant::now() >= until {
                return None;
            }
            std::thread::sleep(Duration::from_micros(100));
        }
        Some(self.lock())
    }
}

/// A lock for many readers, for what cannot be older than this process.
#[derive(Default)]
pub struct RwLock<T>(std::sync::RwLock<T>);

impl<T> RwLock<T> {
    pub const fn new(value: T) -> Self {
        RwLock(std::sync::RwLock::new(value))
    }

    #[inline]
    pub fn read(&self) -> std::sync::RwLockReadGuard<'_, T> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    #[inline]
    pub fn write(&self) -> std::sync::RwLockWriteGuard<'_, T> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// None while somebody writes.
    pub fn try_read(&self) -> Option<std::sync::RwLockReadGuard<'_, T>> {
        match self.0.try_read() {
            Ok(guard) => Some(guard),
            Err(TryLockError::Poisoned(poison)) => Some(poison.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }
}

/// A condition variable for [`Mutex`].
#[derive(Default)]
pub struct Condvar(std::sync::Condvar);

impl Condvar {
    pub const fn new() -> Self {
        Condvar(std::sync::Condvar::new())
    }

    /// Waits to be woken, at most until `deadline` (None: no limit). True if the time ran out.
    pub fn wait<'a, T>(
        &self,
        guard: MutexGuard<'a, T>,
        deadline: Option<Instant>,
    ) -> (MutexGuard<'a, T>, bool) {
        let Some(deadline) = deadline else {
            return (self.0.wait(guard).unwrap_or_else(PoisonError::into_inner), false);
        };
        let left = deadline.saturating_duration_since(Instant::now());
        let (guard, result) = self.0.wait_timeout(guard, left).unwrap_or_else(PoisonError::into_inner);
        (guard, result.timed_out())
    }

    pub fn notify_one(&self) {
        self.0.notify_one();
    }

    pub fn notify_all(&self) {
        self.0.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_under_the_lock_leaves_it_usable() {
        let lock = Mutex::new(5);
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let mut value = lock.lock();
            *value = 6;
            panic!("as the test wants it");
        }));
        assert!(outcome.is_err());
        assert_eq!(*lock.lock(), 6);
        assert_eq!(lock.try_lock().map(|v| *v), Some(6));
        assert_eq!(lock.inherited().map(|v| *v), Some(6));
    }

    #[test]
    fn waiting_has_its_limit_and_hears_of_changes() {
        let (lock, changed) = (Mutex::new(0), Condvar::new());
        let soon = Instant::now() + Duration::from_millis(20);
        let (guard, timed_out) = changed.wait(lock.lock(), Some(soon));
        assert!(timed_out && Instant::now() >= soon);
        drop(guard);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                *lock.lock() = 1;
                changed.notify_all();
            });
            let mut guard = lock.lock();
            while *guard == 0 {
                guard = changed.wait(guard, None).0;
            }
        });
    }

    #[test]
    fn threads_exclude_each_other() {
        let lock = Mutex::new(0u64);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..5000).for_each(|_| *lock.inherited().unwrap() += 1));
            }
        });
        assert_eq!(*lock.lock(), 20_000);
    }
}
