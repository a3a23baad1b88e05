// Trigonometric functions in single precision.
//
// Up to 1e6 the argument is reduced by three fused steps with pi/2 in three floats (72 bits and more), which
// keeps the relative error of the remainder near one ulp; beyond, and for inf and NaN, a host function does
// the exact reduction. That is the one real branch here. Polynomials hold on |r| <= 0.87: the quotient of a
// large argument may be off by 0.05, so the remainder may pass pi/4.

__device__ float __vm_sin_poly_f(float r) {
    float t = r * r;
    float p = 2.77519965e-6f;
    p = p * t - 1.98479946e-4f;
    p = p * t + 8.33336916e-3f;
    p = p * t - 0.166666672f;
    return r + r * t * p;
}

__device__ float __vm_cos_poly_f(float r) {
    float t = r * r;
    float p = 2.43466953e-5f;
    p = p * t - 1.38864864e-3f;
    p = p * t + 4.16666269e-2f;
    return 1.0f + (t * t * p - 0.5f * t);
}

// x - n * pi/2 for t = n + 1.5 * 2^23
__device__ float __vm_trig_reduce_f(float x, float t) {
    float n = t - 12582912.0f;
    float r = fmaf(n, -1.57079637f, x);
    r = fmaf(n, 4.37113883e-8f, r);
    return fmaf(n, 1.71512451e-15f, r);
}

// The sine of r + q * pi/2
__device__ float __vm_sin_quadrant_f(float r, int q) {
    float s = __vm_sin_poly_f(r);
    float c = __vm_cos_poly_f(r);
    float v = (q & 1) != 0 ? c : s;
    return (q & 2) != 0 ? -v : v;
}

__device__ float sinf(float x) {
    if (!(fabsf(x) <= 1.0e6f)) return __vmgpu_host_math_f1(0 /* sinf */, x);
    float t = x * 0.636619747f + 12582912.0f;
    float v = __vm_sin_quadrant_f(__vm_trig_reduce_f(x, t), __float_as_int(t));
    return x == 0.0f ? x : v;
}

__device__ float cosf(float x) {
    if (!(fabsf(x) <= 1.0e6f)) return __vmgpu_host_math_f1(1 /* cosf */, x);
    float t = x * 0.636619747f + 12582912.0f;
    return __vm_sin_quadrant_f(__vm_trig_reduce_f(x, t), __float_as_int(t) + 1);
}

__device__ void sincosf(float x, float *sptr, float *cptr) {
    if (!(fabsf(x) <= 1.0e6f)) {
        *sptr = __vmgpu_host_math_f1(0 /* sinf */, x);
        *cptr = __vmgpu_host_math_f1(1 /* cosf */, x);
        return;
    }
    float t = x * 0.636619747f + 12582912.0f;
    int q = __float_as_int(t);
    float r = __vm_trig_reduce_f(x, t);
    float s = __vm_sin_poly_f(r);
    float c = __vm_cos_poly_f(r);
    float a = (q & 1) != 0 ? c : s;
    float b = (q & 1) != 0 ? s : c;
    a = (q & 2) != 0 ? -a : a;
    *cptr = ((q + 1) & 2) != 0 ? -b : b;
    *sptr = x == 0.0f ? x : a;
}

__device__ float tanf(float x) {
    if (!(fabsf(x) <= 1.0e6f)) return __vmgpu_host_math_f1(2 /* tanf */, x);
    float t = x * 0.636619747f + 12582912.0f;
    float r = __vm_trig_reduce_f(x, t);
    float z = r * r;
    float p = 5.84931439e-3f;
    p = p * z - 3.16523691e-3f;
    p = p * z + 1.36387125e-2f;
    p = p * z + 2.01001521e-2f;
    p = p * z + 5.43103889e-2f;
    p = p * z + 0.133302435f;
    p = p * z + 0.333334267f;
    float v = r + r * z * p;
    v = (__float_as_int(t) & 1) != 0 ? -1.0f / v : v;
    return x == 0.0f ? x : v;
}

// sin(pi * r), |r| <= 1/4
__device__ float __vm_sinpi_poly_f(float r) {
    float t = r * r;
    float p = 7.91578516e-2f;
    p = p * t - 0.598981261f;
    p = p * t + 2.55015469f;
    p = p * t - 5.16771269f;
    return fmaf(r, 3.14159274f, r * t * p - r * 8.74227766e-8f);
}

__device__ float __vm_cospi_poly_f(float r) {
    float t = r * r;
    float p = 0.228722498f;
    p = p * t - 1.33473492f;
    p = p * t + 4.05869627f;
    // 1 - t * pi^2/2 with what both roundings lost: one ulp allows no more
    float h = __fmul_rn(t, 4.93480206f);
    float w = 1.0f - h;
    return w + (((1.0f - w) - h) + (fmaf(t, -4.93480206f, h) + t * t * p));
}

