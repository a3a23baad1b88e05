// References to the one or the other object: later writes are seen through them.
// launch: chosen grid=1 block=4
//   arg i32[24] fill 0
//   expect 0 = 9 60 7 7110 4019 100 1 50 7 5210 2019 0 3 60 50 7110 4093 100 9 150 150 5210 2093 0
struct P {
    int v, w : 5;
};
extern "C" __global__ void chosen(int *out) {
    int t = threadIdx.x, *o = out + 6 * t;
    P a = {1, 2}, b = {3, 4};
    int i = 5, j = 6;
    const int k = 7;
    const P &r = t & 1 ? a : b;
    P &m = (t & 2 ? a : b);
    const int &q = t & 1 ? i : j;
    const int &n = t & 2 ? i : k;
    int &z = t & 1 ? t & 2 ? i : j : o[5];
    const long &wide = t & 1 ? i : k;
    m.v = 9;
    i = 50;
    j = 60;
    z += 100;
    o[0] = r.v;
    o[1] = q;
    o[2] = n;
    o[3] = i + j + (int)wide * 1000;
    o[4] = a.v * 10 + b.v + (t & 1 ? a.w : b.w) * 1000;
}
