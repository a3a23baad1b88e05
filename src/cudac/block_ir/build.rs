//! Builds Block IR from a kernel whose calls are inlined: finds the points and which of them all threads reach
//! together; the live slots are those of `slots`, the bodies those of `regions`.

use std::collections::HashMap;

use crate::cudac::thread_ir::cfg::Cfg;
use crate::cudac::thread_ir::liveness::live_in;
use crate::cudac::thread_ir::*;

use super::ir::*;
use super::points::{Soft, definitions, soft_yields, split_at_sync, sync_kind};
use super::regions::RegionBuilder;
use super::shape::Shapes;
use super::slots::{SlotAlloc, place_locals, remat_costs};

/// Blocks of all regions together, beyond the kernel's own.
const MAX_REGION_BLOCKS: usize = 50_000;

/// Values kept at all points together: each is a store and a load.
const MAX_KEPT: usize = 500_000;

/// A point while building.
pub(super) struct PointDraft {
    pub(super) block: Block,
    pub(super) soft: Option<Soft>,
    /// The block that ends in the synchronisation operation.
    pub(super) sync_block: Option<Block>,
    /// The empty block behind it, whose jump goes to `block`; that has parameters then.
    pub(super) through: Option<Block>,
}

/// `module.funcs[0]` is the kernel, as `passes::inline_kernel` leaves it. `interchange` and `yield_every` are
/// those of `CompileOptions`.
///
/// The error is for the user: code between barriers is in the region of each, which grows with their product.
pub fn build(
    mut module: Module,
    interchange: bool,
    yield_every: Option<u32>,
) -> Result<BlockKernel, &'static str> {
    split_at_sync(&mut module.funcs[0]);
    cleanup::remove_unreachable_blocks(&mut module.funcs[0]);
    let f = &mut module.funcs[0];
    let (mut cfg, mut shapes) = (Cfg::new(f), Shapes::new(f));
    // Loops that wait for other threads must not find them waiting for a round.
    let mut soft = soft_yields(f, &cfg, &shapes, false, yield_every);
    if interchange && soft.is_empty() && super::rounds::interchange(f, &cfg, &shapes) {
        (cfg, shapes) = (Cfg::new(f), Shapes::new(f));
    } else {
        soft = soft_yields(f, &cfg, &shapes, interchange, yield_every);
    }
    let mut shared = Vec::new();
    if interchange && soft.is_empty() && is_uniform(f, &cfg, &shapes, &soft) {
        shared = super::share::join(f, &cfg, &shapes);
        if !shared.is_empty() {
            (cfg, shapes) = (Cfg::new(f), Shapes::new(f));
        }
    }
    let f = &module.funcs[0];
    let order = cfg.convergence_order(f);

    let mut drafts = vec![PointDraft { block: Function::ENTRY, soft: None, sync_block: None, through: None }];
    for &b in &cfg.order {
        if f.block(b).insts.last().is_some_and(|i| i.op.is_sync()) {
            let next = f.block(b).term.successors()[0];
            let data = f.block(next);
            let to = match &data.term {
                Terminator::Jump(c) if data.insts.is_empty() => Some(c.block),
                _ => None,
            };
            let to = to.filter(|to| shared.contains(to));
            drafts.push(PointDraft {
                block: to.unwrap_or(next),
                soft: None,
                sync_block: Some(b),
                through: to.map(|_| next),
            });
        }
    }
    for &s in &soft {
        drafts.push(PointDraft { block: s.header, soft: Some(s), sync_block: None, through: None });
    }
    let together = together(f, &cfg, &shapes, &soft, &drafts);

    // Which values have to be kept at each point.
    let live = live_in(f, &cfg);
    let remat = remat_costs(f, &cfg);
    let kept: Vec<Vec<Value>> = drafts
        .iter()
        .map(|d| {
            let set = &live[d.block.index()];
            let mut v: Vec<Value> = set.iter().filter(|v| remat[v.index()].is_none()).collect();
            if d.soft.is_some() || d.through.is_some() {
                v.extend(&f.block(d.block).params);
            }
            v
        })
        .collect();
    if kept.iter().map(Vec::len).sum::<usize>() > MAX_KEPT {
        return Err("too many values in use at too many barriers and warp operations");
    }
    let mut slots = SlotAlloc::default();
    // A slot for the whole block is not for regions that some threads enter later than others.
    let mut apart = vec![false; f.values.len()];
    for (kept, _) in kept.iter().zip(&together).filter(|(_, together)| !**together) {
        kept.iter().for_each(|v| apart[v.index()] = true);
    }
    let slot_of = slots.colour(f, &kept, |v| !apart[v.index()] && !shapes.divergent[v.index()]);

    let mut points = Vec::new();
    for d in &drafts {
        let sync = d.sync_block.map(|b| f.block(b).insts.last().expect("ends in a sync operation"));
        let mut operands = Vec::new();
        if let Some(inst) = sync {
            inst.op.for_each_value(|v| operands.push(slots.operand(operands.len(), f.ty(v))));
        }
        points.push(Point {
            kind: match sync {
                Some(inst) => sync_kind(f, &inst.op).expect("a sync operation"),
                None if let Some(s) = d.soft => PointKind::Soft { waits: s.waits },
                None => PointKind::Entry,
            },
            loc: sync.map_or(Loc(0), |i| i.loc),
            order: order[d.block.index()] as u32,
            operands,
            result: sync.and_then(|i| i.result).and_then(|v| slot_of[v.index()]),
        });
    }
    let uniform_live: Vec<bool> = slots.slots.iter().map(|s| s.uniform).collect();
    let mut regions: Vec<Region> = Vec::with_capacity(drafts.len());
    let mut total = 0;
    let mut first_through: HashMap<Block, usize> = HashMap::new();
    let mut same: Vec<u32> = Vec::with_capacity(drafts.len());
    for (i, d) in drafts.iter().enumerate() {
        let first = if d.through.is_some() { *first_through.entry(d.block).or_insert(i) } else { i };
        same.push(first as u32);
    }
    let defs = definitions(f);
    let builder =
        RegionBuilder::new(f, &cfg, &drafts, &points, &kept, &slot_of, &live, &remat, &uniform_live, &defs);
    for i in 0..drafts.len() {
        if (same[i] as usize) < i {
            regions.push(regions[same[i] as usize].clone());
            continue;
        }
        let blocks = builder.collect(drafts[i].block);
        total += blocks.len();
        if total > MAX_REGION_BLOCKS + f.blocks.len() {
            return Err("too many barriers and warp operations under conditions");
        }
        regions.push(builder.build(i, together[i], blocks));
    }
    let (locals, local_shared_bytes, local_thread_bytes) = place_locals(f, drafts.len());
    let (live, live_bytes) = slots.layout();
    Ok(BlockKernel {
        points,
        regions,
        same,
        live,
        live_bytes,
        locals,
        local_shared_bytes,
        local_thread_bytes,
        uniform: together.iter().all(|t| *t),
        module,
    })
}

