//! What is measured: every function, its reference, the largest error that CUDA documents, and the inputs.
//!
//! `expr` is CUDA C in the arguments a, b, c, d; `reference` is C++ in the same names, double for single
//! precision functions and __float128 for double precision ones. Inputs are sets of one generator per
//! argument (what is converted to an integer is clamped first: C++ does not define more): `all` (bit patterns), `uni lo hi`, `log lo hi` (magnitude, random sign), `int lo hi`.
//! Sets are separated by `;`, arguments by `|`. Every function also runs over all (pairs of) edge values,
//! unless its first set starts with `noedge`.

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Width {
    F32,
    F64,
}

#[derive(Clone, Copy, Debug)]
pub struct Case {
    pub width: Width,
    pub name: &'static str,
    pub expr: &'static str,
    pub reference: &'static str,
    /// CUDA's documented maximum, in ulp, or absolute where `absolute`.
    pub limit: f64,
    pub absolute: bool,
    /// Under `--use_fast_math` only.
    pub fast: bool,
    pub inputs: &'static str,
}

type Row = (&'static str, &'static str, &'static str, f64, &'static str);

#[rustfmt::skip]
const F32: &[Row] = &[
    ("/", "a / b", "a / b", 0.5000001, "all|all; uni -1 1|uni -1 1"),
    ("sqrtf", "sqrtf(a)", "sqrt(a)", 0.5000001, "all; uni 0.25 4"),
    ("fmaf", "fmaf(a, b, c)", "fma(a, b, c)", 0.5000001, "all|all|all; uni -1 1|uni -1 1|uni -1 1"),
    ("expf", "expf(a)", "exp(a)", 1.0, "all; uni -110 100"),
    ("exp2f", "exp2f(a)", "exp2(a)", 2.0, "all; uni -155 130"),
    ("exp10f", "exp10f(a)", "exp10(a)", 2.0, "all; uni -47 40"),
    ("expm1f", "expm1f(a)", "expm1(a)", 1.0, "all; uni -20 90; uni -2 2"),
    ("logf", "logf(a)", "log(a)", 1.0, "all; uni 0.5 2; uni 0.9 1.1"),
    ("log2f", "log2f(a)", "log2(a)", 1.0, "all; uni 0.5 2; uni 0.9 1.1"),
    ("log10f", "log10f(a)", "log10(a)", 2.0, "all; uni 0.5 2; uni 0.9 1.1"),
    ("log1pf", "log1pf(a)", "log1p(a)", 1.0, "all; uni -1 2; uni -0.1 0.1"),
    ("sinf", "sinf(a)", "sin(a)", 2.0, "all; uni -10 10; uni -1e6 1e6"),
    ("cosf", "cosf(a)", "cos(a)", 2.0, "all; uni -10 10; uni -1e6 1e6"),
    ("tanf", "tanf(a)", "tan(a)", 4.0, "all; uni -10 10; uni -1e6 1e6"),
    ("sincosf.s", "([&]{ float s, c; sincosf(a, &s, &c); return s; }())", "sin(a)", 2.0, "all; uni -1e4 1e4"),
    ("sincosf.c", "([&]{ float s, c; sincosf(a, &s, &c); return c; }())", "cos(a)", 2.0, "all; uni -1e4 1e4"),
    ("sinpif", "sinpif(a)", "sinpi_d(a)", 1.0, "all; uni -10 10"),
    ("cospif", "cospif(a)", "cospi_d(a)", 1.0, "all; uni -10 10"),
    ("sincospif.s", "([&]{ float s, c; sincospif(a, &s, &c); return s; }())", "sinpi_d(a)", 1.0, "uni -100 100"),
    ("sincospif.c", "([&]{ float s, c; sincospif(a, &s, &c); return c; }())", "cospi_d(a)", 1.0, "uni -100 100"),
    ("asinf", "asinf(a)", "asin(a)", 2.0, "all; uni -1 1"),
    ("acosf", "acosf(a)", "acos(a)", 2.0, "all; uni -1 1"),
    ("atanf", "atanf(a)", "atan(a)", 2.0, "all; uni -5 5"),
    ("atan2f", "atan2f(a, b)", "atan2(a, b)", 3.0, "all|all; uni -1 1|uni -1 1; log 1e-3 1e3|log 1e-3 1e3"),
    ("sinhf", "sinhf(a)", "sinh(a)", 3.0, "all; uni -91 91; uni -2 2"),
    ("coshf", "coshf(a)", "cosh(a)", 2.0, "all; uni -91 91; uni -2 2"),
    ("tanhf", "tanhf(a)", "tanh(a)", 2.0, "all; uni -12 12; uni -1 1"),
    ("asinhf", "asinhf(a)", "asinh(a)", 3.0, "all; uni -3 3"),
    ("acoshf", "acoshf(a)", "acosh(a)", 4.0, "all; uni 1 3"),
    ("atanhf", "atanhf(a)", "atanh(a)", 3.0, "all; uni -1 1"),
    ("powf", "powf(a, b)", "pow(a, b)", 4.0, "all|all; log 1e-3 1e3|uni -40 40; uni 0 2|uni -200 200; uni 0.99 1.01|uni -9000 9000; uni -9 9|int -40 40; all|uni -3 3"),
    ("rsqrtf", "rsqrtf(a)", "1 / sqrt(a)", 2.0, "all"),
    ("cbrtf", "cbrtf(a)", "cbrt(a)", 1.0, "all"),
    ("rcbrtf", "rcbrtf(a)", "1 / cbrt(a)", 1.0, "all"),
    ("hypotf", "hypotf(a, b)", "hypot(a, b)", 3.0, "all|all; uni -1 1|uni -1 1; log 1e-40 1e-35|log 1e-40 1e-35; uni 1e38 3e38|uni 1e38 3e38"),
    ("rhypotf", "rhypotf(a, b)", "rnorm_q(a, b)", 2.0, "all|all; uni -1 1|uni -1 1"),
    ("norm3df", "norm3df(a, b, c)", "norm_q(a, b, c)", 3.0, "all|all|all; uni -1 1|uni -1 1|uni -1 1"),
    ("rnorm3df", "rnorm3df(a, b, c)", "rnorm_q(a, b, c)", 2.0, "all|all|all; uni -1 1|uni -1 1|uni -1 1"),
    ("norm4df", "norm4df(a, b, c, d)", "norm_q(a, b, c, d)", 3.0, "all|all|all|all; uni -1 1|uni -1 1|uni -1 1|uni -1 1"),
    ("rnorm4df", "rnorm4df(a, b, c, d)", "rnorm_q(a, b, c, d)", 2.0, "all|all|all|all; uni -1 1|uni -1 1|uni -1 1|uni -1 1"),
    ("normf", "([&]{ float p[3] = {a, b, c}; return normf(3, p); }())", "norm_q(a, b, c)", 4.0, "all|all|all; uni -1 1|uni -1 1|uni -1 1"),
    ("rnormf", "([&]{ float p[3] = {a, b, c}; return rnormf(3, p); }())", "rnorm_q(a, b, c)", 3.0, "all|all|all; uni -1 1|uni -1 1|uni -1 1"),
    ("erff", "erff(a)", "erf(a)", 2.0, "all; uni -5 5; uni 0.9 1.1"),
    ("erfcf", "erfcf(a)", "erfc(a)", 4.0, "all; uni -4 10.1"),
    ("erfcxf", "erfcxf(a)", "erfcx_q(a)", 4.0, "all; uni -9.5 20"),
    ("normcdff", "normcdff(a)", "normcdf_q(a)", 5.0, "all; uni -14.5 6"),
    ("erfinvf", "erfinvf(a)", "erfinv_q(a)", 2.0, "all; uni -1 1"),
    ("erfcinvf", "erfcinvf(a)", "erfcinv_q(a)", 4.0, "all; uni 0 2; log 1e-38 1"),
    ("normcdfinvf", "normcdfinvf(a)", "normcdfinv_q(a)", 5.0, "all; uni 0 1"),
    ("lgammaf", "lgammaf(a)", "lgamma(a)", 6.0, "noedge uni -2.26 100; log 1e-30 1; uni 1e3 1e38"),
    ("tgammaf", "tgammaf(a)", "tgamma(a)", 5.0, "all; uni -40 36"),
    ("j0f", "j0f(a)", "j0(a)", 9.0, "uni -8 8; log 1e-30 1"),
    ("j1f", "j1f(a)", "j1(a)", 9.0, "uni -8 8; log 1e-30 1"),
    ("y0f", "y0f(a)", "y0(a)", 9.0, "uni 1e-3 8"),
    ("y1f", "y1f(a)", "y1(a)", 9.0, "uni 1e-3 8"),
    ("cyl_bessel_i0f", "cyl_bessel_i0f(a)", "bessel_i(0, a)", 6.0, "all; uni -92 92"),
    ("cyl_bessel_i1f", "cyl_bessel_i1f(a)", "bessel_i(1, a)", 6.0, "all; uni -92 92"),
    ("fmodf", "fmodf(a, b)", "fmod(a, b)", 0.0, "all|all; uni -100 100|uni -3 3; log 1e-3 1e9|log 1e-3 1; int -100 100|int -7 7"),
    ("remainderf", "remainderf(a, b)", "remainder(a, b)", 0.0, "all|all; uni -100 100|uni -3 3; log 1e-3 1e9|log 1e-3 1; int -100 100|int -7 7"),
    ("remquof.rem", "([&]{ int q; return remquof(a, b, &q); }())", "remainder(a, b)", 0.0, "all|all; uni -100 100|uni -3 3; int -100 100|int -7 7"),
    ("remquof.quo", "([&]{ int q; remquof(a, b, &q); return (float)(q % 8); }())", "([&]{ int q; remquo(a, b, &q); return (double)(q % 8); }()) + 0.0", 0.0, "noedge uni -100 100|uni 0.1 3; log 1e-3 1e20|log 1e-3 1; int -100 100|int 1 7"),
    ("fdimf", "fdimf(a, b)", "fdim(a, b)", 0.5, "all|all; uni -1 1|uni -1 1"),
    ("roundf", "roundf(a)", "round(a)", 0.0, "all; uni -10 10"),
    ("nearbyintf", "nearbyintf(a)", "nearbyint(a)", 0.0, "all; uni -10 10"),
    ("lroundf", "(float)lroundf(a)", "(double)lround(a)", 0.5, "noedge uni -1e6 1e6; int -9 9"),
    ("llrintf", "(float)llrintf(a)", "(double)llrint(a)", 0.5, "noedge uni -1e6 1e6; int -9 9"),
    ("modff.frac", "([&]{ float t; return modff(a, &t); }())", "([&]{ double t; return modf(a, &t); }())", 0.0, "all; uni -10 10"),
    ("modff.int", "([&]{ float t; modff(a, &t); return t; }())", "trunc(a)", 0.0, "all"),
    ("frexpf.frac", "([&]{ int n; return frexpf(a, &n); }())", "([&]{ int n; return frexp(a, &n); }())", 0.0, "all"),
    ("frexpf.exp", "([&]{ int n; frexpf(a, &n); return (float)n; }())", "([&]{ int n = 0; frexp(a, &n); return (double)n; }())", 0.0, "all"),
    ("ldexpf", "ldexpf(a, (int)fminf(fmaxf(b, -30000), 30000))", "ldexp(a, (int)fmin(fmax(b, -30000), 30000))", 0.5, "all|int -300 300; all|int -3000 3000"),
    ("ilogbf", "(float)ilogbf(a)", "a == 0 || a != a ? -2147483648.0 : isinf(a) ? 2147483648.0 : (double)ilogb(a)", 0.5, "all"),
    ("logbf", "logbf(a)", "logb(a)", 0.0, "all"),
    ("nextafterf", "nextafterf(a, b)", "(double)nextafterf((float)a, (float)b)", 0.0, "all|all; int -1 1|int -1 1"),
    ("__expf", "__expf(a)", "exp(a)", 3.0, "noedge uni -87.336 88.722"),
    ("__exp10f", "__exp10f(a)", "exp10(a)", 3.0, "noedge uni -37 38.5"),
    ("__logf", "__logf(a)", "log(a)", 3.0, "noedge uni 2 1e30; uni 1e-30 0.5"),
    ("__log2f", "__log2f(a)", "log2(a)", 2.0, "noedge uni 2 1e30; uni 1e-30 0.5"),
    ("__log10f", "__log10f(a)", "log10(a)", 3.0, "noedge uni 2 1e30; uni 1e-30 0.5"),
    ("__powf", "__powf(a, b)", "pow(a, b)", 16.0, "noedge uni 0.5 2|uni -4 4"),
    ("__tanf", "__tanf(a)", "tan(a)", 8.0, "noedge uni -1 1"),
    ("sin(float)", "sizeof(sin(a)) == 4 ? sin(a) : 7", "sin(a)", 2.0, "all; uni -10 10"),
    ("exp(int)", "sizeof(exp(int(a))) == 8 ? (float)exp(int(a)) : -1", "exp((int)a)", 1.0, "noedge int -20 20; uni -9 9"),
    ("atan2(float,double)", "sizeof(atan2(a, (double)b)) == 8 ? (float)atan2(a, (double)b) : 9", "atan2(a, b)", 0.51, "noedge uni -9 9|uni -9 9"),
    ("pow(unsigned,float)", "(float)pow((unsigned)a, b)", "pow((unsigned)a, b)", 0.51, "noedge int 1 9|uni -9 9"),
    ("abs", "(float)(abs((int)a) + abs((long long)b)) + abs(c)", "(float)(labs((long)a) + labs((long)b)) + fabs(c)", 0.5, "noedge int -999 999|int -99 99|uni -1 1"),
    ("min, max", "(float)(max((int)a, (unsigned)b) % 1000u) + (float)min((long long)a, (long long)b) + min(a, b) - max(c, d)", "(float)([&]{ unsigned x = (int)a, y = (unsigned)b; return (x > y ? x : y) % 1000u; }()) + (float)(a < b ? a : b) + (float)(a < b ? a : b) - (float)(c > d ? c : d)", 0.5, "noedge int -99 99|int 0 99|int -99 99|int -99 99"),
    ("make_*", "([&]{ float4 v = make_float4(a, b, c, d); short2 s = make_short2((short)a, (short)b); ulonglong3 u = make_ulonglong3(1, 2, 3); return v.x + 2 * v.y + 4 * v.z + 8 * v.w + s.x * 16 + s.y * 32 + (float)(u.x + 10 * u.y + 100 * u.z); }())", "a + 2 * b + 4 * c + 8 * d + 16 * a + 32 * b + 321", 0.5, "noedge int -99 99|int -99 99|int -99 99|int -99 99"),
    ("pow(float,int)", "pow(a, (int)fminf(fmaxf(b, -30000), 30000))", "pow(a, (int)fmin(fmax(b, -30000), 30000))", 4.0, "uni -9 9|int -40 40; log 1e-9 1e9|int -4 4"),
];

