// Members of class templates defined outside of them, member templates among these; classes nested in templates.
// launch: members grid=1 block=8
//   arg f32[8] fill 0
//   expect 0 = 118.25 155.25 192.25 229.25 266.25 303.25 340.25 377.25
template <typename T, int N = 4> class ring {
public:
    __device__ ring();
    __device__ void push(T v);
    __device__ T sum() const;
    template <typename U> __device__ U as() const;
    template <int K> __device__ T at();
    static const int size = N;
    struct node {
        T v;
        __device__ T twice() const;
    };

private:
    T data[N];
    int next;
    static __device__ T zero();
};
template <typename T, int N> __device__ ring<T, N>::ring() : next(0) {
    for (int i = 0; i < N; i++) data[i] = zero();
}
template <typename T, int N> __device__ void ring<T, N>::push(T v) { data[next++ % N] = v; }
template <typename T, int N> __device__ T ring<T, N>::sum() const {
    T s = T();
    for (int i = 0; i < N; i++) s += data[i];
    return s;
}
template <typename T, int N> template <typename U> __device__ U ring<T, N>::as() const {
    return static_cast<U>(sum() * N);
}
template <class A, int M> template <int K> __device__ A ring<A, M>::at() { return data[K % M] + K; }
template <typename T, int N> __device__ T ring<T, N>::zero() { return T(0); }
template <typename T, int N> __device__ T ring<T, N>::node::twice() const { return v + v; }
struct plain {
    int n;
    template <typename U> __device__ U plus(U x) const;
};
template <typename U> __device__ U plain::plus(U x) const { return x + n; }
extern "C" __global__ void members(float *out) {
    ring<float> r;
    for (int i = 0; i < 6; i++) r.push(i * 0.5f + threadIdx.x);
    ring<int, 2>::node n{3};
    ring<int, 3> whole;
    whole.push(7);
    plain p{4};
    out[threadIdx.x] = r.sum() + r.as<int>() + r.template as<unsigned>() + r.at<2>() + whole.at<3>() + whole.as<double>()
        + ring<double, 7>::size + n.twice() + r.size + p.plus(0.25f);
}
