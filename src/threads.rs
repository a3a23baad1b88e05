//! Threads for work that the caller may leave behind: compiles, and driver calls that may block. Reused, because a compiler
//! on a fresh thread first has to warm up its memory (about 6 ms with NVRTC), and never limited in number, because work
//! that hangs must not hold up the next.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::error::{GpuError, GpuResult};
use crate::fork::ForkLocal;
use crate::sync::{Condvar, Mutex};

type Job = Box<dyn FnOnce() + Send>;

/// A thread without work ends after this long.
const IDLE: Duration = Duration::from_secs(20);
/// Front ends recurse with the nesting of the text. Bytes; only what is touched takes memory.
const STACK_SIZE: usize = 16 << 20;

/// How long a process that exits waits for compiles under way: the compiler's own exit handlers would take its data away
/// from under them, and the exit would end in a crash. Compiles end by themselves; large texts take NVRTC seconds.
const EXIT_PATIENCE: Duration = Duration::from_secs(10);

#[derive(Default)]
struct Queue {
    jobs: VecDeque<Job>,
    /// Threads waiting for a job, less the jobs already waiting for them.
    idle: usize,
    /// Jobs handed out that have not ended.
    running: usize,
}

#[derive(Default)]
struct Threads {
    queue: Mutex<Queue>,
    arrived: Condvar,
    /// A job has ended.
    ended: Condvar,
}

/// Threads of one kind.
pub(crate) struct Pool {
    name: &'static str,
    stack_size: usize,
    /// A child has none of its parent's threads.
    threads: ForkLocal<Threads>,
}

/// For compilers. A process that exits lets them end, see [`EXIT_PATIENCE`].
static COMPILERS: Pool = Pool::new("vmgpu-compile", STACK_SIZE);
/// For calls that may block: of a driver behind a kernel, of the system on a network. Nobody waits for them at exit.
static BLOCKING_CALLS: Pool = Pool::new("vmgpu-apart", STACK_SIZE);

/// Atomic, and not a `Once`: one that is under way in the parent would never end in a child.
static AT_EXIT: AtomicBool = AtomicBool::new(false);

/// Runs a compile on a thread of its own, at once.
pub(crate) fn compile(job: impl FnOnce() + Send + 'static) -> GpuResult<()> {
    if !AT_EXIT.swap(true, Ordering::AcqRel) {
        // SAFETY: the handler is a function of this library, which is never unloaded. Without it (no memory) exits are
        // as before.
        #[cfg(unix)]
        unsafe {
            libc::atexit(let_compiles_end)
        };
    }
    COMPILERS.run(job)
}

/// Runs a call that may block on a thread of its own, at once.
pub(crate) fn apart(call: impl FnOnce() + Send + 'static) -> GpuResult<()> {
    BLOCKING_CALLS.run(call)
}

impl Pool {
    pub const fn new(name: &'static str, stack_size: usize) -> Pool {
        Pool { name, stack_size, threads: ForkLocal::new(|_| Threads::default()) }
    }

    /// Runs `job` on a thread of its own, at once.
    pub fn run(&'static self, job: impl FnOnce() + Send + 'static) -> GpuResult<()> {
        let threads = self.threads.get();
        let mut queue = threads.queue.lock();
        queue.running += 1;
        if queue.idle > 0 {
            queue.idle -= 1;
            queue.jobs.push_back(Box::new(job));
            threads.arrived.notify_one();
            return Ok(());
        }
        drop(queue);
        std::thread::Builder::new()
            .name(self.name.into())
            .stack_size(self.stack_size)
            .spawn(move || {
                let mut next: Option<Job> = Some(Box::new(job));
                while let Some(job) = next {
                    // Jobs answer for their own panics; here it only must not lose the count.
                    let _ = catch_unwind(AssertUnwindSafe(job));
                    self.ended();
                    next = self.wait();
                }
            })
            .map(|_| ())
            .map_err(|cause| {
                self.ended();
                GpuError::io(format!("starting a thread ({})", self.name), cause)
            })
    }

    fn ended(&self) {
        let threads = self.threads.get();
        let mut queue = threads.queue.lock();
        queue.running = queue.running.saturating_sub(1);
        threads.ended.notify_all();
    }

    /// The next job for this thread; None when there was none for a while.
    fn wait(&self) -> Option<Job> {
        let threads = self.threads.get();
        let mut queue = threads.queue.lock();
        queue.idle += 1;
        loop {
            if let Some(job) = queue.jobs.pop_front() {
                return Some(job);
            }
            let timed_out;
            (queue, timed_out) = threads.arrived.wait(queue, Some(Instant::now() + IDLE));
            if timed_out {
                // A job that came in this very moment has taken one off `idle` and waits for any of us.
                let job = queue.jobs.pop_front();
                if job.is_none() {
                    queue.idle = queue.idle.saturating_sub(1);
                }
                return job;
            }
        }
    }
}

/// Runs before the compilers' own exit handlers, since those were opened before the first compile.
#[cfg(unix)]
extern "C" fn let_compiles_end() {
    let until = Instant::now() + EXIT_PATIENCE;
    let threads = COMPILERS.threads.get();
    let mut queue = threads.queue.lock();
    let mut timed_out = false;
    while queue.running > 0 && !timed_out {
        (queue, timed_out) = threads.ended.wait(queue, Some(until));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn every_job_runs_also_beside_one_that_hangs() {
        let (hold, held) = std::sync::mpsc::channel::<()>();
        compile(move || _ = held.recv()).unwrap();
        let done = Arc::new(AtomicUsize::new(0));
        for round in 0..200 {
            let done = done.clone();
            compile(move || _ = done.fetch_add(1, Ordering::SeqCst)).unwrap();
            if round % 50 == 0 {
                std::thread::sleep(Duration::from_millis(2));
            }
        }
        let until = std::time::Instant::now() + Duration::from_secs(20);
        while done.load(Ordering::SeqCst) < 200 {
            assert!(std::time::Instant::now() < until, "{done:?} of 200");
            std::thread::sleep(Duration::from_millis(1));
        }
        drop(hold);
    }
}
