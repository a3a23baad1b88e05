//! Statements: control flow, labels, and the destructors that run when a block is left.

use super::context::{
    Arg, Cat, Checker, ClassId, LabelInfo, Res, ScopeKind, SwitchCx, Val, fail, unsupported,
};
use super::convert::Purpose;
use super::tree::{Expr, ExprKind, LabelId, LocalId, Stmt, StmtKind, SwitchCase};
use super::types::{Type, TypeId};
use crate::cudac::parse::ast;
use crate::cudac::source::Span;
use crate::cudac::symbol::Symbol;

pub fn stmt(kind: StmtKind, span: Span) -> Stmt {
    Stmt { kind, span }
}

impl<'a> Checker<'a> {
    /// Checks a statement; an error in it is reported here and the next statement goes on.
    pub fn statement(&mut self, s: &'a ast::Stmt, out: &mut Vec<Stmt>) {
        if self.diags.at_limit() {
            return;
        }
        let result = self.nested(s.span, |c| c.statement_inner(s, out));
        if let Err(e) = result {
            self.report(e);
            self.cx.temporaries.clear();
        }
    }

    /// In a scope of its own.
    pub fn scoped(
        &mut self,
        work: impl FnOnce(&mut Self, &mut Vec<Stmt>) -> Res<()>,
        out: &mut Vec<Stmt>,
    ) -> Res<()> {
        let scope = self.new_scope(Some(self.cx.scope), ScopeKind::Block);
        let depth = self.cx.cleanups.len();
        let inits = self.cx.inits;
        let result = self.in_scope(scope, |c| work(c, out));
        self.cx.inits = inits;
        self.unwind(depth, out)?;
        self.cx.cleanups.truncate(depth);
        result
    }

    fn sub_statement(&mut self, s: &'a ast::Stmt) -> Res<Box<Stmt>> {
        let mut inner = Vec::new();
        if let ast::StmtKind::Block(_) = s.kind {
            self.statement(s, &mut inner);
            return Ok(Box::new(one(inner, s.span)));
        }
        self.scoped(
            |c, out| {
                c.statement(s, out);
                Ok(())
            },
            &mut inner,
        )?;
        Ok(Box::new(one(inner, s.span)))
    }

    pub fn block(&mut self, block: &'a ast::Block, out: &mut Vec<Stmt>) -> Res<()> {
        self.scoped(
            |c, out| {
                for s in &block.stmts {
                    c.statement(s, out);
                }
                Ok(())
            },
            out,
        )
    }

