//! Which bodies run four neighbouring threads of a row at a time, and in what form each value is kept then.

use crate::cudac::thread_ir::cfg::Cfg;
use crate::cudac::thread_ir::*;

/// Threads that run together.
pub const WIDTH: i64 = 4;
/// Most groups of `WIDTH` threads that run together: 16 threads read a cache line.
pub const MAX_GROUPS: usize = 4;

/// The form of a value for four neighbouring threads.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// One value: the same for all four.
    One,
    /// The value of the first thread; the others follow at this distance.
    Line(i64),
    /// A vector register: `F32`, `I32`, or a mask for `I1`.
    Vector,
    /// Four registers.
    Four,
}

/// The plan for a body.
pub struct Lanes {
    pub kinds: Vec<Kind>,
    /// Extensions of linear values in front of all effects, where a wrap within the four threads is looked for.
    pub guarded: Vec<bool>,
    /// Linear values, and how they are extended: before any thread runs, all threads of the row are looked at for one
    /// where they wrap.
    pub foreseen: Vec<(Value, CastOp)>,
    /// Groups that are worth running together.
    pub groups: usize,
}

fn vector_ty(ty: Ty) -> bool {
    matches!(ty, Ty::F32 | Ty::I32 | Ty::I1)
}

fn spread(ty: Ty) -> Kind {
    if vector_ty(ty) { Kind::Vector } else { Kind::Four }
}

/// The operation works on whole vectors when an operand is one (all others repeat it for each thread).
pub fn is_vector_op(f: &Function, op: &Op, ty: Ty, round: bool) -> bool {
    let konst_shift = |v: &Value| {
        f.blocks
            .iter()
            .flat_map(|b| &b.insts)
            .any(|i| matches!(i.op, Op::Const(c) if i.result == Some(*v) && c < 32))
    };
    if !vector_ty(ty) {
        return false;
    }
    match op {
        Op::Unary(u, ..) => match u {
            UnOp::Neg | UnOp::Not => true,
            UnOp::FNeg | UnOp::FAbs | UnOp::Sqrt => true,
            UnOp::Floor | UnOp::Ceil | UnOp::Trunc | UnOp::Rint => round,
            _ => false,
        },
        Op::Binary(b, _, k, _) => match b {
            BinOp::FAdd | BinOp::FSub | BinOp::FMul | BinOp::FDiv => true,
            BinOp::And | BinOp::Or | BinOp::Xor => true,
            BinOp::Add | BinOp::Sub | BinOp::Mul => ty == Ty::I32,
            BinOp::SMin | BinOp::SMax | BinOp::UMin | BinOp::UMax => ty == Ty::I32 && round,
            BinOp::Shl | BinOp::LShr | BinOp::AShr => ty == Ty::I32 && konst_shift(k),
            _ => false,
        },
        Op::Fma(..) => true,
        Op::ICmp(_, a, _) => f.ty(*a) == Ty::I32 && round,
        Op::FCmp(_, a, _) => f.ty(*a) == Ty::F32,
        Op::Select(..) => true,
        Op::Cast(c, a) => matches!(
            (c, f.ty(*a), ty),
            (CastOp::SIToFp, Ty::I32, Ty::F32)
                | (CastOp::Bitcast, Ty::I32, Ty::F32)
                | (CastOp::Bitcast, Ty::F32, Ty::I32)
                | (CastOp::ZExt | CastOp::SExt, Ty::I1, Ty::I32)
        ),
        _ => false,
    }
}

/// Most operations behind a linear value that are worth computing once more.
const MAX_FORESEEN: usize = 24;

/// The value can be computed before any thread runs, from operations that have no effects.
fn foreseeable(defs: &[Option<&Op>], uniform_live: &[bool], v: Value) -> bool {
    let (mut work, mut seen) = (vec![v], 0);
    while let Some(v) = work.pop() {
        seen += 1;
        let ready = match defs[v.index()] {
            Some(Op::LiveLoad(s)) => uniform_live[*s as usize],
            Some(op) => op.is_pure(),
            // A parameter of a block.
            None => false,
        };
        if !ready || seen > MAX_FORESEEN {
            return false;
        }
        defs[v.index()].into_iter().for_each(|op| op.for_each_value(|a| work.push(a)));
    }
    true
}

