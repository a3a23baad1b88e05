//! Interchange of the thread loop with a kernel's own grid-stride loop.
//!
//! `for (i = start(threadIdx.x); i < n; i += uniform)` goes round in two copies. In the first all threads of the
//! block go round together, for as long as none of them is done: the largest `i` of the block decides. A region is
//! then a strip of rounds without any condition of a single thread, with neighbouring threads at neighbouring
//! addresses. The second copy is the loop as it was, for the rounds that only some threads have left.

use crate::cudac::thread_ir::cfg::{Cfg, Loop};
use crate::cudac::thread_ir::*;

use super::points::{definitions, grid_stride, start_shape};
use super::shape::{Shape, Shapes};

/// Rounds of a strip: enough that the memory of several is under way at once, few enough that the cache lines of
/// all of them are still there for the neighbouring threads.
const STRIP: u64 = 16;
/// Most operations of a loop that is worth a copy.
const MAX_OPS: usize = 400;
/// Most loops of one kernel: each brings two points, with a region each.
const MAX_LOOPS: usize = 4;

/// A header parameter that grows by `step` in each round, from `start`.
struct Induction {
    start: Value,
    step: Value,
    pointer: bool,
    /// Of start plus growth within a strip, where the index that is compared does not wrap.
    flags: FastFlags,
}

/// What the header compares: threads go on while `index < bound`.
#[derive(Clone, Copy)]
struct Test {
    /// Position of the induction variable among the header's parameters.
    index: usize,
    bound: Value,
    signed: bool,
    /// `index <= bound`
    equal: bool,
}

/// A loop that can go round in strips.
struct Candidate<'a> {
    l: &'a Loop,
    inductions: Vec<Option<Induction>>,
    test: Test,
}

/// Does it where it pays; true if it did anything. All synchronisation ends its block already.
pub fn interchange(f: &mut Function, cfg: &Cfg, shapes: &Shapes) -> bool {
    let loops = cfg.loops();
    if loops.is_empty() {
        return false;
    }
    let defs = definitions(f);
    let mut chosen: Vec<Candidate> = Vec::new();
    for l in &loops {
        if chosen.len() < MAX_LOOPS
            && !chosen.iter().any(|c| c.l.contains(l.header))
            && let Some(c) = candidate(f, cfg, shapes, &defs, l)
        {
            chosen.push(c);
        }
    }
    for c in &chosen {
        let header = f.block(c.l.header).clone();
        Strips { f, c, header }.build();
    }
    if chosen.is_empty() {
        return false;
    }
    passes::dce::run(f);
    true
}

