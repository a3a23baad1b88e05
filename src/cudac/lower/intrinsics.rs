//! Builtin variables and functions that the lowering knows itself: where a thread stands, bit tricks, simple float
//! operations, host math, stops. Warp, atomic and memory operations have their own files.

use crate::cudac::check::tree::{Axis, Expr, IntrinsicOp, Rounding, Scope};
use crate::cudac::thread_ir::{
    BinOp, CastOp, FCmp, FastFlags, FenceScope, ICmp, MathFn, Op, Sreg, TrapKind, Ty, UnOp, Value,
};

use super::func::FuncLower;
use super::rounding::RoundedOp;
use super::{LResult, malformed, unsupported};

impl FuncLower<'_, '_> {
    /// The value, or `None` for those that have none.
    pub fn intrinsic(&mut self, op: IntrinsicOp, args: &[Expr], e: &Expr) -> LResult<Option<Value>> {
        use IntrinsicOp as I;
        if args.len() < arity(op) {
            return malformed(e.span, "a builtin function with too few arguments");
        }
        let value = match op {
            I::ThreadIdx(a) => self.b.sreg(axis(a, [Sreg::TidX, Sreg::TidY, Sreg::TidZ])),
            I::BlockIdx(a) => self.b.sreg(axis(a, [Sreg::CtaidX, Sreg::CtaidY, Sreg::CtaidZ])),
            I::BlockDim(a) => self.b.sreg(axis(a, [Sreg::NtidX, Sreg::NtidY, Sreg::NtidZ])),
            I::GridDim(a) => self.b.sreg(axis(a, [Sreg::NctaidX, Sreg::NctaidY, Sreg::NctaidZ])),
            I::LaneId => self.b.sreg(Sreg::LaneId),
            I::WarpSize => self.b.iconst(Ty::I32, 32),
            I::DynamicSharedSize => {
                let size = self.b.sreg(Sreg::DynSmemSize);
                let ty = self.scalar_ty(e)?;
                self.resize_int(size, false, ty)
            }
            I::Barrier
            | I::BarrierCount
            | I::BarrierAnd
            | I::BarrierOr
            | I::SyncWarp
            | I::Shuffle(_)
            | I::VoteAll
            | I::VoteAny
            | I::VoteUni
            | I::Ballot
            | I::ActiveMask
            | I::MatchAny
            | I::MatchAll
            | I::Reduce(_)
            | I::LaneMask(_) => return self.warp_op(op, args, e),
            I::Fence(scope) => {
                self.b.fence(match scope {
                    Scope::Block => FenceScope::Block,
                    Scope::Device => FenceScope::Device,
                    Scope::System => FenceScope::System,
                });
                return Ok(None);
            }
            I::Atomic { op, .. } => self.atomic(op, args, e)?,
            I::AtomicCas { .. } => self.atomic_cas(args, e)?,
            I::Clock => self.b.sreg(Sreg::Clock64),
            I::GlobalTimer => self.b.sreg(Sreg::GlobalTimer),
            I::Nanosleep | I::Prefetch => {
                self.effect(&args[0])?;
                return Ok(None);
            }
            I::Trap => {
                self.b.trap(TrapKind::Trap);
                return Ok(None);
            }
            I::Unreachable => {
                self.b.unreachable();
                return Ok(None);
            }
            I::Breakpoint | I::Assume => return Ok(None),
            I::Memcpy | I::Memmove => self.memcpy_call(args)?,
            I::Memset => self.memset_call(args)?,
            I::Memcmp => self.memcmp_call(args, e)?,
            I::IsShared | I::IsConstant => {
                let p = self.value(&args[0])?;
                let yes = if op == I::IsShared { self.is_shared(p) } else { self.is_constant(p) };
                self.b.cast(CastOp::ZExt, yes, Ty::I32)
            }
            I::IsGlobal | I::IsLocal => return unsupported(e.span, "`__isGlobal` and `__isLocal`"),
            I::ToSpaceOffset(space) => self.space_offset(space, true, &args[0], e)?,
            I::FromSpaceOffset(space) => self.space_offset(space, false, &args[0], e)?,
            I::HostMath(f) => self.host_math(f, args, e)?,
            _ => {
                let v = self.values(args)?;
                if let Some(v) = self.bits(op, &v, args) { v } else { self.float_op(op, &v, e)? }
            }
        };
        Ok(Some(value))
    }

