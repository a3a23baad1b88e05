//! A region body for four neighbouring threads of a row at once, as `lanes::plan` has found it possible, or for several
//! groups of four: what the groups have in common is then done once.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{
    self as cl, Endianness, InstBuilder, MemFlagsData, StackSlotData, StackSlotKind, types,
};
use rustc_hash::FxHashMap;

use crate::cudac::thread_ir::cfg::Cfg;
use crate::cudac::thread_ir::*;

use super::emit::{Emit, cl_ty, float_cc, int_cc};
use super::lanes::{Kind, Lanes, MAX_GROUPS, WIDTH, is_vector_op};
use super::pool::{KEPT, WORTH_KEEPING, WORTH_MEMORY};

/// A value of all threads in registers.
#[derive(Clone, Copy)]
enum Form {
    One(cl::Value),
    Line(cl::Value, i64),
    /// A register for each group.
    Vector([cl::Value; MAX_GROUPS]),
    Four([cl::Value; 4]),
}

struct Wide<'e, 'a, 'b> {
    e: &'e mut Emit<'a, 'b>,
    lanes: &'e Lanes,
    forms: Vec<Option<Form>>,
    /// To be added to a form of one register, as in `Emit`.
    offsets: Vec<i32>,
    /// Constants to be read from memory: they are too many for registers.
    pooled: Vec<bool>,
    /// Runs the first of the threads alone; nothing has been written when control comes here.
    bail: cl::Block,
    /// How many groups of four run together, and the current one.
    groups: usize,
    group: usize,
    /// Loads of the current block since the last value that was `placed`.
    loads: usize,
    /// Where `placed` stores.
    nowhere: Option<cl::StackSlot>,
}

/// Loads that may wait in registers for what is done with them.
const MOST_WAITING: usize = 4;

fn vector_ty(ty: Ty) -> cl::Type {
    if ty == Ty::F32 { types::F32X4 } else { types::I32X4 }
}

fn bits_flags() -> MemFlagsData {
    MemFlagsData::new().with_endianness(Endianness::Little)
}

/// Constants of vector operations that do not get a register, by value.
fn pooled_constants(e: &Emit, lanes: &Lanes) -> Vec<bool> {
    let mut uses: FxHashMap<(Ty, u64), u32> = FxHashMap::default();
    let insts = e.f.blocks.iter().flat_map(|b| &b.insts);
    for inst in insts.filter(|i| i.result.is_none_or(|v| lanes.kinds[v.index()] == Kind::Vector)) {
        inst.op.for_each_value(|v| {
            if let Some(bits) = e.consts[v.index()] {
                *uses.entry((e.f.ty(v), bits)).or_default() += 1;
            }
        });
    }
    let mut pooled = vec![false; e.f.values.len()];
    if uses.len() <= WORTH_MEMORY {
        return pooled;
    }
    let mut often: Vec<(u32, (Ty, u64))> =
        uses.iter().filter(|(_, n)| **n >= WORTH_KEEPING).map(|(k, n)| (*n, *k)).collect();
    often.sort_unstable_by_key(|(n, k)| (std::cmp::Reverse(*n), k.1, k.0 as u32));
    often.truncate(KEPT);
    for (v, bits) in e.consts.iter().enumerate() {
        let key = bits.map(|bits| (e.f.values[v], bits));
        pooled[v] = key.is_some_and(|key| !often.iter().any(|(_, kept)| *kept == key));
    }
    pooled
}

impl Emit<'_, '_> {
    /// The body that `enter` has made current, for the thread `x` and those after it that fill `groups` groups of four.
    pub fn wide_body(
        &mut self,
        cfg: &Cfg,
        polled: &[bool],
        lanes: &Lanes,
        groups: usize,
        bail: cl::Block,
    ) -> Result<(), String> {
        let forms = vec![None; self.f.values.len()];
        let offsets = vec![0; self.f.values.len()];
        let pooled = pooled_constants(self, lanes);
        Wide { e: self, lanes, forms, offsets, pooled, bail, groups, group: 0, loads: 0, nowhere: None }
            .body(cfg, polled)
    }
}

