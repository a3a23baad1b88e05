//! Graphs: frontiers, shortest paths, components, triangles, colouring, and matrix closures.

use super::case::Stage::*;
use super::case::*;
use super::rng::Rng;

/// An undirected random graph in CSR, neighbours sorted, no loops; some vertices stay alone.
struct Graph {
    n: usize,
    starts: Vec<i32>,
    edges: Vec<i32>,
}

impl Graph {
    fn random(rng: &mut Rng, n: usize, degree: usize) -> Graph {
        let mut all = std::collections::BTreeSet::new();
        for _ in 0..n * degree / 2 {
            let (a, b) = (rng.below(n), rng.below(n));
            if a != b && a % 13 != 5 && b % 13 != 5 {
                all.extend([(a, b), (b, a)]);
            }
        }
        let mut starts = vec![0i32; n + 1];
        all.iter().for_each(|e| starts[e.0 + 1] += 1);
        (0..n).for_each(|i| starts[i + 1] += starts[i]);
        Graph { n, starts, edges: all.iter().map(|e| e.1 as i32).collect() }
    }

    fn neighbours(&self, v: usize) -> &[i32] {
        &self.edges[self.starts[v] as usize..self.starts[v + 1] as usize]
    }

    fn components(&self) -> Vec<i32> {
        let mut label: Vec<i32> = (0..self.n as i32).collect();
        for _ in 0..self.n {
            for v in 0..self.n {
                for &u in self.neighbours(v) {
                    label[v] = label[v].min(label[u as usize]);
                }
            }
        }
        label
    }
}

fn graphs(rng: &mut Rng) -> Vec<Graph> {
    [(1usize, 0usize), (20, 2), (65, 3), (120, 8)].iter().map(|&(n, d)| Graph::random(rng, n, d)).collect()
}

fn levels(g: &Graph, from: usize) -> Vec<i32> {
    let mut level = vec![-1; g.n];
    level[from] = 0;
    for depth in 0..g.n as i32 {
        for v in (0..g.n).filter(|&v| level[v] == depth).collect::<Vec<_>>() {
            for &u in g.neighbours(v) {
                if level[u as usize] < 0 {
                    level[u as usize] = depth + 1;
                }
            }
        }
    }
    level
}

/// A launch a level over all vertices, with a flag that says whether anything changed.
const BFS_LEVELS: &str = r#"
struct Span { int first, count; };

extern "C" __global__ void spread(const Span *spans, const int *ends, bool *active, bool *woken, const bool *seen, int *distance, int n)
{
    const int v = threadIdx.x + blockDim.x * blockIdx.x;
    if (v >= n || !active[v]) return;
    active[v] = false;
    const int *end = ends + spans[v].first;
    for (int left = spans[v].count; left > 0; --left, ++end)
        if (!seen[*end]) {
            woken[*end] = true;
            distance[*end] = distance[v] + 1;
        }
}

extern "C" __global__ void settle(bool *active, bool *woken, bool *seen, bool *more, int n)
{
    const int v = threadIdx.x + blockDim.x * blockIdx.x;
    if (v < n && woken[v]) {
        woken[v] = false;
        active[v] = seen[v] = *more = true;
    }
}
"#;

fn bfs_levels(rng: &mut Rng) -> Vec<Case> {
    graphs(rng)
        .iter()
        .map(|g| {
            let n = g.n;
            let level = levels(g, 0);
            let nodes: Vec<[i32; 2]> = (0..n).map(|v| [g.starts[v], g.neighbours(v).len() as i32]).collect();
            let first: Vec<bool> = (0..n).map(|v| v == 0).collect();
            let start: Vec<i32> = (0..n).map(|v| if v == 0 { 0 } else { -1 }).collect();
            let seen: Vec<bool> = level.iter().map(|&l| l >= 0).collect();
            let mut c = Case::new(format!("n={n}"));
            let (nd, e) = (c.input(&nodes), c.input(&g.edges));
            let (m, u) = (c.inout(&first, &vec![false; n]), c.inout(&vec![false; n], &vec![false; n]));
            let (v, cost) = (c.inout(&first, &seen), c.inout(&start, &level));
            let deepest = *level.iter().max().unwrap();
            let over = c.inout(&[false], &[deepest > 0]);
            for _ in 0..=deepest {
                c.launch("spread", blocks(n, 64), 64, 0, args![nd, e, m, u, v, cost, n as i32]);
                c.launch("settle", blocks(n, 64), 64, 0, args![m, u, v, over, n as i32]);
            }
            c
        })
        .collect()
}

