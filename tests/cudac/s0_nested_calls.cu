// Calls in arguments, order of effects from left to right, many parameters of mixed kinds.
// launch: nested grid=1 block=4
//   arg f64[8] fill 0
//   expect 0 = 60129542144 2403 120259084310.75 13504 240518168599.5 24605 481036337198.25 35706
__device__ int next(int *c) { return (*c)++; }
__device__ double mix(int a, float b, double c, char d, unsigned long long e, bool f, short g, const int *h) {
    return a + 2 * b + 3 * c + 5 * d + 7 * (double)e + 11 * f + 13 * g + 17 * *h;
}
__device__ int three(int a, int b, int c) { return a * 100 + b * 10 + c; }
extern "C" __global__ void nested(double *out) {
    int t = threadIdx.x, c = t;
    out[t * 2] = mix(t, t * 0.5f, t * 0.25, (char)t, 1ull << (t + 33), t & 1, (short)-t, &c);
    int a[3];
    a[0] = next(&c);
    a[1] = next(&c);
    a[2] = next(&c);
    out[t * 2 + 1] = three(three(a[0], 1, 2), three(a[1], a[2], 0), next(&c));
}
