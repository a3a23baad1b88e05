// Exponentials and logarithms in double precision; the method of exp_log_f32.cu.
//
// Integer work stays in 64 bits and uses only shifts and adds that vectors have (no arithmetic shift right,
// no conversion from long long).

// 2^n for a whole n in [-1022, 1023]
__device__ double __vm_pow2_d(double n) {
    return __longlong_as_double((__double_as_longlong(n + 6755399441055744.0) + 1023) << 52);
}

// e * 2^n where n may lie outside the exponent range: two factors
__device__ double __vm_scale_d(double e, double n) {
    double h = (n * 0.5 + 6755399441055744.0) - 6755399441055744.0;
    return e * __vm_pow2_d(h) * __vm_pow2_d(n - h);
}

// (e^r - 1 - r) / r^2 for |r| <= ln(2)/2
__device__ double __vm_exp_poly_d(double r) {
    double p = 2.0826472434694587e-09;
    p = p * r + 2.5112632815978062e-08;
    p = p * r + 2.755758571928692e-07;
    p = p * r + 2.7557233172217396e-06;
    p = p * r + 2.4801586917438693e-05;
    p = p * r + 0.0001984126989805345;
    p = p * r + 0.0013888888889123264;
    p = p * r + 0.00833333333331637;
    p = p * r + 0.04166666666666607;
    p = p * r + 0.16666666666666685;
    return p * r + 0.5;
}

// e^x times 2^k, k a small integer; no overflow before the result's own
__device__ double __vm_exp_scaled_d(double x, double k) {
    double c = x > 720.0 ? 720.0 : x;
    c = c < -760.0 ? -760.0 : c;
    double n = (c * 1.4426950408889634 + 6755399441055744.0) - 6755399441055744.0;
    double hi = c - n * 0.6931471806019545;
    double lo = n * 4.2009150726810846e-11;
    double r = hi + lo;
    double e = 1.0 + (hi + (lo + r * r * __vm_exp_poly_d(r)));
    return __vm_scale_d(e, n + k);
}

__device__ double exp(double x) {
    return __vm_exp_scaled_d(x, 0.0);
}

__device__ double exp2(double x) {
    double c = x > 1030.0 ? 1030.0 : x;
    c = c < -1080.0 ? -1080.0 : c;
    double n = (c + 6755399441055744.0) - 6755399441055744.0;
    double f = c - n;
    double r = f * 0.6931471805599453;
    double e = 1.0 + (r + (r * r * __vm_exp_poly_d(r) + f * 2.3190468138462996e-17));
    return __vm_scale_d(e, n);
}

__device__ double exp10(double x) {
    double c = x > 310.0 ? 310.0 : x;
    c = c < -330.0 ? -330.0 : c;
    double n = (c * 3.321928094887362 + 6755399441055744.0) - 6755399441055744.0;
    // log10(2) in a short part (40 bits) and the rest
    double fh = c - n * 0.3010299956640665;
    double fl = n * 8.532344317057107e-14;
    double f = fh + fl;
    fl = fl - (f - fh);
    double r = __dmul_rn(f, 2.302585092994046);
    // what sum and product lost, and the low part of ln(10)
    double l = fma(f, 2.302585092994046, -r) + (fl * 2.302585092994046 - f * 2.1707562233822494e-16);
    double e = 1.0 + (r + (r * r * __vm_exp_poly_d(r) + l));
    return __vm_scale_d(e, n);
}

__device__ double expm1(double x) {
    double c = x > 720.0 ? 720.0 : x;
    c = c < -50.0 ? -50.0 : c;
    double n = (c * 1.4426950408889634 + 6755399441055744.0) - 6755399441055744.0;
    double hi = c - n * 0.6931471806019545;
    double lo = n * 4.2009150726810846e-11;
    double r = hi + lo;
    // the square sees what r lost, since twice the result's ulp hangs on it for n = 1
    double v = (r * r * __vm_exp_poly_d(r) + r * (lo - (r - hi))) + lo;
    double q = n > 600.0 ? 0.5 : 1.0;
    double s = __vm_pow2_d(n > 600.0 ? n - 1.0 : n);
    double b = s * hi;
    double g = s - q;
    double u = g + b;
    double e = u + (((b - (u - g)) + ((s - g) - q)) + s * v);
    e = n > 600.0 ? e + e : e;
    // n beyond 1023 + 1 would leave the range of s
    e = x > 709.8 ? __longlong_as_double(0x7ff0000000000000ll) : e;
    return x == 0.0 ? x : e;
}

// The exponent e of x = m * 2^e, m in [sqrt(1/2), sqrt(2)), times 2^52 as an integer; x positive and normal
__device__ unsigned long long __vm_exponent_bits_d(double x) {
    unsigned long long b = (unsigned long long)__double_as_longlong(x);
    return (b - 0x3fe6a09e667f3bcdull + 0x4000000000000000ull) & 0xfff0000000000000ull;
}

