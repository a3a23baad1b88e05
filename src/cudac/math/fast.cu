// The fast intrinsics: no branch, no denormal results, errors as CUDA documents them (absolute for __sinf,
// __cosf and small logarithms). --use_fast_math puts them in the place of the exact functions.

// 2^n * (1 + r + r^2 * poly(r)); n from the low bits of t, added to the exponent of the sum
__device__ float __vm_exp_fast_f(float r, float t) {
    float p = 1.3847e-3f;
    p = p * r + 8.3699787e-3f;
    p = p * r + 4.1668010e-2f;
    p = p * r + 0.16666509f;
    p = p * r + 0.49999994f;
    float e = 1.0f + (r + r * r * p);
    return __int_as_float(__float_as_int(e) + (__float_as_int(t) << 23));
}

__device__ float __expf(float x) {
    float t = x * 1.44269502f + 12582912.0f;
    float n = t - 12582912.0f;
    float v = __vm_exp_fast_f((x - n * 0.693359375f) + n * 2.12194440e-4f, t);
    v = x < -87.3365402f ? 0.0f : v;
    v = x > 88.7228317f ? __int_as_float(0x7f800000) : v;
    return x == x ? v : x;
}

__device__ float __exp10f(float x) {
    float t = x * 3.32192802f + 12582912.0f;
    float n = t - 12582912.0f;
    float v = __vm_exp_fast_f(((x - n * 0.301025391f) - n * 4.60503907e-6f) * 2.30258512f, t);
    v = x < -37.9297791f ? 0.0f : v;
    v = x > 38.5318375f ? __int_as_float(0x7f800000) : v;
    return x == x ? v : x;
}

// 2^x, flushing denormal results
__device__ float __vm_exp2_fast_f(float x) {
    float t = x + 12582912.0f;
    float r = x - (t - 12582912.0f);
    float p = 1.5461445e-4f;
    p = p * r + 1.3400428e-3f;
    p = p * r + 9.6180569e-3f;
    p = p * r + 5.5503271e-2f;
    p = p * r + 0.24022651f;
    p = p * r + 0.69314718f;
    float e = 1.0f + p * r;
    float v = __int_as_float(__float_as_int(e) + (__float_as_int(t) << 23));
    v = x < -126.0f ? 0.0f : v;
    v = x >= 128.0f ? __int_as_float(0x7f800000) : v;
    return x == x ? v : x;
}

// Denormal arguments count as zero
__device__ float __vm_log_special_fast_f(float x, float r) {
    r = fabsf(x) < 1.17549435e-38f ? -__int_as_float(0x7f800000) : r;
    r = x <= -1.17549435e-38f ? __int_as_float(0x7fffffff) : r;
    return x < __int_as_float(0x7f800000) ? r : x + x;
}

__device__ float __log2f(float x) {
    int d = (__float_as_int(x) - 0x3f3504f3) & 0xff800000;
    float f = __int_as_float(__float_as_int(x) - d) - 1.0f;
    float q = __vm_log_tail_f(f);
    float r = (float)(d >> 23) + (f * 1.44269502f + q * 1.44269502f);
    return __vm_log_special_fast_f(x, r);
}

__device__ float __logf(float x) {
    int d = (__float_as_int(x) - 0x3f3504f3) & 0xff800000;
    float f = __int_as_float(__float_as_int(x) - d) - 1.0f;
    float r = f + __vm_log_tail_f(f);
    r = (float)(d >> 23) * 0.693147182f + r;
    return __vm_log_special_fast_f(x, r);
}

__device__ float __log10f(float x) {
    int d = (__float_as_int(x) - 0x3f3504f3) & 0xff800000;
    float f = __int_as_float(__float_as_int(x) - d) - 1.0f;
    float q = __vm_log_tail_f(f);
    float r = (float)(d >> 23) * 0.301030010f + (f * 0.434294492f + q * 0.434294492f);
    return __vm_log_special_fast_f(x, r);
}

__device__ float __powf(float x, float y) {
    return __vm_exp2_fast_f(y * __log2f(x));
}

__device__ float __sinf(float x) {
    float t = x * 0.636619747f + 12582912.0f;
    float n = t - 12582912.0f;
    int q = __float_as_int(t);
    // a short constant first (12 bits: exact products), so that no fma is needed
    float r = (x - n * 1.57080078f) + n * 4.45445494e-6f;
    float s = __vm_sin_poly_f(r);
    float c = __vm_cos_poly_f(r);
    float v = (q & 1) != 0 ? c : s;
    v = (q & 2) != 0 ? -v : v;
    // beyond the reduction's range any value in [-1, 1] will do, as long as it is one
    return fabsf(x) < 1.0e6f ? v : (fabsf(x) < __int_as_float(0x7f800000) ? 0.0f : x - x);
}

__device__ float __cosf(float x) {
    float t = x * 0.636619747f + 12582912.0f;
    float n = t - 12582912.0f;
    int q = __float_as_int(t) + 1;
    float r = (x - n * 1.57080078f) + n * 4.45445494e-6f;
    float s = __vm_sin_poly_f(r);
    float c = __vm_cos_poly_f(r);
    float v = (q & 1) != 0 ? c : s;
    v = (q & 2) != 0 ? -v : v;
    return fabsf(x) < 1.0e6f ? v : (fabsf(x) < __int_as_float(0x7f800000) ? 1.0f : x - x);
}

__device__ void __sincosf(float x, float *sptr, float *cptr) {
    *sptr = __sinf(x);
    *cptr = __cosf(x);
}

__device__ float __tanf(float x) {
    return __sinf(x) / __cosf(x);
}

__device__ float __tanhf(float x) {
    float c = x > 20.0f ? 20.0f : x;
    c = c < -20.0f ? -20.0f : c;
    float e = __expf(c + c);
    float v = (e - 1.0f) / (e + 1.0f);
    return fabsf(x) < 0.02f ? x - x * x * x * 0.333333343f : v;
}

__device__ float __fdividef(float x, float y) {
    return x / y;
}

__device__ float fdividef(float x, float y) {
    return x / y;
}

__device__ double fdivide(double x, double y) {
    return x / y;
}
