// A tagged union of shapes with methods that dispatch by switch, in constant memory.
// launch: areas grid=1 block=6
//   arg f32[6] fill 0
//   expect 0 ~1e-6 = 12.566371 13.5 0 13.566371 14.5 1
struct shape {
    enum Kind { CIRCLE, BOX, LINE } kind;
    float a, b;
    __device__ float area() const {
        switch (kind) {
        case CIRCLE: return 3.14159265f * a * a;
        case BOX: return a * b;
        default: return 0.0f;
        }
    }
};
__constant__ shape shapes[3] = {{shape::CIRCLE, 2.0f, 0}, {shape::BOX, 3.0f, 4.5f}, {shape::LINE}};
extern "C" __global__ void areas(float *out) {
    const shape &s = shapes[threadIdx.x % 3];
    out[threadIdx.x] = s.area() + threadIdx.x / 3;
}
