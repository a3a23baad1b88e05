//! Ends kernels at their time limit: one thread that raises the stop flag of every launch that is past its deadline.
//!
//! Generated code polls its launch's flag. A launch costs two stores here; the thread sleeps while nothing with a
//! limit has run for a while.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use once_cell::sync::Lazy;

use super::futex;
use crate::fork::{self, ForkLocal};
use crate::sync::Mutex;

/// How late a kernel may be stopped at most, beside the scheduler's own delays.
const TICK: Duration = Duration::from_millis(1);
/// Ticks without any limited launch after which the thread goes to sleep.
const IDLE_TICKS: u32 = 200;

/// One launching thread's flag and deadline.
pub struct Slot {
    stop: AtomicU32,
    /// Nanoseconds since `START`; 0: no limited launch is running; RAISING: the watchdog is at the flag.
    deadline: AtomicU64,
    /// A launch of the thread uses this slot.
    taken: AtomicBool,
}

/// Value of a deadline while the flag goes up: the launch must not end then, or the next one would get its flag.
const RAISING: u64 = u64::MAX;

struct Watch {
    slots: Mutex<Vec<Arc<Slot>>>,
    /// 1 while the thread scans, 0 while it sleeps.
    awake: AtomicU32,
    /// The thread exists, or is being started.
    started: AtomicBool,
}

static START: Lazy<Instant> = Lazy::new(Instant::now);
/// A child has a watchdog of its own.
static WATCH: ForkLocal<Watch> = ForkLocal::new(|_| Watch {
    slots: Mutex::new(Vec::new()),
    awake: AtomicU32::new(0),
    started: AtomicBool::new(false),
});

thread_local! {
    static SLOT: RefCell<Option<Registered>> = const { RefCell::new(None) };
}

/// Takes the slot off the list when its thread ends.
struct Registered {
    slot: Arc<Slot>,
    /// Process whose list the slot is in.
    generation: u32,
}

impl Drop for Registered {
    fn drop(&mut self) {
        if self.generation == fork::generation() {
            WATCH.get().slots.lock().retain(|slot| !Arc::ptr_eq(slot, &self.slot));
        }
    }
}

/// A launch under watch; its flag goes up at the deadline.
pub struct Guard {
    slot: Arc<Slot>,
    /// The slot is not the thread's own and goes with the launch.
    _extra: Option<Registered>,
}

impl Guard {
    /// Starts watching. None: no limit, the flag stays down.
    pub fn new(deadline: Option<Instant>) -> Guard {
        let own = SLOT.try_with(|cell| {
            let mut own = cell.try_borrow_mut().ok()?;
            if own.as_ref().is_none_or(|known| known.generation != fork::generation()) {
                *own = Some(register());
            }
            own.as_ref().map(|known| known.slot.clone())
        });
        let own = own.ok().flatten();
        // A thread that is being torn down has no slot any more, and the slot of one that launches from within a launch
        // (a printf sink) is in use: then the launch gets one for itself.
        let own = own.filter(|slot| !slot.taken.swap(true, Ordering::Relaxed));
        let (slot, _extra) = match own {
            Some(slot) => (slot, None),
            None => {
                let extra = register();
                (extra.slot.clone(), Some(extra))
            }
        };
        slot.stop.store(0, Ordering::Relaxed);
        if let Some(deadline) = deadline {
            let at = deadline.saturating_duration_since(*START).as_nanos();
            slot.deadline.store(at.clamp(1, RAISING as u128 - 1) as u64, Ordering::SeqCst);
            WATCH.get().ensure_awake();
        }
        Guard { slot, _extra }
    }

    pub fn flag(&self) -> &AtomicU32 {
        &self.slot.stop
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        loop {
            let deadline = self.slot.deadline.load(Ordering::Acquire);
            // The watchdog is between two stores; it will not be long.
            if deadline == RAISING {
                std::thread::yield_now();
                continue;
            }
            let ended = self.slot.deadline.compare_exchange(deadline, 0, Ordering::AcqRel, Ordering::Relaxed);
            if ended.is_ok() {
                break;
            }
        }
        self.slot.taken.store(false, Ordering::Release);
    }
}

fn register() -> Registered {
    Lazy::force(&START);
    let slot = Arc::new(Slot {
        stop: AtomicU32::new(0),
        deadline: AtomicU64::new(0),
        taken: AtomicBool::new(false),
    });
    WATCH.get().slots.lock().push(slot.clone());
    Registered { slot, generation: fork::generation() }
}

impl Slot {
    /// Raises the flag of the launch with this deadline, unless it has ended.
    fn raise(&self, deadline: u64) {
        if self.deadline.compare_exchange(deadline, RAISING, Ordering::AcqRel, Ordering::Relaxed).is_ok() {
            self.stop.store(1, Ordering::Relaxed);
            self.deadline.store(deadline, Ordering::Release);
        }
    }
}

