//! The threads of a row that do not fill a group of four, and rows in which an index wraps. The region only notes them down; they run when it is done, one
//! after the other, in a function of their own that is compiled when a launch first has such threads: most never do,
//! and half of all code would be for them.

use std::mem::offset_of;

use cranelift_codegen::ir::{self as cl, AbiParam, InstBuilder, MemFlagsData, types};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};

use crate::cudac::block_ir::split::{Leaf, Plan};
use crate::cudac::block_ir::{BlockKernel, ir::EXITED};
use crate::cudac::codegen::context::*;
use crate::cudac::thread_ir::cfg::Cfg;
use crate::cudac::thread_ir::*;

use super::Env;
use super::emit::{Emit, Frame, cl_ty};
use super::function::{ThreadVars, layered, polled_headers};

/// What a note tells besides the numbers, if the threads ask.
const LAYER: [Sreg; 2] = [Sreg::TidY, Sreg::TidZ];

/// Tails are numbered by their region and their leaf of it.
pub fn first_tail(region: usize) -> u32 {
    (region as u32) << 16
}

/// Region and leaf of a tail.
pub fn parts_of(number: u32) -> (usize, u32) {
    ((number >> 16) as usize, number & 0xffff)
}

/// Bytes of one note: its fixed part, and a word for each live slot that is the same for all threads.
pub fn note_bytes(kernel: &BlockKernel) -> usize {
    size_of::<TailNote>() + 8 * kernel.live.iter().filter(|s| s.uniform).count()
}

fn count_splits(plan: &Plan) -> usize {
    let mut splits = 0;
    plan.for_each_split(&mut |_| splits += 1);
    splits
}

/// Most notes that one row can make: one for each of its parts.
pub fn notes_per_row(plan: &Plan) -> usize {
    count_splits(plan) + 1
}

/// One for each leaf, and behind them one for all threads of a row that cannot be divided.
pub fn count_tails(plan: &Plan) -> u32 {
    count_leaves(plan) + (count_splits(plan) > 0) as u32
}

pub fn count_leaves(plan: &Plan) -> u32 {
    match plan {
        Plan::Leaf(_) => 1,
        Plan::Switch(_, a, b) | Plan::Split(_, a, b) => count_leaves(a) + count_leaves(b),
    }
}

/// Leaves are numbered in the order in which `rows` comes to them.
fn leaf(plan: Plan, left: &mut u32) -> Option<Leaf> {
    match plan {
        Plan::Leaf(leaf) if *left == 0 => Some(leaf),
        Plan::Leaf(_) => {
            *left -= 1;
            None
        }
        Plan::Switch(_, a, b) | Plan::Split(_, a, b) => leaf(*a, left).or_else(|| leaf(*b, left)),
    }
}

/// Live slots that are the same for all threads and that the body reads, with the place of their word in a note. Their
/// values are those from before any thread ran.
fn uniform_slots(kernel: &BlockKernel, body: &Function) -> Vec<(usize, i32)> {
    let reads = |slot: usize| {
        let read = |i: &Inst| matches!(i.op, Op::LiveLoad(s) if s as usize == slot);
        body.blocks.iter().flat_map(|b| &b.insts).any(read)
    };
    let uniform = kernel.live.iter().enumerate().filter(|(_, s)| s.uniform);
    let places = uniform.enumerate().map(|(k, (slot, _))| (slot, (size_of::<TailNote>() + 8 * k) as i32));
    places.filter(|(slot, _)| reads(*slot)).collect()
}

