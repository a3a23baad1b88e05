// Lets a host C++ compiler take the device math library as it stands: the keywords, the vector types and the
// functions that our own compiler provides natively (src/cudac/math/natives.rs). Nothing of <cmath> is
// included, since the library defines those names itself, in a namespace.
#include <stdint.h>

#define __device__ static

namespace vm {

#define VEC(T, n)                                                                                            \
    struct n##1 { T x; };                                                                                    \
    struct n##2 { T x, y; };                                                                                 \
    struct n##3 { T x, y, z; };                                                                              \
    struct n##4 { T x, y, z, w; };
VEC(signed char, char) VEC(unsigned char, uchar) VEC(short, short) VEC(unsigned short, ushort)
VEC(int, int) VEC(unsigned, uint) VEC(long, long) VEC(unsigned long, ulong)
VEC(long long, longlong) VEC(unsigned long long, ulonglong) VEC(float, float) VEC(double, double)
#undef VEC

static inline float fmaf(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
static inline double fma(double a, double b, double c) { return __builtin_fma(a, b, c); }
static inline float sqrtf(float a) { return __builtin_sqrtf(a); }
static inline double sqrt(double a) { return __builtin_sqrt(a); }
static inline float floorf(float a) { return __builtin_floorf(a); }
static inline double floor(double a) { return __builtin_floor(a); }
static inline float ceilf(float a) { return __builtin_ceilf(a); }
static inline double ceil(double a) { return __builtin_ceil(a); }
static inline float truncf(float a) { return __builtin_truncf(a); }
static inline double trunc(double a) { return __builtin_trunc(a); }
static inline float rintf(float a) { return __builtin_rintf(a); }
static inline double rint(double a) { return __builtin_rint(a); }
static inline float fabsf(float a) { return __builtin_fabsf(a); }
static inline double fabs(double a) { return __builtin_fabs(a); }
static inline float copysignf(float a, float b) { return __builtin_copysignf(a, b); }
static inline double copysign(double a, double b) { return __builtin_copysign(a, b); }
static inline float fminf(float a, float b) { return __builtin_fminf(a, b); }
static inline double fmin(double a, double b) { return __builtin_fmin(a, b); }
static inline float fmaxf(float a, float b) { return __builtin_fmaxf(a, b); }
static inline double fmax(double a, double b) { return __builtin_fmax(a, b); }

template <class To, class From> static inline To bits(From f) {
    static_assert(sizeof(To) == sizeof(From), "a bit cast keeps the size");
    To t;
    __builtin_memcpy(&t, &f, sizeof t);
    return t;
}
static inline int __float_as_int(float a) { return bits<int>(a); }
static inline unsigned __float_as_uint(float a) { return bits<unsigned>(a); }
static inline float __int_as_float(int a) { return bits<float>(a); }
static inline float __uint_as_float(unsigned a) { return bits<float>(a); }
static inline long long __double_as_longlong(double a) { return bits<long long>(a); }
static inline double __longlong_as_double(long long a) { return bits<double>(a); }
static inline int __double2hiint(double a) { return (int)(bits<long long>(a) >> 32); }
static inline int __double2loint(double a) { return (int)bits<long long>(a); }
static inline double __hiloint2double(int h, int l) {
    return bits<double>((long long)(((unsigned long long)(unsigned)h << 32) | (unsigned)l));
}
static inline int __clz(int a) { return a == 0 ? 32 : __builtin_clz((unsigned)a); }
static inline int __clzll(long long a) { return a == 0 ? 64 : __builtin_clzll((unsigned long long)a); }
static inline bool isnan(float a) { return a != a; }
static inline bool isnan(double a) { return a != a; }
static inline bool isinf(float a) { return __builtin_isinf(a); }
static inline bool isinf(double a) { return __builtin_isinf(a); }
static inline bool isfinite(float a) { return __builtin_isfinite(a); }
static inline bool isfinite(double a) { return __builtin_isfinite(a); }
static inline bool signbit(float a) { return __builtin_signbit(a); }
static inline bool signbit(double a) { return __builtin_signbit(a); }

// Products and sums that must not be contracted: the compiler cannot look through the empty statement.
template <class T> static inline T opaque(T a) {
    asm volatile("" : "+m"(a));
    return a;
}
static inline float __fmul_rn(float a, float b) { return opaque(a * b); }
static inline float __fadd_rn(float a, float b) { return opaque(a + b); }
static inline double __dmul_rn(double a, double b) { return opaque(a * b); }
static inline double __dadd_rn(double a, double b) { return opaque(a + b); }

static float (*const *host_f1)(float);
static double (*const *host_d1)(double);
static double (*const *host_d2)(double, double);
static inline float __vmgpu_host_math_f1(int id, float a) { return host_f1[id](a); }
static inline double __vmgpu_host_math_d1(int id, double a) { return host_d1[id](a); }
static inline double __vmgpu_host_math_d2(int id, double a, double b) { return host_d2[id](a, b); }

} // namespace vm

extern "C" void set_host(float (*const *f1)(float), double (*const *d1)(double), double (*const *d2)(double, double)) {
    vm::host_f1 = f1;
    vm::host_d1 = d1;
    vm::host_d2 = d2;
}
