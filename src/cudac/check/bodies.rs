//! Function bodies: parameters, local declarations, constructors and destructors, the functions the language supplies.

use std::rc::Rc;

use super::context::{
    Arg, Cat, Checker, ClassId, Entity, Implicit, LocalVar, Res, ScopeKind, Sig, Val, fail, follow_up,
    unsupported,
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

    fn note_last_error(&mut self, name: &str, asked: Span) {
        self.diags.note_last(asked, &format!("detected during instantiation of \"{name}\""));
    }

    fn function_body(
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
        for (param, ty) in ast.params.iter().zip(&sig.params) {
            let declared = QualType { ty: ty.ty, quals: quals_of(param.ty.cv) };
            let quals = match self.types.get(ty.ty) {
                // `const T` of a template argument that is itself qualified adds nothing here.
                Type::Reference { .. } => Quals::NONE,
                _ if matches!(param.ty.kind, TypeKind::Array { .. }) => Quals::NONE,
                _ => declared.quals,
            };
            if !matches!(self.types.get(ty.ty), Type::Reference { .. }) {
                self.complete(ty.ty, param.span)?;
            }
            let name = param.name.map_or(String::new(), |n| self.name(n));
            let local = self.new_reference_or_local(&name, QualType { ty: ty.ty, quals }, param.span);
            if let Some(symbol) = param.name {
                self.declare_local(symbol, local, QualType { ty: ty.ty, quals }, None);
            }
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
            return fail(ast.name_span, "a __global__ function must have a void return type");
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

    fn finish_body(
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

    fn enter_this(&mut self, class: Option<ClassId>, sig: &Sig, span: Span) {
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
            DeclKind::StructuredBinding { .. } => {
                unsupported(decl.span, "structured bindings", &self.snippet(decl.span))
            }
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

    fn local_variable(&mut self, v: &'a ast::Variable, out: &mut Vec<Stmt>) -> Res<()> {
        let Some(symbol) = segment_symbol(&v.name.last().name) else {
            return fail(v.span, "expected a variable name");
        };
        let scope = self.cx.scope;
        if let Some(Entity::Local(serial, _)) = self.scope(scope).names.get(&symbol).and_then(|s| s.ordinary)
            && serial == self.cx.serial
        {
            let text = self.name(symbol);
            return fail(v.name.span, format!("\"{text}\" has already been declared in the current scope"));
        }
        let specs = &v.specs;
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

    fn declare_without_init(
        &mut self,
        v: &'a ast::Variable,
        local: LocalId,
        ty: QualType,
        out: &mut Vec<Stmt>,
    ) -> Res<()> {
        let span = v.span;
        out.push(stmt(StmtKind::DeclLocal { local, init: None }, span));
        let mut element = ty.ty;
        let mut count = 1u64;
        while let Type::Array { element: inner, len: Some(n) } = *self.types.get(element) {
            element = inner.ty;
            count = count.saturating_mul(n);
        }
        if let Some(class) = self.class_of(element) {
            if self.class(class).nontrivial_default {
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
        } else if ty.quals.is_const && !self.is_record(element) {
            let text = self.name_text(&v.name);
            return fail(v.name.span, format!("const variable \"{text}\" requires an initializer"));
        }
        self.push_cleanup(local, ty.ty);
        Ok(())
    }

    fn push_cleanup(&mut self, local: LocalId, ty: TypeId) {
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

    fn finish_variable(
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
            self.deduce_auto(&v.ty, &arg, v.name.span)?
        } else {
            self.type_of(&v.ty)?
        };
        self.declare_typed(v, symbol, ty, arg, out)
    }

    fn declare_typed(
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
    pub fn deduce_auto(&mut self, syntax: &'a ast::TypeSyntax, arg: &Arg<'a>, span: Span) -> Res<QualType> {
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

    fn strip_for_auto(&self, syntax: &ast::TypeSyntax, ty: QualType, depth: u32) -> Option<QualType> {
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

    // ------------------------------------------------------------ constructors and destructors

    /// Bases and members, in the order of the class.
    fn constructor_start(
        &mut self,
        class: ClassId,
        inits: &'a [ast::MemberInit],
        span: Span,
        out: &mut Vec<Stmt>,
    ) -> Res<()> {
        let ty = self.class(class).ty;
        let Some(this) = self.this_place(span) else { return Ok(()) };
        let own = self.class(class).symbol;
        if let [only] = inits
            && segment_symbol(&only.member.last().name) == own
            && own.is_some()
            && only.member.segments.len() == 1
        {
            // Delegation to another constructor.
            let value = self.initializer_value(&only.init, ty.into(), only.span)?;
            let e = self.build_at(this, value, class, only.span);
            out.push(stmt(StmtKind::Expr(e), only.span));
            return self.end_temporaries(only.span, out);
        }
        let mut used = vec![false; inits.len()];
        for (base, _) in self.class(class).bases.clone() {
            let base_ty = self.class(base).ty;
            let mut found = None;
            for (i, init) in inits.iter().enumerate() {
                if let Ok(Some(named)) = self.find_type(&init.member)
                    && named.ty == base_ty
                {
                    found = Some(i);
                }
            }
            let place = self.base_part(this.clone(), base_ty);
            match found {
                Some(i) => {
                    used[i] = true;
                    let value = self.initializer_value(&inits[i].init, base_ty.into(), inits[i].span)?;
                    let e = self.build_at(place, value, base, inits[i].span);
                    out.push(stmt(StmtKind::Expr(e), inits[i].span));
                }
                None => {
                    if let Some(e) = self.default_construct(&place, span)? {
                        out.push(stmt(StmtKind::Expr(e), span));
                    }
                }
            }
        }
        let record = self.class(class).record;
        let names: Vec<Box<str>> = self.types.record(record).fields.iter().map(|f| f.name.clone()).collect();
        // Members of anonymous unions are named like members.
        for (i, init) in inits.iter().enumerate() {
            let Some(symbol) = segment_symbol(&init.member.last().name) else { continue };
            let text = self.name(symbol);
            if used[i] || names.iter().any(|n| **n == *text) {
                continue;
            }
            let Some(path) = self.field_path(record, &text, 16) else {
                let shown = self.types.display(ty);
                return fail(
                    init.span,
                    format!("\"{text}\" is not a nonstatic data member or base class of class \"{shown}\""),
                );
            };
            used[i] = true;
            let mut place = this.clone();
            for step in path {
                place = self.field_place(place, step, init.span);
            }
            self.init_member(place, None, Some(&init.init), init.span, out)?;
        }
        for (field, name) in names.iter().enumerate() {
            if self.class(class).fields.get(field).copied().flatten().is_none() {
                continue;
            }
            let init = inits.iter().find(|i| {
                i.member.segments.len() == 1
                    && segment_symbol(&i.member.last().name).is_some_and(|s| *self.src.name(s) == **name)
            });
            let declared = self.class(class).fields[field].map(|v| &v.init);
            let reference = self.class(class).refs.iter().find(|r| r.0 == field as u32).map(|r| r.1);
            let mut place = self.field_place(this.clone(), field as u32, span);
            place.quals.is_const = false;
            match init {
                Some(init) => self.init_member(place, reference, Some(&init.init), init.span, out)?,
                None => self.init_member(place, reference, declared, span, out)?,
            }
        }
        Ok(())
    }

    fn init_member(
        &mut self,
        place: Expr,
        reference: Option<QualType>,
        init: Option<&'a Initializer>,
        span: Span,
        out: &mut Vec<Stmt>,
    ) -> Res<()> {
        let ty = place.ty;
        let value = match (reference, init) {
            (Some(target), Some(init)) => {
                let to = self.types.reference_to(target, false);
                let arg = match init {
                    Initializer::Copy(e) => self.argument(e)?,
                    Initializer::Direct(list) if list.len() == 1 => self.argument(&list[0])?,
                    Initializer::List(list) if list.items.len() == 1 => {
                        self.argument(&list.items[0].value)?
                    }
                    _ => return fail(span, "a reference member requires an initializer"),
                };
                self.initialise(&arg, to.into(), Purpose::Init)?
            }
            (None, Some(Initializer::None)) | (_, None) => {
                let mut element = ty;
                let mut count = 1u64;
                while let Type::Array { element: inner, len: Some(n) } = *self.types.get(element) {
                    element = inner.ty;
                    count = count.saturating_mul(n);
                }
                let built = self.class_of(element).is_some_and(|c| self.class(c).nontrivial_default);
                if built && element != ty {
                    return self.for_elements(place, element.into(), count, span, out, |c, item, out| {
                        if let Some(e) = c.default_construct(&item, span)? {
                            out.push(stmt(StmtKind::Expr(e), span));
                        }
                        Ok(())
                    });
                }
                if let Some(e) = self.default_construct(&place, span)? {
                    out.push(stmt(StmtKind::Expr(e), span));
                }
                return Ok(());
            }
            (None, Some(init)) => self.initializer_value(init, ty.into(), span)?,
        };
        let e = match self.class_of(ty) {
            Some(class) => self.build_at(place, value, class, span),
            None => {
                let kind = ExprKind::Assign { place: Box::new(place), value: Box::new(value) };
                self.void_cast(Val::value(Expr::value(kind, ty, span)))
            }
        };
        out.push(stmt(StmtKind::Expr(e), span));
        self.end_temporaries(span, out)
    }

    /// The call of a destructor.
    pub fn destroy(&mut self, place: Expr, class: ClassId, span: Span) -> Res<Expr> {
        let user = self
            .class(class)
            .dtor
            .filter(|d| self.func(*d).decls[0].definition != ast::Definition::Defaulted);
        let func = match user {
            Some(d) => self.instance(d, None, span)?,
            None => self.implicit_function(Implicit::Dtor, class, span),
        };
        let mut place = place;
        place.quals = Quals::NONE;
        let ty = self.types.pointer_to(place.ty);
        let pointer = self.address_of(place);
        let pointer = self.convert_scalar(pointer, ty);
        let kind = ExprKind::Call { function: func, args: vec![pointer] };
        Ok(Expr::value(kind, TypeId::VOID, span))
    }

    fn destroy_parts(&mut self, class: ClassId, span: Span, out: &mut Vec<Stmt>) -> Res<()> {
        let Some(this) = self.this_place(span) else { return Ok(()) };
        let record = self.class(class).record;
        let count = self.types.record(record).fields.len() as u32;
        let is_base = |c: &Self, i: u32| c.class(class).bases.iter().any(|b| b.1 == Some(i));
        for field in (0..count).rev() {
            if is_base(self, field) {
                continue;
            }
            let place = self.field_place(this.clone(), field, span);
            self.destroy_place(place, span, out)?;
        }
        for (base, _) in self.class(class).bases.clone().into_iter().rev() {
            if self.class(base).nontrivial_dtor {
                let ty = self.class(base).ty;
                let place = self.base_part(this.clone(), ty);
                let e = self.destroy(place, base, span)?;
                out.push(stmt(StmtKind::Expr(e), span));
            }
        }
        Ok(())
    }

    fn destroy_place(&mut self, place: Expr, span: Span, out: &mut Vec<Stmt>) -> Res<()> {
        let mut element = place.ty;
        let mut count = 1u64;
        while let Type::Array { element: inner, len: Some(n) } = *self.types.get(element) {
            element = inner.ty;
            count = count.saturating_mul(n);
        }
        let Some(class) = self.class_of(element).filter(|c| self.class(*c).nontrivial_dtor) else {
            return Ok(());
        };
        if element == place.ty {
            let e = self.destroy(place, class, span)?;
            out.push(stmt(StmtKind::Expr(e), span));
            return Ok(());
        }
        self.for_elements(place, element.into(), count, span, out, |c, item, out| {
            let e = c.destroy(item, class, span)?;
            out.push(stmt(StmtKind::Expr(e), span));
            Ok(())
        })
    }

    /// Bodies that the language writes: member by member.
    fn implicit_body(
        &mut self,
        id: FuncId,
        kind: Implicit,
        class: ClassId,
        sig: &Rc<Sig>,
    ) -> Res<FunctionDef> {
        let span = self.class(class).ast.map_or(Span::NONE, |a| a.span);
        self.cx.ret = sig.ret;
        self.enter_this(Some(class), sig, span);
        let mut source = None;
        if let [param] = sig.params.as_slice() {
            let local = self.new_reference_or_local("other", *param, span);
            let pointer = self.local_place(local, span).load();
            source = Some(self.deref(pointer, span));
        }
        let param_count = self.cx.locals.len() as u32;
        let mut out = Vec::new();
        let Some(this) = self.this_place(span) else { return follow_up() };
        let record = self.class(class).record;
        match kind {
            Implicit::DefaultCtor => {
                // Value initialisation: zero first.
                let ty = this.ty;
                let zero = Expr::value(ExprKind::Zero, ty, span);
                let assign = ExprKind::Assign { place: Box::new(this), value: Box::new(zero) };
                let e = self.void_cast(Val::value(Expr::value(assign, ty, span)));
                out.push(stmt(StmtKind::Expr(e), span));
                self.constructor_start(class, &[], span, &mut out)?;
            }
            Implicit::CopyCtor | Implicit::CopyAssign => {
                let Some(source) = source else { return follow_up() };
                let empty: Vec<_> =
                    self.class(class).bases.iter().filter(|b| b.1.is_none()).map(|b| b.0).collect();
                drop(empty);
                let count = self.types.record(record).fields.len() as u32;
                if self.is_union(this.ty) {
                    let ty = this.ty;
                    let assign =
                        ExprKind::Assign { place: Box::new(this.clone()), value: Box::new(source.load()) };
                    let e = self.void_cast(Val::value(Expr::value(assign, ty, span)));
                    out.push(stmt(StmtKind::Expr(e), span));
                } else {
                    for field in 0..count {
                        let to = self.field_place(this.clone(), field, span);
                        let from = self.field_place(source.clone(), field, span);
                        self.copy_member(kind, to, from, span, &mut out)?;
                    }
                }
                if kind == Implicit::CopyAssign {
                    let pointer = self.address_of(this);
                    out.push(stmt(StmtKind::Return(Some(pointer)), span));
                }
            }
            Implicit::Dtor => self.destroy_parts(class, span, &mut out)?,
        }
        let body = stmt(StmtKind::Block(out), span);
        Ok(self.finish_body(id, param_count, body, false, InlineHint::Auto, span))
    }

    fn copy_member(
        &mut self,
        kind: Implicit,
        to: Expr,
        from: Expr,
        span: Span,
        out: &mut Vec<Stmt>,
    ) -> Res<()> {
        let mut to = to;
        to.quals.is_const = false;
        let ty = to.ty;
        if let Type::Array { element, len: Some(len) } = *self.types.get(ty) {
            let class = self.class_of(element.ty);
            if class.is_some_and(|c| self.class(c).nontrivial_copy || self.class(c).nontrivial_assign) {
                if len > 64 {
                    return unsupported(span, "copies of large arrays of objects with copy functions", "");
                }
                for i in 0..len {
                    let a = self.element(to.clone(), i, span)?;
                    let b = self.element(from.clone(), i, span)?;
                    self.copy_member(kind, a, b, span, out)?;
                }
                return Ok(());
            }
        }
        let class = self.class_of(ty);
        let e = match (kind, class) {
            (Implicit::CopyCtor, Some(class)) => {
                let value = self.copy_value(Val::lvalue(from))?;
                self.build_at(to, value, class, span)
            }
            (_, Some(_)) => {
                let v = self.assign(Val::lvalue(to), Arg::Val(Val::lvalue(from)), span, span)?;
                self.void_cast(v)
            }
            (_, None) => {
                let kind = ExprKind::Assign { place: Box::new(to), value: Box::new(from.load()) };
                self.void_cast(Val::value(Expr::value(kind, ty, span)))
            }
        };
        out.push(stmt(StmtKind::Expr(e), span));
        Ok(())
    }

    fn element(&mut self, array: Expr, index: u64, span: Span) -> Res<Expr> {
        let Type::Array { element, .. } = *self.types.get(array.ty) else { return Ok(array) };
        let pointer = Box::new(self.decay(Val::lvalue(array))?.e);
        let index = Box::new(Expr::int(index, TypeId::LONG, span));
        Ok(Expr::place(ExprKind::Index { pointer, index }, element, span))
    }
}

fn contains_placeholder(ty: &ast::TypeSyntax, depth: u32) -> bool {
    super::functions::contains_auto(ty, depth)
}
