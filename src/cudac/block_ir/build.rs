//! Builds Block IR from a kernel whose calls are inlined: points, regions, live slots, places of local memory.

use std::collections::HashMap;

use crate::cudac::thread_ir::cfg::Cfg;
use crate::cudac::thread_ir::liveness::{ValueSet, live_in};
use crate::cudac::thread_ir::*;

use super::ir::*;
use super::points::{Soft, definitions, soft_yields, split_at_sync, sync_kind};
use super::shape::{Shape, Shapes, access};

/// Most operations that are worth repeating instead of keeping a value across a point.
const REMAT_COST: u32 = 8;

/// Blocks of all regions together, beyond the kernel's own.
const MAX_REGION_BLOCKS: usize = 50_000;

/// A point while building.
struct PointDraft {
    block: Block,
    soft: Option<Soft>,
    /// The block that ends in the synchronisation operation.
    sync_block: Option<Block>,
    /// The empty block behind it, whose jump goes to `block`; that has parameters then.
    through: Option<Block>,
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
                None if d.soft.is_some() => PointKind::Soft,
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

/// Cost of computing a value again from parameters, special registers and constants; `None` if impossible or
/// too dear.
fn remat_costs(f: &Function, cfg: &Cfg) -> Vec<Option<u32>> {
    let mut cost: Vec<Option<u32>> = vec![None; f.values.len()];
    for &b in &cfg.order {
        for inst in &f.block(b).insts {
            let Some(v) = inst.result.filter(|_| inst.op.is_pure()) else { continue };
            let own = match &inst.op {
                Op::Math(..) => continue,
                Op::Unary(UnOp::Sqrt, ..) | Op::Binary(BinOp::FDiv, ..) => REMAT_COST,
                Op::Binary(BinOp::SDiv | BinOp::UDiv | BinOp::SRem | BinOp::URem, ..) => REMAT_COST,
                Op::Const(_) | Op::Sreg(_) | Op::ParamLoad(_) => 0,
                _ => 1,
            };
            let mut sum = Some(own);
            inst.op.for_each_value(|a| sum = sum.zip(cost[a.index()]).map(|(x, y)| x + y));
            cost[v.index()] = sum.filter(|&c| c <= REMAT_COST);
        }
    }
    cost
}

#[derive(Default)]
struct SlotAlloc {
    slots: Vec<LiveSlot>,
    /// Operand slots by position and type.
    operands: Vec<((usize, Ty), u32)>,
}

impl SlotAlloc {
    fn add(&mut self, ty: Ty, uniform: bool) -> u32 {
        self.slots.push(LiveSlot { ty, uniform, offset: 0 });
        self.slots.len() as u32 - 1
    }

    fn operand(&mut self, pos: usize, ty: Ty) -> u32 {
        if let Some((_, s)) = self.operands.iter().find(|(k, _)| *k == (pos, ty)) {
            return *s;
        }
        let s = self.add(ty, false);
        self.operands.push(((pos, ty), s));
        s
    }

    /// Gives each kept value a slot; values never kept at one point together may share one.
    fn colour(
        &mut self,
        f: &Function,
        kept: &[Vec<Value>],
        is_uniform: impl Fn(Value) -> bool,
    ) -> Vec<Option<u32>> {
        let mut slot_of: Vec<Option<u32>> = vec![None; f.values.len()];
        let mut points_of: Vec<Vec<usize>> = vec![Vec::new(); f.values.len()];
        for (p, values) in kept.iter().enumerate() {
            values.iter().for_each(|v| points_of[v.index()].push(p));
        }
        // Points at which each slot is taken.
        let mut taken: Vec<Vec<bool>> = Vec::new();
        for &v in kept.iter().flatten() {
            if slot_of[v.index()].is_some() {
                continue;
            }
            let (ty, uniform) = (f.ty(v), is_uniform(v));
            let fits = |s: usize, slots: &[LiveSlot], taken: &[Vec<bool>]| {
                slots[s].ty == ty
                    && slots[s].uniform == uniform
                    && points_of[v.index()].iter().all(|&p| !taken[s][p])
            };
            let s = match (0..self.slots.len()).find(|&s| fits(s, &self.slots, &taken)) {
                Some(s) => s,
                None => {
                    taken.push(vec![false; kept.len()]);
                    self.add(ty, uniform) as usize
                }
            };
            points_of[v.index()].iter().for_each(|&p| taken[s][p] = true);
            slot_of[v.index()] = Some(s as u32);
        }
        slot_of
    }

