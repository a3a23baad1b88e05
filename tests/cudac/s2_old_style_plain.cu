// Last warps without a barrier and without volatile: wrong by the letter, right on every GPU they were written for.
// no gxx: the shim gives no warp its lock step
// launch: tree grid=2 block=128
//   arg i32[2] fill 0
//   expect 0 = -79 28
// launch: tree_in_function<128> grid=2 block=128
//   arg f32[2] fill 0
//   expect 0 = -79 28
// launch: tree_in_loop grid=2 block=64 shared=256
//   arg i32[2] fill 0
//   expect 0 = -15 -64
// launch: best grid=2 block=64
//   arg i32[2] fill 0
//   expect 0 = 50 48
// launch: scan grid=1 block=64
//   arg i32[64] fill 0
//   expect 0 = -50 -63 -39 -79 -82 -48 -78 -71 -27 -47 -30 -77 -87 -60 -97 -97 -60 -87 -77 -30 -47 -27 -71 -78 -48
//     -82 -79 -39 -63 -50 0 -14 23 -18 -22 11 -20 -14 29 8 24 -24 -35 -9 -47 -48 -12 -40 -31 15 -3 16 -29
//     -37 -8 -43 -41 -2 -27 -15 34 19 41 -1
__device__ int value(int i) { return i * 37 % 101 - 50; }
extern "C" __global__ void tree(int *out) {
    __shared__ int sdata[128];
    unsigned int tid = threadIdx.x;
    sdata[tid] = value(blockIdx.x * blockDim.x + tid);
    __syncthreads();
    for (unsigned int s = blockDim.x / 2; s > 32; s >>= 1) {
        if (tid < s) sdata[tid] += sdata[tid + s];
        __syncthreads();
    }
    if (tid < 32) {
        sdata[tid] += sdata[tid + 32];
        sdata[tid] += sdata[tid + 16];
        sdata[tid] += sdata[tid + 8];
        sdata[tid] += sdata[tid + 4];
        sdata[tid] += sdata[tid + 2];
        sdata[tid] += sdata[tid + 1];
    }
    if (tid == 0) out[blockIdx.x] = sdata[0];
}
template <unsigned int blockSize, typename T> __device__ void warp_reduce(T *sdata, int tid, T &mine) {
    if (blockSize >= 64) sdata[tid] = mine = mine + sdata[tid + 32];
    if (blockSize >= 32) sdata[tid] = mine = mine + sdata[tid + 16];
    if (blockSize >= 16) sdata[tid] = mine = mine + sdata[tid + 8];
    if (blockSize >= 8) sdata[tid] = mine = mine + sdata[tid + 4];
    if (blockSize >= 4) sdata[tid] = mine = mine + sdata[tid + 2];
    if (blockSize >= 2) sdata[tid] = mine = mine + sdata[tid + 1];
}
template <unsigned int blockSize> __global__ void tree_in_function(float *out) {
    __shared__ float sdata[blockSize];
    int tid = threadIdx.x;
    float mine = sdata[tid] = value(blockIdx.x * blockDim.x + tid);
    __syncthreads();
    if (tid < 64) sdata[tid] = mine = mine + sdata[tid + 64];
    __syncthreads();
    if (tid < 32) warp_reduce<blockSize>(sdata, tid, mine);
    if (tid == 0) out[blockIdx.x] = sdata[0];
}
extern "C" __global__ void tree_in_loop(int *out) {
    extern __shared__ int cache[];
    cache[threadIdx.x] = value(blockIdx.x * blockDim.x + threadIdx.x);
    __syncthreads();
    if (threadIdx.x < 32) {
        cache[threadIdx.x] += cache[threadIdx.x + 32];
        for (int i = 16; i > 0; i /= 2) {
            if (threadIdx.x < i) cache[threadIdx.x] += cache[threadIdx.x + i];
        }
    }
    if (threadIdx.x == 0) out[blockIdx.x] = cache[0];
}
extern "C" __global__ void best(int *out) {
    __shared__ int top[2][64];
    int tid = threadIdx.x, row = blockIdx.x;
    top[row][tid] = value(blockIdx.x * blockDim.x + tid);
    __syncthreads();
    if (tid < 32) {
        top[row][tid] = max(top[row][tid], top[row][tid + 32]);
        top[row][tid] = max(top[row][tid], top[row][tid + 16]);
        top[row][tid] = max(top[row][tid], top[row][tid + 8]);
        top[row][tid] = top[row][tid + 4] > top[row][tid] ? top[row][tid + 4] : top[row][tid];
        top[row][tid] = max(top[row][tid], top[row][tid + 2]);
        top[row][tid] = max(top[row][tid], top[row][tid + 1]);
    }
    if (tid == 0) out[blockIdx.x] = top[row][0];
}
extern "C" __global__ void scan(int *out) {
    __shared__ int line[64];
    int tid = threadIdx.x, lane = tid & 31;
    line[tid] = value(tid);
    for (int d = 1; d < 32; d *= 2) {
        if (lane >= d) line[tid] += line[tid - d];
    }
    out[tid] = line[tid];
}
