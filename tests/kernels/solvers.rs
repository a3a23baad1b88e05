//! Solvers: LU, Cholesky, QR, triangular and tridiagonal systems, Jacobi, Gauss-Seidel, conjugate gradients.

use super::case::Stage::*;
use super::case::*;
use super::rng::Rng;

/// A matrix with a heavy diagonal, which every method here takes without trouble.
fn dominant(rng: &mut Rng, n: usize) -> Vec<f64> {
    let mut a = rng.f64s(n * n, -1.0, 1.0);
    (0..n).for_each(|i| a[i * n + i] += n as f64 + 1.0);
    a
}

fn times(a: &[f64], x: &[f64]) -> Vec<f64> {
    a.chunks(x.len().max(1)).map(|row| row.iter().zip(x).map(|(a, x)| a * x).sum()).collect()
}

/// LU without pivoting in place: one block, a column of multipliers, then the trailing update.
const LU: &str = r#"
extern "C" __global__ void lu_inplace(double *a, int n)
{
    for (int k = 0; k < n; k++) {
        double pivot = a[k * n + k];
        for (int i = k + 1 + threadIdx.x; i < n; i += blockDim.x) a[i * n + k] /= pivot;
        __syncthreads();
        int m = n - k - 1;
        for (int e = threadIdx.x; e < m * m; e += blockDim.x) {
            int i = k + 1 + e / m, j = k + 1 + e % m;
            a[i * n + j] -= a[i * n + k] * a[k * n + j];
        }
        __syncthreads();
    }
}
"#;

fn lu(rng: &mut Rng) -> Vec<Case> {
    [1usize, 2, 7, 20]
        .iter()
        .map(|&n| {
            let a = dominant(rng, n);
            let mut want = a.clone();
            for k in 0..n {
                for i in k + 1..n {
                    want[i * n + k] /= want[k * n + k];
                    for j in k + 1..n {
                        want[i * n + j] -= want[i * n + k] * want[k * n + j];
                    }
                }
            }
            let mut c = Case::new(format!("n={n}"));
            let x = c.inout_f64(&a, &want, near(1e-12, 1e-12, "contraction into fma"));
            c.launch("lu_inplace", 1, 48, 0, args![x, n as i32]);
            c
        })
        .collect()
}

/// Gaussian elimination with partial pivoting, one small system a thread in local memory.
const PIVOT_SOLVE: &str = r#"
template <typename T, int N>
__device__ bool solve(T a[N][N + 1])
{
    for (int k = 0; k < N; ++k) {
        int p = k;
        for (int i = k + 1; i < N; ++i) if (fabs(a[i][k]) > fabs(a[p][k])) p = i;
        if (a[p][k] == T(0)) return false;
        if (p != k)
            for (int j = k; j <= N; ++j) { T t = a[k][j]; a[k][j] = a[p][j]; a[p][j] = t; }
        for (int i = k + 1; i < N; ++i) {
            const T f = a[i][k] / a[k][k];
            for (int j = k; j <= N; ++j) a[i][j] -= f * a[k][j];
        }
    }
    for (int i = N - 1; i >= 0; --i) {
        for (int j = i + 1; j < N; ++j) a[i][N] -= a[i][j] * a[j][N];
        a[i][N] /= a[i][i];
    }
    return true;
}

template <typename T, int N>
__global__ void solve_batch(const T *A, const T *b, T *x, bool *ok, unsigned batch)
{
    unsigned id = blockIdx.x * blockDim.x + threadIdx.x;
    if (id >= batch) return;
    T m[N][N + 1];
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < N; j++) m[i][j] = A[(id * N + i) * N + j];
        m[i][N] = b[id * N + i];
    }
    ok[id] = solve<T, N>(m);
    for (int i = 0; i < N; i++) x[id * N + i] = ok[id] ? m[i][N] : T(0);
}
"#;

