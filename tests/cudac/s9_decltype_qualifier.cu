// `decltype(e)::` in front of members and types, in expressions, declarations and templates.
// launch: named grid=1 block=4
//   arg i32[4] = 3 1 4 1
//   arg i32[4] fill 0
//   expect 1 = 73 59 80 59
template<class T, int N> struct Small {
    using item = T;
    struct Pair { T first, second; };
    enum { room = N };
    static constexpr int count() { return N; }
    static __device__ T twice(T v) { return v + v; }
    T items[N];
};
template<class S> __device__ int sum(const S &s) {
    typename decltype(s.items[0] * 1.0f, S())::item all = 0;
    for (int i = 0; i < S::count(); i++) all += s.items[i];
    return all;
}
template<class A> __device__ int both(A a) {
    auto copy = a;
    typename decltype(copy)::Pair p{ 1, 2 };
    return p.first + p.second * decltype(a)::twice(5) + decltype(copy)::room;
}
__global__ void named(const int *a, int *o) {
    Small<int, 5> s;
    for (int i = 0; i < decltype(s)::count(); i++) s.items[i] = a[threadIdx.x] + i;
    constexpr int more = decltype(s)::count() * 4;
    decltype(s)::item x = decltype(s)::twice(a[threadIdx.x]);
    auto pair = decltype(s)::Pair{ x, more };
    int room[decltype(s)::room];
    room[4] = pair.second;
    o[threadIdx.x] = sum(s) + both(s) + room[4] + pair.first - int(sizeof(room)) + 16;
}
