//! Numbers of one's own: fractals, finance, roots, integrals, splines, marching rays.

use super::case::Stage::*;
use super::case::*;
use super::rng::Rng;

/// Iteration counts are chaotic: every product and sum is rounded by itself, which the reference repeats exactly.
const MANDELBROT: &str = r#"
template <typename T>
__global__ void mandelbrot(unsigned short *out, int w, int h, T x0, T y0, T dx, T dy, int limit)
{
    const int x = blockIdx.x * blockDim.x + threadIdx.x, y = blockIdx.y * blockDim.y + threadIdx.y;
    if (x >= w || y >= h) return;
    const T cr = x0 + x * dx, ci = y0 + y * dy;
    T zr = 0, zi = 0, r2 = 0, i2 = 0;
    int n = 0;
    while (n < limit && r2 + i2 <= T(4)) {
        zi = (zr + zr) * zi + ci;
        zr = r2 - i2 + cr;
        r2 = zr * zr;
        i2 = zi * zi;
        ++n;
    }
    out[y * w + x] = n;
}
"#;

fn mandelbrot(rng: &mut Rng) -> Vec<Case> {
    let mut cases = Vec::new();
    for (w, h, limit) in [(1usize, 1usize, 10i32), (33, 20, 100), (16, 9, 300)] {
        let (x0, y0, s) = (rng.f32(-2.2, -1.8), rng.f32(-1.2, -0.9), rng.f32(0.02, 0.08));
        macro_rules! reference {
            ($t:ty) => {
                (0..w * h)
                    .map(|i| {
                        let (cr, ci) = (<$t>::from(x0) + (i % w) as $t * <$t>::from(s), <$t>::from(y0) + (i / w) as $t * <$t>::from(s));
                        let (mut zr, mut zi, mut r2, mut i2) = (0.0 as $t, 0.0, 0.0, 0.0);
                        let mut n = 0;
                        while n < limit && r2 + i2 <= 4.0 {
                            zi = (zr + zr) * zi + ci;
                            zr = r2 - i2 + cr;
                            (r2, i2) = (zr * zr, zi * zi);
                            n += 1;
                        }
                        n as u16
                    })
                    .collect::<Vec<u16>>()
            };
        }
        let grid = (blocks(w, 16), blocks(h, 8));
        let (wi, hi) = (w as i32, h as i32);
        let mut c = Case::new(format!("float {w}x{h}"));
        let o = c.output(&reference!(f32));
        c.launch("mandelbrot<float>", grid, (16, 8), 0, args![o, wi, hi, x0, y0, s, s, limit]);
        cases.push(c);
        let mut c = Case::new(format!("double {w}x{h}"));
        let o = c.output(&reference!(f64));
        let (x, y, d) = (f64::from(x0), f64::from(y0), f64::from(s));
        c.launch("mandelbrot<double>", grid, (16, 8), 0, args![o, wi, hi, x, y, d, d, limit]);
        cases.push(c);
    }
    cases
}

/// Julia in 4.28 fixed point, products in 64 bits, smooth colours by a small palette in constant memory.
const JULIA_FIXED: &str = r#"
#define FRAC 28
typedef int fixed;
__device__ __forceinline__ fixed mulf(fixed a, fixed b) { return (fixed)(((long long)a * b) >> FRAC); }
__device__ const uchar3 palette[4] = {{0, 0, 0}, {255, 120, 0}, {20, 200, 90}, {1, 2, 250}};

__global__ void julia(uchar3 *out, int w, int h, fixed cr, fixed ci, fixed step, int limit)
{
    int x = blockIdx.x * blockDim.x + threadIdx.x;
    if (x >= w * h) return;
    fixed zr = (x % w - w / 2) * step, zi = (x / w - h / 2) * step;
    int n = 0;
    for (; n < limit; n++) {
        fixed r2 = mulf(zr, zr), i2 = mulf(zi, zi);
        if (r2 + i2 > (4 << 26)) break;
        zi = 2 * mulf(zr, zi) + ci;
        zr = r2 - i2 + cr;
    }
    out[x] = n == limit ? palette[0] : palette[1 + n % 3];
}
"#;

