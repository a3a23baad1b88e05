//! The value of pure operations on constant bits: one definition for the interpreter and for constant folding.
//!
//! Values are `u64` bit patterns cut to their type's width. NaN payloads are not specified.

use super::ops::*;
use super::ty::Ty;
use crate::cudac::math::host;

/// Sign-extends the low `ty.bits()` bits.
pub fn sext(ty: Ty, x: u64) -> i64 {
    let sh = 64 - ty.bits();
    ((x << sh) as i64) >> sh
}

fn f32v(x: u64) -> f32 {
    f32::from_bits(x as u32)
}

fn f64v(x: u64) -> f64 {
    f64::from_bits(x)
}

/// Applies `f` to floats of either width; f64 arithmetic rounded once to f32 is exact for these functions only
/// when they are themselves exact, so each width has its own closure.
fn float1(ty: Ty, a: u64, f: impl Fn(f32) -> f32, g: impl Fn(f64) -> f64) -> u64 {
    if ty == Ty::F32 { f(f32v(a)).to_bits() as u64 } else { g(f64v(a)).to_bits() }
}

fn float2(ty: Ty, a: u64, b: u64, f: impl Fn(f32, f32) -> f32, g: impl Fn(f64, f64) -> f64) -> u64 {
    if ty == Ty::F32 { f(f32v(a), f32v(b)).to_bits() as u64 } else { g(f64v(a), f64v(b)).to_bits() }
}

pub fn unary(op: UnOp, ty: Ty, a: u64) -> u64 {
    let width = ty.bits();
    let r = match op {
        UnOp::Neg => a.wrapping_neg(),
        UnOp::Not => !a,
        // The sign operations work on the bits: they never touch a NaN's payload.
        UnOp::FNeg => a ^ (1 << (width - 1)),
        UnOp::FAbs => a & !(1 << (width - 1)),
        UnOp::Sqrt => float1(ty, a, f32::sqrt, f64::sqrt),
        UnOp::Floor => float1(ty, a, f32::floor, f64::floor),
        UnOp::Ceil => float1(ty, a, f32::ceil, f64::ceil),
        UnOp::Trunc => float1(ty, a, f32::trunc, f64::trunc),
        UnOp::Rint => float1(ty, a, f32::round_ties_even, f64::round_ties_even),
        UnOp::Clz => (a.leading_zeros() - (64 - width)) as u64,
        UnOp::Ctz => a.trailing_zeros().min(width) as u64,
        UnOp::Popc => a.count_ones() as u64,
        UnOp::Brev => a.reverse_bits() >> (64 - width),
        UnOp::Bswap => a.swap_bytes() >> (64 - width),
    };
    r & ty.mask()
}

pub fn binary(op: BinOp, ty: Ty, a: u64, b: u64) -> u64 {
    let (sa, sb, width) = (sext(ty, a), sext(ty, b), ty.bits());
    let r = match op {
        BinOp::Add => a.wrapping_add(b),
        BinOp::Sub => a.wrapping_sub(b),
        BinOp::Mul => a.wrapping_mul(b),
        BinOp::SDiv | BinOp::SRem | BinOp::UDiv | BinOp::URem if b == 0 => u64::MAX,
        BinOp::SDiv => sa.wrapping_div(sb) as u64,
        BinOp::UDiv => a / b,
        BinOp::SRem => sa.wrapping_rem(sb) as u64,
        BinOp::URem => a % b,
        BinOp::SMulHi => ((sa as i128 * sb as i128) >> width) as u64,
        BinOp::UMulHi => ((a as u128 * b as u128) >> width) as u64,
        BinOp::And => a & b,
        BinOp::Or => a | b,
        BinOp::Xor => a ^ b,
        BinOp::Shl => {
            if b >= width as u64 {
                0
            } else {
                a << b
            }
        }
        BinOp::LShr => {
            if b >= width as u64 {
                0
            } else {
                a >> b
            }
        }
        BinOp::AShr => (sa >> b.min(width as u64 - 1)) as u64,
        BinOp::SMin => sa.min(sb) as u64,
        BinOp::SMax => sa.max(sb) as u64,
        BinOp::UMin => a.min(b),
        BinOp::UMax => a.max(b),
        BinOp::FAdd => float2(ty, a, b, |x, y| x + y, |x, y| x + y),
        BinOp::FSub => float2(ty, a, b, |x, y| x - y, |x, y| x - y),
        BinOp::FMul => float2(ty, a, b, |x, y| x * y, |x, y| x * y),
        BinOp::FDiv => float2(ty, a, b, |x, y| x / y, |x, y| x / y),
        BinOp::FMin => float2(ty, a, b, min32, min64),
        BinOp::FMax => float2(ty, a, b, |x, y| -min32(-x, -y), |x, y| -min64(-x, -y)),
        BinOp::CopySign => {
            let sign = 1 << (width - 1);
            (a & !sign) | (b & sign)
        }
    };
    r & ty.mask()
}

