// Powers, roots and norms in double precision.

// |x|^y for finite |x| > 0 and y, before sign and special cases: the logarithm in two doubles (about 66 bits),
// since y may multiply its error by a thousand. __dmul_rn where the rounding error of a product is taken.
__device__ double __vm_pow_core_d(double ax, double y) {
    bool tiny = ax < 2.2250738585072014e-308;
    double x = tiny ? ax * 18014398509481984.0 : ax;
    unsigned long long k = __vm_exponent_bits_d(x);
    double e = __vm_exponent_d(k) - (tiny ? 54.0 : 0.0);
    double m = __vm_mantissa_d(x, k);
    // s = (m - 1) / (m + 1) as sh + sl
    double f = m - 1.0;
    double dh = m + 1.0;
    double dl = m - (dh - 1.0);
    double inv = 1.0 / dh;
    double sh = __dmul_rn(f, inv);
    double sl = (fma(-sh, dh, f) - sh * dl) * inv;
    double zh = __dmul_rn(sh, sh);
    double zl = fma(sh, sh, -zh) + 2.0 * sh * sl;
    // log(m) = 2s + s * z * (2/3 + z * q)
    double q = 0.11015339472226603;
    q = q * zh + 0.10422632287211223;
    q = q * zh + 0.11768689093959732;
    q = q * zh + 0.1333323996695559;
    q = q * zh + 0.15384616761702063;
    q = q * zh + 0.18181818169161051;
    q = q * zh + 0.22222222222291152;
    q = q * zh + 0.28571428571428376;
    q = q * zh + 0.4;
    double u = __dmul_rn(zh, q);
    double th = 0.6666666666666666 + u;
    double tl = (0.6666666666666666 - th) + u + (3.700743415417188e-17 + zl * q);
    double ph = __dmul_rn(zh, th);
    double pl = fma(zh, th, -ph) + (zh * tl + zl * th);
    double b = __dmul_rn(sh, ph);
    double bl = fma(sh, ph, -b) + (sh * pl + sl * ph);
    double a = 2.0 * sh;
    double c = e * 0.6931471805598903;
    double s1 = c + a;
    double s2 = s1 + b;
    double lo = ((a - (s1 - c)) + (b - (s2 - s1))) + ((2.0 * sl + bl) + e * 5.497923018708371e-14);
    double h = s2 + lo;
    double l = lo - (h - s2);
    // e^(y * (h + l))
    double wh = __dmul_rn(y, h);
    double wl = fma(y, h, -wh) + y * l;
    bool out = !(fabs(wh) < 760.0);
    wl = out ? 0.0 : wl;
    wh = out ? copysign(760.0, wh) : wh;
    double n = (wh * 1.4426950408889634 + 6755399441055744.0) - 6755399441055744.0;
    double rh = wh - n * 0.6931471806019545;
    double rl = n * 4.2009150726810846e-11 + wl;
    double r = rh + rl;
    rl = rl - (r - rh);
    double v = 1.0 + (r + (r * r * __vm_exp_poly_d(r) + rl));
    return __vm_scale_d(v, n);
}

__device__ double pow(double x, double y) {
    double inf = __longlong_as_double(0x7ff0000000000000ll);
    double ax = fabs(x);
    double ay = fabs(y);
    double v = __vm_pow_core_d(ax, y);
    double h = 0.5 * y;
    bool whole = trunc(y) == y;
    bool odd = whole && ay < 9007199254740992.0 && trunc(h) != h;
    bool negative = __double_as_longlong(x) < 0;
    // an infinite y counts as huge: |x| decides between 0, 1 and inf
    v = ay == inf ? ((ax > 1.0) == (y > 0.0) ? inf : 0.0) : v;
    v = ax == 0.0 || ax == inf ? ((ax == 0.0) == (y > 0.0) ? 0.0 : inf) : v;
    v = negative && odd ? -v : v;
    v = x < 0.0 && ax < inf && !whole ? __longlong_as_double(0x7fffffffffffffffll) : v;
    v = ax == 1.0 && ay == inf ? 1.0 : v;
    v = x != x || y != y ? x + y : v;
    return x == 1.0 || y == 0.0 ? 1.0 : v;
}

