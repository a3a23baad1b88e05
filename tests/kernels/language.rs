//! The language itself, as kernels use it: interpreters, dispatch, templates, operators, recursion, warp votes.

use super::case::Stage::*;
use super::case::*;
use super::rng::Rng;

/// `kernel(in, out, n)` on ints, one thread an element, exact.
fn map_ints(kernel: &str, rng: &mut Rng, low: i32, high: i32, f: impl Fn(i32) -> i32) -> Vec<Case> {
    [0usize, 1, 63, 65, 200]
        .iter()
        .map(|&n| {
            let xs = rng.i32s(n, low, high);
            let want: Vec<i32> = xs.iter().map(|&x| f(x)).collect();
            let mut c = Case::new(format!("{kernel} n={n}"));
            let (x, y) = (c.input(&xs), c.output(&want));
            c.launch(kernel, blocks(n, 64), 64, 0, args![x, y, n as i32]);
            c
        })
        .collect()
}

/// A stack machine whose programs come from the host: what a VM offloads.
const BYTECODE: &str = r#"
enum Op { PUSH, LOAD, ADD, SUB, MUL, DIV, LT, JZ, JMP, STORE, HALT };

extern "C" __global__ void interpret(const int *code, const int *inputs, int *results, int *fuel_used, int n)
{
    int id = blockIdx.x * blockDim.x + threadIdx.x;
    if (id >= n) return;
    int stack[16], vars[4] = {inputs[id], 0, 1, id}, sp = 0, pc = 0, fuel = 0;
    for (bool running = true; running && fuel < 1000; ++fuel) {
        switch (code[pc++]) {
        case PUSH: stack[sp++] = code[pc++]; break;
        case LOAD: stack[sp++] = vars[code[pc++] & 3]; break;
        case STORE: vars[code[pc++] & 3] = stack[--sp]; break;
        case ADD: --sp; stack[sp - 1] += stack[sp]; break;
        case SUB: --sp; stack[sp - 1] -= stack[sp]; break;
        case MUL: --sp; stack[sp - 1] *= stack[sp]; break;
        case DIV: --sp; stack[sp - 1] = stack[sp] ? stack[sp - 1] / stack[sp] : 0; break;
        case LT: --sp; stack[sp - 1] = stack[sp - 1] < stack[sp]; break;
        case JZ: if (stack[--sp] == 0) pc = code[pc]; else ++pc; break;
        case JMP: pc = code[pc]; break;
        default: running = false;
        }
    }
    results[id] = vars[1];
    fuel_used[id] = fuel;
}
"#;

fn bytecode(rng: &mut Rng) -> Vec<Case> {
    const PUSH: i32 = 0;
    const LOAD: i32 = 1;
    // while (0 < v0) { v1 = v1 + v0 * v2 / 3; v2 = v2 + v3; v0 = v0 - 1 }
    let code = [
        PUSH, 0, LOAD, 0, 6, 7, 32, LOAD, 1, LOAD, 0, LOAD, 2, 4, PUSH, 3, 5, 2, 9, 1, LOAD, 2, LOAD, 3, 2, 9, 2, LOAD, 0, 8,
        35, 10, 10, 10, 10, PUSH, 1, 3, 9, 0, 8, 0,
    ];
    [1usize, 40, 65]
        .iter()
        .map(|&n| {
            let inputs = rng.i32s(n, -3, 60);
            let (mut results, mut fuels) = (vec![], vec![]);
            for (id, &input) in inputs.iter().enumerate() {
                let (mut v, mut fuel) = ([input, 0i32, 1, id as i32], 0);
                // 4 steps for the test, 19 for a round; the last test ends in HALT.
                loop {
                    if 0 >= v[0] {
                        fuel += 5;
                        break;
                    }
                    v[1] = v[1].wrapping_add(v[0].wrapping_mul(v[2]) / 3);
                    v[2] = v[2].wrapping_add(v[3]);
                    v[0] -= 1;
                    fuel += 22;
                    if fuel >= 1000 {
                        break;
                    }
                }
                // Programs that run out of fuel are kept out: 60 rounds are more than 1000 steps.
                results.push(v[1]);
                fuels.push(fuel);
            }
            let keep: Vec<usize> = (0..n).filter(|&i| fuels[i] < 1000).collect();
            let judge = |want: Vec<i32>, keep: Vec<usize>| -> Judge {
                Box::new(move |got| {
                    for &i in &keep {
                        let g = i32::from_ne_bytes(got[4 * i..][..4].try_into().unwrap());
                        if g != want[i] {
                            return Err(format!("[{i}]: got {g}, expected {}", want[i]));
                        }
                    }
                    Ok(())
                })
            };
            let mut c = Case::new(format!("n={n}"));
            let (p, i) = (c.input(&code), c.input(&inputs));
            let r = c.buffer(vec![0xA5; 4 * n], Expect::Judge(judge(results, keep.clone())));
            let f = c.buffer(vec![0xA5; 4 * n], Expect::Judge(judge(fuels, keep)));
            c.launch("interpret", blocks(n, 32), 32, 0, args![p, i, r, f, n as i32]);
            c
        })
        .collect()
}

