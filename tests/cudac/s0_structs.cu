// C structs: tags, nesting, arrays inside, assignment, pointers to members, by value in and out of functions.
// launch: bodies grid=1 block=8
//   arg f32[48] random -1 1 21
//   arg f32[32] fill 0
//   expect 1 ~1e-6 = -0.4937265 -0.5812338 -0.16262674 3 1.2734237 1.3645424 -0.29271674 13 0.29405028
//     0.88368905 0.9978798 23 0.32539988 -0.3574885 -2.8778358 33 1.0530328 0.5845362 -1.0998645 43
//     -1.690651 -1.8512348 -0.41049612 53 -0.043741405 0.51337844 2.2020905 63 0.70639527 -0.07031268
//     -1.5526106 73
struct vec { float x, y, z; };
struct body {
    struct vec pos, vel;
    float mass;
    int tag[2];
};
__device__ struct vec scale(struct vec v, float f) {
    v.x *= f;
    v.y *= f;
    v.z *= f;
    return v;
}
__device__ void advance(struct body *b, float dt) {
    struct vec d = scale(b->vel, dt);
    b->pos.x += d.x;
    b->pos.y += d.y;
    b->pos.z += d.z;
    b->tag[1]++;
}
extern "C" __global__ void bodies(const float *in, float *out) {
    int t = threadIdx.x;
    const float *p = in + t * 6;
    struct body b = {{p[0], p[1], p[2]}, {p[3], p[4], p[5]}, 2.0f, {t}};
    struct body copy = b;
    for (int i = 0; i < 3; i++) advance(&b, 0.5f);
    copy.pos = b.pos;
    copy.vel.y = copy.pos.x;
    out[t * 4] = copy.pos.x;
    out[t * 4 + 1] = copy.vel.y + copy.vel.z;
    out[t * 4 + 2] = b.pos.z * b.mass;
    out[t * 4 + 3] = b.tag[0] * 10 + b.tag[1] + copy.tag[1];
}
