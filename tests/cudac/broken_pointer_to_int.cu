extern "C" __global__ void kernel(int *out, const float *in, int n) {
    int i = in;  // error: cannot be used to initialize an entity of type "int"
    out[0] = i;
}
