//! The last launches of a device, so that a fault can name those that were outstanding. A push costs nanoseconds.

use std::sync::Arc;

const LENGTH: usize = 64;

/// A ring of (kernel name, tag of the launch).
pub struct LaunchLog {
    entries: [Option<(Arc<str>, u64)>; LENGTH],
    next: usize,
}

impl Default for LaunchLog {
    fn default() -> Self {
        LaunchLog { entries: [const { None }; LENGTH], next: 0 }
    }
}

impl LaunchLog {
    #[inline]
    pub fn push(&mut self, kernel: &Arc<str>, tag: u64) {
        let slot = &mut self.entries[self.next % LENGTH];
        match slot {
            // The usual case, one kernel launched again and again: no reference count changes.
            Some((name, old)) if Arc::ptr_eq(name, kernel) => *old = tag,
            _ => *slot = Some((kernel.clone(), tag)),
        }
        self.next = self.next.wrapping_add(1);
    }

    /// Names with a tag above `completed`, oldest first, repeats counted; None if there are none.
    pub fn after(&self, completed: u64) -> Option<String> {
        let mut runs: Vec<(&str, usize)> = Vec::new();
        let mut count = 0;
        for index in 0..LENGTH {
            let Some((name, tag)) = &self.entries[self.next.wrapping_add(index) % LENGTH] else { continue };
            if *tag <= completed {
                continue;
            }
            count += 1;
            match runs.last_mut() {
                Some((last, times)) if *last == &**name => *times += 1,
                _ => runs.push((name, 1)),
            }
        }
        if runs.is_empty() {
            return None;
        }
        let names: Vec<String> = runs
            .iter()
            .map(|(name, times)| if *times == 1 { name.to_string() } else { format!("{name} (x{times})") })
            .collect();
        let more = if count == LENGTH { "possibly earlier ones, then " } else { "" };
        Some(format!("{more}{}", names.join(", ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_only_what_is_outstanding_in_order() {
        let mut log = LaunchLog::default();
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
        let mut log = LaunchLog::default();
        let name: Arc<str> = "k".into();
        for tag in 1..=100 {
            log.push(&name, tag);
        }
        assert_eq!(log.after(0).as_deref(), Some("possibly earlier ones, then k (x64)"));
        assert_eq!(log.after(90).as_deref(), Some("k (x10)"));
    }
}
