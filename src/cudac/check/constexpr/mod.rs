//! Constant evaluation: runs the typed tree over a byte memory of its own, within a step budget. What depends on the
//! thread, on device memory or on unknown variables is simply not constant.

mod calls;
mod ops;

use std::collections::HashMap;
use std::rc::Rc;

use super::context::{Checker, Res, Val, fail};
use super::tree::{Const, Expr, ExprKind, FuncId, GlobalId, LocalId, UnaryOp};
use super::types::{FloatKind, Type, TypeId};
use crate::cudac::parse::ast;
use crate::cudac::source::Span;

/// Steps of one compile, and of what one expression may allocate.
const MAX_STEPS: u64 = 2_000_000;
const MAX_BYTES: usize = 16 << 20;
const MAX_CALLS: u32 = 256;

/// Addresses: object number + 1 above these bits.
const OBJECT_SHIFT: u32 = 40;
/// Functions have this bit.
const FUNCTION_BIT: u64 = 1 << 63;

#[derive(Clone, Debug)]
enum Value {
    /// The raw little-endian bits of a scalar.
    Scalar(u64),
    Bytes(Vec<u8>),
}

struct Object {
    bytes: Vec<u8>,
    global: Option<GlobalId>,
    is_const: bool,
}

#[derive(Default)]
struct Memory {
    objects: Vec<Object>,
    globals: HashMap<GlobalId, u64>,
    allocated: usize,
}

/// The locals of one call; the outermost is the function that the expression stands in.
struct Frame {
    locals: HashMap<u32, u64>,
    /// Of the function around the expression: its known constants.
    serial: Option<u32>,
    types: Rc<[TypeId]>,
    depth: u32,
}

/// What a global starts with.
pub struct InitialBytes {
    pub bytes: Vec<u8>,
    /// At byte offset, the address of a global plus an addend.
    pub globals: Vec<(u64, GlobalId, i64)>,
    /// At byte offset, a function.
    pub functions: Vec<(u64, FuncId)>,
}

enum Flow {
    Next,
    Break,
    Continue,
    Return(Option<Value>),
}

fn not_constant<T>(span: Span) -> Res<T> {
    fail(span, "expression must have a constant value")
}

impl Memory {
    fn alloc(&mut self, bytes: Vec<u8>, global: Option<GlobalId>, is_const: bool, span: Span) -> Res<u64> {
        self.allocated += bytes.len() + 16;
        if self.allocated > MAX_BYTES {
            return fail(span, "constant evaluation needs too much memory");
        }
        self.objects.push(Object { bytes, global, is_const });
        Ok((self.objects.len() as u64) << OBJECT_SHIFT)
    }

    fn slice(&mut self, at: u64, size: u64, span: Span) -> Res<&mut Object> {
        let index = (at >> OBJECT_SHIFT) as usize;
        let offset = at & ((1 << OBJECT_SHIFT) - 1);
        match index.checked_sub(1).and_then(|i| self.objects.get_mut(i)) {
            Some(object) if at & FUNCTION_BIT == 0 && offset + size <= object.bytes.len() as u64 => {
                Ok(object)
            }
            _ => not_constant(span),
        }
    }

    fn read(&mut self, at: u64, size: u64, span: Span) -> Res<Vec<u8>> {
        let offset = (at & ((1 << OBJECT_SHIFT) - 1)) as usize;
        let object = self.slice(at, size, span)?;
        Ok(object.bytes[offset..offset + size as usize].to_vec())
    }

    fn write(&mut self, at: u64, data: &[u8], span: Span) -> Res<()> {
        let offset = (at & ((1 << OBJECT_SHIFT) - 1)) as usize;
        let object = self.slice(at, data.len() as u64, span)?;
        if object.is_const {
            return not_constant(span);
        }
        object.bytes[offset..offset + data.len()].copy_from_slice(data);
        Ok(())
    }
}

fn bits(bytes: &[u8]) -> u64 {
    bytes.iter().take(8).rev().fold(0, |acc, b| acc << 8 | u64::from(*b))
}

impl<'a> Checker<'a> {
    // ------------------------------------------------------------ what the others ask for

    /// An integral constant expression: type and value, extended to 64 bits by its signedness.
    pub fn constant_integer(&mut self, e: &'a ast::Expr) -> Res<(TypeId, u64)> {
        let v = self.expr(e)?;
        self.constant_of_value(v)
    }

