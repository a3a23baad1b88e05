// Arrays in local memory: initialisers, partial ones, multi-dimensional, indexed by data.
// launch: arrays grid=1 block=16
//   arg i32[16] random 0 15 20
//   arg i32[64] fill 0
//   expect 1 = 11 6528 -1021086 11 13 2048 396027 9 19 1568 395523 10 11 6528 -1021086 11 19 2048 323919 10
//     5 6528 396069 9 19 2048 323919 10 3 1448 -135351 9 11 6528 -1021086 11 13 3968 386613 11 2 1488
//     395658 9 3 11648 386613 9 17 2688 396069 9 13 3968 386613 11 13 3968 386613 11 19 1568 395523 10
extern "C" __global__ void arrays(const int *in, int *out) {
    int t = threadIdx.x, x = in[t];
    int primes[] = {2, 3, 5, 7, 11, 13, 17, 19};
    int partial[10] = {1, 2, 3};
    int grid[3][4] = {{1, 2, 3, 4}, {5, 6}, {9}};
    int histogram[16] = {0};
    for (int i = 0; i < 16; i++) histogram[in[i]]++;
    partial[x % 10] += 40;
    grid[x % 3][x % 4] = -7;
    int s = 0, g = 0;
    for (int i = 0; i < 10; i++) s = s * 2 + partial[i];
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 4; j++) g = g * 3 + grid[i][j];
    out[t * 4] = primes[x % 8];
    out[t * 4 + 1] = s;
    out[t * 4 + 2] = g;
    out[t * 4 + 3] = histogram[x] + (int)(sizeof(primes) / sizeof(primes[0]));
}
