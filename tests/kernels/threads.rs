//! Threads of a block together: warp operations, builtin variables, groups, barriers; how arguments arrive.

use super::case::Stage::*;
use super::case::*;
use super::rng::Rng;

/// Votes, ballots, matches and shuffles of several widths; every lane of full warps takes part.
const WARP: &str = r#"
#define FULL 0xffffffffu

__global__ void warp_ops(const int *x, unsigned *out)
{
    const int t = blockIdx.x * blockDim.x + threadIdx.x, lane = threadIdx.x & 31;
    const int v = x[t];
    unsigned *o = out + 12 * t;
    o[0] = __ballot_sync(FULL, v & 1);
    o[1] = __any_sync(FULL, v == 3) != 0;
    o[2] = __all_sync(FULL, v < 9) != 0;
    o[3] = __match_any_sync(FULL, v);
    int same;
    o[4] = __match_all_sync(FULL, v >> 3, &same) + same;
    o[5] = __shfl_sync(FULL, v, v & 31);
    o[6] = __shfl_sync(FULL, v * 3, 5, 8);
    o[7] = __shfl_up_sync(FULL, v, 3, 16);
    o[8] = __shfl_down_sync(FULL, v, 2);
    o[9] = __shfl_xor_sync(FULL, v + lane, 21);
    double wide = __shfl_xor_sync(FULL, v * 0.5, 1);
    long long whole = __shfl_down_sync(FULL, (long long)v << 33, 4, 8);
    o[10] = (unsigned)(wide * 2.0) + (unsigned)(whole >> 33);
    unsigned odd = 0;
    if (v & 1) {
        const unsigned mask = o[0];
        odd = __ballot_sync(mask, v > 4);
        odd += __shfl_sync(mask, (unsigned)v, __ffs(mask) - 1);
    }
    __syncwarp();
    o[11] = odd;
}
"#;

fn warp_ops(rng: &mut Rng) -> Vec<Case> {
    [32usize, 64, 96]
        .iter()
        .map(|&threads| {
            let xs = rng.vec(2 * threads, |r| r.int(0, 8) as i32);
            let mut xs = xs;
            xs[..32].fill(5);
            let mut want = Vec::new();
            for w in xs.chunks(32) {
                let ballot = |f: &dyn Fn(i32) -> bool| (0..32).fold(0u32, |m, l| m | u32::from(f(w[l])) << l);
                let odd = ballot(&|v| v & 1 == 1);
                for lane in 0..32usize {
                    let v = w[lane];
                    let all = w.iter().all(|x| x >> 3 == w[0] >> 3);
                    let up = if lane % 16 >= 3 { w[lane - 3] } else { v };
                    let down = if lane + 2 < 32 { w[lane + 2] } else { v };
                    let down8 = if lane % 8 + 4 < 8 { w[lane + 4] } else { v };
                    let first = odd.trailing_zeros() as usize;
                    let branch = if v & 1 == 1 { (ballot(&|v| v > 4) & odd).wrapping_add(w[first] as u32) } else { 0 };
                    want.push([
                        odd,
                        u32::from(w.contains(&3)),
                        u32::from(w.iter().all(|&x| x < 9)),
                        ballot(&|x| x == v),
                        if all { u32::MAX.wrapping_add(1) } else { 0 },
                        w[v as usize & 31] as u32,
                        (w[lane / 8 * 8 + 5] * 3) as u32,
                        up as u32,
                        down as u32,
                        (w[lane ^ 21] + (lane ^ 21) as i32) as u32,
                        (w[lane ^ 1] + down8) as u32,
                        branch,
                    ]);
                }
            }
            let mut c = Case::new(format!("2x{threads}"));
            let (x, o) = (c.input(&xs), c.output(&want));
            c.launch("warp_ops", 2, threads, 0, args![x, o]);
            c
        })
        .collect()
}

/// Builtin variables of a 3-D launch, written out by every thread.
const INDICES: &str = r#"
extern "C" __global__ void indices(uint4 *out, dim3 extent)
{
    const unsigned x = blockIdx.x * blockDim.x + threadIdx.x, y = blockIdx.y * blockDim.y + threadIdx.y;
    const unsigned z = blockIdx.z * blockDim.z + threadIdx.z;
    if (x >= extent.x || y >= extent.y || z >= extent.z) return;
    const unsigned rank = threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z);
    const unsigned block = (blockIdx.z * gridDim.y + blockIdx.y) * gridDim.x + blockIdx.x;
    out[(z * extent.y + y) * extent.x + x] = make_uint4(rank, block, rank % warpSize, gridDim.x * 10000 + gridDim.y * 100 + gridDim.z);
}
"#;

