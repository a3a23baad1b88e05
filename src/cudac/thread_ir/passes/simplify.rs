//! Constant folding, algebraic identities, known branches; and the contraction of products and sums.

use crate::cudac::thread_ir::cfg::Cfg;
use crate::cudac::thread_ir::*;

/// What an instruction becomes.
enum Outcome {
    Keep,
    Const(u64),
    Same(Value),
    Op(Op),
}

/// Folds in one walk over the blocks; terminators with a known condition become jumps.
pub fn run(f: &mut Function) {
    let cfg = Cfg::new(f);
    let mut konst: Vec<Option<u64>> = vec![None; f.values.len()];
    let mut alias: Vec<Option<Value>> = vec![None; f.values.len()];
    // Definition of each value kept, for looking through casts and additions.
    let mut defs: Vec<Option<Op>> = vec![None; f.values.len()];
    for &b in &cfg.order {
        let mut insts = std::mem::take(&mut f.block_mut(b).insts);
        let mut out: Vec<Inst> = Vec::with_capacity(insts.len());
        for mut inst in insts.drain(..) {
            inst.op.map_values(|v| alias[v.index()].unwrap_or(v));
            if let Some(v) = inst.result {
                match fold(f, &inst.op, f.ty(v), &konst, &defs) {
                    Outcome::Keep => {}
                    Outcome::Const(bits) => inst.op = Op::Const(bits & f.ty(v).mask()),
                    Outcome::Same(x) => {
                        alias[v.index()] = Some(x);
                        continue;
                    }
                    Outcome::Op(op) => inst.op = op,
                }
                if let Op::Const(bits) = inst.op {
                    konst[v.index()] = Some(bits);
                }
                // Constant offsets go outermost, where a generator folds them into the access.
                if let Op::PtrAdd(p, o) = inst.op
                    && konst[o.index()].is_none()
                    && let Some(Op::PtrAdd(base, c)) = defs[p.index()]
                    && konst[c.index()].is_some()
                {
                    let sum = f.new_value(Ty::Ptr);
                    konst.push(None);
                    alias.push(None);
                    defs.push(Some(Op::PtrAdd(base, o)));
                    out.push(Inst { op: Op::PtrAdd(base, o), result: Some(sum), loc: inst.loc });
                    inst.op = Op::PtrAdd(sum, c);
                }
                // Address sums with two constants become one.
                if let Some((base, sum, flags)) = nested_add(f, &inst.op, &konst, &defs) {
                    let c = f.new_value(if matches!(inst.op, Op::PtrAdd(..)) { Ty::I64 } else { f.ty(v) });
                    let bits = sum & f.ty(c).mask();
                    konst.push(Some(bits));
                    alias.push(None);
                    defs.push(Some(Op::Const(bits)));
                    out.push(Inst { op: Op::Const(bits), result: Some(c), loc: inst.loc });
                    inst.op = match inst.op {
                        Op::PtrAdd(..) => Op::PtrAdd(base, c),
                        _ => Op::Binary(BinOp::Add, base, c, flags),
                    };
                }
                defs[v.index()] = Some(inst.op.clone());
            }
            out.push(inst);
        }
        let data = f.block_mut(b);
        data.insts = out;
        data.term.map_values(|v| alias[v.index()].unwrap_or(v));
        let known = match &data.term {
            Terminator::Brif(c, x, y) => match konst[c.index()] {
                Some(k) => Some(if k != 0 { x.clone() } else { y.clone() }),
                None if x == y => Some(x.clone()),
                None => None,
            },
            Terminator::Switch(v, cases, default) => konst[v.index()]
                .map(|k| cases.iter().find(|(bits, _)| *bits == k).map_or(default, |(_, c)| c).clone()),
            _ => None,
        };
        if let Some(c) = known {
            data.term = Terminator::Jump(c);
        } else if let Terminator::Brif(c, x, y) = &data.term
            && let Some(Op::Unary(UnOp::Not, inner, _)) = &defs[c.index()]
        {
            data.term = Terminator::Brif(*inner, y.clone(), x.clone());
        }
    }
    // Operands on back edges and in blocks walked before an alias was known.
    let resolve = |mut v: Value| {
        while let Some(next) = alias[v.index()] {
            v = next;
        }
        v
    };
    for b in &mut f.blocks {
        b.insts.iter_mut().for_each(|i| i.op.map_values(resolve));
        b.term.map_values(resolve);
    }
    cleanup::remove_unreachable_blocks(f);
    cleanup::remove_trivial_params(f);
}

