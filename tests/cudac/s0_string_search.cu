// Substring search with a literal pattern and a length from sizeof.
// launch: find grid=1 block=16
//   arg i8[20] = 97 98 99 97 98 97 98 99 99 97 98 99 97 97 98 98 99 0 0 0
//   arg i32[1] = 0
//   arg i32[1] = -1
//   expect 1 = 3
//   expect 2 = 9
extern "C" __global__ void find(const char *text, int *count, int *last) {
    const char pattern[] = "abc";
    const int m = sizeof(pattern) - 1;
    const char *p = "abc";
    int i = threadIdx.x, j = 0;
    while (j < m && text[i + j] == pattern[j] && p[j] == pattern[j]) j++;
    if (j == m) {
        atomicAdd(count, 1);
        atomicMax(last, i);
    }
}
