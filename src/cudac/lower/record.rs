//! Objects that are not scalars: records and arrays, copied, zeroed and built in memory. Small ones go field by field,
//! so that the passes can turn their slots into registers.

use crate::cudac::check::tree::{AggregatePart, Expr, ExprKind};
use crate::cudac::check::types::{RecordKind, Type, TypeId};
use crate::cudac::source::Span;
use crate::cudac::thread_ir::{Space, Ty, Value};

use super::addr::Addr;
use super::func::FuncLower;
use super::place::Place;
use super::{LResult, Lowerer, int_ty, malformed, scan};

/// Objects with at most this many scalars are copied and zeroed one by one.
const MAX_LEAVES: usize = 32;

impl Lowerer<'_> {
    /// The scalars of an object with their offsets, or `None` if there are too many. Unions and bit-fields are
    /// covered by integers.
    fn leaves(&self, ty: TypeId, at: u64, out: &mut Vec<(u64, Ty)>) -> Option<()> {
        if out.len() >= MAX_LEAVES {
            return None;
        }
        if let Some(scalar) = self.scalar(ty) {
            out.push((at, scalar));
            return Some(());
        }
        match self.program.types.get(ty) {
            Type::Array { element, len } => {
                let (size, _) = self.program.types.size_align(element.ty).ok()?;
                let len = len.unwrap_or(0);
                if len > MAX_LEAVES as u64 {
                    return None;
                }
                for i in 0..len {
                    self.leaves(element.ty, at + i * size, out)?;
                }
            }
            Type::Record(id) => {
                let def = self.program.types.record(*id);
                if def.kind == RecordKind::Union || def.fields.iter().any(|f| f.bits.is_some()) {
                    let unit = def.align.min(8);
                    if def.size / unit > MAX_LEAVES as u64 {
                        return None;
                    }
                    out.extend((0..def.size / unit).map(|i| (at + i * unit, int_ty(unit as u32))));
                } else {
                    for field in &def.fields {
                        self.leaves(field.ty.ty, at + field.offset, out)?;
                    }
                }
            }
            _ => return None,
        }
        (out.len() <= MAX_LEAVES).then_some(())
    }
}

impl FuncLower<'_, '_> {
    fn leaves(&self, ty: TypeId) -> Option<Vec<(u64, Ty)>> {
        let mut out = Vec::new();
        self.cx.leaves(ty, 0, &mut out).map(|()| out)
    }

    /// Copies an object of type `ty`.
    pub fn copy_object(&mut self, ty: TypeId, to: Addr, from: Addr, span: Span) -> LResult<()> {
        if let Some(leaves) = self.leaves(ty) {
            // All reads first: the two may be one object.
            let values: Vec<Value> =
                leaves.iter().map(|(at, ty)| self.load(*ty, from.at(*at).whole())).collect();
            for ((at, _), v) in leaves.iter().zip(values) {
                self.store(to.at(*at).whole(), v);
            }
            return Ok(());
        }
        let (size, _) = self.cx.size_align(ty, span)?;
        let size = self.b.iconst(Ty::I64, size as i64);
        let (dst, src) = (self.pointer(to), self.pointer(from));
        self.b.memcpy(dst, src, size, to.align.min(from.align));
        Ok(())
    }

    fn zero_object(&mut self, ty: TypeId, to: Addr, span: Span) -> LResult<()> {
        if let Some(leaves) = self.leaves(ty) {
            for (at, ty) in leaves {
                let zero = self.zero(ty);
                self.store(to.at(at).whole(), zero);
            }
            return Ok(());
        }
        let (size, _) = self.cx.size_align(ty, span)?;
        let size = self.b.iconst(Ty::I64, size as i64);
        let byte = self.b.iconst(Ty::I8, 0);
        let dst = self.pointer(to);
        self.b.memset(dst, byte, size, to.align);
        Ok(())
    }

    /// Evaluates an object expression (or a scalar) into memory that nothing in it can see yet.
    pub fn object_into(&mut self, e: &Expr, to: Addr) -> LResult<()> {
        self.nested(e.span, |f| f.object_into_inner(e, to))
    }

    fn object_into_inner(&mut self, e: &Expr, to: Addr) -> LResult<()> {
        if self.cx.scalar(e.ty).is_some() {
            let v = self.value(e)?;
            self.store(to, v);
            return Ok(());
        }
        match &e.kind {
            ExprKind::Zero => self.zero_object(e.ty, to, e.span),
            ExprKind::Aggregate(parts) => self.aggregate(e, parts, to),
            ExprKind::Conditional { cond, then, otherwise } => {
                let done = self.b.create_block();
                self.two_ways(cond, done, |f, first| f.object_into(if first { then } else { otherwise }, to))
            }
            ExprKind::Comma { lhs, rhs } => {
                self.effect(lhs)?;
                self.object_into(rhs, to)
            }
            ExprKind::Let { local, init, body } => {
                self.declare(*local, init.as_deref(), e.span)?;
                self.object_into(body, to)
            }
            _ => {
                let from = self.record_addr(e)?;
                self.copy_object(e.ty, to, from, e.span)
            }
        }
    }

