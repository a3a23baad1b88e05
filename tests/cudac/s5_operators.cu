// A vector and a complex class with all the operators people write.
// launch: operators grid=1 block=8
//   arg f32[32] random -2 2 81
//   arg f32[48] fill 0
//   expect 1 ~1e-5 = -0.073123395 1.8497101 1 -1.3446969 -10.072502 1.2027912 2.2836227 0.24182284 1
//     -0.7710364 -7.8503084 -2.1002 4.617145 2.8801186 1 -1.3708098 -0.5172294 10.728994 1.0059317
//     2.6211257 1 -0.9850508 -11.817704 0.22744873 2.981891 2.5470634 1 -0.80297947 -1.6222749 -1.720863
//     0.56298757 0.8843219 1 -1.5441611 -17.660753 -3.1674008 0.5538626 -2.2716475 1 -1.8466432 -6.654927
//     -4.2290587 0.57700616 1.6909957 1 -0.068124235 -0.7293542 -0.6387971
struct vec3 {
    float x, y, z;
    __device__ vec3() : x(0), y(0), z(0) {}
    __device__ vec3(float a, float b, float c) : x(a), y(b), z(c) {}
    __device__ vec3 operator-() const { return vec3(-x, -y, -z); }
    __device__ vec3 &operator+=(const vec3 &o) {
        x += o.x;
        y += o.y;
        z += o.z;
        return *this;
    }
    __device__ float &operator[](int i) { return (&x)[i]; }
    __device__ float operator()(const vec3 &o) const { return x * o.x + y * o.y + z * o.z; }
    __device__ bool operator==(const vec3 &o) const { return x == o.x && y == o.y && z == o.z; }
    __device__ explicit operator bool() const { return x != 0; }
    __device__ operator float() const { return x + y + z; }
};
__device__ vec3 operator+(vec3 a, const vec3 &b) { return a += b; }
__device__ vec3 operator*(float s, const vec3 &v) { return vec3(s * v.x, s * v.y, s * v.z); }
__device__ vec3 operator*(const vec3 &v, float s) { return s * v; }
struct complex {
    double re, im;
    __device__ complex operator*(complex o) const { return {re * o.re - im * o.im, re * o.im + im * o.re}; }
    __device__ complex &operator++() { re += 1; return *this; }
    __device__ complex operator++(int) { complex c = *this; re += 1; return c; }
};
__device__ float2 operator-(float2 a, float2 b) { return make_float2(a.x - b.x, a.y - b.y); }
extern "C" __global__ void operators(const float *in, float *out) {
    int t = threadIdx.x;
    const float *p = in + t * 4;
    vec3 a(p[0], p[1], p[2]), b = 2.0f * a + vec3(1, p[3], 0), zero;
    b[1] = 0.5f;
    a += -b * 0.25f;
    float *o = out + t * 6;
    o[0] = a(b);
    o[1] = a.x + b[2];
    o[2] = (a == a) + 2 * (a == b) + 4 * (zero ? 1 : 0);
    o[3] = (float)a;
    complex z = {p[0], p[1]};
    complex w = z++;
    w = w * ++z;
    o[4] = (float)(w.re + 2 * w.im);
    float2 d = make_float2(p[0], p[1]) - make_float2(p[2], p[3]);
    o[5] = d.x * d.y;
}
