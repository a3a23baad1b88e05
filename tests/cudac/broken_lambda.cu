extern "C" __global__ void kernel(int *out, const float *in, int n) {
    int k = n * 2;
    auto f = [](int x) { return x + k; };  // error: the enclosing-function local variable "k" cannot be referenced
    out[0] = f(1);
}
