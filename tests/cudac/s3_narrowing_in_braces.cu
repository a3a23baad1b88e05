// Constants in braces that do not fit: NVRTC warns at most, and the value is converted as anywhere else.
// launch: narrow grid=1 block=1
//   arg i32[8] fill 0
//   expect 0 = 2 0 -680876936 -56 16777216 -1 224 3
// no gxx: C++ proper refuses this
__constant__ int words[] = {0xd76aa478, 1};
extern "C" __global__ void narrow(int *out) {
    int list[] = {1, 2.5f};
    unsigned char bytes[3] = {255, 'a', 256};
    const char letters[] = {200, 'a'};
    float wide{16777217};
    unsigned all{-1};
    short cut = {300 * 1000};
    int whole{3.0};
    out[0] = list[1];
    out[1] = bytes[2];
    out[2] = words[0];
    out[3] = letters[0];
    out[4] = (int)wide;
    out[5] = (int)all;
    out[6] = cut & 0xff;
    out[7] = whole;
}
