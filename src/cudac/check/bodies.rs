//! Function bodies: parameters, local declarations, constructors and destructors, the functions the language supplies.

use std::rc::Rc;

use super::context::{
    Arg, Cat, Checker, ClassId, Entity, LocalVar, Res, ScopeKind, Sig, fail, follow_up, unsupported,
};
use super::convert::Purpose;
use super::names::segment_symbol;
use super::stmt::stmt;
use super::syntax_types::quals_of;
use super::tree::{Expr, ExprKind, FpFlags, FuncId, FunctionDef, InlineHint, LocalId, Stmt, StmtKind};
use super::types::{QualType, Quals, Type, TypeId};
use crate::cudac::parse::ast::{self, DeclKind, FunctionKind, Initializer, TypeKind};
use crate::cudac::source::Span;

impl<'a> Checker<'a> {
    pub fn check_function(&mut self, id: FuncId) -> Res<FunctionDef> {
        let inst = self.inst(id);
        let (scope, depth, asked, template) = (inst.scope, inst.depth, inst.asked, inst.is_template);
        let (sig, ast, class, name) = (inst.sig.clone(), inst.ast, inst.class, inst.name.clone());
        let implicit = inst.implicit;
        if let Some((kind, class)) = implicit {
            return self.in_context(scope, |c| {
                c.cx.depth = depth;
                c.cx.func = Some(id);
                c.implicit_body(id, kind, class, &sig)
            });
        }
        let Some(ast) = ast else { return follow_up() };
        let Some(body) = &ast.body else {
            let shown = match self.inst(id).entity {
                Some(f) => self.describe(f),
                None => name.to_string(),
            };
            return fail(asked, format!("function \"{shown}\" was referenced but not defined"));
        };
        let parsed = self.src.body(body)?;
        let inner = self.new_scope(Some(scope), ScopeKind::Block);
        let builtin = self.inst(id).builtin;
        let errors = self.diags.error_count();
        let result = self.in_context(inner, |c| {
            c.cx.depth = depth;
            c.cx.func = Some(id);
            c.cx.name = segment_symbol(&ast.name.last().name).map_or("", |s| c.src.name(s)).into();
            if builtin {
                c.cx.fp = FpFlags { contract: true, fast: false };
            }
            c.function_body(id, ast, parsed, class, &sig)
        });
        let failed = self.diags.error_count() > errors;
        match result {
            Ok(_) if failed => {
                if template {
                    self.note_last_error(&name, asked);
                }
                follow_up()
            }
            Ok(def) => Ok(def),
            Err(e) if template => Err(self.instantiation_note(e, &name, asked)),
            Err(e) => Err(e),
        }
    }

    pub fn note_last_error(&mut self, name: &str, asked: Span) {
        self.diags.note_last(asked, &format!("detected during instantiation of \"{name}\""));
    }

