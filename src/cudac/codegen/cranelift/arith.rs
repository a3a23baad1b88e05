//! Arithmetic with the GPU's definition of every edge case: no instruction chosen here can trap.

use std::mem::offset_of;

use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::{self as cl, InstBuilder, MemFlagsData, types};

use crate::cudac::codegen::context::Helpers;
use crate::cudac::thread_ir::*;

use super::emit::{Emit, cl_ty};

impl Emit<'_, '_> {
    pub fn unary(&mut self, op: UnOp, ty: Ty, a: cl::Value) -> cl::Value {
        match op {
            UnOp::Neg => self.b.ins().ineg(a),
            UnOp::Not if ty == Ty::I1 => self.b.ins().bxor_imm_s(a, 1),
            UnOp::Not => self.b.ins().bnot(a),
            UnOp::FNeg => self.b.ins().fneg(a),
            UnOp::FAbs => self.b.ins().fabs(a),
            UnOp::Sqrt => self.b.ins().sqrt(a),
            UnOp::Floor | UnOp::Ceil | UnOp::Trunc | UnOp::Rint if !self.env.target.round => {
                let code = [UnOp::Floor, UnOp::Ceil, UnOp::Trunc].iter().position(|&o| o == op).unwrap_or(3);
                let (off, t) = match ty {
                    Ty::F32 => (offset_of!(Helpers, round32), types::F32),
                    _ => (offset_of!(Helpers, round64), types::F64),
                };
                let code = self.b.ins().iconst(types::I32, code as i64);
                self.helper(off, &[types::I32, t], Some(t), &[code, a]).expect("has a result")
            }
            UnOp::Floor => self.b.ins().floor(a),
            UnOp::Ceil => self.b.ins().ceil(a),
            UnOp::Trunc => self.b.ins().trunc(a),
            UnOp::Rint => self.b.ins().nearest(a),
            UnOp::Clz => self.b.ins().clz(a),
            UnOp::Ctz => self.b.ins().ctz(a),
            UnOp::Popc => self.b.ins().popcnt(a),
            UnOp::Brev => self.b.ins().bitrev(a),
            UnOp::Bswap if ty == Ty::I8 => a,
            UnOp::Bswap => self.b.ins().bswap(a),
        }
    }

    /// `konst` is the second operand if it is a constant.
    pub fn binary(&mut self, op: BinOp, ty: Ty, a: cl::Value, b: cl::Value, konst: Option<u64>) -> cl::Value {
        match op {
            BinOp::Add => self.b.ins().iadd(a, b),
            BinOp::Sub => self.b.ins().isub(a, b),
            BinOp::Mul => self.b.ins().imul(a, b),
            BinOp::SDiv | BinOp::UDiv | BinOp::SRem | BinOp::URem => self.divide(op, ty, a, b, konst),
            BinOp::SMulHi | BinOp::UMulHi => self.mul_hi(op, ty, a, b),
            BinOp::And => self.b.ins().band(a, b),
            BinOp::Or => self.b.ins().bor(a, b),
            BinOp::Xor => self.b.ins().bxor(a, b),
            BinOp::Shl | BinOp::LShr | BinOp::AShr => self.shift(op, ty, a, b, konst),
            BinOp::SMin => self.b.ins().smin(a, b),
            BinOp::SMax => self.b.ins().smax(a, b),
            BinOp::UMin => self.b.ins().umin(a, b),
            BinOp::UMax => self.b.ins().umax(a, b),
            BinOp::FAdd => self.b.ins().fadd(a, b),
            BinOp::FSub => self.b.ins().fsub(a, b),
            BinOp::FMul => self.b.ins().fmul(a, b),
            BinOp::FDiv => self.b.ins().fdiv(a, b),
            BinOp::FMin | BinOp::FMax => self.min_max(op, ty, a, b),
            BinOp::CopySign => self.b.ins().fcopysign(a, b),
        }
    }

