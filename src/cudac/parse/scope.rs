//! What the parser knows of names: which are types, templates, namespaces or values, scope by scope. Enough to tell
//! a declaration from an expression; everything else about names is the checker's.

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
        builtin: Option<&ScopeTable>,
        left: &mut u32,
    ) -> Option<NameInfo> {
        if *left == 0 {
            return None;
        }
        *left -= 1;
        if scope.0 & ScopeId::BUILTIN != 0 {
            let inner = ScopeId(scope.0 & !ScopeId::BUILTIN);
            return builtin?.member_visiting(inner, name, None, left).map(mark_builtin);
        }
        if let Some(info) = self.names.get(&(scope, name)) {
            return Some(*info);
        }
        let also = &self.scopes.get(scope.0 as usize)?.also;
        also.iter().find_map(|used| self.member_visiting(*used, name, builtin, left))
    }

    /// `scope::name`
    pub fn member(&self, scope: ScopeId, name: Symbol, builtin: Option<&ScopeTable>) -> Option<NameInfo> {
        let mut left = MAX_VISITS;
        let found = self.member_visiting(scope, name, builtin, &mut left);
        if found.is_none() && scope == ScopeId::GLOBAL {
            return builtin?.member(ScopeId::GLOBAL, name, None).map(mark_builtin);
        }
        found
    }

    /// `name` as seen from inside `scope`.
    pub fn lookup(&self, scope: ScopeId, name: Symbol, builtin: Option<&ScopeTable>) -> Option<NameInfo> {
        let mut left = MAX_VISITS;
        let mut at = Some(scope);
        while let Some(scope) = at {
            if let Some(info) = self.member_visiting(scope, name, builtin, &mut left) {
                return Some(info);
            }
            at = self.parent(scope);
        }
        builtin?.member(ScopeId::GLOBAL, name, None).map(mark_builtin)
    }
}

fn mark_builtin(info: NameInfo) -> NameInfo {
    NameInfo { inner: info.inner.map(|s| ScopeId(s.0 | ScopeId::BUILTIN)), ..info }
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
        assert_eq!(table.lookup(other, b, None), None);
        table.use_scope(other, space);
        assert_eq!(table.lookup(other, b, None), Some(NameInfo::of(NameKind::Type)));
        assert_eq!(table.member(space, b, None), Some(NameInfo::of(NameKind::Type)));
        assert_eq!(table.lookup(space, a, None).and_then(|i| i.inner), Some(space));
        // A cycle of uses ends.
        table.use_scope(space, other);
        assert_eq!(table.lookup(other, c, None), None);
    }

    #[test]
    fn built_in_names_come_last() {
        let (space, name) = (Symbol(1000), Symbol(1001));
        let mut builtin = ScopeTable::default();
        let std = builtin.open(ScopeId::GLOBAL);
        builtin.declare(ScopeId::GLOBAL, space, NameInfo { kind: NameKind::Namespace, inner: Some(std) });
        builtin.declare(std, name, NameInfo::of(NameKind::ValueTemplate));
        let table = ScopeTable::default();
        let found = table.lookup(ScopeId::GLOBAL, space, Some(&builtin)).unwrap();
        let inner = table.member(found.inner.unwrap(), name, Some(&builtin));
        assert_eq!(inner, Some(NameInfo::of(NameKind::ValueTemplate)));
    }
}
