//! Random kernels, free of races and of unspecified results, for differential tests.
//!
//! Buffer 0 is input (64-bit words, read anywhere), buffer 1 output (`OUT` words for each thread), buffer 2
//! counters that only take commutative atomics. Statements are structured; barriers may stand in divergent
//! flow, exchange through shared memory only in uniform flow.

mod flow;
mod values;

use super::kernel_params;
use super::kernels::element;
use crate::cudac::thread_ir::*;

use values::interesting;

pub const OUT: usize = 6;
pub const IN_WORDS: i64 = 64;
pub const COUNTERS: i64 = 8;
pub const MAX_THREADS: u64 = 256;

/// xorshift64*
pub struct Rng(pub u64);

impl Rng {
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    pub fn below(&mut self, n: usize) -> usize {
        ((self.next() >> 33) % n as u64) as usize
    }

    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub fn pick<T: Copy>(&mut self, v: &[T]) -> T {
        v[self.below(v.len())]
    }
}

const TYPES: [Ty; 7] = [Ty::I1, Ty::I8, Ty::I16, Ty::I32, Ty::I64, Ty::F32, Ty::F64];

struct Gen {
    b: FunctionBuilder,
    rng: Rng,
    vars: Vec<Variable>,
    slot: SlotId,
    structs: [SlotId; 2],
    shared: GlobalId,
    helper: Option<FuncId>,
    recursive: Option<FuncId>,
    /// All threads of the block come here together, the same number of times.
    uniform: bool,
    /// Nothing may wait here (inside a recursive function).
    no_sync: bool,
    depth: u32,
    budget: u32,
    kernel: bool,
    /// Warp operations so far: which partners they name is no random choice, so that seeds make the programs they made.
    warp_ops: usize,
}

impl Gen {
    fn declare_all(&mut self, start: &mut impl FnMut(&mut Self, Ty) -> Value) {
        for ty in TYPES {
            for _ in 0..2 {
                let v = start(self, ty);
                let var = self.b.declare_var(ty);
                self.b.def_var(var, v);
                self.vars.push(var);
            }
        }
        for s in self.structs {
            let p = self.b.slot_addr(s);
            let (byte, size) = (self.b.iconst(Ty::I8, 0), self.b.iconst(Ty::I64, 24));
            self.b.memset(p, byte, size, 8);
        }
        let base = self.b.slot_addr(self.slot);
        for i in 0..8 {
            let p = self.b.ptr_add_const(base, i * 8);
            let v = self.b.iconst(Ty::I64, 0x0123_4567_89ab_cdef * (i + 1));
            self.b.store(p, v, MemFlags::natural(Ty::I64, Space::Local));
        }
    }
}

fn new_gen(f: Function, rng: Rng, shared: GlobalId, budget: u32) -> Gen {
    let kernel = f.kind == FunctionKind::Kernel;
    let mut b = FunctionBuilder::new(f);
    let slot = b.create_slot(64, 8, "a");
    let structs = [b.create_slot(24, 8, "s"), b.create_slot(24, 8, "t")];
    Gen {
        b,
        rng,
        vars: Vec::new(),
        slot,
        structs,
        shared,
        helper: None,
        recursive: None,
        uniform: kernel,
        no_sync: false,
        depth: 0,
        budget,
        kernel,
        warp_ops: 0,
    }
}