fn indices(rng: &mut Rng) -> Vec<Case> {
    [(1usize, 1usize, 1usize), (17, 5, 3), (8, 9, 10)]
        .iter()
        .map(|&(ex, ey, ez)| {
            let block = [1 + rng.below(8), 1 + rng.below(8), 1 + rng.below(4)];
            let grid = [ex.div_ceil(block[0]), ey.div_ceil(block[1]), ez.div_ceil(block[2])];
            let want: Vec<[u32; 4]> = (0..ex * ey * ez)
                .map(|i| {
                    let at = [i % ex, i / ex % ey, i / ex / ey];
                    let t: Vec<usize> = (0..3).map(|k| at[k] % block[k]).collect();
                    let b: Vec<usize> = (0..3).map(|k| at[k] / block[k]).collect();
                    let rank = t[0] + block[0] * (t[1] + block[1] * t[2]);
                    let number = (b[2] * grid[1] + b[1]) * grid[0] + b[0];
                    [rank, number, rank % 32, grid[0] * 10000 + grid[1] * 100 + grid[2]].map(|v| v as u32)
                })
                .collect();
            let mut c = Case::new(format!("{ex}x{ey}x{ez} in blocks {block:?}"));
            let (o, e) = (c.output(&want), by_value(&[ex as u32, ey as u32, ez as u32]));
            let args = vec![Arg::from(o), e];
            c.launch("indices", (grid[0], grid[1], grid[2]), (block[0], block[1], block[2]), 0, args);
            c
        })
        .collect()
}

/// Barriers of cooperative groups and the rank of a thread in its block.
const GROUPS: &str = r#"
#include <cooperative_groups.h>
namespace cg = cooperative_groups;

__device__ int sum_of(const cg::thread_block &block, int *scratch, int v)
{
    const int lane = block.thread_rank();
    for (int i = block.size() / 2; i > 0; i /= 2) {
        scratch[lane] = v;
        block.sync();
        if (lane < i) v += scratch[lane + i];
        block.sync();
    }
    return v;
}

__global__ void group_sums(const int *x, int *out)
{
    extern __shared__ int scratch[];
    cg::thread_block block = cg::this_thread_block();
    const unsigned rank = block.thread_rank();
    int s = sum_of(block, scratch, x[blockIdx.x * block.size() + rank]);
    if (rank == 0) out[block.group_index().x] = s + (int)block.size();
}
"#;

fn groups(rng: &mut Rng) -> Vec<Case> {
    [(1usize, 1usize), (2, 4), (16, 8)]
        .iter()
        .map(|&(w, h)| {
            let size = w * h;
            let xs = rng.i32s(3 * size, -1000, 1000);
            let want: Vec<i32> = xs.chunks(size).map(|b| b.iter().sum::<i32>() + size as i32).collect();
            let mut c = Case::new(format!("{w}x{h}"));
            let (x, o) = (c.input(&xs), c.output(&want));
            c.launch("group_sums", (3, 1), (w, h), 4 * size, args![x, o]);
            c
        })
        .collect()
}

/// Several arrays of different types carved out of one dynamic block, with alignment by hand.
const CARVE: &str = r#"
template <typename T> __device__ T *carve(char *&p, int count)
{
    size_t at = (reinterpret_cast<size_t>(p) + sizeof(T) - 1) / sizeof(T) * sizeof(T);
    p = reinterpret_cast<char *>(at) + count * sizeof(T);
    return reinterpret_cast<T *>(at);
}

__global__ void carved(const int *x, double *out, int n)
{
    extern __shared__ __align__(16) char pool[];
    char *p = pool;
    unsigned char *flags = carve<unsigned char>(p, n);
    double *values = carve<double>(p, n);
    short *order = carve<short>(p, n);
    const int i = threadIdx.x;
    if (i < n) {
        flags[i] = (unsigned char)x[i];
        values[i] = x[i] / 4.0;
        order[n - 1 - i] = (short)i;
    }
    __syncthreads();
    if (i < n) out[i] = values[order[i]] + flags[(i + 1) % n];
}
"#;

fn carve(rng: &mut Rng) -> Vec<Case> {
    [1usize, 7, 32, 61]
        .iter()
        .map(|&n| {
            let xs = rng.i32s(n, -100_000, 100_000);
            let want: Vec<f64> = (0..n).map(|i| f64::from(xs[n - 1 - i]) / 4.0 + f64::from(xs[(i + 1) % n] as u8)).collect();
            let mut c = Case::new(format!("n={n}"));
            let (x, o) = (c.input(&xs), c.output(&want));
            c.launch("carved", 1, 64, 12 * n + 16, args![x, o, n as i32]);
            c
        })
        .collect()
}

/// A struct by value with every kind of member, padding between them, arrays and a pointer inside.
const STRUCT_ARGUMENT: &str = r#"
struct Inner { char tag; double weight; };
struct Params {
    unsigned char flag;
    short offsets[3];
    float scale;
    Inner inner;
    const int *data;
    long long big;
    bool negate;
};

__global__ void struct_argument(Params p, float2 extra, const Params *same, double *out, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    double v = p.data ? p.data[i] : i;
    v = v * p.scale + p.offsets[i % 3] + p.inner.weight * p.inner.tag + (double)(p.big >> 40) + p.flag + extra.x * extra.y;
    out[i] = (p.negate ? -v : v) + (same->big == p.big) + sizeof(Params);
}
"#;

