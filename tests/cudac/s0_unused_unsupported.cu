// What the kernel does not reach is not checked: inline PTX, textures, calls of nothing.
// no gxx: not C++ for the host
// launch: fine grid=1 block=4
//   arg i32[4] fill 0
//   expect 0 = 0 1 2 3
__device__ unsigned lane() {
    unsigned r;
    asm volatile("mov.u32 %0, %laneid;" : "=r"(r));
    return r;
}
__device__ float other(float x) { return not_declared(x) + undeclared_variable; }
int host_only() { return launch_something<<<1, 2>>>(3); }
extern "C" __global__ void fine(int *out) { out[threadIdx.x] = threadIdx.x; }
