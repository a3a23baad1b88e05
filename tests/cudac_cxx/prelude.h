// What every generated program begins with, for both compilers: a checksum whose `put` tells all types apart, and
// conversions that C++ defines for every value.
#include <type_traits>
#include <utility>
typedef unsigned long long u64;
struct Sum {
    u64 h = 1469598103934665603ull;
    __device__ void add(u64 v, int tag) {
#ifdef VMGPU_CXX_TRACE
        printf("%d: %llx\n", tag, v);
#endif
        h = (h ^ (v + (u64)tag * 0x9e3779b97f4a7c15ull)) * 0x100000001b3ull;
        h ^= h >> 29;
    }
};
__device__ inline u64 bits_of(float v) { unsigned u; memcpy(&u, &v, 4); return v != v ? 0x7fc00000u : u; }
__device__ inline u64 bits_of(double v) { u64 u; memcpy(&u, &v, 8); return v != v ? 0x7ff8000000000000ull : u; }
__device__ inline void put(Sum &s, bool v) { s.add(v, 1); }
__device__ inline void put(Sum &s, char v) { s.add((u64)v, 2); }
__device__ inline void put(Sum &s, signed char v) { s.add((u64)v, 3); }
__device__ inline void put(Sum &s, unsigned char v) { s.add(v, 4); }
__device__ inline void put(Sum &s, short v) { s.add((u64)v, 5); }
__device__ inline void put(Sum &s, unsigned short v) { s.add(v, 6); }
__device__ inline void put(Sum &s, int v) { s.add((u64)v, 7); }
__device__ inline void put(Sum &s, unsigned v) { s.add(v, 8); }
__device__ inline void put(Sum &s, long v) { s.add((u64)v, 9); }
__device__ inline void put(Sum &s, unsigned long v) { s.add(v, 10); }
__device__ inline void put(Sum &s, long long v) { s.add((u64)v, 11); }
__device__ inline void put(Sum &s, unsigned long long v) { s.add(v, 12); }
__device__ inline void put(Sum &s, float v) { s.add(bits_of(v), 13); }
__device__ inline void put(Sum &s, double v) { s.add(bits_of(v), 14); }
template <class T> __device__ inline auto fit(T x) {
    if constexpr (std::is_floating_point<T>::value)
        return x > (T)-1e15 && x < (T)1e15 ? (long long)x : x != x ? -7ll : 12345ll;
    else
        return x;
}
template <class T, class U> __device__ inline T cv(U x) {
    if constexpr (std::is_same<T, bool>::value) return x != 0;
    else if constexpr (std::is_integral<T>::value && std::is_floating_point<U>::value) return (T)fit(x);
    else return (T)x;
}
template <class T> __device__ inline T lim_s(T x) { return x > -30 && x < 30 ? x : (T)17; }
template <class T> __device__ inline T lim_u(T x) { return x >= 0 && x < 120 ? x : (T)91; }