    /// Offsets, large types first so that all are aligned.
    fn layout(mut self) -> (Vec<LiveSlot>, u32) {
        let mut at = 0;
        for size in [8, 4, 2, 1] {
            for s in self.slots.iter_mut().filter(|s| s.ty.size() == size) {
                s.offset = at;
                at += size;
            }
        }
        (self.slots, at)
    }
}

/// Local slots whose contents may survive a point get a copy for each thread.
fn place_locals(f: &Function, points: usize) -> (Vec<LocalPlace>, u32, u32) {
    let mut used = vec![false; f.slots.len()];
    for inst in f.blocks.iter().flat_map(|b| &b.insts) {
        if let Op::SlotAddr(s) = inst.op {
            used[s.index()] = true;
        }
    }
    let (mut shared, mut thread) = (0u32, 0u32);
    let places = f
        .slots
        .iter()
        .zip(&used)
        .map(|(s, used)| {
            let align = s.align.max(1);
            if !used {
                LocalPlace::None
            } else if points == 1 {
                let at = shared.next_multiple_of(align);
                shared = at + s.size;
                LocalPlace::Shared(at)
            } else {
                let at = thread.next_multiple_of(align);
                thread = at + s.size;
                LocalPlace::PerThread(at)
            }
        })
        .collect();
    (places, shared.next_multiple_of(64), thread.next_multiple_of(16))
}

struct RegionBuilder<'a> {
    f: &'a Function,
    cfg: &'a Cfg,
    drafts: &'a [PointDraft],
    points: &'a [Point],
    kept: &'a [Vec<Value>],
    slot_of: &'a [Option<u32>],
    live: &'a [ValueSet],
    remat: &'a [Option<u32>],
    uniform_live: &'a [bool],
    defs: &'a [Option<&'a Op>],
    /// The point that each block ends in, and the soft points.
    sync_exits: Vec<Option<usize>>,
    soft: Vec<usize>,
}

/// A region while its body is written.
struct Body {
    b: FunctionBuilder,
    /// New value of each old one that has a single definition in the region.
    map: Vec<Option<Value>>,
    /// Old values that are both kept at the start and defined again inside.
    vars: Vec<Option<Variable>>,
    blocks: Vec<Option<Block>>,
    /// Iterations left, by soft point.
    counters: Vec<(usize, Variable)>,
}

impl Body {
    fn get(&mut self, v: Value) -> Value {
        match self.vars[v.index()] {
            Some(var) => self.b.use_var(var),
            None => self.map[v.index()].expect("definition dominates use in the region"),
        }
    }

    fn define(&mut self, old: Value, new: Value) {
        match self.vars[old.index()] {
            Some(var) => self.b.def_var(var, new),
            None => self.map[old.index()] = Some(new),
        }
    }
}

