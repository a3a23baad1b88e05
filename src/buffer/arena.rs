//! Host memory of managed buffers: large mapped pieces, page-locked with each device that copies from them.
//!
//! Page-locking costs about 0.16 ms a MiB, so buffers share pieces instead of being locked one by one. Pieces are
//! ordinary mapped memory registered with the drivers: they outlive a lost device. A piece that was registered is
//! kept for reuse until the process ends, because unregistering needs a working driver; others are unmapped.

use std::sync::Arc;

use std::time::Instant;

use crate::device::Device;
use crate::error::{GpuError, GpuResult};
use crate::fork::ForkLocal;
use crate::sync::Mutex;

/// Smallest piece: 16 MiB take about 2.5 ms to lock, once.
const MIN_PIECE: usize = 16 << 20;
/// Blocks start on their own cache lines, aligned as device memory is.
const ALIGNMENT: usize = 256;
/// Registration wants whole pages; 64 KiB covers every page size in use on x86-64 and aarch64.
const PAGE: usize = 64 << 10;

/// A block of host memory, given back to its piece on drop.
pub struct HostBlock {
    piece: Arc<Piece>,
    offset: usize,
    size: usize,
}

struct Piece {
    address: usize,
    size: usize,
    state: Mutex<PieceState>,
}

struct PieceState {
    /// Free ranges (offset, size), sorted by offset, never adjacent.
    free: Vec<(usize, usize)>,
    /// Devices this piece was registered with, or refused it once: asked only once each.
    registered: Vec<Device>,
    /// A GPU was asked once to page-lock the piece. It stays mapped from then on.
    offered: bool,
}

/// Pieces with room for further blocks. A child makes its own: what it inherits lives on with the buffers in it.
static PIECES: ForkLocal<Mutex<Vec<Arc<Piece>>>> = ForkLocal::new(|_| Mutex::new(Vec::new()));

/// A block of `size` bytes (not 0), content unspecified.
pub fn allocate(size: usize) -> GpuResult<HostBlock> {
    let failed = |reason: String| GpuError::MemoryAllocationFailed { requested_size: size, reason };
    let needed = size
        .checked_next_multiple_of(ALIGNMENT)
        .filter(|n| *n <= isize::MAX as usize - PAGE)
        .ok_or_else(|| failed("larger than the address space".into()))?;
    let mut pieces = PIECES.get().lock();
    for piece in pieces.iter() {
        if let Some(offset) = piece.take(needed) {
            return Ok(HostBlock { piece: piece.clone(), offset, size: needed });
        }
    }
    // Each new piece is as large as all before it together, so their number stays small.
    let all: usize = pieces.iter().map(|p| p.size).sum();
    let wanted = needed.max(MIN_PIECE).max(all.min(1 << 30)).next_multiple_of(PAGE);
    let piece = match Piece::map(wanted) {
        Ok(piece) => piece,
        Err(_) => Piece::map(needed.next_multiple_of(PAGE))
            .map_err(|cause| failed(format!("host memory is exhausted: {cause}")))?,
    };
    let piece = Arc::new(piece);
    let offset = piece.take(needed).ok_or_else(|| GpuError::Internal("fresh arena piece is full".into()))?;
    pieces.push(piece.clone());
    Ok(HostBlock { piece, offset, size: needed })
}

impl HostBlock {
    pub fn address(&self) -> usize {
        self.piece.address + self.offset
    }

    /// Page-locks the block's piece for `device`, once. A refusal only costs copy speed; it is the caller's to log,
    /// because a log callback may use the very buffer that the caller has taken. One that came too late is tried again.
    pub fn register_with(&self, device: &Device, deadline: Option<Instant>) -> GpuResult<()> {
        let known = |state: &PieceState| state.registered.iter().position(|d| d.same(device));
        let Some(mut state) = self.piece.state.inherited() else { return Ok(()) };
        if known(&state).is_some() {
            return Ok(());
        }
        state.registered.push(device.clone());
        state.offered |= device.is_gpu();
        drop(state);
        let result = device.compute().register_host_until(self.piece.address, self.piece.size, deadline);
        if matches!(result, Err(GpuError::Timeout { .. } | GpuError::DeviceBusy { .. }))
            && let Some(mut state) = self.piece.state.inherited()
            && let Some(index) = known(&state)
        {
            state.registered.swap_remove(index);
        }
        result
    }
}

impl Drop for HostBlock {
    fn drop(&mut self) {
        let mut pieces = PIECES.get().lock();
        self.piece.give_back(self.offset, self.size);
        if self.piece.is_disposable() && pieces.len() > 1 {
            pieces.retain(|p| !Arc::ptr_eq(p, &self.piece));
        }
    }
}

