//! Image filters on bytes, packed pixels and floats.

use super::case::Stage::*;
use super::case::*;
use super::rng::Rng;

const SIZES: [(usize, usize); 5] = [(1, 1), (5, 2), (16, 16), (17, 33), (50, 19)];

/// The pixel at (x, y) with both coordinates clamped into the picture.
fn clamped<T: Copy>(image: &[T], w: usize, h: usize, x: i64, y: i64) -> T {
    image[y.clamp(0, h as i64 - 1) as usize * w + x.clamp(0, w as i64 - 1) as usize]
}

/// A case with a byte image in and one out of the same size, on 16x8 blocks.
fn byte_filter(kernel: &str, rng: &mut Rng, filter: fn(&[u8], usize, usize, i64, i64) -> u8) -> Vec<Case> {
    SIZES
        .iter()
        .map(|&(w, h)| {
            let image = rng.bytes(w * h);
            let want: Vec<u8> = (0..w * h).map(|i| filter(&image, w, h, (i % w) as i64, (i / w) as i64)).collect();
            let mut c = Case::new(format!("{w}x{h}"));
            let (x, y) = (c.input(&image), c.output(&want));
            let grid = (blocks(w, 16), blocks(h, 8));
            c.launch(kernel, grid, (16, 8), 0, args![x, y, w as i32, h as i32]);
            c
        })
        .collect()
}

const SOBEL: &str = r#"
__device__ int clampi(int v, int lo, int hi) { return v < lo ? lo : (v > hi ? hi : v); }

extern "C" __global__ void sobel(const unsigned char *src, unsigned char *dst, int width, int height)
{
    const int x = blockIdx.x * blockDim.x + threadIdx.x;
    const int y = blockIdx.y * blockDim.y + threadIdx.y;
    if (x >= width || y >= height) return;
    int p[3][3];
    for (int j = 0; j < 3; ++j)
        for (int i = 0; i < 3; ++i)
            p[j][i] = src[clampi(y + j - 1, 0, height - 1) * width + clampi(x + i - 1, 0, width - 1)];
    int gx = (p[0][2] + 2 * p[1][2] + p[2][2]) - (p[0][0] + 2 * p[1][0] + p[2][0]);
    int gy = (p[2][0] + 2 * p[2][1] + p[2][2]) - (p[0][0] + 2 * p[0][1] + p[0][2]);
    int mag = abs(gx) + abs(gy);
    dst[y * width + x] = (unsigned char)(mag > 255 ? 255 : mag);
}
"#;

fn sobel(image: &[u8], w: usize, h: usize, x: i64, y: i64) -> u8 {
    let p = |dx: i64, dy: i64| i32::from(clamped(image, w, h, x + dx, y + dy));
    let gx = p(1, -1) + 2 * p(1, 0) + p(1, 1) - p(-1, -1) - 2 * p(-1, 0) - p(-1, 1);
    let gy = p(-1, 1) + 2 * p(0, 1) + p(1, 1) - p(-1, -1) - 2 * p(0, -1) - p(1, -1);
    (gx.abs() + gy.abs()).min(255) as u8
}

const MEDIAN: &str = r#"
#define IN_ORDER(a, b)                          \
    if (near[b] < near[a]) {                    \
        const unsigned char larger = near[a];   \
        near[a] = near[b];                      \
        near[b] = larger;                       \
    }

__global__ void median3x3(const unsigned char *in, unsigned char *out, int w, int h)
{
    int x = threadIdx.x + blockIdx.x * blockDim.x, y = threadIdx.y + blockIdx.y * blockDim.y;
    if (x < w && y < h) {
        unsigned char near[9];
        for (int k = 0; k < 9; k++)
            near[k] = in[min(max(y + k / 3 - 1, 0), h - 1) * w + min(max(x + k % 3 - 1, 0), w - 1)];
        // The smallest of what is left sinks to its place, until the middle one has.
        for (int done = 0; done <= 4; done++)
            for (int k = 8; k > done; k--) IN_ORDER(k - 1, k)
        out[y * w + x] = near[4];
    }
}
"#;

