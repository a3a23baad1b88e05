//! What only a machine with several NVIDIA GPUs can prove: copies between them in order with kernels, plain buffers of
//! one GPU among the arguments of another's kernel, managed buffers that wander, threads that each use their own GPU.
//! Skipped with fewer than two; VMGPU_REQUIRE=cuda2 makes that a failure.

#![cfg(all(feature = "cuda", target_os = "linux"))]

use std::sync::Arc;

use vmgpu::buffer::Buffer;
use vmgpu::device::Device;
use vmgpu::executor::{
    ExecutedBy, ExecutionRequest, FallbackReason, GpuExecutor, GpuExecutorConfig, RequestTimeout,
};
use vmgpu::kernel::{GpuArg, Kernel};
use vmgpu::manager::{GpuDeviceManager, ManagerOptions};
use vmgpu::types::{CompileOptions, DeviceType, LaunchConfig};

const SOURCE: &str = "
extern \"C\" __global__ void step(unsigned *p, int n, unsigned factor) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) p[i] = p[i] * factor + i;
}
extern \"C\" __global__ void join(unsigned *out, const unsigned *a, const unsigned *b, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) out[i] = a[i] * 3u + (b[i] ^ i);
}";

fn with_gpus(body: impl FnOnce(&Arc<GpuDeviceManager>, &[Device])) {
    let manager = Arc::new(GpuDeviceManager::new(&ManagerOptions::default()));
    let gpus: Vec<Device> =
        manager.devices().iter().filter(|device| device.device_type() == DeviceType::Cuda).cloned().collect();
    if gpus.len() < 2 {
        let required = std::env::var("VMGPU_REQUIRE").is_ok_and(|list| list.contains("cuda2"));
        assert!(!required, "VMGPU_REQUIRE asks for two GPUs:\n{}", manager.explain());
        eprintln!("skipped 1 test: {} CUDA devices", gpus.len());
        return;
    }
    body(&manager, &gpus);
}

fn random(count: usize, seed: u64) -> Vec<u32> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 16) as u32
    };
    (0..count).map(|_| next()).collect()
}

