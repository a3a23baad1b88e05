// Exponentials and logarithms in single precision.
//
// No branches: special cases fall out of clamping with ?: (which lets NaN through, unlike fminf/fmaxf) or of
// a last select. Adding 1.5 * 2^23 rounds to an integer and leaves it in the low bits of the sum, so that no
// float to int conversion (saturating, hence dear) is needed. Constants called "short" have so few bits that
// n * constant is exact: the result is the same whether the compiler contracts to fma or not.

// (e^r - 1 - r) / r^2 for |r| <= ln(2)/2
__device__ float __vm_exp_poly_f(float r) {
    float p = 1.97889341e-4f;
    p = p * r + 1.39457512e-3f;
    p = p * r + 8.33350421e-3f;
    p = p * r + 4.16662793e-2f;
    p = p * r + 0.166666657f;
    return p * r + 0.5f;
}

// 2^n for t = n + 1.5 * 2^23, in two factors, the first returned: |n| may exceed the exponent range of one float
__device__ float __vm_scale1_f(float t) {
    return __int_as_float((((__float_as_int(t) - 0x4b400000) >> 1) + 127) << 23);
}

__device__ float __vm_scale2_f(float t) {
    int n = __float_as_int(t) - 0x4b400000;
    return __int_as_float((n - (n >> 1) + 127) << 23);
}

// e^x times 2^k, k a small integer; no overflow before the result's own
__device__ float __vm_exp_scaled_f(float x, float k) {
    float c = x > 90.0f ? 90.0f : x;
    c = c < -106.0f ? -106.0f : c;
    float t = c * 1.44269502f + 12582912.0f;
    float n = t - 12582912.0f;
    float hi = c - n * 0.693359375f;
    float lo = n * 2.12194440e-4f;
    float r = hi + lo;
    // hi is exact: the linear term does not see the rounding of r
    float e = 1.0f + (hi + (lo + r * r * __vm_exp_poly_f(r)));
    t = t + k;
    return e * __vm_scale1_f(t) * __vm_scale2_f(t);
}

__device__ float expf(float x) {
    return __vm_exp_scaled_f(x, 0.0f);
}

__device__ float exp2f(float x) {
    float c = x > 130.0f ? 130.0f : x;
    c = c < -152.0f ? -152.0f : c;
    float t = c + 12582912.0f;
    float r = c - (t - 12582912.0f);
    float p = 1.54614449e-4f;
    p = p * r + 1.34004280e-3f;
    p = p * r + 9.61805694e-3f;
    p = p * r + 5.55032715e-2f;
    p = p * r + 0.240226507f;
    p = p * r + 0.693147182f;
    return (1.0f + p * r) * __vm_scale1_f(t) * __vm_scale2_f(t);
}

__device__ float exp10f(float x) {
    float c = x > 39.0f ? 39.0f : x;
    c = c < -46.0f ? -46.0f : c;
    float t = c * 3.32192802f + 12582912.0f;
    float n = t - 12582912.0f;
    // log10(2) in a short part (12 bits) and the rest
    float f = (c - n * 0.301025391f) - n * 4.60503907e-6f;
    // f * ln(10), with the low part of the constant
    float r = f * 2.30258512f - f * 3.19754356e-8f;
    float e = 1.0f + (r + r * r * __vm_exp_poly_f(r));
    return e * __vm_scale1_f(t) * __vm_scale2_f(t);
}

__device__ float expm1f(float x) {
    float c = x > 89.0f ? 89.0f : x;
    c = c < -20.0f ? -20.0f : c;
    float t = c * 1.44269502f + 12582912.0f;
    float n = t - 12582912.0f;
    float hi = c - n * 0.693359375f;
    float lo = n * 2.12194440e-4f;
    float r = hi + lo;
    float v = r * r * __vm_exp_poly_f(r) + lo;
    // For large n work at half the scale, as 2^128 is no float
    float q = n > 64.0f ? 0.5f : 1.0f;
    float s = __int_as_float((__float_as_int(t) - 0x4b400000 + 127) << 23);
    s = n > 64.0f ? __int_as_float((__float_as_int(t) - 0x4b400000 + 126) << 23) : s;
    float b = s * hi;
    float g = s - q;
    float u = g + b;
    float e = u + (((b - (u - g)) + ((s - g) - q)) + s * v);
    e = n > 64.0f ? e + e : e;
    return x == 0.0f ? x : e;
}

