// The warp reduction of every tutorial, then across warps through shared memory.
// launch: total grid=2 block=96
//   arg i32[192] random -1000 1000 51
//   arg i32[2] fill 0
//   expect 1 = 10339 2587
#define FULL 0xffffffffu
__inline__ __device__ int warp_sum(int v) {
    for (int d = warpSize / 2; d > 0; d /= 2) v += __shfl_down_sync(FULL, v, d);
    return v;
}
extern "C" __global__ void total(const int *in, int *out) {
    static __shared__ int part[32];
    int lane = threadIdx.x % warpSize, warp = threadIdx.x / warpSize;
    int v = warp_sum(in[blockIdx.x * blockDim.x + threadIdx.x]);
    if (lane == 0) part[warp] = v;
    __syncthreads();
    v = threadIdx.x < blockDim.x / warpSize ? part[lane] : 0;
    if (warp == 0) v = warp_sum(v);
    if (threadIdx.x == 0) out[blockIdx.x] = v;
}
