//! What only a real NVIDIA GPU can prove about the CUDA backend: kernels that never end, faults, order across streams,
//! real registers and parameters. Skipped where there is no GPU; VMGPU_REQUIRE=cuda makes that a failure.

#![cfg(all(feature = "cuda", target_os = "linux"))]

#[path = "support/child.rs"]
mod child;

use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use vmgpu::backend::registry::ProbeOptions;
use vmgpu::backend::{ArgValue, DeviceState, GpuBuffer, GpuCompute, GpuKernel, cuda};
use vmgpu::error::Status;
use vmgpu::types::{CompileOptions, LaunchConfig};

type Device = Arc<dyn GpuCompute>;

/// One test at a time: times mean nothing while the kernels of other processes share the GPU.
static GPU: Mutex<()> = Mutex::new(());

/// Runs `body` with every CUDA device of the machine in a process of its own.
fn on_gpu(test: &str, body: impl FnOnce(&[Device])) {
    let _alone = GPU.lock().unwrap_or_else(PoisonError::into_inner);
    child::in_child(test, &[], || {
        let probe = cuda::probe(&ProbeOptions::default());
        if probe.devices.is_empty() {
            assert!(
                !std::env::var("VMGPU_REQUIRE").is_ok_and(|list| list.contains("cuda")),
                "VMGPU_REQUIRE asks for CUDA: {}",
                probe.explanation
            );
            eprintln!("skipped 1 test: {}", probe.explanation);
            return;
        }
        body(&probe.devices);
    });
}

fn compile(device: &Device, source: &str, name: &str) -> GpuKernel {
    device.compile_kernel(source, name, &CompileOptions::default()).expect("compiling")
}

fn pointer(buffer: &GpuBuffer) -> ArgValue<'static> {
    ArgValue::Scalar { bits: buffer.device_pointer, size: 8 }
}

fn int(value: i32) -> ArgValue<'static> {
    ArgValue::Scalar { bits: value as u32 as u64, size: 4 }
}

fn words(bytes: &[u8]) -> Vec<u32> {
    bytes.chunks_exact(4).map(|word| u32::from_le_bytes([word[0], word[1], word[2], word[3]])).collect()
}

fn pattern(size: usize, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    (0..size)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 24) as u8
        })
        .collect()
}

const STEP: &str = "__global__ void step(unsigned *p, int n, unsigned factor) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) p[i] = p[i] * factor + i;
}";
/// Ends when the host sets the flag, or by itself after about half a minute, so that a failed test ends too.
const SPIN: &str = "__global__ void spin(volatile int *flag) {
    long long start = clock64();
    while (*flag == 0 && clock64() - start < 60000000000LL) { }
}";

/// A flag in page-locked host memory that a kernel can read through its host address.
fn flag(device: &Device) -> &'static AtomicI32 {
    let layout = std::alloc::Layout::from_size_align(4096, 4096).unwrap();
    // SAFETY: a valid layout of non-zero size; the memory is never freed, as registering asks.
    let memory = unsafe { std::alloc::alloc_zeroed(layout) };
    device.register_host(memory as usize, 4096).expect("registering");
    // SAFETY: live, aligned and zeroed; host and device only use it as an atomic or volatile integer.
    unsafe { &*memory.cast::<AtomicI32>() }
}

fn flag_argument(flag: &AtomicI32) -> ArgValue<'static> {
    ArgValue::Scalar { bits: flag.as_ptr() as u64, size: 8 }
}

#[test]
fn launches_stay_in_order_and_kernels_tell_their_facts() {
    on_gpu("launches_stay_in_order_and_kernels_tell_their_facts", |devices| {
        for device in devices {
            let info = device.device_info();
            eprintln!("{info:?}\n{}", device.compiler_identity().unwrap());
            let n = 100_003usize;
            let kernel = compile(device, STEP, "step");
            let params: Vec<(u32, u32)> =
                kernel.metadata.params.as_ref().unwrap().iter().map(|p| (p.size, p.offset)).collect();
            assert_eq!(params, [(8, 0), (4, 8), (4, 12)]);
            assert!(kernel.metadata.registers > 0 && kernel.metadata.max_threads_per_block >= 256);
            let buffer = device.allocate_memory(n * 4).unwrap();
            device.fill(&buffer, 0, 0, n * 4).unwrap();
            let config = LaunchConfig::new(n.div_ceil(256) as u32, 256);
            let mut expected = vec![0u32; n];
            for round in 0..2000u32 {
                let factor = round * 2 + 3;
                device
                    .execute_kernel(&kernel, &config, &[pointer(&buffer), int(n as i32), int(factor as i32)])
                    .unwrap();
                for (index, value) in expected.iter_mut().enumerate() {
                    *value = value.wrapping_mul(factor).wrapping_add(index as u32);
                }
            }
            let mut bytes = vec![0u8; n * 4];
            device.copy_d2h(&buffer, 0, &mut bytes).unwrap();
            assert!(words(&bytes) == expected);
            assert!(device.device_info().free_memory_mb > 0);
        }
    });
}