/// Where an extension of the linear value `v` may go wrong between neighbouring threads: all such places, if they can be
/// looked at before any thread runs. Signed arithmetic of the source wraps nowhere; what it is made of may, where the
/// source says `unsigned`.
fn wraps(
    f: &Function,
    kinds: &[Kind],
    defs: &[Option<&Op>],
    uniform_live: &[bool],
    how: CastOp,
    v: Value,
) -> Option<Vec<Value>> {
    let (mut work, mut out) = (vec![v], Vec::new());
    while let Some(v) = work.pop() {
        if matches!(kinds[v.index()], Kind::One) || out.contains(&v) {
            continue;
        }
        match defs[v.index()] {
            // Thread indices are below 1024.
            Some(Op::Sreg(Sreg::TidX)) => {}
            Some(Op::Binary(BinOp::Add | BinOp::Sub | BinOp::Mul, a, b, flags))
                if how == CastOp::SExt && flags.has(FastFlags::NO_WRAP) =>
            {
                work.extend([*a, *b]);
            }
            _ if f.ty(v) == Ty::I32 && foreseeable(defs, uniform_live, v) => out.push(v),
            _ => return None,
        }
        if work.len() + out.len() > MAX_FORESEEN {
            return None;
        }
    }
    Some(out)
}

/// Blocks that are entered before the body has written anything.
fn before_effects(f: &Function, cfg: &Cfg) -> Vec<bool> {
    let mut clean = vec![false; f.blocks.len()];
    for &b in &cfg.order {
        let silent = |p: &Block| {
            clean[p.index()]
                && !cfg.is_retreating(*p, b)
                && f.block(*p).insts.iter().all(|i| i.result.is_some())
        };
        clean[b.index()] = cfg.preds[b.index()].iter().all(silent);
    }
    clean
}

