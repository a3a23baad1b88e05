//! Random kernels, free of races and of unspecified results, for differential tests.
//!
//! Buffer 0 is input (64-bit words, read anywhere), buffer 1 output (`OUT` words for each thread), buffer 2
//! counters that only take commutative atomics. Statements are structured; barriers may stand in divergent
//! flow, exchange through shared memory only in uniform flow.

use super::kernel_params;
use super::kernels::element;
use crate::cudac::thread_ir::*;

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
}

fn interesting(rng: &mut Rng, ty: Ty) -> u64 {
    let bits = match ty {
        Ty::F32 => {
            let v = [0.0f32, -0.0, 1.0, -1.5, 3e9, -3e9, 1e20, 1e-40, f32::INFINITY, f32::NAN, 0.1, 255.7];
            if rng.one_in(3) { rng.next() as f32 / 1e15 } else { rng.pick(&v) }.to_bits() as u64
        }
        Ty::F64 => {
            let v = [0.0f64, -0.0, 1.0, -2.5, 5e9, -1e19, 1e300, 1e-310, f64::NEG_INFINITY, f64::NAN, 0.1];
            if rng.one_in(3) { rng.next() as f64 / 1e15 } else { rng.pick(&v) }.to_bits()
        }
        _ => match rng.below(4) {
            0 => rng.next(),
            1 => rng.below(70) as u64,
            2 => rng.pick(&[0, 1, u64::MAX, 1 << 63, 1 << 31, 1 << 15, 1 << 7, 0x7fff_ffff, 127, 31, 32, 64]),
            _ => (rng.below(70) as u64).wrapping_neg(),
        },
    };
    bits & ty.mask()
}

impl Gen {
    fn any(&mut self, ty: Ty) -> Value {
        let vars: Vec<Variable> = self.vars.iter().copied().filter(|&v| self.b.var_ty(v) == ty).collect();
        match self.rng.below(8) {
            0 => {
                let bits = interesting(&mut self.rng, ty);
                self.b.emit(Op::Const(bits), ty)
            }
            1 if self.kernel && ty != Ty::I1 => {
                let base = self.b.param_load(Ty::Ptr, 0);
                let i = self.b.iconst(Ty::I32, self.rng.below(IN_WORDS as usize) as i64);
                let p = element(&mut self.b, base, i, 8);
                let flags = MemFlags::natural(ty, Space::Global).with_readonly(self.rng.one_in(2));
                self.b.load(ty, p, flags)
            }
            2 if ty == Ty::I32 => {
                let regs = [
                    Sreg::TidX,
                    Sreg::TidY,
                    Sreg::TidZ,
                    Sreg::CtaidX,
                    Sreg::CtaidY,
                    Sreg::NtidX,
                    Sreg::NtidY,
                    Sreg::NctaidX,
                    Sreg::LaneId,
                    Sreg::WarpId,
                    Sreg::CtaidZ,
                    Sreg::NtidZ,
                ];
                let r = self.rng.pick(&regs);
                self.b.sreg(r)
            }
            _ => {
                let v = self.rng.pick(&vars);
                self.b.use_var(v)
            }
        }
    }

    fn set(&mut self, v: Value) {
        let ty = self.b.ty(v);
        let vars: Vec<Variable> = self.vars.iter().copied().filter(|&v| self.b.var_ty(v) == ty).collect();
        let var = self.rng.pick(&vars);
        self.b.def_var(var, v);
    }

    /// A float whose NaN has known bits.
    fn canonical(&mut self, v: Value) -> Value {
        let ty = self.b.ty(v);
        let nan = if ty == Ty::F32 { self.b.f32const(f32::NAN) } else { self.b.f64const(f64::NAN) };
        let bad = self.b.fcmp(FCmp::Uno, v, v);
        self.b.select(bad, nan, v)
    }

