//! Assignment, compound assignment, increments; integer arithmetic on constants.

use super::context::{Arg, Cat, Checker, Res, Val, fail};
use super::convert::{Purpose, cast_node};
use super::syntax_types::binary_text;
use super::tree::{BinaryOp, Conversion, Expr, ExprKind};
use super::types::{QualType, Type, TypeId};
use crate::cudac::parse::ast::{self, BinaryOp as B, OperatorName, UnaryOp as U};
use crate::cudac::source::Span;

/// An object that has been assigned to: the place itself, so that `(a = b).x = 1` works.
pub fn assigned(place: Expr, value: Expr, span: Span) -> Val {
    let to = QualType { ty: place.ty, quals: place.quals };
    let kind = ExprKind::Assign { place: Box::new(place), value: Box::new(value) };
    Val::lvalue(Expr::place(kind, to, span))
}

impl<'a> Checker<'a> {
    pub fn modifiable(&mut self, v: &Val, span: Span) -> Res<()> {
        let bad = v.cat != Cat::Lvalue && !self.is_record(v.e.ty)
            || !v.e.is_place()
            || v.e.quals.is_const
            || matches!(self.types.get(v.e.ty), Type::Array { .. } | Type::Function(_) | Type::Void);
        if bad { fail(span, "expression must be a modifiable lvalue") } else { Ok(()) }
    }

    pub fn assignment(
        &mut self,
        op: Option<B>,
        target: &'a ast::Expr,
        value: &'a ast::Expr,
        span: Span,
    ) -> Res<Val> {
        let place = self.place_expr(target)?;
        let arg = self.argument(value)?;
        if let Some(op) = op {
            return self.compound(op, place, arg, target.span, span);
        }
        self.assign(place, arg, target.span, span)
    }

    pub fn assign(&mut self, place: Val, arg: Arg<'a>, target_span: Span, span: Span) -> Res<Val> {
        if self.is_record(place.e.ty) {
            self.complete(place.e.ty, span)?;
            let user = self.class_of(place.e.ty).is_some_and(|c| self.class(c).nontrivial_assign);
            let has_own = self.class_of(place.e.ty).is_some();
            let same = matches!(&arg, Arg::Val(v) if v.e.ty == place.e.ty);
            if has_own && (user || !same) {
                let args = [Arg::Val(place.clone()), arg.clone()];
                if let Some(v) = self.try_operator(&OperatorName::Assign, &args, span)? {
                    return Ok(v);
                }
                if user
                    && let (Some(class), Arg::Val(v)) = (self.class_of(place.e.ty), &arg)
                    && same
                {
                    return self.implicit_assign(place, v.clone(), class, span);
                }
            }
            if place.e.quals.is_const {
                let shown = self.show(place.qual_type());
                let right = match &arg {
                    Arg::Val(v) => self.show(v.qual_type()),
                    _ => "{...}".into(),
                };
                return self.no_operator("=", &[shown, right], span);
            }
        }
        self.modifiable(&place, target_span)?;
        let ty = place.e.ty;
        let value = self.initialise(&arg, ty.into(), Purpose::Assign)?;
        if self.is_record(ty) {
            return Ok(assigned(place.e, value, span));
        }
        let kind = ExprKind::Assign { place: Box::new(place.e), value: Box::new(value) };
        Ok(Val::value(Expr::value(kind, ty, span)))
    }

    pub fn implicit_assign(
        &mut self,
        place: Val,
        v: Val,
        class: super::context::ClassId,
        span: Span,
    ) -> Res<Val> {
        let func = self.implicit_function(super::context::Implicit::CopyAssign, class, span);
        let target = place.qual_type();
        let this = self.address_of(place.e);
        let source = self.materialize(v);
        let source = self.address_of(source);
        let const_ty = super::types::QualType { ty: target.ty, quals: super::types::Quals::CONST };
        let source_ty = self.types.pointer_to(const_ty);
        let source = self.convert_scalar(source, source_ty);
        let ret = self.types.pointer_to(target.ty);
        let call = Expr::value(ExprKind::Call { function: func, args: vec![this, source] }, ret, span);
        Ok(Val::lvalue(Expr::place(ExprKind::Deref(Box::new(call)), target, span)))
    }

