//! Arithmetic and conversions rounded upward, downward or toward zero, exact to the last bit, from operations that
//! round to nearest. Each kind becomes one helper function of the module, which the passes inline.
//!
//! The scheme is always the same: `s` is a float next to the exact result; two comparisons tell on which side of `s` the
//! exact result lies; then `s` or its neighbour is the answer. Single precision compares in double precision, where
//! products are exact. Double precision compares by the sign of one fused multiply-add over operands scaled to about 1.

use crate::cudac::check::tree::Rounding;
use crate::cudac::source::Span;
use crate::cudac::thread_ir::{
    BinOp, CastOp, FCmp, FuncId, Function, FunctionBuilder, ICmp, Ty, UnOp, Value,
};

use super::func::FuncLower;
use super::{LResult, unsupported};

/// What can be rounded.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum RoundedOp {
    Add,
    Mul,
    Div,
    Sqrt,
    /// Single precision only.
    Fma,
    /// Double to single.
    Narrow,
    /// From an integer of this type and signedness.
    FromInt(Ty, bool),
}

/// A helper function of the module.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Helper {
    Rounded(RoundedOp, Ty, Rounding),
    Memcmp,
}

impl FuncLower<'_, '_> {
    /// `op(args)` in type `ty`, rounded in a direction (not to nearest).
    pub fn rounded_op(
        &mut self,
        op: RoundedOp,
        ty: Ty,
        mode: Rounding,
        args: &[Value],
        span: Span,
    ) -> LResult<Value> {
        if op == RoundedOp::Fma && ty == Ty::F64 {
            return unsupported(span, "double precision fma operations with directed rounding");
        }
        let helper = Helper::Rounded(op, ty, mode);
        let id = match self.cx.helpers.get(&helper) {
            Some(id) => *id,
            None => {
                let id = self.cx.module.add_function(build(op, ty, mode));
                self.cx.helpers.insert(helper, id);
                id
            }
        };
        self.call_helper(id, args, ty, span)
    }

    pub fn call_helper(&mut self, id: FuncId, args: &[Value], ret: Ty, span: Span) -> LResult<Value> {
        match self.b.call(id, args, Some(ret)) {
            Some(v) => Ok(v),
            None => super::malformed(span, "a helper without result"),
        }
    }

    pub fn narrow_rounded(&mut self, mode: Rounding, v: Value) -> LResult<Value> {
        self.rounded_op(RoundedOp::Narrow, Ty::F32, mode, &[v], Span::NONE)
    }

    pub fn int_to_float_rounded(&mut self, mode: Rounding, v: Value, signed: bool, to: Ty) -> LResult<Value> {
        let from = self.b.ty(v);
        if mode == Rounding::NearestEven || (to == Ty::F64 && from.bits() <= 32) || from.bits() <= 16 {
            return Ok(self.int_to_float(v, signed, to));
        }
        self.rounded_op(RoundedOp::FromInt(from, signed), to, mode, &[v], Span::NONE)
    }
}

fn build(op: RoundedOp, ty: Ty, mode: Rounding) -> Function {
    let params = match op {
        RoundedOp::Add | RoundedOp::Mul | RoundedOp::Div => vec![ty; 2],
        RoundedOp::Fma => vec![ty; 3],
        RoundedOp::Sqrt => vec![ty],
        RoundedOp::Narrow => vec![Ty::F64],
        RoundedOp::FromInt(from, _) => vec![from],
    };
    let direction = match mode {
        Rounding::NearestEven => "rn",
        Rounding::Zero => "rz",
        Rounding::Up => "ru",
        Rounding::Down => "rd",
    };
    let name = format!(".{op:?}_{ty}_{direction}").to_lowercase();
    let mut h = Maker { b: FunctionBuilder::new(Function::new_device(&name, &params, Some(ty))), ty, mode };
    let result = match (op, ty) {
        (RoundedOp::Narrow, _) => {
            let d = h.b.arg(0);
            h.narrow(d, None)
        }
        (RoundedOp::FromInt(from, signed), _) => h.int_source(from, signed),
        (RoundedOp::Add, Ty::F32) => {
            let (a, b) = (h.wide(0), h.wide(1));
            let result = h.wide_sum(a, b);
            h.exact_zero_of_sum(result, a, b)
        }
        (RoundedOp::Fma, _) => {
            let (a, b, c) = (h.wide(0), h.wide(1), h.wide(2));
            let p = h.b.binary(BinOp::FMul, a, b);
            let result = h.wide_sum(p, c);
            h.exact_zero_of_sum(result, p, c)
        }
        (RoundedOp::Mul, Ty::F32) => {
            let (a, b) = (h.wide(0), h.wide(1));
            let p = h.b.binary(BinOp::FMul, a, b);
            h.narrow(p, None)
        }
        (RoundedOp::Div, Ty::F32) => h.div_f32(),
        (RoundedOp::Sqrt, Ty::F32) => {
            let a = h.wide(0);
            let x = h.b.arg(0);
            let s = h.b.unary(UnOp::Sqrt, x);
            let w = h.b.cast(CastOp::FpExt, s, Ty::F64);
            let t = h.b.binary(BinOp::FMul, w, w);
            let above = h.b.fcmp(FCmp::Gt, a, t);
            let below = h.b.fcmp(FCmp::Lt, a, t);
            h.adjust(s, above, below)
        }
        (RoundedOp::Add, _) => h.add_f64(),
        (RoundedOp::Mul, _) => h.mul_f64(),
        (RoundedOp::Div, _) => h.div_f64(),
        (RoundedOp::Sqrt, _) => h.sqrt_f64(),
    };
    h.b.ret(Some(result));
    h.b.finish()
}

