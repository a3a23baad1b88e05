//! Handles: what C holds instead of pointers to our objects.
//!
//! A handle is a number that looks like an aligned user-space address of at most 47 bits (engines box pointers into
//! NaNs and tag their low bits): `generation (22 bits) | slot (22 bits) | 000`. It is never dereferenced: it selects a
//! slot in a table whose chunks are never freed, and the slot's state word must hold the same generation, the expected
//! kind, and be alive. Every destruction moves the slot to its next generation, and a slot that has used up its
//! generations is retired (64 bytes for 4 million handles), so a destroyed handle is recognised for ever.
//!
//! A look-up pins the object by a count in the same state word: a destroy on another thread takes effect for all later
//! calls at once, and the last call still inside drops the object. There are no locks, so nothing can be left locked
//! in the child of a fork.

use std::alloc::Layout;
use std::marker::PhantomData;
use std::ops::Deref;
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, Ordering};

use crate::buffer::Buffer;
use crate::device::Device;
use crate::error::{GpuError, GpuResult};
use crate::executor::GpuExecutor;
use crate::kernel::Kernel;
use crate::manager::GpuDeviceManager;
use crate::room::Places;

#[cfg(not(target_pointer_width = "64"))]
compile_error!("handles of the C interface need 64-bit pointers");

const ALIGN_BITS: u32 = 3;
const SLOT_BITS: u32 = 22;
const GENERATION_BITS: u32 = 22;
const MAX_SLOTS: u32 = 1 << SLOT_BITS;
const LAST_GENERATION: u64 = (1 << GENERATION_BITS) - 1;
const CHUNK_SLOTS: usize = 1024;

// The state word: pins (32 bits), kind (7 bits, 0 = free), dying (1 bit), generation (22 bits).
const PINS: u64 = 0xffff_ffff;
const KIND_SHIFT: u32 = 32;
const KIND_MASK: u64 = 0x7f;
const DYING: u64 = 1 << 39;
const GENERATION_SHIFT: u32 = 40;

/// What a handle leads to. The order is that of `Kind::name` and `drop_object`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Kind {
    Manager = 1,
    Device = 2,
    Buffer = 3,
    Kernel = 4,
    Executor = 5,
}

/// An object that C refers to by a handle of type `Handle`.
pub(super) trait Object: Send + Sync + Sized + 'static {
    const KIND: Kind;
    type Handle;
}

impl Object for Arc<GpuDeviceManager> {
    const KIND: Kind = Kind::Manager;
    type Handle = super::vmgpu_manager;
}

impl Object for Device {
    const KIND: Kind = Kind::Device;
    type Handle = super::vmgpu_device;
}

impl Object for Buffer {
    const KIND: Kind = Kind::Buffer;
    type Handle = super::vmgpu_buffer;
}

impl Object for Kernel {
    const KIND: Kind = Kind::Kernel;
    type Handle = super::vmgpu_kernel;
}

impl Object for GpuExecutor {
    const KIND: Kind = Kind::Executor;
    type Handle = super::vmgpu_executor;
}

fn kind_name(kind: u64) -> &'static str {
    ["free slot", "manager", "device", "buffer", "kernel", "executor"].get(kind as usize).unwrap_or(&"object")
}

/// # Safety
/// `object` came from `Box::into_raw` of the type that belongs to `kind` and is given up.
unsafe fn drop_object(kind: u64, object: *mut ()) {
    // SAFETY: promised by the caller.
    unsafe {
        match kind {
            1 => drop(Box::from_raw(object.cast::<Arc<GpuDeviceManager>>())),
            2 => drop(Box::from_raw(object.cast::<Device>())),
            3 => drop(Box::from_raw(object.cast::<Buffer>())),
            4 => drop(Box::from_raw(object.cast::<Kernel>())),
            5 => drop(Box::from_raw(object.cast::<GpuExecutor>())),
            // Only kinds are ever stored; leaking is the safe answer to a damaged word.
            _ => {}
        }
    }
}

