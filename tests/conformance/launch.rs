//! What a launch means: indices, shared memory, barriers, order of the queue.

use vmgpu::error::Status;
use vmgpu::kernel::GpuArg;
use vmgpu::types::{Dim3, LaunchConfig};

use crate::support::{Context, Random, grid, launch, read};

crate::tests!("launch":
    three_dimensional_indices,
    block_reduction_with_barriers,
    dynamic_shared_memory,
    large_dynamic_shared_memory,
    launches_run_in_order,
    atomics_count_every_thread,
    launch_bounds_are_respected,
    partial_blocks_and_many_blocks,
);

fn three_dimensional_indices(context: &Context) {
    let source = r#"
        extern "C" __global__ void indices(unsigned *out) {
            unsigned block = (blockIdx.z * gridDim.y + blockIdx.y) * gridDim.x + blockIdx.x;
            unsigned thread = (threadIdx.z * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
            unsigned i = block * (blockDim.x * blockDim.y * blockDim.z) + thread;
            out[i] = blockIdx.x | blockIdx.y << 5 | blockIdx.z << 10
                   | threadIdx.x << 15 | threadIdx.y << 20 | threadIdx.z << 25;
        }"#;
    let kernel = context.compile(source, "indices");
    for (g, b) in [
        (Dim3::new(3, 5, 2), Dim3::new(7, 3, 4)),
        (Dim3::new(1, 1, 7), Dim3::new(1, 9, 1)),
        (Dim3::new(4, 1, 1), Dim3::new(1, 1, 13)),
    ] {
        let total = (g.count() * b.count()) as usize;
        let out = context.buffer(&vec![u32::MAX; total]);
        launch(&kernel, LaunchConfig::new(g, b), &[GpuArg::Buffer(&out)]);
        let mut expected = Vec::new();
        for (bz, by, bx) in points(g) {
            for (tz, ty, tx) in points(b) {
                expected.push(bx | by << 5 | bz << 10 | tx << 15 | ty << 20 | tz << 25);
            }
        }
        assert_eq!(read::<u32>(&out), expected);
    }
}

fn points(d: Dim3) -> impl Iterator<Item = (u32, u32, u32)> {
    (0..d.z).flat_map(move |z| (0..d.y).flat_map(move |y| (0..d.x).map(move |x| (z, y, x))))
}

fn block_reduction_with_barriers(context: &Context) {
    let source = r#"
        extern "C" __global__ void sum(const int *in, long long *out, int n) {
            __shared__ long long part[256];
            long long s = 0;
            for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) s += in[i];
            part[threadIdx.x] = s;
            __syncthreads();
            for (int k = blockDim.x / 2; k > 0; k >>= 1) {
                if (threadIdx.x < k) part[threadIdx.x] += part[threadIdx.x + k];
                __syncthreads();
            }
            if (threadIdx.x == 0) out[blockIdx.x] = part[0];
        }"#;
    let kernel = context.compile(source, "sum");
    let mut random = Random::new(31);
    for n in [1usize, 255, 256, 257, 10_007, 100_000] {
        let values: Vec<i32> = (0..n).map(|_| random.next() as i32).collect();
        let (input, out) = (context.buffer(&values), context.buffer(&[-1i64; 5]));
        let args = [GpuArg::BufferConst(&input), GpuArg::Buffer(&out), GpuArg::I32(n as i32)];
        launch(&kernel, grid(5, 256), &args);
        let total: i64 = read::<i64>(&out).iter().sum();
        assert_eq!(total, values.iter().map(|v| *v as i64).sum::<i64>(), "n {n}");
    }
}

const REVERSE: &str = r#"
extern "C" __global__ void reverse(float *data, int n) {
    extern __shared__ float tile[];
    for (int i = threadIdx.x; i < n; i += blockDim.x) tile[i] = data[i];
    __syncthreads();
    for (int i = threadIdx.x; i < n; i += blockDim.x) data[i] = tile[n - 1 - i];
}
"#;

fn reverse_with(context: &Context, count: usize) {
    let kernel = context.compile(REVERSE, "reverse");
    let values = Random::new(count as u64).floats(count);
    let data = context.buffer(&values);
    let mut config = grid(1, 96);
    config.shared_memory_size = (count * 4) as u32;
    launch(&kernel, config, &[GpuArg::Buffer(&data), GpuArg::I32(count as i32)]);
    assert_eq!(read::<f32>(&data), values.into_iter().rev().collect::<Vec<_>>());
}

fn dynamic_shared_memory(context: &Context) {
    [1, 95, 97, 1000, 12_288].iter().for_each(|n| reverse_with(context, *n));
}

