extern "C" __global__ void kernel(int *out, const float *in, int n) {
    unsigned char bytes[3] = {255, 'a', 256};  // error: invalid narrowing conversion from "int" to "unsigned char"
    out[0] = bytes[0];
}
