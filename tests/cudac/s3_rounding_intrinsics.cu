// Directed rounding, checked by relations between the results.
// no gxx: the shim has no rounding modes
// launch: rounding grid=1 block=64
//   arg f32[64] random -8 8 62
//   arg f32[64] random -3 3 63
//   arg i32[64] fill -1
//   expect 2 = 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
//     0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
__device__ int check(float d, float n, float u, float z, double exact) {
    int bad = 0;
    if (!(d <= n && n <= u)) bad |= 1;
    if ((double)d > exact || (double)u < exact) bad |= 2;
    if (z != (exact < 0 ? u : d)) bad |= 4;
    if (nextafterf(d, 1e30f) < u) bad |= 8;
    return bad;
}
extern "C" __global__ void rounding(const float *a, const float *b, int *out) {
    int t = threadIdx.x;
    float x = a[t], y = b[t];
    int bad = check(__fadd_rd(x, y), __fadd_rn(x, y), __fadd_ru(x, y), __fadd_rz(x, y), (double)x + y);
    bad |= check(__fmul_rd(x, y), __fmul_rn(x, y), __fmul_ru(x, y), __fmul_rz(x, y), (double)x * y) << 4;
    if (__double2float_rd(1.0 / 3) >= __double2float_ru(1.0 / 3)) bad |= 256;
    if (__float2int_ru(x) != (int)ceilf(x) || __float2int_rd(x) != (int)floorf(x)) bad |= 512;
    if (__dadd_rd(1.0, 1e-30) != 1.0 || __dadd_ru(1.0, 1e-30) == 1.0) bad |= 1024;
    if (__int2float_rz(16777217) != 16777216.0f || __int2float_ru(16777217) != 16777218.0f) bad |= 2048;
    out[t] = bad;
}
