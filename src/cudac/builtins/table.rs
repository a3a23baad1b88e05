//! The intrinsics as C declarations. What each of them is in the typed tree says `emit`, by name.

use std::fmt::Write;

/// Declarations whose text needs no generation.
const FIXED: &str = "
void __syncthreads();
int __syncthreads_count(int);
int __syncthreads_and(int);
int __syncthreads_or(int);
void __syncwarp(unsigned int mask = 0xffffffffu);
void __threadfence();
void __threadfence_block();
void __threadfence_system();
int __all_sync(unsigned int, int);
int __any_sync(unsigned int, int);
int __uni_sync(unsigned int, int);
unsigned int __ballot_sync(unsigned int, int);
int __all(int);
int __any(int);
unsigned int __ballot(int);
unsigned int __activemask();
unsigned int __lanemask_lt();
unsigned int __lanemask_le();
unsigned int __lanemask_eq();
unsigned int __lanemask_ge();
unsigned int __lanemask_gt();
long clock();
long long clock64();
unsigned long long __globaltimer();
void __nanosleep(unsigned int);
void __trap();
void __brkpt();
void __builtin_trap();
void __builtin_assume(bool);
void __assume(bool);
void __assert_fail(const char *, const char *, unsigned int, const char *);
int printf(const char *, ...);
int __popc(unsigned int);
int __popcll(unsigned long long);
int __clz(int);
int __clzll(long long);
int __ffs(int);
int __ffsll(long long);
unsigned int __brev(unsigned int);
unsigned long long __brevll(unsigned long long);
unsigned int __byte_perm(unsigned int, unsigned int, unsigned int);
unsigned int __funnelshift_l(unsigned int, unsigned int, unsigned int);
unsigned int __funnelshift_lc(unsigned int, unsigned int, unsigned int);
unsigned int __funnelshift_r(unsigned int, unsigned int, unsigned int);
unsigned int __funnelshift_rc(unsigned int, unsigned int, unsigned int);
int __mulhi(int, int);
unsigned int __umulhi(unsigned int, unsigned int);
long long __mul64hi(long long, long long);
unsigned long long __umul64hi(unsigned long long, unsigned long long);
int __mul24(int, int);
unsigned int __umul24(unsigned int, unsigned int);
int mul24(int, int);
unsigned int umul24(unsigned int, unsigned int);
int mulhi(int, int);
unsigned int umulhi(unsigned int, unsigned int);
unsigned int __sad(int, int, unsigned int);
unsigned int __usad(unsigned int, unsigned int, unsigned int);
int __hadd(int, int);
int __rhadd(int, int);
unsigned int __uhadd(unsigned int, unsigned int);
unsigned int __urhadd(unsigned int, unsigned int);
int __dp4a(int, int, int);
unsigned int __dp4a(unsigned int, unsigned int, unsigned int);
int __dp2a_lo(int, int, int);
unsigned int __dp2a_lo(unsigned int, unsigned int, unsigned int);
int __dp2a_hi(int, int, int);
unsigned int __dp2a_hi(unsigned int, unsigned int, unsigned int);
float fmaf(float, float, float);
double fma(double, double, double);
float sqrtf(float);
double sqrt(double);
float floorf(float);
double floor(double);
float ceilf(float);
double ceil(double);
float truncf(float);
double trunc(double);
float rintf(float);
double rint(double);
float fabsf(float);
double fabs(double);
float copysignf(float, float);
double copysign(double, double);
float fminf(float, float);
double fmin(double, double);
float fmaxf(float, float);
double fmax(double, double);
float __frsqrt_rn(float);
bool isnan(float);
bool isnan(double);
bool isinf(float);
bool isinf(double);
bool isfinite(float);
bool isfinite(double);
bool signbit(float);
bool signbit(double);
int __float_as_int(float);
unsigned int __float_as_uint(float);
float __int_as_float(int);
float __uint_as_float(unsigned int);
long long __double_as_longlong(double);
unsigned long long __double_as_ulonglong(double);
double __longlong_as_double(long long);
double __ulonglong_as_double(unsigned long long);
void *memcpy(void *, const void *, unsigned long);
void *memmove(void *, const void *, unsigned long);
void *memset(void *, int, unsigned long);
int memcmp(const void *, const void *, unsigned long);
unsigned int __isGlobal(const void *);
unsigned int __isShared(const void *);
unsigned int __isConstant(const void *);
unsigned int __isLocal(const void *);
unsigned long __cvta_generic_to_global(const void *);
unsigned long __cvta_generic_to_shared(const void *);
unsigned long __cvta_generic_to_constant(const void *);
unsigned long __cvta_generic_to_local(const void *);
void *__cvta_global_to_generic(unsigned long);
void *__cvta_shared_to_generic(unsigned long);
void *__cvta_constant_to_generic(unsigned long);
void *__cvta_local_to_generic(unsigned long);
float __builtin_inff();
double __builtin_inf();
float __builtin_huge_valf();
double __builtin_huge_val();
float __builtin_nanf(const char *);
double __builtin_nan(const char *);
float __vmgpu_host_math_f1(int, float);
double __vmgpu_host_math_d1(int, double);
double __vmgpu_host_math_d2(int, double, double);
";

