//! From the checked functions to a program: the kernel is found by its name expression, what it reaches is kept and
//! renumbered, recursion is found, the parameters are laid out.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::context::{CheckOptions, Checker, Entity, FnCx, FnId, Res, ScopeId, ScopeKind, TArg, fail};
use super::sources::Sources;
use super::tree::{ExprKind, FuncId, FunctionDef, GlobalId, KernelParam, Program};
use super::types::{Type, TypeTable};
use super::walk::{for_each_expr, for_each_expr_mut};
use crate::cudac::diagnostics::{Diagnostic, Diagnostics};
use crate::cudac::parse::{Unit, ast};
use crate::cudac::source::Span;

/// Checks a kernel and everything it reaches. Errors go to `sink`; the program is there only without any.
pub fn check_kernel(
    unit: &Unit,
    name: &Result<ast::Name, Diagnostic>,
    text: &str,
    options: &CheckOptions,
    sink: &mut Diagnostics,
) -> Option<Program> {
    let name = match name {
        Ok(name) => name,
        Err(error) => {
            sink.push(error.clone());
            return None;
        }
    };
    if sink.has_errors() {
        return None;
    }
    let mut checker = Checker::new(unit, options.clone(), sink);
    checker.enter_unit();
    if checker.diags.has_errors() {
        // What two conflicting declarations mean nobody knows.
        checker.check_declarations();
        return None;
    }
    let result = checker.kernel(name, text);
    let kernel = match result {
        Ok(kernel) => kernel,
        Err(e) => {
            // `__global__ void ns::k()` of no namespace explains more.
            checker.check_outside();
            checker.report(e);
            return None;
        }
    };
    checker.run_work_list();
    checker.check_declarations();
    checker.namespace_assertions();
    if checker.diags.has_errors() {
        return None;
    }
    checker.visible_globals();
    match checker.program(kernel) {
        Ok(program) if !checker.diags.has_errors() => Some(program),
        Ok(_) => None,
        Err(e) => {
            checker.report(e);
            None
        }
    }
}