fn bytes(values: &[u32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

fn read(buffer: &Buffer) -> Vec<u32> {
    let mut content = vec![0; buffer.size()];
    buffer.read(0, &mut content).expect("reading");
    content.chunks_exact(4).map(|word| u32::from_le_bytes([word[0], word[1], word[2], word[3]])).collect()
}

fn buffer(device: &Device, values: &[u32]) -> Buffer {
    let buffer = Buffer::Device(Arc::new(device.create_buffer(values.len() * 4).expect("memory")));
    buffer.write(0, &bytes(values)).expect("writing");
    buffer
}

fn compile(device: &Device, name: &str) -> Kernel {
    device.compile(SOURCE, name, &CompileOptions::default()).expect("compiling")
}

fn shape(count: usize) -> LaunchConfig {
    LaunchConfig::new(count.div_ceil(256) as u32, 256)
}

fn stepped(values: &[u32], factor: u32) -> Vec<u32> {
    values.iter().enumerate().map(|(i, value)| value.wrapping_mul(factor).wrapping_add(i as u32)).collect()
}

#[test]
fn copies_between_gpus_keep_their_place_in_both_queues() {
    with_gpus(|_, gpus| {
        for (from, to) in gpus.iter().flat_map(|from| gpus.iter().map(move |to| (from, to))) {
            if from.same(to) {
                continue;
            }
            for (seed, count) in [7usize, 5_001, 3_000_017].into_iter().enumerate() {
                let (start, old) = (random(count, seed as u64 + 1), random(count, seed as u64 + 50));
                let (a, b) = (buffer(from, &start), buffer(to, &old));
                let (here, there) = (compile(from, "step"), compile(to, "step"));
                let n = GpuArg::I32(count as i32);
                let mut expected = start;
                for round in 0..20u32 {
                    // Nothing waits in between: the copy has to come after the one kernel and before the other.
                    let factor = round * 2 + 3;
                    here.launch(&shape(count), &[GpuArg::Buffer(&a), n, GpuArg::U32(factor)]).unwrap();
                    b.copy_from(0, &a, 0, count * 4).unwrap();
                    there.launch(&shape(count), &[GpuArg::Buffer(&b), n, GpuArg::U32(factor + 1)]).unwrap();
                    a.copy_from(0, &b, 0, count * 4).unwrap();
                    expected = stepped(&stepped(&expected, factor), factor + 1);
                }
                assert!(read(&a) == expected, "{} to {}, {count}", from.label(), to.label());
                assert!(read(&b) == expected);
                // Odd offsets and sizes.
                b.write(0, &bytes(&old)).unwrap();
                b.copy_from(5, &a, 3, count * 4 - 9).unwrap();
                let (mut want, source) = (bytes(&old), bytes(&expected));
                want[5..count * 4 - 4].copy_from_slice(&source[3..count * 4 - 6]);
                let mut got = vec![0; count * 4];
                b.read(0, &mut got).unwrap();
                assert!(got == want);
                assert!(b.copy_from(8, &a, 0, count * 4).is_err(), "past the end");
            }
        }
    });
}

#[test]
fn the_executor_follows_the_buffers() {
    with_gpus(|manager, gpus| {
        let config = GpuExecutorConfig { enable_cpu_fallback: false, ..GpuExecutorConfig::default() };
        let executor = GpuExecutor::new(manager.clone(), config);
        let count = 100_003;
        for (index, home) in gpus.iter().enumerate() {
            let other = &gpus[(index + 1) % gpus.len()];
            let (a, b) = (random(count, 11 + index as u64), random(count, 90 + index as u64));
            // The first plain buffer says where it runs; one of another GPU is brought there, and back if it is written.
            let managed = executor.create_buffer(count * 4).unwrap();
            managed.write(0, &bytes(&b)).unwrap();
            let (near, far) = (buffer(home, &a), buffer(other, &random(count, 5)));
            for swapped in [false, true] {
                let out = if swapped { &far } else { &near };
                let (first, second) = if swapped { (&near, &managed) } else { (&near, &far) };
                let (first_values, second_values) = (read(first), read(second));
                let args = [
                    GpuArg::Buffer(out),
                    GpuArg::BufferConst(first),
                    GpuArg::BufferConst(second),
                    GpuArg::I32(count as i32),
                ];
                let result = executor.execute(&ExecutionRequest {
                    source: SOURCE,
                    kernel_name: "join",
                    options: &CompileOptions::default(),
                    config: shape(count),
                    args: &args,
                    timeout: RequestTimeout::Configured,
                });
                assert!(result.success, "{:?}", result.error);
                assert_eq!(
                    (result.executed_by, result.fallback_reason),
                    (ExecutedBy::Gpu, FallbackReason::None)
                );
                let runs_on = if swapped { other } else { home };
                assert_eq!(result.device, Some((DeviceType::Cuda, runs_on.static_info().device_id)));
                let pairs = first_values.iter().zip(&second_values).enumerate();
                let expected: Vec<u32> =
                    pairs.map(|(i, (x, y))| x.wrapping_mul(3).wrapping_add(y ^ i as u32)).collect();
                assert!(read(out) == expected, "swapped {swapped}");
            }
        }
    });
}

#[test]
fn a_managed_buffer_wanders_from_gpu_to_gpu() {
    with_gpus(|manager, gpus| {
        let executor = GpuExecutor::new(manager.clone(), GpuExecutorConfig::default());
        let count = 70_001;
        let mut expected = random(count, 3);
        let managed = executor.create_buffer(count * 4).unwrap();
        managed.write(0, &bytes(&expected)).unwrap();
        let kernels: Vec<Kernel> = gpus.iter().map(|gpu| compile(gpu, "step")).collect();
        for round in 0..30u32 {
            let args = [GpuArg::Buffer(&managed), GpuArg::I32(count as i32), GpuArg::U32(round + 2)];
            kernels[round as usize % kernels.len()].launch(&shape(count), &args).unwrap();
            expected = stepped(&expected, round + 2);
            if round % 7 == 3 {
                assert!(read(&managed) == expected, "round {round}");
            }
        }
        assert!(read(&managed) == expected);
    });
}

#[test]
fn threads_use_a_gpu_each() {
    with_gpus(|_, gpus| {
        std::thread::scope(|scope| {
            for thread in 0..8usize {
                scope.spawn(move || {
                    // Two threads a GPU and one that changes: contexts are put back as they were.
                    let count = 9_001;
                    let own = [&gpus[thread % gpus.len()], &gpus[(thread + thread / 6) % gpus.len()]];
                    let kernels = own.map(|gpu| compile(gpu, "step"));
                    let mut expected = own.map(|_| random(count, thread as u64 + 1));
                    let buffers = [0, 1].map(|i| buffer(own[i], &expected[i]));
                    for round in 0..200u32 {
                        for i in 0..2 {
                            let args = [
                                GpuArg::Buffer(&buffers[i]),
                                GpuArg::I32(count as i32),
                                GpuArg::U32(round + 5),
                            ];
                            kernels[i].launch(&shape(count), &args).unwrap();
                            expected[i] = stepped(&expected[i], round + 5);
                        }
                        if round % 50 == 9 {
                            let i = round as usize / 50 % 2;
                            assert!(read(&buffers[i]) == expected[i], "thread {thread}, round {round}");
                        }
                    }
                });
            }
        });
    });
}
