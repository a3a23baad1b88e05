// Volatile shared memory in the old warp-synchronous manner, with barriers where they belong.
// launch: spin grid=1 block=32
//   arg i32[32] random 0 100 31
//   arg i32[2] fill 0
//   expect 1 = 1686 1687
extern "C" __global__ void spin(const int *in, volatile int *out) {
    __shared__ volatile int s[32];
    int t = threadIdx.x;
    s[t] = in[t];
    __syncthreads();
    for (int k = 16; k > 0; k /= 2) {
        int other = t < k ? s[t + k] : 0;
        __syncthreads();
        s[t] = s[t] + other;
        __syncthreads();
    }
    volatile int local = s[0];
    local++;
    if (t == 0) {
        out[0] = local;
        out[1] = out[0] + 1;
    }
}
