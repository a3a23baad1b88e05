//! Reductions: the classic sequence of ever better trees, shuffles, atomics, templates, and argmin/argmax.

use super::case::Stage::*;
use super::case::*;
use super::rng::Rng;

const SIZES: [usize; 8] = [0, 1, 31, 255, 256, 257, 1000, 5003];

/// Sums of n floats in [0, 1): block-wise partial sums, each off by at most a few rounding errors of its tree.
fn sum_tol() -> Tolerance {
    near(1e-5, 1e-5, "a tree of at most 2^13 additions in single precision")
}

/// One partial sum a block of `per_block` consecutive elements.
fn block_sums(kernel: &str, rng: &mut Rng, threads: usize, per_block: usize, shared: usize) -> Vec<Case> {
    let mut cases = Vec::new();
    for n in SIZES {
        let xs = rng.f32s(n, -0.5, 1.0);
        let grid = blocks(n, per_block);
        let sums: Vec<f64> = (0..grid)
            .map(|b| xs[(b * per_block).min(n)..((b + 1) * per_block).min(n)].iter().map(|&x| f64::from(x)).sum())
            .collect();
        let mut c = Case::new(format!("n={n}"));
        let (x, y) = (c.input(&xs), c.output_f32_of(&sums, sum_tol()));
        c.launch(kernel, grid, threads, shared, args![x, y, n as u32]);
        cases.push(c);
    }
    cases
}

/// The first half of the classics: modulo, strided, sequential addressing.
const INTERLEAVED: &str = r#"
extern "C" __global__ void sum_by_modulo(const float *values, float *partial, unsigned int count)
{
    extern __shared__ float cell[];
    const unsigned int me = threadIdx.x, at = me + blockDim.x * blockIdx.x;
    cell[me] = at < count ? values[at] : 0;
    unsigned int width = 1;
    do {
        __syncthreads();
        bool active = me % (width + width) == 0 && me + width < blockDim.x;
        if (active) cell[me] = cell[me] + cell[me + width];
        width += width;
    } while (width < blockDim.x);
    if (me == 0) partial[blockIdx.x] = cell[me];
}
"#;

const STRIDED: &str = r#"
__global__ void sum_by_stride(const float *in, float *out, unsigned n)
{
    __shared__ float s[256];
    const unsigned t = threadIdx.x, i = blockIdx.x * 256u + t;
    s[t] = i < n ? in[i] : 0.f;
    for (unsigned apart = 1; apart != 256; apart <<= 1) {
        __syncthreads();
        unsigned left = t * apart * 2;
        if (left < 256) s[left] += s[left | apart];
    }
    if (!t) out[blockIdx.x] = *s;
}
"#;

const SEQUENTIAL_FIRST_ADD: &str = r#"
__global__ void sum_halves(const float *__restrict__ in, float *__restrict__ out, unsigned int n)
{
    extern __shared__ float lower[];
    const unsigned int lane = threadIdx.x, first = 2 * blockIdx.x * blockDim.x + lane;
    const unsigned int second = first + blockDim.x;
    float held = first < n ? in[first] : 0;
    held += second < n ? in[second] : 0;
    for (unsigned int half = blockDim.x >> 1; half; half >>= 1) {
        if (lane >= half && lane < 2 * half) lower[lane - half] = held;
        __syncthreads();
        if (lane < half) held += lower[lane];
        __syncthreads();
    }
    if (!lane) out[blockIdx.x] = held;
}
"#;

/// The last warp works on volatile shared memory, with __syncwarp between the steps as it must be since Volta.
const UNROLLED_LAST_WARP: &str = r#"
#define FOLD(distance)                 \
    mine += row[lane + (distance)];    \
    __syncwarp();                      \
    row[lane] = mine;                  \
    __syncwarp()

__device__ float fold_row(volatile float *row, unsigned lane)
{
    float mine = row[lane];
    FOLD(32); FOLD(16); FOLD(8); FOLD(4); FOLD(2); FOLD(1);
    return mine;
}

extern "C" __global__ void sum_last_warp(const float *in, float *out, unsigned int n)
{
    // 32 cells more than threads: the last warp reads past its own values.
    __shared__ float row[160];
    unsigned int lane = threadIdx.x;
    unsigned int i = 128 * blockIdx.x + lane;
    row[lane] = 0.0f;
    if (lane < 32) row[lane + 128] = 0.0f;
    if (i < n) row[lane] = in[i];
    __syncthreads();
    if (lane < 64) row[lane] += row[lane + 64];
    __syncthreads();
    if (lane >= 32) return;
    float total = fold_row(row, lane);
    if (lane == 0) out[blockIdx.x] = total;
}
"#;

