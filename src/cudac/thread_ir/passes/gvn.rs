//! Common subexpressions: a pure operation computed in a dominating place is not computed again.
//!
//! Loads of memory that nothing writes during the kernel count as pure; a load repeated in one block with no
//! write in between is reused too.

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use crate::cudac::thread_ir::cfg::Cfg;
use crate::cudac::thread_ir::*;

/// So many places of one operation are looked at, lest a long row of branches takes quadratic time.
const MAX_PLACES: usize = 32;

/// An operation with its operands in a fixed order, and its type.
type Key = (Op, Option<Ty>);

fn key(op: &Op, ty: Option<Ty>) -> Key {
    let mut op = op.clone();
    match &mut op {
        Op::Binary(o, a, b, _) if o.is_commutative() && *a > *b => std::mem::swap(a, b),
        Op::ICmp(ICmp::Eq | ICmp::Ne, a, b) if *a > *b => std::mem::swap(a, b),
        _ => {}
    }
    (op, ty)
}

pub fn run(f: &mut Function) {
    let cfg = Cfg::new(f);
    let mut alias: Vec<Option<Value>> = vec![None; f.values.len()];
    let mut seen: FxHashMap<Key, SmallVec<[(Block, Value); 1]>> = FxHashMap::default();
    for &b in &cfg.order {
        let mut insts = std::mem::take(&mut f.block_mut(b).insts);
        let mut loads: FxHashMap<Key, Value> = FxHashMap::default();
        insts.retain_mut(|inst| {
            inst.op.map_values(|v| alias[v.index()].unwrap_or(v));
            let ty = inst.result.map(|v| f.values[v.index()]);
            let constant_memory = matches!(&inst.op, Op::Load(_, m)
                if !m.volatile && (m.readonly || matches!(m.space, Space::Const | Space::Param)));
            if let Op::Load(_, m) = &inst.op
                && !m.volatile
                && !constant_memory
            {
                let v = inst.result.expect("loads have results");
                let k = key(&inst.op, ty);
                if let Some(&old) = loads.get(&k) {
                    alias[v.index()] = Some(old);
                    return false;
                }
                loads.insert(k, v);
                return true;
            }
            if !inst.op.is_pure() && !constant_memory {
                // Anything that may write, wait or call makes earlier loads stale.
                loads.clear();
                return true;
            }
            let Some(v) = inst.result else { return true };
            let k = key(&inst.op, ty);
            let places = seen.entry(k).or_default();
            let mut newest = places.iter().rev().take(MAX_PLACES);
            if let Some((_, old)) = newest.find(|(at, _)| cfg.dominates(*at, b)) {
                alias[v.index()] = Some(*old);
                return false;
            }
            places.push((b, v));
            true
        });
        f.block_mut(b).insts = insts;
        f.block_mut(b).term.map_values(|v| alias[v.index()].unwrap_or(v));
    }
    // Arguments on edges from blocks handled before their operands' aliases were known (back edges) are
    // complete after one more walk.
    for b in &mut f.blocks {
        b.term.map_values(|v| alias[v.index()].unwrap_or(v));
    }
}
