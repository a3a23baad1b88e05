// Error function, gamma and Bessel families in double precision. Functions that kernels rarely spend their
// time in are calls of host functions by number (host.rs).

// erf(a) for 0 <= a <= 1
__device__ double __vm_erf_poly_d(double a) {
    double t = a * a;
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
    p = p * t + 0.12837916709551256;
    return a + a * p;
}

// exp(a^2) * erfc(a) for a >= 0: (1 + 2a) times it is smooth in q = (a - 4) / (a + 4) on the whole half line
__device__ double __vm_erfcx_d(double a) {
    double q = (a - 4.0) / (a + 4.0);
    // one residual step: q is the argument of a long polynomial
    q = q + fma(-q, a + 4.0, a - 4.0) / (a + 4.0);
    double p = 1.5114825968817045e-09;
    p = p * q - 6.987546823062801e-09;
    p = p * q - 1.6034988746118567e-08;
    p = p * q + 9.292753611394971e-08;
    p = p * q + 7.036934354240762e-08;
    p = p * q - 8.019652615062957e-07;
    p = p * q + 2.9904249563632086e-07;
    p = p * q + 5.689473786730145e-06;
    p = p * q - 1.12259379836635e-05;
    p = p * q - 2.4387745105012983e-05;
    p = p * q + 0.0001506235321362815;
    p = p * q - 0.00019926097347602154;
    p = p * q - 0.0007577738517567183;
    p = p * q + 0.005031971007826589;
    p = p * q - 0.01619773395160033;
    p = p * q + 0.037167515385486856;
    p = p * q - 0.0663303658238822;
    p = p * q + 0.09373283501084902;
    p = p * q - 0.10103906603564806;
    p = p * q + 0.0680970542542173;
    p = p * q + 0.015379652102605371;
    p = p * q - 0.13962111684055717;
    p = p * q + 1.2329951186255526;
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
    double near = __vm_erf_poly_d(a);
    double far = 1.0 - __vm_erfcx_d(a) * __vm_exp_minus_square_d(a);
    return copysign(a < 1.0 ? near : far, x);
}

__device__ double erfc(double x) {
    double a = fabs(x);
    double v = __vm_erfcx_d(a) * __vm_exp_minus_square_d(a);
    return x < 0.0 ? 2.0 - v : v;
}

__device__ double erfcx(double x) {
    double a = fabs(x);
    double v = __vm_erfcx_d(a);
    double c = a > 30.0 ? 30.0 : a;
    double s = __dmul_rn(c, c);
    double e = exp(s);
    e = e + e * fma(c, c, -s);
    return x < 0.0 ? e + e - v : v;
}

__device__ double normcdf(double x) {
    double a = fabs(x);
    // e^(-x^2 / 2)
    double c = a > 1.0e4 ? 1.0e4 : a;
    double s = __dmul_rn(c, c);
    double e = exp(-0.5 * s);
    e = e - e * (0.5 * fma(c, c, -s));
    double v = 0.5 * __vm_erfcx_d(a * 0.7071067811865476) * e;
    return x > 0.0 ? 1.0 - v : v;
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
