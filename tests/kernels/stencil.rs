//! Stencils and lattice methods: 1-D to 3-D with halos in shared memory, heat, wave, Gray-Scott, life, D2Q9.

use super::case::Stage::*;
use super::case::*;
use super::rng::Rng;

const STENCIL_1D: &str = r#"
#define REACH 3
#define WIDTH 64

__global__ void near_sum(const int *values, int *sums, int count)
{
    __shared__ int window[WIDTH + 2 * REACH];
    const int start = (int)blockIdx.x * WIDTH - REACH, own = start + REACH + threadIdx.x;
    for (int cell = threadIdx.x; cell < WIDTH + 2 * REACH; cell += WIDTH) {
        const int from = start + cell;
        window[cell] = from < 0 || from >= count ? 0 : values[from];
    }
    __syncthreads();
    if (own >= count) return;
    const int *cell = window + threadIdx.x, *const stop = cell + 2 * REACH;
    int total = *cell;
    while (cell != stop) total += *++cell;
    sums[own] = total;
}
"#;

fn stencil_1d(rng: &mut Rng) -> Vec<Case> {
    [0usize, 1, 3, 63, 64, 65, 200]
        .iter()
        .map(|&n| {
            let xs = rng.i32s(n, i32::MIN, i32::MAX);
            let want: Vec<i32> = (0..n)
                .map(|i| xs[i.saturating_sub(3)..(i + 4).min(n)].iter().fold(0, |s: i32, &x| s.wrapping_add(x)))
                .collect();
            let mut c = Case::new(format!("n={n}"));
            let (x, y) = (c.input(&xs), c.output(&want));
            c.launch("near_sum", blocks(n, 64), 64, 0, args![x, y, n as i32]);
            c
        })
        .collect()
}

/// Explicit heat equation with fixed edges, two arrays in turn.
const HEAT: &str = r#"
#define IDX(x, y) ((y) * width + (x))

extern "C" __global__ void heat_step(const float *__restrict__ u, float *__restrict__ un, int width, int height, float r)
{
    int x = blockIdx.x * blockDim.x + threadIdx.x;
    int y = blockIdx.y * blockDim.y + threadIdx.y;
    if (x >= width || y >= height) return;
    float c = u[IDX(x, y)];
    if (x == 0 || y == 0 || x == width - 1 || y == height - 1) {
        un[IDX(x, y)] = c;
        return;
    }
    un[IDX(x, y)] = c + r * (u[IDX(x - 1, y)] + u[IDX(x + 1, y)] + u[IDX(x, y - 1)] + u[IDX(x, y + 1)] - 4.0f * c);
}
"#;

fn heat(rng: &mut Rng) -> Vec<Case> {
    [(1usize, 1usize), (3, 2), (17, 16), (40, 33)]
        .iter()
        .map(|&(w, h)| {
            let u0 = rng.f32s(w * h, 0.0, 100.0);
            let mut u: Vec<f64> = u0.iter().map(|&v| f64::from(v)).collect();
            let r = 0.2f32;
            for _ in 0..6 {
                let old = u.clone();
                for y in 1..h.max(1) - 1 {
                    for x in 1..w.max(1) - 1 {
                        let k = y * w + x;
                        u[k] = old[k] + f64::from(r) * (old[k - 1] + old[k + 1] + old[k - w] + old[k + w] - 4.0 * old[k]);
                    }
                }
            }
            let want: Vec<f32> = u.iter().map(|&v| v as f32).collect();
            let mut c = Case::new(format!("{w}x{h}"));
            let (a, b) = (c.inout_f32(&u0, &want, near(1e-5, 1e-5, "six averaging steps")), c.scratch(&u0));
            for step in 0..6 {
                let (from, to) = if step % 2 == 0 { (a, b) } else { (b, a) };
                let grid = (blocks(w, 16), blocks(h, 4));
                c.launch("heat_step", grid, (16, 4), 0, args![from, to, w as i32, h as i32, r]);
            }
            c
        })
        .collect()
}

/// Seven-point 3-D Laplacian marching along z with the column in registers and the plane in shared memory.
const LAPLACE_3D: &str = r#"
#define BX 8
#define BY 4

