//! Deciding for a row of threads what each thread would ask. Where a branch compares a linear index with a bound,
//! `[0, m)` goes one way and `[m, n)` the other; where its condition is the same in the whole row, all go one way.
//! Each part has a body of its own with the branch decided. What all its threads would keep in common is kept once.

use crate::cudac::thread_ir::ir::BlockData;
use crate::cudac::thread_ir::*;

use super::ir::Region;

/// Most parts of one region: each is a copy of the body.
const MAX_PARTS: usize = 4;
/// Most operations that all copies may have beyond those of the body.
const MAX_EXTRA_OPS: usize = 200;

/// Bodies with more blocks are not worth the work.
const MAX_UNFOLDED_BLOCKS: usize = 64;

/// The threads of one row, from left to right.
pub enum Plan {
    /// All run this body.
    Leaf(Leaf),
    /// All run the first plan if the condition holds, else the second.
    Switch(Switch, Box<Plan>, Box<Plan>),
    /// Threads with `index < bound` run the first plan, the others the second.
    Split(Split, Box<Plan>, Box<Plan>),
}

/// A body, and what is done once for all threads that run it.
pub struct Leaf {
    pub body: Function,
    /// Operations that compute the values of `stores`, in order.
    pub chain: Vec<Inst>,
    /// Uniform live slots and what goes there.
    pub stores: Vec<(u32, Value)>,
    /// Where all threads stop, if that is one point.
    pub exit: Option<u32>,
}

pub struct Switch {
    /// Operations that compute the condition, in order: pure, or loads of uniform live slots.
    pub chain: Vec<Inst>,
    pub cond: Value,
}

pub struct Split {
    /// Operations that compute `index` and `bound`, in order: pure, or loads of uniform live slots.
    pub chain: Vec<Inst>,
    /// `I32`, grows by one (wrapping) with `threadIdx.x`.
    pub index: Value,
    /// The same in the whole row.
    pub bound: Value,
    pub signed: bool,
}

impl Plan {
    /// The undivided body.
    fn whole(region: &Region, uniform_live: &[bool]) -> Self {
        Plan::Leaf(leaf(region.body.clone(), uniform_live))
    }

    /// Split as far as it pays. `uniform_live[slot]`: the slot is the same for the whole block.
    pub fn new(region: &Region, uniform_live: &[bool]) -> Self {
        let mut body = region.body.clone();
        unfold_conditions(&mut body, uniform_live);
        let (mut parts, mut extra) = (1, MAX_EXTRA_OPS);
        match divide(body, uniform_live, &mut parts, &mut extra) {
            // Conditions in one piece are better where nothing came of it.
            Plan::Leaf(_) => Plan::whole(region, uniform_live),
            plan => plan,
        }
    }

    #[cfg(test)]
    pub fn for_each_leaf(&self, f: &mut impl FnMut(&Leaf)) {
        match self {
            Plan::Leaf(l) => f(l),
            Plan::Switch(_, a, b) | Plan::Split(_, a, b) => {
                a.for_each_leaf(f);
                b.for_each_leaf(f);
            }
        }
    }

    pub fn for_each_split<'a>(&'a self, f: &mut impl FnMut(&'a Split)) {
        match self {
            Plan::Leaf(_) => {}
            Plan::Switch(_, a, b) => {
                a.for_each_split(f);
                b.for_each_split(f);
            }
            Plan::Split(s, a, b) => {
                f(s);
                a.for_each_split(f);
                b.for_each_split(f);
            }
        }
    }
}

fn size(f: &Function) -> usize {
    f.blocks.iter().map(|b| b.insts.len()).sum()
}