/// As `F32`, with the limit an absolute error.
#[rustfmt::skip]
const F32_ABSOLUTE: &[Row] = &[
    ("__sinf", "__sinf(a)", "sin(a)", 3.6e-7, "noedge uni -3.2 3.2"),
    ("__cosf", "__cosf(a)", "cos(a)", 3.6e-7, "noedge uni -3.2 3.2"),
    ("__logf near 1", "__logf(a)", "log(a)", 3.6e-7, "noedge uni 0.5 2"),
    ("__log2f near 1", "__log2f(a)", "log2(a)", 3.8e-7, "noedge uni 0.5 2"),
    ("__log10f near 1", "__log10f(a)", "log10(a)", 1.6e-7, "noedge uni 0.5 2"),
    ("__tanhf", "__tanhf(a)", "tanh(a)", 4.9e-4, "noedge uni -20 20; uni -0.1 0.1"),
    ("__sincosf.c", "([&]{ float s, c; __sincosf(a, &s, &c); return c; }())", "cos(a)", 3.6e-7, "noedge uni -3.2 3.2"),
    ("j0f beyond 8", "j0f(a)", "j0(a)", 2.2e-6, "noedge uni 8 1e4"),
    ("j1f beyond 8", "j1f(a)", "j1(a)", 2.2e-6, "noedge uni 8 1e4"),
    ("y0f beyond 8", "y0f(a)", "y0(a)", 2.2e-6, "noedge uni 8 1e4"),
    ("y1f beyond 8", "y1f(a)", "y1(a)", 2.2e-6, "noedge uni 8 1e4"),
    ("jnf(3)", "jnf(3, a)", "jn(3, a)", 2.2e-6, "noedge uni -100 100"),
    ("jnf(128)", "jnf(128, a)", "jn(128, a)", 2.2e-6, "noedge uni 0 1000"),
    ("ynf(3)", "ynf(3, a)", "yn(3, a)", 2.2e-6, "noedge uni 6 100"),
];