fn median(image: &[u8], w: usize, h: usize, x: i64, y: i64) -> u8 {
    let mut v: Vec<u8> = (0..9).map(|k| clamped(image, w, h, x + k % 3 - 1, y + k / 3 - 1)).collect();
    v.sort_unstable();
    v[4]
}

/// Erosion and dilation are the same template with another comparison.
const MORPHOLOGY: &str = r#"
struct Erode { static __device__ unsigned char start() { return 255; } static __device__ unsigned char pick(unsigned char a, unsigned char b) { return a < b ? a : b; } };
struct Dilate { static __device__ unsigned char start() { return 0; } static __device__ unsigned char pick(unsigned char a, unsigned char b) { return a > b ? a : b; } };

template <class Op, int R>
__global__ void morph(const unsigned char *src, unsigned char *dst, int w, int h)
{
    int x = blockIdx.x * blockDim.x + threadIdx.x, y = blockIdx.y * blockDim.y + threadIdx.y;
    if (x >= w || y >= h) return;
    unsigned char v = Op::start();
    for (int j = -R; j <= R; j++)
        for (int i = -R; i <= R; i++)
            if (x + i >= 0 && x + i < w && y + j >= 0 && y + j < h && abs(i) + abs(j) <= R)
                v = Op::pick(v, src[(y + j) * w + x + i]);
    dst[y * w + x] = v;
}
"#;

fn diamond(image: &[u8], w: usize, h: usize, x: i64, y: i64, r: i64) -> Vec<u8> {
    let inside = |x: i64, y: i64| x >= 0 && y >= 0 && x < w as i64 && y < h as i64;
    (-r..=r)
        .flat_map(|j| (-r..=r).map(move |i| (i, j)))
        .filter(|(i, j)| i.abs() + j.abs() <= r && inside(x + i, y + j))
        .map(|(i, j)| image[(y + j) as usize * w + (x + i) as usize])
        .collect()
}

fn morphology(rng: &mut Rng) -> Vec<Case> {
    let mut cases =
        byte_filter("morph<Erode, 2>", rng, |im, w, h, x, y| *diamond(im, w, h, x, y, 2).iter().min().unwrap());
    cases.extend(byte_filter("morph<Dilate, 1>", rng, |im, w, h, x, y| {
        *diamond(im, w, h, x, y, 1).iter().max().unwrap()
    }));
    cases
}

/// Separable convolution: rows then columns, coefficients in constant memory, apron in shared memory.
const SEPARABLE: &str = r#"
#define REACH 4
#define SPAN 32
__constant__ float taps[2 * REACH + 1];

// A stretch of a row and what lies REACH to either side of it; zeros beyond the image.
__global__ void filter_along(float *out, const float *in, int width, int height)
{
    __shared__ float stretch[REACH + SPAN + REACH];
    const float *row = in + blockIdx.y * width;
    const int first = blockIdx.x * SPAN, mine = first + threadIdx.x;
    for (unsigned cell = threadIdx.x; cell < sizeof(stretch) / sizeof(float); cell += SPAN) {
        const int column = first + (int)cell - REACH;
        stretch[cell] = 0 <= column && column < width ? row[column] : 0.0f;
    }
    __syncthreads();
    float total = 0.0f;
#pragma unroll
    for (int tap = 0; tap <= 2 * REACH; ++tap) total += taps[2 * REACH - tap] * stretch[threadIdx.x + tap];
    if (mine < width) out[blockIdx.y * width + mine] = total;
}

