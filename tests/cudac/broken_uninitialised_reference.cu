extern "C" __global__ void kernel(int *out, const float *in, int n) {
    int &r;  // error: reference variable "r" requires an initializer
    out[0] = r;
}
