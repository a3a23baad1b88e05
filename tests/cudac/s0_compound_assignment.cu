// Every compound operator, with the operation in another type than the place.
// launch: compound grid=1 block=8
//   arg i32[8] random -1000 1000 101
//   arg i64[88] fill 0
//   expect 1 = 1 -31072 -120 -180 4294967293 1073741822 -709644 490 466 55 0 251 -31072 241 361 4294967293
//     1073741822 289453 -958 420 55 1 251 -31072 273 409 4294967293 1073741822 444070 -1086 324 55 1 8
//     -31072 -513 -769 4294967293 1073741822 -733523 2062 427 55 0 2 -31072 888 1332 4294967293 1073741822
//     290597 -3546 301 55 1 4 -31072 -149 -223 4294967293 1073741822 -474764 606 319 55 0 250 -31072 -415
//     -622 4294967293 1073741822 -10009 1670 309 55 0 6 -31072 492 738 4294967293 1073741822 877225 -1962
//     441 55 1
extern "C" __global__ void compound(const int *in, long long *out) {
    int t = threadIdx.x, x = in[t];
    long long *o = out + t * 11;
    unsigned char c = 250;
    c += x & 15;
    o[0] = c;
    short s = 1000;
    s *= 100;
    o[1] = s;
    int i = x;
    i += 0.75;
    o[2] = i;
    i *= 1.5f;
    o[3] = i;
    unsigned u = 7;
    u -= 10;
    o[4] = u;
    u >>= 3;
    u <<= 1;
    o[5] = u;
    long long l = x;
    l <<= 33;
    l /= 7;
    l %= 1000003;
    o[6] = l;
    float f = 3;
    f /= 2;
    f -= x;
    o[7] = (long long)(f * 4);
    int a = x;
    a &= 0xff;
    a |= 0x100;
    a ^= 0x55;
    o[8] = a;
    int k = 3;
    o[9] = (k += 2) * 10 + k;
    bool b = true;
    b &= x > 0;
    b |= x == 7;
    o[10] = b;
}
