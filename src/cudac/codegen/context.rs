//! What generated code sees of the world: one `BlockCtx` for each worker, and the table of host functions.
//!
//! Generated code has no relocations: everything outside it is reached through these structs, whose layout
//! (`repr(C)`) the generator takes with `offset_of!`.

use std::sync::atomic::AtomicU32;

/// Kinds of faults in `Fault::kind`; 0 is none.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub enum FaultKind {
    None = 0,
    /// `__trap()`
    Trap = 1,
    /// A failed `assert`: `Fault::info` is the string's number.
    Assert = 2,
    /// Control came to a place the front end called unreachable.
    Unreachable = 3,
    /// Recursion deeper than the stack budget.
    StackOverflow = 4,
    /// The stop flag was set.
    Stopped = 5,
    /// Checked mode: an access outside every live range; `Fault::info` is the address.
    OutOfBounds = 6,
    /// Checked mode: a misaligned access.
    Misaligned = 7,
    /// Checked mode: a write to read-only memory.
    ReadOnly = 8,
    /// No memory for what the launch needs; `info` is the number of bytes.
    OutOfMemory = 9,
    /// Checked mode: two threads (`thread` and `other`) access the same shared memory with no barrier between.
    Race = 10,
    /// Checked mode: threads of one block wait at different barriers.
    DivergentBarrier = 11,
}

impl FaultKind {
    pub fn from_u32(k: u32) -> Self {
        match k {
            1 => FaultKind::Trap,
            2 => FaultKind::Assert,
            3 => FaultKind::Unreachable,
            4 => FaultKind::StackOverflow,
            5 => FaultKind::Stopped,
            6 => FaultKind::OutOfBounds,
            7 => FaultKind::Misaligned,
            8 => FaultKind::ReadOnly,
            9 => FaultKind::OutOfMemory,
            10 => FaultKind::Race,
            11 => FaultKind::DivergentBarrier,
            _ => FaultKind::None,
        }
    }
}

/// The error record of a worker: the first fault wins.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct FaultRecord {
    pub kind: u32,
    /// Line table index.
    pub loc: u32,
    /// Linear thread number in the block.
    pub thread: u32,
    /// The second thread of a race or of a divergent barrier.
    pub other: u32,
    pub info: u64,
}

/// State of one worker while it runs blocks of one launch.
#[repr(C)]
pub struct BlockCtx {
    pub params: *const u8,
    /// The block's shared area: static variables, then dynamic.
    pub shared: *mut u8,
    /// Live slots: arrays indexed by thread.
    pub live: *mut u8,
    /// Local memory that threads use in turn.
    pub locals: *mut u8,
    /// Local memory of each thread, frame after frame.
    pub thread_locals: *mut u8,
    /// By thread: point and run bit; only kernels that are not uniform.
    pub states: *mut u16,
    /// Address of each global, by `GlobalId`.
    pub globals: *const *mut u8,
    /// Entry of each recursive device function, by `FuncId`.
    pub funcs: *const usize,
    /// Where the next note of threads for a tail goes.
    pub next_note: *mut TailNote,
    pub helpers: *const Helpers,
    pub stop: *const AtomicU32,
    pub stack_limit: usize,
    pub ntid: [u32; 3],
    pub nctaid: [u32; 3],
    pub ctaid: [u32; 3],
    pub dyn_smem: u32,
    pub nthreads: u32,
    /// `nthreads` rounded up: length of the live slot arrays.
    pub padded: u32,
    /// The running thread, kept up to date only in regions with calls.
    pub tid: [u32; 3],
    pub thread: u32,
    pub fault: FaultRecord,
    /// The launch (`launch::Launch`), for helpers.
    pub launch: *const std::ffi::c_void,
    pub scratch: *const Scratch,
    /// Checked mode: thread numbers in the order in which they run.
    pub order: *const u32,
    /// Checked mode: the race detector.
    pub checker: *mut super::checker::Checker,
}

/// Threads that a region leaves to a tail. The values of uniform live slots follow, a word each.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct TailNote {
    pub tail: u32,
    /// `threadIdx.x` of the first thread and one past the last.
    pub first: u32,
    pub end: u32,
    /// Linear number of the first thread of the row.
    pub start: u32,
    pub y: u32,
    pub z: u32,
}

/// Sizes of the worker's memory, for checked mode.
pub struct Scratch {
    pub shared: u64,
    /// Where static shared memory ends and the dynamic part begins; nobody owns what is between.
    pub shared_gap: (u64, u64),
    pub locals: u64,
    pub thread_locals: u64,
    /// Where the stack that generated code may use begins (its highest address).
    pub stack_top: u64,
    /// Parameter buffer and string constants.
    pub read_only: Vec<(u64, u64)>,
}

/// The run bit of a thread state: the thread may go on from its point.
pub const RUN: u16 = 0x8000;

/// Iterations between two looks at the stop flag.
pub const POLL_INTERVAL: i64 = 1 << 14;

/// Host functions that generated code calls. The order is part of the generator's knowledge: it uses
/// `offset_of!`.
#[repr(C)]
pub struct Helpers {
    pub fault: extern "C" fn(ctx: *mut BlockCtx, kind: u32, loc: u32, thread: u32, info: u64),
    pub memmove: unsafe extern "C" fn(dst: *mut u8, src: *const u8, size: u64),
    pub memset: unsafe extern "C" fn(dst: *mut u8, byte: u32, size: u64),
    pub math32: extern "C" fn(func: u32, a: f32, b: f32) -> f32,
    pub math64: extern "C" fn(func: u32, a: f64, b: f64) -> f64,
    pub fma32: extern "C" fn(a: f32, b: f32, c: f32) -> f32,
    pub fma64: extern "C" fn(a: f64, b: f64, c: f64) -> f64,
    /// `op` is 0 floor, 1 ceil, 2 trunc, 3 rint.
    pub round32: extern "C" fn(op: u32, x: f32) -> f32,
    pub round64: extern "C" fn(op: u32, x: f64) -> f64,
    pub printf: unsafe extern "C" fn(ctx: *mut BlockCtx, fmt: *const u8, args: *const u64, count: u32) -> u32,
    /// `kind` 0 is a cycle counter, 1 nanoseconds.
    pub clock: extern "C" fn(kind: u32) -> u64,
    /// Checked mode; 0 if the access may go on. `size` is bytes, plus `CHECK_` flags.
    pub check: unsafe extern "C" fn(
        ctx: *mut BlockCtx,
        addr: u64,
        size: u64,
        align: u32,
        loc: u32,
        thread: u32,
        val: u64,
    ) -> u32,
}

/// Flag in the size argument of `Helpers::check`.
pub const CHECK_WRITE: u64 = 1 << 63;
/// Flag there: an atomic or volatile access.
pub const CHECK_ATOMIC: u64 = 1 << 62;
/// Flag there: `val` holds the bits of what is stored.
pub const CHECK_VALUE: u64 = 1 << 61;
