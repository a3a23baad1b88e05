//! One launch of a compiled kernel on buffers, by either way of running it.

use std::sync::atomic::AtomicU32;
use std::sync::{Arc, Mutex};

use vmgpu::cudac::check::tree::KernelParam;
use vmgpu::cudac::codegen::{self, CompileOptions, CompiledKernel, Launch, Worker};
use vmgpu::cudac::compile::{CompileInput, front_end};
use vmgpu::cudac::options::Options;
use vmgpu::cudac::thread_ir::interp::{self, InterpLaunch};
use vmgpu::cudac::thread_ir::{FuncId, Module, RelocTarget, verify};

/// Bytes behind every buffer that must stay as they are.
const GUARD: usize = 64;
const GUARD_BYTE: u8 = 0x5a;

/// A kernel as the front end leaves it.
pub struct Compiled {
    pub module: Module,
    pub kernel: FuncId,
    pub params: Vec<KernelParam>,
    /// Warnings.
    #[allow(dead_code)]
    pub log: String,
}

/// Text to thread IR, verified; the error is the log.
pub fn compile(text: &str, name: &str, kernel: &str, options: &[String]) -> Result<Compiled, String> {
    let options = Options::parse(options);
    let front = front_end(&CompileInput { name, text, kernel, options: &options, headers: &[] })?;
    verify::verify_module(&front.module)
        .map_err(|e| format!("the lowering made bad IR: {e}\n{}", front.module))?;
    Ok(Compiled {
        kernel: FuncId(front.program.kernel.0),
        module: front.module,
        params: front.program.kernel_params,
        log: front.log,
    })
}

#[derive(Clone, Copy, Debug)]
pub struct Shape {
    pub grid: [u32; 3],
    pub block: [u32; 3],
    pub shared: u32,
}

/// A kernel argument: a buffer by its number, from its beginning or a byte in it on, or a value as it lies in memory.
#[allow(dead_code)]
#[derive(Clone, Debug)]
pub enum Arg {
    Buffer(usize),
    BufferAt(usize, usize),
    Value(Vec<u8>),
}

/// What a launch left behind.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    pub buffers: Vec<Vec<u8>>,
    pub printed: String,
    /// Why it ended early, and the line.
    pub fault: Option<(String, u32)>,
}

/// Buffers with guards, 64-byte aligned.
pub struct Memory {
    store: Vec<Vec<u128>>,
    sizes: Vec<usize>,
}

impl Memory {
    pub fn new(buffers: &[Vec<u8>]) -> Self {
        let store = |b: &Vec<u8>| {
            let mut bytes = b.clone();
            bytes.resize((b.len() + GUARD).next_multiple_of(16), GUARD_BYTE);
            bytes.chunks_exact(16).map(|c| u128::from_ne_bytes(c.try_into().expect("16 bytes"))).collect()
        };
        Memory { store: buffers.iter().map(store).collect(), sizes: buffers.iter().map(Vec::len).collect() }
    }

    pub fn address(&mut self, i: usize) -> u64 {
        self.store[i].as_mut_ptr() as u64
    }

    pub fn finish(&self) -> Vec<Vec<u8>> {
        let mut out = Vec::new();
        for (i, (store, size)) in self.store.iter().zip(&self.sizes).enumerate() {
            let mut bytes: Vec<u8> = store.iter().flat_map(|v| v.to_ne_bytes()).collect();
            assert!(bytes[*size..].iter().all(|b| *b == GUARD_BYTE), "buffer {i} was written past its end");
            bytes.truncate(*size);
            out.push(bytes);
        }
        out
    }
}

/// The parameter block of a launch, or why the arguments do not fit the kernel.
pub fn param_block(compiled: &Compiled, args: &[Arg], memory: &mut Memory) -> Result<Vec<u8>, String> {
    let params = &compiled.params;
    if params.len() != args.len() {
        return Err(format!("{} arguments for {} parameters", args.len(), params.len()));
    }
    let size = params.iter().map(|p| p.offset + p.size).max().unwrap_or(0);
    let mut block = vec![0u8; (size as usize).next_multiple_of(16).max(16)];
    for (p, arg) in params.iter().zip(args) {
        let bytes = match arg {
            Arg::Buffer(i) => memory.address(*i).to_ne_bytes().to_vec(),
            Arg::BufferAt(i, offset) => (memory.address(*i) + *offset as u64).to_ne_bytes().to_vec(),
            Arg::Value(bytes) => bytes.clone(),
        };
        if bytes.len() != p.size as usize {
            return Err(format!("{} bytes for parameter `{}` of {}", bytes.len(), p.name, p.size));
        }
        block[p.offset as usize..][..bytes.len()].copy_from_slice(&bytes);
    }
    Ok(block)
}

/// Memory for the module's variables, initialised.
pub struct Globals {
    _store: Vec<Vec<u128>>,
    pub addresses: Vec<*mut u8>,
    _strings: Vec<Vec<u8>>,
}