fn pivot_solve(rng: &mut Rng) -> Vec<Case> {
    let mut cases = Vec::new();
    for (n, batch) in [(1usize, 3usize), (3, 65), (5, 40)] {
        let (mut a, mut b, mut xs, mut ok) = (vec![], vec![], vec![], vec![]);
        for id in 0..batch {
            let mut m = dominant(rng, n);
            // Rows in another order make pivoting necessary; now and then the matrix is singular.
            m.rotate_left(n * rng.below(n));
            let singular = id % 11 == 3;
            if singular {
                m = vec![0.0; n * n];
            }
            let x = rng.f64s(n, -2.0, 2.0);
            b.extend(times(&m, &x));
            a.extend(m);
            xs.extend(if singular { vec![0.0; n] } else { x });
            ok.push(!singular);
        }
        let mut c = Case::new(format!("{batch} of {n}x{n}"));
        let (m, v) = (c.input(&a), c.input(&b));
        let (x, o) = (c.output_f64(&xs, near(1e-9, 1e-9, "condition below 1e3")), c.output(&ok));
        c.launch(&format!("solve_batch<double, {n}>"), blocks(batch, 32), 32, 0, args![m, v, x, o, batch as u32]);
        cases.push(c);
    }
    cases
}

/// Cholesky in shared memory, a block a matrix, packed lower triangle out.
const CHOLESKY: &str = r#"
#define MAXN 24
#define IDX(i, j) ((i) * ((i) + 1) / 2 + (j))

__global__ void cholesky(const float *A, float *L, int n, int *info)
{
    __shared__ float s[MAXN][MAXN + 1];
    const float *a = A + blockIdx.x * n * n;
    float *l = L + blockIdx.x * n * (n + 1) / 2;
    const int i = threadIdx.x;
    if (i < n) for (int j = 0; j < n; j++) s[i][j] = a[i * n + j];
    if (i == 0) info[blockIdx.x] = 0;
    __syncthreads();
    for (int k = 0; k < n; k++) {
        if (i == k) {
            if (s[k][k] <= 0.0f) info[blockIdx.x] = k + 1;
            else s[k][k] = sqrtf(s[k][k]);
        }
        __syncthreads();
        if (info[blockIdx.x]) return;
        if (i > k && i < n) s[i][k] /= s[k][k];
        __syncthreads();
        if (i > k && i < n)
            for (int j = k + 1; j <= i; j++) s[i][j] -= s[i][k] * s[j][k];
        __syncthreads();
    }
    if (i < n) for (int j = 0; j <= i; j++) l[IDX(i, j)] = s[i][j];
}
"#;

fn cholesky(rng: &mut Rng) -> Vec<Case> {
    let mut cases = Vec::new();
    for n in [1usize, 5, 24] {
        let batch = 3;
        let (mut a, mut l, mut info) = (vec![], vec![], vec![]);
        for id in 0..batch {
            let mut lower = vec![0.0; n * n];
            for i in 0..n {
                for j in 0..=i {
                    lower[i * n + j] = if i == j { rng.f64(1.0, 2.0) } else { rng.f64(-0.3, 0.3) };
                }
            }
            let mut m: Vec<f32> = (0..n * n)
                .map(|e| (0..n).map(|k| lower[e / n * n + k] * lower[e % n * n + k]).sum::<f64>() as f32)
                .collect();
            let broken = id == 1;
            if broken {
                m[n * n - 1] = -1.0;
            }
            a.extend(m);
            info.push(if broken { n as i32 } else { 0 });
            // A failed factorisation leaves its output as it was.
            l.extend((0..n).flat_map(|i| (0..=i).map(move |j| (i, j))).map(|(i, j)| {
                if broken { -5.0 } else { lower[i * n + j] as f32 }
            }));
        }
        let mut c = Case::new(format!("n={n}"));
        let (x, y) = (c.input(&a), c.inout_f32(&vec![-5.0; l.len()], &l, near(1e-4, 1e-4, "input rounded to float")));
        let i = c.output(&info);
        c.launch("cholesky", batch, 32, 0, args![x, y, n as i32, i]);
        cases.push(c);
    }
    cases
}

