//! What texts parse to, in the form of `dump`.

use super::dump::Dump;
use super::*;

pub fn parse_with(text: &str, sink: &mut Diagnostics) -> Unit {
    let options = PreprocessOptions::default();
    let input = ParseInput {
        name: "k.cu",
        text,
        options: &options,
        headers: &[],
        library: None,
        name_expressions: &[],
    };
    parse_unit(&input, sink)
}

/// The whole unit; the text must be free of errors outside of bodies.
fn unit(text: &str) -> String {
    let mut sink = Diagnostics::default();
    let unit = parse_with(text, &mut sink);
    assert_eq!(sink.render(&unit.sources, "k.cu"), "", "{text}");
    unit.decls.iter().map(|d| Dump(&unit).decl(d)).collect::<Vec<_>>().join(" ")
}

/// The log of a text, with the errors of all bodies.
pub fn log(text: &str) -> String {
    let mut sink = Diagnostics::default();
    let unit = parse_with(text, &mut sink);
    for decl in &unit.decls {
        check_bodies(&unit, decl, &mut sink);
    }
    sink.render(&unit.sources, "k.cu")
}

pub fn check_bodies(unit: &Unit, decl: &Decl, sink: &mut Diagnostics) {
    use ast::DeclKind;
    match &decl.kind {
        DeclKind::Function(f) => {
            if let Some(body) = &f.body
                && let Err(error) = unit.body(body)
            {
                sink.push(error.clone());
            }
        }
        DeclKind::Template(t) => check_bodies(unit, &t.decl, sink),
        DeclKind::Namespace { decls, .. } => decls.iter().for_each(|d| check_bodies(unit, d, sink)),
        DeclKind::Record(r) => r.members.iter().flatten().for_each(|d| check_bodies(unit, d, sink)),
        _ => {}
    }
}

/// The statements of one function whose text is `before` and `body`.
fn body_after(before: &str, body: &str) -> String {
    let whole = unit(&format!("{before}\nvoid f() {{ {body} }}"));
    let at = whole.find("Void f(){").unwrap_or_else(|| panic!("{whole}"));
    whole[at + 9..whole.len() - 1].to_string()
}

fn body(text: &str) -> String {
    body_after("", text)
}

#[test]
fn kernels_and_specifiers() {
    assert_eq!(
        unit(
            "extern \"C\" __global__ void __launch_bounds__(256, 2) k(float *__restrict__ a, const int n) { a[n] = 1; }"
        ),
        "__global__ extern C bounds(256 2) Void k(ptr!(Float) a, const Int n){(= a[n] 1);}"
    );
    assert_eq!(unit("extern \"C\" { __global__ void k(); }"), "__global__ C Void k();");
    assert_eq!(
        unit("__device__ __forceinline__ static int f(unsigned long long x = 3u);"),
        "__device__ static forceinline Int f(ULongLong x=3u);"
    );
    assert_eq!(unit("__constant__ float c[3] = {1, 2.5f};"), "__constant__ arr[3](Float) c = {1 2.5f};");
    assert_eq!(unit("struct __align__(16) V { float x, y; };"), "Struct V {Float x; Float y;}");
    assert_eq!(unit("__device__ int __attribute__((noinline)) f();"), "__device__ noinline Int f();");
    assert_eq!(unit("typedef unsigned int u32; u32 x;"), "alias u32 = UInt; u32 x;");
    assert_eq!(
        unit("long long int unsigned a; signed char b; long double c; short d;"),
        "ULongLong a; SChar b; LongDouble c; Short d;"
    );
}

