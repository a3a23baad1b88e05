// Warp-synchronous programs of the time before __syncwarp: volatile shared memory, no barrier among 32 lanes.
// no gxx: the shim gives no warp its lock step
// launch: tree grid=2 block=128
//   arg f32[256] random -1 1 9
//   arg f32[2] fill 0
//   expect 1 ~1e-5 = -0.6648607 6.0933475
// launch: tree_int grid=2 block=64
//   arg i32[128] random -100 100 9
//   arg i32[2] fill 0
//   expect 1 = 1027 175
// launch: scan grid=1 block=64
//   arg i32[64] random -100 100 9
//   expect 0 = 96 138 134 85 71 121 180 219 267 341 344 397 489 508 524 582 493 558 579 671 683 730 632 648
//     566 636 603 653 716 720 627 614 12 6 86 51 10 19 37 119 193 263 228 302 207 275 242 204 264 195 201
//     223 255 322 256 316 397 299 315 328 371 407 503 413
// launch: divergent grid=1 block=64
//   arg i32[64] random 0 100 9
//   expect 0 = 240 176 240 176 66 177 66 177 150 142 150 142 280 265 280 265 96 222 96 222 238 180 238 180
//     78 104 78 104 152 181 152 181 318 297 318 297 294 264 294 264 222 183 222 183 190 175 190 175 62 138
//     62 138 160 205 160 205 354 192 354 192 178 125 178 125
// launch: neighbours grid=1 block=32
//   arg i32[32] random 0 100 9
//   expect 0 = 82 80 98 67 106 83 75 145 84 9 62 159 128 74 141 111 108 130 118 114 73 130 111 55 98 73 10
//     37 43 51 142 161
__device__ void last_warp(volatile float *s, int t)
{
    s[t] += s[t + 32];
    s[t] += s[t + 16];
    s[t] += s[t + 8];
    s[t] += s[t + 4];
    s[t] += s[t + 2];
    s[t] += s[t + 1];
}
extern "C" __global__ void tree(const float *in, float *out)
{
    __shared__ float s[128];
    int t = threadIdx.x;
    s[t] = in[blockIdx.x * blockDim.x + t];
    __syncthreads();
    for (int o = blockDim.x / 2; o > 32; o >>= 1) {
        if (t < o) s[t] += s[t + o];
        __syncthreads();
    }
    if (t < 32) last_warp(s, t);
    if (t == 0) out[blockIdx.x] = s[0];
}
extern "C" __global__ void tree_int(const int *in, int *out)
{
    extern __shared__ int unused[];
    __shared__ volatile int s[64];
    int t = threadIdx.x;
    s[t] = in[blockIdx.x * blockDim.x + t];
    __syncthreads();
    if (t < 32) {
        s[t] = s[t] + s[t + 32];
        s[t] = s[t] + s[t + 16];
        s[t] = s[t] + s[t + 8];
        s[t] = s[t] + s[t + 4];
        s[t] = s[t] + s[t + 2];
        s[t] = s[t] + s[t + 1];
        if (t == 0) out[blockIdx.x] = s[0];
    }
}
extern "C" __global__ void scan(int *p)
{
    __shared__ volatile int s[2][64];
    int w = threadIdx.x / 32, l = threadIdx.x % 32;
    volatile int *row = s[w];
    row[l] = 0;
    row[l + 32] = p[threadIdx.x];
    for (int o = 1; o < 32; o *= 2) row[l + 32] += row[l + 32 - o];
    p[threadIdx.x] = row[l + 32];
}
extern "C" __global__ void divergent(int *p)
{
    __shared__ volatile int s[64];
    int t = threadIdx.x;
    s[t] = p[t];
    if (t % 2) s[t] = s[t] + s[t ^ 1];
    else s[t] = s[t] * 2;
    p[t] = s[t] + s[t ^ 2];
}
extern "C" __global__ void neighbours(int *p)
{
    volatile int *v = p;
    int t = threadIdx.x;
    int next = v[(t + 1) % 32];
    v[t] = next + 1;
    v[t] = v[t] + v[(t + 31) % 32];
}