__global__ void filter_down(float *out, const float *in, int width, int height)
{
    const int column = threadIdx.x + blockDim.x * blockIdx.x, line = threadIdx.y + blockDim.y * blockIdx.y;
    if (column < width && line < height) {
        const int top = max(line - REACH, 0), bottom = min(line + REACH, height - 1);
        float total = 0.0f;
        for (int from = top; from <= bottom; ++from) total += taps[REACH + line - from] * in[from * width + column];
        out[line * width + column] = total;
    }
}
"#;

fn separable(rng: &mut Rng) -> Vec<Case> {
    SIZES
        .iter()
        .map(|&(w, h)| {
            let (image, k) = (rng.f32s(w * h, 0.0, 1.0), rng.f32s(9, -0.5, 0.5));
            let at = |v: &[f64], x: i64, y: i64| {
                let inside = x >= 0 && y >= 0 && x < w as i64 && y < h as i64;
                if inside { v[y as usize * w + x as usize] } else { 0.0 }
            };
            let pass = |v: &[f64], dx: i64, dy: i64| -> Vec<f64> {
                (0..w * h)
                    .map(|i| {
                        let (x, y) = ((i % w) as i64, (i / w) as i64);
                        (-4..=4i64).map(|j| f64::from(k[(4 - j) as usize]) * at(v, x + j * dx, y + j * dy)).sum()
                    })
                    .collect()
            };
            let start: Vec<f64> = image.iter().map(|&v| f64::from(v)).collect();
            let rows = pass(&start, 1, 0);
            let tol = near(1e-5, 1e-5, "81 products in single precision");
            let mut c = Case::new(format!("{w}x{h}"));
            let (src, mid) = (c.input(&image), c.output_f32_of(&rows, tol));
            let dst = c.output_f32_of(&pass(&rows, 0, 1), tol);
            c.symbol("taps", &k);
            c.launch("filter_along", (blocks(w, 32), h), (32, 1), 0, args![mid, src, w as i32, h as i32]);
            c.symbol("taps", &k);
            let grid = (blocks(w, 16), blocks(h, 4));
            c.launch("filter_down", grid, (16, 4), 0, args![dst, mid, w as i32, h as i32]);
            c
        })
        .collect()
}

const BILATERAL: &str = r#"
__device__ float gauss(float d2, float sigma) { return expf(-0.5f * d2 / (sigma * sigma)); }

__global__ void bilateral(const float *in, float *out, int w, int h, int r, float sigma_s, float sigma_r)
{
    for (int y = blockIdx.y * blockDim.y + threadIdx.y; y < h; y += gridDim.y * blockDim.y)
        for (int x = blockIdx.x * blockDim.x + threadIdx.x; x < w; x += gridDim.x * blockDim.x) {
            const float centre = in[y * w + x];
            float sum = 0.0f, norm = 0.0f;
            for (int j = max(0, y - r); j <= min(h - 1, y + r); j++)
                for (int i = max(0, x - r); i <= min(w - 1, x + r); i++) {
                    const float v = in[j * w + i], d = v - centre;
                    const float weight = gauss((float)((i - x) * (i - x) + (j - y) * (j - y)), sigma_s) * gauss(d * d, sigma_r);
                    sum += weight * v;
                    norm += weight;
                }
            out[y * w + x] = sum / norm;
        }
}
"#;

fn bilateral(rng: &mut Rng) -> Vec<Case> {
    SIZES
        .iter()
        .map(|&(w, h)| {
            let image = rng.f32s(w * h, 0.0, 1.0);
            let (r, ss, sr) = (2i64, 1.5f32, 0.25f32);
            let gauss = |d2: f64, sigma: f32| (-0.5 * d2 / f64::from(sigma).powi(2)).exp();
            let want: Vec<f64> = (0..(w * h) as i64)
                .map(|k| {
                    let (x, y) = (k % w as i64, k / w as i64);
                    let (mut sum, mut norm) = (0.0, 0.0);
                    for j in (y - r).max(0)..=(y + r).min(h as i64 - 1) {
                        for i in (x - r).max(0)..=(x + r).min(w as i64 - 1) {
                            let v = f64::from(image[j as usize * w + i as usize]);
                            let d = v - f64::from(image[k as usize]);
                            let weight = gauss(((i - x).pow(2) + (j - y).pow(2)) as f64, ss) * gauss(d * d, sr);
                            sum += weight * v;
                            norm += weight;
                        }
                    }
                    sum / norm
                })
                .collect();
            let mut c = Case::new(format!("{w}x{h}"));
            let (x, y) = (c.input(&image), c.output_f32_of(&want, near(2e-5, 1e-6, "expf of 2 ulp in 25 terms")));
            c.launch("bilateral", (2, 2), (8, 8), 0, args![x, y, w as i32, h as i32, r as i32, ss, sr]);
            c
        })
        .collect()
}

