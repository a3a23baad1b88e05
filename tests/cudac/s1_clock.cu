// Clocks go forward; their values mean nothing else.
// no gxx: time
// launch: time grid=1 block=4
//   arg i32[4] fill 0
//   expect 0 = 1 1 1 1
extern "C" __global__ void time(int *out) {
    long long a = clock64();
    clock_t c = clock();
    unsigned s = 0;
    for (int i = 0; i < 100; i++) s += i * threadIdx.x;
    long long b = clock64();
    out[threadIdx.x] = (b >= a) && (c == c) && s != 1;
}
