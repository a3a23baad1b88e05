// Threads that part and meet: barriers in loops of different lengths, shuffles in part of a warp, locks, atomics.
// launch: uneven grid=1 block=40
//   arg i32[40] random 0 6 5
//   expect 0 = 1073790397 1073790397 1073790397 1073790397 1073790397 1073790397 1073790397 1073790397
//     1073790397 1073790397 1073790397 1073790397 1073790397 1073790397 1073790397 1073790397 1073790397
//     1073790397 1073790397 1073790397 1073790397 1073790397 1073790397 1073790397 1073790397 1073790397
//     1073790397 1073790397 1073790397 1073790397 1073790397 1073790397 1073790397 1073790397 1073790397
//     1073790397 1073790397 1073790397 1073790397 1073790397
// launch: partial grid=1 block=64
//   arg i32[64] random 0 1000 5
//   arg i32[256] fill 0
//   expect 1 = 213 325 16130 101 133 44 16130 102 778 214 16130 103 722 257 16130 104 213 779 16130 105 133
//     722 16130 101 778 742 16130 102 722 133 16130 103 621 82 16130 104 299 676 16130 105 804 622 16130
//     101 176 615 16130 102 621 805 16130 103 299 176 16130 104 804 739 16130 105 176 299 16130 101 8908
//     8020 16130 102 8908 8020 16130 103 8908 8020 16130 104 8908 8020 16130 105 8908 8020 16130 101 8908
//     8020 16130 102 8908 8020 16130 103 8908 8020 16130 104 8908 8020 16130 105 8908 8020 16130 101 8908
//     8020 16130 102 8908 8020 16130 103 8908 8020 16130 104 8908 8020 16130 105 8908 8020 16130 101 8908
//     8020 16130 102 408 662 16966 101 588 62 16966 102 932 409 16966 103 807 631 16966 104 408 933 16966
//     105 588 807 16966 101 932 112 16966 102 807 588 16966 103 941 310 16966 104 314 277 16966 105 438 942
//     16966 101 680 972 16966 102 941 439 16966 103 314 680 16966 104 438 510 16966 105 680 314 16966 101
//     8326 4017 16966 102 8326 4017 16966 103 8326 4017 16966 104 8326 4017 16966 105 8326 4017 16966 101
//     8326 4017 16966 102 8326 4017 16966 103 8326 4017 16966 104 8326 4017 16966 105 8326 4017 16966 101
//     8326 4017 16966 102 8326 4017 16966 103 8326 4017 16966 104 8326 4017 16966 105 8326 4017 16966 101
//     8326 4017 16966 102
// launch: locked grid=3 block=48
//   arg i32[4] = 0 0 5 1
//   expect 0 = 0 144 148 1
// launch: old_values grid=2 block=33
//   arg u32[8] = 0 4294967295 0 7 0 100 0 0
//   expect 0 = 66 4294967229 65 0 66 34 65 0
// launch: floating grid=2 block=64
//   arg f64[4] = 0 1 -1 0
//   arg f32[4] = 0 1 100 0
//   arg u64[4] = 0 18446744073709551615 5 1
//   expect 0 = 0 1 127 64
//   expect 1 = 128 1 0 127
//   expect 2 = 128 0 127 1
// launch: early grid=1 block=64
//   arg i32[64] random -9 9 5
//   expect 0 = -1000 -164 -136 -164 -136 -164 -136 -164 -1000 -164 -136 -1000 -136 -1000 -1000 -164 -136
//     -1000 -136 -164 -136 -164 -1000 -164 -136 -1000 -136 -164 -1000 -1000 -1000 -164 -136 -1000 -1000
//     -164 -136 -164 -1000 -164 4 -8 -8 2 -9 -1 -6 -5 4 -1 9 7 -8 -2 -4 -9 7 8 -7 6 4 -6 -3 -9
// no gxx: the shim has neither these locks nor partial warps
extern "C" __global__ void uneven(int *p)
{
    __shared__ int turns[8];
    int t = threadIdx.x, n = p[t];
    if (t < 8) turns[t] = 0;
    __syncthreads();
    int most = 0;
    for (int i = 0; __syncthreads_or(i < n); i++) {
        if (i < n) atomicAdd(&turns[i], 1);
        most = i + 1;
    }
    __syncthreads();
    int s = 0;
    for (int i = 0; i < 8; i++) s = s * 41 + turns[i];
    p[t] = s + most;
}
extern "C" __global__ void partial(const int *in, int *out)
{
    int t = threadIdx.x, lane = t % 32, x = in[t], *o = out + t * 4;
    if (lane < 16) {
        o[0] = __shfl_down_sync(0xffff, x, 4, 8);
        if (lane & 1) o[1] = __shfl_xor_sync(0xaaaa, x, 2, 16);
        else o[1] = __shfl_sync(0x5555, x, lane + 2, 16) + 1;
    } else {
        o[0] = __reduce_add_sync(0xffff0000, x);
        unsigned m = __ballot_sync(0xffff0000, x & 1);
        o[1] = __popc(m) * 1000 + __ffs(m);
    }
    int sum = x;
    for (int d = 16; d > 0; d /= 2) sum += __shfl_xor_sync(0xffffffff, sum, d);
    o[2] = sum;
    unsigned todo = __activemask();
    int rounds = 0;
    for (int k = lane % 5; k >= 0; k--) rounds += __any_sync(__activemask(), k == 0);
    o[3] = rounds + (todo == 0xffffffff) * 100;
}
extern "C" __global__ void locked(int *p)
{
    bool done = false;
    while (!done) {
        if (atomicCAS(&p[0], 0, 1) == 0) {
            volatile int *v = p;
            v[1] = v[1] + 1;
            v[2] += v[3];
            __threadfence();
            atomicExch(&p[0], 0);
            done = true;
        }
    }
    if (threadIdx.x == 0 && blockIdx.x == 0) atomicSub(&p[2], 1);
}
extern "C" __global__ void old_values(unsigned *p)
{
    unsigned a = atomicAdd(&p[0], 1u), b = atomicSub(&p[1], 1u);
    atomicMax(&p[2], a);
    atomicAnd(&p[3], b >= 4294967229u ? 0xfffffff8u : 0u);
    atomicInc(&p[4], 1000u);
    atomicDec(&p[5], 1000u);
    atomicMax(&p[6], ~b);
    atomicOr(&p[7], (a + ~b + 1 == 0u) && a > 1000 ? 1u : 0u);
}
__device__ double add_by_cas(double *p, double x)
{
    unsigned long long *u = (unsigned long long *)p, old = *u, seen;
    do {
        seen = old;
        old = atomicCAS(u, seen, __double_as_longlong(x + __longlong_as_double(seen)));
    } while (seen != old);
    return __longlong_as_double(old);
}
__device__ float max_by_cas(float *p, float x)
{
    int *i = (int *)p, old = *i, seen;
    do {
        seen = old;
        if (__int_as_float(seen) >= x) break;
        old = atomicCAS(i, seen, __float_as_int(x));
    } while (seen != old);
    return __int_as_float(old);
}
extern "C" __global__ void floating(double *d, float *f, unsigned long long *u)
{
    int t = threadIdx.x + blockIdx.x * blockDim.x;
    add_by_cas(&d[0], t % 2 ? -1.0 : 1.0);
    add_by_cas(&d[2], 1.0);
    atomicAdd(&d[3], 0.5);
    atomicAdd(&f[0], 1.0f);
    atomicMin((int *)&f[2], t == 77 ? 0 : 1000000000);
    max_by_cas(&f[3], (float)t);
    atomicAdd(&u[0], 1ull);
    atomicMin(&u[1], (unsigned long long)t);
    atomicMax(&u[2], (unsigned long long)t);
    atomicExch(&u[3], 1ull);
}
__device__ int halve(int *s, int n)
{
    for (int o = n / 2; o > 0; o /= 2) {
        if (threadIdx.x < o) s[threadIdx.x] += s[threadIdx.x + o];
        __syncthreads();
    }
    return s[0];
}
extern "C" __global__ void early(int *p)
{
    __shared__ int s[64];
    __shared__ int flag;
    int t = threadIdx.x;
    s[t] = p[t];
    if (t == 0) flag = 0;
    __syncthreads();
    int total = halve(s, 64);
    __syncthreads();
    if (t >= 40) return;
    s[t] = p[t] * total;
    if (p[t] < 0) {
        atomicAdd(&flag, 1);
        p[t] = -1000;
        return;
    }
    __syncthreads();
    int sum = 0;
    for (int i = 0; i < 40; i++) sum += s[i];
    if (t % 2 == 0) {
        __syncthreads();
        sum += flag;
    } else {
        __syncthreads();
        sum -= flag;
    }
    p[t] = sum;
}
