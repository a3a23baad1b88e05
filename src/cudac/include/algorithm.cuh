// <algorithm>: what is of use inside a kernel. min, max and swap are always there.
#pragma once
namespace std {}
namespace cuda { namespace std = ::std; }

namespace std {

template<class _T> __host__ __device__ constexpr const _T &clamp(const _T &x, const _T &low, const _T &high) {
    return x < low ? low : high < x ? high : x;
}
template<class _I, class _T> __host__ __device__ void fill(_I first, _I last, const _T &value) {
    for (; first != last; ++first) *first = value;
}
template<class _I, class _O> __host__ __device__ _O copy(_I first, _I last, _O out) {
    for (; first != last; ++first, ++out) *out = *first;
    return out;
}
template<class _I, class _T> __host__ __device__ _I find(_I first, _I last, const _T &value) {
    for (; first != last; ++first) {
        if (*first == value) break;
    }
    return first;
}
template<class _I, class _T> __host__ __device__ _I lower_bound(_I first, _I last, const _T &value) {
    auto count = last - first;
    while (count > 0) {
        auto half = count / 2;
        _I middle = first + half;
        if (*middle < value) {
            first = middle + 1;
            count -= half + 1;
        } else {
            count = half;
        }
    }
    return first;
}
template<class _I, class _T> __host__ __device__ _I upper_bound(_I first, _I last, const _T &value) {
    auto count = last - first;
    while (count > 0) {
        auto half = count / 2;
        _I middle = first + half;
        if (!(value < *middle)) {
            first = middle + 1;
            count -= half + 1;
        } else {
            count = half;
        }
    }
    return first;
}

}
