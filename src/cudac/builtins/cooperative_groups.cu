// Cooperative groups of one block: the block itself and tiles of a warp. One namespace, parsed when it is named.

namespace cooperative_groups {

struct thread_block {
    __device__ static void sync() { __syncthreads(); }
    __device__ static unsigned int thread_rank() {
        return threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z);
    }
    __device__ static unsigned int size() { return blockDim.x * blockDim.y * blockDim.z; }
    __device__ static unsigned int num_threads() { return blockDim.x * blockDim.y * blockDim.z; }
    __device__ static dim3 group_index() { return dim3(blockIdx.x, blockIdx.y, blockIdx.z); }
    __device__ static dim3 thread_index() { return dim3(threadIdx.x, threadIdx.y, threadIdx.z); }
    __device__ static dim3 group_dim() { return dim3(blockDim.x, blockDim.y, blockDim.z); }
    __device__ static dim3 dim_threads() { return dim3(blockDim.x, blockDim.y, blockDim.z); }
};

__device__ inline thread_block this_thread_block() { return thread_block(); }

// The lanes of a warp that exist: the last warp of a block may not be whole.
__device__ inline unsigned int lanes_of_own_warp() {
    unsigned int rank = threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z);
    unsigned int left = blockDim.x * blockDim.y * blockDim.z - (rank & ~31u);
    return left < 32u ? (1u << left) - 1u : 0xffffffffu;
}

// A value that is no number (a struct, a pointer), moved as the 32-bit words it consists of.
template<class T, class F> __device__ T by_words(T value, F move) {
    unsigned int words[(sizeof(T) + 3) / 4] = {};
    memcpy(words, &value, sizeof(T));
    for (unsigned int i = 0; i < sizeof(words) / 4; i++) words[i] = move(words[i]);
    memcpy(&value, words, sizeof(T));
    return value;
}

template<unsigned int N, class Parent = void> struct thread_block_tile {
    thread_block_tile() = default;
    template<class Other> __device__ thread_block_tile(const thread_block_tile<N, Other> &) {}
    __device__ static unsigned int rank_in_block() {
        return threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z);
    }
    __device__ static unsigned int mask() {
        return N == 32 ? 0xffffffffu : (((1u << (N & 31u)) - 1u) << ((rank_in_block() & 31u) & ~(N - 1u)));
    }
    __device__ void sync() const { __syncwarp(mask()); }
    __device__ unsigned int thread_rank() const { return rank_in_block() % N; }
    __device__ static constexpr unsigned int size() { return N; }
    __device__ static constexpr unsigned int num_threads() { return N; }
    __device__ unsigned int meta_group_rank() const { return rank_in_block() / N; }
    __device__ unsigned int meta_group_size() const {
        return (blockDim.x * blockDim.y * blockDim.z + N - 1) / N;
    }
    template<class T> __device__ T shfl(T value, int lane) const {
        if constexpr (__is_arithmetic(T)) return __shfl_sync(mask(), value, lane, (int)N);
        else return by_words(value, [=](unsigned int w) { return __shfl_sync(mask(), w, lane, (int)N); });
    }
    template<class T> __device__ T shfl_up(T value, unsigned int delta) const {
        if constexpr (__is_arithmetic(T)) return __shfl_up_sync(mask(), value, delta, (int)N);
        else return by_words(value, [=](unsigned int w) { return __shfl_up_sync(mask(), w, delta, (int)N); });
    }
    template<class T> __device__ T shfl_down(T value, unsigned int delta) const {
        if constexpr (__is_arithmetic(T)) return __shfl_down_sync(mask(), value, delta, (int)N);
        else return by_words(value, [=](unsigned int w) { return __shfl_down_sync(mask(), w, delta, (int)N); });
    }
    template<class T> __device__ T shfl_xor(T value, int lanes) const {
        if constexpr (__is_arithmetic(T)) return __shfl_xor_sync(mask(), value, lanes, (int)N);
        else return by_words(value, [=](unsigned int w) { return __shfl_xor_sync(mask(), w, lanes, (int)N); });
    }
    __device__ int any(int predicate) const { return __any_sync(mask(), predicate); }
    __device__ int all(int predicate) const { return __all_sync(mask(), predicate); }
    __device__ unsigned int ballot(int predicate) const {
        unsigned int bits = __ballot_sync(mask(), predicate) & mask();
        return bits >> ((rank_in_block() & 31u) & ~(N - 1u));
    }
    template<class T> __device__ unsigned int match_any(T value) const {
        unsigned int bits = __match_any_sync(mask(), value) & mask();
        return bits >> ((rank_in_block() & 31u) & ~(N - 1u));
    }
    template<class T> __device__ unsigned int match_all(T value, int &predicate) const {
        unsigned int bits = __match_all_sync(mask(), value, &predicate) & mask();
        return bits >> ((rank_in_block() & 31u) & ~(N - 1u));
    }
};

