//! The frame around the operations: the thread loop of a region, the prologue of a device function, polling.

use std::mem::offset_of;

use cranelift_codegen::ir::{self as cl, AbiParam, InstBuilder, MemFlagsData, condcodes::IntCC, types};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext, Variable};

use crate::cudac::block_ir::ir::EXITED;
use crate::cudac::block_ir::split::Plan;
use crate::cudac::codegen::context::*;
use crate::cudac::thread_ir::cfg::Cfg;
use crate::cudac::thread_ir::*;

use super::Env;
use super::emit::{Emit, Frame, cl_ty};
use super::tails::{count_tails, first_tail, notes_per_row};

/// What a region returns when it left because of a fault.
pub const FAULTED: u32 = u32::MAX;

/// Values of the running thread while a region is generated.
pub struct ThreadVars {
    pub x: Variable,
    pub y: Variable,
    pub z: Variable,
    /// Linear number; in rows that of the row's first thread.
    pub t: Variable,
    /// In rows: the linear number of the first thread.
    pub row_start: Option<cl::Value>,
    pub exit: Variable,
    /// `exit` has been set for all threads of the body.
    pub exit_known: bool,
    pub next: cl::Block,
    pub uniform: bool,
    /// Values of uniform live slots, loaded before any thread runs.
    pub uniform_live: Vec<Option<cl::Value>>,
}

/// Reads a field of the context that does not change while the function runs.
pub fn field(b: &mut FunctionBuilder, ctx: cl::Value, ty: cl::Type, offset: usize) -> cl::Value {
    let flags = MemFlagsData::trusted().with_readonly().with_can_move();
    b.ins().load(ty, flags, ctx, offset as i32)
}

