//! Hashes, checksums, ciphers and encodings, and hash tables in device memory.

use super::case::Stage::*;
use super::case::*;
use super::rng::Rng;

/// Messages of many lengths in one text, and where each begins.
fn messages(rng: &mut Rng, count: usize, longest: usize) -> (Vec<u8>, Vec<i32>) {
    let (mut text, mut starts) = (Vec::new(), vec![0]);
    for _ in 0..count {
        let n = rng.below(longest + 1);
        text.extend(rng.bytes(n));
        starts.push(text.len() as i32);
    }
    (text, starts)
}

/// A hash of each message, one a thread: `kernel(text, starts, count, out)`.
fn per_message<T: Plain>(kernel: &str, rng: &mut Rng, hash: impl Fn(&[u8]) -> T) -> Vec<Case> {
    [1usize, 33, 100]
        .iter()
        .map(|&count| {
            let (text, starts) = messages(rng, count, 150);
            let want: Vec<T> = starts.windows(2).map(|w| hash(&text[w[0] as usize..w[1] as usize])).collect();
            let mut c = Case::new(format!("{count} messages"));
            let (t, s, o) = (c.input(&text), c.input(&starts), c.output(&want));
            c.launch(kernel, blocks(count, 32), 32, 0, args![t, s, count as i32, o]);
            c
        })
        .collect()
}

const FNV: &str = r#"
typedef unsigned long long u64;

extern "C" __global__ void fnv1a(const unsigned char *text, const int *starts, int count, u64 *out)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= count) return;
    u64 h = 14695981039346656037ull;
    for (const unsigned char *p = text + starts[i]; p != text + starts[i + 1]; ++p) {
        h ^= *p;
        h *= 1099511628211ull;
    }
    out[i] = h;
}
"#;

fn fnv(text: &[u8]) -> u64 {
    text.iter().fold(0xcbf2_9ce4_8422_2325, |h, &b| (h ^ u64::from(b)).wrapping_mul(0x100_0000_01b3))
}

const MURMUR3: &str = r#"
#define ROTL32(x, r) (((x) << (r)) | ((x) >> (32 - (r))))

__device__ static inline unsigned fmix32(unsigned h)
{
    h ^= h >> 16; h *= 0x85ebca6b;
    h ^= h >> 13; h *= 0xc2b2ae35;
    h ^= h >> 16;
    return h;
}

__global__ void murmur3_32(const unsigned char *text, const int *starts, int count, unsigned *out)
{
    const int id = blockIdx.x * blockDim.x + threadIdx.x;
    if (id >= count) return;
    const unsigned char *data = text + starts[id];
    const int len = starts[id + 1] - starts[id];
    const unsigned c1 = 0xcc9e2d51, c2 = 0x1b873593;
    unsigned h1 = 42u;
    int i = 0;
    for (; i + 4 <= len; i += 4) {
        unsigned k1 = data[i] | data[i + 1] << 8 | data[i + 2] << 16 | (unsigned)data[i + 3] << 24;
        k1 *= c1; k1 = ROTL32(k1, 15); k1 *= c2;
        h1 ^= k1; h1 = ROTL32(h1, 13); h1 = h1 * 5 + 0xe6546b64;
    }
    unsigned k1 = 0;
    switch (len & 3) {
    case 3: k1 ^= data[i + 2] << 16;
    case 2: k1 ^= data[i + 1] << 8;
    case 1: k1 ^= data[i];
        k1 *= c1; k1 = ROTL32(k1, 15); k1 *= c2; h1 ^= k1;
    }
    h1 ^= len;
    out[id] = fmix32(h1);
}
"#;

