// <array>
#pragma once
#include "vmgpu/arithmetic.h"

namespace std {

template<class _T, size_t _N> struct array {
    using value_type = _T;
    _T __items[_N ? _N : 1];
    __host__ __device__ constexpr _T &operator[](size_t i) { return __items[i]; }
    __host__ __device__ constexpr const _T &operator[](size_t i) const { return __items[i]; }
    __host__ __device__ constexpr _T &front() { return __items[0]; }
    __host__ __device__ constexpr const _T &front() const { return __items[0]; }
    __host__ __device__ constexpr _T &back() { return __items[_N - 1]; }
    __host__ __device__ constexpr const _T &back() const { return __items[_N - 1]; }
    __host__ __device__ constexpr _T *data() { return __items; }
    __host__ __device__ constexpr const _T *data() const { return __items; }
    __host__ __device__ constexpr _T *begin() { return __items; }
    __host__ __device__ constexpr const _T *begin() const { return __items; }
    __host__ __device__ constexpr _T *end() { return __items + _N; }
    __host__ __device__ constexpr const _T *end() const { return __items + _N; }
    __host__ __device__ static constexpr size_t size() { return _N; }
    __host__ __device__ static constexpr bool empty() { return _N == 0; }
    __host__ __device__ void fill(const _T &value) {
        for (size_t i = 0; i < _N; i++) __items[i] = value;
    }
};

}
