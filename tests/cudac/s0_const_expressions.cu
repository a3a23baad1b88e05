// Constants folded in array bounds, case labels, initialisers of globals and defaults.
// launch: folded grid=1 block=4
//   arg i64[16] fill 0
//   expect 0 = 1048587 16 333333333333 1099511627776 1048598 3 -10000000000 3 1048609 -1 333333333333
//     2147483648 1051648 255 -10000000000 -56
#define KB(n) ((n) << 10)
const int WIDTH = 4 * 2, HEIGHT = WIDTH / 2 + 1;
static const unsigned MASK = ~0u >> (32 - WIDTH);
enum { AREA = WIDTH * HEIGHT, BIG = 1 << 20 };
__device__ int table[HEIGHT] = {WIDTH, sizeof(long) * 2, 'a' ^ 'b', -7 % 3, MASK};
__constant__ double reals[2] = {1.0 / 3, -2.5e-3 * 4};
__constant__ long long longs[] = {-1, 1LL << 40, (int)3.99, 0x80000000, (char)200};
extern "C" __global__ void folded(long long *out) {
    int t = threadIdx.x, a[AREA % 7 + 1] = {};
    a[t] = KB(t);
    switch (t) {
    case WIDTH - 8: a[0] = 11; break;
    case (HEIGHT > 4 ? 1 : 9): a[1] = 22; break;
    case sizeof(short): a[2] = 33;
    }
    out[t * 4] = a[t] + BIG;
    out[t * 4 + 1] = table[t + 1];
    out[t * 4 + 2] = (long long)(reals[t & 1] * 1e12);
    out[t * 4 + 3] = longs[t + 1];
}