    fn statement_inner(&mut self, s: &'a ast::Stmt, out: &mut Vec<Stmt>) -> Res<()> {
        let span = s.span;
        match &s.kind {
            ast::StmtKind::Empty => Ok(()),
            ast::StmtKind::Block(block) => {
                let mut inner = Vec::new();
                self.block(block, &mut inner)?;
                out.push(stmt(StmtKind::Block(inner), span));
                Ok(())
            }
            ast::StmtKind::Expr(e) => {
                let v = self.expr(e)?;
                let e = self.void_cast(v);
                if super::expr::has_effects(&e) || !matches!(e.kind, ExprKind::Zero) {
                    out.push(stmt(StmtKind::Expr(e), span));
                }
                self.end_temporaries(span, out)
            }
            ast::StmtKind::Decl(decls) => {
                for decl in decls {
                    self.local_declaration(decl, out)?;
                }
                Ok(())
            }
            ast::StmtKind::If { constexpr, init, cond, then, otherwise } => self.scoped(
                |c, out| {
                    c.cx.heads.insert(c.cx.scope);
                    if let Some(init) = init {
                        c.statement(init, out);
                    }
                    c.if_statement(*constexpr, cond, then, otherwise.as_deref(), span, out)
                },
                out,
            ),
            ast::StmtKind::For { init, cond, step, body } => self.scoped(
                |c, out| {
                    c.cx.heads.insert(c.cx.scope);
                    if let Some(init) = init {
                        c.statement(init, out);
                    }
                    c.loop_statement(cond.as_ref(), step.as_ref(), body, span, out)
                },
                out,
            ),
            ast::StmtKind::While { cond, body } => self.scoped(
                |c, out| {
                    c.cx.heads.insert(c.cx.scope);
                    c.loop_statement(Some(cond), None, body, span, out)
                },
                out,
            ),
            ast::StmtKind::Do { body, cond } => {
                self.cx.breakables.push((true, self.cx.cleanups.len()));
                let body = self.sub_statement(body);
                self.cx.breakables.pop();
                let v = self.expr(cond)?;
                let cond = self.condition(v)?;
                self.no_temporaries(span)?;
                let body = body?;
                let kind =
                    StmtKind::Loop { cond: Some(cond), step: None, body, test_first: false, unroll: None };
                out.push(stmt(kind, span));
                Ok(())
            }
            ast::StmtKind::RangeFor { var, range, body } => {
                self.scoped(|c, out| c.range_for(var, range, body, span, out), out)
            }
            ast::StmtKind::Switch { init, cond, body } => self.scoped(
                |c, out| {
                    c.cx.heads.insert(c.cx.scope);
                    if let Some(init) = init {
                        c.statement(init, out);
                    }
                    c.switch_statement(cond, body, span, out)
                },
                out,
            ),
            ast::StmtKind::Case { value, last, stmt: inner } => {
                self.case_label(value, last.as_ref(), span, out)?;
                self.statement(inner, out);
                Ok(())
            }
            ast::StmtKind::Default(inner) => {
                let label = self.new_label();
                match self.cx.switches.last_mut() {
                    None => return fail(span, "a default label may only be used within a switch"),
                    Some(s) if s.default.is_some() => {
                        return fail(span, "default label has already appeared in this switch");
                    }
                    Some(s) => s.default = Some(label),
                }
                out.push(stmt(StmtKind::Label(label), span));
                let inits = self.cx.switches.last().map_or(0, |s| s.inits);
                self.check_case(inits, span)?;
                self.statement(inner, out);
                Ok(())
            }
            ast::StmtKind::Break => match self.cx.breakables.last() {
                Some(&(_, depth)) => {
                    self.unwind(depth, out)?;
                    out.push(stmt(StmtKind::Break, span));
                    Ok(())
                }
                None => fail(span, "a break statement may only be used within a loop or switch"),
            },
            ast::StmtKind::Continue => {
                let Some(&(_, depth)) = self.cx.breakables.iter().rev().find(|b| b.0) else {
                    return fail(span, "a continue statement may only be used within a loop");
                };
                self.unwind(depth, out)?;
                out.push(stmt(StmtKind::Continue, span));
                Ok(())
            }
            ast::StmtKind::Return(value) => self.return_statement(value.as_ref(), span, out),
            ast::StmtKind::Goto(name) => {
                let label = self.label(*name, span);
                self.cx.gotos.push((*name, span, self.cx.inits));
                let here = self.cx.cleanups.len();
                if here > 0 {
                    return unsupported(span, "goto among objects with destructors", "");
                }
                out.push(stmt(StmtKind::Goto(label), span));
                Ok(())
            }
            ast::StmtKind::Label { name, stmt: inner } => {
                let label = self.label(*name, Span::NONE);
                let Some(info) = self.cx.labels.get_mut(name) else { return Ok(()) };
                if info.placed {
                    let text = self.name(*name);
                    return fail(span, format!("label \"{text}\" has already been declared"));
                }
                info.placed = true;
                info.inits = self.cx.inits;
                out.push(stmt(StmtKind::Label(label), span));
                self.statement(inner, out);
                Ok(())
            }
            ast::StmtKind::Unsupported(u) => unsupported(u.span, u.what, &u.text),
        }
    }

    // ------------------------------------------------------------ conditions and loops

    /// The condition, and what declares its variable.
    fn condition_of(&mut self, cond: &'a ast::Condition, out: &mut Vec<Stmt>) -> Res<Expr> {
        match cond {
            ast::Condition::Expr(e) => {
                let v = self.expr(e)?;
                let c = self.condition(v)?;
                self.no_temporaries(e.span)?;
                Ok(c)
            }
            ast::Condition::Decl(decl) => {
                let v = self.condition_variable(decl, out)?;
                self.condition(v)
            }
        }
    }

    fn condition_variable(&mut self, decl: &'a ast::Decl, out: &mut Vec<Stmt>) -> Res<Val> {
        self.local_declaration(decl, out)?;
        let ast::DeclKind::Variable(v) = &decl.kind else { return fail(decl.span, "expected a variable") };
        self.name_expr(&v.name)
    }

    fn if_statement(
        &mut self,
        constexpr: bool,
        cond: &'a ast::Condition,
        then: &'a ast::Stmt,
        otherwise: Option<&'a ast::Stmt>,
        span: Span,
        out: &mut Vec<Stmt>,
    ) -> Res<()> {
        if constexpr {
            let ast::Condition::Expr(e) = cond else {
                return unsupported(span, "declarations in if constexpr", "");
            };
            let taken = self.constant_condition(e)?;
            if let Some(s) = if taken { Some(then) } else { otherwise } {
                let inner = self.sub_statement(s)?;
                out.push(*inner);
            }
            return Ok(());
        }
        let cond = self.condition_of(cond, out)?;
        let then = self.sub_statement(then)?;
        let otherwise = otherwise.map(|s| self.sub_statement(s)).transpose()?;
        out.push(stmt(StmtKind::If { cond, then, otherwise }, span));
        Ok(())
    }

