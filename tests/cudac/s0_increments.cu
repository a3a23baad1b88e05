// Prefix and postfix on every kind of place.
// launch: increments grid=1 block=4
//   arg i32[36] fill 0
//   expect 0 = 1 22 65 76 3 32767 667232 100 280 12 33 65 76 3 32767 667232 100 280 23 44 65 76 3 32767
//     667232 100 280 34 55 65 76 3 32767 667232 100 280
struct item { short s; unsigned bits : 3; float f; };
extern "C" __global__ void increments(int *out) {
    int t = threadIdx.x, *o = out + t * 9;
    int i = t;
    o[0] = i++ * 10 + i;
    o[1] = ++i * 10 + i--;
    int a[3] = {5, 6, 7};
    int *p = a;
    o[2] = *p++ + 10 * *p;
    o[3] = (*p)++ + 10 * a[1];
    o[4] = *++p - --a[0];
    item s = {32767, 7, 0.5f};
    o[5] = s.s++;
    o[6] = s.s + s.bits++ * 100000;
    o[7] = s.bits + (int)(s.f++ * 2) * 100;
    unsigned char c = 0;
    o[8] = c-- + c + (int)(++s.f * 10);
}
