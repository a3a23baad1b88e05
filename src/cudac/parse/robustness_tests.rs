//! Broken and hostile texts: no panic, no hang, bounded depth.

use std::time::{Duration, Instant};

use super::tests::log;

const SEEDS: &[&str] = &[
    "#define N 16\n#define MAX(a,b) ((a) > (b) ? (a) : (b))\nextern \"C\" __global__ void k(const float *__restrict__ a, float *b, int n)\n{\n  __shared__ float s[N][N + 1];\n  int i = blockIdx.x * blockDim.x + threadIdx.x;\n  for (int j = 0; j < N; ++j) { s[j][i % N] = a[MAX(i, j)]; __syncthreads(); }\n  if (i < n) b[i] = s[0][i % N] * 2.0f; else b[0] = (float)i;\n}\n",
    "template <typename T, int N> struct Vec { T v[N]; __device__ T &operator[](int i) { return v[i]; } Vec<T, N> operator+(const Vec &o) const { Vec r; for (int i = 0; i < N; i++) r.v[i] = v[i] + o.v[i]; return r; } };\ntemplate <class T> __global__ void add(Vec<T, 4> *a) { auto x = a[threadIdx.x]; a[0] = x + x; }\ntemplate __global__ void add<float>(Vec<float, 4> *);\n",
    "#if defined(A) && (B > 3 || !defined C)\n#include <math.h>\n#elif 1\n#include <cstdint>\n#endif\nnamespace n { enum class E : int { A = 1 << 3, B }; using u = uint32_t; typedef struct s { u a : 3; struct s *next; } s_t; }\n__device__ int f(n::E e, n::s_t *p = nullptr) { switch ((int)e) { case 1: case 2: return p->a; default: goto out; } out: return sizeof(n::s_t) ? -1 : +1; }\n",
    "__constant__ int c[] = {1, 2, 3}; static __device__ unsigned long long g = 0xffULL;\n__device__ float op(float (*fn)(float, int), float x) { do { x = fn(x, 'a' + '\\n'); } while (x < 1e-3f); return static_cast<float>(x) + reinterpret_cast<int *>(&g)[0]; }\n__global__ void m() { auto l = [=](int q) { return q; }; asm(\"nop;\"); op<<<1, 2>>>(0); printf(\"%d \\\"%s\\n\", R\"(x)\", \"y\" \"z\"); }\n",
];

/// A small generator of its own, so that a failure can be repeated.
struct Random(u64);

impl Random {
    fn next(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % below.max(1) as u64) as usize
    }
}

