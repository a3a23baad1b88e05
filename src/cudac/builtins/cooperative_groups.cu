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
    __device__ unsigned int size() const { return N; }
    __device__ unsigned int num_threads() const { return N; }
    __device__ unsigned int meta_group_rank() const { return rank_in_block() / N; }
    __device__ unsigned int meta_group_size() const {
        return (blockDim.x * blockDim.y * blockDim.z + N - 1) / N;
    }
    template<class T> __device__ T shfl(T value, int lane) const { return __shfl_sync(mask(), value, lane, (int)N); }
    template<class T> __device__ T shfl_up(T value, unsigned int delta) const {
        return __shfl_up_sync(mask(), value, delta, (int)N);
    }
    template<class T> __device__ T shfl_down(T value, unsigned int delta) const {
        return __shfl_down_sync(mask(), value, delta, (int)N);
    }
    template<class T> __device__ T shfl_xor(T value, int lanes) const {
        return __shfl_xor_sync(mask(), value, lanes, (int)N);
    }
    __device__ int any(int predicate) const { return __any_sync(mask(), predicate); }
    __device__ int all(int predicate) const { return __all_sync(mask(), predicate); }
    __device__ unsigned int ballot(int predicate) const {
        unsigned int bits = __ballot_sync(mask(), predicate) & mask();
        return bits >> ((rank_in_block() & 31u) & ~(N - 1u));
    }
};

template<unsigned int N> __device__ thread_block_tile<N> tiled_partition(const thread_block &) {
    return thread_block_tile<N>();
}
template<unsigned int N, unsigned int M, class P>
__device__ thread_block_tile<N> tiled_partition(const thread_block_tile<M, P> &) {
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
    template<class T> __device__ T shfl(T value, unsigned int rank) const {
        return __shfl_sync(lanes, value, lane_of(rank % size()));
    }
    template<class T> __device__ T shfl_up(T value, unsigned int delta) const {
        unsigned int rank = thread_rank();
        return __shfl_sync(lanes, value, rank < delta ? (int)own_lane() : lane_of(rank - delta));
    }
    template<class T> __device__ T shfl_down(T value, unsigned int delta) const {
        unsigned int rank = thread_rank() + delta;
        return __shfl_sync(lanes, value, rank < size() ? lane_of(rank) : (int)own_lane());
    }
    __device__ int any(int predicate) const { return __any_sync(lanes, predicate); }
    __device__ int all(int predicate) const { return __all_sync(lanes, predicate); }
    __device__ unsigned int ballot(int predicate) const {
        unsigned int set = __ballot_sync(lanes, predicate), r = 0;
        for (unsigned int i = 0; i < size(); i++) r |= (set >> lane_of(i) & 1u) << i;
        return r;
    }
};
__device__ inline coalesced_group coalesced_threads() { return coalesced_group(__activemask()); }

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
template<class G> __device__ void wait(const G &group) { group.sync(); }

template<class G> __device__ void sync(const G &group) { group.sync(); }
template<class G> __device__ unsigned int thread_rank(const G &group) { return group.thread_rank(); }
template<class G> __device__ unsigned int group_size(const G &group) { return group.size(); }

}
