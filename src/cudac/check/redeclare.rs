//! Declarations that contradict each other: found when the text's declarations are entered, whether or not the kernel
//! reaches them. Functions are compared once their types are known, at the end at the latest.

use std::collections::HashMap;

use super::context::{Checker, ClassId, Entity, FnId, Res, ScopeId, ScopeKind, VarId, fail};
use super::names::segment_symbol;
use super::types::{QualType, Type, TypeId};
use crate::cudac::diagnostics::Diagnostic;
use crate::cudac::parse::ast::{self, DeclKind, Definition, FunctionKind, Initializer, Name, TypeKind};
use crate::cudac::source::Span;
use crate::cudac::symbol::Symbol;

/// Namespaces of NVIDIA's headers that texts open habitually; using them is an error only where it matters.
const KNOWN_NAMESPACES: &[&str] =
    &["std", "cuda", "cooperative_groups", "nvcuda", "wmma", "cub", "thrust", "experimental", "literals"];

impl<'a> Checker<'a> {
    /// Reports a conflict once for each place.
    pub fn report_redeclaration(&mut self, span: Span, message: &str) {
        if self.conflicts.insert(span.lo) {
            self.diags.push(Diagnostic::error(span, message));
        }
    }

    pub fn already_declared(&mut self, name: Symbol, span: Span) {
        let text = self.name(name);
        self.report_redeclaration(
            span,
            &format!("\"{text}\" has already been declared in the current scope"),
        );
    }

    /// ` (declared at line 3)`
    fn declared_at(&self, at: u32) -> String {
        match self.src.map().locate(at) {
            Some(place) if at != 0 => format!(" (declared at line {})", place.line),
            _ => String::new(),
        }
    }

    /// Enters a name that may be there once only.
    pub fn declare_name(&mut self, scope: ScopeId, name: Symbol, entity: Entity<'a>, span: Span) {
        if self.scope(scope).unit != 0 {
            return self.set_name(scope, name, entity);
        }
        let slot = *self.slot(scope, name);
        match slot.ordinary {
            None | Some(Entity::Poison) => {
                if let (Entity::Namespace(_), Some(_)) = (entity, slot.tag) {
                    return self.already_declared(name, span);
                }
                let slot = self.slot(scope, name);
                slot.ordinary = Some(entity);
                slot.since = span.lo;
            }
            Some(Entity::Namespace(old)) if matches!(entity, Entity::Namespace(new) if new == old) => {}
            Some(_) => self.already_declared(name, span),
        }
    }

    /// `using ns::x;` for anything but functions and tags: naming the same thing again is no conflict.
    pub fn declare_using(&mut self, scope: ScopeId, name: Symbol, entity: Entity<'a>, span: Span) {
        let same = match (self.slot(scope, name).ordinary, entity) {
            (Some(Entity::Var(a)), Entity::Var(b)) => a == b,
            (Some(Entity::Template(a)), Entity::Template(b)) => a == b,
            (Some(Entity::Enumerator(a, x)), Entity::Enumerator(b, y)) => a == b && x == y,
            (Some(Entity::Type(a)), Entity::Type(b)) => a == b,
            (Some(Entity::Functions(_) | Entity::Var(_) | Entity::Enumerator(..)), _) => false,
            // Aliases may be spelled differently, and methods of a base are brought in beside one's own.
            (Some(_), _) => true,
            (None, _) => false,
        };
        if same || matches!(self.scope(scope).kind, ScopeKind::Class(_)) {
            self.set_name(scope, name, entity);
        } else {
            self.declare_name(scope, name, entity, span);
        }
    }

    /// `using ns::x;` where the text's own namespace has no `x`.
    pub fn check_using(&mut self, scope: ScopeId, name: &'a Name) {
        let Ok(Some(at)) = self.in_scope(scope, |c| c.qualifier(name)) else { return };
        if self.scope(at).unit == 0 && self.scope(at).kind == ScopeKind::Namespace && at != self.root {
            let Err(e) = self.in_scope(scope, |c| c.undefined::<()>(name)) else { return };
            self.report_redeclaration(e.span, &e.message);
        }
    }

