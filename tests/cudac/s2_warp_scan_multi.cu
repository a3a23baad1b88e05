// Segmented work by warps: each warp its own sub-problem, with uneven trip counts.
// launch: segments grid=1 block=64
//   arg i32[64] random 0 20 119
//   arg i32[64] fill 0
//   expect 1 = 2001 2001 2001 2001 2001 2001 2001 2001 2001 2001 2001 2001 2001 2001 2001 2001 2001 2001
//     2001 2001 2001 2001 2001 2001 2001 2001 2001 2001 2001 2001 2001 2001 1809 1809 1809 1809 1809 1809
//     1809 1809 1809 1809 1809 1809 1809 1809 1809 1809 1809 1809 1809 1809 1809 1809 1809 1809 1809 1809
//     1809 1809 1809 1809 1809 1809
extern "C" __global__ void segments(const int *in, int *out) {
    int lane = threadIdx.x % 32, warp = threadIdx.x / 32, v = in[threadIdx.x];
    int best = v;
    for (int i = 0; i <= warp; i++) {
        for (int d = 16; d; d >>= 1) best = max(best, __shfl_xor_sync(~0u, best, d));
        best -= i;
    }
    int leader = __ffs(__ballot_sync(~0u, v == best + (warp ? 1 : 0))) - 1;
    out[threadIdx.x] = best * 100 + __shfl_sync(~0u, lane, leader);
}
