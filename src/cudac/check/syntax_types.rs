//! From type syntax to types: names, template arguments, array lengths, `auto` and `decltype`.

use super::context::{Checker, Entity, Res, ScopeId, TArg, fail, follow_up, unsupported};
use super::names::segment_symbol;
use super::types::{FunctionType, QualType, Quals, Type, TypeId};
use crate::cudac::parse::ast::{self, BuiltinType, Name, SegmentName, TypeKind, TypeSyntax};
use crate::cudac::preprocess::header_with;
use crate::cudac::source::Span;

pub fn quals_of(cv: ast::Cv) -> Quals {
    Quals { is_const: cv.is_const, is_volatile: cv.is_volatile }
}

/// Types that every CUDA text knows under these names.
pub fn builtin_type(name: &str) -> Option<TypeId> {
    Some(match name {
        "size_t" | "uintptr_t" | "uint64_t" | "uintmax_t" | "ulong" | "uint_least64_t" | "uint_fast64_t" => {
            TypeId::ULONG
        }
        "ptrdiff_t" | "intptr_t" | "int64_t" | "intmax_t" | "ssize_t" | "clock_t" | "int_least64_t"
        | "int_fast64_t" | "time_t" => TypeId::LONG,
        "int8_t" | "int_least8_t" | "int_fast8_t" => TypeId::SCHAR,
        "uint8_t" | "uint_least8_t" | "uint_fast8_t" | "uchar" | "u_char" => TypeId::UCHAR,
        "int16_t" | "int_least16_t" => TypeId::SHORT,
        "uint16_t" | "uint_least16_t" | "ushort" | "u_short" => TypeId::USHORT,
        "int32_t" | "int_least32_t" => TypeId::INT,
        "uint32_t" | "uint_least32_t" | "uint" | "u_int" => TypeId::UINT,
        "int_fast16_t" | "int_fast32_t" => TypeId::LONG,
        "uint_fast16_t" | "uint_fast32_t" | "u_long" => TypeId::ULONG,
        "nullptr_t" => TypeId::NULLPTR,
        "float_t" => TypeId::FLOAT,
        "double_t" => TypeId::DOUBLE,
        _ => return None,
    })
}

impl<'a> Checker<'a> {
    pub fn type_of(&mut self, syntax: &'a TypeSyntax) -> Res<QualType> {
        self.nested(syntax.span, |c| c.type_of_inner(syntax))
    }

