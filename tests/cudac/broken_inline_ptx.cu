extern "C" __global__ void kernel(int *out, const float *in, int n) {
    int x;
    asm("mov.u32 %0, 1;" : "=r"(x));  // error: asm
    out[0] = x;
}
