//! Variables of namespace scope, static members, shared variables: their memory, their initial bytes.

use std::rc::Rc;

use super::context::{
    Checker, ClassId, FnId, Progress, Res, ScopeKind, TArg, TmplId, Val, VarId, fail, follow_up, unsupported,
};
use super::names::segment_symbol;
use super::tree::{Const, Expr, ExprKind, GlobalDef, GlobalId, GlobalSpace};
use super::types::{QualType, Quals, Type, TypeId};
use crate::cudac::parse::ast::{self, Initializer, Name};
use crate::cudac::source::Span;

impl<'a> Checker<'a> {
    /// The place that a variable with memory of its own stands for.
    pub fn global_place(&mut self, var: VarId, span: Span) -> Res<Val> {
        self.global_variable(var)?;
        let info = &self.vars[var.0 as usize];
        let ty = info.ty;
        let Some(id) = info.global else { return follow_up() };
        let def = &self.globals[id.0 as usize];
        let block = self.scope(info.scope).kind == ScopeKind::Block;
        if def.space == GlobalSpace::Static && !block && !self.opts.default_device && self.cx.unevaluated == 0
        {
            let text = self.globals[id.0 as usize].name.clone();
            return fail(span, format!("identifier \"{text}\" is undefined in device code"));
        }
        // Of the host's constants only the values of scalars are known on the device.
        let specs = &info.ast.specs;
        let own = specs.is_constexpr || specs.constant || specs.device || specs.managed;
        let host = def.space == GlobalSpace::Constant && !own && info.class.is_none();
        let array = matches!(self.types.get(def.ty), Type::Array { .. });
        let builtin = self.scope(info.scope).unit != 0;
        if host && array && !block && !builtin && !self.opts.default_device && self.cx.unevaluated == 0 {
            let text = self.globals[id.0 as usize].name.clone();
            return fail(span, format!("identifier \"{text}\" is undefined in device code"));
        }
        let place = Expr::place(ExprKind::Global(id), QualType { ty: def.ty, quals: def.quals }, span);
        if let Type::Reference { target, .. } = *self.types.get(ty.ty) {
            return Ok(Val::lvalue(Expr::place(ExprKind::Deref(Box::new(place.load())), target, span)));
        }
        Ok(Val::lvalue(place))
    }

    /// Makes the variable known: type, space, initial bytes.
    pub fn global_variable(&mut self, var: VarId) -> Res<()> {
        match self.vars[var.0 as usize].state {
            Progress::Done => return Ok(()),
            Progress::Failed => return follow_up(),
            Progress::Running => {
                let span = self.vars[var.0 as usize].ast.span;
                return fail(span, "a variable is used in its own initializer");
            }
            Progress::Not => {}
        }
        self.vars[var.0 as usize].state = Progress::Running;
        let (ast, scope) = (self.vars[var.0 as usize].ast, self.vars[var.0 as usize].scope);
        let local = matches!(self.scope(scope).kind, ScopeKind::Block);
        let result = self.nested(ast.span, |c| {
            if local && c.cx.serial > 0 {
                // Array bounds and the like may use constants of the function.
                return c.define_global(var, ast);
            }
            c.in_context(scope, |c| c.define_global(var, ast))
        });
        self.vars[var.0 as usize].state = if result.is_ok() { Progress::Done } else { Progress::Failed };
        result
    }

