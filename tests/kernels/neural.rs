//! Layers of networks and classic learning: softmax, norms, attention, convolutions, quantisation, k-means, kNN.

use super::case::Stage::*;
use super::case::*;
use super::rng::Rng;

fn d(v: &[f32]) -> Vec<f64> {
    v.iter().map(|&x| f64::from(x)).collect()
}

/// A warp a row. INFINITY comes from a compile option, as it is not defined without headers.
const SOFTMAX: &str = r#"
__inline__ __device__ float warpMax(float v)
{
    for (int o = 16; o > 0; o >>= 1) v = fmaxf(v, __shfl_xor_sync(0xffffffff, v, o, 32));
    return v;
}
__inline__ __device__ float warpSum(float v)
{
    for (int o = 16; o > 0; o >>= 1) v += __shfl_xor_sync(0xffffffff, v, o, 32);
    return v;
}

template <bool LOG>
__global__ void softmax_rows(const float *x, float *y, int rows, int cols)
{
    int row = blockIdx.x * blockDim.y + threadIdx.y;
    if (row >= rows) return;
    const float *in = x + row * cols;
    float *out = y + row * cols;
    float m = -INFINITY;
    for (int i = threadIdx.x; i < cols; i += 32) m = fmaxf(m, in[i]);
    m = warpMax(m);
    float s = 0.0f;
    for (int i = threadIdx.x; i < cols; i += 32) s += expf(in[i] - m);
    s = warpSum(s);
    for (int i = threadIdx.x; i < cols; i += 32)
        out[i] = LOG ? in[i] - m - logf(s) : expf(in[i] - m) / s;
}
"#;

fn softmax(rng: &mut Rng) -> Vec<Case> {
    let mut cases = Vec::new();
    for log in [false, true] {
        for (rows, cols) in [(1usize, 1usize), (5, 31), (4, 32), (7, 33), (3, 200)] {
            let mut x = rng.f32s(rows * cols, -20.0, 20.0);
            x[0] = 80.0;
            let want: Vec<f64> = d(&x)
                .chunks(cols)
                .flat_map(|row| {
                    let m = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                    let s: f64 = row.iter().map(|v| (v - m).exp()).sum();
                    row.iter().map(|v| if log { v - m - s.ln() } else { (v - m).exp() / s }).collect::<Vec<_>>()
                })
                .collect();
            let mut c = Case::new(format!("log={log} {rows}x{cols}"));
            let tol = near(2e-5, 2e-5, "expf of 2 ulp, sums of 200");
            let (a, b) = (c.input(&x), c.output_f32_of(&want, tol));
            let name = format!("softmax_rows<{log}>");
            c.launch(&name, blocks(rows, 2), (32, 2), 0, args![a, b, rows as i32, cols as i32]);
            cases.push(c);
        }
    }
    cases
}

/// Mean and variance by block sums; scale and offset may be null pointers.
const LAYERNORM: &str = r#"
template <typename T, int THREADS>
__device__ T block_sum(T v)
{
    static __shared__ T s[THREADS];
    s[threadIdx.x] = v;
    __syncthreads();
    for (int k = THREADS / 2; k > 0; k >>= 1) {
        if (threadIdx.x < k) s[threadIdx.x] += s[threadIdx.x + k];
        __syncthreads();
    }
    T r = s[0];
    __syncthreads();
    return r;
}

template <int THREADS>
__global__ void layernorm(const float *x, const float *gamma, const float *beta, float *y, float *rstd, int cols, float eps)
{
    const float *row = x + (size_t)blockIdx.x * cols;
    float sum = 0.f;
    for (int i = threadIdx.x; i < cols; i += THREADS) sum += row[i];
    const float mean = block_sum<float, THREADS>(sum) / cols;
    float var = 0.f;
    for (int i = threadIdx.x; i < cols; i += THREADS) { float t = row[i] - mean; var += t * t; }
    const float r = rsqrtf(block_sum<float, THREADS>(var) / cols + eps);
    if (threadIdx.x == 0) rstd[blockIdx.x] = r;
    for (int i = threadIdx.x; i < cols; i += THREADS)
        y[(size_t)blockIdx.x * cols + i] = (row[i] - mean) * r * (gamma ? gamma[i] : 1.f) + (beta ? beta[i] : 0.f);
}
"#;

