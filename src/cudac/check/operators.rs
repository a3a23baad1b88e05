//! Operators: built-in ones with their typing rules, and those that classes and enums overload.

use super::context::{Arg, Cat, Checker, Entity, FnId, Res, ScopeKind, Val, fail};
use super::names::operator_symbol;
use super::overload::Request;
use super::syntax_types::binary_text;
use super::tree::{BinaryOp, Const, Expr, ExprKind, FpFlags, UnaryOp};
use super::types::{Type, TypeId};
use crate::cudac::diagnostics::Diagnostic;
use crate::cudac::parse::ast::{self, BinaryOp as B, OperatorName, UnaryOp as U};
use crate::cudac::source::Span;

pub fn tree_op(op: B) -> Option<BinaryOp> {
    Some(match op {
        B::Add => BinaryOp::Add,
        B::Sub => BinaryOp::Sub,
        B::Mul => BinaryOp::Mul,
        B::Div => BinaryOp::Div,
        B::Rem => BinaryOp::Rem,
        B::Shl => BinaryOp::Shl,
        B::Shr => BinaryOp::Shr,
        B::BitAnd => BinaryOp::And,
        B::BitOr => BinaryOp::Or,
        B::BitXor => BinaryOp::Xor,
        B::Lt => BinaryOp::Lt,
        B::Le => BinaryOp::Le,
        B::Gt => BinaryOp::Gt,
        B::Ge => BinaryOp::Ge,
        B::Eq => BinaryOp::Eq,
        B::Ne => BinaryOp::Ne,
        B::And | B::Or => return None,
    })
}

fn is_comparison(op: B) -> bool {
    matches!(op, B::Lt | B::Le | B::Gt | B::Ge | B::Eq | B::Ne)
}

impl<'a> Checker<'a> {
    pub fn fp_of(&self, ty: TypeId) -> FpFlags {
        if self.is_float(ty) { self.cx.fp } else { FpFlags::STRICT }
    }

    // ------------------------------------------------------------ overloaded operators

    pub fn overloads(&self, ty: TypeId) -> bool {
        matches!(self.types.get(ty), Type::Record(_) | Type::Enum(_))
    }

