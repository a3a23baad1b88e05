extern "C" __global__ void kernel(int *out, const float *in, int n) {
    auto f = [=](int x) { return x + n; };  // error: lambda expressions are not supported yet
    out[0] = f(1);
}
