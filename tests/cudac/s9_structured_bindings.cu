// Structured bindings: copies and references of structs, vectors, arrays and pairs.
// launch: bindings grid=1 block=8
//   arg f32[8] fill 0
//   expect 0 = 35 43 51 59 67 75 83 91
#include <utility>
struct pair_of {
    float a;
    int b;
};
struct inner {
    pair_of p;
    float list[2];
};
__device__ pair_of make(int i) { return {i * 0.5f, i}; }
extern "C" __global__ void bindings(float *out) {
    int i = threadIdx.x;
    auto [x, y] = make(i);
    x += 1;
    pair_of whole{1.f, 2};
    auto &[u, w] = whole;
    u += i;
    w *= 3;
    const auto &[p, list] = inner{{2.f, 3}, {4.f, 5.f}};
    int table[3] = {3, 4, 5};
    auto &[first, second, third] = table;
    second += first * third;
    auto [from, to] = std::make_pair(i, 2.5f);
    for (auto [k, v] = std::make_pair(0, 1.f); k < 3; k++) to += v * k;
    out[i] = x + y + whole.a + whole.b + p.b + list[1] + table[1] + from * to;
}
