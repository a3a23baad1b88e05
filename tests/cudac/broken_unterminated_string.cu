extern "C" __global__ void kernel(int *out, const float *in, int n) {
    printf("hello);  // error: missing closing quote
}
