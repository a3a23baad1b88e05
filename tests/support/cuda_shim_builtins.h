// Atomics, integer intrinsics, conversions and math of CUDA, for the host shim. One OS thread runs everything,
// so atomics are plain read-modify-write.
#pragma once

#define SHIM_ATOMIC(NAME, EXPR)                                                    \
    template <class T> inline T NAME(T *p, std::common_type_t<T> v) {              \
        T old = *p;                                                                \
        *p = (T)(EXPR);                                                            \
        return old;                                                                \
    }                                                                              \
    template <class T> inline T NAME##_block(T *p, std::common_type_t<T> v) { return NAME(p, v); }
SHIM_ATOMIC(atomicAdd, old + v)
SHIM_ATOMIC(atomicSub, old - v)
SHIM_ATOMIC(atomicMin, old < v ? old : v)
SHIM_ATOMIC(atomicMax, old > v ? old : v)
SHIM_ATOMIC(atomicAnd, old &v)
SHIM_ATOMIC(atomicOr, old | v)
SHIM_ATOMIC(atomicXor, old ^ v)
SHIM_ATOMIC(atomicExch, v)
SHIM_ATOMIC(atomicInc, old >= v ? 0 : old + 1)
SHIM_ATOMIC(atomicDec, (old == 0 || old > v) ? v : old - 1)
#undef SHIM_ATOMIC
template <class T> inline T atomicCAS(T *p, std::common_type_t<T> expected, std::common_type_t<T> v) {
    T old = *p;
    if (old == expected) *p = v;
    return old;
}

template <class T> inline T __ldg(const T *p) { return *p; }
template <class T> inline T __ldcg(const T *p) { return *p; }
template <class T> inline T __ldcs(const T *p) { return *p; }
template <class T> inline void __stcs(T *p, T v) { *p = v; }

template <class To, class From> inline To shim_bits(From v) {
    static_assert(sizeof(To) == sizeof(From), "same size");
    To r;
    memcpy(&r, &v, sizeof r);
    return r;
}
inline int __float_as_int(float v) { return shim_bits<int>(v); }
inline unsigned __float_as_uint(float v) { return shim_bits<unsigned>(v); }
inline float __int_as_float(int v) { return shim_bits<float>(v); }
inline float __uint_as_float(unsigned v) { return shim_bits<float>(v); }
inline long long __double_as_longlong(double v) { return shim_bits<long long>(v); }
inline double __longlong_as_double(long long v) { return shim_bits<double>(v); }
inline int __double2hiint(double v) { return (int)(shim_bits<unsigned long long>(v) >> 32); }
inline int __double2loint(double v) { return (int)shim_bits<unsigned long long>(v); }
inline double __hiloint2double(int hi, int lo) {
    return shim_bits<double>((unsigned long long)(unsigned)hi << 32 | (unsigned)lo);
}

