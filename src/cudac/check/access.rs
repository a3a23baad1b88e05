//! Who may name what: private and protected members, and functions that belong to the host.

use super::context::{Checker, ClassId, FnId, Res, ScopeKind, fail};
use super::names::segment_symbol;
use crate::cudac::parse::ast::{self, Access, DeclKind, Definition, FunctionKind};
use crate::cudac::source::Span;
use crate::cudac::symbol::Symbol;

impl<'a> Checker<'a> {
    /// Enters the members of a class with their access.
    pub fn enter_members(&mut self, class: ClassId, record: &'a ast::Record, members: &'a [ast::Decl]) {
        let scope = self.class(class).scope;
        let mut access = match record.tag {
            ast::Tag::Class => Access::Private,
            _ => Access::Public,
        };
        for member in members {
            let before = self.fns.len();
            match &member.kind {
                DeclKind::Access(a) => access = *a,
                DeclKind::Template(t) if matches!(t.decl.kind, DeclKind::Friend(_)) => {
                    self.befriend(class, &t.decl)
                }
                DeclKind::Friend(friend) => self.befriend(class, friend),
                _ => {}
            }
            self.enter(scope, member, Some(class), None);
            if access != Access::Public {
                // Entering one class may enter others.
                for f in &mut self.fns[before..] {
                    if f.class == Some(class) {
                        f.access = access;
                    }
                }
                self.hide(class, member, access, 0);
            }
        }
    }

    fn befriend(&mut self, class: ClassId, friend: &ast::Decl) {
        let name = friend_name(friend);
        let info = self.class_mut(class);
        info.has_friends |= name.is_none();
        info.friends.extend(name);
    }

    fn hide(&mut self, class: ClassId, member: &'a ast::Decl, access: Access, depth: u32) {
        let add = |c: &mut Self, symbol: Option<Symbol>| {
            if let Some(symbol) = symbol {
                c.class_mut(class).hidden.insert(symbol, access);
            }
        };
        let name_of = |name: &ast::Name| segment_symbol(&name.last().name);
        match &member.kind {
            DeclKind::Variable(v) => add(self, name_of(&v.name)),
            DeclKind::Alias(alias) => add(self, Some(alias.name)),
            DeclKind::Enum(e) => {
                add(self, e.name.as_ref().and_then(name_of));
                for item in e.items.iter().flatten().filter(|_| !e.scoped) {
                    add(self, Some(item.name));
                }
            }
            DeclKind::Record(r) => match &r.name {
                Some(name) => add(self, name_of(name)),
                None if depth < 32 => {
                    for inner in r.members.iter().flatten() {
                        self.hide(class, inner, access, depth + 1);
                    }
                }
                None => {}
            },
            _ => {}
        }
    }

    /// Whether the text being checked may name members of this access.
    fn may_see(&self, class: ClassId, access: Access) -> bool {
        let info = self.class(class);
        if access == Access::Public || info.has_friends || self.scope(self.cx.scope).unit != 0 {
            return true;
        }
        let primary = info.instance.as_ref().map(|i| i.0);
        let mut at = Some(self.cx.scope);
        while let Some(s) = at {
            let scope = self.scope(s);
            if let ScopeKind::Class(own) = scope.kind {
                let own = self.class(own);
                let same_template = primary.is_some() && own.instance.as_ref().map(|i| i.0) == primary;
                let derives = access == Access::Protected && self.is_base_of(info.ty, own.ty).is_some();
                let friend = own.symbol.is_some_and(|s| info.friends.contains(&s));
                // A lambda sees what the function around it sees.
                let lambda = !info.friends.is_empty() && own.symbol.is_none();
                if own.ty == info.ty || same_template || derives || friend || lambda {
                    return true;
                }
            }
            at = scope.parent;
        }
        let function = self.cx.func.and_then(|id| self.inst(id).ast);
        function.and_then(|f| segment_symbol(&f.name.last().name)).is_some_and(|s| info.friends.contains(&s))
    }

