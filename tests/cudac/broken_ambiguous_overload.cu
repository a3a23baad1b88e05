__device__ int f(long long) { return 1; }
__device__ int f(double) { return 2; }
extern "C" __global__ void kernel(int *out, const float *in, int n) {
    out[0] = f(n);  // error: more than one
}