/// The function of one region: `fn(ctx) -> u32`, the last point reached (all that matters when the kernel is
/// uniform) or `FAULTED`. Gives the number of its tails and of the notes that a row can make for them, if it has any.
pub fn region(
    env: &Env,
    index: u32,
    func: &mut cl::Function,
    fctx: &mut FunctionBuilderContext,
) -> Result<Option<(u32, usize)>, String> {
    let kernel = env.kernel;
    let region = &kernel.regions[index as usize];
    func.signature.params.push(AbiParam::new(types::I64));
    func.signature.returns.push(AbiParam::new(types::I32));
    func.signature.call_conv = env.target.isa.default_call_conv();
    let uniform_live: Vec<bool> = kernel.live.iter().map(|s| s.uniform).collect();
    // Rows of threads are divided only where no thread has a state of its own.
    let plan = (region.together && !env.checked).then(|| Plan::new(region, &uniform_live));
    let mut b = FunctionBuilder::new(func, fctx);
    let entry = b.create_block();
    b.append_block_params_for_function_params(entry);
    b.switch_to_block(entry);
    let ctx = b.block_params(entry)[0];
    let [x, y, z, t, exit] = std::array::from_fn(|_| b.declare_var(types::I32));
    let budget = b.declare_var(types::I64);
    let zero = b.ins().iconst(types::I32, 0);
    for v in [x, y, z, t] {
        b.def_var(v, zero);
    }
    let first = b.ins().iconst(types::I32, EXITED as i64);
    b.def_var(exit, first);
    let full = b.ins().iconst(types::I64, POLL_INTERVAL);
    b.def_var(budget, full);
    let size: [cl::Value; 3] =
        std::array::from_fn(|i| field(&mut b, ctx, types::I32, offset_of!(BlockCtx, ntid) + 4 * i));
    let [zhead, yhead, next, ynext, znext, done] = std::array::from_fn(|_| b.create_block());
    let vars = ThreadVars {
        x,
        y,
        z,
        t,
        row_start: None,
        exit,
        exit_known: false,
        next,
        uniform: region.together,
        uniform_live: vec![None; kernel.live.len()],
    };
    let mut e = Emit::new(env, b, ctx, &region.body, Frame::Region(vars), budget);
    e.first_tail = first_tail(index as usize);
    e.load_uniform_live();
    let cfg = Cfg::new(&region.body);
    let polled = polled_headers(&region.body, &cfg);
    if polled.contains(&true) {
        e.first_poll();
    }
    if let Some(plan) = &plan {
        // One loop over the rows of all layers; which one it is is counted only for those who ask.
        e.b.ins().jump(yhead, &[]);
        e.b.switch_to_block(yhead);
        let row_start = e.b.use_var(t);
        e.row(plan, row_start, size[0])?;
        let next_row = e.b.ins().iadd(row_start, size[0]);
        e.b.def_var(t, next_row);
        if layered(&region.body, &[Sreg::TidY, Sreg::TidZ]) {
            let next_y = e.b.use_var(y);
            let next_y = e.add_imm(next_y, 1);
            let over = e.b.ins().icmp(IntCC::Equal, next_y, size[1]);
            let next_y = e.b.ins().select(over, zero, next_y);
            e.b.def_var(y, next_y);
            if layered(&region.body, &[Sreg::TidZ]) {
                let old_z = e.b.use_var(z);
                let next_z = e.add_imm(old_z, 1);
                let next_z = e.b.ins().select(over, next_z, old_z);
                e.b.def_var(z, next_z);
            }
        }
        let all = e.field(types::I32, offset_of!(BlockCtx, nthreads));
        let more = e.b.ins().icmp(IntCC::UnsignedLessThan, next_row, all);
        e.b.ins().brif(more, yhead, &[], done, &[]);
        e.return_exit(done, exit);
        return Ok(Some((count_tails(plan), notes_per_row(plan))));
    }
    e.b.ins().jump(zhead, &[]);
    e.b.switch_to_block(zhead);
    if !env.checked {
        e.b.def_var(y, zero);
    }
    e.b.ins().jump(yhead, &[]);
    e.b.switch_to_block(yhead);
    if !env.checked {
        e.b.def_var(x, zero);
    }
    let row = size[0];
    let [xhead, run] = std::array::from_fn(|_| e.b.create_block());
    e.b.ins().jump(xhead, &[]);

    e.b.switch_to_block(xhead);
    let place = if env.checked { Some(e.permuted_thread(size)) } else { None };
    if region.together {
        e.b.ins().jump(run, &[]);
    } else {
        let addr = e.state_addr();
        let state = e.b.ins().load(types::I16, MemFlagsData::trusted(), addr, 0);
        let mine = e.b.ins().icmp_imm_s(IntCC::Equal, state, (index as u16 | RUN) as i16 as i64);
        e.b.ins().brif(mine, run, &[], next, &[]);
    }
    e.b.switch_to_block(run);
    e.note_thread();
    e.body(&cfg, &polled)?;

    // The next thread.
    e.b.switch_to_block(next);
    let one_more = |e: &mut Emit, var: Variable| {
        let v = e.b.use_var(var);
        let v = e.add_imm(v, 1);
        e.b.def_var(var, v);
        v
    };
    if let Some(place) = place {
        // One loop over the permuted order; the coordinates follow from the thread's number.
        e.b.def_var(t, place);
        let v = one_more(&mut e, t);
        let all = field(&mut e.b, ctx, types::I32, offset_of!(BlockCtx, nthreads));
        let more = e.b.ins().icmp(IntCC::UnsignedLessThan, v, all);
        e.b.ins().brif(more, xhead, &[], done, &[]);
        for unused in [ynext, znext] {
            e.b.switch_to_block(unused);
            e.b.ins().jump(done, &[]);
        }
        e.return_exit(done, exit);
        return Ok(None);
    }
    one_more(&mut e, t);
    let v = one_more(&mut e, x);
    let more = e.b.ins().icmp(IntCC::UnsignedLessThan, v, row);
    e.b.ins().brif(more, xhead, &[], ynext, &[]);
    e.next_rows([yhead, zhead, ynext, znext, done], size);
    e.return_exit(done, exit);
    Ok(None)
}

