//! Places: what an expression that designates memory stands for, and reading and writing it.

use crate::cudac::check::tree::{Conversion, Expr, ExprKind};
use crate::cudac::check::types::{BitField, Type, TypeId};
use crate::cudac::source::Span;
use crate::cudac::thread_ir::{BinOp, CastOp, GlobalId, ICmp, Op, Ty, Value, Variable};

use super::addr::Addr;
use super::func::FuncLower;
use super::{LResult, malformed};

#[derive(Clone, Copy, Debug)]
pub(crate) enum Place {
    Var(Variable),
    Mem(Addr),
    /// Bits of the storage unit (of integer type `unit`) at the address.
    Bits {
        addr: Addr,
        unit: Ty,
        bits: BitField,
    },
}

impl FuncLower<'_, '_> {
    pub fn place(&mut self, e: &Expr) -> LResult<Place> {
        self.nested(e.span, |f| f.place_inner(e))
    }

    fn place_inner(&mut self, e: &Expr) -> LResult<Place> {
        let volatile = e.quals.is_volatile;
        match &e.kind {
            ExprKind::Local(id) => Ok(match self.local_place(*id, e.span)? {
                Place::Mem(addr) => Place::Mem(addr.volatile(volatile)),
                other => other,
            }),
            ExprKind::Global(id) => {
                let g = &self.cx.program.globals[id.0 as usize];
                let (align, id) = (g.align, GlobalId(id.0));
                let space = self.cx.module.globals[id.index()].space.space();
                let base = self.b.global_addr(id);
                self.spaces.insert(base, space);
                Ok(Place::Mem(Addr::new(base, space, align).volatile(volatile)))
            }
            ExprKind::Deref(pointer) => {
                if let ExprKind::AddressOf(place) = &pointer.kind {
                    return self.place(place);
                }
                let p = self.value(pointer)?;
                Ok(Place::Mem(self.pointee(p, e)))
            }
            ExprKind::Index { pointer, index } => {
                let addr = self.array_base(pointer)?;
                let i = self.value(index)?;
                let (size, align) = self.cx.size_align(e.ty, e.span)?;
                let indexed = self.indexed(addr, i, size);
                let align = align.min(if size == 0 { align } else { 1 << size.trailing_zeros().min(16) });
                Ok(Place::Mem(Addr { align, ..indexed }.volatile(volatile)))
            }
            ExprKind::Field { base, field } => {
                let base_place = self.place(base)?;
                let Place::Mem(addr) = base_place else {
                    return malformed(e.span, "a member of something that is not in memory");
                };
                let Type::Record(record) = self.cx.program.types.get(base.ty) else {
                    return malformed(e.span, "a member of something that is not a record");
                };
                let Some(field) = self.cx.program.types.record(*record).fields.get(*field as usize) else {
                    return malformed(e.span, "a member that does not exist");
                };
                let (offset, bits) = (field.offset, field.bits);
                let addr = addr.at(offset).volatile(volatile);
                match bits {
                    None => Ok(Place::Mem(addr)),
                    Some(bits) => {
                        let (size, _) = self.cx.size_align(e.ty, e.span)?;
                        Ok(Place::Bits { addr, unit: super::int_ty(size as u32), bits })
                    }
                }
            }
            ExprKind::Let { local, init, body } => {
                self.declare(*local, init.as_deref(), e.span)?;
                self.place(body)
            }
            ExprKind::Comma { lhs, rhs } => {
                self.effect(lhs)?;
                self.place(rhs)
            }
            // A temporary record used as a place.
            _ if self.cx.is_record(e.ty) => Ok(Place::Mem(self.record_addr(e)?)),
            _ => malformed(e.span, "this value was used as a place"),
        }
    }

    /// Where the elements of `pointer` start: for a decayed array the array itself, with all that is known of it.
    fn array_base(&mut self, pointer: &Expr) -> LResult<Addr> {
        if let ExprKind::Convert { kind: Conversion::ArrayDecay, operand } = &pointer.kind {
            return match self.place(operand)? {
                Place::Mem(addr) => Ok(addr),
                _ => malformed(pointer.span, "an array that is not in memory"),
            };
        }
        let p = self.value(pointer)?;
        Ok(Addr::new(p, self.space_of(p), 1))
    }

    /// The object of type `e.ty` that `p` points to.
    fn pointee(&mut self, p: Value, e: &Expr) -> Addr {
        let align = self.cx.program.types.size_align(e.ty).map_or(1, |(_, align)| align as u32);
        Addr::new(p, self.space_of(p), align).volatile(e.quals.is_volatile)
    }

