// A kernel with C linkage is found by its plain name, in whatever namespace it stands.
// no gxx: C++ finds the name only inside its namespace
// launch: half_up grid=1 block=8
//   arg i32[8] = 0 1 2 3 4 5 6 7
//   expect 0 = 0 1 1 2 2 3 3 4
namespace outer {
namespace {
__device__ int up(int x) { return (x + 1) / 2; }
extern "C" __global__ void half_up(int *data) { data[threadIdx.x] = up(data[threadIdx.x]); }
} // namespace
} // namespace outer
