// Open addressing with compare-and-swap; the counts do not depend on the order.
// launch: insert grid=2 block=32
//   arg u32[64] random 1 20 107
//   arg u32[64] fill 0
//   arg u32[22] fill 0
//   ignore 1
//   expect 2 = 0 4 4 2 5 5 2 7 3 5 2 2 3 3 3 0 4 5 2 2 1 0
extern "C" __global__ void insert(const unsigned *keys, unsigned *table, unsigned *counts) {
    unsigned key = keys[blockIdx.x * blockDim.x + threadIdx.x];
    unsigned slot = key * 2654435761u >> 27;
    while (true) {
        unsigned old = atomicCAS(&table[slot], 0u, key);
        if (old == 0 || old == key) break;
        slot = (slot + 1) % 64;
    }
    if (table[slot] == key) atomicAdd(&counts[key], 1u);
}
