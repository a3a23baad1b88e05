// Usual arithmetic conversions between all pairs people mix.
// launch: mixed grid=1 block=8
//   arg i32[8] random -100 100 102
//   arg f64[64] fill 0
//   expect 1 = 4294967257 0 -8543 -41943080 1.8446744073709552e19 80 -10.5 65 4294967250 0 -9887 -25165872
//     1.8446744073709552e19 120 -12.5 35 66 0 4066 22020159 62 279.0625 24.5 165.875 27 0 626 6029335 22
//     44.0625 12.5 69.5 4294967266 0 -7638 -7340067 1.8446744073709552e19 59.5625 -9.5 76.625 4294967206 0
//     -15263 -16777312 1.8446744073709552e19 528 -28.5 -57 4294967242 0 -11798 -9137651
//     1.8446744073709552e19 202.5625 -17.5 36.375 4294967241 0 -12062 -8257599 1.8446744073709552e19
//     217.0625 -17.5 10.5
// options: -fmad=false
extern "C" __global__ void mixed(const int *in, double *out) {
    int t = threadIdx.x, x = in[t];
    unsigned u = t + 1;
    short s = x;
    unsigned char c = x;
    long long l = (long long)x << 20;
    unsigned long long ul = u;
    float f = x * 0.5f;
    double d = x * 0.125;
    double *o = out + t * 8;
    o[0] = x + u;
    o[1] = x < u;
    o[2] = s * c + 'a';
    o[3] = l / (int)u + s;
    o[4] = (double)(ul - u - 1 + x);
    o[5] = f * d + x / 2;
    o[6] = x / 3 * 1.0f + x % 3 + 7 / 2.0;
    o[7] = (x > 0 ? x : u) + (t & 1 ? f : d) + (c >> 1) - ~s;
}
