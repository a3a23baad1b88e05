//! Expressions: literals, names, members, subscripts, `sizeof`, `?:`. Operators, casts and calls have their own files.

use std::rc::Rc;

use super::context::{
    Arg, Checker, Entity, FnRef, LocalVar, Res, ScopeKind, Val, VarId, fail, follow_up, unsupported,
};
use super::convert::cast_node;
use super::names::segment_symbol;
use super::tree::{Const, Conversion, Expr, ExprKind, GlobalId};
use super::types::{QualType, Quals, Type, TypeId};
use crate::cudac::diagnostics::Diagnostic;
use crate::cudac::parse::ast::{self, FloatSuffix, Name};
use crate::cudac::preprocess::header_with;
use crate::cudac::source::Span;

/// Adds where a name could have come from.
fn with_header(error: Diagnostic, name: &str) -> Diagnostic {
    match header_with(name) {
        Some(header) => error.note(Span::NONE, format!("\"{name}\" is declared in <{header}>")),
        None => error,
    }
}

impl<'a> Checker<'a> {
    pub fn expr(&mut self, e: &'a ast::Expr) -> Res<Val> {
        self.nested(e.span, |c| c.expr_inner(e))
    }

    /// An operand whose type may come from where it goes: lists and sets of functions stay open.
    pub fn argument(&mut self, e: &'a ast::Expr) -> Res<Arg<'a>> {
        match &e.kind {
            ast::ExprKind::BraceList(list) => Ok(Arg::List(self.expanded_list(list)?)),
            ast::ExprKind::PackElement { pattern, index } => self.at_element(*index, |c| c.argument(pattern)),
            ast::ExprKind::Paren(inner) => self.argument(inner),
            ast::ExprKind::Unary { op: ast::UnaryOp::AddressOf, operand } => {
                if let ast::ExprKind::Name(name) = &operand.kind
                    && let Some(f) = self.function_set(name)?
                {
                    return Ok(Arg::Functions(f));
                }
                Ok(Arg::Val(self.expr(e)?))
            }
            ast::ExprKind::Name(name) => {
                if let Some(f) = self.function_set(name)? {
                    return Ok(Arg::Functions(f));
                }
                Ok(Arg::Val(self.expr(e)?))
            }
            _ => Ok(Arg::Val(self.expr(e)?)),
        }
    }

    /// The functions that a name stands for, if it does.
    pub fn function_set(&mut self, name: &'a Name) -> Res<Option<FnRef<'a>>> {
        match self.lookup_name(name)? {
            Some(Entity::Functions(set)) => {
                let fns = self.functions(set);
                let targs = name.last().args.as_deref();
                Ok(Some(FnRef { fns, targs, name, span: name.span }))
            }
            _ => Ok(None),
        }
    }

    pub fn expr_inner(&mut self, e: &'a ast::Expr) -> Res<Val> {
        let span = e.span;
        match &e.kind {
            ast::ExprKind::Int(literal) => Ok(self.int_literal(literal, span)),
            ast::ExprKind::Float(literal) => Ok(Val::value(match literal.suffix {
                FloatSuffix::Float => {
                    Expr::value(ExprKind::Const(Const::Float(literal.value as f32)), TypeId::FLOAT, span)
                }
                _ => Expr::value(ExprKind::Const(Const::Double(literal.value)), TypeId::DOUBLE, span),
            })),
            ast::ExprKind::Char { value, wide, multi } => {
                let ty = if *wide || *multi { TypeId::INT } else { TypeId::CHAR };
                Ok(Val::value(self.int_const(*value as u64, ty, span)))
            }
            ast::ExprKind::String { bytes, wide } => {
                if *wide {
                    return unsupported(span, "wide string literals", &self.snippet(span));
                }
                Ok(self.string_literal(bytes, span))
            }
            ast::ExprKind::Bool(value) => Ok(Val::value(Expr::int(u64::from(*value), TypeId::BOOL, span))),
            ast::ExprKind::NullPtr => Ok(Val::value(Expr::int(0, TypeId::NULLPTR, span))),
            ast::ExprKind::This => match self.object_place(span) {
                Some(place) => Ok(Val::value(self.address_of(place))),
                None => fail(span, "\"this\" may only be used inside a nonstatic member function"),
            },
            ast::ExprKind::Name(name) => self.name_expr(name),
            ast::ExprKind::Paren(inner) => {
                let mut v = self.expr(inner)?;
                v.zero = false;
                v.e.span = span;
                Ok(v)
            }
            ast::ExprKind::Unary { op, operand } => self.unary(*op, operand, span),
            ast::ExprKind::IncDec { decrement, postfix, operand } => {
                self.inc_dec(*decrement, *postfix, operand, span)
            }
            ast::ExprKind::Binary { op, lhs, rhs } => self.binary(*op, lhs, rhs, span),
            ast::ExprKind::Assign { op, target, value } => self.assignment(*op, target, value, span),
            ast::ExprKind::Conditional { cond, then, otherwise } => {
                self.conditional(cond, then.as_deref(), otherwise, false, span)
            }
            ast::ExprKind::Comma { lhs, rhs } => {
                let l = self.expr(lhs)?;
                let r = self.expr(rhs)?;
                if self.overloads(l.e.ty) || self.overloads(r.e.ty) {
                    let args = [Arg::Val(l.clone()), Arg::Val(r.clone())];
                    if let Some(v) = self.try_operator(&ast::OperatorName::Comma, &args, span)? {
                        return Ok(v);
                    }
                }
                let l = self.discard(l);
                let (ty, quals, category) = (r.e.ty, r.e.quals, r.e.category);
                let kind = ExprKind::Comma { lhs: Box::new(l), rhs: Box::new(r.e) };
                Ok(Val { e: Expr { kind, ty, category, quals, span }, cat: r.cat, zero: false })
            }
            ast::ExprKind::Call { callee, args } => self.call(callee, args, span),
            ast::ExprKind::KernelLaunch { .. } => {
                unsupported(span, "kernel launches from device code", &self.snippet(span))
            }
            ast::ExprKind::Subscript { base, index } => self.subscript(base, index, span),
            ast::ExprKind::Member { object, arrow, member } => self.member(object, *arrow, member, span),
            ast::ExprKind::MemberPointer { .. } => {
                unsupported(span, "pointers to members", &self.snippet(span))
            }
            ast::ExprKind::Cast { kind, to, operand } => self.cast(*kind, to, operand, span),
            ast::ExprKind::Functional { to, args } => {
                let ty = self.type_of(to)?;
                self.functional_cast(ty, args, span)
            }
            ast::ExprKind::BraceInit { to, list } => {
                let ty = self.type_of(to)?;
                let list = self.expanded_list(list)?;
                let e = self.list_init(list, ty)?;
                Ok(Val::value(e))
            }
            ast::ExprKind::BraceList(list) => fail(list.span, "expected an expression"),
            ast::ExprKind::SizeofType(ty) => {
                let q = self.type_of(ty)?;
                self.size_of(q, span, false)
            }
            ast::ExprKind::AlignofType(ty) => {
                let q = self.type_of(ty)?;
                self.size_of(q, span, true)
            }
            ast::ExprKind::SizeofExpr(inner) => {
                // `sizeof(T)` of a name that the parser took for a variable.
                if let Some(q) = self.type_in_parens(inner)? {
                    return self.size_of(q, span, false);
                }
                let v = self.unevaluated(inner)?;
                self.size_of(v.qual_type(), span, false)
            }
            ast::ExprKind::AlignofExpr(inner) => {
                let v = self.unevaluated(inner)?;
                self.size_of(v.qual_type(), span, true)
            }
            ast::ExprKind::SizeofPack(name) => self.sizeof_pack(*name, span),
            ast::ExprKind::PackElement { pattern, index } => {
                self.at_element(*index, |c| c.nested(span, |c| c.expr_inner(pattern)))
            }
            ast::ExprKind::Fold { op, left, right } => {
                self.fold(*op, left.as_deref(), right.as_deref(), span)
            }
            ast::ExprKind::PackExpansion(_) => fail(span, "a parameter pack cannot be expanded here"),
            ast::ExprKind::Noexcept(_) => Ok(Val::value(Expr::int(1, TypeId::BOOL, span))),
            ast::ExprKind::Offsetof { of, path } => self.offset_of(of, path, span),
            ast::ExprKind::TypeTrait { name, args } => self.type_trait(*name, args, span),
            ast::ExprKind::New { .. } | ast::ExprKind::Delete { .. } => {
                unsupported(span, "new and delete", &self.snippet(span))
            }
            ast::ExprKind::Lambda(l) => self.nested(span, |c| c.lambda(l, span)),
            ast::ExprKind::StmtExpr(_) => unsupported(span, "statement expressions", &self.snippet(span)),
            ast::ExprKind::Unsupported(u) => unsupported(u.span, u.what, &u.text),
        }
    }

    pub fn discard(&mut self, v: Val) -> Expr {
        if v.e.ty == TypeId::VOID {
            return v.e;
        }
        let mut v = v;
        if !v.e.is_place() && self.class_of(v.e.ty).is_some_and(|c| self.class(c).nontrivial_dtor) {
            // It is destroyed at the end of the expression.
            v = Val::lvalue(self.materialize(v));
        }
        if v.e.is_place() {
            // Nothing is read, but volatile places are.
            let e = if v.e.quals.is_volatile && !self.is_record(v.e.ty) { v.e.load() } else { v.e };
            if !e.is_place() {
                return cast_node(e, Conversion::Discard, TypeId::VOID);
            }
            let effects = has_effects(&e);
            if !effects {
                let nothing = Expr::int(0, TypeId::INT, e.span);
                return cast_node(nothing, Conversion::Discard, TypeId::VOID);
            }
            let pointer = self.address_of(e);
            return cast_node(pointer, Conversion::Discard, TypeId::VOID);
        }
        cast_node(v.e, Conversion::Discard, TypeId::VOID)
    }

    pub fn unevaluated(&mut self, e: &'a ast::Expr) -> Res<Val> {
        self.cx.unevaluated += 1;
        let locals: Vec<bool> = self.cx.locals.iter().map(|l| l.address_taken).collect();
        let result = self.expr(e);
        for (local, taken) in self.cx.locals.iter_mut().zip(locals) {
            local.address_taken = taken;
        }
        self.cx.unevaluated -= 1;
        result
    }

    // ------------------------------------------------------------ literals

    pub fn int_literal(&mut self, l: &ast::IntLiteral, span: Span) -> Val {
        let v = l.value;
        let fits_int = v <= i32::MAX as u64;
        let fits_uint = v <= u32::MAX.into();
        let fits_long = v <= i64::MAX as u64;
        let may_be_unsigned = l.unsigned || !l.decimal;
        let ty = match l.longs {
            0 if !l.unsigned && fits_int => TypeId::INT,
            0 if may_be_unsigned && fits_uint => TypeId::UINT,
            0 | 1 if !l.unsigned && fits_long => TypeId::LONG,
            0 | 1 => TypeId::ULONG,
            _ if !l.unsigned && fits_long => TypeId::LONGLONG,
            _ => TypeId::ULONGLONG,
        };
        let mut val = Val::value(self.int_const(v, ty, span));
        val.zero = v == 0;
        val
    }

    pub fn string_literal(&mut self, bytes: &[u8], span: Span) -> Val {
        let mut data = bytes.to_vec();
        data.push(0);
        let ty =
            self.types.array_of(QualType { ty: TypeId::CHAR, quals: Quals::CONST }, Some(data.len() as u64));
        let id = match self.strings.get(&data) {
            Some(id) => *id,
            None => {
                let id = GlobalId(self.globals.len() as u32);
                self.globals.push(super::tree::GlobalDef {
                    name: "".into(),
                    space: super::tree::GlobalSpace::Constant,
                    ty,
                    quals: Quals::CONST,
                    size: data.len() as u64,
                    align: 1,
                    init: Some(data.as_slice().into()),
                    relocations: Vec::new(),
                    functions: Vec::new(),
                    span,
                });
                self.strings.insert(data, id);
                id
            }
        };
        Val::lvalue(Expr::place(ExprKind::Global(id), QualType { ty, quals: Quals::CONST }, span))
    }

    // ------------------------------------------------------------ names

    pub fn name_expr(&mut self, name: &'a Name) -> Res<Val> {
        let span = name.span;
        match self.lookup_name(name)? {
            Some(entity) => {
                self.check_qualified_access(name)?;
                self.entity_expr(entity, name)
            }
            None => {
                if name.segments.len() == 1
                    && let ast::SegmentName::Ident(symbol) = name.last().name
                {
                    let text = self.name(symbol);
                    if let Some(v) = self.builtin_variable(&text, span) {
                        return Ok(v);
                    }
                }
                self.undefined(name)
            }
        }
    }

    pub fn undefined<T>(&mut self, name: &'a Name) -> Res<T> {
        let text = self.name_text(name);
        if name.segments.len() > 1 {
            if header_with(&text).is_none() && super::known::is_standard(&text) {
                return unsupported(name.span, "these parts of the standard library", &text);
            }
            let (scope, last) = text.rsplit_once("::").unwrap_or(("", &text));
            let shown = if scope.is_empty() { "the global scope" } else { scope };
            let kind = match self.qualifier(name) {
                Ok(Some(s)) if matches!(self.scope(s).kind, ScopeKind::Namespace) => "namespace",
                _ => "class",
            };
            if scope.is_empty() {
                return fail(name.span, format!("{shown} has no \"{last}\""));
            }
            let error = Diagnostic::error(name.span, format!("{kind} \"{shown}\" has no member \"{last}\""));
            return Err(Box::new(with_header(error, &text)));
        }
        if let Some(what) = super::known::unsupported_function(&text) {
            return unsupported(name.span, what, &text);
        }
        let error = Diagnostic::error(name.span, format!("identifier \"{text}\" is undefined"));
        let later =
            segment_symbol(&name.last().name).is_some_and(|s| self.lookup(s, self.cx.scope).is_some());
        if later {
            return Err(Box::new(
                error.note(Span::NONE, format!("\"{text}\" is declared only further down")),
            ));
        }
        if header_with(&text).is_some() {
            return Err(Box::new(with_header(error, &text)));
        }
        Err(Box::new(match self.suggestion(&text) {
            Some(known) => error.note(Span::NONE, format!("did you mean \"{known}\"?")),
            None => error,
        }))
    }

    pub fn entity_expr(&mut self, entity: Entity<'a>, name: &'a Name) -> Res<Val> {
        let span = name.span;
        match entity {
            Entity::Local(serial, index) => {
                if serial != self.cx.serial {
                    return self.outer_local(serial, index, name);
                }
                let var = self.cx.vars[index as usize].clone();
                Ok(self.variable_place(&var, span))
            }
            Entity::Var(var) => self.global_place(var, span),
            Entity::Enumerator(ix, item) => {
                let (ty, value) = self.enumerator(ix, item, span)?;
                Ok(Val::value(self.int_const(value, ty, span)))
            }
            // A function: the only pointers that are template arguments.
            Entity::Value(ty, value) if matches!(self.types.get(ty), Type::Pointer(_)) => {
                let address = ExprKind::FunctionAddress(super::tree::FuncId(value as u32));
                Ok(Val::value(Expr::value(address, ty, span)))
            }
            Entity::Value(ty, value) => {
                let mut v = Val::value(self.int_const(value, ty, span));
                v.zero = false;
                Ok(v)
            }
            Entity::Field(_) => self.implicit_member(name),
            Entity::Functions(set) => {
                let fns = self.functions(set);
                let targs = name.last().args.as_deref();
                if let ([only], None) = (&fns[..], targs)
                    && self.func(*only).template.is_none()
                {
                    return self.function_place(*only, None, span);
                }
                if let ([only], Some(_)) = (&fns[..], targs)
                    && let Ok(args) = self.deduce_call(*only, targs, &[])
                {
                    return self.function_place(*only, Some(args), span);
                }
                let text = self.name_text(name);
                fail(
                    span,
                    format!("cannot determine which instance of overloaded function \"{text}\" is intended"),
                )
            }
            Entity::Template(t) => {
                if let ast::DeclKind::Variable(_) = self.templates[t.0 as usize].ast.decl.kind {
                    return self.variable_template(t, name);
                }
                fail(span, "a template name is not allowed here")
            }
            Entity::Type(_) | Entity::Alias(..) | Entity::Class(_) | Entity::Enum(_) => {
                fail(span, "type name is not allowed")
            }
            Entity::Namespace(_) => fail(span, "a namespace name is not allowed"),
            Entity::Poison | Entity::Pack(_) => follow_up(),
        }
    }

    /// The place a variable's name stands for; a reference stands for what it refers to.
    pub fn variable_place(&mut self, var: &LocalVar, span: Span) -> Val {
        let place = self.local_place(var.id, span);
        match *self.types.get(var.ty.ty) {
            Type::Reference { target, .. } => {
                Val::lvalue(Expr::place(ExprKind::Deref(Box::new(place.load())), target, span))
            }
            _ => Val::lvalue(place),
        }
    }

    pub fn function_place(
        &mut self,
        f: super::context::FnId,
        targs: Option<Rc<[super::context::TArg]>>,
        span: Span,
    ) -> Res<Val> {
        let info = self.func(f);
        if info.builtin && info.decls[0].body.is_none() {
            let name = self.function_name(f);
            return unsupported(span, "pointers to built-in functions", &name);
        }
        if info.class.is_some() && !info.is_static {
            return fail(span, "a nonstatic member reference must be relative to a specific object");
        }
        let id = self.instance(f, targs, span)?;
        if self.inst(id).sig.auto_ret {
            self.ensure_checked(id)?;
        }
        let sig = self.inst(id).sig.clone();
        let ty = self.function_type_of(&sig);
        let pointer = self.types.pointer_to(ty);
        let address = Expr::value(ExprKind::FunctionAddress(id), pointer, span);
        Ok(Val::lvalue(Expr::place(ExprKind::Deref(Box::new(address)), ty.into(), span)))
    }

    /// The declared type behind `decltype(name)`.
    pub fn declared_type(&mut self, name: &'a Name) -> Option<QualType> {
        match self.lookup_name(name).ok()?? {
            Entity::Local(serial, index) if serial == self.cx.serial => Some(self.cx.vars[index as usize].ty),
            Entity::Var(VarId(i)) => Some(self.vars[i as usize].ty),
            _ => None,
        }
    }

    /// A type in `sizeof(name)`.
    pub fn type_in_parens(&mut self, e: &'a ast::Expr) -> Res<Option<QualType>> {
        match &e.kind {
            ast::ExprKind::Paren(inner) => self.type_in_parens(inner),
            ast::ExprKind::Name(name) => match self.lookup_name(name)? {
                Some(
                    entity @ (Entity::Type(_)
                    | Entity::Alias(..)
                    | Entity::Class(_)
                    | Entity::Enum(_)
                    | Entity::Template(_)),
                ) => self.entity_type(entity, name.last().args.as_deref(), name.span),
                _ => Ok(None),
            },
            _ => Ok(None),
        }
    }

    pub fn size_of(&mut self, ty: QualType, span: Span, align: bool) -> Res<Val> {
        let ty = match *self.types.get(ty.ty) {
            Type::Reference { target, .. } => target.ty,
            _ => ty.ty,
        };
        self.complete(ty, span)?;
        let Ok((size, alignment)) = self.types.size_align(ty) else {
            return fail(span, format!("incomplete type \"{}\" is not allowed", self.types.display(ty)));
        };
        let value = if align { alignment } else { size };
        Ok(Val::value(Expr::int(value, TypeId::ULONG, span)))
    }

    pub fn offset_of(
        &mut self,
        of: &'a ast::TypeSyntax,
        path: &'a [ast::OffsetofStep],
        span: Span,
    ) -> Res<Val> {
        let mut ty = self.type_of(of)?.ty;
        let mut offset = 0u64;
        for step in path {
            match step {
                ast::OffsetofStep::Member(symbol) => {
                    self.complete(ty, span)?;
                    let name = self.name(*symbol);
                    let Some(record) = self.record_of(ty) else {
                        return fail(span, "expression must have class type");
                    };
                    let Some(fields) = self.field_path(record, &name, 16) else {
                        let shown = self.types.display(ty);
                        return fail(span, format!("class \"{shown}\" has no member \"{name}\""));
                    };
                    for i in fields {
                        let Some(record) = self.record_of(ty) else { break };
                        let field = &self.types.record(record).fields[i as usize];
                        if field.bits.is_some() {
                            return fail(span, "offsetof cannot be applied to a bit-field");
                        }
                        offset += field.offset;
                        ty = field.ty.ty;
                    }
                }
                ast::OffsetofStep::Index(e) => {
                    let (_, index) = self.constant_integer(e)?;
                    let Type::Array { element, .. } = *self.types.get(ty) else {
                        return fail(span, "expression must have array type");
                    };
                    ty = element.ty;
                    let size = self.types.size_align(ty).map_or(0, |s| s.0);
                    offset = offset.wrapping_add(index.wrapping_mul(size));
                }
            }
        }
        Ok(Val::value(Expr::int(offset, TypeId::ULONG, span)))
    }

    pub fn type_trait(
        &mut self,
        name: crate::cudac::symbol::Symbol,
        args: &'a [ast::TypeSyntax],
        span: Span,
    ) -> Res<Val> {
        let text = self.name(name);
        let types = args.iter().map(|a| self.type_of(a)).collect::<Res<Vec<_>>>()?;
        let answer = match (&*text, types.as_slice()) {
            ("__is_same" | "__is_same_as", [a, b]) => a == b,
            ("__is_class", [a]) => self.is_record(a.ty) && !self.is_union(a.ty),
            ("__is_union", [a]) => self.is_union(a.ty),
            ("__is_enum", [a]) => matches!(self.types.get(a.ty), Type::Enum(_)),
            ("__is_integral", [a]) => self.is_integral(a.ty),
            ("__is_floating_point", [a]) => self.is_float(a.ty),
            ("__is_arithmetic", [a]) => self.is_arithmetic(a.ty),
            ("__is_pointer", [a]) => self.is_pointer(a.ty),
            ("__is_signed", [a]) => {
                self.is_float(a.ty) || self.types.int_kind(a.ty).is_some_and(|k| k.is_signed())
            }
            ("__is_unsigned", [a]) => {
                a.ty == TypeId::BOOL || self.types.int_kind(a.ty).is_some_and(|k| !k.is_signed())
            }
            ("__is_const", [a]) => a.quals.is_const,
            ("__is_base_of", [a, b]) => {
                let _ = self.complete(b.ty, span);
                self.is_base_of(a.ty, b.ty).is_some()
            }
            ("__is_trivially_copyable" | "__is_trivial" | "__is_pod", [a]) => {
                let _ = self.complete(a.ty, span);
                self.class_of(a.ty)
                    .is_none_or(|c| !self.class(c).nontrivial_copy && !self.class(c).nontrivial_dtor)
            }
            _ => return unsupported(span, "these type traits", &text),
        };
        Ok(Val::value(Expr::int(u64::from(answer), TypeId::BOOL, span)))
    }
}

/// Whether evaluating an expression does anything beside giving its result.
pub fn has_effects(e: &Expr) -> bool {
    match &e.kind {
        ExprKind::Local(_)
        | ExprKind::Global(_)
        | ExprKind::Const(_)
        | ExprKind::Zero
        | ExprKind::FunctionAddress(_) => false,
        ExprKind::Deref(p) | ExprKind::AddressOf(p) => has_effects(p),
        ExprKind::Load(p) => p.quals.is_volatile || has_effects(p),
        ExprKind::Convert { operand, .. } | ExprKind::Unary { operand, .. } => has_effects(operand),
        ExprKind::Field { base, .. } => has_effects(base),
        ExprKind::Index { pointer, index } | ExprKind::PointerAdd { pointer, index } => {
            has_effects(pointer) || has_effects(index)
        }
        ExprKind::Binary { lhs, rhs, .. } | ExprKind::Logical { lhs, rhs, .. } => {
            has_effects(lhs) || has_effects(rhs)
        }
        _ => true,
    }
}
