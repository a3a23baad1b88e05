// Assignment of objects: what is given is converted to the class, members with an operator of their own use it, and the
// result is the object itself.
// no gxx: cuda_fp16.h is not there
// launch: narrow grid=1 block=4
//   arg f32[4] = 1 2.5 -3 70000
//   arg f64[4] = 9 8 -7.25 6
//   arg i32 12
//   arg u16[20] fill 0
//   expect 3 = 15360 16640 49664 31744 18560 18432 51008 17920 18944 18944 18944 18944 16384 17664 50688 31744 15360
//     16640 49664 31744
// launch: parts grid=1 block=1
//   arg i32[8] fill 0
//   expect 0 = 105 6 9 105 3 0 20 21
#include <cuda_fp16.h>

// Values of other types, straight from memory too.
extern "C" __global__ void narrow(const float *x, const double *d, int n, half *out) {
    int i = threadIdx.x;
    out[i] = x[i];
    out[i + 4] = d[i];
    out[i + 8] = n;
    out[i + 12] = x[i] * 2;
    half a, b;
    b = a = x[i];
    out[i + 16] = b;
}

struct Counted {
    int n;
    __device__ Counted &operator=(const Counted &o) {
        n = o.n + 100;
        return *this;
    }
};
struct Whole {
    Counted part;
    int rest;
    Whole() = default;
    Whole(const Whole &) = default;
    Whole &operator=(const Whole &) = default;
};
struct Wrapped {
    int v;
    __device__ Wrapped(int n) : v(2 * n) {}
    Wrapped &operator=(const Wrapped &) = default;
};

extern "C" __global__ void parts(int *out) {
    Whole a, b;
    a.part.n = 1;
    a.rest = 2;
    b.part.n = 5;
    b.rest = 6;
    a = b;
    out[0] = a.part.n;
    out[1] = a.rest;
    int2 p = make_int2(1, 2), q = make_int2(3, 4);
    (p = q).y = 9;
    out[2] = p.y;
    Whole c;
    c.part.n = 7;
    out[3] = (c = b).part.n;
    out[4] = (p = q).x;
    c = {};
    out[5] = c.rest;
    Wrapped w(1);
    w = 10;
    out[6] = w.v;
    (w = 10).v++;
    out[7] = w.v;
}
