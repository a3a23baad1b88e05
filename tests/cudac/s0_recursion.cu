// Recursive device functions: one call, two calls, mutual, with an array on the stack.
// launch: recurse grid=1 block=8
//   arg i64[32] fill 0
//   expect 0 = 1 5 10 0 2 8 1 1001 24 13 10 3002 720 21 1 7003 40320 34 10 15004 3628800 55 1 31005
//     479001600 89 10 63006 87178291200 144 1 127007
__device__ long long factorial(int n) { return n < 2 ? 1 : n * factorial(n - 1); }
__device__ int fib(int n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }
__device__ bool odd(int n);
__device__ bool even(int n) { return n == 0 ? true : odd(n - 1); }
__device__ bool odd(int n) { return n == 0 ? false : even(n - 1); }
__device__ int hanoi(int n, int *pegs, int from, int to) {
    if (n == 0) return 0;
    int save[3] = {pegs[0], pegs[1], pegs[2]};
    int via = 3 - from - to;
    int moves = hanoi(n - 1, pegs, from, via);
    pegs[from]--;
    pegs[to]++;
    moves += 1 + hanoi(n - 1, pegs, via, to);
    return moves + save[from] - save[from];
}
extern "C" __global__ void recurse(long long *out) {
    int t = threadIdx.x;
    int pegs[3] = {t, 0, 0};
    out[t * 4] = factorial(t * 2);
    out[t * 4 + 1] = fib(t + 5);
    out[t * 4 + 2] = even(t) * 10 + odd(t);
    out[t * 4 + 3] = hanoi(t, pegs, 0, 2) * 1000 + pegs[2];
}
