//! What a kernel of these files is: how it is launched, and what it must leave.

use std::fmt::Write;

/// Elements of `a`, and of `o` and `q` each.
pub const IN: usize = 4096;
pub const OUT: usize = 8192;

/// Blocks of any shape, of whole warps, and of whole warps in one dimension up to four.
pub const ANY: &[[u32; 3]] = &[
    [1, 1, 1],
    [2, 1, 1],
    [31, 1, 1],
    [33, 1, 1],
    [96, 1, 1],
    [7, 5, 1],
    [6, 4, 5],
    [333, 1, 1],
    [1, 64, 2],
    [1024, 1, 1],
];
pub const SMALL: &[[u32; 3]] =
    &[[1, 1, 1], [2, 1, 1], [31, 1, 1], [33, 1, 1], [96, 1, 1], [7, 5, 1], [6, 4, 4]];
pub const WHOLE: &[[u32; 3]] =
    &[[32, 1, 1], [64, 1, 1], [8, 4, 1], [16, 2, 3], [3, 32, 1], [160, 1, 1], [256, 2, 1], [1024, 1, 1]];

/// A launch, as a reference sees it: threads have one number over all blocks.
pub struct Env<'a> {
    a: &'a [i32],
    pub n: i32,
    /// Threads of a block, and the block's shape.
    pub t: usize,
    pub dim: [usize; 3],
    /// Blocks.
    pub grid: usize,
}

#[allow(dead_code)]
impl<'a> Env<'a> {
    pub fn new(a: &'a [i32], n: i32, dim: [usize; 3], grid: usize) -> Self {
        Env { a, n, t: dim.iter().product(), dim, grid }
    }

    pub fn a(&self, i: usize) -> i32 {
        self.a[i & (IN - 1)]
    }

    /// The same, as what wraps.
    pub fn u(&self, i: usize) -> u32 {
        self.a(i) as u32
    }

    pub fn all(&self) -> usize {
        self.t * self.grid
    }

    /// Number in its block.
    pub fn linear(&self, g: usize) -> usize {
        g % self.t
    }

    /// First thread of its block.
    pub fn first(&self, g: usize) -> usize {
        g - g % self.t
    }

    pub fn lane(&self, g: usize) -> usize {
        self.linear(g) % 32
    }

    /// First thread of its warp.
    pub fn warp(&self, g: usize) -> usize {
        g - self.lane(g)
    }

    /// The threads of its tile of `n`.
    pub fn tile(&self, g: usize, n: usize) -> std::ops::Range<usize> {
        let first = g - self.linear(g) % n;
        first..(first + n).min(self.first(g) + self.t)
    }

    /// The threads of its warp.
    pub fn lanes(&self, g: usize) -> std::ops::Range<usize> {
        self.tile(g, 32)
    }

    /// Lanes of its warp for which `f` holds, as a mask.
    pub fn ballot(&self, g: usize, f: impl Fn(usize) -> bool) -> u32 {
        self.lanes(g).fold(0, |m, j| m | u32::from(f(j)) << self.lane(j))
    }

    pub fn blocks(&self) -> impl Iterator<Item = std::ops::Range<usize>> {
        let t = self.t;
        (0..self.grid).map(move |b| b * t..(b + 1) * t)
    }
}

/// What a launch writes.
pub struct Mem {
    pub o: Vec<i32>,
    pub q: Vec<i32>,
}

type All = fn(&Env, &mut Mem);

#[derive(Clone, Copy)]
pub enum Reference {
    /// `o` of each thread; `q` stays.
    Each(fn(&Env, usize) -> u32),
    /// `o` and `q` of each thread.
    Two(fn(&Env, usize) -> (u32, u32)),
    All(All),
}

pub struct Kernel {
    pub name: &'static str,
    pub blocks: &'static [[u32; 3]],
    pub shared: u32,
    pub times: usize,
    pub args: &'static str,
    pub reference: Reference,
    /// Brings what is open (who came first) into one form.
    pub settle: Option<All>,
}

pub fn kernel(name: &'static str, blocks: &'static [[u32; 3]], reference: Reference) -> Kernel {
    Kernel { name, blocks, shared: 0, times: 1, args: "o q a n", reference, settle: None }
}

pub fn each(name: &'static str, blocks: &'static [[u32; 3]], f: fn(&Env, usize) -> u32) -> Kernel {
    kernel(name, blocks, Reference::Each(f))
}

pub fn two(name: &'static str, blocks: &'static [[u32; 3]], f: fn(&Env, usize) -> (u32, u32)) -> Kernel {
    kernel(name, blocks, Reference::Two(f))
}

pub fn all(name: &'static str, blocks: &'static [[u32; 3]], f: All) -> Kernel {
    kernel(name, blocks, Reference::All(f))
}

impl Kernel {
    pub fn shared(mut self, bytes: u32) -> Self {
        self.shared = bytes;
        self
    }

    pub fn times(mut self, times: usize) -> Self {
        self.times = times;
        self
    }

    pub fn args(mut self, args: &'static str) -> Self {
        self.args = args;
        self
    }

    pub fn settle(mut self, f: All) -> Self {
        self.settle = Some(f);
        self
    }
}

/// `o+4`: the buffer's letter and a byte in it, which `T` and `B` multiply with the threads of all blocks or of one.
pub fn split_argument(text: &str, block: [u32; 3], blocks: u32) -> (&str, usize) {
    let (name, offset) = text.split_once('+').unwrap_or((text, "0"));
    let threads = block.iter().product::<u32>();
    let (digits, each) = match offset.as_bytes().last() {
        Some(b'T') => (&offset[..offset.len() - 1], threads * blocks),
        Some(b'B') => (&offset[..offset.len() - 1], threads),
        _ => (offset, 1),
    };
    (name, digits.parse::<usize>().expect("a number") * each as usize)
}

/// The kernels as lines `//@ run name grid= block=` with their arguments, three shapes each.
pub fn runs(kernels: &[Kernel]) -> String {
    let mut out = String::new();
    for k in kernels {
        for i in [0, k.blocks.len() / 2, k.blocks.len() - 1] {
            let [x, y, z] = k.blocks[i];
            let blocks = if x * y * z > 300 { 2 } else { 3 };
            let open = if k.settle.is_some() { " skip=0,1" } else { "" };
            writeln!(
                out,
                "//@ run {} grid={blocks} block={x},{y},{z} shared={} times={}{open}",
                k.name, k.shared, k.times
            )
            .expect("a string");
            let mut seen: Vec<&str> = Vec::new();
            for arg in k.args.split(' ') {
                let (name, offset) = split_argument(arg, k.blocks[i], blocks);
                let line = match (name, seen.iter().position(|s| *s == name)) {
                    ("n", _) => "i32 100".to_owned(),
                    (_, Some(at)) => format!("same {at} {offset}"),
                    ("o", _) => format!("i32[{OUT}] const 0x5a5a5a5a"),
                    ("q", _) => format!("i32[{OUT}]"),
                    _ => format!("i32[{IN}] rand -1000 1000"),
                };
                seen.push(name);
                writeln!(out, "//@ {line}").expect("a string");
            }
        }
    }
    out
}