__global__ void laplace3d(const double *in, double *out, int nx, int ny, int nz, double c0, double c1)
{
    __shared__ double plane[BY + 2][BX + 2];
    const int tx = threadIdx.x + 1, ty = threadIdx.y + 1;
    const int x = blockIdx.x * BX + threadIdx.x, y = blockIdx.y * BY + threadIdx.y;
    const bool inside = x < nx && y < ny;
    const size_t slice = (size_t)nx * ny, at = (size_t)y * nx + x;
    double below = 0.0, here = inside ? in[at] : 0.0, above;
    for (int z = 0; z < nz; z++) {
        above = inside && z + 1 < nz ? in[at + (z + 1) * slice] : 0.0;
        plane[ty][tx] = here;
        if (threadIdx.x == 0) plane[ty][0] = x > 0 && y < ny ? in[at + z * slice - 1] : 0.0;
        if (threadIdx.x == BX - 1) plane[ty][BX + 1] = x + 1 < nx && y < ny ? in[at + z * slice + 1] : 0.0;
        if (threadIdx.y == 0) plane[0][tx] = y > 0 && x < nx ? in[at + z * slice - nx] : 0.0;
        if (threadIdx.y == BY - 1) plane[BY + 1][tx] = y + 1 < ny && x < nx ? in[at + z * slice + nx] : 0.0;
        __syncthreads();
        if (inside)
            out[at + z * slice] = c0 * here + c1 * (plane[ty][tx - 1] + plane[ty][tx + 1] + plane[ty - 1][tx]
                                  + plane[ty + 1][tx] + below + above);
        __syncthreads();
        below = here;
        here = above;
    }
}
"#;

fn laplace_3d(rng: &mut Rng) -> Vec<Case> {
    [(1usize, 1usize, 1usize), (8, 4, 3), (9, 5, 7), (15, 13, 2)]
        .iter()
        .map(|&(nx, ny, nz)| {
            let u = rng.f64s(nx * ny * nz, -1.0, 1.0);
            let get = |x: i32, y: i32, z: i32| {
                let ok = x >= 0 && y >= 0 && z >= 0 && x < nx as i32 && y < ny as i32 && z < nz as i32;
                if ok { u[(z as usize * ny + y as usize) * nx + x as usize] } else { 0.0 }
            };
            let mut want = Vec::new();
            for z in 0..nz as i32 {
                for y in 0..ny as i32 {
                    for x in 0..nx as i32 {
                        let around = get(x - 1, y, z) + get(x + 1, y, z) + get(x, y - 1, z) + get(x, y + 1, z);
                        want.push(-6.5 * get(x, y, z) + 1.25 * (around + get(x, y, z - 1) + get(x, y, z + 1)));
                    }
                }
            }
            let mut c = Case::new(format!("{nx}x{ny}x{nz}"));
            let (a, b) = (c.input(&u), c.output_f64(&want, near(1e-13, 1e-13, "fma or not")));
            let args = args![a, b, nx as i32, ny as i32, nz as i32, -6.5f64, 1.25f64];
            c.launch("laplace3d", (blocks(nx, 8), blocks(ny, 4)), (8, 4), 0, args);
            c
        })
        .collect()
}

/// Eighth-order wave equation with coefficients in constant memory, a 3-D grid of 3-D blocks.
const WAVE: &str = r#"
__constant__ float stencil_c[5];

__global__ void wave(const float *prev, const float *cur, float *next, dim3 n, float k)
{
    unsigned x = blockIdx.x * blockDim.x + threadIdx.x;
    unsigned y = blockIdx.y * blockDim.y + threadIdx.y;
    unsigned z = blockIdx.z * blockDim.z + threadIdx.z;
    if (x >= n.x || y >= n.y || z >= n.z) return;
    unsigned i = (z * n.y + y) * n.x + x;
    bool edge = x < 4 || y < 4 || z < 4 || x + 4 >= n.x || y + 4 >= n.y || z + 4 >= n.z;
    float lap = 0.0f;
    if (!edge) {
        lap = 3.0f * stencil_c[0] * cur[i];
        for (unsigned r = 1; r <= 4; ++r)
            lap += stencil_c[r] * (cur[i - r] + cur[i + r] + cur[i - r * n.x] + cur[i + r * n.x]
                 + cur[i - r * n.x * n.y] + cur[i + r * n.x * n.y]);
    }
    next[i] = 2.0f * cur[i] - prev[i] + k * lap;
}
"#;

