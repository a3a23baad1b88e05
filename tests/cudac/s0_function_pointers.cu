// Pointers to device functions: chosen by data, in arrays, as parameters.
// launch: dispatch grid=1 block=8
//   arg i32[8] random 0 2 29
//   arg f32[8] random -4 4 30
//   arg f32[16] fill 0
//   expect 2 = -1.2790945 -2.2790945 0.8813169 116.101074 0.8691864 115.90698 1.4652195 0.4652195 1.5783292
//     127.253265 0.1616125 -0.8383875 0.48544475 109.76711 1.6792605 0.6792605
typedef float (*unary)(float);
__device__ float twice(float x) { return x + x; }
__device__ float half_of(float x) { return x * 0.5f; }
__device__ float negate(float x) { return -x; }
__device__ float apply(unary f, float x, int n) {
    for (int i = 0; i < n; i++) x = f(x);
    return x;
}
extern "C" __global__ void dispatch(const int *which, const float *in, float *out) {
    int t = threadIdx.x;
    unary table[3] = {twice, half_of, &negate};
    out[t * 2] = table[which[t]](in[t]);
    unary f = which[t] == 1 ? twice : negate;
    out[t * 2 + 1] = apply(f, in[t], 3) + (f == twice ? 100.0f : 0.0f) + (*f)(1.0f);
}
