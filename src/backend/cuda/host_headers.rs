//! The standard headers as NVRTC gets them with every text that includes something. NVRTC knows the math functions,
//! `printf`, `assert`, `memcpy` and `size_t` by itself, but no header has them and namespace std is empty.

use std::borrow::Cow;
use std::collections::HashSet;
use std::ffi::CString;
use std::path::{Path, PathBuf};
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

const NULL_TYPE: &str = "
#if __cplusplus >= 201103L
namespace std { typedef decltype(nullptr) nullptr_t; }
#endif
";

/// The macros of `<stdint.h>` for [`INTEGERS`]: a limit has the type that it is the limit of, or `min(x, INT64_MAX)` would be
/// ambiguous. `size_t` is a `long`.
fn long_long(macros: &str) -> String {
    let line = |line: &str| match line.contains(" SIZE_") || line.contains(" PTRDIFF_") {
        true => format!("{line}\n"),
        false => format!("{}\n", line.replace('L', "LL").replace("\"l", "\"ll")),
    };
    macros.lines().map(line).collect()
}

/// Files looked into for one text, at most.
const MOST_FILES: usize = 4096;

/// Names by which a text, or a file that it includes from `folders` (true: with headers of the host), includes in quotes
/// what lies beside it. NVRTC would take a header in memory of that name first.
pub fn taken_from_beside<'a>(
    texts: impl Iterator<Item = &'a str>,
    folders: &[(&Path, bool)],
) -> HashSet<String> {
    let mut names = HashSet::new();
    let mut looked_into: HashSet<PathBuf> = HashSet::new();
    // The compiler looks for what the text itself includes in quotes in the working directory.
    let mut pending: Vec<(Cow<'a, str>, PathBuf)> = texts.map(|text| (text.into(), PathBuf::new())).collect();
    while let Some((text, here)) = pending.pop() {
        for (name, in_quotes) in text.lines().filter_map(included) {
            let near = Some(here.join(name)).filter(|path| in_quotes && path.is_file());
            if near.is_some() {
                names.insert(name.to_string());
            }
            let far = || folders.iter().filter(|f| !f.1).map(|f| f.0.join(name)).find(|path| path.is_file());
            if let Some(path) = near.or_else(far)
                && looked_into.len() < MOST_FILES
                && looked_into.insert(path.canonicalize().unwrap_or_else(|_| path.clone()))
                && let Ok(bytes) = std::fs::read(&path)
            {
                let folder = path.parent().unwrap_or(Path::new("")).to_path_buf();
                pending.push((String::from_utf8_lossy(&bytes).into_owned().into(), folder));
            }
        }
    }
    names
}

/// The name that a line includes, and whether in quotes.
fn included(line: &str) -> Option<(&str, bool)> {
    let line = line.trim_start();
    let rest =
        line.strip_prefix('#').or_else(|| line.strip_prefix("%:"))?.trim_start().strip_prefix("include")?;
    let operand = rest.trim_start_matches("_next").trim_start();
    match operand.strip_prefix('"') {
        Some(rest) => Some((rest.split_once('"')?.0, true)),
        None => Some((operand.strip_prefix('<')?.split_once('>')?.0, false)),
    }
}

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
            &c(INTEGERS, &long_long(c_macros::STDINT), INTEGER_NAMES),
        );
        add(&["math.h", "cmath"], &c(MATH, c_macros::MATH, MATH_NAMES));
        add(C_FUNCTIONS, &c(NULL_TYPE, "", FUNCTION_NAMES));
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
