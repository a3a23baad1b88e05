//! What is built in: predefined macros, and the host headers that kernels include and that are known and harmless
//! here. Their macros are read once for the process; their types and functions are built in elsewhere, and always visible.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use super::macros::{Macro, MacroKind};
use super::token::Token;
use super::words::{self, Word};
use super::{PreprocessOptions, Preprocessor};
use crate::cudac::diagnostics::Diagnostics;
use crate::cudac::source::{SourceKind, SourceMap, Span};
use crate::cudac::symbol::{FastMap, Interner, Symbol};

/// Defined in every text.
const PREDEFINED: &str = "
#define __CUDACC__ 1
#define __CUDACC_RTC__ 1
#define __NVCC__ 1
#define __CUDA_ARCH__ 800
#define __CUDA_ARCH_LIST__ 800
#define __CUDACC_VER_MAJOR__ 12
#define __CUDACC_VER_MINOR__ 9
#define __CUDACC_VER_BUILD__ 0
#define CUDA_VERSION 12090
#define CUDART_VERSION 12090
#define __VMGPU_CPU__ 1
#define __cplusplus 201703L
#define __STDC__ 1
#define __STDC_HOSTED__ 1
#define __LP64__ 1
#define _LP64 1
#define __x86_64__ 1
#define __linux__ 1
#define __CHAR_BIT__ 8
#define __SIZEOF_INT__ 4
#define __SIZEOF_LONG__ 8
#define __SIZEOF_LONG_LONG__ 8
#define __SIZEOF_POINTER__ 8
#define __INT_MAX__ 2147483647
#define __LONG_MAX__ 9223372036854775807L
#define __LONG_LONG_MAX__ 9223372036854775807LL
#define __SIZE_TYPE__ unsigned long
#define __PTRDIFF_TYPE__ long
#define NULL 0
#define INFINITY (__builtin_inff())
#define NAN (__builtin_nanf(\"\"))
#define assert(...) ((__VA_ARGS__) ? (void)0 : __assert_fail(#__VA_ARGS__, __FILE__, __LINE__, __func__))
";

const LIMITS: &str = "
#define CHAR_BIT 8
#define SCHAR_MIN (-128)
#define SCHAR_MAX 127
#define UCHAR_MAX 255
#define CHAR_MIN (-128)
#define CHAR_MAX 127
#define SHRT_MIN (-32768)
#define SHRT_MAX 32767
#define USHRT_MAX 65535
#define INT_MIN (-2147483647 - 1)
#define INT_MAX 2147483647
#define UINT_MAX 4294967295U
#define LONG_MIN (-9223372036854775807L - 1L)
#define LONG_MAX 9223372036854775807L
#define ULONG_MAX 18446744073709551615UL
#define LLONG_MIN (-9223372036854775807LL - 1LL)
#define LLONG_MAX 9223372036854775807LL
#define ULLONG_MAX 18446744073709551615ULL
#define LONG_LONG_MIN (-9223372036854775807LL - 1LL)
#define LONG_LONG_MAX 9223372036854775807LL
#define ULONG_LONG_MAX 18446744073709551615ULL
";

const FLOAT: &str = "
#define FLT_RADIX 2
#define FLT_MANT_DIG 24
#define FLT_DIG 6
#define FLT_DECIMAL_DIG 9
#define FLT_MIN_EXP (-125)
#define FLT_MAX_EXP 128
#define FLT_MIN_10_EXP (-37)
#define FLT_MAX_10_EXP 38
#define FLT_MAX 3.402823466e+38F
#define FLT_MIN 1.175494351e-38F
#define FLT_TRUE_MIN 1.401298464e-45F
#define FLT_EPSILON 1.192092896e-07F
#define DBL_MANT_DIG 53
#define DBL_DIG 15
#define DBL_DECIMAL_DIG 17
#define DBL_MIN_EXP (-1021)
#define DBL_MAX_EXP 1024
#define DBL_MIN_10_EXP (-307)
#define DBL_MAX_10_EXP 308
#define DBL_MAX 1.7976931348623157e+308
#define DBL_MIN 2.2250738585072014e-308
#define DBL_TRUE_MIN 4.9406564584124654e-324
#define DBL_EPSILON 2.2204460492503131e-16
#define FLT_EVAL_METHOD 0
";