/// QR by Givens rotations; the R factor with a positive diagonal, and the rotated right side.
const GIVENS: &str = r#"
__device__ void rotation(double a, double b, double *c, double *s, double *r)
{
    *r = hypot(a, b);
    if (*r == 0.0) { *c = 1.0; *s = 0.0; return; }
    *c = a / *r;
    *s = b / *r;
}

extern "C" __global__ void givens(double *A, double *b, int rows, int cols)
{
    __shared__ double c, s;
    for (int j = 0; j < cols; j++)
        for (int i = rows - 1; i > j; i--) {
            if (threadIdx.x == 0) {
                double r;
                rotation(A[(i - 1) * cols + j], A[i * cols + j], &c, &s, &r);
            }
            __syncthreads();
            int k = threadIdx.x;
            double *up = k < cols ? &A[(i - 1) * cols + k] : &b[i - 1];
            double *down = k < cols ? &A[i * cols + k] : &b[i];
            if (k <= cols) {
                double u = *up, d = *down;
                *up = c * u + s * d;
                *down = c * d - s * u;
            }
            __syncthreads();
        }
}
"#;

fn givens(rng: &mut Rng) -> Vec<Case> {
    [(1usize, 1usize), (4, 4), (9, 5), (12, 12)]
        .iter()
        .map(|&(rows, cols)| {
            let (a, b) = (rng.f64s(rows * cols, -1.0, 1.0), rng.f64s(rows, -1.0, 1.0));
            let (mut r, mut q) = (a.clone(), b.clone());
            for j in 0..cols {
                for i in (j + 1..rows).rev() {
                    let (u, d) = (r[(i - 1) * cols + j], r[i * cols + j]);
                    let h = u.hypot(d);
                    let (co, si) = (u / h, d / h);
                    for k in 0..cols {
                        let (u, d) = (r[(i - 1) * cols + k], r[i * cols + k]);
                        (r[(i - 1) * cols + k], r[i * cols + k]) = (co * u + si * d, co * d - si * u);
                    }
                    (q[i - 1], q[i]) = (co * q[i - 1] + si * q[i], co * q[i] - si * q[i - 1]);
                }
            }
            let tol = near(1e-10, 1e-11, "the same rotations, contracted otherwise");
            let mut c = Case::new(format!("{rows}x{cols}"));
            let (x, y) = (c.inout_f64(&a, &r, tol), c.inout_f64(&b, &q, tol));
            c.launch("givens", 1, 32, 0, args![x, y, rows as i32, cols as i32]);
            c
        })
        .collect()
}

/// Thomas algorithm, one system a thread, coefficients interleaved so that neighbours read together.
const THOMAS: &str = r#"
__global__ void thomas(const float *a, const float *b, float *c, float *d, int n, int systems)
{
    int s = blockDim.x * blockIdx.x + threadIdx.x;
    if (s >= systems || n <= 0) return;
#define AT(v, i) v[(i) * systems + s]
    AT(c, 0) = AT(c, 0) / AT(b, 0);
    AT(d, 0) = AT(d, 0) / AT(b, 0);
    for (int i = 1; i < n; i++) {
        float m = 1.0f / (AT(b, i) - AT(a, i) * AT(c, i - 1));
        AT(c, i) = AT(c, i) * m;
        AT(d, i) = (AT(d, i) - AT(a, i) * AT(d, i - 1)) * m;
    }
    for (int i = n - 1; i-- > 0;) AT(d, i) -= AT(c, i) * AT(d, i + 1);
#undef AT
}
"#;