__device__ double __vm_exponent_d(unsigned long long k) {
    return __longlong_as_double((long long)((k >> 52) + 0x4330000000000000ull)) - 4503599627371520.0;
}

__device__ double __vm_mantissa_d(double x, unsigned long long k) {
    return __longlong_as_double(__double_as_longlong(x) - (long long)(k - 0x4000000000000000ull));
}

// log(1 + f) - f + f^2/2
__device__ double __vm_log_cubic_d(double f) {
    double s = f / (2.0 + f);
    double z = s * s;
    double p = 0.14797783479278712;
    p = p * z + 0.1531388059643081;
    p = p * z + 0.1818357042594184;
    p = p * z + 0.22222198466755005;
    p = p * z + 0.2857142874331271;
    p = p * z + 0.3999999999941105;
    p = p * z + 0.6666666666666735;
    return s * (0.5 * f * f + z * p);
}

// log(1 + f) - f
__device__ double __vm_log_tail_d(double f) {
    return __vm_log_cubic_d(f) - 0.5 * f * f;
}

__device__ double __vm_log_special_d(double x, double r) {
    r = x == 0.0 ? -__longlong_as_double(0x7ff0000000000000ll) : r;
    r = x < 0.0 ? __longlong_as_double(0x7fffffffffffffffll) : r;
    return x < __longlong_as_double(0x7ff0000000000000ll) ? r : x + x;
}

__device__ double log(double x) {
    bool tiny = x < 2.2250738585072014e-308;
    double y = tiny ? x * 18014398509481984.0 : x;
    unsigned long long k = __vm_exponent_bits_d(y);
    double e = __vm_exponent_d(k) - (tiny ? 54.0 : 0.0);
    double f = __vm_mantissa_d(y, k) - 1.0;
    // ln(2) in a short part (42 bits) and the rest; the large terms are added without loss
    double a = e * 0.6931471805598903;
    double s = a + f;
    double l = f - (s - a);
    double r = s + (l + (__vm_log_tail_d(f) + e * 5.497923018708371e-14));
    return __vm_log_special_d(x, r);
}

__device__ double log2(double x) {
    bool tiny = x < 2.2250738585072014e-308;
    double y = tiny ? x * 18014398509481984.0 : x;
    unsigned long long k = __vm_exponent_bits_d(y);
    double e = __vm_exponent_d(k) - (tiny ? 54.0 : 0.0);
    double f = __vm_mantissa_d(y, k) - 1.0;
    // f * log2(e) in two parts
    double h = __dmul_rn(f, 1.4426950408889634);
    double g = fma(f, 1.4426950408889634, -h) + f * 2.0355273740931033e-17;
    double s = e + h;
    double l = h - (s - e);
    // the square with its rounding error, as one ulp leaves no room for it
    double z = __dmul_rn(0.5 * f, f);
    double c = __vm_log_cubic_d(f) - fma(0.5 * f, f, -z);
    double r = s + (l + fma(-z, 1.4426950408889634, fma(c, 1.4426950408889634, g)));
    return __vm_log_special_d(x, r);
}

__device__ double log10(double x) {
    bool tiny = x < 2.2250738585072014e-308;
    double y = tiny ? x * 18014398509481984.0 : x;
    unsigned long long k = __vm_exponent_bits_d(y);
    double e = __vm_exponent_d(k) - (tiny ? 54.0 : 0.0);
    double f = __vm_mantissa_d(y, k) - 1.0;
    double a = e * 0.3010299956640665;
    double h = __dmul_rn(f, 0.4342944819032518);
    double g = fma(f, 0.4342944819032518, -h) + f * 1.098319650216765e-17;
    double s = a + h;
    double l = h - (s - a);
    double r = s + (l + (g + (__vm_log_tail_d(f) * 0.4342944819032518 - e * 8.532344317057107e-14)));
    return __vm_log_special_d(x, r);
}

__device__ double log1p(double x) {
    double u = 1.0 + x;
    unsigned long long k = __vm_exponent_bits_d(u);
    double e = __vm_exponent_d(k);
    // f = (1 + x) * 2^-e - 1 from x itself, so that nothing of a small x is lost
    double w = __vm_pow2_d(e > 500.0 ? -500.0 : -e);
    double m = e > 500.0 ? __vm_mantissa_d(x, k) : x * w;
    double f = m + (w - 1.0);
    double g = m - (f - (w - 1.0));
    double a = e * 0.6931471805598903;
    double s = a + f;
    double l = (f - (s - a)) + g;
    double r = s + (l + (__vm_log_tail_d(f) + e * 5.497923018708371e-14));
    r = x == -1.0 ? -__longlong_as_double(0x7ff0000000000000ll) : r;
    r = x < -1.0 ? __longlong_as_double(0x7fffffffffffffffll) : r;
    r = x < __longlong_as_double(0x7ff0000000000000ll) ? r : x + x;
    return fabs(x) < 1.0e-300 ? x : r;
}
