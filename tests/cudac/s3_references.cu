// Reference parameters, locals, to array elements, members and through functions that return them.
// launch: refs grid=1 block=8
//   arg i32[24] random 0 50 60
//   expect 0 = 14 1027 1243 1050 27 1323 1012 3 1309 22 1030 1398 1031 25 1458 1034 2 1498 1029 11 1566
//     1033 6 1633
struct pair { int a, b; };
__device__ void swap(int &a, int &b) {
    int t = a;
    a = b;
    b = t;
}
__device__ int &larger(int &a, int &b) { return a > b ? a : b; }
__device__ int sum(const pair &p, const int &extra) { return p.a + p.b + extra; }
extern "C" __global__ void refs(int *data) {
    int t = threadIdx.x;
    int &x = data[t * 3], &y = data[t * 3 + 1];
    swap(x, y);
    larger(x, y) += 1000;
    pair p = {x, y};
    int &member = p.b;
    member -= 5;
    const int &temporary = t * 2;
    int array[2] = {1, 2};
    for (int i = 0; i < 2; i++) {
        int &e = array[i];
        e *= 10 + t;
    }
    data[t * 3 + 2] = sum(p, 7) + temporary + array[0] * array[1];
}
