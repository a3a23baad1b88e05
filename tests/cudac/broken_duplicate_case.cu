extern "C" __global__ void kernel(int *out, const float *in, int n) {
    switch (n) {
    case 1: out[0] = 1; break;
    case 1: out[0] = 2; break;  // error: case label value has already appeared in this switch
    }
}