const STDINT: &str = "
#define INT8_MIN (-128)
#define INT16_MIN (-32768)
#define INT32_MIN (-2147483647 - 1)
#define INT64_MIN (-9223372036854775807L - 1L)
#define INT8_MAX 127
#define INT16_MAX 32767
#define INT32_MAX 2147483647
#define INT64_MAX 9223372036854775807L
#define UINT8_MAX 255
#define UINT16_MAX 65535
#define UINT32_MAX 4294967295U
#define UINT64_MAX 18446744073709551615UL
#define INTPTR_MIN (-9223372036854775807L - 1L)
#define INTPTR_MAX 9223372036854775807L
#define UINTPTR_MAX 18446744073709551615UL
#define INTMAX_MIN (-9223372036854775807L - 1L)
#define INTMAX_MAX 9223372036854775807L
#define UINTMAX_MAX 18446744073709551615UL
#define PTRDIFF_MIN (-9223372036854775807L - 1L)
#define PTRDIFF_MAX 9223372036854775807L
#define SIZE_MAX 18446744073709551615UL
#define INT8_C(c) c
#define INT16_C(c) c
#define INT32_C(c) c
#define INT64_C(c) c##L
#define UINT8_C(c) c
#define UINT16_C(c) c
#define UINT32_C(c) c##U
#define UINT64_C(c) c##UL
#define INTMAX_C(c) c##L
#define UINTMAX_C(c) c##UL
#define PRId32 \"d\"
#define PRIu32 \"u\"
#define PRIx32 \"x\"
#define PRId64 \"ld\"
#define PRIu64 \"lu\"
#define PRIx64 \"lx\"
";

const MATH: &str = "
#define M_E 2.7182818284590452354
#define M_LOG2E 1.4426950408889634074
#define M_LOG10E 0.43429448190325182765
#define M_LN2 0.69314718055994530942
#define M_LN10 2.30258509299404568402
#define M_PI 3.14159265358979323846
#define M_PI_2 1.57079632679489661923
#define M_PI_4 0.78539816339744830962
#define M_1_PI 0.31830988618379067154
#define M_2_PI 0.63661977236758134308
#define M_2_SQRTPI 1.12837916709551257390
#define M_SQRT2 1.41421356237309504880
#define M_SQRT1_2 0.70710678118654752440
#define HUGE_VAL (__builtin_huge_val())
#define HUGE_VALF (__builtin_inff())
#define FP_NAN 0
#define FP_INFINITE 1
#define FP_ZERO 2
#define FP_SUBNORMAL 3
#define FP_NORMAL 4
";

