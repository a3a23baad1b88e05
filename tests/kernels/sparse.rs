//! Sparse matrices in CSR, ELL, COO and blocks, and what is built on their product.

use super::case::Stage::*;
use super::case::*;
use super::rng::Rng;

/// A random sparse matrix in CSR with empty rows, long rows and sorted columns.
struct Csr {
    rows: usize,
    starts: Vec<i32>,
    columns: Vec<i32>,
    values: Vec<f32>,
}

impl Csr {
    fn random(rng: &mut Rng, rows: usize, cols: usize) -> Csr {
        let (mut starts, mut columns, mut values) = (vec![0], vec![], vec![]);
        for _ in 0..rows {
            let odds = [0, 1, 4, 40][rng.below(4)];
            for j in 0..cols {
                if rng.below(41) < odds {
                    columns.push(j as i32);
                    values.push(rng.f32(-1.0, 1.0));
                }
            }
            starts.push(columns.len() as i32);
        }
        Csr { rows, starts, columns, values }
    }

    fn row(&self, r: usize) -> impl Iterator<Item = (usize, f32)> + '_ {
        (self.starts[r] as usize..self.starts[r + 1] as usize).map(|k| (self.columns[k] as usize, self.values[k]))
    }

    fn times(&self, x: &[f32]) -> Vec<f64> {
        (0..self.rows).map(|r| self.row(r).map(|(j, v)| f64::from(v) * f64::from(x[j])).sum()).collect()
    }
}

const SHAPES: [(usize, usize); 4] = [(1, 1), (31, 50), (64, 64), (129, 100)];

fn tol() -> Tolerance {
    near(1e-5, 1e-5, "at most 100 products below 1 in single precision")
}

const CSR_SCALAR: &str = r#"
__global__ void add_product(const int rows, const int *starts, const int *columns, const float *values, const float *x, float *y)
{
    const int row = threadIdx.x + blockDim.x * blockIdx.x;
    if (row >= rows) return;
    const float *value = values + starts[row], *const stop = values + starts[row + 1];
    const int *column = columns + starts[row];
    float sum = y[row];
    while (value != stop) sum += *value++ * x[*column++];
    y[row] = sum;
}
"#;

fn csr_scalar(rng: &mut Rng) -> Vec<Case> {
    SHAPES
        .iter()
        .map(|&(rows, cols)| {
            let a = Csr::random(rng, rows, cols);
            let (x, y0) = (rng.f32s(cols, -1.0, 1.0), rng.f32s(rows, -1.0, 1.0));
            let want: Vec<f32> = a.times(&x).iter().zip(&y0).map(|(p, &y)| (p + f64::from(y)) as f32).collect();
            let mut c = Case::new(format!("{rows}x{cols}"));
            let (p, i, d) = (c.input(&a.starts), c.input(&a.columns), c.input(&a.values));
            let (v, y) = (c.input(&x), c.inout_f32(&y0, &want, tol()));
            c.launch("add_product", blocks(rows, 64), 64, 0, args![rows as i32, p, i, d, v, y]);
            c
        })
        .collect()
}

/// A sub-warp of VEC lanes a row, the lanes' sums folded by shuffles of that width.
const CSR_VECTOR: &str = r#"
template <int VEC>
__global__ void product_by_lanes(int rows, const int *__restrict__ ptr, const int *__restrict__ col,
                                const float *__restrict__ val, const float *__restrict__ x, float *__restrict__ y)
{
    const int lane = threadIdx.x & (VEC - 1);
    const int row = (blockIdx.x * blockDim.x + threadIdx.x) / VEC;
    float sum = 0.f;
    if (row < rows)
        for (int k = ptr[row] + lane; k < ptr[row + 1]; k += VEC) sum += val[k] * __ldg(x + col[k]);
#pragma unroll
    for (int d = VEC >> 1; d > 0; d >>= 1) sum += __shfl_down_sync(0xffffffff, sum, d, VEC);
    if (lane == 0 && row < rows) y[row] = sum;
}
"#;

fn csr_vector(rng: &mut Rng) -> Vec<Case> {
    let mut cases = Vec::new();
    for (rows, cols) in SHAPES {
        for vec in [2usize, 8, 32] {
            let a = Csr::random(rng, rows, cols);
            let x = rng.f32s(cols, -1.0, 1.0);
            let mut c = Case::new(format!("{rows}x{cols}, {vec} lanes"));
            let (p, i, d) = (c.input(&a.starts), c.input(&a.columns), c.input(&a.values));
            let (v, y) = (c.input(&x), c.output_f32_of(&a.times(&x), tol()));
            let name = format!("product_by_lanes<{vec}>");
            c.launch(&name, blocks(rows * vec, 64), 64, 0, args![rows as i32, p, i, d, v, y]);
            cases.push(c);
        }
    }
    cases
}

