// Member templates, static template helpers, functors passed to templates.
// launch: functors grid=1 block=8
//   arg i32[8] random -9 9 83
//   arg i32[24] fill 0
//   expect 1 = 11 160 10 6 25 -8 -1 -164 -9 -4 -245 -2 -2 -191 -9 5 -2 -3 -2 -191 -8 1 -110 -1
struct plus_one { __device__ int operator()(int x) const { return x + 1; } };
struct times {
    int factor;
    __device__ int operator()(int x) const { return x * factor; }
};
template <typename F> __device__ int repeat(F f, int x, int n) {
    for (int i = 0; i < n; i++) x = f(x);
    return x;
}
struct reader {
    const int *base;
    template <typename T> __device__ T get(int i) const { return (T)base[i]; }
    template <int STRIDE> __device__ int strided(int i) const { return base[i * STRIDE % 8]; }
};
extern "C" __global__ void functors(const int *in, int *out) {
    int t = threadIdx.x;
    reader r = {in};
    out[t * 3] = repeat(plus_one(), in[t], 5);
    out[t * 3 + 1] = repeat(times{3}, in[t], 3) + repeat(times{-1}, 2, 1);
    out[t * 3 + 2] = (int)(r.get<double>(t) * 0.5) + r.strided<3>(t) + r.get<short>(1);
}