/// The body asks for one of these coordinates of its thread, or calls what may ask.
pub fn layered(f: &Function, coordinates: &[Sreg]) -> bool {
    let asks = |i: &Inst| match i.op {
        Op::Sreg(s) => coordinates.contains(&s),
        Op::Call(..) => true,
        _ => false,
    };
    f.blocks.iter().flat_map(|b| &b.insts).any(asks)
}

/// A recursive device function: `fn(ctx, args..) -> result`. After a fault it returns zero and the caller
/// looks at the fault record.
pub fn device(
    env: &Env,
    id: FuncId,
    func: &mut cl::Function,
    fctx: &mut FunctionBuilderContext,
) -> Result<(), String> {
    let f = &env.kernel.module.funcs[id.index()];
    let frame: u64 = f.slots.iter().map(|s| s.size as u64 + s.align as u64).sum();
    if frame > 1 << 20 {
        return Err(format!("the local variables of the recursive function `{}` need {frame} bytes", f.name));
    }
    func.signature = signature(env, f);
    let mut b = FunctionBuilder::new(func, fctx);
    let entry = b.create_block();
    b.append_block_params_for_function_params(entry);
    b.switch_to_block(entry);
    let params = b.block_params(entry).to_vec();
    let budget = b.declare_var(types::I64);
    let full = b.ins().iconst(types::I64, POLL_INTERVAL);
    b.def_var(budget, full);
    let ctx = params[0];
    let mut e = Emit::new(env, b, ctx, f, Frame::Device, budget);
    for (v, p) in f.block(Function::ENTRY).params.iter().zip(&params[1..]) {
        e.set(*v, *p);
    }
    // Enough stack for this frame, and not stopped (recursion may be endless without any loop).
    let limit = field(&mut e.b, ctx, types::I64, offset_of!(BlockCtx, stack_limit));
    let sp = e.b.ins().get_stack_pointer(types::I64);
    let room = e.add_imm(limit, frame as i64 + 4096);
    let low = e.b.ins().icmp(IntCC::UnsignedLessThan, sp, room);
    e.fault_if(low, FaultKind::StackOverflow, Loc(0));
    e.first_poll();
    let cfg = Cfg::new(f);
    let polled = polled_headers(f, &cfg);
    e.body(&cfg, &polled)?;
    e.finish();
    Ok(())
}

/// Signature of a device function in generated code.
pub fn signature(env: &Env, f: &Function) -> cl::Signature {
    let mut sig = cl::Signature::new(env.target.isa.default_call_conv());
    sig.params.push(AbiParam::new(types::I64));
    sig.params.extend(f.params.iter().map(|&t| AbiParam::new(cl_ty(t))));
    sig.returns.extend(f.ret.map(|t| AbiParam::new(cl_ty(t))));
    sig
}

impl Emit<'_, '_> {
    pub fn return_exit(mut self, done: cl::Block, exit: Variable) {
        self.b.switch_to_block(done);
        let r = self.b.use_var(exit);
        self.b.ins().return_(&[r]);
        self.finish();
    }

    /// What follows a row: the next row, the next layer, the end.
    fn next_rows(&mut self, blocks: [cl::Block; 5], size: [cl::Value; 3]) {
        let [yhead, zhead, ynext, znext, done] = blocks;
        let Frame::Region(v) = &self.frame else { unreachable!("regions only") };
        let (y, z) = (v.y, v.z);
        for (here, var, size, again, then) in
            [(ynext, y, size[1], yhead, znext), (znext, z, size[2], zhead, done)]
        {
            self.b.switch_to_block(here);
            let v = self.b.use_var(var);
            let v = self.add_imm(v, 1);
            self.b.def_var(var, v);
            let more = self.b.ins().icmp(IntCC::UnsignedLessThan, v, size);
            self.b.ins().brif(more, again, &[], then, &[]);
        }
    }