fn layernorm(rng: &mut Rng) -> Vec<Case> {
    let mut cases = Vec::new();
    for (rows, cols, affine) in [(1usize, 1usize, true), (3, 63, true), (2, 65, false), (4, 200, true)] {
        let (x, g, b) = (rng.f32s(rows * cols, 1.0, 5.0), rng.f32s(cols, 0.5, 2.0), rng.f32s(cols, -1.0, 1.0));
        let (mut want, mut rstd) = (Vec::new(), Vec::new());
        for row in d(&x).chunks(cols) {
            let mean = row.iter().sum::<f64>() / cols as f64;
            let var = row.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / cols as f64;
            let r = 1.0 / (var + 1e-3).sqrt();
            rstd.push(r);
            for i in 0..cols {
                let (k, o) = if affine { (f64::from(g[i]), f64::from(b[i])) } else { (1.0, 0.0) };
                want.push((row[i] - mean) * r * k + o);
            }
        }
        let tol = near(1e-4, 1e-4, "mean of 200 subtracted from values near it");
        let mut c = Case::new(format!("{rows}x{cols} affine={affine}"));
        let (xi, yi, ri) = (c.input(&x), c.output_f32_of(&want, tol), c.output_f32_of(&rstd, tol));
        if affine {
            let (gi, bi) = (c.input(&g), c.input(&b));
            c.launch("layernorm<64>", rows, 64, 0, args![xi, gi, bi, yi, ri, cols as i32, 1e-3f32]);
        } else {
            c.launch("layernorm<32>", rows, 32, 0, args![xi, 0u64, 0u64, yi, ri, cols as i32, 1e-3f32]);
        }
        cases.push(c);
    }
    cases
}

/// Activations picked by function pointers in a table, as plugin code does.
const ACTIVATIONS: &str = r#"
typedef float (*activation_t)(float);

__device__ float relu(float x) { return x > 0.0f ? x : 0.0f; }
__device__ float gelu(float x) { return 0.5f * x * (1.0f + erff(x * 0.70710678f)); }
__device__ float gelu_tanh(float x) { return 0.5f * x * (1.0f + tanhf(0.79788456f * (x + 0.044715f * x * x * x))); }
__device__ float silu(float x) { return x / (1.0f + expf(-x)); }
__device__ float softplus(float x) { return x > 20.0f ? x : log1pf(expf(x)); }
__device__ float elu(float x) { return x > 0.0f ? x : expm1f(x); }

__global__ void activate(const float *x, float *y, int n, int which)
{
    activation_t f;
    switch (which) {
    case 0: f = relu; break;
    case 1: f = &gelu; break;
    case 2: f = gelu_tanh; break;
    case 3: f = silu; break;
    case 4: f = softplus; break;
    default: f = elu; break;
    }
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) y[i] = f(x[i]);
}
"#;

/// The error function to double precision, by its series and continued fraction.
fn erf(x: f64) -> f64 {
    if x.abs() < 2.5 {
        let (mut term, mut sum) = (x, x);
        for n in 1..100 {
            term *= -x * x / n as f64;
            sum += term / (2 * n + 1) as f64;
        }
        return sum * 2.0 / std::f64::consts::PI.sqrt();
    }
    let z = x.abs();
    let fraction = (1..=60).rev().fold(0.0, |f, k| k as f64 / 2.0 / (z + f));
    let tail = (-z * z).exp() / std::f64::consts::PI.sqrt() / (z + fraction);
    (1.0 - tail) * x.signum()
}