/// The plan, if the body's control flow is the same for all threads of a row and enough of it works on vectors.
pub fn plan(f: &Function, uniform_live: &[bool], round: bool) -> Option<Lanes> {
    let cfg = Cfg::new(f);
    let defs = crate::cudac::block_ir::points::definitions(f);
    let clean = before_effects(f, &cfg);
    let mut kinds = vec![Kind::One; f.values.len()];
    let mut guarded = vec![false; f.values.len()];
    let mut foreseen: Vec<(Value, CastOp)> = Vec::new();
    // Block parameters start as uniform and only ever leave that.
    loop {
        let mut changed = false;
        foreseen.clear();
        for &b in &cfg.order {
            let data = f.block(b);
            let mut before_effects = clean[b.index()];
            for inst in &data.insts {
                let Some(v) = inst.result else {
                    before_effects = false;
                    continue;
                };
                kinds[v.index()] = kind(f, inst, f.ty(v), &kinds, &defs, uniform_live)?;
                guarded[v.index()] = false;
                if let (Op::Cast(how, a), Kind::Line(_)) = (&inst.op, kinds[v.index()])
                    && f.ty(v).bits() > f.ty(*a).bits()
                {
                    match wraps(f, &kinds, &defs, uniform_live, *how, *a) {
                        Some(places) => foreseen.extend(places.into_iter().map(|v| (v, *how))),
                        None if before_effects => guarded[v.index()] = true,
                        None => kinds[v.index()] = spread(f.ty(v)),
                    }
                }
            }
            data.term.for_each_call(|c| {
                for (a, p) in c.args.iter().zip(&f.block(c.block).params) {
                    if kinds[a.index()] != Kind::One && kinds[p.index()] == Kind::One {
                        kinds[p.index()] = spread(f.ty(*p));
                        changed = true;
                    }
                }
            });
        }
        if !changed {
            break;
        }
    }
    let (mut wide, mut narrow) = (0usize, 0usize);
    for &b in &cfg.order {
        let data = f.block(b);
        let one = |v: &Value| kinds[v.index()] == Kind::One;
        match &data.term {
            Terminator::Jump(_) | Terminator::Exit(_) => {}
            Terminator::Brif(c, ..) if one(c) => {}
            _ => return None,
        }
        for inst in &data.insts {
            match &inst.op {
                Op::Store(a, v, m) => {
                    let (ty, one_value) = (f.ty(*v), one(v));
                    match kinds[a.index()] {
                        _ if m.volatile => return None,
                        Kind::One => {}
                        Kind::Line(s) if s == 4 && vector_ty(ty) && ty != Ty::I1 => wide += 1,
                        _ => narrow += 4 - one_value as usize,
                    }
                }
                Op::LiveStore(_, v) => {
                    if !one(v) && f.ty(*v).size() == 4 {
                        wide += 1;
                    } else if !one(v) {
                        narrow += 2;
                    }
                }
                Op::Load(a, m) => {
                    let ty = f.ty(inst.result.expect("loads have results"));
                    match kinds[a.index()] {
                        _ if m.volatile => return None,
                        Kind::One => {}
                        Kind::Line(4) if vector_ty(ty) && ty != Ty::I1 => wide += 2,
                        _ => narrow += 4,
                    }
                }
                Op::LiveLoad(s) if !uniform_live[*s as usize] => {
                    let ty = f.ty(inst.result.expect("loads have results"));
                    if vector_ty(ty) && ty != Ty::I1 { wide += 1 } else { narrow += 2 }
                }
                op => match inst.result.map(|v| (f.ty(v), kinds[v.index()])) {
                    Some((ty, Kind::Vector)) if is_vector_op(f, op, ty, round) => wide += 1,
                    Some((_, Kind::Vector | Kind::Four)) => {
                        narrow += if matches!(op, Op::Math(..)) { 16 } else { 3 };
                    }
                    Some(_) => {}
                    None => return None,
                },
            }
        }
    }
    foreseen.sort_unstable_by_key(|(v, how)| (*v, *how == CastOp::SExt));
    foreseen.dedup();
    let groups = if narrow > 0 || guarded.contains(&true) { 1 } else { groups(f, &cfg, &kinds) };
    (wide > narrow).then_some(Lanes { kinds, guarded, foreseen, groups })
}

/// How many groups of four threads of a body run together: 0 where threads run alone.
#[cfg(test)]
pub fn groups_of(f: &Function, uniform_live: &[bool]) -> usize {
    plan(f, uniform_live, true).map_or(0, |lanes| lanes.groups)
}

/// As many groups as leave what is kept from one block to another in registers, for bodies that are short enough to
/// have a second copy.
fn groups(f: &Function, cfg: &Cfg, kinds: &[Kind]) -> usize {
    /// Vector operations of one group, for so many groups. More groups gain little, and each operation takes its time to
    /// compile.
    const MAX_OPS: [(usize, usize); 2] = [(5, MAX_GROUPS), (16, 2)];
    /// One operation alone is not worth a second copy.
    const MIN_OPS: usize = 2;
    /// Registers for what is kept.
    const MAX_KEPT: usize = 8;
    let vector = |v: &Value| kinds[v.index()] == Kind::Vector;
    let mut ops = 0;
    let mut at: Vec<Option<Block>> = vec![None; f.values.len()];
    let mut kept: Vec<Value> = Vec::new();
    for &b in &cfg.order {
        let data = f.block(b);
        kept.extend(data.params.iter().filter(|v| vector(v)));
        data.params.iter().for_each(|p| at[p.index()] = Some(b));
        for inst in &data.insts {
            match inst.result {
                Some(v) => {
                    at[v.index()] = Some(b);
                    ops += (kinds[v.index()] == Kind::Vector) as usize;
                    if kinds[v.index()] == Kind::Four {
                        return 1;
                    }
                }
                None => ops += 1,
            }
        }
    }
    for &b in &cfg.order {
        let data = f.block(b);
        let mut used = |v: Value| {
            if vector(&v) && at[v.index()] != Some(b) && !kept.contains(&v) {
                kept.push(v);
            }
        };
        data.insts.iter().for_each(|i| i.op.for_each_value(&mut used));
        data.term.for_each_call(|c| c.args.iter().for_each(|v| used(*v)));
    }
    let fits = |(most, groups): &&(usize, usize)| ops <= *most && kept.len() * groups <= MAX_KEPT;
    if ops < MIN_OPS {
        return 1;
    }
    MAX_OPS.iter().find(fits).map_or(1, |(_, groups)| *groups)
}