    /// Integer types below 32 bits, widened for operations that have no narrow form.
    fn widen(&mut self, signed: bool, ty: Ty, a: cl::Value) -> cl::Value {
        match (ty.size() < 4, signed) {
            (false, _) => a,
            (true, true) => self.b.ins().sextend(types::I32, a),
            (true, false) => self.b.ins().uextend(types::I32, a),
        }
    }

    fn narrow(&mut self, ty: Ty, a: cl::Value) -> cl::Value {
        if ty.size() < 4 { self.b.ins().ireduce(cl_ty(ty), a) } else { a }
    }

    fn divide(&mut self, op: BinOp, ty: Ty, a: cl::Value, b: cl::Value, konst: Option<u64>) -> cl::Value {
        let signed = matches!(op, BinOp::SDiv | BinOp::SRem);
        let (a, b) = (self.widen(signed, ty, a), self.widen(signed, ty, b));
        let wide = if ty.size() < 4 { types::I32 } else { cl_ty(ty) };
        let raw = |e: &mut Self, d| match op {
            BinOp::SDiv => e.b.ins().sdiv(a, d),
            BinOp::UDiv => e.b.ins().udiv(a, d),
            BinOp::SRem => e.b.ins().srem(a, d),
            _ => e.b.ins().urem(a, d),
        };
        // A known divisor other than 0 and -1 has no edge cases.
        if konst.is_some_and(|k| k != 0 && k != ty.mask()) {
            let r = raw(self, b);
            return self.narrow(ty, r);
        }
        let zero = self.b.ins().icmp_imm_s(IntCC::Equal, b, 0);
        let one = self.b.ins().iconst(wide, 1);
        let mut special = zero;
        if signed && ty.size() >= 4 {
            // MIN / -1 overflows; dividing MIN by 1 gives the same quotient and remainder.
            let min = if ty.size() == 8 { i64::MIN } else { i32::MIN as i64 };
            let is_min = self.b.ins().icmp_imm_s(IntCC::Equal, a, min);
            let is_m1 = self.b.ins().icmp_imm_s(IntCC::Equal, b, -1);
            let overflow = self.b.ins().band(is_min, is_m1);
            special = self.b.ins().bor(zero, overflow);
        }
        let divisor = self.b.ins().select(special, one, b);
        let r = raw(self, divisor);
        let ones = self.b.ins().iconst(wide, -1);
        let r = self.b.ins().select(zero, ones, r);
        self.narrow(ty, r)
    }

    fn mul_hi(&mut self, op: BinOp, ty: Ty, a: cl::Value, b: cl::Value) -> cl::Value {
        let signed = op == BinOp::SMulHi;
        if ty == Ty::I64 {
            return if signed { self.b.ins().smulhi(a, b) } else { self.b.ins().umulhi(a, b) };
        }
        let mut ext = |v| {
            if signed { self.b.ins().sextend(types::I64, v) } else { self.b.ins().uextend(types::I64, v) }
        };
        let (a, b) = (ext(a), ext(b));
        let p = self.b.ins().imul(a, b);
        let hi = self.b.ins().ushr_imm_s(p, ty.bits() as i64);
        self.b.ins().ireduce(cl_ty(ty), hi)
    }

    /// Cranelift masks the count, the GPU clamps it.
    fn shift(&mut self, op: BinOp, ty: Ty, a: cl::Value, b: cl::Value, konst: Option<u64>) -> cl::Value {
        let width = ty.bits() as i64;
        let raw = |e: &mut Self, n| match op {
            BinOp::Shl => e.b.ins().ishl(a, n),
            BinOp::LShr => e.b.ins().ushr(a, n),
            _ => e.b.ins().sshr(a, n),
        };
        match konst {
            Some(k) if k < width as u64 => return raw(self, b),
            Some(_) if op != BinOp::AShr => return self.zero(ty),
            _ => {}
        }
        if op == BinOp::AShr {
            let last = self.b.ins().iconst(cl_ty(ty), width - 1);
            let n = self.b.ins().umin(b, last);
            return raw(self, n);
        }
        let r = raw(self, b);
        let zero = self.zero(ty);
        let fits = self.b.ins().icmp_imm_s(IntCC::UnsignedLessThan, b, width);
        self.b.ins().select(fits, r, zero)
    }

