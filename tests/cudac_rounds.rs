//! Random grid-stride loops, which the compiler goes round with all threads of a block together: the interpreter
//! against machine code, all bits. Indices of four types, all spellings of the comparison, blocks of one to three
//! dimensions, lengths around every edge.
//!
//! `VMGPU_ROUNDS_COUNT=n` sets how many kernels, `VMGPU_ROUNDS_SEED=n` where they start.

#[path = "kernels/rng.rs"]
mod rng;
#[path = "cudac_support/run.rs"]
mod run;

use rng::Rng;
use run::{Arg, Shape, compile};
use vmgpu::cudac::block_ir::PointKind;
use vmgpu::cudac::codegen::{CompileOptions, prepare};

/// Elements of every buffer; indices stay below.
const ROOM: usize = 4096;

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(default)
}

fn pick<'a>(r: &mut Rng, of: &[&'a str]) -> &'a str {
    of[r.below(of.len())]
}

fn body(r: &mut Rng, step: &str) -> String {
    let mut out = String::new();
    for _ in 0..1 + r.below(3) {
        out += pick(
            r,
            &[
                "s += a[i]; ",
                "s += a[i] * (float)b[i]; ",
                "o[i] = a[i] * 0.5f + (float)(i & 255); ",
                "if (a[i] > 1.0f) c++; ",
                "c += b[i] ^ (int)i; ",
                "for (int j = 0; j < 3; j++) s = s * 0.5f + a[i] * j; ",
                "for (int j = 0; j < (b[i] & 3); j++) c += j * b[i]; ",
                "atomicAdd(&h[b[i] & 7], 1); ",
                "s = fmaxf(s, a[i]); c = b[i]; ",
                "if (b[i] & 1) { o[i] = a[i]; c += 3; } else c ^= b[i]; ",
                "if (b[i] & 4) continue; s -= a[i]; ",
                "q[i] = b[i] * 3 + (int)i; ",
            ],
        );
    }
    if r.below(4) == 0 && out.contains("a[i]") {
        out = out.replace("a[i]", "*p") + &format!("p += {step}; ");
        out = out.replace("continue;", "{ p += STEP; continue; }").replace("STEP", step);
    }
    out
}

fn one_loop(r: &mut Rng) -> String {
    let ty = pick(r, &["unsigned", "int", "unsigned long long", "long long"]);
    let start = pick(
        r,
        &[
            "blockIdx.x * blockDim.x + threadIdx.x",
            "threadIdx.x",
            "threadIdx.x + threadIdx.y * blockDim.x",
            "blockIdx.x * 32 + threadIdx.x + 5",
            "(blockIdx.x * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x",
        ],
    );
    let step = pick(
        r,
        &["gridDim.x * blockDim.x", "blockDim.x", "32", "64", "blockDim.x * blockDim.y", "gridDim.x * 48"],
    );
    let test = pick(r, &["i < n", "n > i", "i <= n - 1", "!(i >= n)", "n - 1 >= i", "i < m"]);
    let test = if ty.starts_with("unsigned") { test.replace("n - 1", "m") } else { test.to_owned() };
    let b = body(r, step);
    let cast = format!("{ty} n = ({ty})length, m = n / 2 + 1; ");
    let walk = if b.contains("*p") { format!("const float *p = a + ({start}); ") } else { String::new() };
    let plain = format!("{{ {cast}{walk}for ({ty} i = {start}; {test}; i += {step}) {{ {b}}} }}\n");
    match r.below(8) {
        0 => format!("if (length > 40) {plain}"),
        1 => format!("for (int round = 0; round < 2; round++) {{ {plain} __syncthreads(); }}\n"),
        2 => format!("if (threadIdx.x & 1) {plain}"),
        _ => plain,
    }
}

