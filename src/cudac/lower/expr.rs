//! Expressions with scalar values, and expressions evaluated for their effects. Records are in `record.rs`.

use crate::cudac::check::tree::{
    AssertInfo, BinaryOp, Const, Conversion, Expr, ExprKind, FpFlags, FuncId as TreeFunc,
};
use crate::cudac::check::types::{Type, TypeId};
use crate::cudac::runtime::printf::string_args;
use crate::cudac::source::Span;
use crate::cudac::thread_ir::{BinOp, FastFlags, FuncId, Op, TrapKind, Ty, Value};

use super::func::FuncLower;
use super::{LResult, malformed};

impl FuncLower<'_, '_> {
    /// The value of a scalar expression.
    pub fn value(&mut self, e: &Expr) -> LResult<Value> {
        self.nested(e.span, |f| f.value_inner(e))
    }

    /// Evaluates an expression of any type and drops its value.
    pub fn effect(&mut self, e: &Expr) -> LResult<()> {
        self.nested(e.span, |f| f.effect_inner(e))
    }

    fn effect_inner(&mut self, e: &Expr) -> LResult<()> {
        match &e.kind {
            ExprKind::Convert { kind: Conversion::Discard, operand } => self.effect(operand),
            ExprKind::Comma { lhs, rhs } => {
                self.effect(lhs)?;
                self.effect(rhs)
            }
            ExprKind::Let { local, init, body } => {
                self.declare(*local, init.as_deref(), e.span)?;
                self.effect(body)
            }
            ExprKind::Conditional { cond, then, otherwise } => {
                let done = self.b.create_block();
                self.two_ways(cond, done, |f, first| f.effect(if first { then } else { otherwise }))
            }
            ExprKind::Call { function, args } => self.call(*function, args, e).map(|_| ()),
            ExprKind::CallIndirect { callee, args } => self.call_pointer(callee, args, e).map(|_| ()),
            ExprKind::Assign { .. } if self.cx.scalar(e.ty).is_none() => {
                self.in_step(e, |f| f.assign_object(e)).map(|_| ())
            }
            ExprKind::Intrinsic { op, args } => self.intrinsic(*op, args, e).map(|_| ()),
            ExprKind::AssertFail(info) => {
                self.assert_fail(info);
                Ok(())
            }
            // What the checker leaves of an operand without effects.
            ExprKind::Const(_) | ExprKind::Zero => Ok(()),
            // A place that is named but not read, unless reading it means something.
            _ if e.is_place() => self.place(e).map(|_| ()),
            _ if self.cx.scalar(e.ty).is_some() => self.value(e).map(|_| ()),
            _ if matches!(self.cx.program.types.get(e.ty), Type::Void) => {
                malformed(e.span, "an expression without value that is no effect")
            }
            _ => self.record_addr(e).map(|_| ()),
        }
    }

    fn value_inner(&mut self, e: &Expr) -> LResult<Value> {
        match &e.kind {
            ExprKind::Const(c) => self.const_value(*c, e),
            ExprKind::Zero => {
                let ty = self.scalar_ty(e)?;
                Ok(self.zero(ty))
            }
            ExprKind::FunctionAddress(f) => Ok(self.b.iconst(Ty::Ptr, i64::from(f.0) + 1)),
            ExprKind::Load(place) => {
                let p = self.place(place)?;
                self.read(p, e.ty, e.span)
            }
            ExprKind::AddressOf(place) => self.address(place),
            ExprKind::Convert { kind, operand } => self.convert(*kind, operand, e),
            ExprKind::Unary { op, operand, .. } => self.unary(*op, operand),
            ExprKind::Binary { .. } => self.binary_chain(e),
            ExprKind::Logical { and, lhs, rhs } => self.logical(*and, lhs, rhs),
            ExprKind::Conditional { cond, then, otherwise } => {
                let ty = self.scalar_ty(e)?;
                self.conditional(cond, then, otherwise, ty)
            }
            ExprKind::PointerAdd { pointer, index } => {
                let p = self.value(pointer)?;
                let i = self.value(index)?;
                Ok(self.step_pointer(p, i, e.ty))
            }
            ExprKind::PointerDiff { lhs, rhs } => self.pointer_diff(lhs, rhs),
            ExprKind::Let { local, init, body } => {
                self.declare(*local, init.as_deref(), e.span)?;
                self.value(body)
            }
            ExprKind::Comma { lhs, rhs } => {
                self.effect(lhs)?;
                self.value(rhs)
            }
            ExprKind::Assign { place, value } => {
                let v = self.value(value)?;
                let p = self.place(place)?;
                self.in_step(e, |f| f.write(p, v, e.ty))
            }
            ExprKind::CompoundAssign { op, place, value, compute, forth, back, fp } => {
                self.in_step(e, |f| f.compound(*op, place, value, (*compute, *forth, *back), *fp, e))
            }
            ExprKind::PointerAssign { place, index } => {
                let i = self.value(index)?;
                let p = self.place(place)?;
                let old = self.read(p, e.ty, e.span)?;
                let new = self.step_pointer(old, i, e.ty);
                self.write(p, new, e.ty)
            }
            ExprKind::IncDec { place, decrement, postfix } => self.inc_dec(place, *decrement, *postfix, e),
            ExprKind::Call { function, args } => {
                let v = self.call(*function, args, e)?;
                self.some(v, e)
            }
            ExprKind::CallIndirect { callee, args } => {
                let v = self.call_pointer(callee, args, e)?;
                self.some(v, e)
            }
            ExprKind::Intrinsic { op, args } => {
                let v = self.intrinsic(*op, args, e)?;
                self.some(v, e)
            }
            ExprKind::Printf { format, args } => {
                let mut args = self.values(args)?;
                // The text is a C string: it ends at the first NUL.
                let end = format.iter().position(|b| *b == 0).unwrap_or(format.len());
                // What is no address is not followed as one.
                for index in string_args(&format[..end], args.len()) {
                    if self.b.ty(args[index]) != Ty::Ptr {
                        args[index] = self.zero(Ty::Ptr);
                    }
                }
                let id = self.cx.module.add_string(&format[..end]);
                Ok(self.b.printf(id, &args))
            }
            ExprKind::AssertFail(info) => {
                self.assert_fail(info);
                let ty = self.scalar_ty(e)?;
                Ok(self.zero(ty))
            }
            ExprKind::Local(_)
            | ExprKind::Global(_)
            | ExprKind::Deref(_)
            | ExprKind::Field { .. }
            | ExprKind::Index { .. } => malformed(e.span, "a place was used as a value"),
            ExprKind::Aggregate(_) => malformed(e.span, "an aggregate was used as a scalar"),
        }
    }