fn murmur3(text: &[u8]) -> u32 {
    let scramble = |k: u32| k.wrapping_mul(0xcc9e_2d51).rotate_left(15).wrapping_mul(0x1b87_3593);
    let mut h = 42u32;
    for chunk in text.chunks(4) {
        let mut word = [0; 4];
        word[..chunk.len()].copy_from_slice(chunk);
        h ^= scramble(u32::from_le_bytes(word));
        if chunk.len() == 4 {
            h = h.rotate_left(13).wrapping_mul(5).wrapping_add(0xe654_6b64);
        }
    }
    h ^= text.len() as u32;
    h = (h ^ h >> 16).wrapping_mul(0x85eb_ca6b);
    h = (h ^ h >> 13).wrapping_mul(0xc2b2_ae35);
    h ^ h >> 16
}

const XXHASH: &str = r#"
namespace xx {
typedef unsigned int u32;
constexpr u32 P1 = 2654435761U, P2 = 2246822519U, P3 = 3266489917U, P4 = 668265263U, P5 = 374761393U;

__device__ constexpr u32 rotl(u32 x, int r) { return (x << r) | (x >> (32 - r)); }
__device__ inline u32 round(u32 acc, u32 lane) { return rotl(acc + lane * P2, 13) * P1; }
__device__ inline u32 word(const unsigned char *p)
{
    u32 v = 0;
    for (int i = 3; i >= 0; --i) v = v << 8 | p[i];
    return v;
}

__device__ u32 hash32(const unsigned char *p, u32 len, u32 seed = 0)
{
    const unsigned char *const end = p + len;
    u32 h;
    if (len >= 16) {
        u32 acc[4] = {seed + P1 + P2, seed + P2, seed, seed - P1};
        do {
            for (auto &a : acc) { a = round(a, word(p)); p += 4; }
        } while (p + 16 <= end);
        h = rotl(acc[0], 1) + rotl(acc[1], 7) + rotl(acc[2], 12) + rotl(acc[3], 18);
    } else {
        h = seed + P5;
    }
    h += len;
    while (p + 4 <= end) { h = rotl(h + word(p) * P3, 17) * P4; p += 4; }
    while (p < end) h = rotl(h + *p++ * P5, 11) * P1;
    h ^= h >> 15; h *= P2;
    h ^= h >> 13; h *= P3;
    return h ^ (h >> 16);
}
} // namespace xx

__global__ void xxh32(const unsigned char *text, const int *starts, int count, unsigned *out)
{
    auto i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < count) out[i] = xx::hash32(text + starts[i], starts[i + 1] - starts[i]) ^ xx::hash32(text + starts[i], 0, 7u);
}
"#;

fn xxh32(text: &[u8], seed: u32) -> u32 {
    const P: [u32; 5] = [2_654_435_761, 2_246_822_519, 3_266_489_917, 668_265_263, 374_761_393];
    let mut h = if text.len() >= 16 {
        let mut acc = [
            seed.wrapping_add(P[0]).wrapping_add(P[1]),
            seed.wrapping_add(P[1]),
            seed,
            seed.wrapping_sub(P[0]),
        ];
        for stripe in text.chunks_exact(16) {
            for (a, w) in acc.iter_mut().zip(stripe.chunks_exact(4)) {
                let lane = u32::from_le_bytes(w.try_into().unwrap()).wrapping_mul(P[1]);
                *a = a.wrapping_add(lane).rotate_left(13).wrapping_mul(P[0]);
            }
        }
        let turned = acc.iter().zip([1, 7, 12, 18]).map(|(a, r)| a.rotate_left(r));
        turned.fold(0u32, u32::wrapping_add)
    } else {
        seed.wrapping_add(P[4])
    };
    h = h.wrapping_add(text.len() as u32);
    let rest = &text[text.len() / 16 * 16..];
    let words = rest.chunks_exact(4);
    let tail = words.remainder();
    for w in words {
        let k = u32::from_le_bytes(w.try_into().unwrap()).wrapping_mul(P[2]);
        h = h.wrapping_add(k).rotate_left(17).wrapping_mul(P[3]);
    }
    for &b in tail {
        h = h.wrapping_add(u32::from(b).wrapping_mul(P[4])).rotate_left(11).wrapping_mul(P[0]);
    }
    h = (h ^ h >> 15).wrapping_mul(P[1]);
    h = (h ^ h >> 13).wrapping_mul(P[2]);
    h ^ h >> 16
}

