//! Device memory and copies. Allocation is stream-ordered where the driver has it, so neither allocating nor freeing
//! waits for running kernels; copies go through pinned memory or straight from registered memory.

use std::ffi::c_void;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use cudarc::driver::sys::{CU_MEMHOSTREGISTER_DEVICEMAP, CU_MEMHOSTREGISTER_PORTABLE, CUdeviceptr};
use parking_lot::Mutex;

use super::context::{DeviceCore, Retired, Up};
use super::error::{self, Doing, OUT_OF_MEMORY, SUCCESS};
use super::queue::{Permit, Queue};
use super::staging::{CHUNK, SMALL};
use super::symbols::{CuCode, MemAccessDesc};
use crate::backend::GpuBuffer;
use crate::error::{GpuError, GpuResult};

const H2D: &str = "host to device";
const D2H: &str = "device to host";
const D2D: &str = "device to device";
/// From this size on several threads fill or empty the chunks.
const PARALLEL: usize = 8 << 20;
const MAX_HELPERS: usize = 8;
/// Part of a chunk that is handed to the copy engine while the next part is being filled.
const PIECE: usize = 512 << 10;
/// How long an allocation that failed waits for the queue before it tries again.
const MEMORY_PATIENCE: Duration = Duration::from_millis(200);
/// How long the release of memory and modules is waited for where it must not take long: it takes microseconds, unless
/// something is queued meanwhile.
const RELEASE_PATIENCE: Duration = Duration::from_millis(50);

impl DeviceCore {
    // ---- allocation ----

    /// Memory of the device. With a deadline the caller is back by then, whatever the driver does: a pool that has to grow
    /// was seen to take a third of a second behind a running kernel. Without one it is the driver's time; where there is no
    /// pool, the driver waits for all kernels, and the caller is back once one of them is given up.
    pub fn allocate(&self, size: usize, deadline: Option<Instant>) -> GpuResult<GpuBuffer> {
        let up = self.up()?;
        // A device that is busy takes nothing more, also where it would not have to.
        if up.queue.is_free()
            && let Some(device_pointer) = up.spare.take(size)
        {
            return Ok(GpuBuffer { device_pointer, size, device_id: self.ordinal });
        }
        let at_once = match (up.pool, deadline) {
            (None, _) => false,
            (Some(_), None) => true,
            (Some(_), Some(_)) => up.queue.is_drained() && self.idle_in_pool(up) >= size,
        };
        if at_once {
            return self.allocate_now(up, size, deadline);
        }
        let made = self.apart(deadline, "allocating memory", move |core| {
            let buffer = core.allocate_now(core.up()?, size, deadline)?;
            Ok(Unclaimed { core: core.clone(), buffer: Some(buffer) })
        })?;
        made.claim()
    }

    fn allocate_now(&self, up: &Up, size: usize, deadline: Option<Instant>) -> GpuResult<GpuBuffer> {
        let permit = up.queue.admit(1, deadline)?;
        let _entered = up.queue.enter()?;
        self.sweep(up, deadline.map(|deadline| deadline.min(Instant::now() + RELEASE_PATIENCE)));
        let mut pointer: CUdeviceptr = 0;
        let (mut code, call) = self.try_allocate(up, size, &mut pointer);
        drop(permit);
        if code == OUT_OF_MEMORY {
            self.make_room(up, deadline);
            code = self.try_allocate(up, size, &mut pointer).0;
        }
        up.queue.check(code, call, Doing::Allocate(size))?;
        Ok(GpuBuffer { device_pointer: pointer, size, device_id: self.ordinal })
    }

    fn try_allocate(&self, up: &Up, size: usize, pointer: &mut CUdeviceptr) -> (CuCode, &'static str) {
        let size = up.spare.rounded(size);
        if let (Some(_), Some(allocate)) = (up.pool, self.driver.api.mem_alloc_async) {
            // SAFETY: valid out pointer, live stream, context current.
            return (unsafe { allocate(pointer, size, up.queue.stream) }, "cuMemAllocAsync");
        }
        // SAFETY: valid out pointer, context current.
        (unsafe { (self.driver.api.mem_alloc)(pointer, size) }, "cuMemAlloc")
    }

