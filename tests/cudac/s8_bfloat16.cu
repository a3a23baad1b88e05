// bfloat16: every operation rounded once; the expected bits were worked out with fractions.
// no gxx: cuda_bf16.h is not there
// launch: bits grid=1 block=8
//   arg u16[8] = 16257 1 32639 49024 16457 49911 128 16043
//   arg u16[8] = 16257 32771 32639 16128 49198 16042 16129 16256
//   arg u16[8] = 1 16256 65407 512 15367 32769 46421 48811
//   arg f32[8] = 1.00390625 1.01171875 3.3895e+38 3.4e+38 1e-40 -2.71828 65504.0 0.1
//   arg u16[56] fill 0
//   expect 4 = 16385 0 16258 16256 16258 16256 2 32770 4 32768 48811 16256 16258 5 32640 0 32640 16256 32640 32639 2
//     48896 49088 48896 49152 48896 32640 4 16088 16572 49417 49044 49416 1 1 49910 49912 49700 50106 49700
//     49198 4 16129 48897 64 254 46421 18304 0 16299 48938 16043 16043 0 15821 0
// launch: pairs grid=1 block=32
//   arg u16[2] fill 0
//   expect 0 = 16768 16928
#include <cuda_bf16.h>
#include <cuda_fp16.h>
extern "C" __global__ void bits(
    const __nv_bfloat16 *a, const nv_bfloat16 *b, const __nv_bfloat16 *c, const float *f, unsigned short *out) {
    int i = threadIdx.x;
    unsigned short *o = out + 7 * i;
    o[0] = __bfloat16_as_ushort(a[i] + b[i]);
    o[1] = __bfloat16_as_ushort(__hsub(a[i], b[i]));
    o[2] = __bfloat16_as_ushort(a[i] * b[i]);
    __nv_bfloat16 q = a[i];
    q /= b[i];
    o[3] = __bfloat16_as_ushort(q);
    o[4] = __bfloat16_as_ushort(__hfma(a[i], b[i], c[i]));
    o[5] = __bfloat16_as_ushort(__float2bfloat16(f[i]));
    o[6] = (a[i] > b[i]) + 2 * __heq(a[i], b[i]) + 4 * (a[i] <= c[i]);
}
// Sums over a warp through pairs and shuffles, beside half precision of the same names: 16 and 40.
extern "C" __global__ void pairs(__nv_bfloat16 *out) {
    __nv_bfloat162 v = __floats2bfloat162_rn(0.5f, 1.25f);
    for (int lanes = 16; lanes > 0; lanes /= 2) v = __hadd2(v, __shfl_xor_sync(0xffffffffu, v, lanes));
    half one = __hadd(__float2half(0.25f), half(0.75f));
    float2 both = __bfloat1622float2(v);
    if (threadIdx.x == 0) {
        out[0] = __float2bfloat16(both.x * __half2float(one));
        out[1] = __high2bfloat16(v);
    }
}