template<unsigned int N> __device__ thread_block_tile<N> tiled_partition(const thread_block &) {
    static_assert(N >= 1 && N <= 32 && (N & (N - 1)) == 0, "tiles of a power of two up to 32 threads are supported");
    return thread_block_tile<N>();
}
template<unsigned int N, unsigned int M, class P>
__device__ thread_block_tile<N> tiled_partition(const thread_block_tile<M, P> &) {
    static_assert(N >= 1 && N <= M && (N & (N - 1)) == 0, "tiles of a power of two up to that of the tile are supported");
    return thread_block_tile<N>();
}

// The threads of a warp that are here together.
struct coalesced_group {
    unsigned int lanes;
    __device__ coalesced_group(unsigned int mask) : lanes(mask) {}
    __device__ static unsigned int own_lane() {
        return (threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z)) & 31u;
    }
    __device__ int lane_of(unsigned int rank) const {
        unsigned int left = lanes;
        for (unsigned int i = 0; i < rank; i++) left &= left - 1u;
        return __ffs((int)left) - 1;
    }
    __device__ void sync() const { __syncwarp(lanes); }
    __device__ unsigned int size() const { return __popc(lanes); }
    __device__ unsigned int num_threads() const { return __popc(lanes); }
    __device__ unsigned int thread_rank() const { return __popc(lanes & ((1u << own_lane()) - 1u)); }
    template<class T> __device__ T from_lane(T value, int lane) const {
        if constexpr (__is_arithmetic(T)) return __shfl_sync(lanes, value, lane);
        else return by_words(value, [=](unsigned int w) { return __shfl_sync(lanes, w, lane); });
    }
    template<class T> __device__ T shfl(T value, unsigned int rank) const {
        return from_lane(value, lane_of(rank % size()));
    }
    template<class T> __device__ T shfl_up(T value, unsigned int delta) const {
        unsigned int rank = thread_rank();
        return from_lane(value, rank < delta ? (int)own_lane() : lane_of(rank - delta));
    }
    template<class T> __device__ T shfl_down(T value, unsigned int delta) const {
        unsigned int rank = thread_rank() + delta;
        return from_lane(value, rank < size() ? lane_of(rank) : (int)own_lane());
    }
    __device__ int any(int predicate) const { return __any_sync(lanes, predicate); }
    __device__ int all(int predicate) const { return __all_sync(lanes, predicate); }
    __device__ unsigned int ballot(int predicate) const {
        unsigned int set = __ballot_sync(lanes, predicate), r = 0;
        for (unsigned int i = 0; i < size(); i++) r |= (set >> lane_of(i) & 1u) << i;
        return r;
    }
    template<class T> __device__ unsigned int match_any(T value) const {
        unsigned int set = __match_any_sync(lanes, value), r = 0;
        for (unsigned int i = 0; i < size(); i++) r |= (set >> lane_of(i) & 1u) << i;
        return r;
    }
    template<class T> __device__ unsigned int match_all(T value, int &predicate) const {
        unsigned int set = __match_all_sync(lanes, value, &predicate);
        return set == 0 ? 0u : size() < 32u ? (1u << size()) - 1u : 0xffffffffu;
    }
};
__device__ inline coalesced_group coalesced_threads() { return coalesced_group(__activemask()); }

// Those of a group for which the predicate, or the label, is the same.
template<unsigned int N, class P>
__device__ coalesced_group binary_partition(const thread_block_tile<N, P> &group, bool predicate) {
    unsigned int all = group.mask() & lanes_of_own_warp(), yes = __ballot_sync(group.mask(), predicate) & all;
    return coalesced_group(predicate ? yes : all & ~yes);
}
__device__ inline coalesced_group binary_partition(const coalesced_group &group, bool predicate) {
    unsigned int yes = __ballot_sync(group.lanes, predicate) & group.lanes;
    return coalesced_group(predicate ? yes : group.lanes & ~yes);
}
template<unsigned int N, class P, class T>
__device__ coalesced_group labeled_partition(const thread_block_tile<N, P> &group, T label) {
    return coalesced_group(__match_any_sync(group.mask(), label) & group.mask() & lanes_of_own_warp());
}
template<class T> __device__ coalesced_group labeled_partition(const coalesced_group &group, T label) {
    return coalesced_group(__match_any_sync(group.lanes, label) & group.lanes);
}

// Any of the groups of a block, and tiles of a size that is known only when the kernel runs.
struct thread_group {
    // 0 for the block.
    unsigned int lanes;
    __device__ explicit thread_group(unsigned int mask) : lanes(mask) {}
    __device__ thread_group(const thread_block &) : lanes(0) {}
    template<unsigned int N, class P>
    __device__ thread_group(const thread_block_tile<N, P> &tile) : lanes(tile.mask() & lanes_of_own_warp()) {}
    __device__ thread_group(const coalesced_group &group) : lanes(group.lanes) {}
    __device__ void sync() const {
        if (lanes == 0) __syncthreads();
        else __syncwarp(lanes);
    }
    __device__ unsigned long long size() const { return lanes == 0 ? thread_block::size() : __popc(lanes); }
    __device__ unsigned long long num_threads() const { return size(); }
    __device__ unsigned long long thread_rank() const {
        return lanes == 0 ? thread_block::thread_rank()
                          : __popc(lanes & ((1u << coalesced_group::own_lane()) - 1u));
    }
};
__device__ inline unsigned int tile_in_warp(unsigned int size) {
    if (size == 0 || size > 32u || (size & (size - 1u)) != 0) __trap();
    unsigned int first = coalesced_group::own_lane() & ~(size - 1u);
    return (size < 32u ? ((1u << size) - 1u) << first : 0xffffffffu) & lanes_of_own_warp();
}
__device__ inline thread_group tiled_partition(const thread_block &, unsigned int size) {
    return thread_group(tile_in_warp(size));
}
template<unsigned int N, class P>
__device__ thread_group tiled_partition(const thread_block_tile<N, P> &, unsigned int size) {
    return thread_group(tile_in_warp(size));
}
__device__ inline thread_group tiled_partition(const thread_group &, unsigned int size) {
    return thread_group(tile_in_warp(size));
}