inline int __popc(unsigned v) { return __builtin_popcount(v); }
inline int __popcll(unsigned long long v) { return __builtin_popcountll(v); }
inline int __clz(int v) { return v ? __builtin_clz(v) : 32; }
inline int __clzll(long long v) { return v ? __builtin_clzll(v) : 64; }
inline int __ffs(int v) { return __builtin_ffs(v); }
inline int __ffsll(long long v) { return __builtin_ffsll(v); }
inline unsigned __brev(unsigned v) {
    unsigned r = 0;
    for (int i = 0; i < 32; i++) r |= (v >> i & 1) << (31 - i);
    return r;
}
inline unsigned long long __brevll(unsigned long long v) {
    return (unsigned long long)__brev((unsigned)v) << 32 | __brev((unsigned)(v >> 32));
}
inline unsigned __byte_perm(unsigned a, unsigned b, unsigned s) {
    unsigned long long all = (unsigned long long)b << 32 | a;
    unsigned r = 0;
    for (int i = 0; i < 4; i++) {
        unsigned sel = s >> (4 * i) & 0xf;
        unsigned byte = (unsigned)(all >> (8 * (sel & 7))) & 0xff;
        if (sel & 8) byte = byte & 0x80 ? 0xff : 0;
        r |= byte << (8 * i);
    }
    return r;
}
inline unsigned __umulhi(unsigned a, unsigned b) { return (unsigned)((unsigned long long)a * b >> 32); }
inline int __mulhi(int a, int b) { return (int)((long long)a * b >> 32); }
inline unsigned long long __umul64hi(unsigned long long a, unsigned long long b) {
    return (unsigned long long)((unsigned __int128)a * b >> 64);
}
inline long long __mul64hi(long long a, long long b) { return (long long)((__int128)a * b >> 64); }
inline int __mul24(int a, int b) { return (int)((long long)(a << 8 >> 8) * (b << 8 >> 8)); }
inline unsigned __umul24(unsigned a, unsigned b) { return (a & 0xffffff) * (b & 0xffffff); }
inline unsigned __sad(int a, int b, unsigned c) { return c + (a > b ? (unsigned)a - b : (unsigned)b - a); }
inline unsigned __usad(unsigned a, unsigned b, unsigned c) { return c + (a > b ? a - b : b - a); }
inline int __hadd(int a, int b) { return (int)(((long long)a + b) >> 1); }
inline int __rhadd(int a, int b) { return (int)(((long long)a + b + 1) >> 1); }
inline unsigned __funnelshift_l(unsigned lo, unsigned hi, unsigned s) {
    return (unsigned)(((unsigned long long)hi << 32 | lo) << (s & 31) >> 32);
}
inline unsigned __funnelshift_r(unsigned lo, unsigned hi, unsigned s) {
    return (unsigned)(((unsigned long long)hi << 32 | lo) >> (s & 31));
}
inline int __dp4a(int a, int b, int c) {
    for (int i = 0; i < 4; i++) c += (int)(signed char)(a >> (8 * i)) * (signed char)(b >> (8 * i));
    return c;
}
inline unsigned __dp4a(unsigned a, unsigned b, unsigned c) {
    for (int i = 0; i < 4; i++) c += (a >> (8 * i) & 0xff) * (b >> (8 * i) & 0xff);
    return c;
}

// CUDA clamps conversions that do not fit, and NaN becomes 0.
template <class I> inline I shim_clamped(double v, double lo, double hi) {
    if (v != v) return 0;
    if (v <= lo) return (I)lo;
    if (v >= hi) return std::is_signed<I>::value ? (I)hi : (I)hi;
    return (I)v;
}
inline int __float2int_rn(float v) { return shim_clamped<int>(nearbyint(v), -2147483648.0, 2147483647.0); }
inline int __float2int_rz(float v) { return shim_clamped<int>(trunc(v), -2147483648.0, 2147483647.0); }
inline int __float2int_rd(float v) { return shim_clamped<int>(floor(v), -2147483648.0, 2147483647.0); }
inline int __float2int_ru(float v) { return shim_clamped<int>(ceil(v), -2147483648.0, 2147483647.0); }
inline unsigned __float2uint_rn(float v) { return shim_clamped<unsigned>(nearbyint(v), 0.0, 4294967295.0); }
inline unsigned __float2uint_rz(float v) { return shim_clamped<unsigned>(trunc(v), 0.0, 4294967295.0); }
inline int __double2int_rn(double v) { return shim_clamped<int>(nearbyint(v), -2147483648.0, 2147483647.0); }
inline int __double2int_rz(double v) { return shim_clamped<int>(trunc(v), -2147483648.0, 2147483647.0); }
inline float __int2float_rn(int v) { return (float)v; }
inline float __uint2float_rn(unsigned v) { return (float)v; }
inline float __double2float_rn(double v) { return (float)v; }

