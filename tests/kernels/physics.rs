//! Particles, fields, bodies and rays: n-body, Lennard-Jones, integrators, quaternions, finite elements, tracing.

use super::case::Stage::*;
use super::case::*;
use super::rng::Rng;

const NBODY: &str = r#"
struct Pull {
    float x, y, z;
    __device__ void towards(const float4 &from, const float4 &to)
    {
        const float dx = to.x - from.x, dy = to.y - from.y, dz = to.z - from.z;
        const float nearness = rsqrtf(0.01f + dx * dx + dy * dy + dz * dz);
        const float strength = to.w * nearness * nearness * nearness;
        x += strength * dx;
        y += strength * dy;
        z += strength * dz;
    }
};

extern "C" __global__ void gravity(const float4 *bodies, float4 *pulls, int count)
{
    extern __shared__ float4 group[];
    const int self = threadIdx.x + blockIdx.x * blockDim.x;
    const float4 nowhere = make_float4(0.0f, 0.0f, 0.0f, 0.0f);
    const float4 here = self < count ? bodies[self] : nowhere;
    Pull pull = {0.0f, 0.0f, 0.0f};
    for (int start = 0; start < count; start += blockDim.x) {
        // A body without mass pulls nobody: the last group is filled up with them.
        const int other = start + threadIdx.x;
        group[threadIdx.x] = other < count ? bodies[other] : nowhere;
        __syncthreads();
        for (unsigned j = 0; j != blockDim.x; ++j) pull.towards(here, group[j]);
        __syncthreads();
    }
    if (self < count) pulls[self] = make_float4(pull.x, pull.y, pull.z, 0.0f);
}
"#;

fn nbody(rng: &mut Rng) -> Vec<Case> {
    [1usize, 63, 64, 65, 150]
        .iter()
        .map(|&n| {
            let body = rng.vec(n, |r| [r.f32(-1., 1.), r.f32(-1., 1.), r.f32(-1., 1.), r.f32(0.1, 1.)]);
            let mut want = Vec::new();
            for i in &body {
                let mut a = [0.0; 4];
                for j in &body {
                    let d: Vec<f64> = (0..3).map(|k| f64::from(j[k]) - f64::from(i[k])).collect();
                    let r2 = d.iter().map(|v| v * v).sum::<f64>() + f64::from(0.01f32);
                    (0..3).for_each(|k| a[k] += f64::from(j[3]) * d[k] / (r2 * r2.sqrt()));
                }
                want.extend(a);
            }
            let mut c = Case::new(format!("n={n}"));
            let tol = near(1e-4, 2e-2, "softening makes single forces up to 400, which cancel");
            let (x, a) = (c.input(&body), c.output_f32_of(&want, tol));
            c.launch("gravity", blocks(n, 64), 64, 64 * 16, args![x, a, n as i32]);
            c
        })
        .collect()
}

/// Lennard-Jones with a cell list built on the device; periodic box, cutoff one cell, energy by atomics.
const LENNARD_JONES: &str = r#"
typedef double real;
struct Box { real length, inverse; int cells; };

__device__ int cell_of(real x, Box b)
{
    int c = (int)floor(x * b.inverse * b.cells);
    return c < 0 ? 0 : c >= b.cells ? b.cells - 1 : c;
}

__global__ void fill_cells(const real *pos, int n, Box b, int *head, int *next)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    int c = (cell_of(pos[3 * i + 2], b) * b.cells + cell_of(pos[3 * i + 1], b)) * b.cells + cell_of(pos[3 * i], b);
    next[i] = atomicExch(&head[c], i);
}