fn activations(rng: &mut Rng) -> Vec<Case> {
    let exact: [fn(f64) -> f64; 6] = [
        |x| x.max(0.0),
        |x| 0.5 * x * (1.0 + erf(x * std::f64::consts::FRAC_1_SQRT_2)),
        |x| 0.5 * x * (1.0 + (0.797_884_560_802_865_4 * (x + 0.044715 * x * x * x)).tanh()),
        |x| x / (1.0 + (-x).exp()),
        |x| if x > 20.0 { x } else { x.exp().ln_1p() },
        |x| if x > 0.0 { x } else { x.exp_m1() },
    ];
    (0..6)
        .map(|which| {
            let n = [1usize, 255, 256, 257, 100, 400][which];
            let mut x = rng.f32s(n, -8.0, 8.0);
            x[0] = 90.0;
            if n > 3 {
                (x[1], x[2], x[3]) = (-90.0, 0.0, 1e-6);
            }
            let want: Vec<f64> = d(&x).into_iter().map(exact[which]).collect();
            let mut c = Case::new(format!("function {which}, n={n}"));
            let tol = near(2e-6, 2e-6, "a few ulp of the function times |x|; 1 + erf cancels for negative x");
            let (a, b) = (c.input(&x), c.output_f32_of(&want, tol));
            c.launch("activate", 2, 64, 0, args![a, b, n as i32, which as i32]);
            c
        })
        .collect()
}

/// Attention with an online softmax over tiles of keys held in shared memory.
const ATTENTION: &str = r#"
#define D 16
#define TILE 32

__global__ void attention(const float *Q, const float *K, const float *V, float *O, int n, float scale, bool causal)
{
    __shared__ float ks[TILE][D + 1], vs[TILE][D + 1];
    const int q = blockIdx.x * blockDim.x + threadIdx.x, head = blockIdx.y;
    const size_t base = (size_t)head * n * D;
    float query[D], acc[D], m = -1e30f, l = 0.0f;
    for (int i = 0; i < D; i++) { query[i] = q < n ? Q[base + q * D + i] * scale : 0.0f; acc[i] = 0.0f; }
    for (int t = 0; t < n; t += TILE) {
        for (int e = threadIdx.x; e < TILE * D; e += blockDim.x) {
            int r = e / D, c = e % D;
            ks[r][c] = t + r < n ? K[base + (t + r) * D + c] : 0.0f;
            vs[r][c] = t + r < n ? V[base + (t + r) * D + c] : 0.0f;
        }
        __syncthreads();
        int limit = min(TILE, n - t);
        if (causal) limit = min(limit, q - t + 1);
        for (int j = 0; j < limit; j++) {
            float s = 0.0f;
#pragma unroll
            for (int i = 0; i < D; i++) s += query[i] * ks[j][i];
            float bigger = fmaxf(m, s);
            float keep = __expf(m - bigger), w = __expf(s - bigger);
            l = l * keep + w;
            for (int i = 0; i < D; i++) acc[i] = acc[i] * keep + w * vs[j][i];
            m = bigger;
        }
        __syncthreads();
    }
    if (q < n)
        for (int i = 0; i < D; i++) O[base + q * D + i] = acc[i] / l;
}
"#;

fn attention(rng: &mut Rng) -> Vec<Case> {
    [(1usize, 1usize, false), (31, 2, true), (33, 1, false), (70, 2, true)]
        .iter()
        .map(|&(n, heads, causal)| {
            let make = |rng: &mut Rng| rng.f32s(heads * n * 16, -1.0, 1.0);
            let (q, k, v) = (make(rng), make(rng), make(rng));
            let (qd, kd, vd) = (d(&q), d(&k), d(&v));
            let mut want = vec![0.0; q.len()];
            for h in 0..heads {
                for i in 0..n {
                    let at = |m: &[f64], r: usize, c: usize| m[(h * n + r) * 16 + c];
                    let last = if causal { i + 1 } else { n };
                    let w: Vec<f64> =
                        (0..last).map(|j| ((0..16).map(|c| at(&qd, i, c) * at(&kd, j, c)).sum::<f64>() * 0.25).exp()).collect();
                    let sum: f64 = w.iter().sum();
                    for c in 0..16 {
                        want[(h * n + i) * 16 + c] = (0..last).map(|j| w[j] * at(&vd, j, c)).sum::<f64>() / sum;
                    }
                }
            }
            let mut c = Case::new(format!("n={n} heads={heads} causal={causal}"));
            let (a, b, e) = (c.input(&q), c.input(&k), c.input(&v));
            let o = c.output_f32_of(&want, near(5e-5, 2e-5, "fast exponentials, rescaled up to 70 times"));
            c.launch("attention", (blocks(n, 32), heads), (32, 1), 0, args![a, b, e, o, n as i32, 0.25f32, causal]);
            c
        })
        .collect()
}

