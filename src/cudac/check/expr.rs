//! Expressions: literals, names, members, subscripts, `sizeof`, `?:`. Operators, casts and calls have their own files.

use std::rc::Rc;

use super::context::{
    Arg, Cat, Checker, Entity, FnRef, LocalVar, Res, ScopeKind, Val, VarId, fail, follow_up, unsupported,
};
use super::convert::{Purpose, Rank, cast_node};
use super::tree::{Const, Conversion, Expr, ExprKind, GlobalId};
use super::types::{QualType, Quals, Type, TypeId};
use crate::cudac::parse::ast::{self, FloatSuffix, Name};
use crate::cudac::source::Span;

impl<'a> Checker<'a> {
    pub fn expr(&mut self, e: &'a ast::Expr) -> Res<Val> {
        self.nested(e.span, |c| c.expr_inner(e))
    }

    /// An operand whose type may come from where it goes: lists and sets of functions stay open.
    pub fn argument(&mut self, e: &'a ast::Expr) -> Res<Arg<'a>> {
        match &e.kind {
            ast::ExprKind::BraceList(list) => Ok(Arg::List(list)),
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

    fn expr_inner(&mut self, e: &'a ast::Expr) -> Res<Val> {
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
            ast::ExprKind::This => match self.this_place(span) {
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
                self.conditional(cond, then.as_deref(), otherwise, span)
            }
            ast::ExprKind::Comma { lhs, rhs } => {
                let l = self.expr(lhs)?;
                let r = self.expr(rhs)?;
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
            ast::ExprKind::SizeofPack(_) | ast::ExprKind::PackExpansion(_) | ast::ExprKind::Fold { .. } => {
                self.pack_unsupported(span)
            }
            ast::ExprKind::Noexcept(_) => Ok(Val::value(Expr::int(1, TypeId::BOOL, span))),
            ast::ExprKind::Offsetof { of, path } => self.offset_of(of, path, span),
            ast::ExprKind::TypeTrait { name, args } => self.type_trait(*name, args, span),
            ast::ExprKind::New { .. } | ast::ExprKind::Delete { .. } => {
                unsupported(span, "new and delete", &self.snippet(span))
            }
            ast::ExprKind::Lambda(_) => unsupported(span, "lambda expressions", &self.snippet(span)),
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

    fn int_literal(&mut self, l: &ast::IntLiteral, span: Span) -> Val {
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
            Some(entity) => self.entity_expr(entity, name),
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
            if text.starts_with("std::") || text.starts_with("cg::") || text.starts_with("cuda::") {
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
            return fail(name.span, format!("{kind} \"{shown}\" has no member \"{last}\""));
        }
        fail(name.span, format!("identifier \"{text}\" is undefined"))
    }

    fn entity_expr(&mut self, entity: Entity<'a>, name: &'a Name) -> Res<Val> {
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
            Entity::Poison => follow_up(),
        }
    }

    fn outer_local(&mut self, _serial: u32, _index: u32, name: &'a Name) -> Res<Val> {
        fail(name.span, "reference to a local variable of an enclosing function is not allowed")
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
    fn type_in_parens(&mut self, e: &'a ast::Expr) -> Res<Option<QualType>> {
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

    fn size_of(&mut self, ty: QualType, span: Span, align: bool) -> Res<Val> {
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

    fn offset_of(&mut self, of: &'a ast::TypeSyntax, path: &'a [ast::OffsetofStep], span: Span) -> Res<Val> {
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

    fn type_trait(
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
            ("__is_base_of", [a, b]) => self.is_base_of(a.ty, b.ty).is_some(),
            ("__is_trivially_copyable" | "__is_trivial" | "__is_pod", [a]) => {
                let _ = self.complete(a.ty, span);
                self.class_of(a.ty)
                    .is_none_or(|c| !self.class(c).nontrivial_copy && !self.class(c).nontrivial_dtor)
            }
            _ => return unsupported(span, "these type traits", &text),
        };
        Ok(Val::value(Expr::int(u64::from(answer), TypeId::BOOL, span)))
    }

    // ------------------------------------------------------------ members

    /// A data member named without an object, in a member function.
    fn implicit_member(&mut self, name: &'a Name) -> Res<Val> {
        let span = name.span;
        let Some(object) = self.this_place(span) else {
            if self.cx.unevaluated > 0
                && let Some(Entity::Field(class)) = self.lookup_name(name)?
            {
                let ty = self.class(class).ty;
                self.complete(ty, span)?;
                let object = Val::lvalue(Expr::place(ExprKind::Zero, ty.into(), span));
                return self.member_of(object, name, span);
            }
            return fail(span, "a nonstatic member reference must be relative to a specific object");
        };
        self.member_of(Val::lvalue(object), name, span)
    }

    /// The object of `a.b` or `p->b`.
    pub fn member_object(&mut self, object: &'a ast::Expr, arrow: bool, span: Span) -> Res<Val> {
        let mut v = self.expr(object)?;
        if !arrow {
            return Ok(v);
        }
        for _ in 0..16 {
            if !self.is_record(v.e.ty) {
                break;
            }
            let Some(next) = self.try_operator(&ast::OperatorName::Arrow, &[Arg::Val(v.clone())], span)?
            else {
                break;
            };
            v = next;
        }
        let shown = self.show(v.qual_type());
        let v = self.decay(v)?;
        if self.pointee(v.e.ty).is_none() {
            return fail(
                object.span,
                format!("expression must have pointer-to-class type but it has type \"{shown}\""),
            );
        }
        Ok(Val::lvalue(self.deref(v.e, object.span)))
    }

    fn member(&mut self, object: &'a ast::Expr, arrow: bool, member: &'a Name, span: Span) -> Res<Val> {
        let v = self.member_object(object, arrow, span)?;
        if !self.is_record(v.e.ty) {
            let shown = self.show(v.qual_type());
            let kind = if arrow { "pointer-to-class" } else { "class" };
            let shown = if arrow { format!("{shown} *") } else { shown };
            return fail(
                object.span,
                format!("expression must have {kind} type but it has type \"{shown}\""),
            );
        }
        self.member_of(v, member, span)
    }

    pub fn member_of(&mut self, object: Val, member: &'a Name, span: Span) -> Res<Val> {
        self.complete(object.e.ty, span)?;
        let ast::SegmentName::Ident(symbol) = member.last().name else {
            return fail(member.span, "a member function must be called");
        };
        let text = self.name(symbol);
        let Some(record) = self.record_of(object.e.ty) else {
            return fail(span, "expression must have class type");
        };
        let Some(class) = self.class_of(object.e.ty) else {
            return match self.types.record(record).fields.iter().position(|f| *f.name == *text) {
                Some(field) => self.simple_field(object, field as u32, span),
                None => self.no_member(object.e.ty, &text, member.span),
            };
        };
        let scope = match self.qualifier(member)? {
            Some(scope) if member.segments.len() > 1 => scope,
            _ => self.class(class).scope,
        };
        match self.lookup_in(symbol, scope, &mut Vec::new(), false) {
            Some(Entity::Field(holder)) => {
                let holder_ty = self.class(holder).ty;
                self.complete(holder_ty, span)?;
                // Down to the class that has the member, then to the member.
                let from = if holder == class { object } else { self.base_object(object, holder_ty) };
                let Some(record) = self.record_of(holder_ty) else { return follow_up() };
                let Some(path) = self.field_path(record, &text, 16) else {
                    return self.no_member(holder_ty, &text, member.span);
                };
                Ok(self.member_place(from, &path, span))
            }
            Some(Entity::Var(var)) => self.global_place(var, span),
            Some(Entity::Enumerator(ix, item)) => {
                let (ty, value) = self.enumerator(ix, item, span)?;
                Ok(Val::value(self.int_const(value, ty, span)))
            }
            Some(Entity::Functions(_)) => {
                fail(span, "a pointer to a bound function may only be used to call the function")
            }
            Some(Entity::Poison) => follow_up(),
            Some(_) => fail(member.span, "type name is not allowed"),
            None => self.no_member(object.e.ty, &text, member.span),
        }
    }

    pub fn no_member<T>(&self, ty: TypeId, name: &str, span: Span) -> Res<T> {
        let shown = self.types.display(ty);
        fail(span, format!("class \"{shown}\" has no member \"{name}\""))
    }

    fn base_object(&mut self, object: Val, base: TypeId) -> Val {
        let cat = object.cat;
        let place = self.materialize(object);
        Val { e: self.base_part(place, base), cat, zero: false }
    }

    fn simple_field(&mut self, object: Val, field: u32, span: Span) -> Res<Val> {
        if object.cat == Cat::Prvalue
            && let ExprKind::Aggregate(_) = &object.e.kind
        {
            return Ok(Val::value(self.field_value(object, field, span)?));
        }
        Ok(self.member_place(object, &[field], span))
    }

    fn subscript(&mut self, base: &'a ast::Expr, index: &'a ast::Expr, span: Span) -> Res<Val> {
        let b = self.expr(base)?;
        let i = match &index.kind {
            ast::ExprKind::BraceList(list) => Arg::List(list),
            _ => Arg::Val(self.expr(index)?),
        };
        if self.is_record(b.e.ty) {
            let shown = self.show(b.qual_type());
            let args = [Arg::Val(b.clone()), i.clone()];
            if let Some(v) = self.try_operator(&ast::OperatorName::Subscript, &args, span)? {
                return Ok(v);
            }
            if self.only_pointer_conversion(&b) {
                let converted = self.class_to_scalar(b, None, span)?;
                return self.index(converted, i, span);
            }
            let Arg::Val(i) = i else { return fail(span, "expected an expression") };
            let right = self.show(i.qual_type());
            return self.no_operator("[]", &[shown, right], span);
        }
        self.index(b, i, span)
    }

    fn only_pointer_conversion(&mut self, v: &Val) -> bool {
        let mut all = Vec::new();
        if let Some(class) = self.class_of(v.e.ty) {
            self.all_conversions(class, &mut all, 0);
        }
        let [only] = all[..] else { return false };
        self.signature(only).is_ok_and(|s| self.is_pointer(s.ret.ty))
    }

    fn index(&mut self, b: Val, i: Arg<'a>, span: Span) -> Res<Val> {
        let Arg::Val(i) = i else { return fail(span, "expected an expression") };
        let cat = if b.cat == Cat::Xvalue { Cat::Xvalue } else { Cat::Lvalue };
        let (b_shown, i_span) = (self.show(b.qual_type()), i.e.span);
        let b = if let Type::Array { .. } = self.types.get(b.e.ty) {
            let place = self.materialize(b);
            Val::lvalue(place)
        } else {
            b
        };
        let mut p = self.decay(b)?;
        let mut i = self.decay(i)?;
        if self.is_record(i.e.ty) {
            i = self.class_to_scalar(i, None, i_span)?;
        }
        if self.is_pointer(i.e.ty) && self.is_integral_like(p.e.ty) {
            std::mem::swap(&mut p, &mut i);
        }
        let Some(target) = self.pointee(p.e.ty) else {
            return fail(
                p.e.span,
                format!("expression must have pointer-to-object type but it has type \"{b_shown}\""),
            );
        };
        if !self.is_integral_like(i.e.ty) {
            return fail(i_span, "expression must have integral or unscoped enum type");
        }
        if target.ty == TypeId::VOID || matches!(self.types.get(target.ty), Type::Function(_)) {
            return fail(p.e.span, "expression must be a pointer to a complete object type");
        }
        self.complete(target.ty, span)?;
        let index = self.pointer_index(i.e);
        let kind = ExprKind::Index { pointer: Box::new(p.e), index: Box::new(index) };
        Ok(Val { e: Expr::place(kind, target, span), cat, zero: false })
    }

    /// An integer as the LONG that pointer arithmetic takes.
    pub fn pointer_index(&mut self, i: Expr) -> Expr {
        let promoted = self.promoted(i.ty);
        let i = self.convert_scalar(i, promoted);
        self.convert_scalar(i, TypeId::LONG)
    }

    // ------------------------------------------------------------ ?:

    fn conditional(
        &mut self,
        cond: &'a ast::Expr,
        then: Option<&'a ast::Expr>,
        otherwise: &'a ast::Expr,
        span: Span,
    ) -> Res<Val> {
        let Some(then) = then else {
            return unsupported(
                span,
                "conditional expressions without a middle operand",
                &self.snippet(span),
            );
        };
        let c = self.expr(cond)?;
        let c = self.condition(c)?;
        let temporaries = self.cx.temporaries.len();
        let a = self.expr(then)?;
        let b = self.expr(otherwise)?;
        if self.cx.temporaries.len() > temporaries {
            return unsupported(span, "temporaries with destructors in conditional expressions", "");
        }
        let (a, b, ty) = self.conditional_arms(a, b, span)?;
        let kind = ExprKind::Conditional { cond: Box::new(c), then: Box::new(a), otherwise: Box::new(b) };
        Ok(Val::value(Expr::value(kind, ty, span)))
    }

    pub fn conditional_arms(&mut self, a: Val, b: Val, span: Span) -> Res<(Expr, Expr, TypeId)> {
        if a.e.ty == TypeId::VOID || b.e.ty == TypeId::VOID {
            let (a, b) = (self.discard(a), self.discard(b));
            return Ok((a, b, TypeId::VOID));
        }
        if self.is_record(a.e.ty) || self.is_record(b.e.ty) {
            let (at, bt) = (a.qual_type(), b.qual_type());
            if a.e.ty == b.e.ty {
                return Ok((self.copy_value(a)?, self.copy_value(b)?, at.ty));
            }
            // One converts to the other, not both.
            let (from, to) = (Arg::Val(a), Arg::Val(b));
            let forward = self.ics(&from, bt.ty.into(), true);
            let back = self.ics(&to, at.ty.into(), true);
            return match (forward, back) {
                (Some(_), None) => {
                    let x = self.initialise(&from, bt.ty.into(), Purpose::Init)?;
                    let y = self.initialise(&to, bt.ty.into(), Purpose::Init)?;
                    Ok((x, y, bt.ty))
                }
                (None, Some(_)) => {
                    let x = self.initialise(&from, at.ty.into(), Purpose::Init)?;
                    let y = self.initialise(&to, at.ty.into(), Purpose::Init)?;
                    Ok((x, y, at.ty))
                }
                _ => self.incompatible_operands(at, bt, span),
            };
        }
        let (at, bt) = (a.qual_type(), b.qual_type());
        let a = self.decay(a)?;
        let b = self.decay(b)?;
        if a.e.ty == b.e.ty {
            let ty = a.e.ty;
            return Ok((a.e, b.e, ty));
        }
        if self.is_arithmetic_like(a.e.ty) && self.is_arithmetic_like(b.e.ty) {
            let ty = self.common_type(a.e.ty, b.e.ty);
            return Ok((self.convert_scalar(a.e, ty), self.convert_scalar(b.e, ty), ty));
        }
        match self.composite_pointer(&a, &b) {
            Some(ty) => {
                let x = self.convert_standard(a, ty)?;
                let y = self.convert_standard(b, ty)?;
                Ok((x, y, ty))
            }
            None => self.incompatible_operands(at, bt, span),
        }
    }

    fn incompatible_operands<T>(&self, a: QualType, b: QualType, span: Span) -> Res<T> {
        let (a, b) = (self.show(a), self.show(b));
        fail(span, format!("operand types are incompatible (\"{a}\" and \"{b}\")"))
    }

    /// The type that two pointers (or a pointer and null) are brought to.
    pub fn composite_pointer(&mut self, a: &Val, b: &Val) -> Option<TypeId> {
        let null = |c: &Self, v: &Val| v.zero || v.e.ty == TypeId::NULLPTR && !c.is_pointer(v.e.ty);
        match (self.pointee(a.e.ty), self.pointee(b.e.ty)) {
            (Some(_), None) if null(self, b) => Some(a.e.ty),
            (None, Some(_)) if null(self, a) => Some(b.e.ty),
            (None, None) if null(self, a) && null(self, b) => Some(TypeId::NULLPTR),
            (Some(x), Some(y)) => {
                let quals = x.quals.union(y.quals);
                let ty = if x.ty == y.ty || y.ty == TypeId::VOID || self.is_base_of(y.ty, x.ty).is_some() {
                    y.ty
                } else if x.ty == TypeId::VOID || self.is_base_of(x.ty, y.ty).is_some() {
                    x.ty
                } else if self.standard_rank(a, b.e.ty).is_some_and(|r| r < Rank(1, 0)) {
                    return Some(b.e.ty);
                } else if self.standard_rank(b, a.e.ty).is_some_and(|r| r < Rank(1, 0)) {
                    return Some(a.e.ty);
                } else {
                    return None;
                };
                Some(self.types.pointer_to(QualType { ty, quals }))
            }
            _ => None,
        }
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
