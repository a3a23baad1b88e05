// References to arrays: of members in constant and other objects, returned, bound, deduced with their length.
// launch: shapes grid=1 block=1
//   arg i32[14] fill 0
//   expect 0 = 2 1 2 1 8 2 24 0 6 0 8 7 31 2
__device__ int which(int (&)[2]) { return 1; }
__device__ int which(const int (&)[2]) { return 2; }
template <class T, int N> __device__ int bytes(T (&)[N]) { return sizeof(T) * N; }

struct Pair {
    int a[2];
    __device__ int ask() const { return which(a); }
    __device__ int ask() { return which(a); }
    __device__ int size() const { return bytes(a); }
};

template <int N> class Place {
    typedef long index_t[N];
    index_t at_;

  public:
    __device__ Place(int from) {
        for (int i = 0; i < N; i++) at_[i] = from + i;
    }
    __device__ const index_t &get() const { return at_; }
    __device__ index_t &ref() { return at_; }
    __device__ const long (&other() const)[N] { return at_; }
};

struct View {
    int *p;
    template <typename I, int N> __device__ int &operator[](const I (&index)[N]) {
        int flat = 0;
        for (int i = 0; i < N; i++) flat = flat * 3 + index[i];
        return p[flat];
    }
    __device__ int &operator[](int i) { return p[i]; }
};

extern "C" __global__ void shapes(int *out) {
    Pair s;
    const Pair t{{1, 2}};
    const int c[2] = {1, 2};
    int n[2] = {3, 4}, m[2][3];
    out[0] = which(c);
    out[1] = which(n);
    out[2] = ((const Pair &)s).ask();
    out[3] = s.ask();
    out[4] = t.size();
    out[5] = which(t.a);
    const auto &whole = m;
    out[6] = sizeof(whole);
    View v{out + 6};
    Place<2> x(0);
    int first[] = {0, 2};
    v[first] = 6;
    v[x.get()] += 30;
    x.ref()[0] = 1;
    v[x.get()] = 8;
    v[5] = 7;
    const long (&r)[2] = x.other();
    out[12] = 30 + r[1];
    out[13] = r[0] + 1;
    const long ends[] = {0, 1};
    v[ends] -= 30;
}