fn min32(x: f32, y: f32) -> f32 {
    min64(x as f64, y as f64) as f32
}

fn min64(x: f64, y: f64) -> f64 {
    if x.is_nan() {
        y
    } else if y.is_nan() {
        x
    } else if x == y {
        // Equal, or zeros of different sign: the negative one if there is one.
        if x.is_sign_negative() { x } else { y }
    } else if x < y {
        x
    } else {
        y
    }
}

pub fn fma(ty: Ty, a: u64, b: u64, c: u64) -> u64 {
    if ty == Ty::F32 {
        f32v(a).mul_add(f32v(b), f32v(c)).to_bits() as u64
    } else {
        f64v(a).mul_add(f64v(b), f64v(c)).to_bits()
    }
}

pub fn icmp(cc: ICmp, ty: Ty, a: u64, b: u64) -> bool {
    let (sa, sb) = (sext(ty, a), sext(ty, b));
    match cc {
        ICmp::Eq => a == b,
        ICmp::Ne => a != b,
        ICmp::Slt => sa < sb,
        ICmp::Sle => sa <= sb,
        ICmp::Sgt => sa > sb,
        ICmp::Sge => sa >= sb,
        ICmp::Ult => a < b,
        ICmp::Ule => a <= b,
        ICmp::Ugt => a > b,
        ICmp::Uge => a >= b,
    }
}

pub fn fcmp(cc: FCmp, ty: Ty, a: u64, b: u64) -> bool {
    let (x, y) = if ty == Ty::F32 { (f32v(a) as f64, f32v(b) as f64) } else { (f64v(a), f64v(b)) };
    match cc {
        FCmp::Eq => x == y,
        FCmp::Ne => x != y,
        FCmp::Lt => x < y,
        FCmp::Le => x <= y,
        FCmp::Gt => x > y,
        FCmp::Ge => x >= y,
        FCmp::Uno => x.is_nan() || y.is_nan(),
        FCmp::Ord => !x.is_nan() && !y.is_nan(),
    }
}

pub fn cast(op: CastOp, from: Ty, to: Ty, a: u64) -> u64 {
    let float = || if from == Ty::F32 { f32v(a) as f64 } else { f64v(a) };
    let r = match op {
        CastOp::Trunc | CastOp::ZExt | CastOp::Bitcast => a,
        CastOp::SExt => sext(from, a) as u64,
        CastOp::SIToFp => match to {
            Ty::F32 => (sext(from, a) as f32).to_bits() as u64,
            _ => (sext(from, a) as f64).to_bits(),
        },
        CastOp::UIToFp => match to {
            Ty::F32 => (a as f32).to_bits() as u64,
            _ => (a as f64).to_bits(),
        },
        // `as` saturates and takes NaN to 0, which is what cvt.rzi does.
        CastOp::FpToSI => match to {
            Ty::I8 => float() as i8 as u64,
            Ty::I16 => float() as i16 as u64,
            Ty::I32 => float() as i32 as u64,
            _ => float() as i64 as u64,
        },
        CastOp::FpToUI => match to {
            Ty::I8 => float() as u8 as u64,
            Ty::I16 => float() as u16 as u64,
            Ty::I32 => float() as u32 as u64,
            _ => float() as u64,
        },
        CastOp::FpTrunc => (f64v(a) as f32).to_bits() as u64,
        CastOp::FpExt => (f32v(a) as f64).to_bits(),
    };
    r & to.mask()
}

/// The new value of an atomic read-modify-write.
pub fn rmw(op: RmwOp, ty: Ty, old: u64, v: u64) -> u64 {
    let bin = |op| binary(op, ty, old, v);
    match op {
        RmwOp::Add if ty.is_float() => bin(BinOp::FAdd),
        RmwOp::Add => bin(BinOp::Add),
        RmwOp::Sub => bin(BinOp::Sub),
        RmwOp::Exch => v,
        RmwOp::SMin => bin(BinOp::SMin),
        RmwOp::SMax => bin(BinOp::SMax),
        RmwOp::UMin => bin(BinOp::UMin),
        RmwOp::UMax => bin(BinOp::UMax),
        RmwOp::And => bin(BinOp::And),
        RmwOp::Or => bin(BinOp::Or),
        RmwOp::Xor => bin(BinOp::Xor),
        RmwOp::Inc => {
            if old >= v {
                0
            } else {
                old + 1
            }
        }
        RmwOp::Dec => {
            if old == 0 || old > v {
                v
            } else {
                old - 1
            }
        }
        RmwOp::FMin => bin(BinOp::FMin),
        RmwOp::FMax => bin(BinOp::FMax),
    }
}

unsafe extern "C" {
    safe fn asinh(x: f64) -> f64;
    safe fn acosh(x: f64) -> f64;
    safe fn atanh(x: f64) -> f64;
    safe fn erf(x: f64) -> f64;
    safe fn erfc(x: f64) -> f64;
}

