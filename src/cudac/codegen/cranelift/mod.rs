//! Block IR to machine code through Cranelift, one lane at a time.
//!
//! Every region becomes one function `fn(ctx) -> point`, every recursive device function one
//! `fn(ctx, args..) -> result`. All functions of a kernel lie in one code mapping.

mod arith;
mod emit;
mod function;
mod isa;
mod lanes;
mod memory;
mod once;
mod pool;
mod rows;
mod special;
mod tails;
mod vector;

use std::cell::RefCell;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use cranelift_codegen::Context;
use cranelift_codegen::control::ControlPlane;
use cranelift_frontend::FunctionBuilderContext;

use crate::cudac::block_ir::BlockKernel;
use crate::cudac::crew;
use crate::cudac::thread_ir::{FuncId, Function};

pub use function::FAULTED;
pub use isa::{Target, host, target_for};
#[cfg(test)]
pub use lanes::groups_of;
pub use pool::{Chunk, Chunks};
pub use tails::{note_bytes, parts_of};

/// Machine code of one kernel, not yet in executable memory.
pub struct MachineCode {
    pub bytes: Vec<u8>,
    /// Offset of the function of each region.
    pub regions: Vec<usize>,
    /// Offset of each function of the module; unused for the kernel itself.
    pub funcs: Vec<usize>,
    /// How many tails each region has.
    pub tails: Vec<u32>,
    /// Most notes for tails that one row of threads can make.
    pub notes_per_row: usize,
}

/// What the generator has to know beside the kernel.
pub struct Env<'a> {
    pub kernel: &'a BlockKernel,
    pub target: &'a Target,
    /// Offset of each shared variable in the shared area, by `GlobalId`.
    pub shared_offsets: &'a [u64],
    /// Address of each NUL-terminated string.
    pub strings: &'a [u64],
    pub checked: bool,
    /// Where the functions leave their constants; the code needs them as long as it exists.
    pub constants: Chunks,
}

/// What one function of the kernel became.
struct Piece {
    bytes: Vec<u8>,
    /// For regions: the number of leaves and most notes that one row can make.
    parts: Option<(u32, usize)>,
}

/// Below so many operations it costs more to wake another thread than it saves.
const WORTH_A_THREAD: usize = 12;

/// Generates all functions of the kernel: regions, then device functions. They are independent of one another, so
/// those of a larger kernel are shared among a few threads.
pub fn generate(env: &Env) -> Result<MachineCode, String> {
    let kernel = env.kernel;
    let (regions, devices) = (kernel.regions.len(), kernel.module.funcs.len() - 1);
    let bodies = kernel.regions.iter().map(|r| &r.body).chain(&kernel.module.funcs[1..]);
    let size = |(at, f): (usize, &Function)| match shared(kernel, at) {
        Some(_) => 0,
        None => f.blocks.iter().map(|b| b.insts.len()).sum::<usize>(),
    };
    let sizes: Vec<usize> = bodies.enumerate().map(size).collect();
    let worth = sizes.iter().filter(|size| **size >= WORTH_A_THREAD).count();
    // The largest first: the others then fill the time that it takes.
    let mut order: Vec<usize> = (0..sizes.len()).collect();
    order.sort_by_key(|at| std::cmp::Reverse(sizes[*at]));
    let pieces = std::iter::repeat_with(OnceLock::new).take(regions + devices).collect::<Vec<_>>();
    let next = AtomicUsize::new(0);
    let work = || {
        with_workspace(|ctx, fctx| {
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some(&at) = order.get(at) else { break };
                let piece = generate_piece(env, at, ctx, fctx);
                if piece.is_err() {
                    *fctx = FunctionBuilderContext::new();
                }
                let _ = pieces[at].set(piece);
            }
        });
    };
    let helpers = worth.saturating_sub(1).min(MAX_HELPERS);
    // Without another thread this one does it all.
    crew::beside(if helpers > 0 { helpers.min(usable_cpus() - 1) } else { 0 }, &work);
    let mut out = MachineCode {
        bytes: Vec::new(),
        regions: Vec::new(),
        funcs: vec![0],
        tails: Vec::new(),
        notes_per_row: 0,
    };
    for (i, piece) in pieces.into_iter().enumerate() {
        let piece = piece.into_inner().ok_or("a function was not generated")??;
        if let Some(same) = shared(kernel, i) {
            out.regions.push(out.regions[same]);
            out.tails.push(0);
            continue;
        }
        out.bytes.resize(out.bytes.len().next_multiple_of(32), 0xcc);
        let at = out.bytes.len();
        out.bytes.extend_from_slice(&piece.bytes);
        if i >= regions {
            out.funcs.push(at);
            continue;
        }
        out.regions.push(at);
        let (leaves, notes) = piece.parts.unwrap_or((0, 0));
        out.tails.push(leaves);
        out.notes_per_row = out.notes_per_row.max(notes);
    }
    Ok(out)
}