/// A device function `(depth, i32, f64) -> i64`; a recursive one calls itself `depth` deep.
fn device(m: &mut Module, rng: &mut Rng, shared: GlobalId, recursive: bool) -> FuncId {
    let sig = Function::new_device(
        if recursive { "rec" } else { "dev" },
        &[Ty::I32, Ty::I32, Ty::F64],
        Some(Ty::I64),
    );
    let id = m.add_function(sig.clone());
    let mut g = new_gen(sig, Rng(rng.next() | 1), shared, 12);
    g.no_sync = recursive;
    let (depth, a, x) = (g.b.arg(0), g.b.arg(1), g.b.arg(2));
    g.declare_all(&mut |g, ty| match ty {
        Ty::I32 => a,
        Ty::F64 => x,
        _ => {
            let bits = interesting(&mut g.rng, ty);
            g.b.emit(Op::Const(bits), ty)
        }
    });
    g.statements();
    if recursive {
        let one = g.b.iconst(Ty::I32, 1);
        let zero = g.b.iconst(Ty::I32, 0);
        let more = g.b.icmp(ICmp::Sgt, depth, zero);
        let (deeper, stop) = (g.b.create_block(), g.b.create_block());
        g.b.brif(more, deeper, &[], stop, &[]);
        g.b.switch_to_block(deeper);
        let (a, x) = (g.any(Ty::I32), g.any(Ty::F64));
        let less = g.b.binary(BinOp::Sub, depth, one);
        let r = g.b.call(id, &[less, a, x], Some(Ty::I64)).expect("result");
        g.set(r);
        g.statements();
        g.b.jump(stop, &[]);
        g.b.switch_to_block(stop);
    }
    let r = g.any(Ty::I64);
    g.b.ret(Some(r));
    m.funcs[id.index()] = g.b.finish();
    id
}

/// A whole random module; function 0 is the kernel.
pub fn kernel(seed: u64) -> Module {
    sized_kernel(seed, None)
}