/// NCHW convolution with stride, padding and bias, parameters in a struct by value.
const CONV2D: &str = r#"
struct ConvShape {
    int n, c, h, w;
    int k, r, s;
    int stride, pad;
    __host__ __device__ int out_h() const { return (h + 2 * pad - r) / stride + 1; }
    __host__ __device__ int out_w() const { return (w + 2 * pad - s) / stride + 1; }
};

__global__ void conv2d(const float *x, const float *weight, const float *bias, float *y, const ConvShape sh)
{
    const int p = sh.out_h(), q = sh.out_w(), total = sh.n * sh.k * p * q;
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < total; i += blockDim.x * gridDim.x) {
        const int ox = i % q, oy = i / q % p, k = i / (q * p) % sh.k, n = i / (q * p * sh.k);
        float acc = bias[k];
        for (int c = 0; c < sh.c; ++c)
            for (int r = 0; r < sh.r; ++r) {
                const int iy = oy * sh.stride + r - sh.pad;
                if (iy < 0 || iy >= sh.h) continue;
                for (int s = 0; s < sh.s; ++s) {
                    const int ix = ox * sh.stride + s - sh.pad;
                    if (ix < 0 || ix >= sh.w) continue;
                    acc += x[((n * sh.c + c) * sh.h + iy) * sh.w + ix] * weight[((k * sh.c + c) * sh.r + r) * sh.s + s];
                }
            }
        y[i] = acc;
    }
}
"#;

fn conv2d(rng: &mut Rng) -> Vec<Case> {
    [[1usize, 1, 1, 1, 1, 1, 1, 1, 0], [2, 3, 8, 9, 4, 3, 3, 1, 1], [1, 2, 11, 7, 3, 5, 3, 2, 2]]
        .iter()
        .map(|&[n, c, h, w, k, r, s, stride, pad]| {
            let (x, wt, b) =
                (rng.f32s(n * c * h * w, -1., 1.), rng.f32s(k * c * r * s, -1., 1.), rng.f32s(k, -1., 1.));
            let (p, q) = ((h + 2 * pad - r) / stride + 1, (w + 2 * pad - s) / stride + 1);
            let mut want = Vec::new();
            for i in 0..n * k * p * q {
                let (ox, oy, ki, ni) = (i % q, i / q % p, i / (q * p) % k, i / (q * p * k));
                let mut acc = f64::from(b[ki]);
                for e in 0..c * r * s {
                    let (ci, iy, ix) = (e / (r * s), oy * stride + e / s % r, ox * stride + e % s);
                    if (pad..h + pad).contains(&iy) && (pad..w + pad).contains(&ix) {
                        acc += f64::from(x[((ni * c + ci) * h + iy - pad) * w + ix - pad]) * f64::from(wt[ki * c * r * s + e]);
                    }
                }
                want.push(acc);
            }
            let shape: Vec<i32> = [n, c, h, w, k, r, s, stride, pad].iter().map(|&v| v as i32).collect();
            let mut case = Case::new(format!("{shape:?}"));
            let (a, f, g) = (case.input(&x), case.input(&wt), case.input(&b));
            let y = case.output_f32_of(&want, near(1e-5, 1e-5, "30 products below 1"));
            case.launch("conv2d", 2, 64, 0, args![a, f, g, y, by_value(&shape)]);
            case
        })
        .collect()
}

/// Pooling with the index of the winner, and its gradient scattered back by atomics.
const MAXPOOL: &str = r#"
extern "C" __global__ void maxpool_forward(const float *x, float *y, int *arg, int h, int w, int k, int stride, int ph, int pw)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= ph * pw) return;
    const float *plane = x + blockIdx.y * h * w;
    int y0 = i / pw * stride, x0 = i % pw * stride, at = y0 * w + x0;
    float best = plane[at];
    for (int r = y0; r < min(y0 + k, h); r++)
        for (int c = x0; c < min(x0 + k, w); c++)
            if (plane[r * w + c] > best) best = plane[at = r * w + c];
    y[blockIdx.y * ph * pw + i] = best;
    arg[blockIdx.y * ph * pw + i] = at;
}