struct Maker {
    b: FunctionBuilder,
    ty: Ty,
    mode: Rounding,
}

/// A double as a significand in `1 .. 2` with its sign, and an exponent (`I64`).
struct Parts {
    significand: Value,
    exponent: Value,
}

impl Maker {
    /// Argument `i` in double precision.
    fn wide(&mut self, i: usize) -> Value {
        let v = self.b.arg(i);
        self.b.cast(CastOp::FpExt, v, Ty::F64)
    }

    fn constant(&mut self, ty: Ty, x: f64) -> Value {
        if ty == Ty::F32 { self.b.f32const(x as f32) } else { self.b.f64const(x) }
    }

    fn int(&self) -> Ty {
        if self.ty == Ty::F32 { Ty::I32 } else { Ty::I64 }
    }

    /// The float above `s`, or below it.
    fn neighbour(&mut self, s: Value, up: bool) -> Value {
        let (ty, int) = (self.ty, self.int());
        let bits = self.b.cast(CastOp::Bitcast, s, int);
        let one = self.b.iconst(int, 1);
        let zero = self.constant(ty, 0.0);
        let farther = self.b.binary(BinOp::Add, bits, one);
        let nearer = self.b.binary(BinOp::Sub, bits, one);
        let away = self.b.fcmp(if up { FCmp::Gt } else { FCmp::Lt }, s, zero);
        let moved = self.b.select(away, farther, nearer);
        let sign = if up { 0 } else { 1i64 << (int.bits() - 1) };
        let tiny = self.b.iconst(int, sign | 1);
        let is_zero = self.b.fcmp(FCmp::Eq, s, zero);
        let bits = self.b.select(is_zero, tiny, moved);
        self.b.cast(CastOp::Bitcast, bits, ty)
    }

    /// `s` or its neighbour: the exact result lies above, below, or (neither) is `s`.
    fn adjust(&mut self, s: Value, above: Value, below: Value) -> Value {
        let zero = self.constant(self.ty, 0.0);
        match self.mode {
            Rounding::NearestEven => s,
            Rounding::Up => {
                let n = self.neighbour(s, true);
                self.b.select(above, n, s)
            }
            Rounding::Down => {
                let n = self.neighbour(s, false);
                self.b.select(below, n, s)
            }
            Rounding::Zero => {
                let positive = self.b.fcmp(FCmp::Gt, s, zero);
                let negative = self.b.fcmp(FCmp::Lt, s, zero);
                let down = self.b.binary(BinOp::And, positive, below);
                let up = self.b.binary(BinOp::And, negative, above);
                let lower = self.neighbour(s, false);
                let upper = self.neighbour(s, true);
                let t = self.b.select(down, lower, s);
                self.b.select(up, upper, t)
            }
        }
    }

