// Vector types in shared memory, in structs, as parameters and results, with alignment.
// launch: pack grid=1 block=8
//   arg u8[32] random 0 255 114
//   arg f32[16] fill 0
//   arg u8[32] fill 0
//   expect 1 = 398 -14.5 183 -11 362 45.5 219 -26.5 357 104 172 30.5 252 14.5 278 -23
//   expect 2 = 110 143 98 81 143 2 88 63 99 186 167 55 73 53 5 38 106 224 255 29 236 55 75 23 108 112 226 7
//     103 162 117 98
struct pixel { uchar4 c; float2 uv; };
__device__ float2 blend(uchar4 a, uchar4 b) { return make_float2(a.x + b.y, a.z - b.w); }
__device__ uchar4 invert(uchar4 c) {
    c.x = 255 - c.x;
    c.y = ~c.y;
    c.w >>= 1;
    return c;
}
extern "C" __global__ void pack(const uchar4 *in, float2 *out, uchar4 *inverted) {
    __shared__ uchar4 s[8];
    int t = threadIdx.x;
    s[t] = in[t];
    __syncthreads();
    pixel p = {s[(t + 1) % 8], {0.5f, t * 2.0f}};
    float2 r = blend(s[t], p.c);
    r.x += p.uv.y;
    r.y *= p.uv.x;
    out[t] = r;
    inverted[t] = invert(in[t]);
}
