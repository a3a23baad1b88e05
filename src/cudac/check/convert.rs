//! Standard conversions: lvalue to rvalue, decay, promotions, the usual arithmetic conversions, pointers; which of them
//! a conversion needs (for ranking), and the nodes that perform it.

use super::context::{Cat, Checker, Res, Val, fail};
use super::tree::{Category, Const, Conversion, Expr, ExprKind, LocalId};
use super::types::{FloatKind, IntKind, QualType, Quals, Type, TypeId};
use crate::cudac::source::Span;

pub fn cast_node(operand: Expr, kind: Conversion, to: TypeId) -> Expr {
    let span = operand.span;
    Expr::value(ExprKind::Convert { kind, operand: Box::new(operand) }, to, span)
}

/// How good a standard conversion is: C++'s rank, then an order within the rank.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Rank(pub u8, pub u8);

pub const EXACT: u8 = 0;
pub const PROMOTION: u8 = 1;
pub const CONVERSION: u8 = 2;
pub const USER: u8 = 3;
pub const ELLIPSIS: u8 = 4;

/// Why a value is converted; decides the words of the error.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Purpose {
    Init,
    Argument,
    Return,
    Assign,
}

impl<'a> Checker<'a> {
    pub fn is_arithmetic(&self, ty: TypeId) -> bool {
        matches!(self.types.get(ty), Type::Bool | Type::Int(_) | Type::Float(_))
    }

    pub fn is_unscoped_enum(&self, ty: TypeId) -> bool {
        matches!(self.types.get(ty), Type::Enum(e) if !self.types.enumeration(*e).scoped)
    }

    /// Arithmetic, or an enum that converts by itself.
    pub fn is_arithmetic_like(&self, ty: TypeId) -> bool {
        self.is_arithmetic(ty) || self.is_unscoped_enum(ty)
    }

    pub fn is_integral(&self, ty: TypeId) -> bool {
        matches!(self.types.get(ty), Type::Bool | Type::Int(_))
    }

    pub fn is_integral_like(&self, ty: TypeId) -> bool {
        self.is_integral(ty) || self.is_unscoped_enum(ty)
    }

    pub fn is_float(&self, ty: TypeId) -> bool {
        matches!(self.types.get(ty), Type::Float(_))
    }

    pub fn is_pointer(&self, ty: TypeId) -> bool {
        matches!(self.types.get(ty), Type::Pointer(_))
    }

    pub fn is_record(&self, ty: TypeId) -> bool {
        matches!(self.types.get(ty), Type::Record(_))
    }

    pub fn pointee(&self, ty: TypeId) -> Option<QualType> {
        match self.types.get(ty) {
            Type::Pointer(target) => Some(*target),
            _ => None,
        }
    }

    // ------------------------------------------------------------ places

    /// Notes that the memory of a local is needed.
    pub fn mark_address(&mut self, place: &Expr) {
        let mut at = place;
        loop {
            match &at.kind {
                ExprKind::Local(LocalId(i)) => {
                    if let Some(local) = self.cx.locals.get_mut(*i as usize) {
                        local.address_taken = true;
                    }
                    return;
                }
                ExprKind::Field { base, .. } => at = base,
                ExprKind::Let { body, .. } => at = body,
                ExprKind::Comma { rhs, .. } => at = rhs,
                _ => return,
            }
        }
    }

    pub fn address_of(&mut self, place: Expr) -> Expr {
        let target = QualType { ty: place.ty, quals: place.quals };
        let ty = self.types.pointer_to(target);
        let span = place.span;
        match place.kind {
            // `&*p` is p.
            ExprKind::Deref(pointer) if pointer.ty == ty => *pointer,
            ExprKind::Deref(pointer) => cast_node(*pointer, Conversion::Pointer, ty),
            // `&p[i]` is p + i.
            ExprKind::Index { pointer, index } if pointer.ty == ty => {
                Expr::value(ExprKind::PointerAdd { pointer, index }, ty, span)
            }
            _ => {
                self.mark_address(&place);
                Expr::value(ExprKind::AddressOf(Box::new(place)), ty, span)
            }
        }
    }