    /// minNum and maxNum: a NaN loses, and -0 is below +0.
    fn min_max(&mut self, op: BinOp, ty: Ty, a: cl::Value, b: cl::Value) -> cl::Value {
        let min = op == BinOp::FMin;
        let cc = if min { FloatCC::LessThan } else { FloatCC::GreaterThan };
        let first = self.b.ins().fcmp(cc, a, b);
        let r = self.b.ins().select(first, a, b);
        // Equal operands differ at most in the sign of zero: or their bits for min, and them for max.
        let int = if ty == Ty::F32 { types::I32 } else { types::I64 };
        let (x, y) = (
            self.b.ins().bitcast(int, MemFlagsData::new(), a),
            self.b.ins().bitcast(int, MemFlagsData::new(), b),
        );
        let z = if min { self.b.ins().bor(x, y) } else { self.b.ins().band(x, y) };
        let z = self.b.ins().bitcast(cl_ty(ty), MemFlagsData::new(), z);
        let equal = self.b.ins().fcmp(FloatCC::Equal, a, b);
        let r = self.b.ins().select(equal, z, r);
        let nan = self.b.ins().fcmp(FloatCC::Unordered, b, b);
        self.b.ins().select(nan, a, r)
    }

    pub fn cast(&mut self, op: CastOp, from: Ty, to: Ty, a: cl::Value) -> cl::Value {
        match op {
            CastOp::Trunc if to == Ty::I1 => {
                let v = if from.size() > 1 { self.b.ins().ireduce(types::I8, a) } else { a };
                self.b.ins().band_imm_s(v, 1)
            }
            CastOp::Trunc => self.b.ins().ireduce(cl_ty(to), a),
            CastOp::SExt if from == Ty::I1 => {
                let v = self.b.ins().ineg(a);
                if to == Ty::I8 { v } else { self.b.ins().sextend(cl_ty(to), v) }
            }
            CastOp::ZExt | CastOp::SExt if from.size() == to.size() => a, // i1 to i8
            CastOp::ZExt => self.b.ins().uextend(cl_ty(to), a),
            CastOp::SExt => self.b.ins().sextend(cl_ty(to), a),
            CastOp::SIToFp => {
                let v = self.widen(true, from, a);
                self.b.ins().fcvt_from_sint(cl_ty(to), v)
            }
            CastOp::UIToFp => {
                let v = self.widen(false, from, a);
                self.b.ins().fcvt_from_uint(cl_ty(to), v)
            }
            CastOp::FpToSI if to.size() < 4 => {
                let v = self.b.ins().fcvt_to_sint_sat(types::I32, a);
                let half = 1i64 << (to.bits() - 1);
                let (lo, hi) =
                    (self.b.ins().iconst(types::I32, -half), self.b.ins().iconst(types::I32, half - 1));
                let v = self.b.ins().smax(v, lo);
                let v = self.b.ins().smin(v, hi);
                self.b.ins().ireduce(cl_ty(to), v)
            }
            CastOp::FpToUI if to.size() < 4 => {
                let v = self.b.ins().fcvt_to_uint_sat(types::I32, a);
                let hi = self.b.ins().iconst(types::I32, to.mask() as i64);
                let v = self.b.ins().umin(v, hi);
                self.b.ins().ireduce(cl_ty(to), v)
            }
            CastOp::FpToSI => self.b.ins().fcvt_to_sint_sat(cl_ty(to), a),
            CastOp::FpToUI => self.b.ins().fcvt_to_uint_sat(cl_ty(to), a),
            CastOp::FpTrunc => self.b.ins().fdemote(types::F32, a),
            CastOp::FpExt => self.b.ins().fpromote(types::F64, a),
            CastOp::Bitcast if cl_ty(from) == cl_ty(to) => a,
            CastOp::Bitcast => self.b.ins().bitcast(cl_ty(to), MemFlagsData::new(), a),
        }
    }
}
