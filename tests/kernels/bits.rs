//! Integers: bit tricks, intrinsics, narrow types, histograms and every atomic, exact to the last bit.

use super::case::Stage::*;
use super::case::*;
use super::rng::Rng;

/// One 32-bit word in, several words out, on edge values and random ones.
fn per_word(kernel: &str, rng: &mut Rng, outputs: usize, f: impl Fn(u32) -> Vec<u32>) -> Vec<Case> {
    [1usize, 63, 65, 500]
        .iter()
        .map(|&n| {
            let mut xs = rng.u32s(n);
            for (x, edge) in xs.iter_mut().zip([0, 1, u32::MAX, 1 << 31, 0x7fff_ffff, 0xff, 0x8000]) {
                *x = edge;
            }
            let want: Vec<u32> = xs.iter().flat_map(|&x| f(x)).collect();
            assert_eq!(want.len(), n * outputs);
            let mut c = Case::new(format!("n={n}"));
            let (x, y) = (c.input(&xs), c.output(&want));
            c.launch(kernel, blocks(n, 64), 64, 0, args![x, y, n as i32]);
            c
        })
        .collect()
}

const COUNTING: &str = r#"
extern "C" __global__ void count_bits(const unsigned *x, int *out, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    unsigned v = x[i];
    int *o = out + 10 * i;
    o[0] = __popc(v);
    o[1] = __clz(v);
    o[2] = __ffs(v);
    o[3] = __brev(v);
    o[4] = __clz((int)~v);
    unsigned long long w = (unsigned long long)v << 17 | v >> 5;
    o[5] = __popcll(w);
    o[6] = __clzll(w);
    o[7] = __ffsll(w);
    o[8] = (int)(__brevll(w) >> 20);
    o[9] = (v & (v - 1)) == 0 && v != 0;
}
"#;

fn counting(v: u32) -> Vec<u32> {
    let w = u64::from(v) << 17 | u64::from(v >> 5);
    let first = |zeros: u32, bits: u32| if zeros == bits { 0 } else { zeros + 1 };
    vec![
        v.count_ones(),
        v.leading_zeros(),
        first(v.trailing_zeros(), 32),
        v.reverse_bits(),
        (!v).leading_zeros(),
        w.count_ones(),
        w.leading_zeros(),
        first(w.trailing_zeros(), 64),
        (w.reverse_bits() >> 20) as u32,
        u32::from(v.is_power_of_two()),
    ]
}

const MORTON: &str = r#"
__host__ __device__ constexpr unsigned spread2(unsigned v)
{
    v = (v ^ (v << 8)) & 0x00ff00ffu;
    v = (v ^ (v << 4)) & 0x0f0f0f0fu;
    v = (v ^ (v << 2)) & 0x33333333u;
    return (v ^ (v << 1)) & 0x55555555u;
}
__device__ unsigned spread3(unsigned v)
{
    v &= 0x3ff;
    v = (v | v << 16) & 0x030000FF;
    v = (v | v << 8) & 0x0300F00F;
    v = (v | v << 4) & 0x030C30C3;
    return (v | v << 2) & 0x09249249;
}
static_assert(spread2(3) == 5, "two neighbours");

__global__ void morton(const unsigned *x, unsigned *out, int n)
{
    auto i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
    if (i >= n) return;
    const unsigned v = x[i];
    out[3 * i] = spread2(v & 0xffff) | (spread2(v >> 16) << 1);
    out[3 * i + 1] = spread3(v) | spread3(v >> 10) << 1 | spread3(v >> 20) << 2;
    unsigned g = v ^ v >> 1, b = g;
    for (unsigned s = 1; s < 32; s <<= 1) b ^= b >> s;
    out[3 * i + 2] = b == v ? g : 0xdeadbeefu;
}
"#;

fn morton(v: u32) -> Vec<u32> {
    let weave = |parts: &[u32], bits: u32| {
        let k = parts.len() as u32;
        (0..bits * k).fold(0, |m, b| m | (parts[(b % k) as usize] >> (b / k) & 1) << b)
    };
    vec![weave(&[v & 0xffff, v >> 16], 16), weave(&[v, v >> 10, v >> 20], 10), v ^ v >> 1]
}

