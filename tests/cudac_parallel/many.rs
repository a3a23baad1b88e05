//! Launches of one kernel, one after another on the same memory and variables, in each of the ways there are to run it.

use std::ops::Range;
use std::sync::atomic::AtomicU32;

use vmgpu::cudac::codegen::{self, CompileOptions, CompiledKernel, KernelFault, Launch, MemRange, Worker};
use vmgpu::cudac::thread_ir::interp::{self, InterpLaunch};

use crate::run::{Arg, Compiled, Globals, Memory, Shape, param_block};

/// A way to run a kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// The interpreter, threads in order (0) or permuted.
    Interpreted(u64),
    /// Machine code without and with the optimising passes.
    Plain,
    Optimised,
    /// The same, blocks from the last to the first.
    Backwards,
    /// Two workers take the blocks in turns.
    TwoWorkers,
    /// Checked mode, blocks and threads in order (0) or permuted.
    Checked(u64),
}

/// Machine code of one kernel, plain, optimised and checked.
pub struct Codes([CompiledKernel; 3]);

impl Codes {
    pub fn new(compiled: &Compiled) -> Result<Self, String> {
        let code = |optimize, checked| {
            let options = CompileOptions { optimize, checked, ..CompileOptions::default() };
            codegen::compile(&compiled.module, compiled.kernel, &options)
                .map_err(|e| format!("code generation: {e}"))
        };
        Ok(Codes([code(false, false)?, code(true, false)?, code(true, true)?]))
    }
}

/// What is launched, and on what.
pub struct Work<'a> {
    pub compiled: &'a Compiled,
    pub codes: &'a Codes,
    pub shape: Shape,
    pub args: &'a [Arg],
    pub buffers: &'a [Vec<u8>],
    pub times: usize,
}

impl Work<'_> {
    /// The buffers after the last launch.
    pub fn run(&self, how: How) -> Result<Vec<Vec<u8>>, String> {
        let mut memory = Memory::new(self.buffers);
        let params = param_block(self.compiled, self.args, &mut memory)?;
        let globals = Globals::new(&self.compiled.module);
        for _ in 0..self.times {
            match how {
                How::Interpreted(seed) => self.interpret(seed, &params, &globals)?,
                _ => self.generated(how, &params, &globals, &mut memory)?,
            }
        }
        Ok(memory.finish())
    }

    fn interpret(&self, seed: u64, params: &[u8], globals: &Globals) -> Result<(), String> {
        let launch = InterpLaunch {
            grid: self.shape.grid,
            block: self.shape.block,
            dyn_shared: self.shape.shared,
            params,
            globals: &globals.addresses,
            step_limit: 400_000_000,
            seed,
            printf: None,
            ranges: None,
        };
        let module = &self.compiled.module;
        // SAFETY: kernels under test stay within their buffers; the guards find those that do not by a little.
        unsafe { interp::run(module, self.compiled.kernel, &launch) }.map_err(|f| {
            format!("faults: {:?} in line {}", f.error, module.line(f.loc).map_or(0, |l| l.line))
        })
    }

    fn generated(
        &self,
        how: How,
        params: &[u8],
        globals: &Globals,
        memory: &mut Memory,
    ) -> Result<(), String> {
        let (code, seed) = match how {
            How::Plain => (&self.codes.0[0], 0),
            How::Checked(seed) => (&self.codes.0[2], seed),
            _ => (&self.codes.0[1], 0),
        };
        let mut ranges: Vec<MemRange> = (0..self.buffers.len())
            .map(|i| (memory.address(i), self.buffers[i].len() as u64))
            .chain(
                self.compiled.module.globals.iter().zip(&globals.addresses).map(|(g, &p)| (p as u64, g.size)),
            )
            .map(|(start, size)| MemRange { start, size, writable: true })
            .collect();
        ranges.sort_by_key(|r| r.start);
        let stop = AtomicU32::new(0);
        let launch = Launch {
            grid: self.shape.grid,
            block: self.shape.block,
            dyn_shared: self.shape.shared,
            params: params.as_ptr(),
            globals: &globals.addresses,
            stop: &stop,
            printf: None,
            ranges: &ranges,
            stack_budget: 256 << 10,
            seed,
        };
        let all = launch.blocks();
        let part = |blocks: Range<u64>, worker: &mut Worker| -> Result<(), KernelFault> {
            // SAFETY: as in `interpret`.
            unsafe { code.run_blocks(&launch, worker, blocks) }
        };
        let ended = match how {
            How::Backwards => {
                let mut worker = Worker::new();
                (0..all).rev().try_for_each(|b| part(b..b + 1, &mut worker))
            }
            How::TwoWorkers => std::thread::scope(|s| {
                let other = s.spawn(|| {
                    let mut worker = Worker::new();
                    (1..all).step_by(2).try_for_each(|b| part(b..b + 1, &mut worker))
                });
                let mut worker = Worker::new();
                let own = (0..all).step_by(2).try_for_each(|b| part(b..b + 1, &mut worker));
                own.and(other.join().expect("no panic"))
            }),
            _ => part(0..all, &mut Worker::new()),
        };
        ended.map_err(|f| {
            let line = code.position(f.loc).map_or(0, |(_, l)| l.line);
            format!(
                "faults: {:?} in line {line}, block {:?}, thread {:?}, {}",
                f.kind, f.block, f.thread, f.other
            )
        })
    }
}
