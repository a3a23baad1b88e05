//! Explicit conversions: C casts, the named casts, `T(x)`.

use super::context::{Arg, Cat, Checker, Res, Val, fail, unsupported};
use super::convert::{Purpose, cast_node};
use super::tree::{Conversion, Expr, ExprKind};
use super::types::{QualType, Type, TypeId};
use crate::cudac::parse::ast::{self, CastKind};
use crate::cudac::source::Span;

impl<'a> Checker<'a> {
    pub fn cast(
        &mut self,
        kind: CastKind,
        to: &'a ast::TypeSyntax,
        operand: &'a ast::Expr,
        span: Span,
    ) -> Res<Val> {
        if kind == CastKind::Dynamic {
            return unsupported(span, "dynamic_cast and run-time type information", &self.snippet(span));
        }
        let to = self.type_of(to)?;
        let arg = if let Type::Reference { .. } = self.types.get(to.ty) {
            Arg::Val(self.place_expr(operand)?)
        } else {
            self.argument(operand)?
        };
        self.explicit_cast(arg, to, kind, span)
    }

    pub fn functional_cast(&mut self, ty: QualType, args: &'a [ast::Expr], span: Span) -> Res<Val> {
        let args = self.expanded(args)?;
        if ty.ty == TypeId::VOID {
            if let [one] = args {
                let v = self.expr(one)?;
                return Ok(Val::value(self.void_cast(v)));
            }
            let nothing = Expr::int(0, TypeId::INT, span);
            return Ok(Val::value(cast_node(nothing, Conversion::Discard, TypeId::VOID)));
        }
        let args = args.iter().map(|a| self.argument(a)).collect::<Res<Vec<_>>>()?;
        if let [arg @ Arg::Val(_)] = args.as_slice()
            && !self.is_record(ty.ty)
        {
            return self.explicit_cast(arg.clone(), ty, CastKind::CStyle, span);
        }
        Ok(Val::value(self.direct_init(ty, args, span)?))
    }

    pub fn explicit_cast(&mut self, arg: Arg<'a>, to: QualType, kind: CastKind, span: Span) -> Res<Val> {
        let v = match arg {
            Arg::Val(v) => v,
            // `(void)f` of a function only says that it is known.
            Arg::Functions(f) if to.ty == TypeId::VOID => Val::value(Expr::int(0, TypeId::INT, f.span)),
            Arg::Functions(_) => return Ok(Val::value(self.initialise(&arg, to, Purpose::Init)?)),
            Arg::List(list) => return fail(list.span, "expected an expression"),
        };
        if to.ty == TypeId::VOID {
            return Ok(Val::value(self.void_cast(v)));
        }
        if let Type::Reference { target, rvalue } = *self.types.get(to.ty) {
            return self.reference_cast(v, target, rvalue, to, kind, span);
        }
        if self.is_record(to.ty) {
            let e = self.direct_init(to, vec![Arg::Val(v)], span)?;
            return Ok(Val::value(e));
        }
        let shown = v.qual_type();
        if self.is_record(v.e.ty) {
            let Some((f, _)) = self.conversion_function(&v, to, false) else {
                let (from, to) = (self.show(shown), self.show(to));
                return fail(
                    span,
                    format!("no suitable conversion function from \"{from}\" to \"{to}\" exists"),
                );
            };
            let result = self.call_method(f, v, Vec::new(), span)?;
            let result = self.decay(result)?;
            return Ok(Val::value(self.convert_scalar(result.e, to.ty)));
        }
        let zero = v.zero;
        let v = self.decay(v)?;
        let (from, target) = (self.types.get(v.e.ty).clone(), self.types.get(to.ty).clone());
        let arithmetic = |t: &Type| matches!(t, Type::Bool | Type::Int(_) | Type::Float(_) | Type::Enum(_));
        let integral = |t: &Type| matches!(t, Type::Bool | Type::Int(_) | Type::Enum(_));
        let pointer = |t: &Type| matches!(t, Type::Pointer(_) | Type::NullPtr);
        let allowed = match kind {
            CastKind::Static => {
                arithmetic(&from) && arithmetic(&target)
                    || pointer(&from) && pointer(&target) && self.static_pointers(&v, to.ty)
                    || self.standard_rank(&Val { zero, ..v.clone() }, to.ty).is_some()
            }
            CastKind::Const => pointer(&from) && pointer(&target),
            CastKind::Reinterpret => {
                pointer(&from) && (pointer(&target) || integral(&target) && self.wide(to.ty))
                    || integral(&from) && pointer(&target)
                    || v.e.ty == to.ty
            }
            CastKind::CStyle | CastKind::Dynamic => {
                arithmetic(&from) && arithmetic(&target)
                    || pointer(&from) && (pointer(&target) || integral(&target))
                    || integral(&from) && pointer(&target)
            }
        };
        if !allowed {
            let (from, to) = (self.show(shown), self.show(to));
            return fail(
                span,
                match kind {
                    CastKind::Static | CastKind::CStyle | CastKind::Dynamic => {
                        format!("no suitable conversion from \"{from}\" to \"{to}\" exists")
                    }
                    CastKind::Reinterpret => format!("invalid type conversion: \"{from}\" to \"{to}\""),
                    CastKind::Const => {
                        format!(
                            "a const_cast can only adjust type qualifiers; it cannot change the underlying type: \"{from}\" to \"{to}\""
                        )
                    }
                },
            );
        }
        // Up and down a class hierarchy the address may change.
        if let (Some(a), Some(b)) = (self.pointee(v.e.ty), self.pointee(to.ty))
            && kind != CastKind::Reinterpret
            && a.ty != b.ty
        {
            if self.is_base_of(b.ty, a.ty).is_some() {
                return Ok(Val::value(self.upcast(v.e, to.ty)));
            }
            if self.is_base_of(a.ty, b.ty).is_some() && self.base_offset(b.ty, a.ty) != Some(0) {
                return unsupported(span, "casts from a base class that is not the first", "");
            }
        }
        let mut e = self.convert_scalar(v.e, to.ty);
        e.span = span;
        Ok(Val::value(e))
    }

