//! Code generation: thread IR of one kernel to a [`CompiledKernel`] that worker threads run block by block.
//!
//! ```ignore
//! let kernel = codegen::compile(&module, func, &CompileOptions::default())?;
//! let launch = Launch { grid, block, params, .. };
//! unsafe { kernel.run_blocks(&launch, &mut worker, 0..launch.blocks())? };   // any range, any thread
//! ```

mod barriers;
mod checker;
pub mod context;
pub mod cranelift;
pub mod driver;
mod helpers;
pub mod launch;
mod limits;
pub mod memory;
mod tails;
#[cfg(test)]
mod tests;
mod warps;

use std::collections::HashSet;

use crate::cudac::block_ir::{self, BlockKernel};
use crate::cudac::thread_ir::cfg::Cfg;
use crate::cudac::thread_ir::passes::{self, InlineError};
use crate::cudac::thread_ir::{
    FuncId, Function, GlobalId, GlobalSpace, LineEntry, Loc, Module, Op, ParamInfo, RelocTarget, Space,
    StringId, verify,
};

pub use context::FaultKind;
pub use driver::Worker;
pub use launch::{KernelFault, Launch, MemRange, PrintfSink};

/// Switches of the back end.
#[derive(Clone, Debug)]
pub struct CompileOptions {
    /// Every access is checked against the launch's live ranges.
    pub checked: bool,
    /// Run the optimising passes (off only in tests).
    pub optimize: bool,
    /// Soft yields that interchange the thread loop with grid-stride loops.
    pub interchange: bool,
    /// For tests: a soft yield in every loop without synchronisation, each time it has come round this often.
    pub yield_every: Option<u32>,
}

impl Default for CompileOptions {
    fn default() -> Self {
        Self { checked: false, optimize: true, interchange: true, yield_every: None }
    }
}

/// Why a kernel could not be compiled.
#[derive(Clone, Debug, PartialEq)]
pub enum CompileError {
    /// Something the CPU device does not support; the message is for the user.
    Unsupported(String),
    /// The same, with the place in the text.
    Refused { why: String, loc: Loc },
    /// Our own mistake.
    Internal(String),
}

impl std::fmt::Display for CompileError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            CompileError::Unsupported(m) | CompileError::Refused { why: m, .. } => f.write_str(m),
            CompileError::Internal(m) => write!(f, "internal compiler error: {m}"),
        }
    }
}

impl From<InlineError> for CompileError {
    fn from(e: InlineError) -> Self {
        let why = e.to_string();
        match e {
            InlineError::SyncInRecursion(_, loc) | InlineError::TooLarge(_, loc) => {
                CompileError::Refused { why, loc }
            }
        }
    }
}

/// A `__device__` or `__constant__` variable that the kernel uses. The device allocates one per module and
/// name, initialises it with [`CompiledKernel::init_symbol`] and passes all addresses at launch, by index.
#[derive(Clone, Debug)]
pub struct Symbol {
    pub name: String,
    /// `Device` and `Constant` need memory; entries for shared variables are placeholders.
    pub space: GlobalSpace,
    pub size: u64,
    pub align: u64,
    /// The kernel refers to it.
    pub used: bool,
}

/// What is known of a kernel's behaviour, for scheduling.
#[derive(Clone, Copy, Debug, Default)]
pub struct KernelFacts {
    pub uses_atomics: bool,
    pub uses_barriers: bool,
    pub uses_warp_ops: bool,
    pub uses_printf: bool,
    /// Recursive calls remain: needs `Launch::stack_budget`.
    pub recursive: bool,
    /// Rough number of operations one thread executes (loops count as 16 iterations).
    pub work_per_thread: u64,
}

/// Machine code of one kernel; freed on drop. Safe to run from several threads at once, each with its own
/// [`Worker`].
pub struct CompiledKernel {
    pub name: String,
    pub params: Vec<ParamInfo>,
    pub param_bytes: u32,
    /// Bytes of static shared memory.
    pub static_shared: u32,
    /// `__launch_bounds__`; 0 when not given.
    pub max_threads: u32,
    pub symbols: Vec<Symbol>,
    pub facts: KernelFacts,
    pub(crate) block: BlockKernel,
    checked: bool,
    region_table: Vec<usize>,
    func_table: Vec<usize>,
    strings: Vec<Box<[u8]>>,
    /// Read by the code.
    _constants: Vec<cranelift::Chunk>,
    code: memory::CodeMemory,
    tails: tails::Tails,
}

impl CompiledKernel {
    /// Scratch of one worker for a block of `threads`.
    pub fn scratch_bytes(&self, threads: u32) -> u64 {
        let b = &self.block;
        (b.live_bytes as u64 + b.local_thread_bytes as u64 + 2) * threads as u64
            + b.local_shared_bytes as u64
            + self.static_shared as u64
    }

