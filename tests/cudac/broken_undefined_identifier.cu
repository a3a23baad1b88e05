extern "C" __global__ void kernel(int *out, const float *in, int n) {
    int i = threadIdx.x;
    out[i] = missing + 1;  // error: identifier "missing" is undefined
}
