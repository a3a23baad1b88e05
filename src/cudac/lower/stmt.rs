//! Statements: declarations, branches, loops, switches, jumps and returns.

use rustc_hash::FxHashMap as HashMap;

use crate::cudac::check::tree::{Expr, LabelId, LocalId, Stmt, StmtKind, SwitchCase};
use crate::cudac::source::Span;
use crate::cudac::thread_ir::{BinOp, Block, ICmp, Ty, Value};

use super::addr::Addr;
use super::func::{FuncLower, Target};
use super::place::Place;
use super::{LResult, malformed};

/// A `case` range with at most this many values becomes single cases.
const MAX_EXPANDED_RANGE: u64 = 8;

impl FuncLower<'_, '_> {
    pub fn statement(&mut self, s: &Stmt) -> LResult<()> {
        self.nested(s.span, |f| f.statement_inner(s))
    }

    fn statement_inner(&mut self, s: &Stmt) -> LResult<()> {
        match &s.kind {
            StmtKind::Block(list) => {
                for s in list {
                    self.statement(s)?;
                }
            }
            StmtKind::Expr(e) => self.effect(e)?,
            StmtKind::DeclLocal { local, init } => self.declare(*local, init.as_ref(), s.span)?,
            StmtKind::If { cond, then, otherwise } => self.if_else(cond, then, otherwise.as_deref())?,
            StmtKind::Loop { cond, step, body, test_first, .. } => {
                self.loop_(cond.as_ref(), step.as_ref(), body, *test_first)?;
            }
            StmtKind::Switch { value, cases, default, body } => self.switch(value, cases, *default, body)?,
            StmtKind::Break => match self.targets.last().map(|t| t.on_break) {
                Some(to) => self.b.jump(to, &[]),
                None => return malformed(s.span, "break outside a loop"),
            },
            StmtKind::Continue => match self.targets.iter().rev().find_map(|t| t.on_continue) {
                Some(to) => self.b.jump(to, &[]),
                None => return malformed(s.span, "continue outside a loop"),
            },
            StmtKind::Return(e) => self.return_(e.as_ref(), s.span)?,
            StmtKind::Label(label) => {
                let block = self.label(*label);
                if !self.b.is_filled() {
                    self.b.jump(block, &[]);
                }
                self.b.switch_to_block(block);
                if !self.facts.goto_targets.contains(label) {
                    // Only its switch and the statement before jump here, and both have.
                    self.b.seal_block(block);
                }
            }
            StmtKind::Goto(label) => {
                let block = self.label(*label);
                self.b.jump(block, &[]);
            }
        }
        Ok(())
    }

    fn label(&mut self, label: LabelId) -> Block {
        match self.labels.get(&label) {
            Some(b) => *b,
            None => {
                let block = self.b.create_block();
                self.labels.insert(label, block);
                block
            }
        }
    }

    /// The declaration of a local, or the making of a temporary.
    pub fn declare(&mut self, local: LocalId, init: Option<&Expr>, span: Span) -> LResult<()> {
        let ty = self.def.locals[local.0 as usize].ty;
        if let Some(scalar) = self.cx.scalar(ty) {
            let value = match init {
                Some(e) => self.value(e)?,
                None => {
                    // Indeterminate, but not what it was in the last round of a loop: no value is carried around.
                    if self.is_variable(local) {
                        let zero = self.zero(scalar);
                        let place = self.local_place(local, span)?;
                        self.write(place, zero, ty)?;
                    }
                    return Ok(());
                }
            };
            let place = self.local_place(local, span)?;
            self.write(place, value, ty)?;
            return Ok(());
        }
        let place = self.local_place(local, span)?;
        match (place, init) {
            (_, None) => Ok(()),
            (Place::Mem(to), Some(e)) => self.object_into(e, to),
            _ => malformed(span, "an object outside memory"),
        }
    }

    fn if_else(&mut self, cond: &Expr, then: &Stmt, otherwise: Option<&Stmt>) -> LResult<()> {
        let then_block = self.b.create_block();
        let done = self.b.create_block();
        let else_block = if otherwise.is_some() { self.b.create_block() } else { done };
        self.branch(cond, then_block, else_block)?;
        self.b.switch_to_block(then_block);
        self.b.seal_block(then_block);
        self.statement(then)?;
        self.jump_on(done);
        if let Some(s) = otherwise {
            self.b.switch_to_block(else_block);
            self.b.seal_block(else_block);
            self.statement(s)?;
            self.jump_on(done);
        }
        self.b.switch_to_block(done);
        self.b.seal_block(done);
        Ok(())
    }

