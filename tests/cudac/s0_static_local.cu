// A static local variable is one for all threads and keeps its value.
// launch: count grid=1 block=8
//   arg i32[1] fill 0
//   expect 0 = 36
extern "C" __global__ void count(int *out) {
    static int total;
    atomicAdd(&total, threadIdx.x + 1);
    __syncthreads();
    if (threadIdx.x == 0) out[0] = total;
}