    pub fn compound(&mut self, op: B, place: Val, arg: Arg<'a>, target_span: Span, span: Span) -> Res<Val> {
        let Arg::Val(mut value) = arg else { return fail(span, "expected an expression") };
        if self.overloads(place.e.ty) || self.overloads(value.e.ty) {
            let args = [Arg::Val(place.clone()), Arg::Val(value.clone())];
            if let Some(v) = self.try_operator(&OperatorName::CompoundAssign(op), &args, span)? {
                return Ok(v);
            }
            let text = format!("{}=", binary_text(op));
            let shown = [self.show(place.qual_type()), self.show(value.qual_type())];
            if self.is_record(place.e.ty) {
                return self.no_operator(&text, &shown, span);
            }
            if self.is_record(value.e.ty) {
                match self.class_to_scalar(value, None, span) {
                    Ok(v) => value = v,
                    Err(_) => return self.no_operator(&text, &shown, span),
                }
            }
        }
        self.modifiable(&place, target_span)?;
        let shown = [self.show(place.qual_type()), self.show(value.qual_type())];
        let value = self.decay(value)?;
        let ty = place.e.ty;
        if let Some(target) = self.pointee(ty) {
            if !matches!(op, B::Add | B::Sub) || !self.is_integral_like(value.e.ty) {
                return fail(
                    span,
                    format!("operand types are incompatible (\"{}\" and \"{}\")", shown[0], shown[1]),
                );
            }
            self.complete_pointee(target.ty, span)?;
            let mut index = self.pointer_index(value.e);
            if op == B::Sub {
                index = self.arith_unary(U::Neg, index, span);
            }
            let kind = ExprKind::PointerAssign { place: Box::new(place.e), index: Box::new(index) };
            return Ok(Val::value(Expr::value(kind, ty, span)));
        }
        if !self.is_arithmetic(ty) || !self.is_arithmetic_like(value.e.ty) {
            if let Type::Enum(_) = self.types.get(ty)
                && self.is_arithmetic_like(value.e.ty)
            {
                let shown = self.types.display(ty);
                return fail(
                    span,
                    format!("a value of type \"int\" cannot be assigned to an entity of type \"{shown}\""),
                );
            }
            return fail(
                span,
                format!("operand types are incompatible (\"{}\" and \"{}\")", shown[0], shown[1]),
            );
        }
        let integral_only = matches!(op, B::Rem | B::Shl | B::Shr | B::BitAnd | B::BitOr | B::BitXor);
        if integral_only && (self.is_float(ty) || self.is_float(value.e.ty)) {
            return fail(span, "expression must have integral or unscoped enum type");
        }
        let Some(tree) = super::operators::tree_op(op) else {
            return fail(span, "expected an arithmetic operator");
        };
        let is_shift = matches!(op, B::Shl | B::Shr);
        let value = self.promote_bit_field(value.e);
        let target = self.bit_field_promotion(&place.e, 0).unwrap_or(ty);
        let compute = if is_shift { self.promoted(target) } else { self.common_type(target, value.ty) };
        let value_ty = if is_shift { self.promoted(value.ty) } else { compute };
        let value = self.convert_scalar(value, value_ty);
        let kind = ExprKind::CompoundAssign {
            op: tree,
            place: Box::new(place.e),
            value: Box::new(value),
            compute,
            forth: self.conversion_kind(ty, compute),
            back: self.conversion_kind(compute, ty),
            fp: self.fp_of(compute),
        };
        Ok(Val::value(Expr::value(kind, ty, span)))
    }

