//! Compiling one text under watch: what came out, how long it took, how much memory it held at most.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

pub use crate::mischief::Random;
use parking_lot::{Mutex, MutexGuard};
use vmgpu::cudac::codegen;
use vmgpu::cudac::compile::{CompileInput, compile};
use vmgpu::cudac::options::Options;
use vmgpu::cudac::preprocess::MemoryHeader;

/// Counts what is allocated, so that a text that eats memory is seen.
struct Counting;

static LIVE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

// SAFETY: passes everything on to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let live = LIVE.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        PEAK.fetch_max(live, Ordering::Relaxed);
        // SAFETY: promised by the caller.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: promised by the caller.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// One text at a time, so that time and memory are its own.
static ONE: Mutex<()> = Mutex::new(());

pub fn alone() -> MutexGuard<'static, ()> {
    ONE.lock()
}

/// What became of a text.
pub struct Outcome {
    /// The log if it was refused.
    pub refused: Option<String>,
    pub took: Duration,
    /// Bytes held at most, more than before.
    pub peak: usize,
}

/// Processor time for any text; without optimisation everything takes some ten times longer.
pub const MAX_TIME: Duration = Duration::from_secs(if cfg!(debug_assertions) { 8 } else { 2 });
pub const MAX_MEMORY: usize = 512 << 20;

/// Time on processors that this process has used so far: other programs do not count.
fn processor_time() -> Duration {
    // SAFETY: fills the structure it is given.
    let time = unsafe {
        let mut time: libc::timespec = std::mem::zeroed();
        libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut time);
        time
    };
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

pub fn compile_text(text: &str, kernel: &str, options: &[&str], headers: &[(&str, &str)]) -> Outcome {
    let _alone = alone();
    let options = Options::parse(&options.iter().map(|s| s.to_string()).collect::<Vec<_>>());
    let headers: Vec<_> = headers.iter().map(|(name, text)| MemoryHeader { name, text }).collect();
    let input = CompileInput { name: "t.cu", text, kernel, options: &options, headers: &headers };
    let back_end = codegen::CompileOptions::default();
    let before = LIVE.load(Ordering::Relaxed);
    PEAK.store(before, Ordering::Relaxed);
    let started = processor_time();
    let refused = compile(&input, &back_end).err();
    let took = processor_time() - started;
    let peak = PEAK.load(Ordering::Relaxed).saturating_sub(before);
    Outcome { refused, took, peak }
}

/// What is wrong with the way the compiler took a text; None if it did well.
pub fn complaint(outcome: &Outcome) -> Option<String> {
    if let Some(log) = &outcome.refused {
        if log.contains("internal compiler error") {
            return Some(log.clone());
        }
        if !log.contains("error: ") {
            return Some(format!("refused without an error: {log:?}"));
        }
        if log.len() > 1 << 20 {
            return Some(format!("a log of {} bytes", log.len()));
        }
    }
    if outcome.took > MAX_TIME {
        return Some(format!("took {:?}; {:?}", outcome.took, outcome.refused.as_deref().map(first_line)));
    }
    if outcome.peak > MAX_MEMORY {
        return Some(format!("took {} MB", outcome.peak >> 20));
    }
    None
}

/// Whether the first error stands at a line.
pub fn is_refused_at(log: &str, name: &str, line: usize) -> bool {
    first_line(log).starts_with(&format!("{name}({line}): error: "))
}

/// The line of the log that holds the first error.
pub fn first_line(log: &str) -> &str {
    log.lines().find(|l| l.contains("error: ")).unwrap_or(log)
}

/// A setting from the environment.
pub fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(default)
}
