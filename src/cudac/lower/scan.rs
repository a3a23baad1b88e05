//! Questions about the tree before it is lowered: which parameters are ever written, which labels are jumped to,
//! which functions have their address taken, and whether an expression has effects or is cheap to speculate.

use rustc_hash::FxHashSet as HashSet;

use crate::cudac::check::tree::*;

/// Calls `f` for every direct operand of `e`.
pub(crate) fn operands<'a>(e: &'a Expr, f: &mut dyn FnMut(&'a Expr)) {
    match &e.kind {
        ExprKind::Local(_)
        | ExprKind::Global(_)
        | ExprKind::Const(_)
        | ExprKind::Zero
        | ExprKind::FunctionAddress(_)
        | ExprKind::AssertFail(_) => {}
        ExprKind::Deref(a) | ExprKind::Load(a) | ExprKind::AddressOf(a) => f(a),
        ExprKind::Field { base, .. } => f(base),
        ExprKind::Convert { operand, .. } | ExprKind::Unary { operand, .. } => f(operand),
        ExprKind::IncDec { place, .. } => f(place),
        ExprKind::Index { pointer, index } | ExprKind::PointerAdd { pointer, index } => {
            f(pointer);
            f(index);
        }
        ExprKind::Let { init, body, .. } => {
            if let Some(init) = init {
                f(init);
            }
            f(body);
        }
        ExprKind::Comma { lhs, rhs }
        | ExprKind::Binary { lhs, rhs, .. }
        | ExprKind::Logical { lhs, rhs, .. }
        | ExprKind::PointerDiff { lhs, rhs } => {
            f(lhs);
            f(rhs);
        }
        ExprKind::Aggregate(parts) => parts.iter().for_each(|p| f(&p.value)),
        ExprKind::Conditional { cond, then, otherwise } => {
            f(cond);
            f(then);
            f(otherwise);
        }
        ExprKind::Assign { place, value } | ExprKind::CompoundAssign { place, value, .. } => {
            f(value);
            f(place);
        }
        ExprKind::PointerAssign { place, index } => {
            f(index);
            f(place);
        }
        ExprKind::Call { args, .. } | ExprKind::Intrinsic { args, .. } | ExprKind::Printf { args, .. } => {
            args.iter().for_each(f)
        }
        ExprKind::CallIndirect { callee, args } => {
            f(callee);
            args.iter().for_each(f);
        }
    }
}

/// Calls `f` for every expression that stands directly in `s` or in a statement inside it, and `g` for every statement.
pub(crate) fn statements<'a>(s: &'a Stmt, f: &mut dyn FnMut(&'a Expr), g: &mut dyn FnMut(&'a Stmt)) {
    g(s);
    match &s.kind {
        StmtKind::Block(list) => list.iter().for_each(|s| statements(s, f, g)),
        StmtKind::Expr(e) => f(e),
        StmtKind::DeclLocal { init, .. } => {
            if let Some(e) = init {
                f(e);
            }
        }
        StmtKind::If { cond, then, otherwise } => {
            f(cond);
            statements(then, f, g);
            if let Some(s) = otherwise {
                statements(s, f, g);
            }
        }
        StmtKind::Loop { cond, step, body, .. } => {
            if let Some(e) = cond {
                f(e);
            }
            statements(body, f, g);
            if let Some(e) = step {
                f(e);
            }
        }
        StmtKind::Switch { value, body, .. } => {
            f(value);
            statements(body, f, g);
        }
        StmtKind::Return(Some(e)) => f(e),
        StmtKind::Return(None)
        | StmtKind::Break
        | StmtKind::Continue
        | StmtKind::Label(_)
        | StmtKind::Goto(_) => {}
    }
}

/// Facts about one function body.
#[derive(Default)]
pub(crate) struct BodyFacts {
    /// Locals that are assigned to, or whose address goes elsewhere.
    pub written: HashSet<LocalId>,
    /// Labels that a `goto` names (and not only a `switch`).
    pub goto_targets: HashSet<LabelId>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    Read,
    Write,
}

pub(crate) fn body_facts(def: &FunctionDef) -> BodyFacts {
    let mut facts = BodyFacts::default();
    let mut exprs = Vec::new();
    let mut targets = HashSet::default();
    statements(&def.body, &mut |e| exprs.push(e), &mut |s| {
        if let StmtKind::Goto(label) = s.kind {
            targets.insert(label);
        }
    });
    facts.goto_targets = targets;
    for e in exprs {
        visit(e, Use::Read, &mut facts);
    }
    facts
}