extern "C" __global__ void maxpool_backward(const float *dy, const int *arg, float *dx, int plane_in, int plane_out)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < plane_out) {
        int o = blockIdx.y * plane_out + i;
        atomicAdd(dx + blockIdx.y * plane_in + arg[o], dy[o]);
    }
}
"#;

fn maxpool(rng: &mut Rng) -> Vec<Case> {
    [(1usize, 1usize, 1usize, 1usize, 1usize), (2, 9, 7, 3, 2), (3, 6, 6, 2, 2)]
        .iter()
        .map(|&(planes, h, w, k, stride)| {
            let (ph, pw) = (h.div_ceil(stride), w.div_ceil(stride));
            let x = rng.f32s(planes * h * w, -1.0, 1.0);
            // Quarters add up exactly, whatever the order of the atomics.
            let dy = rng.vec(planes * ph * pw, |r| r.int(-8, 8) as f32 * 0.25);
            let (mut y, mut arg, mut dx) = (vec![], vec![], vec![0f32; planes * h * w]);
            for o in 0..planes * ph * pw {
                let (p, y0, x0) = (o / (ph * pw), o / pw % ph * stride, o % pw * stride);
                let window = (y0..(y0 + k).min(h)).flat_map(|r| (x0..(x0 + k).min(w)).map(move |c| r * w + c));
                let at = window.max_by(|&a, &b| x[p * h * w + a].total_cmp(&x[p * h * w + b])).unwrap();
                y.push(x[p * h * w + at]);
                arg.push(at as i32);
                dx[p * h * w + at] += dy[o];
            }
            let mut c = Case::new(format!("{planes}x{h}x{w} k={k}"));
            let (xi, yi, ai) = (c.input(&x), c.output(&y), c.output(&arg));
            let (gi, oi) = (c.input(&dy), c.inout(&vec![0f32; planes * h * w], &dx));
            let grid = (blocks(ph * pw, 32), planes);
            let sizes = [h, w, k, stride, ph, pw].map(|v| v as i32);
            let a = args![xi, yi, ai, sizes[0], sizes[1], sizes[2], sizes[3], sizes[4], sizes[5]];
            c.launch("maxpool_forward", grid, (32, 1), 0, a);
            c.launch("maxpool_backward", grid, (32, 1), 0, args![gi, ai, oi, (h * w) as i32, (ph * pw) as i32]);
            c
        })
        .collect()
}

/// Int8 matrix-vector product with dp4a, scales per row, and symmetric quantisation before it.
const QUANTISED: &str = r#"
extern "C" __global__ void quantise_rows(const float *x, int cols, signed char *q, float *scale)
{
    __shared__ float s[64];
    const float *row = x + blockIdx.x * cols;
    float m = 0.0f;
    for (int i = threadIdx.x; i < cols; i += 64) m = fmaxf(m, fabsf(row[i]));
    s[threadIdx.x] = m;
    __syncthreads();
    for (int k = 32; k; k >>= 1) {
        if (threadIdx.x < k) s[threadIdx.x] = fmaxf(s[threadIdx.x], s[threadIdx.x + k]);
        __syncthreads();
    }
    const float step = s[0] / 127.0f;
    if (threadIdx.x == 0) scale[blockIdx.x] = step;
    for (int i = threadIdx.x; i < cols; i += 64) {
        int v = step == 0.0f ? 0 : __float2int_rn(__fdiv_rn(row[i], step));
        q[blockIdx.x * cols + i] = (signed char)max(-127, min(127, v));
    }
}

extern "C" __global__ void int8_gemv(const int *a, const int *x, int quads, int rows, int *y)
{
    int r = blockIdx.x * blockDim.x + threadIdx.x;
    if (r >= rows) return;
    int acc = 0;
    for (int k = 0; k < quads; k++) acc = __dp4a(a[r * quads + k], x[k], acc);
    y[r] = acc;
}
"#;

