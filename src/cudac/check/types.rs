//! Semantic types, interned: equal types have equal `TypeId`s. The data model is LP64, as CUDA has it on Linux.
//!
//! A `TypeId` carries no qualifiers on top; `QualType` adds const and volatile. Qualifiers of pointees, referents and
//! array elements are part of the type. Records and enums are nominal: their contents live in tables here.
//! Vector types (`float4`, ...) and `dim3` are ordinary predefined records.

use std::sync::{Arc, OnceLock};

use rustc_hash::FxHashMap;

use crate::cudac::source::Span;

#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct TypeId(pub u32);

#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct RecordId(pub u32);

#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct EnumId(pub u32);

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Quals {
    pub is_const: bool,
    pub is_volatile: bool,
}

impl Quals {
    pub const NONE: Quals = Quals { is_const: false, is_volatile: false };
    pub const CONST: Quals = Quals { is_const: true, is_volatile: false };

    pub fn union(self, other: Quals) -> Quals {
        let is_const = self.is_const || other.is_const;
        Quals { is_const, is_volatile: self.is_volatile || other.is_volatile }
    }

    /// True if everything in `other` is here too.
    pub fn contains(self, other: Quals) -> bool {
        self.union(other) == self
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct QualType {
    pub ty: TypeId,
    pub quals: Quals,
}

impl From<TypeId> for QualType {
    fn from(ty: TypeId) -> QualType {
        QualType { ty, quals: Quals::NONE }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum IntKind {
    /// Plain char: signed here, and a type of its own.
    Char,
    SChar,
    UChar,
    Short,
    UShort,
    Int,
    UInt,
    Long,
    ULong,
    LongLong,
    ULongLong,
}

impl IntKind {
    /// In bytes; also the alignment.
    pub fn size(self) -> u32 {
        match self {
            IntKind::Char | IntKind::SChar | IntKind::UChar => 1,
            IntKind::Short | IntKind::UShort => 2,
            IntKind::Int | IntKind::UInt => 4,
            IntKind::Long | IntKind::ULong | IntKind::LongLong | IntKind::ULongLong => 8,
        }
    }

    pub fn is_signed(self) -> bool {
        use IntKind::{Char, Int, Long, LongLong, SChar, Short};
        matches!(self, Char | SChar | Short | Int | Long | LongLong)
    }

    /// Conversion rank: 1 for the chars to 5 for long long.
    pub fn rank(self) -> u32 {
        match self {
            IntKind::Char | IntKind::SChar | IntKind::UChar => 1,
            IntKind::Short | IntKind::UShort => 2,
            IntKind::Int | IntKind::UInt => 3,
            IntKind::Long | IntKind::ULong => 4,
            IntKind::LongLong | IntKind::ULongLong => 5,
        }
    }

    pub fn to_unsigned(self) -> IntKind {
        match self {
            IntKind::Char | IntKind::SChar => IntKind::UChar,
            IntKind::Short => IntKind::UShort,
            IntKind::Int => IntKind::UInt,
            IntKind::Long => IntKind::ULong,
            IntKind::LongLong => IntKind::ULongLong,
            unsigned => unsigned,
        }
    }
}

/// `half` and `bfloat16` will be further kinds here.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum FloatKind {
    Float,
    Double,
}

impl FloatKind {
    pub fn size(self) -> u32 {
        match self {
            FloatKind::Float => 4,
            FloatKind::Double => 8,
        }
    }
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Type {
    Void,
    Bool,
    Int(IntKind),
    Float(FloatKind),
    NullPtr,
    /// 8 bytes, generic address.
    Pointer(QualType),
    /// Only as the declared type of variables, parameters, returns and in template arguments. In the typed tree
    /// references have become pointers.
    Reference {
        target: QualType,
        rvalue: bool,
    },
    /// Without a length: `extern __shared__ T x[]`, or a parameter before it decays.
    Array {
        element: QualType,
        len: Option<u64>,
    },
    Record(RecordId),
    Enum(EnumId),
    Function(FunctionType),
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct FunctionType {
    pub ret: QualType,
    pub params: Vec<QualType>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RecordKind {
    Struct,
    Class,
    Union,
}

/// A non-static data member with its place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Field {
    /// Empty for anonymous unions and structs, whose members are looked up through.
    pub name: Box<str>,
    pub ty: QualType,
    /// In bytes from the start of the record. For a bit-field: of the storage unit (a `ty`) that holds it.
    pub offset: u64,
    pub bits: Option<BitField>,
}

/// A bit-field lies at bits `shift .. shift + width` of the little-endian storage unit of the field's type.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BitField {
    pub shift: u32,
    pub width: u32,
}

/// A member before layout.
#[derive(Clone, Debug)]
pub struct FieldInput {
    pub name: Box<str>,
    pub ty: QualType,
    pub bit_width: Option<u32>,
    /// From `alignas`; 1 if there is none.
    pub align: u64,
}

#[derive(Clone, Debug)]
pub struct RecordDef {
    pub name: Box<str>,
    pub kind: RecordKind,
    pub fields: Vec<Field>,
    pub size: u64,
    pub align: u64,
    pub complete: bool,
    /// `Some` for `float4` and friends: element type and count.
    pub vector: Option<(TypeId, u32)>,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub struct EnumDef {
    pub name: Box<str>,
    pub scoped: bool,
    /// An integer type (or bool).
    pub underlying: TypeId,
    pub span: Span,
}

/// Why a type has no layout.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LayoutError {
    /// void, a function, an array without length, a record without definition
    Incomplete,
    TooLarge,
    /// A bit-field wider than its type, or of a type that cannot be one.
    BadBitField,
}

/// Nothing larger than this is laid out (1 TiB).
const MAX_SIZE: u64 = 1 << 40;

/// The default is a table without even the fixed types.
#[derive(Clone, Default, Debug)]
pub struct TypeTable {
    types: Vec<Type>,
    map: FxHashMap<Type, TypeId>,
    /// Shared with the table that every one starts from.
    records: Vec<Arc<RecordDef>>,
    enums: Vec<EnumDef>,
}

macro_rules! fixed_types {
    ($($name:ident = $index:literal => $ty:expr;)*) => {
        /// Types that every table has under the same number.
        impl TypeId {
            $(pub const $name: TypeId = TypeId($index);)*
        }
        const FIXED: &[Type] = &[$($ty),*];
    };
}

fixed_types! {
    VOID = 0 => Type::Void;
    BOOL = 1 => Type::Bool;
    CHAR = 2 => Type::Int(IntKind::Char);
    SCHAR = 3 => Type::Int(IntKind::SChar);
    UCHAR = 4 => Type::Int(IntKind::UChar);
    SHORT = 5 => Type::Int(IntKind::Short);
    USHORT = 6 => Type::Int(IntKind::UShort);
    INT = 7 => Type::Int(IntKind::Int);
    UINT = 8 => Type::Int(IntKind::UInt);
    LONG = 9 => Type::Int(IntKind::Long);
    ULONG = 10 => Type::Int(IntKind::ULong);
    LONGLONG = 11 => Type::Int(IntKind::LongLong);
    ULONGLONG = 12 => Type::Int(IntKind::ULongLong);
    FLOAT = 13 => Type::Float(FloatKind::Float);
    DOUBLE = 14 => Type::Float(FloatKind::Double);
    NULLPTR = 15 => Type::NullPtr;
}

/// CUDA's vector types: name, element, alignments for 1 to 4 elements.
const VECTORS: &[(&str, TypeId, [u64; 4])] = &[
    ("char", TypeId::SCHAR, [1, 2, 1, 4]),
    ("uchar", TypeId::UCHAR, [1, 2, 1, 4]),
    ("short", TypeId::SHORT, [2, 4, 2, 8]),
    ("ushort", TypeId::USHORT, [2, 4, 2, 8]),
    ("int", TypeId::INT, [4, 8, 4, 16]),
    ("uint", TypeId::UINT, [4, 8, 4, 16]),
    ("long", TypeId::LONG, [8, 16, 8, 16]),
    ("ulong", TypeId::ULONG, [8, 16, 8, 16]),
    ("longlong", TypeId::LONGLONG, [8, 16, 8, 16]),
    ("ulonglong", TypeId::ULONGLONG, [8, 16, 8, 16]),
    ("float", TypeId::FLOAT, [4, 8, 4, 16]),
    ("double", TypeId::DOUBLE, [8, 16, 8, 16]),
];

impl TypeTable {
    /// A table with the fixed types, the vector types (`RecordId` 0 to 47 in the order of `VECTORS`) and `dim3`.
    pub fn new() -> TypeTable {
        static START: OnceLock<TypeTable> = OnceLock::new();
        START.get_or_init(TypeTable::start).clone()
    }

    /// The table with the fixed types and the predefined records.
    fn start() -> TypeTable {
        let mut table = TypeTable::default();
        for ty in FIXED {
            table.intern(ty.clone());
        }
        for (name, element, aligns) in VECTORS {
            for (i, align) in aligns.iter().enumerate() {
                table.add_vector(&format!("{name}{}", i + 1), *element, i as u32 + 1, *align, true);
            }
        }
        table.add_vector("dim3", TypeId::UINT, 3, 4, false);
        table
    }

    fn add_vector(&mut self, name: &str, element: TypeId, count: u32, align: u64, vector: bool) {
        let (id, _) = self.new_record(name, RecordKind::Struct, Span::NONE);
        let names = ["x", "y", "z", "w"].iter().take(count as usize);
        let input =
            |n: &&str| FieldInput { name: (*n).into(), ty: element.into(), bit_width: None, align: 1 };
        let fields: Vec<_> = names.map(input).collect();
        // Cannot fail: the elements are complete and small.
        let _ = self.define_record(id, &fields, align, false);
        Arc::make_mut(&mut self.records[id.0 as usize]).vector = vector.then_some((element, count));
    }

    /// The predefined record called `name` (`float4`, `dim3`), if it is one.
    pub fn predefined_record(&self, name: &str) -> Option<TypeId> {
        const PREDEFINED: usize = VECTORS.len() * 4 + 1;
        let index = self.records[..PREDEFINED].iter().position(|r| &*r.name == name)?;
        self.map.get(&Type::Record(RecordId(index as u32))).copied()
    }

    /// The vector type of `element` with `count` (1 to 4) elements.
    pub fn vector(&self, element: TypeId, count: u32) -> Option<TypeId> {
        let index = self.records.iter().position(|r| r.vector == Some((element, count)))?;
        self.map.get(&Type::Record(RecordId(index as u32))).copied()
    }

    pub fn intern(&mut self, ty: Type) -> TypeId {
        if let Some(id) = self.map.get(&ty) {
            return *id;
        }
        let id = TypeId(self.types.len() as u32);
        self.types.push(ty.clone());
        self.map.insert(ty, id);
        id
    }

    pub fn get(&self, id: TypeId) -> &Type {
        &self.types[id.0 as usize]
    }

    pub fn pointer_to(&mut self, pointee: impl Into<QualType>) -> TypeId {
        let pointee = pointee.into();
        self.intern(Type::Pointer(pointee))
    }

    pub fn reference_to(&mut self, target: impl Into<QualType>, rvalue: bool) -> TypeId {
        let target = target.into();
        self.intern(Type::Reference { target, rvalue })
    }

    pub fn array_of(&mut self, element: impl Into<QualType>, len: Option<u64>) -> TypeId {
        let element = element.into();
        self.intern(Type::Array { element, len })
    }

    /// A record without definition yet, and its type.
    pub fn new_record(&mut self, name: &str, kind: RecordKind, span: Span) -> (RecordId, TypeId) {
        let id = RecordId(self.records.len() as u32);
        let fields = Vec::new();
        let name = name.into();
        self.records.push(Arc::new(RecordDef {
            name,
            kind,
            fields,
            size: 0,
            align: 1,
            complete: false,
            vector: None,
            span,
        }));
        (id, self.intern(Type::Record(id)))
    }

    /// Lays the members out by the Itanium ABI (which CUDA follows): declared order, natural alignment, bit-fields
    /// packed into units of their type, an empty record one byte. `align` is the record's own `alignas` (or 1).
    pub fn define_record(
        &mut self,
        id: RecordId,
        inputs: &[FieldInput],
        align: u64,
        packed: bool,
    ) -> Result<(), LayoutError> {
        let is_union = self.record(id).kind == RecordKind::Union;
        let mut fields = Vec::with_capacity(inputs.len());
        let mut record_align = align.max(1);
        // Bits used so far (of the whole record, or of the largest member of a union).
        let mut end_bits: u64 = 0;
        for input in inputs {
            let (size, natural) = self.size_align(input.ty.ty)?;
            let natural = if packed { 1 } else { natural };
            let field_align = natural.max(input.align.max(1));
            let at = if is_union { 0 } else { end_bits };
            let (offset, bits, end) = match input.bit_width {
                None => {
                    let offset = round_up(at.div_ceil(8), field_align);
                    (offset, None, (offset + size) * 8)
                }
                Some(width) => {
                    let is_integer =
                        matches!(self.get(input.ty.ty), Type::Int(_) | Type::Bool | Type::Enum(_));
                    if !is_integer || u64::from(width) > size * 8 {
                        return Err(LayoutError::BadBitField);
                    }
                    let unit = size * 8;
                    let width = u64::from(width);
                    let start = if width == 0 || input.align > 1 {
                        round_up(at, field_align.max(size) * 8)
                    } else if at / unit != (at + width - 1) / unit {
                        // It would straddle two units of its type.
                        round_up(at, unit)
                    } else {
                        at
                    };
                    let offset = start / unit * size;
                    let shift = (start % unit) as u32;
                    (offset, Some(BitField { shift, width: width as u32 }), start + width)
                }
            };
            if end / 8 > MAX_SIZE {
                return Err(LayoutError::TooLarge);
            }
            end_bits = end_bits.max(end);
            let nameless_bits = input.bit_width.is_some() && input.name.is_empty();
            if !nameless_bits {
                record_align = record_align.max(field_align);
                fields.push(Field { name: input.name.clone(), ty: input.ty, offset, bits });
            }
        }
        let def = Arc::make_mut(&mut self.records[id.0 as usize]);
        def.fields = fields;
        def.align = record_align;
        def.size = round_up(end_bits.div_ceil(8).max(1), record_align);
        def.complete = true;
        Ok(())
    }

    /// An unnamed record takes the name of its first typedef.
    pub fn rename_record(&mut self, id: RecordId, name: &str) {
        Arc::make_mut(&mut self.records[id.0 as usize]).name = name.into();
    }

    pub fn record(&self, id: RecordId) -> &RecordDef {
        &self.records[id.0 as usize]
    }

    pub fn new_enum(&mut self, name: &str, scoped: bool, underlying: TypeId, span: Span) -> (EnumId, TypeId) {
        let id = EnumId(self.enums.len() as u32);
        self.enums.push(EnumDef { name: name.into(), scoped, underlying, span });
        (id, self.intern(Type::Enum(id)))
    }

    /// An enum without a fixed type gets it once its values are known.
    pub fn set_enum_underlying(&mut self, id: EnumId, underlying: TypeId) {
        self.enums[id.0 as usize].underlying = underlying;
    }

    pub fn enumeration(&self, id: EnumId) -> &EnumDef {
        &self.enums[id.0 as usize]
    }

    /// Size and alignment in bytes.
    pub fn size_align(&self, id: TypeId) -> Result<(u64, u64), LayoutError> {
        // Array nesting is a loop, so that no depth of it can exhaust the stack.
        let mut id = id;
        let mut count: u64 = 1;
        loop {
            let (size, align) = match self.get(id) {
                Type::Void | Type::Function(_) => return Err(LayoutError::Incomplete),
                Type::Bool => (1, 1),
                Type::Int(kind) => (kind.size().into(), kind.size().into()),
                Type::Float(kind) => (kind.size().into(), kind.size().into()),
                Type::NullPtr | Type::Pointer(_) | Type::Reference { .. } => (8, 8),
                Type::Array { element, len } => {
                    let len = len.ok_or(LayoutError::Incomplete)?;
                    count = count.checked_mul(len).ok_or(LayoutError::TooLarge)?;
                    id = element.ty;
                    continue;
                }
                Type::Record(record) => {
                    let def = self.record(*record);
                    if !def.complete {
                        return Err(LayoutError::Incomplete);
                    }
                    (def.size, def.align)
                }
                Type::Enum(e) => {
                    id = self.enumeration(*e).underlying;
                    continue;
                }
            };
            let total = count.checked_mul(size).filter(|t| *t <= MAX_SIZE).ok_or(LayoutError::TooLarge)?;
            return Ok((total, align));
        }
    }

    /// The integer kind behind an integer or enum type.
    pub fn int_kind(&self, id: TypeId) -> Option<IntKind> {
        match self.get(id) {
            Type::Int(kind) => Some(*kind),
            Type::Enum(e) => self.int_kind(self.enumeration(*e).underlying),
            _ => None,
        }
    }

    /// The type as the user would write it.
    pub fn display(&self, id: TypeId) -> String {
        self.declare(id.into(), String::new())
    }

    pub fn display_qual(&self, ty: QualType) -> String {
        self.declare(ty, String::new())
    }

    /// The declaration of `inner` with type `ty`: `int (*x)[4]`.
    pub fn declare(&self, ty: QualType, inner: String) -> String {
        let quals = match (ty.quals.is_const, ty.quals.is_volatile) {
            (false, false) => "",
            (true, false) => "const",
            (false, true) => "volatile",
            (true, true) => "const volatile",
        };
        let wrap = |target: TypeId, text: String| match self.get(target) {
            Type::Array { .. } | Type::Function(_) => format!("({text})"),
            _ => text,
        };
        let base: String = match self.get(ty.ty) {
            Type::Pointer(pointee) => {
                let gap = if quals.is_empty() || inner.is_empty() { "" } else { " " };
                return self.declare(*pointee, wrap(pointee.ty, format!("*{quals}{gap}{inner}")));
            }
            Type::Reference { target, rvalue } => {
                let mark = if *rvalue { "&&" } else { "&" };
                return self.declare(*target, wrap(target.ty, format!("{mark}{inner}")));
            }
            Type::Array { element, len } => {
                let len = len.map_or(String::new(), |n| n.to_string());
                let quals = element.quals.union(ty.quals);
                return self.declare(QualType { ty: element.ty, quals }, format!("{inner}[{len}]"));
            }
            Type::Function(f) => {
                let params: Vec<_> = f.params.iter().map(|p| self.display_qual(*p)).collect();
                return self.declare(f.ret, format!("{inner}({})", params.join(", ")));
            }
            Type::Void => "void".into(),
            Type::Bool => "bool".into(),
            Type::Int(kind) => int_name(*kind).into(),
            Type::Float(FloatKind::Float) => "float".into(),
            Type::Float(FloatKind::Double) => "double".into(),
            Type::NullPtr => "std::nullptr_t".into(),
            Type::Record(r) => self.record(*r).name.to_string(),
            Type::Enum(e) => self.enumeration(*e).name.to_string(),
        };
        let gap = if quals.is_empty() { "" } else { " " };
        let tail = if inner.is_empty() { String::new() } else { format!(" {inner}") };
        format!("{quals}{gap}{base}{tail}")
    }
}

fn int_name(kind: IntKind) -> &'static str {
    match kind {
        IntKind::Char => "char",
        IntKind::SChar => "signed char",
        IntKind::UChar => "unsigned char",
        IntKind::Short => "short",
        IntKind::UShort => "unsigned short",
        IntKind::Int => "int",
        IntKind::UInt => "unsigned int",
        IntKind::Long => "long",
        IntKind::ULong => "unsigned long",
        IntKind::LongLong => "long long",
        IntKind::ULongLong => "unsigned long long",
    }
}

fn round_up(value: u64, to: u64) -> u64 {
    value.div_ceil(to) * to
}

#[cfg(test)]
#[path = "types_tests.rs"]
mod tests;
