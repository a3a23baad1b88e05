//! Dense linear algebra: products, transposes, matrix-vector, and small products in batches.

use super::case::Stage::*;
use super::case::*;
use super::rng::Rng;

fn product(a: &[f32], b: &[f32], m: usize, k: usize, n: usize) -> Vec<f64> {
    let mut c = vec![0.0; m * n];
    for i in 0..m {
        for j in 0..n {
            c[i * n + j] = (0..k).map(|p| f64::from(a[i * k + p]) * f64::from(b[p * n + j])).sum();
        }
    }
    c
}

fn dot_tol() -> Tolerance {
    near(1e-5, 2e-5, "at most 200 products of numbers below 1 in single precision")
}

const SHAPES: [(usize, usize, usize); 6] = [(1, 1, 1), (16, 16, 16), (17, 15, 33), (31, 50, 8), (3, 100, 40), (32, 32, 48)];

const NAIVE: &str = r#"
__global__ void matmul(const float *A, const float *B, float *C, int M, int K, int N)
{
    int row = blockIdx.y * blockDim.y + threadIdx.y;
    int col = blockIdx.x * blockDim.x + threadIdx.x;
    if (row < M && col < N) {
        float acc = 0.0f;
        for (int k = 0; k < K; ++k) acc += A[row * K + k] * B[k * N + col];
        C[row * N + col] = acc;
    }
}
"#;

fn naive(rng: &mut Rng) -> Vec<Case> {
    SHAPES
        .iter()
        .map(|&(m, k, n)| {
            let (a, b) = (rng.f32s(m * k, -1.0, 1.0), rng.f32s(k * n, -1.0, 1.0));
            let mut c = Case::new(format!("{m}x{k}x{n}"));
            let (x, y, z) = (c.input(&a), c.input(&b), c.output_f32_of(&product(&a, &b, m, k, n), dot_tol()));
            let args = args![x, y, z, m as i32, k as i32, n as i32];
            c.launch("matmul", (blocks(n, 8), blocks(m, 8)), (8, 8), 0, args);
            c
        })
        .collect()
}

const TILED: &str = r#"
#define TILE 16

extern "C" __global__ void __launch_bounds__(TILE * TILE) scaled_product(
    const int M, const int N, const int K, const float alpha, const float *A, const float *B, const float beta, float *C)
{
    __shared__ float left[TILE][TILE];
    __shared__ float right[TILE][TILE + 1];
    const int tx = threadIdx.x, ty = threadIdx.y;
    const int row = blockIdx.y * TILE + ty, col = blockIdx.x * TILE + tx;
    float acc = 0.0f;
    for (int t = 0; t < (K + TILE - 1) / TILE; ++t) {
        const int ka = t * TILE + tx, kb = t * TILE + ty;
        left[ty][tx] = (row < M && ka < K) ? A[row * K + ka] : 0.0f;
        right[ty][tx] = (kb < K && col < N) ? B[kb * N + col] : 0.0f;
        __syncthreads();
#pragma unroll
        for (int k = 0; k < TILE; ++k) acc += left[ty][k] * right[k][tx];
        __syncthreads();
    }
    if (row < M && col < N) C[row * N + col] = alpha * acc + beta * C[row * N + col];
}
"#;

fn tiled(rng: &mut Rng) -> Vec<Case> {
    SHAPES
        .iter()
        .map(|&(m, k, n)| {
            let (a, b, c0) =
                (rng.f32s(m * k, -1.0, 1.0), rng.f32s(k * n, -1.0, 1.0), rng.f32s(m * n, -1.0, 1.0));
            let (alpha, beta) = (rng.f32(-2.0, 2.0), rng.f32(-1.0, 1.0));
            let want: Vec<f32> = product(&a, &b, m, k, n)
                .iter()
                .zip(&c0)
                .map(|(p, &c)| (f64::from(alpha) * p + f64::from(beta) * f64::from(c)) as f32)
                .collect();
            let mut c = Case::new(format!("{m}x{k}x{n}"));
            let (x, y, z) = (c.input(&a), c.input(&b), c.inout_f32(&c0, &want, dot_tol()));
            let args = args![m as i32, n as i32, k as i32, alpha, x, y, beta, z];
            c.launch("scaled_product", (blocks(n, 16), blocks(m, 16)), (16, 16), 0, args);
            c
        })
        .collect()
}