    /// Integer bit operations, and those that integers and floats share.
    fn bits(&mut self, op: IntrinsicOp, v: &[Value], args: &[Expr]) -> Option<Value> {
        use IntrinsicOp as I;
        let ty = v.first().map(|v| self.b.ty(*v))?;
        let signed = args.first().is_some_and(|a| self.cx.is_signed(a.ty));
        Some(match op {
            I::Popc => self.count(UnOp::Popc, v[0]),
            I::Clz => self.count(UnOp::Clz, v[0]),
            I::Ffs => {
                let first = self.count(UnOp::Ctz, v[0]);
                let one = self.b.iconst(Ty::I32, 1);
                let first = self.b.binary(BinOp::Add, first, one);
                let none = self.is_zero(v[0]);
                let zero = self.zero(Ty::I32);
                self.b.select(none, zero, first)
            }
            I::Brev => self.b.unary(UnOp::Brev, v[0]),
            I::BytePerm => self.byte_perm(v[0], v[1], v[2]),
            I::FunnelShift { left, clamp } => self.funnel_shift(left, clamp, v),
            I::MulHi => self.b.binary(if signed { BinOp::SMulHi } else { BinOp::UMulHi }, v[0], v[1]),
            I::Mul24 => {
                let a = self.low24(v[0], signed);
                let b = self.low24(v[1], signed);
                self.b.binary(BinOp::Mul, a, b)
            }
            I::Sad => {
                let (max, min) = if signed { (BinOp::SMax, BinOp::SMin) } else { (BinOp::UMax, BinOp::UMin) };
                let high = self.b.binary(max, v[0], v[1]);
                let low = self.b.binary(min, v[0], v[1]);
                let d = self.b.binary(BinOp::Sub, high, low);
                self.b.binary(BinOp::Add, d, v[2])
            }
            I::HalfAdd { round } => {
                // a + b = 2 (a & b) + (a ^ b) = 2 (a | b) - (a ^ b)
                let x = self.b.binary(BinOp::Xor, v[0], v[1]);
                let one = self.b.iconst(ty, 1);
                let half = self.b.binary(if signed { BinOp::AShr } else { BinOp::LShr }, x, one);
                if round {
                    let or = self.b.binary(BinOp::Or, v[0], v[1]);
                    self.b.binary(BinOp::Sub, or, half)
                } else {
                    let and = self.b.binary(BinOp::And, v[0], v[1]);
                    self.b.binary(BinOp::Add, and, half)
                }
            }
            I::Dp4a => {
                let mut sum = v[2];
                for i in 0..4 {
                    let a = self.field(v[0], i * 8, 8, signed);
                    let b = self.field(v[1], i * 8, 8, signed);
                    let p = self.b.binary(BinOp::Mul, a, b);
                    sum = self.b.binary(BinOp::Add, sum, p);
                }
                sum
            }
            I::Dp2a { high } => {
                let mut sum = v[2];
                for i in 0..2 {
                    let a = self.field(v[0], i * 16, 16, signed);
                    let b = self.field(v[1], i * 8 + if high { 16 } else { 0 }, 8, signed);
                    let p = self.b.binary(BinOp::Mul, a, b);
                    sum = self.b.binary(BinOp::Add, sum, p);
                }
                sum
            }
            I::Min | I::Max => {
                let op = match (op == I::Min, ty.is_float(), signed) {
                    (true, true, _) => BinOp::FMin,
                    (false, true, _) => BinOp::FMax,
                    (true, _, true) => BinOp::SMin,
                    (false, _, true) => BinOp::SMax,
                    (true, _, false) => BinOp::UMin,
                    (false, _, false) => BinOp::UMax,
                };
                self.b.binary(op, v[0], v[1])
            }
            I::Abs if ty.is_float() => self.b.unary(UnOp::FAbs, v[0]),
            I::Abs => {
                let minus = self.b.unary(UnOp::Neg, v[0]);
                self.b.binary(BinOp::SMax, v[0], minus)
            }
            _ => return None,
        })
    }

