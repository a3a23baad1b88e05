// Where a compiler goes wrong without a word: promotions, signs, punning, layout, macros, evaluation.
// launch: integers grid=1 block=8
//   arg i32[8] = 0 -1 5 -7 127 -128 32767 -32768
//   arg i32[240] fill 0
//   expect 1 = 0 0 0 0 0 0 1 0 0 0 0 -1 255 0 1 -56 127 0 0 0 0 0 1 1 -1 8 0 0 161 -2147483647 254 -255
//     -65536 -1 1 0 0 1 0 -1 127 -256 0 -255 1 -57 126 -8 32769 -1 0 1431655768 -1 1 125 8 2147483646
//     268435454 161 -2147483520 10 25 0 0 0 0 0 0 0 2 2 -6 250 -5 1 -51 132 40 1 2 -2 6 11 1 131 8 0 10 161
//     -2147483616 242 -1743 -65536 -1 1 0 0 1 0 -4 124 -250 6 -249 1 -63 120 -56 4 -1 3 1431655767 -13 1
//     119 8 2147483646 268435442 161 -2147483646 254 16129 0 0 0 0 0 0 0 63 63 -128 128 -127 1 71 254 1016
//     961 1 -63 43 -1 1 253 8 0 254 161 -2147483520 0 -16384 -65536 -1 1 0 0 1 0 -64 64 -129 127 -128 1 72
//     255 -1024 1024 -2 64 1431655724 -255 1 -1 8 2147483646 268435200 161 -2147483647 254 -255 0 0 1 0 0 0
//     0 -1 127 -256 0 -255 1 -57 126 -8 49153 1 -16383 10922 -1 1 125 8 0 65534 161 -2147483520 0 0 -65536
//     0 0 0 0 1 0 0 0 -1 255 0 2 -56 127 0 0 -2 16384 1431644845 1 1 -1 8 2147483646 268369920 161
//     -2147483647
// launch: floats grid=1 block=8
//   arg f32[8] = 0 -1.5 2.5 -7.25 127.9 -1e-3 16777217 3.3e4
//   arg f64[160] fill 0
//   expect 1 = 0 0 0 0 0 0 0 0 0.5 0 0 0 1 0 0 0 0 0 0 2.5 -0.15000000000000002 -0.15000000596046448 -0.5
//     -0 0 -0.5 0 -1 -0.5 -1 -2 -2 1 0 -1.5 -1500000 -0.15000000596046448 0 0 2.5 0.25 0.25
//     0.8333333134651184 0 1 1 2 2 2.5 3 2 2 1 0 2.5 2500000 0.25 2 3 10 -0.7250000000000001
//     -0.7250000238418579 -2.4166667461395264 -0 -3 -3.5 0 -7 -6.5 -6 -8 -7 1 -8 -7.25 -7250000
//     -0.7250000238418579 -6 -9 -24.5 12.790000152587892 12.789999961853027 42.63333511352539 0 63 63.5 127
//     0 127.5 128 127 128 1 128 127.9000015258789 127900001 12.789999961853027 127 190 571
//     -0.00010000000474974513 -0.00010000000474974513 -0.0003333333588670939 -0 0 0 0 0 0.5 0 -1 -0 1 0
//     -0.0010000020265579224 -1000 -0.00010000000474974513 0 0 2.5 1677721.6 1677721.625 5592405.5 0
//     8388608 8388608 16777216 0 16777216.5 16777216 16777216 16777216 1 16777216 16777216 16777216000000
//     1677721.625 16777216 25165824 75497472 3300 3300 11000 0 16500 16500 33000 0 33000.5 33000 33000
//     33000 1 33000 33000 33000000000 3300 33000 49500 148501
// launch: layout grid=1 block=4
//   arg i64[64] fill 0
//   expect 0 = 40 20 72 161616 31612 0 -3 2311528 78187493530 4 16320 16320 -6 400 256 51 40 20 72 161616
//     31612 0 6 2311528 78187493530 4 16416 16416 -10 441 289 51 40 20 72 161616 31612 0 15 2311528
//     78187493530 4 16480 16480 -14 484 324 51 40 20 72 161616 31612 0 -8 2311528 78187493530 4 16528 16528
//     -18 529 361 51
// launch: punning grid=1 block=8
//   arg f32[8] = 0 -1.5 2.5 -7.25 127.9 -1e-3 16777217 3.3e4
//   arg u32[80] fill 0
//   expect 1 = 0 0 0 0 1792 197121 1 7 2 1 3217031168 127 3220701184 0 1792 16974337 3 7 4294967292 1
//     1075838976 128 1074003968 0 1792 33751553 5 7 12 1 3236429824 129 3223126016 0 1792 50528769 7 7
//     4294967269 1 1124060365 133 1080031641 52429 1792 67305985 9 7 513 1 3129152111 117 3209716301 4719
//     1792 84083201 11 7 2 1 1266679808 151 1097859072 0 1792 100860417 13 7 67108866 1 1191241728 142
//     1088429312 59392 1792 117637633 15 7 132002 1
// launch: shared_views grid=1 block=16 shared=512
//   arg f64[16] random -3 3 5
//   expect 0 = -1233.7428412166005 -1224.8837938630727 -970.4960603820734 -1160.903351499912
//     -1063.0168555192704 -803.8747638741364 -1113.650515422633 -1145.7282525036235 -1242.0964810540577
//     -1084.0852943778423 -1052.4802949898622 -1093.7856085635797 -792.3758533813308 -701.5519763412028
//     -986.6228319473 -741.4425518294292
// launch: hexes grid=1 block=4
//   arg u8[64] fill 0
//   expect 0 = 100 101 97 100 98 101 101 102 122 101 114 111 0 0 0 0 48 100 101 97 100 98 101 101 111 110
//     101 0 0 0 0 1 48 48 100 101 97 100 98 101 116 119 111 0 0 0 0 12 48 48 48 100 101 97 100 98 116 104
//     114 101 101 0 0 125
extern "C" __global__ void integers(const int *in, int *out)
{
    int x = in[threadIdx.x], *o = out + threadIdx.x * 30;
    signed char c = x; unsigned char uc = x; short s = x; unsigned short us = x; unsigned u = x;
    long long l = x; unsigned long long ul = x;
    o[0] = c + uc; o[1] = c * uc; o[2] = s - us; o[3] = (us * us) >> 31; o[4] = c < uc;
    o[5] = x < u; o[6] = x < 5u; o[7] = l < u; o[8] = (unsigned)l > ul; o[9] = c >> 1;
    o[10] = uc >> 1; o[11] = ~uc; o[12] = (unsigned char)~uc; o[13] = -uc; o[14] = !uc + !!s;
    c += 200; uc -= 129; s <<= 3; us >>= 2; us *= us;
    o[15] = c; o[16] = uc; o[17] = s; o[18] = us; o[19] = x % 3; o[20] = -x / 2; o[21] = u % 7 + u / 3;
    c = x; o[22] = c++ + c; o[23] = uc-- - uc; o[24] = (x & 1) ? uc : -1; o[25] = sizeof(c + uc) + sizeof(x ? s : us);
    o[26] = (int)(ul >> 33) + (int)(l >> 33); o[27] = (x << 4 >> 4) + (int)(u << 4 >> 4);
    o[28] = 'a' + '\377' + L'\x41'; o[29] = (1 << (x & 7)) | 1u << 31;
}
extern "C" __global__ void floats(const float *in, double *out)
{
    float f = in[threadIdx.x];
    double *o = out + threadIdx.x * 20;
    int i = f; unsigned u = f < 0 ? 0 : f; char c = f < 127 && f > -128 ? f : 0;
    o[0] = f * 0.1; o[1] = f * 0.1f; o[2] = f / 3; o[3] = 1 / 3 * f; o[4] = i / 2; o[5] = i / 2.0; o[6] = u; o[7] = c;
    o[8] = (float)i + 0.5; o[9] = (int)(f + 0.5f); o[10] = floorf(f); o[11] = rintf(f); o[12] = f == (double)f;
    o[13] = (f + 1e8f) - 1e8f; o[14] = (f + 1e8) - 1e8; o[15] = (long long)(f * 1e6); f *= 0.1; o[16] = f;
    i += 0.75; o[17] = i; i *= 1.5; o[18] = i; o[19] = (float)(double)(i * 3) + (f > 0 ? 1 : 2.5f);
}
struct Odd { char a; double b; short c; float3 d; char e; };
struct Bits { unsigned a : 3; int b : 5; unsigned c : 24; unsigned long long d : 40; };
struct __align__(16) Wide { float x; short y; };
union Both { float f; unsigned u; unsigned char b[4]; struct { unsigned short lo, hi; }; };
extern "C" __global__ void layout(long long *out)
{
    long long *o = out + threadIdx.x * 16;
    Odd a[2] = {};
    Bits b = {9, -3, 0x1234567, 0x123456789all};
    o[0] = sizeof(Odd); o[1] = (char *)&a[0].d - (char *)&a[0]; o[2] = (char *)&a[1].e - (char *)&a[0];
    o[3] = sizeof(Wide) + alignof(Wide) * 100 + sizeof(Bits) * 10000; o[4] = sizeof(float3) + 100 * alignof(float4) + 10000 * sizeof(uchar3);
    b.b += threadIdx.x * 9; b.a--; b.c++;
    o[5] = b.a; o[6] = b.b; o[7] = b.c; o[8] = b.d; o[9] = sizeof(Both);
    Both v; v.f = 1.5f + threadIdx.x; o[10] = v.hi; o[11] = v.b[2] + v.b[3] * 256; v.b[3] ^= 0x80; o[12] = v.f * 4;
    int m[2][3][4]; for (int i = 0; i < 24; i++) (&m[0][0][0])[i] = i * i;
    o[13] = m[1][2][threadIdx.x]; o[14] = *(*(*(m + 1) + 1) + threadIdx.x); o[15] = sizeof(m[0]) + (&m[1][0] - &m[0][0]);
}
#define SWAP(a, b) do { auto _t = (a); (a) = (b); (b) = _t; } while (0)
#define CAT(a, b) a##b
#define XCAT(a, b) CAT(a, b)
#define SQ(x) x * x
extern "C" __global__ void punning(const float *in, unsigned *out)
{
    float f = in[threadIdx.x];
    unsigned *o = out + threadIdx.x * 10;
    o[0] = *(unsigned *)&f; o[1] = __float_as_uint(f) >> 23 & 0xff;
    double d = f; o[2] = ((unsigned *)&d)[1]; o[3] = *reinterpret_cast<unsigned short *>(&o[0]);
    ((unsigned char *)&o[4])[1] = 7; *(uchar4 *)&o[5] = make_uchar4(1, 2, 3, threadIdx.x);
    o[6] = SQ(threadIdx.x + 1); int XCAT(v, __LINE__) = 3; o[7] = XCAT(v, __LINE__) + SQ(2);
    float a = f, b = 2; SWAP(a, b); o[8] = (int)(b * 4) + (int)a;
    union { double d; int2 i; } q; q.i = make_int2(__double2loint(d), __double2hiint(d)); o[9] = q.d == d;
}
extern "C" __global__ void shared_views(double *p)
{
    extern __shared__ unsigned char raw[];
    double *d = (double *)raw; float *f = (float *)&d[blockDim.x]; short *s = (short *)(f + blockDim.x); char *c = (char *)(s + blockDim.x);
    int t = threadIdx.x, n = blockDim.x;
    d[t] = p[t]; f[t] = p[t] * 2; s[t] = p[t] * 100; c[t] = p[t] * 30;
    __syncthreads();
    if (t >= n) return;
    double sum = d[n - 1 - t] + f[(t + 1) % n] + s[t ^ 3] + c[t ^ 1];
    __syncthreads();
    for (int k = 0; k < 3; k++) {
        if (t == k) d[0] = sum;
        __syncthreads();
        sum += d[0];
        __syncthreads();
    }
    p[t] = sum;
}
__constant__ const char digits[] = "0123456789abcdef";
__device__ const unsigned short powers[4] = {1, 10, 100, 1000};
extern "C" __global__ void hexes(unsigned char *p)
{
    static const char *const names[] = {"zero", "one", "two", "three"};
    unsigned char *o = p + threadIdx.x * 16;
    unsigned x = 0xdeadbeefu >> threadIdx.x * 4;
    for (int i = 7; i >= 0; --i, x >>= 4) o[i] = digits[x & 15];
    const char *n = names[threadIdx.x];
    int k = 8;
    while (*n) o[k++] = *n++;
    o[15] = powers[threadIdx.x] / 8;
}
