//! Dead code: results nobody uses, block parameters nobody reads, stores to slots nobody loads.

use crate::cudac::thread_ir::*;

/// Removes instructions whose effect is unused, and unused block parameters.
pub fn run(f: &mut Function) {
    // Mark from what must stay.
    let mut live = vec![false; f.values.len()];
    let mut work: Vec<Value> = Vec::new();
    let mut op_of: Vec<Option<(usize, usize)>> = vec![None; f.values.len()];
    let mut param_of: Vec<Option<(usize, usize)>> = vec![None; f.values.len()];
    // Arguments by (block, parameter).
    let mut args: Vec<Vec<Vec<Value>>> = f.blocks.iter().map(|b| vec![Vec::new(); b.params.len()]).collect();
    for (bi, b) in f.blocks.iter().enumerate() {
        for (i, p) in b.params.iter().enumerate() {
            param_of[p.index()] = Some((bi, i));
        }
        for (i, inst) in b.insts.iter().enumerate() {
            if let Some(v) = inst.result {
                op_of[v.index()] = Some((bi, i));
            }
            if !inst.op.is_removable() {
                inst.op.for_each_value(|v| work.push(v));
            }
        }
        match &b.term {
            Terminator::Brif(v, ..) | Terminator::Switch(v, ..) | Terminator::Return(Some(v)) => {
                work.push(*v)
            }
            _ => {}
        }
        b.term.for_each_call(|c| {
            for (i, a) in c.args.iter().enumerate() {
                args[c.block.index()][i].push(*a);
            }
        });
    }
    while let Some(v) = work.pop() {
        if std::mem::replace(&mut live[v.index()], true) {
            continue;
        }
        if let Some((b, i)) = op_of[v.index()] {
            f.blocks[b].insts[i].op.for_each_value(|a| work.push(a));
        }
        if let Some((b, i)) = param_of[v.index()] {
            work.extend(&args[b][i]);
        }
    }
    let keep: Vec<Vec<bool>> = f
        .blocks
        .iter()
        .enumerate()
        .map(|(bi, b)| b.params.iter().map(|p| bi == 0 || live[p.index()]).collect())
        .collect();
    for (bi, b) in f.blocks.iter_mut().enumerate() {
        b.insts.retain(|i| !i.op.is_removable() || i.result.is_some_and(|v| live[v.index()]));
        let mut it = keep[bi].iter();
        b.params.retain(|_| *it.next().expect("same length"));
        b.term.for_each_call_mut(|c| {
            let mut it = keep[c.block.index()].iter();
            c.args.retain(|_| *it.next().expect("same length"));
        });
    }
}
