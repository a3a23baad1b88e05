//! Strings and sequences: matching, distances, alignments, parsing, and code lengths.

use super::case::Stage::*;
use super::case::*;
use super::rng::Rng;

fn letters(rng: &mut Rng, n: usize, kinds: usize) -> Vec<u8> {
    rng.vec(n, |r| b'a' + r.below(kinds) as u8)
}

const NAIVE: &str = r#"
extern "C" __global__ void match_naive(const char *text, int n, const char *pattern, int m, int *found)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i > n - m) return;
    int j = 0;
    while (j < m && text[i + j] == pattern[j]) j++;
    if (j == m) atomicAdd(found, 1);
}
"#;

/// Every thread scans a piece with the failure table in shared memory; pieces overlap by m - 1.
const KMP: &str = r#"
#define MAXM 32

__global__ void match_kmp(const char *text, int n, const char *pattern, int m, int piece, int *found)
{
    __shared__ int fail[MAXM + 1];
    __shared__ char p[MAXM];
    if (threadIdx.x < m) p[threadIdx.x] = pattern[threadIdx.x];
    __syncthreads();
    if (threadIdx.x == 0) {
        fail[0] = -1;
        for (int i = 0, j = -1; i < m;) {
            while (j >= 0 && p[i] != p[j]) j = fail[j];
            fail[++i] = ++j;
        }
    }
    __syncthreads();
    const int begin = (blockIdx.x * blockDim.x + threadIdx.x) * piece;
    const int end = min(n, begin + piece + m - 1);
    int state = 0, hits = 0;
    for (int i = begin; i < end; i++) {
        while (state >= 0 && (state == m || p[state] != text[i])) state = fail[state];
        if (++state == m) hits++;
    }
    if (hits) atomicAdd(found, hits);
}
"#;

/// Horspool with the skip table in constant memory.
const HORSPOOL: &str = r#"
__constant__ unsigned char skip[256];
__constant__ unsigned char needle[32];

__global__ void match_horspool(const unsigned char *text, int n, int m, int piece, int *found)
{
    int begin = (blockIdx.x * blockDim.x + threadIdx.x) * piece;
    int last = min(begin + piece, n - m + 1);
    for (int i = begin; i < last; i += skip[text[i + m - 1]]) {
        int j = m - 1;
        for (; j >= 0; --j)
            if (text[i + j] != needle[j]) break;
        if (j < 0) atomicAdd(found, 1);
    }
}
"#;

fn matching(rng: &mut Rng, which: usize) -> Vec<Case> {
    [(0usize, 1usize, 2usize), (5, 5, 1), (300, 3, 2), (700, 6, 2), (100, 30, 2)]
        .iter()
        .map(|&(n, m, kinds)| {
            let (text, pattern) = (letters(rng, n, kinds), letters(rng, m, kinds));
            let count = if n < m { 0 } else { text.windows(m).filter(|w| *w == pattern).count() } as i32;
            let mut c = Case::new(format!("{m} in {n}, {count} hits"));
            let (t, f) = (c.input(&text), c.inout(&[0i32], &[count]));
            let (ni, mi) = (n as i32, m as i32);
            let (piece, threads) = (13i32, 32usize);
            let grid = blocks(n, 13 * threads);
            match which {
                0 => {
                    let p = c.input(&pattern);
                    c.launch("match_naive", blocks(n, 64), 64, 0, args![t, ni, p, mi, f]);
                }
                1 => {
                    let p = c.input(&pattern);
                    c.launch("match_kmp", grid, threads, 0, args![t, ni, p, mi, piece, f]);
                }
                _ => {
                    let mut skip = [m as u8; 256];
                    (0..m - 1).for_each(|j| skip[usize::from(pattern[j])] = (m - 1 - j) as u8);
                    c.symbol("skip", &skip);
                    c.symbol("needle", &pattern);
                    c.launch("match_horspool", grid, threads, 0, args![t, ni, mi, piece, f]);
                }
            }
            c
        })
        .collect()
}

fn levenshtein(a: &[u8], b: &[u8]) -> i32 {
    let mut row: Vec<i32> = (0..=b.len() as i32).collect();
    for (i, x) in a.iter().enumerate() {
        let mut corner = row[0];
        row[0] = i as i32 + 1;
        for (j, y) in b.iter().enumerate() {
            let best = (corner + i32::from(x != y)).min(row[j] + 1).min(row[j + 1] + 1);
            corner = row[j + 1];
            row[j + 1] = best;
        }
    }
    row[b.len()]
}

