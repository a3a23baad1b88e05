//! The operations of thread IR. Every operation is total: it has a defined result for every input (no signals),
//! except memory accesses through bad addresses.

use super::ir::{FuncId, GlobalId, SlotId, StringId, Value};
use super::ty::{FastFlags, MemFlags, Space, Ty};

/// One-operand arithmetic; result type = operand type unless stated.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum UnOp {
    /// Integer negation, wrapping.
    Neg,
    /// Bitwise complement; on `I1` logical not.
    Not,
    FNeg,
    FAbs,
    /// Correctly rounded unless `APPROX`.
    Sqrt,
    Floor,
    Ceil,
    Trunc,
    /// To nearest integer, ties to even (`rint`).
    Rint,
    /// Leading zeros; the width for 0.
    Clz,
    /// Trailing zeros; the width for 0.
    Ctz,
    Popc,
    /// Bit reversal.
    Brev,
    /// Byte reversal.
    Bswap,
}

/// Two-operand arithmetic; both operands and the result have one type.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum BinOp {
    Add,
    Sub,
    Mul,
    /// Signed quotient, toward zero. `x / 0` is all ones; `MIN / -1` is `MIN`.
    SDiv,
    /// Unsigned quotient. `x / 0` is all ones.
    UDiv,
    /// Signed remainder. `x % 0` is all ones; `MIN % -1` is 0.
    SRem,
    /// Unsigned remainder. `x % 0` is all ones.
    URem,
    /// High half of the double-width signed product.
    SMulHi,
    UMulHi,
    And,
    Or,
    Xor,
    /// The count is the second operand, unsigned; a count >= width gives 0.
    Shl,
    /// Logical shift right; a count >= width gives 0.
    LShr,
    /// Arithmetic shift right; a count >= width gives the sign in every bit.
    AShr,
    SMin,
    SMax,
    UMin,
    UMax,
    FAdd,
    FSub,
    FMul,
    FDiv,
    /// IEEE minNum: a NaN operand is ignored; -0 < +0.
    FMin,
    /// IEEE maxNum: a NaN operand is ignored; -0 < +0.
    FMax,
    /// Magnitude of the first operand, sign of the second.
    CopySign,
}

impl BinOp {
    pub const fn is_float(self) -> bool {
        matches!(
            self,
            BinOp::FAdd
                | BinOp::FSub
                | BinOp::FMul
                | BinOp::FDiv
                | BinOp::FMin
                | BinOp::FMax
                | BinOp::CopySign
        )
    }

    pub const fn is_commutative(self) -> bool {
        matches!(
            self,
            BinOp::Add
                | BinOp::Mul
                | BinOp::SMulHi
                | BinOp::UMulHi
                | BinOp::And
                | BinOp::Or
                | BinOp::Xor
                | BinOp::SMin
                | BinOp::SMax
                | BinOp::UMin
                | BinOp::UMax
                | BinOp::FAdd
                | BinOp::FMul
                | BinOp::FMin
                | BinOp::FMax
        )
    }
}

impl UnOp {
    pub const fn is_float(self) -> bool {
        matches!(
            self,
            UnOp::FNeg | UnOp::FAbs | UnOp::Sqrt | UnOp::Floor | UnOp::Ceil | UnOp::Trunc | UnOp::Rint
        )
    }
}

/// Integer and pointer comparison; the result is `I1`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ICmp {
    Eq,
    Ne,
    Slt,
    Sle,
    Sgt,
    Sge,
    Ult,
    Ule,
    Ugt,
    Uge,
}

/// Float comparison; the result is `I1`. The C operators are `Eq Lt Le Gt Ge` (ordered: false with a NaN) and
/// `Ne` (true with a NaN).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum FCmp {
    Eq,
    /// Unordered or unequal: C's `!=`.
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    /// At least one is NaN.
    Uno,
    /// Neither is NaN.
    Ord,
}

/// Conversions; the target type is the instruction's result type.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum CastOp {
    /// To a narrower integer; to `I1` it keeps bit 0 (use `icmp ne 0` for a C bool conversion).
    Trunc,
    /// Zero extension; from `I1` gives 0 or 1.
    ZExt,
    /// Sign extension; from `I1` gives 0 or -1.
    SExt,
    /// Signed integer to float, round to nearest even.
    SIToFp,
    /// Unsigned integer (or `I1`) to float.
    UIToFp,
    /// Float to signed integer, toward zero, saturating, NaN gives 0. Targets of 8 and 16 bits saturate there.
    FpToSI,
    /// Float to unsigned integer, toward zero, saturating, NaN gives 0.
    FpToUI,
    /// `F64` to `F32`, round to nearest even.
    FpTrunc,
    /// `F32` to `F64`.
    FpExt,
    /// Same bits, another type of the same size (`I32`/`F32`, `I64`/`F64`/`Ptr`).
    Bitcast,
}

