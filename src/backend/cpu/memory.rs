//! Memory of the CPU device: ordinary host memory behind the same addresses and calls as a GPU's.

use std::alloc::{Layout, alloc, dealloc};

use std::collections::BTreeMap;

use crate::backend::GpuBuffer;
use crate::cudac::codegen::MemRange;
use crate::error::{GpuError, GpuResult};
use crate::fork::ForkLocal;
use crate::sync::Mutex;

/// CUDA aligns allocations to 256 bytes; kernels and their authors rely on it.
const ALIGNMENT: usize = 256;

/// Every live allocation. Checked kernels may touch these and nothing else.
#[derive(Clone, Default)]
struct Live {
    /// Address to size.
    sizes: BTreeMap<u64, usize>,
    /// The list was being changed at the fork that made this process: nothing is known of what the parent had.
    torn: bool,
}

static LIVE: ForkLocal<Mutex<Live>> = ForkLocal::new(|parent| {
    Mutex::new(match parent.map(Mutex::try_lock) {
        None => Live::default(),
        Some(Some(live)) => live.clone(),
        Some(None) => Live { torn: true, ..Live::default() },
    })
});

fn layout(size: usize) -> Option<Layout> {
    Layout::from_size_align(size, ALIGNMENT).ok()
}

/// Uninitialised memory of `size` bytes (not 0).
pub fn allocate(size: usize) -> GpuResult<GpuBuffer> {
    let failed =
        |reason: &str| GpuError::MemoryAllocationFailed { requested_size: size, reason: reason.into() };
    if size == 0 {
        return Err(GpuError::Internal("CPU device asked for 0 bytes".into()));
    }
    let layout = layout(size).ok_or_else(|| failed("larger than the address space"))?;
    // SAFETY: the layout has a non-zero size.
    let pointer = unsafe { alloc(layout) };
    if pointer.is_null() {
        return Err(failed("host memory is exhausted"));
    }
    LIVE.get().lock().sizes.insert(pointer as u64, size);
    Ok(GpuBuffer { device_pointer: pointer as u64, size, device_id: 0 })
}

/// Releases what `allocate` gave. The layer above calls this once per buffer.
pub fn free(buffer: &GpuBuffer) {
    if let (true, Some(layout)) = (buffer.device_pointer != 0, layout(buffer.size)) {
        LIVE.get().lock().sizes.remove(&buffer.device_pointer);
        // SAFETY: `buffer` came from `allocate` with the same size, and the owner frees it once.
        unsafe { dealloc(buffer.device_pointer as *mut u8, layout) }
    }
}

/// Copies into device memory. The layer above has checked the range.
pub fn write(buffer: &GpuBuffer, offset: usize, src: &[u8]) {
    let dst = buffer.device_pointer as *mut u8;
    // SAFETY: `offset + src.len()` lies within the live buffer (checked above the trait). Kernels may write the same
    // bytes at the same time only if the caller races with itself, as on a GPU.
    unsafe { std::ptr::copy(src.as_ptr(), dst.add(offset), src.len()) }
}

/// Copies out of device memory. The layer above has checked the range.
pub fn read(buffer: &GpuBuffer, offset: usize, dst: &mut [u8]) {
    let src = buffer.device_pointer as *const u8;
    // SAFETY: as in `write`.
    unsafe { std::ptr::copy(src.add(offset), dst.as_mut_ptr(), dst.len()) }
}

/// Copies between two buffers of the CPU device, which may be the same one.
pub fn copy(dst: &GpuBuffer, dst_offset: usize, src: &GpuBuffer, src_offset: usize, size: usize) {
    // SAFETY: both ranges were checked above the trait; `copy` allows overlap.
    unsafe {
        std::ptr::copy(
            (src.device_pointer as *const u8).add(src_offset),
            (dst.device_pointer as *mut u8).add(dst_offset),
            size,
        )
    }
}

/// Sets a range to one byte value.
pub fn fill(buffer: &GpuBuffer, offset: usize, value: u8, size: usize) {
    // SAFETY: the range was checked above the trait.
    unsafe { std::ptr::write_bytes((buffer.device_pointer as *mut u8).add(offset), value, size) }
}

/// All live allocations, sorted by address.
pub fn live_ranges() -> Vec<MemRange> {
    let live = LIVE.get().lock();
    if live.torn {
        return vec![MemRange { start: 0, size: u64::MAX, writable: true }];
    }
    live.sizes
        .iter()
        .map(|(start, size)| MemRange { start: *start, size: *size as u64, writable: true })
        .collect()
}
