//! Random kernels of straight float work beside indices of every kind, which is what runs four threads at a time: linear
//! and other integers, signed sums that never overflow, unsigned ones that do, extensions, conditions of the row and of
//! single threads, short loops. The interpreter against machine code, all bits.
//!
//! `VMGPU_LANES_COUNT=n` sets how many kernels, `VMGPU_LANES_SEED=n` where they start.

#![cfg(feature = "cpu")]

#[path = "kernels/rng.rs"]
mod rng;
#[path = "cudac_support/run.rs"]
mod run;

use rng::Rng;
use run::{Arg, Shape, compile};

/// Elements of every buffer.
const ROOM: usize = 4096;

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(default)
}

struct Gen {
    r: Rng,
    /// Inside a loop over `k`.
    in_loop: bool,
}

/// A signed expression and what its magnitude stays below or equal to.
type Signed = (String, i64);

impl Gen {
    fn below(&mut self, n: usize) -> usize {
        self.r.below(n)
    }

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.r.below(of.len())]
    }

    fn int(&mut self, depth: u32) -> Signed {
        let leaf = |g: &mut Self| match g.below(6) {
            0 | 1 => ("i".to_owned(), 4096),
            2 => ("t".to_owned(), 1024),
            3 if g.in_loop => ("k".to_owned(), 16),
            4 => ("m".to_owned(), 64),
            _ => {
                let c = g.r.int(-40, 40);
                (format!("({c})"), 40)
            }
        };
        if depth == 0 {
            return leaf(self);
        }
        let (a, most) = self.int(depth - 1);
        let out = match self.below(10) {
            0..=2 => {
                let (b, other) = self.int(depth - 1);
                let op = self.pick(&["+", "-"]);
                (format!("({a} {op} {b})"), most + other)
            }
            3 => {
                let c = self.r.int(-9, 200);
                (format!("({a} * {c})"), most * 200)
            }
            4 => (format!("(int)({})", self.unsigned(depth - 1)), 1 << 31),
            5 => {
                let (b, other) = self.int(depth - 1);
                let f = self.pick(&["min", "max"]);
                (format!("{f}({a}, {b})"), most.max(other))
            }
            6 => {
                let (b, other) = self.int(depth - 1);
                (format!("({} ? {a} : {b})", self.condition()), most.max(other))
            }
            7 => (format!("({a} >> {})", self.below(9)), most),
            8 => (format!("(int)({} >> 33)", self.long(depth - 1).0), 1 << 31),
            _ => (a, most),
        };
        // Signed sums stay far from the end of their type.
        if out.1 >= 1 << 31 && self.below(4) != 0 || out.1 > 1 << 31 {
            return (format!("({} & 4095)", out.0), 4095);
        }
        out
    }

    /// A signed expression that may be used in a sum.
    fn small(&mut self, depth: u32) -> Signed {
        match self.int(depth) {
            (a, most) if most < 1 << 30 => (a, most),
            (a, _) => (format!("({a} & 1023)"), 1023),
        }
    }

    fn unsigned(&mut self, depth: u32) -> String {
        let leaf = |g: &mut Self| match g.below(5) {
            0 | 1 => "(unsigned)i".to_owned(),
            2 => "threadIdx.x".to_owned(),
            3 => format!("{}u", g.r.u32()),
            _ => g.pick(&["0x7ffffff0u", "0xfffffff1u", "0x80000000u", "7u", "(unsigned)m"]).to_owned(),
        };
        if depth == 0 {
            return leaf(self);
        }
        let (a, b) = (self.unsigned(depth - 1), self.unsigned(depth - 1));
        match self.below(7) {
            0..=2 => format!("({a} + {b})"),
            3 => format!("({a} - {b})"),
            4 => format!("({a} * {})", self.pick(&["3u", "1024u", "65537u", "0x9e3779b1u"])),
            5 => format!("({a} << {})", self.below(25)),
            _ => format!("({a} ^ {b})"),
        }
    }

    fn long(&mut self, depth: u32) -> Signed {
        match self.below(4) {
            0 | 1 => {
                let (a, most) = self.int(depth);
                (format!("(long long)({a})"), most)
            }
            2 => (format!("(long long)({})", self.unsigned(depth)), 1 << 32),
            _ if depth == 0 => ("(long long)i".to_owned(), 4096),
            _ => {
                let ((a, x), (b, y)) = (self.long(depth - 1), self.long(depth - 1));
                match self.below(3) {
                    0 => (format!("({a} + {b})"), x + y),
                    1 => (format!("({a} - {b})"), x + y),
                    _ if x < 1 << 50 => (format!("({a} * {})", 1 + self.below(30)), x * 30),
                    _ => (a, x),
                }
            }
        }
    }

    fn condition(&mut self) -> String {
        match self.below(7) {
            0 => format!("i {} {}", self.pick(&["<", ">=", "<=", ">"]), self.r.int(-2, 60)),
            1 => format!("t {} m", self.pick(&["<", ">", "<=", "!="])),
            2 => format!("{} < {}", self.unsigned(1), self.unsigned(1)),
            3 => "(n & 1)".into(),
            4 => format!("a[i] {} {}", self.pick(&["<", ">", "=="]), self.r.int(-9, 99)),
            5 => "s > b[i]".into(),
            _ => format!("{} == {}", self.int(1).0, self.int(1).0),
        }
    }

    fn index(&mut self) -> String {
        match self.below(4) {
            0 | 1 => format!("i + {}", self.below(9)),
            2 => format!("({}) & 4095", self.int(2).0),
            _ => format!("({}) & 4095u", self.unsigned(2)),
        }
    }

    fn float(&mut self) -> String {
        match self.below(6) {
            0 => format!("b[{}] * 0.5f", self.index()),
            1 => format!("(float)({}) * 0.125f", self.small(2).0),
            2 => format!("fabsf(s - b[{}])", self.index()),
            3 => format!("({} ? s : 1.5f)", self.condition()),
            _ => "s * 0.25f + x".into(),
        }
    }

    fn statement(&mut self, depth: u32) -> String {
        match self.below(12) {
            0 => format!("l[i] = {};\n", self.long(2).0),
            1 => format!("l[i + 4096] = {} - (long long)({});\n", self.long(1).0, self.int(2).0),
            2 => format!("o[i] = {};\n", self.int(3).0),
            3 => format!("o[i + 4096] = (int)({});\n", self.unsigned(3)),
            4 => format!("f[i + 4096] = {};\n", self.float()),
            5 if depth > 0 => {
                let c = self.condition();
                let (yes, no) = (self.block(depth - 1), self.block(depth - 1));
                format!("if ({c}) {{\n{yes}}} else {{\n{no}}}\n")
            }
            6 if depth > 0 && !self.in_loop => {
                self.in_loop = true;
                let body = self.block(depth - 1);
                self.in_loop = false;
                let bound = self.pick(&["4", "m & 7", "12"]);
                format!("for (int k = 0; k < {bound}; k++) {{\n{body}}}\n")
            }
            _ => {
                let add = self.float();
                format!("x = x * 0.5f + s; s = s * 0.5f - {add}; x = (x - s) * 0.75f + 0.5f;\n")
            }
        }
    }

    fn block(&mut self, depth: u32) -> String {
        let n = 1 + self.below(4);
        (0..n).map(|_| self.statement(depth)).collect()
    }
}

