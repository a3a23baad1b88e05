// <numeric>: sums and sequences over ranges.
#pragma once
#include <utility>

namespace std {

template<class _I, class _T> __host__ __device__ constexpr _T accumulate(_I first, _I last, _T sum) {
    for (; first != last; ++first) sum = sum + *first;
    return sum;
}
template<class _I, class _T, class _F> __host__ __device__ constexpr _T accumulate(_I first, _I last, _T sum, _F f) {
    for (; first != last; ++first) sum = f(sum, *first);
    return sum;
}
template<class _I, class _J, class _T> __host__ __device__ constexpr _T
inner_product(_I first, _I last, _J other, _T sum) {
    for (; first != last; ++first, ++other) sum = sum + *first * *other;
    return sum;
}
template<class _I, class _T> __host__ __device__ constexpr void iota(_I first, _I last, _T value) {
    for (; first != last; ++first, ++value) *first = value;
}
template<class _T> __host__ __device__ constexpr _T gcd(_T a, _T b) {
    while (b != 0) {
        _T rest = a % b;
        a = b;
        b = rest;
    }
    return a < 0 ? -a : a;
}

}
