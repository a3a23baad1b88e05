// Full specialisations of function templates and overloads between templates.
// launch: special grid=1 block=4
//   arg i32[16] fill 0
//   expect 0 = 3210 30 56 0 3210 30 56 0 3210 30 56 0 3210 30 56 0
template <typename T> struct tag {};
template <typename T> __device__ int id(T) { return 0; }
template <> __device__ int id<float>(float) { return 1; }
template <> __device__ int id(double) { return 2; }
template <typename T> __device__ int id(T *) { return 3; }
template <typename A, typename B> __device__ int both(A, B) { return 10; }
template <typename A> __device__ int both(A, A) { return 20; }
template <bool B> __device__ int choose() { return 5; }
template <> __device__ int choose<true>() { return 6; }
extern "C" __global__ void special(int *out) {
    int t = threadIdx.x;
    out[t * 4] = id(t) + id(1.0f) * 10 + id(1.0) * 100 + id(out) * 1000;
    out[t * 4 + 1] = both(1, 2.0f) + both(1, 2);
    out[t * 4 + 2] = choose<false>() * 10 + choose<(sizeof(int) == 4)>();
    out[t * 4 + 3] = id('c');
}
