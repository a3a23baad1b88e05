//! Prefix sums: Hillis-Steele, Blelloch, warp shuffles, segmented, several passes, compaction and partitions.

use super::case::Stage::*;
use super::case::*;
use super::rng::Rng;

fn exclusive(xs: &[i32]) -> Vec<i32> {
    xs.iter()
        .scan(0i32, |sum, &x| {
            let before = *sum;
            *sum = sum.wrapping_add(x);
            Some(before)
        })
        .collect()
}

fn inclusive(xs: &[i32]) -> Vec<i32> {
    exclusive(xs).iter().zip(xs).map(|(&a, &b)| a.wrapping_add(b)).collect()
}

/// Double-buffered in one dynamic array, one block for all elements.
const HILLIS_STEELE: &str = r#"
__global__ void scan_doubling(int *sums, int *values, int n)
{
    extern __shared__ int rows[];
    int *now = rows, *next = rows + n;
    const int me = threadIdx.x;
    now[me] = me == 0 ? 0 : values[me - 1];
    for (int reach = 1; reach < n; reach <<= 1) {
        __syncthreads();
        int sum = now[me];
        if (me >= reach) sum += now[me - reach];
        next[me] = sum;
        int *swap = now;
        now = next;
        next = swap;
    }
    sums[me] = now[me];
}
"#;

fn hillis_steele(rng: &mut Rng) -> Vec<Case> {
    [1usize, 2, 31, 33, 100, 256]
        .iter()
        .map(|&n| {
            let xs = rng.i32s(n, -1_000_000_000, 1_000_000_000);
            let mut c = Case::new(format!("n={n}"));
            let (x, y) = (c.input(&xs), c.output(&exclusive(&xs)));
            c.launch("scan_doubling", 1, n, 8 * n, args![y, x, n as i32]);
            c
        })
        .collect()
}

/// Work-efficient up-sweep and down-sweep, with padding against bank conflicts.
const BLELLOCH: &str = r#"
#define PADDED(i) ((i) + ((i) >> 5))

extern "C" __global__ void scan_tree(int *sums, const int *values, int n)
{
    extern __shared__ int tree[];
    const int me = threadIdx.x, leaves = 2 * blockDim.x;
    for (int leaf = me; leaf < leaves; leaf += blockDim.x) tree[PADDED(leaf)] = leaf < n ? values[leaf] : 0;

    int span = 1;
    // Up: each node becomes the sum of its subtree.
    for (; span < leaves; span <<= 1) {
        __syncthreads();
        const int right = (me + 1) * 2 * span - 1;
        if (right < leaves) tree[PADDED(right)] += tree[PADDED(right - span)];
    }
    if (me == 0) tree[PADDED(leaves - 1)] = 0;
    // Down: the left child gets what is before the node, the right child that and the left subtree.
    while (span >>= 1) {
        __syncthreads();
        const int right = (me + 1) * 2 * span - 1, left = right - span;
        if (right < leaves) {
            const int before = tree[PADDED(right)];
            tree[PADDED(right)] = before + tree[PADDED(left)];
            tree[PADDED(left)] = before;
        }
    }
    __syncthreads();
    for (int leaf = me; leaf < n; leaf += blockDim.x) sums[leaf] = tree[PADDED(leaf)];
}
"#;

fn blelloch(rng: &mut Rng) -> Vec<Case> {
    [(0usize, 32usize), (1, 1), (63, 32), (64, 32), (200, 128), (256, 128)]
        .iter()
        .map(|&(n, threads)| {
            let xs = rng.i32s(n, -1000, 1000);
            let mut c = Case::new(format!("n={n}"));
            let (x, y) = (c.input(&xs), c.output(&exclusive(&xs)));
            c.launch("scan_tree", 1, threads, 4 * (2 * threads + 16), args![y, x, n as i32]);
            c
        })
        .collect()
}

/// Scan of blocks, scan of the block sums, addition of the offsets: three launches over device memory.
const THREE_PASS: &str = r#"
#define BLOCK 128

__device__ int warp_scan(int v)
{
    int lane = threadIdx.x & 31;
    #pragma unroll
    for (int d = 1; d < 32; d <<= 1) {
        int other = __shfl_up_sync(0xffffffff, v, d);
        if (lane >= d) v += other;
    }
    return v;
}

__device__ int block_scan(int v, int *warp_sums)
{
    int lane = threadIdx.x & 31, warp = threadIdx.x >> 5;
    v = warp_scan(v);
    if (lane == 31) warp_sums[warp] = v;
    __syncthreads();
    if (warp == 0) {
        int s = lane < BLOCK / 32 ? warp_sums[lane] : 0;
        s = warp_scan(s);
        if (lane < BLOCK / 32) warp_sums[lane] = s;
    }
    __syncthreads();
    return warp ? v + warp_sums[warp - 1] : v;
}

