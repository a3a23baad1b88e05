//! The operations that the checker recognises by name and the lowering knows; part of `tree`, which re-exports them.
//! Signedness, width and float kind of an operation come from its argument types and the type of the expression.

use super::Rounding;
use crate::cudac::thread_ir::MathFn;

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Axis {
    X,
    Y,
    Z,
}

/// `Block`: `_block` atomics and `__threadfence_block`; `Device`: the default; `System`: the host too.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Scope {
    Block,
    Device,
    System,
}

/// Operations that the lowering knows. Signedness, width and float kind come from the argument types and `Expr::ty`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum IntrinsicOp {
    // ---- where am I; UINT
    ThreadIdx(Axis),
    BlockIdx(Axis),
    BlockDim(Axis),
    GridDim(Axis),
    /// `threadIdx` linear modulo 32.
    LaneId,
    /// INT: the constant 32.
    WarpSize,
    /// Bytes of dynamic shared memory of this launch.
    DynamicSharedSize,

    // ---- synchronisation
    Barrier,
    /// (INT predicate) -> INT
    BarrierCount,
    BarrierAnd,
    BarrierOr,
    /// (UINT mask)
    SyncWarp,
    Fence(Scope),

    // ---- atomics: (pointer, value) -> old value; types INT, UINT, LONG(LONG) and unsigned, FLOAT, DOUBLE
    Atomic {
        op: AtomicOp,
        scope: Scope,
    },
    /// (pointer, compare, value) -> old value; also USHORT
    AtomicCas {
        scope: Scope,
    },

    // ---- warps; legacy spellings without mask pass 0xffffffff
    /// (UINT mask, value, INT/UINT lane, delta or lane mask, INT width) -> value; 32 or 64 bit types
    Shuffle(ShuffleMode),
    /// (UINT mask, INT predicate) -> INT
    VoteAll,
    VoteAny,
    VoteUni,
    /// (UINT mask, INT predicate) -> UINT
    Ballot,
    /// () -> UINT
    ActiveMask,
    /// (UINT mask, value) -> UINT
    MatchAny,
    /// (UINT mask, value, INT *predicate) -> UINT
    MatchAll,
    /// (UINT mask, INT or UINT value) -> same
    Reduce(ReduceOp),
    /// () -> UINT: lanes below / above this one
    LaneMask(LaneMaskKind),

    // ---- time
    /// () -> LONGLONG; `clock()` converts to its type
    Clock,
    /// () -> ULONGLONG nanoseconds
    GlobalTimer,
    /// (UINT nanoseconds)
    Nanosleep,

    // ---- stop
    /// `__trap()`: the kernel fails. Does not return.
    Trap,
    /// `__brkpt()`, does nothing; `__builtin_unreachable` is `Unreachable`.
    Breakpoint,
    /// Control cannot come here (if it does, the kernel fails).
    Unreachable,
    /// (BOOL): may be assumed, may be ignored; the argument has no effects.
    Assume,

    // ---- integer bits; one operand of 32 or 64 bits, result INT unless said otherwise
    Popc,
    /// Of zero: the width.
    Clz,
    /// 1-based position of the lowest set bit; of zero: 0.
    Ffs,
    /// Same type as the operand.
    Brev,
    /// (UINT a, UINT b, UINT selector) -> UINT
    BytePerm,
    /// (UINT lo, UINT hi, UINT shift) -> UINT; wraps the shift at 32 or clamps it to 32
    FunnelShift {
        left: bool,
        clamp: bool,
    },
    /// High half of the product; INT, UINT, LONGLONG, ULONGLONG
    MulHi,
    /// Low 32 bits of the product of the low 24 bits (INT sign-extended, UINT zero-extended from 24)
    Mul24,
    /// |a - b| + c: (INT, INT, UINT) or (UINT, UINT, UINT) -> UINT
    Sad,
    /// (a + b) / 2 without overflow, rounded down, or with `round` up; INT or UINT
    HalfAdd {
        round: bool,
    },
    /// (four bytes a, four bytes b, c) -> c + dot; INT (signed bytes) or UINT
    Dp4a,
    /// (two 16-bit a, four bytes b, c): low or high half of b
    Dp2a {
        high: bool,
    },

    // ---- integer or float
    /// Of two of one type. Floats as fminf/fmaxf: a NaN loses against a number, -0 is below +0.
    Min,
    Max,
    /// INT_MIN stays; floats lose their sign bit.
    Abs,

    // ---- float or double; same type throughout unless said otherwise
    /// (a, b, c) -> a * b + c rounded once
    Fma(Rounding),
    /// Never contracted.
    Add(Rounding),
    Sub(Rounding),
    Mul(Rounding),
    Div(Rounding),
    Sqrt(Rounding),
    Rcp(Rounding),
    /// `__frsqrt_rn`, `rsqrtf`: approximate within 2 ulp
    Rsqrt,
    /// `__fdividef`: within 2 ulp; a huge divisor (above 2^126) gives 0
    FastDiv,
    Floor,
    Ceil,
    Trunc,
    /// To nearest even: rint, nearbyint
    Rint,
    /// To nearest, halves away from zero: round
    Round,
    CopySign,
    /// To 0..1, NaN to 0: `__saturatef`
    Saturate,
    /// -> BOOL
    IsNan,
    IsInf,
    IsFinite,
    /// -> BOOL: the sign bit
    SignBit,
    /// A library function that has no version in our own CUDA C.
    HostMath(MathFn),

    // ---- memory; pointers are generic
    /// (void *to, const void *from, ULONG bytes) -> void *to
    Memcpy,
    Memmove,
    /// (void *to, INT byte, ULONG bytes) -> void *to
    Memset,
    /// (const void *, const void *, ULONG) -> INT
    Memcmp,
    /// (const void *) -> UINT (0 or 1)
    IsGlobal,
    IsShared,
    IsConstant,
    IsLocal,
    /// Between a generic pointer and the ULONG offset in a space: `__cvta_generic_to_shared` (offset from the block's shared
    /// memory) and back; global addresses are the same number.
    ToSpaceOffset(OffsetSpace),
    FromSpaceOffset(OffsetSpace),
    /// (const void *): a hint
    Prefetch,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum OffsetSpace {
    Global,
    Shared,
    Constant,
    Local,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum AtomicOp {
    Add,
    Sub,
    Exchange,
    Min,
    Max,
    /// `old >= limit ? 0 : old + 1`
    Inc,
    /// `old == 0 || old > limit ? limit : old - 1`
    Dec,
    And,
    Or,
    Xor,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ShuffleMode {
    Index,
    Up,
    Down,
    Xor,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ReduceOp {
    Add,
    Min,
    Max,
    And,
    Or,
    Xor,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum LaneMaskKind {
    Lt,
    Le,
    Eq,
    Ge,
    Gt,
}