fn julia(rng: &mut Rng) -> Vec<Case> {
    [(1usize, 1usize), (20, 31)]
        .iter()
        .map(|&(w, h)| {
            let (cr, ci) = (rng.int(-(1 << 27), 1 << 27) as i32, rng.int(-(1 << 27), 1 << 27) as i32);
            let (step, limit) = ((1 << 28) / 24, 60);
            let mul = |a: i32, b: i32| ((i64::from(a) * i64::from(b)) >> 28) as i32;
            let palette = [[0u8, 0, 0], [255, 120, 0], [20, 200, 90], [1, 2, 250]];
            let want: Vec<[u8; 3]> = (0..w * h)
                .map(|i| {
                    let mut z = (((i % w) as i32 - w as i32 / 2) * step, ((i / w) as i32 - h as i32 / 2) * step);
                    let mut n = 0;
                    while n < limit {
                        let (r2, i2) = (mul(z.0, z.0), mul(z.1, z.1));
                        if r2 + i2 > 4 << 26 {
                            break;
                        }
                        z = (r2 - i2 + cr, 2 * mul(z.0, z.1) + ci);
                        n += 1;
                    }
                    if n == limit { palette[0] } else { palette[1 + n % 3] }
                })
                .collect();
            let mut c = Case::new(format!("{w}x{h}"));
            let o = c.output(&want);
            c.launch("julia", blocks(w * h, 64), 64, 0, args![o, w as i32, h as i32, cr, ci, step, limit as i32]);
            c
        })
        .collect()
}

/// Signed-distance marching of a union of shapes, depth image; shapes as a tagged union.
const RAY_MARCH: &str = r#"
enum Kind { SPHERE, BOX, PLANE };
struct Shape {
    int kind;
    float x, y, z;
    union {
        float radius;
        struct { float hx, hy, hz; } half;
        float height;
    };
};

__device__ float distance_to(const Shape &s, float x, float y, float z)
{
    const float px = x - s.x, py = y - s.y, pz = z - s.z;
    switch (s.kind) {
    case SPHERE: return norm3df(px, py, pz) - s.radius;
    case BOX: {
        const float qx = fabsf(px) - s.half.hx, qy = fabsf(py) - s.half.hy, qz = fabsf(pz) - s.half.hz;
        return norm3df(fmaxf(qx, 0.f), fmaxf(qy, 0.f), fmaxf(qz, 0.f)) + fminf(fmaxf(qx, fmaxf(qy, qz)), 0.f);
    }
    default: return y - s.height;
    }
}

extern "C" __global__ void march(const Shape *shapes, int count, float *depth, int w, int h)
{
    int x = blockIdx.x * blockDim.x + threadIdx.x, y = blockIdx.y * blockDim.y + threadIdx.y;
    if (x >= w || y >= h) return;
    float dx = (x + 0.5f) / w - 0.5f, dy = 0.5f - (y + 0.5f) / h, inv = rnorm3df(dx, dy, 1.0f), t = 0.0f;
    for (int step = 0; step < 200; ++step) {
        float d = 1e10f;
        for (int i = 0; i < count; i++) d = min(d, distance_to(shapes[i], dx * inv * t, dy * inv * t, inv * t));
        if (d < 1e-4f || t > 20.0f) break;
        t += d;
    }
    depth[y * w + x] = t > 20.0f ? -1.0f : t;
}
"#;

