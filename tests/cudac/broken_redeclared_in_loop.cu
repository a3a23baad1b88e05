extern "C" __global__ void kernel(int *out, const float *in, int n) {
    for (int i = 0; i < n; i++) {
        int i = n;  // error: "i" has already been declared in the current scope
        out[i] = i;
    }
}
