struct flags { int a : 4; };
extern "C" __global__ void kernel(int *out, const float *in, int n) {
    flags f = {1};
    int *p = (int *)&f.a;  // error: bit field
    out[0] = *p;
}