/// The whole search in one block with frontier queues in shared memory.
const BFS_QUEUE: &str = r#"
#define CAP 128

__global__ void bfs_queue(const int *starts, const int *edges, int n, int source, int *level)
{
    __shared__ int queue[2][CAP];
    __shared__ int size[2];
    for (int v = threadIdx.x; v < n; v += blockDim.x) level[v] = v == source ? 0 : -1;
    if (threadIdx.x == 0) { queue[0][0] = source; size[0] = 1; size[1] = 0; }
    __syncthreads();
    int cur = 0;
    for (int depth = 1; size[cur] > 0; depth++) {
        int count = size[cur];
        for (int q = threadIdx.x; q < count; q += blockDim.x) {
            int v = queue[cur][q];
            for (int e = starts[v]; e < starts[v + 1]; e++)
                if (atomicCAS(&level[edges[e]], -1, depth) == -1)
                    queue[cur ^ 1][atomicAdd(&size[cur ^ 1], 1)] = edges[e];
        }
        __syncthreads();
        if (threadIdx.x == 0) size[cur] = 0;
        cur ^= 1;
        __syncthreads();
    }
}
"#;

fn bfs_queue(rng: &mut Rng) -> Vec<Case> {
    graphs(rng)
        .iter()
        .map(|g| {
            let from = rng.below(g.n);
            let mut c = Case::new(format!("n={} from {from}", g.n));
            let (s, e, l) = (c.input(&g.starts), c.input(&g.edges), c.output(&levels(g, from)));
            c.launch("bfs_queue", 1, 32, 0, args![s, e, g.n as i32, from as i32, l]);
            c
        })
        .collect()
}

const BELLMAN_FORD: &str = r#"
typedef struct { int from, to; int weight; } edge_t;
#define INF 0x3fffffff

extern "C" __global__ void relax_edges(const edge_t *edges, int m, int *dist, int *changed)
{
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < m; i += blockDim.x * gridDim.x) {
        const edge_t e = edges[i];
        const int d = dist[e.from];
        if (d == INF) continue;
        if (d + e.weight < atomicMin(&dist[e.to], d + e.weight)) *changed = 1;
    }
}
"#;

fn bellman_ford(rng: &mut Rng) -> Vec<Case> {
    const INF: i32 = 0x3fff_ffff;
    [(1usize, 0usize), (15, 40), (60, 150)]
        .iter()
        .map(|&(n, m)| {
            // Potentials make some weights negative without a negative cycle.
            let height = rng.i32s(n, 0, 20);
            let edges: Vec<[i32; 3]> = (0..m)
                .map(|_| {
                    let (a, b) = (rng.below(n), rng.below(n));
                    [a as i32, b as i32, rng.int(1, 30) as i32 + height[b] - height[a]]
                })
                .collect();
            let mut dist = vec![INF; n];
            dist[0] = 0;
            for _ in 0..n {
                for e in &edges {
                    if dist[e[0] as usize] != INF {
                        dist[e[1] as usize] = dist[e[1] as usize].min(dist[e[0] as usize] + e[2]);
                    }
                }
            }
            let start: Vec<i32> = (0..n).map(|v| if v == 0 { 0 } else { INF }).collect();
            let mut c = Case::new(format!("n={n} m={m}"));
            let (e, d, f) = (c.input(&edges), c.inout(&start, &dist), c.scratch(&[0i32]));
            for _ in 0..n {
                c.launch("relax_edges", 2, 32, 0, args![e, m as i32, d, f]);
            }
            c
        })
        .collect()
}

