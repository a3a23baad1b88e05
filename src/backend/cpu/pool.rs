//! The CPU device's worker threads: blocks of a grid handed out in chunks through one shared counter.
//!
//! Small work runs on the calling thread alone. The caller always takes part; a second caller that finds the workers
//! taken runs its grid by itself, so nobody waits for somebody else's kernel.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::futex;
use crate::fork::ForkLocal;
use crate::sync::Mutex;

/// Runs blocks `start..end` as worker number `worker`. False: stop, the rest of the grid is not wanted.
pub type Work<'a> = &'a (dyn Fn(usize, u64, u64) -> bool + Sync);

/// Work left that is worth waking threads for: a futex wake takes 4 to 6 us until the thread runs.
const WORTH_WAKING: Duration = Duration::from_micros(10);
/// Length of a chunk: short enough to balance, long enough to make the counter free.
const CHUNK: Duration = Duration::from_micros(15);
/// A worker looks for the next launch this long before it sleeps.
const SPIN: u32 = 2000;

/// Stack of a worker. Recursive kernels run on it; only what is touched takes memory. Bytes.
pub const WORKER_STACK: usize = 8 << 20;

/// Worker threads, started at the first grid that is worth it.
pub struct Pool {
    /// Threads that work on a grid, the calling one included.
    threads: usize,
    /// The workers; whoever holds the lock has them. A child starts its own.
    crew: ForkLocal<Mutex<Option<Arc<Shared>>>>,
}

#[derive(Default)]
struct Shared {
    /// Counts jobs; workers sleep on it.
    announced: AtomicU32,
    job: Mutex<Option<Arc<Job>>>,
}

struct Job {
    /// The caller's closure with its lifetime taken off. Only used between `enter` and `leave`, which the caller awaits.
    work: *const (dyn Fn(usize, u64, u64) -> bool + Sync),
    next: AtomicU64,
    total: u64,
    chunk: u64,
    stopped: AtomicBool,
    /// A worker panicked: its blocks are not done, which only the caller can report.
    panicked: AtomicBool,
    /// Set by the caller when it has no more use for help.
    closed: AtomicBool,
    /// Workers inside; the caller sleeps on it.
    active: AtomicU32,
}

// SAFETY: the closure is Sync, and the caller keeps it alive until no worker is inside.
unsafe impl Send for Job {}
// SAFETY: as above.
unsafe impl Sync for Job {}

impl Pool {
    pub fn new(threads: usize) -> Self {
        Pool { threads: threads.max(1), crew: ForkLocal::new(|_| Mutex::default()) }
    }

    pub fn threads(&self) -> usize {
        self.threads
    }

    /// Runs blocks `0..total`, each once, unless `work` answers false. Worker numbers are below `threads()`. A panic of
    /// `work`, on whichever thread, is one of this call.
    pub fn run(&self, total: u64, work: Work<'_>) {
        if self.threads == 1 || total < 2 {
            work(0, 0, total);
            return;
        }
        // The first blocks tell how long one takes.
        let started = Instant::now();
        let (mut done, mut step) = (0, 1);
        loop {
            let end = total.min(done + step);
            if !work(0, done, end) {
                return;
            }
            done = end;
            if done == total {
                return;
            }
            let elapsed = started.elapsed();
            if elapsed > WORTH_WAKING / 2 {
                let per_block = elapsed.as_nanos() as u64 / done + 1;
                if (total - done).saturating_mul(per_block) < WORTH_WAKING.as_nanos() as u64 {
                    work(0, done, total);
                } else {
                    let even = (total - done).div_ceil(self.threads as u64 * 4);
                    let chunk = (CHUNK.as_nanos() as u64 / per_block).clamp(1, even.max(1));
                    self.run_together(done, total, chunk, work);
                }
                return;
            }
            step = (step * 2).min(1 << 20);
        }
    }

    fn run_together(&self, start: u64, total: u64, chunk: u64, work: Work<'_>) {
        let Some(mut crew) = self.crew.get().try_lock() else {
            work(0, start, total);
            return;
        };
        let shared = crew.get_or_insert_with(|| start_workers(self.threads - 1)).clone();
        // SAFETY: only the lifetime changes; `finish` below waits until no worker uses the closure any more.
        let work_static = unsafe {
            std::mem::transmute::<Work<'_>, &'static (dyn Fn(usize, u64, u64) -> bool + Sync)>(work)
        };
        let job = Arc::new(Job {
            work: work_static,
            next: AtomicU64::new(start),
            total,
            chunk,
            stopped: AtomicBool::new(false),
            panicked: AtomicBool::new(false),
            closed: AtomicBool::new(false),
            active: AtomicU32::new(0),
        });
        // Also when `work` unwinds the workers must be gone before the closure is.
        let finish = Finish(&job);
        *shared.job.lock() = Some(job.clone());
        shared.announced.fetch_add(1, Ordering::SeqCst);
        let chunks = (total - start).div_ceil(chunk);
        futex::wake(&shared.announced, (self.threads as u64 - 1).min(chunks) as i32);
        job.take_chunks(0);
        drop(finish);
        assert!(!job.panicked.load(Ordering::SeqCst), "a worker of the CPU device panicked");
    }
}

struct Finish<'a>(&'a Job);

impl Drop for Finish<'_> {
    fn drop(&mut self) {
        self.0.closed.store(true, Ordering::SeqCst);
        let mut spins = 0;
        loop {
            let active = self.0.active.load(Ordering::SeqCst);
            if active == 0 {
                return;
            }
            spins += 1;
            match spins < SPIN {
                true => std::hint::spin_loop(),
                false => futex::wait(&self.0.active, active, Some(Duration::from_millis(10))),
            }
        }
    }
}

