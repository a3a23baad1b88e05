// Memory: in place, overlapping views, locals of every kind, own writes read back.

#define ARGS int *o, float *f, long long *l, const int *a, const float *b, int n
#define LINEAR ((threadIdx.z * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x)
#define ME (blockIdx.x * (blockDim.x * blockDim.y * blockDim.z) + LINEAR)

extern "C" __global__ void own_writes(ARGS) {
    unsigned i = ME;
    f[i] = b[i] * 2.0f;
    f[i] += 1.0f;
    float x = f[i];
    f[i + 4096] = x;
    f[i] = f[i + 4096] * x;
    o[i] = __float_as_int(f[i]);
    o[i] ^= o[i] >> 5;
}
extern "C" __global__ void views_of_one_word(ARGS) {
    unsigned i = ME;
    o[i] = a[i & 4095];
    ((short *)o)[2 * i] = 77;
    ((unsigned char *)(o + i))[3] ^= 0x80;
    float v = *(float *)(o + i);
    ((int *)f)[i] = __float_as_int(v) + 1;
    *(int2 *)(l + i) = make_int2(o[i], (int)i);
    l[i + 4096] = l[i] >> 8;
}
extern "C" __global__ void neighbours_in_one_row(ARGS) {
    // Each thread owns two places next to each other.
    unsigned i = ME;
    f[2 * i] = b[i & 4095];
    f[2 * i + 1] = f[2 * i] * 2.0f;
    f[2 * i] = f[2 * i + 1] - 1.0f;
}
extern "C" __global__ void restrict_and_plain(ARGS) {
    unsigned i = ME;
    const float *__restrict__ r = b;
    float x = __ldg(r + i) + r[i + 1 & 4095];
    f[i] = x;
    f[i] = f[i] * r[i];
    o[i] = __ldg(a + i) - a[i ^ 1];
}
struct Mixed { char c; float x; short s[3]; long long w; };
extern "C" __global__ void structs_in_locals(ARGS) {
    unsigned i = ME;
    Mixed m = { (char)i, b[i & 4095], { 1, (short)i, 3 }, (long long)i << 20 };
    Mixed k = m;
    Mixed *p = (i & 1) ? &m : &k;
    p->s[i % 3] += 7;
    p->w -= a[i & 4095];
    if (i % 5 == 0) m = k;
    o[i] = m.c + m.s[0] * 3 + m.s[1] + k.s[2] * 5;
    f[i] = m.x - k.x + p->x;
    l[i] = m.w ^ k.w;
}
union Bits { float f; unsigned u; unsigned char c[4]; short s[2]; };
extern "C" __global__ void unions_in_locals(ARGS) {
    unsigned i = ME;
    Bits v;
    v.f = b[i & 4095];
    v.c[2] ^= 0x40;
    v.s[0] += 3;
    unsigned before = v.u;
    v.u = (v.u << 1 | v.u >> 31) & 0xbfffffffu;
    o[i] = before;
    f[i] = v.f;
    l[i] = v.c[i & 3];
}
extern "C" __global__ void pointers_into_locals(ARGS) {
    unsigned i = ME;
    int w[8];
    for (int k = 0; k < 8; k++) w[k] = a[(i + k) & 4095];
    int *p = w + (i & 3), *q = w + 7;
    while (p < q) {
        int t = *p;
        *p++ = *q;
        *q-- = t + 1;
    }
    int sum = 0;
    for (int k = 0; k < 8; k++) sum = sum * 7 + w[k];
    o[i] = sum;
    l[i] = q - w;
}
extern "C" __global__ void bytes_of_locals(ARGS) {
    unsigned i = ME;
    long long w[2] = { a[i & 4095], -3 };
    char *p = (char *)w;
    for (int k = 0; k < 16; k += 3) p[k] ^= (char)(k + i);
    memcpy(p + 1, p + 8, 5);
    l[i] = w[0];
    l[i + 4096] = w[1];
}
extern "C" __global__ void vector_types(ARGS) {
    unsigned i = ME;
    if (i < 1024) {
        float4 v = ((const float4 *)b)[i];
        v.x += v.w;
        v.y *= 2.0f;
        ((float4 *)f)[i] = make_float4(v.y, v.x, v.w - v.z, v.z);
        int2 q = ((const int2 *)a)[i];
        ((int2 *)o)[i] = make_int2(q.y, q.x ^ (int)i);
    }
}
extern "C" __global__ void flags_in_bytes(ARGS) {
    unsigned i = ME;
    bool *t = (bool *)o;
    t[i] = b[i & 4095] > 0.0f;
    t[i + 8192] = t[i] != (a[i & 4095] > 3);
    unsigned char *u = (unsigned char *)l;
    u[i] = (unsigned char)(a[i & 4095] * 3);
    ((short *)f)[i] = (short)(u[i] - 5);
}
extern "C" __global__ void conversions(ARGS) {
    unsigned i = ME;
    float x = b[i & 4095] * 1e7f;
    int y = a[i & 4095];
    o[i] = (int)x + (int)(unsigned)(x < 0 ? -x : x);
    l[i] = (long long)(x * 1e6f) ^ (long long)(double)y;
    f[i] = (float)(unsigned)y + (float)((long long)y << 21) + (float)(short)y + (float)(signed char)y;
    l[i + 4096] = (unsigned char)(int)x + (short)(x * 0.00001f) + (signed char)(b[i & 4095] * 2.0f);
}
extern "C" __global__ void shifts_and_divisions(ARGS) {
    unsigned i = ME;
    int x = a[i & 4095], k = threadIdx.x & 63;
    o[i] = (x << (k & 31)) + (x >> (k & 31)) + (int)((unsigned)x >> (k & 31)) + x / ((k & 7) + 1) + x % ((k & 7) + 1);
    l[i] = ((long long)x << k) + ((long long)x >> k) + (long long)((unsigned long long)x / (k + 1u));
    l[i + 4096] = x / -3 + x % 16 + (long long)x / 7 % 5 + (unsigned)x / 3 + (unsigned)x % 10;
}
extern "C" __global__ void float_order(ARGS) {
    unsigned i = ME;
    float x = b[i & 4095], y = b[(i * 7) & 4095], z = i % 5 ? x : 0.0f / (x - x);
    int c = 0;
    c = c * 2 + (z < y);
    c = c * 2 + (z >= y);
    c = c * 2 + !(z > y);
    c = c * 2 + (z != z);
    c = c * 2 + (z == y || x == x);
    o[i] = c;
    f[i] = fminf(x, y) + fmaxf(z, y) * 0.5f + fabsf(x) - copysignf(y, x) + floorf(x) * ceilf(y) + truncf(x) - rintf(y);
}
