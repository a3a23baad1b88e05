//! The device math library: CUDA's mathematical functions written in CUDA C, compiled by our own front end.
//!
//! The texts beside this file hold nothing but `__device__` functions (`builtins::texts` lists them and has the layout
//! rule that they keep). The compiler looks there for a name it cannot resolve and compiles only what a kernel reaches; everything is inlined and vectorised like user
//! code. [`natives`](natives::NATIVES) lists what the compiler must provide itself (fma, sqrt, bit casts, ...),
//! [`host`] the functions that stay calls into Rust, by number.
//!
//! Polynomials are minimax fits of the relative error (Remez exchange in 60 digits and more, coefficients rounded
//! afterwards); `docs/math.md` lists the errors found, `tests/math_ulp` measures them.

pub mod host;
mod index;
pub mod natives;

pub use index::{PreludeEntry, entries, lookup};

/// The intrinsic that `--use_fast_math` puts in the place of a single precision function, as nvcc does.
/// Division and square root become approximate too, but those are the compiler's own operations.
pub fn fast_math_name(name: &str) -> Option<&'static str> {
    Some(match name {
        "sinf" => "__sinf",
        "cosf" => "__cosf",
        "tanf" => "__tanf",
        "sincosf" => "__sincosf",
        "logf" => "__logf",
        "log2f" => "__log2f",
        "log10f" => "__log10f",
        "expf" => "__expf",
        "exp10f" => "__exp10f",
        "powf" => "__powf",
        "tanhf" => "__tanhf",
        "fdividef" => "__fdividef",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fast_math_names_exist_with_the_same_parameters() {
        for name in
            ["sinf", "cosf", "tanf", "sincosf", "logf", "log2f", "log10f", "expf", "exp10f", "powf", "tanhf"]
        {
            let exact = lookup(name).expect(name);
            let fast = lookup(fast_math_name(name).expect(name)).expect("the fast function");
            let parameters = |entry: &PreludeEntry| {
                let open = entry.text.find('(').unwrap();
                entry.text[open..entry.text.find(')').unwrap()].to_string()
            };
            assert_eq!((exact.len(), fast.len()), (1, 1), "{name}");
            assert_eq!(parameters(&exact[0]), parameters(&fast[0]), "{name}");
        }
        assert_eq!(fast_math_name("sin"), None);
    }
}