/// Byte-wise intrinsics and products: permutations, sums of differences, high halves, funnels.
const INTRINSICS: &str = r#"
extern "C" __global__ void intrinsics(const unsigned *x, unsigned *out, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    unsigned v = x[i], w = v * 2654435761u + 12345u, *o = out + 12 * i;
    o[0] = __byte_perm(v, w, 0x0123);
    o[1] = __byte_perm(v, w, 0x7531);
    o[2] = __sad((int)v, (int)w, 7u);
    o[3] = __usad(v, w, 1u);
    o[4] = __umulhi(v, w);
    o[5] = (unsigned)__mulhi((int)v, (int)w);
    o[6] = (unsigned)__mul24((int)v, (int)w);
    o[7] = __umul24(v, w);
    o[8] = __funnelshift_l(v, w, v);
    o[9] = __funnelshift_r(v, w, 7);
    o[10] = (unsigned)__dp4a((int)v, (int)w, -5);
    o[11] = (unsigned)(__umul64hi((unsigned long long)v << 32 | w, 0x9E3779B97F4A7C15ull) >> 13) + (unsigned)__rhadd((int)v, (int)w) - (unsigned)__hadd((int)v, (int)w);
}
"#;

fn intrinsics(v: u32) -> Vec<u32> {
    let w = v.wrapping_mul(2_654_435_761).wrapping_add(12345);
    let (vi, wi) = (v as i32, w as i32);
    let bytes = [v.to_le_bytes(), w.to_le_bytes()].concat();
    let perm = |s: u32| (0..4).fold(0, |r, k| r | u32::from(bytes[(s >> (4 * k) & 7) as usize]) << (8 * k));
    let low24 = |x: i32| i64::from(x << 8 >> 8);
    let dot: i32 = (0..4).map(|k| i32::from(v.to_le_bytes()[k] as i8) * i32::from(w.to_le_bytes()[k] as i8)).sum();
    let both = u64::from(w) << 32 | u64::from(v);
    let wide = u128::from(u64::from(v) << 32 | u64::from(w)) * 0x9E37_79B9_7F4A_7C15;
    let sum = i64::from(vi) + i64::from(wi);
    vec![
        perm(0x0123),
        perm(0x7531),
        7u32.wrapping_add(vi.abs_diff(wi)),
        1u32.wrapping_add(v.abs_diff(w)),
        (u64::from(v) * u64::from(w) >> 32) as u32,
        (i64::from(vi) * i64::from(wi) >> 32) as u32,
        (low24(vi) * low24(wi)) as u32,
        (u64::from(v & 0xff_ffff) * u64::from(w & 0xff_ffff)) as u32,
        (both << (v & 31) >> 32) as u32,
        (both >> 7) as u32,
        (dot - 5) as u32,
        ((wide >> 64) as u64 >> 13) as u32 + ((sum + 1 >> 1) - (sum >> 1)) as u32,
    ]
}

/// Narrow types: wrap-around, promotion, signed shifts and mixed comparisons.
const NARROW: &str = r#"
typedef signed char i8;
typedef unsigned char u8;
typedef short i16;
typedef unsigned short u16;

extern "C" __global__ void narrow(const unsigned *x, int *out, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    unsigned v = x[i];
    i8 a = (i8)v, b = (i8)(v >> 8);
    u8 c = v >> 16, d = v >> 24;
    i16 e = (i16)v;
    u16 f = (u16)(v >> 16);
    int *o = out + 10 * i;
    o[0] = a + b;
    a += b;
    o[1] = a;
    c -= d;
    o[2] = c;
    o[3] = (u8)~c;
    o[4] = e >> 3;
    e <<= 2;
    o[5] = e;
    f *= f;
    o[6] = f;
    o[7] = (a < c) | (e < f) << 1 | ((unsigned)e < f) << 2;
    c++;
    --a;
    o[8] = c * 1000 + a;
    o[9] = (int)(v % 7u) - (int)v % 7 + (int)v / -3;
}
"#;

