//! How large a kernel may be once its calls are inlined. Analyses and register allocation take time and memory by the
//! product of two of its measures; a text that is beyond a bound is refused at the line where it passes it, instead of
//! taking minutes or gigabytes. `docs/cuda-c.md` lists the bounds.

use std::collections::HashSet;

use crate::cudac::thread_ir::cfg::Cfg;
use crate::cudac::thread_ir::liveness::live_in;
use crate::cudac::thread_ir::*;

use super::CompileError;

/// Analyses take time by the depth of loops; a chain of backward jumps makes a loop of each.
const MAX_LOOP_DEPTH: u32 = 64;
/// Basic blocks times values: a set of values for each block is an eighth of it in bytes.
const MAX_SETS: u64 = 1 << 29;
/// The same before the passes, which take most of it away.
const MAX_SETS_BEFORE: u64 = 4 * MAX_SETS;
/// Ways that come together in one place.
const MAX_WAYS: usize = 6_000;
/// Values kept in registers or on the stack at one time.
const MAX_LIVE: usize = 6_000;
/// Barriers and warp operations.
const MAX_SYNCS: usize = 4_000;
/// Variables outside of functions, and strings.
const MAX_SYMBOLS: usize = 6_000;

fn refused(why: String, loc: Loc) -> CompileError {
    CompileError::Refused { why, loc }
}

fn too_many(max: usize, what: &str, loc: Loc) -> CompileError {
    refused(format!("the kernel is too large: more than {max} {what}"), loc)
}

/// Before the passes: the bounds beyond which they would take too long themselves.
pub fn before_passes(f: &Function) -> Result<(), CompileError> {
    sets(f, MAX_SETS_BEFORE)?;
    deep_loops(f)
}

/// Before block IR and code generation.
pub fn before_code(f: &Function) -> Result<(), CompileError> {
    sets(f, MAX_SETS)?;
    let cfg = Cfg::new(f);
    if let Some(&b) = cfg.order.iter().find(|b| cfg.preds[b.index()].len() > MAX_WAYS) {
        let from = cfg.preds[b.index()][MAX_WAYS];
        return Err(too_many(MAX_WAYS, "branches that come together in one place", f.block(from).term_loc));
    }
    let (mut syncs, mut symbols) = (0, HashSet::new());
    for inst in f.blocks.iter().flat_map(|b| &b.insts) {
        syncs += inst.op.is_sync() as usize;
        if syncs > MAX_SYNCS {
            return Err(too_many(MAX_SYNCS, "barriers and warp operations", inst.loc));
        }
        let symbol = match &inst.op {
            Op::GlobalAddr(g) => (0, g.0),
            Op::StrAddr(s) | Op::Printf(s, _) => (1, s.0),
            _ => continue,
        };
        symbols.insert(symbol);
        if symbols.len() > MAX_SYMBOLS {
            return Err(too_many(MAX_SYMBOLS, "variables outside of functions and strings", inst.loc));
        }
    }
    pressure(f, &cfg)
}

fn sets(f: &Function, max: u64) -> Result<(), CompileError> {
    if f.blocks.len() as u64 * f.values.len() as u64 <= max {
        return Ok(());
    }
    let blocks = (max / f.values.len() as u64) as usize;
    let loc = f.blocks.iter().take(blocks.max(1)).map(|b| b.term_loc).rfind(|loc| *loc != Loc(0));
    let (blocks, values) = (f.blocks.len(), f.values.len());
    let why =
        format!("the kernel is too large: {blocks} places where control may part or meet, {values} values");
    Err(refused(why, loc.unwrap_or(Loc(0))))
}

/// Loops one after the other, outer before inner, and no list of their blocks: in a chain of backward jumps all blocks
/// are in most loops.
fn deep_loops(f: &Function) -> Result<(), CompileError> {
    let cfg = Cfg::new(f);
    let mut nesting = vec![0u32; f.blocks.len()];
    let mut inside = vec![Block(u32::MAX); f.blocks.len()];
    for &header in &cfg.order {
        let latches = cfg.preds[header.index()].iter().copied().filter(|&p| cfg.dominates(header, p));
        let mut work: Vec<Block> = latches.collect();
        if work.is_empty() {
            continue;
        }
        inside[header.index()] = header;
        nesting[header.index()] += 1;
        while let Some(b) = work.pop() {
            if std::mem::replace(&mut inside[b.index()], header) != header {
                nesting[b.index()] += 1;
                work.extend(cfg.preds[b.index()].iter().copied());
            }
        }
        if nesting[header.index()] > MAX_LOOP_DEPTH {
            let why = format!("loops are nested more than {MAX_LOOP_DEPTH} deep");
            return Err(refused(why, f.block(header).term_loc));
        }
    }
    Ok(())
}

/// No place where too many values are waiting to be used.
fn pressure(f: &Function, cfg: &Cfg) -> Result<(), CompileError> {
    if f.values.len() <= MAX_LIVE {
        return Ok(());
    }
    let live = live_in(f, cfg);
    for &b in &cfg.order {
        let data = f.block(b);
        // Behind the block, then back through it.
        let mut set = liveness::ValueSet::new(f.values.len());
        data.term.for_each_call(|c| {
            set.union(&live[c.block.index()]);
        });
        data.term.for_each_value(|v| set.insert(v));
        let mut count = set.iter().count();
        for inst in data.insts.iter().rev() {
            if let Some(v) = inst.result.filter(|v| set.contains(*v)) {
                set.remove(v);
                count -= 1;
            }
            inst.op.for_each_value(|v| {
                count += !set.contains(v) as usize;
                set.insert(v);
            });
            if count > MAX_LIVE {
                return Err(too_many(MAX_LIVE, "values in use at one time", inst.loc));
            }
        }
    }
    Ok(())
}