    fn type_of_inner(&mut self, syntax: &'a TypeSyntax) -> Res<QualType> {
        let quals = quals_of(syntax.cv);
        let span = syntax.span;
        let ty: QualType = match &syntax.kind {
            TypeKind::Builtin(b) => builtin(*b, span)?.into(),
            TypeKind::Named { name, .. } => self.named_type(name)?,
            TypeKind::Elaborated { tag, name } => self.elaborated_type(*tag, name)?,
            TypeKind::Record(record) => {
                let scope = self.cx.scope;
                let class = match self.enter_record(scope, record, None) {
                    Some(class) => class,
                    None => return fail(span, "a class cannot be defined here"),
                };
                self.class(class).ty.into()
            }
            TypeKind::Enum(e) => {
                let scope = self.cx.scope;
                let ix = self.enter_enum(scope, e);
                self.complete_enum(ix)?;
                self.enums[ix.0 as usize].ty.into()
            }
            TypeKind::Auto | TypeKind::DecltypeAuto => match self.auto_type {
                Some(ty) => ty,
                None => return fail(span, "\"auto\" is not allowed here"),
            },
            TypeKind::Decltype(e) => self.decltype(e)?,
            TypeKind::Underlying(of) => {
                let ty = self.type_of(of)?;
                if !matches!(self.types.get(ty.ty), Type::Enum(_)) {
                    return fail(span, format!("type \"{}\" is not an enum type", self.show(ty)));
                }
                self.complete(ty.ty, span)?;
                self.underlying(ty.ty).into()
            }
            TypeKind::Pointer { pointee, .. } => {
                let target = self.type_of(pointee)?;
                if let Type::Reference { .. } = self.types.get(target.ty) {
                    return fail(span, "pointer to reference is not allowed");
                }
                self.types.pointer_to(target).into()
            }
            TypeKind::Reference { target, rvalue, .. } => {
                let target = self.type_of(target)?;
                match *self.types.get(target.ty) {
                    // Reference collapsing.
                    Type::Reference { target: inner, rvalue: inner_rvalue } => {
                        self.types.reference_to(inner, inner_rvalue && *rvalue).into()
                    }
                    Type::Void => return fail(span, "reference to void is not allowed"),
                    _ => self.types.reference_to(target, *rvalue).into(),
                }
            }
            TypeKind::Array { element, len } => {
                let element = self.type_of(element)?;
                match self.types.get(element.ty) {
                    Type::Reference { .. } => return fail(span, "array of reference is not allowed"),
                    Type::Function(_) => return fail(span, "array of functions is not allowed"),
                    Type::Void => return fail(span, "array of void is not allowed"),
                    _ => {}
                }
                let len = match len {
                    Some(e) => Some(self.array_length(e)?),
                    None => None,
                };
                self.types.array_of(element, len).into()
            }
            TypeKind::Function(f) => self.function_type(f)?.into(),
            TypeKind::MemberPointer { .. } => {
                return unsupported(span, "pointers to members", &self.snippet(span));
            }
            TypeKind::Pack(_) => return fail(span, "a parameter pack cannot be expanded here"),
            TypeKind::Unsupported(u) => return unsupported(u.span, u.what, &u.text),
        };
        Ok(self.add_quals(ty, quals))
    }

    /// Qualifiers on an array belong to its elements; references have none.
    pub fn add_quals(&mut self, ty: QualType, quals: Quals) -> QualType {
        if quals == Quals::NONE {
            return ty;
        }
        match self.types.get(ty.ty).clone() {
            Type::Array { element, len } => {
                let element = self.add_quals(element, quals);
                QualType { ty: self.types.array_of(element, len), quals: ty.quals }
            }
            Type::Reference { .. } | Type::Function(_) => ty,
            _ => QualType { ty: ty.ty, quals: ty.quals.union(quals) },
        }
    }

    fn array_length(&mut self, e: &'a ast::Expr) -> Res<u64> {
        let (ty, value) = self.constant_integer(e)?;
        let signed = self.types.int_kind(ty).is_some_and(|k| k.is_signed());
        if value == 0 || (signed && (value as i64) < 0) {
            return fail(e.span, "the size of an array must be greater than zero");
        }
        Ok(value)
    }

    pub fn function_type(&mut self, f: &'a ast::FnType) -> Res<TypeId> {
        if f.variadic {
            return unsupported(f.ret.span, "C variadic functions", "");
        }
        let ret = self.type_of(&f.ret)?;
        let mut params = Vec::with_capacity(f.params.len());
        for param in &f.params {
            for ty in self.param_types(&param.ty)? {
                let ty = self.parameter_type(ty);
                params.push(QualType { ty: ty.ty, quals: Quals::NONE });
            }
        }
        if let [only] = params.as_slice()
            && only.ty == TypeId::VOID
        {
            params.clear();
        }
        Ok(self.types.intern(Type::Function(FunctionType { ret, params })))
    }

    /// Arrays and functions become pointers.
    pub fn parameter_type(&mut self, ty: QualType) -> QualType {
        match self.types.get(ty.ty).clone() {
            Type::Array { element, .. } => self.types.pointer_to(element).into(),
            Type::Function(_) => self.types.pointer_to(ty.ty).into(),
            _ => ty,
        }
    }