fn ray_march(rng: &mut Rng) -> Vec<Case> {
    [(1usize, 1usize, 1usize), (12, 9, 3), (17, 20, 5)]
        .iter()
        .map(|&(w, h, count)| {
            let mut bytes = Vec::<u8>::new();
            let mut shapes = Vec::new();
            for k in 0..count {
                let f = [rng.f32(-2., 2.), rng.f32(-1., 2.), rng.f32(4., 8.), rng.f32(0.3, 1.), rng.f32(0.3, 1.), rng.f32(0.3, 1.)];
                let f = if k % 3 == 2 { [0., 0., 0., rng.f32(-2., -1.2), 0., 0.] } else { f };
                bytes.extend(bytes_of(&[(k % 3) as i32]));
                bytes.extend(bytes_of(&f));
                shapes.push((k % 3, f.map(f64::from)));
            }
            let distance = |p: [f64; 3]| {
                let norm = |v: [f64; 3]| v.iter().map(|a| a * a).sum::<f64>().sqrt();
                let each = shapes.iter().map(|(kind, f)| {
                    let q = [p[0] - f[0], p[1] - f[1], p[2] - f[2]];
                    match kind {
                        0 => norm(q) - f[3],
                        1 => {
                            let a = [q[0].abs() - f[3], q[1].abs() - f[4], q[2].abs() - f[5]];
                            norm(a.map(|v| v.max(0.0))) + a[0].max(a[1]).max(a[2]).min(0.0)
                        }
                        _ => p[1] - f[3],
                    }
                });
                each.fold(1e10, f64::min)
            };
            let judge = {
                let rays: Vec<(f64, [f64; 3], f64)> = (0..w * h)
                    .map(|i| {
                        let d = [((i % w) as f64 + 0.5) / w as f64 - 0.5, 0.5 - ((i / w) as f64 + 0.5) / h as f64, 1.0];
                        let n = d.iter().map(|v| v * v).sum::<f64>().sqrt();
                        let d = d.map(|v| v / n);
                        // How near the ray came before the hit: a grazing ray may stop early.
                        let (mut t, mut hit) = (0.0, -1.0);
                        for _ in 0..5000 {
                            let near = distance(d.map(|v| v * t));
                            if near < 1e-6 {
                                hit = t;
                            }
                            if near < 1e-6 || t > 20.0 {
                                break;
                            }
                            t += near;
                        }
                        (hit, d, n)
                    })
                    .collect();
                let check: Vec<(f64, Vec<f64>)> =
                    rays.iter().map(|(hit, d, _)| (*hit, (0..4000).map(|k| distance(d.map(|v| v * k as f64 * 0.005))).collect())).collect();
                move |got: &[u8]| {
                    for (i, (g, (hit, along))) in got.chunks_exact(4).zip(&check).enumerate() {
                        let g = f64::from(f32::from_ne_bytes(g.try_into().unwrap()));
                        let stops_near = g >= 0.0 && along[((g / 0.005).round() as usize).min(3999)] < 0.01;
                        // On the surface, and no surface before it.
                        let right = if g < 0.0 { *hit < 0.0 || *hit > 19.9 } else { stops_near && (*hit < 0.0 || g < hit + 0.01) };
                        if !right || g.is_nan() {
                            return Err(format!("pixel {i}: depth {g}, exact {hit}"));
                        }
                    }
                    Ok(())
                }
            };
            let mut c = Case::new(format!("{w}x{h}, {count} shapes"));
            let (s, o) = (c.input(&bytes), c.buffer(vec![0xFF; 4 * w * h], Expect::Judge(Box::new(judge))));
            c.launch("march", (blocks(w, 8), blocks(h, 8)), (8, 8), 0, args![s, count as i32, o, w as i32, h as i32]);
            c
        })
        .collect()
}

const BLACK_SCHOLES: &str = r#"
// Polynomial 26.2.17 of Abramowitz and Stegun for the normal distribution.
__device__ inline float below(float d)
{
    const float weights[5] = {1.330274429f, -1.821255978f, 1.781477937f, -0.356563782f, 0.31938153f};
    const float k = __fdividef(1.0f, fmaf(fabsf(d), 0.2316419f, 1.0f));
    float poly = 0.0f;
    for (int i = 0; i < 5; ++i) poly = (poly + weights[i]) * k;
    const float tail = 0.3989422804f * __expf(d * d * -0.5f) * poly;
    return d > 0 ? 1.0f - tail : tail;
}

