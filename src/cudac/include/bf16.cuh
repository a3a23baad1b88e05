// cuda_bf16.h: the upper half of a float. Computed in single precision, products in double, whose results round to the
// correctly rounded 16 bits.
#pragma once

struct __nv_bfloat16_raw {
    unsigned short x;
};

__host__ __device__ static inline unsigned short __vmgpu_bf16_bits(float f) {
    unsigned int x = __float_as_uint(f), rounded = (x + 0x7fffu + (x >> 16 & 1u)) >> 16;
    return (unsigned short)((x & 0x7fffffffu) > 0x7f800000u ? 0x7fffu : rounded);
}
// Rounded to odd on the way, so that it is rounded only once.
__host__ __device__ static inline unsigned short __vmgpu_bf16_bits(double d) {
    float f = __double2float_rz(d);
    unsigned int x = __float_as_uint(f);
    unsigned int inexact = (double)f != d & d == d;
    x |= (x & 0x7fffffffu) < 0x7f800000u ? inexact : 0u;
    return __vmgpu_bf16_bits(__uint_as_float(x));
}
__host__ __device__ static inline float __vmgpu_bf16_value(unsigned short h) {
    return __uint_as_float((unsigned int)h << 16);
}

struct __nv_bfloat16 {
    unsigned short __x;
    __nv_bfloat16() = default;
    __nv_bfloat16(const __nv_bfloat16 &) = default;
    __nv_bfloat16 &operator=(const __nv_bfloat16 &) = default;
    __host__ __device__ constexpr __nv_bfloat16(const __nv_bfloat16_raw &r) : __x(r.x) {}
    __host__ __device__ __nv_bfloat16(float f) : __x(__vmgpu_bf16_bits(f)) {}
    __host__ __device__ __nv_bfloat16(double f) : __x(__vmgpu_bf16_bits(f)) {}
    __host__ __device__ __nv_bfloat16(short i) : __x(__vmgpu_bf16_bits((float)i)) {}
    __host__ __device__ __nv_bfloat16(unsigned short i) : __x(__vmgpu_bf16_bits((float)i)) {}
    __host__ __device__ __nv_bfloat16(int i) : __x(__vmgpu_bf16_bits((double)i)) {}
    __host__ __device__ __nv_bfloat16(unsigned int i) : __x(__vmgpu_bf16_bits((double)i)) {}
    __host__ __device__ __nv_bfloat16(long long i) : __x(__vmgpu_bf16_bits((double)i)) {}
    __host__ __device__ __nv_bfloat16(unsigned long long i) : __x(__vmgpu_bf16_bits((double)i)) {}
    __host__ __device__ __nv_bfloat16(long i) : __x(__vmgpu_bf16_bits((double)i)) {}
    __host__ __device__ __nv_bfloat16(unsigned long i) : __x(__vmgpu_bf16_bits((double)i)) {}
    __host__ __device__ operator float() const { return __vmgpu_bf16_value(__x); }
    __host__ __device__ __nv_bfloat16 &operator=(const __nv_bfloat16_raw &r) {
        __x = r.x;
        return *this;
    }
    __host__ __device__ operator __nv_bfloat16_raw() const {
        __nv_bfloat16_raw r;
        r.x = __x;
        return r;
    }
};
typedef __nv_bfloat16 nv_bfloat16;

struct alignas(4) __nv_bfloat162 {
    __nv_bfloat16 x, y;
    __nv_bfloat162() = default;
    __host__ __device__ __nv_bfloat162(const __nv_bfloat16 &a, const __nv_bfloat16 &b) : x(a), y(b) {}
};
typedef __nv_bfloat162 nv_bfloat162;