    /// A member that is no function.
    pub fn check_member_access(&self, class: ClassId, name: Symbol, span: Span) -> Res<()> {
        let Some(access) = self.class(class).hidden.get(&name) else { return Ok(()) };
        if self.may_see(class, *access) {
            return Ok(());
        }
        let shown = format!("{}::{}", self.class(class).name, self.name(name));
        fail(span, format!("member \"{shown}\" is inaccessible"))
    }

    /// `S::x`
    pub fn check_qualified_access(&mut self, name: &'a ast::Name) -> Res<()> {
        if name.segments.len() < 2 {
            return Ok(());
        }
        let Some(symbol) = segment_symbol(&name.last().name) else { return Ok(()) };
        if let Some(scope) = self.qualifier(name)?
            && let ScopeKind::Class(class) = self.scope(scope).kind
        {
            return self.check_member_access(class, symbol, name.span);
        }
        Ok(())
    }

    pub fn check_function_access(&mut self, f: FnId, span: Span) -> Res<()> {
        let info = self.func(f);
        let Some(class) = info.class else { return Ok(()) };
        if info.access == Access::Public || self.may_see(class, info.access) {
            return Ok(());
        }
        let line = self.src.map().locate(info.decls[0].name_span.lo).map_or(0, |at| at.line);
        let text = self.describe(f);
        fail(span, format!("function \"{text}\" (declared at line {line}) is inaccessible"))
    }

    // ------------------------------------------------------------ host and device

    /// Whether a function may only run on the host: it has no execution space, as NVRTC and nvcc see it. Functions that
    /// are `constexpr` or supplied by the language count for both sides.
    fn is_host_only(&self, f: FnId, chosen: &ast::Function) -> bool {
        let info = self.func(f);
        if info.builtin || chosen.definition != Definition::Body && chosen.definition != Definition::Declared
        {
            return false;
        }
        let specs = info.decls.iter().map(|d| &d.specs).chain([&chosen.specs]);
        let mut explicit_host = false;
        for s in specs {
            if s.device || s.global || s.is_constexpr {
                return false;
            }
            explicit_host |= s.host;
        }
        explicit_host || !self.opts.default_device
    }

    /// Refuses a function of the host where device code calls it.
    pub fn check_execution_space(&mut self, f: FnId, chosen: &'a ast::Function, span: Span) -> Res<()> {
        if self.cx.unevaluated > 0 || !self.is_host_only(f, chosen) {
            return Ok(());
        }
        let caller = self.cx.func.and_then(|f| self.inst(f).ast.map(|ast| (f, ast)));
        let from = match caller {
            Some((id, ast)) => {
                let kind = match (ast.specs.global, ast.specs.host && ast.specs.device) {
                    (true, _) => "__global__",
                    (_, true) => "__host__ __device__",
                    _ => "__device__",
                };
                format!("a {kind} function(\"{}\")", self.inst(id).name)
            }
            None => "device code".to_string(),
        };
        let text = match chosen.kind {
            FunctionKind::Constructor | FunctionKind::Destructor => self.function_name(f),
            _ => self.describe(f),
        };
        let error = fail(span, format!("calling a __host__ function(\"{text}\") from {from} is not allowed"));
        error.map_err(|e: Box<_>| {
            let note =
                "a function without __device__ belongs to the host; the option -default-device changes that";
            Box::new((*e).note(Span::NONE, note))
        })
    }
}

/// Whom a friend declaration names; nothing where that is more than a name.
fn friend_name(friend: &ast::Decl) -> Option<Symbol> {
    match &friend.kind {
        DeclKind::Function(f) => segment_symbol(&f.name.last().name),
        DeclKind::Record(r) => r.name.as_ref().and_then(|n| segment_symbol(&n.last().name)),
        DeclKind::Template(t) => friend_name(&t.decl),
        DeclKind::Friend(f) => friend_name(f),
        _ => None,
    }
}