__device__ double powi(double x, int n) {
    return pow(x, (double)n);
}

__device__ double rsqrt(double x) {
    // scaled so that neither x nor the residual of its root is denormal
    bool tiny = x < 1.0e-280;
    double a = tiny ? x * 1.2676506002282294e+30 : x;
    double s = sqrt(a);
    double y = 1.0 / s;
    double d = fma(-s, s, a);
    double c = y + y * (fma(-s, y, 1.0) - 0.5 * d * y * y);
    // 0, inf and negative: the plain quotient
    c = a > 0.0 && a < __longlong_as_double(0x7ff0000000000000ll) ? c : y;
    return tiny ? c * 1125899906842624.0 : c;
}

// About 1 / cbrt(a) for a in [1e-290, 1e290]
__device__ double __vm_rcbrt_d(double a) {
    double y = __hiloint2double(0x553ef0ff - (int)((unsigned)__double2hiint(a) / 3u), 0);
    double z = a * (1.0 / 3.0);
    y = y * (4.0 / 3.0 - z * y * (y * y));
    y = y * (4.0 / 3.0 - z * y * (y * y));
    y = y * (4.0 / 3.0 - z * y * (y * y));
    return y * (4.0 / 3.0 - z * y * (y * y));
}

__device__ double cbrt(double x) {
    double ax = fabs(x);
    bool plain = ax > 0.0 && ax <= 1.7976931348623157e308;
    // scaled by 2^-300 or 2^300 near the ends of the range
    double f = ax > 1.0e250 ? 4.909093465297727e-91 : (ax < 1.0e-250 ? 2.037035976334486e+90 : 1.0);
    double g = ax > 1.0e250 ? 1.2676506002282294e+30 : (ax < 1.0e-250 ? 7.888609052210118e-31 : 1.0);
    double a = plain ? ax * f : 1.0;
    double y = __vm_rcbrt_d(a);
    double c = a * y * y;
    double h = __dmul_rn(c, c);
    double r = fma(h, c, -a) + fma(c, c, -h) * c;
    c = c - r * (y * y) * (1.0 / 3.0);
    return plain ? copysign(c * g, x) : x + x;
}

__device__ double rcbrt(double x) {
    double ax = fabs(x);
    bool plain = ax > 0.0 && ax <= 1.7976931348623157e308;
    double f = ax > 1.0e250 ? 4.909093465297727e-91 : (ax < 1.0e-250 ? 2.037035976334486e+90 : 1.0);
    double g = ax > 1.0e250 ? 7.888609052210118e-31 : (ax < 1.0e-250 ? 1.2676506002282294e+30 : 1.0);
    double a = plain ? ax * f : 1.0;
    double y = __vm_rcbrt_d(a);
    double c = __dmul_rn(a, y);
    double h = __dmul_rn(y, y);
    double r = fma(-c, h, 1.0) - (fma(a, y, -c) * h + c * fma(y, y, -h));
    y = y + y * r * (1.0 / 3.0);
    return plain ? copysign(y * g, x) : 1.0 / x;
}

// A power of two that brings the largest magnitude m to where squares neither overflow nor lose bits
__device__ double __vm_norm_scale_d(double m) {
    double f = m > 1.0e150 ? 2.409919865102884e-181 : 1.0;
    return m < 1.0e-140 ? 4.149515568880993e+180 : f;
}

__device__ double hypot(double x, double y) {
    double m = fmax(fabs(x), fabs(y));
    double f = __vm_norm_scale_d(m);
    double a = x * f;
    double b = y * f;
    double v = sqrt(a * a + b * b) / f;
    return isinf(x) || isinf(y) ? __longlong_as_double(0x7ff0000000000000ll) : v;
}

