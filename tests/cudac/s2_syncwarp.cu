// Exchange through shared memory with __syncwarp only.
// launch: exchange grid=1 block=64
//   arg i32[64] random 0 100 54
//   expect 0 = 120 182 188 166 146 102 42 164 122 78 130 2 128 32 90 64 156 38 120 96 4 4 142 78 138 136
//     194 176 98 108 60 74 28 78 128 74 150 102 118 152 200 20 0 168 14 106 120 50 24 176 142 186 148 62 36
//     64 148 68 176 164 172 62 16 174
extern "C" __global__ void exchange(int *data) {
    __shared__ int s[64];
    int t = threadIdx.x, base = t & ~31, lane = t & 31;
    s[t] = data[t];
    __syncwarp();
    int v = s[base + (lane + 1) % 32];
    __syncwarp();
    s[t] = v * 2;
    __syncwarp(0xffffffff);
    data[t] = s[base + (lane ^ 1)];
}