const RECURSION: &str = r#"
__device__ int fib(int n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }

__device__ int ackermann(int m, int n)
{
    if (m == 0) return n + 1;
    if (n == 0) return ackermann(m - 1, 1);
    return ackermann(m - 1, ackermann(m, n - 1));
}

__device__ bool odd(unsigned n);
__device__ bool even(unsigned n) { return n == 0 || odd(n - 1); }
__device__ bool odd(unsigned n) { return n != 0 && even(n - 1); }

__device__ void hanoi(int n, int from, int to, int via, int *moves)
{
    if (!n) return;
    hanoi(n - 1, from, via, to, moves);
    *moves = *moves * 3 + from - to;
    hanoi(n - 1, via, to, from, moves);
}

__global__ void recursion(const int *x, int *out, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    int moves = 1;
    hanoi(x[i] % 6, 0, 2, 1, &moves);
    out[i] = fib(x[i]) + 1000 * ackermann(x[i] % 3, x[i] % 5) + (even(x[i]) ? 7 : -7) + moves;
}
"#;

fn recursion(x: i32) -> i32 {
    fn ackermann(m: i32, n: i32) -> i32 {
        match (m, n) {
            (0, _) => n + 1,
            (_, 0) => ackermann(m - 1, 1),
            _ => ackermann(m - 1, ackermann(m, n - 1)),
        }
    }
    fn hanoi(n: i32, from: i32, to: i32, via: i32, moves: &mut i32) {
        if n > 0 {
            hanoi(n - 1, from, via, to, moves);
            *moves = moves.wrapping_mul(3).wrapping_add(from - to);
            hanoi(n - 1, via, to, from, moves);
        }
    }
    let (mut a, mut b) = (0, 1);
    (0..x).for_each(|_| (a, b) = (b, a + b));
    let mut moves = 1;
    hanoi(x % 6, 0, 2, 1, &mut moves);
    (a + 1000 * ackermann(x % 3, x % 5) + if x % 2 == 0 { 7 } else { -7 }).wrapping_add(moves)
}

/// A point quadtree in arrays, built by one thread, searched by all through a recursive function.
const QUADTREE: &str = r#"
struct Tree { const short2 *points; const int (*child)[4]; };

__device__ int quadrant(short2 c, short2 p) { return (p.x >= c.x ? 1 : 0) | (p.y >= c.y ? 2 : 0); }

__global__ void build(const short2 *points, int (*child)[4], int n)
{
    if (threadIdx.x || blockIdx.x) return;
    for (int i = 0; i < n; i++) for (int q = 0; q < 4; q++) child[i][q] = -1;
    for (int i = 1; i < n; i++) {
        int at = 0;
        for (;;) {
            int &slot = child[at][quadrant(points[at], points[i])];
            if (slot < 0) { slot = i; break; }
            at = slot;
        }
    }
}

__device__ int count_in(const Tree &t, int node, short4 box)
{
    if (node < 0) return 0;
    const short2 p = t.points[node];
    int found = p.x >= box.x && p.x < box.z && p.y >= box.y && p.y < box.w;
    for (int q = 0; q < 4; ++q) {
        if ((q & 1) ? box.z <= p.x : box.x >= p.x) continue;
        if ((q & 2) ? box.w <= p.y : box.y >= p.y) continue;
        found += count_in(t, t.child[node][q], box);
    }
    return found;
}

__global__ void query(const short2 *points, const int (*child)[4], const short4 *boxes, int *counts, int n, int m)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= m) return;
    Tree t = {points, child};
    counts[i] = count_in(t, n ? 0 : -1, boxes[i]);
}
"#;

