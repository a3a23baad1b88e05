//! Lambda expressions: each becomes a class with a field for everything captured and the parser's call operator.
//!
//! What a default capture takes is decided by the names that stand in the body, wherever they resolve to a variable of
//! the function around. Captured names are fields of the class and so are found before the variables themselves;
//! constants need no capture and are used by value.

use std::rc::Rc;

use super::context::{Arg, Cat, Checker, ClassId, Entity, LocalVar, Progress, Res, Val, fail, unsupported};
use super::convert::Purpose;
use super::tree::{AggregatePart, Expr, ExprKind};
use super::types::{FieldInput, QualType, Quals, Type, TypeId};
use crate::cudac::parse::ast::{CaptureDefault, Lambda, Name};
use crate::cudac::preprocess::words::Word;
use crate::cudac::source::Span;
use crate::cudac::symbol::Symbol;

/// Elements of arrays that one capture may copy.
const MAX_ELEMENTS: u32 = 1024;

/// One captured variable: its name, how, and the value or place it has where the lambda stands.
struct Captured<'a> {
    name: Symbol,
    by_reference: bool,
    value: Arg<'a>,
    span: Span,
}

impl<'a> Checker<'a> {
    pub fn lambda(&mut self, lambda: &'a Lambda, span: Span) -> Res<Val> {
        let vars: Rc<[LocalVar]> = self.cx.vars.clone().into();
        self.outer_vars.insert(self.cx.serial, vars);
        let captured = self.captures(lambda)?;
        let mut inputs = Vec::with_capacity(captured.len());
        let mut parts = Vec::with_capacity(captured.len());
        let mut refs = Vec::new();
        for (i, capture) in captured.into_iter().enumerate() {
            let Arg::Val(value) = capture.value else {
                return unsupported(capture.span, "captures of overloaded functions and lists", "");
            };
            let (ty, value) = if capture.by_reference {
                if value.cat != Cat::Lvalue {
                    return fail(capture.span, "a captured reference needs an object");
                }
                let target = value.qual_type();
                refs.push((i as u32, target));
                let place = self.address_of(value.e);
                (QualType::from(place.ty), place)
            } else {
                let ty = QualType { ty: value.e.ty, quals: Quals::NONE };
                if let Some(class) = self.class_of(ty.ty) {
                    self.complete(ty.ty, capture.span)?;
                    let class = self.class(class);
                    if class.nontrivial_copy || class.nontrivial_dtor {
                        let what = "captures of objects with copy constructors or destructors";
                        return unsupported(capture.span, what, &self.name(capture.name));
                    }
                }
                let value = match self.types.get(ty.ty) {
                    Type::Array { .. } => self.array_copy(value, &mut 0, capture.span)?,
                    _ => self.initialise(&Arg::Val(value), ty, Purpose::Init)?,
                };
                (ty, value)
            };
            let name = self.name(capture.name);
            inputs.push((capture.name, FieldInput { name: name.into(), ty, bit_width: None, align: 1 }));
            parts.push(AggregatePart { index: i as u64, value });
        }
        let class = self.closure_class(lambda, inputs, refs, span)?;
        let ty = self.class(class).ty;
        Ok(Val::value(Expr::value(ExprKind::Aggregate(parts), ty, span)))
    }

    /// An array as a value: element by element.
    fn array_copy(&mut self, place: Val, count: &mut u32, span: Span) -> Res<Expr> {
        let ty = place.e.ty;
        let Type::Array { element, len: Some(len) } = *self.types.get(ty) else {
            return self.initialise(&Arg::Val(place), QualType::from(ty), Purpose::Init);
        };
        let class = self.class_of(element.ty).map(|c| self.class(c));
        let large = len > u64::from(MAX_ELEMENTS.saturating_sub(*count));
        if large || class.is_some_and(|c| c.nontrivial_copy || c.nontrivial_dtor) {
            return unsupported(span, "captures of large arrays and of arrays of such objects by value", "");
        }
        let pointer = self.decay(place)?.e;
        let mut parts = Vec::with_capacity(len as usize);
        for index in 0..len {
            *count += 1;
            let at = Box::new(Expr::int(index, TypeId::LONG, span));
            let kind = ExprKind::Index { pointer: Box::new(pointer.clone()), index: at };
            let value = self.array_copy(Val::lvalue(Expr::place(kind, element, span)), count, span)?;
            parts.push(AggregatePart { index, value });
        }
        Ok(Expr::value(ExprKind::Aggregate(parts), ty, span))
    }

    /// The class of a lambda in this function; the same if the expression is looked at again.
    fn closure_class(
        &mut self,
        lambda: &'a Lambda,
        inputs: Vec<(Symbol, FieldInput)>,
        refs: Vec<(u32, QualType)>,
        span: Span,
    ) -> Res<ClassId> {
        let key = (std::ptr::from_ref(lambda), self.cx.serial);
        if let Some(class) = self.closures.get(&key) {
            return Ok(*class);
        }
        self.unique += 1;
        let name = format!("lambda {}", self.unique);
        let parent = self.cx.scope;
        let class = self.new_class(&name, None, None, parent);
        self.closures.insert(key, class);
        let (scope, record) = (self.class(class).scope, self.class(class).record);
        let (names, fields): (Vec<_>, Vec<_>) = inputs.into_iter().unzip();
        for name in names {
            self.set_name(scope, name, Entity::Field(class));
        }
        if self.types.define_record(record, &fields, 1, false).is_err() {
            return fail(span, "the captures of the lambda are too large");
        }
        let info = self.class_mut(class);
        info.fields = vec![None; fields.len()];
        info.refs = refs;
        info.registered = true;
        info.is_aggregate = false;
        info.nontrivial_default = true;
        info.state = Progress::Done;
        self.enter_function(scope, &lambda.function, Some(class), lambda.template.as_deref());
        Ok(class)
    }

