extern "C" __global__ void kernel(int *out, const float *in, int n) {
    int a = 1;
    float a = 2;  // error: "a" has already been declared in the current scope
    out[0] = a;
}
