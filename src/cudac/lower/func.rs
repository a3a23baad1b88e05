//! One function: its locals and parameters, and the state that statements and expressions share while it is written.

use rustc_hash::{FxHashMap as HashMap, FxHashSet as HashSet};

use crate::cudac::check::tree::{Expr, FunctionDef, LabelId, LocalId};
use crate::cudac::check::types::TypeId;
use crate::cudac::diagnostics::Diagnostic;
use crate::cudac::source::Span;
use crate::cudac::thread_ir::{
    Block, FuncId, Function, FunctionBuilder, Op, SlotId, Space, Ty, Value, Variable,
};

use super::addr::Addr;
use super::place::Place;
use super::scan::{self, BodyFacts};
use super::{LResult, Lowerer, malformed};

/// Deeper nesting of expressions and statements is refused; the checker's own limit is lower.
const MAX_DEPTH: u32 = 2000;

/// CUDA's limit of local memory for a thread.
const MAX_SLOT: u64 = 512 << 10;

/// Where a local lives.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Storage {
    Var(Variable),
    /// A slot: its alignment, and whether every access is volatile.
    Slot {
        slot: SlotId,
        align: u32,
        volatile: bool,
    },
    /// A record parameter of a kernel that is never written: read where it came, at this offset.
    Param {
        offset: u32,
        align: u32,
    },
}

/// Where `break` and `continue` go. A switch has no `continue` of its own.
pub(crate) struct Target {
    pub on_break: Block,
    pub on_continue: Option<Block>,
}

pub(crate) struct FuncLower<'a, 'p> {
    pub cx: &'a mut Lowerer<'p>,
    pub def: &'p FunctionDef,
    pub b: FunctionBuilder,
    pub storage: Vec<Option<Storage>>,
    pub labels: HashMap<LabelId, Block>,
    pub targets: Vec<Target>,
    pub facts: BodyFacts,
    /// Address space of pointer values whose origin is known.
    pub spaces: HashMap<Value, Space>,
    /// Where a returned record goes.
    pub result: Option<Value>,
    /// Assignments that trust the lock step of a warp, and whether one is being made.
    pub chains: HashSet<*const Expr>,
    pub in_chain: bool,
    depth: u32,
}

pub(crate) fn lower_function<'p>(
    cx: &mut Lowerer<'p>,
    def: &'p FunctionDef,
    id: FuncId,
) -> LResult<Function> {
    let empty = cx.module.funcs[id.index()].clone();
    let barriers = cx.barriers.clone();
    let mut f = FuncLower {
        b: FunctionBuilder::new(empty),
        cx,
        def,
        storage: vec![None; def.locals.len()],
        labels: HashMap::default(),
        targets: Vec::new(),
        facts: scan::body_facts(def),
        spaces: HashMap::default(),
        result: None,
        chains: super::chains::lock_step_updates(&barriers, def),
        in_chain: false,
        depth: 0,
    };
    f.set_span(def.span);
    f.params()?;
    f.statement(&def.body)?;
    if !f.b.is_unreachable() {
        f.return_default()?;
    }
    let mut function = f.b.finish();
    if !super::flow::is_reducible(&function) {
        super::entries::make_single(&mut function);
        super::flow::check_reducible(&function, f.cx, def)?;
    }
    Ok(function)
}

