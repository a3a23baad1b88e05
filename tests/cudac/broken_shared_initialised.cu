extern "C" __global__ void kernel(int *out, const float *in, int n) {
    __shared__ int s = 3;  // error: initializer not allowed for __shared__ variable
    out[0] = s;
}