/// With a given number of statements.
pub fn sized_kernel(seed: u64, statements: Option<u32>) -> Module {
    let mut rng = Rng(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let mut m = Module::new();
    let shared = m.add_global(Global {
        name: "shared".into(),
        space: GlobalSpace::Shared,
        size: MAX_THREADS * 8,
        align: 8,
        init: Vec::new(),
        relocs: Vec::new(),
    });
    let sig = Function::new_kernel("random", kernel_params(3));
    let id = m.add_function(sig.clone());
    let small = 10 + rng.below(50) as u32;
    let budget = statements.unwrap_or(small);
    let helper = rng.one_in(3).then(|| device(&mut m, &mut rng, shared, false));
    let recursive = rng.one_in(4).then(|| device(&mut m, &mut rng, shared, true));
    let mut g = new_gen(sig, Rng(rng.next() | 1), shared, budget);
    (g.helper, g.recursive) = (helper, recursive);
    g.no_sync = rng.one_in(4);
    g.declare_all(&mut |g, ty| {
        if ty == Ty::I1 {
            let t = g.b.sreg(Sreg::TidX);
            let k = g.b.iconst(Ty::I32, g.rng.below(40) as i64);
            return g.b.icmp(ICmp::Slt, t, k);
        }
        let base = g.b.param_load(Ty::Ptr, 0);
        let t = g.b.sreg(Sreg::TidX);
        let k = g.b.iconst(Ty::I32, IN_WORDS - 1);
        let i = g.b.binary(BinOp::And, t, k);
        let p = element(&mut g.b, base, i, 8);
        g.b.load(ty, p, MemFlags::natural(ty, Space::Global))
    });
    while g.budget > 0 {
        g.statements();
    }
    // Linear thread number over the grid (x only in the grid; y and z in the block).
    let gid = thread_in_grid(&mut g.b);
    let dst = g.b.param_load(Ty::Ptr, 8);
    let words = g.b.iconst(Ty::I32, OUT as i64);
    let first = g.b.binary(BinOp::Mul, gid, words);
    let base = element(&mut g.b, dst, first, 8);
    for (i, ty) in [Ty::I64, Ty::I32, Ty::F64, Ty::F32, Ty::I16, Ty::I1].into_iter().enumerate() {
        let v = g.b.use_var(g.vars[TYPES.iter().position(|&t| t == ty).expect("known") * 2]);
        let v = if ty.is_float() { g.canonical(v) } else { v };
        let p = g.b.ptr_add_const(base, i as i64 * 8);
        g.b.store(p, v, MemFlags::natural(ty, Space::Global));
    }
    g.b.ret(None);
    m.funcs[id.index()] = g.b.finish();
    m
}

/// A kernel of random jumps: irreducible loops, several exits, barriers anywhere. A counter bounds the number of
/// blocks a thread executes.
pub fn tangle(seed: u64) -> Module {
    let rng = Rng(seed.wrapping_mul(0xd134_2543_de82_ef95) | 1);
    let mut m = Module::new();
    let shared = m.add_global(Global {
        name: "shared".into(),
        space: GlobalSpace::Shared,
        size: 8,
        align: 8,
        init: Vec::new(),
        relocs: Vec::new(),
    });
    let mut g = new_gen(Function::new_kernel("tangle", kernel_params(3)), rng, shared, 200);
    g.uniform = false;
    g.declare_all(&mut |g, ty| {
        let bits = interesting(&mut g.rng, ty);
        g.b.emit(Op::Const(bits), ty)
    });
    let fuel = g.b.declare_var(Ty::I32);
    let t = g.b.sreg(Sreg::TidX);
    let start = g.b.iconst(Ty::I32, 12);
    let three = g.b.iconst(Ty::I32, 3);
    let extra = g.b.binary(BinOp::And, t, three);
    let start = g.b.binary(BinOp::Add, start, extra);
    g.b.def_var(fuel, start);
    let first = g.vars[6]; // an i32
    g.b.def_var(first, t);
    let n = 3 + g.rng.below(6);
    let blocks: Vec<Block> = (0..n).map(|_| g.b.create_block()).collect();
    let done = g.b.create_block();
    let c = g.any(Ty::I1);
    g.b.brif(c, blocks[0], &[], blocks[1], &[]);
    for &x in &blocks {
        g.b.switch_to_block(x);
        for _ in 0..g.rng.below(4) {
            if g.rng.one_in(4) { g.local_memory() } else { g.arithmetic() }
        }
        match g.rng.below(4) {
            0 => g.b.barrier(),
            1 => {
                let p = g.any(Ty::I1);
                let v = g.b.barrier_pred(BarrierKind::Count, p);
                g.set(v);
            }
            _ => {}
        }
        let left = g.b.use_var(fuel);
        let one = g.b.iconst(Ty::I32, 1);
        let left = g.b.binary(BinOp::Sub, left, one);
        g.b.def_var(fuel, left);
        let zero = g.b.iconst(Ty::I32, 0);
        let more = g.b.icmp(ICmp::Sgt, left, zero);
        let go = g.b.create_block();
        g.b.brif(more, go, &[], done, &[]);
        g.b.switch_to_block(go);
        let (c, to, or) = (g.any(Ty::I1), g.rng.pick(&blocks), g.rng.pick(&blocks));
        g.b.brif(c, to, &[], or, &[]);
    }
    g.b.switch_to_block(done);
    let gid = thread_in_grid(&mut g.b);
    let dst = g.b.param_load(Ty::Ptr, 8);
    let p = element(&mut g.b, dst, gid, 8);
    let (i, j) = (g.b.use_var(first), g.b.use_var(g.vars[8]));
    let wide = g.b.cast(CastOp::ZExt, i, Ty::I64);
    let sum = g.b.binary(BinOp::Xor, wide, j);
    g.b.store(p, sum, MemFlags::natural(Ty::I64, Space::Global));
    g.b.ret(None);
    m.add_function(g.b.finish());
    m
}

fn thread_in_grid(b: &mut FunctionBuilder) -> Value {
    let [tx, ty, tz] = [Sreg::TidX, Sreg::TidY, Sreg::TidZ].map(|r| b.sreg(r));
    let [nx, ny, nz] = [Sreg::NtidX, Sreg::NtidY, Sreg::NtidZ].map(|r| b.sreg(r));
    let c = b.sreg(Sreg::CtaidX);
    let mut at = b.binary(BinOp::Mul, c, nz);
    for (n, t) in [(None, tz), (Some(ny), ty), (Some(nx), tx)] {
        if let Some(n) = n {
            at = b.binary(BinOp::Mul, at, n);
        }
        at = b.binary(BinOp::Add, at, t);
    }
    at
}
