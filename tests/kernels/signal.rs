//! Signals: Fourier and cosine transforms, filters, wavelets, correlations.

use std::f64::consts::PI;

use super::case::Stage::*;
use super::case::*;
use super::rng::Rng;

/// The transform by its definition, on (re, im) pairs.
fn dft(x: &[f64], inverse: bool) -> Vec<f64> {
    let n = x.len() / 2;
    let sign = if inverse { 2.0 * PI } else { -2.0 * PI };
    let mut out = Vec::new();
    for k in 0..n {
        let (mut re, mut im) = (0.0, 0.0);
        for j in 0..n {
            let (s, c) = (sign * ((j * k) % n) as f64 / n as f64).sin_cos();
            re += x[2 * j] * c - x[2 * j + 1] * s;
            im += x[2 * j] * s + x[2 * j + 1] * c;
        }
        out.extend([re, im]);
    }
    out
}

fn wide(v: &[f32]) -> Vec<f64> {
    v.iter().map(|&x| f64::from(x)).collect()
}

const DFT: &str = r#"
extern "C" __global__ void dft_naive(const float2 *in, float2 *out, int n, float direction)
{
    int k = blockIdx.x * blockDim.x + threadIdx.x;
    if (k >= n) return;
    float2 sum = {0.0f, 0.0f};
    for (int j = 0; j < n; j++) {
        float s, c;
        sincospif(direction * 2.0f * ((j * k) % n) / n, &s, &c);
        sum.x += in[j].x * c - in[j].y * s;
        sum.y += in[j].x * s + in[j].y * c;
    }
    out[k] = sum;
}
"#;

fn dft_naive(rng: &mut Rng) -> Vec<Case> {
    [1usize, 7, 64, 65]
        .iter()
        .map(|&n| {
            let x = rng.f32s(2 * n, -1.0, 1.0);
            let inverse = n % 2 == 1;
            let mut c = Case::new(format!("n={n} inverse={inverse}"));
            let tol = near(1e-5, 5e-5, "65 products with rounded angles");
            let (a, b) = (c.input(&x), c.output_f32_of(&dft(&wide(&x), inverse), tol));
            let direction = if inverse { 1.0f32 } else { -1.0 };
            c.launch("dft_naive", blocks(n, 32), 32, 0, args![a, b, n as i32, direction]);
            c
        })
        .collect()
}

/// Radix-2 in shared memory: bit reversal, then log2(n) butterflies; one transform a block.
const FFT_SHARED: &str = r#"
template <int LOG2N>
__global__ void fft_shared(double2 *data, int inverse)
{
    constexpr int N = 1 << LOG2N;
    __shared__ double2 s[N];
    double2 *x = data + blockIdx.x * N;
    for (unsigned i = threadIdx.x; i < N; i += blockDim.x) s[LOG2N ? __brev(i) >> (32 - LOG2N) : 0] = x[i];
    __syncthreads();
    for (int half = 1; half < N; half <<= 1) {
        for (int b = threadIdx.x; b < N / 2; b += blockDim.x) {
            const int k = b & (half - 1), i = 2 * b - k, j = i + half;
            double sn, cs;
            sincospi((inverse ? 1.0 : -1.0) * k / half, &sn, &cs);
            const double2 u = s[i], v = s[j];
            const double2 t = make_double2(v.x * cs - v.y * sn, v.x * sn + v.y * cs);
            s[i] = make_double2(u.x + t.x, u.y + t.y);
            s[j] = make_double2(u.x - t.x, u.y - t.y);
        }
        __syncthreads();
    }
    const double scale = inverse ? 1.0 / N : 1.0;
    for (int i = threadIdx.x; i < N; i += blockDim.x) { x[i].x = s[i].x * scale; x[i].y = s[i].y * scale; }
}
"#;

fn fft_shared(rng: &mut Rng) -> Vec<Case> {
    let mut cases = Vec::new();
    for (log, batch, inverse) in [(0usize, 1usize, false), (1, 3, true), (6, 2, false), (8, 1, true)] {
        let n = 1 << log;
        let x = rng.f64s(2 * n * batch, -1.0, 1.0);
        let scale = if inverse { n as f64 } else { 1.0 };
        let want: Vec<f64> = x.chunks(2 * n).flat_map(|x| dft(x, inverse)).map(|v| v / scale).collect();
        let mut c = Case::new(format!("{batch} of {n} inverse={inverse}"));
        let a = c.inout_f64(&x, &want, near(1e-11, 1e-11, "the reference sums 256 products"));
        c.launch(&format!("fft_shared<{log}>"), batch, 32, 0, args![a, i32::from(inverse)]);
        cases.push(c);
    }
    cases
}