    fn constant_of_value(&mut self, v: Val) -> Res<(TypeId, u64)> {
        let span = v.e.span;
        let mut v = v;
        if self.is_record(v.e.ty) {
            v = self.class_to_scalar(v, None, span)?;
        }
        let v = self.rvalue(v)?;
        let ty = v.e.ty;
        if !self.is_integral(ty) && !matches!(self.types.get(ty), Type::Enum(_)) {
            let pointer = matches!(self.types.get(ty), Type::Pointer(_) | Type::NullPtr);
            // A string is no address that anybody wants to be a constant.
            if pointer && self.pointee(ty).is_none_or(|p| p.ty != TypeId::CHAR) {
                return super::context::unsupported(span, "template arguments that are pointers", "");
            }
            return fail(span, "expression must have integral or unscoped enum type");
        }
        if let ExprKind::Const(Const::Int(value)) = v.e.kind {
            return Ok((ty, self.extend_from(value, ty)));
        }
        match self.evaluate(&v.e)? {
            Value::Scalar(value) => Ok((ty, self.extend_from(value, ty))),
            Value::Bytes(_) => not_constant(span),
        }
    }

    pub fn constant_name(&mut self, name: &'a ast::Name) -> Res<(TypeId, u64)> {
        let v = self.name_expr(name)?;
        self.constant_of_value(v)
    }

    pub fn constant_condition(&mut self, e: &'a ast::Expr) -> Res<bool> {
        let v = self.expr(e)?;
        let c = self.condition(v)?;
        match self.evaluate(&c)? {
            Value::Scalar(value) => Ok(value != 0),
            Value::Bytes(_) => not_constant(e.span),
        }
    }

    pub fn static_assert_failed(&self, span: Span, message: Option<&[u8]>) -> Res<()> {
        match message {
            Some(text) => {
                let text = String::from_utf8_lossy(text);
                fail(span, format!("static assertion failed with \"{text}\""))
            }
            None => fail(span, "static assertion failed"),
        }
    }

    /// The bytes of a value of object type.
    pub fn evaluate_bytes(&mut self, e: &Expr) -> Res<Vec<u8>> {
        let mut memory = Memory::default();
        let bytes = self.evaluate_into(e, &mut memory)?;
        if self.holds_pointers(e.ty, 0) && bytes.iter().any(|b| *b != 0) {
            return not_constant(e.span);
        }
        Ok(bytes)
    }

    /// The bytes of a global's initialiser, and where addresses of globals and functions go.
    pub fn evaluate_global(&mut self, e: &Expr) -> Res<InitialBytes> {
        let mut memory = Memory::default();
        let mut bytes = self.evaluate_into(e, &mut memory)?;
        let mut places = Vec::new();
        self.pointer_places(e.ty, 0, &mut places);
        let (mut relocations, mut functions) = (Vec::new(), Vec::new());
        for at in places {
            let slot = &mut bytes[at as usize..at as usize + 8];
            let value = bits(slot);
            if value & FUNCTION_BIT != 0 {
                slot.fill(0);
                functions.push((at, FuncId((value & !FUNCTION_BIT) as u32)));
                continue;
            }
            let Some(index) = ((value >> OBJECT_SHIFT) as usize).checked_sub(1) else { continue };
            let Some(global) = memory.objects.get(index).and_then(|o| o.global) else {
                return not_constant(e.span);
            };
            slot.fill(0);
            relocations.push((at, global, (value & ((1 << OBJECT_SHIFT) - 1)) as i64));
        }
        Ok(InitialBytes { bytes, globals: relocations, functions })
    }

    fn holds_pointers(&self, ty: TypeId, depth: u32) -> bool {
        match self.types.get(ty) {
            Type::Pointer(_) => true,
            Type::Array { element, .. } => self.holds_pointers(element.ty, depth),
            Type::Record(r) if depth < 32 => {
                self.types.record(*r).fields.iter().any(|f| self.holds_pointers(f.ty.ty, depth + 1))
            }
            _ => false,
        }
    }

