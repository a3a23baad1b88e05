extern "C" __global__ void kernel(int *out, const float *in, int n) {
    if (n) break;  // error: a break statement may only be used within a loop or switch
}
