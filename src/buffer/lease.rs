//! `Lease`: the right to use a managed buffer's content, and what one who has it may do: bring the content to a side, say
//! what a kernel did to it, put it back.

use std::sync::Arc;
use std::time::Instant;

use smallvec::SmallVec;

use super::device_buffer::DeviceBuffer;
use super::managed::{DeviceCopy, ManagedBuffer, State};
use super::patience::Patience;
use crate::backend::DeviceState;
use crate::device::Device;
use crate::error::{GpuError, GpuResult};

/// Copies to a device up to this size are queued like a launch; larger ones wait for the device. Bytes.
const QUEUED_COPY: usize = 32 << 10;

/// The right to use a managed buffer's content, shared for reading or alone for writing.
pub struct Lease<'a> {
    buffer: &'a ManagedBuffer,
    writes: bool,
    /// Process in which the lease began.
    generation: u32,
    /// Where the content was when the lease began at once, on the device it is for. Nobody makes that stale while it lives.
    address: Option<u64>,
}

/// Who brings content to a side, one at a time.
struct Mover<'a> {
    buffer: &'a ManagedBuffer,
}

impl Drop for Mover<'_> {
    fn drop(&mut self) {
        if let Ok(mut state) = self.buffer.state() {
            state.moving = false;
            self.buffer.wake(state);
        }
    }
}

/// What [`Lease::unless`] found.
enum Turn<'a, R> {
    /// What is wanted is there.
    Done(R),
    /// It is not, and this lease may bring it.
    Move(Mover<'a>),
}

impl<'a> Lease<'a> {
    pub(super) fn new(
        buffer: &'a ManagedBuffer,
        writes: bool,
        address: Option<u64>,
        generation: u32,
    ) -> Self {
        Lease { buffer, writes, generation, address }
    }

    pub fn buffer(&self) -> &ManagedBuffer {
        self.buffer
    }

    pub fn writes(&self) -> bool {
        self.writes
    }

    /// Where the content is for the device that the lease is for, if nobody had to be waited for and it was there.
    #[inline]
    pub(crate) fn address(&self) -> Option<u64> {
        self.address
    }

    // ---- bringing content to a side ----