fn struct_argument(rng: &mut Rng) -> Vec<Case> {
    [1usize, 65]
        .iter()
        .map(|&n| {
            let (flag, offsets, scale) = (rng.next() as u8, rng.vec(3, |r| r.next() as i16), rng.int(-8, 8) as f32 / 4.0);
            let (tag, weight, big) = (rng.next() as i8, rng.int(-9, 9) as f64 / 8.0, rng.next() as i64);
            let extra = [2.5f32, -4.0];
            let mut p = vec![flag, 0];
            p.extend(bytes_of(&offsets));
            p.extend(bytes_of(&[scale]));
            p.resize(16, 0);
            p.extend([tag as u8, 0, 0, 0, 0, 0, 0, 0]);
            p.extend(bytes_of(&[weight]));
            p.extend([0; 8]);
            p.extend(bytes_of(&[big]));
            p.push(1);
            p.resize(56, 0);
            let want: Vec<f64> = (0..n)
                .map(|i| {
                    let v = i as f64 * f64::from(scale)
                        + f64::from(offsets[i % 3])
                        + weight * f64::from(tag)
                        + (big >> 40) as f64
                        + f64::from(flag)
                        - 10.0;
                    -v + 1.0 + 56.0
                })
                .collect();
            // Small multiples of 1/32: exact with and without fma.
            let mut c = Case::new(format!("n={n}"));
            let (s, o) = (c.input(&p), c.output(&want));
            let mut args = vec![by_value(&p), by_value(&extra)];
            args.extend(args![s, o, n as i32]);
            c.launch("struct_argument", blocks(n, 32), 32, 0, args);
            c
        })
        .collect()
}

/// Barriers where they are awkward: in loops with early leavers, in device functions, after a return.
const BARRIERS: &str = r#"
__device__ int rotate_sum(int *s, int v, int rounds)
{
    for (int r = 0; r < rounds; r++) {
        s[threadIdx.x] = v;
        __syncthreads();
        v += s[(threadIdx.x + 1) % blockDim.x];
        if (r == 2) continue;
        __syncthreads();
        v ^= r;
    }
    return v;
}

__global__ void barriers(const int *x, int *out, int rounds, int active)
{
    __shared__ int s[2][64];
    if (blockIdx.x == 1) return;
    int v = x[threadIdx.x];
    if (rounds > 2) {
        v = rotate_sum(s[0], v, 2);
        __syncthreads();
    }
    int turn = 0;
    do {
        s[turn & 1][threadIdx.x] = v;
        __syncthreads();
        if (threadIdx.x < active) v = v * 3 + s[turn & 1][(threadIdx.x + turn + 1) % blockDim.x];
    } while (++turn < rounds);
    int many = __syncthreads_count(v > 0), any = __syncthreads_or(v == 5), all = __syncthreads_and(v != 5);
    out[(blockIdx.x / 2) * blockDim.x + threadIdx.x] = v + many * 2 + any * 100 + all * 1000;
}
"#;

fn barriers(rng: &mut Rng) -> Vec<Case> {
    [(1usize, 1i32, 0usize), (33, 2, 7), (64, 5, 40)]
        .iter()
        .map(|&(threads, rounds, active)| {
            let xs = rng.i32s(threads, -50, 50);
            let mut v = xs.clone();
            let turned = |v: &[i32], by: usize, t: usize| v[(t + by) % v.len()];
            if rounds > 2 {
                for r in 0..2 {
                    v = (0..threads).map(|t| v[t].wrapping_add(turned(&v, 1, t)) ^ r).collect();
                }
            }
            for turn in 0..rounds as usize {
                let next = |t: usize| if t < active { v[t].wrapping_mul(3).wrapping_add(turned(&v, turn + 1, t)) } else { v[t] };
                v = (0..threads).map(next).collect();
            }
            let many = v.iter().filter(|&&x| x > 0).count() as i32;
            let extra = 2 * many + if v.contains(&5) { 100 } else { 1000 };
            let block: Vec<i32> = v.iter().map(|x| x.wrapping_add(extra)).collect();
            let mut c = Case::new(format!("{threads} threads, {rounds} rounds"));
            let (x, o) = (c.input(&xs), c.output(&[block.clone(), block].concat()));
            c.launch("barriers", 3, threads, 0, args![x, o, rounds, active as i32]);
            c
        })
        .collect()
}

pub fn kernels() -> Vec<Kernel> {
    vec![
        kernel("lang_warp_ops", S2, WARP, warp_ops),
        kernel("lang_indices", S1, INDICES, indices),
        kernel("lang_groups", S5, GROUPS, groups),
        kernel("lang_carve", S4, CARVE, carve),
        kernel("lang_struct_argument", S0, STRUCT_ARGUMENT, struct_argument),
        kernel("lang_barriers", S1, BARRIERS, barriers),
    ]
}
