// Shuffles and votes without _sync, as old programs have them.
// no gxx: the shim has only the new names
// launch: legacy grid=1 block=32
//   arg i32[32] = 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31
//   arg i32[2] fill 0
//   expect 1 = 496 65535
extern "C" __global__ void legacy(const int *in, int *out) {
    int v = in[threadIdx.x];
    for (int d = 16; d > 0; d >>= 1) v += __shfl_down(v, d);
    unsigned low = __ballot(threadIdx.x < 16);
    if (threadIdx.x == 0) {
        out[0] = __any(1) ? v : -1;
        out[1] = low;
    }
}