    fn pointer_places(&self, ty: TypeId, at: u64, out: &mut Vec<u64>) {
        if !self.holds_pointers(ty, 0) {
            return;
        }
        match self.types.get(ty) {
            Type::Pointer(_) => out.push(at),
            Type::Array { element, len: Some(n) } => {
                let size = self.types.size_align(element.ty).map_or(0, |s| s.0);
                for i in 0..*n {
                    self.pointer_places(element.ty, at + i * size, out);
                }
            }
            Type::Record(r) => {
                for field in &self.types.record(*r).fields {
                    self.pointer_places(field.ty.ty, at + field.offset, out);
                }
            }
            _ => {}
        }
    }

    fn evaluate_into(&mut self, e: &Expr, memory: &mut Memory) -> Res<Vec<u8>> {
        let size = self.size(e.ty, e.span)?;
        let value = self.evaluate_in(e, memory)?;
        Ok(to_bytes(value, size))
    }

    fn evaluate(&mut self, e: &Expr) -> Res<Value> {
        self.evaluate_in(e, &mut Memory::default())
    }

    fn evaluate_in(&mut self, e: &Expr, memory: &mut Memory) -> Res<Value> {
        let types: Vec<_> = self.cx.locals.iter().map(|l| l.ty).collect();
        let mut frame =
            Frame { locals: HashMap::new(), serial: Some(self.cx.serial), types: types.into(), depth: 0 };
        self.eval(e, &mut frame, memory)
    }

    pub fn scalar_from_bytes(&self, bytes: &[u8], ty: TypeId) -> Option<Const> {
        let raw = bits(bytes);
        Some(match self.types.get(ty) {
            Type::Bool | Type::Int(_) | Type::Enum(_) => Const::Int(raw),
            Type::Float(FloatKind::Float) => Const::Float(f32::from_bits(raw as u32)),
            Type::Float(FloatKind::Double) => Const::Double(f64::from_bits(raw)),
            _ => return None,
        })
    }

    // ------------------------------------------------------------ expressions

    fn size(&mut self, ty: TypeId, span: Span) -> Res<u64> {
        match self.types.size_align(ty) {
            Ok((size, _)) if size <= MAX_BYTES as u64 => Ok(size),
            _ => not_constant(span),
        }
    }

    fn step(&mut self, span: Span) -> Res<()> {
        self.eval_steps += 1;
        if self.eval_steps > MAX_STEPS {
            return fail(span, "expression must have a constant value: too many evaluation steps");
        }
        Ok(())
    }

    fn eval(&mut self, e: &Expr, f: &mut Frame, m: &mut Memory) -> Res<Value> {
        self.step(e.span)?;
        if let ExprKind::Const(c) = e.kind {
            return Ok(Value::Scalar(raw(c)));
        }
        self.nested(e.span, |c| c.eval_inner(e, f, m))
    }

    fn scalar(&mut self, e: &Expr, f: &mut Frame, m: &mut Memory) -> Res<u64> {
        match self.eval(e, f, m)? {
            Value::Scalar(v) => Ok(v),
            Value::Bytes(_) => not_constant(e.span),
        }
    }

