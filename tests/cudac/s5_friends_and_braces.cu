// Friends by name, declared only or defined in the class; braces whose constants keep their values; names of loops again.
// launch: friends grid=1 block=1
//   arg i32[6] fill 0
//   expect 0 = 3 7 3 3 3 9
// launch: braces grid=1 block=1
//   arg i32 5
//   arg f32[8] fill 0
//   expect 1 = 108.5 97 -2 255 8 1.25 6 4
template <class T> class Box {
    T v;
    template <class U> friend class Peek;
    friend struct Other;
    template <class U> friend __device__ U open(const Box<U> &b);
    friend __device__ int more(const Box &b) { return b.v + 1; }
    friend __device__ Box operator+(const Box &a, const Box &b) { return Box(a.v + b.v); }

  public:
    __device__ Box(T x) : v(x) {}
};
template <class U> __device__ U open(const Box<U> &b) { return b.v; }
template <class U> class Peek {
  public:
    static __device__ int get(const Box<U> &b) { return b.v; }
};
struct Other {
    static __device__ int get(const Box<int> &b) {
        auto f = [&] { return b.v; };
        return f();
    }
};
class Length;
__device__ Length add(const Length &a, const Length &b);
class Length {
    float x;
    friend __device__ Length add(const Length &, const Length &);
    friend class Maker;

  public:
    __device__ float get() const { return x; }
};
__device__ Length add(const Length &a, const Length &b) {
    Length r;
    r.x = a.x + b.x;
    return r;
}
class Maker {
  public:
    __device__ static Length make(float f) {
        Length v;
        v.x = f;
        return v;
    }
};
struct Start {
    int n;
    __device__ constexpr Start(int from) : n(from * 3) {}
};
__device__ Start start(3);

extern "C" __global__ void friends(int *out) {
    Box<int> b(3);
    out[0] = open(b);
    out[1] = more(b + b);
    out[2] = Peek<int>::get(b);
    out[3] = Other::get(b);
    out[4] = (int)add(Maker::make(1), Maker::make(2)).get();
    out[5] = start.n;
}

constexpr float table[2] = {0.25f, 1.0f};
const int two = 2;
struct Point {
    float x;
    int n;
};
extern "C" __global__ void braces(int v, float *out) {
    char c{100};
    unsigned u{5};
    float f{1.5}, g{2};
    int a[] = {1, 'a', true};
    short s[] = {1, -2};
    unsigned char bytes[3] = {0xff, 1, 2};
    constexpr double d = 1.0;
    float z{d};
    constexpr int k = 7;
    char kk{k};
    bool on{true};
    long wide{v};
    Point p{1, two};
    out[0] = c + u + f + g;
    out[1] = a[1];
    out[2] = s[1];
    out[3] = bytes[0];
    out[4] = z + kk;
    out[5] = table[v % 2] + table[0];
    out[6] = wide + on;
    for (int i = 0; i < 2; i++)
        for (int i = 0; i < 2; i++) out[7] += 1;
    for (int i = 0; i < 2; i++) {
        { int i = 5; if (i < 5) out[7] += p.n; }
    }
}
