//! Writes one function, with SSA construction for scalar locals.
//!
//! ```ignore
//! let mut b = FunctionBuilder::new(Function::new_kernel("k", params));   // stands in the entry block
//! let i = b.declare_var(Ty::I32);                   // a scalar local whose address is never taken
//! let zero = b.iconst(Ty::I32, 0);
//! b.def_var(i, zero);
//! let (head, body, done) = (b.create_block(), b.create_block(), b.create_block());
//! b.jump(head, &[]);
//! b.switch_to_block(head);                          // not sealed yet: the back edge is still to come
//! let iv = b.use_var(i);
//! let n = b.param_load(Ty::I32, 8);
//! let c = b.icmp(ICmp::Slt, iv, n);
//! b.brif(c, body, &[], done, &[]);
//! b.switch_to_block(body); b.seal_block(body);      // all jumps to `body` are written
//! ...
//! b.jump(head, &[]);
//! b.seal_block(head);
//! b.switch_to_block(done); b.seal_block(done);
//! b.ret(None);
//! module.add_function(b.finish());
//! ```
//!
//! Rules:
//! * `seal_block(x)` promises that no further jump to `x` will be written. Sealing early gives fewer block
//!   parameters but forgetting is harmless: `finish` seals everything (labels of `goto`: leave them unsealed).
//! * A variable read before any `def_var` on some path is 0 there.
//! * Writing after a terminator goes to a fresh unreachable block, which is dropped by `finish`: dead code after
//!   `return` needs no special care in the lowering.
//! * `set_loc` sets the source position of everything written from then on.
//! * Locals whose address is taken, arrays and structs are slots: `create_slot` + `slot_addr` + `load`/`store`.
//!   A later pass turns slots that are only loaded and stored at constant offsets into registers.
//! * The function is owned by the builder, so the module stays free for strings and globals meanwhile.

use rustc_hash::{FxHashMap, FxHashSet};

use super::ir::*;
use super::ops::*;
use super::ty::*;

/// A scalar local variable during SSA construction.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Variable(pub u32);

#[derive(Default)]
struct BlockState {
    preds: Vec<Block>,
    sealed: bool,
    filled: bool,
    /// Parameters made for variables before the block was sealed.
    incomplete: Vec<(Variable, Value)>,
}

pub struct FunctionBuilder {
    func: Function,
    cur: Block,
    loc: Loc,
    flags: FastFlags,
    vars: Vec<Ty>,
    defs: FxHashMap<(Variable, Block), Value>,
    state: Vec<BlockState>,
    /// Parameters whose arguments are still to be added to all incoming edges.
    pending: Vec<(Variable, Block)>,
}

impl FunctionBuilder {
    /// Starts at the (sealed) entry block; for a device function its parameters are the arguments.
    pub fn new(mut func: Function) -> Self {
        debug_assert!(func.blocks.is_empty());
        let entry = func.new_block();
        for ty in func.params.clone() {
            let v = func.new_value(ty);
            func.block_mut(entry).params.push(v);
        }
        Self {
            func,
            cur: entry,
            loc: Loc(0),
            flags: FastFlags::NONE,
            vars: Vec::new(),
            defs: FxHashMap::default(),
            state: vec![BlockState { sealed: true, ..BlockState::default() }],
            pending: Vec::new(),
        }
    }

    pub fn func(&self) -> &Function {
        &self.func
    }

    /// The i-th argument of a device function.
    pub fn arg(&self, i: usize) -> Value {
        self.func.blocks[0].params[i]
    }

    pub fn ty(&self, v: Value) -> Ty {
        self.func.ty(v)
    }

    pub fn set_loc(&mut self, loc: Loc) {
        self.loc = loc;
    }

    pub fn loc(&self) -> Loc {
        self.loc
    }

    /// Flags for the float operations written from now on (`FastFlags::CONTRACT` by default in CUDA).
    pub fn set_flags(&mut self, flags: FastFlags) {
        self.flags = flags;
    }

    pub fn flags(&self) -> FastFlags {
        self.flags
    }

    // ---- blocks ----

    pub fn create_block(&mut self) -> Block {
        self.state.push(BlockState::default());
        self.func.new_block()
    }

    /// Adds an explicit parameter (for the value of `?:` and `&&`); jumps must pass it. Add all explicit
    /// parameters before the first jump to the block and before any `use_var` in it.
    pub fn append_block_param(&mut self, b: Block, ty: Ty) -> Value {
        let v = self.func.new_value(ty);
        self.func.block_mut(b).params.push(v);
        v
    }