__global__ void lj_forces(const real *pos, int n, Box b, const int *head, const int *next, real cutoff, real *force, real *energy)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    const real x = pos[3 * i], y = pos[3 * i + 1], z = pos[3 * i + 2];
    const int cx = cell_of(x, b), cy = cell_of(y, b), cz = cell_of(z, b);
    real fx = 0, fy = 0, fz = 0, e = 0;
    for (int dz = -1; dz <= 1; dz++)
        for (int dy = -1; dy <= 1; dy++)
            for (int dx = -1; dx <= 1; dx++) {
                int c = ((cz + dz + b.cells) % b.cells * b.cells + (cy + dy + b.cells) % b.cells) * b.cells + (cx + dx + b.cells) % b.cells;
                for (int j = head[c]; j >= 0; j = next[j]) {
                    if (j == i) continue;
                    real rx = x - pos[3 * j], ry = y - pos[3 * j + 1], rz = z - pos[3 * j + 2];
                    rx -= b.length * rint(rx * b.inverse);
                    ry -= b.length * rint(ry * b.inverse);
                    rz -= b.length * rint(rz * b.inverse);
                    real r2 = rx * rx + ry * ry + rz * rz;
                    if (r2 > cutoff * cutoff) continue;
                    real s2 = 1.0 / r2, s6 = s2 * s2 * s2;
                    real f = 24.0 * s6 * (2.0 * s6 - 1.0) * s2;
                    fx += f * rx; fy += f * ry; fz += f * rz;
                    e += 0.5 * 4.0 * s6 * (s6 - 1.0);
                }
            }
    force[3 * i] = fx; force[3 * i + 1] = fy; force[3 * i + 2] = fz;
    atomicAdd(energy, e);
}
"#;

fn lennard_jones(rng: &mut Rng) -> Vec<Case> {
    [1usize, 8, 60]
        .iter()
        .map(|&n| {
            let (cells, length, cutoff) = (4usize, 6.0, 1.5);
            // On a shaken lattice, so that no pair comes absurdly near.
            let mut sites: Vec<usize> = (0..125).collect();
            rng.shuffle(&mut sites);
            let pos: Vec<f64> = sites[..n]
                .iter()
                .flat_map(|&s| [s % 5, s / 5 % 5, s / 25])
                .map(|k| (k as f64 + rng.f64(0.42, 0.58)) * length / 5.0)
                .collect();
            let (mut force, mut energy) = (vec![0.0; 3 * n], 0.0);
            for i in 0..n {
                for j in (0..n).filter(|&j| j != i) {
                    let r: Vec<f64> = (0..3)
                        .map(|k| pos[3 * i + k] - pos[3 * j + k])
                        .map(|d| d - length * (d / length).round())
                        .collect();
                    let r2: f64 = r.iter().map(|v| v * v).sum();
                    if r2 <= cutoff * cutoff {
                        let s6 = (1.0 / r2).powi(3);
                        (0..3).for_each(|k| force[3 * i + k] += 24.0 * s6 * (2.0 * s6 - 1.0) / r2 * r[k]);
                        energy += 2.0 * s6 * (s6 - 1.0);
                    }
                }
            }
            let tol = near(1e-10, 1e-10, "order of the neighbours is that of the atomics");
            let mut c = Case::new(format!("n={n}"));
            let p = c.input(&pos);
            let (head, next) = (c.scratch(&vec![-1i32; cells.pow(3)]), c.scratch(&vec![-1i32; n]));
            let (f, e) = (c.output_f64(&force, tol), c.inout_f64(&[0.0], &[energy], tol));
            let mut b = bytes_of(&[length, 1.0 / length]);
            b.extend(bytes_of(&[cells as i64]));
            c.launch("fill_cells", blocks(n, 32), 32, 0, args![p, n as i32, by_value(&b), head, next]);
            let args = args![p, n as i32, by_value(&b), head, next, cutoff, f, e];
            c.launch("lj_forces", blocks(n, 32), 32, 0, args);
            c
        })
        .collect()
}

/// Runge-Kutta over a struct with operators, the right side a functor: an ensemble of Lorenz systems.
const LORENZ: &str = r#"
struct Vec3 {
    double x, y, z;
};
__device__ Vec3 operator+(Vec3 a, Vec3 b) { return {a.x + b.x, a.y + b.y, a.z + b.z}; }
__device__ Vec3 operator*(double s, Vec3 a) { return {s * a.x, s * a.y, s * a.z}; }

struct Lorenz {
    double sigma, rho, beta;
    __device__ Vec3 operator()(const Vec3 &v) const
    {
        return {sigma * (v.y - v.x), v.x * (rho - v.z) - v.y, v.x * v.y - beta * v.z};
    }
};

