//! What a tree computes, thread by thread: all threads of a block walk through it together, each statement for those that
//! are there. Slow and plain; shares nothing with the compiler.

use crate::tree::*;

/// Memory of a launch.
pub struct Mem {
    /// `OWN` words of each thread.
    pub p: Vec<u32>,
    pub q: Vec<u32>,
    pub kept: Vec<u32>,
    pub g: Vec<f32>,
}

/// Which threads are there.
type Here = Vec<bool>;

struct Block<'a> {
    tree: &'a Tree,
    a: &'a [u32],
    b: &'a [f32],
    mem: &'a mut Mem,
    number: usize,
    size: usize,
    x: Vec<[u32; VARS]>,
    f: Vec<[f32; FLOATS]>,
    floats: Vec<f32>,
    counts: Vec<Vec<u32>>,
    some: Vec<[u32; 8]>,
    few: Vec<[u8; 8]>,
    left: Here,
    broken: Here,
    words: Vec<u32>,
    warps: Vec<u32>,
    shorts: Vec<u16>,
    bytes: Vec<u8>,
    wide: Vec<u64>,
    bins: [u32; 16],
    /// Number of slots taken, their sum, and that of the locked additions.
    taken: u32,
    slots: u32,
    locked: u32,
    told: u32,
}

pub fn run(tree: &Tree, a: &[u32], b: &[f32], mem: &mut Mem) {
    let size = tree.block.iter().product::<u32>() as usize;
    for number in 0..tree.grid as usize {
        let thread = |t: usize| number * size + t;
        let mut block = Block {
            tree,
            a,
            b,
            mem,
            number,
            size,
            x: (0..size).map(|t| std::array::from_fn(|v| a[(thread(t) * (v + 1) + v) & 255])).collect(),
            f: (0..size).map(|t| [b[thread(t)], b[thread(t) + 100], 0.5]).collect(),
            floats: vec![0.0; size],
            counts: vec![vec![0; size]; 100],
            some: (0..size).map(|t| std::array::from_fn(|k| a[(thread(t) + k) & 255])).collect(),
            few: vec![std::array::from_fn(|k| k as u8); size],
            left: vec![false; size],
            broken: vec![false; size],
            words: (0..size as u32).map(|t| t * 3).collect(),
            warps: vec![5; size],
            shorts: (0..size).map(|t| t as u16).collect(),
            bytes: (0..size).map(|t| t as u8).collect(),
            wide: (0..size as u64).collect(),
            bins: std::array::from_fn(|k| if k < 12 { 0 } else { u32::MAX }),
            taken: 0,
            slots: 0,
            locked: 0,
            told: 1,
        };
        let mut here = vec![true; size];
        block.all(&tree.body, &mut here);
        for t in 0..size {
            if !block.left[t] {
                block.finish(t);
            }
        }
    }
}

