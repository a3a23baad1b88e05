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
