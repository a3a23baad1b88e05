//! Tests of the whole back end: the interpreter against compiled code.

mod bounds;
mod checked;
mod generate;
mod groups;
mod kernels;
mod random;
mod speed;
mod tails;
mod wide;

use std::sync::atomic::AtomicU32;

use super::*;
use crate::cudac::thread_ir::interp::{self, InterpFault, InterpLaunch};

/// A launch description without addresses.
#[derive(Clone, Copy)]
pub struct Shape {
    pub grid: [u32; 3],
    pub block: [u32; 3],
    pub dyn_shared: u32,
}

impl Shape {
    pub fn d1(grid: u32, block: u32) -> Self {
        Self { grid: [grid, 1, 1], block: [block, 1, 1], dyn_shared: 0 }
    }
}

/// Buffers by index; the parameter buffer holds their addresses in order, then `scalars`.
pub fn params(buffers: &mut [Vec<u8>], scalars: &[u64]) -> Vec<u8> {
    let addresses = buffers.iter_mut().map(|b| b.as_mut_ptr() as u64);
    addresses.chain(scalars.iter().copied()).flat_map(u64::to_le_bytes).collect()
}

/// `n` pointer parameters, then `scalars` 8-byte ones.
pub fn kernel_params(n: usize) -> Vec<ParamInfo> {
    (0..n)
        .map(|i| ParamInfo {
            name: format!("p{i}"),
            offset: i as u32 * 8,
            size: 8,
            align: 8,
            ty: Some(crate::cudac::thread_ir::Ty::I64),
        })
        .collect()
}

pub fn interpret(
    m: &Module,
    shape: Shape,
    buffers: &mut [Vec<u8>],
    scalars: &[u64],
    seed: u64,
) -> Result<(), InterpFault> {
    let params = params(buffers, scalars);
    let mut globals = Globals::new(m);
    let launch = InterpLaunch {
        grid: shape.grid,
        block: shape.block,
        dyn_shared: shape.dyn_shared,
        params: &params,
        globals: &globals.init(m),
        step_limit: 50_000_000,
        seed,
        printf: None,
        ranges: None,
    };
    // SAFETY: the kernels under test stay inside their buffers.
    unsafe { interp::run(m, FuncId(0), &launch) }
}

pub fn run_compiled(
    k: &CompiledKernel,
    m: &Module,
    shape: Shape,
    buffers: &mut [Vec<u8>],
    scalars: &[u64],
) -> Result<(), KernelFault> {
    run_seeded(k, m, shape, buffers, scalars, 0)
}

/// With the buffers as the live ranges and a seed, both for checked mode.
pub fn run_seeded(
    k: &CompiledKernel,
    m: &Module,
    shape: Shape,
    buffers: &mut [Vec<u8>],
    scalars: &[u64],
    seed: u64,
) -> Result<(), KernelFault> {
    let mut ranges: Vec<MemRange> = buffers
        .iter()
        .map(|b| MemRange { start: b.as_ptr() as u64, size: b.len() as u64, writable: true })
        .collect();
    ranges.sort_by_key(|r| r.start);
    let params = params(buffers, scalars);
    let stop = AtomicU32::new(0);
    let mut globals = Globals::new(m);
    let launch = Launch {
        grid: shape.grid,
        block: shape.block,
        dyn_shared: shape.dyn_shared,
        params: params.as_ptr(),
        globals: &globals.init(m),
        stop: &stop,
        printf: None,
        ranges: &ranges,
        stack_budget: 256 << 10,
        seed,
    };
    let mut worker = Worker::new();
    // SAFETY: as in `interpret`.
    unsafe { k.run_blocks(&launch, &mut worker, 0..launch.blocks()) }
}

/// Memory for the module's globals.
struct Globals(Vec<Vec<u64>>);

impl Globals {
    fn new(m: &Module) -> Self {
        Self(m.globals.iter().map(|g| vec![0; (g.size as usize).div_ceil(8)]).collect())
    }

    fn init(&mut self, m: &Module) -> Vec<*mut u8> {
        for (mem, g) in self.0.iter_mut().zip(&m.globals) {
            for (i, b) in g.init.iter().enumerate() {
                mem[i / 8] |= (*b as u64) << (i % 8 * 8);
            }
        }
        self.0.iter_mut().map(|v| v.as_mut_ptr().cast()).collect()
    }
}

/// Compiles and runs, interprets, and compares all buffers.
pub fn differential(m: &Module, shape: Shape, buffers: &[Vec<u8>], scalars: &[u64]) -> Vec<Vec<u8>> {
    verify::verify_module(m).unwrap_or_else(|e| panic!("{e}\n{m}"));
    let mut want = buffers.to_vec();
    interpret(m, shape, &mut want, scalars, 0).unwrap_or_else(|e| panic!("{e:?}\n{m}"));
    for (optimize, yield_every) in [(false, None), (true, None), (true, Some(1)), (true, Some(2))] {
        let opts = CompileOptions { optimize, yield_every, ..CompileOptions::default() };
        let k = compile(m, FuncId(0), &opts).unwrap_or_else(|e| panic!("{e}\n{m}"));
        let mut got = buffers.to_vec();
        run_compiled(&k, m, shape, &mut got, scalars).unwrap_or_else(|e| panic!("{e:?}\n{m}"));
        for (i, (g, w)) in got.iter().zip(&want).enumerate() {
            if g != w {
                let at = g.iter().zip(w).position(|(a, b)| a != b).unwrap_or(0);
                panic!(
                    "optimize {optimize}, yield {yield_every:?}: buffer {i} differs first at byte {at}: got {:?} want {:?}\n{m}",
                    &g[at / 8 * 8..(at / 8 * 8 + 8).min(g.len())],
                    &w[at / 8 * 8..(at / 8 * 8 + 8).min(w.len())]
                );
            }
        }
    }
    want
}