/// Wavefront over anti-diagonals: three rolling diagonals in dynamic shared memory.
const EDIT_DISTANCE: &str = r#"
__global__ void edit_distance(const char *a, int n, const char *b, int m, int *result)
{
    extern __shared__ int diag[];
    int *prev2 = diag, *prev = diag + (n + 1), *cur = diag + 2 * (n + 1);
    for (int d = 0; d <= n + m; d++) {
        int lo = max(0, d - m), hi = min(n, d);
        for (int i = lo + threadIdx.x; i <= hi; i += blockDim.x) {
            int j = d - i, v;
            if (i == 0) v = j;
            else if (j == 0) v = i;
            else v = min(min(prev[i - 1], prev[i]) + 1, prev2[i - 1] + (a[i - 1] != b[j - 1]));
            cur[i] = v;
        }
        __syncthreads();
        int *t = prev2;
        prev2 = prev;
        prev = cur;
        cur = t;
    }
    if (threadIdx.x == 0) *result = prev[n];
}
"#;

fn edit_distance(rng: &mut Rng) -> Vec<Case> {
    [(0usize, 0usize), (0, 7), (1, 1), (33, 20), (70, 90)]
        .iter()
        .map(|&(n, m)| {
            let (a, b) = (letters(rng, n, 4), letters(rng, m, 4));
            let mut c = Case::new(format!("{n} and {m}"));
            let (x, y, r) = (c.input(&a), c.input(&b), c.output(&[levenshtein(&a, &b)]));
            c.launch("edit_distance", 1, 32, 12 * (n + 1), args![x, n as i32, y, m as i32, r]);
            c
        })
        .collect()
}

/// Smith-Waterman with linear gaps, one anti-diagonal a launch, best score by atomicMax.
const SMITH_WATERMAN: &str = r#"
struct Scores { short match, mismatch, gap; };

__device__ int best_of(int a, int b, int c, int d = 0) { return max(max(a, b), max(c, d)); }

extern "C" __global__ void sw_diagonal(const char *a, int n, const char *b, int m, int d, Scores s, int *H, int *best)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x + 1, j = d - i;
    if (i > n || j < 1 || j > m) return;
    int w = m + 1;
    int sub = a[i - 1] == b[j - 1] ? s.match : s.mismatch;
    int h = best_of(H[(i - 1) * w + j - 1] + sub, H[(i - 1) * w + j] + s.gap, H[i * w + j - 1] + s.gap);
    H[i * w + j] = h;
    atomicMax(best, h);
}
"#;

fn smith_waterman(rng: &mut Rng) -> Vec<Case> {
    [(1usize, 1usize), (20, 33), (40, 17)]
        .iter()
        .map(|&(n, m)| {
            let (a, b) = (letters(rng, n, 4), letters(rng, m, 4));
            let s = [3i16, -2, -4];
            let w = m + 1;
            let mut h = vec![0i32; (n + 1) * w];
            for i in 1..=n {
                for j in 1..=m {
                    let sub = i32::from(if a[i - 1] == b[j - 1] { s[0] } else { s[1] });
                    let gap = i32::from(s[2]);
                    let options = [h[(i - 1) * w + j - 1] + sub, h[(i - 1) * w + j] + gap, h[i * w + j - 1] + gap, 0];
                    h[i * w + j] = *options.iter().max().unwrap();
                }
            }
            let best = *h.iter().max().unwrap();
            let mut c = Case::new(format!("{n} and {m}"));
            let (x, y) = (c.input(&a), c.input(&b));
            let (t, r) = (c.inout(&vec![0i32; (n + 1) * w], &h), c.inout(&[0i32], &[best]));
            for d in 2..=n + m {
                let args = args![x, n as i32, y, m as i32, d as i32, by_value(&s), t, r];
                c.launch("sw_diagonal", blocks(n, 32), 32, 0, args);
            }
            c
        })
        .collect()
}

/// Longest common subsequence of many pairs: bit-parallel, one pair a thread, 64 letters a word.
const LCS: &str = r#"
__global__ void lcs_bits(const unsigned char *a, const unsigned char *b, int la, int lb, int pairs, int *out)
{
    int id = blockIdx.x * blockDim.x + threadIdx.x;
    if (id >= pairs) return;
    unsigned long long where[8];
    for (int k = 0; k < 8; k++) where[k] = 0;
    for (int i = 0; i < la; i++) where[a[id * la + i] - 'a'] |= 1ULL << i;
    unsigned long long s = ~0ULL;
    for (int j = 0; j < lb; j++) {
        unsigned long long m = where[b[id * lb + j] - 'a'];
        unsigned long long u = s & m;
        s = (s + u) | (s - u);
    }
    unsigned long long live = la == 64 ? ~0ULL : (1ULL << la) - 1;
    out[id] = __popcll(~s & live);
}
"#;

