//! The standard headers as NVRTC gets them with every text that includes something. NVRTC knows the math functions,
//! `printf`, `assert`, `memcpy` and `size_t` by itself, but no header has them and namespace std is empty.

use std::ffi::CString;
use std::sync::OnceLock;

use crate::headers::{C_FUNCTIONS, CPP, CUDA_NOTHING, NOTHING, c_macros};

/// As libcu++ declares them for NVRTC, since CUDA's own headers bring those: a `long` would be another type.
const INTEGERS: &str = "
typedef signed char int8_t; typedef short int16_t; typedef int int32_t; typedef long long int64_t;
typedef unsigned char uint8_t; typedef unsigned short uint16_t; typedef unsigned int uint32_t;
typedef unsigned long long uint64_t;
typedef int8_t int_least8_t; typedef int16_t int_least16_t; typedef int32_t int_least32_t; typedef int64_t int_least64_t;
typedef uint8_t uint_least8_t; typedef uint16_t uint_least16_t; typedef uint32_t uint_least32_t;
typedef uint64_t uint_least64_t;
typedef int8_t int_fast8_t; typedef int16_t int_fast16_t; typedef int32_t int_fast32_t; typedef int64_t int_fast64_t;
typedef uint8_t uint_fast8_t; typedef uint16_t uint_fast16_t; typedef uint32_t uint_fast32_t; typedef uint64_t uint_fast64_t;
typedef int64_t intptr_t; typedef uint64_t uintptr_t; typedef int64_t intmax_t; typedef uint64_t uintmax_t;
";
const INTEGER_NAMES: &str = "int8_t int16_t int32_t int64_t uint8_t uint16_t uint32_t uint64_t \
    int_least8_t int_least16_t int_least32_t int_least64_t uint_least8_t uint_least16_t uint_least32_t uint_least64_t \
    int_fast8_t int_fast16_t int_fast32_t int_fast64_t uint_fast8_t uint_fast16_t uint_fast32_t uint_fast64_t \
    intptr_t uintptr_t intmax_t uintmax_t";

const MATH: &str = "
#ifndef INFINITY
#define INFINITY __builtin_bit_cast(float, 0x7f800000)
#endif
#ifndef NAN
#define NAN __builtin_bit_cast(float, 0x7fffffff)
#endif
";
const MATH_NAMES: &str = "acos asin atan atan2 cos sin tan acosh asinh atanh cosh sinh tanh exp exp2 expm1 frexp ilogb \
    ldexp log log10 log1p log2 logb modf scalbn scalbln cbrt fabs abs hypot pow sqrt erf erfc lgamma tgamma ceil floor \
    nearbyint rint lrint llrint round lround llround trunc fmod remainder remquo copysign nan nextafter fdim fmax fmin \
    fma isfinite isinf isnan signbit";

/// What [`C_FUNCTIONS`] have in namespace std.
const FUNCTION_NAMES: &str = "size_t ptrdiff_t abs labs llabs malloc free memcpy memset";

/// All of them: (name as included, text).
pub fn standard() -> &'static [(CString, CString)] {
    static HEADERS: OnceLock<Vec<(CString, CString)>> = OnceLock::new();
    HEADERS.get_or_init(|| {
        let mut headers = Vec::new();
        let mut add = |names: &[&str], text: &str| {
            for name in names {
                headers.extend(CString::new(*name).ok().zip(CString::new(text).ok()));
            }
        };
        let c = |text: &str, macros: &str, names: &str| {
            let uses: String = names.split_whitespace().map(|name| format!("using ::{name};\n")).collect();
            format!("#pragma once\n{text}{macros}namespace std {{\n{uses}}}\n")
        };
        add(&["limits.h", "climits"], &c("", c_macros::LIMITS, ""));
        add(&["float.h", "cfloat"], &c("", c_macros::FLOAT, ""));
        add(
            &["stdint.h", "cstdint", "inttypes.h", "cinttypes"],
            &c(INTEGERS, c_macros::STDINT, INTEGER_NAMES),
        );
        add(&["math.h", "cmath"], &c(MATH, c_macros::MATH, MATH_NAMES));
        add(C_FUNCTIONS, &c("namespace std { typedef decltype(nullptr) nullptr_t; }\n", "", FUNCTION_NAMES));
        for (name, text) in CPP {
            add(&[name], text);
        }
        add(NOTHING, "");
        headers
    })
}

/// CUDA's own headers, for a machine that has no folder with the real ones: those that NVRTC needs nothing of.
pub fn of_cuda() -> &'static [(CString, CString)] {
    static HEADERS: OnceLock<Vec<(CString, CString)>> = OnceLock::new();
    HEADERS.get_or_init(|| {
        CUDA_NOTHING.iter().filter_map(|name| Some((CString::new(*name).ok()?, CString::default()))).collect()
    })
}