    pub fn function_body(
        &mut self,
        id: FuncId,
        ast: &'a ast::Function,
        parsed: &'a ast::ParsedBody,
        class: Option<ClassId>,
        sig: &Rc<Sig>,
    ) -> Res<FunctionDef> {
        self.cx.ret = sig.ret;
        self.cx.deduce_ret = sig.auto_ret;
        self.enter_this(class, sig, ast.span);
        for (param, types) in self.params_with_types(&ast.params, &sig.params) {
            let written = match &param.ty.kind {
                TypeKind::Pack(pattern) => pattern,
                _ => &param.ty,
            };
            let mut elements = Vec::new();
            for ty in types {
                let declared = QualType { ty: ty.ty, quals: quals_of(written.cv) };
                let quals = match self.types.get(ty.ty) {
                    // `const T` of a template argument that is itself qualified adds nothing here.
                    Type::Reference { .. } => Quals::NONE,
                    _ if matches!(written.kind, TypeKind::Array { .. }) => Quals::NONE,
                    _ => declared.quals,
                };
                if !matches!(self.types.get(ty.ty), Type::Reference { .. }) {
                    self.complete(ty.ty, param.span)?;
                }
                let name = param.name.map_or(String::new(), |n| self.name(n));
                let local = self.new_reference_or_local(&name, QualType { ty: ty.ty, quals }, param.span);
                if let Some(symbol) = param.name {
                    let index = self.declare_local(symbol, local, QualType { ty: ty.ty, quals }, None);
                    elements.push(Entity::Local(self.cx.serial, index as u32));
                }
            }
            self.name_pack(param, elements);
        }
        let param_count = self.cx.locals.len() as u32;
        for i in 0..param_count {
            // The callee owns what it is given by value.
            self.push_cleanup(LocalId(i), self.cx.locals[i as usize].ty);
        }
        if ast.variadic {
            return unsupported(ast.name_span, "C variadic functions", &self.snippet(ast.name_span));
        }
        if !matches!(self.types.get(sig.ret.ty), Type::Void | Type::Reference { .. }) {
            self.complete(sig.ret.ty, ast.name_span)?;
        }
        if ast.specs.global && (sig.ret.ty != TypeId::VOID || sig.auto_ret) {
            return fail(ast.specs.global_at, "a __global__ function must have a void return type");
        }
        let mut out = Vec::new();
        if let (FunctionKind::Constructor, Some(class)) = (ast.kind, class)
            && let Err(e) = self.constructor_start(class, &parsed.inits, ast.span, &mut out)
        {
            self.report(e);
        }
        // The body's own block shares its scope with the parameters.
        for s in &parsed.block.stmts {
            self.statement(s, &mut out);
        }
        self.unwind(0, &mut out)?;
        self.cx.cleanups.clear();
        if let (FunctionKind::Destructor, Some(class)) = (ast.kind, class) {
            self.destroy_parts(class, ast.span, &mut out)?;
        }
        self.check_labels();
        if self.cx.deduce_ret {
            self.cx.ret = TypeId::VOID.into();
        }
        if sig.auto_ret {
            let ret = self.cx.ret;
            let mut own = Sig::clone(sig);
            own.ret = QualType { ty: ret.ty, quals: Quals::NONE };
            own.auto_ret = false;
            self.insts[id.0 as usize].sig = Rc::new(own);
        }
        let body = stmt(StmtKind::Block(out), parsed.block.span);
        let inline = match (ast.specs.noinline, ast.specs.forceinline) {
            (true, _) => InlineHint::Never,
            (_, true) => InlineHint::Always,
            _ => InlineHint::Auto,
        };
        Ok(self.finish_body(id, param_count, body, ast.specs.global, inline, ast.name_span))
    }

    pub fn finish_body(
        &mut self,
        id: FuncId,
        param_count: u32,
        body: Stmt,
        is_kernel: bool,
        inline: InlineHint,
        span: Span,
    ) -> FunctionDef {
        let ret = match *self.types.get(self.cx.ret.ty) {
            Type::Reference { target, .. } => self.types.pointer_to(target),
            _ => self.cx.ret.ty,
        };
        FunctionDef {
            name: (*self.inst(id).name).into(),
            param_count,
            ret,
            locals: std::mem::take(&mut self.cx.locals),
            label_count: self.cx.label_count,
            body,
            is_kernel,
            is_recursive: false,
            inline,
            span,
        }
    }

    pub fn enter_this(&mut self, class: Option<ClassId>, sig: &Sig, span: Span) {
        if let (Some(class), Some(quals)) = (class, sig.this) {
            let target = QualType { ty: self.class(class).ty, quals };
            let ty = self.types.pointer_to(target);
            self.new_local("this", ty.into(), span);
            self.cx.this = Some((class, quals));
        }
    }

    /// A local; for a reference one of pointer type.
    pub fn new_reference_or_local(&mut self, name: &str, ty: QualType, span: Span) -> LocalId {
        match *self.types.get(ty.ty) {
            Type::Reference { target, .. } => {
                let pointer = self.types.pointer_to(target);
                self.new_local(name, pointer.into(), span)
            }
            _ => self.new_local(name, ty, span),
        }
    }

    pub fn declare_local(
        &mut self,
        symbol: crate::cudac::symbol::Symbol,
        id: LocalId,
        ty: QualType,
        constant: Option<Rc<[u8]>>,
    ) -> usize {
        let index = self.cx.vars.len();
        self.cx.vars.push(LocalVar { id, ty, constant });
        let scope = self.cx.scope;
        self.set_name(scope, symbol, Entity::Local(self.cx.serial, index as u32));
        index
    }

    // ------------------------------------------------------------ local declarations