/// Parallel cyclic reduction: the same systems, one a block, log2(n) steps in shared memory.
const CYCLIC_REDUCTION: &str = r#"
__global__ void pcr(const float *a, const float *b, const float *c, const float *d, float *x, int n, int systems)
{
    extern __shared__ float mem[];
    float *sa = mem, *sb = &mem[n], *sc = &mem[2 * n], *sd = &mem[3 * n];
    int i = threadIdx.x, g = i * systems + blockIdx.x;
    sa[i] = i ? a[g] : 0.0f;
    sb[i] = b[g];
    sc[i] = i < n - 1 ? c[g] : 0.0f;
    sd[i] = d[g];
    __syncthreads();
    for (int h = 1; h < n; h *= 2) {
        float na = 0, nb = sb[i], nc = 0, nd = sd[i];
        if (i >= h) {
            float k = sa[i] / sb[i - h];
            na = -sa[i - h] * k;
            nb -= sc[i - h] * k;
            nd -= sd[i - h] * k;
        }
        if (i + h < n) {
            float k = sc[i] / sb[i + h];
            nc = -sc[i + h] * k;
            nb -= sa[i + h] * k;
            nd -= sd[i + h] * k;
        }
        __syncthreads();
        sa[i] = na; sb[i] = nb; sc[i] = nc; sd[i] = nd;
        __syncthreads();
    }
    x[g] = sd[i] / sb[i];
}
"#;

fn tridiagonal(rng: &mut Rng, cyclic: bool) -> Vec<Case> {
    [(1usize, 1usize), (2, 5), (33, 33), (100, 7)]
        .iter()
        .map(|&(n, systems)| {
            let m = n * systems;
            let (a, cc, x) = (rng.f32s(m, -1., 1.), rng.f32s(m, -1., 1.), rng.f32s(m, -2., 2.));
            let b = rng.f32s(m, 3.0, 5.0);
            let d: Vec<f32> = (0..m)
                .map(|e| {
                    let term = |k: f32, at: usize| f64::from(k) * f64::from(x[at]);
                    let before = if e >= systems { term(a[e], e - systems) } else { 0.0 };
                    let after = if e + systems < m { term(cc[e], e + systems) } else { 0.0 };
                    (before + term(b[e], e) + after) as f32
                })
                .collect();
            let tol = near(1e-5, 1e-5, "a heavy diagonal keeps the condition below 5");
            let mut c = Case::new(format!("{systems} systems of {n}"));
            let (ia, ib) = (c.input(&a), c.input(&b));
            if cyclic {
                let (ic, id, ix) = (c.input(&cc), c.input(&d), c.output_f32(&x, tol));
                c.launch("pcr", systems, n, 16 * n, args![ia, ib, ic, id, ix, n as i32, systems as i32]);
            } else {
                let (ic, id) = (c.scratch(&cc), c.inout_f32(&d, &x, tol));
                c.launch("thomas", blocks(systems, 32), 32, 0, args![ia, ib, ic, id, n as i32, systems as i32]);
            }
            c
        })
        .collect()
}

/// Jacobi sweeps with the residual's largest entry by atomicMax on the bits of a non-negative float.
const JACOBI: &str = r#"
extern "C" __global__ void jacobi(const float *A, const float *b, const float *x, float *xnew, int n, int *change)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    float sigma = 0.0f;
    for (int j = 0; j < n; j++) {
        if (j == i) continue;
        sigma += A[i * n + j] * x[j];
    }
    float v = (b[i] - sigma) / A[i * n + i];
    atomicMax(change, __float_as_int(fabsf(v - x[i])));
    xnew[i] = v;
}
"#;

fn jacobi(rng: &mut Rng) -> Vec<Case> {
    [1usize, 31, 65]
        .iter()
        .map(|&n| {
            let a: Vec<f32> = (0..n * n)
                .map(|e| if e / n == e % n { rng.f32(4.0, 5.0) } else { rng.f32(-1.0, 1.0) / n as f32 })
                .collect();
            let x = rng.f32s(n, -1.0, 1.0);
            let b: Vec<f32> = a
                .chunks(n)
                .map(|row| row.iter().zip(&x).map(|(&a, &x)| f64::from(a) * f64::from(x)).sum::<f64>() as f32)
                .collect();
            let tol = near(1e-5, 1e-5, "20 sweeps, each shrinking the error to a quarter");
            let mut c = Case::new(format!("n={n}"));
            let (m, v) = (c.input(&a), c.input(&b));
            let (p, q) = (c.inout_f32(&vec![0.0; n], &x, tol), c.scratch(&vec![0f32; n]));
            let small = |got: &[u8]| {
                let change = f32::from_bits(u32::from_ne_bytes(got.try_into().unwrap()));
                if (0.0..=6.0).contains(&change) { Ok(()) } else { Err(format!("largest change {change}")) }
            };
            let change = c.buffer(vec![0; 4], Expect::Judge(Box::new(small)));
            for sweep in 0..20 {
                let (from, to) = if sweep % 2 == 0 { (p, q) } else { (q, p) };
                c.launch("jacobi", blocks(n, 32), 32, 0, args![m, v, from, to, n as i32, change]);
            }
            c
        })
        .collect()
}

