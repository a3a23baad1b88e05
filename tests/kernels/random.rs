//! Random number generators and what is estimated with them; the streams are exact, the estimates nearly.

use super::case::Stage::*;
use super::case::*;
use super::rng::Rng;

const LCG: &str = r#"
#define A 1664525u
#define C 1013904223u

extern "C" __global__ void lcg_fill(unsigned *out, int per_thread, unsigned seed)
{
    const unsigned id = blockIdx.x * blockDim.x + threadIdx.x;
    unsigned s = seed + id * 2654435761u;
    unsigned *p = out + id * per_thread;
    int n = per_thread;
    while (n-- > 0) *p++ = s = A * s + C;
}
"#;

fn lcg(rng: &mut Rng) -> Vec<Case> {
    [(1usize, 1usize, 1usize), (3, 32, 5), (2, 33, 0)]
        .iter()
        .map(|&(grid, block, per)| {
            let seed = rng.u32();
            let want: Vec<u32> = (0..(grid * block) as u32)
                .flat_map(|id| {
                    let mut s = seed.wrapping_add(id.wrapping_mul(2_654_435_761));
                    (0..per).map(move |_| {
                        s = s.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                        s
                    })
                })
                .collect();
            let mut c = Case::new(format!("{grid}x{block}x{per}"));
            let o = c.output(&want);
            c.launch("lcg_fill", grid, block, 0, args![o, per as i32, seed]);
            c
        })
        .collect()
}

/// xorshift128+, splitmix seeding and PCG32 behind one template over generator structs.
const GENERATORS: &str = r#"
typedef unsigned long long u64;
typedef unsigned int u32;

__device__ u64 splitmix(u64 &x)
{
    u64 z = (x += 0x9E3779B97F4A7C15ull);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    return z ^ (z >> 31);
}

struct XorShift128p {
    u64 s0, s1;
    __device__ explicit XorShift128p(u64 seed) { s0 = splitmix(seed); s1 = splitmix(seed); }
    __device__ u64 next()
    {
        u64 a = s0, b = s1;
        s0 = b;
        a ^= a << 23;
        a ^= a >> 17;
        a ^= b ^ (b >> 26);
        s1 = a;
        return a + b;
    }
};

struct Pcg32 {
    u64 state, inc;
    __device__ explicit Pcg32(u64 seed) : state(0), inc(seed << 1 | 1) { step(); state += splitmix(seed); step(); }
    __device__ void step() { state = state * 6364136223846793005ull + inc; }
    __device__ u64 next()
    {
        u64 old = state;
        step();
        u32 xorshifted = (u32)(((old >> 18) ^ old) >> 27), rot = (u32)(old >> 59);
        return (xorshifted >> rot) | (xorshifted << ((0u - rot) & 31));
    }
};

template <class G> __global__ void generate(u64 seed, u64 *out, unsigned steps)
{
    unsigned id = blockIdx.x * blockDim.x + threadIdx.x, stride = gridDim.x * blockDim.x;
    G g(seed ^ id);
    for (unsigned k = 0; k < steps; ++k) out[k * stride + id] = g.next();
}
"#;

fn splitmix(x: &mut u64) -> u64 {
    let mut r = Rng::new(*x);
    *x = x.wrapping_add(0x9E37_79B9_7F4A_7C15);
    r.next()
}

