//! Texts with the mistakes people make: each is refused on the right line (marked `//<`) in words that say what is wrong.

use crate::support::{compile_text, complaint, first_line, is_refused_at};

/// A phrase of the first error, and bodies of `extern "C" __global__ void k(float *x, const float *y, int n)`.
const BODIES: &[(&str, &str)] = &[
    // Punctuation.
    ("expected a \";\"", "int i = threadIdx.x //<\nx[i] = 1; //<"),
    ("expected a \";\"", "x[0] = y[0] //<\n}  //<\n__device__ void g() {"),
    ("expected a \";\"", "for (int i = 0; i < n i++) x[i] = 0; //<"),
    ("expected a \")\"", "x[0] = (y[0] + 1; //<"),
    ("expected a \")\"", "if (n > 3 { x[0] = 1; } //<"),
    ("expected a \"]\"", "x[0 = 1; //<"),
    ("expected", "x[0] = y[0]); //<"),
    ("expected", "x[0]] = 1; //<"),
    ("expected an expression", "x[0] = ; //<"),
    ("expected an expression", "x[0] = * 2 + ; //<"),
    ("expected an expression", "x[0] = y[0] + / 2; //<"),
    ("expected", "if n > 3 x[0] = 1; //<"),
    ("expected", "for (int i = 0, i < n, i++) x[i] = 0; //<"),
    ("expected", "while n { } //<"),
    ("else", "x[0] = 1; else x[0] = 2; //<"),
    ("expected", "do { x[0] = 1; } (n > 3); //<"),
    ("expected", "switch (n) { case: x[0] = 1; } //<"),
    ("", "float 2x = 3; //<"),
    ("missing closing quote", "printf(\"hello %d, n); //<"),
    // Names.
    ("identifier \"z\" is undefined", "x[0] = z[0]; //<"),
    ("identifier \"thraedIdx\" is undefined", "int i = thraedIdx.x; //<\nx[i] = 1;"),
    ("identifier \"blockIDx\" is undefined", "\n\nint i = blockIDx.x; //<"),
    ("\"w\"", "int i = threadIdx.w; //<"),
    ("identifier \"__synchthreads\" is undefined", "x[0] = 1;\n__synchthreads(); //<"),
    ("identifier \"sqroot\" is undefined", "x[0] = sqroot(y[0]); //<"),
    ("identifier \"atomicAd\" is undefined", "atomicAd(x, 1.0f); //<"),
    ("identifier \"flaot\" is undefined", "flaot a = 1; //<"),
    ("identifier \"uint31_t\" is undefined", "uint31_t a = 1; //<"),
    ("identifier \"i\" is undefined", "for (int i = 0; i < n; i++) x[i] = 0;\nx[i] = 1; //<"),
    ("identifier \"tmp\" is undefined", "if (n) { float tmp = 1; }\nx[0] = tmp; //<"),
    ("identifier \"make_flaot4\" is undefined", "float4 v = make_flaot4(1, 2, 3, 4); //<"),
    ("identifier \"SIZE\" is undefined", "__shared__ float s[SIZE]; //<"),
    ("identifier \"NULLPTR\" is undefined", "float *p = NULLPTR; //<"),
    // Types and values.
    ("no member", "float4 v = make_float4(1, 2, 3, 4);\nx[0] = v.q; //<"),
    ("no member", "struct S { int a; };\nS s;\ns.b = 1; //<"),
    ("class", "x.a = 1; //<"),
    ("pointer", "struct S { int a; };\nS s;\ns->a = 1; //<"),
    ("operand of \"*\" must be a pointer", "x[0] = *n; //<"),
    ("pointer", "int a = 3;\nx[0] = a[0]; //<"),
    ("modifiable lvalue", "y[0] = 1; //<"),
    ("modifiable lvalue", "const int a = 1;\na = 2; //<"),
    ("modifiable lvalue", "3 = n; //<"),
    ("modifiable lvalue", "n + 1 = 3; //<"),
    ("", "threadIdx.x = 3; //<"),
    ("cannot be used to initialize", "int *p = x; //<"),
    ("cannot be used to initialize", "float *p = y; //<"),
    ("cannot be assigned", "int *p;\np = x; //<"),
    ("cannot be used to initialize", "int *p = 3; //<"),
    ("", "int i = x; //<"),
    ("integral", "x[0] = y[0] % 2; //<"),
    ("integral", "x[0] = y[0] << 2; //<"),
    ("integral", "x[y[0]] = 1; //<"),
    ("", "float4 v = make_float4(1, 2, 3, 4);\nx[0] = v; //<"),
    ("", "float3 a = make_float3(1, 2, 3), b = a;\na = a + b; //<"),
    ("", "x = x + y; //<"),
    ("constant value", "float a[n]; //<\na[0] = 1;"),
    ("constant value", "__shared__ float a[n]; //<\na[0] = 1;"),
    ("constant value", "switch (n) {\ncase n: x[0] = 1; //<\n}"),
    ("case label", "switch (n) {\ncase 1: x[0] = 1;\ncase 1: x[1] = 2; //<\n}"),
    ("", "case 1: x[0] = 1; //<"),
    ("break", "break; //<"),
    ("continue", "continue; //<"),
    ("label", "goto out; //<"),
    ("already", "int a = 1;\nint a = 2; //<\nx[0] = a;"),
    ("already", "int n = 1; //<"),
    ("auto", "auto a; //<"),
    ("reference", "int &r; //<"),
    ("", "int &r = 3; //<"),
    ("void", "void v; //<"),
    ("too many initializer", "int a[2] = { 1, 2, 3 }; //<\nx[0] = a[0];"),
    ("", "int a[] ; //<\na[0] = 1;"),
    ("", "signed float f = 1; //<"),
    ("return value", "return 1; //<"),
    ("return value", "if (n > 3)\n    return x[0]; //<"),
    // Calls.
    ("too few arguments", "x[0] = fmaf(1.0f, 2.0f); //<"),
    ("too many arguments", "x[0] = sqrtf(1.0f, 2.0f); //<"),
    ("", "atomicAdd(x[0], 1.0f); //<"),
    ("", "atomicAdd(x); //<"),
    ("", "n(3); //<"),
    ("", "x[0] = sinf(x); //<"),
    ("", "__syncthreads(1); //<"),
    ("", "float v = __shfl_sync(~0u); //<"),
    ("", "float4 v = make_float4(1, 2, 3, 4, 5); //<"),
    // What is not there.
    ("asm", "asm(\"mov.u32 %0, 1;\" : \"=r\"(n)); //<"),
    ("expected a \"(\"", "asm\n); //<"),
    ("expected a \"(\"", "asm volatile x; //<"),
    ("capture list", "auto f = [](int a) { return a + n; }; //<\nx[0] = f(1);"),
    ("exception", "try { x[0] = 1; } catch (...) { } //<"),
    ("exception", "if (n) throw 1; //<"),
    ("new", "int *p = new int[4]; //<"),
    ("delete", "delete x; //<"),
    ("std::vector", "std::vector<int> v; //<"),
    ("std", "std::cout << n; //<"),
    ("dynamic_cast", "int *p = dynamic_cast<int *>(x); //<"),
    ("typeid", "x[0] = typeid(n).hash_code(); //<"),
    ("cudaMalloc", "cudaMalloc(&x, 4); //<"),
    ("tex2D", "x[0] = tex2D<float>(0, 1, 2); //<"),
    ("half", "half h = 1; //<"),
    ("kernel", "k<<<1, 1>>>(x, y, n); //<"),
    ("", "__shared__ float s = 1; //<"),
];