/// The table comes from the host into constant memory.
const CRC32: &str = r#"
__constant__ unsigned int crc_table[256];

extern "C" __global__ void crc32(const unsigned char *text, const int *starts, int count, unsigned int *out)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= count) return;
    unsigned int crc = ~0u;
    for (int k = starts[i]; k < starts[i + 1]; ++k) crc = crc_table[(crc ^ text[k]) & 0xff] ^ (crc >> 8);
    out[i] = ~crc;
}
"#;

fn crc32(rng: &mut Rng) -> Vec<Case> {
    let table: Vec<u32> = (0..256u32)
        .map(|n| (0..8).fold(n, |c, _| if c & 1 == 1 { 0xEDB8_8320 ^ c >> 1 } else { c >> 1 }))
        .collect();
    // The reference goes bit by bit, without the table.
    let bitwise = |text: &[u8]| {
        !text.iter().fold(!0u32, |crc, &b| {
            (0..8).fold(crc ^ u32::from(b), |c, _| (c >> 1) ^ (0xEDB8_8320 & (c & 1).wrapping_neg()))
        })
    };
    let mut cases = per_message("crc32", rng, bitwise);
    cases.iter_mut().for_each(|c| c.launches[0].symbols.push(("crc_table", bytes_of(&table))));
    cases
}

const ADLER: &str = r#"
#define MOD_ADLER 65521u
extern "C" __global__ void adler32(const unsigned char *text, const int *starts, int count, unsigned int *out)
{
    for (int i = threadIdx.x + blockIdx.x * blockDim.x; i < count; i += blockDim.x * gridDim.x) {
        unsigned short a = 1, b = 0;
        int k = starts[i];
        while (k < starts[i + 1]) {
            a = (a + text[k++]) % MOD_ADLER;
            b = (b + a) % MOD_ADLER;
        }
        out[i] = (b << 16) | a;
    }
}
"#;

fn adler(text: &[u8]) -> u32 {
    let (a, b) = text.iter().fold((1u32, 0u32), |(a, b), &v| {
        let a = (a + u32::from(v)) % 65521;
        (a, (b + a) % 65521)
    });
    b << 16 | a
}

const MD5: &str = r#"
__device__ const unsigned char md5_shift[16] = {7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21};
__constant__ unsigned md5_k[64];

#define F(x, y, z) (((x) & (y)) | (~(x) & (z)))
#define G(x, y, z) (((x) & (z)) | ((y) & ~(z)))
#define H(x, y, z) ((x) ^ (y) ^ (z))
#define I(x, y, z) ((y) ^ ((x) | ~(z)))

/// Messages of at most 55 bytes: one padded block.
extern "C" __global__ void md5_short(const unsigned char *text, int length, int count, uint4 *digest)
{
    int id = blockIdx.x * blockDim.x + threadIdx.x;
    if (id >= count) return;
    union { unsigned char b[64]; unsigned w[16]; } m;
    for (int i = 0; i < 16; i++) m.w[i] = 0;
    for (int i = 0; i < length; i++) m.b[i] = text[id * length + i];
    m.b[length] = 0x80;
    m.w[14] = length * 8;
    unsigned a = 0x67452301, b = 0xefcdab89, c = 0x98badcfe, d = 0x10325476;
    for (int i = 0; i < 64; i++) {
        unsigned f;
        int g;
        if (i < 16) { f = F(b, c, d); g = i; }
        else if (i < 32) { f = G(b, c, d); g = (5 * i + 1) & 15; }
        else if (i < 48) { f = H(b, c, d); g = (3 * i + 5) & 15; }
        else { f = I(b, c, d); g = (7 * i) & 15; }
        f += a + md5_k[i] + m.w[g];
        a = d; d = c; c = b;
        const int s = md5_shift[(i >> 4) * 4 + (i & 3)];
        b += (f << s) | (f >> (32 - s));
    }
    digest[id] = make_uint4(a + 0x67452301, b + 0xefcdab89, c + 0x98badcfe, d + 0x10325476);
}
"#;

