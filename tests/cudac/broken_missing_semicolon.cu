extern "C" __global__ void kernel(int *out, const float *in, int n) {
    int i = threadIdx.x
    out[i] = 1;  // error: expected
}
