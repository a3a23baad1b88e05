//! Completes warp operations: which lanes of a warp take part, and what each of them gets. The values lie in live slots,
//! where the regions have put them.

use crate::cudac::block_ir::ir::{EXITED, Point, PointKind};
use crate::cudac::thread_ir::Ty;
use crate::cudac::thread_ir::warp::{Lanes, WarpOp, resolve};

use super::CompiledKernel;
use super::context::*;
use super::driver::{all_are, states, tell_checker};

/// Each lane names its partners, and those in `here` with the same mask form one operation: (mask, lanes) of each.
fn groups(masks: &[u64; 32], here: u32) -> impl Iterator<Item = (u32, u32)> {
    let mut left = here;
    std::iter::from_fn(move || {
        let mask = *masks.get(left.trailing_zeros() as usize)?;
        let lanes = (0..32).filter(|&i| left >> i & 1 != 0 && masks[i] == mask);
        let group = lanes.fold(0u32, |group, i| group | 1 << i);
        left &= !group;
        Some((mask as u32, group))
    })
}

impl CompiledKernel {
    /// Completes warp operations that can be; `lenient` completes them with whoever has come. True if any.
    pub(super) fn warps(&self, ctx: &mut BlockCtx, lenient: bool) -> bool {
        let mut any = false;
        for w in 0..ctx.nthreads.div_ceil(32) {
            any |= self.one_warp(ctx, w, lenient);
        }
        any
    }

    /// Completes operations of warps none of which's lanes can run: nobody else can come to them. True if any.
    pub(super) fn settled_warps(&self, ctx: &mut BlockCtx) -> bool {
        let mut any = false;
        for w in 0..ctx.nthreads.div_ceil(32) {
            let (base, lanes) = (w as usize * 32, lanes_of_warp(ctx, w).count_ones() as usize);
            if states(ctx)[base..base + lanes].iter().all(|s| s & RUN == 0) {
                any |= self.one_warp(ctx, w, false);
            }
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
            let masks = self.read_lanes(ctx, point.operands[0], base, here);
            let mut done = false;
            for (mask, group) in groups(&masks, here) {
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

    /// Completes a warp operation to which all lanes have come.
    #[inline]
    pub(super) fn whole_warp(&self, ctx: &BlockCtx, p: &Point, op: WarpOp, masked: bool, ty: Ty, w: u32) {
        let all = lanes_of_warp(ctx, w);
        if !masked || op == WarpOp::SyncWarp || self.block.live[p.operands[0] as usize].uniform {
            return self.warp_op(ctx, p, op, masked, ty, w, all);
        }
        let masks = self.read_lanes(ctx, p.operands[0], w as usize * 32, all);
        for (_, group) in groups(&masks, all) {
            self.warp_op(ctx, p, op, masked, ty, w, group);
        }
    }

    /// Computes and stores the results of one warp operation for the lanes in `part`.
    #[expect(
        clippy::too_many_arguments,
        reason = "the operation's parts; a struct would be built for one call"
    )]
    pub(super) fn warp_op(
        &self,
        ctx: &BlockCtx,
        p: &Point,
        op: WarpOp,
        masked: bool,
        ty: Ty,
        w: u32,
        part: u32,
    ) {
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

    pub(super) fn live_ptr(&self, ctx: &BlockCtx, slot: u32, thread: usize) -> (*mut u8, Ty) {
        let s = self.block.live[slot as usize];
        let index = if s.uniform { 0 } else { thread };
        debug_assert!(index < ctx.padded as usize);
        let at = s.offset as usize * ctx.padded as usize + index * s.ty.size() as usize;
        // SAFETY: `live` has `live_bytes * padded` bytes and slots do not reach beyond that.
        (unsafe { ctx.live.add(at) }, s.ty)
    }

    pub(super) fn operand(&self, ctx: &BlockCtx, p: &Point, i: usize, thread: usize) -> u64 {
        self.read_live(ctx, p.operands[i], thread)
    }

    pub(super) fn read_live(&self, ctx: &BlockCtx, slot: u32, thread: usize) -> u64 {
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

    pub(super) fn write_live(&self, ctx: &BlockCtx, slot: u32, thread: usize, bits: u64) {
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

/// Lanes that exist in warp `w` of the block.
pub(super) fn lanes_of_warp(ctx: &BlockCtx, w: u32) -> u32 {
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