    fn float_op(&mut self, op: IntrinsicOp, v: &[Value], e: &Expr) -> LResult<Value> {
        use IntrinsicOp as I;
        let Some(ty) = v.first().map(|v| self.b.ty(*v)).filter(|ty| ty.is_float()) else {
            return malformed(e.span, "a floating-point function of something else");
        };
        let nearest = Rounding::NearestEven;
        Ok(match op {
            I::Fma(mode) if mode == nearest => self.b.fma(v[0], v[1], v[2]),
            I::Add(mode) if mode == nearest => self.b.binary(BinOp::FAdd, v[0], v[1]),
            I::Sub(mode) if mode == nearest => self.b.binary(BinOp::FSub, v[0], v[1]),
            I::Mul(mode) if mode == nearest => self.b.binary(BinOp::FMul, v[0], v[1]),
            I::Div(mode) if mode == nearest => self.b.binary(BinOp::FDiv, v[0], v[1]),
            I::Sqrt(mode) if mode == nearest => self.b.unary(UnOp::Sqrt, v[0]),
            I::Rcp(mode) => {
                let one = self.fconst(ty, 1.0);
                if mode == nearest {
                    self.b.binary(BinOp::FDiv, one, v[0])
                } else {
                    self.rounded_op(RoundedOp::Div, ty, mode, &[one, v[0]], e.span)?
                }
            }
            I::Fma(mode) => self.rounded_op(RoundedOp::Fma, ty, mode, &v[..3], e.span)?,
            I::Add(mode) => self.rounded_op(RoundedOp::Add, ty, mode, &v[..2], e.span)?,
            I::Sub(mode) => {
                let minus = self.b.unary(UnOp::FNeg, v[1]);
                self.rounded_op(RoundedOp::Add, ty, mode, &[v[0], minus], e.span)?
            }
            I::Mul(mode) => self.rounded_op(RoundedOp::Mul, ty, mode, &v[..2], e.span)?,
            I::Div(mode) => self.rounded_op(RoundedOp::Div, ty, mode, &v[..2], e.span)?,
            I::Sqrt(mode) => self.rounded_op(RoundedOp::Sqrt, ty, mode, &v[..1], e.span)?,
            I::Rsqrt => {
                let one = self.fconst(ty, 1.0);
                let root = self.b.unary(UnOp::Sqrt, v[0]);
                self.b.binary(BinOp::FDiv, one, root)
            }
            I::FastDiv => {
                let flags = if ty == Ty::F32 { FastFlags::APPROX } else { FastFlags::NONE };
                self.b.emit(Op::Binary(BinOp::FDiv, v[0], v[1], flags), ty)
            }
            I::Floor => self.b.unary(UnOp::Floor, v[0]),
            I::Ceil => self.b.unary(UnOp::Ceil, v[0]),
            I::Trunc => self.b.unary(UnOp::Trunc, v[0]),
            I::Rint => self.b.unary(UnOp::Rint, v[0]),
            I::Round => self.round_half_away(v[0], ty),
            I::CopySign => self.b.binary(BinOp::CopySign, v[0], v[1]),
            I::Saturate => {
                let (zero, one) = (self.fconst(ty, 0.0), self.fconst(ty, 1.0));
                let low = self.b.binary(BinOp::FMax, v[0], zero);
                self.b.binary(BinOp::FMin, low, one)
            }
            I::IsNan => self.b.fcmp(FCmp::Uno, v[0], v[0]),
            I::IsInf | I::IsFinite => {
                let magnitude = self.b.unary(UnOp::FAbs, v[0]);
                let inf = self.fconst(ty, f64::INFINITY);
                self.b.fcmp(if op == I::IsInf { FCmp::Eq } else { FCmp::Lt }, magnitude, inf)
            }
            I::SignBit => {
                let int = if ty == Ty::F32 { Ty::I32 } else { Ty::I64 };
                let bits = self.b.cast(CastOp::Bitcast, v[0], int);
                let zero = self.zero(int);
                self.b.icmp(ICmp::Slt, bits, zero)
            }
            _ => return malformed(e.span, "a builtin function that the lowering does not know"),
        })
    }

    /// A count of bits as INT.
    fn count(&mut self, op: UnOp, v: Value) -> Value {
        let n = self.b.unary(op, v);
        self.resize_int(n, false, Ty::I32)
    }

    /// The low 24 bits, extended.
    fn low24(&mut self, v: Value, signed: bool) -> Value {
        self.field(v, 0, 24, signed)
    }

    /// `width` bits of a 32-bit value from bit `at`, extended.
    fn field(&mut self, v: Value, at: u32, width: u32, signed: bool) -> Value {
        let up = self.b.iconst(Ty::I32, (32 - at - width).into());
        let top = self.b.binary(BinOp::Shl, v, up);
        let down = self.b.iconst(Ty::I32, (32 - width).into());
        self.b.binary(if signed { BinOp::AShr } else { BinOp::LShr }, top, down)
    }

