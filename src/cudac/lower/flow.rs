//! Conditions and the flow inside expressions: branches, `&&` and `||`, `?:`, indirect calls; and the check that
//! `goto` left the control flow reducible, as all later stages need it.

use crate::cudac::check::tree::{Expr, ExprKind, FunctionDef, Stmt, StmtKind, UnaryOp};
use crate::cudac::diagnostics::Diagnostic;
use crate::cudac::source::Span;
use crate::cudac::thread_ir::{BinOp, Block, CastOp, FuncId, Function, TrapKind, Ty, UnOp, Value};

use super::func::FuncLower;
use super::{LResult, Lowerer, scan};

impl FuncLower<'_, '_> {
    /// Ends the current block with a jump to `then` or `otherwise`.
    pub fn branch(&mut self, cond: &Expr, then: Block, otherwise: Block) -> LResult<()> {
        match &cond.kind {
            ExprKind::Unary { op: UnaryOp::Not, operand, .. } => self.branch(operand, otherwise, then),
            ExprKind::Logical { and, lhs, rhs } if !self.speculatable(rhs) => {
                let next = self.b.create_block();
                if *and {
                    self.branch(lhs, next, otherwise)?;
                } else {
                    self.branch(lhs, then, next)?;
                }
                self.b.switch_to_block(next);
                self.b.seal_block(next);
                self.branch(rhs, then, otherwise)
            }
            _ => {
                let c = self.value(cond)?;
                match self.constant(c) {
                    Some(bits) => self.b.jump(if bits & 1 == 1 { then } else { otherwise }, &[]),
                    None => self.b.brif(c, then, &[], otherwise, &[]),
                }
                Ok(())
            }
        }
    }

    fn speculatable(&self, e: &Expr) -> bool {
        scan::is_speculatable(e, &|id| self.is_variable(id))
    }

    pub fn logical(&mut self, and: bool, lhs: &Expr, rhs: &Expr) -> LResult<Value> {
        if self.speculatable(rhs) {
            let a = self.value(lhs)?;
            let b = self.value(rhs)?;
            return Ok(self.b.binary(if and { BinOp::And } else { BinOp::Or }, a, b));
        }
        let (more, done) = (self.b.create_block(), self.b.create_block());
        let result = self.b.append_block_param(done, Ty::I1);
        let a = self.value(lhs)?;
        let short = self.b.bconst(!and);
        if and {
            self.b.brif(a, more, &[], done, &[short]);
        } else {
            self.b.brif(a, done, &[short], more, &[]);
        }
        self.b.switch_to_block(more);
        self.b.seal_block(more);
        let b = self.value(rhs)?;
        self.b.jump(done, &[b]);
        self.b.switch_to_block(done);
        self.b.seal_block(done);
        Ok(result)
    }

    /// `cond ? then : otherwise` of a scalar type.
    pub fn conditional(&mut self, cond: &Expr, then: &Expr, otherwise: &Expr, ty: Ty) -> LResult<Value> {
        if self.speculatable(then) && self.speculatable(otherwise) {
            let c = self.value(cond)?;
            let a = self.value(then)?;
            let b = self.value(otherwise)?;
            return Ok(self.b.select(c, a, b));
        }
        let done = self.b.create_block();
        let result = self.b.append_block_param(done, ty);
        self.two_ways(cond, done, |f, first| {
            let v = f.value(if first { then } else { otherwise })?;
            if !f.b.is_filled() {
                f.b.jump(done, &[v]);
            }
            Ok(())
        })?;
        Ok(result)
    }

    /// Runs `arm(true)` or `arm(false)` by the condition; each arm goes on to `done` by itself or ends where it falls.
    pub fn two_ways(
        &mut self,
        cond: &Expr,
        done: Block,
        mut arm: impl FnMut(&mut Self, bool) -> LResult<()>,
    ) -> LResult<()> {
        let (a, b) = (self.b.create_block(), self.b.create_block());
        self.branch(cond, a, b)?;
        for (block, first) in [(a, true), (b, false)] {
            self.b.switch_to_block(block);
            self.b.seal_block(block);
            arm(self, first)?;
            self.jump_on(done);
        }
        self.b.switch_to_block(done);
        self.b.seal_block(done);
        Ok(())
    }

