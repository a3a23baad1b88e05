__device__ int later(int x);
extern "C" __global__ void kernel(int *out, const float *in, int n) {
    out[0] = later(n);  // error: was referenced but not defined
}
