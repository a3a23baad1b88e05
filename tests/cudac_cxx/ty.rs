//! The scalar types that programs compute with, and what the generator must know of an expression: whether it is
//! an integer, a floating-point number, or either because a template says so.

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ty {
    Bool,
    Char,
    SChar,
    UChar,
    Short,
    UShort,
    #[default]
    Int,
    UInt,
    Long,
    ULong,
    LLong,
    ULLong,
    Float,
    Double,
    /// A template's type parameter; always an arithmetic type.
    Param(&'static str),
}

pub const SCALARS: [Ty; 14] = [
    Ty::Int,
    Ty::UInt,
    Ty::Bool,
    Ty::Char,
    Ty::SChar,
    Ty::UChar,
    Ty::Short,
    Ty::UShort,
    Ty::Long,
    Ty::ULong,
    Ty::LLong,
    Ty::ULLong,
    Ty::Float,
    Ty::Double,
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cat {
    Int,
    Float,
    Either,
}

impl Ty {
    pub fn name(self) -> &'static str {
        match self {
            Ty::Bool => "bool",
            Ty::Char => "char",
            Ty::SChar => "signed char",
            Ty::UChar => "unsigned char",
            Ty::Short => "short",
            Ty::UShort => "unsigned short",
            Ty::Int => "int",
            Ty::UInt => "unsigned",
            Ty::Long => "long",
            Ty::ULong => "unsigned long",
            Ty::LLong => "long long",
            Ty::ULLong => "unsigned long long",
            Ty::Float => "float",
            Ty::Double => "double",
            Ty::Param(name) => name,
        }
    }

    /// Other ways to write it.
    pub fn spellings(self) -> &'static [&'static str] {
        match self {
            Ty::UInt => &["unsigned", "unsigned int", "int unsigned"],
            Ty::Int => &["int", "signed", "signed int"],
            Ty::Short => &["short", "short int", "int short"],
            Ty::UShort => &["unsigned short", "short unsigned int"],
            Ty::Long => &["long", "long int", "signed long"],
            Ty::ULong => &["unsigned long", "long unsigned", "unsigned long int"],
            Ty::LLong => &["long long", "long long int", "long signed long"],
            Ty::ULLong => &["unsigned long long", "long long unsigned", "u64", "long unsigned long int"],
            Ty::UChar => &["unsigned char", "char unsigned"],
            _ => &[],
        }
    }

    pub fn cat(self) -> Cat {
        match self {
            Ty::Float | Ty::Double => Cat::Float,
            Ty::Param(_) => Cat::Either,
            _ => Cat::Int,
        }
    }

    pub fn bits(self) -> u32 {
        match self {
            Ty::Bool | Ty::Char | Ty::SChar | Ty::UChar => 8,
            Ty::Short | Ty::UShort => 16,
            Ty::Int | Ty::UInt | Ty::Float => 32,
            _ => 64,
        }
    }

    pub fn is_param(self) -> bool {
        matches!(self, Ty::Param(_))
    }
}

/// An expression's text, safe as an operand of anything, and its category.
#[derive(Clone, Debug)]
pub struct Expr {
    pub s: String,
    pub c: Cat,
}

impl Expr {
    pub fn new(s: impl Into<String>, c: Cat) -> Self {
        Expr { s: s.into(), c }
    }

    pub fn int(s: impl Into<String>) -> Self {
        Expr::new(s, Cat::Int)
    }
}

/// What the usual arithmetic conversions make of two categories.
pub fn both(a: Cat, b: Cat) -> Cat {
    match (a, b) {
        (Cat::Float, _) | (_, Cat::Float) => Cat::Float,
        (Cat::Either, _) | (_, Cat::Either) => Cat::Either,
        _ => Cat::Int,
    }
}
