// Each thread its own xorshift generator.
// launch: walk grid=1 block=16
//   arg u64[16] random 1 18446744073709551615 108
//   arg i32[32] fill 0
//   expect 0 = 5669729050052286187 17347612679320066527 11186548014584247698 12601703073670498881
//     12529934715369909159 8215482788476060105 13582728276424292470 13294587568565243240
//     5522958440473158486 5184639314828417304 7281187937712262104 3949615281365617280 17035196255995390570
//     10028760548533116867 10189703511397346094 2011604779490138799
//   expect 1 = -1 1 -5 3 -6 4 -6 -20 12 6 -2 4 21 1 -5 -1 0 4 -1 1 3 -7 4 -2 -8 0 -4 6 4 -8 1 1
__device__ __forceinline__ unsigned long long xorshift(unsigned long long *s) {
    unsigned long long x = *s;
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return *s = x;
}
extern "C" __global__ void walk(unsigned long long *state, int *pos) {
    int t = threadIdx.x, x = 0, y = 0;
    unsigned long long s = state[t];
    for (int i = 0; i < 100; i++) {
        switch (xorshift(&s) & 3) {
        case 0: x++; break;
        case 1: x--; break;
        case 2: y++; break;
        default: y--;
        }
    }
    state[t] = s;
    pos[2 * t] = x;
    pos[2 * t + 1] = y;
}