template <class F>
__device__ Vec3 rk4(const F &f, Vec3 v, double h)
{
    auto k1 = f(v);
    auto k2 = f(v + 0.5 * h * k1);
    auto k3 = f(v + 0.5 * h * k2);
    auto k4 = f(v + h * k3);
    return v + (h / 6.0) * (k1 + 2.0 * k2 + 2.0 * k3 + k4);
}

__global__ void integrate(Vec3 *state, const double *rho, int n, double h, int steps)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    Lorenz f{10.0, rho[i], 8.0 / 3.0};
    Vec3 v = state[i];
    for (int s = 0; s < steps; s++) v = rk4(f, v, h);
    state[i] = v;
}
"#;

fn lorenz(rng: &mut Rng) -> Vec<Case> {
    [(1usize, 0i32), (33, 40), (100, 17)]
        .iter()
        .map(|&(n, steps)| {
            let (state, rho) = (rng.vec(n, |r| [r.f64(-5., 5.), r.f64(-5., 5.), r.f64(10., 20.)]), rng.f64s(n, 5., 28.));
            let h = 0.005;
            let mut want = Vec::new();
            for (v, &rho) in state.iter().zip(&rho) {
                let f = |v: [f64; 3]| [10.0 * (v[1] - v[0]), v[0] * (rho - v[2]) - v[1], v[0] * v[1] - 8.0 / 3.0 * v[2]];
                let step = |v: [f64; 3], h: f64, k: [f64; 3]| [v[0] + h * k[0], v[1] + h * k[1], v[2] + h * k[2]];
                let mut v = *v;
                for _ in 0..steps {
                    let k1 = f(v);
                    let k2 = f(step(v, 0.5 * h, k1));
                    let k3 = f(step(v, 0.5 * h, k2));
                    let k4 = f(step(v, h, k3));
                    let sum: Vec<f64> = (0..3).map(|i| k1[i] + 2.0 * k2[i] + 2.0 * k3[i] + k4[i]).collect();
                    v = step(v, h / 6.0, [sum[0], sum[1], sum[2]]);
                }
                want.extend(v);
            }
            let flat: Vec<f64> = state.concat();
            let mut c = Case::new(format!("n={n} steps={steps}"));
            let s = c.inout_f64(&flat, &want, near(1e-10, 1e-10, "0.2 time units: chaos has not grown yet"));
            let r = c.input(&rho);
            c.launch("integrate", blocks(n, 64), 64, 0, args![s, r, n as i32, h, steps]);
            c
        })
        .collect()
}

/// Rotations by quaternions: constructors, methods, const and reference parameters, static members.
const QUATERNION: &str = r#"
struct Quaternion {
    float w, x, y, z;
    __device__ Quaternion(float w, float x, float y, float z) : w(w), x(x), y(y), z(z) {}
    static __device__ Quaternion axis_angle(const float3 &axis, float angle)
    {
        float s = sinf(0.5f * angle) * rsqrtf(axis.x * axis.x + axis.y * axis.y + axis.z * axis.z);
        return Quaternion(cosf(0.5f * angle), axis.x * s, axis.y * s, axis.z * s);
    }
    __device__ Quaternion conjugate() const { return Quaternion(w, -x, -y, -z); }
    __device__ friend Quaternion operator*(const Quaternion &a, const Quaternion &b)
    {
        return Quaternion(a.w * b.w - a.x * b.x - a.y * b.y - a.z * b.z, a.w * b.x + a.x * b.w + a.y * b.z - a.z * b.y,
                          a.w * b.y - a.x * b.z + a.y * b.w + a.z * b.x, a.w * b.z + a.x * b.y - a.y * b.x + a.z * b.w);
    }
    __device__ float3 rotate(float3 v) const
    {
        Quaternion r = *this * Quaternion(0.0f, v.x, v.y, v.z) * conjugate();
        return make_float3(r.x, r.y, r.z);
    }
};

__global__ void rotate_points(float3 *points, const float3 *axes, const float *angles, unsigned n)
{
    for (unsigned i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x)
        points[i] = Quaternion::axis_angle(axes[i], angles[i]).rotate(points[i]);
}
"#;

