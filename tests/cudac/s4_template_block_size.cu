// A reduction whose block size is a template argument, in the manner of the SDK sample.
// launch: reduce<32> grid=2 block=32
//   arg i32[64] random -99 99 75
//   arg i32[2] fill 0
//   expect 1 = -158 161
// launch: reduce<64> grid=1 block=64
//   arg i32[64] random -99 99 75
//   arg i32[1] fill 0
//   expect 1 = 3
template <unsigned int blockSize> __global__ void reduce(const int *in, int *out) {
    __shared__ int s[blockSize];
    unsigned int tid = threadIdx.x;
    s[tid] = in[blockIdx.x * blockSize + tid];
    __syncthreads();
    if (blockSize >= 64) { if (tid < 32) s[tid] += s[tid + 32]; __syncthreads(); }
    if (blockSize >= 32) { if (tid < 16) s[tid] += s[tid + 16]; __syncthreads(); }
    if (tid < 8) s[tid] += s[tid + 8];
    __syncthreads();
    if (tid < 4) s[tid] += s[tid + 4];
    __syncthreads();
    if (tid == 0) out[blockIdx.x] = s[0] + s[1] + s[2] + s[3];
}