#[test]
fn declarators_are_turned_inside_out() {
    assert_eq!(
        unit("int *a[3], (*b)[4], *(*c)(int, float *);"),
        "arr[3](ptr(Int)) a; ptr(arr[4](Int)) b; ptr(fn(Int, ptr(Float))->ptr(Int)) c;"
    );
    assert_eq!(unit("const char *const s = \"a\" \"b\";"), "const ptr(const Char) s = \"ab\";");
    assert_eq!(unit("void (*table[2])(int) = {f, g};"), "arr[2](ptr(fn(Int)->Void)) table = {f g};");
    assert_eq!(
        unit("typedef float (*op)(float, float); op p;"),
        "alias op = ptr(fn(Float, Float)->Float); op p;"
    );
    assert_eq!(unit("int (&r)[4] = a; int &&q = 1;"), "ref(arr[4](Int)) r = a; rref(Int) q = 1;");
    assert_eq!(unit("auto f(int x) -> float *;"), "ptr(Float) f(Int x);");
    assert_eq!(unit("int f(void), g(int, ...);"), "Int f(); Int g(Int, ...);");
    assert_eq!(unit("float m[2][3];"), "arr[2](arr[3](Float)) m;");
    assert_eq!(unit("extern __shared__ float s[];"), "__shared__ extern arr[](Float) s;");
    assert_eq!(
        unit("struct S; int S::*p; void (S::*q)(int) const;"),
        "Struct S; mptr S(Int) p; mptr S(fn(Int)->Void) q;"
    );
}

#[test]
fn operators_bind_as_in_the_language() {
    let e = |text: &str| body(&format!("{text};"));
    assert_eq!(e("a + b * c - d"), "(Sub (Add a (Mul b c)) d);");
    assert_eq!(e("a = b += c ? d : e ? g : h"), "(= a (Add= b (? c d (? e g h))));");
    assert_eq!(
        e("a || b && c | d ^ e & g == h < i << j"),
        "(Or a (And b (BitOr c (BitXor d (BitAnd e (Eq g (Lt h (Shl i j))))))));"
    );
    assert_eq!(e("-a++ * !~*b"), "(Mul (Neg (a++)) (Not (BitNot (Deref b))));");
    assert_eq!(e("a.b->c[1](2, 3).d"), "a.b->c[1](2 3).d;");
    assert_eq!(e("&a[1], ++b"), "(, (AddressOf a[1]) (++b));");
    assert_eq!(e("x ? y = 1, 2 : z"), "(? x (, (= y 1) 2) z);");
    assert_eq!(e("a ? b : c = d"), "(? a b (= c d));");
    assert_eq!(e("a ?: b"), "(? a  b);");
    assert_eq!(e("a >> 1 > 2"), "(Gt (Shr a 1) 2);");
    assert_eq!(
        e("sizeof(int) + sizeof a + sizeof(a[0]) + alignof(float4)"),
        "(Add (Add (Add sizeof<Int> sizeof(a)) sizeof([a[0]])) alignof<float4>);"
    );
    assert_eq!(e("not a and b or c"), "(Or (And (Not a) b) c);");
    assert_eq!(
        e("1u + 2LL + 0x10 + 1.5f + 1e3 + 'a' + true"),
        "(Add (Add (Add (Add (Add (Add 1u 2ll) 16) 1.5f) 1000.0) '97') true);"
    );
}

#[test]
fn casts_and_parentheses_are_told_apart() {
    let e = |text: &str| {
        body_after("typedef float real; struct P { int x; }; int v; int g(int);", &format!("{text};"))
    };
    assert_eq!(e("(int)v"), "(CStyle <Int> v);");
    assert_eq!(e("(real)-v"), "(CStyle <real> (Neg v));");
    assert_eq!(e("(v)-1"), "(Sub [v] 1);");
    assert_eq!(e("(real)(v) * 2"), "(Mul (CStyle <real> [v]) 2);");
    assert_eq!(e("(g)(v)"), "[g](v);");
    assert_eq!(e("(const P *)&v"), "(CStyle <ptr(const P)> (AddressOf v));");
    assert_eq!(e("(float(*))v"), "(CStyle <ptr(Float)> v);");
    assert_eq!(e("(float(v))"), "[<Float>(v)];");
    assert_eq!(e("(float(*v))"), "[<Float>((Deref v))];");
    assert_eq!(e("(unsigned char)v & 1"), "(BitAnd (CStyle <UChar> v) 1);");
    assert_eq!(e("(Unknown *)v"), "(CStyle <ptr(Unknown)> v);");
    assert_eq!(e("(Unknown)v"), "(CStyle <Unknown> v);");
    assert_eq!(e("(unknown) - v"), "(Sub [unknown] v);");
    assert_eq!(e("(void (*)(int))v"), "(CStyle <ptr(fn(Int)->Void)> v);");
    assert_eq!(
        e("static_cast<real>(v) + reinterpret_cast<int *>(v)[0]"),
        "(Add (Static <real> v) (Reinterpret <ptr(Int)> v)[0]);"
    );
    assert_eq!(
        e("real(v) + P{1}.x + int{2} + float4{1, 2}.y"),
        "(Add (Add (Add <real>(v) <P>{1}.x) <Int>{2}) <float4>{1 2}.y);"
    );
    assert_eq!(
        e("unsigned(v), size_t(v), make_float2(1, 2)"),
        "(, (, <UInt>(v) <size_t>(v)) make_float2(1 2));"
    );
    assert_eq!(e("*(int *)(v + 1) = 3"), "(= (Deref (CStyle <ptr(Int)> [(Add v 1)])) 3);");
    assert_eq!(e("(P){1}"), "<P>{1};");
    assert_eq!(e("offsetof(P, x)"), "offsetof<P>1;");
}

