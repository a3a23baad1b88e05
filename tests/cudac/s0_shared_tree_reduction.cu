// Sums of blocks by halves, with a barrier in a loop.
// launch: reduce grid=3 block=64
//   arg f32[180] random 0 1 13
//   arg f32[3] fill 9
//   arg i32 180
//   expect 1 ~1e-6 = 32.790768 33.281223 26.552744
extern "C" __global__ void reduce(const float *in, float *out, int n) {
    __shared__ float s[64];
    unsigned tid = threadIdx.x, i = blockIdx.x * blockDim.x + tid;
    s[tid] = i < n ? in[i] : 0.0f;
    __syncthreads();
    for (unsigned k = blockDim.x / 2; k > 0; k >>= 1) {
        if (tid < k) s[tid] += s[tid + k];
        __syncthreads();
    }
    if (tid == 0) out[blockIdx.x] = s[0];
}
