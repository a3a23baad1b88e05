//! Sorts and merges: bitonic in shared and device memory, odd-even, radix passes, rank, merge path, counting.

use super::case::Stage::*;
use super::case::*;
use super::rng::Rng;

fn sorted<T: Copy + Ord>(xs: &[T]) -> Vec<T> {
    let mut xs = xs.to_vec();
    xs.sort();
    xs
}

/// Keys with values in shared memory; a direction parameter.
const BITONIC_SHARED: &str = r#"
#define CELLS 256

struct Item { unsigned key, value; };

__device__ inline void put_in_order(Item &first, Item &second, bool rising)
{
    if (rising ? second.key < first.key : first.key < second.key) {
        const Item kept = first;
        first = second;
        second = kept;
    }
}

__global__ void sort_parts(unsigned *keys_out, unsigned *values_out, const unsigned *keys_in, const unsigned *values_in, unsigned part, unsigned rising)
{
    __shared__ Item cells[CELLS];
    const unsigned base = CELLS * blockIdx.x, me = threadIdx.x;
    for (unsigned c = me; c < CELLS; c += blockDim.x) {
        cells[c].key = keys_in[base + c];
        cells[c].value = values_in[base + c];
    }
    // Runs in alternate directions are merged two by two until one fills its part.
    for (unsigned run = 1; run < part; run += run)
        for (unsigned apart = run; apart != 0; apart /= 2) {
            __syncthreads();
            const unsigned low = me / apart * 2 * apart + me % apart;
            const bool turned = 2 * run < part && low / (2 * run) % 2 == 1;
            put_in_order(cells[low], cells[low + apart], (rising != 0) != turned);
        }
    __syncthreads();
    for (unsigned c = me; c < CELLS; c += blockDim.x) {
        keys_out[base + c] = cells[c].key;
        values_out[base + c] = cells[c].value;
    }
}
"#;

fn bitonic_shared(rng: &mut Rng) -> Vec<Case> {
    [(1usize, 1u32, 256usize), (3, 0, 256), (2, 1, 32), (1, 0, 2)]
        .iter()
        .map(|&(grid, dir, length)| {
            let n = grid * 256;
            // Distinct keys: the network is not stable, so ties would leave the values open.
            let mut keys: Vec<u32> = (0..n as u32).map(|i| i.wrapping_mul(0x9E37_79B1)).collect();
            rng.shuffle(&mut keys);
            let values: Vec<u32> = keys.iter().map(|k| !k).collect();
            let mut expected = keys.clone();
            for part in expected.chunks_mut(length) {
                part.sort_unstable();
                if dir == 0 {
                    part.reverse();
                }
            }
            let mut c = Case::new(format!("{grid} arrays, parts of {length}, dir {dir}"));
            let (k, v) = (c.input(&keys), c.input(&values));
            let (ok, ov) = (c.output(&expected), c.output(&expected.iter().map(|k| !k).collect::<Vec<_>>()));
            c.launch("sort_parts", grid, 128, 0, args![ok, ov, k, v, length as u32, dir]);
            c
        })
        .collect()
}

/// One step of the network a launch.
const BITONIC_GLOBAL: &str = r#"
extern "C" __global__ void exchange(float *values, int apart, int run)
{
    const int me = blockDim.x * blockIdx.x + threadIdx.x;
    if (me & apart) return;
    const float mine = values[me], other = values[me + apart];
    const bool falling = (me & run) != 0;
    if (falling ? mine < other : other < mine) {
        values[me] = other;
        values[me + apart] = mine;
    }
}
"#;

fn bitonic_global(rng: &mut Rng) -> Vec<Case> {
    [(2usize, 2usize), (64, 32), (1024, 128)]
        .iter()
        .map(|&(n, threads)| {
            let xs = rng.f32s(n, -1e6, 1e6);
            let mut expected = xs.clone();
            expected.sort_by(f32::total_cmp);
            let mut c = Case::new(format!("n={n}"));
            let x = c.inout(&xs, &expected);
            let mut k = 2;
            while k <= n {
                let mut j = k / 2;
                while j > 0 {
                    c.launch("exchange", n / threads, threads, 0, args![x, j as i32, k as i32]);
                    j /= 2;
                }
                k *= 2;
            }
            c
        })
        .collect()
}