    /// Falls through to `to`, unless the current block has ended.
    pub fn jump_on(&mut self, to: Block) {
        if !self.b.is_filled() {
            self.b.jump(to, &[]);
        }
    }

    fn loop_(
        &mut self,
        cond: Option<&Expr>,
        step: Option<&Expr>,
        body: &Stmt,
        test_first: bool,
    ) -> LResult<()> {
        let head = self.b.create_block();
        let next = self.b.create_block();
        let done = self.b.create_block();
        self.b.jump(head, &[]);
        self.b.switch_to_block(head);
        if test_first && let Some(cond) = cond {
            let inside = self.b.create_block();
            self.branch(cond, inside, done)?;
            self.b.switch_to_block(inside);
            self.b.seal_block(inside);
        }
        self.targets.push(Target { on_break: done, on_continue: Some(next) });
        self.statement(body)?;
        self.targets.pop();
        self.jump_on(next);
        self.b.switch_to_block(next);
        self.b.seal_block(next);
        if let Some(step) = step {
            self.effect(step)?;
        }
        match cond {
            Some(cond) if !test_first => self.branch(cond, head, done)?,
            _ => self.jump_on(head),
        }
        self.b.seal_block(head);
        self.b.switch_to_block(done);
        self.b.seal_block(done);
        Ok(())
    }

    fn switch(
        &mut self,
        value: &Expr,
        cases: &[SwitchCase],
        default: Option<LabelId>,
        body: &Stmt,
    ) -> LResult<()> {
        let v = self.value(value)?;
        let ty = self.b.ty(v);
        let done = self.b.create_block();
        let default = default.map_or(done, |l| self.label(l));
        let mut single: Vec<(u64, Block)> = Vec::new();
        let mut seen: HashMap<u64, ()> = HashMap::default();
        for case in cases {
            let block = self.label(case.target);
            let (first, last) = (case.first & ty.mask(), case.last & ty.mask());
            let count = last.wrapping_sub(first) & ty.mask();
            if count < MAX_EXPANDED_RANGE {
                for i in 0..=count {
                    let bits = first.wrapping_add(i) & ty.mask();
                    if seen.insert(bits, ()).is_none() {
                        single.push((bits, block));
                    }
                }
            } else {
                self.range_case(v, ty, first, count, block);
            }
        }
        self.b.switch(v, &single, default);
        let on_continue = None;
        self.targets.push(Target { on_break: done, on_continue });
        // What stands before the first label is unreachable.
        self.statement(body)?;
        self.targets.pop();
        self.jump_on(done);
        self.b.switch_to_block(done);
        self.b.seal_block(done);
        Ok(())
    }

    /// Jumps to `to` if `v` lies in `first ..= first + count`; goes on otherwise. A range of signed values does not
    /// wrap around in the unsigned difference.
    fn range_case(&mut self, v: Value, ty: Ty, first: u64, count: u64, to: Block) {
        let first = self.b.iconst(ty, first as i64);
        let from_first = self.b.binary(BinOp::Sub, v, first);
        let count = self.b.iconst(ty, count as i64);
        let inside = self.b.icmp(ICmp::Ule, from_first, count);
        let next = self.b.create_block();
        self.b.brif(inside, to, &[], next, &[]);
        self.b.switch_to_block(next);
        self.b.seal_block(next);
    }

    fn return_(&mut self, e: Option<&Expr>, span: Span) -> LResult<()> {
        let value = match e {
            None => None,
            Some(e) if self.cx.is_record(e.ty) => {
                let Some(to) = self.result else { return malformed(span, "a record returned from nowhere") };
                let align = self.cx.size_align(e.ty, span)?.1;
                let to = Addr::new(to, Default::default(), align);
                // The caller's object may be read by the expression (`return S{s.y, s.x}` through a reference).
                let from = self.record_addr(e)?;
                self.copy_object(e.ty, to, from, span)?;
                None
            }
            Some(e) if self.cx.scalar(e.ty).is_none() => {
                self.effect(e)?;
                None
            }
            Some(e) => Some(self.value(e)?),
        };
        if value.is_none() && self.cx.scalar(self.def.ret).is_some() && !self.def.is_kernel {
            return self.return_default();
        }
        self.b.ret(value);
        Ok(())
    }
}
