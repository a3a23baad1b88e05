//! The functions that the compiler provides itself, as C declarations: one machine operation or a short,
//! exact sequence each. The library's texts are written on top of these.

/// Declarations, one function each; parameter names are left out.
pub static NATIVES: &[&str] = &[
    "float fmaf(float, float, float)",
    "double fma(double, double, double)",
    "float sqrtf(float)",
    "double sqrt(double)",
    "float floorf(float)",
    "double floor(double)",
    "float ceilf(float)",
    "double ceil(double)",
    "float truncf(float)",
    "double trunc(double)",
    "float rintf(float)",
    "double rint(double)",
    "float fabsf(float)",
    "double fabs(double)",
    "float copysignf(float, float)",
    "double copysign(double, double)",
    "float fminf(float, float)",
    "double fmin(double, double)",
    "float fmaxf(float, float)",
    "double fmax(double, double)",
    "int __float_as_int(float)",
    "unsigned int __float_as_uint(float)",
    "float __int_as_float(int)",
    "float __uint_as_float(unsigned int)",
    "long long __double_as_longlong(double)",
    "double __longlong_as_double(long long)",
    "int __double2hiint(double)",
    "int __double2loint(double)",
    "double __hiloint2double(int, int)",
    "int __clz(int)",
    "int __clzll(long long)",
    "int __ffs(int)",
    "int __ffsll(long long)",
    "int __popc(unsigned int)",
    "int __popcll(unsigned long long)",
    "unsigned int __brev(unsigned int)",
    "unsigned long long __brevll(unsigned long long)",
    "unsigned int __umulhi(unsigned int, unsigned int)",
    "unsigned long long __umul64hi(unsigned long long, unsigned long long)",
    "int __mulhi(int, int)",
    "long long __mul64hi(long long, long long)",
    "float __fadd_rn(float, float)",
    "float __fmul_rn(float, float)",
    "double __dadd_rn(double, double)",
    "double __dmul_rn(double, double)",
    "bool isnan(float)",
    "bool isnan(double)",
    "bool isinf(float)",
    "bool isinf(double)",
    "bool isfinite(float)",
    "bool isfinite(double)",
    "bool signbit(float)",
    "bool signbit(double)",
];

/// The name that a declaration declares.
pub fn declared_name(declaration: &str) -> &str {
    let before = declaration.split('(').next().unwrap_or(declaration);
    before.rsplit(' ').next().unwrap_or(before)
}

/// Whether `name` is a native function.
pub fn is_native(name: &str) -> bool {
    NATIVES.iter().any(|declaration| declared_name(declaration) == name)
}