/// Integral image by row and column scans, then box means from four corners.
const INTEGRAL: &str = r#"
extern "C" __global__ void integral_rows(const unsigned char *in, unsigned *sat, int w, int h)
{
    int y = blockIdx.x * blockDim.x + threadIdx.x;
    if (y >= h) return;
    unsigned sum = 0u;
    for (int x = 0; x < w; sat[y * w + x] = sum, x++) sum += in[y * w + x];
}

extern "C" __global__ void integral_columns(unsigned *sat, int w, int h)
{
    int x = blockIdx.x * blockDim.x + threadIdx.x;
    if (x >= w) return;
    unsigned *p = sat + x;
    for (int y = 1; y < h; ++y) { p[w] += *p; p += w; }
}

extern "C" __global__ void box_mean(const unsigned *sat, unsigned char *out, int w, int h, int r)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= w * h) return;
    int x = i % w, y = i / w;
    int x0 = max(x - r, 0) - 1, x1 = min(x + r, w - 1), y0 = max(y - r, 0) - 1, y1 = min(y + r, h - 1);
    unsigned sum = sat[y1 * w + x1];
    if (x0 >= 0) sum -= sat[y1 * w + x0];
    if (y0 >= 0) sum -= sat[y0 * w + x1];
    if (x0 >= 0 && y0 >= 0) sum += sat[y0 * w + x0];
    out[i] = sum / ((x1 - x0) * (y1 - y0));
}
"#;

fn integral(rng: &mut Rng) -> Vec<Case> {
    SIZES
        .iter()
        .map(|&(w, h)| {
            let image = rng.bytes(w * h);
            let sum = |x0: usize, x1: usize, y0: usize, y1: usize| -> u32 {
                (y0..=y1).map(|y| image[y * w + x0..=y * w + x1].iter().map(|&v| u32::from(v)).sum::<u32>()).sum()
            };
            let sat: Vec<u32> = (0..w * h).map(|i| sum(0, i % w, 0, i / w)).collect();
            let mean: Vec<u8> = (0..w * h)
                .map(|i| {
                    let (x, y) = (i % w, i / w);
                    let (x0, x1) = (x.saturating_sub(3), (x + 3).min(w - 1));
                    let (y0, y1) = (y.saturating_sub(3), (y + 3).min(h - 1));
                    (sum(x0, x1, y0, y1) / ((x1 - x0 + 1) * (y1 - y0 + 1)) as u32) as u8
                })
                .collect();
            let (wi, hi) = (w as i32, h as i32);
            let mut c = Case::new(format!("{w}x{h}"));
            let (x, s, y) = (c.input(&image), c.output(&sat), c.output(&mean));
            c.launch("integral_rows", blocks(h, 32), 32, 0, args![x, s, wi, hi]);
            c.launch("integral_columns", blocks(w, 32), 32, 0, args![s, wi, hi]);
            c.launch("box_mean", blocks(w * h, 128), 128, 0, args![s, y, wi, hi, 3i32]);
            c
        })
        .collect()
}

