// char, short and their unsigned forms: promotion, truncation, wrap-around.
// launch: narrow grid=1 block=16
//   arg i8[16] random -128 127 9
//   arg u8[16] random 0 255 10
//   arg i16[16] random -32768 32767 11
//   arg u16[16] random 0 65535 12
//   arg i32[128] fill 0
//   expect 4 = 174 -24 160 4567 15372 -54 -1 73 40 -52 248 -17693 37212 70 1 7 115 -34 91 -18617 56248 61 1
//     3 -24 0 185 -13872 42788 8 1 104 233 -56 50 -29364 64952 -56 -1 72 376 12 170 -30678 63088 -6 -1 97
//     305 -4 149 24108 63684 -27 -1 87 -6 9 137 16830 18044 61 1 3 17 104 136 -9118 72 40 1 120 48 -25 82
//     -28034 11424 61 1 3 160 0 116 -29152 1104 -128 -1 36 137 -16 105 -23465 64816 112 1 28 137 124 166
//     7905 40300 -84 -1 58 110 56 54 8905 45004 114 1 29 41 -104 87 -31293 39000 24 1 112 114 -79 51 27752
//     31468 121 1 33
extern "C" __global__ void narrow(signed char *a, unsigned char *b, short *c, unsigned short *d, int *out) {
    int i = threadIdx.x;
    int *o = out + i * 8;
    o[0] = a[i] + b[i];
    o[1] = (signed char)(a[i] * b[i]);
    o[2] = (unsigned char)(c[i] + d[i]);
    o[3] = (short)(c[i] * 3);
    o[4] = (unsigned short)(d[i] << 2);
    char plain = (char)b[i];
    o[5] = plain;
    o[6] = plain < 0 ? -1 : 1;
    unsigned char wrap = b[i];
    wrap += 200;
    wrap++;
    o[7] = wrap >> 1;
}
