//! Functions: signatures, redeclarations, definitions outside of classes, instances and the order in which their
//! bodies are checked.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::context::{
    Checker, ClassId, Entity, FnId, FuncInst, Implicit, MAX_FUNCTIONS, MAX_INSTANTIATION_DEPTH, Progress,
    Res, ScopeId, ScopeKind, Sig, TArg, TmplId, fail, unsupported,
};
use super::deduction::Bindings;
use super::names::segment_symbol;
use super::tree::FuncId;
use super::types::{FunctionType, QualType, Quals, Type, TypeId};
use crate::cudac::parse::ast::{self, FunctionKind, TypeKind};
use crate::cudac::source::Span;
use crate::cudac::symbol::Symbol;

/// What all declarations of one function have in common.
#[derive(PartialEq, Eq, Hash)]
struct FunctionKey {
    scope: ScopeId,
    builtin: bool,
    /// Count of template parameters and a spelling of the types.
    template: Option<(usize, String)>,
    params: Vec<QualType>,
    this: Option<Quals>,
    /// `&` or `&&` behind the parameters of a method.
    object: Option<bool>,
}

impl<'a> Checker<'a> {
    /// The types of a function that is no template.
    pub fn signature(&mut self, f: FnId) -> Res<Rc<Sig>> {
        let info = self.func(f);
        if let Some(sig) = &info.sig {
            return Ok(sig.clone());
        }
        let (decls, scope) = (info.decls.clone(), info.scope);
        let sig = Rc::new(self.build_signature(f, &decls, scope)?);
        self.func_mut(f).sig = Some(sig.clone());
        Ok(sig)
    }

    pub fn template_signature(&mut self, f: FnId, args: &Rc<[TArg]>) -> Res<Rc<Sig>> {
        Ok(self.template_instance_env(f, args)?.1)
    }

    fn template_instance_env(&mut self, f: FnId, args: &Rc<[TArg]>) -> Res<(ScopeId, Rc<Sig>)> {
        if let Some(known) = self.envs.get(&(f, args.clone())) {
            return Ok(known.clone());
        }
        // It may have other names for the parameters.
        self.find_definition(f);
        let info = self.func(f);
        let (decls, scope) = (vec![info.decls[0]], info.scope);
        let Some(template) = info.template else { return Ok((scope, self.signature(f)?)) };
        let env = self.template_env(scope, &template.params, args);
        let sig = Rc::new(self.build_signature(f, &decls, env)?);
        self.envs.insert((f, args.clone()), (env, sig.clone()));
        Ok((env, sig))
    }

