// Lanes that name different partners at one place form operations of their own: against plain loops over the partners.
// no gxx: warps
// launch: votes grid=1 block=64
//   arg i32[64] random 0 100 77
//   arg i32[64] fill 0
//   expect 1 = 100 101 102 103 104 105 106 107 108 109 110 111 112 113 114 115 116 117 118 119 120 121 122 123 124 125 126 127 128 129 130 131 132 133 134 135 136 137 138 139 140 141 142 143 144 145 146 147 148 149 150 151 152 153 154 155 156 157 158 159 160 161 162 163 
// launch: sums grid=1 block=64
//   arg i32[64] random 0 100 78
//   arg i32[64] fill 0
//   expect 1 = 100 101 102 103 104 105 106 107 108 109 110 111 112 113 114 115 116 117 118 119 120 121 122 123 124 125 126 127 128 129 130 131 132 133 134 135 136 137 138 139 140 141 142 143 144 145 146 147 148 149 150 151 152 153 154 155 156 157 158 159 160 161 162 163 
#include <cooperative_groups.h>
extern "C" __global__ void votes(const int *in, int *out) {
    int t = threadIdx.x, v = in[t], first = t & ~7;
    unsigned mask = 0xffu << (t & 24), odd = 0;
    bool high = false, all_low = true, low = false, none = true;
    for (int i = first; i < first + 8; i++) {
        high |= in[i] > 90;
        all_low &= in[i] < 95;
        low |= in[i] < 5;
        none &= in[i] != 50;
        odd |= (in[i] & 1u) << (i & 31);
    }
    auto tile = cooperative_groups::tiled_partition<8>(cooperative_groups::this_thread_block());
    bool right = !!__any_sync(mask, v > 90) == high && !!__all_sync(mask, v < 95) == all_low
        && !!tile.any(v < 5) == low && !!tile.all(v != 50) == none && __ballot_sync(mask, v & 1) == odd;
    out[t] = right ? 100 + t : -1;
}
extern "C" __global__ void sums(const int *in, int *out) {
    int t = threadIdx.x, v = in[t], first = t & ~15, sum = 0, largest = 0, same;
    for (int i = first; i < first + 16; i++) {
        sum += in[i];
        largest = in[i] > largest ? in[i] : largest;
    }
    unsigned mask = t & 16 ? 0xffff0000u : 0xffffu;
    bool right = __reduce_add_sync(mask, v) == sum && __reduce_max_sync(mask, v) == largest
        && __match_all_sync(mask, t >> 4, &same) == mask && same;
    out[t] = right ? 100 + t : -1;
}
