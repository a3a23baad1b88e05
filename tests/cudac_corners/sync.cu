// Barriers and warp operations where threads part, leave early, or come in odd numbers.

#define ARGS int *o, float *f, long long *l, const int *a, const float *b, int n
#define LINEAR ((threadIdx.z * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x)
#define SIZE (blockDim.x * blockDim.y * blockDim.z)
#define ME (blockIdx.x * SIZE + LINEAR)

extern "C" __global__ void count_in_loop(ARGS) {
    int left = a[ME & 4095] & 7, rounds = 0, sum = 0;
    while (__syncthreads_count(left > 0)) {
        sum += left;
        left -= left > 0;
        rounds++;
    }
    o[ME] = rounds;
    l[ME] = sum;
}
extern "C" __global__ void count_then_leave(ARGS) {
    int c = 0;
    for (int r = 0; r < 6; r++) {
        c = __syncthreads_count((a[(ME + r) & 4095] & 3) > 1);
        if ((int)(LINEAR % 5) == r) break;
    }
    o[ME] = c;
}
extern "C" __global__ void leave_then_barrier(ARGS) {
    __shared__ int s[1024];
    int t = LINEAR;
    s[t] = a[ME & 4095];
    __syncthreads();
    if (t % 3 == 1) {
        o[ME] = -7;
        return;
    }
    int x = s[(t + 1) % SIZE];
    __syncthreads();
    s[t] = x * 2;
    __syncthreads();
    o[ME] = s[t] + __syncthreads_or(x > 190);
}
extern "C" __global__ void shared_as_other_types(ARGS) {
    __shared__ int words[1024];
    int t = LINEAR;
    words[t] = a[ME & 4095];
    __syncthreads();
    unsigned char *bytes = (unsigned char *)words;
    int sum = 0;
    for (int k = 0; k < 4; k++) sum = sum * 3 + bytes[t * 4 + k];
    short *halves = (short *)words;
    sum += halves[2 * t] - halves[2 * t + 1];
    __syncthreads();
    bytes[t * 4 + 1] = (unsigned char)sum;
    halves[2 * t + 1] = (short)(sum >> 3);
    o[ME] = words[t];
    ((float *)words)[t] = (float)sum;
    l[ME] = words[t];
    __syncthreads();
    f[ME] = ((float *)words)[(t + 1) % SIZE];
}
extern "C" __global__ void dynamic_shared_in_parts(ARGS) {
    extern __shared__ double raw[];
    int t = LINEAR, m = SIZE < 100 ? SIZE : 100;
    float *fs = (float *)raw;
    int *is = (int *)(fs + 100);
    char *cs = (char *)(is + 100);
    if (t < m) {
        fs[t] = b[t];
        is[t] = a[t];
        cs[t] = (char)t;
    }
    __syncthreads();
    if (t < m) {
        int u = m - 1 - t;
        f[ME] = fs[u] + (float)cs[u];
        o[ME] = is[u] ^ cs[t];
    }
}
extern "C" __global__ void tree(ARGS) {
    __shared__ float s[1024];
    unsigned t = LINEAR;
    s[t] = b[ME & 4095];
    __syncthreads();
    for (unsigned m = SIZE; m > 1;) {
        unsigned half = (m + 1) / 2;
        if (t < m / 2) s[t] += s[t + half];
        m = half;
        __syncthreads();
    }
    if (t == 0) f[blockIdx.x] = s[0];
    o[ME] = s[0] > 0.0f;
}
extern "C" __global__ void scan_twice(ARGS) {
    __shared__ int s[2][1024];
    int t = LINEAR, from = 0;
    s[0][t] = a[ME & 4095];
    __syncthreads();
    for (unsigned d = 1; d < SIZE; d *= 2) {
        int v = s[from][t];
        if (t >= (int)d) v += s[from][t - d];
        s[from ^ 1][t] = v;
        from ^= 1;
        __syncthreads();
    }
    o[ME] = s[from][t];
    l[ME] = from;
}
extern "C" __global__ void barrier_in_both_ways(ARGS) {
    __shared__ int s[1024];
    int t = LINEAR;
    s[t] = t;
    // The same for the whole block, though only the input says so.
    if (a[blockIdx.x] & 1) {
        __syncthreads();
        s[t] += 5;
    } else {
        s[t] -= 3;
        __syncthreads();
        s[t] *= 2;
    }
    __syncthreads();
    o[ME] = s[(t + 2) % SIZE];
}
extern "C" __global__ void barrier_in_loop_of_input(ARGS) {
    __shared__ int s[1024];
    int t = LINEAR, sum = 0;
    for (int r = 0; r < (a[blockIdx.x] & 7); r++) {
        s[t] = sum + r;
        __syncthreads();
        sum += s[(t + r) % SIZE];
        __syncthreads();
    }
    o[ME] = sum;
}
extern "C" __global__ void values_over_barriers(ARGS) {
    __shared__ float s[1024];
    int t = LINEAR;
    float x = b[ME & 4095], y = x * x, z = y - x;
    int i = a[ME & 4095];
    long long w = (long long)i * i;
    bool odd = i & 1;
    char c = (char)i;
    s[t] = y;
    __syncthreads();
    float q = s[(t + 7) % SIZE];
    __syncthreads();
    s[t] = q + z;
    __syncthreads();
    f[ME] = s[(t + 3) % SIZE] + x;
    o[ME] = (odd ? i : -i) + c;
    l[ME] = w;
}
extern "C" __global__ void locals_over_barriers(ARGS) {
    int t = LINEAR, mine[5];
    __shared__ int s[1024];
    for (int k = 0; k < 5; k++) mine[k] = a[(ME + k) & 4095];
    s[t] = mine[t % 5];
    __syncthreads();
    mine[(t + 1) % 5] += s[(t + 1) % SIZE];
    __syncthreads();
    int sum = 0;
    for (int k = 0; k < 5; k++) sum = sum * 3 + mine[(k + t) % 5];
    o[ME] = sum;
}
extern "C" __global__ void shuffle_of_odd_blocks(ARGS) {
    unsigned m = __activemask();
    int v = a[ME & 4095];
    int up = __shfl_up_sync(m, v, 3), down = __shfl_down_sync(m, v, 1), x = __shfl_xor_sync(m, v, 1);
    // Lanes that are not there give nothing that counts.
    unsigned lane = LINEAR & 31, there = __popc(m);
    o[ME] = (lane >= 3 ? up : 0) + (lane + 1 < there ? down * 3 : 0) + ((lane ^ 1) < there ? x * 5 : 0);
    l[ME] = there;
}
extern "C" __global__ void vote_in_branches(ARGS) {
    int v = a[ME & 4095];
    unsigned yes;
    if (v & 1) yes = __ballot_sync(__activemask(), v > 50) & 0;
    else yes = 3;
    __syncwarp();
    unsigned all = __ballot_sync(__activemask(), (v & 1) != 0);
    o[ME] = yes + __popc(all);
}
extern "C" __global__ void shuffle_in_half(ARGS) {
    int v = a[ME & 4095], lane = LINEAR & 31;
    unsigned in = __ballot_sync(__activemask(), lane < 11);
    int r = -1;
    if (lane < 11) {
        r = __shfl_sync(in, v, (lane + 1) % __popc(in));
        r += __reduce_add_sync(in, v & 255);
        __syncwarp(in);
    }
    o[ME] = r;
}
extern "C" __global__ void counters(ARGS) {
    __shared__ int s[8];
    int t = LINEAR;
    for (int k = t; k < 8; k += SIZE) s[k] = 0;
    __syncthreads();
    atomicAdd(&s[a[ME & 4095] & 7], 1);
    if (t & 1) atomicMax(&s[7], 3);
    __syncthreads();
    int sum = 0;
    for (int k = 0; k < 7; k++) sum = sum * 10 + s[k];
    o[ME] = sum;
}
extern "C" __global__ void switch_over_barriers(ARGS) {
    __shared__ int s[1024];
    int t = LINEAR, v = 0;
    for (int r = 0; r < 4; r++) {
        s[t] = v + t;
        __syncthreads();
        switch (a[r + blockIdx.x] & 3) {
        case 0: v += s[(t + 1) % SIZE]; break;
        case 1: v ^= s[t]; __syncthreads(); v += s[0];
        case 2: v -= 3; break;
        }
        __syncthreads();
    }
    o[ME] = v;
}
__device__ int deep(int k, int t, const int *a) {
    return k <= 0 ? a[t & 4095] + (int)threadIdx.x : deep(k - 1, t + 1, a) * 3 - deep(k - 2, t + 2, a);
}
extern "C" __global__ void recursion_between_barriers(ARGS) {
    __shared__ int s[1024];
    int t = LINEAR;
    s[t] = deep(a[t] & 7, ME, a);
    __syncthreads();
    int v = s[SIZE - 1 - t];
    __syncthreads();
    s[t] = v + deep(3, t, a);
    __syncthreads();
    o[ME] = s[(t + 1) % SIZE];
}
__device__ int with_barrier(int *s, int t, int v) {
    s[t] = v;
    __syncthreads();
    int r = s[(t + 1) % SIZE];
    __syncthreads();
    return r;
}
extern "C" __global__ void barriers_in_functions(ARGS) {
    __shared__ int s[1024];
    int t = LINEAR, v = a[ME & 4095];
    for (int r = 0; r < 3; r++) v += with_barrier(s, t, v) * (r + 1);
    if (n > 10) v ^= with_barrier(s, t, v + 1);
    o[ME] = v;
}
extern "C" __global__ void early_out_of_rows(ARGS) {
    int t = LINEAR;
    __shared__ int s[1024];
    if ((int)ME >= n) {
        s[t] = 1;
        return;
    }
    s[t] = 2 + t;
    __syncthreads();
    int sum = 0;
    // Only places of threads that are still here.
    for (int k = 0; k <= t; k += 5) sum += s[k];
    o[ME] = sum;
}
extern "C" __global__ void uniform_value_of_memory(ARGS) {
    __shared__ int m;
    int t = LINEAR, sum = 0;
    for (int r = 0; r < 5; r++) {
        if (t == 0) m = a[r] & 63;
        __syncthreads();
        int k = m;
        __syncthreads();
        if (k > 30) {
            sum += k;
            __syncthreads();
        }
        sum = sum * 2 + (t < k);
    }
    o[ME] = sum;
}