fn md5(message: &[u8]) -> [u32; 4] {
    let k: Vec<u32> = (1..=64).map(|i| (f64::from(i).sin().abs() * 4_294_967_296.0) as u32).collect();
    let shifts = [[7u32, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]];
    let mut block = message.to_vec();
    block.push(0x80);
    block.resize(56, 0);
    block.extend((8 * message.len() as u64).to_le_bytes());
    let w: Vec<u32> = block.chunks(4).map(|c| u32::from_le_bytes(c.try_into().unwrap())).collect();
    let start = [0x6745_2301u32, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];
    let [mut a, mut b, mut c, mut d] = start;
    for i in 0..64 {
        let (f, g) = match i / 16 {
            0 => (b & c | !b & d, i),
            1 => (b & d | c & !d, 5 * i + 1),
            2 => (b ^ c ^ d, 3 * i + 5),
            _ => (c ^ (b | !d), 7 * i),
        };
        let sum = a.wrapping_add(f).wrapping_add(k[i]).wrapping_add(w[g % 16]);
        (a, d, c, b) = (d, c, b, b.wrapping_add(sum.rotate_left(shifts[i / 16][i % 4])));
    }
    [a, b, c, d].iter().zip(start).map(|(x, s)| x.wrapping_add(s)).collect::<Vec<_>>().try_into().unwrap()
}

fn md5_cases(rng: &mut Rng) -> Vec<Case> {
    let k: Vec<u32> = (1..=64).map(|i| (f64::from(i).sin().abs() * 4_294_967_296.0) as u32).collect();
    [(0usize, 1usize), (7, 33), (55, 20)]
        .iter()
        .map(|&(length, count)| {
            let text = rng.bytes(length * count);
            let want: Vec<[u32; 4]> = (0..count).map(|i| md5(&text[i * length..][..length])).collect();
            let mut c = Case::new(format!("{count} of {length} bytes"));
            let (t, o) = (c.input(&text), c.output(&want));
            c.symbol("md5_k", &k);
            c.launch("md5_short", blocks(count, 32), 32, 0, args![t, length as i32, count as i32, o]);
            c
        })
        .collect()
}

const SHA256: &str = r#"
typedef unsigned int word;
typedef unsigned char byte;

static __constant__ const word K[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

#define ROR(x, n) (((x) >> (n)) | ((x) << (32 - (n))))
#define CH(x, y, z) (((x) & (y)) ^ (~(x) & (z)))
#define MAJ(x, y, z) (((x) & (y)) ^ ((x) & (z)) ^ ((y) & (z)))
#define EP0(x) (ROR(x, 2) ^ ROR(x, 13) ^ ROR(x, 22))
#define EP1(x) (ROR(x, 6) ^ ROR(x, 11) ^ ROR(x, 25))
#define SIG0(x) (ROR(x, 7) ^ ROR(x, 18) ^ ((x) >> 3))
#define SIG1(x) (ROR(x, 17) ^ ROR(x, 19) ^ ((x) >> 10))

struct Sha256 {
    word state[8];
    byte data[64];
    int used;
    unsigned long long bits;

    __device__ void init()
    {
        state[0] = 0x6a09e667; state[1] = 0xbb67ae85; state[2] = 0x3c6ef372; state[3] = 0xa54ff53a;
        state[4] = 0x510e527f; state[5] = 0x9b05688c; state[6] = 0x1f83d9ab; state[7] = 0x5be0cd19;
        used = 0;
        bits = 0;
    }
    __device__ void transform()
    {
        word m[64], s[8];
        for (int i = 0, j = 0; i < 16; ++i, j += 4)
            m[i] = (word)data[j] << 24 | (word)data[j + 1] << 16 | (word)data[j + 2] << 8 | (word)data[j + 3];
        for (int i = 16; i < 64; ++i) m[i] = SIG1(m[i - 2]) + m[i - 7] + SIG0(m[i - 15]) + m[i - 16];
        for (int i = 0; i < 8; i++) s[i] = state[i];
        for (int i = 0; i < 64; ++i) {
            word t1 = s[7] + EP1(s[4]) + CH(s[4], s[5], s[6]) + K[i] + m[i];
            word t2 = EP0(s[0]) + MAJ(s[0], s[1], s[2]);
            for (int k = 7; k > 0; k--) s[k] = s[k - 1];
            s[4] += t1;
            s[0] = t1 + t2;
        }
        for (int i = 0; i < 8; i++) state[i] += s[i];
    }
    __device__ void put(byte b)
    {
        data[used++] = b;
        if (used == 64) { transform(); used = 0; }
    }
    __device__ void update(const byte *p, size_t n)
    {
        bits += 8 * n;
        while (n--) put(*p++);
    }
    __device__ void finish(word *out)
    {
        put(0x80);
        while (used != 56) put(0);
        for (int s = 56; s >= 0; s -= 8) put((byte)(bits >> s));
        for (int i = 0; i < 8; i++) out[i] = state[i];
    }
};

__global__ void sha256(const byte *text, const int *starts, int count, word *out)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= count) return;
    Sha256 h;
    h.init();
    h.update(text + starts[i], starts[i + 1] - starts[i]);
    h.finish(out + 8 * i);
}
"#;

