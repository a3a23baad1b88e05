//! What is there without being declared: intrinsics as C declarations without a body, the texts written in CUDA C on
//! top of them, and the math library. The build script numbers every name in them and lists where each name is
//! declared; `parse::library` reads what a compile asks for.

mod emit;
#[cfg(test)]
mod table;
pub mod texts;
mod variables;

use crate::cudac::parse::scope::NameKind;
use crate::cudac::symbol::{FixedNames, Symbol};

pub use crate::cudac::math::fast_math_name;

/// What `table` says, as it was when the library was built.
const DECLARATIONS: &str = include_str!(concat!(env!("OUT_DIR"), "/declarations.cu"));

// FIXED_NAMES; ENTRIES: symbol and kind, start and end, sorted by symbol; FIRST: by symbol, the number of its first entry
// plus one.
include!(concat!(env!("OUT_DIR"), "/builtins.rs"));

/// All texts in their order, which places them: each begins one after the end of the one before.
pub fn texts() -> impl Iterator<Item = (&'static str, &'static str)> {
    std::iter::once(("<built-in>", DECLARATIONS)).chain(texts::WRITTEN.iter().copied())
}

/// Where a declaration stands, counted from the start of the first text.
pub struct Place {
    pub kind: NameKind,
    pub start: u32,
    pub end: u32,
}

/// The declarations of a name.
pub fn places(name: Symbol) -> impl Iterator<Item = Place> {
    let first = FIRST.get(name.0 as usize).copied().unwrap_or(0) as usize;
    let entries = first.checked_sub(1).map_or(&ENTRIES[..0], |first| &ENTRIES[first..]);
    entries.iter().take_while(move |[key, ..]| key & 0xffff == name.0).map(|[key, start, end]| Place {
        kind: match key >> 16 {
            texts::FUNCTION => NameKind::Value,
            texts::TEMPLATE => NameKind::ValueTemplate,
            _ => NameKind::Namespace,
        },
        start: *start,
        end: *end,
    })
}

/// Every name that is declared.
pub fn declared() -> impl Iterator<Item = Symbol> {
    ENTRIES.iter().map(|[key, ..]| Symbol(key & 0xffff))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cudac::math;
    use crate::cudac::symbol::Interner;

    fn is_declared(name: &str) -> bool {
        Interner::over(&FIXED_NAMES).lookup(name).is_some_and(|s| places(s).next().is_some())
    }

    #[test]
    fn the_index_is_of_these_texts() {
        assert_eq!(DECLARATIONS, table::declarations());
        let mut base = 0;
        let mut count = 0;
        for (file, text) in texts() {
            for found in texts::scan(text) {
                let symbol = Interner::over(&FIXED_NAMES).lookup(found.name).expect(found.name);
                let at = (base + found.start as u32, base + found.end as u32);
                assert!(places(symbol).any(|p| (p.start, p.end) == at), "{file}: {}", found.name);
                count += 1;
            }
            base += text.len() as u32 + 1;
        }
        assert_eq!(count, ENTRIES.len());
        for name in
            ["atomicAdd", "__shfl_down_sync", "sinf", "make_float4", "cooperative_groups", "fminf", "__ldg"]
        {
            assert!(is_declared(name), "{name}");
        }
        assert!(!is_declared("float") && !is_declared("no_such_function") && !is_declared("size_t"));
    }

    #[test]
    fn every_native_of_the_math_library_is_declared() {
        for native in math::natives::NATIVES {
            let name = math::natives::declared_name(native);
            assert!(is_declared(name), "{name}");
        }
    }
}
