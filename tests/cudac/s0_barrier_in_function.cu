// Barriers inside device functions that are called several times, one of them in a loop.
// launch: rotate grid=1 block=32
//   arg i32[32] random 0 100 15
//   arg i32 5
//   expect 0 = 21 32 37 81 82 84 48 83 8 13 13 67 81 91 100 90 46 106 14 15 39 35 89 40 38 68 91 83 95 58
//     103 45
__device__ void step(int *s, int t, int n) {
    int v = s[(t + 1) % n];
    __syncthreads();
    s[t] = v + 1;
    __syncthreads();
}
extern "C" __global__ void rotate(int *data, int rounds) {
    __shared__ int s[32];
    int t = threadIdx.x;
    s[t] = data[t];
    __syncthreads();
    for (int i = 0; i < rounds; i++) step(s, t, 32);
    step(s, t, 32);
    data[t] = s[t];
}
