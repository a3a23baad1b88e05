struct s { int v; };
extern "C" __global__ void kernel(int *out, const float *in, int n) {
    s a = {1}, b = {2};
    out[0] = (a + b).v;  // error: no operator "+" matches these operands
}
