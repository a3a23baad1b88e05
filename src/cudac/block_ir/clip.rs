//! Bounds clipping: `if (i < n) { all the work }` with a linear `i` limits the thread loop instead of being
//! asked by every thread.

use crate::cudac::thread_ir::*;

use super::ir::EXITED;
use super::shape::Shape;

/// Threads of a row with `index >= bound` do nothing. `index` is an `I32` that grows by one with `threadIdx.x`
/// (wrapping), `bound` is the same in the whole block; both are computed by pure operations in the first block.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Clip {
    pub index: Value,
    pub bound: Value,
    pub signed: bool,
}

/// The clip of a region body, if its first block decides between all the work and nothing.
pub fn find(body: &Function, shape: &[Shape]) -> Option<Clip> {
    let first = body.block(Function::ENTRY);
    if !first.insts.iter().all(|i| i.op.is_pure()) {
        return None;
    }
    let Terminator::Brif(cond, a, b) = &first.term else { return None };
    let ends = |c: &BlockCall| {
        let data = body.block(c.block);
        data.insts.is_empty() && data.params.is_empty() && data.term == Terminator::Exit(EXITED)
    };
    let def = first.insts.iter().find(|i| i.result == Some(*cond))?;
    let Op::ICmp(cc, x, y) = def.op else { return None };
    // In the form `index < bound`, true for work.
    let work_if = match (ends(a), ends(b)) {
        (false, true) => true,
        (true, false) => false,
        _ => return None,
    };
    let (index, bound, signed) = match (cc, work_if) {
        (ICmp::Slt, true) | (ICmp::Sge, false) => (x, y, true),
        (ICmp::Ult, true) | (ICmp::Uge, false) => (x, y, false),
        (ICmp::Sgt, true) | (ICmp::Sle, false) => (y, x, true),
        (ICmp::Ugt, true) | (ICmp::Ule, false) => (y, x, false),
        _ => return None,
    };
    let linear = shape[index.index()] == Shape::Linear(1) && shape[bound.index()] == Shape::Uniform;
    (linear && body.ty(index) == Ty::I32).then_some(Clip { index, bound, signed })
}

/// Positions in the first block of the operations that `index` and `bound` need.
pub fn operations(body: &Function, clip: &Clip) -> Vec<usize> {
    let insts = &body.block(Function::ENTRY).insts;
    let mut needed = vec![clip.index, clip.bound];
    let mut out = Vec::new();
    for (i, inst) in insts.iter().enumerate().rev() {
        if inst.result.is_some_and(|v| needed.contains(&v)) {
            inst.op.for_each_value(|v| needed.push(v));
            out.push(i);
        }
    }
    out.reverse();
    out
}