    fn build_signature(&mut self, f: FnId, decls: &[&'a ast::Function], scope: ScopeId) -> Res<Sig> {
        let info = self.func(f);
        let (class, is_static) = (info.class, info.is_static);
        let decl = decls[0];
        self.nested(decl.name_span, |c| {
            c.in_context(scope, |c| {
                let mut sig = c.signature_of(decl)?;
                for i in (0..sig.params.len()).rev() {
                    if !decls.iter().any(|d| d.params.get(i).is_some_and(|p| p.default.is_some())) {
                        break;
                    }
                    sig.required = i;
                }
                if class.is_some() && !is_static {
                    let cv = decl.method.cv;
                    sig.this = Some(Quals { is_const: cv.is_const, is_volatile: cv.is_volatile });
                }
                Ok(sig)
            })
        })
    }

    /// The type of a parameter; of `Ts... name` all of them.
    pub fn param_types(&mut self, ty: &'a TypeSyntax) -> Res<Vec<QualType>> {
        let TypeKind::Pack(pattern) = &ty.kind else { return Ok(vec![self.type_of(ty)?]) };
        let count = self.count_in_type(pattern)?;
        (0..count).map(|i| self.at_element(i, |c| c.type_of(pattern))).collect()
    }

    /// The types of one declaration, seen from the current scope.
    fn signature_of(&mut self, decl: &'a ast::Function) -> Res<Sig> {
        let mut params = Vec::with_capacity(decl.params.len());
        for param in &decl.params {
            if let TypeKind::Auto = param.ty.kind {
                return unsupported(param.span, "parameters of type auto", &self.snippet(param.span));
            }
            for ty in self.param_types(&param.ty)? {
                let ty = self.parameter_type(ty);
                params.push(QualType { ty: ty.ty, quals: Quals::NONE });
            }
        }
        if let [only] = params.as_slice()
            && only.ty == TypeId::VOID
            && matches!(decl.params.as_slice(), [p] if p.name.is_none())
        {
            params.clear();
        }
        let auto_ret = contains_auto(&decl.ret, 0);
        let ret = match decl.kind {
            FunctionKind::Constructor | FunctionKind::Destructor => TypeId::VOID.into(),
            _ if auto_ret => TypeId::VOID.into(),
            _ if matches!(decl.ret.kind, TypeKind::Decltype(_)) => self.trailing_type(decl, &params)?,
            _ => self.type_of(&decl.ret)?,
        };
        if matches!(self.types.get(ret.ty), Type::Array { .. } | Type::Function(_)) {
            return fail(decl.name_span, "function returning array or function is not allowed");
        }
        let ret = QualType { ty: ret.ty, quals: Quals::NONE };
        Ok(Sig { ret, auto_ret, required: params.len(), params, variadic: decl.variadic, this: None })
    }

    /// `-> decltype(a * b)`: the parameters are in scope.
    fn trailing_type(&mut self, decl: &'a ast::Function, params: &[QualType]) -> Res<QualType> {
        let scope = self.new_scope(Some(self.cx.scope), ScopeKind::Block);
        self.in_scope(scope, |c| {
            for (param, types) in c.params_with_types(&decl.params, params) {
                let Some(symbol) = param.name else { continue };
                let mut elements = Vec::new();
                for ty in types {
                    let local = c.new_reference_or_local("", *ty, param.span);
                    let index = c.declare_local(symbol, local, *ty, None);
                    elements.push(Entity::Local(c.cx.serial, index as u32));
                }
                c.name_pack(param, elements);
            }
            c.type_of(&decl.ret)
        })
    }

    /// Parameters with their types; one that is a pack has any number.
    pub fn params_with_types<'t>(
        &self,
        params: &'a [ast::Param],
        types: &'t [QualType],
    ) -> Vec<(&'a ast::Param, &'t [QualType])> {
        let packs = params.iter().filter(|p| matches!(p.ty.kind, TypeKind::Pack(_))).count();
        let extra = (types.len() + packs).saturating_sub(params.len());
        let mut rest = types;
        let mut out = Vec::with_capacity(params.len());
        for param in params {
            // Two packs would share what there is; a declaration with two cannot be called.
            let count = if matches!(param.ty.kind, TypeKind::Pack(_)) { extra } else { 1 };
            let (own, after) = rest.split_at(count.min(rest.len()));
            if own.is_empty() && count == 1 {
                break;
            }
            out.push((param, own));
            rest = after;
        }
        out
    }

    /// The name of a parameter pack stands for its elements.
    pub fn name_pack(&mut self, param: &ast::Param, elements: Vec<Entity<'a>>) {
        if let (Some(symbol), TypeKind::Pack(_)) = (param.name, &param.ty.kind) {
            let pack = self.new_pack(elements);
            let scope = self.cx.scope;
            self.set_name(scope, symbol, pack);
        }
    }

    pub fn function_type_of(&mut self, sig: &Sig) -> TypeId {
        self.types.intern(Type::Function(FunctionType { ret: sig.ret, params: sig.params.clone() }))
    }

    pub fn function_name(&self, f: FnId) -> String {
        let info = self.func(f);
        let decl = info.decls[0];
        let name = match decl.kind {
            FunctionKind::Constructor | FunctionKind::Destructor => {
                let bare =
                    info.class.and_then(|c| self.class(c).symbol).map_or(String::new(), |s| self.name(s));
                if decl.kind == FunctionKind::Destructor { format!("~{bare}") } else { bare }
            }
            _ => {
                let text = self.name_text(&decl.name);
                text.rsplit("::").next().unwrap_or(&text).to_string()
            }
        };
        let prefix = match info.class {
            Some(class) => format!("{}::", self.class(class).name),
            None => self.scope(info.scope).prefix.to_string(),
        };
        format!("{prefix}{name}")
    }

