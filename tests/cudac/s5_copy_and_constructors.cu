// Copy constructors, conversion constructors, members that are classes, arrays of objects, const methods.
// launch: objects grid=1 block=4
//   arg i32[16] fill 0
//   expect 0 = 20 721 1 10 30 721 3 10 40 721 5 10 50 721 7 10
struct inner {
    int v;
    __device__ inner(int x = 7) : v(x) {}
    __device__ inner(const inner &o) : v(o.v + 1) {}
    __device__ inner &operator=(const inner &o) {
        v = o.v * 10;
        return *this;
    }
};
struct outer {
    inner a, b;
    int tail[2];
    __device__ outer(int x) : a(x), b(a) { tail[0] = tail[1] = x; }
    __device__ int sum() const { return a.v + b.v + tail[0] - tail[1]; }
};
__device__ inner pass(inner i) { return inner(i.v * 2); }
extern "C" __global__ void objects(int *out) {
    int t = threadIdx.x;
    inner plain, list[3] = {1, inner(2)};
    outer o(t);
    inner c = o.b;
    plain = c;
    out[t * 4] = plain.v;
    out[t * 4 + 1] = list[0].v + list[1].v * 10 + list[2].v * 100;
    out[t * 4 + 2] = o.sum();
    out[t * 4 + 3] = pass(5).v;
}
