// Several kernels in one text sharing a helper; each is compiled alone.
// no gxx: the unused kernel is broken
// launch: first grid=1 block=4
//   arg i32[4] = 1 2 3 4
//   expect 0 = 3 5 7 9
// launch: second grid=1 block=4
//   arg i32[4] = 1 2 3 4
//   arg i32 10
//   expect 0 = 13 15 17 19
__device__ int helper(int x, int y = 1) { return 2 * x + y; }
extern "C" {
__global__ void first(int *data) { data[threadIdx.x] = helper(data[threadIdx.x]); }
__global__ void second(int *data, int bias) { data[threadIdx.x] = helper(data[threadIdx.x], bias + 1); }
}
__global__ void broken_but_unused(int *p) { p[0] = this_is_not_declared; }
