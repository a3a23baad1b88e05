#define TWICE(x) ((x) * twoo)
extern "C" __global__ void kernel(int *out, const float *in, int n) {
    out[0] = TWICE(n);  // error: identifier "twoo" is undefined
}
