// Variable templates with explicit and partial specialisations, recursive ones, and ones of a type of their own.
// launch: values grid=1 block=1
//   arg i64[18] fill 0
//   expect 0 = 22 4 240 102334155 3 21 301 2 -7 14 256 1004 79000 39 5814 2304 418 51
template <class T> constexpr T small = (T)3;
template <> constexpr int small<int> = 22;
template <> constexpr const char *small<const char *> = nullptr;
template <int N> constexpr int fact = N * fact<N - 1>;
template <> constexpr int fact<0> = 2;
template <int N> constexpr long long fib = fib<N - 1> + fib<N - 2>;
template <> constexpr long long fib<0> = 0;
template <> constexpr long long fib<1> = 1;
template <class T> constexpr int depth = 0;
template <class T> constexpr int depth<T *> = 1 + depth<T>;
template <class T> constexpr int depth<const T> = 10 + depth<T>;
template <class T, int N> constexpr int depth<T[N]> = 100 * N + depth<T>;
template <class A, class B> constexpr bool same = false;
template <class A> constexpr bool same<A, A> = true;
template <class T, int N = 4> constexpr auto pick = N + 0.5;
template <class T> constexpr int pick<T, 4> = -7;
template <> constexpr unsigned char pick<char, 9> = 255;
namespace space {
template <class T> constexpr int size = sizeof(T);
namespace inner {
template <class T> constexpr int twice = 2 * size<T>;
}
template <> constexpr int inner::twice<short> = 77;
}
template <> constexpr int space::size<double> = 1000;
struct Traits {
    template <class T> static constexpr int rank = 1;
};
template <class T> constexpr int Traits::rank<T &> = 2 + rank<T>;
template <> constexpr int Traits::rank<short> = 7;
template <class... T> constexpr int count = -1;
template <class H, class... T> constexpr int count<H, T...> = (int)sizeof(H) + 10 * count<T...>;
template <> constexpr int count<> = 5;

template <class T> __device__ int through(T) { return small<T> + depth<T *>; }

extern "C" __global__ void values(long long *out) {
    out[0] = small<int>;
    out[1] = small<short> + (small<const char *> == nullptr);
    out[2] = fact<5>;
    out[3] = fib<40>;
    out[4] = depth<int ***>;
    out[5] = depth<const int *const>;
    out[6] = depth<int *[3]>;
    out[7] = same<int, int> * 2 + same<int, long>;
    out[8] = pick<int>;
    out[9] = (long long)(pick<int, 3> * 4);
    out[10] = pick<char, 9> + 1;
    out[11] = space::size<double> + space::size<float>;
    out[12] = space::inner::twice<short> * 1000 + space::inner::twice<double>;
    out[13] = Traits::rank<int &> * 10 + Traits::rank<short &>;
    out[14] = count<int, char, double>;
    out[15] = through(4) * 100 + through('c');
    out[16] = sizeof(pick<int>) * 100 + sizeof(pick<char, 9>) * 10 + sizeof(pick<char, 3>);
    int table[fact<3>] = {1, 2, 3};
    out[17] = sizeof(table) + table[fact<1>];
}
