//! `ManagedBuffer`: one pinned host copy and at most one copy a device, each valid or stale.
//!
//! Data moves only when a side needs it. A side that has written makes the others stale only once its kernel has
//! succeeded, so a failed launch falls back from the content before it as long as another side still holds that.
//!
//! Whoever uses the content takes it first (`lease.rs`). The lock on the state is never held through a copy: a thread
//! that waits for a device keeps nobody from asking, giving back, or using what needs no copy. A usual execution does not
//! take the lock at all (`front.rs`).

use std::collections::VecDeque;
use std::mem::ManuallyDrop;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::Instant;

use super::arena::{self, HostBlock};
use super::device_buffer::DeviceBuffer;
use super::front::{Found, Front, ON_HOST, Users};
use super::lease::Lease;
use super::patience::Patience;
use crate::device::Device;
use crate::error::{GpuError, GpuResult};
use crate::fork;
use crate::sync::{Condvar, Mutex, MutexGuard};
use crate::types::{Access, check_range};

/// A buffer that belongs to no device. Any thread may use it; conflicting uses wait for each other.
pub struct ManagedBuffer {
    /// Who uses the content, and its size.
    front: Front,
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
    /// Uses of the content now: readers together, or one writer. While nobody has the lock the front knows them.
    users: Users,
    /// One of the readers is copying the content from one side to another.
    pub moving: bool,
    /// Uses that wait, in the order they came, so that overlapping readers let a writer in.
    queue: VecDeque<u64>,
    next_in_queue: u64,
    /// Threads asleep on `changed`.
    pub waiters: u32,
}

pub(super) struct DeviceCopy {
    pub device: Device,
    pub memory: Arc<DeviceBuffer>,
    pub valid: bool,
}

impl State {
    fn admits(&self, writes: bool) -> bool {
        !self.users.writer && !(writes && (self.users.readers > 0 || self.moving))
    }

    pub fn host_is_newest(&mut self) {
        self.lost = None;
        self.host_valid = true;
        self.copies.iter_mut().for_each(|c| c.valid = false);
    }

    /// Ends a use that began in the process with this fork generation. A child has forgotten the uses of its parent.
    pub fn leave(&mut self, writes: bool, generation: u32) {
        match writes {
            _ if generation != self.users.generation => {}
            true => self.users.writer = false,
            false => self.users.readers = self.users.readers.saturating_sub(1),
        }
    }
}

/// The state under its lock. The front is closed meanwhile, and gets what the state says at the end.
pub(super) struct Held<'a> {
    buffer: &'a ManagedBuffer,
    state: MutexGuard<'a, State>,
}

impl Deref for Held<'_> {
    type Target = State;

    fn deref(&self) -> &State {
        &self.state
    }
}

impl DerefMut for Held<'_> {
    fn deref_mut(&mut self) -> &mut State {
        &mut self.state
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.buffer.front.publish(self.state.users, self.buffer.found(&self.state));
    }
}

impl<'a> Held<'a> {
    fn new(buffer: &'a ManagedBuffer, mut state: MutexGuard<'a, State>) -> Self {
        state.users = buffer.front.close();
        Held { buffer, state }
    }