    fn define_global(&mut self, var: VarId, ast: &'a ast::Variable) -> Res<()> {
        let specs = &ast.specs;
        let mut init: &Initializer = &ast.init;
        let (class, scope) = (self.vars[var.0 as usize].class, self.vars[var.0 as usize].scope);
        if let (Some(_), Initializer::None) = (class, init) {
            // A static member may be initialised outside of its class.
            if let Some(def) = self.outside_definition(ast, scope) {
                init = &def.init;
            }
        }
        let auto = super::functions::contains_auto(&ast.ty, 0);
        let declared = if auto {
            let arg = match init {
                Initializer::Copy(e) => self.argument(e)?,
                Initializer::Direct(args) if args.len() == 1 => self.argument(&args[0])?,
                Initializer::List(list) if list.items.len() == 1 => self.argument(&list.items[0].value)?,
                _ => return fail(ast.name.span, "cannot deduce \"auto\" type (initializer required)"),
            };
            self.deduce_auto(&ast.ty, &arg, None, ast.name.span)?
        } else {
            self.type_of(&ast.ty)?
        };
        let mut ty = declared;
        if specs.is_constexpr {
            ty = self.add_quals(ty, Quals::CONST);
        }
        let is_dynamic = specs.shared && specs.is_extern;
        let text = segment_symbol(&ast.name.last().name).map_or(String::new(), |s| self.name(s));
        if specs.shared && !matches!(init, Initializer::None) {
            return fail(ast.name.span, "initializer not allowed for __shared__ variable");
        }
        let member = class.is_some() && std::ptr::eq(init, &ast.init);
        if matches!(init, Initializer::None) && !specs.is_extern && !member && self.scope(scope).unit == 0 {
            if specs.is_constexpr {
                return fail(ast.name.span, "missing initializer for constexpr variable");
            }
            self.check_uninitialised(&text, ty, ast.name.span)?;
        }
        if is_dynamic {
            let element = match *self.types.get(ty.ty) {
                Type::Array { element, .. } => element,
                _ => QualType { ty: ty.ty, quals: ty.quals },
            };
            self.complete(element.ty, ast.name.span)?;
            let is_array = matches!(self.types.get(ty.ty), Type::Array { .. });
            let align = self.types.size_align(element.ty).map_or(1, |s| s.1) as u32;
            let align = align.max(self.alignment(&specs.align)? as u32);
            let ty = if is_array { self.types.array_of(element, None) } else { ty.ty };
            self.add_global(var, &text, GlobalSpace::DynamicShared, ty.into(), 0, align, None, ast.name.span);
            return Ok(());
        }
        let is_array = matches!(self.types.get(ty.ty), Type::Array { len: None, .. });
        if !is_array {
            if let Type::Reference { .. } = self.types.get(ty.ty) {
                return unsupported(ast.name.span, "references of namespace scope", &text);
            }
            self.complete(ty.ty, ast.name.span)?;
        } else if matches!(init, Initializer::None) {
            return fail(ast.name.span, "incomplete type is not allowed");
        }
        let array_const = matches!(*self.types.get(ty.ty), Type::Array { .. }) && self.innermost_const(ty);
        let is_const = ty.quals.is_const || array_const;
        let space = if specs.shared {
            GlobalSpace::Shared
        } else if specs.constant {
            GlobalSpace::Constant
        } else if specs.device || specs.managed {
            GlobalSpace::Device
        } else if is_const && !matches!(init, Initializer::None) {
            GlobalSpace::Constant
        } else {
            GlobalSpace::Static
        };
        if space == GlobalSpace::Static && specs.thread_local {
            return unsupported(ast.name.span, "thread_local variables", &text);
        }
        if specs.shared {
            self.check_shared_class(ty.ty, ast.name.span)?;
        }
        let mut bytes = None;
        let mut relocations = Vec::new();
        let mut functions = Vec::new();
        if !specs.shared && !matches!(init, Initializer::None) {
            let locals = self.cx.locals.len();
            let value = self.initializer_value(init, ty, ast.span)?;
            if is_array {
                ty.ty = value.ty;
                ty = self.restore_element_quals(ty, declared);
            }
            match self.evaluate_global(&value) {
                Ok(found) => {
                    bytes = Some(found.bytes);
                    relocations = found.globals;
                    functions = found.functions;
                }
                Err(mut e) => {
                    if self.vars[var.0 as usize].class.is_none() && e.span == Span::NONE {
                        e.span = ast.span;
                    }
                    if !e.message.contains("not supported") && !specs.is_constexpr && !e.message.is_empty() {
                        let kind = match space {
                            GlobalSpace::Device => "__device__",
                            GlobalSpace::Constant if specs.constant => "__constant__",
                            _ if matches!(self.scope(scope).kind, ScopeKind::Block) => {
                                return unsupported(
                                    ast.name.span,
                                    "static local variables with dynamic initialization",
                                    &text,
                                );
                            }
                            _ => "namespace-scope",
                        };
                        return fail(
                            ast.name.span,
                            format!("dynamic initialization is not supported for a {kind} variable"),
                        );
                    }
                    return Err(e);
                }
            }
            let _ = locals;
        } else if !specs.shared {
            // Only constructors that do nothing are allowed here, or constant ones.
            if let Some(class) = self.class_of(ty.ty)
                && self.class(class).nontrivial_default
            {
                let empty = self.is_made_empty(class, 0);
                let value = self.value_init(ty.ty, ast.span)?;
                bytes = self.evaluate_global(&value).ok().map(|found| found.bytes);
                if bytes.is_none() && !empty && space != GlobalSpace::Static {
                    let text = "dynamic initialization is not supported for a __device__ variable";
                    return fail(ast.name.span, text);
                }
            }
        }
        let (size, natural) = match self.types.size_align(ty.ty) {
            Ok(found) => found,
            Err(_) => return fail(ast.name.span, "the variable is too large"),
        };
        if specs.shared && size > (1 << 27) {
            return fail(ast.name.span, "the __shared__ variable is too large");
        }
        let align = (natural as u32).max(self.alignment(&specs.align)? as u32);
        let constant = (is_const || specs.is_constexpr) && relocations.is_empty() && functions.is_empty();
        if constant && space == GlobalSpace::Constant && !specs.constant {
            self.vars[var.0 as usize].constant = bytes.clone().map(|b: Vec<u8>| Rc::from(b.as_slice()));
        }
        let zero = bytes.as_ref().is_none_or(|b| b.iter().all(|x| *x == 0))
            && relocations.is_empty()
            && functions.is_empty();
        let data = if zero { None } else { bytes.clone() };
        let id = self.add_global(var, &text, space, ty, size, align, data, ast.name.span);
        self.globals[id.0 as usize].relocations = relocations;
        self.globals[id.0 as usize].functions = functions;
        if constant && bytes.is_some() && !ty.quals.is_volatile {
            let known: Rc<[u8]> = Rc::from(bytes.unwrap_or_default().as_slice());
            self.global_constants.insert(id, known);
        }
        Ok(())
    }

