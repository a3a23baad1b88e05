//! Constructors and destructors: bases and members in order, and the bodies that the language writes itself.

use std::rc::Rc;

use super::context::{Arg, Checker, ClassId, Implicit, Res, Sig, Val, fail, follow_up, unsupported};
use super::convert::Purpose;
use super::names::segment_symbol;
use super::stmt::stmt;
use super::tree::{Expr, ExprKind, FuncId, FunctionDef, InlineHint, Stmt, StmtKind};
use super::types::{QualType, Quals, Type, TypeId};
use crate::cudac::parse::ast::{self, Initializer};
use crate::cudac::source::Span;

impl<'a> Checker<'a> {
    /// Bases and members, in the order of the class.
    pub fn constructor_start(
        &mut self,
        class: ClassId,
        inits: &'a [ast::MemberInit],
        span: Span,
        out: &mut Vec<Stmt>,
    ) -> Res<()> {
        let ty = self.class(class).ty;
        let Some(this) = self.this_place(span) else { return Ok(()) };
        let own = self.class(class).symbol;
        if let [only] = inits
            && segment_symbol(&only.member.last().name) == own
            && own.is_some()
            && only.member.segments.len() == 1
        {
            // Delegation to another constructor.
            let value = self.initializer_value(&only.init, ty.into(), only.span)?;
            let e = self.build_at(this, value, class, only.span);
            out.push(stmt(StmtKind::Expr(e), only.span));
            return self.end_temporaries(only.span, out);
        }
        let mut used = vec![false; inits.len()];
        for (base, _) in self.class(class).bases.clone() {
            let base_ty = self.class(base).ty;
            let mut found = None;
            for (i, init) in inits.iter().enumerate() {
                if let Ok(Some(named)) = self.find_type(&init.member)
                    && named.ty == base_ty
                {
                    found = Some(i);
                }
            }
            let place = self.base_part(this.clone(), base_ty);
            match found {
                Some(i) => {
                    used[i] = true;
                    let value = self.initializer_value(&inits[i].init, base_ty.into(), inits[i].span)?;
                    let e = self.build_at(place, value, base, inits[i].span);
                    out.push(stmt(StmtKind::Expr(e), inits[i].span));
                }
                None => {
                    if let Some(e) = self.default_construct(&place, span)? {
                        out.push(stmt(StmtKind::Expr(e), span));
                    }
                }
            }
        }
        let record = self.class(class).record;
        let names: Vec<Box<str>> = self.types.record(record).fields.iter().map(|f| f.name.clone()).collect();
        // Members of anonymous unions are named like members.
        for (i, init) in inits.iter().enumerate() {
            let Some(symbol) = segment_symbol(&init.member.last().name) else { continue };
            let text = self.name(symbol);
            if used[i] || names.iter().any(|n| **n == *text) {
                continue;
            }
            let Some(path) = self.field_path(record, &text, 16) else {
                let shown = self.types.display(ty);
                return fail(
                    init.span,
                    format!("\"{text}\" is not a nonstatic data member or base class of class \"{shown}\""),
                );
            };
            used[i] = true;
            let mut place = this.clone();
            for step in path {
                place = self.field_place(place, step, init.span);
            }
            self.init_member(place, None, Some(&init.init), init.span, out)?;
        }
        for (field, name) in names.iter().enumerate() {
            if self.class(class).fields.get(field).copied().flatten().is_none() {
                continue;
            }
            let init = inits.iter().find(|i| {
                i.member.segments.len() == 1
                    && segment_symbol(&i.member.last().name).is_some_and(|s| *self.src.name(s) == **name)
            });
            let declared = self.class(class).fields[field].map(|v| &v.init);
            let reference = self.class(class).refs.iter().find(|r| r.0 == field as u32).map(|r| r.1);
            let mut place = self.field_place(this.clone(), field as u32, span);
            place.quals.is_const = false;
            match init {
                Some(init) => self.init_member(place, reference, Some(&init.init), init.span, out)?,
                None => self.init_member(place, reference, declared, span, out)?,
            }
        }
        Ok(())
    }

