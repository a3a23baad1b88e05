// References and error measures for the ULP test. Single precision is measured against glibc's double
// functions or better, double precision against libquadmath (113 bits).
#include <math.h>
#include <quadmath.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef __float128 Q;

static const Q Q_HALF_SQRT_PI = 0.886226925452758013649083741670572591Q;

static Q sinpi_q(Q x) {
    Q r = x - 2 * rintq(x / 2);
    if (r == 0) return copysignq(0, x);
    if (r > 0.5Q) r = 1 - r;
    if (r < -0.5Q) r = -1 - r;
    // whole numbers give zeros of the sign of x
    if (r == 0) return copysignq(0, x);
    return sinq(M_PIq * r);
}
static Q cospi_q(Q x) {
    Q r = fabsq(x - 2 * rintq(x / 2));
    if (!(r <= 1)) return x - x;
    return sinq(M_PIq * (0.5Q - r)) + 0;
}
static double sinpi_d(double x) {
    double r = x - 2 * rint(x / 2);
    if (r > 0.5) r = 1 - r;
    if (r < -0.5) r = -1 - r;
    if (r == 0) return copysign(0, x);
    return sin(M_PI * r);
}
static double cospi_d(double x) {
    double r = fabs(x - 2 * rint(x / 2));
    if (!(r <= 1)) return x - x;
    return sin(M_PI * (0.5 - r)) + 0;
}
static Q erfcx_q(Q x) {
    if (x < 50) return expq(x * x) * erfcq(x);
    Q r = 1 / (2 * x * x), t = 1, s = 1;
    for (int k = 1; k < 14; k++) s += t *= -(2 * k - 1) * r;
    return s / (2 * x * Q_HALF_SQRT_PI);
}
static Q erfinv_q(Q x) {
    if (!(fabsq(x) <= 1)) return nanq("");
    if (fabsq(x) == 1) return copysignq(HUGE_VALQ, x);
    Q y = x * Q_HALF_SQRT_PI;
    for (int i = 0; i < 40; i++) {
        Q d = (erfq(y) - x) * Q_HALF_SQRT_PI * expq(y * y);
        y -= d;
        if (!(fabsq(d) > 1e-30Q * fabsq(y))) break;
    }
    return y;
}
static Q erfcinv_q(Q x) {
    if (!(x >= 0 && x <= 2)) return nanq("");
    if (x == 0) return HUGE_VALQ;
    if (x == 2) return -HUGE_VALQ;
    if (x > 1.5Q) return -erfcinv_q(2 - x);
    if (x > 0.5Q) return erfinv_q(1 - x);
    // Newton on the logarithm, which is concave
    Q l = logq(x), y = l < -4 ? sqrtq(-l) : 0;
    for (int i = 0; i < 60; i++) {
        Q c = erfcq(y);
        Q d = (logq(c) - l) * c * expq(y * y) * Q_HALF_SQRT_PI;
        y += d;
        if (fabsq(d) < 1e-30Q * fabsq(y)) break;
    }
    return y;
}
static Q normcdf_q(Q x) { return erfcq(-x * M_SQRT1_2q) / 2; }
static Q normcdfinv_q(Q x) { return -M_SQRT2q * erfcinv_q(2 * x); }
static Q bessel_i(int n, Q x) {
    if (isinfq(x)) return n == 0 ? HUGE_VALQ : x;
    if (isnanq(x)) return x;
    if (fabsq(x) > 800) return n == 0 || x > 0 ? HUGE_VALQ : -HUGE_VALQ;
    Q z = x * x / 4, t = 1, s = 1;
    for (int k = 1; k < 3000; k++) {
        t *= z / ((Q)k * (k + n));
        s += t;
        if (t < 1e-33Q * s) break;
    }
    return n == 0 ? s : s * x / 2;
}
// The sum of squares of doubles keeps 106 of quad's 113 bits and cannot overflow
static Q sq(Q x) { return x * x; }
static bool any_inf(Q a, Q b, Q c = 0, Q d = 0) { return isinfq(a) || isinfq(b) || isinfq(c) || isinfq(d); }
static Q norm_q(Q a, Q b, Q c = 0, Q d = 0) {
    return any_inf(a, b, c, d) ? HUGE_VALQ : sqrtq(sq(a) + sq(b) + sq(c) + sq(d));
}
static Q rnorm_q(Q a, Q b, Q c = 0, Q d = 0) { return any_inf(a, b, c, d) ? 0 : 1 / norm_q(a, b, c, d); }

