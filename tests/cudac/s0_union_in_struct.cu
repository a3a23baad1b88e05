// Anonymous unions and structs, unions of structs, copies of them.
// launch: variants grid=1 block=4
//   arg u32[16] fill 0
//   expect 0 = 1069547520 65280 16320 8063 4294967294 254 65535 8255 2882343476 60724 43981 8171 2882343476
//     60724 43981 8171
struct variant {
    int kind;
    union {
        float f;
        int i;
        struct { unsigned short lo, hi; };
        unsigned char bytes[4];
    };
};
__device__ variant make(int kind) {
    variant v;
    v.kind = kind;
    if (kind == 0) v.f = 1.5f;
    else if (kind == 1) v.i = -2;
    else v.lo = 0x1234, v.hi = 0xabcd;
    return v;
}
extern "C" __global__ void variants(unsigned *out) {
    int t = threadIdx.x;
    variant v = make(t), w = v;
    w.bytes[1] ^= 0xff;
    variant list[2] = {w, v};
    out[t * 4] = v.i;
    out[t * 4 + 1] = list[0].lo;
    out[t * 4 + 2] = list[t & 1].hi;
    out[t * 4 + 3] = w.bytes[3] + sizeof(variant) * 1000;
}
