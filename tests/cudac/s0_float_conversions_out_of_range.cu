// Saturation and NaN as the GPU does it.
// no gxx: undefined in C++
// launch: saturate grid=1 block=6
//   arg f32[6] = 3e9 -3e9 1e20 -1e20 NaN inf
//   arg i64[30] fill 1
//   expect 1 = 2147483647 3000000000 3000000000 3000000000 -1294967296 -2147483648 0 -3000000000 0 0
//     2147483647 4294967295 9223372036854775807 -1 -1 -2147483648 0 -9223372036854775808 0 0 0 0
//     -9223372036854775808 -9223372036854775808 0 2147483647 4294967295 9223372036854775807 -1 -1
extern "C" __global__ void saturate(const float *in, long long *out) {
    int t = threadIdx.x;
    long long *o = out + t * 5;
    o[0] = (int)in[t];
    o[1] = (unsigned)in[t];
    o[2] = (long long)in[t];
    o[3] = (long long)(unsigned long long)in[t];
    o[4] = (int)(unsigned)in[t];
}
