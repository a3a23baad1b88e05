// Hyperbolic functions and their inverses in double precision.

__device__ double sinh(double x) {
    double a = fabs(x);
    double t = a * a;
    double p = 7.776598683713e-13;
    p = p * t + 1.6056659215381022e-10;
    p = p * t + 2.5052130998257776e-08;
    p = p * t + 2.7557319106758464e-06;
    p = p * t + 0.00019841269841593408;
    p = p * t + 0.008333333333332912;
    p = p * t + 0.16666666666666669;
    double near = a + a * t * p;
    double e = __vm_exp_scaled_d(a, -1.0);
    double far = e - 0.25 / e;
    return copysign(a < 1.0 ? near : far, x);
}

__device__ double cosh(double x) {
    double a = fabs(x);
    // exp as in __vm_exp_scaled_d, with the low part of its sum: one ulp allows no two full roundings
    double c = a > 720.0 ? 720.0 : a;
    double n = (c * 1.4426950408889634 + 6755399441055744.0) - 6755399441055744.0;
    double hi = c - n * 0.6931471806019545;
    double lo = n * 4.2009150726810846e-11;
    double r = hi + lo;
    double q = hi + (lo + r * r * __vm_exp_poly_d(r));
    double e = 1.0 + q;
    double l = q - (e - 1.0);
    double eh = __vm_scale_d(e, n - 1.0);
    double el = __vm_scale_d(l, n - 1.0);
    return eh + (el + 0.25 / eh);
}

__device__ double tanh(double x) {
    double a = fabs(x);
    double t = a * a;
    double p = -1.463651762009066e-07;
    p = p * t + 1.146001699245559e-06;
    p = p * t - 4.733974102873722e-06;
    p = p * t + 1.4454161567442721e-05;
    p = p * t - 3.8357728178767805e-05;
    p = p * t + 9.648553838650597e-05;
    p = p * t - 0.0002389797135801404;
    p = p * t + 0.0005899889745249697;
    p = p * t - 0.0014558271433269252;
    p = p * t + 0.003592127060974219;
    p = p * t - 0.00886323543920391;
    p = p * t + 0.02186948853064848;
    p = p * t - 0.05396825396805438;
    p = p * t + 0.13333333333332967;
    p = p * t - 0.3333333333333333;
    double near = fma(a * t, p, a);
    double e = __vm_exp_scaled_d(a > 40.0 ? 80.0 : a + a, 1.0);
    // 1 - 4 / (e + 2), with what sum, quotient and difference lose: one ulp leaves room for e's error only
    double d = e + 2.0;
    double q = 4.0 / d;
    double c = (fma(-q, d, 4.0) - q * (2.0 - (d - e))) * q * 0.25;
    double w = 1.0 - q;
    double far = w + (((1.0 - w) - q) - c);
    return copysign(a < 0.82 ? near : far, x);
}

__device__ double asinh(double x) {
    double a = fabs(x);
    bool big = a > 1.0e18;
    double w = a + a * a / (1.0 + sqrt(a * a + 1.0));
    double v = log1p(big ? a : w) + (big ? 0.6931471805599453 : 0.0);
    return copysign(v, x);
}

__device__ double acosh(double x) {
    bool big = x > 1.0e18;
    double t = x - 1.0;
    double v = log1p(big ? x : t + sqrt(t + t + t * t)) + (big ? 0.6931471805599453 : 0.0);
    return x < 1.0 ? __longlong_as_double(0x7fffffffffffffffll) : v;
}

__device__ double atanh(double x) {
    double a = fabs(x);
    double v = 0.5 * log1p((a + a) / (1.0 - a));
    return copysign(v, x);
}