    /// Lets go of the lock for as long as `wait` does.
    fn waiting(
        self,
        wait: impl FnOnce(MutexGuard<'a, State>) -> (MutexGuard<'a, State>, bool),
    ) -> (Self, bool) {
        let buffer = self.buffer;
        let mut this = ManuallyDrop::new(self);
        // Whoever waits is counted among those who have to ask the state, so the front stays closed.
        buffer.front.publish(this.users, None);
        // SAFETY: read once, out of a value that is not dropped and not used after this.
        let (state, timed_out) = wait(unsafe { std::ptr::read(&raw mut this.state) });
        (Held::new(buffer, state), timed_out)
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
            users: Users { readers: 0, writer: false, generation: fork::generation() },
            moving: false,
            queue: VecDeque::new(),
            next_in_queue: 0,
            waiters: 0,
        };
        let address = host.as_ref().map_or(0, HostBlock::address) as u64;
        Ok(ManagedBuffer {
            front: Front::new(size, Found { place: ON_HOST, address, sole: true }),
            label: format!("managed buffer {id} ({size} bytes)"),
            host,
            state: Mutex::new(state),
            changed: Condvar::new(),
        })
    }

    /// Bytes.
    pub fn size(&self) -> usize {
        self.front.size
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
    pub(super) fn state(&self) -> GpuResult<Held<'_>> {
        let forked = || GpuError::Forked { device: format!("{} was in use at a fork(): it", self.label) };
        let mut state = Held::new(self, self.state.inherited().ok_or_else(forked)?);
        let generation = fork::generation();
        if state.users.generation != generation {
            if state.users.writer || state.moving {
                return Err(forked());
            }
            // Those who read, or waited, are threads of the parent.
            state.users = Users { readers: 0, writer: false, generation };
            state.waiters = 0;
            state.queue.clear();
        }
        Ok(state)
    }

    /// What the front may tell about valid content; None where whoever wants it has to ask the state.
    fn found(&self, state: &State) -> Option<Found> {
        let asks = state.mapped.is_some()
            || state.moving
            || state.lost.is_some()
            || state.waiters > 0
            || !state.queue.is_empty();
        if asks {
            return None;
        }
        let mut copies = state.copies.iter().filter(|copy| copy.valid);
        match copies.next() {
            None => state.host_valid.then(|| Found {
                place: ON_HOST,
                address: self.host_address() as u64,
                sole: true,
            }),
            Some(copy) => Some(Found {
                place: copy.device.place(),
                address: copy.memory.device_pointer(),
                sole: !state.host_valid && copies.next().is_none(),
            }),
        }
    }

    /// Sleeps until something changes, at most until `deadline`; true if that passed.
    pub(super) fn sleep<'a>(&'a self, mut state: Held<'a>, deadline: Option<Instant>) -> (Held<'a>, bool) {
        state.waiters += 1;
        let (mut state, timed_out) = state.waiting(|state| self.changed.wait(state, deadline));
        state.waiters -= 1;
        (state, timed_out)
    }

    /// Wakes those who sleep, if any do.
    pub(super) fn wake(&self, state: Held<'_>) {
        let anybody = state.waiters > 0;
        drop(state);
        if anybody {
            self.changed.notify_all();
        }
    }

    /// Takes the content for one use if it is on `device` and nobody is in the way, without a lock.
    #[inline]
    pub(crate) fn lease_at_once(&self, writes: bool, device: &Device) -> Option<Lease<'_>> {
        let (address, generation) = self.front.enter(writes, device.place())?;
        Some(Lease::new(self, writes, address, generation))
    }

    /// Ends a use that changed nothing about where the content is valid. False: the state has to be asked.
    #[inline]
    pub(super) fn leave(&self, writes: bool, generation: u32) -> bool {
        self.front.leave(writes, generation)
    }

    /// Ends a use by a kernel that wrote on `device`. False: the state has to be told.
    #[inline]
    pub(super) fn leave_written(&self, device: &Device, generation: u32) -> bool {
        self.front.leave_written(device.place(), generation)
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
            true => state.users.writer = true,
            false => state.users.readers += 1,
        }
        let address = device.filter(|_| !waits).and_then(|device| self.address_in(&state, device));
        let generation = state.users.generation;
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
        mut state: Held<'a>,
        writes: bool,
        deadline: Option<Instant>,
    ) -> GpuResult<Held<'a>> {
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
        check_range(&self.label, offset, src.len(), self.size())?;
        self.write_host(offset, src.len(), |at| {
            // SAFETY: the range was checked, the block is ours, and the writer's turn keeps others away. `src` may be
            // this very memory if the caller passes a mapped pointer, so the copy allows overlap.
            unsafe { std::ptr::copy(src.as_ptr(), at, src.len()) }
        })
    }

    /// Sets a range of the content to one value.
    pub fn fill(&self, offset: usize, value: u8, size: usize) -> GpuResult<()> {
        check_range(&self.label, offset, size, self.size())?;
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
        if size < self.size() {
            // The rest of the content must be there too.
            lease.validate_host(&Patience::endless())?;
        }
        act((self.host_address() + offset) as *mut u8);
        self.state()?.host_is_newest();
        Ok(())
    }

    /// Copies the content from `offset` into `dst`.
    pub fn read(&self, offset: usize, dst: &mut [u8]) -> GpuResult<()> {
        check_range(&self.label, offset, dst.len(), self.size())?;
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
