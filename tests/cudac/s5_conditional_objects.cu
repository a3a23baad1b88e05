// `c ? a : b` of objects with copy constructors: a place where both are, one copy where it starts an object.
// launch: chosen grid=1 block=8
//   arg i32[96] fill 0
//   expect 0 = 20 12 10123 0 7000 30001 2001 9999 123101 5 5 195 10 12 10123 0 10001 30002 1002 9999 123102
//     5 4 194 20 12 13120 0 7000 120001 2001 -880 13101 5 5 296 10 12 13120 0 13001 120002 1002 -880 13102
//     5 4 295 20 12 110023 0 7000 30001 2001 109999 23101 -1 5 95 10 12 110023 0 110001 30002 1002 109999
//     23102 6 4 94 20 12 113020 0 7000 20001 2001 -980 113101 20 5 196 10 12 113020 0 113001 20002 1002
//     -980 113102 6 4 195
struct Log {
    int copies, made, gone;
    __device__ Log() : copies(0), made(0), gone(0) {}
};
struct Item {
    Log *log;
    int v;
    __device__ Item(Log &l, int x) : log(&l), v(x) { ++l.made; }
    __device__ Item(const Item &o) : log(o.log), v(o.v) { ++log->copies; }
    __device__ Item(Item &&o) : log(o.log), v(o.v) { o.v = -1; log->copies += 100; }
    __device__ ~Item() { log->gone += v; }
};
__device__ int look(const Item &a) { return a.v; }
__device__ int kind(Item &) { return 1; }
__device__ int kind(const Item &) { return 2; }
__device__ int kind(Item &&) { return 3; }
extern "C" __global__ void chosen(int *out) {
    int t = threadIdx.x, *o = out + 12 * t;
    Log l;
    {
        Item a(l, 10), b(l, 20);
        const Item c(l, 30);
        o[0] = look(t & 1 ? a : b);
        o[1] = kind(t & 1 ? a : b) * 10 + kind(t & 1 ? a : c);
        Item &r = t & 2 ? a : b;
        r.v += 3;
        (t & 4 ? a : b).v += 100;
        o[2] = a.v * 1000 + b.v;
        o[3] = l.copies;
        Item d = t & 1 ? a : Item(l, 7);
        o[4] = d.v * 1000 + l.copies;
        Item e = t & 2 ? b : c;
        o[5] = e.v * 1000 + l.copies;
        Item f(t & 1 ? Item(l, 1) : Item(l, 2));
        o[6] = f.v * 1000 + l.copies;
        Item g = t & 2 ? static_cast<Item &&>(a) : static_cast<Item &&>(b);
        o[7] = a.v * 1000 + b.v;
        o[8] = g.v * 1000 + l.copies;
        const Item &s = t & 4 ? (t & 1 ? a : b) : d;
        d.v = 5;
        a.v = 6;
        o[9] = s.v;
    }
    o[10] = l.made;
    o[11] = l.gone;
}
