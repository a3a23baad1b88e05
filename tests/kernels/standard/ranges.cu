#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <limits>
#include <numeric>
#include <utility>

template<class T, size_t... I> __device__ T weighed(const std::array<T, sizeof...(I)> &a, std::index_sequence<I...>)
{
    return ((a[I] * (T)(I + 1)) + ...);
}

template<class F> __device__ int64_t fold(const int64_t *a, int n, int64_t start, F f)
{
    return std::accumulate(a, a + n, start, f);
}

extern "C" __global__ void ranges(const std::int64_t *x, std::int64_t *out, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    std::array<std::int64_t, 6> a;
    std::copy(x + 6 * i, x + 6 * i + 6, a.begin());
    std::int64_t *o = out + 16 * (size_t)i;
    o[0] = *std::max_element(a.begin(), a.end());
    o[1] = *std::min_element(a.begin(), a.end());
    o[2] = std::accumulate(a.begin(), a.end(), (std::int64_t)0);
    o[3] = fold(a.data(), 6, 0, std::bit_xor<std::int64_t>());
    o[4] = fold(a.data(), 6, std::numeric_limits<std::int64_t>::lowest(),
                [](std::int64_t p, std::int64_t q) { return std::max(p, q); });
    o[5] = weighed(a, std::make_index_sequence<6>());
    o[6] = std::clamp(a[0], (std::int64_t)-50, (std::int64_t)50);
    o[7] = std::min(a[1], a[2], std::greater<>());
    auto ends = std::make_pair(a.front(), a.back());
    std::swap(ends.first, ends.second);
    o[8] = ends.first * 3 - ends.second;
    o[9] = std::exchange(a[3], a[4]) - a[3];
    std::reverse(a.begin(), a.end());
    o[10] = a[0];
    std::transform(a.begin(), a.end(), a.begin(), std::negate<>());
    o[11] = std::find(a.begin(), a.end(), -x[6 * i + 1]) - a.begin();
    std::int64_t steps[8];
    std::iota(steps, steps + 8, (std::int64_t)-4);
    std::for_each(steps, steps + 8, [](std::int64_t &s) { s *= 25; });
    o[12] = std::lower_bound(steps, steps + 8, x[6 * i]) - steps;
    o[13] = std::upper_bound(steps, steps + 8, x[6 * i]) - steps;
    o[14] = std::inner_product(steps, steps + 6, x + 6 * i, (std::int64_t)7);
    o[15] = std::less<std::pair<std::int64_t, std::int64_t>>()({x[6 * i], 1}, {x[6 * i + 1], 0});
}
