// <algorithm>: what is of use inside a kernel. min, max and swap are always there.
#pragma once
#include <utility>

namespace std {

#ifndef __VMGPU_CPU__
template<class _T> __host__ __device__ constexpr const _T &min(const _T &a, const _T &b) { return b < a ? b : a; }
template<class _T> __host__ __device__ constexpr const _T &max(const _T &a, const _T &b) { return a < b ? b : a; }
#endif
template<class _T, class _L> __host__ __device__ constexpr const _T &min(const _T &a, const _T &b, _L before) {
    return before(b, a) ? b : a;
}
template<class _T, class _L> __host__ __device__ constexpr const _T &max(const _T &a, const _T &b, _L before) {
    return before(a, b) ? b : a;
}
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
template<class _I, class _O, class _F> __host__ __device__ _O transform(_I first, _I last, _O out, _F f) {
    for (; first != last; ++first, ++out) *out = f(*first);
    return out;
}
template<class _I, class _F> __host__ __device__ _F for_each(_I first, _I last, _F f) {
    for (; first != last; ++first) f(*first);
    return f;
}
template<class _I> __host__ __device__ void reverse(_I first, _I last) {
    while (first != last && first != --last) swap(*first++, *last);
}
template<class _I> __host__ __device__ _I max_element(_I first, _I last) {
    _I best = first;
    for (; first != last; ++first) {
        if (*best < *first) best = first;
    }
    return best;
}
template<class _I> __host__ __device__ _I min_element(_I first, _I last) {
    _I best = first;
    for (; first != last; ++first) {
        if (*first < *best) best = first;
    }
    return best;
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
