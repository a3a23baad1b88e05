// Powers and roots in single precision.
//
// powf works in double: it needs about 35 bits of log2(x), which two floats would give at twice the cost.

// |x|^y for positive finite |x|, before sign and special cases
__device__ float __vm_pow_core_f(float ax, float y) {
    // float denormals are normal doubles
    unsigned long long b = (unsigned long long)__double_as_longlong((double)ax);
    // exponent so that the fraction lies between sqrt(1/2) and sqrt(2); the bias keeps the difference positive
    unsigned long long k = (b - 0x3fe6a09e667f3bcdull + 0x4000000000000000ull) & 0xfff0000000000000ull;
    double m = __longlong_as_double((long long)(b - k + 0x4000000000000000ull));
    double e = __longlong_as_double((long long)((k >> 52) + 0x4330000000000000ull)) - 4503599627371520.0;
    double s = (m - 1.0) / (m + 1.0);
    double z = s * s;
    double p = 0.24298364128747635;
    p = p * z + 0.26143949294298036;
    p = p * z + 0.32061649957119087;
    p = p * z + 0.41219840121871620;
    p = p * z + 0.57707801724352050;
    p = p * z + 0.96179669392438200;
    p = p * z + 2.88539008177792700;
    double l = e + s * p;
    double w = (double)y * l;
    w = w > 200.0 ? 200.0 : w;
    w = w < -200.0 ? -200.0 : w;
    double t = w + 6755399441055744.0;
    double r = w - (t - 6755399441055744.0);
    double q = 1.335999024189626e-05;
    q = q * r + 0.00015461368872378778;
    q = q * r + 0.001334195036090993;
    q = q * r + 0.009618056916018202;
    q = q * r + 0.055504003760446514;
    q = q * r + 0.2402265092079882;
    q = q * r + 0.6931471838167119;
    q = q * r + 1.0;
    return (float)__longlong_as_double(__double_as_longlong(q) + (__double_as_longlong(t) << 52));
}

__device__ float powf(float x, float y) {
    float inf = __int_as_float(0x7f800000);
    float ax = fabsf(x);
    float ay = fabsf(y);
    float v = __vm_pow_core_f(ax, y);
    float h = 0.5f * y;
    bool whole = truncf(y) == y;
    bool odd = whole && ay < 16777216.0f && truncf(h) != h;
    bool negative = __float_as_int(x) < 0;
    v = ax == 0.0f || ax == inf ? ((ax == 0.0f) == (y > 0.0f) ? 0.0f : inf) : v;
    v = negative && odd ? -v : v;
    v = x < 0.0f && ax < inf && !whole ? __int_as_float(0x7fffffff) : v;
    v = ax == 1.0f && ay == inf ? 1.0f : v;
    v = x != x || y != y ? x + y : v;
    return x == 1.0f || y == 0.0f ? 1.0f : v;
}

__device__ float rsqrtf(float x) {
    return 1.0f / sqrtf(x);
}

__device__ float cbrtf(float x) {
    // A third of the exponent as a first guess of 1/cbrt, three Newton steps in double
    double a = (double)fabsf(x);
    bool plain = a > 0.0 && a < 3.5e38;
    double c = plain ? a : 1.0;
    int h = __double2hiint(c);
    double y = __hiloint2double(0x553ef0ff - (int)((unsigned)h / 3u), 0);
    double z = c * (1.0 / 3.0);
    y = y * (4.0 / 3.0 - z * (y * y * y));
    y = y * (4.0 / 3.0 - z * (y * y * y));
    y = y * (4.0 / 3.0 - z * (y * y * y));
    y = y * (4.0 / 3.0 - z * (y * y * y));
    float v = (float)(c * y * y);
    return plain ? copysignf(v, x) : x + x;
}

__device__ float rcbrtf(float x) {
    double a = (double)fabsf(x);
    bool plain = a > 0.0 && a < 3.5e38;
    double c = plain ? a : 1.0;
    int h = __double2hiint(c);
    double y = __hiloint2double(0x553ef0ff - (int)((unsigned)h / 3u), 0);
    double z = c * (1.0 / 3.0);
    y = y * (4.0 / 3.0 - z * (y * y * y));
    y = y * (4.0 / 3.0 - z * (y * y * y));
    y = y * (4.0 / 3.0 - z * (y * y * y));
    y = y * (4.0 / 3.0 - z * (y * y * y));
    return plain ? copysignf((float)y, x) : 1.0f / x;
}

// Squares of floats can neither overflow nor underflow in double
__device__ float hypotf(float x, float y) {
    double a = (double)x;
    double b = (double)y;
    float v = (float)sqrt(a * a + b * b);
    return isinf(x) || isinf(y) ? __int_as_float(0x7f800000) : v;
}

__device__ float rhypotf(float x, float y) {
    double a = (double)x;
    double b = (double)y;
    float v = (float)(1.0 / sqrt(a * a + b * b));
    return isinf(x) || isinf(y) ? 0.0f : v;
}

__device__ float norm3df(float x, float y, float z) {
    double a = (double)x;
    double b = (double)y;
    double c = (double)z;
    float v = (float)sqrt(a * a + b * b + c * c);
    return isinf(x) || isinf(y) || isinf(z) ? __int_as_float(0x7f800000) : v;
}

__device__ float rnorm3df(float x, float y, float z) {
    double a = (double)x;
    double b = (double)y;
    double c = (double)z;
    float v = (float)(1.0 / sqrt(a * a + b * b + c * c));
    return isinf(x) || isinf(y) || isinf(z) ? 0.0f : v;
}

__device__ float norm4df(float x, float y, float z, float w) {
    double a = (double)x;
    double b = (double)y;
    double c = (double)z;
    double d = (double)w;
    float v = (float)sqrt(a * a + b * b + (c * c + d * d));
    return isinf(x) || isinf(y) || isinf(z) || isinf(w) ? __int_as_float(0x7f800000) : v;
}

__device__ float rnorm4df(float x, float y, float z, float w) {
    double a = (double)x;
    double b = (double)y;
    double c = (double)z;
    double d = (double)w;
    float v = (float)(1.0 / sqrt(a * a + b * b + (c * c + d * d)));
    return isinf(x) || isinf(y) || isinf(z) || isinf(w) ? 0.0f : v;
}

__device__ float normf(int dim, const float *p) {
    double s = 0.0;
    bool infinite = false;
    for (int i = 0; i < dim; i++) {
        s += (double)p[i] * (double)p[i];
        infinite = infinite || isinf(p[i]);
    }
    return infinite ? __int_as_float(0x7f800000) : (float)sqrt(s);
}

__device__ float rnormf(int dim, const float *p) {
    double s = 0.0;
    bool infinite = false;
    for (int i = 0; i < dim; i++) {
        s += (double)p[i] * (double)p[i];
        infinite = infinite || isinf(p[i]);
    }
    return infinite ? 0.0f : (float)(1.0 / sqrt(s));
}

__device__ float powif(float x, int n) {
    return powf(x, (float)n);
}
