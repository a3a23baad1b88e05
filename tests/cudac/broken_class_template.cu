template <typename T> struct vec { T x; virtual __device__ T get() { return x; } };  // error: virtual functions are not supported yet
extern "C" __global__ void kernel(int *out, const float *in, int n) {
    vec<int> v;
    out[0] = v.x;
}