/// Odd-even transposition with an early end when a whole round swapped nothing.
const ODD_EVEN: &str = r#"
__global__ void odd_even(short *a, int n)
{
    extern __shared__ short s[];
    for (int i = threadIdx.x; i < n; i += blockDim.x) s[i] = a[blockIdx.x * n + i];
    __syncthreads();
    bool idle = false;
    for (int round = 0; ; round++) {
        int swapped = 0;
        for (int i = 2 * threadIdx.x + (round & 1); i + 1 < n; i += 2 * blockDim.x) {
            if (s[i] > s[i + 1]) {
                short t = s[i]; s[i] = s[i + 1]; s[i + 1] = t;
                swapped = 1;
            }
        }
        if (!__syncthreads_or(swapped)) {
            if (idle) break;
            idle = true;
        } else idle = false;
    }
    for (int i = threadIdx.x; i < n; i += blockDim.x) a[blockIdx.x * n + i] = s[i];
}
"#;

fn odd_even(rng: &mut Rng) -> Vec<Case> {
    [0usize, 1, 2, 33, 64, 101]
        .iter()
        .map(|&n| {
            let xs = rng.vec(3 * n, |r| r.next() as i16);
            let expected: Vec<i16> = xs.chunks(n.max(1)).flat_map(sorted).collect();
            let mut c = Case::new(format!("n={n}"));
            let x = c.inout(&xs, &expected);
            c.launch("odd_even", 3, 32, 2 * n, args![x, n as i32]);
            c
        })
        .collect()
}

/// Least significant digit first, 4 bits a pass: histogram by block, scan, stable scatter.
const RADIX: &str = r#"
#define RADIX 16
#define THREADS 64

__global__ void radix_count(const unsigned *keys, int n, int shift, unsigned *counts)
{
    __shared__ unsigned hist[RADIX];
    if (threadIdx.x < RADIX) hist[threadIdx.x] = 0;
    __syncthreads();
    int i = blockIdx.x * THREADS + threadIdx.x;
    if (i < n) atomicAdd(&hist[(keys[i] >> shift) & (RADIX - 1)], 1u);
    __syncthreads();
    if (threadIdx.x < RADIX) counts[threadIdx.x * gridDim.x + blockIdx.x] = hist[threadIdx.x];
}

__global__ void radix_scan(unsigned *counts, int m)
{
    unsigned sum = 0;
    for (int i = 0; i < m; i++) { unsigned c = counts[i]; counts[i] = sum; sum += c; }
}

__global__ void radix_scatter(const unsigned *keys, unsigned *out, int n, int shift, const unsigned *offsets)
{
    __shared__ unsigned char digits[THREADS];
    int i = blockIdx.x * THREADS + threadIdx.x;
    unsigned key = 0, d = 255;
    if (i < n) { key = keys[i]; d = (key >> shift) & (RADIX - 1); }
    digits[threadIdx.x] = d;
    __syncthreads();
    if (i < n) {
        unsigned rank = 0;
        for (int j = 0; j < threadIdx.x; j++) rank += digits[j] == d;
        out[offsets[d * gridDim.x + blockIdx.x] + rank] = key;
    }
}
"#;