    fn elaborated_type(&mut self, tag: ast::Tag, name: &'a Name) -> Res<QualType> {
        let Some(symbol) = segment_symbol(&name.last().name) else {
            return fail(name.span, "expected a type name");
        };
        let found = match self.qualifier(name)? {
            None => self.lookup_tag(symbol, self.cx.scope),
            Some(scope) => self.lookup_in(symbol, scope, &mut Vec::new(), true),
        };
        if let Some(entity) = found
            && let Some(ty) = self.entity_type(entity, name.last().args.as_deref(), name.span)?
        {
            return Ok(ty);
        }
        if tag == ast::Tag::Enum {
            return fail(name.span, format!("enum \"{}\" is undefined", self.name(symbol)));
        }
        // A first mention declares the class in the nearest namespace or block.
        let mut scope = self.cx.scope;
        while let super::context::ScopeKind::Class(_) = self.scope(scope).kind {
            let Some(parent) = self.scope(scope).parent else { break };
            scope = parent;
        }
        let text = format!("{}{}", self.scope(scope).prefix, self.name(symbol));
        let class = self.new_class(&text, Some(symbol), None, scope);
        self.scopes[scope.0 as usize].names.entry(symbol).or_default().tag = Some(Entity::Class(class));
        Ok(self.class(class).ty.into())
    }

    pub fn named_type(&mut self, name: &'a Name) -> Res<QualType> {
        match self.find_type(name)? {
            Some(ty) => Ok(ty),
            None => {
                let text = self.name_text(name);
                let last = text.rsplit("::").next().unwrap_or(&text).to_string();
                if let Some(what) = super::known::unsupported_type(&last) {
                    return unsupported(name.span, what, &text);
                }
                if header_with(&text).is_none() && super::known::is_standard(&text) {
                    return unsupported(name.span, "types of namespace std", &text);
                }
                self.undefined(name)
            }
        }
    }

    /// The type that a name stands for; `None` if it is unknown or names something else.
    pub fn find_type(&mut self, name: &'a Name) -> Res<Option<QualType>> {
        let found = self.seen_from(name.span, |c| c.find_type_entity(name))?;
        match found {
            Some(entity) => self.entity_type(entity, name.last().args.as_deref(), name.span),
            None => Ok(None),
        }
    }

    fn find_type_entity(&mut self, name: &'a Name) -> Res<Option<Entity<'a>>> {
        let last = name.last();
        let Some(symbol) = segment_symbol(&last.name) else { return Ok(None) };
        let found = match self.qualifier(name)? {
            None => {
                let found = self.lookup_type_entity(symbol);
                self.element_of(found, name.span)?
            }
            Some(scope) => {
                let found = self.lookup_in(symbol, scope, &mut Vec::new(), true);
                match found {
                    None if self.has_builtins(scope) => self.lookup_builtin(symbol),
                    found => found,
                }
            }
        };
        Ok(found)
    }

    fn lookup_type_entity(&mut self, symbol: crate::cudac::symbol::Symbol) -> Option<Entity<'a>> {
        // A variable hides a class of an outer scope, but a tag of the same scope is what a type name means.
        let ordinary = self.lookup(symbol, self.cx.scope);
        match ordinary {
            Some(Entity::Var(_) | Entity::Functions(_) | Entity::Local(..) | Entity::Field(_)) => {
                self.lookup_tag(symbol, self.cx.scope)
            }
            other => other,
        }
    }