    /// Lets work that holds memory finish, for a moment, and gives unused pool memory back to the driver.
    fn make_room(&self, up: &Up, deadline: Option<Instant>) {
        let until = Instant::now() + MEMORY_PATIENCE;
        let until = deadline.map_or(until, |deadline| deadline.min(until));
        if let Ok(ticket) = up.queue.mark() {
            let _ = up.queue.wait(ticket, Some(until));
        }
        up.spare.drain().into_iter().for_each(|pointer| self.free_in_driver(up, pointer));
        self.sweep(up, Some(until.max(Instant::now() + RELEASE_PATIENCE / 4)));
        if let (Some(pool), Some(trim)) = (up.pool, self.driver.api.mem_pool_trim_to) {
            // SAFETY: the device's own pool. A failure changes nothing.
            unsafe { trim(pool.0, 0) };
        }
    }

    /// Frees after the work already queued. Never waits.
    pub fn free(&self, buffer: &GpuBuffer) {
        if buffer.device_pointer == 0 || self.driver.usable(&self.label).is_err() {
            return;
        }
        let Some(up) = self.existing() else { return };
        if up.spare.put(buffer.device_pointer, buffer.size) {
            return;
        }
        let Ok(_entered) = up.queue.enter() else { return };
        self.free_in_driver(up, buffer.device_pointer);
        self.sweep(up, Some(Instant::now() + RELEASE_PATIENCE));
    }

    /// Gives memory back to the driver, at once or later. The context is current.
    fn free_in_driver(&self, up: &Up, pointer: CUdeviceptr) {
        if !self.free_to_pool(up, pointer) {
            up.retired.lock().push(Retired::Memory(pointer));
        }
    }

    /// Frees in the order of the stream. False: there is no pool, or the stream is too full for another operation.
    fn free_to_pool(&self, up: &Up, pointer: CUdeviceptr) -> bool {
        let (Some(_), Some(free)) = (up.pool, self.driver.api.mem_free_async) else { return false };
        let Some(_permit) = up.queue.try_admit() else { return false };
        // SAFETY: an address that cuMemAllocAsync gave and that the owner has given up.
        let code = unsafe { free(pointer, up.queue.stream) };
        // Only a dead device refuses; noticing that is all there is to do.
        let _ = up.queue.check(code, "cuMemFreeAsync", Doing::Other);
        true
    }

    /// Releases what was put off if the queue is empty, so that the driver has nothing to wait for. The context is
    /// current. Others may queue something meanwhile, and the driver then waits for that: nobody waits along for longer
    /// than his deadline, or than until that is given up.
    pub fn sweep(&self, up: &Up, deadline: Option<Instant>) {
        let mut retired = {
            let mut retired = up.retired.lock();
            if retired.is_empty() {
                return;
            }
            std::mem::take(&mut *retired)
        };
        if !matches!(up.queue.query(), Ok(true)) {
            up.retired.lock().append(&mut retired);
            return;
        }
        retired.retain(|item| match item {
            Retired::Memory(pointer) => !self.free_to_pool(up, *pointer),
            Retired::Module(_) => true,
        });
        if !retired.is_empty() {
            // Late or not, it is released; without a thread it is lost, which only a machine at its end sees.
            let _ = self.apart(deadline, "releasing memory", move |core| {
                let up = core.up()?;
                let _entered = up.queue.enter()?;
                core.release(up, retired);
                Ok(())
            });
        }
    }

    /// Releases what the driver may have to wait for.
    fn release(&self, up: &Up, retired: Vec<Retired>) {
        for item in retired {
            // SAFETY: both were given up by their only owner, and the queue that may have used them was empty since.
            let code = unsafe {
                match item {
                    Retired::Memory(pointer) => (self.driver.api.mem_free)(pointer),
                    Retired::Module(module) => (self.driver.api.module_unload)(module.0),
                }
            };
            let _ = up.queue.check(code, "releasing memory or a module", Doing::Other);
        }
    }

