// CUDA C on a plain host compiler: a third, independent way to run the kernels of this suite.
//
// A block runs at a time; its threads are fibers (ucontext) on one OS thread, so builtin variables are plain globals
// that change at each switch, and `__shared__` is `static`. Barriers and warp operations are fiber rendezvous: speed
// does not matter here, meaning does. What the host cannot spell (`extern __shared__`) the harness rewrites beforehand.
#pragma once
#include <assert.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#include <type_traits>
#include <utility>

#define __global__
#define __device__
#define __host__
#define __constant__
#define __shared__ static
#define __forceinline__ inline
#define __noinline__ __attribute__((noinline))
#define __launch_bounds__(...)
#define __align__(n) __attribute__((aligned(n)))
#define CUDART_PI_F 3.141592654f
#define CUDART_INF_F (__builtin_inff())

#include "cuda_shim_types.h"

typedef unsigned int uint;
typedef unsigned char uchar;
typedef unsigned short ushort;

static uint3 threadIdx, blockIdx;
static dim3 blockDim, gridDim;
static const int warpSize = 32;

namespace shim {

enum State { READY, AT_BLOCK, AT_WARP, DONE };

struct Fiber {
    ucontext_t context;
    uint3 index;
    State state;
    unsigned mask;  // of the warp rendezvous it waits in
    int vote;       // what it brought to __syncthreads_count/and/or
    void *stack;
};

constexpr int MAX_THREADS = 1024;
constexpr size_t STACK = 256 * 1024;

static Fiber fibers[MAX_THREADS];
static ucontext_t scheduler;
static int current, count, votes_true, votes_all;
static void (*body)(void **);
static void **body_args;
static uint64_t exchange[MAX_THREADS];
alignas(256) static unsigned char dynamic_shared[100 * 1024];

inline int lane() { return current & 31; }
inline int warp_base() { return current & ~31; }

inline void yield() {
    int me = current;
    swapcontext(&fibers[me].context, &scheduler);
}

inline bool block_complete() {
    int waiting = 0;
    for (int t = 0; t < count; t++) {
        if (fibers[t].state == AT_BLOCK) waiting++;
        else if (fibers[t].state != DONE) return false;
    }
    if (waiting == 0) return false;
    votes_true = 0;
    votes_all = waiting;
    for (int t = 0; t < count; t++)
        if (fibers[t].state == AT_BLOCK) {
            votes_true += fibers[t].vote != 0;
            fibers[t].state = READY;
        }
    return true;
}

// Releases the threads of `base`'s warp that wait with `mask`, once every living thread named in it has come.
inline bool warp_complete(int base, unsigned mask) {
    for (int l = 0; l < 32 && base + l < count; l++) {
        if (!(mask >> l & 1)) continue;
        Fiber &f = fibers[base + l];
        if (f.state == DONE) continue;
        if (f.state != AT_WARP || f.mask != mask) return false;
    }
    for (int l = 0; l < 32 && base + l < count; l++)
        if ((mask >> l & 1) && fibers[base + l].state == AT_WARP) fibers[base + l].state = READY;
    return true;
}

inline void block_wait(int vote) {
    Fiber &f = fibers[current];
    f.state = AT_BLOCK;
    f.vote = vote;
    if (!block_complete()) yield();
}

inline void warp_wait(unsigned mask) {
    Fiber &f = fibers[current];
    f.state = AT_WARP;
    f.mask = mask;
    if (!warp_complete(warp_base(), mask)) yield();
}

inline unsigned live_mask() {
    unsigned mask = 0;
    for (int l = 0; l < 32 && warp_base() + l < count; l++)
        if (fibers[warp_base() + l].state != DONE) mask |= 1u << l;
    return mask;
}

inline void fiber_main() {
    body(body_args);
    fibers[current].state = DONE;
    swapcontext(&fibers[current].context, &scheduler);
}

// Runs one block to its end; false when its threads wait for each other for ever.
inline bool run_block(bool reversed) {
    for (int t = 0; t < count; t++) {
        Fiber &f = fibers[t];
        if (!f.stack) f.stack = malloc(STACK);
        getcontext(&f.context);
        f.context.uc_stack.ss_sp = f.stack;
        f.context.uc_stack.ss_size = STACK;
        f.context.uc_link = nullptr;
        makecontext(&f.context, fiber_main, 0);
        f.state = READY;
        f.index = uint3{t % blockDim.x, t / blockDim.x % blockDim.y, t / (blockDim.x * blockDim.y)};
    }
    for (int done = 0; done < count;) {
        bool progress = false;
        for (int i = 0; i < count; i++) {
            int t = reversed ? count - 1 - i : i;
            if (fibers[t].state != READY) continue;
            progress = true;
            current = t;
            threadIdx = fibers[t].index;
            swapcontext(&scheduler, &fibers[t].context);
            if (fibers[t].state != DONE) continue;
            done++;
            block_complete();
            for (int l = t & ~31; l < count && l < (t & ~31) + 32; l++)
                if (fibers[l].state == AT_WARP) warp_complete(t & ~31, fibers[l].mask);
        }
        if (!progress && done < count) return false;
    }
    return true;
}

inline int launch(void (*function)(void **), const unsigned *grid, const unsigned *block, unsigned shared, void **args,
                  bool reversed) {
    gridDim = dim3(grid[0], grid[1], grid[2]);
    blockDim = dim3(block[0], block[1], block[2]);
    count = (int)(block[0] * block[1] * block[2]);
    if (count > MAX_THREADS || shared > sizeof dynamic_shared) return 2;
    body = function;
    body_args = args;
    unsigned blocks = grid[0] * grid[1] * grid[2];
    for (unsigned i = 0; i < blocks; i++) {
        unsigned b = reversed ? blocks - 1 - i : i;
        blockIdx = uint3{b % grid[0], b / grid[0] % grid[1], b / (grid[0] * grid[1])};
        // What a block leaves in shared memory is nobody's business: make relying on it visible.
        memset(dynamic_shared, 0xCD, shared);
        if (!run_block(reversed)) return 1;
    }
    return 0;
}

// Calls a kernel with the values that `args` point to; the sizes are checked against the kernel's own parameters.
template <class... P, size_t... I>
inline void apply(void (*kernel)(P...), void **args, std::index_sequence<I...>) {
    kernel(*(std::remove_reference_t<P> *)args[I]...);
}
template <class... P>
inline void call(void (*kernel)(P...), void **args) {
    apply(kernel, args, std::index_sequence_for<P...>{});
}
template <class... P>
inline bool sizes_match(void (*)(P...), const size_t *sizes, size_t given) {
    size_t want[] = {sizeof(P)..., 0};
    if (given != sizeof...(P)) return false;
    for (size_t i = 0; i < given; i++)
        if (want[i] != sizes[i]) return false;
    return true;
}

template <class T>
inline T from_slot(int thread) {
    T value;
    memcpy(&value, &exchange[thread], sizeof value);
    return value;
}

template <class T>
inline void to_slot(T value) {
    static_assert(sizeof(T) <= 8, "shuffles move at most 8 bytes");
    memcpy(&exchange[current], &value, sizeof value);
}

template <class T>
inline T shuffle(unsigned mask, T value, int source, bool in_range) {
    to_slot(value);
    warp_wait(mask);
    T result = in_range && warp_base() + source < count ? from_slot<T>(warp_base() + source) : value;
    warp_wait(mask);
    return result;
}

}  // namespace shim

