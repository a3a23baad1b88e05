// Limits, overflow that wraps, comparisons across signs.
// launch: limits grid=1 block=1
//   arg i64[14] fill 0
//   expect 0 = -2147483648 4294967295 1 0 127 9223372036854775807 4294967296 828 2 -4161536 -2
//     4611686014132420609 -3074457345618258602 127
#include <limits.h>
#include <stdint.h>
#include <float.h>
extern "C" __global__ void limits(long long *o) {
    volatile int big = INT_MAX;
    volatile unsigned zero = 0;
    o[0] = big + 1;
    o[1] = zero - 1;
    o[2] = -INT_MIN == INT_MIN;
    o[3] = -1 < 0u;
    o[4] = (int8_t)128 + (uint8_t)-1;
    o[5] = INT64_MAX;
    o[6] = UINT32_MAX + (uint64_t)1;
    o[7] = sizeof(size_t) + sizeof(int16_t) * 10 + sizeof(uintptr_t) * 100;
    o[8] = (int64_t)(FLT_MAX > 3e38f) + (DBL_EPSILON < 1e-15);
    o[9] = SHRT_MIN * CHAR_MAX;
    o[10] = big * 2;
    o[11] = (long long)big * big;
    o[12] = LLONG_MIN / 3;
    o[13] = (unsigned char)(zero - 2) >> 1;
}