/// `(x + c1) + c2`: the base, the sum of the constants, and the flags of `x + sum`.
fn nested_add(
    f: &Function,
    op: &Op,
    konst: &[Option<u64>],
    defs: &[Option<Op>],
) -> Option<(Value, u64, FastFlags)> {
    match op {
        Op::PtrAdd(p, o) => {
            let c2 = konst[o.index()]?;
            let Some(Op::PtrAdd(base, o1)) = &defs[p.index()] else { return None };
            Some((*base, konst[o1.index()]?.wrapping_add(c2), FastFlags::NONE))
        }
        Op::Binary(BinOp::Add, a, b, outer) => {
            let c2 = konst[b.index()]?;
            let Some(Op::Binary(BinOp::Add, base, c, inner)) = &defs[a.index()] else { return None };
            let (c1, ty) = (konst[c.index()]?, f.ty(*a));
            let sum = c1.wrapping_add(c2);
            // The exact sum is the same in one step, if the constants' own sum is exact.
            let exact =
                eval::sext(ty, c1).checked_add(eval::sext(ty, c2)) == Some(eval::sext(ty, sum & ty.mask()));
            let both = outer.has(FastFlags::NO_WRAP) && inner.has(FastFlags::NO_WRAP) && exact;
            Some((*base, sum, if both { FastFlags::NO_WRAP } else { FastFlags::NONE }))
        }
        _ => None,
    }
}