    /// Checked mode: turns the position in the order (in `t`) into the thread's number and coordinates, and
    /// gives the position back.
    fn permuted_thread(&mut self, size: [cl::Value; 3]) -> cl::Value {
        let Frame::Region(v) = &self.frame else { unreachable!("regions only") };
        let (x, y, z, t) = (v.x, v.y, v.z, v.t);
        let place = self.b.use_var(t);
        let order = field(&mut self.b, self.ctx, types::I64, offset_of!(BlockCtx, order));
        let at = self.b.ins().uextend(types::I64, place);
        let at = self.shl_imm(at, 2);
        let at = self.b.ins().iadd(order, at);
        let number = self.b.ins().load(types::I32, MemFlagsData::trusted(), at, 0);
        self.b.def_var(t, number);
        // Block sizes are at least 1; the maximum keeps the division from ever trapping.
        let one = self.b.ins().iconst(types::I32, 1);
        let [nx, ny, _] = size.map(|s| self.b.ins().umax(s, one));
        let tx = self.b.ins().urem(number, nx);
        let rest = self.b.ins().udiv(number, nx);
        let ty = self.b.ins().urem(rest, ny);
        let tz = self.b.ins().udiv(rest, ny);
        for (var, val) in [(x, tx), (y, ty), (z, tz)] {
            self.b.def_var(var, val);
        }
        place
    }

    /// All blocks of the body; starts in the current block.
    ///
    /// Loops are laid out in one piece, what follows them behind: Cranelift's code motion walks the dominator
    /// tree and forgets a loop when it comes to a block outside. It visits the first target of a branch last,
    /// so that should be the one that leaves the loop.
    pub fn body(&mut self, cfg: &Cfg, polled: &[bool]) -> Result<(), String> {
        let f = self.f;
        let place = cfg.convergence_order(f);
        let loops = cfg.loops();
        let mut order = cfg.order.clone();
        order.sort_by_key(|b| place[b.index()]);
        for &b in order.iter().skip(1) {
            let block = self.b.create_block();
            for &p in &f.block(b).params {
                let v = self.b.append_block_param(block, cl_ty(f.ty(p)));
                self.set(p, v);
            }
            self.blocks[b.index()] = Some(block);
        }
        for &b in &order {
            if let Some(block) = self.blocks[b.index()] {
                self.b.switch_to_block(block);
            }
            if polled[b.index()] {
                self.poll();
            }
            let data = f.block(b);
            for inst in &data.insts {
                self.inst(inst)?;
            }
            if let Terminator::Brif(c, stay, leave) = &data.term
                && loops.iter().any(|l| l.contains(b) && l.contains(stay.block) && !l.contains(leave.block))
            {
                self.brif_inverted(*c, stay, leave);
                continue;
            }
            self.terminator(&data.term, data.term_loc);
        }
        Ok(())
    }

    /// Address of this thread's state.
    fn state_addr(&mut self) -> cl::Value {
        let base = field(&mut self.b, self.ctx, types::I64, offset_of!(BlockCtx, states));
        let t = self.thread();
        let t = self.b.ins().uextend(types::I64, t);
        let t = self.shl_imm(t, 1);
        self.b.ins().iadd(base, t)
    }

    /// Regions with calls keep the thread's number in the context, for the callee.
    pub fn note_thread(&mut self) {
        let calls = self.f.blocks.iter().flat_map(|b| &b.insts).any(|i| matches!(i.op, Op::Call(..)));
        let Frame::Region(v) = &self.frame else { return };
        if !calls {
            return;
        }
        let tid = offset_of!(BlockCtx, tid);
        let places = [(v.x, tid), (v.y, tid + 4), (v.z, tid + 8)];
        for (var, at) in places {
            let val = self.b.use_var(var);
            self.b.ins().store(MemFlagsData::trusted(), val, self.ctx, at as i32);
        }
        let t = self.thread();
        self.b.ins().store(MemFlagsData::trusted(), t, self.ctx, offset_of!(BlockCtx, thread) as i32);
    }

