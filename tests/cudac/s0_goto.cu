// Forward jumps out of nested loops, a retry loop made of a label, a common exit.
// launch: jumps grid=1 block=8
//   arg i32[8] = 0 1 3 4 9 12 25 31
//   arg i32[16] fill 0
//   expect 1 = 0 -20 101 -20 103 12 104 -20 303 2 304 7 505 18 -101 -20
extern "C" __global__ void jumps(const int *in, int *out) {
    int t = threadIdx.x, x = in[t];
    int i = 0, j = 0;
    for (i = 0; i < 6; i++)
        for (j = 0; j < 6; j++)
            if (i * j == x) goto found;
    i = j = -1;
found:
    out[t * 2] = i * 100 + j;
    int tries = 0;
retry:
    x = x * 5 + 1;
    x &= 31;
    if (++tries < 20 && x != 7) goto retry;
    if (x != 7) goto fail;
    out[t * 2 + 1] = tries;
    return;
fail:
    out[t * 2 + 1] = -tries;
}
