//! What is there without being declared: intrinsics as C declarations without a body, the texts written in CUDA C on
//! top of them, and the math library. All of it is parsed once per process; a compile enters only what it names.

mod emit;
mod table;
mod variables;

use std::sync::{Arc, OnceLock};

use crate::cudac::diagnostics::Diagnostics;
use crate::cudac::math;
use crate::cudac::parse::ast::{Decl, DeclKind};
use crate::cudac::parse::{Unit, parse_builtin};
use crate::cudac::symbol::{FastMap, Symbol};

pub use crate::cudac::math::fast_math_name;

const PRELUDE: &str = include_str!("prelude.cu");

/// The built-in unit and where each name is declared in it.
pub struct Builtin {
    pub unit: Arc<Unit>,
    pub index: FastMap<Symbol, Vec<u32>>,
    /// Errors in the texts themselves; there are none (a test looks).
    pub log: String,
}

/// Parsed at the first call.
pub fn builtin() -> &'static Builtin {
    static BUILTIN: OnceLock<Builtin> = OnceLock::new();
    BUILTIN.get_or_init(|| {
        let declarations = table::declarations();
        let mut texts = vec![("<built-in>", declarations.as_str()), ("<prelude>", PRELUDE)];
        texts.extend(math::SOURCES.iter().map(|s| (s.file, s.text)));
        let mut sink = Diagnostics::default();
        let unit = parse_builtin(&texts, &mut sink);
        let mut index: FastMap<Symbol, Vec<u32>> = FastMap::default();
        for (i, decl) in unit.decls.iter().enumerate() {
            if let Some(symbol) = declared(decl) {
                index.entry(symbol).or_default().push(i as u32);
            }
        }
        let log = sink.render(&unit.sources, "<built-in>");
        Builtin { unit: Arc::new(unit), index, log }
    })
}

/// The name that a declaration enters.
fn declared(decl: &Decl) -> Option<Symbol> {
    use crate::cudac::check::names::segment_symbol;
    match &decl.kind {
        DeclKind::Function(f) => segment_symbol(&f.name.last().name),
        DeclKind::Variable(v) => segment_symbol(&v.name.last().name),
        DeclKind::Record(r) => r.name.as_ref().and_then(|n| segment_symbol(&n.last().name)),
        DeclKind::Enum(e) => e.name.as_ref().and_then(|n| segment_symbol(&n.last().name)),
        DeclKind::Alias(a) => Some(a.name),
        DeclKind::Namespace { name, .. } => *name,
        DeclKind::Template(t) => declared(&t.decl),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_texts_parse() {
        assert_eq!(builtin().log, "");
        let known =
            |name: &str| builtin().unit.symbol(name).is_some_and(|s| builtin().index.contains_key(&s));
        for name in
            ["atomicAdd", "__shfl_down_sync", "sinf", "make_float4", "cooperative_groups", "fminf", "__ldg"]
        {
            assert!(known(name), "{name}");
        }
    }

    #[test]
    fn every_native_of_the_math_library_is_declared() {
        for native in math::natives::NATIVES {
            let name = math::natives::declared_name(native);
            let known = builtin().unit.symbol(name).is_some_and(|s| builtin().index.contains_key(&s));
            assert!(known, "{name}");
        }
    }
}