__global__ void scan_blocks(const int *in, int *out, int *sums, int n)
{
    __shared__ int warp_sums[BLOCK / 32];
    int i = blockIdx.x * BLOCK + threadIdx.x;
    int v = block_scan(i < n ? in[i] : 0, warp_sums);
    if (i < n) out[i] = v;
    if (threadIdx.x == BLOCK - 1) sums[blockIdx.x] = v;
}

__global__ void scan_sums(int *sums, int count)
{
    __shared__ int warp_sums[BLOCK / 32];
    int carry = 0;
    __shared__ int total;
    for (int base = 0; base < count; base += BLOCK) {
        int i = base + threadIdx.x;
        int v = block_scan(i < count ? sums[i] : 0, warp_sums) + carry;
        if (i < count) sums[i] = v;
        if (threadIdx.x == BLOCK - 1) total = v;
        __syncthreads();
        carry = total;
        __syncthreads();
    }
}

__global__ void add_sums(int *out, const int *sums, int n)
{
    int i = blockIdx.x * BLOCK + threadIdx.x;
    if (blockIdx.x > 0 && i < n) out[i] += sums[blockIdx.x - 1];
}
"#;

fn three_pass(rng: &mut Rng) -> Vec<Case> {
    [0usize, 1, 127, 128, 129, 5000, 128 * 128 + 77]
        .iter()
        .map(|&n| {
            let xs = rng.i32s(n, i32::MIN, i32::MAX);
            let grid = blocks(n, 128);
            let mut c = Case::new(format!("n={n}"));
            let (x, y, s) = (c.input(&xs), c.output(&inclusive(&xs)), c.scratch(&vec![-1i32; grid]));
            c.launch("scan_blocks", grid, 128, 0, args![x, y, s, n as i32]);
            c.launch("scan_sums", 1, 128, 0, args![s, grid as i32]);
            c.launch("add_sums", grid, 128, 0, args![y, s, n as i32]);
            c
        })
        .collect()
}

/// Segmented scan with head flags: pairs combined by an associative operator.
const SEGMENTED: &str = r#"
struct Pair {
    float sum;
    int flag;
    __device__ Pair() {}
    __device__ Pair(float s, int f) : sum(s), flag(f) {}
    __device__ Pair operator+(const Pair &right) const
    {
        return Pair(right.flag ? right.sum : sum + right.sum, flag | right.flag);
    }
};

__global__ void segmented_scan(const float *x, const unsigned char *heads, float *out, int n)
{
    __shared__ float sums[2][256];
    __shared__ int flags[2][256];
    const int t = threadIdx.x;
    Pair p = t < n ? Pair(x[t], heads[t] != 0) : Pair(0.0f, 1);
    int buf = 0;
    sums[0][t] = p.sum;
    flags[0][t] = p.flag;
    __syncthreads();
    for (int d = 1; d < blockDim.x; d <<= 1) {
        if (t >= d) p = Pair(sums[buf][t - d], flags[buf][t - d]) + p;
        buf ^= 1;
        sums[buf][t] = p.sum;
        flags[buf][t] = p.flag;
        __syncthreads();
    }
    if (t < n) out[t] = p.sum;
}
"#;

fn segmented(rng: &mut Rng) -> Vec<Case> {
    [1usize, 33, 255, 256]
        .iter()
        .map(|&n| {
            // Quarters: every partial sum is exact, whatever the order.
            let xs = rng.vec(n, |r| r.int(-400, 400) as f32 * 0.25);
            let heads = rng.vec(n, |r| u8::from(r.below(7) == 0) * 3);
            let mut sum = 0.0;
            let expected: Vec<f32> = (0..n)
                .map(|i| {
                    sum = if heads[i] != 0 { xs[i] } else { sum + xs[i] };
                    sum
                })
                .collect();
            let mut c = Case::new(format!("n={n}"));
            let (x, h, y) = (c.input(&xs), c.input(&heads), c.output(&expected));
            c.launch("segmented_scan", 1, 256, 0, args![x, h, y, n as i32]);
            c
        })
        .collect()
}

/// Stream compaction in order: predicate, scan of the flags in shared memory, scatter; blocks chained by counts.
const COMPACT: &str = r#"
extern "C" __global__ void count_kept(const float *x, int n, float limit, int *counts)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    int kept = __syncthreads_count(i < n && x[i] > limit);
    if (threadIdx.x == 0) counts[blockIdx.x] = kept;
}