    fn aggregate(&mut self, e: &Expr, parts: &[AggregatePart], to: Addr) -> LResult<()> {
        let types = &self.cx.program.types;
        match types.get(e.ty) {
            Type::Array { element, len } => {
                let (element, len) = (element.ty, len.unwrap_or(0));
                let (size, _) = self.cx.size_align(element, e.span)?;
                if (parts.len() as u64) < len {
                    self.zero_object(e.ty, to, e.span)?;
                }
                for part in parts {
                    if part.index >= len {
                        return malformed(e.span, "an initialiser past the end of its array");
                    }
                    self.object_into(&part.value, to.at(part.index * size))?;
                }
                Ok(())
            }
            Type::Record(id) => {
                let def = types.record(*id);
                let has_bits = def.fields.iter().any(|f| f.bits.is_some());
                if def.kind == RecordKind::Union || has_bits || parts.len() < def.fields.len() {
                    self.zero_object(e.ty, to, e.span)?;
                }
                let id = *id;
                for part in parts {
                    let fields = &self.cx.program.types.record(id).fields;
                    let Some(field) = fields.get(part.index as usize) else {
                        return malformed(e.span, "an initialiser of a member that does not exist");
                    };
                    let addr = to.at(field.offset);
                    match field.bits {
                        None => self.object_into(&part.value, addr)?,
                        Some(bits) => {
                            let (ty, size) = (field.ty.ty, self.cx.size_align(field.ty.ty, e.span)?.0);
                            let v = self.value(&part.value)?;
                            self.write(Place::Bits { addr, unit: int_ty(size as u32), bits }, v, ty)?;
                        }
                    }
                }
                Ok(())
            }
            _ => malformed(e.span, "an aggregate of a type that has no parts"),
        }
    }

    /// The address of memory that holds the object `e` until the next effect: the place itself for a load, else a
    /// temporary.
    pub fn record_addr(&mut self, e: &Expr) -> LResult<Addr> {
        self.nested(e.span, |f| f.record_addr_inner(e))
    }

    fn record_addr_inner(&mut self, e: &Expr) -> LResult<Addr> {
        match &e.kind {
            ExprKind::Load(place) => match self.place(place)? {
                Place::Mem(addr) => Ok(addr),
                _ => malformed(e.span, "an object that is not in memory"),
            },
            ExprKind::Call { function, args } => {
                let v = self.call(*function, args, e)?;
                self.result_addr(v, e)
            }
            ExprKind::CallIndirect { callee, args } => {
                let v = self.call_pointer(callee, args, e)?;
                self.result_addr(v, e)
            }
            ExprKind::Assign { .. } => self.assign_object(e),
            ExprKind::Comma { lhs, rhs } => {
                self.effect(lhs)?;
                self.record_addr(rhs)
            }
            ExprKind::Let { local, init, body } => {
                self.declare(*local, init.as_deref(), e.span)?;
                self.record_addr(body)
            }
            ExprKind::Zero | ExprKind::Aggregate(_) | ExprKind::Conditional { .. } => {
                let temp = self.temp(e.ty, e.span)?;
                self.object_into(e, temp)?;
                Ok(temp)
            }
            _ if e.is_place() => match self.place(e)? {
                Place::Mem(addr) => Ok(addr),
                _ => malformed(e.span, "an object that is not in memory"),
            },
            _ => malformed(e.span, "an object from an operation that makes none"),
        }
    }

    fn result_addr(&mut self, v: Option<Value>, e: &Expr) -> LResult<Addr> {
        let Some(v) = v else { return malformed(e.span, "an object from a call that returns none") };
        let align = self.cx.size_align(e.ty, e.span)?.1;
        Ok(Addr::new(v, Space::Local, align))
    }

    /// `place = value` for records; the address of the place.
    pub fn assign_object(&mut self, e: &Expr) -> LResult<Addr> {
        let ExprKind::Assign { place, value } = &e.kind else {
            return malformed(e.span, "an assignment was expected");
        };
        let from = if scan::has_effects(place) && matches!(value.kind, ExprKind::Load(_)) {
            // The right side comes first, and finding the place may change it.
            let temp = self.temp(value.ty, value.span)?;
            self.object_into(value, temp)?;
            temp
        } else {
            self.record_addr(value)?
        };
        match self.place(place)? {
            Place::Mem(to) => {
                self.copy_object(e.ty, to, from, e.span)?;
                Ok(to)
            }
            _ => malformed(e.span, "an object that is not in memory"),
        }
    }
}