fn divide(body: Function, uniform_live: &[bool], parts: &mut usize, extra: &mut usize) -> Plan {
    let Some((at, how)) = find(&body, uniform_live) else { return Plan::Leaf(leaf(body, uniform_live)) };
    if matches!(how, How::Split(..)) && *parts >= MAX_PARTS {
        return Plan::Leaf(leaf(body, uniform_live));
    }
    let decided = |first: bool| {
        let mut f = body.clone();
        let data: &mut BlockData = f.block_mut(at);
        if let Terminator::Brif(_, a, b) = &data.term {
            data.term = Terminator::Jump(if first { a.clone() } else { b.clone() });
        }
        cleanup::remove_unreachable_blocks(&mut f);
        cleanup::remove_trivial_params(&mut f);
        cleanup::merge_blocks(&mut f);
        passes::dce::run(&mut f);
        f
    };
    let (first, second) = (decided(true), decided(false));
    let growth = (size(&first) + size(&second)).saturating_sub(size(&body));
    if growth > *extra {
        return Plan::Leaf(leaf(body, uniform_live));
    }
    *extra -= growth;
    *parts += matches!(how, How::Split(..)) as usize;
    let first = Box::new(divide(first, uniform_live, parts, extra));
    let second = Box::new(divide(second, uniform_live, parts, extra));
    match how {
        How::Switch(s) => Plan::Switch(s, first, second),
        How::Split(s, less_is_first) => {
            let (less, more) = if less_is_first { (first, second) } else { (second, first) };
            Plan::Split(s, less, more)
        }
    }
}

/// Takes out of the body what its threads have in common when they stop.
fn leaf(mut body: Function, uniform_live: &[bool]) -> Leaf {
    drop_idle_stores(&mut body);
    let exits: Vec<(Block, u32)> = body
        .block_ids()
        .filter_map(|b| match body.block(b).term {
            Terminator::Exit(p) => Some((b, p)),
            _ => None,
        })
        .collect();
    let exit = exits.first().map(|e| e.1).filter(|p| exits.iter().all(|e| e.1 == *p));
    let mut stores = Vec::new();
    // The only way out: every thread comes through.
    if let [(b, _)] = exits[..] {
        let steps = row_steps(&body, uniform_live);
        let mut insts = std::mem::take(&mut body.block_mut(b).insts);
        insts.retain(|i| match i.op {
            Op::LiveStore(slot, v) if uniform_live[slot as usize] && steps[v.index()] == Some(0) => {
                stores.push((slot, v));
                false
            }
            _ => true,
        });
        body.block_mut(b).insts = insts;
    }
    let values: Vec<Value> = stores.iter().map(|s| s.1).collect();
    let chain = chain(&super::points::definitions(&body), &values);
    if !stores.is_empty() {
        passes::dce::run(&mut body);
    }
    Leaf { body, chain, stores, exit }
}

/// Removes stores of what the live slot holds anyway: a part may be nothing else, and then no thread need run it.
fn drop_idle_stores(body: &mut Function) {
    let mut loaded: Vec<Option<u32>> = vec![None; body.values.len()];
    // Slots that are stored to where threads still go on, or more than once in a row.
    let mut busy: Vec<u32> = Vec::new();
    for data in &body.blocks {
        let mut here: Vec<u32> = Vec::new();
        for inst in &data.insts {
            match (&inst.op, inst.result) {
                (Op::LiveLoad(slot), Some(v)) => loaded[v.index()] = Some(*slot),
                (Op::LiveStore(slot, _), _) => {
                    if !matches!(data.term, Terminator::Exit(_)) || here.contains(slot) {
                        busy.push(*slot);
                    }
                    here.push(*slot);
                }
                _ => {}
            }
        }
    }
    let idle = |slot: u32, v: Value| loaded[v.index()] == Some(slot) && !busy.contains(&slot);
    for data in &mut body.blocks {
        data.insts.retain(|i| !matches!(i.op, Op::LiveStore(slot, v) if idle(slot, v)));
    }
}

/// How a branch is decided.
enum How {
    Switch(Switch),
    /// Whether its first target is for `index < bound`.
    Split(Split, bool),
}