#define __VMGPU_F(R) __host__ __device__ static inline R
__VMGPU_F(float) __bfloat162float(__nv_bfloat16 a) { return __vmgpu_bf16_value(a.__x); }
__VMGPU_F(__nv_bfloat16) __float2bfloat16(float a) { return __nv_bfloat16(a); }
__VMGPU_F(__nv_bfloat16) __float2bfloat16_rn(float a) { return __nv_bfloat16(a); }
__VMGPU_F(__nv_bfloat16) __double2bfloat16(double a) { return __nv_bfloat16(a); }
__VMGPU_F(__nv_bfloat16) __ushort_as_bfloat16(unsigned short i) {
    __nv_bfloat16 h;
    h.__x = i;
    return h;
}
__VMGPU_F(__nv_bfloat16) __short_as_bfloat16(short i) { return __ushort_as_bfloat16((unsigned short)i); }
__VMGPU_F(unsigned short) __bfloat16_as_ushort(__nv_bfloat16 h) { return h.__x; }
__VMGPU_F(short) __bfloat16_as_short(__nv_bfloat16 h) { return (short)h.__x; }
__VMGPU_F(__nv_bfloat16) __int2bfloat16_rn(int i) { return __nv_bfloat16(i); }
__VMGPU_F(__nv_bfloat16) __uint2bfloat16_rn(unsigned int i) { return __nv_bfloat16(i); }
__VMGPU_F(__nv_bfloat16) __short2bfloat16_rn(short i) { return __nv_bfloat16(i); }
__VMGPU_F(__nv_bfloat16) __ushort2bfloat16_rn(unsigned short i) { return __nv_bfloat16(i); }
__VMGPU_F(__nv_bfloat16) __ll2bfloat16_rn(long long i) { return __nv_bfloat16(i); }
__VMGPU_F(int) __bfloat162int_rn(__nv_bfloat16 h) { return __float2int_rn((float)h); }
__VMGPU_F(int) __bfloat162int_rz(__nv_bfloat16 h) { return __float2int_rz((float)h); }
__VMGPU_F(int) __bfloat162int_rd(__nv_bfloat16 h) { return __float2int_rd((float)h); }
__VMGPU_F(int) __bfloat162int_ru(__nv_bfloat16 h) { return __float2int_ru((float)h); }
__VMGPU_F(unsigned int) __bfloat162uint_rn(__nv_bfloat16 h) { return __float2uint_rn((float)h); }
__VMGPU_F(unsigned int) __bfloat162uint_rz(__nv_bfloat16 h) { return __float2uint_rz((float)h); }

__VMGPU_F(bool) __hisnan(__nv_bfloat16 a) { return (a.__x & 0x7fff) > 0x7f80; }
__VMGPU_F(int) __hisinf(__nv_bfloat16 a) { return a.__x == 0x7f80 ? 1 : a.__x == 0xff80 ? -1 : 0; }
__VMGPU_F(__nv_bfloat16) __hneg(__nv_bfloat16 a) { return __ushort_as_bfloat16((unsigned short)(a.__x ^ 0x8000)); }
__VMGPU_F(__nv_bfloat16) __habs(__nv_bfloat16 a) { return __ushort_as_bfloat16((unsigned short)(a.__x & 0x7fff)); }
__VMGPU_F(__nv_bfloat16) __hadd(__nv_bfloat16 a, __nv_bfloat16 b) {
    return __nv_bfloat16(__fadd_rn((float)a, (float)b));
}
__VMGPU_F(__nv_bfloat16) __hsub(__nv_bfloat16 a, __nv_bfloat16 b) {
    return __nv_bfloat16(__fsub_rn((float)a, (float)b));
}
__VMGPU_F(__nv_bfloat16) __hmul(__nv_bfloat16 a, __nv_bfloat16 b) {
    return __nv_bfloat16((double)(float)a * (double)(float)b);
}
__VMGPU_F(__nv_bfloat16) __hdiv(__nv_bfloat16 a, __nv_bfloat16 b) {
    return __nv_bfloat16(__fdiv_rn((float)a, (float)b));
}
__VMGPU_F(__nv_bfloat16) __hadd_rn(__nv_bfloat16 a, __nv_bfloat16 b) { return __hadd(a, b); }
__VMGPU_F(__nv_bfloat16) __hsub_rn(__nv_bfloat16 a, __nv_bfloat16 b) { return __hsub(a, b); }
__VMGPU_F(__nv_bfloat16) __hmul_rn(__nv_bfloat16 a, __nv_bfloat16 b) { return __hmul(a, b); }
// The product is exact in double; the sum is rounded to odd, so that it is rounded only once.
__VMGPU_F(__nv_bfloat16) __hfma(__nv_bfloat16 a, __nv_bfloat16 b, __nv_bfloat16 c) {
    double p = (double)(float)a * (double)(float)b, q = (double)(float)c;
    double sum = __dadd_rn(p, q), part = __dsub_rn(sum, p);
    double lost = __dadd_rn(__dsub_rn(p, __dsub_rn(sum, part)), __dsub_rn(q, part));
    long long bits = __double_as_longlong(sum);
    long long step = (lost > 0) == (sum > 0) ? 1 : -1;
    bits += lost != 0 & lost == lost & (bits & 1) == 0 ? step : 0;
    return __nv_bfloat16(__longlong_as_double(bits));
}
__VMGPU_F(__nv_bfloat16) __hadd_sat(__nv_bfloat16 a, __nv_bfloat16 b) {
    return __nv_bfloat16(__saturatef((float)a + (float)b));
}
__VMGPU_F(__nv_bfloat16) __hmul_sat(__nv_bfloat16 a, __nv_bfloat16 b) {
    return __nv_bfloat16(__saturatef((float)a * (float)b));
}
__VMGPU_F(__nv_bfloat16) __hmax(__nv_bfloat16 a, __nv_bfloat16 b) { return __nv_bfloat16(fmaxf((float)a, (float)b)); }
__VMGPU_F(__nv_bfloat16) __hmin(__nv_bfloat16 a, __nv_bfloat16 b) { return __nv_bfloat16(fminf((float)a, (float)b)); }