    /// Puts a release off until the queue is empty.
    pub fn retire(&self, item: Retired) {
        if self.driver.usable(&self.label).is_err() {
            return;
        }
        if let Some(up) = self.existing() {
            up.retired.lock().push(item);
        }
    }

    // ---- host to device ----

    pub fn copy_h2d(
        &self,
        src: &[u8],
        buffer: &GpuBuffer,
        offset: usize,
        deadline: Option<Instant>,
    ) -> GpuResult<()> {
        let up = self.up()?;
        if src.is_empty() {
            return Ok(());
        }
        let dst = buffer.device_pointer + offset as u64;
        let _entered = up.queue.enter()?;
        if src.len() <= SMALL {
            return self.h2d_small(up, src, dst, deadline);
        }
        if up.is_registered(src.as_ptr(), src.len()) {
            let permit = up.queue.admit(2, deadline)?;
            self.enqueue_h2d(up, src.as_ptr(), src.len(), dst)?;
            drop(permit);
            // Given up, it still reads this memory when the queue gets there. That is never unmapped, and what the copy
            // was for counts as not written.
            return up.queue.wait_until(up.queue.mark()?, deadline);
        }
        // One thread overlaps filling and copying within a chunk; several do so among themselves.
        let piece = if src.len() < PARALLEL { PIECE } else { CHUNK };
        up.staging.prepare_chunks(self, &up.queue, src.len(), deadline)?;
        self.in_chunks(src.len(), |start, size| {
            let to = dst + start as u64;
            self.h2d_chunk(up, &src[start..start + size], to, piece, deadline)
        })
    }

    fn h2d_small(&self, up: &Up, src: &[u8], dst: CUdeviceptr, deadline: Option<Instant>) -> GpuResult<()> {
        let permit = up.queue.admit(1, deadline)?;
        let slot = up.staging.take(&up.queue, src.len(), deadline)?;
        // SAFETY: the slot has at least `src.len()` bytes and belongs to this call.
        unsafe { std::ptr::copy_nonoverlapping(src.as_ptr(), slot.address, src.len()) };
        let result = self.enqueue_h2d(up, slot.address, src.len(), dst);
        drop(permit);
        up.staging.give_back(slot, up.queue.tag_behind());
        result
    }

    fn h2d_chunk(
        &self,
        up: &Up,
        src: &[u8],
        dst: CUdeviceptr,
        piece: usize,
        deadline: Option<Instant>,
    ) -> GpuResult<()> {
        let permit = up.queue.admit(src.len().div_ceil(piece) as u64, deadline)?;
        let chunk = up.staging.take_chunk(&up.queue, deadline)?;
        let mut result = Ok(());
        let mut done = 0;
        for piece in src.chunks(piece) {
            // SAFETY: the chunk, which belongs to this call, has room for all of `src`.
            let staged = unsafe {
                let staged = chunk.add(done);
                std::ptr::copy_nonoverlapping(piece.as_ptr(), staged, piece.len());
                staged
            };
            result = self.enqueue_h2d(up, staged, piece.len(), dst + done as u64);
            done += piece.len();
            if result.is_err() {
                break;
            }
        }
        drop(permit);
        // A mark of its own for every chunk, so that the chunk can be used again as early as possible.
        let tag = result.is_ok().then(|| up.queue.mark().ok()).flatten();
        up.staging.give_back_chunk(chunk, tag.unwrap_or_else(|| up.queue.tag_behind()));
        result
    }

    /// `from` is pinned memory that stays untouched until the queue has passed.
    fn enqueue_h2d(&self, up: &Up, from: *const u8, size: usize, dst: CUdeviceptr) -> GpuResult<()> {
        // SAFETY: the caller checked the range of the buffer; `from` has `size` readable bytes.
        let code =
            unsafe { (self.driver.api.memcpy_h2d_async)(dst, from.cast::<c_void>(), size, up.queue.stream) };
        up.queue.check(code, "cuMemcpyHtoDAsync", Doing::Copy(H2D))
    }

