//! Shape of values along `threadIdx.x` and divergence of control flow.

use crate::cudac::thread_ir::cfg::Cfg;
use crate::cudac::thread_ir::*;

/// How a value differs between the threads of a block.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shape {
    /// The same in all threads of the block that execute it together.
    Uniform,
    /// `uniform + stride * threadIdx.x` where nothing else varies with x (y and z may vary freely).
    Linear(i64),
    /// `uniform + (unknown uniform) * threadIdx.x`
    Strided,
    Varying,
}

/// How the lanes of one memory access lie.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Access {
    Uniform,
    /// Neighbouring lanes touch neighbouring elements.
    Consecutive,
    Strided,
    Gather,
}

/// Result of the analysis on one function.
pub struct Shapes {
    pub value: Vec<Shape>,
    /// Depends on `threadIdx` at all (also y or z): not uniform over the block.
    pub divergent: Vec<bool>,
    /// By block: entered under control that differs between threads.
    pub divergent_block: Vec<bool>,
    /// By block: its terminator may go different ways in different threads.
    pub divergent_branch: Vec<bool>,
}

impl Shapes {
    pub fn new(f: &Function) -> Self {
        Self::with_live(f, &[])
    }

    /// For a region body: `uniform_live[slot]` says that a live slot is the same for the whole block.
    pub fn with_live(f: &Function, uniform_live: &[bool]) -> Self {
        let cfg = Cfg::new(f);
        let ipdom = post_dominators(f, &cfg);
        let n = f.blocks.len();
        let mut divergent = vec![false; f.values.len()];
        let mut joined = vec![false; n];
        let mut divergent_block = vec![false; n];
        let mut divergent_branch = vec![false; n];
        // Blocks from which everything to the end has been marked: such walks need not be repeated.
        let mut covered = vec![false; n];
        // Monotone: values only become divergent, so this ends.
        let mut changed = true;
        while changed {
            changed = false;
            for &b in &cfg.order {
                let data = f.block(b);
                for inst in &data.insts {
                    let Some(v) = inst.result else { continue };
                    if !divergent[v.index()] && is_divergent(inst, &divergent, uniform_live) {
                        divergent[v.index()] = true;
                        changed = true;
                    }
                }
                data.term.for_each_call(|c| {
                    for (arg, p) in c.args.iter().zip(&f.block(c.block).params) {
                        let d = divergent[arg.index()] || joined[c.block.index()];
                        if d && !divergent[p.index()] {
                            divergent[p.index()] = true;
                            changed = true;
                        }
                    }
                });
                let cond = match &data.term {
                    Terminator::Brif(c, ..) | Terminator::Switch(c, ..) => divergent[c.index()],
                    _ => false,
                };
                if cond && !divergent_branch[b.index()] {
                    divergent_branch[b.index()] = true;
                    changed = true;
                    // Everything up to the point where all ways meet again, and the joins on the way.
                    let stop = ipdom[b.index()];
                    let mut work = data.term.successors();
                    let mut seen = vec![false; n];
                    while let Some(s) = work.pop() {
                        if covered[s.index()] || std::mem::replace(&mut seen[s.index()], true) {
                            continue;
                        }
                        covered[s.index()] = stop.is_none();
                        joined[s.index()] = true;
                        if Some(s) == stop {
                            continue;
                        }
                        divergent_block[s.index()] = true;
                        work.extend(f.block(s).term.successors());
                    }
                }
            }
        }
        let value = shapes(f, &cfg, &divergent);
        Self { value, divergent, divergent_block, divergent_branch }
    }
}

fn is_divergent(inst: &Inst, divergent: &[bool], uniform_live: &[bool]) -> bool {
    match &inst.op {
        Op::LiveLoad(slot) => !uniform_live.get(*slot as usize).copied().unwrap_or(false),
        Op::Sreg(s) => matches!(
            s,
            Sreg::TidX
                | Sreg::TidY
                | Sreg::TidZ
                | Sreg::LaneId
                | Sreg::WarpId
                | Sreg::Clock
                | Sreg::Clock64
                | Sreg::GlobalTimer
        ),
        Op::SlotAddr(_) => true,
        Op::Barrier(..) | Op::Largest { .. } => false,
        Op::Load(a, m) => {
            divergent[a.index()] || !(m.readonly || matches!(m.space, Space::Const | Space::Param))
        }
        op if op.is_pure() => {
            let mut any = false;
            op.for_each_value(|v| any |= divergent[v.index()]);
            any
        }
        // Loads of writable memory, atomics, warp operations, calls, values kept across points.
        _ => true,
    }
}

fn shapes(f: &Function, cfg: &Cfg, divergent: &[bool]) -> Vec<Shape> {
    let mut shape = vec![Shape::Varying; f.values.len()];
    let defs = super::points::definitions(f);
    for v in (0..f.values.len()).filter(|&v| !divergent[v]) {
        shape[v] = Shape::Uniform;
    }
    for &b in &cfg.order {
        for inst in &f.block(b).insts {
            if let Some(v) = inst.result.filter(|v| divergent[v.index()]) {
                shape[v.index()] = derived(f, inst, &shape, &defs);
            }
        }
    }
    shape
}

