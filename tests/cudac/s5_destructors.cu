// Destructors run at the end of scopes, in reverse order, also on early return and break.
// launch: scopes grid=1 block=4
//   arg i32[8] fill 0
//   expect 0 = 1263 126375 126263 12626375 12626263 1262626375 -1 1265
struct guard {
    int *log, id;
    __device__ guard(int *l, int i) : log(l), id(i) { *log = *log * 10 + id; }
    __device__ ~guard() { *log = *log * 10 + id + 4; }
};
__device__ int work(int *log, int n) {
    guard a(log, 1);
    for (int i = 0; i < 3; i++) {
        guard b(log, 2);
        if (i == n) break;
        if (n == 3) return -1;
    }
    guard c(log, 3);
    return *log;
}
extern "C" __global__ void scopes(int *out) {
    int t = threadIdx.x, log = 0;
    out[t * 2] = work(&log, t);
    out[t * 2 + 1] = log;
}
