//! Whole texts with mistakes in declarations: what is declared twice, order, access, execution spaces, functions.

pub const TEXTS: &[super::Mistake] = &[
    // Declared twice.
    (
        "function \"f(int)\" has already been defined",
        "f",
        "__device__ int f(int a) { return a; }\n__device__ int f(int b) { return b; } //<\nextern \"C\" __global__ void k(int *x) { x[0] = f(1); }",
    ),
    (
        "distinguished by return type alone",
        "f",
        "__device__ int f(int a) { return a; }\n__device__ float f(int a) { return a; } //<\nextern \"C\" __global__ void k(int *x) { x[0] = f(1); }",
    ),
    (
        "has already been defined",
        "unused",
        "__device__ int unused() { return 1; }\n__device__ int unused() { return 2; } //<\nextern \"C\" __global__ void k(int *x) { x[0] = 1; }",
    ),
    (
        "has already been defined",
        "k",
        "extern \"C\" __global__ void k(int *x) { x[0] = 1; }\nextern \"C\" __global__ void k(int *x) { x[0] = 2; } //<",
    ),
    (
        "\"C\" linkage",
        "k",
        "extern \"C\" __global__ void k(int *x) { x[0] = 1; }\nextern \"C\" __global__ void k(float *x) { x[0] = 2; } //<",
    ),
    (
        "function template \"f\" has already been defined",
        "f",
        "template <class T> __device__ T f(T a) { return a; }\ntemplate <typename U> __device__ U f(U b) { return b; } //<\nextern \"C\" __global__ void k(int *x) { x[0] = f(1); }",
    ),
    (
        "class template \"V\" has already been defined",
        "V",
        "template <class T> struct V { T a; };\ntemplate <class T> struct V { T b; }; //<\nextern \"C\" __global__ void k(int *x) { V<int> v; v.a = 1; x[0] = v.a; }",
    ),
    (
        "class \"S\" has already been defined",
        "S",
        "struct S { int a; };\nstruct S { int a; }; //<\nextern \"C\" __global__ void k(int *x) { S s; s.a = 1; x[0] = s.a; }",
    ),
    (
        "enum \"E\" has already been defined",
        "E",
        "enum E { A };\nenum E { B }; //<\nextern \"C\" __global__ void k(int *x) { x[0] = A; }",
    ),
    (
        "already been declared in the current scope",
        "a",
        "struct S {\n  int a;\n  float a; //<\n};\nextern \"C\" __global__ void k(int *x) { S s; x[0] = s.a; }",
    ),
    (
        "already been declared in the current scope",
        "size",
        "struct S {\n  int size;\n  __device__ int size() { return 1; } //<\n};\nextern \"C\" __global__ void k(int *x) { x[0] = 1; }",
    ),
    (
        "already been declared in the current scope",
        "f",
        "struct S {\n  __device__ int f() { return 1; }\n  __device__ int f() { return 2; } //<\n};\nextern \"C\" __global__ void k(int *x) { S s; x[0] = s.f(); }",
    ),
    (
        "declaration is incompatible with \"int g\" (declared at line 1)",
        "g",
        "__device__ int g;\n__device__ float g; //<\nextern \"C\" __global__ void k(int *x) { x[0] = g; }",
    ),
    (
        "variable \"g\" has already been defined",
        "g",
        "__device__ int g = 1;\n__device__ int g = 2; //<\nextern \"C\" __global__ void k(int *x) { x[0] = g; }",
    ),
    (
        "already been declared",
        "f",
        "__device__ int f;\n__device__ int f() { return 1; } //<\nextern \"C\" __global__ void k(int *x) { x[0] = 1; }",
    ),
    (
        "already been declared",
        "B",
        "enum E { A, B };\nenum F { B, C }; //<\nextern \"C\" __global__ void k(int *x) { x[0] = A; }",
    ),
    (
        "invalid redeclaration of type name \"T\"",
        "T",
        "typedef int T;\ntypedef float T; //<\nextern \"C\" __global__ void k(T *x) { x[0] = 1; }",
    ),
    (
        "invalid redeclaration of type name \"T\"",
        "",
        "using T = int;\nusing T = double; //<\nextern \"C\" __global__ void k(T *x) { x[0] = 1; }",
    ),
    (
        "invalid redeclaration of type name \"S\"",
        "S",
        "typedef int S;\nstruct S { int a; }; //<\nextern \"C\" __global__ void k(int *x) { x[0] = 1; }",
    ),
    (
        "already been declared",
        "namespace",
        "__device__ const int N = 3;\nnamespace N { __device__ int f() { return 1; } } //<\nextern \"C\" __global__ void k(int *x) { x[0] = 1; }",
    ),
    (
        "already been declared",
        "b::v",
        "namespace a { __device__ int v; }\nnamespace b { __device__ int v; }\nusing a::v;\nusing b::v; //<\nextern \"C\" __global__ void k(int *x) { x[0] = v; }",
    ),
    (
        "already been declared in the current scope",
        "x",
        "extern \"C\" __global__ void k(int *x, int n,\n                              int x) { x[0] = n; } //<",
    ),
    (
        "already been declared in the current scope",
        "a",
        "__device__ int f(int a, int a) { return a; } //<\nextern \"C\" __global__ void k(int *x) { x[0] = f(1, 2); }",
    ),
    (
        "redefinition of default argument",
        "int b = 2",
        "__device__ int f(int a, int b = 1);\n__device__ int f(int a, int b = 2) { return a + b; } //<\nextern \"C\" __global__ void k(int *x) { x[0] = f(1); }",
    ),
    // Order, access, execution space.
    (
        "identifier \"f\" is undefined",
        "f",
        "extern \"C\" __global__ void k(int *x) {\n  x[0] = f(1); //<\n}\n__device__ int f(int a) { return a; }",
    ),
    (
        "identifier \"table\" is undefined",
        "table",
        "extern \"C\" __global__ void k(int *x) {\n  x[0] = table[1]; //<\n}\n__constant__ int table[4];",
    ),
    (
        "identifier \"S\" is undefined",
        "S",
        "extern \"C\" __global__ void k(S *x) { x[0].a = 1; } //<\nstruct S { int a; };",
    ),
    (
        "identifier \"N\" is undefined",
        "N",
        "extern \"C\" __global__ void k(int *x) {\n  x[0] = N; //<\n}\n#define N 3",
    ),
    (
        "member \"S::a\" is inaccessible",
        "a",
        "class S { int a; };\nextern \"C\" __global__ void k(int *x) {\n  S s;\n  s.a = 1; //<\n}",
    ),
    (
        "inaccessible",
        "f",
        "class S {\n  __device__ int f() { return 1; }\npublic:\n  int b;\n};\nextern \"C\" __global__ void k(int *x) {\n  S s;\n  x[0] = s.f(); //<\n}",
    ),
    (
        "inaccessible",
        "",
        "class S { __device__ S() { } };\nextern \"C\" __global__ void k(int *x) {\n  S s; //<\n}",
    ),
    (
        "inaccessible",
        "a",
        "struct S {\nprotected:\n  int a;\n};\nextern \"C\" __global__ void k(int *x) {\n  S s;\n  x[0] = s.a; //<\n}",
    ),
    (
        "inaccessible",
        "S::N",
        "class S { static const int N = 3; };\nextern \"C\" __global__ void k(int *x) {\n  x[0] = S::N; //<\n}",
    ),
    (
        "calling a __host__ function(\"f(int)\") from a __global__ function(\"k\") is not allowed",
        "f",
        "int f(int a) { return a; }\nextern \"C\" __global__ void k(int *x) {\n  x[0] = f(1); //<\n}",
    ),
    (
        "calling a __host__ function(\"f()\") from a __device__ function(\"g\") is not allowed",
        "f",
        "static inline int f() { return 1; }\n__device__ int g() {\n  return f(); //<\n}\nextern \"C\" __global__ void k(int *x) { x[0] = g(); }",
    ),
    (
        "calling a __host__ function",
        "f",
        "template <class T> T f(T a) { return a; }\nextern \"C\" __global__ void k(int *x) {\n  x[0] = f(1); //<\n}",
    ),
    (
        "calling a __host__ function",
        "s.get",
        "struct S { int a; int get() { return a; } };\nextern \"C\" __global__ void k(int *x) {\n  S s; s.a = 1;\n  x[0] = s.get(); //<\n}",
    ),
    (
        "undefined in device code",
        "counter",
        "int counter = 1;\nextern \"C\" __global__ void k(int *x) {\n  x[0] = counter; //<\n}",
    ),
    // Functions and kernels.
    ("expected a type specifier", ")", "extern \"C\" __global__ void k(int *x,) { x[0] = 1; } //<"),
    ("expected", "{", "extern \"C\" __global__ void k(int *x { x[0] = 1; } //<"),
    ("expected a type specifier", ",", "extern \"C\" __global__ void k(int *x, , int n) { x[0] = 1; } //<"),
    ("no storage class or type specifier", "k", "extern \"C\" __global__ k(int *x) { x[0] = 1; } //<"),
    (
        "no storage class or type specifier",
        "f",
        "__device__ f(int a) { return a; } //<\nextern \"C\" __global__ void k(int *x) { x[0] = f(1); }",
    ),
    ("must have a void return type", "__global__", "extern \"C\" __global__ int k(int *x) { return 1; } //<"),
    (
        "must have a void return type",
        "__global__",
        "extern \"C\" __global__ auto k(int *x) { x[0] = 1; } //<",
    ),
    ("reference", "int &n", "extern \"C\" __global__ void k(int *x, int &n) { x[0] = n; } //<"),
    (
        "must return a value",
        "return",
        "__device__ int f(int a) {\n  return; //<\n}\nextern \"C\" __global__ void k(int *x) { x[0] = f(1); }",
    ),
    (
        "return value type",
        "a",
        "__device__ void f(int a) {\n  return a; //<\n}\nextern \"C\" __global__ void k(int *x) { f(1); }",
    ),
    (
        "return value type",
        "",
        "__device__ int *f(float *a) {\n  return a; //<\n}\nextern \"C\" __global__ void k(int *x) { f(0); }",
    ),
    (
        "referenced but not defined",
        "f",
        "__device__ int f(int a);\nextern \"C\" __global__ void k(int *x) {\n  x[0] = f(1); //<\n}",
    ),
    (
        "default argument",
        "",
        "__device__ int f(int a = 1, int b) { return a + b; } //<\nextern \"C\" __global__ void k(int *x) { x[0] = f(1, 2); }",
    ),
    (
        "too few arguments",
        ")",
        "__device__ int f(int a, int b) { return a; }\nextern \"C\" __global__ void k(int *x) {\n  x[0] = f(1); //<\n}",
    ),
    (
        "too many arguments",
        "3",
        "__device__ int f(int a, int b) { return a; }\nextern \"C\" __global__ void k(int *x) {\n  x[0] = f(1, 2, 3); //<\n}",
    ),
    (
        "incompatible with parameter",
        "x",
        "__device__ int f(float *a) { return 1; }\nextern \"C\" __global__ void k(int *x) {\n  x[0] = f(x); //<\n}",
    ),
    (
        "no instance of overloaded function \"f\"",
        "f",
        "__device__ int f(int *a) { return 1; }\n__device__ int f(float *a) { return 2; }\nextern \"C\" __global__ void k(double *x) {\n  x[0] = f(x); //<\n}",
    ),
    (
        "more than one instance of overloaded function \"f\"",
        "f",
        "__device__ int f(long a) { return 1; }\n__device__ int f(float a) { return 2; }\nextern \"C\" __global__ void k(int *x) {\n  x[0] = f(1); //<\n}",
    ),
    (
        "must be configured",
        "g",
        "__global__ void g(int *x) { }\nextern \"C\" __global__ void k(int *x) {\n  g(x); //<\n}",
    ),
    (
        "deleted function",
        "f",
        "__device__ int f(int a) = delete;\nextern \"C\" __global__ void k(int *x) {\n  x[0] = f(1); //<\n}",
    ),
    ("expected a \";\"", "int n", "extern \"C\" __global__ void k(int *x)\nint n; //<"),
    (
        "not allowed",
        "{",
        "extern \"C\" __global__ void k(int *x) {\n  int f(int a) { return a; } //<\n  x[0] = f(1);\n}",
    ),
    // Specifiers that mean nothing there.
    (
        "invalid storage class for a parameter",
        "static",
        "extern \"C\" __global__ void k(int *x,\n  static int n) { //<\n  x[0] = n;\n}",
    ),
    (
        "invalid specifier on a parameter",
        "inline",
        "__device__ int f(inline int a) { return a; } //<\nextern \"C\" __global__ void k(int *x) { x[0] = f(1); }",
    ),
    (
        "\"__shared__\" does not apply here",
        "__shared__",
        "extern \"C\" __global__ void k(__shared__ int *x) { //<\n  x[0] = 1;\n}",
    ),
    (
        "\"__constant__\" does not apply here",
        "__constant__",
        "__constant__ int f(int a) { return a; } //<\nextern \"C\" __global__ void k(int *x) { x[0] = f(1); }",
    ),
    (
        "\"explicit\" is not allowed",
        "explicit",
        "explicit __device__ int f(int a) { return a; } //<\nextern \"C\" __global__ void k(int *x) { x[0] = f(1); }",
    ),
    (
        "type qualifier is not allowed",
        "f",
        "__device__ int f(int a) const { return a; } //<\nextern \"C\" __global__ void k(int *x) { x[0] = f(1); }",
    ),
    (
        "only allowed on a __global__ function",
        "f",
        "__device__ __launch_bounds__(64) int f(int a) { return a; } //<\nextern \"C\" __global__ void k(int *x) { x[0] = f(1); }",
    ),
    (
        "expected an expression",
        ")",
        "extern \"C\" __global__ void\n__launch_bounds__() k(int *x) { //<\n  x[0] = 1;\n}",
    ),
    (
        "at most three arguments",
        "4",
        "extern \"C\" __global__ void\n__launch_bounds__(1, 2, 3, 4) k(int *x) { //<\n  x[0] = 1;\n}",
    ),
    (
        "illegal combination",
        "__global__",
        "extern \"C\" __global__ __device__ void k(int *x) { //<\n  x[0] = 1;\n}",
    ),
    ("must have a void return type", "__global__", "__global__ //<\nint k(int *x) {\n  x[0] = 1;\n}"),
    (
        "is not a __global__ function",
        "k",
        "__device__ int f(int a) { return a; }\nvoid k(int *x) { //<\n  x[0] = f(1);\n}",
    ),
    (
        "must be a class or namespace name",
        "nothing",
        "__device__ int f(int a) { return a; }\n__global__ void nothing::k(int *x) { //<\n  x[0] = f(1);\n}",
    ),
    ("needs no \"::\"", "::k", "__global__ void ::k(int *x) { //<\n  x[0] = 1;\n}"),
    ("expected a \",\"", "", "__attribute__((packed __global__)) //<\nvoid k(int *x) {\n  x[0] = 1;\n}"),
    (
        "identifier \"n\" is undefined",
        "n",
        "__device__ int f(int a) {\n  return a + n; //<\n}\nextern \"C\" __global__ void k(int *x) { x[0] = f(1); }",
    ),
    ("expected a \"{\"", "const", "extern \"C\" __global__ void k(int *x)\n  const int a = 1; //<\n}"),
];
