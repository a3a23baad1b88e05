// Friends that a class only declares: the function around the class is meant, and its body sees the names around it.
// launch: friends grid=1 block=4
//   arg i32[16] fill 0
//   expect 0 = 205 200 1 0 206 202 1 8 207 204 0 16 208 206 0 24
// launch: pointers grid=1 block=1
//   arg i32[10] fill 0
//   expect 0 = 2 2 2 2 1 5 6 4 7 11
__device__ const int scale = 100;
class Tally {
    int sum;
    static const int scale = 3;
    friend __device__ int look(const Tally &t);
    friend __device__ Tally operator+(const Tally &a, const Tally &b);
    friend __device__ bool operator<(const Tally &a, const Tally &b) { return a.sum * scale < b.sum; }
  public:
    __device__ explicit Tally(int s) : sum(s) {}
    __device__ Tally doubled() const { return *this + *this; }
};
__device__ int look(const Tally &t) { return t.sum + scale; }
__device__ Tally operator+(const Tally &a, const Tally &b) { return Tally(a.sum + b.sum + scale); }
namespace geo {
struct Box;
__device__ int area(const Box &);
struct Box {
    friend int area(const Box &);
    __device__ Box(int a, int b) : w(a), h(b) {}
  private:
    int w, h;
};
__device__ int area(const Box &b) { return b.w * b.h; }
}
extern "C" __global__ void friends(int *out) {
    int t = threadIdx.x;
    Tally a(t), b(5);
    out[t * 4] = look(a + b);
    out[t * 4 + 1] = look(a.doubled());
    out[t * 4 + 2] = a < b;
    out[t * 4 + 3] = area(geo::Box(t, 7)) + geo::area(geo::Box(1, t));
}
// A pointer rather becomes another pointer than a truth value.
struct Base { int x; };
struct More : Base { int y; };
__device__ int kind(bool) { return 1; }
__device__ int kind(const void *) { return 2; }
__device__ int kind(int) { return 3; }
__device__ int part(bool) { return 4; }
__device__ int part(const Base *) { return 5; }
__device__ int part(const void *) { return 6; }
__device__ int only(bool b) { return b ? 7 : 8; }
extern "C" __global__ void pointers(int *out) {
    More m = {};
    const float f = 0;
    int table[2] = {};
    out[0] = kind(&m);
    out[1] = kind("text");
    out[2] = kind(&f);
    out[3] = kind(table);
    out[4] = kind(m.y == 0);
    out[5] = part(&m);
    out[6] = part(&f);
    out[7] = part(true);
    out[8] = only(&m);
    out[9] = only((int *)nullptr) + kind('a');
}