fn quantised(rng: &mut Rng) -> Vec<Case> {
    [(1usize, 1usize), (5, 16), (70, 33)]
        .iter()
        .map(|&(rows, quads)| {
            let cols = 4 * quads;
            let mut x = rng.f32s(rows * cols, -3.0, 3.0);
            x[..cols].iter_mut().for_each(|v| *v = if rows > 1 { 0.0 } else { *v });
            let (mut q, mut scale) = (Vec::<i8>::new(), Vec::new());
            for row in x.chunks(cols) {
                let step = row.iter().fold(0f32, |m, v| m.max(v.abs())) / 127.0;
                scale.push(step);
                q.extend(row.iter().map(|v| if step == 0.0 { 0 } else { (v / step).round_ties_even().clamp(-127., 127.) as i8 }));
            }
            let v: Vec<i8> = rng.vec(cols, |r| r.next() as i8);
            let y: Vec<i32> =
                q.chunks(cols).map(|row| row.iter().zip(&v).map(|(&a, &b)| i32::from(a) * i32::from(b)).sum()).collect();
            let mut c = Case::new(format!("{rows}x{cols}"));
            let (xi, qi, si) = (c.input(&x), c.output(&q), c.output(&scale));
            let (vi, yi) = (c.input(&v), c.output(&y));
            c.launch("quantise_rows", rows, 64, 0, args![xi, cols as i32, qi, si]);
            c.launch("int8_gemv", blocks(rows, 32), 32, 0, args![qi, vi, quads as i32, rows as i32, yi]);
            c
        })
        .collect()
}

/// Embedding bags: ids with a padding id, mean or sum, and the gradient by atomics on rows.
const EMBEDDING: &str = r#"
enum class Mode : int { Sum, Mean };

__global__ void embedding_bag(const float *table, const long long *ids, const int *offsets, int dim, long long padding, Mode mode, float *out)
{
    const int bag = blockIdx.x;
    for (int j = threadIdx.x; j < dim; j += blockDim.x) {
        float sum = 0.0f;
        int used = 0;
        for (int k = offsets[bag]; k < offsets[bag + 1]; ++k) {
            if (ids[k] == padding) continue;
            sum += table[ids[k] * dim + j];
            ++used;
        }
        if (mode == Mode::Mean && used > 0) sum /= static_cast<float>(used);
        out[bag * dim + j] = sum;
    }
}
"#;

fn embedding(rng: &mut Rng) -> Vec<Case> {
    let mut cases = Vec::new();
    for (mode, bags, dim) in [(0i32, 1usize, 1usize), (1, 9, 33), (0, 20, 64), (1, 3, 5)] {
        let rows = 12;
        let table = rng.f32s(rows * dim, -1.0, 1.0);
        let (mut ids, mut offsets, mut want) = (Vec::<i64>::new(), vec![0i32], vec![]);
        for _ in 0..bags {
            let count = rng.below(7);
            let bag = rng.vec(count, |r| r.below(rows) as i64);
            let used: Vec<usize> = bag.iter().filter(|&&i| i != 3).map(|&i| i as usize).collect();
            for j in 0..dim {
                let sum: f64 = used.iter().map(|i| f64::from(table[i * dim + j])).sum();
                want.push(if mode == 1 && !used.is_empty() { sum / used.len() as f64 } else { sum });
            }
            ids.extend(bag);
            offsets.push(ids.len() as i32);
        }
        let mut c = Case::new(format!("mode {mode}, {bags} bags of {dim}"));
        let (t, i, o) = (c.input(&table), c.input(&ids), c.input(&offsets));
        let y = c.output_f32_of(&want, near(1e-6, 1e-6, "six additions"));
        c.launch("embedding_bag", bags, 32, 0, args![t, i, o, dim as i32, 3i64, mode, y]);
        cases.push(c);
    }
    cases
}

const BATCHNORM: &str = r#"
#define FOR_CHANNEL(i) for (int i = threadIdx.x; i < n * plane; i += blockDim.x)
#define AT(i) (((i) / plane * channels + c) * plane + (i) % plane)