    /// Nothing runs where shared memory is made: constructors and destructors of its objects must be empty.
    fn check_shared_class(&mut self, ty: TypeId, span: Span) -> Res<()> {
        let mut ty = ty;
        while let Type::Array { element, .. } = self.types.get(ty) {
            ty = element.ty;
        }
        let Some(class) = self.class_of(ty) else { return Ok(()) };
        let name = self.class(class).name.clone();
        let ctors = self.class(class).ctors.clone();
        let no_default = |c: &mut Self, f: &FnId| {
            c.func(*f).template.is_none() && c.signature(*f).is_ok_and(|sig| sig.required > 0)
        };
        if !ctors.is_empty() && ctors.iter().all(|f| no_default(self, f)) {
            return fail(span, format!("no default constructor exists for class \"{name}\""));
        }
        if !self.is_made_empty(class, 0) {
            return fail(
                span,
                format!(
                    "dynamic initialization is not supported for a __shared__ variable: \"{name}\" has a constructor \
                     or member initializers that are not empty"
                ),
            );
        }
        if !self.is_destroyed_empty(class, 0) {
            return fail(
                span,
                format!(
                    "a __shared__ variable cannot have a destructor that is not empty, as \"{name}\" has"
                ),
            );
        }
        Ok(())
    }

    /// Whether the default constructor exists and does nothing, in the sense of CUDA's "empty constructor".
    fn is_made_empty(&mut self, class: ClassId, depth: u32) -> bool {
        let info = self.class(class);
        // Thrust's complex numbers are not initialised at all; ours are only where that costs nothing.
        if !info.nontrivial_default || depth > 32 || info.name.starts_with("thrust::complex<") {
            return true;
        }
        let (ctors, bases, fields) = (info.ctors.clone(), info.bases.clone(), info.fields.clone());
        let mut found = ctors.is_empty();
        for ctor in ctors {
            let Ok(sig) = self.signature(ctor) else { continue };
            if self.func(ctor).template.is_some() || sig.required > 0 {
                continue;
            }
            if !sig.params.is_empty() || !self.has_empty_body(ctor) {
                return false;
            }
            found = true;
        }
        if !found || fields.iter().flatten().any(|v| !matches!(v.init, Initializer::None)) {
            return false;
        }
        let parts = self.class_parts(class);
        bases.iter().all(|b| self.is_made_empty(b.0, depth + 1))
            && parts.into_iter().all(|c| self.is_made_empty(c, depth + 1))
    }

    fn is_destroyed_empty(&mut self, class: ClassId, depth: u32) -> bool {
        let info = self.class(class);
        if !info.nontrivial_dtor || depth > 32 {
            return true;
        }
        if let Some(dtor) = info.dtor
            && !self.has_empty_body(dtor)
        {
            return false;
        }
        let bases = self.class(class).bases.clone();
        let parts = self.class_parts(class);
        bases.iter().all(|b| self.is_destroyed_empty(b.0, depth + 1))
            && parts.into_iter().all(|c| self.is_destroyed_empty(c, depth + 1))
    }

    /// The classes of the data members.
    fn class_parts(&self, class: ClassId) -> Vec<ClassId> {
        let fields = &self.types.record(self.class(class).record).fields;
        let element = |mut ty: TypeId| {
            while let Type::Array { element, .. } = self.types.get(ty) {
                ty = element.ty;
            }
            ty
        };
        fields.iter().filter_map(|f| self.class_of(element(f.ty.ty))).collect()
    }

