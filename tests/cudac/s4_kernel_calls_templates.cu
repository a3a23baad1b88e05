// A templated kernel with a functor type from the name expression, in a namespace.
// launch: app::transform<float, app::Square> grid=1 block=8
//   arg f32[8] random -3 3 122
//   arg f32[8] fill 0
//   arg i32 7
//   expect 1 = 5.883191 0.18914844 8.864339 1.7114381 7.6923285 1.7177503 0.7854742 0
// launch: app::transform<int, app::Offset<5>> grid=1 block=8
//   arg i32[8] random -30 30 123
//   arg i32[8] fill 1
//   arg i32 8
//   expect 1 = -2 6 -23 -13 0 -1 -16 -9
// no gxx: class templates in name expressions differ
namespace app {
struct Square { template <typename T> __device__ T operator()(T x) const { return x * x; } };
template <int N> struct Offset { __device__ int operator()(int x) const { return x + N; } };
template <typename T, typename Op> __global__ void transform(const T *in, T *out, int n) {
    int i = threadIdx.x;
    if (i < n) out[i] = Op()(in[i]);
}
}
