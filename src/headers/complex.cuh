// thrust/complex.h, and the other names that the same class has: cuda::std::complex, pycuda::complex, cupy's complex.
#pragma once
#include <type_traits>

namespace thrust {

template<class _T> struct __complex_part {};
template<> struct __complex_part<float> { using type = float; };
template<> struct __complex_part<double> { using type = double; };

// What a mixed operation gives: double if either is, else float; integers go along with the other.
template<class _A, class _B, bool _Ok = std::is_arithmetic<_A>::value && std::is_arithmetic<_B>::value> struct __complex_mix {};
template<class _A, class _B> struct __complex_mix<_A, _B, true> { using type = decltype(_A() + _B()); };

template<class _T> struct alignas(2 * sizeof(_T)) complex {
    using value_type = _T;
    _T _M_re, _M_im;

    __host__ __device__ constexpr complex() : _M_re(), _M_im() {}
    __host__ __device__ constexpr complex(const _T &re) : _M_re(re), _M_im() {}
    __host__ __device__ constexpr complex(const _T &re, const _T &im) : _M_re(re), _M_im(im) {}
    complex(const complex &) = default;
    template<class _U> __host__ __device__ constexpr complex(const complex<_U> &z)
        : _M_re((_T)z.real()), _M_im((_T)z.imag()) {}
    complex &operator=(const complex &) = default;
    __host__ __device__ complex &operator=(const _T &re) {
        _M_re = re;
        _M_im = _T();
        return *this;
    }
    template<class _U> __host__ __device__ complex &operator=(const complex<_U> &z) {
        _M_re = (_T)z.real();
        _M_im = (_T)z.imag();
        return *this;
    }
    __host__ __device__ constexpr _T real() const { return _M_re; }
    __host__ __device__ constexpr _T imag() const { return _M_im; }
    __host__ __device__ _T real() const volatile { return _M_re; }
    __host__ __device__ _T imag() const volatile { return _M_im; }
    __host__ __device__ void real(_T re) { _M_re = re; }
    __host__ __device__ void imag(_T im) { _M_im = im; }

    template<class _U> __host__ __device__ complex &operator+=(const complex<_U> &z) { return *this = *this + z; }
    template<class _U> __host__ __device__ complex &operator-=(const complex<_U> &z) { return *this = *this - z; }
    template<class _U> __host__ __device__ complex &operator*=(const complex<_U> &z) { return *this = *this * z; }
    template<class _U> __host__ __device__ complex &operator/=(const complex<_U> &z) { return *this = *this / z; }
    __host__ __device__ complex &operator+=(const _T &x) { return *this = *this + x; }
    __host__ __device__ complex &operator-=(const _T &x) { return *this = *this - x; }
    __host__ __device__ complex &operator*=(const _T &x) { return *this = *this * x; }
    __host__ __device__ complex &operator/=(const _T &x) { return *this = *this / x; }
};

#define __VMGPU_MIX(A, B) __host__ __device__ complex<typename __complex_mix<A, B>::type>
template<class _A, class _B> __VMGPU_MIX(_A, _B) operator+(const complex<_A> &x, const complex<_B> &y) {
    return {x.real() + y.real(), x.imag() + y.imag()};
}
template<class _A, class _B> __VMGPU_MIX(_A, _B) operator+(const complex<_A> &x, const _B &y) {
    return {x.real() + y, x.imag()};
}
template<class _A, class _B> __VMGPU_MIX(_A, _B) operator+(const _A &x, const complex<_B> &y) {
    return {x + y.real(), y.imag()};
}
template<class _A, class _B> __VMGPU_MIX(_A, _B) operator-(const complex<_A> &x, const complex<_B> &y) {
    return {x.real() - y.real(), x.imag() - y.imag()};
}
template<class _A, class _B> __VMGPU_MIX(_A, _B) operator-(const complex<_A> &x, const _B &y) {
    return {x.real() - y, x.imag()};
}
template<class _A, class _B> __VMGPU_MIX(_A, _B) operator-(const _A &x, const complex<_B> &y) {
    return {x - y.real(), -y.imag()};
}
template<class _A, class _B> __VMGPU_MIX(_A, _B) operator*(const complex<_A> &x, const complex<_B> &y) {
    return {x.real() * y.real() - x.imag() * y.imag(), x.real() * y.imag() + x.imag() * y.real()};
}
template<class _A, class _B> __VMGPU_MIX(_A, _B) operator*(const complex<_A> &x, const _B &y) {
    return {x.real() * y, x.imag() * y};
}
template<class _A, class _B> __VMGPU_MIX(_A, _B) operator*(const _A &x, const complex<_B> &y) {
    return {x * y.real(), x * y.imag()};
}
// Scaled, so that the square of the divisor neither overflows nor vanishes.
template<class _A, class _B> __VMGPU_MIX(_A, _B) operator/(const complex<_A> &x, const complex<_B> &y) {
    using R = typename __complex_mix<_A, _B>::type;
    R a = x.real(), b = x.imag(), c = y.real(), d = y.imag();
    R scale = (R)1 / (::fabs(c) + ::fabs(d));
    a *= scale;
    b *= scale;
    c *= scale;
    d *= scale;
    R over = (R)1 / (c * c + d * d);
    return {(a * c + b * d) * over, (b * c - a * d) * over};
}
template<class _A, class _B> __VMGPU_MIX(_A, _B) operator/(const complex<_A> &x, const _B &y) {
    return {x.real() / y, x.imag() / y};
}
template<class _A, class _B> __VMGPU_MIX(_A, _B) operator/(const _A &x, const complex<_B> &y) {
    using R = typename __complex_mix<_A, _B>::type;
    return complex<R>((R)x) / y;
}
#undef __VMGPU_MIX
template<class _T> __host__ __device__ complex<_T> operator+(const complex<_T> &z) { return z; }
template<class _T> __host__ __device__ complex<_T> operator-(const complex<_T> &z) { return {-z.real(), -z.imag()}; }
template<class _A, class _B> __host__ __device__ bool operator==(const complex<_A> &x, const complex<_B> &y) {
    return x.real() == y.real() && x.imag() == y.imag();
}
template<class _A> __host__ __device__ bool operator==(const complex<_A> &x, const _A &y) {
    return x.real() == y && x.imag() == _A();
}
template<class _A> __host__ __device__ bool operator==(const _A &x, const complex<_A> &y) { return y == x; }
template<class _A, class _B> __host__ __device__ bool operator!=(const complex<_A> &x, const complex<_B> &y) {
    return !(x == y);
}
template<class _A> __host__ __device__ bool operator!=(const complex<_A> &x, const _A &y) { return !(x == y); }
template<class _A> __host__ __device__ bool operator!=(const _A &x, const complex<_A> &y) { return !(y == x); }

template<class _T> __host__ __device__ _T real(const complex<_T> &z) { return z.real(); }
template<class _T> __host__ __device__ _T imag(const complex<_T> &z) { return z.imag(); }
template<class _T> __host__ __device__ _T abs(const complex<_T> &z) { return ::hypot(z.real(), z.imag()); }
template<class _T> __host__ __device__ _T arg(const complex<_T> &z) { return ::atan2(z.imag(), z.real()); }
template<class _T> __host__ __device__ _T norm(const complex<_T> &z) {
    return z.real() * z.real() + z.imag() * z.imag();
}
template<class _T> __host__ __device__ complex<_T> conj(const complex<_T> &z) { return {z.real(), -z.imag()}; }
template<class _A, class _B> __host__ __device__ complex<typename __complex_mix<_A, _B>::type>
polar(const _A &m, const _B &theta) {
    using R = typename __complex_mix<_A, _B>::type;
    return {(R)m * ::cos((R)theta), (R)m * ::sin((R)theta)};
}
template<class _T> __host__ __device__ complex<_T> polar(const _T &m) { return {m, (_T)0}; }
template<class _T> __host__ __device__ complex<_T> proj(const complex<_T> &z) {
    if (::isinf(z.real()) || ::isinf(z.imag())) {
        return {(_T)__VMGPU_INFINITY, ::copysign((_T)0, z.imag())};
    }
    return z;
}

// The exponential in two factors where one alone would overflow.
template<class _T> __host__ __device__ complex<_T> exp(const complex<_T> &z) {
    _T re = z.real(), im = z.imag();
    if (im == 0) return {::exp(re), im};
    if (re > (sizeof(_T) == 4 ? (_T)80 : (_T)700)) {
        _T half = ::exp(re / 2);
        return {half * ::cos(im) * half, half * ::sin(im) * half};
    }
    _T e = ::exp(re);
    return {e * ::cos(im), e * ::sin(im)};
}
template<class _T> __host__ __device__ complex<_T> log(const complex<_T> &z) {
    _T a = ::fabs(z.real()), b = ::fabs(z.imag());
    if (a < b) {
        _T t = a;
        a = b;
        b = t;
    }
    // Near the unit circle the logarithm of the modulus would lose everything.
    _T m = a > (_T)0.5 && a < (_T)2 ? ::log1p((a - 1) * (a + 1) + b * b) / 2 : ::log(::hypot(a, b));
    return {m, arg(z)};
}
template<class _T> __host__ __device__ complex<_T> log10(const complex<_T> &z) {
    return log(z) / (_T)2.30258509299404568402;
}
template<class _T> __host__ __device__ complex<_T> sqrt(const complex<_T> &z) {
    _T a = z.real(), b = z.imag();
    if (a == 0 && b == 0) return {(_T)0, b};
    if (::isinf(b)) return {::fabs(b), b};
    // A quarter keeps the sum in range, a power of two exact.
    _T limit = sizeof(_T) == 4 ? (_T)8e37 : (_T)4e307;
    bool big = ::fabs(a) > limit || ::fabs(b) > limit;
    _T x = big ? a / 4 : a, y = big ? b / 4 : b;
    _T t = ::sqrt((::fabs(x) + ::hypot(x, y)) / 2);
    _T re = x >= 0 ? t : ::fabs(y) / (2 * t), im = x >= 0 ? y / (2 * t) : ::copysign(t, y);
    return big ? complex<_T>(2 * re, 2 * im) : complex<_T>(re, im);
}
template<class _A, class _B> __host__ __device__ complex<typename __complex_mix<_A, _B>::type>
pow(const complex<_A> &x, const complex<_B> &y) {
    using R = typename __complex_mix<_A, _B>::type;
    return exp(complex<R>(y) * log(complex<R>(x)));
}
template<class _A, class _B> __host__ __device__ complex<typename __complex_mix<_A, _B>::type>
pow(const complex<_A> &x, const _B &y) {
    using R = typename __complex_mix<_A, _B>::type;
    return exp(log(complex<R>(x)) * (R)y);
}
template<class _A, class _B> __host__ __device__ complex<typename __complex_mix<_A, _B>::type>
pow(const _A &x, const complex<_B> &y) {
    using R = typename __complex_mix<_A, _B>::type;
    return exp(complex<R>(y) * ::log((R)x));
}
template<class _T> __host__ __device__ complex<_T> sinh(const complex<_T> &z) {
    return {::sinh(z.real()) * ::cos(z.imag()), ::cosh(z.real()) * ::sin(z.imag())};
}
template<class _T> __host__ __device__ complex<_T> cosh(const complex<_T> &z) {
    return {::cosh(z.real()) * ::cos(z.imag()), ::sinh(z.real()) * ::sin(z.imag())};
}
template<class _T> __host__ __device__ complex<_T> tanh(const complex<_T> &z) {
    _T x = z.real(), y = z.imag();
    if (::fabs(x) > (_T)22) {
        return {::copysign((_T)1, x), 4 * ::sin(y) * ::cos(y) * ::exp(-2 * ::fabs(x))};
    }
    _T t = ::tan(y), s = ::sinh(x), beta = 1 + t * t, rho = ::sqrt(1 + s * s), over = 1 + beta * s * s;
    if (::isinf(t)) return {rho / s, 1 / t};
    return {beta * rho * s / over, t / over};
}
template<class _T> __host__ __device__ complex<_T> sin(const complex<_T> &z) {
    return {::sin(z.real()) * ::cosh(z.imag()), ::cos(z.real()) * ::sinh(z.imag())};
}
template<class _T> __host__ __device__ complex<_T> cos(const complex<_T> &z) {
    return {::cos(z.real()) * ::cosh(z.imag()), -::sin(z.real()) * ::sinh(z.imag())};
}
template<class _T> __host__ __device__ complex<_T> tan(const complex<_T> &z) {
    complex<_T> t = tanh(complex<_T>(-z.imag(), z.real()));
    return {t.imag(), -t.real()};
}

}

#define __VMGPU_COMPLEX_NAMES \
    using ::thrust::complex; using ::thrust::real; using ::thrust::imag; using ::thrust::abs; using ::thrust::arg; \
    using ::thrust::norm; using ::thrust::conj; using ::thrust::polar; using ::thrust::proj; using ::thrust::exp; \
    using ::thrust::log; using ::thrust::log10; using ::thrust::sqrt; using ::thrust::pow; using ::thrust::sinh; \
    using ::thrust::cosh; using ::thrust::tanh; using ::thrust::sin; using ::thrust::cos; using ::thrust::tan;
namespace std { __VMGPU_COMPLEX_NAMES }
namespace pycuda { __VMGPU_COMPLEX_NAMES }
#undef __VMGPU_COMPLEX_NAMES
