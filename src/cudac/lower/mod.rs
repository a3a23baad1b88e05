//! Lowering: the checker's typed tree becomes a thread IR module.
//!
//! One IR function for each function of the program, with the same number; helpers (exact directed rounding,
//! memcmp) follow them. Scalar locals whose address is never taken become SSA variables; everything else lives in
//! slots, and records are copied field by field while they are small, so that the passes can take slots apart again.
//! Records are passed by address (the callee copies) and returned through a hidden first argument.

mod addr;
mod atomics;
mod chains;
mod convert;
mod entries;
mod expr;
mod flow;
mod func;
mod intrinsics;
mod locks;
mod locs;
mod memory;
mod ops;
mod place;
mod record;
mod rounding;
mod scan;
mod stmt;
mod warp;

#[cfg(test)]
mod tests;

use rustc_hash::FxHashMap as HashMap;

use crate::cudac::check::tree::{self, Program};
use crate::cudac::check::types::{FloatKind, Type, TypeId};
use crate::cudac::diagnostics::Diagnostic;
use crate::cudac::source::Span;
use crate::cudac::thread_ir::{
    FuncId, Function, Global, GlobalId, GlobalSpace, Module, ParamInfo, Reloc, RelocTarget, Ty,
};

use rounding::Helper;

/// A refusal with its place. Boxed, as it is rare and large.
pub(crate) type LResult<T> = Result<T, Box<Diagnostic>>;

/// A named construct that this compiler does not have.
pub(crate) fn unsupported<T>(span: Span, what: &str) -> LResult<T> {
    Err(Box::new(Diagnostic::unsupported(span, what, "")))
}

/// A tree that breaks its own contract: our bug, reported as an error and not as a panic.
pub(crate) fn malformed<T>(span: Span, what: &str) -> LResult<T> {
    Err(Box::new(Diagnostic::error(span, format!("internal compiler error: {what}"))))
}

/// The module of a checked program. The kernel keeps its number: `program.kernel`.
pub fn lower_program(program: &Program) -> Result<Module, Box<Diagnostic>> {
    let mut cx = Lowerer::new(program);
    cx.declare_globals()?;
    for def in &program.functions {
        let f = cx.declare_function(def)?;
        cx.module.add_function(f);
    }
    cx.candidates = scan::function_addresses(program);
    for (i, def) in program.functions.iter().enumerate() {
        let f = func::lower_function(&mut cx, def, FuncId(i as u32))?;
        cx.module.funcs[i] = f;
    }
    locks::relax(&mut cx.module);
    Ok(cx.module)
}

/// What all functions share.
pub(crate) struct Lowerer<'p> {
    pub program: &'p Program,
    pub module: Module,
    pub locs: locs::LocTable,
    pub helpers: HashMap<Helper, FuncId>,
    /// Functions whose address is taken: what an indirect call may reach.
    pub candidates: Vec<tree::FuncId>,
    /// By function: it comes to a barrier.
    pub barriers: std::rc::Rc<[bool]>,
}

impl<'p> Lowerer<'p> {
    fn new(program: &'p Program) -> Self {
        let mut module = Module::new();
        let locs = locs::LocTable::new(&program.sources, &mut module);
        let barriers = chains::functions_with_barriers(program).into();
        Self { program, module, locs, helpers: HashMap::default(), candidates: Vec::new(), barriers }
    }

    /// The IR type of a scalar; `None` for void, records, arrays and functions.
    pub fn scalar(&self, ty: TypeId) -> Option<Ty> {
        Some(match self.program.types.get(ty) {
            Type::Bool => Ty::I1,
            Type::Int(kind) => int_ty(kind.size()),
            Type::Float(FloatKind::Float) => Ty::F32,
            Type::Float(FloatKind::Double) => Ty::F64,
            Type::NullPtr | Type::Pointer(_) | Type::Reference { .. } => Ty::Ptr,
            Type::Enum(e) => return self.scalar(self.program.types.enumeration(*e).underlying),
            Type::Void | Type::Array { .. } | Type::Record(_) | Type::Function(_) => return None,
        })
    }