    /// Bytes of machine code, rounded to pages.
    pub fn code_bytes(&self) -> usize {
        self.code.size() + self.tails.code_bytes()
    }

    /// Source position of a fault: file name and line.
    pub fn position(&self, loc: u32) -> Option<(&str, &LineEntry)> {
        let m = &self.block.module;
        let l = m.lines.get(loc as usize).filter(|l| l.line != 0)?;
        Some((m.files.get(l.file as usize)?, l))
    }

    /// Text of string `id` (the message of a failed assert).
    pub fn string(&self, id: u64) -> Option<String> {
        let s = self.strings.get(usize::try_from(id).ok()?)?;
        Some(String::from_utf8_lossy(&s[..s.len() - 1]).into_owned())
    }

    /// Writes the initial value of a symbol, given the addresses of all.
    ///
    /// # Safety
    /// `addresses[index]` must be valid for writes of the symbol's size.
    pub unsafe fn init_symbol(&self, index: usize, addresses: &[*mut u8]) {
        let g = &self.block.module.globals[index];
        let mut bytes = g.init.clone();
        bytes.resize(g.size as usize, 0);
        for r in &g.relocs {
            let target = match r.target {
                RelocTarget::Global(GlobalId(i)) => addresses[i as usize] as u64,
                RelocTarget::String(StringId(i)) => self.strings[i as usize].as_ptr() as u64,
            };
            let at = r.offset as usize;
            if let Some(place) = bytes.get_mut(at..at + 8) {
                place.copy_from_slice(&target.wrapping_add(r.addend as u64).to_le_bytes());
            }
        }
        // SAFETY: promised by the caller.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), addresses[index], bytes.len()) };
    }

    fn dynamic_shared_offset(&self) -> u32 {
        self.static_shared.next_multiple_of(128)
    }

    /// Memory a kernel may read besides buffers, for checked mode.
    fn read_only_ranges(&self, launch: &Launch) -> Vec<(u64, u64)> {
        let strings = self.strings.iter().map(|s| (s.as_ptr() as u64, s.len() as u64));
        strings.chain([(launch.params as u64, self.param_bytes as u64)]).collect()
    }
}

/// Compiles one kernel of a module for this machine.
pub fn compile(
    module: &Module,
    kernel: FuncId,
    opts: &CompileOptions,
) -> Result<CompiledKernel, CompileError> {
    let target = cranelift::host().map_err(CompileError::Unsupported)?;
    let block = prepare(module, kernel, opts, target.fma)?;
    let strings: Vec<Box<[u8]>> = block
        .module
        .strings
        .iter()
        .map(|s| s.iter().copied().chain([0]).collect::<Vec<u8>>().into_boxed_slice())
        .collect();
    let (shared_offsets, static_shared) = shared_layout(&block.module)?;
    let addresses: Vec<u64> = strings.iter().map(|s| s.as_ptr() as u64).collect();
    let env = cranelift::Env {
        kernel: &block,
        target,
        shared_offsets: &shared_offsets,
        strings: &addresses,
        checked: opts.checked,
        constants: Default::default(),
    };
    let machine = cranelift::generate(&env).map_err(CompileError::Internal)?;
    let code = memory::CodeMemory::new(&machine.bytes)
        .map_err(|e| CompileError::Unsupported(format!("no executable memory: {e}")))?;
    let f = &block.module.funcs[0];
    let used = used_globals(&block.module);
    Ok(CompiledKernel {
        name: f.name.clone(),
        params: f.kernel_params.clone(),
        param_bytes: f.param_bytes(),
        static_shared,
        max_threads: f.max_threads,
        symbols: block
            .module
            .globals
            .iter()
            .zip(used)
            .map(|(g, used)| Symbol {
                name: g.name.clone(),
                space: g.space,
                size: g.size,
                align: g.align,
                used,
            })
            .collect(),
        facts: facts(&block.module),
        checked: opts.checked,
        region_table: machine.regions.iter().map(|&o| code.address(o)).collect(),
        func_table: machine.funcs.iter().map(|&o| code.address(o)).collect(),
        strings,
        _constants: std::mem::take(&mut *env.constants.lock()),
        code,
        tails: tails::Tails::new(&machine, &block),
        block,
    })
}

