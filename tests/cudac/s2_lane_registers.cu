// laneid arithmetic, masks from it, active lanes in divergent code.
// launch: lanes grid=1 block=40
//   arg i32[80] fill 0
//   expect 0 = 0 -1 0 10 1 -1 1 -1 1 10 2 -1 2 -1 2 10 3 -1 3 -1 3 10 4 -1 4 -1 4 10 5 -1 5 -1 5 10 6 -1 6
//     -1 6 10 7 -1 7 -1 7 10 8 -1 8 -1 8 10 9 -1 9 -1 9 10 10 -1 10 -1 10 10 0 -1 0 330 1 -1 1 -1 1 330 2
//     -1 2 -1 2 330
extern "C" __global__ void lanes(int *out) {
    int t = threadIdx.x, lane = t & (warpSize - 1);
    unsigned mask = t < 32 ? 0xffffffffu : 0xffu;
    unsigned below = (1u << lane) - 1;
    unsigned odd = __ballot_sync(mask, lane % 3 == 1);
    out[t * 2] = __popc(odd & below);
    int r = -1;
    if (lane % 3 == 1) r = __shfl_sync(odd, t * 10, __ffs(odd) - 1);
    out[t * 2 + 1] = r;
}
