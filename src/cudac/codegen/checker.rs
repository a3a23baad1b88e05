//! Checked mode: bounds of every access, and races between threads on shared memory.
//!
//! A race is two accesses of one byte by different threads, at least one of them a plain write, with no barrier
//! between (threads of one warp may also be ordered by a warp operation). Atomic and volatile accesses do not
//! race with each other; writing the value that is already there is no race.

use super::context::*;
use super::launch::Launch;

/// One remembered access of a byte.
#[derive(Clone, Copy, Default)]
struct Access {
    /// Block epoch; 0 is never.
    epoch: u32,
    warp_epoch: u32,
    thread: u32,
    atomic: bool,
}

/// What happened to one byte of shared memory.
#[derive(Clone, Copy, Default)]
struct Shadow {
    write: Access,
    /// The first reader of the epoch, and the last other one.
    reads: [Access; 2],
}

/// State of the race detector for one worker.
#[derive(Default)]
pub struct Checker {
    /// Counts block barriers; never 0 while a block runs.
    epoch: u32,
    /// Counts warp operations, by warp.
    warp_epoch: Vec<u32>,
    shadow: Vec<Shadow>,
}

impl Checker {
    /// A new block: nothing has been accessed.
    pub fn start_block(&mut self, threads: u32, shared_bytes: usize) {
        if self.shadow.len() < shared_bytes || self.epoch > u32::MAX / 2 {
            self.shadow = vec![Shadow::default(); shared_bytes];
            self.epoch = 0;
        }
        self.epoch += 1;
        self.warp_epoch.clear();
        self.warp_epoch.resize(threads.div_ceil(32) as usize, 0);
    }

    /// A block barrier has been completed.
    pub fn barrier(&mut self) {
        self.epoch += 1;
    }

    /// A warp operation has been completed.
    pub fn warp_op(&mut self, warp: u32) {
        self.warp_epoch[warp as usize] += 1;
    }

    /// The other thread if this access of shared memory races with an earlier one.
    fn access(&mut self, offset: usize, size: usize, thread: u32, write: bool, atomic: bool) -> Option<u32> {
        let now =
            Access { epoch: self.epoch, warp_epoch: self.warp_epoch[thread as usize / 32], thread, atomic };
        let conflicts = |old: &Access| {
            let ordered = old.thread / 32 == thread / 32 && old.warp_epoch != now.warp_epoch;
            old.epoch == now.epoch && old.thread != thread && !ordered && !(old.atomic && atomic)
        };
        let bytes = self.shadow.get_mut(offset..offset + size)?;
        for s in bytes {
            if conflicts(&s.write) {
                return Some(s.write.thread);
            }
            if write {
                if let Some(r) = s.reads.iter().find(|r| conflicts(r)) {
                    return Some(r.thread);
                }
                s.write = now;
            } else if s.reads[0].epoch != now.epoch || s.reads[0].thread == thread {
                s.reads[0] = now;
            } else {
                s.reads[1] = now;
            }
        }
        None
    }
}

/// `Helpers::check`: 0 if the access may go on; otherwise the fault is recorded. `what` is the size in bytes and
/// the `CHECK_` flags; `align` is what CUDA demands of the address; `val` the bits of a store of one scalar.
///
/// # Safety
/// Called by generated code with the context it was given.
pub unsafe extern "C" fn check(
    ctx: *mut BlockCtx,
    addr: u64,
    what: u64,
    align: u32,
    loc: u32,
    thread: u32,
    val: u64,
) -> u32 {
    let (write, atomic) = (what & CHECK_WRITE != 0, what & CHECK_ATOMIC != 0);
    let size = what & !(CHECK_WRITE | CHECK_ATOMIC | CHECK_VALUE);
    if size == 0 {
        return 0;
    }
    // SAFETY: the context belongs to this worker; its launch and checker outlive the run.
    let (c, launch, checker) = unsafe {
        let c = &mut *ctx;
        (&*ctx, &*c.launch.cast::<Launch>(), c.checker.as_mut())
    };
    let mut other = 0;
    let kind = if !addr.is_multiple_of(align.max(1) as u64) {
        FaultKind::Misaligned
    } else {
        match launch.find_range(c, addr, size) {
            None => FaultKind::OutOfBounds,
            Some(writable) if write && !writable => FaultKind::ReadOnly,
            Some(_) => {
                let offset = addr.wrapping_sub(c.shared as u64);
                // SAFETY: the driver sets the scratch for the time of the run.
                let shared = unsafe { &*c.scratch }.shared;
                let Some(checker) = checker.filter(|_| offset < shared) else { return 0 };
                // Writing what is there already orders nothing and disturbs nobody.
                // SAFETY: the range was just found to be live.
                let same =
                    write && !atomic && what & CHECK_VALUE != 0 && unsafe { same_bytes(addr, size, val) };
                if same {
                    return 0;
                }
                let racing = checker.access(offset as usize, size as usize, thread, write, atomic);
                let Some(t) = racing else { return 0 };
                other = t;
                FaultKind::Race
            }
        }
    };
    // SAFETY: as above.
    let c = unsafe { &mut *ctx };
    if c.fault.kind == 0 {
        c.fault = FaultRecord { kind: kind as u32, loc, thread, other, info: addr };
    }
    1
}

/// # Safety
/// `size` bytes (at most 8) are readable at `addr`.
unsafe fn same_bytes(addr: u64, size: u64, val: u64) -> bool {
    let bytes = val.to_le_bytes();
    // SAFETY: promised by the caller.
    let there = unsafe { std::slice::from_raw_parts(addr as *const u8, size as usize) };
    there == &bytes[..size as usize]
}
