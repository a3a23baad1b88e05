//! Constant evaluation: calls of `constexpr` functions and the statements of their bodies.

use super::super::tree::{Stmt, StmtKind};
use super::*;
use crate::cudac::diagnostics::Diagnostic;

impl<'a> Checker<'a> {
    /// Only what is `constexpr` is evaluated, and what the language writes itself.
    fn may_be_evaluated(&self, id: FuncId) -> bool {
        let inst = self.inst(id);
        let special = |f: &ast::Function| {
            let own = f.kind == ast::FunctionKind::Constructor && f.definition != ast::Definition::Body;
            own || f.kind == ast::FunctionKind::Destructor
        };
        let declared = inst.entity.is_some_and(|f| self.func(f).decls.iter().any(|d| d.specs.is_constexpr));
        inst.builtin || declared || inst.ast.is_none_or(|f| f.specs.is_constexpr || special(f))
    }

    pub(super) fn eval_call(
        &mut self,
        id: FuncId,
        args: &[Expr],
        span: Span,
        f: &mut Frame,
        m: &mut Memory,
    ) -> Res<Value> {
        if f.depth >= MAX_CALLS {
            return fail(span, "expression must have a constant value: calls are nested too deeply");
        }
        if !self.may_be_evaluated(id) {
            return not_constant(span);
        }
        let mut values = Vec::with_capacity(args.len());
        for a in args {
            values.push((self.eval(a, f, m)?, a.ty));
        }
        if self.inst(id).ast.is_some_and(|a| a.body.is_none()) {
            return not_constant(span);
        }
        if let Err(e) = self.ensure_checked(id) {
            self.report(e);
            return super::super::context::follow_up();
        }
        let Some(def) = self.inst(id).def.clone() else { return not_constant(span) };
        let types: Vec<_> = def.locals.iter().map(|l| l.ty).collect();
        let mut inner =
            Frame { locals: HashMap::new(), serial: None, types: types.into(), depth: f.depth + 1 };
        for (i, (value, ty)) in values.into_iter().enumerate() {
            let size = self.size(ty, span)?;
            let at = m.alloc(to_bytes(value, size), None, false, span)?;
            inner.locals.insert(i as u32, at);
        }
        let flow = self.nested(span, |c| c.exec(&def.body, &mut inner, m));
        match flow {
            Ok(Flow::Return(Some(v))) => Ok(v),
            Ok(_) if def.ret == TypeId::VOID => Ok(Value::Scalar(0)),
            Ok(_) => not_constant(span),
            Err(e) => {
                // Where the constant was wanted is what the user looks for.
                let message = e.message.clone();
                Err(Box::new(Diagnostic::error(span, message)))
            }
        }
    }

    pub(super) fn exec(&mut self, s: &Stmt, f: &mut Frame, m: &mut Memory) -> Res<Flow> {
        self.step(s.span)?;
        match &s.kind {
            StmtKind::Block(list) => {
                for s in list {
                    match self.nested(s.span, |c| c.exec(s, f, m))? {
                        Flow::Next => {}
                        other => return Ok(other),
                    }
                }
                Ok(Flow::Next)
            }
            StmtKind::Expr(e) => {
                self.eval(e, f, m)?;
                Ok(Flow::Next)
            }
            StmtKind::DeclLocal { local, init } => {
                self.eval_local(*local, s.span, init.as_ref(), f, m)?;
                Ok(Flow::Next)
            }
            StmtKind::If { cond, then, otherwise } => {
                if self.scalar(cond, f, m)? != 0 {
                    return self.nested(s.span, |c| c.exec(then, f, m));
                }
                match otherwise {
                    Some(e) => self.nested(s.span, |c| c.exec(e, f, m)),
                    None => Ok(Flow::Next),
                }
            }
            StmtKind::Loop { cond, step, body, test_first, .. } => {
                let mut first = !*test_first;
                loop {
                    self.step(s.span)?;
                    if !first
                        && let Some(c) = cond
                        && self.scalar(c, f, m)? == 0
                    {
                        return Ok(Flow::Next);
                    }
                    first = false;
                    match self.nested(s.span, |c| c.exec(body, f, m))? {
                        Flow::Next | Flow::Continue => {}
                        Flow::Break => return Ok(Flow::Next),
                        Flow::Return(v) => return Ok(Flow::Return(v)),
                    }
                    if let Some(e) = step {
                        self.eval(e, f, m)?;
                    }
                }
            }
            StmtKind::Switch { value, cases, default, body } => {
                let v = self.scalar(value, f, m)?;
                let v = self.truncate_to(v, value.ty);
                let hit = cases.iter().find(|c| c.first <= v && v <= c.last).map(|c| c.target).or(*default);
                let (Some(target), StmtKind::Block(list)) = (hit, &body.kind) else {
                    return if hit.is_none() { Ok(Flow::Next) } else { not_constant(s.span) };
                };
                let Some(start) =
                    list.iter().position(|s| matches!(s.kind, StmtKind::Label(l) if l == target))
                else {
                    return not_constant(s.span);
                };
                for s in &list[start..] {
                    match self.nested(s.span, |c| c.exec(s, f, m))? {
                        Flow::Next => {}
                        Flow::Break => return Ok(Flow::Next),
                        other => return Ok(other),
                    }
                }
                Ok(Flow::Next)
            }
            StmtKind::Break => Ok(Flow::Break),
            StmtKind::Continue => Ok(Flow::Continue),
            StmtKind::Return(None) => Ok(Flow::Return(None)),
            StmtKind::Return(Some(e)) => Ok(Flow::Return(Some(self.eval(e, f, m)?))),
            StmtKind::Label(_) => Ok(Flow::Next),
            StmtKind::Goto(_) => not_constant(s.span),
        }
    }
}
