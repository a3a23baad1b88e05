//! Rows of threads that are split and run four at a time: awkward row lengths, bounds, and indices that wrap.

use super::*;
use crate::cudac::compile::{CompileInput, front_end};
use crate::cudac::options::Options;

/// One kernel per text. All take `x`, `y` (64 floats each) and two 64-bit scalars.
const KERNELS: [(&str, &str); 7] = [
    (
        "clipped",
        "unsigned i = (unsigned)base + threadIdx.x; if (i < (unsigned)n) y[i & 63] = x[threadIdx.x & 63] * 2.0f;",
    ),
    (
        "both_ways",
        "int t = threadIdx.x, i = (int)((unsigned)base + threadIdx.x);
         if (i > 5 && i < (int)n) y[t] = x[t] * 3.0f + i; else y[t] = x[t] - 1.0f;",
    ),
    (
        "extended",
        "int i = (int)((unsigned)base + threadIdx.x); long long far = i;
         unsigned u = (unsigned)base + threadIdx.x; unsigned long long high = u;
         y[threadIdx.x] = x[threadIdx.x] + (float)(far >> 20) + (float)(high >> 20);",
    ),
    (
        "counted",
        "float s = 0; for (int k = 0; k < 7; k++) s += x[(threadIdx.x + k) & 63] * (k + 1);
         y[threadIdx.x] = s > 10.0f ? s : -s;",
    ),
    (
        "scanned",
        "__shared__ float sh[2][64]; int t = threadIdx.x, cur = 0; sh[0][t] = x[t]; __syncthreads();
         for (int d = 1; d < (int)n; d <<= 1) {
           sh[1 - cur][t] = t >= d ? sh[cur][t] + sh[cur][t - d] : sh[cur][t]; cur = 1 - cur; __syncthreads();
         }
         y[t] = sh[cur][t];",
    ),
    (
        "many_constants",
        "float v = x[threadIdx.x], p = 0.5f; int b = __float_as_int(v);
         p = p * v + 1.25f; p = p * v - 2.5f; p = p * v + 3.75f; p = p * v - 4.125f; p = p * v + 5.5f;
         p = p * v - 6.25f; p = p * v + 7.5f; p = p * v - 8.75f; b = (b ^ 0x00123400) & 0x7fffff0f;
         for (int k = 0; k < ((int)n & 7); k++) { p = p * 0.75f - 0.375f; b = (b + 0x01010101) | 0x40; }
         y[threadIdx.x] = p > 100.0f ? 100.0f : p + (float)(b & 0xfff);",
    ),
    (
        "kept_for_some",
        "__shared__ float sh[64]; int t = threadIdx.x; float kept = x[t] + 1.5f; sh[t] = kept; __syncthreads();
         if (t < (int)n) kept = kept * 2.0f + sh[0];
         __syncthreads(); y[t] = kept + sh[t];",
    ),
];

/// Bodies of which several groups of four run together. Parameters as above.
const GROUPED: [(&str, &str); 8] = [
    (
        "tile",
        "__shared__ float a[3][16], b[16][64]; int t = threadIdx.x, r = threadIdx.y; float s = 0;
         for (int m = 0; m < 3; m++) {
           if (t == 0) for (int k = 0; k < 16; k++) a[r][k] = x[k + m + r] * 0.5f;
           if (r == 0) for (int k = 0; k < 16; k++) b[k][t] = x[t] + k * m;
           __syncthreads();
           for (int k = 0; k < 16; k++) s += a[r][k] * b[k][t];
           __syncthreads();
         }
         y[t + r * blockDim.x] = s;",
    ),
    (
        "differences",
        "__shared__ float b[9][64]; int t = threadIdx.x; float u = 0, v = 1;
         for (int k = 0; k < 9; k++) b[k][t] = x[t] * (k + 1);
         for (int k = 0; k < 8; k++) { u = b[k][t] - u * 0.5f; v = v * 0.25f - b[k + 1][t]; }
         y[t] = u; y[t] += v;",
    ),
    (
        "two_sums",
        "float s = 0; int c = 0; const float *p = x + threadIdx.x;
         for (int k = 0; k < ((int)n & 31); k++) { s += p[0] * 0.5f; c = c * 3 + (int)threadIdx.x; s = s * 0.75f; }
         y[threadIdx.x] = s + (float)(c & 0xffff);",
    ),
    (
        "three_chains",
        "float a = x[threadIdx.x], b = a + 1, c = a - 1;
         for (int k = 0; k < ((int)n & 15); k++) { float d = a * 0.5f + b; b = c - a; c = b * 0.25f + k; a = d; }
         y[threadIdx.x] = a + b * c;",
    ),
    (
        "numbers",
        "int t = threadIdx.x; int far = t * 100000 + (int)base; float f = (float)(far >> 3);
         y[t] = x[t] > 0.0f ? f + (float)t : f - (float)(t & 5);",
    ),
    (
        "for_all",
        "__shared__ float all[2]; all[0] = 5.25f; float v = x[threadIdx.x] * all[0]; all[1] = 2.5f;
         if (n > 10) v += all[1]; else v -= all[0];
         y[threadIdx.x] = v;",
    ),
    (
        "in_place",
        "__shared__ float sh[128]; int t = threadIdx.x; sh[t] = x[t]; sh[t + 64] = 1.0f; __syncthreads();
         for (int d = 32; d > 0; d >>= 1) { if (t < d) sh[t] += sh[t + d] * 0.5f; __syncthreads(); }
         y[t] = sh[t] + sh[0];",
    ),
    (
        "kept",
        "__shared__ float sh[64]; int t = threadIdx.x; float v = x[t]; int c = __float_as_int(v) >> 3;
         for (int k = 0; k < 3; k++) {
           sh[t] = v; __syncthreads(); v = (c & 64) ? v + sh[0] : v - sh[0]; c += k * 37; __syncthreads();
         }
         y[t] = v + (c & 0xff);",
    ),
];