thread_local! {
    /// Cranelift's memory from one function to the next.
    static WORKSPACE: RefCell<Option<Box<(Context, FunctionBuilderContext)>>> = const { RefCell::new(None) };
}

/// After a function with more operations the memory is not kept.
const KEPT_INSTS: usize = 5000;

fn with_workspace<R>(work: impl FnOnce(&mut Context, &mut FunctionBuilderContext) -> R) -> R {
    // Taken out: after a panic in the middle of a function it is not used again.
    let kept = WORKSPACE.with(|place| place.borrow_mut().take());
    let mut space = kept.unwrap_or_else(|| Box::new((Context::new(), FunctionBuilderContext::new())));
    let result = work(&mut space.0, &mut space.1);
    if space.0.func.dfg.num_insts() <= KEPT_INSTS {
        WORKSPACE.with(|place| *place.borrow_mut() = Some(space));
    }
    result
}

/// The region before this one whose function it shares.
fn shared(kernel: &BlockKernel, region: usize) -> Option<usize> {
    kernel.same.get(region).map(|same| *same as usize).filter(|same| *same < region)
}

/// Number `at` of the kernel's functions.
fn generate_piece(
    env: &Env,
    at: usize,
    ctx: &mut Context,
    fctx: &mut FunctionBuilderContext,
) -> Result<Piece, String> {
    if shared(env.kernel, at).is_some() {
        return Ok(Piece { bytes: Vec::new(), parts: None });
    }
    ctx.clear();
    let regions = env.kernel.regions.len();
    let parts = if at < regions {
        function::region(env, at as u32, &mut ctx.func, fctx)?
    } else {
        function::device(env, FuncId((at - regions + 1) as u32), &mut ctx.func, fctx)?;
        None
    };
    let mut bytes = Vec::new();
    finish(env, ctx, &mut bytes)?;
    Ok(Piece { bytes, parts })
}

/// Threads beside the compiling one; more would wait for the largest region anyway.
const MAX_HELPERS: usize = 3;

/// Processors that this thread may run on.
fn usable_cpus() -> usize {
    // SAFETY: the set is plain data, all zeros is an empty one, and the call gets its size.
    let count = unsafe {
        let mut set: libc::cpu_set_t = std::mem::zeroed();
        match libc::sched_getaffinity(0, size_of_val(&set), &mut set) {
            0 => libc::CPU_COUNT(&set),
            _ => 1,
        }
    };
    count.max(1) as usize
}

/// The code of one tail (see `tails`).
pub fn generate_tail(env: &Env, number: u32) -> Result<Vec<u8>, String> {
    with_workspace(|ctx, fctx| {
        ctx.clear();
        if let Err(error) = tails::tail(env, number, &mut ctx.func, fctx) {
            *fctx = FunctionBuilderContext::new();
            return Err(error);
        }
        let mut bytes = Vec::new();
        finish(env, ctx, &mut bytes)?;
        Ok(bytes)
    })
}

/// Compiles the function in `ctx` and appends its code.
fn finish(env: &Env, ctx: &mut Context, bytes: &mut Vec<u8>) -> Result<(), String> {
    let isa = &*env.target.isa;
    let code = ctx.compile(isa, &mut ControlPlane::default()).map_err(|e| format!("{:?}", e.inner))?;
    if !code.buffer.relocs().is_empty() {
        return Err(format!("unexpected relocation {:?}", code.buffer.relocs()[0]));
    }
    bytes.extend_from_slice(code.code_buffer());
    Ok(())
}