/// What `--use_fast_math` makes of plain functions and operators, where CUDA documents an error in ulp.
#[rustfmt::skip]
const F32_FAST: &[Row] = &[
    ("fast expf", "expf(a)", "exp(a)", 3.0, "noedge uni -87.336 88.722"),
    ("fast exp10f", "exp10f(a)", "exp10(a)", 3.0, "noedge uni -37 38.5"),
    ("fast logf", "logf(a)", "log(a)", 3.0, "noedge uni 2 1e30; uni 1e-30 0.5"),
    ("fast log2f", "log2f(a)", "log2(a)", 2.0, "noedge uni 2 1e30; uni 1e-30 0.5"),
    ("fast log10f", "log10f(a)", "log10(a)", 3.0, "noedge uni 2 1e30; uni 1e-30 0.5"),
    ("fast powf", "powf(a, b)", "pow(a, b)", 16.0, "noedge uni 0.5 2|uni -4 4"),
    ("fast tanf", "tanf(a)", "tan(a)", 8.0, "noedge uni -1 1"),
    ("fast /", "a / b", "a / b", 2.0, "noedge uni -100 100|uni -3 3; log 1e-15 1e15|log 1e-15 1e15"),
    ("fast /=", "([&]{ a /= b; return a; }())", "a / b", 2.0, "noedge uni -100 100|uni -3 3"),
    ("fast 1/x", "1 / a", "1 / a", 1.0, "noedge uni -3 3; log 1e-30 1e30"),
    ("fast sqrtf", "sqrtf(a)", "sqrt(a)", 1.0, "noedge uni 0 1e10; uni 1e-37 1e-30; uni 0 1"),
    ("fast 1/sqrtf", "1.0f / sqrtf(a)", "1 / sqrt(a)", 2.0, "noedge uni 1e-10 1e10; uni 1e-37 1e-30"),
];

