//! Constant evaluation: conversions, operators and intrinsics on raw values.

use super::super::convert::sign_extend;
use super::super::tree::{BinaryOp, Conversion, Expr, IntrinsicOp, Rounding};
use super::super::types::{FloatKind, Type, TypeId};
use super::*;

impl<'a> Checker<'a> {
    pub(super) fn eval_convert(
        &mut self,
        kind: Conversion,
        operand: &Expr,
        to: TypeId,
        f: &mut Frame,
        m: &mut Memory,
    ) -> Res<Value> {
        match kind {
            Conversion::ArrayDecay => Ok(Value::Scalar(self.eval_place(operand, f, m)?)),
            Conversion::Discard => {
                if operand.is_place() {
                    self.eval_place(operand, f, m)?;
                } else {
                    self.eval(operand, f, m)?;
                }
                Ok(Value::Scalar(0))
            }
            Conversion::Pointer => self.eval(operand, f, m),
            Conversion::Bool if self.is_pointer(operand.ty) => {
                Ok(Value::Scalar(u64::from(self.scalar(operand, f, m)? != 0)))
            }
            Conversion::PointerToInt | Conversion::IntToPointer => {
                let v = self.scalar(operand, f, m)?;
                // Addresses mean nothing here; only small numbers such as null pass.
                if v >> OBJECT_SHIFT == 0 { Ok(Value::Scalar(v)) } else { not_constant(operand.span) }
            }
            _ => {
                let v = self.scalar(operand, f, m)?;
                Ok(Value::Scalar(self.convert_raw(kind, v, operand.ty, to, operand.span)?))
            }
        }
    }

    pub(super) fn convert_raw(
        &mut self,
        kind: Conversion,
        v: u64,
        from: TypeId,
        to: TypeId,
        span: Span,
    ) -> Res<u64> {
        if kind == Conversion::Bitcast {
            return Ok(v);
        }
        let c = match self.types.get(from) {
            Type::Float(FloatKind::Float) => Const::Float(f32::from_bits(v as u32)),
            Type::Float(FloatKind::Double) => Const::Double(f64::from_bits(v)),
            _ => Const::Int(v),
        };
        let kind = match kind {
            Conversion::Rounded(_) => return not_constant(span),
            kind => kind,
        };
        match self.fold_conversion(c, from, to, kind) {
            Some(c) => Ok(raw(c)),
            None => not_constant(span),
        }
    }

    pub(super) fn eval_binary(
        &mut self,
        op: BinaryOp,
        a: u64,
        at: TypeId,
        b: u64,
        bt: TypeId,
        span: Span,
    ) -> Res<u64> {
        Ok(match self.types.get(at) {
            Type::Float(FloatKind::Float) => {
                let (x, y) = (f32::from_bits(a as u32), f32::from_bits(b as u32));
                match float_op(op, x.into(), y.into()) {
                    Some(flag) => flag,
                    None => u64::from(
                        match op {
                            BinaryOp::Add => x + y,
                            BinaryOp::Sub => x - y,
                            BinaryOp::Mul => x * y,
                            BinaryOp::Div => x / y,
                            _ => return not_constant(span),
                        }
                        .to_bits(),
                    ),
                }
            }
            Type::Float(FloatKind::Double) => {
                let (x, y) = (f64::from_bits(a), f64::from_bits(b));
                match float_op(op, x, y) {
                    Some(flag) => flag,
                    None => match op {
                        BinaryOp::Add => x + y,
                        BinaryOp::Sub => x - y,
                        BinaryOp::Mul => x * y,
                        BinaryOp::Div => x / y,
                        _ => return not_constant(span),
                    }
                    .to_bits(),
                }
            }
            Type::Pointer(_) | Type::NullPtr => match op {
                BinaryOp::Eq => u64::from(a == b),
                BinaryOp::Ne => u64::from(a != b),
                BinaryOp::Lt => u64::from(a < b),
                BinaryOp::Le => u64::from(a <= b),
                BinaryOp::Gt => u64::from(a > b),
                BinaryOp::Ge => u64::from(a >= b),
                _ => return not_constant(span),
            },
            _ => {
                if matches!(op, BinaryOp::Div | BinaryOp::Rem) && self.truncate_to(b, bt) == 0 {
                    return not_constant(span);
                }
                self.fold_integers(op, a, at, b, bt)
            }
        })
    }

