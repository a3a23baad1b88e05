// Functions as template arguments: by name, by address, overloaded, handed on; arrays of arrays by reference.
// launch: map<twice> grid=1 block=4
//   arg f32[4] random -4 4 3
//   expect 0 = -10.369589 8.409392 5.6151896 -11.668264
// launch: map<&half> grid=1 block=4
//   arg f32[4] random -4 4 3
//   expect 0 = -2.5923972 2.102348 1.4037974 -2.917066
// launch: typed<int, ::ops::pick> grid=1 block=4
//   arg i32[4] random -4 40 3
//   expect 0 = 4 5 11 9
// launch: typed<float, ops::pick> grid=1 block=4
//   arg f32[4] random -4 40 3
//   expect 0 = 1.2418151 27.062914 23.220886 -0.5438636
// launch: generic grid=1 block=4
//   arg i32[4] random -4 40 3
//   expect 0 = -1415 -1718 -3536 -2829
// launch: powers grid=1 block=4
//   arg f32[16] random -2 2 8
//   expect 0 ~1e-6 = -0.29183683 0.28732008 2.0966702 -0.13869002 2.9417377 0.72691226 5.7450514 0.7657381
//     1.470869 0.36345613 2.8725257 0.38286906 -6.818809 -0.4020238 8.188856 -0.6875464
__device__ float twice(float x) { return x * 2.0f; }
__device__ float half(float x) { return x / 2.0f; }
namespace ops {
__device__ int pick(int x) { return x / 3; }
__device__ float pick(float x) { return x + 0.25f; }
}
template <typename T> __device__ T negate(T x) { return -x; }

template <float (*F)(float)> __device__ float both(float x) { return F(x) + F(x + 1.0f); }
template <float (*F)(float)> __global__ void map(float *p) { p[threadIdx.x] = both<F>(p[threadIdx.x]); }
template <class T, T (*F)(T)> __global__ void typed(T *p) { p[threadIdx.x] = F(p[threadIdx.x]); }
template <int (&F)(int)> __device__ int thrice(int x) { return F(F(F(x))); }
template <int F(int)> __device__ int once(int x) { return F(x); }
extern "C" __global__ void generic(int *p)
{
    int x = p[threadIdx.x];
    p[threadIdx.x] = thrice<negate<int>>(x) * 100 + once<negate>(x + 1);
}

template <int N>
__device__ void mul(float (&r)[N][N], const float (&a)[N][N], const float (&b)[N][N])
{
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            r[i][j] = 0.0f;
            for (int k = 0; k < N; k++) r[i][j] += a[i][k] * b[k][j];
        }
}
extern "C" __global__ void powers(float *p)
{
    float m[2][2] = {{p[threadIdx.x], 1.0f}, {0.5f, p[threadIdx.x + 4]}}, t[2][2], u[2][2];
    mul(t, m, m);
    mul(u, t, m);
    __syncthreads();
    for (int i = 0; i < 4; i++) p[threadIdx.x + 4 * i] = u[i / 2][i % 2];
}
