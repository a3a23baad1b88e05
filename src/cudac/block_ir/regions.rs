//! Writes the bodies of regions: the code from one point to the next ones, its kept values loaded at the start and
//! stored where a thread stops.

use crate::cudac::thread_ir::cfg::Cfg;
use crate::cudac::thread_ir::liveness::ValueSet;
use crate::cudac::thread_ir::*;

use super::build::PointDraft;
use super::ir::*;
use super::shape::{Shape, Shapes, access};

pub(super) struct RegionBuilder<'a> {
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
    pub(super) fn new(
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
    pub(super) fn collect(&self, start: Block) -> Vec<Block> {
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

    pub(super) fn build(&self, point: usize, together: bool, blocks: Vec<Block>) -> Region {
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
