// <functional>: the operators as objects, for one type or (without one) for whatever they are given.
#pragma once
#include <utility>

namespace std {

#define __VMGPU_BINARY(name, op, result)                                                                              \
    template<class _T = void> struct name {                                                                           \
        __host__ __device__ constexpr result operator()(const _T &a, const _T &b) const { return a op b; }            \
    };                                                                                                                \
    template<> struct name<void> {                                                                                    \
        template<class _A, class _B> __host__ __device__ constexpr auto operator()(const _A &a, const _B &b) const {  \
            return a op b;                                                                                            \
        }                                                                                                             \
    };
#define __VMGPU_UNARY(name, op, result)                                                                               \
    template<class _T = void> struct name {                                                                           \
        __host__ __device__ constexpr result operator()(const _T &a) const { return op a; }                           \
    };                                                                                                                \
    template<> struct name<void> {                                                                                    \
        template<class _A> __host__ __device__ constexpr auto operator()(const _A &a) const { return op a; }          \
    };

__VMGPU_BINARY(plus, +, _T)
__VMGPU_BINARY(minus, -, _T)
__VMGPU_BINARY(multiplies, *, _T)
__VMGPU_BINARY(divides, /, _T)
__VMGPU_BINARY(modulus, %, _T)
__VMGPU_BINARY(bit_and, &, _T)
__VMGPU_BINARY(bit_or, |, _T)
__VMGPU_BINARY(bit_xor, ^, _T)
__VMGPU_BINARY(equal_to, ==, bool)
__VMGPU_BINARY(not_equal_to, !=, bool)
__VMGPU_BINARY(less, <, bool)
__VMGPU_BINARY(less_equal, <=, bool)
__VMGPU_BINARY(greater, >, bool)
__VMGPU_BINARY(greater_equal, >=, bool)
__VMGPU_BINARY(logical_and, &&, bool)
__VMGPU_BINARY(logical_or, ||, bool)
__VMGPU_UNARY(negate, -, _T)
__VMGPU_UNARY(bit_not, ~, _T)
__VMGPU_UNARY(logical_not, !, bool)

#undef __VMGPU_BINARY
#undef __VMGPU_UNARY

}
