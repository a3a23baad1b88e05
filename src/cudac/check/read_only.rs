//! Which pointer parameters of the kernel nothing is ever written through: the pointer and everything computed from it
//! is only read. Conservative: a pointer that is stored, returned or made an integer counts as written through.

use std::collections::HashSet;

use super::tree::{Conversion, Expr, ExprKind, FuncId, FunctionDef, IntrinsicOp, LocalId};
use super::types::{Type, TypeTable};
use super::walk::{for_each_child, for_each_expr};

/// One flag per parameter of the first function.
pub fn read_only_params(functions: &[FunctionDef], types: &TypeTable) -> Vec<bool> {
    let mut analysis = Analysis { writes: Vec::new() };
    // Start from "nothing writes" and add until nothing changes: recursion is covered.
    analysis.writes = functions.iter().map(|f| vec![false; f.param_count as usize]).collect();
    // From the last to the first and back: a function mostly stands in front of those that it calls, from which it
    // learns, but they may also be known before it.
    let mut order: Vec<usize> = (0..functions.len()).rev().collect();
    loop {
        let mut changed = false;
        for &i in &order {
            let function = &functions[i];
            for p in 0..function.param_count {
                // A pointer that is made a number counts as written through where that is done.
                let ty = types.get(function.locals[p as usize].ty);
                if matches!(ty, Type::Bool | Type::Int(_) | Type::Float(_) | Type::Enum(_)) {
                    continue;
                }
                if !analysis.writes[i][p as usize] && analysis.written(function, LocalId(p)) {
                    analysis.writes[i][p as usize] = true;
                    changed = true;
                }
            }
        }
        if !changed {
            break;
        }
        order.reverse();
    }
    analysis.writes.first().map_or(Vec::new(), |w| w.iter().map(|written| !written).collect())
}

struct Analysis {
    writes: Vec<Vec<bool>>,
}

/// Locals that may hold a pointer computed from the parameter.
type Derived = HashSet<LocalId>;

impl Analysis {
    fn written(&self, f: &FunctionDef, param: LocalId) -> bool {
        if f.locals[param.0 as usize].address_taken {
            return true;
        }
        let mut derived: Derived = HashSet::from([param]);
        loop {
            let before = derived.len();
            for_each_statement_init(f, &mut |local, init| {
                if carries(init, &derived) {
                    derived.insert(local);
                }
            });
            for_each_expr(&f.body, &mut |e| match &e.kind {
                ExprKind::Assign { place, value } => {
                    if let ExprKind::Local(l) = place.kind
                        && carries(value, &derived)
                    {
                        derived.insert(l);
                    }
                }
                ExprKind::Let { local, init: Some(init), .. } if carries(init, &derived) => {
                    derived.insert(*local);
                }
                _ => {}
            });
            if derived.len() == before {
                break;
            }
        }
        if derived.iter().any(|l| f.locals[l.0 as usize].address_taken) {
            return true;
        }
        let mut bad = false;
        for_each_expr(&f.body, &mut |e| bad |= self.is_bad(e, &derived));
        bad || returns(f, &derived)
    }

    /// Whether this one node writes through a derived pointer or lets one escape.
    fn is_bad(&self, e: &Expr, derived: &Derived) -> bool {
        match &e.kind {
            ExprKind::Assign { place, value } => {
                through(place, derived)
                    || carries(value, derived) && !matches!(place.kind, ExprKind::Local(_))
            }
            ExprKind::CompoundAssign { place, value, .. } => {
                through(place, derived) || carries(value, derived)
            }
            ExprKind::IncDec { place, .. } | ExprKind::PointerAssign { place, .. } => through(place, derived),
            ExprKind::Aggregate(parts) => parts.iter().any(|p| carries(&p.value, derived)),
            ExprKind::Convert { kind: Conversion::PointerToInt, operand } => carries(operand, derived),
            ExprKind::Convert { kind: Conversion::Bitcast, operand } => carries(operand, derived),
            ExprKind::Printf { args, .. } => args.iter().any(|a| carries(a, derived)),
            ExprKind::CallIndirect { args, .. } => args.iter().any(|a| carries(a, derived)),
            ExprKind::Call { function: FuncId(id), args } => {
                let writes = self.writes.get(*id as usize);
                args.iter().enumerate().any(|(i, a)| {
                    carries(a, derived) && writes.is_none_or(|w| w.get(i).copied().unwrap_or(true))
                })
            }
            ExprKind::Intrinsic { op, args } => {
                let reads_only = |i: usize| match op {
                    IntrinsicOp::Memcpy | IntrinsicOp::Memmove => i == 1,
                    IntrinsicOp::Memcmp
                    | IntrinsicOp::IsGlobal
                    | IntrinsicOp::IsShared
                    | IntrinsicOp::IsConstant
                    | IntrinsicOp::IsLocal
                    | IntrinsicOp::Prefetch => true,
                    _ => false,
                };
                args.iter().enumerate().any(|(i, a)| carries(a, derived) && !reads_only(i))
            }
            _ => false,
        }
    }
}