/// Union-find with compare-and-swap hooks and path halving; the label is the smallest vertex.
const UNION_FIND: &str = r#"
__device__ int find(volatile int *parent, int v)
{
    while (parent[v] != v) {
        int grand = parent[parent[v]];
        parent[v] = grand;
        v = grand;
    }
    return v;
}

__device__ void unite(int *parent, int a, int b)
{
    for (;;) {
        a = find(parent, a);
        b = find(parent, b);
        if (a == b) return;
        if (a < b) { int t = a; a = b; b = t; }
        if (atomicCAS(&parent[a], a, b) == a) return;
    }
}

__global__ void hook(const int *starts, const int *edges, int n, int *parent)
{
    int v = blockIdx.x * blockDim.x + threadIdx.x;
    if (v >= n) return;
    for (int e = starts[v]; e < starts[v + 1]; ++e)
        if (edges[e] < v) unite(parent, v, edges[e]);
}

__global__ void flatten(int n, int *parent)
{
    int v = blockIdx.x * blockDim.x + threadIdx.x;
    if (v < n) {
        int root = v;
        while (parent[root] != root) root = parent[root];
        parent[v] = root;
    }
}
"#;

fn union_find(rng: &mut Rng) -> Vec<Case> {
    graphs(rng)
        .iter()
        .map(|g| {
            let own: Vec<i32> = (0..g.n as i32).collect();
            let mut c = Case::new(format!("n={}", g.n));
            let (s, e, p) = (c.input(&g.starts), c.input(&g.edges), c.inout(&own, &g.components()));
            c.launch("hook", blocks(g.n, 32), 32, 0, args![s, e, g.n as i32, p]);
            c.launch("flatten", blocks(g.n, 32), 32, 0, args![g.n as i32, p]);
            c
        })
        .collect()
}

/// Label propagation by atomicMin to a fixed point inside one block.
const LABELS: &str = r#"
__global__ void propagate(const int *starts, const int *edges, int n, unsigned *label, int *rounds)
{
    for (int v = threadIdx.x; v < n; v += blockDim.x) label[v] = v;
    int round = 0, changed;
    do {
        __syncthreads();
        changed = 0;
        for (int v = threadIdx.x; v < n; v += blockDim.x) {
            unsigned mine = label[v];
            for (int e = starts[v]; e < starts[v + 1]; e++)
                if (atomicMin(label + edges[e], mine) > mine) changed = 1;
        }
        round++;
    } while (__syncthreads_or(changed));
    if (threadIdx.x == 0) *rounds = round;
}
"#;

fn labels(rng: &mut Rng) -> Vec<Case> {
    graphs(rng)
        .iter()
        .map(|g| {
            let mut c = Case::new(format!("n={}", g.n));
            let (s, e, l) = (c.input(&g.starts), c.input(&g.edges), c.output(&g.components()));
            let n = g.n as i32;
            let sane = move |got: &[u8]| match i32::from_ne_bytes(got.try_into().unwrap()) {
                r if (1..=n + 1).contains(&r) => Ok(()),
                r => Err(format!("{r} rounds")),
            };
            let r = c.buffer(vec![0; 4], Expect::Judge(Box::new(sane)));
            c.launch("propagate", 1, 64, 0, args![s, e, n, l, r]);
            c
        })
        .collect()
}

/// Triangles by intersecting sorted neighbour lists, every triangle found once.
const TRIANGLES: &str = r#"
__device__ int common(const int *a, const int *aEnd, const int *b, const int *bEnd, int above)
{
    int found = 0;
    while (a < aEnd && b < bEnd) {
        if (*a < *b) ++a;
        else if (*b < *a) ++b;
        else { found += *a > above; ++a; ++b; }
    }
    return found;
}

extern "C" __global__ void triangles(const int *starts, const int *edges, int n, unsigned long long *total, int *per_vertex)
{
    int v = blockIdx.x * blockDim.x + threadIdx.x;
    if (v >= n) return;
    int mine = 0;
    for (int e = starts[v]; e < starts[v + 1]; e++) {
        int u = edges[e];
        if (u > v) mine += common(edges + starts[v], edges + starts[v + 1], edges + starts[u], edges + starts[u + 1], u);
    }
    per_vertex[v] = mine;
    if (mine > 0) atomicAdd(total, (unsigned long long)mine);
}
"#;

