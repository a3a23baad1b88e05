//! Names: entering declarations into scopes, and looking them up. Nothing is checked when it is entered; what a name
//! stands for is worked out when something asks for it.

use std::collections::HashMap;

use super::context::{
    Checker, ClassId, ClassInfo, Entity, EnumInfo, EnumIx, FnId, FnInfo, Progress, ScopeId, ScopeKind, SetId,
    Slot, TemplateInfo, TmplId, VarId, VarInfo,
};
use super::types::{RecordKind, TypeId};
use crate::cudac::parse::ast::{self, DeclKind, Name, OperatorName, SegmentName, TypeKind};
use crate::cudac::preprocess::words::Word;
use crate::cudac::source::Span;
use crate::cudac::symbol::{FastMap, Symbol};

/// Operators are kept in the scopes under pseudo symbols above every real one.
pub fn operator_symbol(op: &OperatorName) -> Option<Symbol> {
    let number = match op {
        OperatorName::Unary(u) => 1 + *u as u32,
        OperatorName::Binary(b) => 10 + *b as u32,
        OperatorName::CompoundAssign(b) => 40 + *b as u32,
        OperatorName::Assign => 70,
        OperatorName::Increment => 71,
        OperatorName::Decrement => 72,
        OperatorName::Call => 73,
        OperatorName::Subscript => 74,
        OperatorName::Arrow => 75,
        OperatorName::ArrowStar => 76,
        OperatorName::Comma => 77,
        OperatorName::New => 78,
        OperatorName::Delete => 79,
        OperatorName::Literal(_) => return None,
    };
    Some(Symbol(0xffff_ff00 + number))
}

pub fn segment_symbol(name: &SegmentName) -> Option<Symbol> {
    match name {
        SegmentName::Ident(symbol) => Some(*symbol),
        SegmentName::Operator(op) => operator_symbol(op),
        SegmentName::Conversion(_) | SegmentName::Destructor(_) | SegmentName::Type(_) => None,
    }
}

impl<'a> Checker<'a> {
    // ------------------------------------------------------------ entering

    /// Enters every declaration of a list. `class` is the class it is the body of.
    pub fn enter_all(&mut self, scope: ScopeId, decls: &'a [ast::Decl], class: Option<ClassId>) {
        for decl in decls {
            self.enter(scope, decl, class, None);
        }
    }

    pub fn enter(
        &mut self,
        scope: ScopeId,
        decl: &'a ast::Decl,
        class: Option<ClassId>,
        template: Option<&'a ast::Template>,
    ) {
        match &decl.kind {
            DeclKind::Function(f) => {
                self.enter_type_names(scope, &f.ret);
                self.enter_function(scope, f, class, template);
            }
            DeclKind::Variable(v) => {
                self.enter_type_names(scope, &v.ty);
                self.enter_variable(scope, v, class, template);
            }
            DeclKind::Record(record) => {
                self.enter_record(scope, record, template);
                if let (None, Some(class)) = (&record.name, class) {
                    self.enter_anonymous(scope, record, class);
                }
            }
            DeclKind::Enum(e) => {
                self.enter_enum(scope, e);
            }
            DeclKind::Alias(alias) => {
                self.enter_type_names(scope, &alias.ty);
                match template {
                    Some(t) => self.enter_template(scope, alias.name, t, alias.span),
                    None => self.declare_alias(scope, alias),
                }
            }
            DeclKind::Namespace { name, inline, decls } => {
                self.enter_namespace(scope, *name, *inline, decls, decl.span);
            }
            DeclKind::NamespaceAlias { name, target } => match self.namespace_of(scope, target) {
                Some(ns) => self.declare_name(scope, *name, Entity::Namespace(ns), decl.span),
                None => self.report_redeclaration(target.span, "name must be a namespace name"),
            },
            DeclKind::UsingNamespace(name) => match self.namespace_of(scope, name) {
                Some(ns) if ns != scope && !self.scope(scope).using.contains(&ns) => {
                    self.scopes[scope.0 as usize].using.push(ns);
                }
                Some(_) => {}
                None => self.unknown_namespace(name),
            },
            DeclKind::Using(name) => self.enter_using(scope, name, class),
            DeclKind::Template(t) => {
                // A member template of a class template defined outside has the class's parameters around.
                let inner = match &t.decl.kind {
                    DeclKind::Template(inner) => inner,
                    _ => t,
                };
                if let DeclKind::Function(f) = &inner.decl.kind
                    && f.name.segments.len() > 1
                    && !inner.params.is_empty()
                {
                    return self.enter_function(scope, f, class, Some(t));
                }
                self.enter(scope, &inner.decl, class, Some(inner));
            }
            DeclKind::Friend(friend) => {
                let outer = self.namespace_around(scope);
                let (inner, template) = match &friend.kind {
                    DeclKind::Template(t) => (&t.decl, Some(&**t)),
                    _ => (&**friend, None),
                };
                // One without a body is declared by the namespace that defines it.
                if let DeclKind::Function(f) = &inner.kind
                    && f.body.is_some()
                    && let Some(symbol) = f.name.segments.last().and_then(|s| segment_symbol(&s.name))
                    && f.name.segments.len() == 1
                {
                    // Its body sees the names of the class.
                    let id = self.new_function(scope, f, None, template);
                    self.add_to_set(outer, symbol, id, f.name_span);
                }
            }
            DeclKind::StructuredBinding { .. }
            | DeclKind::StaticAssert { .. }
            | DeclKind::ExplicitInstantiation(_)
            | DeclKind::Access(_)
            | DeclKind::Unsupported(_) => {}
        }
    }

