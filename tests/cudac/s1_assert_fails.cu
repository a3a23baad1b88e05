// The failed assert names its text and line.
// no gxx: ends the process
// launch: check grid=1 block=8
//   arg i32[8] = 1 2 3 0 5 6 7 8
//   fault in[t] != 0 at 11
#include <cassert>
extern "C" __global__ void check(int *in) {
    int t = threadIdx.x;
    // the line that counts is the next but one

    assert(in[t] != 0);
}