    fn arithmetic(&mut self) {
        let ty = self.rng.pick(&TYPES);
        let (a, b) = (self.any(ty), self.any(ty));
        let v = if ty == Ty::I1 {
            match self.rng.below(5) {
                0 => {
                    let t = self.rng.pick(&[Ty::I8, Ty::I16, Ty::I32, Ty::I64]);
                    let (x, y) = (self.any(t), self.any(t));
                    let ccs = [
                        ICmp::Eq,
                        ICmp::Ne,
                        ICmp::Slt,
                        ICmp::Sle,
                        ICmp::Sgt,
                        ICmp::Sge,
                        ICmp::Ult,
                        ICmp::Ule,
                        ICmp::Ugt,
                        ICmp::Uge,
                    ];
                    let cc = self.rng.pick(&ccs);
                    self.b.icmp(cc, x, y)
                }
                1 => {
                    let t = self.rng.pick(&[Ty::F32, Ty::F64]);
                    let (x, y) = (self.any(t), self.any(t));
                    let ccs =
                        [FCmp::Eq, FCmp::Ne, FCmp::Lt, FCmp::Le, FCmp::Gt, FCmp::Ge, FCmp::Uno, FCmp::Ord];
                    let cc = self.rng.pick(&ccs);
                    self.b.fcmp(cc, x, y)
                }
                2 => self.b.unary(UnOp::Not, a),
                _ => {
                    let op = self.rng.pick(&[BinOp::And, BinOp::Or, BinOp::Xor]);
                    self.b.binary(op, a, b)
                }
            }
        } else if ty.is_float() {
            match self.rng.below(4) {
                0 => {
                    let ops = [
                        UnOp::FNeg,
                        UnOp::FAbs,
                        UnOp::Sqrt,
                        UnOp::Floor,
                        UnOp::Ceil,
                        UnOp::Trunc,
                        UnOp::Rint,
                    ];
                    let op = self.rng.pick(&ops);
                    self.b.unary(op, a)
                }
                1 => {
                    let c = self.any(ty);
                    self.b.fma(a, b, c)
                }
                2 => {
                    let b = self.canonical(b);
                    self.b.binary(BinOp::CopySign, a, b)
                }
                _ => {
                    let ops = [BinOp::FAdd, BinOp::FSub, BinOp::FMul, BinOp::FDiv, BinOp::FMin, BinOp::FMax];
                    let op = self.rng.pick(&ops);
                    self.b.binary(op, a, b)
                }
            }
        } else if self.rng.one_in(5) {
            let ops = [UnOp::Neg, UnOp::Not, UnOp::Clz, UnOp::Ctz, UnOp::Popc, UnOp::Brev, UnOp::Bswap];
            let op = self.rng.pick(&ops);
            self.b.unary(op, a)
        } else {
            let ops = [
                BinOp::Add,
                BinOp::Sub,
                BinOp::Mul,
                BinOp::SDiv,
                BinOp::UDiv,
                BinOp::SRem,
                BinOp::URem,
                BinOp::SMulHi,
                BinOp::UMulHi,
                BinOp::And,
                BinOp::Or,
                BinOp::Xor,
                BinOp::Shl,
                BinOp::LShr,
                BinOp::AShr,
                BinOp::SMin,
                BinOp::SMax,
                BinOp::UMin,
                BinOp::UMax,
            ];
            let op = self.rng.pick(&ops);
            self.b.binary(op, a, b)
        };
        self.set(v);
    }

    fn conversion(&mut self) {
        let (from, to) = (self.rng.pick(&TYPES), self.rng.pick(&TYPES));
        let a = self.any(from);
        let signed = self.rng.one_in(2);
        let op = match (from.is_float(), to.is_float()) {
            (true, true) if from == to => return,
            (true, true) => {
                if to == Ty::F32 {
                    CastOp::FpTrunc
                } else {
                    CastOp::FpExt
                }
            }
            (true, false) if to == Ty::I1 => return,
            (true, false) if from.size() == to.size() && self.rng.one_in(2) => {
                let a = self.canonical(a);
                let v = self.b.cast(CastOp::Bitcast, a, to);
                return self.set(v);
            }
            (true, false) => {
                if signed {
                    CastOp::FpToSI
                } else {
                    CastOp::FpToUI
                }
            }
            (false, true) if from == Ty::I1 => CastOp::UIToFp,
            (false, true) if from.size() == to.size() && self.rng.one_in(3) => CastOp::Bitcast,
            (false, true) => {
                if signed {
                    CastOp::SIToFp
                } else {
                    CastOp::UIToFp
                }
            }
            (false, false) if from.bits() == to.bits() => return,
            (false, false) if from.bits() > to.bits() => CastOp::Trunc,
            _ => {
                if signed {
                    CastOp::SExt
                } else {
                    CastOp::ZExt
                }
            }
        };
        let mut v = self.b.cast(op, a, to);
        if to.is_float() {
            v = self.canonical(v);
        }
        self.set(v);
    }

