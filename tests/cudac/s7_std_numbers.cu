// <limits>, <type_traits>, <utility>, <algorithm> and <array> as device code uses them.
// launch: limits grid=1 block=1
//   arg f64[24] fill 0
//   expect 0 = 3.4028234663852886e38 1.1754943508222875e-38 1.1920928955078125e-7 1.401298464324817e-45
//     1.7976931348623157e308 2.220446049250313e-16 -2147483648 4294967295 -9.223372036854776e18 -1 65535 1
//     -1.7976931348623157e308 0 1 863 102406 1 8.5 -3 0 0 0 0
// launch: traits<float> grid=1 block=4
//   arg f64[48] fill 0
//   expect 0 = 3.5 1 20 1 0.10000000149011612 23 29 4294967295 13 5 0.5 5 4.5 1 20 1 0.10000000149011612 23
//     29 4294967295 13 5 0.5 5 5.5 1 20 1 0.10000000149011612 23 29 4294967295 13 5 0.5 5 6.5 1 20 1
//     0.10000000149011612 23 29 4294967295 13 5 0.5 5
// launch: traits<unsigned char> grid=1 block=4
//   arg f64[48] fill 0
//   expect 0 = 3 0 10 44 0.1 23 29 4294967295 13 6 0.5 7 4 0 10 44 0.1 23 29 4294967295 13 6 0.5 7 5 0 10
//     44 0.1 23 29 4294967295 13 6 0.5 7 6 0 10 44 0.1 23 29 4294967295 13 6 0.5 7
// launch: pairs grid=1 block=8
//   arg i32[8] = 5 3 8 1 9 2 7 4
//   arg i32[8] fill 0
//   expect 1 = 2104957 3204957 4304957 5404958 5504959 6504960 7604960 8704960
#include <limits>
#include <type_traits>
#include <utility>
#include <algorithm>
#include <array>
#include <cstdint>

template <typename T> struct range_of {
    static constexpr T low = std::numeric_limits<T>::lowest();
    static constexpr T high = (std::numeric_limits<T>::max)();
};
extern "C" __global__ void limits(double *o) {
    o[0] = std::numeric_limits<float>::max();
    o[1] = std::numeric_limits<float>::min();
    o[2] = std::numeric_limits<float>::epsilon();
    o[3] = std::numeric_limits<float>::denorm_min();
    o[4] = std::numeric_limits<double>::max();
    o[5] = std::numeric_limits<double>::epsilon();
    o[6] = std::numeric_limits<int>::min();
    o[7] = std::numeric_limits<unsigned>::max();
    o[8] = range_of<long long>::low;
    o[9] = range_of<int8_t>::low + range_of<int8_t>::high;
    o[10] = range_of<uint16_t>::high;
    o[11] = range_of<bool>::high;
    o[12] = range_of<double>::low;
    o[13] = 1 / std::numeric_limits<float>::infinity();
    o[14] = std::numeric_limits<double>::quiet_NaN() != std::numeric_limits<double>::quiet_NaN();
    o[15] = std::numeric_limits<long long>::digits + 100 * std::numeric_limits<unsigned char>::digits;
    o[16] = std::numeric_limits<float>::digits10 + 100 * std::numeric_limits<double>::max_exponent;
    o[17] = std::numeric_limits<const int>::is_signed + 2 * std::numeric_limits<float>::is_integer;
    o[18] = std::max(2, 3) + std::min(2.5f, 1.5f) + std::sqrt(16.0);
    int smallest = std::numeric_limits<int>::max();
    const int some[] = {7, -3, 12};
    for (int x : some) smallest = std::min(smallest, x);
    o[19] = smallest;
}

// One of the two, by what the type is.
template <typename T, typename std::enable_if<std::is_floating_point<T>::value, int>::type = 0>
__device__ double half_of(T x) { return x / 2; }
template <typename T, typename std::enable_if<std::is_integral<T>::value, int>::type = 0>
__device__ double half_of(T x) { return x >> 1; }
template <typename T> __device__ std::enable_if_t<std::is_signed<T>::value, int> sign_bits(T) { return 1; }
template <typename T> __device__ std::enable_if_t<!std::is_signed<T>::value, int> sign_bits(T) { return 0; }
template <typename T> __device__ int tagged(T, std::true_type) { return 10; }
template <typename T> __device__ int tagged(T, std::false_type) { return 20; }
struct base {};
struct derived : base {};
enum color { red };
template <typename T> __global__ void traits(double *out) {
    double *o = out + threadIdx.x * 12;
    o[0] = half_of(T(7)) + threadIdx.x;
    o[1] = sign_bits(T(1));
    o[2] = tagged(T(1), std::is_integral<T>());
    if constexpr (std::is_same_v<T, float>) {
        o[3] = 1;
    } else {
        o[3] = T(300);
    }
    typename std::conditional<(sizeof(T) < 4), double, T>::type wide = 0.1;
    o[4] = wide;
    o[5] = std::is_same<typename std::remove_const<const T>::type, T>::value + 2 * std::is_const<const T>::value
        + 4 * std::is_pointer<T *const>::value + 8 * std::is_pointer<T>::value + 16 * std::is_array<T[3]>::value;
    o[6] = std::is_base_of<base, derived>::value + 2 * std::is_base_of<derived, base>::value
        + 4 * std::is_enum<color>::value + 8 * std::is_class<base>::value + 16 * std::is_void<const void>::value;
    std::make_unsigned_t<int> all = -1;
    o[7] = all;
    std::decay_t<const T &> a = 3;
    std::remove_reference_t<T &> b = a;
    std::remove_cv_t<const volatile T> c = b;
    o[8] = c + sizeof(std::decay_t<int[5]>) + sizeof(std::remove_pointer_t<short *>);
    o[9] = std::integral_constant<int, 5>::value + std::bool_constant<sizeof(T) == 1>();
    std::common_type_t<T, double> d = T(1) / 2.0;
    o[10] = d;
    o[11] = std::is_arithmetic_v<T> + 2 * std::is_unsigned_v<T> + 4 * std::is_reference_v<T &>;
}

extern "C" __global__ void pairs(const int *in, int *out) {
    std::pair<int, float> best(in[0], 0.5f);
    std::array<int, 8> all = {};
    for (int i = 0; i < (int)all.size(); i++) {
        all[i] = in[i];
        auto candidate = std::make_pair(in[i], i + 0.25f);
        if (best < candidate) best = candidate;
    }
    for (int i = 0; i < 8; i++) {
        for (int j = i + 1; j < 8; j++) {
            if (all[j] < all[i]) std::swap(all[i], all[j]);
        }
    }
    int sum = 0;
    for (const int &x : all) sum = 3 * sum + x;
    int at = (int)(std::lower_bound(all.begin(), all.end(), (int)threadIdx.x + 2) - all.begin());
    int after = (int)(std::upper_bound(all.begin(), all.end(), (int)threadIdx.x + 2) - all.begin());
    out[threadIdx.x] = sum + 100000 * at + 1000000 * after + best.first + (int)(best.second * 4)
        + std::clamp((int)threadIdx.x, 2, 5);
}
