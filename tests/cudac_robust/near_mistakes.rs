//! Right texts that look like broken ones: a refusal here would be worse than sloppy code accepted.

use crate::support::{compile_text, complaint};

/// Right texts that lie near the mistakes: none may be refused.
const FINE: &[&str] = &[
    r#"struct S { __device__ int f() { return g() + h; } __device__ int g() { return 1; } int h; };
extern "C" __global__ void k(int *x) { S s; s.h = 1; x[0] = s.f(); }"#,
    r#"__device__ int odd(int n);
__device__ int even(int n) { return n == 0 ? 1 : odd(n - 1); }
__device__ int odd(int n) { return n == 0 ? 0 : even(n - 1); }
extern "C" __global__ void k(int *x) { x[0] = even(x[1]); }"#,
    r#"template <class T> __device__ int f(T a) { return 1; }
template <> __device__ int f<float>(float a) { return 2; }
template <class T> __device__ int g(T a);
extern "C" __global__ void k(int *x) { x[0] = f(1.0f) + g(2); }
template <class T> __device__ int g(T a) { return 3; }"#,
    r#"namespace a { __device__ int f(int x) { return x; } }
namespace a { __device__ int g(int x) { return f(x); } }
using namespace a;
extern "C" __global__ void k(int *x) { x[0] = g(1); }"#,
    r#"struct V { float d[3]; __device__ float &operator[](int i) { return d[i]; } __device__ const float &operator[](int i) const { return d[i]; } __device__ float at(int i) const & { return d[i]; } __device__ float at(int i) && { return d[i]; } };
extern "C" __global__ void k(float *x) { V v; v[0] = 1; const V &c = v; x[0] = c[0] + v.at(1); }"#,
    r#"template <bool B, class T = void> struct en {}; template <class T> struct en<true, T> { using type = T; };
template <class T> __device__ typename en<sizeof(T) == 4, int>::type f(T a) { return 1; }
template <class T> __device__ typename en<sizeof(T) == 8, int>::type f(T a) { return 2; }
template <class T, typename en<sizeof(T) == 4, int>::type = 0> __device__ int g(T a) { return 1; }
template <class T, typename en<sizeof(T) == 8, int>::type = 0> __device__ int g(T a) { return 2; }
extern "C" __global__ void k(float *x) { x[0] = f(1) + f(1.0) + g(1) + g(2.0); }"#,
    r#"typedef struct node_s node; struct node_s { int v; node *next; }; typedef struct { float x, y; } point; typedef enum { RED, GREEN } color; typedef struct tagP { int a; } P, *PP;
extern "C" __global__ void k(int *x) { node n; n.v = 1; n.next = 0; point p; p.x = 1; color c = RED; P q; PP r = &q; r->a = 3; x[0] = n.v + c + q.a; }"#,
    r#"#define DEF(T) __device__ T add_##T(T a, T b) { return a + b; } __device__ T twice_##T(T a) { return add_##T(a, a); }
DEF(int) DEF(float)
extern "C" __global__ void k(int *x) { x[0] = twice_int(1) + twice_float(2); }"#,
    r#"extern "C" {
__device__ int f(int a) { return a; }
__global__ void k(int *x) { x[0] = f(1); }
}"#,
    r#"struct S { static const int N = 3; static constexpr float pi = 3.0f; static __device__ int f() { return N; } enum { M = 4 }; typedef int T; };
extern "C" __global__ void k(int *x) { S::T a[S::N]; a[0] = S::f() + S::M; x[0] = a[0] + S::pi; }"#,
    r#"extern "C" __global__ void k(int *x, int n) { int i = 0; again: if (i < n) { int t = x[i]; x[i] = t + 1; i++; goto again; } if (n > 5) goto out; { int q = 3; x[0] = q; } out: return; }"#,
    r#"extern "C" __global__ void k(int *x, int n) { switch (n) { case 0: { int a = 1; x[0] = a; break; } case 1: int b; b = 2; x[0] = b; break; default: x[0] = 3; } switch (int q = n * 2) { case 2: x[1] = q; } for (int i = 0; i < 2; i++) switch (i) { case 0: x[i] = 1; break; default: break; } }"#,
    r#"__constant__ int n = 3;
extern "C" __global__ void k(int *x, int m) { int n = m; { int n = 2; x[1] = n; } for (int i = 0; i < 2; i++) { int i2 = i; x[i2] = n; } for (int i = 0; i < 2; i++) x[i]++; }"#,
    r#"class P { int a; public: __device__ P(int q) : a(q) {} friend __device__ int get(const P &p) { return p.a; } friend __device__ P operator+(const P &l, const P &r) { return P(l.a + r.a); } };
