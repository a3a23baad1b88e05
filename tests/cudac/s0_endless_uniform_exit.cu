// A loop without variables of its own whose exit test compares thread numbers: nobody goes round here.
// launch: wait grid=2 block=16
//   arg i32[16] fill 3
//   arg i32 0
//   expect 0 = 5 5 5 5 5 5 5 5 5 5 5 5 5 5 5 5
extern "C" __global__ void wait(int *bins, int limit) {
    while (threadIdx.x < limit) atomicAdd(bins + threadIdx.x, 1);
    atomicAdd(bins + threadIdx.x, 1);
}
