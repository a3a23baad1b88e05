extern "C" __global__ void kernel(int *out, const float *in, int n) {
    if (n > 0) {
        out[0] = 1;
// error: expected
