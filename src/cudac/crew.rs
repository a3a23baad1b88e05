//! The compiler's threads. Its recursion has bounds of its own, but those want a roomy stack, which the threads of a
//! virtual machine need not have; and the functions of a larger kernel are generated side by side. The threads stay for
//! a while after their work: to start one costs as much as a small compile.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::sync::{Condvar, Mutex};
use crate::threads::Pool;

/// Address space only; pages are touched as they are needed.
const STACK: usize = 256 << 20;
/// Texts up to this many bytes cannot nest so deeply that a thread kept for reuse would keep much memory.
const SMALL_TEXT: usize = 32 << 10;

static CREW: Pool = Pool::new("vmgpu-compile", STACK);

const PANICKED: &str = "internal compiler error: the compiler panicked";

/// Where a piece of work stands.
#[derive(Default, PartialEq)]
enum State {
    #[default]
    Waiting,
    Running,
    /// Done, or nobody wants it any more.
    Over,
}

#[derive(Default)]
struct Turn {
    state: Mutex<State>,
    over: Condvar,
}

impl Turn {
    /// Does the work unless it has been called off.
    fn take(&self, work: impl FnOnce()) {
        {
            let mut state = self.state.lock();
            if *state == State::Over {
                return;
            }
            *state = State::Running;
        }
        work();
        *self.state.lock() = State::Over;
        self.over.notify_one();
    }

    fn wait(&self) {
        let mut state = self.state.lock();
        while *state != State::Over {
            state = self.over.wait(state, None).0;
        }
    }

    /// Sees to it that the work has ended or never begins.
    fn call_off(&self) {
        let mut state = self.state.lock();
        if *state == State::Waiting {
            *state = State::Over;
        }
        drop(state);
        self.wait();
    }
}

/// Runs `work` for a text of `size` bytes where recursion has room.
pub fn on_roomy_stack<T: Send>(
    size: usize,
    work: impl FnOnce() -> Result<T, String> + Send,
) -> Result<T, String> {
    if size > SMALL_TEXT {
        return on_fresh_thread(work);
    }
    let turn = Arc::new(Turn::default());
    let mut outcome = None;
    let place = &mut outcome;
    let done = turn.clone();
    let job: Box<dyn FnOnce() + Send + '_> =
        Box::new(move || done.take(|| *place = catch_unwind(AssertUnwindSafe(work)).ok()));
    // SAFETY: only the lifetime changes. What the job borrows lives until it has ended: it is waited for below, and if no
    // thread can be started for it, it is dropped before `run` returns.
    let job: Box<dyn FnOnce() + Send + 'static> = unsafe { std::mem::transmute(job) };
    CREW.run(job).map_err(|error| format!("cannot start a thread to compile on: {error}"))?;
    turn.wait();
    outcome.unwrap_or_else(|| Err(PANICKED.to_string()))
}

fn on_fresh_thread<T: Send>(work: impl FnOnce() -> Result<T, String> + Send) -> Result<T, String> {
    std::thread::scope(|scope| {
        let builder = std::thread::Builder::new().name("vmgpu-compile".into()).stack_size(STACK);
        match builder.spawn_scoped(scope, work) {
            Ok(handle) => handle.join().unwrap_or_else(|_| Err(PANICKED.to_string())),
            Err(error) => Err(format!("cannot start a thread to compile on: {error}")),
        }
    })
}

/// Helpers at work for `beside`; none of them is when this is gone.
struct Helpers(Vec<Arc<Turn>>);

impl Drop for Helpers {
    fn drop(&mut self) {
        self.0.iter().for_each(|turn| turn.call_off());
    }
}

/// Runs `work` here and, as far as threads can be had in time, on `count` more. A helper that panics is not missed: the
/// caller finds its part undone.
pub fn beside(count: usize, work: &(dyn Fn() + Sync)) {
    // SAFETY: only the lifetime changes. `Helpers` lets this function go, also by a panic, only when no helper uses it.
    let shared: &'static (dyn Fn() + Sync) = unsafe { std::mem::transmute(work) };
    let mut helpers = Helpers(Vec::new());
    for _ in 0..count {
        let turn = Arc::new(Turn::default());
        helpers.0.push(turn.clone());
        let job = {
            let turn = turn.clone();
            move || turn.take(|| _ = catch_unwind(AssertUnwindSafe(shared)))
        };
        if CREW.run(job).is_err() {
            break;
        }
    }
    work();
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn work_comes_back_and_panics_are_told() {
        let text = String::from("borrowed");
        for size in [0, SMALL_TEXT + 1] {
            for _ in 0..50 {
                assert_eq!(on_roomy_stack(size, || Ok(text.len())), Ok(8));
                assert_eq!(on_roomy_stack(size, || Err::<(), _>(text.clone())), Err(text.clone()));
            }
            let panicked = on_roomy_stack::<()>(size, || panic!("as the test wants it"));
            assert_eq!(panicked, Err(PANICKED.to_string()));
        }
    }

    #[test]
    fn helpers_share_the_work_and_nobody_stays_behind() {
        for round in 0..200 {
            let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
            beside(round % 4, &|| {
                while next.fetch_add(1, Ordering::SeqCst) < 20 {
                    std::hint::black_box((0..500).sum::<usize>());
                    done.fetch_add(1, Ordering::SeqCst);
                }
            });
            assert_eq!(done.load(Ordering::SeqCst), 20);
        }
    }

    #[test]
    fn a_deep_recursion_has_room() {
        fn deep(n: usize) -> usize {
            let pad = std::hint::black_box([n; 64]);
            if n == 0 { 0 } else { deep(n - 1) + pad[n % 64] - n + 1 }
        }
        assert_eq!(on_roomy_stack(100, || Ok(deep(100_000))), Ok(100_000));
    }
}
