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

pub fn kernels() -> Vec<Kernel> {
    vec![
        kernel("lang_bytecode", S0, BYTECODE, bytecode),
        kernel("lang_recursion", S3, RECURSION, |r| map_ints("recursion", r, 0, 12, recursion)),
        kernel("lang_quadtree", S3, QUADTREE, quadtree),
        kernel("lang_features", S3, CPLUSPLUS, |r| map_ints("features", r, -5000, 5000, features)),
        kernel("lang_templates", S4, TEMPLATES, templates),
        kernel("lang_fractions", S5, CLASSES, |r| map_ints("fractions", r, -300, 300, fractions)),
        kernel("lang_macros", S0, MACROS, macros).options(&["-DROUNDS=3", "-DUSE_MIX"]),
    ]
}
