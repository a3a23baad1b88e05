// Text in buffers: digits to numbers, case, comparison with literals.
// launch: parse grid=1 block=4
//   arg i8[32] = 49 50 51 0 0 0 0 0 45 52 50 0 0 0 0 0 32 57 120 0 0 0 0 0 48 0 0 0 0 0 0 0
//   arg i32[4] fill 0
//   expect 1 = 123 -42 9 0
__device__ int to_int(const char *s) {
    int sign = 1, v = 0;
    while (*s == ' ') s++;
    if (*s == '-') {
        sign = -1;
        s++;
    }
    for (; *s >= '0' && *s <= '9'; ++s) v = v * 10 + (*s - '0');
    return sign * v;
}
extern "C" __global__ void parse(const char *text, int *out) { out[threadIdx.x] = to_int(text + threadIdx.x * 8); }
