//! Headers that are real texts: the parts of the standard library and of CUDA's that are class templates or whole
//! types. A text is read only where it is included, so that other programs pay nothing for it.

use crate::headers;

/// CUDA's own class headers: the names under which a text may be included, and the text.
const CUDA: &[(&[&str], &str)] = &[
    (&["cuComplex.h"], include_str!("../include/cuComplex.cuh")),
    (&["cupy/complex.cuh"], include_str!("../include/cupy_complex.cuh")),
    (&["cuda_fp16.h", "cuda_fp16.hpp"], include_str!("../include/fp16.cuh")),
    (&["cuda_bf16.h", "cuda_bf16.hpp"], include_str!("../include/bf16.cuh")),
    (&["vmgpu/halves.h"], include_str!("../include/halves.cuh")),
];

/// Other names of standard headers, beside those with `cuda/std/` before them.
const ALIASES: &[(&str, &str)] =
    &[("thrust/pair.h", "utility"), ("thrust/complex.h", "complex"), ("pycuda-complex.hpp", "complex")];

/// The text of a header, and the name that stands for all of its names.
pub fn find(name: &str) -> Option<(&'static str, &'static str)> {
    let name = name.strip_prefix("cuda/std/").unwrap_or(name);
    let name = ALIASES.iter().find(|(alias, _)| *alias == name).map_or(name, |(_, standard)| standard);
    let standard = headers::CPP.iter().find(|(own, _)| *own == name).copied();
    standard.or_else(|| {
        CUDA.iter().find(|(names, _)| names.contains(&name)).map(|(names, text)| (names[0], *text))
    })
}

/// The header whose text has a name of namespace std, or one of CUDA's number types: for the message that it is missing.
pub fn header_with(name: &str) -> Option<&'static str> {
    let (std, bare) = match name.strip_prefix("std::").or_else(|| name.strip_prefix("cuda::std::")) {
        Some(rest) => (true, rest.split("::").next().unwrap_or(rest)),
        None => (false, name),
    };
    let half =
        bare.trim_start_matches('_').starts_with("half") || bare.contains("2half") || bare.starts_with("__h");
    let complex = bare.starts_with("cu") || bare.starts_with("make_cu");
    let is_word = |c: Option<char>| c.is_some_and(|c| c == '_' || c.is_ascii_alphanumeric());
    let has = |text: &str| {
        text.match_indices(bare).any(|(at, _)| {
            !is_word(text[..at].chars().next_back()) && !is_word(text[at + bare.len()..].chars().next())
        })
    };
    if std {
        return headers::CPP
            .iter()
            .find(|(name, text)| !name.starts_with("vmgpu/") && has(text))
            .map(|h| h.0);
    }
    let own = CUDA.iter().find(|(names, text)| {
        let wanted = match names[0] {
            "cuda_fp16.h" => half || bare == "make_half2",
            "cuComplex.h" => complex,
            _ => false,
        };
        wanted && has(text)
    });
    own.map(|(names, _)| names[0])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cudac::preprocess::headers::Builtins;

    #[test]
    fn names_lead_to_their_header() {
        for (name, header) in [
            ("half", Some("cuda_fp16.h")),
            ("__half2", Some("cuda_fp16.h")),
            ("__float2half", Some("cuda_fp16.h")),
            ("cuDoubleComplex", Some("cuComplex.h")),
            ("std::is_same", Some("type_traits")),
            ("std::numeric_limits", Some("limits")),
            ("std::complex", Some("complex")),
            ("std::pair", Some("utility")),
            ("std::less", Some("functional")),
            ("std::clamp", Some("algorithm")),
            ("halfway", None),
            ("value", None),
            ("std::vector", None),
        ] {
            assert_eq!(header_with(name), header, "{name}");
        }
    }

    #[test]
    fn every_name_is_there_once() {
        let own = CUDA.iter().flat_map(|(names, _)| names.iter().copied());
        let aliases = ALIASES.iter().map(|(alias, _)| *alias);
        let names: Vec<&str> = headers::CPP.iter().map(|h| h.0).chain(own).chain(aliases).collect();
        for (i, name) in names.iter().enumerate() {
            assert!(!names[..i].contains(name), "{name} twice");
            assert!(find(name).is_some());
            assert!(Builtins::get().header_index(name).is_none(), "{name} is also a header of macros");
        }
    }
}
