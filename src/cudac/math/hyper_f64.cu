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
    double r = (c - n * 0.6931471806019545) + n * 4.2009150726810846e-11;
    double q = r + r * r * __vm_exp_poly_d(r);
    double e = 1.0 + q;
    double l = q - (e - 1.0);
    double eh = __vm_scale_d(e, n - 1.0);
    double el = __vm_scale_d(l, n - 1.0);
    return eh + (el + 0.25 / eh);
}

__device__ double tanh(double x) {
    double a = fabs(x);
    double t = a * a;
    double p = -6.269283278925314e-08;
    p = p * t + 6.544924415445033e-07;
    p = p * t - 3.4196678091303593e-06;
    p = p * t + 1.2341302564202107e-05;
    p = p * t - 3.6086583333290464e-05;
    p = p * t + 9.476813271951992e-05;
    p = p * t - 0.00023804383875214276;
    p = p * t + 0.0005896186736253764;
    p = p * t - 0.0014557213225167948;
    p = p * t + 0.0035921056051620537;
    p = p * t - 0.00886323245147358;
    p = p * t + 0.021869488259794876;
    p = p * t - 0.05396825395342413;
    p = p * t + 0.1333333333329286;
    p = p * t - 0.33333333333332943;
    double near = a + a * t * p;
    double e = __vm_exp_scaled_d(a > 40.0 ? 80.0 : a + a, 1.0);
    double far = 1.0 - 4.0 / (e + 2.0);
    return copysign(a < 1.0 ? near : far, x);
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
