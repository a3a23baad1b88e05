// Unions as type puns, bit-fields signed and unsigned, next to each other and assigned through compound operators.
// launch: bits grid=1 block=8
//   arg f32[8] random -100 100 23
//   arg i32[8] random -1000 1000 24
//   arg u32[40] fill 0
//   expect 2 = 1118032197 16965 268186897 16 4097 1100848745 16745 171032 4294967237 4294952209 3267449382
//     49702 268310548 57 14593 1118403042 17122 226577 4294967248 4294955009 1112519270 16998 268381706
//     4294967291 4294966017 1086867167 16607 268435227 4294967278 4294962689 1117439033 16953 249097
//     4294967256 4294957057 3262561841 49713 140545 4294967264 4294959105
union pun {
    float f;
    unsigned u;
    unsigned char b[4];
};
struct flags {
    unsigned low : 5;
    int mid : 7;
    unsigned high : 20;
    unsigned char small : 3;
    bool on : 1;
};
extern "C" __global__ void bits(const float *in, const int *n, unsigned *out) {
    int t = threadIdx.x;
    union pun p;
    p.f = in[t];
    out[t * 5] = p.u;
    out[t * 5 + 1] = p.b[0] + p.b[3] * 256u;
    struct flags f = {1, -3, 5};
    f.low = n[t];
    f.mid = n[t];
    f.high += n[t];
    f.small = 9;
    f.on = n[t] & 4;
    f.low++;
    f.mid -= 2;
    int kept = (f.mid = n[t] * 3);
    out[t * 5 + 2] = f.low | f.high << 8;
    out[t * 5 + 3] = f.mid;
    out[t * 5 + 4] = f.small + f.on * 16 + (kept << 8);
}
