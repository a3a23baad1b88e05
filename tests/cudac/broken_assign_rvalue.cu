extern "C" __global__ void kernel(int *out, const float *in, int n) {
    n + 1 = 3;  // error: modifiable lvalue
}