__launch_bounds__(128) __global__ void price_options(float2 *__restrict prices, const float *__restrict spot, const float *__restrict strike,
                                                     const float *__restrict years, float rate, float volatility, int count)
{
    const int i = threadIdx.x + blockIdx.x * blockDim.x;
    if (i < count) {
        const float spread = __fdividef(volatility, rsqrtf(years[i]));
        const float drift = (rate + volatility * volatility * 0.5f) * years[i];
        const float high = __fdividef(__logf(spot[i] / strike[i]) + drift, spread);
        const float buy = below(high), exercise = below(high - spread);
        const float present = strike[i] * __expf(-rate * years[i]);
        prices[i].x = spot[i] * buy - present * exercise;
        prices[i].y = present * (1.0f - exercise) - spot[i] * (1.0f - buy);
    }
}
"#;

/// The price of a call and a put from the same polynomial for the normal distribution.
fn black_scholes(s: f64, x: f64, t: f64, r: f64, v: f64) -> [f64; 2] {
    let cnd = |d: f64| {
        let k = 1.0 / (1.0 + 0.231_641_9 * d.abs());
        let poly = [1.330_274_429, -1.821_255_978, 1.781_477_937, -0.356_563_782, 0.319_381_53];
        let sum = poly.iter().fold(0.0, |p, a| (p + a) * k);
        let tail = (-0.5 * d * d).exp() / (2.0 * std::f64::consts::PI).sqrt() * sum;
        if d > 0.0 { 1.0 - tail } else { tail }
    };
    let d1 = ((s / x).ln() + (r + 0.5 * v * v) * t) / (v * t.sqrt());
    let d2 = d1 - v * t.sqrt();
    let discounted = x * (-r * t).exp();
    [s * cnd(d1) - discounted * cnd(d2), discounted * (1.0 - cnd(d2)) - s * (1.0 - cnd(d1))]
}

fn black_scholes_cases(rng: &mut Rng) -> Vec<Case> {
    [0usize, 1, 127, 129, 400]
        .iter()
        .map(|&n| {
            let (s, x, t) = (rng.f32s(n, 5.0, 30.0), rng.f32s(n, 1.0, 100.0), rng.f32s(n, 0.25, 10.0));
            let (r, v) = (0.02f32, 0.30f32);
            let d = f64::from;
            let want: Vec<f64> = (0..n).flat_map(|i| black_scholes(d(s[i]), d(x[i]), d(t[i]), d(r), d(v))).collect();
            let mut c = Case::new(format!("n={n}"));
            let o = c.output_f32_of(&want, near(1e-5, 2e-4, "prices near 100 from fast exponentials and logarithms"));
            let (a, b, e) = (c.input(&s), c.input(&x), c.input(&t));
            c.launch("price_options", blocks(n, 128), 128, 0, args![o, a, b, e, r, v, n as i32]);
            c
        })
        .collect()
}

/// Binomial tree of an American put, a block an option, double buffer in shared memory.
const BINOMIAL: &str = r#"
#define STEPS 64

struct Option_ { double s, x, t, r, v; };

__global__ void american_put(const Option_ *options, double *value)
{
    __shared__ double tree[2][STEPS + 1];
    const Option_ o = options[blockIdx.x];
    const double dt = o.t / STEPS, up = exp(o.v * sqrt(dt)), down = 1.0 / up, grow = exp(o.r * dt);
    const double pu = (grow - down) / (up - down), pd = 1.0 - pu;
    for (int i = threadIdx.x; i <= STEPS; i += blockDim.x)
        tree[0][i] = fmax(o.x - o.s * pow(up, 2.0 * i - STEPS), 0.0);
    int cur = 0;
    for (int level = STEPS - 1; level >= 0; level--) {
        __syncthreads();
        for (int i = threadIdx.x; i <= level; i += blockDim.x) {
            const double hold = (pu * tree[cur][i + 1] + pd * tree[cur][i]) / grow;
            const double now = o.x - o.s * pow(up, (double)(2 * i - level));
            tree[cur ^ 1][i] = hold > now ? hold : now;
        }
        cur ^= 1;
    }
    __syncthreads();
    if (threadIdx.x == 0) value[blockIdx.x] = tree[cur][0];
}
"#;

