//! Where lock step is not kept: in loops that try for a lock. Lanes take turns there by themselves, and the one that
//! holds the lock must not wait at its volatile writes for lanes that wait for the lock.

use crate::cudac::thread_ir::cfg::{Cfg, Loop};
use crate::cudac::thread_ir::*;

/// Takes the lock step (active masks that nobody reads, around volatile writes) out of lock loops, and out of
/// functions that are called from nowhere else.
pub fn relax(module: &mut Module) {
    let tries = functions_that_try(module);
    if !tries.contains(&true) {
        return;
    }
    let mut free: Vec<Vec<bool>> = module.funcs.iter().map(|f| lock_loops(f, &tries)).collect();
    loop {
        // Calls from lock loops, and from elsewhere.
        let mut calls = vec![(false, false); module.funcs.len()];
        for (f, free) in module.funcs.iter().zip(&free) {
            for (b, data) in f.blocks.iter().enumerate() {
                for i in &data.insts {
                    if let Op::Call(g, _) = i.op {
                        let (inside, outside) = &mut calls[g.index()];
                        *(if free[b] { inside } else { outside }) = true;
                    }
                }
            }
        }
        let mut changed = false;
        for (blocks, _) in free.iter_mut().zip(calls).filter(|(_, c)| *c == (true, false)) {
            changed |= blocks.contains(&false);
            blocks.fill(true);
        }
        if !changed {
            break;
        }
    }
    for (f, free) in module.funcs.iter_mut().zip(free).filter(|(_, free)| free.contains(&true)) {
        let mut used = vec![false; f.values.len()];
        for b in &f.blocks {
            b.insts.iter().for_each(|i| i.op.for_each_value(|v| used[v.index()] = true));
            b.term.for_each_value(|v| used[v.index()] = true);
        }
        for (data, _) in f.blocks.iter_mut().zip(free).filter(|(_, free)| *free) {
            let step =
                |i: &Inst| matches!(i.op, Op::ActiveMask) && !i.result.is_some_and(|v| used[v.index()]);
            data.insts.retain(|i| !step(i));
        }
    }
}

/// By block: it is in a loop that tries for a lock.
fn lock_loops(f: &Function, tries: &[bool]) -> Vec<bool> {
    let mut free = vec![false; f.blocks.len()];
    let any_try = f.blocks.iter().flat_map(|b| &b.insts).any(|i| is_try(&i.op, tries));
    if any_try {
        let loops = Cfg::new(f).loops();
        for l in loops.iter().filter(|l| tries_for_lock(f, &loops, l, tries)) {
            l.blocks.iter().for_each(|b| free[b.index()] = true);
        }
    }
    free
}

/// By function: it compares and swaps or exchanges, or calls one that does.
fn functions_that_try(module: &Module) -> Vec<bool> {
    let mut tries = vec![false; module.funcs.len()];
    loop {
        let before = tries.clone();
        for (i, f) in module.funcs.iter().enumerate() {
            tries[i] |= f.blocks.iter().flat_map(|b| &b.insts).any(|i| is_try(&i.op, &before));
        }
        if tries == before {
            return tries;
        }
    }
}

fn is_try(op: &Op, tries: &[bool]) -> bool {
    match op {
        Op::AtomicCas { .. } | Op::AtomicRmw { op: RmwOp::Exch, .. } => true,
        Op::Call(g, _) => tries[g.index()],
        _ => false,
    }
}

/// The loop tries, itself and not in a loop inside it, and what it gets decides a branch of it. A reduction whose
/// last step exchanges, in a loop over tiles, is not meant: it asks for nothing.
fn tries_for_lock(f: &Function, loops: &[Loop], l: &Loop, tries: &[bool]) -> bool {
    let inner = |b: Block| loops.iter().any(|k| k.depth > l.depth && l.contains(k.header) && k.contains(b));
    let mut got = vec![false; f.values.len()];
    let mut changed = false;
    for &b in l.blocks.iter().filter(|b| !inner(**b)) {
        for i in f.block(b).insts.iter().filter(|i| is_try(&i.op, tries)) {
            if let Some(v) = i.result {
                got[v.index()] = true;
                changed = true;
            }
        }
    }
    while std::mem::replace(&mut changed, false) {
        for &b in &l.blocks {
            let data = f.block(b);
            for i in &data.insts {
                let Some(v) = i.result.filter(|v| !got[v.index()] && i.op.is_pure()) else { continue };
                let mut any = false;
                i.op.for_each_value(|a| any |= got[a.index()]);
                got[v.index()] = any;
                changed |= any;
            }
            data.term.for_each_call(|c| {
                for (a, p) in c.args.iter().zip(&f.block(c.block).params) {
                    if got[a.index()] && !got[p.index()] {
                        got[p.index()] = true;
                        changed = true;
                    }
                }
            });
        }
    }
    l.blocks.iter().any(|&b| match &f.block(b).term {
        Terminator::Brif(c, ..) | Terminator::Switch(c, ..) => got[c.index()],
        _ => false,
    })
}