    pub fn init_member(
        &mut self,
        place: Expr,
        reference: Option<QualType>,
        init: Option<&'a Initializer>,
        span: Span,
        out: &mut Vec<Stmt>,
    ) -> Res<()> {
        let ty = place.ty;
        let value = match (reference, init) {
            (Some(target), Some(init)) => {
                let to = self.types.reference_to(target, false);
                let arg = match init {
                    Initializer::Copy(e) => self.argument(e)?,
                    Initializer::Direct(list) if list.len() == 1 => self.argument(&list[0])?,
                    Initializer::List(list) if list.items.len() == 1 => {
                        self.argument(&list.items[0].value)?
                    }
                    _ => return fail(span, "a reference member requires an initializer"),
                };
                self.initialise(&arg, to.into(), Purpose::Init)?
            }
            (None, Some(Initializer::None)) | (_, None) => {
                let mut element = ty;
                let mut count = 1u64;
                while let Type::Array { element: inner, len: Some(n) } = *self.types.get(element) {
                    element = inner.ty;
                    count = count.saturating_mul(n);
                }
                let built = self.class_of(element).is_some_and(|c| self.class(c).nontrivial_default);
                if built && element != ty {
                    return self.for_elements(place, element.into(), count, span, out, |c, item, out| {
                        if let Some(e) = c.default_construct(&item, span)? {
                            out.push(stmt(StmtKind::Expr(e), span));
                        }
                        Ok(())
                    });
                }
                if let Some(e) = self.default_construct(&place, span)? {
                    out.push(stmt(StmtKind::Expr(e), span));
                }
                return Ok(());
            }
            (None, Some(init)) => self.initializer_value(init, ty.into(), span)?,
        };
        let e = match self.class_of(ty) {
            Some(class) => self.build_at(place, value, class, span),
            None => {
                let kind = ExprKind::Assign { place: Box::new(place), value: Box::new(value) };
                self.void_cast(Val::value(Expr::value(kind, ty, span)))
            }
        };
        out.push(stmt(StmtKind::Expr(e), span));
        self.end_temporaries(span, out)
    }

    /// The call of a destructor.
    pub fn destroy(&mut self, place: Expr, class: ClassId, span: Span) -> Res<Expr> {
        let user = self
            .class(class)
            .dtor
            .filter(|d| self.func(*d).decls[0].definition != ast::Definition::Defaulted);
        let func = match user {
            Some(d) => self.instance(d, None, span)?,
            None => self.implicit_function(Implicit::Dtor, class, span),
        };
        let mut place = place;
        place.quals = Quals::NONE;
        let ty = self.types.pointer_to(place.ty);
        let pointer = self.address_of(place);
        let pointer = self.convert_scalar(pointer, ty);
        let kind = ExprKind::Call { function: func, args: vec![pointer] };
        Ok(Expr::value(kind, TypeId::VOID, span))
    }

    pub fn destroy_parts(&mut self, class: ClassId, span: Span, out: &mut Vec<Stmt>) -> Res<()> {
        let Some(this) = self.this_place(span) else { return Ok(()) };
        let record = self.class(class).record;
        let count = self.types.record(record).fields.len() as u32;
        let is_base = |c: &Self, i: u32| c.class(class).bases.iter().any(|b| b.1 == Some(i));
        for field in (0..count).rev() {
            if is_base(self, field) {
                continue;
            }
            let place = self.field_place(this.clone(), field, span);
            self.destroy_place(place, span, out)?;
        }
        for (base, _) in self.class(class).bases.clone().into_iter().rev() {
            if self.class(base).nontrivial_dtor {
                let ty = self.class(base).ty;
                let place = self.base_part(this.clone(), ty);
                let e = self.destroy(place, base, span)?;
                out.push(stmt(StmtKind::Expr(e), span));
            }
        }
        Ok(())
    }

    pub fn destroy_place(&mut self, place: Expr, span: Span, out: &mut Vec<Stmt>) -> Res<()> {
        let mut element = place.ty;
        let mut count = 1u64;
        while let Type::Array { element: inner, len: Some(n) } = *self.types.get(element) {
            element = inner.ty;
            count = count.saturating_mul(n);
        }
        let Some(class) = self.class_of(element).filter(|c| self.class(*c).nontrivial_dtor) else {
            return Ok(());
        };
        if element == place.ty {
            let e = self.destroy(place, class, span)?;
            out.push(stmt(StmtKind::Expr(e), span));
            return Ok(());
        }
        self.for_elements(place, element.into(), count, span, out, |c, item, out| {
            let e = c.destroy(item, class, span)?;
            out.push(stmt(StmtKind::Expr(e), span));
            Ok(())
        })
    }

