// Function pointers in the initial values of variables: tables, structs, single pointers, null entries.
// launch: apply grid=1 block=16
//   arg i32[16] = 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15
//   arg i32[16] fill 0
//   expect 1 = -134 -143 -932 -152 -308 336 -1167 -638 661 -234 -2131 982 -182 -1988 274 -155
typedef int (*unary)(int);
typedef int (*binary)(int, int);
__device__ int twice(int x) { return 2 * x; }
__device__ int square(int x) { return x * x; }
__device__ int flip(int x) { return -x; }
__device__ int sum(int a, int b) { return a + b; }
template <typename T> __device__ T least(T a, T b) { return a < b ? a : b; }
__device__ unary table[] = {twice, &square, NULL, flip};
__constant__ binary pairs[2] = {sum, least<int>};
struct step {
    int weight;
    unary f;
    const char *name;
};
static __device__ const step steps[3] = {{1, twice, "twice"}, {10, square, "square"}, {100, flip, "flip"}};
__device__ unary chosen = flip;
// Walks down through the table that holds it.
__device__ int down(int x);
__device__ unary again[1] = {down};
__device__ int down(int x) { return x <= 0 ? 0 : x + again[0](x - 1); }
extern "C" __global__ void apply(const int *in, int *out) {
    int i = threadIdx.x, x = in[i];
    unary f = table[i & 3];
    int r = f ? f(x) : 1000;
    r += 3 * pairs[i >> 3](x, 5);
    const step &s = steps[i % 3];
    r += s.weight * (*s.f)(x) + s.name[1];
    r += again[0](i & 3);
    out[i] = chosen(r);
}