#[test]
fn declarations_and_expressions_are_told_apart() {
    let b = |text: &str| {
        body_after(
            "struct T { int v; static int s; void m(); }; int a, b; namespace n { struct U {}; int w; }",
            text,
        )
    };
    assert_eq!(b("T *x = 0; a * b;"), "ptr(T) x = 0; (Mul a b);");
    assert_eq!(b("T x; T y(1); T z{1, 2}; T w = {3};"), "T x; T y(1); T z{1 2}; T w = {3};");
    assert_eq!(b("T(a); T::s = 1; T{1}.v;"), "<T>(a); (= T::s 1); <T>{1}.v;");
    assert_eq!(b("n::U u; n::w = 2;"), "n::U u; (= n::w 2);");
    assert_eq!(
        b("unknown_t x = 1; unknown_t *p = &x; foo(a);"),
        "unknown_t x = 1; ptr(unknown_t) p = (AddressOf x); foo(a);"
    );
    assert_eq!(b("int T = 3; T * a;"), "Int T = 3; (Mul T a);");
    assert_eq!(b("{ int T = 3; } T x;"), "{Int T = 3;} T x;");
    assert_eq!(b("float4 v(float(a), 1);"), "float4 v(<Float>(a) 1);");
    assert_eq!(b("int i(a), j = i, k(3);"), "Int i(a); Int j = i; Int k(3);");
    assert_eq!(b("float (*fp)(float) = g;"), "ptr(fn(Float)->Float) fp = g;");
    assert_eq!(b("struct L { int q; } l; l.q = 1;"), "Struct L {Int q;} Struct L l; (= l.q 1);");
    assert_eq!(b("enum { A, B = 3 }; a = B;"), "enum {A B=3} (= a B);");
    assert_eq!(b("using F = float; typedef int I; F f; I i;"), "alias F = Float; alias I = Int; F f; I i;");
    assert_eq!(
        b("const auto &r = a; auto *p = &b; static const int n = 4;"),
        "ref(const auto) r = a; ptr(auto) p = (AddressOf b); static const Int n = 4;"
    );
    assert_eq!(
        b("__shared__ float tile[16][17]; extern __shared__ char raw[];"),
        "__shared__ arr[16](arr[17](Float)) tile; __shared__ extern arr[](Char) raw;"
    );
    assert_eq!(b("uint32_t x = threadIdx.x; dim3 g(1, 2);"), "uint32_t x = threadIdx.x; dim3 g(1 2);");
    assert_eq!(b("auto [p, q] = t;"), "auto [p q] = t;");
    assert_eq!(b("volatile int *vp; const unsigned x = 3;"), "ptr(volatile Int) vp; const UInt x = 3;");
}

