//! Completes what the whole block waits for: barriers with and without a predicate, and the points at which all threads
//! meet.

use crate::cudac::block_ir::ir::{EXITED, Point, PointKind};
use crate::cudac::thread_ir::BarrierKind;

use super::CompiledKernel;
use super::checker::Checker;
use super::context::*;
use super::driver::{states, tell_checker};

impl CompiledKernel {
    /// Completes a point at which all threads of the block have to stand, none of which has ended.
    pub(super) fn meet(&self, ctx: &mut BlockCtx) -> bool {
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
    pub(super) fn barrier(&self, ctx: &mut BlockCtx) -> bool {
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
    pub(super) fn barrier_result(
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
    pub(super) fn largest(&self, ctx: &BlockCtx, p: &Point, signed: bool) {
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
}
