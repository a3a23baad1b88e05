// A reduction whose block size is a template argument: what does not apply falls away.
// launch: reduce<32> grid=2 block=32
//   arg i32[64] random -99 99 75
//   arg i32[2] fill 0
//   expect 1 = -158 161
// launch: reduce<64> grid=1 block=64
//   arg i32[64] random -99 99 75
//   arg i32[1] fill 0
//   expect 1 = 3
template <unsigned THREADS> __global__ void reduce(const int *in, int *out) {
    __shared__ int cell[THREADS];
    const unsigned me = threadIdx.x;
    cell[me] = in[me + THREADS * blockIdx.x];
    if (THREADS > 32) {
        __syncthreads();
        if (me >= 32) cell[me - 32] += cell[me];
    }
    for (unsigned live = 16; live > 1; live /= 2) {
        __syncthreads();
        if (me < live) cell[me] += cell[me + live];
    }
    __syncthreads();
    if (me == 0) out[blockIdx.x] = cell[0] + cell[1];
}
