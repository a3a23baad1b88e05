// Read-only loads of scalars and vectors.
// launch: gather grid=1 block=16
//   arg f32[32] random 0 1 42
//   arg i32[16] random 0 31 43
//   arg f32[16] fill 0
//   expect 2 = 0.458515 0.58888113 0.83365077 1.0153787 1.0507578 0.89092267 0.60690385 0.8772961
//     0.65113723 0.1577943 0.8115011 0.86727625 0.114012286 1.1028376 1.1468539 1.003862
// options: -fmad=false
extern "C" __global__ void gather(const float *__restrict__ data, const int *__restrict__ index, float *__restrict__ out) {
    int t = threadIdx.x;
    float2 v = __ldg((const float2 *)data + t);
    out[t] = __ldg(&data[__ldg(index + t)]) + v.x * v.y;
}
