//! `Front`: the one cache line of a managed buffer that a usual execution touches. It says who uses the content, and a
//! place where the content is valid.
//!
//! While nothing out of the ordinary goes on, a use begins and ends with one exchange of its word, without the lock on the
//! state. Whoever holds the lock closes the front first: from then on only he changes it. It stays closed for as long as
//! others have to ask the state, because they may have to wait there or what stands here is not what the state says.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use crate::fork;

/// Where content is: on the host, or on a GPU (see [`crate::device::Device::place`]).
pub(crate) const ON_HOST: usize = 0;

// The word: fork generation (32 bits), closed, a writer uses the content, nothing is valid but what is at the place, readers.
const GENERATION_SHIFT: u32 = 32;
const CLOSED: u64 = 1 << 31;
const WRITER: u64 = 1 << 30;
const SOLE: u64 = 1 << 29;
const READERS: u64 = SOLE - 1;

#[repr(align(64))]
pub(super) struct Front {
    word: AtomicU64,
    /// A place where the content is valid, and its address there. They change while the front is closed and nobody uses
    /// the content, so whoever uses it may rely on them.
    place: AtomicUsize,
    address: AtomicU64,
    /// Bytes of the buffer.
    pub size: usize,
}

/// Who uses the content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Users {
    pub readers: u32,
    pub writer: bool,
    /// Process that they belong to.
    pub generation: u32,
}

/// Valid content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    pub place: usize,
    pub address: u64,
    /// It is valid nowhere else.
    pub sole: bool,
}

impl Front {
    pub fn new(size: usize, found: Found) -> Self {
        let sole = if found.sole { SOLE } else { 0 };
        Front {
            word: AtomicU64::new((fork::generation() as u64) << GENERATION_SHIFT | sole),
            place: AtomicUsize::new(found.place),
            address: AtomicU64::new(found.address),
            size,
        }
    }

    // ---- without the lock ----

    /// Begins a use of the content if it is at `place` and nothing is in the way. Answers the generation, and the address of
    /// the content unless that has moved in this very moment.
    #[inline]
    pub fn enter(&self, writes: bool, place: usize) -> Option<(Option<u64>, u32)> {
        let in_the_way = CLOSED | WRITER | if writes { READERS } else { 0 };
        let generation = fork::generation();
        let mut word = self.word.load(Ordering::Relaxed);
        loop {
            if word & in_the_way != 0
                || word & READERS == READERS
                || (word >> GENERATION_SHIFT) as u32 != generation
                || self.place.load(Ordering::Relaxed) != place
            {
                return None;
            }
            let entered = word + if writes { WRITER } else { 1 };
            match self.word.compare_exchange_weak(word, entered, Ordering::Acquire, Ordering::Relaxed) {
                Ok(_) => break,
                Err(now) => word = now,
            }
        }
        // Between the two looks it may have moved; now it cannot.
        let is_there = self.place.load(Ordering::Relaxed) == place;
        Some((is_there.then(|| self.address.load(Ordering::Relaxed)), generation))
    }

    /// Ends a use that changed nothing about where the content is valid. False: the state has to be asked.
    #[inline]
    pub fn leave(&self, writes: bool, generation: u32) -> bool {
        self.leave_if(writes, generation, 0)
    }

    /// Ends a use that wrote at `place`. False: the state has to be told.
    #[inline]
    pub fn leave_written(&self, place: usize, generation: u32) -> bool {
        self.place.load(Ordering::Relaxed) == place && self.leave_if(true, generation, SOLE)
    }

    #[inline]
    fn leave_if(&self, writes: bool, generation: u32, wanted: u64) -> bool {
        // A child that drops a use of its parent ends nothing: what its parent was writing stays refused.
        let is_here = generation == fork::generation();
        let mut word = self.word.load(Ordering::Relaxed);
        while is_here
            && word & CLOSED == 0
            && word & wanted == wanted
            && (word >> GENERATION_SHIFT) as u32 == generation
        {
            let left = word - if writes { WRITER } else { 1 };
            match self.word.compare_exchange_weak(word, left, Ordering::Release, Ordering::Relaxed) {
                Ok(_) => return true,
                Err(now) => word = now,
            }
        }
        false
    }

    // ---- under the lock ----