    pub fn current_block(&self) -> Block {
        self.cur
    }

    /// The current block has its terminator: what is written next is unreachable.
    pub fn is_filled(&self) -> bool {
        self.state[self.cur.index()].filled
    }

    /// The current block is filled, or sealed without any jump to it.
    pub fn is_unreachable(&self) -> bool {
        let s = &self.state[self.cur.index()];
        s.filled || (self.cur != Function::ENTRY && s.sealed && s.preds.is_empty())
    }

    pub fn switch_to_block(&mut self, b: Block) {
        debug_assert!(!self.state[b.index()].filled, "{b} is already filled");
        self.cur = b;
    }

    /// No more jumps to `b` will be written.
    pub fn seal_block(&mut self, b: Block) {
        let s = &mut self.state[b.index()];
        if s.sealed {
            return;
        }
        s.sealed = true;
        for (var, _) in std::mem::take(&mut s.incomplete) {
            self.pending.push((var, b));
        }
        self.fill_pending();
    }

    // ---- variables ----

    pub fn declare_var(&mut self, ty: Ty) -> Variable {
        self.vars.push(ty);
        Variable(self.vars.len() as u32 - 1)
    }

    pub fn var_ty(&self, var: Variable) -> Ty {
        self.vars[var.0 as usize]
    }

    pub fn def_var(&mut self, var: Variable, val: Value) {
        debug_assert_eq!(self.vars[var.0 as usize], self.func.ty(val), "type of {var:?}");
        self.open();
        self.defs.insert((var, self.cur), val);
    }

    pub fn use_var(&mut self, var: Variable) -> Value {
        self.open();
        let v = self.find_def(var, self.cur);
        self.fill_pending();
        v
    }

    /// The value of `var` at the end of `b` so far. New parameters go to `pending` or `incomplete`; nothing
    /// recurses, so long chains of blocks are safe.
    fn find_def(&mut self, var: Variable, b: Block) -> Value {
        let mut at = b;
        let mut walked = Vec::new();
        let mut seen = FxHashSet::default();
        let val = loop {
            if let Some(&v) = self.defs.get(&(var, at)) {
                break v;
            }
            let s = &self.state[at.index()];
            if s.sealed && s.preds.is_empty() {
                break self.zero_at_start(at, var);
            }
            if s.sealed && s.preds.len() == 1 && seen.insert(at) {
                walked.push(at);
                at = s.preds[0];
                continue;
            }
            // A join (or a block that may become one): a parameter now, its arguments later.
            let sealed = s.sealed;
            let v = self.func.new_value(self.vars[var.0 as usize]);
            if sealed && s.preds.len() == 1 {
                // An unreachable cycle of single predecessors: any value will do.
                walked.push(at);
                break self.zero_at_start(at, var);
            }
            self.func.block_mut(at).params.push(v);
            if sealed {
                self.pending.push((var, at));
            } else {
                self.state[at.index()].incomplete.push((var, v));
            }
            self.defs.insert((var, at), v);
            break v;
        };
        self.defs.insert((var, at), val);
        for w in walked {
            self.defs.insert((var, w), val);
        }
        val
    }

    /// A zero of the variable's type as the first instruction of `b`.
    fn zero_at_start(&mut self, b: Block, var: Variable) -> Value {
        let v = self.func.new_value(self.vars[var.0 as usize]);
        let inst = Inst { op: Op::Const(0), result: Some(v), loc: Loc(0) };
        self.func.block_mut(b).insts.insert(0, inst);
        v
    }

    /// Adds the arguments for new parameters to all edges into their (sealed) blocks. The order in which
    /// parameters of one block are completed is the order of the parameters themselves.
    fn fill_pending(&mut self) {
        let mut next = 0;
        while next < self.pending.len() {
            let (var, block) = self.pending[next];
            next += 1;
            let mut preds = self.state[block.index()].preds.clone();
            preds.sort_unstable();
            preds.dedup();
            for pred in preds {
                let v = self.find_def(var, pred);
                self.func.blocks[pred.index()].term.for_each_call_mut(|c| {
                    if c.block == block {
                        c.args.push(v);
                    }
                });
            }
        }
        self.pending.clear();
    }

    // ---- writing ----

    /// Makes sure that the current block can take instructions.
    fn open(&mut self) {
        if self.is_filled() {
            let b = self.create_block();
            self.state[b.index()].sealed = true;
            self.cur = b;
        }
    }