/// Whole texts.
const TEXTS: &[(&str, &str)] = &[
    ("identifier \"undefined_t\" is undefined", "extern \"C\" __global__ void k(undefined_t *x) { } //<"),
    ("return", "extern \"C\" __global__ int k(int *x) { return 1; } //<"),
    ("", "extern \"C\" __global__ k(int *x) { x[0] = 1; } //<"),
    ("", "__device__ f(int a) { return a; } //<\nextern \"C\" __global__ void k(int *x) { x[0] = f(1); }"),
    (
        "must return a value",
        "__device__ int f(int a) { return; } //<\nextern \"C\" __global__ void k(int *x) { x[0] = f(1); }",
    ),
    ("expected a \"}\"", "extern \"C\" __global__ void k(int *x) {\n  if (x[0]) {\n    x[0] = 1;\n} //<"),
    ("expected", "extern \"C\" __global__ void k(int *x) {\n  x[0] = 1;\n}\n} //<"),
    ("expected", "extern \"C\" __global__ void k(int *x { x[0] = 1; } //<"),
    ("expected", "struct S { int a; } //<\nextern \"C\" __global__ void k(int *x) { x[0] = 1; } //<"),
    ("#endif", "#ifdef A //<\nint a;\nextern \"C\" __global__ void k(int *x) { x[0] = 1; }\n//<"),
    ("#endif", "#endif //<\nextern \"C\" __global__ void k(int *x) { x[0] = 1; }"),
    ("#else", "#else //<\nextern \"C\" __global__ void k(int *x) { x[0] = 1; }"),
    ("nothing.h", "\n#include \"nothing.h\" //<\nextern \"C\" __global__ void k(int *x) { x[0] = 1; }"),
    (
        "nothing/here.cuh",
        "#include <nothing/here.cuh> //<\nextern \"C\" __global__ void k(int *x) { x[0] = 1; }",
    ),
    (
        "own words",
        "#if !defined(A)\n#error own words //<\n#endif\nextern \"C\" __global__ void k(int *x) { x[0] = 1; }",
    ),
    ("F", "#define F(a, b) a + b\nextern \"C\" __global__ void k(int *x) {\n  x[0] = F(1); //<\n}"),
    ("F", "#define F(a) a\nextern \"C\" __global__ void k(int *x) {\n  x[0] = F(1, 2); //<\n}"),
    ("", "#define F(a) a\nextern \"C\" __global__ void k(int *x) {\n  x[0] = F(1; //<\n} //<"),
    ("zero", "#if 1 / 0 //<\n#endif\nextern \"C\" __global__ void k(int *x) { x[0] = 1; }"),
    ("", "#if (1 //<\n#endif\nextern \"C\" __global__ void k(int *x) { x[0] = 1; }"),
    ("comment", "extern \"C\" __global__ void k(int *x) { x[0] = 1; }\n/* to the end //<\nmore"),
    ("", "__global__ void f(int *a) { }\nextern \"C\" __global__ void k(int *x) {\n  f(x); //<\n}"),
    ("defin", "__device__ int g(int a);\nextern \"C\" __global__ void k(int *x) {\n  x[0] = g(1); //<\n}"),
    (
        "",
        "template <int N> __device__ int f() { return N; }\nextern \"C\" __global__ void k(int *x) {\n  x[0] = f<int>(); //<\n}",
    ),
    (
        "",
        "template <class T> __device__ T f() { return 1; }\nextern \"C\" __global__ void k(int *x) {\n  x[0] = f(); //<\n}",
    ),
    (
        "",
        "template <class T> __device__ T f(T a, T b) { return a; }\nextern \"C\" __global__ void k(int *x) {\n  x[0] = f(1, 2.0f); //<\n}",
    ),
    (
        "",
        "template <int N> __device__ int f() { return N; }\nextern \"C\" __global__ void k(int *x, int n) {\n  x[0] = f<n>(); //<\n}",
    ),
    (
        "too small",
        "template <class T> __device__ T f(T a) {\n  static_assert(sizeof(T) > 4, \"too small\"); //<\n  return a;\n}\nextern \"C\" __global__ void k(int *x) { x[0] = f(1); }",
    ),
    (
        "no member",
        "template <class T> __device__ int f(T a) {\n  return a.b; //<\n}\nstruct S { int a; };\nextern \"C\" __global__ void k(int *x) { S s; x[0] = f(s); }",
    ),
    ("", "struct S { __device__ S(int a) { } };\nextern \"C\" __global__ void k(int *x) {\n  S s; //<\n}"),
    (
        "",
        "struct S { int a; __device__ int f() { return a; } };\nextern \"C\" __global__ void k(int *x) {\n  const S *s = (S *)x;\n  x[0] = s->f(); //<\n}",
    ),
    (
        "",
        "struct S { int a; __device__ void f() const {\n  a = 1; //<\n} };\nextern \"C\" __global__ void k(int *x) { S s; s.f(); }",
    ),
    (
        "virtual",
        "struct S { virtual __device__ int f() { return 1; } }; //<\nextern \"C\" __global__ void k(int *x) { S s; x[0] = s.f(); }",
    ),
    ("modifiable", "__constant__ int c[4];\nextern \"C\" __global__ void k(int *x) {\n  c[0] = 1; //<\n}"),
    ("incomplete", "struct S;\nextern \"C\" __global__ void k(int *x) {\n  S s; //<\n}"),
    ("", "enum E { a, b };\nextern \"C\" __global__ void k(int *x) {\n  E e = 3; //<\n}"),
    ("", "enum class E { a, b };\nextern \"C\" __global__ void k(int *x) {\n  x[0] = E::a; //<\n}"),
    ("", "enum class E { a, b };\nextern \"C\" __global__ void k(int *x) {\n  E e = E::c; //<\n}"),
    (
        "",
        "namespace a { __device__ int f() { return 1; } }\nextern \"C\" __global__ void k(int *x) {\n  x[0] = a::g(); //<\n}",
    ),
    (
        "",
        "__device__ void f(int a) { }\n__device__ void f(float a) { }\nextern \"C\" __global__ void k(int *x) {\n  f(1.0); //<\n}",
    ),
    (
        "",
        "__device__ int f(int a, int b) { return a; }\nextern \"C\" __global__ void k(int *x) {\n  x[0] = f(1); //<\n}",
    ),
    (
        "",
        "__device__ int f(int *a) { return *a; }\nextern \"C\" __global__ void k(float *x) {\n  x[0] = f(x); //<\n}",
    ),
    (
        "constant value",
        "constexpr __device__ int f(int a) { return a; }\nextern \"C\" __global__ void k(int *x, int n) {\n  constexpr int a = f(n); //<\n  x[0] = a;\n}",
    ),
    (
        "texture",
        "texture<float, 2> t; //<\nextern \"C\" __global__ void k(float *x) {\n  x[0] = tex2D(t, 1, 2); //<\n}",
    ),
    ("", "#include <vector>\nextern \"C\" __global__ void k(int *x) {\n  std::vector<int> v; //<\n}"),
    ("half", "extern \"C\" __global__ void k(__half *x) { //<\n  x[0] = __float2half(1.0f); //<\n}"),
    (
        "",
        "template <class... T> __device__ int f(T... a) {\n  return f(a); //<\n}\nextern \"C\" __global__ void k(int *x) {\n  x[0] = f(1, 2);\n}",
    ),
];

