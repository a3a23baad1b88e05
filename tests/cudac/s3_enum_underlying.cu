// Enums among overloads: their underlying type is better than what it promotes to, and can be named.
// launch: best grid=1 block=6
//   arg i32[24] fill 0
//   expect 0 = 2241 415 1272 2 2241 415 761 2 2241 415 506 2 2241 415 379 2 2241 415 316 2 2241 415 285 2
#include <type_traits>
enum small : unsigned char { s0, s1 = 250 };
enum wide : long long { w0, w1 = 1ll << 40 };
enum free_ { f0, f1 = 3 };
enum class scoped : short { a = -2, b };
__device__ int kind(unsigned char) { return 1; }
__device__ int kind(int) { return 2; }
__device__ int kind(unsigned) { return 3; }
__device__ int kind(long long) { return 4; }
__device__ int kind(short) { return 5; }
template <class E> __device__ std::underlying_type_t<E> raw(E e) {
    return static_cast<typename std::underlying_type<E>::type>(e);
}
extern "C" __global__ void best(int *out) {
    int t = threadIdx.x, *o = out + 4 * t;
    small s = (small)(s1 + t);
    o[0] = kind(s) + 10 * kind((wide)t) + 100 * kind(f1) + 1000 * kind(+s);
    o[1] = kind(raw(scoped::a)) + 10 * kind(raw(s1)) + 100 * kind(raw(w1));
    o[2] = raw(s) + (raw(w1) >> (30 + t)) + raw(scoped::a);
    o[3] = sizeof(std::underlying_type<scoped>::type);
}