    fn eval_inner(&mut self, e: &Expr, f: &mut Frame, m: &mut Memory) -> Res<Value> {
        let span = e.span;
        match &e.kind {
            ExprKind::Const(c) => Ok(Value::Scalar(raw(*c))),
            ExprKind::Zero if e.ty == TypeId::VOID => Ok(Value::Scalar(0)),
            ExprKind::Zero => {
                let size = self.size(e.ty, span)?;
                Ok(if self.is_aggregate(e.ty) {
                    Value::Bytes(vec![0; size as usize])
                } else {
                    Value::Scalar(0)
                })
            }
            ExprKind::Aggregate(parts) => {
                let size = self.size(e.ty, span)?;
                let mut bytes = vec![0u8; size as usize];
                for part in parts {
                    let value = self.eval(&part.value, f, m)?;
                    let part_size = self.size(part.value.ty, span)?;
                    let (offset, field_bits) = match self.types.get(e.ty) {
                        Type::Array { element, .. } => {
                            (part.index * self.types.size_align(element.ty).map_or(0, |s| s.0), None)
                        }
                        Type::Record(r) => {
                            let field = &self.types.record(*r).fields[part.index as usize];
                            (field.offset, field.bits)
                        }
                        _ => return not_constant(span),
                    };
                    let data = to_bytes(value, part_size);
                    let Some(slot) = bytes.get_mut(offset as usize..(offset + part_size) as usize) else {
                        return not_constant(span);
                    };
                    match field_bits {
                        Some(b) => {
                            let merged = merge_bits(bits(slot), bits(&data), b.shift, b.width);
                            slot.copy_from_slice(&merged.to_le_bytes()[..part_size as usize]);
                        }
                        None => slot.copy_from_slice(&data),
                    }
                }
                Ok(Value::Bytes(bytes))
            }
            ExprKind::FunctionAddress(id) => Ok(Value::Scalar(FUNCTION_BIT | u64::from(id.0))),
            ExprKind::Load(place) => self.eval_load(place, f, m),
            ExprKind::AddressOf(place) => Ok(Value::Scalar(self.eval_place(place, f, m)?)),
            ExprKind::Let { local, init, body } => {
                self.eval_local(*local, body.span, init.as_deref(), f, m)?;
                self.eval(body, f, m)
            }
            ExprKind::Comma { lhs, rhs } => {
                self.eval(lhs, f, m)?;
                self.eval(rhs, f, m)
            }
            ExprKind::Convert { kind, operand } => self.eval_convert(*kind, operand, e.ty, f, m),
            ExprKind::Unary { op, operand, .. } => {
                let v = self.scalar(operand, f, m)?;
                let float = self.types.get(operand.ty).clone();
                let out = match (op, float) {
                    (UnaryOp::Neg, Type::Float(FloatKind::Float)) => {
                        u64::from((-f32::from_bits(v as u32)).to_bits())
                    }
                    (UnaryOp::Neg, Type::Float(FloatKind::Double)) => (-f64::from_bits(v)).to_bits(),
                    (UnaryOp::Neg, _) => v.wrapping_neg(),
                    (UnaryOp::BitNot, _) => !v,
                    (UnaryOp::Not, _) => u64::from(v == 0),
                };
                Ok(Value::Scalar(self.truncate_to(out, e.ty)))
            }
            ExprKind::Binary { op, lhs, rhs, .. } => {
                let a = self.scalar(lhs, f, m)?;
                let b = self.scalar(rhs, f, m)?;
                let v = self.eval_binary(*op, a, lhs.ty, b, rhs.ty, span)?;
                Ok(Value::Scalar(self.truncate_to(v, e.ty)))
            }
            ExprKind::Logical { and, lhs, rhs } => {
                let a = self.scalar(lhs, f, m)? != 0;
                if a != *and {
                    return Ok(Value::Scalar(u64::from(a)));
                }
                Ok(Value::Scalar(u64::from(self.scalar(rhs, f, m)? != 0)))
            }
            ExprKind::Conditional { cond, then, otherwise } => {
                if self.scalar(cond, f, m)? != 0 {
                    self.eval(then, f, m)
                } else {
                    self.eval(otherwise, f, m)
                }
            }
            ExprKind::PointerAdd { pointer, index } => {
                let p = self.scalar(pointer, f, m)?;
                let i = self.scalar(index, f, m)?;
                let size = self.pointee_size(pointer.ty, span)?;
                Ok(Value::Scalar(p.wrapping_add(i.wrapping_mul(size))))
            }
            ExprKind::PointerDiff { lhs, rhs } => {
                let (a, b) = (self.scalar(lhs, f, m)?, self.scalar(rhs, f, m)?);
                let size = self.pointee_size(lhs.ty, span)?.max(1);
                if a >> OBJECT_SHIFT != b >> OBJECT_SHIFT {
                    return not_constant(span);
                }
                Ok(Value::Scalar(((a.wrapping_sub(b)) as i64 / size as i64) as u64))
            }
            ExprKind::Assign { place, value } => {
                let v = self.eval(value, f, m)?;
                self.eval_store(place, v, f, m)
            }
            ExprKind::CompoundAssign { op, place, value, compute, forth, back, .. } => {
                let old = self.eval_load(place, f, m)?;
                let Value::Scalar(old) = old else { return not_constant(span) };
                let v = self.scalar(value, f, m)?;
                let old = match forth {
                    Some(kind) => self.convert_raw(*kind, old, place.ty, *compute, span)?,
                    None => old,
                };
                let new = self.eval_binary(*op, old, *compute, v, value.ty, span)?;
                let new = self.truncate_to(new, *compute);
                let new = match back {
                    Some(kind) => self.convert_raw(*kind, new, *compute, place.ty, span)?,
                    None => new,
                };
                self.eval_store(place, Value::Scalar(new), f, m)
            }
            ExprKind::PointerAssign { place, index } => {
                let Value::Scalar(old) = self.eval_load(place, f, m)? else { return not_constant(span) };
                let i = self.scalar(index, f, m)?;
                let size = self.pointee_size(place.ty, span)?;
                self.eval_store(place, Value::Scalar(old.wrapping_add(i.wrapping_mul(size))), f, m)
            }
            ExprKind::IncDec { place, decrement, postfix } => {
                let Value::Scalar(old) = self.eval_load(place, f, m)? else { return not_constant(span) };
                let new = match self.types.get(place.ty).clone() {
                    Type::Float(FloatKind::Float) => {
                        let d = if *decrement { -1.0 } else { 1.0 };
                        u64::from((f32::from_bits(old as u32) + d).to_bits())
                    }
                    Type::Float(FloatKind::Double) => {
                        let d = if *decrement { -1.0 } else { 1.0 };
                        (f64::from_bits(old) + d).to_bits()
                    }
                    Type::Pointer(_) => {
                        let size = self.pointee_size(place.ty, span)?;
                        if *decrement { old.wrapping_sub(size) } else { old.wrapping_add(size) }
                    }
                    _ => {
                        let v = if *decrement { old.wrapping_sub(1) } else { old.wrapping_add(1) };
                        self.truncate_to(v, place.ty)
                    }
                };
                let result = self.eval_store(place, Value::Scalar(new), f, m)?;
                Ok(if *postfix { Value::Scalar(old) } else { result })
            }
            ExprKind::Call { function, args } => self.eval_call(*function, args, span, f, m),
            ExprKind::CallIndirect { callee, args } => {
                let address = self.scalar(callee, f, m)?;
                if address & FUNCTION_BIT == 0 {
                    return not_constant(span);
                }
                self.eval_call(FuncId((address & !FUNCTION_BIT) as u32), args, span, f, m)
            }
            ExprKind::Intrinsic { op, args } => self.eval_intrinsic(*op, args, e.ty, span, f, m),
            ExprKind::Local(_)
            | ExprKind::Global(_)
            | ExprKind::Deref(_)
            | ExprKind::Field { .. }
            | ExprKind::Index { .. } => {
                // A place for its effects only.
                self.eval_place(e, f, m)?;
                Ok(Value::Scalar(0))
            }
            ExprKind::Printf { .. } | ExprKind::AssertFail(_) => not_constant(span),
        }
    }

