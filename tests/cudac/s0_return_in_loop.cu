// Functions that return from the middle of loops and switches.
// launch: search grid=1 block=16
//   arg i32[16] random 0 40 113
//   arg i32[16] fill 0
//   expect 1 = 2 2 2 2 2 119 3303 2 3303 2 2 303 2 2 105 2
__device__ int smallest_factor(int n) {
    if (n < 2) return n;
    for (int d = 2; d * d <= n; d++)
        if (n % d == 0) return d;
    return n;
}
__device__ int classify(int n) {
    switch (smallest_factor(n)) {
    case 0:
    case 1: return -1;
    case 2: return 0;
    case 3: if (n > 20) return 33; break;
    default: return 1;
    }
    return 3;
}
extern "C" __global__ void search(const int *in, int *out) {
    out[threadIdx.x] = classify(in[threadIdx.x]) * 100 + smallest_factor(in[threadIdx.x]);
}