    pub fn deref(&self, pointer: Expr, span: Span) -> Expr {
        let target = self.pointee(pointer.ty).unwrap_or(TypeId::VOID.into());
        match pointer.kind {
            // `*&x` is x.
            ExprKind::AddressOf(place) => Expr { span, ..*place },
            _ => Expr::place(ExprKind::Deref(Box::new(pointer)), target, span),
        }
    }

    /// A place for a value: a temporary where it has none.
    pub fn materialize(&mut self, v: Val) -> Expr {
        if v.e.category == Category::Place {
            return v.e;
        }
        let span = v.e.span;
        let built = matches!(&v.e.kind, ExprKind::Let { local, body, .. }
            if matches!(&body.kind, ExprKind::Comma { rhs, .. }
                if matches!(&rhs.kind, ExprKind::Load(p) if matches!(p.kind, ExprKind::Local(l) if l == *local))));
        if !built {
            return self.spill(v.e);
        }
        // A temporary that has just been built is used where it lies.
        let mut e = v.e;
        if let (ExprKind::Let { local, .. }, Some(class)) = (&e.kind, self.class_of(e.ty))
            && self.class(class).nontrivial_dtor
        {
            self.cx.temporaries.push((*local, class));
        }
        if let ExprKind::Let { body, .. } = &mut e.kind {
            if let ExprKind::Comma { rhs, .. } = &mut body.kind
                && let ExprKind::Load(place) = &mut rhs.kind
            {
                let place = std::mem::replace(&mut **place, Expr::value(ExprKind::Zero, TypeId::VOID, span));
                **rhs = place;
            }
            body.category = Category::Place;
        }
        e.category = Category::Place;
        e
    }

    fn spill(&mut self, e: Expr) -> Expr {
        let (ty, span) = (e.ty, e.span);
        let local = self.temporary(ty, span);
        if let Some(class) = self.class_of(ty)
            && self.class(class).nontrivial_dtor
        {
            self.cx.temporaries.push((local, class));
        }
        let place = self.local_place(local, span);
        let kind = ExprKind::Let { local, init: Some(Box::new(e)), body: Box::new(place) };
        Expr::place(kind, ty.into(), span)
    }

    /// Lvalue-to-rvalue, array-to-pointer and function-to-pointer conversion. Records stay places if they are.
    pub fn decay(&mut self, v: Val) -> Res<Val> {
        if v.cat == Cat::Prvalue && v.e.category == Category::Value {
            return Ok(v);
        }
        match self.types.get(v.e.ty).clone() {
            Type::Array { element, .. } => {
                let element = self.add_quals(element, v.e.quals);
                let ty = self.types.pointer_to(element);
                self.mark_address(&v.e);
                Ok(Val::value(cast_node(v.e, Conversion::ArrayDecay, ty)))
            }
            Type::Function(_) => Ok(Val::value(self.address_of(v.e))),
            Type::Void => Ok(v),
            Type::Record(_) => Ok(v),
            _ => Ok(Val::value(self.load(v.e))),
        }
    }

    /// Reads a place; known constants are put in for constant variables.
    pub fn load(&mut self, place: Expr) -> Expr {
        if let Some(constant) = self.constant_of_place(&place) {
            return Expr::value(ExprKind::Const(constant), place.ty, place.span);
        }
        place.load()
    }

    /// A value, of whatever type.
    pub fn rvalue(&mut self, v: Val) -> Res<Val> {
        let v = self.decay(v)?;
        if v.e.category == Category::Place && v.e.ty != TypeId::VOID {
            return Ok(Val::value(v.e.load()));
        }
        Ok(v)
    }

    // ------------------------------------------------------------ arithmetic types

