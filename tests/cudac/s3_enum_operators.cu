// Operators on enumerations: an operator function is for them only if a parameter is the enumeration; numbers that an
// enumerator could be converted to do not come into question.
// no gxx: cuda_fp16.h is not there
// launch: compare grid=1 block=1
//   arg i32 4097
//   arg i32 3
//   arg i32[10] fill 0
//   expect 2 = 0 1 0 1001 1004097 83 4096 0 -4097 1
#include <cuda_bf16.h>
#include <cuda_fp16.h>

enum Size { Big = 4097, Small = 4096 };
enum Flag { None, One = 3 };
__device__ int operator+(Size, int b) { return (b > 2000 ? 1000000 : 1000) + b; }
__device__ Flag operator|(Flag a, const Flag &b) { return (Flag)((int)a | (int)b | 80); }

extern "C" __global__ void compare(Size e, Flag f, int *out) {
    out[0] = e == Small; // as halfs the two would be equal
    out[1] = e != Small;
    out[2] = e < Small;
    out[3] = e + 1;
    out[4] = e + e;
    out[5] = f | f;
    out[6] = e - 1;
    out[7] = e == f;
    out[8] = -e;
    out[9] = !None;
}
