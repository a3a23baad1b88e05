// Macros with arguments, stringising, pasting, conditionals, __LINE__, -D from the options.
// options: -DSCALE=3 -DNAME=value
// launch: macros grid=1 block=4
//   arg i32[20] fill 0
//   expect 0 = 1 3 2 28 1000 4 6 2 28 1001 9 9 2 28 1002 16 12 3 28 1003
#define SQUARE(x) ((x) * (x))
#define PASTE(a, b) a##b
#define CAT(a, b) PASTE(a, b)
#define MAX3(a, b, c) ((a) > (b) ? ((a) > (c) ? (a) : (c)) : ((b) > (c) ? (b) : (c)))
#define APPLY(f, ...) f(__VA_ARGS__)
#if SCALE > 2 && defined(NAME) && !defined(MISSING)
#define FACTOR SCALE
#elif SCALE == 2
#error not this
#else
#define FACTOR -1
#endif
#ifndef __CUDACC__
#define __CUDACC__
#endif
extern "C" __global__ void macros(int *out) {
    int t = threadIdx.x;
    int CAT(NAME, 1) = t + 1;
    int *o = out + t * 5;
    o[0] = SQUARE(t + 1);
    o[1] = value1 * FACTOR;
    o[2] = APPLY(MAX3, t, 2, 1);
    o[3] = __LINE__;
#undef SQUARE
#define SQUARE(x) x
    o[4] = SQUARE(t) + \
           1000;
}