fn fold(f: &Function, op: &Op, ty: Ty, konst: &[Option<u64>], defs: &[Option<Op>]) -> Outcome {
    let k = |v: &Value| konst[v.index()];
    match op {
        Op::Unary(o, a, _) => {
            if let Some(x) = k(a) {
                return Outcome::Const(eval::unary(*o, ty, x));
            }
            match (&defs[a.index()], o) {
                (Some(Op::Unary(UnOp::Not, x, _)), UnOp::Not)
                | (Some(Op::Unary(UnOp::Neg, x, _)), UnOp::Neg)
                | (Some(Op::Unary(UnOp::FNeg, x, _)), UnOp::FNeg) => Outcome::Same(*x),
                (Some(Op::ICmp(cc, x, y)), UnOp::Not) if ty == Ty::I1 => {
                    Outcome::Op(Op::ICmp(negated(*cc), *x, *y))
                }
                _ => Outcome::Keep,
            }
        }
        Op::Binary(o, a, b, fl) => binary(*o, *a, *b, *fl, ty, k(a), k(b)),
        Op::Fma(a, b, c) => match (k(a), k(b), k(c)) {
            (Some(x), Some(y), Some(z)) => Outcome::Const(eval::fma(ty, x, y, z)),
            _ => Outcome::Keep,
        },
        Op::ICmp(cc, a, b) => {
            let t = f.ty(*a);
            match (k(a), k(b)) {
                (Some(x), Some(y)) => Outcome::Const(eval::icmp(*cc, t, x, y) as u64),
                (Some(_), None) => Outcome::Op(Op::ICmp(swapped(*cc), *b, *a)),
                _ if a == b => Outcome::Const(eval::icmp(*cc, t, 0, 0) as u64),
                // `zext(bool) != 0` is the bool: what C's conditions become.
                (None, Some(0)) if matches!(cc, ICmp::Ne | ICmp::Eq) => match &defs[a.index()] {
                    Some(Op::Cast(CastOp::ZExt | CastOp::SExt, x)) if f.ty(*x) == Ty::I1 => {
                        if *cc == ICmp::Ne {
                            Outcome::Same(*x)
                        } else {
                            Outcome::Op(Op::Unary(UnOp::Not, *x, FastFlags::NONE))
                        }
                    }
                    _ if t == Ty::I1 && *cc == ICmp::Ne => Outcome::Same(*a),
                    _ if t == Ty::I1 => Outcome::Op(Op::Unary(UnOp::Not, *a, FastFlags::NONE)),
                    _ => Outcome::Keep,
                },
                _ => Outcome::Keep,
            }
        }
        Op::FCmp(cc, a, b) => match (k(a), k(b)) {
            (Some(x), Some(y)) => Outcome::Const(eval::fcmp(*cc, f.ty(*a), x, y) as u64),
            _ => Outcome::Keep,
        },
        Op::Select(c, a, b) => match k(c) {
            Some(0) => Outcome::Same(*b),
            Some(_) => Outcome::Same(*a),
            None if a == b => Outcome::Same(*a),
            None if ty == Ty::I1 && k(a) == Some(1) && k(b) == Some(0) => Outcome::Same(*c),
            None => Outcome::Keep,
        },
        Op::Cast(o, a) => {
            if let Some(x) = k(a) {
                return Outcome::Const(eval::cast(*o, f.ty(*a), ty, x));
            }
            match (o, &defs[a.index()]) {
                // Back to the type it came from, or on in the same direction.
                (CastOp::Trunc, Some(Op::Cast(CastOp::ZExt | CastOp::SExt, x))) if f.ty(*x) == ty => {
                    Outcome::Same(*x)
                }
                (CastOp::Trunc, Some(Op::Cast(CastOp::Trunc, x))) => Outcome::Op(Op::Cast(CastOp::Trunc, *x)),
                (CastOp::ZExt, Some(Op::Cast(CastOp::ZExt, x))) => Outcome::Op(Op::Cast(CastOp::ZExt, *x)),
                (CastOp::SExt, Some(Op::Cast(CastOp::SExt, x))) => Outcome::Op(Op::Cast(CastOp::SExt, *x)),
                (CastOp::SExt, Some(Op::Cast(CastOp::ZExt, x))) => Outcome::Op(Op::Cast(CastOp::ZExt, *x)),
                (CastOp::Bitcast, Some(Op::Cast(CastOp::Bitcast, x))) => {
                    if f.ty(*x) == ty {
                        Outcome::Same(*x)
                    } else {
                        Outcome::Op(Op::Cast(CastOp::Bitcast, *x))
                    }
                }
                (CastOp::Bitcast, _) if f.ty(*a) == ty => Outcome::Same(*a),
                _ => Outcome::Keep,
            }
        }
        Op::PtrAdd(p, o) if k(o) == Some(0) => Outcome::Same(*p),
        _ => Outcome::Keep,
    }
}

fn binary(
    op: BinOp,
    a: Value,
    b: Value,
    flags: FastFlags,
    ty: Ty,
    ka: Option<u64>,
    kb: Option<u64>,
) -> Outcome {
    if let (Some(x), Some(y)) = (ka, kb) {
        return Outcome::Const(eval::binary(op, ty, x, y));
    }
    if ka.is_some() && op.is_commutative() {
        return Outcome::Op(Op::Binary(op, b, a, flags));
    }
    let ones = ty.mask();
    match (op, kb) {
        (
            BinOp::Add | BinOp::Sub | BinOp::Or | BinOp::Xor | BinOp::Shl | BinOp::LShr | BinOp::AShr,
            Some(0),
        )
        | (BinOp::Mul | BinOp::SDiv | BinOp::UDiv, Some(1)) => Outcome::Same(a),
        (BinOp::Mul | BinOp::And, Some(0)) | (BinOp::URem | BinOp::SRem, Some(1)) => Outcome::Const(0),
        (BinOp::And, Some(m)) if m == ones => Outcome::Same(a),
        (BinOp::Or, Some(m)) if m == ones => Outcome::Const(ones),
        (BinOp::And | BinOp::Or | BinOp::SMin | BinOp::SMax | BinOp::UMin | BinOp::UMax, _) if a == b => {
            Outcome::Same(a)
        }
        (BinOp::Sub | BinOp::Xor, _) if a == b => Outcome::Const(0),
        // x * 1 and x / 1 are exact for every x, NaN included.
        (BinOp::FMul | BinOp::FDiv, Some(one)) if is_one(ty, one) => Outcome::Same(a),
        _ => Outcome::Keep,
    }
}

