// Which copy a return makes, which method an object may call by its own kind, and which of two templates refers more closely.
// launch: references grid=1 block=2
//   arg i32[24] fill 0
//   expect 0 = 1100 1107 100 5 -6 -43 121 334 55 0 0 0 1101 1101 101 6 -6 -53 121 334 55 0 0 0
struct Trace {
    int steps;
    __device__ Trace(int s) : steps(s) {}
    __device__ Trace(const Trace &o) : steps(o.steps + 100) {}
    __device__ Trace(Trace &&o) : steps(o.steps + 1000) {}
    __device__ Trace &add(int n) & {
        steps += n;
        return *this;
    }
    __device__ int read() const & { return steps; }
    __device__ int read() && { return -steps; }
};
__device__ Trace given_back(Trace t) { return t; }
__device__ Trace chosen(bool first, Trace a, Trace b) {
    if (first) return a;
    return b;
}
__device__ Trace by_reference(Trace &t) { return t; }
template <typename T> __device__ int refers(const T &) { return 1; }
template <typename T> __device__ int refers(T &) { return 2; }
template <typename T> __device__ int takes(T &&) { return 3; }
template <typename T> __device__ int takes(const T &) { return 4; }
template <typename T> __device__ int both(T &&, T &) { return 5; }
template <typename T> __device__ int both(const T &, T &) { return 6; }
extern "C" __global__ void references(int *out) {
    int t = threadIdx.x;
    int *q = out + t * 12;
    Trace a(t);
    const Trace fixed(7);
    const int ci = 3;
    int i = 4;
    q[0] = given_back(a).steps;
    q[1] = chosen(t, a, fixed).steps;
    q[2] = by_reference(a).steps;
    q[3] = a.add(5).read();
    q[4] = Trace(6).read();
    q[5] = fixed.read() + static_cast<Trace &&>(a).read() * 10;
    q[6] = refers(ci) + refers(i) * 10 + refers(5) * 100;
    q[7] = takes(ci) + takes(i) * 10 + takes(5) * 100;
    q[8] = both(5, i) + both(i + 0, i) * 10;
}
