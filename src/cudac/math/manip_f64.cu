// Rounding, remainders, and taking doubles apart. All exact.

__device__ double round(double x) {
    double t = trunc(x);
    return copysign(fabs(x - t) >= 0.5 ? fabs(t) + 1.0 : t, x);
}

__device__ double nearbyint(double x) {
    return rint(x);
}

__device__ long lround(double x) {
    return (long)round(x);
}

__device__ long long llround(double x) {
    return (long long)round(x);
}

__device__ long lrint(double x) {
    return (long)rint(x);
}

__device__ long long llrint(double x) {
    return (long long)rint(x);
}

__device__ double fdim(double x, double y) {
    double d = x > y ? x - y : 0.0;
    return x != x || y != y ? x + y : d;
}

// For a quotient below 2^52 one fused step leaves the exact remainder, or that less b
__device__ double fmod(double x, double y) {
    double a = fabs(x);
    double b = fabs(y);
    double q = a / b;
    if (q >= 4503599627370496.0 && b > 0.0 && a <= 1.7976931348623157e308)
        return __vmgpu_host_math_d2(0 /* fmod */, x, y);
    double r = fma(-trunc(q), b, a);
    r = r < 0.0 ? r + b : r;
    r = a < b ? a : r;
    return copysign(r, x);
}

__device__ double remainder(double x, double y) {
    double b = fabs(y);
    double r = fabs(fmod(x, b));
    // r against half of b, and for a tie the parity of the quotient: fmod by 2b tells it
    bool huge = b > 8.9e307;
    double r2 = huge ? fabs(x) : fabs(fmod(x, b + b));
    bool odd = r2 >= b;
    double d = b - r;
    bool up = r > d || (r == d && odd);
    double v = up ? -d : r;
    v = __double_as_longlong(x) < 0 ? -v : v;
    return v == 0.0 ? copysign(0.0, x) : v;
}

__device__ double remquo(double x, double y, int *quo) {
    *quo = isfinite(x) && y != 0.0 && y == y ? (int)__vmgpu_host_math_d2(2 /* remquo_bits */, x, y) : 0;
    return remainder(x, y);
}

__device__ double modf(double x, double *iptr) {
    double t = trunc(x);
    *iptr = t;
    return copysign(isinf(x) ? 0.0 : x - t, x);
}

__device__ double frexp(double x, int *nptr) {
    bool plain = x != 0.0 && isfinite(x);
    bool tiny = fabs(x) < 2.2250738585072014e-308;
    long long b = __double_as_longlong(tiny ? x * 18014398509481984.0 : x);
    int e = (int)((b >> 52) & 0x7ff) - (tiny ? 1076 : 1022);
    *nptr = plain ? e : 0;
    long long m = (b & (long long)0x800fffffffffffffull) | 0x3fe0000000000000ll;
    return plain ? __longlong_as_double(m) : x + x;
}

// Steps of 2^-969 and not -1022, so that a result that ends denormal is rounded once
__device__ double ldexp(double x, int n) {
    int c = n > 2200 ? 2200 : n;
    c = c < -2200 ? -2200 : c;
    double y = x;
    y = c > 1023 ? y * 8.98846567431158e+307 : y;
    c = c > 1023 ? c - 1023 : c;
    y = c > 1023 ? y * 8.98846567431158e+307 : y;
    c = c > 1023 ? c - 1023 : c;
    c = c > 1023 ? 1023 : c;
    y = c < -1022 ? y * 2.004168360008973e-292 : y;
    c = c < -1022 ? c + 969 : c;
    y = c < -1022 ? y * 2.004168360008973e-292 : y;
    c = c < -1022 ? c + 969 : c;
    c = c < -1022 ? -1022 : c;
    return y * __longlong_as_double((long long)(c + 1023) << 52);
}

__device__ double scalbn(double x, int n) {
    return ldexp(x, n);
}

__device__ double scalbln(double x, long n) {
    return ldexp(x, n > 2200 ? 2200 : (n < -2200 ? -2200 : (int)n));
}

__device__ int ilogb(double x) {
    bool tiny = fabs(x) < 2.2250738585072014e-308;
    long long b = __double_as_longlong(tiny ? x * 18014398509481984.0 : x);
    int e = (int)((b >> 52) & 0x7ff) - (tiny ? 1077 : 1023);
    e = isinf(x) ? 0x7fffffff : e;
    return x == 0.0 || x != x ? (int)0x80000000 : e;
}

__device__ double logb(double x) {
    double v = (double)ilogb(x);
    v = x == 0.0 ? -__longlong_as_double(0x7ff0000000000000ll) : v;
    return isfinite(x) ? v : x * x;
}

__device__ double nextafter(double x, double y) {
    long long b = __double_as_longlong(x);
    bool away = (y > x) == (x > 0.0);
    double v = __longlong_as_double(b + (away ? 1 : -1));
    v = x == 0.0 ? copysign(4.9406564584124654e-324, y) : v;
    v = x == y ? y : v;
    return x != x || y != y ? x + y : v;
}

__device__ double nan(const char *tagp) {
    return __longlong_as_double(0x7fffffffffffffffll);
}

__device__ int __isnan(double x) { return isnan(x) ? 1 : 0; }
__device__ int __isinf(double x) { return isinf(x) ? 1 : 0; }
__device__ int __finite(double x) { return isfinite(x) ? 1 : 0; }
__device__ int __signbit(double x) { return signbit(x) ? 1 : 0; }
__device__ int __signbitd(double x) { return signbit(x) ? 1 : 0; }
__device__ int finite(double x) { return isfinite(x) ? 1 : 0; }