    pub fn local_declaration(&mut self, decl: &'a ast::Decl, out: &mut Vec<Stmt>) -> Res<()> {
        let scope = self.cx.scope;
        match &decl.kind {
            DeclKind::Variable(v) => {
                self.enter_type_names(scope, &v.ty);
                let result = self.local_variable(v, out);
                if result.is_ok() {
                    self.note_initialised(v);
                }
                if result.is_err()
                    && let Some(symbol) = segment_symbol(&v.name.last().name)
                    && !matches!(
                        self.scope(scope).names.get(&symbol).and_then(|s| s.ordinary),
                        Some(Entity::Local(..))
                    )
                {
                    // Later uses must not be errors of their own.
                    self.set_name(scope, symbol, Entity::Poison);
                }
                result
            }
            DeclKind::StaticAssert { cond, message } => {
                if !self.constant_condition(cond)? {
                    return self.static_assert_failed(decl.span, message.as_deref());
                }
                Ok(())
            }
            DeclKind::Function(f) if f.body.is_some() => {
                if let Some(symbol) = segment_symbol(&f.name.last().name) {
                    self.set_name(scope, symbol, Entity::Poison);
                }
                fail(f.name_span, "a function definition is not allowed here")
            }
            DeclKind::Function(f) => {
                // A declaration of something that the surrounding namespace defines.
                let known = match segment_symbol(&f.name.last().name) {
                    Some(symbol) => self.lookup(symbol, scope).is_some(),
                    None => true,
                };
                if !known {
                    self.enter(scope, decl, None, None);
                }
                Ok(())
            }
            DeclKind::StructuredBinding { names, whole } => self.structured_binding(names, whole, out),
            DeclKind::Unsupported(u) => unsupported(u.span, u.what, &u.text),
            DeclKind::Record(record) => {
                self.enter(scope, decl, None, None);
                if record.members.is_some()
                    && let Some(name) = &record.name
                    && let Some(symbol) = segment_symbol(&name.last().name)
                    && let Some(Entity::Class(class)) =
                        self.scope(scope).names.get(&symbol).and_then(|s| s.tag)
                {
                    self.complete_class(class, record.span)?;
                }
                Ok(())
            }
            _ => {
                self.enter(scope, decl, None, None);
                Ok(())
            }
        }
    }

