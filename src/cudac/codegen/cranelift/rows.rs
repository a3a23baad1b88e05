//! One row of threads (all of `threadIdx.x`) of a region: divided as `block_ir::split` says, each part run four
//! threads at a time where `lanes` finds that possible. Threads that do not fill a group of four are left to `tails`.

use cranelift_codegen::ir::{self as cl, InstBuilder, condcodes::IntCC, types};

use cranelift_frontend::{FunctionBuilder, Variable};

use crate::cudac::block_ir::points::definitions;
use crate::cudac::block_ir::split::{self, Leaf, Plan, Split, Switch};
use crate::cudac::thread_ir::cfg::Cfg;
use crate::cudac::thread_ir::*;

use super::emit::{Emit, Frame};
use super::function::{ThreadVars, polled_headers};
use super::lanes::{self, Kind, Lanes, WIDTH};
use super::tails::count_leaves;

/// The row while its parts are generated.
struct Row<'a> {
    /// The region's body: chains are made of its operations.
    whole: &'a Function,
    /// Linear number of its first thread.
    start: cl::Value,
    /// First thread of the second part of each split, in the order of `for_each_split`, 64 bits, not yet limited
    /// to the row.
    cuts: std::vec::IntoIter<cl::Value>,
    /// Leaves so far.
    leaves: u32,
    /// No part is empty.
    some: bool,
}