fn binomial(rng: &mut Rng) -> Vec<Case> {
    [1usize, 6]
        .iter()
        .map(|&n| {
            let options: Vec<[f64; 5]> =
                rng.vec(n, |r| [r.f64(20., 40.), r.f64(20., 40.), r.f64(0.5, 3.), r.f64(0.01, 0.08), r.f64(0.1, 0.5)]);
            let want: Vec<f64> = options
                .iter()
                .map(|&[s, x, t, r, v]| {
                    let dt = t / 64.0;
                    let (up, grow) = ((v * dt.sqrt()).exp(), (r * dt).exp());
                    let pu = (grow - 1.0 / up) / (up - 1.0 / up);
                    let pay = |level: i32, i: i32| x - s * up.powf(f64::from(2 * i - level));
                    let mut tree: Vec<f64> = (0..=64).map(|i| pay(64, i).max(0.0)).collect();
                    for level in (0..64).rev() {
                        tree = (0..=level)
                            .map(|i| ((pu * tree[i as usize + 1] + (1.0 - pu) * tree[i as usize]) / grow).max(pay(level, i)))
                            .collect();
                    }
                    tree[0]
                })
                .collect();
            let mut c = Case::new(format!("{n} options"));
            let (o, y) = (c.input(&options), c.output_f64(&want, near(1e-11, 1e-11, "64 levels of averages")));
            c.launch("american_put", n, 32, 0, args![o, y]);
            c
        })
        .collect()
}

/// Asian option paths: counter-based normals by the inverse of the distribution, block mean of payoffs.
const PATHS: &str = r#"
__device__ float to_normal(unsigned bits)
{
    // Acklam's central region is enough: bits are kept away from the tails.
    float u = 0.05f + 0.9f * ((bits >> 8) * 5.9604645e-8f) - 0.5f, r = u * u;
    float num = (((((-39.69683f * r + 220.9461f) * r - 275.9285f) * r + 138.3578f) * r - 30.66480f) * r + 2.506628f) * u;
    float den = ((((-54.47610f * r + 161.5858f) * r - 155.6990f) * r + 66.80131f) * r - 13.28068f) * r + 1.0f;
    return num / den;
}

__device__ unsigned mix(unsigned a, unsigned b)
{
    unsigned h = a * 0x9E3779B1u ^ b * 0x85EBCA77u;
    h ^= h >> 15; h *= 0x2C1B3C6Du; h ^= h >> 12; h *= 0x297A2D39u;
    return h ^ h >> 15;
}

extern "C" __global__ void asian_paths(float s0, float strike, float drift, float vol, int steps, int paths, float *payoff, double *total)
{
    int p = blockIdx.x * blockDim.x + threadIdx.x;
    float value = 0.0f;
    if (p < paths) {
        float s = s0, sum = 0.0f;
        for (int t = 0; t < steps; t++) {
            s *= expf(drift + vol * to_normal(mix(p, t)));
            sum += s;
        }
        value = fmaxf(sum / steps - strike, 0.0f);
        payoff[p] = value;
    }
    __shared__ double part[64];
    part[threadIdx.x] = value;
    for (int k = blockDim.x / 2; k > 0; k /= 2) {
        __syncthreads();
        if (threadIdx.x < k) part[threadIdx.x] += part[threadIdx.x + k];
    }
    if (threadIdx.x == 0) atomicAdd(total, part[0]);
}
"#;