struct Worst {
    double error;
    size_t index;
};

static double ulp_error(float got, double want) {
    if (want != want) return got != got ? 0 : 1e30;
    if (got != got) return 1e30;
    if (isinf(want)) return got == want ? 0 : 1e30;
    float nearest = (float)want;
    if (isinf(nearest) && got == nearest) return 0;
    if (got == 0 && !signbit(got) != !signbit(want)) return 1e29;
    double value = isinf(got) ? copysign(0x1p128, got) : (double)got;
    int e = want == 0 ? -126 : ilogb(want);
    return fabs(value - want) / ldexp(1.0, (e < -126 ? -126 : e > 127 ? 127 : e) - 23);
}
static double ulp_error(double got, Q want) {
    if (isnanq(want)) return got != got ? 0 : 1e30;
    if (got != got) return 1e30;
    if (isinfq(want)) return (Q)got == want ? 0 : 1e30;
    double nearest = (double)want;
    if (isinf(nearest) && got == nearest) return 0;
    if (got == 0 && !signbit(got) != !signbitq(want)) return 1e29;
    Q value = isinf(got) ? copysignq(0x1p1024Q, got) : (Q)got;
    int e = want == 0 ? -1022 : ilogbq(want);
    return (double)(fabsq(value - want) / ldexpq(1, (e < -1022 ? -1022 : e > 1023 ? 1023 : e) - 52));
}

template <class T, class R> static Worst worst_of(const T *got, const R *want, size_t n, int absolute) {
    Worst w = {-1, 0};
    for (size_t i = 0; i < n; i++) {
        double e = absolute && got[i] == got[i] ? (double)(want[i] > got[i] ? want[i] - got[i] : got[i] - want[i])
                                                : ulp_error(got[i], want[i]);
        if (e > w.error) w = {e, i};
    }
    return w;
}

extern "C" {
Worst worst_f32(const float *got, const double *want, size_t n, int absolute) { return worst_of(got, want, n, absolute); }
Worst worst_f64(const double *got, const Q *want, size_t n, int absolute) { return worst_of(got, want, n, absolute); }

double first_of_quad(const Q *q, size_t i) { return (double)q[i]; }

static uint64_t next_random(uint64_t *s) {
    uint64_t x = *s;
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return *s = x;
}
static double unit_random(uint64_t *s) { return (double)(next_random(s) >> 11) * 0x1p-53; }

// mode 0: every stride-th bit pattern; 1: uniform in [lo, hi]; 2: logarithmic in [lo, hi] with random sign;
// 3: random bit patterns; 4: whole numbers in [lo, hi]
void fill_f32(float *out, size_t n, int mode, double lo, double hi, uint64_t seed, uint32_t stride) {
    uint64_t s = seed * 0x9e3779b97f4a7c15u + 0x1234567u;
    uint32_t b = (uint32_t)seed;
    for (size_t i = 0; i < n; i++) {
        double v = 0;
        if (mode == 0 || mode == 3) {
            uint32_t p = mode == 0 ? b : (uint32_t)(next_random(&s) >> 16);
            b += stride;
            memcpy(&out[i], &p, 4);
            continue;
        }
        if (mode == 1) v = lo + (hi - lo) * unit_random(&s);
        if (mode == 2) v = exp2(log2(lo) + (log2(hi) - log2(lo)) * unit_random(&s)) * (next_random(&s) & 1024 ? -1 : 1);
        if (mode == 4) v = rint(lo + (hi - lo) * unit_random(&s));
        out[i] = (float)v;
    }
}
void fill_f64(double *out, size_t n, int mode, double lo, double hi, uint64_t seed, uint32_t) {
    uint64_t s = seed * 0x9e3779b97f4a7c15u + 0x1234567u;
    for (size_t i = 0; i < n; i++) {
        double v = 0;
        if (mode == 0 || mode == 3) {
            uint64_t p = next_random(&s);
            memcpy(&out[i], &p, 8);
            continue;
        }
        if (mode == 1) v = lo + (hi - lo) * unit_random(&s);
        if (mode == 2) v = exp2(log2(lo) + (log2(hi) - log2(lo)) * unit_random(&s)) * (next_random(&s) & 1024 ? -1 : 1);
        if (mode == 4) v = rint(lo + (hi - lo) * unit_random(&s));
        out[i] = v;
    }
}
}
