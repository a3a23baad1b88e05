//! Special registers and atomic operations.

use std::mem::offset_of;

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{self as cl, AtomicRmwOp, InstBuilder, MemFlagsData, types};

use crate::cudac::codegen::context::*;
use crate::cudac::thread_ir::*;

use super::emit::{Emit, Frame, cl_ty, is_private};

impl Emit<'_, '_> {
    pub fn sreg(&mut self, s: Sreg) -> cl::Value {
        let i = types::I32;
        let at = |base: usize, k: usize| base + 4 * k;
        let (ntid, nctaid, ctaid) =
            (offset_of!(BlockCtx, ntid), offset_of!(BlockCtx, nctaid), offset_of!(BlockCtx, ctaid));
        match s {
            Sreg::TidX | Sreg::TidY | Sreg::TidZ => {
                let k = s as usize - Sreg::TidX as usize;
                match &self.frame {
                    Frame::Region(v) => {
                        let var = [v.x, v.y, v.z][k];
                        self.b.use_var(var)
                    }
                    Frame::Device => self.field(i, at(offset_of!(BlockCtx, tid), k)),
                }
            }
            Sreg::CtaidX => self.field(i, at(ctaid, 0)),
            Sreg::CtaidY => self.field(i, at(ctaid, 1)),
            Sreg::CtaidZ => self.field(i, at(ctaid, 2)),
            Sreg::NtidX => self.field(i, at(ntid, 0)),
            Sreg::NtidY => self.field(i, at(ntid, 1)),
            Sreg::NtidZ => self.field(i, at(ntid, 2)),
            Sreg::NctaidX => self.field(i, at(nctaid, 0)),
            Sreg::NctaidY => self.field(i, at(nctaid, 1)),
            Sreg::NctaidZ => self.field(i, at(nctaid, 2)),
            Sreg::LaneId => {
                let t = self.thread();
                self.b.ins().band_imm_s(t, 31)
            }
            Sreg::WarpId => {
                let t = self.thread();
                self.b.ins().ushr_imm_s(t, 5)
            }
            Sreg::DynSmemSize => self.field(i, offset_of!(BlockCtx, dyn_smem)),
            Sreg::Clock | Sreg::Clock64 | Sreg::GlobalTimer => {
                let kind = self.i32((s == Sreg::GlobalTimer) as u32);
                let r = self.helper(offset_of!(Helpers, clock), &[i], Some(types::I64), &[kind]);
                let r = r.expect("has a result");
                if s == Sreg::Clock { self.b.ins().ireduce(i, r) } else { r }
            }
        }
    }

    pub fn atomic(&mut self, op: RmwOp, ty: Ty, p: cl::Value, v: cl::Value, space: Space) -> cl::Value {
        let flags = self.mem_flags();
        if is_private(space) {
            // One OS thread runs a block, so nobody else sees shared memory: plain read, modify, write.
            let old = self.b.ins().load(cl_ty(ty), flags, p, 0);
            let new = self.rmw_value(op, ty, old, v);
            self.b.ins().store(flags, new, p, 0);
            return old;
        }
        let native = match op {
            RmwOp::Add => Some(AtomicRmwOp::Add),
            RmwOp::Sub => Some(AtomicRmwOp::Sub),
            RmwOp::Exch => Some(AtomicRmwOp::Xchg),
            RmwOp::SMin => Some(AtomicRmwOp::Smin),
            RmwOp::SMax => Some(AtomicRmwOp::Smax),
            RmwOp::UMin => Some(AtomicRmwOp::Umin),
            RmwOp::UMax => Some(AtomicRmwOp::Umax),
            RmwOp::And => Some(AtomicRmwOp::And),
            RmwOp::Or => Some(AtomicRmwOp::Or),
            RmwOp::Xor => Some(AtomicRmwOp::Xor),
            _ => None,
        };
        if let Some(native) = native.filter(|_| !ty.is_float()) {
            return self.b.ins().atomic_rmw(cl_ty(ty), flags, native, p, v);
        }
        // Compare and swap until nobody came between.
        let int = if ty.size() == 4 { types::I32 } else { types::I64 };
        let to_int = |e: &mut Self, v| {
            if ty.is_float() { e.b.ins().bitcast(int, MemFlagsData::new(), v) } else { v }
        };
        if op == RmwOp::Exch {
            let bits = to_int(self, v);
            let old = self.b.ins().atomic_rmw(int, flags, AtomicRmwOp::Xchg, p, bits);
            return self.b.ins().bitcast(cl_ty(ty), MemFlagsData::new(), old);
        }
        let (again, done) = (self.b.create_block(), self.b.create_block());
        let old = self.b.append_block_param(again, int);
        let first = self.b.ins().atomic_load(int, flags, p);
        self.b.ins().jump(again, &[first.into()]);
        self.b.switch_to_block(again);
        let old_val =
            if ty.is_float() { self.b.ins().bitcast(cl_ty(ty), MemFlagsData::new(), old) } else { old };
        let new = self.rmw_value(op, ty, old_val, v);
        let new = to_int(self, new);
        let seen = self.b.ins().atomic_cas(flags, p, old, new);
        let same = self.b.ins().icmp(IntCC::Equal, seen, old);
        self.b.ins().brif(same, done, &[], again, &[seen.into()]);
        self.b.switch_to_block(done);
        old_val
    }

    fn rmw_value(&mut self, op: RmwOp, ty: Ty, old: cl::Value, v: cl::Value) -> cl::Value {
        let bin = match op {
            RmwOp::Exch => return v,
            RmwOp::Inc => {
                let wrap = self.b.ins().icmp(IntCC::UnsignedGreaterThanOrEqual, old, v);
                let (zero, next) = (self.zero(ty), self.add_imm(old, 1));
                return self.b.ins().select(wrap, zero, next);
            }
            RmwOp::Dec => {
                let zero = self.b.ins().icmp_imm_s(IntCC::Equal, old, 0);
                let above = self.b.ins().icmp(IntCC::UnsignedGreaterThan, old, v);
                let wrap = self.b.ins().bor(zero, above);
                let next = self.add_imm(old, -1);
                return self.b.ins().select(wrap, v, next);
            }
            RmwOp::Add if ty.is_float() => BinOp::FAdd,
            RmwOp::Add => BinOp::Add,
            RmwOp::Sub => BinOp::Sub,
            RmwOp::SMin => BinOp::SMin,
            RmwOp::SMax => BinOp::SMax,
            RmwOp::UMin => BinOp::UMin,
            RmwOp::UMax => BinOp::UMax,
            RmwOp::And => BinOp::And,
            RmwOp::Or => BinOp::Or,
            RmwOp::Xor => BinOp::Xor,
            RmwOp::FMin => BinOp::FMin,
            RmwOp::FMax => BinOp::FMax,
        };
        self.binary(bin, ty, old, v, None)
    }
}
