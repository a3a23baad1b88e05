extern "C" __global__ void kernel(int *out, const float *in, int n) {
    int i = 0;
    if (n > 3) goto inside;  // error: jumps into the middle of a loop
again:
    i += 2;
inside:
    i++;
    if (i < n) goto again;
    if (i < 2 * n) goto inside;
    out[0] = i;
}
