// <utility>: pair, and moving. min, max and swap are always there.
#pragma once
#include <type_traits>

namespace std {

template<class _A, class _B> struct pair {
    using first_type = _A;
    using second_type = _B;
    _A first;
    _B second;
    __host__ __device__ constexpr pair() : first(), second() {}
    __host__ __device__ constexpr pair(const _A &a, const _B &b) : first(a), second(b) {}
    template<class _C, class _D> __host__ __device__ constexpr pair(const pair<_C, _D> &other)
        : first(other.first), second(other.second) {}
    __host__ __device__ void swap(pair &other) {
        pair keep = other;
        other = *this;
        *this = keep;
    }
};

template<class _A, class _B> __host__ __device__ constexpr pair<typename decay<_A>::type, typename decay<_B>::type>
make_pair(const _A &a, const _B &b) {
    return pair<typename decay<_A>::type, typename decay<_B>::type>(a, b);
}
template<class _A, class _B> __host__ __device__ constexpr bool
operator==(const pair<_A, _B> &x, const pair<_A, _B> &y) { return x.first == y.first && x.second == y.second; }
template<class _A, class _B> __host__ __device__ constexpr bool
operator!=(const pair<_A, _B> &x, const pair<_A, _B> &y) { return !(x == y); }
template<class _A, class _B> __host__ __device__ constexpr bool
operator<(const pair<_A, _B> &x, const pair<_A, _B> &y) {
    return x.first < y.first || (!(y.first < x.first) && x.second < y.second);
}
template<class _A, class _B> __host__ __device__ constexpr bool
operator>(const pair<_A, _B> &x, const pair<_A, _B> &y) { return y < x; }
template<class _A, class _B> __host__ __device__ constexpr bool
operator<=(const pair<_A, _B> &x, const pair<_A, _B> &y) { return !(y < x); }
template<class _A, class _B> __host__ __device__ constexpr bool
operator>=(const pair<_A, _B> &x, const pair<_A, _B> &y) { return !(x < y); }

template<class _T> __host__ __device__ constexpr _T &&forward(typename remove_reference<_T>::type &x) noexcept {
    return (_T &&)x;
}
template<class _T, class _U> __host__ __device__ constexpr _T exchange(_T &place, const _U &value) {
    _T old = place;
    place = value;
    return old;
}

}

namespace thrust {
using ::std::pair;
using ::std::make_pair;
}
