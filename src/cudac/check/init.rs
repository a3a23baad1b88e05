//! Initialisation: a value for a variable, parameter or result from what is written, with references, classes and lists.

use super::context::{Arg, Cat, Checker, ClassId, FnRef, Implicit, Res, Val, fail};
use super::convert::{Purpose, USER, cast_node};
use super::overload::{Candidate, Request};
use super::tree::{AggregatePart, Conversion, Expr, ExprKind};
use super::types::{QualType, Quals, Type, TypeId};
use crate::cudac::parse::ast::{self, BraceItem, BraceList, Initializer, OffsetofStep};
use crate::cudac::source::Span;

/// The items of a brace list on their way into an aggregate.
struct Items<'a> {
    list: &'a [BraceItem],
    at: usize,
}

impl<'a> Checker<'a> {
    /// Copy initialisation of something of type `to` from one argument. For a reference the result is a pointer.
    pub fn initialise(&mut self, arg: &Arg<'a>, to: QualType, purpose: Purpose) -> Res<Expr> {
        self.nested(arg.span(), |c| c.initialise_inner(arg, to, purpose))
    }

    fn initialise_inner(&mut self, arg: &Arg<'a>, to: QualType, purpose: Purpose) -> Res<Expr> {
        if let Type::Reference { target, rvalue } = *self.types.get(to.ty) {
            return self.bind_reference(arg, target, rvalue, to, purpose);
        }
        match arg {
            Arg::Functions(f) => match self.pointee(to.ty) {
                Some(target) => self.function_address(f, target.ty, to, purpose),
                None => self.initialise_error(arg, to, purpose),
            },
            Arg::List(list) => self.list_init(list, to),
            Arg::Val(v) if self.is_record(to.ty) => self.class_value(v, to, purpose),
            Arg::Val(v) => {
                let mut v = v.clone();
                if self.is_record(v.e.ty) {
                    let span = v.e.span;
                    if self.conversion_function(&v, to, true).is_none() {
                        return self.mismatch(purpose, v.qual_type(), to, span);
                    }
                    v = self.class_to_scalar(v, Some(to.ty), span)?;
                }
                if self.standard_rank(&v, to.ty).is_none() {
                    return self.mismatch(purpose, v.qual_type(), to, v.e.span);
                }
                self.convert_standard(v, to.ty)
            }
        }
    }

    pub fn initialise_error<T>(&mut self, arg: &Arg<'a>, to: QualType, purpose: Purpose) -> Res<T> {
        match arg {
            Arg::Val(v) => {
                if let Type::Reference { target, rvalue: false } = *self.types.get(to.ty)
                    && !target.quals.is_const
                    && v.e.ty == target.ty
                {
                    if v.cat != Cat::Lvalue {
                        return fail(v.e.span, "initial value of reference to non-const must be an lvalue");
                    }
                    if v.e.quals.is_const {
                        let (from, to) = (self.show(v.qual_type()), self.show(to));
                        return fail(
                            v.e.span,
                            format!(
                                "qualifiers dropped in binding reference of type \"{to}\" to initializer of type \"{from}\""
                            ),
                        );
                    }
                }
                self.mismatch(purpose, v.qual_type(), to, v.e.span)
            }
            Arg::Functions(f) => {
                let name = self.name_text(f.name);
                fail(
                    f.span,
                    format!("cannot determine which instance of overloaded function \"{name}\" is intended"),
                )
            }
            Arg::List(list) => {
                let to = self.show(to);
                fail(list.span, format!("the initializer list cannot initialize an entity of type \"{to}\""))
            }
        }
    }

    fn function_address(
        &mut self,
        f: &FnRef<'a>,
        target: TypeId,
        to: QualType,
        purpose: Purpose,
    ) -> Res<Expr> {
        match self.select_function(f, target) {
            Some((id, targs)) => {
                let func = self.instance(id, targs, f.span)?;
                let ty = self.types.pointer_to(target);
                Ok(Expr::value(ExprKind::FunctionAddress(func), ty, f.span))
            }
            None => self.initialise_error(&Arg::Functions(f.clone()), to, purpose),
        }
    }

