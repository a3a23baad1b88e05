//! Random kernels without races: the interpreter of thread IR against generated code, optimised and not, in checked
//! mode and not. The bytes decide each statement and expression, so that the fuzzer can steer.

#![no_main]

use std::sync::atomic::AtomicU32;

use libfuzzer_sys::fuzz_target;
use vmgpu::cudac::codegen::{self, Launch, MemRange, Worker};
use vmgpu::cudac::compile::{CompileInput, front_end};
use vmgpu::cudac::options::Options;
use vmgpu::cudac::thread_ir::FuncId;
use vmgpu::cudac::thread_ir::interp::{self, InterpLaunch};

const THREADS: usize = 48;
const WORDS: usize = 8;

/// Takes decisions off the input; zeros when it is used up.
struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    fn below(&mut self, limit: usize) -> usize {
        let Some((&first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        first as usize % limit
    }
}

/// An `int` expression over a, b, c, d and read-only memory.
fn expression(bytes: &mut Bytes<'_>, depth: u32) -> String {
    if depth == 0 || bytes.0.is_empty() {
        return match bytes.below(7) {
            n @ 0..=3 => ["a", "b", "c", "d"][n].to_string(),
            4 => format!("{}", bytes.below(256) as i32 - 128),
            5 => "(int)threadIdx.x".into(),
            _ => format!("in[{}]", bytes.below(16)),
        };
    }
    let mut part = || expression(bytes, depth - 1);
    let (l, r, s) = (part(), part(), part());
    let operators = ["+", "-", "*", "&", "|", "^", "<<", ">>", "/", "%", "<", "==", "!=", ">=", "&&", "||"];
    match bytes.below(26) {
        n @ 0..=15 => format!("({l} {} {r})", operators[n]),
        16 => format!("({l} ? {r} : {s})"),
        17 => format!("min({l}, {r})"),
        18 => format!("(int)((unsigned){l} / ((unsigned){r} | 1u))"),
        19 => format!("(int)(((long long){l} * {r}) >> 7)"),
        20 => format!("(int)(char)({l} + {r})"),
        21 => format!("__popc({l})"),
        22 => format!("(int)((float){l} * 0.25f)"),
        23 => format!("(int)(short)({l} ^ {r})"),
        24 => format!("f({l}, {r})"),
        _ => format!("__clz({l} | {r})"),
    }
}

/// `uniform`: all threads of the block come here together.
fn statements(bytes: &mut Bytes<'_>, depth: u32, uniform: bool, out: &mut String) {
    for _ in 0..=bytes.below(4) {
        let variable = ["a", "b", "c", "d"][bytes.below(4)];
        let value = expression(bytes, 2);
        match bytes.below(if depth > 0 { 12 } else { 6 }) {
            0..=2 => *out += &format!("{variable} = {value};\n"),
            3 => *out += &format!("{variable} += {value};\n"),
            4 => *out += &format!("out[{}] ^= {value};\n", bytes.below(WORDS)),
            5 => *out += &format!("l[{value} & 7] = {variable}; {variable} ^= l[({variable} + 3) & 7];\n"),
            n @ (6 | 7) => {
                *out += &format!("if ({value}) {{\n");
                statements(bytes, depth - 1, false, out);
                if n == 7 {
                    *out += "} else {\n";
                    statements(bytes, depth - 1, false, out);
                }
                *out += "}\n";
            }
            8 => {
                *out += &format!("for (int i{depth} = 0; i{depth} < ({value} & 7); i{depth}++) {{\n");
                statements(bytes, depth - 1, false, out);
                *out += &format!("if ({variable} == 5) continue; if ({variable} == 6) break; }}\n");
            }
            9 => {
                *out += &format!("for (int i{depth} = 0; i{depth} < {}; i{depth}++) {{\n", bytes.below(4));
                statements(bytes, depth - 1, uniform, out);
                *out += "}\n";
            }
            10 => {
                *out += &format!("switch ({value} & 3) {{ case 0: {variable}++; case 1:\n");
                statements(bytes, depth - 1, false, out);
                *out += "break; default: b ^= 3; }\n";
            }
            _ if uniform => {
                *out += &format!(
                    "s[threadIdx.x] = {value}; __syncthreads(); {variable} ^= s[{THREADS} - 1 - threadIdx.x]; __syncthreads();\n"
                );
            }
            _ => *out += &format!("atomicAdd(counter, {value});\n"),
        }
    }
}

fuzz_target!(|data: &[u8]| {
    let mut bytes = Bytes(data);
    let mut body = String::new();
    statements(&mut bytes, 3, true, &mut body);
    let text = format!(
        "__device__ int f(int a, int b) {{ if (a > b) return a - b; return a * 3 + b; }}\n\
         extern \"C\" __global__ void k(const int *in, int *all, int *counter) {{\n\
         __shared__ int s[{THREADS}]; int l[8]; int *out = all + (blockIdx.x * {THREADS} + threadIdx.x) * {WORDS};\n\
         for (int i = 0; i < 8; i++) l[i] = i * in[i];\n\
         int a = in[0], b = threadIdx.x * 7, c = blockIdx.x, d = in[3] + threadIdx.x;\n\
         {body} out[0] += a; out[1] += b; out[2] += c; out[3] += d; }}\n"
    );
    let options = Options::parse(&[]);
    let input = CompileInput { name: "t.cu", text: &text, kernel: "k", options: &options, headers: &[] };
    let front = front_end(&input).unwrap_or_else(|log| panic!("{log}\n{text}"));
    let kernel = FuncId(front.program.kernel.0);
    let input: Vec<i32> = (0..16).map(|i: i32| i.wrapping_mul(0x1234_5679) >> (i & 15)).collect();
    let (grid, block) = ([2, 1, 1], [THREADS as u32, 1, 1]);
    let fresh = || (vec![0i32; 2 * THREADS * WORDS], vec![0i32; 4]);
    let params = |out: &mut (Vec<i32>, Vec<i32>)| -> Vec<u8> {
        let addresses = [input.as_ptr() as u64, out.0.as_mut_ptr() as u64, out.1.as_mut_ptr() as u64];
        addresses.iter().flat_map(|a| a.to_le_bytes()).collect()
    };
    let globals = vec![std::ptr::null_mut(); front.module.globals.len()];
    let mut want = fresh();
    let bytes = params(&mut want);
    let launch = InterpLaunch {
        grid,
        block,
        dyn_shared: 0,
        params: &bytes,
        globals: &globals,
        step_limit: 20_000_000,
        seed: 0,
        printf: None,
        ranges: None,
    };
    // SAFETY: the kernel stays inside its buffers by the way it is made.
    if unsafe { interp::run(&front.module, kernel, &launch) }.is_err() {
        return;
    }
    for (optimize, checked) in [(false, false), (true, false), (true, true)] {
        let settings = codegen::CompileOptions { optimize, checked, ..Default::default() };
        let compiled =
            codegen::compile(&front.module, kernel, &settings).unwrap_or_else(|e| panic!("{e}\n{text}"));
        let mut got = fresh();
        let bytes = params(&mut got);
        let range =
            |v: &[i32]| MemRange { start: v.as_ptr() as u64, size: v.len() as u64 * 4, writable: true };
        let mut ranges = [range(&input), range(&got.0), range(&got.1)];
        ranges.sort_by_key(|r| r.start);
        let stop = AtomicU32::new(0);
        let launch = Launch {
            grid,
            block,
            dyn_shared: 0,
            params: bytes.as_ptr(),
            globals: &globals,
            stop: &stop,
            printf: None,
            ranges: &ranges,
            stack_budget: 256 << 10,
            seed: 0,
        };
        // SAFETY: as above; the parameters and buffers outlive the run.
        let run = unsafe { compiled.run_blocks(&launch, &mut Worker::new(), 0..launch.blocks()) };
        run.unwrap_or_else(|e| panic!("{e:?}, checked {checked}\n{text}"));
        assert!(got == want, "optimize {optimize}, checked {checked}\n{text}");
    }
});
