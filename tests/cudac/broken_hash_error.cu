#define MODE 3
#if MODE != 2
#error MODE must be 2  // error: MODE must be 2
#endif
extern "C" __global__ void kernel(int *out, const float *in, int n) {
    out[0] = 1;
}
