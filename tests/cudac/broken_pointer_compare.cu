extern "C" __global__ void kernel(int *out, const float *in, int n) {
    struct s { int v; } x = {1};
    out[0] = out == x;  // error: no operator
}
