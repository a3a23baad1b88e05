// __syncthreads_count, _and, _or over blocks that are not whole warps.
// launch: votes grid=1 block=45
//   arg i32[45] random 0 9 45
//   arg i32[180] fill 0
//   expect 1 = 21 1 0 43 21 1 0 43 21 1 0 43 21 1 0 43 21 1 0 43 21 1 0 43 21 1 0 43 21 1 0 43 21 1 0 43 21
//     1 0 43 21 1 0 43 21 1 0 43 21 1 0 43 21 1 0 43 21 1 0 43 21 1 0 43 21 1 0 43 21 1 0 43 21 1 0 43 21 1
//     0 43 21 1 0 43 21 1 0 43 21 1 0 43 21 1 0 43 21 1 0 43 21 1 0 43 21 1 0 43 21 1 0 43 21 1 0 43 21 1 0
//     43 21 1 0 43 21 1 0 43 21 1 0 43 21 1 0 43 21 1 0 43 21 1 0 43 21 1 0 43 21 1 0 43 21 1 0 43 21 1 0
//     43 21 1 0 43 21 1 0 43 21 1 0 43 21 1 0 43 21 1 0 43
extern "C" __global__ void votes(const int *in, int *out) {
    int t = threadIdx.x, x = in[t];
    out[t * 4] = __syncthreads_count(x > 4);
    out[t * 4 + 1] = __syncthreads_and(x < 10) != 0;
    out[t * 4 + 2] = __syncthreads_or(x == 11) != 0;
    out[t * 4 + 3] = __syncthreads_count(x);
}
