// Kernels asked for by name expression, with type and value arguments and defaults.
// launch: scale<float, 4> grid=1 block=8
//   arg f32[8] random 0 1 71
//   expect 0 = 7.260845 5.7817974 6.5305004 7.154841 5.337426 4.1765513 4.2535124 7.6427374
// launch: scale<int, 3> grid=1 block=8
//   arg i32[8] random 0 100 72
//   expect 0 = 220 181 178 43 139 271 64 142
// launch: scale<unsigned char> grid=1 block=8
//   arg u8[8] random 0 255 73
//   expect 0 = 151 147 177 39 119 251 251 187
// launch: ns::fill<(2 + 1) * 2> grid=1 block=4
//   arg i32[4] fill 0
//   expect 0 = 6 7 8 9
template <typename T, int FACTOR = 2> __global__ void scale(T *data) {
    data[threadIdx.x] = data[threadIdx.x] * FACTOR + (T)sizeof(T);
}
namespace ns {
template <int N> __global__ void fill(int *out) { out[threadIdx.x] = N + threadIdx.x; }
}
