// Error function, gamma and Bessel families in double precision. Functions that kernels rarely spend their
// time in are calls of host functions by number (host.rs).

// (erf(a) - a) / a for t = a^2 <= 1
__device__ double __vm_erf_poly_d(double t) {
    double p = -7.779448128985062e-10;
    p = p * t + 1.3710969480955612e-08;
    p = p * t - 1.620631124154645e-07;
    p = p * t + 1.6447131245009002e-06;
    p = p * t - 1.4924712275906955e-05;
    p = p * t + 0.00012055293575569566;
    p = p * t - 0.0008548325929271419;
    p = p * t + 0.005223977606117625;
    p = p * t - 0.026866170643111375;
    p = p * t + 0.11283791670944185;
    p = p * t - 0.3761263890318352;
    return p * t + 0.12837916709551256;
}

// exp(a^2) * erfc(a) for a >= 0: (1 + 2a) times it is smooth in q = (a - 3) / (a + 3) on the whole half line
__device__ double __vm_erfcx_d(double a) {
    double q = (a - 3.0) / (a + 3.0);
    double p = 8.187628738102247e-10;
    p = p * q + 9.946212141307142e-10;
    p = p * q - 8.096542706617461e-09;
    p = p * q - 1.3360193875695223e-08;
    p = p * q + 4.07534638313502e-08;
    p = p * q + 1.0195218798842465e-07;
    p = p * q - 1.4001971792416378e-07;
    p = p * q - 6.167631251592375e-07;
    p = p * q + 3.553356059752418e-07;
    p = p * q + 3.4725127755374306e-06;
    p = p * q - 7.305673015095709e-07;
    p = p * q - 2.0100623101003514e-05;
    p = p * q + 4.949090217350331e-06;
    p = p * q + 0.0001250993725981759;
    p = p * q - 0.0001051596910908959;
    p = p * q - 0.0007798322768558378;
    p = p * q + 0.0018886903401822536;
    p = p * q + 0.0025293918167426013;
    p = p * q - 0.02377051491669312;
    p = p * q + 0.06830802734392531;
    p = p * q - 0.11927366341541078;
    p = p * q + 0.12964515870276253;
    p = p * q - 0.04756229435344871;
    p = p * q - 0.1356211061245812;
    p = p * q + 1.2530080582697296;
    double v = p / (1.0 + 2.0 * a);
    return a < 1.0e300 ? v : 0.56418958354775628 / a;
}

// e^(-a^2) without the error of a * a
__device__ double __vm_exp_minus_square_d(double a) {
    double c = a > 1.0e4 ? 1.0e4 : a;
    double s = __dmul_rn(c, c);
    double e = exp(-s);
    return e - e * fma(c, c, -s);
}

__device__ double erf(double x) {
    double a = fabs(x);
    double near = a + a * __vm_erf_poly_d(a * a);
    double far = 1.0 - __vm_erfcx_d(a) * __vm_exp_minus_square_d(a);
    return copysign(a < 1.0 ? near : far, x);
}

__device__ double erfc(double x) {
    double a = fabs(x);
    double v = __vm_erfcx_d(a) * __vm_exp_minus_square_d(a);
    v = x < 0.0 ? 2.0 - v : v;
    return a < 0.5 ? 1.0 - (x + x * __vm_erf_poly_d(x * x)) : v;
}

__device__ double erfcx(double x) {
    double a = fabs(x);
    double v = __vm_erfcx_d(a);
    double c = a > 30.0 ? 30.0 : a;
    double s = __dmul_rn(c, c);
    double e = exp(s);
    e = s > 709.7 ? __longlong_as_double(0x7ff0000000000000ll) : e + e * fma(c, c, -s);
    v = x < 0.0 ? e + e - v : v;
    return a < 0.5 ? e * (1.0 - (x + x * __vm_erf_poly_d(x * x))) : v;
}

__device__ double normcdf(double x) {
    double a = fabs(x);
    // e^(-x^2 / 2)
    double c = a > 1.0e4 ? 1.0e4 : a;
    double s = __dmul_rn(c, c);
    double e = exp(-0.5 * s);
    e = e - e * (0.5 * fma(c, c, -s));
    double b = a * 0.7071067811865476;
    double v = 0.5 * __vm_erfcx_d(b) * e;
    v = x > 0.0 ? 1.0 - v : v;
    double near = 0.5 * (b + b * __vm_erf_poly_d(b * b));
    return a < 0.7 ? 0.5 + copysign(near, x) : v;
}

__device__ double erfinv(double x) {
    return __vmgpu_host_math_d1(11 /* erfinv */, x);
}

__device__ double erfcinv(double x) {
    return __vmgpu_host_math_d1(12 /* erfcinv */, x);
}

__device__ double normcdfinv(double x) {
    return __vmgpu_host_math_d1(13 /* normcdfinv */, x);
}

__device__ double lgamma(double x) {
    return __vmgpu_host_math_d1(3 /* lgamma */, x);
}

__device__ double tgamma(double x) {
    return __vmgpu_host_math_d1(4 /* tgamma */, x);
}

__device__ double j0(double x) {
    return __vmgpu_host_math_d1(5 /* j0 */, x);
}

__device__ double j1(double x) {
    return __vmgpu_host_math_d1(6 /* j1 */, x);
}

__device__ double y0(double x) {
    return __vmgpu_host_math_d1(7 /* y0 */, x);
}

__device__ double y1(double x) {
    return __vmgpu_host_math_d1(8 /* y1 */, x);
}

__device__ double jn(int n, double x) {
    return __vmgpu_host_math_d2(3 /* jn */, (double)n, x);
}

__device__ double yn(int n, double x) {
    return __vmgpu_host_math_d2(4 /* yn */, (double)n, x);
}

__device__ double cyl_bessel_i0(double x) {
    return __vmgpu_host_math_d1(9 /* cyl_bessel_i0 */, x);
}

__device__ double cyl_bessel_i1(double x) {
    return __vmgpu_host_math_d1(10 /* cyl_bessel_i1 */, x);
}
