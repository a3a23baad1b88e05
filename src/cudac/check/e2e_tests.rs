//! CUDA C through the whole front end and the thread IR interpreter, against numbers from plain Rust.

use crate::cudac::compile::{CompileInput, FrontEnd, front_end};
use crate::cudac::options::Options;
use crate::cudac::thread_ir::FuncId;
use crate::cudac::thread_ir::interp::{InterpLaunch, run};

pub fn compiled(text: &str, kernel: &str, options: &[&str]) -> Result<FrontEnd, String> {
    let list: Vec<String> = options.iter().map(|s| s.to_string()).collect();
    let options = Options::parse(&list);
    front_end(&CompileInput { name: "k.cu", text, kernel, options: &options, headers: &[] })
}

/// Runs one block of `threads` threads (two blocks with `blocks` 2) over one buffer.
fn run_on<T: Copy>(text: &str, kernel: &str, grid: u32, block: u32, data: &mut [T]) {
    let front = compiled(text, kernel, &[]).unwrap_or_else(|log| panic!("{log}"));
    let mut memory: Vec<Vec<u64>> =
        front.module.globals.iter().map(|g| vec![0u64; (g.size as usize).div_ceil(8) + 2]).collect();
    for (g, m) in front.module.globals.iter().zip(&mut memory) {
        // SAFETY: the vector is larger than the initial bytes.
        unsafe { std::ptr::copy_nonoverlapping(g.init.as_ptr(), m.as_mut_ptr().cast::<u8>(), g.init.len()) };
    }
    let globals: Vec<*mut u8> = memory.iter_mut().map(|m| m.as_mut_ptr().cast::<u8>()).collect();
    let params = (data.as_mut_ptr() as u64).to_le_bytes();
    let launch = InterpLaunch {
        grid: [grid, 1, 1],
        block: [block, 1, 1],
        dyn_shared: 1024,
        params: &params,
        globals: &globals,
        step_limit: 10_000_000,
        seed: 0,
        printf: None,
        ranges: None,
    };
    // SAFETY: the kernels of these tests stay within their buffer.
    unsafe { run(&front.module, FuncId(0), &launch) }.unwrap_or_else(|f| panic!("{f:?}"));
}

fn ints(text: &str, kernel: &str, count: usize) -> Vec<i32> {
    let mut data: Vec<i32> = (0..count as i32).map(|i| i * 7 - 3).collect();
    run_on(text, kernel, 1, count as u32, &mut data);
    data
}

#[test]
fn a_plain_kernel_computes() {
    let text = "extern \"C\" __global__ void k(int *p) { int i = threadIdx.x; p[i] = p[i] * 2 + i; }";
    let expect: Vec<i32> = (0..8).map(|i| (i * 7 - 3) * 2 + i).collect();
    assert_eq!(ints(text, "k", 8), expect);
}

/// The first error of a text that must not compile.
fn error_of(text: &str) -> String {
    match compiled(text, "k", &[]) {
        Ok(_) => panic!("compiled: {text}"),
        Err(log) => log.lines().next().unwrap_or("").to_string(),
    }
}

/// One expression of type int, with `x` = 5 and `n` = 3, both unknown to the compiler.
fn value_of(declarations: &str, expression: &str) -> i32 {
    let text = format!(
        "{declarations}\nextern \"C\" __global__ void k(int *p) {{ int x = p[0], n = p[1]; p[2] = ({expression}); }}"
    );
    let mut data = [5, 3, 0, 0];
    run_on(&text, "k", 1, 1, &mut data);
    data[2]
}

#[test]
fn conversions_follow_the_language() {
    let cases: &[(&str, i32)] = &[
        ("(unsigned char)(x + 300)", 49),
        ("(signed char)(x + 123)", -128),
        ("-1 < 0u + (unsigned)x", 0),
        ("(short)40000 + x", -25536 + 5),
        ("x / 2.0 > 2.4", 1),
        ("x / 2 * 2", 4),
        ("(int)(x * 0.1f * 10 == x)", 1),
        ("(int)(0.1f + 0.2f == 0.3f)", 1),
        ("(int)(0.1 + 0.2 == 0.3)", 0),
        ("(int)((float)16777217 == 16777217)", 1),
        ("(int)((float)16777217 == 16777217.0)", 0),
        ("sizeof(x ? 1 : 2.0f)", 4),
        ("sizeof(true + 'a')", 4),
        ("sizeof('a')", 1),
        ("sizeof(1ull * 1) + sizeof(4294967296)", 16),
        ("(int)(-7 / 2) * 10 + -7 % 3", -31),
        ("(unsigned)-1 >> 28", 15),
        ("-16 >> n", -2),
        ("(int)(1.99f + n)", 4),
        ("(bool)(x * 16) + !!n", 2),
        ("(int)(long long)3e9 == -1294967296", 1),
        ("(char)0x80 < 0", 1),
        ("(unsigned long long)-1 == ~0ull", 1),
        ("x > n ? -1 : 1u", -1),
        ("(int)sizeof(float4) + (int)alignof(double2)", 32),
    ];
    for (expression, expected) in cases {
        assert_eq!(value_of("", expression), *expected, "{expression}");
    }
}