impl<'a> RegionBuilder<'a> {
    #[expect(clippy::too_many_arguments, reason = "one private call; the fields are the facts of `build`")]
    fn new(
        f: &'a Function,
        cfg: &'a Cfg,
        drafts: &'a [PointDraft],
        points: &'a [Point],
        kept: &'a [Vec<Value>],
        slot_of: &'a [Option<u32>],
        live: &'a [ValueSet],
        remat: &'a [Option<u32>],
        uniform_live: &'a [bool],
        defs: &'a [Option<&'a Op>],
    ) -> Self {
        let mut sync_exits = vec![None; f.blocks.len()];
        for (i, d) in drafts.iter().enumerate() {
            if let Some(b) = d.sync_block {
                sync_exits[b.index()] = Some(i);
            }
        }
        let soft = drafts.iter().enumerate().filter(|(_, d)| d.soft.is_some()).map(|(i, _)| i).collect();
        Self { f, cfg, drafts, points, kept, slot_of, live, remat, uniform_live, defs, sync_exits, soft }
    }

    /// The soft point at which a thread may stop on the edge, if any, and after how many times.
    fn soft_edge(&self, from: Block, to: Block) -> Option<(usize, u32)> {
        if !self.cfg.is_retreating(from, to) {
            return None;
        }
        let at = |d: &PointDraft| d.soft.filter(|s| s.header == to).map(|s| s.every);
        self.soft.iter().find_map(|&i| Some((i, at(&self.drafts[i])?)))
    }

    /// A thread always stops on the edge.
    fn always_stops(&self, from: Block, to: Block) -> bool {
        self.soft_edge(from, to).is_some_and(|(_, every)| every == 1)
    }

    fn sync_exit(&self, b: Block) -> Option<usize> {
        self.sync_exits[b.index()]
    }

    /// Blocks of the region in an order in which definitions come before uses.
    fn collect(&self, start: Block) -> Vec<Block> {
        let mut seen = vec![false; self.f.blocks.len()];
        let mut out = Vec::new();
        let mut work = vec![start];
        seen[start.index()] = true;
        while let Some(b) = work.pop() {
            out.push(b);
            if self.sync_exit(b).is_some() {
                continue;
            }
            for s in self.f.block(b).term.successors() {
                if !self.always_stops(b, s) && !std::mem::replace(&mut seen[s.index()], true) {
                    work.push(s);
                }
            }
        }
        // Reverse post-order of the region itself: the start may be in the middle of the function's order.
        let mut post = Vec::with_capacity(out.len());
        let mut visited = vec![false; self.f.blocks.len()];
        let next = |b: Block| -> Vec<Block> {
            if self.sync_exit(b).is_some() {
                return Vec::new();
            }
            let s = self.f.block(b).term.successors();
            s.into_iter().filter(|&t| !self.always_stops(b, t)).collect()
        };
        let mut stack = vec![(start, next(start))];
        visited[start.index()] = true;
        while let Some((b, ss)) = stack.last_mut() {
            match ss.pop() {
                Some(s) if !visited[s.index()] => {
                    visited[s.index()] = true;
                    stack.push((s, next(s)));
                }
                Some(_) => {}
                None => {
                    post.push(*b);
                    stack.pop();
                }
            }
        }
        post.reverse();
        post
    }

    fn build(&self, point: usize, together: bool, blocks: Vec<Block>) -> Region {
        let f = self.f;
        let start = self.drafts[point].block;
        let kept = &self.kept[point];
        // A spin loop yields on its back edges only, so an outer loop may come back to the start inside.
        let reenters = blocks.iter().any(|&b| {
            self.sync_exit(b).is_none()
                && f.block(b).term.successors().iter().any(|&s| s == start && !self.always_stops(b, s))
        });
        let mut defined = vec![false; f.values.len()];
        for &b in &blocks {
            let data = f.block(b);
            if b != start || reenters {
                data.params.iter().for_each(|p| defined[p.index()] = true);
            }
            data.insts.iter().filter_map(|i| i.result).for_each(|v| defined[v.index()] = true);
        }
        // The body is shaped like a kernel so that parameters may be read in it.
        let mut shell = Function::new_kernel(&f.name, f.kernel_params.clone());
        shell.max_threads = f.max_threads;
        shell.slots = f.slots.clone();
        let mut body = Body {
            b: FunctionBuilder::new(shell),
            map: vec![None; f.values.len()],
            vars: vec![None; f.values.len()],
            blocks: vec![None; f.blocks.len()],
            counters: Vec::new(),
        };
        if let Some((_, every)) = self.counter(start) {
            self.reset_counter(&mut body, start, every);
        }
        // A kept value that is defined again inside has several definitions.
        let start_params = &f.block(start).params;
        for &v in kept.iter().filter(|v| defined[v.index()] && !start_params.contains(v)) {
            body.vars[v.index()] = Some(body.b.declare_var(f.ty(v)));
        }
        let mut start_args = Vec::new();
        for &v in kept {
            let slot = self.slot_of[v.index()].expect("kept values have slots");
            let new = body.b.emit(Op::LiveLoad(slot), f.ty(v));
            if reenters && start_params.contains(&v) {
                start_args.push(new); // `kept` has the parameters in order
            } else {
                body.define(v, new);
            }
        }
        for v in self.live[start.index()].iter() {
            if self.remat[v.index()].is_some() {
                self.rematerialise(&mut body, v);
            }
        }
        for &b in &blocks {
            if b == start && !reenters {
                body.blocks[b.index()] = Some(body.b.current_block());
                continue;
            }
            let new = body.b.create_block();
            body.blocks[b.index()] = Some(new);
            for &p in &f.block(b).params {
                let v = body.b.append_block_param(new, f.ty(p));
                if body.vars[p.index()].is_none() {
                    body.map[p.index()] = Some(v);
                }
            }
        }
        if reenters {
            body.b.jump(body.blocks[start.index()].expect("just made"), &start_args);
        }
        let loaded = |v: Value| kept.contains(&v) && !defined[v.index()];
        let mut exits = Vec::new();
        for &b in &blocks {
            self.write_block(&mut body, b, b != start || reenters, &loaded, &mut exits);
        }
        let func = body.b.finish();
        let shapes = Shapes::with_live(&func, self.uniform_live);
        let access = accesses(&func, &shapes.value);
        exits.sort_unstable();
        exits.dedup();
        // With several points a skipped thread would still have to be told that it has ended.
        let alone = self.drafts.len() == 1;
        let clip = super::clip::find(&func, &shapes.value).filter(|_| alone);
        let threads = ThreadLoop { width: 1, clip };
        Region { body: func, threads, shapes: shapes.value, access, exits, together }
    }

    fn rematerialise(&self, body: &mut Body, v: Value) {
        if body.map[v.index()].is_some() {
            return;
        }
        let op = self.defs[v.index()].expect("only operations are computed again").clone();
        let mut operands = Vec::new();
        op.for_each_value(|a| operands.push(a));
        for a in operands {
            self.rematerialise(body, a);
        }
        let mut op = op;
        op.map_values(|a| body.map[a.index()].expect("just made"));
        let new = body.b.emit(op, self.f.ty(v));
        body.map[v.index()] = Some(new);
    }

    fn write_block(
        &self,
        body: &mut Body,
        b: Block,
        has_params: bool,
        loaded: &impl Fn(Value) -> bool,
        exits: &mut Vec<u32>,
    ) {
        let f = self.f;
        let data = f.block(b);
        let new = body.blocks[b.index()].expect("in the region");
        if body.b.current_block() != new {
            body.b.switch_to_block(new);
        }
        if has_params {
            for (i, &p) in data.params.iter().enumerate() {
                if let Some(var) = body.vars[p.index()] {
                    let v = body.b.func().block(new).params[i];
                    body.b.def_var(var, v);
                }
            }
        }
        let sync = self.sync_exit(b);
        let n = data.insts.len() - sync.is_some() as usize;
        for inst in &data.insts[..n] {
            body.b.set_loc(inst.loc);
            if let Some(v) = inst.result
                && self.remat[v.index()].is_some()
                && body.map[v.index()].is_some()
            {
                continue; // already computed at the start of the region
            }
            let mut op = inst.op.clone();
            op.map_values(|v| body.get(v));
            match inst.result {
                Some(v) => {
                    let new = body.b.emit(op, f.ty(v));
                    body.define(v, new);
                }
                None => body.b.emit_void(op),
            }
        }
        body.b.set_loc(data.term_loc);
        if let Some(q) = sync {
            let inst = data.insts.last().expect("the sync operation");
            body.b.set_loc(inst.loc);
            let mut i = 0;
            inst.op.for_each_value(|v| {
                let v = body.get(v);
                body.b.emit_void(Op::LiveStore(self.points[q].operands[i], v));
                i += 1;
            });
            // Parameters of the place where threads go on get what the jump there would give them.
            let to = self.drafts[q].block;
            let params = match self.drafts[q].through {
                Some(_) => &f.block(to).params[..],
                None => &[],
            };
            if let Some(Terminator::Jump(c)) = self.drafts[q].through.map(|n| &f.block(n).term) {
                for (&p, &arg) in params.iter().zip(&c.args) {
                    if !(p == arg && loaded(p)) {
                        self.keep(body, p, arg);
                    }
                }
            }
            for &v in &self.kept[q] {
                if Some(v) != inst.result && !params.contains(&v) && !loaded(v) {
                    self.keep(body, v, v);
                }
            }
            exits.push(q as u32);
            body.b.exit(q as u32);
            return;
        }
        // Edges to a soft point get a block that counts, or keeps the values and stops.
        let mut pending = Vec::new();
        for to in data.term.successors() {
            // Coming from outside, the count starts anew.
            if let Some((_, every)) = self.counter(to)
                && self.soft_edge(b, to).is_none()
            {
                self.reset_counter(body, to, every);
            }
        }
        let target = |c: &BlockCall, body: &mut Body, pending: &mut Vec<(Block, usize, BlockCall)>| {
            if let Some((q, _)) = self.soft_edge(b, c.block) {
                let stop = body.b.create_block();
                pending.push((stop, q, c.clone()));
                return (stop, Vec::new());
            }
            let args = c.args.iter().map(|&v| body.get(v)).collect();
            (body.blocks[c.block.index()].expect("successor is in the region"), args)
        };
        match &data.term {
            Terminator::Jump(c) => {
                let (t, args) = target(c, body, &mut pending);
                body.b.jump(t, &args);
            }
            Terminator::Brif(c, x, y) => {
                let cond = body.get(*c);
                let (t, ta) = target(x, body, &mut pending);
                let (e, ea) = target(y, body, &mut pending);
                body.b.brif(cond, t, &ta, e, &ea);
            }
            Terminator::Switch(v, cases, default) => {
                let v = body.get(*v);
                let mut calls = Vec::new();
                for (bits, c) in cases {
                    let (block, args) = target(c, body, &mut pending);
                    calls.push((*bits, BlockCall { block, args }));
                }
                let (block, args) = target(default, body, &mut pending);
                body.b.switch_args(v, calls, BlockCall { block, args });
            }
            Terminator::Return(_) => body.b.exit(EXITED),
            Terminator::Trap(k) => body.b.trap(*k),
            Terminator::Unreachable => body.b.unreachable(),
            Terminator::Exit(_) => unreachable!("not in thread IR"),
        }
        for (stop, q, call) in pending {
            body.b.seal_block(stop);
            body.b.switch_to_block(stop);
            if let Some((var, _)) = self.counter_var(body, call.block) {
                let (left, one) = (body.b.use_var(var), body.b.iconst(Ty::I32, 1));
                let left = body.b.binary(BinOp::Sub, left, one);
                body.b.def_var(var, left);
                let zero = body.b.iconst(Ty::I32, 0);
                let more = body.b.icmp(ICmp::Ne, left, zero);
                let header = body.blocks[call.block.index()].expect("in the region");
                let args: Vec<Value> = call.args.iter().map(|&v| body.get(v)).collect();
                let stop = body.b.create_block();
                body.b.brif(more, header, &args, stop, &[]);
                body.b.seal_block(stop);
                body.b.switch_to_block(stop);
            }
            let params = &f.block(call.block).params;
            for (&p, &arg) in params.iter().zip(&call.args) {
                if !(p == arg && loaded(p)) {
                    self.keep(body, p, arg);
                }
            }
            for &v in self.kept[q].iter().filter(|v| !params.contains(v) && !loaded(**v)) {
                self.keep(body, v, v);
            }
            exits.push(q as u32);
            body.b.exit(q as u32);
        }
    }

    /// Number and period of the soft point at a loop header that is counted.
    fn counter(&self, header: Block) -> Option<(usize, u32)> {
        let every = |d: &PointDraft| d.soft.filter(|s| s.header == header && s.every > 1).map(|s| s.every);
        self.soft.iter().find_map(|&i| Some((i, every(&self.drafts[i])?)))
    }

    fn counter_var(&self, body: &mut Body, header: Block) -> Option<(Variable, u32)> {
        let (point, every) = self.counter(header)?;
        let var = match body.counters.iter().find(|(p, _)| *p == point) {
            Some((_, var)) => *var,
            None => {
                let var = body.b.declare_var(Ty::I32);
                body.counters.push((point, var));
                var
            }
        };
        Some((var, every))
    }

    fn reset_counter(&self, body: &mut Body, header: Block, every: u32) {
        if let Some((var, _)) = self.counter_var(body, header) {
            let full = body.b.iconst(Ty::I32, every as i64);
            body.b.def_var(var, full);
        }
    }

    /// Stores the value of `src` into the slot of `dst`.
    fn keep(&self, body: &mut Body, dst: Value, src: Value) {
        let v = body.get(src);
        let slot = self.slot_of[dst.index()].expect("kept values have slots");
        body.b.emit_void(Op::LiveStore(slot, v));
    }
}

fn accesses(f: &Function, shape: &[Shape]) -> Vec<(u32, u32, super::shape::Access)> {
    let mut out = Vec::new();
    for b in f.block_ids() {
        for (i, inst) in f.block(b).insts.iter().enumerate() {
            let (addr, ty) = match &inst.op {
                Op::Load(a, _) => (*a, f.ty(inst.result.expect("loads have results"))),
                Op::Store(a, v, _) => (*a, f.ty(*v)),
                Op::AtomicRmw { addr, val, .. } => (*addr, f.ty(*val)),
                Op::AtomicCas { addr, new, .. } => (*addr, f.ty(*new)),
                _ => continue,
            };
            out.push((b.0, i as u32, access(shape[addr.index()], ty)));
        }
    }
    out
}
