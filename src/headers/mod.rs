//! The headers of the C and C++ standard libraries, as far as kernels can use them. Neither compiler of CUDA C has a
//! standard library, the CPU device's nor NVRTC; both get these, so that a text that compiles for one compiles for the
//! other. A header is read only where a text includes it.

use std::path::{Path, PathBuf};

pub mod c_macros;

/// Names of C++ headers with a text. `vmgpu/` marks what only the others include.
pub const CPP: &[(&str, &str)] = &[
    ("vmgpu/arithmetic.h", include_str!("arithmetic.cuh")),
    ("type_traits", include_str!("type_traits.cuh")),
    ("limits", include_str!("limits.cuh")),
    ("utility", include_str!("utility.cuh")),
    ("algorithm", include_str!("algorithm.cuh")),
    ("functional", include_str!("functional.cuh")),
    ("numeric", include_str!("numeric.cuh")),
    ("array", include_str!("array.cuh")),
    ("complex", include_str!("complex.cuh")),
];

/// C headers without macros: all they bring is functions and types that a compiler of CUDA C knows by itself.
pub const C_FUNCTIONS: &[&str] = &["stddef.h", "cstddef", "stdlib.h", "cstdlib", "string.h", "cstring"];

/// Headers that bring nothing a kernel can use, but which texts include out of habit or for their host part.
pub const NOTHING: &[&str] = &[
    "stdio.h",
    "strings.h",
    "memory.h",
    "stdbool.h",
    "stdarg.h",
    "assert.h",
    "ctype.h",
    "errno.h",
    "time.h",
    "signal.h",
    "unistd.h",
    "sys/time.h",
    "sys/types.h",
    "sys/stat.h",
    "cstdio",
    "cstdbool",
    "cassert",
    "cctype",
    "cerrno",
    "ctime",
    "atomic",
    "bitset",
    "chrono",
    "deque",
    "exception",
    "fstream",
    "initializer_list",
    "iomanip",
    "ios",
    "iosfwd",
    "iostream",
    "istream",
    "iterator",
    "list",
    "map",
    "memory",
    "mutex",
    "new",
    "optional",
    "ostream",
    "queue",
    "random",
    "ratio",
    "set",
    "sstream",
    "stack",
    "stdexcept",
    "string",
    "string_view",
    "thread",
    "tuple",
    "typeinfo",
    "unordered_map",
    "unordered_set",
    "variant",
    "vector",
    "version",
];

/// CUDA's own headers whose names every compiler of CUDA C knows by itself.
pub const CUDA_NOTHING: &[&str] = &[
    "cuda.h",
    "cuda_runtime.h",
    "cuda_runtime_api.h",
    "cuda_device_runtime_api.h",
    "cuda_runtime_types.h",
    "driver_types.h",
    "device_launch_parameters.h",
    "device_functions.h",
    "device_functions.hpp",
    "device_atomic_functions.h",
    "device_double_functions.h",
    "device_types.h",
    "host_defines.h",
    "host_config.h",
    "builtin_types.h",
    "common_functions.h",
    "vector_types.h",
    "vector_functions.h",
    "vector_functions.hpp",
    "sm_20_atomic_functions.h",
    "sm_20_intrinsics.h",
    "sm_30_intrinsics.h",
    "sm_32_atomic_functions.h",
    "sm_32_intrinsics.h",
    "sm_35_atomic_functions.h",
    "sm_35_intrinsics.h",
    "sm_60_atomic_functions.h",
    "sm_61_intrinsics.h",
    "crt/device_functions.h",
    "crt/math_functions.h",
    "crt/host_defines.h",
    "texture_types.h",
    "surface_types.h",
    "texture_fetch_functions.h",
    "texture_indirect_functions.h",
    "surface_functions.h",
    "nvrtc.h",
    "nvToolsExt.h",
    "cuda_profiler_api.h",
];

/// Headers of the C library, also under their names in C++.
pub fn is_of_c(name: &str) -> bool {
    let names =
        ["limits", "float", "stdint", "inttypes", "math", "stddef", "stdlib", "string", "stdio", "assert"];
    name.strip_suffix(".h").or(name.strip_prefix('c')).is_some_and(|bare| names.contains(&bare))
}

/// Whether it is the name of a header of the C or C++ standard library.
pub fn is_standard(name: &str) -> bool {
    is_of_c(name)
        || CPP.iter().any(|(own, _)| *own == name)
        || C_FUNCTIONS.contains(&name)
        || NOTHING.contains(&name)
}

/// Whether a folder holds headers of the host's C library or compiler, which no compiler of CUDA C can read.
pub fn are_of_host(folder: &Path) -> bool {
    // Each with another one, because a caller may have a file of that name.
    let marks = [
        ("features.h", "dirent.h"),
        ("unwind.h", "stddef.h"),
        ("bits/stl_algobase.h", "algorithm"),
        ("__config", "algorithm"),
    ];
    marks.iter().any(|(one, other)| folder.join(one).is_file() && folder.join(other).is_file())
}

/// Folders to search and headers to read before the text, out of a compile's options.
pub fn include_options(options: &[String]) -> (Vec<PathBuf>, Vec<String>) {
    let (mut folders, mut forced) = (Vec::new(), Vec::new());
    let mut words = options.iter().map(|word| word.trim());
    while let Some(word) = words.next() {
        let long = |names: &[&str]| {
            names.iter().find_map(|name| {
                let rest = word.trim_start_matches('-').strip_prefix(name)?;
                (word.starts_with('-') && (rest.is_empty() || rest.starts_with(['=', ' ']))).then_some(rest)
            })
        };
        let value = |rest: &str, next: Option<&str>| -> String {
            let rest = rest.trim_start_matches(['=', ' ']);
            if rest.is_empty() { next.unwrap_or_default().to_string() } else { rest.to_string() }
        };
        if let Some(rest) = long(&["pre-include", "include"]) {
            let next = if rest.is_empty() { words.next() } else { None };
            forced.push(value(rest, next));
        } else if let Some(rest) = long(&["include-path", "system-include", "isystem"]) {
            let next = if rest.is_empty() { words.next() } else { None };
            folders.push(PathBuf::from(value(rest, next)));
        } else if let Some(rest) = word.strip_prefix("-isystem").or_else(|| word.strip_prefix("-I")) {
            let next = if rest.is_empty() { words.next() } else { None };
            folders.push(PathBuf::from(value(rest, next)));
        }
    }
    (folders, forced)
}