    // ---- device to host ----

    pub fn copy_d2h(
        &self,
        buffer: &GpuBuffer,
        offset: usize,
        dst: &mut [u8],
        deadline: Option<Instant>,
    ) -> GpuResult<()> {
        let up = self.up()?;
        if dst.is_empty() {
            return Ok(());
        }
        let src = buffer.device_pointer + offset as u64;
        let _entered = up.queue.enter()?;
        if up.is_registered(dst.as_ptr(), dst.len()) {
            return self.d2h_registered(up, src, dst, deadline);
        }
        if dst.len() <= SMALL {
            return self.d2h_small(up, src, dst, deadline);
        }
        up.staging.prepare_chunks(self, &up.queue, dst.len(), deadline)?;
        let base = dst.as_mut_ptr() as usize;
        self.in_chunks(dst.len(), |start, size| {
            self.d2h_chunk(up, src + start as u64, (base + start) as *mut u8, size, deadline)
        })
    }

    fn d2h_small(
        &self,
        up: &Up,
        src: CUdeviceptr,
        dst: &mut [u8],
        deadline: Option<Instant>,
    ) -> GpuResult<()> {
        let permit = up.queue.admit(2, deadline)?;
        let slot = up.staging.take(&up.queue, dst.len(), deadline)?;
        let result = self.d2h_pinned(&up.queue, src, slot.address, dst.len(), permit, deadline);
        if result.is_ok() {
            // SAFETY: the device has written `dst.len()` bytes to the slot, which belongs to this call.
            unsafe { std::ptr::copy_nonoverlapping(slot.address, dst.as_mut_ptr(), dst.len()) };
        }
        // After a failure the device may still write there.
        up.staging.give_back(slot, if result.is_ok() { 0 } else { up.queue.tag_behind() });
        result
    }

    fn d2h_chunk(
        &self,
        up: &Up,
        src: CUdeviceptr,
        to: *mut u8,
        size: usize,
        deadline: Option<Instant>,
    ) -> GpuResult<()> {
        let permit = up.queue.admit(2, deadline)?;
        let chunk = up.staging.take_chunk(&up.queue, deadline)?;
        let result = self.d2h_pinned(&up.queue, src, chunk, size, permit, deadline);
        if result.is_ok() {
            // SAFETY: the device has written `size` bytes to the chunk; the destination has as many.
            unsafe { std::ptr::copy_nonoverlapping(chunk, to, size) };
        }
        up.staging.give_back_chunk(chunk, if result.is_ok() { 0 } else { up.queue.tag_behind() });
        result
    }

    /// Copies straight into the caller's page-locked memory.
    ///
    /// On a stream of its own, once everything before is complete: a copy that waits in the queue behind a kernel that
    /// is given up could not be taken back, and would overwrite the caller's memory long after the call has failed.
    fn d2h_registered(
        &self,
        up: &Up,
        src: CUdeviceptr,
        dst: &mut [u8],
        deadline: Option<Instant>,
    ) -> GpuResult<()> {
        up.queue.check_not_busy()?;
        up.queue.drain(deadline)?;
        // Nothing but such copies is on that stream: from here on it takes what the hardware takes.
        let permit = up.reader.admit(2, None)?;
        self.d2h_pinned(&up.reader, src, dst.as_mut_ptr(), dst.len(), permit, None)
    }

    /// Copies into pinned memory and waits.
    fn d2h_pinned(
        &self,
        queue: &Queue,
        src: CUdeviceptr,
        to: *mut u8,
        size: usize,
        permit: Permit<'_>,
        deadline: Option<Instant>,
    ) -> GpuResult<()> {
        // SAFETY: the caller checked the range of the buffer; `to` has `size` writable bytes of pinned memory.
        let code =
            unsafe { (self.driver.api.memcpy_d2h_async)(to.cast::<c_void>(), src, size, queue.stream) };
        queue.check(code, "cuMemcpyDtoHAsync", Doing::Copy(D2H))?;
        drop(permit);
        queue.wait_until(queue.mark()?, deadline)
    }

    // ---- big copies ----