    /// A struct of 24 bytes, used field by field, through a union view, copied and filled.
    fn small_struct(&mut self) {
        let (one, two) = (self.structs[0], self.structs[1]);
        let (a, b) = if self.rng.one_in(2) { (one, two) } else { (two, one) };
        let (pa, pb) = (self.b.slot_addr(a), self.b.slot_addr(b));
        let fields = [(0, Ty::F32), (4, Ty::I32), (8, Ty::I64), (16, Ty::I16), (18, Ty::I1), (20, Ty::I32)];
        let (at, ty) = self.rng.pick(&fields);
        let p = self.b.ptr_add_const(pa, at);
        let flags = MemFlags::natural(ty, Space::Local);
        match self.rng.below(7) {
            0..=2 => {
                let v = self.any(ty);
                let v = if ty.is_float() { self.canonical(v) } else { v };
                self.b.store(p, v, flags);
            }
            3 | 4 => {
                let v = self.b.load(ty, p, flags);
                self.set(v);
            }
            5 if ty == Ty::F32 => {
                let v = self.b.load(Ty::I32, p, MemFlags::natural(Ty::I32, Space::Local));
                self.set(v);
            }
            5 if self.rng.one_in(3) => {
                let (byte, size) = (self.b.iconst(Ty::I8, 1), self.b.iconst(Ty::I64, 24));
                self.b.memset(pa, byte, size, 8);
            }
            _ => {
                // The whole, or a part that starts and ends between fields.
                let (from, size) = self.rng.pick(&[(0, 24), (8, 8), (0, 16), (4, 16)]);
                let n = self.b.iconst(Ty::I64, size);
                let (d, s) = (self.b.ptr_add_const(pa, from), self.b.ptr_add_const(pb, from));
                self.b.memcpy(d, s, n, 4);
            }
        }
    }

    fn local_memory(&mut self) {
        if self.rng.one_in(2) {
            return self.small_struct();
        }
        // An array of eight words, all written at the start of the kernel.
        let i = self.any(Ty::I32);
        let seven = self.b.iconst(Ty::I32, 7);
        let i = self.b.binary(BinOp::And, i, seven);
        let base = self.b.slot_addr(self.slot);
        let p = element(&mut self.b, base, i, 8);
        let ty = self.rng.pick(&[Ty::I64, Ty::I64, Ty::I32, Ty::I16, Ty::I8]);
        let flags = MemFlags::natural(ty, Space::Local);
        if self.rng.one_in(2) {
            let v = self.any(ty);
            self.b.store(p, v, flags);
        } else {
            let v = self.b.load(ty, p, flags);
            self.set(v);
        }
    }

    fn atomic(&mut self) {
        let base = self.b.param_load(Ty::Ptr, 16);
        let k = self.rng.below(COUNTERS as usize);
        let i = self.b.iconst(Ty::I32, k as i64);
        let p = element(&mut self.b, base, i, 8);
        // One operation for each counter, so that the order does not matter.
        let ops =
            [RmwOp::Add, RmwOp::Xor, RmwOp::Or, RmwOp::And, RmwOp::SMin, RmwOp::UMax, RmwOp::Sub, RmwOp::Add];
        let ty = if k < 4 { Ty::I32 } else { Ty::I64 };
        if k == 7 {
            // Whole numbers add exactly in any order.
            let v = self.any(Ty::I16);
            let v = self.b.cast(CastOp::SIToFp, v, Ty::F64);
            self.b.atomic_rmw(RmwOp::Add, p, v, Space::Global);
            return;
        }
        let v = self.any(ty);
        self.b.atomic_rmw(ops[k], p, v, Space::Global);
    }