    /// A pointer to what the reference shall refer to.
    fn bind_reference(
        &mut self,
        arg: &Arg<'a>,
        target: QualType,
        rvalue: bool,
        to: QualType,
        purpose: Purpose,
    ) -> Res<Expr> {
        let Some(ics) = self.ics(arg, to, true) else { return self.initialise_error(arg, to, purpose) };
        let pointer_ty = self.types.pointer_to(target);
        match arg {
            Arg::Functions(f) => {
                if let Type::Function(_) = self.types.get(target.ty) {
                    return self.function_address(f, target.ty, to, purpose);
                }
            }
            Arg::Val(v) => {
                let related = v.e.ty == target.ty
                    || ics.rank.0 < USER && self.is_record(v.e.ty) && self.is_record(target.ty)
                    || matches!(self.types.get(target.ty), Type::Array { .. });
                let direct = related
                    && target.quals.contains(v.e.quals)
                    && (v.cat != Cat::Prvalue || self.is_record(v.e.ty))
                    && !self.is_bit_field(v);
                if direct {
                    let place = self.materialize(v.clone());
                    let place = self.base_part(place, target.ty);
                    let pointer = self.address_of(place);
                    return Ok(self.convert_scalar(pointer, pointer_ty));
                }
                if let Type::Function(_) = self.types.get(v.e.ty) {
                    return Ok(self.decay(v.clone())?.e);
                }
                // A conversion function that gives a reference.
                if ics.rank.0 == USER && !rvalue && !target.quals.is_const {
                    let span = v.e.span;
                    let wanted = self.types.reference_to(target, false);
                    if let Some((f, _)) = self.conversion_function(v, wanted.into(), true) {
                        let result = self.call_method(f, v.clone(), Vec::new(), span)?;
                        return Ok(self.address_of(result.e));
                    }
                }
            }
            Arg::List(_) => {}
        }
        let value = self.initialise(arg, target.ty.into(), purpose)?;
        let place = self.materialize(Val::value(value));
        let pointer = self.address_of(place);
        Ok(self.convert_scalar(pointer, pointer_ty))
    }

    // ------------------------------------------------------------ classes

    /// A value of class type `to` from a value.
    fn class_value(&mut self, v: &Val, to: QualType, purpose: Purpose) -> Res<Expr> {
        let span = v.e.span;
        if v.e.ty == to.ty {
            return self.copy_value(v.clone());
        }
        if self.is_record(v.e.ty) {
            self.complete(v.e.ty, span)?;
            if self.is_base_of(to.ty, v.e.ty).is_some() {
                let place = self.materialize(v.clone());
                let place = self.base_part(place, to.ty);
                return self.copy_value(Val::lvalue(place));
            }
        }
        let arg = Arg::Val(v.clone());
        if let Some(ctor) = self.converting_constructor(&arg, to.ty) {
            return self.construct(to.ty, &ctor, vec![arg], span);
        }
        if let Some((f, _)) = self.conversion_function(v, to, true) {
            let result = self.call_method(f, v.clone(), Vec::new(), span)?;
            return Ok(self.rvalue(result)?.e);
        }
        // dim3 converts from an integer.
        if self.is_dim3(to.ty) && self.is_arithmetic_like(v.e.ty) {
            return self.dim3_value(vec![arg], span);
        }
        self.mismatch(purpose, v.qual_type(), to, span)
    }

    /// A copy of an object of class type, or the value itself if it is nobody else's.
    pub fn copy_value(&mut self, v: Val) -> Res<Expr> {
        if v.e.category == super::tree::Category::Value {
            return Ok(v.e);
        }
        let span = v.e.span;
        self.complete(v.e.ty, span)?;
        let Some(class) = self.class_of(v.e.ty).filter(|c| self.class(*c).nontrivial_copy) else {
            return Ok(v.e.load());
        };
        let ty = v.e.ty;
        if self.class(class).user_copy {
            let ctors = self.class(class).ctors.clone();
            let args = vec![Arg::Val(v)];
            let name = self.types.display(ty);
            let chosen = self.resolve(&Request {
                fns: &ctors,
                explicit: None,
                object: None,
                args: &args,
                implicit: true,
                span,
                name: &name,
            })?;
            return self.construct(ty, &chosen, args, span);
        }
        let func = self.implicit_function(Implicit::CopyCtor, class, span);
        let source = self.address_of(v.e);
        let source_ty = self.types.pointer_to(QualType { ty, quals: Quals::CONST });
        let source = self.convert_scalar(source, source_ty);
        Ok(self.construct_with(ty, func, vec![source], span))
    }