/// Stockham autosort, a pass a launch, complex numbers by a struct with operators.
const STOCKHAM: &str = r#"
struct cfloat {
    float r, i;
};
__device__ inline cfloat operator+(const cfloat &a, const cfloat &b) { return {a.r + b.r, a.i + b.i}; }
__device__ inline cfloat operator-(const cfloat &a, const cfloat &b) { return {a.r - b.r, a.i - b.i}; }
__device__ inline cfloat operator*(const cfloat &a, const cfloat &b) { return cfloat{a.r * b.r - a.i * b.i, a.r * b.i + a.i * b.r}; }
__device__ inline cfloat polar(float angle) { return cfloat{cosf(angle), sinf(angle)}; }

__global__ void stockham_pass(const cfloat *in, cfloat *out, int n, int stride)
{
    int t = blockIdx.x * blockDim.x + threadIdx.x;
    if (t >= n / 2) return;
    int q = t % stride, p = t / stride, m = n / stride / 2;
    cfloat a = in[q + stride * p], b = in[q + stride * (p + m)];
    out[q + stride * 2 * p] = a + b;
    out[q + stride * (2 * p + 1)] = (a - b) * polar(-3.14159265f * p / m);
}
"#;

fn stockham(rng: &mut Rng) -> Vec<Case> {
    [2usize, 8, 128]
        .iter()
        .map(|&n| {
            let x = rng.f32s(2 * n, -1.0, 1.0);
            let want: Vec<f32> = dft(&wide(&x), false).iter().map(|&v| v as f32).collect();
            let tol = near(1e-5, 3e-5, "seven passes in single precision");
            let passes = n.ilog2();
            let mut c = Case::new(format!("n={n}"));
            let (mut a, mut b) = if passes % 2 == 0 {
                (c.inout_f32(&x, &want, tol), c.scratch(&x))
            } else {
                (c.scratch(&x), c.output_f32(&want, tol))
            };
            for pass in 0..passes {
                c.launch("stockham_pass", blocks(n / 2, 32), 32, 0, args![a, b, n as i32, 1i32 << pass]);
                std::mem::swap(&mut a, &mut b);
            }
            c
        })
        .collect()
}

/// The 8x8 cosine transform of image blocks, with quantisation to shorts.
const DCT: &str = r#"
__constant__ float C[8][8];

__global__ void dct8x8(const unsigned char *image, int pitch, short *coefficients, float quality)
{
    __shared__ float block[8][9], half[8][9];
    const int x = threadIdx.x, y = threadIdx.y;
    block[y][x] = image[(blockIdx.y * 8 + y) * pitch + blockIdx.x * 8 + x] - 128.0f;
    __syncthreads();
    float s = 0;
    for (int k = 0; k < 8; k++) s += block[y][k] * C[x][k];
    half[y][x] = s;
    __syncthreads();
    s = 0;
    for (int k = 0; k < 8; k++) s += half[k][x] * C[y][k];
    coefficients[((blockIdx.y * gridDim.x + blockIdx.x) * 8 + y) * 8 + x] = (short)rintf(s / quality);
}
"#;

fn dct(rng: &mut Rng) -> Vec<Case> {
    let basis: Vec<f32> = (0..64)
        .map(|e| {
            let (u, k) = ((e / 8) as f64, (e % 8) as f64);
            let norm = if e < 8 { 0.125f64.sqrt() } else { 0.5 };
            (norm * (PI * (2.0 * k + 1.0) * u / 16.0).cos()) as f32
        })
        .collect();
    [(1usize, 1usize), (3, 2)]
        .iter()
        .map(|&(bw, bh)| {
            let (w, quality) = (8 * bw, 7.0f32);
            let image = rng.bytes(64 * bw * bh);
            let mut exact = Vec::new();
            for b in 0..bw * bh {
                let pixel = |x: usize, y: usize| f64::from(image[(b / bw * 8 + y) * w + b % bw * 8 + x]) - 128.0;
                for e in 0..64 {
                    let mut s = 0.0;
                    for p in 0..64 {
                        let weight = f64::from(basis[e % 8 * 8 + p % 8]) * f64::from(basis[e / 8 * 8 + p / 8]);
                        s += pixel(p % 8, p / 8) * weight;
                    }
                    exact.push(s / f64::from(quality));
                }
            }
            let judge = move |got: &[u8]| {
                let got = got.chunks_exact(2).map(|b| i16::from_ne_bytes(b.try_into().unwrap()));
                match got.zip(&exact).position(|(g, e)| (f64::from(g) - e).abs() > 0.5 + 1e-3) {
                    None => Ok(()),
                    Some(at) => Err(format!("[{at}]: exact is {}", exact[at])),
                }
            };
            let mut c = Case::new(format!("{bw}x{bh} blocks"));
            let (i, o) = (c.input(&image), c.buffer(vec![0xA5; 128 * bw * bh], Expect::Judge(Box::new(judge))));
            c.symbol("C", &basis);
            c.launch("dct8x8", (bw, bh), (8, 8), 0, args![i, w as i32, o, quality]);
            c
        })
        .collect()
}