/// Packed RGBA to YUV in fixed point, alpha kept, with vector loads and stores.
// The usual coefficients times 4: NVRTC 13.0 to 13.5 turns byte-sized ones into a dp2a over wrongly packed operands and
// computes something else (seen on an H100; visible in the PTX).
const RGBA_YUV: &str = r#"
__device__ __forceinline__ unsigned char clip(int v) { return (unsigned char)min(max(v, 0), 255); }

extern "C" __global__ void rgba_to_yuva(const uchar4 *__restrict__ in, uchar4 *__restrict__ out, unsigned count)
{
    unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < count) {
        const uchar4 p = in[i];
        const int r = p.x, g = p.y, b = p.z;
        out[i] = make_uchar4(clip(((264 * r + 516 * g + 100 * b + 512) >> 10) + 16),
                             clip(((-152 * r - 296 * g + 448 * b + 512) >> 10) + 128),
                             clip(((448 * r - 376 * g - 72 * b + 512) >> 10) + 128), p.w);
    }
}

extern "C" __global__ void yuva_to_rgba(const uchar4 *in, uchar4 *out, unsigned count)
{
    unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < count) {
        uchar4 p = in[i], q;
        int c = p.x - 16, d = p.y - 128, e = p.z - 128;
        q.x = clip((298 * c + 409 * e + 128) >> 8);
        q.y = clip((298 * c - 100 * d - 208 * e + 128) >> 8);
        q.z = clip((298 * c + 516 * d + 128) >> 8);
        q.w = p.w;
        out[i] = q;
    }
}
"#;

fn rgba_yuv(rng: &mut Rng) -> Vec<Case> {
    [0usize, 1, 63, 65, 500]
        .iter()
        .map(|&n| {
            let pixels = rng.vec(n, |r| r.u32().to_ne_bytes());
            let clip = |v: i32| v.clamp(0, 255) as u8;
            let yuv: Vec<[u8; 4]> = pixels
                .iter()
                .map(|&[r, g, b, a]| {
                    let (r, g, b) = (i32::from(r), i32::from(g), i32::from(b));
                    [
                        clip(((66 * r + 129 * g + 25 * b + 128) >> 8) + 16),
                        clip(((-38 * r - 74 * g + 112 * b + 128) >> 8) + 128),
                        clip(((112 * r - 94 * g - 18 * b + 128) >> 8) + 128),
                        a,
                    ]
                })
                .collect();
            let back: Vec<[u8; 4]> = yuv
                .iter()
                .map(|&[y, u, v, a]| {
                    let (c, d, e) = (i32::from(y) - 16, i32::from(u) - 128, i32::from(v) - 128);
                    let r = clip((298 * c + 409 * e + 128) >> 8);
                    [r, clip((298 * c - 100 * d - 208 * e + 128) >> 8), clip((298 * c + 516 * d + 128) >> 8), a]
                })
                .collect();
            let mut c = Case::new(format!("{n} pixels"));
            let (x, y, z) = (c.input(&pixels), c.output(&yuv), c.output(&back));
            c.launch("rgba_to_yuva", blocks(n, 64), 64, 0, args![x, y, n as u32]);
            c.launch("yuva_to_rgba", blocks(n, 64), 64, 0, args![y, z, n as u32]);
            c
        })
        .collect()
}

/// Histogram equalisation: privatised counts, cumulative table by one thread, look-up.
const EQUALISE: &str = r#"
extern "C" __global__ void count_values(const unsigned char *data, unsigned n, unsigned *counts)
{
    __shared__ unsigned own[256];
    for (unsigned b = threadIdx.x; b < 256; b += blockDim.x) own[b] = 0u;
    __syncthreads();
    unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
    const unsigned stride = blockDim.x * gridDim.x;
    while (i < n) {
        atomicAdd(own + data[i], 1u);
        i += stride;
    }
    __syncthreads();
    for (unsigned b = threadIdx.x; b < 256; b += blockDim.x)
        if (own[b]) atomicAdd(&counts[b], own[b]);
}

