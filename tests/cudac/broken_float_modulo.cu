extern "C" __global__ void kernel(int *out, const float *in, int n) {
    out[0] = in[0] % 2.0f;  // error: must have integral
}