    /// The thread has reached point `p` of a region.
    pub fn exit_region(&mut self, p: u32) {
        let Frame::Region(v) = &self.frame else { unreachable!("exits are in regions only") };
        let (exit, known, next, uniform) = (v.exit, v.exit_known, v.next, v.uniform);
        if !known {
            let val = self.b.ins().iconst(types::I32, p as i64);
            self.b.def_var(exit, val);
        }
        if !uniform {
            use crate::cudac::block_ir::PointKind;
            let soft =
                p != EXITED && matches!(self.env.kernel.points[p as usize].kind, PointKind::Soft { .. });
            let state = if soft { p as u16 | RUN } else { p as u16 };
            let addr = self.state_addr();
            let s = self.b.ins().iconst(types::I16, state as i64);
            self.b.ins().store(MemFlagsData::trusted(), s, addr, 0);
        }
        self.b.ins().jump(next, &[]);
    }

    /// Leaves the function after a fault.
    pub fn leave(&mut self) {
        match &self.frame {
            Frame::Region(_) => {
                let r = self.b.ins().iconst(types::I32, FAULTED as i32 as i64);
                self.b.ins().return_(&[r]);
            }
            Frame::Device => match self.f.ret {
                Some(t) => {
                    let z = self.zero(t);
                    self.b.ins().return_(&[z]);
                }
                None => {
                    self.b.ins().return_(&[]);
                }
            },
        }
    }

    /// Counts one iteration; looks at the stop flag when the budget is used up.
    pub fn poll(&mut self) {
        let left = self.b.use_var(self.budget);
        let left = self.add_imm(left, -1);
        self.b.def_var(self.budget, left);
        let (cold, go_on) = (self.b.create_block(), self.b.create_block());
        self.b.set_cold_block(cold);
        let spent = self.b.ins().icmp_imm_s(IntCC::Equal, left, 0);
        self.b.ins().brif(spent, cold, &[], go_on, &[]);
        self.b.switch_to_block(cold);
        let full = self.b.ins().iconst(types::I64, POLL_INTERVAL);
        self.b.def_var(self.budget, full);
        self.poll_now(go_on);
        self.b.switch_to_block(go_on);
    }

    /// Looks at the stop flag for the first time. The edge from here to the stop block also keeps that block
    /// out of every loop in the dominator tree (see `body`).
    pub fn first_poll(&mut self) {
        let stop = self.b.create_block();
        self.b.set_cold_block(stop);
        self.stop_block = Some(stop);
        let go_on = self.b.create_block();
        self.poll_now(go_on);
        self.b.switch_to_block(go_on);
    }

    /// Looks at the stop flag; ends the current block.
    fn poll_now(&mut self, go_on: cl::Block) {
        let stop_block = self.stop_block.expect("made by the first poll");
        let flag = field(&mut self.b, self.ctx, types::I64, offset_of!(BlockCtx, stop));
        let stop = self.b.ins().atomic_load(types::I32, MemFlagsData::trusted(), flag);
        self.b.ins().brif(stop, stop_block, &[], go_on, &[]);
    }
}

/// Targets of retreating edges, which lie on every cycle; innermost loops of few known iterations are left out.
pub fn polled_headers(f: &Function, cfg: &Cfg) -> Vec<bool> {
    let mut polled = vec![false; f.blocks.len()];
    for &b in &cfg.order {
        for s in f.block(b).term.successors() {
            polled[s.index()] |= cfg.is_retreating(b, s);
        }
    }
    let loops = cfg.loops();
    let defs = crate::cudac::block_ir::points::definitions(f);
    for (l, innermost) in loops.iter().zip(cfg.innermost(&loops)) {
        if innermost && is_short(f, cfg, &defs, l) {
            polled[l.header.index()] = false;
        }
    }
    polled
}

