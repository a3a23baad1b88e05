//! Whole texts with mistakes outside of functions and classes: variables, the preprocessor, braces.

pub const TEXTS: &[super::Mistake] = &[
    // Globals.
    (
        "modifiable lvalue",
        "c",
        "__constant__ int c[2] = { 1, 2 };\nextern \"C\" __global__ void k(int *x) {\n  c[1] = 2; //<\n}",
    ),
    ("modifiable lvalue", "N", "const int N = 4;\nextern \"C\" __global__ void k(int *x) {\n  N = 2; //<\n}"),
    (
        "too many initializer",
        "3",
        "__constant__ int c[2] = { 1, 2, 3 }; //<\nextern \"C\" __global__ void k(int *x) { x[0] = c[1]; }",
    ),
    (
        "dynamic initialization",
        "g",
        "__device__ int f() { return 1; }\n__device__ int g = f(); //<\nextern \"C\" __global__ void k(int *x) { x[0] = g; }",
    ),
    (
        "no storage class or type specifier",
        "N",
        "N = 4; //<\nextern \"C\" __global__ void k(int *x) { x[0] = 1; }",
    ),
    (
        "identifier \"uint33\" is undefined",
        "uint33",
        "__device__ uint33 g; //<\nextern \"C\" __global__ void k(int *x) { x[0] = g; }",
    ),
    (
        "identifier \"M\" is undefined",
        "M",
        "__constant__ float c[M]; //<\nextern \"C\" __global__ void k(float *x) { x[0] = c[0]; }",
    ),
    (
        "name must be a namespace name",
        "nothing",
        "using namespace nothing; //<\nextern \"C\" __global__ void k(int *x) { x[0] = 1; }",
    ),
    (
        "namespace \"a\" has no member \"g\"",
        "a::g",
        "namespace a { __device__ int f() { return 1; } }\nusing a::g; //<\nextern \"C\" __global__ void k(int *x) { x[0] = 1; }",
    ),
    (
        "namespace \"a\" has no member \"g\"",
        "a::g",
        "namespace a { __device__ int f() { return 1; } }\nextern \"C\" __global__ void k(int *x) {\n  x[0] = a::g(); //<\n}",
    ),
    (
        "textures",
        "",
        "texture<float, 1> t; //<\nextern \"C\" __global__ void k(float *x) { x[0] = tex1D(t, 0); }",
    ),
    (
        "int (*)()",
        "f",
        "__device__ int f() { return 1; }\nextern \"C\" __global__ void k(int *x) {\n  x[0] = f; //<\n}",
    ),
    (
        "cannot be a member function",
        "f",
        "struct S { int a;\n  __global__ void f(int *x) { } //<\n};\nextern \"C\" __global__ void k(int *x) { S s; x[0] = s.a; }",
    ),
    (
        "memory space",
        "a",
        "struct S {\n  __shared__ int a; //<\n};\nextern \"C\" __global__ void k(int *x) { S s; x[0] = s.a; }",
    ),
    (
        "\"__gloabl__\" is undefined",
        "__gloabl__",
        "__gloabl__ void f(int *x) { } //<\nextern \"C\" __global__ void k(int *x) { x[0] = 1; }",
    ),
    (
        "\"B\" is undefined",
        "B",
        "struct A { B b; }; //<\nstruct B { A a; };\nextern \"C\" __global__ void k(int *x) { A a; x[0] = 1; }",
    ),
    (
        "power of two",
        "3",
        "struct __align__(3) S { int a; }; //<\nextern \"C\" __global__ void k(int *x) { S s; x[0] = 1; }",
    ),
    (
        "missing closing",
        "<math.h",
        "#include <math.h //<\nextern \"C\" __global__ void k(int *x) { x[0] = 1; }",
    ),
    // The preprocessor.
    ("#endif", "", "#if 1 //<\nextern \"C\" __global__ void k(int *x) { x[0] = 1; }"),
    ("#endif without #if", "", "extern \"C\" __global__ void k(int *x) { x[0] = 1; }\n#endif //<"),
    (
        "unrecognized preprocessing directive",
        "",
        "#inclde \"a.h\" //<\nextern \"C\" __global__ void k(int *x) { x[0] = 1; }",
    ),
    ("expected a file name", "", "#include //<\nextern \"C\" __global__ void k(int *x) { x[0] = 1; }"),
    (
        "cannot open source file \"missing.h\"",
        "",
        "#include \"missing.h\" //<\nextern \"C\" __global__ void k(int *x) { x[0] = 1; }",
    ),
    ("", "", "#include \"missing.h //<\nextern \"C\" __global__ void k(int *x) { x[0] = 1; }"),
    ("expected an identifier", "", "#define //<\nextern \"C\" __global__ void k(int *x) { x[0] = 1; }"),
    ("expected an identifier", "", "#define 3 4 //<\nextern \"C\" __global__ void k(int *x) { x[0] = 1; }"),
    ("", "", "#define F(a b) a //<\nextern \"C\" __global__ void k(int *x) { x[0] = F(1); }"),
    (
        "too few arguments",
        "",
        "#define F(a, b) a + b\nextern \"C\" __global__ void k(int *x) {\n  x[0] = F(1); //<\n}",
    ),
    (
        "unterminated argument list",
        "F",
        "#define F(a) a\nextern \"C\" __global__ void k(int *x) {\n  x[0] = F(1; //<\n}",
    ),
    ("own words", "", "#error own words //<\nextern \"C\" __global__ void k(int *x) { x[0] = 1; }"),
    ("expression", "", "#if //<\n#endif\nextern \"C\" __global__ void k(int *x) { x[0] = 1; }"),
    ("expression", "", "#if 1 + //<\n#endif\nextern \"C\" __global__ void k(int *x) { x[0] = 1; }"),
    (
        "identifier \"undefined_in_macro\" is undefined",
        "F",
        "#define F(a) (a + undefined_in_macro)\nextern \"C\" __global__ void k(int *x) {\n  x[0] = F(1); //<\n}",
    ),
    ("", "", "#elif 1 //<\nextern \"C\" __global__ void k(int *x) { x[0] = 1; }"),
    ("comment", "/*", "extern \"C\" __global__ void k(int *x) { x[0] = 1; }\n/* never closed //<"),
    // Braces.
    ("expected a \"}\"", "", "extern \"C\" __global__ void k(int *x) {\n  if (x[0]) {\n    x[0] = 1;\n//<\n"),
    ("expected", "}", "extern \"C\" __global__ void k(int *x) { x[0] = 1; }\n} //<"),
    ("expected a \"}\"", "", "namespace a {\nextern \"C\" __global__ void k(int *x) { x[0] = 1; }\n//<"),
    ("expected", "", "extern \"C\" __global__ void k(int *x)\n  x[0] = 1; //<\n}"),
    // A function that ends too early or not at all: the first line that is wrong because of it.
    (
        "expected a \"}\"",
        "{",
        "__device__ int f(int a) {\n  if (a > 1) {\n    return a;\n}\n__device__ int g(int a) { return a; } //<\nextern \"C\" __global__ void k(int *x) { x[0] = f(g(1)); }",
    ),
    (
        "identifier \"i\" is undefined",
        "i",
        "extern \"C\" __global__ void k(int *x, int n) {\n  for (int i = 0; i < n; i++)\n    x[i] = 1;\n    x[i + 1] = 2; //<\n  }\n  x[0] = 1;\n}",
    ),
    (
        "identifier \"Word\" is undefined",
        "Word",
        "struct S {\n  Word state[8]; //<\n  int used;\n};\nextern \"C\" __global__ void k(int *x) { x[0] = sizeof(S); }",
    ),
];
