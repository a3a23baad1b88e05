//! Brace lists: aggregates with and without inner braces, arrays, strings, members that are not named.

use super::context::{Arg, Cat, Checker, ClassId, Res, Val, fail};
use super::convert::Purpose;
use super::tree::{AggregatePart, Const, Expr, ExprKind};
use super::types::{QualType, Type, TypeId};
use crate::cudac::parse::ast::{self, BraceItem, BraceList, Initializer, OffsetofStep};
use crate::cudac::source::Span;

/// The items of a brace list on their way into an aggregate.
struct Items<'a> {
    list: &'a [BraceItem],
    at: usize,
}

impl<'a> Checker<'a> {
    pub fn list_args(&mut self, list: &'a BraceList) -> Res<Vec<Arg<'a>>> {
        list.items.iter().map(|item| self.argument(&item.value)).collect()
    }

    /// `{...}` for a type.
    pub fn list_init(&mut self, list: &'a BraceList, to: QualType) -> Res<Expr> {
        self.nested(list.span, |c| c.list_init_inner(list, to))
    }

    pub fn list_init_inner(&mut self, list: &'a BraceList, to: QualType) -> Res<Expr> {
        match self.types.get(to.ty).clone() {
            Type::Reference { .. } => {
                let arg = match list.items.as_slice() {
                    [one] => self.argument(&one.value)?,
                    _ => Arg::List(list),
                };
                self.initialise(&arg, to, Purpose::Init)
            }
            Type::Array { .. } => {
                if let [BraceItem { value, designators }] = list.items.as_slice()
                    && designators.is_empty()
                    && let Some(text) = self.string_init(value, to.ty)?
                {
                    return Ok(text);
                }
                let mut items = Items { list: &list.items, at: 0 };
                let e = self.fill(to, &mut items, list.span)?;
                self.all_used(&items)?;
                Ok(e)
            }
            Type::Record(_) => {
                self.complete(to.ty, list.span)?;
                let class = self.class_of(to.ty);
                if list.items.is_empty() {
                    if self.is_dim3(to.ty) {
                        return self.dim3_value(Vec::new(), list.span);
                    }
                    return self.value_init(to.ty, list.span);
                }
                if let [BraceItem { value, designators }] = list.items.as_slice()
                    && designators.is_empty()
                {
                    let arg = self.argument(value)?;
                    if let Arg::Val(v) = &arg
                        && (v.e.ty == to.ty
                            || self.is_record(v.e.ty) && self.is_base_of(to.ty, v.e.ty).is_some())
                    {
                        return self.initialise(&arg, to, Purpose::Init);
                    }
                }
                let constructed = class.is_some_and(|c| !self.class(c).is_aggregate) || self.is_dim3(to.ty);
                if constructed {
                    let args = self.list_args(list)?;
                    return self.direct_init(to, args, list.span);
                }
                let mut items = Items { list: &list.items, at: 0 };
                let e = self.fill(to, &mut items, list.span)?;
                self.all_used(&items)?;
                Ok(e)
            }
            _ => match list.items.as_slice() {
                [] => Ok(Expr::value(ExprKind::Zero, to.ty, list.span)),
                [one] => {
                    let arg = self.argument(&one.value)?;
                    self.check_narrowing(&arg, to.ty);
                    self.initialise(&arg, to, Purpose::Init)
                }
                [_, second, ..] => fail(second.value.span, "too many initializer values"),
            },
        }
    }

    /// In braces a constant should keep its value. C++ forbids anything else, NVRTC only warns: tables such as
    /// `int k[] = {0xd76aa478}` are common.
    fn check_narrowing(&mut self, arg: &Arg<'a>, to: TypeId) {
        let Arg::Val(v) = arg else { return };
        let (ExprKind::Const(c), from) = (&v.e.kind, v.e.ty) else { return };
        let narrows = match *c {
            Const::Float(_) | Const::Double(_) if self.is_integral(to) => true,
            Const::Float(_) => false,
            Const::Double(x) => to == TypeId::FLOAT && x.is_finite() && (x as f32).is_infinite(),
            Const::Int(bits) => {
                let wide = self.extend_from(bits, from);
                let signed = self.types.int_kind(from).is_some_and(|k| k.is_signed());
                let value = if signed { i128::from(wide as i64) } else { i128::from(wide) };
                match (self.types.get(to), self.types.int_kind(to)) {
                    (Type::Bool, _) => !(0..=1).contains(&value),
                    (Type::Int(_), Some(kind)) => {
                        let bits = kind.size() * 8 - u32::from(kind.is_signed());
                        let low = if kind.is_signed() { -(1i128 << bits) } else { 0 };
                        !(low..1i128 << bits).contains(&value)
                    }
                    _ if to == TypeId::FLOAT => (value as f32) as i128 != value,
                    _ if to == TypeId::DOUBLE => (value as f64) as i128 != value,
                    _ => false,
                }
            }
        };
        if narrows {
            let (from, to) = (self.types.display(from), self.types.display(to));
            let message = format!("invalid narrowing conversion from \"{from}\" to \"{to}\"");
            self.diags.warning(v.e.span, message);
        }
    }

    fn all_used(&self, items: &Items<'a>) -> Res<()> {
        match items.list.get(items.at) {
            Some(extra) => fail(extra.value.span, "too many initializer values"),
            None => Ok(()),
        }
    }

    /// A string literal as the value of an array of characters.
    pub fn string_init(&mut self, e: &'a ast::Expr, ty: TypeId) -> Res<Option<Expr>> {
        let Type::Array { element, len } = *self.types.get(ty) else { return Ok(None) };
        if !matches!(element.ty, TypeId::CHAR | TypeId::SCHAR | TypeId::UCHAR) {
            return Ok(None);
        }
        let ast::ExprKind::String { bytes, wide: false } = &e.kind else { return Ok(None) };
        let needed = bytes.len() as u64 + 1;
        if let Some(len) = len
            && needed > len.saturating_add(1)
        {
            return fail(e.span, "initializer string is too long");
        }
        let array = self.types.array_of(element, Some(len.unwrap_or(needed)));
        let parts = bytes.iter().enumerate().filter(|(_, b)| **b != 0).map(|(i, b)| AggregatePart {
            index: i as u64,
            value: Expr::int(u64::from(*b), element.ty, e.span),
        });
        let parts = parts.filter(|p| len.is_none_or(|n| p.index < n)).collect();
        Ok(Some(Expr::value(ExprKind::Aggregate(parts), array, e.span)))
    }

    /// Fills an aggregate from the next items, with braces left out where the language lets them be.
    fn fill(&mut self, ty: QualType, items: &mut Items<'a>, span: Span) -> Res<Expr> {
        self.nested(span, |c| match c.types.get(ty.ty).clone() {
            Type::Array { element, len } => c.fill_array(element, len, items, span),
            _ => c.fill_record(ty, items, span),
        })
    }

    fn fill_array(
        &mut self,
        element: QualType,
        len: Option<u64>,
        items: &mut Items<'a>,
        span: Span,
    ) -> Res<Expr> {
        let mut parts: Vec<AggregatePart> = Vec::new();
        let mut index = 0u64;
        let mut length = 0u64;
        while let Some(item) = items.list.get(items.at) {
            if let Some(step) = item.designators.first() {
                match step {
                    OffsetofStep::Index(e) => index = self.constant_integer(e)?.1,
                    OffsetofStep::Member(_) => break,
                }
            }
            if len.is_some_and(|n| index >= n) {
                break;
            }
            let value = self.fill_part(element, items)?;
            parts.retain(|p| p.index != index);
            parts.push(AggregatePart { index, value });
            index += 1;
            length = length.max(index);
        }
        parts.sort_by_key(|p| p.index);
        let len = len.unwrap_or(length);
        if let Some(class) = self.class_of(element.ty)
            && self.class(class).nontrivial_default
        {
            if len > 4096 {
                return fail(span, "too many elements to construct in an initializer list");
            }
            for index in 0..len {
                if !parts.iter().any(|p| p.index == index) {
                    let value = self.value_init(element.ty, span)?;
                    parts.push(AggregatePart { index, value });
                }
            }
            parts.sort_by_key(|p| p.index);
        }
        let ty = self.types.array_of(element, Some(len));
        Ok(Expr::value(ExprKind::Aggregate(parts), ty, span))
    }

    fn fill_record(&mut self, ty: QualType, items: &mut Items<'a>, span: Span) -> Res<Expr> {
        let Some(record) = self.record_of(ty.ty) else { return fail(span, "the type is no aggregate") };
        self.complete(ty.ty, span)?;
        let fields = self.types.record(record).fields.clone();
        let is_union = self.is_union(ty.ty);
        let class = self.class_of(ty.ty);
        let mut values: Vec<Option<Expr>> = vec![None; fields.len()];
        let mut next = 0;
        while next < fields.len() {
            let Some(item) = items.list.get(items.at) else { break };
            if let Some(OffsetofStep::Member(symbol)) = item.designators.first() {
                let name = self.name(*symbol);
                match fields.iter().position(|f| *f.name == *name) {
                    Some(i) => next = i,
                    None => {
                        let shown = self.types.display(ty.ty);
                        return fail(item.value.span, format!("class \"{shown}\" has no member \"{name}\""));
                    }
                }
                if item.designators.len() > 1 {
                    return super::context::unsupported(item.value.span, "nested designators", "");
                }
            }
            let reference =
                class.and_then(|c| self.class(c).refs.iter().find(|r| r.0 == next as u32).copied());
            let value = match reference {
                Some((_, target)) => {
                    let arg = self.argument(&item.value)?;
                    items.at += 1;
                    let to = self.types.reference_to(target, false);
                    self.initialise(&arg, to.into(), Purpose::Init)?
                }
                None => self.fill_part(fields[next].ty, items)?,
            };
            values[next] = Some(value);
            next += 1;
            if is_union {
                break;
            }
        }
        let any_given = values.iter().any(Option::is_some);
        for (i, value) in values.iter_mut().enumerate() {
            if value.is_none() && !(is_union && any_given) {
                *value = self.default_member(class, i, fields[i].ty, span)?;
            }
        }
        let parts = values
            .into_iter()
            .enumerate()
            .filter_map(|(i, v)| v.map(|value| AggregatePart { index: i as u64, value }))
            .collect();
        Ok(Expr::value(ExprKind::Aggregate(parts), ty.ty, span))
    }

    /// What a member is when an aggregate's list does not name it; none for zero.
    pub fn default_member(
        &mut self,
        class: Option<ClassId>,
        field: usize,
        ty: QualType,
        span: Span,
    ) -> Res<Option<Expr>> {
        if let Some(class) = class
            && let Some(Some(v)) = self.class(class).fields.get(field).copied()
            && !matches!(v.init, Initializer::None)
        {
            let scope = self.class(class).scope;
            return self.in_scope(scope, |c| c.initializer_value(&v.init, ty, span)).map(Some);
        }
        if let Some(inner) = self.class_of(ty.ty)
            && self.class(inner).nontrivial_default
        {
            return self.value_init(ty.ty, span).map(Some);
        }
        Ok(None)
    }

    /// One element or member of an aggregate from the next item.
    fn fill_part(&mut self, ty: QualType, items: &mut Items<'a>) -> Res<Expr> {
        let item = &items.list[items.at];
        if let ast::ExprKind::BraceList(list) = &item.value.kind {
            let list = self.expanded_list(list)?;
            items.at += 1;
            return self.list_init(list, ty);
        }
        if let Type::Array { .. } = self.types.get(ty.ty) {
            if let Some(text) = self.string_init(&item.value, ty.ty)? {
                items.at += 1;
                return Ok(text);
            }
            return self.fill(ty, items, item.value.span);
        }
        let arg = self.argument(&item.value)?;
        if self.is_record(ty.ty) {
            self.complete(ty.ty, item.value.span)?;
            let aggregate = self.class_of(ty.ty).is_none_or(|c| self.class(c).is_aggregate);
            let has_fields = self.record_of(ty.ty).is_some_and(|r| !self.types.record(r).fields.is_empty());
            if aggregate && has_fields && self.ics(&arg, ty, true).is_none() {
                return self.fill(ty, items, item.value.span);
            }
        }
        items.at += 1;
        self.check_narrowing(&arg, ty.ty);
        self.initialise(&arg, ty, Purpose::Init)
    }

    /// The value of a declared initialiser; the caller has dealt with references and missing initialisers.
    pub fn initializer_value(&mut self, init: &'a Initializer, ty: QualType, span: Span) -> Res<Expr> {
        match init {
            Initializer::None => self.value_init(ty.ty, span),
            Initializer::Copy(e) => {
                if let Some(text) = self.string_init(e, ty.ty)? {
                    return Ok(text);
                }
                let arg = self.argument(e)?;
                if let (Type::Array { .. }, Arg::Val(v)) = (self.types.get(ty.ty), &arg) {
                    if v.e.ty == ty.ty && v.cat == Cat::Prvalue {
                        return Ok(v.e.clone());
                    }
                    return fail(e.span, "initialization with \"{...}\" expected for aggregate object");
                }
                self.initialise(&arg, ty, Purpose::Init)
            }
            Initializer::Direct(args) => {
                let args = self.arguments(args)?;
                self.direct_init(ty, args, span)
            }
            Initializer::List(list) => {
                let list = self.expanded_list(list)?;
                self.list_init(list, ty)
            }
        }
    }

    /// Explicit conversion of an object of class type by its conversion function.
    pub fn class_to_scalar(&mut self, v: Val, to: Option<TypeId>, span: Span) -> Res<Val> {
        let found = match to {
            // A condition may use an explicit `operator bool`.
            Some(to) => self.conversion_function(&v, to.into(), to != TypeId::BOOL),
            None => self.only_conversion(&v),
        };
        match found {
            Some((f, _)) => {
                let result = self.call_method(f, v, Vec::new(), span)?;
                self.decay(result)
            }
            None => {
                let shown = self.show(v.qual_type());
                let to = to.map_or("a scalar type".to_string(), |t| format!("\"{}\"", self.types.display(t)));
                fail(span, format!("no suitable conversion function from \"{shown}\" to {to} exists"))
            }
        }
    }

    /// For built-in operators on a class: its conversion function to a scalar, if there is just one.
    pub fn only_conversion(&mut self, v: &Val) -> Option<(super::context::FnId, super::convert::Rank)> {
        let class = self.class_of(v.e.ty)?;
        self.complete_class(class, v.e.span).ok()?;
        let mut all = Vec::new();
        self.all_conversions(class, &mut all, 0);
        all.retain(|f| !self.func(*f).decls[0].specs.is_explicit);
        all.retain(|f| self.signature(*f).is_ok_and(|sig| !self.is_record(sig.ret.ty)));
        match all[..] {
            [f] => Some((f, super::convert::Rank(0, 0))),
            _ => None,
        }
    }

    /// A member of an object as a value.
    pub fn field_value(&mut self, object: Val, field: u32, span: Span) -> Res<Expr> {
        if let ExprKind::Aggregate(parts) = &object.e.kind
            && let Some(part) = parts.iter().find(|p| p.index == u64::from(field))
            && parts.iter().all(|p| super::init::is_simple(&p.value))
        {
            return Ok(Expr { span, ..part.value.clone() });
        }
        let member = self.member_place(object, &[field], span);
        Ok(self.rvalue(member)?.e)
    }
}