/// One cache line, so that threads using different handles do not disturb each other. All zeros is a valid, never used
/// slot.
#[repr(align(64))]
pub(super) struct Slot {
    state: AtomicU64,
    object: AtomicPtr<()>,
    /// Slot number + 1 of the next free slot; 0 ends the list.
    next_free: AtomicU32,
    /// Its own number and table, set before it is first handed out: a pin then is one pointer.
    number: AtomicU32,
    table: AtomicPtr<Table>,
}

/// The slots. Several tables exist only in tests.
struct Table {
    chunks: [AtomicPtr<Slot>; MAX_SLOTS as usize / CHUNK_SLOTS],
    /// Slots handed out at least once.
    used: AtomicU32,
    /// Head of the list of free slots: a counter against ABA in the high half, slot number + 1 in the low half.
    free: AtomicU64,
}

static TABLE: Table = Table::new();

impl Table {
    const fn new() -> Self {
        Table {
            chunks: [const { AtomicPtr::new(std::ptr::null_mut()) }; MAX_SLOTS as usize / CHUNK_SLOTS],
            used: AtomicU32::new(0),
            free: AtomicU64::new(0),
        }
    }

    #[inline]
    fn slot(&self, number: u32) -> Option<&'static Slot> {
        let number = number as usize;
        let chunk = self.chunks.get(number / CHUNK_SLOTS)?.load(Ordering::Acquire);
        if chunk.is_null() {
            return None;
        }
        // SAFETY: a chunk has CHUNK_SLOTS slots, is initialised before it is published and never freed.
        Some(unsafe { &*chunk.add(number % CHUNK_SLOTS) })
    }

    /// A slot that nobody else has, free and with a generation of its own.
    fn take(&'static self) -> GpuResult<&'static Slot> {
        let mut head = self.free.load(Ordering::Acquire);
        while head as u32 != 0 {
            let number = head as u32 - 1;
            let Some(slot) = self.slot(number) else { break };
            // May be stale if another thread takes this slot now; then the counter makes the exchange fail.
            let next = slot.next_free.load(Ordering::Relaxed);
            let new = ((head >> 32).wrapping_add(1) << 32) | next as u64;
            match self.free.compare_exchange_weak(head, new, Ordering::Acquire, Ordering::Acquire) {
                Ok(_) => return Ok(slot),
                Err(now) => head = now,
            }
        }
        let exhausted = || GpuError::MemoryAllocationFailed {
            requested_size: size_of::<Slot>(),
            reason: format!("{MAX_SLOTS} handles are in use or retired"),
        };
        let number = self
            .used
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |used| (used < MAX_SLOTS).then_some(used + 1))
            .map_err(|_| exhausted())?;
        self.ensure_chunk(number as usize / CHUNK_SLOTS)?;
        let slot = self.slot(number).ok_or_else(|| GpuError::Internal("handle slot without chunk".into()))?;
        slot.number.store(number, Ordering::Relaxed);
        slot.table.store(std::ptr::from_ref(self).cast_mut(), Ordering::Relaxed);
        slot.state.fetch_add(1 << GENERATION_SHIFT, Ordering::Relaxed);
        Ok(slot)
    }

    fn ensure_chunk(&self, index: usize) -> GpuResult<()> {
        let place = &self.chunks[index];
        if !place.load(Ordering::Acquire).is_null() {
            return Ok(());
        }
        let failed = || GpuError::MemoryAllocationFailed {
            requested_size: CHUNK_SLOTS * size_of::<Slot>(),
            reason: "host memory for handles is exhausted".into(),
        };
        let layout = Layout::array::<Slot>(CHUNK_SLOTS).map_err(|_| failed())?;
        // SAFETY: the layout is not empty; zeroed memory is CHUNK_SLOTS valid slots.
        let fresh =
            NonNull::new(unsafe { std::alloc::alloc_zeroed(layout) }.cast::<Slot>()).ok_or_else(failed)?;
        let null = std::ptr::null_mut();
        if place.compare_exchange(null, fresh.as_ptr(), Ordering::AcqRel, Ordering::Acquire).is_err() {
            // SAFETY: another thread was faster, so this memory was never published.
            unsafe { std::alloc::dealloc(fresh.as_ptr().cast(), layout) };
        }
        Ok(())
    }

    fn give_back(&self, slot: &Slot) {
        let number = slot.number.load(Ordering::Relaxed);
        let mut head = self.free.load(Ordering::Relaxed);
        loop {
            slot.next_free.store(head as u32, Ordering::Relaxed);
            let new = ((head >> 32).wrapping_add(1) << 32) | (number as u64 + 1);
            match self.free.compare_exchange_weak(head, new, Ordering::Release, Ordering::Relaxed) {
                Ok(_) => return,
                Err(now) => head = now,
            }
        }
    }

    fn publish(&'static self, kind: Kind, object: *mut ()) -> GpuResult<usize> {
        let slot = self.take()?;
        let number = slot.number.load(Ordering::Relaxed);
        slot.object.store(object, Ordering::Relaxed);
        let before = slot.state.fetch_add((kind as u64) << KIND_SHIFT, Ordering::Release);
        let generation = before >> GENERATION_SHIFT;
        Ok(((generation << SLOT_BITS | number as u64) << ALIGN_BITS) as usize)
    }

    /// The slot a handle names and the state word it has while the handle is alive, pins aside.
    #[inline]
    fn decode(&self, bits: usize, kind: Kind) -> Option<(&'static Slot, u64)> {
        let bits = bits as u64;
        let number = (bits >> ALIGN_BITS) as u32 & (MAX_SLOTS - 1);
        let generation = bits >> (ALIGN_BITS + SLOT_BITS);
        if bits & ((1 << ALIGN_BITS) - 1) != 0 || generation == 0 || generation > LAST_GENERATION {
            return None;
        }
        let slot = self.slot(number)?;
        Some((slot, generation << GENERATION_SHIFT | (kind as u64) << KIND_SHIFT))
    }

    #[inline]
    fn pin(&'static self, bits: usize, kind: Kind) -> Option<RawPin> {
        let (slot, alive) = self.decode(bits, kind)?;
        // The first look keeps stale handles from touching a slot that is somebody else's by now.
        if slot.state.load(Ordering::Relaxed) & !PINS != alive {
            return None;
        }
        let before = slot.state.fetch_add(1, Ordering::Acquire);
        let pin = RawPin { slot };
        // On a mismatch it was destroyed between the two looks; dropping `pin` undoes the count.
        (before & !PINS == alive).then_some(pin)
    }

    /// Ends a handle. The object goes with the last pin, at the latest with the one taken here.
    fn destroy(&'static self, bits: usize, kind: Kind) -> bool {
        let Some((slot, alive)) = self.decode(bits, kind) else { return false };
        let mut now = slot.state.load(Ordering::Relaxed);
        while now & !PINS == alive {
            let dying = (now | DYING) + 1;
            match slot.state.compare_exchange_weak(now, dying, Ordering::Acquire, Ordering::Relaxed) {
                Ok(_) => {
                    drop(RawPin { slot });
                    return true;
                }
                Err(other) => now = other,
            }
        }
        false
    }

    /// Why `bits` is no live handle of `kind`.
    #[cold]
    fn diagnose(&self, bits: usize, kind: Kind) -> String {
        if bits == 0 {
            return "is NULL".into();
        }
        let foreign = || format!("({bits:#x}) is no handle of this library");
        let Some((slot, alive)) = self.decode(bits, kind) else { return foreign() };
        let state = slot.state.load(Ordering::Relaxed);
        let (generation, wanted) = (state >> GENERATION_SHIFT, alive >> GENERATION_SHIFT);
        let actual = state >> KIND_SHIFT & KIND_MASK;
        if wanted < generation || (wanted == generation && state & DYING != 0) {
            return format!("({bits:#x}) was destroyed");
        }
        if wanted == generation && actual != 0 {
            return format!("({bits:#x}) is of kind {}, not {}", kind_name(actual), kind_name(kind as u64));
        }
        foreign()
    }
}