const TEMPLATE_BLOCK_SIZE: &str = r#"
template <typename T, unsigned int THREADS>
__global__ void sum_template(const T *values, T *partial, unsigned int count)
{
    __shared__ T upper[THREADS / 2];
    const unsigned int me = threadIdx.x;
    T held{};
    for (unsigned int i = me + THREADS * blockIdx.x; i < count; i += gridDim.x * THREADS) held += values[i];
#define HALVE(half)                                                  \
    if (THREADS >= 2 * (half)) {                                     \
        if (me >= (half) && me < 2 * (half)) upper[me - (half)] = held; \
        __syncthreads();                                             \
        if (me < (half)) held += upper[me];                          \
        __syncthreads();                                             \
    }
    HALVE(256) HALVE(128) HALVE(64) HALVE(32)
    if (me >= warpSize) return;
    for (int far = 1; far < warpSize; far += far) held += __shfl_down_sync(~0u, held, far);
    if (me == 0) partial[blockIdx.x] = held;
}
"#;

fn template_block_size(rng: &mut Rng) -> Vec<Case> {
    let mut cases = Vec::new();
    for (n, threads, grid) in [(1usize, 64usize, 1usize), (777, 64, 3), (4097, 128, 2), (5000, 512, 2)] {
        let xs = rng.vec(n, |r| r.int(-1 << 40, 1 << 40));
        let sums: Vec<i64> = (0..grid)
            .map(|b| xs.iter().enumerate().filter(|(i, _)| i / threads % grid == b).map(|(_, &x)| x).sum())
            .collect();
        let mut c = Case::new(format!("long long n={n} threads={threads}"));
        let (x, y) = (c.input(&xs), c.output(&sums));
        c.launch(&format!("sum_template<long long, {threads}>"), grid, threads, 0, args![x, y, n as u32]);
        cases.push(c);
        let fs = rng.f64s(n, -1.0, 1.0);
        let sums: Vec<f64> = (0..grid)
            .map(|b| fs.iter().enumerate().filter(|(i, _)| i / threads % grid == b).map(|(_, &x)| x).sum())
            .collect();
        let mut c = Case::new(format!("double n={n} threads={threads}"));
        let (x, y) = (c.input(&fs), c.output_f64(&sums, near(1e-12, 1e-12, "order of a double sum")));
        c.launch(&format!("sum_template<double, {threads}u>"), grid, threads, 0, args![x, y, n as u32]);
        cases.push(c);
    }
    cases
}

const SHUFFLE: &str = r#"
struct WarpSum {
    static __device__ int of(int value)
    {
        int distance = 1;
        while (distance < warpSize) {
            value += __shfl_xor_sync(0xffffffffu, value, distance);
            distance <<= 1;
        }
        return value;
    }
};

__device__ int sum_of_block(int value)
{
    __shared__ int warps[32];
    const unsigned warp = threadIdx.x >> 5, count = blockDim.x >> 5;
    const int own = WarpSum::of(value);
    if ((threadIdx.x & 31) == 31) warps[warp] = own;
    __syncthreads();
    if (warp > 0) return 0;
    return WarpSum::of(threadIdx.x < count ? warps[threadIdx.x] : 0);
}

extern "C" __global__ void sum_shuffled(const int *in, int *out, int n)
{
    const int step = gridDim.x * blockDim.x;
    int part = 0, i = threadIdx.x + blockDim.x * blockIdx.x;
    while (i < n) {
        part += in[i];
        i += step;
    }
    part = sum_of_block(part);
    if (threadIdx.x == 0) atomicAdd(out, part);
}
"#;

fn shuffle(rng: &mut Rng) -> Vec<Case> {
    SIZES
        .iter()
        .map(|&n| {
            let xs = rng.i32s(n, i32::MIN, i32::MAX);
            let total = xs.iter().fold(7i32, |a, &x| a.wrapping_add(x));
            let mut c = Case::new(format!("n={n}"));
            let (x, y) = (c.input(&xs), c.inout(&[7i32], &[total]));
            c.launch("sum_shuffled", 3, 1 << (5 + n % 4), 0, args![x, y, n as i32]);
            c
        })
        .collect()
}

