// Warp operations: parts of a warp, loops that lanes leave one by one, votes that lead control flow, shuffles of every kind.

#define ARGS int *o, int *q, const int *a, int n
#define LINEAR (threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z))
#define SIZE (blockDim.x * blockDim.y * blockDim.z)
#define ME (blockIdx.x * SIZE + LINEAR)
#define LANE (LINEAR & 31)
#define FULL 0xffffffffu

extern "C" __global__ void nested_parts(ARGS) {
    int v = a[ME & 4095];
    unsigned r = 0, odd = __ballot_sync(FULL, v & 1);
    if (v & 1) {
        r = __shfl_sync(odd, v, __ffs(odd) - 1);
        unsigned pos = __ballot_sync(odd, v > 0);
        if (v > 0) {
            r += __shfl_sync(pos, v, 31 - __clz(pos)) * 3;
            if (__any_sync(pos, v > 800)) r += 5;
            unsigned low = __ballot_sync(pos, LANE < 13);
            if (LANE < 13) r += __popc(low) + __reduce_add_sync(low, (unsigned)v);
            else r ^= __reduce_max_sync(pos & ~low, v);
            __syncwarp(pos);
        } else r += __all_sync(odd & ~pos, v < -10) ? 11 : 17;
        __syncwarp(odd);
        r += __reduce_xor_sync(odd, (unsigned)v) * 2;
    } else {
        r = __match_any_sync(~odd & __activemask(), v & 6);
    }
    __syncwarp();
    o[ME] = r;
    q[ME] = odd;
}
extern "C" __global__ void leave_with_mask(ARGS) {
    int left = a[ME & 4095] & 15;
    unsigned mask = FULL, sum = 0;
    for (;;) {
        mask = __ballot_sync(mask, left > 0);
        if (left <= 0) break;
        sum = sum * 3 + __popc(mask) + __shfl_sync(mask, left, __ffs(mask) - 1);
        left -= 1 + (left & 1);
    }
    __syncwarp();
    o[ME] = sum;
    q[ME] = __reduce_add_sync(FULL, sum);
}
extern "C" __global__ void any_leads(ARGS) {
    int low = 0, high = 4096, key = a[ME & 4095], steps = 0;
    // Everyone stays until the last has found his place.
    while (__any_sync(FULL, low < high)) {
        if (low < high) {
            int mid = (low + high) / 2;
            if (mid * 2 - 4000 < key) low = mid + 1;
            else high = mid;
        }
        steps += low < high;
    }
    o[ME] = low;
    q[ME] = steps;
}
extern "C" __global__ void by_key(ARGS) {
    int v = a[ME & 4095] & 7, turn = 0;
    unsigned left = FULL, peers = 0;
    for (;;) {
        int leader = __ffs(left) - 1;
        int key = __shfl_sync(left, v, leader);
        unsigned same = __ballot_sync(left, v == key);
        turn++;
        if (v == key) {
            peers = same;
            break;
        }
        left &= ~same;
    }
    o[ME] = peers;
    q[ME] = turn;
}
extern "C" __global__ void aggregated(ARGS) {
    __shared__ int bins[8];
    if (LINEAR < 8) bins[LINEAR] = 0;
    __syncthreads();
    int v = a[ME & 4095] & 7;
    unsigned peers = __match_any_sync(FULL, v);
    int leader = __ffs(peers) - 1, base = 0;
    if (LANE == leader) base = atomicAdd(&bins[v], __popc(peers));
    base = __shfl_sync(peers, base, leader);
    int slot = base + __popc(peers & ((1u << LANE) - 1));
    __syncthreads();
    o[ME] = bins[v] * 1000 + (slot < bins[v] && slot >= 0);
    // Within a warp the order is known.
    q[ME] = slot - base;
}
extern "C" __global__ void block_scan(ARGS) {
    __shared__ int sums[33];
    int v = a[ME & 4095], lane = LANE, warp = LINEAR >> 5, x = v;
#pragma unroll
    for (int d = 1; d < 32; d <<= 1) {
        int y = __shfl_up_sync(FULL, x, d);
        if (lane >= d) x += y;
    }
    if (lane == 31) sums[warp] = x;
    __syncthreads();
    if (warp == 0) {
        int warps = SIZE / 32, s = lane < warps ? sums[lane] : 0;
        for (int d = 1; d < 32; d *= 2) {
            int y = __shfl_up_sync(FULL, s, d);
            if (lane >= d) s += y;
        }
        sums[lane + 1] = s;
        if (lane == 0) sums[0] = 0;
    }
    __syncthreads();
    o[ME] = x + sums[warp];
    q[ME] = x + sums[warp] - v;
}
extern "C" __global__ void reduce_by_syncwarp(ARGS) {
    __shared__ int s[1024];
    int t = LINEAR, lane = LANE;
    s[t] = a[ME & 4095];
    __syncwarp();
    for (int d = 16; d >= 1; d /= 2) {
        int y = lane < d ? s[t + d] : 0;
        __syncwarp();
        s[t] += y;
        __syncwarp();
    }
    int first = s[t - lane];
    __syncwarp();
    s[t] = first + lane;
    __syncwarp();
    o[ME] = s[t ^ 1] * 3 + s[(t & ~31) + ((lane + 5) & 31)];
}
extern "C" __global__ void sort_in_warp(ARGS) {
    int v = a[ME & 4095], lane = LANE;
    for (int k = 2; k <= 32; k *= 2)
        for (int j = k / 2; j > 0; j /= 2) {
            int w = __shfl_xor_sync(FULL, v, j);
            bool up = (lane & k) == 0, lower = (lane & j) == 0;
            v = up == lower ? min(v, w) : max(v, w);
        }
    o[ME] = v;
}
extern "C" __global__ void rows_of_eight(ARGS) {
    int lane = LANE, sub = lane & 7, row = ME >> 3;
    unsigned mask = 0xffu << (lane & 24);
    int len = a[row & 4095] & 63, sum = 0;
    for (int i = sub; i < len; i += 8) sum += a[(row * 5 + i) & 4095];
    // The trip count differs from row to row.
    for (int r = 0; r < (row & 3) + 1; r++) {
        sum += __shfl_xor_sync(mask, sum, 4, 8);
        sum ^= __shfl_down_sync(mask, sum, 1, 8);
        sum += (int)(__ballot_sync(mask, sum & 1) & mask) >> (lane & 24) & 0xff;
    }
    o[ME] = sum;
    int whole = len;
    for (int d = 4; d > 0; d /= 2) whole += __shfl_xor_sync(mask, whole, d);
    q[ME] = whole;
}
extern "C" __global__ void reduce_operations(ARGS) {
    int v = a[ME & 4095];
    unsigned m = __ballot_sync(FULL, v % 3 == 0), r = 1;
    if (v % 3 == 0) {
        r = r * 31 + __reduce_add_sync(m, v);
        r = r * 31 + __reduce_min_sync(m, v);
        r = r * 31 + __reduce_max_sync(m, v);
        r = r * 31 + __reduce_min_sync(m, (unsigned)v);
        r = r * 31 + __reduce_max_sync(m, (unsigned)v);
    } else {
        r = r * 31 + __reduce_and_sync(~m, (unsigned)v);
        r = r * 31 + __reduce_or_sync(~m, (unsigned)v);
        r = r * 31 + __reduce_xor_sync(~m, (unsigned)v);
        r = r * 31 + __reduce_add_sync(~m, (unsigned)v);
    }
    o[ME] = r;
}
extern "C" __global__ void shuffle_corners(ARGS) {
    int v = a[ME & 4095], lane = LANE;
    unsigned r = 7;
    r = r * 31 + __shfl_sync(FULL, v, lane + 40);
    r = r * 31 + __shfl_sync(FULL, v, -1);
    r = r * 31 + __shfl_sync(FULL, v, lane * 3, 8);
    r = r * 31 + __shfl_sync(FULL, v, v, 2);
    r = r * 31 + __shfl_up_sync(FULL, v, 0);
    r = r * 31 + __shfl_up_sync(FULL, v, 5, 4);
    r = r * 31 + __shfl_down_sync(FULL, v, 31);
    r = r * 31 + __shfl_down_sync(FULL, v, 3, 16);
    r = r * 31 + __shfl_xor_sync(FULL, v, 9, 8);
    r = r * 31 + __shfl_xor_sync(FULL, v, 31, 32);
    r = r * 31 + __shfl_sync(FULL, v, 0, 1);
    o[ME] = r;
}
extern "C" __global__ void votes_in_conditions(ARGS) {
    int v = a[ME & 4095], lane = LANE, r = 0;
    if (lane < 16 && __shfl_sync(0xffffu, v, 3) > 0) r += 1;
    if (lane >= 20 || __any_sync(0xfffffu, v > 900)) r += 2;
    r += lane < 8 ? __popc(__ballot_sync(0xffu, v > 0)) * 4 : __popc(__ballot_sync(0xffffff00u, v > 0)) * 256;
    __syncwarp();
    for (int k = 0; __any_sync(FULL, (v >> k) & 1) && k < 12; k++) r += k << 20;
    o[ME] = r;
}
__device__ __noinline__ int pass(unsigned mask, int v, int by) { return __shfl_xor_sync(mask, v, by) + __popc(mask); }
extern "C" __global__ void function_from_both_sides(ARGS) {
    int v = a[ME & 4095], lane = LANE;
    int r = lane & 8 ? pass(0xff00ff00u, v, 1) : pass(0x00ff00ffu, v, 2);
    r += pass(FULL, r, 16);
    if (lane & 1) r -= pass(0xaaaaaaaau, r, 2);
    else r += pass(0x55555555u, pass(0x55555555u, r, 4), 8);
    o[ME] = r;
}
extern "C" __global__ void cases_with_masks(ARGS) {
    int v = a[ME & 4095], k = LANE & 3, r;
    switch (k) {
    case 0: r = __reduce_add_sync(0x11111111u, v); break;
    case 1: r = __popc(__ballot_sync(0x22222222u, v > 0)) * 3;
    case 3: r = k == 1 ? r + 1 : __shfl_up_sync(0x88888888u, v, 4); break;
    default: r = __shfl_down_sync(0x44444444u, v, 8); r += __all_sync(0x44444444u, r > v) ? 5 : 9;
    }
    __syncwarp();
    o[ME] = r + __shfl_xor_sync(FULL, r, 3);
}
extern "C" __global__ void after_returns(ARGS) {
    int v = a[ME & 4095];
    unsigned stay = __ballot_sync(FULL, v > -300);
    if (v <= -300) {
        o[ME] = -1;
        return;
    }
    int rank = __popc(stay & ((1u << LANE) - 1));
    int next = stay & ~((2u << LANE) - 1u) ? __ffs(stay & ~((2u << LANE) - 1u)) - 1 : LANE;
    int r = __shfl_sync(stay, v, next) + __reduce_add_sync(stay, rank);
    if (v & 1) {
        o[ME] = r;
        return;
    }
    unsigned even = __activemask();
    o[ME] = r * 2 + __popc(even) + __shfl_sync(even, v, __ffs(even) - 1);
}
extern "C" __global__ void one_after_another(ARGS) {
    __shared__ int s[32];
    int lane = LANE, w = LINEAR >> 5, v = a[ME & 4095];
    if (lane == 0) s[w] = 1;
    __syncwarp();
    for (int i = 0; i < 32; i++) {
        if (i == lane) s[w] = s[w] * 3 + (v & 15);
        __syncwarp();
    }
    o[ME] = s[w];
}
extern "C" __global__ void split_by_bits(ARGS) {
    int v = a[ME & 4095] & 15, lane = LANE;
    __shared__ int s[1024];
    for (int bit = 0; bit < 4; bit++) {
        unsigned ones = __ballot_sync(FULL, v >> bit & 1), below = (1u << lane) - 1;
        int zeros = 32 - __popc(ones);
        int to = v >> bit & 1 ? zeros + __popc(ones & below) : __popc(~ones & below);
        s[(LINEAR & ~31) + to] = v;
        __syncwarp();
        v = s[LINEAR];
        __syncwarp();
    }
    o[ME] = v;
}
extern "C" __global__ void strided_with_ballot(ARGS) {
    int lane = LANE, len = 20 + (a[blockIdx.x] & 127), sum = 0;
    unsigned mask = __ballot_sync(FULL, lane < len);
    for (int i = lane; i < len; i += 32) {
        int v = a[(i * 7 + blockIdx.x) & 4095];
        sum += __shfl_sync(mask, v, 0) + (v & 3) * __popc(mask);
        mask = __ballot_sync(mask, i + 32 < len);
    }
    o[ME] = sum;
}
extern "C" __global__ void skips_in_loops(ARGS) {
    int v = a[ME & 4095], r = 0;
    for (int k = 0; k < 6; k++) {
        unsigned m = __ballot_sync(FULL, (v >> k) & 1);
        if (!((v >> k) & 1)) continue;
        r += __popc(m) + (__shfl_sync(m, v, 31 - __clz(m)) & 15);
        if (m & 0x10) continue;
        r ^= __reduce_min_sync(m, r);
    }
    __syncwarp();
    o[ME] = r;
}
extern "C" __global__ void two_loops_deep(ARGS) {
    int v = a[ME & 4095], r = 0;
    unsigned outer = FULL;
    for (int i = 0; ; i++) {
        outer = __ballot_sync(outer, i < (v & 3) + 1);
        if (i >= (v & 3) + 1) break;
        unsigned inner = outer;
        for (int j = 0; ; j++) {
            bool stay = j < ((v >> 2) & 3);
            inner = __ballot_sync(inner, stay);
            if (!stay) break;
            r += __popc(inner) * (i + 1) + __shfl_sync(inner, j + v, __ffs(inner) - 1);
        }
        __syncwarp(outer);
        r += __reduce_add_sync(outer, 1);
    }
    __syncwarp();
    o[ME] = r;
}
extern "C" __global__ void kinds_of_values(ARGS) {
    int v = a[ME & 4095];
    float f = __shfl_xor_sync(FULL, v * 0.25f, 3);
    double d = __shfl_up_sync(FULL, v * 0.125, 1);
    long long w = __shfl_down_sync(FULL, (long long)v * 5000000000ll, 2);
    unsigned long long u = __shfl_sync(FULL, ~(unsigned long long)v, 7, 16);
    unsigned x = __shfl_xor_sync(FULL, (unsigned)v * 0x10001u, 16);
    long z = __shfl_sync(FULL, (long)v - 3, 30);
    o[ME] = (int)(f * 4.0f) + (int)(d * 8.0) * 3 + (int)(w / 5000000000ll) * 5;
    q[ME] = (int)(unsigned)(~u) + (int)(x >> 16) * 7 + (int)z;
    unsigned long long m = __match_any_sync(FULL, (unsigned long long)(v & 1) << 40);
    unsigned fm = __match_any_sync(FULL, v & 2 ? 1.5f : -0.5f);
    int same;
    unsigned long long am = __match_all_sync(FULL, (double)(v >> 12), &same);
    o[ME] += (int)m * 3 + (int)fm;
    q[ME] += (int)am + same;
}
extern "C" __global__ void ballot_as_number(ARGS) {
    // Each lane computes a bit; the word is written by whom it concerns.
    int v = a[ME & 4095];
    unsigned word = 0;
    for (int k = 0; k < 32; k++) {
        unsigned b = __ballot_sync(FULL, (v >> (k & 15)) & 1);
        if (LANE == k) word = b;
    }
    o[ME] = word;
}
extern "C" __global__ void late_comers(ARGS) {
    int v = a[ME & 4095], r = v;
    if (LANE < 10) {
        for (int k = 0; k < LANE; k++) r += k * v;
    } else if (v & 1) r -= 5;
    r += __shfl_down_sync(FULL, r, 10);
    if (v > 0) {
        int k = v & 31;
        do {
            r += k;
            k >>= 1;
        } while (k);
    }
    r += (int)__ballot_sync(FULL, r & 1);
    o[ME] = r;
}
extern "C" __global__ void distances_past_the_warp(ARGS) {
    int v = a[ME & 4095];
    o[ME] = __shfl_up_sync(FULL, v, 40) * 3 + __shfl_xor_sync(FULL, v, 32) * 5;
    q[ME] = __shfl_down_sync(FULL, v, 35) * 3 + __shfl_up_sync(FULL, v, 33, 8) * 5;
}