/// Each thread makes a small register tile; sizes are template parameters, tiles in one dynamic array.
const REGISTER_TILE: &str = r#"
template <typename T, int BM, int BN, int BK, int TM>
__global__ void gemm(const T *A, const T *B, T *C, int M, int N, int K)
{
    extern __shared__ double raw[];
    T *As = reinterpret_cast<T *>(raw);
    T *Bs = As + BM * BK;
    constexpr int THREADS = BN * (BM / TM);
    const int tid = threadIdx.x, tc = tid % BN, tr = tid / BN;
    T acc[TM] = {};
    for (int k0 = 0; k0 < K; k0 += BK) {
        for (int i = tid; i < BM * BK; i += THREADS) {
            int r = blockIdx.y * BM + i / BK, c = k0 + i % BK;
            As[i] = r < M && c < K ? A[r * K + c] : T(0);
        }
        for (int i = tid; i < BK * BN; i += THREADS) {
            int r = k0 + i / BN, c = blockIdx.x * BN + i % BN;
            Bs[i] = r < K && c < N ? B[r * N + c] : T(0);
        }
        __syncthreads();
        for (int k = 0; k < BK; k++) {
            const T b = Bs[k * BN + tc];
            for (int m = 0; m < TM; m++) acc[m] += As[(tr * TM + m) * BK + k] * b;
        }
        __syncthreads();
    }
    for (int m = 0; m < TM; m++) {
        int r = blockIdx.y * BM + tr * TM + m, c = blockIdx.x * BN + tc;
        if (r < M && c < N) C[r * N + c] = acc[m];
    }
}
"#;

fn register_tile(rng: &mut Rng) -> Vec<Case> {
    let mut cases = Vec::new();
    for (m, k, n) in SHAPES {
        let (a, b) = (rng.f32s(m * k, -1.0, 1.0), rng.f32s(k * n, -1.0, 1.0));
        let want = product(&a, &b, m, k, n);
        let mut c = Case::new(format!("float {m}x{k}x{n}"));
        let (x, y, z) = (c.input(&a), c.input(&b), c.output_f32_of(&want, dot_tol()));
        let grid = (blocks(n, 16), blocks(m, 32));
        c.launch("gemm<float, 32, 16, 8, 8>", grid, 64, 4 * (32 * 8 + 8 * 16), args![x, y, z, m as i32, n as i32, k as i32]);
        cases.push(c);
        let wide = |v: &[f32]| v.iter().map(|&x| f64::from(x)).collect::<Vec<_>>();
        let mut c = Case::new(format!("double {m}x{k}x{n}"));
        let (x, y) = (c.input(&wide(&a)), c.input(&wide(&b)));
        let z = c.output_f64(&want, near(1e-13, 1e-13, "order of double sums"));
        let grid = (blocks(n, 8), blocks(m, 8));
        c.launch("gemm<double, 8, 8, 4, 2>", grid, 32, 8 * (8 * 4 + 4 * 8), args![x, y, z, m as i32, n as i32, k as i32]);
        cases.push(c);
    }
    cases
}

const TRANSPOSE: &str = r#"
#define SIDE 32

// A square of the matrix through shared memory, a column wider than needed so that columns fall into different banks.
__global__ void flip(int *turned, const int *matrix, int columns, int rows)
{
    __shared__ int square[SIDE][SIDE + 1];
    const int left = SIDE * blockIdx.x, top = SIDE * blockIdx.y, lane = threadIdx.x;
    for (int line = threadIdx.y; line < SIDE; line += blockDim.y) {
        const int row = top + line, column = left + lane;
        if (row < rows && column < columns) square[line][lane] = matrix[row * columns + column];
    }
    __syncthreads();
    for (int line = threadIdx.y; line < SIDE; line += blockDim.y) {
        const int row = left + line, column = top + lane;
        if (row < columns && column < rows) turned[row * rows + column] = square[lane][line];
    }
}
"#;