#[test]
fn overloads_are_chosen_as_in_cpp() {
    let set = "__device__ int f(int) { return 1; } __device__ int f(float) { return 2; } \
               __device__ int f(double) { return 3; } __device__ int f(long long) { return 4; } \
               template<class T> __device__ int f(T *) { return 5; } \
               __device__ int f(const char *) { return 6; } \
               struct A { int v; __device__ A(int q) : v(q) {} __device__ operator int() const { return v; } }; \
               __device__ int g(const A &) { return 7; } __device__ int g(double) { return 8; } \
               __device__ int h(A &) { return 9; } __device__ int h(const A &) { return 10; } \
               template<class T> __device__ int t(T) { return 11; } \
               template<class T> __device__ int t(T *) { return 12; } \
               template<> __device__ int t<float>(float) { return 13; } __device__ int t(char) { return 14; } \
               __device__ int d(int a, int b = 40, int c = 2) { return a + b + c; } \
               __device__ int atomicAdd(int *, const char *) { return 15; }";
    let cases: &[(&str, i32)] = &[
        ("f(x)", 1),
        ("f('a')", 1),
        ("f(1.0f)", 2),
        ("f(1.0)", 3),
        ("f(1ll)", 4),
        ("f(&x)", 5),
        ("f(\"s\")", 6),
        ("g(A(1))", 7),
        ("g(x)", 8),
        ("A(6) + x", 11),
        ("h(*new_a(p))", 9),
        ("h(A(1))", 10),
        ("t(x)", 11),
        ("t(p)", 12),
        ("t(1.5f)", 13),
        ("t('c')", 14),
        ("t<int>('c')", 11),
        ("d(x)", 47),
        ("d(x, n)", 10),
        ("atomicAdd(p + 3, \"\")", 15),
        ("atomicAdd(p + 3, 8) + p[3]", 8),
        ("max(x, n) * 100 + min(x, n)", 503),
    ];
    let set = format!("{set} __device__ A *new_a(int *p) {{ return (A *)p; }}");
    for (expression, expected) in cases {
        assert_eq!(value_of(&set, expression), *expected, "{expression}");
    }
}

#[test]
fn classes_and_templates_compute() {
    let text = "template<class T, int N> struct Arr { T d[N]; static const int size = N; \
                __device__ T &operator[](int i) { return d[i]; } __device__ T sum() const; }; \
                template<class T, int N> __device__ T Arr<T, N>::sum() const { T s = 0; for (int i = 0; i < N; ++i) s += d[i]; return s; } \
                template<class T> struct Kind { static const int id = 1; }; \
                template<class T> struct Kind<T *> { static const int id = 2; }; \
                template<> struct Kind<float> { static const int id = 3; }; \
                struct Base { int a; __device__ int get() const { return a; } }; \
                struct Derived : Base { int b = 4; __device__ Derived(int q) { a = q * 2; } }; \
                struct Count { int *p; __device__ Count(int *q) : p(q) { ++*p; } __device__ Count(const Count &o) : p(o.p) { ++*p; } \
                __device__ ~Count() { --*p; } }; \
                __device__ int alive(Count c) { return *c.p; } \
                constexpr int fib(int n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); } \
                template<int N> __device__ int down() { if constexpr (N > 0) return N + down<N - 1>(); else return 0; } \
                extern \"C\" __global__ void k(int *p) { Arr<int, fib(6)> a = {}; a[1] = 3; a[7] = 4; \
                p[0] = a.sum() * 100 + Arr<float, 5>::size; p[1] = Kind<int>::id + 10 * Kind<int *>::id + 100 * Kind<float>::id; \
                Derived d(3); p[2] = d.get() * 10 + d.b; p[3] = 0; { Count c(p + 3); p[4] = alive(c); Count e = c; p[5] = p[3]; } \
                p[6] = p[3]; p[7] = down<4>(); }";
    assert_eq!(ints_of(text, 8), [705, 321, 64, 0, 2, 2, 0, 10]);
}