    fn some(&mut self, v: Option<Value>, e: &Expr) -> LResult<Value> {
        match v {
            Some(v) => Ok(v),
            None => malformed(e.span, "the value of something that has none"),
        }
    }

    pub fn values(&mut self, args: &[Expr]) -> LResult<Vec<Value>> {
        args.iter().map(|a| self.value(a)).collect()
    }

    fn const_value(&mut self, c: Const, e: &Expr) -> LResult<Value> {
        let ty = self.scalar_ty(e)?;
        Ok(match (c, ty) {
            (Const::Float(x), Ty::F32) => self.b.f32const(x),
            (Const::Double(x), Ty::F64) => self.b.f64const(x),
            (Const::Int(bits), Ty::I1) => self.b.bconst(bits != 0),
            (Const::Int(bits), _) if ty.is_int_like() => self.b.iconst(ty, bits as i64),
            _ => return malformed(e.span, "a constant of the wrong type"),
        })
    }

    fn assert_fail(&mut self, info: &AssertInfo) {
        let AssertInfo { message, file, line, function } = info;
        let text = format!("{file}:{line}: {function}: Assertion `{message}` failed.");
        let id = self.cx.module.add_string(text.as_bytes());
        self.b.trap(TrapKind::Assert(id));
    }

    /// `pointer + index` elements of what the pointer type `ty` points to.
    fn step_pointer(&mut self, pointer: Value, index: Value, ty: TypeId) -> Value {
        let size = self.cx.pointee_size(ty);
        let bytes = self.scaled(index, size);
        self.offset(pointer, bytes)
    }

    fn pointer_diff(&mut self, lhs: &Expr, rhs: &Expr) -> LResult<Value> {
        use crate::cudac::thread_ir::CastOp::Bitcast;
        let (a, b) = (self.value(lhs)?, self.value(rhs)?);
        let a = self.b.cast(Bitcast, a, Ty::I64);
        let b = self.b.cast(Bitcast, b, Ty::I64);
        let bytes = self.b.binary(BinOp::Sub, a, b);
        let size = self.cx.pointee_size(lhs.ty);
        Ok(match size {
            0 | 1 => bytes,
            _ if size.is_power_of_two() => {
                let n = self.b.iconst(Ty::I64, size.trailing_zeros().into());
                self.b.binary(BinOp::AShr, bytes, n)
            }
            _ => {
                let n = self.b.iconst(Ty::I64, size as i64);
                self.b.binary(BinOp::SDiv, bytes, n)
            }
        })
    }

    fn compound(
        &mut self,
        op: BinaryOp,
        place: &Expr,
        value: &Expr,
        (compute, forth, back): (TypeId, Option<Conversion>, Option<Conversion>),
        fp: FpFlags,
        e: &Expr,
    ) -> LResult<Value> {
        let v = self.value(value)?;
        let p = self.place(place)?;
        let old = self.read(p, place.ty, e.span)?;
        let old = match forth {
            Some(kind) => self.convert_value(kind, old, place.ty, compute, e.span)?,
            None => old,
        };
        let new = self.arithmetic(op, old, v, compute, value.ty, fp, e.span)?;
        let new = match back {
            Some(kind) => self.convert_value(kind, new, compute, place.ty, e.span)?,
            None => new,
        };
        self.write(p, new, place.ty)
    }