/// `next < limit` where `block_ir::rounds` has made a strip: `next` grows from 0 by a step and the limit is 0 or at
/// most a few steps.
fn is_strip(f: &Function, defs: &[Option<&Op>], arg: Option<Value>, next: Value, limit: Value) -> bool {
    const MAX: u64 = 1024;
    let konst = |v: Value| match defs[v.index()] {
        Some(Op::Const(bits)) => Some(*bits),
        _ => None,
    };
    let def = |v: Value| defs[v.index()];
    let (Some(Op::Binary(BinOp::Add, _, step, _)), Some(Op::Select(_, least, zero))) =
        (def(next), def(limit))
    else {
        return false;
    };
    let Some(Op::Binary(BinOp::UMin, _, far, _)) = def(*least) else { return false };
    let Some(Op::Binary(BinOp::Mul, s, rounds, _)) = def(*far) else { return false };
    arg == Some(next)
        && s == step
        && f.ty(next) == Ty::I64
        && konst(*zero) == Some(0)
        && konst(*rounds).is_some_and(|r| r <= MAX)
}

/// `for (i = c0; i op c1; i += c2)` with at most 1024 iterations.
fn is_short(f: &Function, cfg: &Cfg, defs: &[Option<&Op>], l: &cfg::Loop) -> bool {
    const MAX: i128 = 1024;
    let konst = |v: Value| match defs[v.index()] {
        Some(Op::Const(bits)) => Some(eval::sext(f.ty(v), *bits) as i128),
        _ => None,
    };
    let [latch] = l.latches[..] else { return false };
    let header = f.block(l.header);
    let arg = |from: Block, i: usize| {
        let mut out = None;
        f.block(from).term.for_each_call(|c| {
            if c.block == l.header {
                out = c.args.get(i).copied();
            }
        });
        out
    };
    // The exit test may be at the top or at the bottom; it must be passed in every iteration.
    for at in [l.header, latch] {
        let Terminator::Brif(cond, a, b) = &f.block(at).term else { continue };
        if l.contains(a.block) == l.contains(b.block) {
            continue;
        }
        let stay = l.contains(a.block);
        let Some(Op::ICmp(cc, x, y)) = defs[cond.index()] else { continue };
        if f.ty(*x).bits() < 32 {
            continue;
        }
        if stay && *cc == ICmp::Ult && is_strip(f, defs, arg(latch, 0), *x, *y) {
            return true;
        }
        let Some(bound) = konst(*y) else { continue };
        for (i, &p) in header.params.iter().enumerate() {
            let starts: Vec<Value> = cfg.preds[l.header.index()]
                .iter()
                .filter(|b| !l.contains(**b))
                .filter_map(|&b| arg(b, i))
                .collect();
            let [start] = starts[..] else { continue };
            let (Some(next), Some(c0)) = (arg(latch, i), konst(start)) else { continue };
            let Some(Op::Binary(BinOp::Add, u, v, _)) = defs[next.index()] else { continue };
            let Some(step) = konst(*v).filter(|_| *u == p) else { continue };
            if *x != p && *x != next {
                continue;
            }
            let up = step > 0 && (0..=MAX * step).contains(&(bound - c0));
            let down = step < 0 && (MAX * step..=0).contains(&(bound - c0));
            let ok = match (cc, stay) {
                (ICmp::Slt | ICmp::Sle, true) | (ICmp::Sge | ICmp::Sgt, false) => up,
                (ICmp::Ult | ICmp::Ule, true) | (ICmp::Uge | ICmp::Ugt, false) => up && c0 >= 0,
                (ICmp::Sgt | ICmp::Sge, true) | (ICmp::Sle | ICmp::Slt, false) => down,
                _ => false,
            };
            if ok {
                return true;
            }
        }
    }
    false
}
