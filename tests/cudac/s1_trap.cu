// __trap ends the kernel.
// no gxx: ends the process
// launch: stop grid=1 block=4
//   arg i32 3
//   fault trap at 7
extern "C" __global__ void stop(int n) {
    if (threadIdx.x == n) __trap();
}