/// The form of an operation's result; `None` if it cannot run for four threads together.
fn kind(
    f: &Function,
    inst: &Inst,
    ty: Ty,
    kinds: &[Kind],
    defs: &[Option<&Op>],
    uniform_live: &[bool],
) -> Option<Kind> {
    let of = |v: &Value| kinds[v.index()];
    let konst = |v: &Value| match defs[v.index()] {
        Some(Op::Const(bits)) => Some(eval::sext(f.ty(*v), *bits)),
        _ => None,
    };
    let small = |s: i64| (-(1 << 20)..=1 << 20).contains(&s);
    let line = |s: i64| if s == 0 { Kind::One } else { Kind::Line(s) };
    let step = |v: &Value| match of(v) {
        Kind::One => Some(0),
        Kind::Line(s) => Some(s),
        _ => None,
    };
    let wide_int = matches!(ty, Ty::I32 | Ty::I64 | Ty::Ptr);
    Some(match &inst.op {
        Op::SlotAddr(_) | Op::Sreg(Sreg::LaneId | Sreg::WarpId) => return None,
        Op::Sreg(Sreg::TidX) => Kind::Line(1),
        Op::LiveLoad(s) if uniform_live[*s as usize] => Kind::One,
        Op::LiveLoad(_) => spread(ty),
        Op::Load(a, _) => match of(a) {
            Kind::One => Kind::One,
            _ => spread(ty),
        },
        op if op.is_pure() => {
            let mut all_one = true;
            op.for_each_value(|v| all_one &= kinds[v.index()] == Kind::One);
            if all_one {
                return Some(Kind::One);
            }
            let linear = match op {
                Op::PtrAdd(a, b) | Op::Binary(BinOp::Add, a, b, _) if wide_int => {
                    step(a).zip(step(b)).map(|(x, y)| x.wrapping_add(y))
                }
                Op::Binary(BinOp::Sub, a, b, _) if wide_int => {
                    step(a).zip(step(b)).map(|(x, y)| x.wrapping_sub(y))
                }
                Op::Binary(BinOp::Mul, a, b, _) if wide_int => {
                    step(a).zip(konst(b).filter(|&k| small(k))).map(|(x, k)| x.wrapping_mul(k))
                }
                Op::Binary(BinOp::Shl, a, b, _) if wide_int => step(a)
                    .zip(konst(b).filter(|k| (0..=20).contains(k)))
                    .map(|(x, k)| x.wrapping_mul(1 << k)),
                Op::Cast(CastOp::Trunc, a) if ty == Ty::I32 => step(a),
                Op::Cast(CastOp::Bitcast, a) if wide_int && f.ty(*a).size() == 8 => step(a),
                // As long as it does not wrap, which `plan` takes care of.
                Op::Cast(CastOp::SExt | CastOp::ZExt, a) if ty == Ty::I64 && f.ty(*a) == Ty::I32 => step(a),
                _ => None,
            };
            match linear.filter(|&s| small(s)) {
                Some(s) => line(s),
                None => spread(ty),
            }
        }
        _ => return None,
    })
}