fn lcs(rng: &mut Rng) -> Vec<Case> {
    [(1usize, 1usize, 1usize), (33, 40, 50), (64, 70, 33)]
        .iter()
        .map(|&(la, lb, pairs)| {
            let (a, b) = (letters(rng, la * pairs, 8), letters(rng, lb * pairs, 8));
            let want: Vec<i32> = a
                .chunks(la)
                .zip(b.chunks(lb))
                .map(|(a, b)| {
                    let mut row = vec![0; b.len() + 1];
                    for x in a {
                        let mut corner = 0;
                        for (j, y) in b.iter().enumerate() {
                            let above = row[j + 1];
                            row[j + 1] = if x == y { corner + 1 } else { above.max(row[j]) };
                            corner = above;
                        }
                    }
                    row[b.len()]
                })
                .collect();
            let mut c = Case::new(format!("{pairs} pairs of {la} and {lb}"));
            let (x, y, o) = (c.input(&a), c.input(&b), c.output(&want));
            c.launch("lcs_bits", blocks(pairs, 32), 32, 0, args![x, y, la as i32, lb as i32, pairs as i32, o]);
            c
        })
        .collect()
}

/// Decimal integers of a CSV text, one field a thread, with signs, blanks and errors.
const PARSE_INTS: &str = r#"
enum Status : unsigned char { OK = 0, EMPTY, BAD, OVERFLOW_ };

__device__ bool is_digit(char c) { return c >= '0' && c <= '9'; }

__device__ Status parse(const char *&p, const char *end, int &value)
{
    while (p != end && *p == ' ') ++p;
    if (p == end) return EMPTY;
    bool negative = false;
    if (*p == '-' || *p == '+') negative = *p++ == '-';
    if (p == end || !is_digit(*p)) return BAD;
    long long v = 0;
    for (; p != end && is_digit(*p); ++p) {
        v = v * 10 + (*p - '0');
        if (v > 2147483648LL) return OVERFLOW_;
    }
    while (p != end && *p == ' ') ++p;
    if (p != end) return BAD;
    if (negative) v = -v;
    if (v > 2147483647LL) return OVERFLOW_;
    value = static_cast<int>(v);
    return OK;
}

__global__ void parse_ints(const char *text, const int *offsets, int fields, int *values, unsigned char *status)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= fields) return;
    const char *p = text + offsets[i];
    int v = 0;
    status[i] = parse(p, text + offsets[i + 1] - 1, v);
    values[i] = v;
}
"#;

fn parse_ints(rng: &mut Rng) -> Vec<Case> {
    [1usize, 64, 99]
        .iter()
        .map(|&n| {
            let (mut text, mut offsets, mut values, mut status) = (String::new(), vec![0i32], vec![], vec![]);
            for i in 0..n {
                let number = rng.u32() as i32 >> rng.below(31);
                let (field, value, code) = match i % 9 {
                    0 => (format!("  {number} "), number, 0u8),
                    1 => ("".into(), 0, 1),
                    2 => ("12x".into(), 0, 2),
                    3 => ("-2147483648".into(), i32::MIN, 0),
                    4 => ("2147483648".into(), 0, 3),
                    5 => ("- 5".into(), 0, 2),
                    6 => ("99999999999999999999".into(), 0, 3),
                    7 => ("+007".into(), 7, 0),
                    _ => (number.to_string(), number, 0),
                };
                text += &field;
                text.push(',');
                offsets.push(text.len() as i32);
                values.push(value);
                status.push(code);
            }
            let mut c = Case::new(format!("{n} fields"));
            let (t, o) = (c.input(text.as_bytes()), c.input(&offsets));
            let (v, s) = (c.output(&values), c.output(&status));
            c.launch("parse_ints", blocks(n, 32), 32, 0, args![t, o, n as i32, v, s]);
            c
        })
        .collect()
}

/// Words counted by a two-state machine whose composition is scanned across a block.
const WORD_COUNT: &str = r#"
__device__ __constant__ const char spaces[] = " \t\n\r";

__device__ bool is_space(char c)
{
    for (const char *s = spaces; *s; s++)
        if (*s == c) return true;
    return false;
}

extern "C" __global__ void word_count(const char *text, int n, int *words, int *lines, int *longest)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    bool start = i < n && !is_space(text[i]) && (i == 0 || is_space(text[i - 1]));
    int w = __syncthreads_count(start);
    int l = __syncthreads_count(i < n && text[i] == '\n');
    if (threadIdx.x == 0) {
        if (w) atomicAdd(words, w);
        if (l) atomicAdd(lines, l);
    }
    if (start) {
        int len = 1;
        while (i + len < n && !is_space(text[i + len])) len++;
        atomicMax(longest, len);
    }
}
"#;

