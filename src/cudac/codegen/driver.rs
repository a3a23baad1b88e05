//! Runs thread blocks: region after region, and between them the barriers and warp operations (`barriers`, `warps`).

use std::ops::Range;
use std::sync::atomic::Ordering;

use crate::cudac::block_ir::ir::{EXITED, PointKind};
use crate::cudac::thread_ir::BarrierKind;

use super::CompiledKernel;
use super::checker::Checker;
use super::context::*;
use super::cranelift::FAULTED;
use super::helpers::HELPERS;
use super::launch::{KernelFault, Launch};

/// Scratch memory of one worker, kept from launch to launch.
#[derive(Default)]
pub struct Worker {
    shared: Vec<Line>,
    live: Vec<Line>,
    locals: Vec<Line>,
    thread_locals: Vec<Line>,
    /// Threads left to tails.
    notes: Vec<Line>,
    states: Vec<u16>,
    order: Vec<u32>,
    checker: Checker,
}

/// One cache line, for alignment.
#[derive(Clone, Copy)]
#[repr(C, align(128))]
struct Line([u8; 128]);

fn room(v: &mut Vec<Line>, bytes: usize) -> Result<*mut u8, KernelFault> {
    let lines = bytes.div_ceil(128);
    if v.len() < lines {
        // Allocation of what the kernel asks for may fail without killing the host process.
        let out_of_memory = KernelFault {
            kind: FaultKind::OutOfMemory,
            block: [0; 3],
            thread: [0; 3],
            loc: 0,
            other: 0,
            info: bytes as u64,
        };
        v.try_reserve(lines - v.len()).map_err(|_| out_of_memory)?;
        v.resize(lines, Line([0; 128]));
    }
    Ok(v.as_mut_ptr().cast())
}

impl Worker {
    pub fn new() -> Self {
        Self::default()
    }
}

type RegionFn = unsafe extern "C" fn(*mut BlockCtx) -> u32;

