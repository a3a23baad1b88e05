//! Headers that are real texts: the parts of the standard library and of CUDA's that are class templates or whole
//! types. A text is read only where it is included, so that other programs pay nothing for it.

/// The names under which a text may be included, and the text. The first name is how it is shown.
const LIBRARY: &[(&[&str], &str)] = &[
    (&["type_traits", "cuda/std/type_traits"], include_str!("../include/type_traits.cuh")),
    (&["limits", "cuda/std/limits"], include_str!("../include/limits.cuh")),
    (&["utility", "cuda/std/utility", "thrust/pair.h"], include_str!("../include/utility.cuh")),
    (&["algorithm", "cuda/std/algorithm"], include_str!("../include/algorithm.cuh")),
    (&["array", "cuda/std/array"], include_str!("../include/array.cuh")),
    (&["cuComplex.h"], include_str!("../include/cuComplex.cuh")),
    (
        &["thrust/complex.h", "complex", "cuda/std/complex", "pycuda-complex.hpp"],
        include_str!("../include/complex.cuh"),
    ),
    (&["cupy/complex.cuh"], include_str!("../include/cupy_complex.cuh")),
    (&["cuda_fp16.h", "cuda_fp16.hpp"], include_str!("../include/fp16.cuh")),
    (&["cuda_bf16.h", "cuda_bf16.hpp"], include_str!("../include/bf16.cuh")),
    (&["vmgpu/halves.h"], include_str!("../include/halves.cuh")),
];

/// The text of a header, and the name that stands for all of its names.
pub fn find(name: &str) -> Option<(&'static str, &'static str)> {
    LIBRARY.iter().find(|(names, _)| names.contains(&name)).map(|(names, text)| (names[0], *text))
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
    let found = LIBRARY.iter().find(|(names, text)| {
        let wanted = match names[0] {
            "cuda_fp16.h" => !std && (half || bare == "make_half2"),
            "cuComplex.h" => !std && complex,
            "cupy/complex.cuh" | "vmgpu/halves.h" => false,
            _ => std,
        };
        let is_word = |c: Option<char>| c.is_some_and(|c| c == '_' || c.is_ascii_alphanumeric());
        wanted
            && text.match_indices(bare).any(|(at, _)| {
                !is_word(text[..at].chars().next_back()) && !is_word(text[at + bare.len()..].chars().next())
            })
    });
    found.map(|(names, _)| if names[0] == "thrust/complex.h" { "complex" } else { names[0] })
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
            ("halfway", None),
            ("value", None),
            ("std::vector", None),
        ] {
            assert_eq!(header_with(name), header, "{name}");
        }
    }

    #[test]
    fn every_name_is_there_once() {
        let names: Vec<&str> = LIBRARY.iter().flat_map(|(names, _)| names.iter().copied()).collect();
        for (i, name) in names.iter().enumerate() {
            assert!(!names[..i].contains(name), "{name} twice");
            assert!(find(name).is_some());
            assert!(Builtins::get().header_index(name).is_none(), "{name} is also a header of macros");
        }
    }
}
