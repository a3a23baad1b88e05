template <typename T> __device__ T larger(T a, T b) { return a > b ? a : b; }
extern "C" __global__ void kernel(int *out, const float *in, int n) {
    out[0] = larger(n, 2.5f);  // error: no instance of
}
