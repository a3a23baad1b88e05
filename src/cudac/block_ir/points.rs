//! Where the threads of a block may stop: splitting a kernel at its synchronisation operations, and soft yields.

use crate::cudac::thread_ir::cfg::{Cfg, Loop};
use crate::cudac::thread_ir::warp::WarpOp;
use crate::cudac::thread_ir::*;

use super::ir::PointKind;
use super::shape::{Access, Shape, Shapes, access};
use super::waits::waits_for_memory;

/// What the operation stops for; `None` if it is not a synchronisation operation.
pub fn sync_kind(f: &Function, op: &Op) -> Option<PointKind> {
    let warp = |op, masked, ty| Some(PointKind::Warp { op, masked, ty });
    match op {
        Op::Barrier(k, _) => Some(PointKind::Barrier(*k)),
        Op::Shfl { kind, mask, val, .. } => warp(WarpOp::Shfl(*kind), mask.is_some(), f.ty(*val)),
        Op::Vote { kind, mask, .. } => warp(WarpOp::Vote(*kind), mask.is_some(), Ty::I1),
        Op::Match { kind, val, .. } => warp(WarpOp::Match(*kind), true, f.ty(*val)),
        Op::Reduce { op, val, .. } => warp(WarpOp::Reduce(*op), true, f.ty(*val)),
        Op::SyncWarp(_) => warp(WarpOp::SyncWarp, true, Ty::I32),
        Op::ActiveMask => warp(WarpOp::ActiveMask, false, Ty::I32),
        Op::Largest { signed, .. } => Some(PointKind::Largest { signed: *signed }),
        Op::Meet => Some(PointKind::Meet),
        _ => None,
    }
}

/// Makes every synchronisation operation the last instruction of its block, followed by a jump without
/// arguments to a block that has no other predecessor.
pub fn split_at_sync(f: &mut Function) {
    for b in 0..f.blocks.len() {
        // From the end, so that no instruction moves twice.
        for at in (0..f.blocks[b].insts.len()).rev() {
            if !f.blocks[b].insts[at].op.is_sync() {
                continue;
            }
            let tail = f.blocks[b].insts.split_off(at + 1);
            let next = f.new_block();
            let jump = Terminator::Jump(BlockCall { block: next, args: Vec::new() });
            let data = &mut f.blocks[b];
            let term = std::mem::replace(&mut data.term, jump);
            let loc = data.term_loc;
            let new = f.block_mut(next);
            new.insts = tail;
            new.term = term;
            new.term_loc = loc;
        }
    }
}

/// A soft yield at a loop header.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Soft {
    pub header: Block,
    /// A thread stops when it has come back to the header this many times: 1 for loops that wait for others.
    pub every: u32,
    /// The loop may wait for what another thread writes.
    pub waits: bool,
}

/// Iterations between two stops of an interchanged loop: few enough that the cache lines of all of them are
/// still there for the neighbouring threads, many enough to make the stop cheap.
const INTERCHANGE_EVERY: u32 = 8;

/// Loops that need a soft yield: those that wait for another thread of the block (which may stand at a
/// synchronisation operation of the same loop), and grid-stride loops whose
/// memory should be walked by all threads together.
pub fn soft_yields(
    f: &Function,
    cfg: &Cfg,
    shapes: &Shapes,
    interchange: bool,
    yield_every: Option<u32>,
) -> Vec<Soft> {
    let loops = cfg.loops();
    let mut out: Vec<Soft> = Vec::new();
    let defs = definitions(f);
    for (l, innermost) in loops.iter().zip(cfg.innermost(&loops)) {
        let has_sync = l.blocks.iter().any(|&b| f.block(b).insts.last().is_some_and(|i| i.op.is_sync()));
        let waits = match has_sync {
            false => waits_for_memory(f, &loops, l, true),
            true => goes_past_sync(f, l) && waits_for_memory(f, &loops, l, false),
        };
        if waits {
            out.push(Soft { header: l.header, every: 1, waits });
        } else if let (false, Some(every)) = (has_sync, yield_every) {
            out.push(Soft { header: l.header, every, waits });
        } else if interchange && !has_sync && innermost && grid_stride(f, cfg, shapes, &defs, l).is_some() {
            out.push(Soft { header: l.header, every: INTERCHANGE_EVERY, waits });
        }
    }
    out
}