    /// Calls a constructor for a temporary and gives its value.
    pub fn construct(&mut self, ty: TypeId, ctor: &Candidate, args: Vec<Arg<'a>>, span: Span) -> Res<Expr> {
        let func = self.instance(ctor.f, ctor.targs.clone(), span)?;
        let args = self.call_arguments(ctor.f, &ctor.sig, args, span)?;
        Ok(self.construct_with(ty, func, args, span))
    }

    fn construct_with(&mut self, ty: TypeId, func: super::tree::FuncId, args: Vec<Expr>, span: Span) -> Expr {
        let local = self.temporary(ty, span);
        let place = self.local_place(local, span);
        let mut all = vec![self.address_of(place.clone())];
        all.extend(args);
        let call = Expr::value(ExprKind::Call { function: func, args: all }, TypeId::VOID, span);
        let body =
            Expr::value(ExprKind::Comma { lhs: Box::new(call), rhs: Box::new(place.load()) }, ty, span);
        Expr::value(ExprKind::Let { local, init: None, body: Box::new(body) }, ty, span)
    }

    fn is_dim3(&self, ty: TypeId) -> bool {
        self.class_of(ty).is_none()
            && self.record_of(ty).is_some_and(|r| &*self.types.record(r).name == "dim3")
    }

    fn dim3_value(&mut self, args: Vec<Arg<'a>>, span: Span) -> Res<Expr> {
        let Some(ty) = self.types.predefined_record("dim3") else { return fail(span, "dim3 is not known") };
        if args.len() > 3 {
            return fail(span, "no instance of constructor \"dim3\" matches the argument list");
        }
        let mut parts = Vec::new();
        for index in 0..3u64 {
            let value = match args.get(index as usize) {
                Some(arg) => self.initialise(arg, TypeId::UINT.into(), Purpose::Argument)?,
                None => Expr::int(1, TypeId::UINT, span),
            };
            parts.push(AggregatePart { index, value });
        }
        Ok(Expr::value(ExprKind::Aggregate(parts), ty, span))
    }