/// Special registers. All are `I32` except `Clock64` and `GlobalTimer` (`I64`).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Sreg {
    TidX,
    TidY,
    TidZ,
    CtaidX,
    CtaidY,
    CtaidZ,
    NtidX,
    NtidY,
    NtidZ,
    NctaidX,
    NctaidY,
    NctaidZ,
    /// Linear thread number modulo 32.
    LaneId,
    /// Linear thread number divided by 32.
    WarpId,
    /// Bytes of dynamic shared memory of the launch.
    DynSmemSize,
    Clock,
    Clock64,
    GlobalTimer,
}

impl Sreg {
    pub const fn ty(self) -> Ty {
        match self {
            Sreg::Clock64 | Sreg::GlobalTimer => Ty::I64,
            _ => Ty::I32,
        }
    }
}

/// Block barrier flavour: `__syncthreads`, `_count`, `_and`, `_or`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum BarrierKind {
    Sync,
    Count,
    And,
    Or,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ShflKind {
    Idx,
    Up,
    Down,
    Xor,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum VoteKind {
    /// `I1`
    All,
    /// `I1`
    Any,
    /// `I32` mask of lanes whose predicate holds.
    Ballot,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum MatchKind {
    /// Mask of lanes with the same value.
    Any,
    /// The whole mask when all lanes have one value, else 0 (CUDA's `pred` is `result != 0`).
    All,
}

/// `__reduce_*_sync`, on `I32`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ReduceOp {
    Add,
    SMin,
    SMax,
    UMin,
    UMax,
    And,
    Or,
    Xor,
}

/// Atomic read-modify-write. On floats `Add`, `Exch`, `FMin`, `FMax` are allowed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum RmwOp {
    Add,
    Sub,
    Exch,
    SMin,
    SMax,
    UMin,
    UMax,
    And,
    Or,
    Xor,
    /// `old >= v ? 0 : old + 1`, unsigned.
    Inc,
    /// `old == 0 || old > v ? v : old - 1`, unsigned.
    Dec,
    FMin,
    FMax,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum FenceScope {
    Block,
    Device,
    System,
}

/// Math functions evaluated by the host (scalar call, slow path). Argument and result type are the
/// instruction's result type (`F32` or `F64`) unless stated.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u16)]
pub enum MathFn {
    Sin,
    Cos,
    Tan,
    Asin,
    Acos,
    Atan,
    Atan2,
    Sinh,
    Cosh,
    Tanh,
    Asinh,
    Acosh,
    Atanh,
    Exp,
    Exp2,
    Expm1,
    Log,
    Log2,
    Log10,
    Log1p,
    Pow,
    Cbrt,
    Hypot,
    Fmod,
    Remainder,
    Erf,
    Erfc,
    Tgamma,
    Lgamma,
    J0,
    J1,
    Y0,
    Y1,
    CylBesselI0,
    CylBesselI1,
    Erfinv,
    Erfcinv,
    Normcdfinv,
    /// Low bits of the quotient of `remainder`, with its sign.
    RemquoBits,
    /// The order first, as a number of the same type.
    Jn,
    Yn,
}

impl MathFn {
    /// Number of arguments.
    pub const fn arity(self) -> usize {
        match self {
            MathFn::Atan2 | MathFn::Pow | MathFn::Hypot | MathFn::Fmod | MathFn::Remainder => 2,
            MathFn::RemquoBits | MathFn::Jn | MathFn::Yn => 2,
            _ => 1,
        }
    }
}

/// One operation. The result type is kept by the instruction.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Op {
    /// Constant bits of the instruction's type (floats: their bit pattern), already cut to the width.
    Const(u64),
    Unary(UnOp, Value, FastFlags),
    Binary(BinOp, Value, Value, FastFlags),
    /// `a * b + c`, one rounding.
    Fma(Value, Value, Value),
    ICmp(ICmp, Value, Value),
    FCmp(FCmp, Value, Value),
    /// `cond ? a : b`, both evaluated.
    Select(Value, Value, Value),
    Cast(CastOp, Value),
    /// Pointer plus signed byte offset (`I64`), wrapping.
    PtrAdd(Value, Value),
    Load(Value, MemFlags),
    /// Address, value.
    Store(Value, Value, MemFlags),
    /// Address of a local slot of this function activation.
    SlotAddr(SlotId),
    /// Address of a `__device__`, `__constant__` or `__shared__` variable.
    GlobalAddr(GlobalId),
    /// Address of a NUL-terminated string constant.
    StrAddr(StringId),
    /// Load from the kernel's parameter buffer at a byte offset. Only in kernels (and what is inlined there).
    ParamLoad(u32),
    /// Address in the kernel's parameter buffer (structs by value): `Space::Param`, read-only.
    ParamAddr(u32),
    /// Copies `size` (`I64`) bytes; overlapping is allowed (memmove).
    MemCpy {
        dst: Value,
        src: Value,
        size: Value,
        align_log2: u8,
    },
    /// Sets `size` (`I64`) bytes to `byte` (`I8`).
    MemSet {
        dst: Value,
        byte: Value,
        size: Value,
        align_log2: u8,
    },
    /// Gives the old value.
    AtomicRmw {
        op: RmwOp,
        addr: Value,
        val: Value,
        space: Space,
    },
    /// Compare and swap on `I16`, `I32`, `I64`; gives the old value.
    AtomicCas {
        addr: Value,
        cmp: Value,
        new: Value,
        space: Space,
    },
    Fence(FenceScope),
    Sreg(Sreg),
    /// Block barrier. `pred` (`I1`) is there for all kinds but `Sync`; `Count` gives `I32`, `And`/`Or` give `I1`.
    Barrier(BarrierKind, Option<Value>),
    /// `mask` is `I32`; `None` means the lanes converged here (the spelling without `_sync`).
    /// `lane` and `width` are `I32`, `width` a power of two up to 32.
    Shfl {
        kind: ShflKind,
        mask: Option<Value>,
        val: Value,
        lane: Value,
        width: Value,
    },
    Vote {
        kind: VoteKind,
        mask: Option<Value>,
        pred: Value,
    },
    /// `I32` mask; `val` is `I32` or `I64`.
    Match {
        kind: MatchKind,
        mask: Value,
        val: Value,
    },
    Reduce {
        op: ReduceOp,
        mask: Value,
        val: Value,
    },
    SyncWarp(Value),
    /// `I32` mask of the lanes converged here.
    ActiveMask,
    Call(FuncId, Vec<Value>),
    Math(MathFn, Vec<Value>),
    /// `printf`; floats are `F64`, integers as C promotes them, `%s` takes a `Ptr`. Gives `I32`.
    Printf(StringId, Vec<Value>),
    /// Block IR only: the largest value (`I32` or `I64`) among all threads of the block, none of which has ended.
    Largest {
        val: Value,
        signed: bool,
    },
    /// Block IR only: all threads of the block stop here, none of which has ended.
    Meet,
    /// Block IR only: reads a value kept across a synchronisation point.
    LiveLoad(u32),
    /// Block IR only: keeps a value across a synchronisation point.
    LiveStore(u32, Value),
}

