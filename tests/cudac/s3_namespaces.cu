// Nested namespaces, using declarations and directives, aliases, anonymous ones.
// launch: spaces grid=1 block=4
//   arg i32[4] fill 0
//   expect 0 = 417 418 419 420
namespace outer {
constexpr int base = 100;
namespace inner {
struct box { int v; };
__device__ int get(box b) { return b.v + base; }
}
inline __device__ int twice(int x) { return 2 * x; }
}
namespace {
__device__ int hidden(int x) { return x - 1; }
}
namespace alias = outer::inner;
using outer::twice;
namespace a::b::c { __device__ int deep(int x) { return x * 3; } }
extern "C" __global__ void spaces(int *out) {
    using namespace outer;
    alias::box b = {(int)threadIdx.x};
    out[threadIdx.x] = inner::get(b) + twice(base) + hidden(7) + ::a::b::c::deep(2) + outer::inner::get({5});
}
