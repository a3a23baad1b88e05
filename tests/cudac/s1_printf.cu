// Formats of every kind from one thread, and lines from several in order.
// no gxx: prints
// launch: hello grid=1 block=1
//   prints int -5 uint 4294967291 hex ff 0XFF oct 17\nlong 1099511627776 char A str <device> 100%\n 3.500|1.250e+03|0.1|  42|7   |007|+3\nbool 1 short -2 ll -9000000000 ptr-null (nil)\n[  right][left  ][tr]\n
// launch: threads grid=1 block=3
//   prints t0 0.0\nt1 0.5\nt2 1.0\n
// launch: count grid=1 block=1
//   arg i32[1] fill 0
//   prints a 1 2\n
//   expect 0 = 2
extern "C" __global__ void hello() {
    printf("int %d uint %u hex %x %#X oct %o\n", -5, -5, 255, 255, 15);
    printf("long %ld char %c str <%s> 100%%\n", 1L << 40, 'A', "device");
    printf("%6.3f|%.3e|%g|%4d|%-4d|%03d|%+d\n", 3.5f, 1250.0, 0.1, 42, 7, 7, 3);
    printf("bool %d short %hd ll %lld ptr-null %p\n", true, (short)-2, -9000000000LL, (void *)0);
    printf("[%7s][%-6s][%.2s]\n", "right", "left", "trunc");
}
extern "C" __global__ void threads() { printf("t%u %.1f\n", threadIdx.x, threadIdx.x * 0.5f); }
extern "C" __global__ void count(int *out) { out[0] = printf("a %d %d\n", 1, 2); }