/// Everything before code generation.
pub fn prepare(
    module: &Module,
    kernel: FuncId,
    opts: &CompileOptions,
    fma: bool,
) -> Result<BlockKernel, CompileError> {
    if cfg!(debug_assertions) {
        verify::verify_module(module).map_err(CompileError::Internal)?;
    }
    let mut m = passes::inline_kernel(module, kernel)?;
    m.funcs.iter().try_for_each(limits::before_passes)?;
    if opts.optimize {
        passes::optimize(&mut m, fma);
    }
    m.funcs.iter().try_for_each(limits::before_code)?;
    if opts.checked {
        m.funcs.iter_mut().for_each(first_guesses_are_atomic);
    }
    if cfg!(debug_assertions) {
        verify::verify_module(&m).map_err(CompileError::Internal)?;
    }
    let block = block_ir::build(m, opts.interchange && opts.optimize, opts.yield_every)
        .map_err(|why| CompileError::Unsupported(why.into()))?;
    if block.points.len() >= block_ir::ir::EXITED as usize {
        return Err(CompileError::Unsupported("too many barriers and warp operations".into()));
    }
    if cfg!(debug_assertions) {
        for r in &block.regions {
            verify::verify_function(&block.module, &r.body).map_err(CompileError::Internal)?;
        }
    }
    Ok(block)
}

/// A plain load of the address that a compare-and-swap of the same function works on is its first guess: what it reads
/// is proved by the swap, so it does not race with other threads' swaps.
fn first_guesses_are_atomic(f: &mut Function) {
    let insts = f.blocks.iter().flat_map(|b| &b.insts);
    let swapped: HashSet<_> = insts
        .filter_map(|i| match i.op {
            Op::AtomicCas { addr, .. } => Some(addr),
            _ => None,
        })
        .collect();
    for inst in f.blocks.iter_mut().flat_map(|b| &mut b.insts) {
        if let Op::Load(addr, flags) = &mut inst.op
            && swapped.contains(addr)
        {
            flags.volatile = true;
        }
    }
}

fn used_globals(m: &Module) -> Vec<bool> {
    let mut used = vec![false; m.globals.len()];
    let mut work: Vec<usize> = Vec::new();
    for inst in m.funcs.iter().flat_map(|f| &f.blocks).flat_map(|b| &b.insts) {
        if let Op::GlobalAddr(g) = inst.op {
            work.push(g.index());
        }
    }
    while let Some(g) = work.pop() {
        if !std::mem::replace(&mut used[g], true) {
            work.extend(m.globals[g].relocs.iter().filter_map(|r| match r.target {
                RelocTarget::Global(g) => Some(g.index()),
                RelocTarget::String(_) => None,
            }));
        }
    }
    used
}

/// Offsets of the shared variables and the size of the static part; dynamic shared memory starts at the next
/// multiple of 128.
pub fn shared_layout(m: &Module) -> Result<(Vec<u64>, u32), CompileError> {
    let used = used_globals(m);
    let mut at = 0u64;
    let mut offsets = vec![0; m.globals.len()];
    for (i, g) in m.globals.iter().enumerate() {
        if g.space == GlobalSpace::Shared && used[i] {
            at = at.next_multiple_of(g.align.max(1));
            offsets[i] = at;
            at = at.saturating_add(g.size);
        }
    }
    let size = u32::try_from(at).ok().filter(|&s| s <= 1 << 28);
    let size = size.ok_or_else(|| CompileError::Unsupported(format!("{at} bytes of shared memory")))?;
    for (i, g) in m.globals.iter().enumerate() {
        if g.space == GlobalSpace::DynamicShared {
            offsets[i] = size.next_multiple_of(128) as u64;
        }
    }
    Ok((offsets, size))
}

fn facts(m: &Module) -> KernelFacts {
    let mut k = KernelFacts { recursive: m.funcs.len() > 1, ..KernelFacts::default() };
    for inst in m.funcs.iter().flat_map(|f| &f.blocks).flat_map(|b| &b.insts) {
        match &inst.op {
            Op::AtomicRmw { space, .. } | Op::AtomicCas { space, .. } => {
                k.uses_atomics |= *space != Space::Shared;
            }
            Op::Barrier(..) => k.uses_barriers = true,
            Op::Printf(..) => k.uses_printf = true,
            op => k.uses_warp_ops |= op.is_sync(),
        }
    }
    let f = &m.funcs[0];
    let cfg = Cfg::new(f);
    let loops = cfg.loops();
    let mut nesting = vec![0u32; f.blocks.len()];
    loops.iter().flat_map(|l| &l.blocks).for_each(|b| nesting[b.index()] += 1);
    for b in f.block_ids() {
        let depth = nesting[b.index()];
        let cost = f.block(b).insts.len() as u64 + 1;
        k.work_per_thread =
            k.work_per_thread.saturating_add(cost.saturating_mul(16u64.saturating_pow(depth)));
    }
    k
}
