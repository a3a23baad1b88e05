struct box { int v; __device__ box(int x) : v(x) {} };
extern "C" __global__ void kernel(int *out, const float *in, int n) {
    box b;  // error: no default constructor exists for class "box"
    out[0] = b.v;
}