    /// The type behind an entity, with template arguments applied; `None` if it is no type.
    pub fn entity_type(
        &mut self,
        entity: Entity<'a>,
        args: Option<&'a [ast::TemplateArg]>,
        span: Span,
    ) -> Res<Option<QualType>> {
        match entity {
            Entity::Type(ty) => Ok(Some(ty)),
            Entity::Class(class) => {
                if let (Some(args), Some((tmpl, _))) = (args, self.class(class).instance.clone()) {
                    // The class's own name inside of it, used as the template again.
                    return self.template_type(tmpl, Some(args), span).map(Some);
                }
                Ok(Some(self.class(class).ty.into()))
            }
            Entity::Enum(ix) => {
                self.complete_enum(ix)?;
                Ok(Some(self.enums[ix.0 as usize].ty.into()))
            }
            Entity::Alias(alias, home) => self.alias_type(alias, home, span).map(Some),
            Entity::Template(tmpl) => match &self.templates[tmpl.0 as usize].ast.decl.kind {
                ast::DeclKind::Record(_) | ast::DeclKind::Alias(_) => {
                    self.template_type(tmpl, args, span).map(Some)
                }
                _ => Ok(None),
            },
            Entity::Poison => follow_up(),
            _ => Ok(None),
        }
    }

    fn alias_type(&mut self, alias: &'a ast::Alias, home: ScopeId, span: Span) -> Res<QualType> {
        let ty = self.nested(span, |c| c.in_scope(home, |c| c.type_of(&alias.ty)))?;
        // Unnamed records take the name of their first typedef.
        if let Some(class) = self.class_of(ty.ty)
            && self.class(class).symbol.is_none()
        {
            let name = format!("{}{}", self.scope(home).prefix, self.name(alias.name));
            let info = self.class_mut(class);
            info.symbol = Some(alias.name);
            info.name = name.as_str().into();
            let record = info.record;
            self.types.rename_record(record, &name);
        }
        if let Some(slot) = self.scopes[home.0 as usize].names.get_mut(&alias.name)
            && matches!(slot.ordinary, Some(Entity::Alias(a, _)) if std::ptr::eq(a, alias))
        {
            slot.ordinary = Some(Entity::Type(ty));
        }
        Ok(ty)
    }

    /// `typename`, `const` and so on gone: what a template argument is.
    pub fn template_arg(&mut self, arg: &'a ast::TemplateArg) -> Res<TArg> {
        match arg {
            ast::TemplateArg::Type(ty) => {
                if let TypeKind::Named { name, .. } = &ty.kind
                    && name.last().args.is_none()
                    && let Some(Entity::Template(tmpl)) = self.lookup_name(name)?
                {
                    return Ok(TArg::Template(tmpl));
                }
                Ok(TArg::Type(self.type_of(ty)?))
            }
            ast::TemplateArg::Expr(e) => {
                let (ty, value) = self.constant_integer(e)?;
                Ok(TArg::Value(ty, value))
            }
            ast::TemplateArg::Ambiguous(name) => {
                if let Some(Entity::Template(tmpl)) = self.lookup_name(name)?
                    && name.last().args.is_none()
                {
                    return Ok(TArg::Template(tmpl));
                }
                if let Some(ty) = self.find_type(name)? {
                    return Ok(TArg::Type(ty));
                }
                let (ty, value) = self.constant_name(name)?;
                Ok(TArg::Value(ty, value))
            }
            ast::TemplateArg::Pack(_) => fail(Span::NONE, "a parameter pack cannot be expanded here"),
        }
    }

    fn decltype(&mut self, e: &'a ast::Expr) -> Res<QualType> {
        self.cx.unevaluated += 1;
        let result = self.expr(e);
        self.cx.unevaluated -= 1;
        let val = result?;
        Ok(self.decltype_of(e, &val))
    }

    /// The type that `decltype` gives an expression with this value: as declared for a bare name or member, else with
    /// a reference to whatever is no prvalue.
    pub fn decltype_of(&mut self, e: &'a ast::Expr, val: &super::context::Val) -> QualType {
        let declared = match &e.kind {
            ast::ExprKind::Name(name) => self.declared_type(name),
            _ => None,
        };
        if let Some(ty) = declared {
            return ty;
        }
        let is_member = matches!(e.kind, ast::ExprKind::Member { .. } | ast::ExprKind::Name(_));
        let ty = val.qual_type();
        match val.cat {
            super::context::Cat::Lvalue if !is_member => self.types.reference_to(ty, false).into(),
            super::context::Cat::Xvalue if !is_member => self.types.reference_to(ty, true).into(),
            _ => ty,
        }
    }

