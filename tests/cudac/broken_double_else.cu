extern "C" __global__ void kernel(int *out, const float *in, int n) {
    if (n) out[0] = 1;
    else out[0] = 2;
    else out[0] = 3;  // error: "else" without a matching "if"
}