impl Op {
    /// Calls `f` for every operand, in order.
    pub fn for_each_value(&self, mut f: impl FnMut(Value)) {
        match self {
            Op::Const(_)
            | Op::SlotAddr(_)
            | Op::GlobalAddr(_)
            | Op::StrAddr(_)
            | Op::ParamLoad(_)
            | Op::ParamAddr(_)
            | Op::Fence(_)
            | Op::Sreg(_)
            | Op::ActiveMask
            | Op::Meet
            | Op::LiveLoad(_) => {}
            Op::Unary(_, a, _) | Op::Cast(_, a) | Op::Load(a, _) | Op::SyncWarp(a) | Op::LiveStore(_, a) => {
                f(*a)
            }
            Op::Largest { val, .. } => f(*val),
            Op::Binary(_, a, b, _)
            | Op::ICmp(_, a, b)
            | Op::FCmp(_, a, b)
            | Op::PtrAdd(a, b)
            | Op::Store(a, b, _) => {
                f(*a);
                f(*b);
            }
            Op::Fma(a, b, c) | Op::Select(a, b, c) => {
                f(*a);
                f(*b);
                f(*c);
            }
            Op::MemCpy { dst, src: b, size, .. } | Op::MemSet { dst, byte: b, size, .. } => {
                f(*dst);
                f(*b);
                f(*size);
            }
            Op::AtomicRmw { addr, val, .. } => {
                f(*addr);
                f(*val);
            }
            Op::AtomicCas { addr, cmp, new, .. } => {
                f(*addr);
                f(*cmp);
                f(*new);
            }
            Op::Barrier(_, pred) => {
                if let Some(p) = pred {
                    f(*p);
                }
            }
            Op::Shfl { mask, val, lane, width, .. } => {
                if let Some(m) = mask {
                    f(*m);
                }
                f(*val);
                f(*lane);
                f(*width);
            }
            Op::Vote { mask, pred, .. } => {
                if let Some(m) = mask {
                    f(*m);
                }
                f(*pred);
            }
            Op::Match { mask, val, .. } | Op::Reduce { mask, val, .. } => {
                f(*mask);
                f(*val);
            }
            Op::Call(_, args) | Op::Math(_, args) | Op::Printf(_, args) => {
                for a in args {
                    f(*a);
                }
            }
        }
    }