    /// `T(a, b)`, `T x(a, b)`: a value of type `ty`.
    pub fn direct_init(&mut self, ty: QualType, args: Vec<Arg<'a>>, span: Span) -> Res<Expr> {
        if let Type::Reference { .. } = self.types.get(ty.ty) {
            return match args.as_slice() {
                [arg] => self.initialise(arg, ty, Purpose::Init),
                _ => fail(span, "a reference needs exactly one initializer"),
            };
        }
        self.complete(ty.ty, span)?;
        if !self.is_record(ty.ty) {
            return match args.as_slice() {
                [] => Ok(Expr::value(ExprKind::Zero, ty.ty, span)),
                [arg] => self.initialise(arg, ty, Purpose::Init),
                _ => fail(span, "too many initializer values"),
            };
        }
        let Some(class) = self.class_of(ty.ty) else {
            if self.is_dim3(ty.ty) {
                if let [Arg::Val(v)] = args.as_slice()
                    && self.is_record(v.e.ty)
                {
                    if v.e.ty == ty.ty {
                        return self.copy_value(v.clone());
                    }
                    return self.dim3_from_uint3(v.clone(), span);
                }
                return self.dim3_value(args, span);
            }
            return match args.as_slice() {
                [] => Ok(Expr::value(ExprKind::Zero, ty.ty, span)),
                [arg @ Arg::Val(_)] => self.initialise(arg, ty, Purpose::Init),
                _ => self.no_constructor(ty.ty, &args, span),
            };
        };
        let same = match args.as_slice() {
            [Arg::Val(v)] => {
                v.e.ty == ty.ty
                    && (!self.class(class).user_copy || v.e.category == super::tree::Category::Value)
                    || self.is_record(v.e.ty)
                        && self.is_base_of(ty.ty, v.e.ty).is_some_and(|d| d > 0)
                        && !self.class(class).user_copy
            }
            _ => false,
        };
        if same && let Some(Arg::Val(v)) = args.first() {
            return self.class_value(&v.clone(), ty, Purpose::Init);
        }
        let ctors = self.class(class).ctors.clone();
        if ctors.is_empty() {
            if args.is_empty() {
                return self.value_init(ty.ty, span);
            }
            if let [Arg::Val(v)] = args.as_slice()
                && let Some((f, _)) = self.conversion_function(v, ty, false)
            {
                let result = self.call_method(f, v.clone(), Vec::new(), span)?;
                return Ok(self.rvalue(result)?.e);
            }
            return self.no_constructor(ty.ty, &args, span);
        }
        let name = self.types.display(ty.ty);
        let request = Request {
            fns: &ctors,
            explicit: None,
            object: None,
            args: &args,
            implicit: false,
            span,
            name: &name,
        };
        if self.candidates(&request).is_empty() {
            if let [Arg::Val(v)] = args.as_slice()
                && let Some((f, _)) = self.conversion_function(v, ty, false)
            {
                let result = self.call_method(f, v.clone(), Vec::new(), span)?;
                return Ok(self.rvalue(result)?.e);
            }
            if args.is_empty() {
                return fail(span, format!("no default constructor exists for class \"{name}\""));
            }
        }
        let chosen = self.resolve(&request)?;
        if self.func(chosen.f).decls[0].definition == ast::Definition::Defaulted {
            return match args.as_slice() {
                [] => self.value_init(ty.ty, span),
                [Arg::Val(v)] => self.copy_value(v.clone()),
                _ => self.no_constructor(ty.ty, &args, span),
            };
        }
        self.construct(ty.ty, &chosen, args, span)
    }

    fn dim3_from_uint3(&mut self, v: Val, span: Span) -> Res<Expr> {
        let Some(ty) = self.types.predefined_record("dim3") else { return fail(span, "dim3 is not known") };
        if Some(v.e.ty) != self.types.predefined_record("uint3") {
            let from = v.qual_type();
            return self.mismatch(Purpose::Init, from, ty.into(), span);
        }
        let mut parts = Vec::new();
        for index in 0..3u32 {
            let part = self.field_value(v.clone(), index, span)?;
            parts.push(AggregatePart { index: index.into(), value: part });
        }
        Ok(Expr::value(ExprKind::Aggregate(parts), ty, span))
    }

