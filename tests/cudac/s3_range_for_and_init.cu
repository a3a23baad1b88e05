// Range-based for over arrays, initialisers in if and switch, nested functions through structs.
// launch: ranges grid=1 block=4
//   arg i32[12] fill 0
//   expect 0 = 93 0 10 98 -2 1 103 4 4 108 6 10
extern "C" __global__ void ranges(int *out) {
    int t = threadIdx.x, s = 0;
    int a[] = {3, 1, 4, 1, 5};
    for (int v : a) s = s * 2 + v;
    for (auto &v : a) v += t;
    for (const auto &v : a) s += v;
    out[t * 3] = s;
    if (int x = t * 2; x > 3) out[t * 3 + 1] = x;
    else out[t * 3 + 1] = -x;
    switch (int y = t % 3; y) {
    case 0: out[t * 3 + 2] = y + 10; break;
    default: out[t * 3 + 2] = y * y; break;
    }
}