fn quaternion(rng: &mut Rng) -> Vec<Case> {
    [0usize, 1, 65, 200]
        .iter()
        .map(|&n| {
            let point = |r: &mut Rng| [r.f32(-2., 2.), r.f32(-2., 2.), r.f32(0.5, 2.)];
            let (points, axes) = (rng.vec(n, point), rng.vec(n, point));
            let angles = rng.f32s(n, -6.0, 6.0);
            let mut want = Vec::new();
            for i in 0..n {
                // Rodrigues' formula, an independent way to the same rotation.
                let k: Vec<f64> = axes[i].iter().map(|&v| f64::from(v)).collect();
                let norm = k.iter().map(|v| v * v).sum::<f64>().sqrt();
                let k: Vec<f64> = k.iter().map(|v| v / norm).collect();
                let v: Vec<f64> = points[i].iter().map(|&v| f64::from(v)).collect();
                let (s, co) = f64::from(angles[i]).sin_cos();
                let dot: f64 = (0..3).map(|j| k[j] * v[j]).sum();
                for j in 0..3 {
                    let (a, b) = ((j + 1) % 3, (j + 2) % 3);
                    want.push((v[j] * co + (k[a] * v[b] - k[b] * v[a]) * s + k[j] * dot * (1.0 - co)) as f32);
                }
            }
            let mut c = Case::new(format!("n={n}"));
            let p = c.inout_f32(&points.concat(), &want, near(1e-5, 5e-6, "two float products of quaternions"));
            let (a, t) = (c.input(&axes), c.input(&angles));
            c.launch("rotate_points", 2, 64, 0, args![p, a, t, n as u32]);
            c
        })
        .collect()
}

/// Sphere tracing with float3 helper operators in the manner of helper_math.h; nearest hit and its normal.
const RAY_SPHERES: &str = r#"
#define EPS 1e-4f
inline __device__ float3 operator+(float3 a, float3 b) { return make_float3(a.x + b.x, a.y + b.y, a.z + b.z); }
inline __device__ float3 operator-(float3 a, float3 b) { return make_float3(a.x - b.x, a.y - b.y, a.z - b.z); }
inline __device__ float3 operator*(float3 a, float s) { return make_float3(a.x * s, a.y * s, a.z * s); }
inline __device__ float dot(float3 a, float3 b) { return a.x * b.x + a.y * b.y + a.z * b.z; }
inline __device__ float3 normalize(float3 v) { return v * rsqrtf(dot(v, v)); }

struct Sphere { float3 centre; float radius; };
struct Ray { float3 origin, direction; };

__device__ bool hit(const Sphere &s, const Ray &ray, float *t)
{
    float3 oc = ray.origin - s.centre;
    float b = dot(oc, ray.direction), c = dot(oc, oc) - s.radius * s.radius;
    float disc = b * b - c;
    if (disc < 0.0f) return false;
    float root = sqrtf(disc);
    *t = -b - root;
    if (*t < EPS) *t = -b + root;
    return *t >= EPS;
}

__global__ void trace(const Sphere *spheres, int count, int width, int height, int *ids, float4 *normals)
{
    int x = blockIdx.x * blockDim.x + threadIdx.x, y = blockIdx.y * blockDim.y + threadIdx.y;
    if (x >= width || y >= height) return;
    Ray ray;
    ray.origin = make_float3(0.0f, 0.0f, -5.0f);
    ray.direction = normalize(make_float3((x + 0.5f) / width - 0.5f, (y + 0.5f) / height - 0.5f, 1.0f));
    float nearest = 1e20f;
    int id = -1;
    for (int i = 0; i < count; i++) {
        float t;
        if (hit(spheres[i], ray, &t) && t < nearest) { nearest = t; id = i; }
    }
    ids[y * width + x] = id;
    float4 out = make_float4(0, 0, 0, 0);
    if (id >= 0) {
        float3 n = normalize(ray.origin + ray.direction * nearest - spheres[id].centre);
        out = make_float4(n.x, n.y, n.z, nearest);
    }
    normals[y * width + x] = out;
}
"#;

