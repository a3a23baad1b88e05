//! Random statements without control flow: arithmetic, conversions, local memory, atomics.

use super::super::kernels::element;
use super::{COUNTERS, Gen, IN_WORDS, Rng, TYPES};
use crate::cudac::thread_ir::*;

pub(super) fn interesting(rng: &mut Rng, ty: Ty) -> u64 {
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
    pub(super) fn any(&mut self, ty: Ty) -> Value {
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

    pub(super) fn set(&mut self, v: Value) {
        let ty = self.b.ty(v);
        let vars: Vec<Variable> = self.vars.iter().copied().filter(|&v| self.b.var_ty(v) == ty).collect();
        let var = self.rng.pick(&vars);
        self.b.def_var(var, v);
    }

    /// A float whose NaN has known bits.
    pub(super) fn canonical(&mut self, v: Value) -> Value {
        let ty = self.b.ty(v);
        let nan = if ty == Ty::F32 { self.b.f32const(f32::NAN) } else { self.b.f64const(f64::NAN) };
        let bad = self.b.fcmp(FCmp::Uno, v, v);
        self.b.select(bad, nan, v)
    }

    pub(super) fn arithmetic(&mut self) {
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

    pub(super) fn conversion(&mut self) {
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

    pub(super) fn local_memory(&mut self) {
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

    pub(super) fn atomic(&mut self) {
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
}
