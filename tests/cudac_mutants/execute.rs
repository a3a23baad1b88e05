//! One kernel of any text on made-up arguments: interpreted, or as machine code with and without checks.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use super::layout::Layout;
use vmgpu::cudac::check::types::Type;
pub use vmgpu::cudac::codegen::FaultKind;
use vmgpu::cudac::codegen::{self, CompileOptions, Launch, MemRange, Worker};
use vmgpu::cudac::compile::{CompileInput, FrontEnd, front_end};
use vmgpu::cudac::options::Options;
use vmgpu::cudac::thread_ir::interp::{self, InterpError, InterpLaunch};
use vmgpu::cudac::thread_ir::{FastFlags, FuncId, GlobalSpace, Op, RelocTarget};

/// Bytes of the buffer behind every pointer argument.
const BUFFER: usize = 64 << 10;
const SHARED: u32 = 8 << 10;
/// Variables larger than this are not tried.
const LARGEST: u64 = 1 << 20;
const LIMIT: Duration = Duration::from_millis(100);

#[derive(Clone, Copy, PartialEq, Debug)]
pub enum End {
    Done,
    Fault(FaultKind),
    /// By the limit of time or steps, or of the stack (the two ways of running have other ones).
    Stopped,
}

pub enum Way {
    Interpreted { seed: u64 },
    Generated { optimize: bool, checked: bool, seed: u64 },
}

/// What a run left behind: argument buffers, then variables of the text.
pub struct Outcome {
    pub end: End,
    memory: Vec<Vec<u8>>,
    printed: Vec<u8>,
}

pub struct Program<'a> {
    front: FrontEnd,
    text: &'a str,
    grid: [u32; 3],
    block: [u32; 3],
    params: Vec<u8>,
    /// Offset in the parameter block, contents.
    buffers: Vec<(usize, Vec<u8>)>,
    /// Of the buffers, then of the variables that are compared.
    layouts: Vec<Layout>,
    /// Which of the module's variables are compared: those with addresses in them differ from run to run.
    compared: Vec<bool>,
}

impl<'a> Program<'a> {
    /// None if the text is refused.
    pub fn new(text: &'a str, kernel: &str) -> Option<Self> {
        let options = Options::parse(&["-fmad=false".to_string()]);
        let input = CompileInput { name: "t.cu", text, kernel, options: &options, headers: &[] };
        let mut front = match front_end(&input) {
            Ok(front) => front,
            Err(log) => {
                assert!(!log.contains("internal compiler error"), "{log}");
                assert!(log.contains("error: "), "{log}");
                return None;
            }
        };
        // The interpreter rounds every operation; the library's own functions are contracted whatever is asked.
        let blocks = front.module.funcs.iter_mut().flat_map(|f| &mut f.blocks);
        for inst in blocks.flat_map(|b| &mut b.insts) {
            if let Op::Unary(.., flags) | Op::Binary(.., flags) = &mut inst.op {
                *flags = FastFlags::NONE;
            }
        }
        if front.module.globals.iter().any(|g| g.size > LARGEST) {
            return None;
        }
        let (grid, mut block) = match text.len() % 4 {
            _ if text.contains(".y") => ([2, 2, 1], [8, 8, 1]),
            0 => ([1, 1, 1], [40, 1, 1]),
            _ => ([2, 1, 1], [64, 1, 1]),
        };
        if let Some(most) = front.program.max_threads_per_block
            && most < 64
        {
            block = [most, 1, 1];
        }
        let mut params = vec![0u8; (front.program.kernel_params_size as usize).next_multiple_of(16).max(16)];
        let (mut buffers, mut layouts) = (Vec::new(), Vec::new());
        let mut state = 0x1234_5678_9abc_def1u64;
        for p in &front.program.kernel_params {
            let at = p.offset as usize;
            let types = &front.program.types;
            if p.is_pointer {
                let layout = Layout::behind(types, p.ty);
                buffers.push((at, layout.contents(BUFFER, &mut state)));
                layouts.push(layout);
                continue;
            }
            let bytes: Vec<u8> = match types.get(p.ty) {
                Type::Float(_) if p.size == 4 => 1.5f32.to_le_bytes().into(),
                Type::Float(_) => 1.5f64.to_le_bytes().into(),
                _ if p.size <= 8 => (37 + 3 * buffers.len() as u64).to_le_bytes()[..p.size as usize].into(),
                // Structs: small numbers.
                _ => (0..p.size).map(|i| if i % 4 == 0 { (5 + i) as u8 } else { 0 }).collect(),
            };
            params[at..at + bytes.len()].copy_from_slice(&bytes);
        }
        let mut compared = Vec::new();
        for g in &front.module.globals {
            let fits = matches!(g.space, GlobalSpace::Device | GlobalSpace::Constant) && g.relocs.is_empty();
            let def = front.program.globals.iter().find(|d| *d.name == *g.name).filter(|_| fits);
            layouts.extend(def.map(|d| Layout::of(&front.program.types, d.ty)));
            compared.push(def.is_some());
        }
        Some(Program { front, text, grid, block, params, buffers, layouts, compared })
    }

