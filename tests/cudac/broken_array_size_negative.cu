extern "C" __global__ void kernel(int *out, const float *in, int n) {
    int a[-3];  // error: size of an array must be greater than zero
    out[0] = a[0];
}