fn ray_spheres(rng: &mut Rng) -> Vec<Case> {
    [(1usize, 1usize, 0usize), (16, 9, 3), (20, 21, 12)]
        .iter()
        .map(|&(w, h, count)| {
            let s = rng.vec(count, |r| [r.f32(-2., 2.), r.f32(-2., 2.), r.f32(-1., 4.), r.f32(0.3, 1.)]);
            // For every pixel all hits in double precision; a pixel at a silhouette or a tie is left open.
            let mut answers = Vec::new();
            for i in 0..w * h {
                let d = [((i % w) as f64 + 0.5) / w as f64 - 0.5, ((i / w) as f64 + 0.5) / h as f64 - 0.5, 1.0];
                let norm = d.iter().map(|v| v * v).sum::<f64>().sqrt();
                let d: Vec<f64> = d.iter().map(|v| v / norm).collect();
                let (mut hits, mut open) = (Vec::new(), false);
                for (id, s) in s.iter().enumerate() {
                    let oc = [-f64::from(s[0]), -f64::from(s[1]), -5.0 - f64::from(s[2])];
                    let b: f64 = (0..3).map(|k| oc[k] * d[k]).sum();
                    let disc = b * b - oc.iter().map(|v| v * v).sum::<f64>() + f64::from(s[3]).powi(2);
                    open |= disc.abs() < 1e-3;
                    if disc >= 0.0 {
                        hits.push((-b - disc.sqrt(), id));
                    }
                }
                hits.sort_by(|a, b| a.0.total_cmp(&b.0));
                open |= hits.len() > 1 && hits[1].0 - hits[0].0 < 1e-3;
                let normal = hits.first().map_or([0.0; 4], |&(t, id)| {
                    let at = |k: usize| (t * d[k] - if k == 2 { 5.0 } else { 0.0 } - f64::from(s[id][k])) / f64::from(s[id][3]);
                    [at(0), at(1), at(2), t]
                });
                answers.push((open, hits.first().map_or(-1, |h| h.1 as i32), normal));
            }
            let ids = answers.iter().map(|a| (a.0, a.1)).collect::<Vec<_>>();
            let judge_ids = move |got: &[u8]| {
                let got = got.chunks_exact(4).map(|b| i32::from_ne_bytes(b.try_into().unwrap()));
                match got.zip(&ids).position(|(g, &(open, id))| !open && g != id) {
                    None => Ok(()),
                    Some(at) => Err(format!("pixel {at}: expected sphere {}", ids[at].1)),
                }
            };
            let judge_normals = move |got: &[u8]| {
                let got: Vec<f32> = got.chunks_exact(4).map(|b| f32::from_ne_bytes(b.try_into().unwrap())).collect();
                for (g, (open, _, n)) in got.chunks(4).zip(&answers) {
                    if !open && (0..4).any(|k| !((f64::from(g[k]) - n[k]).abs() < 2e-3)) {
                        return Err(format!("got {g:?}, expected {n:?}"));
                    }
                }
                Ok(())
            };
            let mut c = Case::new(format!("{w}x{h}, {count} spheres"));
            let spheres = c.input(&s);
            let a = c.buffer(vec![0xA5; 4 * w * h], Expect::Judge(Box::new(judge_ids)));
            let b = c.buffer(vec![0xA5; 16 * w * h], Expect::Judge(Box::new(judge_normals)));
            let args = args![spheres, count as i32, w as i32, h as i32, a, b];
            c.launch("trace", (blocks(w, 8), blocks(h, 4)), (8, 4), 0, args);
            c
        })
        .collect()
}

/// Linear triangles: local mass and stiffness matrices, assembled into a vector by atomics (libCEED's manner).
const FEM: &str = r#"
#define NODES 3

__device__ double geometry(const double2 p[NODES], double grad[NODES][2])
{
    const double x10 = p[1].x - p[0].x, y10 = p[1].y - p[0].y, x20 = p[2].x - p[0].x, y20 = p[2].y - p[0].y;
    const double det = x10 * y20 - x20 * y10;
    grad[1][0] = y20 / det; grad[1][1] = -x20 / det;
    grad[2][0] = -y10 / det; grad[2][1] = x10 / det;
    for (int d = 0; d < 2; d++) grad[0][d] = -grad[1][d] - grad[2][d];
    return 0.5 * fabs(det);
}

