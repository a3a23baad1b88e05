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

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use cranelift_codegen::Context;
use cranelift_codegen::control::ControlPlane;
use cranelift_frontend::FunctionBuilderContext;

use crate::cudac::block_ir::BlockKernel;
use crate::cudac::thread_ir::{FuncId, Function};

pub use function::FAULTED;
pub use isa::{Target, host, target_for};
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
const WORTH_A_THREAD: usize = 60;

/// Generates all functions of the kernel: regions, then device functions. They are independent of one another, so
/// those of a larger kernel are shared among a few threads.
pub fn generate(env: &Env) -> Result<MachineCode, String> {
    let kernel = env.kernel;
    let (regions, devices) = (kernel.regions.len(), kernel.module.funcs.len() - 1);
    let size = |f: &Function| f.blocks.iter().map(|b| b.insts.len()).sum::<usize>();
    let bodies = kernel.regions.iter().map(|r| &r.body).chain(&kernel.module.funcs[1..]);
    let worth = bodies.filter(|f| size(f) >= WORTH_A_THREAD).count();
    let pieces = std::iter::repeat_with(OnceLock::new).take(regions + devices).collect::<Vec<_>>();
    let next = AtomicUsize::new(0);
    let work = || {
        let mut ctx = Context::new();
        let mut fctx = FunctionBuilderContext::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(piece) = pieces.get(at) else { break };
            let _ = piece.set(generate_piece(env, at, &mut ctx, &mut fctx));
        }
    };
    let helpers = worth.saturating_sub(1).min(usable_cpus() - 1).min(MAX_HELPERS);
    std::thread::scope(|scope| {
        for _ in 0..helpers {
            // Without another thread this one does it all.
            let builder = std::thread::Builder::new().name("vmgpu-compile".into()).stack_size(STACK);
            let _ = builder.spawn_scoped(scope, work);
        }
        work();
    });
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
/// Address space only.
const STACK: usize = 64 << 20;

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
    let mut ctx = Context::new();
    tails::tail(env, number, &mut ctx.func, &mut FunctionBuilderContext::new())?;
    let mut bytes = Vec::new();
    finish(env, &mut ctx, &mut bytes)?;
    Ok(bytes)
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
