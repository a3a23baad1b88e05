// Barriers where only the input says that all take the same way, after returns, in functions; loops with odd steps, wraps and
// several ends; tails of grids.

#define ARGS int *o, int *q, const int *a, int n
#define LINEAR (threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z))
#define SIZE (blockDim.x * blockDim.y * blockDim.z)
#define ME (blockIdx.x * SIZE + LINEAR)
#define ALL (gridDim.x * SIZE)

__device__ int meet(int *s, int t, int v) {
    s[t] = v;
    __syncthreads();
    int r = s[(t + 1) % SIZE];
    __syncthreads();
    return r;
}
extern "C" __global__ void barriers_in_arguments(ARGS) {
    __shared__ int s[1024];
    int t = LINEAR, v = a[ME & 4095];
    int r = max(meet(s, t, v), meet(s, t, v * 2)) + (n > 0 ? meet(s, t, 1) : meet(s, t, t));
    if (n & 1 && meet(s, t, 7) == 7 && meet(s, t, r) > -5000000) r += 3;
    auto later = [&](int k) { return meet(s, t, r + k) - k; };
    o[ME] = meet(s, t, later(r & 0) + later(1) * 3);
}
extern "C" __global__ void condition_from_shared(ARGS) {
    __shared__ int limit, s[1024];
    int t = LINEAR, size = SIZE, v = a[ME & 4095], rounds = 0;
    if (t == 0) limit = a[blockIdx.x] & 7;
    __syncthreads();
    for (int k = 0; k < limit; k++) {
        s[t] = v + k;
        __syncthreads();
        v += s[(t + k) % size];
        __syncthreads();
        if (t == size - 1 && k == 2) limit--;
        __syncthreads();
        if (k > limit) {
            rounds += 100;
            __syncthreads();
        }
        rounds++;
    }
    o[ME] = v;
    q[ME] = rounds;
}
extern "C" __global__ void until_all_agree(ARGS) {
    __shared__ int s[1024];
    int t = LINEAR, size = SIZE, label = t, rounds = 0;
    s[t] = t;
    __syncthreads();
    bool changed;
    do {
        int left = s[(t + size - 1) % size], wall = a[ME & 4095] % 5 == 0;
        __syncthreads();
        changed = false;
        if (!wall && left < label) {
            label = left;
            changed = true;
        }
        s[t] = label;
        rounds++;
    } while (__syncthreads_or(changed));
    o[ME] = label;
    q[ME] = rounds;
}
extern "C" __global__ void counted_rounds(ARGS) {
    int v = a[ME & 4095] & 31, r = 0;
    for (int k = 0, c; (c = __syncthreads_count(v > k)) > 0 && k < 40; k += 1 + (c & 1)) {
        r = r * 3 + c;
        if (__syncthreads_and(v > k - 100)) r++;
    }
    o[ME] = r;
}
extern "C" __global__ void barrier_past_returns(ARGS) {
    __shared__ int s[1024];
    int t = LINEAR, size = SIZE, v = a[ME & 4095];
    s[t] = 0;
    __syncthreads();
    if (t >= size - size / 3) {
        o[ME] = -1;
        q[ME] = v;
        return;
    }
    s[t] = v;
    int alive = __syncthreads_count(1), r = s[(t + 1) % size];
    __syncthreads();
    for (int k = 0; k < 3; k++) {
        s[t] = r;
        __syncthreads();
        r += s[(t * 5 + k) % (size - size / 3)];
        __syncthreads();
    }
    o[ME] = r;
    q[ME] = alive;
}
extern "C" __global__ void odd_even_sort(ARGS) {
    __shared__ int s[1024];
    int t = LINEAR, size = SIZE;
    s[t] = a[ME & 4095];
    __syncthreads();
    for (int k = 0; k < size; k++) {
        int i = 2 * t + (k & 1);
        if (i + 1 < size && s[i] > s[i + 1]) {
            int x = s[i];
            s[i] = s[i + 1];
            s[i + 1] = x;
        }
        __syncthreads();
    }
    o[ME] = s[t];
}
extern "C" __global__ void bitonic_with_rest(ARGS) {
    __shared__ int s[1024];
    unsigned t = LINEAR, size = SIZE, m = 1;
    while (m < size) m <<= 1;
    for (unsigned i = t; i < m; i += size) s[i] = i < size ? a[(blockIdx.x * size + i) & 4095] : 0x7fffffff;
    __syncthreads();
    for (unsigned k = 2; k <= m; k <<= 1)
        for (unsigned j = k >> 1; j; j >>= 1) {
            for (unsigned i = t; i < m; i += size) {
                unsigned p = i ^ j;
                if (p > i && (s[i] > s[p]) == ((i & k) == 0)) {
                    int x = s[i];
                    s[i] = s[p];
                    s[p] = x;
                }
            }
            __syncthreads();
        }
    o[ME] = s[t];
}
extern "C" __global__ void wavefront(ARGS) {
    // Edit distance of two words of SIZE and 9 letters, one diagonal a round.
    __shared__ int d[3][1026];
    int t = LINEAR, size = SIZE, w = 9, r = 0;
    for (int k = 0; k <= size + w; k++) {
        int *now = d[k % 3], *one = d[(k + 2) % 3], *two = d[(k + 1) % 3];
        for (int i = t; i <= size; i += size) {
            int j = k - i;
            if (j < 0 || j > w) continue;
            if (i == 0 || j == 0) now[i] = i + j;
            else {
                int same = (a[i & 4095] & 3) == (a[(j * 7 + blockIdx.x) & 4095] & 3);
                now[i] = min(min(one[i - 1], one[i]) + 1, two[i - 1] + !same);
            }
            if (j == w && i == t + 1) r = now[i];
        }
        __syncthreads();
    }
    o[ME] = d[(size + w) % 3][size];
    q[ME] = r >= 0;
}
extern "C" __global__ void leave_in_the_middle(ARGS) {
    __shared__ int s[1024], stop;
    int t = LINEAR, size = SIZE, v = a[ME & 4095], k = 0;
    if (t == 0) stop = 0;
    __syncthreads();
    while (true) {
        s[t] = v;
        __syncthreads();
        bool leave = stop;
        __syncthreads();
        if (leave) break;
        v = s[(t + 3) % size] + k;
        if (t == 0 && (v & 3) == 1) stop = 1;
        __syncthreads();
        if (++k > 10) break;
        if (k == 4) continue;
        v ^= 1;
        __syncthreads();
    }
    o[ME] = v;
    q[ME] = k;
}
extern "C" __global__ void jumps_over_barriers(ARGS) {
    __shared__ int s[1024];
    int t = LINEAR, v = a[ME & 4095], k = 0;
again:
    v += meet(s, t, v + k);
    if (k == (a[blockIdx.x] & 3)) goto out;
    k++;
    if (k & 1) goto again;
    v -= meet(s, t, k);
    goto again;
out:
    o[ME] = v;
}
extern "C" __global__ void down_by_wrap(ARGS) {
    unsigned m = (unsigned)(a[ME & 4095] & 15), sum = 0;
    for (unsigned i = m - 1; i < m; i--) sum = sum * 3 + a[(ME + i) & 4095];
    for (int i = (int)m; i-- > 0;) sum += a[(ME * 3 + i) & 4095] * i;
    unsigned char c = (unsigned char)a[ME & 4095], stop = (unsigned char)(c + 30);
    for (; c != stop; c += 3) sum ^= c << 3;
    signed char s = (signed char)(100 + m);
    for (int k = 0; k < 5; k++) sum += (s += 9);
    unsigned short h = 65530;
    do sum += h++; while (h > 100 || h < (m & 7));
    o[ME] = sum;
}
extern "C" __global__ void range_by_wrap(ARGS) {
    unsigned i = ME, low = 5u + (n & 3), high = ALL - 3u;
    o[i] = -1;
    q[i] = -1;
    if (i - low < high - low) o[i] = a[(i - low) & 4095];
    unsigned j = i - 9u;
    if (j < ALL) q[i] = a[j & 4095] + 1;
}
extern "C" __global__ void signed_before_zero(ARGS) {
    long long i = (long long)blockIdx.x * SIZE + LINEAR - 7;
    int k = (int)ME - 11;
    short h = (short)(ME * 1000);
    signed char c = (signed char)(ME * 3);
    const int *mid = a + 2048;
    o[ME] = i >= 0 && i < n ? a[i & 4095] : (int)i;
    q[ME] = mid[c] + mid[h >> 5] * 3 + (k >= 0 ? a[k] : mid[k]) * 5 + mid[-(int)(ME & 1023)];
}
extern "C" __global__ void odd_strides(ARGS) {
    int i = ME, step = ALL * 3 + 1, m = 3000 + (n & 63);
    unsigned sum = 0, times = 0;
    for (; i < m; i += step) {
        sum = sum * 5 + a[i];
        times++;
    }
    for (size_t k = ME; k < 4096; k += (size_t)ALL + 5) times += (a[k] & 1) << 10;
    o[ME] = sum;
    for (int k = m - 1 - (int)LINEAR; k >= 0; k -= SIZE) sum += a[k] * 3;
    q[ME] = sum + times;
}
extern "C" __global__ void tails_of_vectors(ARGS) {
    int i = ME * 4, m = (int)ALL * 4 - 1 - (n & 1);
    if (m > 4096) m = 4094;
    if (i + 3 < m) {
        int4 v = ((const int4 *)a)[ME];
        ((int4 *)o)[ME] = make_int4(v.w, v.z + 1, v.y * 2, v.x);
    } else if (i < m) {
        for (int k = i; k < m; k++) o[k] = a[k] * 7;
    }
}
extern "C" __global__ void hashed_places(ARGS) {
    unsigned i = ME, h = i * 2654435761u;
    o[i] = a[h >> 20] + a[(h >> 8) & 4095] * 3;
    unsigned u = 0xfffffff0u + (i & 31);
    q[i] = a[(u + 20) & 4095] + a[(u * 3u + i) >> 20] + a[(0u - i) & 4095] * 5;
}
extern "C" __global__ void several_ends(ARGS) {
    int v = a[ME & 4095], r = 0, k;
    for (k = 0; k < 50; k++) {
        int w = a[(ME + k * 17) & 4095];
        if (w > 700) { r += 1000; break; }
        if (w < -900) { o[ME] = r; q[ME] = -k; return; }
        for (int j = 0; j < 4; j++) {
            if (((w >> j) & 7) == 5) { r += j; goto next; }
            if (((w >> j) & 7) == 6) break;
            r++;
        }
        r += 10;
    next:;
    }
    o[ME] = r + v;
    q[ME] = k;
}
struct Huge { int w[60]; short h; double d; };
__device__ __noinline__ int fold_huge(Huge g, int k) {
    g.w[k % 60] += 5;
    int r = 0;
    for (int i = 0; i < 60; i++) r = r * 3 + g.w[i];
    return r + g.h + (int)g.d;
}
__device__ Huge made(const int *a, int i) {
    Huge g;
    for (int k = 0; k < 60; k++) g.w[k] = a[(i + k) & 4095];
    g.h = (short)i;
    g.d = i * 0.5;
    return g;
}
extern "C" __global__ void huge_by_value(ARGS) {
    Huge g = made(a, ME), h = g;
    h.w[(unsigned)a[ME & 4095] % 60] = 9;
    if (a[ME & 4095] & 1) g = h;
    o[ME] = fold_huge(h, ME);
    q[ME] = fold_huge(g, 3) + g.w[ME % 60];
}
extern "C" __global__ void small_stacks(ARGS) {
    int stack[12], top = 0, r = 0;
    stack[top++] = a[ME & 4095] & 63;
    while (top > 0) {
        int x = stack[--top];
        r = r * 3 + x;
        if (x > 3 && top < 10) {
            stack[top++] = x / 2;
            if (x & 1) stack[top++] = x / 3;
        }
    }
    signed char back[16];
    for (int k = 0; k < 16; k++) back[k] = (signed char)(a[(ME + k) & 4095]);
    for (int k = 1; k < 16; k++) {
        signed char x = back[k];
        int j = k - 1;
        for (; j >= 0 && back[j] > x; j--) back[j + 1] = back[j];
        back[j + 1] = x;
    }
    o[ME] = r;
    q[ME] = back[ME & 15] * 256 + back[(ME + 7) & 15];
}
extern "C" __global__ void clamped_borders(ARGS) {
    int w = 37, h = 29, x = ME % 61 - 9, y = ME / 61 - 3;
    int cx = min(max(x, 0), w - 1), cy = max(0, min(h - 1, y));
    int mx = x < 0 ? -x - 1 : x >= w ? 2 * w - 1 - x : x;
    o[ME] = a[cy * w + cx] * 3 + a[cy * w + mx];
    int s = 0;
    for (int dy = -2; dy <= 2; dy++)
        for (int dx = -2; dx <= 2; dx++) {
            if (x + dx < 0 || x + dx >= w || y + dy < 0) continue;
            if (y + dy >= h) break;
            s += a[(y + dy) * w + x + dx] * (dx + 3) * (dy + 3);
        }
    q[ME] = s;
}
extern "C" __global__ void life(ARGS) {
    // The block is a torus of blockDim.x by the rest.
    __shared__ unsigned char g[2][1024];
    int w = blockDim.x, h = SIZE / w, t = LINEAR, x = t % w, y = t / w, now = 0;
    g[0][t] = a[ME & 4095] & 1;
    __syncthreads();
    for (int k = 0; k < 4 + (n & 1); k++) {
        int c = 0;
        for (int dy = -1; dy <= 1; dy++)
            for (int dx = -1; dx <= 1; dx++)
                if (dx | dy) c += g[now][(y + dy + h) % h * w + (x + dx + w) % w];
        g[now ^ 1][t] = c == 3 || (c == 2 && g[now][t]);
        now ^= 1;
        __syncthreads();
    }
    o[ME] = g[now][t];
    q[ME] = __syncthreads_count(g[now][t]);
}
