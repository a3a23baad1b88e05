// __device__ variables: read and written, arrays, pointers to them, initialised.
// launch: globals grid=2 block=8
//   arg i32[16] fill 0
//   arg i32[2] fill 0
//   expect 0 = 0 2 2 18 8 50 18 98 32 162 50 242 72 338 98 450
//   expect 1 = 16 4
__device__ int counter = 40;
__device__ float scale[2] = {0.5f, 2.0f};
__device__ int scratch[16];
__device__ int *where = scratch + 4;
extern "C" __global__ void globals(int *out, int *meta) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    scratch[i] = i * i;
    atomicAdd(&counter, i);
    out[i] = (int)(scratch[i] * scale[i & 1]);
    if (i == 4) {
        meta[0] = *where;
        meta[1] = where - scratch;
    }
}