#[test]
fn groups_that_run_together_agree_with_the_interpreter() {
    for (name, body) in GROUPED {
        let m = module_of(name, body);
        let floats: Vec<u8> = (0..128).flat_map(|i| (i as f32 * 1.5 - 20.0).to_le_bytes()).collect();
        for (width, rows) in [(1, 1), (13, 1), (16, 2), (20, 3), (23, 2), (31, 1), (32, 2), (47, 1), (64, 1)]
        {
            for (base, n) in [(9u64, 5u64), (0x7fff_fff0, 21)] {
                let shape = Shape { grid: [1, 1, 1], block: [width, rows, 1], dyn_shared: 0 };
                let rows = if name == "tile" { rows as usize } else { 1 };
                let shape = if rows == 1 { Shape { block: [width, 1, 1], ..shape } } else { shape };
                let out = differential(&m, shape, &[floats.clone(), vec![0; 512]], &[base, n]);
                let written = width as usize * rows * 4;
                assert!(out[1][..written].iter().any(|b| *b != 0), "{name}: nothing was computed");
            }
        }
    }
}

/// Rows in which an index wraps are decided thread by thread, beside rows that are not.
#[test]
fn rows_in_which_an_index_wraps_agree_with_the_interpreter() {
    let m = module_of(
        "wrapping",
        "__shared__ float s[128]; int w = blockDim.x, t = threadIdx.x + w * threadIdx.y;
         int i = (int)((unsigned)base + threadIdx.x + 7u * threadIdx.y); float scale = 1, sum = 0;
         for (int round = 0; round < 3; round++) {
           s[t] = x[t] * scale; __syncthreads();
           if (i > 5 && i < (int)n) sum += s[(t / w) * w + (threadIdx.x + 1) % w]; else if (threadIdx.y > 0) sum -= s[t] * 0.5f;
           scale = scale * 0.5f + 1.0f; __syncthreads();
         }
         y[t] = sum + (i < (int)base ? 100.0f : 0.0f);",
    );
    let floats: Vec<u8> = (0..128).flat_map(|i| (i as f32 * 1.5 - 20.0).to_le_bytes()).collect();
    for (width, rows) in [(5, 4), (20, 3), (23, 2), (64, 1), (64, 2)] {
        for base in [2u64, 0x7fff_ffe8, 0x7fff_fff9, 0xffff_fff5] {
            for n in [0u64, 17, 0x7fff_fffa] {
                let shape = Shape { grid: [1, 1, 1], block: [width, rows, 1], dyn_shared: 0 };
                let out = differential(&m, shape, &[floats.clone(), vec![0; 512]], &[base, n]);
                assert!(rows == 1 || out[1].iter().any(|b| *b != 0), "nothing was computed");
            }
        }
    }
}

/// A bound that is a constant plus one in one condition, beside the constant itself in another.
#[test]
fn bounds_of_one_constant_agree_with_the_interpreter() {
    let m = module_of(
        "one_constant",
        "int i = (int)((unsigned)base + threadIdx.x); float v = x[threadIdx.x];
         if (i > 5) { v += 10.0f; if (i + 5 < (int)n) v += 100.0f; else v -= 1000.0f; }
         y[threadIdx.x] = v;",
    );
    let floats: Vec<u8> = (0..128).flat_map(|i| (i as f32 * 1.5 - 20.0).to_le_bytes()).collect();
    for n in 0..40u64 {
        let shape = Shape { grid: [1, 1, 1], block: [32, 1, 1], dyn_shared: 0 };
        differential(&m, shape, &[floats.clone(), vec![0; 512]], &[0, n]);
    }
}