    fn captures(&mut self, lambda: &'a Lambda) -> Res<Vec<Captured<'a>>> {
        let mut out: Vec<Captured<'a>> = Vec::new();
        for c in &lambda.captures {
            let Some(name) = c.name else {
                if !c.by_reference {
                    return unsupported(c.span, "captures of `*this`", "");
                }
                match self.captured_this(c.span) {
                    Some(this) => out.push(this),
                    None => {
                        return fail(c.span, "\"this\" may only be used inside a nonstatic member function");
                    }
                }
                continue;
            };
            let value = match &c.init {
                Some(e) => {
                    let mut value = self.argument(e)?;
                    if let (Arg::Val(v), false) = (&value, c.by_reference) {
                        value = Arg::Val(self.decay(v.clone())?);
                    }
                    value
                }
                None => match self.variable_around(name, c.span)? {
                    Some(v) => Arg::Val(v),
                    None if self.lookup(name, self.cx.scope).is_none() => {
                        let text = self.name(name);
                        return fail(c.span, format!("identifier \"{text}\" is undefined"));
                    }
                    None => continue,
                },
            };
            out.push(Captured { name, by_reference: c.by_reference, value, span: c.span });
        }
        let Some(default) = lambda.default_capture else { return Ok(out) };
        let this = Word::This.symbol();
        if !out.iter().any(|c| c.name == this)
            && let Some(capture) = self.captured_this(lambda.span)
        {
            out.push(capture);
        }
        for name in &lambda.names {
            if matches!(self.lookup(*name, self.cx.scope), Some(Entity::Pack(pack))
                if self.packs[pack as usize].iter().any(|e| matches!(e, Entity::Local(..))))
            {
                return unsupported(lambda.span, "captures of parameter packs", &self.name(*name));
            }
            if out.iter().any(|c| c.name == *name) {
                continue;
            }
            if let Some(v) = self.variable_around(*name, lambda.span)? {
                let by_reference = default == CaptureDefault::ByReference;
                out.push(Captured { name: *name, by_reference, value: Arg::Val(v), span: lambda.span });
            }
        }
        Ok(out)
    }

    fn captured_this(&mut self, span: Span) -> Option<Captured<'a>> {
        let object = self.object_place(span)?;
        let value = Arg::Val(Val::value(self.address_of(object)));
        Some(Captured { name: Word::This.symbol(), by_reference: false, value, span })
    }

    /// What `*this` means: in a lambda the object whose address was captured.
    pub fn object_place(&mut self, span: Span) -> Option<Expr> {
        let place = self.this_place(span)?;
        let class = self.class_of(place.ty)?;
        if !self.is_closure(class) {
            return Some(place);
        }
        let path = self.field_path(self.class(class).record, "this", 1)?;
        let pointer = self.member_place(Val::lvalue(place), &path, span);
        Some(self.deref(pointer.e.load(), span))
    }

    /// The variable of this function, or of the lambda that this is, which `name` stands for.
    fn variable_around(&mut self, name: Symbol, span: Span) -> Res<Option<Val>> {
        match self.lookup(name, self.cx.scope) {
            Some(Entity::Local(serial, index)) if serial == self.cx.serial => {
                let var = self.cx.vars[index as usize].clone();
                if self.constant_local(&var, span).is_some() {
                    return Ok(None);
                }
                Ok(Some(self.variable_place(&var, span)))
            }
            Some(Entity::Field(class)) if self.is_closure(class) => {
                let Some(object) = self.this_place(span) else { return Ok(None) };
                if self.class_of(object.ty) != Some(class) {
                    return Ok(None);
                }
                let (record, text) = (self.class(class).record, self.name(name));
                let Some(path) = self.field_path(record, &text, 1) else { return Ok(None) };
                Ok(Some(self.member_place(Val::lvalue(object), &path, span)))
            }
            _ => Ok(None),
        }
    }

    pub fn is_closure(&self, class: ClassId) -> bool {
        self.closures.values().any(|c| *c == class)
    }

    fn constant_local(&self, var: &LocalVar, span: Span) -> Option<Val> {
        if var.ty.quals.is_volatile {
            return None;
        }
        let value = self.scalar_from_bytes(var.constant.as_ref()?, var.ty.ty)?;
        Some(Val::value(Expr::value(ExprKind::Const(value), var.ty.ty, span)))
    }

    /// A variable of the function around that was not captured: constants may be used all the same.
    pub fn outer_local(&mut self, serial: u32, index: u32, name: &'a Name) -> Res<Val> {
        let var = self.outer_vars.get(&serial).and_then(|vars| vars.get(index as usize)).cloned();
        if let Some(v) = var.as_ref().and_then(|var| self.constant_local(var, name.span)) {
            return Ok(v);
        }
        if self.cx.unevaluated > 0
            && let Some(var) = var
        {
            let ty = match *self.types.get(var.ty.ty) {
                Type::Reference { target, .. } => target,
                _ => var.ty,
            };
            return Ok(Val::lvalue(Expr::place(ExprKind::Zero, ty, name.span)));
        }
        if var.is_some() {
            let text = self.name_text(name);
            return fail(
                name.span,
                format!(
                    "the enclosing-function local variable \"{text}\" cannot be referenced in a lambda body unless it is in the capture list"
                ),
            );
        }
        fail(name.span, "reference to a local variable of an enclosing function is not allowed")
    }
}