extern "C" __global__ void compact(const float *x, int n, float limit, const int *counts, float *out, int *total)
{
    __shared__ int base;
    __shared__ int offsets[8];
    if (threadIdx.x == 0) {
        base = 0;
        for (int b = 0; b < blockIdx.x; ++b) base += counts[b];
        if (blockIdx.x == gridDim.x - 1) *total = base + counts[blockIdx.x];
    }
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    bool keep = false;
    if (i < n) keep = x[i] > limit;
    unsigned ballot = __ballot_sync(0xffffffffu, keep);
    unsigned lane = threadIdx.x % 32u, warp = threadIdx.x / 32u;
    if (lane == 0) offsets[warp] = __popc(ballot);
    __syncthreads();
    if (keep) {
        int at = base + __popc(ballot & ((1u << lane) - 1u));
        for (unsigned w = 0; w < warp; w++) at += offsets[w];
        out[at] = x[i];
    }
}
"#;

fn compact(rng: &mut Rng) -> Vec<Case> {
    [0usize, 1, 127, 128, 129, 3000]
        .iter()
        .map(|&n| {
            let xs = rng.f32s(n, -1.0, 1.0);
            let limit = rng.f32(-0.5, 0.5);
            let kept: Vec<f32> = xs.iter().copied().filter(|&x| x > limit).collect();
            let mut all = vec![9.0f32; n];
            let fresh = all.clone();
            all[..kept.len()].copy_from_slice(&kept);
            let grid = blocks(n, 128);
            let mut c = Case::new(format!("n={n}"));
            let (x, counts, out) = (c.input(&xs), c.scratch(&vec![0i32; grid]), c.inout(&fresh, &all));
            let total = c.output(&[kept.len() as i32]);
            c.launch("count_kept", grid, 128, 0, args![x, n as i32, limit, counts]);
            c.launch("compact", grid, 128, 0, args![x, n as i32, limit, counts, out, total]);
            c
        })
        .collect()
}

/// Warp-aggregated append: order is free, the set of kept elements is not.
const FILTER: &str = r#"
__device__ bool wanted(int v) { return v > 0 && v % 3 == 0; }

__device__ int reserve(int *used)
{
    // One at a time, whoever else of the warp is here.
    const unsigned here = __activemask();
    return atomicAdd(used, __popc(here & 1u << threadIdx.x % 32));
}

__global__ void keep_each(int *kept, int *used, const int *values, int count)
{
    for (int at = threadIdx.x + blockDim.x * blockIdx.x; at < count; at += blockDim.x * gridDim.x)
        if (wanted(values[at])) kept[reserve(used)] = values[at];
}

__global__ void keep_by_warp(int *kept, int *used, const int *values, int count)
{
    const int me = threadIdx.x + blockDim.x * blockIdx.x, lane = threadIdx.x % 32;
    const int value = me < count ? values[me] : 0;
    const unsigned takers = __ballot_sync(~0u, wanted(value));
    const int first = takers ? __ffs(takers) - 1 : 0;
    int start = 0;
    if (takers && lane == first) start = atomicAdd(used, __popc(takers));
    start = __shfl_sync(~0u, start, first);
    if (takers >> lane & 1) kept[start + __popc(takers & ((1u << lane) - 1))] = value;
}
"#;

fn filter(rng: &mut Rng) -> Vec<Case> {
    let mut cases = Vec::new();
    for kernel in ["keep_each", "keep_by_warp"] {
        for n in [0usize, 1, 63, 65, 1777] {
            let xs = rng.i32s(n, -500, 500);
            let mut kept: Vec<i32> = xs.iter().copied().filter(|&v| v > 0 && v % 3 == 0).collect();
            kept.sort_unstable();
            let count = kept.len() as i32;
            let mut c = Case::new(format!("{kernel} n={n}"));
            let x = c.input(&xs);
            let judge = move |got: &[u8]| {
                let mut all: Vec<i32> =
                    got.chunks_exact(4).map(|b| i32::from_ne_bytes(b.try_into().unwrap())).collect();
                if all[kept.len()..].iter().any(|&v| v != -7) {
                    return Err("something after the last kept element".to_string());
                }
                all.truncate(kept.len());
                all.sort_unstable();
                if all == kept { Ok(()) } else { Err("not the kept elements".to_string()) }
            };
            let dst = c.buffer(bytes_of(&vec![-7i32; n]), Expect::Judge(Box::new(judge)));
            let total = c.inout(&[0i32], &[count]);
            c.launch(kernel, blocks(n, 64), 64, 0, args![dst, total, x, n as i32]);
            cases.push(c);
        }
    }
    cases
}