fn generators(rng: &mut Rng) -> Vec<Case> {
    let mut cases = Vec::new();
    for (threads, steps) in [(1usize, 3usize), (64, 7)] {
        let seed = rng.next();
        let (mut xor, mut pcg) = (vec![0u64; threads * steps], vec![0u64; threads * steps]);
        for id in 0..threads {
            let mut s = seed ^ id as u64;
            let (mut s0, mut s1) = (splitmix(&mut s), splitmix(&mut s));
            let mut s = seed ^ id as u64;
            let inc = s << 1 | 1;
            let advance = |state: u64| state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(inc);
            let mut state = advance(advance(0).wrapping_add(splitmix(&mut s)));
            for k in 0..steps {
                let mut a = s0;
                s0 = s1;
                a ^= a << 23;
                a ^= a >> 17;
                a ^= s0 ^ s0 >> 26;
                s1 = a;
                xor[k * threads + id] = a.wrapping_add(s0);
                let word = ((state >> 18 ^ state) >> 27) as u32;
                pcg[k * threads + id] = u64::from(word.rotate_right((state >> 59) as u32));
                state = advance(state);
            }
        }
        for (name, want) in [("generate<XorShift128p>", &xor), ("generate<Pcg32>", &pcg)] {
            let mut c = Case::new(format!("{name} {threads} threads"));
            let o = c.output(want);
            c.launch(name, threads.div_ceil(32), threads.min(32), 0, args![seed, o, steps as u32]);
            cases.push(c);
        }
    }
    cases
}

/// Philox 4x32-10, counter-based: the known-answer property is that thread order cannot matter.
const PHILOX: &str = r#"
__device__ __forceinline__ uint4 philox_round(uint4 c, uint2 k)
{
    const unsigned hi0 = __umulhi(0xD2511F53u, c.x), lo0 = 0xD2511F53u * c.x;
    const unsigned hi1 = __umulhi(0xCD9E8D57u, c.z), lo1 = 0xCD9E8D57u * c.z;
    return make_uint4(hi1 ^ c.y ^ k.x, lo1, hi0 ^ c.w ^ k.y, lo0);
}

__device__ uint4 philox4x32_10(uint4 c, uint2 k)
{
#pragma unroll
    for (int i = 0; i < 10; i++) {
        if (i) { k.x += 0x9E3779B9u; k.y += 0xBB67AE85u; }
        c = philox_round(c, k);
    }
    return c;
}

extern "C" __global__ void philox_fill(float4 *uniform, uint4 *bits, unsigned n, uint2 key, unsigned long long offset)
{
    for (unsigned i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += blockDim.x * gridDim.x) {
        unsigned long long ctr = offset + i;
        uint4 r = philox4x32_10(make_uint4((unsigned)ctr, (unsigned)(ctr >> 32), 0u, 0u), key);
        bits[i] = r;
        const float scale = 2.3283064365386963e-10f;
        uniform[i] = make_float4(r.x * scale, r.y * scale, r.z * scale, r.w * scale);
    }
}
"#;

fn philox(mut c: [u32; 4], mut k: [u32; 2]) -> [u32; 4] {
    for i in 0..10 {
        if i > 0 {
            k = [k[0].wrapping_add(0x9E37_79B9), k[1].wrapping_add(0xBB67_AE85)];
        }
        let (p, q) = (0xD251_1F53u64 * u64::from(c[0]), 0xCD9E_8D57u64 * u64::from(c[2]));
        c = [(q >> 32) as u32 ^ c[1] ^ k[0], q as u32, (p >> 32) as u32 ^ c[3] ^ k[1], p as u32];
    }
    c
}