    /// Bodies that the language writes: member by member.
    pub fn implicit_body(
        &mut self,
        id: FuncId,
        kind: Implicit,
        class: ClassId,
        sig: &Rc<Sig>,
    ) -> Res<FunctionDef> {
        let span = self.class(class).ast.map_or(Span::NONE, |a| a.span);
        self.cx.ret = sig.ret;
        self.enter_this(Some(class), sig, span);
        let mut source = None;
        if let [param] = sig.params.as_slice() {
            let local = self.new_reference_or_local("other", *param, span);
            let pointer = self.local_place(local, span).load();
            source = Some(self.deref(pointer, span));
        }
        let param_count = self.cx.locals.len() as u32;
        let mut out = Vec::new();
        let Some(this) = self.this_place(span) else { return follow_up() };
        let record = self.class(class).record;
        match kind {
            Implicit::DefaultCtor => {
                // Value initialisation: zero first.
                let ty = this.ty;
                let zero = Expr::value(ExprKind::Zero, ty, span);
                let assign = ExprKind::Assign { place: Box::new(this), value: Box::new(zero) };
                let e = self.void_cast(Val::value(Expr::value(assign, ty, span)));
                out.push(stmt(StmtKind::Expr(e), span));
                self.constructor_start(class, &[], span, &mut out)?;
            }
            Implicit::CopyCtor | Implicit::CopyAssign => {
                let Some(source) = source else { return follow_up() };
                let empty: Vec<_> =
                    self.class(class).bases.iter().filter(|b| b.1.is_none()).map(|b| b.0).collect();
                drop(empty);
                let count = self.types.record(record).fields.len() as u32;
                if self.is_union(this.ty) {
                    let ty = this.ty;
                    let assign =
                        ExprKind::Assign { place: Box::new(this.clone()), value: Box::new(source.load()) };
                    let e = self.void_cast(Val::value(Expr::value(assign, ty, span)));
                    out.push(stmt(StmtKind::Expr(e), span));
                } else {
                    for field in 0..count {
                        let to = self.field_place(this.clone(), field, span);
                        let from = self.field_place(source.clone(), field, span);
                        self.copy_member(kind, to, from, span, &mut out)?;
                    }
                }
                if kind == Implicit::CopyAssign {
                    let pointer = self.address_of(this);
                    out.push(stmt(StmtKind::Return(Some(pointer)), span));
                }
            }
            Implicit::Dtor => self.destroy_parts(class, span, &mut out)?,
        }
        let body = stmt(StmtKind::Block(out), span);
        Ok(self.finish_body(id, param_count, body, false, InlineHint::Auto, span))
    }

    pub fn copy_member(
        &mut self,
        kind: Implicit,
        to: Expr,
        from: Expr,
        span: Span,
        out: &mut Vec<Stmt>,
    ) -> Res<()> {
        let mut to = to;
        to.quals.is_const = false;
        let ty = to.ty;
        if let Type::Array { element, len: Some(len) } = *self.types.get(ty) {
            let class = self.class_of(element.ty);
            if class.is_some_and(|c| self.class(c).nontrivial_copy || self.class(c).nontrivial_assign) {
                if len > 64 {
                    return unsupported(span, "copies of large arrays of objects with copy functions", "");
                }
                for i in 0..len {
                    let a = self.element(to.clone(), i, span)?;
                    let b = self.element(from.clone(), i, span)?;
                    self.copy_member(kind, a, b, span, out)?;
                }
                return Ok(());
            }
        }
        let class = self.class_of(ty);
        let e = match (kind, class) {
            (Implicit::CopyCtor, Some(class)) => {
                let value = self.copy_value(Val::lvalue(from))?;
                self.build_at(to, value, class, span)
            }
            (_, Some(_)) => {
                let v = self.assign(Val::lvalue(to), Arg::Val(Val::lvalue(from)), span, span)?;
                self.void_cast(v)
            }
            (_, None) => {
                let kind = ExprKind::Assign { place: Box::new(to), value: Box::new(from.load()) };
                self.void_cast(Val::value(Expr::value(kind, ty, span)))
            }
        };
        out.push(stmt(StmtKind::Expr(e), span));
        Ok(())
    }

    pub fn element(&mut self, array: Expr, index: u64, span: Span) -> Res<Expr> {
        let Type::Array { element, .. } = *self.types.get(array.ty) else { return Ok(array) };
        let pointer = Box::new(self.decay(Val::lvalue(array))?.e);
        let index = Box::new(Expr::int(index, TypeId::LONG, span));
        Ok(Expr::place(ExprKind::Index { pointer, index }, element, span))
    }
}
