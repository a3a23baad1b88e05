// What CUDA provides beside its math library and what is easier said in CUDA C than in the compiler.

__device__ int __double2hiint(double x) { return (int)(__double_as_longlong(x) >> 32); }
__device__ int __double2loint(double x) { return (int)__double_as_longlong(x); }
__device__ double __hiloint2double(int hi, int lo) {
    return __longlong_as_double((long long)(((unsigned long long)(unsigned int)hi << 32) | (unsigned int)lo));
}

template<class T> __device__ T __ldg(const T *p) { return *p; }
template<class T> __device__ T __ldcg(const T *p) { return *p; }
template<class T> __device__ T __ldca(const T *p) { return *p; }
template<class T> __device__ T __ldcs(const T *p) { return *p; }
template<class T> __device__ T __ldlu(const T *p) { return *p; }
template<class T> __device__ T __ldcv(const T *p) { return *p; }
template<class T> __device__ void __stwb(T *p, T value) { *p = value; }
template<class T> __device__ void __stcg(T *p, T value) { *p = value; }
template<class T> __device__ void __stcs(T *p, T value) { *p = value; }
template<class T> __device__ void __stwt(T *p, T value) { *p = value; }

template<class T> __device__ void swap(T &a, T &b) { T t = a; a = b; b = t; }
template<class T> __device__ T &&move(T &x) { return (T &&)x; }
template<class T> __device__ const T &min(const T &a, const T &b) { return b < a ? b : a; }
template<class T> __device__ const T &max(const T &a, const T &b) { return a < b ? b : a; }

// The place of the n-th bit that is set, from one on upwards, or downwards if n is negative.
__device__ unsigned int __fns(unsigned int mask, unsigned int base, int n) {
    if (base > 31u) return 0xffffffffu;
    if (n == 0) return mask >> base & 1u ? base : 0xffffffffu;
    unsigned int step = n > 0 ? 1u : 0xffffffffu, left = n > 0 ? (unsigned int)n : 0u - (unsigned int)n;
    for (unsigned int i = base; i < 32u; i += step)
        if (mask >> i & 1u && --left == 0) return i;
    return 0xffffffffu;
}
__device__ int __builtin_popcount(unsigned int x) { return __popc(x); }
__device__ int __builtin_popcountll(unsigned long long x) { return __popcll(x); }
__device__ int __builtin_popcountl(unsigned long x) { return __popcll(x); }
__device__ int __builtin_clz(unsigned int x) { return __clz((int)x); }
__device__ int __builtin_clzll(unsigned long long x) { return __clzll((long long)x); }
__device__ int __builtin_ctz(unsigned int x) { return __ffs((int)x) - 1; }
__device__ int __builtin_ctzll(unsigned long long x) { return __ffsll((long long)x) - 1; }
__device__ int __builtin_ffs(int x) { return __ffs(x); }
__device__ float __builtin_fabsf(float x) { return fabsf(x); }
__device__ double __builtin_fabs(double x) { return fabs(x); }
__device__ long __builtin_expect(long value, long) { return value; }
__device__ void *__builtin_assume_aligned(const void *p, size_t) { return (void *)p; }
__device__ void *__builtin_assume_aligned(const void *p, size_t, size_t) { return (void *)p; }
__device__ void __prof_trigger(int) {}
__device__ unsigned int __lane_id() {
    return (threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z)) & 31u;
}
