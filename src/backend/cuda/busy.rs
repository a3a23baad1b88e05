//! Whether a device is kept busy by a kernel that outlived its time limit, and by which.

use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;

const NOT_BUSY: u64 = u64::MAX;

/// The mark that [`crate::backend::GpuCompute::give_up`] leaves on a queue. Reading it while it is not set is one load.
pub struct BusyMark {
    from: AtomicU64,
    kernel: Mutex<Option<Busy>>,
}

struct Busy {
    /// Waiting for this ticket or a later one is pointless for now.
    from: u64,
    /// Busy until this ticket is passed.
    until: u64,
    what: String,
}

impl Default for BusyMark {
    fn default() -> Self {
        BusyMark { from: AtomicU64::new(NOT_BUSY), kernel: Mutex::new(None) }
    }
}

impl BusyMark {
    /// Whether the mark was set and nobody has noticed yet that the kernel ended.
    #[inline]
    pub fn is_set(&self) -> bool {
        self.from.load(Ordering::Acquire) != NOT_BUSY
    }

    /// Whether the kernel that is given up comes at or before `ticket`.
    #[inline]
    pub fn is_before(&self, ticket: u64) -> bool {
        ticket >= self.from.load(Ordering::Acquire)
    }

    /// Sets the mark until `ticket` is passed; false if it already is.
    pub fn give_up(&self, ticket: u64, what: &str, completed: impl Fn() -> u64) -> bool {
        let mut kernel = self.kernel.lock();
        if completed() >= ticket {
            return false;
        }
        let busy = kernel.get_or_insert_with(|| Busy { from: ticket, until: 0, what: String::new() });
        busy.from = busy.from.min(ticket);
        if ticket > busy.until {
            busy.until = ticket;
            busy.what = what.to_string();
        }
        self.from.store(busy.from, Ordering::Release);
        true
    }

    /// What keeps the device busy; removes the mark if that has ended.
    pub fn text(&self, completed: impl Fn() -> u64) -> Option<String> {
        if !self.is_set() {
            return None;
        }
        let mut kernel = self.kernel.lock();
        if let Some(busy) = &*kernel
            && completed() < busy.until
        {
            return Some(format!("{} outlived its time limit and still runs", busy.what));
        }
        *kernel = None;
        self.from.store(NOT_BUSY, Ordering::Release);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn busy_from_the_first_to_the_last_ticket_given_up() {
        let mark = BusyMark::default();
        assert!(!mark.is_set() && !mark.is_before(u64::MAX - 1));
        assert!(!mark.give_up(5, "early", || 5), "it has ended");
        assert!(mark.give_up(7, "seven", || 5));
        assert!(mark.give_up(9, "nine", || 5));
        assert!(mark.give_up(8, "eight", || 5));
        assert!(mark.is_before(7) && mark.is_before(100) && !mark.is_before(6));
        assert_eq!(mark.text(|| 8).as_deref(), Some("nine outlived its time limit and still runs"));
        assert_eq!(mark.text(|| 9), None);
        assert!(!mark.is_set());
        assert!(mark.give_up(12, "again", || 9));
        assert!(mark.text(|| 9).unwrap().starts_with("again"));
    }
}
