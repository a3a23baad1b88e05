// A kernel that would be very large with all its calls expanded: the mixing functions are called from hundreds of places,
// between barriers, under conditions, with pointers to local arrays, and look at threadIdx and shared memory themselves.
// launch: churn grid=2 block=40
//   arg u32[80] random 0 100000 5
//   arg u32[80] fill 0
//   arg u32[2] fill 0
//   expect 1 = 2842130169 1400404514 2558796835 1528011897 2456619325 2360032420 3094752800 1687043211
//     159261544 3519824319 4110976799 2579042277 1909460705 3995082463 726610161 2377688097 1425968329
//     3517394156 3496882481 144389368 3485540113 2986137069 1345043536 3064893939 2694167702 168057292
//     3428076821 1442176291 1804544523 2939788479 1929875691 798920715 4141495924 2429916880 2627657642
//     459093326 1004635595 937454673 501128459 3689118744 1287925802 603866479 797663327 1900346064
//     3361774317 2427024390 2581600035 913402340 358300448 2936351620 3768319671 2815773324 1183270239
//     1130394122 3233799267 2061243885 1776677543 2255248475 1819726266 1904448870 2565331400 182296309
//     1574956503 2418951270 60768738 1262840950 1355739854 1804420525 646337853 4265854231 2567401118
//     450568283 3541305471 3349418004 3206202568 2121775010 1345370244 159982800 2233396935 2197541045
//   expect 2 = 1868749364 3413171563
__shared__ unsigned table[64];
__device__ unsigned turn(unsigned x, unsigned n) { return n ? x << n | x >> (32 - n) : x; }
__device__ void quarter(unsigned *s, int a, int b, int c, int d, unsigned k) {
    s[a] += s[b] ^ table[(s[c] + k) & 63];
    s[d] = turn(s[d] ^ s[a], 16);
    s[c] += s[d];
    s[b] = turn(s[b] ^ s[c], 12);
    s[a] += s[b] + threadIdx.x;
    s[d] = turn(s[d] ^ s[a], s[b] & 31);
    for (unsigned i = 0; i < (s[a] & 3); i++) s[c] = s[c] * 2654435761u + i;
    s[c] += s[d];
    s[b] = turn(s[b] ^ s[c], 7);
    s[(a + k) & 3] ^= s[(b + k) & 3] / (s[d] | 1);
}
__device__ unsigned fold(const unsigned (&s)[4], bool odd) {
    unsigned local[8], sum = 0;
    for (int i = 0; i < 8; i++) local[i] = s[i & 3] >> i;
    for (int i = 0; i < 8; i++) sum = sum * 31 + local[(i * 5 + odd) & 7];
    if (sum % 7 == 3) return sum ^ blockIdx.x;
    return sum;
}
#define ONE(n) quarter(s, 0, 1, 2, 3, n); if (s[0] & 1) quarter(s, 2, 3, 0, 1, n + 1); s[n & 3] += fold(s, n % 2);
#define FOUR(n) ONE(n) ONE(n + 1) ONE(n + 2) ONE(n + 3)
#define MANY(n) FOUR(n) FOUR(n + 4) FOUR(n + 8) FOUR(n + 12) FOUR(n + 16) FOUR(n + 20) FOUR(n + 24) FOUR(n + 28)
extern "C" __global__ void churn(const unsigned *in, unsigned *out, unsigned *sums) {
    unsigned t = threadIdx.x, g = blockIdx.x * blockDim.x + t;
    table[t] = in[g] * 2246822519u;
    if (t < 24) table[40 + t] = in[g] ^ 0x9e3779b9u;
    __syncthreads();
    unsigned s[4] = {in[g], g, t * 7, 1};
    MANY(1)
    __syncthreads();
    table[t] ^= fold(s, false);
    __syncthreads();
    if (t % 3) { MANY(33) } else { MANY(70) }
    out[g] = fold(s, true);
    atomicAdd(&sums[blockIdx.x], out[g]);
}
