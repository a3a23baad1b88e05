//! Whole texts with mistakes in classes and templates.

pub const TEXTS: &[super::Mistake] = &[
    // Classes.
    (
        "expected a \";\"",
        "extern",
        "struct S { int a; }\nextern \"C\" __global__ void k(int *x) { x[0] = 1; } //<",
    ),
    (
        "expected a \";\"",
        "int",
        "struct S {\n  int a\n  int b; //<\n};\nextern \"C\" __global__ void k(int *x) { x[0] = 1; }",
    ),
    (
        "expected a \"}\"",
        "",
        "struct S {\n  int a;\nextern \"C\" __global__ void k(int *x) { x[0] = 1; } //<",
    ),
    (
        "no member \"b\"",
        "b",
        "struct S { int a; };\nextern \"C\" __global__ void k(S *x) {\n  x->b = 1; //<\n}",
    ),
    (
        "no member \"f\"",
        "f",
        "struct S { int a; };\nextern \"C\" __global__ void k(S *x) {\n  x->f(); //<\n}",
    ),
    (
        "no member \"f\"",
        "S::f",
        "struct S { int a; };\n__device__ int S::f() { return 1; } //<\nextern \"C\" __global__ void k(int *x) { x[0] = 1; }",
    ),
    (
        "no default constructor",
        "",
        "struct S { int a; __device__ S(int b) : a(b) { } };\nextern \"C\" __global__ void k(int *x) {\n  S s; //<\n  x[0] = s.a;\n}",
    ),
    (
        "not a nonstatic data member",
        "",
        "struct S {\n  int a;\n  __device__ S() : b(1) { } //<\n};\nextern \"C\" __global__ void k(int *x) { S s; x[0] = s.a; }",
    ),
    (
        "modifiable lvalue",
        "a",
        "struct S {\n  int a;\n  __device__ void f() const { a = 1; } //<\n};\nextern \"C\" __global__ void k(int *x) { S s; s.f(); }",
    ),
    (
        "qualifiers",
        "f",
        "struct S { int a; __device__ int f() { return a; } };\nextern \"C\" __global__ void k(int *x, const S *s) {\n  x[0] = s->f(); //<\n}",
    ),
    (
        "dynamic initialization",
        "s",
        "struct S { int a; __device__ S() { a = 1; } };\nextern \"C\" __global__ void k(int *x) {\n  __shared__ S s; //<\n  x[0] = s.a;\n}",
    ),
    (
        "dynamic initialization",
        "s",
        "struct S { int a = 1; };\nextern \"C\" __global__ void k(int *x) {\n  __shared__ S s[4]; //<\n  x[0] = s[0].a;\n}",
    ),
    (
        "no default constructor",
        "s",
        "struct S { int a; __device__ S(int b) { a = b; } };\nextern \"C\" __global__ void k(int *x) {\n  __shared__ S s; //<\n  x[0] = s.a;\n}",
    ),
    (
        "destructor",
        "s",
        "struct S { int a; __device__ ~S() { a = 1; } };\nextern \"C\" __global__ void k(int *x) {\n  __shared__ S s; //<\n  x[0] = s.a;\n}",
    ),
    (
        "virtual",
        "",
        "struct S {\n  __device__ virtual int f() { return 1; } //<\n};\nextern \"C\" __global__ void k(int *x) { S s; x[0] = s.f(); }",
    ),
    ("incomplete type", "", "struct S;\nextern \"C\" __global__ void k(S *x) {\n  x->a = 1; //<\n}"),
    (
        "incomplete type",
        "",
        "struct S { S inner; }; //<\nextern \"C\" __global__ void k(int *x) { S s; x[0] = 1; }",
    ),
    (
        "expected an identifier",
        "int",
        "struct S : int { }; //<\nextern \"C\" __global__ void k(int *x) { S s; x[0] = 1; }",
    ),
    (
        "identifier \"B\" is undefined",
        "B",
        "struct S : B { }; //<\nextern \"C\" __global__ void k(int *x) { S s; x[0] = 1; }",
    ),
    (
        "relative to a specific object",
        "S::a",
        "struct S { int a; };\nextern \"C\" __global__ void k(int *x) {\n  x[0] = S::a; //<\n}",
    ),
    (
        "no operator \"+\"",
        "",
        "struct S { int a; };\nextern \"C\" __global__ void k(S *x) {\n  x[0] = x[0] + x[1]; //<\n}",
    ),
    (
        "no operator \"==\"",
        "",
        "struct S { int a; };\nextern \"C\" __global__ void k(S *x) {\n  if (x[0] == x[1]) x[0].a = 1; //<\n}",
    ),
    // Templates.
    (
        "too many template arguments",
        "",
        "template <class T> struct V { T a; };\nextern \"C\" __global__ void k(int *x) {\n  V<int, int> v; //<\n}",
    ),
    (
        "too few",
        "",
        "template <class T, int N> struct V { T a[N]; };\nextern \"C\" __global__ void k(int *x) {\n  V<int> v; //<\n}",
    ),
    (
        "argument list for class template",
        "V",
        "template <class T> struct V { T a; };\nextern \"C\" __global__ void k(int *x) {\n  V v; //<\n}",
    ),
    (
        "constant",
        "n",
        "template <int N> struct V { int a[N]; };\nextern \"C\" __global__ void k(int *x, int n) {\n  V<n> v; //<\n}",
    ),
    (
        "no instance of function template \"f\"",
        "f",
        "template <class T> __device__ T f(T a, T b) { return a; }\nextern \"C\" __global__ void k(float *x) {\n  x[0] = f(1, 2.0f); //<\n}",
    ),
    (
        "no instance of function template \"f\"",
        "f",
        "template <class T> __device__ T f() { return 1; }\nextern \"C\" __global__ void k(float *x) {\n  x[0] = f(); //<\n}",
    ),
    (
        "excessive recursion",
        "",
        "template <int N> __device__ int f() {\n  return f<N + 1>(); //<\n}\nextern \"C\" __global__ void k(int *x) { x[0] = f<0>(); }",
    ),
    (
        "too small",
        "",
        "template <class T> __device__ T f(T a) {\n  static_assert(sizeof(T) > 4, \"too small\"); //<\n  return a;\n}\nextern \"C\" __global__ void k(int *x) { x[0] = f(1); }",
    ),
    (
        "static assertion failed with \"no good\"",
        "static_assert",
        "static_assert(sizeof(int) == 8, \"no good\"); //<\nextern \"C\" __global__ void k(int *x) { x[0] = 1; }",
    ),
    (
        "no member \"type\"",
        "",
        "template <class T> struct V { T a; };\nextern \"C\" __global__ void k(int *x) {\n  V<int>::type t; //<\n}",
    ),
    (
        "parameter packs not expanded with \"...\"",
        "",
        "template <class... T> __device__ int f(T... a) { return (a + ...) + a; } //<\nextern \"C\" __global__ void k(int *x) { x[0] = f(1, 2); }",
    ),
    (
        "expected a \">\"",
        "",
        "template <class T __device__ T f(T a) { return a; } //<\nextern \"C\" __global__ void k(int *x) { x[0] = f(1); }",
    ),
    (
        "identifier \"U\" is undefined",
        "U",
        "template <class T> __device__ U f(T a) { return a; } //<\nextern \"C\" __global__ void k(int *x) { x[0] = f(1); }",
    ),
    (
        "identifier \"structt\" is undefined",
        "structt",
        "structt S { //<\n  int a;\n  int b;\n};\nextern \"C\" __global__ void k(int *x) { x[0] = 1; }",
    ),
    (
        "identifier \"To\" is undefined",
        "To",
        "template <class T> __device__ T larger(To a, T b) { return a < b ? b : a; } //<\nextern \"C\" __global__ void k(int *x) {\n  x[0] = larger(1, 2);\n}",
    ),
    (
        "is not a variable template",
        "w<int>",
        "constexpr int w = 1;\ntemplate <> constexpr int w<int> = 2; //<\nextern \"C\" __global__ void k(int *x) { x[0] = w; }",
    ),
    (
        "has a destructor already",
        "~S",
        "struct S {\n  int a;\n  __device__ ~S() { a = 1; }\n  __device__ ~S() { a = 2; } //<\n};\nextern \"C\" __global__ void k(int *x) { S s; x[0] = s.a; }",
    ),
    (
        "qualified name is not allowed",
        "T::f",
        "struct T { int a; };\nstruct S {\n  __device__ int T::f() { return 1; } //<\n};\nextern \"C\" __global__ void k(int *x) { S s; x[0] = s.f(); }",
    ),
];