#[test]
fn statements() {
    assert_eq!(body("if (a) b(); else if (c) d(); else { e(); }"), "if(a) b(); else if(c) d(); else {e();}");
    assert_eq!(
        body("for (int i = 0, j = 1; i < n; ++i) { continue; }"),
        "for(Int i = 0; Int j = 1; (Lt i n); (++i)) {continue;}"
    );
    assert_eq!(
        body("for (;;) break; while (x) ; do { } while (y);"),
        "for( ; ) break; while(x) ; do {} while(y)"
    );
    assert_eq!(
        body("switch (x) { case 1: case 2 ... 4: a(); break; default: b(); }"),
        "switch(x) {case 1: case 2...4: a(); break; default: b();}"
    );
    assert_eq!(body("again: x--; if (x) goto again; done: ;"), "again: (x--); if(x) goto again; done: ;");
    assert_eq!(
        body("if constexpr (sizeof(int) == 4) return; return {1, 2};"),
        "ifc((Eq sizeof<Int> 4)) return ; return {1 2};"
    );
    assert_eq!(
        body("if (int k = g(); k > 0) {} if (auto p = h()) {} while (int c = n()) {}"),
        "if(Int k = g();(Gt k 0)) {} if(auto p = h();) {} while(Int c = n();) {}"
    );
    assert_eq!(body("for (auto x : list) s += x;"), "for(auto x; : list) (Add= s x);");
    assert_eq!(
        body("static_assert(sizeof(int) == 4, \"msg\"); [[maybe_unused]] int x;"),
        "static_assert((Eq sizeof<Int> 4)); Int x;"
    );
    assert_eq!(
        body("asm volatile(\"mov %0, 1;\" : \"=r\"(x)); y();"),
        "unsupported inline assembly statements; y();"
    );
    assert_eq!(body("f<<<dim3(1), n / 2, 0, s>>>(a, b);"), "f<<<<dim3>(1) (Div n 2) 0 s>>>(a b);");
    assert_eq!(
        body("auto l = [=, &q](int x) mutable -> int { return x; };"),
        "auto l = lambda(Int x){return x;};"
    );
    assert_eq!(body("int v = ({ int t = 1; t + 1; });"), "Int v = {Int t = 1; (Add t 1);};");
    assert_eq!(
        body("int a[] = {[2] = 1, 3}; P p = {.x = 1, .y = {2}};"),
        "arr[](Int) a = {[2]1 3}; P p = {.x1 .y{2}};"
    );
}

#[test]
fn templates_and_angle_brackets() {
    assert_eq!(
        unit(
            "template <typename T, int N = 4, class... Ts> __device__ T f(T x) { T y = x; return y < N ? y : T(0); }"
        ),
        "template<type T Int N=4 type... Ts> __device__ T f(T x){T y = x; return (? (Lt y N) y <T>(0));}"
    );
    assert_eq!(
        unit("template <class T> struct V { T x; }; V<V<int>> v; V<float> *p;"),
        "template<type T> Struct V {T x;} V<V<Int>> v; ptr(V<Float>) p;"
    );
    let before = "template<class T> T g(T); template<class T, int N> struct A { static const int n = N; }; int x; int h(int);";
    let b = |text: &str| body_after(before, text);
    assert_eq!(b("g<float>(1); x < 3 > (2);"), "g<Float>(1); (Gt (Lt x 3) [2]);");
    assert_eq!(
        b("A<int, (3 > 2)> a; x = A<int, 8>::n << 2;"),
        "A<Int,=[(Gt 3 2)]> a; (= x (Shl A<Int,=8>::n 2));"
    );
    assert_eq!(b("unknown<float>(1); unknown<x, 3>::f();"), "unknown<Float>(1); unknown<=x,=3>::f();");
    assert_eq!(b("if (x < h(1) && x > 2) {}"), "if((And (Lt x h(1)) (Gt x 2))) {}");
    assert_eq!(b("a.f<int>(1); p->template q<3>(); a.b < c;"), "a.f<Int>(1); p->q<=3>(); (Lt a.b c);");
    assert_eq!(
        b("std::max<int>(1, 2); std::numeric_limits<float>::max();"),
        "std::max<Int>(1 2); std::numeric_limits<Float>::max();"
    );
    assert_eq!(
        unit("template<> __device__ float f<float>(float x);"),
        "template<> __device__ Float f<Float>(Float x);"
    );
    assert_eq!(
        unit("template<class T> void k(T *); template void k<float>(float *);"),
        "template<type T> Void k(ptr(T)); instantiate Void k<Float>(ptr(Float));"
    );
    assert_eq!(
        unit("template<class T> using P = T *; P<int> p;"),
        "template<type T> alias P = ptr(T); P<Int> p;"
    );
    assert_eq!(
        unit(
            "template<int A, int B> struct M {}; template<int A> struct M<A, 0> {}; template<> struct M<1, 1> { int q; };"
        ),
        "template<Int A Int B> Struct M {} template<Int A> Struct M<=A,=0> {} template<> Struct M<=1,=1> {Int q;}"
    );
    assert_eq!(
        unit(
            "template<class T, typename T::type N> struct Q {}; template<template<class> class C> struct R {};"
        ),
        "template<type T typename T::type N> Struct Q {} template<template C> Struct R {}"
    );
    assert_eq!(
        unit(
            "template<class T> struct S { T v; S(); T get() const; }; template<class T> S<T>::S() : v(0) {} template<class T> T S<T>::get() const { return v; }"
        ),
        "template<type T> Struct S {T v; ctor S(); T get() const;} template<type T> ctor S<T>::S(): v(0){} \
         template<type T> T S<T>::get() const{return v;}"
    );
    assert_eq!(
        unit(
            "template<class... A> int sum(A... a) { return (a + ...) + (0 + ... + a) + sizeof...(A) + g(a...); }"
        ),
        "template<type... A> Int sum(pack(A) a){return (Add (Add (Add (fold Add a _) (fold Add 0 a)) sizeof...(A)) g(a...));}"
    );
    assert_eq!(
        unit("template<class T, class = typename std::enable_if<(sizeof(T) > 4)>::type> void e();"),
        "template<type T type _=typename std::enable_if<=[(Gt sizeof<T> 4)]>::type> Void e();"
    );
}