    /// The innermost namespace that the scope is or lies in.
    pub fn namespace_around(&self, mut scope: ScopeId) -> ScopeId {
        while !matches!(self.scope(scope).kind, ScopeKind::Namespace) {
            let Some(parent) = self.scope(scope).parent else { break };
            scope = parent;
        }
        scope
    }

    pub fn slot(&mut self, scope: ScopeId, name: Symbol) -> &mut Slot<'a> {
        self.scopes[scope.0 as usize].names.entry(name).or_default()
    }

    pub fn set_name(&mut self, scope: ScopeId, name: Symbol, entity: Entity<'a>) {
        self.slot(scope, name).ordinary = Some(entity);
    }

    pub fn enter_namespace(
        &mut self,
        scope: ScopeId,
        name: Option<Symbol>,
        inline: bool,
        decls: &'a [ast::Decl],
        span: Span,
    ) {
        let known = match name {
            Some(n) => match self.slot(scope, n).ordinary {
                Some(Entity::Namespace(ns)) => Some(ns),
                _ => None,
            },
            // All unnamed namespaces of a namespace are one. They have the prefix of what is around them.
            None => self.scope(scope).using.iter().copied().find(|ns| {
                let s = self.scope(*ns);
                s.parent == Some(scope) && s.prefix == self.scope(scope).prefix
            }),
        };
        let inner = known.unwrap_or_else(|| {
            let ns = self.new_scope(Some(scope), ScopeKind::Namespace);
            if let Some(n) = name {
                let prefix = format!("{}{}::", self.scope(scope).prefix, self.name(n));
                self.scopes[ns.0 as usize].prefix = prefix.into();
                self.declare_name(scope, n, Entity::Namespace(ns), span);
            }
            ns
        });
        if (inline || name.is_none()) && !self.scope(scope).using.contains(&inner) {
            self.scopes[scope.0 as usize].using.push(inner);
        }
        self.enter_all(inner, decls, None);
    }

    /// The members of an anonymous union or struct are names of the class around it.
    pub fn enter_anonymous(&mut self, scope: ScopeId, record: &'a ast::Record, class: ClassId) {
        for member in record.members.iter().flatten() {
            match &member.kind {
                DeclKind::Variable(v) if !v.specs.is_static => {
                    if let Some(symbol) = segment_symbol(&v.name.last().name) {
                        self.declare_name(scope, symbol, Entity::Field(class), v.name.span);
                    }
                }
                DeclKind::Record(inner) if inner.name.is_none() => self.enter_anonymous(scope, inner, class),
                _ => {}
            }
        }
    }

    pub fn enter_using(&mut self, scope: ScopeId, name: &'a Name, class: Option<ClassId>) {
        let Some(symbol) = segment_symbol(&name.last().name) else { return };
        let found = self.in_scope(scope, |c| c.lookup_name(name));
        match found {
            Ok(Some(Entity::Functions(set))) if class.is_none() => {
                for id in self.sets[set.0 as usize].clone() {
                    self.add_to_set(scope, symbol, id, name.span);
                }
            }
            Ok(Some(entity)) => {
                let tag = matches!(entity, Entity::Class(_) | Entity::Enum(_));
                if tag {
                    let slot = self.slot(scope, symbol);
                    slot.tag = Some(entity);
                    slot.tag_since = name.span.lo;
                } else {
                    self.declare_using(scope, symbol, entity, name.span);
                }
            }
            // A name of std or of a base class that is found by other means, or an error where it is used.
            Ok(None) if class.is_none() => self.check_using(scope, name),
            Ok(None) | Err(_) => {}
        }
    }

    pub fn add_to_set(&mut self, scope: ScopeId, symbol: Symbol, id: FnId, span: Span) {
        if let Some(Entity::Functions(set)) = self.slot(scope, symbol).ordinary {
            let list = &mut self.sets[set.0 as usize];
            // One just made is in no list yet: a text may declare a hundred thousand of one name.
            let fresh = id.0 as usize + 1 == self.fns.len();
            if fresh || !list.contains(&id) {
                list.push(id);
                self.merged[set.0 as usize] = None;
            }
            return;
        }
        let set = SetId(self.sets.len() as u32);
        self.sets.push(vec![id]);
        self.merged.push(None);
        self.declare_name(scope, symbol, Entity::Functions(set), span);
    }

    pub fn new_function(
        &mut self,
        scope: ScopeId,
        f: &'a ast::Function,
        class: Option<ClassId>,
        template: Option<&'a ast::Template>,
    ) -> FnId {
        let id = FnId(self.fns.len() as u32);
        self.fns.push(FnInfo {
            decls: vec![f],
            scope,
            class,
            template,
            sig: None,
            instances: HashMap::new(),
            special: None,
            builtin: self.scope(scope).unit != 0,
            searched: false,
            is_static: f.specs.is_static || class.is_none(),
            access: ast::Access::Public,
        });
        id
    }

    pub fn enter_function(
        &mut self,
        scope: ScopeId,
        f: &'a ast::Function,
        class: Option<ClassId>,
        template: Option<&'a ast::Template>,
    ) {
        let last = f.name.last();
        if template.is_some_and(|t| t.params.is_empty()) {
            self.specials.push((scope, f));
            return;
        }
        if f.name.segments.len() > 1 {
            match segment_symbol(&last.name) {
                Some(symbol) => self.outside.entry(symbol).or_default().push((scope, f, template)),
                None => self.outside_ops.push((scope, f, template)),
            }
            return;
        }
        let id = self.new_function(scope, f, class, template);
        match (f.kind, class) {
            (ast::FunctionKind::Constructor, Some(class)) => self.class_mut(class).ctors.push(id),
            (ast::FunctionKind::Destructor, Some(class)) => {
                if self.class_mut(class).dtor.replace(id).is_some() {
                    self.report_redeclaration(f.name_span, "the class has a destructor already");
                }
            }
            (ast::FunctionKind::Conversion, Some(class)) => self.class_mut(class).conversions.push(id),
            _ => {
                if let Some(symbol) = segment_symbol(&last.name) {
                    self.add_to_set(scope, symbol, id, f.name_span);
                }
            }
        }
    }

    pub fn enter_variable(
        &mut self,
        scope: ScopeId,
        v: &'a ast::Variable,
        class: Option<ClassId>,
        template: Option<&'a ast::Template>,
    ) {
        let Some(symbol) = segment_symbol(&v.name.last().name) else { return };
        if let Some(t) = template
            && v.name.last().args.is_some()
        {
            if let Some(primary) = self.in_scope(scope, |c| c.lookup_template_name(&v.name)) {
                self.templates[primary.0 as usize].special.push(t);
            } else {
                let text = format!("\"{}\" is not a variable template", self.name(symbol));
                self.report_redeclaration(v.name.span, &text);
            }
            return;
        }
        if v.name.segments.len() > 1 {
            self.outside_vars.entry(symbol).or_default().push((scope, v));
            return;
        }
        if let Some(t) = template {
            if !t.params.is_empty() {
                self.enter_template(scope, symbol, t, v.name.span);
            }
            return;
        }
        if let Some(class) = class
            && !v.specs.is_static
        {
            if symbol != Word::Nameless.symbol() {
                self.declare_name(scope, symbol, Entity::Field(class), v.name.span);
            }
            return;
        }
        if let Some(Entity::Var(old)) = self.slot(scope, symbol).ordinary {
            self.check_redeclared_variable(old, v, scope);
            // `extern` first, the definition later.
            let info = &mut self.vars[old.0 as usize];
            if info.ast.specs.is_extern && !v.specs.is_extern {
                info.ast = v;
            }
            return;
        }
        let id = self.new_variable(scope, v, class);
        self.declare_name(scope, symbol, Entity::Var(id), v.name.span);
    }

    pub fn new_variable(&mut self, scope: ScopeId, v: &'a ast::Variable, class: Option<ClassId>) -> VarId {
        let id = VarId(self.vars.len() as u32);
        self.vars.push(VarInfo {
            ast: v,
            scope,
            class,
            state: Progress::Not,
            ty: TypeId::VOID.into(),
            global: None,
            constant: None,
        });
        id
    }

    pub fn enter_template(&mut self, scope: ScopeId, name: Symbol, ast: &'a ast::Template, span: Span) {
        // A forward declaration may have come before.
        if let Some(Entity::Template(id)) = self.slot(scope, name).ordinary {
            let info = &mut self.templates[id.0 as usize];
            let old = info.ast;
            if !defines(old) {
                info.ast = ast;
            } else if defines(ast) && !std::ptr::eq(old, ast) {
                self.template_defined_twice(name, ast, span);
            }
            return;
        }
        let id = TmplId(self.templates.len() as u32);
        self.templates.push(TemplateInfo {
            ast,
            name,
            scope,
            instances: HashMap::new(),
            special: Vec::new(),
        });
        self.declare_name(scope, name, Entity::Template(id), span);
    }

    /// Enters a class or its definition; gives its number if it is an ordinary one.
    pub fn enter_record(
        &mut self,
        scope: ScopeId,
        record: &'a ast::Record,
        template: Option<&'a ast::Template>,
    ) -> Option<ClassId> {
        let Some(name) = &record.name else {
            return Some(self.class_for(record, scope));
        };
        let last = name.last();
        let SegmentName::Ident(symbol) = last.name else { return None };
        if let Some(t) = template {
            if last.args.is_some() {
                let found = self.in_scope(scope, |c| c.lookup_template_name(name));
                if let Some(primary) = found {
                    self.templates[primary.0 as usize].special.push(t);
                }
            } else if name.segments.len() == 1 {
                self.enter_template(scope, symbol, t, name.span);
            }
            return None;
        }
        if name.segments.len() > 1 {
            // `struct Outer::Inner {...}`: the definition of something declared.
            if let Ok(Some(Entity::Class(class))) = self.in_scope(scope, |c| c.lookup_name(name)) {
                self.define_class(class, record);
                return Some(class);
            }
            return None;
        }
        if let Some(Entity::Class(class)) = self.slot(scope, symbol).tag {
            if record.members.is_some() {
                self.define_class(class, record);
            }
            return Some(class);
        }
        self.check_tag(scope, symbol, name.span);
        let class = self.class_for(record, scope);
        let slot = self.slot(scope, symbol);
        slot.tag = Some(Entity::Class(class));
        slot.tag_since = name.span.lo;
        Some(class)
    }

    pub fn define_class(&mut self, class: ClassId, record: &'a ast::Record) {
        let info = self.class_mut(class);
        if info.ast.is_none_or(|a| a.members.is_none()) {
            info.ast = Some(record);
            let parent = info.parent;
            self.class_of_ast.insert((std::ptr::from_ref(record), parent), class);
        } else if info.ast.is_some_and(|a| !std::ptr::eq(a, record)) {
            self.class_defined_twice(class, record);
        }
    }

    /// The class that a definition makes in a scope (the same one every time it is met).
    pub fn class_for(&mut self, record: &'a ast::Record, scope: ScopeId) -> ClassId {
        let key = (std::ptr::from_ref(record), scope);
        if let Some(class) = self.class_of_ast.get(&key) {
            return *class;
        }
        let symbol = record.name.as_ref().and_then(|n| segment_symbol(&n.last().name));
        let name = match symbol {
            Some(s) => format!("{}{}", self.scope(scope).prefix, self.name(s)),
            None if record.tag == ast::Tag::Union => "<unnamed union>".into(),
            None => "<unnamed struct>".into(),
        };
        let class = self.new_class(&name, symbol, Some(record), scope);
        self.class_of_ast.insert(key, class);
        class
    }

    pub fn new_class(
        &mut self,
        name: &str,
        symbol: Option<Symbol>,
        record: Option<&'a ast::Record>,
        parent: ScopeId,
    ) -> ClassId {
        let kind = match record.map(|r| r.tag) {
            Some(ast::Tag::Union) => RecordKind::Union,
            Some(ast::Tag::Class) => RecordKind::Class,
            _ => RecordKind::Struct,
        };
        let span = record.map_or(Default::default(), |r| r.span);
        let (record_id, ty) = self.types.new_record(name, kind, span);
        let id = ClassId(self.classes.len() as u32);
        let scope = self.new_scope(Some(parent), ScopeKind::Class(id));
        self.scopes[scope.0 as usize].prefix = format!("{name}::").into();
        self.class_of_record.insert(record_id, id);
        self.classes.push(ClassInfo {
            ty,
            record: record_id,
            ast: record,
            parent,
            scope,
            name: name.into(),
            symbol,
            state: Progress::Not,
            registered: false,
            instance: None,
            fields: Vec::new(),
            refs: Vec::new(),
            bases: Vec::new(),
            ctors: Vec::new(),
            dtor: None,
            conversions: Vec::new(),
            has_virtual: false,
            hidden: FastMap::default(),
            friends: Vec::new(),
            has_friends: false,
            height: 0,
            user_copy: false,
            nontrivial_copy: false,
            nontrivial_assign: false,
            nontrivial_dtor: false,
            nontrivial_default: false,
            is_aggregate: true,
        });
        id
    }

    pub fn enter_enum(&mut self, scope: ScopeId, e: &'a ast::EnumDecl) -> EnumIx {
        let key = (std::ptr::from_ref(e), scope);
        if let Some(known) = self.enum_of_ast.get(&key) {
            return *known;
        }
        let symbol = e.name.as_ref().and_then(|n| segment_symbol(&n.last().name));
        if let Some(s) = symbol
            && let Some(Entity::Enum(old)) = self.slot(scope, s).tag
        {
            let info = &mut self.enums[old.0 as usize];
            if info.ast.items.is_none() && e.items.is_some() {
                info.ast = e;
                info.values = vec![None; e.items.as_ref().map_or(0, Vec::len)];
                info.state = Progress::Not;
                // A scoped enum keeps the scope that its opaque declaration made.
                let inner = info.scope;
                self.enter_enumerators(inner, old, e);
            } else if e.items.is_some() && !std::ptr::eq(info.ast, e) {
                let span = e.name.as_ref().map_or(e.span, |n| n.span);
                let text = self.name(s);
                self.report_redeclaration(span, &format!("enum \"{text}\" has already been defined"));
            }
            self.enum_of_ast.insert(key, old);
            return old;
        }
        let name = match symbol {
            Some(s) => format!("{}{}", self.scope(scope).prefix, self.name(s)),
            None => "<unnamed enum>".into(),
        };
        let (_, ty) = self.types.new_enum(&name, e.scoped, TypeId::INT, e.span);
        let ix = EnumIx(self.enums.len() as u32);
        let inner = if e.scoped { self.new_scope(Some(scope), ScopeKind::Block) } else { scope };
        let values = vec![None; e.items.as_ref().map_or(0, Vec::len)];
        self.enums.push(EnumInfo { ast: e, ty, scope: inner, values, state: Progress::Not });
        self.enum_of_ast.insert(key, ix);
        if let Some(s) = symbol {
            let at = e.name.as_ref().map_or(e.span, |n| n.span);
            self.check_tag(scope, s, at);
            let slot = self.slot(scope, s);
            slot.tag = Some(Entity::Enum(ix));
            slot.tag_since = at.lo;
        }
        self.enter_enumerators(inner, ix, e);
        ix
    }

    pub fn enter_enumerators(&mut self, scope: ScopeId, ix: EnumIx, e: &'a ast::EnumDecl) {
        for (i, item) in e.items.iter().flatten().enumerate() {
            self.declare_name(scope, item.name, Entity::Enumerator(ix, i as u32), item.span);
        }
    }

    /// Enters the classes and enums that are defined inside of a type, as in `struct S {...} x;`.
    pub fn enter_type_names(&mut self, scope: ScopeId, ty: &'a ast::TypeSyntax) {
        let mut ty = ty;
        loop {
            match &ty.kind {
                TypeKind::Record(record) => {
                    self.enter_record(scope, record, None);
                    return;
                }
                TypeKind::Enum(e) => {
                    self.enter_enum(scope, e);
                    return;
                }
                // `struct S *p;` declares S where it is met first.
                TypeKind::Pointer { pointee, .. } => ty = pointee,
                TypeKind::Reference { target, .. } => ty = target,
                TypeKind::Array { element, .. } => ty = element,
                TypeKind::Function(f) => ty = &f.ret,
                _ => return,
            }
        }
    }
}

/// Whether a template declares with a body or members.
pub fn defines(template: &ast::Template) -> bool {
    match &template.decl.kind {
        DeclKind::Record(r) => r.members.is_some(),
        DeclKind::Function(f) => f.body.is_some(),
        _ => true,
    }
}
