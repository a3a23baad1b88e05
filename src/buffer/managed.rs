//! `ManagedBuffer`: one pinned host copy and at most one copy a device, each valid or stale.
//!
//! Data moves only when a side needs it. A side that has written makes the others stale only once its kernel has
//! succeeded, so a failed launch falls back from the content before it as long as another side still holds that.

use std::time::Instant;

use parking_lot::{Condvar, Mutex, MutexGuard};

use super::arena::{self, HostBlock};
use super::device_buffer::DeviceBuffer;
use super::patience::Patience;
use crate::backend::DeviceState;
use crate::device::Device;
use crate::error::{GpuError, GpuResult};
use crate::types::{Access, check_range};

/// Copies to a device up to this size are queued like a launch; larger ones wait for the device. Bytes.
const QUEUED_COPY: usize = 32 << 10;

/// A buffer that belongs to no device. Any thread may use it; conflicting uses wait for each other.
pub struct ManagedBuffer {
    size: usize,
    /// For messages: "managed buffer 3 (4096 bytes)".
    label: String,
    /// None for an empty buffer.
    host: Option<HostBlock>,
    state: Mutex<State>,
    released: Condvar,
}

struct State {
    host_valid: bool,
    copies: Vec<DeviceCopy>,
    /// Why the content is lost, until it is written again.
    lost: Option<String>,
    mapped: Option<Access>,
    /// Kernels and copies using the content now: readers together, or one writer.
    readers: u32,
    writer: bool,
    /// Threads asleep on `released`.
    waiters: u32,
}

struct DeviceCopy {
    device: Device,
    memory: DeviceBuffer,
    valid: bool,
}

