extern "C" __global__ void kernel(int *out, const float *in, int n) {
    try {  // error: exceptions are not supported yet
        out[0] = 1;
    } catch (int) {
    }
}
