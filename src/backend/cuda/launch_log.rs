//! The last launches of a device, so that a fault can name those that were outstanding.

use std::sync::Arc;
use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering};

use parking_lot::Mutex;

const LENGTH: usize = 64;

/// A ring of runs: launches of one kernel that have the same tag. Counting one more of the newest run takes no lock.
pub struct LaunchLog {
    /// Address of the newest run's kernel name, its tag, and its launches.
    newest: AtomicPtr<u8>,
    newest_tag: AtomicU64,
    newest_count: AtomicU64,
    ring: Mutex<Ring>,
}

struct Ring {
    runs: [Option<Run>; LENGTH],
    /// Runs so far; the newest is the one before.
    next: usize,
}

struct Run {
    kernel: Arc<str>,
    tag: u64,
    /// Of the newest run `newest_count` is right.
    count: u64,
}

impl Default for LaunchLog {
    fn default() -> Self {
        LaunchLog {
            newest: AtomicPtr::new(std::ptr::null_mut()),
            newest_tag: AtomicU64::new(0),
            newest_count: AtomicU64::new(0),
            ring: Mutex::new(Ring { runs: [const { None }; LENGTH], next: 0 }),
        }
    }
}

impl LaunchLog {
    #[inline]
    pub fn push(&self, kernel: &Arc<str>, tag: u64) {
        let is_newest = self.newest.load(Ordering::Relaxed).cast_const() == kernel.as_ptr();
        if is_newest && self.newest_tag.load(Ordering::Relaxed) == tag {
            // Threads that get here at once may count one launch less, which only a message shows.
            let count = self.newest_count.load(Ordering::Relaxed);
            self.newest_count.store(count + 1, Ordering::Relaxed);
        } else {
            self.begin_run(kernel, tag);
        }
    }

    #[inline(never)]
    fn begin_run(&self, kernel: &Arc<str>, tag: u64) {
        let mut ring = self.ring.lock();
        let Ring { runs, next } = &mut *ring;
        if let Some(last) = &mut runs[next.wrapping_sub(1) % LENGTH] {
            last.count = self.newest_count.load(Ordering::Relaxed);
        }
        match &mut runs[*next % LENGTH] {
            // The usual case, one kernel again and again: no reference count changes.
            Some(run) if Arc::ptr_eq(&run.kernel, kernel) => run.tag = tag,
            place => *place = Some(Run { kernel: kernel.clone(), tag, count: 1 }),
        }
        *next = next.wrapping_add(1);
        self.newest_count.store(1, Ordering::Relaxed);
        self.newest_tag.store(tag, Ordering::Relaxed);
        self.newest.store(kernel.as_ptr().cast_mut(), Ordering::Relaxed);
    }

    /// Names with a tag above `completed`, oldest first, repeats counted; None if there are none.
    pub fn after(&self, completed: u64) -> Option<String> {
        let ring = self.ring.lock();
        let newest = ring.next.wrapping_sub(1) % LENGTH;
        let mut outstanding: Vec<(&str, u64)> = Vec::new();
        let mut runs = 0;
        for index in 0..LENGTH {
            let index = ring.next.wrapping_add(index) % LENGTH;
            let Some(run) = ring.runs[index].as_ref().filter(|run| run.tag > completed) else { continue };
            let count = if index == newest { self.newest_count.load(Ordering::Relaxed) } else { run.count };
            runs += 1;
            match outstanding.last_mut() {
                Some((last, times)) if *last == &*run.kernel => *times += count,
                _ => outstanding.push((&run.kernel, count)),
            }
        }
        if outstanding.is_empty() {
            return None;
        }
        let name = |(name, times): &(&str, u64)| match times {
            1 => name.to_string(),
            _ => format!("{name} (x{times})"),
        };
        let names: Vec<String> = outstanding.iter().map(name).collect();
        let more = if runs == LENGTH { "possibly earlier ones, then " } else { "" };
        Some(format!("{more}{}", names.join(", ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_only_what_is_outstanding_in_order() {
        let log = LaunchLog::default();
        assert_eq!(log.after(0), None);
        let (a, b): (Arc<str>, Arc<str>) = ("a".into(), "b".into());
        log.push(&a, 1);
        log.push(&b, 2);
        log.push(&b, 2);
        log.push(&a, 3);
        assert_eq!(log.after(0).as_deref(), Some("a, b (x2), a"));
        assert_eq!(log.after(1).as_deref(), Some("b (x2), a"));
        assert_eq!(log.after(3), None);
    }

    #[test]
    fn a_full_ring_says_that_there_may_be_more() {
        let log = LaunchLog::default();
        let name: Arc<str> = "k".into();
        for tag in 1..=100 {
            log.push(&name, tag);
        }
        assert_eq!(log.after(0).as_deref(), Some("possibly earlier ones, then k (x64)"));
        assert_eq!(log.after(90).as_deref(), Some("k (x10)"));
    }

    #[test]
    fn launches_with_one_tag_are_counted() {
        let log = LaunchLog::default();
        let (a, b): (Arc<str>, Arc<str>) = ("a".into(), "b".into());
        (0..500).for_each(|_| log.push(&a, 7));
        assert_eq!(log.after(6).as_deref(), Some("a (x500)"));
        log.push(&b, 7);
        (0..3).for_each(|_| log.push(&a, 8));
        assert_eq!(log.after(6).as_deref(), Some("a (x500), b, a (x3)"));
        assert_eq!(log.after(7).as_deref(), Some("a (x3)"));
    }
}