__global__ void batchnorm_train(const double *x, double *y, double *running, int n, int channels, int plane, double momentum)
{
    __shared__ double s[2][64];
    const int c = blockIdx.x;
    double sum = 0, sq = 0;
    FOR_CHANNEL(i) { double v = x[AT(i)]; sum += v; sq += v * v; }
    s[0][threadIdx.x] = sum;
    s[1][threadIdx.x] = sq;
    for (int k = blockDim.x >> 1; k > 0; k >>= 1) {
        __syncthreads();
        if (threadIdx.x < k) for (int p = 0; p < 2; p++) s[p][threadIdx.x] += s[p][threadIdx.x + k];
    }
    __syncthreads();
    const double mean = s[0][0] / (n * plane), var = s[1][0] / (n * plane) - mean * mean, inv = rsqrt(var + 1e-5);
    FOR_CHANNEL(i) y[AT(i)] = (x[AT(i)] - mean) * inv;
    if (threadIdx.x == 0) {
        running[2 * c] += momentum * (mean - running[2 * c]);
        running[2 * c + 1] += momentum * (var - running[2 * c + 1]);
    }
}
"#;

fn batchnorm(rng: &mut Rng) -> Vec<Case> {
    [(1usize, 1usize, 2usize), (3, 4, 50), (2, 3, 65)]
        .iter()
        .map(|&(n, channels, plane)| {
            let (x, run) = (rng.f64s(n * channels * plane, -1.0, 3.0), rng.f64s(2 * channels, 0.0, 1.0));
            let (mut y, mut run2) = (x.clone(), run.clone());
            for c in 0..channels {
                let at: Vec<usize> = (0..n * plane).map(|i| (i / plane * channels + c) * plane + i % plane).collect();
                let mean = at.iter().map(|&i| x[i]).sum::<f64>() / at.len() as f64;
                let var = at.iter().map(|&i| (x[i] - mean).powi(2)).sum::<f64>() / at.len() as f64;
                at.iter().for_each(|&i| y[i] = (x[i] - mean) / (var + 1e-5).sqrt());
                run2[2 * c] += 0.1 * (mean - run[2 * c]);
                run2[2 * c + 1] += 0.1 * (var - run[2 * c + 1]);
            }
            let tol = near(1e-8, 1e-8, "variance as a difference of means of squares");
            let mut c = Case::new(format!("{n}x{channels}x{plane}"));
            let (xi, yi, ri) = (c.input(&x), c.output_f64(&y, tol), c.inout_f64(&run, &run2, tol));
            c.launch("batchnorm_train", channels, 64, 0, args![xi, yi, ri, n as i32, channels as i32, plane as i32, 0.1f64]);
            c
        })
        .collect()
}

/// K-means: assignment with centres in shared memory, sums by atomics, new centres.
const KMEANS: &str = r#"
template <int DIM>
__global__ void kmeans_assign(const float *points, int n, const float *centres, int k, int *label, float *sums, int *counts)
{
    extern __shared__ float shared_centres[];
    for (int i = threadIdx.x; i < k * DIM; i += blockDim.x) shared_centres[i] = centres[i];
    __syncthreads();
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    float p[DIM], best = 3.4e38f;
    int which = 0;
    for (int d = 0; d < DIM; d++) p[d] = points[i * DIM + d];
    for (int c = 0; c < k; c++) {
        float dist = 0;
        for (int d = 0; d < DIM; d++) { float t = p[d] - shared_centres[c * DIM + d]; dist += t * t; }
        if (dist < best) { best = dist; which = c; }
    }
    label[i] = which;
    for (int d = 0; d < DIM; d++) atomicAdd(&sums[which * DIM + d], p[d]);
    atomicAdd(&counts[which], 1);
}

template <int DIM>
__global__ void kmeans_update(float *centres, const float *sums, const int *counts, int k)
{
    int c = threadIdx.x;
    if (c < k && counts[c] > 0)
        for (int d = 0; d < DIM; d++) centres[c * DIM + d] = sums[c * DIM + d] / counts[c];
}
"#;