impl CompiledKernel {
    /// Runs the blocks of a range of linear block numbers on this thread.
    ///
    /// # Safety
    /// `launch.params` and `launch.globals` must be as described there, and every address the kernel computes
    /// from them must be valid for what the kernel does with it (in checked mode `launch.ranges` guards that).
    pub unsafe fn run_blocks(
        &self,
        launch: &Launch,
        worker: &mut Worker,
        blocks: Range<u64>,
    ) -> Result<(), KernelFault> {
        let n = launch.threads();
        let padded = n.next_multiple_of(16);
        let shared_bytes = self.dynamic_shared_offset() as usize + launch.dyn_shared as usize;
        let live_bytes = self.block.live_bytes as usize * padded as usize;
        let local_bytes = self.block.local_thread_bytes as usize * n as usize;
        if worker.states.len() < n as usize {
            worker.states.resize(n as usize, 0);
        }
        let marker = 0u8;
        let here = &raw const marker as usize;
        let scratch = Scratch {
            shared: shared_bytes as u64,
            shared_gap: (self.static_shared as u64, self.dynamic_shared_offset() as u64),
            locals: self.block.local_shared_bytes as u64,
            thread_locals: local_bytes as u64,
            stack_top: here as u64,
            // An empty vector allocates nothing: launches of a few blocks are counted in nanoseconds.
            read_only: if self.checked { self.read_only_ranges(launch) } else { Vec::new() },
        };
        let notes = room(&mut worker.notes, self.tails.note_room(launch.block))?;
        let mut ctx = BlockCtx {
            params: launch.params,
            shared: room(&mut worker.shared, shared_bytes)?,
            live: room(&mut worker.live, live_bytes)?,
            locals: room(&mut worker.locals, self.block.local_shared_bytes as usize)?,
            thread_locals: room(&mut worker.thread_locals, local_bytes)?,
            states: worker.states.as_mut_ptr(),
            globals: launch.globals.as_ptr(),
            funcs: self.func_table.as_ptr(),
            next_note: notes.cast(),
            helpers: &HELPERS,
            stop: launch.stop,
            stack_limit: here.saturating_sub(launch.stack_budget),
            ntid: launch.block,
            nctaid: launch.grid,
            ctaid: [0; 3],
            dyn_smem: launch.dyn_shared,
            nthreads: n,
            padded,
            tid: [0; 3],
            thread: 0,
            fault: FaultRecord::default(),
            launch: (&raw const *launch).cast(),
            scratch: &scratch,
            order: std::ptr::null(),
            checker: std::ptr::null_mut(),
        };
        if self.checked {
            worker.order.clear();
            worker.order.extend(0..n);
            ctx.checker = &mut worker.checker;
        }
        let [gx, gy, _] = launch.grid.map(|g| g as u64);
        let step = block_step(launch.seed, launch.blocks());
        for i in blocks.clone() {
            if launch.stop.load(Ordering::Relaxed) != 0 {
                return Err(fault_at(&ctx, FaultKind::Stopped));
            }
            // Divisions take as long as a small block: without a seed the next block is counted to.
            if launch.seed != 0 || i == blocks.start {
                let at = (i as u128 * step as u128 + launch.seed as u128) % launch.blocks() as u128;
                let at = at as u64;
                ctx.ctaid = [(at % gx) as u32, (at / gx % gy) as u32, (at / gx / gy) as u32];
            } else {
                next_block(&mut ctx.ctaid, launch.grid);
            }
            if self.checked {
                worker.checker.start_block(n, shared_bytes);
                permute(&mut worker.order, launch.seed.wrapping_mul(i + 1));
                ctx.order = worker.order.as_ptr();
                ctx.checker = &mut worker.checker;
            }
            // SAFETY: passed on from the caller; the context is complete.
            let ok = unsafe { self.block(&mut ctx, notes.cast()) };
            if !ok {
                let kind = FaultKind::from_u32(ctx.fault.kind);
                return Err(fault_at(&ctx, kind));
            }
        }
        Ok(())
    }

    /// # Safety
    /// As `run_blocks`.
    unsafe fn run_region(&self, ctx: &mut BlockCtx, point: u32) -> u32 {
        // SAFETY: the address is the entry of a finished region function of this signature.
        let f = unsafe { std::mem::transmute::<usize, RegionFn>(self.region_table[point as usize]) };
        // SAFETY: passed on from the caller.
        unsafe { f(ctx) }
    }

    /// Runs one block. False after a fault.
    ///
    /// # Safety
    /// As `run_blocks`.
    unsafe fn block(&self, ctx: &mut BlockCtx, notes: *mut TailNote) -> bool {
        let mut point = 0;
        let mut polls = 0u32;
        loop {
            if !self.block.regions[point as usize].together {
                states(ctx).fill(point as u16 | RUN);
                // SAFETY: passed on from the caller.
                match unsafe { self.diverged(ctx) } {
                    EXITED => return true,
                    FAULTED => return false,
                    next => point = next,
                }
                continue;
            }
            // SAFETY: passed on from the caller.
            let mut next = unsafe { self.run_region(ctx, point) };
            if ctx.next_note != notes && next != FAULTED {
                // SAFETY: passed on from the caller; the region has written the notes up to the next one.
                next = unsafe { self.run_tails(ctx, notes) };
            }
            match next {
                EXITED => return true,
                FAULTED => return false,
                _ => {}
            }
            let p = &self.block.points[next as usize];
            match p.kind {
                PointKind::Barrier(BarrierKind::Sync) if !self.checked => {}
                PointKind::Barrier(kind) => {
                    tell_checker(ctx, Checker::barrier);
                    self.barrier_result(ctx, kind, &mut std::iter::once((p, None)));
                }
                PointKind::Warp { op, masked, ty } => {
                    for w in 0..ctx.nthreads.div_ceil(32) {
                        self.whole_warp(ctx, p, op, masked, ty, w);
                    }
                }
                PointKind::Largest { signed } => self.largest(ctx, p, signed),
                PointKind::Entry | PointKind::Soft { .. } | PointKind::Meet => {}
            }
            point = next;
            polls += 1;
            if polls.is_multiple_of(64) && stopped(ctx) {
                return false;
            }
        }
    }