impl Block<'_> {
    fn thread(&self, t: usize) -> usize {
        self.number * self.size + t
    }

    fn finish(&mut self, t: usize) {
        let x = self.x[t];
        let at = self.thread(t);
        self.mem.q[at] = (1..VARS).fold(x[0], |s, v| s.wrapping_add(x[v].wrapping_mul(2 * v as u32 + 1)));
    }

    fn eval(&self, e: &E, t: usize) -> u32 {
        match e {
            E::Var(v) => self.x[t][*v],
            E::Count(k) => self.counts[*k][t],
            E::Linear => t as u32,
            E::Global => self.thread(t) as u32,
            E::Lane => t as u32 & 31,
            E::Length => self.tree.n,
            E::Number(c) => *c,
            E::Input(e) => self.a[self.eval(e, t) as usize & 255],
            E::If(c, a, b) => self.eval(if self.eval(c, t) != 0 { a } else { b }, t),
            E::Un(op, a) => {
                let a = self.eval(a, t);
                match op {
                    Un::Byte => a & 0xff,
                    Un::SignedByte => a as i8 as u32,
                    Un::Short => a as i16 as u32,
                    Un::Not => !a,
                    Un::Count => a.count_ones(),
                    Un::Zeros => a.leading_zeros(),
                    Un::First => {
                        if a == 0 {
                            0
                        } else {
                            a.trailing_zeros() + 1
                        }
                    }
                }
            }
            E::Bin(op, a, b) => {
                let (a, b) = (self.eval(a, t), self.eval(b, t));
                match op {
                    Bin::Add => a.wrapping_add(b),
                    Bin::Sub => a.wrapping_sub(b),
                    Bin::Mul => a.wrapping_mul(b),
                    Bin::And => a & b,
                    Bin::Or => a | b,
                    Bin::Xor => a ^ b,
                    Bin::Shl => a << (b & 31),
                    Bin::Shr => a >> (b & 31),
                    Bin::Sar => (a as i32 >> (b & 31)) as u32,
                    Bin::Less => u32::from(a < b),
                    Bin::LessSigned => u32::from((a as i32) < b as i32),
                    Bin::Equal => u32::from(a & 7 == b & 7),
                    Bin::Min => a.min(b),
                    Bin::MaxSigned => (a as i32).max(b as i32) as u32,
                    Bin::High => (u64::from(a) * u64::from(b) >> 32) as u32,
                    Bin::Wide => (i64::from(a as i32) * i64::from(b as i32) >> 11) as u32,
                    Bin::Div => (a & 0xffff) / ((b & 15) + 1),
                    Bin::Rem => (a & 0xffff) % ((b & 15) + 1),
                }
            }
        }
    }

    fn in_row(&self, row: u32, t: usize) -> usize {
        row as usize * self.size * self.tree.grid as usize + self.thread(t)
    }

    fn float(&self, op: &Float, t: usize) -> f32 {
        let f = &self.f[t];
        match op {
            Float::Sum(a, b) => f[*a] * 0.5 + f[*b] * 0.5,
            Float::Difference(a, b) => f[*a] * 0.5 - f[*b] * 0.5,
            Float::Least(a, b) => f[*a].min(f[*b] + 1.0),
            Float::Most(a, b) if f[*a] > f[*b] => f[*a] - 3.0,
            Float::Most(_, b) => f[*b],
            Float::Root(a) => f[*a].abs().sqrt(),
            Float::Number(e) => (self.eval(e, t) & 1023) as f32 * 0.125,
            Float::Input(c) => self.b[self.thread(t) + *c as usize],
            Float::Stepped(k, c) => self.b[t * *k as usize + *c as usize],
            Float::Either(e, a, _) if self.eval(e, t) & 1 != 0 => f[*a],
            Float::Either(_, _, b) => f[*b] * 0.5,
        }
    }

    /// The values of all that are there; of the others 0.
    fn values(&self, e: &E, here: &Here) -> Vec<u32> {
        (0..self.size).map(|t| if here[t] { self.eval(e, t) } else { 0 }).collect()
    }

    fn set(&mut self, v: usize, here: &Here, values: &[u32]) {
        for t in 0..self.size {
            if here[t] {
                self.x[t][v] = values[t];
            }
        }
    }

    /// Those of `here` for which `f` holds.
    fn those(&self, here: &Here, f: impl Fn(usize) -> bool) -> Here {
        (0..self.size).map(|t| here[t] && f(t)).collect()
    }

    /// Statements for those that are there; who breaks, continues or returns is taken out of `here`.
    fn all(&mut self, list: &[S], here: &mut Here) {
        for s in list {
            if !here.contains(&true) {
                return;
            }
            self.one(s, here);
        }
    }

    /// Both ways of a condition; `here` becomes those that are still there after it.
    fn ways(&mut self, yes: &[S], no: &[S], go: &Here, here: &mut Here) {
        let (mut a, mut b) = (go.clone(), self.those(here, |t| !go[t]));
        self.all(yes, &mut a);
        self.all(no, &mut b);
        *here = (0..self.size).map(|t| a[t] || b[t]).collect();
    }

    fn one(&mut self, s: &S, here: &mut Here) {
        let size = self.size;
        match s {
            S::Set(v, e) => {
                let values = self.values(e, here);
                self.set(*v, here, &values);
            }
            S::If(c, yes, no) => {
                let go = self.those(here, |t| self.eval(c, t) & 1 != 0);
                self.ways(yes, no, &go, here);
            }
            S::For(k, kind, body) => self.repeat(*k, kind, body, here),
            S::Break(e) => {
                for t in 0..size {
                    if here[t] && self.eval(e, t) & 1 != 0 {
                        (here[t], self.broken[t]) = (false, true);
                    }
                }
            }
            S::Continue(e) => *here = self.those(here, |t| self.eval(e, t) & 1 == 0),
            S::LocalSet(at, e, byte) => {
                for t in 0..size {
                    if here[t] {
                        let (k, v) = (self.eval(at, t) as usize & 7, self.eval(e, t));
                        if *byte { self.few[t][k] = v as u8 } else { self.some[t][k] = v }
                    }
                }
            }
            S::LocalGet(v, at, byte) => {
                for t in 0..size {
                    if here[t] {
                        let k = self.eval(at, t) as usize & 7;
                        self.x[t][*v] = if *byte { self.few[t][k] as i8 as u32 } else { self.some[t][k] };
                    }
                }
            }
            S::OwnSet(own, at, e) => {
                for t in 0..size {
                    if here[t] {
                        self.own_set(*own, t, self.eval(at, t), self.eval(e, t));
                    }
                }
            }
            S::OwnGet(v, own, at) => {
                for t in 0..size {
                    if here[t] {
                        self.x[t][*v] = self.own_get(*own, t, self.eval(at, t));
                    }
                }
            }
            S::OwnAtomic(v, op, at, e) => {
                for t in 0..size {
                    if here[t] {
                        let (k, e) = ((self.eval(at, t) & 7) as usize, self.eval(e, t));
                        let at = self.thread(t) * OWN + k;
                        let old = self.mem.p[at];
                        self.mem.p[at] = match op {
                            Atomic::Add => old.wrapping_add(e),
                            Atomic::Exchange => e,
                            Atomic::Swap if old == e & 3 => e,
                            Atomic::Swap => old,
                            Atomic::Inc if old >= e => 0,
                            Atomic::Inc => old + 1,
                            Atomic::MaxSigned => (old as i32).max(e as i32) as u32,
                        };
                        self.x[t][*v] = old;
                    }
                }
            }
            S::Device(v, e) => {
                for t in 0..size {
                    if here[t] {
                        let (at, e) = (self.thread(t), self.eval(e, t));
                        self.mem.kept[at] = self.mem.kept[at].wrapping_mul(3).wrapping_add(e);
                        self.x[t][*v] = self.mem.kept[at];
                    }
                }
            }
            S::Bin(kind, at, e) => {
                for t in 0..size {
                    if here[t] {
                        let (k, e) = (kind * 4 + (self.eval(at, t) & 3), self.eval(e, t));
                        let bin = &mut self.bins[k as usize];
                        *bin = match kind {
                            0 => bin.wrapping_add(e),
                            1 => (*bin).max(e),
                            2 => *bin ^ e,
                            _ => (*bin).min(e),
                        };
                    }
                }
            }
            S::Slot(e) => {
                for v in (0..size).filter(|t| here[*t]).map(|t| self.eval(e, t)).collect::<Vec<_>>() {
                    self.taken += 1;
                    self.slots = self.slots.wrapping_add(v);
                }
            }
            S::Lock(e) => {
                for v in (0..size).filter(|t| here[*t]).map(|t| self.eval(e, t)).collect::<Vec<_>>() {
                    self.locked = self.locked.wrapping_add(v);
                }
            }
            S::Part(_, tile, c, yes, no) => {
                let c = self.values(c, here);
                let go = self.those(here, |t| c[tile.map_or(t, |h| t - t % h)] & 1 != 0);
                self.ways(yes, no, &go, here);
            }
            S::Leave(_, k, e, body) => {
                let trips = self.values(e, here);
                let mut inside = here.clone();
                for round in 0.. {
                    inside = self.those(&inside, |t| round < trips[t] & 3);
                    if !inside.contains(&true) {
                        break;
                    }
                    self.counts[*k] = vec![round; size];
                    let mut now = inside.clone();
                    self.all(body, &mut now);
                }
            }
            S::Skip(_, e) => *here = self.those(here, |t| self.eval(e, t) & 1 == 0),
            S::Warp(v, op, a, b) => {
                let (x, y) = (self.values(a, here), self.values(b, here));
                let mut out = vec![0; size];
                for first in (0..size).step_by(32) {
                    let lanes: Vec<usize> = (first..(first + 32).min(size)).filter(|t| here[*t]).collect();
                    for &t in &lanes {
                        out[t] = warp(op, &x, y[t], t, first, &lanes);
                    }
                    if let Warp::Memory(_) = op {
                        lanes.iter().for_each(|&t| self.warps[t] = x[t]);
                    }
                }
                self.set(*v, here, &out);
            }
            S::Tile(v, n, op, e) => {
                let x = self.values(e, here);
                let out: Vec<u32> =
                    (0..size).map(|t| if here[t] { tile(*op, &x, t, *n) } else { 0 }).collect();
                self.set(*v, here, &out);
            }
            S::Call(v, a, b) => {
                let (x, y) = (self.values(a, here), self.values(b, here));
                let mut out = vec![0; size];
                for first in (0..size).step_by(32) {
                    let lanes: Vec<usize> = (first..(first + 32).min(size)).filter(|t| here[*t]).collect();
                    let sum = lanes.iter().fold(0u32, |s, &t| s.wrapping_add(x[t]));
                    let odd = lanes.iter().find(|t| y[**t] & 1 == 1).map_or(0, |t| x[*t]);
                    let most = lanes.iter().filter(|t| y[**t] & 1 == 0).map(|t| y[*t]).max().unwrap_or(0);
                    let s = |t: usize| if y[t] & 1 == 1 { sum.wrapping_add(odd) } else { sum ^ most };
                    let two = lanes.iter().filter(|t| s(**t) & 2 != 0).count() as u32;
                    lanes.iter().for_each(|&t| out[t] = s(t).wrapping_add(two));
                }
                self.set(*v, here, &out);
            }
            S::Return(_, tile, c) => {
                let c = self.values(c, here);
                let go = self.those(here, |t| c[tile.map_or(t, |h| t - t % h)] & 7 == 1);
                for t in (0..size).filter(|t| go[*t]) {
                    self.finish(t);
                    (self.left[t], here[t]) = (true, false);
                }
            }
            S::Exchange(v, room, e, only, by, plus) => {
                let x = self.values(e, here);
                let only = only.as_ref().filter(|_| *room != Room::Function);
                for t in 0..size {
                    if here[t] && only.is_none_or(|c| self.eval(c, t) & 1 != 0) {
                        match room {
                            Room::Shorts => self.shorts[t] = x[t] as u16,
                            Room::Bytes => self.bytes[t] = x[t] as u8,
                            Room::Wide => self.wide[t] = u64::from(x[t]).wrapping_mul(0x1_0000_0003),
                            _ => self.words[t] = x[t],
                        }
                    }
                }
                let out: Vec<u32> = (0..size)
                    .map(|t| {
                        let at = t * *by as usize + *plus as usize;
                        let from = at % size;
                        match room {
                            Room::Shorts => self.shorts[from] as i16 as u32,
                            Room::Bytes => u32::from(self.bytes[from]),
                            Room::Wide => (self.wide[from] >> 20) as u32,
                            Room::WordsAsBytes => {
                                let at = at % (size * 4);
                                self.words[at / 4] >> (at % 4 * 8) & 0xff
                            }
                            Room::Either if x[t] & 2 == 0 => self.warps[from],
                            _ => self.words[from],
                        }
                    })
                    .collect();
                self.set(*v, here, &out);
            }
            S::Mix(v) => {
                for x in self.x.iter_mut().zip(&*here).filter(|x| *x.1).map(|x| x.0) {
                    x[0] = x[0].wrapping_mul(31).wrapping_add(x[*v]);
                }
            }
            S::Float(v, op) => {
                for t in 0..size {
                    if here[t] {
                        self.f[t][*v] = self.float(op, t);
                    }
                }
            }
            S::FromFloat(v, f) => {
                for t in 0..size {
                    if here[t] {
                        self.x[t][*v] = (self.f[t][*f] * 64.0) as i32 as u32;
                    }
                }
            }
            S::FloatPut(row, f) => {
                for t in 0..size {
                    if here[t] {
                        let at = self.in_row(*row, t);
                        self.mem.g[at] = self.f[t][*f];
                    }
                }
            }
            S::FloatGet(f, row) => {
                for t in 0..size {
                    if here[t] {
                        self.f[t][*f] = self.mem.g[self.in_row(*row, t)];
                    }
                }
            }
            S::FloatShare(f, d, c) => {
                for t in 0..size {
                    if here[t] {
                        self.floats[t] = self.f[t][*f];
                    }
                }
                for t in 0..size {
                    let other = t + *d as usize;
                    if here[t] && other < size && self.eval(c, t) & 1 != 0 {
                        self.f[t][*f] = self.f[t][*f] * 0.5 + self.floats[other] * 0.5;
                    }
                }
            }
            S::Choose(c, yes, no) => {
                if self.uniform(c, here) {
                    self.all(yes, here);
                } else {
                    self.all(no, here);
                }
            }
            S::Rounds(k, most, c, body) => {
                for round in 0..*most {
                    self.counts[*k] = vec![round; size];
                    if !self.uniform(c, here) {
                        break;
                    }
                    self.all(body, here);
                }
            }
            S::ReadBins(v, at) => {
                for t in 0..size {
                    if here[t] {
                        self.x[t][*v] = self.bins[self.eval(at, t) as usize & 15];
                    }
                }
            }
            S::ReadSlots(v) => {
                let sum = self.slots.wrapping_add(self.taken * 3).wrapping_add(self.locked.wrapping_mul(5));
                self.set(*v, here, &vec![sum; size]);
            }
        }
    }

    fn uniform(&mut self, c: &Uniform, here: &Here) -> bool {
        let holds = |e: &E| (0..self.size).filter(|t| here[*t]).map(|t| self.eval(e, t)).collect::<Vec<_>>();
        match c {
            Uniform::Input(c, bits) => self.a[(self.number + *c as usize) & 255] & bits != 0,
            Uniform::Length(bits) => self.tree.n & bits != 0,
            Uniform::Or(e) => holds(e).iter().any(|v| v & 1 != 0),
            Uniform::And(e) => holds(e).iter().all(|v| v & 7 != 0),
            Uniform::Count(e, most) => holds(e).iter().filter(|v| *v & 1 != 0).count() > *most as usize,
            Uniform::Told(who, e) => {
                let who = *who as usize;
                if who < self.size && here[who] {
                    self.told = self.eval(e, who);
                }
                self.told & 1 != 0
            }
        }
    }

    fn repeat(&mut self, k: usize, kind: &Loop, body: &[S], here: &mut Here) {
        let size = self.size;
        let outer = std::mem::replace(&mut self.broken, vec![false; size]);
        // Each thread's counters, one after another.
        let rounds: Vec<Vec<u32>> = (0..size)
            .map(|t| {
                if !here[t] {
                    return Vec::new();
                }
                match kind {
                    Loop::Ascending(e) => (0..self.eval(e, t) & 7).collect(),
                    Loop::Descending(e) | Loop::Wrapping(e) => (0..self.eval(e, t) & 7).rev().collect(),
                    Loop::Strided(block, step, limit) => {
                        let from = if *block { t } else { self.thread(t) } as u32;
                        (from..*limit).step_by(*step as usize).collect()
                    }
                    Loop::Halving(e) => {
                        let (mut v, mut all) = (self.eval(e, t) & 15, Vec::new());
                        loop {
                            all.push(v);
                            v >>= 1;
                            if v == 0 {
                                return all;
                            }
                        }
                    }
                    Loop::Byte(e, rounds) => {
                        let from = self.eval(e, t);
                        (0..*rounds).map(|r| from.wrapping_add(r * 3) & 0xff).collect()
                    }
                }
            })
            .collect();
        let most = rounds.iter().map(Vec::len).max().unwrap_or(0);
        for round in 0..most {
            let mut now = self.those(here, |t| !self.broken[t] && round < rounds[t].len());
            for t in 0..size {
                if now[t] {
                    self.counts[k][t] = rounds[t][round];
                }
            }
            self.all(body, &mut now);
        }
        self.broken = outer;
    }

    fn own_set(&mut self, own: Own, t: usize, at: u32, e: u32) {
        let base = self.thread(t) * OWN;
        let at = at as usize;
        let p = &mut self.mem.p;
        match own {
            Own::Word | Own::Shifted => p[base + (at & 7)] = e,
            Own::Pair => {
                p[base + (at & 3) * 2] = e;
                p[base + (at & 3) * 2 + 1] = e.wrapping_mul(3);
            }
            Own::Half => put(&mut p[base + (at & 15) / 2], at as u32 & 1, 16, e),
            Own::Byte => put(&mut p[base + (at & 31) / 4], at as u32 & 3, 8, e),
            Own::Long => {
                let w = u64::from(e).wrapping_mul(0x1_0000_0003);
                p[base + (at & 3) * 2] = w as u32;
                p[base + (at & 3) * 2 + 1] = (w >> 32) as u32;
            }
        }
    }

    fn own_get(&self, own: Own, t: usize, at: u32) -> u32 {
        let base = self.thread(t) * OWN;
        let at = at as usize;
        let p = &self.mem.p;
        match own {
            Own::Word | Own::Shifted => p[base + (at & 7)],
            Own::Pair => {
                let k = base + (at & 3) * 2;
                p[k].wrapping_add(p[k + 1].wrapping_mul(5))
            }
            Own::Half => p[base + (at & 15) / 2] >> ((at & 1) * 16) & 0xffff,
            Own::Byte => p[base + (at & 31) / 4] >> ((at & 3) * 8) & 0xff,
            Own::Long => {
                let k = base + (at & 3) * 2;
                ((u64::from(p[k + 1]) << 32 | u64::from(p[k])) >> 20) as u32
            }
        }
    }
}