    fn loop_statement(
        &mut self,
        cond: Option<&'a ast::Condition>,
        step: Option<&'a ast::Expr>,
        body: &'a ast::Stmt,
        span: Span,
        out: &mut Vec<Stmt>,
    ) -> Res<()> {
        let mut declared = Vec::new();
        let cond_expr = match cond {
            Some(c) => match self.condition_of(c, &mut declared) {
                Ok(e) => Some(e),
                Err(e) => {
                    self.report(e);
                    None
                }
            },
            None => None,
        };
        self.cx.breakables.push((true, self.cx.cleanups.len()));
        let body = self.sub_statement(body);
        self.cx.breakables.pop();
        let mut body = *body?;
        let step = match step {
            Some(e) => {
                let v = self.expr(e)?;
                self.no_temporaries(span)?;
                Some(self.void_cast(v))
            }
            None => None,
        };
        let mut test = cond_expr;
        if !declared.is_empty() {
            // `while (T x = ...)`: declared anew in each round.
            let leave = stmt(StmtKind::Break, span);
            if let Some(c) = test.take() {
                let empty = Box::new(stmt(StmtKind::Block(Vec::new()), span));
                let otherwise = Some(Box::new(leave));
                declared.push(stmt(StmtKind::If { cond: c, then: empty, otherwise }, span));
            }
            declared.push(body);
            body = stmt(StmtKind::Block(declared), span);
        }
        let body = Box::new(body);
        out.push(stmt(StmtKind::Loop { cond: test, step, body, test_first: true, unroll: None }, span));
        Ok(())
    }

    // ------------------------------------------------------------ switch and labels

    fn switch_statement(
        &mut self,
        cond: &'a ast::Condition,
        body: &'a ast::Stmt,
        span: Span,
        out: &mut Vec<Stmt>,
    ) -> Res<()> {
        let v = match cond {
            ast::Condition::Expr(e) => self.expr(e)?,
            ast::Condition::Decl(decl) => self.condition_variable(decl, out)?,
        };
        let mut v = v;
        if self.is_record(v.e.ty) {
            v = self.class_to_scalar(v, None, span)?;
        }
        let v = self.decay(v)?;
        self.no_temporaries(span)?;
        if !self.is_integral(v.e.ty) && !matches!(self.types.get(v.e.ty), Type::Enum(_)) {
            return fail(v.e.span, "expression must have integral or enum type");
        }
        let value = self.promote_bit_field(v.e);
        let ty = self.promoted(value.ty);
        let value = self.convert_scalar(value, ty);
        let inits = self.cx.inits;
        self.cx.switches.push(SwitchCx { ty: Some(ty), inits, ..SwitchCx::default() });
        self.cx.breakables.push((false, self.cx.cleanups.len()));
        let body = self.sub_statement(body);
        self.cx.breakables.pop();
        let info = self.cx.switches.pop().unwrap_or_default();
        let body = body?;
        out.push(stmt(StmtKind::Switch { value, cases: info.cases, default: info.default, body }, span));
        Ok(())
    }

    fn case_label(
        &mut self,
        value: &'a ast::Expr,
        last: Option<&'a ast::Expr>,
        span: Span,
        out: &mut Vec<Stmt>,
    ) -> Res<()> {
        let Some(ty) = self.cx.switches.last().and_then(|s| s.ty) else {
            return fail(span, "a case label may only be used within a switch");
        };
        let (_, first) = self.constant_integer(value)?;
        let last = match last {
            Some(e) => self.constant_integer(e)?.1,
            None => first,
        };
        let (wide, narrow) = (first, self.truncate_to(first, ty));
        if self.extend_from(narrow, ty) != wide && self.types.int_kind(ty).is_some_and(|k| k.size() < 8) {
            self.case_out_of_range(value.span, wide, ty)?;
        }
        let (first, last) = (narrow, self.truncate_to(last, ty));
        let target = self.new_label();
        let Some(info) = self.cx.switches.last_mut() else { return Ok(()) };
        let ranges = info.cases.len() > info.values.len();
        let inside = |c: &SwitchCase| {
            // Signed labels are kept as bits: distances from the first one compare alike.
            let span = c.last.wrapping_sub(c.first);
            first.wrapping_sub(c.first) <= span || last.wrapping_sub(c.first) <= span
        };
        let overlaps = (ranges || first != last) && info.cases.iter().any(inside);
        let wraps = (first != last)
            && info.cases.iter().any(|c| c.first.wrapping_sub(first) <= last.wrapping_sub(first));
        if overlaps || wraps || first == last && !info.values.insert(first) {
            return fail(value.span, "case label value has already appeared in this switch");
        }
        info.cases.push(SwitchCase { first, last, target });
        let inits = info.inits;
        out.push(stmt(StmtKind::Label(target), span));
        self.check_case(inits, span)
    }

