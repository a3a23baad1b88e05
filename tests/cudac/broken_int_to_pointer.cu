extern "C" __global__ void kernel(int *out, const float *in, int n) {
    int *p = n;  // error: cannot be used to initialize
    out[0] = *p;
}