    pub fn local_variable(&mut self, v: &'a ast::Variable, out: &mut Vec<Stmt>) -> Res<()> {
        let Some(symbol) = segment_symbol(&v.name.last().name) else {
            return fail(v.span, "expected a variable name");
        };
        let scope = self.cx.scope;
        // The block under `for (int i..` is no place for another i.
        let head =
            self.scope(scope).parent.filter(|p| self.cx.heads.contains(p) && !self.cx.heads.contains(&scope));
        if let Some(head) = head
            && let Some(Entity::Local(..)) = self.scope(head).names.get(&symbol).and_then(|s| s.ordinary)
        {
            let text = self.name(symbol);
            return fail(v.name.span, format!("\"{text}\" has already been declared in the current scope"));
        }
        match self.scope(scope).names.get(&symbol).and_then(|s| s.ordinary) {
            None | Some(Entity::Poison) => {}
            Some(Entity::Var(_)) if v.specs.is_extern => {}
            Some(_) => {
                // `retrun a;` looks like a declaration.
                if let TypeKind::Named { name, .. } = &v.ty.kind {
                    self.named_type(name)?;
                }
                let text = self.name(symbol);
                let message = format!("\"{text}\" has already been declared in the current scope");
                return fail(v.name.span, message);
            }
        }
        let specs = &v.specs;
        let space = match (specs.device, specs.constant, specs.managed) {
            (_, true, _) => "__constant__",
            (_, _, true) => "__managed__",
            (true, ..) => "__device__",
            _ => "",
        };
        if !space.is_empty() && !specs.is_static && !specs.is_extern && !specs.shared {
            return fail(
                v.name.span,
                format!("a {space} variable declaration is not allowed inside a function body"),
            );
        }
        let constant_array = specs.is_constexpr
            && matches!(v.ty.kind, TypeKind::Array { .. })
            && !specs.shared
            && !matches!(v.init, Initializer::None);
        if specs.shared
            || specs.is_static
            || specs.is_extern
            || constant_array
            || specs.constant
            || specs.device
        {
            if specs.is_extern && !specs.shared {
                return Ok(());
            }
            let var = self.new_variable(scope, v, None);
            self.set_name(scope, symbol, Entity::Var(var));
            // Checked where it is declared, so that its errors come in order.
            self.global_variable(var)?;
            return Ok(());
        }
        if contains_placeholder(&v.ty, 0) {
            let arg = match &v.init {
                Initializer::Copy(e) => self.argument(e)?,
                Initializer::Direct(args) => match args.as_slice() {
                    [one] => self.argument(one)?,
                    _ => return fail(v.span, "cannot deduce \"auto\" type"),
                },
                Initializer::List(list) => match list.items.as_slice() {
                    [one] => self.argument(&one.value)?,
                    _ => return fail(v.span, "cannot deduce \"auto\" type"),
                },
                Initializer::None => {
                    return fail(v.name.span, "cannot deduce \"auto\" type (initializer required)");
                }
            };
            return self.declare_from(v, arg, out);
        }
        let ty = self.type_of(&v.ty)?;
        if ty.ty == TypeId::VOID {
            return fail(v.name.span, "incomplete type \"void\" is not allowed");
        }
        if let Type::Reference { .. } = self.types.get(ty.ty) {
            let arg = match &v.init {
                Initializer::Copy(e) if is_conditional(e) => Arg::Val(self.place_expr(e)?),
                Initializer::Copy(e) => self.argument(e)?,
                Initializer::Direct(args) if args.len() == 1 => self.argument(&args[0])?,
                Initializer::List(list) => match list.items.as_slice() {
                    [one] => self.argument(&one.value)?,
                    _ => Arg::List(list),
                },
                _ => {
                    let text = self.name(symbol);
                    return fail(
                        v.name.span,
                        format!("reference variable \"{text}\" requires an initializer"),
                    );
                }
            };
            return self.declare_typed(v, symbol, ty, arg, out);
        }
        if let Type::Array { len: None, .. } = self.types.get(ty.ty)
            && matches!(v.init, Initializer::None)
        {
            return fail(v.name.span, "incomplete type is not allowed");
        }
        if !matches!(self.types.get(ty.ty), Type::Array { len: None, .. }) {
            self.complete(ty.ty, v.name.span)?;
        }
        let text = self.name(symbol);
        let local = self.new_local(&text, ty, v.name.span);
        let align = self.alignment(&v.specs.align)? as u32;
        let slot = &mut self.cx.locals[local.0 as usize];
        slot.align = slot.align.max(align);
        let index = self.declare_local(symbol, local, ty, None);
        if let Initializer::None = v.init {
            return self.declare_without_init(v, local, ty, out);
        }
        let value = self.initializer_value(&v.init, ty, v.span)?;
        self.finish_variable(v, index, local, ty, value, out)
    }

    pub fn declare_without_init(
        &mut self,
        v: &'a ast::Variable,
        local: LocalId,
        ty: QualType,
        out: &mut Vec<Stmt>,
    ) -> Res<()> {
        let span = v.span;
        if v.specs.is_constexpr {
            return fail(v.name.span, "missing initializer for constexpr variable");
        }
        self.check_uninitialised(&self.name_text(&v.name), ty, v.name.span)?;
        out.push(stmt(StmtKind::DeclLocal { local, init: None }, span));
        let mut element = ty.ty;
        let mut count = 1u64;
        while let Type::Array { element: inner, len: Some(n) } = *self.types.get(element) {
            element = inner.ty;
            count = count.saturating_mul(n);
        }
        if let Some(class) = self.class_of(element)
            && self.class(class).nontrivial_default
        {
            let mut place = self.local_place(local, span);
            place.quals = Quals::NONE;
            if element == ty.ty {
                if let Some(call) = self.default_construct(&place, span)? {
                    out.push(stmt(StmtKind::Expr(call), span));
                }
            } else {
                // All elements of nested arrays in one loop.
                let flat = self.types.array_of(element, Some(count));
                let place = if flat == ty.ty {
                    place
                } else {
                    let pointer = self.address_of(place);
                    let flat_pointer = self.types.pointer_to(flat);
                    let pointer = self.convert_scalar(pointer, flat_pointer);
                    self.deref(pointer, span)
                };
                self.for_elements(place, element.into(), count, span, out, |c, item, out| {
                    if let Some(call) = c.default_construct(&item, span)? {
                        out.push(stmt(StmtKind::Expr(call), span));
                    }
                    Ok(())
                })?;
            }
        }
        self.push_cleanup(local, ty.ty);
        Ok(())
    }