__VMGPU_F(bool) __heq(__nv_bfloat16 a, __nv_bfloat16 b) { return (float)a == (float)b; }
__VMGPU_F(bool) __hne(__nv_bfloat16 a, __nv_bfloat16 b) {
    return !__hisnan(a) && !__hisnan(b) && (float)a != (float)b;
}
__VMGPU_F(bool) __hlt(__nv_bfloat16 a, __nv_bfloat16 b) { return (float)a < (float)b; }
__VMGPU_F(bool) __hle(__nv_bfloat16 a, __nv_bfloat16 b) { return (float)a <= (float)b; }
__VMGPU_F(bool) __hgt(__nv_bfloat16 a, __nv_bfloat16 b) { return (float)a > (float)b; }
__VMGPU_F(bool) __hge(__nv_bfloat16 a, __nv_bfloat16 b) { return (float)a >= (float)b; }

__VMGPU_F(__nv_bfloat16) operator+(const __nv_bfloat16 &a, const __nv_bfloat16 &b) { return __hadd(a, b); }
__VMGPU_F(__nv_bfloat16) operator-(const __nv_bfloat16 &a, const __nv_bfloat16 &b) { return __hsub(a, b); }
__VMGPU_F(__nv_bfloat16) operator*(const __nv_bfloat16 &a, const __nv_bfloat16 &b) { return __hmul(a, b); }
__VMGPU_F(__nv_bfloat16) operator/(const __nv_bfloat16 &a, const __nv_bfloat16 &b) { return __hdiv(a, b); }
__VMGPU_F(__nv_bfloat16 &) operator+=(__nv_bfloat16 &a, const __nv_bfloat16 &b) { return a = __hadd(a, b); }
__VMGPU_F(__nv_bfloat16 &) operator-=(__nv_bfloat16 &a, const __nv_bfloat16 &b) { return a = __hsub(a, b); }
__VMGPU_F(__nv_bfloat16 &) operator*=(__nv_bfloat16 &a, const __nv_bfloat16 &b) { return a = __hmul(a, b); }
__VMGPU_F(__nv_bfloat16 &) operator/=(__nv_bfloat16 &a, const __nv_bfloat16 &b) { return a = __hdiv(a, b); }
__VMGPU_F(__nv_bfloat16 &) operator++(__nv_bfloat16 &a) { return a = __hadd(a, __nv_bfloat16(1.0f)); }
__VMGPU_F(__nv_bfloat16 &) operator--(__nv_bfloat16 &a) { return a = __hsub(a, __nv_bfloat16(1.0f)); }
__VMGPU_F(__nv_bfloat16) operator+(const __nv_bfloat16 &a) { return a; }
__VMGPU_F(__nv_bfloat16) operator-(const __nv_bfloat16 &a) { return __hneg(a); }
__VMGPU_F(bool) operator==(const __nv_bfloat16 &a, const __nv_bfloat16 &b) { return __heq(a, b); }
__VMGPU_F(bool) operator!=(const __nv_bfloat16 &a, const __nv_bfloat16 &b) { return (float)a != (float)b; }
__VMGPU_F(bool) operator<(const __nv_bfloat16 &a, const __nv_bfloat16 &b) { return __hlt(a, b); }
__VMGPU_F(bool) operator<=(const __nv_bfloat16 &a, const __nv_bfloat16 &b) { return __hle(a, b); }
__VMGPU_F(bool) operator>(const __nv_bfloat16 &a, const __nv_bfloat16 &b) { return __hgt(a, b); }
__VMGPU_F(bool) operator>=(const __nv_bfloat16 &a, const __nv_bfloat16 &b) { return __hge(a, b); }