/// Direct convolution of a long signal by taps in shared memory, with a causal border and decimation.
const FIR: &str = r#"
extern "C" __global__ void fir_decimate(const short *signal, int n, const short *taps, int count, int step, int *out, int m)
{
    extern __shared__ short t[];
    for (int k = threadIdx.x; k < count; k += blockDim.x) t[k] = taps[k];
    __syncthreads();
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= m) return;
    long long acc = 0;
    for (int k = 0; k < count; k++) {
        int at = i * step - k;
        if (at >= 0 && at < n) acc += (int)signal[at] * t[k];
    }
    acc = (acc + (1 << 14)) >> 15;
    out[i] = acc > 32767 ? 32767 : acc < -32768 ? -32768 : (int)acc;
}
"#;

fn fir(rng: &mut Rng) -> Vec<Case> {
    [(1usize, 1usize, 1usize), (200, 31, 3), (65, 64, 2)]
        .iter()
        .map(|&(n, taps, step)| {
            let (s, t) = (rng.vec(n, |r| r.next() as i16), rng.vec(taps, |r| r.next() as i16));
            let m = n.div_ceil(step);
            let want: Vec<i32> = (0..m)
                .map(|i| {
                    let sum: i64 = (0..taps)
                        .filter(|k| *k <= i * step)
                        .map(|k| i64::from(s[i * step - k]) * i64::from(t[k]))
                        .sum();
                    ((sum + (1 << 14)) >> 15).clamp(-32768, 32767) as i32
                })
                .collect();
            let mut c = Case::new(format!("n={n} taps={taps} step={step}"));
            let (a, b, o) = (c.input(&s), c.input(&t), c.output(&want));
            let args = args![a, n as i32, b, taps as i32, step as i32, o, m as i32];
            c.launch("fir_decimate", blocks(m, 32), 32, 2 * taps, args);
            c
        })
        .collect()
}

/// Biquad cascades, a channel a thread: state in a struct array, methods by reference.
const BIQUAD: &str = r#"
struct Biquad {
    double b0, b1, b2, a1, a2;
    double z1 = 0.0, z2 = 0.0;
    __device__ double operator()(double x)
    {
        const double y = b0 * x + z1;
        z1 = b1 * x - a1 * y + z2;
        z2 = b2 * x - a2 * y;
        return y;
    }
    __device__ void load(const double *c) { b0 = c[0]; b1 = c[1]; b2 = c[2]; a1 = c[3]; a2 = c[4]; }
};

template <int STAGES>
__global__ void filter_channels(const double *coefficients, double *samples, int n, int channels)
{
    const int ch = blockIdx.x * blockDim.x + threadIdx.x;
    if (ch >= channels) return;
    Biquad cascade[STAGES];
    for (int s = 0; s < STAGES; s++) cascade[s].load(coefficients + 5 * s);
    for (int i = 0; i < n; i++) {
        double v = samples[i * channels + ch];
        for (Biquad &stage : cascade) v = stage(v);
        samples[i * channels + ch] = v;
    }
}
"#;

fn biquad(rng: &mut Rng) -> Vec<Case> {
    let mut cases = Vec::new();
    for (stages, n, channels) in [(1usize, 0usize, 1usize), (2, 50, 33), (3, 20, 5)] {
        let co: Vec<f64> = (0..5 * stages).map(|i| if i % 5 < 3 { rng.f64(-1., 1.) } else { rng.f64(-0.4, 0.4) }).collect();
        let x = rng.f64s(n * channels, -1.0, 1.0);
        let mut y = x.clone();
        for ch in 0..channels {
            for c in co.chunks(5) {
                // Direct form I: the same filter with another order of operations.
                let (mut x1, mut x2, mut y1, mut y2) = (0.0, 0.0, 0.0, 0.0);
                for i in 0..n {
                    let v = y[i * channels + ch];
                    let out = c[0] * v + c[1] * x1 + c[2] * x2 - c[3] * y1 - c[4] * y2;
                    (x2, x1, y2, y1) = (x1, v, y1, out);
                    y[i * channels + ch] = out;
                }
            }
        }
        let mut c = Case::new(format!("{stages} stages, {channels} channels"));
        let (k, s) = (c.input(&co), c.inout_f64(&x, &y, near(1e-10, 1e-10, "another form of a stable filter")));
        let name = format!("filter_channels<{stages}>");
        c.launch(&name, blocks(channels, 32), 32, 0, args![k, s, n as i32, channels as i32]);
        cases.push(c);
    }
    cases
}

