// Deduction, explicit arguments, non-type parameters, templates calling templates, overload with a plain function.
// launch: templates grid=1 block=8
//   arg i32[8] random -20 20 70
//   arg f64[40] fill 0
//   expect 1 = 1028 371293.25 15 513 2917 1024 3125.25 7 1705 3317 1038 1419857.25 19 1917 4717 1040
//     2476099.25 21 1219 4217 1029 248832.25 14 1512 3817 1032 759375.25 17 215 2817 1006.5 32.25 4 -1098
//     217 1017.5 -161050.75 247 1289 1317
template <typename T> __device__ T larger(T a, T b) { return a < b ? b : a; }
template <typename T, int N> __device__ T power(T x) {
    T r = 1;
    for (int i = 0; i < N; i++) r *= x;
    return r;
}
template <typename To, typename From> __device__ To cast(From f) { return static_cast<To>(f); }
template <typename T> __device__ void exchange(T &a, T &b) { T t = a; a = b; b = t; }
template <int N> __device__ int sum(const int (&a)[N]) {
    int s = 0;
    for (int i = 0; i < N; i++) s += a[i];
    return s * 100 + N;
}
template <typename T> __device__ int size(T *) { return sizeof(T); }
__device__ float larger(float a, float b) { return a < b ? b + 1000 : a + 1000; }
extern "C" __global__ void templates(const int *in, double *out) {
    int t = threadIdx.x, x = in[t], y = in[(t + 1) % 8];
    double *o = out + t * 5;
    o[0] = larger(x, y) + larger<double>(x, 2.5) + larger(1.0f, 2.0f);
    o[1] = power<long long, 5>(x) + power<float, 2>(0.5f);
    o[2] = cast<unsigned char>(x) + cast<int>(2.75f);
    exchange(x, y);
    o[3] = x * 100 + y;
    int a[3] = {x, y, 1}, b[] = {1, 2, 3, 4};
    o[4] = sum(a) + sum(b) + size(&o) + size((short *)0);
}