fn philox_cases(rng: &mut Rng) -> Vec<Case> {
    assert_eq!(philox([0; 4], [0; 2]), [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
    [0usize, 1, 65, 200]
        .iter()
        .map(|&n| {
            let key = [rng.u32(), rng.u32()];
            let offset = u64::from(u32::MAX) - 50;
            let bits: Vec<[u32; 4]> = (0..n as u64)
                .map(|i| philox([(offset + i) as u32, ((offset + i) >> 32) as u32, 0, 0], key))
                .collect();
            // Conversion and a product by a power of two: both exactly rounded.
            let floats: Vec<f32> = bits.iter().flatten().map(|&v| v as f32 * 2.328_306_4e-10).collect();
            let mut c = Case::new(format!("n={n}"));
            let (f, b) = (c.output(&floats), c.output(&bits));
            c.launch("philox_fill", 2, 32, 0, args![f, b, n as u32, by_value(&key), offset]);
            c
        })
        .collect()
}

/// Combined multiple recursive generator in 64-bit integer arithmetic, with uniform doubles.
const MRG32K3A: &str = r#"
#define M1 4294967087LL
#define M2 4294944443LL

struct Mrg { long long a[3], b[3]; };

__device__ double mrg_next(Mrg *s)
{
    long long p = (1403580LL * s->a[1] - 810728LL * s->a[0]) % M1;
    if (p < 0) p += M1;
    s->a[0] = s->a[1]; s->a[1] = s->a[2]; s->a[2] = p;
    long long q = (527612LL * s->b[2] - 1370589LL * s->b[0]) % M2;
    if (q < 0) q += M2;
    s->b[0] = s->b[1]; s->b[1] = s->b[2]; s->b[2] = q;
    return (p <= q ? p - q + M1 : p - q) * 2.328306549295727688e-10;
}

__global__ void mrg_fill(const unsigned *seeds, double *out, int threads, int steps)
{
    int id = blockIdx.x * blockDim.x + threadIdx.x;
    if (id >= threads) return;
    Mrg s;
    for (int k = 0; k < 3; k++) { s.a[k] = seeds[6 * id + k]; s.b[k] = seeds[6 * id + 3 + k]; }
    for (int k = 0; k < steps; k++) out[id * steps + k] = mrg_next(&s);
}
"#;

fn mrg(rng: &mut Rng) -> Vec<Case> {
    [(1usize, 1usize), (33, 6)]
        .iter()
        .map(|&(threads, steps)| {
            let seeds = rng.vec(6 * threads, |r| r.u32() % 4_294_944_443);
            let (m1, m2) = (4_294_967_087i128, 4_294_944_443i128);
            let mut want = Vec::new();
            for s in seeds.chunks(6) {
                let mut s: Vec<i128> = s.iter().map(|&v| i128::from(v)).collect();
                for _ in 0..steps {
                    let p = (1_403_580 * s[1] - 810_728 * s[0]).rem_euclid(m1);
                    let q = (527_612 * s[5] - 1_370_589 * s[3]).rem_euclid(m2);
                    s = vec![s[1], s[2], p, s[4], s[5], q];
                    let d = if p <= q { p - q + m1 } else { p - q };
                    want.push(d as f64 * 2.328306549295727688e-10);
                }
            }
            let mut c = Case::new(format!("{threads} threads"));
            let (s, o) = (c.input(&seeds), c.output(&want));
            c.launch("mrg_fill", blocks(threads, 32), 32, 0, args![s, o, threads as i32, steps as i32]);
            c
        })
        .collect()
}

/// Halton by radical inverse and Sobol by gray code with directions in constant memory.
const QUASI: &str = r#"
__constant__ unsigned directions[32];

template <int BASE> __device__ double radical_inverse(unsigned i)
{
    double inv = 1.0 / BASE, f = inv, r = 0.0;
    for (; i > 0; i /= BASE, f *= inv) r += (i % BASE) * f;
    return r;
}

__global__ void quasi(unsigned first, unsigned n, double2 *halton, unsigned *sobol)
{
    unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    halton[i] = make_double2(radical_inverse<2>(first + i), radical_inverse<3>(first + i));
    unsigned gray = (first + i) ^ ((first + i) >> 1), x = 0;
    while (gray) {
        int bit = __ffs(gray) - 1;
        x ^= directions[bit];
        gray &= gray - 1;
    }
    sobol[i] = x;
}
"#;

fn quasi(rng: &mut Rng) -> Vec<Case> {
    let directions = rng.u32s(32);
    [(0u32, 1usize), (1, 63), (123_456, 100)]
        .iter()
        .map(|&(first, n)| {
            let inverse = |mut i: u32, base: u32| {
                let (mut digits, mut scale) = (0u64, 1u64);
                while i > 0 {
                    digits = digits * u64::from(base) + u64::from(i % base);
                    scale *= u64::from(base);
                    i /= base;
                }
                digits as f64 / scale as f64
            };
            let halton: Vec<f64> = (first..first + n as u32).flat_map(|i| [inverse(i, 2), inverse(i, 3)]).collect();
            let sobol: Vec<u32> = (first..first + n as u32)
                .map(|i| (0..32).filter(|b| (i ^ i >> 1) >> b & 1 == 1).fold(0, |x, b| x ^ directions[b as usize]))
                .collect();
            let mut c = Case::new(format!("{n} from {first}"));
            let h = c.output_f64(&halton, near(1e-13, 1e-13, "sum of rounded powers of 1/3"));
            let s = c.output(&sobol);
            c.symbol("directions", &directions);
            c.launch("quasi", blocks(n, 32), 32, 0, args![first, n as u32, h, s]);
            c
        })
        .collect()
}

/// Monte Carlo pi: hits counted exactly with integers, so the reference is exact too.
const PI: &str = r#"
__device__ unsigned wang_hash(unsigned s)
{
    s = (s ^ 61) ^ (s >> 16);
    s *= 9;
    s = s ^ (s >> 4);
    s *= 0x27d4eb2d;
    return s ^ (s >> 15);
}

extern "C" __global__ void monte_carlo_pi(unsigned seed, int samples, unsigned long long *hits)
{
    __shared__ unsigned count;
    if (threadIdx.x == 0) count = 0;
    __syncthreads();
    unsigned rng = wang_hash(seed + blockIdx.x * blockDim.x + threadIdx.x), mine = 0;
    for (int i = 0; i < samples; i++) {
        rng ^= rng << 13; rng ^= rng >> 17; rng ^= rng << 5;
        unsigned x = rng >> 16, y = rng & 0xffff;
        if ((unsigned long long)x * x + (unsigned long long)y * y < 0x100000000ull) ++mine;
    }
    atomicAdd(&count, mine);
    __syncthreads();
    if (threadIdx.x == 0) atomicAdd(hits, (unsigned long long)count);
}
"#;

fn pi(rng: &mut Rng) -> Vec<Case> {
    [(1usize, 1usize, 1i32), (3, 64, 50), (2, 33, 1000)]
        .iter()
        .map(|&(grid, block, samples)| {
            let seed = rng.u32();
            let mut hits = 0u64;
            for id in 0..(grid * block) as u32 {
                let mut s = seed.wrapping_add(id);
                s = (s ^ 61) ^ s >> 16;
                s = s.wrapping_mul(9);
                s ^= s >> 4;
                s = s.wrapping_mul(0x27d4_eb2d);
                s ^= s >> 15;
                for _ in 0..samples {
                    s ^= s << 13;
                    s ^= s >> 17;
                    s ^= s << 5;
                    let (x, y) = (u64::from(s >> 16), u64::from(s & 0xffff));
                    hits += u64::from(x * x + y * y < 1 << 32);
                }
            }
            let mut c = Case::new(format!("{grid}x{block}, {samples} samples"));
            let h = c.inout(&[5u64], &[5 + hits]);
            c.launch("monte_carlo_pi", grid, block, 0, args![seed, samples, h]);
            c
        })
        .collect()
}

/// Self-avoiding-or-stuck random walks on a byte grid held in local memory; a state machine of gotos.
const WALK: &str = r#"
#define SIDE 9

__global__ void random_walks(unsigned seed, int n, short2 *ends, unsigned short *lengths)
{
    int id = blockDim.x * blockIdx.x + threadIdx.x;
    if (id >= n) return;
    unsigned char visited[SIDE * SIDE] = {0};
    unsigned s = seed * 747796405u + id * 2891336453u + 1u;
    int x = SIDE / 2, y = SIDE / 2, steps = 0, dx, dy, tries;
    visited[y * SIDE + x] = 1;
next:
    tries = 0;
again:
    if (++tries > 12) goto stuck;
    s = s * 1664525u + 1013904223u;
    dx = dy = 0;
    switch (s >> 30) {
    case 0: dx = 1; break;
    case 1: dx = -1; break;
    case 2: dy = 1; break;
    case 3: dy = -1; break;
    }
    if (x + dx < 0 || x + dx >= SIDE || y + dy < 0 || y + dy >= SIDE) goto stuck;
    if (visited[(y + dy) * SIDE + x + dx]) goto again;
    x += dx;
    y += dy;
    visited[y * SIDE + x] = 1;
    steps++;
    goto next;
stuck:
    ends[id] = make_short2(x, y);
    lengths[id] = steps;
}
"#;

fn walk(rng: &mut Rng) -> Vec<Case> {
    [1usize, 64, 101]
        .iter()
        .map(|&n| {
            let seed = rng.u32();
            let (mut ends, mut lengths) = (Vec::new(), Vec::new());
            for id in 0..n as u32 {
                let mut s = seed
                    .wrapping_mul(747_796_405)
                    .wrapping_add(id.wrapping_mul(2_891_336_453))
                    .wrapping_add(1);
                let (mut at, mut steps) = ((4i16, 4i16), 0u16);
                let mut visited = std::collections::HashSet::from([at]);
                'walk: loop {
                    for _ in 0..12 {
                        s = s.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                        let (dx, dy) = [(1, 0), (-1, 0), (0, 1), (0, -1)][(s >> 30) as usize];
                        let to = (at.0 + dx, at.1 + dy);
                        if !(0..9).contains(&to.0) || !(0..9).contains(&to.1) {
                            break 'walk;
                        }
                        if visited.insert(to) {
                            at = to;
                            steps += 1;
                            continue 'walk;
                        }
                    }
                    break;
                }
                ends.push([at.0, at.1]);
                lengths.push(steps);
            }
            let mut c = Case::new(format!("n={n}"));
            let (e, l) = (c.output(&ends), c.output(&lengths));
            c.launch("random_walks", blocks(n, 32), 32, 0, args![seed, n as i32, e, l]);
            c
        })
        .collect()
}

/// Box-Muller in single precision from given uniforms, with the intrinsics people use there.
const NORMAL: &str = r#"
extern "C" __global__ void box_muller(const float *__restrict__ u, float2 *__restrict__ z, int pairs, float mean, float sd)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= pairs) return;
    float r = sqrtf(-2.0f * logf(u[2 * i]));
    float s, c;
    sincosf(6.2831853f * u[2 * i + 1], &s, &c);
    z[i] = make_float2(fmaf(sd, r * c, mean), fmaf(sd, r * s, mean));
}
"#;

