extern "C" __global__ void kernel(int *out, const float *in, int n) {
    return n;  // error: return value
}
