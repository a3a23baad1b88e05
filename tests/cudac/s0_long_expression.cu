// A long sum, deep parentheses, precedence of every operator.
// launch: precedence grid=1 block=4
//   arg i32[12] fill 0
//   expect 0 = 1 2 85 1 5 99 1 14 113 1 12 127
extern "C" __global__ void precedence(int *out) {
    int a = threadIdx.x + 1, b = 3, c = 5;
    out[threadIdx.x * 3] = a + b * c - a % b << 1 & c | b ^ a == 1 && b < c || !a;
    out[threadIdx.x * 3 + 1] = ((((((((((a)))))))))) + -a - -b + ~-c * +a / b % c << a - 1 >> 1;
    out[threadIdx.x * 3 + 2] = a + b + c + a + b + c + a + b + c + a + b + c + a + b + c + a + b + c + a + b + c
        + a * b + c * a + b * c - a - b - c - (a - (b - (c - a))) + (a ? b ? c : a : b) + (a, b, c);
}