fn narrow(v: u32) -> Vec<u32> {
    let (a, b) = (v as i8, (v >> 8) as i8);
    let (c, d) = ((v >> 16) as u8, (v >> 24) as u8);
    let (e, f) = (v as i16, (v >> 16) as u16);
    let (a2, c2, e2, f2) = (a.wrapping_add(b), c.wrapping_sub(d), e << 2, f.wrapping_mul(f));
    let less = i32::from(i32::from(a2) < i32::from(c2))
        | i32::from(i32::from(e2) < i32::from(f2)) << 1
        | i32::from((e2 as i32 as u32) < u32::from(f2)) << 2;
    let out = [
        i32::from(a) + i32::from(b),
        i32::from(a2),
        i32::from(c2),
        i32::from(!c2),
        i32::from(e >> 3),
        i32::from(e2),
        i32::from(f2),
        less,
        i32::from(c2.wrapping_add(1)) * 1000 + i32::from(a2.wrapping_sub(1)),
        (v % 7) as i32 - (v as i32) % 7 + (v as i32) / -3,
    ];
    out.iter().map(|&v| v as u32).collect()
}

/// Histograms: global and shared atomics on every bin count, with values beyond the range ignored.
const HISTOGRAM: &str = r#"
template <typename T, bool SHARED>
__global__ void histogram(const T *x, int n, T low, T width, int bins, unsigned *counts)
{
    extern __shared__ unsigned local[];
    if (SHARED) {
        for (int b = threadIdx.x; b < bins; b += blockDim.x) local[b] = 0;
        __syncthreads();
    }
    unsigned *const target = SHARED ? local : counts;
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += blockDim.x * gridDim.x) {
        if (x[i] < low) continue;
        const int b = (int)((x[i] - low) / width);
        if (b < bins) atomicAdd(&target[b], 1u);
    }
    if (SHARED) {
        __syncthreads();
        for (int b = threadIdx.x; b < bins; b += blockDim.x) atomicAdd(counts + b, local[b]);
    }
}
"#;

fn histogram(rng: &mut Rng) -> Vec<Case> {
    let mut cases = Vec::new();
    for (n, bins) in [(0usize, 1usize), (1, 1), (500, 7), (2000, 100)] {
        for shared in [true, false] {
            let xs = rng.i32s(n, -50, 1000);
            let mut want = vec![0u32; bins];
            for x in xs.iter().filter(|x| **x >= 10) {
                if let Some(bin) = want.get_mut((x - 10) as usize / 8) {
                    *bin += 1;
                }
            }
            let bytes = if shared { 4 * bins } else { 0 };
            let mut c = Case::new(format!("int n={n} bins={bins} shared={shared}"));
            let (x, h) = (c.input(&xs), c.inout(&vec![0u32; bins], &want));
            let name = format!("histogram<int, {shared}>");
            c.launch(&name, 3, 32, bytes, args![x, n as i32, 10i32, 8i32, bins as i32, h]);
            cases.push(c);
            // Eighths: the bin of every value is exact in floating point, too.
            let fs: Vec<f32> = xs.iter().map(|&x| x as f32 / 8.0).collect();
            let mut c = Case::new(format!("float n={n} bins={bins} shared={shared}"));
            let (x, h) = (c.input(&fs), c.inout(&vec![0u32; bins], &want));
            let name = format!("histogram<float, {shared}>");
            c.launch(&name, 2, 64, bytes, args![x, n as i32, 1.25f32, 1.0f32, bins as i32, h]);
            cases.push(c);
        }
    }
    cases
}

