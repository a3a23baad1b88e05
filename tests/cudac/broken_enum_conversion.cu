enum class mode { A, B };
extern "C" __global__ void kernel(int *out, const float *in, int n) {
    int m = mode::A;  // error: cannot be used to initialize an entity of type "int"
    out[0] = m;
}
