//! Templates: arguments, defaults, the scope that holds them, deduction from a call, partial ordering, instances of
//! class and alias templates. A template is never rewritten: its text is checked again with other arguments in scope.

use std::rc::Rc;

use super::context::{
    Arg, Cat, Checker, Entity, FnId, MAX_INSTANTIATION_DEPTH, Res, ScopeId, ScopeKind, TArg, TmplId, fail,
    unsupported,
};
use super::types::{FunctionType, QualType, Quals, Type, TypeId};
use crate::cudac::diagnostics::Diagnostic;
use crate::cudac::parse::ast::{self, DeclKind, TemplateParamKind, TypeKind, TypeSyntax};
use crate::cudac::source::Span;
use crate::cudac::symbol::Symbol;

/// Deduction in progress.
pub struct Bindings<'a> {
    pub params: &'a [ast::TemplateParam],
    pub found: Vec<Option<TArg>>,
    /// Written in the call: whatever the arguments are, they convert.
    pub fixed: usize,
    /// Where names that are no parameters are looked up.
    pub scope: ScopeId,
}

impl<'a> Bindings<'a> {
    fn index(&self, symbol: Symbol) -> Option<usize> {
        self.params.iter().position(|p| p.name == Some(symbol))
    }

    /// Binds a parameter, or checks that it is bound to the same.
    fn bind(&mut self, i: usize, arg: TArg) -> bool {
        if i < self.fixed {
            return true;
        }
        match (&self.found[i], &arg) {
            (None, _) => {
                self.found[i] = Some(arg);
                true
            }
            (Some(TArg::Value(_, a)), TArg::Value(_, b)) => a == b,
            (Some(old), new) => old == new,
        }
    }
}

impl<'a> Checker<'a> {
    /// A scope with template arguments under their parameters' names.
    pub fn template_env(
        &mut self,
        parent: ScopeId,
        params: &'a [ast::TemplateParam],
        args: &[TArg],
    ) -> ScopeId {
        let env = self.new_scope(Some(parent), ScopeKind::Block);
        for (param, arg) in params.iter().zip(args) {
            let Some(name) = param.name else { continue };
            let entity = match arg {
                TArg::Type(ty) => Entity::Type(*ty),
                TArg::Value(ty, value) => Entity::Value(*ty, *value),
                TArg::Template(t) => Entity::Template(*t),
            };
            self.set_name(env, name, entity);
        }
        env
    }

    /// The arguments as written, each brought to its parameter's kind; what is not written stays open.
    pub fn explicit_args(
        &mut self,
        params: &'a [ast::TemplateParam],
        written: &'a [ast::TemplateArg],
        scope: ScopeId,
        span: Span,
    ) -> Res<Vec<Option<TArg>>> {
        if let Some(pack) = params.iter().find(|p| p.pack) {
            return unsupported(pack.span, "variadic templates", &self.snippet(pack.span));
        }
        if written.len() > params.len() {
            return fail(span, "too many template arguments");
        }
        let mut out: Vec<Option<TArg>> = vec![None; params.len()];
        for (i, arg) in written.iter().enumerate() {
            let known: Vec<TArg> = out[..i].iter().flatten().cloned().collect();
            if let TemplateParamKind::Value { ty, .. } = &params[i].kind
                && let Some(function) = self.function_arg(ty, arg, params, &known, scope)?
            {
                out[i] = Some(function);
                continue;
            }
            let arg = self.template_arg(arg)?;
            out[i] = Some(self.fit_arg(&params[i], arg, params, &known, scope, span)?);
        }
        Ok(out)
    }