    /// Declarations of the same function become one, the definition first.
    pub fn merge_declarations(&mut self, list: Vec<FnId>) -> Vec<FnId> {
        let mut out: Vec<FnId> = Vec::with_capacity(list.len());
        let mut known: HashMap<FunctionKey, Vec<FnId>> = HashMap::new();
        // What each has already. A text may declare one function a hundred thousand times.
        let mut merged: HashSet<(FnId, *const ast::Function)> = HashSet::new();
        let mut changed: Vec<FnId> = Vec::new();
        for f in list {
            let Some(key) = self.function_key(f) else {
                out.push(f);
                continue;
            };
            let alike = known.entry(key).or_default();
            let Some(old) = alike.iter().copied().find(|old| self.same_template(*old, f)) else {
                alike.push(f);
                out.push(f);
                merged.extend(self.func(f).decls.iter().map(|decl| (f, std::ptr::from_ref(*decl))));
                continue;
            };
            let decls = self.func(f).decls.clone();
            let (template, scope) = (self.func(f).template, self.func(f).scope);
            for decl in decls {
                if !merged.insert((old, std::ptr::from_ref(decl))) {
                    continue;
                }
                self.check_redeclared_function(old, decl, f);
                let into = self.func_mut(old);
                if decl.body.is_some() && into.decls[0].body.is_none() {
                    into.decls.insert(0, decl);
                    into.template = template;
                    // The body of one that a class declared as its friend sees the names around the body.
                    into.scope = scope;
                    into.sig = None;
                } else {
                    into.decls.push(decl);
                }
            }
            changed.push(old);
        }
        changed.into_iter().for_each(|f| self.func_mut(f).sig = None);
        out
    }

    /// What all declarations of one function share; `None` if its types cannot be told.
    fn function_key(&mut self, f: FnId) -> Option<FunctionKey> {
        let info = self.func(f);
        let (scope, builtin, decl, template) = (info.scope, info.builtin, info.decls[0], info.template);
        let class = info.class;
        let (template, params, this) = match template {
            Some(t) => {
                let list: Vec<_> = decl.params.iter().map(|p| self.type_key(&p.ty, &t.params, 0)).collect();
                (Some((t.params.len(), list.join(","))), Vec::new(), None)
            }
            None => {
                let sig = self.signature(f).ok()?;
                (None, sig.params.clone(), sig.this)
            }
        };
        let object = decl.method.ref_qualifier.map(|r| r == ast::RefQualifier::Rvalue);
        // A friend belongs to the namespace around its class.
        let scope = if class.is_some() { scope } else { self.namespace_around(scope) };
        Some(FunctionKey { scope, builtin, template, params, this, object })
    }

    /// Of two templates with the same key: whether they are one. Those with bodies may differ in their conditions.
    fn same_template(&self, a: FnId, b: FnId) -> bool {
        let (x, y) = (self.func(a), self.func(b));
        match (x.template, y.template) {
            (Some(t), Some(u)) if x.decls[0].body.is_some() && y.decls[0].body.is_some() => {
                !x.builtin && self.template_head(t, x.decls[0]) == self.template_head(u, y.decls[0])
            }
            _ => true,
        }
    }

    /// What tells templates with the same parameters apart: conditions on the arguments and the result.
    fn template_head(&self, template: &ast::Template, f: &ast::Function) -> String {
        let params: Vec<_> = template
            .params
            .iter()
            .map(|p| match &p.kind {
                ast::TemplateParamKind::Type { default: None } => format!("type {}", p.pack),
                _ => self.words(p.span),
            })
            .collect();
        let ret = self.type_key(&f.ret, &template.params, 0);
        format!("<{}> {ret} {:?}", params.join(","), f.method)
    }