    pub fn unknown_namespace(&mut self, name: &'a Name) {
        let text = self.name_text(name);
        let first = text.trim_start_matches("::").split("::").next().unwrap_or("");
        if !KNOWN_NAMESPACES.contains(&first) {
            self.report_redeclaration(name.span, "name must be a namespace name");
        }
    }

    // ------------------------------------------------------------ types

    pub fn declare_alias(&mut self, scope: ScopeId, alias: &'a ast::Alias) {
        let entity = Entity::Alias(alias, scope);
        if self.scope(scope).unit != 0 {
            return self.set_name(scope, alias.name, entity);
        }
        let slot = *self.slot(scope, alias.name);
        let old = match (slot.ordinary, slot.tag) {
            (Some(old @ (Entity::Type(_) | Entity::Alias(..))), _) => old,
            (Some(_), _) => return self.already_declared(alias.name, alias.span),
            (None, Some(tag)) => tag,
            (None, None) => {
                let slot = self.slot(scope, alias.name);
                (slot.ordinary, slot.since) = (Some(entity), alias.span.lo);
                return;
            }
        };
        let before = self.in_context(scope, |c| c.entity_type(old, None, alias.span));
        let now = self.in_context(scope, |c| c.type_of(&alias.ty));
        if let (Ok(Some(before)), Ok(now)) = (before, now)
            && before != now
        {
            let since = if slot.ordinary.is_some() { slot.since } else { slot.tag_since };
            let (text, at) = (self.name(alias.name), self.declared_at(since));
            let message = format!("invalid redeclaration of type name \"{text}\"{at}");
            return self.report_redeclaration(alias.span, &message);
        }
        let slot = self.slot(scope, alias.name);
        if slot.ordinary.is_none() {
            (slot.ordinary, slot.since) = (Some(entity), alias.span.lo);
        }
    }

    /// Before a class or an enum is entered under a name that is no tag yet.
    pub fn check_tag(&mut self, scope: ScopeId, name: Symbol, span: Span) {
        let slot = *self.slot(scope, name);
        if self.scope(scope).unit != 0 {
            return;
        }
        match (slot.ordinary, slot.tag) {
            (Some(Entity::Namespace(_) | Entity::Template(_)), _) | (_, Some(_)) => {
                self.already_declared(name, span);
            }
            // `typedef struct S S;` came first: that is this very class.
            (Some(old @ (Entity::Alias(..) | Entity::Type(_))), None) => {
                let before = self.in_context(scope, |c| c.entity_type(old, None, span));
                let own = match before {
                    Ok(Some(ty)) => self.class_of(ty.ty).is_some_and(|c| self.class(c).symbol == Some(name)),
                    _ => true,
                };
                if !own {
                    let (text, at) = (self.name(name), self.declared_at(slot.since));
                    let message = format!("invalid redeclaration of type name \"{text}\"{at}");
                    self.report_redeclaration(span, &message);
                }
            }
            _ => {}
        }
    }

    pub fn class_defined_twice(&mut self, class: ClassId, record: &'a ast::Record) {
        let again = record.members.is_some() && self.scope(self.class(class).parent).unit == 0;
        if again {
            let span = record.name.as_ref().map_or(record.span, |n| n.span);
            let text = self.class(class).name.clone();
            self.report_redeclaration(span, &format!("class \"{text}\" has already been defined"));
        }
    }

    pub fn template_defined_twice(&mut self, name: Symbol, ast: &'a ast::Template, span: Span) {
        let text = self.name(name);
        let kind = match &ast.decl.kind {
            DeclKind::Record(_) => "class template",
            DeclKind::Variable(_) => "variable template",
            _ => return self.already_declared(name, span),
        };
        self.report_redeclaration(span, &format!("{kind} \"{text}\" has already been defined"));
    }

    /// Members of one name in a class that perhaps nothing reaches.
    pub fn check_members(&mut self, record: &'a ast::Record) {
        let mut seen: HashMap<Symbol, bool> = HashMap::new();
        self.members_of(record, &mut seen, 0);
    }

