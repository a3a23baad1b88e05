// Indices that wrap, grow downwards, or are compared at the edge of their type.

#define ARGS int *o, float *f, long long *l, const int *a, const float *b, int n
#define LINEAR ((threadIdx.z * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x)
#define ME (blockIdx.x * (blockDim.x * blockDim.y * blockDim.z) + LINEAR)

// Float work enough that four threads run at a time.
__device__ float work(float x) {
    float y = x;
    for (int k = 0; k < 12; k++) y = (y * 0.5f + x) * 1.25f - y * 0.125f;
    return y;
}

// A signed index made of an unsigned sum that wraps between neighbours.
extern "C" __global__ void wrap_first(ARGS) {
    unsigned me = ME;
    long long i = (int)(me + 0x7ffffffau);
    l[me] = i;
    f[me] = work(b[me]);
}
extern "C" __global__ void wrap_after_store(ARGS) {
    unsigned me = threadIdx.x + blockIdx.x * blockDim.x;
    if (threadIdx.y || threadIdx.z) return;
    f[me] = work(b[me]);
    f[me + 4096] = b[me] * 3.0f + 1.0f;
    l[me] = (int)(me + 0x7ffffffau);
    l[me + 4096] = (long long)(int)(me + 0x7ffffff1u) + 5;
}
extern "C" __global__ void wrap_in_branch(ARGS) {
    unsigned me = threadIdx.x + blockIdx.x * blockDim.x;
    if (threadIdx.y || threadIdx.z) return;
    if ((int)me < n) {
        f[me] = work(b[me]);
        f[me + 4096] = b[me] * 3.0f + 1.0f;
        int i = me + 0x7ffffff5u;
        l[me] = i;
    }
}
extern "C" __global__ void wrap_in_loop(ARGS) {
    unsigned me = threadIdx.x + blockIdx.x * blockDim.x;
    if (threadIdx.y || threadIdx.z) return;
    float s = 0;
    long long t = 0;
    for (unsigned k = 0; k < 9; k++) {
        s += work(b[me] + (float)(int)k);
        t += (int)(me + 0x7ffffff0u + k);
    }
    f[me] = s;
    l[me] = t;
}
extern "C" __global__ void wrap_of_a_parameter(ARGS) {
    unsigned me = threadIdx.x + blockIdx.x * blockDim.x;
    if (threadIdx.y || threadIdx.z) return;
    unsigned shift = (unsigned)a[0] % 7 + 0x7ffffff0u;
    f[me] = work(b[me]);
    f[me + 4096] = b[me] * 0.5f;
    l[me] = (long long)(int)(me + shift) * 3;
}
extern "C" __global__ void wrap_scaled(ARGS) {
    unsigned me = threadIdx.x + blockIdx.x * blockDim.x;
    if (threadIdx.y || threadIdx.z) return;
    f[me] = work(b[me]);
    f[me + 4096] = b[me] * 0.5f;
    l[me] = (int)(me * 0x10000u);
    l[me + 4096] = (int)(me << 20) + 1ll;
}
extern "C" __global__ void unsigned_wrap_widened(ARGS) {
    unsigned me = threadIdx.x + blockIdx.x * blockDim.x;
    if (threadIdx.y || threadIdx.z) return;
    f[me] = work(b[me]);
    unsigned u = me - 5u;
    l[me] = u;
    l[me + 4096] = (unsigned long long)(me * 3u - 10u) >> 1;
}
// Where the row is divided.
extern "C" __global__ void bound_wraps(ARGS) {
    unsigned me = ME;
    o[me] = 1;
    if (threadIdx.x + 0xfffffff0u < (unsigned)n) o[me] = 2;
    if ((int)(threadIdx.x + 0x7ffffff0u) < n) o[me] += 4;
    if (threadIdx.x - 7u > 11u) o[me] += 8;
    if (threadIdx.x - 7u <= 20u) o[me] += 16;
}
extern "C" __global__ void bound_downwards(ARGS) {
    unsigned me = ME;
    int t = threadIdx.x;
    int c = 0;
    if (n - t > 5) c += 1;
    if (20 - t >= 0 && t >= 3) c += 2;
    if (t > 4 || t < 2) c += 4;
    if (!(t > 9 && t <= n)) c += 8;
    if (t != 3) c += 16;
    o[me] = c;
}
extern "C" __global__ void bound_edges(ARGS) {
    unsigned me = ME;
    int t = threadIdx.x;
    int c = 0;
    if (t <= 2147483647) c += 1;
    if (t > -2147483647 - 1) c += 2;
    if (t + 2147483000 < 2147483647) c += 4;
    if (threadIdx.x <= 0xffffffffu) c += 8;
    if (threadIdx.x > 0xfffffffeu) c += 16;
    if (threadIdx.x < 0u) c += 32;
    o[me] = c;
}
extern "C" __global__ void stencil_edges(ARGS) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (threadIdx.y || threadIdx.z) return;
    int last = (int)(gridDim.x * blockDim.x) - 1;
    float left = i > 0 ? b[i - 1] : 0.0f;
    float right = i < last ? b[i + 1] : 1.0f;
    f[i] = i >= 1 && i <= last - 1 ? (left + right) * 0.5f - b[i] : left - right;
}
extern "C" __global__ void two_dimensions(ARGS) {
    int x = threadIdx.x, y = threadIdx.y + threadIdx.z * blockDim.y;
    unsigned me = ME;
    float s = 0;
    if (x > 0 && y > 0 && x < (int)blockDim.x - 1) s += b[(y - 1) * blockDim.x + x - 1] * 2.0f;
    if (x + y < n) s += b[x + y];
    if (x * 2 < (int)blockDim.x) s -= b[x * 2 + y];
    f[me] = s;
    o[me] = x - y;
}
extern "C" __global__ void long_indices(ARGS) {
    long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (threadIdx.y || threadIdx.z) return;
    size_t u = i;
    if (i < n) {
        f[i] = b[u] * 2.0f;
        l[u] = i - 9;
        l[u + 4096] = (long long)(u - 9) < 0 ? -1 : (long long)((u - 9) / 2);
    } else {
        f[i] = -b[u];
    }
}
extern "C" __global__ void backwards(ARGS) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (threadIdx.y || threadIdx.z) return;
    int last = gridDim.x * blockDim.x - 1;
    f[last - i] = b[last - i] * 2.0f + b[i];
    const float *end = b + last;
    f[4096 + i] = *(end - i) - end[-i] * 0.25f;
    o[last - i] = a[i] - i;
}
extern "C" __global__ void narrow_indices(ARGS) {
    unsigned me = ME;
    unsigned char c = threadIdx.x;
    short s = (short)(threadIdx.x * 300);
    signed char g = (signed char)(threadIdx.x - 3);
    unsigned short u = (unsigned short)(threadIdx.x * 77u - 9u);
    o[me] = c + s + g + u;
    l[me] = (long long)s * g + c - u;
    f[me] = b[c] + (float)s;
}
extern "C" __global__ void lanes_by_hand(ARGS) {
    unsigned me = ME;
    unsigned lane = LINEAR & 31, warp = LINEAR >> 5;
    o[me] = a[lane] + (int)warp * 100;
    l[me] = (long long)(int)(lane * 0x08000000u) + (int)(warp << 30);
    f[me] = lane % 3 == 1 ? b[me & 4095] : (float)(31 - lane);
}
extern "C" __global__ void strided_access(ARGS) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (threadIdx.y || threadIdx.z) return;
    f[i] = b[(i * 2) & 4095] + b[(i * 3 + 1) & 4095];
    o[2 * i] = a[i] + 1;
    o[2 * i + 1] = a[(i * 5) & 4095] - 1;
    l[i] = ((const long long *)a)[i & 2047];
}
extern "C" __global__ void select_on_index(ARGS) {
    unsigned me = ME;
    int t = threadIdx.x, m = n & 15;
    int k = t < m ? t : m - t;
    o[me] = k * 7 + (t == m);
    f[me] = t < m ? b[t] : t == m ? -1.0f : b[m] * (float)t;
    l[me] = t < m ? (long long)t << 33 : -(long long)t;
}
// What four threads at a time may take for linear, or for the same.
extern "C" __global__ void lanes_of_doubles(ARGS) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (threadIdx.y || threadIdx.z) return;
    float x = work(b[i]);
    double d = (double)x * i - 0.25;
    l[i] = __double_as_longlong(d * d + (double)(i * 3));
    f[i] = (float)d + (float)(i - 7) * x + (float)(unsigned)(i * 5);
}
extern "C" __global__ void lanes_of_masks(ARGS) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (threadIdx.y || threadIdx.z) return;
    float x = work(b[i]), y = work(x - 3.0f);
    bool p = x > y, q = i % 3 == 0, r = a[i] < 50;
    int c = (p && q) + 2 * (p || !r) + 4 * (p != q) + 8 * (r == q);
    f[i] = p ? (q ? x : y) : r ? -x : 0.5f;
    f[i + 4096] = (float)c + (p ? 1.0f : 2.0f);
    o[i] = c ^ (p ? i : -i) ^ (q ? 0x40000000 : a[i]);
}
extern "C" __global__ void lanes_of_integers(ARGS) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (threadIdx.y || threadIdx.z) return;
    f[i] = work(b[i]);
    int x = a[i], y = x * 31 + (i << 3);
    unsigned u = (unsigned)y >> 5, w = u * 2654435761u;
    o[i] = (y ^ (y >> 7)) - (int)(w >> 11) + min(x, i) - max(y, -i) + (int)min(u, 77u) + abs(x - i);
    o[i + 4096] = -x + ~y + (x & i) + (int)(u | w);
}
extern "C" __global__ void lanes_after_the_wrap(ARGS) {
    // The sum wraps once in a long row; the threads behind it go on with small indices.
    unsigned me = threadIdx.x;
    if (threadIdx.y || threadIdx.z) return;
    f[me] = work(b[me]);
    unsigned u = me + 0xfffffff5u;
    f[me + 4096] = work(b[u & 4095u]) + (float)(u >> 3);
    unsigned long long wide = u;
    l[me + 4096 * (blockIdx.x & 1)] = (long long)(wide + 3);
    o[me] = u < me ? 1 : 2;
}
extern "C" __global__ void lanes_with_uniform_values(ARGS) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (threadIdx.y || threadIdx.z) return;
    // Uniform parts change in the loop, the lines grow by them.
    float s = 0;
    int at = i, step = 3;
    for (int k = 0; k < (n & 15); k++) {
        s += work(b[(at + k) & 4095]);
        step = step * 2 & 63;
        at += step;
        f[i] = s;
    }
    o[i] = at;
    f[i + 4096] = s * 0.5f;
}
extern "C" __global__ void lanes_shifted_far(ARGS) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (threadIdx.y || threadIdx.z) return;
    f[i] = work(b[i]);
    f[i + 4096] = work(-b[i]);
    l[i] = (long long)(i * 4194304) + (i << 22);
    l[i + 4096] = ((long long)i << 40) - (long long)(int)((unsigned)i << 28);
}
extern "C" __global__ void lanes_of_signed_steps(ARGS) {
    int t = threadIdx.x;
    if (threadIdx.y || threadIdx.z) return;
    const float *p = b + 2048;
    int back = -t + 5, even = 2 * t - 7, none = t - t;
    f[blockIdx.x * blockDim.x + t] = work(p[back]) + p[even] * 2.0f - p[none - 3] + p[(t - 1) - t];
    l[blockIdx.x * blockDim.x + t] = (long long)back * even;
}