    /// `d + rest` as a float, where `rest` is less than half a unit of `d`'s last place.
    fn narrow(&mut self, d: Value, rest: Option<Value>) -> Value {
        let s = self.b.cast(CastOp::FpTrunc, d, Ty::F32);
        let w = self.b.cast(CastOp::FpExt, s, Ty::F64);
        let mut above = self.b.fcmp(FCmp::Gt, d, w);
        let mut below = self.b.fcmp(FCmp::Lt, d, w);
        if let Some(rest) = rest {
            let equal = self.b.fcmp(FCmp::Eq, d, w);
            let zero = self.b.f64const(0.0);
            for (flag, cc) in [(&mut above, FCmp::Gt), (&mut below, FCmp::Lt)] {
                let by_rest = self.b.fcmp(cc, rest, zero);
                let by_rest = self.b.binary(BinOp::And, equal, by_rest);
                *flag = self.b.binary(BinOp::Or, *flag, by_rest);
            }
        }
        self.adjust(s, above, below)
    }

    /// `a + b = sum + rest`, exactly (for finite sums).
    fn two_sum(&mut self, a: Value, b: Value) -> (Value, Value) {
        let s = self.b.binary(BinOp::FAdd, a, b);
        let bb = self.b.binary(BinOp::FSub, s, a);
        let aa = self.b.binary(BinOp::FSub, s, bb);
        let da = self.b.binary(BinOp::FSub, a, aa);
        let db = self.b.binary(BinOp::FSub, b, bb);
        let rest = self.b.binary(BinOp::FAdd, da, db);
        (s, rest)
    }

    fn wide_sum(&mut self, a: Value, b: Value) -> Value {
        let (d, rest) = self.two_sum(a, b);
        self.narrow(d, Some(rest))
    }

    /// A sum that is exactly zero is -0 when rounded down, unless both operands are +0.
    fn exact_zero_of_sum(&mut self, result: Value, a: Value, b: Value) -> Value {
        if self.mode != Rounding::Down {
            return result;
        }
        let sum = self.b.binary(BinOp::FAdd, a, b);
        let zero = self.b.f64const(0.0);
        let is_zero = self.b.fcmp(FCmp::Eq, sum, zero);
        let abits = self.b.cast(CastOp::Bitcast, a, Ty::I64);
        let bbits = self.b.cast(CastOp::Bitcast, b, Ty::I64);
        let both = self.b.binary(BinOp::Or, abits, bbits);
        let none = self.b.iconst(Ty::I64, 0);
        let negative = self.b.icmp(ICmp::Slt, both, none);
        let minus = self.constant(self.ty, -0.0);
        let plus = self.constant(self.ty, 0.0);
        let signed = self.b.select(negative, minus, plus);
        self.b.select(is_zero, signed, result)
    }

    fn div_f32(&mut self) -> Value {
        let (a, b) = (self.wide(0), self.wide(1));
        let (x, y) = (self.b.arg(0), self.b.arg(1));
        let s = self.b.binary(BinOp::FDiv, x, y);
        let w = self.b.cast(CastOp::FpExt, s, Ty::F64);
        let t = self.b.binary(BinOp::FMul, w, b);
        let more = self.b.fcmp(FCmp::Gt, a, t);
        let less = self.b.fcmp(FCmp::Lt, a, t);
        let zero = self.b.f64const(0.0);
        let negative = self.b.fcmp(FCmp::Lt, b, zero);
        let above = self.b.select(negative, less, more);
        let below = self.b.select(negative, more, less);
        self.adjust(s, above, below)
    }

    fn int_source(&mut self, from: Ty, signed: bool) -> Value {
        let v = self.b.arg(0);
        let (to_float, to_int) = match signed {
            true => (CastOp::SIToFp, CastOp::FpToSI),
            false => (CastOp::UIToFp, CastOp::FpToUI),
        };
        let s = self.b.cast(to_float, v, self.ty);
        let back = self.b.cast(to_int, s, from);
        let (gt, lt) = if signed { (ICmp::Sgt, ICmp::Slt) } else { (ICmp::Ugt, ICmp::Ult) };
        let above = self.b.icmp(gt, v, back);
        let below = self.b.icmp(lt, v, back);
        // Rounded up to 2^n, which the integer cannot be.
        let bits = from.bits() - u32::from(signed);
        let limit = self.constant(self.ty, (bits as f64).exp2());
        let over = self.b.fcmp(FCmp::Ge, s, limit);
        let below = self.b.binary(BinOp::Or, below, over);
        self.adjust(s, above, below)
    }

    // ---- double precision ----