    /// `seen` says of each name whether it is a data member (or something else that may be there once only).
    fn members_of(&mut self, record: &'a ast::Record, seen: &mut HashMap<Symbol, bool>, depth: u32) {
        for member in record.members.iter().flatten() {
            match &member.kind {
                DeclKind::Variable(v) if v.name.segments.len() == 1 => {
                    let Some(symbol) = segment_symbol(&v.name.last().name) else { continue };
                    let nameless = v.bit_width.is_some() && self.src.name(symbol).is_empty();
                    if !nameless && seen.insert(symbol, true).is_some() {
                        self.already_declared(symbol, v.name.span);
                    }
                }
                DeclKind::Function(f) if f.name.segments.len() == 1 && f.kind == FunctionKind::Plain => {
                    let Some(symbol) = segment_symbol(&f.name.last().name) else { continue };
                    if seen.insert(symbol, false) == Some(true) {
                        self.already_declared(symbol, f.name_span);
                    }
                }
                DeclKind::Record(inner) if inner.name.is_none() && depth < 32 => {
                    self.members_of(inner, seen, depth + 1);
                }
                DeclKind::Record(inner) if depth < 32 => {
                    self.members_of(inner, &mut HashMap::new(), depth + 1);
                }
                _ => {}
            }
        }
    }

    // ------------------------------------------------------------ variables

    pub fn check_redeclared_variable(&mut self, old: VarId, new: &'a ast::Variable, scope: ScopeId) {
        let before = self.vars[old.0 as usize].ast;
        if self.scope(scope).unit != 0 || std::ptr::eq(before, new) {
            return;
        }
        let Some(symbol) = segment_symbol(&new.name.last().name) else { return };
        if matches!(self.scope(scope).kind, ScopeKind::Class(_)) {
            return self.already_declared(symbol, new.name.span);
        }
        let text = self.name(symbol);
        let types = self.in_context(scope, |c| (c.type_of(&before.ty), c.type_of(&new.ty)));
        if let (Ok(a), Ok(b)) = types
            && !self.same_declared(a, b)
        {
            let shown = self.show(a);
            let at = self.declared_at(before.name.span.lo);
            let message = format!("declaration is incompatible with \"{shown} {text}\"{at}");
            return self.report_redeclaration(new.name.span, &message);
        }
        let defines = |v: &ast::Variable| !v.specs.is_extern || !matches!(v.init, Initializer::None);
        if defines(before) && defines(new) {
            let message = format!("variable \"{text}\" has already been defined");
            self.report_redeclaration(new.name.span, &message);
        }
    }

    /// Arrays may leave their length to the other declaration.
    fn same_declared(&self, a: QualType, b: QualType) -> bool {
        if a == b {
            return true;
        }
        match (self.types.get(a.ty), self.types.get(b.ty)) {
            (Type::Array { element: x, len: m }, Type::Array { element: y, len: n }) => {
                x == y && (m.is_none() || n.is_none())
            }
            _ => false,
        }
    }

    // ------------------------------------------------------------ functions

    /// Compares a declaration with the others of the same parameters.
    pub fn check_redeclared_function(&mut self, old: FnId, new: &'a ast::Function, f: FnId) {
        let info = self.func(old);
        if info.builtin || self.func(f).builtin {
            return;
        }
        let (class, is_template) = (info.class, info.template.is_some());
        let span = new.name_span;
        if !is_template
            && let (Ok(a), Ok(b)) = (self.signature(old), self.signature(f))
            && (a.auto_ret != b.auto_ret || a.ret.ty != b.ret.ty)
        {
            let message = "cannot overload functions distinguished by return type alone";
            return self.report_redeclaration(span, message);
        }
        if class.is_some() {
            let text = self.describe(old);
            let message = format!("function \"{text}\" has already been declared in the current scope");
            return self.report_redeclaration(span, &message);
        }
        let defined = |d: &ast::Function| d.definition != Definition::Declared;
        if defined(new) && self.func(old).decls.iter().any(|d| defined(d)) {
            let text = if is_template { self.function_name(old) } else { self.describe(old) };
            let kind = if is_template { "function template" } else { "function" };
            return self.report_redeclaration(span, &format!("{kind} \"{text}\" has already been defined"));
        }
        for (i, param) in new.params.iter().enumerate() {
            if param.default.is_some()
                && self.func(old).decls.iter().any(|d| d.params.get(i).is_some_and(|p| p.default.is_some()))
            {
                return self.report_redeclaration(param.span, "redefinition of default argument");
            }
        }
    }