fn quadtree(rng: &mut Rng) -> Vec<Case> {
    [(1usize, 1usize), (50, 33), (200, 65)]
        .iter()
        .map(|&(n, m)| {
            let short = |r: &mut Rng| r.int(-100, 100) as i16;
            let points = rng.vec(n, |r| [short(r), short(r)]);
            let boxes = rng.vec(m, |r| {
                let (x, y) = (short(r), short(r));
                [x, y, x + r.int(0, 90) as i16, y + r.int(0, 90) as i16]
            });
            let want: Vec<i32> = boxes
                .iter()
                .map(|b| points.iter().filter(|p| p[0] >= b[0] && p[0] < b[2] && p[1] >= b[1] && p[1] < b[3]).count() as i32)
                .collect();
            let mut c = Case::new(format!("{n} points, {m} boxes"));
            let (p, t) = (c.input(&points), c.scratch(&vec![[0i32; 4]; n]));
            let (b, o) = (c.input(&boxes), c.output(&want));
            c.launch("build", 1, 32, 0, args![p, t, n as i32]);
            c.launch("query", blocks(m, 32), 32, 0, args![p, t, b, o, n as i32, m as i32]);
            c
        })
        .collect()
}

/// Overloads, default arguments, references, casts, namespaces, aliases, scoped enums, auto, static data.
const CPLUSPLUS: &str = r#"
namespace math {
namespace detail {
    template <typename T> __device__ T twice(T v) { return v + v; }
}
using detail::twice;
__device__ int scale(int v, int by = 3, int plus = 1) { return v * by + plus; }
__device__ float scale(float v, float by = 0.5f) { return v * by; }
__device__ int scale(const int *v) { return scale(*v, 2); }
__host__ __device__ constexpr int square(int v) { return v * v; }
}
namespace m = math;

enum class Shade : unsigned char { Dark = 1, Mid, Light = 10 };
using word = unsigned int;
static __device__ const int primes[] = {2, 3, 5, 7, 11};
constexpr int COUNT = sizeof(primes) / sizeof(primes[0]);
static_assert(COUNT == 5 && m::square(4) == 16, "tables");

__device__ void bump(int &v, const int &by) { v += by; }
__device__ int &pick(int &a, int &b, bool first) { return first ? a : b; }

extern "C" __global__ void features(const int *x, int *out, int n)
{
    const auto i = blockIdx.x * blockDim.x + threadIdx.x;
    if (static_cast<int>(i) >= n) return;
    int a = x[i], b{7};
    bump(a, primes[(word)a % COUNT]);
    pick(a, b, a & 1) += 100;
    int sum = m::scale(a) + m::scale(b, 5) + m::scale(a, 2, -4) + m::scale(&b) + int(m::scale(float(b)));
    sum += math::twice(sum) + math::twice<short>(static_cast<short>(a));
    Shade s = a % 3 == 0 ? Shade::Dark : Shade::Light;
    switch (s) {
    case Shade::Dark: sum -= 1000; break;
    case Shade::Mid: sum = 0; break;
    case Shade::Light: sum += static_cast<int>(s); [[fallthrough]];
    default: sum ^= 0x55;
    }
    int table[m::square(3)] = {1, 2, 3};
    for (auto &t : table) t += sum;
    const auto *raw = reinterpret_cast<const unsigned char *>(&table[2]);
    int comma = (sum++, sum & 3);
    out[i] = sum + table[8] + raw[0] + comma + (a, b);
}
"#;

fn features(x: i32) -> i32 {
    let (mut a, mut b) = (x, 7i32);
    a += [2, 3, 5, 7, 11][(a as u32 % 5) as usize];
    if a & 1 == 1 {
        a += 100;
    } else {
        b += 100;
    }
    let mut sum = a * 3 + 1 + b * 5 + 1 + a * 2 - 4 + b * 2 + 1 + (b as f32 * 0.5) as i32;
    sum += 2 * sum + i32::from((a as i16).wrapping_mul(2));
    sum = if a % 3 == 0 { sum - 1000 } else { (sum + 10) ^ 0x55 };
    let (third, ninth) = (3 + sum, sum);
    sum += 1;
    sum + ninth + (third & 0xff) + (sum & 3) + b
}

/// Specialisation, recursion over template arguments, deduction, `if constexpr`, instantiation by type and value.
const TEMPLATES: &str = r#"
template <int N> __device__ int power(int x)
{
    if constexpr (N == 0) return 1;
    else if constexpr (N % 2) return x * power<N - 1>(x);
    else return power<N / 2>(x * x);
}

template <typename T> __device__ int kind(T) { return 1; }
template <> __device__ int kind<float>(float) { return 2; }
template <> __device__ int kind(unsigned char) { return 3; }
template <typename T> __device__ int kind(T *) { return 4; }

template <typename A, typename B> __device__ auto blend(A a, B b) -> A { return static_cast<A>(a + b * 2); }

template <typename T, int N> __device__ T total(const T (&v)[N])
{
    T s = T();
    for (int i = 0; i < N; i++) s += v[i];
    return s;
}