/// The right to use a managed buffer's content for one execution, shared for reading or alone for writing.
pub struct Lease<'a> {
    buffer: &'a ManagedBuffer,
    writes: bool,
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
            waiters: 0,
        };
        Ok(ManagedBuffer {
            size,
            label: format!("managed buffer {id} ({size} bytes)"),
            host,
            state: Mutex::new(state),
            released: Condvar::new(),
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

    fn host_address(&self) -> usize {
        self.host.as_ref().map_or(0, HostBlock::address)
    }

    /// Waits until the content may be used; None when `deadline` passes first.
    fn acquire(&self, writes: bool, deadline: Option<Instant>) -> Option<MutexGuard<'_, State>> {
        let mut state = match deadline {
            None => self.state.lock(),
            Some(at) => self.state.try_lock_until(at)?,
        };
        while state.writer || (writes && state.readers > 0) {
            state.waiters += 1;
            let timed_out = match deadline {
                None => {
                    self.released.wait(&mut state);
                    false
                }
                Some(at) => self.released.wait_until(&mut state, at).timed_out(),
            };
            state.waiters -= 1;
            if timed_out {
                return None;
            }
        }
        Some(state)
    }

    /// As `acquire`, for calls without a limit: they wait only for executions, which have one.
    fn acquire_unmapped(&self, writes: bool) -> GpuResult<MutexGuard<'_, State>> {
        let state = self
            .acquire(writes, None)
            .ok_or_else(|| GpuError::Internal("wait without limit ended".into()))?;
        match state.mapped {
            None => Ok(state),
            Some(_) => Err(self.is_mapped()),
        }
    }

    fn is_mapped(&self) -> GpuError {
        GpuError::InvalidState { reason: format!("{} is mapped; unmap it first", self.label) }
    }

    /// The time-out of an execution that waits for another one; the executor puts its limit in.
    fn in_use(&self) -> GpuError {
        GpuError::Timeout {
            what: format!("waiting for {}, in use by another execution,", self.label),
            limit_ms: 0,
        }
    }

    fn data_lost(&self, reason: &str) -> GpuError {
        GpuError::DataLost { buffer: self.label.clone(), reason: reason.to_string() }
    }

    /// Brings the newest content to the host copy.
    fn validate_host(&self, state: &mut State, patience: &Patience) -> GpuResult<()> {
        if let Some(reason) = &state.lost {
            return Err(self.data_lost(reason));
        }
        if state.host_valid || self.size == 0 {
            return Ok(());
        }
        let Some(newest) = state.copies.iter().find(|c| c.valid) else {
            return Err(GpuError::Internal(format!("{} has no valid copy", self.label)));
        };
        let read = |host: &mut [u8]| {
            patience.settle(&newest.device)?;
            newest.memory.read(0, host)
        };
        // SAFETY: the host block is `size` bytes, lives as long as self, and the state lock keeps others away.
        let host = unsafe { std::slice::from_raw_parts_mut(self.host_address() as *mut u8, self.size) };
        match read(host) {
            Ok(()) => {
                state.host_valid = true;
                Ok(())
            }
            Err(GpuError::DeviceLost { device, reason }) => {
                let why = format!("its newest content was on {device}, which is lost: {reason}");
                state.copies.retain(|c| !c.valid);
                let error = self.data_lost(&why);
                state.lost = Some(why);
                Err(error)
            }
            Err(other) => Err(other),
        }
    }

    /// Copies `src` to `offset`; the host copy becomes the newest.
    pub fn write(&self, offset: usize, src: &[u8]) -> GpuResult<()> {
        check_range(&self.label, offset, src.len(), self.size)?;
        self.write_host(offset, src.len(), |at| {
            // SAFETY: the range was checked, the block is ours, and the writer's turn keeps kernels away. `src` may be
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
        let mut state = self.acquire_unmapped(true)?;
        if size < self.size {
            // The rest of the content must be there too.
            self.validate_host(&mut state, &Patience::endless())?;
        }
        act((self.host_address() + offset) as *mut u8);
        Self::host_is_newest(&mut state);
        Ok(())
    }

    fn host_is_newest(state: &mut State) {
        state.lost = None;
        state.host_valid = true;
        state.copies.iter_mut().for_each(|c| c.valid = false);
    }

    /// Copies the content from `offset` into `dst`.
    pub fn read(&self, offset: usize, dst: &mut [u8]) -> GpuResult<()> {
        check_range(&self.label, offset, dst.len(), self.size)?;
        if dst.is_empty() {
            return Ok(());
        }
        let mut state = self.acquire_unmapped(false)?;
        self.validate_host(&mut state, &Patience::endless())?;
        // SAFETY: the range was checked; no writer runs while the state lock is held.
        unsafe { std::ptr::copy((self.host_address() + offset) as *const u8, dst.as_mut_ptr(), dst.len()) };
        Ok(())
    }

    /// The pinned host copy itself, holding the newest content. Until `unmap` the buffer belongs to the caller.
    /// A buffer whose content is lost can be mapped for writing only.
    pub fn map(&self, access: Access) -> GpuResult<*mut u8> {
        let mut state = self.acquire_unmapped(access.writes())?;
        if state.readers > 0 && access.writes() {
            return Err(GpuError::Internal("map for writing beside a reader".into()));
        }
        if !(access == Access::Write && state.lost.is_some()) {
            self.validate_host(&mut state, &Patience::endless())?;
        }
        if access.writes() {
            Self::host_is_newest(&mut state);
        }
        state.mapped = Some(access);
        Ok(self.host_address() as *mut u8)
    }

    pub fn unmap(&self) -> GpuResult<()> {
        match self.state.lock().mapped.take() {
            Some(_) => Ok(()),
            None => Err(GpuError::InvalidState { reason: format!("{} is not mapped", self.label) }),
        }
    }

    /// Error while the buffer is mapped. Waits for nobody: whoever holds the state for long copies, and a mapped buffer
    /// is not copied.
    pub(crate) fn ensure_unmapped(&self) -> GpuResult<()> {
        match self.state.try_lock() {
            Some(state) if state.mapped.is_some() => Err(self.is_mapped()),
            _ => Ok(()),
        }
    }

    #[cfg(test)]
    pub(crate) fn state_is_free(&self) -> bool {
        self.state.try_lock().is_some()
    }

    /// Takes the content for one execution.
    ///
    /// # Errors
    /// InvalidState if mapped; Timeout when `deadline` passes while other executions use it.
    #[inline]
    pub fn lease(&self, writes: bool, deadline: Option<Instant>) -> GpuResult<Lease<'_>> {
        let Some(mut state) = self.acquire(writes, deadline) else { return Err(self.in_use()) };
        if state.mapped.is_some() {
            return Err(self.is_mapped());
        }
        match writes {
            true => state.writer = true,
            false => state.readers += 1,
        }
        Ok(Lease { buffer: self, writes })
    }
}