    /// Writes an operation with a result of type `ty`. The typed helpers below are preferred.
    pub fn emit(&mut self, op: Op, ty: Ty) -> Value {
        self.open();
        let v = self.func.new_value(ty);
        let inst = Inst { op, result: Some(v), loc: self.loc };
        self.func.block_mut(self.cur).insts.push(inst);
        v
    }

    /// Writes an operation without a result.
    pub fn emit_void(&mut self, op: Op) {
        self.open();
        let inst = Inst { op, result: None, loc: self.loc };
        self.func.block_mut(self.cur).insts.push(inst);
    }

    fn terminate(&mut self, term: Terminator) {
        self.open();
        let cur = self.cur;
        term.for_each_call(|c| {
            debug_assert!(!self.state[c.block.index()].sealed, "jump to sealed {}", c.block);
            self.state[c.block.index()].preds.push(cur);
        });
        // Arguments for parameters already made in blocks that are not sealed come when they are sealed.
        let loc = self.loc;
        let data = self.func.block_mut(cur);
        data.term = term;
        data.term_loc = loc;
        self.state[cur.index()].filled = true;
    }

    /// Integer, boolean or pointer constant; bits above the width are cut.
    pub fn iconst(&mut self, ty: Ty, bits: i64) -> Value {
        self.emit(Op::Const(bits as u64 & ty.mask()), ty)
    }

    pub fn bconst(&mut self, b: bool) -> Value {
        self.emit(Op::Const(b as u64), Ty::I1)
    }

    pub fn f32const(&mut self, x: f32) -> Value {
        self.emit(Op::Const(x.to_bits() as u64), Ty::F32)
    }

    pub fn f64const(&mut self, x: f64) -> Value {
        self.emit(Op::Const(x.to_bits()), Ty::F64)
    }

    pub fn unary(&mut self, op: UnOp, a: Value) -> Value {
        let flags = if op.is_float() { self.flags } else { FastFlags::NONE };
        self.emit(Op::Unary(op, a, flags), self.func.ty(a))
    }

    pub fn binary(&mut self, op: BinOp, a: Value, b: Value) -> Value {
        debug_assert_eq!(self.func.ty(a), self.func.ty(b), "{op:?}");
        let flags = if op.is_float() { self.flags } else { FastFlags::NONE };
        self.emit(Op::Binary(op, a, b, flags), self.func.ty(a))
    }

    pub fn fma(&mut self, a: Value, b: Value, c: Value) -> Value {
        self.emit(Op::Fma(a, b, c), self.func.ty(a))
    }

    pub fn icmp(&mut self, cc: ICmp, a: Value, b: Value) -> Value {
        debug_assert_eq!(self.func.ty(a), self.func.ty(b), "icmp");
        self.emit(Op::ICmp(cc, a, b), Ty::I1)
    }

    pub fn fcmp(&mut self, cc: FCmp, a: Value, b: Value) -> Value {
        debug_assert_eq!(self.func.ty(a), self.func.ty(b), "fcmp");
        self.emit(Op::FCmp(cc, a, b), Ty::I1)
    }

    pub fn select(&mut self, cond: Value, a: Value, b: Value) -> Value {
        debug_assert_eq!(self.func.ty(a), self.func.ty(b), "select");
        self.emit(Op::Select(cond, a, b), self.func.ty(a))
    }

    pub fn cast(&mut self, op: CastOp, a: Value, to: Ty) -> Value {
        self.emit(Op::Cast(op, a), to)
    }

    /// `offset` is an `I64` in bytes.
    pub fn ptr_add(&mut self, p: Value, offset: Value) -> Value {
        self.emit(Op::PtrAdd(p, offset), Ty::Ptr)
    }

    pub fn ptr_add_const(&mut self, p: Value, offset: i64) -> Value {
        if offset == 0 {
            return p;
        }
        let o = self.iconst(Ty::I64, offset);
        self.ptr_add(p, o)
    }

    pub fn load(&mut self, ty: Ty, addr: Value, flags: MemFlags) -> Value {
        self.emit(Op::Load(addr, flags), ty)
    }

    pub fn store(&mut self, addr: Value, val: Value, flags: MemFlags) {
        self.emit_void(Op::Store(addr, val, flags));
    }

    pub fn create_slot(&mut self, size: u32, align: u32, name: &str) -> SlotId {
        self.func.slots.push(Slot { size, align, name: name.to_owned() });
        SlotId(self.func.slots.len() as u32 - 1)
    }