    /// Checks an argument against its parameter; values are converted to the parameter's type.
    fn fit_arg(
        &mut self,
        param: &'a ast::TemplateParam,
        arg: TArg,
        params: &'a [ast::TemplateParam],
        earlier: &[TArg],
        scope: ScopeId,
        span: Span,
    ) -> Res<TArg> {
        match (&param.kind, arg) {
            (TemplateParamKind::Type { .. }, TArg::Type(ty)) => Ok(TArg::Type(ty)),
            (TemplateParamKind::Template { .. }, TArg::Template(t)) => Ok(TArg::Template(t)),
            (TemplateParamKind::Value { ty, .. }, TArg::Value(from, value)) => {
                let wanted = if let TypeKind::Auto = ty.kind {
                    from
                } else {
                    let env = self.template_env(scope, params, earlier);
                    self.in_context(env, |c| c.type_of(ty))?.ty
                };
                if self.function_param(wanted) == Some(from) {
                    return Ok(TArg::Value(from, value));
                }
                match self.types.get(wanted) {
                    Type::Bool | Type::Int(_) => {}
                    Type::Enum(_) if wanted == from => {}
                    _ => {
                        let shown = self.types.display(wanted);
                        if matches!(self.types.get(wanted), Type::Pointer(_) | Type::Reference { .. }) {
                            return unsupported(param.span, "template parameters of pointer type", &shown);
                        }
                        return fail(
                            span,
                            format!("template argument does not fit a parameter of type \"{shown}\""),
                        );
                    }
                }
                let value = self.truncate_to(value, wanted);
                Ok(TArg::Value(wanted, self.extend_from(value, wanted)))
            }
            _ => fail(span, "template argument does not match the kind of its template parameter"),
        }
    }

    /// Fills what is open from the defaults; an error names the parameter that stays open.
    pub fn complete_args(
        &mut self,
        params: &'a [ast::TemplateParam],
        found: Vec<Option<TArg>>,
        scope: ScopeId,
        span: Span,
    ) -> Res<Vec<TArg>> {
        let mut out: Vec<TArg> = Vec::with_capacity(params.len());
        for (i, param) in params.iter().enumerate() {
            if let Some(arg) = &found[i] {
                // Deduced values take the parameter's type.
                let arg = match arg {
                    TArg::Value(..) => self.fit_arg(param, arg.clone(), params, &out, scope, span)?,
                    other => other.clone(),
                };
                out.push(arg);
                continue;
            }
            let env = self.template_env(scope, params, &out);
            let arg = match &param.kind {
                TemplateParamKind::Type { default: Some(ty) } => {
                    TArg::Type(self.in_context(env, |c| c.type_of(ty))?)
                }
                TemplateParamKind::Value { default: Some(e), .. } => {
                    let (ty, value) = self.in_context(env, |c| c.constant_integer(e))?;
                    self.fit_arg(param, TArg::Value(ty, value), params, &out, scope, span)?
                }
                TemplateParamKind::Template { default: Some(name), .. } => {
                    match self.in_context(env, |c| c.lookup_name(name))? {
                        Some(Entity::Template(t)) => TArg::Template(t),
                        _ => return fail(span, "the default template argument is no template"),
                    }
                }
                _ => {
                    let name = param.name.map_or("<unnamed>".to_string(), |n| self.name(n));
                    return fail(span, format!("cannot deduce template argument for \"{name}\""));
                }
            };
            out.push(arg);
        }
        Ok(out)
    }

    // ------------------------------------------------------------ deduction

