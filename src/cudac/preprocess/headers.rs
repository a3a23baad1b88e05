//! What is built in: predefined macros, and the host headers that kernels include and that are known and harmless
//! here. Their macros are in `header_texts`; their types and functions are built in elsewhere, and always visible.

use std::sync::{Arc, OnceLock};

use super::header_texts::{GROUPS, NO_ASSERT, PREDEFINED};
use super::macros::{Macro, MacroKind};
use super::token::Token;
use super::words::Word;
use super::{PreprocessOptions, Preprocessor};
use crate::cudac::builtins::FIXED_NAMES;
use crate::cudac::diagnostics::Diagnostics;
use crate::cudac::source::{SourceKind, SourceMap, Span};
use crate::cudac::symbol::{FastMap, Interner, Symbol};
use crate::headers;

/// Which headers bring which group, beside those that bring nothing.
const KNOWN: &[(usize, &[&str])] = &[
    (1, &["limits.h", "climits", "cuda/std/climits"]),
    (2, &["float.h", "cfloat", "cuda/std/cfloat"]),
    (3, &["stdint.h", "cstdint", "inttypes.h", "cinttypes", "cuda/std/cstdint"]),
    (4, &["math.h", "cmath", "cuda/std/cmath", "math_functions.h", "math_functions.hpp"]),
    (5, &["math_constants.h"]),
    (
        0,
        &[
            // Known, built in or refused by name where a kernel uses what they bring.
            "cooperative_groups.h",
            "cooperative_groups/reduce.h",
            "cooperative_groups/scan.h",
            "cooperative_groups/memcpy_async.h",
            "cuda_fp8.h",
            "curand.h",
            "curand_kernel.h",
            "cuda_pipeline.h",
            "mma.h",
            "nv/target",
            "nvfunctional",
            "hip/hip_runtime.h",
            "omp.h",
            "cuda/std/atomic",
            "cuda/std/barrier",
            "cuda/std/cstddef",
            "cuda/std/tuple",
            "cuda/atomic",
            "cuda/barrier",
            "cuda/pipeline",
            "thrust/functional.h",
            "thrust/tuple.h",
        ],
    ),
    (0, headers::C_FUNCTIONS),
    (0, headers::NOTHING),
    (0, headers::CUDA_NOTHING),
];

type Definitions = Vec<(Symbol, Arc<Macro>)>;

/// The built-in macros. Those that are predefined are read once for the process, those of a header when a text first
/// includes it.
#[derive(Default)]
pub struct Builtins {
    pub(super) predefined: FastMap<Symbol, Arc<Macro>>,
    /// Instead of `assert` while NDEBUG is defined.
    pub(super) no_assert: Arc<Macro>,
    /// By group.
    headers: [OnceLock<Definitions>; GROUPS.len()],
}

impl Default for Macro {
    fn default() -> Self {
        Macro { kind: MacroKind::Object, body: Vec::new().into(), span: Span::NONE, predefined: true }
    }
}

impl Builtins {
    pub fn get() -> &'static Builtins {
        static BUILTINS: OnceLock<Builtins> = OnceLock::new();
        BUILTINS.get_or_init(|| {
            let mut predefined: FastMap<Symbol, Arc<Macro>> = read(PREDEFINED).into_iter().collect();
            use Word::{Counter, Date, File, IncludeLevel, Line, Pragma2, Time};
            for word in [File, Line, Counter, Date, Time, Pragma2, IncludeLevel] {
                let definition = Macro { kind: MacroKind::Builtin(word), ..Macro::default() };
                predefined.insert(word.symbol(), definition.into());
            }
            let no_assert = read(NO_ASSERT).pop().map_or_else(Arc::default, |(_, m)| m);
            Builtins { predefined, no_assert, headers: Default::default() }
        })
    }

    /// The group of macros that a header brings, if it is a known one.
    pub(super) fn header_index(&self, name: &str) -> Option<usize> {
        KNOWN.iter().find(|(_, names)| names.contains(&name)).map(|(group, _)| *group)
    }

    pub(super) fn header(&self, group: usize) -> &[(Symbol, Arc<Macro>)] {
        self.headers[group].get_or_init(|| read(GROUPS[group]))
    }
}

/// The macros that a built-in text defines.
fn read(text: &str) -> Definitions {
    // Reading needs a table to start from: an empty one.
    static EMPTY: OnceLock<Builtins> = OnceLock::new();
    let options = PreprocessOptions::default();
    let mut sink = Diagnostics::default();
    let names = Interner::over(&FIXED_NAMES);
    let empty = EMPTY.get_or_init(Builtins::default);
    let mut pre = Preprocessor::new(&options, &[], names, SourceMap::new(), &mut sink, empty);
    pre.open("<built in>", text.into(), SourceKind::Builtin, false, Span::NONE);
    pre.run(&mut Vec::new());
    debug_assert_eq!(pre.names.len(), Interner::over(&FIXED_NAMES).len(), "a name without a fixed number");
    let macros = std::mem::take(&mut pre.macros);
    debug_assert!(!sink.has_errors(), "a built-in macro is malformed");
    let settle = |(symbol, definition): (Symbol, Option<Arc<Macro>>)| {
        let definition = Arc::unwrap_or_clone(definition?);
        // The texts are not in any map that a user sees.
        let body = definition.body.iter().map(|t| Token { span: Span::NONE, ..*t }).collect();
        Some((symbol, Arc::new(Macro { body, span: Span::NONE, predefined: true, ..definition })))
    };
    macros.into_iter().filter_map(settle).collect()
}
