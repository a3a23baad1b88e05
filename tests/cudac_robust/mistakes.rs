//! More broken texts, with the place of the caret: the first error stands on the marked line (`//<`), its caret under the
//! word given, and there is no second error: one mistake, one complaint.

use crate::support::{compile_text, complaint, first_line, is_refused_at};

/// A phrase of the error, what the caret stands at, and a body of
/// `extern "C" __global__ void k(float *x, const float *y, int n)`.
const BODIES: &[(&str, &str, &str)] = &[
    // A token missing at the end of a line: NVRTC complains at the next one.
    ("expected a \";\"", "x[0]", "int i = 1\nx[0] = i; //<"),
    ("expected a \";\"", "return", "x[0] = y[0]\nreturn; //<"),
    ("expected a \";\"", "if", "int i = n\nif (i) x[0] = 1; //<"),
    ("expected a \";\"", "}", "while (n) { x[0] = 1; break\n} //<"),
    ("expected a \";\"", "{", "do { x[0] = 1; } while (n)\n{ } //<"),
    ("expected a \";\"", "n", "return n; x[0] = y[0] n; //<"),
    ("expected a \")\"", ";", "x[0] = fmaxf(y[0], 2.0f; //<"),
    ("expected a \")\"", ";", "x[0] = ((y[0] + 1) * 2; //<"),
    ("expected a \")\"", "{", "while (n > 1 { x[0] = 1; } //<"),
    ("expected a \"]\"", ";", "x[n + 1 = 2; //<\n"),
    ("expected a \"(\"", "n", "while n > 1) x[0] = 1; //<"),
    ("expected a \"(\"", "int", "for int i = 0; i < n; i++) x[i] = 0; //<"),
    ("expected an expression", ")", "x[0] = fmaxf(y[0], ); //<"),
    ("expected an expression", ")", "x[0] = (); //<"),
    ("expected an expression", ",", "x[0] = fmaxf(, 1.0f); //<"),
    ("expected an expression", "]", "x[] = 1; //<"),
    ("expected an expression", ";", "x[0] = n ? 1 : ; //<"),
    ("expected a \":\"", ";", "x[0] = n ? 1; //<"),
    ("expected an expression", ")", "if () x[0] = 1; //<"),
    ("expected an expression", ", 2", "int a[2] = { 1, , 2 }; //<\nx[0] = a[0];"),
    ("expected an identifier", "=", "int = 3; //<"),
    ("expected an identifier", "3", "int 3a = 3; //<"),
    ("expected a statement", "else", "if (n) else x[0] = 1; //<"),
    ("expected a statement", "}", "if (n) } //<\n"),
    ("expected a \":\"", "x", "switch (n) { case 1 x[0] = 1; } //<"),
    ("expected \"while\"", "x", "do { x[0] = 1; }\nx[1] = 2; //<"),
    ("label", "goto", "goto missing; //<"),
    ("expected an identifier", ";", "goto ; //<"),
    ("expected an identifier", ";", "x[0] = make_float2(1, 2).; //<"),
    ("expected an identifier", ")", "float *p = (x).); //<"),
    ("missing closing quote", "'", "char c = 'a; //<"),
    ("empty character constant", "''", "char c = ''; //<"),
    ("", "0x", "int i = 0x; //<"),
    ("", "1.0.0", "float f = 1.0.0; //<"),
    ("", "12abc", "int i = 12abc; //<"),
    ("", "08", "int i = 08; //<"),
    ("", "99999999999999999999", "long long i = 99999999999999999999; //<"),
    ("", "@", "x[0] = @; //<"),
    ("", "$", "x[0] = 1 $ 2; //<"),
    ("", "`", "x[0] = `1; //<"),
    // Names.
    ("\"blockidx\" is undefined", "blockidx", "x[blockidx.x] = 1; //<"),
    ("\"threadId\" is undefined", "threadId", "x[threadId.x] = 1; //<"),
    ("\"__syncthread\" is undefined", "__syncthread", "__syncthread(); //<"),
    ("\"indx\" is undefined", "indx", "int index = threadIdx.x;\nx[indx] = 1; //<"),
    ("\"Float\" is undefined", "Float", "Float f = 1.0f; //<"),
    ("\"string\" is undefined", "string", "string s; //<"),
    ("\"j\" is undefined", "j", "for (int i = 0; i < n; i++) x[j] = 0; //<"),
    ("\"a\" is undefined", "a", "x[0] = a; //<\nint a = 1;"),
    (
        "\"undefined_one\" is undefined",
        "undefined_one",
        "int m = undefined_one * undefined_one; //<\nx[0] = m;",
    ),
    ("has no member \"foo\"", "std::foo", "x[0] = std::foo(y[0]); //<"),
    ("namespace \"std\" has no member \"foo\"", "", "std::foo f; //<"),
    ("namespace \"std\" has no member \"foo\"", "", "x[0] = std::foo::bar(); //<"),
    ("namespace \"std\" has no member \"sqroot\"", "", "x[0] = std::sqroot(y[0]); //<"),
    ("name followed by \"::\"", "nothing", "x[0] = nothing::f(); //<"),
    ("name must be a namespace name", "nothing", "using namespace nothing; //<"),
    ("identifier \"::g\" is undefined", "::g", "x[0] = ::g(1); //<"),
    ("no member \"y\"", "y", "int2 v = make_int2(1, 2);\nx[0] = v.x + make_int1(3).y; //<"),
    ("no member \"z\"", "z", "int2 v = make_int2(1, 2);\nx[0] = v.z; //<"),
    // Declared twice.
    ("already been declared", "a", "int a = 1;\nfloat a = 2; //<\nx[0] = a;"),
    ("already been declared", "a", "int a = 1;\nstatic int a; //<\nx[0] = a;"),
    ("already been declared", "a", "int a = 1, b = 2, a = 3; //<\nx[0] = a + b;"),
    ("already been declared", "x", "int x = 1; //<"),
    ("already been declared", "s", "__shared__ int s[4];\n__shared__ int s[8]; //<\nx[0] = s[0];"),
    ("already been declared", "a", "typedef int a;\nint a = 1; //<\nx[0] = 1;"),
    ("already been declared", "a", "int a;\ntypedef int a; //<\nx[0] = 1;"),
    ("already been declared", "B", "enum { A, B };\nenum { B }; //<\nx[0] = 1;"),
    ("already been declared", "A", "enum { A, B, A }; //<\nx[0] = A;"),
    ("already been declared", "i", "for (int i = 0, i = 1; i < n; i++) x[i] = 0; //<"),
    ("has already been declared", "l", "l: x[0] = 1;\nl: x[1] = 1; //<"),
    ("already appeared", "1 + 1", "switch (n) {\ncase 2: x[0] = 1; break;\ncase 1 + 1: x[0] = 2; //<\n}"),
    ("already appeared", "default", "switch (n) {\ndefault: x[0] = 1; break;\ndefault: x[0] = 2; //<\n}"),
    (
        "invalid redeclaration of type name \"T\"",
        "T",
        "typedef int T;\ntypedef float T; //<\nT a = 1; x[0] = a;",
    ),
    ("already been defined", "S", "struct S { int a; };\nstruct S { float b; }; //<\nS s; x[0] = 1;"),
    ("already been declared", "a", "struct S {\n int a;\n float a; //<\n};\nx[0] = 1;"),
    // Constness and values.
    ("modifiable lvalue", "c", "const float c = 1;\nc += 2; //<"),
    ("modifiable lvalue", "y", "y[0]++; //<"),
    ("modifiable lvalue", "a", "const int a[2] = { 1, 2 };\na[0] = 3; //<"),
    ("modifiable lvalue", "p", "float *const p = x;\np = x + 1; //<"),
    ("lvalue", "sqrtf", "sqrtf(y[0]) = 1; //<"),
    ("lvalue", "(n", "(n + 1)++; //<"),
    ("lvalue", "3", "int *p = &3; //<"),
    ("lvalue", "5", "5++; //<"),
    ("modifiable lvalue", "a", "int a[2], b[2];\na = b; //<"),
    ("qualifiers", "y", "float &r = y[0]; //<"),
    ("initial value of reference to non-const must be an lvalue", "n + 1", "int &r = n + 1; //<"),
    ("requires an initializer", "c", "const int c; //<\nx[0] = c;"),
    ("void", "__syncthreads", "x[0] = __syncthreads(); //<"),
    ("void", "__syncthreads", "int i = __syncthreads() + 1; //<"),
    ("complete object type", "*p", "void *p = x;\nx[0] = *p; //<"),
    ("complete object type", "p", "void *p = x;\np++; //<"),
    ("void", "v", "void v[3]; //<"),
    ("bool", "s", "struct S { int a; } s;\nif (s) x[0] = 1; //<"),
    ("", "s", "struct S { int a; } s;\nx[0] = s; //<"),
    ("", "s", "struct S { int a; } s;\nx[0] = s + 1; //<"),
    ("cannot be assigned", "1", "struct S { int a; } s;\ns = 1; //<"),
    ("", "t", "struct S { int a; } s; struct T { int a; } t;\ns = t; //<"),
    ("", "!", "struct S { int a; } s;\nx[0] = !s; //<"),
    ("pointer", "n", "x[0] = n[0]; //<"),
    ("pointer", "n", "x[0] = n->a; //<"),
    ("integral", "1.5f", "x[1.5f] = 1; //<"),
    ("integral", "y", "x[0] = y[0] & 1; //<"),
    ("integral", "y", "x[0] = ~y[0]; //<"),
    ("", "x", "x[0] = x * 2; //<"),
    ("", "x", "x[0] = -x; //<"),
    ("incompatible", "p == x", "int *p = 0;\nif (p == x) x[0] = 1; //<"),
    ("integral or enum", "y", "switch (y[0]) { case 1: x[0] = 1; } //<"),
    ("constant", "n", "int a[n]; //<\na[0] = 1;"),
    ("constant", "n", "constexpr int m = n; //<\nx[0] = m;"),
    ("constant", "n", "static_assert(n > 0, \"no\"); //<"),
    ("greater than zero", "-1", "int a[-1]; //<"),
    ("greater than zero", "0", "int a[0]; //<"),
    ("too large", "s", "__shared__ char s[1 << 28]; //<\nx[0] = s[0];"),
    ("", "a", "double a[1ull << 61]; //<\nx[0] = a[0];"),
    ("initializer not allowed", "s", "__shared__ int s = 1; //<\nx[0] = s;"),
    ("initializer not allowed", "s", "__shared__ int s[2] = { 1, 2 }; //<\nx[0] = s[0];"),
    ("initializer not allowed", "s", "extern __shared__ float s[] = { 1 }; //<\nx[0] = s[0];"),
    ("too many initializer", "3", "int2 v = { 1, 2, 3 }; //<\nx[0] = v.x;"),
    ("cannot be used to initialize", "\"a\"", "int a = \"a\"; //<"),
    ("cannot be used to initialize", "y", "float *p = y; //<"),
    ("cannot be used to initialize", "&", "int *p = &x[0]; //<"),
    ("cannot be assigned", "y", "x = y; //<"),
    ("cannot be assigned", "&", "int i; i = &n; //<"),
    ("\"foo\" is undefined", "foo", "x[0] = foo; //<\nx[1] = foo;\nx[2] = foo + 1;"),
    ("\"retrun\" is undefined", "retrun", "if (n > 3) retrun n; //<"),
    ("\"viod\" is undefined", "viod", "viod *p = x; //<\nx[0] = *(float *)p;"),
    ("constant value", "1 / 0", "constexpr int a = 1 / 0; //<\nx[0] = a;"),
    ("not allowed inside a function body", "g", "__device__ int g; //<\ng = 1; x[0] = g;"),
    ("not allowed inside a function body", "g", "__constant__ int g = 1; //<\nx[0] = g;"),
    ("already appeared", "3", "switch (n) {\ncase 1 ... 5: x[0] = 1; break;\ncase 3: x[0] = 2; //<\n}"),
    ("operand types are incompatible", "n ? ", "float *p = x; int *q = 0;\nx[0] = *(n ? p : q); //<"),
    // Control flow.
    ("break", "break", "if (n) break; //<"),
    ("continue", "continue", "switch (n) { case 1: continue; } //<"),
    ("case", "case", "case 1: //<\nx[0] = 1;"),
    ("default", "default", "default: //<\nx[0] = 1;"),
    ("return value", "1", "return 1; //<"),
    ("transfer of control bypasses initialization", "goto", "if (n) goto l; //<\nint a = n;\nl: x[0] = a;"),
    (
        "transfer of control bypasses initialization",
        "case",
        "switch (n) {\ncase 0: int a = 1; x[0] = a; break;\ncase 1: x[0] = 2; //<\n}",
    ),
    // Calls.
    ("too few arguments", ")", "x[0] = powf(y[0]); //<"),
    ("too many arguments", "3", "x[0] = sinf(1.0f, 3); //<"),
    ("too many arguments", "1", "__syncthreads(1); //<"),
    ("", "x", "x[0] = sinf(x); //<"),
    ("no instance", "atomicAdd", "struct S { int a; } s;\natomicAdd(&s, 1); //<"),
    ("no instance", "min", "x[0] = min(x, 1); //<"),
    ("function", "n", "x[0] = n(); //<"),
    ("function", "x", "x[0] = x(1); //<"),
    ("", "sinf", "x[0] = sinf; //<"),
    ("", "sinf", "float f = sinf + 1; //<"),
    // What is not there is named.
    ("capture list", "n", "auto f = [](int a) { return a + n; }; //<\nx[0] = f(1);"),
    ("modifiable lvalue", "n", "auto f = [=](int a) { n = a; return a; }; //<\nx[0] = f(1);"),
    ("\"m\" is undefined", "m", "auto f = [m](int a) { return a; }; //<\nx[0] = f(1);"),
    ("operator()", "f", "auto f = [=](int a) { return a; };\nx[0] = f(1, 2); //<"),
    ("\"b\" is undefined", "b", "x[0] = [](int a) { return b; }(1); //<"),
    ("asm", "asm", "asm(\"bar.sync 0;\"); //<"),
    ("inline assembly", "asm", "asm volatile(\"mov.u32 %0, %%laneid;\" : \"=r\"(n)); //<"),
    ("exceptions", "try", "try { x[0] = 1; } catch (int) { } //<"),
    ("exceptions", "throw", "throw 1; //<"),
    ("new and delete", "new", "float *p = new float[4]; //<"),
    ("new and delete", "new", "float *p = new float(1); //<"),
    ("new and delete", "delete", "delete[] x; //<"),
    ("memory allocations", "malloc", "float *p = (float *)malloc(4); //<"),
    ("memory allocations", "free", "free(x); //<"),
    ("kernel", "k", "k<<<1, 32>>>(x, y, n); //<"),
    ("CUDA runtime", "cudaMalloc", "float *p; cudaMalloc(&p, 4); //<"),
    ("CUDA runtime", "cudaDeviceSynchronize", "cudaDeviceSynchronize(); //<"),
    ("textures", "tex1Dfetch", "x[0] = tex1Dfetch<float>(n, 0); //<"),
    ("identifier \"__half\" is undefined", "__half", "__half h = n; //<"),
    ("bfloat16", "__nv_bfloat16", "__nv_bfloat16 h = n; //<"),
    ("curand", "curandState", "curandState s; //<"),
    ("std::vector", "std::vector", "std::vector<float> v; //<"),
    ("std::cout", "std::cout", "std::cout << 1; //<"),
    ("typeid", "typeid", "x[0] = typeid(n) == typeid(int); //<"),
    ("dynamic_cast", "dynamic_cast", "int *p = dynamic_cast<int *>(x); //<"),
    ("auto", "f", "auto f; //<"),
    ("undefined", "co_return", "co_return; //<"),
];

