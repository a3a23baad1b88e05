// odds and ends in the manner of real programs
#ifdef __cplusplus
extern "C" {
#endif
typedef struct __align__(16) { float x, y, z, w; } vec4;
#ifdef __cplusplus
}
#endif
#define CHECK(x) do { if (!(x)) return; } while (0)
#define HD __host__ __device__ __forceinline__
HD float3 operator+(const float3 &a, const float3 &b) { return make_float3(a.x + b.x, a.y + b.y, a.z + b.z); }
HD void operator+=(float3 &a, float b) { a.x += b; }
template <unsigned int blockSize, typename T = float>
__device__ void warpReduce(volatile T *sdata, unsigned int tid) {
    if (blockSize >= 64) sdata[tid] += sdata[tid + 32];
    if (blockSize >= 32) sdata[tid] += sdata[tid + 16];
}
template <class T, int N, bool F = (N > 4)>
__global__ void __launch_bounds__(N * 32) red(const T *__restrict__ in, T *out, size_t n) {
    extern __shared__ __align__(sizeof(double)) unsigned char raw[];
    T *s = reinterpret_cast<T *>(raw);
    const auto tid = threadIdx.x;
    T acc{};
    for (size_t i = blockIdx.x * static_cast<size_t>(blockDim.x) + tid; i < n; i += gridDim.x * blockDim.x) acc += in[i];
    s[tid] = acc; __syncthreads();
#pragma unroll
    for (int o = 16; o > 0; o >>= 1) acc += __shfl_down_sync(0xffffffffu, acc, o);
    if constexpr (F) { warpReduce<64, T>(s, tid); } else if (tid < 32) warpReduce<32>(s, tid);
    switch (N) { case 1: { out[0] = s[0]; break; } case 2: default: out[0] = T(1) / (T)N; }
    (void)raw;
    int k = *(int *)&acc, j = (k) + 1, *q = &j; 
    unsigned long long int *addr = (unsigned long long int *)out, old = *addr, assumed;
    do { assumed = old; old = atomicCAS(addr, assumed, __double_as_longlong(acc + __longlong_as_double(assumed))); } while (assumed != old);
    for (int a = 0, b = n; a < b && s[a] > 3; a++, --b) ;
    float m[2][2] = {{1, 2}, {3, 4}}, (*pm)[2] = m;
    bool in_range = (tid < n) && (tid > 0u) || !(n >> 3 > 2);
    asm volatile("membar.gl;" ::: "memory");
    out[tid] = in_range ? (T)1 : -T(2); CHECK(k > 0);
}
template __global__ void red<float, 8>(const float *, float *, size_t);
struct Complex { float re, im; HD Complex(float r = 0, float i = 0) : re(r), im(i) {} HD float norm() const { return re * re + im * im; }
  HD friend Complex operator*(Complex a, Complex b) { return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re}; } template <class U> HD explicit operator U() const { return U(re); } };
__device__ float (*const table[])(float) = {sinf, cosf};
__constant__ struct { int n; float w[4]; } params;
enum Mode { A = 1, B = A << 2, C = sizeof(Complex) };
union Bits { float f; unsigned u; struct { unsigned lo : 16, hi : 16; }; };
static __device__ inline unsigned rotl(unsigned x, const int k) { return (x << k) | (x >> (32 - k)); }
namespace { template <typename T> struct Less { HD bool operator()(T const &a, T const &b) const { return a < b; } }; }
template <typename T, typename Cmp> HD void cswap(T &a, T &b, Cmp cmp = Cmp()) { if (cmp(b, a)) { T t = a; a = b; b = t; } }
__global__ void go(float *x, int n) { Less<float> l; cswap(x[0], x[1], l); cswap<float, Less<float>>(x[2], x[3]); Complex c = Complex(1, 2) * Complex{3, 4}; x[0] = c.norm() + (float)c + float(n) + table[n & 1](x[1]); Bits b; b.f = x[0]; x[1] = b.hi; Mode m = Mode(3); m = (Mode)2; red<float, 4><<<1, 2>>>(x, x, n); int v = n < 3 ? n > 2 : n; auto f = [&](int i) -> float { return x[i]; }; unsigned char const *p = (unsigned char const *)x; x[2] = ((Complex *)p)->re + reinterpret_cast<Bits *>(x)[1].f; goto end; end:; }