    fn inc_dec(&mut self, place: &Expr, decrement: bool, postfix: bool, e: &Expr) -> LResult<Value> {
        let p = self.place(place)?;
        let old = self.read(p, place.ty, e.span)?;
        let ty = self.b.ty(old);
        let new = match ty {
            Ty::F32 | Ty::F64 => {
                let one = self.fconst(ty, 1.0);
                self.b.binary(if decrement { BinOp::FSub } else { BinOp::FAdd }, old, one)
            }
            Ty::Ptr => {
                let one = self.b.iconst(Ty::I64, if decrement { -1 } else { 1 });
                self.step_pointer(old, one, place.ty)
            }
            // `++` on a bool gives true; `--` on one is not C++.
            Ty::I1 => self.b.bconst(true),
            _ => {
                let one = self.b.iconst(ty, 1);
                let op = if decrement { BinOp::Sub } else { BinOp::Add };
                // Narrow types are computed as `int`, and what comes back to them wraps.
                let wraps = !self.cx.is_signed(place.ty) || ty.bits() < 32;
                let flags = if wraps { FastFlags::NONE } else { FastFlags::NO_WRAP };
                self.b.emit(Op::Binary(op, old, one, flags), ty)
            }
        };
        let new = self.write(p, new, place.ty)?;
        Ok(if postfix { old } else { new })
    }

    // ---- calls ----

    /// A direct call. A record result is left in a temporary, whose address is the value.
    pub fn call(&mut self, function: TreeFunc, args: &[Expr], e: &Expr) -> LResult<Option<Value>> {
        let def = &self.cx.program.functions[function.0 as usize];
        if def.is_kernel {
            return super::unsupported(e.span, "calls of kernels from device code");
        }
        let (mut values, result) = self.call_args(def.ret, args, e.span)?;
        let count = def.param_count as usize + usize::from(result.is_some());
        if values.len() != count {
            return malformed(e.span, "a call with the wrong number of arguments");
        }
        let ret = self.cx.scalar(def.ret);
        let v = self.b.call(FuncId(function.0), &std::mem::take(&mut values), ret);
        Ok(result.or(v))
    }

    /// Argument values, with the place for a record result first.
    fn call_args(&mut self, ret: TypeId, args: &[Expr], span: Span) -> LResult<(Vec<Value>, Option<Value>)> {
        let mut values = Vec::with_capacity(args.len() + 1);
        let mut result = None;
        if self.cx.is_record(ret) {
            let temp = self.temp(ret, span)?;
            result = Some(temp.base);
            values.push(temp.base);
        }
        for (i, arg) in args.iter().enumerate() {
            if self.cx.scalar(arg.ty).is_some() {
                values.push(self.value(arg)?);
                continue;
            }
            // The callee copies; but what later arguments do must not change this one.
            let later_effects = args[i + 1..].iter().any(super::scan::has_effects);
            let from = if later_effects {
                let temp = self.temp(arg.ty, arg.span)?;
                self.object_into(arg, temp)?;
                temp
            } else {
                self.record_addr(arg)?
            };
            values.push(self.pointer(from));
        }
        Ok((values, result))
    }

    pub fn call_pointer(&mut self, callee: &Expr, args: &[Expr], e: &Expr) -> LResult<Option<Value>> {
        let pointer = self.value(callee)?;
        let (values, result) = self.call_args(e.ty, args, e.span)?;
        let Type::Pointer(to) = self.cx.program.types.get(callee.ty) else {
            return malformed(e.span, "an indirect call through something that is no pointer");
        };
        let candidates: Vec<FuncId> =
            self.cx.candidates.iter().filter(|f| self.has_type(**f, to.ty)).map(|f| FuncId(f.0)).collect();
        let ret = self.cx.scalar(e.ty);
        let v = self.call_indirect(pointer, &candidates, &values, ret, e.span)?;
        Ok(result.or(v))
    }

    /// Has the function this function type? References and pointers are the same after checking.
    fn has_type(&self, f: TreeFunc, ty: TypeId) -> bool {
        let types = &self.cx.program.types;
        let Type::Function(want) = types.get(ty) else { return false };
        let def = &self.cx.program.functions[f.0 as usize];
        let same = |a: TypeId, b: TypeId| match (types.get(a), types.get(b)) {
            (Type::Pointer(x), Type::Reference { target: y, .. })
            | (Type::Reference { target: x, .. }, Type::Pointer(y)) => x.ty == y.ty,
            (Type::Reference { target: x, .. }, Type::Reference { target: y, .. }) => x.ty == y.ty,
            _ => a == b,
        };
        let params = &def.locals[..def.param_count as usize];
        same(want.ret.ty, def.ret)
            && want.params.len() == params.len()
            && want.params.iter().zip(params).all(|(a, b)| same(a.ty, b.ty))
    }
}
