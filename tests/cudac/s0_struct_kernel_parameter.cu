// A struct by value as kernel argument: padding, nested arrays, members written to in the kernel's own copy.
// launch: apply grid=1 block=8
//   arg struct i32 3 f64 1.5 u8 7 i16 -2 f32 0.25
//   arg f64[8] random 0 1 22
//   arg f64[8] fill 0
//   expect 2 = 6.172192660799968 6.403904317137616 5.114823321669573 5.168110996478992 5.208150970615419
//     5.196833768393458 5.07084218635614 5.151951796221452
// launch: sum grid=1 block=4
//   arg struct i32 1 i32 2 i32 3 i32 4 i32 5 i32 6
//   arg i32[4] fill 0
//   expect 1 = 1 5 14 30
struct params {
    int n;
    double scale;
    unsigned char flag;
    short bias;
    float f;
};
struct numbers {
    int v[6];
};
extern "C" __global__ void apply(params p, const double *in, double *out) {
    int t = threadIdx.x;
    if (t >= p.n) p.scale = p.f;
    out[t] = in[t] * p.scale + p.bias + p.flag;
}
extern "C" __global__ void sum(numbers n, int *out) {
    int s = 0;
    for (int i = 0; i <= threadIdx.x; i++) s += n.v[i] * n.v[i];
    out[threadIdx.x] = s;
}