fn sha256(message: &[u8]) -> [u32; 8] {
    // The constants from their definition: fractional parts of roots of the first primes, by integer roots.
    let primes: Vec<u128> = (2u128..312).filter(|n| (2..*n).all(|d| n % d != 0)).collect();
    let root = |n: u128, power: u32| -> u32 {
        let target = n << (32 * power);
        let mut r = 0u128;
        for bit in (0..37).rev() {
            let next = r | 1 << bit;
            if next.pow(power) <= target {
                r = next;
            }
        }
        r as u32
    };
    let k: Vec<u32> = primes[..64].iter().map(|&p| root(p, 3)).collect();
    let mut h: Vec<u32> = primes[..8].iter().map(|&p| root(p, 2)).collect();
    let mut padded = message.to_vec();
    padded.push(0x80);
    while padded.len() % 64 != 56 {
        padded.push(0);
    }
    padded.extend((8 * message.len() as u64).to_be_bytes());
    for block in padded.chunks_exact(64) {
        let mut w: Vec<u32> = block.chunks(4).map(|c| u32::from_be_bytes(c.try_into().unwrap())).collect();
        for i in 16..64 {
            let (a, b) = (w[i - 15], w[i - 2]);
            let s0 = a.rotate_right(7) ^ a.rotate_right(18) ^ a >> 3;
            let s1 = b.rotate_right(17) ^ b.rotate_right(19) ^ b >> 10;
            w.push(w[i - 16].wrapping_add(s0).wrapping_add(w[i - 7]).wrapping_add(s1));
        }
        let mut s = h.clone();
        for i in 0..64 {
            let e1 = s[4].rotate_right(6) ^ s[4].rotate_right(11) ^ s[4].rotate_right(25);
            let choice = s[4] & s[5] ^ !s[4] & s[6];
            let t1 = [e1, choice, k[i], w[i]].iter().fold(s[7], |a, &b| a.wrapping_add(b));
            let e0 = s[0].rotate_right(2) ^ s[0].rotate_right(13) ^ s[0].rotate_right(22);
            let majority = s[0] & s[1] ^ s[0] & s[2] ^ s[1] & s[2];
            s.rotate_right(1);
            s[4] = s[4].wrapping_add(t1);
            s[0] = t1.wrapping_add(e0).wrapping_add(majority);
        }
        h.iter_mut().zip(s).for_each(|(h, s)| *h = h.wrapping_add(s));
    }
    h.try_into().unwrap()
}

