__device__ void inc(int &x) { x++; }
extern "C" __global__ void kernel(int *out, const float *in, int n) {
    inc(n + 1);  // error: initial value of reference to non-const must be an lvalue
}