/// Keeps one slot's object alive.
struct RawPin {
    slot: &'static Slot,
}

impl Drop for RawPin {
    #[inline]
    fn drop(&mut self) {
        let before = self.slot.state.fetch_sub(1, Ordering::AcqRel);
        if before & DYING != 0 && before & PINS == 1 {
            self.bury(before - 1);
        }
    }
}

impl RawPin {
    /// Frees the slot and drops its object, unless a late look-up is just undoing its count: then that one comes here.
    #[cold]
    fn bury(&self, dying: u64) {
        let next = (dying >> GENERATION_SHIFT) + 1;
        let exchanged = self.slot.state.compare_exchange(
            dying,
            next << GENERATION_SHIFT,
            Ordering::AcqRel,
            Ordering::Relaxed,
        );
        if exchanged.is_err() {
            return;
        }
        // The slot is in no list yet, so nobody else writes it.
        let object = self.slot.object.swap(std::ptr::null_mut(), Ordering::Relaxed);
        if next <= LAST_GENERATION {
            // SAFETY: set by `take` to a table that lives for ever.
            unsafe { &*self.slot.table.load(Ordering::Relaxed) }.give_back(self.slot);
        }
        // SAFETY: the exchange above succeeds once a generation, so the object is ours; `publish` stored it with this
        // kind.
        unsafe { drop_object(dying >> KIND_SHIFT & KIND_MASK, object) };
    }
}