/// AES-128 on one block a thread, S-box computed at run time into shared memory, state as four words.
const AES: &str = r#"
__device__ unsigned char gmul(unsigned char a, unsigned char b)
{
    unsigned char p = 0;
    for (int i = 0; i < 8; i++) {
        if (b & 1) p ^= a;
        unsigned char hi = a & 0x80;
        a <<= 1;
        if (hi) a ^= 0x1b;
        b >>= 1;
    }
    return p;
}

__global__ void aes128(const uchar4 *plain, uchar4 *cipher, const unsigned char *key, int count)
{
    __shared__ unsigned char sbox[256], rk[176];
    for (int v = threadIdx.x; v < 256; v += blockDim.x) {
        unsigned char inv = 0;
        for (int c = 1; c < 256 && v; c++)
            if (gmul((unsigned char)v, (unsigned char)c) == 1) { inv = (unsigned char)c; break; }
        unsigned char s = inv;
        for (int r = 1; r <= 4; r++) s ^= (unsigned char)((inv << r) | (inv >> (8 - r)));
        sbox[v] = s ^ 0x63;
    }
    __syncthreads();
    if (threadIdx.x == 0) {
        unsigned char rcon = 1;
        for (int i = 0; i < 16; i++) rk[i] = key[i];
        for (int i = 16; i < 176; i += 4) {
            unsigned char t[4] = {rk[i - 4], rk[i - 3], rk[i - 2], rk[i - 1]};
            if (i % 16 == 0) {
                unsigned char first = t[0];
                t[0] = sbox[t[1]] ^ rcon; t[1] = sbox[t[2]]; t[2] = sbox[t[3]]; t[3] = sbox[first];
                rcon = gmul(rcon, 2);
            }
            for (int j = 0; j < 4; j++) rk[i + j] = rk[i + j - 16] ^ t[j];
        }
    }
    __syncthreads();
    int id = blockIdx.x * blockDim.x + threadIdx.x;
    if (id >= count) return;
    unsigned char s[4][4];
    for (int c = 0; c < 4; c++) {
        uchar4 w = plain[id * 4 + c];
        s[0][c] = w.x ^ rk[4 * c]; s[1][c] = w.y ^ rk[4 * c + 1]; s[2][c] = w.z ^ rk[4 * c + 2]; s[3][c] = w.w ^ rk[4 * c + 3];
    }
    for (int round = 1; round <= 10; round++) {
        unsigned char t[4][4];
        for (int r = 0; r < 4; r++)
            for (int c = 0; c < 4; c++) t[r][c] = sbox[s[r][(c + r) & 3]];
        for (int c = 0; c < 4; c++)
            for (int r = 0; r < 4; r++) {
                unsigned char v = t[r][c];
                if (round < 10) v = gmul(t[r][c], 2) ^ gmul(t[(r + 1) & 3][c], 3) ^ t[(r + 2) & 3][c] ^ t[(r + 3) & 3][c];
                s[r][c] = v ^ rk[round * 16 + 4 * c + r];
            }
    }
    for (int c = 0; c < 4; c++) cipher[id * 4 + c] = make_uchar4(s[0][c], s[1][c], s[2][c], s[3][c]);
}
"#;