fn paths(rng: &mut Rng) -> Vec<Case> {
    [(1usize, 1usize), (65, 12), (200, 30)]
        .iter()
        .map(|&(paths, steps)| {
            let (s0, strike, drift, vol) = (100.0f32, rng.f32(80.0, 105.0), 0.001f32, 0.03f32);
            let mut want = Vec::new();
            for p in 0..paths as u32 {
                let (mut s, mut sum) = (f64::from(s0), 0.0);
                for t in 0..steps as u32 {
                    let mut h = p.wrapping_mul(0x9E37_79B1) ^ t.wrapping_mul(0x85EB_CA77);
                    h = (h ^ h >> 15).wrapping_mul(0x2C1B_3C6D);
                    h = (h ^ h >> 12).wrapping_mul(0x297A_2D39);
                    h ^= h >> 15;
                    let u = 0.05 + 0.9 * (f64::from(h >> 8) * 5.9604645e-8) - 0.5;
                    let horner = |c: &[f64]| c.iter().fold(0.0, |v, a| v * u * u + a);
                    let num = horner(&[-39.69683, 220.9461, -275.9285, 138.3578, -30.66480, 2.506628]) * u;
                    let den = horner(&[-54.47610, 161.5858, -155.6990, 66.80131, -13.28068, 1.0]);
                    s *= (f64::from(drift) + f64::from(vol) * num / den).exp();
                    sum += s;
                }
                want.push((sum / steps as f64 - f64::from(strike)).max(0.0));
            }
            let total: f64 = want.iter().sum();
            let mut c = Case::new(format!("{paths} paths of {steps}"));
            let o = c.output_f32_of(&want, near(1e-4, 5e-3, "prices near 100 after 30 rounded factors"));
            let t = c.inout_f64(&[0.0], &[total], near(1e-4, 5e-3 * paths as f64, "as every path"));
            let args = args![s0, strike, drift, vol, steps as i32, paths as i32, o, t];
            c.launch("asian_paths", blocks(paths, 64), 64, 0, args);
            c
        })
        .collect()
}

/// Roots by Newton with a bisection net; functors give value and derivative.
const NEWTON: &str = r#"
struct Eval { double f, df; };

struct Cubic {
    double a, b, c;
    __device__ Eval operator()(double x) const { return {((x + a) * x + b) * x + c, (3.0 * x + 2.0 * a) * x + b}; }
};
struct Kepler {
    double m, e, unused;
    __device__ Eval operator()(double x) const { return {x - e * sin(x) - m, 1.0 - e * cos(x)}; }
};

template <typename F>
__device__ double newton(const F &f, double lo, double hi, int *iterations)
{
    double x = 0.5 * (lo + hi);
    const bool rising = f(hi).f > 0.0;
    int i = 0;
    while (i < 100) {
        const Eval v = f(x);
        ++i;
        if (v.f == 0.0) break;
        if ((v.f < 0.0) == rising) lo = x; else hi = x;
        double next = x - v.f / v.df;
        if (!(next > lo && next < hi)) next = 0.5 * (lo + hi);
        if (fabs(next - x) <= 1e-13 * (1.0 + fabs(x))) { x = next; break; }
        x = next;
    }
    *iterations = i;
    return x;
}

template <typename F>
__global__ void roots(const F *functions, const double2 *brackets, double *x, int *iterations, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) x[i] = newton(functions[i], brackets[i].x, brackets[i].y, &iterations[i]);
}
"#;

fn newton(rng: &mut Rng) -> Vec<Case> {
    let mut cases = Vec::new();
    for n in [1usize, 33, 100] {
        for kepler in [false, true] {
            let (mut f, mut brackets, mut want) = (vec![], vec![], vec![]);
            for _ in 0..n {
                if kepler {
                    let (x, e) = (rng.f64(0.3, 3.0), rng.f64(0.0, 0.8));
                    f.push([x - e * x.sin(), e, 0.0]);
                    brackets.push([0.0, 4.0]);
                    want.push(x);
                } else {
                    // (x - r) times a quadratic without real roots.
                    let (r, p, q) = (rng.f64(-5.0, 5.0), rng.f64(-1.0, 1.0), rng.f64(1.0, 3.0));
                    f.push([p - r, q - r * p, -r * q]);
                    brackets.push([-20.0, 15.0]);
                    want.push(r);
                }
            }
            let mut c = Case::new(format!("n={n} kepler={kepler}"));
            let (fi, b) = (c.input(&f), c.input(&brackets));
            let x = c.output_f64(&want, near(1e-11, 1e-11, "derivatives at the roots are above 0.2"));
            let few = |got: &[u8]| match got.chunks_exact(4).all(|b| (1..=60).contains(&i32::from_ne_bytes(b.try_into().unwrap()))) {
                true => Ok(()),
                false => Err("too many iterations".to_string()),
            };
            let it = c.buffer(vec![0; 4 * n], Expect::Judge(Box::new(few)));
            let name = if kepler { "roots<Kepler>" } else { "roots<Cubic>" };
            c.launch(name, blocks(n, 32), 32, 0, args![fi, b, x, it, n as i32]);
            cases.push(c);
        }
    }
    cases
}

