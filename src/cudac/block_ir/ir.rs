//! The containers of Block IR.

use crate::cudac::thread_ir::warp::WarpOp;
use crate::cudac::thread_ir::{BarrierKind, Function, Loc, Module, Ty};

use super::shape::{Access, Shape};

/// Number of the "thread has ended" exit.
pub const EXITED: u32 = 0x7fff;

/// Why a thread stops at a point.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PointKind {
    Entry,
    Barrier(BarrierKind),
    /// `masked`: the first operand is an explicit lane mask; otherwise the converged lanes take part.
    Warp {
        op: WarpOp,
        masked: bool,
        ty: Ty,
    },
    /// All threads of the block are here; the result is the largest of their operands.
    Largest {
        signed: bool,
    },
    /// All threads of the block are here.
    Meet,
    /// No meaning: the thread may go on at any time. `waits`: it may be waiting for what another thread writes.
    Soft {
        waits: bool,
    },
}

/// A place where threads stop.
#[derive(Clone, Debug)]
pub struct Point {
    pub kind: PointKind,
    pub loc: Loc,
    /// Diverged threads at the point of the smallest order go on first.
    pub order: u32,
    /// Live slots that hold the operands, in order (mask first if `masked`).
    pub operands: Vec<u32>,
    /// Live slot for the result, if it is used.
    pub result: Option<u32>,
}

/// Storage of one value across points, indexed by thread (or one for the block when `uniform`).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LiveSlot {
    pub ty: Ty,
    pub uniform: bool,
    /// Offset in units of "bytes per thread": the array starts at `offset * padded number of threads`.
    pub offset: u32,
}

/// Where a local slot of the kernel lives.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum LocalPlace {
    /// Never needed: not referenced.
    None,
    /// Contents do not survive a point: one copy for all threads of the block, at this offset.
    Shared(u32),
    /// One copy for each thread, at this offset of the thread's frame.
    PerThread(u32),
}

/// How many threads one step of the thread loop covers, and which.
#[derive(Clone, Debug, PartialEq)]
pub struct ThreadLoop {
    /// Lanes of an operation: 1 for scalar code.
    pub width: u32,
    /// Limit of each row of threads; `None` is all threads. Only where skipped threads need no state.
    pub clip: Option<super::clip::Clip>,
}

/// The code from one point to the next ones, for all threads that stand at the point.
#[derive(Clone, Debug)]
pub struct Region {
    /// Per-thread code: thread IR operations plus `LiveLoad`, `LiveStore`, `Exit`; entered at block 0.
    pub body: Function,
    pub threads: ThreadLoop,
    /// Shape of each value of `body` along `threadIdx.x`.
    pub shapes: Vec<Shape>,
    /// Access class by (block, instruction) of every load, store and atomic of `body`.
    pub access: Vec<(u32, u32, Access)>,
    /// All points this region may stop at (without `EXITED`).
    pub exits: Vec<u32>,
    /// All threads of the block enter it together and stop at the same point: no per-thread state is needed.
    pub together: bool,
}

/// A whole kernel.
#[derive(Clone, Debug)]
pub struct BlockKernel {
    /// Function 0 is the kernel split at its points; the others are recursive device functions.
    pub module: Module,
    /// `points[0]` is the entry; `regions[i]` starts at `points[i]`.
    pub points: Vec<Point>,
    pub regions: Vec<Region>,
    /// By point: the first point with the same region (itself if there is none before).
    pub same: Vec<u32>,
    pub live: Vec<LiveSlot>,
    /// Live slot bytes of one thread.
    pub live_bytes: u32,
    /// By local slot of the kernel.
    pub locals: Vec<LocalPlace>,
    /// Bytes of local memory that all threads share in turn, and of each thread's own frame.
    pub local_shared_bytes: u32,
    pub local_thread_bytes: u32,
    /// All regions are `together`.
    pub uniform: bool,
}
