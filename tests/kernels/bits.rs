//! Integers: bit tricks, wide arithmetic, number theory, exact to the last bit.

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

const BIGINT: &str = r#"
#define LIMBS 8

struct Big { unsigned limb[LIMBS]; };

__device__ unsigned add_into(Big &a, const Big &b)
{
    unsigned long long carry = 0;
#pragma unroll
    for (int i = 0; i < LIMBS; i++) {
        carry += (unsigned long long)a.limb[i] + b.limb[i];
        a.limb[i] = (unsigned)carry;
        carry >>= 32;
    }
    return (unsigned)carry;
}

__device__ void multiply(const Big &a, const Big &b, unsigned *out)
{
    for (int i = 0; i < 2 * LIMBS; i++) out[i] = 0;
    for (int i = 0; i < LIMBS; i++) {
        unsigned carry = 0;
        for (int j = 0; j < LIMBS; j++) {
            unsigned long long t = (unsigned long long)a.limb[i] * b.limb[j] + out[i + j] + carry;
            out[i + j] = (unsigned)t;
            carry = (unsigned)(t >> 32);
        }
        out[i + LIMBS] = carry;
    }
}

__global__ void big_ops(const Big *a, const Big *b, Big *sum, unsigned char *carry, unsigned *product, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    Big s = a[i];
    carry[i] = add_into(s, b[i]);
    sum[i] = s;
    multiply(a[i], b[i], product + i * 2 * LIMBS);
}
"#;

fn bigint(rng: &mut Rng) -> Vec<Case> {
    [1usize, 33, 70]
        .iter()
        .map(|&n| {
            let limb = |r: &mut Rng| if r.below(4) == 0 { u32::MAX } else { r.u32() };
            let (a, b) = (rng.vec(8 * n, limb), rng.vec(8 * n, limb));
            let (mut sum, mut carries, mut product) = (vec![], vec![], vec![]);
            for (a, b) in a.chunks(8).zip(b.chunks(8)) {
                let mut carry = 0u64;
                for k in 0..8 {
                    carry += u64::from(a[k]) + u64::from(b[k]);
                    sum.push(carry as u32);
                    carry >>= 32;
                }
                carries.push(carry as u8);
                // Column by column, another order than the kernel's rows.
                let mut column = 0u128;
                for k in 0..16usize {
                    for i in k.saturating_sub(7)..=k.min(7) {
                        column += u128::from(a[i]) * u128::from(b[k - i]);
                    }
                    product.push(column as u32);
                    column >>= 32;
                }
            }
            let mut c = Case::new(format!("n={n}"));
            let (x, y, s) = (c.input(&a), c.input(&b), c.output(&sum));
            let (k, p) = (c.output(&carries), c.output(&product));
            c.launch("big_ops", blocks(n, 32), 32, 0, args![x, y, s, k, p, n as i32]);
            c
        })
        .collect()
}

/// Modular powers, Montgomery form for 64-bit odd moduli, and a Miller-Rabin test over them.
const MODULAR: &str = r#"
typedef unsigned long long u64;

struct Montgomery {
    u64 m, inv, r2;
    __device__ explicit Montgomery(u64 modulus) : m(modulus)
    {
        inv = m;
        for (int i = 0; i < 5; i++) inv *= 2 - m * inv;
        r2 = -m % m;
        for (int i = 0; i < 64; i++) { u64 t = r2; r2 = t >= m - t ? t - (m - t) : t + t; }
    }
    __device__ u64 reduce(u64 hi, u64 lo) const
    {
        u64 q = lo * inv, h = __umul64hi(q, m);
        return hi >= h ? hi - h : hi + m - h;
    }
    __device__ u64 mul(u64 a, u64 b) const { return reduce(__umul64hi(a, b), a * b); }
    __device__ u64 in(u64 a) const { return mul(a % m, r2); }
    __device__ u64 out(u64 a) const { return reduce(0, a); }
    __device__ u64 pow(u64 a, u64 e) const
    {
        u64 r = in(1);
        for (a = in(a); e; e >>= 1, a = mul(a, a)) if (e & 1) r = mul(r, a);
        return out(r);
    }
};