/// Whether a value may be a pointer that comes from the parameter.
fn carries(e: &Expr, derived: &Derived) -> bool {
    match &e.kind {
        ExprKind::Load(place) => match &place.kind {
            ExprKind::Local(l) => derived.contains(l),
            // What lies in memory is another pointer; a place computed by other means is not followed.
            ExprKind::Deref(_) | ExprKind::Index { .. } | ExprKind::Global(_) => false,
            ExprKind::Field { base, .. } => local_root(base).is_some_and(|l| derived.contains(&l)),
            ExprKind::Comma { rhs, .. } => place_carries(rhs, derived),
            ExprKind::Let { body, .. } => place_carries(body, derived),
            _ => false,
        },
        ExprKind::PointerAdd { pointer, .. } => carries(pointer, derived),
        ExprKind::Convert { kind: Conversion::Pointer | Conversion::Bitcast, operand } => {
            carries(operand, derived)
        }
        ExprKind::Convert { kind: Conversion::ArrayDecay, operand } => through(operand, derived),
        ExprKind::AddressOf(place) => through(place, derived),
        ExprKind::Conditional { then, otherwise, .. } => {
            carries(then, derived) || carries(otherwise, derived)
        }
        ExprKind::Comma { rhs, .. } => carries(rhs, derived),
        ExprKind::Let { body, .. } => carries(body, derived),
        ExprKind::Assign { value, .. } => carries(value, derived),
        ExprKind::PointerAssign { place, .. } | ExprKind::IncDec { place, .. } => match &place.kind {
            ExprKind::Local(l) => derived.contains(l),
            _ => false,
        },
        ExprKind::Intrinsic {
            op: IntrinsicOp::Memcpy | IntrinsicOp::Memmove | IntrinsicOp::Shuffle(_),
            args,
        } => args.iter().any(|a| carries(a, derived)),
        // A function that gives a derived pointer back has been judged by `returns` in the callee.
        ExprKind::Call { .. } | ExprKind::CallIndirect { .. } => false,
        _ => false,
    }
}

fn place_carries(place: &Expr, derived: &Derived) -> bool {
    match &place.kind {
        ExprKind::Local(l) => derived.contains(l),
        ExprKind::Field { base, .. } => place_carries(base, derived),
        ExprKind::Comma { rhs, .. } => place_carries(rhs, derived),
        ExprKind::Let { body, .. } => place_carries(body, derived),
        _ => false,
    }
}

fn local_root(place: &Expr) -> Option<LocalId> {
    match &place.kind {
        ExprKind::Local(l) => Some(*l),
        ExprKind::Field { base, .. } => local_root(base),
        _ => None,
    }
}

/// Whether a place lies in the memory that a derived pointer points to.
fn through(place: &Expr, derived: &Derived) -> bool {
    match &place.kind {
        ExprKind::Deref(p) => carries(p, derived),
        ExprKind::Index { pointer, .. } => carries(pointer, derived),
        ExprKind::Field { base, .. } => through(base, derived),
        ExprKind::Comma { rhs, .. } => through(rhs, derived),
        ExprKind::Let { body, .. } => through(body, derived),
        _ => false,
    }
}

fn for_each_statement_init(f: &FunctionDef, work: &mut impl FnMut(LocalId, &Expr)) {
    use super::tree::{Stmt, StmtKind};
    fn walk(s: &Stmt, work: &mut impl FnMut(LocalId, &Expr)) {
        match &s.kind {
            StmtKind::Block(list) => list.iter().for_each(|s| walk(s, work)),
            StmtKind::DeclLocal { local, init: Some(e) } => work(*local, e),
            StmtKind::If { then, otherwise, .. } => {
                walk(then, work);
                if let Some(s) = otherwise {
                    walk(s, work);
                }
            }
            StmtKind::Loop { body, .. } | StmtKind::Switch { body, .. } => walk(body, work),
            _ => {}
        }
    }
    walk(&f.body, work);
}

fn returns(f: &FunctionDef, derived: &Derived) -> bool {
    use super::tree::{Stmt, StmtKind};
    fn walk(s: &Stmt, derived: &Derived) -> bool {
        match &s.kind {
            StmtKind::Block(list) => list.iter().any(|s| walk(s, derived)),
            StmtKind::Return(Some(e)) => carries(e, derived) || any_carries(e, derived),
            StmtKind::If { then, otherwise, .. } => {
                walk(then, derived) || otherwise.as_ref().is_some_and(|s| walk(s, derived))
            }
            StmtKind::Loop { body, .. } | StmtKind::Switch { body, .. } => walk(body, derived),
            _ => false,
        }
    }
    walk(&f.body, derived)
}

/// A record with a derived pointer in it is built and returned.
fn any_carries(e: &Expr, derived: &Derived) -> bool {
    let mut found = false;
    if let ExprKind::Aggregate(_) = e.kind {
        for_each_child(e, &mut |child| found |= carries(child, derived));
    }
    found
}