    pub fn run(&self, way: &Way) -> Outcome {
        let module = &self.front.module;
        let kernel = FuncId(self.front.program.kernel.0);
        let room = |bytes: &[u8]| -> Vec<u128> {
            let mut words = vec![0u128; bytes.len().div_ceil(16).max(1)];
            // SAFETY: at least as many bytes as are copied.
            unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), words.as_mut_ptr().cast(), bytes.len()) };
            words
        };
        let mut params = self.params.clone();
        let mut buffers: Vec<Vec<u128>> = self.buffers.iter().map(|b| room(&b.1)).collect();
        for (buffer, (at, ..)) in buffers.iter_mut().zip(&self.buffers) {
            params[*at..at + 8].copy_from_slice(&(buffer.as_mut_ptr() as u64).to_le_bytes());
        }
        // Parameters lie as aligned as those of a launch.
        let params = room(&params);
        let params: &[u8] =
            // SAFETY: the bytes of the vector.
            unsafe { std::slice::from_raw_parts(params.as_ptr().cast(), params.len() * 16) };
        let strings: Vec<Vec<u8>> =
            module.strings.iter().map(|s| s.iter().copied().chain([0]).collect()).collect();
        let mut variables: Vec<Vec<u128>> =
            module.globals.iter().map(|g| room(&vec![0; g.size as usize])).collect();
        let addresses: Vec<*mut u8> = variables.iter_mut().map(|v| v.as_mut_ptr().cast()).collect();
        for (g, &to) in module.globals.iter().zip(&addresses) {
            let mut bytes = g.init.clone();
            bytes.resize(g.size as usize, 0);
            for r in &g.relocs {
                let target = match r.target {
                    RelocTarget::Global(i) => addresses[i.index()] as u64,
                    RelocTarget::String(i) => strings[i.index()].as_ptr() as u64,
                };
                bytes[r.offset as usize..][..8]
                    .copy_from_slice(&target.wrapping_add(r.addend as u64).to_le_bytes());
            }
            // SAFETY: the variable's memory is as large.
            unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), to, bytes.len()) };
        }
        let printed = Arc::new(Mutex::new(Vec::new()));
        let into = printed.clone();
        let sink = move |text: &[u8]| into.lock().expect("one thread").extend_from_slice(text);
        let end = match *way {
            Way::Interpreted { seed } => {
                let mut allowed: Vec<(u64, u64)> =
                    buffers.iter().map(|b| (b.as_ptr() as u64, b.len() as u64 * 16)).collect();
                allowed.extend(module.globals.iter().zip(&addresses).map(|(g, a)| (*a as u64, g.size)));
                let launch = InterpLaunch {
                    grid: self.grid,
                    block: self.block,
                    dyn_shared: SHARED,
                    params,
                    globals: &addresses,
                    step_limit: 400_000,
                    seed,
                    printf: Some(&sink),
                    ranges: Some(&allowed),
                };
                // SAFETY: the ranges are live.
                match unsafe { interp::run(module, kernel, &launch) } {
                    Ok(()) => End::Done,
                    Err(fault) => match fault.error {
                        InterpError::StepLimit | InterpError::StackOverflow => End::Stopped,
                        InterpError::OutOfBounds => End::Fault(FaultKind::OutOfBounds),
                        InterpError::Trap => End::Fault(FaultKind::Trap),
                        InterpError::Assert(_) => End::Fault(FaultKind::Assert),
                        InterpError::Unreachable => End::Fault(FaultKind::Unreachable),
                        InterpError::Deadlock => End::Fault(FaultKind::DivergentBarrier),
                    },
                }
            }
            Way::Generated { optimize, checked, seed } => {
                let options = CompileOptions { optimize, checked, ..CompileOptions::default() };
                let code = match codegen::compile(module, kernel, &options) {
                    Ok(code) => code,
                    Err(codegen::CompileError::Unsupported(_) | codegen::CompileError::Refused { .. }) => {
                        return Outcome::nothing();
                    }
                    Err(error) => panic!("{error}\n{}", self.text),
                };
                let mut ranges: Vec<MemRange> = buffers
                    .iter()
                    .map(|b| MemRange { start: b.as_ptr() as u64, size: b.len() as u64 * 16, writable: true })
                    .collect();
                ranges.extend(module.globals.iter().zip(&addresses).map(|(g, a)| MemRange {
                    start: *a as u64,
                    size: g.size,
                    writable: true,
                }));
                ranges.retain(|r| r.size > 0);
                ranges.sort_by_key(|r| r.start);
                let launch = Launch {
                    grid: self.grid,
                    block: self.block,
                    dyn_shared: SHARED,
                    params: params.as_ptr(),
                    globals: &addresses,
                    stop: limit(),
                    printf: Some(&sink),
                    ranges: &ranges,
                    stack_budget: 128 << 10,
                    seed,
                };
                let mut worker = Worker::new();
                start();
                // SAFETY: as above, or this is the checked run.
                let result = unsafe { code.run_blocks(&launch, &mut worker, 0..launch.blocks()) };
                finish();
                match result.map_err(|fault| fault.kind) {
                    Ok(()) => End::Done,
                    Err(FaultKind::Stopped | FaultKind::StackOverflow) => End::Stopped,
                    Err(kind) => End::Fault(kind),
                }
            }
        };
        let bytes = |v: &Vec<u128>, len: usize| -> Vec<u8> {
            // SAFETY: the bytes of the vector.
            unsafe { std::slice::from_raw_parts(v.as_ptr().cast::<u8>(), len).to_vec() }
        };
        let mut memory: Vec<Vec<u8>> = buffers.iter().map(|b| bytes(b, BUFFER)).collect();
        for ((g, v), _) in module.globals.iter().zip(&variables).zip(&self.compared).filter(|(_, c)| **c) {
            memory.push(bytes(v, g.size as usize));
        }
        let printed = printed.lock().expect("one thread").clone();
        Outcome { end, memory, printed }
    }

    /// The same bits, but one NaN is as good as another.
    pub fn same(&self, a: &Outcome, b: &Outcome) -> bool {
        // Times and addresses are never the same twice.
        const NEVER_SAME: [&str; 6] = ["clock", "timer", "activemask", "%p", "smid", "nanosleep"];
        if NEVER_SAME.iter().any(|word| self.text.contains(word)) {
            return false;
        }
        a.printed == b.printed && self.first_difference(a, b).is_none()
    }

    fn first_difference(&self, a: &Outcome, b: &Outcome) -> Option<(usize, usize)> {
        for (i, (x, y)) in a.memory.iter().zip(&b.memory).enumerate() {
            if let Some(at) = self.layouts[i].difference(x, y) {
                return Some((i, at));
            }
        }
        None
    }

    pub fn difference(&self, want: &Outcome, got: &Outcome) -> String {
        let Some((i, at)) = self.first_difference(want, got) else {
            return format!(
                "prints {:?} instead of {:?}",
                String::from_utf8_lossy(&got.printed),
                String::from_utf8_lossy(&want.printed)
            );
        };
        let part = |o: &Outcome| format!("{:02x?}", &o.memory[i][at..(at + 8).min(o.memory[i].len())]);
        format!("memory {i} at byte {at}: {} instead of {}\n{}", part(got), part(want), self.text)
    }
}