    pub fn underlying(&self, ty: TypeId) -> TypeId {
        match self.types.get(ty) {
            Type::Enum(e) => self.types.enumeration(*e).underlying,
            _ => ty,
        }
    }

    /// Integral promotion.
    pub fn promoted(&self, ty: TypeId) -> TypeId {
        match self.types.get(self.underlying(ty)) {
            Type::Bool => TypeId::INT,
            Type::Int(kind) if kind.rank() < IntKind::Int.rank() => TypeId::INT,
            _ => self.underlying(ty),
        }
    }

    /// A bit-field as an operand of arithmetic: its width decides, not its type, so that `unsigned a : 3` is an `int`.
    pub fn promote_bit_field(&mut self, e: Expr) -> Expr {
        let Some(ty) = self.bit_field_promotion(&e, 0) else { return e };
        self.convert_scalar(e, ty)
    }

    /// What a bit-field promotes to where that differs from what its type does.
    pub fn bit_field_promotion(&self, e: &Expr, depth: u32) -> Option<TypeId> {
        let inner = match &e.kind {
            ExprKind::Field { base, field } => {
                let field = &self.types.record(self.record_of(base.ty)?).fields[*field as usize];
                let Type::Int(kind) = self.types.get(field.ty.ty) else { return None };
                let width = field.bits?.width;
                let fits = width < 32 || width == 32 && kind.is_signed();
                return match width {
                    _ if kind.rank() < IntKind::Int.rank() => None,
                    _ if fits => Some(TypeId::INT),
                    32 => Some(TypeId::UINT),
                    _ => None,
                };
            }
            ExprKind::Load(place)
            | ExprKind::Assign { place, .. }
            | ExprKind::CompoundAssign { place, .. }
            | ExprKind::IncDec { place, postfix: false, .. } => place,
            ExprKind::Comma { rhs, .. } => rhs,
            ExprKind::Let { body, .. } => body,
            _ => return None,
        };
        if depth > 64 { None } else { self.bit_field_promotion(inner, depth + 1) }
    }

    /// The usual arithmetic conversions: the type both operands are brought to.
    pub fn common_type(&self, a: TypeId, b: TypeId) -> TypeId {
        if a == TypeId::DOUBLE || b == TypeId::DOUBLE {
            return TypeId::DOUBLE;
        }
        if a == TypeId::FLOAT || b == TypeId::FLOAT {
            return TypeId::FLOAT;
        }
        let (a, b) = (self.promoted(a), self.promoted(b));
        let (Type::Int(ka), Type::Int(kb)) = (self.types.get(a), self.types.get(b)) else { return a };
        if a == b {
            return a;
        }
        if ka.is_signed() == kb.is_signed() {
            return if ka.rank() >= kb.rank() { a } else { b };
        }
        let (unsigned, signed, u, s) = if ka.is_signed() { (b, a, kb, ka) } else { (a, b, ka, kb) };
        if u.rank() >= s.rank() {
            unsigned
        } else if s.size() > u.size() {
            signed
        } else {
            match s.to_unsigned() {
                IntKind::ULong => TypeId::ULONG,
                _ => TypeId::ULONGLONG,
            }
        }
    }

