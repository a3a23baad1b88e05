//! Which values are live at the start of each block.

use super::cfg::Cfg;
use super::ir::*;

/// A set of values of one function.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ValueSet {
    bits: Vec<u64>,
}

impl ValueSet {
    pub fn new(values: usize) -> Self {
        Self { bits: vec![0; values.div_ceil(64)] }
    }

    pub fn insert(&mut self, v: Value) {
        self.bits[v.index() / 64] |= 1 << (v.index() % 64);
    }

    pub fn remove(&mut self, v: Value) {
        self.bits[v.index() / 64] &= !(1 << (v.index() % 64));
    }

    pub fn contains(&self, v: Value) -> bool {
        self.bits[v.index() / 64] >> (v.index() % 64) & 1 != 0
    }

    /// Adds all of `other`; true if anything is new.
    pub fn union(&mut self, other: &Self) -> bool {
        let mut changed = false;
        for (a, b) in self.bits.iter_mut().zip(&other.bits) {
            changed |= *b & !*a != 0;
            *a |= b;
        }
        changed
    }

    pub fn iter(&self) -> impl Iterator<Item = Value> {
        self.bits.iter().enumerate().flat_map(|(i, &word)| {
            (0..64).filter(move |b| word >> b & 1 != 0).map(move |b| Value((i * 64 + b) as u32))
        })
    }
}

/// Live-in values of each block; a block's own parameters are not among them.
pub fn live_in(f: &Function, cfg: &Cfg) -> Vec<ValueSet> {
    let n = f.values.len();
    let mut live: Vec<ValueSet> = vec![ValueSet::new(n); f.blocks.len()];
    let mut changed = true;
    while changed {
        changed = false;
        for &b in cfg.order.iter().rev() {
            let data = f.block(b);
            let mut set = ValueSet::new(n);
            data.term.for_each_call(|c| {
                set.union(&live[c.block.index()]);
            });
            data.term.for_each_value(|v| set.insert(v));
            for inst in data.insts.iter().rev() {
                if let Some(v) = inst.result {
                    set.remove(v);
                }
                inst.op.for_each_value(|v| set.insert(v));
            }
            data.params.iter().for_each(|&p| set.remove(p));
            if live[b.index()].union(&set) {
                changed = true;
            }
        }
    }
    live
}