#[rustfmt::skip]
const F32_FAST_ABSOLUTE: &[Row] = &[
    ("fast sinf", "sinf(a)", "sin(a)", 3.6e-7, "noedge uni -3.2 3.2"),
    ("fast cosf", "cosf(a)", "cos(a)", 3.6e-7, "noedge uni -3.2 3.2"),
    ("fast sincosf.s", "([&]{ float s, c; sincosf(a, &s, &c); return s; }())", "sin(a)", 3.6e-7, "noedge uni -3.2 3.2"),
    ("fast sincosf.c", "([&]{ float s, c; sincosf(a, &s, &c); return c; }())", "cos(a)", 3.6e-7, "noedge uni -3.2 3.2"),
    ("fast logf near 1", "logf(a)", "log(a)", 3.6e-7, "noedge uni 0.5 2"),
    ("fast log2f near 1", "log2f(a)", "log2(a)", 3.8e-7, "noedge uni 0.5 2"),
    ("fast log10f near 1", "log10f(a)", "log10(a)", 1.6e-7, "noedge uni 0.5 2"),
];

#[rustfmt::skip]
const F64: &[Row] = &[
    ("d /", "a / b", "a / b", 0.5, "all|all; uni -1 1|uni -1 1"),
    ("sqrt", "sqrt(a)", "sqrtq(a)", 0.5, "all; uni 0.25 4"),
    ("fma", "fma(a, b, c)", "fmaq(a, b, c)", 0.5, "all|all|all; uni -1 1|uni -1 1|uni -1 1"),
    ("exp", "exp(a)", "expq(a)", 1.0, "all; uni -746 710; uni -2 2"),
    ("exp2", "exp2(a)", "powq(2, a)", 1.0, "all; uni -1080 1025; uni -2 2"),
    ("exp10", "exp10(a)", "powq(10, a)", 1.0, "all; uni -325 309; uni -2 2"),
    ("expm1", "expm1(a)", "expm1q(a)", 1.0, "all; uni -40 710; uni -2 2"),
    ("log", "log(a)", "logq(a)", 1.0, "all; uni 0.5 2; uni 0.9 1.1"),
    ("log2", "log2(a)", "log2q(a)", 1.0, "all; uni 0.5 2; uni 0.9 1.1"),
    ("log10", "log10(a)", "log10q(a)", 1.0, "all; uni 0.5 2; uni 0.9 1.1"),
    ("log1p", "log1p(a)", "log1pq(a)", 1.0, "all; uni -1 2; uni -0.1 0.1; log 1e-20 1e20"),
    ("sin", "sin(a)", "sinq(a)", 2.0, "all; uni -10 10; uni -1e9 1e9"),
    ("cos", "cos(a)", "cosq(a)", 2.0, "all; uni -10 10; uni -1e9 1e9"),
    ("tan", "tan(a)", "tanq(a)", 2.0, "all; uni -10 10; uni -1e9 1e9"),
    ("sincos.s", "([&]{ double s, c; sincos(a, &s, &c); return s; }())", "sinq(a)", 2.0, "all; uni -1e4 1e4"),
    ("sincos.c", "([&]{ double s, c; sincos(a, &s, &c); return c; }())", "cosq(a)", 2.0, "all; uni -1e4 1e4"),
    ("sinpi", "sinpi(a)", "sinpi_q(a)", 2.0, "all; uni -10 10"),
    ("cospi", "cospi(a)", "cospi_q(a)", 2.0, "all; uni -10 10"),
    ("asin", "asin(a)", "asinq(a)", 2.0, "all; uni -1 1"),
    ("acos", "acos(a)", "acosq(a)", 2.0, "all; uni -1 1"),
    ("atan", "atan(a)", "atanq(a)", 2.0, "all; uni -5 5"),
    ("atan2", "atan2(a, b)", "atan2q(a, b)", 2.0, "all|all; uni -1 1|uni -1 1; log 1e-3 1e3|log 1e-3 1e3"),
    ("sinh", "sinh(a)", "sinhq(a)", 2.0, "all; uni -712 712; uni -2 2"),
    ("cosh", "cosh(a)", "coshq(a)", 1.0, "all; uni -712 712; uni -2 2"),
    ("tanh", "tanh(a)", "tanhq(a)", 1.0, "all; uni -22 22; uni -1.5 1.5"),
    ("asinh", "asinh(a)", "asinhq(a)", 3.0, "all; uni -3 3; log 1e-20 1e20"),
    ("acosh", "acosh(a)", "acoshq(a)", 3.0, "all; uni 1 3"),
    ("atanh", "atanh(a)", "atanhq(a)", 2.0, "all; uni -1 1"),
    ("pow", "pow(a, b)", "powq(a, b)", 2.0, "all|all; log 1e-3 1e3|uni -100 100; uni 0 2|uni -900 900; uni 0.99 1.01|uni -70000 70000; uni -9 9|int -40 40; all|uni -3 3"),
    ("rsqrt", "rsqrt(a)", "1 / sqrtq(a)", 1.0, "all; uni 0.25 4"),
    ("cbrt", "cbrt(a)", "cbrtq(a)", 1.0, "all; uni 0.25 8"),
    ("rcbrt", "rcbrt(a)", "1 / cbrtq(a)", 1.0, "all; uni 0.25 8"),
    ("hypot", "hypot(a, b)", "norm_q(a, b)", 2.0, "all|all; uni -1 1|uni -1 1; log 1e-320 1e-300|log 1e-320 1e-300; uni 1e307 1.7e308|uni 1e307 1.7e308"),
    ("rhypot", "rhypot(a, b)", "rnorm_q(a, b)", 1.0, "all|all; uni -1 1|uni -1 1; uni 1e307 1.7e308|uni 1e307 1.7e308"),
    ("norm3d", "norm3d(a, b, c)", "norm_q(a, b, c)", 2.0, "all|all|all; uni -1 1|uni -1 1|uni -1 1"),
    ("rnorm3d", "rnorm3d(a, b, c)", "rnorm_q(a, b, c)", 1.0, "all|all|all; uni -1 1|uni -1 1|uni -1 1"),
    ("norm4d", "norm4d(a, b, c, d)", "norm_q(a, b, c, d)", 2.0, "all|all|all|all; uni -1 1|uni -1 1|uni -1 1|uni -1 1"),
    ("rnorm4d", "rnorm4d(a, b, c, d)", "rnorm_q(a, b, c, d)", 1.0, "all|all|all|all; uni -1 1|uni -1 1|uni -1 1|uni -1 1"),
    ("norm", "([&]{ double p[3] = {a, b, c}; return norm(3, p); }())", "norm_q(a, b, c)", 3.0, "uni -1 1|uni -1 1|uni -1 1; log 1e-300 1e300|log 1e-300 1e300|log 1e-300 1e300"),
    ("rnorm", "([&]{ double p[3] = {a, b, c}; return rnorm(3, p); }())", "rnorm_q(a, b, c)", 2.0, "uni -1 1|uni -1 1|uni -1 1; log 1e-300 1e300|log 1e-300 1e300|log 1e-300 1e300"),
    ("erf", "erf(a)", "erfq(a)", 2.0, "all; uni -6 6; uni 0.9 1.1"),
    ("erfc", "erfc(a)", "erfcq(a)", 5.0, "all; uni -4 27.3; uni -1 3"),
    ("erfcx", "erfcx(a)", "erfcx_q(a)", 4.0, "all; uni -26.7 50; uni -1 3"),
    ("normcdf", "normcdf(a)", "normcdf_q(a)", 5.0, "all; uni -38.6 9; uni -3 3"),
    ("erfinv", "erfinv(a)", "erfinv_q(a)", 5.0, "all; uni -1 1"),
    ("erfcinv", "erfcinv(a)", "erfcinv_q(a)", 6.0, "all; uni 0 2; log 1e-308 1"),
    ("normcdfinv", "normcdfinv(a)", "normcdfinv_q(a)", 8.0, "all; uni 0 1; log 1e-308 1"),
    ("lgamma", "lgamma(a)", "lgammaq(a)", 4.0, "noedge uni -2.26 100; log 1e-300 1; uni 1e3 1e300"),
    ("tgamma", "tgamma(a)", "tgammaq(a)", 10.0, "uni -180 172; uni -5 5; log 1e-300 1"),
    ("j0", "j0(a)", "j0q(a)", 7.0, "uni -8 8; log 1e-300 1"),
    ("j1", "j1(a)", "isinfq(a) ? copysignq(0, a) : j1q(a)", 7.0, "uni -8 8; log 1e-300 1"),
    ("y0", "y0(a)", "y0q(a)", 7.0, "uni 0 8; uni 1e-300 1e-200"),
    ("y1", "y1(a)", "y1q(a)", 7.0, "uni 0 8; uni 1e-300 1e-200"),
    ("cyl_bessel_i0", "cyl_bessel_i0(a)", "bessel_i(0, a)", 6.0, "all; uni -714 714; uni -40 40"),
    ("cyl_bessel_i1", "cyl_bessel_i1(a)", "bessel_i(1, a)", 6.0, "all; uni -714 714; uni -40 40"),
    ("fmod", "fmod(a, b)", "fmodq(a, b)", 0.0, "all|all; uni -100 100|uni -3 3; log 1e-3 1e18|log 1e-3 1; int -100 100|int -7 7"),
    ("remainder", "remainder(a, b)", "remainderq(a, b)", 0.0, "all|all; uni -100 100|uni -3 3; log 1e-3 1e18|log 1e-3 1; int -100 100|int -7 7"),
    ("remquo.rem", "([&]{ int q; return remquo(a, b, &q); }())", "remainderq(a, b)", 0.0, "all|all; uni -100 100|uni -3 3; int -100 100|int -7 7"),
    ("remquo.quo", "([&]{ int q; remquo(a, b, &q); return (double)(q % 8); }())", "([&]{ int q; remquoq(a, b, &q); return (Q)(q % 8); }()) + 0", 0.0, "noedge uni -100 100|uni 0.1 3; log 1e-3 1e18|log 1e-3 1; int -100 100|int 1 7"),
    ("fdim", "fdim(a, b)", "fdimq(a, b)", 0.5, "all|all; uni -1 1|uni -1 1"),
    ("round", "round(a)", "roundq(a)", 0.0, "all; uni -10 10; log 1 1e17"),
    ("nearbyint", "nearbyint(a)", "nearbyintq(a)", 0.0, "all; uni -10 10"),
    ("llround", "(double)llround(a)", "(Q)llroundq(a)", 0.0, "noedge uni -1e15 1e15; uni -9 9"),
    ("lrint", "(double)lrint(a)", "(Q)lrintq(a)", 0.0, "noedge uni -1e15 1e15; uni -9 9"),
    ("modf.frac", "([&]{ double t; return modf(a, &t); }())", "([&]{ Q t; return modfq(a, &t); }())", 0.0, "all; uni -10 10"),
    ("frexp.frac", "([&]{ int n; return frexp(a, &n); }())", "([&]{ int n; return frexpq(a, &n); }())", 0.0, "all"),
    ("frexp.exp", "([&]{ int n; frexp(a, &n); return (double)n; }())", "([&]{ int n = 0; frexpq(a, &n); return (Q)n; }())", 0.0, "all"),
    ("ldexp", "ldexp(a, (int)fmin(fmax(b, -30000), 30000))", "ldexpq(a, (int)fminq(fmaxq(b, -30000), 30000))", 0.5, "all|int -3000 3000; uni -1 1|int -1090 1025"),
    ("ilogb", "(double)ilogb(a)", "a == 0 || a != a ? -2147483648.0 : isinfq(a) ? 2147483647.0 : (double)ilogbq(a)", 0.0, "all"),
    ("logb", "logb(a)", "a == 0 ? -HUGE_VALQ : logbq(a)", 0.0, "all"),
    ("nextafter", "nextafter(a, b)", "(Q)nextafter((double)a, (double)b)", 0.0, "all|all; int -1 1|int -1 1"),
];

