// Every spelling of a number and a character.
// launch: literals grid=1 block=1
//   arg i64[16] fill 0
//   arg f64[8] fill 0
//   expect 0 = -2147483629 4294967295 4294967296 4294967295 1000000 2853 15 8418 1 255 2 7 22 -301
//     2147483647 4095
//   expect 1 = 1500 0.25 3 12 0.0010000000474974513 123456792 0.3333333333333333 0.3333333432674408
extern "C" __global__ void literals(long long *o, double *d) {
    o[0] = 0x7fffFFFF + 0b101 + 017;
    o[1] = 0xffffffff;
    o[2] = 4294967296;
    o[3] = -1u;
    o[4] = 1'000'000;
    o[5] = 'a' + '\n' * 256 + '\x41' + '\0' + '\\' + '\'';
    o[6] = 0xffffffffffffffffull >> 60;
    o[7] = sizeof(1L) * 1000 + sizeof(1.0f) * 100 + sizeof('a') * 10 + sizeof(1ull);
    o[8] = 2147483648 > 0;
    o[9] = (unsigned char)'\377';
    o[10] = true + true;
    o[11] = 10 / 4 * 4 - 7 % 3;
    o[12] = 1 << 4 | 1 << 2 ^ 3 & 6;
    o[13] = -7 / 2 * 100 + -7 % 2;
    o[14] = ~0u >> 1;
    o[15] = 07777LL;
    d[0] = 1.5e3;
    d[1] = .25f;
    d[2] = 3.;
    d[3] = 0x1.8p3;
    d[4] = 1e-3f;
    d[5] = 123456789.0f;
    d[6] = 1.0 / 3.0;
    d[7] = 1.0f / 3.0f;
}
