extern "C" __global__ void kernel(int *out, const float *in, int n) {
    constexpr int c = n;  // error: must have a constant value
    out[0] = c;
}
