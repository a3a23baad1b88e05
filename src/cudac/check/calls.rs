//! Calls: what the callee names, who is chosen, what is passed.

use std::rc::Rc;

use super::context::{Arg, Cat, Checker, Entity, FnId, Res, Sig, Val, fail, unsupported};
use super::convert::Purpose;
use super::names::segment_symbol;
use super::overload::{Candidate, Request};
use super::tree::{Expr, ExprKind, FuncId};
use super::types::{QualType, Type, TypeId};
use crate::cudac::parse::ast::{self, Definition, Name, OperatorName, SegmentName};
use crate::cudac::source::Span;

impl<'a> Checker<'a> {
    pub fn call(&mut self, callee: &'a ast::Expr, args: &'a [ast::Expr], span: Span) -> Res<Val> {
        match &callee.kind {
            ast::ExprKind::Paren(inner) => self.nested(span, |c| c.call(inner, args, span)),
            ast::ExprKind::Name(name) => self.call_name(name, args, span),
            ast::ExprKind::Member { object, arrow, member } => {
                self.call_member(object, *arrow, member, args, span)
            }
            _ => {
                let f = self.expr(callee)?;
                let args = self.arguments(args)?;
                self.call_value(f, args, span)
            }
        }
    }

    pub fn arguments(&mut self, args: &'a [ast::Expr]) -> Res<Vec<Arg<'a>>> {
        self.expanded(args)?.iter().map(|a| self.argument(a)).collect()
    }

    fn call_name(&mut self, name: &'a Name, args: &'a [ast::Expr], span: Span) -> Res<Val> {
        let mut found = self.lookup_name(name)?;
        match found {
            Some(
                entity @ (Entity::Type(_)
                | Entity::Alias(..)
                | Entity::Class(_)
                | Entity::Enum(_)
                | Entity::Template(_)),
            ) => {
                if let Some(ty) = self.entity_type(entity, name.last().args.as_deref(), name.span)? {
                    return self.functional_cast(ty, args, span);
                }
                return fail(name.span, "expression must have (pointer-to-) function type");
            }
            Some(Entity::Functions(_)) | None => {}
            Some(_) => {
                let f = self.name_expr(name)?;
                let args = self.arguments(args)?;
                return self.call_value(f, args, span);
            }
        }
        let Some(symbol) = segment_symbol(&name.last().name) else {
            return fail(name.span, "this name cannot be called");
        };
        let text = self.name_text(name);
        if found.is_none() && text == "__builtin_unreachable" {
            return Ok(self.intrinsic_void(super::tree::IntrinsicOp::Unreachable, span));
        }
        let args_ast = args;
        let args = self.arguments(args)?;
        let mut fns: Vec<FnId> = Vec::new();
        if let Some(Entity::Functions(set)) = found {
            // `--use_fast_math` puts another function in the place of a built-in one.
            if self.opts.fast_math
                && let Some(fast) = self.fast_name(set, &text)
            {
                found = Some(Entity::Functions(fast));
            }
            if let Some(Entity::Functions(set)) = found {
                fns.extend(self.functions(set).iter());
            }
        }
        fns.retain(|f| self.is_declared_before(*f, name.span));
        let is_member = fns.first().is_some_and(|f| self.func(*f).class.is_some());
        if is_member {
            let object = self.object_place(span).filter(|o| self.in_class_of(&fns, o.ty)).map(Val::lvalue);
            return self.call_method_set(&fns, name, object, args, span);
        }
        if name.segments.len() == 1 {
            self.add_by_arguments(symbol, &args, &mut fns);
        }
        let user = fns.iter().any(|f| !self.func(*f).builtin);
        if user && let Some(Entity::Functions(set)) = self.lookup_builtin(symbol) {
            for f in self.functions(set).iter() {
                if !fns.contains(f) && !self.hidden_by_user(*f, &fns) {
                    fns.push(*f);
                }
            }
        }
        if fns.is_empty() {
            return self.undefined(name);
        }
        let request = Request {
            fns: &fns,
            explicit: name.last().args.as_deref(),
            object: None,
            args: &args,
            implicit: false,
            span,
            name: &text,
        };
        let chosen = match self.resolve(&request) {
            Ok(chosen) => chosen,
            Err(error) => {
                // NVRTC points at the name of the function.
                let mut error = error;
                if error.span == span {
                    error.span = name.span;
                }
                if error.message == "too few arguments in function call" {
                    error.span = Span::new(span.hi.saturating_sub(1), span.hi);
                }
                return Err(error);
            }
        };
        let _ = args_ast;
        self.call_chosen(chosen, None, args, span)
    }

    /// A user's function with the same parameters hides the built-in one.
    fn hidden_by_user(&mut self, builtin: FnId, fns: &[FnId]) -> bool {
        let Ok(sig) = self.signature(builtin) else { return true };
        fns.iter().any(|f| {
            let info = self.func(*f);
            !info.builtin
                && info.template.is_none()
                && self.signature(*f).is_ok_and(|own| own.params == sig.params)
        })
    }

    fn fast_name(&mut self, set: super::context::SetId, name: &str) -> Option<super::context::SetId> {
        let bare = name.rsplit("::").next().unwrap_or(name);
        let fns = self.functions(set);
        if fns.iter().any(|f| !self.func(*f).builtin) {
            return None;
        }
        // Inside of the library only the overloads (`sin` calls `sinf`) are mapped.
        if self.scope(self.cx.scope).unit != 0 && *format!("{}f", self.cx.name) != *bare {
            return None;
        }
        let fast = crate::cudac::builtins::fast_math_name(bare)?;
        let symbol = self.src.unit.symbol(fast)?;
        match self.lookup_builtin(symbol) {
            Some(Entity::Functions(set)) => Some(set),
            _ => None,
        }
    }

    fn in_class_of(&self, fns: &[FnId], own: TypeId) -> bool {
        fns.iter().any(|f| {
            self.func(*f).class.is_some_and(|c| {
                let ty = self.class(c).ty;
                ty == own || self.is_base_of(ty, own).is_some()
            })
        })
    }

    fn call_method_set(
        &mut self,
        fns: &[FnId],
        name: &'a Name,
        object: Option<Val>,
        args: Vec<Arg<'a>>,
        span: Span,
    ) -> Res<Val> {
        let text = match fns.first() {
            Some(f) => self.function_name(*f),
            None => self.name_text(name),
        };
        let request = Request {
            fns,
            explicit: name.last().args.as_deref(),
            object: object.as_ref(),
            args: &args,
            implicit: false,
            span: name.span,
            name: &text,
        };
        let chosen = match self.resolve(&request) {
            Ok(chosen) => chosen,
            Err(mut error) => {
                if error.message == "too few arguments in function call" {
                    error.span = Span::new(span.hi.saturating_sub(1), span.hi);
                }
                return Err(error);
            }
        };
        if chosen.sig.this.is_some() && object.is_none() {
            return fail(name.span, "a nonstatic member reference must be relative to a specific object");
        }
        self.call_chosen(chosen, object, args, span)
    }

    /// Calls the one of these methods that takes no arguments, as the range-based for does.
    pub fn call_set(&mut self, fns: &[FnId], name: &str, object: Val, span: Span) -> Res<Val> {
        let request =
            Request { fns, explicit: None, object: Some(&object), args: &[], implicit: false, span, name };
        let chosen = self.resolve(&request)?;
        self.call_chosen(chosen, Some(object), Vec::new(), span)
    }

    fn call_member(
        &mut self,
        object: &'a ast::Expr,
        arrow: bool,
        member: &'a Name,
        args: &'a [ast::Expr],
        span: Span,
    ) -> Res<Val> {
        let v = self.member_object(object, arrow, span)?;
        if let SegmentName::Destructor(_) = member.last().name {
            return self.destructor_call(v, span);
        }
        if !self.is_record(v.e.ty) {
            let shown = self.show(v.qual_type());
            let (kind, tail) = if arrow { ("pointer-to-class", " *") } else { ("class", "") };
            return fail(
                object.span,
                format!("expression must have {kind} type but it has type \"{shown}{tail}\""),
            );
        }
        self.complete(v.e.ty, span)?;
        let Some(symbol) = segment_symbol(&member.last().name) else {
            if let SegmentName::Conversion(ty) = &member.last().name {
                let to = self.type_of(ty)?;
                if let Some((f, _)) = self.conversion_function(&v, to, false) {
                    return self.call_method(f, v, Vec::new(), span);
                }
            }
            return fail(member.span, "this member cannot be called");
        };
        let Some(class) = self.class_of(v.e.ty) else {
            let text = self.name(symbol);
            let is_field = self
                .record_of(v.e.ty)
                .is_some_and(|r| self.types.record(r).fields.iter().any(|f| *f.name == *text));
            if is_field {
                return fail(member.span, "expression must have (pointer-to-) function type");
            }
            return self.no_member(v.e.ty, &text, member.span);
        };
        let scope = match self.qualifier(member)? {
            Some(scope) if member.segments.len() > 1 => scope,
            _ => self.class(class).scope,
        };
        match self.lookup_in(symbol, scope, &mut Vec::new(), false) {
            Some(Entity::Functions(set)) => {
                let fns = self.functions(set);
                let args = self.arguments(args)?;
                self.call_method_set(&fns, member, Some(v), args, span)
            }
            Some(_) => {
                let f = self.member_of(v, member, span)?;
                let args = self.arguments(args)?;
                self.call_value(f, args, span)
            }
            None => {
                let text = self.name_text(member);
                self.no_member(v.e.ty, &text, member.span)
            }
        }
    }

    fn destructor_call(&mut self, v: Val, span: Span) -> Res<Val> {
        let v = if self.is_pointer(v.e.ty) { self.decay(v)? } else { v };
        if let Some(class) = self.class_of(v.e.ty) {
            self.complete(v.e.ty, span)?;
            if self.class(class).nontrivial_dtor {
                let place = self.materialize(v);
                let e = self.destroy(place, class, span)?;
                return Ok(Val::value(e));
            }
        }
        Ok(Val::value(self.discard(v)))
    }

    /// A call through a value: a function, a pointer to one, an object with `operator()`.
    pub fn call_value(&mut self, f: Val, args: Vec<Arg<'a>>, span: Span) -> Res<Val> {
        if self.is_record(f.e.ty) {
            let mut all = vec![Arg::Val(f.clone())];
            all.extend(args);
            if let Some(v) = self.try_operator(&OperatorName::Call, &all, span)? {
                return Ok(v);
            }
            let shown = self.show(f.qual_type());
            let types = self.argument_types(&all[1..]);
            let error = crate::cudac::diagnostics::Diagnostic::error(
                span,
                "call of an object of a class type without appropriate operator() or conversion functions to pointer-to-function type".to_string(),
            );
            return Err(Box::new(
                error
                    .note(Span::NONE, format!("argument types are: ({types})"))
                    .note(Span::NONE, format!("object type is: {shown}")),
            ));
        }
        let f = self.decay(f)?;
        let target = self.pointee(f.e.ty).map(|t| self.types.get(t.ty).clone());
        let Some(Type::Function(ty)) = target else {
            return fail(
                f.e.span,
                "expression preceding parentheses of apparent call must have (pointer-to-) function type",
            );
        };
        if args.len() < ty.params.len() {
            return fail(Span::new(span.hi.saturating_sub(1), span.hi), "too few arguments in function call");
        }
        if let Some(extra) = args.get(ty.params.len()) {
            return fail(extra.span(), "too many arguments in function call");
        }
        let mut values = Vec::with_capacity(args.len());
        for (arg, param) in args.iter().zip(&ty.params) {
            values.push(self.initialise(arg, *param, Purpose::Argument)?);
        }
        if let ExprKind::FunctionAddress(id) = f.e.kind {
            return Ok(self.call_result(ExprKind::Call { function: id, args: values }, ty.ret, span));
        }
        let kind = ExprKind::CallIndirect { callee: Box::new(f.e), args: values };
        Ok(self.call_result(kind, ty.ret, span))
    }

    fn call_result(&mut self, kind: ExprKind, ret: QualType, span: Span) -> Val {
        match *self.types.get(ret.ty) {
            Type::Reference { target, rvalue } => {
                let pointer_ty = self.types.pointer_to(target);
                let call = Expr::value(kind, pointer_ty, span);
                let e = Expr::place(ExprKind::Deref(Box::new(call)), target, span);
                Val { e, cat: if rvalue { Cat::Xvalue } else { Cat::Lvalue }, zero: false }
            }
            _ => Val::value(Expr::value(kind, ret.ty, span)),
        }
    }

    /// Calls a member function that is known to fit.
    pub fn call_method(&mut self, f: FnId, object: Val, args: Vec<Arg<'a>>, span: Span) -> Res<Val> {
        let sig = self.signature(f)?;
        let chosen = Candidate { f, targs: None, sig, ics: Vec::new() };
        self.call_chosen(chosen, Some(object), args, span)
    }

    pub fn call_chosen(
        &mut self,
        chosen: Candidate,
        object: Option<Val>,
        args: Vec<Arg<'a>>,
        span: Span,
    ) -> Res<Val> {
        let info = self.func(chosen.f);
        let (decl, builtin, class) = (info.decls[0], info.builtin, info.class);
        if decl.specs.global {
            return fail(span, "a __global__ function call must be configured");
        }
        if decl.definition == Definition::Deleted {
            let text = self.describe(chosen.f);
            return fail(
                span,
                format!("function \"{text}\" cannot be referenced -- it is a deleted function"),
            );
        }
        if builtin && decl.body.is_none() && class.is_none() {
            let values = self.call_arguments(chosen.f, &chosen.sig, args, span)?;
            let name = match decl.name.last().name {
                SegmentName::Ident(symbol) => self.name(symbol),
                _ => String::new(),
            };
            return self.emit_builtin(&name, &chosen.sig, values, span);
        }
        if decl.definition == Definition::Defaulted {
            if let (ast::FunctionKind::Operator, Some(object), [arg]) = (decl.kind, &object, &args[..])
                && matches!(decl.name.last().name, SegmentName::Operator(OperatorName::Assign))
            {
                // The parameter is of the class: whatever else is given is converted first.
                let to = object.e.ty;
                let value = self.initialise(arg, to.into(), Purpose::Assign)?;
                if let Some(class) = self.class_of(to).filter(|c| self.class(*c).nontrivial_assign) {
                    return self.implicit_assign(object.clone(), Val::value(value), class, span);
                }
                return Ok(super::assign::assigned(object.e.clone(), value, span));
            }
            return unsupported(span, "defaulted comparison operators", &self.snippet(decl.span));
        }
        let id = self.instance(chosen.f, chosen.targs.clone(), span)?;
        let mut sig = self.inst(id).sig.clone();
        if sig.auto_ret {
            if let super::context::Progress::Running = self.inst(id).state {
                let name = self.inst(id).name.clone();
                return fail(
                    span,
                    format!(
                        "a function \"{name}\" with deduced return type cannot be used before it is defined"
                    ),
                );
            }
            if let Err(e) = self.ensure_checked(id) {
                self.report(e);
                return super::context::follow_up();
            }
            sig = self.inst(id).sig.clone();
        }
        let mut all = Vec::with_capacity(args.len() + 1);
        if sig.this.is_some() {
            let Some(object) = object else {
                return fail(span, "a nonstatic member reference must be relative to a specific object");
            };
            all.push(self.object_pointer(object, class, &sig, span)?);
        } else if let Some(object) = object
            && super::expr::has_effects(&object.e)
        {
            // `f().static_function()` still calls f.
            let effect = self.discard(object);
            let values = self.call_arguments_of(chosen.f, Some(id), &sig, args, span)?;
            let call = self.call_result(ExprKind::Call { function: id, args: values }, sig.ret, span);
            let (ty, quals, category) = (call.e.ty, call.e.quals, call.e.category);
            let kind = ExprKind::Comma { lhs: Box::new(effect), rhs: Box::new(call.e) };
            return Ok(Val { e: Expr { kind, ty, category, quals, span }, cat: call.cat, zero: false });
        }
        all.extend(self.call_arguments_of(chosen.f, Some(id), &sig, args, span)?);
        let result = self.call_result(ExprKind::Call { function: id, args: all }, sig.ret, span);
        Ok(result)
    }

    fn object_pointer(
        &mut self,
        object: Val,
        class: Option<super::context::ClassId>,
        sig: &Rc<Sig>,
        _span: Span,
    ) -> Res<Expr> {
        let place = self.materialize(object);
        let place = match class {
            Some(class) => {
                let ty = self.class(class).ty;
                self.base_part(place, ty)
            }
            None => place,
        };
        let ty = place.ty;
        let pointer = self.address_of(place);
        let quals = sig.this.unwrap_or_default();
        let this_ty = self.types.pointer_to(QualType { ty, quals });
        Ok(self.convert_scalar(pointer, this_ty))
    }

    pub fn call_arguments(
        &mut self,
        f: FnId,
        sig: &Rc<Sig>,
        args: Vec<Arg<'a>>,
        span: Span,
    ) -> Res<Vec<Expr>> {
        self.call_arguments_of(f, None, sig, args, span)
    }

    /// The arguments as the parameters want them; defaults filled in, variadic ones promoted.
    fn call_arguments_of(
        &mut self,
        f: FnId,
        id: Option<FuncId>,
        sig: &Rc<Sig>,
        args: Vec<Arg<'a>>,
        span: Span,
    ) -> Res<Vec<Expr>> {
        let mut out = Vec::with_capacity(sig.params.len());
        for (i, arg) in args.iter().enumerate() {
            match sig.params.get(i) {
                Some(param) => out.push(self.initialise(arg, *param, Purpose::Argument)?),
                None => out.push(self.variadic_argument(arg)?),
            }
        }
        for i in args.len()..sig.params.len() {
            let info = self.func(f);
            let scope = id.map_or(info.scope, |id| self.inst(id).scope);
            let default = info.decls.iter().find_map(|d| d.params.get(i).and_then(|p| p.default.as_ref()));
            let Some(e) = default else { return fail(span, "too few arguments in function call") };
            let param = sig.params[i];
            let value = self.nested(span, |c| {
                c.in_scope(scope, |c| {
                    let arg = c.argument(e)?;
                    c.initialise(&arg, param, Purpose::Argument)
                })
            })?;
            out.push(value);
        }
        Ok(out)
    }

    fn variadic_argument(&mut self, arg: &Arg<'a>) -> Res<Expr> {
        let Arg::Val(v) = arg else { return fail(arg.span(), "expected an expression") };
        let v = self.rvalue(v.clone())?;
        if v.e.ty == TypeId::FLOAT {
            return Ok(self.convert_scalar(v.e, TypeId::DOUBLE));
        }
        if self.is_integral_like(v.e.ty) || matches!(self.types.get(v.e.ty), Type::Enum(_)) {
            let e = self.promote_bit_field(v.e);
            let ty = self.promoted(e.ty);
            return Ok(self.convert_scalar(e, ty));
        }
        if self.is_record(v.e.ty) {
            return fail(v.e.span, "a class cannot be passed to a function with variable arguments");
        }
        Ok(v.e)
    }

    pub fn intrinsic_void(&mut self, op: super::tree::IntrinsicOp, span: Span) -> Val {
        Val::value(Expr::value(ExprKind::Intrinsic { op, args: Vec::new() }, TypeId::VOID, span))
    }
}