    fn is_finite(&mut self, v: Value) -> Value {
        let magnitude = self.b.unary(UnOp::FAbs, v);
        let inf = self.b.f64const(f64::INFINITY);
        self.b.fcmp(FCmp::Lt, magnitude, inf)
    }

    /// Adds the case that finite operands overflowed: the exact result is below +inf and above -inf.
    fn overflowed(&mut self, s: Value, finite: Value, above: Value, below: Value) -> (Value, Value) {
        let inf = self.b.f64const(f64::INFINITY);
        let minus = self.b.f64const(f64::NEG_INFINITY);
        let is_inf = self.b.fcmp(FCmp::Eq, s, inf);
        let is_minus = self.b.fcmp(FCmp::Eq, s, minus);
        let over = self.b.binary(BinOp::And, is_inf, finite);
        let under = self.b.binary(BinOp::And, is_minus, finite);
        (self.b.binary(BinOp::Or, above, under), self.b.binary(BinOp::Or, below, over))
    }

    fn add_f64(&mut self) -> Value {
        let (a, b) = (self.b.arg(0), self.b.arg(1));
        let (s, rest) = self.two_sum(a, b);
        let zero = self.b.f64const(0.0);
        let above = self.b.fcmp(FCmp::Gt, rest, zero);
        let below = self.b.fcmp(FCmp::Lt, rest, zero);
        let (fa, fb) = (self.is_finite(a), self.is_finite(b));
        let finite = self.b.binary(BinOp::And, fa, fb);
        let (above, below) = self.overflowed(s, finite, above, below);
        let result = self.adjust(s, above, below);
        self.exact_zero_of_sum(result, a, b)
    }

    /// Of a finite number that is not zero.
    fn parts(&mut self, x: Value) -> Parts {
        let magnitude = self.b.unary(UnOp::FAbs, x);
        let smallest = self.b.f64const(f64::MIN_POSITIVE);
        let denormal = self.b.fcmp(FCmp::Lt, magnitude, smallest);
        let up = self.b.f64const((54f64).exp2());
        let scaled = self.b.binary(BinOp::FMul, x, up);
        let y = self.b.select(denormal, scaled, x);
        let bits = self.b.cast(CastOp::Bitcast, y, Ty::I64);
        let shift = self.b.iconst(Ty::I64, 52);
        let exponent = self.b.binary(BinOp::LShr, bits, shift);
        let mask = self.b.iconst(Ty::I64, 0x7ff);
        let exponent = self.b.binary(BinOp::And, exponent, mask);
        let (bias, more) = (self.b.iconst(Ty::I64, 1023), self.b.iconst(Ty::I64, 1023 + 54));
        let bias = self.b.select(denormal, more, bias);
        let exponent = self.b.binary(BinOp::Sub, exponent, bias);
        let keep = self.b.iconst(Ty::I64, !(0x7ff << 52));
        let one = self.b.iconst(Ty::I64, 1023 << 52);
        let bits = self.b.binary(BinOp::And, bits, keep);
        let bits = self.b.binary(BinOp::Or, bits, one);
        Parts { significand: self.b.cast(CastOp::Bitcast, bits, Ty::F64), exponent }
    }

    /// `significand * 2^exponent`, for a small exponent.
    fn assemble(&mut self, significand: Value, exponent: Value) -> Value {
        let bits = self.b.cast(CastOp::Bitcast, significand, Ty::I64);
        let shift = self.b.iconst(Ty::I64, 52);
        let add = self.b.binary(BinOp::Shl, exponent, shift);
        let bits = self.b.binary(BinOp::Add, bits, add);
        self.b.cast(CastOp::Bitcast, bits, Ty::F64)
    }

    /// Takes the comparison by `sign` (positive: the exact result is larger) where all operands are finite and `s` is not
    /// zero; a zero `s` (from underflow) is compared by the sign of `tiny`, which is zero when the result is exactly that.
    fn finish_f64(&mut self, s: Value, sign: Value, tiny: Value, finite: Value) -> Value {
        let zero = self.b.f64const(0.0);
        let finite_s = self.is_finite(s);
        let usable = self.b.binary(BinOp::And, finite, finite_s);
        let s_zero = self.b.fcmp(FCmp::Eq, s, zero);
        let sign = self.b.select(s_zero, tiny, sign);
        let above = self.b.fcmp(FCmp::Gt, sign, zero);
        let above = self.b.binary(BinOp::And, above, usable);
        let below = self.b.fcmp(FCmp::Lt, sign, zero);
        let below = self.b.binary(BinOp::And, below, usable);
        let (above, below) = self.overflowed(s, finite, above, below);
        self.adjust(s, above, below)
    }

