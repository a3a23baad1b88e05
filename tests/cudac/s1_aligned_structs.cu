// __align__, alignas, packed padding and sizeof of them.
// launch: layout grid=1 block=1
//   arg i32[10] fill 0
//   expect 0 = 24 16 8 48 16 40 1 1608 1203 16
struct plain { char c; double d; short s; };
struct __align__(16) wide { float x, y, z; };
struct alignas(8) eight { int i; };
struct holder { char c; wide w; eight e[2]; };
extern "C" __global__ void layout(int *o) {
    holder h;
    o[0] = sizeof(plain);
    o[1] = sizeof(wide);
    o[2] = sizeof(eight);
    o[3] = sizeof(holder);
    o[4] = (int)((char *)&h.w - (char *)&h);
    o[5] = (int)((char *)&h.e[1] - (char *)&h);
    o[6] = ((unsigned long long)&h.w & 15) == 0;
    o[7] = alignof(wide) * 100 + alignof(double);
    o[8] = sizeof(float3) * 100 + sizeof(char3);
    o[9] = (int)offsetof(plain, s);
}
