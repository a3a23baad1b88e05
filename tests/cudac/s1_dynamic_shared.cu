// Dynamic shared memory: one array cut into several by hand.
// launch: parts grid=2 block=16 shared=256
//   arg i32[32] random 0 100 41
//   arg f32[32] fill 0
//   expect 1 = 73.5 9 63.5 81 5.5 51 16.5 68 48.5 27 43.5 78 26.5 64 38.5 45 67.5 96 46.5 77 105.5 99 13.5
//     42 68.5 94 4.5 60 34.5 87 48.5 73
extern "C" __global__ void parts(const int *in, float *out) {
    extern __shared__ char pool[];
    int *a = (int *)pool;
    float *b = (float *)(pool + blockDim.x * sizeof(int));
    int t = threadIdx.x, i = blockIdx.x * blockDim.x + t;
    a[t] = in[i];
    b[t] = t * 0.5f;
    __syncthreads();
    int other = blockDim.x - 1 - t;
    out[i] = a[other] + b[other];
}