/// Makes a branch on `a && b` two branches where a part of the condition grows with the thread index.
fn unfold_conditions(body: &mut Function, uniform_live: &[bool]) {
    // Values keep their operations where they are, and with them their steps: only branches change.
    let steps = row_steps(body, uniform_live);
    let mut places: Vec<Option<(u32, u32)>> = vec![None; body.values.len()];
    for (b, data) in body.blocks.iter().enumerate() {
        for (i, inst) in data.insts.iter().enumerate() {
            if let Some(v) = inst.result {
                places[v.index()] = Some((b as u32, i as u32));
            }
        }
    }
    let mut b = 0;
    while b < body.blocks.len() && body.blocks.len() < MAX_UNFOLDED_BLOCKS {
        let wanted = {
            let def = |v: Value| {
                let (b, i) = places[v.index()]?;
                Some(&body.blocks[b as usize].insts[i as usize].op)
            };
            match &body.blocks[b].term {
                Terminator::Brif(c, x, y) if has_linear_part(body, &def, &steps, *c) => match def(*c) {
                    Some(Op::Binary(op @ (BinOp::And | BinOp::Or), p, q, _)) => {
                        Some((*op, *p, *q, x.clone(), y.clone()))
                    }
                    _ => None,
                },
                _ => None,
            }
        };
        // The new block comes last, so longer conditions are unfolded to the end; each has one operator less.
        if let Some((op, p, q, x, y)) = wanted {
            let second = body.new_block();
            let loc = body.blocks[b].term_loc;
            let go_on = BlockCall { block: second, args: Vec::new() };
            body.blocks[b].term = match op {
                BinOp::And => Terminator::Brif(p, go_on, y.clone()),
                _ => Terminator::Brif(p, x.clone(), go_on),
            };
            let data = body.block_mut(second);
            data.term = Terminator::Brif(q, x, y);
            data.term_loc = loc;
            continue;
        }
        b += 1;
    }
}

fn has_linear_part<'a>(
    body: &Function,
    def: &impl Fn(Value) -> Option<&'a Op>,
    steps: &[Option<i64>],
    cond: Value,
) -> bool {
    let mut work = vec![cond];
    let mut left = 32;
    while let Some(v) = work.pop() {
        left -= 1;
        if left == 0 {
            return false;
        }
        match def(v) {
            Some(Op::Binary(BinOp::And | BinOp::Or, p, q, _)) if body.ty(v) == Ty::I1 => {
                work.extend([*p, *q]);
            }
            Some(Op::ICmp(_, p, q)) => {
                let s = (steps[p.index()], steps[q.index()]);
                if matches!(s, (Some(1), Some(0)) | (Some(0), Some(1))) {
                    return true;
                }
            }
            _ => {}
        }
    }
    false
}

/// The first branch in the body that can be decided for a row or for parts of it.
fn find(body: &Function, uniform_live: &[bool]) -> Option<(Block, How)> {
    let steps = row_steps(body, uniform_live);
    let defs = super::points::definitions(body);
    for b in body.block_ids() {
        let Terminator::Brif(cond, x, y) = &body.block(b).term else { continue };
        if x.block == y.block {
            continue;
        }
        if steps[cond.index()] == Some(0) {
            return Some((b, How::Switch(Switch { chain: chain(&defs, &[*cond]), cond: *cond })));
        }
        let Some(Op::ICmp(cc, p, q)) = defs[cond.index()] else { continue };
        if body.ty(*p) != Ty::I32 {
            continue;
        }
        let (sp, sq) = (steps[p.index()], steps[q.index()]);
        // In the form `index < bound`, and whether that is the truth of the comparison.
        let (index, bound, plain) = match (sp, sq) {
            (Some(1), Some(0)) => (*p, *q, true),
            (Some(0), Some(1)) => (*q, *p, false),
            _ => continue,
        };
        let signed = matches!(cc, ICmp::Slt | ICmp::Sle | ICmp::Sgt | ICmp::Sge);
        // `index <= bound` would need `bound + 1`, which may wrap: only the strict forms and their negations.
        let less = match (cc, plain) {
            (ICmp::Slt | ICmp::Ult, true) | (ICmp::Sgt | ICmp::Ugt, false) => true,
            (ICmp::Sge | ICmp::Uge, true) | (ICmp::Sle | ICmp::Ule, false) => false,
            // `index > bound` is not `index < bound + 1` only at the largest bound: with a constant it is known.
            (ICmp::Sgt | ICmp::Ugt | ICmp::Sle | ICmp::Ule, true) => match above(&defs, *cc, index, bound) {
                Some((chain, bound)) => {
                    let less = matches!(cc, ICmp::Sle | ICmp::Ule);
                    return Some((b, How::Split(Split { chain, index, bound, signed }, less)));
                }
                None => continue,
            },
            _ => continue,
        };
        let chain = chain(&defs, &[index, bound]);
        return Some((b, How::Split(Split { chain, index, bound, signed }, less)));
    }
    None
}

