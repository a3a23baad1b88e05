// Overloads by type and count, default arguments, a template-free max family.
// launch: pick grid=1 block=4
//   arg f64[32] fill 0
//   expect 0 = 123 456 718 0.5 0.5 0 7.5 4 123 456 718 1.5 2.5 2 7.5 5 123 456 718 2.5 4.5 4 7.5 6 123 456
//     718 3.5 6.5 6 8.5 7
__device__ int kind(int) { return 1; }
__device__ int kind(unsigned) { return 2; }
__device__ int kind(float) { return 3; }
__device__ int kind(double) { return 4; }
__device__ int kind(long long) { return 5; }
__device__ int kind(const char *) { return 6; }
__device__ int kind(int, int) { return 7; }
__device__ int kind(bool) { return 8; }
__device__ float poly(float x, float a = 1.0f, float b = 0.5f) { return a * x + b; }
extern "C" __global__ void pick(double *out) {
    int t = threadIdx.x;
    double *o = out + t * 8;
    o[0] = kind(t) * 100 + kind(threadIdx.x) * 10 + kind(1.0f);
    o[1] = kind(1.0) * 100 + kind(1LL) * 10 + kind("x");
    o[2] = kind(t, t) * 100 + kind('a') * 10 + kind(t == 1);
    o[3] = poly(t);
    o[4] = poly(t, 2.0f);
    o[5] = poly(t, 2.0f, 0.0f);
    o[6] = max(t, 2) + min(1.5f, 2.5f) + max(3u, 4u);
    o[7] = abs(-t) + abs(-1.5) + fabs(-2.5f);
}
