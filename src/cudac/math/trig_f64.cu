// Trigonometric functions in double precision; the method of trig_f32.cu with the limit at 1e9.

__device__ double __vm_sin_poly_d(double r) {
    double t = r * r;
    double p = -7.422267467173467e-13;
    p = p * t + 1.6054905833670905e-10;
    p = p * t - 2.5052074964052983e-08;
    p = p * t + 2.755731908665651e-06;
    p = p * t - 0.0001984126984098033;
    p = p * t + 0.00833333333333305;
    p = p * t - 0.16666666666666666;
    return r + r * t * p;
}

__device__ double __vm_cos_poly_d(double r) {
    double t = r * r;
    double p = -1.1354258630081957e-11;
    p = p * t + 2.0875618564111795e-09;
    p = p * t - 2.755731357727173e-07;
    p = p * t + 2.480158728678204e-05;
    p = p * t - 0.001388888888886977;
    p = p * t + 0.041666666666666574;
    // 1 - t/2 with what its rounding lost
    double h = 0.5 * t;
    double w = 1.0 - h;
    return w + (((1.0 - w) - h) + t * t * p);
}

// x - n * pi/2 for t = n + 1.5 * 2^52
__device__ double __vm_trig_reduce_d(double x, double t) {
    double n = t - 6755399441055744.0;
    double r = fma(n, -1.5707963267948966, x);
    r = fma(n, -6.123233995736766e-17, r);
    return fma(n, 1.4973849048591698e-33, r);
}

__device__ double __vm_sin_quadrant_d(double r, long long q) {
    double s = __vm_sin_poly_d(r);
    double c = __vm_cos_poly_d(r);
    double v = (q & 1) != 0 ? c : s;
    return (q & 2) != 0 ? -v : v;
}

__device__ double sin(double x) {
    if (!(fabs(x) <= 1.0e9)) return __vmgpu_host_math_d1(0 /* sin */, x);
    double t = x * 0.6366197723675814 + 6755399441055744.0;
    double v = __vm_sin_quadrant_d(__vm_trig_reduce_d(x, t), __double_as_longlong(t));
    return x == 0.0 ? x : v;
}

__device__ double cos(double x) {
    if (!(fabs(x) <= 1.0e9)) return __vmgpu_host_math_d1(1 /* cos */, x);
    double t = x * 0.6366197723675814 + 6755399441055744.0;
    return __vm_sin_quadrant_d(__vm_trig_reduce_d(x, t), __double_as_longlong(t) + 1);
}

__device__ void sincos(double x, double *sptr, double *cptr) {
    if (!(fabs(x) <= 1.0e9)) {
        *sptr = __vmgpu_host_math_d1(0 /* sin */, x);
        *cptr = __vmgpu_host_math_d1(1 /* cos */, x);
        return;
    }
    double t = x * 0.6366197723675814 + 6755399441055744.0;
    long long q = __double_as_longlong(t);
    double r = __vm_trig_reduce_d(x, t);
    double s = __vm_sin_poly_d(r);
    double c = __vm_cos_poly_d(r);
    double a = (q & 1) != 0 ? c : s;
    double b = (q & 1) != 0 ? s : c;
    a = (q & 2) != 0 ? -a : a;
    *cptr = ((q + 1) & 2) != 0 ? -b : b;
    *sptr = x == 0.0 ? x : a;
}