fn kmeans(rng: &mut Rng) -> Vec<Case> {
    [(1usize, 1usize), (100, 4), (129, 7)]
        .iter()
        .map(|&(n, k)| {
            // Points and centres on a grid of eighths: distances are exact, ties go to the first centre.
            let grid = |r: &mut Rng| r.int(-80, 80) as f32 / 8.0;
            let (points, centres) = (rng.vec(3 * n, grid), rng.vec(3 * k, grid));
            let (mut label, mut sums, mut counts) = (vec![], vec![0f32; 3 * k], vec![0i32; k]);
            for p in points.chunks(3) {
                let dist = |c: usize| (0..3).map(|j| (p[j] - centres[3 * c + j]).powi(2)).sum::<f32>();
                let best = (0..k).min_by(|&a, &b| dist(a).total_cmp(&dist(b))).unwrap();
                label.push(best as i32);
                counts[best] += 1;
                (0..3).for_each(|j| sums[3 * best + j] += p[j]);
            }
            let moved: Vec<f32> = (0..3 * k)
                .map(|i| if counts[i / 3] > 0 { sums[i] / counts[i / 3] as f32 } else { centres[i] })
                .collect();
            let mut c = Case::new(format!("{n} points, {k} centres"));
            let (p, ce) = (c.input(&points), c.inout_f32(&centres, &moved, near(1e-6, 0.0, "one division")));
            let (l, s) = (c.output(&label), c.inout(&vec![0f32; 3 * k], &sums));
            let m = c.inout(&vec![0i32; k], &counts);
            c.launch("kmeans_assign<3>", blocks(n, 64), 64, 12 * k, args![p, n as i32, ce, k as i32, l, s, m]);
            c.launch("kmeans_update<3>", 1, 32, 0, args![ce, s, m, k as i32]);
            c
        })
        .collect()
}

/// The k nearest by insertion into a small sorted list in registers.
const KNN: &str = r#"
template <int K>
__global__ void knn(const int2 *refs, int n, const int2 *queries, int m, int *out)
{
    int q = blockIdx.x * blockDim.x + threadIdx.x;
    if (q >= m) return;
    int dist[K], index[K];
    for (int k = 0; k < K; k++) { dist[k] = 0x7fffffff; index[k] = -1; }
    const int2 at = queries[q];
    for (int i = 0; i < n; i++) {
        const int dx = refs[i].x - at.x, dy = refs[i].y - at.y, d = dx * dx + dy * dy;
        if (d >= dist[K - 1]) continue;
        int k = K - 1;
        while (k > 0 && dist[k - 1] > d) { dist[k] = dist[k - 1]; index[k] = index[k - 1]; --k; }
        dist[k] = d;
        index[k] = i;
    }
    for (int k = 0; k < K; k++) out[q * K + k] = index[k];
}
"#;

fn knn(rng: &mut Rng) -> Vec<Case> {
    let mut cases = Vec::new();
    for (n, m) in [(1usize, 1usize), (3, 33), (200, 65)] {
        let point = |r: &mut Rng| [r.int(-50, 50) as i32, r.int(-50, 50) as i32];
        let (refs, queries) = (rng.vec(n, point), rng.vec(m, point));
        for k in [1usize, 5] {
            let mut want = Vec::new();
            for q in &queries {
                let mut order: Vec<usize> = (0..n).collect();
                order.sort_by_key(|&i| (refs[i][0] - q[0]).pow(2) + (refs[i][1] - q[1]).pow(2));
                want.extend((0..k).map(|j| order.get(j).map_or(-1, |&i| i as i32)));
            }
            let mut c = Case::new(format!("{k} of {n} for {m}"));
            let (r, q, o) = (c.input(&refs), c.input(&queries), c.output(&want));
            c.launch(&format!("knn<{k}>"), blocks(m, 32), 32, 0, args![r, n as i32, q, m as i32, o]);
            cases.push(c);
        }
    }
    cases
}

pub fn kernels() -> Vec<Kernel> {
    vec![
        kernel("nn_softmax", S4, SOFTMAX, softmax).options(&["-DINFINITY=(__int_as_float(0x7f800000))"]),
        kernel("nn_layernorm", S4, LAYERNORM, layernorm),
        kernel("nn_activations", S3, ACTIVATIONS, activations),
        kernel("nn_attention", S0, ATTENTION, attention),
        kernel("nn_conv2d", S5, CONV2D, conv2d),
        kernel("nn_maxpool", S0, MAXPOOL, maxpool),
        kernel("nn_quantised", S1, QUANTISED, quantised),
        kernel("nn_embedding", S3, EMBEDDING, embedding),
        kernel("nn_batchnorm", S0, BATCHNORM, batchnorm),
        kernel("learn_kmeans", S4, KMEANS, kmeans),
        kernel("learn_knn", S4, KNN, knn),
    ]
}