/// Column-major ELLPACK, -1 where a row ends early.
const ELL: &str = r#"
typedef struct {
    int rows;
    int width;
    long long pitch;
} ell_shape;

extern "C" __global__ void product_padded(ell_shape s, const int *cols, const double *vals, const double *x, double *y)
{
    for (int r = blockIdx.x * blockDim.x + threadIdx.x; r < s.rows; r += gridDim.x * blockDim.x) {
        double sum = 0.0;
        for (int k = 0; k < s.width; ++k) {
            const int c = cols[k * s.pitch + r];
            if (c < 0) break;
            sum += vals[k * s.pitch + r] * x[c];
        }
        y[r] = sum;
    }
}
"#;

fn ell(rng: &mut Rng) -> Vec<Case> {
    SHAPES
        .iter()
        .map(|&(rows, cols)| {
            let a = Csr::random(rng, rows, cols);
            let x = rng.f32s(cols, -1.0, 1.0);
            let width = (0..rows).map(|r| a.row(r).count()).max().unwrap();
            let pitch = rows + 3;
            let (mut ci, mut v) = (vec![-1i32; pitch * width], vec![f64::NAN; pitch * width]);
            for r in 0..rows {
                for (k, (j, value)) in a.row(r).enumerate() {
                    ci[k * pitch + r] = j as i32;
                    v[k * pitch + r] = f64::from(value);
                }
            }
            let mut shape = bytes_of(&[rows as i32, width as i32]);
            shape.extend(bytes_of(&[pitch as i64]));
            let mut c = Case::new(format!("{rows}x{cols}, width {width}"));
            let (i, d) = (c.input(&ci), c.input(&v));
            let xs: Vec<f64> = x.iter().map(|&v| f64::from(v)).collect();
            let (xi, y) = (c.input(&xs), c.output_f64(&a.times(&x), near(1e-13, 1e-13, "fma or not")));
            c.launch("product_padded", 2, 32, 0, args![by_value(&shape), i, d, xi, y]);
            c
        })
        .collect()
}

/// Triplets in any order with atomics; duplicates add up.
const COO: &str = r#"
struct Entry { unsigned short row, col; float value; };

__global__ void product_of_entries(const Entry *entries, int nnz, const float *x, float *y)
{
    int tid = blockIdx.x * blockDim.x + threadIdx.x;
    int stride = blockDim.x * gridDim.x;
    for (int i = tid; i < nnz; i += stride) {
        Entry e = entries[i];
        atomicAdd(&y[e.row], e.value * x[e.col]);
    }
}
"#;

fn coo(rng: &mut Rng) -> Vec<Case> {
    [(1usize, 1usize, 0usize), (5, 9, 100), (40, 40, 333)]
        .iter()
        .map(|&(rows, cols, nnz)| {
            let x = rng.f32s(cols, -1.0, 1.0);
            let (mut bytes, mut y) = (Vec::<u8>::new(), vec![0f64; rows]);
            for _ in 0..nnz {
                let (r, j, v) = (rng.below(rows), rng.below(cols), rng.f32(-1.0, 1.0));
                bytes.extend(bytes_of(&[r as u16, j as u16]));
                bytes.extend(bytes_of(&[v]));
                y[r] += f64::from(v) * f64::from(x[j]);
            }
            let want: Vec<f32> = y.iter().map(|&v| v as f32).collect();
            let mut c = Case::new(format!("{rows}x{cols} nnz={nnz}"));
            let (e, xi) = (c.input(&bytes), c.input(&x));
            let yi = c.inout_f32(&vec![0.0; rows], &want, near(1e-5, 2e-5, "order of float atomics"));
            c.launch("product_of_entries", 3, 32, 0, args![e, nnz as i32, xi, yi]);
            c
        })
        .collect()
}

/// Sparse times dense block of vectors; transposed product through atomics, same structure arrays.
const SPMM: &str = r#"
namespace sparse {
struct CsrView {
    const int *ptr;
    const int *col;
    const float *val;
    int rows;
    __device__ int begin(int r) const { return ptr[r]; }
    __device__ int end(int r) const { return ptr[r + 1]; }
    __device__ bool has(int r) const { return r < rows; }
};
}

