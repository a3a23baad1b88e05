//! Classes and enums: layout on demand, bases, which special members need code, paths to members and bases.

use super::context::{Cat, Checker, ClassId, Entity, EnumIx, Progress, Res, Val, fail, unsupported};
use super::names::segment_symbol;
use super::tree::{Expr, ExprKind};
use super::types::{FieldInput, LayoutError, QualType, RecordId, RecordKind, Type, TypeId};
use crate::cudac::parse::ast::{self, DeclKind};
use crate::cudac::source::Span;

/// Base classes one above the other; lookup goes no further up.
const MAX_BASES: u32 = 64;

impl<'a> Checker<'a> {
    pub fn class_of(&self, ty: TypeId) -> Option<ClassId> {
        match self.types.get(ty) {
            Type::Record(record) => self.class_of_record.get(record).copied(),
            _ => None,
        }
    }

    pub fn record_of(&self, ty: TypeId) -> Option<RecordId> {
        match self.types.get(ty) {
            Type::Record(record) => Some(*record),
            _ => None,
        }
    }

    /// Enters the members of a class into its scope, once.
    pub fn register_class(&mut self, class: ClassId) {
        let info = self.class_mut(class);
        if info.registered {
            return;
        }
        let (scope, parent, symbol) = (info.scope, info.parent, info.symbol);
        let Some(record) = info.ast else { return };
        let Some(members) = &record.members else { return };
        info.registered = true;
        if let Some(symbol) = symbol {
            self.scopes[scope.0 as usize].names.entry(symbol).or_default().tag = Some(Entity::Class(class));
        }
        for base in &record.bases {
            // An error in it is found again, and reported, on completion.
            let found = self.in_context(parent, |c| c.type_of(&base.ty));
            if let Ok(ty) = found
                && let Some(base) = self.class_of(ty.ty)
                && base != class
            {
                self.class_mut(class).bases.push((base, None));
            }
        }
        self.enter_members(class, record, members);
    }

    pub fn base_classes(&mut self, class: ClassId) -> Vec<ClassId> {
        self.register_class(class);
        self.class(class).bases.iter().map(|b| b.0).collect()
    }

    /// Makes sure that the layout of a type is known; an error if it cannot be.
    pub fn complete(&mut self, ty: TypeId, span: Span) -> Res<()> {
        let whole = ty;
        let mut ty = ty;
        while let Type::Array { element, len: Some(_) } = self.types.get(ty) {
            ty = element.ty;
        }
        match self.types.get(ty) {
            Type::Record(_) => {
                if let Some(class) = self.class_of(ty) {
                    self.complete_class(class, span)?;
                }
            }
            Type::Void => return fail(span, "incomplete type \"void\" is not allowed"),
            Type::Array { .. } | Type::Function(_) => {
                let text = format!("incomplete type \"{}\" is not allowed", self.types.display(ty));
                return fail(span, text);
            }
            _ => {}
        }
        match self.types.size_align(whole) {
            Err(_) if whole != ty => fail(span, "the array is too large"),
            _ => Ok(()),
        }
    }

    pub fn complete_class(&mut self, class: ClassId, span: Span) -> Res<()> {
        let info = self.class(class);
        match info.state {
            Progress::Done => return Ok(()),
            Progress::Failed => return super::context::follow_up(),
            Progress::Running => {
                return fail(span, format!("incomplete type \"{}\" is not allowed", info.name));
            }
            Progress::Not => {}
        }
        let Some(record) = info.ast.filter(|a| a.members.is_some()) else {
            return fail(span, format!("incomplete type \"{}\" is not allowed", info.name));
        };
        let scope = info.scope;
        self.class_mut(class).state = Progress::Running;
        self.register_class(class);
        let depth = self.cx.depth;
        let result = self.nested(span, |c| {
            c.in_context(scope, |c| {
                c.cx.depth = depth;
                c.lay_out(class, record)
            })
        });
        match result {
            Ok(()) => {
                self.class_mut(class).state = Progress::Done;
                self.special_members(class, record);
                Ok(())
            }
            Err(e) => {
                // Reported by the first who asks; the others only follow.
                self.class_mut(class).state = Progress::Failed;
                Err(e)
            }
        }
    }