/// AES-128 with tables by logarithms, another way than the kernel's.
fn aes_block(block: &[u8], key: &[u8]) -> Vec<u8> {
    let (mut exp, mut log) = ([0u8; 512], [0usize; 256]);
    let mut x = 1u8;
    for i in 0..255 {
        (exp[i], exp[i + 255], log[x as usize]) = (x, x, i);
        x ^= (x << 1) ^ (x >> 7) * 0x1b;
    }
    let mul = |a: u8, b: u8| if a == 0 || b == 0 { 0 } else { exp[log[a as usize] + log[b as usize]] };
    let sub = |v: u8| {
        let inv = if v == 0 { 0 } else { exp[255 - log[v as usize]] };
        (0..5).fold(0x63, |s, r| s ^ inv.rotate_left(r))
    };
    let mut rk = key.to_vec();
    let mut rcon = 1;
    for i in (16..176).step_by(4) {
        let mut t = rk[i - 4..i].to_vec();
        if i % 16 == 0 {
            t.rotate_left(1);
            t.iter_mut().for_each(|v| *v = sub(*v));
            t[0] ^= rcon;
            rcon = mul(rcon, 2);
        }
        (0..4).for_each(|j| rk.push(rk[i + j - 16] ^ t[j]));
    }
    let mut s: Vec<u8> = block.iter().zip(&rk).map(|(a, b)| a ^ b).collect();
    for round in 1..=10 {
        let t: Vec<u8> = (0..16).map(|i| sub(s[(i + 4 * (i % 4)) % 16])).collect();
        for i in 0..16 {
            let at = |r: usize| t[i / 4 * 4 + (i + r) % 4];
            let v = if round < 10 { mul(at(0), 2) ^ mul(at(1), 3) ^ at(2) ^ at(3) } else { at(0) };
            s[i] = v ^ rk[16 * round + i];
        }
    }
    s
}

fn aes(rng: &mut Rng) -> Vec<Case> {
    [1usize, 33, 70]
        .iter()
        .map(|&n| {
            let (text, key) = (rng.bytes(16 * n), rng.bytes(16));
            let want: Vec<u8> = text.chunks(16).flat_map(|b| aes_block(b, &key)).collect();
            let mut c = Case::new(format!("{n} blocks"));
            let (p, o, k) = (c.input(&text), c.output(&want), c.input(&key));
            c.launch("aes128", blocks(n, 32), 32, 0, args![p, o, k, n as i32]);
            c
        })
        .collect()
}

/// Open addressing with atomicCAS, counts per key by atomicAdd, then look-ups with misses.
const TABLE: &str = r#"
typedef unsigned long long Slot;
#define EMPTY 0xffffffffu

__device__ unsigned hash(unsigned k)
{
    k ^= k >> 16; k *= 0x7feb352du; k ^= k >> 15; k *= 0x846ca68bu; k ^= k >> 16;
    return k;
}

__global__ void table_insert(unsigned *keys, unsigned *counts, unsigned capacity, const unsigned *input, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    unsigned key = input[i];
    unsigned slot = hash(key) & (capacity - 1);
    while (true) {
        unsigned prev = atomicCAS(&keys[slot], EMPTY, key);
        if (prev == EMPTY || prev == key) {
            atomicAdd(&counts[slot], 1u);
            return;
        }
        slot = (slot + 1) & (capacity - 1);
    }
}

__global__ void table_lookup(const unsigned *keys, const unsigned *counts, unsigned capacity, const unsigned *queries, unsigned *out, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    unsigned slot = hash(queries[i]) & (capacity - 1), found = 0;
    for (; keys[slot] != EMPTY; slot = (slot + 1) & (capacity - 1))
        if (keys[slot] == queries[i]) { found = counts[slot]; break; }
    out[i] = found;
}
"#;

fn table(rng: &mut Rng) -> Vec<Case> {
    [0usize, 1, 100, 511]
        .iter()
        .map(|&n| {
            let capacity = (2 * n).next_power_of_two().max(2);
            let input = rng.vec(n, |r| r.below(n) as u32 * 7);
            let queries: Vec<u32> = (0..n as u32 + 5).map(|i| i * 7 / 2).collect();
            let want: Vec<u32> =
                queries.iter().map(|q| input.iter().filter(|k| *k == q).count() as u32).collect();
            let mut c = Case::new(format!("n={n}"));
            let (k, v) = (c.scratch(&vec![u32::MAX; capacity]), c.scratch(&vec![0u32; capacity]));
            let (i, q, o) = (c.input(&input), c.input(&queries), c.output(&want));
            c.launch("table_insert", blocks(n, 64), 64, 0, args![k, v, capacity as u32, i, n as i32]);
            let m = queries.len();
            c.launch("table_lookup", blocks(m, 64), 64, 0, args![k, v, capacity as u32, q, o, m as i32]);
            c
        })
        .collect()
}