/// Red-black Gauss-Seidel with over-relaxation on a 2-D Poisson problem, colour by parity.
const RED_BLACK: &str = r#"
enum class Colour : int { Red = 0, Black = 1 };

template <Colour C>
__global__ void relax(double *u, const double *f, int nx, int ny, double h2, double omega)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x + 1;
    const int j = blockIdx.y * blockDim.y + threadIdx.y + 1;
    if (i >= nx - 1 || j >= ny - 1) return;
    if (((i + j) & 1) != static_cast<int>(C)) return;
    const int k = j * nx + i;
    const double gs = 0.25 * (u[k - 1] + u[k + 1] + u[k - nx] + u[k + nx] - h2 * f[k]);
    u[k] = u[k] + omega * (gs - u[k]);
}
"#;

fn red_black(rng: &mut Rng) -> Vec<Case> {
    [(3usize, 3usize), (16, 10), (19, 33)]
        .iter()
        .map(|&(nx, ny)| {
            let (u0, f) = (rng.f64s(nx * ny, -1., 1.), rng.f64s(nx * ny, -1., 1.));
            let (h2, omega) = (0.01, 1.5);
            let mut u = u0.clone();
            let mut c = Case::new(format!("{nx}x{ny}"));
            for step in 0..6 {
                for j in 1..ny - 1 {
                    for i in (1..nx - 1).filter(|i| (i + j) % 2 == step % 2) {
                        let k = j * nx + i;
                        let gs = 0.25 * (u[k - 1] + u[k + 1] + u[k - nx] + u[k + nx] - h2 * f[k]);
                        u[k] += omega * (gs - u[k]);
                    }
                }
            }
            let (x, y) = (c.inout_f64(&u0, &u, near(1e-12, 1e-12, "contraction into fma")), c.input(&f));
            for step in 0..6 {
                let name = if step % 2 == 0 { "relax<Colour::Red>" } else { "relax<Colour::Black>" };
                let grid = (blocks(nx - 2, 8), blocks(ny - 2, 8));
                c.launch(name, grid, (8, 8), 0, args![x, y, nx as i32, ny as i32, h2, omega]);
            }
            c
        })
        .collect()
}

/// A whole conjugate gradient solve in one block: matrix-free 1-D operator, reductions in a device function.
const CONJUGATE_GRADIENT: &str = r#"
#define N_MAX 128

__device__ double block_dot(double v, double *cache)
{
    cache[threadIdx.x] = v;
    __syncthreads();
    for (int s = blockDim.x / 2; s > 0; s >>= 1) {
        if (threadIdx.x < s) cache[threadIdx.x] += cache[threadIdx.x + s];
        __syncthreads();
    }
    double r = cache[0];
    __syncthreads();
    return r;
}

__global__ void cg(const double *diag, const double *b, double *x, int n, int max_iter, double tol, int *iterations)
{
    __shared__ double cache[N_MAX];
    __shared__ double p[N_MAX + 2];
    const int i = threadIdx.x;
    const bool in = i < n;
    double xi = 0.0, r = in ? b[i] : 0.0, pi = r;
    double rr = block_dot(r * r, cache);
    int it = 0;
    while (it < max_iter && rr > tol * tol) {
        p[i + 1] = pi;
        if (i == 0) p[0] = 0.0;
        if (i == n - 1) p[n + 1] = 0.0;
        __syncthreads();
        double q = in ? diag[i] * pi - p[i] - p[i + 2] : 0.0;
        double alpha = rr / block_dot(pi * q, cache);
        xi += alpha * pi;
        r -= alpha * q;
        double next = block_dot(r * r, cache);
        pi = r + (next / rr) * pi;
        rr = next;
        it++;
    }
    if (in) x[i] = xi;
    if (i == 0) *iterations = it;
}
"#;