/// The bodies above are indeed run so, or the test would be one of something else.
#[test]
fn bodies_run_in_groups_where_that_pays() {
    use crate::cudac::block_ir::split::Plan;
    use crate::cudac::codegen::cranelift::groups_of;
    let most = |name: &str| {
        let body = GROUPED.iter().find(|(n, _)| *n == name).expect("listed").1;
        let m = module_of(name, body);
        let b = prepare(&m, FuncId(0), &CompileOptions::default(), true).expect("prepares");
        let live: Vec<bool> = b.live.iter().map(|s| s.uniform).collect();
        let mut most = 0;
        for r in &b.regions {
            Plan::new(r, &live).for_each_leaf(&mut |l| most = most.max(groups_of(&l.body, &live)));
        }
        most
    };
    let found: Vec<(&str, usize)> = GROUPED.iter().map(|(name, _)| (*name, most(name))).collect();
    let want = [
        ("tile", 4),
        ("differences", 1),
        ("two_sums", 2),
        ("three_chains", 2),
        ("numbers", 2),
        ("for_all", 2),
        ("in_place", 4),
        ("kept", 4),
    ];
    assert_eq!(found, want);
}

pub fn module_of(name: &str, body: &str) -> Module {
    module_with(name, body, &[])
}

pub fn module_with(name: &str, body: &str, options: &[String]) -> Module {
    let options = Options::parse(options);
    let head = "(const float *x, float *y, unsigned long long base, unsigned long long n)";
    let text = format!("extern \"C\" __global__ void {name}{head} {{ {body} }}");
    let input = CompileInput { name: "t.cu", text: &text, kernel: name, options: &options, headers: &[] };
    front_end(&input).unwrap_or_else(|log| panic!("{log}")).module
}

/// Ranges of blocks that begin anywhere in a grid of three dimensions.
#[test]
fn ranges_of_blocks_are_those_of_the_whole_grid() {
    let m = module_of(
        "places",
        "int at = blockIdx.x + gridDim.x * (blockIdx.y + gridDim.y * blockIdx.z);
         y[at] = x[at] + blockIdx.x + 10.0f * blockIdx.y + 100.0f * blockIdx.z;",
    );
    let k = compile(&m, FuncId(0), &CompileOptions::default()).expect("compiles");
    let floats: Vec<u8> = (0..60).flat_map(|i| (i as f32 * 0.5 - 7.0).to_le_bytes()).collect();
    let mut buffers = vec![floats, vec![0; 240]];
    let shape = Shape { grid: [3, 4, 5], block: [1, 1, 1], dyn_shared: 0 };
    let mut want = buffers.clone();
    interpret(&m, shape, &mut want, &[0, 0], 0).expect("runs");
    for step in [1, 2, 3, 7, 12, 13, 60] {
        buffers[1].fill(0);
        let params = params(&mut buffers, &[0, 0]);
        let (stop, mut worker) = (AtomicU32::new(0), Worker::new());
        let launch = Launch {
            grid: shape.grid,
            block: shape.block,
            dyn_shared: 0,
            params: params.as_ptr(),
            globals: &[],
            stop: &stop,
            printf: None,
            ranges: &[],
            stack_budget: 256 << 10,
            seed: 0,
        };
        for start in (0..60).step_by(step) {
            let end = 60.min(start + step as u64);
            // SAFETY: the parameters are those of the kernel, and its buffers have a place for each block.
            unsafe { k.run_blocks(&launch, &mut worker, start..end) }.expect("runs");
        }
        assert_eq!(buffers, want, "{step} blocks at a time");
    }
}

#[test]
fn rows_of_every_length_agree_with_the_interpreter() {
    let options = Options::parse(&[]);
    for (name, body) in KERNELS {
        let head = "(const float *x, float *y, unsigned long long base, unsigned long long n)";
        let text = format!("extern \"C\" __global__ void {name}{head} {{ {body} }}");
        let input = CompileInput { name: "t.cu", text: &text, kernel: name, options: &options, headers: &[] };
        let front = front_end(&input).unwrap_or_else(|log| panic!("{log}"));
        let m = &front.module;
        assert_eq!(m.find_kernel(name), Some(FuncId(0)));
        let floats: Vec<u8> = (0..64).flat_map(|i| (i as f32 * 1.5 - 20.0).to_le_bytes()).collect();
        for threads in [1, 7, 16, 61] {
            for base in [9u64, 0x7fff_fff0, 0xffff_fff5] {
                for n in [0u64, 20, 0x7fff_fffa] {
                    if name == "scanned" && n > 64 {
                        continue;
                    }
                    let shape = Shape { grid: [1, 1, 1], block: [threads, 1, 1], dyn_shared: 0 };
                    let out = differential(m, shape, &[floats.clone(), vec![0; 256]], &[base, n]);
                    if name == "counted" {
                        assert_ne!(out[1][..4], [0; 4]);
                    }
                }
            }
        }
    }
}