/// The last block to finish, found by a counter, adds up the partial sums: one launch, no second kernel.
const LAST_BLOCK: &str = r#"
__device__ unsigned int arrived;

__device__ double fold(double *column, double own)
{
    const unsigned int me = threadIdx.x;
    column[me] = own;
    for (unsigned int live = 32; live != 0; live /= 2) {
        __syncthreads();
        if (me < live) column[me] += column[me + live];
    }
    __syncthreads();
    return column[0];
}

__global__ void sum_in_one_go(const double *values, int count, volatile double *partial, double *sum)
{
    __shared__ double column[64];
    __shared__ unsigned int place;
    const unsigned int me = threadIdx.x;
    double own = 0.0;
    for (int at = 64 * blockIdx.x + me; at < count; at += 64 * gridDim.x) own += values[at];
    const double total = fold(column, own);
    if (me == 0) {
        partial[blockIdx.x] = total;
        __threadfence();
        // Goes back to zero by itself when the last one has come.
        place = atomicInc(&arrived, gridDim.x - 1);
    }
    __syncthreads();
    if (place + 1 != gridDim.x) return;
    own = 0.0;
    for (unsigned int block = me; block < gridDim.x; block += 64) own += partial[block];
    own = fold(column, own);
    if (me == 0) *sum = own;
}
"#;

fn last_block(rng: &mut Rng) -> Vec<Case> {
    [0usize, 1, 63, 65, 1000, 4001]
        .iter()
        .map(|&n| {
            let xs = rng.f64s(n, -10.0, 10.0);
            let grid = 1 + n % 7;
            let mut c = Case::new(format!("n={n}"));
            let (x, p) = (c.input(&xs), c.scratch(&vec![0f64; grid]));
            let y = c.output_f64(&[xs.iter().sum()], near(1e-11, 1e-11, "order of a double sum"));
            c.launch("sum_in_one_go", grid, 64, 0, args![x, n as i32, p, y]);
            c
        })
        .collect()
}

const DOT: &str = r#"
const int threadsPerBlock = 256;

__global__ void dot(float *a, float *b, float *c, int N)
{
    __shared__ float cache[threadsPerBlock];
    int tid = threadIdx.x + blockIdx.x * blockDim.x;
    int cacheIndex = threadIdx.x;
    float temp = 0;
    while (tid < N) {
        temp += a[tid] * b[tid];
        tid += blockDim.x * gridDim.x;
    }
    cache[cacheIndex] = temp;
    __syncthreads();
    int i = blockDim.x / 2;
    while (i != 0) {
        if (cacheIndex < i) cache[cacheIndex] += cache[cacheIndex + i];
        __syncthreads();
        i /= 2;
    }
    if (cacheIndex == 0) atomicAdd(c, cache[0]);
}
"#;

