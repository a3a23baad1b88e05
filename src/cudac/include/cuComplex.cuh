// cuComplex.h: complex numbers as float2 and double2.
#pragma once
typedef float2 cuFloatComplex;
typedef double2 cuDoubleComplex;
typedef cuFloatComplex cuComplex;

#define __VMGPU_CUCOMPLEX(C, R, make, real, imag, conj, add, sub, mul, div, abs, fma, hyp) \
    __host__ __device__ static inline R real(C x) { return x.x; } \
    __host__ __device__ static inline R imag(C x) { return x.y; } \
    __host__ __device__ static inline C make(R re, R im) { C z; z.x = re; z.y = im; return z; } \
    __host__ __device__ static inline C conj(C x) { return make(x.x, -x.y); } \
    __host__ __device__ static inline C add(C x, C y) { return make(x.x + y.x, x.y + y.y); } \
    __host__ __device__ static inline C sub(C x, C y) { return make(x.x - y.x, x.y - y.y); } \
    __host__ __device__ static inline C mul(C x, C y) { \
        return make(x.x * y.x - x.y * y.y, x.x * y.y + x.y * y.x); \
    } \
    __host__ __device__ static inline C div(C x, C y) { \
        R scale = (R)1 / ((y.x < 0 ? -y.x : y.x) + (y.y < 0 ? -y.y : y.y)); \
        R a = x.x * scale, b = x.y * scale, c = y.x * scale, d = y.y * scale; \
        R over = (R)1 / (c * c + d * d); \
        return make((a * c + b * d) * over, (b * c - a * d) * over); \
    } \
    __host__ __device__ static inline R abs(C x) { return hyp(x.x, x.y); } \
    __host__ __device__ static inline C fma(C x, C y, C d) { \
        R re = x.x * y.x + d.x, im = x.x * y.y + d.y; \
        return make(re - x.y * y.y, im + x.y * y.x); \
    }

__VMGPU_CUCOMPLEX(cuFloatComplex, float, make_cuFloatComplex, cuCrealf, cuCimagf, cuConjf, cuCaddf, cuCsubf, cuCmulf,
    cuCdivf, cuCabsf, cuCfmaf, hypotf)
__VMGPU_CUCOMPLEX(cuDoubleComplex, double, make_cuDoubleComplex, cuCreal, cuCimag, cuConj, cuCadd, cuCsub, cuCmul,
    cuCdiv, cuCabs, cuCfma, hypot)
#undef __VMGPU_CUCOMPLEX

__host__ __device__ static inline cuComplex make_cuComplex(float re, float im) { return make_cuFloatComplex(re, im); }
__host__ __device__ static inline cuFloatComplex cuComplexDoubleToFloat(cuDoubleComplex c) {
    return make_cuFloatComplex((float)c.x, (float)c.y);
}
__host__ __device__ static inline cuDoubleComplex cuComplexFloatToDouble(cuFloatComplex c) {
    return make_cuDoubleComplex(c.x, c.y);
}