__global__ void spmm(const int *ptr, const int *col, const float *val, int rows, const float *X, int width, float *Y)
{
    sparse::CsrView a{ptr, col, val, rows};
    int r = blockIdx.x * blockDim.y + threadIdx.y;
    if (!a.has(r)) return;
    for (int j = threadIdx.x; j < width; j += blockDim.x) {
        float s = 0;
        for (int k = a.begin(r), e = a.end(r); k != e; ++k) s += a.val[k] * X[a.col[k] * width + j];
        Y[r * width + j] = s;
    }
}

__global__ void spmm_transposed(const int *ptr, const int *col, const float *val, int rows, const float *X, int width, float *Y)
{
    using sparse::CsrView;
    CsrView a{ptr, col, val, rows};
    int r = blockIdx.x * blockDim.y + threadIdx.y;
    if (!a.has(r)) return;
    for (int k = a.begin(r); k < a.end(r); k++)
        for (int j = threadIdx.x; j < width; j += blockDim.x)
            atomicAdd(Y + a.col[k] * width + j, a.val[k] * X[r * width + j]);
}
"#;

fn spmm(rng: &mut Rng) -> Vec<Case> {
    let mut cases = Vec::new();
    for (rows, cols) in SHAPES {
        let width = 1 + rng.below(20);
        let a = Csr::random(rng, rows, cols);
        let (x, z) = (rng.f32s(cols * width, -1.0, 1.0), rng.f32s(rows * width, -1.0, 1.0));
        let (mut y, mut t) = (vec![0f64; rows * width], vec![0f64; cols * width]);
        for r in 0..rows {
            for (k, v) in a.row(r) {
                for j in 0..width {
                    y[r * width + j] += f64::from(v) * f64::from(x[k * width + j]);
                    t[k * width + j] += f64::from(v) * f64::from(z[r * width + j]);
                }
            }
        }
        let t: Vec<f32> = t.iter().map(|&v| v as f32).collect();
        for kernel in ["spmm", "spmm_transposed"] {
            let mut c = Case::new(format!("{kernel} {rows}x{cols}x{width}"));
            let (p, i, d) = (c.input(&a.starts), c.input(&a.columns), c.input(&a.values));
            let (xi, yi) = if kernel == "spmm" {
                (c.input(&x), c.output_f32_of(&y, tol()))
            } else {
                (c.input(&z), c.inout_f32(&vec![0.0; cols * width], &t, near(1e-5, 3e-5, "order of float atomics")))
            };
            c.launch(kernel, blocks(rows, 4), (16, 4), 0, args![p, i, d, rows as i32, xi, width as i32, yi]);
            cases.push(c);
        }
    }
    cases
}

/// COO to CSR: counts by atomics, scan in one block, scatter; columns of a row come in any order.
const COO_TO_CSR: &str = r#"
extern "C" __global__ void count_rows(const int *rows, int nnz, int *ptr)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < nnz) atomicAdd(&ptr[rows[i] + 1], 1);
}

extern "C" __global__ void scan_rows(int *ptr, int *cursor, int n)
{
    if (threadIdx.x != 0) return;
    cursor[0] = 0;
    for (int i = 1; i <= n; i++) {
        ptr[i] += ptr[i - 1];
        if (i < n) cursor[i] = ptr[i];
    }
}

extern "C" __global__ void scatter(const int *rows, const int *cols, int nnz, int *cursor, int *out)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < nnz) out[atomicAdd(&cursor[rows[i]], 1)] = cols[i];
}

extern "C" __global__ void sort_rows(const int *ptr, int *cols, int n)
{
    int r = blockIdx.x * blockDim.x + threadIdx.x;
    if (r >= n) return;
    for (int i = ptr[r] + 1; i < ptr[r + 1]; i++)
        for (int j = i; j > ptr[r] && cols[j - 1] > cols[j]; j--) {
            int t = cols[j - 1];
            cols[j - 1] = cols[j];
            cols[j] = t;
        }
}
"#;