/// By point: all threads come there together, and all that they do from there to the next point, where they stop
/// together again, is up to no branch that may differ between them.
fn together(f: &Function, cfg: &Cfg, shapes: &Shapes, soft: &[Soft], drafts: &[PointDraft]) -> Vec<bool> {
    if drafts.len() == 1 || is_uniform(f, cfg, shapes, soft) {
        return vec![true; drafts.len()];
    }
    let stop = |b: Block| f.block(b).insts.last().filter(|i| i.op.is_sync());
    // With barriers under conditions threads may wait at different ones.
    let barrier = |b: Block| matches!(stop(b), Some(Inst { op: Op::Barrier(..), .. }));
    if cfg.order.iter().any(|&b| barrier(b) && shapes.divergent_block[b.index()]) {
        return vec![false; drafts.len()];
    }
    let mut at: Vec<Option<usize>> = vec![None; f.blocks.len()];
    for (i, d) in drafts.iter().enumerate() {
        if let Some(b) = d.sync_block {
            at[b.index()] = Some(i);
        }
    }
    // Blocks where some threads stop, or may.
    let mut parts: Vec<bool> = f
        .block_ids()
        .map(|b| {
            let ends = matches!(f.block(b).term, Terminator::Return(_));
            shapes.divergent_block[b.index()] && (ends || stop(b).is_some())
        })
        .collect();
    soft.iter().for_each(|s| parts[s.header.index()] = true);
    let mut exits: Vec<Vec<usize>> = Vec::new();
    let mut out: Vec<bool> = Vec::new();
    let mut total = 0;
    for d in drafts {
        let mut all = d.soft.is_none() && d.sync_block.is_none_or(|b| !shapes.divergent_block[b.index()]);
        let mut seen = vec![false; f.blocks.len()];
        seen[d.block.index()] = true;
        let (mut work, mut stops) = (vec![d.block], Vec::new());
        while let Some(b) = work.pop() {
            total += 1;
            all &= !parts[b.index()];
            match at[b.index()] {
                Some(q) => stops.push(q),
                None => {
                    for s in f.block(b).term.successors() {
                        if !std::mem::replace(&mut seen[s.index()], true) {
                            work.push(s);
                        }
                    }
                }
            }
        }
        if total > MAX_REGION_BLOCKS + f.blocks.len() {
            return vec![false; drafts.len()];
        }
        exits.push(stops);
        out.push(all);
    }
    // Warp operations complete warp by warp unless the whole block has come together.
    let waits_for_all = |d: &PointDraft| {
        let op = d.sync_block.and_then(stop).map(|i| &i.op);
        matches!(op, None | Some(Op::Barrier(..) | Op::Largest { .. } | Op::Meet))
    };
    loop {
        let before = out.clone();
        for (i, stops) in exits.iter().enumerate().filter(|(i, _)| !before[*i]) {
            debug_assert!(!out[i]);
            for &q in stops.iter().filter(|&&q| !waits_for_all(&drafts[q])) {
                out[q] = false;
            }
        }
        if out == before {
            return out;
        }
    }
}

/// No branch that may differ between threads decides which point comes next.
fn is_uniform(f: &Function, cfg: &Cfg, shapes: &Shapes, soft: &[Soft]) -> bool {
    let stops = |b: Block| {
        let data = f.block(b);
        data.insts.last().is_some_and(|i| i.op.is_sync())
            || soft.iter().any(|s| s.header == b)
            || matches!(data.term, Terminator::Return(_))
    };
    cfg.order.iter().all(|&b| !(shapes.divergent_block[b.index()] && stops(b)))
}