__device__ double tan(double x) {
    if (!(fabs(x) <= 1.0e9)) return __vmgpu_host_math_d1(2 /* tan */, x);
    double t = x * 0.6366197723675814 + 6755399441055744.0;
    double n = t - 6755399441055744.0;
    double r0 = fma(n, -1.5707963267948966, x);
    // the remainder as r + l: the cotangent would double an error of r
    double q = __dmul_rn(n, 6.123233995736766e-17);
    double r1 = r0 - q;
    double b = r1 - r0;
    double c = ((r0 - (r1 - b)) - (q + b)) - (fma(n, 6.123233995736766e-17, -q) - n * 1.4973849048591698e-33);
    double r = r1 + c;
    double l = c - (r - r1);
    double z = r * r;
    double p = 1.0660315435511097e-05;
    p = p * z - 2.8187020845691844e-05;
    p = p * z + 5.66234594916719e-05;
    p = p * z - 3.530794381086727e-05;
    p = p * z + 7.495584102284805e-05;
    p = p * z + 7.926363035349808e-05;
    p = p * z + 0.000245449654484218;
    p = p * z + 0.0005883823534293467;
    p = p * z + 0.0014561433883344772;
    p = p * z + 0.003592086934710383;
    p = p * z + 0.008863239275121558;
    p = p * z + 0.02186948831462915;
    p = p * z + 0.05396825397603689;
    p = p * z + 0.13333333333319503;
    p = p * z + 0.3333333333333342;
    double w = __dmul_rn(r * z, p) + (l + l * z);
    double v = r + w;
    double vl = w - (v - r);
    double y = -1.0 / v;
    y = y + y * (fma(y, v, 1.0) + y * vl);
    v = (__double_as_longlong(t) & 1) != 0 ? y : v;
    return x == 0.0 ? x : v;
}

// sin(pi * r), |r| <= 1/4
__device__ double __vm_sinpi_poly_d(double r) {
    double t = r * r;
    double p = -2.2164432571057136e-05;
    p = p * t + 0.0004663798976837593;
    p = p * t - 0.007370438153756494;
    p = p * t + 0.08214588692683458;
    p = p * t - 0.5992645293276693;
    p = p * t + 2.550164039877414;
    p = p * t - 5.16771278004997;
    return fma(r, 3.141592653589793, r * t * p + r * 1.2246467991473532e-16);
}

__device__ double __vm_cospi_poly_d(double r) {
    double t = r * r;
    double p = 4.4261287739061854e-06;
    p = p * t - 0.00010467231296611437;
    p = p * t + 0.001929577731168284;
    p = p * t - 0.025806891559556785;
    p = p * t + 0.23533063036329238;
    p = p * t - 1.3352627688546455;
    p = p * t + 4.0587121264167685;
    p = p * t - 4.934802200544679;
    return 1.0 + t * p;
}

__device__ double sinpi(double x) {
    double n = rint(x + x);
    double r = x - 0.5 * n;
    // n modulo 4, exact for every n; inf and NaN become NaN in r
    int q = (int)(n - 4.0 * floor(n * 0.25));
    double s = __vm_sinpi_poly_d(r);
    double c = __vm_cospi_poly_d(r);
    double v = (q & 1) != 0 ? c : s;
    v = (q & 2) != 0 ? -v : v;
    return x == trunc(x) ? x * 0.0 : v;
}

__device__ double cospi(double x) {
    // from 2^53 up all doubles are even; inf becomes NaN
    double y = fabs(x) < 9007199254740992.0 ? x : x - x;
    double n = rint(y + y);
    double r = y - 0.5 * n;
    int q = (int)(n - 4.0 * floor(n * 0.25)) + 1;
    double s = __vm_sinpi_poly_d(r);
    double c = __vm_cospi_poly_d(r);
    double v = (q & 1) != 0 ? c : s;
    return ((q & 2) != 0 ? -v : v) + 0.0;
}

__device__ void sincospi(double x, double *sptr, double *cptr) {
    *sptr = sinpi(x);
    *cptr = cospi(x);
}

// (asin(s) - s) / s for t = s^2 <= 1/4
__device__ double __vm_asin_poly_d(double t) {
    double p = 0.03262792953448312;
    p = p * t - 0.02099796693057155;
    p = p * t + 0.021706683620257676;
    p = p * t + 0.0037067178366906647;
    p = p * t + 0.010780172338915017;
    p = p * t + 0.011398926283722653;
    p = p * t + 0.01398081887383333;
    p = p * t + 0.017351612148731457;
    p = p * t + 0.02237221498041957;
    p = p * t + 0.03038194270802806;
    p = p * t + 0.04464285717460708;
    p = p * t + 0.07499999999970805;
    p = p * t + 0.1666666666666676;
    return p * t;
}