impl<'a> Emit<'a, '_> {
    pub fn vars(&mut self) -> &mut ThreadVars {
        match &mut self.frame {
            Frame::Region(v) => v,
            Frame::Device => unreachable!("regions only"),
        }
    }

    /// All threads of a row of `full`, the first of which has the linear number `start`.
    pub fn row(&mut self, plan: &'a Plan, start: cl::Value, full: cl::Value) -> Result<(), String> {
        let whole = self.f;
        self.vars().row_start = Some(start);
        let zero = self.b.ins().iconst(types::I32, 0);
        let mut splits = Vec::new();
        plan.for_each_split(&mut |s| splits.push(s));
        if splits.is_empty() {
            let mut row = Row { whole, start, cuts: Vec::new().into_iter(), leaves: 0, some: true };
            return self.part(plan, zero, full, &mut row);
        }
        // All but what depends on `threadIdx.y` is computed once for all rows.
        let x = self.vars().x;
        self.b.def_var(x, zero);
        let full64 = self.b.ins().uextend(types::I64, full);
        let (mut end, mut cuts) = (full64, Vec::new());
        for s in splits {
            let (cut, wrap) = self.cut(s)?;
            end = self.b.ins().smin(end, wrap);
            cuts.push(cut);
        }
        // A row in which an index wraps is for a tail that decides for each thread: hardly any kernel has one.
        let [wrapped, fits, done] = std::array::from_fn(|_| self.b.create_block());
        let wraps = self.b.ins().icmp(IntCC::SignedLessThan, end, full64);
        self.b.ins().brif(wraps, wrapped, &[], fits, &[]);
        self.b.switch_to_block(wrapped);
        self.b.set_cold_block(wrapped);
        self.leave_to_tail(whole, self.first_tail + count_leaves(plan), full, start);
        self.b.ins().jump(done, &[]);
        self.b.switch_to_block(fits);
        let mut row = Row { whole, start, cuts: cuts.into_iter(), leaves: 0, some: false };
        self.part(plan, zero, full, &mut row)?;
        self.b.ins().jump(done, &[]);
        self.b.switch_to_block(done);
        Ok(())
    }

    /// The first thread of the row whose index is not below the bound, and the first whose index has wrapped. Both as
    /// 64-bit numbers. `x` is the row's first thread.
    fn cut(&mut self, s: &Split) -> Result<(cl::Value, cl::Value), String> {
        for inst in &s.chain {
            self.inst(inst)?;
        }
        let (first, bound) = (self.get(s.index), self.get(s.bound));
        let mut wide = |v| match s.signed {
            true => self.b.ins().sextend(types::I64, v),
            false => self.b.ins().uextend(types::I64, v),
        };
        let (first, bound) = (wide(first), wide(bound));
        let cut = self.b.ins().isub(bound, first);
        let limit = self.b.ins().iconst(types::I64, if s.signed { 1i64 << 31 } else { 1i64 << 32 });
        Ok((cut, self.b.ins().isub(limit, first)))
    }

    /// Threads `lo .. hi` of the row. Ends in a new current block.
    fn part(
        &mut self,
        plan: &'a Plan,
        lo: cl::Value,
        hi: cl::Value,
        row: &mut Row<'a>,
    ) -> Result<(), String> {
        match plan {
            Plan::Leaf(leaf) => self.leaf(leaf, lo, hi, row),
            Plan::Switch(Switch { chain, cond }, yes, no) => {
                self.enter(row.whole);
                for inst in chain {
                    self.inst(inst)?;
                }
                let cond = self.get(*cond);
                let [first, second, done] = std::array::from_fn(|_| self.b.create_block());
                self.b.ins().brif(cond, first, &[], second, &[]);
                for (block, plan) in [(first, yes), (second, no)] {
                    self.b.switch_to_block(block);
                    self.part(plan, lo, hi, row)?;
                    self.b.ins().jump(done, &[]);
                }
                self.b.switch_to_block(done);
                Ok(())
            }
            Plan::Split(_, less, more) => {
                let cut = row.cuts.next().ok_or("a cut for each split")?;
                let (lo64, hi64) =
                    (self.b.ins().uextend(types::I64, lo), self.b.ins().uextend(types::I64, hi));
                let cut = self.b.ins().smax(cut, lo64);
                let cut = self.b.ins().smin(cut, hi64);
                let mid = self.b.ins().ireduce(types::I32, cut);
                self.part(less, lo, mid, row)?;
                self.part(more, mid, hi, row)
            }
        }
    }

    fn leaf(
        &mut self,
        leaf: &'a Leaf,
        lo: cl::Value,
        hi: cl::Value,
        row: &mut Row<'a>,
    ) -> Result<(), String> {
        let tail = self.first_tail + row.leaves;
        row.leaves += 1;
        let done = self.b.create_block();
        if let Some(p) = leaf.exit {
            // Once for all threads, if there are any.
            if !row.some {
                let some = self.b.create_block();
                let any = self.b.ins().icmp(IntCC::UnsignedLessThan, lo, hi);
                self.b.ins().brif(any, some, &[], done, &[]);
                self.b.switch_to_block(some);
            }
            self.enter(row.whole);
            for inst in &leaf.chain {
                self.inst(inst)?;
            }
            for (slot, v) in &leaf.stores {
                self.op(&Op::LiveStore(*slot, *v), None)?;
            }
            let exit = self.vars().exit;
            let point = self.i32(p);
            self.b.def_var(exit, point);
        }
        if !does_nothing(&leaf.body) {
            self.vars().exit_known = leaf.exit.is_some();
            self.threads(&leaf.body, lo, hi, row.start, tail)?;
            self.vars().exit_known = false;
        }
        self.b.ins().jump(done, &[]);
        self.b.switch_to_block(done);
        Ok(())
    }

    /// The body for threads `lo .. hi`, four at a time where that can be.
    fn threads(
        &mut self,
        body: &'a Function,
        lo: cl::Value,
        hi: cl::Value,
        start: cl::Value,
        tail: u32,
    ) -> Result<(), String> {
        let uniform_live: Vec<bool> = self.env.kernel.live.iter().map(|s| s.uniform).collect();
        let target = self.env.target;
        let plan = if target.fma && target.round { lanes::plan(body, &uniform_live, true) } else { None };
        let Some(plan) = plan else { return self.alone(body, lo, hi, start) };
        let cfg = Cfg::new(body);
        let polled = polled_headers(body, &cfg);
        let x = self.first_thread(lo, start);
        self.enter(body);
        let wide_end = self.guards(body, &plan, lo, hi)?;
        let [rest, some, after] = std::array::from_fn(|_| self.b.create_block());
        if plan.groups > 1 {
            self.groups(body, &cfg, &polled, &plan, (plan.groups, wide_end, rest))?;
        }
        self.groups(body, &cfg, &polled, &plan, (1, wide_end, rest))?;
        self.b.ins().jump(rest, &[]);
        // Those that do not fill a group of four, and all from a wrapping index on.
        self.b.switch_to_block(rest);
        let v = self.b.use_var(x);
        let more = self.b.ins().icmp(IntCC::UnsignedLessThan, v, hi);
        self.b.ins().brif(more, some, &[], after, &[]);
        self.b.switch_to_block(some);
        self.b.set_cold_block(some);
        self.leave_to_tail(body, tail, hi, start);
        self.b.ins().jump(after, &[]);
        self.b.switch_to_block(after);
        Ok(())
    }

    /// Goes on with as many threads as fill `count` groups of four, again and again up to thread `end`. Ends in a new
    /// current block.
    fn groups(
        &mut self,
        body: &'a Function,
        cfg: &Cfg,
        polled: &[bool],
        plan: &Lanes,
        (count, end, bail): (usize, cl::Value, cl::Block),
    ) -> Result<(), String> {
        let (x, step) = (self.vars().x, count as i64 * WIDTH);
        let [run, next, after] = std::array::from_fn(|_| self.b.create_block());
        // Threads of a row are few, so nothing wraps.
        let last = self.add_imm(end, -step);
        let again = |e: &mut Self| {
            let v = e.b.use_var(x);
            let fits = e.b.ins().icmp(IntCC::SignedLessThanOrEqual, v, last);
            e.b.ins().brif(fits, run, &[], after, &[]);
        };
        again(self);
        self.b.switch_to_block(run);
        self.enter(body);
        self.vars().next = next;
        self.wide_body(cfg, polled, plan, count, bail)?;
        self.b.switch_to_block(next);
        self.next_thread(step);
        again(self);
        self.b.switch_to_block(after);
        Ok(())
    }

    /// Threads `lo .. hi` of the row one after the other. Ends in a new current block.
    pub fn alone(
        &mut self,
        body: &'a Function,
        lo: cl::Value,
        hi: cl::Value,
        start: cl::Value,
    ) -> Result<(), String> {
        let cfg = Cfg::new(body);
        let polled = polled_headers(body, &cfg);
        let x = self.first_thread(lo, start);
        let [run, next, after] = std::array::from_fn(|_| self.b.create_block());
        let again = |e: &mut Self| {
            let v = e.b.use_var(x);
            let more = e.b.ins().icmp(IntCC::UnsignedLessThan, v, hi);
            e.b.ins().brif(more, run, &[], after, &[]);
        };
        again(self);
        self.b.switch_to_block(run);
        self.enter(body);
        self.vars().next = next;
        self.note_thread();
        self.body(&cfg, &polled)?;
        self.b.switch_to_block(next);
        self.next_thread(1);
        again(self);
        self.b.switch_to_block(after);
        Ok(())
    }

    /// Makes thread `lo` of the row that begins with thread `start` the running one.
    fn first_thread(&mut self, lo: cl::Value, start: cl::Value) -> Variable {
        let x = self.vars().x;
        self.vars().row_start = Some(start);
        self.b.def_var(x, lo);
        x
    }

    fn next_thread(&mut self, by: i64) {
        let x = self.vars().x;
        let v = self.b.use_var(x);
        let v = self.add_imm(v, by);
        self.b.def_var(x, v);
    }
}