/// A thread can go round without coming to a synchronisation operation.
fn goes_past_sync(f: &Function, l: &Loop) -> bool {
    let mut seen = vec![l.header];
    let mut at = 0;
    while let Some(&b) = seen.get(at) {
        at += 1;
        if f.block(b).insts.last().is_some_and(|i| i.op.is_sync()) {
            continue;
        }
        for s in f.block(b).term.successors() {
            if s == l.header {
                return true;
            }
            if l.contains(s) && !seen.contains(&s) {
                seen.push(s);
            }
        }
    }
    false
}

/// A constant step this large goes from one group of neighbouring threads to another.
const LONG_STEP: u64 = 16;

/// A loop with an induction variable `i = start(threadIdx.x, ..); i += uniform, not small` whose value reaches the
/// address of an access that neighbouring threads make consecutively. Gives the shapes of its values, where
/// induction variables count as their start.
pub fn grid_stride(
    f: &Function,
    cfg: &Cfg,
    shapes: &Shapes,
    defs: &[Option<&Op>],
    l: &Loop,
) -> Option<Vec<Shape>> {
    if l.latches.len() != 1 {
        return None;
    }
    let header = f.block(l.header);
    let edge_arg = |from: Block, i: usize| {
        let mut arg = None;
        f.block(from).term.for_each_call(|c| {
            if c.block == l.header {
                arg = Some(c.args[i]);
            }
        });
        arg
    };
    let mut inductions: Vec<(Value, Shape, bool)> = Vec::new();
    for (i, &p) in header.params.iter().enumerate() {
        let entries: Vec<Value> = cfg.preds[l.header.index()]
            .iter()
            .filter(|b| !l.contains(**b))
            .filter_map(|&b| edge_arg(b, i))
            .collect();
        let (Some(next), [start]) = (edge_arg(l.latches[0], i), &entries[..]) else { continue };
        let step = match defs[next.index()] {
            Some(Op::PtrAdd(a, b) | Op::Binary(BinOp::Add, a, b, _)) if *a == p => *b,
            Some(Op::Binary(BinOp::Add, a, b, _)) if *b == p => *a,
            _ => continue,
        };
        let long = match defs[step.index()] {
            Some(Op::Const(c)) => eval::sext(f.ty(step), *c).unsigned_abs() >= LONG_STEP,
            _ => true,
        };
        if long && shapes.value[step.index()] == Shape::Uniform {
            let linear = matches!(shapes.value[start.index()], Shape::Linear(_));
            inductions.push((p, start_shape(shapes, defs, *start), linear));
        }
    }
    if !inductions.iter().any(|i| i.2) {
        return None;
    }
    let mut shape = shapes.value.clone();
    let mut reaches = vec![false; f.values.len()];
    for (p, start, linear) in inductions {
        shape[p.index()] = start;
        reaches[p.index()] = linear;
    }
    let mut found = false;
    for &b in cfg.order.iter().filter(|b| l.contains(**b)) {
        for inst in &f.block(b).insts {
            let (addr, ty) = match &inst.op {
                Op::Load(a, _) => (*a, inst.result.map(|v| f.ty(v))),
                Op::Store(a, v, _) => (*a, Some(f.ty(*v))),
                Op::PtrAdd(..) | Op::Binary(..) | Op::Cast(..) => {
                    let v = inst.result.expect("has a result");
                    inst.op.for_each_value(|a| reaches[v.index()] |= reaches[a.index()]);
                    if reaches[v.index()] {
                        // Only a choice of speed hangs on it: unsigned indices count as if they never wrapped.
                        shape[v.index()] = match &inst.op {
                            Op::Cast(CastOp::ZExt, a) => shape[a.index()],
                            _ => super::shape::derived(f, inst, &shape, defs),
                        };
                    }
                    continue;
                }
                _ => continue,
            };
            found |= reaches[addr.index()]
                && ty.is_some_and(|t| access(shape[addr.index()], t) == Access::Consecutive);
        }
    }
    found.then_some(shape)
}

/// Shape of a start value. Only a choice of speed hangs on it, so an unsigned index counts as if it never wrapped.
pub fn start_shape(shapes: &Shapes, defs: &[Option<&Op>], v: Value) -> Shape {
    match defs[v.index()] {
        Some(Op::Cast(CastOp::ZExt, a)) => shapes.value[a.index()],
        _ => shapes.value[v.index()],
    }
}

/// The operation that defines each value; `None` for parameters.
pub fn definitions(f: &Function) -> Vec<Option<&Op>> {
    let mut defs = vec![None; f.values.len()];
    for inst in f.blocks.iter().flat_map(|b| &b.insts) {
        if let Some(v) = inst.result {
            defs[v.index()] = Some(&inst.op);
        }
    }
    defs
}
