extern "C" __global__ void kernel(int *out, const float *in, int n) {
    case 3: out[0] = 1;  // error: a case label may only be used within a switch
}
