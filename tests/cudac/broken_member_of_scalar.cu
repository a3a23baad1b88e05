extern "C" __global__ void kernel(int *out, const float *in, int n) {
    int i = n;
    out[0] = i.x;  // error: must have class type
}
