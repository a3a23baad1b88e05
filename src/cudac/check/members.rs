//! Members and subscripts of objects, and the conditional operator.

use super::context::{Arg, Cat, Checker, Entity, Res, Val, fail, follow_up, unsupported};
use super::convert::{Purpose, Rank};
use super::tree::{Expr, ExprKind};
use super::types::{QualType, Type, TypeId};
use crate::cudac::parse::ast::{self, Name};
use crate::cudac::source::Span;

impl<'a> Checker<'a> {
    /// A data member named without an object, in a member function.
    pub fn implicit_member(&mut self, name: &'a Name) -> Res<Val> {
        let span = name.span;
        let mut object = self.this_place(span);
        if let Some(class) = object.as_ref().and_then(|o| self.class_of(o.ty))
            && self.is_closure(class)
            && let Some(Entity::Field(holder)) = self.lookup_name(name)?
            && holder != class
        {
            object = self.object_place(span);
            if object.is_none() {
                return fail(span, "\"this\" is not in the capture list of the lambda");
            }
        }
        let Some(object) = object else {
            if self.cx.unevaluated > 0
                && let Some(Entity::Field(class)) = self.lookup_name(name)?
            {
                let ty = self.class(class).ty;
                self.complete(ty, span)?;
                let object = Val::lvalue(Expr::place(ExprKind::Zero, ty.into(), span));
                return self.member_of(object, name, span);
            }
            return fail(span, "a nonstatic member reference must be relative to a specific object");
        };
        self.member_of(Val::lvalue(object), name, span)
    }

    /// The object of `a.b` or `p->b`.
    pub fn member_object(&mut self, object: &'a ast::Expr, arrow: bool, span: Span) -> Res<Val> {
        let mut v = self.expr(object)?;
        if !arrow {
            return Ok(v);
        }
        for _ in 0..16 {
            if !self.is_record(v.e.ty) {
                break;
            }
            let Some(next) = self.try_operator(&ast::OperatorName::Arrow, &[Arg::Val(v.clone())], span)?
            else {
                break;
            };
            v = next;
        }
        let shown = self.show(v.qual_type());
        let v = self.decay(v)?;
        if self.pointee(v.e.ty).is_none() {
            return fail(
                object.span,
                format!("expression must have pointer-to-class type but it has type \"{shown}\""),
            );
        }
        Ok(Val::lvalue(self.deref(v.e, object.span)))
    }

    pub fn member(&mut self, object: &'a ast::Expr, arrow: bool, member: &'a Name, span: Span) -> Res<Val> {
        let v = self.member_object(object, arrow, span)?;
        if !self.is_record(v.e.ty) {
            let shown = self.show(v.qual_type());
            let kind = if arrow { "pointer-to-class" } else { "class" };
            let shown = if arrow { format!("{shown} *") } else { shown };
            return fail(
                object.span,
                format!("expression must have {kind} type but it has type \"{shown}\""),
            );
        }
        self.member_of(v, member, span)
    }