    pub fn push_cleanup(&mut self, local: LocalId, ty: TypeId) {
        let mut element = ty;
        while let Type::Array { element: inner, .. } = *self.types.get(element) {
            element = inner.ty;
        }
        if let Some(class) = self.class_of(element)
            && self.class(class).nontrivial_dtor
        {
            self.cx.cleanups.push((local, class));
        }
    }

    pub fn finish_variable(
        &mut self,
        v: &'a ast::Variable,
        index: usize,
        local: LocalId,
        ty: QualType,
        value: Expr,
        out: &mut Vec<Stmt>,
    ) -> Res<()> {
        let span = v.span;
        let mut local = local;
        let declared = ty.ty;
        if value.ty != declared && matches!(self.types.get(declared), Type::Array { len: None, .. }) {
            // The list says how long the array is.
            let (_, align) = self.types.size_align(value.ty).unwrap_or((0, 1));
            let slot = &mut self.cx.locals[local.0 as usize];
            slot.ty = value.ty;
            slot.align = slot.align.max(align as u32);
            self.cx.vars[index].ty.ty = value.ty;
            if self.types.size_align(value.ty).map_or(0, |s| s.0) == 0 {
                return fail(v.name.span, "the size of an array must be greater than zero");
            }
        }
        let is_constexpr = v.specs.is_constexpr;
        let scalar =
            self.is_arithmetic(declared) || matches!(self.types.get(declared), Type::Enum(_)) || is_constexpr;
        if scalar && (ty.quals.is_const && !ty.quals.is_volatile || is_constexpr) {
            let bytes = self.evaluate_bytes(&value);
            match bytes {
                Ok(bytes) => {
                    let bytes: Rc<[u8]> = bytes.into();
                    self.cx.vars[index].constant = Some(bytes.clone());
                    self.local_constants.insert((self.cx.serial, local.0), bytes);
                    self.cx.locals[local.0 as usize].quals.is_const = true;
                }
                Err(e) if is_constexpr && self.cx.unevaluated == 0 => {
                    let pointer = matches!(self.types.get(declared), Type::Pointer(_));
                    if !pointer {
                        return Err(e);
                    }
                }
                Err(_) => {}
            }
        }
        // A temporary built for the variable becomes the variable.
        if let ExprKind::Let { local: made, init: None, body } = &value.kind
            && let ExprKind::Comma { lhs, rhs } = &body.kind
            && let ExprKind::Load(place) = &rhs.kind
            && matches!(place.kind, ExprKind::Local(l) if l == *made)
            && self.cx.locals[made.0 as usize].ty == declared
        {
            let old = self.cx.locals[local.0 as usize].clone();
            let slot = &mut self.cx.locals[made.0 as usize];
            slot.name = old.name;
            slot.align = slot.align.max(old.align);
            slot.quals = ty.quals;
            let made = *made;
            if let Some(bytes) = self.cx.vars[index].constant.clone() {
                self.local_constants.insert((self.cx.serial, made.0), bytes);
            }
            self.cx.vars[index].id = made;
            local = made;
            out.push(stmt(StmtKind::DeclLocal { local, init: None }, span));
            out.push(stmt(StmtKind::Expr((**lhs).clone()), span));
        } else {
            out.push(stmt(StmtKind::DeclLocal { local, init: Some(value) }, span));
        }
        // The variable's own temporary is not destroyed at the end of the expression.
        self.cx.temporaries.retain(|t| t.0 != local);
        self.push_cleanup(local, declared);
        self.end_temporaries(span, out)
    }

    /// Declares a variable whose type comes from its initialiser.
    pub fn declare_from(&mut self, v: &'a ast::Variable, arg: Arg<'a>, out: &mut Vec<Stmt>) -> Res<()> {
        let Some(symbol) = segment_symbol(&v.name.last().name) else {
            return fail(v.span, "expected a variable name");
        };
        let ty = if contains_placeholder(&v.ty, 0) {
            self.deduce_auto(&v.ty, &arg, written(&v.init), v.name.span)?
        } else {
            self.type_of(&v.ty)?
        };
        self.declare_typed(v, symbol, ty, arg, out)
    }