fn triangles(rng: &mut Rng) -> Vec<Case> {
    graphs(rng)
        .iter()
        .map(|g| {
            let joined = |a: usize, b: usize| g.neighbours(a).contains(&(b as i32));
            let per: Vec<i32> = (0..g.n)
                .map(|v| {
                    let mut count = 0;
                    for u in v + 1..g.n {
                        count += (u + 1..g.n).filter(|&w| joined(v, u) && joined(u, w) && joined(v, w)).count();
                    }
                    count as i32
                })
                .collect();
            let total: i32 = per.iter().sum();
            let mut c = Case::new(format!("n={}, {total} triangles", g.n));
            let (s, e) = (c.input(&g.starts), c.input(&g.edges));
            let (t, p) = (c.inout(&[0u64], &[total as u64]), c.output(&per));
            c.launch("triangles", blocks(g.n, 32), 32, 0, args![s, e, g.n as i32, t, p]);
            c
        })
        .collect()
}

/// Blocked Floyd-Warshall: the diagonal tile, its row and column, then the rest.
const FLOYD_WARSHALL: &str = r#"
#define B 8
#define INF 1000000

template <int PHASE>
__global__ void fw_phase(int *d, int n, int k)
{
    __shared__ int a[B][B], b[B][B];
    const int x = threadIdx.x, y = threadIdx.y;
    int bi, bj;
    if constexpr (PHASE == 1) {
        bi = bj = k;
    } else if constexpr (PHASE == 2) {
        if (blockIdx.x == k) return;
        bi = blockIdx.y ? blockIdx.x : k;
        bj = blockIdx.y ? k : blockIdx.x;
    } else {
        if (blockIdx.x == k || blockIdx.y == k) return;
        bi = blockIdx.y;
        bj = blockIdx.x;
    }
    int best = d[(bi * B + y) * n + bj * B + x];
    a[y][x] = PHASE == 1 ? best : d[(bi * B + y) * n + k * B + x];
    b[y][x] = PHASE == 1 ? best : d[(k * B + y) * n + bj * B + x];
    __syncthreads();
    for (int m = 0; m < B; m++) {
        best = min(best, a[y][m] + b[m][x]);
        __syncthreads();
        if (PHASE == 1) { a[y][x] = best; b[y][x] = best; }
        if (PHASE == 2) { if (bj == k) a[y][x] = best; else b[y][x] = best; }
        __syncthreads();
    }
    d[(bi * B + y) * n + bj * B + x] = best;
}
"#;

fn floyd_warshall(rng: &mut Rng) -> Vec<Case> {
    [8usize, 24, 40]
        .iter()
        .map(|&n| {
            let d0: Vec<i32> = (0..n * n)
                .map(|e| {
                    if e / n == e % n {
                        0
                    } else if rng.below(5) == 0 {
                        rng.int(1, 100) as i32
                    } else {
                        1_000_000
                    }
                })
                .collect();
            let mut want = d0.clone();
            for k in 0..n {
                for i in 0..n {
                    for j in 0..n {
                        want[i * n + j] = want[i * n + j].min(want[i * n + k] + want[k * n + j]);
                    }
                }
            }
            let tiles = n / 8;
            let mut c = Case::new(format!("n={n}"));
            let d = c.inout(&d0, &want);
            for k in 0..tiles {
                c.launch("fw_phase<1>", 1, (8, 8), 0, args![d, n as i32, k as i32]);
                c.launch("fw_phase<2>", (tiles, 2), (8, 8), 0, args![d, n as i32, k as i32]);
                c.launch("fw_phase<3>", (tiles, tiles), (8, 8), 0, args![d, n as i32, k as i32]);
            }
            c
        })
        .collect()
}

/// Transitive closure on bit rows, and the number of reachable vertices.
const CLOSURE: &str = r#"
typedef unsigned long long mask_t;

__global__ void closure(mask_t *reach, int n, int *count)
{
    int i = threadIdx.x;
    for (int k = 0; k < n; k++) {
        mask_t row = reach[k];
        __syncthreads();
        if (i < n && (reach[i] >> k & 1ull)) reach[i] |= row;
        __syncthreads();
    }
    if (i < n) count[i] = __popcll(reach[i] & ~(1ull << i));
}
"#;

