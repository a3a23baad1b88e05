// Compare-and-swap loops: a float maximum and a 64-bit sum built by hand.
// launch: cas grid=2 block=32
//   arg f32[64] random -10 10 17
//   arg f32[1] = -100
//   arg u64[1] = 5
//   expect 1 = 9.974255
//   expect 2 = 2021
__device__ float atomicMaxFloat(float *p, float v) {
    int *ip = (int *)p;
    int old = *ip, assumed;
    do {
        assumed = old;
        if (__int_as_float(assumed) >= v) break;
        old = atomicCAS(ip, assumed, __float_as_int(v));
    } while (assumed != old);
    return __int_as_float(old);
}
extern "C" __global__ void cas(const float *in, float *m, unsigned long long *s) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    atomicMaxFloat(m, in[i]);
    unsigned long long old = *s, seen;
    do {
        seen = old;
        old = atomicCAS(s, seen, seen + i);
    } while (old != seen);
}