impl<'p> FuncLower<'_, 'p> {
    /// Parameters become variables, or memory where they need it.
    fn params(&mut self) -> LResult<()> {
        let count = self.def.param_count as usize;
        let mut arg = 0;
        if !self.def.is_kernel && self.cx.is_record(self.def.ret) {
            self.result = Some(self.b.arg(0));
            arg = 1;
        }
        for (i, local) in self.def.locals[..count].iter().enumerate() {
            let id = LocalId(i as u32);
            let is_kernel = self.def.is_kernel;
            let (offset, align) = match self.cx.program.kernel_params.get(i).filter(|_| is_kernel) {
                Some(p) => (p.offset, p.align),
                None if is_kernel => return malformed(local.span, "a kernel parameter without a place"),
                None => (0, self.cx.size_align(local.ty, local.span)?.1),
            };
            if let Some(ty) = self.cx.scalar(local.ty) {
                let value = if is_kernel { self.b.param_load(ty, offset) } else { self.b.arg(arg) };
                if is_kernel && ty == Ty::Ptr {
                    self.spaces.insert(value, Space::Global);
                }
                let place = self.local_place(id, local.span)?;
                self.write(place, value, local.ty)?;
            } else if is_kernel && !self.facts.written.contains(&id) {
                self.storage[i] = Some(Storage::Param { offset, align });
            } else {
                let from = if is_kernel {
                    Addr::new(self.b.param_addr(offset), Space::Param, align)
                } else {
                    Addr::new(self.b.arg(arg), Space::Generic, align)
                };
                let Place::Mem(to) = self.local_place(id, local.span)? else {
                    return malformed(local.span, "a record parameter outside memory");
                };
                self.copy_object(local.ty, to, from, local.span)?;
            }
            arg += 1;
        }
        Ok(())
    }

    /// A slot for a temporary; the address holds in the current block and those it dominates.
    pub fn temp(&mut self, ty: TypeId, span: Span) -> LResult<Addr> {
        let (size, align) = self.cx.size_align(ty, span)?;
        let slot = self.slot(size, align, "", span)?;
        Ok(self.slot_place(slot, align))
    }

    fn slot(&mut self, size: u64, align: u32, name: &str, span: Span) -> LResult<SlotId> {
        if size > MAX_SLOT {
            let what = if name.is_empty() { "a temporary object".to_owned() } else { format!("`{name}`") };
            let text = format!(
                "{what} of {size} bytes does not fit into local memory ({MAX_SLOT} bytes per thread)"
            );
            return Err(Box::new(Diagnostic::error(span, text)));
        }
        Ok(self.b.create_slot(size as u32, align, name))
    }

    fn slot_place(&mut self, slot: SlotId, align: u32) -> Addr {
        let base = self.b.slot_addr(slot);
        self.spaces.insert(base, Space::Local);
        Addr::new(base, Space::Local, align)
    }

    /// The place of a local, which is given its storage at the first use. Slots are addressed anew each time, so that
    /// the address is valid wherever it is used.
    pub fn local_place(&mut self, id: LocalId, span: Span) -> LResult<Place> {
        let index = id.0 as usize;
        let local = &self.def.locals[index];
        let storage = match self.storage[index] {
            Some(s) => s,
            None => {
                let in_var = !local.address_taken && !local.quals.is_volatile;
                let s = match self.cx.scalar(local.ty).filter(|_| in_var) {
                    Some(ty) => Storage::Var(self.b.declare_var(ty)),
                    None => {
                        let (size, align) = self.cx.size_align(local.ty, span)?;
                        let align = align.max(local.align);
                        let slot = self.slot(size, align, &local.name, local.span)?;
                        Storage::Slot { slot, align, volatile: local.quals.is_volatile }
                    }
                };
                self.storage[index] = Some(s);
                s
            }
        };
        Ok(match storage {
            Storage::Var(v) => Place::Var(v),
            Storage::Slot { slot, align, volatile } => {
                Place::Mem(self.slot_place(slot, align).volatile(volatile))
            }
            Storage::Param { offset, align } => {
                let base = self.b.param_addr(offset);
                self.spaces.insert(base, Space::Param);
                Place::Mem(Addr::new(base, Space::Param, align))
            }
        })
    }

    pub fn is_variable(&self, id: LocalId) -> bool {
        let local = &self.def.locals[id.0 as usize];
        match self.storage[id.0 as usize] {
            Some(s) => matches!(s, Storage::Var(_)),
            None => !local.address_taken && !local.quals.is_volatile && self.cx.scalar(local.ty).is_some(),
        }
    }

    /// What a call in a kernel's or function's last line gives when no `return` was met: zero, as some value is needed.
    pub fn return_default(&mut self) -> LResult<()> {
        let value = match self.cx.scalar(self.def.ret) {
            Some(ty) if !self.def.is_kernel => Some(self.zero(ty)),
            _ => None,
        };
        self.b.ret(value);
        Ok(())
    }

    pub fn zero(&mut self, ty: Ty) -> Value {
        self.b.emit(Op::Const(0), ty)
    }

    /// A float constant of either width.
    pub fn fconst(&mut self, ty: Ty, x: f64) -> Value {
        if ty == Ty::F32 { self.b.f32const(x as f32) } else { self.b.f64const(x) }
    }

    pub fn set_span(&mut self, span: Span) {
        let loc = self.cx.locs.loc(&self.cx.program.sources, &mut self.cx.module, span);
        if loc.0 != 0 {
            self.b.set_loc(loc);
        }
    }

    /// Runs `f` one level deeper, at the position of `e`.
    pub fn nested<T>(&mut self, span: Span, f: impl FnOnce(&mut Self) -> LResult<T>) -> LResult<T> {
        if self.depth >= MAX_DEPTH {
            return Err(Box::new(Diagnostic::error(span, "this code is nested too deeply")));
        }
        self.depth += 1;
        let loc = self.b.loc();
        self.set_span(span);
        let result = f(self);
        self.b.set_loc(loc);
        self.depth -= 1;
        result
    }

    /// Writes of `f` are kept in step if the assignment `e` is one of a chain.
    pub fn in_step<T>(&mut self, e: &Expr, f: impl FnOnce(&mut Self) -> T) -> T {
        let chain = self.chains.contains(&std::ptr::from_ref(e));
        let outer = std::mem::replace(&mut self.in_chain, chain);
        let result = f(self);
        self.in_chain = outer;
        result
    }

    pub fn load(&mut self, ty: Ty, addr: Addr) -> Value {
        let flags = addr.flags(ty);
        let p = self.pointer(addr);
        self.b.load(ty, p, flags)
    }

    pub fn store(&mut self, addr: Addr, value: Value) {
        let flags = addr.flags(self.b.ty(value));
        let p = self.pointer(addr);
        // Programs from before `__syncwarp` rely on the lock step of a warp where they write volatile memory:
        // what other lanes read before it must be read, and what they read after it must be there.
        // `locks::relax` takes it away where lanes take turns.
        let lock_step = addr.volatile && matches!(addr.space, Space::Shared | Space::Global | Space::Generic)
            || self.in_chain && matches!(addr.space, Space::Shared | Space::Generic);
        if lock_step {
            self.b.active_mask();
        }
        self.b.store(p, value, flags);
        if lock_step {
            self.b.active_mask();
        }
    }

    /// The address as a value.
    pub fn pointer(&mut self, addr: Addr) -> Value {
        let p = self.b.ptr_add_const(addr.base, addr.offset);
        if addr.space != Space::Generic {
            self.spaces.insert(p, addr.space);
        }
        p
    }

    pub fn space_of(&self, pointer: Value) -> Space {
        self.spaces.get(&pointer).copied().unwrap_or_default()
    }

    /// `pointer + bytes`, keeping what is known of the pointer.
    pub fn offset(&mut self, pointer: Value, bytes: Value) -> Value {
        let p = self.b.ptr_add(pointer, bytes);
        if let Some(&space) = self.spaces.get(&pointer) {
            self.spaces.insert(p, space);
        }
        p
    }

    /// The scalar IR type of an expression that must have one.
    pub fn scalar_ty(&self, e: &Expr) -> LResult<Ty> {
        match self.cx.scalar(e.ty) {
            Some(ty) => Ok(ty),
            None => malformed(e.span, "a scalar was expected here"),
        }
    }
}