/// Operators as function templates with an enum parameter: what stage S4 has to offer.
const OPERATORS: &str = r#"
enum Op { PLUS, LARGEST, XOR };

template <Op op, typename T> __device__ T combine(T a, T b)
{
    if constexpr (op == PLUS) return a + b;
    else if constexpr (op == LARGEST) return a > b ? a : b;
    else return a ^ b;
}

template <Op op, typename T, int N>
__global__ void scan_op(const T *in, T *out, int n)
{
    __shared__ T s[N];
    int i = blockIdx.x * N + threadIdx.x;
    s[threadIdx.x] = i < n ? in[i] : T(0);
    __syncthreads();
    T v = s[threadIdx.x];
    for (int d = 1; d < N; d *= 2) {
        T other = T(0);
        if (threadIdx.x >= d) other = s[threadIdx.x - d];
        __syncthreads();
        if (threadIdx.x >= d) { v = combine<op>(other, v); s[threadIdx.x] = v; }
        __syncthreads();
    }
    if (i < n) out[i] = v;
}
"#;

fn operators(rng: &mut Rng) -> Vec<Case> {
    let mut cases = Vec::new();
    for n in [1usize, 31, 32, 33, 500] {
        let xs = rng.vec(n, |r| r.next() as i64);
        let scanned = |combine: fn(i64, i64) -> i64| -> Vec<i64> {
            let mut out = xs.clone();
            for block in out.chunks_mut(32) {
                (1..block.len()).for_each(|i| block[i] = combine(block[i - 1], block[i]));
            }
            out
        };
        for (op, expected) in [
            ("PLUS", scanned(i64::wrapping_add)),
            ("LARGEST", scanned(i64::max)),
            ("XOR", scanned(|a, b| a ^ b)),
        ] {
            let mut c = Case::new(format!("{op} n={n}"));
            let (x, y) = (c.input(&xs), c.output(&expected));
            c.launch(&format!("scan_op<{op}, long long, 32>"), blocks(n, 32), 32, 0, args![x, y, n as i32]);
            cases.push(c);
        }
    }
    cases
}

/// Run-length encoding: heads, their scan, and the lengths between neighbouring heads.
const RLE: &str = r#"
extern "C" __global__ void rle(const unsigned char *in, int n, unsigned char *symbols, short *lengths, int *runs)
{
    __shared__ int position[256];
    __shared__ int start[257];
    int t = threadIdx.x;
    int head = t < n && (t == 0 || in[t] != in[t - 1]);
    position[t] = head;
    __syncthreads();
    for (int d = 1; d < 256; d += d) {
        int add = t >= d ? position[t - d] : 0;
        __syncthreads();
        position[t] += add;
        __syncthreads();
    }
    int total = position[255];
    if (head) start[position[t] - 1] = t;
    if (t == 0) { start[total] = n; *runs = total; }
    __syncthreads();
    if (t < total) {
        symbols[t] = in[start[t]];
        lengths[t] = (short)(start[t + 1] - start[t]);
    }
}
"#;

fn rle(rng: &mut Rng) -> Vec<Case> {
    [0usize, 1, 17, 255, 256]
        .iter()
        .map(|&n| {
            let text = rng.vec(n, |r| b'a' + (r.below(4) / 2) as u8);
            let mut runs: Vec<(u8, i16)> = Vec::new();
            for &byte in &text {
                match runs.last_mut() {
                    Some((last, length)) if *last == byte => *length += 1,
                    _ => runs.push((byte, 1)),
                }
            }
            let (symbols, lengths): (Vec<u8>, Vec<i16>) = runs.iter().copied().unzip();
            let mut c = Case::new(format!("n={n}"));
            let (x, s, l) = (c.input(&text), c.output(&symbols), c.output(&lengths));
            let r = c.output(&[runs.len() as i32]);
            c.launch("rle", 1, 256, 0, args![x, n as i32, s, l, r]);
            c
        })
        .collect()
}

pub fn kernels() -> Vec<Kernel> {
    vec![
        kernel("scan_hillis_steele", S1, HILLIS_STEELE, hillis_steele),
        kernel("scan_blelloch", S1, BLELLOCH, blelloch),
        kernel("scan_three_pass", S2, THREE_PASS, three_pass),
        kernel("scan_segmented", S5, SEGMENTED, segmented),
        kernel("scan_compact", S2, COMPACT, compact),
        kernel("scan_filter", S2, FILTER, filter),
        kernel("scan_operators", S4, OPERATORS, operators),
        kernel("scan_rle", S0, RLE, rle),
    ]
}