impl Emit<'_, '_> {
    /// Looks once for the whole part whether an index wraps while it is extended, where that can be foreseen. `x` is `lo`.
    /// Gives the end of the threads that may run four at a time.
    fn guards(
        &mut self,
        body: &Function,
        plan: &Lanes,
        lo: cl::Value,
        hi: cl::Value,
    ) -> Result<cl::Value, String> {
        let defs = definitions(body);
        let mut done: Vec<Value> = Vec::new();
        let mut any: Option<cl::Value> = None;
        // Threads after the first, as 32 bits.
        let mut rest: Option<cl::Value> = None;
        for (a, how) in &plan.foreseen {
            let Kind::Line(s) = plan.kinds[a.index()] else { continue };
            for i in &split::chain(&defs, &[*a]) {
                let r = i.result.expect("operations of a chain have results");
                if !done.contains(&r) {
                    self.inst(i)?;
                    done.push(r);
                }
            }
            let x = self.get(*a);
            if s == 1 && *how == CastOp::ZExt {
                let rest = *rest.get_or_insert_with(|| {
                    let threads = self.b.ins().isub(hi, lo);
                    self.b.ins().iadd_imm_s(threads, -1)
                });
                let last = self.b.ins().iadd(x, rest);
                let wraps = self.b.ins().icmp(IntCC::UnsignedLessThan, last, x);
                any = Some(any.map_or(wraps, |other| self.b.ins().bor(other, wraps)));
                continue;
            }
            let b = &mut self.b;
            let extend = |b: &mut FunctionBuilder, x| match how {
                CastOp::SExt => b.ins().sextend(types::I64, x),
                _ => b.ins().uextend(types::I64, x),
            };
            let (lo64, hi64) = (b.ins().uextend(types::I64, lo), b.ins().uextend(types::I64, hi));
            let threads = b.ins().isub(hi64, lo64);
            let steps = b.ins().iadd_imm_s(threads, -1);
            let way = b.ins().imul_imm_s(steps, s);
            let first = extend(b, x);
            let last = b.ins().iadd(first, way);
            let short = b.ins().ireduce(types::I32, last);
            let again = extend(b, short);
            let wraps = b.ins().icmp(IntCC::NotEqual, again, last);
            any = Some(any.map_or(wraps, |other| self.b.ins().bor(other, wraps)));
        }
        let Some(any) = any else { return Ok(hi) };
        let none = self.b.ins().iconst(types::I32, 0);
        Ok(self.b.ins().select(any, none, hi))
    }
}

/// The body goes at once to where its threads stop.
fn does_nothing(body: &Function) -> bool {
    let [data] = &body.blocks[..] else { return false };
    let silent = |i: &Inst| i.op.is_removable() || matches!(i.op, Op::LiveLoad(_));
    matches!(data.term, Terminator::Exit(_)) && data.insts.iter().all(silent)
}
