// One buffer as two parameters, with and without an offset, read and written as other types. `x` and `y` overlap.

#define LINEAR (threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z))
#define SIZE (blockDim.x * blockDim.y * blockDim.z)
#define ME (blockIdx.x * SIZE + LINEAR)

// y == x + 1
extern "C" __global__ void pairs_seen_through_both(int *x, const int *y, const int *a) {
    int i = ME * 2, v = a[ME & 4095];
    x[i] = v;
    int before = y[i];
    x[i + 1] = v * 3;
    int after = y[i];
    x[i] = after - before;
}
// y == x
extern "C" __global__ void reads_between_writes(int *x, const int *y, const int *a) {
    int i = ME, sum = 0;
    x[i] = a[i & 4095];
    for (int k = 0; k < 5; k++) {
        sum = sum * 3 + y[i];
        x[i] = sum ^ k;
    }
    x[i] = sum + y[i];
}
// y == x, as floats
extern "C" __global__ void other_type(int *x, const float *y, const int *a) {
    int i = ME;
    x[i] = 0x3f800000 + (a[i & 4095] & 63) * 0x800;
    float f = y[i];
    x[i] = 0x40000000;
    f += y[i];
    x[i] = __float_as_int(f);
}
// y == x
extern "C" __global__ void vectors_over_scalars(int *x, const int4 *y, const int *a) {
    int i = ME;
    for (int k = 0; k < 4; k++) x[i * 4 + k] = a[(i + k) & 4095];
    int4 v = y[i];
    x[i * 4 + (v.x & 3)] = v.w - v.y;
    int4 w = y[i];
    int2 h = reinterpret_cast<const int2 *>(x)[i * 2 + 1];
    x[i * 4] = w.x + w.y * 3 + w.z * 5 + w.w * 7;
    x[i * 4 + 2] = h.x ^ h.y;
}
// y == x + 1: forward copies repeat the first of each part.
extern "C" __global__ void copy_forward(int *x, int *y, const int *a) {
    int *from = x + ME * 16, *to = y + ME * 16;
    from[0] = a[ME & 4095];
    for (int k = 0; k < 15; k++) to[k] = from[k] + 1;
}
// y == x + 1: backward copies shift.
extern "C" __global__ void copy_backward(int *x, int *y, const int *a) {
    int *from = x + ME * 16, *to = y + ME * 16;
    for (int k = 0; k < 16; k++) from[k] = a[(ME + k) & 4095];
    for (int k = 14; k >= 0; k--) to[k] = from[k];
}
// y == x + SIZE: the state of one step is read by the next.
extern "C" __global__ void steps_in_one_buffer(int *x, const int *y, const int *a, int n) {
    int t = LINEAR, size = SIZE;
    if (blockIdx.x != 0) return;
    x[t] = a[t & 4095];
    __syncthreads();
    for (int k = 0; k < (n & 3) + 2; k++) {
        x[(k + 1) * size + t] = x[k * size + (t + 1) % size] + (k ? y[(k - 1) * size + t] : 1);
        __syncthreads();
    }
}
// y == x + 2: a condition of a loop is changed through the other name.
extern "C" __global__ void limit_seen_through_both(int *x, const int *y, const int *a) {
    int i = ME * 4, rounds = 0;
    x[i + 2] = 10 + (a[ME & 4095] & 7);
    x[i + 3] = 0;
    while (rounds < y[i]) {
        rounds++;
        if (rounds & 1) x[i + 2] -= 1;
        x[i + 3] += rounds;
    }
    x[i] = rounds;
    x[i + 1] = y[i + 1];
}
// y == x: the flag every thread reads is what the first thread writes.
extern "C" __global__ void flag_of_all(int *x, const int *y, const int *a) {
    int t = LINEAR, rounds = 0, base = blockIdx.x * (SIZE + 1);
    if (t == 0) x[base + SIZE] = a[blockIdx.x] & 7;
    __syncthreads();
    while (y[base + SIZE] > 0) {
        rounds += y[base + SIZE];
        __syncthreads();
        if (t == 0) x[base + SIZE] = y[base + SIZE] - 1;
        __syncthreads();
    }
    x[base + t] = rounds;
}
// y is one byte further than x.
extern "C" __global__ void bytes_further(unsigned char *x, const unsigned char *y, const int *a) {
    int i = ME * 8;
    for (int k = 0; k < 8; k++) x[i + k] = (unsigned char)(a[(ME + k) & 4095]);
    for (int k = 0; k < 7; k++) x[i + k] ^= y[i + k];
    *(unsigned short *)(x + i + 2) += 3;
    x[i] = y[i + 2] - y[i + 1];
}
struct Cell { short kind; unsigned char flags[2]; float weight; };
// Both are the same cells.
extern "C" __global__ void cells(Cell *x, const Cell *y, const int *a) {
    Cell c = { (short)a[ME & 4095], { 1, 2 }, 0.5f };
    x[ME] = c;
    x[ME].flags[a[ME & 4095] & 1] = 77;
    Cell d = y[ME];
    x[ME].kind = (short)(d.kind + d.flags[0] * 3 + d.flags[1]);
    x[ME].weight += y[ME].kind;
}
// Both are the same; what is read through `y` may lie in registers only as long as nothing is written.
extern "C" __global__ void uniform_element(int *x, const int *y, const int *a) {
    int sum = 0;
    if (ME == 0) {
        x[5] = 3;
        for (int k = 0; k < 4; k++) {
            sum += y[5];
            x[5] = sum * 2;
        }
        x[4] = sum;
    }
    if (ME > 9) x[ME] = a[ME & 4095];
}
__device__ void swap_through(int *p, int *q) {
    int t = *p;
    *p = *q;
    *q = t;
}
__device__ void add_twice(int *p, const int *q) {
    *p += *q;
    *p += *q;
}
// y == x
extern "C" __global__ void same_place_given_twice(int *x, int *y, const int *a) {
    int i = ME * 2, v = a[ME & 4095];
    x[i] = v;
    x[i + 1] = v + 5;
    swap_through(x + i, y + i + (v & 1));
    add_twice(x + i, y + i);
    add_twice(y + i + 1, x + i + (v >> 1 & 1));
}
// Both are read only: no harm in `__restrict__`.
extern "C" __global__ void read_twice(int *__restrict__ o, const int *__restrict__ x, const int *__restrict__ y) {
    o[ME] = x[ME] + y[ME] * 3 + __ldg(y + ME + 1);
}
// y == x + 8 * SIZE * gridDim.x: own places, counted down.
extern "C" __global__ void halves_apart(short *x, short *y, const int *a) {
    int i = ME;
    y[i] = (short)a[i & 4095];
    for (int k = 3; k >= 0; --k) x[i * 2 + (k & 1)] = (short)(y[i] * k + (k > 1 ? 0 : x[i * 2 + 1]));
}
// The same 64-bit words as halves.
extern "C" __global__ void halves_of_words(long long *x, int *y, const int *a) {
    int i = ME, v = a[i & 4095];
    x[i] = (long long)v << 20;
    y[i * 2 + 1] ^= v;
    x[i] += 3;
    y[i * 2] -= y[i * 2 + 1];
    x[i] = x[i] * 3 + y[i * 2];
}