    /// The name as it stands in the text.
    pub fn name_text(&self, name: &Name) -> String {
        let mut out = String::new();
        for (i, segment) in name.segments.iter().enumerate() {
            if i > 0 || name.global {
                out.push_str("::");
            }
            match &segment.name {
                SegmentName::Ident(symbol) => out.push_str(self.src.name(*symbol)),
                SegmentName::Operator(op) => out.push_str(&operator_text(op)),
                SegmentName::Conversion(_) => out.push_str("operator"),
                SegmentName::Type(_) => out.push_str("decltype(..)"),
                SegmentName::Destructor(symbol) => {
                    out.push('~');
                    out.push_str(self.src.name(*symbol));
                }
            }
        }
        out
    }
}

pub fn builtin(b: BuiltinType, span: Span) -> Res<TypeId> {
    Ok(match b {
        BuiltinType::Void => TypeId::VOID,
        BuiltinType::Bool => TypeId::BOOL,
        BuiltinType::Char => TypeId::CHAR,
        BuiltinType::SChar => TypeId::SCHAR,
        BuiltinType::UChar | BuiltinType::Char8 => TypeId::UCHAR,
        BuiltinType::Short => TypeId::SHORT,
        BuiltinType::UShort | BuiltinType::Char16 => TypeId::USHORT,
        BuiltinType::Int | BuiltinType::WChar => TypeId::INT,
        BuiltinType::UInt | BuiltinType::Char32 => TypeId::UINT,
        BuiltinType::Long => TypeId::LONG,
        BuiltinType::ULong => TypeId::ULONG,
        BuiltinType::LongLong => TypeId::LONGLONG,
        BuiltinType::ULongLong => TypeId::ULONGLONG,
        BuiltinType::Int128 | BuiltinType::UInt128 => {
            return unsupported(span, "128-bit integers", "__int128");
        }
        BuiltinType::Float => TypeId::FLOAT,
        // On the device long double is double.
        BuiltinType::Double | BuiltinType::LongDouble => TypeId::DOUBLE,
    })
}

pub fn binary_text(op: ast::BinaryOp) -> &'static str {
    use ast::BinaryOp as B;
    match op {
        B::Add => "+",
        B::Sub => "-",
        B::Mul => "*",
        B::Div => "/",
        B::Rem => "%",
        B::Shl => "<<",
        B::Shr => ">>",
        B::BitAnd => "&",
        B::BitOr => "|",
        B::BitXor => "^",
        B::Lt => "<",
        B::Le => "<=",
        B::Gt => ">",
        B::Ge => ">=",
        B::Eq => "==",
        B::Ne => "!=",
        B::And => "&&",
        B::Or => "||",
    }
}

pub fn operator_text(op: &ast::OperatorName) -> String {
    use ast::{OperatorName as O, UnaryOp as U};
    let text = match op {
        O::Unary(U::Plus) => "+",
        O::Unary(U::Neg) => "-",
        O::Unary(U::Not) => "!",
        O::Unary(U::BitNot) => "~",
        O::Unary(U::Deref) => "*",
        O::Unary(U::AddressOf) => "&",
        O::Binary(b) => binary_text(*b),
        O::Assign => "=",
        O::CompoundAssign(b) => return format!("operator{}=", binary_text(*b)),
        O::Increment => "++",
        O::Decrement => "--",
        O::Call => "()",
        O::Subscript => "[]",
        O::Arrow => "->",
        O::ArrowStar => "->*",
        O::Comma => ",",
        O::New => " new",
        O::Delete => " delete",
        O::Literal(_) => "\"\"",
    };
    format!("operator{text}")
}