impl Watch {
    fn ensure_awake(&'static self) {
        if !self.started.load(Ordering::Acquire) {
            // First launch of this process (or of a forked child): start the thread once.
            if !self.started.swap(true, Ordering::AcqRel) {
                self.awake.store(1, Ordering::SeqCst);
                let spawned =
                    std::thread::Builder::new().name("vmgpu-watchdog".into()).spawn(move || self.scan());
                if let Err(cause) = spawned {
                    self.started.store(false, Ordering::Release);
                    crate::log::error(|| format!("no watchdog thread, kernels run without limit: {cause}"));
                }
            }
        } else if self.awake.load(Ordering::SeqCst) == 0 {
            self.awake.store(1, Ordering::SeqCst);
            futex::wake(&self.awake, 1);
        }
    }

    fn scan(&self) {
        let mut idle = 0;
        loop {
            idle = if self.raise_flags() { 0 } else { idle + 1 };
            if idle < IDLE_TICKS {
                std::thread::sleep(TICK);
                continue;
            }
            self.awake.store(0, Ordering::SeqCst);
            // A launch that came in between has either seen the 0 or is seen here.
            if !self.raise_flags() {
                futex::wait(&self.awake, 0, None);
            }
            self.awake.store(1, Ordering::SeqCst);
            idle = 0;
        }
    }

    /// Stops what is late. True if any limited launch is running.
    fn raise_flags(&self) -> bool {
        let now = START.elapsed().as_nanos() as u64;
        let mut busy = false;
        for slot in self.slots.lock().iter() {
            let deadline = slot.deadline.load(Ordering::SeqCst);
            busy |= deadline != 0;
            if deadline != 0 && now >= deadline && slot.stop.load(Ordering::Relaxed) == 0 {
                slot.raise(deadline);
            }
        }
        busy
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait_for(guard: &Guard, limit: Duration) -> Option<Duration> {
        let started = Instant::now();
        while started.elapsed() < limit {
            if guard.flag().load(Ordering::Relaxed) != 0 {
                return Some(started.elapsed());
            }
            std::thread::sleep(Duration::from_micros(100));
        }
        None
    }

    #[test]
    fn flags_go_up_at_their_own_deadlines() {
        std::thread::scope(|scope| {
            for millis in [0u64, 5, 30, 60] {
                scope.spawn(move || {
                    let limit = Duration::from_millis(millis);
                    for _ in 0..3 {
                        let guard = Guard::new(Some(Instant::now() + limit));
                        let took = wait_for(&guard, Duration::from_secs(20)).expect("stopped");
                        assert!(took + Duration::from_millis(2) >= limit, "{took:?} of {limit:?}");
                    }
                });
            }
        });
    }

    #[test]
    fn no_limit_and_a_far_one_leave_the_flag_down() {
        for deadline in [None, Some(Instant::now() + Duration::from_secs(3600))] {
            let guard = Guard::new(deadline);
            assert_eq!(wait_for(&guard, Duration::from_millis(20)), None);
        }
    }

    /// A launch inside another one on the same thread has a limit of its own and leaves the outer one its limit.
    #[test]
    fn launches_within_a_launch() {
        let outer = Guard::new(Some(Instant::now() + Duration::from_millis(50)));
        {
            let inner = Guard::new(Some(Instant::now() + Duration::from_millis(5)));
            assert!(wait_for(&inner, Duration::from_secs(20)).is_some());
        }
        drop(Guard::new(None));
        assert!(wait_for(&outer, Duration::from_secs(20)).is_some(), "the outer limit was lost");
    }

    /// The watchdog has seen a deadline pass; the launch ends before it gets to the flag.
    #[test]
    fn a_launch_that_has_ended_leaves_no_flag_to_the_next() {
        let slot = {
            let guard = Guard::new(Some(Instant::now() + Duration::from_secs(3600)));
            guard.slot.clone()
        };
        let late = slot.deadline.load(Ordering::SeqCst).max(12345);
        let next = Guard::new(Some(Instant::now() + Duration::from_secs(3600)));
        next.slot.raise(late);
        assert_eq!(next.flag().load(Ordering::Relaxed), 0);
        let own = next.slot.deadline.load(Ordering::SeqCst);
        next.slot.raise(own);
        assert_eq!(next.flag().load(Ordering::Relaxed), 1);
    }

    /// A limited launch after the thread went to sleep wakes it.
    #[test]
    fn sleeping_watchdog_wakes() {
        drop(Guard::new(Some(Instant::now() + Duration::from_secs(1))));
        std::thread::sleep(TICK * (IDLE_TICKS * 2));
        let guard = Guard::new(Some(Instant::now() + Duration::from_millis(5)));
        assert!(wait_for(&guard, Duration::from_secs(20)).is_some());
    }
}
