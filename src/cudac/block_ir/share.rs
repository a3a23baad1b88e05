//! Points that go on at the same place share one region.
//!
//! Behind `barrier; k /= 2; goto head` and `barrier; k = 128; goto head` lies the same code. What stands between a
//! synchronisation operation and the jump is computed in front of it, so both threads go on at `head`, with `k`
//! kept. A loop that only one such point comes back to is entered through a point of its own.

use crate::cudac::thread_ir::cfg::Cfg;
use crate::cudac::thread_ir::*;

use super::shape::Shapes;

/// Operations of a region from which on a second copy is dearer than one more stop of each block.
const WORTH: usize = 12;

/// Rearranges a kernel whose threads all stop together; gives the blocks at which several points go on.
pub fn join(f: &mut Function, cfg: &Cfg, shapes: &Shapes) -> Vec<Block> {
    let used = uses(f);
    let mut points: Vec<(Block, Block)> = Vec::new();
    for &b in &cfg.order {
        if let Some(to) = goes_on_at(f, cfg, b, &used) {
            points.push((b, to));
        }
    }
    let mut targets: Vec<Block> = points.iter().map(|p| p.1).collect();
    targets.sort_unstable();
    targets.dedup();
    let mut shared = Vec::new();
    for to in targets {
        let from: Vec<Block> = points.iter().filter(|p| p.1 == to).map(|p| p.0).collect();
        if from.len() < 2 {
            // The one point has to come from inside the loop.
            let inside = |e: &Block| from.iter().all(|&b| f.block(b).term.successors()[0] != *e);
            let entry = loop_entry(f, cfg, shapes, to).filter(inside);
            let Some(entry) = entry.filter(|_| code_from(f, to) >= WORTH) else { continue };
            let next = f.new_block();
            let data = f.block_mut(entry);
            let stay = Terminator::Jump(BlockCall { block: next, args: Vec::new() });
            let term = std::mem::replace(&mut data.term, stay);
            let loc = data.term_loc;
            data.insts.push(Inst { op: Op::Meet, result: None, loc });
            *f.block_mut(next) = ir::BlockData { term, term_loc: loc, ..Default::default() };
        }
        for b in from {
            let Terminator::Jump(c) = &f.block(b).term else { unreachable!("goes on somewhere") };
            let next = c.block;
            let moved = std::mem::take(&mut f.block_mut(next).insts);
            let insts = &mut f.block_mut(b).insts;
            let at = insts.len() - 1;
            insts.splice(at..at, moved);
        }
        shared.push(to);
    }
    shared
}

/// By value: the blocks that use it.
fn uses(f: &Function) -> Vec<Vec<Block>> {
    let mut used: Vec<Vec<Block>> = vec![Vec::new(); f.values.len()];
    for b in f.block_ids() {
        let mut note = |v: Value| {
            if used[v.index()].last() != Some(&b) {
                used[v.index()].push(b);
            }
        };
        let data = f.block(b);
        data.insts.iter().for_each(|i| i.op.for_each_value(&mut note));
        data.term.for_each_value(&mut note);
    }
    used
}

/// Where threads go on behind the synchronisation operation of `b`, if what comes first may be computed before it.
fn goes_on_at(f: &Function, cfg: &Cfg, b: Block, used: &[Vec<Block>]) -> Option<Block> {
    let sync = f.block(b).insts.last().filter(|i| i.op.is_sync())?;
    let next = f.block(b).term.successors()[0];
    let data = f.block(next);
    let Terminator::Jump(c) = &data.term else { return None };
    if !data.params.is_empty() || cfg.preds[next.index()].len() != 1 || c.block == next {
        return None;
    }
    let mut waits = c.args.iter().any(|v| sync.result == Some(*v));
    for i in &data.insts {
        i.op.for_each_value(|v| waits |= sync.result == Some(v));
        let v = i.result?;
        let here = matches!(i.op, Op::Const(_)) || used[v.index()].iter().all(|u| *u == next);
        if !i.op.is_pure() || !here {
            return None;
        }
    }
    (!waits).then_some(c.block)
}

/// The only block that comes to a loop from outside, where all threads come together.
fn loop_entry(f: &Function, cfg: &Cfg, shapes: &Shapes, header: Block) -> Option<Block> {
    let preds = &cfg.preds[header.index()];
    if !preds.iter().any(|&p| cfg.dominates(header, p)) {
        return None;
    }
    let mut outside = preds.iter().filter(|&&p| !cfg.dominates(header, p));
    let (Some(&entry), None) = (outside.next(), outside.next()) else { return None };
    let alone = matches!(&f.block(entry).term, Terminator::Jump(_));
    (alone && !shapes.divergent_block[entry.index()]).then_some(entry)
}

/// Number of operations from a block to the next synchronisation, as far as it matters.
fn code_from(f: &Function, start: Block) -> usize {
    let (mut seen, mut at, mut count) = (vec![start], 0, 0);
    while let Some(&b) = seen.get(at) {
        at += 1;
        let data = f.block(b);
        count += data.insts.len();
        if count >= WORTH || at > WORTH {
            break;
        }
        if data.insts.last().is_some_and(|i| i.op.is_sync()) {
            continue;
        }
        for s in data.term.successors() {
            if !seen.contains(&s) {
                seen.push(s);
            }
        }
    }
    count
}