    fn condition(&mut self) -> Value {
        if self.uniform && self.rng.one_in(2) {
            // The same in all threads, though the compiler may not see it.
            let c = self.b.sreg(Sreg::CtaidX);
            let k = self.b.iconst(Ty::I32, 1);
            return self.b.icmp(ICmp::Ult, c, k);
        }
        self.any(Ty::I1)
    }

    fn if_else(&mut self) {
        let was = self.uniform;
        let c = self.condition();
        self.uniform = false;
        let (then, els, join) = (self.b.create_block(), self.b.create_block(), self.b.create_block());
        self.b.brif(c, then, &[], els, &[]);
        for side in [then, els] {
            self.b.switch_to_block(side);
            self.b.seal_block(side);
            self.statements();
            if self.rng.one_in(12) && self.kernel {
                self.b.ret(None);
                self.uniform = false;
                continue;
            }
            self.b.jump(join, &[]);
        }
        self.b.switch_to_block(join);
        self.b.seal_block(join);
        // After a return on one side the rest is still together, but not all threads are there.
        self.uniform = was;
    }

    fn switch(&mut self) {
        let was = std::mem::replace(&mut self.uniform, false);
        let ty = self.rng.pick(&[Ty::I8, Ty::I32, Ty::I64]);
        let v = self.any(ty);
        let three = self.b.iconst(ty, 3);
        let v = self.b.binary(BinOp::And, v, three);
        let join = self.b.create_block();
        let blocks: [Block; 3] = std::array::from_fn(|_| self.b.create_block());
        self.b.switch(v, &[(0, blocks[0]), (2, blocks[1])], blocks[2]);
        for x in blocks {
            self.b.switch_to_block(x);
            self.statements();
            self.b.jump(join, &[]);
        }
        self.b.switch_to_block(join);
        self.uniform = was;
    }

    /// A loop of 0 to 3 iterations, the same for all threads or not.
    fn repeat(&mut self) {
        let was = self.uniform;
        let i = self.b.declare_var(Ty::I32);
        let zero = self.b.iconst(Ty::I32, 0);
        self.b.def_var(i, zero);
        let three = self.b.iconst(Ty::I32, 3);
        let n = if self.rng.one_in(2) {
            self.b.iconst(Ty::I32, self.rng.below(4) as i64)
        } else {
            self.uniform = false;
            let n = self.any(Ty::I32);
            self.b.binary(BinOp::And, n, three)
        };
        let (head, body, done) = (self.b.create_block(), self.b.create_block(), self.b.create_block());
        self.b.jump(head, &[]);
        self.b.switch_to_block(head);
        let iv = self.b.use_var(i);
        let c = self.b.icmp(ICmp::Slt, iv, n);
        self.b.brif(c, body, &[], done, &[]);
        self.b.switch_to_block(body);
        self.statements();
        if self.rng.one_in(4) {
            self.uniform = false;
            let (stop, next) = (done, self.b.create_block());
            let c = self.any(Ty::I1);
            self.b.brif(c, stop, &[], next, &[]);
            self.b.switch_to_block(next);
            self.statements();
        }
        let one = self.b.iconst(Ty::I32, 1);
        let iv = self.b.use_var(i);
        let iv = self.b.binary(BinOp::Add, iv, one);
        self.b.def_var(i, iv);
        self.b.jump(head, &[]);
        self.b.switch_to_block(done);
        self.uniform = was;
    }

    fn barrier(&mut self) {
        match self.rng.below(4) {
            0 => {
                let kind = self.rng.pick(&[BarrierKind::Count, BarrierKind::And, BarrierKind::Or]);
                let p = self.any(Ty::I1);
                let v = self.b.barrier_pred(kind, p);
                self.set(v);
            }
            1 if self.uniform => self.exchange(),
            _ => self.b.barrier(),
        }
    }