/// A loop that all threads enter together, that only its header leaves, and that threads leave in the order of
/// `threadIdx.x`.
fn candidate<'a>(
    f: &Function,
    cfg: &Cfg,
    shapes: &Shapes,
    defs: &[Option<&Op>],
    l: &'a Loop,
) -> Option<Candidate<'a>> {
    let header = f.block(l.header);
    let Terminator::Brif(cond, a, b) = &header.term else { return None };
    if l.contains(a.block) == l.contains(b.block) || !header.insts.iter().all(|i| i.op.is_pure()) {
        return None;
    }
    let stays = l.contains(a.block);
    let mut ops = 0;
    for &b in &l.blocks {
        let data = f.block(b);
        ops += data.insts.len();
        if data.insts.last().is_some_and(|i| i.op.is_sync()) {
            return None;
        }
        // Failed assertions may leave from anywhere.
        let ends = |s: &Block| {
            let d = f.block(*s);
            d.insts.is_empty() && matches!(d.term, Terminator::Trap(_) | Terminator::Unreachable)
        };
        if b != l.header && data.term.successors().iter().any(|s| !l.contains(*s) && !ends(s)) {
            return None;
        }
    }
    let outside: Vec<Block> =
        cfg.preds[l.header.index()].iter().copied().filter(|&p| !l.contains(p)).collect();
    let ([entry], [latch]) = (&outside[..], &l.latches[..]) else { return None };
    if ops > MAX_OPS
        || shapes.divergent_block[entry.index()]
        || shapes.divergent_branch[entry.index()]
        || (*latch != l.header && !matches!(f.block(*latch).term, Terminator::Jump(_)))
    {
        return None;
    }
    let args_from = |from: Block| {
        let mut calls: Vec<BlockCall> = Vec::new();
        f.block(from).term.for_each_call(|c| {
            if c.block == l.header {
                calls.push(c.clone());
            }
        });
        if calls.len() == 1 { calls.pop().map(|c| c.args) } else { None }
    };
    let (entry, next) = (args_from(*entry)?, args_from(*latch)?);
    let shape = grid_stride(f, cfg, shapes, defs, l)?;
    let Some(Op::ICmp(cc, x, y)) = defs[cond.index()] else { return None };
    let (index, bound, signed, equal) = match (cc, stays) {
        (ICmp::Slt, true) | (ICmp::Sge, false) => (*x, *y, true, false),
        (ICmp::Ult, true) | (ICmp::Uge, false) => (*x, *y, false, false),
        (ICmp::Sle, true) | (ICmp::Sgt, false) => (*x, *y, true, true),
        (ICmp::Ule, true) | (ICmp::Ugt, false) => (*x, *y, false, true),
        (ICmp::Sgt, true) | (ICmp::Sle, false) => (*y, *x, true, false),
        (ICmp::Ugt, true) | (ICmp::Ule, false) => (*y, *x, false, false),
        (ICmp::Sge, true) | (ICmp::Slt, false) => (*y, *x, true, true),
        (ICmp::Uge, true) | (ICmp::Ult, false) => (*y, *x, false, true),
        _ => return None,
    };
    let inside = |v: Value| {
        l.blocks.iter().any(|&b| {
            let data = f.block(b);
            data.params.contains(&v) || data.insts.iter().any(|i| i.result == Some(v))
        })
    };
    let inductions = header.params.iter().enumerate().map(|(i, &p)| {
        let (start, pointer) = (entry[i], f.ty(p) == Ty::Ptr);
        let (step, flags) = match defs[next[i].index()]? {
            Op::PtrAdd(a, b) if *a == p => (*b, FastFlags::NONE),
            Op::Binary(BinOp::Add, a, b, flags) if *a == p => (*b, *flags),
            Op::Binary(BinOp::Add, a, b, flags) if *b == p => (*a, *flags),
            _ => return None,
        };
        let flags = if signed && p == index { FastFlags::NO_WRAP } else { flags };
        let fits = matches!(f.ty(p), Ty::I32 | Ty::I64 | Ty::Ptr)
            && matches!(start_shape(shapes, defs, start), Shape::Linear(_))
            && shapes.value[step.index()] == Shape::Uniform
            && !inside(step);
        fits.then_some(Induction { start, step, pointer, flags })
    });
    let inductions: Vec<Option<Induction>> = inductions.collect();
    let index = header.params.iter().position(|&p| p == index)?;
    let counts = inductions[index].as_ref().is_some_and(|i| !i.pointer)
        && matches!(shape[header.params[index].index()], Shape::Linear(1));
    (counts && shapes.value[bound.index()] == Shape::Uniform && !inside(bound)).then_some(Candidate {
        l,
        inductions,
        test: Test { index, bound, signed, equal },
    })
}

/// Copies the values that a block defines; the copy's operands go through `map`, which learns the new ones.
fn copy_insts(f: &mut Function, insts: &[Inst], map: &mut [Option<Value>], out: &mut Vec<Inst>) {
    for inst in insts {
        let mut inst = inst.clone();
        inst.op.map_values(|v| map[v.index()].unwrap_or(v));
        if let Some(v) = inst.result {
            let new = f.new_value(f.ty(v));
            map[v.index()] = Some(new);
            inst.result = Some(new);
        }
        out.push(inst);
    }
}