    /// Threads may stand at different points. Goes on until all have come to one from which they go on together:
    /// gives that, or `EXITED` or `FAULTED`.
    ///
    /// # Safety
    /// As `run_blocks`.
    unsafe fn diverged(&self, ctx: &mut BlockCtx) -> u32 {
        // Turns of loops that wait for others, without anything done for those that wait at operations. After so many
        // everybody who can run gets a turn, more and more often, whatever the order; and warp operations no longer wait
        // for lanes that may be waiting for them.
        const PATIENCE: u32 = 1024;
        const SETTLE: u32 = 4;
        let (mut turns, mut gap, mut fair, mut warps) = (0u32, PATIENCE, PATIENCE, PATIENCE);
        let mut polls = 0u32;
        loop {
            polls += 1;
            if polls.is_multiple_of(64) && stopped(ctx) {
                return FAULTED;
            }
            if turns >= fair {
                for p in self.runnable(ctx) {
                    // SAFETY: passed on from the caller.
                    if unsafe { self.run_region(ctx, p) } == FAULTED {
                        return FAULTED;
                    }
                }
                turns += 1;
                gap = (gap / 2).max(8);
                fair = turns + gap;
                if turns >= warps {
                    warps = turns.saturating_add(PATIENCE);
                    if self.warps(ctx, false) {
                        (turns, gap, fair, warps) = (0, PATIENCE, PATIENCE, PATIENCE);
                    }
                }
                continue;
            }
            if let Some(p) = self.first_runnable(ctx) {
                if self.block.points[p as usize].kind == (PointKind::Soft { waits: true }) {
                    turns += 1;
                    // What is waited for may lie behind an operation that another warp has come to as a whole:
                    // it goes on at once.
                    if turns.is_multiple_of(SETTLE) && self.settled_warps(ctx) {
                        fair = turns;
                        continue;
                    }
                }
                // SAFETY: passed on from the caller.
                if unsafe { self.run_region(ctx, p) } == FAULTED {
                    return FAULTED;
                }
                continue;
            }
            (turns, gap, fair, warps) = (0, PATIENCE, PATIENCE, PATIENCE);
            let all_out = states(ctx).iter().all(|&s| s == EXITED as u16);
            if all_out {
                return EXITED;
            }
            if self.warps(ctx, false) {
                continue;
            }
            if self.barrier(ctx) || self.meet(ctx) {
                if ctx.fault.kind != 0 {
                    return FAULTED;
                }
                let all = states(ctx);
                let point = (all[0] & !RUN) as u32;
                if all.iter().all(|s| *s == all[0]) && self.block.regions[point as usize].together {
                    return point;
                }
                continue;
            }
            if self.warps(ctx, true) {
                if ctx.fault.kind != 0 {
                    return FAULTED;
                }
                continue;
            }
            // Every thread waits and nothing can be completed: cannot happen, a barrier or a lenient warp
            // operation always can.
            debug_assert!(false, "no thread can go on");
            return FAULTED;
        }
    }

    /// The runnable point that comes first in the convergence order.
    fn first_runnable(&self, ctx: &mut BlockCtx) -> Option<u32> {
        let mut best: Option<u32> = None;
        self.for_each_runnable(ctx, |p| {
            let order = |p: u32| self.block.points[p as usize].order;
            if best.is_none_or(|b| order(p) < order(b)) {
                best = Some(p);
            }
        });
        best
    }