    fn lay_out(&mut self, class: ClassId, record: &'a ast::Record) -> Res<()> {
        let mut inputs = Vec::new();
        let mut fields = Vec::new();
        let mut bases = Vec::new();
        for base in &record.bases {
            if base.is_virtual {
                return unsupported(base.span, "virtual base classes", &self.snippet(base.span));
            }
            let ty = self.type_of(&base.ty)?;
            let Some(base_class) = self.class_of(ty.ty) else {
                return fail(base.span, "not a class or struct name");
            };
            self.complete_class(base_class, base.span)?;
            if self.is_empty_class(base_class) {
                bases.push((base_class, None));
            } else {
                bases.push((base_class, Some(inputs.len() as u32)));
                inputs.push(FieldInput { name: "".into(), ty: ty.ty.into(), bit_width: None, align: 1 });
                fields.push(None);
            }
        }
        let height = bases.iter().map(|(base, _)| self.class(*base).height + 1).max().unwrap_or(0);
        if height > MAX_BASES {
            return unsupported(
                record.span,
                "more than 64 base classes one above the other",
                &self.class(class).name,
            );
        }
        let info = self.class_mut(class);
        (info.bases, info.height) = (bases, height);
        for member in record.members.iter().flatten() {
            match &member.kind {
                DeclKind::Variable(v) if !v.specs.is_static => {
                    let s = &v.specs;
                    if s.shared || s.device || s.constant || s.managed {
                        return fail(
                            v.name.span,
                            "a memory space cannot be given for a nonstatic data member",
                        );
                    }
                    let ty = self.type_of(&v.ty)?;
                    let name = match segment_symbol(&v.name.last().name) {
                        Some(symbol) => self.name(symbol),
                        None => String::new(),
                    };
                    if let Type::Array { len: None, .. } = self.types.get(ty.ty) {
                        return unsupported(v.span, "flexible array members", &name);
                    }
                    if ty.ty == TypeId::VOID {
                        return fail(v.span, "incomplete type \"void\" is not allowed");
                    }
                    let ty = match *self.types.get(ty.ty) {
                        Type::Reference { target, .. } => {
                            self.class_mut(class).refs.push((inputs.len() as u32, target));
                            self.types.pointer_to(target).into()
                        }
                        _ => {
                            self.complete(ty.ty, v.span)?;
                            ty
                        }
                    };
                    let bit_width = match &v.bit_width {
                        Some(e) => {
                            let (_, width) = self.constant_integer(e)?;
                            Some(u32::try_from(width).unwrap_or(u32::MAX))
                        }
                        None => None,
                    };
                    let align = self.alignment(&v.specs.align)?;
                    let nameless = bit_width.is_some() && name.is_empty();
                    inputs.push(FieldInput { name: name.into(), ty, bit_width, align });
                    if !nameless {
                        fields.push(Some(&**v));
                    }
                }
                DeclKind::Record(inner) if inner.name.is_none() => {
                    let scope = self.cx.scope;
                    let inner_class = self.class_for(inner, scope);
                    self.complete_class(inner_class, inner.span)?;
                    let ty = self.class(inner_class).ty.into();
                    inputs.push(FieldInput { name: "".into(), ty, bit_width: None, align: 1 });
                    fields.push(None);
                }
                DeclKind::Function(f) if f.specs.is_virtual || f.method.is_override => {
                    self.class_mut(class).has_virtual = true;
                    return unsupported(f.name_span, "virtual functions", &self.snippet(f.name_span));
                }
                DeclKind::Function(f) if f.specs.global => {
                    return fail(f.name_span, "a __global__ function cannot be a member function");
                }
                DeclKind::StaticAssert { cond, message } => {
                    // A condition that needs the complete class is checked nowhere; it cannot be laid out yet.
                    if let Ok(false) = self.constant_condition(cond) {
                        return self.static_assert_failed(member.span, message.as_deref());
                    }
                }
                DeclKind::Using(name) if names_constructors(name) => {
                    return unsupported(name.span, "inherited constructors", &self.snippet(name.span));
                }
                DeclKind::Unsupported(u) => return unsupported(u.span, u.what, &u.text),
                _ => {}
            }
        }
        if self.class(class).has_virtual {
            return unsupported(record.span, "virtual functions", &self.class(class).name);
        }
        let align = self.alignment(&record.align)?;
        let id = self.class(class).record;
        match self.types.define_record(id, &inputs, align, record.packed) {
            Ok(()) => {
                self.class_mut(class).fields = fields;
                Ok(())
            }
            Err(LayoutError::Incomplete) => fail(record.span, "incomplete type is not allowed"),
            Err(LayoutError::TooLarge) => fail(record.span, "the class is too large"),
            Err(LayoutError::BadBitField) => fail(record.span, "invalid size or type for a bit field"),
        }
    }

