// Hyperbolic functions and their inverses in single precision. A polynomial near zero, the exponential
// elsewhere, both evaluated and one selected.

__device__ float sinhf(float x) {
    float a = fabsf(x);
    float t = a * a;
    float p = 2.78221176e-6f;
    p = p * t + 1.98428956e-4f;
    p = p * t + 8.33331048e-3f;
    p = p * t + 0.166666672f;
    float near = a + a * t * p;
    // e^a / 2 does not overflow before the result
    float e = __vm_exp_scaled_f(a, -1.0f);
    float far = e - 0.25f / e;
    return copysignf(a < 1.0f ? near : far, x);
}

__device__ float coshf(float x) {
    float e = __vm_exp_scaled_f(fabsf(x), -1.0f);
    return e + 0.25f / e;
}

__device__ float tanhf(float x) {
    float a = fabsf(x);
    float t = a * a;
    float p = 2.18542665e-3f;
    p = p * t - 8.22152570e-3f;
    p = p * t + 2.17176750e-2f;
    p = p * t - 5.39497100e-2f;
    p = p * t + 0.133332282f;
    p = p * t - 0.333333313f;
    float near = a + a * t * p;
    // the clamp keeps 1 / inf out; NaN passes
    float e = __vm_exp_scaled_f(a > 20.0f ? 40.0f : a + a, 1.0f);
    float far = 1.0f - 4.0f / (e + 2.0f);
    return copysignf(a < 0.6f ? near : far, x);
}

__device__ float asinhf(float x) {
    float a = fabsf(x);
    bool big = a > 1.0e9f;
    float w = a + a * a / (1.0f + sqrtf(a * a + 1.0f));
    float v = log1pf(big ? a : w) + (big ? 0.693147182f : 0.0f);
    return copysignf(v, x);
}

__device__ float acoshf(float x) {
    bool big = x > 1.0e9f;
    float t = x - 1.0f;
    float v = log1pf(big ? x : t + sqrtf(t + t + t * t)) + (big ? 0.693147182f : 0.0f);
    return x < 1.0f ? __int_as_float(0x7fffffff) : v;
}

__device__ float atanhf(float x) {
    float a = fabsf(x);
    float v = 0.5f * log1pf((a + a) / (1.0f - a));
    return copysignf(v, x);
}
