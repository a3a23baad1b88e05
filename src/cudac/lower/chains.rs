//! Reductions and scans of a last warp that trust its lock step: `s[t] += s[t + 16]; s[t] += s[t + 8]; ..` without a
//! barrier between, and without the `volatile` that such programs should have. Their updates are found here by their
//! form, offsets that go by factors of two, and are kept in step like volatile writes.

use rustc_hash::FxHashSet as HashSet;

use crate::cudac::check::tree::*;
use crate::cudac::check::walk::for_each_expr;

use super::scan::operands;

/// `place[i] op= place[i + offset]`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Offset {
    Number(u64),
    Variable(LocalId),
}

enum Event<'a> {
    Update(&'a Expr, Offset),
    Barrier,
}

/// The assignments of a function that form such chains.
pub(crate) fn lock_step_updates(barriers: &[bool], def: &FunctionDef) -> HashSet<*const Expr> {
    let mut out = HashSet::default();
    let mut events = Vec::new();
    walk(barriers, &def.body, &mut events, &mut out, 0);
    settle(&mut events, &mut out);
    out
}

fn walk<'a>(
    barriers: &[bool],
    s: &'a Stmt,
    events: &mut Vec<Event<'a>>,
    out: &mut HashSet<*const Expr>,
    depth: u32,
) {
    if depth > 500 {
        return;
    }
    let depth = depth + 1;
    match &s.kind {
        StmtKind::Block(list) => list.iter().for_each(|s| walk(barriers, s, events, out, depth)),
        StmtKind::Expr(e) => expr(barriers, e, events, 0),
        StmtKind::DeclLocal { init: Some(e), .. } => expr(barriers, e, events, 0),
        StmtKind::If { cond, then, otherwise } => {
            expr(barriers, cond, events, 0);
            walk(barriers, then, events, out, depth);
            if let Some(s) = otherwise {
                walk(barriers, s, events, out, depth);
            }
        }
        StmtKind::Loop { cond, step, body, .. } => {
            let mut inner = Vec::new();
            cond.iter().for_each(|e| expr(barriers, e, &mut inner, 0));
            walk(barriers, body, &mut inner, out, depth);
            step.iter().for_each(|e| expr(barriers, e, &mut inner, 0));
            if !inner.iter().any(|e| matches!(e, Event::Barrier)) {
                for event in &inner {
                    if let Event::Update(e, Offset::Variable(v)) = event
                        && (scales(body, *v) || step.as_ref().is_some_and(|s| scales_in(s, *v)))
                    {
                        out.insert(std::ptr::from_ref(*e));
                        // The loop goes on with what the steps before it made.
                        let before = events.iter().rev().map_while(|e| match e {
                            Event::Update(e, _) => Some(std::ptr::from_ref(*e)),
                            Event::Barrier => None,
                        });
                        out.extend(before);
                    }
                }
            }
            settle(events, out);
            settle(&mut inner, out);
        }
        StmtKind::Switch { body, .. } => walk(barriers, body, events, out, depth),
        _ => {}
    }
}

/// A run of updates with no barrier between is a chain if some offset is twice the one before or after it.
fn settle<'a>(events: &mut Vec<Event<'a>>, out: &mut HashSet<*const Expr>) {
    for run in events.split(|e| matches!(e, Event::Barrier)) {
        let numbered = |e: &Event<'a>| match e {
            Event::Update(e, Offset::Number(n)) => Some((std::ptr::from_ref(*e), *n)),
            _ => None,
        };
        let list: Vec<_> = run.iter().filter_map(numbered).collect();
        if list.windows(2).any(|w| w[0].1 == 2 * w[1].1 || w[1].1 == 2 * w[0].1) {
            out.extend(list.iter().map(|(e, _)| *e));
        }
    }
    events.clear();
}

fn expr<'a>(barriers: &[bool], e: &'a Expr, events: &mut Vec<Event<'a>>, depth: u32) {
    if depth > 500 {
        return;
    }
    operands(e, &mut |child| expr(barriers, child, events, depth + 1));
    match &e.kind {
        _ if is_barrier(barriers, e) => events.push(Event::Barrier),
        ExprKind::Assign { place, value } | ExprKind::CompoundAssign { place, value, .. } => {
            if let ExprKind::Index { pointer, index } = &place.kind
                && let Some(offset) = neighbour(value, pointer, stripped(index), 0)
            {
                events.push(Event::Update(e, offset));
            }
        }
        _ => {}
    }
}

/// The offset of an element of the same array that `e` reads.
fn neighbour(e: &Expr, array: &Expr, index: &Expr, depth: u32) -> Option<Offset> {
    if depth > 40 {
        return None;
    }
    if let ExprKind::Index { pointer, index: other } = &e.kind
        && let ExprKind::Binary { op, lhs, rhs, .. } = &stripped(other).kind
        && matches!(op, BinaryOp::Add | BinaryOp::Sub)
        && same(pointer, array, 0)
    {
        let (a, b) = (stripped(lhs), stripped(rhs));
        let offset = match op {
            _ if same(a, index, 0) => offset_of(b),
            BinaryOp::Add if same(b, index, 0) => offset_of(a),
            _ => None,
        };
        if offset.is_some() {
            return offset;
        }
    }
    let mut found = None;
    operands(e, &mut |child| {
        if found.is_none() {
            found = neighbour(child, array, index, depth + 1);
        }
    });
    found
}