    /// The strictest of some alignment specifiers; 1 if there are none.
    pub fn alignment(&mut self, args: &'a [ast::AlignArg]) -> Res<u64> {
        let mut strictest = 1;
        for arg in args {
            let (align, span) = match arg {
                ast::AlignArg::Max => (16, Span::NONE),
                ast::AlignArg::Type(ty) => {
                    let q = self.type_of(ty)?;
                    self.complete(q.ty, ty.span)?;
                    (self.types.size_align(q.ty).map_or(1, |(_, a)| a), ty.span)
                }
                ast::AlignArg::Expr(e) => (self.constant_integer(e)?.1, e.span),
            };
            if align != 0 && (!align.is_power_of_two() || align > 4096) {
                return fail(span, "an alignment must be a power of two, at most 4096");
            }
            strictest = strictest.max(align);
        }
        Ok(strictest)
    }

    pub fn is_empty_class(&self, class: ClassId) -> bool {
        let info = self.class(class);
        self.types.record(info.record).fields.is_empty() && info.ast.is_some()
    }

    /// Works out which special members are more than copies of bytes.
    fn special_members(&mut self, class: ClassId, record: &'a ast::Record) {
        let info = self.class(class);
        let (ty, rid) = (info.ty, info.record);
        let (ctors, dtor, scope) = (info.ctors.clone(), info.dtor, info.scope);
        let mut copy = false;
        let mut assign = false;
        let mut destroy = false;
        let mut default = false;
        let field_types: Vec<_> = self.types.record(rid).fields.iter().map(|f| f.ty.ty).collect();
        let bases: Vec<_> = self.class(class).bases.iter().map(|b| self.class(b.0).ty).collect();
        for mut part in field_types.into_iter().chain(bases) {
            while let Type::Array { element, .. } = self.types.get(part) {
                part = element.ty;
            }
            if let Some(inner) = self.class_of(part) {
                let inner = self.class(inner);
                copy |= inner.nontrivial_copy;
                assign |= inner.nontrivial_assign;
                destroy |= inner.nontrivial_dtor;
                default |= inner.nontrivial_default;
            }
        }
        for member in record.members.iter().flatten() {
            if let DeclKind::Variable(v) = &member.kind {
                default |= !v.specs.is_static && !matches!(v.init, ast::Initializer::None);
            }
        }
        let mut user_copy = false;
        let mut user_ctor = false;
        for ctor in ctors {
            let f = self.func(ctor).decls[0];
            if f.definition == ast::Definition::Defaulted {
                continue;
            }
            user_ctor = true;
            if self.func(ctor).template.is_some() {
                continue;
            }
            if let Ok(sig) = self.signature(ctor)
                && let Some(first) = sig.params.first()
                && sig.required <= 1
                && matches!(self.types.get(first.ty), Type::Reference { target, .. } if target.ty == ty)
            {
                user_copy = true;
            }
        }
        let user_assign = match self.lookup_own(scope, &ast::OperatorName::Assign) {
            Some(Entity::Functions(set)) => {
                let fns = self.functions(set);
                fns.iter().any(|f| {
                    let info = self.func(*f);
                    info.decls[0].definition != ast::Definition::Defaulted
                        && info.template.is_none()
                        && self.signature(*f).is_ok_and(|sig| {
                            sig.params.first().is_some_and(|p| match self.types.get(p.ty) {
                                Type::Reference { target, .. } => target.ty == ty,
                                _ => p.ty == ty,
                            })
                        })
                })
            }
            _ => false,
        };
        let user_dtor = dtor.is_some_and(|d| self.func(d).decls[0].definition != ast::Definition::Defaulted);
        let info = self.class_mut(class);
        info.user_copy = user_copy;
        info.nontrivial_copy = copy || user_copy;
        info.nontrivial_assign = assign || user_assign;
        info.nontrivial_dtor = destroy || user_dtor;
        info.nontrivial_default = default || user_ctor;
        let private = |m: &Option<&ast::Variable>| {
            m.is_some_and(|v| {
                segment_symbol(&v.name.last().name).is_some_and(|s| info.hidden.contains_key(&s))
            })
        };
        info.is_aggregate = !user_ctor && !info.fields.iter().any(private);
    }

