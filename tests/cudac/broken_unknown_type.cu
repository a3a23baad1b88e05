extern "C" __global__ void kernel(int *out, const float *in, int n) {
    vector3 v;  // error: "vector3" is undefined
    out[0] = 1;
}