    /// The conversion between two different arithmetic types.
    pub fn conversion_kind(&self, from: TypeId, to: TypeId) -> Option<Conversion> {
        if from == to {
            return None;
        }
        Some(match (self.is_float(from), self.is_float(to)) {
            (_, false) if to == TypeId::BOOL => Conversion::Bool,
            (true, true) => Conversion::Float,
            (true, false) => Conversion::FloatToInt,
            (false, true) => Conversion::IntToFloat,
            (false, false) => Conversion::Int,
        })
    }

    pub fn inc_dec(
        &mut self,
        decrement: bool,
        postfix: bool,
        operand: &'a ast::Expr,
        span: Span,
    ) -> Res<Val> {
        let v = self.place_expr(operand)?;
        if self.overloads(v.e.ty) {
            let name = if decrement { OperatorName::Decrement } else { OperatorName::Increment };
            let mut args = vec![Arg::Val(v.clone())];
            if postfix {
                args.push(Arg::Val(Val::value(Expr::int(0, TypeId::INT, span))));
            }
            if let Some(result) = self.try_operator(&name, &args, span)? {
                return Ok(result);
            }
            let shown = self.show(v.qual_type());
            return self.no_operator(if decrement { "--" } else { "++" }, &[shown], span);
        }
        self.modifiable(&v, operand.span)?;
        if let Some(target) = self.pointee(v.e.ty) {
            self.complete_pointee(target.ty, span)?;
        } else if !self.is_arithmetic(v.e.ty) {
            return fail(operand.span, "expression must be a modifiable lvalue");
        }
        if v.e.ty == TypeId::BOOL {
            let what = if decrement { "decrementing" } else { "incrementing" };
            return fail(operand.span, format!("{what} a bool value is not allowed"));
        }
        let ty = v.e.ty;
        let kind = ExprKind::IncDec { place: Box::new(v.e), decrement, postfix };
        Ok(Val::value(Expr::value(kind, ty, span)))
    }

    /// Wraps, shifts and divides as the tree's contract says. The result still has to be truncated.
    pub fn fold_integers(&self, op: BinaryOp, a: u64, at: TypeId, b: u64, bt: TypeId) -> u64 {
        let (x, y) = (self.extend_from(a, at), self.extend_from(b, bt));
        let kind = self.types.int_kind(at);
        let signed = kind.is_some_and(|k| k.is_signed());
        let bits = kind.map_or(8, |k| k.size() * 8);
        let count = self.truncate_to(b, bt);
        let less = |x: u64, y: u64| if signed { (x as i64) < y as i64 } else { x < y };
        match op {
            BinaryOp::Add => x.wrapping_add(y),
            BinaryOp::Sub => x.wrapping_sub(y),
            BinaryOp::Mul => x.wrapping_mul(y),
            BinaryOp::Div if y == 0 => u64::MAX,
            BinaryOp::Rem if y == 0 => x,
            BinaryOp::Div if signed => (x as i64).wrapping_div(y as i64) as u64,
            BinaryOp::Rem if signed => (x as i64).wrapping_rem(y as i64) as u64,
            BinaryOp::Div => x / y,
            BinaryOp::Rem => x % y,
            BinaryOp::Shl if count >= bits.into() => 0,
            BinaryOp::Shl => x << count,
            BinaryOp::Shr if signed => ((x as i64) >> count.min(63)) as u64,
            BinaryOp::Shr if count >= bits.into() => 0,
            BinaryOp::Shr => x >> count,
            BinaryOp::And => x & y,
            BinaryOp::Or => x | y,
            BinaryOp::Xor => x ^ y,
            BinaryOp::Lt => u64::from(less(x, y)),
            BinaryOp::Le => u64::from(!less(y, x)),
            BinaryOp::Gt => u64::from(less(y, x)),
            BinaryOp::Ge => u64::from(!less(x, y)),
            BinaryOp::Eq => u64::from(x == y),
            BinaryOp::Ne => u64::from(x != y),
        }
    }

    pub fn void_cast(&mut self, v: Val) -> Expr {
        let e = self.discard(v);
        if e.ty == TypeId::VOID { e } else { cast_node(e, Conversion::Discard, TypeId::VOID) }
    }
}