/// As `F64`, with the limit an absolute error.
#[rustfmt::skip]
const F64_ABSOLUTE: &[Row] = &[
    ("j0 beyond 8", "j0(a)", "j0q(a)", 5e-12, "noedge uni 8 1e4"),
    ("j1 beyond 8", "j1(a)", "j1q(a)", 5e-12, "noedge uni 8 1e4"),
    ("y0 beyond 8", "y0(a)", "y0q(a)", 5e-12, "noedge uni 8 1e4"),
    ("y1 beyond 8", "y1(a)", "y1q(a)", 5e-12, "noedge uni 8 1e4"),
    ("jn(3)", "jn(3, a)", "jnq(3, a)", 5e-12, "noedge uni -100 100"),
    ("jn(128)", "jn(128, a)", "jnq(128, a)", 5e-12, "noedge uni 0 1000"),
    ("yn(3)", "yn(3, a)", "ynq(3, a)", 5e-12, "noedge uni 5 100"),
];

/// Every case, in the order of the table in the documentation.
pub fn all() -> Vec<Case> {
    let mut cases = Vec::new();
    for (width, absolute, fast, rows) in [
        (Width::F32, false, false, F32),
        (Width::F32, true, false, F32_ABSOLUTE),
        (Width::F32, false, true, F32_FAST),
        (Width::F32, true, true, F32_FAST_ABSOLUTE),
        (Width::F64, false, false, F64),
        (Width::F64, true, false, F64_ABSOLUTE),
    ] {
        cases.extend(rows.iter().map(|&(name, expr, reference, limit, inputs)| Case {
            width,
            name,
            expr,
            reference,
            limit,
            absolute,
            fast,
            inputs,
        }));
    }
    cases
}