    /// Replaces every operand `v` by `f(v)`.
    pub fn map_values(&mut self, mut f: impl FnMut(Value) -> Value) {
        let mut g = |v: &mut Value| *v = f(*v);
        match self {
            Op::Const(_)
            | Op::SlotAddr(_)
            | Op::GlobalAddr(_)
            | Op::StrAddr(_)
            | Op::ParamLoad(_)
            | Op::ParamAddr(_)
            | Op::Fence(_)
            | Op::Sreg(_)
            | Op::ActiveMask
            | Op::Meet
            | Op::LiveLoad(_) => {}
            Op::Unary(_, a, _) | Op::Cast(_, a) | Op::Load(a, _) | Op::SyncWarp(a) | Op::LiveStore(_, a) => {
                g(a)
            }
            Op::Largest { val, .. } => g(val),
            Op::Binary(_, a, b, _)
            | Op::ICmp(_, a, b)
            | Op::FCmp(_, a, b)
            | Op::PtrAdd(a, b)
            | Op::Store(a, b, _) => {
                g(a);
                g(b);
            }
            Op::Fma(a, b, c) | Op::Select(a, b, c) => {
                g(a);
                g(b);
                g(c);
            }
            Op::MemCpy { dst, src: b, size, .. } | Op::MemSet { dst, byte: b, size, .. } => {
                g(dst);
                g(b);
                g(size);
            }
            Op::AtomicRmw { addr, val, .. } => {
                g(addr);
                g(val);
            }
            Op::AtomicCas { addr, cmp, new, .. } => {
                g(addr);
                g(cmp);
                g(new);
            }
            Op::Barrier(_, pred) => {
                if let Some(p) = pred {
                    g(p);
                }
            }
            Op::Shfl { mask, val, lane, width, .. } => {
                if let Some(m) = mask {
                    g(m);
                }
                g(val);
                g(lane);
                g(width);
            }
            Op::Vote { mask, pred, .. } => {
                if let Some(m) = mask {
                    g(m);
                }
                g(pred);
            }
            Op::Match { mask, val, .. } | Op::Reduce { mask, val, .. } => {
                g(mask);
                g(val);
            }
            Op::Call(_, args) | Op::Math(_, args) | Op::Printf(_, args) => args.iter_mut().for_each(g),
        }
    }

    /// A point where threads of the block or warp wait for each other.
    pub const fn is_sync(&self) -> bool {
        matches!(
            self,
            Op::Barrier(..)
                | Op::Shfl { .. }
                | Op::Vote { .. }
                | Op::Match { .. }
                | Op::Reduce { .. }
                | Op::SyncWarp(_)
                | Op::ActiveMask
                | Op::Largest { .. }
                | Op::Meet
        )
    }

    /// Same operands give the same result anywhere in one thread, and leaving it out changes nothing.
    pub const fn is_pure(&self) -> bool {
        match self {
            Op::Const(_)
            | Op::Unary(..)
            | Op::Binary(..)
            | Op::Fma(..)
            | Op::ICmp(..)
            | Op::FCmp(..)
            | Op::Select(..)
            | Op::Cast(..)
            | Op::PtrAdd(..)
            | Op::SlotAddr(_)
            | Op::GlobalAddr(_)
            | Op::StrAddr(_)
            | Op::ParamLoad(_)
            | Op::ParamAddr(_)
            | Op::Math(..) => true,
            Op::Sreg(s) => !matches!(s, Sreg::Clock | Sreg::Clock64 | Sreg::GlobalTimer),
            _ => false,
        }
    }

    /// May go when its result is unused: pure operations, and loads that are not volatile.
    pub const fn is_removable(&self) -> bool {
        match self {
            Op::Load(_, flags) => !flags.volatile,
            _ => self.is_pure(),
        }
    }
}