    /// Conversion between scalar types, whatever they are; the caller knows that it is allowed.
    pub fn convert_scalar(&mut self, e: Expr, to: TypeId) -> Expr {
        if e.ty == to {
            return e;
        }
        let kind = match (self.types.get(e.ty), self.types.get(to)) {
            (_, Type::Void) => Conversion::Discard,
            (_, Type::Bool) => Conversion::Bool,
            (Type::Bool | Type::Int(_) | Type::Enum(_), Type::Int(_) | Type::Enum(_)) => {
                if let Type::Enum(_) = self.types.get(to)
                    && self.underlying(to) == TypeId::BOOL
                {
                    let b = cast_node(e, Conversion::Bool, TypeId::BOOL);
                    return cast_node(b, Conversion::Int, to);
                }
                Conversion::Int
            }
            (Type::Bool | Type::Int(_) | Type::Enum(_), Type::Float(_)) => Conversion::IntToFloat,
            (Type::Float(_), Type::Int(_) | Type::Enum(_)) => Conversion::FloatToInt,
            (Type::Float(_), Type::Float(_)) => Conversion::Float,
            (Type::Pointer(_) | Type::NullPtr, Type::Pointer(_) | Type::NullPtr) => Conversion::Pointer,
            (Type::Pointer(_) | Type::NullPtr, Type::Int(_) | Type::Enum(_)) => Conversion::PointerToInt,
            (Type::Int(_) | Type::Enum(_) | Type::Bool, Type::Pointer(_) | Type::NullPtr) => {
                Conversion::IntToPointer
            }
            _ => return e,
        };
        if let ExprKind::Const(c) = e.kind
            && let Some(folded) = self.fold_conversion(c, e.ty, to, kind)
        {
            return Expr { kind: ExprKind::Const(folded), ty: to, ..e };
        }
        cast_node(e, kind, to)
    }

    /// The value as a condition: a BOOL expression.
    pub fn condition(&mut self, v: Val) -> Res<Expr> {
        let span = v.e.span;
        let v = if self.is_record(v.e.ty) { self.class_to_scalar(v, Some(TypeId::BOOL), span)? } else { v };
        let v = self.rvalue(v)?;
        match self.types.get(v.e.ty) {
            Type::Bool => Ok(v.e),
            Type::Int(_) | Type::Float(_) | Type::Pointer(_) | Type::NullPtr => {
                Ok(self.convert_scalar(v.e, TypeId::BOOL))
            }
            Type::Enum(_) if self.is_unscoped_enum(v.e.ty) => Ok(self.convert_scalar(v.e, TypeId::BOOL)),
            _ => {
                let ty = self.show(v.qual_type());
                fail(span, format!("expression must have bool type (or be convertible to bool): \"{ty}\""))
            }
        }
    }

    // ------------------------------------------------------------ ranking

    /// The standard conversion of a value to a type that is neither a reference nor a class of another kind.
    pub fn standard_rank(&mut self, v: &Val, to: TypeId) -> Option<Rank> {
        let mut from = v.e.ty;
        match self.types.get(from).clone() {
            Type::Array { element, .. } => {
                let element = self.add_quals(element, v.e.quals);
                from = self.types.pointer_to(element);
            }
            Type::Function(_) => from = self.types.pointer_to(from),
            _ => {}
        }
        if from == to {
            return Some(Rank(EXACT, 0));
        }
        match (self.types.get(from), self.types.get(to)) {
            (Type::Bool | Type::Int(_) | Type::Float(_), Type::Bool | Type::Int(_) | Type::Float(_)) => {
                Some(self.arithmetic_rank(from, to))
            }
            (Type::Enum(e), Type::Bool | Type::Int(_) | Type::Float(_))
                if !self.types.enumeration(*e).scoped =>
            {
                // The underlying type itself is better than what it promotes to.
                Some(if self.underlying(from) == to {
                    Rank(PROMOTION, 0)
                } else if self.promoted(from) == to {
                    Rank(PROMOTION, 1)
                } else {
                    Rank(CONVERSION, 0)
                })
            }
            (Type::NullPtr, Type::Pointer(_)) => Some(Rank(CONVERSION, 0)),
            (Type::NullPtr, Type::Bool) => Some(Rank(CONVERSION, 250)),
            (_, Type::Pointer(_) | Type::NullPtr) if v.zero => Some(Rank(CONVERSION, 0)),
            (Type::Pointer(_), Type::Bool) => Some(Rank(CONVERSION, 250)),
            (Type::Pointer(a), Type::Pointer(b)) => {
                let (a, b) = (*a, *b);
                self.pointer_rank(v, a, b)
            }
            _ => None,
        }
    }

