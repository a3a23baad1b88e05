extern "C" __global__ void kernel(int *out, const float *in, int n) {
    out[0] = 1;
}
/* never closed  // error: comment unclosed at end of file
