extern "C" __global__ void kernel(int *out, const float *in, int n) {
    void v;  // error: incomplete type
    out[0] = 1;
}
