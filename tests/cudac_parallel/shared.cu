// Shared memory: carved up, as other types, in two and three dimensions, through pointers that conditions choose.

#define ARGS int *o, int *q, const int *a, int n
#define LINEAR (threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z))
#define SIZE (blockDim.x * blockDim.y * blockDim.z)
#define ME (blockIdx.x * SIZE + LINEAR)

extern "C" __global__ void union_in_turns(ARGS) {
    __shared__ union { int i[1024]; float f[1024]; unsigned short h[2048]; unsigned char c[4096]; } u;
    int t = LINEAR, size = SIZE, v = a[ME & 4095];
    u.i[t] = v;
    __syncthreads();
    int w = u.i[(t + 1) % size];
    __syncthreads();
    u.f[t] = w * 0.5f;
    __syncthreads();
    float f = u.f[size - 1 - t];
    __syncthreads();
    u.h[2 * t] = (unsigned short)w;
    u.h[2 * t + 1] = (unsigned short)t;
    __syncthreads();
    int x = u.h[2 * ((t + 3) % size)] + u.h[2 * t + 1];
    int z = u.i[(t + 5) % size];
    __syncthreads();
    u.c[4 * t + (v & 3)] = 200;
    __syncthreads();
    o[ME] = (int)(f * 2.0f) + x * 3;
    q[ME] = z + u.c[4 * ((t + 1) % size)] + u.i[t] * 3;
}
extern "C" __global__ void carved_up(ARGS) {
    extern __shared__ __align__(16) unsigned char raw[];
    int t = LINEAR, m = min((int)SIZE, 64), v = a[ME & 4095];
    double *ds = (double *)raw;
    int2 *ps = reinterpret_cast<int2 *>(ds + 64);
    short *ss = (short *)(ps + 64);
    signed char *cs = (signed char *)&ss[64];
    if (t < m) {
        ds[t] = v * 0.25;
        ps[t] = make_int2(v, t);
        ss[t] = (short)(v * 40);
        cs[t] = (signed char)v;
    }
    __syncthreads();
    int r = 0;
    if (t < m) {
        int u = (t * 7 + 3) % m;
        r = (int)(ds[u] * 4.0) + ps[m - 1 - t].x * 3 + ps[u].y * 5 + ss[u] * 7 + cs[u] * 11;
    }
    __syncthreads();
    if (t == 0) for (int k = 0; k < 64 * 19; k++) raw[k] = (unsigned char)(k * 3);
    __syncthreads();
    o[ME] = r;
    q[ME] = ps[t & 63].y + ss[t & 63] * 3 + cs[63 - (t & 63)];
}
extern "C" __global__ void transpose(ARGS) {
    __shared__ int tile[17][33];
    int w = blockDim.x, h = blockDim.y * blockDim.z, x = threadIdx.x, y = threadIdx.y + blockDim.y * threadIdx.z;
    for (int j = y; j < 17; j += h) for (int i = x; i < 33; i += w) tile[j][i] = a[(j * 33 + i + blockIdx.x) & 4095];
    __syncthreads();
    unsigned sum = 0;
    for (int i = LINEAR; i < 33 * 17; i += w * h) sum = sum * 3 + tile[i % 17][i / 17];
    o[ME] = sum;
    __syncthreads();
    if (x < 33 && y < 17) tile[y][x] = -tile[y][x] + (x > 0 && false ? tile[y][x - 1] : 0);
    __syncthreads();
    q[ME] = tile[(ME * 5) % 17][(ME * 3) % 33];
}
extern "C" __global__ void three_dimensions(ARGS) {
    __shared__ short box[3][5][7];
    int t = LINEAR, size = SIZE;
    for (int i = t; i < 105; i += size) (&box[0][0][0])[i] = (short)(a[i + blockIdx.x] + i);
    __syncthreads();
    int v = a[ME & 4095] & 1023, z = v % 3, y = v / 3 % 5, x = v / 15 % 7;
    const short (*plane)[7] = box[z];
    const short *row = plane[y];
    o[ME] = row[x] + box[(z + 1) % 3][4 - y][6 - x] * 3;
    q[ME] = sizeof(box) + sizeof(box[0]) * 3 + (int)(&box[z][y][x] - &box[0][0][0]);
}
__device__ int gather(const int *p, int k) { return p[k] + p[(k * 3) & 15]; }
__device__ void bump(int *p, int by) { *p += by; }
extern "C" __global__ void chosen_pointers(ARGS) {
    __shared__ int s1[1024], s2[1024];
    int t = LINEAR, size = SIZE, v = a[ME & 4095];
    s1[t] = v;
    s2[t] = -v;
    for (int k = size + t; k < 16; k += size) s1[k] = s2[k] = k;
    __syncthreads();
    const int *p = (t & 1) ? s1 : s2;
    const int *g = v > 0 ? p : a;
    const int *w = v & 2 ? a + 7 : (v & 4 ? s2 : s1);
    int r = gather(p, t & 15) + gather(g, v & 15) * 3 + gather(w, (t + v) & 15) * 5;
    __syncthreads();
    int local[2] = { v, t };
    int *m = v & 1 ? &s1[t] : v & 2 ? &local[v >> 2 & 1] : &q[ME];
    q[ME] = 1000;
    bump(m, 13);
    o[ME] = r;
    q[ME] += s1[t] * 3 + local[0] * 5 + local[1] * 7;
}
extern "C" __global__ void swapped_buffers(ARGS) {
    __shared__ int first[1024], second[1024];
    int *in = first, *out = second, t = LINEAR, size = SIZE;
    in[t] = a[ME & 4095];
    __syncthreads();
    for (int d = 1; d < size; d <<= 1) {
        out[t] = t >= d ? in[t] + in[t - d] : in[t];
        __syncthreads();
        int *x = in;
        in = out;
        out = x;
    }
    o[ME] = in[t];
    q[ME] = in == first;
}
struct Item { int key; unsigned low : 5, high : 11; float w; __device__ int mix(int k) const { return key * k + low - high; } };
extern "C" __global__ void items(ARGS) {
    __shared__ Item s[300];
    int t = LINEAR, size = SIZE, m = size < 300 ? size : 300;
    if (t < m) {
        s[t].key = a[ME & 4095];
        s[t].low = a[ME & 4095] & 63;
        s[t].high = t * 37;
        s[t].w = t * 0.5f;
    }
    __syncthreads();
    int r = 0;
    if (t < m) {
        Item x = s[m - 1 - t];
        r = x.mix(3) + (int)(x.w * 2.0f);
    }
    __syncthreads();
    if (t + 1 < m) s[t].high += 2000;
    __syncthreads();
    o[ME] = r;
    q[ME] = s[t % m].high * 64 + s[t % m].low;
}
template<class T, int N> __device__ T *own_room() {
    __shared__ T room[N];
    return room;
}
__device__ int counted(int t, int size, int v) {
    __shared__ int s[1024];
    s[t] = v;
    __syncthreads();
    int r = s[(t + 1) % size];
    __syncthreads();
    return r;
}
extern "C" __global__ void rooms_of_functions(ARGS) {
    int t = LINEAR, size = SIZE, v = a[ME & 4095];
    int *x = own_room<int, 1024>(), *y = own_room<int, 1024>();
    short *z = own_room<short, 1024>();
    x[t] = v;
    z[t] = (short)(v * 3);
    __syncthreads();
    int r = y[size - 1 - t] + z[(t + 2) % size];
    o[ME] = r + counted(t, size, v) + counted(t, size, r) * 3;
    q[ME] = x == y;
}
extern "C" __global__ void pointers_in_shared(ARGS) {
    __shared__ int data[1024];
    __shared__ int *where[1024];
    __shared__ const int *both[2];
    int t = LINEAR, size = SIZE, v = a[ME & 4095];
    data[t] = v;
    where[t] = &data[(t * 5 + 1) % size];
    if (t == 0) {
        both[0] = data;
        both[1] = a + blockIdx.x;
    }
    __syncthreads();
    int r = *where[t] + both[v & 1][t % 9] * 3;
    __syncthreads();
    if (t % 2 == 0) where[t] = t & 4 ? o + 4096 + ME : data + t;
    else where[t] = 0;
    __syncthreads();
    if (where[t]) *where[t] = r * 2;
    __syncthreads();
    o[ME] = r;
    q[ME] = data[t] + (where[(t + 1) % size] != nullptr);
}
extern "C" __global__ void around_the_middle(ARGS) {
    __shared__ int s[1024 + 64];
    int *mid = s + 32, t = LINEAR, size = SIZE;
    mid[t] = a[ME & 4095];
    if (t < 32) {
        mid[-1 - t] = -t;
        mid[size + t] = t * 2;
    }
    for (int k = size + t; k < 32; k += size) {
        mid[-1 - k] = -k;
        mid[size + k] = k * 2;
    }
    __syncthreads();
    int sum = 0;
    for (int k = -3; k <= 3; k++) sum += mid[t + k] * (k + 5);
    signed char far = (signed char)(a[ME & 4095] & 31);
    o[ME] = sum;
    q[ME] = mid[-far - 1] * 3 + mid[t - far] + mid[size + (short)far];
}
extern "C" __global__ void bytes_and_words(ARGS) {
    __shared__ uchar4 s[1024];
    int t = LINEAR, size = SIZE, v = a[ME & 4095];
    s[t] = make_uchar4(v, v >> 2, t, 3);
    __syncthreads();
    const unsigned *words = (const unsigned *)s;
    const unsigned char *bytes = (const unsigned char *)s;
    unsigned w = words[(t + 1) % size];
    int b = bytes[(t * 3) % (size * 4)];
    __syncthreads();
    ((unsigned char *)s)[t + size * (v & 3)] = 9;
    __syncthreads();
    o[ME] = w * 3 + b;
    q[ME] = words[t];
}
extern "C" __global__ void halo(ARGS) {
    __shared__ int s[1024 + 4];
    int t = LINEAR, size = SIZE, first = blockIdx.x * size, all = gridDim.x * size;
    s[t + 2] = a[(first + t) & 4095];
    if (t < 2) s[t] = first + t - 2 >= 0 ? a[(first + t - 2) & 4095] : 0;
    if (t >= size - 2) s[t + 4] = first + t + 2 < all ? a[(first + t + 2) & 4095] : 0;
    if (size < 2) {
        s[0] = first >= 2 ? a[(first - 2) & 4095] : 0;
        s[1] = first >= 1 ? a[(first - 1) & 4095] : 0;
        s[size + 2] = first + size < all ? a[(first + size) & 4095] : 0;
        s[size + 3] = first + size + 1 < all ? a[(first + size + 1) & 4095] : 0;
    }
    __syncthreads();
    o[ME] = s[t] - 4 * s[t + 1] + 6 * s[t + 2] - 4 * s[t + 3] + s[t + 4];
}
extern "C" __global__ void kept_in_volatile(ARGS) {
    __shared__ volatile int s[1024];
    __shared__ volatile int turn;
    int t = LINEAR, size = SIZE;
    s[t] = a[ME & 4095];
    if (t == 0) turn = 0;
    __syncthreads();
    for (int k = 0; k < 4; k++) {
        int x = s[(t + turn + 1) % size];
        __syncthreads();
        s[t] = x + k;
        if (t == size - 1) turn = turn + 2;
        __syncthreads();
    }
    o[ME] = s[t] * 2 + turn;
}
extern "C" __global__ void rows_by_two_indices(ARGS) {
    __shared__ unsigned s[32][33];
    int x = threadIdx.x & 31, y = (threadIdx.y + blockDim.y * threadIdx.z) & 31;
    int rows = min(blockDim.y * blockDim.z, 32u), columns = min(blockDim.x, 32u);
    bool mine = threadIdx.x < 32 && threadIdx.y + blockDim.y * threadIdx.z < 32;
    if (mine) s[y][x] = a[ME & 4095];
    __syncthreads();
    unsigned sum = 0;
    for (int k = 0; k < columns; k++) sum += s[y][k] * (k + 1);
    for (int k = 0; k < rows; k++) sum -= s[k][x % columns] * k;
    o[ME] = sum;
    unsigned pivot = s[rows - 1][columns - 1];
    __syncthreads();
    for (int r = 0; r < rows; r++) {
        unsigned f = s[r][x % columns];
        __syncthreads();
        if (mine && y != r) s[y][x] += f * (y - r);
        __syncthreads();
    }
    q[ME] = s[y % rows][x % columns] ^ pivot;
}
extern "C" __global__ void matrix_product(ARGS) {
    __shared__ int A[8][8], B[8][9];
    int t = LINEAR, size = SIZE, m = 13 + (n & 3);
    for (int bi = 0; bi < m; bi += 8) {
        unsigned acc[64];
        for (int k = 0; k < 64; k++) acc[k] = 0;
        for (int bk = 0; bk < m; bk += 8) {
            for (int i = t; i < 64; i += size) {
                int r = i / 8, c = i % 8;
                A[r][c] = bi + r < m && bk + c < m ? a[(bi + r) * m + bk + c] : 0;
                B[r][c] = bk + r < m ? a[(1000 + (bk + r) * 8 + c) & 4095] : 0;
            }
            __syncthreads();
            for (int i = t; i < 64; i += size)
                for (int k = 0; k < 8; k++) acc[i / size] += A[i / 8][k] * B[k][i % 8];
            __syncthreads();
        }
        for (int i = t; i < 64; i += size)
            if (bi + i / 8 < m) q[blockIdx.x * 512 + (bi + i / 8) * 8 + i % 8] = acc[i / size];
    }
}