/// A math function in double precision; `b` is ignored by functions of one argument.
pub fn math64(func: MathFn, a: f64, b: f64) -> f64 {
    match func {
        MathFn::Sin => a.sin(),
        MathFn::Cos => a.cos(),
        MathFn::Tan => a.tan(),
        MathFn::Asin => a.asin(),
        MathFn::Acos => a.acos(),
        MathFn::Atan => a.atan(),
        MathFn::Atan2 => a.atan2(b),
        MathFn::Sinh => a.sinh(),
        MathFn::Cosh => a.cosh(),
        MathFn::Tanh => a.tanh(),
        MathFn::Asinh => asinh(a),
        MathFn::Acosh => acosh(a),
        MathFn::Atanh => atanh(a),
        MathFn::Exp => a.exp(),
        MathFn::Exp2 => a.exp2(),
        MathFn::Expm1 => a.exp_m1(),
        MathFn::Log => a.ln(),
        MathFn::Log2 => a.log2(),
        MathFn::Log10 => a.log10(),
        MathFn::Log1p => a.ln_1p(),
        MathFn::Pow => a.powf(b),
        MathFn::Cbrt => a.cbrt(),
        MathFn::Hypot => a.hypot(b),
        MathFn::Fmod => a % b,
        MathFn::Remainder => libm::remainder(a, b),
        MathFn::Erf => erf(a),
        MathFn::Erfc => erfc(a),
        // These as the math library's own tests know them.
        MathFn::Tgamma => libm::tgamma(a),
        MathFn::Lgamma => libm::lgamma(a),
        MathFn::J0 => host::bessel::j0(a),
        MathFn::J1 => host::bessel::j1(a),
        MathFn::Y0 => host::bessel::y0(a),
        MathFn::Y1 => host::bessel::y1(a),
        MathFn::CylBesselI0 => host::bessel::i0(a),
        MathFn::CylBesselI1 => host::bessel::i1(a),
        MathFn::Erfinv => host::inverse::erfinv(a),
        MathFn::Erfcinv => host::inverse::erfcinv(a),
        MathFn::Normcdfinv => host::inverse::normcdfinv(a),
        MathFn::RemquoBits => host::remquo_bits(a, b),
        MathFn::Jn => host::jn(a, b),
        MathFn::Yn => host::yn(a, b),
    }
}

/// A math function on bits; `F32` goes through double precision and is rounded once.
pub fn math(func: MathFn, ty: Ty, a: u64, b: u64) -> u64 {
    if ty == Ty::F32 {
        (math64(func, f32v(a) as f64, f32v(b) as f64) as f32).to_bits() as u64
    } else {
        math64(func, f64v(a), f64v(b)).to_bits()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_are_the_gpus() {
        let min = i32::MIN as u32 as u64;
        assert_eq!(binary(BinOp::SDiv, Ty::I32, min, 0xffff_ffff), min);
        assert_eq!(binary(BinOp::SRem, Ty::I32, min, 0xffff_ffff), 0);
        assert_eq!(binary(BinOp::UDiv, Ty::I32, 7, 0), 0xffff_ffff);
        assert_eq!(binary(BinOp::SDiv, Ty::I8, 0x80, 0xff), 0x80);
        assert_eq!(binary(BinOp::Shl, Ty::I32, 1, 32), 0);
        assert_eq!(binary(BinOp::AShr, Ty::I16, 0x8000, 99), 0xffff);
        assert_eq!(binary(BinOp::SMulHi, Ty::I64, u64::MAX, u64::MAX), 0);
        assert_eq!(binary(BinOp::UMulHi, Ty::I32, 0xffff_ffff, 0xffff_ffff), 0xffff_fffe);
        assert_eq!(unary(UnOp::Clz, Ty::I16, 0), 16);
        assert_eq!(unary(UnOp::Brev, Ty::I8, 1), 0x80);
        let nan = f32::NAN.to_bits() as u64;
        assert_eq!(cast(CastOp::FpToSI, Ty::F32, Ty::I32, nan), 0);
        assert_eq!(cast(CastOp::FpToSI, Ty::F32, Ty::I32, 1e10f32.to_bits() as u64), i32::MAX as u64);
        assert_eq!(cast(CastOp::FpToUI, Ty::F32, Ty::I32, (-1f32).to_bits() as u64), 0);
        let (pz, nz) = (0f32.to_bits() as u64, (-0f32).to_bits() as u64);
        assert_eq!(binary(BinOp::FMin, Ty::F32, pz, nz), nz);
        assert_eq!(binary(BinOp::FMax, Ty::F32, nz, pz), pz);
        assert_eq!(binary(BinOp::FMax, Ty::F32, nan, nz), nz);
        assert_eq!(cast(CastOp::SIToFp, Ty::I1, Ty::F32, 0), 0);
    }
}