fn radix(rng: &mut Rng) -> Vec<Case> {
    [0usize, 1, 63, 64, 65, 700]
        .iter()
        .map(|&n| {
            let keys = rng.u32s(n);
            let grid = blocks(n, 64);
            let mut c = Case::new(format!("n={n}"));
            // Eight passes end where they began.
            let (a, b) = (c.inout(&keys, &sorted(&keys)), c.scratch(&vec![0u32; n]));
            let counts = c.scratch(&vec![0u32; 16 * grid]);
            for pass in 0..8 {
                let (from, to) = if pass % 2 == 0 { (a, b) } else { (b, a) };
                c.launch("radix_count", grid, 64, 0, args![from, n as i32, 4 * pass, counts]);
                c.launch("radix_scan", 1, 1, 0, args![counts, 16 * grid as i32]);
                c.launch("radix_scatter", grid, 64, 0, args![from, to, n as i32, 4 * pass, counts]);
            }
            c
        })
        .collect()
}

const RANK: &str = r#"
template <typename K>
__global__ void rank_sort(const K *__restrict__ in, K *__restrict__ out, size_t n)
{
    size_t i = blockIdx.x * (size_t)blockDim.x + threadIdx.x;
    if (i >= n) return;
    const K mine = in[i];
    size_t rank = 0;
    for (size_t j = 0; j < n; ++j) {
        const K other = in[j];
        rank += (other < mine) || (other == mine && j < i);
    }
    out[rank] = mine;
}
"#;

fn rank(rng: &mut Rng) -> Vec<Case> {
    let mut cases = Vec::new();
    for n in [0usize, 1, 95, 97, 300] {
        let xs = rng.vec(n, |r| r.int(-40, 40) as i8);
        let mut c = Case::new(format!("signed char n={n}"));
        let (x, y) = (c.input(&xs), c.output(&sorted(&xs)));
        c.launch("rank_sort<signed char>", blocks(n, 96), 96, 0, args![x, y, n as u64]);
        cases.push(c);
        let xs = rng.vec(n, |r| r.next());
        let mut c = Case::new(format!("unsigned long long n={n}"));
        let (x, y) = (c.input(&xs), c.output(&sorted(&xs)));
        c.launch("rank_sort<unsigned long long>", blocks(n, 96), 96, 0, args![x, y, n as u64]);
        cases.push(c);
    }
    cases
}

/// Each thread finds its diagonal by binary search and merges a few elements from there.
const MERGE_PATH: &str = r#"
__device__ int diagonal(const int *a, int na, const int *b, int nb, int d)
{
    int low = max(0, d - nb), high = min(d, na);
    while (low < high) {
        int mid = (low + high) >> 1;
        if (a[mid] <= b[d - 1 - mid]) low = mid + 1;
        else high = mid;
    }
    return low;
}

extern "C" __global__ void merge_path(const int *a, int na, const int *b, int nb, int *out, int per_thread)
{
    int d = (blockIdx.x * blockDim.x + threadIdx.x) * per_thread;
    if (d >= na + nb) return;
    int i = diagonal(a, na, b, nb, d), j = d - i;
    for (int k = 0; k < per_thread && d + k < na + nb; k++) {
        bool fromA;
        if (i >= na) fromA = false;
        else if (j >= nb) fromA = true;
        else fromA = a[i] <= b[j];
        out[d + k] = fromA ? a[i++] : b[j++];
    }
}
"#;

fn merge_path(rng: &mut Rng) -> Vec<Case> {
    [(0usize, 5usize, 1usize), (7, 0, 3), (1, 1, 1), (100, 333, 7), (500, 499, 4)]
        .iter()
        .map(|&(na, nb, per)| {
            let (a, b) = (sorted(&rng.i32s(na, -50, 50)), sorted(&rng.i32s(nb, -50, 50)));
            let expected = sorted(&[a.clone(), b.clone()].concat());
            let mut c = Case::new(format!("{na}+{nb}"));
            let (x, y, z) = (c.input(&a), c.input(&b), c.output(&expected));
            let grid = blocks((na + nb).div_ceil(per), 32);
            c.launch("merge_path", grid, 32, 0, args![x, na as i32, y, nb as i32, z, per as i32]);
            c
        })
        .collect()
}