fn generate(seed: u64) -> String {
    let mut g = Gen { r: Rng::new(seed), in_loop: false };
    let body: String = (0..3).map(|_| g.block(2)).collect();
    let early = g.pick(&["", "", "if (i >= n) return;\n", "if (t > 40) return;\n"]);
    format!(
        "__global__ void kernel(int *o, float *f, long long *l, const int *a, const float *b, int n) {{
  int t = threadIdx.x, i = blockIdx.x * blockDim.x + threadIdx.x, m = n & 63;
  {early}float s = b[i], x = 1.0f;
  for (int k = 0; k < 8; k++) x = (x * 0.5f + s) * 0.75f - x * 0.25f;
  {body}
  f[i] = s + x;
}}\n"
    )
}

fn one(seed: u64) -> Result<(), String> {
    let text = generate(seed);
    let compiled = compile(&text, "lanes.cu", "kernel", &["-fmad=false".to_owned()])?;
    let mut r = Rng::new(seed ^ 0x1a2b);
    let a: Vec<i32> = r.vec(ROOM, |r| r.int(-9, 99) as i32);
    let b: Vec<f32> = r.vec(ROOM, |r| r.f32(-3.0, 3.0));
    let a: Vec<u8> = a.iter().flat_map(|x| x.to_ne_bytes()).collect();
    let b: Vec<u8> = b.iter().flat_map(|x| x.to_ne_bytes()).collect();
    let room = |size: usize| vec![0xa5u8; 2 * ROOM * size];
    let buffers = [room(4), room(4), room(8), a, b];
    let codes = [run::machine_code(&compiled, false)?, run::machine_code(&compiled, true)?];
    for block in [[33, 1, 1], [96, 1, 1], [1 + r.below(200) as u32, 1, 1]] {
        let shape = Shape { grid: [1 + r.below(3) as u32, 1, 1], block, shared: 0 };
        let n = r.int(0, 200) as i32;
        let mut args: Vec<Arg> = (0..5).map(Arg::Buffer).collect();
        args.push(Arg::Value(n.to_ne_bytes().to_vec()));
        let want = run::interpret(&compiled, shape, &args, &buffers, 0)?;
        if let Some(fault) = want.fault {
            return Err(format!("the interpreter faults: {fault:?}"));
        }
        for (optimize, code) in codes.iter().enumerate() {
            let got = run::launch(&compiled, code, shape, &args, &buffers)?;
            if let Some(fault) = got.fault {
                return Err(format!("generated code faults: {fault:?}"));
            }
            for (i, (g, w)) in got.buffers.iter().zip(&want.buffers).enumerate() {
                let size = if i == 2 { 8 } else { 4 };
                if let Some(at) = g.chunks(size).zip(w.chunks(size)).position(|(x, y)| x != y) {
                    let part = |v: &[u8]| format!("{:02x?}", &v[at * size..][..size]);
                    return Err(format!(
                        "optimize {optimize}, {shape:?}, n={n}: {}[{at}] is {}, interpreted {}",
                        ["o", "f", "l", "a", "b"][i],
                        part(g),
                        part(w)
                    ));
                }
            }
        }
    }
    Ok(())
}

#[test]
fn four_threads_at_a_time_agree_with_one() {
    let (first, count) = (number("VMGPU_LANES_SEED", 1), number("VMGPU_LANES_COUNT", 100));
    for seed in first..first + count {
        if let Err(e) = one(seed) {
            panic!("VMGPU_LANES_SEED={seed} VMGPU_LANES_COUNT=1: {e}\n{}", generate(seed));
        }
    }
}
