// this_thread_block of cooperative groups: sync, rank, size.
// launch: groups grid=1 block=8,4
//   arg i32[32] fill 0
//   expect 0 = 93 90 87 84 81 78 75 72 70 67 64 61 58 55 52 49 47 44 41 38 35 32 29 26 24 21 18 15 12 9 6 3
#include <cooperative_groups.h>
namespace cg = cooperative_groups;
extern "C" __global__ void groups(int *out) {
    __shared__ int s[32];
    cg::thread_block block = cg::this_thread_block();
    unsigned rank = block.thread_rank();
    s[rank] = rank * 3;
    block.sync();
    out[rank] = s[block.size() - 1 - rank] + block.thread_index().y;
}