template <typename T, int N = 4, bool NEGATE = false>
__global__ void templated(const T *x, T *out, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    T window[N];
    for (int k = 0; k < N; k++) window[k] = x[(i + k) % n];
    T v = total(window) + (T)power<N>(2) + (T)kind(window[0]) + (T)(10 * kind(window));
    v = blend(v, (short)1);
    out[i] = NEGATE ? -v : v;
}
"#;

fn templates(rng: &mut Rng) -> Vec<Case> {
    let mut cases = Vec::new();
    for n in [1usize, 3, 64, 65] {
        macro_rules! case {
            ($name:literal, $t:ty, $len:expr, $kind:expr, $sign:expr, $xs:expr) => {{
                let xs: Vec<$t> = $xs;
                let want: Vec<$t> = (0..n)
                    .map(|i| {
                        let sum = (0..$len).fold(0i64, |s, k| s + xs[(i + k) % n] as i64);
                        ($sign * (sum + (1 << $len) + $kind + 40 + 2)) as $t
                    })
                    .collect();
                let mut c = Case::new(format!("{} n={n}", $name));
                let (x, y) = (c.input(&xs), c.output(&want));
                c.launch($name, blocks(n, 32), 32, 0, args![x, y, n as i32]);
                cases.push(c);
            }};
        }
        case!("templated<int>", i32, 4usize, 1, 1, rng.i32s(n, -9999, 9999));
        case!("templated<float, 3>", f32, 3usize, 2, 1, rng.vec(n, |r| r.int(-99, 99) as f32));
        case!("templated<unsigned char, 5, true>", u8, 5usize, 3, -1, rng.bytes(n));
        case!("templated<long long, 1, true>", i64, 1usize, 1, -1, rng.vec(n, |r| r.int(-1 << 40, 1 << 40)));
    }
    cases
}

/// A fixed-capacity container, iterators, nested structs, const overloads, conversion and comparison operators.
const CLASSES: &str = r#"
class Fraction {
    int num, den;
    __device__ static int gcd(int a, int b) { return b == 0 ? (a < 0 ? -a : a) : gcd(b, a % b); }
    __device__ void reduce() { int g = gcd(num, den); if (g > 1) { num /= g; den /= g; } if (den < 0) { num = -num; den = -den; } }
public:
    __device__ Fraction(int n = 0, int d = 1) : num(n), den(d) { reduce(); }
    __device__ Fraction operator+(const Fraction &o) const { return Fraction(num * o.den + o.num * den, den * o.den); }
    __device__ Fraction operator*(const Fraction &o) const { return {num * o.num, den * o.den}; }
    __device__ Fraction operator-() const { return {-num, den}; }
    __device__ Fraction &operator+=(const Fraction &o) { return *this = *this + o; }
    __device__ bool operator<(const Fraction &o) const { return num * o.den < o.num * den; }
    __device__ bool operator==(const Fraction &o) const { return num == o.num && den == o.den; }
    __device__ explicit operator int() const { return num / den; }
    __device__ int numerator() const { return num; }
    __device__ int denominator() const { return den; }
};

struct Stack {
    enum { CAPACITY = 8 };
    Fraction items[CAPACITY];
    int size = 0;
    __device__ Fraction &operator[](int i) { return items[i]; }
    __device__ const Fraction &operator[](int i) const { return items[i]; }
    __device__ Stack &push(const Fraction &f) { if (size < CAPACITY) items[size++] = f; return *this; }
    __device__ const Fraction *begin() const { return items; }
    __device__ const Fraction *end() const { return items + size; }
};

__device__ Fraction best(const Stack &s)
{
    Fraction b = s[0];
    for (const Fraction &f : s) if (b < f) b = f;
    return b;
}

__global__ void fractions(const int *x, int *out, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    int v = x[i];
    Stack s;
    s.push(Fraction(v, 6)).push(-Fraction(v % 5, 4)).push(3);
    s[1] += Fraction(1, 3);
    Fraction sum = s[0] + s[1] * s[2], top = best(s);
    out[i] = sum.numerator() * 1000 + sum.denominator() + (top == s[2] ? 500000 : 0) + (int)top;
}
"#;

fn fractions(v: i32) -> i32 {
    let reduce = |n: i32, d: i32| {
        let (mut a, mut b) = (n.abs(), d.abs());
        while b > 0 {
            (a, b) = (b, a % b);
        }
        let a = a.max(1) * d.signum();
        (n / a, d / a)
    };
    let add = |a: (i32, i32), b: (i32, i32)| reduce(a.0 * b.1 + b.0 * a.1, a.1 * b.1);
    let first = reduce(v, 6);
    let second = add(reduce(-(v % 5), 4), (1, 3));
    let sum = add(first, reduce(second.0 * 3, second.1));
    let less = |a: (i32, i32), b: (i32, i32)| a.0 * b.1 < b.0 * a.1;
    let top = [second, (3, 1)].into_iter().fold(first, |b, f| if less(b, f) { f } else { b });
    sum.0 * 1000 + sum.1 + if top == (3, 1) { 500_000 } else { 0 } + top.0 / top.1
}