    /// True for signed integers and enums over them.
    pub fn is_signed(&self, ty: TypeId) -> bool {
        self.program.types.int_kind(ty).is_some_and(|k| k.is_signed())
    }

    pub fn is_record(&self, ty: TypeId) -> bool {
        matches!(self.program.types.get(ty), Type::Record(_))
    }

    pub fn size_align(&self, ty: TypeId, span: Span) -> LResult<(u64, u32)> {
        match self.program.types.size_align(ty) {
            Ok((size, align)) => Ok((size, align as u32)),
            Err(_) => malformed(span, "an object of a type without size"),
        }
    }

    /// What a pointer of this type steps over: 1 for `void *` and pointers to functions.
    pub fn pointee_size(&self, ty: TypeId) -> u64 {
        match self.program.types.get(ty) {
            Type::Pointer(p) => self.program.types.size_align(p.ty).map_or(1, |(size, _)| size),
            _ => 1,
        }
    }

    fn declare_globals(&mut self) -> LResult<()> {
        for (i, g) in self.program.globals.iter().enumerate() {
            let space = match g.space {
                tree::GlobalSpace::Device | tree::GlobalSpace::Static => GlobalSpace::Device,
                tree::GlobalSpace::Constant => GlobalSpace::Constant,
                tree::GlobalSpace::Shared => GlobalSpace::Shared,
                tree::GlobalSpace::DynamicShared => GlobalSpace::DynamicShared,
            };
            let named = !g.name.is_empty() && !self.module.globals.iter().any(|o| *o.name == *g.name);
            let name = if named { g.name.to_string() } else { format!("{}.{i}", g.name) };
            let is_shared = matches!(space, GlobalSpace::Shared | GlobalSpace::DynamicShared);
            let mut init = match &g.init {
                Some(bytes) if !is_shared => bytes.to_vec(),
                _ => Vec::new(),
            };
            for (at, f) in &g.functions {
                // See `call_indirect` for what a function pointer is.
                let at = *at as usize;
                if let Some(slot) = init.get_mut(at..at + 8) {
                    slot.copy_from_slice(&(u64::from(f.0) + 1).to_le_bytes());
                }
            }
            let reloc = |&(offset, target, addend): &(u64, tree::GlobalId, i64)| Reloc {
                offset,
                target: RelocTarget::Global(GlobalId(target.0)),
                addend,
            };
            let relocs = if is_shared { Vec::new() } else { g.relocations.iter().map(reloc).collect() };
            self.module.add_global(Global { name, space, size: g.size, align: g.align.into(), init, relocs });
        }
        Ok(())
    }

    /// The function with its signature and no body.
    fn declare_function(&self, def: &tree::FunctionDef) -> LResult<Function> {
        if def.is_kernel {
            let info = |p: &tree::KernelParam| ParamInfo {
                name: p.name.to_string(),
                offset: p.offset,
                size: p.size,
                align: p.align,
                ty: self.scalar(p.ty),
            };
            let params = self.program.kernel_params.iter().map(info).collect();
            let mut f = Function::new_kernel(&def.name, params);
            f.max_threads = self.program.max_threads_per_block.unwrap_or(0);
            return Ok(f);
        }
        let mut params = Vec::new();
        if self.is_record(def.ret) {
            params.push(Ty::Ptr);
        }
        for local in &def.locals[..def.param_count as usize] {
            // A record comes by address.
            params.push(self.scalar(local.ty).unwrap_or(Ty::Ptr));
        }
        Ok(Function::new_device(&def.name, &params, self.scalar(def.ret)))
    }
}

/// The integer type of `size` bytes.
pub(crate) fn int_ty(size: u32) -> Ty {
    match size {
        1 => Ty::I8,
        2 => Ty::I16,
        4 => Ty::I32,
        _ => Ty::I64,
    }
}