fn wave(rng: &mut Rng) -> Vec<Case> {
    let weights = [-2.847_222f32, 1.6, -0.2, 0.025_396_825, -0.001_785_714];
    [(1usize, 1usize, 1usize), (9, 9, 9), (12, 10, 11)]
        .iter()
        .map(|&(nx, ny, nz)| {
            let n = nx * ny * nz;
            let (prev, cur) = (rng.f32s(n, -1.0, 1.0), rng.f32s(n, -1.0, 1.0));
            let at = |i: usize| f64::from(cur[i]);
            let want: Vec<f64> = (0..n)
                .map(|i| {
                    let (x, y, z) = (i % nx, i / nx % ny, i / nx / ny);
                    let inner = |v: usize, n: usize| v >= 4 && v + 4 < n;
                    let mut lap = 0.0;
                    if inner(x, nx) && inner(y, ny) && inner(z, nz) {
                        lap = 3.0 * f64::from(weights[0]) * at(i);
                        for r in 1..=4 {
                            for s in [r, r * nx, r * nx * ny] {
                                lap += f64::from(weights[r]) * (at(i - s) + at(i + s));
                            }
                        }
                    }
                    2.0 * at(i) - f64::from(prev[i]) + 0.1 * lap
                })
                .collect();
            let mut c = Case::new(format!("{nx}x{ny}x{nz}"));
            let (p, u) = (c.input(&prev), c.input(&cur));
            let out = c.output_f32_of(&want, near(1e-5, 1e-5, "25 products in single precision"));
            c.symbol("stencil_c", &weights);
            let size = by_value(&[nx as u32, ny as u32, nz as u32]);
            let grid = (blocks(nx, 8), blocks(ny, 4), blocks(nz, 2));
            c.launch("wave", grid, (8, 4, 2), 0, args![p, u, out, size, 0.1f32]);
            c
        })
        .collect()
}

/// Conway's life on a torus; bytes in, bytes out, tile with wrapped halo.
const LIFE: &str = r#"
#define T 16
typedef unsigned char cell_t;

__global__ void life(const cell_t *world, cell_t *next, int w, int h)
{
    __shared__ cell_t tile[T + 2][T + 2];
    for (int y = threadIdx.y; y < T + 2; y += blockDim.y)
        for (int x = threadIdx.x; x < T + 2; x += blockDim.x) {
            int gx = (int)(blockIdx.x * T) + x - 1, gy = (int)(blockIdx.y * T) + y - 1;
            gx = (gx % w + w) % w;
            gy = (gy % h + h) % h;
            tile[y][x] = world[gy * w + gx];
        }
    __syncthreads();
    int x = blockIdx.x * T + threadIdx.x;
    for (int dy = 0; dy < T; dy += blockDim.y) {
        int ly = threadIdx.y + dy + 1, lx = threadIdx.x + 1, y = blockIdx.y * T + ly - 1;
        if (x >= w || y >= h) continue;
        int sum = 0;
        for (int j = -1; j <= 1; j++)
            for (int i = -1; i <= 1; i++) sum += tile[ly + j][lx + i];
        sum -= tile[ly][lx];
        next[y * w + x] = sum == 3 || (sum == 2 && tile[ly][lx]) ? 1 : 0;
    }
}
"#;

fn life(rng: &mut Rng) -> Vec<Case> {
    [(1usize, 1usize), (3, 3), (16, 16), (17, 50)]
        .iter()
        .map(|&(w, h)| {
            let world = rng.vec(w * h, |r| u8::from(r.below(3) == 0));
            let step = |old: &[u8]| -> Vec<u8> {
                (0..w * h)
                    .map(|i| {
                        let (x, y) = (i % w, i / w);
                        let mut sum = 0i32;
                        for dy in [h - 1, h, h + 1] {
                            for dx in [w - 1, w, w + 1] {
                                sum += i32::from(old[(y + dy) % h * w + (x + dx) % w]);
                            }
                        }
                        sum -= i32::from(old[i]);
                        u8::from(sum == 3 || (sum == 2 && old[i] == 1))
                    })
                    .collect()
            };
            let mut c = Case::new(format!("{w}x{h}"));
            let (a, b) = (c.inout(&world, &step(&step(&world))), c.output(&step(&world)));
            let grid = (blocks(w, 16), blocks(h, 16));
            c.launch("life", grid, (16, 4), 0, args![a, b, w as i32, h as i32]);
            c.launch("life", grid, (16, 8), 0, args![b, a, w as i32, h as i32]);
            c
        })
        .collect()
}

/// Life again on bits: 32 cells a word, counts by bitwise adders.
const LIFE_BITS: &str = r#"
__device__ void full_add(unsigned a, unsigned b, unsigned c, unsigned &sum, unsigned &carry)
{
    unsigned h = a ^ b;
    sum = h ^ c;
    carry = (a & b) | (h & c);
}

