//! Cheap loop-invariant code motion: pure operations (and loads of constant memory that are certain to be
//! executed) move in front of the loop.

use crate::cudac::thread_ir::cfg::Cfg;
use crate::cudac::thread_ir::*;

pub fn run(f: &mut Function) {
    let cfg = Cfg::new(f);
    let mut loops = cfg.loops();
    // Inner loops first: what leaves one may leave the next.
    loops.reverse();
    for l in &loops {
        // The place in front: the only block outside that enters, if it goes nowhere else.
        let outside: Vec<Block> =
            cfg.preds[l.header.index()].iter().copied().filter(|&p| !l.contains(p)).collect();
        let [pre] = outside[..] else { continue };
        if f.block(pre).term.successors().len() != 1 {
            continue;
        }
        let mut inside = vec![false; f.values.len()];
        for &b in &l.blocks {
            let data = f.block(b);
            data.params.iter().for_each(|p| inside[p.index()] = true);
            data.insts.iter().filter_map(|i| i.result).for_each(|v| inside[v.index()] = true);
        }
        let mut moved = Vec::new();
        let mut order = l.blocks.clone();
        order.sort_unstable_by_key(|b| cfg.pos[b.index()]);
        for &b in &order {
            let mut insts = std::mem::take(&mut f.block_mut(b).insts);
            let certain = l.latches.iter().all(|&x| cfg.dominates(b, x));
            insts.retain(|inst| {
                let readable = b == l.header
                    && certain
                    && matches!(&inst.op, Op::Load(_, m)
                        if !m.volatile && (m.readonly || matches!(m.space, Space::Const | Space::Param)));
                // Constants move along because the operations that move use them; a generator puts them back.
                if !(inst.op.is_pure() || readable) {
                    return true;
                }
                let mut invariant = true;
                inst.op.for_each_value(|v| invariant &= !inside[v.index()]);
                if !invariant {
                    return true;
                }
                let v = inst.result.expect("pure operations have results");
                inside[v.index()] = false;
                moved.push(inst.clone());
                false
            });
            f.block_mut(b).insts = insts;
        }
        f.block_mut(pre).insts.extend(moved);
    }
}
