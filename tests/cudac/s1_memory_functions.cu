// memcpy, memset and memmove on local, shared and global memory, with constant and variable sizes.
// launch: copy grid=1 block=4
//   arg u8[64] random 0 255 46
//   arg u8[96] fill 1
//   arg i32 7
//   expect 1 = 121 158 183 171 171 182 150 0 0 0 0 0 0 0 0 1 0 0 0 63 21 247 171 1 172 142 174 171 171 18
//     51 1 1 1 1 1 1 1 1 1 0 0 192 63 77 116 171 1 209 77 116 171 171 125 183 2 2 2 2 2 2 2 2 1 0 0 32 64
//     142 174 171 1 7 21 247 171 171 94 31 3 3 3 3 3 3 3 3 1 0 0 96 64 158 183 171 1
#include <string.h>
extern "C" __global__ void copy(const unsigned char *in, unsigned char *out, int n) {
    __shared__ unsigned char s[64];
    int t = threadIdx.x;
    unsigned char local[16];
    memcpy(local, in + t * 16, 16);
    memset(local + 3, 0xAB, 2);
    memcpy(s + t * 16, local, sizeof(local));
    __syncthreads();
    unsigned bits;
    float f = t + 0.5f;
    memcpy(&bits, &f, sizeof f);
    memcpy(out + t * 24, s + (3 - t) * 16, n);
    memset(out + t * 24 + n, t, n + 1);
    memcpy(out + t * 24 + 16, &bits, 4);
    memcpy(out + t * 24 + 20, local + 1, 3);
}