const INT: &str = "int";
const UINT: &str = "unsigned int";
const LL: &str = "long long";
const ULL: &str = "unsigned long long";
const FLOAT: &str = "float";
const DOUBLE: &str = "double";

/// Two-operand atomics: name and types.
const ATOMICS: &[(&str, &[&str])] = &[
    ("Add", &[INT, UINT, ULL, FLOAT, DOUBLE]),
    ("Sub", &[INT, UINT]),
    ("Exch", &[INT, UINT, ULL, FLOAT]),
    ("Min", &[INT, UINT, LL, ULL]),
    ("Max", &[INT, UINT, LL, ULL]),
    ("Inc", &[UINT]),
    ("Dec", &[UINT]),
    ("And", &[INT, UINT, ULL]),
    ("Or", &[INT, UINT, ULL]),
    ("Xor", &[INT, UINT, ULL]),
];

const SHUFFLED: &[&str] = &[INT, UINT, "long", "unsigned long", LL, ULL, FLOAT, DOUBLE];

/// All declarations as one text.
pub fn declarations() -> String {
    let mut out = String::with_capacity(32 << 10);
    for line in FIXED.lines().filter(|l| !l.is_empty()) {
        let _ = writeln!(out, "__device__ {line}");
    }
    for suffix in ["", "_block", "_system"] {
        for (name, types) in ATOMICS {
            for ty in *types {
                let _ = writeln!(out, "__device__ {ty} atomic{name}{suffix}({ty} *, {ty});");
            }
        }
        for ty in [INT, UINT, ULL, "unsigned short"] {
            let _ = writeln!(out, "__device__ {ty} atomicCAS{suffix}({ty} *, {ty}, {ty});");
        }
    }
    for ty in SHUFFLED {
        for (name, lane) in [("", INT), ("_up", UINT), ("_down", UINT), ("_xor", INT)] {
            let _ = writeln!(
                out,
                "__device__ {ty} __shfl{name}_sync(unsigned int, {ty}, {lane}, int width = 32);"
            );
            let _ = writeln!(out, "__device__ {ty} __shfl{name}({ty}, {lane}, int width = 32);");
        }
        let _ = writeln!(out, "__device__ unsigned int __match_any_sync(unsigned int, {ty});");
        let _ = writeln!(out, "__device__ unsigned int __match_all_sync(unsigned int, {ty}, int *);");
    }
    for op in ["add", "min", "max"] {
        for ty in [INT, UINT] {
            let _ = writeln!(out, "__device__ {ty} __reduce_{op}_sync(unsigned int, {ty});");
        }
    }
    for op in ["and", "or", "xor"] {
        let _ = writeln!(out, "__device__ unsigned int __reduce_{op}_sync(unsigned int, unsigned int);");
    }
    for mode in ["rn", "rz", "ru", "rd"] {
        for (letter, ty) in [("f", FLOAT), ("d", DOUBLE)] {
            for op in ["add", "sub", "mul", "div"] {
                let _ = writeln!(out, "__device__ {ty} __{letter}{op}_{mode}({ty}, {ty});");
            }
            for op in ["sqrt", "rcp"] {
                let _ = writeln!(out, "__device__ {ty} __{letter}{op}_{mode}({ty});");
            }
        }
        let _ = writeln!(out, "__device__ float __fmaf_{mode}(float, float, float);");
        let _ = writeln!(out, "__device__ double __fma_{mode}(double, double, double);");
        for (int, ty) in [("int", INT), ("uint", UINT), ("ll", LL), ("ull", ULL)] {
            for (float, fty) in [("float", FLOAT), ("double", DOUBLE)] {
                let _ = writeln!(out, "__device__ {ty} __{float}2{int}_{mode}({fty});");
                let _ = writeln!(out, "__device__ {fty} __{int}2{float}_{mode}({ty});");
            }
        }
        let _ = writeln!(out, "__device__ float __double2float_{mode}(double);");
    }
    out
}