    pub fn member_of(&mut self, object: Val, member: &'a Name, span: Span) -> Res<Val> {
        self.complete(object.e.ty, span)?;
        let ast::SegmentName::Ident(symbol) = member.last().name else {
            return fail(member.span, "a member function must be called");
        };
        let text = self.name(symbol);
        let Some(record) = self.record_of(object.e.ty) else {
            return fail(span, "expression must have class type");
        };
        let Some(class) = self.class_of(object.e.ty) else {
            return match self.types.record(record).fields.iter().position(|f| *f.name == *text) {
                Some(field) => self.simple_field(object, field as u32, span),
                None => self.no_member(object.e.ty, &text, member.span),
            };
        };
        let scope = match self.qualifier(member)? {
            Some(scope) if member.segments.len() > 1 => scope,
            _ => self.class(class).scope,
        };
        match self.lookup_in(symbol, scope, &mut Vec::new(), false) {
            Some(Entity::Field(holder)) => {
                self.check_member_access(holder, symbol, member.span)?;
                let holder_ty = self.class(holder).ty;
                self.complete(holder_ty, span)?;
                // Down to the class that has the member, then to the member.
                let from = if holder == class { object } else { self.base_object(object, holder_ty) };
                let Some(record) = self.record_of(holder_ty) else { return follow_up() };
                let Some(path) = self.field_path(record, &text, 16) else {
                    return self.no_member(holder_ty, &text, member.span);
                };
                Ok(self.member_place(from, &path, span))
            }
            Some(Entity::Var(var)) => self.global_place(var, span),
            Some(Entity::Enumerator(ix, item)) => {
                let (ty, value) = self.enumerator(ix, item, span)?;
                Ok(Val::value(self.int_const(value, ty, span)))
            }
            Some(Entity::Functions(_)) => {
                fail(span, "a pointer to a bound function may only be used to call the function")
            }
            Some(Entity::Poison) => follow_up(),
            Some(_) => fail(member.span, "type name is not allowed"),
            None => self.no_member(object.e.ty, &text, member.span),
        }
    }

    pub fn no_member<T>(&self, ty: TypeId, name: &str, span: Span) -> Res<T> {
        let shown = self.types.display(ty);
        if shown == "cooperative_groups::grid_group"
            && matches!(name, "sync" | "barrier_arrive" | "barrier_wait")
        {
            return super::context::unsupported(span, "barriers across all blocks", name);
        }
        fail(span, format!("class \"{shown}\" has no member \"{name}\""))
    }

    pub fn base_object(&mut self, object: Val, base: TypeId) -> Val {
        let cat = object.cat;
        let place = self.materialize(object);
        Val { e: self.base_part(place, base), cat, zero: false }
    }

    pub fn simple_field(&mut self, object: Val, field: u32, span: Span) -> Res<Val> {
        if object.cat == Cat::Prvalue
            && let ExprKind::Aggregate(_) = &object.e.kind
        {
            return Ok(Val::value(self.field_value(object, field, span)?));
        }
        Ok(self.member_place(object, &[field], span))
    }

    pub fn subscript(&mut self, base: &'a ast::Expr, index: &'a ast::Expr, span: Span) -> Res<Val> {
        let b = self.expr(base)?;
        let i = match &index.kind {
            ast::ExprKind::BraceList(list) => Arg::List(list),
            _ => Arg::Val(self.expr(index)?),
        };
        if self.is_record(b.e.ty) {
            let shown = self.show(b.qual_type());
            let args = [Arg::Val(b.clone()), i.clone()];
            if let Some(v) = self.try_operator(&ast::OperatorName::Subscript, &args, span)? {
                return Ok(v);
            }
            if self.only_pointer_conversion(&b) {
                let converted = self.class_to_scalar(b, None, span)?;
                return self.index(converted, i, span);
            }
            let Arg::Val(i) = i else { return fail(span, "expected an expression") };
            let right = self.show(i.qual_type());
            return self.no_operator("[]", &[shown, right], span);
        }
        self.index(b, i, span)
    }

    pub fn only_pointer_conversion(&mut self, v: &Val) -> bool {
        let mut all = Vec::new();
        if let Some(class) = self.class_of(v.e.ty) {
            self.all_conversions(class, &mut all, 0);
        }
        let [only] = all[..] else { return false };
        self.signature(only).is_ok_and(|s| self.is_pointer(s.ret.ty))
    }

