//! Thread IR: typed SSA over a control-flow graph with block parameters, the meaning of ONE CUDA thread.
//!
//! The lowering writes it through [`builder::FunctionBuilder`]; everything after it (passes, interpreter,
//! Block IR) reads it. Addresses are plain 64-bit host addresses in every address space.

pub mod builder;
pub mod cfg;
pub mod cleanup;
pub mod eval;
pub mod interp;
pub mod ir;
pub mod liveness;
pub mod ops;
pub mod passes;
mod print;
pub mod ty;
pub mod verify;
pub mod warp;

pub use builder::{FunctionBuilder, Variable};
pub use ir::{
    Block, BlockCall, FuncId, Function, FunctionKind, Global, GlobalId, GlobalSpace, Inst, LineEntry, Loc,
    Module, ParamInfo, Reloc, RelocTarget, SlotId, StringId, Terminator, TrapKind, Value,
};
pub use ops::{
    BarrierKind, BinOp, CastOp, FCmp, FenceScope, ICmp, MatchKind, MathFn, Op, ReduceOp, RmwOp, ShflKind,
    Sreg, UnOp, VoteKind,
};
pub use ty::{FastFlags, MemFlags, Space, Ty};
