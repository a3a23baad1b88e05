// Threads that left early are not waited for.
// launch: early grid=2 block=40
//   arg i32[80] fill -5
//   arg i32 33
//   expect 0 = 1024 961 900 841 784 729 676 625 576 529 484 441 400 361 324 289 256 225 196 169 144 121 100
//     81 64 49 36 25 16 9 4 1 0 -5 -5 -5 -5 -5 -5 -5 1025 962 901 842 785 730 677 626 577 530 485 442 401
//     362 325 290 257 226 197 170 145 122 101 82 65 50 37 26 17 10 5 2 1 -5 -5 -5 -5 -5 -5 -5
extern "C" __global__ void early(int *out, int n) {
    __shared__ int s[40];
    int t = threadIdx.x;
    if (t >= n) return;
    s[t] = t * t;
    __syncthreads();
    out[blockIdx.x * 40 + t] = s[n - 1 - t] + blockIdx.x;
}
