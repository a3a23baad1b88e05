// __constant__ tables with initialisers: scalars, arrays, structs, strings.
// launch: lookup grid=1 block=8
//   arg f32[8] fill 0
//   arg i32[8] fill 0
//   expect 0 = 1.5 -1 0.25 300.5 1.5 1 -2 1.75
//   expect 1 = 100028 101317 118108 106027 99308 101018 127 101307
struct entry {
    int key;
    float weight;
};
__constant__ float coefficients[5] = {1.0f, -2.5f, 0.25f, 3e2f};
__constant__ struct entry table[3] = {{1, 0.5f}, {20, 1.5f}, {300}};
__constant__ int offset = 7;
__constant__ char word[] = "device";
const int LIMIT = 3;
__device__ const int powers[4] = {1, 10, 100, 1000};
extern "C" __global__ void lookup(float *f, int *n) {
    int t = threadIdx.x;
    f[t] = coefficients[t % 5] + table[t % LIMIT].weight;
    n[t] = table[(t + 1) % 3].key + offset + word[t % 7] * 1000 + powers[t & 3];
}