impl Outcome {
    fn nothing() -> Self {
        Outcome { end: End::Stopped, memory: Vec::new(), printed: Vec::new() }
    }
}

static STOP: AtomicU32 = AtomicU32::new(0);
/// When the run began, in milliseconds; 0 is none.
static STARTED: AtomicU64 = AtomicU64::new(0);

fn now() -> u64 {
    static ORIGIN: OnceLock<Instant> = OnceLock::new();
    ORIGIN.get_or_init(Instant::now).elapsed().as_millis() as u64 + 1
}

/// The flag that ends a run which takes too long, and the thread that sets it.
fn limit() -> &'static AtomicU32 {
    static WATCH: OnceLock<()> = OnceLock::new();
    WATCH.get_or_init(|| {
        std::thread::spawn(|| {
            loop {
                std::thread::sleep(LIMIT / 4);
                let started = STARTED.load(Ordering::SeqCst);
                if started != 0 && now() - started > LIMIT.as_millis() as u64 {
                    STOP.store(1, Ordering::SeqCst);
                }
            }
        });
    });
    &STOP
}

fn start() {
    STOP.store(0, Ordering::SeqCst);
    STARTED.store(now(), Ordering::SeqCst);
}

fn finish() {
    STARTED.store(0, Ordering::SeqCst);
}