/// Votes, ballots, matches and shuffles of several widths; every lane of full warps takes part.
const WARP: &str = r#"
#define FULL 0xffffffffu

__global__ void warp_ops(const int *x, unsigned *out)
{
    const int t = blockIdx.x * blockDim.x + threadIdx.x, lane = threadIdx.x & 31;
    const int v = x[t];
    unsigned *o = out + 12 * t;
    o[0] = __ballot_sync(FULL, v & 1);
    o[1] = __any_sync(FULL, v == 3) != 0;
    o[2] = __all_sync(FULL, v < 9) != 0;
    o[3] = __match_any_sync(FULL, v);
    int same;
    o[4] = __match_all_sync(FULL, v >> 3, &same) + same;
    o[5] = __shfl_sync(FULL, v, v & 31);
    o[6] = __shfl_sync(FULL, v * 3, 5, 8);
    o[7] = __shfl_up_sync(FULL, v, 3, 16);
    o[8] = __shfl_down_sync(FULL, v, 2);
    o[9] = __shfl_xor_sync(FULL, v + lane, 21);
    double wide = __shfl_xor_sync(FULL, v * 0.5, 1);
    long long whole = __shfl_down_sync(FULL, (long long)v << 33, 4, 8);
    o[10] = (unsigned)(wide * 2.0) + (unsigned)(whole >> 33);
    unsigned odd = 0;
    if (v & 1) {
        const unsigned mask = o[0];
        odd = __ballot_sync(mask, v > 4);
        odd += __shfl_sync(mask, (unsigned)v, __ffs(mask) - 1);
    }
    __syncwarp();
    o[11] = odd;
}
"#;

fn warp_ops(rng: &mut Rng) -> Vec<Case> {
    [32usize, 64, 96]
        .iter()
        .map(|&threads| {
            let xs = rng.vec(2 * threads, |r| r.int(0, 8) as i32);
            let mut xs = xs;
            xs[..32].fill(5);
            let mut want = Vec::new();
            for w in xs.chunks(32) {
                let ballot = |f: &dyn Fn(i32) -> bool| (0..32).fold(0u32, |m, l| m | u32::from(f(w[l])) << l);
                let odd = ballot(&|v| v & 1 == 1);
                for lane in 0..32usize {
                    let v = w[lane];
                    let all = w.iter().all(|x| x >> 3 == w[0] >> 3);
                    let up = if lane % 16 >= 3 { w[lane - 3] } else { v };
                    let down = if lane + 2 < 32 { w[lane + 2] } else { v };
                    let down8 = if lane % 8 + 4 < 8 { w[lane + 4] } else { v };
                    let first = odd.trailing_zeros() as usize;
                    let branch = if v & 1 == 1 { (ballot(&|v| v > 4) & odd).wrapping_add(w[first] as u32) } else { 0 };
                    want.push([
                        odd,
                        u32::from(w.contains(&3)),
                        u32::from(w.iter().all(|&x| x < 9)),
                        ballot(&|x| x == v),
                        if all { u32::MAX.wrapping_add(1) } else { 0 },
                        w[v as usize & 31] as u32,
                        (w[lane / 8 * 8 + 5] * 3) as u32,
                        up as u32,
                        down as u32,
                        (w[lane ^ 21] + (lane ^ 21) as i32) as u32,
                        (w[lane ^ 1] + down8) as u32,
                        branch,
                    ]);
                }
            }
            let mut c = Case::new(format!("2x{threads}"));
            let (x, o) = (c.input(&xs), c.output(&want));
            c.launch("warp_ops", 2, threads, 0, args![x, o]);
            c
        })
        .collect()
}

/// Builtin variables of a 3-D launch, written out by every thread.
const INDICES: &str = r#"
extern "C" __global__ void indices(uint4 *out, dim3 extent)
{
    const unsigned x = blockIdx.x * blockDim.x + threadIdx.x, y = blockIdx.y * blockDim.y + threadIdx.y;
    const unsigned z = blockIdx.z * blockDim.z + threadIdx.z;
    if (x >= extent.x || y >= extent.y || z >= extent.z) return;
    const unsigned rank = threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z);
    const unsigned block = (blockIdx.z * gridDim.y + blockIdx.y) * gridDim.x + blockIdx.x;
    out[(z * extent.y + y) * extent.x + x] = make_uint4(rank, block, rank % warpSize, gridDim.x * 10000 + gridDim.y * 100 + gridDim.z);
}
"#;