fn coo_to_csr(rng: &mut Rng) -> Vec<Case> {
    [(1usize, 0usize), (7, 60), (50, 400)]
        .iter()
        .map(|&(n, nnz)| {
            let pairs = rng.vec(nnz, |r| (r.below(n) as i32, r.below(100) as i32));
            let mut sorted = pairs.clone();
            sorted.sort_unstable();
            let mut ptr = vec![0i32; n + 1];
            pairs.iter().for_each(|p| ptr[p.0 as usize + 1] += 1);
            (0..n).for_each(|i| ptr[i + 1] += ptr[i]);
            let (rows, cols): (Vec<i32>, Vec<i32>) = pairs.into_iter().unzip();
            let mut c = Case::new(format!("n={n} nnz={nnz}"));
            let (r, k) = (c.input(&rows), c.input(&cols));
            let (p, cursor) = (c.inout(&vec![0i32; n + 1], &ptr), c.scratch(&vec![0i32; n]));
            let out = c.output(&sorted.iter().map(|p| p.1).collect::<Vec<_>>());
            let grid = blocks(nnz, 64);
            c.launch("count_rows", grid, 64, 0, args![r, nnz as i32, p]);
            c.launch("scan_rows", 1, 32, 0, args![p, cursor, n as i32]);
            c.launch("scatter", grid, 64, 0, args![r, k, nnz as i32, cursor, out]);
            c.launch("sort_rows", blocks(n, 64), 64, 0, args![p, out, n as i32]);
            c
        })
        .collect()
}

/// PageRank by pull over incoming edges, dangling mass collected by a reduction.
const PAGERANK: &str = r#"
__global__ void dangling_mass(const float *rank, const int *outdeg, int n, float *mass)
{
    __shared__ float s[64];
    float mine = 0;
    for (int i = threadIdx.x; i < n; i += 64) if (outdeg[i] == 0) mine += rank[i];
    s[threadIdx.x] = mine;
    __syncthreads();
    for (int d = 32; d; d >>= 1) {
        if (threadIdx.x < d) s[threadIdx.x] += s[threadIdx.x + d];
        __syncthreads();
    }
    if (threadIdx.x == 0) *mass = s[0];
}

__global__ void pagerank(const int *in_ptr, const int *in_src, const int *outdeg, const float *rank, float *next, const float *mass, int n, float damping)
{
    int v = blockIdx.x * blockDim.x + threadIdx.x;
    if (v >= n) return;
    float sum = *mass / n;
    for (int e = in_ptr[v]; e < in_ptr[v + 1]; ++e) {
        int u = in_src[e];
        sum += rank[u] / outdeg[u];
    }
    next[v] = (1.0f - damping) / n + damping * sum;
}
"#;

fn pagerank(rng: &mut Rng) -> Vec<Case> {
    [1usize, 20, 100]
        .iter()
        .map(|&n| {
            let a = Csr::random(rng, n, n);
            let mut outdeg = vec![0i32; n];
            a.columns.iter().for_each(|&u| outdeg[u as usize] += 1);
            let mut rank = vec![1.0 / n as f64; n];
            for _ in 0..4 {
                let mass: f64 = (0..n).filter(|&i| outdeg[i] == 0).map(|i| rank[i]).sum();
                rank = (0..n)
                    .map(|v| {
                        let pulled: f64 = a.row(v).map(|(u, _)| rank[u] / f64::from(outdeg[u])).sum();
                        0.15 / n as f64 + 0.85 * (mass / n as f64 + pulled)
                    })
                    .collect();
            }
            let want: Vec<f32> = rank.iter().map(|&v| v as f32).collect();
            let mut c = Case::new(format!("n={n}"));
            let (p, s, o) = (c.input(&a.starts), c.input(&a.columns), c.input(&outdeg));
            let start = vec![1.0f32 / n as f32; n];
            let r = c.inout_f32(&start, &want, near(1e-4, 1e-7, "four rounds of float sums"));
            let (t, m) = (c.scratch(&start), c.scratch(&[0f32]));
            for round in 0..4 {
                let (from, to) = if round % 2 == 0 { (r, t) } else { (t, r) };
                c.launch("dangling_mass", 1, 64, 0, args![from, o, n as i32, m]);
                c.launch("pagerank", blocks(n, 32), 32, 0, args![p, s, o, from, to, m, n as i32, 0.85f32]);
            }
            c
        })
        .collect()
}

pub fn kernels() -> Vec<Kernel> {
    vec![
        kernel("add_product", S0, CSR_SCALAR, csr_scalar),
        kernel("product_by_lanes", S4, CSR_VECTOR, csr_vector),
        kernel("product_padded", S0, ELL, ell),
        kernel("product_of_entries", S0, COO, coo),
        kernel("spmm_view", S5, SPMM, spmm),
        kernel("coo_to_csr", S0, COO_TO_CSR, coo_to_csr),
        kernel("pagerank", S0, PAGERANK, pagerank),
    ]
}