const CUDART_MATH: &str = "
#define CUDART_INF_F __int_as_float(0x7f800000)
#define CUDART_NAN_F __int_as_float(0x7fffffff)
#define CUDART_MIN_DENORM_F __int_as_float(0x00000001)
#define CUDART_MAX_NORMAL_F __int_as_float(0x7f7fffff)
#define CUDART_NEG_ZERO_F __int_as_float(0x80000000)
#define CUDART_ZERO_F 0.0f
#define CUDART_ONE_F 1.0f
#define CUDART_SQRT_HALF_F 0.707106781f
#define CUDART_SQRT_TWO_F 1.414213562f
#define CUDART_THIRD_F 0.333333333f
#define CUDART_PIO4_F 0.785398163f
#define CUDART_PIO2_F 1.570796327f
#define CUDART_3PIO4_F 2.356194490f
#define CUDART_2_OVER_PI_F 0.636619772f
#define CUDART_SQRT_2_OVER_PI_F 0.797884561f
#define CUDART_PI_F 3.141592654f
#define CUDART_L2E_F 1.442695041f
#define CUDART_L2T_F 3.321928094f
#define CUDART_LG2_F 0.301029996f
#define CUDART_LGE_F 0.434294482f
#define CUDART_LN2_F 0.693147181f
#define CUDART_LNT_F 2.302585093f
#define CUDART_LNPI_F 1.144729886f
#define CUDART_TWO_TO_M126_F 1.175494351e-38f
#define CUDART_TWO_TO_126_F 8.507059173e37f
#define CUDART_NORM_HUGE_F 3.402823466e38f
#define CUDART_TWO_TO_23_F 8388608.0f
#define CUDART_TWO_TO_24_F 16777216.0f
#define CUDART_TWO_TO_31_F 2147483648.0f
#define CUDART_TWO_TO_32_F 4294967296.0f
#define CUDART_INF __longlong_as_double(0x7ff0000000000000ULL)
#define CUDART_NAN __longlong_as_double(0xfff8000000000000ULL)
#define CUDART_NEG_ZERO __longlong_as_double(0x8000000000000000ULL)
#define CUDART_MIN_DENORM __longlong_as_double(0x0000000000000001ULL)
#define CUDART_ZERO 0.0
#define CUDART_ONE 1.0
#define CUDART_SQRT_TWO 1.4142135623730951e+0
#define CUDART_SQRT_HALF 7.0710678118654757e-1
#define CUDART_THIRD 3.3333333333333333e-1
#define CUDART_TWOTHIRD 6.6666666666666667e-1
#define CUDART_PIO4 7.8539816339744828e-1
#define CUDART_PIO2 1.5707963267948966e+0
#define CUDART_3PIO4 2.3561944901923448e+0
#define CUDART_2_OVER_PI 6.3661977236758138e-1
#define CUDART_PI 3.1415926535897931e+0
#define CUDART_SQRT_2PI 2.5066282746310007e+0
#define CUDART_SQRT_2_OVER_PI 7.9788456080286536e-1
#define CUDART_SQRT_PIO2 1.2533141373155003e+0
#define CUDART_L2E 1.4426950408889634e+0
#define CUDART_L2T 3.3219280948873622e+0
#define CUDART_LG2 3.0102999566398120e-1
#define CUDART_LGE 4.3429448190325182e-1
#define CUDART_LN2 6.9314718055994529e-1
#define CUDART_LNT 2.3025850929940459e+0
#define CUDART_LNPI 1.1447298858494002e+0
";

/// Groups of macros, and which headers bring which.
const GROUPS: &[&str] = &["", LIMITS, FLOAT, STDINT, MATH, CUDART_MATH];

const KNOWN: &[(usize, &[&str])] = &[
    (1, &["limits.h", "climits", "cuda/std/climits"]),
    (2, &["float.h", "cfloat", "cuda/std/cfloat"]),
    (3, &["stdint.h", "cstdint", "inttypes.h", "cinttypes", "cuda/std/cstdint"]),
    (4, &["math.h", "cmath", "cuda/std/cmath", "math_functions.h", "math_functions.hpp"]),
    (5, &["math_constants.h"]),
    (
        0,
        &[
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
            "cooperative_groups.h",
            "cooperative_groups/reduce.h",
            "cooperative_groups/scan.h",
            "cooperative_groups/memcpy_async.h",
            "cuda_fp16.h",
            "cuda_fp16.hpp",
            "cuda_bf16.h",
            "cuda_fp8.h",
            "cuComplex.h",
            "curand.h",
            "curand_kernel.h",
            "texture_types.h",
            "surface_types.h",
            "texture_fetch_functions.h",
            "texture_indirect_functions.h",
            "surface_functions.h",
            "nvrtc.h",
            "nvToolsExt.h",
            "nvfunctional",
            "cuda_profiler_api.h",
            "cuda_pipeline.h",
            "mma.h",
            "nv/target",
            "hip/hip_runtime.h",
            "stdio.h",
            "stdlib.h",
            "string.h",
            "strings.h",
            "memory.h",
            "stddef.h",
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
            "omp.h",
            "cstdio",
            "cstdlib",
            "cstring",
            "cstddef",
            "cstdbool",
            "cassert",
            "cctype",
            "cerrno",
            "ctime",
            "algorithm",
            "array",
            "atomic",
            "bitset",
            "chrono",
            "complex",
            "deque",
            "exception",
            "fstream",
            "functional",
            "initializer_list",
            "iomanip",
            "ios",
            "iosfwd",
            "iostream",
            "istream",
            "iterator",
            "limits",
            "list",
            "map",
            "memory",
            "mutex",
            "new",
            "numeric",
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
            "type_traits",
            "typeinfo",
            "unordered_map",
            "unordered_set",
            "utility",
            "variant",
            "vector",
            "version",
            "cuda/std/array",
            "cuda/std/atomic",
            "cuda/std/barrier",
            "cuda/std/complex",
            "cuda/std/cstddef",
            "cuda/std/functional",
            "cuda/std/limits",
            "cuda/std/tuple",
            "cuda/std/type_traits",
            "cuda/std/utility",
            "cuda/atomic",
            "cuda/barrier",
            "cuda/pipeline",
            "thrust/complex.h",
            "thrust/functional.h",
            "thrust/tuple.h",
        ],
    ),
];