/// Every atomic on every type it takes, on few addresses, with results that do not depend on the order.
const ATOMICS: &str = r#"
extern "C" __global__ void atomics(const int *v, int n, int *i, unsigned *u, unsigned long long *l, float *f, double *d)
{
    int t = blockIdx.x * blockDim.x + threadIdx.x;
    if (t >= n) return;
    int x = v[t];
    atomicAdd(&i[0], x);
    atomicSub(&i[1], x);
    atomicMin(&i[2], x);
    atomicMax(&i[3], x);
    atomicAnd(&i[4], x);
    atomicOr(&i[5], x);
    atomicXor(&i[6], x);
    atomicAdd(&u[0], (unsigned)x);
    atomicMin(&u[1], (unsigned)x);
    atomicMax(&u[2], (unsigned)x);
    atomicInc(&u[3], 6u);
    atomicDec(&u[4], 9u);
    atomicAdd(&l[0], (unsigned long long)(long long)x);
    atomicMin(&l[1], (unsigned long long)x * 3);
    atomicMax(&l[2], (unsigned long long)(unsigned)x << 20);
    atomicOr(&l[3], 1ull << (x & 63));
    atomicXor(&l[4], 0x100000001ull * (unsigned)x);
    atomicAnd(&l[5], ~(1ull << (x & 63)));
    atomicAdd(&f[0], (float)(x & 1023) * 0.5f);
    atomicAdd(&d[0], (double)x);
    unsigned long long *bits = (unsigned long long *)&d[1], old = *bits, seen;
    do {
        seen = old;
        double next = __longlong_as_double(seen) + 0.25 * (x & 15);
        old = atomicCAS(bits, seen, __double_as_longlong(next));
    } while (old != seen);
    if (atomicExch(&i[7], 1) == 0) atomicAdd(&i[8], 1);
    atomicAdd_block(&i[9], 2);
}
"#;

fn atomics(rng: &mut Rng) -> Vec<Case> {
    [0usize, 1, 63, 65, 300]
        .iter()
        .map(|&n| {
            let v = rng.i32s(n, i32::MIN, i32::MAX);
            let start = rng.i32s(10, -5, 5);
            let mut i = start.clone();
            (i[7], i[8]) = (0, 0);
            let i0 = i.clone();
            let u0 = [3u32, 1 << 30, 5, 2, 4];
            let l0 = [7u64, 1 << 63, 9, 0, 1, u64::MAX];
            let (mut u, mut l, mut f, mut d) = (u0, l0, 0f32, [0f64, 0.5]);
            for &x in &v {
                i[0] = i[0].wrapping_add(x);
                i[1] = i[1].wrapping_sub(x);
                i[2] = i[2].min(x);
                i[3] = i[3].max(x);
                i[4] &= x;
                i[5] |= x;
                i[6] ^= x;
                (i[7], i[8]) = (1, 1);
                i[9] += 2;
                u[0] = u[0].wrapping_add(x as u32);
                u[1] = u[1].min(x as u32);
                u[2] = u[2].max(x as u32);
                u[3] = if u[3] >= 6 { 0 } else { u[3] + 1 };
                u[4] = if u[4] == 0 || u[4] > 9 { 9 } else { u[4] - 1 };
                let wide = i64::from(x) as u64;
                l[0] = l[0].wrapping_add(wide);
                l[1] = l[1].min(wide.wrapping_mul(3));
                l[2] = l[2].max(u64::from(x as u32) << 20);
                l[3] |= 1 << (x & 63);
                l[4] ^= 0x1_0000_0001u64.wrapping_mul(u64::from(x as u32));
                l[5] &= !(1 << (x & 63));
                f += (x & 1023) as f32 * 0.5;
                d[0] += f64::from(x);
                d[1] += 0.25 * f64::from(x & 15);
            }
            let mut c = Case::new(format!("n={n}"));
            let (x, a, b) = (c.input(&v), c.inout(&i0, &i), c.inout(&u0, &u));
            // Halves below 2^18, integers below 2^41, quarters: every partial sum is exact.
            let (e, g, h) = (c.inout(&l0, &l), c.inout(&[0f32], &[f]), c.inout(&[0f64, 0.5], &d));
            c.launch("atomics", blocks(n, 32), 32, 0, args![x, n as i32, a, b, e, g, h]);
            c
        })
        .collect()
}

pub fn kernels() -> Vec<Kernel> {
    vec![
        kernel("bits_counting", S0, COUNTING, |r| per_word("count_bits", r, 10, counting)),
        kernel("bits_morton", S3, MORTON, |r| per_word("morton", r, 3, morton)),
        kernel("bits_intrinsics", S0, INTRINSICS, |r| per_word("intrinsics", r, 12, intrinsics)),
        kernel("bits_narrow", S0, NARROW, |r| per_word("narrow", r, 10, narrow)),
        kernel("histogram_kinds", S4, HISTOGRAM, histogram),
        kernel("atomics_all", S0, ATOMICS, atomics),
    ]
}
