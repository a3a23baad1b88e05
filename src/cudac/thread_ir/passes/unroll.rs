//! Full unrolling of small innermost loops whose number of iterations is a known constant: addresses that count
//! with the loop become constant offsets, and arrays indexed by it may become registers.

use crate::cudac::thread_ir::cfg::{Cfg, Loop};
use crate::cudac::thread_ir::ir::BlockData;
use crate::cudac::thread_ir::*;

/// Most iterations, and most operations of all iterations together.
const MAX_TRIPS: usize = 64;
const MAX_OPS: usize = 512;

/// Unrolls what qualifies; true if anything changed.
pub fn run(f: &mut Function) -> bool {
    let mut budget = 4 * MAX_OPS;
    let mut changed = false;
    // Each round takes one loop; its copies are straight code, so an outer loop may be innermost in the next.
    for _ in 0..32 {
        let cfg = Cfg::new(f);
        let loops = cfg.loops();
        let innermost = cfg.innermost(&loops);
        let defs = crate::cudac::block_ir::points::definitions(f);
        let found = loops.iter().zip(&innermost).find_map(|(l, innermost)| {
            if !innermost || has_sync(f, l) {
                return None;
            }
            let ops: usize = l.blocks.iter().map(|&b| f.block(b).insts.len() + 1).sum();
            let (exit, trips) = constant_trips(f, &cfg, &defs, l)?;
            (ops * (trips + 1) <= MAX_OPS.min(budget)).then(|| (l.clone(), exit, trips, ops))
        });
        let Some((l, exit, trips, ops)) = found else { break };
        budget -= ops * (trips + 1);
        unroll(f, &l, exit, trips);
        cleanup::remove_unreachable_blocks(f);
        cleanup::remove_trivial_params(f);
        cleanup::merge_blocks(f);
        changed = true;
    }
    changed
}

fn has_sync(f: &Function, l: &Loop) -> bool {
    l.blocks.iter().any(|&b| f.block(b).insts.iter().any(|i| i.op.is_sync()))
}

/// The only block with an edge that leaves the loop (its header or its latch) and how often its branch stays.
fn constant_trips(f: &Function, cfg: &Cfg, defs: &[Option<&Op>], l: &Loop) -> Option<(Block, usize)> {
    let [latch] = l.latches[..] else { return None };
    let leaves = |b: &Block| f.block(*b).term.successors().iter().any(|s| !l.contains(*s));
    let mut exiting = l.blocks.iter().copied().filter(leaves);
    let exit = exiting.next().filter(|&b| b == l.header || b == latch)?;
    if exiting.next().is_some() {
        return None;
    }
    let Terminator::Brif(cond, a, b) = &f.block(exit).term else { return None };
    if l.contains(a.block) == l.contains(b.block) {
        return None;
    }
    let stay_if = l.contains(a.block);
    let konst = |v: Value| match defs[v.index()] {
        Some(Op::Const(bits)) => Some(*bits),
        _ => None,
    };
    let Some(Op::ICmp(cc, x, y)) = defs[cond.index()] else { return None };
    let (ty, bound) = (f.ty(*x), konst(*y)?);
    let edge_arg = |from: Block, i: usize| {
        let mut args = Vec::new();
        f.block(from).term.for_each_call(|c| {
            if c.block == l.header {
                args.push(c.args[i]);
            }
        });
        args
    };
    for (i, &p) in f.block(l.header).params.iter().enumerate() {
        let [next] = edge_arg(latch, i)[..] else { continue };
        let Some(Op::Binary(op @ (BinOp::Add | BinOp::Sub | BinOp::Shl | BinOp::LShr | BinOp::Mul), u, v, _)) =
            defs[next.index()]
        else {
            continue;
        };
        let Some(step) = konst(*v).filter(|_| *u == p && (*x == p || *x == next)) else { continue };
        let outside = cfg.preds[l.header.index()].iter().filter(|b| !l.contains(**b));
        let starts: Vec<Option<u64>> = outside.flat_map(|&b| edge_arg(b, i)).map(konst).collect();
        let Some(&Some(start)) = starts.first() else { continue };
        if starts.iter().any(|s| *s != Some(start)) {
            continue;
        }
        // The machine's own arithmetic, so wrapping counters are counted as they run.
        let mut iv = start;
        for trips in 0..=MAX_TRIPS {
            let after = eval::binary(*op, ty, iv, step);
            let tested = if *x == p { iv } else { after };
            if eval::icmp(*cc, ty, tested, bound) != stay_if {
                return Some((exit, trips));
            }
            iv = after;
        }
        return None;
    }
    None
}

fn unroll(f: &mut Function, l: &Loop, exit: Block, trips: usize) {
    let originals: Vec<BlockData> = l.blocks.iter().map(|&b| f.block(b).clone()).collect();
    let position = |b: Block| l.blocks.binary_search(&b).ok();
    let header = position(l.header).expect("in its own loop");
    // Values and blocks of the copy made last; the first copy is the loop itself.
    let mut values: Vec<Option<Value>> = vec![None; f.values.len()];
    let mut blocks: Vec<Block> = l.blocks.clone();
    for copy in 0..=trips {
        let next: Vec<Block> =
            if copy == trips { blocks.clone() } else { l.blocks.iter().map(|_| f.new_block()).collect() };
        if copy > 0 {
            for data in &originals {
                for v in data.params.iter().copied().chain(data.insts.iter().filter_map(|i| i.result)) {
                    let ty = f.ty(v);
                    values[v.index()] = Some(f.new_value(ty));
                }
            }
        }
        let map = |v: Value| values[v.index()].unwrap_or(v);
        for (i, data) in originals.iter().enumerate() {
            let mut data = data.clone();
            data.params.iter_mut().for_each(|p| *p = map(*p));
            for inst in &mut data.insts {
                inst.result = inst.result.map(map);
                inst.op.map_values(map);
            }
            data.term.map_values(map);
            if l.blocks[i] == exit
                && let Terminator::Brif(_, a, b) = &data.term
            {
                let stay = if l.contains(a.block) { a } else { b };
                let leave = if l.contains(a.block) { b } else { a };
                data.term = Terminator::Jump(if copy == trips { leave.clone() } else { stay.clone() });
            }
            data.term.for_each_call_mut(|c| {
                if let Some(at) = position(c.block) {
                    c.block = if at == header { next[header] } else { blocks[at] };
                }
            });
            *f.block_mut(blocks[i]) = data;
        }
        blocks = next;
    }
    // What follows the loop sees the values of the last copy.
    let copies: Vec<Option<Value>> = values;
    let first_new = originals_end(f, l, trips);
    for b in 0..first_new {
        if position(Block(b as u32)).is_some() {
            continue;
        }
        let data = &mut f.blocks[b];
        let map = |v: Value| copies.get(v.index()).copied().flatten().unwrap_or(v);
        data.insts.iter_mut().for_each(|i| i.op.map_values(map));
        data.term.map_values(map);
    }
}

/// Number of blocks before the copies were made.
fn originals_end(f: &Function, l: &Loop, trips: usize) -> usize {
    f.blocks.len() - l.blocks.len() * trips
}
