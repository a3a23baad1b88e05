//! A whole program: declarations of all kinds, then cases that use them, then a kernel that runs every case.

use super::records::Style;
use super::scope::{Array, Gen};
use super::ty::{Cat, Ty};

/// Cases of a program, each with its own number in the output.
pub const CASES: usize = 6;
/// 64-bit numbers that each thread is given.
pub const INPUTS: usize = 8;

/// The text of one program, all of it in the namespace `p<seed>`, and its kernel `k<seed>`.
pub fn program(seed: u64) -> String {
    let mut g = Gen::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    g.open(format!("namespace p{seed}"));
    let parts = 7 + g.r.below(6);
    for i in 0..parts {
        match g.r.below(16) {
            0 => g.enumeration(),
            1 | 2 => g.global(),
            3 => g.constexpr_function(),
            4 => g.overloads(),
            5 => g.function_table(),
            6 | 7 => g.record(Style { template: false }),
            8 => g.record(Style { template: true }),
            9 | 10 => g.function_template(),
            11 | 12 => g.idiom(),
            _ if i < 2 => g.record(Style { template: false }),
            _ => g.function(),
        }
    }
    for case in 0..CASES {
        g.isolated(|g| {
            g.open(format!("__device__ u64 case{case}(const u64 *in)"));
            g.line("Sum s;");
            g.sum = "s".into();
            g.arrays.push(Array {
                text: "in".into(),
                ty: Ty::ULLong,
                len: INPUTS,
                mutable: false,
                real: false,
            });
            for i in 0..4 {
                let ty = g.plain_ty();
                let name = format!("x{i}");
                let e = match ty.cat() {
                    Cat::Float => format!("(({})(int)in[{i}]) / 16", ty.name()),
                    _ => format!("({})in[{i}]", ty.name()),
                };
                g.line(format!("{} {name} = {e};", ty.name()));
                g.add_var(name, ty, true, true);
            }
            for _ in 0..6 + g.r.below(6) {
                g.statement();
            }
            // Whatever is left in scope.
            let left: Vec<String> = g.vars.iter().map(|v| v.text.clone()).collect();
            for v in left {
                g.line(format!("put(s, {v});"));
            }
            let left: Vec<String> = g.objs.iter().map(|o| o.text.clone()).collect();
            for o in left {
                g.line(format!("put(s, {o});"));
            }
            g.put(4);
            g.line("return s.h;");
            g.close("");
        });
    }
    g.close("");
    g.open(format!("extern \"C\" __global__ void k{seed}(const u64 *in, u64 *out)"));
    g.line("int t = blockIdx.x * blockDim.x + threadIdx.x;");
    for case in 0..CASES {
        g.line(format!("out[t * {CASES} + {case}] = p{seed}::case{case}(in + t * {INPUTS});"));
    }
    g.close("");
    g.out
}