    /// A value that no operand of the type has, such as `case 5000000000` of an `int`. Another sign is no matter.
    fn case_out_of_range(&self, span: Span, value: u64, ty: TypeId) -> Res<()> {
        let bits = self.types.int_kind(ty).map_or(32, |k| k.size() * 8);
        let value = value as i64;
        if value >= 1i64 << bits || value < -(1i64 << (bits - 1)) {
            let ty = self.types.display(ty);
            return fail(span, format!("the value of the case label does not fit in \"{ty}\""));
        }
        Ok(())
    }

    fn new_label(&mut self) -> LabelId {
        let id = LabelId(self.cx.label_count);
        self.cx.label_count += 1;
        id
    }

    fn label(&mut self, name: Symbol, used: Span) -> LabelId {
        if let Some(info) = self.cx.labels.get_mut(&name) {
            if info.used == Span::NONE {
                info.used = used;
            }
            return info.id;
        }
        let id = self.new_label();
        self.cx.labels.insert(name, LabelInfo { id, placed: false, used, inits: 0 });
        id
    }

    // ------------------------------------------------------------ return and destructors

    fn return_statement(&mut self, value: Option<&'a ast::Expr>, span: Span, out: &mut Vec<Stmt>) -> Res<()> {
        let result = match value {
            None => {
                if self.cx.deduce_ret {
                    self.cx.ret_seen = true;
                    self.cx.deduce_ret = false;
                    self.cx.ret = TypeId::VOID.into();
                }
                if self.cx.ret.ty != TypeId::VOID {
                    let name = self.cx.name.clone();
                    return fail(span, format!("a non-void function \"{name}\" must return a value"));
                }
                None
            }
            Some(e) => {
                let is_reference = matches!(self.types.get(self.cx.ret.ty), Type::Reference { .. });
                let arg = if is_reference { Arg::Val(self.place_expr(e)?) } else { self.argument(e)? };
                if self.cx.deduce_ret {
                    self.deduce_return(&arg, value, span)?;
                } else if self.cx.ret_seen {
                    self.check_deduced_return(&arg, value, span)?;
                }
                let ret = self.cx.ret;
                let arg = match arg {
                    // A variable of the function is not needed any more: it is moved.
                    Arg::Val(v) if v.e.ty == ret.ty && matches!(v.e.kind, ExprKind::Local(_)) => {
                        Arg::Val(Val { cat: Cat::Xvalue, ..v })
                    }
                    arg => arg,
                };
                if ret.ty == TypeId::VOID {
                    let Arg::Val(v) = arg else { return fail(span, "return value in a void function") };
                    if v.e.ty != TypeId::VOID {
                        return fail(e.span, "return value type does not match the function type");
                    }
                    out.push(stmt(StmtKind::Expr(v.e), span));
                    None
                } else {
                    Some(self.initialise(&arg, ret, Purpose::Return)?)
                }
            }
        };
        let temporaries = std::mem::take(&mut self.cx.temporaries);
        if self.cx.cleanups.is_empty() && temporaries.is_empty() {
            out.push(stmt(StmtKind::Return(result), span));
            return Ok(());
        }
        // The value is worked out before anything is destroyed.
        let result = match result {
            Some(e) => {
                let local = self.temporary(e.ty, span);
                out.push(stmt(StmtKind::DeclLocal { local, init: Some(e) }, span));
                Some(self.local_place(local, span).load())
            }
            None => None,
        };
        for (local, class) in temporaries.into_iter().rev() {
            self.destroy_local(local, class, span, out)?;
        }
        self.unwind(0, out)?;
        out.push(stmt(StmtKind::Return(result), span));
        Ok(())
    }