impl Job {
    fn take_chunks(&self, worker: usize) {
        // SAFETY: the caller is the closure's owner, or a worker between `enter` and `leave`.
        let work = unsafe { &*self.work };
        while !self.stopped.load(Ordering::Relaxed) {
            let start = self.next.fetch_add(self.chunk, Ordering::Relaxed);
            if start >= self.total {
                return;
            }
            if !work(worker, start, self.total.min(start + self.chunk)) {
                self.stopped.store(true, Ordering::Relaxed);
            }
        }
    }

    /// A worker's part: in, all the chunks it gets, out.
    fn help(&self, worker: usize) {
        self.active.fetch_add(1, Ordering::SeqCst);
        if !self.closed.load(Ordering::SeqCst) {
            // The closure runs generated code and our own; a panic in it is our defect and must not lose the count.
            let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| self.take_chunks(worker)));
            if outcome.is_err() {
                self.panicked.store(true, Ordering::SeqCst);
                self.stopped.store(true, Ordering::Relaxed);
            }
        }
        self.active.fetch_sub(1, Ordering::SeqCst);
        if self.closed.load(Ordering::SeqCst) {
            futex::wake(&self.active, 1);
        }
    }
}

/// Starts the threads. Fewer than wanted (or none) is fine: the caller works too.
fn start_workers(count: usize) -> Arc<Shared> {
    let shared = Arc::new(Shared::default());
    for worker in 1..=count {
        let shared = shared.clone();
        let spawned = std::thread::Builder::new()
            .name(format!("vmgpu-cpu-{worker}"))
            .stack_size(WORKER_STACK)
            .spawn(move || serve(&shared, worker));
        if spawned.is_err() {
            break;
        }
    }
    shared
}

/// A worker's life: wait for a job, help, again. It ends with the process.
fn serve(shared: &Shared, worker: usize) {
    let mut seen = 0;
    loop {
        let mut spins = 0;
        let now = loop {
            let now = shared.announced.load(Ordering::SeqCst);
            if now != seen {
                break now;
            }
            spins += 1;
            match spins < SPIN {
                true => std::hint::spin_loop(),
                false => futex::wait(&shared.announced, seen, None),
            }
        };
        seen = now;
        let job = shared.job.lock().clone();
        if let Some(job) = job {
            job.help(worker);
        }
    }
}

/// Threads to use: `VMGPU_CPU_THREADS` if it is a positive number, else the processors this process may use
/// (affinity mask and cgroup quota).
pub fn usable_threads() -> usize {
    let wanted = std::env::var("VMGPU_CPU_THREADS").ok().and_then(|v| v.trim().parse::<usize>().ok());
    match wanted {
        Some(count) if count > 0 => count.min(1024),
        _ => std::thread::available_parallelism().map_or(1, |n| n.get()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every block once, at sizes around the chunking, with blocks slow enough that the workers come.
    #[test]
    fn every_block_runs_once() {
        let pool = Pool::new(4);
        for total in [0u64, 1, 2, 3, 17, 100, 1001, 5000] {
            let counts: Vec<AtomicU32> = (0..total).map(|_| AtomicU32::new(0)).collect();
            let helpers = AtomicU32::new(0);
            pool.run(total, &|worker, start, end| {
                assert!(worker < 4);
                helpers.fetch_or(1 << worker, Ordering::Relaxed);
                for block in start..end {
                    counts[block as usize].fetch_add(1, Ordering::Relaxed);
                    let until = Instant::now() + Duration::from_micros(3);
                    while Instant::now() < until {
                        std::hint::spin_loop();
                    }
                }
                true
            });
            assert!(counts.iter().all(|c| c.load(Ordering::Relaxed) == 1), "total {total}");
            if total == 5000 {
                assert!(helpers.load(Ordering::Relaxed).count_ones() > 1, "no worker came");
            }
        }
    }

    #[test]
    fn several_callers_at_once() {
        let pool = Pool::new(3);
        std::thread::scope(|scope| {
            for seed in 1..5u64 {
                let pool = &pool;
                scope.spawn(move || {
                    for round in 0..200u64 {
                        let total = (seed * 7919 + round * 31) % 300;
                        let sum = AtomicU64::new(0);
                        pool.run(total, &|_, start, end| {
                            for block in start..end {
                                sum.fetch_add(std::hint::black_box(block) * seed, Ordering::Relaxed);
                            }
                            std::thread::yield_now();
                            true
                        });
                        assert_eq!(sum.into_inner(), seed * (total * total.saturating_sub(1) / 2));
                    }
                });
            }
        });
    }

    /// Blocks that a panic has left undone must not pass for done.
    #[test]
    fn a_panic_on_a_worker_is_one_of_the_caller() {
        let pool = Pool::new(4);
        let caller = std::thread::current().id();
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            pool.run(2000, &|_, _, _| {
                assert_eq!(std::thread::current().id(), caller, "the panic that the test wants");
                std::thread::sleep(Duration::from_micros(100));
                true
            });
        }));
        assert!(outcome.is_err());
        // The pool goes on.
        let ran = AtomicU64::new(0);
        pool.run(2000, &|_, start, end| {
            ran.fetch_add(end - start, Ordering::Relaxed);
            std::thread::sleep(Duration::from_micros(20));
            true
        });
        assert_eq!(ran.into_inner(), 2000);
    }

    #[test]
    fn stopping_leaves_the_rest() {
        let pool = Pool::new(4);
        let ran = AtomicU64::new(0);
        pool.run(1_000_000, &|_, start, end| {
            ran.fetch_add(end - start, Ordering::Relaxed);
            std::thread::sleep(Duration::from_micros(50));
            ran.load(Ordering::Relaxed) < 100
        });
        assert!(ran.into_inner() < 1_000_000);
    }
}