/// For `index > constant`: the chain with the constant plus one in place of it.
fn above(defs: &[Option<&Op>], cc: ICmp, index: Value, bound: Value) -> Option<(Vec<Inst>, Value)> {
    let Some(Op::Const(bits)) = defs[bound.index()] else { return None };
    let largest = if matches!(cc, ICmp::Sgt | ICmp::Sle) { i32::MAX as u64 } else { u32::MAX as u64 };
    if *bits == largest {
        return None;
    }
    let mut insts = chain(defs, &[index]);
    // The index must not be made of the same constant.
    if insts.iter().any(|i| i.result == Some(bound)) {
        return None;
    }
    let next = (*bits + 1) & Ty::I32.mask();
    insts.push(Inst { op: Op::Const(next), result: Some(bound), loc: Loc(0) });
    Some((insts, bound))
}

/// How much each value grows with `threadIdx.x` (wrapping) when it is computed by pure operations alone.
fn row_steps(body: &Function, uniform_live: &[bool]) -> Vec<Option<i64>> {
    let mut steps: Vec<Option<i64>> = vec![None; body.values.len()];
    let cfg = cfg::Cfg::new(body);
    let defs = super::points::definitions(body);
    let konst = |v: Value| match defs[v.index()] {
        Some(Op::Const(bits)) => Some(eval::sext(body.ty(v), *bits)),
        _ => None,
    };
    for &b in &cfg.order {
        for inst in &body.block(b).insts {
            let Some(v) = inst.result else { continue };
            let of = |v: &Value| steps[v.index()];
            let step = match &inst.op {
                Op::LiveLoad(s) => uniform_live[*s as usize].then_some(0),
                Op::SlotAddr(_) | Op::Math(..) | Op::Sreg(Sreg::LaneId | Sreg::WarpId) => None,
                Op::Sreg(Sreg::TidX) => Some(1),
                Op::Binary(BinOp::Add, x, y, _) => of(x).zip(of(y)).map(|(x, y)| x.wrapping_add(y)),
                Op::Binary(BinOp::Sub, x, y, _) => of(x).zip(of(y)).map(|(x, y)| x.wrapping_sub(y)),
                Op::Binary(BinOp::Mul, x, y, _) if konst(*y).is_some() => {
                    of(x).zip(konst(*y)).map(|(x, k)| x.wrapping_mul(k))
                }
                op if op.is_pure() => {
                    let mut all = true;
                    op.for_each_value(|v| all &= steps[v.index()] == Some(0));
                    all.then_some(0)
                }
                _ => None,
            };
            steps[v.index()] = step;
        }
    }
    steps
}

/// The operations that the values need, operands first.
pub fn chain(defs: &[Option<&Op>], values: &[Value]) -> Vec<Inst> {
    let mut out: Vec<Inst> = Vec::new();
    // Depth-first with an explicit stack: chains may be long.
    let mut stack: Vec<(Value, bool)> = values.iter().rev().map(|&v| (v, false)).collect();
    while let Some((v, ready)) = stack.pop() {
        if out.iter().any(|i| i.result == Some(v)) {
            continue;
        }
        let Some(op) = defs[v.index()] else { continue };
        if ready {
            out.push(Inst { op: op.clone(), result: Some(v), loc: Loc(0) });
            continue;
        }
        stack.push((v, true));
        op.for_each_value(|a| stack.push((a, false)));
    }
    out
}