/// Whole texts.
const TEXTS: &[(&str, &str, &str)] = &[
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
    ("must have a void return type", "k", "extern \"C\" __global__ int k(int *x) { return 1; } //<"),
    ("must have a void return type", "k", "extern \"C\" __global__ auto k(int *x) { x[0] = 1; } //<"),
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
        "f",
        "extern \"C\" __global__ void k(int *x) {\n  int f(int a) { return a; } //<\n  x[0] = f(1);\n}",
    ),
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
        "variadic templates",
        "",
        "template <class... T> __device__ int f(T... a) { return 1; } //<\nextern \"C\" __global__ void k(int *x) { x[0] = f(1, 2); }",
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
];

/// Column of the caret of the first error, from its rendering.
fn caret_column(log: &str) -> Option<usize> {
    let mut lines = log.lines().skip_while(|l| !l.contains("error: "));
    lines.next()?;
    lines.next()?;
    lines.next()?.find('^')?.checked_sub(6)
}

#[test]
fn one_mistake_gives_one_error_with_its_caret() {
    let texts = BODIES
        .iter()
        .map(|(phrase, caret, body)| {
            let head = "// A kernel.\nextern \"C\" __global__ void k(float *x, const float *y, int n) {\n";
            (*phrase, *caret, format!("{head}{body}\n}}\n"))
        })
        .chain(TEXTS.iter().map(|(phrase, caret, text)| (*phrase, *caret, format!("{text}\n"))));
    let mut bad = Vec::new();
    let mut count = 0;
    for (phrase, caret, text) in texts {
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
        let lines: Vec<(usize, &str)> =
            text.lines().enumerate().filter(|(_, l)| l.contains("//<")).map(|(i, l)| (i + 1, l)).collect();
        let [(line, marked)] = lines[..] else { panic!("one mark, please: {text}") };
        let errors = log.lines().filter(|l| l.starts_with("t.cu(") && l.contains("): error: ")).count();
        let at_caret =
            caret_column(log).and_then(|c| marked.get(c..)).is_some_and(|rest| rest.starts_with(caret));
        if !is_refused_at(log, "t.cu", line)
            || !first_line(log).contains(phrase)
            || errors != 1
            || !(caret.is_empty() || at_caret)
        {
            bad.push(format!("wanted line {line}, \"{phrase}\" at `{caret}`, got\n{log}\nfor\n{text}"));
        }
    }
    eprintln!("{count} broken texts");
    assert!(bad.is_empty(), "{} of {count}:\n{}", bad.len(), bad.join("\n----------\n"));
}