extern "C" __global__ void life_bits(const unsigned *in, unsigned *out, int words, int rows)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= words * rows) return;
    int w = i % words, r = i / words;
    unsigned l[3], c[3], g[3];
    for (int k = 0; k < 3; k++) {
        int row = (r + k - 1 + rows) % rows;
        const unsigned *p = in + row * words;
        unsigned mid = p[w], left = p[(w + words - 1) % words], right = p[(w + 1) % words];
        c[k] = mid;
        l[k] = (mid << 1) | (left >> 31);
        g[k] = __funnelshift_r(mid, right, 1);
    }
    unsigned s0, c0, s1, c1, s2, c2, ones, carry, twos, fours;
    full_add(l[0], c[0], g[0], s0, c0);
    full_add(l[2], c[2], g[2], s1, c1);
    s2 = l[1] ^ g[1];
    c2 = l[1] & g[1];
    full_add(s0, s1, s2, ones, carry);
    full_add(c0, c1, c2, twos, fours);
    unsigned t = twos ^ carry;
    fours |= twos & carry;
    out[i] = ~fours & t & (ones | c[1]);
}
"#;

fn life_bits(rng: &mut Rng) -> Vec<Case> {
    [(1usize, 3usize), (2, 5), (3, 40)]
        .iter()
        .map(|&(words, rows)| {
            let world = rng.u32s(words * rows);
            let (w, h) = (words * 32, rows);
            let at = |x: usize, y: usize| world[y % h * words + x % w / 32] >> (x % 32) & 1;
            let mut want = vec![0u32; words * rows];
            for y in 0..h {
                for x in 0..w {
                    let mut sum = 0;
                    for dy in [h - 1, h, h + 1] {
                        for dx in [w - 1, w, w + 1] {
                            sum += at(x + dx, y + dy);
                        }
                    }
                    let alive = at(x, y);
                    sum -= alive;
                    want[y * words + x / 32] |= u32::from(sum == 3 || (sum == 2 && alive == 1)) << (x % 32);
                }
            }
            let mut c = Case::new(format!("{w}x{h}"));
            let (a, b) = (c.input(&world), c.output(&want));
            c.launch("life_bits", blocks(words * rows, 32), 32, 0, args![a, b, words as i32, rows as i32]);
            c
        })
        .collect()
}

/// Gray-Scott reaction and diffusion on float2 cells, parameters in a constant struct.
const GRAY_SCOTT: &str = r#"
struct Params { float du, dv, feed, kill, dt; int w, h; };
__constant__ Params P;

__device__ __forceinline__ float2 cell(const float2 *g, int x, int y)
{
    x = x < 0 ? x + P.w : x >= P.w ? x - P.w : x;
    y = y < 0 ? y + P.h : y >= P.h ? y - P.h : y;
    return g[y * P.w + x];
}

__global__ void gray_scott(const float2 *from, float2 *to)
{
    int x = blockIdx.x * blockDim.x + threadIdx.x, y = blockIdx.y * blockDim.y + threadIdx.y;
    if (x >= P.w || y >= P.h) return;
    const float2 c = from[y * P.w + x];
    float2 lap = make_float2(-4.0f * c.x, -4.0f * c.y);
    const int dx[4] = {1, -1, 0, 0}, dy[4] = {0, 0, 1, -1};
    for (int k = 0; k < 4; k++) {
        float2 v = cell(from, x + dx[k], y + dy[k]);
        lap.x += v.x;
        lap.y += v.y;
    }
    const float uvv = c.x * c.y * c.y;
    float2 r;
    r.x = c.x + P.dt * (P.du * lap.x - uvv + P.feed * (1.0f - c.x));
    r.y = c.y + P.dt * (P.dv * lap.y + uvv - (P.feed + P.kill) * c.y);
    to[y * P.w + x] = r;
}
"#;