impl Piece {
    fn map(size: usize) -> std::io::Result<Piece> {
        // SAFETY: a fresh anonymous mapping; no existing memory is touched.
        let address = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                size,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
                -1,
                0,
            )
        };
        if address == libc::MAP_FAILED {
            return Err(std::io::Error::last_os_error());
        }
        let state = PieceState { free: vec![(0, size)], registered: Vec::new(), offered: false };
        Ok(Piece { address: address as usize, size, state: Mutex::new(state) })
    }

    /// First fit.
    fn take(&self, size: usize) -> Option<usize> {
        let mut state = self.state.inherited()?;
        let index = state.free.iter().position(|(_, free)| *free >= size)?;
        let (offset, free) = state.free[index];
        match free == size {
            true => drop(state.free.remove(index)),
            false => state.free[index] = (offset + size, free - size),
        }
        Some(offset)
    }

    fn give_back(&self, offset: usize, size: usize) {
        // In a child the parent's threads may have left the list half changed: then the block is lost, which is harmless.
        let Some(mut state) = self.state.inherited() else { return };
        let index = state.free.partition_point(|(at, _)| *at < offset);
        state.free.insert(index, (offset, size));
        if index + 1 < state.free.len() && offset + size == state.free[index + 1].0 {
            state.free[index].1 += state.free[index + 1].1;
            state.free.remove(index + 1);
        }
        if index > 0 && state.free[index - 1].0 + state.free[index - 1].1 == offset {
            state.free[index - 1].1 += state.free[index].1;
            state.free.remove(index);
        }
    }

    /// Empty, and known to no driver: one that was offered the piece may page-lock it later than the offer's limit.
    fn is_disposable(&self) -> bool {
        let Some(state) = self.state.inherited() else { return false };
        !state.offered && state.free.first() == Some(&(0, self.size))
    }
}

impl Drop for Piece {
    fn drop(&mut self) {
        // SAFETY: dropped only after `is_disposable`: no block lies in it and no driver has it registered.
        unsafe { libc::munmap(self.address as *mut libc::c_void, self.size) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_do_not_overlap_and_coalesce_again() {
        let piece = Piece::map(PAGE).unwrap();
        let mut taken = Vec::new();
        while let Some(offset) = piece.take(ALIGNMENT * 3) {
            taken.push(offset);
        }
        assert_eq!(taken.len(), PAGE / (ALIGNMENT * 3));
        assert!(taken.windows(2).all(|w| w[1] - w[0] >= ALIGNMENT * 3));
        // Every second first, so that merging with both neighbours happens.
        for offset in taken.iter().step_by(2).chain(taken.iter().skip(1).step_by(2)) {
            piece.give_back(*offset, ALIGNMENT * 3);
        }
        assert!(piece.is_disposable());
        assert_eq!(piece.take(PAGE), Some(0));
    }

    #[test]
    fn absurd_sizes_are_refused() {
        for size in [usize::MAX, isize::MAX as usize, 1 << 62] {
            assert!(matches!(allocate(size), Err(GpuError::MemoryAllocationFailed { .. })));
        }
    }

    /// The driver may page-lock the piece after the limit, and must then not find other memory there.
    #[test]
    fn a_piece_that_a_gpu_was_asked_to_lock_stays_mapped() {
        use crate::backend::mock::MockDevice;
        use crate::types::DeviceType;
        use std::sync::atomic::Ordering;
        use std::time::Duration;

        let kept = |address: usize| PIECES.get().lock().iter().any(|piece| piece.address == address);
        // Another piece, so that this one need not be kept as the last.
        let _first = allocate(100).unwrap();
        // Larger than any piece: it gets one of its own.
        let size = PIECES.get().lock().iter().map(|piece| piece.size).sum::<usize>() + MIN_PIECE;
        let (gpu, cpu) = (MockDevice::new(DeviceType::Cuda), MockDevice::new(DeviceType::Cpu));
        for (device, offered) in [(cpu, false), (gpu, true)] {
            let block = allocate(size).unwrap();
            let address = block.piece.address;
            device.stuck.store(true, Ordering::Release);
            let soon = Some(Instant::now() + Duration::from_millis(5));
            let late = block.register_with(&Device::new(device.clone()), soon);
            assert!(matches!(late, Err(GpuError::Timeout { .. })));
            assert!(kept(address));
            drop(block);
            assert_eq!(kept(address), offered);
        }
    }
}