/// A live object behind a handle; it cannot go away while this value lives.
pub(super) struct Pin<T: 'static> {
    raw: RawPin,
    marker: PhantomData<&'static T>,
}

impl<T: 'static> Deref for Pin<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        let object = self.raw.slot.object.load(Ordering::Relaxed).cast::<T>();
        // SAFETY: the pin was taken with the kind of `T`, so the pointer is a `T` that lives until the pin is dropped.
        unsafe { &*object }
    }
}

/// Pins of one list of handles, which end together.
pub(super) struct Pins<'r> {
    slots: Places<'r, &'static Slot>,
}

impl<'r> Pins<'r> {
    /// For as many handles as there are places.
    #[inline]
    pub(super) fn new(slots: Places<'r, &'static Slot>) -> Self {
        Pins { slots }
    }

    /// The object behind a handle; None if there is none.
    ///
    /// # Safety
    /// The pins are kept for `'a`.
    #[inline]
    pub(super) unsafe fn add<'a, T: Object>(&mut self, handle: *const T::Handle) -> Option<&'a T> {
        let pin = TABLE.pin(handle.addr(), T::KIND)?;
        let object = pin.slot.object.load(Ordering::Relaxed).cast::<T>();
        self.slots.push(pin.slot);
        std::mem::forget(pin);
        // SAFETY: the pin was taken with the kind of `T`, so the pointer is a `T` that lives as long as the pin, which is
        // now one of these.
        Some(unsafe { &*object })
    }
}

impl Drop for Pins<'_> {
    #[inline]
    fn drop(&mut self) {
        for slot in self.slots.as_slice() {
            drop(RawPin { slot });
        }
    }
}

/// Hands an object to C.
pub(super) fn publish<T: Object>(object: T) -> GpuResult<*mut T::Handle> {
    let object = Box::into_raw(Box::new(object));
    match TABLE.publish(T::KIND, object.cast()) {
        Ok(bits) => Ok(std::ptr::without_provenance_mut(bits)),
        Err(error) => {
            // SAFETY: the object was not published, so it is still ours.
            drop(unsafe { Box::from_raw(object) });
            Err(error)
        }
    }
}

/// The object behind a handle; `argument` names it in the error.
#[inline]
pub(super) fn pin<T: Object>(handle: *const T::Handle, argument: &str) -> GpuResult<Pin<T>> {
    match TABLE.pin(handle.addr(), T::KIND) {
        Some(raw) => Ok(Pin { raw, marker: PhantomData }),
        None => Err(invalid::<T>(handle.addr(), argument)),
    }
}

/// Ends a handle; NULL does nothing.
pub(super) fn destroy<T: Object>(handle: *mut T::Handle, argument: &str) -> GpuResult<()> {
    match handle.is_null() || TABLE.destroy(handle.addr(), T::KIND) {
        true => Ok(()),
        false => Err(invalid::<T>(handle.addr(), argument)),
    }
}

#[cold]
pub(super) fn invalid<T: Object>(bits: usize, argument: &str) -> GpuError {
    GpuError::InvalidHandle { argument: argument.into(), reason: TABLE.diagnose(bits, T::KIND) }
}

#[cfg(test)]
#[path = "handle_tests.rs"]
mod tests;
