extern "C" __global__ void kernel(int *out, const float *in, int n) {
    int *p = new int[4];  // error: new and delete
    out[0] = p[0];
}
