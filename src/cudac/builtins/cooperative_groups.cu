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

template<unsigned int N> struct thread_block_tile {
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

template<class G> __device__ void sync(const G &group) { group.sync(); }
template<class G> __device__ unsigned int thread_rank(const G &group) { return group.thread_rank(); }
template<class G> __device__ unsigned int group_size(const G &group) { return group.size(); }

}
