// The rest of cuda_fp16.h and cuda_bf16.h: rounding to one side, whole numbers, NaN, pairs.
// no gxx: cuda_fp16.h is not there
// launch: rounding grid=1 block=5
//   arg f32[5] = 1.0001 -1.0001 1e6 -300.7 nan
//   arg f32[30] fill 0
//   expect 1 = 1 1 1.0009765625 1 1 1.0078125 -1 -1.0009765625 -1 -1 -1.0078125 -1 65504 65504 inf 999424 999424 1003520
//     -300.5 -300.75 -300.5 -300 -302 -300 nan nan nan nan nan nan
// launch: whole grid=1 block=4
//   arg f32[4] = 1.5 -300.7 1e6 nan
//   arg f32[32] fill 0
//   expect 1 = 1 1 1 2 4 1.5 1 4 -301 0 -128 0 -600.5 0 0 -600.625 32767 65535 127 18446744073709551616 inf inf 1 inf 0 0
//     0 9223372036854775808 nan nan 1 nan
// launch: pairs grid=1 block=1
//   arg u32[8] fill 0
//   expect 0 = 4294901760 65535 1006632960 1 0 1140866048 2147433472 1073741824
#include <cuda_bf16.h>
#include <cuda_fp16.h>

extern "C" __global__ void rounding(const float *x, float *out) {
    float v = x[threadIdx.x], *o = out + 6 * threadIdx.x;
    o[0] = __float2half_rz(v);
    o[1] = __float2half_rd(v);
    o[2] = __float2half_ru(v);
    o[3] = __float2bfloat16_rz(v);
    o[4] = __float2bfloat16_rd(v);
    o[5] = __float2bfloat16_ru(v);
}

template <typename T> __device__ T twice(T a) {
    T before = a++;
    return before + a;
}

extern "C" __global__ void whole(const float *x, float *out) {
    half h = x[threadIdx.x];
    float *o = out + 8 * threadIdx.x, sum = 0;
    int n = 0;
    o[0] = __half2short_rd(h);
    o[1] = __half2ushort_rz(h);
    o[2] = __half2char_rz(h);
    o[3] = (float)__half2ull_ru(h);
    o[4] = twice(h);
    o[5] = __hmax_nan(h, __float2half(0.f));
    n += __hgtu(h, half(1.f));
    o[6] = n;
    sum += h;
    sum += twice(h) > half(0.f) ? 2.5f : -299.875f - (float)(n > 5);
    o[7] = sum;
}

extern "C" __global__ void pairs(unsigned *out) {
    half2 a = {half(1.f), half(2.f)}, b(half(1.f), __ushort_as_half(0x7e00));
    __nv_bfloat162 c = __floats2bfloat162_rn(1.f, 3.f);
    out[0] = __hneu2_mask(a, b);
    out[1] = __heq2_mask(a, b);
    half2 m = __hltu2(a, b);
    out[2] = *(unsigned *)&m;
    out[3] = a == a && !(a != b) && c == c && !(a < a);
    out[4] = __hbgt2(b, a);
    half2 z = __hcmadd(a, __halves2half2(half(0.f), half(1.f)), __half2half2(half(3.f)));
    out[5] = *(unsigned *)&z;
    half2 n = __hmax2_nan(a, b);
    out[6] = *(unsigned *)&n;
    __nv_bfloat162 s = __hfma2_relu(c, __float2bfloat162_rn(1.f), __floats2bfloat162_rn(-9.f, -1.f));
    out[7] = *(unsigned *)&s;
}
