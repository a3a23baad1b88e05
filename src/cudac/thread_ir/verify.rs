//! The verifier: types, dominance, edge arguments, and which operation may stand where.
//!
//! Every pass must leave a module that passes; tests run it after each. A message names function and block.

use super::cfg::Cfg;
use super::ir::*;
use super::ops::*;
use super::ty::Ty;

/// Checks the whole module.
pub fn verify_module(m: &Module) -> Result<(), String> {
    for f in &m.funcs {
        verify_function(m, f).map_err(|e| format!("function `{}`: {e}", f.name))?;
    }
    Ok(())
}

fn check(ok: bool, what: impl FnOnce() -> String) -> Result<(), String> {
    if ok { Ok(()) } else { Err(what()) }
}

/// Checks one function of `m`.
pub fn verify_function(m: &Module, f: &Function) -> Result<(), String> {
    check(!f.blocks.is_empty(), || "no blocks".into())?;
    let cfg = Cfg::new(f);
    check(cfg.preds[0].is_empty(), || "a jump to the entry block".into())?;
    // Definition of each value: block and position (0 for parameters, n + 1 for instruction n).
    let mut def: Vec<Option<(Block, usize)>> = vec![None; f.values.len()];
    for b in f.block_ids() {
        let data = f.block(b);
        let insts = data.insts.iter().enumerate().filter_map(|(i, inst)| Some((inst.result?, i + 1)));
        for (v, at) in data.params.iter().map(|&p| (p, 0)).chain(insts) {
            check(v.index() < f.values.len(), || format!("{b}: {v} has no type"))?;
            check(def[v.index()].is_none(), || format!("{b}: {v} is defined twice"))?;
            def[v.index()] = Some((b, at));
        }
    }
    let entry: Vec<Ty> = f.block(Function::ENTRY).params.iter().map(|&v| f.ty(v)).collect();
    check(entry == f.params, || format!("entry parameters {entry:?}, signature {:?}", f.params))?;
    for &b in &cfg.order {
        let data = f.block(b);
        let used_at = |v: Value, at: usize| -> Result<(), String> {
            let (db, di) = def
                .get(v.index())
                .copied()
                .flatten()
                .ok_or_else(|| format!("{b}: {v} is used but never defined"))?;
            let ok = if db == b { di < at } else { cfg.dominates(db, b) };
            check(ok, || format!("{b}: {v} (of {db}) does not dominate its use"))
        };
        for (i, inst) in data.insts.iter().enumerate() {
            let mut err = Ok(());
            inst.op.for_each_value(|v| {
                if err.is_ok() {
                    err = used_at(v, i + 1);
                }
            });
            err?;
            check_inst(m, f, inst).map_err(|e| format!("{b}: {:?}: {e}", inst.op))?;
        }
        let mut err = Ok(());
        data.term.for_each_value(|v| {
            if err.is_ok() {
                err = used_at(v, usize::MAX);
            }
        });
        err?;
        check_term(f, &data.term).map_err(|e| format!("{b}: terminator: {e}"))?;
    }
    Ok(())
}

fn check_term(f: &Function, t: &Terminator) -> Result<(), String> {
    match t {
        Terminator::Brif(c, ..) => check(f.ty(*c) == Ty::I1, || "brif on a non-bool".into())?,
        Terminator::Switch(v, cases, _) => {
            let ty = f.ty(*v);
            check(ty.is_int() || ty == Ty::I1, || format!("switch on {ty}"))?;
            for (i, (bits, _)) in cases.iter().enumerate() {
                check(bits & !ty.mask() == 0, || format!("case {bits} wider than {ty}"))?;
                check(cases[..i].iter().all(|(b, _)| b != bits), || format!("case {bits} twice"))?;
            }
        }
        Terminator::Return(v) => {
            let got = v.map(|v| f.ty(v));
            check(got == f.ret, || format!("returns {got:?}, declared {:?}", f.ret))?;
        }
        _ => {}
    }
    let mut err = Ok(());
    t.for_each_call(|c| {
        if err.is_ok() {
            err = check(c.block.index() < f.blocks.len(), || format!("no such block {}", c.block));
        }
        if err.is_ok() {
            let want: Vec<Ty> = f.block(c.block).params.iter().map(|&v| f.ty(v)).collect();
            let got: Vec<Ty> = c.args.iter().map(|&v| f.ty(v)).collect();
            err = check(want == got, || format!("{} takes {want:?}, given {got:?}", c.block));
        }
    });
    err
}