#[test]
fn two_packs_of_different_lengths_are_deduced() {
    let text = "template <class... T> struct Tup {};
         template <class T, class U> struct Two { static const int n = -1; };
         template <class... A, class... B> struct Two<Tup<A...>, Tup<B...>> {
             static const int n = 10 * sizeof...(A) + sizeof...(B);
         };
         template <class T, class U> struct Same { static const int n = 0; };
         template <class... B> struct Same<Tup<B...>, Tup<B...>> { static const int n = 1 + sizeof...(B); };
         template <class... A, class... B> __device__ int f(Tup<A...>, B... b) {
             return 10 * sizeof...(A) + sizeof...(B);
         }";
    let wanted = [
        ("Two<Tup<int, char>, Tup<int>>::n", 21),
        ("Two<Tup<int, char, int>, Tup<>>::n", 30),
        ("Two<Tup<int>, Tup<int, char>>::n", 12),
        ("Same<Tup<int, char>, Tup<int>>::n", 0),
        ("Same<Tup<int>, Tup<>>::n", 0),
        ("Same<Tup<int, char>, Tup<int, char>>::n", 3),
        ("f(Tup<int, int, int>{}, 1, 2.0)", 32),
        ("f(Tup<int>{}, 1, 2.0, 'a')", 13),
        ("f<int, int>(Tup<int, int>{}, 1.0, 2, 3)", 23),
    ];
    for (expression, want) in wanted {
        assert_eq!(value_of(text, expression), want, "{expression}");
    }
}

#[test]
fn what_may_follow_the_const_of_a_method() {
    let text = "struct S { int v;
         __device__ int a() const __attribute__((noinline)) { return v; }
         __device__ int b() volatile const { return v * 10; }
         __device__ int c() const volatile noexcept { return v * 100; }
         __device__ auto d() const & noexcept -> int { return v * 1000; } };";
    assert_eq!(value_of(text, "S{x}.a() + S{x}.b() + S{x}.c()"), 555);
    assert_eq!(value_of(text, "S{n}.d() + S{x}.a()"), 3005);
}

fn ints_of(text: &str, count: usize) -> Vec<i32> {
    let mut data = vec![-1; count];
    run_on(text, "k", 1, 1, &mut data);
    data
}

#[test]
fn errors_name_the_construct_and_the_line() {
    let k = |body: &str| {
        format!("struct S {{ int a; }};\n__device__ int f(int x);\n__global__ void k(int *p) {{\n{body}\n}}")
    };
    let cases: &[(&str, &str)] = &[
        ("p[0] = foo;", "k.cu(4): error: identifier \"foo\" is undefined"),
        ("S s; p[0] = s.b;", "k.cu(4): error: class \"S\" has no member \"b\""),
        ("const int c = 1;\nc = 2;", "k.cu(5): error: expression must be a modifiable lvalue"),
        (
            "int *q = 1.5;",
            "k.cu(4): error: a value of type \"double\" cannot be used to initialize an entity of type \"int *\"",
        ),
        ("f(1, 2);", "k.cu(4): error: too many arguments in function call"),
        ("f();", "k.cu(4): error: too few arguments in function call"),
        (
            "f(p);",
            "k.cu(4): error: argument of type \"int *\" is incompatible with parameter of type \"int\"",
        ),
        ("S s; s + 1;", "k.cu(4): error: no operator \"+\" matches these operands"),
        ("break;", "k.cu(4): error: a break statement may only be used within a loop or switch"),
        ("int a[p[0]];", "k.cu(4): error: expression must have a constant value"),
        ("struct T t;", "k.cu(4): error: incomplete type \"T\" is not allowed"),
        ("static_assert(sizeof(int) == 8, \"no\");", "k.cu(4): error: static assertion failed with \"no\""),
        (
            "atomicAdd(p, p);",
            "k.cu(4): error: no instance of overloaded function \"atomicAdd\" matches the argument list",
        ),
        ("auto g = [](int x) { return x + n2; }; g(1);", "k.cu(4): error: identifier \"n2\" is undefined"),
        ("goto away;", "k.cu(4): error: label \"away\" was referenced but not defined"),
        ("p[0] = 1.5 % 2;", "k.cu(4): error: expression must have integral or unscoped enum type"),
        ("p[0] = f(1);", "k.cu(4): error: function \"f(int)\" was referenced but not defined"),
        (
            "auto t = cooperative_groups::tiled_partition<64>(cooperative_groups::this_thread_block());",
            "<cooperative groups>(86): error: static assertion failed with \"tiles of a power of two up to 32 threads are \
             supported\"",
        ),
        (
            "cooperative_groups::this_grid().sync();",
            "k.cu(4): error: barriers across all blocks are not supported yet: `sync`",
        ),
        ("int x; int x;", "k.cu(4): error: \"x\" has already been declared in the current scope"),
    ];
    for (body, expected) in cases {
        assert_eq!(error_of(&k(body)), *expected, "{body}");
    }
}