fn gray_scott(rng: &mut Rng) -> Vec<Case> {
    [(1usize, 1usize), (9, 16), (33, 20)]
        .iter()
        .map(|&(w, h)| {
            let g = rng.f32s(2 * w * h, 0.0, 1.0);
            let (du, dv, feed, kill, dt) = (0.16f32, 0.08f32, 0.035f32, 0.065f32, 1.0f32);
            let d = f64::from;
            let mut want = Vec::new();
            for i in 0..w * h {
                let (x, y) = (i % w, i / w);
                let around = [(x + 1, y), (x + w - 1, y), (x, y + 1), (x, y + h - 1)];
                let lap = |part: usize| {
                    let sum: f64 = around.iter().map(|&(a, b)| d(g[2 * (b % h * w + a % w) + part])).sum();
                    sum - 4.0 * d(g[2 * i + part])
                };
                let (u, v) = (d(g[2 * i]), d(g[2 * i + 1]));
                want.push(u + d(dt) * (d(du) * lap(0) - u * v * v + d(feed) * (1.0 - u)));
                want.push(v + d(dt) * (d(dv) * lap(1) + u * v * v - (d(feed) + d(kill)) * v));
            }
            let mut params = bytes_of(&[du, dv, feed, kill, dt]);
            params.extend(bytes_of(&[w as i32, h as i32]));
            let mut c = Case::new(format!("{w}x{h}"));
            let (a, b) = (c.input(&g), c.output_f32_of(&want, near(1e-5, 1e-6, "a dozen float operations")));
            c.symbol("P", &params);
            c.launch("gray_scott", (blocks(w, 8), blocks(h, 8)), (8, 8), 0, args![a, b]);
            c
        })
        .collect()
}

/// Lattice-Boltzmann D2Q9 with BGK collision, pull streaming and bounce-back at solid cells.
const D2Q9: &str = r#"
#define Q 9
__constant__ int cx[Q] = {0, 1, 0, -1, 0, 1, -1, -1, 1};
__constant__ int cy[Q] = {0, 0, 1, 0, -1, 1, 1, -1, -1};
__constant__ double wt[Q] = {4.0 / 9, 1.0 / 9, 1.0 / 9, 1.0 / 9, 1.0 / 9, 1.0 / 36, 1.0 / 36, 1.0 / 36, 1.0 / 36};
__constant__ int opposite[Q] = {0, 3, 4, 1, 2, 7, 8, 5, 6};

__global__ void lbm(const double *fin, double *fout, const bool *solid, int nx, int ny, double omega)
{
    int x = blockIdx.x * blockDim.x + threadIdx.x;
    int y = blockIdx.y;
    if (x >= nx) return;
    const int n = nx * ny, here = y * nx + x;
    double f[Q], rho = 0.0, ux = 0.0, uy = 0.0;
    for (int q = 0; q < Q; ++q) {
        int sx = (x - cx[q] + nx) % nx, sy = (y - cy[q] + ny) % ny;
        int from = sy * nx + sx;
        f[q] = solid[from] ? fin[opposite[q] * n + here] : fin[q * n + from];
        rho += f[q];
        ux += f[q] * cx[q];
        uy += f[q] * cy[q];
    }
    if (solid[here]) {
        for (int q = 0; q < Q; ++q) fout[q * n + here] = fin[q * n + here];
        return;
    }
    ux /= rho;
    uy /= rho;
    const double uu = 1.5 * (ux * ux + uy * uy);
#pragma unroll
    for (int q = 0; q < Q; ++q) {
        double cu = 3.0 * (cx[q] * ux + cy[q] * uy);
        double feq = wt[q] * rho * (1.0 + cu + 0.5 * cu * cu - uu);
        fout[q * n + here] = f[q] - omega * (f[q] - feq);
    }
}
"#;

fn d2q9(rng: &mut Rng) -> Vec<Case> {
    let (cx, cy) = ([0i32, 1, 0, -1, 0, 1, -1, -1, 1], [0i32, 0, 1, 0, -1, 1, 1, -1, -1]);
    let opposite = [0usize, 3, 4, 1, 2, 7, 8, 5, 6];
    let weight = |q: usize| if q == 0 { 4.0 / 9.0 } else if q < 5 { 1.0 / 9.0 } else { 1.0 / 36.0 };
    [(3usize, 3usize), (17, 9), (40, 5)]
        .iter()
        .map(|&(nx, ny)| {
            let n = nx * ny;
            let f0: Vec<f64> = (0..9 * n).map(|i| weight(i / n) * rng.f64(0.9, 1.1)).collect();
            let solid = rng.vec(n, |r| r.below(6) == 0);
            let mut want = f0.clone();
            for here in (0..n).filter(|&i| !solid[i]) {
                let (x, y) = ((here % nx) as i32, (here / nx) as i32);
                let mut f = [0.0; 9];
                for q in 0..9 {
                    let (sx, sy) = ((x - cx[q]).rem_euclid(nx as i32), (y - cy[q]).rem_euclid(ny as i32));
                    let from = sy as usize * nx + sx as usize;
                    f[q] = if solid[from] { f0[opposite[q] * n + here] } else { f0[q * n + from] };
                }
                let rho: f64 = f.iter().sum();
                let ux = (0..9).map(|q| f[q] * f64::from(cx[q])).sum::<f64>() / rho;
                let uy = (0..9).map(|q| f[q] * f64::from(cy[q])).sum::<f64>() / rho;
                for q in 0..9 {
                    let cu = 3.0 * (f64::from(cx[q]) * ux + f64::from(cy[q]) * uy);
                    let feq = weight(q) * rho * (1.0 + cu + 0.5 * cu * cu - 1.5 * (ux * ux + uy * uy));
                    want[q * n + here] = f[q] - 1.2 * (f[q] - feq);
                }
            }
            let mut c = Case::new(format!("{nx}x{ny}"));
            let (a, s) = (c.input(&f0), c.input(&solid));
            let b = c.output_f64(&want, near(1e-12, 1e-14, "fma or not"));
            c.launch("lbm", (blocks(nx, 32), ny), (32, 1), 0, args![a, b, s, nx as i32, ny as i32, 1.2f64]);
            c
        })
        .collect()
}