fn indices(rng: &mut Rng) -> Vec<Case> {
    [(1usize, 1usize, 1usize), (17, 5, 3), (8, 9, 10)]
        .iter()
        .map(|&(ex, ey, ez)| {
            let block = [1 + rng.below(8), 1 + rng.below(8), 1 + rng.below(4)];
            let grid = [ex.div_ceil(block[0]), ey.div_ceil(block[1]), ez.div_ceil(block[2])];
            let want: Vec<[u32; 4]> = (0..ex * ey * ez)
                .map(|i| {
                    let at = [i % ex, i / ex % ey, i / ex / ey];
                    let t: Vec<usize> = (0..3).map(|k| at[k] % block[k]).collect();
                    let b: Vec<usize> = (0..3).map(|k| at[k] / block[k]).collect();
                    let rank = t[0] + block[0] * (t[1] + block[1] * t[2]);
                    let number = (b[2] * grid[1] + b[1]) * grid[0] + b[0];
                    [rank, number, rank % 32, grid[0] * 10000 + grid[1] * 100 + grid[2]].map(|v| v as u32)
                })
                .collect();
            let mut c = Case::new(format!("{ex}x{ey}x{ez} in blocks {block:?}"));
            let (o, e) = (c.output(&want), by_value(&[ex as u32, ey as u32, ez as u32]));
            let args = vec![Arg::from(o), e];
            c.launch("indices", (grid[0], grid[1], grid[2]), (block[0], block[1], block[2]), 0, args);
            c
        })
        .collect()
}

/// Barriers of cooperative groups and the rank of a thread in its block.
const GROUPS: &str = r#"
#include <cooperative_groups.h>
namespace cg = cooperative_groups;

__device__ int sum_of(const cg::thread_block &block, int *scratch, int v)
{
    const int lane = block.thread_rank();
    for (int i = block.size() / 2; i > 0; i /= 2) {
        scratch[lane] = v;
        block.sync();
        if (lane < i) v += scratch[lane + i];
        block.sync();
    }
    return v;
}

__global__ void group_sums(const int *x, int *out)
{
    extern __shared__ int scratch[];
    cg::thread_block block = cg::this_thread_block();
    const unsigned rank = block.thread_rank();
    int s = sum_of(block, scratch, x[blockIdx.x * block.size() + rank]);
    if (rank == 0) out[block.group_index().x] = s + (int)block.size();
}
"#;

fn groups(rng: &mut Rng) -> Vec<Case> {
    [(1usize, 1usize), (2, 4), (16, 8)]
        .iter()
        .map(|&(w, h)| {
            let size = w * h;
            let xs = rng.i32s(3 * size, -1000, 1000);
            let want: Vec<i32> = xs.chunks(size).map(|b| b.iter().sum::<i32>() + size as i32).collect();
            let mut c = Case::new(format!("{w}x{h}"));
            let (x, o) = (c.input(&xs), c.output(&want));
            c.launch("group_sums", (3, 1), (w, h), 4 * size, args![x, o]);
            c
        })
        .collect()
}

/// Several arrays of different types carved out of one dynamic block, with alignment by hand.
const CARVE: &str = r#"
template <typename T> __device__ T *carve(char *&p, int count)
{
    size_t at = (reinterpret_cast<size_t>(p) + sizeof(T) - 1) / sizeof(T) * sizeof(T);
    p = reinterpret_cast<char *>(at) + count * sizeof(T);
    return reinterpret_cast<T *>(at);
}

__global__ void carved(const int *x, double *out, int n)
{
    extern __shared__ __align__(16) char pool[];
    char *p = pool;
    unsigned char *flags = carve<unsigned char>(p, n);
    double *values = carve<double>(p, n);
    short *order = carve<short>(p, n);
    const int i = threadIdx.x;
    if (i < n) {
        flags[i] = (unsigned char)x[i];
        values[i] = x[i] / 4.0;
        order[n - 1 - i] = (short)i;
    }
    __syncthreads();
    if (i < n) out[i] = values[order[i]] + flags[(i + 1) % n];
}
"#;

fn carve(rng: &mut Rng) -> Vec<Case> {
    [1usize, 7, 32, 61]
        .iter()
        .map(|&n| {
            let xs = rng.i32s(n, -100_000, 100_000);
            let want: Vec<f64> = (0..n).map(|i| f64::from(xs[n - 1 - i]) / 4.0 + f64::from(xs[(i + 1) % n] as u8)).collect();
            let mut c = Case::new(format!("n={n}"));
            let (x, o) = (c.input(&xs), c.output(&want));
            c.launch("carved", 1, 64, 12 * n + 16, args![x, o, n as i32]);
            c
        })
        .collect()
}