fn large_dynamic_shared_memory(context: &Context) {
    let most = context.device.info().max_shared_memory_per_block as usize;
    reverse_with(context, most / 4);
}

fn launches_run_in_order(context: &Context) {
    let source = r#"
        extern "C" __global__ void step(unsigned *x, unsigned a, int n) {
            int i = blockIdx.x * blockDim.x + threadIdx.x;
            if (i < n) x[i] = x[i] * 1664525u + a;
        }"#;
    let kernel = context.compile(source, "step");
    let n = 1000usize;
    let mut expected: Vec<u32> = (0..n as u32).collect();
    let data = context.buffer(&expected);
    let copy = context.buffer(&vec![1u32; n]);
    for round in 0..200u32 {
        let args = [GpuArg::Buffer(&data), GpuArg::U32(round), GpuArg::I32(n as i32)];
        launch(&kernel, grid(8, 128), &args);
        expected.iter_mut().for_each(|x| *x = x.wrapping_mul(1_664_525).wrapping_add(round));
        if round % 50 == 20 {
            // Copies, fills and writes take their place in the same queue.
            copy.copy_from(0, &data, 0, n * 4).unwrap();
            data.fill(0, 3, 40).unwrap();
            expected[..10].fill(0x0303_0303);
            data.write(400, &7u32.to_le_bytes()).unwrap();
            let before = expected.clone();
            expected[100] = 7;
            let mut seen = read::<u32>(&copy);
            seen[..10].fill(0x0303_0303);
            assert_eq!(seen, before);
        }
    }
    assert_eq!(read::<u32>(&data), expected);
}

fn atomics_count_every_thread(context: &Context) {
    let source = r#"
        extern "C" __global__ void count(unsigned *bins, unsigned long long *sum, int *least) {
            unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
            atomicAdd(&bins[i % 7], 1u);
            atomicAdd(sum, (unsigned long long)i);
            atomicMin(least, -(int)i);
        }"#;
    let kernel = context.compile(source, "count");
    let (bins, sum, least) = (context.buffer(&[5u32; 7]), context.buffer(&[1u64]), context.buffer(&[0i32]));
    let args = [GpuArg::Buffer(&bins), GpuArg::Buffer(&sum), GpuArg::Buffer(&least)];
    launch(&kernel, grid(123, 77), &args);
    let n = 123 * 77u64;
    let expected: Vec<u32> = (0..7).map(|bin| 5 + ((n - bin).div_ceil(7)) as u32).collect();
    assert_eq!(read::<u32>(&bins), expected);
    assert_eq!(read::<u64>(&sum), [1 + n * (n - 1) / 2]);
    assert_eq!(read::<i32>(&least), [-(n as i32 - 1)]);
}

fn launch_bounds_are_respected(context: &Context) {
    let source = r#"
        extern "C" __global__ void __launch_bounds__(64) bounded(int *out) { out[threadIdx.x] = threadIdx.x; }"#;
    let kernel = context.compile(source, "bounded");
    let out = context.buffer(&[-1i32; 128]);
    launch(&kernel, grid(1, 64), &[GpuArg::Buffer(&out)]);
    assert_eq!(read::<i32>(&out)[63], 63);
    let error = kernel.launch(&grid(1, 128), &[GpuArg::Buffer(&out)]).unwrap_err();
    assert_eq!(error.status(), Status::InvalidArgument, "{error}");
}

fn partial_blocks_and_many_blocks(context: &Context) {
    let source = r#"
        extern "C" __global__ void square(const unsigned *in, unsigned *out, unsigned n) {
            unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
            if (i >= n) return;
            out[i] = in[i] * in[i] ^ i;
        }"#;
    let kernel = context.compile(source, "square");
    let mut random = Random::new(77);
    for (n, block) in [(100_003u32, 1u32), (100_003, 33), (65_536, 1024), (1_000_001, 256)] {
        let values: Vec<u32> = (0..n).map(|_| random.next() as u32).collect();
        let (input, out) = (context.buffer(&values), context.buffer(&vec![1u32; n as usize]));
        let args = [GpuArg::BufferConst(&input), GpuArg::Buffer(&out), GpuArg::U32(n)];
        launch(&kernel, grid(n.div_ceil(block), block), &args);
        let expected: Vec<u32> =
            values.iter().enumerate().map(|(i, v)| v.wrapping_mul(*v) ^ i as u32).collect();
        assert!(read::<u32>(&out) == expected, "n {n}, block {block}");
    }
}
