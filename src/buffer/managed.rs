//! `ManagedBuffer`: one pinned host copy and at most one copy a device, each valid or stale.
//!
//! Data moves only when a side needs it. A side that has written makes the others stale only once its kernel has
//! succeeded, so a failed launch falls back from the content before it as long as another side still holds that.
//!
//! Whoever uses the content takes it first (`lease.rs`). The lock on the state is never held through a copy: a thread
//! that waits for a device keeps nobody from asking, giving back, or using what needs no copy.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use super::arena::{self, HostBlock};
use super::device_buffer::DeviceBuffer;
use super::lease::Lease;
use super::patience::Patience;
use crate::device::Device;
use crate::error::{GpuError, GpuResult};
use crate::fork;
use crate::sync::{Condvar, Mutex, MutexGuard};
use crate::types::{Access, check_range};

/// A buffer that belongs to no device. Any thread may use it; conflicting uses wait for each other.
pub struct ManagedBuffer {
    pub(super) size: usize,
    /// For messages: "managed buffer 3 (4096 bytes)".
    pub(super) label: String,
    /// None for an empty buffer.
    pub(super) host: Option<HostBlock>,
    state: Mutex<State>,
    /// A use has ended, or content has arrived somewhere.
    changed: Condvar,
}

pub(super) struct State {
    pub host_valid: bool,
    pub copies: Vec<DeviceCopy>,
    /// Why the content is lost, until it is written again.
    pub lost: Option<String>,
    pub mapped: Option<Access>,
    /// Uses of the content now: readers together, or one writer.
    readers: u32,
    writer: bool,
    /// One of the readers is copying the content from one side to another.
    pub moving: bool,
    /// Uses that wait, in the order they came, so that overlapping readers let a writer in.
    queue: VecDeque<u64>,
    next_in_queue: u64,
    /// Threads asleep on `changed`.
    pub waiters: u32,
    /// Process that the uses above belong to.
    generation: u32,
}

pub(super) struct DeviceCopy {
    pub device: Device,
    pub memory: Arc<DeviceBuffer>,
    pub valid: bool,
}

impl State {
    fn admits(&self, writes: bool) -> bool {
        !self.writer && !(writes && (self.readers > 0 || self.moving))
    }

    pub fn host_is_newest(&mut self) {
        self.lost = None;
        self.host_valid = true;
        self.copies.iter_mut().for_each(|c| c.valid = false);
    }

    /// Ends a use that began in the process with this fork generation. A child has forgotten the uses of its parent.
    pub fn leave(&mut self, writes: bool, generation: u32) {
        match writes {
            _ if generation != self.generation => {}
            true => self.writer = false,
            false => self.readers = self.readers.saturating_sub(1),
        }
    }
}

impl ManagedBuffer {
    /// Content is unspecified. `id` numbers the buffers of one executor, for messages.
    pub(crate) fn create(size: usize, id: u64) -> GpuResult<Self> {
        let host = match size {
            0 => None,
            _ => Some(arena::allocate(size)?),
        };
        let state = State {
            host_valid: true,
            copies: Vec::new(),
            lost: None,
            mapped: None,
            readers: 0,
            writer: false,
            moving: false,
            queue: VecDeque::new(),
            next_in_queue: 0,
            waiters: 0,
            generation: fork::generation(),
        };
        Ok(ManagedBuffer {
            size,
            label: format!("managed buffer {id} ({size} bytes)"),
            host,
            state: Mutex::new(state),
            changed: Condvar::new(),
        })
    }

    /// Bytes.
    pub fn size(&self) -> usize {
        self.size
    }

    /// How messages call this buffer.
    pub fn label(&self) -> &str {
        &self.label
    }

    pub(super) fn host_address(&self) -> usize {
        self.host.as_ref().map_or(0, HostBlock::address)
    }

    // ---- taking turns ----