    fn lookup_own(&mut self, scope: super::context::ScopeId, op: &ast::OperatorName) -> Option<Entity<'a>> {
        let symbol = super::names::operator_symbol(op)?;
        self.scope(scope).names.get(&symbol).and_then(|s| s.ordinary)
    }

    // ------------------------------------------------------------ enums

    pub fn complete_enum(&mut self, ix: EnumIx) -> Res<()> {
        let info = &self.enums[ix.0 as usize];
        if info.state != Progress::Not {
            return if info.state == Progress::Failed { super::context::follow_up() } else { Ok(()) };
        }
        let (ast, scope, ty) = (info.ast, info.scope, info.ty);
        self.enums[ix.0 as usize].state = Progress::Running;
        let result = self.in_context(scope, |c| c.enum_values(ix, ast, ty));
        self.enums[ix.0 as usize].state = if result.is_ok() { Progress::Done } else { Progress::Failed };
        result
    }

    fn enum_values(&mut self, ix: EnumIx, ast: &'a ast::EnumDecl, ty: TypeId) -> Res<()> {
        let fixed = match &ast.underlying {
            Some(syntax) => {
                let q = self.type_of(syntax)?;
                if !matches!(self.types.get(q.ty), Type::Int(_) | Type::Bool) {
                    return fail(
                        syntax.span,
                        "the underlying type of an enumeration must be an integral type",
                    );
                }
                Some(q.ty)
            }
            None if ast.scoped => Some(TypeId::INT),
            None => None,
        };
        let mut next: i128 = 0;
        let mut next_ty = fixed.unwrap_or(TypeId::INT);
        let (mut low, mut high) = (0i128, 0i128);
        for (i, item) in ast.items.iter().flatten().enumerate() {
            if let Some(e) = &item.value {
                let (ty, value) = self.constant_integer(e)?;
                let signed = self.types.int_kind(ty).is_some_and(|k| k.is_signed());
                next = if signed { i128::from(value as i64) } else { i128::from(value) };
                next_ty = fixed.unwrap_or(ty);
            } else if fixed.is_none() && next > i128::from(i32::MAX) && next_ty == TypeId::INT {
                next_ty = TypeId::LONG;
            }
            (low, high) = (low.min(next), high.max(next));
            self.enums[ix.0 as usize].values[i] = Some((next_ty, next as u64));
            next += 1;
        }
        let underlying = fixed.unwrap_or(match (low, high) {
            (low, high) if low >= i32::MIN.into() && high <= i32::MAX.into() => TypeId::INT,
            (0.., high) if high <= u32::MAX.into() => TypeId::UINT,
            (_, high) if high <= i64::MAX.into() => TypeId::LONG,
            _ => TypeId::ULONG,
        });
        if let Type::Enum(id) = *self.types.get(ty) {
            self.types.set_enum_underlying(id, underlying);
        }
        Ok(())
    }

    /// An enumerator as a value: of the enum's type, or of its own while the enum is being worked out.
    pub fn enumerator(&mut self, ix: EnumIx, item: u32, span: Span) -> Res<(TypeId, u64)> {
        self.complete_enum(ix)?;
        let info = &self.enums[ix.0 as usize];
        let Some((own, value)) = info.values[item as usize] else {
            return fail(span, "the enumerator is used before its value is known");
        };
        let ty = if info.state == Progress::Done { info.ty } else { own };
        Ok((ty, value))
    }

    // ------------------------------------------------------------ members and bases

    /// The field indices that lead from a record to the member called `name`, through bases and anonymous members.
    pub fn field_path(&self, record: RecordId, name: &str, depth: u32) -> Option<Vec<u32>> {
        let def = self.types.record(record);
        if let Some(i) = def.fields.iter().position(|f| &*f.name == name) {
            return Some(vec![i as u32]);
        }
        if depth == 0 {
            return None;
        }
        for (i, field) in def.fields.iter().enumerate().filter(|(_, f)| f.name.is_empty()) {
            if let Some(inner) = self.record_of(field.ty.ty)
                && let Some(mut path) = self.field_path(inner, name, depth - 1)
            {
                path.insert(0, i as u32);
                return Some(path);
            }
        }
        None
    }

    /// A member of a place; qualifiers go down.
    pub fn field_place(&self, base: Expr, field: u32, span: Span) -> Expr {
        let Some(record) = self.record_of(base.ty) else { return base };
        let declared = self.types.record(record).fields[field as usize].ty;
        let quals = declared.quals.union(base.quals);
        Expr::place(
            ExprKind::Field { base: Box::new(base), field },
            QualType { ty: declared.ty, quals },
            span,
        )
    }

    pub fn is_base_of(&self, base: TypeId, derived: TypeId) -> Option<u32> {
        let (base, derived) = (self.class_of(base)?, self.class_of(derived)?);
        self.base_distance(base, derived, 0)
    }

    fn base_distance(&self, base: ClassId, derived: ClassId, depth: u32) -> Option<u32> {
        if depth > MAX_BASES {
            return None;
        }
        if base == derived {
            return Some(depth);
        }
        self.class(derived).bases.iter().find_map(|b| self.base_distance(base, b.0, depth + 1))
    }

    /// The place of a base class within a place of a derived one.
    pub fn base_part(&mut self, place: Expr, base: TypeId) -> Expr {
        let (Some(target), Some(class)) = (self.class_of(base), self.class_of(place.ty)) else {
            return place;
        };
        if target == class {
            return place;
        }
        let step = self.class(class).bases.iter().find(|b| self.base_distance(target, b.0, 0).is_some());
        let Some(&(next, field)) = step else { return place };
        let span = place.span;
        let inner = match field {
            Some(field) => self.field_place(place, field, span),
            None => {
                let quals = place.quals;
                let ty = self.class(next).ty;
                let pointer = self.address_of(place);
                let target = self.types.pointer_to(QualType { ty, quals });
                let pointer = super::convert::cast_node(pointer, super::tree::Conversion::Pointer, target);
                Expr::place(ExprKind::Deref(Box::new(pointer)), QualType { ty, quals }, span)
            }
        };
        self.base_part(inner, base)
    }

    /// `object.name` for a data member that is known to exist.
    pub fn member_place(&mut self, object: Val, path: &[u32], span: Span) -> Val {
        let cat = object.cat;
        let mut e = self.materialize(object);
        let mut cat = cat;
        for field in path {
            let class = self.class_of(e.ty);
            e = self.field_place(e, *field, span);
            let refers = class.and_then(|c| self.class(c).refs.iter().find(|r| r.0 == *field).copied());
            if let Some((_, target)) = refers {
                // A member that is a reference stands for what it refers to.
                e = Expr::place(ExprKind::Deref(Box::new(e.load())), target, span);
                cat = Cat::Lvalue;
            } else if let Some(class) = class
                && self.is_mutable_field(class, *field)
            {
                e.quals.is_const = false;
            }
        }
        let cat = if cat == Cat::Prvalue { Cat::Xvalue } else { cat };
        Val { e, cat, zero: false }
    }

    /// A mutable member of a constant object may be written.
    pub fn is_mutable_field(&self, class: ClassId, field: u32) -> bool {
        let field = self.class(class).fields.get(field as usize).copied().flatten();
        field.is_some_and(|v| v.specs.is_mutable)
    }

    pub fn is_union(&self, ty: TypeId) -> bool {
        self.record_of(ty).is_some_and(|r| self.types.record(r).kind == RecordKind::Union)
    }

    pub fn this_place(&mut self, span: Span) -> Option<Expr> {
        let (class, quals) = self.cx.this?;
        let target = QualType { ty: self.class(class).ty, quals };
        let pointer = self.local_place(super::tree::LocalId(0), span).load();
        Some(Expr::place(ExprKind::Deref(Box::new(pointer)), target, span))
    }
}

/// `Base::Base`: a using declaration of it means the constructors.
fn names_constructors(name: &ast::Name) -> bool {
    let mut last = name.segments.iter().rev().map(|s| super::names::segment_symbol(&s.name));
    matches!((last.next(), last.next()), (Some(Some(a)), Some(Some(b))) if a == b)
}