    /// A call through a function pointer: the pointer's value is the function's number plus one, and every function
    /// of that type whose address is taken anywhere is a case of a switch. Any other value fails the kernel.
    pub fn call_indirect(
        &mut self,
        callee: Value,
        candidates: &[FuncId],
        args: &[Value],
        ret: Option<Ty>,
        span: Span,
    ) -> LResult<Option<Value>> {
        let number = self.b.cast(CastOp::Bitcast, callee, Ty::I64);
        if candidates.is_empty() {
            let text =
                "no function of this type has its address taken: the function pointer cannot be resolved";
            return Err(Box::new(Diagnostic::error(span, text)));
        }
        let done = self.b.create_block();
        let result = ret.map(|ty| self.b.append_block_param(done, ty));
        let bad = self.b.create_block();
        let cases: Vec<(u64, Block)> =
            candidates.iter().map(|f| (u64::from(f.0) + 1, self.b.create_block())).collect();
        self.b.switch(number, &cases, bad);
        self.b.switch_to_block(bad);
        self.b.seal_block(bad);
        self.b.trap(TrapKind::Trap);
        for (f, (_, block)) in candidates.iter().zip(cases) {
            self.b.switch_to_block(block);
            self.b.seal_block(block);
            match self.b.call(*f, args, ret) {
                Some(v) => self.b.jump(done, &[v]),
                None => self.b.jump(done, &[]),
            }
        }
        self.b.switch_to_block(done);
        self.b.seal_block(done);
        Ok(result)
    }

    pub fn not(&mut self, v: Value) -> Value {
        self.b.unary(UnOp::Not, v)
    }
}

/// Whether every loop has one entry.
pub(crate) fn is_reducible(f: &Function) -> bool {
    irreducible_block(f).is_none()
}

/// Refuses loops with more than one entry, where `entries` has left any.
pub(crate) fn check_reducible(f: &Function, cx: &Lowerer<'_>, def: &FunctionDef) -> LResult<()> {
    let Some(block) = irreducible_block(f) else { return Ok(()) };
    let mut at = None;
    super::scan::statements(&def.body, &mut |_| {}, &mut |s: &Stmt| {
        if matches!(s.kind, StmtKind::Goto(_)) {
            at.get_or_insert(s.span);
        }
    });
    let line = f.blocks[block].insts.first().map_or(f.blocks[block].term_loc, |i| i.loc);
    let line = cx.module.line(line).map_or(0, |l| l.line);
    let (what, at) = at.map_or(("a switch", def.span), |span| ("goto", span));
    let text = format!(
        "too many jumps into the middle of a loop: {what} makes a loop with many entries (near line {line})"
    );
    Err(Box::new(Diagnostic::error(at, text)))
}

/// A block that is entered by a backward jump from code which it does not dominate.
fn irreducible_block(f: &Function) -> Option<usize> {
    // Blocks are in reverse post-order, so a jump to an earlier or the same block is a retreating edge.
    let n = f.blocks.len();
    let mut preds = vec![Vec::new(); n];
    let mut retreating = Vec::new();
    for (i, b) in f.blocks.iter().enumerate() {
        b.term.for_each_call(|c| {
            let to = c.block.index();
            preds[to].push(i);
            if to <= i {
                retreating.push((i, to));
            }
        });
    }
    if retreating.is_empty() {
        return None;
    }
    // Immediate dominators by the usual iteration in reverse post-order.
    let mut idom = vec![usize::MAX; n];
    idom[0] = 0;
    let mut changed = true;
    while changed {
        changed = false;
        for b in 1..n {
            let mut new = usize::MAX;
            for &p in &preds[b] {
                if idom[p] == usize::MAX {
                    continue;
                }
                if new == usize::MAX {
                    new = p;
                    continue;
                }
                let (mut x, mut y) = (p, new);
                while x != y {
                    while x > y {
                        x = idom[x];
                    }
                    while y > x {
                        y = idom[y];
                    }
                }
                new = x;
            }
            if new != idom[b] {
                idom[b] = new;
                changed = true;
            }
        }
    }
    for (from, to) in retreating {
        let mut at = from;
        while at > to {
            at = idom[at];
        }
        if at != to {
            return Some(to);
        }
    }
    None
}