    fn has_empty_body(&mut self, f: FnId) -> bool {
        self.find_definition(f);
        let decl = self.func(f).decls[0];
        match (&decl.body, decl.definition) {
            (_, ast::Definition::Defaulted) => true,
            (Some(body), _) => {
                self.src.body(body).is_ok_and(|b| b.inits.is_empty() && b.block.stmts.is_empty())
            }
            _ => false,
        }
    }

    fn innermost_const(&self, ty: QualType) -> bool {
        let mut at = ty;
        while let Type::Array { element, .. } = self.types.get(at.ty) {
            at = *element;
        }
        at.quals.is_const
    }

    fn restore_element_quals(&mut self, ty: QualType, declared: QualType) -> QualType {
        let (Type::Array { len, .. }, Type::Array { element, .. }) =
            (self.types.get(ty.ty).clone(), self.types.get(declared.ty).clone())
        else {
            return ty;
        };
        QualType { ty: self.types.array_of(element, len), quals: ty.quals }
    }

    #[allow(clippy::too_many_arguments)]
    fn add_global(
        &mut self,
        var: VarId,
        name: &str,
        space: GlobalSpace,
        ty: QualType,
        size: u64,
        align: u32,
        init: Option<Vec<u8>>,
        span: Span,
    ) -> GlobalId {
        let id = GlobalId(self.globals.len() as u32);
        let prefix = self.scope(self.vars[var.0 as usize].scope).prefix.clone();
        let name = format!("{prefix}{name}").into();
        let quals = if space == GlobalSpace::Constant { ty.quals.union(Quals::CONST) } else { ty.quals };
        self.globals.push(GlobalDef {
            name,
            space,
            ty: ty.ty,
            quals,
            size,
            align,
            init: init.map(Into::into),
            relocations: Vec::new(),
            functions: Vec::new(),
            span,
        });
        let info = &mut self.vars[var.0 as usize];
        info.ty = ty;
        info.global = Some(id);
        id
    }

    fn outside_definition(
        &mut self,
        ast: &'a ast::Variable,
        home: super::context::ScopeId,
    ) -> Option<&'a ast::Variable> {
        let symbol = segment_symbol(&ast.name.last().name)?;
        let list = self.outside_vars.get(&symbol).cloned()?;
        list.into_iter().find_map(|(scope, def)| {
            let at = self.in_context(scope, |c| c.qualifier(&def.name)).ok()??;
            (at == home).then_some(def)
        })
    }

    /// `pi<float>`
    pub fn variable_template(&mut self, t: TmplId, name: &'a Name) -> Res<Val> {
        let info = &self.templates[t.0 as usize];
        let (ast, scope) = (info.ast, info.scope);
        let Some(written) = name.last().args.as_deref() else {
            return fail(name.span, "argument list for variable template is missing");
        };
        let found = self.explicit_args(&ast.params, written, scope, name.span)?;
        let args: Rc<[TArg]> = self.complete_args(&ast.params, found, scope, name.span)?.into();
        if let Some(super::context::Entity::Var(var)) = self.templates[t.0 as usize].instances.get(&args) {
            let var = *var;
            return self.global_place(var, name.span);
        }
        let (chosen, bound) = match self.specialisation(t, &args)? {
            Some((special, bound)) => (special, bound.into()),
            None => (ast, args.clone()),
        };
        let ast::DeclKind::Variable(v) = &chosen.decl.kind else { return follow_up() };
        let env = self.template_env(scope, &chosen.params, &bound);
        let env = self.new_scope(Some(env), ScopeKind::Namespace);
        let var = self.new_variable(env, v, None);
        let entity = super::context::Entity::Var(var);
        self.templates[t.0 as usize].instances.insert(args, entity);
        self.global_place(var, name.span)
    }

    /// The value of a place that is known already: constant variables of scalar type.
    pub fn constant_of_place(&self, place: &Expr) -> Option<Const> {
        if place.quals.is_volatile {
            return None;
        }
        let bytes = match &place.kind {
            ExprKind::Local(id) => self.local_constants.get(&(self.cx.serial, id.0))?,
            ExprKind::Global(id) => self.global_constants.get(id)?,
            _ => return None,
        };
        self.scalar_from_bytes(bytes, place.ty)
    }

    /// Every variable that the host may ask for by name.
    pub fn visible_globals(&mut self) {
        for i in 0..self.vars.len() {
            let info = &self.vars[i];
            let specs = &info.ast.specs;
            let named = specs.constant || specs.device || specs.managed;
            let block = matches!(self.scope(info.scope).kind, ScopeKind::Block);
            if named && info.state == Progress::Not && !block && self.scope(info.scope).unit == 0 {
                // What is not reached is not checked: a broken one is left out.
                let _ = self.global_variable(VarId(i as u32));
            }
        }
    }
}