fn check_inst(m: &Module, f: &Function, inst: &Inst) -> Result<(), String> {
    let ty = |v: &Value| f.ty(*v);
    let res = inst.result.map(|v| f.ty(v));
    let is = |got: Ty, want: Ty| check(got == want, || format!("operand is {got}, should be {want}"));
    let gives = |want: Ty| check(res == Some(want), || format!("result is {res:?}, should be {want}"));
    let void = || check(res.is_none(), || "has no result".into());
    let need = |ok: bool, what: &str| check(ok, || what.to_owned());
    match &inst.op {
        Op::Const(bits) => {
            let t = res.ok_or("constant without result")?;
            need(bits & !t.mask() == 0, "constant wider than its type")
        }
        Op::Unary(op, a, _) => {
            let t = ty(a);
            let ok = match op {
                _ if op.is_float() => t.is_float(),
                UnOp::Not => t.is_int() || t == Ty::I1,
                _ => t.is_int(),
            };
            need(ok, "operand type does not fit")?;
            gives(t)
        }
        Op::Binary(op, a, b, _) => {
            let t = ty(a);
            is(ty(b), t)?;
            let ok = match op {
                _ if op.is_float() => t.is_float(),
                BinOp::And | BinOp::Or | BinOp::Xor => t.is_int() || t == Ty::I1,
                _ => t.is_int(),
            };
            need(ok, "operand type does not fit")?;
            gives(t)
        }
        Op::Fma(a, b, c) => {
            need(ty(a).is_float(), "fma on a non-float")?;
            is(ty(b), ty(a))?;
            is(ty(c), ty(a))?;
            gives(ty(a))
        }
        Op::ICmp(_, a, b) => {
            need(ty(a).is_int_like(), "icmp on a float")?;
            is(ty(b), ty(a))?;
            gives(Ty::I1)
        }
        Op::FCmp(_, a, b) => {
            need(ty(a).is_float(), "fcmp on a non-float")?;
            is(ty(b), ty(a))?;
            gives(Ty::I1)
        }
        Op::Select(c, a, b) => {
            is(ty(c), Ty::I1)?;
            is(ty(b), ty(a))?;
            gives(ty(a))
        }
        Op::Cast(op, a) => {
            let (from, to) = (ty(a), res.ok_or("cast without result")?);
            let int1 = |t: Ty| t.is_int() || t == Ty::I1;
            let ok = match op {
                CastOp::Trunc => from.is_int() && int1(to) && to.bits() < from.bits(),
                CastOp::ZExt | CastOp::SExt => int1(from) && to.is_int() && to.bits() > from.bits(),
                CastOp::SIToFp => from.is_int() && to.is_float(),
                CastOp::UIToFp => int1(from) && to.is_float(),
                CastOp::FpToSI | CastOp::FpToUI => from.is_float() && to.is_int(),
                CastOp::FpTrunc => from == Ty::F64 && to == Ty::F32,
                CastOp::FpExt => from == Ty::F32 && to == Ty::F64,
                CastOp::Bitcast => from.bits() == to.bits() && from.bits() >= 32,
            };
            check(ok, || format!("cast from {from} to {to}"))
        }
        Op::PtrAdd(p, o) => {
            is(ty(p), Ty::Ptr)?;
            is(ty(o), Ty::I64)?;
            gives(Ty::Ptr)
        }
        Op::Load(p, _) => {
            is(ty(p), Ty::Ptr)?;
            need(res.is_some(), "load without result")
        }
        Op::Store(p, _, _) => {
            is(ty(p), Ty::Ptr)?;
            void()
        }
        Op::SlotAddr(s) => {
            need(s.index() < f.slots.len(), "no such slot")?;
            gives(Ty::Ptr)
        }
        Op::GlobalAddr(g) => {
            need(g.index() < m.globals.len(), "no such global")?;
            gives(Ty::Ptr)
        }
        Op::StrAddr(s) => {
            need(s.index() < m.strings.len(), "no such string")?;
            gives(Ty::Ptr)
        }
        Op::ParamLoad(o) => {
            need(f.kind == FunctionKind::Kernel, "parameter load outside a kernel")?;
            let t = res.ok_or("parameter load without result")?;
            need(o.saturating_add(t.size()) <= f.param_bytes(), "beyond the parameter buffer")
        }
        Op::ParamAddr(o) => {
            need(f.kind == FunctionKind::Kernel, "parameter address outside a kernel")?;
            need(*o <= f.param_bytes(), "beyond the parameter buffer")?;
            gives(Ty::Ptr)
        }
        Op::MemCpy { dst, src, size, .. } => {
            is(ty(dst), Ty::Ptr)?;
            is(ty(src), Ty::Ptr)?;
            is(ty(size), Ty::I64)?;
            void()
        }
        Op::MemSet { dst, byte, size, .. } => {
            is(ty(dst), Ty::Ptr)?;
            is(ty(byte), Ty::I8)?;
            is(ty(size), Ty::I64)?;
            void()
        }
        Op::AtomicRmw { op, addr, val, .. } => {
            is(ty(addr), Ty::Ptr)?;
            let t = ty(val);
            let ok = match op {
                RmwOp::Add | RmwOp::Exch => matches!(t, Ty::I32 | Ty::I64 | Ty::F32 | Ty::F64),
                RmwOp::FMin | RmwOp::FMax => t.is_float(),
                RmwOp::Inc | RmwOp::Dec => matches!(t, Ty::I32 | Ty::I64),
                _ => matches!(t, Ty::I32 | Ty::I64),
            };
            check(ok, || format!("atomic on {t}"))?;
            gives(t)
        }
        Op::AtomicCas { addr, cmp, new, .. } => {
            is(ty(addr), Ty::Ptr)?;
            is(ty(cmp), ty(new))?;
            need(matches!(ty(new), Ty::I16 | Ty::I32 | Ty::I64), "compare and swap on this type")?;
            gives(ty(new))
        }
        Op::Fence(_) => void(),
        Op::Sreg(s) => gives(s.ty()),
        Op::Barrier(kind, pred) => {
            check(pred.is_some() == (*kind != BarrierKind::Sync), || "barrier predicate".into())?;
            if let Some(p) = pred {
                is(ty(p), Ty::I1)?;
            }
            match kind {
                BarrierKind::Sync => void(),
                BarrierKind::Count => gives(Ty::I32),
                BarrierKind::And | BarrierKind::Or => gives(Ty::I1),
            }
        }
        Op::Shfl { mask, val, lane, width, .. } => {
            for v in mask.iter().chain([lane, width]) {
                is(ty(v), Ty::I32)?;
            }
            need(ty(val).bits() >= 32, "shuffle of a value below 32 bits")?;
            gives(ty(val))
        }
        Op::Vote { kind, mask, pred } => {
            is(ty(pred), Ty::I1)?;
            if let Some(v) = mask {
                is(ty(v), Ty::I32)?;
            }
            gives(if *kind == VoteKind::Ballot { Ty::I32 } else { Ty::I1 })
        }
        Op::Match { mask, val, .. } => {
            is(ty(mask), Ty::I32)?;
            need(matches!(ty(val), Ty::I32 | Ty::I64), "match on this type")?;
            gives(Ty::I32)
        }
        Op::Reduce { mask, val, .. } => {
            is(ty(mask), Ty::I32)?;
            is(ty(val), Ty::I32)?;
            gives(Ty::I32)
        }
        Op::SyncWarp(mask) => {
            is(ty(mask), Ty::I32)?;
            void()
        }
        Op::ActiveMask => gives(Ty::I32),
        Op::Call(callee, args) => {
            let g = m.funcs.get(callee.index()).ok_or("no such function")?;
            need(g.kind == FunctionKind::Device, "call of a kernel")?;
            let got: Vec<Ty> = args.iter().map(ty).collect();
            check(got == g.params, || format!("`{}` takes {:?}, given {got:?}", g.name, g.params))?;
            check(res == g.ret, || format!("`{}` gives {:?}, not {res:?}", g.name, g.ret))
        }
        Op::Math(func, args) => {
            need(args.len() == func.arity(), "number of arguments")?;
            let t = res.ok_or("math call without result")?;
            need(t.is_float(), "math call on a non-float")?;
            args.iter().try_for_each(|a| is(ty(a), t))
        }
        Op::Printf(s, args) => {
            need(s.index() < m.strings.len(), "no such string")?;
            need(args.iter().all(|a| ty(a) != Ty::F32), "printf of an f32")?;
            gives(Ty::I32)
        }
        Op::Largest { .. } | Op::Meet | Op::LiveLoad(_) | Op::LiveStore(..) => Ok(()),
    }
}
