//! Notices `fork()`: threads and GPU contexts do not survive into the child, so what depends on them must know.
//!
//! What a child inherits may be in the middle of a change by a thread that it does not have. Three things against that:
//! [`ForkLocal`] gives each process a value of its own; [`hold`] makes a fork wait for work whose halves are of no use;
//! objects of the caller, which cannot be replaced, use [`crate::sync`].

use std::cell::Cell;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, Ordering};
use std::time::{Duration, Instant};

static GENERATION: AtomicU32 = AtomicU32::new(0);
static WATCHING: AtomicBool = AtomicBool::new(false);

/// Threads that hold forks off, and forks that wait for them.
static HOLDING: AtomicU32 = AtomicU32::new(0);
static FORKING: AtomicU32 = AtomicU32::new(0);
/// This process is the child of a fork that did not wait to the end.
static TORN: AtomicBool = AtomicBool::new(false);
/// How long a fork waits for the threads that hold it off.
const PATIENCE: Duration = Duration::from_secs(2);

thread_local! {
    /// Holds of this thread, one within the other.
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

/// Number of forks between [`watch`] in an ancestor process and here: 0 in the process that loaded the library. A value
/// that has changed means another process.
#[inline]
pub fn generation() -> u32 {
    GENERATION.load(Ordering::Relaxed)
}

/// Starts counting. Called before anything is made that a fork could leave half done.
pub fn watch() {
    if WATCHING.swap(true, Ordering::AcqRel) {
        return;
    }
    #[cfg(unix)]
    {
        extern "C" fn before() {
            FORKING.fetch_add(1, Ordering::SeqCst);
            let until = Instant::now() + PATIENCE;
            while HOLDING.load(Ordering::SeqCst) > own_depth() && Instant::now() < until {
                std::thread::sleep(Duration::from_micros(50));
            }
        }
        extern "C" fn in_parent() {
            FORKING.fetch_sub(1, Ordering::SeqCst);
        }
        extern "C" fn in_child() {
            FORKING.store(0, Ordering::Relaxed);
            let own = own_depth();
            if HOLDING.swap(own, Ordering::Relaxed) > own {
                TORN.store(true, Ordering::Relaxed);
            }
            GENERATION.fetch_add(1, Ordering::Relaxed);
        }
        // SAFETY: the handlers use atomics and a plain thread-local, which is allowed between fork and exec. Failure (no
        // memory) means forks go unnoticed, as without the handlers.
        unsafe { libc::pthread_atfork(Some(before), Some(in_parent), Some(in_child)) };
    }
}

fn own_depth() -> u32 {
    DEPTH.try_with(Cell::get).unwrap_or(0)
}

/// Keeps other threads from forking until it is dropped, for a while at least.
#[cfg(feature = "cpu")]
pub struct Hold(());

/// For work that would be of no use half done, and that ends by itself.
#[cfg(feature = "cpu")]
pub fn hold() -> Hold {
    let nested = own_depth() > 0;
    loop {
        HOLDING.fetch_add(1, Ordering::SeqCst);
        if nested || FORKING.load(Ordering::SeqCst) == 0 {
            break;
        }
        HOLDING.fetch_sub(1, Ordering::SeqCst);
        std::thread::sleep(Duration::from_micros(50));
    }
    let _ = DEPTH.try_with(|depth| depth.set(depth.get() + 1));
    Hold(())
}

#[cfg(feature = "cpu")]
impl Drop for Hold {
    fn drop(&mut self) {
        let _ = DEPTH.try_with(|depth| depth.set(depth.get().saturating_sub(1)));
        HOLDING.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Whether something that held the fork off was left half done in this process after all.
#[cfg(feature = "cpu")]
pub fn is_torn() -> bool {
    TORN.load(Ordering::Relaxed)
}

/// A value that each process has for itself: a child makes a new one at its first use, from the parent's where that is
/// possible. Reading it is two loads.
pub struct ForkLocal<T: Send + Sync + 'static> {
    node: AtomicPtr<Node<T>>,
    make: fn(Option<&T>) -> T,
    owns: PhantomData<T>,
}

struct Node<T> {
    generation: u32,
    value: T,
}

impl<T: Send + Sync + 'static> ForkLocal<T> {
    /// `make` gets the value of the parent process, which other threads may have been changing at the fork: it must
    /// take no lock of it that it could not get at once.
    pub const fn new(make: fn(Option<&T>) -> T) -> Self {
        ForkLocal { node: AtomicPtr::new(std::ptr::null_mut()), make, owns: PhantomData }
    }

    #[inline]
    pub fn get(&self) -> &T {
        let node = self.node.load(Ordering::Acquire);
        // SAFETY: a node is published once complete, and freed only in `drop`, so it lives as long as this borrow.
        match unsafe { node.as_ref() } {
            Some(node) if node.generation == generation() => &node.value,
            _ => self.renew(),
        }
    }

    #[cold]
    fn renew(&self) -> &T {
        watch();
        let old = self.node.load(Ordering::Acquire);
        // SAFETY: as in `get`.
        let inherited = unsafe { old.as_ref() };
        if let Some(node) = inherited
            && node.generation == generation()
        {
            return &node.value;
        }
        let value = (self.make)(inherited.map(|node| &node.value));
        let fresh = Box::into_raw(Box::new(Node { generation: generation(), value }));
        match self.node.compare_exchange(old, fresh, Ordering::AcqRel, Ordering::Acquire) {
            // The parent's value stays where it is: it may be half changed, so nothing may take it apart.
            // SAFETY: just made and published; see `get`.
            Ok(_) => unsafe { &(*fresh).value },
            Err(other) => {
                // SAFETY: never published, so it is ours alone; `other` was published by a thread of this process.
                unsafe {
                    drop(Box::from_raw(fresh));
                    &(*other).value
                }
            }
        }
    }
}

impl<T: Send + Sync + 'static> Drop for ForkLocal<T> {
    fn drop(&mut self) {
        let node = *self.node.get_mut();
        // SAFETY: as in `get`; nobody else uses it any more.
        if let Some(generation_of) = unsafe { node.as_ref() }.map(|node| node.generation)
            && generation_of == generation()
        {
            // SAFETY: made by `Box::into_raw`, and this is the only owner.
            drop(unsafe { Box::from_raw(node) });
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::sync::Arc;

    /// Runs `body` in a child of fork(); the test fails if it answers false.
    #[cfg(unix)]
    pub(crate) fn in_forked_child(body: impl FnOnce() -> bool) {
        // SAFETY: the child runs `body`, and ends without returning into the test runner.
        let child = unsafe { libc::fork() };
        assert!(child >= 0);
        if child == 0 {
            // A child that waits for a thread of its parent shall fail the test, not stop it.
            // SAFETY: arms the timer whose signal ends the process.
            unsafe { libc::alarm(20) };
            let good = std::panic::catch_unwind(std::panic::AssertUnwindSafe(body)).unwrap_or(false);
            // SAFETY: ends the child at once, as intended.
            unsafe { libc::_exit(if good { 0 } else { 1 }) };
        }
        let mut status = 0;
        // SAFETY: waits for the child made above.
        assert_eq!(unsafe { libc::waitpid(child, &mut status, 0) }, child);
        assert_eq!(status, 0, "the child found something else");
    }

    #[test]
    fn one_value_a_process_made_once() {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let value: Arc<ForkLocal<u32>> = Arc::new(ForkLocal::new(|old| {
            assert!(old.is_none());
            MADE.fetch_add(1, Ordering::Relaxed);
            41
        }));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| assert_eq!(*value.get(), 41));
            }
        });
        let made = MADE.load(Ordering::Relaxed);
        assert!((1..=4).contains(&made));
        assert_eq!(std::ptr::from_ref(value.get()), std::ptr::from_ref(value.get()));
        assert_eq!(MADE.load(Ordering::Relaxed), made, "made again");
    }
}