impl Globals {
    pub fn new(m: &Module) -> Self {
        let mut store: Vec<Vec<u128>> =
            m.globals.iter().map(|g| vec![0; (g.size as usize).div_ceil(16) + 1]).collect();
        let strings: Vec<Vec<u8>> =
            m.strings.iter().map(|s| s.iter().copied().chain([0]).collect()).collect();
        let addresses: Vec<*mut u8> = store.iter_mut().map(|s| s.as_mut_ptr().cast()).collect();
        for (g, &to) in m.globals.iter().zip(&addresses) {
            let mut bytes = g.init.clone();
            bytes.resize(g.size as usize, 0);
            for r in &g.relocs {
                let target = match r.target {
                    RelocTarget::Global(i) => addresses[i.index()] as u64,
                    RelocTarget::String(i) => strings[i.index()].as_ptr() as u64,
                };
                let value = target.wrapping_add(r.addend as u64);
                bytes[r.offset as usize..][..8].copy_from_slice(&value.to_ne_bytes());
            }
            // SAFETY: each store is at least as large as its variable.
            unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), to, bytes.len()) };
        }
        Globals { _store: store, addresses, _strings: strings }
    }
}

#[allow(dead_code)]
pub fn interpret(
    compiled: &Compiled,
    shape: Shape,
    args: &[Arg],
    buffers: &[Vec<u8>],
    seed: u64,
) -> Result<Outcome, String> {
    let mut memory = Memory::new(buffers);
    let params = param_block(compiled, args, &mut memory)?;
    let globals = Globals::new(&compiled.module);
    let printed = Arc::new(Mutex::new(String::new()));
    let into = printed.clone();
    let sink = move |text: &[u8]| into.lock().expect("one thread").push_str(&String::from_utf8_lossy(text));
    let launch = InterpLaunch {
        grid: shape.grid,
        block: shape.block,
        dyn_shared: shape.shared,
        params: &params,
        globals: &globals.addresses,
        step_limit: 200_000_000,
        seed,
        printf: Some(&sink),
        ranges: None,
    };
    // SAFETY: kernels under test stay within their buffers; the guards find those that do not by a little.
    let result = unsafe { interp::run(&compiled.module, compiled.kernel, &launch) };
    let fault = result.err().map(|f| {
        let line = compiled.module.line(f.loc).map_or(0, |l| l.line);
        let text = match f.error {
            interp::InterpError::Assert(id) => {
                String::from_utf8_lossy(&compiled.module.strings[id.index()]).into_owned()
            }
            other => format!("{other:?}"),
        };
        (text, line)
    });
    let printed = printed.lock().expect("one thread").clone();
    Ok(Outcome { buffers: memory.finish(), printed, fault })
}

#[allow(dead_code)]
pub fn generated(
    compiled: &Compiled,
    shape: Shape,
    args: &[Arg],
    buffers: &[Vec<u8>],
    optimize: bool,
) -> Result<Outcome, String> {
    launch(compiled, &machine_code(compiled, optimize)?, shape, args, buffers)
}

pub fn machine_code(compiled: &Compiled, optimize: bool) -> Result<CompiledKernel, String> {
    let options = CompileOptions { optimize, ..CompileOptions::default() };
    codegen::compile(&compiled.module, compiled.kernel, &options).map_err(|e| format!("code generation: {e}"))
}

/// Runs machine code of `compiled`.
pub fn launch(
    compiled: &Compiled,
    kernel: &CompiledKernel,
    shape: Shape,
    args: &[Arg],
    buffers: &[Vec<u8>],
) -> Result<Outcome, String> {
    let mut memory = Memory::new(buffers);
    let params = param_block(compiled, args, &mut memory)?;
    let globals = Globals::new(&compiled.module);
    let printed = Arc::new(Mutex::new(String::new()));
    let into = printed.clone();
    let sink = move |text: &[u8]| into.lock().expect("one thread").push_str(&String::from_utf8_lossy(text));
    let stop = AtomicU32::new(0);
    let launch = Launch {
        grid: shape.grid,
        block: shape.block,
        dyn_shared: shape.shared,
        params: params.as_ptr(),
        globals: &globals.addresses,
        stop: &stop,
        printf: Some(&sink),
        ranges: &[],
        stack_budget: 256 << 10,
        seed: 0,
    };
    let mut worker = Worker::new();
    // SAFETY: as in `interpret`.
    let result = unsafe { kernel.run_blocks(&launch, &mut worker, 0..launch.blocks()) };
    let fault = result.err().map(|f| {
        let line = kernel.position(f.loc).map_or(0, |(_, l)| l.line);
        let text = match f.kind {
            codegen::FaultKind::Assert => kernel.string(f.info).unwrap_or_default(),
            other => format!("{other:?}"),
        };
        (text, line)
    });
    let printed = printed.lock().expect("one thread").clone();
    Ok(Outcome { buffers: memory.finish(), printed, fault })
}
