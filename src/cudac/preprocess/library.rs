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
];

/// The text of a header, and the name that stands for all of its names.
pub fn find(name: &str) -> Option<(&'static str, &'static str)> {
    LIBRARY.iter().find(|(names, _)| names.contains(&name)).map(|(names, text)| (names[0], *text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cudac::preprocess::headers::Builtins;

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