    fn deduce_return(&mut self, arg: &Arg<'a>, written: Option<&'a ast::Expr>, span: Span) -> Res<()> {
        let syntax = self.cx.func.and_then(|f| self.inst(f).ast).map(|f| &f.ret);
        let Some(syntax) = syntax else { return Ok(()) };
        let ty = self.deduce_auto(syntax, arg, written, span)?;
        self.cx.ret = ty;
        self.cx.deduce_ret = false;
        self.cx.ret_seen = true;
        Ok(())
    }

    /// Each later `return` of a function with `auto` has to give the same type.
    fn check_deduced_return(&mut self, arg: &Arg<'a>, written: Option<&'a ast::Expr>, span: Span) -> Res<()> {
        let ast = self.cx.func.and_then(|f| self.inst(f).ast);
        let Some(syntax) = ast.map(|f| &f.ret).filter(|ret| super::functions::contains_auto(ret, 0)) else {
            return Ok(());
        };
        let ty = self.deduce_auto(syntax, arg, written, span)?;
        if ty.ty != self.cx.ret.ty {
            let (new, old) = (self.show(ty), self.show(self.cx.ret));
            let message =
                format!("deduced return type \"{new}\" conflicts with previously deduced type \"{old}\"");
            return fail(span, message);
        }
        Ok(())
    }

    fn no_temporaries(&mut self, span: Span) -> Res<()> {
        if self.cx.temporaries.is_empty() {
            return Ok(());
        }
        self.cx.temporaries.clear();
        unsupported(span, "temporaries with destructors in conditions", "")
    }

    /// Destroys the temporaries of a full expression.
    pub fn end_temporaries(&mut self, span: Span, out: &mut Vec<Stmt>) -> Res<()> {
        for (local, class) in std::mem::take(&mut self.cx.temporaries).into_iter().rev() {
            self.destroy_local(local, class, span, out)?;
        }
        Ok(())
    }

    /// Destroys what was made since `depth`, innermost first; the list itself stays as it is.
    pub fn unwind(&mut self, depth: usize, out: &mut Vec<Stmt>) -> Res<()> {
        let list: Vec<_> = self.cx.cleanups[depth.min(self.cx.cleanups.len())..].to_vec();
        for (local, class) in list.into_iter().rev() {
            self.destroy_local(local, class, Span::NONE, out)?;
        }
        Ok(())
    }

    fn destroy_local(&mut self, local: LocalId, class: ClassId, span: Span, out: &mut Vec<Stmt>) -> Res<()> {
        let place = self.local_place(local, span);
        if let Type::Array { len: Some(len), element } = *self.types.get(place.ty) {
            let mut place = place;
            place.quals = super::types::Quals::NONE;
            return self.for_elements(place, element, len, span, out, |c, item, out| {
                let e = c.destroy(item, class, span)?;
                out.push(stmt(StmtKind::Expr(e), span));
                Ok(())
            });
        }
        let e = self.destroy(place, class, span)?;
        out.push(stmt(StmtKind::Expr(e), span));
        Ok(())
    }

    /// A loop over the elements of an array place.
    pub fn for_elements(
        &mut self,
        place: Expr,
        element: super::types::QualType,
        len: u64,
        span: Span,
        out: &mut Vec<Stmt>,
        work: impl FnOnce(&mut Self, Expr, &mut Vec<Stmt>) -> Res<()>,
    ) -> Res<()> {
        let counter = self.temporary(TypeId::LONG, span);
        let zero = Expr::int(0, TypeId::LONG, span);
        out.push(stmt(StmtKind::DeclLocal { local: counter, init: Some(zero) }, span));
        let count = self.local_place(counter, span);
        let end = Expr::int(len, TypeId::LONG, span);
        let cond = self.binary_node(super::tree::BinaryOp::Lt, count.clone().load(), end, TypeId::BOOL, span);
        let step = ExprKind::IncDec { place: Box::new(count.clone()), decrement: false, postfix: false };
        let step = self.void_cast(Val::value(Expr::value(step, TypeId::LONG, span)));
        let pointer = self.decay(Val::lvalue(place))?.e;
        let kind = ExprKind::Index { pointer: Box::new(pointer), index: Box::new(count.load()) };
        let item = Expr::place(kind, element, span);
        let mut body = Vec::new();
        work(self, item, &mut body)?;
        let body = Box::new(stmt(StmtKind::Block(body), span));
        let kind =
            StmtKind::Loop { cond: Some(cond), step: Some(step), body, test_first: true, unroll: None };
        out.push(stmt(kind, span));
        Ok(())
    }
}

/// One statement for several.
pub fn one(mut list: Vec<Stmt>, span: Span) -> Stmt {
    if list.len() == 1
        && let Some(only) = list.pop()
    {
        return only;
    }
    stmt(StmtKind::Block(list), span)
}
