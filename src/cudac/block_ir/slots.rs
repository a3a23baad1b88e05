//! Where a thread's values live while it waits at a point: live slots for those that have to be kept, nothing for those
//! that are cheap to compute again, and the places of local memory.

use crate::cudac::thread_ir::cfg::Cfg;
use crate::cudac::thread_ir::*;

use super::ir::*;

/// Most operations that are worth repeating instead of keeping a value across a point.
const REMAT_COST: u32 = 8;

/// Cost of computing a value again from parameters, special registers and constants; `None` if impossible or
/// too dear.
pub(super) fn remat_costs(f: &Function, cfg: &Cfg) -> Vec<Option<u32>> {
    let mut cost: Vec<Option<u32>> = vec![None; f.values.len()];
    for &b in &cfg.order {
        for inst in &f.block(b).insts {
            let Some(v) = inst.result.filter(|_| inst.op.is_pure()) else { continue };
            let own = match &inst.op {
                Op::Math(..) => continue,
                Op::Unary(UnOp::Sqrt, ..) | Op::Binary(BinOp::FDiv, ..) => REMAT_COST,
                Op::Binary(BinOp::SDiv | BinOp::UDiv | BinOp::SRem | BinOp::URem, ..) => REMAT_COST,
                Op::Const(_) | Op::Sreg(_) | Op::ParamLoad(_) => 0,
                _ => 1,
            };
            let mut sum = Some(own);
            inst.op.for_each_value(|a| sum = sum.zip(cost[a.index()]).map(|(x, y)| x + y));
            cost[v.index()] = sum.filter(|&c| c <= REMAT_COST);
        }
    }
    cost
}

#[derive(Default)]
pub(super) struct SlotAlloc {
    pub(super) slots: Vec<LiveSlot>,
    /// Operand slots by position and type.
    operands: Vec<((usize, Ty), u32)>,
}

impl SlotAlloc {
    fn add(&mut self, ty: Ty, uniform: bool) -> u32 {
        self.slots.push(LiveSlot { ty, uniform, offset: 0 });
        self.slots.len() as u32 - 1
    }

    pub(super) fn operand(&mut self, pos: usize, ty: Ty) -> u32 {
        if let Some((_, s)) = self.operands.iter().find(|(k, _)| *k == (pos, ty)) {
            return *s;
        }
        let s = self.add(ty, false);
        self.operands.push(((pos, ty), s));
        s
    }

    /// Gives each kept value a slot; values never kept at one point together may share one.
    pub(super) fn colour(
        &mut self,
        f: &Function,
        kept: &[Vec<Value>],
        is_uniform: impl Fn(Value) -> bool,
    ) -> Vec<Option<u32>> {
        let mut slot_of: Vec<Option<u32>> = vec![None; f.values.len()];
        let mut points_of: Vec<Vec<usize>> = vec![Vec::new(); f.values.len()];
        for (p, values) in kept.iter().enumerate() {
            values.iter().for_each(|v| points_of[v.index()].push(p));
        }
        // Points at which each slot is taken.
        let mut taken: Vec<Vec<bool>> = Vec::new();
        for &v in kept.iter().flatten() {
            if slot_of[v.index()].is_some() {
                continue;
            }
            let (ty, uniform) = (f.ty(v), is_uniform(v));
            let fits = |s: usize, slots: &[LiveSlot], taken: &[Vec<bool>]| {
                slots[s].ty == ty
                    && slots[s].uniform == uniform
                    && points_of[v.index()].iter().all(|&p| !taken[s][p])
            };
            let s = match (0..self.slots.len()).find(|&s| fits(s, &self.slots, &taken)) {
                Some(s) => s,
                None => {
                    taken.push(vec![false; kept.len()]);
                    self.add(ty, uniform) as usize
                }
            };
            points_of[v.index()].iter().for_each(|&p| taken[s][p] = true);
            slot_of[v.index()] = Some(s as u32);
        }
        slot_of
    }

    /// Offsets, large types first so that all are aligned.
    pub(super) fn layout(mut self) -> (Vec<LiveSlot>, u32) {
        let mut at = 0;
        for size in [8, 4, 2, 1] {
            for s in self.slots.iter_mut().filter(|s| s.ty.size() == size) {
                s.offset = at;
                at += size;
            }
        }
        (self.slots, at)
    }
}

/// Local slots whose contents may survive a point get a copy for each thread.
pub(super) fn place_locals(f: &Function, points: usize) -> (Vec<LocalPlace>, u32, u32) {
    let mut used = vec![false; f.slots.len()];
    for inst in f.blocks.iter().flat_map(|b| &b.insts) {
        if let Op::SlotAddr(s) = inst.op {
            used[s.index()] = true;
        }
    }
    let (mut shared, mut thread) = (0u32, 0u32);
    let places = f
        .slots
        .iter()
        .zip(&used)
        .map(|(s, used)| {
            let align = s.align.max(1);
            if !used {
                LocalPlace::None
            } else if points == 1 {
                let at = shared.next_multiple_of(align);
                shared = at + s.size;
                LocalPlace::Shared(at)
            } else {
                let at = thread.next_multiple_of(align);
                thread = at + s.size;
                LocalPlace::PerThread(at)
            }
        })
        .collect();
    (places, shared.next_multiple_of(64), thread.next_multiple_of(16))
}
