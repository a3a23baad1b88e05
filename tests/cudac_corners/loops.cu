// Loops: bounds that change inside, counters that wrap, steps of every kind, and several ways out.

#define ARGS int *o, float *f, long long *l, const int *a, const float *b, int n
#define LINEAR ((threadIdx.z * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x)
#define ALL (gridDim.x * (blockDim.x * blockDim.y * blockDim.z))
#define ME (blockIdx.x * (blockDim.x * blockDim.y * blockDim.z) + LINEAR)

extern "C" __global__ void stride_int(ARGS) {
    float s = 0;
    for (int i = ME; i < n; i += ALL) s += b[i] * 0.5f;
    f[ME] = s;
}
extern "C" __global__ void stride_in_place(ARGS) {
    int all = ALL;
    for (int i = ME; i < 8192; i += all) f[i] = i < 4096 ? b[i] : 1.0f;
    // Each thread reads what it wrote itself, a round before.
    for (int i = ME + all; i < 8192; i += all) f[i] = f[i] + f[i - all] * 0.5f;
}
extern "C" __global__ void stride_bound_in_memory(ARGS) {
    // The bound is what the thread itself writes.
    unsigned me = ME;
    l[me] = 40;
    int c = 0;
    for (int i = threadIdx.x; i < l[me]; i += blockDim.x) {
        c += a[i];
        l[me] -= i & 3;
    }
    o[me] = c;
}
extern "C" __global__ void stride_bound_changes(ARGS) {
    unsigned me = ME;
    int m = n & 1023, c = 0;
    for (int i = threadIdx.x; i < m; i += blockDim.x) {
        c += a[i];
        if (c & 1) m--;
    }
    o[me] = c;
    l[me] = m;
}
extern "C" __global__ void stride_index_changes(ARGS) {
    unsigned me = ME;
    int c = 0;
    for (int i = threadIdx.x; i < (n & 511); i += blockDim.x) {
        c += a[i];
        if (a[i] & 8) i += 3;
    }
    o[me] = c;
}
extern "C" __global__ void stride_near_unsigned_end(ARGS) {
    unsigned me = ME;
    unsigned rounds = 0;
    unsigned long long sum = 0;
    for (unsigned i = 0xfffff000u + threadIdx.x; i < 0xffffff80u; i += blockDim.x) {
        sum += i ^ a[i & 4095];
        if (++rounds == 50) break;
    }
    o[me] = rounds;
    l[me] = sum;
}
extern "C" __global__ void stride_near_signed_end(ARGS) {
    unsigned me = ME;
    int rounds = 0;
    float s = 0;
    for (int i = 0x7fffe000 + (int)threadIdx.x; i <= 0x7ffffb00; i += 1024) {
        rounds++;
        s += b[i & 4095];
    }
    o[me] = rounds;
    f[me] = s;
}
extern "C" __global__ void stride_wraps_round(ARGS) {
    // Unsigned, and it goes on behind the wrap until a multiple is hit.
    unsigned me = ME, rounds = 0, i = 0xffffff00u + threadIdx.x * 2;
    float s = 0;
    while (i != threadIdx.x * 2 + 64u) {
        s += b[i & 4095];
        i += 64u;
        rounds++;
    }
    o[me] = rounds;
    f[me] = s;
}
extern "C" __global__ void stride_long(ARGS) {
    long long m = (long long)(n < 0 ? 0 : n);
    double s = 0;
    for (long long i = ME; i < m; i += (long long)ALL) s += b[i];
    l[ME] = __double_as_longlong(s);
}
extern "C" __global__ void stride_size_t(ARGS) {
    float s = 0;
    for (size_t i = ME, e = n < 0 ? 0 : n; i < e; i += ALL) s += b[i] - (float)(i & 7);
    f[ME] = s;
}
extern "C" __global__ void stride_zero_length_unsigned(ARGS) {
    // n - 5 wraps for small n, but not beyond the buffer.
    unsigned m = (unsigned)n - 5u, c = 0;
    for (unsigned i = ME; i < m && i < 4096u; i += ALL) c += a[i];
    o[ME] = c;
}
extern "C" __global__ void stride_down(ARGS) {
    int c = 0, all = ALL;
    for (int i = (n & 4095) - 1 - (int)ME; i >= 0; i -= all) c = c * 3 + a[i];
    o[ME] = c;
}
extern "C" __global__ void stride_down_unsigned(ARGS) {
    int c = 0;
    for (unsigned i = (n & 63) + ME; i-- > ME;) c = c * 5 + a[i & 4095];
    o[ME] = c;
}
extern "C" __global__ void stride_pointer(ARGS) {
    float s = 0;
    for (const float *p = b + ME, *e = b + (n & 4095); p < e; p += ALL) s = s * 0.5f + *p;
    f[ME] = s;
}
extern "C" __global__ void stride_pointer_down(ARGS) {
    float s = 0;
    const float *p = b + 4095 - ME;
    for (int i = ME; i < (n & 4095); i += ALL) {
        s = s * 0.5f + *p + b[i];
        p -= ALL;
    }
    f[ME] = s;
}
extern "C" __global__ void stride_break(ARGS) {
    int c = 0, i;
    for (i = ME; i < (n & 4095); i += ALL) {
        if (a[i] > 180) break;
        c += a[i];
    }
    o[ME] = c;
    l[ME] = i;
}
extern "C" __global__ void stride_continue(ARGS) {
    int c = 0;
    for (int i = ME; i < (n & 4095); i += ALL) {
        if (a[i] < 30) continue;
        if (a[i] < 60) {
            c ^= a[i];
            continue;
        }
        c += i;
    }
    o[ME] = c;
}
extern "C" __global__ void stride_return(ARGS) {
    o[ME] = -1;
    for (int i = ME; i < (n & 4095); i += ALL) {
        if (a[i] == 77) {
            o[ME] = i;
            return;
        }
    }
    l[ME] = 3;
}
extern "C" __global__ void stride_two_counters(ARGS) {
    float s = 0;
    int k = 0;
    for (int i = ME, j = 4095 - ME; i < j; i += ALL, j -= ALL) {
        s += b[i] - b[j];
        k += j - i;
    }
    f[ME] = s;
    o[ME] = k;
}
extern "C" __global__ void stride_nested(ARGS) {
    int c = 0;
    for (int y = threadIdx.y; y < 40; y += blockDim.y)
        for (int x = threadIdx.x; x < 64; x += blockDim.x) c = c * 3 + a[y * 64 + x] + (int)blockIdx.x;
    o[ME] = c;
}
extern "C" __global__ void stride_with_inner(ARGS) {
    for (int i = ME; i < 4096; i += ALL) {
        int c = 0, k = a[i] & 7;
        while (k-- > 0) c += a[(i + k) & 4095];
        o[i] = c;
    }
}
extern "C" __global__ void stride_step_of_memory(ARGS) {
    int step = (a[1] & 31) + 16, c = 0;
    for (int i = threadIdx.x; i < (n & 2047); i += step) c += a[i] ^ i;
    o[ME] = c;
}
extern "C" __global__ void stride_after_return(ARGS) {
    if (threadIdx.x > 20) return;
    float s = 1;
    for (int i = ME; i < (n & 4095); i += ALL) s += b[i];
    f[ME] = s;
}
extern "C" __global__ void stride_under_condition(ARGS) {
    float s = 1;
    if (a[ME & 4095] & 1)
        for (int i = ME; i < (n & 4095); i += ALL) s += b[i];
    f[ME] = s;
}
extern "C" __global__ void stride_last_value(ARGS) {
    int last = -1;
    float keep = 0;
    for (int i = ME; i < (n & 4095); i += ALL) {
        last = i;
        keep = b[i];
    }
    o[ME] = last;
    f[ME] = keep;
}
extern "C" __global__ void stride_le_of_end(ARGS) {
    // <= with the largest bound: the counter wraps, the way out is another one.
    unsigned c = 0, rounds = 0;
    for (unsigned i = 0xffffffffu - 4000u + threadIdx.x; i <= 0xffffffffu; i += 512u) {
        c += a[i & 4095];
        if (++rounds > 20u) break;
    }
    o[ME] = c;
    l[ME] = rounds;
}
extern "C" __global__ void short_counters(ARGS) {
    int c = 0;
    for (unsigned char k = threadIdx.x; k < 200; k += 7) {
        c += k;
        if (c > 5000) break;
    }
    for (signed char k = 100; k > 0; k += 9) c += k * a[k];
    for (short k = (short)(threadIdx.x & 15); k < 300; k = (short)(k + 41)) c ^= k;
    o[ME] = c;
}
extern "C" __global__ void known_trips(ARGS) {
    int c = 0;
    for (int i = 10; i > -10; i -= 3) c = c * 3 + a[i + 20];
    for (unsigned i = 3; i < 50; i *= 2) c += a[i];
    for (int i = 0; i != 12; i += 4) c ^= a[i] + (int)threadIdx.x;
    for (int i = 5; i <= 5; i++) c += 7;
    for (int i = 5; i < 5; i++) c += 100;
    for (unsigned i = 4; i-- > 0;) c = c * 5 + a[i];
    int i = 0;
    do c += a[i];
    while (++i < 3);
    o[ME] = c;
}
extern "C" __global__ void divergent_trips(ARGS) {
    int c = 0, k = 0;
    for (;; k++) {
        if (a[(ME + k) & 4095] & 3) c += k;
        else break;
        if (c > 40 && (k & 1)) break;
    }
    o[ME] = k;
    l[ME] = c;
}
extern "C" __global__ void uniform_counter_divergent_exit(ARGS) {
    int r = 0, seen = 0;
    while (r < 20) {
        seen = a[r];
        if (r == (int)(threadIdx.x % 7)) break;
        r++;
    }
    o[ME] = seen * 32 + r;
}
extern "C" __global__ void loops_by_goto(ARGS) {
    int i = threadIdx.x & 7, c = 0;
again:
    c += a[i];
    if (c & 1) goto other;
    if (++i < 20) goto again;
    goto done;
other:
    c += 3;
    i += 2;
    if (i < 30) goto again;
done:
    o[ME] = c;
    l[ME] = i;
}
extern "C" __global__ void switch_in_loop(ARGS) {
    int c = 1;
    for (int i = 0; i < 12; i++) {
        switch (a[(ME + i) & 4095] & 7) {
        case 0: c += 3;
        case 1: c *= 2; break;
        case 5: continue;
        case 7: i++; break;
        default: c ^= i;
        }
        c += 1;
    }
    o[ME] = c;
}
// Strips with signed and unsigned indices that are used in several widths.
extern "C" __global__ void strip_of_both_signs(ARGS) {
    float s = 0;
    for (int i = ME; i < (n & 4095); i += ALL) {
        unsigned u = i - 3u;
        s += b[i] * 0.5f - b[u & 4095u] + (float)(long long)(int)u + (float)(unsigned long long)u * 1e-9f;
        f[i + 4096] = s;
    }
    f[ME] = s;
}
extern "C" __global__ void strip_of_wrapping_sum(ARGS) {
    // The index is small, what is made of it passes the end of int between neighbours.
    long long s = 0;
    float x = 0;
    for (int i = threadIdx.x; i < (n & 1023); i += blockDim.x) {
        x += b[i] * 0.5f + b[i + 1] * 0.25f - b[i + 2];
        s += (int)(i + 0x7ffffff3u);
        s ^= (unsigned)i + 0xfffffff2u;
    }
    l[ME] = s;
    f[ME] = x;
}
extern "C" __global__ void strip_with_second_counter(ARGS) {
    float s = 0;
    int j = 100 - (int)ME;
    unsigned k = ME + 0xffffff00u;
    for (int i = ME; i < (n & 4095); i += ALL, j -= 2, k += ALL) s += b[i] * 0.5f + b[j & 4095] - b[k & 4095u] + (float)j;
    f[ME] = s;
    o[ME] = j;
    l[ME] = k;
}
extern "C" __global__ void strip_to_the_largest_bound(ARGS) {
    // Ends only because the bound is the largest int: the counter must not wrap in a strip.
    float s = 0;
    int rounds = 0;
    for (int i = 0x7fffff00 + (int)threadIdx.x; i < 0x7fffffff && i > 0; i += 96) {
        s += b[i & 4095] * 0.5f + b[(i + 5) & 4095];
        rounds++;
    }
    f[ME] = s;
    o[ME] = rounds;
}