    /// Default arguments, of whichever declaration, come last.
    pub fn check_defaults(&mut self, f: FnId) -> Res<()> {
        let decls = &self.func(f).decls;
        let count = decls[0].params.len();
        let has = |i: usize| decls.iter().any(|d| d.params.get(i).is_some_and(|p| p.default.is_some()));
        let Some(first) = (0..count).find(|i| has(*i)) else { return Ok(()) };
        match (first..count).find(|i| !has(*i)) {
            Some(i) => fail(decls[0].params[i].span, "default argument not at end of parameter list"),
            None => Ok(()),
        }
    }

    /// What only a look at all declarations finds: functions that nothing calls, definitions of unknown members.
    pub fn check_declarations(&mut self) {
        let unit = self.src.unit;
        self.records_in(&unit.decls, 0);
        for set in 0..self.sets.len() {
            let list = &self.sets[set];
            if list.len() > 1 && list.iter().any(|f| !self.func(*f).builtin) {
                let fns = self.functions(super::context::SetId(set as u32));
                self.check_linkage(&fns);
            }
        }
        self.check_outside();
    }

    fn records_in(&mut self, decls: &'a [ast::Decl], depth: u32) {
        for decl in decls {
            match &decl.kind {
                DeclKind::Record(record) => self.check_members(record),
                DeclKind::Template(t) => {
                    if let DeclKind::Record(record) = &t.decl.kind {
                        self.check_members(record);
                    }
                }
                DeclKind::Namespace { decls, .. } if depth < 64 => self.records_in(decls, depth + 1),
                DeclKind::Alias(alias) => {
                    if let TypeKind::Record(record) = &alias.ty.kind {
                        self.check_members(record);
                    }
                }
                _ => {}
            }
        }
    }

    pub fn check_linkage(&mut self, fns: &[FnId]) {
        let mut c = fns.iter().filter(|f| {
            let info = self.func(**f);
            !info.builtin && info.decls.iter().any(|d| d.specs.extern_c)
        });
        if let (Some(first), Some(second)) = (c.next(), c.next()) {
            let (name, span) = (self.function_name(*first), self.func(*second).decls[0].name_span);
            let message =
                format!("more than one instance of overloaded function \"{name}\" has \"C\" linkage");
            self.report_redeclaration(span, &message);
        }
    }

    /// `void S::f() {}` where S has no f.
    pub fn check_outside(&mut self) {
        let all: Vec<_> = self.outside.values().flatten().copied().collect();
        for (scope, f, template) in all {
            let (_, qualifiers) = f.name.segments.split_last().unwrap_or((f.name.last(), &[]));
            let dependent = template.is_some() && qualifiers.iter().any(|s| s.args.is_some());
            if dependent || self.scope(scope).unit != 0 {
                continue;
            }
            let Some(symbol) = segment_symbol(&f.name.last().name) else { continue };
            let at = match self.in_context(scope, |c| c.qualifier(&f.name)) {
                Ok(Some(at)) => at,
                Ok(None) => continue,
                Err(e) => {
                    if !e.message.is_empty() {
                        self.report_redeclaration(e.span, &e.message);
                    }
                    continue;
                }
            };
            let special = matches!(f.kind, FunctionKind::Constructor | FunctionKind::Destructor);
            if special || self.lookup_in(symbol, at, &mut Vec::new(), false).is_some() {
                continue;
            }
            let Err(e) = self.in_scope(scope, |c| c.undefined::<TypeId>(&f.name)) else { continue };
            self.report_redeclaration(e.span, &e.message);
        }
    }
}
