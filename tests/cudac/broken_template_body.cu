template <typename T> __device__ int get(T x) {
    return x.value;  // error: must have class type
}
extern "C" __global__ void kernel(int *out, const float *in, int n) {
    out[0] = get(n);
}