fn transpose(rng: &mut Rng) -> Vec<Case> {
    [(1usize, 1usize), (32, 32), (33, 31), (70, 5), (1, 64)]
        .iter()
        .map(|&(w, h)| {
            let xs = rng.i32s(w * h, i32::MIN, i32::MAX);
            let want: Vec<i32> = (0..w * h).map(|i| xs[i % h * w + i / h]).collect();
            let mut c = Case::new(format!("{w}x{h}"));
            let (x, y) = (c.input(&xs), c.output(&want));
            let grid = (blocks(w, 32), blocks(h, 32));
            c.launch("flip", grid, (32, 8), 0, args![y, x, w as i32, h as i32]);
            c
        })
        .collect()
}

/// In-place square transpose, pairs of tiles exchanged by the blocks of the upper triangle.
const TRANSPOSE_IN_PLACE: &str = r#"
template <class T> __device__ void swap_values(T &a, T &b) { T t = a; a = b; b = t; }

template <class T, unsigned N>
__global__ void transpose_in_place(T (*m)[N])
{
    __shared__ T upper[8][9], lower[8][9];
    if (blockIdx.x < blockIdx.y) return;
    unsigned c = blockIdx.x * 8 + threadIdx.x, r = blockIdx.y * 8 + threadIdx.y;
    if (blockIdx.x == blockIdx.y) {
        if (c > r && c < N && r < N) swap_values(m[r][c], m[c][r]);
        return;
    }
    unsigned c2 = blockIdx.y * 8 + threadIdx.x, r2 = blockIdx.x * 8 + threadIdx.y;
    if (r < N && c < N) upper[threadIdx.y][threadIdx.x] = m[r][c];
    if (r2 < N && c2 < N) lower[threadIdx.y][threadIdx.x] = m[r2][c2];
    __syncthreads();
    if (r < N && c < N) m[r][c] = lower[threadIdx.x][threadIdx.y];
    if (r2 < N && c2 < N) m[r2][c2] = upper[threadIdx.x][threadIdx.y];
}
"#;

fn transpose_in_place(rng: &mut Rng) -> Vec<Case> {
    [1usize, 8, 9, 23]
        .iter()
        .map(|&n| {
            let xs = rng.vec(n * n, |r| r.next() as u16);
            let want: Vec<u16> = (0..n * n).map(|i| xs[i % n * n + i / n]).collect();
            let mut c = Case::new(format!("n={n}"));
            let x = c.inout(&xs, &want);
            c.launch(&format!("transpose_in_place<unsigned short, {n}>"), (blocks(n, 8), blocks(n, 8)), (8, 8), 0, args![x]);
            c
        })
        .collect()
}

/// y = alpha A x + beta y: a thread a row, and a warp a row with shuffles.
const GEMV: &str = r#"
__global__ void gemv_row(int rows, int cols, float alpha, const float *A, int lda, const float *x, float beta, float *y)
{
    int r = blockIdx.x * blockDim.x + threadIdx.x;
    if (r >= rows) return;
    float sum = 0;
    const float *row = A + (long)r * lda;
    for (int j = 0; j < cols; j++) sum += row[j] * x[j];
    y[r] = beta == 0.0f ? alpha * sum : alpha * sum + beta * y[r];
}

__global__ void gemv_warp(int rows, int cols, float alpha, const float *A, int lda, const float *x, float beta, float *y)
{
    int r = blockIdx.x * blockDim.y + threadIdx.y;
    float sum = 0;
    if (r < rows)
        for (int j = threadIdx.x; j < cols; j += 32) sum = fmaf(__ldg(&A[(size_t)r * lda + j]), __ldg(x + j), sum);
    for (int o = 16; o; o >>= 1) sum += __shfl_down_sync(~0u, sum, o);
    if (threadIdx.x == 0 && r < rows) {
        float before = beta == 0.0f ? 0.0f : beta * y[r];
        y[r] = alpha * sum + before;
    }
}
"#;

