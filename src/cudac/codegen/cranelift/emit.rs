//! Operations of thread IR as Cranelift instructions, one lane.

use std::mem::offset_of;

use cranelift_codegen::ir::condcodes::{CondCode, FloatCC, IntCC};
use cranelift_codegen::ir::{
    self as cl, AbiParam, AliasRegion, AliasRegionData, InstBuilder, MemFlagsData, StackSlotData,
    StackSlotKind, types,
};
use cranelift_frontend::{FunctionBuilder, Switch, Variable};

use crate::cudac::block_ir::ir::EXITED;
use crate::cudac::codegen::context::*;
use crate::cudac::thread_ir::*;

use super::Env;
use super::function::{ThreadVars, signature};
use super::once::Once;
use super::pool::Pool;

/// What surrounds the body.
pub enum Frame {
    Region(ThreadVars),
    Device,
}

/// Generates one function.
pub struct Emit<'a, 'b> {
    pub env: &'a Env<'a>,
    pub b: FunctionBuilder<'b>,
    pub ctx: cl::Value,
    pub f: &'a Function,
    /// The number of the region's first tail.
    pub first_tail: u32,
    pub frame: Frame,
    /// Iterations left until the stop flag is looked at.
    pub budget: Variable,
    pub blocks: Vec<Option<cl::Block>>,
    values: Vec<Option<cl::Value>>,
    /// What is to be added to the value: an address is kept as a base and a constant, which accesses take as they are.
    offsets: Vec<i32>,
    pub slots: Vec<Option<cl::StackSlot>>,
    pub consts: Vec<Option<u64>>,
    pub once: Once,
    pub pool: Pool,
    /// The thread's number in a row: block, `threadIdx.x` and the sum with the number of the row's first thread.
    thread_now: Option<(cl::Block, cl::Value, cl::Value)>,
    /// The thread's number, shifted for an array of live slots: block, number, shift and result.
    pub scaled_thread: Option<(cl::Block, cl::Value, u32, cl::Value)>,
    compares: Vec<Option<&'a Op>>,
    /// Live slots do not alias the kernel's own memory.
    pub live_region: AliasRegion,
    pub user_region: AliasRegion,
    pub loc: Loc,
    /// Where polls go when the stop flag is set.
    pub stop_block: Option<cl::Block>,
}

/// Register type of a thread IR type.
pub fn cl_ty(ty: Ty) -> cl::Type {
    match ty {
        Ty::I1 | Ty::I8 => types::I8,
        Ty::I16 => types::I16,
        Ty::I32 => types::I32,
        Ty::I64 | Ty::Ptr => types::I64,
        Ty::F32 => types::F32,
        Ty::F64 => types::F64,
    }
}

