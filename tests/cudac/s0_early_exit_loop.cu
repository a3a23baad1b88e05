// A loop that ends for each thread at another time, with a value carried out of it.
// launch: escape grid=1 block=32
//   arg f32[32] random -2 2 27
//   arg f32[32] random -2 2 28
//   arg i32[32] fill 0
//   expect 2 = 200 2 2 4 200 3 5 1 1 3 2 200 2 200 2 1 1 1 8 2 1 2 3 2 200 2 5 2 4 4 2 1
// options: -fmad=false
extern "C" __global__ void escape(const float *cx, const float *cy, int *out) {
    int t = threadIdx.x;
    float x = 0, y = 0;
    int n = 0;
    while (x * x + y * y <= 4.0f && n < 200) {
        float next = x * x - y * y + cx[t];
        y = 2 * x * y + cy[t];
        x = next;
        n++;
    }
    out[t] = n;
}