const BASE64: &str = r#"
__constant__ char alphabet[65] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

extern "C" __global__ void base64_encode(const unsigned char *in, int n, char *out)
{
    int t = blockIdx.x * blockDim.x + threadIdx.x;
    int at = 3 * t;
    if (at >= n) return;
    int left = n - at;
    unsigned v = in[at] << 16;
    if (left > 1) v |= in[at + 1] << 8;
    if (left > 2) v |= in[at + 2];
    char *o = out + 4 * t;
    o[0] = alphabet[v >> 18 & 63];
    o[1] = alphabet[v >> 12 & 63];
    o[2] = left > 1 ? alphabet[v >> 6 & 63] : '=';
    o[3] = left > 2 ? alphabet[v & 63] : '=';
}

__device__ int value(char c)
{
    if ('A' <= c && c <= 'Z') return c - 'A';
    if ('a' <= c && c <= 'z') return c - 'a' + 26;
    if ('0' <= c && c <= '9') return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

extern "C" __global__ void base64_decode(const char4 *in, int quads, unsigned char *out, int n)
{
    int t = blockIdx.x * blockDim.x + threadIdx.x;
    if (t >= quads) return;
    char4 q = in[t];
    int v[4] = {value(q.x), value(q.y), value(q.z), value(q.w)};
    unsigned bits = 0;
    for (int k = 0; k < 4; k++) bits = bits << 6 | (v[k] < 0 ? 0 : v[k]);
    for (int k = 0; k < 3; k++)
        if (3 * t + k < n) out[3 * t + k] = (unsigned char)(bits >> (16 - 8 * k));
}
"#;

fn base64(rng: &mut Rng) -> Vec<Case> {
    let alphabet: Vec<u8> =
        (b'A'..=b'Z').chain(b'a'..=b'z').chain(b'0'..=b'9').chain([b'+', b'/']).collect();
    [0usize, 1, 2, 3, 100, 301]
        .iter()
        .map(|&n| {
            let text = rng.bytes(n);
            let mut want = Vec::new();
            for chunk in text.chunks(3) {
                let bits: Vec<bool> = chunk.iter().flat_map(|b| (0..8).rev().map(move |k| b >> k & 1 == 1)).collect();
                let mut quad: Vec<u8> = bits
                    .chunks(6)
                    .map(|six| alphabet[(0..6).fold(0, |v, k| 2 * v + usize::from(six.get(k) == Some(&true)))])
                    .collect();
                quad.resize(4, b'=');
                want.extend(quad);
            }
            let quads = n.div_ceil(3);
            let mut c = Case::new(format!("n={n}"));
            let (t, e, d) = (c.input(&text), c.output(&want), c.output(&text));
            c.launch("base64_encode", blocks(quads, 32), 32, 0, args![t, n as i32, e]);
            c.launch("base64_decode", blocks(quads, 32), 32, 0, args![e, quads as i32, d, n as i32]);
            c
        })
        .collect()
}

pub fn kernels() -> Vec<Kernel> {
    vec![
        kernel("hash_fnv1a", S0, FNV, |r| per_message("fnv1a", r, fnv)),
        kernel("hash_murmur3", S0, MURMUR3, |r| per_message("murmur3_32", r, murmur3)),
        kernel("hash_xxh32", S3, XXHASH, |r| per_message("xxh32", r, |t| xxh32(t, 0) ^ xxh32(&[], 7))),
        kernel("hash_crc32", S1, CRC32, crc32),
        kernel("hash_adler32", S0, ADLER, |r| per_message("adler32", r, adler)),
        kernel("hash_md5", S1, MD5, md5_cases),
        kernel("hash_sha256", S5, SHA256, |r| per_message("sha256", r, sha256)),
        kernel("cipher_aes128", S1, AES, aes),
        kernel("hash_table", S0, TABLE, table),
        kernel("base64", S1, BASE64, base64),
    ]
}
