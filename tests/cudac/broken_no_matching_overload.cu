struct s { int v; };
__device__ int f(int) { return 1; }
__device__ int f(float) { return 2; }
extern "C" __global__ void kernel(int *out, const float *in, int n) {
    s x = {1};
    out[0] = f(x);  // error: no instance of overloaded function "f" matches the argument list
}
