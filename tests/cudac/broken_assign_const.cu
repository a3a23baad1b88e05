extern "C" __global__ void kernel(int *out, const float *in, int n) {
    const int limit = 4;
    limit = n;  // error: modifiable lvalue
    out[0] = limit;
}