extern "C" __global__ void equalise(unsigned char *data, unsigned n, const unsigned *histo)
{
    __shared__ unsigned char lut[256];
    if (threadIdx.x == 0) {
        unsigned cdf = 0, lowest = 0;
        for (int v = 0; v < 256; v++) {
            cdf += histo[v];
            if (!lowest) lowest = cdf;
            lut[v] = n == lowest ? v : (unsigned char)(((cdf - lowest) * 255u + (n - lowest) / 2) / (n - lowest));
            if (cdf < lowest || cdf == 0) lut[v] = 0;
        }
    }
    __syncthreads();
    for (unsigned i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) data[i] = lut[data[i]];
}
"#;

fn equalise(rng: &mut Rng) -> Vec<Case> {
    [1usize, 255, 257, 3000]
        .iter()
        .map(|&n| {
            let data = rng.vec(n, |r| (60 + r.below(50) + r.below(50)) as u8);
            let mut histo = vec![0u32; 256];
            data.iter().for_each(|&v| histo[usize::from(v)] += 1);
            let (total, lowest) = (n as u32, *histo.iter().find(|&&v| v > 0).unwrap());
            let want: Vec<u8> = data
                .iter()
                .map(|&v| {
                    let cdf: u32 = histo[..=usize::from(v)].iter().sum();
                    if total == lowest { v } else { (((cdf - lowest) * 255 + (total - lowest) / 2) / (total - lowest)) as u8 }
                })
                .collect();
            let mut c = Case::new(format!("n={n}"));
            let (d, h) = (c.inout(&data, &want), c.inout(&[0u32; 256], &histo));
            c.launch("count_values", 3, 96, 0, args![d, n as u32, h]);
            c.launch("equalise", 2, 64, 0, args![d, n as u32, h]);
            c
        })
        .collect()
}

/// Bilinear demosaic of an RGGB pattern, the colour of a site chosen by a switch on its parity.
const BAYER: &str = r#"
__device__ float at(const unsigned short *raw, int w, int h, int x, int y)
{
    // Mirrored at the edges, which keeps the parity.
    if (x < 0) x = -x;
    if (y < 0) y = -y;
    if (x >= w) x = 2 * w - 2 - x;
    if (y >= h) y = 2 * h - 2 - y;
    return (float)raw[y * w + x];
}

__global__ void demosaic(const unsigned short *raw, float3 *rgb, int w, int h)
{
    int x = blockIdx.x * blockDim.x + threadIdx.x;
    int y = blockIdx.y * blockDim.y + threadIdx.y;
    if (x >= w || y >= h) return;
    float c = at(raw, w, h, x, y);
    float hor = (at(raw, w, h, x - 1, y) + at(raw, w, h, x + 1, y)) * 0.5f;
    float ver = (at(raw, w, h, x, y - 1) + at(raw, w, h, x, y + 1)) * 0.5f;
    float dia = (at(raw, w, h, x - 1, y - 1) + at(raw, w, h, x + 1, y - 1) + at(raw, w, h, x - 1, y + 1) + at(raw, w, h, x + 1, y + 1)) * 0.25f;
    float3 out;
    switch ((y & 1) * 2 + (x & 1)) {
    case 0: out = make_float3(c, (hor + ver) * 0.5f, dia); break;
    case 1: out = make_float3(hor, c, ver); break;
    case 2: out = make_float3(ver, c, hor); break;
    default:
        out.x = dia;
        out.y = (hor + ver) * 0.5f;
        out.z = c;
    }
    rgb[y * w + x] = out;
}
"#;

