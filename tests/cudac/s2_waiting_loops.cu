// Threads of a block that wait for each other without barriers: what a loop reads decides only by branches whether it goes
// round again, several loops wait inside each other, and volatile writes lie between.
// launch: longest_path grid=1 block=34
//   arg i32[40] fill -1
//   expect 0 = 9 8 8 11 7 8 11 6 10 9 9 8 8 7 7 6 7 7 5 6 6 5 5 6 4 6 4 5 4 5 4 3 4 4 4 3 3 2 1 0
// launch: token grid=1 block=34
//   arg i32[34] fill 0
//   arg i32[2] fill 0
//   expect 0 = 33 32 31 30 29 28 27 26 25 24 23 22 21 20 19 18 17 16 15 14 13 12 11 10 9 8 7 6 5 4 3 2 1 0
//   expect 1 = 34 -305711821
__device__ unsigned scatter(unsigned x) {
    x = (x ^ x >> 15) * 0x2c1b3c6du;
    return x ^ x >> 12;
}
// depth[v] = 1 + the largest depth of the nodes that v depends on, all of which have larger numbers.
extern "C" __global__ void longest_path(volatile int *depth) {
    const int n = 40;
    int again;
    do {
        again = 0;
        for (int v = threadIdx.x; v < n; v += blockDim.x) {
            if (depth[v] >= 0) continue;
            int k = 0, deepest = -1;
            while (k < 3 && v + 1 < n) {
                int from = v + 1 + scatter(v * 3 + k) % (unsigned)(n - 1 - v);
                if (depth[from] < 0) break;
                if (depth[from] > deepest) deepest = depth[from];
                k++;
            }
            if (v + 1 < n && k < 3) again = 1;
            else depth[v] = deepest + 1;
        }
    } while (again);
}
// The last thread starts; each passes on to the one before it, which waits in a loop that also counts its own turns.
__shared__ volatile int turn;
extern "C" __global__ void token(int *order, int *count) {
    int t = threadIdx.x;
    if (t == 0) turn = blockDim.x - 1;
    __syncthreads();
    bool waiting = true;
    while (waiting) {
        bool mine = false;
        for (int tries = 0; tries < 3; tries++) {
            if (turn == t) {
                mine = true;
                break;
            }
        }
        if (mine) {
            order[t] = atomicAdd(&count[0], 1);
            count[1] = count[1] * 3 + t;
            waiting = false;
        }
        if (!waiting) turn = t - 1;
    }
}
