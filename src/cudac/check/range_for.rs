//! Range-based for: over arrays by index, over objects with `begin()` and `end()` as the language spells it out.

use super::context::{Arg, Cat, Checker, Entity, Res, Val, fail, unsupported};
use super::convert::Purpose;
use super::stmt::stmt;
use super::tree::{Expr, ExprKind, Stmt, StmtKind};
use super::types::{QualType, Type, TypeId};
use crate::cudac::parse::ast::{self, BinaryOp, OperatorName};
use crate::cudac::source::Span;

impl<'a> Checker<'a> {
    pub fn range_for(
        &mut self,
        var: &'a ast::Decl,
        range: &'a ast::Expr,
        body: &'a ast::Stmt,
        span: Span,
        out: &mut Vec<Stmt>,
    ) -> Res<()> {
        let ast::DeclKind::Variable(v) = &var.kind else {
            return unsupported(var.span, "structured bindings in range-based for statements", "");
        };
        let r = self.expr(range)?;
        if self.is_record(r.e.ty) {
            return self.range_for_object(v, r, body, span, out);
        }
        let Type::Array { element, len: Some(len) } = *self.types.get(r.e.ty) else {
            return unsupported(
                range.span,
                "range-based for statements over anything but arrays",
                &self.snippet(range.span),
            );
        };
        let place = self.materialize(r);
        let element = self.add_quals(element, place.quals);
        let pointer_ty = self.types.pointer_to(element);
        let first = self.decay(Val::lvalue(place))?.e;
        let base = self.temporary(pointer_ty, span);
        out.push(stmt(StmtKind::DeclLocal { local: base, init: Some(first) }, span));
        let counter = self.temporary(TypeId::LONG, span);
        let zero = Expr::int(0, TypeId::LONG, span);
        out.push(stmt(StmtKind::DeclLocal { local: counter, init: Some(zero) }, span));
        let count = self.local_place(counter, span);
        let cond = self.binary_node(
            super::tree::BinaryOp::Lt,
            count.clone().load(),
            Expr::int(len, TypeId::LONG, span),
            TypeId::BOOL,
            span,
        );
        let step = ExprKind::IncDec { place: Box::new(count.clone()), decrement: false, postfix: false };
        let step = Val::value(Expr::value(step, TypeId::LONG, span));
        let step = self.void_cast(step);
        let pointer = Box::new(self.local_place(base, span).load());
        let item = ExprKind::Index { pointer, index: Box::new(count.load()) };
        let item = Val { e: Expr::place(item, element, span), cat: Cat::Lvalue, zero: false };
        self.range_loop(v, item, (cond, step), body, span, out)
    }

    /// `for (auto it = r.begin(), last = r.end(); it != last; ++it) { var = *it; .. }`
    fn range_for_object(
        &mut self,
        var: &'a ast::Variable,
        range: Val,
        body: &'a ast::Stmt,
        span: Span,
        out: &mut Vec<Stmt>,
    ) -> Res<()> {
        let quals = range.e.quals;
        let ty = QualType { ty: range.e.ty, quals };
        self.complete(ty.ty, span)?;
        let place = self.materialize(range);
        let address = self.address_of(place);
        let holder = self.temporary(address.ty, span);
        out.push(stmt(StmtKind::DeclLocal { local: holder, init: Some(address) }, span));
        let pointer = Box::new(self.local_place(holder, span).load());
        let object = Val::lvalue(Expr::place(ExprKind::Deref(pointer), ty, span));
        let first = self.range_end(&object, "begin", span, out)?;
        let last = self.range_end(&object, "end", span, out)?;
        let differ = self.binary_values(BinaryOp::Ne, first.clone(), last, span)?;
        let cond = self.condition(differ)?;
        let (step, item) = if self.is_record(first.e.ty) {
            let args = [Arg::Val(first.clone())];
            let step = self.try_operator(&OperatorName::Increment, &args, span)?;
            let item = self.try_operator(&OperatorName::Binary(BinaryOp::Mul), &args, span)?;
            match (step, item) {
                (Some(step), Some(item)) => (step, item),
                _ => return fail(span, "the iterator of this range has no prefix \"++\" or no \"*\""),
            }
        } else {
            let Type::Pointer(target) = *self.types.get(first.e.ty) else {
                return fail(span, "\"begin\" returns neither a pointer nor an iterator");
            };
            let item = Expr::place(ExprKind::Deref(Box::new(first.e.clone().load())), target, span);
            let place = Box::new(first.e.clone());
            let step = ExprKind::IncDec { place, decrement: false, postfix: false };
            (Val::value(Expr::value(step, first.e.ty, span)), Val::lvalue(item))
        };
        let step = self.discard(step);
        self.range_loop(var, item, (cond, step), body, span, out)
    }

    /// The loop both forms end in; each turn begins with `var` made from `item`.
    fn range_loop(
        &mut self,
        var: &'a ast::Variable,
        item: Val,
        (cond, step): (Expr, Expr),
        body: &'a ast::Stmt,
        span: Span,
        out: &mut Vec<Stmt>,
    ) -> Res<()> {
        let mut inner = Vec::new();
        self.cx.breakables.push((true, self.cx.cleanups.len()));
        let result = self.scoped(
            |c, out| {
                c.declare_from(var, Arg::Val(item), out)?;
                c.statement(body, out);
                Ok(())
            },
            &mut inner,
        );
        self.cx.breakables.pop();
        result?;
        let body = Box::new(stmt(StmtKind::Block(inner), span));
        out.push(stmt(
            StmtKind::Loop { cond: Some(cond), step: Some(step), body, test_first: true, unroll: None },
            span,
        ));
        Ok(())
    }

    /// A local that holds what the range's `begin()` or `end()` returns.
    fn range_end(&mut self, object: &Val, method: &str, span: Span, out: &mut Vec<Stmt>) -> Res<Val> {
        let class = self.class_of(object.e.ty);
        let symbol = class.and_then(|class| {
            let scope = self.class(class).scope;
            let names = &self.scopes[scope.0 as usize].names;
            names.keys().copied().find(|s| self.src.name(*s) == method)
        });
        let (Some(class), Some(symbol)) = (class, symbol) else {
            let shown = self.show(object.qual_type());
            return fail(
                span,
                format!(
                    "this range-based for statement requires a member function \"{method}\" of \"{shown}\""
                ),
            );
        };
        let scope = self.class(class).scope;
        let Some(Entity::Functions(set)) = self.lookup_in(symbol, scope, &mut Vec::new(), false) else {
            return fail(span, format!("\"{method}\" of the range is no function"));
        };
        let fns = self.functions(set);
        let result = self.call_set(&fns, method, object.clone(), span)?;
        let ty = self.decay(result.clone())?.e.ty;
        let value = self.initialise(&Arg::Val(result), ty.into(), Purpose::Init)?;
        let local = self.temporary(ty, span);
        out.push(stmt(StmtKind::DeclLocal { local, init: Some(value) }, span));
        Ok(Val::lvalue(self.local_place(local, span)))
    }
}
