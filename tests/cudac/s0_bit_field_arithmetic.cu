// What a bit-field promotes to depends on its width: three unsigned bits are an int, 32 are unsigned.
// launch: widths grid=1 block=8
//   arg i32[96] fill 0
//   expect 0 = 1 -1 0 0 4844 1 1 0 2 0 2147483645 1 1 -2 0 1 4844 1 1 0 3 0 2147483645 1 1 -2 0 1 4844 1 1
//     0 2 0 2147483645 1 1 -4 0 1 4844 1 1 0 3 0 2147483645 1 1 -4 0 1 4844 1 1 0 2 0 2147483645 1 0 -5 0 1
//     4844 1 1 0 3 0 2147483645 1 0 -6 0 1 4844 1 1 0 2 0 2147483645 1 0 -7 0 1 4844 1 1 0 3 0 2147483645 1
struct bits {
    unsigned a : 3;
    long b : 9;
    unsigned long c : 20;
    unsigned d : 32;
    long long e : 32;
    unsigned char f : 8;
    unsigned long long g : 31;
    unsigned long long h : 40;
};
extern "C" __global__ void widths(int *out) {
    int t = threadIdx.x;
    bits x;
    x.a = t, x.b = -t, x.c = 3 * t, x.d = t, x.e = -t, x.f = t, x.g = 7, x.h = t;
    int *o = out + 12 * t;
    o[0] = x.a - 5 < 0;
    o[1] = (-x.a >> 1) + (~x.c >> 3);
    o[2] = x.d - 5 < 0;
    o[3] = x.e * x.g < x.c;
    o[4] = sizeof(x.a + 0u) + 10 * sizeof(x.b + 1) + 100 * sizeof(x.h + 1) + 1000 * sizeof(+x.g);
    o[5] = (x.a = 3) - 7 < 0;
    o[6] = x.g - 9 < 0;
    o[7] = x.h - 9 < 0;
    x.a -= 1 - t % 2;
    x.d /= -2;
    o[8] = x.a;
    o[9] = x.d;
    x.g /= -2;
    o[10] = x.g;
    o[11] = ++x.a - 8 < -1;
}