    /// Every point that some thread can go on from, in the convergence order.
    fn runnable(&self, ctx: &mut BlockCtx) -> Vec<u32> {
        let mut all: Vec<u32> = Vec::new();
        self.for_each_runnable(ctx, |p| {
            if !all.contains(&p) {
                all.push(p);
            }
        });
        all.sort_by_key(|&p| self.block.points[p as usize].order);
        all
    }

    /// Points may come more than once.
    fn for_each_runnable(&self, ctx: &mut BlockCtx, mut found: impl FnMut(u32)) {
        let mut seen = 0u64;
        let mut last = 0;
        let all = states(ctx);
        let mut t = 0;
        while t < all.len() {
            // Neighbours usually stand together.
            let s = all[t];
            let warp = &all[t..all.len().min(t + 32)];
            t += if t.is_multiple_of(32) && all_are(warp, s) { warp.len() } else { 1 };
            if s & RUN == 0 || s == last {
                continue;
            }
            last = s;
            let p = (s & !RUN) as u32;
            if p < 64 && seen >> p & 1 != 0 {
                continue;
            }
            if p < 64 {
                seen |= 1 << p;
            }
            found(p);
        }
    }
}

/// The block after this one in the order of linear numbers.
fn next_block(at: &mut [u32; 3], grid: [u32; 3]) {
    at[0] += 1;
    if at[0] == grid[0] {
        at[0] = 0;
        at[1] += 1;
        if at[1] == grid[1] {
            at[1] = 0;
            at[2] += 1;
        }
    }
}

/// Tells the race detector, in checked mode.
pub(super) fn tell_checker(ctx: &BlockCtx, f: impl FnOnce(&mut Checker)) {
    // SAFETY: null or the worker's own checker; generated code is not running and nobody else holds it.
    if let Some(c) = unsafe { ctx.checker.as_mut() } {
        f(c);
    }
}

/// Shuffles by a seed; 0 leaves the order as it is.
fn permute(order: &mut [u32], seed: u64) {
    let mut x = seed;
    if seed == 0 {
        return;
    }
    for i in (1..order.len()).rev() {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        order.swap(i, (x % (i as u64 + 1)) as usize);
    }
}

/// A step that visits every block once: 1 without a seed, else coprime to the number of blocks.
fn block_step(seed: u64, blocks: u64) -> u64 {
    let gcd = |mut a: u64, mut b: u64| {
        while b != 0 {
            (a, b) = (b, a % b);
        }
        a
    };
    if seed == 0 {
        return 1;
    }
    (seed % blocks.max(1)..).find(|&s| s > 0 && gcd(s, blocks) == 1).unwrap_or(1)
}

fn fault_at(ctx: &BlockCtx, kind: FaultKind) -> KernelFault {
    let f = &ctx.fault;
    let [x, y, _] = ctx.ntid;
    let t = f.thread;
    let thread = [t % x.max(1), t / x.max(1) % y.max(1), t / x.max(1) / y.max(1)];
    KernelFault { kind, block: ctx.ctaid, thread, loc: f.loc, other: f.other, info: f.info }
}

/// Notes the stop in the fault record if the flag is set.
fn stopped(ctx: &mut BlockCtx) -> bool {
    // SAFETY: the launch outlives the run.
    let stop = unsafe { &*ctx.stop }.load(Ordering::Relaxed) != 0;
    if stop && ctx.fault.kind == 0 {
        ctx.fault.kind = FaultKind::Stopped as u32;
    }
    stop
}

pub(super) fn states(ctx: &mut BlockCtx) -> &mut [u16] {
    // SAFETY: the worker's state array has at least `nthreads` elements and generated code is not running.
    unsafe { std::slice::from_raw_parts_mut(ctx.states, ctx.nthreads as usize) }
}

/// All threads are in one state.
pub(super) fn all_are(states: &[u16], s: u16) -> bool {
    states.iter().fold(0, |d, &t| d | (t ^ s)) == 0
}
