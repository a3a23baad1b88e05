//! Random control flow and synchronisation: branches, loops, barriers, warp operations, calls.

use super::super::kernels::element;
use super::Gen;
use crate::cudac::thread_ir::*;

impl Gen {
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

    /// The whole warp, or the lanes around one's own.
    fn partners(&mut self) -> Value {
        let width = [32u32, 16, 32, 8, 1][self.warp_ops % 5];
        self.warp_ops += 1;
        let lanes = self.b.iconst(Ty::I32, (u32::MAX >> (32 - width)) as i32 as i64);
        let lane = self.b.sreg(Sreg::LaneId);
        let first = self.b.iconst(Ty::I32, (32 - width) as i64);
        let first = self.b.binary(BinOp::And, lane, first);
        self.b.binary(BinOp::Shl, lanes, first)
    }

    fn warp(&mut self) {
        let mask = (self.uniform && self.rng.one_in(2)).then(|| self.partners());
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

    pub(super) fn statements(&mut self) {
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
}
