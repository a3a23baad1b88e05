//! Ends kernels at their time limit: one thread that raises the stop flag of every launch that is past its deadline.
//!
//! Generated code polls its launch's flag. A launch costs two stores here; the thread sleeps while nothing with a
//! limit has run for a while.

use std::cell::OnceCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use once_cell::sync::Lazy;
use parking_lot::Mutex;

use super::futex;
use crate::fork;

/// How late a kernel may be stopped at most, beside the scheduler's own delays.
const TICK: Duration = Duration::from_millis(1);
/// Ticks without any limited launch after which the thread goes to sleep.
const IDLE_TICKS: u32 = 200;

/// One launching thread's flag and deadline.
pub struct Slot {
    stop: AtomicU32,
    /// Nanoseconds since `START`; 0: no limited launch is running.
    deadline: AtomicU64,
}

struct Watch {
    slots: Mutex<Vec<Arc<Slot>>>,
    /// 1 while the thread scans, 0 while it sleeps.
    awake: AtomicU32,
    /// Fork generation the thread was started in, plus one; 0: not started.
    started: AtomicU32,
}

static START: Lazy<Instant> = Lazy::new(Instant::now);
static WATCH: Watch =
    Watch { slots: Mutex::new(Vec::new()), awake: AtomicU32::new(0), started: AtomicU32::new(0) };

thread_local! {
    static SLOT: OnceCell<Registered> = const { OnceCell::new() };
}

/// Takes the slot off the list when its thread ends.
struct Registered(Arc<Slot>);

impl Drop for Registered {
    fn drop(&mut self) {
        WATCH.slots.lock().retain(|slot| !Arc::ptr_eq(slot, &self.0));
    }
}

/// A launch under watch; its flag goes up at the deadline.
pub struct Guard(Arc<Slot>);

impl Guard {
    /// Starts watching. None: no limit, the flag stays down.
    pub fn new(deadline: Option<Instant>) -> Guard {
        // A thread that is being torn down has no slot any more; it gets one for itself.
        let slot = SLOT
            .try_with(|cell| cell.get_or_init(|| Registered(register())).0.clone())
            .unwrap_or_else(|_| register());
        slot.stop.store(0, Ordering::Relaxed);
        if let Some(deadline) = deadline {
            let at = deadline.saturating_duration_since(*START).as_nanos().clamp(1, u64::MAX as u128) as u64;
            slot.deadline.store(at, Ordering::SeqCst);
            WATCH.ensure_awake();
        }
        Guard(slot)
    }

    pub fn flag(&self) -> &AtomicU32 {
        &self.0.stop
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.deadline.store(0, Ordering::Release);
    }
}

fn register() -> Arc<Slot> {
    Lazy::force(&START);
    let slot = Arc::new(Slot { stop: AtomicU32::new(0), deadline: AtomicU64::new(0) });
    WATCH.slots.lock().push(slot.clone());
    slot
}

impl Watch {
    fn ensure_awake(&'static self) {
        let generation = fork::generation().wrapping_add(1);
        let started = self.started.load(Ordering::Acquire);
        if started != generation {
            // First launch of this process (or of a forked child): start the thread once.
            if self.started.compare_exchange(started, generation, Ordering::AcqRel, Ordering::Acquire).is_ok()
            {
                self.awake.store(1, Ordering::SeqCst);
                let spawned =
                    std::thread::Builder::new().name("vmgpu-watchdog".into()).spawn(move || self.scan());
                if let Err(cause) = spawned {
                    self.started.store(0, Ordering::Release);
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
            if deadline != 0 && now >= deadline {
                slot.stop.store(1, Ordering::Relaxed);
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

    /// A limited launch after the thread went to sleep wakes it.
    #[test]
    fn sleeping_watchdog_wakes() {
        drop(Guard::new(Some(Instant::now() + Duration::from_secs(1))));
        std::thread::sleep(TICK * (IDLE_TICKS * 2));
        let guard = Guard::new(Some(Instant::now() + Duration::from_millis(5)));
        assert!(wait_for(&guard, Duration::from_secs(20)).is_some());
    }
}