fn normal(rng: &mut Rng) -> Vec<Case> {
    [0usize, 1, 64, 333]
        .iter()
        .map(|&n| {
            let u = rng.f32s(2 * n, 1e-7, 1.0);
            let (mean, sd) = (1.5f32, 2.0f32);
            let want: Vec<f64> = u
                .chunks(2)
                .flat_map(|p| {
                    let r = (-2.0 * f64::from(p[0]).ln()).sqrt();
                    // The product is rounded to single precision before the sine, as the kernel must.
                    let (s, c) = f64::from(6.283_185_5f32 * p[1]).sin_cos();
                    [c, s].map(|v| f64::from(mean) + f64::from(sd) * r * v)
                })
                .collect();
            let mut c = Case::new(format!("{n} pairs"));
            let tol = near(1e-6, 1e-5, "radius up to 6, sine and cosine within 2 ulp of 1");
            let (x, z) = (c.input(&u), c.output_f32_of(&want, tol));
            c.launch("box_muller", blocks(n, 64), 64, 0, args![x, z, n as i32, mean, sd]);
            c
        })
        .collect()
}

pub fn kernels() -> Vec<Kernel> {
    vec![
        kernel("random_lcg", S0, LCG, lcg),
        kernel("random_generators", S5, GENERATORS, generators),
        kernel("random_philox", S1, PHILOX, philox_cases),
        kernel("random_mrg32k3a", S0, MRG32K3A, mrg),
        kernel("random_quasi", S4, QUASI, quasi),
        kernel("random_pi", S0, PI, pi),
        kernel("random_walk", S1, WALK, walk),
        kernel("random_normal", S1, NORMAL, normal),
    ]
}