#[test]
fn bytes_survive_every_route() {
    on_gpu("bytes_survive_every_route", |devices| {
        let device = &devices[0];
        for (seed, size) in
            [1, 255, 65_536, 65_537, 4 << 20, (8 << 20) + 5, (64 << 20) + 3, 1 << 30].into_iter().enumerate()
        {
            let buffer = device.allocate_memory(size + 8).unwrap();
            let data = pattern(size.min(64 << 20), seed as u64 + 1).repeat(size.div_ceil(64 << 20).max(1));
            let data = &data[..size];
            let mut back = vec![0u8; size];
            for round in 0..2 {
                let start = Instant::now();
                device.copy_h2d(data, &buffer, 3).unwrap();
                device.synchronize().unwrap();
                let up = start.elapsed();
                back.fill(0);
                let start = Instant::now();
                device.copy_d2h(&buffer, 3, &mut back).unwrap();
                let down = start.elapsed();
                assert!(back == data, "size {size}");
                let rate = |time: Duration| size as f64 / time.as_secs_f64() / 1e9;
                eprintln!(
                    "{size} bytes, round {round}: up {:.2} GB/s, down {:.2} GB/s",
                    rate(up),
                    rate(down)
                );
            }
            device.free_memory(&buffer);
        }
    });
}

#[test]
fn an_endless_kernel_blocks_nothing() {
    on_gpu("an_endless_kernel_blocks_nothing", |devices| {
        let device = &devices[0];
        let flag = flag(device);
        let spin = compile(device, SPIN, "spin");
        let step = compile(device, STEP, "step");
        let buffers: Vec<_> = (0..4).map(|_| device.allocate_memory(1 << 20).unwrap()).collect();
        device.synchronize().unwrap();
        let ticket =
            device.execute_and_mark(&spin, &LaunchConfig::new(1, 1), &[flag_argument(flag)], None).unwrap();
        let soon = || Some(Instant::now() + Duration::from_millis(50));
        assert!(!device.wait_ticket(ticket, soon()).unwrap());
        // Before anybody has given up: what may wait goes to threads, what may not is timed here.
        let timed = |what: &str, limit_ms: u64, action: &mut dyn FnMut()| {
            let start = Instant::now();
            action();
            eprintln!("{what}: {:?}", start.elapsed());
            assert!(start.elapsed() < Duration::from_millis(limit_ms), "{what} took {:?}", start.elapsed());
        };
        timed("free", 100, &mut || device.free_memory(&buffers[0]));
        timed("allocate", 100, &mut || _ = device.allocate_memory(1 << 20).unwrap());
        timed("allocate more than the pool has", 300, &mut || _ = device.allocate_memory(1 << 28).unwrap());
        timed("allocate with a limit of 30 ms", 130, &mut || match device
            .allocate_until(1 << 29, Some(Instant::now() + Duration::from_millis(30)))
        {
            Ok(memory) => device.free_memory(&memory),
            Err(error) => assert_eq!(error.status(), Status::Timeout),
        });
        timed("small write", 100, &mut || device.copy_h2d(&[1; 1000], &buffers[1], 0).unwrap());
        timed("launch behind it", 100, &mut || {
            device
                .execute_kernel(&step, &LaunchConfig::new(1, 32), &[pointer(&buffers[2]), int(32), int(3)])
                .unwrap();
        });
        std::thread::scope(|scope| {
            let loader = scope.spawn(move || {
                let source = format!("// another\n{STEP}");
                let start = Instant::now();
                let result = device.compile_kernel(&source, "step", &CompileOptions::default());
                eprintln!("compile and load behind it: {:?}, {:?}", start.elapsed(), result.as_ref().err());
                result.map(|_| ())
            });
            let reader = scope.spawn(|| device.copy_d2h(&buffers[1], 0, &mut [0; 1000]));
            // More than the staging chunks hold, so that the writer has to wait.
            let big = device.allocate_memory(200 << 20).unwrap();
            let writer = scope.spawn(move || device.copy_h2d(&vec![5u8; 200 << 20], &big, 0));
            std::thread::sleep(Duration::from_millis(500));
            let start = Instant::now();
            assert!(device.give_up(ticket, "kernel `spin`"));
            let loaded = loader.join().unwrap();
            assert!(loaded.is_ok() || loaded.is_err_and(|error| error.status() == Status::DeviceBusy));
            assert_eq!(reader.join().unwrap().unwrap_err().status(), Status::DeviceBusy);
            assert_eq!(writer.join().unwrap().unwrap_err().status(), Status::DeviceBusy);
            eprintln!("everybody back: {:?}", start.elapsed());
            assert!(start.elapsed() < Duration::from_millis(500));
        });
        assert!(matches!(device.state(), DeviceState::Busy(_)));
        flag.store(1, Ordering::SeqCst);
        let start = Instant::now();
        while !device.is_available() {
            assert!(start.elapsed() < Duration::from_secs(5), "still busy");
            std::thread::sleep(Duration::from_millis(1));
        }
        eprintln!("available again after {:?}", start.elapsed());
        device.synchronize().unwrap();
        let mut bytes = [0u8; 1000];
        device.copy_d2h(&buffers[1], 0, &mut bytes).unwrap();
        assert_eq!(bytes, [1; 1000]);
    });
}

