//! What the parser knows of names: which are types, templates, namespaces or values, scope by scope. Enough to tell
//! a declaration from an expression; everything else about names is the checker's.

use super::library::Library;
use crate::cudac::symbol::{FastMap, Symbol};

/// An index into `ScopeTable`; `GLOBAL` is the unit's own. Scopes of the built-in unit have `BUILTIN` set.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ScopeId(pub u32);

impl ScopeId {
    pub const GLOBAL: ScopeId = ScopeId(0);
    const BUILTIN: u32 = 0x8000_0000;

    /// False for scopes of the built-in unit.
    pub fn is_own(self) -> bool {
        self.0 & ScopeId::BUILTIN == 0
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NameKind {
    Type,
    /// A variable, function, enumerator or member.
    Value,
    /// A class or alias template.
    TypeTemplate,
    /// A function or variable template.
    ValueTemplate,
    Namespace,
}

impl NameKind {
    pub fn is_template(self) -> bool {
        matches!(self, NameKind::TypeTemplate | NameKind::ValueTemplate)
    }

    pub fn is_type(self) -> bool {
        matches!(self, NameKind::Type | NameKind::TypeTemplate)
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NameInfo {
    pub kind: NameKind,
    /// The scope that `name::` opens, where it is known.
    pub inner: Option<ScopeId>,
}

impl NameInfo {
    pub fn of(kind: NameKind) -> NameInfo {
        NameInfo { kind, inner: None }
    }
}

#[derive(Clone, Debug)]
struct Scope {
    parent: Option<ScopeId>,
    /// `using namespace`, inline and anonymous namespaces.
    also: Vec<ScopeId>,
}

/// More `using namespace` than this in one scope are not looked through.
const MAX_USING: usize = 32;
/// How many scopes one lookup visits at most.
const MAX_VISITS: u32 = 200;

#[derive(Clone, Debug)]
pub struct ScopeTable {
    scopes: Vec<Scope>,
    names: FastMap<(ScopeId, Symbol), NameInfo>,
}

impl Default for ScopeTable {
    fn default() -> Self {
        ScopeTable { scopes: vec![Scope { parent: None, also: Vec::new() }], names: FastMap::default() }
    }
}

impl ScopeTable {
    pub fn open(&mut self, parent: ScopeId) -> ScopeId {
        let id = ScopeId(self.scopes.len() as u32);
        self.scopes.push(Scope { parent: Some(parent), also: Vec::new() });
        id
    }

    pub fn parent(&self, scope: ScopeId) -> Option<ScopeId> {
        self.scopes.get(scope.0 as usize)?.parent
    }

    /// A type name and what it names stay when a value of the same name comes (`struct stat` and `stat()`), but
    /// more precise knowledge replaces less.
    pub fn declare(&mut self, scope: ScopeId, name: Symbol, info: NameInfo) {
        let known = self.names.entry((scope, name)).or_insert(info);
        if info.inner.is_some() || known.kind == info.kind {
            known.inner = info.inner.or(known.inner);
        }
        let keeps = known.kind.is_type() && info.kind == NameKind::Value || known.kind.is_template();
        if !keeps {
            known.kind = info.kind;
        }
    }

    pub fn use_scope(&mut self, scope: ScopeId, used: ScopeId) {
        if let Some(scope) = self.scopes.get_mut(scope.0 as usize)
            && scope.also.len() < MAX_USING
            && !scope.also.contains(&used)
        {
            scope.also.push(used);
        }
    }

    /// In exactly this scope and what it uses.
    fn member_visiting(
        &self,
        scope: ScopeId,
        name: Symbol,
        outer: Outer<'_>,
        left: &mut u32,
    ) -> Option<NameInfo> {
        if *left == 0 {
            return None;
        }
        *left -= 1;
        if scope.0 & ScopeId::BUILTIN != 0 {
            return outer.member(scope, name, left);
        }
        if let Some(info) = self.names.get(&(scope, name)) {
            return Some(*info);
        }
        let also = &self.scopes.get(scope.0 as usize)?.also;
        also.iter().find_map(|used| self.member_visiting(*used, name, outer, left))
    }

    /// `scope::name`
    pub fn member(&self, scope: ScopeId, name: Symbol, outer: Outer<'_>) -> Option<NameInfo> {
        let mut left = MAX_VISITS;
        let found = self.member_visiting(scope, name, outer, &mut left);
        if found.is_none() && scope == ScopeId::GLOBAL {
            return outer.global(name);
        }
        found
    }

    /// `name` as seen from inside `scope`.
    pub fn lookup(&self, scope: ScopeId, name: Symbol, outer: Outer<'_>) -> Option<NameInfo> {
        let mut left = MAX_VISITS;
        let mut at = Some(scope);
        while let Some(scope) = at {
            if let Some(info) = self.member_visiting(scope, name, outer, &mut left) {
                return Some(info);
            }
            at = self.parent(scope);
        }
        outer.global(name)
    }

    /// A name of this table alone.
    fn own_member(&self, scope: ScopeId, name: Symbol, left: &mut u32) -> Option<NameInfo> {
        self.member_visiting(scope, name, Outer::NOTHING, left)
    }
}

/// What is declared before a text begins: the base table and, if it is there, the built-in library. Scopes of it have
/// `ScopeId::BUILTIN` set and carry the part of the library that they belong to; 0 is the base table.
#[derive(Clone, Copy)]
pub struct Outer<'a> {
    pub base: Option<&'a ScopeTable>,
    pub library: Option<&'static Library>,
    /// The part of the library that is being parsed, which cannot be asked yet.
    pub unfinished: Option<Symbol>,
}

impl Outer<'_> {
    const NOTHING: Outer<'static> = Outer { base: None, library: None, unfinished: None };

    fn global(self, name: Symbol) -> Option<NameInfo> {
        let known = self.base.and_then(|base| base.own_member(ScopeId::GLOBAL, name, &mut 1));
        if let Some(info) = known {
            return Some(mark(info, 0));
        }
        match self.library?.kind(name)? {
            NameKind::Namespace if self.unfinished == Some(name) => None,
            NameKind::Namespace => {
                let inside = self.library?.part(name)?.scopes.own_member(ScopeId::GLOBAL, name, &mut 1)?;
                Some(mark(inside, name.0))
            }
            kind => Some(NameInfo::of(kind)),
        }
    }

    /// In a scope with `ScopeId::BUILTIN`.
    fn member(self, scope: ScopeId, name: Symbol, left: &mut u32) -> Option<NameInfo> {
        let (part, inner) = ((scope.0 & !ScopeId::BUILTIN) >> 16, ScopeId(scope.0 & 0xffff));
        let table = if part == 0 { self.base? } else { &self.library?.part(Symbol(part))?.scopes };
        table.own_member(inner, name, left).map(|info| mark(info, part))
    }
}

fn mark(info: NameInfo, part: u32) -> NameInfo {
    NameInfo { inner: info.inner.map(|s| ScopeId(s.0 | ScopeId::BUILTIN | part << 16)), ..info }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_through_parents_and_used_namespaces() {
        let (a, b, c) = (Symbol(1000), Symbol(1001), Symbol(1002));
        let mut table = ScopeTable::default();
        let space = table.open(ScopeId::GLOBAL);
        table.declare(ScopeId::GLOBAL, a, NameInfo { kind: NameKind::Namespace, inner: Some(space) });
        table.declare(space, b, NameInfo::of(NameKind::Type));
        let other = table.open(ScopeId::GLOBAL);
        assert_eq!(table.lookup(other, b, Outer::NOTHING), None);
        table.use_scope(other, space);
        assert_eq!(table.lookup(other, b, Outer::NOTHING), Some(NameInfo::of(NameKind::Type)));
        assert_eq!(table.member(space, b, Outer::NOTHING), Some(NameInfo::of(NameKind::Type)));
        assert_eq!(table.lookup(space, a, Outer::NOTHING).and_then(|i| i.inner), Some(space));
        // A cycle of uses ends.
        table.use_scope(space, other);
        assert_eq!(table.lookup(other, c, Outer::NOTHING), None);
    }

    #[test]
    fn built_in_names_come_last() {
        let (space, name) = (Symbol(1000), Symbol(1001));
        let mut builtin = ScopeTable::default();
        let std = builtin.open(ScopeId::GLOBAL);
        builtin.declare(ScopeId::GLOBAL, space, NameInfo { kind: NameKind::Namespace, inner: Some(std) });
        builtin.declare(std, name, NameInfo::of(NameKind::ValueTemplate));
        let table = ScopeTable::default();
        let outer = Outer { base: Some(&builtin), library: None, unfinished: None };
        let found = table.lookup(ScopeId::GLOBAL, space, outer).unwrap();
        let inner = table.member(found.inner.unwrap(), name, outer);
        assert_eq!(inner, Some(NameInfo::of(NameKind::ValueTemplate)));
    }
}
