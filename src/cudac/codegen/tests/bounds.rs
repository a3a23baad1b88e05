//! Random conditions that divide rows: many bounds made of few constants, in blocks of two and three dimensions, with
//! indices that wrap and reads through indices of all integer types. The interpreter against compiled code.

use super::generate::Rng;
use super::wide::module_with;
use super::*;

const KERNELS: u64 = 16;

/// A condition that compares an index with a bound.
fn condition(rng: &mut Rng) -> String {
    let index = rng.pick(&[
        "i",
        "j",
        "u",
        "(i + 5)",
        "(j - 5)",
        "(u + 5u)",
        "t",
        "(5 + t)",
        "(i - 9)",
        "(int)(u - 9u)",
    ]);
    let cc = rng.pick(&["<", "<=", ">", ">=", "<", ">", "==", "!="]);
    let bound =
        rng.pick(&["5", "9", "k", "m", "k + 5", "m - 9", "k - 5", "ty * 5", "ty + 9", "tz * 9", "k * ty"]);
    match rng.below(4) {
        0 => format!("{bound} {cc} {index}"),
        _ => format!("{index} {cc} {bound}"),
    }
}

fn statements(rng: &mut Rng, out: &mut String, depth: usize) {
    for k in 0..2 {
        let c = condition(rng);
        let c = match rng.below(4) {
            0 => format!("{c} && {}", condition(rng)),
            1 => format!("{c} || {}", condition(rng)),
            _ => c,
        };
        let weight = rng.below(1000);
        out.push_str(&format!("if ({c}) {{ s += {weight}.25f;\n"));
        if depth > 0 && (k == 0 || rng.one_in(2)) {
            statements(rng, out, depth - 1);
        }
        out.push_str("} else { p = p * 3 + 1;");
        if depth > 0 && rng.one_in(3) {
            statements(rng, out, depth - 1);
        }
        out.push_str("}\n");
        if rng.one_in(4) {
            out.push_str("s += x[(p & 63) + t];\n");
        }
        if rng.one_in(2) {
            reads(rng, out, 2, false);
        }
        if rng.one_in(6) {
            out.push_str("if (i >= k) return;\n");
        }
    }
}

/// Reads through indices of all kinds of integers, and what a thread keeps of them.
fn reads(rng: &mut Rng, out: &mut String, count: usize, barriers: bool) {
    for _ in 0..count {
        let c = rng.below(60);
        let index = match rng.below(13) {
            0 => format!("t + {c}"),
            1 => "127 - t".to_string(),
            2 => format!("(unsigned char)(t * 3 + {c})"),
            3 => format!("(unsigned short)(u + {c}) & 127"),
            4 => format!("(u + {c}u) & 127"),
            5 => format!("(unsigned)(u - (unsigned)base) + {c}"),
            6 => format!("((long long)(int)(u + {c}u)) & 127"),
            7 => format!("((unsigned long long)u * 3 + {c}) & 127"),
            8 => format!("((long long)(signed char)(t + {c}) + 128)"),
            9 => "(u >> 1) & 127".to_string(),
            10 => format!("({c} * 4 - t * 2) & 255"),
            11 => format!("(unsigned long long)(t - 3 + {c}u) & 255"),
            _ => "at & 127".to_string(),
        };
        let v = rng.pick(&["s", "q", "r"]);
        let w = rng.pick(&["s", "q", "r"]);
        match rng.below(9) {
            0 | 1 => out.push_str(&format!("{v} = {w} * 0.5f + x[{index}];\n")),
            2 => out.push_str(&format!("y[at + 384] = {v}; {w} += y[at + 384] * x[{index}];\n")),
            3 => out.push_str(&format!("d += (double)x[{index}] * 0.5; {v} += (float)d;\n")),
            4 => out.push_str(&format!("l = l * 3 + (long long)x[{index}]; {v} += (float)(l & 1023);\n")),
            5 if barriers => out.push_str(&format!(
                "sh[at] = {v}; __syncthreads(); {w} = {w} * 0.5f + sh[(at + {c}) % count]; __syncthreads();\n"
            )),
            6 => out.push_str(&format!("if (u >= (unsigned)base) {v} += x[(unsigned long long)u - (unsigned)base];\n")),
            7 => out.push_str(&format!(
                "if ((int)u >= (int)(unsigned)base) {v} -= *(x + (long long)(int)u - (long long)(int)(unsigned)base);\n"
            )),
            _ => out.push_str(&format!("for (int e = 0; e < (k & 3); e++) {v} += x[e + ({index})] * {w} * 0.25f;\n")),
        }
    }
}

#[test]
fn random_bounds_of_rows_agree_with_the_interpreter() {
    let floats: Vec<u8> = (0..384).flat_map(|i| ((i * 37 % 101) as f32 * 0.25 - 9.0).to_le_bytes()).collect();
    let mut some = 0;
    for seed in 1..=KERNELS {
        let mut rng = Rng(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x51);
        let mut body = String::from(
            "int t = threadIdx.x, ty = threadIdx.y, tz = threadIdx.z; unsigned u = (unsigned)base + threadIdx.x;
             int at = t + blockDim.x * (ty + blockDim.y * tz);
             int i = (int)u, m = (int)(n >> 32), k = (int)n, j = (int)(u + 7u * threadIdx.y);
             float s = x[at & 127], q = 1.5f, r = s * 0.5f; int p = t; double d = 0; long long l = t;
             __shared__ float sh[256]; int count = blockDim.x * blockDim.y * blockDim.z;\n",
        );
        let parts = rng.below(3);
        for _ in 0..parts {
            reads(&mut rng, &mut body, 3, true);
            let c = condition(&mut rng);
            body.push_str(&format!("if ({c}) {{ s += 3.0f; q = s; }}\n"));
        }
        statements(&mut rng, &mut body, 2);
        body.push_str("y[at] = s + q * 0.5f + r + (float)(p & 0xffff);");
        let m = module_with("random", &body, &["-fmad=false".into()]);
        for _ in 0..6 {
            let block = rng.pick(&[
                [7u32, 1, 1],
                [16, 3, 2],
                [33, 2, 1],
                [5, 4, 3],
                [64, 1, 2],
                [13, 5, 1],
                [1, 9, 2],
            ]);
            let shape = Shape { grid: [1, 1, 1], block, dyn_shared: 0 };
            let base = rng.pick(&[0u64, 3, 0x7fff_fff3, 0xffff_fff5, 0x7fff_ffff, 0xffff_ffff, 0x8000_0000]);
            let bound = |rng: &mut Rng| {
                rng.pick(&[
                    0u64,
                    5,
                    6,
                    9,
                    14,
                    21,
                    0x7fff_fffa,
                    0x7fff_ffff,
                    0x8000_0000,
                    0xffff_fffb,
                    0xffff_ffff,
                ])
            };
            let n = bound(&mut rng) | bound(&mut rng) << 32;
            let out = differential(&m, shape, &[floats.clone(), vec![0; 4096]], &[base, n]);
            some += out[1].iter().any(|b| *b != 0) as u32;
        }
    } // Threads may all return before they write.
    assert!(some > 3 * KERNELS as u32, "nothing was computed");
}
