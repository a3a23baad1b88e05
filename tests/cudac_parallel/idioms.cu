// Whole algorithms as programs write them: queues, chains of warps, sorts, searches, transforms, aggregated counters.

#include <cooperative_groups.h>
#include <cooperative_groups/memcpy_async.h>
namespace cg = cooperative_groups;

#define ARGS int *o, int *q, const int *a, int n
#define LINEAR (threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z))
#define SIZE (blockDim.x * blockDim.y * blockDim.z)
#define ME (blockIdx.x * SIZE + LINEAR)
#define FULL 0xffffffffu

extern "C" __global__ void chain_of_warps(ARGS) {
    // Each warp waits for what the one before it has found.
    __shared__ volatile int ready[33], sums[33];
    int t = LINEAR, w = t >> 5, lane = t & 31, v = a[ME & 4095];
    for (int k = t; k < 33; k += SIZE) ready[k] = k == 0;
    if (t == 0) sums[0] = 0;
    __syncthreads();
    int x = v;
    for (int d = 1; d < 32; d *= 2) {
        int y = __shfl_up_sync(FULL, x, d);
        if (lane >= d) x += y;
    }
    if (lane == 31) {
        while (ready[w] == 0) {}
        __threadfence_block();
        sums[w + 1] = sums[w] + x;
        __threadfence_block();
        ready[w + 1] = 1;
    }
    __syncthreads();
    o[ME] = x + sums[w];
}
__device__ int tickets_of_chain;
extern "C" __global__ void chain_of_blocks(ARGS) {
    // Blocks take their number as they come; each waits for the sum of those before it. q[0..] states, q[64..] sums.
    __shared__ int number, before;
    int t = LINEAR;
    if (t == 0) number = atomicAdd(&tickets_of_chain, 1) % gridDim.x;
    __syncthreads();
    int sum = __syncthreads_count(a[(number * 7 + t) & 4095] > 0);
    if (t == 0) {
        volatile int *state = q, *sums = q + 64;
        before = 0;
        if (number > 0) {
            while (state[number - 1] == 0) {}
            __threadfence();
            before = sums[number - 1];
        }
        sums[number] = before + sum;
        __threadfence();
        state[number] = 1;
    }
    __syncthreads();
    atomicAdd(&q[128 + number], before + (t == 0));
    o[ME] = 1;
}
__device__ int next_of(int *counter) {
    cg::coalesced_group g = cg::coalesced_threads();
    int first = 0;
    if (g.thread_rank() == 0) first = atomicAdd(counter, g.size());
    return g.shfl(first, 0) + g.thread_rank();
}
extern "C" __global__ void filtered(ARGS) {
    int v = a[ME & 4095];
    if (v > -200) {
        int slot = next_of(&q[0]);
        atomicAdd(&q[1 + slot], 1);
        atomicAdd(&q[8191], v);
    }
    o[ME] = v;
}
extern "C" __global__ void frontier(ARGS) {
    // Breadth first among SIZE places, one block each; the neighbours of i are three that the input names.
    __shared__ int level[1024], now[1024], next[1024], count, more;
    int t = LINEAR, size = SIZE;
    level[t] = -1;
    __syncthreads();
    if (t == 0) {
        level[0] = 0;
        now[0] = 0;
        count = 1;
    }
    __syncthreads();
    for (int depth = 1; count > 0; depth++) {
        if (t == 0) more = 0;
        __syncthreads();
        for (int k = t; k < count; k += size) {
            int from = now[k];
            for (int e = 0; e < 3; e++) {
                int to = (unsigned)(a[(from * 3 + e + blockIdx.x) & 4095] + 1000) % size;
                if (atomicCAS(&level[to], -1, depth) == -1) next[atomicAdd(&more, 1)] = to;
            }
        }
        __syncthreads();
        for (int k = t; k < more; k += size) now[k] = next[k];
        if (t == 0) count = more;
        __syncthreads();
    }
    o[ME] = level[t];
}
extern "C" __global__ void sums_of_runs(ARGS) {
    // A run begins where the input is a multiple of 4, and at each warp.
    int lane = LINEAR & 31, v = a[ME & 4095], x = v;
    unsigned heads = __ballot_sync(FULL, (v & 3) == 0) | 1u;
    int head = 31 - __clz(heads & (2u << lane) - 1u);
    for (int d = 1; d < 32; d <<= 1) {
        int y = __shfl_up_sync(FULL, x, d);
        if (lane - d >= head) x += y;
    }
    unsigned after = heads & ~((2u << lane) - 1u);
    int last = after ? __ffs(after) - 2 : 31;
    o[ME] = x;
    q[ME] = __shfl_sync(FULL, x, last);
}
extern "C" __global__ void floyd(ARGS) {
    __shared__ int d[20][20];
    int size = SIZE, m = 20;
    for (int i = LINEAR; i < m * m; i += size) d[i / m][i % m] = i / m == i % m ? 0 : (a[(i + blockIdx.x) & 4095] & 255) + 1;
    __syncthreads();
    for (int k = 0; k < m; k++) {
        for (int i = LINEAR; i < m * m; i += size) {
            int r = i / m, c = i % m, by = d[r][k] + d[k][c];
            if (by < d[r][c]) d[r][c] = by;
        }
        __syncthreads();
    }
    for (int i = LINEAR; i < m * m; i += size) q[blockIdx.x * 400 + i] = d[i / m][i % m];
}
extern "C" __global__ void runs_written_short(ARGS) {
    // Values and lengths of runs of (a & 1), one block each: q gets pairs from 2 * SIZE * block on.
    __shared__ int place[1025], starts[1025], total;
    int t = LINEAR, size = SIZE, first = blockIdx.x * size, v = a[(first + t) & 4095] & 1;
    bool head = t == 0 || v != (a[(first + t - 1) & 4095] & 1);
    place[t] = head;
    __syncthreads();
    for (int d = 1; d < size; d *= 2) {
        int x = t >= d ? place[t - d] : 0;
        __syncthreads();
        place[t] += x;
        __syncthreads();
    }
    if (head) starts[place[t] - 1] = t;
    if (t == size - 1) {
        total = place[t];
        starts[place[t]] = size;
    }
    __syncthreads();
    for (int k = t; k < total; k += size) {
        int at = 2 * (first + k);
        q[at] = a[(first + starts[k]) & 4095] & 1;
        q[at + 1] = starts[k + 1] - starts[k];
    }
    o[ME] = total;
}
extern "C" __global__ void kept_in_order(ARGS) {
    // One block goes through its part in chunks of SIZE; what is even is kept, in order.
    __shared__ int base, warps[32];
    int t = LINEAR, size = SIZE, lane = t & 31, w = t >> 5, m = 3 * size - 5 > 0 ? 3 * size - 5 : 1;
    if (t == 0) base = 0;
    for (int from = 0; from < m; from += size) {
        int i = from + t, v = i < m ? a[(i * 3 + blockIdx.x) & 4095] : 1;
        unsigned yes = __ballot_sync(FULL, (v & 1) == 0);
        if (lane == 0) warps[w] = __popc(yes);
        int all = __syncthreads_count((v & 1) == 0), at = base + __popc(yes & ((1u << lane) - 1));
        for (int k = 0; k < w; k++) at += warps[k];
        if ((v & 1) == 0 && at < size) q[blockIdx.x * size + at] = v;
        __syncthreads();
        if (t == 0) base += all;
        __syncthreads();
    }
    o[ME] = base;
}
__device__ int below(const int *s, int m, int v, bool equal) {
    int low = 0, high = m;
    while (low < high) {
        int mid = (low + high) >> 1;
        if (s[mid] < v || (equal && s[mid] == v)) low = mid + 1;
        else high = mid;
    }
    return low;
}
extern "C" __global__ void merge_by_places(ARGS) {
    __shared__ int s[1024], r[1024];
    int t = LINEAR, size = SIZE, *from = s, *to = r;
    from[t] = a[ME & 4095];
    __syncthreads();
    for (int w = 1; w < size; w *= 2) {
        int start = t / (2 * w) * 2 * w, mid = min(start + w, size), end = min(start + 2 * w, size);
        int v = from[t], at;
        if (t < mid) at = t + below(from + mid, end - mid, v, false);
        else at = start + (t - mid) + below(from + start, mid - start, v, true);
        to[at] = v;
        int *x = from;
        from = to;
        to = x;
        __syncthreads();
    }
    o[ME] = from[t];
}
extern "C" __global__ void walsh(ARGS) {
    __shared__ int s[2048];
    int t = LINEAR, size = SIZE, m = 1;
    while (m < size) m *= 2;
    for (int i = t; i < m; i += size) s[i] = i < size ? a[(blockIdx.x * size + i) & 4095] : 0;
    for (int h = 1; h < m; h *= 2) {
        __syncthreads();
        for (int k = t; k < m / 2; k += size) {
            int i = k / h * 2 * h + k % h, x = s[i], y = s[i + h];
            s[i] = x + y;
            s[i + h] = x - y;
        }
    }
    __syncthreads();
    o[ME] = s[t];
}
#define SPREAD(i) ((i) + ((i) >> 5))
extern "C" __global__ void sweep_up_and_down(ARGS) {
    extern __shared__ int s[];
    int t = LINEAR, m = 2 * SIZE, first = blockIdx.x * m, offset = 1;
    s[SPREAD(2 * t)] = a[(first + 2 * t) & 4095];
    s[SPREAD(2 * t + 1)] = a[(first + 2 * t + 1) & 4095];
    for (int d = m >> 1; d > 0; d >>= 1) {
        __syncthreads();
        if (t < d) s[SPREAD(offset * (2 * t + 2) - 1)] += s[SPREAD(offset * (2 * t + 1) - 1)];
        offset *= 2;
    }
    if (t == 0) s[SPREAD(m - 1)] = 0;
    for (int d = 1; d < m; d *= 2) {
        offset >>= 1;
        __syncthreads();
        if (t < d) {
            int i = SPREAD(offset * (2 * t + 1) - 1), j = SPREAD(offset * (2 * t + 2) - 1), x = s[i];
            s[i] = s[j];
            s[j] += x;
        }
    }
    __syncthreads();
    o[first + 2 * t] = s[SPREAD(2 * t)];
    o[first + 2 * t + 1] = s[SPREAD(2 * t + 1)];
}
template<unsigned N> __device__ void last_warp(volatile int *s, unsigned t) {
    if (N >= 64) s[t] += s[t + 32];
    if (N >= 32) s[t] += s[t + 16];
    if (N >= 16) s[t] += s[t + 8];
    if (N >= 8) s[t] += s[t + 4];
    if (N >= 4) s[t] += s[t + 2];
    if (N >= 2) s[t] += s[t + 1];
}
template<unsigned N> __device__ int unrolled(int *s, const int *a, unsigned t, unsigned m) {
    int sum = 0;
    for (unsigned i = blockIdx.x * N * 2 + t; i < m; i += N * 2 * gridDim.x) {
        sum += a[i];
        if (i + N < m) sum += a[i + N];
    }
    s[t] = sum;
    __syncthreads();
    if (N >= 512) { if (t < 256) s[t] += s[t + 256]; __syncthreads(); }
    if (N >= 256) { if (t < 128) s[t] += s[t + 128]; __syncthreads(); }
    if (N >= 128) { if (t < 64) s[t] += s[t + 64]; __syncthreads(); }
    if (t < 32) last_warp<N>(s, t);
    __syncthreads();
    return s[0];
}
extern "C" __global__ void classic_reduction(ARGS) {
    __shared__ int s[1024];
    unsigned t = LINEAR, m = 4096 - (n & 63);
    int sum = 0;
    switch (SIZE) {
    case 512: sum = unrolled<512>(s, a, t, m); break;
    case 256: sum = unrolled<256>(s, a, t, m); break;
    case 128: sum = unrolled<128>(s, a, t, m); break;
    case 64: sum = unrolled<64>(s, a, t, m); break;
    }
    o[ME] = sum;
}
extern "C" __global__ void transfers(ARGS) {
    // Accounts with a lock each; the lower number is locked first.
    __shared__ int locks[8];
    __shared__ volatile int money[8];
    int t = LINEAR, v = a[ME & 4095];
    for (int k = t; k < 8; k += SIZE) {
        locks[k] = 0;
        money[k] = 1000 * k;
    }
    __syncthreads();
    int x = v & 7, y = (v >> 3) & 7, low = min(x, y), high = max(x, y);
    for (bool done = x == y; !done;) {
        if (atomicCAS(&locks[low], 0, 1) == 0) {
            if (atomicCAS(&locks[high], 0, 1) == 0) {
                __threadfence_block();
                money[x] = money[x] - t;
                money[y] = money[y] + t;
                __threadfence_block();
                atomicExch(&locks[high], 0);
                done = true;
            }
            atomicExch(&locks[low], 0);
        }
    }
    __syncthreads();
    int r = 0;
    for (int k = 0; k < 8; k++) r = r * 3 + money[k];
    o[ME] = r;
}
template<class T> struct Pool {
    T *items;
    int size;
    __device__ Pool(T *p, int m) : items(p), size(m) {}
    __device__ T &operator[](int i) { return items[i % size]; }
    __device__ void fill(T v) {
        items[LINEAR] = v;
        __syncthreads();
    }
    template<class F> __device__ T around(F f) {
        T r = f(items[LINEAR], items[(LINEAR + 1) % size]);
        __syncthreads();
        items[LINEAR] = r;
        __syncthreads();
        return r;
    }
};
extern "C" __global__ void members_with_barriers(ARGS) {
    __shared__ int room[1024];
    __shared__ unsigned char bytes[1024];
    Pool<int> p(room, SIZE);
    Pool<unsigned char> b(bytes, SIZE);
    int v = a[ME & 4095], m = 2;
    p.fill(v);
    b.fill((unsigned char)v);
    int x = p.around([&](int k, int l) { return k * m - l; });
    x += p.around([=](int k, int l) { return k + l + x; });
    o[ME] = x + p[LINEAR + 5] * 3;
    q[ME] = b.around([](int k, int l) { return k ^ l; }) + b[v & 1023] * 256;
}
extern "C" __global__ void rows_by_warps(ARGS) {
    // A sparse product: row r has (a[r] & 31) places from r * 5 on; a warp takes every so many rows.
    int lane = LINEAR & 31, warps = gridDim.x * SIZE / 32, rows = 77;
    for (int r = ME / 32; r < rows; r += warps) {
        long long sum = 0, from = (long long)r * 5;
        int len = a[r] & 63;
        for (long long k = lane; k < len; k += 32) sum += (long long)a[(from + k) & 4095] * a[(k * 11) & 4095];
        for (int d = 16; d; d >>= 1) sum += __shfl_down_sync(FULL, sum, d);
        if (lane == 0) {
            q[2 * r] = (int)sum;
            q[2 * r + 1] = (int)(sum >> 32);
        }
    }
    o[ME] = rows;
}
__constant__ signed char taps[5][5] = {
    { 1, 2, 0, -2, -1 }, { 4, 8, 0, -8, -4 }, { 6, 12, 0, -12, -6 }, { 4, 8, 0, -8, -4 }, { 1, 2, 0, -2, -1 }
};
extern "C" __global__ void filtered_image(ARGS) {
    // 50 by 40; a block takes tiles of 16 by 12, its threads as many places as it takes.
    __shared__ short tile[16][20];
    const int w = 50, h = 40, across = (w + 15) / 16, tiles = across * ((h + 11) / 12);
    for (int k = blockIdx.x; k < tiles; k += gridDim.x) {
        int x0 = k % across * 16, y0 = k / across * 12;
        for (int i = LINEAR; i < 320; i += SIZE) {
            int x = x0 + i % 20 - 2, y = y0 + i / 20 - 2;
            tile[i / 20][i % 20] = x < 0 || y < 0 || x >= w || y >= h ? 0 : (short)a[y * w + x];
        }
        __syncthreads();
        for (int i = LINEAR; i < 192; i += SIZE) {
            int x = x0 + i % 16, y = y0 + i / 16;
            if (x >= w || y >= h) continue;
            int sum = 0;
#pragma unroll
            for (int dy = 0; dy < 5; dy++)
                for (int dx = 0; dx < 5; dx++) sum += tile[i / 16 + dy][i % 16 + dx] * taps[dy][dx];
            q[y * w + x] = sum;
        }
        __syncthreads();
    }
    o[ME] = tiles;
}
extern "C" __global__ void radix_sort(ARGS) {
    // Four bits a pass, stable, by counts of warps' ballots.
    __shared__ unsigned s[1024], counts[16], starts[16];
    __shared__ int warps[32][16];
    unsigned t = LINEAR, size = SIZE, lane = t & 31, w = t >> 5, v = (unsigned)a[ME & 4095] ^ 0x80000000u;
    for (int shift = 0; shift < 32; shift += 4) {
        unsigned digit = v >> shift & 15, peers = __match_any_sync(FULL, digit);
        for (int k = lane; k < 16; k += 32) warps[w][k] = 0;
        __syncwarp();
        if (__ffs(peers) - 1 == lane) warps[w][digit] = __popc(peers);
        __syncthreads();
        if (t < 16) {
            int sum = 0;
            for (int k = 0; k < size / 32; k++) {
                int c = warps[k][t];
                warps[k][t] = sum;
                sum += c;
            }
            counts[t] = sum;
        }
        __syncthreads();
        if (t == 0) {
            unsigned sum = 0;
            for (int k = 0; k < 16; k++) {
                starts[k] = sum;
                sum += counts[k];
            }
        }
        __syncthreads();
        s[starts[digit] + warps[w][digit] + __popc(peers & ((1u << lane) - 1))] = v;
        __syncthreads();
        v = s[t];
        __syncthreads();
    }
    o[ME] = (int)(v ^ 0x80000000u);
}
extern "C" __global__ void groups_that_copy(ARGS) {
    __shared__ int s[1024];
    auto block = cg::this_thread_block();
    int first = blockIdx.x * 100;
    cg::memcpy_async(block, s, 1024, a + first, 500);
    cg::wait(block);
    int x = s[(LINEAR * 7) % 500];
    block.sync();
    cg::memcpy_async(block, s, a + 2000 - first, sizeof(int) * SIZE);
    cg::wait_prior<0>(block);
    int there = 0, all = 0;
    if (x & 1) {
        auto g = cg::coalesced_threads();
        all = g.match_all(x >> 9, there) + there * 7;
        all += __fns(0xf0f0f0f0u, LINEAR & 31, (x & 7) - 4);
    }
    constexpr int eight = decltype(cg::tiled_partition<8>(block))::num_threads();
    o[ME] = x * eight + s[LINEAR];
    q[ME] = all;
}
