// printf of strings out of constant memory and of values computed.
// no gxx: prints
// launch: names grid=1 block=1
//   arg i32[3] = 0 1 2
//   prints zero:0.00\none:0.50\ntwo:1.00\nsum=3 (0x3)\n
__constant__ char zero[] = "zero";
extern "C" __global__ void names(const int *in) {
    const char *list[3] = {zero, "one", "two"};
    int s = 0;
    for (int i = 0; i < 3; i++) {
        printf("%s:%.2f\n", list[in[i]], in[i] * 0.5);
        s += in[i];
    }
    printf("sum=%d (%#x)\n", s, s);
}