extern "C" __global__ void apply_operator(const double2 *nodes, const int *elements, int count, const double *u,
                                          double mass, double diffusion, double *v)
{
    for (int e = blockIdx.x * blockDim.x + threadIdx.x; e < count; e += gridDim.x * blockDim.x) {
        double2 p[NODES];
        double ue[NODES], grad[NODES][2];
        for (int a = 0; a < NODES; a++) {
            const int node = elements[e * NODES + a];
            p[a] = nodes[node];
            ue[a] = u[node];
        }
        const double area = geometry(p, grad);
        for (int a = 0; a < NODES; a++) {
            double r = 0.0;
            for (int b = 0; b < NODES; b++) {
                const double m = area * (a == b ? 1.0 / 6.0 : 1.0 / 12.0);
                const double k = area * (grad[a][0] * grad[b][0] + grad[a][1] * grad[b][1]);
                r += (mass * m + diffusion * k) * ue[b];
            }
            atomicAdd(&v[elements[e * NODES + a]], r);
        }
    }
}
"#;

fn fem(rng: &mut Rng) -> Vec<Case> {
    [1usize, 4, 7]
        .iter()
        .map(|&m| {
            // A shaken grid of m x m squares, each cut into two triangles.
            let side = m + 1;
            let nodes: Vec<[f64; 2]> = (0..side * side)
                .map(|i| [(i % side) as f64 + rng.f64(-0.2, 0.2), (i / side) as f64 + rng.f64(-0.2, 0.2)])
                .collect();
            let elements: Vec<[i32; 3]> = (0..m * m)
                .flat_map(|s| {
                    let a = (s / m * side + s % m) as i32;
                    [[a, a + 1, a + side as i32], [a + 1, a + side as i32 + 1, a + side as i32]]
                })
                .collect();
            let u = rng.f64s(nodes.len(), -1.0, 1.0);
            let (mass, diffusion) = (1.5, 0.25);
            let mut v = vec![0.0; nodes.len()];
            for el in &elements {
                let p: Vec<[f64; 2]> = el.iter().map(|&n| nodes[n as usize]).collect();
                let det = (p[1][0] - p[0][0]) * (p[2][1] - p[0][1]) - (p[2][0] - p[0][0]) * (p[1][1] - p[0][1]);
                // The gradient of a hat function is the opposite edge turned by a right angle over twice the area.
                let grad: Vec<[f64; 2]> = (0..3)
                    .map(|a| {
                        let (b, c) = (p[(a + 1) % 3], p[(a + 2) % 3]);
                        [(b[1] - c[1]) / det, (c[0] - b[0]) / det]
                    })
                    .collect();
                for a in 0..3 {
                    for b in 0..3 {
                        let m = det / 2.0 / if a == b { 6.0 } else { 12.0 };
                        let k = det / 2.0 * (grad[a][0] * grad[b][0] + grad[a][1] * grad[b][1]);
                        v[el[a] as usize] += (mass * m + diffusion * k) * u[el[b] as usize];
                    }
                }
            }
            let mut c = Case::new(format!("{} triangles", elements.len()));
            let (n, e, x) = (c.input(&nodes), c.input(&elements), c.input(&u));
            let y = c.inout_f64(&vec![0.0; v.len()], &v, near(1e-12, 1e-12, "order of atomics on doubles"));
            let args = args![n, e, elements.len() as i32, x, mass, diffusion, y];
            c.launch("apply_operator", 2, 16, 0, args);
            c
        })
        .collect()
}

/// Cloth of springs with Verlet steps: fixed corners, several kinds of springs in a table of offsets.
const CLOTH: &str = r#"
struct Spring { int dx, dy; float rest; };
__device__ const Spring springs[] = {
    {1, 0, 1.0f}, {-1, 0, 1.0f}, {0, 1, 1.0f}, {0, -1, 1.0f},
    {1, 1, 1.41421356f}, {-1, 1, 1.41421356f}, {1, -1, 1.41421356f}, {-1, -1, 1.41421356f},
};

