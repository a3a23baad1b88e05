// An operator `,` of one's own, references from a second base back to the whole, and what `decltype(auto)` refers to.
// launch: mixed grid=1 block=5
//   arg i32[40] fill 0
//   expect 0 = 6 -197 57 4301 4301 530 55 9 16 -96 58 4311 4318 2531 155 10 26 5 59 4321 4335 54032 205 11
//     36 106 60 4331 4352 56033 305 12 46 207 61 4341 4369 58034 405 13
struct pair {
    int a, b;
    __device__ friend int operator,(const pair &x, const pair &y) { return x.a * 10 + y.b; }
    __device__ pair operator,(int k) const { return {a + k, b - k}; }
};
struct first { int x = 1; __device__ int get() const { return x; } };
struct second { int y = 2; __device__ int get() const { return y * 7; } };
struct third { int z = 3; };
struct whole : first, second, third {
    int w = 4;
    __device__ int sum() const { return x + 10 * y + 100 * z + 1000 * w; }
};
template <class T> __device__ int sum_of(second &part) { return static_cast<T &>(part).sum(); }
__device__ decltype(auto) largest(int *v, int n) {
    int best = 0;
    for (int i = 1; i < n; ++i)
        if (v[i] > v[best]) best = i;
    return v[best];
}
extern "C" __global__ void mixed(int *out) {
    int t = threadIdx.x, *o = out + 8 * t;
    pair p{t, t + 1}, q{5, 6};
    o[0] = (p, q);
    o[1] = (p, 3).a + (p, 3).b * 100;
    o[2] = (t, q).b + (q, p);
    whole all;
    all.y = t;
    second &part = all;
    o[3] = sum_of<whole>(part);
    const third &last = all;
    o[4] = static_cast<const whole &>(last).sum() + ((const whole &)last).second::get();
    int v[3] = {t, 3, 2 * t};
    largest(v, 3) += 50;
    o[5] = v[0] + v[1] * 10 + v[2] * 1000;
    decltype(auto) alias = (v[1]);
    decltype(auto) copy = t;
    alias += 2;
    copy += 9;
    o[6] = v[1] + 100 * t;
    o[7] = copy;
}
