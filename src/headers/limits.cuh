// <limits>: numeric_limits of every arithmetic type, from one text.
#pragma once
#include "vmgpu/arithmetic.h"

namespace std {

enum float_round_style { round_indeterminate = -1, round_toward_zero = 0, round_to_nearest = 1 };
enum float_denorm_style { denorm_indeterminate = -1, denorm_absent = 0, denorm_present = 1 };

template<class _T, bool _Known = __arithmetic<_T>::__integral || __arithmetic<_T>::__floating> struct __limits {
    static constexpr bool is_specialized = false;
};

template<class _T> struct __limits<_T, true> {
    static constexpr bool is_specialized = true;
    static constexpr bool is_integer = __arithmetic<_T>::__integral;
    static constexpr bool is_exact = is_integer;
    static constexpr bool is_signed = __arithmetic<_T>::__signed;
    static constexpr bool is_iec559 = !is_integer;
    static constexpr bool is_bounded = true;
    static constexpr bool is_modulo = is_integer && !is_signed;
    static constexpr bool has_infinity = !is_integer;
    static constexpr bool has_quiet_NaN = !is_integer;
    static constexpr bool has_signaling_NaN = !is_integer;
    static constexpr float_denorm_style has_denorm = is_integer ? denorm_absent : denorm_present;
    static constexpr float_round_style round_style = is_integer ? round_toward_zero : round_to_nearest;
    static constexpr bool __single = sizeof(_T) == 4;
    static constexpr int radix = 2;
    static constexpr int digits = is_integer
        ? ((_T)2 == (_T)1 ? 1 : (int)sizeof(_T) * 8 - (is_signed ? 1 : 0)) : __single ? 24 : 53;
    static constexpr int digits10 = is_integer ? digits * 30103 / 100000 : __single ? 6 : 15;
    static constexpr int max_digits10 = is_integer ? 0 : __single ? 9 : 17;
    static constexpr int max_exponent = is_integer ? 0 : __single ? 128 : 1024;
    static constexpr int min_exponent = is_integer ? 0 : __single ? -125 : -1021;
    static constexpr int max_exponent10 = is_integer ? 0 : __single ? 38 : 308;
    static constexpr int min_exponent10 = is_integer ? 0 : __single ? -37 : -307;

    __host__ __device__ static constexpr _T (max)() noexcept {
        if constexpr (is_integer) {
            return (_T)(0xffffffffffffffffULL >> (64 - digits));
        } else {
            return (_T)(__single ? 3.4028234663852886e+38 : 1.7976931348623157e+308);
        }
    }
    __host__ __device__ static constexpr _T (min)() noexcept {
        if constexpr (is_integer) {
            return is_signed ? (_T)(-(long long)(max)() - 1) : (_T)0;
        } else {
            return (_T)(__single ? 1.1754943508222875e-38 : 2.2250738585072014e-308);
        }
    }
    __host__ __device__ static constexpr _T lowest() noexcept {
        if constexpr (is_integer) {
            return (min)();
        } else {
            return -(max)();
        }
    }
    __host__ __device__ static constexpr _T epsilon() noexcept {
        return is_integer ? (_T)0 : (_T)(__single ? 1.1920928955078125e-07 : 2.2204460492503131e-16);
    }
    __host__ __device__ static constexpr _T round_error() noexcept { return is_integer ? (_T)0 : (_T)0.5; }
    __host__ __device__ static constexpr _T denorm_min() noexcept {
        return is_integer ? (_T)0 : (_T)(__single ? 1.4012984643248171e-45 : 4.9406564584124654e-324);
    }
    __host__ __device__ static constexpr _T infinity() noexcept {
        if constexpr (is_integer) {
            return (_T)0;
        } else {
            return (_T)__VMGPU_INFINITY;
        }
    }
    __host__ __device__ static constexpr _T quiet_NaN() noexcept {
        if constexpr (is_integer) {
            return (_T)0;
        } else {
            return (_T)__VMGPU_NAN;
        }
    }
    __host__ __device__ static constexpr _T signaling_NaN() noexcept { return quiet_NaN(); }
};

template<class _T> struct numeric_limits : __limits<_T> {};
template<class _T> struct numeric_limits<const _T> : __limits<_T> {};

}