/// Dynamic programming down a grid (minimum path cost), several rows a launch in shared memory.
const CHEAPEST_WAY: &str = r#"
#define NO_WAY (1 << 29)

// Each block looks `rows` columns past its own on either side: what happens there is wrong by one more column a row.
__global__ void cheapest_way(int rows, const int *toll, int columns, int first, const int *before, int *after)
{
    extern __shared__ int reached[];
    const int me = threadIdx.x, last = blockDim.x - 1;
    const int column = (int)(blockIdx.x * (blockDim.x - 2 * rows)) - rows + me;
    const bool real = column >= 0 && column < columns;
    int cost = real ? before[column] : NO_WAY;
    for (int row = first; row < first + rows; ++row) {
        reached[me] = cost;
        __syncthreads();
        for (int side = -1; side <= 1; side += 2) {
            const int from = me + side;
            if (from >= 0 && from <= last) cost = min(cost, reached[from]);
        }
        __syncthreads();
        cost = real ? cost + toll[row * columns + column] : NO_WAY;
    }
    if (real && me >= rows && me + rows <= last) after[column] = cost;
}
"#;

fn cheapest_way(rng: &mut Rng) -> Vec<Case> {
    [(1usize, 1usize), (6, 58), (9, 100)]
        .iter()
        .map(|&(rows, cols)| {
            let (toll, start) = (rng.i32s(rows * cols, 0, 99), rng.i32s(cols, 0, 99));
            let mut cost = start.clone();
            for row in toll.chunks(cols) {
                let best = |j: usize| cost[j.saturating_sub(1)..(j + 2).min(cols)].iter().min().unwrap();
                cost = (0..cols).map(|j| best(j) + row[j]).collect();
            }
            let mut c = Case::new(format!("{rows}x{cols}"));
            let w = c.input(&toll);
            let steps: Vec<(usize, usize)> = (0..rows).step_by(3).map(|r| (r, 3.min(rows - r))).collect();
            let (mut from, mut to) = if steps.len().is_multiple_of(2) {
                (c.inout(&start, &cost), c.scratch(&start))
            } else {
                (c.scratch(&start), c.output(&cost))
            };
            for (first, count) in steps {
                let grid = blocks(cols, 64 - 2 * count);
                let args = args![count as i32, w, cols as i32, first as i32, from, to];
                c.launch("cheapest_way", grid, 64, 4 * 64, args);
                std::mem::swap(&mut from, &mut to);
            }
            c
        })
        .collect()
}

pub fn kernels() -> Vec<Kernel> {
    vec![
        kernel("stencil_1d", S0, STENCIL_1D, stencil_1d),
        kernel("stencil_heat", S0, HEAT, heat),
        kernel("stencil_laplace_3d", S0, LAPLACE_3D, laplace_3d),
        kernel("stencil_wave", S1, WAVE, wave),
        kernel("stencil_life", S0, LIFE, life),
        kernel("stencil_life_bits", S3, LIFE_BITS, life_bits),
        kernel("stencil_gray_scott", S1, GRAY_SCOTT, gray_scott),
        kernel("stencil_d2q9", S1, D2Q9, d2q9),
        kernel("stencil_cheapest_way", S1, CHEAPEST_WAY, cheapest_way),
    ]
}
