// Range-based for over objects: pointers from begin() and end(), const and not, and iterators of a class.
// launch: ranges grid=1 block=4
//   arg i32[12] random 1 9 3
//   expect 0 = 1 4 144 7 2 784 6 5 713 10 4 1102
struct Row {
    int cells[3];
    __device__ int *begin() { return cells; }
    __device__ int *end() { return cells + 3; }
    __device__ const int *begin() const { return cells; }
    __device__ const int *end() const { return cells + 3; }
};
struct Squares {
    struct At {
        int i;
        __device__ int operator*() const { return i * i; }
        __device__ At &operator++() { ++i; return *this; }
        __device__ bool operator!=(const At &o) const { return i != o.i; }
    };
    int n;
    __device__ At begin() const { return At{0}; }
    __device__ At end() const { return At{n}; }
};
__device__ int total(const Row &r)
{
    int s = 0;
    for (int x : r) s = s * 10 + x;
    return s;
}
extern "C" __global__ void ranges(int *p)
{
    Row *row = (Row *)p + threadIdx.x;
    for (int &x : *row) {
        if (x == 5) continue;
        x += threadIdx.x;
    }
    int s = total(*row);
    for (auto q : Squares{row->cells[0]}) {
        if (q > 30) break;
        s += q;
    }
    row->cells[2] = s;
}