__global__ void cloth_step(const float3 *cur, const float3 *old, float3 *next, int w, int h, float k, float dt2)
{
    int x = blockIdx.x * blockDim.x + threadIdx.x, y = blockIdx.y * blockDim.y + threadIdx.y;
    if (x >= w || y >= h) return;
    int i = y * w + x;
    float3 p = cur[i], f = make_float3(0.0f, -9.81f, 0.0f);
    if (y == 0 && (x == 0 || x == w - 1)) { next[i] = p; return; }
    for (const Spring &s : springs) {
        int nx = x + s.dx, ny = y + s.dy;
        if (nx < 0 || ny < 0 || nx >= w || ny >= h) continue;
        float3 q = cur[ny * w + nx];
        float ex = q.x - p.x, ey = q.y - p.y, ez = q.z - p.z;
        float len = norm3df(ex, ey, ez);
        float pull = k * (len - s.rest) / len;
        f.x += pull * ex; f.y += pull * ey; f.z += pull * ez;
    }
    float3 o = old[i];
    next[i] = make_float3(2.0f * p.x - o.x + f.x * dt2, 2.0f * p.y - o.y + f.y * dt2, 2.0f * p.z - o.z + f.z * dt2);
}
"#;

fn cloth(rng: &mut Rng) -> Vec<Case> {
    [(1usize, 1usize), (5, 4), (17, 9)]
        .iter()
        .map(|&(w, h)| {
            let shake = |r: &mut Rng, i: usize| [(i % w) as f32 + r.f32(-0.2, 0.2), r.f32(-0.2, 0.2), (i / w) as f32];
            let cur: Vec<[f32; 3]> = (0..w * h).map(|i| shake(rng, i)).collect();
            let old: Vec<[f32; 3]> = cur.iter().map(|p| [p[0] - 0.01, p[1], p[2] + 0.01]).collect();
            let (k, dt2) = (50.0f32, 1e-3f32);
            let d = f64::from;
            let mut want = Vec::new();
            for i in 0..w * h {
                let (x, y) = (i % w, i / w);
                if y == 0 && (x == 0 || x == w - 1) {
                    want.extend(cur[i].map(d));
                    continue;
                }
                let mut f = [0.0, d(-9.81f32), 0.0];
                for n in (0..w * h).filter(|&n| n != i && (n % w).abs_diff(x) <= 1 && (n / w).abs_diff(y) <= 1) {
                    let rest = if n % w != x && n / w != y { d(std::f32::consts::SQRT_2) } else { 1.0 };
                    let e: Vec<f64> = (0..3).map(|c| d(cur[n][c]) - d(cur[i][c])).collect();
                    let len = e.iter().map(|v| v * v).sum::<f64>().sqrt();
                    (0..3).for_each(|c| f[c] += d(k) * (len - rest) / len * e[c]);
                }
                want.extend((0..3).map(|c| 2.0 * d(cur[i][c]) - d(old[i][c]) + f[c] * d(dt2)));
            }
            let mut c = Case::new(format!("{w}x{h}"));
            let (a, b) = (c.input(&cur), c.input(&old));
            let o = c.output_f32_of(&want, near(1e-5, 1e-5, "eight springs in single precision"));
            let args = args![a, b, o, w as i32, h as i32, k, dt2];
            c.launch("cloth_step", (blocks(w, 8), blocks(h, 8)), (8, 8), 0, args);
            c
        })
        .collect()
}

pub fn kernels() -> Vec<Kernel> {
    vec![
        kernel("nbody", S1, NBODY, nbody),
        kernel("lennard_jones_cells", S0, LENNARD_JONES, lennard_jones),
        kernel("lorenz_rk4", S5, LORENZ, lorenz),
        kernel("quaternion_rotate", S5, QUATERNION, quaternion),
        kernel("ray_spheres", S5, RAY_SPHERES, ray_spheres),
        kernel("fem_operator", S1, FEM, fem),
        kernel("cloth_springs", S3, CLOTH, cloth),
    ]
}
