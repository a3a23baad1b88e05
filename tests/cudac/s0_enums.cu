// Enums with and without values, as array bounds, in switches, as numbers.
// launch: colours grid=1 block=6
//   arg i32[12] fill 0
//   expect 0 = 7 1 0 2 1 3 23 4 308 1000006 0 1000007
enum colour { RED, GREEN = 5, BLUE, COUNT = BLUE + 2 };
enum { LIMIT = 4 };
typedef enum { SMALL = -1, LARGE = 1000000 } size_class;
__device__ int weight(enum colour c) {
    switch (c) {
    case RED: return 1;
    case GREEN: return 20;
    case BLUE: return 300;
    default: return -1;
    }
}
extern "C" __global__ void colours(int *out) {
    int t = threadIdx.x;
    int table[LIMIT] = {COUNT, 1, 2, 3};
    colour c = (colour)(t + 2);
    size_class s = t < LIMIT ? SMALL : LARGE;
    out[t * 2] = weight(c) + table[t % LIMIT];
    out[t * 2 + 1] = s + c;
}
