struct s { int v; };
extern "C" __global__ void kernel(int *out, const float *in, int n) {
    s a = {1};
    out[0] = n ? a : in;  // error: incompatible
}