impl<'a, 'b> Emit<'a, 'b> {
    pub fn new(
        env: &'a Env<'a>,
        b: FunctionBuilder<'b>,
        ctx: cl::Value,
        f: &'a Function,
        frame: Frame,
        budget: Variable,
    ) -> Self {
        let mut region = |user_id, description: &'static str| {
            b.func.dfg.alias_regions.insert(AliasRegionData { user_id, description: description.into() })
        };
        let (live_region, user_region) = (region(1, "live slots"), region(2, "kernel memory"));
        let mut e = Self {
            env,
            b,
            ctx,
            f,
            first_tail: 0,
            frame,
            budget,
            blocks: Vec::new(),
            values: Vec::new(),
            offsets: Vec::new(),
            slots: vec![None; f.slots.len()],
            consts: Vec::new(),
            compares: Vec::new(),
            once: Once::default(),
            pool: Pool::default(),
            thread_now: None,
            scaled_thread: None,
            live_region,
            user_region,
            loc: Loc(0),
            stop_block: None,
        };
        e.enter(f);
        e
    }

    /// Forgets all values and blocks; `f` is generated next.
    pub fn enter(&mut self, f: &'a Function) {
        self.f = f;
        self.blocks = vec![None; f.blocks.len()];
        self.values = vec![None; f.values.len()];
        self.offsets = vec![0; f.values.len()];
        self.consts = vec![None; f.values.len()];
        self.compares = vec![None; f.values.len()];
        for inst in f.blocks.iter().flat_map(|b| &b.insts) {
            match (&inst.op, inst.result) {
                (Op::Const(c), Some(v)) => self.consts[v.index()] = Some(*c),
                // What fused products and sums make of a constant that is subtracted.
                (Op::Unary(UnOp::FNeg, a, _), Some(v)) => {
                    let negated = |bits| eval::unary(UnOp::FNeg, f.ty(v), bits);
                    self.consts[v.index()] = self.consts[a.index()].map(negated);
                }
                (op @ (Op::ICmp(..) | Op::FCmp(..)), Some(v)) => self.compares[v.index()] = Some(op),
                _ => {}
            }
        }
    }

    pub fn finish(mut self) {
        self.env.constants.lock().append(&mut self.pool.chunks);
        if let Some(stop) = self.stop_block {
            self.b.switch_to_block(stop);
            let zero = self.i32(0);
            self.record_fault(FaultKind::Stopped, Loc(0), 0, zero);
            self.leave();
        }
        self.b.seal_all_blocks();
        self.b.finalize(self.env.target.isa.frontend_config());
    }

    pub fn set(&mut self, v: Value, c: cl::Value) {
        self.set_address(v, c, 0);
    }

    /// The value is `base` plus `offset`.
    pub fn set_address(&mut self, v: Value, base: cl::Value, offset: i32) {
        self.values[v.index()] = Some(base);
        self.offsets[v.index()] = offset;
    }

    pub fn get(&mut self, v: Value) -> cl::Value {
        match (self.values[v.index()], self.consts[v.index()]) {
            (Some(base), _) => self.add_imm(base, i64::from(self.offsets[v.index()])),
            (None, Some(bits)) => self.constant(self.f.ty(v), bits),
            (None, None) => unreachable!("verified: definition before use"),
        }
    }

    /// The value as a base and what an access adds to it.
    pub fn address(&mut self, v: Value) -> (cl::Value, i32) {
        match self.values[v.index()] {
            Some(base) => (base, self.offsets[v.index()]),
            None => (self.get(v), 0),
        }
    }

    /// Linear number of the running thread.
    pub fn thread(&mut self) -> cl::Value {
        match &self.frame {
            Frame::Region(v) => {
                let (x, t, start) = (v.x, v.t, v.row_start);
                let Some(start) = start else { return self.b.use_var(t) };
                let (x, block) = (self.b.use_var(x), self.b.current_block());
                match self.thread_now {
                    Some((at, of, t)) if Some(at) == block && of == x => t,
                    _ => {
                        let t = self.b.ins().iadd(start, x);
                        self.thread_now = block.map(|at| (at, x, t));
                        t
                    }
                }
            }
            Frame::Device => self.b.ins().load(
                types::I32,
                MemFlagsData::trusted(),
                self.ctx,
                offset_of!(BlockCtx, thread) as i32,
            ),
        }
    }

    // ---- host calls and faults ----

    pub fn helper(
        &mut self,
        offset: usize,
        params: &[cl::Type],
        ret: Option<cl::Type>,
        args: &[cl::Value],
    ) -> Option<cl::Value> {
        let mut sig = cl::Signature::new(self.env.target.isa.default_call_conv());
        sig.params.extend(params.iter().map(|&t| AbiParam::new(t)));
        sig.returns.extend(ret.map(AbiParam::new));
        let sig = self.b.import_signature(sig);
        let table = self.field(types::I64, offset_of!(BlockCtx, helpers));
        let flags = MemFlagsData::trusted().with_readonly().with_can_move();
        let callee = self.b.ins().load(types::I64, flags, table, offset as i32);
        let call = self.b.ins().call_indirect(sig, callee, args);
        self.b.inst_results(call).first().copied()
    }

    fn record_fault(&mut self, kind: FaultKind, loc: Loc, info: u64, thread: cl::Value) {
        let (kind, loc) = (self.i32(kind as u32), self.i32(loc.0));
        let info = self.b.ins().iconst(types::I64, info as i64);
        let i = types::I32;
        let args = [self.ctx, kind, loc, thread, info];
        self.helper(offset_of!(Helpers, fault), &[types::I64, i, i, i, types::I64], None, &args);
    }

    /// Leaves with a fault if `cond` is not 0; goes on in a new block otherwise.
    pub fn fault_if(&mut self, cond: cl::Value, kind: FaultKind, loc: Loc) {
        let (bad, good) = (self.b.create_block(), self.b.create_block());
        self.b.set_cold_block(bad);
        self.b.ins().brif(cond, bad, &[], good, &[]);
        self.b.switch_to_block(bad);
        let thread = self.thread();
        self.record_fault(kind, loc, 0, thread);
        self.leave();
        self.b.switch_to_block(good);
    }

    /// Leaves if `cond` is not 0; the fault is recorded already.
    pub fn leave_if(&mut self, cond: cl::Value) {
        let (bad, good) = (self.b.create_block(), self.b.create_block());
        self.b.set_cold_block(bad);
        self.b.ins().brif(cond, bad, &[], good, &[]);
        self.b.switch_to_block(bad);
        self.leave();
        self.b.switch_to_block(good);
    }

    /// Checked mode: asks whether the access may be made.
    ///
    /// `flags` are the `CHECK_` bits, `val` the value of a store.
    pub fn check(
        &mut self,
        addr: cl::Value,
        size: cl::Value,
        align: u32,
        flags: u64,
        val: Option<cl::Value>,
    ) {
        if !self.env.checked {
            return;
        }
        let flags = if val.is_some() { flags | CHECK_VALUE } else { flags };
        let bits = self.b.ins().iconst(types::I64, flags as i64);
        let size = self.b.ins().bor(size, bits);
        let val = match val {
            None => self.b.ins().iconst(types::I64, 0),
            Some(v) => {
                let ty = self.b.func.dfg.value_type(v);
                let int = cl::Type::int(ty.bits() as u16).expect("register sizes are integers too");
                let v = if ty.is_float() { self.b.ins().bitcast(int, MemFlagsData::new(), v) } else { v };
                if int == types::I64 { v } else { self.b.ins().uextend(types::I64, v) }
            }
        };
        let (align, loc) = (self.i32(align), self.i32(self.loc.0));
        let thread = self.thread();
        let (i, l) = (types::I32, types::I64);
        let args = [self.ctx, addr, size, align, loc, thread, val];
        let r = self.helper(offset_of!(Helpers, check), &[l, l, l, i, i, i, l], Some(i), &args);
        self.leave_if(r.expect("check returns a value"));
    }

    pub fn check_access(&mut self, addr: cl::Value, ty: Ty, align: u32, flags: u64, val: Option<cl::Value>) {
        if self.env.checked {
            let size = self.b.ins().iconst(types::I64, ty.size() as i64);
            self.check(addr, size, align, flags, val);
        }
    }

    // ---- instructions ----

    pub fn inst(&mut self, inst: &Inst) -> Result<(), String> {
        self.loc = inst.loc;
        if let Some(v) = inst.result {
            let known = match inst.op {
                // The chain of a split may give the value another constant; that of the next one has it as it was.
                Op::Const(bits) => {
                    self.values[v.index()] = None;
                    self.consts[v.index()] == Some(bits)
                }
                _ => self.consts[v.index()].is_some(),
            };
            if known {
                return Ok(()); // `get` makes it where it is used
            }
            if let Some((base, offset)) = self.place(&inst.op) {
                self.set_address(v, base, offset);
                return Ok(());
            }
        }
        let ty = inst.result.map(|v| self.f.ty(v));
        let result = self.op(&inst.op, ty)?;
        if let (Some(v), Some(r)) = (inst.result, result) {
            self.set(v, r);
        }
        Ok(())
    }

    pub fn op(&mut self, op: &Op, ty: Option<Ty>) -> Result<Option<cl::Value>, String> {
        let res = || ty.ok_or_else(|| format!("{op:?} without a result type"));
        Ok(Some(match op {
            Op::Const(bits) => self.constant(res()?, *bits),
            Op::Unary(u, a, _) => {
                let (t, a) = (self.f.ty(*a), self.get(*a));
                self.unary(*u, t, a)
            }
            Op::Binary(o, x, y, _) => {
                let (t, a, b) = (self.f.ty(*x), self.get(*x), self.get(*y));
                let konst = self.consts[y.index()];
                self.binary(*o, t, a, b, konst)
            }
            Op::Fma(a, b, c) => {
                let (t, a, b, c) = (self.f.ty(*a), self.get(*a), self.get(*b), self.get(*c));
                if self.env.target.fma {
                    self.b.ins().fma(a, b, c)
                } else {
                    let (off, t) = match t {
                        Ty::F32 => (offset_of!(Helpers, fma32), types::F32),
                        _ => (offset_of!(Helpers, fma64), types::F64),
                    };
                    self.helper(off, &[t, t, t], Some(t), &[a, b, c]).expect("has a result")
                }
            }
            Op::ICmp(cc, a, b) => {
                let (a, b) = (self.get(*a), self.get(*b));
                self.b.ins().icmp(int_cc(*cc), a, b)
            }
            Op::FCmp(cc, a, b) => {
                let (a, b) = (self.get(*a), self.get(*b));
                self.b.ins().fcmp(float_cc(*cc), a, b)
            }
            Op::Select(c, a, b) => {
                let (c, a, b) = (self.get(*c), self.get(*a), self.get(*b));
                self.b.ins().select(c, a, b)
            }
            Op::Cast(c, a) => {
                let (from, a) = (self.f.ty(*a), self.get(*a));
                self.cast(*c, from, res()?, a)
            }
            Op::PtrAdd(p, o) => {
                let p = self.get(*p);
                match self.consts[o.index()] {
                    Some(k) => self.add_imm(p, k as i64),
                    None => {
                        let o = self.get(*o);
                        self.b.ins().iadd(p, o)
                    }
                }
            }
            Op::Load(p, m) => self.load(*p, res()?, m),
            Op::Store(p, v, m) => {
                let (t, v) = (self.f.ty(*v), self.get(*v));
                self.store(*p, v, t, m);
                return Ok(None);
            }
            Op::SlotAddr(s) => self.slot_addr(*s),
            Op::GlobalAddr(g) => self.global_addr(*g),
            Op::StrAddr(s) => self.b.ins().iconst(types::I64, self.env.strings[s.index()] as i64),
            Op::ParamLoad(off) => {
                let t = res()?;
                let v = self.param(cl_ty(t), *off as i32);
                if t == Ty::I1 { self.b.ins().icmp_imm_s(IntCC::NotEqual, v, 0) } else { v }
            }
            Op::ParamAddr(off) => {
                let base = self.field(types::I64, offset_of!(BlockCtx, params));
                self.add_imm(base, *off as i64)
            }
            Op::MemCpy { dst, src, size, align_log2 } => {
                let known = self.consts[size.index()];
                let (d, s, n) = (self.get(*dst), self.get(*src), self.get(*size));
                self.check(s, n, 1 << align_log2, 0, None);
                self.check(d, n, 1 << align_log2, CHECK_WRITE, None);
                match known {
                    Some(k) if k <= 64 => self.small_copy(d, s, k as i32),
                    _ => {
                        let l = types::I64;
                        self.helper(offset_of!(Helpers, memmove), &[l, l, l], None, &[d, s, n]);
                    }
                }
                return Ok(None);
            }
            Op::MemSet { dst, byte, size, align_log2 } => {
                let (d, v, n) = (self.get(*dst), self.get(*byte), self.get(*size));
                self.check(d, n, 1 << align_log2, CHECK_WRITE, None);
                let v = self.b.ins().uextend(types::I32, v);
                let (i, l) = (types::I32, types::I64);
                self.helper(offset_of!(Helpers, memset), &[l, i, l], None, &[d, v, n]);
                return Ok(None);
            }
            Op::AtomicRmw { op, addr, val, space } => {
                let (t, p, v) = (self.f.ty(*val), self.get(*addr), self.get(*val));
                self.check_access(p, t, t.size(), CHECK_WRITE | CHECK_ATOMIC, None);
                self.atomic(*op, t, p, v, *space)
            }
            Op::AtomicCas { addr, cmp, new, space } => {
                let t = self.f.ty(*new);
                let (p, c, n) = (self.get(*addr), self.get(*cmp), self.get(*new));
                self.check_access(p, t, t.size(), CHECK_WRITE | CHECK_ATOMIC, None);
                let flags = self.mem_flags();
                if is_private(*space) {
                    let old = self.b.ins().load(cl_ty(t), flags, p, 0);
                    let same = self.b.ins().icmp(IntCC::Equal, old, c);
                    let new = self.b.ins().select(same, n, old);
                    self.b.ins().store(flags, new, p, 0);
                    old
                } else {
                    self.b.ins().atomic_cas(flags, p, c, n)
                }
            }
            Op::Fence(_) => {
                self.b.ins().fence();
                return Ok(None);
            }
            Op::Sreg(s) => self.sreg(*s),
            Op::Call(id, args) => {
                let callee = &self.env.kernel.module.funcs[id.index()];
                let sig = signature(self.env, callee);
                let sig = self.b.import_signature(sig);
                let table = self.field(types::I64, offset_of!(BlockCtx, funcs));
                let flags = MemFlagsData::trusted().with_readonly().with_can_move();
                let target = self.b.ins().load(types::I64, flags, table, id.0 as i32 * 8);
                let mut a = vec![self.ctx];
                a.extend(args.iter().map(|v| self.get(*v)));
                let call = self.b.ins().call_indirect(sig, target, &a);
                let r = self.b.inst_results(call).first().copied();
                let at = (offset_of!(BlockCtx, fault) + offset_of!(FaultRecord, kind)) as i32;
                let fault = self.b.ins().load(types::I32, MemFlagsData::trusted(), self.ctx, at);
                self.leave_if(fault);
                return Ok(r);
            }
            Op::Math(func, args) => {
                let t = res()?;
                let a = self.get(args[0]);
                let b = args.get(1).map_or(a, |v| self.get(*v));
                let f = self.i32(*func as u32);
                let (off, t) = match t {
                    Ty::F32 => (offset_of!(Helpers, math32), types::F32),
                    _ => (offset_of!(Helpers, math64), types::F64),
                };
                self.helper(off, &[types::I32, t, t], Some(t), &[f, a, b]).expect("has a result")
            }
            Op::Printf(fmt, args) => self.printf(*fmt, args),
            Op::LiveLoad(slot) => {
                let hoisted = match &self.frame {
                    Frame::Region(v) => v.uniform_live[*slot as usize],
                    Frame::Device => None,
                };
                match hoisted {
                    Some(v) => v,
                    None => {
                        let addr = self.live_addr(*slot);
                        let flags = MemFlagsData::trusted().with_alias_region(Some(self.live_region));
                        self.b.ins().load(cl_ty(res()?), flags, addr, 0)
                    }
                }
            }
            Op::LiveStore(slot, v) => {
                let v = self.get(*v);
                let addr = self.live_addr(*slot);
                let flags = MemFlagsData::trusted().with_alias_region(Some(self.live_region));
                self.b.ins().store(flags, v, addr, 0);
                return Ok(None);
            }
            op if op.is_sync() => return Err(format!("{op:?} inside a region")),
            op => return Err(format!("{op:?} is unknown to the generator")),
        }))
    }

    fn printf(&mut self, fmt: StringId, args: &[Value]) -> cl::Value {
        let size = (args.len().max(1) * 8) as u32;
        let data = StackSlotData::new(StackSlotKind::ExplicitSlot, size, 3);
        let slot = self.b.create_sized_stack_slot(data);
        for (i, &a) in args.iter().enumerate() {
            let (t, v) = (self.f.ty(a), self.get(a));
            let v = match t {
                Ty::F64 => self.b.ins().bitcast(types::I64, MemFlagsData::new(), v),
                Ty::I1 | Ty::I8 | Ty::I16 | Ty::I32 => self.b.ins().sextend(types::I64, v),
                _ => v,
            };
            self.b.ins().stack_store(types::I64, v, slot, i as i32 * 8);
        }
        let fmt = self.b.ins().iconst(types::I64, self.env.strings[fmt.index()] as i64);
        let array = self.b.ins().stack_addr(types::I64, slot, 0);
        let n = self.i32(args.len() as u32);
        let (i, l) = (types::I32, types::I64);
        let args = [self.ctx, fmt, array, n];
        self.helper(offset_of!(Helpers, printf), &[l, l, l, i], Some(i), &args).expect("has a result")
    }

    pub fn terminator(&mut self, t: &Terminator, loc: Loc) {
        self.loc = loc;
        match t {
            Terminator::Jump(c) => {
                let (b, args) = self.edge(c);
                self.b.ins().jump(b, &args);
            }
            Terminator::Brif(c, x, y) => {
                let c = self.get(*c);
                let ((x, xa), (y, ya)) = (self.edge(x), self.edge(y));
                self.b.ins().brif(c, x, &xa, y, &ya);
            }
            Terminator::Switch(v, cases, default) => {
                let (t, v) = (self.f.ty(*v), self.get(*v));
                let v = if t.size() < 4 { self.b.ins().uextend(types::I32, v) } else { v };
                let mut sw = Switch::new();
                // Edges with arguments get a block of their own.
                let mut steps = Vec::new();
                for (bits, c) in cases {
                    let step = self.b.create_block();
                    sw.set_entry(*bits as u128, step);
                    steps.push((step, c));
                }
                let last = self.b.create_block();
                steps.push((last, default));
                sw.emit(&mut self.b, v, last);
                for (step, c) in steps {
                    self.b.switch_to_block(step);
                    let (b, args) = self.edge(c);
                    self.b.ins().jump(b, &args);
                }
            }
            Terminator::Return(v) => match self.frame {
                Frame::Region(_) => self.exit_region(EXITED),
                Frame::Device => {
                    let v: Vec<cl::Value> = v.iter().map(|v| self.get(*v)).collect();
                    self.b.ins().return_(&v);
                }
            },
            Terminator::Exit(p) => self.exit_region(*p),
            Terminator::Trap(kind) => {
                let (kind, info) = match kind {
                    TrapKind::Trap => (FaultKind::Trap, 0),
                    TrapKind::Assert(s) => (FaultKind::Assert, s.0 as u64),
                };
                let thread = self.thread();
                self.record_fault(kind, loc, info, thread);
                self.leave();
            }
            Terminator::Unreachable => {
                let thread = self.thread();
                self.record_fault(FaultKind::Unreachable, loc, 0, thread);
                self.leave();
            }
        }
    }

    /// `brif` with its targets exchanged.
    pub fn brif_inverted(&mut self, cond: Value, then: &BlockCall, els: &BlockCall) {
        let not = self.inverted(cond);
        let ((x, xa), (y, ya)) = (self.edge(then), self.edge(els));
        self.b.ins().brif(not, y, &ya, x, &xa);
    }

    /// The negation of a condition.
    pub fn inverted(&mut self, cond: Value) -> cl::Value {
        match self.compares[cond.index()] {
            Some(Op::ICmp(cc, a, b)) => {
                let (a, b) = (self.get(*a), self.get(*b));
                self.b.ins().icmp(int_cc(*cc).complement(), a, b)
            }
            Some(Op::FCmp(cc, a, b)) => {
                let (a, b) = (self.get(*a), self.get(*b));
                self.b.ins().fcmp(float_cc(*cc).complement(), a, b)
            }
            _ => {
                let c = self.get(cond);
                self.b.ins().bxor_imm_s(c, 1)
            }
        }
    }

    fn edge(&mut self, c: &BlockCall) -> (cl::Block, Vec<cl::BlockArg>) {
        let block = self.blocks[c.block.index()].expect("no edge to the entry");
        (block, c.args.iter().map(|&v| self.get(v).into()).collect())
    }
}

