// Half precision: stored as 16 bits, every operation rounded once; the expected bits were worked out with fractions.
// no gxx: cuda_fp16.h is not there
// launch: bits grid=1 block=8
//   arg u16[8] = 15361 1 31743 33791 4660 46421 13653 1024
//   arg u16[8] = 15361 32771 31743 14336 37428 15018 15360 5119
//   arg u16[8] = 1 15360 64511 512 7 32769 46421 1
//   arg f32[8] = 65519.996 65520.0 5.9604645e-08 2.9802322e-08 2.9802326e-08 0.33325195 1e-10 -1.00048828
//   arg u16[56] fill 0
//   expect 4 = 16385 0 15362 15360 15362 31743 31743 32770 4 32768 46421 15360 31744 31744 31744 0 31744 15360 31744
//     1 1 14336 47104 33280 34814 0 0 0 0 5684 32778 48128 32771 1 1 14335 48298 46193 46695 46193 13653 13653 15701
//     47446 13653 13653 0 0 0 5184 37759 1 11265 2 48128 48128
// launch: shapes<half> grid=1 block=32
//   arg u16[32] = 15360 15361 15362 15363 15364 15365 15366 15367 15368 15369 15370 15371 15372 15373 15374 15375 48128 48129 48130 48131 48132 48133 48134 48135 0 1 2 3 32768 31744 64512 32256
//   arg f32[96] fill 0
//   expect 1 ~1e-3 = 2 6.001953 13.71973 2 6.00293 13.72363 2 6.013672 13.72656 2 6.016602 13.73242 2 6.025391 13.73535 2
//     6.026367 13.74121 2 6.037109 13.74414 2 6.040039 13.74805 2 6.048828 13.75293 2 6.049805 13.75684 2
//     6.060547 13.75977 2 6.063477 13.76562 2 6.072266 13.76855 2 6.073242 13.77441 2 6.083984 13.77734 2
//     6.086914 11.75781 1001 -6.001953 3.366943 1002 -6.00293 3.366455 1002 -6.013672 3.365234 1002 -6.016602
//     3.364746 1002 -6.025391 3.363525 1002 -6.026367 3.363037 1002 -6.037109 3.361816 1002 -6.040039 0 1001
//     1.192093e-07 0 1001 2.384186e-07 0 1001 8.34465e-07 0 1001 9.536743e-07 0 1001 0 0 102 0 0 902 0 0 2 0 0
#include <cuda_fp16.h>

extern "C" __global__ void bits(const half *a, const half *b, const __half *c, const float *f, unsigned short *out) {
    int i = threadIdx.x;
    unsigned short *o = out + 7 * i;
    o[0] = __half_as_ushort(a[i] + b[i]);
    o[1] = __half_as_ushort(__hsub(a[i], b[i]));
    o[2] = __half_as_ushort(a[i] * b[i]);
    half q = a[i];
    q /= b[i];
    o[3] = __half_as_ushort(q);
    o[4] = __half_as_ushort(__hfma(a[i], b[i], c[i]));
    o[5] = __half_as_ushort(__float2half(f[i]));
    o[6] = __half_as_ushort(__double2half(f[i]));
}

// Conversions, comparisons, pairs, shuffles, shared memory, atomics.
template <typename T> __global__ void shapes(const T *x, float *out) {
    __shared__ T line[32];
    __shared__ T sum;
    int i = threadIdx.x;
    T v = x[i];
    line[i] = v;
    if (i == 0) sum = T(0.0f);
    __syncthreads();
    if (i < 24) atomicAdd(&sum, __float2half(0.25f));
    __syncthreads();
    float *o = out + 3 * i;
    o[0] = __half2float(v) < 1.0f && v >= T(-1) && !__hisnan(v) ? 1.0f : 2.0f;
    o[0] += v == line[31 - i] ? 10.0f : 0.0f;
    o[0] += __hisinf(v) * 100.0f + (__hlt(v, __int2half_rn(1)) ? 1000.0f : 0.0f);
    half2 p = __halves2half2(v, line[i ^ 1]), two = __float2half2_rn(2.0f);
    p = __hfma2(p, two, make_half2(-v, v));
    float2 both = __half22float2(p);
    o[1] = __hisnan(v) || __hisinf(v) || __hisinf(line[i ^ 1]) || __hisnan(line[i ^ 1]) ? 0 : both.x + both.y + __low2float(p * two);
    half down = __shfl_down_sync(0xffffffffu, v, 1);
    o[2] = i < 23 ? (float)down + (float)sum + (float)hsqrt(__habs(down)) + (float)hexp(v) + __half2int_rz(v * T(3)) : 0.0f;
}