__device__ double norm3d(double x, double y, double z) {
    double m = fmax(fmax(fabs(x), fabs(y)), fabs(z));
    double f = __vm_norm_scale_d(m);
    double a = x * f;
    double b = y * f;
    double c = z * f;
    double v = sqrt(a * a + b * b + c * c) / f;
    return m == __longlong_as_double(0x7ff0000000000000ll) ? m : v;
}

__device__ double norm4d(double x, double y, double z, double w) {
    double m = fmax(fmax(fabs(x), fabs(y)), fmax(fabs(z), fabs(w)));
    double f = __vm_norm_scale_d(m);
    double a = x * f;
    double b = y * f;
    double c = z * f;
    double d = w * f;
    double v = sqrt((a * a + b * b) + (c * c + d * d)) / f;
    return m == __longlong_as_double(0x7ff0000000000000ll) ? m : v;
}

// 1 / sqrt(x^2 + y^2 + z^2 + w^2): one ulp needs the sum in two doubles and a corrected root
__device__ double rnorm4d(double x, double y, double z, double w) {
    double m = fmax(fmax(fabs(x), fabs(y)), fmax(fabs(z), fabs(w)));
    double f = __vm_norm_scale_d(m);
    double a = x * f;
    double b = y * f;
    double c = z * f;
    double d = w * f;
    double a2 = __dmul_rn(a, a);
    double b2 = __dmul_rn(b, b);
    double c2 = __dmul_rn(c, c);
    double d2 = __dmul_rn(d, d);
    double s1 = a2 + b2;
    double t1 = s1 - a2;
    double e1 = (a2 - (s1 - t1)) + (b2 - t1);
    double s2 = c2 + d2;
    double t2 = s2 - c2;
    double e2 = (c2 - (s2 - t2)) + (d2 - t2);
    double s = s1 + s2;
    double t = s - s1;
    double l = (s1 - (s - t)) + (s2 - t) + (e1 + e2);
    l = l + ((fma(a, a, -a2) + fma(b, b, -b2)) + (fma(c, c, -c2) + fma(d, d, -d2)));
    double r = sqrt(s);
    double q = 1.0 / r;
    double g = q + q * (fma(-r, q, 1.0) - 0.5 * (fma(-r, r, s) + l) * q * q);
    g = m > 0.0 ? g * f : q;
    return m == __longlong_as_double(0x7ff0000000000000ll) ? 0.0 : g;
}

__device__ double rnorm3d(double x, double y, double z) {
    return rnorm4d(x, y, z, 0.0);
}

__device__ double rhypot(double x, double y) {
    return rnorm4d(x, y, 0.0, 0.0);
}

__device__ double norm(int dim, const double *p) {
    double m = 0.0;
    double bad = 0.0;
    for (int i = 0; i < dim; i++) {
        m = fmax(m, fabs(p[i]));
        bad = bad + (p[i] - p[i]);
    }
    double f = __vm_norm_scale_d(m);
    double s = 0.0;
    for (int i = 0; i < dim; i++) {
        double a = p[i] * f;
        s += a * a;
    }
    double v = sqrt(s) / f;
    return m == __longlong_as_double(0x7ff0000000000000ll) ? m : v + bad;
}

__device__ double rnorm(int dim, const double *p) {
    double m = 0.0;
    double bad = 0.0;
    for (int i = 0; i < dim; i++) {
        m = fmax(m, fabs(p[i]));
        bad = bad + (p[i] - p[i]);
    }
    double f = __vm_norm_scale_d(m);
    double s = 0.0;
    for (int i = 0; i < dim; i++) {
        double a = p[i] * f;
        s += a * a;
    }
    double v = rsqrt(s) * f;
    return m == __longlong_as_double(0x7ff0000000000000ll) ? 0.0 : v + bad;
}