#[test]
fn broken_texts_are_refused_on_the_right_line() {
    let texts = BODIES
        .iter()
        .map(|(phrase, body)| {
            let head = "// A kernel.\nextern \"C\" __global__ void k(float *x, const float *y, int n) {\n";
            (*phrase, format!("{head}{body}\n}}\n"))
        })
        .chain(TEXTS.iter().map(|(phrase, text)| (*phrase, format!("{text}\n"))));
    let mut bad = Vec::new();
    let mut count = 0;
    for (phrase, text) in texts {
        count += 1;
        let outcome = compile_text(&text, "k", &[], &[]);
        if let Some(complaint) = complaint(&outcome) {
            bad.push(format!("{complaint}\n{text}"));
            continue;
        }
        let Some(log) = &outcome.refused else {
            bad.push(format!("accepted:\n{text}"));
            continue;
        };
        let lines: Vec<usize> =
            text.lines().enumerate().filter(|(_, l)| l.contains("//<")).map(|(i, _)| i + 1).collect();
        assert!(!lines.is_empty(), "{text}");
        if !lines.iter().any(|&line| is_refused_at(log, "t.cu", line)) || !first_line(log).contains(phrase) {
            bad.push(format!("wanted line {lines:?} and \"{phrase}\", got {}\n{text}", first_line(log)));
        }
    }
    eprintln!("{count} broken texts");
    assert!(bad.is_empty(), "{} of {count}:\n{}", bad.len(), bad.join("\n"));
    assert!(count > 120);
}

