// What cuda_fp16.h and cuda_bf16.h have in common. Read once by each, which say what the types are called:
// __VMGPU_T, __VMGPU_T2, __VMGPU_BITS(i) (a value from its bits), __VMGPU_NAN (the bits of NaN), and the names of conversions.
#define __VMGPU_F(R) __host__ __device__ static inline R

__VMGPU_F(__VMGPU_T) operator++(__VMGPU_T &a, int) {
    __VMGPU_T old = a;
    a = __hadd(a, __VMGPU_T(1.0f));
    return old;
}
__VMGPU_F(__VMGPU_T) operator--(__VMGPU_T &a, int) {
    __VMGPU_T old = a;
    a = __hsub(a, __VMGPU_T(1.0f));
    return old;
}
__VMGPU_F(__VMGPU_T) __hmax_nan(__VMGPU_T a, __VMGPU_T b) {
    return __hisnan(a) || __hisnan(b) ? __VMGPU_BITS(__VMGPU_NAN) : __hmax(a, b);
}
__VMGPU_F(__VMGPU_T) __hmin_nan(__VMGPU_T a, __VMGPU_T b) {
    return __hisnan(a) || __hisnan(b) ? __VMGPU_BITS(__VMGPU_NAN) : __hmin(a, b);
}
__VMGPU_F(__VMGPU_T) __hsub_sat(__VMGPU_T a, __VMGPU_T b) { return __VMGPU_T(__saturatef((float)a - (float)b)); }
__VMGPU_F(__VMGPU_T) __hfma_sat(__VMGPU_T a, __VMGPU_T b, __VMGPU_T c) {
    return __VMGPU_T(__saturatef((float)__hfma(a, b, c)));
}
__VMGPU_F(__VMGPU_T) __hfma_relu(__VMGPU_T a, __VMGPU_T b, __VMGPU_T c) {
    __VMGPU_T r = __hfma(a, b, c);
    return (float)r < 0.0f ? __VMGPU_BITS(0) : r;
}

// True where a number is missing.
__VMGPU_F(bool) __hequ(__VMGPU_T a, __VMGPU_T b) { return __hisnan(a) || __hisnan(b) || (float)a == (float)b; }
__VMGPU_F(bool) __hneu(__VMGPU_T a, __VMGPU_T b) { return (float)a != (float)b; }
__VMGPU_F(bool) __hltu(__VMGPU_T a, __VMGPU_T b) { return !((float)a >= (float)b); }
__VMGPU_F(bool) __hleu(__VMGPU_T a, __VMGPU_T b) { return !((float)a > (float)b); }
__VMGPU_F(bool) __hgtu(__VMGPU_T a, __VMGPU_T b) { return !((float)a <= (float)b); }
__VMGPU_F(bool) __hgeu(__VMGPU_T a, __VMGPU_T b) { return !((float)a < (float)b); }

#define __VMGPU_PAIR2(name, one) \
    __VMGPU_F(__VMGPU_T2) name(__VMGPU_T2 a, __VMGPU_T2 b) { return __VMGPU_T2(one(a.x, b.x), one(a.y, b.y)); }