inline float rsqrtf(float v) { return (float)(1.0 / sqrt((double)v)); }
inline double rsqrt(double v) { return 1.0 / sqrt(v); }
inline float rsqrt(float v) { return rsqrtf(v); }
inline float __saturatef(float v) { return v > 0.0f ? (v < 1.0f ? v : 1.0f) : 0.0f; }
inline float __expf(float v) { return (float)exp((double)v); }
inline float __exp10f(float v) { return (float)pow(10.0, (double)v); }
inline float __logf(float v) { return (float)log((double)v); }
inline float __log2f(float v) { return (float)log2((double)v); }
inline float __sinf(float v) { return (float)sin((double)v); }
inline float __cosf(float v) { return (float)cos((double)v); }
inline float __tanf(float v) { return (float)tan((double)v); }
inline float __powf(float a, float b) { return (float)pow((double)a, (double)b); }
inline float __fdividef(float a, float b) { return a / b; }
inline float fdividef(float a, float b) { return a / b; }
inline void __sincosf(float v, float *s, float *c) { *s = __sinf(v); *c = __cosf(v); }
inline float __frcp_rn(float v) { return 1.0f / v; }
inline float __fsqrt_rn(float v) { return sqrtf(v); }
inline float __fadd_rn(float a, float b) { return a + b; }
inline float __fsub_rn(float a, float b) { return a - b; }
inline float __fmul_rn(float a, float b) { return a * b; }
inline float __fdiv_rn(float a, float b) { return a / b; }
inline float __fmaf_rn(float a, float b, float c) { return fmaf(a, b, c); }
inline double __dadd_rn(double a, double b) { return a + b; }
inline double __dmul_rn(double a, double b) { return a * b; }
inline double __ddiv_rn(double a, double b) { return a / b; }
inline double __fma_rn(double a, double b, double c) { return fma(a, b, c); }
inline float sinpif(float v) { return (float)sin(M_PI * (double)v); }
inline float cospif(float v) { return (float)cos(M_PI * (double)v); }
inline double sinpi(double v) { return sin(M_PI * v); }
inline double cospi(double v) { return cos(M_PI * v); }
inline float norm3df(float a, float b, float c) { return (float)sqrt((double)a * a + (double)b * b + (double)c * c); }
inline float rnorm3df(float a, float b, float c) { return 1.0f / norm3df(a, b, c); }
inline float normcdff(float v) { return (float)(0.5 * erfc(-(double)v * 0.70710678118654752440)); }
inline double normcdf(double v) { return 0.5 * erfc(-v * 0.70710678118654752440); }
inline float rcbrtf(float v) { return (float)(1.0 / cbrt((double)v)); }
inline double rhypot(double a, double b) { return 1.0 / hypot(a, b); }

#define SHIM_MINMAX(T)                                  \
    inline T min(T a, T b) { return b < a ? b : a; }    \
    inline T max(T a, T b) { return a < b ? b : a; }
SHIM_MINMAX(int)
SHIM_MINMAX(unsigned)
SHIM_MINMAX(long)
SHIM_MINMAX(unsigned long)
SHIM_MINMAX(long long)
SHIM_MINMAX(unsigned long long)
#undef SHIM_MINMAX
inline unsigned min(int a, unsigned b) { return min((unsigned)a, b); }
inline unsigned min(unsigned a, int b) { return min(a, (unsigned)b); }
inline unsigned max(int a, unsigned b) { return max((unsigned)a, b); }
inline unsigned max(unsigned a, int b) { return max(a, (unsigned)b); }
inline float min(float a, float b) { return fminf(a, b); }
inline float max(float a, float b) { return fmaxf(a, b); }
inline double min(double a, double b) { return fmin(a, b); }
inline double max(double a, double b) { return fmax(a, b); }
inline double min(float a, double b) { return fmin(a, b); }
inline double max(float a, double b) { return fmax(a, b); }
inline double min(double a, float b) { return fmin(a, b); }
inline double max(double a, float b) { return fmax(a, b); }
// <math.h> of libstdc++ exports the overloaded abs, sqrt, floor, ... of <cmath> at global scope.
inline void sincospif(float v, float *s, float *c) { *s = sinpif(v); *c = cospif(v); }
inline void sincospi(double v, double *s, double *c) { *s = sinpi(v); *c = cospi(v); }