/// The kernel asked for is not there, or is asked for in a wrong way.
#[test]
fn wrong_kernel_names_are_refused() {
    let text = "template <class T, int N> __global__ void scale(T *x) { x[0] *= N; }\n\
                namespace a { __global__ void inner(int *x) { x[0] = 1; } }\n\
                __device__ int helper(int a) { return a; }\n\
                extern \"C\" __global__ void k(int *x) { x[0] = 1; }\n";
    for (name, phrase) in [
        ("kk", "no kernel"),
        ("K", "no kernel"),
        ("", ""),
        (" ", ""),
        ("k(", ""),
        ("k<int>", ""),
        ("scale", ""),
        ("scale<int>", ""),
        ("scale<int, float>", ""),
        ("scale<int, 4", ""),
        ("scale<int, 4>>", ""),
        ("scale<int, 4, 5>", ""),
        ("scale<nothing, 4>", "nothing"),
        ("scale<int, n>", "\"n\""),
        ("scale<void, 4>", ""),
        ("inner", ""),
        ("b::inner", ""),
        ("a::k2", ""),
        ("helper", "helper"),
        ("threadIdx", ""),
        ("int", ""),
        ("k; int a", ""),
        ("k) int a", ""),
        ("1", ""),
        ("\"k\"", ""),
        ("#define k", ""),
        ("k\0", ""),
        ("k\n", "?"),
        ("\u{e4}", ""),
    ] {
        let outcome = compile_text(text, name, &[], &[]);
        if phrase == "?" {
            assert_eq!(complaint(&outcome), None);
            continue;
        }
        let log = outcome.refused.as_ref().unwrap_or_else(|| panic!("`{name}` was accepted"));
        assert_eq!(complaint(&outcome), None, "`{name}`");
        assert!(log.contains(phrase), "`{name}`: {log}");
        eprintln!("{name:?}: {}", first_line(log));
    }
    for name in ["scale<int, 4>", "::k", "a::inner", "scale<unsigned long long, 1 + 2>", " k "] {
        let outcome = compile_text(text, name, &[], &[]);
        assert!(outcome.refused.is_none(), "`{name}`: {:?}", outcome.refused);
    }
}
