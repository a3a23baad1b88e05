// Specialisations for arrays of any length and for pointers to functions, beside less special ones.
// launch: patterns grid=1 block=1
//   arg i32[8] fill 0
//   expect 0 = 1 2 107 205 328 401 581 2
template <typename T> struct Shape {
    __device__ static int go() { return 1; }
};
template <typename T> struct Shape<T *> {
    __device__ static int go() { return 2; }
};
template <int N> struct Shape<int[N]> {
    __device__ static int go() { return 100 + N; }
};
template <typename T, int N> struct Shape<T[N]> {
    __device__ static int go() { return 200 + N; }
};
template <typename R, typename A> struct Shape<R (*)(A)> {
    __device__ static int go() { return 300 + sizeof(R) * 10 + sizeof(A); }
};
template <typename R> struct Shape<R (*)()> {
    __device__ static int go() { return 400 + sizeof(R); }
};
template <typename A, typename B> struct Shape<A(B, short)> {
    __device__ static int go() { return 500 + sizeof(A) * 10 + sizeof(B); }
};
extern "C" __global__ void patterns(int *out) {
    out[0] = Shape<int>::go();
    out[1] = Shape<int *>::go();
    out[2] = Shape<int[7]>::go();
    out[3] = Shape<float[5]>::go();
    out[4] = Shape<short (*)(double)>::go();
    out[5] = Shape<char (*)()>::go();
    out[6] = Shape<double(char, short)>::go();
    out[7] = Shape<int (*)[3]>::go();
}
