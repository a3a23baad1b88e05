// The last block to finish sums what all blocks left (the threadFenceReduction pattern).
// launch: sum grid=4 block=32
//   arg f32[128] random 0 1 118
//   arg f32[4] fill 0
//   arg f32[1] = -1
//   expect 2 ~1e-5 = 62.11759
//   expect 1 ~1e-5 = 14.453955 15.915878 16.983788 14.763968
__device__ unsigned int finished = 0;
extern "C" __global__ void sum(const float *in, volatile float *partial, float *out) {
    __shared__ float s[32];
    __shared__ bool last;
    int t = threadIdx.x;
    s[t] = in[blockIdx.x * 32 + t];
    __syncthreads();
    for (int k = 16; k; k >>= 1) {
        if (t < k) s[t] += s[t + k];
        __syncthreads();
    }
    if (t == 0) {
        partial[blockIdx.x] = s[0];
        __threadfence();
        last = atomicInc(&finished, gridDim.x) == gridDim.x - 1;
    }
    __syncthreads();
    if (last && t == 0) {
        float total = 0;
        for (int i = 0; i < gridDim.x; i++) total += partial[i];
        *out = total;
        finished = 0;
    }
}
