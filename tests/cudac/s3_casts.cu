// All C++ casts, between pointers, numbers and classes.
// launch: casts grid=1 block=4
//   arg f32[4] random -9 9 120
//   arg i64[16] fill 0
//   expect 1 = -1056134211 -14 -210 108 -1056696530 -14 -529 109 1085357241 12 242 109 -1071836793 -2 -792
//     109
typedef unsigned char byte;
extern "C" __global__ void casts(const float *in, long long *out) {
    int t = threadIdx.x;
    float f = in[t];
    const byte *raw = reinterpret_cast<const byte *>(&in[t]);
    out[t * 4] = raw[3] << 24 | raw[2] << 16 | raw[1] << 8 | raw[0];
    out[t * 4 + 1] = static_cast<long long>(f) + int(2.9) + long(f);
    void *p = static_cast<void *>(out);
    long long *q = static_cast<long long *>(p);
    out[t * 4 + 2] = (q == out) + *const_cast<int *>(reinterpret_cast<const int *>(in + t)) % 1000;
    unsigned long long bits = reinterpret_cast<unsigned long long>(out + 1) - (unsigned long long)out;
    out[t * 4 + 3] = bits + (bool)f * 100 + bool(0.0f) + static_cast<bool>(t);
}