    pub fn deduce_call(
        &mut self,
        f: FnId,
        explicit: Option<&'a [ast::TemplateArg]>,
        args: &[Arg<'a>],
    ) -> Res<Rc<[TArg]>> {
        let info = self.func(f);
        let (decl, scope) = (info.decls[0], info.scope);
        let Some(template) = info.template else { return Ok(Rc::from([])) };
        let span = decl.name_span;
        let found = match explicit {
            Some(written) => self.explicit_args(&template.params, written, scope, span)?,
            None => {
                if let Some(pack) = template.params.iter().find(|p| p.pack) {
                    return unsupported(pack.span, "variadic templates", &self.snippet(pack.span));
                }
                vec![None; template.params.len()]
            }
        };
        let fixed = explicit.map_or(0, <[_]>::len);
        let mut b = Bindings { params: &template.params, found, fixed, scope };
        for (param, arg) in decl.params.iter().zip(args) {
            if !self.deduce_argument(&param.ty, arg, &mut b)? {
                return fail(span, "deduction failed");
            }
        }
        let args = self.complete_args(&template.params, b.found, scope, span)?;
        Ok(args.into())
    }

    fn deduce_argument(&mut self, p: &'a TypeSyntax, arg: &Arg<'a>, b: &mut Bindings<'a>) -> Res<bool> {
        let v = match arg {
            Arg::Val(v) => v.clone(),
            Arg::List(_) => return Ok(true),
            Arg::Functions(f) => match f.fns[..] {
                [only] if self.func(only).template.is_none() => {
                    let sig = self.signature(only)?;
                    let ty = self.function_type_of(&sig);
                    super::context::Val::lvalue(super::tree::Expr::place(
                        super::tree::ExprKind::Zero,
                        ty.into(),
                        f.span,
                    ))
                }
                _ => return Ok(true),
            },
        };
        if let TypeKind::Reference { target, rvalue, .. } = &p.kind {
            let mut a = v.qual_type();
            let forwarding = *rvalue
                && matches!(&target.kind, TypeKind::Named { name, .. }
                    if name.as_ident().is_some_and(|s| b.index(s).is_some()))
                && target.cv == ast::Cv::default();
            if forwarding && v.cat == Cat::Lvalue {
                a = self.types.reference_to(a, false).into();
            }
            return self.deduce(target, a, b, 0);
        }
        let v = self.decay(v)?;
        self.deduce(p, v.e.ty.into(), b, 0)
    }

    /// Matches parameter syntax `p` against type `a`. What does not depend on parameters is not compared here.
    pub fn deduce(&mut self, p: &'a TypeSyntax, a: QualType, b: &mut Bindings<'a>, depth: u32) -> Res<bool> {
        if depth > 64 {
            return Ok(false);
        }
        match &p.kind {
            TypeKind::Named { name, .. } => {
                if let Some(i) = name.as_ident().and_then(|s| b.index(s)) {
                    let quals = Quals {
                        is_const: a.quals.is_const && !p.cv.is_const,
                        is_volatile: a.quals.is_volatile && !p.cv.is_volatile,
                    };
                    return Ok(b.bind(i, TArg::Type(QualType { ty: a.ty, quals })));
                }
                match &name.last().args {
                    Some(written) => self.deduce_template_id(name, written, a, b, depth),
                    None => Ok(true),
                }
            }
            TypeKind::Pointer { pointee, .. } => match self.types.get(a.ty) {
                Type::Pointer(target) => {
                    let target = *target;
                    self.deduce(pointee, target, b, depth + 1)
                }
                _ => Ok(!self.mentions(pointee, b, 0)),
            },
            TypeKind::Reference { target, .. } => match *self.types.get(a.ty) {
                Type::Reference { target: inner, .. } => self.deduce(target, inner, b, depth + 1),
                _ => self.deduce(target, a, b, depth + 1),
            },
            TypeKind::Array { element, len } => match self.types.get(a.ty).clone() {
                Type::Array { element: inner, len: count } => {
                    if let (Some(e), Some(n)) = (len, count)
                        && let ast::ExprKind::Name(name) = &e.kind
                        && let Some(i) = name.as_ident().and_then(|s| b.index(s))
                        && !b.bind(i, TArg::Value(TypeId::ULONG, n))
                    {
                        return Ok(false);
                    }
                    let inner = self.add_quals(inner, a.quals);
                    self.deduce(element, inner, b, depth + 1)
                }
                // An array parameter is a pointer.
                Type::Pointer(target) => self.deduce(element, target, b, depth + 1),
                _ => Ok(!self.mentions(element, b, 0)),
            },
            TypeKind::Function(f) => {
                let target = match self.types.get(a.ty).clone() {
                    Type::Function(target) => target,
                    Type::Pointer(q) => match self.types.get(q.ty).clone() {
                        Type::Function(target) => target,
                        _ => return Ok(false),
                    },
                    _ => return Ok(false),
                };
                if !self.deduce(&f.ret, target.ret, b, depth + 1)? {
                    return Ok(false);
                }
                for (p, a) in f.params.iter().zip(&target.params) {
                    if !self.deduce(&p.ty, *a, b, depth + 1)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            _ => Ok(true),
        }
    }

    /// Whether a type names one of the parameters where it could be deduced.
    fn mentions(&self, p: &TypeSyntax, b: &Bindings<'a>, depth: u32) -> bool {
        if depth > 64 {
            return false;
        }
        match &p.kind {
            TypeKind::Named { name, .. } => {
                name.as_ident().is_some_and(|s| b.index(s).is_some()) || name.last().args.is_some()
            }
            TypeKind::Pointer { pointee: t, .. }
            | TypeKind::Reference { target: t, .. }
            | TypeKind::Array { element: t, .. } => self.mentions(t, b, depth + 1),
            _ => false,
        }
    }

    fn deduce_template_id(
        &mut self,
        name: &'a ast::Name,
        written: &'a [ast::TemplateArg],
        a: QualType,
        b: &mut Bindings<'a>,
        depth: u32,
    ) -> Res<bool> {
        let scope = b.scope;
        let wanted = match self.in_scope(scope, |c| c.lookup_name(name)) {
            Ok(Some(Entity::Template(t))) => Some(t),
            Ok(Some(Entity::Class(class))) => self.class(class).instance.as_ref().map(|i| i.0),
            _ => None,
        };
        // A template parameter that is a template binds to the instance's own.
        let open = name.as_ident_of_template().and_then(|s| b.index(s));
        let Some(class) = self.class_of(a.ty) else { return Ok(false) };
        let mut at = Some(class);
        while let Some(class) = at {
            if let Some((tmpl, args)) = self.class(class).instance.clone()
                && (wanted == Some(tmpl) || open.is_some())
            {
                if let Some(i) = open
                    && !b.bind(i, TArg::Template(tmpl))
                {
                    return Ok(false);
                }
                for (w, arg) in written.iter().zip(args.iter()) {
                    if !self.deduce_arg(w, arg, b, depth)? {
                        return Ok(false);
                    }
                }
                return Ok(true);
            }
            if wanted.is_none() && open.is_none() {
                return Ok(true);
            }
            let _ = self.complete(self.class(class).ty, name.span);
            at = self.class(class).bases.first().map(|base| base.0);
        }
        Ok(false)
    }

    fn deduce_arg(
        &mut self,
        written: &'a ast::TemplateArg,
        arg: &TArg,
        b: &mut Bindings<'a>,
        depth: u32,
    ) -> Res<bool> {
        match (written, arg) {
            (ast::TemplateArg::Type(p), TArg::Type(ty)) => {
                let p_names = matches!(&p.kind, TypeKind::Named { name, .. }
                    if name.as_ident().is_some_and(|s| b.index(s).is_some()));
                if !p_names && !self.mentions(p, b, 0) {
                    let scope = b.scope;
                    return Ok(self.in_context(scope, |c| c.type_of(p)).is_ok_and(|t| t == *ty));
                }
                // The shape must be the same, not only convertible.
                let same_shape = match (&p.kind, self.types.get(ty.ty)) {
                    (TypeKind::Pointer { .. }, t) => matches!(t, Type::Pointer(_)),
                    (TypeKind::Reference { .. }, t) => matches!(t, Type::Reference { .. }),
                    (TypeKind::Array { .. }, t) => matches!(t, Type::Array { .. }),
                    _ => !p.cv.is_const || ty.quals.is_const,
                };
                if !same_shape {
                    return Ok(false);
                }
                self.deduce(p, *ty, b, depth + 1)
            }
            (ast::TemplateArg::Ambiguous(name), arg) => {
                if let Some(i) = name.as_ident().and_then(|s| b.index(s)) {
                    return Ok(b.bind(i, arg.clone()));
                }
                let scope = b.scope;
                let known = self.in_context(scope, |c| c.template_arg(written));
                Ok(known.is_ok_and(|known| same_arg(&known, arg)))
            }
            (ast::TemplateArg::Expr(e), TArg::Value(..)) => {
                if let ast::ExprKind::Name(name) = &e.kind
                    && let Some(i) = name.as_ident().and_then(|s| b.index(s))
                {
                    return Ok(b.bind(i, arg.clone()));
                }
                let scope = b.scope;
                let known = self.in_context(scope, |c| c.template_arg(written));
                // An expression of the parameters is not deduced from.
                Ok(known.is_ok_and(|known| same_arg(&known, arg)))
            }
            _ => Ok(false),
        }
    }

    /// For `&f` or `f` where a function type is wanted.
    pub fn deduce_address(
        &mut self,
        f: FnId,
        explicit: Option<&'a [ast::TemplateArg]>,
        wanted: &FunctionType,
    ) -> Res<Rc<[TArg]>> {
        let info = self.func(f);
        let (decl, scope) = (info.decls[0], info.scope);
        let Some(template) = info.template else { return Ok(Rc::from([])) };
        let span = decl.name_span;
        let found = self.explicit_args(&template.params, explicit.unwrap_or(&[]), scope, span)?;
        let mut b = Bindings { params: &template.params, found, fixed: 0, scope };
        for (p, a) in decl.params.iter().zip(&wanted.params) {
            if !self.deduce(&p.ty, *a, &mut b, 0)? {
                return fail(span, "deduction failed");
            }
        }
        if !self.deduce(&decl.ret, wanted.ret, &mut b, 0)? {
            return fail(span, "deduction failed");
        }
        let args = self.complete_args(&template.params, b.found, scope, span)?;
        Ok(args.into())
    }

    /// Whether template `a` is at least as specialised as `b`: what `a` takes could be deduced for `b`.
    pub fn at_least_as_special(&mut self, a: FnId, b: FnId) -> bool {
        let Some(types) = self.unique_params(a) else { return false };
        let info = self.func(b);
        let (decl, scope) = (info.decls[0], info.scope);
        let Some(template) = info.template else { return false };
        let found = vec![None; template.params.len()];
        let mut bindings = Bindings { params: &template.params, found, fixed: 0, scope };
        if decl.params.len() != types.len() {
            return false;
        }
        for (p, ty) in decl.params.iter().zip(&types) {
            let bare = match *self.types.get(ty.ty) {
                Type::Reference { target, .. } => target,
                _ => *ty,
            };
            let p = match &p.ty.kind {
                TypeKind::Reference { target, .. } => target,
                _ => &p.ty,
            };
            if !self.deduce(p, bare, &mut bindings, 0).unwrap_or(false) {
                return false;
            }
        }
        let span = decl.name_span;
        let Ok(args) = self.complete_args(&template.params, bindings.found, scope, span) else { return true };
        let Ok(sig) = self.template_signature(b, &args.into()) else { return false };
        let strip = |c: &Self, t: QualType| match *c.types.get(t.ty) {
            Type::Reference { target, .. } => target.ty,
            _ => t.ty,
        };
        sig.params.iter().zip(&types).all(|(x, y)| strip(self, *x) == strip(self, *y))
    }

    /// The parameter types of a template with types of its own for its parameters.
    fn unique_params(&mut self, f: FnId) -> Option<Vec<QualType>> {
        let template = self.func(f).template?;
        let mut args = Vec::new();
        for param in &template.params {
            self.unique += 1;
            args.push(match param.kind {
                TemplateParamKind::Type { .. } => {
                    let name = format!("<parameter {}>", self.unique);
                    let kind = super::types::RecordKind::Struct;
                    TArg::Type(self.types.new_record(&name, kind, Span::NONE).1.into())
                }
                TemplateParamKind::Value { .. } => {
                    TArg::Value(TypeId::INT, 1_000_003 + u64::from(self.unique))
                }
                TemplateParamKind::Template { .. } => return None,
            });
        }
        self.template_signature(f, &args.into()).ok().map(|s| s.params.clone())
    }

    // ------------------------------------------------------------ class and alias templates

    /// `Vec<float>`
    pub fn template_type(
        &mut self,
        tmpl: TmplId,
        args: Option<&'a [ast::TemplateArg]>,
        span: Span,
    ) -> Res<QualType> {
        let info = &self.templates[tmpl.0 as usize];
        let (ast, scope, name) = (info.ast, info.scope, info.name);
        let Some(written) = args else {
            return fail(
                span,
                format!("argument list for class template \"{}\" is missing", self.name(name)),
            );
        };
        let found = self.explicit_args(&ast.params, written, scope, span)?;
        let args = self.complete_args(&ast.params, found, scope, span).map_err(|mut e| {
            if e.span == span && e.message.starts_with("cannot deduce template argument") {
                e.message = format!("too few arguments for class template \"{}\"", self.name(name));
            }
            e
        })?;
        self.template_instance(tmpl, args.into(), span)
    }

    pub fn template_instance(&mut self, tmpl: TmplId, args: Rc<[TArg]>, span: Span) -> Res<QualType> {
        let info = &self.templates[tmpl.0 as usize];
        let (ast, scope, symbol) = (info.ast, info.scope, info.name);
        match info.instances.get(&args) {
            Some(Entity::Class(class)) => return Ok(self.class(*class).ty.into()),
            Some(Entity::Type(ty)) => return Ok(*ty),
            _ => {}
        }
        if self.cx.depth > MAX_INSTANTIATION_DEPTH || self.classes.len() > 10_000 {
            return fail(span, "excessive recursion at instantiation of a class template");
        }
        match &ast.decl.kind {
            DeclKind::Alias(alias) => {
                let env = self.template_env(scope, &ast.params, &args);
                let ty = self.nested(span, |c| c.in_context(env, |c| c.type_of(&alias.ty)))?;
                self.templates[tmpl.0 as usize].instances.insert(args, Entity::Type(ty));
                Ok(ty)
            }
            DeclKind::Record(record) => {
                let mut chosen = (&**record, &ast.params[..], args.clone());
                if let Some((special, bound)) = self.specialisation(tmpl, &args)? {
                    let DeclKind::Record(record) = &special.decl.kind else {
                        return fail(span, "the specialisation is no class");
                    };
                    chosen = (record, &special.params, bound.into());
                }
                let env = self.template_env(scope, chosen.1, &chosen.2);
                let name =
                    format!("{}{}<{}>", self.scope(scope).prefix, self.name(symbol), self.show_args(&args));
                let class = self.new_class(&name, Some(symbol), Some(chosen.0), env);
                self.class_mut(class).instance = Some((tmpl, args.clone()));
                self.templates[tmpl.0 as usize].instances.insert(args, Entity::Class(class));
                Ok(self.class(class).ty.into())
            }
            _ => fail(span, format!("\"{}\" is not a class template", self.name(symbol))),
        }
    }

    /// The specialisation that fits the arguments best, with its own arguments.
    fn specialisation(&mut self, tmpl: TmplId, args: &[TArg]) -> Res<Option<(&'a ast::Template, Vec<TArg>)>> {
        let info = &self.templates[tmpl.0 as usize];
        let (list, scope) = (info.special.clone(), info.scope);
        let mut best: Option<(i64, &'a ast::Template, Vec<TArg>)> = None;
        for special in list {
            let DeclKind::Record(record) = &special.decl.kind else { continue };
            let Some(written) = record.name.as_ref().and_then(|n| n.last().args.as_deref()) else { continue };
            let found = vec![None; special.params.len()];
            let mut b = Bindings { params: &special.params, found, fixed: 0, scope };
            let mut fits = written.len() == args.len();
            for (w, arg) in written.iter().zip(args) {
                fits = fits && self.deduce_arg(w, arg, &mut b, 0)?;
            }
            if !fits || b.found.iter().any(Option::is_none) {
                continue;
            }
            // A pattern of more parts over fewer open parameters is more special.
            let parts: i64 = written.iter().map(|w| parts_of_arg(w, &b, 0)).sum();
            let found: Vec<TArg> = b.found.into_iter().flatten().collect();
            // Deduction lets qualifiers be added, as a call may; a pattern has to be the very type.
            let env = self.template_env(scope, &special.params, &found);
            let mut the_same = true;
            for (w, arg) in written.iter().zip(args) {
                let meant = self.in_context(env, |c| c.template_arg(w));
                the_same = the_same && meant.is_ok_and(|meant| same_arg(&meant, arg));
            }
            let rank = parts - special.params.len() as i64;
            if the_same && best.as_ref().is_none_or(|(old, _, _)| rank >= *old) {
                best = Some((rank, special, found));
            }
        }
        Ok(best.map(|(_, special, found)| (special, found)))
    }

    pub fn show_args(&self, args: &[TArg]) -> String {
        let one = |arg: &TArg| match arg {
            TArg::Type(ty) => self.show(*ty),
            TArg::Value(ty, value) => self.show_value(*ty, *value),
            TArg::Template(t) => self.name(self.templates[t.0 as usize].name),
        };
        args.iter().map(one).collect::<Vec<_>>().join(", ")
    }

    fn show_value(&self, ty: TypeId, value: u64) -> String {
        match self.types.get(ty) {
            Type::Pointer(_) => self.inst(super::tree::FuncId(value as u32)).name.to_string(),
            Type::Bool => if value != 0 { "true" } else { "false" }.into(),
            _ if self.types.int_kind(ty).is_some_and(|k| k.is_signed()) => (value as i64).to_string(),
            _ => value.to_string(),
        }
    }

    /// Adds where an instance was asked for to an error inside of it.
    pub fn instantiation_note(&self, mut error: Box<Diagnostic>, what: &str, span: Span) -> Box<Diagnostic> {
        if error.notes.len() < 4 && !error.message.is_empty() {
            error.notes.push((span, format!("detected during instantiation of \"{what}\"")));
        }
        error
    }
}

/// Number of things a pattern fixes: names other than the open parameters, pointers, references, qualifiers.
fn parts_of_arg(written: &ast::TemplateArg, b: &Bindings<'_>, depth: u32) -> i64 {
    match written {
        ast::TemplateArg::Type(p) => parts_of(p, b, depth),
        ast::TemplateArg::Ambiguous(name) => parts_of_name(name, b, depth),
        ast::TemplateArg::Expr(e) => match &e.kind {
            ast::ExprKind::Name(name) => parts_of_name(name, b, depth),
            _ => 1,
        },
        ast::TemplateArg::Pack(_) => 0,
    }
}

fn parts_of_name(name: &ast::Name, b: &Bindings<'_>, depth: u32) -> i64 {
    if depth > 64 || name.as_ident().is_some_and(|s| b.index(s).is_some()) {
        return 0;
    }
    let args = name.last().args.as_deref().unwrap_or_default();
    1 + args.iter().map(|arg| parts_of_arg(arg, b, depth + 1)).sum::<i64>()
}

fn parts_of(p: &TypeSyntax, b: &Bindings<'_>, depth: u32) -> i64 {
    let qualifiers = i64::from(p.cv.is_const) + i64::from(p.cv.is_volatile);
    let kind = match &p.kind {
        _ if depth > 64 => 0,
        TypeKind::Named { name, .. } => parts_of_name(name, b, depth),
        TypeKind::Pointer { pointee: t, .. }
        | TypeKind::Reference { target: t, .. }
        | TypeKind::Array { element: t, .. } => 1 + parts_of(t, b, depth + 1),
        _ => 1,
    };
    qualifiers + kind
}

fn same_arg(a: &TArg, b: &TArg) -> bool {
    match (a, b) {
        (TArg::Value(_, x), TArg::Value(_, y)) => x == y,
        _ => a == b,
    }
}

impl ast::Name {
    /// The identifier of `C<...>`, if that is all there is.
    fn as_ident_of_template(&self) -> Option<Symbol> {
        match self.segments.as_slice() {
            [ast::Segment { name: ast::SegmentName::Ident(symbol), .. }] => Some(*symbol),
            _ => None,
        }
    }
}
