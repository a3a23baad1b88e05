// Pointer arithmetic, comparison, difference, double pointers, arrays of pointers, const and restrict.
// launch: pointers grid=1 block=4
//   arg i32[16] random 0 100 19
//   arg i64[32] fill 0
//   expect 1 = 142 4 1 1039 23 13 18 2 216 8 1 3079 42 17 -69 0 186 12 1 1053 46 11 -15 2 114 16 1 3039 3
//     35 -19 0
extern "C" __global__ void pointers(int *__restrict__ data, long long *out) {
    int t = threadIdx.x;
    const int *p = data + t * 4, *const end = p + 4;
    long long *o = out + t * 8;
    long long sum = 0;
    while (p != end) sum += *p++;
    o[0] = sum;
    o[1] = end - data;
    o[2] = p > data;
    int a = data[t], b = data[t + 4];
    int *pa = &a, *pb = &b;
    int **q = t & 1 ? &pa : &pb;
    **q = 1000 + t;
    *q = data + 15 - t;
    o[3] = a * 3 + b;
    o[4] = **q;
    const int *table[3] = {data, data + 1, data + 2};
    o[5] = table[t % 3][t];
    o[6] = *(end - 1) - end[-2];
    o[7] = (pa == &a) * 2 + (pb == nullptr);
}
