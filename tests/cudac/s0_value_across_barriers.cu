// Many values live across barriers: scalars, a local array, a struct, a pointer.
// launch: alive grid=1 block=24
//   arg f32[24] random -1 1 111
//   arg f32[24] fill 0
//   expect 1 ~1e-6 = 4.5053406 3.052482 4.5341496 7.079747 7.767937 8.662472 9.107126 8.53104 10.456815
//     14.19829 14.905265 15.811855 14.430279 14.45002 15.997705 17.695438 20.214539 22.350586 22.791683
//     21.59013 22.456055 22.816519 25.654413 25.809202
struct acc { float sum; int n; };
extern "C" __global__ void alive(const float *in, float *out) {
    __shared__ float s[24];
    int t = threadIdx.x;
    float keep = in[t], window[3];
    acc a = {0.f, 0};
    const float *p = in + (t + 1) % 24;
    s[t] = keep;
    __syncthreads();
    for (int i = 0; i < 3; i++) window[i] = s[(t + i) % 24];
    __syncthreads();
    s[t] = keep * keep;
    a.n = t;
    __syncthreads();
    for (int i = 0; i < 3; i++) {
        a.sum += window[i] * s[(t + i) % 24];
        a.n++;
    }
    out[t] = a.sum + a.n + *p + keep;
}
