//! Names that every program may use without declaring them: CUDA's vector types, the integer types of the host
//! headers, and the built-in variables. The checker gives them meaning; a declaration of the user's hides them.

use super::ast::BuiltinType;
use super::scope::{NameInfo, NameKind, ScopeId, ScopeTable};
use crate::cudac::symbol::Interner;

/// Names of ordinary types, at global scope and in `std::`.
pub const TYPEDEFS: &[(&str, BuiltinType)] = &[
    ("size_t", BuiltinType::ULong),
    ("ptrdiff_t", BuiltinType::Long),
    ("ssize_t", BuiltinType::Long),
    ("int8_t", BuiltinType::SChar),
    ("int16_t", BuiltinType::Short),
    ("int32_t", BuiltinType::Int),
    ("int64_t", BuiltinType::Long),
    ("uint8_t", BuiltinType::UChar),
    ("uint16_t", BuiltinType::UShort),
    ("uint32_t", BuiltinType::UInt),
    ("uint64_t", BuiltinType::ULong),
    ("int_fast8_t", BuiltinType::SChar),
    ("int_fast16_t", BuiltinType::Long),
    ("int_fast32_t", BuiltinType::Long),
    ("int_fast64_t", BuiltinType::Long),
    ("uint_fast8_t", BuiltinType::UChar),
    ("uint_fast16_t", BuiltinType::ULong),
    ("uint_fast32_t", BuiltinType::ULong),
    ("uint_fast64_t", BuiltinType::ULong),
    ("int_least8_t", BuiltinType::SChar),
    ("int_least16_t", BuiltinType::Short),
    ("int_least32_t", BuiltinType::Int),
    ("int_least64_t", BuiltinType::Long),
    ("uint_least8_t", BuiltinType::UChar),
    ("uint_least16_t", BuiltinType::UShort),
    ("uint_least32_t", BuiltinType::UInt),
    ("uint_least64_t", BuiltinType::ULong),
    ("intptr_t", BuiltinType::Long),
    ("uintptr_t", BuiltinType::ULong),
    ("intmax_t", BuiltinType::Long),
    ("uintmax_t", BuiltinType::ULong),
    ("clock_t", BuiltinType::Long),
];

/// The same, but at global scope only.
pub const GLOBAL_TYPEDEFS: &[(&str, BuiltinType)] = &[
    ("uint", BuiltinType::UInt),
    ("ushort", BuiltinType::UShort),
    ("ulong", BuiltinType::ULong),
    ("time_t", BuiltinType::Long),
    ("__int8_t", BuiltinType::SChar),
    ("__int16_t", BuiltinType::Short),
    ("__int32_t", BuiltinType::Int),
    ("__int64_t", BuiltinType::Long),
    ("__uint8_t", BuiltinType::UChar),
    ("__uint16_t", BuiltinType::UShort),
    ("__uint32_t", BuiltinType::UInt),
    ("__uint64_t", BuiltinType::ULong),
    ("cudaTextureObject_t", BuiltinType::ULongLong),
    ("cudaSurfaceObject_t", BuiltinType::ULongLong),
];

/// Each with 1 to 4 at its end.
pub const VECTOR_STEMS: &[&str] = &[
    "char",
    "uchar",
    "short",
    "ushort",
    "int",
    "uint",
    "long",
    "ulong",
    "longlong",
    "ulonglong",
    "float",
    "double",
];

const OTHER_TYPES: &[&str] = &["dim3", "nullptr_t"];

/// What a bare name means that nobody declares: `uint32_t`, ...
pub fn typedef_of(name: &str) -> Option<BuiltinType> {
    let mut all = TYPEDEFS.iter().chain(GLOBAL_TYPEDEFS);
    all.find(|(n, _)| *n == name).map(|(_, ty)| *ty)
}

/// Types that compilers of CUDA know and this one does not: the message can say so.
pub fn is_unsupported_type(name: &str) -> bool {
    let exact = [
        "half",
        "half2",
        "__half",
        "__half2",
        "__nv_bfloat16",
        "__nv_bfloat162",
        "nv_bfloat16",
        "nv_bfloat162",
        "cuComplex",
        "cuDoubleComplex",
        "cuFloatComplex",
        "texture",
        "surface",
        "curandState",
        "curandState_t",
        "curandStatePhilox4_32_10_t",
        "curandStateXORWOW_t",
        "curandStateMRG32k3a_t",
        "cudaStream_t",
        "cudaEvent_t",
        "__nv_fp8_e4m3",
        "__nv_fp8_e5m2",
    ];
    exact.contains(&name)
}

const VARIABLES: &[&str] = &[
    "threadIdx",
    "blockIdx",
    "blockDim",
    "gridDim",
    "warpSize",
    "__func__",
    "__FUNCTION__",
    "__PRETTY_FUNCTION__",
];

/// A table with the names above at global scope, and a `std` that has its share.
pub fn scopes(names: &mut Interner) -> ScopeTable {
    let mut table = ScopeTable::default();
    let mut declare = |scope, name: &str, kind| {
        let symbol = names.intern(name);
        table.declare(scope, symbol, NameInfo::of(kind));
    };
    for (name, _) in TYPEDEFS.iter().chain(GLOBAL_TYPEDEFS) {
        declare(ScopeId::GLOBAL, name, NameKind::Type);
    }
    for stem in VECTOR_STEMS {
        for n in 1..=4 {
            declare(ScopeId::GLOBAL, &format!("{stem}{n}"), NameKind::Type);
        }
    }
    for name in OTHER_TYPES {
        declare(ScopeId::GLOBAL, name, NameKind::Type);
    }
    for name in VARIABLES {
        declare(ScopeId::GLOBAL, name, NameKind::Value);
    }
    let std = table.open(ScopeId::GLOBAL);
    let symbol = names.intern("std");
    table.declare(ScopeId::GLOBAL, symbol, NameInfo { kind: NameKind::Namespace, inner: Some(std) });
    for name in TYPEDEFS.iter().map(|(n, _)| *n).chain(["nullptr_t"]) {
        let symbol = names.intern(name);
        table.declare(std, symbol, NameInfo::of(NameKind::Type));
    }
    table
}