__device__ bool is_prime(u64 n)
{
    if (n < 2 || !(n & 1)) return n == 2;
    constexpr unsigned witnesses[] = {2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37};
    const Montgomery mont(n);
    const int s = __ffsll(n - 1) - 1;
    for (unsigned w : witnesses) {
        if (n % w == 0) { if (n == w) return true; else return false; }
        u64 x = mont.pow(w, (n - 1) >> s);
        if (x == 1 || x == n - 1) continue;
        bool composite = true;
        for (int r = 1; r < s && composite; r++) {
            x = mont.out(mont.mul(mont.in(x), mont.in(x)));
            composite = x != n - 1;
        }
        if (composite) return false;
    }
    return true;
}

__global__ void modular(const u64 *base, const u64 *exponent, const u64 *modulus, u64 *power, bool *prime, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    power[i] = Montgomery(modulus[i]).pow(base[i], exponent[i]);
    prime[i] = is_prime(modulus[i]);
}
"#;

fn modular(rng: &mut Rng) -> Vec<Case> {
    let power = |b: u64, mut e: u64, m: u64| {
        let (mut r, mut b) = (1 % u128::from(m), u128::from(b % m));
        while e > 0 {
            if e & 1 == 1 {
                r = r * b % u128::from(m);
            }
            b = b * b % u128::from(m);
            e >>= 1;
        }
        r as u64
    };
    let prime = |n: u64| n > 1 && (2..).take_while(|d| d * d <= n).all(|d| n % d != 0);
    [1usize, 40, 65]
        .iter()
        .map(|&n| {
            let mut modulus = rng.vec(n, |r| (r.next() >> (30 + r.below(30))) | 1).iter().map(|m| m.max(&3) | 1).collect::<Vec<_>>();
            // Beyond what trial division decides quickly: a prime near 2^64, a square of one, a strong pseudoprime.
            let known = [(18_446_744_073_709_551_557u64, true), (18_446_744_030_759_878_681, false), (3_215_031_751, false)];
            let mut primes: Vec<bool> = modulus.iter().map(|&m| prime(m)).collect();
            for (k, &(m, p)) in known.iter().enumerate().filter(|(k, _)| *k < n) {
                (modulus[k], primes[k]) = (m, p);
            }
            let (base, exp) = (rng.vec(n, |r| r.next()), rng.vec(n, |r| r.next()));
            let want: Vec<u64> = (0..n).map(|i| power(base[i], exp[i], modulus[i])).collect();
            let mut c = Case::new(format!("n={n}"));
            let (b, e, m) = (c.input(&base), c.input(&exp), c.input(&modulus));
            let (o, p) = (c.output(&want), c.output(&primes));
            c.launch("modular", blocks(n, 32), 32, 0, args![b, e, m, o, p, n as i32]);
            c
        })
        .collect()
}

/// Number-theoretic transform modulo 998244353, in shared memory; product of polynomials.
const NTT: &str = r#"
#define P 998244353u
#define N 64

__device__ unsigned mul_mod(unsigned a, unsigned b) { return (unsigned)((unsigned long long)a * b % P); }
__device__ unsigned pow_mod(unsigned a, unsigned e)
{
    unsigned r = 1;
    for (; e; e >>= 1) { if (e & 1) r = mul_mod(r, a); a = mul_mod(a, a); }
    return r;
}

__device__ void ntt(unsigned *s, unsigned root)
{
    for (int i = threadIdx.x; i < N; i += blockDim.x) {
        int j = __brev(i) >> 26;
        if (i < j) { unsigned t = s[i]; s[i] = s[j]; s[j] = t; }
    }
    __syncthreads();
    for (int len = 2; len <= N; len <<= 1) {
        for (int b = threadIdx.x; b < N / 2; b += blockDim.x) {
            int k = b % (len / 2), i = (b - k) * 2 + k;
            unsigned w = pow_mod(root, (N / len) * k);
            unsigned u = s[i], v = mul_mod(s[i + len / 2], w);
            s[i] = u + v >= P ? u + v - P : u + v;
            s[i + len / 2] = u >= v ? u - v : u + P - v;
        }
        __syncthreads();
    }
}

