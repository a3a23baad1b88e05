// for, while, do: nested, with break and continue, with the comma operator, without a condition.
// launch: loops grid=1 block=8
//   arg i32[8] = 0 1 2 5 7 10 13 20
//   arg i32[48] fill -1
//   expect 1 = 0 0 1 0 1 0 0 1 1 0 2 1 1 2 2 0 4 7 30 55 4 12 7 8 91 244 4 34 11 3 285 1094 4 92 11 14 650
//     13123 4 188 17 17 2470 560966 4 351 26 7
extern "C" __global__ void loops(const int *n, int *out) {
    int t = threadIdx.x, m = n[t];
    int *o = out + t * 6;
    int s = 0;
    for (int i = 0; i < m; i++) s += i * i;
    o[0] = s;
    s = 0;
    int k = m;
    while (k > 0) {
        s = s * 3 + k;
        k -= 2;
    }
    o[1] = s;
    s = 0;
    do {
        s++;
        if (s == 4) break;
    } while (s < m);
    o[2] = s;
    s = 0;
    for (int i = 0, j = m; i < j; ++i, --j) {
        for (int q = i; q < j; q++) {
            if (q % 3 == 1) continue;
            if (q > 11) break;
            s += q;
        }
    }
    o[3] = s;
    s = 1;
    for (;;) {
        if (s > m) break;
        s = s + s / 2 + 1;
    }
    o[4] = s;
    int collatz = 0;
    for (unsigned x = m + 1; x != 1; x = x & 1 ? 3 * x + 1 : x / 2) collatz++;
    o[5] = collatz;
}
