// The top bit of a selector's nibble means nothing, whether the selector is known to the compiler or not.
// launch: picks grid=1 block=8
//   arg u32[8] fill 2299561912
//   arg u32[8] fill 0
//   arg u32[1] fill 2882400001
//   expect 1 = 2882400184 2882400135 2882400016 2882400137 2882400001 2882400239 2882400205 2882400171
extern "C" __global__ void picks(const unsigned *a, unsigned *o, const unsigned *b) {
    int t = threadIdx.x;
    unsigned known = __byte_perm(a[t], b[0], 0xfed8), read = __byte_perm(a[t], b[0], 0x7650 | (8 + t));
    o[t] = known == __byte_perm(a[t], b[0], 0x7650) ? read : 0;
}
