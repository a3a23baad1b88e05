// Static functions and constants, nested types, enums and aliases in classes, friend operators.
// launch: nested grid=1 block=4
//   arg i32[12] fill 0
//   expect 0 = 30 16 73 32 18 73 34 18 73 36 18 73
class grid {
public:
    enum { SIDE = 4 };
    typedef int cell;
    using index = unsigned;
    struct pos { index x, y; };
    static constexpr int AREA = SIDE * SIDE;
    __device__ static index flat(pos p) { return p.y * SIDE + p.x; }
    __device__ cell &at(pos p) { return data[flat(p)]; }
    __device__ const cell &at(pos p) const { return data[flat(p)]; }
    __device__ friend bool operator<(const grid &a, const grid &b) { return a.data[0] < b.data[0]; }
private:
    cell data[AREA];
};
extern "C" __global__ void nested(int *out) {
    int t = threadIdx.x;
    grid g, h;
    for (grid::index y = 0; y < grid::SIDE; y++)
        for (grid::index x = 0; x < grid::SIDE; x++) {
            g.at({x, y}) = x * 10 + y + t;
            h.at(grid::pos{x, y}) = x;
        }
    const grid &r = g;
    out[t * 3] = r.at({3, (unsigned)t});
    out[t * 3 + 1] = (g < h) + 2 * (h < g) + grid::AREA;
    out[t * 3 + 2] = sizeof(grid) + grid::flat({1, 2});
}
