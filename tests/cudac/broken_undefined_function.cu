extern "C" __global__ void kernel(int *out, const float *in, int n) {
    out[threadIdx.x] = frobnicate(n);  // error: identifier "frobnicate" is undefined
}