fn is_one(ty: Ty, bits: u64) -> bool {
    bits == if ty == Ty::F32 { 1f32.to_bits() as u64 } else { 1f64.to_bits() }
}

fn negated(cc: ICmp) -> ICmp {
    match cc {
        ICmp::Eq => ICmp::Ne,
        ICmp::Ne => ICmp::Eq,
        ICmp::Slt => ICmp::Sge,
        ICmp::Sle => ICmp::Sgt,
        ICmp::Sgt => ICmp::Sle,
        ICmp::Sge => ICmp::Slt,
        ICmp::Ult => ICmp::Uge,
        ICmp::Ule => ICmp::Ugt,
        ICmp::Ugt => ICmp::Ule,
        ICmp::Uge => ICmp::Ult,
    }
}

fn swapped(cc: ICmp) -> ICmp {
    match cc {
        ICmp::Eq | ICmp::Ne => cc,
        ICmp::Slt => ICmp::Sgt,
        ICmp::Sle => ICmp::Sge,
        ICmp::Sgt => ICmp::Slt,
        ICmp::Sge => ICmp::Sle,
        ICmp::Ult => ICmp::Ugt,
        ICmp::Ule => ICmp::Uge,
        ICmp::Ugt => ICmp::Ult,
        ICmp::Uge => ICmp::Ule,
    }
}

/// Fuses `a * b + c` where both carry `CONTRACT` and the product has no other use, as nvcc does by default.
pub fn contract_fma(f: &mut Function) {
    let mut uses = vec![0u32; f.values.len()];
    for b in &f.blocks {
        b.insts.iter().for_each(|i| i.op.for_each_value(|v| uses[v.index()] += 1));
        b.term.for_each_value(|v| uses[v.index()] += 1);
    }
    let mut product: Vec<Option<(Value, Value)>> = vec![None; f.values.len()];
    for inst in f.blocks.iter().flat_map(|b| &b.insts) {
        if let (Op::Binary(BinOp::FMul, a, b, fl), Some(v)) = (&inst.op, inst.result)
            && fl.has(FastFlags::CONTRACT)
            && uses[v.index()] == 1
        {
            product[v.index()] = Some((*a, *b));
        }
    }
    for bi in 0..f.blocks.len() {
        let insts = std::mem::take(&mut f.blocks[bi].insts);
        let mut out = Vec::with_capacity(insts.len());
        for mut inst in insts {
            if let Op::Binary(op @ (BinOp::FAdd | BinOp::FSub), x, y, fl) = inst.op
                && fl.has(FastFlags::CONTRACT)
            {
                let mut negated = |v: Value, f: &mut Function| {
                    let ty = f.ty(v);
                    let n = f.new_value(ty);
                    out.push(Inst {
                        op: Op::Unary(UnOp::FNeg, v, FastFlags::NONE),
                        result: Some(n),
                        loc: inst.loc,
                    });
                    n
                };
                if let Some((a, b)) = product[x.index()] {
                    let c = if op == BinOp::FSub { negated(y, f) } else { y };
                    inst.op = Op::Fma(a, b, c);
                } else if let Some((a, b)) = product[y.index()] {
                    let a = if op == BinOp::FSub { negated(a, f) } else { a };
                    inst.op = Op::Fma(a, b, x);
                }
            }
            out.push(inst);
        }
        f.blocks[bi].insts = out;
    }
}