fn dot(rng: &mut Rng) -> Vec<Case> {
    SIZES
        .iter()
        .map(|&n| {
            let (a, b) = (rng.f32s(n, -1.0, 1.0), rng.f32s(n, -1.0, 1.0));
            let sum: f64 = a.iter().zip(&b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum();
            let mut c = Case::new(format!("n={n}"));
            let (x, y) = (c.input(&a), c.input(&b));
            let z = c.inout_f32(&[0.0], &[sum as f32], near(1e-5, 2e-4, "cancelling sum of 5000 products"));
            c.launch("dot", 4, 256, 0, args![x, y, z, n as i32]);
            c
        })
        .collect()
}

/// Largest value and the smallest index that has it, packed pairs in shared memory.
const ARGMAX: &str = r#"
struct Best { float value; int index; };

__device__ __forceinline__ Best better(const Best a, const Best b)
{
    if (b.index < 0) return a;
    if (a.index < 0) return b;
    if (a.value > b.value || (a.value == b.value && a.index < b.index)) return a;
    return b;
}

extern "C" __global__ void argmax_rows(const float *m, int rows, int cols, int *where, float *what)
{
    __shared__ Best best[128];
    const int row = blockIdx.x;
    Best mine = {0.0f, -1};
    for (int j = threadIdx.x; j < cols; j += blockDim.x) {
        Best other;
        other.value = m[row * cols + j];
        other.index = j;
        mine = better(mine, other);
    }
    best[threadIdx.x] = mine;
    __syncthreads();
    for (int s = blockDim.x >> 1; s > 0; s >>= 1) {
        if (threadIdx.x < s) best[threadIdx.x] = better(best[threadIdx.x], best[threadIdx.x + s]);
        __syncthreads();
    }
    if (threadIdx.x == 0 && row < rows) {
        where[row] = best[0].index;
        what[row] = best[0].value;
    }
}
"#;

fn argmax(rng: &mut Rng) -> Vec<Case> {
    [(1usize, 1usize), (3, 127), (5, 128), (2, 129), (7, 1001)]
        .iter()
        .map(|&(rows, cols)| {
            // Few distinct values, so that ties are common.
            let m = rng.vec(rows * cols, |r| r.int(-20, 20) as f32 * 0.5);
            let best: Vec<usize> = m
                .chunks(cols)
                .map(|row| (0..cols).rev().max_by(|&a, &b| row[a].total_cmp(&row[b])).unwrap())
                .collect();
            let values: Vec<f32> = best.iter().enumerate().map(|(r, &j)| m[r * cols + j]).collect();
            let mut c = Case::new(format!("{rows}x{cols}"));
            let (x, i) = (c.input(&m), c.output(&best.iter().map(|&j| j as i32).collect::<Vec<_>>()));
            let v = c.output(&values);
            c.launch("argmax_rows", rows, 128, 0, args![x, rows as i32, cols as i32, i, v]);
            c
        })
        .collect()
}

/// Minimum of floats through atomicMin on ordered integers, and argmin as a 64-bit key.
const ATOMIC_MIN: &str = r#"
__device__ unsigned int flip(float f)
{
    unsigned int u = __float_as_uint(f);
    return u & 0x80000000u ? ~u : u | 0x80000000u;
}

__global__ void min_and_argmin(const float *x, int n, unsigned int *lowest, unsigned long long *key)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    unsigned int f = flip(x[i]);
    atomicMin(lowest, f);
    atomicMin(key, ((unsigned long long)f << 32) | (unsigned int)i);
}
"#;

fn atomic_min(rng: &mut Rng) -> Vec<Case> {
    [1usize, 95, 96, 97, 2000]
        .iter()
        .map(|&n| {
            let xs = rng.vec(n, |r| r.int(-300, 300) as f32 / 8.0);
            let flip = |f: f32| if f.to_bits() >> 31 == 1 { !f.to_bits() } else { f.to_bits() | 1 << 31 };
            let key = xs.iter().enumerate().map(|(i, &x)| u64::from(flip(x)) << 32 | i as u64).min().unwrap();
            let mut c = Case::new(format!("n={n}"));
            let x = c.input(&xs);
            let (l, k) = (c.inout(&[u32::MAX], &[(key >> 32) as u32]), c.inout(&[u64::MAX], &[key]));
            c.launch("min_and_argmin", blocks(n, 96), 96, 0, args![x, n as i32, l, k]);
            c
        })
        .collect()
}

/// Operation and load are functor types: the shape that libraries generate.
const FUNCTORS: &str = r#"
struct Sum { static __device__ float identity() { return 0.0f; } __device__ float operator()(float a, float b) const { return a + b; } };
struct MaxAbs { static __device__ float identity() { return 0.0f; } __device__ float operator()(float a, float b) const { return fmaxf(fabsf(a), fabsf(b)); } };
struct Square { __device__ float operator()(float v) const { return v * v; } };
struct Identity { __device__ float operator()(float v) const { return v; } };

template <int BLOCK, class Op, class Load>
__global__ void transform_reduce(const float *x, int n, float *out)
{
    Op op;
    Load load;
    __shared__ float s[BLOCK];
    float acc = Op::identity();
    for (int i = threadIdx.x; i < n; i += BLOCK) acc = op(acc, load(x[i]));
    s[threadIdx.x] = acc;
    __syncthreads();
    #pragma unroll
    for (int k = BLOCK / 2; k >= 1; k /= 2) {
        if (threadIdx.x < k) s[threadIdx.x] = op(s[threadIdx.x], s[threadIdx.x + k]);
        __syncthreads();
    }
    if (threadIdx.x == 0) out[0] = s[0];
}
"#;

