//! Deduction of template arguments: from the arguments of a call, from a wanted function type, and for partial ordering.

use std::rc::Rc;

use super::context::{Arg, Cat, Checker, Entity, FnId, Res, ScopeId, TArg, TmplId, fail};
use super::mentioned::{Mentioned, mentioned};
use super::templates::same_arg;
use super::types::{FunctionType, QualType, Quals, Type, TypeId};
use crate::cudac::parse::ast::{self, TemplateParamKind, TypeKind, TypeSyntax};
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
    pub(super) fn index(&self, symbol: Symbol) -> Option<usize> {
        self.params.iter().position(|p| p.name == Some(symbol))
    }

    /// Whether something names a parameter. What cannot be deduced from is compared once all parameters are known.
    fn open(&self, work: impl FnOnce(&mut Mentioned)) -> bool {
        mentioned(work).into_iter().any(|name| self.index(name).is_some())
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
            None => vec![None; template.params.len()],
        };
        let first_pack = template.params.iter().position(|p| p.pack).unwrap_or(found.len());
        let fixed = explicit.map_or(0, <[_]>::len).min(first_pack);
        let mut b = Bindings { params: &template.params, found, fixed, scope };
        let mut rest = args.iter();
        for (i, param) in decl.params.iter().enumerate() {
            let fits = match &param.ty.kind {
                TypeKind::Pack(pattern) => {
                    // Parameters behind it take theirs first.
                    let count = rest.len().saturating_sub(decl.params.len() - i - 1);
                    let list: Vec<_> = rest.by_ref().take(count).collect();
                    self.deduce_pack(&list, &mut b, |c, arg, b| c.deduce_argument(pattern, arg, b))?
                }
                _ => match rest.next() {
                    Some(arg) => self.deduce_argument(&param.ty, arg, &mut b)?,
                    None => break,
                },
            };
            if !fits {
                return fail(span, "deduction failed");
            }
        }
        let args = self.complete_args(&template.params, b.found, scope, span)?;
        Ok(args.into())
    }

    /// Deduces from each element of a list against one pattern; its packs become the lists of what was found.
    fn deduce_pack<T>(
        &mut self,
        list: &[T],
        b: &mut Bindings<'a>,
        mut one: impl FnMut(&mut Self, &T, &mut Bindings<'a>) -> Res<bool>,
    ) -> Res<bool> {
        let packs: Vec<usize> = (0..b.params.len()).filter(|i| b.params[*i].pack).collect();
        let given: Vec<Option<TArg>> = packs.iter().map(|i| b.found[*i].take()).collect();
        let mut found: Vec<Vec<TArg>> = vec![Vec::new(); packs.len()];
        let mut named = vec![false; packs.len()];
        for (k, item) in list.iter().enumerate() {
            // What the call spells out is not deduced.
            let known = |n: usize| match &given[n] {
                Some(TArg::Pack(list)) => list.get(k).cloned(),
                _ => None,
            };
            packs.iter().for_each(|i| b.found[*i] = None);
            if !one(self, item, b)? {
                return Ok(false);
            }
            for (n, i) in packs.iter().enumerate() {
                let new = b.found[*i].take();
                named[n] |= new.is_some();
                found[n].extend(known(n).or(new));
            }
        }
        for (n, i) in packs.iter().enumerate() {
            // A pack that the pattern does not name stays as it was.
            let part = named[n] && found[n].len() == list.len();
            b.found[*i] =
                if part { Some(TArg::Pack(std::mem::take(&mut found[n]).into())) } else { given[n].clone() };
        }
        Ok(true)
    }

    /// The arguments of an instance against those that a pattern has.
    pub(super) fn deduce_args(
        &mut self,
        written: &'a [ast::TemplateArg],
        args: &[TArg],
        b: &mut Bindings<'a>,
        depth: u32,
    ) -> Res<bool> {
        let args = super::packs::flat(args);
        let mut rest = args.iter();
        for (i, w) in written.iter().enumerate() {
            let fits = match w {
                ast::TemplateArg::Pack(inner) => {
                    let count = rest.len().saturating_sub(written.len() - i - 1);
                    let list: Vec<_> = rest.by_ref().take(count).collect();
                    let before: Vec<_> = b.found.clone();
                    let fits = self.deduce_pack(&list, b, |c, arg, b| c.deduce_arg(inner, arg, b, depth))?;
                    // Bound before: it has to be the same.
                    fits && before.iter().zip(&b.found).all(|(old, new)| old.is_none() || old == new)
                }
                w => match rest.next() {
                    Some(arg) => self.deduce_arg(w, arg, b, depth)?,
                    None => false,
                },
            };
            if !fits {
                return Ok(false);
            }
        }
        // What is left are defaults that the pattern does not write.
        Ok(true)
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
                    Some(written) if !b.open(|m| m.in_qualifiers(name)) => {
                        self.deduce_template_id(name, written, a, b, depth)
                    }
                    _ => Ok(true),
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
                let mut rest = target.params.iter();
                for (i, p) in f.params.iter().enumerate() {
                    let fits = match &p.ty.kind {
                        TypeKind::Pack(pattern) => {
                            let count = rest.len().saturating_sub(f.params.len() - i - 1);
                            let list: Vec<_> = rest.by_ref().take(count).copied().collect();
                            self.deduce_pack(&list, b, |c, a, b| c.deduce(pattern, *a, b, depth + 1))?
                        }
                        _ => match rest.next() {
                            Some(a) => self.deduce(&p.ty, *a, b, depth + 1)?,
                            None => break,
                        },
                    };
                    if !fits {
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
            TypeKind::Pointer { pointee: t, .. } | TypeKind::Reference { target: t, .. } => {
                self.mentions(t, b, depth + 1)
            }
            TypeKind::Array { element, len } => {
                let open = len.as_ref().is_some_and(|e| match &e.kind {
                    ast::ExprKind::Name(name) => name.as_ident().is_some_and(|s| b.index(s).is_some()),
                    _ => false,
                });
                open || self.mentions(element, b, depth + 1)
            }
            TypeKind::Function(f) => {
                let of_param = |p: &ast::Param| {
                    matches!(p.ty.kind, TypeKind::Pack(_)) || self.mentions(&p.ty, b, depth + 1)
                };
                self.mentions(&f.ret, b, depth + 1) || f.params.iter().any(of_param)
            }
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
        if let Some(tmpl) = wanted
            && let ast::DeclKind::Alias(alias) = &self.templates[tmpl.0 as usize].ast.decl.kind
        {
            return self.deduce_through_alias(tmpl, &alias.ty, written, a, b, depth);
        }
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
                return self.deduce_args(written, &args, b, depth);
            }
            if wanted.is_none() && open.is_none() {
                return Ok(true);
            }
            let _ = self.complete(self.class(class).ty, name.span);
            at = self.class(class).bases.first().map(|base| base.0);
        }
        Ok(false)
    }

    /// An alias stands for what it names: its own parameters are deduced from there, and those of the pattern from what
    /// they are then. `void_t<..>` and `enable_if_t<..>` tell nothing, and fit.
    fn deduce_through_alias(
        &mut self,
        tmpl: TmplId,
        meant: &'a TypeSyntax,
        written: &'a [ast::TemplateArg],
        a: QualType,
        b: &mut Bindings<'a>,
        depth: u32,
    ) -> Res<bool> {
        let info = &self.templates[tmpl.0 as usize];
        let (params, scope) = (&info.ast.params, info.scope);
        let mut own = Bindings { params, found: vec![None; params.len()], fixed: 0, scope };
        if !self.deduce(meant, a, &mut own, depth + 1)? {
            return Ok(false);
        }
        for (i, (param, found)) in params.iter().zip(own.found).enumerate() {
            let (Some(found), Some(rest)) = (found, written.get(i..)) else { continue };
            let fits = match (param.pack, rest.first()) {
                (true, _) => self.deduce_args(rest, &[found], b, depth + 1)?,
                (false, Some(ast::TemplateArg::Pack(_))) => return Ok(true),
                (false, Some(w)) => self.deduce_arg(w, &found, b, depth + 1)?,
                (false, None) => true,
            };
            if !fits {
                return Ok(false);
            }
        }
        Ok(true)
    }

    pub(super) fn deduce_arg(
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
                if !p_names && !b.open(|m| m.in_type(p)) {
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
                if b.open(|m| m.in_name(name)) {
                    return Ok(true);
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
                // An expression of the parameters is not deduced from.
                if b.open(|m| m.in_expr(e)) {
                    return Ok(true);
                }
                let scope = b.scope;
                let known = self.in_context(scope, |c| c.template_arg(written));
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
        let info = self.func(b);
        let (decl, scope) = (info.decls[0], info.scope);
        let Some(template) = info.template else { return false };
        let found = vec![None; template.params.len()];
        let mut bindings = Bindings { params: &template.params, found, fixed: 0, scope };
        // What takes any number of arguments is the last resort.
        let has_pack = |d: &ast::Function| d.params.iter().any(|p| matches!(p.ty.kind, TypeKind::Pack(_)));
        let (left, right) = (self.func(a).decls[0], decl);
        match (has_pack(left), has_pack(right)) {
            (true, true) => return left.params.len() > right.params.len(),
            (x, y) if x != y => return y,
            _ => {}
        }
        let Some(types) = self.unique_params(a) else { return false };
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

    /// Of two templates that are alike but for references: whether `a` takes an lvalue where `b` takes anything, or
    /// refers to something more qualified.
    pub fn binds_closer(&mut self, a: FnId, b: FnId) -> bool {
        let (Some(left), Some(right)) = (self.unique_params(a), self.unique_params(b)) else { return false };
        let mut closer = false;
        for (x, y) in left.iter().zip(&right) {
            let (
                Type::Reference { target: s, rvalue: anything },
                Type::Reference { target: t, rvalue: other_anything },
            ) = (self.types.get(x.ty), self.types.get(y.ty))
            else {
                continue;
            };
            match (anything, other_anything) {
                (true, false) => return false,
                (false, true) => closer = true,
                _ if s.quals == t.quals => {}
                _ if s.quals.contains(t.quals) => closer = true,
                _ => return false,
            }
        }
        closer
    }

    /// The parameter types of a template with types of its own for its parameters.
    fn unique_params(&mut self, f: FnId) -> Option<Vec<QualType>> {
        let template = self.func(f).template?;
        let mut args = Vec::new();
        for param in &template.params {
            if param.pack {
                args.push(TArg::Pack(Rc::from([])));
                continue;
            }
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