/// A struct by value with every kind of member, padding between them, arrays and a pointer inside.
const STRUCT_ARGUMENT: &str = r#"
struct Inner { char tag; double weight; };
struct Params {
    unsigned char flag;
    short offsets[3];
    float scale;
    Inner inner;
    const int *data;
    long long big;
    bool negate;
};

__global__ void struct_argument(Params p, float2 extra, const Params *same, double *out, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    double v = p.data ? p.data[i] : i;
    v = v * p.scale + p.offsets[i % 3] + p.inner.weight * p.inner.tag + (double)(p.big >> 40) + p.flag + extra.x * extra.y;
    out[i] = (p.negate ? -v : v) + (same->big == p.big) + sizeof(Params);
}
"#;

fn struct_argument(rng: &mut Rng) -> Vec<Case> {
    [1usize, 65]
        .iter()
        .map(|&n| {
            let (flag, offsets, scale) = (rng.next() as u8, rng.vec(3, |r| r.next() as i16), rng.int(-8, 8) as f32 / 4.0);
            let (tag, weight, big) = (rng.next() as i8, rng.int(-9, 9) as f64 / 8.0, rng.next() as i64);
            let extra = [2.5f32, -4.0];
            let mut p = vec![flag, 0];
            p.extend(bytes_of(&offsets));
            p.extend(bytes_of(&[scale]));
            p.resize(16, 0);
            p.extend([tag as u8, 0, 0, 0, 0, 0, 0, 0]);
            p.extend(bytes_of(&[weight]));
            p.extend([0; 8]);
            p.extend(bytes_of(&[big]));
            p.push(1);
            p.resize(56, 0);
            let want: Vec<f64> = (0..n)
                .map(|i| {
                    let v = i as f64 * f64::from(scale)
                        + f64::from(offsets[i % 3])
                        + weight * f64::from(tag)
                        + (big >> 40) as f64
                        + f64::from(flag)
                        - 10.0;
                    -v + 1.0 + 56.0
                })
                .collect();
            // Small multiples of 1/32: exact with and without fma.
            let mut c = Case::new(format!("n={n}"));
            let (s, o) = (c.input(&p), c.output(&want));
            let mut args = vec![by_value(&p), by_value(&extra)];
            args.extend(args![s, o, n as i32]);
            c.launch("struct_argument", blocks(n, 32), 32, 0, args);
            c
        })
        .collect()
}

/// Generated code: token pasting, stringising, X-macros, variadic macros, conditionals on compile options.
const MACROS: &str = r#"
#define OPS(X) X(add, +) X(sub, -) X(mul, *) X(xor_, ^)
#define DEFINE_OP(name, op) __device__ int do_##name(int a, int b) { return a op b; }
OPS(DEFINE_OP)
#undef DEFINE_OP
#define COUNT_OP(name, op) + 1
enum { OP_COUNT = 0 OPS(COUNT_OP) };
#define STR_(x) #x
#define STR(x) STR_(x)
#define CAT(a, b) a##b
#define CALL(f, ...) CAT(do_, f)(__VA_ARGS__)
#ifndef ROUNDS
#error "ROUNDS comes from the options"
#elif ROUNDS > 2 && defined(USE_MIX)
#define MIX(v) ((v) ^ ((v) >> 3))
#else
#define MIX(v) (v)
#endif
#define UNROLL_1(s) s
#define UNROLL_2(s) UNROLL_1(s) s
#define UNROLL_3(s) UNROLL_2(s) s
#define REPEAT(n, s) CAT(UNROLL_, n)(s)

extern "C" __global__ void macros(const int *x, int *out, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    int v = x[i];
    REPEAT(ROUNDS, v = MIX(v) + 1;)
    switch (i % OP_COUNT) {
#define CASE_OP(name, op) case CAT(CASE_, name): v = CALL(name, v, i); break;
    enum { CASE_add, CASE_sub, CASE_mul, CASE_xor_ };
    OPS(CASE_OP)
    }
    const char *text = STR(ROUNDS) "/" STR(CAT(a, b));
    while (*text) v = v * 7 + *text++;
    out[i] = v + __LINE__ - __LINE__;
}
"#;

