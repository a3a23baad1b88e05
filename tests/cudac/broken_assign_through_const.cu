extern "C" __global__ void kernel(int *out, const float *in, int n) {
    in[0] = 1.0f;  // error: modifiable lvalue
}