    /// Keeps everybody out who has not the lock, and says who is in.
    pub fn close(&self) -> Users {
        let word = self.word.fetch_or(CLOSED, Ordering::Acquire);
        Users {
            readers: (word & READERS) as u32,
            writer: word & WRITER != 0,
            generation: (word >> GENERATION_SHIFT) as u32,
        }
    }

    /// Writes down what the state says. The front stays closed if `found` is none, and if what stands here cannot be put
    /// right because it is used.
    pub fn publish(&self, users: Users, found: Option<Found>) {
        let used = users.readers > 0 || users.writer;
        let open = found.is_some_and(|found| {
            let known = self.place.load(Ordering::Relaxed) == found.place
                && self.address.load(Ordering::Relaxed) == found.address;
            if !known && !used {
                self.place.store(found.place, Ordering::Relaxed);
                self.address.store(found.address, Ordering::Relaxed);
            }
            known || !used
        });
        let bits = [(!open, CLOSED), (users.writer, WRITER), (found.is_some_and(|found| found.sole), SOLE)];
        let flags = bits.into_iter().filter(|(set, _)| *set).fold(0, |word, (_, bit)| word | bit);
        let generation = (users.generation as u64) << GENERATION_SHIFT;
        let readers = (users.readers as u64).min(READERS);
        self.word.store(generation | flags | readers, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GPU: usize = 64;
    const NOBODY: Users = Users { readers: 0, writer: false, generation: 0 };

    fn at(place: usize, sole: bool) -> Option<Found> {
        Some(Found { place, address: place as u64 + 1000, sole })
    }

    fn front() -> Front {
        Front::new(8, Found { place: ON_HOST, address: 1000, sole: true })
    }

    #[test]
    fn readers_overlap_and_a_writer_is_alone() {
        let front = front();
        assert_eq!(front.enter(false, ON_HOST), Some((Some(1000), 0)));
        assert_eq!(front.enter(false, ON_HOST), Some((Some(1000), 0)));
        assert_eq!((front.enter(true, ON_HOST), front.enter(false, GPU)), (None, None));
        assert!(front.leave(false, 0) && front.leave(false, 0));
        assert!(front.enter(true, ON_HOST).is_some());
        assert_eq!((front.enter(true, ON_HOST), front.enter(false, ON_HOST)), (None, None));
        assert!(front.leave_written(ON_HOST, 0));
        assert!(front.enter(true, ON_HOST).is_some());
    }

    #[test]
    fn a_closed_front_lets_nobody_in_or_out() {
        let front = front();
        assert!(front.enter(false, ON_HOST).is_some());
        assert_eq!(front.close(), Users { readers: 1, ..NOBODY });
        assert!(front.enter(false, ON_HOST).is_none() && !front.leave(false, 0));
        front.publish(NOBODY, None);
        assert!(front.enter(false, ON_HOST).is_none());
        assert_eq!(front.close(), NOBODY);
        front.publish(NOBODY, at(ON_HOST, true));
        assert!(front.enter(false, ON_HOST).is_some());
    }

    #[test]
    fn the_place_changes_only_where_nobody_uses_it() {
        let front = front();
        let reading = Users { readers: 1, ..NOBODY };
        assert!(front.enter(false, ON_HOST).is_some());
        assert_eq!(front.close(), reading);
        front.publish(reading, at(GPU, false));
        assert!(front.enter(false, GPU).is_none() && !front.leave(false, 0), "it is closed still");
        front.publish(NOBODY, at(GPU, false));
        assert_eq!(front.enter(true, GPU), Some((Some(GPU as u64 + 1000), 0)));
        // The content is on the host as well, which the state has to hear of.
        assert!(!front.leave_written(GPU, 0));
        assert!(front.leave(true, 0));
        front.close();
        front.publish(NOBODY, at(GPU, true));
        assert!(front.enter(true, GPU).is_some() && !front.leave_written(ON_HOST, 0));
        assert!(front.leave_written(GPU, 0));
    }

    #[test]
    fn uses_of_another_process_end_nothing_here() {
        let front = front();
        assert!(front.enter(false, ON_HOST).is_some());
        assert!(!front.leave(false, 1));
        front.close();
        front.publish(Users { generation: 1, ..NOBODY }, at(ON_HOST, true));
        assert!(front.enter(false, ON_HOST).is_none() && !front.leave(false, 0));
    }

    #[test]
    fn it_is_one_cache_line() {
        assert_eq!((size_of::<Front>(), align_of::<Front>()), (64, 64));
    }
}
