// cuda_fp16.h: half precision. Stored as 16 bits; computed in single precision (fma in double), whose result rounds to
// the correctly rounded half.
#pragma once

struct __half_raw {
    unsigned short x;
};

// Without branches: every case is computed, one is chosen.
__host__ __device__ static inline unsigned short __vmgpu_half_bits(float f) {
    unsigned int x = __float_as_uint(f), sign = x >> 16 & 0x8000u, a = x & 0x7fffffffu;
    unsigned int normal = (a - 0x38000000u + 0xfffu + (a >> 13 & 1u)) >> 13;
    // A unit in the last place of 0.5 is that of the smallest halves: the sum rounds as wanted.
    unsigned int small = __float_as_uint(__fadd_rn(__uint_as_float(a), 0.5f)) - 0x3f000000u;
    unsigned int bits = a >= 0x38800000u ? normal : small;
    bits = a >= 0x47800000u ? 0x7c00u : bits;
    bits = (bits | sign) & 0xffffu;
    return (unsigned short)(a > 0x7f800000u ? 0x7fffu : bits);
}
// Rounded to odd on the way, so that it is rounded only once.
__host__ __device__ static inline unsigned short __vmgpu_half_bits(double d) {
    float f = __double2float_rz(d);
    unsigned int x = __float_as_uint(f);
    unsigned int inexact = (double)f != d & d == d;
    x |= (x & 0x7fffffffu) < 0x7f800000u ? inexact : 0u;
    return __vmgpu_half_bits(__uint_as_float(x));
}
__host__ __device__ static inline float __vmgpu_half_value(unsigned short h) {
    unsigned int sign = (h & 0x8000u) << 16, a = h & 0x7fffu;
    unsigned int small = __float_as_uint(__fmul_rn((float)(int)a, 5.9604644775390625e-8f));
    unsigned int normal = (a << 13) + 0x38000000u, special = normal + 0x38000000u;
    unsigned int bits = a >= 0x400u ? normal : small;
    bits = a >= 0x7c00u ? special : bits;
    return __uint_as_float(bits | sign);
}

struct __half {
    unsigned short __x;
    __half() = default;
    __half(const __half &) = default;
    __half &operator=(const __half &) = default;
    __host__ __device__ constexpr __half(const __half_raw &r) : __x(r.x) {}
    __host__ __device__ __half(float f) : __x(__vmgpu_half_bits(f)) {}
    __host__ __device__ __half(double f) : __x(__vmgpu_half_bits(f)) {}
    __host__ __device__ __half(short i) : __x(__vmgpu_half_bits((float)i)) {}
    __host__ __device__ __half(unsigned short i) : __x(__vmgpu_half_bits((float)i)) {}
    __host__ __device__ __half(int i) : __x(__vmgpu_half_bits((double)i)) {}
    __host__ __device__ __half(unsigned int i) : __x(__vmgpu_half_bits((double)i)) {}
    __host__ __device__ __half(long long i) : __x(__vmgpu_half_bits((double)i)) {}
    __host__ __device__ __half(unsigned long long i) : __x(__vmgpu_half_bits((double)i)) {}
    __host__ __device__ __half(long i) : __x(__vmgpu_half_bits((double)i)) {}
    __host__ __device__ __half(unsigned long i) : __x(__vmgpu_half_bits((double)i)) {}
    __host__ __device__ operator float() const { return __vmgpu_half_value(__x); }
    __host__ __device__ __half &operator=(const __half_raw &r) {
        __x = r.x;
        return *this;
    }
    __host__ __device__ operator __half_raw() const {
        __half_raw r;
        r.x = __x;
        return r;
    }
};
typedef __half half;
typedef __half __nv_half;

struct alignas(4) __half2 {
    __half x, y;
    __half2() = default;
    __host__ __device__ __half2(const __half &a, const __half &b) : x(a), y(b) {}
};
typedef __half2 half2;
typedef __half2 __nv_half2;