/// Haar wavelet, all levels in shared memory, in place with a stride, integer lifting.
const HAAR: &str = r#"
__global__ void haar_lifting(int *data, int n)
{
    extern __shared__ int s[];
    int *row = data + blockIdx.x * n;
    for (int i = threadIdx.x; i < n; i += blockDim.x) s[i] = row[i];
    __syncthreads();
    for (int step = 1; step < n; step <<= 1) {
        for (int i = threadIdx.x * 2 * step; i + step < n; i += blockDim.x * 2 * step) {
            int d = s[i + step] - s[i];
            s[i] += d >> 1;
            s[i + step] = d;
        }
        __syncthreads();
    }
    for (int i = threadIdx.x; i < n; i += blockDim.x) row[i] = s[i];
}
"#;

fn haar(rng: &mut Rng) -> Vec<Case> {
    [1usize, 2, 13, 64, 200]
        .iter()
        .map(|&n| {
            let x = rng.i32s(2 * n, -100_000, 100_000);
            let mut y = x.clone();
            for row in y.chunks_mut(n) {
                let mut step = 1;
                while step < n {
                    for i in (0..n - step).step_by(2 * step) {
                        let d = row[i + step] - row[i];
                        row[i] += d >> 1;
                        row[i + step] = d;
                    }
                    step *= 2;
                }
            }
            let mut c = Case::new(format!("n={n}"));
            let a = c.inout(&x, &y);
            c.launch("haar_lifting", 2, 32, 4 * n, args![a, n as i32]);
            c
        })
        .collect()
}

/// Normalised cross-correlation of a template in every place, best place by a packed 64-bit atomicMax.
const CORRELATE: &str = r#"
__device__ unsigned long long pack(float score, unsigned place)
{
    unsigned bits = __float_as_uint(score);
    bits = (bits & 0x80000000u) ? ~bits : (bits | 0x80000000u);
    return (unsigned long long)bits << 32 | (0xffffffffu - place);
}

__global__ void correlate(const float *signal, int n, const float *shape, int m, float *score, unsigned long long *best)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i + m > n) return;
    float st = 0, ss = 0, tt = 0;
    for (int k = 0; k < m; k++) {
        float s = signal[i + k], t = shape[k];
        st += s * t; ss += s * s; tt += t * t;
    }
    float r = st * rsqrtf(ss * tt);
    score[i] = r;
    atomicMax(best, pack(r, i));
}
"#;

fn correlate(rng: &mut Rng) -> Vec<Case> {
    [(5usize, 5usize), (100, 7), (333, 20)]
        .iter()
        .map(|&(n, m)| {
            let (mut s, t) = (rng.f32s(n, -1.0, 1.0), rng.f32s(m, -1.0, 1.0));
            let place = rng.below(n - m + 1);
            (0..m).for_each(|k| s[place + k] = 0.5 * t[k]);
            let want: Vec<f64> = s
                .windows(m)
                .map(|w| {
                    let sum = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(&x, &y)| f64::from(x) * f64::from(y)).sum::<f64>();
                    sum(w, &t) / (sum(w, w) * sum(&t, &t)).sqrt()
                })
                .collect();
            let mut c = Case::new(format!("{m} in {n}"));
            let (a, b) = (c.input(&s), c.input(&t));
            let o = c.output_f32_of(&want, near(1e-5, 1e-5, "sums of 20 products"));
            let found = move |got: &[u8]| {
                let at = u32::MAX - u64::from_ne_bytes(got.try_into().unwrap()) as u32;
                if at as usize == place { Ok(()) } else { Err(format!("found at {at}, not at {place}")) }
            };
            let best = c.buffer(vec![0; 8], Expect::Judge(Box::new(found)));
            c.launch("correlate", blocks(n, 32), 32, 0, args![a, n as i32, b, m as i32, o, best]);
            c
        })
        .collect()
}

pub fn kernels() -> Vec<Kernel> {
    vec![
        kernel("signal_dft", S1, DFT, dft_naive),
        kernel("signal_fft_shared", S4, FFT_SHARED, fft_shared),
        kernel("signal_stockham", S5, STOCKHAM, stockham),
        kernel("signal_dct", S1, DCT, dct),
        kernel("signal_fir", S1, FIR, fir),
        kernel("signal_biquad", S5, BIQUAD, biquad),
        kernel("signal_haar", S1, HAAR, haar),
        kernel("signal_correlate", S0, CORRELATE, correlate),
    ]
}