extern "C" __global__ void k(int *x) { P p(1), q(2); x[0] = get(p + q); }"#,
    r#"class B { protected: int a; __device__ int f() { return a; } public: __device__ void set(int v) { a = v; } };
class D : public B { public: __device__ int g() { return a + f(); } };
extern "C" __global__ void k(int *x) { D d; d.set(2); x[0] = d.g(); }"#,
    r#"template <class T> struct V { T a; __device__ T get() const; template <class U> __device__ U as() const; }; template <class T> __device__ T V<T>::get() const { return a; } template <class T> template <class U> __device__ U V<T>::as() const { return (U)a; }
extern "C" __global__ void k(int *x) { V<float> v; v.a = 2; x[0] = v.get() + v.as<int>(); }"#,
    r#"template <typename T> __device__ T min(T a, T b) { return a < b ? a : b; }
__device__ float clamp(float x, float a, float b) { return x < a ? a : x > b ? b : x; }
extern "C" __global__ void k(float *x) { x[0] = min(x[0], x[1]) + clamp(x[2], 0.f, 1.f); }"#,
    r#"namespace a { template <class T> struct V { T q; }; __device__ int f(int x) { return x; } } using a::V; using a::f; using std::min;
extern "C" __global__ void k(int *x) { using a::f; V<int> v; v.q = f(1); x[0] = min(v.q, 2); }"#,
    r#"extern __device__ int counter;
extern "C" __global__ void k(int *x) { atomicAdd(&counter, 1); x[0] = counter; }
__device__ int counter = 5;"#,
    r#"#include <stdio.h>
void host() { std::vector<int> v; cudaMalloc(0, 0); k<<<1,1>>>(0); }
int main(int argc, char **argv) { host(); return 0; }
extern "C" __global__ void k(int *x) { x[0] = 1; }"#,
    r#"#include <cooperative_groups.h>
namespace cg = cooperative_groups;
using namespace cooperative_groups;
extern "C" __global__ void k(int *x) { cg::thread_block b = cg::this_thread_block(); b.sync(); x[0] = b.thread_rank(); }"#,
    // NVRTC warns of both: a jump past the initialisation of what is no object of a class, and values that do not fit.
    r#"extern "C" __global__ void k(int *x, int n) { switch (n) { case 0: int a = 1; x[0] = a; break; case 1: x[0] = 2; } if (n) goto l; int b = n; x[1] = b; l: x[2] = 3; }"#,
    r#"__constant__ int table[] = {0xd76aa478, 0xffffffff};
extern "C" __global__ void k(int *x) { const char bytes[] = {200, 'a'}; float f{16777217}; unsigned u{-1}; x[0] = table[0] + bytes[0] + u + f; }"#,
    r#"struct P { int a = 3; float b = 1; }; struct C { int a; __device__ C() : a(1) {} }; struct D { C c; };
extern __constant__ const int later[2];
extern "C" __global__ void k(int *x) { const P p; const C c; const D d; volatile int v; x[0] = p.a + c.a + d.c.a; }
__constant__ const int later[2] = {1, 2};"#,
    r#"extern "C" __global__ void __launch_bounds__(128, 2, 1) k([[maybe_unused]] int *x, __attribute__((unused)) int n, register int m) { namespace cg = cooperative_groups; extern __shared__ float s[]; x[0] = s[0]; }"#,
    r#"__device__ unsigned size(dim3 d) { return d.x * d.y; }
__device__ auto pick(int a) { if (a) return 1; return 2; }
extern "C" __global__ void k(int *x) { dim3 t = threadIdx; for ([[maybe_unused]] int i = 0; i < 2; i++) x[i] = t.x + size(blockIdx) + pick(i); switch (x[0]) { case 0xffffffff: x[1] = 1; case -5: x[2] = 1; } }"#,
];

#[test]
fn right_texts_near_the_mistakes_are_taken() {
    for text in FINE {
        let outcome = compile_text(text, "k", &[], &[]);
        assert_eq!(complaint(&outcome), None, "{text}");
        assert!(outcome.refused.is_none(), "{}\n{text}", outcome.refused.unwrap_or_default());
    }
    // Without an execution space a function belongs to the host, unless the option says otherwise.
    let text = "int twice(int a) { return 2 * a; }\nint count = 3;\nextern \"C\" __global__ void k(int *x) { x[0] = twice(count); }";
    assert!(compile_text(text, "k", &[], &[]).refused.is_some_and(|log| log.contains("device code")));
    for option in ["-default-device", "--device-as-default-execution-space"] {
        let outcome = compile_text(text, "k", &[option], &[]);
        assert!(outcome.refused.is_none(), "{option}: {:?}", outcome.refused);
    }
}
