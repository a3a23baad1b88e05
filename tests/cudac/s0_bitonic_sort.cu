// A bitonic sort of one block, with barriers in nested loops.
// launch: sort grid=1 block=64
//   arg i32[64] random -1000 1000 104
//   expect 0 = -992 -965 -927 -876 -876 -868 -859 -857 -833 -783 -770 -750 -715 -684 -683 -680 -636 -587
//     -582 -565 -467 -449 -441 -424 -421 -363 -339 -316 -315 -293 -257 -198 -112 -75 -44 -8 64 74 109 140
//     178 179 258 271 284 337 348 391 440 462 492 525 526 547 635 657 665 690 764 786 832 924 980 982
extern "C" __global__ void sort(int *data) {
    __shared__ int s[64];
    int t = threadIdx.x;
    s[t] = data[t];
    __syncthreads();
    for (int k = 2; k <= 64; k <<= 1) {
        for (int j = k >> 1; j > 0; j >>= 1) {
            int other = t ^ j;
            if (other > t) {
                bool up = (t & k) == 0;
                if ((s[t] > s[other]) == up) {
                    int tmp = s[t];
                    s[t] = s[other];
                    s[other] = tmp;
                }
            }
            __syncthreads();
        }
    }
    data[t] = s[t];
}