#[test]
fn pointers_never_written_through_are_read_only() {
    let text = "__device__ float get(const float *q, int i) { return q[i]; } __device__ void put(float *q) { *q = 1; } \
                __global__ void k(float *a, float *b, float *c, float *d, const float *e, float *g) { \
                const float *w = b + 1; a[0] = get(w, 2) + *e; put(c + 1); float *h = d; h += 2; *h++ = 3; atomicAdd(g, 1.0f); }";
    let front = compiled(text, "k", &[]).unwrap_or_else(|log| panic!("{log}"));
    let flags: Vec<bool> = front.program.kernel_params.iter().map(|p| p.read_only).collect();
    assert_eq!(flags, [false, true, false, false, true, false]);
    assert!(front.program.kernel_params[4].pointee_const && front.program.kernel_params[4].offset == 32);
}

/// Broken variants of a rich text: an answer each time, and never a panic.
#[test]
fn mutated_texts_do_no_harm() {
    let seed = "template<class T, int N = 4> struct V { T d[N]; __device__ V(T a = 0) { for (int i = 0; i < N; ++i) d[i] = a; } \
                __device__ T &operator[](int i) { return d[i]; } }; enum E { A = 1, B }; typedef float (*fp)(float); \
                __device__ float sq(float x) { return x * x; } template<class T> __device__ T pick(T a, T b) { return a < b ? a : b; } \
                __constant__ int tab[2] = {1, 2}; namespace ns { struct S { int a : 3; union { float f; int i; }; }; } \
                __global__ void k(float *p, int n) { V<float> v(2); ns::S s = {1, {2.0f}}; fp f = sq; __shared__ int sh[8]; \
                switch (n) { case A: p[0] = v[1]; break; default: p[1] = f(s.f); } auto x = pick<int>(n, 3); \
                for (auto &e : v.d) e += tab[x & 1]; sh[threadIdx.x] = (int)p[2]; __syncthreads(); if (n > 2) goto end; \
                p[3] = static_cast<float>(sh[0]) + sizeof(s) + atomicAdd(sh, 1); end: while (n--) p[n] *= 2; }";
    let words: Vec<&str> = seed.split_inclusive([' ', '(', ')', ';', '<', '>', ',', '{', '}']).collect();
    let mut state = 0x2545_f491_4f6c_dd1du64;
    let mut next = |n: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % n as u64) as usize
    };
    let mut compiled_count = 0;
    for _ in 0..400 {
        let mut text: Vec<&str> = words.clone();
        for _ in 0..=next(2) {
            let (a, b) = (next(text.len()), next(text.len()));
            match next(3) {
                0 => drop(text.remove(a)),
                1 => text.swap(a, b),
                _ => text.insert(a, words[b]),
            }
        }
        match compiled(&text.concat(), "k", &[]) {
            Ok(_) => compiled_count += 1,
            Err(log) => {
                assert!(log.contains("error"), "{log}");
                assert!(!log.contains("internal compiler error"), "{}\n{log}", text.concat());
            }
        }
    }
    assert!(compiled_count > 10, "{compiled_count}");
}

#[test]
fn endless_texts_end() {
    let deep = format!("__global__ void k(int *p) {{ p[0] = {}1{}; }}", "-(".repeat(5000), ")".repeat(5000));
    assert!(error_of(&deep).contains("error"));
    let chain = format!("__global__ void k(int *p) {{ p[0] = 1{}; }}", " + p[1]".repeat(600));
    assert!(compiled(&chain, "k", &[]).is_ok());
    let text = "template<int N> __device__ int f() { return f<N + 1>(); } __global__ void k(int *p) { p[0] = f<0>(); }";
    assert!(error_of(text).contains("excessive recursion"));
    let text = "template<int N> struct S { typename S<N + 1>::T x; }; __global__ void k(int *p) { S<0> s; }";
    assert!(error_of(text).contains("error"));
    let text = "constexpr int f(int n) { while (true) ++n; return n; } __global__ void k(int *p) { constexpr int x = f(1); }";
    assert!(error_of(text).contains("too many evaluation steps"));
}