fn word_count(rng: &mut Rng) -> Vec<Case> {
    [0usize, 1, 63, 64, 500]
        .iter()
        .map(|&n| {
            let text = rng.vec(n, |r| b"abcdef  \n\t"[r.below(10)]);
            let string = String::from_utf8(text.clone()).unwrap();
            let words: Vec<&str> = string.split_ascii_whitespace().collect();
            let longest = words.iter().map(|w| w.len()).max().unwrap_or(0) as i32;
            let lines = text.iter().filter(|&&b| b == b'\n').count() as i32;
            let mut c = Case::new(format!("n={n}"));
            let t = c.input(&text);
            let (w, l, m) =
                (c.inout(&[0i32], &[words.len() as i32]), c.inout(&[0i32], &[lines]), c.inout(&[0i32], &[longest]));
            c.launch("word_count", blocks(n, 64), 64, 0, args![t, n as i32, w, l, m]);
            c
        })
        .collect()
}

/// Huffman code lengths of a small alphabet by repeated merging in shared memory, one table a block.
const HUFFMAN: &str = r#"
#define SYMBOLS 16

__global__ void huffman_lengths(const unsigned *freq, unsigned char *lengths, unsigned *cost)
{
    __shared__ unsigned weight[2 * SYMBOLS];
    __shared__ short parent[2 * SYMBOLS];
    const int t = threadIdx.x;
    if (t < SYMBOLS) { weight[t] = freq[blockIdx.x * SYMBOLS + t]; parent[t] = weight[t] ? -1 : -2; }
    __syncthreads();
    __shared__ int nodes;
    if (t == 0) {
        nodes = SYMBOLS;
        while (true) {
            int a = -1, b = -1;
            for (int i = 0; i < nodes; i++) {
                if (parent[i] != -1) continue;
                if (a < 0 || weight[i] < weight[a]) { b = a; a = i; }
                else if (b < 0 || weight[i] < weight[b]) b = i;
            }
            if (b < 0) break;
            weight[nodes] = weight[a] + weight[b];
            parent[nodes] = -1;
            parent[a] = parent[b] = (short)nodes;
            ++nodes;
        }
        cost[blockIdx.x] = 0;
    }
    __syncthreads();
    if (t < SYMBOLS) {
        int len = 0;
        for (int i = t; parent[i] >= 0; i = parent[i]) len++;
        lengths[blockIdx.x * SYMBOLS + t] = (unsigned char)len;
        atomicAdd(&cost[blockIdx.x], len * weight[t]);
    }
}
"#;

fn huffman(rng: &mut Rng) -> Vec<Case> {
    [1usize, 5, 20]
        .iter()
        .map(|&tables| {
            let freq = rng.vec(16 * tables, |r| if r.below(4) == 0 { 0 } else { 1 + r.below(1000) as u32 });
            // The optimal cost is unique: the sum of all inner nodes; lengths must add up to it and to Kraft's sum.
            let cost: Vec<u32> = freq
                .chunks(16)
                .map(|f| {
                    let mut heap: Vec<u32> = f.iter().copied().filter(|&v| v > 0).collect();
                    let mut cost = 0;
                    while heap.len() > 1 {
                        heap.sort_unstable_by(|a, b| b.cmp(a));
                        let sum = heap.pop().unwrap() + heap.pop().unwrap();
                        cost += sum;
                        heap.push(sum);
                    }
                    cost
                })
                .collect();
            let f = freq.clone();
            let kraft = move |got: &[u8]| {
                for (lengths, freq) in got.chunks(16).zip(f.chunks(16)) {
                    let used = freq.iter().filter(|&&v| v > 0).count();
                    let sum: f64 = (0..16).filter(|&i| freq[i] > 0).map(|i| 0.5f64.powi(lengths[i].into())).sum();
                    if (used > 1 && sum != 1.0) || (0..16).any(|i| freq[i] == 0 && lengths[i] != 0) {
                        return Err(format!("{lengths:?} for {freq:?}"));
                    }
                }
                Ok(())
            };
            let mut c = Case::new(format!("{tables} tables"));
            let (x, l) = (c.input(&freq), c.buffer(vec![0xA5; 16 * tables], Expect::Judge(Box::new(kraft))));
            let k = c.output(&cost);
            c.launch("huffman_lengths", tables, 32, 0, args![x, l, k]);
            c
        })
        .collect()
}

pub fn kernels() -> Vec<Kernel> {
    vec![
        kernel("text_match_naive", S0, NAIVE, |r| matching(r, 0)),
        kernel("text_match_kmp", S0, KMP, |r| matching(r, 1)),
        kernel("text_match_horspool", S1, HORSPOOL, |r| matching(r, 2)),
        kernel("text_edit_distance", S1, EDIT_DISTANCE, edit_distance),
        kernel("text_smith_waterman", S3, SMITH_WATERMAN, smith_waterman),
        kernel("text_lcs_bits", S0, LCS, lcs),
        kernel("text_parse_ints", S3, PARSE_INTS, parse_ints),
        kernel("text_word_count", S1, WORD_COUNT, word_count),
        kernel("text_huffman", S0, HUFFMAN, huffman),
    ]
}
