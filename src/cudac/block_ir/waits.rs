//! Which loops wait for other threads: those where going on or leaving hangs on what other threads write, either by the
//! value itself or because a branch on it decides which value a variable gets (`if (flag[i] == 0) again = 1;`).

use crate::cudac::thread_ir::cfg::Loop;
use crate::cudac::thread_ir::*;

/// Beyond this many branches on such values a loop counts as waiting: stopping in it is slower, never wrong.
const MAX_DECISIONS: u32 = 200;

/// An exit of the loop (or any branch in it, if not `exits`) depends on a value read atomically or volatile inside.
pub fn waits_for_memory(f: &Function, loops: &[Loop], l: &Loop, exits: bool) -> bool {
    let looks = |op: &Op| match op {
        Op::AtomicRmw { .. } | Op::AtomicCas { .. } => true,
        Op::Load(_, m) => m.volatile,
        _ => false,
    };
    if !l.blocks.iter().flat_map(|&b| &f.block(b).insts).any(|i| i.result.is_some() && looks(&i.op)) {
        return false;
    }
    let mut t = Taint { f, l, values: vec![false; f.values.len()], changed: true };
    let inner: Vec<&Loop> = loops.iter().filter(|i| i.header != l.header && l.contains(i.header)).collect();
    let (mut decided, mut decisions) = (vec![false; f.blocks.len()], 0);
    while std::mem::take(&mut t.changed) {
        for &b in &l.blocks {
            for inst in &f.block(b).insts {
                if let Some(v) = inst.result {
                    let mut from = looks(&inst.op);
                    inst.op.for_each_value(|a| from |= t.values[a.index()]);
                    t.mark(v, from);
                }
            }
            f.block(b).term.for_each_call(|c| {
                for (a, p) in c.args.iter().zip(&f.block(c.block).params) {
                    t.mark(*p, t.values[a.index()]);
                }
            });
        }
        for &b in &l.blocks {
            if t.branches(b) && !std::mem::replace(&mut decided[b.index()], true) {
                decisions += 1;
                if decisions > MAX_DECISIONS {
                    return true;
                }
                t.mark_joins(b);
                // How often an inner loop goes round decides what its variables are behind it.
                let leaves = |i: &&&Loop| {
                    i.contains(b) && f.block(b).term.successors().iter().any(|s| !i.contains(*s))
                };
                for i in inner.iter().filter(leaves) {
                    f.block(i.header).params.iter().for_each(|p| t.mark(*p, true));
                }
            }
        }
    }
    l.blocks.iter().any(|&b| {
        let leaves = f.block(b).term.successors().iter().any(|s| !l.contains(*s));
        (leaves || !exits) && t.branches(b)
    })
}

struct Taint<'a> {
    f: &'a Function,
    l: &'a Loop,
    values: Vec<bool>,
    changed: bool,
}

impl Taint<'_> {
    fn mark(&mut self, v: Value, yes: bool) {
        if yes && !std::mem::replace(&mut self.values[v.index()], true) {
            self.changed = true;
        }
    }

    fn branches(&self, b: Block) -> bool {
        match &self.f.block(b).term {
            Terminator::Brif(c, ..) | Terminator::Switch(c, ..) => self.values[c.index()],
            _ => false,
        }
    }

    /// Marks what the branch at the end of `b` decides: parameters that get different values where its ways meet again
    /// within one turn of the loop.
    fn mark_joins(&mut self, b: Block) {
        let mut reached = vec![0u32; self.f.blocks.len()];
        let mut ways = self.f.block(b).term.successors();
        ways.sort_unstable();
        ways.dedup();
        for way in ways {
            let mut seen = vec![false; self.f.blocks.len()];
            let mut open = vec![way];
            while let Some(at) = open.pop() {
                if self.l.contains(at) && !std::mem::replace(&mut seen[at.index()], true) {
                    reached[at.index()] += 1;
                    if at != self.l.header {
                        open.extend(self.f.block(at).term.successors());
                    }
                }
            }
        }
        let mut first: Vec<Option<Value>> = vec![None; self.f.values.len()];
        for &from in &self.l.blocks {
            let term = &self.f.block(from).term;
            term.for_each_call(|c| {
                if reached[c.block.index()] > 1 {
                    for (a, p) in c.args.iter().zip(&self.f.block(c.block).params) {
                        let known = *first[p.index()].get_or_insert(*a);
                        self.mark(*p, known != *a);
                    }
                }
            });
        }
    }
}
