//! What a launch is to generated code: its shape, its memory, and how it can end early.

use std::sync::atomic::AtomicU32;

use super::context::*;

/// A live range of memory, for checked mode.
#[derive(Clone, Copy, Debug)]
pub struct MemRange {
    pub start: u64,
    pub size: u64,
    pub writable: bool,
}

/// Takes the text of one `printf`.
pub type PrintfSink = dyn Fn(&[u8]) + Sync;

/// One launch, shared by all workers.
pub struct Launch<'a> {
    pub grid: [u32; 3],
    pub block: [u32; 3],
    /// Bytes of dynamic shared memory.
    pub dyn_shared: u32,
    /// Parameter buffer, laid out as `CompiledKernel::params` says; lives until the last block has run.
    pub params: *const u8,
    /// Address of each symbol of the kernel, by its index; unused for shared variables.
    pub globals: &'a [*mut u8],
    /// Not 0: end as soon as possible.
    pub stop: &'a AtomicU32,
    /// Takes the text of each `printf`, from any worker.
    pub printf: Option<&'a PrintfSink>,
    /// Checked mode: all live buffers, sorted by address.
    pub ranges: &'a [MemRange],
    /// Bytes of the worker's stack that recursion may use.
    pub stack_budget: usize,
    /// Checked mode: permutes threads and blocks, reproducibly; 0 is the ascending order.
    pub seed: u64,
}

// SAFETY: the pointers are read-only for the launch or point to memory that the kernel may share by CUDA's rules.
unsafe impl Sync for Launch<'_> {}
// SAFETY: as above.
unsafe impl Send for Launch<'_> {}

impl Launch<'_> {
    /// Threads of one block.
    pub fn threads(&self) -> u32 {
        self.block.iter().product()
    }

    /// Blocks of the grid.
    pub fn blocks(&self) -> u64 {
        self.grid.iter().map(|&n| n as u64).product()
    }

    /// Whether `[addr, addr + size)` lies in one live range, and whether that may be written.
    pub(super) fn find_range(&self, ctx: &BlockCtx, addr: u64, size: u64) -> Option<bool> {
        let inside = |start: u64, len: u64| addr >= start && size <= len && addr - start <= len - size;
        let i = self.ranges.partition_point(|r| r.start <= addr);
        if let Some(r) = i.checked_sub(1).map(|i| &self.ranges[i])
            && inside(r.start, r.size)
        {
            return Some(r.writable);
        }
        // SAFETY: the driver sets the scratch to a live `Worker` part for the time of the run.
        let s = unsafe { &*ctx.scratch };
        if inside(ctx.shared as u64, s.shared) {
            let at = addr - ctx.shared as u64;
            return (at + size <= s.shared_gap.0 || at >= s.shared_gap.1).then_some(true);
        }
        let own = [(ctx.locals, s.locals), (ctx.thread_locals, s.thread_locals)];
        if own.iter().any(|&(p, n)| inside(p as u64, n)) {
            return Some(true);
        }
        // Local variables of recursive functions.
        let stack = ctx.stack_limit as u64;
        if inside(stack, s.stack_top - stack) {
            return Some(true);
        }
        s.read_only.iter().any(|&(p, n)| inside(p, n)).then_some(false)
    }
}

/// Why a kernel ended early.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KernelFault {
    pub kind: FaultKind,
    pub block: [u32; 3],
    pub thread: [u32; 3],
    /// Line table index; 0 is unknown.
    pub loc: u32,
    /// The second thread (linear number) of a race or a divergent barrier.
    pub other: u32,
    /// The address of a bad access, the string number of an assert.
    pub info: u64,
}