/// The whole of a larger program, where a wrong guess shows as a wrong tree and not as an error.
#[test]
fn ambiguities_inside_a_real_program() {
    let all = unit(include_str!("testdata/odds_and_ends.cu"));
    for part in [
        "Add [k] 1)",
        "(Deref (CStyle <ptr(Int)> (AddressOf acc)))",
        "(And (Lt a b) (Gt s[a] 3))",
        "(Or (And [(Lt tid n)] [(Gt tid 0u)]) (Not [(Gt (Shr n 3) 2)]))",
        "warpReduce<=64,T>(s tid);",
        "(Mul <Complex>(1 2) <Complex>{3 4})",
        "red<Float,=4><<<1 2>>>(x x n);",
        "(? (Lt n 3) (Gt n 2) n)",
        "Bool F=[(Gt N 4)]",
        "table[(BitAnd n 1)](x[1])",
        "cswap<Float,Less<Float>>(x[2] x[3]);",
    ] {
        assert!(all.contains(part), "{part}\n{all}");
    }
}

#[test]
fn classes() {
    let text = "struct V { float x = 0, y{1}; static int n; V() : x(0), y{2} {} explicit V(float a) : V() {} ~V() {} \
                V operator+(const V &o) const { return V(x + o.x); } float &operator[](int i); bool operator==(V) const = default; \
                operator float() const; V &operator++(); void operator()(int); unsigned b : 3, : 2; \
                union { int i; float f; }; enum K { A, B }; friend V f(V); private: V(const V &) = delete; };";
    assert_eq!(
        unit(text),
        "Struct V {Float x = 0; Float y{1}; static Int n; ctor V(): x(0) y{2}{} explicit ctor V(Float a): V(){} Void ~V(){} \
         V operator[Binary(Add)](ref(const V) o) const{return <V>((Add x o.x));} ref(Float) operator[Subscript](Int i); \
         Bool operator[Binary(Eq)](V) const = default; Float operator Float() const; ref(V) operator[Increment](); \
         Void operator[Call](Int); UInt b:3; UInt :2; Union {Int i; Float f;} enum K {A B} friend V f(V); Private: \
         ctor V(ref(const V)) = delete;}"
    );
    assert_eq!(
        unit("struct A { void f(); }; void A::f() { g = 1; } int A::*p;"),
        "Struct A {Void f();} Void A::f(){(= g 1);} mptr A(Int) p;"
    );
    assert_eq!(unit("class B : public A, protected virtual C { int x; };"), "Class B : A  : C {Int x;}");
    assert_eq!(
        unit("typedef struct node { struct node *next; } node; node *head;"),
        "Struct node {ptr(Struct node) next;} alias node = Struct node; ptr(node) head;"
    );
    assert_eq!(
        unit("typedef struct { int a; } anon; struct { int q; } x, y;"),
        "alias anon = Struct {Int a;}; Struct {Int q;} x; Struct {Int q;} y;"
    );
    assert_eq!(
        unit("enum class E : unsigned char { A = 1, B, }; enum E2 { C }; E e = E::A;"),
        "enum class E : UChar {A=1 B} enum E2 {C} E e = E::A;"
    );
    assert_eq!(
        unit("struct O { struct I { int z; }; I i; }; O::I j; struct O::I k;"),
        "Struct O {Struct I {Int z;} I i;} O::I j; Struct O::I k;"
    );
    assert_eq!(
        unit("V operator*(float s, V v); bool operator!(V); struct S { S &operator=(const S &); } s;"),
        "V operator[Binary(Mul)](Float s, V v); Bool operator[Unary(Not)](V); Struct S {ref(S) operator[Assign](ref(const S));} Struct S s;"
    );
    // A member that comes later is known in a body.
    assert_eq!(
        unit("struct Z { int f() { T * a; return 0; } typedef int T; };"),
        "Struct Z {Int f(){ptr(T) a; return 0;} alias T = Int;}"
    );
}