fn offset_of(e: &Expr) -> Option<Offset> {
    match &e.kind {
        ExprKind::Const(Const::Int(n)) if n.is_power_of_two() && *n <= 32 => Some(Offset::Number(*n)),
        ExprKind::Load(place) => match place.kind {
            ExprKind::Local(v) => Some(Offset::Variable(v)),
            _ => None,
        },
        _ => None,
    }
}

/// Without conversions around it.
fn stripped(e: &Expr) -> &Expr {
    match &e.kind {
        ExprKind::Convert { kind, operand } if !matches!(kind, Conversion::ArrayDecay) => stripped(operand),
        _ => e,
    }
}

/// The same value or place, as far as their form tells.
fn same(a: &Expr, b: &Expr, depth: u32) -> bool {
    if depth > 40 {
        return false;
    }
    let (a, b) = (stripped(a), stripped(b));
    let next = |x: &Expr, y: &Expr| same(x, y, depth + 1);
    match (&a.kind, &b.kind) {
        (ExprKind::Local(x), ExprKind::Local(y)) => x == y,
        (ExprKind::Global(x), ExprKind::Global(y)) => x == y,
        (ExprKind::Const(Const::Int(x)), ExprKind::Const(Const::Int(y))) => x == y,
        (ExprKind::Load(x), ExprKind::Load(y)) | (ExprKind::Deref(x), ExprKind::Deref(y)) => next(x, y),
        (ExprKind::AddressOf(x), ExprKind::AddressOf(y)) => next(x, y),
        (ExprKind::Convert { operand: x, .. }, ExprKind::Convert { operand: y, .. }) => next(x, y),
        (ExprKind::Field { base: x, field: i }, ExprKind::Field { base: y, field: j }) => {
            i == j && next(x, y)
        }
        (ExprKind::Index { pointer: p, index: i }, ExprKind::Index { pointer: q, index: j }) => {
            next(p, q) && next(i, j)
        }
        (ExprKind::Binary { op, lhs, rhs, .. }, ExprKind::Binary { op: o, lhs: l, rhs: r, .. }) => {
            op == o && next(lhs, l) && next(rhs, r)
        }
        (ExprKind::Intrinsic { op, args }, ExprKind::Intrinsic { op: o, args: other }) => {
            op == o && args.is_empty() && other.is_empty()
        }
        _ => false,
    }
}

/// The statement halves or doubles the variable somewhere.
fn scales(s: &Stmt, v: LocalId) -> bool {
    let mut found = false;
    super::scan::statements(s, &mut |e| found |= scales_in(e, v), &mut |_| {});
    found
}

fn scales_in(e: &Expr, v: LocalId) -> bool {
    let by_two = |op: &BinaryOp| matches!(op, BinaryOp::Shl | BinaryOp::Shr | BinaryOp::Mul | BinaryOp::Div);
    let of_v = |place: &Expr| matches!(place.kind, ExprKind::Local(l) if l == v);
    match &e.kind {
        ExprKind::CompoundAssign { op, place, .. } => by_two(op) && of_v(place),
        ExprKind::Assign { place, value } => {
            of_v(place) && matches!(&stripped(value).kind, ExprKind::Binary { op, .. } if by_two(op))
        }
        ExprKind::Comma { lhs, rhs } => scales_in(lhs, v) || scales_in(rhs, v),
        ExprKind::Convert { operand, .. } => scales_in(operand, v),
        _ => false,
    }
}

/// A barrier of the block or warp, or a call of a function that has one, such as a group's `sync`.
fn is_barrier(barriers: &[bool], e: &Expr) -> bool {
    use IntrinsicOp as I;
    match &e.kind {
        ExprKind::Intrinsic { op, .. } => {
            matches!(op, I::Barrier | I::BarrierCount | I::BarrierAnd | I::BarrierOr | I::SyncWarp)
        }
        ExprKind::Call { function, .. } => barriers.get(function.0 as usize).is_some_and(|b| *b),
        _ => false,
    }
}

/// By function: it has a barrier, or calls one that has.
pub(crate) fn functions_with_barriers(program: &Program) -> Vec<bool> {
    let mut barriers = vec![false; program.functions.len()];
    let mut calls: Vec<Vec<usize>> = Vec::with_capacity(barriers.len());
    for (i, def) in program.functions.iter().enumerate() {
        let mut called = Vec::new();
        for_each_expr(&def.body, &mut |e| match &e.kind {
            ExprKind::Call { function, .. } => called.push(function.0 as usize),
            _ => barriers[i] |= is_barrier(&[], e),
        });
        calls.push(called);
    }
    while {
        let before = barriers.iter().filter(|b| **b).count();
        for (i, called) in calls.iter().enumerate() {
            barriers[i] = barriers[i] || called.iter().any(|c| barriers.get(*c).is_some_and(|b| *b));
        }
        before != barriers.iter().filter(|b| **b).count()
    } {}
    barriers
}
