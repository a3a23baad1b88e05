// auto, constexpr variables and functions, static_assert, using, decltype-free deduction of pointers and references.
// launch: modern grid=1 block=8
//   arg f32[8] random 0 4 61
//   arg i32[32] fill 0
//   expect 1 = 10 35 8 16268 10 35 8 15929 11 35 8 16141 12 35 8 15926 14 35 8 16331 15 35 8 16370 17 35 8
//     16419 16 35 8 16236
using real = float;
typedef unsigned long long u64;
constexpr int SIZE = 4;
constexpr int square(int x) { return x * x; }
constexpr int fact(int n) { return n <= 1 ? 1 : n * fact(n - 1); }
static_assert(square(SIZE) == 16, "square");
extern "C" __global__ void modern(const real *in, int *out) {
    auto t = threadIdx.x;
    auto x = in[t];
    const auto *p = in + t;
    auto &slot = out[t * 4];
    constexpr int N = fact(SIZE) / 6;
    int a[N] = {};
    for (auto i = 0; i < N; ++i) a[i] = square(i) + t;
    slot = int(x) + a[N - 1];
    u64 big = u64(1) << 35;
    out[t * 4 + 1] = static_cast<int>(big >> 30) + int{3} + int();
    out[t * 4 + 2] = *p == x ? sizeof(x) + sizeof(t) : 0;
    out[t * 4 + 3] = const_cast<int *>(out)[t * 4] + *reinterpret_cast<const int *>(&x) / 65536;
}
