__device__ int f(int x) {
    if (x) return;  // error: must return a value
    return 1;
}
extern "C" __global__ void kernel(int *out, const float *in, int n) {
    out[0] = f(n);
}