// All blocks of the launch; there is no barrier across them.
struct grid_group {
    __device__ static bool is_valid() { return true; }
    __device__ static unsigned long long size() {
        return (unsigned long long)gridDim.x * gridDim.y * gridDim.z * (blockDim.x * blockDim.y * blockDim.z);
    }
    __device__ static unsigned long long num_threads() { return size(); }
    __device__ static unsigned long long block_rank() {
        return blockIdx.x + (unsigned long long)gridDim.x * (blockIdx.y + (unsigned long long)gridDim.y * blockIdx.z);
    }
    __device__ static unsigned long long num_blocks() { return (unsigned long long)gridDim.x * gridDim.y * gridDim.z; }
    __device__ static unsigned long long thread_rank() {
        return block_rank() * (blockDim.x * blockDim.y * blockDim.z) + threadIdx.x
            + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z);
    }
    __device__ static dim3 group_dim() { return dim3(gridDim.x, gridDim.y, gridDim.z); }
    __device__ static dim3 dim_blocks() { return dim3(gridDim.x, gridDim.y, gridDim.z); }
    __device__ static dim3 block_index() { return dim3(blockIdx.x, blockIdx.y, blockIdx.z); }
};
__device__ inline grid_group this_grid() { return grid_group(); }

template<class T> struct plus {
    __device__ T operator()(const T &a, const T &b) const { return a + b; }
};
template<class T> struct less {
    __device__ T operator()(const T &a, const T &b) const { return b < a ? b : a; }
};
template<class T> struct greater {
    __device__ T operator()(const T &a, const T &b) const { return a < b ? b : a; }
};
template<class T> struct bit_and {
    __device__ T operator()(const T &a, const T &b) const { return a & b; }
};
template<class T> struct bit_or {
    __device__ T operator()(const T &a, const T &b) const { return a | b; }
};
template<class T> struct bit_xor {
    __device__ T operator()(const T &a, const T &b) const { return a ^ b; }
};

template<unsigned int N, class P, class T, class Op>
__device__ T reduce(const thread_block_tile<N, P> &group, T value, Op op) {
    for (int lanes = N / 2; lanes > 0; lanes /= 2) value = op(value, group.shfl_xor(value, lanes));
    return value;
}
template<class T, class Op> __device__ T reduce(const coalesced_group &group, T value, Op op) {
    T all = group.shfl(value, 0);
    for (unsigned int i = 1; i < group.size(); i++) all = op(all, group.shfl(value, i));
    return all;
}
template<class G, class T, class Op> __device__ T inclusive_scan(const G &group, T value, Op op) {
    for (unsigned int delta = 1; delta < group.size(); delta *= 2) {
        T other = group.shfl_up(value, delta);
        if (group.thread_rank() >= delta) value = op(other, value);
    }
    return value;
}
template<class G, class T> __device__ T inclusive_scan(const G &group, T value) {
    return inclusive_scan(group, value, plus<T>());
}
template<class G, class T, class Op> __device__ T exclusive_scan(const G &group, T value, Op op) {
    T before = group.shfl_up(inclusive_scan(group, value, op), 1);
    return group.thread_rank() == 0 ? T() : before;
}
template<class G, class T> __device__ T exclusive_scan(const G &group, T value) {
    return exclusive_scan(group, value, plus<T>());
}

template<class G, class T> __device__ void memcpy_async(const G &group, T *to, const T *from, size_t bytes) {
    for (size_t i = group.thread_rank(); i < bytes; i += group.size()) ((char *)to)[i] = ((const char *)from)[i];
}
// Counted in elements, of which the fewer are copied.
template<class G, class T> __device__ void memcpy_async(const G &group, T *to, size_t room, const T *from, size_t count) {
    size_t most = room < count ? room : count;
    for (size_t i = group.thread_rank(); i < most; i += group.size()) to[i] = from[i];
}
template<class G> __device__ void wait(const G &group) { group.sync(); }
template<unsigned int Stages, class G> __device__ void wait_prior(const G &group) { group.sync(); }

template<class G> __device__ void sync(const G &group) { group.sync(); }
template<class G> __device__ unsigned int thread_rank(const G &group) { return group.thread_rank(); }
template<class G> __device__ unsigned int group_size(const G &group) { return group.size(); }

}