    fn arithmetic_rank(&self, from: TypeId, to: TypeId) -> Rank {
        let promotes = (self.is_integral(from) && self.promoted(from) == to)
            || (from == TypeId::FLOAT && to == TypeId::DOUBLE);
        if promotes { Rank(PROMOTION, 0) } else { Rank(CONVERSION, 0) }
    }

    fn pointer_rank(&self, v: &Val, a: QualType, b: QualType) -> Option<Rank> {
        let string = matches!(&v.e.kind, ExprKind::Global(g) if self.globals[g.0 as usize].name.is_empty());
        if !b.quals.contains(a.quals) && !string {
            return None;
        }
        if a.ty == b.ty {
            return Some(Rank(EXACT, 1));
        }
        if b.ty == TypeId::VOID && !matches!(self.types.get(a.ty), Type::Function(_)) {
            return Some(Rank(CONVERSION, 200));
        }
        if let Some(distance) = self.is_base_of(b.ty, a.ty) {
            return Some(Rank(CONVERSION, 1 + distance as u8));
        }
        if self.similar(a, b, 0) { Some(Rank(EXACT, 2)) } else { None }
    }

    /// Pointers of several levels that differ in qualifiers that may be added, arrays of known and unknown length.
    fn similar(&self, a: QualType, b: QualType, depth: u32) -> bool {
        if a.ty == b.ty {
            return b.quals.contains(a.quals);
        }
        match (self.types.get(a.ty), self.types.get(b.ty)) {
            (Type::Pointer(x), Type::Pointer(y)) if depth < 16 => {
                b.quals.contains(a.quals)
                    && (x.quals == y.quals || b.quals.is_const && y.quals.contains(x.quals))
                    && self.similar(
                        QualType { ty: x.ty, quals: Quals::NONE },
                        QualType { ty: y.ty, quals: Quals::NONE },
                        depth + 1,
                    )
            }
            (Type::Array { element: x, .. }, Type::Array { element: y, len: None }) => {
                x.ty == y.ty && y.quals.contains(x.quals)
            }
            (Type::Array { element: x, len }, Type::Array { element: y, len: other }) => {
                len == other && x.ty == y.ty && y.quals.contains(x.quals)
            }
            _ => false,
        }
    }

    /// Performs the standard conversion that `standard_rank` found.
    pub fn convert_standard(&mut self, v: Val, to: TypeId) -> Res<Expr> {
        let zero = v.zero;
        let v = self.rvalue(v)?;
        if zero && self.is_pointer(to) {
            return Ok(Expr::int(0, to, v.e.span));
        }
        if let (Some(a), Some(b)) = (self.pointee(v.e.ty), self.pointee(to))
            && a.ty != b.ty
            && self.is_base_of(b.ty, a.ty).is_some()
        {
            return Ok(self.upcast(v.e, to));
        }
        Ok(self.convert_scalar(v.e, to))
    }

    pub fn mismatch<T>(&self, purpose: Purpose, from: QualType, to: QualType, span: Span) -> Res<T> {
        let bare = QualType { ty: from.ty, quals: Quals::NONE };
        let from = match self.types.get(from.ty) {
            Type::Array { .. } => self.show(from),
            _ => self.show(if purpose == Purpose::Argument { from } else { bare }),
        };
        let to = self.show(to);
        fail(
            span,
            match purpose {
                Purpose::Init => {
                    format!(
                        "a value of type \"{from}\" cannot be used to initialize an entity of type \"{to}\""
                    )
                }
                Purpose::Argument => {
                    format!("argument of type \"{from}\" is incompatible with parameter of type \"{to}\"")
                }
                Purpose::Return => {
                    format!("return value type \"{from}\" does not match the function type \"{to}\"")
                }
                Purpose::Assign => {
                    format!("a value of type \"{from}\" cannot be assigned to an entity of type \"{to}\"")
                }
            },
        )
    }

    // ------------------------------------------------------------ constants

