//! Runs thread blocks: region after region, and between them the barriers and warp operations.

use std::ops::Range;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::cudac::block_ir::ir::{EXITED, Point, PointKind};
use crate::cudac::thread_ir::warp::{Lanes, WarpOp, resolve};
use crate::cudac::thread_ir::{BarrierKind, Ty};

use super::CompiledKernel;
use super::checker::Checker;
use super::context::*;
use super::cranelift::FAULTED;
use super::helpers::HELPERS;

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
        for i in blocks {
            let i = (i as u128 * step as u128 + launch.seed as u128) % launch.blocks() as u128;
            let i = i as u64;
            if launch.stop.load(Ordering::Relaxed) != 0 {
                return Err(fault_at(&ctx, FaultKind::Stopped));
            }
            ctx.ctaid = [(i % gx) as u32, (i / gx % gy) as u32, (i / gx / gy) as u32];
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
                PointKind::Barrier(kind) => {
                    tell_checker(ctx, Checker::barrier);
                    self.barrier_result(ctx, kind, &mut std::iter::once((p, None)));
                }
                PointKind::Warp { op, masked, ty } => {
                    for w in 0..ctx.nthreads.div_ceil(32) {
                        let part = lanes_of_warp(ctx, w);
                        self.warp_op(ctx, p, op, masked, ty, w, part);
                    }
                }
                PointKind::Largest { signed } => self.largest(ctx, p, signed),
                PointKind::Entry | PointKind::Soft | PointKind::Meet => {}
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
        let mut last = u32::MAX;
        let mut again = 0u32;
        // Threads at other points get their turn when one soft point has run this often in a row.
        const PATIENCE: u32 = 1024;
        let mut polls = 0u32;
        loop {
            polls += 1;
            if polls.is_multiple_of(64) && stopped(ctx) {
                return FAULTED;
            }
            let patient = again < PATIENCE;
            let skip = if patient { u32::MAX } else { last };
            if let Some(p) = self.first_runnable(ctx, skip) {
                again = if p == last {
                    again + 1
                } else if patient {
                    0
                } else {
                    again
                };
                if patient {
                    last = p;
                } else if p != last {
                    // Everybody else goes one step, then the soft point has its turn again.
                    again = 0;
                }
                // SAFETY: passed on from the caller.
                if unsafe { self.run_region(ctx, p) } == FAULTED {
                    return FAULTED;
                }
                continue;
            }
            // With patience lost, the soft point alone may run: first complete what can be completed.
            again = 0;
            let soft_left = !patient && self.first_runnable(ctx, u32::MAX).is_some();
            let all_out = states(ctx).iter().all(|&s| s == EXITED as u16);
            if all_out {
                return EXITED;
            }
            if self.warps(ctx, false) || soft_left {
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
    fn first_runnable(&self, ctx: &mut BlockCtx, skip: u32) -> Option<u32> {
        let mut seen = 0u64;
        let mut best: Option<u32> = None;
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
            if p == skip || (p < 64 && seen >> p & 1 != 0) {
                continue;
            }
            if p < 64 {
                seen |= 1 << p;
            }
            let order = |p: u32| self.block.points[p as usize].order;
            if best.is_none_or(|b| order(p) < order(b)) {
                best = Some(p);
            }
        }
        best
    }

    /// Completes warp operations that can be; `lenient` completes them with whoever has come. True if any.
    fn warps(&self, ctx: &mut BlockCtx, lenient: bool) -> bool {
        let mut any = false;
        for w in 0..ctx.nthreads.div_ceil(32) {
            any |= self.one_warp(ctx, w, lenient);
        }
        any
    }

    fn one_warp(&self, ctx: &mut BlockCtx, w: u32, lenient: bool) -> bool {
        let base = w as usize * 32;
        let all = lanes_of_warp(ctx, w);
        // Usually most warps of a block have nothing to do with it.
        let first = states(ctx)[base];
        let waits = |s: u16| {
            s & RUN == 0
                && s != EXITED as u16
                && matches!(self.block.points[s as usize].kind, PointKind::Warp { .. })
        };
        if !waits(first) && all_are(&states(ctx)[base..base + all.count_ones() as usize], first) {
            return false;
        }
        let st: [u16; 32] =
            std::array::from_fn(|i| if all >> i & 1 != 0 { states(ctx)[base + i] } else { EXITED as u16 });
        let alive = (0..32).fold(0u32, |m, i| m | ((st[i] != EXITED as u16) as u32) << i);
        // Points of waiting warp operations, first in convergence order first.
        let mut points: Vec<u32> = Vec::new();
        for &s in &st {
            let p = s as u32;
            if s & RUN == 0
                && p != EXITED
                && !points.contains(&p)
                && matches!(self.block.points[p as usize].kind, PointKind::Warp { .. })
            {
                points.push(p);
            }
        }
        points.sort_by_key(|&p| self.block.points[p as usize].order);
        for p in points {
            let point = &self.block.points[p as usize];
            let PointKind::Warp { op, masked, ty } = point.kind else { continue };
            let here = (0..32).fold(0u32, |m, i| m | ((st[i] as u32 == p) as u32) << i);
            if !masked {
                self.warp_op(ctx, point, op, masked, ty, w, here);
                release(ctx, w, here);
                return true;
            }
            // Each lane names its partners; lanes with the same mask form one operation.
            let mut left = here;
            let mut done = false;
            while left != 0 {
                let first = left.trailing_zeros() as usize;
                let mask = self.operand(ctx, point, 0, base + first) as u32;
                let same = (0..32).filter(|&i| left >> i & 1 != 0);
                let group = same.fold(0u32, |m, i| {
                    m | ((self.operand(ctx, point, 0, base + i) as u32 == mask) as u32) << i
                });
                left &= !group;
                if group & mask == mask & alive || lenient {
                    self.warp_op(ctx, point, op, masked, ty, w, group);
                    release(ctx, w, group);
                    done = true;
                }
            }
            if done {
                return true;
            }
        }
        false
    }

    /// Computes and stores the results of one warp operation for the lanes in `part`.
    #[expect(
        clippy::too_many_arguments,
        reason = "the operation's parts; a struct would be built for one call"
    )]
    fn warp_op(&self, ctx: &BlockCtx, p: &Point, op: WarpOp, masked: bool, ty: Ty, w: u32, part: u32) {
        tell_checker(ctx, |c| c.warp_op(w));
        if op == WarpOp::SyncWarp {
            return;
        }
        let Some(slot) = p.result else { return };
        let base = w as usize * 32;
        let mut lanes = Lanes::default();
        let first = masked as usize;
        if p.operands.len() > first {
            lanes.val = self.read_lanes(ctx, p.operands[first], base, part);
        }
        if let WarpOp::Shfl(_) = op {
            lanes.lane = self.read_lanes(ctx, p.operands[first + 1], base, part).map(|x| x as u32);
            lanes.width = self.read_lanes(ctx, p.operands[first + 2], base, part).map(|x| x as u32);
        }
        let out = resolve(op, ty, part, &lanes);
        self.write_lanes(ctx, slot, base, part, &out);
    }

    /// A live slot of the lanes in `part` of the warp whose first thread is `base`; 0 for the others.
    fn read_lanes(&self, ctx: &BlockCtx, slot: u32, base: usize, part: u32) -> [u64; 32] {
        let s = self.block.live[slot as usize];
        if part != u32::MAX || s.uniform {
            let each = |i: usize| if part >> i & 1 != 0 { self.read_live(ctx, slot, base + i) } else { 0 };
            return std::array::from_fn(each);
        }
        let (ptr, ty) = self.live_ptr(ctx, slot, base);
        // SAFETY: all 32 threads exist, so their elements lie in the slot's array one after the other.
        unsafe {
            match ty.size() {
                1 => std::array::from_fn(|i| *ptr.add(i) as u64),
                2 => std::array::from_fn(|i| *ptr.cast::<u16>().add(i) as u64),
                4 => std::array::from_fn(|i| *ptr.cast::<u32>().add(i) as u64),
                _ => std::array::from_fn(|i| *ptr.cast::<u64>().add(i)),
            }
        }
    }

    fn write_lanes(&self, ctx: &BlockCtx, slot: u32, base: usize, part: u32, out: &[u64; 32]) {
        let s = self.block.live[slot as usize];
        if part != u32::MAX || s.uniform || s.ty.size() != 4 {
            let lanes = (0..32usize).filter(|i| part >> i & 1 != 0);
            lanes.for_each(|i| self.write_live(ctx, slot, base + i, out[i]));
            return;
        }
        let (ptr, _) = self.live_ptr(ctx, slot, base);
        for (i, &x) in out.iter().enumerate() {
            // SAFETY: as in `read_lanes`.
            unsafe { *ptr.cast::<u32>().add(i) = x as u32 };
        }
    }

    /// Completes a point at which all threads of the block have to stand, none of which has ended.
    fn meet(&self, ctx: &mut BlockCtx) -> bool {
        let first = states(ctx)[0];
        if first & RUN != 0 || first == EXITED as u16 || states(ctx).iter().any(|s| *s != first) {
            return false;
        }
        let p = &self.block.points[first as usize];
        match p.kind {
            PointKind::Largest { signed } => self.largest(ctx, p, signed),
            PointKind::Meet => {}
            _ => return false,
        }
        states(ctx).fill(first | RUN);
        true
    }

    /// Completes the block barrier if every thread that has not ended waits at one.
    fn barrier(&self, ctx: &mut BlockCtx) -> bool {
        let mut at: Vec<u16> = Vec::new();
        for &s in states(ctx).iter() {
            if s == EXITED as u16 {
                continue;
            }
            let waits = s & RUN == 0 && matches!(self.block.points[s as usize].kind, PointKind::Barrier(_));
            if !waits {
                return false;
            }
            if !at.contains(&s) {
                at.push(s);
            }
        }
        tell_checker(ctx, Checker::barrier);
        if self.checked
            && let [a, b, ..] = at[..]
        {
            let mut thread = |s| states(ctx).iter().position(|&t| t == s).unwrap_or(0) as u32;
            let (first, other) = (thread(a), thread(b));
            let loc = self.block.points[a as usize].loc.0;
            let kind = FaultKind::DivergentBarrier as u32;
            ctx.fault = FaultRecord { kind, loc, thread: first, other, info: 0 };
            return true;
        }
        // A predicate counts over all threads at whichever barrier of its flavour they stand.
        for kind in [BarrierKind::Count, BarrierKind::And, BarrierKind::Or] {
            let mut all = at.iter().map(|&q| (&self.block.points[q as usize], Some(q)));
            self.barrier_result(ctx, kind, &mut all);
        }
        for s in states(ctx).iter_mut().filter(|s| **s != EXITED as u16) {
            *s |= RUN;
        }
        !at.is_empty()
    }

    /// Computes count/and/or over the threads at the given points (with their states; `None` is all threads)
    /// and gives it to those that stand at a barrier of this kind.
    fn barrier_result(
        &self,
        ctx: &mut BlockCtx,
        kind: BarrierKind,
        points: &mut dyn Iterator<Item = (&Point, Option<u16>)>,
    ) {
        if kind == BarrierKind::Sync {
            return;
        }
        let n = ctx.nthreads as usize;
        let points: Vec<(&Point, Option<u16>)> =
            points.filter(|(p, _)| p.kind == PointKind::Barrier(kind)).collect();
        let here =
            |ctx: &mut BlockCtx, state: Option<u16>, t: usize| state.is_none_or(|s| states(ctx)[t] == s);
        let (mut total, mut count) = (0u64, 0u64);
        for &(p, state) in &points {
            for t in 0..n {
                if here(ctx, state, t) {
                    total += 1;
                    count += self.operand(ctx, p, 0, t) & 1;
                }
            }
        }
        let result = match kind {
            BarrierKind::Count => count,
            BarrierKind::And => (count == total) as u64,
            _ => (count != 0) as u64,
        };
        for &(p, state) in &points {
            let Some(slot) = p.result else { continue };
            for t in 0..n {
                if here(ctx, state, t) {
                    self.write_live(ctx, slot, t, result);
                }
            }
        }
    }

    /// The result of `PointKind::Largest`: the same for all threads.
    fn largest(&self, ctx: &BlockCtx, p: &Point, signed: bool) {
        let Some(result) = p.result else { return };
        let (ptr, ty) = self.live_ptr(ctx, p.operands[0], 0);
        let n = ctx.nthreads as usize;
        fn max<T: Copy + Ord>(all: &[T], least: T) -> T {
            all.iter().fold(least, |a, &b| a.max(b))
        }
        // SAFETY: operand slots have an element for each thread, of this type and aligned.
        let bits = unsafe {
            let (p4, p8) = (ptr.cast::<u32>(), ptr.cast::<u64>());
            match (ty.size(), signed) {
                (4, false) => max(std::slice::from_raw_parts(p4, n), 0) as u64,
                (4, true) => max(std::slice::from_raw_parts(p4.cast::<i32>(), n), i32::MIN) as u32 as u64,
                (_, false) => max(std::slice::from_raw_parts(p8, n), 0),
                (_, true) => max(std::slice::from_raw_parts(p8.cast::<i64>(), n), i64::MIN) as u64,
            }
        };
        let all = if self.block.live[result as usize].uniform { 1 } else { n };
        (0..all).for_each(|t| self.write_live(ctx, result, t, bits));
    }

    fn live_ptr(&self, ctx: &BlockCtx, slot: u32, thread: usize) -> (*mut u8, Ty) {
        let s = self.block.live[slot as usize];
        let index = if s.uniform { 0 } else { thread };
        debug_assert!(index < ctx.padded as usize);
        let at = s.offset as usize * ctx.padded as usize + index * s.ty.size() as usize;
        // SAFETY: `live` has `live_bytes * padded` bytes and slots do not reach beyond that.
        (unsafe { ctx.live.add(at) }, s.ty)
    }

    fn operand(&self, ctx: &BlockCtx, p: &Point, i: usize, thread: usize) -> u64 {
        self.read_live(ctx, p.operands[i], thread)
    }

    fn read_live(&self, ctx: &BlockCtx, slot: u32, thread: usize) -> u64 {
        let (ptr, ty) = self.live_ptr(ctx, slot, thread);
        // SAFETY: `live_ptr` gives an aligned address inside the live area.
        unsafe {
            match ty.size() {
                1 => *ptr as u64,
                2 => *ptr.cast::<u16>() as u64,
                4 => *ptr.cast::<u32>() as u64,
                _ => *ptr.cast::<u64>(),
            }
        }
    }

    fn write_live(&self, ctx: &BlockCtx, slot: u32, thread: usize, bits: u64) {
        let (ptr, ty) = self.live_ptr(ctx, slot, thread);
        // SAFETY: as in `read_live`.
        unsafe {
            match ty.size() {
                1 => *ptr = bits as u8,
                2 => *ptr.cast::<u16>() = bits as u16,
                4 => *ptr.cast::<u32>() = bits as u32,
                _ => *ptr.cast::<u64>() = bits,
            }
        }
    }
}

/// Tells the race detector, in checked mode.
fn tell_checker(ctx: &BlockCtx, f: impl FnOnce(&mut Checker)) {
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

fn states(ctx: &mut BlockCtx) -> &mut [u16] {
    // SAFETY: the worker's state array has at least `nthreads` elements and generated code is not running.
    unsafe { std::slice::from_raw_parts_mut(ctx.states, ctx.nthreads as usize) }
}

/// All threads are in one state.
fn all_are(states: &[u16], s: u16) -> bool {
    states.iter().fold(0, |d, &t| d | (t ^ s)) == 0
}

/// Lanes that exist in warp `w` of the block.
fn lanes_of_warp(ctx: &BlockCtx, w: u32) -> u32 {
    match ctx.nthreads - w * 32 {
        n if n >= 32 => u32::MAX,
        n => (1 << n) - 1,
    }
}

/// Lets the lanes of a completed operation go on.
fn release(ctx: &mut BlockCtx, w: u32, lanes: u32) {
    let base = w as usize * 32;
    for i in (0..32).filter(|i| lanes >> i & 1 != 0) {
        states(ctx)[base + i] |= RUN;
    }
}
