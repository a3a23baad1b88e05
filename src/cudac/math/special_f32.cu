// Error function, gamma and Bessel families in single precision. The rarer ones go through the double
// precision host functions and are rounded once.

// exp(a^2) * erfc(a) for a >= 0: (1 + 2a) times it is smooth in q = (a - 2) / (a + 2) on the whole half line
__device__ float __vm_erfcx_f(float a) {
    float q = (a - 2.0f) / (a + 2.0f);
    float p = -2.0200188e-5f;
    p = p * q + 6.3213480e-5f;
    p = p * q + 2.2150659e-4f;
    p = p * q - 3.5749906e-4f;
    p = p * q - 1.4641391e-3f;
    p = p * q + 1.2169988e-3f;
    p = p * q + 8.7247350e-3f;
    p = p * q - 8.0187890e-3f;
    p = p * q - 5.4220323e-2f;
    p = p * q + 0.16404943f;
    p = p * q - 0.16603038f;
    p = p * q - 9.2763760e-2f;
    p = p * q + 1.2769784f;
    float v = p / (1.0f + 2.0f * a);
    return a < 1.0e30f ? v : 0.564189584f / a;
}

// e^(-a^2) without the error of a * a
__device__ float __vm_exp_minus_square_f(float a) {
    float c = a > 1.0e3f ? 1.0e3f : a;
    float s = __fmul_rn(c, c);
    float e = expf(-s);
    return e - e * fmaf(c, c, -s);
}

// (erf(a) - a) / a for t = a^2 <= 1
__device__ float __vm_erf_poly_f(float t) {
    float p = 7.80689656e-5f;
    p = p * t - 7.99785252e-4f;
    p = p * t + 5.18716220e-3f;
    p = p * t - 2.68533472e-2f;
    p = p * t + 0.112835791f;
    p = p * t - 0.376126260f;
    return p * t + 0.128379166f;
}

__device__ float erff(float x) {
    float a = fabsf(x);
    float near = a + a * __vm_erf_poly_f(a * a);
    float far = 1.0f - __vm_erfcx_f(a) * __vm_exp_minus_square_f(a);
    return copysignf(a < 1.0f ? near : far, x);
}

__device__ float erfcf(float x) {
    float a = fabsf(x);
    float v = __vm_erfcx_f(a) * __vm_exp_minus_square_f(a);
    v = x < 0.0f ? 2.0f - v : v;
    return a < 0.5f ? 1.0f - (x + x * __vm_erf_poly_f(x * x)) : v;
}

__device__ float erfcxf(float x) {
    float a = fabsf(x);
    float v = __vm_erfcx_f(a);
    float c = a > 15.0f ? 15.0f : a;
    float s = __fmul_rn(c, c);
    float e = expf(s);
    e = s > 88.7f ? __int_as_float(0x7f800000) : e + e * fmaf(c, c, -s);
    return x < 0.0f ? e + e - v : v;
}

__device__ float normcdff(float x) {
    float a = fabsf(x);
    // e^(-x^2 / 2)
    float c = a > 1.0e3f ? 1.0e3f : a;
    float s = __fmul_rn(c, c);
    float e = expf(-0.5f * s);
    e = e - e * (0.5f * fmaf(c, c, -s));
    float b = a * 0.707106769f;
    float v = 0.5f * __vm_erfcx_f(b) * e;
    v = x > 0.0f ? 1.0f - v : v;
    float near = 0.5f * (b + b * __vm_erf_poly_f(b * b));
    return a < 0.7f ? 0.5f + copysignf(near, x) : v;
}

__device__ float erfinvf(float x) {
    return (float)__vmgpu_host_math_d1(11 /* erfinv */, (double)x);
}

__device__ float erfcinvf(float x) {
    return (float)__vmgpu_host_math_d1(12 /* erfcinv */, (double)x);
}

__device__ float normcdfinvf(float x) {
    return (float)__vmgpu_host_math_d1(13 /* normcdfinv */, (double)x);
}

__device__ float lgammaf(float x) {
    return (float)__vmgpu_host_math_d1(3 /* lgamma */, (double)x);
}

__device__ float tgammaf(float x) {
    return (float)__vmgpu_host_math_d1(4 /* tgamma */, (double)x);
}

__device__ float j0f(float x) {
    return (float)__vmgpu_host_math_d1(5 /* j0 */, (double)x);
}

__device__ float j1f(float x) {
    return (float)__vmgpu_host_math_d1(6 /* j1 */, (double)x);
}

__device__ float y0f(float x) {
    return (float)__vmgpu_host_math_d1(7 /* y0 */, (double)x);
}

__device__ float y1f(float x) {
    return (float)__vmgpu_host_math_d1(8 /* y1 */, (double)x);
}

__device__ float jnf(int n, float x) {
    return (float)__vmgpu_host_math_d2(3 /* jn */, (double)n, (double)x);
}

__device__ float ynf(int n, float x) {
    return (float)__vmgpu_host_math_d2(4 /* yn */, (double)n, (double)x);
}

__device__ float cyl_bessel_i0f(float x) {
    return (float)__vmgpu_host_math_d1(9 /* cyl_bessel_i0 */, (double)x);
}

__device__ float cyl_bessel_i1f(float x) {
    return (float)__vmgpu_host_math_d1(10 /* cyl_bessel_i1 */, (double)x);
}
