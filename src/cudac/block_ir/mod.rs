//! Block IR: one kernel as functions that each run a whole thread block between two synchronisation points.
//!
//! A *point* is a place where a thread may stop: kernel entry, block barrier, warp operation, soft yield. The
//! *region* of a point is the code from there to the next points; code reachable from several points is in each
//! of their regions. A region is one loop over the threads of the block (lane width 1 in the Cranelift
//! generator, W in a vector generator); values that live across a point go to per-thread arrays ("live slots")
//! unless they are cheap to compute again. The driver (`codegen::driver`) runs region after region.

pub mod build;
pub mod clip;
pub mod ir;
pub mod points;
mod regions;
pub mod rounds;
pub mod shape;
pub mod share;
mod slots;
pub mod split;
mod waits;

pub use build::build;
pub use ir::{BlockKernel, LiveSlot, LocalPlace, Point, PointKind, Region};
pub use shape::{Access, Shape, Shapes};