inline void __syncthreads() { shim::block_wait(0); }
inline int __syncthreads_count(int p) { shim::block_wait(p); return shim::votes_true; }
inline int __syncthreads_or(int p) { shim::block_wait(p); return shim::votes_true != 0; }
inline int __syncthreads_and(int p) { shim::block_wait(p); return shim::votes_true == shim::votes_all; }
inline void __syncwarp(unsigned mask = 0xffffffffu) { shim::warp_wait(mask); }
inline void __threadfence() {}
inline void __threadfence_block() {}
inline void __threadfence_system() {}
inline void __trap() { abort(); }
inline unsigned __activemask() { return shim::live_mask(); }

template <class T> inline T __shfl_sync(unsigned m, T v, int src, int width = 32) {
    int base = shim::lane() & ~(width - 1);
    return shim::shuffle(m, v, base + (src & (width - 1)), true);
}
template <class T> inline T __shfl_up_sync(unsigned m, T v, unsigned delta, int width = 32) {
    int base = shim::lane() & ~(width - 1), src = shim::lane() - (int)delta;
    return shim::shuffle(m, v, src, src >= base);
}
template <class T> inline T __shfl_down_sync(unsigned m, T v, unsigned delta, int width = 32) {
    int base = shim::lane() & ~(width - 1), src = shim::lane() + (int)delta;
    return shim::shuffle(m, v, src, src < base + width);
}
template <class T> inline T __shfl_xor_sync(unsigned m, T v, int lane_mask, int width = 32) {
    int base = shim::lane() & ~(width - 1), src = shim::lane() ^ lane_mask;
    return shim::shuffle(m, v, src, src < base + width);
}
inline unsigned __ballot_sync(unsigned m, int p) {
    shim::to_slot<int>(p != 0);
    shim::warp_wait(m);
    unsigned r = 0;
    for (int l = 0; l < 32 && shim::warp_base() + l < shim::count; l++)
        if ((m >> l & 1) && shim::fibers[shim::warp_base() + l].state != shim::DONE &&
            shim::from_slot<int>(shim::warp_base() + l))
            r |= 1u << l;
    shim::warp_wait(m);
    return r;
}
inline int __any_sync(unsigned m, int p) { return __ballot_sync(m, p) != 0; }
inline int __all_sync(unsigned m, int p) { return __ballot_sync(m, !p) == 0; }
template <class T> inline unsigned __match_any_sync(unsigned m, T v) {
    shim::to_slot<T>(v);
    shim::warp_wait(m);
    unsigned r = 0;
    for (int l = 0; l < 32 && shim::warp_base() + l < shim::count; l++)
        if ((m >> l & 1) && shim::from_slot<T>(shim::warp_base() + l) == v) r |= 1u << l;
    shim::warp_wait(m);
    return r;
}
template <class T> inline unsigned __match_all_sync(unsigned m, T v, int *pred) {
    unsigned same = __match_any_sync(m, v);
    *pred = same == (m & shim::live_mask());
    return *pred ? same : 0;
}
inline unsigned __reduce_add_sync(unsigned m, unsigned v) {
    unsigned r = 0;
    shim::to_slot(v);
    shim::warp_wait(m);
    for (int l = 0; l < 32; l++) if (m >> l & 1) r += shim::from_slot<unsigned>(shim::warp_base() + l);
    shim::warp_wait(m);
    return r;
}

#include "cuda_shim_builtins.h"