/// Shape of an instruction's result from the shapes of its operands.
pub fn derived(f: &Function, inst: &Inst, shape: &[Shape], defs: &[Option<&Op>]) -> Shape {
    let of = |v: Value| shape[v.index()];
    let konst = |v: Value| match defs[v.index()] {
        Some(Op::Const(bits)) => Some(eval::sext(f.ty(v), *bits)),
        _ => None,
    };
    match &inst.op {
        Op::Const(_) => Shape::Uniform,
        Op::Sreg(Sreg::TidX) => Shape::Linear(1),
        Op::Sreg(Sreg::TidY | Sreg::TidZ) => Shape::Linear(0),
        Op::PtrAdd(a, b) | Op::Binary(BinOp::Add, a, b, _) => combine(of(*a), of(*b), 1),
        Op::Binary(BinOp::Sub, a, b, _) => combine(of(*a), of(*b), -1),
        Op::Binary(BinOp::Mul, a, b, _) => {
            let (a, b) = if konst(*a).is_some() { (b, a) } else { (a, b) };
            scale(of(*a), of(*b), konst(*b))
        }
        Op::Binary(BinOp::Shl, a, b, _) => match konst(*b) {
            Some(k) if (0..32).contains(&k) => scale(of(*a), Shape::Uniform, Some(1 << k)),
            _ => Shape::Varying,
        },
        // Signed overflow is undefined in C, so the extension of a linear value is linear.
        Op::Cast(CastOp::SExt | CastOp::Trunc | CastOp::Bitcast, a) => of(*a),
        _ => Shape::Varying,
    }
}

fn combine(a: Shape, b: Shape, sign: i64) -> Shape {
    match (a, b) {
        (Shape::Uniform, Shape::Uniform) => Shape::Uniform,
        (Shape::Linear(x), Shape::Uniform) => Shape::Linear(x),
        (Shape::Uniform, Shape::Linear(y)) => Shape::Linear(y.wrapping_mul(sign)),
        (Shape::Linear(x), Shape::Linear(y)) => Shape::Linear(x.wrapping_add(y.wrapping_mul(sign))),
        (Shape::Varying, _) | (_, Shape::Varying) => Shape::Varying,
        _ => Shape::Strided,
    }
}

fn scale(a: Shape, b: Shape, k: Option<i64>) -> Shape {
    match (a, b, k) {
        (Shape::Uniform, Shape::Uniform, _) => Shape::Uniform,
        (Shape::Linear(x), _, Some(k)) => Shape::Linear(x.wrapping_mul(k)),
        (Shape::Linear(0), Shape::Uniform | Shape::Linear(0), None) => Shape::Linear(0),
        (Shape::Linear(_) | Shape::Strided, Shape::Uniform, _)
        | (Shape::Uniform, Shape::Linear(_) | Shape::Strided, None) => Shape::Strided,
        _ => Shape::Varying,
    }
}

/// The class of an access of `ty` at an address of this shape.
pub fn access(addr: Shape, ty: Ty) -> Access {
    match addr {
        Shape::Uniform | Shape::Linear(0) => Access::Uniform,
        Shape::Linear(s) if s == ty.size() as i64 => Access::Consecutive,
        Shape::Linear(_) | Shape::Strided => Access::Strided,
        Shape::Varying => Access::Gather,
    }
}

/// Immediate post-dominator of each block; `None` when that is the end of the function (or there is none).
fn post_dominators(f: &Function, cfg: &Cfg) -> Vec<Option<Block>> {
    // The same algorithm as for dominators on the reversed graph with one virtual exit.
    let n = f.blocks.len();
    let exit = n;
    let mut rsucc: Vec<Vec<usize>> = vec![Vec::new(); n + 1];
    let mut rpred: Vec<Vec<usize>> = vec![Vec::new(); n + 1];
    let edge = |from: usize, to: usize, rs: &mut Vec<Vec<usize>>, rp: &mut Vec<Vec<usize>>| {
        rs[from].push(to);
        rp[to].push(from);
    };
    for &b in &cfg.order {
        let succ = f.block(b).term.successors();
        if succ.is_empty() {
            edge(exit, b.index(), &mut rsucc, &mut rpred);
        }
        for s in succ {
            edge(s.index(), b.index(), &mut rsucc, &mut rpred);
        }
    }
    // Endless loops do not reach the exit: connect one block of each.
    let mut order;
    loop {
        order = reverse_order(&rsucc, exit);
        let mut reached = vec![false; n + 1];
        order.iter().for_each(|&b| reached[b] = true);
        let Some(&lost) = cfg.order.iter().rev().find(|b| !reached[b.index()]) else { break };
        edge(exit, lost.index(), &mut rsucc, &mut rpred);
    }
    let mut pos = vec![usize::MAX; n + 1];
    for (i, &b) in order.iter().enumerate() {
        pos[b] = i;
    }
    let mut idom: Vec<Option<usize>> = vec![None; n + 1];
    idom[exit] = Some(exit);
    let mut changed = true;
    while changed {
        changed = false;
        for &b in order.iter().skip(1) {
            let mut new: Option<usize> = None;
            for &p in rpred[b].iter().filter(|&&p| idom[p].is_some()) {
                new = Some(match new {
                    None => p,
                    Some(mut a) => {
                        let mut c = p;
                        while a != c {
                            if pos[a] > pos[c] {
                                a = idom[a].expect("processed");
                            } else {
                                c = idom[c].expect("processed");
                            }
                        }
                        a
                    }
                });
            }
            if new.is_some() && idom[b] != new {
                idom[b] = new;
                changed = true;
            }
        }
    }
    (0..n).map(|b| idom[b].filter(|&d| d != exit).map(|d| Block(d as u32))).collect()
}

fn reverse_order(succ: &[Vec<usize>], root: usize) -> Vec<usize> {
    let mut seen = vec![false; succ.len()];
    let mut post = Vec::new();
    let mut stack = vec![(root, 0)];
    seen[root] = true;
    while let Some((b, i)) = stack.last_mut() {
        match succ[*b].get(*i) {
            Some(&s) => {
                *i += 1;
                if !std::mem::replace(&mut seen[s], true) {
                    stack.push((s, 0));
                }
            }
            None => {
                post.push(*b);
                stack.pop();
            }
        }
    }
    post.reverse();
    post
}
