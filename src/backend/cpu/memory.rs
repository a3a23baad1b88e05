//! Memory of the CPU device: ordinary host memory behind the same addresses and calls as a GPU's.

use std::alloc::{Layout, alloc, dealloc};

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

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

/// Size of the pages that large buffers ask for: with small ones, a kernel that goes through many rows of a matrix at
/// once waits for page tables more than for memory.
const HUGE_PAGE: usize = 2 << 20;
/// Buffers from this size on lie on pages of their own.
const LARGE: usize = 2 * HUGE_PAGE;
/// Large buffers begin at so many different places of a page. Where several began at the same one, what a kernel stores in
/// one of them would look to the processor like what it loads next from another (it compares the lowest 12 bits).
const PLACES: usize = 16;

/// What is asked for, and what there is in front of the buffer.
fn layout(size: usize) -> Option<Layout> {
    match size < LARGE {
        true => Layout::from_size_align(size, ALIGNMENT).ok(),
        false => Layout::from_size_align(size.checked_add(PLACES * ALIGNMENT)?, HUGE_PAGE).ok(),
    }
}

/// Where in its page the next large buffer begins.
fn next_place() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    // Steps of five visit all places, neighbours far from one another.
    NEXT.fetch_add(5, Ordering::Relaxed) % PLACES * ALIGNMENT
}

/// Asks for huge pages; where the system has none, nothing is different.
#[cfg(target_os = "linux")]
fn prefer_huge_pages(start: *mut u8, size: usize) {
    // SAFETY: the pages are this allocation's own, and their contents do not change.
    unsafe { libc::madvise(start.cast(), size / HUGE_PAGE * HUGE_PAGE, libc::MADV_HUGEPAGE) };
}

#[cfg(not(target_os = "linux"))]
fn prefer_huge_pages(_start: *mut u8, _size: usize) {}

/// Uninitialised memory of `size` bytes (not 0).
pub fn allocate(size: usize) -> GpuResult<GpuBuffer> {
    let failed =
        |reason: &str| GpuError::MemoryAllocationFailed { requested_size: size, reason: reason.into() };
    if size == 0 {
        return Err(GpuError::Internal("CPU device asked for 0 bytes".into()));
    }
    let layout = layout(size).ok_or_else(|| failed("larger than the address space"))?;
    // SAFETY: the layout has a non-zero size.
    let mut pointer = unsafe { alloc(layout) };
    if pointer.is_null() {
        return Err(failed("host memory is exhausted"));
    }
    if size >= LARGE {
        prefer_huge_pages(pointer, layout.size());
        // SAFETY: the layout has room for it behind the buffer.
        pointer = unsafe { pointer.add(next_place()) };
    }
    LIVE.get().lock().sizes.insert(pointer as u64, size);
    Ok(GpuBuffer { device_pointer: pointer as u64, size, device_id: 0 })
}

/// Releases what `allocate` gave. The layer above calls this once per buffer.
pub fn free(buffer: &GpuBuffer) {
    if let (true, Some(layout)) = (buffer.device_pointer != 0, layout(buffer.size)) {
        LIVE.get().lock().sizes.remove(&buffer.device_pointer);
        // Large buffers begin somewhere in their first page.
        let start = buffer.device_pointer & !(layout.align() as u64 - 1);
        // SAFETY: `buffer` came from `allocate` with the same size, and the owner frees it once.
        unsafe { dealloc(start as *mut u8, layout) }
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Buffers around the size from which they lie on pages of their own: aligned, whole, apart, and given back.
    #[test]
    fn large_buffers_are_like_small_ones() {
        let sizes = [100, LARGE - 1, LARGE, LARGE + 1, 3 * HUGE_PAGE + 77];
        let buffers: Vec<GpuBuffer> = sizes.iter().map(|&size| allocate(size).expect("allocates")).collect();
        for (i, b) in buffers.iter().enumerate() {
            assert_eq!(b.device_pointer % ALIGNMENT as u64, 0);
            fill(b, 0, i as u8 + 1, b.size);
        }
        for (i, b) in buffers.iter().enumerate() {
            let mut content = vec![0; b.size];
            read(b, 0, &mut content);
            assert!(content.iter().all(|byte| *byte == i as u8 + 1), "{} bytes", b.size);
            let range = MemRange { start: b.device_pointer, size: b.size as u64, writable: true };
            assert!(live_ranges().iter().any(|r| (r.start, r.size) == (range.start, range.size)));
        }
        buffers.iter().for_each(free);
        let gone = |b: &GpuBuffer| !LIVE.get().lock().sizes.contains_key(&b.device_pointer);
        // Other tests allocate at the same time, but nothing so large.
        assert!(buffers[1..].iter().all(gone));
    }

    #[test]
    fn neighbouring_large_buffers_begin_at_different_places_of_a_page() {
        let places: Vec<usize> = (0..PLACES).map(|_| next_place()).collect();
        assert!(places.iter().all(|p| p % ALIGNMENT == 0 && *p < PLACES * ALIGNMENT));
        assert!(places.windows(2).all(|w| w[0] != w[1]), "{places:?}");
    }
}