fn gemv(rng: &mut Rng) -> Vec<Case> {
    let mut cases = Vec::new();
    for kernel in ["gemv_row", "gemv_warp"] {
        for (rows, cols, lda) in [(1usize, 1usize, 1usize), (5, 0, 1), (33, 31, 40), (64, 129, 129)] {
            let (a, x) = (rng.f32s(rows * lda, -1.0, 1.0), rng.f32s(cols, -1.0, 1.0));
            // beta 0 must not read y: it starts as NaN there.
            let beta = if cols == 31 { 0.0 } else { rng.f32(-1.0, 1.0) };
            let y0 = if beta == 0.0 { vec![f32::NAN; rows] } else { rng.f32s(rows, -1.0, 1.0) };
            let alpha = rng.f32(-2.0, 2.0);
            let want: Vec<f32> = (0..rows)
                .map(|r| {
                    let sum: f64 = (0..cols).map(|j| f64::from(a[r * lda + j]) * f64::from(x[j])).sum();
                    let before = if beta == 0.0 { 0.0 } else { f64::from(beta) * f64::from(y0[r]) };
                    (f64::from(alpha) * sum + before) as f32
                })
                .collect();
            let mut c = Case::new(format!("{kernel} {rows}x{cols} beta={beta}"));
            let (m, v, y) = (c.input(&a), c.input(&x), c.inout_f32(&y0, &want, dot_tol()));
            let args = args![rows as i32, cols as i32, alpha, m, lda as i32, v, beta, y];
            if kernel == "gemv_row" {
                c.launch(kernel, blocks(rows, 32), 32, 0, args);
            } else {
                c.launch(kernel, blocks(rows, 3), (32usize, 3), 0, args);
            }
            cases.push(c);
        }
    }
    cases
}

/// Fixed-size matrices as a struct template argument list of plain functions, one product a thread.
const BATCHED: &str = r#"
template <int N> __device__ void mul(const float (&a)[N][N], const float (&b)[N][N], float (&c)[N][N])
{
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            c[i][j] = 0.0f;
            for (int k = 0; k < N; k++) c[i][j] += a[i][k] * b[k][j];
        }
}

template <int N> __global__ void batched_power(const float *in, float *out, int batch, int power)
{
    int id = blockIdx.x * blockDim.x + threadIdx.x;
    if (id >= batch) return;
    float base[N][N], result[N][N], t[N][N];
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            base[i][j] = in[(id * N + i) * N + j];
            result[i][j] = i == j;
        }
    for (; power; power >>= 1) {
        if (power & 1) {
            mul(result, base, t);
            memcpy(result, t, sizeof(t));
        }
        mul(base, base, t);
        memcpy(base, t, sizeof t);
    }
    for (int i = 0; i < N * N; i++) out[id * N * N + i] = result[i / N][i % N];
}
"#;

fn batched(rng: &mut Rng) -> Vec<Case> {
    let mut cases = Vec::new();
    for (n, batch, power) in [(2usize, 1usize, 0i32), (2, 50, 5), (3, 33, 9), (4, 65, 3)] {
        let ms = rng.f32s(n * n * batch, -0.6, 0.6);
        let mut want = Vec::new();
        for m in ms.chunks(n * n) {
            let m: Vec<f64> = m.iter().map(|&v| f64::from(v)).collect();
            let mut result: Vec<f64> = (0..n * n).map(|i| f64::from(u8::from(i / n == i % n))).collect();
            for _ in 0..power {
                result = (0..n * n).map(|i| (0..n).map(|k| result[i / n * n + k] * m[k * n + i % n]).sum()).collect();
            }
            want.extend(result);
        }
        let mut c = Case::new(format!("{batch} of {n}x{n} to the {power}"));
        let (x, y) = (c.input(&ms), c.output_f32_of(&want, near(1e-4, 1e-5, "rounding grows with the power")));
        c.launch(&format!("batched_power<{n}>"), blocks(batch, 64), 64, 0, args![x, y, batch as i32, power]);
        cases.push(c);
    }
    cases
}

/// Column sums and a rank-one update: atomics over rows, 2-D threads, strides in 64 bits.
const RANK_ONE: &str = r#"
extern "C" __global__ void ger_colsum(long long rows, long long cols, double alpha, const double *x, const double *y,
                                      double *A, long long row_stride, double *colsum)
{
    long long r = blockIdx.y * (long long)blockDim.y + threadIdx.y;
    long long c = blockIdx.x * (long long)blockDim.x + threadIdx.x;
    if (r >= rows || c >= cols) return;
    double v = A[r * row_stride + c] + alpha * x[r] * y[c];
    A[r * row_stride + c] = v;
    atomicAdd(&colsum[c], v);
}
"#;

