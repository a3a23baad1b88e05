// CUDA's SIMD intrinsics: two halfwords or four bytes of a word at a time. `__vavgs2` and `__vavgs4` are left out: how
// they round negative sums is not written down.

template<int W, bool Signed> __device__ int __vmgpu_lane(unsigned int a, int at) {
    return Signed ? (int)(a << (32 - W - at)) >> (32 - W) : (int)(a >> at & ((1u << W) - 1u));
}

template<int W, bool Signed, int Op> __device__ int __vmgpu_lane_op(int x, int y) {
    if constexpr (Op == 0) return x + y;
    else if constexpr (Op == 1) return x - y;
    else if constexpr (Op == 2) return x > y ? x : y;
    else if constexpr (Op == 3) return x < y ? x : y;
    else if constexpr (Op == 4) return x > y ? x - y : y - x;
    else if constexpr (Op == 5) return (x + y + 1) >> 1;
    else if constexpr (Op == 6) return (x + y) >> 1;
    else if constexpr (Op == 7) return x < 0 ? -x : x;
    else if constexpr (Op == 8) return -x;
    else if constexpr (Op == 10) return x == y;
    else if constexpr (Op == 11) return x != y;
    else if constexpr (Op == 12) return x < y;
    else if constexpr (Op == 13) return x <= y;
    else if constexpr (Op == 14) return x > y;
    else return x >= y;
}

template<int W, bool Signed, int Op> __device__ unsigned int __vmgpu_simd(unsigned int a, unsigned int b) {
    unsigned int all = (1u << W) - 1u, r = 0;
    for (int at = 0; at < 32; at += W) {
        int v = __vmgpu_lane_op<W, Signed, Op>(__vmgpu_lane<W, Signed>(a, at), __vmgpu_lane<W, Signed>(b, at));
        r |= ((unsigned int)v & all) << at;
    }
    return r;
}

template<int W, bool Signed, int Op> __device__ unsigned int __vmgpu_simd_sat(unsigned int a, unsigned int b) {
    const int low = Signed ? -(1 << (W - 1)) : 0, high = Signed ? (1 << (W - 1)) - 1 : (1 << W) - 1;
    unsigned int all = (1u << W) - 1u, r = 0;
    for (int at = 0; at < 32; at += W) {
        int v = __vmgpu_lane_op<W, Signed, Op>(__vmgpu_lane<W, Signed>(a, at), __vmgpu_lane<W, Signed>(b, at));
        v = v < low ? low : v > high ? high : v;
        r |= ((unsigned int)v & all) << at;
    }
    return r;
}

template<int W, bool Signed> __device__ unsigned int __vmgpu_simd_sad(unsigned int a, unsigned int b) {
    unsigned int r = 0;
    for (int at = 0; at < 32; at += W) {
        r += __vmgpu_lane_op<W, Signed, 4>(__vmgpu_lane<W, Signed>(a, at), __vmgpu_lane<W, Signed>(b, at));
    }
    return r;
}

