// A shared histogram merged into a global one.
// launch: histogram grid=2 block=64
//   arg u8[300] random 0 255 103
//   arg u32[16] fill 0
//   arg i32 300
//   expect 1 = 26 19 16 17 25 9 14 14 15 18 20 17 18 24 22 26
extern "C" __global__ void histogram(const unsigned char *data, unsigned *bins, int n) {
    __shared__ unsigned local[16];
    if (threadIdx.x < 16) local[threadIdx.x] = 0;
    __syncthreads();
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += blockDim.x * gridDim.x)
        atomicAdd(&local[data[i] >> 4], 1u);
    __syncthreads();
    if (threadIdx.x < 16) atomicAdd(bins + threadIdx.x, local[threadIdx.x]);
}