    pub fn slot_addr(&mut self, slot: SlotId) -> Value {
        self.emit(Op::SlotAddr(slot), Ty::Ptr)
    }

    pub fn global_addr(&mut self, g: GlobalId) -> Value {
        self.emit(Op::GlobalAddr(g), Ty::Ptr)
    }

    pub fn str_addr(&mut self, s: StringId) -> Value {
        self.emit(Op::StrAddr(s), Ty::Ptr)
    }

    /// Scalar kernel parameter at its offset in the parameter buffer.
    pub fn param_load(&mut self, ty: Ty, offset: u32) -> Value {
        self.emit(Op::ParamLoad(offset), ty)
    }

    /// Address of a by-value struct in the parameter buffer; read-only, copy it to a slot if it is written.
    pub fn param_addr(&mut self, offset: u32) -> Value {
        self.emit(Op::ParamAddr(offset), Ty::Ptr)
    }

    pub fn memcpy(&mut self, dst: Value, src: Value, size: Value, align: u32) {
        self.emit_void(Op::MemCpy { dst, src, size, align_log2: align.trailing_zeros() as u8 });
    }

    pub fn memset(&mut self, dst: Value, byte: Value, size: Value, align: u32) {
        self.emit_void(Op::MemSet { dst, byte, size, align_log2: align.trailing_zeros() as u8 });
    }

    pub fn atomic_rmw(&mut self, op: RmwOp, addr: Value, val: Value, space: Space) -> Value {
        self.emit(Op::AtomicRmw { op, addr, val, space }, self.func.ty(val))
    }

    pub fn atomic_cas(&mut self, addr: Value, cmp: Value, new: Value, space: Space) -> Value {
        self.emit(Op::AtomicCas { addr, cmp, new, space }, self.func.ty(new))
    }

    pub fn fence(&mut self, scope: FenceScope) {
        self.emit_void(Op::Fence(scope));
    }

    pub fn sreg(&mut self, s: Sreg) -> Value {
        self.emit(Op::Sreg(s), s.ty())
    }

    /// `__syncthreads()`
    pub fn barrier(&mut self) {
        self.emit_void(Op::Barrier(BarrierKind::Sync, None));
    }

    /// `__syncthreads_count/_and/_or`; `pred` is `I1`. `Count` gives `I32`, the others `I1`.
    pub fn barrier_pred(&mut self, kind: BarrierKind, pred: Value) -> Value {
        let ty = if kind == BarrierKind::Count { Ty::I32 } else { Ty::I1 };
        self.emit(Op::Barrier(kind, Some(pred)), ty)
    }

    /// `mask` `None` is the legacy spelling without `_sync`.
    pub fn shfl(
        &mut self,
        kind: ShflKind,
        mask: Option<Value>,
        val: Value,
        lane: Value,
        width: Value,
    ) -> Value {
        self.emit(Op::Shfl { kind, mask, val, lane, width }, self.func.ty(val))
    }

    pub fn vote(&mut self, kind: VoteKind, mask: Option<Value>, pred: Value) -> Value {
        let ty = if kind == VoteKind::Ballot { Ty::I32 } else { Ty::I1 };
        self.emit(Op::Vote { kind, mask, pred }, ty)
    }

    pub fn match_sync(&mut self, kind: MatchKind, mask: Value, val: Value) -> Value {
        self.emit(Op::Match { kind, mask, val }, Ty::I32)
    }

    pub fn reduce_sync(&mut self, op: ReduceOp, mask: Value, val: Value) -> Value {
        self.emit(Op::Reduce { op, mask, val }, Ty::I32)
    }

    pub fn sync_warp(&mut self, mask: Value) {
        self.emit_void(Op::SyncWarp(mask));
    }

    pub fn active_mask(&mut self) -> Value {
        self.emit(Op::ActiveMask, Ty::I32)
    }

    /// `ret` is the callee's result type.
    pub fn call(&mut self, f: FuncId, args: &[Value], ret: Option<Ty>) -> Option<Value> {
        let op = Op::Call(f, args.to_vec());
        match ret {
            Some(ty) => Some(self.emit(op, ty)),
            None => {
                self.emit_void(op);
                None
            }
        }
    }

    pub fn math(&mut self, f: MathFn, args: &[Value]) -> Value {
        debug_assert_eq!(args.len(), f.arity());
        self.emit(Op::Math(f, args.to_vec()), self.func.ty(args[0]))
    }

    pub fn printf(&mut self, fmt: StringId, args: &[Value]) -> Value {
        self.emit(Op::Printf(fmt, args.to_vec()), Ty::I32)
    }