__VMGPU_F(__nv_bfloat162) make_bfloat162(__nv_bfloat16 a, __nv_bfloat16 b) { return __nv_bfloat162(a, b); }
__VMGPU_F(__nv_bfloat162) __halves2bfloat162(__nv_bfloat16 a, __nv_bfloat16 b) { return __nv_bfloat162(a, b); }
__VMGPU_F(__nv_bfloat162) __bfloat162bfloat162(__nv_bfloat16 a) { return __nv_bfloat162(a, a); }
__VMGPU_F(__nv_bfloat162) __float2bfloat162_rn(float a) { return __nv_bfloat162(__nv_bfloat16(a), __nv_bfloat16(a)); }
__VMGPU_F(__nv_bfloat162) __floats2bfloat162_rn(float a, float b) {
    return __nv_bfloat162(__nv_bfloat16(a), __nv_bfloat16(b));
}
__VMGPU_F(__nv_bfloat162) __float22bfloat162_rn(float2 a) {
    return __nv_bfloat162(__nv_bfloat16(a.x), __nv_bfloat16(a.y));
}
__VMGPU_F(float2) __bfloat1622float2(__nv_bfloat162 a) { return make_float2((float)a.x, (float)a.y); }
__VMGPU_F(float) __low2float(__nv_bfloat162 a) { return (float)a.x; }
__VMGPU_F(float) __high2float(__nv_bfloat162 a) { return (float)a.y; }
__VMGPU_F(__nv_bfloat16) __low2bfloat16(__nv_bfloat162 a) { return a.x; }
__VMGPU_F(__nv_bfloat16) __high2bfloat16(__nv_bfloat162 a) { return a.y; }
__VMGPU_F(__nv_bfloat162) __low2bfloat162(__nv_bfloat162 a) { return __nv_bfloat162(a.x, a.x); }
__VMGPU_F(__nv_bfloat162) __high2bfloat162(__nv_bfloat162 a) { return __nv_bfloat162(a.y, a.y); }
__VMGPU_F(__nv_bfloat162) __lowhigh2highlow(__nv_bfloat162 a) { return __nv_bfloat162(a.y, a.x); }
__VMGPU_F(__nv_bfloat162) __lows2bfloat162(__nv_bfloat162 a, __nv_bfloat162 b) { return __nv_bfloat162(a.x, b.x); }
__VMGPU_F(__nv_bfloat162) __highs2bfloat162(__nv_bfloat162 a, __nv_bfloat162 b) { return __nv_bfloat162(a.y, b.y); }

