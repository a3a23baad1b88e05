//! Looking names up: through scopes, bases, namespaces and what is built in.

use std::rc::Rc;

use super::context::{Checker, Entity, FnId, Res, Scope, ScopeId, ScopeKind, SetId, Slot, TmplId, fail};
use super::types::TypeId;
use crate::cudac::parse::ast::{Name, SegmentName};
use crate::cudac::source::Span;
use crate::cudac::symbol::Symbol;

/// Names of CUDA's own that stand in no namespace: `__syncthreads`, `atomicAdd`, `threadIdx`.
fn is_cuda_only(name: &str) -> bool {
    name.starts_with("__")
        || name.strip_prefix("atomic").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_uppercase()))
        || matches!(name, "threadIdx" | "blockIdx" | "blockDim" | "gridDim" | "warpSize")
}

impl<'a> Checker<'a> {
    /// What `symbol` means seen from `scope`, going outward.
    pub fn lookup(&mut self, symbol: Symbol, scope: ScopeId) -> Option<Entity<'a>> {
        let mut at = Some(scope);
        while let Some(s) = at {
            if let Some(entity) = self.lookup_in(symbol, s, &mut Vec::new(), false) {
                return Some(entity);
            }
            at = self.scope(s).parent;
        }
        self.lookup_builtin(symbol)
    }

    pub fn lookup_tag(&mut self, symbol: Symbol, scope: ScopeId) -> Option<Entity<'a>> {
        let mut at = Some(scope);
        while let Some(s) = at {
            if let Some(entity) = self.lookup_in(symbol, s, &mut Vec::new(), true) {
                return Some(entity);
            }
            at = self.scope(s).parent;
        }
        self.lookup_builtin(symbol)
    }

    /// In one scope, with the bases of a class and the namespaces a namespace uses.
    pub fn lookup_in(
        &mut self,
        symbol: Symbol,
        scope: ScopeId,
        seen: &mut Vec<ScopeId>,
        tag: bool,
    ) -> Option<Entity<'a>> {
        if let ScopeKind::Class(class) = self.scope(scope).kind {
            self.register_class(class);
        }
        let here = self.scope(scope);
        if let Some(slot) = here.names.get(&symbol) {
            let (ordinary, tagged) = (self.seen_here(here, slot, false), self.seen_here(here, slot, true));
            let found = if tag { tagged.or(ordinary) } else { ordinary.or(tagged) };
            if found.is_some() {
                return found;
            }
        }
        match here.kind {
            ScopeKind::Class(class) => {
                let bases = self.base_classes(class);
                for base in bases {
                    let inner = self.class(base).scope;
                    if seen.len() < 64 && !seen.contains(&inner) {
                        seen.push(inner);
                        if let Some(found) = self.lookup_in(symbol, inner, seen, tag) {
                            return Some(found);
                        }
                    }
                }
                None
            }
            ScopeKind::Namespace | ScopeKind::Block => {
                if here.using.is_empty() {
                    return None;
                }
                let mut found = None;
                for ns in here.using.clone() {
                    if seen.contains(&ns) {
                        continue;
                    }
                    seen.push(ns);
                    let inner = self.lookup_in(symbol, ns, seen, tag);
                    match (found, inner) {
                        (None, inner) => found = inner,
                        // Functions from several namespaces are one set.
                        (Some(Entity::Functions(a)), Some(Entity::Functions(b))) if a != b => {
                            let mut all = self.sets[a.0 as usize].clone();
                            all.extend(
                                self.sets[b.0 as usize]
                                    .iter()
                                    .filter(|f| !self.sets[a.0 as usize].contains(f)),
                            );
                            let set = SetId(self.sets.len() as u32);
                            self.sets.push(all);
                            self.merged.push(None);
                            found = Some(Entity::Functions(set));
                        }
                        _ => {}
                    }
                }
                found
            }
        }
    }

    /// What a slot of a namespace holds as far as it was declared before the name that is being looked up.
    fn seen_here(&self, scope: &Scope<'a>, slot: &Slot<'a>, tag: bool) -> Option<Entity<'a>> {
        let (entity, since) = if tag { (slot.tag, slot.tag_since) } else { (slot.ordinary, slot.since) };
        let ordered = self.use_at != 0 && scope.unit == 0 && scope.kind == ScopeKind::Namespace;
        (!ordered || since == 0 || self.src.map().precedes(since, self.use_at)).then_some(entity?)
    }

    /// Looks up with only those names of namespaces that the text declares before `span`.
    pub fn seen_from<T>(&mut self, span: Span, work: impl FnOnce(&mut Self) -> T) -> T {
        let at = if span.is_builtin() { 0 } else { span.lo };
        let saved = std::mem::replace(&mut self.use_at, at);
        let result = work(self);
        self.use_at = saved;
        result
    }

    /// Whether one of the declarations of a function stands before `span`.
    pub fn is_declared_before(&self, f: FnId, span: Span) -> bool {
        let info = self.func(f);
        let in_namespace = self.scope(info.scope).kind == ScopeKind::Namespace && info.class.is_none();
        info.builtin
            || span.is_builtin()
            || span.lo == 0
            || !in_namespace
            || info.decls.iter().any(|d| self.src.map().precedes(d.name_span.lo, span.lo))
    }

    /// Resolves the qualifiers before the last segment: where to look for it, or nothing when it is unqualified.
    pub fn qualifier(&mut self, name: &'a Name) -> Res<Option<ScopeId>> {
        let count = name.segments.len();
        let mut at = if name.global { Some(self.global_scope()) } else { None };
        for segment in &name.segments[..count - 1] {
            if let SegmentName::Type(ty) = &segment.name {
                let ty = self.type_of(ty)?;
                at = Some(self.scope_of_type(ty.ty, segment.span)?);
                continue;
            }
            let SegmentName::Ident(symbol) = segment.name else {
                return fail(segment.span, "name must be a namespace or class name");
            };
            let entity = match at {
                None => {
                    let found = self.lookup_tag_or_namespace(symbol);
                    self.element_of(found, segment.span)?
                }
                Some(scope) => self.lookup_in(symbol, scope, &mut Vec::new(), true),
            };
            at = Some(match entity {
                Some(Entity::Namespace(ns)) => ns,
                Some(entity) => {
                    let Some(ty) = self.entity_type(entity, segment.args.as_deref(), segment.span)? else {
                        return fail(
                            segment.span,
                            "name followed by \"::\" must be a class or namespace name",
                        );
                    };
                    self.scope_of_type(ty.ty, segment.span)?
                }
                None => {
                    let text = self.name(symbol);
                    let known = matches!(&*text, "std" | "cooperative_groups" | "cuda");
                    if known && at.is_none_or(|s| s == self.root || s == self.builtin_root) {
                        self.builtin_root
                    } else {
                        return self.no_such_scope(at, symbol, segment.span);
                    }
                }
            });
        }
        Ok(at)
    }

    /// `a::` or `ns::a::` where there is no `a`.
    fn no_such_scope<T>(&mut self, at: Option<ScopeId>, symbol: Symbol, span: Span) -> Res<T> {
        let name = self.name(symbol);
        let inside = match at {
            Some(s) if s == self.builtin_root => "std".to_string(),
            Some(s) => self.scope(s).prefix.trim_end_matches("::").to_string(),
            None => String::new(),
        };
        if inside.is_empty() {
            return fail(span, "name followed by \"::\" must be a class or namespace name");
        }
        let kind = match at.map(|s| self.scope(s).kind) {
            Some(ScopeKind::Class(_)) => "class",
            _ => "namespace",
        };
        fail(span, format!("{kind} \"{inside}\" has no member \"{name}\""))
    }

    pub fn lookup_tag_or_namespace(&mut self, symbol: Symbol) -> Option<Entity<'a>> {
        let mut at = Some(self.cx.scope);
        while let Some(s) = at {
            match self.lookup_in(symbol, s, &mut Vec::new(), true) {
                // Functions and variables are not seen before `::`.
                Some(Entity::Functions(_) | Entity::Var(_) | Entity::Local(..) | Entity::Field(_)) | None => {
                }
                found => return found,
            }
            at = self.scope(s).parent;
        }
        self.lookup_builtin(symbol)
    }

    pub fn global_scope(&self) -> ScopeId {
        if self.scope(self.cx.scope).unit == 0 { self.root } else { self.builtin_root }
    }

    pub fn scope_of_type(&mut self, ty: TypeId, span: crate::cudac::source::Span) -> Res<ScopeId> {
        if let Some(class) = self.class_of(ty) {
            self.complete(ty, span)?;
            return Ok(self.class(class).scope);
        }
        if let super::types::Type::Enum(_) = self.types.get(ty)
            && let Some(info) = self.enums.iter().find(|e| e.ty == ty)
        {
            return Ok(info.scope);
        }
        fail(span, "name followed by \"::\" must be a class or namespace name")
    }

    /// A whole name, qualified or not; `None` when nothing is found.
    pub fn lookup_name(&mut self, name: &'a Name) -> Res<Option<Entity<'a>>> {
        self.seen_from(name.span, |c| c.lookup_name_here(name))
    }

    fn lookup_name_here(&mut self, name: &'a Name) -> Res<Option<Entity<'a>>> {
        let Some(symbol) = super::names::segment_symbol(&name.last().name) else { return Ok(None) };
        match self.qualifier(name)? {
            None => {
                let found = self.lookup(symbol, self.cx.scope);
                self.element_of(found, name.span)
            }
            Some(scope) => {
                let found = self.lookup_in(symbol, scope, &mut Vec::new(), false);
                if found.is_none() && self.has_builtins(scope) {
                    if name.segments.len() > 1 && is_cuda_only(&self.name(symbol)) {
                        let (text, space) = (self.name(symbol), self.name_text(name));
                        let space = space.trim_end_matches(&*text).trim_end_matches("::");
                        return fail(name.span, format!("namespace \"{space}\" has no member \"{text}\""));
                    }
                    return Ok(self.lookup_builtin(symbol));
                }
                Ok(found)
            }
        }
    }

    /// Whether a name that is not declared in the namespace may be a built-in one: `::sqrt`, and `std::sqrt` also when
    /// some header has given the text a `std` of its own.
    pub fn has_builtins(&self, scope: ScopeId) -> bool {
        scope == self.root
            || scope == self.builtin_root
            || matches!(&*self.scope(scope).prefix, "std::" | "cuda::" | "cuda::std::" | "thrust::")
    }

    pub fn lookup_template_name(&mut self, name: &'a Name) -> Option<TmplId> {
        match self.lookup_name(name) {
            Ok(Some(Entity::Template(id))) => Some(id),
            _ => None,
        }
    }

    pub fn namespace_of(&mut self, scope: ScopeId, name: &'a Name) -> Option<ScopeId> {
        let found = self.in_scope(scope, |c| {
            let symbol = super::names::segment_symbol(&name.last().name)?;
            match c.qualifier(name).ok()? {
                None => c.lookup_tag_or_namespace(symbol),
                Some(s) => c.lookup_in(symbol, s, &mut Vec::new(), false),
            }
        });
        match found {
            Some(Entity::Namespace(ns)) => Some(ns),
            _ => {
                let text = match name.last().name {
                    SegmentName::Ident(s) => self.name(s),
                    _ => return None,
                };
                matches!(&*text, "std" | "cooperative_groups" | "cuda").then_some(self.builtin_root)
            }
        }
    }

    /// The declarations of a set, redeclarations merged.
    pub fn functions(&mut self, set: SetId) -> Rc<[FnId]> {
        if let Some(known) = &self.merged[set.0 as usize] {
            return known.clone();
        }
        let list = self.sets[set.0 as usize].clone();
        let merged: Rc<[FnId]> = self.merge_declarations(list).into();
        self.merged[set.0 as usize] = Some(merged.clone());
        merged
    }
}