    pub(super) fn eval_intrinsic(
        &mut self,
        op: IntrinsicOp,
        args: &[Expr],
        ty: TypeId,
        span: Span,
        f: &mut Frame,
        m: &mut Memory,
    ) -> Res<Value> {
        if op == IntrinsicOp::WarpSize {
            return Ok(Value::Scalar(32));
        }
        if op == IntrinsicOp::Assume {
            return Ok(Value::Scalar(0));
        }
        let mut values = Vec::new();
        let supported = matches!(
            op,
            IntrinsicOp::Min
                | IntrinsicOp::Max
                | IntrinsicOp::Abs
                | IntrinsicOp::Sqrt(Rounding::NearestEven)
                | IntrinsicOp::Floor
                | IntrinsicOp::Ceil
                | IntrinsicOp::Popc
                | IntrinsicOp::Clz
                | IntrinsicOp::Ffs
        );
        if !supported {
            return not_constant(span);
        }
        for a in args {
            values.push(self.scalar(a, f, m)?);
        }
        let Some(first) = args.first() else { return not_constant(span) };
        let at = first.ty;
        let v = values[0];
        let out = match (op, self.types.get(at).clone()) {
            (IntrinsicOp::Min | IntrinsicOp::Max, Type::Int(kind)) => {
                let (x, y) = (self.extend_from(v, at), self.extend_from(values[1], at));
                let less = if kind.is_signed() { (x as i64) < y as i64 } else { x < y };
                if less == (op == IntrinsicOp::Min) { x } else { y }
            }
            (IntrinsicOp::Abs, Type::Int(kind)) => {
                sign_extend(v, kind.size()).cast_signed().wrapping_abs() as u64
            }
            (IntrinsicOp::Popc, _) => self.truncate_to(v, at).count_ones().into(),
            (IntrinsicOp::Ffs, _) => {
                let v = self.truncate_to(v, at);
                if v == 0 { 0 } else { u64::from(v.trailing_zeros()) + 1 }
            }
            (IntrinsicOp::Clz, Type::Int(kind)) => {
                u64::from(self.truncate_to(v, at).leading_zeros()) - (64 - u64::from(kind.size()) * 8)
            }
            (_, Type::Float(FloatKind::Float)) => {
                let x = f32::from_bits(v as u32);
                let y = values.get(1).map_or(0.0, |y| f32::from_bits(*y as u32));
                let r = match op {
                    IntrinsicOp::Min => x.min(y),
                    IntrinsicOp::Max => x.max(y),
                    IntrinsicOp::Abs => x.abs(),
                    IntrinsicOp::Sqrt(_) => x.sqrt(),
                    IntrinsicOp::Floor => x.floor(),
                    IntrinsicOp::Ceil => x.ceil(),
                    _ => return not_constant(span),
                };
                r.to_bits().into()
            }
            (_, Type::Float(FloatKind::Double)) => {
                let x = f64::from_bits(v);
                let y = values.get(1).map_or(0.0, |y| f64::from_bits(*y));
                let r = match op {
                    IntrinsicOp::Min => x.min(y),
                    IntrinsicOp::Max => x.max(y),
                    IntrinsicOp::Abs => x.abs(),
                    IntrinsicOp::Sqrt(_) => x.sqrt(),
                    IntrinsicOp::Floor => x.floor(),
                    IntrinsicOp::Ceil => x.ceil(),
                    _ => return not_constant(span),
                };
                r.to_bits()
            }
            _ => return not_constant(span),
        };
        Ok(Value::Scalar(self.truncate_to(out, ty)))
    }
}

/// Comparisons of floats.
fn float_op(op: BinaryOp, x: f64, y: f64) -> Option<u64> {
    Some(u64::from(match op {
        BinaryOp::Lt => x < y,
        BinaryOp::Le => x <= y,
        BinaryOp::Gt => x > y,
        BinaryOp::Ge => x >= y,
        BinaryOp::Eq => x == y,
        BinaryOp::Ne => x != y,
        _ => return None,
    }))
}
