extern "C" __global__ void kernel(int *out, const float *in, int n) {
    static_assert(sizeof(int) == 8, "int is small");  // error: int is small
    out[0] = 1;
}
