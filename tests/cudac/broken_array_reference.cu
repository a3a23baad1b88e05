extern "C" __global__ void kernel(int *out, const float *in, int n) {
    const int c[2] = {1, 2};
    int (&r)[2] = c;  // error: cannot be used to initialize
    out[0] = r[0];
}