/// Bottom-up merge sort, a launch a width, ping-pong between two arrays.
const MERGE_SORT: &str = r#"
__device__ void merge_runs(const double *src, double *dst, long long start, long long mid, long long end)
{
    long long i = start, j = mid;
    for (long long k = start; k < end; k++) {
        if (i < mid && (j >= end || src[i] < src[j])) { dst[k] = src[i]; i++; }
        else { dst[k] = src[j]; j++; }
    }
}

__global__ void merge_pass(const double *src, double *dst, long long n, long long width)
{
    long long id = blockIdx.x * blockDim.x + threadIdx.x;
    long long start = id * 2 * width;
    if (start >= n) return;
    long long mid = start + width < n ? start + width : n;
    long long end = start + 2 * width < n ? start + 2 * width : n;
    merge_runs(src, dst, start, mid, end);
}
"#;

fn merge_sort(rng: &mut Rng) -> Vec<Case> {
    [1usize, 2, 100, 777]
        .iter()
        .map(|&n| {
            let xs = rng.f64s(n, -1.0, 1.0);
            let mut expected = xs.clone();
            expected.sort_by(f64::total_cmp);
            let mut widths: Vec<usize> =
                std::iter::successors(Some(1), |w| Some(w * 2)).take_while(|w| *w < n).collect();
            if widths.len() % 2 == 1 {
                widths.push(n);
            }
            let mut c = Case::new(format!("n={n}"));
            let (mut from, mut to) = (c.inout(&xs, &expected), c.scratch(&xs));
            for width in widths {
                let grid = blocks(n.div_ceil(2 * width), 32);
                c.launch("merge_pass", grid, 32, 0, args![from, to, n as i64, width as i64]);
                std::mem::swap(&mut from, &mut to);
            }
            c
        })
        .collect()
}

/// A quicksort with its own stack in local memory, one array a thread; insertion sort for short ranges.
const QUICKSORT: &str = r#"
#define MAX_DEPTH 32

__device__ void insertion(int *a, int lo, int hi)
{
    for (int i = lo + 1; i <= hi; i++) {
        int v = a[i], j = i - 1;
        for (; j >= lo && a[j] > v; --j) a[j + 1] = a[j];
        a[j + 1] = v;
    }
}

extern "C" __global__ void quicksort_each(int *data, int rows, int length)
{
    int row = blockIdx.x * blockDim.x + threadIdx.x;
    if (row >= rows) return;
    int *a = data + row * length;
    int stack[2 * MAX_DEPTH], top = 0;
    stack[top++] = 0;
    stack[top++] = length - 1;
    while (top > 0) {
        int hi = stack[--top], lo = stack[--top];
        if (hi - lo < 8) { insertion(a, lo, hi); continue; }
        int mid = lo + (hi - lo) / 2, pivot = a[mid], i = lo - 1, j = hi + 1;
        for (;;) {
            do i++; while (a[i] < pivot);
            do j--; while (a[j] > pivot);
            if (i >= j) break;
            int t = a[i]; a[i] = a[j]; a[j] = t;
        }
        if (j - lo > hi - j) { stack[top++] = lo; stack[top++] = j; stack[top++] = j + 1; stack[top++] = hi; }
        else { stack[top++] = j + 1; stack[top++] = hi; stack[top++] = lo; stack[top++] = j; }
    }
}
"#;

fn quicksort(rng: &mut Rng) -> Vec<Case> {
    [(1usize, 1usize), (5, 7), (33, 64), (40, 129)]
        .iter()
        .map(|&(rows, length)| {
            let xs = rng.i32s(rows * length, -99, 99);
            let mut c = Case::new(format!("{rows} rows of {length}"));
            let x = c.inout(&xs, &xs.chunks(length).flat_map(sorted).collect::<Vec<_>>());
            c.launch("quicksort_each", blocks(rows, 32), 32, 0, args![x, rows as i32, length as i32]);
            c
        })
        .collect()
}