fn generate(seed: u64) -> String {
    let mut r = Rng::new(seed);
    let mut loops = one_loop(&mut r);
    if r.below(3) == 0 {
        // Places of its own: nothing orders the two loops.
        loops += &one_loop(&mut r).replace("o[i]", "o[i + 4096]").replace("q[i]", "q[i + 4096]");
    }
    let early = if r.below(8) == 0 { "if (me > 40) return;\n" } else { "" };
    let tail = match r.below(3) {
        0 => "part[me] = s; count[me] = c;",
        1 => {
            "sh[t] = s; __syncthreads();
             part[me] = s + sh[(t + 1) % (blockDim.x * blockDim.y * blockDim.z)]; count[me] = c;"
        }
        _ => "part[me] = s + __shfl_xor_sync(__activemask(), s, 1); count[me] = c;",
    };
    // A barrier or shuffle behind an early return is no valid program.
    let tail = if early.is_empty() { tail } else { "part[me] = s; count[me] = c;" };
    let loops = if early.is_empty() { loops } else { loops.replace("__syncthreads();", "") };
    format!(
        "__global__ void kernel(const float *a, const int *b, float *o, int *q, int *h, float *part, int *count, int length) {{
  __shared__ float sh[1024];
  int t = (threadIdx.z * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
  int me = blockIdx.x * blockDim.x * blockDim.y * blockDim.z + t;
  float s = 0.25f; int c = 1;
  sh[t] = 0; {early}
  {loops}
  {tail}
}}\n"
    )
}

/// Whether the loops go round together.
fn together(text: &str) -> Result<bool, String> {
    let compiled = compile(text, "rounds.cu", "kernel", &["-fmad=false".to_owned()])?;
    let block = prepare(&compiled.module, compiled.kernel, &CompileOptions::default(), true)
        .map_err(|e| e.to_string())?;
    Ok(block.points.iter().any(|p| matches!(p.kind, PointKind::Largest { .. })))
}

fn one(seed: u64) -> Result<bool, String> {
    let text = generate(seed);
    let compiled = compile(&text, "rounds.cu", "kernel", &["-fmad=false".to_owned()])?;
    let mut r = Rng::new(seed ^ 0xabcd);
    let a: Vec<f32> = r.vec(ROOM, |r| r.f32(-3.0, 3.0));
    let b: Vec<i32> = r.vec(ROOM, |r| r.int(-9, 99) as i32);
    let bytes = |v: &[i32]| -> Vec<u8> { v.iter().flat_map(|x| x.to_ne_bytes()).collect() };
    let a: Vec<u8> = a.iter().flat_map(|x| x.to_ne_bytes()).collect();
    let zero = |n| vec![0u8; n * 4];
    let buffers = [a, bytes(&b), zero(2 * ROOM), zero(2 * ROOM), zero(8), zero(ROOM), zero(ROOM)];
    let blocks =
        [[1, 1, 1], [3, 1, 1], [32, 1, 1], [33, 1, 1], [64, 1, 1], [16, 4, 1], [5, 3, 2], [128, 1, 1]];
    let lengths = [0, 1, 2, 31, 32, 33, 64, 100, 127, 129, 255, 512, 777, 1023, 1024, 2047, 3000];
    for _ in 0..3 {
        let block = blocks[r.below(blocks.len())];
        let shape = Shape { grid: [1 + r.below(3) as u32, 1, 1], block, shared: 0 };
        let length = lengths[r.below(lengths.len())];
        let mut args: Vec<Arg> = (0..7).map(Arg::Buffer).collect();
        args.push(Arg::Value(i32::to_ne_bytes(length).to_vec()));
        let want = run::interpret(&compiled, shape, &args, &buffers, 0)?;
        if let Some(fault) = want.fault {
            return Err(format!("the interpreter faults: {fault:?}"));
        }
        for optimize in [true, false] {
            let got = run::generated(&compiled, shape, &args, &buffers, optimize)?;
            if got.fault.is_some() {
                return Err(format!("generated code faults: {:?}", got.fault));
            }
            for (i, (g, w)) in got.buffers.iter().zip(&want.buffers).enumerate() {
                if let Some(at) = g.iter().zip(w).position(|(x, y)| x != y) {
                    return Err(format!(
                        "optimize {optimize}, {shape:?}, length {length}: buffer {i} differs at element {}",
                        at / 4
                    ));
                }
            }
        }
    }
    together(&text)
}

#[test]
fn grid_stride_loops_agree() {
    let (first, count) = (number("VMGPU_ROUNDS_SEED", 1), number("VMGPU_ROUNDS_COUNT", 60));
    let mut shaped = 0;
    for seed in first..first + count {
        match one(seed) {
            Ok(yes) => shaped += yes as u64,
            Err(e) => panic!("VMGPU_ROUNDS_SEED={seed} VMGPU_ROUNDS_COUNT=1: {e}\n{}", generate(seed)),
        }
    }
    eprintln!("{shaped} of {count} kernels go round together");
    assert!(count < 50 || shaped * 5 > count, "only {shaped} of {count} loops go round together");
}
