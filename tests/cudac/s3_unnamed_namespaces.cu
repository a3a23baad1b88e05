// All unnamed namespaces of one place are one, and a constexpr function of it may size a kernel.
// launch: inner::first grid=1 block=1
//   arg i32[1] fill 0
//   expect 0 = 2
// launch: inner::second grid=1 block=1
//   arg i32[1] fill 0
//   expect 0 = 20
// launch: sized grid=1 block=1
//   arg i32[1] fill 0
//   expect 0 = 96
namespace {
__device__ int f(int a) { return a + 1; }
__device__ constexpr int lanes() { return 32; }
} // namespace
namespace other {
__device__ int five() { return 5; }
} // namespace other
using namespace other;
namespace {
namespace inner {
__device__ int seven() { return 7; }
__global__ void first(int *out) { out[0] = f(1); }
} // namespace inner
} // namespace
namespace {
__device__ int f(float a) { return (int)(a * 3); }
namespace inner {
__global__ void second(int *out) { out[0] = f(1) + f(2.f) + seven() + five(); }
} // namespace inner
} // namespace
__global__ void __launch_bounds__(lanes() * 4, lanes() < 64 ? 2 : 1) sized(int *out) {
    constexpr int n = lanes();
    out[0] = n + 2 * lanes();
}