#[test]
fn namespaces() {
    assert_eq!(
        unit(
            "namespace a { namespace { int x; } inline namespace v1 { struct S {}; } } namespace a::b { a::S s; }"
        ),
        "namespace a {namespace  {Int x;} namespace v1 {Struct S {}}} namespace a {namespace b {a::S s;}}"
    );
    assert_eq!(
        unit(
            "namespace cg = cooperative_groups; using namespace std; using std::min; namespace n { struct T {}; } using n::T; T *t;"
        ),
        "namespace cg = cooperative_groups; using namespace std; using std::min; namespace n {Struct T {}} using n::T; ptr(T) t;"
    );
    assert_eq!(
        body_after("namespace n { struct T {}; }", "using namespace n; T * x; (T)x;"),
        "using namespace n; ptr(T) x; (CStyle <T> x);"
    );
    assert_eq!(
        unit("std::size_t n; std::uint32_t f(std::size_t);"),
        "std::size_t n; std::uint32_t f(std::size_t);"
    );
}

#[test]
fn bodies_are_parsed_on_demand_only() {
    let mut sink = Diagnostics::default();
    let text = "void bad() { this is @ not C++ at all; }\nvoid good() { int x = 1; }";
    let unit = parse_with(text, &mut sink);
    assert!(!sink.has_errors());
    assert_eq!(unit.decls.len(), 2);
    let log = log(text);
    assert!(log.starts_with("k.cu(1): error: expected a \";\""), "{log}");
    assert!(log.contains("1 error detected"), "{log}");
}

#[test]
fn messages_name_the_place_and_the_construct() {
    let cases = [
        ("int x\nint y;", "k.cu(2): error: expected a \";\""),
        ("void f() {\n  int x = 1\n  x = 2;\n}", "k.cu(3): error: expected a \";\""),
        ("void f() {\n  g(1, 2;\n}", "k.cu(2): error: expected a \")\""),
        ("void f() {\n int x;\n\n", "k.cu(2): error: expected a \"}\""),
        ("void f() {\n if (x) {\n}\n__global__ void k() {\n}\n", "k.cu(4): error: expected a \"}\""),
        ("struct S {\n int x;\n}\n__global__ void k() {}", "k.cu(4): error: expected a \";\""),
        ("enum E { A }\nint x;", "k.cu(2): error: expected a \";\""),
        ("__gloabl__ void k() {}", "identifier \"__gloabl__\" is undefined"),
        ("__global__ k(int x) {}", "no storage class or type specifier"),
        ("void f() { for (int i = 0, i < 3; i++) {} }", "expected a \";\""),
        ("void f() { if x > 3 { } }", "expected a \"(\""),
        ("void f() { if (x { } }", "expected a \")\""),
        ("void f() { x = ; }", "expected an expression"),
        ("void f() { else x; }", "\"else\" without a matching \"if\""),
        ("foo;", "no storage class or type specifier"),
        ("EXPORT void f();", "identifier \"EXPORT\" is undefined"),
        ("void f() { throw 1; }", "exceptions are not supported yet"),
        ("void f() { int x = 08; }", "invalid digit"),
        ("struct S { int x; ", "expected a \"}\""),
        ("void f() { for (int i = 0; i < 3) {} }", "expected a \";\""),
        ("int a[3;", "expected a \"]\""),
        ("void f(int x { }", "expected a \")\""),
        ("unsigned float x;", "invalid combination of type specifiers"),
        ("void f() { float; }", "declaration does not declare anything"),
        ("void f() { int 3x; }", "expected an identifier"),
        ("}", "expected a declaration"),
        ("void f() { case 1 }", "expected a \":\""),
        ("template <typename T void f();", "expected a \">\""),
    ];
    for (text, message) in cases {
        let log = log(text);
        assert!(log.contains(message), "{text}\n{log}");
        assert!(log.contains("\n1 error detected"), "one error, no cascade: {text}\n{log}");
    }
}