// (log(1+f) - f + f^2/2) / f^3 for f in [sqrt(1/2) - 1, sqrt(2) - 1]
__device__ float __vm_log_poly_f(float f) {
    float p = 0.067472f;
    p = p * f - 0.11676429f;
    p = p * f + 0.11888323f;
    p = p * f - 0.12405469f;
    p = p * f + 0.14219517f;
    p = p * f - 0.16668002f;
    p = p * f + 0.2000212f;
    p = p * f - 0.2500001f;
    p = p * f + 0.33333313f;
    return p;
}

// log(1+f) - f; the square apart, as it is the part that matters
__device__ float __vm_log_tail_f(float f) {
    float z = f * f;
    float h = 0.5f * z;
    return z * (f * __vm_log_poly_f(f)) - h;
}

// The value of a logarithm outside the positive finite numbers, else r
__device__ float __vm_log_special_f(float x, float r) {
    r = x == 0.0f ? -__int_as_float(0x7f800000) : r;
    r = x < 0.0f ? __int_as_float(0x7fffffff) : r;
    // +inf and NaN: themselves
    return x < __int_as_float(0x7f800000) ? r : x + x;
}

__device__ float logf(float x) {
    bool tiny = x < 1.17549435e-38f;
    float y = tiny ? x * 8388608.0f : x;
    int d = (__float_as_int(y) - 0x3f3504f3) & 0xff800000;
    float f = __int_as_float(__float_as_int(y) - d) - 1.0f;
    float e = (float)(d >> 23) - (tiny ? 23.0f : 0.0f);
    // e * ln2 + log(1 + f): the two large terms are added without loss, the small ones after
    float a = e * 0.693359375f;
    float s = a + f;
    float l = f - (s - a);
    float r = s + (l + (__vm_log_tail_f(f) - e * 2.12194440e-4f));
    return __vm_log_special_f(x, r);
}

__device__ float log2f(float x) {
    bool tiny = x < 1.17549435e-38f;
    float y = tiny ? x * 8388608.0f : x;
    int d = (__float_as_int(y) - 0x3f3504f3) & 0xff800000;
    float f = __int_as_float(__float_as_int(y) - d) - 1.0f;
    float e = (float)(d >> 23) - (tiny ? 23.0f : 0.0f);
    // the square with its rounding error, as one ulp leaves no room for it
    float z = __fmul_rn(f, f);
    float c = z * (f * __vm_log_poly_f(f)) - 0.5f * fmaf(f, f, -z);
    // f * log2(e) in two parts
    float h = __fmul_rn(f, 1.44269502f);
    float g = fmaf(f, 1.44269502f, -h) + f * 1.92596303e-8f;
    float s = e + h;
    float l = h - (s - e);
    float r = s + (l + fmaf(-0.5f * z, 1.44269502f, fmaf(c, 1.44269502f, g)));
    return __vm_log_special_f(x, r);
}

__device__ float log10f(float x) {
    bool tiny = x < 1.17549435e-38f;
    float y = tiny ? x * 8388608.0f : x;
    int d = (__float_as_int(y) - 0x3f3504f3) & 0xff800000;
    float f = __int_as_float(__float_as_int(y) - d) - 1.0f;
    float e = (float)(d >> 23) - (tiny ? 23.0f : 0.0f);
    float q = __vm_log_tail_f(f);
    // log10(2) in a short part (12 bits) and the rest
    float a = e * 0.301025391f;
    float h = __fmul_rn(f, 0.434294492f);
    float g = fmaf(f, 0.434294492f, -h) - f * 1.010305e-8f;
    float s = a + h;
    float l = h - (s - a);
    float r = s + (l + (q * 0.434294492f + (g + e * 4.60503907e-6f)));
    return __vm_log_special_f(x, r);
}

__device__ float log1pf(float x) {
    float u = 1.0f + x;
    int d = (__float_as_int(u) - 0x3f3504f3) & 0xff800000;
    // f = (1 + x) * 2^-e - 1 from x itself, so that nothing of a small x is lost
    int k = d < 0x20000000 ? d : 0x20000000;
    float w = __int_as_float(0x3f800000 - k);
    float m = x * w;
    m = d >= 0x20000000 ? __int_as_float(__float_as_int(x) - d) : m;
    float f = m + (w - 1.0f);
    float g = m - (f - (w - 1.0f));
    float e = (float)(d >> 23);
    float a = e * 0.693359375f;
    float s = a + f;
    float l = (f - (s - a)) + g;
    float r = s + (l + (__vm_log_tail_f(f) - e * 2.12194440e-4f));
    r = x == -1.0f ? -__int_as_float(0x7f800000) : r;
    r = x < -1.0f ? __int_as_float(0x7fffffff) : r;
    r = x < __int_as_float(0x7f800000) ? r : x + x;
    return x == 0.0f ? x : r;
}
