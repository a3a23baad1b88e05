//! Pinned memory between the caller's memory and the device: a small ring for small copies, chunks for big ones.
//!
//! Copies never hand the caller's pageable memory to the driver, which may block on it or, if somebody else has
//! page-locked it, still read it after the call returns.

use std::collections::VecDeque;
use std::time::Instant;

use parking_lot::Mutex;

use super::context::DeviceCore;
use super::queue::Queue;
use crate::error::{GpuError, GpuResult};

/// Copies up to this many bytes go through the ring.
pub const SMALL: usize = 64 << 10;
/// Size of a chunk for bigger copies.
pub const CHUNK: usize = 4 << 20;
/// Chunks that exist at most: 64 MiB of pinned memory once big copies are made.
const MAX_CHUNKS: usize = 16;
const RING_SIZE: usize = 2 << 20;
/// The first page belongs to the completion words.
pub const WORD_PAGE: usize = 4096;
const ALIGN: usize = 256;
/// Tag of memory that a thread is still filling or emptying.
const IN_USE: u64 = u64::MAX;

/// Both kinds of staging memory of one device.
pub struct Staging {
    ring_base: *mut u8,
    ring: Mutex<Ring>,
    chunks: Mutex<Chunks>,
}

// SAFETY: the pointers lead to pinned memory that is never freed; who may touch which part is decided under the locks.
unsafe impl Send for Staging {}
// SAFETY: as above.
unsafe impl Sync for Staging {}

#[derive(Default)]
struct Ring {
    head: usize,
    /// Oldest first.
    pieces: VecDeque<Piece>,
    /// Number of the piece at the front.
    first: u64,
}

struct Piece {
    start: usize,
    tag: u64,
}

#[derive(Default)]
struct Chunks {
    free: Vec<(usize, u64)>,
    made: usize,
}

/// A part of the ring. Must be given back with [`Staging::give_back`].
pub struct Slot {
    pub address: *mut u8,
    number: u64,
}

impl Staging {
    /// Bytes of pinned memory that [`Staging::new`] takes over.
    pub const FIXED_SIZE: usize = WORD_PAGE + RING_SIZE;

    /// `pinned` is page-locked memory of [`Staging::FIXED_SIZE`] bytes that lives for ever.
    pub fn new(pinned: *mut u8) -> Staging {
        Staging {
            // SAFETY: within the memory that the caller promises.
            ring_base: unsafe { pinned.add(WORD_PAGE) },
            ring: Mutex::new(Ring::default()),
            chunks: Mutex::new(Chunks::default()),
        }
    }

    /// `size` (1 to [`SMALL`]) bytes of the ring; waits for the oldest copy if the ring is full.
    pub fn take(&self, queue: &Queue, size: usize, deadline: Option<Instant>) -> GpuResult<Slot> {
        let size = size.next_multiple_of(ALIGN);
        loop {
            let blocking = {
                let mut ring = self.ring.lock();
                let completed = queue.completed();
                while ring.pieces.front().is_some_and(|piece| piece.tag <= completed) {
                    ring.pieces.pop_front();
                    ring.first += 1;
                }
                match ring.place(size) {
                    Ok(start) => {
                        let number = ring.first + ring.pieces.len() as u64;
                        ring.pieces.push_back(Piece { start, tag: IN_USE });
                        ring.head = start + size;
                        // SAFETY: `start + size` lies within the ring.
                        return Ok(Slot { address: unsafe { self.ring_base.add(start) }, number });
                    }
                    Err(tag) => tag,
                }
            };
            wait_for(queue, blocking, deadline)?;
        }
    }

    /// Ends the use of a slot once the queue has passed `tag` (0: at once).
    pub fn give_back(&self, slot: Slot, tag: u64) {
        let mut ring = self.ring.lock();
        let index = (slot.number - ring.first) as usize;
        if let Some(piece) = ring.pieces.get_mut(index) {
            piece.tag = tag;
        }
    }

    /// Makes sure that there are chunks for a copy of `size` bytes. Page-locking memory blocks inside the driver behind a
    /// kernel that does not end, so it is done only once everything queued is complete. The context is current.
    pub fn prepare_chunks(
        &self,
        core: &DeviceCore,
        queue: &Queue,
        size: usize,
        deadline: Option<Instant>,
    ) -> GpuResult<()> {
        let wanted = size.div_ceil(CHUNK).min(MAX_CHUNKS);
        while self.chunks.lock().made < wanted {
            queue.drain(deadline)?;
            // Made too late for this copy, it serves the next.
            let made = core.apart(deadline, "page-locking", |core| {
                let up = core.up()?;
                let _entered = up.queue.enter()?;
                up.staging.make_chunk(core)
            });
            match made {
                Ok(()) => {}
                Err(error @ GpuError::Timeout { .. }) => return Err(error),
                // With at least one chunk the copy goes on, only slower.
                Err(_) if self.chunks.lock().made > 0 => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// The context is current.
    fn make_chunk(&self, core: &DeviceCore) -> GpuResult<()> {
        let chunk = core.pinned(CHUNK, "big copies")?;
        let mut chunks = self.chunks.lock();
        chunks.made += 1;
        chunks.free.push((chunk as usize, 0));
        Ok(())
    }

    /// A chunk of [`CHUNK`] bytes; waits for one if all are in use. Comes after `prepare_chunks`.
    pub fn take_chunk(&self, queue: &Queue, deadline: Option<Instant>) -> GpuResult<*mut u8> {
        loop {
            let blocking = {
                let mut chunks = self.chunks.lock();
                let completed = queue.completed();
                let ready = chunks.free.iter().position(|(_, tag)| *tag <= completed);
                if let Some(index) = ready {
                    return Ok(chunks.free.swap_remove(index).0 as *mut u8);
                }
                chunks.free.iter().map(|(_, tag)| *tag).min().unwrap_or(IN_USE)
            };
            wait_for(queue, blocking, deadline)?;
        }
    }

    /// Ends the use of a chunk once the queue has passed `tag` (0: at once).
    pub fn give_back_chunk(&self, chunk: *mut u8, tag: u64) {
        self.chunks.lock().free.push((chunk as usize, tag));
    }
}

impl Ring {
    /// Start of `size` free bytes, or the tag of the piece that is in the way.
    fn place(&self, size: usize) -> Result<usize, u64> {
        let Some(oldest) = self.pieces.front() else { return Ok(0) };
        let (tail, head) = (oldest.start, self.head);
        // Free is [head, end) and [0, tail), or [head, tail). Head may not catch up with tail: that would look empty.
        if head > tail {
            if head + size <= RING_SIZE {
                return Ok(head);
            }
            if size < tail {
                return Ok(0);
            }
        } else if head + size < tail {
            return Ok(head);
        }
        Err(oldest.tag)
    }
}

fn wait_for(queue: &Queue, tag: u64, deadline: Option<Instant>) -> GpuResult<()> {
    if tag == IN_USE {
        // Another thread is in the middle of a copy of at most a chunk, or failed on a device that is gone.
        std::thread::yield_now();
        return match deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            true => Err(queue.late()),
            false => queue.check_usable(),
        };
    }
    queue.issue(tag)?;
    match queue.wait_or_fail(tag, deadline, false)? {
        true => Ok(()),
        false => Err(queue.late()),
    }
}