    /// Calls the user's operator for these operands; nothing if there is none that fits.
    pub fn try_operator(&mut self, op: &OperatorName, args: &[Arg<'a>], span: Span) -> Res<Option<Val>> {
        let Some(symbol) = operator_symbol(op) else { return Ok(None) };
        let mut members: Vec<FnId> = Vec::new();
        let mut free: Vec<FnId> = Vec::new();
        if let Some(Arg::Val(object)) = args.first()
            && self.is_record(object.e.ty)
        {
            self.complete(object.e.ty, span)?;
            if let Some(class) = self.class_of(object.e.ty) {
                let scope = self.class(class).scope;
                if let Some(Entity::Functions(set)) = self.lookup_in(symbol, scope, &mut Vec::new(), false) {
                    members.extend(self.functions(set).iter());
                }
            }
        }
        let member_only = matches!(
            op,
            OperatorName::Assign | OperatorName::Call | OperatorName::Subscript | OperatorName::Arrow
        );
        if !member_only {
            self.free_operators(symbol, args, &mut free);
        }
        if members.is_empty() && free.is_empty() {
            return Ok(None);
        }
        let mut found = Vec::new();
        let name = super::syntax_types::operator_text(op);
        if !members.is_empty()
            && let Some(Arg::Val(object)) = args.first()
        {
            let request = Request {
                fns: &members,
                explicit: None,
                object: Some(object),
                args: &args[1..],
                implicit: false,
                span,
                name: &name,
            };
            found.extend(self.candidates(&request).into_iter().map(|c| (true, c)));
        }
        if !free.is_empty() {
            let request = Request {
                fns: &free,
                explicit: None,
                object: None,
                args,
                implicit: false,
                span,
                name: &name,
            };
            found.extend(self.candidates(&request).into_iter().map(|c| (false, c)));
        }
        let is_class = |c: &Self, a: &Arg<'a>| !matches!(a, Arg::Val(v) if !c.is_record(v.e.ty));
        if !args.iter().any(|a| is_class(self, a)) {
            // Without an object only functions that take one of the enumerations as such come into question.
            found.retain(|(_, c)| {
                args.iter().zip(&c.sig.params).any(|(arg, param)| {
                    let ty = match self.types.get(param.ty) {
                        Type::Reference { target, .. } => target.ty,
                        _ => param.ty,
                    };
                    matches!(arg, Arg::Val(v) if v.e.ty == ty && matches!(self.types.get(ty), Type::Enum(_)))
                })
            });
        }
        if found.is_empty() {
            return Ok(None);
        }
        let list: Vec<_> = found.iter().map(|(_, c)| c.clone()).collect();
        let Some(best) = self.best(&list) else {
            let mut error = Diagnostic::error(
                span,
                format!(
                    "more than one operator \"{}\" matches these operands:",
                    name.trim_start_matches("operator")
                ),
            );
            for c in &list {
                error = error.note(Span::NONE, format!("function \"{}\"", self.describe(c.f)));
            }
            return Err(Box::new(error));
        };
        let (is_member, chosen) = found.swap_remove(best);
        if is_member {
            let mut args = args.to_vec();
            let Arg::Val(object) = args.remove(0) else { return Ok(None) };
            return self.call_chosen(chosen, Some(object), args, span).map(Some);
        }
        self.call_chosen(chosen, None, args.to_vec(), span).map(Some)
    }

    pub fn free_operators(
        &mut self,
        symbol: crate::cudac::symbol::Symbol,
        args: &[Arg<'a>],
        out: &mut Vec<FnId>,
    ) {
        // Names of member functions do not count here.
        let mut at = Some(self.cx.scope);
        while let Some(s) = at {
            if !matches!(self.scope(s).kind, ScopeKind::Class(_))
                && let Some(Entity::Functions(set)) = self.lookup_in(symbol, s, &mut Vec::new(), false)
            {
                out.extend(self.functions(set).iter());
                break;
            }
            at = self.scope(s).parent;
        }
        self.add_by_arguments(symbol, args, out);
        if let Some(Entity::Functions(set)) = self.lookup_builtin(symbol) {
            for f in self.functions(set).iter() {
                if !out.contains(f) {
                    out.push(*f);
                }
            }
        }
    }

    /// Functions of the namespaces that the arguments' types live in.
    pub fn add_by_arguments(
        &mut self,
        symbol: crate::cudac::symbol::Symbol,
        args: &[Arg<'a>],
        out: &mut Vec<FnId>,
    ) {
        for arg in args {
            let Arg::Val(v) = arg else { continue };
            let mut ty = v.e.ty;
            while let Some(target) = self.pointee(ty) {
                ty = target.ty;
            }
            let scope = if let Some(class) = self.class_of(ty) {
                self.register_class(class);
                self.class(class).parent
            } else if let Type::Enum(_) = self.types.get(ty) {
                match self.enums.iter().find(|e| e.ty == ty) {
                    Some(info) => info.scope,
                    None => continue,
                }
            } else {
                continue;
            };
            let mut at = Some(scope);
            while let Some(s) = at {
                if matches!(self.scope(s).kind, ScopeKind::Namespace) {
                    if let Some(Entity::Functions(set)) = self.lookup_in(symbol, s, &mut Vec::new(), false) {
                        for f in self.functions(set).iter() {
                            if !out.contains(f) {
                                out.push(*f);
                            }
                        }
                    }
                    break;
                }
                at = self.scope(s).parent;
            }
        }
    }

    pub fn no_operator<T>(&self, op: &str, types: &[String], span: Span) -> Res<T> {
        let operands = types.join(&format!(" {op} "));
        let error = Diagnostic::error(span, format!("no operator \"{op}\" matches these operands"));
        Err(Box::new(error.note(
            Span::NONE,
            match types {
                [one] => format!("operand types are: {op} {one}"),
                _ => format!("operand types are: {operands}"),
            },
        )))
    }

    // ------------------------------------------------------------ unary

    pub fn unary(&mut self, op: U, operand: &'a ast::Expr, span: Span) -> Res<Val> {
        if op == U::AddressOf {
            return self.address_operator(operand, span);
        }
        let v = self.expr(operand)?;
        let mut v = v;
        if self.overloads(v.e.ty) {
            let name = match op {
                U::Plus => OperatorName::Binary(B::Add),
                U::Neg => OperatorName::Binary(B::Sub),
                U::Deref => OperatorName::Binary(B::Mul),
                U::AddressOf => OperatorName::Binary(B::BitAnd),
                U::Not | U::BitNot => OperatorName::Unary(op),
            };
            if let Some(result) = self.try_operator(&name, &[Arg::Val(v.clone())], span)? {
                return Ok(result);
            }
            if self.is_record(v.e.ty) && op != U::Not {
                let text = match op {
                    U::Plus => "+",
                    U::Neg => "-",
                    U::Deref => "*",
                    _ => "~",
                };
                let shown = self.show(v.qual_type());
                match self.class_to_scalar(v, None, span) {
                    Ok(converted) => v = converted,
                    Err(_) => return self.no_operator(text, &[shown], span),
                }
            }
        }
        match op {
            U::Deref => {
                let shown = self.show(v.qual_type());
                let v = self.decay(v)?;
                match self.pointee(v.e.ty) {
                    Some(target) if target.ty == TypeId::VOID => {
                        fail(span, "expression must be a pointer to a complete object type")
                    }
                    Some(_) => Ok(Val::lvalue(self.deref(v.e, span))),
                    None => fail(
                        operand.span,
                        format!("operand of \"*\" must be a pointer but has type \"{shown}\""),
                    ),
                }
            }
            U::Not => {
                let shown = self.show(v.qual_type());
                let record = self.is_record(v.e.ty);
                let Ok(cond) = self.condition(v) else {
                    if record {
                        return self.no_operator("!", &[shown], span);
                    }
                    return fail(
                        operand.span,
                        format!("expression must have bool type (or be convertible to bool): \"{shown}\""),
                    );
                };
                if let ExprKind::Const(Const::Int(c)) = cond.kind {
                    return Ok(Val::value(Expr::int(u64::from(c == 0), TypeId::BOOL, span)));
                }
                let kind = ExprKind::Unary { op: UnaryOp::Not, operand: Box::new(cond), fp: FpFlags::STRICT };
                Ok(Val::value(Expr::value(kind, TypeId::BOOL, span)))
            }
            U::Plus | U::Neg | U::BitNot => {
                let v = self.decay(v)?;
                if op == U::Plus && self.is_pointer(v.e.ty) {
                    return Ok(v);
                }
                let fits = if op == U::BitNot {
                    self.is_integral_like(v.e.ty)
                } else {
                    self.is_arithmetic_like(v.e.ty)
                };
                if !fits {
                    let kind = if op == U::BitNot {
                        "integral or unscoped enum"
                    } else {
                        "arithmetic or unscoped enum"
                    };
                    return fail(operand.span, format!("expression must have {kind} type"));
                }
                let e = self.promote_bit_field(v.e);
                let ty = self.promoted(e.ty);
                let e = self.convert_scalar(e, ty);
                Ok(Val::value(self.arith_unary(op, e, span)))
            }
            U::AddressOf => self.address_operator(operand, span),
        }
    }

    pub fn arith_unary(&mut self, op: U, e: Expr, span: Span) -> Expr {
        let ty = e.ty;
        let tree = match op {
            U::Plus => return Expr { span, ..e },
            U::Neg => UnaryOp::Neg,
            _ => UnaryOp::BitNot,
        };
        if let ExprKind::Const(c) = e.kind {
            let folded = match (c, tree) {
                (Const::Int(v), UnaryOp::Neg) => Some(Const::Int(self.truncate_to(v.wrapping_neg(), ty))),
                (Const::Int(v), _) => Some(Const::Int(self.truncate_to(!v, ty))),
                (Const::Float(v), UnaryOp::Neg) => Some(Const::Float(-v)),
                (Const::Double(v), UnaryOp::Neg) => Some(Const::Double(-v)),
                _ => None,
            };
            if let Some(c) = folded {
                return Expr::value(ExprKind::Const(c), ty, span);
            }
        }
        let fp = self.fp_of(ty);
        Expr::value(ExprKind::Unary { op: tree, operand: Box::new(e), fp }, ty, span)
    }

    pub fn address_operator(&mut self, operand: &'a ast::Expr, span: Span) -> Res<Val> {
        let v = self.place_expr(operand)?;
        if self.is_record(v.e.ty)
            && let Some(result) =
                self.try_operator(&OperatorName::Binary(B::BitAnd), &[Arg::Val(v.clone())], span)?
        {
            return Ok(result);
        }
        if v.cat != Cat::Lvalue || !v.e.is_place() {
            return fail(operand.span, "expression must be an lvalue or a function designator");
        }
        if self.is_bit_field(&v) {
            return fail(operand.span, "taking the address of a bit field is not allowed");
        }
        let mut e = self.address_of(v.e);
        e.span = span;
        Ok(Val::value(e))
    }

    /// An expression as a place where the language allows one: also `c ? a : b`, assignments and prefix `++`.
    pub fn place_expr(&mut self, e: &'a ast::Expr) -> Res<Val> {
        match &e.kind {
            ast::ExprKind::Paren(inner) => self.nested(e.span, |c| c.place_expr(inner)),
            ast::ExprKind::PackElement { pattern, index } => {
                self.at_element(*index, |c| c.nested(e.span, |c| c.place_expr(pattern)))
            }
            ast::ExprKind::Conditional { cond, then, otherwise } => {
                self.conditional(cond, then.as_deref(), otherwise, true, e.span)
            }
            ast::ExprKind::Assign { target, .. }
            | ast::ExprKind::IncDec { postfix: false, operand: target, .. } => {
                let effect = self.expr(e)?;
                if effect.e.is_place() {
                    return Ok(effect);
                }
                let before = self.cx.locals.len();
                let place = self.place_expr(target)?;
                if super::expr::has_effects(&place.e) || self.cx.locals.len() != before {
                    return super::context::unsupported(
                        e.span,
                        "assignments to computed places used as places",
                        &self.snippet(e.span),
                    );
                }
                let effect = self.discard(effect);
                let target = place.qual_type();
                let kind = ExprKind::Comma { lhs: Box::new(effect), rhs: Box::new(place.e) };
                Ok(Val::lvalue(Expr::place(kind, target, e.span)))
            }
            _ => self.expr(e),
        }
    }

    // ------------------------------------------------------------ binary

    pub fn binary(&mut self, op: B, lhs: &'a ast::Expr, rhs: &'a ast::Expr, span: Span) -> Res<Val> {
        // Chains such as `a + b + c + ...` lean to the left; they are walked without recursion.
        let mut chain = vec![(op, rhs, span)];
        let mut first = lhs;
        while let ast::ExprKind::Binary { op, lhs, rhs } = &first.kind {
            chain.push((*op, rhs, first.span));
            first = lhs;
        }
        if chain.len() as u32 > super::context::MAX_DEPTH {
            return fail(span, "expression or declaration is nested too deeply");
        }
        let mut left = self.expr(first)?;
        for (op, rhs, span) in chain.into_iter().rev() {
            let temporaries = self.cx.temporaries.len();
            let right = self.expr(rhs)?;
            if matches!(op, B::And | B::Or) && self.cx.temporaries.len() > temporaries {
                return super::context::unsupported(span, "temporaries with destructors in conditions", "");
            }
            left = self.binary_values(op, left, right, span)?;
        }
        Ok(left)
    }

    pub fn binary_values(&mut self, op: B, mut l: Val, mut r: Val, span: Span) -> Res<Val> {
        if self.overloads(l.e.ty) || self.overloads(r.e.ty) {
            let args = [Arg::Val(l.clone()), Arg::Val(r.clone())];
            if let Some(v) = self.try_operator(&OperatorName::Binary(op), &args, span)? {
                return Ok(v);
            }
            if !matches!(op, B::And | B::Or) {
                let shown = [self.show(l.qual_type()), self.show(r.qual_type())];
                for side in [&mut l, &mut r] {
                    if self.is_record(side.e.ty) {
                        match self.class_to_scalar(side.clone(), None, span) {
                            Ok(v) => *side = v,
                            Err(_) => return self.no_operator(binary_text(op), &shown, span),
                        }
                    }
                }
            }
        }
        if let B::And | B::Or = op {
            let (a, b) = (self.condition(l)?, self.condition(r)?);
            let kind = ExprKind::Logical { and: op == B::And, lhs: Box::new(a), rhs: Box::new(b) };
            return Ok(Val::value(Expr::value(kind, TypeId::BOOL, span)));
        }
        let shown = [l.qual_type(), r.qual_type()];
        let (l, r) = (self.decay(l)?, self.decay(r)?);
        if self.is_arithmetic_like(l.e.ty) && self.is_arithmetic_like(r.e.ty) {
            return self.arithmetic(op, l.e, r.e, span).map(Val::value);
        }
        // enum class values compare with their own kind.
        if l.e.ty == r.e.ty && matches!(self.types.get(l.e.ty), Type::Enum(_)) && is_comparison(op) {
            let ty = self.promoted(l.e.ty);
            let (a, b) = (self.convert_scalar(l.e, ty), self.convert_scalar(r.e, ty));
            return self.arithmetic(op, a, b, span).map(Val::value);
        }
        if let Some(v) = self.pointer_operator(op, l, r, span)? {
            return Ok(v);
        }
        let names = [self.show(shown[0]), self.show(shown[1])];
        if shown.iter().any(|s| self.overloads(s.ty)) {
            return self.no_operator(binary_text(op), &names, span);
        }
        fail(span, format!("operand types are incompatible (\"{}\" and \"{}\")", names[0], names[1]))
    }

    pub fn arithmetic(&mut self, op: B, l: Expr, r: Expr, span: Span) -> Res<Expr> {
        let Some(tree) = tree_op(op) else { return fail(span, "expected an arithmetic operator") };
        let integral_only = matches!(op, B::Rem | B::Shl | B::Shr | B::BitAnd | B::BitOr | B::BitXor);
        if integral_only {
            for side in [&l, &r] {
                if self.is_float(side.ty) {
                    return fail(side.span, "expression must have integral or unscoped enum type");
                }
            }
        }
        let (l, r) = (self.promote_bit_field(l), self.promote_bit_field(r));
        if matches!(op, B::Shl | B::Shr) {
            let (lt, rt) = (self.promoted(l.ty), self.promoted(r.ty));
            let (l, r) = (self.convert_scalar(l, lt), self.convert_scalar(r, rt));
            return Ok(self.binary_node(tree, l, r, lt, span));
        }
        let ty = self.common_type(l.ty, r.ty);
        let (l, r) = (self.convert_scalar(l, ty), self.convert_scalar(r, ty));
        let result = if is_comparison(op) { TypeId::BOOL } else { ty };
        Ok(self.binary_node(tree, l, r, result, span))
    }

    /// The node, or its value when both operands are integer constants.
    pub fn binary_node(&mut self, op: BinaryOp, l: Expr, r: Expr, ty: TypeId, span: Span) -> Expr {
        if let (ExprKind::Const(Const::Int(a)), ExprKind::Const(Const::Int(b))) = (&l.kind, &r.kind)
            && self.is_integral(l.ty)
            && self.is_integral(r.ty)
            // A quotient by zero is a value on the device but no constant.
            && !(matches!(op, BinaryOp::Div | BinaryOp::Rem) && *b == 0)
        {
            let value = self.fold_integers(op, *a, l.ty, *b, r.ty);
            return self.int_const(value, ty, span);
        }
        let fp = self.fp_of(l.ty);
        Expr::value(ExprKind::Binary { op, lhs: Box::new(l), rhs: Box::new(r), fp }, ty, span)
    }

    pub fn pointer_operator(&mut self, op: B, l: Val, r: Val, span: Span) -> Res<Option<Val>> {
        let (lp, rp) = (self.pointee(l.e.ty), self.pointee(r.e.ty));
        match (op, lp, rp) {
            (B::Add | B::Sub, Some(target), None) if self.is_integral_like(r.e.ty) => {
                self.complete_pointee(target.ty, span)?;
                let mut index = self.pointer_index(r.e);
                if op == B::Sub {
                    index = self.arith_unary(U::Neg, index, span);
                }
                let ty = l.e.ty;
                let kind = ExprKind::PointerAdd { pointer: Box::new(l.e), index: Box::new(index) };
                Ok(Some(Val::value(Expr::value(kind, ty, span))))
            }
            (B::Add, None, Some(target)) if self.is_integral_like(l.e.ty) => {
                self.complete_pointee(target.ty, span)?;
                let index = self.pointer_index(l.e);
                let ty = r.e.ty;
                let kind = ExprKind::PointerAdd { pointer: Box::new(r.e), index: Box::new(index) };
                Ok(Some(Val::value(Expr::value(kind, ty, span))))
            }
            (B::Sub, Some(a), Some(b)) if a.ty == b.ty => {
                self.complete_pointee(a.ty, span)?;
                let ty = l.e.ty;
                let rhs = self.convert_scalar(r.e, ty);
                let kind = ExprKind::PointerDiff { lhs: Box::new(l.e), rhs: Box::new(rhs) };
                Ok(Some(Val::value(Expr::value(kind, TypeId::LONG, span))))
            }
            _ if is_comparison(op) => {
                let Some(ty) = self.composite_pointer(&l, &r) else { return Ok(None) };
                let Some(tree) = tree_op(op) else { return Ok(None) };
                let a = self.convert_standard(l, ty)?;
                let b = self.convert_standard(r, ty)?;
                let kind =
                    ExprKind::Binary { op: tree, lhs: Box::new(a), rhs: Box::new(b), fp: FpFlags::STRICT };
                Ok(Some(Val::value(Expr::value(kind, TypeId::BOOL, span))))
            }
            _ => Ok(None),
        }
    }

    pub fn complete_pointee(&mut self, ty: TypeId, span: Span) -> Res<()> {
        if ty == TypeId::VOID || matches!(self.types.get(ty), Type::Function(_)) {
            return fail(span, "expression must be a pointer to a complete object type");
        }
        self.complete(ty, span)
    }
}