/// The function of one tail, `fn(ctx, note) -> point`.
pub fn tail(
    env: &Env,
    number: u32,
    func: &mut cl::Function,
    fctx: &mut FunctionBuilderContext,
) -> Result<(), String> {
    let kernel = env.kernel;
    let (region, part) = parts_of(number);
    let region = kernel.regions.get(region).ok_or("a tail of no region")?;
    let uniform_live: Vec<bool> = kernel.live.iter().map(|s| s.uniform).collect();
    let plan = Plan::new(region, &uniform_live);
    let body = match part == count_leaves(&plan) {
        true => region.body.clone(),
        false => leaf(plan, &mut { part }).ok_or("a tail of no part")?.body,
    };
    func.signature.params.extend([AbiParam::new(types::I64); 2]);
    func.signature.returns.push(AbiParam::new(types::I32));
    func.signature.call_conv = env.target.isa.default_call_conv();
    let mut b = FunctionBuilder::new(func, fctx);
    let entry = b.create_block();
    b.append_block_params_for_function_params(entry);
    b.switch_to_block(entry);
    let (ctx, note) = (b.block_params(entry)[0], b.block_params(entry)[1]);
    let [x, y, z, t, exit] = std::array::from_fn(|_| b.declare_var(types::I32));
    let budget = b.declare_var(types::I64);
    let full = b.ins().iconst(types::I64, POLL_INTERVAL);
    b.def_var(budget, full);
    let none = b.ins().iconst(types::I32, EXITED as i64);
    b.def_var(exit, none);
    let mut word = |ty, at: usize| b.ins().load(ty, MemFlagsData::trusted(), note, at as i32);
    let [lo, hi, start] =
        [offset_of!(TailNote, first), offset_of!(TailNote, end), offset_of!(TailNote, start)]
            .map(|at| word(types::I32, at));
    let layer = [(y, offset_of!(TailNote, y)), (z, offset_of!(TailNote, z))];
    let layer = layer.map(|(var, at)| layered(&body, &LAYER).then(|| (var, word(types::I32, at))));
    let mut live = vec![None; kernel.live.len()];
    for (slot, at) in uniform_slots(kernel, &body) {
        live[slot] = Some(word(cl_ty(kernel.live[slot].ty), at as usize));
    }
    for (var, at) in layer.into_iter().flatten() {
        b.def_var(var, at);
    }
    let next = b.create_block();
    let vars = ThreadVars {
        x,
        y,
        z,
        t,
        row_start: None,
        exit,
        exit_known: false,
        next,
        uniform: true,
        uniform_live: live,
    };
    let mut e = Emit::new(env, b, ctx, &body, Frame::Region(vars), budget);
    if polled_headers(&body, &Cfg::new(&body)).contains(&true) {
        e.first_poll();
    }
    e.alone(&body, lo, hi, start)?;
    let done = e.b.create_block();
    e.b.ins().jump(done, &[]);
    e.return_exit(done, exit);
    Ok(())
}

impl Emit<'_, '_> {
    /// Notes that the threads from the current one to `end` are for tail `number`.
    pub fn leave_to_tail(&mut self, body: &Function, number: u32, end: cl::Value, start: cl::Value) {
        let kernel = self.env.kernel;
        let flags = MemFlagsData::trusted();
        let at = offset_of!(BlockCtx, next_note) as i32;
        let note = self.b.ins().load(types::I64, flags, self.ctx, at);
        let (x, y, z) = (self.vars().x, self.vars().y, self.vars().z);
        let x = self.b.use_var(x);
        let number = self.i32(number);
        let fixed = [
            (number, offset_of!(TailNote, tail)),
            (x, offset_of!(TailNote, first)),
            (end, offset_of!(TailNote, end)),
            (start, offset_of!(TailNote, start)),
        ];
        for (value, at) in fixed {
            self.b.ins().store(flags, value, note, at as i32);
        }
        if layered(body, &LAYER) {
            for (var, at) in [(y, offset_of!(TailNote, y)), (z, offset_of!(TailNote, z))] {
                let value = self.b.use_var(var);
                self.b.ins().store(flags, value, note, at as i32);
            }
        }
        for (slot, at) in uniform_slots(kernel, body) {
            let value = self.vars().uniform_live[slot].expect("loaded at the start");
            self.b.ins().store(flags, value, note, at);
        }
        let next = self.add_imm(note, note_bytes(kernel) as i64);
        self.b.ins().store(flags, next, self.ctx, at);
    }
}