fn rank_one(rng: &mut Rng) -> Vec<Case> {
    [(1usize, 1usize, 1usize), (7, 9, 9), (30, 33, 40)]
        .iter()
        .map(|&(rows, cols, stride)| {
            let (x, y, a) = (rng.f64s(rows, -1., 1.), rng.f64s(cols, -1., 1.), rng.f64s(rows * stride, -1., 1.));
            let alpha = rng.f64(-1.0, 1.0);
            let (mut b, mut sums) = (a.clone(), vec![0.0; cols]);
            for r in 0..rows {
                for j in 0..cols {
                    b[r * stride + j] += alpha * x[r] * y[j];
                    sums[j] += b[r * stride + j];
                }
            }
            let tol = near(1e-13, 1e-13, "order of atomics on doubles");
            let mut c = Case::new(format!("{rows}x{cols}"));
            let (xi, yi) = (c.input(&x), c.input(&y));
            let (m, s) = (c.inout_f64(&a, &b, tol), c.inout_f64(&vec![0.0; cols], &sums, tol));
            let args = args![rows as i64, cols as i64, alpha, xi, yi, m, stride as i64, s];
            c.launch("ger_colsum", (blocks(cols, 16), blocks(rows, 4)), (16, 4), 0, args);
            c
        })
        .collect()
}

/// Complex product by a struct with operators: C = A B^H.
const COMPLEX: &str = r#"
struct Complex {
    float re, im;
    __host__ __device__ Complex(float r = 0.0f, float i = 0.0f) : re(r), im(i) {}
    __device__ Complex operator*(const Complex &o) const { return Complex(re * o.re - im * o.im, re * o.im + im * o.re); }
    __device__ Complex &operator+=(const Complex &o) { re += o.re; im += o.im; return *this; }
    __device__ Complex conj() const { return {re, -im}; }
    __device__ float norm() const { return re * re + im * im; }
};

__device__ Complex operator-(const Complex &a) { return Complex(-a.re, -a.im); }

__global__ void cgemm(const Complex *A, const Complex *B, Complex *C, float *power, int m, int k, int n)
{
    const int i = blockIdx.x, j = threadIdx.x;
    if (j >= n) return;
    Complex acc;
    for (int p = 0; p < k; p++) acc += A[i * k + p] * B[j * k + p].conj();
    C[i * n + j] = -acc;
    power[i * n + j] = acc.norm();
}
"#;

fn complex(rng: &mut Rng) -> Vec<Case> {
    [(1usize, 1usize, 1usize), (5, 0, 7), (9, 20, 31)]
        .iter()
        .map(|&(m, k, n)| {
            let (a, b) = (rng.f32s(2 * m * k, -1., 1.), rng.f32s(2 * n * k, -1., 1.));
            let (mut want, mut power) = (Vec::new(), Vec::new());
            for i in 0..m {
                for j in 0..n {
                    let (mut re, mut im) = (0.0, 0.0);
                    for p in 0..k {
                        let at = |v: &[f32], row: usize, part: usize| f64::from(v[2 * (row * k + p) + part]);
                        re += at(&a, i, 0) * at(&b, j, 0) + at(&a, i, 1) * at(&b, j, 1);
                        im += at(&a, i, 1) * at(&b, j, 0) - at(&a, i, 0) * at(&b, j, 1);
                    }
                    want.extend([-re, -im]);
                    power.push(re * re + im * im);
                }
            }
            let mut c = Case::new(format!("{m}x{k}x{n}"));
            let (x, y, z) = (c.input(&a), c.input(&b), c.output_f32_of(&want, dot_tol()));
            let p = c.output_f32_of(&power, near(1e-4, 1e-4, "square of a rounded sum"));
            c.launch("cgemm", m, 32, 0, args![x, y, z, p, m as i32, k as i32, n as i32]);
            c
        })
        .collect()
}

pub fn kernels() -> Vec<Kernel> {
    vec![
        kernel("matmul_naive", S0, NAIVE, naive),
        kernel("matmul_tiled", S0, TILED, tiled),
        kernel("matmul_register_tile", S4, REGISTER_TILE, register_tile),
        kernel("transpose_padded", S0, TRANSPOSE, transpose),
        kernel("transpose_in_place", S4, TRANSPOSE_IN_PLACE, transpose_in_place),
        kernel("gemv", S2, GEMV, gemv),
        kernel("matmul_batched_power", S4, BATCHED, batched),
        kernel("rank_one_update", S0, RANK_ONE, rank_one),
        kernel("matmul_complex", S5, COMPLEX, complex),
    ]
}
