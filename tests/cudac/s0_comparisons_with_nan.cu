// Every comparison of floats, NaN and signed zeros among them.
// launch: compare grid=1 block=16
//   arg f32[4] = 1 -0.0 NaN 2
//   arg i32[16] fill 0
//   expect 1 = 218 492 224 163 35 346 96 35 224 480 224 224 236 492 224 218
extern "C" __global__ void compare(const float *in, int *out) {
    int t = threadIdx.x;
    float a = in[t / 4], b = in[t % 4] * (t == 5 ? -1.0f : 1.0f);
    int r = 0;
    r |= (a < b) << 0;
    r |= (a <= b) << 1;
    r |= (a > b) << 2;
    r |= (a >= b) << 3;
    r |= (a == b) << 4;
    r |= (a != b) << 5;
    r |= !(a < b) << 6;
    r |= (a ? 1 : 0) << 7;
    r |= (!b) << 8;
    out[t] = r;
}
