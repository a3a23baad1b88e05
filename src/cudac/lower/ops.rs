//! Unary and binary arithmetic with the meaning that CUDA gives it.

use crate::cudac::check::tree::{BinaryOp, Expr, ExprKind, FpFlags, UnaryOp};
use crate::cudac::check::types::TypeId;
use crate::cudac::source::Span;
use crate::cudac::thread_ir::{BinOp, CastOp, FCmp, FastFlags, ICmp, Op, Ty, UnOp, Value};

use super::func::FuncLower;
use super::{LResult, malformed};

/// The flags of an IR operation on values of type `ty`. Fast math concerns single precision only.
fn flags(fp: FpFlags, ty: Ty) -> FastFlags {
    let mut flags = FastFlags::NONE;
    if fp.contract {
        flags = flags | FastFlags::CONTRACT;
    }
    if fp.fast && ty == Ty::F32 {
        flags = flags | FastFlags::APPROX;
    }
    flags
}

impl FuncLower<'_, '_> {
    pub fn unary(&mut self, op: UnaryOp, operand: &Expr) -> LResult<Value> {
        let v = self.value(operand)?;
        let ty = self.b.ty(v);
        Ok(match op {
            UnaryOp::Neg if ty.is_float() => self.b.unary(UnOp::FNeg, v),
            UnaryOp::Neg => self.b.unary(UnOp::Neg, v),
            UnaryOp::BitNot | UnaryOp::Not => self.b.unary(UnOp::Not, v),
        })
    }

    /// A binary expression. Long chains `a + b + c + ...` lean to the left: they are walked without recursion.
    pub fn binary_chain(&mut self, e: &Expr) -> LResult<Value> {
        let mut spine = Vec::new();
        let mut at = e;
        while let ExprKind::Binary { op, lhs, rhs, fp } = &at.kind {
            spine.push((*op, &**lhs, &**rhs, *fp, at.span));
            at = lhs;
        }
        let mut value = self.value(at)?;
        while let Some((op, lhs, rhs, fp, span)) = spine.pop() {
            let r = self.value(rhs)?;
            self.set_span(span);
            value = self.arithmetic(op, value, r, lhs.ty, rhs.ty, fp, span)?;
        }
        Ok(value)
    }

    /// `a op b`, where `ty` is the type of `a` (and of `b`, shifts apart).
    #[expect(clippy::too_many_arguments, reason = "an operation with all that C++ says about it")]
    pub fn arithmetic(
        &mut self,
        op: BinaryOp,
        a: Value,
        b: Value,
        ty: TypeId,
        rhs_ty: TypeId,
        fp: FpFlags,
        span: Span,
    ) -> LResult<Value> {
        let scalar = self.b.ty(a);
        if matches!(op, BinaryOp::Shl | BinaryOp::Shr) {
            return self.shift(op == BinaryOp::Shl, a, b, ty, rhs_ty, span);
        }
        if self.b.ty(b) != scalar {
            return malformed(span, "operands of different types");
        }
        let signed = self.cx.is_signed(ty);
        if let Some(v) = self.compare(op, a, b, scalar, signed) {
            return Ok(v);
        }
        let op = match (op, scalar.is_float()) {
            (BinaryOp::Add, true) => BinOp::FAdd,
            (BinaryOp::Sub, true) => BinOp::FSub,
            (BinaryOp::Mul, true) => BinOp::FMul,
            (BinaryOp::Div, true) => BinOp::FDiv,
            (_, true) => return malformed(span, "an integer operator on floats"),
            (BinaryOp::Add, _) => BinOp::Add,
            (BinaryOp::Sub, _) => BinOp::Sub,
            (BinaryOp::Mul, _) => BinOp::Mul,
            (BinaryOp::Div, _) => {
                if signed {
                    BinOp::SDiv
                } else {
                    BinOp::UDiv
                }
            }
            (BinaryOp::Rem, _) => {
                if signed {
                    BinOp::SRem
                } else {
                    BinOp::URem
                }
            }
            (BinaryOp::And, _) => BinOp::And,
            (BinaryOp::Or, _) => BinOp::Or,
            (BinaryOp::Xor, _) => BinOp::Xor,
            _ => return malformed(span, "an operator in the wrong place"),
        };
        let flags = match op {
            _ if scalar.is_float() => flags(fp, scalar),
            BinOp::Add | BinOp::Sub | BinOp::Mul if signed => FastFlags::NO_WRAP,
            _ => FastFlags::NONE,
        };
        Ok(self.b.emit(Op::Binary(op, a, b, flags), scalar))
    }

    fn compare(&mut self, op: BinaryOp, a: Value, b: Value, ty: Ty, signed: bool) -> Option<Value> {
        if ty.is_float() {
            let cc = match op {
                BinaryOp::Lt => FCmp::Lt,
                BinaryOp::Le => FCmp::Le,
                BinaryOp::Gt => FCmp::Gt,
                BinaryOp::Ge => FCmp::Ge,
                BinaryOp::Eq => FCmp::Eq,
                BinaryOp::Ne => FCmp::Ne,
                _ => return None,
            };
            return Some(self.b.fcmp(cc, a, b));
        }
        let cc = match (op, signed) {
            (BinaryOp::Lt, true) => ICmp::Slt,
            (BinaryOp::Le, true) => ICmp::Sle,
            (BinaryOp::Gt, true) => ICmp::Sgt,
            (BinaryOp::Ge, true) => ICmp::Sge,
            (BinaryOp::Lt, false) => ICmp::Ult,
            (BinaryOp::Le, false) => ICmp::Ule,
            (BinaryOp::Gt, false) => ICmp::Ugt,
            (BinaryOp::Ge, false) => ICmp::Uge,
            (BinaryOp::Eq, _) => ICmp::Eq,
            (BinaryOp::Ne, _) => ICmp::Ne,
            _ => return None,
        };
        Some(self.b.icmp(cc, a, b))
    }

    /// The count may be of another width than the value; read as unsigned, all of its bits count.
    fn shift(
        &mut self,
        left: bool,
        a: Value,
        count: Value,
        ty: TypeId,
        rhs_ty: TypeId,
        span: Span,
    ) -> LResult<Value> {
        let (scalar, count_ty) = (self.b.ty(a), self.b.ty(count));
        if !scalar.is_int() || !count_ty.is_int() || self.cx.scalar(rhs_ty).is_none() {
            return malformed(span, "a shift of something that is not an integer");
        }
        let count = if count_ty.bits() > scalar.bits() {
            let limit = self.b.iconst(count_ty, scalar.bits().into());
            let clamped = self.b.binary(BinOp::UMin, count, limit);
            self.b.cast(CastOp::Trunc, clamped, scalar)
        } else if count_ty.bits() < scalar.bits() {
            self.b.cast(CastOp::ZExt, count, scalar)
        } else {
            count
        };
        let op = match (left, self.cx.is_signed(ty)) {
            (true, _) => BinOp::Shl,
            (false, true) => BinOp::AShr,
            (false, false) => BinOp::LShr,
        };
        Ok(self.b.binary(op, a, count))
    }
}