/// `how` says what happens to the place that `e` designates; for a value it is `Read`.
fn visit(e: &Expr, how: Use, facts: &mut BodyFacts) {
    match &e.kind {
        ExprKind::Local(l) => {
            if how == Use::Write {
                facts.written.insert(*l);
            }
        }
        ExprKind::Field { base, .. } => visit(base, how, facts),
        ExprKind::Index { pointer, index } => {
            visit(index, Use::Read, facts);
            match &pointer.kind {
                ExprKind::Convert { kind: Conversion::ArrayDecay, operand } => visit(operand, how, facts),
                _ => visit(pointer, Use::Read, facts),
            }
        }
        ExprKind::Deref(pointer) => match &pointer.kind {
            ExprKind::AddressOf(place) => visit(place, how, facts),
            _ => visit(pointer, Use::Read, facts),
        },
        ExprKind::Let { init, body, .. } => {
            if let Some(init) = init {
                visit(init, Use::Read, facts);
            }
            visit(body, how, facts);
        }
        ExprKind::Comma { lhs, rhs } => {
            visit(lhs, Use::Read, facts);
            visit(rhs, how, facts);
        }
        ExprKind::Load(place) => visit(place, Use::Read, facts),
        ExprKind::AddressOf(place) | ExprKind::Convert { kind: Conversion::ArrayDecay, operand: place } => {
            visit(place, Use::Write, facts);
        }
        ExprKind::Assign { place, value } | ExprKind::CompoundAssign { place, value, .. } => {
            visit(value, Use::Read, facts);
            visit(place, Use::Write, facts);
        }
        ExprKind::PointerAssign { place, index } => {
            visit(index, Use::Read, facts);
            visit(place, Use::Write, facts);
        }
        ExprKind::IncDec { place, .. } => visit(place, Use::Write, facts),
        _ => operands(e, &mut |child| visit(child, Use::Read, facts)),
    }
}

/// Every function whose address some reached function takes or that stands in a table.
pub(crate) fn function_addresses(program: &Program) -> Vec<FuncId> {
    fn walk(e: &Expr, found: &mut Vec<FuncId>) {
        if let ExprKind::FunctionAddress(f) = e.kind
            && !found.contains(&f)
        {
            found.push(f);
        }
        operands(e, &mut |child| walk(child, found));
    }
    let mut found = Vec::new();
    for (_, f) in program.globals.iter().flat_map(|g| &g.functions) {
        if !found.contains(f) {
            found.push(*f);
        }
    }
    for def in &program.functions {
        statements(&def.body, &mut |e| walk(e, &mut found), &mut |_| {});
    }
    found
}

/// May evaluating `e` change anything that another expression could see?
pub(crate) fn has_effects(e: &Expr) -> bool {
    match &e.kind {
        ExprKind::Assign { .. }
        | ExprKind::CompoundAssign { .. }
        | ExprKind::PointerAssign { .. }
        | ExprKind::IncDec { .. }
        | ExprKind::Call { .. }
        | ExprKind::CallIndirect { .. }
        | ExprKind::Printf { .. }
        | ExprKind::Let { .. }
        | ExprKind::AssertFail(_) => true,
        ExprKind::Intrinsic { op, .. } if !is_cheap_intrinsic(*op) => true,
        _ => {
            let mut any = false;
            operands(e, &mut |child| any |= has_effects(child));
            any
        }
    }
}

fn is_cheap_intrinsic(op: IntrinsicOp) -> bool {
    use IntrinsicOp as I;
    matches!(
        op,
        I::ThreadIdx(_)
            | I::BlockIdx(_)
            | I::BlockDim(_)
            | I::GridDim(_)
            | I::LaneId
            | I::WarpSize
            | I::Popc
            | I::Clz
            | I::Min
            | I::Max
            | I::Abs
            | I::MulHi
            | I::Mul24
            | I::CopySign
            | I::Saturate
            | I::IsNan
            | I::IsInf
            | I::IsFinite
            | I::SignBit
            | I::Floor
            | I::Ceil
            | I::Trunc
            | I::Rint
            | I::Fma(Rounding::NearestEven)
            | I::Add(Rounding::NearestEven)
            | I::Sub(Rounding::NearestEven)
            | I::Mul(Rounding::NearestEven)
    )
}

/// Nodes that an evaluation without need may cost.
const SPECULATION_BUDGET: u32 = 10;

/// True if `e` touches no memory, has no effects and costs little, so that it may be evaluated even when C would
/// not: `?:` becomes a select and `&&` an and, which keeps the flow of control simple. `is_variable` tells
/// which locals are SSA variables.
pub(crate) fn is_speculatable(e: &Expr, is_variable: &dyn Fn(LocalId) -> bool) -> bool {
    fn cost(e: &Expr, is_variable: &dyn Fn(LocalId) -> bool, budget: &mut u32) -> bool {
        if *budget == 0 {
            return false;
        }
        *budget -= 1;
        let plain = match &e.kind {
            ExprKind::Const(_) | ExprKind::Zero => true,
            ExprKind::Local(l) => is_variable(*l),
            ExprKind::Load(p) => {
                return matches!(p.kind, ExprKind::Local(l) if is_variable(l));
            }
            ExprKind::Convert { kind, .. } => {
                !matches!(kind, Conversion::ArrayDecay | Conversion::Rounded(_) | Conversion::Discard)
            }
            ExprKind::Unary { .. } | ExprKind::Logical { .. } | ExprKind::PointerAdd { .. } => true,
            ExprKind::Binary { op, .. } => !matches!(op, BinaryOp::Div | BinaryOp::Rem),
            ExprKind::Conditional { .. } => true,
            ExprKind::Intrinsic { op, .. } => is_cheap_intrinsic(*op),
            _ => false,
        };
        let mut ok = plain;
        operands(e, &mut |child| ok = ok && cost(child, is_variable, budget));
        ok
    }
    cost(e, is_variable, &mut SPECULATION_BUDGET.clone())
}