    fn wide(&self, ty: TypeId) -> bool {
        self.types.size_align(ty).is_ok_and(|s| s.0 == 8)
    }

    fn static_pointers(&mut self, v: &Val, to: TypeId) -> bool {
        let (Some(a), Some(b)) = (self.pointee(v.e.ty), self.pointee(to)) else { return true };
        b.quals.contains(a.quals)
            && (a.ty == b.ty
                || a.ty == TypeId::VOID
                || b.ty == TypeId::VOID
                || self.is_base_of(a.ty, b.ty).is_some()
                || self.is_base_of(b.ty, a.ty).is_some())
    }

    /// A pointer to a class made one to its base.
    pub fn upcast(&mut self, pointer: Expr, to: TypeId) -> Expr {
        let (Some(from), Some(target)) = (self.pointee(pointer.ty), self.pointee(to)) else {
            return self.convert_scalar(pointer, to);
        };
        if self.base_offset(from.ty, target.ty) == Some(0) {
            return self.convert_scalar(pointer, to);
        }
        let span = pointer.span;
        let place = self.deref(pointer, span);
        let base = self.base_part(place, target.ty);
        let address = self.address_of(base);
        self.convert_scalar(address, to)
    }

    /// A pointer to a class that lies `offset` bytes into another made one to that.
    fn downcast(&mut self, pointer: Expr, offset: u64, to: QualType) -> Expr {
        let span = pointer.span;
        let bytes = self.types.pointer_to(TypeId::CHAR);
        let pointer = cast_node(pointer, Conversion::Pointer, bytes);
        let index = Expr::int(offset.wrapping_neg(), TypeId::LONG, span);
        let kind = ExprKind::PointerAdd { pointer: Box::new(pointer), index: Box::new(index) };
        let to = self.types.pointer_to(to);
        cast_node(Expr::value(kind, bytes, span), Conversion::Pointer, to)
    }

    /// Where a base class lies in a derived one.
    pub fn base_offset(&self, derived: TypeId, base: TypeId) -> Option<u64> {
        if derived == base {
            return Some(0);
        }
        let class = self.class_of(derived)?;
        for (next, field) in &self.class(class).bases {
            let next_ty = self.class(*next).ty;
            if let Some(inner) = self.base_offset(next_ty, base) {
                let here = field
                    .map_or(0, |f| self.types.record(self.class(class).record).fields[f as usize].offset);
                return Some(here + inner);
            }
        }
        None
    }

    fn reference_cast(
        &mut self,
        v: Val,
        target: QualType,
        rvalue: bool,
        to: QualType,
        kind: CastKind,
        span: Span,
    ) -> Res<Val> {
        let cat = if rvalue { Cat::Xvalue } else { Cat::Lvalue };
        if v.cat == Cat::Prvalue || !v.e.is_place() {
            let e = self.initialise(&Arg::Val(v), to, Purpose::Init)?;
            return Ok(Val { e: Expr::place(ExprKind::Deref(Box::new(e)), target, span), cat, zero: false });
        }
        let related = v.e.ty == target.ty
            || self.is_base_of(target.ty, v.e.ty).is_some()
            || self.is_base_of(v.e.ty, target.ty).is_some();
        if !related && matches!(kind, CastKind::Static | CastKind::Const) {
            if kind == CastKind::Static && target.quals.is_const {
                let e = self.initialise(&Arg::Val(v), to, Purpose::Init)?;
                return Ok(Val {
                    e: Expr::place(ExprKind::Deref(Box::new(e)), target, span),
                    cat,
                    zero: false,
                });
            }
            let (from, to) = (self.show(v.qual_type()), self.show(to));
            return fail(span, format!("invalid type conversion: \"{from}\" to \"{to}\""));
        }
        let place = if kind != CastKind::Reinterpret && self.is_base_of(target.ty, v.e.ty).is_some() {
            self.base_part(v.e, target.ty)
        } else {
            v.e
        };
        if place.ty == target.ty {
            let mut e = place;
            e.quals = target.quals;
            return Ok(Val { e, cat, zero: false });
        }
        if kind != CastKind::Reinterpret
            && let Some(offset @ 1..) = self.base_offset(target.ty, place.ty)
        {
            let pointer = self.address_of(place);
            let pointer = self.downcast(pointer, offset, target);
            return Ok(Val {
                e: Expr::place(ExprKind::Deref(Box::new(pointer)), target, span),
                cat,
                zero: false,
            });
        }
        let pointer_ty = self.types.pointer_to(target);
        let pointer = self.address_of(place);
        let pointer = cast_node(pointer, Conversion::Pointer, pointer_ty);
        Ok(Val { e: Expr::place(ExprKind::Deref(Box::new(pointer)), target, span), cat, zero: false })
    }
}
