// Parameter packs of types and values, expanded in calls, lists, template arguments and base classes; folds.
// launch: calls grid=1 block=1
//   arg f32[16] fill 0
//   arg i32[4] fill 0
//   expect 0 = 6 6.5 7 0.5 1 0 4 0 63 234 3.5 3 13 21 2 -5
//   expect 1 = 5 6 97 2
// launch: classes grid=1 block=1
//   arg f32[12] fill 0
//   expect 0 = 5 3 7 2.5 97 32 14 3 12 60 2 16
// launch: dims<float, 3, 1, 4> grid=1 block=4
//   arg f32[4] fill 9
//   expect 0 = 3 1 4 9
// launch: scale<int, float> grid=1 block=4
//   arg i32 3
//   arg i32[4] = 0 1 2 3
//   arg f32[4] = 0 1 2 3
//   expect 1 = 0 2 4 3
//   expect 2 = 0 2 4 3
template <typename T> __device__ T sum(T v) { return v; }
template <typename T, typename... Ts> __device__ T sum(T v, Ts... rest) { return v + sum(rest...); }
template <typename... Ts> __device__ float folded(Ts... xs) { return (xs + ... + 0.5f); }
template <typename... Ts> __device__ bool positive(const Ts &...xs) { return (... && (xs > 0)); }
template <typename... Ts> __device__ constexpr int count(Ts...) { return sizeof...(Ts); }
template <typename F, typename... A> __device__ auto twice(F f, A... a) { return f(a * 2 ...); }
template <class... Ts> __device__ void store(int *out, Ts &&...v) {
    int i = 0;
    ((out[i++] = v), ...);
}
template <class T, class... Ts> __device__ void bump(T &a, Ts &...rest) {
    a += 1;
    if constexpr (sizeof...(rest) > 0) bump(rest...);
}
template <class R, class... P, class... A> __device__ R call(R (*f)(P...), A... a) { return f(P(a)...); }
__device__ int truncated(int a, int b) { return 10 * a + b; }
template <class... T> __device__ int nested(T... a) { return sum((a + sum(a...))...); }
template <class... T> __device__ int largest(T... a) {
    const int all[] = {0, a...};
    int best = 0;
    for (int v : all) best = v > best ? v : best;
    return best;
}
template <class... T> __device__ float from_left(T... a) { return (10.f - ... - a); }

extern "C" __global__ void calls(float *o, int *q) {
    o[0] = sum(1, 2, 3);
    o[1] = sum(1.5f, 2, 3.25);
    o[2] = folded(1, 2.5f, 3.0);
    o[3] = folded();
    o[4] = positive(1, 2.f, 3u);
    o[5] = positive(1, -2);
    o[6] = count(1, 2, 3, 'c');
    o[7] = count();
    o[8] = twice([](int a, float b) { return a * 10 + b; }, 3, 1.5f);
    store(q, 5, 6u, 'a', 2.9);
    int x = 1;
    float y = 2;
    unsigned z = 3;
    bump(x, y, z);
    o[9] = x * 100 + y * 10 + z;
    o[10] = sum<double>(1.5, 2);
    o[11] = count<int, float>(1, 2.f, 3);
    o[12] = call(truncated, 1.9f, 3.9);
    o[13] = nested(1, 2, 4);
    o[13] -= 7;
    o[14] = largest(-1, 2, 1);
    o[15] = from_left(4, 5, 6);
}

template <int... Is> struct Seq {
    static constexpr int n = sizeof...(Is);
    static __device__ int at(int i) {
        const int v[] = {Is...};
        return v[i];
    }
};
template <int N, int... Is> struct Make : Make<N - 1, N - 1, Is...> {};
template <int... Is> struct Make<0, Is...> {
    using type = Seq<Is...>;
};
template <typename... Ts> struct Tuple;
template <> struct Tuple<> {};
template <typename H, typename... T> struct Tuple<H, T...> {
    H head;
    Tuple<T...> tail;
    __device__ Tuple(H h, T... t) : head(h), tail(t...) {}
};
template <int I> struct Get {
    template <class H, class... T> static __device__ auto from(const Tuple<H, T...> &t) {
        return Get<I - 1>::from(t.tail);
    }
};
template <> struct Get<0> {
    template <class H, class... T> static __device__ auto from(const Tuple<H, T...> &t) { return t.head; }
};
template <class T, int... Is> __device__ T dot(const T *a, const T *b, Seq<Is...>) { return ((a[Is] * b[Is]) + ...); }
template <class... T> struct Sizes {
    static constexpr int all[sizeof...(T)] = {sizeof(T)...};
    static constexpr int total = (sizeof(T) + ... + 0);
};
template <class F, class... Rest> struct Same {
    static constexpr bool value = (__is_same(F, Rest) && ...);
};
template <template <class...> class C, class... T> using Wrapped = C<T *...>;

extern "C" __global__ void classes(float *o) {
    using S = Make<5>::type;
    o[0] = S::n;
    o[1] = S::at(3);
    Tuple<int, float, char> t(7, 2.5f, 'a');
    o[2] = Get<0>::from(t);
    o[3] = Get<1>::from(t);
    o[4] = Get<2>::from(t);
    float a[] = {1, 2, 3}, b[] = {4, 5, 6};
    o[5] = dot(a, b, Seq<0, 1, 2>());
    o[6] = dot(a, b, Make<2>::type());
    o[7] = Sizes<int, char, double>::all[1] + Same<int, int, int>::value + Same<int>::value;
    o[8] = Sizes<int, double>::total;
    o[9] = Sizes<int, double>::total * Seq<7, 8, 9, 10, 11>::n;
    o[10] = Same<int, float>::value + 2 * Same<float, float>::value;
    o[11] = sizeof(Wrapped<Tuple, char>);
}

template <typename T, int... Dims> __global__ void dims(T *p) {
    int d[] = {Dims...}, i = threadIdx.x;
    if (i < sizeof...(Dims)) p[i] = d[i];
}
template <typename... Ts> __global__ void scale(int n, Ts *...columns) {
    int i = threadIdx.x;
    if (i < n) ((columns[i] *= 2), ...);
}