    fn is_aggregate(&self, ty: TypeId) -> bool {
        matches!(self.types.get(ty), Type::Record(_) | Type::Array { .. })
    }

    fn pointee_size(&mut self, ty: TypeId, span: Span) -> Res<u64> {
        match self.pointee(ty) {
            Some(target) => self.size(target.ty, span),
            None => not_constant(span),
        }
    }

    fn eval_local(
        &mut self,
        local: LocalId,
        span: Span,
        init: Option<&Expr>,
        f: &mut Frame,
        m: &mut Memory,
    ) -> Res<()> {
        let value = match init {
            Some(e) => Some((self.eval(e, f, m)?, e.ty)),
            None => None,
        };
        let ty = match (f.types.get(local.0 as usize), f.serial) {
            (Some(ty), _) => *ty,
            // Made after the frame was: a temporary of this very expression.
            (None, Some(_)) => match self.cx.locals.get(local.0 as usize) {
                Some(def) => def.ty,
                None => return not_constant(span),
            },
            _ => return not_constant(span),
        };
        let size = self.size(ty, span)?;
        let bytes = match value {
            Some((v, _)) => to_bytes(v, size),
            None => vec![0; size as usize],
        };
        let at = m.alloc(bytes, None, false, span)?;
        f.locals.insert(local.0, at);
        Ok(())
    }

