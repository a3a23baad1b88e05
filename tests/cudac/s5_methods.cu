// Member functions, const and not, constructors with initialiser lists, this, static members, defaults.
// launch: methods grid=1 block=8
//   arg i32[8] random 0 100 80
//   arg i32[32] fill 0
//   expect 1 = 905 -555985268 3000 6 510 -554320743 5002 1 611 -552656218 7004 6 547 -550991693 9006 3 843
//     -549327168 11008 0 547 -547662643 13010 4 943 -545998118 15012 2 547 -544333593 17014 3
struct random_state {
    unsigned s;
    static const unsigned A = 1664525u;
    __device__ explicit random_state(unsigned seed) : s(seed * 747796405u + 1) {}
    __device__ random_state() : random_state(99) {}
    __device__ unsigned next() {
        s = s * A + 1013904223u;
        return this->s >> 8;
    }
    __device__ int below(int n = 10) { return next() % n; }
    __device__ unsigned peek() const { return s; }
    __device__ static unsigned mix(unsigned x) { return (x ^ x >> 7) * A; }
};
class counter {
public:
    __device__ counter(int start) : count(start), last(count * 2) {}
    __device__ counter &add(int n) {
        count += n;
        return *this;
    }
    __device__ int total() const;
private:
    int count, last;
};
__device__ int counter::total() const { return count * 1000 + last; }
extern "C" __global__ void methods(const int *in, int *out) {
    int t = threadIdx.x;
    random_state r(in[t]), d;
    const random_state frozen(5);
    out[t * 4] = r.below() * 100 + r.below(50);
    out[t * 4 + 1] = (int)(frozen.peek() + random_state::mix(t)) + d.below();
    counter c = t;
    out[t * 4 + 2] = c.add(3).add(t).total();
    random_state *p = &r;
    out[t * 4 + 3] = p->below(7) + (*p).below(3);
}
