// Programs from before `__syncwarp`: volatile writes in lock step, beside compare-and-swap, exchange and locks.
// launch: last_step grid=4 block=64
//   arg f64[1] = 0
//   arg i32[1] = 0
//   expect 0 = 24576
//   expect 1 = 6240
// launch: by_turns grid=2 block=40
//   arg i32[4] = 0 0 5 1
//   expect 0 = 0 80 85 1
// launch: tiles grid=1 block=64
//   arg i32[4] = 7 7 7 7
//   expect 0 = 2016 2656 3296 21
// no gxx: the shim has no lock step
__device__ void warp_sum(volatile int *v, int t)
{
    v[t] += v[t + 32];
    v[t] += v[t + 16];
    v[t] += v[t + 8];
    v[t] += v[t + 4];
    v[t] += v[t + 2];
    v[t] += v[t + 1];
}
__device__ void add_by_cas(double *p, double x)
{
    unsigned long long *u = (unsigned long long *)p, old = *u, seen;
    do {
        seen = old;
        old = atomicCAS(u, seen, (unsigned long long)__double_as_longlong(__longlong_as_double(seen) + x));
    } while (old != seen);
}
extern "C" __global__ void last_step(double *sum, int *best)
{
    __shared__ int sh[64];
    int t = threadIdx.x;
    sh[t] = 3 * t + blockIdx.x;
    __syncthreads();
    if (t < 32) warp_sum(sh, t);
    if (t == 0) {
        add_by_cas(sum, sh[0]);
        for (int old = *best; old < sh[0];) {
            int seen = atomicCAS(best, old, sh[0]);
            if (seen == old) break;
            old = seen;
        }
    }
}
__device__ void bump(volatile int *v)
{
    v[1] = v[1] + 1;
    v[2] += v[3];
}
extern "C" __global__ void by_turns(int *p)
{
    bool done = false;
    while (!done) {
        if (atomicCAS(&p[0], 0, 1) == 0) {
            bump(p);
            __threadfence();
            atomicExch(&p[0], 0);
            done = true;
        }
    }
}
extern "C" __global__ void tiles(int *p)
{
    __shared__ int sh[64];
    int t = threadIdx.x, before = 0;
    for (int tile = 0; tile < 3; tile++) {
        sh[t] = t + 10 * tile;
        __syncthreads();
        if (t < 32) warp_sum(sh, t);
        __syncthreads();
        if (t == 0) before += atomicExch(&p[tile], sh[0]);
    }
    if (t == 0) p[3] = before;
}
