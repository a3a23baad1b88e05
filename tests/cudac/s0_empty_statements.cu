// Empty bodies, stray semicolons, attributes and qualifiers that mean nothing here.
// launch: odd grid=1 block=32
//   arg i32[32] fill 3
//   expect 0 = 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33
;
static __device__ __noinline__ int noinline_one(int x) { ; return x + 1;; }
extern "C" __global__ void __launch_bounds__(64, 2) odd(int *__restrict__ const out) {
    register int i = 0;
    for (; i < 5; i++);
    while (i-- > 2);
    if (i) ; else i = 100;
    { }
    {{ int unused; (void)unused; }}
    out[threadIdx.x] = noinline_one(i) + (int)threadIdx.x;
    do ; while (0);
}
