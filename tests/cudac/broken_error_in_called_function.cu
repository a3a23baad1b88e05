__device__ int helper(int x) {
    return x + nothing;  // error: identifier "nothing" is undefined
}
extern "C" __global__ void kernel(int *out, const float *in, int n) {
    out[0] = helper(n);
}
