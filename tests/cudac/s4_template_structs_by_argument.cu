// Templates deduced through pointers, references, arrays and const; template template-free generic algorithms.
// options: -fmad=false
// launch: generic grid=1 block=8
//   arg f32[8] random -5 5 121
//   arg f64[24] fill 0
//   expect 1 = -339.9761962890625 12.5 1.7314220666885376 123.83739471435547 13 3 -432.96917724609375 13.5
//     1.7314220666885376 -326.4945068359375 14 4 -418.8483581542969 14.5 5 -339.0697021484375 15
//     4.731421947479248 125.56294250488281 15.5 6 -412.1697692871094 16 6
template <typename T> __device__ void sort3(T *a) {
    if (a[1] < a[0]) { T x = a[0]; a[0] = a[1]; a[1] = x; }
    if (a[2] < a[1]) { T x = a[1]; a[1] = a[2]; a[2] = x; }
    if (a[1] < a[0]) { T x = a[0]; a[0] = a[1]; a[1] = x; }
}
template <typename T> __device__ T sum(const T *begin, const T *end) {
    T s = T();
    for (; begin != end; ++begin) s += *begin;
    return s;
}
template <typename A, typename B> __device__ auto mul(A a, B b) { return a * b; }
template <typename T, typename U = double> __device__ U average(const T (&v)[4]) { return (U)sum(v, v + 4) / 4; }
template <class T> __device__ inline const T &clamp_to(const T &x, const T &lo, const T &hi) {
    return x < lo ? lo : hi < x ? hi : x;
}
extern "C" __global__ void generic(const float *in, double *out) {
    int t = threadIdx.x;
    float v[3] = {in[t], in[(t + 3) % 8], in[(t + 5) % 8]};
    sort3(v);
    int n[4] = {t, 2, 3, 5};
    out[t * 3] = v[0] * 100 + v[1] * 10 + v[2];
    out[t * 3 + 1] = mul(3, 0.5f) + mul(2, 3) + average(n) + average<int, float>(n);
    out[t * 3 + 2] = clamp_to(v[1], -1.0f, 1.0f) + clamp_to(t, 2, 5);
}