#define __VMGPU_F(R) __host__ __device__ static inline R
__VMGPU_F(float) __half2float(__half a) { return __vmgpu_half_value(a.__x); }
__VMGPU_F(__half) __float2half(float a) { return __half(a); }
__VMGPU_F(__half) __float2half_rn(float a) { return __half(a); }
__VMGPU_F(__half) __double2half(double a) { return __half(a); }
__VMGPU_F(__half) __ushort_as_half(unsigned short i) {
    __half h;
    h.__x = i;
    return h;
}
__VMGPU_F(__half) __short_as_half(short i) { return __ushort_as_half((unsigned short)i); }
__VMGPU_F(unsigned short) __half_as_ushort(__half h) { return h.__x; }
__VMGPU_F(short) __half_as_short(__half h) { return (short)h.__x; }
__VMGPU_F(__half) __int2half_rn(int i) { return __half(i); }
__VMGPU_F(__half) __uint2half_rn(unsigned int i) { return __half(i); }
__VMGPU_F(__half) __short2half_rn(short i) { return __half(i); }
__VMGPU_F(__half) __ushort2half_rn(unsigned short i) { return __half(i); }
__VMGPU_F(__half) __ll2half_rn(long long i) { return __half(i); }
__VMGPU_F(int) __half2int_rn(__half h) { return __float2int_rn((float)h); }
__VMGPU_F(int) __half2int_rz(__half h) { return __float2int_rz((float)h); }
__VMGPU_F(int) __half2int_rd(__half h) { return __float2int_rd((float)h); }
__VMGPU_F(int) __half2int_ru(__half h) { return __float2int_ru((float)h); }
__VMGPU_F(unsigned int) __half2uint_rn(__half h) { return __float2uint_rn((float)h); }
__VMGPU_F(unsigned int) __half2uint_rz(__half h) { return __float2uint_rz((float)h); }

__VMGPU_F(bool) __hisnan(__half a) { return (a.__x & 0x7fff) > 0x7c00; }
__VMGPU_F(int) __hisinf(__half a) { return a.__x == 0x7c00 ? 1 : a.__x == 0xfc00 ? -1 : 0; }
__VMGPU_F(__half) __hneg(__half a) { return __ushort_as_half((unsigned short)(a.__x ^ 0x8000)); }
__VMGPU_F(__half) __habs(__half a) { return __ushort_as_half((unsigned short)(a.__x & 0x7fff)); }
__VMGPU_F(__half) __hadd(__half a, __half b) { return __half(__fadd_rn((float)a, (float)b)); }
__VMGPU_F(__half) __hsub(__half a, __half b) { return __half(__fsub_rn((float)a, (float)b)); }
__VMGPU_F(__half) __hmul(__half a, __half b) { return __half(__fmul_rn((float)a, (float)b)); }
__VMGPU_F(__half) __hdiv(__half a, __half b) { return __half(__fdiv_rn((float)a, (float)b)); }
__VMGPU_F(__half) __hadd_rn(__half a, __half b) { return __hadd(a, b); }
__VMGPU_F(__half) __hsub_rn(__half a, __half b) { return __hsub(a, b); }
__VMGPU_F(__half) __hmul_rn(__half a, __half b) { return __hmul(a, b); }
// The product is exact in double; the sum is rounded to odd, so that it is rounded only once.
__VMGPU_F(__half) __hfma(__half a, __half b, __half c) {
    double p = (double)(float)a * (double)(float)b, q = (double)(float)c;
    double sum = __dadd_rn(p, q), part = __dsub_rn(sum, p);
    double lost = __dadd_rn(__dsub_rn(p, __dsub_rn(sum, part)), __dsub_rn(q, part));
    long long bits = __double_as_longlong(sum);
    long long step = (lost > 0) == (sum > 0) ? 1 : -1;
    bits += lost != 0 & lost == lost & (bits & 1) == 0 ? step : 0;
    return __half(__longlong_as_double(bits));
}
__VMGPU_F(__half) __hadd_sat(__half a, __half b) { return __half(__saturatef((float)a + (float)b)); }
__VMGPU_F(__half) __hmul_sat(__half a, __half b) { return __half(__saturatef((float)a * (float)b)); }
__VMGPU_F(__half) __hmax(__half a, __half b) { return __half(fmaxf((float)a, (float)b)); }
__VMGPU_F(__half) __hmin(__half a, __half b) { return __half(fminf((float)a, (float)b)); }

__VMGPU_F(bool) __heq(__half a, __half b) { return (float)a == (float)b; }
__VMGPU_F(bool) __hne(__half a, __half b) { return !__hisnan(a) && !__hisnan(b) && (float)a != (float)b; }
__VMGPU_F(bool) __hlt(__half a, __half b) { return (float)a < (float)b; }
__VMGPU_F(bool) __hle(__half a, __half b) { return (float)a <= (float)b; }
__VMGPU_F(bool) __hgt(__half a, __half b) { return (float)a > (float)b; }
__VMGPU_F(bool) __hge(__half a, __half b) { return (float)a >= (float)b; }