/// Whole-warp sort of 32 values by shuffles; rows shorter than a warp are filled up with the largest value.
const WARP_SORT: &str = r#"
__global__ void warp_sort(const unsigned short *in, unsigned short *out, int rows, int width)
{
    int warp = (blockIdx.x * blockDim.x + threadIdx.x) / warpSize;
    int lane = threadIdx.x % warpSize;
    int v = warp < rows && lane < width ? in[warp * width + lane] : 0x10000;
    for (int k = 2; k <= 32; k <<= 1)
        for (int j = k >> 1; j > 0; j >>= 1) {
            int other = __shfl_xor_sync(0xFFFFFFFFu, v, j);
            bool up = (lane & k) == 0, lower = (lane & j) == 0;
            v = (up == lower) ? min(v, other) : max(v, other);
        }
    if (warp < rows && lane < width) out[warp * width + lane] = (unsigned short)v;
}
"#;

fn warp_sort(rng: &mut Rng) -> Vec<Case> {
    [(1usize, 32usize), (3, 32), (9, 31), (5, 1)]
        .iter()
        .map(|&(rows, width)| {
            let xs = rng.vec(rows * width, |r| r.next() as u16);
            let mut c = Case::new(format!("{rows} rows of {width}"));
            let (x, y) = (c.input(&xs), c.output(&xs.chunks(width).flat_map(sorted).collect::<Vec<_>>()));
            c.launch("warp_sort", blocks(rows, 2), 64, 0, args![x, y, rows as i32, width as i32]);
            c
        })
        .collect()
}

/// Exact k-th smallest of each row by binary search over the bits of the keys.
const SELECT: &str = r#"
extern "C" __global__ void kth_smallest(const unsigned int *data, int n, int k, unsigned int *result)
{
    __shared__ int below;
    const unsigned int *row = data + (size_t)blockIdx.x * n;
    unsigned int prefix = 0;
    int want = k;
    for (int bit = 31; bit >= 0; bit--) {
        if (threadIdx.x == 0) below = 0;
        __syncthreads();
        int mine = 0;
        unsigned int mask = bit == 31 ? 0u : ~0u << (bit + 1);
        for (int i = threadIdx.x; i < n; i += blockDim.x)
            if ((row[i] & mask) == prefix && !((row[i] >> bit) & 1u)) mine++;
        if (mine) atomicAdd(&below, mine);
        __syncthreads();
        int zeros = below;
        __syncthreads();
        if (want >= zeros) { want -= zeros; prefix |= 1u << bit; }
    }
    if (threadIdx.x == 0) result[blockIdx.x] = prefix;
}
"#;

fn select(rng: &mut Rng) -> Vec<Case> {
    [(1usize, 0usize), (50, 25), (64, 63), (129, 0), (300, 7)]
        .iter()
        .map(|&(n, k)| {
            let xs = rng.vec(4 * n, |r| if r.below(2) == 0 { r.u32() } else { r.below(9) as u32 });
            let expected: Vec<u32> = xs.chunks(n).map(|row| sorted(row)[k]).collect();
            let mut c = Case::new(format!("n={n} k={k}"));
            let (x, y) = (c.input(&xs), c.output(&expected));
            c.launch("kth_smallest", 4, 64, 0, args![x, n as i32, k as i32, y]);
            c
        })
        .collect()
}

pub fn kernels() -> Vec<Kernel> {
    vec![
        kernel("sort_bitonic_shared", S3, BITONIC_SHARED, bitonic_shared),
        kernel("sort_bitonic_global", S0, BITONIC_GLOBAL, bitonic_global),
        kernel("sort_odd_even", S1, ODD_EVEN, odd_even),
        kernel("sort_radix", S0, RADIX, radix),
        kernel("sort_rank", S4, RANK, rank),
        kernel("sort_merge_path", S0, MERGE_PATH, merge_path),
        kernel("sort_merge", S0, MERGE_SORT, merge_sort),
        kernel("sort_quick", S0, QUICKSORT, quicksort),
        kernel("sort_warp", S2, WARP_SORT, warp_sort),
        kernel("sort_select", S0, SELECT, select),
    ]
}
