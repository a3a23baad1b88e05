// Counts past the width: zero, or the sign; division by zero and of the smallest number: no signal.
// no gxx: undefined in C++
// launch: shifts grid=1 block=4
//   arg i32[4] = -7 5 -2147483648 2147483647
//   arg i32[4] = 32 33 100 -1
//   arg i32[16] fill 9
//   expect 2 = 0 -1 0 0 0 0 0 0 0 -1 0 0 0 0 0 0
// launch: longs grid=1 block=2
//   arg i64[2] = -1 9223372036854775807
//   arg i32[2] = 64 200
//   arg i64[4] fill 3
//   expect 2 = 0 -1 0 0
// launch: divisions grid=1 block=3
//   arg i32[3] = 5 -2147483648 0
//   arg i32[3] = 0 -1 0
//   arg i32[12] fill 4
//   expect 2 = -1 -1 -1 -1 -2147483648 0 0 -2147483648 -1 -1 -1 -1
extern "C" __global__ void shifts(const int *a, const int *b, int *out) {
    int i = threadIdx.x;
    out[i * 4] = a[i] << b[i];
    out[i * 4 + 1] = a[i] >> b[i];
    out[i * 4 + 2] = (int)((unsigned)a[i] >> b[i]);
    out[i * 4 + 3] = (int)((unsigned)a[i] << b[i]);
}
extern "C" __global__ void longs(const long long *a, const int *b, long long *out) {
    int i = threadIdx.x;
    out[i * 2] = a[i] << b[i];
    out[i * 2 + 1] = a[i] >> b[i];
}
extern "C" __global__ void divisions(const int *a, const int *b, int *out) {
    int i = threadIdx.x;
    out[i * 4] = a[i] / b[i];
    out[i * 4 + 1] = a[i] % b[i];
    out[i * 4 + 2] = (int)((unsigned)a[i] / (unsigned)b[i]);
    out[i * 4 + 3] = (int)((unsigned)a[i] % (unsigned)b[i]);
}