__VMGPU_F(__half) operator+(const __half &a, const __half &b) { return __hadd(a, b); }
__VMGPU_F(__half) operator-(const __half &a, const __half &b) { return __hsub(a, b); }
__VMGPU_F(__half) operator*(const __half &a, const __half &b) { return __hmul(a, b); }
__VMGPU_F(__half) operator/(const __half &a, const __half &b) { return __hdiv(a, b); }
__VMGPU_F(__half &) operator+=(__half &a, const __half &b) { return a = __hadd(a, b); }
__VMGPU_F(__half &) operator-=(__half &a, const __half &b) { return a = __hsub(a, b); }
__VMGPU_F(__half &) operator*=(__half &a, const __half &b) { return a = __hmul(a, b); }
__VMGPU_F(__half &) operator/=(__half &a, const __half &b) { return a = __hdiv(a, b); }
__VMGPU_F(__half &) operator++(__half &a) { return a = __hadd(a, __half(1.0f)); }
__VMGPU_F(__half &) operator--(__half &a) { return a = __hsub(a, __half(1.0f)); }
__VMGPU_F(__half) operator+(const __half &a) { return a; }
__VMGPU_F(__half) operator-(const __half &a) { return __hneg(a); }
__VMGPU_F(bool) operator==(const __half &a, const __half &b) { return __heq(a, b); }
__VMGPU_F(bool) operator!=(const __half &a, const __half &b) { return (float)a != (float)b; }
__VMGPU_F(bool) operator<(const __half &a, const __half &b) { return __hlt(a, b); }
__VMGPU_F(bool) operator<=(const __half &a, const __half &b) { return __hle(a, b); }
__VMGPU_F(bool) operator>(const __half &a, const __half &b) { return __hgt(a, b); }
__VMGPU_F(bool) operator>=(const __half &a, const __half &b) { return __hge(a, b); }

__VMGPU_F(__half2) make_half2(__half a, __half b) { return __half2(a, b); }
__VMGPU_F(__half2) __halves2half2(__half a, __half b) { return __half2(a, b); }
__VMGPU_F(__half2) __half2half2(__half a) { return __half2(a, a); }
__VMGPU_F(__half2) __float2half2_rn(float a) { return __half2(__half(a), __half(a)); }
__VMGPU_F(__half2) __floats2half2_rn(float a, float b) { return __half2(__half(a), __half(b)); }
__VMGPU_F(__half2) __float22half2_rn(float2 a) { return __half2(__half(a.x), __half(a.y)); }
__VMGPU_F(float2) __half22float2(__half2 a) { return make_float2((float)a.x, (float)a.y); }
__VMGPU_F(float) __low2float(__half2 a) { return (float)a.x; }
__VMGPU_F(float) __high2float(__half2 a) { return (float)a.y; }
__VMGPU_F(__half) __low2half(__half2 a) { return a.x; }
__VMGPU_F(__half) __high2half(__half2 a) { return a.y; }
__VMGPU_F(__half2) __low2half2(__half2 a) { return __half2(a.x, a.x); }
__VMGPU_F(__half2) __high2half2(__half2 a) { return __half2(a.y, a.y); }
__VMGPU_F(__half2) __lowhigh2highlow(__half2 a) { return __half2(a.y, a.x); }
__VMGPU_F(__half2) __lows2half2(__half2 a, __half2 b) { return __half2(a.x, b.x); }
__VMGPU_F(__half2) __highs2half2(__half2 a, __half2 b) { return __half2(a.y, b.y); }

#define __VMGPU_PAIR2(name, one) \
    __VMGPU_F(__half2) name(__half2 a, __half2 b) { return __half2(one(a.x, b.x), one(a.y, b.y)); }
__VMGPU_PAIR2(__hadd2, __hadd)
__VMGPU_PAIR2(__hsub2, __hsub)
__VMGPU_PAIR2(__hmul2, __hmul)
__VMGPU_PAIR2(__h2div, __hdiv)
__VMGPU_PAIR2(__hadd2_rn, __hadd)
__VMGPU_PAIR2(__hsub2_rn, __hsub)
__VMGPU_PAIR2(__hmul2_rn, __hmul)
__VMGPU_PAIR2(__hmax2, __hmax)
__VMGPU_PAIR2(__hmin2, __hmin)
__VMGPU_PAIR2(__heq2, __heq)
__VMGPU_PAIR2(__hlt2, __hlt)
__VMGPU_PAIR2(__hle2, __hle)
__VMGPU_PAIR2(__hgt2, __hgt)
__VMGPU_PAIR2(__hge2, __hge)
#undef __VMGPU_PAIR2
__VMGPU_F(__half2) __hfma2(__half2 a, __half2 b, __half2 c) {
    return __half2(__hfma(a.x, b.x, c.x), __hfma(a.y, b.y, c.y));
}
__VMGPU_F(__half2) __hneg2(__half2 a) { return __half2(__hneg(a.x), __hneg(a.y)); }
__VMGPU_F(__half2) __habs2(__half2 a) { return __half2(__habs(a.x), __habs(a.y)); }
__VMGPU_F(__half2) operator+(const __half2 &a, const __half2 &b) { return __hadd2(a, b); }
__VMGPU_F(__half2) operator-(const __half2 &a, const __half2 &b) { return __hsub2(a, b); }
__VMGPU_F(__half2) operator*(const __half2 &a, const __half2 &b) { return __hmul2(a, b); }
__VMGPU_F(__half2) operator/(const __half2 &a, const __half2 &b) { return __h2div(a, b); }
__VMGPU_F(__half2 &) operator+=(__half2 &a, const __half2 &b) { return a = __hadd2(a, b); }
__VMGPU_F(__half2 &) operator-=(__half2 &a, const __half2 &b) { return a = __hsub2(a, b); }
__VMGPU_F(__half2 &) operator*=(__half2 &a, const __half2 &b) { return a = __hmul2(a, b); }
__VMGPU_F(__half2) operator-(const __half2 &a) { return __hneg2(a); }

