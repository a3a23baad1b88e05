// <utility>: pair, and moving. min, max and swap are always there.
#pragma once
#include <type_traits>

namespace std {

// move is known to both compilers, forward to NVRTC, swap to the CPU device's.
#ifdef __VMGPU_CPU__
template<class _T> __host__ __device__ constexpr _T &&forward(typename remove_reference<_T>::type &x) noexcept {
    return (_T &&)x;
}
template<class _T> __host__ __device__ constexpr _T &&forward(typename remove_reference<_T>::type &&x) noexcept {
    return (_T &&)x;
}
#else
template<class _T> __host__ __device__ constexpr void swap(_T &a, _T &b) {
    _T keep = move(a);
    a = move(b);
    b = move(keep);
}
#endif

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

template<class _T> __host__ __device__ constexpr const _T &as_const(_T &x) noexcept { return x; }

template<class _T, _T... _I> struct integer_sequence {
    using value_type = _T;
    __host__ __device__ static constexpr size_t size() noexcept { return sizeof...(_I); }
};
template<size_t... _I> using index_sequence = integer_sequence<size_t, _I...>;
template<class _T, size_t _N, _T... _I> struct __sequence : __sequence<_T, _N - 1, (_T)(_N - 1), _I...> {};
template<class _T, _T... _I> struct __sequence<_T, 0, _I...> { using type = integer_sequence<_T, _I...>; };
template<class _T, _T _N> using make_integer_sequence = typename __sequence<_T, (size_t)_N>::type;
template<size_t _N> using make_index_sequence = make_integer_sequence<size_t, _N>;
template<class... _T> using index_sequence_for = make_index_sequence<sizeof...(_T)>;

template<class _T, class _U> __host__ __device__ constexpr _T exchange(_T &place, const _U &value) {
    _T old = place;
    place = value;
    return old;
}

}

#ifdef __VMGPU_CPU__
namespace thrust {
using ::std::pair;
using ::std::make_pair;
}
#endif
