extern "C" __global__ void kernel(int *out, const float *in, int n) {
    int a[n];  // error: must have a constant value
    out[0] = a[0];
}