impl<'a> Checker<'a> {
    pub fn new(unit: &'a Unit, opts: CheckOptions, diags: &'a mut Diagnostics) -> Checker<'a> {
        let mut checker = Checker {
            src: Sources { unit },
            opts,
            types: TypeTable::new(),
            diags,
            scopes: Vec::new(),
            classes: Vec::new(),
            class_of_record: HashMap::new(),
            class_of_ast: HashMap::new(),
            enums: Vec::new(),
            enum_of_ast: HashMap::new(),
            vars: Vec::new(),
            sets: Vec::new(),
            merged: Vec::new(),
            fns: Vec::new(),
            templates: Vec::new(),
            envs: HashMap::new(),
            insts: Vec::new(),
            implicit: HashMap::new(),
            globals: Vec::new(),
            local_constants: HashMap::new(),
            global_constants: HashMap::new(),
            strings: HashMap::new(),
            outside: HashMap::new(),
            outside_vars: HashMap::new(),
            outside_ops: Vec::new(),
            closures: HashMap::new(),
            outer_vars: HashMap::new(),
            specials: Vec::new(),
            builtin_names: HashMap::new(),
            packs: Vec::new(),
            made: &unit.made,
            work: Vec::new(),
            cx: FnCx::new(ScopeId(0), 0),
            root: ScopeId(0),
            builtin_root: ScopeId(1),
            depth: 0,
            serials: 0,
            eval_steps: 0,
            unique: 0,
            auto_type: None,
            use_at: 0,
            conflicts: HashSet::new(),
            suggestions: 0,
            unknown: HashSet::new(),
        };
        checker.new_scope(None, ScopeKind::Namespace);
        checker.new_scope(None, ScopeKind::Namespace);
        checker.scopes[1].unit = 1;
        checker
    }

    pub fn enter_unit(&mut self) {
        let unit = self.src.unit;
        self.enter_all(self.root, &unit.decls, None);
    }

    /// A failed `static_assert` of namespace scope is an error even though nothing reaches it.
    fn namespace_assertions(&mut self) {
        let unit = self.src.unit;
        self.assertions_in(self.root, &unit.decls, 0);
    }

    fn assertions_in(&mut self, scope: ScopeId, decls: &'a [ast::Decl], depth: u32) {
        for decl in decls {
            match &decl.kind {
                ast::DeclKind::StaticAssert { cond, message } => {
                    let holds = self.in_context(scope, |c| c.constant_condition(cond));
                    if let Ok(false) = holds
                        && let Err(e) = self.static_assert_failed(decl.span, message.as_deref())
                    {
                        self.report(e);
                    }
                }
                ast::DeclKind::Namespace { name: Some(name), decls, .. } if depth < 64 => {
                    let slot = self.scope(scope).names.get(name).and_then(|s| s.ordinary);
                    if let Some(Entity::Namespace(inner)) = slot {
                        self.assertions_in(inner, decls, depth + 1);
                    }
                }
                _ => {}
            }
        }
    }

    // ------------------------------------------------------------ the kernel

    fn kernel(&mut self, name: &'a ast::Name, text: &str) -> Res<FuncId> {
        let root = self.root;
        self.in_context(root, |c| c.find_kernel(name, text))
    }

    fn find_kernel(&mut self, name: &'a ast::Name, text: &str) -> Res<FuncId> {
        let set = match self.lookup_name(name)? {
            Some(Entity::Functions(set)) => Some(set),
            _ => None,
        };
        let fns = set.map(|set| self.functions(set).to_vec()).unwrap_or_default();
        let mut kernels: Vec<FnId> =
            fns.iter().copied().filter(|f| self.func(*f).decls.iter().any(|d| d.specs.global)).collect();
        if kernels.is_empty() {
            kernels = self.kernels_with_c_name(text);
        }
        if set.is_none() && kernels.is_empty() {
            return self.unknown_kernel(text);
        }
        if kernels.is_empty() {
            let at = fns.first().map_or(Span::NONE, |f| self.func(*f).decls[0].name_span);
            return fail(at, format!("\"{text}\" is not a __global__ function"));
        }
        let written = name.last().args.as_deref();
        let mut found: Vec<(FnId, Option<Rc<[TArg]>>)> = Vec::new();
        let mut error = None;
        for f in kernels {
            let info = self.func(f);
            let (decl, scope) = (info.decls[0], info.scope);
            let Some(template) = info.template else {
                if written.is_none() {
                    found.push((f, None));
                }
                continue;
            };
            let result = self
                .explicit_args(&template.params, written.unwrap_or(&[]), scope, decl.name_span)
                .and_then(|open| self.complete_args(&template.params, open, scope, decl.name_span));
            match result {
                Ok(args) => found.push((f, Some(args.into()))),
                Err(e) => error = Some(e),
            }
        }
        match found.as_slice() {
            [(f, args)] => self.instance(*f, args.clone(), self.func(*f).decls[0].name_span),
            [] => match error {
                Some(mut e) => {
                    e.message = format!("in the name expression \"{text}\": {}", e.message);
                    Err(e)
                }
                None => fail(Span::NONE, format!("\"{text}\" has template arguments but names no template")),
            },
            [_, (second, _), ..] => {
                let at = self.func(*second).decls[0].name_span;
                let all: Vec<FnId> = found.iter().map(|f| f.0).collect();
                self.check_linkage(&all);
                if self.diags.has_errors() {
                    return super::context::follow_up();
                }
                fail(at, format!("\"{text}\" names more than one __global__ function"))
            }
        }
    }

    /// `extern "C"` kernels are found by their plain name in whatever namespace they stand.
    fn kernels_with_c_name(&self, text: &str) -> Vec<FnId> {
        let matches = |f: &FnId| {
            let info = self.func(*f);
            let c = info.decls.iter().any(|d| d.specs.global && d.specs.extern_c);
            c && !info.builtin && self.function_name(*f).rsplit("::").next() == Some(text)
        };
        (0..self.fns.len()).map(|i| FnId(i as u32)).filter(matches).collect()
    }

    fn unknown_kernel<T>(&mut self, text: &str) -> Res<T> {
        let mut known: Vec<String> = Vec::new();
        for i in 0..self.fns.len() {
            let f = FnId(i as u32);
            if self.func(f).decls[0].specs.global && !self.func(f).builtin && known.len() < 12 {
                let name = self.function_name(f);
                if !known.contains(&name) {
                    known.push(name);
                }
            }
        }
        let list = if known.is_empty() {
            "the text has no __global__ function".to_string()
        } else {
            format!("the text has: {}", known.join(", "))
        };
        fail(Span::NONE, format!("no kernel \"{text}\" ({list})"))
    }

    // ------------------------------------------------------------ the program

    fn program(&mut self, kernel: FuncId) -> Res<Program> {
        // First, as long as all variables have their numbers and constexpr functions their bodies.
        let max_threads_per_block = self.launch_bounds(kernel)?;
        let mut order: Vec<FuncId> = vec![kernel];
        let mut number: HashMap<FuncId, u32> = HashMap::from([(kernel, 0)]);
        let mut edges: Vec<Vec<u32>> = Vec::new();
        let mut at = 0;
        while at < order.len() {
            let Some(def) = self.inst(order[at]).def.clone() else {
                let name = self.inst(order[at]).name.clone();
                return fail(self.inst(order[at]).asked, format!("function \"{name}\" has no body"));
            };
            let mut out = Vec::new();
            let mut called = |id: FuncId| {
                let next = number.len() as u32;
                let n = *number.entry(id).or_insert(next);
                if n == next {
                    order.push(id);
                }
                out.push(n);
            };
            let mut tables = Vec::new();
            for_each_expr(&def.body, &mut |e| match &e.kind {
                ExprKind::Call { function: id, .. } | ExprKind::FunctionAddress(id) => called(*id),
                ExprKind::Global(id) => tables.push(*id),
                _ => {}
            });
            self.functions_in_tables(tables, &mut called);
            edges.push(out);
            at += 1;
        }
        let mut functions: Vec<FunctionDef> = Vec::with_capacity(order.len());
        for id in &order {
            if let Some(def) = self.insts[id.0 as usize].def.take() {
                let mut def = Rc::try_unwrap(def).unwrap_or_else(|rc| FunctionDef::clone(&rc));
                for_each_expr_mut(&mut def.body, &mut |e| {
                    if let ExprKind::Call { function: id, .. } | ExprKind::FunctionAddress(id) = &mut e.kind {
                        *id = FuncId(number.get(id).copied().unwrap_or(0));
                    }
                });
                functions.push(def);
            }
        }
        for (i, function) in functions.iter_mut().enumerate() {
            function.is_recursive = reaches_itself(&edges, i as u32);
        }
        if functions[0].is_recursive {
            return fail(functions[0].span, "a kernel cannot call itself");
        }
        for global in &mut self.globals {
            // A table that nothing reaches may hold functions that are not there: those entries stay null.
            global.functions = (global.functions.iter())
                .filter_map(|(at, f)| number.get(f).map(|n| (*at, FuncId(*n))))
                .collect();
        }
        self.keep_globals(&mut functions);
        let (kernel_params, kernel_params_size) = self.parameters(kernel, &functions)?;
        Ok(Program {
            kernel: FuncId(0),
            functions,
            globals: std::mem::take(&mut self.globals),
            types: std::mem::take(&mut self.types),
            kernel_params,
            kernel_params_size,
            max_threads_per_block,
            sources: self.src.map().clone(),
        })
    }

    /// Calls `found` for every function whose address stands in the initial value of one of `tables`, or of a
    /// variable that those point to.
    fn functions_in_tables(&self, mut tables: Vec<GlobalId>, found: &mut dyn FnMut(FuncId)) {
        let mut seen = HashSet::new();
        while let Some(id) = tables.pop() {
            if seen.insert(id) {
                let global = &self.globals[id.0 as usize];
                tables.extend(global.relocations.iter().map(|(_, target, _)| *target));
                global.functions.iter().for_each(|(_, f)| found(*f));
            }
        }
    }

    /// Drops globals that nothing reaches, but for those that the host can ask for.
    fn keep_globals(&mut self, functions: &mut [FunctionDef]) {
        use super::tree::GlobalSpace;
        let mut keep = vec![false; self.globals.len()];
        for f in functions.iter() {
            for_each_expr(&f.body, &mut |e| {
                if let ExprKind::Global(id) = e.kind {
                    keep[id.0 as usize] = true;
                }
            });
        }
        for info in &self.vars {
            let specs = &info.ast.specs;
            if let Some(id) = info.global
                && (specs.constant || specs.device || specs.managed)
                && matches!(self.globals[id.0 as usize].space, GlobalSpace::Device | GlobalSpace::Constant)
            {
                keep[id.0 as usize] = true;
            }
        }
        let mut changed = true;
        while changed {
            changed = false;
            for i in 0..self.globals.len() {
                if keep[i] {
                    for (_, target, _) in &self.globals[i].relocations {
                        changed |= !std::mem::replace(&mut keep[target.0 as usize], true);
                    }
                }
            }
        }
        let mut number = vec![0u32; keep.len()];
        let mut next = 0;
        for (i, kept) in keep.iter().enumerate() {
            number[i] = next;
            next += u32::from(*kept);
        }
        let all = std::mem::take(&mut self.globals);
        self.globals = all.into_iter().zip(&keep).filter(|(_, k)| **k).map(|(g, _)| g).collect();
        for global in &mut self.globals {
            for (_, target, _) in &mut global.relocations {
                target.0 = number[target.0 as usize];
            }
        }
        for f in functions {
            for_each_expr_mut(&mut f.body, &mut |e| {
                if let ExprKind::Global(GlobalId(id)) = &mut e.kind {
                    *id = number[*id as usize];
                }
            });
        }
    }

    fn parameters(&mut self, kernel: FuncId, functions: &[FunctionDef]) -> Res<(Vec<KernelParam>, u32)> {
        let sig = self.inst(kernel).sig.clone();
        let Some(ast) = self.inst(kernel).ast else { return fail(Span::NONE, "the kernel has no text") };
        let read_only = super::read_only::read_only_params(functions, &self.types);
        let mut out = Vec::new();
        let mut offset = 0u64;
        let params = self.params_with_types(&ast.params, &sig.params);
        let each = params.iter().flat_map(|(param, types)| types.iter().map(move |ty| (*param, ty)));
        for (i, (param, ty)) in each.enumerate() {
            if let Type::Reference { .. } = self.types.get(ty.ty) {
                return fail(param.span, "a __global__ function cannot have a parameter with reference type");
            }
            let Ok((size, align)) = self.types.size_align(ty.ty) else {
                return fail(param.span, "incomplete type is not allowed");
            };
            offset = offset.div_ceil(align) * align;
            let pointee = self.pointee(ty.ty);
            let pointee_size = pointee.map_or(0, |p| self.types.size_align(p.ty).map_or(0, |s| s.0));
            out.push(KernelParam {
                name: param.name.map_or(String::new(), |n| self.name(n)).into(),
                ty: ty.ty,
                size: size as u32,
                align: align as u32,
                offset: offset as u32,
                is_pointer: pointee.is_some(),
                pointee_const: pointee.is_some_and(|p| p.quals.is_const),
                pointee_size: pointee_size as u32,
                read_only: pointee.is_some() && read_only.get(i).copied().unwrap_or(false),
            });
            offset += size;
            if offset > 32 << 10 {
                return fail(param.span, "the parameters of the kernel are too large");
            }
        }
        Ok((out, offset as u32))
    }

    fn launch_bounds(&mut self, kernel: FuncId) -> Res<Option<u32>> {
        let Some(f) = self.inst(kernel).entity else { return Ok(None) };
        let scope = self.inst(kernel).scope;
        let bounds = self.func(f).decls.iter().find_map(|d| d.specs.launch_bounds.first());
        let Some(e) = bounds else { return Ok(None) };
        let (_, value) = self.in_context(scope, |c| c.constant_integer(e))?;
        Ok(u32::try_from(value).ok().filter(|v| *v > 0))
    }
}

/// Whether following the edges from a node leads back to it.
fn reaches_itself(edges: &[Vec<u32>], from: u32) -> bool {
    let mut seen = vec![false; edges.len()];
    let mut open: Vec<u32> = edges[from as usize].clone();
    while let Some(n) = open.pop() {
        if n == from {
            return true;
        }
        if !std::mem::replace(&mut seen[n as usize], true) {
            open.extend(&edges[n as usize]);
        }
    }
    false
}
