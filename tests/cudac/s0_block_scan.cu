// A work-inefficient scan with double buffering in shared memory.
// launch: scan grid=1 block=50
//   arg i32[50] random -9 9 105
//   arg i32[50] fill 0
//   expect 1 = 7 6 14 23 24 25 20 20 20 16 14 11 10 6 -1 -7 -2 -3 0 4 12 17 15 23 32 34 31 39 33 29 36 31
//     29 34 42 47 47 42 50 48 56 57 64 63 68 60 64 59 52 55
extern "C" __global__ void scan(const int *in, int *out) {
    __shared__ int temp[2][50];
    int t = threadIdx.x, n = blockDim.x, cur = 0;
    temp[0][t] = in[t];
    __syncthreads();
    for (int d = 1; d < n; d *= 2) {
        int next = 1 - cur;
        temp[next][t] = t >= d ? temp[cur][t] + temp[cur][t - d] : temp[cur][t];
        cur = next;
        __syncthreads();
    }
    out[t] = temp[cur][t];
}