fn bayer(rng: &mut Rng) -> Vec<Case> {
    [(2usize, 2usize), (8, 6), (17, 11)]
        .iter()
        .map(|&(w, h)| {
            let raw = rng.vec(w * h, |r| r.next() as u16);
            let mirror = |v: i64, n: usize| if v < 0 { -v } else if v >= n as i64 { 2 * n as i64 - 2 - v } else { v };
            let at = |x: i64, y: i64| f32::from(raw[mirror(y, h) as usize * w + mirror(x, w) as usize]);
            let want: Vec<[f32; 3]> = (0..w * h)
                .map(|i| {
                    let (x, y) = ((i % w) as i64, (i / w) as i64);
                    let c = at(x, y);
                    let (hor, ver) = ((at(x - 1, y) + at(x + 1, y)) * 0.5, (at(x, y - 1) + at(x, y + 1)) * 0.5);
                    let dia =
                        (at(x - 1, y - 1) + at(x + 1, y - 1) + at(x - 1, y + 1) + at(x + 1, y + 1)) * 0.25;
                    match (y & 1, x & 1) {
                        (0, 0) => [c, (hor + ver) * 0.5, dia],
                        (0, _) => [hor, c, ver],
                        (_, 0) => [ver, c, hor],
                        _ => [dia, (hor + ver) * 0.5, c],
                    }
                })
                .collect();
            // Quarters of 16-bit numbers are exact in single precision.
            let mut c = Case::new(format!("{w}x{h}"));
            let (x, y) = (c.input(&raw), c.output(&want));
            c.launch("demosaic", (blocks(w, 8), blocks(h, 8)), (8, 8), 0, args![x, y, w as i32, h as i32]);
            c
        })
        .collect()
}

/// Rotation and scaling with bilinear sampling of normalised floats, outside is transparent.
const WARP_AFFINE: &str = r#"
struct Affine { float m[2][3]; };

__device__ float4 lerp4(float4 a, float4 b, float t)
{
    return make_float4(a.x + (b.x - a.x) * t, a.y + (b.y - a.y) * t, a.z + (b.z - a.z) * t, a.w + (b.w - a.w) * t);
}

__device__ float4 fetch(const float4 *img, int w, int h, int x, int y)
{
    if ((unsigned)x >= (unsigned)w || (unsigned)y >= (unsigned)h) return make_float4(0.f, 0.f, 0.f, 0.f);
    return img[y * w + x];
}

__global__ void warp_affine(const float4 *src, int sw, int sh, float4 *dst, int dw, int dh, Affine a)
{
    int x = blockIdx.x * blockDim.x + threadIdx.x, y = blockIdx.y * blockDim.y + threadIdx.y;
    if (x >= dw || y >= dh) return;
    float sx = a.m[0][0] * x + a.m[0][1] * y + a.m[0][2];
    float sy = a.m[1][0] * x + a.m[1][1] * y + a.m[1][2];
    float fx = floorf(sx), fy = floorf(sy);
    int ix = (int)fx, iy = (int)fy;
    dst[y * dw + x] = lerp4(lerp4(fetch(src, sw, sh, ix, iy), fetch(src, sw, sh, ix + 1, iy), sx - fx),
                            lerp4(fetch(src, sw, sh, ix, iy + 1), fetch(src, sw, sh, ix + 1, iy + 1), sx - fx), sy - fy);
}
"#;

