//! Wide and modular integers, number theory: exact to the last bit.

use super::case::Stage::*;
use super::case::*;
use super::rng::Rng;

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
    let prime = |n: u64| n > 1 && (2..).take_while(|d| d * d <= n).all(|d| !n.is_multiple_of(d));
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

pub fn kernels() -> Vec<Kernel> {
    vec![
        kernel("bits_bigint", S3, BIGINT, bigint),
        kernel("bits_modular", S5, MODULAR, modular),
        kernel("bits_ntt", S0, NTT, ntt),
        kernel("bits_collatz", S0, COLLATZ, collatz),
        kernel("bits_sieve", S0, SIEVE, sieve),
        kernel("bits_euclid", S4, EUCLID, euclid),
    ]
}