__device__ float sinpif(float x) {
    float n = rintf(x + x);
    float r = x - 0.5f * n;
    // n modulo 4, exact for every n; inf and NaN become NaN in r
    int q = (int)(n - 4.0f * floorf(n * 0.25f));
    float s = __vm_sinpi_poly_f(r);
    float c = __vm_cospi_poly_f(r);
    float v = (q & 1) != 0 ? c : s;
    v = (q & 2) != 0 ? -v : v;
    return x == truncf(x) ? x * 0.0f : v;
}

__device__ float cospif(float x) {
    // from 2^24 up all floats are even; inf becomes NaN
    float y = fabsf(x) < 16777216.0f ? x : x - x;
    float n = rintf(y + y);
    float r = y - 0.5f * n;
    int q = (int)(n - 4.0f * floorf(n * 0.25f)) + 1;
    float s = __vm_sinpi_poly_f(r);
    float c = __vm_cospi_poly_f(r);
    float v = (q & 1) != 0 ? c : s;
    // + 0 so that zeros are positive
    return ((q & 2) != 0 ? -v : v) + 0.0f;
}

__device__ void sincospif(float x, float *sptr, float *cptr) {
    *sptr = sinpif(x);
    *cptr = cospif(x);
}

// (asin(s) - s) / s for t = s^2 <= 1/4
__device__ float __vm_asin_poly_f(float t) {
    float p = 3.76960523e-2f;
    p = p * t + 1.43154887e-2f;
    p = p * t + 3.18389349e-2f;
    p = p * t + 4.45133857e-2f;
    p = p * t + 7.50052184e-2f;
    p = p * t + 0.166666597f;
    return p * t;
}

__device__ float asinf(float x) {
    float a = fabsf(x);
    bool big = a > 0.5f;
    float t = big ? 0.5f - 0.5f * a : a * a;
    float s = big ? sqrtf(t) : a;
    float p = s * __vm_asin_poly_f(t);
    // pi/2 - 2s - 2p; the first difference keeps what it loses
    float h = 1.57079637f - 2.0f * s;
    float l = (1.57079637f - h) - 2.0f * s;
    float v = big ? h + (l - (4.37113883e-8f + 2.0f * p)) : s + p;
    return copysignf(v, x);
}

__device__ float acosf(float x) {
    float a = fabsf(x);
    bool big = a > 0.5f;
    float t = big ? 0.5f - 0.5f * a : a * a;
    float s = big ? sqrtf(t) : a;
    float p = s * __vm_asin_poly_f(t);
    float v = s + p;
    float inner = x < 0.0f ? 1.57079637f + (v - 4.37113883e-8f) : 1.57079637f - (s + (p + 4.37113883e-8f));
    float outer = x < 0.0f ? 3.14159274f - (2.0f * v + 8.74227766e-8f) : 2.0f * v;
    return big ? outer : inner;
}

// atan(a) for 0 <= a <= 1
__device__ float __vm_atan_poly_f(float a) {
    float t = a * a;
    float p = -1.78213673e-3f;
    p = p * t + 1.08662533e-2f;
    p = p * t - 3.10935192e-2f;
    p = p * t + 5.78788668e-2f;
    p = p * t - 8.39920789e-2f;
    p = p * t + 0.109508611f;
    p = p * t - 0.142640144f;
    p = p * t + 0.199985296f;
    p = p * t - 0.333332986f;
    return a + a * t * p;
}

__device__ float atanf(float x) {
    float a = fabsf(x);
    bool big = a > 1.0f;
    float v = __vm_atan_poly_f(big ? 1.0f / a : a);
    v = big ? 1.57079637f - (v + 4.37113883e-8f) : v;
    return copysignf(v, x);
}

__device__ float atan2f(float y, float x) {
    float ax = fabsf(x);
    float ay = fabsf(y);
    float hi = ax > ay ? ax : ay;
    float lo = ax > ay ? ay : ax;
    float q = lo / hi;
    q = hi == 0.0f ? 0.0f : q;
    q = lo == __int_as_float(0x7f800000) ? 1.0f : q;
    float v = __vm_atan_poly_f(q);
    v = ay > ax ? 1.57079637f - (v + 4.37113883e-8f) : v;
    v = __float_as_int(x) < 0 ? 3.14159274f - (v + 8.74227766e-8f) : v;
    v = copysignf(v, y);
    return x != x || y != y ? x + y : v;
}
