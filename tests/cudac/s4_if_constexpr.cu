// if constexpr drops the arm that would not compile.
// launch: lazy grid=1 block=4
//   arg f32[4] random 0 9 74
//   arg f32[8] fill 0
//   expect 1 = 7.8006945 55 0.3526894 55 12.499754 55 17.935352 55
struct wrapper { float inner; };
template <typename T, bool WRAPPED> __device__ float read(T v) {
    if constexpr (WRAPPED) {
        return v.inner * 2;
    } else if constexpr (sizeof(T) == 8) {
        return -1.0f;
    } else {
        return v + 1;
    }
}
template <int N> __device__ int countdown() {
    if constexpr (N == 0) return 0;
    else return N + countdown<N - 1>();
}
extern "C" __global__ void lazy(const float *in, float *out) {
    int t = threadIdx.x;
    out[t * 2] = read<wrapper, true>({in[t]}) + read<float, false>(in[t]) + read<double, false>(1.0);
    out[t * 2 + 1] = countdown<10>();
}
