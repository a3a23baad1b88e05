//! Block IR to machine code through Cranelift, one lane at a time.
//!
//! Every region becomes one function `fn(ctx) -> point`, every recursive device function one
//! `fn(ctx, args..) -> result`. All functions of a kernel lie in one code mapping.

mod arith;
mod emit;
mod function;
mod isa;
mod lanes;
mod rows;
mod special;
mod vector;

use cranelift_codegen::Context;
use cranelift_codegen::control::ControlPlane;
use cranelift_frontend::FunctionBuilderContext;

use crate::cudac::block_ir::BlockKernel;
use crate::cudac::thread_ir::FuncId;

pub use function::FAULTED;
pub use isa::{Target, host, target_for};

/// Machine code of one kernel, not yet in executable memory.
pub struct MachineCode {
    pub bytes: Vec<u8>,
    /// Offset of the function of each region.
    pub regions: Vec<usize>,
    /// Offset of each function of the module; unused for the kernel itself.
    pub funcs: Vec<usize>,
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
}

/// Generates all functions of the kernel.
pub fn generate(env: &Env) -> Result<MachineCode, String> {
    let mut out =
        MachineCode { bytes: Vec::new(), regions: Vec::new(), funcs: vec![0; env.kernel.module.funcs.len()] };
    let mut ctx = Context::new();
    let mut fctx = FunctionBuilderContext::new();
    for i in 0..env.kernel.regions.len() {
        let same = env.kernel.same[i] as usize;
        if same < i {
            out.regions.push(out.regions[same]);
            continue;
        }
        ctx.clear();
        function::region(env, i as u32, &mut ctx.func, &mut fctx)?;
        let at = finish(env, &mut ctx, &mut out.bytes)?;
        out.regions.push(at);
    }
    for i in 1..env.kernel.module.funcs.len() {
        ctx.clear();
        function::device(env, FuncId(i as u32), &mut ctx.func, &mut fctx)?;
        out.funcs[i] = finish(env, &mut ctx, &mut out.bytes)?;
    }
    Ok(out)
}

/// Compiles the function in `ctx` and appends its code; gives its offset.
fn finish(env: &Env, ctx: &mut Context, bytes: &mut Vec<u8>) -> Result<usize, String> {
    let isa = &*env.target.isa;
    let code = ctx.compile(isa, &mut ControlPlane::default()).map_err(|e| format!("{:?}", e.inner))?;
    if !code.buffer.relocs().is_empty() {
        return Err(format!("unexpected relocation {:?}", code.buffer.relocs()[0]));
    }
    let align = 32;
    bytes.resize(bytes.len().next_multiple_of(align), 0xcc);
    let at = bytes.len();
    bytes.extend_from_slice(code.code_buffer());
    Ok(at)
}
