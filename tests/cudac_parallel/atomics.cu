// What atomics return and what is built upon them: slots, locks, queues, last blocks, tables; variables that outlive a launch.

#define ARGS int *o, int *q, const int *a, int n
#define LINEAR (threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z))
#define SIZE (blockDim.x * blockDim.y * blockDim.z)
#define ME (blockIdx.x * SIZE + LINEAR)
#define ALL (gridDim.x * SIZE)

extern "C" __global__ void slots(ARGS) {
    int v = a[ME & 4095];
    o[ME] = -1;
    if (v > 0) {
        int s = atomicAdd(&q[0], 1);
        // Every slot once: each is taken by one and all below the count are taken.
        atomicAdd(&q[1 + s], 1);
        o[ME] = atomicAdd(&q[4096 + (v & 15)], v) >= 0;
    }
}
extern "C" __global__ void lock_of_blocks(ARGS) {
    if (LINEAR == 0) {
        while (atomicCAS(&q[0], 0, 1) != 0) {}
        __threadfence();
        volatile int *sum = q + 1;
        for (int k = 0; k < 5; k++) *sum = *sum + a[(blockIdx.x + k) & 4095];
        __threadfence();
        atomicExch(&q[0], 0);
    }
    o[ME] = 1;
}
extern "C" __global__ void lock_of_threads(ARGS) {
    __shared__ int lock, count, sum;
    if (LINEAR == 0) lock = count = sum = 0;
    __syncthreads();
    bool done = false;
    while (!done) {
        if (atomicCAS(&lock, 0, 1) == 0) {
            *(volatile int *)&count = *(volatile int *)&count + 1;
            *(volatile int *)&sum = *(volatile int *)&sum + a[ME & 4095];
            __threadfence_block();
            atomicExch(&lock, 0);
            done = true;
        }
    }
    __syncthreads();
    o[ME] = count;
    q[ME] = sum;
}
__device__ unsigned blocks_done;
__device__ int partial[256], launches;
extern "C" __global__ void last_block(ARGS) {
    __shared__ int s[1024];
    __shared__ bool last;
    int t = LINEAR, size = SIZE;
    s[t] = a[ME & 4095];
    __syncthreads();
    if (t == 0) {
        int sum = 0;
        for (int k = 0; k < size; k++) sum += s[k];
        partial[blockIdx.x] = sum;
        __threadfence();
        last = atomicInc(&blocks_done, gridDim.x - 1) == gridDim.x - 1;
    }
    __syncthreads();
    if (last) {
        int sum = 0;
        for (int k = t; k < gridDim.x; k += size) sum += ((volatile int *)partial)[k];
        atomicAdd(&q[0], sum);
        if (t == 0) q[1] = ++launches;
    }
    o[ME] = s[size - 1 - t];
}
extern "C" __global__ void table_of_keys(ARGS) {
    // Open addressing: 2048 places behind the first 4096 of q, empty is 0.
    int key = (a[ME & 4095] & 255) + 1;
    unsigned at = key * 2654435761u >> 21;
    for (;;) {
        int old = atomicCAS(&q[4096 + at], 0, key);
        if (old == 0 || old == key) break;
        at = (at + 1) & 2047;
    }
    atomicAdd(&q[key], 1);
    o[ME] = q[4096 + at] == key;
    __threadfence();
}
extern "C" __global__ void float_by_cas(ARGS) {
    float v = a[ME & 4095] * 0.5f;
    int old = q[0], seen;
    do {
        seen = old;
        old = atomicCAS(&q[0], seen, __float_as_int(__int_as_float(seen) + v));
    } while (old != seen);
    unsigned long long *d = (unsigned long long *)(q + 2), was = *d, assumed;
    do {
        assumed = was;
        was = atomicCAS(d, assumed, (unsigned long long)__double_as_longlong(__longlong_as_double(assumed) + v * 0.25));
    } while (was != assumed);
    int best = q[4];
    while (a[ME & 4095] > best) {
        int now = atomicCAS(&q[4], best, a[ME & 4095]);
        if (now == best) break;
        best = now;
    }
    o[ME] = 5;
}
extern "C" __global__ void own_words(ARGS) {
    int i = ME, v = a[i & 4095];
    unsigned *u = (unsigned *)&q[i], r = 0;
    *u = v;
    r = r * 31 + atomicAdd(u, 5u);
    r = r * 31 + atomicSub(u, 9u);
    r = r * 31 + atomicMin(u, 77u);
    r = r * 31 + atomicMax((int *)u, -3);
    r = r * 31 + atomicInc(u, 50u);
    r = r * 31 + atomicInc(u, 2u);
    r = r * 31 + atomicDec(u, 40u);
    r = r * 31 + atomicDec(u, 3u);
    r = r * 31 + atomicXor(u, 0xf0f0u);
    r = r * 31 + atomicOr(u, v & 7);
    r = r * 31 + atomicAnd(u, 0xff7fu);
    r = r * 31 + atomicExch(u, *u * 3 + 1);
    r = r * 31 + atomicCAS(u, 4u, 5u);
    r = r * 31 + atomicCAS(u, *u, *u + 100u);
    o[i] = r;
}
extern "C" __global__ void own_wide_words(ARGS) {
    int i = ME;
    long long v = (long long)a[i & 4095] << 31;
    unsigned long long *u = (unsigned long long *)q + i, r = 0;
    *u = v;
    r = r * 31 + atomicAdd(u, 5ull << 30);
    r = r * 31 + atomicMin((long long *)u, -77ll);
    r = r * 31 + atomicMax((long long *)u, v - 1);
    r = r * 31 + atomicMax(u, 1ull << 33);
    r = r * 31 + atomicMin(u, ~0ull >> 2);
    r = r * 31 + atomicXor(u, 0xf0f0f0f0f0ull);
    r = r * 31 + atomicOr(u, (unsigned long long)v & 7);
    r = r * 31 + atomicAnd(u, ~0x8001ull);
    r = r * 31 + atomicExch(u, *u * 3 + 1);
    r = r * 31 + atomicCAS(u, *u, *u + 100u);
    o[i] = (int)(r >> 32) ^ (int)r;
}
extern "C" __global__ void queue_of_work(ARGS) {
    int done = 0;
    for (int k; (k = atomicAdd(&q[0], 1)) < 500;) {
        q[100 + k] = a[k & 4095] * 2 + 1;
        done++;
    }
    atomicAdd(&q[1], done);
    o[ME] = done >= 0;
}
extern "C" __global__ void shared_counters(ARGS) {
    __shared__ int bins[16];
    __shared__ float fs[4];
    __shared__ unsigned long long big;
    __shared__ int low, high;
    int t = LINEAR, v = a[ME & 4095];
    for (int k = t; k < 16; k += SIZE) bins[k] = 0;
    for (int k = t; k < 4; k += SIZE) fs[k] = 0.0f;
    if (t == 0) {
        big = 0;
        low = 1 << 30;
        high = -(1 << 30);
    }
    __syncthreads();
    atomicAdd(&bins[v & 15], 1);
    atomicAdd(&fs[t & 3], v * 0.5f);
    atomicAdd(&big, (unsigned long long)(v & 1023) << 20);
    atomicMin(&low, v);
    if (v & 1) atomicMax(&high, v);
    __syncthreads();
    int r = 0;
    for (int k = 0; k < 16; k++) r = r * 3 + bins[k];
    o[ME] = r + (int)(fs[v & 3] * 2.0f);
    q[ME] = (int)(big >> 20) + low * 3 + high * 5;
}
extern "C" __global__ void lists(ARGS) {
    // Lists by residue: heads in q[0..8], links from q[64 + i].
    int i = ME, k = a[i & 4095] & 7;
    q[64 + i] = atomicExch(&q[k], i + 1);
    o[i] = 0;
}
__device__ int find_root(const int *p, int i) {
    while (((volatile const int *)p)[i] != i) i = ((volatile const int *)p)[i];
    return i;
}
extern "C" __global__ void unite(ARGS) {
    // One block: parents in o.
    if (blockIdx.x != 0) return;
    int t = LINEAR, size = SIZE;
    o[t] = t;
    __syncthreads();
    int x = find_root(o, t), y = find_root(o, (unsigned)(a[t & 4095] + 1000) % size);
    for (;;) {
        if (x == y) break;
        if (x < y) {
            int s = x;
            x = y;
            y = s;
        }
        int old = atomicMin(&o[x], y);
        if (old == x) break;
        x = find_root(o, old);
        y = find_root(o, y);
    }
    __syncthreads();
    int root = find_root(o, t);
    __syncthreads();
    o[t] = root;
}
__constant__ int weights[8] = { 3, 1, 4, 1, 5, 9, 2, 6 };
__device__ int state[1024] = { 7, 8, 9 };
__device__ long long total = 5;
__device__ int *kept;
extern "C" __global__ void over_launches(ARGS) {
    int t = LINEAR;
    if (blockIdx.x == 0) {
        state[t] = state[t] * 3 + weights[(t + a[t]) & 7] + (t > 0 ? 0 : (int)total);
        if (t == 0) {
            total = total * 2 + 1;
            if (kept) *kept += 100;
            kept = q + 4096;
        }
        o[t] = state[t];
    }
}
extern "C" __global__ void tickets(ARGS) {
    if (LINEAR == 0) {
        int mine = atomicAdd(&q[0], 1);
        while (atomicAdd(&q[1], 0) != mine) {}
        __threadfence();
        volatile int *log = q + 16;
        log[mine] = mine ? log[mine - 1] + 3 : 1;
        __threadfence();
        atomicAdd(&q[1], 1);
    }
    o[ME] = 2;
}
extern "C" __global__ void first_come_first(ARGS) {
    // One of each group wins; who does is open, that one does is not.
    int key = a[ME & 4095] & 31;
    bool won = atomicExch(&q[key], 1) == 0;
    if (won) atomicAdd(&q[64 + key], 1);
    if (atomicOr((unsigned *)&q[128], 1u << key) >> key & 1u) atomicAdd(&q[129], 1);
    o[ME] = 0;
}