#[test]
fn the_parser_goes_on_after_an_error() {
    let mut sink = Diagnostics::default();
    let unit = parse_with("int a b;\nvoid ok() {}\nstruct S { int x y; };\nint z;", &mut sink);
    assert_eq!(sink.error_count(), 2, "{}", sink.render(&unit.sources, "k"));
    let names: Vec<_> = unit.decls.iter().map(|d| Dump(&unit).decl(d)).collect();
    assert!(
        names.iter().any(|n| n == "Int z;") && names.iter().any(|n| n.starts_with("Void ok")),
        "{names:?}"
    );
}

#[test]
fn name_expressions() {
    let options = PreprocessOptions::default();
    let text = "namespace n { template<class T, int N> __global__ void add(T *); } typedef float real;";
    let wanted = ["n::add<float, 4>", "&n::add<real,(2>1)>", "add<", "n::add<int*,-1>"];
    let input = ParseInput {
        name: "k",
        text,
        options: &options,
        headers: &[],
        library: None,
        name_expressions: &wanted,
    };
    let mut sink = Diagnostics::default();
    let unit = parse_unit(&input, &mut sink);
    assert!(!sink.has_errors());
    let shown: Vec<_> = unit
        .name_expressions
        .iter()
        .map(|n| n.as_ref().map_or("error".into(), |n| Dump(&unit).name(n)))
        .collect();
    assert_eq!(shown, ["n::add<Float,=4>", "n::add<real,=[(Gt 2 1)]>", "error", "n::add<ptr(Int),=(Neg 1)>"]);
}

#[test]
fn the_library_is_shared() {
    // The library and the trees of a unit are for all threads.
    fn shareable<T: Send + Sync>() {}
    shareable::<Unit>();
    shareable::<Library>();
    let library = Library::get();
    let mut sink = Diagnostics::default();
    let options = PreprocessOptions::default();
    let text = "namespace cg = cooperative_groups;\nnamespace mine { int x; }\n\
        void f() { cg::thread_block * b; __ldg<int>(p); cooperative_groups::sync<int>(1) < 3; std::size_t n; \
        sinf<n>(3); }";
    let input = ParseInput {
        name: "k",
        text,
        options: &options,
        headers: &[],
        library: Some(library),
        name_expressions: &[],
    };
    let unit = parse_unit(&input, &mut sink);
    assert_eq!(sink.render(&unit.sources, "k"), "");
    // `sinf` is no template: its `<` compares.
    assert_eq!(
        Dump(&unit).decl(&unit.decls[2]),
        "Void f(){ptr(cg::thread_block) b; __ldg<Int>(p); (Lt cooperative_groups::sync<Int>(1) 3); \
         std::size_t n; (Gt (Lt sinf n) [3]);}"
    );
    // A body of the library, and its place.
    let part = library.part(unit.symbol("__ldg").unwrap()).unwrap();
    let ast::DeclKind::Template(t) = &part.decls[0].kind else { panic!() };
    let ast::DeclKind::Function(f) = &t.decl.kind else { panic!() };
    assert!(Dump(&unit).body(f.body.as_ref().unwrap()).starts_with("{return (Deref p);"));
    assert!(unit.sources.describe(f.name_span).starts_with("<prelude>:"));
}