    /// The user's spelling with single spaces.
    fn words(&self, span: Span) -> String {
        let text = self.src.map().snippet(span).unwrap_or("?");
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// A spelling of a type that is the same for the same type under other parameter names.
    fn type_key(&self, ty: &TypeSyntax, params: &[ast::TemplateParam], depth: u32) -> String {
        if depth > 32 {
            return String::new();
        }
        let cv = format!("{}{}", u8::from(ty.cv.is_const), u8::from(ty.cv.is_volatile));
        let inner = match &ty.kind {
            TypeKind::Builtin(b) => format!("{b:?}"),
            TypeKind::Named { name, .. } => {
                let own = name.as_ident().and_then(|s| params.iter().position(|p| p.name == Some(s)));
                match own {
                    Some(i) => format!("${i}"),
                    None => self.words(name.span),
                }
            }
            TypeKind::Pointer { pointee, .. } => format!("*{}", self.type_key(pointee, params, depth + 1)),
            TypeKind::Reference { target, rvalue, .. } => {
                format!("&{rvalue}{}", self.type_key(target, params, depth + 1))
            }
            TypeKind::Array { element, .. } => format!("*{}", self.type_key(element, params, depth + 1)),
            _ => self.words(ty.span),
        };
        format!("{cv}{inner}")
    }

    // ------------------------------------------------------------ definitions

    /// Looks for the definition of a function that was only declared, outside of its class or namespace.
    pub fn find_definition(&mut self, f: FnId) {
        let info = self.func(f);
        if info.searched || info.decls[0].body.is_some() {
            return;
        }
        let (decl, class, template) = (info.decls[0], info.class, info.template);
        let home = info.scope;
        self.func_mut(f).searched = true;
        let list = match segment_symbol(&decl.name.last().name) {
            Some(symbol) => self.outside.get(&symbol).cloned().unwrap_or_default(),
            None => self.outside_ops.clone(),
        };
        for (scope, def, outer) in list {
            if def.kind != decl.kind || def.params.len() != decl.params.len() || def.body.is_none() {
                continue;
            }
            let instance = class.and_then(|c| self.instance_around(c));
            let own_template = outer.map(|o| match &o.decl.kind {
                ast::DeclKind::Template(inner) => &**inner,
                _ => o,
            });
            let env = if let Some((tmpl, args, inner)) = &instance {
                // `template<class T> void Vec<T>::f()`, `template<class T> void Vec<T>::Node::f()`
                let mut path = vec![Some(self.templates[tmpl.0 as usize].name)];
                path.extend(inner);
                let classes = &def.name.segments[..def.name.segments.len() - 1];
                let named: Vec<_> = classes.iter().map(|s| segment_symbol(&s.name)).collect();
                if !named.ends_with(&path) {
                    continue;
                }
                let Some(outer) = outer else { continue };
                self.template_env(home, &outer.params, args)
            } else {
                let Ok(Some(at)) = self.in_context(scope, |c| c.qualifier(&def.name)) else { continue };
                if at != home {
                    continue;
                }
                home
            };
            let nested = outer.is_some_and(|o| matches!(o.decl.kind, ast::DeclKind::Template(_)));
            let is_template = if instance.is_some() { nested } else { outer.is_some() };
            if is_template != template.is_some() || def.method.cv != decl.method.cv {
                continue;
            }
            if template.is_some() {
                let info = self.func_mut(f);
                info.decls.insert(0, def);
                info.template = own_template;
                info.scope = env;
                return;
            }
            let (Ok(wanted), Ok(here)) = (self.signature(f), self.in_context(env, |c| c.signature_of(def)))
            else {
                continue;
            };
            let same_ret = def.kind != FunctionKind::Conversion || wanted.ret == here.ret;
            if wanted.params == here.params && same_ret {
                let info = self.func_mut(f);
                info.decls.insert(0, def);
                info.scope = env;
                return;
            }
        }
    }

    /// The instance of a class template that a class is or stands in, and the names of the classes from there to it.
    #[allow(clippy::type_complexity)]
    fn instance_around(&self, class: ClassId) -> Option<(TmplId, Rc<[TArg]>, Vec<Option<Symbol>>)> {
        let (mut at, mut inner) = (class, Vec::new());
        for _ in 0..32 {
            let info = self.class(at);
            if let Some((tmpl, args)) = &info.instance {
                inner.reverse();
                return Some((*tmpl, args.clone(), inner));
            }
            inner.push(info.symbol);
            match self.scope(info.parent).kind {
                ScopeKind::Class(around) => at = around,
                _ => return None,
            }
        }
        None
    }

    /// The function to call for a declaration and its template arguments; its body is checked later.
    pub fn instance(&mut self, f: FnId, targs: Option<Rc<[TArg]>>, span: Span) -> Res<FuncId> {
        let key: Rc<[TArg]> = targs.clone().unwrap_or_else(|| Rc::from([]));
        if let Some(known) = self.func(f).instances.get(&key).copied() {
            // Named in a `decltype` before, where nothing calls it.
            if self.cx.unevaluated == 0 && self.inst(known).state == Progress::Not {
                self.work.push(known);
            }
            return Ok(known);
        }
        if self.insts.len() >= MAX_FUNCTIONS {
            return fail(span, "too many functions are instantiated");
        }
        let depth = self.cx.depth + 1;
        if targs.is_some() && depth > MAX_INSTANTIATION_DEPTH {
            let name = self.function_name(f);
            return fail(span, format!("excessive recursion at instantiation of function \"{name}\""));
        }
        self.find_definition(f);
        let info = self.func(f);
        let (class, builtin) = (info.class, info.builtin);
        let mut ast = info.decls[0];
        let (mut scope, sig) = match &targs {
            Some(args) => self.template_instance_env(f, args)?,
            None => (self.func(f).scope, self.signature(f)?),
        };
        let mut sig = sig;
        let mut name = self.function_name(f);
        if let Some(args) = &targs {
            name = format!("{name}<{}>", self.show_args(args));
            if let Some((special, at)) = self.function_specialisation(f, args)? {
                ast = special;
                scope = at;
                let mut own = self.in_context(at, |c| c.signature_of(special))?;
                own.required = sig.required;
                own.this = sig.this;
                sig = Rc::new(own);
            }
        }
        self.check_execution_space(f, ast, span)?;
        self.check_defaults(f)?;
        let id = FuncId(self.insts.len() as u32);
        self.insts.push(FuncInst {
            name: name.into(),
            entity: Some(f),
            implicit: None,
            class,
            ast: Some(ast),
            scope,
            sig,
            state: Progress::Not,
            def: None,
            depth,
            builtin,
            asked: span,
            is_template: targs.is_some(),
        });
        self.func_mut(f).instances.insert(key, id);
        if self.cx.unevaluated == 0 {
            self.work.push(id);
        }
        Ok(id)
    }

    /// A member function that the language supplies.
    pub fn implicit_function(&mut self, kind: Implicit, class: ClassId, span: Span) -> FuncId {
        if let Some(known) = self.implicit.get(&(kind, class)) {
            return *known;
        }
        let ty = self.class(class).ty;
        let bare = self.class(class).name.clone();
        let mut params = Vec::new();
        if matches!(kind, Implicit::CopyCtor | Implicit::CopyAssign) {
            let source = QualType { ty, quals: Quals::CONST };
            params.push(self.types.reference_to(source, false).into());
        }
        let required = params.len();
        let ret = match kind {
            Implicit::CopyAssign => self.types.reference_to(ty, false).into(),
            _ => TypeId::VOID.into(),
        };
        let this = Some(Quals::NONE);
        let sig = Rc::new(Sig { ret, auto_ret: false, params, required, variadic: false, this });
        let name = match kind {
            Implicit::DefaultCtor | Implicit::CopyCtor => format!("{bare}::{bare}"),
            Implicit::CopyAssign => format!("{bare}::operator="),
            Implicit::Dtor => format!("{bare}::~{bare}"),
        };
        let id = FuncId(self.insts.len() as u32);
        self.insts.push(FuncInst {
            name: name.into(),
            entity: None,
            implicit: Some((kind, class)),
            class: Some(class),
            ast: None,
            scope: self.class(class).scope,
            sig,
            state: Progress::Not,
            def: None,
            depth: self.cx.depth + 1,
            builtin: false,
            asked: span,
            is_template: false,
        });
        self.implicit.insert((kind, class), id);
        self.work.push(id);
        id
    }

    /// The explicit specialisation of a function template for these arguments.
    fn function_specialisation(
        &mut self,
        f: FnId,
        args: &[TArg],
    ) -> Res<Option<(&'a ast::Function, ScopeId)>> {
        if self.specials.is_empty() {
            return Ok(None);
        }
        let list = match &self.func(f).special {
            Some(list) => list.clone(),
            None => {
                let list = Rc::new(self.collect_specialisations(f));
                self.func_mut(f).special = Some(list.clone());
                list
            }
        };
        let scope = self.func(f).scope;
        let found = list.iter().filter(|(known, _)| known == args).map(|(_, ast)| *ast);
        // A definition goes before a declaration.
        let best = found.max_by_key(|ast| ast.body.is_some());
        Ok(best.map(|ast| (ast, scope)))
    }

    fn collect_specialisations(&mut self, f: FnId) -> Vec<(Vec<TArg>, &'a ast::Function)> {
        let info = self.func(f);
        let (decl, home) = (info.decls[0], info.scope);
        let Some(template) = info.template else { return Vec::new() };
        let symbol = segment_symbol(&decl.name.last().name);
        let mut out = Vec::new();
        for (scope, special) in self.specials.clone() {
            let last = special.name.last();
            if segment_symbol(&last.name) != symbol || special.params.len() != decl.params.len() {
                continue;
            }
            let at = match self.in_context(scope, |c| c.qualifier(&special.name)) {
                Ok(Some(at)) => at,
                Ok(None) => scope,
                Err(_) => continue,
            };
            if at != home {
                continue;
            }
            let written = last.args.as_deref().unwrap_or(&[]);
            let found = self.in_context(scope, |c| {
                let found = c.explicit_args(&template.params, written, home, special.name_span).ok()?;
                let sig = c.signature_of(special).ok()?;
                let mut b = Bindings { params: &template.params, found, fixed: written.len(), scope: home };
                for (p, a) in decl.params.iter().zip(&sig.params) {
                    if !c.deduce(&p.ty, *a, &mut b, 0).ok()? {
                        return None;
                    }
                }
                let args = c.complete_args(&template.params, b.found, home, special.name_span).ok()?;
                let args: Rc<[TArg]> = args.into();
                // Where several templates could be meant, the parameters must come out the same.
                let own = c.template_signature(f, &args).ok()?;
                (own.params == sig.params).then(|| args.to_vec())
            });
            if let Some(args) = found {
                out.push((args, special));
            }
        }
        out
    }

    /// Checks every body on the work list, and those that they reach.
    pub fn run_work_list(&mut self) {
        while let Some(id) = self.work.pop() {
            if self.diags.at_limit() {
                return;
            }
            if let Err(e) = self.ensure_checked(id) {
                self.report(e);
            }
        }
    }

    /// Checks a body now; for `auto` results and constant evaluation.
    pub fn ensure_checked(&mut self, id: FuncId) -> Res<()> {
        match self.inst(id).state {
            Progress::Not => {}
            Progress::Done | Progress::Running => return Ok(()),
            Progress::Failed => return super::context::follow_up(),
        }
        self.insts[id.0 as usize].state = Progress::Running;
        let span = self.inst(id).asked;
        let result = self.nested(span, |c| c.check_function(id));
        match result {
            Ok(def) => {
                let inst = &mut self.insts[id.0 as usize];
                inst.def = Some(Rc::new(def));
                inst.state = Progress::Done;
                Ok(())
            }
            Err(e) => {
                self.insts[id.0 as usize].state = Progress::Failed;
                Err(e)
            }
        }
    }
}

use ast::TypeSyntax;

/// Whether a return type has to be worked out from the body.
pub fn contains_auto(ty: &TypeSyntax, depth: u32) -> bool {
    if depth > 32 {
        return false;
    }
    match &ty.kind {
        TypeKind::Auto | TypeKind::DecltypeAuto => true,
        TypeKind::Pointer { pointee: t, .. } | TypeKind::Reference { target: t, .. } => {
            contains_auto(t, depth + 1)
        }
        _ => false,
    }
}
