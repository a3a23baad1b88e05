// Groups by predicate and by label, groups of any kind as one type, tiles whose size is known only when the kernel runs; in
// a block whose last warp is not whole.
// no gxx: cooperative groups are not there
// launch: partitions grid=1 block=70
//   arg i32[70] random 0 5 3
//   arg i32[70] fill 0
//   expect 1 = 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
//     0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
// launch: any_group grid=1 block=70
//   arg i32[70] random 0 90 4
//   arg i32[70] fill 0
//   expect 1 = 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
//     0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
#include <cooperative_groups.h>
#include <cooperative_groups/reduce.h>
namespace cg = cooperative_groups;
// Every number is worked out twice, by plain loops and by the groups; the differences are 0.
extern "C" __global__ void partitions(const int *in, int *out) {
    int t = threadIdx.x, first = t & ~31, last = min(first + 32, (int)blockDim.x), v = in[t];
    auto warp = cg::tiled_partition<32>(cg::this_thread_block());
    auto label = cg::labeled_partition(warp, v);
    int size = 0, rank = 0, sum = 0, odd_size = 0, odd_rank = 0, odd_largest = -1;
    for (int i = first; i < last; i++) {
        if (in[i] == v) {
            size++;
            rank += i < t;
            sum += i;
        }
        if ((in[i] & 1) == (v & 1)) {
            odd_size++;
            odd_rank += i < t;
            odd_largest = i * 3 % 32 > odd_largest ? i * 3 % 32 : odd_largest;
        }
    }
    int wrong = (int)label.size() - size + 100 * ((int)label.thread_rank() - rank);
    wrong += cg::reduce(label, t, cg::plus<int>()) - sum;
    auto odd = cg::binary_partition(warp, v & 1);
    wrong += 1000 * ((int)odd.size() - odd_size) + 7 * ((int)odd.thread_rank() - odd_rank);
    wrong += cg::reduce(odd, t * 3 % 32, cg::greater<int>()) - odd_largest;
    auto both = cg::binary_partition(odd, v > 1);
    int both_size = 0;
    for (int i = first; i < last; i++) both_size += (in[i] & 1) == (v & 1) && (in[i] > 1) == (v > 1);
    wrong += 500 * ((int)both.size() - both_size);
    auto eight = cg::tiled_partition<8>(cg::this_thread_block());
    unsigned same = 0;
    for (int i = t & ~7; i < min((t & ~7) + 8, (int)blockDim.x); i++) same |= (in[i] == v) << (i & 7);
    wrong += (int)(eight.match_any(v) ^ same);
    out[t] = wrong;
}
__device__ int sum_of(cg::thread_group g, int *room, int v) {
    int rank = g.thread_rank();
    for (int half = 32; half > 0; half /= 2) {
        room[rank] = v;
        g.sync();
        if (rank < half && rank + half < g.size()) v += room[rank + half];
        g.sync();
    }
    return v;
}
extern "C" __global__ void any_group(const int *in, int *out) {
    __shared__ int room[128];
    auto block = cg::this_thread_block();
    int t = block.thread_rank(), total = 0, part = 0;
    int sum = sum_of(block, room, t < 64 ? in[t] : 0);
    for (int i = 0; i < 64; i++) total += in[i];
    int size = 4 << (in[0] & 1);
    cg::thread_group tile = cg::tiled_partition(block, size);
    for (int i = t / size * size; i < min(t / size * size + size, 70); i++) part += in[i];
    int of_tile = sum_of(tile, room + t / size * size, in[t]);
    int wrong = t == 0 ? sum - total : 0;
    if (tile.thread_rank() == 0) wrong += 3 * (of_tile - part);
    wrong += 1000 * ((int)tile.size() - min(size, 70 - t / size * size));
    cg::thread_group pair = cg::tiled_partition(tile, 2);
    wrong += 10000 * ((int)pair.thread_rank() - (t & 1));
    cg::thread_group here = cg::coalesced_threads();
    if (t % 3 == 0) {
        cg::thread_group third = cg::coalesced_threads();
        wrong += (int)third.size() - (t < 32 ? 11 : t < 64 ? 11 : 2);
    }
    out[t] = wrong + (here.size() == 0);
}
