struct flags { int a : 40; };  // error: invalid size
extern "C" __global__ void kernel(int *out, const float *in, int n) {
    flags f = {1};
    out[0] = f.a;
}
