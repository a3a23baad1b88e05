struct unknown;
extern "C" __global__ void kernel(int *out, const float *in, int n) {
    unknown u;  // error: incomplete type
    out[0] = 1;
}
