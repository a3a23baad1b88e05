struct s { int v; };
__device__ int get(s x) { return x.v; }
extern "C" __global__ void kernel(int *out, const float *in, int n) {
    out[0] = get(in);  // error: argument of type
}