impl Wide<'_, '_, '_> {
    fn kind(&self, v: Value) -> Kind {
        self.lanes.kinds[v.index()]
    }

    fn set(&mut self, v: Value, form: Form) {
        self.set_address(v, form, 0);
    }

    fn set_address(&mut self, v: Value, form: Form, offset: i32) {
        if let Form::One(x) | Form::Line(x, _) = form {
            self.e.set_address(v, x, offset);
        }
        self.forms[v.index()] = Some(form);
        self.offsets[v.index()] = offset;
    }

    fn form(&mut self, v: Value) -> Form {
        match (self.forms[v.index()], self.e.consts[v.index()]) {
            (Some(form), _) => form,
            // Made where it is used first: a constant is a part of many operations.
            (None, Some(bits)) => {
                let x = self.e.constant(self.e.f.ty(v), bits);
                self.set(v, Form::One(x));
                Form::One(x)
            }
            (None, None) => unreachable!("definition before use"),
        }
    }

    /// The register of the current group; those of later groups follow.
    fn set_vector(&mut self, v: Value, x: cl::Value) {
        let mut all = match self.forms[v.index()] {
            Some(Form::Vector(all)) if self.group > 0 => all,
            _ => [x; MAX_GROUPS],
        };
        all[self.group] = x;
        self.set(v, Form::Vector(all));
    }

    /// The value of thread `k` of the current group.
    fn scalar(&mut self, v: Value, k: usize) -> cl::Value {
        match self.form(v) {
            Form::One(_) | Form::Line(..) => {
                let (x, offset) = self.address(v, k);
                self.e.add_imm(x, offset)
            }
            Form::Vector(all) => {
                let (b, x) = (&mut self.e.b, all[self.group]);
                let lane = b.ins().extractlane(x, k as u8);
                if self.e.f.ty(v) == Ty::I1 {
                    let low = b.ins().ireduce(types::I8, lane);
                    b.ins().band_imm_s(low, 1)
                } else {
                    lane
                }
            }
            Form::Four(a) => a[k],
        }
    }

    /// The value of thread `k` of the current group as a base and what an access adds to it.
    fn address(&mut self, v: Value, k: usize) -> (cl::Value, i64) {
        let offset = i64::from(self.offsets[v.index()]);
        match self.form(v) {
            Form::One(x) => (x, offset),
            Form::Line(x, s) => (x, offset + s * (self.first() + k as i64)),
            _ => (self.scalar(v, k), 0),
        }
    }

    /// The number of the current group's first thread among those that run together.
    fn first(&self) -> i64 {
        self.group as i64 * WIDTH
    }

    /// The value as a vector register.
    fn vector(&mut self, v: Value) -> cl::Value {
        let ty = self.e.f.ty(v);
        if self.pooled[v.index()]
            && matches!(ty, Ty::F32 | Ty::I32)
            && let Some(bits) = self.e.consts[v.index()]
        {
            return self.e.pooled(vector_ty(ty), bits);
        }
        match self.form(v) {
            Form::Vector(all) => all[self.group],
            Form::One(x) => {
                let x = self.element(ty, x);
                self.e.b.ins().splat(vector_ty(ty), x)
            }
            Form::Line(x, s) => {
                let lanes = self.first()..self.first() + WIDTH;
                let bytes: Vec<u8> = lanes.flat_map(|k| ((s * k) as i32).to_le_bytes()).collect();
                let steps = self.e.b.func.dfg.constants.insert(bytes.into());
                let steps = self.e.b.ins().vconst(types::I32X4, steps);
                let first = self.e.b.ins().splat(types::I32X4, x);
                self.e.b.ins().iadd(first, steps)
            }
            Form::Four(a) => self.pack(ty, a),
        }
    }

    /// A scalar as it stands in a vector: truth values are masks.
    fn element(&mut self, ty: Ty, x: cl::Value) -> cl::Value {
        if ty == Ty::I1 {
            let x = self.e.b.ins().uextend(types::I32, x);
            self.e.b.ins().ineg(x)
        } else {
            x
        }
    }

    fn pack(&mut self, ty: Ty, a: [cl::Value; 4]) -> cl::Value {
        let a = a.map(|x| self.element(ty, x));
        let mut v = self.e.b.ins().splat(vector_ty(ty), a[0]);
        for (k, &x) in a.iter().enumerate().skip(1) {
            v = self.e.b.ins().insertlane(v, x, k as u8);
        }
        v
    }

    fn body(mut self, cfg: &Cfg, polled: &[bool]) -> Result<(), String> {
        let f = self.e.f;
        let place = cfg.convergence_order(f);
        let loops = cfg.loops();
        let mut order = cfg.order.clone();
        order.sort_by_key(|b| place[b.index()]);
        for &b in order.iter().skip(1) {
            let block = self.e.b.create_block();
            for &p in &f.block(b).params {
                let ty = f.ty(p);
                let form = match self.kind(p) {
                    Kind::Vector => {
                        let first = self.e.b.append_block_param(block, vector_ty(ty));
                        let mut all = [first; MAX_GROUPS];
                        for x in &mut all[1..self.groups] {
                            *x = self.e.b.append_block_param(block, vector_ty(ty));
                        }
                        Form::Vector(all)
                    }
                    Kind::Four => {
                        Form::Four(std::array::from_fn(|_| self.e.b.append_block_param(block, cl_ty(ty))))
                    }
                    Kind::One => Form::One(self.e.b.append_block_param(block, cl_ty(ty))),
                    Kind::Line(_) => return Err("a linear block parameter".into()),
                };
                self.set(p, form);
            }
            self.e.blocks[b.index()] = Some(block);
        }
        for &b in &order {
            if let Some(block) = self.e.blocks[b.index()] {
                self.e.b.switch_to_block(block);
            }
            if polled[b.index()] {
                self.e.poll();
            }
            let data = f.block(b);
            self.insts(&data.insts)?;
            self.e.loc = data.term_loc;
            match &data.term {
                Terminator::Jump(c) => {
                    let (to, args) = self.edge(c)?;
                    self.e.b.ins().jump(to, &args);
                }
                Terminator::Brif(c, x, y) => {
                    // As in the scalar body: the way out of a loop comes first.
                    let leaves_second =
                        loops.iter().any(|l| l.contains(b) && l.contains(x.block) && !l.contains(y.block));
                    let ((xb, xa), (yb, ya)) = (self.edge(x)?, self.edge(y)?);
                    if leaves_second {
                        let not = self.e.inverted(*c);
                        self.e.b.ins().brif(not, yb, &ya, xb, &xa);
                    } else {
                        let c = self.e.get(*c);
                        self.e.b.ins().brif(c, xb, &xa, yb, &ya);
                    }
                }
                Terminator::Exit(p) => self.e.exit_region(*p),
                t => return Err(format!("{t:?} in a vector body")),
            }
        }
        Ok(())
    }

    fn edge(&mut self, c: &BlockCall) -> Result<(cl::Block, Vec<cl::BlockArg>), String> {
        let f = self.e.f;
        let mut args: Vec<cl::BlockArg> = Vec::new();
        for (&a, &p) in c.args.iter().zip(&f.block(c.block).params) {
            match self.kind(p) {
                Kind::Vector => {
                    for group in 0..self.groups {
                        self.group = group;
                        args.push(self.vector(a).into());
                    }
                    self.group = 0;
                }
                Kind::Four => (0..4).for_each(|k| args.push(self.scalar(a, k).into())),
                _ => match self.form(a) {
                    Form::One(_) => args.push(self.scalar(a, 0).into()),
                    _ => return Err("a varying argument of a uniform parameter".into()),
                },
            }
        }
        Ok((self.e.blocks[c.block.index()].expect("no edge to the entry"), args))
    }

    /// The operations of one block: one group after the other, as if the loop over the groups were unrolled.
    ///
    /// With many loads each operation is done for all groups at once, for what they share would not stay in registers
    /// else. Cranelift leaves loads where they are and puts arithmetic where its result is needed: sums of many products
    /// would begin when everything is loaded, most of it to the stack. So results on the way are `placed`.
    fn insts(&mut self, insts: &[Inst]) -> Result<(), String> {
        const MANY: usize = 12;
        let load = |i: &&Inst| matches!(i.op, Op::Load(..) | Op::LiveLoad(_));
        if insts.iter().filter(load).count() <= MANY {
            return self.for_groups(insts);
        }
        self.loads = 0;
        for inst in insts {
            self.for_groups(std::slice::from_ref(inst))?;
            self.loads += load(&inst) as usize;
            if self.loads >= MOST_WAITING
                && let Some(v) = inst.result
                && !load(&inst)
                && self.kind(v) == Kind::Vector
            {
                self.loads = 0;
                self.placed(v);
            }
        }
        Ok(())
    }

    /// Makes Cranelift compute the value here: it is stored where nobody reads it.
    fn placed(&mut self, v: Value) {
        let slot = *self.nowhere.get_or_insert_with(|| {
            let data = StackSlotData::new(StackSlotKind::ExplicitSlot, 16, 4);
            self.e.b.create_sized_stack_slot(data)
        });
        if let Some(Form::Vector(all)) = self.forms[v.index()] {
            for x in &all[..self.groups] {
                self.e.b.ins().stack_store(types::I64, *x, slot, 0);
            }
        }
    }

    fn for_groups(&mut self, insts: &[Inst]) -> Result<(), String> {
        for group in 0..self.groups {
            self.group = group;
            for inst in insts {
                let shared = inst.result.is_some_and(|v| matches!(self.kind(v), Kind::One | Kind::Line(_)));
                if group == 0 || !shared {
                    self.inst(inst)?;
                }
            }
        }
        self.group = 0;
        Ok(())
    }

    fn inst(&mut self, inst: &Inst) -> Result<(), String> {
        self.e.loc = inst.loc;
        let f = self.e.f;
        match &inst.op {
            Op::Store(a, v, _) => return self.store(inst, *a, *v),
            Op::LiveStore(slot, v) => {
                self.live_store(*slot, *v);
                return Ok(());
            }
            _ if inst.result.is_some_and(|v| self.e.consts[v.index()].is_some()) => return Ok(()),
            _ => {}
        }
        let Some(result) = inst.result else {
            return Err(format!("{:?} in a vector body", inst.op));
        };
        let ty = f.ty(result);
        let form = match self.kind(result) {
            kind @ (Kind::One | Kind::Line(_)) => {
                if self.lanes.guarded[result.index()] {
                    self.guard(&inst.op);
                }
                if let Some((base, offset)) = self.e.place(&inst.op) {
                    let form = match kind {
                        Kind::Line(s) => Form::Line(base, s),
                        _ => Form::One(base),
                    };
                    self.set_address(result, form, offset);
                    return Ok(());
                }
                let x = self.e.op(&inst.op, Some(ty))?.ok_or("an operation without a result")?;
                match kind {
                    Kind::Line(s) => Form::Line(x, s),
                    _ => Form::One(x),
                }
            }
            _ => match &inst.op {
                Op::Load(a, _) if self.kind(*a) == Kind::Line(4) && matches!(ty, Ty::F32 | Ty::I32) => {
                    let ((p, offset), flags) = (self.place_of(*a), self.e.mem_flags());
                    let x = self.e.b.ins().load(vector_ty(ty), flags, p, offset);
                    self.set_vector(result, x);
                    return Ok(());
                }
                Op::LiveLoad(slot) => match self.live_load(*slot, ty) {
                    Form::Vector(all) => {
                        self.set_vector(result, all[0]);
                        return Ok(());
                    }
                    form => form,
                },
                op if is_vector_op(f, op, ty, true) => {
                    let x = self.vector_op(op, ty)?;
                    self.set_vector(result, x);
                    return Ok(());
                }
                op => {
                    let four = self.repeat(op, ty)?;
                    if self.kind(result) == Kind::Vector {
                        let x = self.pack(ty, four);
                        self.set_vector(result, x);
                        return Ok(());
                    }
                    Form::Four(four)
                }
            },
        };
        self.set(result, form);
        Ok(())
    }

    /// Where the current group's part of a consecutive access lies.
    fn place_of(&mut self, a: Value) -> (cl::Value, i32) {
        let (base, offset) = self.address(a, 0);
        match i32::try_from(offset) {
            Ok(offset) => (base, offset),
            Err(_) => (self.e.add_imm(base, offset), 0),
        }
    }

    /// The operation for each thread in turn.
    fn repeat(&mut self, op: &Op, ty: Ty) -> Result<[cl::Value; 4], String> {
        let mut out = Vec::with_capacity(4);
        for k in 0..4 {
            self.load_operands(op, k);
            out.push(self.e.op(op, Some(ty))?.ok_or("an operation without a result")?);
        }
        self.restore_operands(op);
        out.try_into().map_err(|_| "four results".into())
    }

    /// Makes the operands' values of thread `k` those that the scalar generator sees.
    fn load_operands(&mut self, op: &Op, k: usize) {
        let mut operands = Vec::new();
        op.for_each_value(|v| operands.push(v));
        for v in operands {
            if self.e.f.ty(v) == Ty::Ptr
                && let (base, offset) = self.address(v, k)
                && let Ok(offset) = i32::try_from(offset)
            {
                self.e.set_address(v, base, offset);
            } else {
                let x = self.scalar(v, k);
                self.e.set(v, x);
            }
        }
    }

    /// What is shared by all groups is made from the first thread's values.
    fn restore_operands(&mut self, op: &Op) {
        let group = std::mem::take(&mut self.group);
        self.load_operands(op, 0);
        self.group = group;
    }

    /// Goes the slow way if an extended index wraps between the four threads.
    fn guard(&mut self, op: &Op) {
        let Op::Cast(c, a) = op else { return };
        let Form::Line(_, s) = self.form(*a) else { return };
        let x = self.e.get(*a);
        let b = &mut self.e.b;
        let extend = |b: &mut cranelift_frontend::FunctionBuilder, x| match c {
            CastOp::SExt => b.ins().sextend(types::I64, x),
            _ => b.ins().uextend(types::I64, x),
        };
        let first = extend(b, x);
        let last = b.ins().iadd_imm_s(first, s * (WIDTH - 1));
        let short = b.ins().ireduce(types::I32, last);
        let again = extend(b, short);
        let wraps = b.ins().icmp(IntCC::NotEqual, again, last);
        let go_on = b.create_block();
        b.ins().brif(wraps, self.bail, &[], go_on, &[]);
        b.switch_to_block(go_on);
    }

    fn store(&mut self, inst: &Inst, a: Value, v: Value) -> Result<(), String> {
        let ty = self.e.f.ty(v);
        match self.kind(a) {
            Kind::One => {
                // All write to one place: the last one stays.
                let last = self.scalar(v, 3);
                self.e.set(v, last);
                self.e.op(&inst.op, None)?;
                self.restore_operands(&inst.op);
            }
            Kind::Line(4) if matches!(ty, Ty::F32 | Ty::I32) => {
                let ((p, offset), x, flags) = (self.place_of(a), self.vector(v), self.e.mem_flags());
                self.e.b.ins().store(flags, x, p, offset);
            }
            _ => {
                for k in 0..4 {
                    self.load_operands(&inst.op, k);
                    self.e.op(&inst.op, None)?;
                }
                self.restore_operands(&inst.op);
            }
        }
        Ok(())
    }

    fn live_load(&mut self, slot: u32, ty: Ty) -> Form {
        let (p, flags) = (self.e.live_addr(slot), self.e.live_flags());
        let (size, first) = (ty.size() as i32, self.first() as i32);
        if matches!(ty, Ty::F32 | Ty::I32) {
            return Form::Vector([self.e.b.ins().load(vector_ty(ty), flags, p, first * size); MAX_GROUPS]);
        }
        let four =
            std::array::from_fn(|k| self.e.b.ins().load(cl_ty(ty), flags, p, (first + k as i32) * size));
        if ty == Ty::I1 { Form::Vector([self.pack(ty, four); MAX_GROUPS]) } else { Form::Four(four) }
    }

    fn live_store(&mut self, slot: u32, v: Value) {
        let (p, flags) = (self.e.live_addr(slot), self.e.live_flags());
        let ty = self.e.f.ty(v);
        let (size, first) = (ty.size() as i32, self.first() as i32);
        if self.e.env.kernel.live[slot as usize].uniform {
            let x = self.scalar(v, 3);
            self.e.b.ins().store(flags, x, p, 0);
        } else if matches!(ty, Ty::F32 | Ty::I32) {
            let x = self.vector(v);
            self.e.b.ins().store(flags, x, p, first * size);
        } else {
            for k in 0..4 {
                let x = self.scalar(v, k);
                self.e.b.ins().store(flags, x, p, (first + k as i32) * size);
            }
        }
    }

    fn vector_op(&mut self, op: &Op, ty: Ty) -> Result<cl::Value, String> {
        Ok(match op {
            Op::Unary(u, a, _) => {
                let a = self.vector(*a);
                let i = self.e.b.ins();
                match u {
                    UnOp::Neg => i.ineg(a),
                    UnOp::Not => i.bnot(a),
                    UnOp::FNeg => i.fneg(a),
                    UnOp::FAbs => i.fabs(a),
                    UnOp::Sqrt => i.sqrt(a),
                    UnOp::Floor => i.floor(a),
                    UnOp::Ceil => i.ceil(a),
                    UnOp::Trunc => i.trunc(a),
                    UnOp::Rint => i.nearest(a),
                    _ => return Err(format!("{u:?} on vectors")),
                }
            }
            Op::Binary(o @ (BinOp::Shl | BinOp::LShr | BinOp::AShr), a, k, _) => {
                let (a, k) = (self.vector(*a), self.scalar(*k, 0));
                let i = self.e.b.ins();
                match o {
                    BinOp::Shl => i.ishl(a, k),
                    BinOp::LShr => i.ushr(a, k),
                    _ => i.sshr(a, k),
                }
            }
            Op::Binary(o, a, b, _) => {
                let (a, b) = (self.vector(*a), self.vector(*b));
                let i = self.e.b.ins();
                match o {
                    BinOp::FAdd => i.fadd(a, b),
                    BinOp::FSub => i.fsub(a, b),
                    BinOp::FMul => i.fmul(a, b),
                    BinOp::FDiv => i.fdiv(a, b),
                    BinOp::And => i.band(a, b),
                    BinOp::Or => i.bor(a, b),
                    BinOp::Xor => i.bxor(a, b),
                    BinOp::Add => i.iadd(a, b),
                    BinOp::Sub => i.isub(a, b),
                    BinOp::Mul => i.imul(a, b),
                    BinOp::SMin => i.smin(a, b),
                    BinOp::SMax => i.smax(a, b),
                    BinOp::UMin => i.umin(a, b),
                    BinOp::UMax => i.umax(a, b),
                    _ => return Err(format!("{o:?} on vectors")),
                }
            }
            Op::Fma(a, b, c) => {
                let (a, b, c) = (self.vector(*a), self.vector(*b), self.vector(*c));
                self.e.b.ins().fma(a, b, c)
            }
            Op::ICmp(cc, a, b) => {
                let (a, b) = (self.vector(*a), self.vector(*b));
                self.e.b.ins().icmp(int_cc(*cc), a, b)
            }
            Op::FCmp(cc, a, b) => {
                let (a, b) = (self.vector(*a), self.vector(*b));
                self.e.b.ins().fcmp(float_cc(*cc), a, b)
            }
            Op::Select(c, a, b) => {
                let (c, a, b) = (self.vector(*c), self.vector(*a), self.vector(*b));
                let c = if ty == Ty::F32 { self.e.b.ins().bitcast(types::F32X4, bits_flags(), c) } else { c };
                self.e.b.ins().bitselect(c, a, b)
            }
            Op::Cast(CastOp::SIToFp, a) => {
                let a = self.vector(*a);
                self.e.b.ins().fcvt_from_sint(types::F32X4, a)
            }
            Op::Cast(CastOp::Bitcast, a) => {
                let a = self.vector(*a);
                self.e.b.ins().bitcast(vector_ty(ty), bits_flags(), a)
            }
            Op::Cast(CastOp::SExt, a) => self.vector(*a),
            Op::Cast(CastOp::ZExt, a) => {
                let (mask, one) = (self.vector(*a), self.e.i32(1));
                let one = self.e.b.ins().splat(types::I32X4, one);
                self.e.b.ins().band(mask, one)
            }
            op => return Err(format!("{op:?} on vectors")),
        })
    }
}
