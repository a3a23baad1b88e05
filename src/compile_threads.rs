//! Threads that compile: reused, because a compiler on a fresh thread first has to warm up its memory (about 6 ms with
//! NVRTC), and never limited in number, because a compile that hangs must not hold up the next.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use crate::error::{GpuError, GpuResult};
use crate::fork;

type Job = Box<dyn FnOnce() + Send>;

/// A thread without work ends after this long.
const IDLE: Duration = Duration::from_secs(20);
/// Front ends recurse with the nesting of the text. Bytes; only what is touched takes memory.
const STACK_SIZE: usize = 16 << 20;

/// How long a process that exits waits for compiles under way: the compiler's own exit handlers would take its data away
/// from under them.
const EXIT_PATIENCE: Duration = Duration::from_secs(2);

struct Queue {
    jobs: VecDeque<Job>,
    /// Threads waiting for a job, less the jobs already waiting for them.
    idle: usize,
    /// Jobs handed out that have not ended.
    running: usize,
    /// Fork generation of the threads counted here: a child has none of them.
    generation: u32,
}

static QUEUE: Mutex<Queue> = Mutex::new(Queue { jobs: VecDeque::new(), idle: 0, running: 0, generation: 0 });
static ARRIVED: Condvar = Condvar::new();
/// A job has ended.
static ENDED: Condvar = Condvar::new();
static AT_EXIT: Once = Once::new();

/// Runs `job` on a thread of its own, at once.
pub(crate) fn run(job: impl FnOnce() + Send + 'static) -> GpuResult<()> {
    AT_EXIT.call_once(|| {
        // SAFETY: the handler is a function of this library, which is never unloaded. Without it (no memory) exits are
        // as before.
        #[cfg(unix)]
        unsafe {
            libc::atexit(let_compiles_end)
        };
    });
    let mut queue = QUEUE.lock();
    let generation = fork::generation();
    if queue.generation != generation {
        queue.generation = generation;
        queue.idle = 0;
        queue.running = 0;
        queue.jobs.clear();
    }
    queue.running += 1;
    if queue.idle > 0 {
        queue.idle -= 1;
        queue.jobs.push_back(Box::new(job));
        ARRIVED.notify_one();
        return Ok(());
    }
    drop(queue);
    std::thread::Builder::new()
        .name("vmgpu-compile".into())
        .stack_size(STACK_SIZE)
        .spawn(move || {
            let mut next: Option<Job> = Some(Box::new(job));
            while let Some(job) = next {
                // Jobs answer for their own panics; here it only must not lose the count.
                let _ = catch_unwind(AssertUnwindSafe(job));
                ended();
                next = wait();
            }
        })
        .map(|_| ())
        .map_err(|cause| {
            ended();
            GpuError::io("starting a compile thread", cause)
        })
}

fn ended() {
    let mut queue = QUEUE.lock();
    queue.running = queue.running.saturating_sub(1);
    ENDED.notify_all();
}

/// Runs before the compilers' own exit handlers, since those were opened before the first compile.
#[cfg(unix)]
extern "C" fn let_compiles_end() {
    let until = Instant::now() + EXIT_PATIENCE;
    let Some(mut queue) = QUEUE.try_lock_until(until) else { return };
    // In a forked child none of them exists.
    while queue.running > 0 && queue.generation == fork::generation() {
        if ENDED.wait_until(&mut queue, until).timed_out() {
            return;
        }
    }
}

/// The next job for this thread; None when there was none for a while.
fn wait() -> Option<Job> {
    let mut queue = QUEUE.lock();
    queue.idle += 1;
    loop {
        if let Some(job) = queue.jobs.pop_front() {
            return Some(job);
        }
        if ARRIVED.wait_for(&mut queue, IDLE).timed_out() {
            // A job that came in this very moment has taken one off `idle` and waits for any of us.
            let job = queue.jobs.pop_front();
            if job.is_none() {
                queue.idle = queue.idle.saturating_sub(1);
            }
            return job;
        }
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
        run(move || _ = held.recv()).unwrap();
        let done = Arc::new(AtomicUsize::new(0));
        for round in 0..200 {
            let done = done.clone();
            run(move || _ = done.fetch_add(1, Ordering::SeqCst)).unwrap();
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