/// Composite Simpson with function pointers as template arguments, sums over a block.
const QUADRATURE: &str = r#"
__device__ double f_gauss(double x) { return exp(-x * x); }
__device__ double f_wave(double x) { return sin(3.0 * x) * cos(x); }
__device__ double f_root(double x) { return sqrt(1.0 + x) / (1.0 + x * x); }

template <double (*F)(double)>
__device__ double simpson(double a, double b, int n)
{
    double h = (b - a) / n, sum = 0.0;
    for (int i = threadIdx.x; i <= n; i += blockDim.x) {
        double w = i == 0 || i == n ? 1.0 : (i & 1) ? 4.0 : 2.0;
        sum += w * F(a + i * h);
    }
    return sum * h / 3.0;
}

template <double (*F)(double)>
__global__ void integrate(double a, double b, int n, double *out)
{
    __shared__ double s;
    if (threadIdx.x == 0) s = 0.0;
    __syncthreads();
    atomicAdd(&s, simpson<F>(a, b, n));
    __syncthreads();
    if (threadIdx.x == 0) *out = s;
}
"#;

fn quadrature(rng: &mut Rng) -> Vec<Case> {
    let functions: [(&str, fn(f64) -> f64); 3] = [
        ("integrate<f_gauss>", |x| (-x * x).exp()),
        ("integrate<&f_wave>", |x| (3.0 * x).sin() * x.cos()),
        ("integrate<f_root>", |x| (1.0 + x).sqrt() / (1.0 + x * x)),
    ];
    let mut cases = Vec::new();
    for (name, f) in functions {
        for n in [2usize, 64, 500] {
            let (a, b) = (rng.f64(-0.9, 0.5), rng.f64(0.6, 3.0));
            let h = (b - a) / n as f64;
            let sum: f64 = (0..=n)
                .map(|i| f(a + i as f64 * h) * if i == 0 || i == n { 1.0 } else if i % 2 == 1 { 4.0 } else { 2.0 })
                .sum();
            let mut c = Case::new(format!("{name} n={n}"));
            let o = c.output_f64(&[sum * h / 3.0], near(1e-12, 1e-12, "order of double sums"));
            c.launch(name, 1, 64, 0, args![a, b, n as i32, o]);
            cases.push(c);
        }
    }
    cases
}

/// Natural cubic splines: second derivatives by a sweep a curve, then evaluation by binary search.
const SPLINE: &str = r#"
#define MOST 64

// Second derivatives at the knots, none at either end: a tridiagonal system a curve, eliminated downwards.
extern "C" __global__ void bend_fit(const float *at, const float *heights, float *bends, int knots)
{
    if (threadIdx.x != 0) return;
    const float *height = heights + blockIdx.x * knots;
    float *bend = bends + blockIdx.x * knots;
    float ratio[MOST], slope = (height[1] - height[0]) / (at[1] - at[0]);
    ratio[0] = bend[0] = bend[knots - 1] = 0.0f;
    for (int k = 1; k + 1 < knots; ++k) {
        const float left = at[k] - at[k - 1], right = at[k + 1] - at[k];
        const float next = (height[k + 1] - height[k]) / right;
        const float pivot = 2.0f * (left + right) - left * ratio[k - 1];
        ratio[k] = right / pivot;
        bend[k] = (6.0f * (next - slope) - left * bend[k - 1]) / pivot;
        slope = next;
    }
    for (int k = knots - 1; k-- > 1;) bend[k] -= ratio[k] * bend[k + 1];
}

extern "C" __global__ void bend_eval(const float *at, const float *heights, const float *bends, int knots, const float *places, float *out, int n)
{
    const int i = threadIdx.x + blockDim.x * blockIdx.x;
    if (i >= n) return;
    const float *height = heights + blockIdx.y * knots, *bend = bends + blockIdx.y * knots;
    int k = 0;
    for (int jump = MOST / 2; jump > 0; jump /= 2)
        if (k + jump < knots - 1 && at[k + jump] <= places[i]) k += jump;
    const float length = at[k + 1] - at[k], along = places[i] - at[k];
    const float slope = (height[k + 1] - height[k]) / length - length * (2.0f * bend[k] + bend[k + 1]) / 6.0f;
    const float cubic = (bend[k + 1] - bend[k]) / (6.0f * length);
    out[blockIdx.y * n + i] = height[k] + along * (slope + along * (0.5f * bend[k] + along * cubic));
}
"#;

