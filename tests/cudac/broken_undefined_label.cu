extern "C" __global__ void kernel(int *out, const float *in, int n) {
    if (n) goto nowhere;  // error: label "nowhere" was referenced but not defined
    out[0] = 1;
}
