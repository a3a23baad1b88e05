// An assert that holds does nothing; one under NDEBUG-free code with a side condition.
// launch: check grid=1 block=8
//   arg i32[8] random 1 100 44
//   arg i32[8] fill 0
//   expect 1 = 31 30 37 22 78 83 16 70
#include <assert.h>
extern "C" __global__ void check(const int *in, int *out) {
    int t = threadIdx.x;
    assert(in[t] > 0 && "positive");
    assert(t < blockDim.x);
    out[t] = in[t] - 1;
}