fn warp_affine(rng: &mut Rng) -> Vec<Case> {
    [(1usize, 1usize, 3usize, 3usize), (20, 10, 15, 17), (16, 33, 40, 9)]
        .iter()
        .map(|&(sw, sh, dw, dh)| {
            let src = rng.vec(sw * sh, |r| [r.f32(0., 1.), r.f32(0., 1.), r.f32(0., 1.), r.f32(0., 1.)]);
            let m: Vec<f32> = (0..6).map(|k| if k % 3 == 2 { rng.f32(-3., 9.) } else { rng.f32(-1., 1.) }).collect();
            let fetch = |x: f64, y: f64, k: usize| {
                let inside = x >= 0.0 && y >= 0.0 && x < sw as f64 && y < sh as f64;
                if inside { f64::from(src[y as usize * sw + x as usize][k]) } else { 0.0 }
            };
            let mut want = Vec::new();
            for i in 0..dw * dh {
                let at = |r: usize| {
                    f64::from(m[3 * r]) * (i % dw) as f64 + f64::from(m[3 * r + 1]) * (i / dw) as f64 + f64::from(m[3 * r + 2])
                };
                let (sx, sy) = (at(0), at(1));
                let (fx, fy) = (sx.floor(), sy.floor());
                for k in 0..4 {
                    let mix = |a: f64, b: f64, t: f64| a + (b - a) * t;
                    let top = mix(fetch(fx, fy, k), fetch(fx + 1., fy, k), sx - fx);
                    let bottom = mix(fetch(fx, fy + 1., k), fetch(fx + 1., fy + 1., k), sx - fx);
                    want.push(mix(top, bottom, sy - fy));
                }
            }
            let mut c = Case::new(format!("{sw}x{sh} to {dw}x{dh}"));
            let tol = near(0.0, 5e-5, "a coordinate near 60 is off by 4e-6; sampling is continuous, so it shifts colours as little");
            let (s, d) = (c.input(&src), c.output_f32_of(&want, tol));
            let args = args![s, sw as i32, sh as i32, d, dw as i32, dh as i32, by_value(&m)];
            c.launch("warp_affine", (blocks(dw, 8), blocks(dh, 8)), (8, 8), 0, args);
            c
        })
        .collect()
}

/// Gamma through powf, rounded to bytes; values at a rounding edge may fall to either side.
const GAMMA: &str = r#"
extern "C" __global__ void gamma_correct(const unsigned char *in, unsigned char *out, int n, float gamma)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) out[i] = (unsigned char)(__saturatef(powf(in[i] * (1.0f / 255.0f), gamma)) * 255.0f + 0.5f);
}
"#;

fn gamma(rng: &mut Rng) -> Vec<Case> {
    [(1usize, 2.2f32), (256, 0.4545), (700, 1.0), (65, 7.5)]
        .iter()
        .map(|&(n, gamma)| {
            let image = rng.bytes(n);
            let exact: Vec<f64> =
                image.iter().map(|&v| (f64::from(v) / 255.0).powf(f64::from(gamma)) * 255.0 + 0.5).collect();
            let judge = move |got: &[u8]| {
                for (i, (&g, &e)) in got.iter().zip(&exact).enumerate() {
                    let edge = (e - e.round()).abs() < 1e-3;
                    if f64::from(g) != e.floor() && !(edge && (f64::from(g) - e).abs() < 1.01) {
                        return Err(format!("[{i}]: got {g}, exact {e}"));
                    }
                }
                Ok(())
            };
            let mut c = Case::new(format!("n={n} gamma={gamma}"));
            let (x, y) = (c.input(&image), c.buffer(vec![0xA5; n], Expect::Judge(Box::new(judge))));
            c.launch("gamma_correct", blocks(n, 64), 64, 0, args![x, y, n as i32, gamma]);
            c
        })
        .collect()
}

pub fn kernels() -> Vec<Kernel> {
    vec![
        kernel("image_sobel", S0, SOBEL, |r| byte_filter("sobel", r, sobel)),
        kernel("image_median", S0, MEDIAN, |r| byte_filter("median3x3", r, median)),
        kernel("image_morphology", S5, MORPHOLOGY, morphology),
        kernel("image_separable", S1, SEPARABLE, separable),
        kernel("image_bilateral", S0, BILATERAL, bilateral),
        kernel("image_integral", S0, INTEGRAL, integral),
        kernel("image_rgba_yuv", S1, RGBA_YUV, rgba_yuv),
        kernel("image_equalise", S0, EQUALISE, equalise),
        kernel("image_bayer", S1, BAYER, bayer),
        kernel("image_warp_affine", S1, WARP_AFFINE, warp_affine),
        kernel("image_gamma", S0, GAMMA, gamma),
    ]
}