__VMGPU_PAIR2(__hmax2_nan, __hmax_nan)
__VMGPU_PAIR2(__hmin2_nan, __hmin_nan)
__VMGPU_PAIR2(__hadd2_sat, __hadd_sat)
__VMGPU_PAIR2(__hsub2_sat, __hsub_sat)
__VMGPU_PAIR2(__hmul2_sat, __hmul_sat)
#undef __VMGPU_PAIR2
#define __VMGPU_COMPARE(c) \
    __VMGPU_F(__VMGPU_T2) __h##c##u2(__VMGPU_T2 a, __VMGPU_T2 b) { \
        return __VMGPU_T2(__VMGPU_T((float)__h##c##u(a.x, b.x)), __VMGPU_T((float)__h##c##u(a.y, b.y))); \
    } \
    __VMGPU_F(bool) __hb##c##2(__VMGPU_T2 a, __VMGPU_T2 b) { return __h##c(a.x, b.x) && __h##c(a.y, b.y); } \
    __VMGPU_F(bool) __hb##c##u2(__VMGPU_T2 a, __VMGPU_T2 b) { return __h##c##u(a.x, b.x) && __h##c##u(a.y, b.y); } \
    __VMGPU_F(unsigned int) __h##c##2_mask(__VMGPU_T2 a, __VMGPU_T2 b) { \
        return (__h##c(a.x, b.x) ? 0xffffu : 0u) | (__h##c(a.y, b.y) ? 0xffff0000u : 0u); \
    } \
    __VMGPU_F(unsigned int) __h##c##u2_mask(__VMGPU_T2 a, __VMGPU_T2 b) { \
        return (__h##c##u(a.x, b.x) ? 0xffffu : 0u) | (__h##c##u(a.y, b.y) ? 0xffff0000u : 0u); \
    }
__VMGPU_COMPARE(eq)
__VMGPU_COMPARE(ne)
__VMGPU_COMPARE(lt)
__VMGPU_COMPARE(le)
__VMGPU_COMPARE(gt)
__VMGPU_COMPARE(ge)
#undef __VMGPU_COMPARE
__VMGPU_F(__VMGPU_T2) __hne2(__VMGPU_T2 a, __VMGPU_T2 b) {
    return __VMGPU_T2(__VMGPU_T((float)__hne(a.x, b.x)), __VMGPU_T((float)__hne(a.y, b.y)));
}
__VMGPU_F(__VMGPU_T2) __hisnan2(__VMGPU_T2 a) {
    return __VMGPU_T2(__VMGPU_T((float)__hisnan(a.x)), __VMGPU_T((float)__hisnan(a.y)));
}
__VMGPU_F(__VMGPU_T2) __hfma2_sat(__VMGPU_T2 a, __VMGPU_T2 b, __VMGPU_T2 c) {
    return __VMGPU_T2(__hfma_sat(a.x, b.x, c.x), __hfma_sat(a.y, b.y, c.y));
}
__VMGPU_F(__VMGPU_T2) __hfma2_relu(__VMGPU_T2 a, __VMGPU_T2 b, __VMGPU_T2 c) {
    return __VMGPU_T2(__hfma_relu(a.x, b.x, c.x), __hfma_relu(a.y, b.y, c.y));
}
// A complex product and sum, in four steps as the GPU takes them.
__VMGPU_F(__VMGPU_T2) __hcmadd(__VMGPU_T2 a, __VMGPU_T2 b, __VMGPU_T2 c) {
    __VMGPU_T re = __hfma(a.x, b.x, c.x), im = __hfma(a.x, b.y, c.y);
    return __VMGPU_T2(__hfma(__hneg(a.y), b.y, re), __hfma(a.y, b.x, im));
}
__VMGPU_F(__VMGPU_T2 &) operator/=(__VMGPU_T2 &a, const __VMGPU_T2 &b) { return a = __h2div(a, b); }
__VMGPU_F(__VMGPU_T2) operator+(const __VMGPU_T2 &a) { return a; }
__VMGPU_F(bool) operator==(const __VMGPU_T2 &a, const __VMGPU_T2 &b) { return __hbeq2(a, b); }
__VMGPU_F(bool) operator!=(const __VMGPU_T2 &a, const __VMGPU_T2 &b) { return __hbneu2(a, b); }
__VMGPU_F(bool) operator<(const __VMGPU_T2 &a, const __VMGPU_T2 &b) { return __hblt2(a, b); }
__VMGPU_F(bool) operator<=(const __VMGPU_T2 &a, const __VMGPU_T2 &b) { return __hble2(a, b); }
__VMGPU_F(bool) operator>(const __VMGPU_T2 &a, const __VMGPU_T2 &b) { return __hbgt2(a, b); }
__VMGPU_F(bool) operator>=(const __VMGPU_T2 &a, const __VMGPU_T2 &b) { return __hbge2(a, b); }

// Rounding to one side: the nearest value, and its neighbour where that one lies on the wrong side.
__VMGPU_F(__VMGPU_T) __vmgpu_down(double d, __VMGPU_T h) {
    unsigned short bits = h.__x;
    unsigned short below = (bits & 0x7fff) == 0 ? 0x8001 : bits & 0x8000 ? bits + 1 : bits - 1;
    return (double)(float)h > d ? __VMGPU_BITS(below) : h;
}
__VMGPU_F(__VMGPU_T) __vmgpu_up(double d, __VMGPU_T h) { return __hneg(__vmgpu_down(-d, __hneg(h))); }
__VMGPU_F(__VMGPU_T) __vmgpu_inward(double d, __VMGPU_T h) {
    return d < 0 ? __vmgpu_up(d, h) : __vmgpu_down(d, h);
}
#define __VMGPU_ROUND(T, from) \
    __VMGPU_F(__VMGPU_T) __VMGPU_TO(from, rz)(T v) { return __vmgpu_inward((double)v, __VMGPU_T(v)); } \
    __VMGPU_F(__VMGPU_T) __VMGPU_TO(from, rd)(T v) { return __vmgpu_down((double)v, __VMGPU_T(v)); } \
    __VMGPU_F(__VMGPU_T) __VMGPU_TO(from, ru)(T v) { return __vmgpu_up((double)v, __VMGPU_T(v)); }
__VMGPU_ROUND(float, float)
__VMGPU_ROUND(int, int)
__VMGPU_ROUND(unsigned int, uint)
__VMGPU_ROUND(short, short)
__VMGPU_ROUND(unsigned short, ushort)
#undef __VMGPU_ROUND
__VMGPU_F(__VMGPU_T) __VMGPU_TO(ull, rn)(unsigned long long v) { return __VMGPU_T(v); }

// To whole numbers: what is too large becomes the largest, NaN becomes 0 (and the smallest for 64 bits).
#define __VMGPU_SMALL(T, to, low, high, mode) \
    __VMGPU_F(T) __VMGPU_OF(to, mode)(__VMGPU_T h) { \
        int v = __float2int_##mode((float)h); \
        return (T)(v < low ? low : v > high ? high : v); \
    }
#define __VMGPU_MODES(m, ...) m(__VA_ARGS__, rn) m(__VA_ARGS__, rz) m(__VA_ARGS__, rd) m(__VA_ARGS__, ru)
__VMGPU_MODES(__VMGPU_SMALL, short, short, -32768, 32767)
__VMGPU_MODES(__VMGPU_SMALL, unsigned short, ushort, 0, 65535)
__VMGPU_SMALL(signed char, char, -128, 127, rz)
__VMGPU_SMALL(unsigned char, uchar, 0, 255, rz)
#undef __VMGPU_SMALL
#define __VMGPU_LARGE(T, to, mode) \
    __VMGPU_F(T) __VMGPU_OF(to, mode)(__VMGPU_T h) { return __float2##to##_##mode((float)h); }
__VMGPU_LARGE(unsigned int, uint, rd)
__VMGPU_LARGE(unsigned int, uint, ru)
__VMGPU_MODES(__VMGPU_LARGE, long long, ll)
__VMGPU_MODES(__VMGPU_LARGE, unsigned long long, ull)
#undef __VMGPU_LARGE
#undef __VMGPU_MODES
#undef __VMGPU_F
