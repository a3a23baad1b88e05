// Matches of values and warp-wide reductions.
// no gxx: the shim may lack these
// launch: match grid=1 block=32
//   arg i32[8] = 1 2 2 3 1 1 5 2
//   arg u32[128] fill 0
//   expect 1 = 825307441 0 68 501 2256963206 0 68 501 2256963206 0 68 501 134744072 0 68 501 825307441 0 68
//     501 825307441 0 68 501 1077952576 0 68 501 2256963206 0 68 501 825307441 0 68 501 2256963206 0 68 501
//     2256963206 0 68 501 134744072 0 68 501 825307441 0 68 501 825307441 0 68 501 1077952576 0 68 501
//     2256963206 0 68 501 825307441 0 68 501 2256963206 0 68 501 2256963206 0 68 501 134744072 0 68 501
//     825307441 0 68 501 825307441 0 68 501 1077952576 0 68 501 2256963206 0 68 501 825307441 0 68 501
//     2256963206 0 68 501 2256963206 0 68 501 134744072 0 68 501 825307441 0 68 501 825307441 0 68 501
//     1077952576 0 68 501 2256963206 0 68 501
extern "C" __global__ void match(const int *in, unsigned *out) {
    int t = threadIdx.x;
    int x = in[t % 8];
    unsigned same = __match_any_sync(0xffffffffu, x);
    int all;
    unsigned m = __match_all_sync(0xffffffffu, x, &all);
    out[t * 4] = same;
    out[t * 4 + 1] = m + all;
    out[t * 4 + 2] = __reduce_add_sync(0xffffffffu, (unsigned)x);
    out[t * 4 + 3] = __reduce_max_sync(0xffffffffu, x) * 100 + __reduce_min_sync(0xffffffffu, x);
}