#define __VMGPU_PAIR2(name, one) \
    __VMGPU_F(__nv_bfloat162) name(__nv_bfloat162 a, __nv_bfloat162 b) { \
        return __nv_bfloat162(one(a.x, b.x), one(a.y, b.y)); \
    }
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
__VMGPU_F(__nv_bfloat162) __hfma2(__nv_bfloat162 a, __nv_bfloat162 b, __nv_bfloat162 c) {
    return __nv_bfloat162(__hfma(a.x, b.x, c.x), __hfma(a.y, b.y, c.y));
}
__VMGPU_F(__nv_bfloat162) __hneg2(__nv_bfloat162 a) { return __nv_bfloat162(__hneg(a.x), __hneg(a.y)); }
__VMGPU_F(__nv_bfloat162) __habs2(__nv_bfloat162 a) { return __nv_bfloat162(__habs(a.x), __habs(a.y)); }
__VMGPU_F(__nv_bfloat162) operator+(const __nv_bfloat162 &a, const __nv_bfloat162 &b) { return __hadd2(a, b); }
__VMGPU_F(__nv_bfloat162) operator-(const __nv_bfloat162 &a, const __nv_bfloat162 &b) { return __hsub2(a, b); }
__VMGPU_F(__nv_bfloat162) operator*(const __nv_bfloat162 &a, const __nv_bfloat162 &b) { return __hmul2(a, b); }
__VMGPU_F(__nv_bfloat162) operator/(const __nv_bfloat162 &a, const __nv_bfloat162 &b) { return __h2div(a, b); }
__VMGPU_F(__nv_bfloat162 &) operator+=(__nv_bfloat162 &a, const __nv_bfloat162 &b) { return a = __hadd2(a, b); }
__VMGPU_F(__nv_bfloat162 &) operator-=(__nv_bfloat162 &a, const __nv_bfloat162 &b) { return a = __hsub2(a, b); }
__VMGPU_F(__nv_bfloat162 &) operator*=(__nv_bfloat162 &a, const __nv_bfloat162 &b) { return a = __hmul2(a, b); }
__VMGPU_F(__nv_bfloat162) operator-(const __nv_bfloat162 &a) { return __hneg2(a); }

#define __VMGPU_MATH(name, name2, value) \
    __VMGPU_F(__nv_bfloat16) name(__nv_bfloat16 a) { \
        float x = (float)a; \
        return __nv_bfloat16(value); \
    } \
    __VMGPU_F(__nv_bfloat162) name2(__nv_bfloat162 a) { return __nv_bfloat162(name(a.x), name(a.y)); }
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
    __device__ static inline __nv_bfloat16 name(unsigned int mask, __nv_bfloat16 value, T lane, int width = 32) { \
        return __ushort_as_bfloat16((unsigned short)name(mask, (unsigned int)value.__x, lane, width)); \
    } \
    __device__ static inline __nv_bfloat162 name(unsigned int mask, __nv_bfloat162 value, T lane, int width = 32) { \
        unsigned int bits = name(mask, (unsigned int)value.x.__x | (unsigned int)value.y.__x << 16, lane, width); \
        __nv_bfloat16 low = __ushort_as_bfloat16((unsigned short)bits); \
        return __nv_bfloat162(low, __ushort_as_bfloat16((unsigned short)(bits >> 16))); \
    }
__VMGPU_SHUFFLE(__shfl_sync, int)
__VMGPU_SHUFFLE(__shfl_up_sync, unsigned int)
__VMGPU_SHUFFLE(__shfl_down_sync, unsigned int)
__VMGPU_SHUFFLE(__shfl_xor_sync, int)
#undef __VMGPU_SHUFFLE

__device__ static inline __nv_bfloat16 atomicAdd(__nv_bfloat16 *address, __nv_bfloat16 value) {
    unsigned short *bits = (unsigned short *)address, old = *bits, seen;
    do {
        seen = old;
        old = atomicCAS(bits, seen, __hadd(__ushort_as_bfloat16(seen), value).__x);
    } while (old != seen);
    return __ushort_as_bfloat16(old);
}
__device__ static inline __nv_bfloat162 atomicAdd(__nv_bfloat162 *address, __nv_bfloat162 value) {
    __nv_bfloat16 x = atomicAdd(&address->x, value.x);
    return __nv_bfloat162(x, atomicAdd(&address->y, value.y));
}

#define __VMGPU_T __nv_bfloat16
#define __VMGPU_T2 __nv_bfloat162
#define __VMGPU_BITS(i) __ushort_as_bfloat16(i)
#define __VMGPU_NAN 0x7fff
#define __VMGPU_TO(from, mode) __##from##2bfloat16_##mode
#define __VMGPU_OF(to, mode) __bfloat162##to##_##mode
#include <vmgpu/halves.h>
#undef __VMGPU_T
#undef __VMGPU_T2
#undef __VMGPU_BITS
#undef __VMGPU_NAN
#undef __VMGPU_TO
#undef __VMGPU_OF
