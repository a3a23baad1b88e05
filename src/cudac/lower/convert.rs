//! Conversions between scalar types, with the results that the GPU gives for values out of range and NaN.

use crate::cudac::check::tree::{Conversion, Expr, Rounding};
use crate::cudac::check::types::TypeId;
use crate::cudac::source::Span;
use crate::cudac::thread_ir::{CastOp, FCmp, ICmp, Ty, UnOp, Value};

use super::func::FuncLower;
use super::place::Place;
use super::{LResult, malformed};

impl FuncLower<'_, '_> {
    pub fn convert(&mut self, kind: Conversion, operand: &Expr, e: &Expr) -> LResult<Value> {
        if kind == Conversion::ArrayDecay {
            return match self.place(operand)? {
                Place::Mem(addr) => Ok(self.pointer(addr)),
                _ => malformed(e.span, "an array that is not in memory"),
            };
        }
        let v = self.value(operand)?;
        self.convert_value(kind, v, operand.ty, e.ty, e.span)
    }

    /// `v` of type `from` as a `to`.
    pub fn convert_value(
        &mut self,
        kind: Conversion,
        v: Value,
        from: TypeId,
        to: TypeId,
        span: Span,
    ) -> LResult<Value> {
        let Some(ty) = self.cx.scalar(to) else { return malformed(span, "a conversion to no scalar") };
        let signed = self.cx.is_signed(from);
        Ok(match kind {
            Conversion::Int => self.resize_int(v, signed, ty),
            Conversion::Bool => self.bool_of(v),
            Conversion::IntToFloat => self.int_to_float(v, signed, ty),
            Conversion::FloatToInt => self.float_to_int(v, self.cx.is_signed(to), ty),
            Conversion::Float => self.resize_float(v, ty),
            Conversion::Pointer => {
                if self.b.ty(v) == Ty::Ptr {
                    v
                } else {
                    return malformed(span, "a pointer conversion of something else");
                }
            }
            Conversion::PointerToInt => {
                let wide = self.b.cast(CastOp::Bitcast, v, Ty::I64);
                self.resize_int(wide, false, ty)
            }
            Conversion::IntToPointer => {
                let wide = self.resize_int(v, signed, Ty::I64);
                self.b.cast(CastOp::Bitcast, wide, Ty::Ptr)
            }
            Conversion::Bitcast => self.bitcast(v, ty, span)?,
            Conversion::Rounded(mode) => self.rounded(mode, v, from, to, span)?,
            Conversion::ArrayDecay | Conversion::Discard => {
                return malformed(span, "a conversion in the wrong place");
            }
        })
    }

    pub fn bitcast(&mut self, v: Value, ty: Ty, span: Span) -> LResult<Value> {
        let from = self.b.ty(v);
        if from == ty {
            return Ok(v);
        }
        if from.size() != ty.size() || from == Ty::I1 || ty == Ty::I1 {
            return malformed(span, "the same bits as a type of another size");
        }
        Ok(self.b.cast(CastOp::Bitcast, v, ty))
    }

    /// Truncates or extends an integer or bool. To bool any bit counts.
    pub fn resize_int(&mut self, v: Value, signed: bool, to: Ty) -> Value {
        let from = self.b.ty(v);
        if from == to {
            return v;
        }
        if to == Ty::I1 {
            return self.bool_of(v);
        }
        if from.bits() > to.bits() {
            return self.b.cast(CastOp::Trunc, v, to);
        }
        let op = if signed && from != Ty::I1 { CastOp::SExt } else { CastOp::ZExt };
        self.b.cast(op, v, to)
    }

    pub fn bool_of(&mut self, v: Value) -> Value {
        let ty = self.b.ty(v);
        if ty == Ty::I1 {
            return v;
        }
        let zero = self.zero(ty);
        if ty.is_float() { self.b.fcmp(FCmp::Ne, v, zero) } else { self.b.icmp(ICmp::Ne, v, zero) }
    }

    fn resize_float(&mut self, v: Value, to: Ty) -> Value {
        match (self.b.ty(v), to) {
            (Ty::F32, Ty::F64) => self.b.cast(CastOp::FpExt, v, to),
            (Ty::F64, Ty::F32) => self.b.cast(CastOp::FpTrunc, v, to),
            _ => v,
        }
    }

    pub fn int_to_float(&mut self, v: Value, signed: bool, to: Ty) -> Value {
        let from = self.b.ty(v);
        // Narrow integers go through 32 bits, which generators have for certain.
        let wide = if from.bits() < 32 { self.resize_int(v, signed, Ty::I32) } else { v };
        let signed = signed || from.bits() < 32;
        self.b.cast(if signed { CastOp::SIToFp } else { CastOp::UIToFp }, wide, to)
    }

    /// Toward zero, saturating. NaN gives 0 from float to 32 bits, else only the top bit set.
    pub fn float_to_int(&mut self, v: Value, signed: bool, to: Ty) -> Value {
        let from = self.b.ty(v);
        let op = if signed { CastOp::FpToSI } else { CastOp::FpToUI };
        if to.bits() < 32 {
            // The low bits of the conversion to 32 bits, which are 0 for NaN in either case.
            let wide = self.b.cast(op, v, Ty::I32);
            return self.resize_int(wide, signed, to);
        }
        let result = self.b.cast(op, v, to);
        if from == Ty::F32 && to == Ty::I32 {
            return result;
        }
        let nan = self.b.fcmp(FCmp::Uno, v, v);
        let top = self.b.iconst(to, (1u64 << (to.bits() - 1)) as i64);
        self.b.select(nan, top, result)
    }

    /// A conversion with a rounding mode.
    fn rounded(&mut self, mode: Rounding, v: Value, from: TypeId, to: TypeId, span: Span) -> LResult<Value> {
        let (src, Some(dst)) = (self.b.ty(v), self.cx.scalar(to)) else {
            return malformed(span, "a conversion to no scalar");
        };
        if src.is_float() && dst.is_int() {
            let whole = match mode {
                Rounding::NearestEven => self.b.unary(UnOp::Rint, v),
                Rounding::Zero => v,
                Rounding::Up => self.b.unary(UnOp::Ceil, v),
                Rounding::Down => self.b.unary(UnOp::Floor, v),
            };
            return Ok(self.float_to_int(whole, self.cx.is_signed(to), dst));
        }
        if src.is_int_like() && dst.is_float() {
            return self.int_to_float_rounded(mode, v, self.cx.is_signed(from), dst);
        }
        match (src, dst) {
            (Ty::F64, Ty::F32) if mode != Rounding::NearestEven => self.narrow_rounded(mode, v),
            _ if src.is_float() && dst.is_float() => Ok(self.resize_float(v, dst)),
            _ => malformed(span, "a rounding mode on a conversion that has none"),
        }
    }
}