#[test]
fn the_process_ends_with_a_kernel_still_running() {
    let start = Instant::now();
    on_gpu("the_process_ends_with_a_kernel_still_running", |devices| {
        let device = &devices[0];
        let flag = flag(device);
        let spin = compile(device, SPIN, "spin");
        device.execute_kernel(&spin, &LaunchConfig::new(1, 1), &[flag_argument(flag)]).unwrap();
        std::thread::sleep(Duration::from_millis(50));
    });
    assert!(start.elapsed() < Duration::from_secs(15), "{:?}", start.elapsed());
}

fn fault(devices: &[Device], source: &str, name: &str) {
    let device = &devices[0];
    let (bad, step) = (compile(device, source, name), compile(device, STEP, "step"));
    let buffer = device.allocate_memory(4096).unwrap();
    device.execute_kernel(&step, &LaunchConfig::new(1, 32), &[pointer(&buffer), int(32), int(3)]).unwrap();
    device.synchronize().unwrap();
    let start = Instant::now();
    let error = device
        .execute_and_mark(&bad, &LaunchConfig::new(1, 32), &[pointer(&buffer)], None)
        .and_then(|ticket| device.wait_ticket(ticket, None))
        .unwrap_err();
    eprintln!("after {:?}: {error}", start.elapsed());
    assert_eq!(error.status(), Status::DeviceLost);
    assert!(error.to_string().contains(name), "{error}");
    assert!(start.elapsed() < Duration::from_secs(5));
    for device in devices {
        assert!(matches!(device.state(), DeviceState::Lost(_)));
        let start = Instant::now();
        assert_eq!(device.allocate_memory(64).unwrap_err().status(), Status::DeviceLost);
        assert_eq!(device.synchronize().unwrap_err().status(), Status::DeviceLost);
        device.free_memory(&buffer);
        assert!(start.elapsed() < Duration::from_millis(50));
    }
}

#[test]
fn an_illegal_address_is_survived() {
    on_gpu("an_illegal_address_is_survived", |devices| {
        fault(devices, "__global__ void wild(int *p) { *(int *)(0x10) = *p; }", "wild");
    });
}

#[test]
fn a_trap_is_survived() {
    on_gpu("a_trap_is_survived", |devices| {
        fault(devices, "__global__ void trapped(int *p) { asm(\"trap;\"); }", "trapped");
    });
}

#[test]
fn an_assertion_is_survived() {
    on_gpu("an_assertion_is_survived", |devices| {
        let source = "#include <assert.h>\n__global__ void refuted(int *p) { assert(p == 0); }";
        match devices[0].compile_kernel(source, "refuted", &CompileOptions::default()) {
            Ok(_) => fault(devices, source, "refuted"),
            Err(error) => eprintln!("skipped: {error}"),
        }
    });
}