    /// Integers as the tree has them: the low bits of the type, the rest zero.
    pub fn truncate_to(&self, value: u64, ty: TypeId) -> u64 {
        match self.types.get(self.underlying(ty)) {
            Type::Bool => u64::from(value != 0),
            Type::Int(kind) => truncate(value, kind.size()),
            _ => value,
        }
    }

    /// The other way: sign- or zero-extended to 64 bits.
    pub fn extend_from(&self, value: u64, ty: TypeId) -> u64 {
        match self.types.get(self.underlying(ty)) {
            Type::Int(kind) if kind.is_signed() => sign_extend(value, kind.size()),
            Type::Int(kind) => truncate(value, kind.size()),
            _ => value,
        }
    }

    pub fn int_const(&self, value: u64, ty: TypeId, span: Span) -> Expr {
        Expr::int(self.truncate_to(value, ty), ty, span)
    }

    /// A constant through a conversion, exactly as it would happen at run time.
    pub fn fold_conversion(&self, c: Const, from: TypeId, to: TypeId, kind: Conversion) -> Option<Const> {
        Some(match (kind, c) {
            (Conversion::Int, Const::Int(v)) => Const::Int(self.truncate_to(self.extend_from(v, from), to)),
            (Conversion::Bool, Const::Int(v)) => Const::Int(u64::from(v != 0)),
            (Conversion::Bool, Const::Float(v)) => Const::Int(u64::from(v != 0.0)),
            (Conversion::Bool, Const::Double(v)) => Const::Int(u64::from(v != 0.0)),
            (Conversion::IntToFloat, Const::Int(v)) => {
                let v = self.extend_from(v, from);
                let signed = self.types.int_kind(from).is_some_and(IntKind::is_signed);
                match self.types.get(to) {
                    Type::Float(FloatKind::Float) if signed => Const::Float(v as i64 as f32),
                    Type::Float(FloatKind::Float) => Const::Float(v as f32),
                    _ if signed => Const::Double(v as i64 as f64),
                    _ => Const::Double(v as f64),
                }
            }
            (Conversion::Float, Const::Float(v)) => Const::Double(v.into()),
            (Conversion::Float, Const::Double(v)) => Const::Float(v as f32),
            (Conversion::FloatToInt, Const::Float(v)) => Const::Int(self.float_to_int(v.into(), to, true)),
            (Conversion::FloatToInt, Const::Double(v)) => Const::Int(self.float_to_int(v, to, false)),
            (Conversion::IntToPointer, Const::Int(v)) => Const::Int(self.extend_from(v, from)),
            (Conversion::Pointer, Const::Int(v)) => Const::Int(v),
            (Conversion::PointerToInt, Const::Int(v)) => Const::Int(self.truncate_to(v, to)),
            _ => return None,
        })
    }

    /// As `Conversion::FloatToInt` says.
    fn float_to_int(&self, v: f64, to: TypeId, from_float: bool) -> u64 {
        let kind = self.types.int_kind(to).unwrap_or(IntKind::Int);
        let wide = kind.size() == 8;
        let bits = if v.is_nan() {
            match (wide, from_float) {
                (false, true) => 0,
                (false, false) => 1 << 31,
                (true, _) => 1 << 63,
            }
        } else {
            match (wide, kind.is_signed()) {
                (true, true) => v as i64 as u64,
                (true, false) => v as u64,
                (false, true) => v as i32 as u64,
                (false, false) if kind.size() < 4 => v as i32 as u64,
                (false, false) => v as u32 as u64,
            }
        };
        self.truncate_to(bits, to)
    }
}

pub fn truncate(value: u64, bytes: u32) -> u64 {
    if bytes >= 8 { value } else { value & ((1 << (bytes * 8)) - 1) }
}

pub fn sign_extend(value: u64, bytes: u32) -> u64 {
    let shift = 64 - 8 * bytes.clamp(1, 8);
    (((value << shift) as i64) >> shift) as u64
}
