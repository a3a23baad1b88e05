__device__ int add(int a, int b) { return a + b; }
extern "C" __global__ void kernel(int *out, const float *in, int n) {
    out[0] = add(n, 1, 2);  // error: too many arguments in function call
}
