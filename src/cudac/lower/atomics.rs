//! Atomic operations on every type that CUDA has them for.

use crate::cudac::check::tree::{AtomicOp, Expr};
use crate::cudac::thread_ir::{RmwOp, Ty, Value};

use super::func::FuncLower;
use super::{LResult, malformed, unsupported};

impl FuncLower<'_, '_> {
    /// (pointer, value) -> old value
    pub fn atomic(&mut self, op: AtomicOp, args: &[Expr], e: &Expr) -> LResult<Value> {
        let pointer = self.value(&args[0])?;
        let value = self.value(&args[1])?;
        let ty = self.b.ty(value);
        let signed = self.cx.is_signed(args[1].ty);
        let is_float = ty.is_float();
        let op = match op {
            AtomicOp::Add => RmwOp::Add,
            AtomicOp::Exchange => RmwOp::Exch,
            AtomicOp::Min if is_float => RmwOp::FMin,
            AtomicOp::Max if is_float => RmwOp::FMax,
            _ if is_float => {
                return unsupported(e.span, "bitwise and counting atomics on floating-point types");
            }
            AtomicOp::Sub => RmwOp::Sub,
            AtomicOp::Min => {
                if signed {
                    RmwOp::SMin
                } else {
                    RmwOp::UMin
                }
            }
            AtomicOp::Max => {
                if signed {
                    RmwOp::SMax
                } else {
                    RmwOp::UMax
                }
            }
            AtomicOp::Inc => RmwOp::Inc,
            AtomicOp::Dec => RmwOp::Dec,
            AtomicOp::And => RmwOp::And,
            AtomicOp::Or => RmwOp::Or,
            AtomicOp::Xor => RmwOp::Xor,
        };
        if !matches!(ty, Ty::I32 | Ty::I64 | Ty::F32 | Ty::F64) {
            return malformed(e.span, "an atomic operation on a type of this size");
        }
        let space = self.space_of(pointer);
        Ok(self.b.atomic_rmw(op, pointer, value, space))
    }

    /// (pointer, compare, value) -> old value
    pub fn atomic_cas(&mut self, args: &[Expr], e: &Expr) -> LResult<Value> {
        let v = self.values(args)?;
        if !matches!(self.b.ty(v[2]), Ty::I16 | Ty::I32 | Ty::I64) || self.b.ty(v[1]) != self.b.ty(v[2]) {
            return malformed(e.span, "an atomic comparison of a type of this size");
        }
        let space = self.space_of(v[0]);
        Ok(self.b.atomic_cas(v[0], v[1], v[2], space))
    }
}
