//! Initialisation: a value for a variable, parameter or result from what is written, with references, classes and lists.

use super::context::{Arg, Cat, Checker, ClassId, FnRef, Implicit, Res, Val, fail};
use super::convert::{Purpose, USER, cast_node};
use super::overload::{Candidate, Request};
use super::tree::{AggregatePart, Conversion, Expr, ExprKind};
use super::types::{QualType, Quals, Type, TypeId};
use crate::cudac::parse::ast::{self};
use crate::cudac::source::Span;

impl<'a> Checker<'a> {
    /// Copy initialisation of something of type `to` from one argument. For a reference the result is a pointer.
    pub fn initialise(&mut self, arg: &Arg<'a>, to: QualType, purpose: Purpose) -> Res<Expr> {
        self.nested(arg.span(), |c| c.initialise_inner(arg, to, purpose))
    }

    pub fn initialise_inner(&mut self, arg: &Arg<'a>, to: QualType, purpose: Purpose) -> Res<Expr> {
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
                if let ([only], None) = (&f.fns[..], f.targs)
                    && self.func(*only).template.is_none()
                    && let Ok(sig) = self.signature(*only)
                {
                    let ty = self.function_type_of(&sig);
                    let pointer = self.types.pointer_to(ty);
                    return self.mismatch(purpose, pointer.into(), to, f.span);
                }
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

    pub fn function_address(
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
    pub fn bind_reference(
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
                    && self.referred_quals(target).contains(self.referred_quals(v.qual_type()))
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
    pub fn class_value(&mut self, v: &Val, to: QualType, purpose: Purpose) -> Res<Expr> {
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
        if self.is_dim3(to.ty) && Some(v.e.ty) == self.types.predefined_record("uint3") {
            return self.dim3_from_uint3(v.clone(), span);
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

    pub fn construct_with(
        &mut self,
        ty: TypeId,
        func: super::tree::FuncId,
        args: Vec<Expr>,
        span: Span,
    ) -> Expr {
        let local = self.temporary(ty, span);
        let place = self.local_place(local, span);
        let mut all = vec![self.address_of(place.clone())];
        all.extend(args);
        let call = Expr::value(ExprKind::Call { function: func, args: all }, TypeId::VOID, span);
        let body =
            Expr::value(ExprKind::Comma { lhs: Box::new(call), rhs: Box::new(place.load()) }, ty, span);
        Expr::value(ExprKind::Let { local, init: None, body: Box::new(body) }, ty, span)
    }

    pub fn is_dim3(&self, ty: TypeId) -> bool {
        self.class_of(ty).is_none()
            && self.record_of(ty).is_some_and(|r| &*self.types.record(r).name == "dim3")
    }

    pub fn dim3_value(&mut self, args: Vec<Arg<'a>>, span: Span) -> Res<Expr> {
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

    pub fn dim3_from_uint3(&mut self, v: Val, span: Span) -> Res<Expr> {
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

    pub fn no_constructor<T>(&mut self, ty: TypeId, args: &[Arg<'a>], span: Span) -> Res<T> {
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