    pub fn index(&mut self, b: Val, i: Arg<'a>, span: Span) -> Res<Val> {
        let Arg::Val(i) = i else { return fail(span, "expected an expression") };
        let cat = if b.cat == Cat::Xvalue { Cat::Xvalue } else { Cat::Lvalue };
        let (b_shown, i_span) = (self.show(b.qual_type()), i.e.span);
        let b = if let Type::Array { .. } = self.types.get(b.e.ty) {
            let place = self.materialize(b);
            Val::lvalue(place)
        } else {
            b
        };
        let mut p = self.decay(b)?;
        let mut i = self.decay(i)?;
        if self.is_record(i.e.ty) {
            i = self.class_to_scalar(i, None, i_span)?;
        }
        if self.is_pointer(i.e.ty) && self.is_integral_like(p.e.ty) {
            std::mem::swap(&mut p, &mut i);
        }
        let Some(target) = self.pointee(p.e.ty) else {
            return fail(
                p.e.span,
                format!("expression must have pointer-to-object type but it has type \"{b_shown}\""),
            );
        };
        if !self.is_integral_like(i.e.ty) {
            return fail(i_span, "expression must have integral or unscoped enum type");
        }
        if target.ty == TypeId::VOID || matches!(self.types.get(target.ty), Type::Function(_)) {
            return fail(p.e.span, "expression must be a pointer to a complete object type");
        }
        self.complete(target.ty, span)?;
        let index = self.pointer_index(i.e);
        let kind = ExprKind::Index { pointer: Box::new(p.e), index: Box::new(index) };
        Ok(Val { e: Expr::place(kind, target, span), cat, zero: false })
    }

    /// An integer as the LONG that pointer arithmetic takes.
    pub fn pointer_index(&mut self, i: Expr) -> Expr {
        let promoted = self.promoted(i.ty);
        let i = self.convert_scalar(i, promoted);
        self.convert_scalar(i, TypeId::LONG)
    }

    // ------------------------------------------------------------ ?:

    /// `as_place`: the language allows a place here, so that two places of one type stay one.
    pub fn conditional(
        &mut self,
        cond: &'a ast::Expr,
        then: Option<&'a ast::Expr>,
        otherwise: &'a ast::Expr,
        as_place: bool,
        span: Span,
    ) -> Res<Val> {
        let Some(then) = then else {
            return unsupported(
                span,
                "conditional expressions without a middle operand",
                &self.snippet(span),
            );
        };
        let c = self.expr(cond)?;
        let c = self.condition(c)?;
        let temporaries = self.cx.temporaries.len();
        let (a, b) = if as_place {
            (self.nested(span, |c| c.place_expr(then))?, self.nested(span, |c| c.place_expr(otherwise))?)
        } else {
            (self.expr(then)?, self.expr(otherwise)?)
        };
        if self.cx.temporaries.len() > temporaries {
            return unsupported(span, "temporaries with destructors in conditional expressions", "");
        }
        let copied = self.class_of(a.e.ty).is_some_and(|class| self.class(class).nontrivial_copy);
        let bits = self.is_bit_field(&a) || self.is_bit_field(&b);
        if (copied || as_place) && a.e.ty == b.e.ty && a.cat == b.cat && a.cat != Cat::Prvalue && !bits {
            // A copy would be noticed: the whole stands for one of the two objects.
            return Ok(self.chosen_place(c, a, b, span));
        }
        let (a, b, ty) = self.conditional_arms(a, b, span)?;
        let kind = ExprKind::Conditional { cond: Box::new(c), then: Box::new(a), otherwise: Box::new(b) };
        Ok(Val::value(Expr::value(kind, ty, span)))
    }

    /// `c ? a : b` of two places of one type, as a place.
    pub fn chosen_place(&mut self, cond: Expr, a: Val, b: Val, span: Span) -> Val {
        let target = QualType { ty: a.e.ty, quals: a.e.quals.union(b.e.quals) };
        let cat = a.cat;
        let ty = self.types.pointer_to(target);
        let (a, b) = (self.address_of(a.e), self.address_of(b.e));
        let (then, otherwise) = (Box::new(self.convert_scalar(a, ty)), Box::new(self.convert_scalar(b, ty)));
        let kind = ExprKind::Conditional { cond: Box::new(cond), then, otherwise };
        let pointer = Expr::value(kind, ty, span);
        Val { e: Expr::place(ExprKind::Deref(Box::new(pointer)), target, span), cat, zero: false }
    }

