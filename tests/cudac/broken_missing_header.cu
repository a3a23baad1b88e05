#include "not_there.h"  // error: not_there.h
extern "C" __global__ void kernel(int *out, const float *in, int n) {
    out[0] = 1;
}