/// The built-in macros, read once.
#[derive(Default)]
pub struct Builtins {
    names: Arc<Interner>,
    pub(super) predefined: FastMap<Symbol, Arc<Macro>>,
    /// Instead of `assert` while NDEBUG is defined.
    pub(super) no_assert: Arc<Macro>,
    /// By group.
    pub(super) headers: Vec<Vec<(Symbol, Arc<Macro>)>>,
    index: HashMap<&'static str, usize>,
}

impl Default for Macro {
    fn default() -> Self {
        Macro { kind: MacroKind::Object, body: Vec::new().into(), span: Span::NONE, predefined: true }
    }
}

impl Builtins {
    pub fn get() -> &'static Builtins {
        static BUILTINS: OnceLock<Builtins> = OnceLock::new();
        BUILTINS.get_or_init(Builtins::read)
    }

    /// All words and the names in built-in macros; every interner of a compile stands on this.
    pub fn names(&self) -> Arc<Interner> {
        self.names.clone()
    }

    pub(super) fn header_index(&self, name: &str) -> Option<usize> {
        self.index.get(name).copied()
    }

    fn read() -> Builtins {
        // Reading needs a table to start from: an empty one.
        static EMPTY: OnceLock<Builtins> = OnceLock::new();
        let empty = EMPTY.get_or_init(Builtins::default);
        let mut names = words::interner();
        let mut read = |text: &str| {
            let options = PreprocessOptions::default();
            let mut sink = Diagnostics::default();
            let taken = std::mem::take(&mut names);
            let mut pre = Preprocessor::new(&options, &[], taken, SourceMap::new(), &mut sink, empty);
            pre.open("<built in>", text.into(), SourceKind::Builtin, false, Span::NONE);
            pre.run(&mut Vec::new());
            names = std::mem::take(&mut pre.names);
            let macros = std::mem::take(&mut pre.macros);
            debug_assert!(!sink.has_errors(), "a built-in macro is malformed");
            let settle = |(symbol, definition): (Symbol, Option<Arc<Macro>>)| {
                let definition = Arc::unwrap_or_clone(definition?);
                // The texts are not in any map that a user sees.
                let body = definition.body.iter().map(|t| Token { span: Span::NONE, ..*t }).collect();
                Some((symbol, Arc::new(Macro { body, span: Span::NONE, predefined: true, ..definition })))
            };
            macros.into_iter().filter_map(settle).collect::<Vec<_>>()
        };
        let mut predefined: FastMap<Symbol, Arc<Macro>> = read(PREDEFINED).into_iter().collect();
        let headers = GROUPS.iter().map(|text| read(text)).collect();
        let no_assert = read("#define assert(...) ((void)0)\n").pop().map_or_else(Arc::default, |(_, m)| m);
        use Word::{Counter, Date, File, IncludeLevel, Line, Pragma2, Time};
        for word in [File, Line, Counter, Date, Time, Pragma2, IncludeLevel] {
            let definition = Macro { kind: MacroKind::Builtin(word), ..Macro::default() };
            predefined.insert(word.symbol(), definition.into());
        }
        let known = KNOWN.iter().flat_map(|(group, list)| list.iter().map(|name| (*name, *group)));
        Builtins { names: names.into(), predefined, no_assert, headers, index: known.collect() }
    }
}
