// Shadowing in every scope that has one, and a struct and a variable of one name.
// launch: shadow grid=1 block=2
//   arg i32[8] fill 0
//   expect 0 = 1 11 -1 40 2 11 2 41
int x = 3;
struct thing { int x; };
__device__ int f(int x) {
    {
        int x = 5;
        x++;
    }
    return x;
}
extern "C" __global__ void shadow(int *out) {
    int t = threadIdx.x;
    struct thing thing = {t + 40};
    int x = t;
    out[t * 4] = f(x + 1);
    for (int x = 10; x < 12; x++) {
        int t = x;
        out[threadIdx.x * 4 + 1] = t;
    }
    if (int y = x * 2) out[t * 4 + 2] = y; else out[t * 4 + 2] = -1;
    out[t * 4 + 3] = thing.x;
}
