// Each atomic on the types CUDA has it for; the sums do not depend on the order.
// launch: atomics grid=4 block=32
//   arg i32[128] random -50 50 16
//   arg i32[8] = 0 0 1000 -1000 -1 0 0 7
//   arg u32[8] = 0 5 4294967295 0 0 0 0 0
//   arg u64[6] = 0 18446744073709551615 0 0 0 9
//   arg f64[1] = 0.5
//   expect 1 = -79 79 -50 50 -65536 65535 -61 7
//   expect 2 = 384 14 7 36 255 0 0 0
//   expect 3 = 13659069743104 0 127000381 18446744073709551615 18446744073709551555 9
//   expect 4 = -78.5
extern "C" __global__ void atomics(const int *in, int *a, unsigned *b, unsigned long long *c, double *d) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    int x = in[i];
    atomicAdd(&a[0], x);
    atomicSub(&a[1], x);
    atomicMin(&a[2], x);
    atomicMax(&a[3], x);
    atomicAnd(&a[4], ~(1 << (x & 15)));
    atomicOr(&a[5], 1 << (x & 15));
    atomicXor(&a[6], x);
    atomicAdd(&b[0], 3u);
    atomicInc(&b[1], 16);
    atomicDec(&b[3], 40);
    atomicMin(&b[2], (unsigned)i + 7);
    atomicMax(&b[4], (unsigned)x & 0xff);
    atomicAdd(&c[0], (unsigned long long)(x + 100) << 30);
    atomicMin(&c[1], (unsigned long long)i * 1000003);
    atomicMax(&c[2], (unsigned long long)i * 1000003);
    atomicOr(&c[3], 1ull << (i & 63));
    atomicXor(&c[4], (unsigned long long)x);
    atomicAdd(d, (double)x);
}
