// Promises to the optimiser are taken and change nothing.
// launch: promises grid=1 block=8
//   arg f32[8] = 1 2 3 4 5 6 7 8
//   arg f32[8] fill 0
//   expect 1 = 3 5 7 9 11 13 15 17
extern "C" __global__ void promises(const float *in, float *out) {
    const float *p = (const float *)__builtin_assume_aligned(in, 16);
    float *q = static_cast<float *>(__builtin_assume_aligned(out, 32));
    if (__builtin_expect(threadIdx.x < 8, 1)) q[threadIdx.x] = 2 * p[threadIdx.x] + 1;
}