fn macros(rng: &mut Rng) -> Vec<Case> {
    [1usize, 65, 130]
        .iter()
        .map(|&n| {
            let xs = rng.i32s(n, -100_000, 100_000);
            let want: Vec<i32> = xs
                .iter()
                .enumerate()
                .map(|(i, &x)| {
                    let mut v = (0..3).fold(x, |v, _| (v ^ (v >> 3)) + 1);
                    let k = i as i32;
                    v = [v.wrapping_add(k), v.wrapping_sub(k), v.wrapping_mul(k), v ^ k][i % 4];
                    b"3/ab".iter().fold(v, |v, &b| v.wrapping_mul(7).wrapping_add(i32::from(b)))
                })
                .collect();
            let mut c = Case::new(format!("n={n}"));
            let (x, o) = (c.input(&xs), c.output(&want));
            c.launch("macros", blocks(n, 64), 64, 0, args![x, o, n as i32]);
            c
        })
        .collect()
}

/// Barriers where they are awkward: in loops with early leavers, in device functions, after a return.
const BARRIERS: &str = r#"
__device__ int rotate_sum(int *s, int v, int rounds)
{
    for (int r = 0; r < rounds; r++) {
        s[threadIdx.x] = v;
        __syncthreads();
        v += s[(threadIdx.x + 1) % blockDim.x];
        if (r == 2) continue;
        __syncthreads();
        v ^= r;
    }
    return v;
}

__global__ void barriers(const int *x, int *out, int rounds, int active)
{
    __shared__ int s[2][64];
    if (blockIdx.x == 1) return;
    int v = x[threadIdx.x];
    if (rounds > 2) {
        v = rotate_sum(s[0], v, 2);
        __syncthreads();
    }
    int turn = 0;
    do {
        s[turn & 1][threadIdx.x] = v;
        __syncthreads();
        if (threadIdx.x < active) v = v * 3 + s[turn & 1][(threadIdx.x + turn + 1) % blockDim.x];
    } while (++turn < rounds);
    int many = __syncthreads_count(v > 0), any = __syncthreads_or(v == 5), all = __syncthreads_and(v != 5);
    out[(blockIdx.x / 2) * blockDim.x + threadIdx.x] = v + many * 2 + any * 100 + all * 1000;
}
"#;

fn barriers(rng: &mut Rng) -> Vec<Case> {
    [(1usize, 1i32, 0usize), (33, 2, 7), (64, 5, 40)]
        .iter()
        .map(|&(threads, rounds, active)| {
            let xs = rng.i32s(threads, -50, 50);
            let mut v = xs.clone();
            let turned = |v: &[i32], by: usize, t: usize| v[(t + by) % v.len()];
            if rounds > 2 {
                for r in 0..2 {
                    v = (0..threads).map(|t| v[t].wrapping_add(turned(&v, 1, t)) ^ r).collect();
                }
            }
            for turn in 0..rounds as usize {
                let next = |t: usize| if t < active { v[t].wrapping_mul(3).wrapping_add(turned(&v, turn + 1, t)) } else { v[t] };
                v = (0..threads).map(next).collect();
            }
            let many = v.iter().filter(|&&x| x > 0).count() as i32;
            let extra = 2 * many + if v.contains(&5) { 100 } else { 1000 };
            let block: Vec<i32> = v.iter().map(|x| x.wrapping_add(extra)).collect();
            let mut c = Case::new(format!("{threads} threads, {rounds} rounds"));
            let (x, o) = (c.input(&xs), c.output(&[block.clone(), block].concat()));
            c.launch("barriers", 3, threads, 0, args![x, o, rounds, active as i32]);
            c
        })
        .collect()
}

pub fn kernels() -> Vec<Kernel> {
    vec![
        kernel("lang_bytecode", S0, BYTECODE, bytecode),
        kernel("lang_recursion", S3, RECURSION, |r| map_ints("recursion", r, 0, 12, recursion)),
        kernel("lang_quadtree", S3, QUADTREE, quadtree),
        kernel("lang_features", S3, CPLUSPLUS, |r| map_ints("features", r, -5000, 5000, features)),
        kernel("lang_templates", S4, TEMPLATES, templates),
        kernel("lang_fractions", S5, CLASSES, |r| map_ints("fractions", r, -300, 300, fractions)),
        kernel("lang_warp_ops", S2, WARP, warp_ops),
        kernel("lang_indices", S1, INDICES, indices),
        kernel("lang_groups", S5, GROUPS, groups),
        kernel("lang_carve", S4, CARVE, carve),
        kernel("lang_struct_argument", S0, STRUCT_ARGUMENT, struct_argument),
        kernel("lang_macros", S0, MACROS, macros).options(&["-DROUNDS=3", "-DUSE_MIX"]),
        kernel("lang_barriers", S1, BARRIERS, barriers),
    ]
}
