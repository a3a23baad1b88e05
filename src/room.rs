//! `Room`: place for a list whose length is known before it is filled, on the stack unless it is long. The launch path
//! fills such lists for every call, and must not allocate.

use std::mem::MaybeUninit;

/// Lists up to this length stay on the stack.
const ON_STACK: usize = 16;

pub struct Room<T: Copy> {
    stack: [MaybeUninit<T>; ON_STACK],
    long: Option<Box<[MaybeUninit<T>]>>,
}

impl<T: Copy> Room<T> {
    #[inline]
    pub fn new() -> Self {
        Room { stack: [const { MaybeUninit::uninit() }; ON_STACK], long: None }
    }

    /// `count` places to be written in order.
    #[inline]
    pub fn places(&mut self, count: usize) -> Places<'_, T> {
        let places = match self.stack.get_mut(..count) {
            Some(places) => places,
            None => self.long.insert(long(count)),
        };
        Places { places, written: 0 }
    }
}

#[cold]
fn long<T>(count: usize) -> Box<[MaybeUninit<T>]> {
    Box::new_uninit_slice(count)
}

/// The places of one list, filled from the front.
pub struct Places<'r, T> {
    places: &'r mut [MaybeUninit<T>],
    written: usize,
}

impl<'r, T: Copy> Places<'r, T> {
    /// Adds a value. One for which there is no place is left out, which no list of ours meets: see [`Room::places`].
    #[inline]
    pub fn push(&mut self, value: T) {
        if let Some(place) = self.places.get_mut(self.written) {
            place.write(value);
            self.written += 1;
        }
    }

    /// Takes everything out again.
    pub fn clear(&mut self) {
        self.written = 0;
    }

    /// What has been added.
    #[inline]
    pub fn as_slice(&self) -> &[T] {
        // SAFETY: the first `written` places, and no more than there are, have been written.
        unsafe { std::slice::from_raw_parts(self.places.as_ptr().cast(), self.written) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_and_long_lists_hold_what_was_added() {
        for count in [0usize, 1, 15, 16, 17, 300] {
            let mut room = Room::new();
            let mut list = room.places(count);
            (0..count).for_each(|i| list.push(i * i));
            assert_eq!(list.as_slice(), (0..count).map(|i| i * i).collect::<Vec<_>>());
            list.push(7);
            assert_eq!(list.as_slice().len(), count, "no more than asked for");
        }
    }

    #[test]
    fn only_what_was_added_is_seen() {
        let mut room = Room::new();
        let mut list = room.places(9);
        list.push("a");
        assert_eq!(list.as_slice(), ["a"]);
        list.clear();
        list.push("b");
        assert_eq!(list.as_slice(), ["b"]);
    }
}