fn boundary(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[test]
fn mutated_texts_neither_panic_nor_hang() {
    const PIECES: &[&str] = &[
        "<",
        ">",
        ">>",
        "<<<",
        "(",
        ")",
        "{",
        "}",
        "[",
        "]",
        ";",
        ",",
        "::",
        "template",
        "struct",
        "operator",
        "~",
        "...",
        "#",
        "##",
        "\n#if 1\n",
        "\n#endif\n",
        "\n#define X(a) a X(\n",
        "\"",
        "'",
        "\\\n",
        "/*",
        "*/",
        "//",
        "R\"(",
        "= ",
        "&&",
        "using ",
        "typename ",
        "int ",
        "0x",
        "1e",
        "\u{e4}",
        "\u{0}",
        "sizeof",
        "class",
        "enum",
        "if",
        "else",
        "case",
        "default:",
        "static_cast<",
        "decltype(",
        "friend",
        "T",
        "a",
        "return",
        "alignas(",
        "__attribute__((",
        "[[",
        "]]",
        "->",
        ".*",
        "?",
        ":",
        "auto",
        "for(",
    ];
    let mut random = Random(7);
    let start = Instant::now();
    let mut slowest = (Duration::ZERO, String::new());
    for round in 0..6000 {
        let mut text = SEEDS[round % SEEDS.len()].to_string();
        for _ in 0..1 + random.next(4) {
            let at = boundary(&text, random.next(text.len() + 1));
            match random.next(5) {
                0 => text.truncate(at),
                1 => text.insert_str(at, PIECES[random.next(PIECES.len())]),
                2 => {
                    let end = boundary(&text, (at + random.next(12)).min(text.len()));
                    text.replace_range(at..end, "");
                }
                3 => {
                    let end = boundary(&text, (at + random.next(60)).min(text.len()));
                    let piece = text[at..end].to_string();
                    let to = boundary(&text, random.next(text.len() + 1));
                    text.insert_str(to, &piece);
                }
                _ => {
                    let end = boundary(&text, (at + 1 + random.next(3)).min(text.len()));
                    text.replace_range(at..end, PIECES[random.next(PIECES.len())]);
                }
            }
        }
        let began = Instant::now();
        let log = log(&text);
        let took = began.elapsed();
        assert!(log.lines().filter(|l| l.contains(": error: ")).count() <= 60, "cascade:\n{text}\n{log}");
        if took > slowest.0 {
            slowest = (took, text);
        }
    }
    assert!(slowest.0 < Duration::from_secs(5), "{:?} for:\n{}", slowest.0, slowest.1);
    assert!(start.elapsed() < Duration::from_secs(300), "{:?}", start.elapsed());
}

#[test]
fn depth_is_bounded() {
    let many = |open: &str, close: &str| {
        let n = 20_000;
        format!("void f() {{ x = {}1{}; }}", open.repeat(n), close.repeat(n))
    };
    let deep = [
        many("(", ")"),
        many("-", ""),
        many("!", ""),
        many("(int)", ""),
        many("f(", ")"),
        many("a[", "]"),
        many("{", "}"),
        many("a ? ", " : b"),
        many("a ? b : ", ""),
        many("1 + ", ""),
        many("a = ", ""),
        many("a < b || ", ""),
        many("sizeof ", ""),
        many("[]{ return ", "; }"),
        many("T<", ">"),
        many("a<", ""),
        many("a.", "b"),
        many("&", ""),
        many("*", ""),
        many("new ", ""),
        format!("void f() {{ {} }}", "{".repeat(20_000) + &"}".repeat(20_000)),
        format!("void f() {{ {} ; }}", "if (x) ".repeat(20_000)),
        format!("void f() {{ {} ; }}", "if (x) a; else ".repeat(20_000)),
        format!("void f() {{ {} ; }}", "while (x) ".repeat(20_000)),
        format!("void f() {{ {} ; }}", "case 1: ".repeat(20_000)),
        format!("void f() {{ {} ; }}", "a: ".repeat(20_000)),
        format!("int {}x{};", "(".repeat(20_000), ")".repeat(20_000)),
        format!("int {}x;", "*".repeat(20_000)),
        format!("int x{};", "[1]".repeat(20_000)),
        format!("int f{};", "(int (".repeat(20_000)),
        "struct S { ".repeat(20_000),
        "namespace a { ".repeat(20_000),
        format!("namespace {}x {{ }}", "a::".repeat(20_000)),
        "template<class T> ".repeat(20_000) + "int x;",
        "template<template<".repeat(20_000),
        "extern \"C\" { ".repeat(20_000),
        format!("{}int x;", "decltype(".repeat(20_000)),
        format!("A{} x;", "<A".repeat(20_000)),
        format!("{}int x;", "friend ".repeat(20_000)),
        format!("x{};", "::y".repeat(20_000)),
        format!("int x = {};", "a<b>::".repeat(5_000)),
        format!("void f() {{ {} }}", "a < b > c ; ".repeat(5_000)),
        format!("int x = {};", "a < (b > ".repeat(5_000)),
    ];
    for text in deep {
        let shown = &text[..60];
        let began = Instant::now();
        let log = log(&text);
        // Most of these are errors; what matters is that there are few, and soon.
        assert!(log.lines().filter(|l| l.contains(": error: ")).count() <= 10, "{shown}\n{log}");
        assert!(began.elapsed() < Duration::from_secs(20), "{:?}: {shown}", began.elapsed());
    }
}

#[test]
fn generous_but_real_programs_pass() {
    assert_eq!(log(include_str!("testdata/odds_and_ends.cu")), "");
    let sum = format!("void f() {{ x = {}1; }}", "a + ".repeat(900));
    assert_eq!(log(&sum), "");
    let chain = format!("void f() {{ {} ; }}", "if (x == 1) a(); else ".repeat(900));
    assert_eq!(log(&chain), "");
    let parens = format!("void f() {{ x = {}1{}; }}", "(".repeat(40), ")".repeat(40));
    assert_eq!(log(&parens), "");
    let cases: String = (0..900).map(|i| format!("case {i}: ")).collect();
    assert_eq!(log(&format!("void f() {{ switch (x) {{ {cases} g(); }} }}")), "");
    let big = "__device__ float f(float x) { return x * 2.0f + 1.0f; }\n".replace("f(", "g(").repeat(20_000);
    assert_eq!(log(&big), "");
}