/// Puts the lowest bits into the part `number` of a word.
fn put(word: &mut u32, number: u32, bits: u32, value: u32) {
    let mask = ((1 << bits) - 1) << (number * bits);
    *word = *word & !mask | value << (number * bits) & mask;
}

fn mask(lanes: &[usize], first: usize, f: impl Fn(usize) -> bool) -> u32 {
    lanes.iter().filter(|t| f(**t)).fold(0, |m, t| m | 1 << (t - first))
}

/// The result of thread `t`; `lanes` are there, `first` begins the warp.
fn warp(op: &Warp, x: &[u32], other: u32, t: usize, first: usize, lanes: &[usize]) -> u32 {
    let lane = (t - first) as u32;
    let here = |from: u32| {
        let from = first + from as usize;
        if lanes.contains(&from) { x[from] } else { 7 }
    };
    let rank = lanes.iter().position(|j| *j == t).expect("it is there");
    let sum = |of: &[usize]| of.iter().fold(0u32, |s, j| s.wrapping_add(x[*j]));
    let among = |f: &dyn Fn(u32) -> bool| {
        lanes.iter().enumerate().fold(0u32, |m, (k, j)| m | u32::from(f(x[*j])) << k)
    };
    match *op {
        Warp::Ballot => mask(lanes, first, |j| x[j] & 1 != 0),
        Warp::Any => u32::from(lanes.iter().any(|j| x[*j] & 2 != 0)),
        Warp::All => u32::from(lanes.iter().all(|j| x[*j] & 6 != 0)),
        Warp::MatchAny => mask(lanes, first, |j| x[j] & 3 == x[t] & 3),
        Warp::MatchAll if lanes.iter().all(|j| x[*j] & 1 == x[t] & 1) => {
            mask(lanes, first, |_| true).wrapping_add(1)
        }
        Warp::MatchAll => 0,
        Warp::Add | Warp::GroupSum => sum(lanes),
        Warp::Min => lanes.iter().map(|j| x[*j]).min().expect("one"),
        Warp::Max => lanes.iter().map(|j| x[*j] as i32).max().expect("one") as u32,
        Warp::Or => lanes.iter().fold(0, |s, j| s | x[*j]),
        Warp::Lowest => x[lanes[0]],
        Warp::Highest => x[*lanes.last().expect("one")],
        Warp::Xor(d, w) => here(if (lane ^ d) / w <= lane / w { lane ^ d } else { lane }),
        Warp::Up(d, w) => here(if lane % w >= d { lane - d } else { lane }),
        Warp::Down(d, w) => here(if lane % w + d < w { lane + d } else { lane }),
        Warp::Index(w) => here(lane / w * w + other % w),
        Warp::Memory(d) => here((lane + d) & 31),
        Warp::GroupRank => rank as u32 * 64 + lanes.len() as u32,
        Warp::GroupFrom(k) => x[lanes[k as usize % lanes.len()]],
        Warp::GroupScan => sum(&lanes[..=rank]),
        Warp::GroupBallot => among(&|v| v & 1 != 0),
    }
}

