extern "C" __global__ void kernel(int *out, const float *in, int n) {
    int list[] = {1, 2.5f};  // error: invalid narrowing conversion from "float" to "int"
    out[0] = list[0];
}