    /// The state. Held for moments only.
    ///
    /// # Errors
    /// Forked in a child whose parent was changing the content at the fork.
    pub(super) fn state(&self) -> GpuResult<MutexGuard<'_, State>> {
        let forked = || GpuError::Forked { device: format!("{} was in use at a fork(): it", self.label) };
        let mut state = self.state.inherited().ok_or_else(forked)?;
        if state.generation != fork::generation() {
            if state.writer || state.moving {
                return Err(forked());
            }
            // Those who read, or waited, are threads of the parent.
            (state.readers, state.waiters) = (0, 0);
            state.queue.clear();
            state.generation = fork::generation();
        }
        Ok(state)
    }

    /// Sleeps until something changes, at most until `deadline`; true if that passed.
    pub(super) fn sleep<'a>(
        &'a self,
        mut state: MutexGuard<'a, State>,
        deadline: Option<Instant>,
    ) -> (MutexGuard<'a, State>, bool) {
        state.waiters += 1;
        let (mut state, timed_out) = self.changed.wait(state, deadline);
        state.waiters -= 1;
        (state, timed_out)
    }

    /// Wakes those who sleep, if any do.
    pub(super) fn wake(&self, state: MutexGuard<'_, State>) {
        let anybody = state.waiters > 0;
        drop(state);
        if anybody {
            self.changed.notify_all();
        }
    }

    /// Takes the content for one use. A lease for `device` that had to wait for nobody knows at once where the content is,
    /// if it is there.
    ///
    /// # Errors
    /// InvalidState if mapped; Timeout when `deadline` passes while others use it; Forked.
    #[inline]
    pub(crate) fn lease(
        &self,
        writes: bool,
        device: Option<&Device>,
        deadline: Option<Instant>,
    ) -> GpuResult<Lease<'_>> {
        let mut state = self.state()?;
        if state.mapped.is_some() {
            return Err(self.is_mapped());
        }
        let waits = !state.queue.is_empty() || !state.admits(writes);
        if waits {
            state = self.wait_in_queue(state, writes, deadline)?;
        }
        match writes {
            true => state.writer = true,
            false => state.readers += 1,
        }
        let address = device.filter(|_| !waits).and_then(|device| self.address_in(&state, device));
        let generation = state.generation;
        drop(state);
        Ok(Lease::new(self, writes, address, generation))
    }

    /// Address of the newest content for a kernel on `device`, if it need not be brought there. The CPU device works on
    /// the host copy.
    pub(super) fn address_in(&self, state: &State, device: &Device) -> Option<u64> {
        match device.is_gpu() {
            false => (state.host_valid && state.lost.is_none()).then(|| self.host_address() as u64),
            true => {
                let there = state.copies.iter().find(|copy| copy.valid && copy.device.same(device));
                there.map(|copy| copy.memory.device_pointer())
            }
        }
    }

    #[cold]
    fn wait_in_queue<'a>(
        &'a self,
        mut state: MutexGuard<'a, State>,
        writes: bool,
        deadline: Option<Instant>,
    ) -> GpuResult<MutexGuard<'a, State>> {
        let place = state.next_in_queue;
        state.next_in_queue += 1;
        state.queue.push_back(place);
        let mut timed_out = false;
        let outcome = loop {
            if state.mapped.is_some() {
                break Err(self.is_mapped());
            }
            if state.queue.front() == Some(&place) && state.admits(writes) {
                break Ok(());
            }
            if timed_out {
                break Err(self.in_use());
            }
            (state, timed_out) = self.sleep(state, deadline);
        };
        state.queue.retain(|other| *other != place);
        // The next in line may read beside this one, or go in its place.
        if state.waiters > 0 {
            self.changed.notify_all();
        }
        outcome.map(|()| state)
    }

    pub(super) fn is_mapped(&self) -> GpuError {
        GpuError::InvalidState { reason: format!("{} is mapped; unmap it first", self.label) }
    }

    /// The time-out of an execution that waits for another one; the executor puts its limit in.
    pub(super) fn in_use(&self) -> GpuError {
        GpuError::Timeout {
            what: format!("waiting for {}, in use by another execution,", self.label),
            limit_ms: 0,
        }
    }

    pub(super) fn data_lost(&self, reason: &str) -> GpuError {
        GpuError::DataLost { buffer: self.label.clone(), reason: reason.to_string() }
    }

    // ---- the caller's own access: it waits for executions, which have a limit, and for reads before it ----

    /// Copies `src` to `offset`; the host copy becomes the newest.
    pub fn write(&self, offset: usize, src: &[u8]) -> GpuResult<()> {
        check_range(&self.label, offset, src.len(), self.size)?;
        self.write_host(offset, src.len(), |at| {
            // SAFETY: the range was checked, the block is ours, and the writer's turn keeps others away. `src` may be
            // this very memory if the caller passes a mapped pointer, so the copy allows overlap.
            unsafe { std::ptr::copy(src.as_ptr(), at, src.len()) }
        })
    }

    /// Sets a range of the content to one value.
    pub fn fill(&self, offset: usize, value: u8, size: usize) -> GpuResult<()> {
        check_range(&self.label, offset, size, self.size)?;
        self.write_host(offset, size, |at| {
            // SAFETY: as in `write`.
            unsafe { std::ptr::write_bytes(at, value, size) }
        })
    }

    fn write_host(&self, offset: usize, size: usize, act: impl FnOnce(*mut u8)) -> GpuResult<()> {
        if size == 0 {
            return Ok(());
        }
        let lease = self.lease(true, None, None)?;
        if size < self.size {
            // The rest of the content must be there too.
            lease.validate_host(&Patience::endless())?;
        }
        act((self.host_address() + offset) as *mut u8);
        self.state()?.host_is_newest();
        Ok(())
    }

    /// Copies the content from `offset` into `dst`.
    pub fn read(&self, offset: usize, dst: &mut [u8]) -> GpuResult<()> {
        check_range(&self.label, offset, dst.len(), self.size)?;
        if dst.is_empty() {
            return Ok(());
        }
        let lease = self.lease(false, None, None)?;
        lease.validate_host(&Patience::endless())?;
        // SAFETY: the range was checked; no writer gets a turn while the lease lives, and the host copy is valid, so no
        // reader moves anything there.
        unsafe { std::ptr::copy((self.host_address() + offset) as *const u8, dst.as_mut_ptr(), dst.len()) };
        Ok(())
    }

    /// The pinned host copy itself, holding the newest content. Until `unmap` the buffer belongs to the caller.
    /// A buffer whose content is lost can be mapped for writing only.
    pub fn map(&self, access: Access) -> GpuResult<*mut u8> {
        let lease = self.lease(access.writes(), None, None)?;
        let write_only = access == Access::Write && self.state()?.lost.is_some();
        if !write_only {
            lease.validate_host(&Patience::endless())?;
        }
        let mut state = self.state()?;
        // Another thread that maps for reading may have been faster.
        if state.mapped.is_some() {
            return Err(self.is_mapped());
        }
        if access.writes() {
            state.host_is_newest();
        }
        state.mapped = Some(access);
        Ok(self.host_address() as *mut u8)
    }

    pub fn unmap(&self) -> GpuResult<()> {
        match self.state()?.mapped.take() {
            Some(_) => Ok(()),
            None => Err(GpuError::InvalidState { reason: format!("{} is not mapped", self.label) }),
        }
    }

    /// Error while the buffer is mapped. One that a fork left unusable says so to whoever uses it.
    pub(crate) fn ensure_unmapped(&self) -> GpuResult<()> {
        match self.state() {
            Ok(state) if state.mapped.is_some() => Err(self.is_mapped()),
            _ => Ok(()),
        }
    }

    /// Whether nobody uses the content.
    #[cfg(test)]
    pub(crate) fn is_free(&self) -> bool {
        self.state().is_ok_and(|state| state.admits(true))
    }
}
