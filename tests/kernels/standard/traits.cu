#include <cfloat>
#include <climits>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iostream>
#include <limits>
#include <type_traits>

enum class Small : unsigned char { One = 1 };
struct Empty {};
struct Derived : Empty { int x; };
union Either { int i; float f; };

static_assert(std::is_integral<char>::value && std::is_integral_v<const unsigned long long> && !std::is_integral_v<float>, "");
static_assert(std::is_floating_point_v<double> && !std::is_floating_point_v<bool>, "");
static_assert(std::is_signed_v<int> && std::is_signed_v<float> && std::is_unsigned_v<std::size_t> && std::is_unsigned_v<bool>, "");
static_assert(std::is_same_v<std::decay_t<const int (&)[3]>, const int *>, "");
static_assert(std::is_same_v<std::common_type_t<char, int, float>, float>, "");
static_assert(std::is_same_v<std::underlying_type_t<Small>, unsigned char> && std::is_enum_v<Small>, "");
static_assert(std::is_class_v<Derived> && !std::is_class_v<Either> && std::is_union_v<Either>, "");
static_assert(std::is_base_of_v<Empty, Derived> && !std::is_base_of_v<Derived, Empty>, "");
static_assert(std::is_convertible_v<Derived *, Empty *> && !std::is_convertible_v<Empty *, Derived *>, "");
static_assert(std::is_convertible_v<int, double> && !std::is_convertible_v<int *, int>, "");
static_assert(std::is_constructible_v<float, int> && !std::is_constructible_v<Empty, int>, "");
static_assert(std::extent_v<int[4][5], 1> == 5 && std::rank_v<int[4][5]> == 2, "");
static_assert(std::conjunction_v<std::is_void<void>, std::negation<std::is_const<int>>>, "");
static_assert(std::numeric_limits<int>::max() == INT_MAX && std::numeric_limits<long long>::min() == LLONG_MIN, "");
static_assert(std::numeric_limits<float>::max() == FLT_MAX && std::numeric_limits<double>::epsilon() == DBL_EPSILON, "");
static_assert(std::numeric_limits<std::uint8_t>::max() == UINT8_MAX && std::numeric_limits<bool>::digits == 1, "");
static_assert(std::numeric_limits<float>::infinity() > FLT_MAX && std::is_null_pointer_v<std::nullptr_t>, "");
static_assert(std::is_function_v<int(float)> && !std::is_function_v<int> && std::is_invocable_v<int (*)(float), float>, "");

template<class T, class = void> struct has_x : std::false_type {};
template<class T> struct has_x<T, std::void_t<decltype(std::declval<T>().x)>> : std::true_type {};
static_assert(has_x<Derived>::value && !has_x<Empty>::value, "");

template<class T, std::enable_if_t<std::is_integral<T>::value, int> = 0> __device__ T half_of(T v) { return v / 2; }
template<class T, std::enable_if_t<std::is_floating_point<T>::value, int> = 0> __device__ T half_of(T v) { return v * (T)0.5; }

extern "C" __global__ void traits(const float *x, double *out, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    float v = x[i];
    double *o = out + 10 * (std::size_t)i;
    o[0] = std::abs(v) + std::abs((int)v);
    o[1] = std::sqrt(std::fabs(v));
    o[2] = std::floor(v) + std::ceil((double)v);
    o[3] = half_of((int)v) + half_of(v);
    o[4] = std::fmin(v, 1.0f) + std::fmax((double)v, 1.0);
    o[5] = std::isnan(v / 0.0f - v / 0.0f) + std::isinf(INFINITY) + (HUGE_VAL > DBL_MAX);
    o[6] = std::numeric_limits<float>::quiet_NaN() == NAN;
    o[7] = std::trunc(v) + std::copysign(2.0f, v);
    std::uint32_t bits;
    std::memcpy(&bits, &v, sizeof v);
    o[8] = bits;
    o[9] = M_PI + std::numeric_limits<float>::denorm_min();
}