/// The values of the kernel in terms of a copy.
type Map = Vec<Option<Value>>;

fn jump(block: Block, args: Vec<Value>) -> Terminator {
    Terminator::Jump(BlockCall { block, args })
}

fn get(map: &Map, v: Value) -> Value {
    map.get(v.index()).copied().flatten().unwrap_or(v)
}

/// Writes the strips of one loop.
struct Strips<'a> {
    f: &'a mut Function,
    c: &'a Candidate<'a>,
    header: ir::BlockData,
}

impl Strips<'_> {
    fn emit(&mut self, insts: &mut Vec<Inst>, op: Op, ty: Ty) -> Value {
        let v = self.f.new_value(ty);
        insts.push(Inst { op, result: Some(v), loc: self.header.term_loc });
        v
    }

    fn binary(&mut self, insts: &mut Vec<Inst>, op: BinOp, a: Value, b: Value) -> Value {
        let ty = self.f.ty(a);
        self.emit(insts, Op::Binary(op, a, b, FastFlags::NONE), ty)
    }

    fn write(&mut self, block: Block, params: Vec<Value>, insts: Vec<Inst>, term: Terminator) {
        let term_loc = self.header.term_loc;
        *self.f.block_mut(block) = ir::BlockData { params, insts, term, term_loc };
    }

    /// Parameters of a copy of the header: for an induction variable, what it has grown by, which is the same in
    /// all threads.
    fn grown(&mut self) -> Vec<Value> {
        let types = self.header.params.iter().zip(&self.c.inductions);
        let types: Vec<Ty> = types.map(|(&p, i)| self.f.ty(i.as_ref().map_or(p, |i| i.step))).collect();
        types.into_iter().map(|ty| self.f.new_value(ty)).collect()
    }

    /// The header's parameters from what they have grown by, from the loop's start or from later values.
    fn recompute(&mut self, from: Option<&Map>, grown: &[Value], insts: &mut Vec<Inst>) -> Map {
        let mut map: Map = vec![None; self.f.values.len()];
        for (i, &g) in grown.iter().enumerate() {
            let p = self.header.params[i];
            map[p.index()] = Some(match &self.c.inductions[i] {
                None => g,
                Some(ind) => {
                    let start = from.map_or(ind.start, |m| get(m, p));
                    let ty = self.f.ty(p);
                    match ind.pointer {
                        true => self.emit(insts, Op::PtrAdd(start, g), ty),
                        false => {
                            let flags = if from.is_some() { ind.flags } else { FastFlags::NONE };
                            self.emit(insts, Op::Binary(BinOp::Add, start, g, flags), ty)
                        }
                    }
                }
            });
        }
        map
    }

    fn build(mut self) {
        let (c, loc) = (self.c, self.header.term_loc);
        let test = c.test;
        let p = self.header.params[test.index];
        let ty = self.f.ty(p);
        let first_new = self.f.blocks.len();
        let [first, decide, pre, top, meet, rest] = std::array::from_fn(|_| self.f.new_block());

        // The largest index of the block decides for all.
        let params = self.grown();
        let mut insts = Vec::new();
        let map = self.recompute(None, &params, &mut insts);
        let op = Op::Largest { val: get(&map, p), signed: test.signed };
        let largest = self.emit(&mut insts, op, ty);
        self.write(first, params.clone(), insts, jump(decide, Vec::new()));
        let mut insts = Vec::new();
        let cc = match (test.signed, test.equal) {
            (true, false) => ICmp::Slt,
            (true, true) => ICmp::Sle,
            (false, false) => ICmp::Ult,
            (false, true) => ICmp::Ule,
        };
        let all = self.emit(&mut insts, Op::ICmp(cc, largest, test.bound), Ty::I1);
        let [on, off] = [pre, meet].map(|block| BlockCall { block, args: Vec::new() });
        self.write(decide, Vec::new(), insts, Terminator::Brif(all, on, off));

        // On to the loop as it was. It stands alone so that its conditions are not in the way of the strips.
        let stop = Inst { op: Op::Meet, result: None, loc };
        self.write(meet, Vec::new(), vec![stop], jump(rest, Vec::new()));
        let mut insts = Vec::new();
        let map = self.recompute(None, &params, &mut insts);
        let args = self.header.params.iter().map(|&p| get(&map, p)).collect();
        self.write(rest, Vec::new(), insts, jump(c.l.header, args));

        self.strip(first, [pre, top], &params, largest);

        // Who came to the loop comes to the strips first.
        for b in (0..first_new).map(|b| Block(b as u32)).filter(|b| !c.l.contains(*b)) {
            let mut term = self.f.block(b).term.clone();
            let mut zeros = Vec::new();
            term.for_each_call_mut(|call| {
                if call.block == c.l.header {
                    call.block = first;
                    for (arg, ind) in call.args.iter_mut().zip(&c.inductions) {
                        if let Some(ind) = ind {
                            *arg = self.f.new_value(self.f.ty(ind.step));
                            zeros.push(Inst { op: Op::Const(0), result: Some(*arg), loc });
                        }
                    }
                }
            });
            let data = self.f.block_mut(b);
            data.term = term;
            data.insts.extend(zeros);
        }
    }

    /// The rounds of one strip: at least one, and as many as all threads have without their index wrapping.
    fn strip(&mut self, first: Block, [pre, top]: [Block; 2], params: &[Value], largest: Value) {
        let (c, test) = (self.c, self.c.test);
        let p = self.header.params[test.index];
        let step = c.inductions[test.index].as_ref().expect("an induction variable").step;
        let narrow = self.f.ty(p) == Ty::I32;
        let extend = if test.signed { CastOp::SExt } else { CastOp::ZExt };
        let mut insts = Vec::new();
        let start = self.recompute(None, params, &mut insts);
        let mut wide = |e: &mut Self, v: Value| match narrow {
            true => e.emit(&mut insts, Op::Cast(extend, v), Ty::I64),
            false => v,
        };
        let (last, bound, step) = (wide(self, largest), wide(self, test.bound), wide(self, step));
        // All unsigned: the difference is exact, and a step that is not positive is beyond every limit.
        let mut room = self.binary(&mut insts, BinOp::Sub, bound, last);
        let zero = self.emit(&mut insts, Op::Const(0), Ty::I64);
        if test.equal {
            let one = self.emit(&mut insts, Op::Const(1), Ty::I64);
            room = self.binary(&mut insts, BinOp::Add, room, one);
        }
        let rounds = self.emit(&mut insts, Op::Const(STRIP), Ty::I64);
        let far = self.binary(&mut insts, BinOp::Mul, step, rounds);
        let least = self.binary(&mut insts, BinOp::UMin, room, far);
        let huge = self.emit(&mut insts, Op::Const(1 << 56), Ty::I64);
        let counts = self.emit(&mut insts, Op::ICmp(ICmp::Ult, step, huge), Ty::I1);
        let limit = self.emit(&mut insts, Op::Select(counts, least, zero), Ty::I64);
        // No index wraps within the strip, so its extension may be taken here, where the generator can see
        // whether it wraps between neighbouring threads.
        let extended = (narrow && !test.signed)
            .then(|| self.emit(&mut insts, Op::Cast(CastOp::ZExt, get(&start, p)), Ty::I64));
        let mut args = vec![zero];
        for (i, &v) in params.iter().enumerate() {
            let ty = self.f.ty(v);
            let fresh = c.inductions[i].is_some();
            args.push(if fresh { self.emit(&mut insts, Op::Const(0), ty) } else { v });
        }
        self.write(pre, Vec::new(), insts, jump(top, args));

        let gone = self.f.new_value(Ty::I64);
        let grown = self.grown();
        let mut insts = Vec::new();
        let mut map = self.recompute(Some(&start), &grown, &mut insts);
        if let Some(extended) = extended {
            let sum = self.binary(&mut insts, BinOp::Add, extended, gone);
            for inst in c.l.blocks.iter().flat_map(|&b| &self.f.block(b).insts) {
                if let (Op::Cast(CastOp::ZExt, a), Some(r)) = (&inst.op, inst.result)
                    && (*a, self.f.ty(r)) == (p, Ty::I64)
                {
                    map[r.index()] = Some(sum);
                }
            }
        }
        let mut top_params = vec![gone];
        top_params.extend(&grown);
        self.round(top, top_params, insts, map, |e, insts, next| {
            let gone = e.binary(insts, BinOp::Add, gone, step);
            let more = e.emit(insts, Op::ICmp(ICmp::Ult, gone, limit), Ty::I1);
            let (mut again, mut out) = (vec![gone], Vec::new());
            for (i, &v) in next.iter().enumerate() {
                let Some(ind) = &c.inductions[i] else {
                    again.push(v);
                    out.push(v);
                    continue;
                };
                let way = e.binary(insts, BinOp::Add, grown[i], ind.step);
                again.push(way);
                out.push(e.binary(insts, BinOp::Add, params[i], way));
            }
            let [on, off] = [(top, again), (first, out)].map(|(block, args)| BlockCall { block, args });
            Terminator::Brif(more, on, off)
        });
    }

    /// A copy of the loop's blocks, its header in `top` behind `insts`. Where the loop came back to its header,
    /// `turn` says what follows, given the header's next arguments. What `map` has already is not copied.
    fn round(
        &mut self,
        top: Block,
        params: Vec<Value>,
        mut insts: Vec<Inst>,
        mut map: Map,
        turn: impl Fn(&mut Self, &mut Vec<Inst>, &[Value]) -> Terminator,
    ) {
        let l = self.c.l;
        let header = self.header.clone();
        let Terminator::Brif(_, x, y) = &header.term else { unreachable!("a candidate branches") };
        let stays = if l.contains(x.block) { x } else { y };
        let body: Vec<(Block, ir::BlockData)> =
            l.blocks.iter().filter(|b| **b != l.header).map(|&b| (b, self.f.block(b).clone())).collect();
        let copies: Vec<(Block, Block)> = body.iter().map(|(b, _)| (*b, self.f.new_block())).collect();
        copy_insts(self.f, &header.insts, &mut map, &mut insts);
        // Values first: a block may use what a later one in the list defines.
        let mut known = Vec::new();
        for (_, data) in &body {
            for v in data.params.iter().copied().chain(data.insts.iter().filter_map(|i| i.result)) {
                match map[v.index()] {
                    Some(_) => known.push(v),
                    None => map[v.index()] = Some(self.f.new_value(self.f.ty(v))),
                }
            }
        }
        let copy_of = |b: Block| copies.iter().find(|(old, _)| *old == b).map_or(b, |(_, new)| *new);
        let mut parts = vec![(top, params, insts, Terminator::Jump(stays.clone()), header.term_loc)];
        for (b, data) in body {
            let mut insts = data.insts;
            insts.retain(|i| i.result.is_none_or(|v| !known.contains(&v)));
            for i in &mut insts {
                i.op.map_values(|v| get(&map, v));
                i.result = i.result.map(|v| get(&map, v));
            }
            let params = data.params.iter().map(|&p| get(&map, p)).collect();
            parts.push((copy_of(b), params, insts, data.term, data.term_loc));
        }
        for (block, params, mut insts, mut term, term_loc) in parts {
            term.map_values(|v| get(&map, v));
            if let Terminator::Jump(c) = &term
                && c.block == l.header
            {
                term = turn(self, &mut insts, &c.args.clone());
            } else {
                term.for_each_call_mut(|c| c.block = copy_of(c.block));
            }
            *self.f.block_mut(block) = ir::BlockData { params, insts, term, term_loc };
        }
    }
}