    fn eval_place(&mut self, e: &Expr, f: &mut Frame, m: &mut Memory) -> Res<u64> {
        let span = e.span;
        match &e.kind {
            ExprKind::Local(id) => {
                if let Some(at) = f.locals.get(&id.0) {
                    return Ok(*at);
                }
                let known = f.serial.and_then(|s| self.local_constants.get(&(s, id.0)).cloned());
                match known {
                    Some(bytes) => {
                        let at = m.alloc(bytes.to_vec(), None, true, span)?;
                        f.locals.insert(id.0, at);
                        Ok(at)
                    }
                    None => not_constant(span),
                }
            }
            ExprKind::Global(id) => {
                if let Some(at) = m.globals.get(id) {
                    return Ok(*at);
                }
                let def = &self.globals[id.0 as usize];
                let known = match self.global_constants.get(id) {
                    Some(bytes) => bytes.to_vec(),
                    None if def.name.is_empty() => def.init.as_ref().map_or(Vec::new(), |b| b.to_vec()),
                    // Only its address can be used.
                    None => Vec::new(),
                };
                let at = m.alloc(known, Some(*id), true, span)?;
                m.globals.insert(*id, at);
                Ok(at)
            }
            ExprKind::Deref(p) => self.scalar(p, f, m),
            ExprKind::Field { base, field } => {
                let at = self.eval_place(base, f, m)?;
                let Some(r) = self.record_of(base.ty) else { return not_constant(span) };
                Ok(at + self.types.record(r).fields[*field as usize].offset)
            }
            ExprKind::Index { pointer, index } => {
                let p = self.scalar(pointer, f, m)?;
                let i = self.scalar(index, f, m)?;
                let size = self.size(e.ty, span)?;
                Ok(p.wrapping_add(i.wrapping_mul(size)))
            }
            ExprKind::Let { local, init, body } => {
                self.eval_local(*local, span, init.as_deref(), f, m)?;
                self.nested(span, |c| c.eval_place(body, f, m))
            }
            ExprKind::Comma { lhs, rhs } => {
                self.eval(lhs, f, m)?;
                self.nested(span, |c| c.eval_place(rhs, f, m))
            }
            _ => not_constant(span),
        }
    }

    fn bit_field(&self, place: &Expr) -> Option<super::types::BitField> {
        let ExprKind::Field { base, field } = &place.kind else { return None };
        let record = self.record_of(base.ty)?;
        self.types.record(record).fields[*field as usize].bits
    }

    fn eval_load(&mut self, place: &Expr, f: &mut Frame, m: &mut Memory) -> Res<Value> {
        if place.quals.is_volatile {
            return not_constant(place.span);
        }
        let at = self.eval_place(place, f, m)?;
        let size = self.size(place.ty, place.span)?;
        let bytes = m.read(at, size, place.span)?;
        if self.is_aggregate(place.ty) {
            return Ok(Value::Bytes(bytes));
        }
        let mut v = bits(&bytes);
        if let Some(b) = self.bit_field(place) {
            v = (v >> b.shift) & mask(b.width);
            let signed = self.types.int_kind(place.ty).is_some_and(|k| k.is_signed());
            if signed && b.width > 0 && v >> (b.width - 1) & 1 == 1 {
                v |= !mask(b.width);
            }
            v = self.truncate_to(v, place.ty);
        }
        Ok(Value::Scalar(v))
    }

    fn eval_store(&mut self, place: &Expr, value: Value, f: &mut Frame, m: &mut Memory) -> Res<Value> {
        let at = self.eval_place(place, f, m)?;
        let size = self.size(place.ty, place.span)?;
        let mut data = to_bytes(value.clone(), size);
        if let Some(b) = self.bit_field(place) {
            let old = bits(&m.read(at, size, place.span)?);
            let merged = merge_bits(old, bits(&data), b.shift, b.width);
            data = merged.to_le_bytes()[..size as usize].to_vec();
            m.write(at, &data, place.span)?;
            return self.eval_load(place, f, m);
        }
        m.write(at, &data, place.span)?;
        Ok(value)
    }
}

fn raw(c: Const) -> u64 {
    match c {
        Const::Int(v) => v,
        Const::Float(v) => v.to_bits().into(),
        Const::Double(v) => v.to_bits(),
    }
}

fn mask(width: u32) -> u64 {
    if width >= 64 { u64::MAX } else { (1 << width) - 1 }
}

fn merge_bits(old: u64, new: u64, shift: u32, width: u32) -> u64 {
    let field = mask(width) << shift;
    old & !field | new << shift & field
}

fn to_bytes(value: Value, size: u64) -> Vec<u8> {
    match value {
        Value::Scalar(v) => {
            let mut bytes = v.to_le_bytes().to_vec();
            bytes.resize(size as usize, 0);
            bytes
        }
        Value::Bytes(mut bytes) => {
            bytes.resize(size as usize, 0);
            bytes
        }
    }
}
