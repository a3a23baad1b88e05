// Jumps into the middle of loops: by goto, by a switch around a loop (the unrolled copy), two such loops in each other, and
// with barriers and votes inside.
// launch: jumps grid=1 block=40
//   arg i32[40] random 0 20 7
//   arg i32[40] fill 0
//   expect 1 = 18028 6003 3003 6003 38161 12013 38161 3003 40260 28095 26055 3003 12013 20029 36161 24054
//     38161 10012 40260 38161 32096 4003 34160 20029 28095 3003 24054 6003 24054 40260 8005 34160 12013
//     24054 3003 3003 34160 18028 14013 32096
// launch: copy grid=1 block=33
//   arg i32[33] fill 0
//   arg u8[33] fill 0
//   expect 0 = 1000 1100 1110 1111 2111 2211 2221 2222 3222 3322 3332 3333 4333 4433 4443 4444 5444 5544
//     5554 5555 6555 6655 6665 6666 7666 7766 7776 7777 8777 8877 8887 8888 9888
//   expect 1 = 152 163 155 158 151 156 149 78 151 156 162 157 78 162 150 147 78 155 151 146 146 154 147 78
//     157 148 78 143 78 154 157 157 158
// launch: machine grid=1 block=37
//   arg i32[37] fill 0
//   expect 0 = 24760467 29751 33752 3154266 179554 11765251 23630867 712659 7991769 8970064 38865473
//     1360052 4475658 12786162 6894064 22092459 15647263 12750867 2204452 9275859 2423759 2556456 21570064
//     22296273 140479059 36583157 12734160 2184161 375660 4653066 7273959 30180860 20497070 8005358
//     21875273 1068256 17324061
// launch: meeting grid=2 block=64
//   arg i32[128] fill 0
//   expect 0 = 1210 1198 1186 1174 1162 1150 1138 1126 1114 1102 1090 1078 1066 1054 1042 1030 1018 1006
//     994 982 970 958 946 934 922 910 898 886 874 862 850 838 826 814 802 790 778 766 754 742 730 718 706
//     694 682 670 658 646 634 622 610 598 586 574 562 550 538 526 514 502 490 478 466 454 1021 1012 1003
//     994 985 976 967 958 949 940 931 922 913 904 895 886 877 868 859 850 841 832 823 814 805 796 787 778
//     769 760 751 742 733 724 715 706 697 688 679 670 661 652 643 634 625 616 607 598 589 580 571 562 553
//     544 535 526 517 508 499 490 481 472 463 454
extern "C" __global__ void jumps(const int *in, int *out) {
    int n = in[threadIdx.x], i = 0;
    float x = 0.5f;
    if (n > 3) goto inside;
again:
    i += 2;
    x = x * 1.5f + i;
inside:
    i++;
    if (i < n) goto again;
    x += 0.25f;
    if (i < 2 * n) goto inside;
    out[threadIdx.x] = i * 1000 + (int)x;
}
__device__ int copy_some(char *to, const char *from, int count) {
    int rounds = (count + 3) / 4, steps = 0;
    switch (count % 4) {
    case 0:
        do {
            *to++ = *from++; steps += 1;
    case 3: *to++ = *from++; steps += 10;
    case 2: *to++ = *from++; steps += 100;
    case 1: *to++ = *from++; steps += 1000;
        } while (--rounds > 0);
    }
    return steps;
}
extern "C" __global__ void copy(int *out, char *text) {
    const char from[] = "jumping into the middle of a loop";
    char to[40];
    int t = threadIdx.x;
    for (int i = 0; i < 40; i++) to[i] = '.';
    out[t] = copy_some(to, from, t + 1);
    text[t] = to[t] + to[(t + 1) % 40];
}
extern "C" __global__ void machine(int *out) {
    int t = threadIdx.x, x = t * 37 + 11, steps = 0, depth = 0, k = 0;
    if (t % 3 == 0) goto odd;
    if (t % 3 == 1) goto inner;
even:
    if (++steps > 60) goto done;
    x = x / 2;
    if (x % 5 == 2) goto inner;
    if (x & 1) goto odd;
    goto even;
odd:
    if (++steps > 60) goto done;
    x = 3 * x + 1;
    for (k = 0; k < 3; k++) {
        depth += k;
inner:
        if (++steps > 60) goto done;
        x ^= depth & 7;
        if (x % 7 == 3) goto even;
        depth++;
    }
    if (x < 100000) goto odd;
    goto even;
done:
    out[t] = x * 100 + depth;
}
extern "C" __global__ void meeting(int *out) {
    __shared__ int line[64];
    int t = threadIdx.x, rounds = 0, sum = 0;
    if (blockIdx.x == 1) goto second;
first:
    line[t] = t * 3 + rounds;
    __syncthreads();
    sum += line[63 - t];
second:
    __syncthreads();
    sum += __popc(__ballot_sync(0xffffffffu, (t + rounds) % 3 == 0)) * 7;
    if (++rounds < 4) goto first;
    __syncthreads();
    if (rounds < 6) goto second;
    out[blockIdx.x * 64 + t] = sum;
}