    // ---- terminators ----

    pub fn jump(&mut self, to: Block, args: &[Value]) {
        self.terminate(Terminator::Jump(BlockCall { block: to, args: args.to_vec() }));
    }

    pub fn brif(&mut self, cond: Value, then: Block, then_args: &[Value], els: Block, else_args: &[Value]) {
        self.terminate(Terminator::Brif(
            cond,
            BlockCall { block: then, args: then_args.to_vec() },
            BlockCall { block: els, args: else_args.to_vec() },
        ));
    }

    /// `cases` are (bits cut to the type of `val`, block), without duplicate values.
    pub fn switch(&mut self, val: Value, cases: &[(u64, Block)], default: Block) {
        let to = |block| BlockCall { block, args: Vec::new() };
        let cases = cases.iter().map(|&(bits, b)| (bits, to(b))).collect();
        self.terminate(Terminator::Switch(val, cases, to(default)));
    }

    /// `switch` whose edges pass explicit block parameters.
    pub fn switch_args(&mut self, val: Value, cases: Vec<(u64, BlockCall)>, default: BlockCall) {
        self.terminate(Terminator::Switch(val, cases, default));
    }

    /// Ends the function; in a kernel it ends the thread.
    pub fn ret(&mut self, val: Option<Value>) {
        self.terminate(Terminator::Return(val));
    }

    pub fn trap(&mut self, kind: TrapKind) {
        self.terminate(Terminator::Trap(kind));
    }

    pub fn unreachable(&mut self) {
        self.terminate(Terminator::Unreachable);
    }

    /// Block IR only: ends a region at synchronisation point `p`.
    pub fn exit(&mut self, p: u32) {
        self.terminate(Terminator::Exit(p));
    }

    /// Seals what is left, drops unreachable blocks and block parameters that always have one value. A block
    /// left without a terminator ends in `Unreachable`.
    pub fn finish(mut self) -> Function {
        for b in self.func.block_ids() {
            self.seal_block(b);
        }
        super::cleanup::remove_unreachable_blocks(&mut self.func);
        super::cleanup::remove_trivial_params(&mut self.func);
        self.func
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loop_function() -> Function {
        // int s = 0; for (int i = 0; i < a; i++) { if (i == 3) s += i; } return s;
        let mut b = FunctionBuilder::new(Function::new_device("f", &[Ty::I32], Some(Ty::I32)));
        let (s, i, unused) = (b.declare_var(Ty::I32), b.declare_var(Ty::I32), b.declare_var(Ty::F64));
        let zero = b.iconst(Ty::I32, 0);
        b.def_var(s, zero);
        b.def_var(i, zero);
        let [head, body, then, next, done] = std::array::from_fn(|_| b.create_block());
        b.jump(head, &[]);
        b.switch_to_block(head);
        let iv = b.use_var(i);
        let n = b.arg(0);
        let c = b.icmp(ICmp::Slt, iv, n);
        b.brif(c, body, &[], done, &[]);
        b.switch_to_block(body);
        b.seal_block(body);
        let (iv, three) = (b.use_var(i), b.iconst(Ty::I32, 3));
        let c = b.icmp(ICmp::Eq, iv, three);
        b.brif(c, then, &[], next, &[]);
        b.switch_to_block(then);
        let (sv, iv) = (b.use_var(s), b.use_var(i));
        let sum = b.binary(BinOp::Add, sv, iv);
        b.def_var(s, sum);
        b.jump(next, &[]);
        b.switch_to_block(next);
        let (iv, one) = (b.use_var(i), b.iconst(Ty::I32, 1));
        let inc = b.binary(BinOp::Add, iv, one);
        b.def_var(i, inc);
        b.use_var(unused);
        b.jump(head, &[]);
        b.switch_to_block(done);
        let r = b.use_var(s);
        b.ret(Some(r));
        b.ret(None); // dead code after a return
        b.finish()
    }

    #[test]
    fn ssa_construction_makes_only_the_needed_params() {
        let f = loop_function();
        assert_eq!(f.blocks.len(), 6, "the dead block is gone");
        let params: usize = f.blocks.iter().skip(1).map(|b| b.params.len()).sum();
        assert_eq!(params, 3, "i and s in the head, s after the if: {f:#?}");
        for b in &f.blocks {
            b.term.for_each_call(|c| assert_eq!(c.args.len(), f.block(c.block).params.len()));
        }
    }
}
