// float4 and friends: make functions, members, arrays of them, casts of pointers to load them.
// launch: vectors grid=1 block=8
//   arg f32[32] random -1 1 40
//   arg f32[32] fill 0
//   arg i32[32] fill 0
//   expect 1 ~1e-6 = 0.9448103 -0.5732825 0.6200722 -1.5021563 -0.18353644 0.20470314 -0.16998874 0.5299155
//     0.14681171 0.41982448 0.5411534 0.16415662 -0.55775136 -0.96379757 0.9203166 -1.5600717 0.017253483
//     -0.07257877 1.4813148 -0.255498 0.37139857 0.17297733 -1.8369365 -0.42317933 -0.40547043 0.96873677
//     1.3211985 1.8651569 0.26606318 -0.40141335 -0.3944293 -1.2689756
//   expect 2 = 455 0 48 0 506 -999 49 1 557 -3998 50 2 608 -8997 51 3 659 -15996 52 4 710 -24995 53 5 505
//     -35994 54 6 556 -48993 55 7
extern "C" __global__ void vectors(const float *in, float4 *out, int4 *ints) {
    int t = threadIdx.x;
    float4 v = reinterpret_cast<const float4 *>(in)[t];
    float2 ab = make_float2(v.x, v.y), cd;
    cd.x = v.z;
    cd.y = v.w;
    out[t] = make_float4(ab.y, ab.x, cd.x * 2.0f, ab.x + cd.y);
    uchar4 c = make_uchar4(t, t * 50, 200, 255);
    short2 s = make_short2(-t, t * 1000);
    int3 n = make_int3(1, 2, t);
    longlong2 l = make_longlong2(1LL << 40, t);
    double2 d;
    d.x = d.y = 0.5 * t;
    int4 r;
    r.x = c.x + c.y + c.z + c.w;
    r.y = s.x * s.y + n.z;
    r.z = (int)(l.x >> 38) + (int)l.y + sizeof(int3) + sizeof(float4) + sizeof(double2);
    r.w = (int)(d.x + d.y + 0.5);
    ints[t] = r;
}
