//! Visiting every expression of a body, children after their parent.

use super::tree::{Expr, ExprKind, Stmt, StmtKind};

macro_rules! walker {
    ($stmt:ident, $expr:ident, $children:ident, $($mutable:tt)?) => {
        pub fn $stmt(s: & $($mutable)? Stmt, work: &mut impl FnMut(& $($mutable)? Expr)) {
            match & $($mutable)? s.kind {
                StmtKind::Block(list) => {
                    for s in list {
                        $stmt(s, work);
                    }
                }
                StmtKind::Expr(e) => $expr(e, work),
                StmtKind::DeclLocal { init, .. } => {
                    if let Some(e) = init {
                        $expr(e, work);
                    }
                }
                StmtKind::If { cond, then, otherwise } => {
                    $expr(cond, work);
                    $stmt(then, work);
                    if let Some(s) = otherwise {
                        $stmt(s, work);
                    }
                }
                StmtKind::Loop { cond, step, body, .. } => {
                    if let Some(e) = cond {
                        $expr(e, work);
                    }
                    if let Some(e) = step {
                        $expr(e, work);
                    }
                    $stmt(body, work);
                }
                StmtKind::Switch { value, body, .. } => {
                    $expr(value, work);
                    $stmt(body, work);
                }
                StmtKind::Return(Some(e)) => $expr(e, work),
                StmtKind::Break
                | StmtKind::Continue
                | StmtKind::Return(None)
                | StmtKind::Label(_)
                | StmtKind::Goto(_) => {}
            }
        }

        pub fn $expr(e: & $($mutable)? Expr, work: &mut impl FnMut(& $($mutable)? Expr)) {
            work(e);
            $children(e, &mut |child| $expr(child, work));
        }

        pub fn $children(e: & $($mutable)? Expr, work: &mut dyn FnMut(& $($mutable)? Expr)) {
            match & $($mutable)? e.kind {
                ExprKind::Local(_)
                | ExprKind::Global(_)
                | ExprKind::Const(_)
                | ExprKind::Zero
                | ExprKind::FunctionAddress(_)
                | ExprKind::AssertFail(_) => {}
                ExprKind::Deref(a) | ExprKind::Load(a) | ExprKind::AddressOf(a) => work(a),
                ExprKind::Field { base: a, .. }
                | ExprKind::Convert { operand: a, .. }
                | ExprKind::Unary { operand: a, .. }
                | ExprKind::IncDec { place: a, .. } => work(a),
                ExprKind::Index { pointer: a, index: b }
                | ExprKind::Comma { lhs: a, rhs: b }
                | ExprKind::Binary { lhs: a, rhs: b, .. }
                | ExprKind::Logical { lhs: a, rhs: b, .. }
                | ExprKind::PointerAdd { pointer: a, index: b }
                | ExprKind::PointerDiff { lhs: a, rhs: b }
                | ExprKind::Assign { place: a, value: b }
                | ExprKind::CompoundAssign { place: a, value: b, .. }
                | ExprKind::PointerAssign { place: a, index: b } => {
                    work(a);
                    work(b);
                }
                ExprKind::Conditional { cond, then, otherwise } => {
                    work(cond);
                    work(then);
                    work(otherwise);
                }
                ExprKind::Let { init, body, .. } => {
                    if let Some(init) = init {
                        work(init);
                    }
                    work(body);
                }
                ExprKind::Aggregate(parts) => {
                    for part in parts {
                        work(& $($mutable)? part.value);
                    }
                }
                ExprKind::Call { args, .. } | ExprKind::Intrinsic { args, .. } | ExprKind::Printf { args, .. } => {
                    for a in args {
                        work(a);
                    }
                }
                ExprKind::CallIndirect { callee, args } => {
                    work(callee);
                    for a in args {
                        work(a);
                    }
                }
            }
        }
    };
}

walker!(for_each_expr, for_each_in_expr, for_each_child,);
walker!(for_each_expr_mut, for_each_in_expr_mut, for_each_child_mut, mut);