    /// The low three bits of each nibble of the selector pick one of eight bytes. The top bit means nothing, on a GPU too
    /// (the `prmt` instruction has a use for it, the function clears it).
    fn byte_perm(&mut self, a: Value, b: Value, selector: Value) -> Value {
        let low = self.b.cast(CastOp::ZExt, a, Ty::I64);
        let high = self.b.cast(CastOp::ZExt, b, Ty::I64);
        let n32 = self.b.iconst(Ty::I64, 32);
        let high = self.b.binary(BinOp::Shl, high, n32);
        let bytes = self.b.binary(BinOp::Or, low, high);
        let known = self.constant(selector);
        let mut result = self.zero(Ty::I32);
        for i in 0..4u32 {
            let byte = match known {
                Some(s) => {
                    let nibble = (s >> (4 * i)) & 15;
                    let shift = self.b.iconst(Ty::I64, ((nibble & 7) * 8) as i64);
                    let byte = self.b.binary(BinOp::LShr, bytes, shift);
                    self.b.cast(CastOp::Trunc, byte, Ty::I32)
                }
                None => {
                    let at = self.b.iconst(Ty::I32, (4 * i).into());
                    let nibble = self.b.binary(BinOp::LShr, selector, at);
                    let seven = self.b.iconst(Ty::I32, 7);
                    let index = self.b.binary(BinOp::And, nibble, seven);
                    let three = self.b.iconst(Ty::I32, 3);
                    let shift = self.b.binary(BinOp::Shl, index, three);
                    let shift = self.b.cast(CastOp::ZExt, shift, Ty::I64);
                    let byte = self.b.binary(BinOp::LShr, bytes, shift);
                    self.b.cast(CastOp::Trunc, byte, Ty::I32)
                }
            };
            let mask = self.b.iconst(Ty::I32, 0xff);
            let byte = self.b.binary(BinOp::And, byte, mask);
            let at = self.b.iconst(Ty::I32, (8 * i).into());
            let placed = self.b.binary(BinOp::Shl, byte, at);
            result = self.b.binary(BinOp::Or, result, placed);
        }
        result
    }
    /// (low, high, shift)
    fn funnel_shift(&mut self, left: bool, clamp: bool, v: &[Value]) -> Value {
        let low = self.b.cast(CastOp::ZExt, v[0], Ty::I64);
        let high = self.b.cast(CastOp::ZExt, v[1], Ty::I64);
        let n32 = self.b.iconst(Ty::I64, 32);
        let high = self.b.binary(BinOp::Shl, high, n32);
        let both = self.b.binary(BinOp::Or, low, high);
        let limit = self.b.iconst(Ty::I32, if clamp { 32 } else { 31 });
        let shift = self.b.binary(if clamp { BinOp::UMin } else { BinOp::And }, v[2], limit);
        let shift = self.b.cast(CastOp::ZExt, shift, Ty::I64);
        let result = if left {
            let shifted = self.b.binary(BinOp::Shl, both, shift);
            self.b.binary(BinOp::LShr, shifted, n32)
        } else {
            self.b.binary(BinOp::LShr, both, shift)
        };
        self.b.cast(CastOp::Trunc, result, Ty::I32)
    }

    /// `round`: the distance to the truncated value is exact, and decides.
    fn round_half_away(&mut self, x: Value, ty: Ty) -> Value {
        let t = self.b.unary(UnOp::Trunc, x);
        let d = self.b.binary(BinOp::FSub, x, t);
        let d = self.b.unary(UnOp::FAbs, d);
        let (half, one) = (self.fconst(ty, 0.5), self.fconst(ty, 1.0));
        let away = self.b.fcmp(FCmp::Ge, d, half);
        let step = self.b.binary(BinOp::CopySign, one, x);
        let next = self.b.binary(BinOp::FAdd, t, step);
        self.b.select(away, next, t)
    }

    fn host_math(&mut self, f: MathFn, args: &[Expr], e: &Expr) -> LResult<Value> {
        let v = self.values(args)?;
        if v.len() != f.arity() || !v.iter().all(|x| self.b.ty(*x).is_float()) {
            return malformed(e.span, "a math function with the wrong arguments");
        }
        Ok(self.b.math(f, &v))
    }
}

fn axis(axis: Axis, registers: [Sreg; 3]) -> Sreg {
    match axis {
        Axis::X => registers[0],
        Axis::Y => registers[1],
        Axis::Z => registers[2],
    }
}

/// Arguments that an operation has at least.
fn arity(op: IntrinsicOp) -> usize {
    use IntrinsicOp as I;
    match op {
        I::ThreadIdx(_)
        | I::BlockIdx(_)
        | I::BlockDim(_)
        | I::GridDim(_)
        | I::LaneId
        | I::WarpSize
        | I::DynamicSharedSize
        | I::Barrier
        | I::Fence(_)
        | I::ActiveMask
        | I::LaneMask(_)
        | I::Clock
        | I::GlobalTimer
        | I::Trap
        | I::Breakpoint
        | I::Unreachable
        | I::Assume => 0,
        I::Shuffle(_) => 4,
        I::AtomicCas { .. }
        | I::MatchAll
        | I::BytePerm
        | I::FunnelShift { .. }
        | I::Sad
        | I::Dp4a
        | I::Dp2a { .. }
        | I::Fma(_)
        | I::Memcpy
        | I::Memmove
        | I::Memset
        | I::Memcmp => 3,
        I::Atomic { .. }
        | I::VoteAll
        | I::VoteAny
        | I::VoteUni
        | I::Ballot
        | I::MatchAny
        | I::Reduce(_)
        | I::MulHi
        | I::Mul24
        | I::HalfAdd { .. }
        | I::Min
        | I::Max
        | I::Add(_)
        | I::Sub(_)
        | I::Mul(_)
        | I::Div(_)
        | I::FastDiv
        | I::CopySign => 2,
        _ => 1,
    }
}