    fn no_constructor<T>(&mut self, ty: TypeId, args: &[Arg<'a>], span: Span) -> Res<T> {
        let name = self.types.display(ty);
        let types = self.argument_types(args);
        let error = crate::cudac::diagnostics::Diagnostic::error(
            span,
            format!("no instance of constructor \"{name}\" matches the argument list"),
        );
        Err(Box::new(error.note(Span::NONE, format!("argument types are: ({types})"))))
    }

    /// `T()` and `T{}`: zero, then what the default constructor does.
    pub fn value_init(&mut self, ty: TypeId, span: Span) -> Res<Expr> {
        self.complete(ty, span)?;
        if let Some(class) = self.class_of(ty)
            && self.class(class).nontrivial_default
        {
            let ctors = self.class(class).ctors.clone();
            let user = ctors.iter().any(|c| {
                let decl = self.func(*c).decls[0];
                decl.definition != ast::Definition::Defaulted
            });
            if user {
                let name = self.types.display(ty);
                let request = Request {
                    fns: &ctors,
                    explicit: None,
                    object: None,
                    args: &[],
                    implicit: false,
                    span,
                    name: &name,
                };
                let viable = self.candidates(&request);
                if viable.is_empty() {
                    return fail(span, format!("no default constructor exists for class \"{name}\""));
                }
                let chosen = self.resolve(&request)?;
                if self.func(chosen.f).decls[0].definition != ast::Definition::Defaulted {
                    return self.construct(ty, &chosen, Vec::new(), span);
                }
            }
            let func = self.implicit_function(Implicit::DefaultCtor, class, span);
            return Ok(self.construct_with(ty, func, Vec::new(), span));
        }
        Ok(Expr::value(ExprKind::Zero, ty, span))
    }

    /// The constructor call for `T x;` where `place` lies; nothing when it stays indeterminate.
    pub fn default_construct(&mut self, place: &Expr, span: Span) -> Res<Option<Expr>> {
        self.complete(place.ty, span)?;
        let Some(class) = self.class_of(place.ty).filter(|c| self.class(*c).nontrivial_default) else {
            return Ok(None);
        };
        let value = self.value_init(place.ty, span)?;
        Ok(Some(self.build_at(place.clone(), value, class, span)))
    }

    /// Puts a fresh object where it shall live: the constructor call itself if the value is one.
    pub fn build_at(&mut self, place: Expr, value: Expr, _class: ClassId, span: Span) -> Expr {
        if let ExprKind::Let { local, init: None, body } = &value.kind
            && let ExprKind::Comma { lhs, .. } = &body.kind
            && let ExprKind::Call { function, args } = &lhs.kind
            && let Some(ExprKind::AddressOf(first)) = args.first().map(|a| &a.kind)
            && matches!(first.kind, ExprKind::Local(l) if l == *local)
        {
            let mut args = args.clone();
            let (function, ty) = (*function, args[0].ty);
            let pointer = self.address_of(place);
            args[0] = self.convert_scalar(pointer, ty);
            return Expr::value(ExprKind::Call { function, args }, TypeId::VOID, span);
        }
        let ty = value.ty;
        let assign = ExprKind::Assign { place: Box::new(place), value: Box::new(value) };
        cast_node(Expr::value(assign, ty, span), Conversion::Discard, TypeId::VOID)
    }

    // ------------------------------------------------------------ lists

    pub fn list_args(&mut self, list: &'a BraceList) -> Res<Vec<Arg<'a>>> {
        list.items.iter().map(|item| self.argument(&item.value)).collect()
    }

    /// `{...}` for a type.
    pub fn list_init(&mut self, list: &'a BraceList, to: QualType) -> Res<Expr> {
        self.nested(list.span, |c| c.list_init_inner(list, to))
    }

    fn list_init_inner(&mut self, list: &'a BraceList, to: QualType) -> Res<Expr> {
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
                    self.initialise(&arg, to, Purpose::Init)
                }
                [_, second, ..] => fail(second.value.span, "too many initializer values"),
            },
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
    fn default_member(
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
                let args = args.iter().map(|a| self.argument(a)).collect::<Res<Vec<_>>>()?;
                self.direct_init(ty, args, span)
            }
            Initializer::List(list) => self.list_init(list, ty),
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
    fn only_conversion(&mut self, v: &Val) -> Option<(super::context::FnId, super::convert::Rank)> {
        let class = self.class_of(v.e.ty)?;
        self.complete_class(class, v.e.span).ok()?;
        let mut all = Vec::new();
        self.all_conversions(class, &mut all, 0);
        all.retain(|f| !self.func(*f).decls[0].specs.is_explicit);
        match all[..] {
            [f] => Some((f, super::convert::Rank(0, 0))),
            _ => None,
        }
    }

    /// A member of an object as a value.
    pub fn field_value(&mut self, object: Val, field: u32, span: Span) -> Res<Expr> {
        if let ExprKind::Aggregate(parts) = &object.e.kind
            && let Some(part) = parts.iter().find(|p| p.index == u64::from(field))
            && parts.iter().all(|p| is_simple(&p.value))
        {
            return Ok(Expr { span, ..part.value.clone() });
        }
        let member = self.member_place(object, &[field], span);
        Ok(self.rvalue(member)?.e)
    }
}

/// Without effects, and as cheap to repeat as to keep.
pub fn is_simple(e: &Expr) -> bool {
    match &e.kind {
        ExprKind::Const(_) | ExprKind::Zero => true,
        ExprKind::Intrinsic { op, .. } => matches!(
            op,
            super::tree::IntrinsicOp::ThreadIdx(_)
                | super::tree::IntrinsicOp::BlockIdx(_)
                | super::tree::IntrinsicOp::BlockDim(_)
                | super::tree::IntrinsicOp::GridDim(_)
        ),
        _ => false,
    }
}
