// Rounding, remainders, and taking floats apart, in single precision. All exact.

__device__ float roundf(float x) {
    float t = truncf(x);
    return copysignf(fabsf(x - t) >= 0.5f ? fabsf(t) + 1.0f : t, x);
}

__device__ float nearbyintf(float x) {
    return rintf(x);
}

__device__ long lroundf(float x) {
    return (long)roundf(x);
}

__device__ long long llroundf(float x) {
    return (long long)roundf(x);
}

__device__ long lrintf(float x) {
    return (long)rintf(x);
}

__device__ long long llrintf(float x) {
    return (long long)rintf(x);
}

__device__ float fdimf(float x, float y) {
    float d = x > y ? x - y : 0.0f;
    return x != x || y != y ? x + y : d;
}

// The product of two floats with a quotient below 2^27 is exact in double, so the remainder is
__device__ float fmodf(float x, float y) {
    double a = (double)fabsf(x);
    double b = (double)fabsf(y);
    double q = a / b;
    if (q >= 134217728.0 && b > 0.0 && a < 4.0e38) return (float)__vmgpu_host_math_d2(0 /* fmod */, (double)x, (double)y);
    double r = a - trunc(q) * b;
    // the quotient may have been rounded up to a whole number
    r = r < 0.0 ? r + b : r;
    // y infinite: x itself; x infinite or y zero: NaN by q
    r = a < b ? a : r;
    return copysignf((float)r, x);
}

__device__ float remainderf(float x, float y) {
    double a = (double)x;
    double b = (double)y;
    double q = a / b;
    if (fabs(q) >= 134217728.0 && b != 0.0 && fabs(a) < 4.0e38)
        return (float)__vmgpu_host_math_d2(1 /* remainder */, a, b);
    double r = a - rint(q) * b;
    r = isinf(y) && fabs(a) < 4.0e38 ? a : r;
    return r == 0.0 ? copysignf(0.0f, x) : (float)r;
}

__device__ float remquof(float x, float y, int *quo) {
    double a = (double)x;
    double b = (double)y;
    double q = a / b;
    if (fabs(q) >= 134217728.0 && b != 0.0 && fabs(a) < 4.0e38) {
        *quo = (int)__vmgpu_host_math_d2(2 /* remquo_bits */, a, b);
        return (float)__vmgpu_host_math_d2(1 /* remainder */, a, b);
    }
    double n = rint(q);
    double r = a - n * b;
    r = isinf(y) && fabs(a) < 4.0e38 ? a : r;
    *quo = fabs(n) < 134217729.0 ? (int)n : 0;
    return r == 0.0 ? copysignf(0.0f, x) : (float)r;
}

__device__ float modff(float x, float *iptr) {
    float t = truncf(x);
    *iptr = t;
    return copysignf(isinf(x) ? 0.0f : x - t, x);
}

__device__ float frexpf(float x, int *nptr) {
    bool plain = x != 0.0f && isfinite(x);
    bool tiny = fabsf(x) < 1.17549435e-38f;
    int b = __float_as_int(tiny ? x * 8388608.0f : x);
    int e = ((b >> 23) & 0xff) - (tiny ? 149 : 126);
    *nptr = plain ? e : 0;
    return plain ? __int_as_float((b & 0x807fffff) | 0x3f000000) : x + x;
}

// In double there is room for every scale, and one rounding
__device__ float ldexpf(float x, int n) {
    int c = n > 400 ? 400 : n;
    c = c < -400 ? -400 : c;
    return (float)((double)x * __longlong_as_double((long long)(c + 1023) << 52));
}

__device__ float scalbnf(float x, int n) {
    return ldexpf(x, n);
}

__device__ float scalblnf(float x, long n) {
    return ldexpf(x, n > 400 ? 400 : (n < -400 ? -400 : (int)n));
}

__device__ int ilogbf(float x) {
    bool tiny = fabsf(x) < 1.17549435e-38f;
    int b = __float_as_int(tiny ? x * 8388608.0f : x);
    int e = ((b >> 23) & 0xff) - (tiny ? 150 : 127);
    e = isinf(x) ? 0x7fffffff : e;
    return x == 0.0f || x != x ? (int)0x80000000 : e;
}

__device__ float logbf(float x) {
    float v = (float)ilogbf(x);
    v = x == 0.0f ? -__int_as_float(0x7f800000) : v;
    return isfinite(x) ? v : x * x;
}

__device__ float nextafterf(float x, float y) {
    int b = __float_as_int(x);
    // away from zero adds one to the magnitude, towards it takes one
    bool away = (y > x) == (x > 0.0f);
    float v = __int_as_float(b + (away ? 1 : -1));
    v = x == 0.0f ? copysignf(1.40129846e-45f, y) : v;
    v = x == y ? y : v;
    return x != x || y != y ? x + y : v;
}

__device__ float nanf(const char *tagp) {
    return __int_as_float(0x7fffffff);
}

__device__ float __saturatef(float x) {
    // NaN gives 0
    return x > 0.0f ? (x < 1.0f ? x : 1.0f) : 0.0f;
}

__device__ float saturate(float x) {
    return __saturatef(x);
}

__device__ int __isnanf(float x) { return isnan(x) ? 1 : 0; }
__device__ int __isinff(float x) { return isinf(x) ? 1 : 0; }
__device__ int __finitef(float x) { return isfinite(x) ? 1 : 0; }
__device__ int __signbitf(float x) { return signbit(x) ? 1 : 0; }
__device__ int finitef(float x) { return isfinite(x) ? 1 : 0; }
__device__ int isnanf(float x) { return isnan(x) ? 1 : 0; }
__device__ int isinff(float x) { return isinf(x) ? 1 : 0; }