    fn mul_f64(&mut self) -> Value {
        let (a, b) = (self.b.arg(0), self.b.arg(1));
        let s = self.b.binary(BinOp::FMul, a, b);
        let (pa, pb, ps) = (self.parts(a), self.parts(b), self.parts(s));
        let e = self.b.binary(BinOp::Sub, ps.exponent, pa.exponent);
        let e = self.b.binary(BinOp::Sub, e, pb.exponent);
        let scaled = self.assemble(ps.significand, e);
        let minus = self.b.unary(UnOp::FNeg, scaled);
        let sign = self.b.fma(pa.significand, pb.significand, minus);
        let tiny = self.sign_of_product(a, b);
        let (fa, fb) = (self.is_finite(a), self.is_finite(b));
        let finite = self.b.binary(BinOp::And, fa, fb);
        self.finish_f64(s, sign, tiny, finite)
    }

    /// 1 with the sign of `a * b` (or `a / b`), 0 if `a` is zero or `b` is.
    fn sign_of_product(&mut self, a: Value, b: Value) -> Value {
        let one = self.b.f64const(1.0);
        let zero = self.b.f64const(0.0);
        let x = self.b.binary(BinOp::CopySign, one, a);
        let y = self.b.binary(BinOp::CopySign, one, b);
        let sign = self.b.binary(BinOp::FMul, x, y);
        let za = self.b.fcmp(FCmp::Eq, a, zero);
        let zb = self.b.fcmp(FCmp::Eq, b, zero);
        let any = self.b.binary(BinOp::Or, za, zb);
        self.b.select(any, zero, sign)
    }

    fn div_f64(&mut self) -> Value {
        let (a, b) = (self.b.arg(0), self.b.arg(1));
        let s = self.b.binary(BinOp::FDiv, a, b);
        let (pa, pb, ps) = (self.parts(a), self.parts(b), self.parts(s));
        let e = self.b.binary(BinOp::Sub, ps.exponent, pa.exponent);
        let e = self.b.binary(BinOp::Add, e, pb.exponent);
        let scaled = self.assemble(ps.significand, e);
        let minus = self.b.unary(UnOp::FNeg, scaled);
        let rest = self.b.fma(minus, pb.significand, pa.significand);
        // The sign of rest / b.
        let one = self.b.f64const(1.0);
        let divisor = self.b.binary(BinOp::CopySign, one, b);
        let sign = self.b.binary(BinOp::FMul, rest, divisor);
        let tiny = self.sign_of_product(a, b);
        let (fa, fb) = (self.is_finite(a), self.is_finite(b));
        let finite = self.b.binary(BinOp::And, fa, fb);
        // Division by zero gives an exact infinity.
        let zero = self.b.f64const(0.0);
        let divides = self.b.fcmp(FCmp::Ne, b, zero);
        let finite = self.b.binary(BinOp::And, finite, divides);
        self.finish_f64(s, sign, tiny, finite)
    }

    fn sqrt_f64(&mut self) -> Value {
        let a = self.b.arg(0);
        let s = self.b.unary(UnOp::Sqrt, a);
        let (pa, ps) = (self.parts(a), self.parts(s));
        let one = self.b.iconst(Ty::I64, 1);
        let odd = self.b.binary(BinOp::And, pa.exponent, one);
        let m = self.assemble(pa.significand, odd);
        let even = self.b.binary(BinOp::Sub, pa.exponent, odd);
        let half = self.b.binary(BinOp::AShr, even, one);
        let e = self.b.binary(BinOp::Sub, ps.exponent, half);
        let scaled = self.assemble(ps.significand, e);
        let minus = self.b.unary(UnOp::FNeg, scaled);
        let sign = self.b.fma(minus, scaled, m);
        let zero = self.b.f64const(0.0);
        let finite = self.is_finite(a);
        let nonzero = self.b.fcmp(FCmp::Gt, a, zero);
        let finite = self.b.binary(BinOp::And, finite, nonzero);
        self.finish_f64(s, sign, zero, finite)
    }
}

#[cfg(all(test, target_arch = "x86_64"))]
#[path = "rounding_tests.rs"]
mod tests;
