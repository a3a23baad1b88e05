extern "C" __global__ void kernel(int *out, const float *in, int n) {
    int a[2] = {1, 2, 3};  // error: too many initializer values
    out[0] = a[0];
}