    /// Waits while another reader moves content; then the turn to do so, unless `there` says that it is not needed.
    fn unless<R>(
        &self,
        deadline: Option<Instant>,
        there: impl Fn(&State) -> GpuResult<Option<R>>,
    ) -> GpuResult<Turn<'a, R>> {
        let mut state = self.buffer.state()?;
        let mut timed_out = false;
        loop {
            if let Some(found) = there(&state)? {
                return Ok(Turn::Done(found));
            }
            if !state.moving {
                state.moving = true;
                return Ok(Turn::Move(Mover { buffer: self.buffer }));
            }
            if timed_out {
                return Err(self.buffer.in_use());
            }
            (state, timed_out) = self.buffer.sleep(state, deadline);
        }
    }

    /// Whether the host copy has the content; DataLost if nothing has.
    fn on_host(&self, state: &State) -> GpuResult<bool> {
        match &state.lost {
            Some(reason) => Err(self.buffer.data_lost(reason)),
            None => Ok(state.host_valid || self.buffer.size() == 0),
        }
    }

    /// Brings the newest content to the host copy.
    pub(super) fn validate_host(&self, patience: &Patience) -> GpuResult<()> {
        let there = |state: &State| Ok(self.on_host(state)?.then_some(()));
        match self.unless(patience.deadline, there)? {
            Turn::Done(()) => Ok(()),
            Turn::Move(_mover) => self.pull(patience),
        }
    }

    /// As `validate_host`, for the mover.
    fn pull(&self, patience: &Patience) -> GpuResult<()> {
        let buffer = self.buffer;
        loop {
            let valid: SmallVec<[(Device, Arc<DeviceBuffer>); 2]> = {
                let state = buffer.state()?;
                if self.on_host(&state)? {
                    return Ok(());
                }
                let valid = state.copies.iter().filter(|c| c.valid);
                valid.map(|c| (c.device.clone(), c.memory.clone())).collect()
            };
            // Any of them will do: one that can be read now.
            let Some((device, memory)) = valid.iter().find(|(d, _)| d.is_available()).or(valid.first())
            else {
                return Err(GpuError::Internal(format!("{} has no valid copy", buffer.label)));
            };
            // SAFETY: the host block is `size` bytes and lives as long as the buffer. It is stale, so readers leave it alone;
            // this is the only mover, and the lease keeps writers away.
            let host =
                unsafe { std::slice::from_raw_parts_mut(buffer.host_address() as *mut u8, buffer.size()) };
            let result = patience
                .settle(device)
                .and_then(|()| patience.within(device, |deadline| memory.read_until(host, deadline)));
            let mut state = buffer.state()?;
            match result {
                Ok(()) => {
                    state.host_valid = true;
                    return Ok(());
                }
                Err(GpuError::DeviceLost { reason, .. }) => {
                    state.copies.retain(|c| !c.device.same(device));
                    if state.copies.iter().any(|c| c.valid) {
                        continue;
                    }
                    let why =
                        format!("its newest content was on {}, which is lost: {reason}", device.label());
                    let error = buffer.data_lost(&why);
                    state.lost = Some(why);
                    return Err(error);
                }
                Err(other) => return Err(other),
            }
        }
    }

    /// Brings the newest content to `device`, which the lease is for, and answers its address there.
    /// `unregistered` receives why host memory could not be page-locked, to be logged once the lease has ended: a log
    /// callback may use this very buffer.
    pub(crate) fn address_on(
        &self,
        device: &Device,
        patience: &Patience,
        unregistered: &mut Option<GpuError>,
    ) -> GpuResult<u64> {
        if let Some(address) = self.address {
            return Ok(address);
        }
        let buffer = self.buffer;
        if buffer.host.is_none() {
            return Ok(0);
        }
        let there = |state: &State| match device.is_gpu() {
            // Lost content has no address, only an error.
            false => Ok(self.on_host(state)?.then(|| buffer.host_address() as u64)),
            true => Ok(buffer.address_in(state, device)),
        };
        match self.unless(patience.deadline, there)? {
            Turn::Done(address) => Ok(address),
            Turn::Move(_mover) => {
                self.pull(patience)?;
                match device.is_gpu() {
                    false => Ok(buffer.host_address() as u64),
                    true => self.push(device, patience, unregistered),
                }
            }
        }
    }

    /// Copies the host's content to a GPU, for the mover.
    fn push(
        &self,
        device: &Device,
        patience: &Patience,
        unregistered: &mut Option<GpuError>,
    ) -> GpuResult<u64> {
        let buffer = self.buffer;
        if buffer.size() > QUEUED_COPY {
            patience.settle(device)?;
        }
        let find = |state: &State| state.copies.iter().position(|c| c.device.same(device));
        let known = {
            let state = buffer.state()?;
            find(&state).map(|index| state.copies[index].memory.clone())
        };
        let memory = match known {
            Some(memory) => memory,
            None => {
                let create = |deadline| DeviceBuffer::create_until(device, buffer.size(), deadline);
                let memory = Arc::new(patience.within(device, create)?);
                if let Some(block) = &buffer.host {
                    *unregistered = block.register_with(device, patience.deadline).err();
                }
                let copy = DeviceCopy { device: device.clone(), memory: memory.clone(), valid: false };
                buffer.state()?.copies.push(copy);
                memory
            }
        };
        // SAFETY: the block is `size` bytes and this lease keeps writers of the host copy away.
        let host = unsafe { std::slice::from_raw_parts(buffer.host_address() as *const u8, buffer.size()) };
        patience.within(device, |deadline| memory.write_until(host, deadline))?;
        let mut state = buffer.state()?;
        if let Some(index) = find(&state) {
            state.copies[index].valid = true;
        }
        Ok(memory.device_pointer())
    }

    // ---- what a kernel did ----

    /// Ends the lease of a kernel that has run on `device`: what it wrote is the newest content, other copies are stale.
    #[inline]
    pub fn complete_on(self, device: &Device) {
        let left = match self.writes {
            true => self.buffer.leave_written(device, self.generation),
            false => self.buffer.leave(false, self.generation),
        };
        match left {
            true => std::mem::forget(self),
            false => self.tell_on(device),
        }
    }

    /// As `complete_on`, where the state has to hear of it.
    #[inline(never)]
    fn tell_on(self, device: &Device) {
        if let Ok(mut state) = self.buffer.state() {
            if self.writes {
                match device.is_gpu() {
                    false => state.host_is_newest(),
                    true => {
                        state.host_valid = self.buffer.size() == 0;
                        state.copies.iter_mut().for_each(|c| c.valid = c.device.same(device));
                    }
                }
            }
            state.leave(self.writes, self.generation);
            self.buffer.wake(state);
        }
        std::mem::forget(self);
    }

    /// A kernel that may have written on `device` failed, or still runs there: that copy cannot be trusted any more.
    /// The content goes on from another valid copy, or is lost.
    pub fn abandon_on(&self, device: &Device, why: &str) {
        let Ok(mut state) = self.buffer.state() else { return };
        let was_newest = state.copies.iter().any(|c| c.device.same(device) && c.valid);
        // A busy device releases the memory after the kernel that still uses it.
        let mut gone = Vec::new();
        state.copies.retain_mut(|c| match c.device.same(device) {
            true => {
                gone.push(c.memory.clone());
                false
            }
            false => true,
        });
        if was_newest && !state.host_valid && !state.copies.iter().any(|c| c.valid) {
            state.lost = Some(format!("its newest content was on {} only: {why}", device.label()));
        }
        drop(state);
        drop(gone);
    }

    /// A kernel on the CPU device failed after it may have written: the host copy is spoiled. The content goes on from
    /// a device's copy where one still has it; else what the kernel left is the content, and other copies are stale.
    pub(crate) fn spoiled_on_host(&self) {
        let Ok(mut state) = self.buffer.state() else { return };
        let kept = |c: &DeviceCopy| c.valid && !matches!(c.device.state(), DeviceState::Lost(_));
        match state.copies.iter().any(kept) {
            true => state.host_valid = false,
            false => state.host_is_newest(),
        }
    }

    // ---- undoing ----

    /// The content now, as bytes on the host: the pre-image for an attempt that may have to be undone. Of a lease that
    /// writes.
    pub(crate) fn pre_image(&self, patience: &Patience) -> GpuResult<Vec<u8>> {
        self.validate_host(patience)?;
        let mut image = Vec::new();
        image.try_reserve_exact(self.buffer.size()).map_err(|cause| GpuError::MemoryAllocationFailed {
            requested_size: self.buffer.size(),
            reason: format!("pre-image of {}: {cause}", self.buffer.label),
        })?;
        if self.buffer.size() > 0 {
            // SAFETY: the block is `size` bytes; nobody writes while this lease is held and idle.
            image.extend_from_slice(unsafe {
                std::slice::from_raw_parts(self.buffer.host_address() as *const u8, self.buffer.size())
            });
        }
        Ok(image)
    }

    /// Puts a pre-image back into the host copy and makes it the newest content. Of a lease that writes.
    pub fn restore(&self, image: &[u8]) {
        let size = image.len().min(self.buffer.size());
        if size > 0 {
            // SAFETY: as in `pre_image`; `size` is within the block.
            unsafe {
                std::ptr::copy_nonoverlapping(image.as_ptr(), self.buffer.host_address() as *mut u8, size)
            };
        }
        if let Ok(mut state) = self.buffer.state() {
            state.host_is_newest();
        }
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        if self.buffer.leave(self.writes, self.generation) {
            return;
        }
        // Fails only in a child that uses content which its parent was changing. In the process in which the lease began the
        // lock has been taken before, and nothing is left half changed.
        if let Ok(mut state) = self.buffer.state() {
            state.leave(self.writes, self.generation);
            self.buffer.wake(state);
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::backend::GpuBuffer;
    use crate::backend::mock::MockDevice;
    use crate::fork::tests::in_forked_child;
    use crate::types::{Access, DeviceType};
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::Duration;

    fn soon() -> Option<Instant> {
        Some(Instant::now() + Duration::from_millis(50))
    }

    /// Some with the lock, some without it, and some that wait: readers together, a writer alone.
    #[test]
    fn uses_exclude_each_other_however_they_were_begun() {
        let host = Device::new(MockDevice::new(DeviceType::Cpu));
        let buffer = ManagedBuffer::create(64, 1).unwrap();
        buffer.write(0, &[5; 64]).unwrap();
        let (inside, at_once) = (AtomicU32::new(0), AtomicU32::new(0));
        const WRITER: u32 = 1000;
        std::thread::scope(|scope| {
            for thread in 0..4u32 {
                let (host, buffer, inside, at_once) = (&host, &buffer, &inside, &at_once);
                scope.spawn(move || {
                    for round in 0..3000u32 {
                        let writes = (thread + round) % 3 == 0;
                        let lease = match round.wrapping_mul(thread + 7) % 5 {
                            0 => Some(buffer.lease(writes, None, None).unwrap()),
                            1 => Some(buffer.lease(writes, Some(host), None).unwrap()),
                            _ => buffer.lease_at_once(writes, host).inspect(|_| {
                                at_once.fetch_add(1, Ordering::Relaxed);
                            }),
                        };
                        let Some(lease) = lease else { continue };
                        let own = if writes { WRITER } else { 1 };
                        let before = inside.fetch_add(own, Ordering::Relaxed);
                        assert!(if writes { before == 0 } else { before < WRITER }, "{before}");
                        if round % 4 == 0 {
                            std::thread::yield_now();
                        }
                        inside.fetch_sub(own, Ordering::Relaxed);
                        match round % 2 == 0 {
                            true => lease.complete_on(host),
                            false => drop(lease),
                        }
                    }
                });
            }
        });
        assert!(buffer.is_free() && at_once.into_inner() > 0);
        assert!(buffer.lease_at_once(true, &host).is_some(), "nothing goes on any more");
    }

    /// Content that goes from side to side, is mapped, given up and put back meanwhile: no use is lost and none counts twice.
    #[test]
    fn every_use_finds_what_the_one_before_it_left_wherever_that_was() {
        let host = Device::new(MockDevice::new(DeviceType::Cpu));
        let gpus = [(); 2].map(|()| Device::new(MockDevice::new(DeviceType::Cuda)));
        let buffer = ManagedBuffer::create(8, 1).unwrap();
        buffer.write(0, &[0; 8]).unwrap();
        let (counted, at_once) = (AtomicU32::new(0), AtomicU32::new(0));
        // Adds one to the number at `address`, or looks at it.
        let work = |device: &Device, address: u64, writes: bool| {
            let mut bytes = [0; 8];
            let memory = GpuBuffer { device_pointer: address, size: 8, device_id: 0 };
            match device.is_gpu() {
                true => device.compute().copy_d2h(&memory, 0, &mut bytes).unwrap(),
                // SAFETY: the host copy, while the lease lives.
                false => bytes = unsafe { (address as *const [u8; 8]).read_unaligned() },
            }
            let number = u64::from_ne_bytes(bytes);
            let least = counted.load(Ordering::Relaxed) as u64;
            assert!(if writes { number == least } else { number >= least }, "{number}, {least}");
            if !writes {
                return;
            }
            let more = (number + 1).to_ne_bytes();
            match device.is_gpu() {
                true => device.compute().copy_h2d(&more, &memory, 0).unwrap(),
                // SAFETY: as above, and this use is alone.
                false => unsafe { (address as *mut [u8; 8]).write_unaligned(more) },
            }
        };
        let one_more = || _ = counted.fetch_add(1, Ordering::Relaxed);
        std::thread::scope(|scope| {
            for thread in 0..5u32 {
                let (host, gpus, buffer, at_once, work) = (&host, &gpus, &buffer, &at_once, &work);
                let one_more = &one_more;
                scope.spawn(move || {
                    let mut state = 0x9E37_79B9u32 ^ (thread + 1).wrapping_mul(0x85EB_CA6B);
                    let mut random = move |below: u32| {
                        state ^= state << 13;
                        state ^= state >> 17;
                        state ^= state << 5;
                        state % below
                    };
                    for _ in 0..4000 {
                        let writes = random(2) == 0;
                        let device = match random(4) {
                            0 | 1 => host,
                            other => &gpus[other as usize - 2],
                        };
                        if random(40) == 0 {
                            if let Ok(at) = buffer.map(Access::ReadWrite) {
                                work(host, at as u64, true);
                                one_more();
                                buffer.unmap().unwrap();
                            }
                            continue;
                        }
                        let lease = match random(3) {
                            0 => buffer.lease(writes, Some(device), soon()).ok(),
                            _ => buffer.lease_at_once(writes, device).inspect(|_| {
                                at_once.fetch_add(1, Ordering::Relaxed);
                            }),
                        };
                        let Some(lease) = lease else { continue };
                        let address = lease.address_on(device, &Patience::until(soon()), &mut None);
                        let Ok(address) = address else { continue };
                        let image = (writes && random(8) == 0)
                            .then(|| lease.pre_image(&Patience::endless()).unwrap());
                        if random(4) == 0 {
                            std::thread::yield_now();
                        }
                        work(device, address, writes);
                        match image {
                            Some(image) => {
                                lease.abandon_on(device, "as the test wants it");
                                lease.restore(&image);
                            }
                            None => {
                                if writes {
                                    one_more();
                                }
                                lease.complete_on(device);
                            }
                        }
                    }
                });
            }
        });
        let mut last = [0; 8];
        buffer.read(0, &mut last).unwrap();
        assert_eq!(u64::from_ne_bytes(last), counted.into_inner() as u64);
        assert!(buffer.is_free() && at_once.into_inner() > 0);
    }

    #[test]
    fn a_lease_from_before_a_fork_gives_back_nothing_of_the_child() {
        let buffer = ManagedBuffer::create(64, 1).unwrap();
        buffer.write(0, &[5; 64]).unwrap();
        let inherited = buffer.lease(false, None, soon()).unwrap();
        let in_child = &buffer;
        in_forked_child(move || {
            let own = in_child.lease(false, None, soon()).unwrap();
            drop(inherited);
            let held = in_child.lease(true, None, soon()).is_err();
            drop(own);
            held && in_child.is_free() && in_child.write(0, &[6; 64]).is_ok()
        });
        assert!(buffer.is_free(), "the parent's use has ended");
    }

    #[test]
    fn content_that_was_being_changed_at_a_fork_is_refused_and_the_parent_goes_on() {
        let buffer = ManagedBuffer::create(64, 1).unwrap();
        let inherited = buffer.lease(true, None, soon()).unwrap();
        let in_child = &buffer;
        in_forked_child(move || {
            let refused = |result: GpuResult<()>| matches!(result, Err(GpuError::Forked { .. }));
            let before = refused(in_child.write(0, &[1; 64]));
            // Its thread may have been in the middle of a kernel, whose other threads the child does not have.
            drop(inherited);
            before && refused(in_child.write(0, &[1; 64])) && refused(in_child.read(0, &mut [0; 4]))
        });
        assert!(buffer.is_free());
        buffer.write(0, &[2; 64]).unwrap();
    }

    /// However long a holder is kept from the processor: a release is never lost in the process that took the lease.
    #[test]
    fn leases_of_a_child_are_given_back_beside_its_other_threads() {
        let buffer = ManagedBuffer::create(64, 1).unwrap();
        let in_child = &buffer;
        in_forked_child(move || {
            std::thread::scope(|scope| {
                for thread in 0..4 {
                    scope.spawn(move || {
                        for round in 0..300 {
                            match (thread + round) % 2 == 0 {
                                true => in_child.write(0, &[thread as u8; 64]).unwrap(),
                                false => in_child.read(0, &mut [0; 64]).unwrap(),
                            }
                        }
                    });
                }
            });
            in_child.is_free()
        });
    }
}
