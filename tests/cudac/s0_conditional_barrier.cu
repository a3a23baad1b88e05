// A barrier under a condition that is the same for all threads of the block.
// launch: maybe grid=4 block=16
//   arg i32[64] random 0 9 110
//   arg i32 2
//   expect 0 = 3 9 8 4 9 9 4 1 3 8 6 9 5 8 6 7 28 36 32 0 24 28 8 32 12 32 24 32 4 16 0 20 1 7 8 2 2 5 6 4
//     6 5 1 1 5 8 7 3 0 32 28 4 36 16 0 16 0 0 36 20 28 8 32 8
extern "C" __global__ void maybe(int *data, int rounds) {
    __shared__ int s[16];
    int t = threadIdx.x, i = blockIdx.x * 16 + t;
    s[t] = data[i];
    if (blockIdx.x % 2 == 0) {
        __syncthreads();
        data[i] = s[15 - t];
    } else {
        for (int r = 0; r < rounds; r++) {
            __syncthreads();
            int v = s[(t + r + 1) % 16];
            __syncthreads();
            s[t] = v * 2;
        }
        data[i] = s[t];
    }
}