fn tile(op: Tile, x: &[u32], t: usize, n: usize) -> u32 {
    let (first, rank) = (t - t % n, t % n);
    let x = &x[first..first + n];
    let bits =
        |f: &dyn Fn(u32) -> bool| x.iter().enumerate().fold(0u32, |m, (k, v)| m | u32::from(f(*v)) << k);
    let sum = |of: &[u32]| of.iter().fold(0u32, |s, v| s.wrapping_add(*v));
    match op {
        Tile::Sum => sum(x),
        Tile::Most => x.iter().map(|v| *v as i32).max().expect("one") as u32,
        Tile::From(k) => x[k as usize % n],
        Tile::Xor(k) => x[rank ^ k as usize % n],
        Tile::Up(k) => x[if rank >= k as usize % n { rank - k as usize % n } else { rank }],
        Tile::Down(k) => x[if rank + k as usize % n < n { rank + k as usize % n } else { rank }],
        Tile::Any => u32::from(x.iter().any(|v| v & 4 != 0)),
        Tile::All => u32::from(x.iter().all(|v| v & 12 != 0)),
        Tile::Ballot => bits(&|v| v & 1 != 0),
        Tile::Match => bits(&|v| v & 3 == x[rank] & 3),
        Tile::Scan => sum(&x[..=rank]),
        Tile::ScanBefore => sum(&x[..rank]),
        Tile::Rank => rank as u32 + (t / n) as u32 * 100,
    }
}
