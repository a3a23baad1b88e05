// Fall-through, default in the middle, nested switches, negative and character cases, break inside a loop.
// launch: choose grid=1 block=16
//   arg i32[16] = -3 -1 0 1 2 3 4 5 6 7 65 97 98 100 1000 -2147483648
//   arg i32[32] fill 5
//   expect 1 = 101 23 11 23 1 20 2 23 2 20 131 23 101 20 101 23 101 20 101 23 122 23 5 5 101 20 -1 20 101
//     20 101 20
extern "C" __global__ void choose(const int *in, int *out) {
    int t = threadIdx.x;
    int x = in[t], r = 0;
    switch (x) {
    case -1: r = 10;
    case 0: r += 1; break;
    default: r = 99;
    case 1:
    case 2: r += 2; break;
    case 3: {
        switch (t % 2) {
        case 0: r = 30; break;
        case 1: r = 31;
        }
        r += 100;
        break;
    }
    case 'A': r = 'z'; break;
    case 'a': return;
    case 0x64: r = -1;
    }
    out[t * 2] = r;
    int count = 0;
    for (int i = 0; i < 10; i++) {
        switch (i % 4) {
        case 0: continue;
        case 1: count += x & 1; break;
        case 3: count += 10; break;
        }
        if (count > 25) break;
    }
    out[t * 2 + 1] = count;
}