fn functors(rng: &mut Rng) -> Vec<Case> {
    let mut cases = Vec::new();
    for n in [0usize, 1, 63, 64, 65, 1234] {
        let xs = rng.f32s(n, -3.0, 3.0);
        let squares: f64 = xs.iter().map(|&x| f64::from(x) * f64::from(x)).sum();
        let mut c = Case::new(format!("sum of squares n={n}"));
        let (x, y) = (c.input(&xs), c.output_f32_of(&[squares], sum_tol()));
        c.launch("transform_reduce<64, Sum, Square>", 1, 64, 0, args![x, n as i32, y]);
        cases.push(c);
        let mut c = Case::new(format!("largest magnitude n={n}"));
        let (x, y) = (c.input(&xs), c.output(&[xs.iter().fold(0f32, |m, x| m.max(x.abs()))]));
        c.launch("transform_reduce<32, MaxAbs, Identity>", 1, 32, 0, args![x, n as i32, y]);
        cases.push(c);
    }
    cases
}

/// Mean and variance by Welford's method, merged pairwise as (count, mean, M2).
const WELFORD: &str = r#"
typedef struct { double n, mean, m2; } Moments;

__device__ void merge(Moments *a, const Moments *b)
{
    double n = a->n + b->n;
    if (n == 0.0) return;
    double delta = b->mean - a->mean;
    a->mean += delta * b->n / n;
    a->m2 += b->m2 + delta * delta * a->n * b->n / n;
    a->n = n;
}

extern "C" __global__ void variance(const float *x, int n, double *out)
{
    __shared__ Moments part[64];
    Moments m = {0, 0, 0};
    for (int i = threadIdx.x; i < n; i += blockDim.x) {
        m.n += 1.0;
        double d = x[i] - m.mean;
        m.mean += d / m.n;
        m.m2 += d * (x[i] - m.mean);
    }
    part[threadIdx.x] = m;
    __syncthreads();
    for (int s = blockDim.x / 2; s; s /= 2) {
        if (threadIdx.x < s) merge(&part[threadIdx.x], &part[threadIdx.x + s]);
        __syncthreads();
    }
    if (threadIdx.x == 0) {
        out[0] = part[0].n;
        out[1] = part[0].mean;
        out[2] = n > 1 ? part[0].m2 / (n - 1) : 0.0;
    }
}
"#;

fn welford(rng: &mut Rng) -> Vec<Case> {
    [0usize, 1, 2, 63, 65, 999]
        .iter()
        .map(|&n| {
            let xs = rng.f32s(n, 90.0, 110.0);
            let mean = if n == 0 { 0.0 } else { xs.iter().map(|&x| f64::from(x)).sum::<f64>() / n as f64 };
            let m2: f64 = xs.iter().map(|&x| (f64::from(x) - mean).powi(2)).sum();
            let mut c = Case::new(format!("n={n}"));
            let variance = if n > 1 { m2 / (n - 1) as f64 } else { 0.0 };
            let (x, y) =
                (c.input(&xs), c.output_f64(&[n as f64, mean, variance], near(1e-11, 1e-11, "another order of sums")));
            c.launch("variance", 1, 64, 0, args![x, n as i32, y]);
            c
        })
        .collect()
}

pub fn kernels() -> Vec<Kernel> {
    vec![
        kernel("reduce_interleaved", S1, INTERLEAVED, |r| block_sums("sum_by_modulo", r, 128, 128, 512)),
        kernel("reduce_strided", S0, STRIDED, |r| block_sums("sum_by_stride", r, 256, 256, 0)),
        kernel("reduce_sequential", S1, SEQUENTIAL_FIRST_ADD, |r| block_sums("sum_halves", r, 128, 256, 512)),
        kernel("reduce_last_warp", S2, UNROLLED_LAST_WARP, |r| block_sums("sum_last_warp", r, 128, 128, 0)),
        kernel("reduce_template", S4, TEMPLATE_BLOCK_SIZE, template_block_size),
        kernel("reduce_shuffle", S2, SHUFFLE, shuffle),
        kernel("reduce_last_block", S1, LAST_BLOCK, last_block),
        kernel("reduce_dot", S0, DOT, dot),
        kernel("reduce_argmax", S0, ARGMAX, argmax),
        kernel("reduce_atomic_min", S1, ATOMIC_MIN, atomic_min),
        kernel("reduce_functors", S5, FUNCTORS, functors),
        kernel("reduce_welford", S0, WELFORD, welford),
    ]
}
