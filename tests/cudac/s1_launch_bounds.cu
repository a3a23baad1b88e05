// Launch bounds given by constants, by variables that nothing else uses, and by template parameters.
// launch: plain grid=1 block=4
//   arg f32[4] = 1 2 3 4
//   expect 0 = 3 6 9 12
// launch: bounded<32> grid=1 block=4
//   arg f32[4] = 1 2 3 4
//   expect 0 = 33 34 35 36
// launch: ns::last grid=1 block=2
//   arg f32[2] = 1 2
//   expect 0 = 1.5 2.5
__constant__ float unused_table[64];
static const int unused_count = 5;
constexpr int warps = 2, lanes = 32;
static constexpr int max_threads = warps * lanes;
const int per_sm = 4;
__device__ float unused_value = 2.0f;
template <typename T> struct Shape { static constexpr int threads = 64 + sizeof(T); };
__global__ void __launch_bounds__(max_threads, per_sm) plain(float *x) { x[threadIdx.x] *= 3.0f; }
template <int n> __launch_bounds__(n * warps) __global__ void bounded(float *x) { x[threadIdx.x] += n; }
namespace ns {
constexpr static int top = Shape<float>::threads;
__global__ __launch_bounds__(top) void last(float *x) { x[threadIdx.x] += 0.5f; }
}