    /// Every thread gives its neighbour a word through shared memory.
    fn exchange(&mut self) {
        let [tx, ty, tz] = [Sreg::TidX, Sreg::TidY, Sreg::TidZ].map(|r| self.b.sreg(r));
        let [nx, ny, nz] = [Sreg::NtidX, Sreg::NtidY, Sreg::NtidZ].map(|r| self.b.sreg(r));
        let (b, mul, add) = (&mut self.b, BinOp::Mul, BinOp::Add);
        let zy = b.binary(mul, tz, ny);
        let zy = b.binary(add, zy, ty);
        let row = b.binary(mul, zy, nx);
        let t = b.binary(add, row, tx);
        let n = b.binary(mul, nx, ny);
        let n = b.binary(mul, n, nz);
        let k = b.iconst(Ty::I32, 1 + self.rng.below(40) as i64);
        let other = b.binary(add, t, k);
        let other = b.binary(BinOp::URem, other, n);
        let base = b.global_addr(self.shared);
        let mine = element(b, base, t, 8);
        let theirs = element(b, base, other, 8);
        let v = self.any(Ty::I64);
        let flags = MemFlags::natural(Ty::I64, Space::Shared);
        self.b.barrier();
        self.b.store(mine, v, flags);
        self.b.barrier();
        let r = self.b.load(Ty::I64, theirs, flags);
        self.b.barrier();
        // Threads that ended early have left garbage: only whole blocks may look at the result.
        let yes = self.b.bconst(true);
        let here = self.b.barrier_pred(BarrierKind::Count, yes);
        let whole = self.b.icmp(ICmp::Eq, here, n);
        let zero = self.b.iconst(Ty::I64, 0);
        let r = self.b.select(whole, r, zero);
        self.set(r);
    }

    fn warp(&mut self) {
        let mask = if self.uniform && self.rng.one_in(2) { Some(self.b.iconst(Ty::I32, -1)) } else { None };
        let v = match self.rng.below(7) {
            0 | 1 => {
                let ty = self.rng.pick(&[Ty::I32, Ty::I64, Ty::F32, Ty::F64]);
                let (v, lane) = (self.any(ty), self.any(Ty::I32));
                let w = self.rng.pick(&[32, 32, 16, 8, 2]);
                let w = self.b.iconst(Ty::I32, w);
                let kind = self.rng.pick(&[ShflKind::Idx, ShflKind::Up, ShflKind::Down, ShflKind::Xor]);
                self.b.shfl(kind, mask, v, lane, w)
            }
            2 | 3 => {
                let p = self.any(Ty::I1);
                let kind = self.rng.pick(&[VoteKind::All, VoteKind::Any, VoteKind::Ballot]);
                self.b.vote(kind, mask, p)
            }
            4 => self.b.active_mask(),
            5 => {
                let Some(m) = mask else { return };
                let v = self.any(Ty::I32);
                let kind = self.rng.pick(&[MatchKind::Any, MatchKind::All]);
                self.b.match_sync(kind, m, v)
            }
            _ => {
                let Some(m) = mask else { return };
                if self.rng.one_in(2) {
                    return self.b.sync_warp(m);
                }
                let v = self.any(Ty::I32);
                let op = self.rng.pick(&[ReduceOp::Add, ReduceOp::SMin, ReduceOp::UMax, ReduceOp::Xor]);
                self.b.reduce_sync(op, m, v)
            }
        };
        self.set(v);
    }

    fn call(&mut self) {
        let (a, b) = (self.any(Ty::I32), self.any(Ty::F64));
        let f = match (self.helper, self.recursive) {
            (Some(f), _) if self.rng.one_in(2) => f,
            (_, Some(f)) => f,
            _ => return,
        };
        let depth = self.b.iconst(Ty::I32, 3);
        if let Some(v) = self.b.call(f, &[depth, a, b], Some(Ty::I64)) {
            self.set(v);
        }
    }

    fn statements(&mut self) {
        let n = 1 + self.rng.below(4);
        for _ in 0..n {
            if self.budget == 0 {
                return;
            }
            self.budget -= 1;
            self.depth += 1;
            match self.rng.below(20) {
                0..=6 => self.arithmetic(),
                7 | 8 => self.conversion(),
                9 | 10 => self.local_memory(),
                11 if self.kernel => self.atomic(),
                12 | 13 if self.depth < 5 => self.if_else(),
                14 if self.depth < 5 => self.repeat(),
                15 if self.depth < 5 && self.rng.one_in(2) => self.switch(),
                16 | 17 if !self.no_sync => self.barrier(),
                18 if !self.no_sync => self.warp(),
                19 => self.call(),
                _ => self.arithmetic(),
            }
            self.depth -= 1;
        }
    }

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