    pub fn declare_typed(
        &mut self,
        v: &'a ast::Variable,
        symbol: crate::cudac::symbol::Symbol,
        ty: QualType,
        arg: Arg<'a>,
        out: &mut Vec<Stmt>,
    ) -> Res<()> {
        if ty.ty == TypeId::VOID {
            return fail(v.name.span, "incomplete type \"void\" is not allowed");
        }
        let value = self.initialise(&arg, ty, Purpose::Init)?;
        let text = self.name(symbol);
        let local = self.new_reference_or_local(&text, ty, v.name.span);
        let index = self.declare_local(symbol, local, ty, None);
        if let Type::Reference { .. } = self.types.get(ty.ty) {
            out.push(stmt(StmtKind::DeclLocal { local, init: Some(value) }, v.span));
            // A temporary bound to a reference lives as long as the reference.
            for (temp, class) in std::mem::take(&mut self.cx.temporaries) {
                self.cx.cleanups.push((temp, class));
            }
            return Ok(());
        }
        self.finish_variable(v, index, local, ty, value, out)
    }

    /// What a type with `auto` in it is for this initialiser.
    /// `written` is the initialiser in the text, whose form counts for `decltype(auto)`.
    pub fn deduce_auto(
        &mut self,
        syntax: &'a ast::TypeSyntax,
        arg: &Arg<'a>,
        written: Option<&'a ast::Expr>,
        span: Span,
    ) -> Res<QualType> {
        let v = match arg {
            Arg::Val(v) => v.clone(),
            Arg::Functions(f) => match f.fns[..] {
                [only] if self.func(only).template.is_none() => self.function_place(only, None, span)?,
                _ => return self.initialise_error(arg, TypeId::VOID.into(), Purpose::Init),
            },
            Arg::List(_) => return unsupported(span, "std::initializer_list", ""),
        };
        let auto = match &syntax.kind {
            TypeKind::Reference { target, rvalue, .. } => {
                let forwarding = *rvalue && matches!(target.kind, TypeKind::Auto) && !target.cv.is_const;
                if forwarding && v.cat == Cat::Lvalue {
                    self.types.reference_to(v.qual_type(), false).into()
                } else {
                    match self.strip_for_auto(target, v.qual_type(), 0) {
                        Some(ty) => ty,
                        None => return fail(span, "cannot deduce \"auto\" type"),
                    }
                }
            }
            TypeKind::DecltypeAuto if let Some(e) = written => self.decltype_of(e, &v),
            TypeKind::DecltypeAuto => match v.cat {
                Cat::Lvalue if matches!(v.e.kind, ExprKind::Deref(_)) => {
                    self.types.reference_to(v.qual_type(), false).into()
                }
                _ => QualType { ty: v.e.ty, quals: Quals::NONE },
            },
            _ => {
                let v = self.decay(v)?;
                match self.strip_for_auto(syntax, v.e.ty.into(), 0) {
                    Some(ty) => ty,
                    None => return fail(span, "cannot deduce \"auto\" type"),
                }
            }
        };
        let saved = self.auto_type.replace(auto);
        let result = self.type_of(syntax);
        self.auto_type = saved;
        result
    }

    pub fn strip_for_auto(&self, syntax: &ast::TypeSyntax, ty: QualType, depth: u32) -> Option<QualType> {
        if depth > 32 {
            return None;
        }
        match &syntax.kind {
            TypeKind::Pointer { pointee, .. } => {
                let target = self.pointee(ty.ty)?;
                self.strip_for_auto(pointee, target, depth + 1)
            }
            TypeKind::Reference { target, .. } => self.strip_for_auto(target, ty, depth + 1),
            _ => {
                let is_const = ty.quals.is_const && !syntax.cv.is_const;
                let quals = Quals { is_const, is_volatile: ty.quals.is_volatile && !syntax.cv.is_volatile };
                Some(QualType { ty: ty.ty, quals })
            }
        }
    }
}

/// The one expression of an initialiser.
fn written(init: &Initializer) -> Option<&ast::Expr> {
    match init {
        Initializer::Copy(e) => Some(e),
        Initializer::Direct(args) if args.len() == 1 => args.first(),
        _ => None,
    }
}

fn contains_placeholder(ty: &ast::TypeSyntax, depth: u32) -> bool {
    super::functions::contains_auto(ty, depth)
}

fn is_conditional(e: &ast::Expr) -> bool {
    match &e.kind {
        ast::ExprKind::Paren(inner) => is_conditional(inner),
        kind => matches!(kind, ast::ExprKind::Conditional { .. }),
    }
}