    /// `addr + index * size`, folding a constant index into the offset.
    pub fn indexed(&mut self, addr: Addr, index: Value, size: u64) -> Addr {
        if let Some(i) = self.constant(index) {
            return Addr { offset: addr.offset.wrapping_add((i as i64).wrapping_mul(size as i64)), ..addr };
        }
        let bytes = self.scaled(index, size);
        let base = self.offset(addr.base, bytes);
        Addr { base, ..addr }
    }

    /// `index * size` for an `I64` index.
    pub fn scaled(&mut self, index: Value, size: u64) -> Value {
        if size == 1 {
            return index;
        }
        if let Some(i) = self.constant(index) {
            return self.b.iconst(Ty::I64, (i as i64).wrapping_mul(size as i64));
        }
        if size.is_power_of_two() {
            let n = self.b.iconst(Ty::I64, size.trailing_zeros().into());
            return self.b.binary(BinOp::Shl, index, n);
        }
        let n = self.b.iconst(Ty::I64, size as i64);
        self.b.binary(BinOp::Mul, index, n)
    }

    /// The bits of `v` if it is a constant written in the current block.
    pub fn constant(&self, v: Value) -> Option<u64> {
        let block = self.b.func().block(self.b.current_block());
        let inst = block.insts.iter().rev().take(8).find(|i| i.result == Some(v))?;
        match inst.op {
            Op::Const(bits) => Some(bits),
            _ => None,
        }
    }

    /// Reads a scalar place of type `ty`.
    pub fn read(&mut self, place: Place, ty: TypeId, span: Span) -> LResult<Value> {
        let Some(scalar) = self.cx.scalar(ty) else { return malformed(span, "a scalar was expected here") };
        Ok(match place {
            Place::Var(v) => self.b.use_var(v),
            Place::Mem(addr) => self.load(scalar, addr),
            Place::Bits { addr, unit, bits } => {
                let word = self.load(unit, addr);
                self.extract_bits(word, unit, bits, ty, scalar)
            }
        })
    }

    fn extract_bits(&mut self, word: Value, unit: Ty, bits: BitField, ty: TypeId, scalar: Ty) -> Value {
        // Up to the top, then down again, which extends by the sign or by zeros.
        let up = unit.bits() - bits.shift - bits.width;
        let down = unit.bits() - bits.width;
        let signed = self.cx.is_signed(ty);
        let up = self.b.iconst(unit, up.into());
        let top = self.b.binary(BinOp::Shl, word, up);
        let down = self.b.iconst(unit, down.into());
        let value = self.b.binary(if signed { BinOp::AShr } else { BinOp::LShr }, top, down);
        if scalar == Ty::I1 {
            let zero = self.b.iconst(unit, 0);
            return self.b.icmp(ICmp::Ne, value, zero);
        }
        value
    }

    /// Writes a scalar and gives the new value of the place: for a bit-field what is left after cutting.
    pub fn write(&mut self, place: Place, value: Value, ty: TypeId) -> LResult<Value> {
        match place {
            Place::Var(v) => self.b.def_var(v, value),
            Place::Mem(addr) => self.store(addr, value),
            Place::Bits { addr, unit, bits } => {
                let scalar = self.b.ty(value);
                let wide = if scalar == unit { value } else { self.b.cast(CastOp::ZExt, value, unit) };
                let ones = if bits.width >= 64 { u64::MAX } else { (1 << bits.width) - 1 };
                let mask = self.b.iconst(unit, ones as i64);
                let cut = self.b.binary(BinOp::And, wide, mask);
                let shift = self.b.iconst(unit, bits.shift.into());
                let placed = self.b.binary(BinOp::Shl, cut, shift);
                let old = self.load(unit, addr);
                let hole = self.b.iconst(unit, !(ones << bits.shift) as i64);
                let kept = self.b.binary(BinOp::And, old, hole);
                let new = self.b.binary(BinOp::Or, kept, placed);
                self.store(addr, new);
                return Ok(self.extract_bits(new, unit, bits, ty, scalar));
            }
        }
        Ok(value)
    }

    /// The address of a place in memory, for `&`.
    pub fn address(&mut self, e: &Expr) -> LResult<Value> {
        match self.place(e)? {
            Place::Mem(addr) => Ok(self.pointer(addr)),
            Place::Var(_) => malformed(e.span, "the address of a local marked as never having one"),
            Place::Bits { .. } => malformed(e.span, "the address of a bit-field"),
        }
    }
}