fn spline(rng: &mut Rng) -> Vec<Case> {
    [(2usize, 1usize, 5usize), (9, 3, 50), (30, 2, 65)]
        .iter()
        .map(|&(knots, curves, n)| {
            let x: Vec<f32> = (0..knots).map(|i| i as f32 + rng.f32(0.0, 0.4)).collect();
            let y = rng.f32s(knots * curves, -1.0, 1.0);
            let at = rng.f32s(n, x[0], x[knots - 1]);
            let xd: Vec<f64> = x.iter().map(|&v| f64::from(v)).collect();
            let (mut second, mut want) = (vec![], vec![]);
            for curve in y.chunks(knots) {
                let yd: Vec<f64> = curve.iter().map(|&v| f64::from(v)).collect();
                // The tridiagonal system written down and solved by elimination.
                let mut m: Vec<[f64; 4]> = vec![[0.0, 1.0, 0.0, 0.0]; knots];
                for i in 1..knots - 1 {
                    let (h0, h1) = (xd[i] - xd[i - 1], xd[i + 1] - xd[i]);
                    let right = 6.0 * ((yd[i + 1] - yd[i]) / h1 - (yd[i] - yd[i - 1]) / h0);
                    m[i] = [h0, 2.0 * (h0 + h1), h1, right];
                    let k = m[i][0] / m[i - 1][1];
                    m[i][1] -= k * m[i - 1][2];
                    m[i][3] -= k * m[i - 1][3];
                }
                let mut y2 = vec![0.0; knots];
                for i in (0..knots - 1).rev() {
                    y2[i] = (m[i][3] - m[i][2] * y2[i + 1]) / m[i][1];
                }
                for &v in &at {
                    let v = f64::from(v);
                    let lo = xd[..knots - 1].iter().rposition(|&k| k <= v).unwrap_or(0);
                    let h = xd[lo + 1] - xd[lo];
                    let (a, b) = ((xd[lo + 1] - v) / h, (v - xd[lo]) / h);
                    let bend = (a.powi(3) - a) * y2[lo] + (b.powi(3) - b) * y2[lo + 1];
                    want.push(a * yd[lo] + b * yd[lo + 1] + bend * h * h / 6.0);
                }
                second.extend(y2);
            }
            let tol = near(1e-4, 1e-4, "knots at 30 leave 2e-6 in a distance of 0.6");
            let mut c = Case::new(format!("{curves} curves of {knots} at {n}"));
            let (xi, yi) = (c.input(&x), c.input(&y));
            let (s, a) = (c.output_f32_of(&second, tol), c.input(&at));
            let o = c.output_f32_of(&want, tol);
            c.launch("bend_fit", curves, 32, 0, args![xi, yi, s, knots as i32]);
            let args = args![xi, yi, s, knots as i32, a, o, n as i32];
            c.launch("bend_eval", (blocks(n, 32), curves), (32, 1), 0, args);
            c
        })
        .collect()
}

pub fn kernels() -> Vec<Kernel> {
    vec![
        kernel("mandelbrot", S4, MANDELBROT, mandelbrot).options(&["--fmad=false"]),
        kernel("julia_fixed", S1, JULIA_FIXED, julia),
        kernel("ray_march", S3, RAY_MARCH, ray_march),
        kernel("black_scholes", S1, BLACK_SCHOLES, black_scholes_cases),
        kernel("binomial_tree", S0, BINOMIAL, binomial),
        kernel("asian_paths", S0, PATHS, paths),
        kernel("newton_roots", S5, NEWTON, newton),
        kernel("quadrature", S4, QUADRATURE, quadrature),
        kernel("cubic_spline", S0, SPLINE, spline),
    ]
}