__device__ double asin(double x) {
    double a = fabs(x);
    bool big = a > 0.5;
    double t = big ? 0.5 - 0.5 * a : a * a;
    double s = big ? sqrt(t) : a;
    double p = s * __vm_asin_poly_d(t);
    double v = s + p;
    // pi/2 - 2s - 2p; the first difference keeps what it loses
    double h = 1.5707963267948966 - 2.0 * s;
    double l = (1.5707963267948966 - h) - 2.0 * s;
    v = big ? h + (l + (6.123233995736766e-17 - 2.0 * p)) : v;
    return copysign(v, x);
}

__device__ double acos(double x) {
    double a = fabs(x);
    bool big = a > 0.5;
    double t = big ? 0.5 - 0.5 * a : a * a;
    double s = big ? sqrt(t) : a;
    double p = s * __vm_asin_poly_d(t);
    double v = s + p;
    double inner = x < 0.0 ? 1.5707963267948966 + (v + 6.123233995736766e-17)
                           : 1.5707963267948966 - (s + (p - 6.123233995736766e-17));
    double outer = x < 0.0 ? 3.141592653589793 - (2.0 * v - 1.2246467991473532e-16) : 2.0 * v;
    return big ? outer : inner;
}

// (atan(q) - q) / q for t = q^2, q <= tan(pi/8)
__device__ double __vm_atan_poly_d(double t) {
    double p = 0.015188761347157175;
    p = p * t - 0.03346756193163733;
    p = p * t + 0.04503225006643517;
    p = p * t - 0.05218316972716553;
    p = p * t + 0.05877006910903507;
    p = p * t - 0.06666225089268236;
    p = p * t + 0.0769228263456789;
    p = p * t - 0.09090908138490308;
    p = p * t + 0.11111111087993306;
    p = p * t - 0.14285714285384737;
    p = p * t + 0.1999999999999764;
    p = p * t - 0.33333333333333326;
    return p * t;
}

// atan(y / x) for x, y >= 0, neither both zero nor infinite, x + y finite
__device__ double __vm_atan_ratio_d(double y, double x) {
    // Below tan(pi/8), above tan(3 pi/8) or between: one quotient, offset 0, pi/2 or pi/4
    bool low = y <= 0.41421356237309503 * x;
    bool high = x < 0.41421356237309503 * y;
    double n = low ? y : (high ? -x : y - x);
    double d = low ? x : (high ? y : y + x);
    double q = n / d;
    double p = q * __vm_atan_poly_d(q * q);
    double h = high ? 1.5707963267948966 : 0.7853981633974483;
    double l = high ? 6.123233995736766e-17 : 3.061616997868383e-17;
    double s = h + q;
    double r = s + (((h - s) + q) + (p + l));
    return low ? q + p : r;
}

__device__ double atan(double x) {
    double a = fabs(x);
    double c = a > 1.0e300 ? 1.0e300 : a;
    return copysign(__vm_atan_ratio_d(c, 1.0), x);
}

__device__ double atan2(double y, double x) {
    double ax = fabs(x);
    double ay = fabs(y);
    bool both = ax == ay && (ax == 0.0 || isinf(ax));
    // the sum of huge arguments would overflow, products of tiny ones lose bits; infinite ones become huge
    double f = ax > 1.0e300 || ay > 1.0e300 ? 0.25 : 1.0;
    f = ax < 1.0e-290 && ay < 1.0e-290 ? 1.6069380442589903e+60 : f;
    double a = isinf(ax) ? 1.7976931348623157e308 : f * ax;
    double b = isinf(ay) ? 1.7976931348623157e308 : f * ay;
    a = isinf(ay) && !isinf(ax) ? 0.0 : a;
    b = isinf(ax) && !isinf(ay) ? 0.0 : b;
    double v = __vm_atan_ratio_d(b, a);
    v = both ? (ax == 0.0 ? 0.0 : 0.7853981633974483) : v;
    v = __double_as_longlong(x) < 0 ? 3.141592653589793 - (v - 1.2246467991473532e-16) : v;
    v = copysign(v, y);
    return x != x || y != y ? x + y : v;
}
