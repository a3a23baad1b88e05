struct Counter {
    int n;
    __device__ Counter(int start) : n(start) {}
};
__device__ Counter counter(3);  // error: dynamic initialization is not supported for a __device__ variable
extern "C" __global__ void kernel(int *out, const float *in, int n) { out[0] = counter.n; }
