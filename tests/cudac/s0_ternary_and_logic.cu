// Short circuits must not evaluate the right side; ?: evaluates one arm only.
// launch: logic grid=1 block=8
//   arg i32[8] = 0 1 2 3 4 5 6 7
//   arg i32[40] fill 0
//   expect 1 = 0 1 0 1 8 0 1 10 7 8 1 0 -2 7 8 2 3 30 7 5 2 3 2 7 8 2 3 30 7 6 2 3 -3 7 6 2 3 30 7 6
__device__ int bump(int *p) { return ++*p; }
extern "C" __global__ void logic(const int *in, int *out) {
    int t = threadIdx.x, x = in[t], calls = 0;
    int *o = out + t * 5;
    bool a = x > 2 && bump(&calls) > 0;
    bool b = x < 2 || bump(&calls) > 1;
    o[0] = calls;
    o[1] = a * 2 + b;
    o[2] = x & 1 ? bump(&calls) * 10 : x & 2 ? -bump(&calls) : calls;
    o[3] = !x + !!x * 7;
    o[4] = (x == 3 ? 1 : 0) ? 5 : ((x > 4) ? 6 : 8);
}
