//! Random bodies that run several groups of four threads together: uniform loops, conditions that divide rows, values
//! kept across barriers, long sums of loads. The interpreter against compiled code, at rows of all lengths.

use std::fmt::Write;

use super::generate::Rng;
use super::wide::module_of;
use super::*;
use crate::cudac::block_ir::split::Plan;
use crate::cudac::codegen::cranelift::groups_of;

const KERNELS: u64 = 40;

/// One statement after another. `barriers` are for where all threads come along.
fn statements(rng: &mut Rng, out: &mut String, count: usize, depth: usize, barriers: bool) {
    for _ in 0..count {
        let (a, b, c) = (rng.pick(&["a", "b", "c"]), rng.pick(&["a", "b", "c"]), rng.pick(&["a", "b", "c"]));
        let (p, q) = (rng.pick(&["p", "q"]), rng.pick(&["p", "q"]));
        let k = rng.below(32);
        let mut put = |text: std::fmt::Arguments| out.write_fmt(text).expect("strings take all");
        match rng.below(16) {
            0 | 1 => put(format_args!("{a} = {b} * 0.5f + {c} * 0.25f;\n")),
            2 => put(format_args!("{a} = {b} - x[t + {k}] * 0.5f;\n")),
            3 => put(format_args!("{a} = {a} * x[{k}] * 0.0625f + {b} * 0.5f;\n")),
            4 => put(format_args!("{p} = {q} * 3 + (int)t * {k};\n")),
            5 => put(format_args!("{p} = ({q} >> 3) ^ {p};\n")),
            6 => put(format_args!("{a} = (float)({p} & 0xff) * 0.125f;\n")),
            7 => put(format_args!("{a} = {p} > {q} ? {b} : {c};\n")),
            8 => put(format_args!("{p} = {a} > {b} ? {q} + 1 : {p};\n")),
            9 => put(format_args!("y[t + 128] = {a};\n{b} = y[t + 128] + 0.5f;\n")),
            10 => {
                let terms = rng.below(14) + 2;
                for i in 0..terms {
                    put(format_args!("{a} += x[{}] * x[t + {}] * 0.015625f;\n", (i * 5) % 32, (k + i) % 32));
                }
            }
            11 if barriers => {
                let turn = rng.below(40);
                put(format_args!(
                    "sh[t] = {a}; __syncthreads();\n{b} = {b} * 0.5f + sh[(t + {turn}) % w]; __syncthreads();\n"
                ));
            }
            12 if depth > 0 => {
                put(format_args!("for (int k{depth} = 0; k{depth} < ((int)n & 7); k{depth}++) {{\n"));
                statements(rng, out, 3, depth - 1, barriers);
                out.push_str("}\n");
            }
            13 if depth > 0 => {
                put(format_args!("for (int k{depth} = 0; k{depth} < {}; k{depth}++) {{\n", k % 5 + 2));
                statements(rng, out, 2, depth - 1, barriers);
                out.push_str("}\n");
            }
            14 if depth > 0 => {
                let how =
                    rng.pick(&["i < (int)n", "t >= 3", "i > 20", "(int)n > 10", "i < (int)n && (int)n > 2"]);
                put(format_args!("if ({how}) {{\n"));
                statements(rng, out, 2, depth - 1, false);
                out.push_str("} else {\n");
                statements(rng, out, 2, depth - 1, false);
                out.push_str("}\n");
            }
            _ => put(format_args!("{a} = x[t + {k}] + {b} * 0.5f;\n")),
        }
    }
}

#[test]
fn random_bodies_in_groups_agree_with_the_interpreter() {
    let floats: Vec<u8> = (0..128).flat_map(|i| ((i * 37 % 101) as f32 * 0.25 - 9.0).to_le_bytes()).collect();
    let mut grouped = 0;
    for seed in 1..=KERNELS {
        let mut rng = Rng(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let mut body = String::from(
            "__shared__ float sh[64]; int w = blockDim.x, t = threadIdx.x;
             int i = (int)((unsigned)base + threadIdx.x);
             float a = x[t], b = 1.5f, c = a * 0.5f; int p = t * 5, q = 77;\n",
        );
        let count = 4 + rng.below(8);
        statements(&mut rng, &mut body, count, 2, true);
        body.push_str("y[t] = a + b * 0.5f; y[t + 64] = c + (float)((p ^ q) & 0xffff);");
        let m = module_of("random", &body);
        for optimize in [false, true] {
            let opts = CompileOptions { optimize, ..CompileOptions::default() };
            let block = prepare(&m, FuncId(0), &opts, true).expect("prepares");
            let live: Vec<bool> = block.live.iter().map(|s| s.uniform).collect();
            let mut most = 0;
            for r in block.regions.iter().filter(|r| r.together) {
                Plan::new(r, &live).for_each_leaf(&mut |l| most = most.max(groups_of(&l.body, &live)));
            }
            grouped += (most > 1) as u64;
        }
        for _ in 0..3 {
            let shape = Shape { grid: [1, 1, 1], block: [rng.below(64) as u32 + 1, 1, 1], dyn_shared: 0 };
            let base = rng.pick(&[0u64, 13, 0x7fff_fff3]);
            let n = rng.below(40) as u64;
            let out = differential(&m, shape, &[floats.clone(), vec![0; 768]], &[base, n]);
            assert!(out[1].iter().any(|b| *b != 0), "nothing was computed");
        }
    }
    // Else this would be a test of something else.
    assert!(grouped > KERNELS / 2, "only {grouped} of {} bodies run in groups", 2 * KERNELS);
}