/// Memory that only the threads of this block can reach.
pub fn is_private(space: Space) -> bool {
    matches!(space, Space::Shared | Space::Local)
}

pub fn int_cc(cc: ICmp) -> IntCC {
    match cc {
        ICmp::Eq => IntCC::Equal,
        ICmp::Ne => IntCC::NotEqual,
        ICmp::Slt => IntCC::SignedLessThan,
        ICmp::Sle => IntCC::SignedLessThanOrEqual,
        ICmp::Sgt => IntCC::SignedGreaterThan,
        ICmp::Sge => IntCC::SignedGreaterThanOrEqual,
        ICmp::Ult => IntCC::UnsignedLessThan,
        ICmp::Ule => IntCC::UnsignedLessThanOrEqual,
        ICmp::Ugt => IntCC::UnsignedGreaterThan,
        ICmp::Uge => IntCC::UnsignedGreaterThanOrEqual,
    }
}

pub fn float_cc(cc: FCmp) -> FloatCC {
    match cc {
        FCmp::Eq => FloatCC::Equal,
        FCmp::Ne => FloatCC::NotEqual,
        FCmp::Lt => FloatCC::LessThan,
        FCmp::Le => FloatCC::LessThanOrEqual,
        FCmp::Gt => FloatCC::GreaterThan,
        FCmp::Ge => FloatCC::GreaterThanOrEqual,
        FCmp::Uno => FloatCC::Unordered,
        FCmp::Ord => FloatCC::Ordered,
    }
}