    pub fn conditional_arms(&mut self, a: Val, b: Val, span: Span) -> Res<(Expr, Expr, TypeId)> {
        if a.e.ty == TypeId::VOID || b.e.ty == TypeId::VOID {
            let (a, b) = (self.discard(a), self.discard(b));
            return Ok((a, b, TypeId::VOID));
        }
        if self.is_record(a.e.ty) || self.is_record(b.e.ty) {
            let (at, bt) = (a.qual_type(), b.qual_type());
            if a.e.ty == b.e.ty {
                return Ok((self.copy_value(a)?, self.copy_value(b)?, at.ty));
            }
            // One converts to the other, not both.
            let (from, to) = (Arg::Val(a), Arg::Val(b));
            let forward = self.ics(&from, bt.ty.into(), true);
            let back = self.ics(&to, at.ty.into(), true);
            return match (forward, back) {
                (Some(_), None) => {
                    let x = self.initialise(&from, bt.ty.into(), Purpose::Init)?;
                    let y = self.initialise(&to, bt.ty.into(), Purpose::Init)?;
                    Ok((x, y, bt.ty))
                }
                (None, Some(_)) => {
                    let x = self.initialise(&from, at.ty.into(), Purpose::Init)?;
                    let y = self.initialise(&to, at.ty.into(), Purpose::Init)?;
                    Ok((x, y, at.ty))
                }
                _ => self.incompatible_operands(at, bt, span),
            };
        }
        let (at, bt) = (a.qual_type(), b.qual_type());
        let a = self.decay(a)?;
        let b = self.decay(b)?;
        if a.e.ty == b.e.ty {
            let ty = a.e.ty;
            return Ok((a.e, b.e, ty));
        }
        if self.is_arithmetic_like(a.e.ty) && self.is_arithmetic_like(b.e.ty) {
            let (a, b) = (self.promote_bit_field(a.e), self.promote_bit_field(b.e));
            let ty = self.common_type(a.ty, b.ty);
            return Ok((self.convert_scalar(a, ty), self.convert_scalar(b, ty), ty));
        }
        match self.composite_pointer(&a, &b) {
            Some(ty) => {
                let x = self.convert_standard(a, ty)?;
                let y = self.convert_standard(b, ty)?;
                Ok((x, y, ty))
            }
            None => self.incompatible_operands(at, bt, span),
        }
    }

    pub fn incompatible_operands<T>(&self, a: QualType, b: QualType, span: Span) -> Res<T> {
        let (a, b) = (self.show(a), self.show(b));
        fail(span, format!("operand types are incompatible (\"{a}\" and \"{b}\")"))
    }

    /// The type that two pointers (or a pointer and null) are brought to.
    pub fn composite_pointer(&mut self, a: &Val, b: &Val) -> Option<TypeId> {
        let null = |c: &Self, v: &Val| v.zero || v.e.ty == TypeId::NULLPTR && !c.is_pointer(v.e.ty);
        match (self.pointee(a.e.ty), self.pointee(b.e.ty)) {
            (Some(_), None) if null(self, b) => Some(a.e.ty),
            (None, Some(_)) if null(self, a) => Some(b.e.ty),
            (None, None) if null(self, a) && null(self, b) => Some(TypeId::NULLPTR),
            (Some(x), Some(y)) => {
                let quals = x.quals.union(y.quals);
                let ty = if x.ty == y.ty || y.ty == TypeId::VOID || self.is_base_of(y.ty, x.ty).is_some() {
                    y.ty
                } else if x.ty == TypeId::VOID || self.is_base_of(x.ty, y.ty).is_some() {
                    x.ty
                } else if self.standard_rank(a, b.e.ty).is_some_and(|r| r < Rank(1, 0)) {
                    return Some(b.e.ty);
                } else if self.standard_rank(b, a.e.ty).is_some_and(|r| r < Rank(1, 0)) {
                    return Some(a.e.ty);
                } else {
                    return None;
                };
                Some(self.types.pointer_to(QualType { ty, quals }))
            }
            _ => None,
        }
    }
}
