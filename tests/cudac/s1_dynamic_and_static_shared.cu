// Both kinds of shared memory in one kernel do not overlap.
// launch: both grid=1 block=32 shared=128
//   arg i32[32] fill 0
//   expect 0 = 1163 2162 3161 4160 5159 6158 7157 8156 9155 10154 11153 12152 13151 14150 15149 16148 17147
//     18146 19145 20144 21143 22142 23141 24140 25139 26138 27137 28136 29135 30134 31133 132
extern __shared__ int dyn[];
extern "C" __global__ void both(int *out) {
    __shared__ int fixed[32];
    __shared__ int counter;
    int t = threadIdx.x;
    if (t == 0) counter = 100;
    fixed[t] = t;
    dyn[t] = 1000 * t;
    __syncthreads();
    atomicAdd(&counter, 1);
    __syncthreads();
    out[t] = fixed[31 - t] + dyn[(t + 1) % 32] + counter;
}
