// Tiles of a block: reductions and scans with functors, groups of the threads that are here, ranks in the grid.
// no gxx: cooperative groups are not there
// launch: tiles grid=2 block=64
//   arg i32[128] fill 0
//   expect 0 = -50 -13 24 -40 -3 34 -30 7 44 -20 17 -47 -10 27 -37 0 37 -27 10 47 -17 20 -44 -7 30 -34 3 40
//     -24 13 50 -14 23 -41 -4 33 -31 6 43 -21 16 -48 -11 26 -38 -1 36 -28 9 46 -18 19 -45 -8 29 -35 2 39
//     -25 12 49 -15 22 -42 -5 32 -32 5 42 -22 15 -49 -12 25 -39 -2 35 -29 8 45 -19 18 -46 -9 28 -36 1 38
//     -26 11 48 -16 21 -43 -6 31 -33 4 41 -23 14 -50 -13 24 -40 -3 34 -30 7 44 -20 17 -47 -10 27 -37 0 37
//     -27 10 47 -17 20 -44 -7 30 -34 3
#include <cooperative_groups.h>
#include <cooperative_groups/reduce.h>
#include <cooperative_groups/scan.h>
namespace cg = cooperative_groups;
template <unsigned N> __device__ int sum_of(cg::thread_block_tile<N> tile, int v) {
    for (int i = tile.size() / 2; i > 0; i /= 2) v += tile.shfl_xor(v, i);
    return v;
}
extern "C" __global__ void tiles(int *out) {
    // Every number is worked out twice, by plain loops and by the functions; the differences are 0.
    __shared__ int line[64];
    const int *in = line - 64 * blockIdx.x;
    line[threadIdx.x] = (blockIdx.x * 64 + threadIdx.x) * 37 % 101 - 50;
    __syncthreads();
    auto grid = cg::this_grid();
    auto block = cg::this_thread_block();
    cg::thread_block_tile<16> tile = cg::tiled_partition<16>(block);
    cg::thread_block_tile<4, cg::thread_block_tile<16>> small = cg::tiled_partition<4>(tile);
    int i = grid.thread_rank(), v = in[i];
    int o[4];
    int base = i & ~15, sum = 0, top = in[base], before = 0;
    for (int k = 0; k < 16; k++) {
        sum += in[base + k];
        top = max(top, in[base + k]);
        if (base + k < i) before += in[base + k];
    }
    o[0] = sum - cg::reduce(tile, v, cg::plus<int>()) + sum - sum_of(tile, v);
    o[1] = top - cg::reduce(tile, v, cg::greater<int>());
    o[2] = before - cg::exclusive_scan(tile, v) + before + v - cg::inclusive_scan(tile, v, cg::plus<int>());
    o[3] = small.meta_group_rank() - (threadIdx.x / 4);
    if (v > 0) {
        cg::coalesced_group here = cg::coalesced_threads();
        int first = here.shfl(v, 0), all = cg::reduce(here, 1, cg::plus<int>());
        int ahead = 0, expect_first = 0;
        for (int k = i & ~31; k < (i | 31) + 1; k++) {
            if (in[k] > 0 && !expect_first) expect_first = in[k];
            if (in[k] > 0 && k < i) ahead++;
        }
        o[3] += first - expect_first + all - (int)here.size() + (int)here.thread_rank() - ahead;
    }
    out[i] = v + abs(o[0]) * 1000 + abs(o[1]) * 10000 + abs(o[2]) * 100000 + abs(o[3]) * 1000000;
}