fn closure(rng: &mut Rng) -> Vec<Case> {
    [1usize, 30, 64]
        .iter()
        .map(|&n| {
            let start: Vec<u64> =
                (0..n).map(|_| (0..2).fold(0, |m, _| if rng.below(3) > 0 { m | 1 << rng.below(n) } else { m })).collect();
            let mut want = start.clone();
            for _ in 0..n {
                for i in 0..n {
                    for k in 0..n {
                        if want[i] >> k & 1 == 1 {
                            want[i] |= want[k];
                        }
                    }
                }
            }
            let counts: Vec<i32> = want.iter().enumerate().map(|(i, w)| (w & !(1 << i)).count_ones() as i32).collect();
            let mut c = Case::new(format!("n={n}"));
            let (r, k) = (c.inout(&start, &want), c.output(&counts));
            c.launch("closure", 1, 64, 0, args![r, n as i32, k]);
            c
        })
        .collect()
}

/// Greedy colouring by priorities (Jones-Plassmann), a round a launch.
const COLOURING: &str = r#"
__global__ void colour_round(const int *starts, const int *edges, const unsigned *priority, int n, const int *before, int *after)
{
    int v = blockIdx.x * blockDim.x + threadIdx.x;
    if (v >= n) return;
    if (before[v] >= 0) { after[v] = before[v]; return; }
    unsigned long long used = 0;
    bool ready = true;
    for (int e = starts[v]; ready && e < starts[v + 1]; e++) {
        int u = edges[e];
        if (before[u] < 0) ready = priority[u] < priority[v] || (priority[u] == priority[v] && u < v);
        else used |= 1ULL << before[u];
    }
    after[v] = ready ? __ffsll(~used) - 1 : -1;
}
"#;

fn colouring(rng: &mut Rng) -> Vec<Case> {
    graphs(rng)
        .iter()
        .map(|g| {
            let priority = rng.vec(g.n, |r| r.below(50) as u32);
            let mut colour = vec![-1i32; g.n];
            let mut rounds = 0;
            while colour.contains(&-1) || rounds % 2 == 1 {
                let before = colour.clone();
                for v in (0..g.n).filter(|&v| before[v] < 0) {
                    let near = g.neighbours(v);
                    let key = |u: i32| (priority[u as usize], u);
                    if near.iter().all(|&u| before[u as usize] >= 0 || key(u) < key(v as i32)) {
                        let free = |c: &i32| near.iter().all(|&u| before[u as usize] != *c);
                        colour[v] = (0..).find(free).unwrap();
                    }
                }
                rounds += 1;
            }
            let mut c = Case::new(format!("n={}, {rounds} rounds", g.n));
            let (s, e, p) = (c.input(&g.starts), c.input(&g.edges), c.input(&priority));
            let none = vec![-1i32; g.n];
            let (mut a, mut b) = (c.inout(&none, &colour), c.scratch(&none));
            for _ in 0..rounds {
                c.launch("colour_round", blocks(g.n, 32), 32, 0, args![s, e, p, g.n as i32, a, b]);
                std::mem::swap(&mut a, &mut b);
            }
            c
        })
        .collect()
}

pub fn kernels() -> Vec<Kernel> {
    vec![
        kernel("graph_bfs_levels", S0, BFS_LEVELS, bfs_levels),
        kernel("graph_bfs_queue", S0, BFS_QUEUE, bfs_queue),
        kernel("graph_bellman_ford", S0, BELLMAN_FORD, bellman_ford),
        kernel("graph_union_find", S0, UNION_FIND, union_find),
        kernel("graph_labels", S1, LABELS, labels),
        kernel("graph_triangles", S0, TRIANGLES, triangles),
        kernel("graph_floyd_warshall", S4, FLOYD_WARSHALL, floyd_warshall),
        kernel("graph_closure", S0, CLOSURE, closure),
        kernel("graph_colouring", S0, COLOURING, colouring),
    ]
}
