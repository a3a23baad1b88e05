// T{..}, designated and nested braces, arrays of structs, returning braces.
// launch: braces grid=1 block=4
//   arg f32[12] fill 0
//   expect 0 = 423.5 12 6 844.5 12 15.5 1265.5 12 6 1686.5 12 15.5
struct point { float x = 1.5f, y{2.5f}; int id{}; };
struct line { point a, b; };
__device__ line make(float f) { return {{f, 2 * f, 3}, {4 * f}}; }
extern "C" __global__ void braces(float *out) {
    int t = threadIdx.x;
    line l = make(t + 1.0f);
    point d;
    point list[2] = {{1, 2, 3}, {.x = 9.0f, .id = 4}};
    float v{l.b.y};
    out[t * 3] = l.a.x + 10 * l.a.y + 100 * l.b.x + v;
    out[t * 3 + 1] = d.x + d.y + d.id + point{7, 8, 9}.y;
    out[t * 3 + 2] = list[t & 1].x + list[t & 1].y + list[t & 1].id;
}