fn conjugate_gradient(rng: &mut Rng) -> Vec<Case> {
    [1usize, 2, 63, 127]
        .iter()
        .map(|&n| {
            let (diag, x) = (rng.f64s(n, 2.5, 4.0), rng.f64s(n, -1.0, 1.0));
            let at = |i: usize| if (1..=n).contains(&i) { x[i - 1] } else { 0.0 };
            let b: Vec<f64> = (0..n).map(|i| diag[i] * x[i] - at(i) - at(i + 2)).collect();
            let mut c = Case::new(format!("n={n}"));
            let (d, r) = (c.input(&diag), c.input(&b));
            let y = c.output_f64(&x, near(1e-8, 1e-8, "residual below 1e-10, smallest eigenvalue above 0.5"));
            let few = move |got: &[u8]| match i32::from_ne_bytes(got.try_into().unwrap()) {
                1..=120 => Ok(()),
                other => Err(format!("{other} iterations")),
            };
            let it = c.buffer(vec![0; 4], Expect::Judge(Box::new(few)));
            c.launch("cg", 1, 128, 0, args![d, r, y, n as i32, 200, 1e-10, it]);
            c
        })
        .collect()
}

/// Forward and back substitution with a whole warp, right sides in columns.
const TRIANGULAR: &str = r#"
template <bool UPPER>
__global__ void trsv(const double *L, double *x, int n)
{
    double *col = x + blockIdx.x * n;
    for (int step = 0; step < n; ++step) {
        const int k = UPPER ? n - 1 - step : step;
        if (threadIdx.x == 0) col[k] /= L[k * n + k];
        __syncwarp();
        const double v = col[k];
        if constexpr (UPPER) {
            for (int i = threadIdx.x; i < k; i += warpSize) col[i] -= L[i * n + k] * v;
        } else {
            for (int i = k + 1 + threadIdx.x; i < n; i += warpSize) col[i] -= L[i * n + k] * v;
        }
        __syncwarp();
    }
}
"#;

fn triangular(rng: &mut Rng) -> Vec<Case> {
    let mut cases = Vec::new();
    for upper in [false, true] {
        for n in [1usize, 8, 45] {
            let mut l = dominant(rng, n);
            (0..n * n).filter(|e| if upper { e % n < e / n } else { e % n > e / n }).for_each(|e| l[e] = 0.0);
            let x = rng.f64s(3 * n, -1.0, 1.0);
            let b: Vec<f64> = x.chunks(n).flat_map(|x| times(&l, x)).collect();
            let mut c = Case::new(format!("upper={upper} n={n}"));
            let (m, v) = (c.input(&l), c.inout_f64(&b, &x, near(1e-10, 1e-10, "a heavy diagonal")));
            c.launch(&format!("trsv<{upper}>"), 3, 32, 0, args![m, v, n as i32]);
            cases.push(c);
        }
    }
    cases
}

pub fn kernels() -> Vec<Kernel> {
    vec![
        kernel("solve_lu", S0, LU, lu),
        kernel("solve_pivot_batch", S4, PIVOT_SOLVE, pivot_solve),
        kernel("solve_cholesky", S0, CHOLESKY, cholesky),
        kernel("solve_givens", S0, GIVENS, givens),
        kernel("solve_thomas", S0, THOMAS, |r| tridiagonal(r, false)),
        kernel("solve_cyclic_reduction", S1, CYCLIC_REDUCTION, |r| tridiagonal(r, true)),
        kernel("solve_jacobi", S0, JACOBI, jacobi),
        kernel("solve_red_black", S4, RED_BLACK, red_black),
        kernel("solve_conjugate_gradient", S0, CONJUGATE_GRADIENT, conjugate_gradient),
        kernel("solve_triangular", S4, TRIANGULAR, triangular),
    ]
}
