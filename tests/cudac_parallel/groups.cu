// Cooperative groups of every size, whole and in branches, and what is done with them.

#include <cooperative_groups.h>
#include <cooperative_groups/reduce.h>
#include <cooperative_groups/scan.h>
namespace cg = cooperative_groups;

#define ARGS int *o, int *q, const int *a, int n
#define LINEAR (threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z))
#define SIZE (blockDim.x * blockDim.y * blockDim.z)
#define ME (blockIdx.x * SIZE + LINEAR)

template<unsigned N> __device__ unsigned tile_work(int v) {
    auto tile = cg::tiled_partition<N>(cg::this_thread_block());
    unsigned s = v;
    for (int d = tile.size() / 2; d > 0; d >>= 1) s += tile.shfl_xor(s, d);
    int up = tile.shfl_up(v, 1), down = tile.shfl_down(v, 1);
    unsigned odd = tile.ballot(v & 1);
    return s * 31u + (tile.thread_rank() ? up : 7) + down * 5 + odd * 3u + (tile.any(v > 900) ? 2u : 0u)
        + (tile.all(v > -900) ? 1u : 0u) + tile.shfl(v, N / 2) * 17 + tile.meta_group_rank() * 1000u
        + tile.match_any(v & 3) * 7u;
}
extern "C" __global__ void tiles_of_all_sizes(ARGS) {
    int v = a[ME & 4095];
    o[ME] = tile_work<1>(v) ^ tile_work<2>(v) * 3u ^ tile_work<4>(v) * 5u;
    q[ME] = tile_work<8>(v) ^ tile_work<16>(v) * 3u ^ tile_work<32>(v) * 5u;
}
extern "C" __global__ void tiles_that_part(ARGS) {
    auto block = cg::this_thread_block();
    auto tile = cg::tiled_partition<4>(block);
    int v = a[ME & 4095], r = 0;
    if (tile.meta_group_rank() & 1) {
        r = cg::reduce(tile, v, cg::plus<int>());
        if (tile.meta_group_rank() & 2) r += tile.shfl(v, 3) * 2;
    } else if (tile.meta_group_rank() % 3 == 0) {
        r = tile.ballot(v > 0) + 100;
    } else {
        for (int k = 0; k < (int)tile.meta_group_rank() % 5; k++) r += tile.shfl_xor(v + k, 1 + k % 3);
    }
    o[ME] = r;
}
extern "C" __global__ void compact_in_warps(ARGS) {
    int v = a[ME & 4095], slot = -1, together = 0;
    if (v > 100) {
        cg::coalesced_group g = cg::coalesced_threads();
        together = g.size();
        slot = g.thread_rank();
        int first = g.shfl(v, 0), last = g.shfl(v, g.size() - 1);
        together = together * 10000 + first + last * 2;
    }
    o[ME] = slot;
    q[ME] = together;
}
extern "C" __global__ void partitions(ARGS) {
    auto warp = cg::tiled_partition<32>(cg::this_thread_block());
    int v = a[ME & 4095];
    auto two = cg::binary_partition(warp, v > 0);
    auto some = cg::labeled_partition(warp, v & 3);
    int r = two.size() * 100 + two.thread_rank();
    r += cg::reduce(some, v, cg::plus<int>()) * 7;
    o[ME] = r + some.shfl(v, some.size() - 1 - some.thread_rank());
    auto half = cg::tiled_partition<16>(warp);
    auto parts = cg::labeled_partition(half, v % 3);
    q[ME] = parts.any(v > 500) * 64 + parts.all(v > -500) * 32 + parts.ballot(v & 4) * 128 + parts.thread_rank();
}
extern "C" __global__ void reductions(ARGS) {
    auto warp = cg::tiled_partition<32>(cg::this_thread_block());
    auto eight = cg::tiled_partition<8>(cg::this_thread_block());
    int v = a[ME & 4095];
    unsigned r = cg::reduce(warp, v, cg::plus<int>());
    r = r * 3 + cg::reduce(warp, v, cg::less<int>());
    r = r * 3 + cg::reduce(warp, v, cg::greater<int>());
    r = r * 3 + cg::reduce(eight, v, cg::bit_and<int>());
    r = r * 3 + cg::reduce(eight, v, cg::bit_or<int>());
    r = r * 3 + cg::reduce(eight, (unsigned)v, cg::bit_xor<unsigned>());
    r = r * 3 + (int)cg::reduce(eight, (float)v, cg::plus<float>());
    r = r * 3 + (int)(cg::reduce(warp, (double)v, cg::greater<double>()) * 2.0);
    r = r * 3 + (unsigned)cg::reduce(eight, (long long)v << 20, cg::less<long long>());
    o[ME] = r;
    q[ME] = cg::reduce(eight, v, [](int x, int y) { return (x & 255) > (y & 255) || ((x & 255) == (y & 255) && x > y) ? x : y; });
}
extern "C" __global__ void reductions_in_branches(ARGS) {
    auto eight = cg::tiled_partition<8>(cg::this_thread_block());
    int v = a[ME & 4095], first = eight.shfl(v, 0), r;
    if (first & 1) r = cg::reduce(eight, v, cg::plus<int>());
    else if (first & 2) r = cg::reduce(eight, v, cg::greater<int>());
    else r = cg::reduce(eight, v, cg::bit_xor<int>());
    o[ME] = r;
    int s = 0;
    if (v & 4) {
        auto here = cg::coalesced_threads();
        s = cg::reduce(here, v, cg::plus<int>()) * 3 + cg::reduce(here, v, cg::less<int>());
    }
    q[ME] = s;
}
extern "C" __global__ void scans(ARGS) {
    auto warp = cg::tiled_partition<32>(cg::this_thread_block());
    auto four = cg::tiled_partition<4>(warp);
    int v = a[ME & 4095];
    int in = cg::inclusive_scan(warp, v), ex = cg::exclusive_scan(warp, v, cg::plus<int>());
    int top = cg::inclusive_scan(four, v, cg::greater<int>()), e4 = cg::exclusive_scan(four, v);
    o[ME] = in * 3 + ex;
    q[ME] = top * 5 + e4;
}
template<class G> __device__ int sum_by_halves(const G &g, int *x, int v) {
    int rank = g.thread_rank();
    for (int i = g.size() / 2; i > 0; i /= 2) {
        x[rank] = v;
        g.sync();
        if (rank < i) v += x[rank + i];
        g.sync();
    }
    return rank == 0 ? v : -1;
}
__device__ int sum_of_any(cg::thread_group g, int *x, int v) {
    int rank = g.thread_rank();
    for (int i = g.size() / 2; i > 0; i /= 2) {
        x[rank] = v;
        g.sync();
        if (rank < i) v += x[rank + i];
        g.sync();
    }
    return rank == 0 ? v : -2;
}
extern "C" __global__ void sums_of_groups(ARGS) {
    __shared__ int s[1024];
    auto block = cg::this_thread_block();
    auto sixteen = cg::tiled_partition<16>(block);
    int v = a[ME & 4095];
    int x = sum_by_halves(sixteen, s + LINEAR / 16 * 16, v);
    block.sync();
    int y = sum_of_any(cg::tiled_partition(block, 8), s + LINEAR / 8 * 8, v + 1);
    cg::sync(block);
    o[ME] = x;
    q[ME] = y;
}
extern "C" __global__ void sum_of_a_block(ARGS) {
    extern __shared__ int dynamic[];
    cg::thread_block block = cg::this_thread_block();
    int v = a[ME & 4095];
    int x = sum_of_any(block, dynamic, v);
    block.sync();
    int y = sum_by_halves(block, dynamic, v * 2);
    o[ME] = x;
    q[ME] = y + block.group_index().x * 3 + block.thread_index().y + block.group_dim().z + cg::thread_block::thread_rank();
}
extern "C" __global__ void tile_of_tile(ARGS) {
    auto warp = cg::tiled_partition<32>(cg::this_thread_block());
    auto small = cg::tiled_partition<4>(cg::tiled_partition<16>(warp));
    int v = a[ME & 4095];
    o[ME] = small.shfl(v, (v & 1) + 1) + small.thread_rank() * 4000;
    q[ME] = small.shfl_down(v, 2) - small.shfl_up(v, 3) + (int)small.ballot(v < 0);
}
struct Three { int x, y, z; };
struct Odd { signed char b[5]; };
extern "C" __global__ void shuffled_kinds(ARGS) {
    auto t = cg::tiled_partition<8>(cg::this_thread_block());
    int v = a[ME & 4095];
    Three s = { v, v * 2, (int)LINEAR };
    Three g = t.shfl(s, 5);
    double d = t.shfl_down(v * 0.5, 1);
    unsigned long long w = t.shfl_xor((unsigned long long)v << 32 | (unsigned)v, 7);
    float f = t.shfl_up((float)v, 2);
    o[ME] = g.x + g.y * 3 + g.z * 5;
    // A tile of its own row of the input, as a pointer that goes round; five odd bytes; those that are here.
    const int *row = t.shfl(a + LINEAR, 3);
    Odd c = { { (signed char)v, (signed char)(v >> 1), 1, 2, (signed char)LINEAR } };
    Odd e = t.shfl_xor(c, 1);
    if (v & 1) {
        cg::coalesced_group here = cg::coalesced_threads();
        s = here.shfl_down(s, 1);
        c = here.shfl(e, 0);
    }
    o[ME] ^= row[v & 7] * 11 + s.x * 13 + s.z * 17 + c.b[0] * 3 + c.b[1] * 5 + c.b[4] * 7;
    q[ME] = (int)(d * 2.0) + (int)(w >> 32) * 3 + (int)w * 5 + (int)f * 7;
}
extern "C" __global__ void waits_of_tiles(ARGS) {
    __shared__ int s[1024];
    auto t = cg::tiled_partition<8>(cg::this_thread_block());
    int v = a[ME & 4095], *mine = s + LINEAR / 8 * 8, r = t.thread_rank();
    // Tiles leave one by one.
    int rounds = (LINEAR / 8) % 4;
    for (int k = 0; k < rounds; k++) {
        mine[r] = v;
        t.sync();
        v += mine[(r + 1) & 7] * (k + 1);
        t.sync();
    }
    o[ME] = v;
}
extern "C" __global__ void grid_strides(ARGS) {
    auto grid = cg::this_grid();
    unsigned sum = 0;
    for (unsigned long long i = grid.thread_rank(); i < 4096; i += grid.size()) {
        o[i] = a[i] + 1;
        sum += (unsigned)i;
    }
    q[ME] = sum;
}
extern "C" __global__ void those_who_agree(ARGS) {
    int v = a[ME & 4095] & 7;
    auto warp = cg::tiled_partition<32>(cg::this_thread_block());
    unsigned peers = warp.match_any(v);
    int all;
    unsigned eq = warp.match_all(v >> 3, all);
    o[ME] = peers;
    q[ME] = (eq == 0xffffffffu) + all * 2;
    if (v < 5) {
        auto here = cg::coalesced_threads();
        o[ME] += here.match_any(v) * 3u + here.ballot(v & 1);
    }
}
extern "C" __global__ void slide_among_those_here(ARGS) {
    int v = a[ME & 4095], r = 0;
    if ((v & 3) != 1) {
        auto g = cg::coalesced_threads();
        r = g.shfl_up(v, 2) * 3 + g.shfl_down(v, 1) * 5 + g.shfl(v, (int)g.thread_rank() ^ 0);
        int s = cg::inclusive_scan(g, v), e = cg::exclusive_scan(g, v);
        r += s * 7 - e;
    }
    o[ME] = r;
}
extern "C" __global__ void leave_one_by_one(ARGS) {
    int left = a[ME & 4095] & 7;
    unsigned seen = 0;
    auto warp = cg::tiled_partition<32>(cg::this_thread_block());
    while (warp.any(left > 0)) {
        unsigned here = warp.ballot(left > 0);
        if (left > 0) seen += __popc(here) * left;
        left--;
    }
    o[ME] = seen;
}
extern "C" __global__ void one_thread_tiles(ARGS) {
    auto t = cg::tiled_partition<1>(cg::this_thread_block());
    int v = a[ME & 4095];
    if (v & 1) v = cg::reduce(t, v, cg::plus<int>()) + t.shfl(v, 0) + (int)t.ballot(1) + t.any(0);
    t.sync();
    o[ME] = v * 2 + t.thread_rank() + t.size();
}
template<class Tile> __device__ int best_of(const Tile &tile, int v, int *where) {
    int at = tile.thread_rank();
    for (int d = tile.num_threads() / 2; d > 0; d /= 2) {
        int other = tile.shfl_down(v, d), from = tile.shfl_down(at, d);
        if (other > v || (other == v && from < at)) {
            v = other;
            at = from;
        }
    }
    *where = tile.shfl(at, 0);
    return tile.shfl(v, 0);
}
extern "C" __global__ void best_of_tiles(ARGS) {
    int where, v = a[ME & 4095];
    auto block = cg::this_thread_block();
    cg::thread_block_tile<32> warp = cg::tiled_partition<32>(block);
    cg::thread_block_tile<16, cg::thread_block> half = cg::tiled_partition<16>(block);
    int x = best_of(warp, v, &where);
    o[ME] = x * 32 + where;
    x = best_of(half, -v, &where);
    q[ME] = x * 32 + where;
}
