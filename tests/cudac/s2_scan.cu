// An inclusive scan with shuffles, and the offsets of a compaction by ballot.
// launch: scan grid=1 block=32
//   arg i32[32] random -5 9 53
//   arg i32[64] fill -1
//   expect 1 = 2 4 9 4 0 -2 -1 -2 1 -2 2 1 -4 -9 0 4 11 20 17 15 23 21 17 19 27 27 32 28 28 35 31 30 2 2 5
//     1 3 4 9 4 7 9 8 2 8 5 7 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1
extern "C" __global__ void scan(const int *in, int *out) {
    int lane = threadIdx.x & 31;
    int x = in[lane], sum = x;
#pragma unroll
    for (int d = 1; d < 32; d <<= 1) {
        int y = __shfl_up_sync(0xffffffffu, sum, d);
        if (lane >= d) sum += y;
    }
    out[lane] = sum;
    unsigned keep = __ballot_sync(0xffffffffu, x > 0);
    if (x > 0) out[32 + __popc(keep & ((1u << lane) - 1))] = x;
}