__global__ void polynomial_product(const unsigned *a, const unsigned *b, unsigned *c)
{
    __shared__ unsigned x[N], y[N];
    const int base = blockIdx.x * N;
    for (int i = threadIdx.x; i < N; i += blockDim.x) { x[i] = a[base + i]; y[i] = b[base + i]; }
    __syncthreads();
    const unsigned root = pow_mod(3, (P - 1) / N);
    ntt(x, root);
    ntt(y, root);
    for (int i = threadIdx.x; i < N; i += blockDim.x) x[i] = mul_mod(x[i], y[i]);
    __syncthreads();
    ntt(x, pow_mod(root, P - 2));
    const unsigned inv = pow_mod(N, P - 2);
    for (int i = threadIdx.x; i < N; i += blockDim.x) c[base + i] = mul_mod(x[i], inv);
}
"#;

fn ntt(rng: &mut Rng) -> Vec<Case> {
    const P: u64 = 998_244_353;
    [1usize, 4]
        .iter()
        .map(|&count| {
            let make = |r: &mut Rng| r.u32() % P as u32;
            let (a, b) = (rng.vec(64 * count, make), rng.vec(64 * count, make));
            let mut want = vec![0u32; 64 * count];
            for k in 0..count {
                for i in 0..64 {
                    for j in 0..64 {
                        // Cyclic, as the transform of length 64 makes it.
                        let at = 64 * k + (i + j) % 64;
                        want[at] = ((u64::from(want[at]) + u64::from(a[64 * k + i]) * u64::from(b[64 * k + j])) % P) as u32;
                    }
                }
            }
            let mut c = Case::new(format!("{count} products"));
            let (x, y, z) = (c.input(&a), c.input(&b), c.output(&want));
            c.launch("polynomial_product", count, 32, 0, args![x, y, z]);
            c
        })
        .collect()
}

const COLLATZ: &str = r#"
extern "C" __global__ void collatz(unsigned long long first, unsigned n, int *steps, unsigned long long *peak)
{
    unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    unsigned long long v = first + i, top = v;
    int count = 0;
    while (v > 1) {
        v = v & 1 ? 3 * v + 1 : v >> 1;
        if (v > top) top = v;
        ++count;
    }
    steps[i] = count;
    peak[i] = top;
}
"#;

fn collatz(rng: &mut Rng) -> Vec<Case> {
    [(0u64, 1usize), (1, 100), (rng.next() >> 30, 65)]
        .iter()
        .map(|&(first, n)| {
            let (mut steps, mut peaks) = (vec![], vec![]);
            for start in first..first + n as u64 {
                let (mut v, mut count, mut peak) = (start, 0, start);
                while v > 1 {
                    v = if v % 2 == 1 { 3 * v + 1 } else { v / 2 };
                    peak = peak.max(v);
                    count += 1;
                }
                steps.push(count);
                peaks.push(peak);
            }
            let mut c = Case::new(format!("{n} from {first}"));
            let (s, p) = (c.output::<i32>(&steps), c.output(&peaks));
            c.launch("collatz", blocks(n, 64), 64, 0, args![first, n as u32, s, p]);
            c
        })
        .collect()
}

/// Segmented sieve on a bitmap in shared memory.
const SIEVE: &str = r#"
#define SEGMENT 256

__global__ void sieve(unsigned limit, unsigned *bitmap, unsigned *count)
{
    __shared__ unsigned bits[SEGMENT / 32];
    const unsigned low = blockIdx.x * SEGMENT;
    if (threadIdx.x < SEGMENT / 32) bits[threadIdx.x] = 0xffffffffu;
    __syncthreads();
    for (unsigned p = 2 + threadIdx.x; p * p < low + SEGMENT; p += blockDim.x) {
        unsigned start = (low + p - 1) / p * p;
        if (start < p * p) start = p * p;
        for (unsigned m = start; m < low + SEGMENT; m += p) atomicAnd(&bits[(m - low) >> 5], ~(1u << (m & 31)));
    }
    __syncthreads();
    if (threadIdx.x < SEGMENT / 32) {
        unsigned first = low + 32 * threadIdx.x, w = bits[threadIdx.x];
        if (first == 0) w &= ~3u;
        if (first >= limit) w = 0;
        else if (limit - first < 32) w &= (1u << (limit - first)) - 1;
        bitmap[first >> 5] = w;
        atomicAdd(count, __popc(w));
    }
}
"#;