    /// Calls `copy(start, size)` for every chunk of `total` bytes, on several threads if there is much to do.
    fn in_chunks(&self, total: usize, copy: impl Fn(usize, usize) -> GpuResult<()> + Sync) -> GpuResult<()> {
        let chunks = total.div_ceil(CHUNK);
        let next = AtomicUsize::new(0);
        let stop = AtomicBool::new(false);
        let work = || -> GpuResult<()> {
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                if index >= chunks || stop.load(Ordering::Relaxed) {
                    return Ok(());
                }
                let start = index * CHUNK;
                if let Err(error) = copy(start, CHUNK.min(total - start)) {
                    stop.store(true, Ordering::Relaxed);
                    return Err(error);
                }
            }
        };
        if total < PARALLEL {
            return work();
        }
        let processors = std::thread::available_parallelism().map_or(1, |n| n.get());
        let helpers = (chunks / 2).min(processors).min(MAX_HELPERS).saturating_sub(1);
        let up = self.up()?;
        let failure = Mutex::new(None);
        std::thread::scope(|scope| {
            for _ in 0..helpers {
                // A thread that cannot be started only costs speed: the calling thread works as well.
                let _ =
                    std::thread::Builder::new().name("vmgpu-copy".to_string()).spawn_scoped(scope, || {
                        let result = up.queue.enter().and_then(|_entered| work());
                        if let Err(error) = result {
                            failure.lock().get_or_insert(error);
                        }
                    });
            }
            if let Err(error) = work() {
                failure.lock().get_or_insert(error);
            }
        });
        match failure.into_inner() {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    // ---- on the device ----

    pub fn copy_d2d(&self, dst: CUdeviceptr, src: CUdeviceptr, size: usize) -> GpuResult<()> {
        let up = self.up()?;
        if size == 0 || dst == src {
            return Ok(());
        }
        let _permit = up.queue.admit(1, None)?;
        let _entered = up.queue.enter()?;
        // SAFETY: the caller checked both ranges.
        let code = unsafe { (self.driver.api.memcpy_d2d_async)(dst, src, size, up.queue.stream) };
        up.queue.check(code, "cuMemcpyDtoDAsync", Doing::Copy(D2D))
    }

    pub fn fill(&self, dst: CUdeviceptr, value: u8, size: usize) -> GpuResult<()> {
        let up = self.up()?;
        if size == 0 {
            return Ok(());
        }
        let _permit = up.queue.admit(1, None)?;
        let _entered = up.queue.enter()?;
        // SAFETY: the caller checked the range.
        let code = unsafe { (self.driver.api.memset_d8_async)(dst, value, size, up.queue.stream) };
        up.queue.check(code, "cuMemsetD8Async", Doing::Copy("fill"))
    }

    /// Copies from another device of the same driver. False: the driver cannot, nothing was done.
    pub fn copy_from_peer(
        &self,
        dst: CUdeviceptr,
        source: &DeviceCore,
        src: CUdeviceptr,
        size: usize,
    ) -> GpuResult<bool> {
        let Some(copy) = self.driver.api.memcpy_peer_async else { return Ok(false) };
        let (up, from) = (self.up()?, source.up()?);
        if size == 0 {
            return Ok(true);
        }
        let _permits = (up.queue.admit(3, None)?, from.queue.admit(2, None)?);
        source.open_pool_to(from, self);
        // This queue waits for what the source has queued, copies, and the source waits for the copy: both stay in order.
        wait_across(from, up)?;
        let _entered = up.queue.enter()?;
        // SAFETY: both ranges were checked by the caller; both contexts are live.
        let code = unsafe { copy(dst, up.queue.context, src, from.queue.context, size, up.queue.stream) };
        if code != SUCCESS && !error::is_sticky(code) {
            return Ok(false);
        }
        up.queue.check(code, "cuMemcpyPeerAsync", Doing::Copy(D2D))?;
        wait_across(up, from)?;
        Ok(true)
    }

    /// Lets `peer` reach this device's pool directly, once. A refusal only means that the driver copies in two steps.
    fn open_pool_to(&self, up: &Up, peer: &DeviceCore) {
        let api = &self.driver.api;
        let (Some(pool), Some(can), Some(set)) =
            (up.pool, api.device_can_access_peer, api.mem_pool_set_access)
        else {
            return;
        };
        let mut peers = up.peers.lock();
        if peers.contains(&peer.ordinal) {
            return;
        }
        peers.push(peer.ordinal);
        let mut possible = 0;
        // CU_MEM_LOCATION_TYPE_DEVICE and CU_MEM_ACCESS_FLAGS_PROT_READWRITE.
        let access = MemAccessDesc { location_type: 1, location_id: peer.handle, flags: 3 };
        // SAFETY: valid out pointer; the descriptor has the driver's layout.
        unsafe {
            if can(&mut possible, peer.handle, self.handle) == SUCCESS && possible != 0 {
                set(pool.0, &access, 1);
            }
        }
    }

    // ---- host memory ----

    /// Page-locks host memory. It stays so if it comes too late for the caller.
    pub fn register_host(&self, address: usize, size: usize, deadline: Option<Instant>) -> GpuResult<()> {
        let up = self.up()?;
        {
            let _entered = up.queue.enter()?;
            up.queue.drain(deadline)?;
        }
        self.apart(deadline, "page-locking", move |core| core.register_now(address, size))
    }

    fn register_now(&self, address: usize, size: usize) -> GpuResult<()> {
        let up = self.up()?;
        let Some(register) = self.driver.api.mem_host_register else {
            return Err(GpuError::unsupported("registering host memory", self.label.as_str()));
        };
        let _entered = up.queue.enter()?;
        // Page-locking blocks inside the driver behind a kernel that does not end.
        up.queue.drain(None)?;
        let flags = CU_MEMHOSTREGISTER_PORTABLE | CU_MEMHOSTREGISTER_DEVICEMAP;
        // SAFETY: the caller owns the range and never unmaps it.
        let code = unsafe { register(address as *mut c_void, size, flags) };
        // Portable memory counts for every device, so a second device finds it done.
        if code != error::ALREADY_REGISTERED {
            up.queue.check(code, "cuMemHostRegister", Doing::Allocate(size))?;
        }
        up.registered.write().push((address, address + size));
        Ok(())
    }
}

/// Memory on the way to whoever asked for it; freed if he did not wait.
struct Unclaimed {
    core: Arc<DeviceCore>,
    buffer: Option<GpuBuffer>,
}

impl Unclaimed {
    fn claim(mut self) -> GpuResult<GpuBuffer> {
        self.buffer.take().ok_or_else(|| GpuError::internal("memory was claimed twice"))
    }
}

impl Drop for Unclaimed {
    fn drop(&mut self) {
        if let Some(buffer) = &self.buffer {
            self.core.free(buffer);
        }
    }
}

impl Up {
    fn is_registered(&self, start: *const u8, size: usize) -> bool {
        let start = start as usize;
        self.registered.read().iter().any(|(from, to)| *from <= start && start + size <= *to)
    }
}

/// Makes the queue of `later` wait for what the queue of `earlier` holds now.
fn wait_across(earlier: &Up, later: &Up) -> GpuResult<()> {
    let mut slot = earlier.queue.peer_event.lock();
    let api = earlier.queue.api();
    {
        let _entered = earlier.queue.enter()?;
        let event = match *slot {
            Some(event) => event,
            None => *slot.insert(earlier.queue.new_event()?),
        };
        // SAFETY: live event and stream of the current context.
        let code = unsafe { (api.event_record)(event, earlier.queue.stream) };
        earlier.queue.check(code, "cuEventRecord", Doing::Other)?;
    }
    let Some(event) = *slot else { return Ok(()) };
    let _entered = later.queue.enter()?;
    // SAFETY: a recorded event and a live stream; a wait across devices is allowed.
    let code = unsafe { (api.stream_wait_event)(later.queue.stream, event, 0) };
    later.queue.check(code, "cuStreamWaitEvent", Doing::Other)
}