__device__ unsigned int __vadd2(unsigned int a, unsigned int b) { return __vmgpu_simd<16, false, 0>(a, b); }
__device__ unsigned int __vsub2(unsigned int a, unsigned int b) { return __vmgpu_simd<16, false, 1>(a, b); }
__device__ unsigned int __vaddss2(unsigned int a, unsigned int b) { return __vmgpu_simd_sat<16, true, 0>(a, b); }
__device__ unsigned int __vaddus2(unsigned int a, unsigned int b) { return __vmgpu_simd_sat<16, false, 0>(a, b); }
__device__ unsigned int __vsubss2(unsigned int a, unsigned int b) { return __vmgpu_simd_sat<16, true, 1>(a, b); }
__device__ unsigned int __vsubus2(unsigned int a, unsigned int b) { return __vmgpu_simd_sat<16, false, 1>(a, b); }
__device__ unsigned int __vmaxs2(unsigned int a, unsigned int b) { return __vmgpu_simd<16, true, 2>(a, b); }
__device__ unsigned int __vmaxu2(unsigned int a, unsigned int b) { return __vmgpu_simd<16, false, 2>(a, b); }
__device__ unsigned int __vmins2(unsigned int a, unsigned int b) { return __vmgpu_simd<16, true, 3>(a, b); }
__device__ unsigned int __vminu2(unsigned int a, unsigned int b) { return __vmgpu_simd<16, false, 3>(a, b); }
__device__ unsigned int __vabsdiffs2(unsigned int a, unsigned int b) { return __vmgpu_simd<16, true, 4>(a, b); }
__device__ unsigned int __vabsdiffu2(unsigned int a, unsigned int b) { return __vmgpu_simd<16, false, 4>(a, b); }
__device__ unsigned int __vavgu2(unsigned int a, unsigned int b) { return __vmgpu_simd<16, false, 5>(a, b); }
__device__ unsigned int __vhaddu2(unsigned int a, unsigned int b) { return __vmgpu_simd<16, false, 6>(a, b); }
__device__ unsigned int __vabs2(unsigned int a) { return __vmgpu_simd<16, true, 7>(a, 0); }
__device__ unsigned int __vabsss2(unsigned int a) { return __vmgpu_simd_sat<16, true, 7>(a, 0); }
__device__ unsigned int __vneg2(unsigned int a) { return __vmgpu_simd<16, true, 8>(a, 0); }
__device__ unsigned int __vnegss2(unsigned int a) { return __vmgpu_simd_sat<16, true, 8>(a, 0); }
__device__ unsigned int __vsads2(unsigned int a, unsigned int b) { return __vmgpu_simd_sad<16, true>(a, b); }
__device__ unsigned int __vsadu2(unsigned int a, unsigned int b) { return __vmgpu_simd_sad<16, false>(a, b); }
__device__ unsigned int __vseteq2(unsigned int a, unsigned int b) { return __vmgpu_simd<16, false, 10>(a, b); }
__device__ unsigned int __vcmpeq2(unsigned int a, unsigned int b) { return __vseteq2(a, b) * 0xffffu; }
__device__ unsigned int __vsetne2(unsigned int a, unsigned int b) { return __vmgpu_simd<16, false, 11>(a, b); }
__device__ unsigned int __vcmpne2(unsigned int a, unsigned int b) { return __vsetne2(a, b) * 0xffffu; }
__device__ unsigned int __vsetlts2(unsigned int a, unsigned int b) { return __vmgpu_simd<16, true, 12>(a, b); }
__device__ unsigned int __vcmplts2(unsigned int a, unsigned int b) { return __vsetlts2(a, b) * 0xffffu; }
__device__ unsigned int __vsetltu2(unsigned int a, unsigned int b) { return __vmgpu_simd<16, false, 12>(a, b); }
__device__ unsigned int __vcmpltu2(unsigned int a, unsigned int b) { return __vsetltu2(a, b) * 0xffffu; }
__device__ unsigned int __vsetles2(unsigned int a, unsigned int b) { return __vmgpu_simd<16, true, 13>(a, b); }
__device__ unsigned int __vcmples2(unsigned int a, unsigned int b) { return __vsetles2(a, b) * 0xffffu; }
__device__ unsigned int __vsetleu2(unsigned int a, unsigned int b) { return __vmgpu_simd<16, false, 13>(a, b); }
__device__ unsigned int __vcmpleu2(unsigned int a, unsigned int b) { return __vsetleu2(a, b) * 0xffffu; }
__device__ unsigned int __vsetgts2(unsigned int a, unsigned int b) { return __vmgpu_simd<16, true, 14>(a, b); }
__device__ unsigned int __vcmpgts2(unsigned int a, unsigned int b) { return __vsetgts2(a, b) * 0xffffu; }
__device__ unsigned int __vsetgtu2(unsigned int a, unsigned int b) { return __vmgpu_simd<16, false, 14>(a, b); }
__device__ unsigned int __vcmpgtu2(unsigned int a, unsigned int b) { return __vsetgtu2(a, b) * 0xffffu; }
__device__ unsigned int __vsetges2(unsigned int a, unsigned int b) { return __vmgpu_simd<16, true, 15>(a, b); }
__device__ unsigned int __vcmpges2(unsigned int a, unsigned int b) { return __vsetges2(a, b) * 0xffffu; }
__device__ unsigned int __vsetgeu2(unsigned int a, unsigned int b) { return __vmgpu_simd<16, false, 15>(a, b); }
__device__ unsigned int __vcmpgeu2(unsigned int a, unsigned int b) { return __vsetgeu2(a, b) * 0xffffu; }
__device__ unsigned int __vadd4(unsigned int a, unsigned int b) { return __vmgpu_simd<8, false, 0>(a, b); }
__device__ unsigned int __vsub4(unsigned int a, unsigned int b) { return __vmgpu_simd<8, false, 1>(a, b); }
__device__ unsigned int __vaddss4(unsigned int a, unsigned int b) { return __vmgpu_simd_sat<8, true, 0>(a, b); }
__device__ unsigned int __vaddus4(unsigned int a, unsigned int b) { return __vmgpu_simd_sat<8, false, 0>(a, b); }
__device__ unsigned int __vsubss4(unsigned int a, unsigned int b) { return __vmgpu_simd_sat<8, true, 1>(a, b); }
__device__ unsigned int __vsubus4(unsigned int a, unsigned int b) { return __vmgpu_simd_sat<8, false, 1>(a, b); }
__device__ unsigned int __vmaxs4(unsigned int a, unsigned int b) { return __vmgpu_simd<8, true, 2>(a, b); }
__device__ unsigned int __vmaxu4(unsigned int a, unsigned int b) { return __vmgpu_simd<8, false, 2>(a, b); }
__device__ unsigned int __vmins4(unsigned int a, unsigned int b) { return __vmgpu_simd<8, true, 3>(a, b); }
__device__ unsigned int __vminu4(unsigned int a, unsigned int b) { return __vmgpu_simd<8, false, 3>(a, b); }
__device__ unsigned int __vabsdiffs4(unsigned int a, unsigned int b) { return __vmgpu_simd<8, true, 4>(a, b); }
__device__ unsigned int __vabsdiffu4(unsigned int a, unsigned int b) { return __vmgpu_simd<8, false, 4>(a, b); }
__device__ unsigned int __vavgu4(unsigned int a, unsigned int b) { return __vmgpu_simd<8, false, 5>(a, b); }
__device__ unsigned int __vhaddu4(unsigned int a, unsigned int b) { return __vmgpu_simd<8, false, 6>(a, b); }
__device__ unsigned int __vabs4(unsigned int a) { return __vmgpu_simd<8, true, 7>(a, 0); }
__device__ unsigned int __vabsss4(unsigned int a) { return __vmgpu_simd_sat<8, true, 7>(a, 0); }
__device__ unsigned int __vneg4(unsigned int a) { return __vmgpu_simd<8, true, 8>(a, 0); }
__device__ unsigned int __vnegss4(unsigned int a) { return __vmgpu_simd_sat<8, true, 8>(a, 0); }
__device__ unsigned int __vsads4(unsigned int a, unsigned int b) { return __vmgpu_simd_sad<8, true>(a, b); }
__device__ unsigned int __vsadu4(unsigned int a, unsigned int b) { return __vmgpu_simd_sad<8, false>(a, b); }
__device__ unsigned int __vseteq4(unsigned int a, unsigned int b) { return __vmgpu_simd<8, false, 10>(a, b); }
__device__ unsigned int __vcmpeq4(unsigned int a, unsigned int b) { return __vseteq4(a, b) * 0xffu; }
__device__ unsigned int __vsetne4(unsigned int a, unsigned int b) { return __vmgpu_simd<8, false, 11>(a, b); }
__device__ unsigned int __vcmpne4(unsigned int a, unsigned int b) { return __vsetne4(a, b) * 0xffu; }
__device__ unsigned int __vsetlts4(unsigned int a, unsigned int b) { return __vmgpu_simd<8, true, 12>(a, b); }
__device__ unsigned int __vcmplts4(unsigned int a, unsigned int b) { return __vsetlts4(a, b) * 0xffu; }
__device__ unsigned int __vsetltu4(unsigned int a, unsigned int b) { return __vmgpu_simd<8, false, 12>(a, b); }
__device__ unsigned int __vcmpltu4(unsigned int a, unsigned int b) { return __vsetltu4(a, b) * 0xffu; }
__device__ unsigned int __vsetles4(unsigned int a, unsigned int b) { return __vmgpu_simd<8, true, 13>(a, b); }
__device__ unsigned int __vcmples4(unsigned int a, unsigned int b) { return __vsetles4(a, b) * 0xffu; }
__device__ unsigned int __vsetleu4(unsigned int a, unsigned int b) { return __vmgpu_simd<8, false, 13>(a, b); }
__device__ unsigned int __vcmpleu4(unsigned int a, unsigned int b) { return __vsetleu4(a, b) * 0xffu; }
__device__ unsigned int __vsetgts4(unsigned int a, unsigned int b) { return __vmgpu_simd<8, true, 14>(a, b); }
__device__ unsigned int __vcmpgts4(unsigned int a, unsigned int b) { return __vsetgts4(a, b) * 0xffu; }
__device__ unsigned int __vsetgtu4(unsigned int a, unsigned int b) { return __vmgpu_simd<8, false, 14>(a, b); }
__device__ unsigned int __vcmpgtu4(unsigned int a, unsigned int b) { return __vsetgtu4(a, b) * 0xffu; }
__device__ unsigned int __vsetges4(unsigned int a, unsigned int b) { return __vmgpu_simd<8, true, 15>(a, b); }
__device__ unsigned int __vcmpges4(unsigned int a, unsigned int b) { return __vsetges4(a, b) * 0xffu; }
__device__ unsigned int __vsetgeu4(unsigned int a, unsigned int b) { return __vmgpu_simd<8, false, 15>(a, b); }
__device__ unsigned int __vcmpgeu4(unsigned int a, unsigned int b) { return __vsetgeu4(a, b) * 0xffu; }
