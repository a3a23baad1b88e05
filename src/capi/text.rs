//! Text and binary out: copied into `(buffer, capacity, out_length)`, never a pointer into our memory.

use std::ffi::{c_char, c_void};

use crate::error::{GpuError, GpuResult};

/// Where a caller wants a text or a binary. `*out_length` is 0 until the answer is known, so it is always written.
pub(super) struct TextOut {
    buffer: *mut u8,
    capacity: usize,
    out_length: *mut usize,
}

impl TextOut {
    /// # Safety
    /// `buffer` points to `capacity` writable bytes or is NULL; `out_length` is writable or NULL.
    pub unsafe fn new(buffer: *mut c_char, capacity: usize, out_length: *mut usize) -> GpuResult<Self> {
        // SAFETY: promised by the caller.
        unsafe { Self::binary(buffer.cast(), capacity, out_length) }
    }

    /// # Safety
    /// As for [`TextOut::new`].
    pub unsafe fn binary(buffer: *mut c_void, capacity: usize, out_length: *mut usize) -> GpuResult<Self> {
        if !out_length.is_null() {
            // SAFETY: writable as promised by the caller; unaligned is allowed for what it costs here.
            unsafe { out_length.write_unaligned(0) };
        }
        Ok(TextOut { buffer: buffer.cast(), capacity, out_length })
    }

    /// Writes the length; true if the content is wanted as well.
    fn announce(&self, length: usize) -> GpuResult<bool> {
        if !self.out_length.is_null() {
            // SAFETY: writable, see `new`.
            unsafe { self.out_length.write_unaligned(length) };
        }
        match (self.buffer.is_null(), self.capacity, self.out_length.is_null()) {
            (false, _, _) => Ok(true),
            (true, 0, false) => Ok(false),
            (true, 0, true) => Err(GpuError::invalid("out_length", "is NULL and so is `buffer`")),
            (true, capacity, _) => {
                Err(GpuError::invalid("buffer", format!("is NULL while `capacity` is {capacity}")))
            }
        }
    }

    /// Copies a text with its terminator; one that does not fit is cut at a character and terminated.
    pub fn text(&self, text: &str) -> GpuResult<()> {
        if !self.announce(text.len())? {
            return Ok(());
        }
        let room = self.capacity.saturating_sub(1);
        let fits = text.len() < self.capacity;
        let part = if fits { text } else { cut(text, room) };
        if self.capacity > 0 {
            // SAFETY: `part.len() + 1 <= capacity` bytes are writable (see `new`), and the caller's memory cannot
            // overlap our string.
            unsafe {
                std::ptr::copy_nonoverlapping(part.as_ptr(), self.buffer, part.len());
                self.buffer.add(part.len()).write(0);
            }
        }
        match fits {
            true => Ok(()),
            false => Err(GpuError::BufferTooSmall {
                needed: text.len().saturating_add(1),
                capacity: self.capacity,
            }),
        }
    }

    /// Copies bytes whole or not at all.
    pub fn bytes(&self, bytes: &[u8]) -> GpuResult<()> {
        if !self.announce(bytes.len())? {
            return Ok(());
        }
        if bytes.len() > self.capacity {
            return Err(GpuError::BufferTooSmall { needed: bytes.len(), capacity: self.capacity });
        }
        // SAFETY: `bytes.len() <= capacity` bytes are writable, see `new`.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), self.buffer, bytes.len()) };
        Ok(())
    }
}

/// The longest start of `text` with at most `room` bytes that ends between characters.
pub(super) fn cut(text: &str, room: usize) -> &str {
    let mut end = room.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Fills a fixed-size array of an info struct; too long a text is cut and always terminated.
pub(super) fn fixed<const N: usize>(text: &str) -> [c_char; N] {
    let mut array = [0; N];
    for (to, from) in array.iter_mut().zip(cut(text, N.saturating_sub(1)).bytes()) {
        *to = from as c_char;
    }
    array
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_between_characters() {
        assert_eq!(cut("abc", 5), "abc");
        assert_eq!(cut("abc", 2), "ab");
        // U+00E9 takes two bytes: it does not fit into one.
        assert_eq!(cut("a\u{e9}b", 2), "a");
        assert_eq!(cut("a\u{e9}b", 3), "a\u{e9}");
        assert_eq!(cut("\u{e9}", 0), "");
    }

    #[test]
    fn fixed_arrays_are_always_terminated() {
        assert_eq!(fixed::<4>("abcdef"), [b'a' as c_char, b'b' as c_char, b'c' as c_char, 0]);
        assert_eq!(fixed::<4>("a"), [b'a' as c_char, 0, 0, 0]);
    }
}