#[test]
fn constants_templates_structs_and_large_shared_memory() {
    on_gpu("constants_templates_structs_and_large_shared_memory", |devices| {
        let device = &devices[0];
        let source = "
            namespace ns { __constant__ unsigned table[4]; }
            struct Pair { unsigned long long a; unsigned char b; };
            template <typename T, int N> __global__ void mix(T *out, Pair pair, unsigned char c, bool flag) {
                extern __shared__ unsigned big[];
                int last = (int)(DYNAMIC / 4) - 1;
                big[last - threadIdx.x] = ns::table[threadIdx.x] + N;
                __syncthreads();
                out[threadIdx.x] = big[last - (3 - threadIdx.x)] + (T)pair.a * pair.b + c + (flag ? 1000 : 0);
            }";
        let size = 100u32 << 10;
        let options = CompileOptions { options: vec![format!("-DDYNAMIC={size}")], headers: vec![] };
        let kernel = device.compile_kernel(source, "mix<unsigned, 7>", &options).expect("compiling");
        let table = device.kernel_symbol(&kernel, "ns::table").unwrap();
        assert_eq!(table.size, 16);
        let values = [10u32, 20, 30, 40];
        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        device.copy_h2d(&bytes, &table, 0).unwrap();
        let out = device.allocate_memory(16).unwrap();
        let mut pair = [0u8; 16];
        pair[..8].copy_from_slice(&5u64.to_le_bytes());
        pair[8] = 200;
        let config = LaunchConfig { shared_memory_size: size, ..LaunchConfig::new(1, 4) };
        let args = [
            pointer(&out),
            ArgValue::Bytes(&pair),
            ArgValue::Scalar { bits: 77, size: 1 },
            ArgValue::Scalar { bits: 1, size: 1 },
        ];
        device.execute_kernel(&kernel, &config, &args).unwrap();
        let mut got = [0u8; 16];
        device.copy_d2h(&out, 0, &mut got).unwrap();
        let expected: Vec<u32> = (0..4).map(|i| values[3 - i] + 7 + 5 * 200 + 77 + 1000).collect();
        assert_eq!(words(&got), expected);
        // The same kernel from its binary and from PTX.
        let plain = compile(device, STEP, "step");
        device.load_kernel(&plain.binary, "step").expect("loading a cubin by its C++ name");
        let (major, minor) = device.device_info().compute_capability;
        let options =
            CompileOptions { options: vec![format!("-arch=compute_{major}{minor}")], headers: vec![] };
        let ptx = device.compile_kernel(STEP, "step", &options).expect("PTX through the driver's compiler");
        device.load_kernel(&ptx.binary, "step").expect("loading PTX");
    });
}

#[test]
fn many_threads_share_the_device() {
    on_gpu("many_threads_share_the_device", |devices| {
        let device = &devices[0];
        std::thread::scope(|scope| {
            for thread in 0..8u32 {
                scope.spawn(move || {
                    let n = 5000usize;
                    let source = format!("// {thread}\n{STEP}");
                    let kernel = compile(device, &source, "step");
                    let buffer = device.allocate_memory(n * 4).unwrap();
                    device.fill(&buffer, 0, 0, n * 4).unwrap();
                    let mut expected = vec![0u32; n];
                    let mut bytes = vec![0u8; n * 4];
                    for round in 0..1000u32 {
                        let factor = thread * 31 + round + 2;
                        let config = LaunchConfig::new(n.div_ceil(256) as u32, 256);
                        let args = [pointer(&buffer), int(n as i32), int(factor as i32)];
                        if round % 5 == 0 {
                            let ticket = device.execute_and_mark(&kernel, &config, &args, None).unwrap();
                            assert!(device.wait_ticket(ticket, None).unwrap());
                        } else {
                            device.execute_kernel(&kernel, &config, &args).unwrap();
                        }
                        for (index, value) in expected.iter_mut().enumerate() {
                            *value = value.wrapping_mul(factor).wrapping_add(index as u32);
                        }
                        if round % 100 == 7 {
                            device.copy_d2h(&buffer, 0, &mut bytes).unwrap();
                            assert!(words(&bytes) == expected, "thread {thread} round {round}");
                        }
                    }
                    device.free_memory(&buffer);
                });
            }
        });
    });
}

#[test]
fn launches_cost_little() {
    on_gpu("launches_cost_little", |devices| {
        let device = &devices[0];
        let kernel = compile(device, "__global__ void empty() {}", "empty");
        let config = LaunchConfig::new(1, 32);
        for _ in 0..2000 {
            device.execute_kernel(&kernel, &config, &[]).unwrap();
        }
        device.synchronize().unwrap();
        let count = 100_000;
        let start = Instant::now();
        for _ in 0..count {
            device.execute_kernel(&kernel, &config, &[]).unwrap();
        }
        device.synchronize().unwrap();
        eprintln!("launch, sustained: {:.0} ns", start.elapsed().as_secs_f64() * 1e9 / count as f64);
        let count = 5000;
        let start = Instant::now();
        for _ in 0..count {
            let ticket = device.execute_and_mark(&kernel, &config, &[], None).unwrap();
            assert!(device.wait_ticket(ticket, None).unwrap());
        }
        let each = start.elapsed() / count;
        eprintln!("launch and wait: {each:?}");
        assert!(each < Duration::from_micros(200), "{each:?}");
        let count = 20_000;
        let start = Instant::now();
        for _ in 0..count {
            let buffer = device.allocate_memory(1 << 20).unwrap();
            device.free_memory(&buffer);
        }
        device.synchronize().unwrap();
        eprintln!("allocate and free 1 MiB: {:?}", start.elapsed() / count);
    });
}