#define __VMGPU_MATH(name, name2, value) \
    __VMGPU_F(__half) name(__half a) { \
        float x = (float)a; \
        return __half(value); \
    } \
    __VMGPU_F(__half2) name2(__half2 a) { return __half2(name(a.x), name(a.y)); }
__VMGPU_MATH(hsqrt, h2sqrt, __fsqrt_rn(x))
__VMGPU_MATH(hrsqrt, h2rsqrt, (float)(1.0 / sqrt((double)x)))
__VMGPU_MATH(hrcp, h2rcp, __frcp_rn(x))
__VMGPU_MATH(hexp, h2exp, expf(x))
__VMGPU_MATH(hexp2, h2exp2, exp2f(x))
__VMGPU_MATH(hexp10, h2exp10, exp10f(x))
__VMGPU_MATH(hlog, h2log, logf(x))
__VMGPU_MATH(hlog2, h2log2, log2f(x))
__VMGPU_MATH(hlog10, h2log10, log10f(x))
__VMGPU_MATH(hsin, h2sin, sinf(x))
__VMGPU_MATH(hcos, h2cos, cosf(x))
__VMGPU_MATH(htanh, h2tanh, tanhf(x))
__VMGPU_MATH(hfloor, h2floor, floorf(x))
__VMGPU_MATH(hceil, h2ceil, ceilf(x))
__VMGPU_MATH(htrunc, h2trunc, truncf(x))
__VMGPU_MATH(hrint, h2rint, rintf(x))
#undef __VMGPU_MATH
#undef __VMGPU_F

#define __VMGPU_SHUFFLE(name, T) \
    __device__ static inline __half name(unsigned int mask, __half value, T lane, int width = 32) { \
        return __ushort_as_half((unsigned short)name(mask, (unsigned int)value.__x, lane, width)); \
    } \
    __device__ static inline __half2 name(unsigned int mask, __half2 value, T lane, int width = 32) { \
        unsigned int bits = name(mask, (unsigned int)value.x.__x | (unsigned int)value.y.__x << 16, lane, width); \
        return __half2(__ushort_as_half((unsigned short)bits), __ushort_as_half((unsigned short)(bits >> 16))); \
    }
__VMGPU_SHUFFLE(__shfl_sync, int)
__VMGPU_SHUFFLE(__shfl_up_sync, unsigned int)
__VMGPU_SHUFFLE(__shfl_down_sync, unsigned int)
__VMGPU_SHUFFLE(__shfl_xor_sync, int)
#undef __VMGPU_SHUFFLE

__device__ static inline __half atomicAdd(__half *address, __half value) {
    unsigned short *bits = (unsigned short *)address, old = *bits, seen;
    do {
        seen = old;
        old = atomicCAS(bits, seen, __hadd(__ushort_as_half(seen), value).__x);
    } while (old != seen);
    return __ushort_as_half(old);
}
__device__ static inline __half2 atomicAdd(__half2 *address, __half2 value) {
    __half x = atomicAdd(&address->x, value.x);
    return __half2(x, atomicAdd(&address->y, value.y));
}

#define __VMGPU_T __half
#define __VMGPU_T2 __half2
#define __VMGPU_BITS(i) __ushort_as_half(i)
#define __VMGPU_NAN 0x7fff
#define __VMGPU_TO(from, mode) __##from##2half_##mode
#define __VMGPU_OF(to, mode) __half2##to##_##mode
#include <vmgpu/halves.h>
#undef __VMGPU_T
#undef __VMGPU_T2
#undef __VMGPU_BITS
#undef __VMGPU_NAN
#undef __VMGPU_TO
#undef __VMGPU_OF
