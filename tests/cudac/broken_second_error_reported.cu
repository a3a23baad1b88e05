extern "C" __global__ void kernel(int *out, const float *in, int n) {
    out[0] = first;  // error: identifier "first" is undefined
    out[1] = second;  // error: identifier "second" is undefined
}
