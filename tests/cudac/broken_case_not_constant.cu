extern "C" __global__ void kernel(int *out, const float *in, int n) {
    switch (n) {
    case n: out[0] = 1;  // error: must have a constant value
    }
}