impl Lease<'_> {
    pub fn buffer(&self) -> &ManagedBuffer {
        self.buffer
    }

    pub fn writes(&self) -> bool {
        self.writes
    }

    /// Brings the newest content to `device` and answers its address there. The CPU device works on the host copy.
    pub(crate) fn address_on(&self, device: &Device, patience: &Patience) -> GpuResult<u64> {
        let mut unregistered = None;
        let address = self.bring_to(device, patience, &mut unregistered);
        if let Some(error) = unregistered {
            crate::log::debug(|| format!("{}: host memory is not page-locked: {error}", device.label()));
        }
        address
    }

    fn bring_to(
        &self,
        device: &Device,
        patience: &Patience,
        unregistered: &mut Option<GpuError>,
    ) -> GpuResult<u64> {
        let buffer = self.buffer;
        let Some(block) = &buffer.host else { return Ok(0) };
        let mut state = self.lock(patience)?;
        if !device.is_gpu() {
            buffer.validate_host(&mut state, patience)?;
            return Ok(block.address() as u64);
        }
        let known = state.copies.iter().position(|c| c.device.same(device));
        if let Some(index) = known
            && state.copies[index].valid
        {
            return Ok(state.copies[index].memory.device_pointer());
        }
        buffer.validate_host(&mut state, patience)?;
        if buffer.size > QUEUED_COPY {
            patience.settle(device)?;
        }
        let index = match known {
            Some(index) => index,
            None => {
                let memory = device.create_buffer(buffer.size)?;
                *unregistered = block.register_with(device).err();
                state.copies.push(DeviceCopy { device: device.clone(), memory, valid: false });
                state.copies.len() - 1
            }
        };
        // SAFETY: the block is `size` bytes and this lease keeps writers of the host copy away.
        let host = unsafe { std::slice::from_raw_parts(block.address() as *const u8, buffer.size) };
        let copy = &mut state.copies[index];
        copy.memory.write(0, host)?;
        copy.valid = true;
        Ok(copy.memory.device_pointer())
    }

    /// The state, which another reader may hold while it copies.
    fn lock(&self, patience: &Patience) -> GpuResult<MutexGuard<'_, State>> {
        match patience.deadline {
            None => Ok(self.buffer.state.lock()),
            Some(at) => self.buffer.state.try_lock_until(at).ok_or_else(|| self.buffer.in_use()),
        }
    }

    /// Ends the lease of a kernel that has run on `device`: what it wrote is the newest content, other copies are stale.
    pub fn complete_on(self, device: &Device) {
        let mut state = self.buffer.state.lock();
        if self.writes {
            match device.is_gpu() {
                false => ManagedBuffer::host_is_newest(&mut state),
                true => {
                    state.host_valid = self.buffer.size == 0;
                    state.copies.iter_mut().for_each(|c| c.valid = c.device.same(device));
                }
            }
        }
        self.release(state);
        std::mem::forget(self);
    }

    fn release(&self, mut state: MutexGuard<'_, State>) {
        match self.writes {
            true => state.writer = false,
            false => state.readers -= 1,
        }
        let wake = state.waiters > 0;
        drop(state);
        if wake {
            self.buffer.released.notify_all();
        }
    }

    /// A kernel that may have written on `device` failed, or still runs there: that copy cannot be trusted any more.
    /// The content goes on from another valid copy, or is lost.
    pub fn abandon_on(&self, device: &Device, why: &str) {
        let mut state = self.buffer.state.lock();
        let was_newest = state.copies.iter().any(|c| c.device.same(device) && c.valid);
        // Dropping the memory is safe: a busy device releases it after the kernel that still uses it.
        state.copies.retain(|c| !c.device.same(device));
        if was_newest && !state.host_valid && !state.copies.iter().any(|c| c.valid) {
            state.lost = Some(format!("its newest content was on {} only: {why}", device.label()));
        }
    }

    /// A kernel on the CPU device failed after it may have written: the host copy is spoiled. The content goes on from
    /// a device's copy where one still has it; else what the kernel left is the content, and other copies are stale.
    pub(crate) fn spoiled_on_host(&self) {
        let mut state = self.buffer.state.lock();
        let kept = |c: &DeviceCopy| c.valid && !matches!(c.device.state(), DeviceState::Lost(_));
        match state.copies.iter().any(kept) {
            true => state.host_valid = false,
            false => ManagedBuffer::host_is_newest(&mut state),
        }
    }

    /// The content now, as bytes on the host: the pre-image for an attempt that may have to be undone.
    pub(crate) fn pre_image(&self, patience: &Patience) -> GpuResult<Vec<u8>> {
        let mut state = self.lock(patience)?;
        self.buffer.validate_host(&mut state, patience)?;
        let mut image = Vec::new();
        image.try_reserve_exact(self.buffer.size).map_err(|cause| GpuError::MemoryAllocationFailed {
            requested_size: self.buffer.size,
            reason: format!("pre-image of {}: {cause}", self.buffer.label),
        })?;
        if self.buffer.size > 0 {
            // SAFETY: the block is `size` bytes; no kernel writes while this lease is held and idle.
            image.extend_from_slice(unsafe {
                std::slice::from_raw_parts(self.buffer.host_address() as *const u8, self.buffer.size)
            });
        }
        Ok(image)
    }

    /// Puts a pre-image back into the host copy and makes it the newest content.
    pub fn restore(&self, image: &[u8]) {
        let mut state = self.buffer.state.lock();
        let size = image.len().min(self.buffer.size);
        if size > 0 {
            // SAFETY: as in `pre_image`; `size` is within the block.
            unsafe {
                std::ptr::copy_nonoverlapping(image.as_ptr(), self.buffer.host_address() as *mut u8, size)
            };
        }
        ManagedBuffer::host_is_newest(&mut state);
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        self.release(self.buffer.state.lock());
    }
}
