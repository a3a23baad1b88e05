//! Templates: arguments, defaults, the scope that holds them, instances of class and alias templates. A template is never rewritten: its text is checked again with other arguments in scope.

use std::rc::Rc;

use super::context::{
    Checker, Entity, MAX_INSTANTIATION_DEPTH, Res, ScopeId, ScopeKind, TArg, TmplId, fail, unsupported,
};
use super::deduction::Bindings;
use super::mentioned::mentioned;
use super::packs::flat;
use super::types::{QualType, Type, TypeId};
use crate::cudac::diagnostics::Diagnostic;
use crate::cudac::parse::ast::{self, DeclKind, TemplateParamKind, TypeKind, TypeSyntax};
use crate::cudac::source::Span;

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
            let entity = self.entity_of(arg);
            self.set_name(env, name, entity);
        }
        env
    }

    fn entity_of(&mut self, arg: &TArg) -> Entity<'a> {
        match arg {
            TArg::Type(ty) => Entity::Type(*ty),
            TArg::Value(ty, value) => Entity::Value(*ty, *value),
            TArg::Template(t) => Entity::Template(*t),
            TArg::Pack(list) => {
                let elements = list.iter().map(|arg| self.entity_of(arg)).collect();
                self.new_pack(elements)
            }
        }
    }

    /// The arguments as written, each brought to its parameter's kind; what is not written stays open.
    pub fn explicit_args(
        &mut self,
        params: &'a [ast::TemplateParam],
        written: &'a [ast::TemplateArg],
        scope: ScopeId,
        span: Span,
    ) -> Res<Vec<Option<TArg>>> {
        let mut given = Vec::with_capacity(written.len());
        for arg in written {
            match arg {
                ast::TemplateArg::Pack(inner) => {
                    given.extend(self.expanded_arg(inner, span)?.into_iter().map(Given::Ready));
                }
                arg => given.push(Given::Written(arg)),
            }
        }
        let mut given = given.into_iter().peekable();
        let mut out: Vec<Option<TArg>> = vec![None; params.len()];
        for (i, param) in params.iter().enumerate() {
            if given.peek().is_none() {
                break;
            }
            let known: Vec<TArg> = out[..i].iter().flatten().cloned().collect();
            // A pack takes all that is left.
            let mut pack = Vec::new();
            for arg in given.by_ref() {
                pack.push(self.given_arg(param, arg, params, &known, scope, span)?);
                if !param.pack {
                    break;
                }
            }
            out[i] = if param.pack { Some(TArg::Pack(pack.into())) } else { pack.pop() };
        }
        if given.next().is_some() {
            return fail(span, "too many template arguments");
        }
        Ok(out)
    }

    fn given_arg(
        &mut self,
        param: &'a ast::TemplateParam,
        arg: Given<'a>,
        params: &'a [ast::TemplateParam],
        known: &[TArg],
        scope: ScopeId,
        span: Span,
    ) -> Res<TArg> {
        let arg = match arg {
            Given::Ready(arg) => arg,
            Given::Written(arg) => {
                if let TemplateParamKind::Value { ty, .. } = &param.kind
                    && let Some(function) = self.function_arg(ty, arg, params, known, scope)?
                {
                    return Ok(function);
                }
                self.template_arg(arg)?
            }
        };
        self.fit_arg(param, arg, params, known, scope, span)
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
            (_, TArg::Pack(list)) if param.pack => {
                let fit = |arg: &TArg| self.fit_arg(param, arg.clone(), params, earlier, scope, span);
                Ok(TArg::Pack(list.iter().map(fit).collect::<Res<Vec<_>>>()?.into()))
            }
            (TemplateParamKind::Type { .. }, TArg::Type(ty)) => Ok(TArg::Type(ty)),
            (TemplateParamKind::Template { .. }, TArg::Template(t)) => Ok(TArg::Template(t)),
            (TemplateParamKind::Value { ty, .. }, TArg::Value(from, value)) => {
                let wanted = if let TypeKind::Auto = ty.kind {
                    from
                } else {
                    self.param_type(ty, params, earlier, scope)?.ty
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

    /// The type of a parameter that is a value. The other arguments get a scope only if it names one of them: a pack
    /// asks for each element.
    pub fn param_type(
        &mut self,
        ty: &'a TypeSyntax,
        params: &'a [ast::TemplateParam],
        earlier: &[TArg],
        scope: ScopeId,
    ) -> Res<QualType> {
        let names = mentioned(|m| m.in_type(ty));
        let own = names.iter().any(|n| params.iter().any(|p| p.name == Some(*n)));
        let env = if own { self.template_env(scope, params, earlier) } else { scope };
        self.in_context(env, |c| c.type_of(ty))
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
                    TArg::Value(..) | TArg::Pack(_) => {
                        self.fit_arg(param, arg.clone(), params, &out, scope, span)?
                    }
                    other => other.clone(),
                };
                out.push(arg);
                continue;
            }
            if param.pack {
                out.push(TArg::Pack(Rc::from([])));
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
    pub fn specialisation(
        &mut self,
        tmpl: TmplId,
        args: &[TArg],
    ) -> Res<Option<(&'a ast::Template, Vec<TArg>)>> {
        let info = &self.templates[tmpl.0 as usize];
        let (list, scope) = (info.special.clone(), info.scope);
        let mut best: Option<(i64, &'a ast::Template, Vec<TArg>)> = None;
        for special in list {
            let name = match &special.decl.kind {
                DeclKind::Record(record) => record.name.as_ref(),
                DeclKind::Variable(v) => Some(&v.name),
                _ => None,
            };
            let Some(written) = name.and_then(|n| n.last().args.as_deref()) else { continue };
            let found = vec![None; special.params.len()];
            let mut b = Bindings { params: &special.params, found, fixed: 0, scope };
            if !self.deduce_args(written, args, &mut b, 0)? {
                continue;
            }
            for (param, found) in special.params.iter().zip(&mut b.found) {
                if param.pack && found.is_none() {
                    *found = Some(TArg::Pack(Rc::from([])));
                }
            }
            if b.found.iter().any(Option::is_none) {
                continue;
            }
            // A pattern of more parts over fewer open parameters is more special.
            let parts: i64 = written.iter().map(|w| parts_of_arg(w, &b, 0)).sum();
            let found: Vec<TArg> = b.found.into_iter().flatten().collect();
            // Deduction lets qualifiers be added, as a call may; a pattern has to be the very type.
            let env = self.template_env(scope, &special.params, &found);
            let mut meant = Vec::new();
            let mut the_same = true;
            for w in written {
                match self.in_context(env, |c| match w {
                    ast::TemplateArg::Pack(inner) => c.expanded_arg(inner, special.span),
                    w => Ok(vec![c.template_arg(w)?]),
                }) {
                    Ok(list) => meant.extend(list),
                    Err(_) => the_same = false,
                }
            }
            let wanted = flat(args);
            the_same = the_same
                && meant.len() == wanted.len()
                && meant.iter().zip(wanted.iter()).all(|(a, b)| same_arg(a, b));
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
            TArg::Pack(list) => self.show_args(list),
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

/// A template argument before it is brought to its parameter's kind.
enum Given<'a> {
    Written(&'a ast::TemplateArg),
    /// An element of a pack.
    Ready(TArg),
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
        TypeKind::Function(f) => {
            let params = f.params.iter().map(|p| &p.ty);
            2 + params.chain([&f.ret]).map(|t| 1 + parts_of(t, b, depth + 1)).sum::<i64>()
        }
        _ => 1,
    };
    qualifiers + kind
}

pub(super) fn same_arg(a: &TArg, b: &TArg) -> bool {
    match (a, b) {
        (TArg::Value(_, x), TArg::Value(_, y)) => x == y,
        _ => a == b,
    }
}
