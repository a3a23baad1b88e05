template <typename T> struct Base {
    T a;
    __device__ Base(T x) : a(x) {}
    __device__ T twice() const { return a + a; }
};
struct Fine : Base<int> {
    using Base<int>::twice;
    __device__ Fine() : Base<int>(3) {}
};
struct More : Base<int> {
    using Base<int>::Base;  // error: inherited constructors are not supported yet
    int b = 2;
};
extern "C" __global__ void kernel(int *out) {
    out[0] = Fine().twice();
    out[1] = More(4).a;
}