fn sieve(rng: &mut Rng) -> Vec<Case> {
    let some = 600 + rng.below(300);
    [1usize, 2, 255, 256, 257, some]
        .iter()
        .map(|&limit| {
            let grid = blocks(limit, 256);
            let mut bitmap = vec![0u32; 8 * grid];
            (2..limit).filter(|n| (2..*n).all(|d| n % d != 0)).for_each(|p| bitmap[p / 32] |= 1 << (p % 32));
            let count: u32 = bitmap.iter().map(|w| w.count_ones()).sum();
            let mut c = Case::new(format!("below {limit}: {count}"));
            let (b, k) = (c.output(&bitmap), c.inout(&[0u32], &[count]));
            c.launch("sieve", grid, 32, 0, args![limit as u32, b, k]);
            c
        })
        .collect()
}

/// Greatest common divisors by Stein and by Euclid, integer roots, digits: while loops of data-dependent length.
const EUCLID: &str = r#"
template <typename T> __device__ T euclid(T a, T b) { return b ? euclid<T>(b, a % b) : a; }

__device__ unsigned long long stein(unsigned long long a, unsigned long long b)
{
    if (!a || !b) return a | b;
    int shift = __ffsll(a | b) - 1;
    a >>= __ffsll(a) - 1;
    do {
        b >>= __ffsll(b) - 1;
        if (a > b) { unsigned long long t = a; a = b; b = t; }
        b -= a;
    } while (b);
    return a << shift;
}

__device__ unsigned isqrt(unsigned long long v)
{
    unsigned long long r = 0;
    for (int bit = 31; bit >= 0; bit--) {
        unsigned long long t = r | 1ull << bit;
        if (t * t <= v) r = t;
    }
    return (unsigned)r;
}

__global__ void euclid_all(const unsigned long long *a, const unsigned long long *b, unsigned long long *g, unsigned *root, int *digits, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    unsigned long long x = euclid(a[i], b[i]);
    g[i] = x == stein(a[i], b[i]) ? x : ~0ull;
    root[i] = isqrt(a[i]);
    int d = 0;
    for (unsigned long long v = b[i]; v; v /= 10) d += (int)(v % 10);
    digits[i] = d + euclid(12, 18);
}
"#;

fn euclid(rng: &mut Rng) -> Vec<Case> {
    [1usize, 33, 100]
        .iter()
        .map(|&n| {
            let make = |r: &mut Rng| (r.next() >> r.below(50)) / 720 * 720;
            let (mut a, b) = (rng.vec(n, make), rng.vec(n, make));
            a[0] = u64::MAX;
            let gcd = |mut a: u64, mut b: u64| {
                while b > 0 {
                    (a, b) = (b, a % b);
                }
                a
            };
            let g: Vec<u64> = (0..n).map(|i| gcd(a[i], b[i])).collect();
            let roots: Vec<u32> = a.iter().map(|v| v.isqrt() as u32).collect();
            let digits: Vec<i32> = b.iter().map(|v| 6 + v.to_string().bytes().map(|d| i32::from(d - b'0')).sum::<i32>()).collect();
            let mut c = Case::new(format!("n={n}"));
            let (x, y) = (c.input(&a), c.input(&b));
            let (o, r, d) = (c.output(&g), c.output(&roots), c.output(&digits));
            c.launch("euclid_all", blocks(n, 32), 32, 0, args![x, y, o, r, d, n as i32]);
            c
        })
        .collect()
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
        kernel("bits_bigint", S3, BIGINT, bigint),
        kernel("bits_modular", S5, MODULAR, modular),
        kernel("bits_ntt", S0, NTT, ntt),
        kernel("bits_collatz", S0, COLLATZ, collatz),
        kernel("bits_sieve", S0, SIEVE, sieve),
        kernel("bits_euclid", S4, EUCLID, euclid),
        kernel("histogram_kinds", S4, HISTOGRAM, histogram),
        kernel("atomics_all", S0, ATOMICS, atomics),
    ]
}
