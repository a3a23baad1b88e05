// Arrays of arrays as parameters, pointers to arrays, shared and local.
// launch: arrays grid=1 block=12
//   arg i32[24] random 0 9 112
//   arg i32[12] fill 0
//   expect 1 = 90022 70218 40422 30617 40422 90618 90822 71017 40822 31018 41222 91417
__device__ int trace(const int (*m)[4], int n) {
    int s = 0;
    for (int i = 0; i < n; i++) s += m[i][i];
    return s;
}
__device__ void fill(int m[][4], int row, int v) {
    for (int c = 0; c < 4; ++c) m[row][c] = v + c;
}
extern "C" __global__ void arrays(const int *in, int *out) {
    __shared__ int s[3][4];
    int t = threadIdx.x;
    int (*row)[4] = s;
    row[t / 4][t % 4] = in[t];
    __syncthreads();
    int local[3][4];
    fill(local, t % 3, t);
    const int(*view)[2][2] = (const int(*)[2][2])in;
    out[t] = trace(s, 3) + (*(s + 1))[t % 4] + local[t % 3][t % 4] * 100 + view[t % 6][1][0] * 10000;
}
