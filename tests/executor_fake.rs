//! The executor over the fake driver: every way a GPU can fail, and what the caller gets then.
//! Each test runs in a process of its own, since a lost device is lost for its process.

#![cfg(all(feature = "cuda", target_os = "linux"))]

#[path = "support/child.rs"]
mod child;
#[path = "support/fakes.rs"]
mod fakes;
#[path = "executor_fake/late.rs"]
mod late;

use std::sync::Arc;
use std::time::{Duration, Instant};

use child::in_child;
use fakes::{Fakes, fakes};
use vmgpu::backend::DeviceState;
use vmgpu::buffer::Buffer;
use vmgpu::error::{GpuError, Status};
use vmgpu::executor::{
    ExecutedBy, ExecutionRequest, ExecutionResult, FallbackReason, GpuExecutor, GpuExecutorConfig,
    RequestTimeout, last_report,
};
use vmgpu::kernel::GpuArg;
use vmgpu::manager::GpuDeviceManager;
use vmgpu::types::{CompileOptions, LaunchConfig};

const VADD: &str = "extern \"C\" __global__ void vadd(const float *a, const float *b, float *c, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) c[i] = a[i] + b[i];
}";
const ENDLESS: &str = "extern \"C\" __global__ void endless(float *x) { for (;;); }";
const N: usize = 100;

/// An executor whose GPU is the fake one, with three managed buffers for `VADD`.
struct Bench {
    fakes: Fakes,
    manager: Arc<GpuDeviceManager>,
    executor: GpuExecutor,
    a: Buffer,
    b: Buffer,
    c: Buffer,
}

impl Bench {
    fn new(config: GpuExecutorConfig) -> Bench {
        let fakes = fakes();
        let manager = Arc::new(GpuDeviceManager::new(&fakes.options()));
        let executor = GpuExecutor::new(manager.clone(), config);
        let buffer = |scale: f32| {
            let buffer = executor.create_buffer(N * 4).unwrap();
            buffer.write(0, &bytes((0..N).map(|i| i as f32 * scale + 1.0))).unwrap();
            buffer
        };
        let (a, b, c) = (buffer(0.5), buffer(-0.25), buffer(3.0));
        Bench { fakes, manager, executor, a, b, c }
    }

    fn state(&self) -> DeviceState {
        self.manager.devices()[0].state()
    }

    /// c = a + b, with a callback that does the same on the host.
    fn vadd(&self) -> ExecutionResult {
        let args = self.vadd_args();
        let mut callback = || {
            let sum: Vec<f32> = floats(&self.a)?.iter().zip(floats(&self.b)?).map(|(a, b)| a + b).collect();
            self.c.write(0, &bytes(sum.into_iter())).map_err(|e| e.to_string())
        };
        self.run(VADD, "vadd", &args, Duration::from_secs(20), Some(&mut callback))
    }

    fn vadd_args(&self) -> [GpuArg<'_>; 4] {
        [
            GpuArg::BufferConst(&self.a),
            GpuArg::BufferConst(&self.b),
            GpuArg::Buffer(&self.c),
            GpuArg::I32(N as i32),
        ]
    }

    fn run(
        &self,
        source: &str,
        kernel_name: &str,
        args: &[GpuArg<'_>],
        limit: Duration,
        callback: Option<&mut dyn FnMut() -> Result<(), String>>,
    ) -> ExecutionResult {
        let options = CompileOptions::default();
        let request = ExecutionRequest {
            source,
            kernel_name,
            options: &options,
            config: LaunchConfig::new(1, 128),
            args,
            timeout: RequestTimeout::After(limit),
        };
        self.executor.execute_with_fallback(&request, callback)
    }

    fn check_sum(&self) {
        let expected: Vec<f32> = (0..N).map(|i| (i as f32 * 0.5 + 1.0) + (i as f32 * -0.25 + 1.0)).collect();
        assert_eq!(floats(&self.c).unwrap(), expected);
    }
}

fn bytes(values: impl Iterator<Item = f32>) -> Vec<u8> {
    values.flat_map(f32::to_le_bytes).collect()
}

fn floats(buffer: &Buffer) -> Result<Vec<f32>, String> {
    let mut content = vec![0; buffer.size()];
    buffer.read(0, &mut content).map_err(|e| e.to_string())?;
    Ok(content.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect())
}

fn by_callback(result: &ExecutionResult, reason: FallbackReason) {
    assert!(result.success, "{:?}", result.error);
    assert_eq!((result.executed_by, result.fallback_reason), (ExecutedBy::Callback, reason));
    assert!(!result.executed_on_gpu && result.device.is_none());
    assert!(last_report().contains(reason.as_str()), "{}", last_report());
}

fn on_bench(test: &str, environment: &[(&str, &str)], body: impl FnOnce(Bench)) {
    in_child(test, environment, || body(Bench::new(GpuExecutorConfig::default())));
}

#[test]
fn the_gpu_does_the_work() {
    on_bench("the_gpu_does_the_work", &[], |bench| {
        for round in 0..3 {
            let result = bench.vadd();
            assert_eq!((result.executed_by, result.cache_hit), (ExecutedBy::Gpu, round > 0));
            assert_eq!(result.fallback_reason, FallbackReason::None);
        }
        bench.check_sum();
        let stats = bench.executor.stats();
        assert_eq!((stats.gpu_success_count, stats.cpu_fallback_count, stats.cache_hits), (3, 0, 2));
    });
}

#[test]
fn a_module_that_does_not_load() {
    on_bench("a_module_that_does_not_load", &[("FAKE_CUDA_LOAD_ERROR", "209")], |bench| {
        by_callback(&bench.vadd(), FallbackReason::LoadFailed);
        bench.check_sum();
        // It may load another time: nothing of the failure is kept.
        bench.fakes.control("LOAD_ERROR", 0);
        assert_eq!(bench.vadd().executed_by, ExecutedBy::Gpu);
    });
}

#[test]
fn exhausted_device_memory() {
    on_bench("exhausted_device_memory", &[("FAKE_CUDA_OOM_FROM", "2")], |bench| {
        by_callback(&bench.vadd(), FallbackReason::OutOfMemory);
        bench.check_sum();
        assert_eq!(bench.state(), DeviceState::Available);
        assert_eq!(bench.executor.stats().gpu_failure_count, 1);
    });
}

#[test]
fn a_refused_launch() {
    on_bench("a_refused_launch", &[], |bench| {
        assert_eq!(bench.vadd().executed_by, ExecutedBy::Gpu);
        bench.fakes.control("LAUNCH_ERROR", 701);
        // The newest content of c is on the device only; a refused launch leaves it there, readable.
        by_callback(&bench.vadd(), FallbackReason::ExecutionFailed);
        bench.check_sum();
        bench.fakes.control("LAUNCH_ERROR", 0);
        assert_eq!(bench.vadd().executed_by, ExecutedBy::Gpu);
        bench.check_sum();
    });
}

#[test]
fn an_illegal_address_is_survived() {
    on_bench("an_illegal_address_is_survived", &[("FAKE_CUDA_FAULT_AT", "1")], |bench| {
        by_callback(&bench.vadd(), FallbackReason::DeviceLost);
        assert!(last_report().contains("vadd") && last_report().contains("is lost"), "{}", last_report());
        bench.check_sum();
        assert!(matches!(bench.state(), DeviceState::Lost(_)));
        assert!(!bench.executor.has_gpu());
        let started = Instant::now();
        for _ in 0..50 {
            by_callback(&bench.vadd(), FallbackReason::DeviceLost);
        }
        assert!(started.elapsed() < Duration::from_secs(2));
        // The default device is the CPU device now.
        assert!(!bench.manager.default_device().unwrap().is_gpu());
    });
}

#[test]
fn content_that_was_only_on_a_lost_device_is_named() {
    let name = "content_that_was_only_on_a_lost_device_is_named";
    on_bench(name, &[("FAKE_CUDA_FAULT_AT", "2")], |bench| {
        assert_eq!(bench.vadd().executed_by, ExecutedBy::Gpu);
        // This launch faults. c was written by the first and never read back.
        let args = bench.vadd_args();
        let mut callback = || Err("not this time".to_string());
        let result = bench.run(VADD, "vadd", &args, Duration::from_secs(20), Some(&mut callback));
        assert!(!result.success);
        let error = bench.c.read(0, &mut [0; 4]).unwrap_err();
        let GpuError::DataLost { buffer, .. } = &error else { panic!("{error}") };
        assert_eq!(buffer, "managed buffer 3 (400 bytes)");
        assert_eq!(bench.c.map(vmgpu::types::Access::Read).unwrap_err().status(), Status::DataLost);
        // A part written does not bring the rest back.
        assert_eq!(bench.c.write(0, &[1; 4]).unwrap_err().status(), Status::DataLost);
        // What was only read is still there.
        assert_eq!(floats(&bench.a).unwrap()[2], 2.0);
        // Written again in whole it is a buffer like any other.
        bench.c.write(0, &[0; N * 4]).unwrap();
        assert_eq!(floats(&bench.c).unwrap(), [0.0; N]);
        by_callback(&bench.vadd(), FallbackReason::DeviceLost);
        bench.check_sum();
    });
}

#[test]
fn an_endless_kernel_costs_its_limit_and_no_more() {
    let name = "an_endless_kernel_costs_its_limit_and_no_more";
    on_bench(name, &[], |bench| {
        let limit = Duration::from_millis(150);
        let args = [GpuArg::Buffer(&bench.c)];
        let before = floats(&bench.c).unwrap();
        let mut callback = || {
            assert_eq!(floats(&bench.c)?, before, "content before the failed attempt");
            bench.c.write(0, &bytes((0..N).map(|i| i as f32))).map_err(|e| e.to_string())
        };
        let started = Instant::now();
        let result = bench.run(ENDLESS, "endless", &args, limit, Some(&mut callback));
        let took = started.elapsed();
        by_callback(&result, FallbackReason::Timeout);
        assert!(took >= limit && took < limit + Duration::from_millis(100), "{took:?}");
        assert_eq!(floats(&bench.c).unwrap()[5], 5.0);

        // Busy: others come back at once, with the fallback's result.
        assert!(matches!(bench.state(), DeviceState::Busy(text) if text.contains("endless")));
        let started = Instant::now();
        by_callback(&bench.vadd(), FallbackReason::DeviceBusy);
        assert!(started.elapsed() < Duration::from_millis(100), "{:?}", started.elapsed());
        bench.check_sum();

        // Once it has ended, the device is used again.
        bench.fakes.release(1);
        let until = Instant::now() + Duration::from_secs(10);
        while bench.state() != DeviceState::Available {
            assert!(Instant::now() < until, "{:?}", bench.state());
            std::thread::sleep(Duration::from_millis(1));
        }
        bench.c.fill(0, 0, N * 4).unwrap();
        assert_eq!(bench.vadd().executed_by, ExecutedBy::Gpu);
        bench.check_sum();
    });
}

/// Nobody releases the kernel: the process must end all the same (the parent waits for it).
#[test]
fn a_process_with_an_endless_kernel_ends() {
    on_bench("a_process_with_an_endless_kernel_ends", &[], |bench| {
        let args = [GpuArg::Buffer(&bench.c)];
        let result = bench.run(ENDLESS, "endless", &args, Duration::from_millis(50), Some(&mut || Ok(())));
        by_callback(&result, FallbackReason::Timeout);
    });
}

#[test]
fn content_under_an_endless_kernel_is_lost() {
    on_bench("content_under_an_endless_kernel_is_lost", &[], |bench| {
        assert_eq!(bench.vadd().executed_by, ExecutedBy::Gpu);
        // c's newest content is on the device, where the endless kernel may write it.
        let args = [GpuArg::Buffer(&bench.c)];
        let mut seen = None;
        let mut callback = || {
            seen = bench.c.read(0, &mut [0; 4]).err();
            Err("cannot go on".to_string())
        };
        let result = bench.run(ENDLESS, "endless", &args, Duration::from_millis(100), Some(&mut callback));
        assert_eq!(result.fallback_reason, FallbackReason::Timeout);
        assert_eq!(seen.unwrap().status(), Status::DataLost);
        assert_eq!(result.error.unwrap().status(), Status::FallbackFailed);
    });
}

#[test]
fn a_slow_compile_serves_the_next_call() {
    on_bench("a_slow_compile_serves_the_next_call", &[], |bench| {
        let slow = format!("// fake-compile-ms: 400\n{VADD}");
        let limit = Duration::from_millis(60);
        let started = Instant::now();
        let args = bench.vadd_args();
        let result = bench.run(&slow, "vadd", &args, limit, Some(&mut || Ok(())));
        let took = started.elapsed();
        by_callback(&result, FallbackReason::Timeout);
        assert!(took < Duration::from_millis(300), "{took:?}");
        // The device itself is fine meanwhile.
        assert_eq!(bench.state(), DeviceState::Available);
        let result = bench.run(&slow, "vadd", &args, Duration::from_secs(20), None);
        assert_eq!(result.executed_by, ExecutedBy::Gpu);
        bench.check_sum();
        assert_eq!(bench.executor.stats().kernel_compilation_count, 1);
        assert_eq!(bench.fakes.compilations(), 1);
    });
}

/// The compiler's exit handlers must not run under a compile that nobody waits for any more (the fake aborts then).
#[test]
fn a_process_that_exits_during_a_compile_ends_well() {
    let name = "a_process_that_exits_during_a_compile_ends_well";
    on_bench(name, &[("FAKE_NVRTC_LINGER_MS", "1500")], |bench| {
        let slow = format!("// fake-compile-ms: 600\n{VADD}");
        let args = bench.vadd_args();
        let result = bench.run(&slow, "vadd", &args, Duration::from_millis(20), Some(&mut || Ok(())));
        by_callback(&result, FallbackReason::Timeout);
    });
}

#[test]
fn a_refused_text_is_compiled_once() {
    on_bench("a_refused_text_is_compiled_once", &[], |bench| {
        let broken = format!("#error the author says no\n{VADD}");
        for _ in 0..3 {
            let args = bench.vadd_args();
            let result = bench.run(&broken, "vadd", &args, Duration::from_secs(20), Some(&mut || Ok(())));
            by_callback(&result, FallbackReason::CompileFailed);
            assert!(last_report().contains("the author says no"), "{}", last_report());
        }
        assert_eq!(bench.fakes.compilations(), 1);
    });
}

#[test]
fn waiting_for_a_buffer_in_use_has_a_limit() {
    on_bench("waiting_for_a_buffer_in_use_has_a_limit", &[], |bench| {
        assert_eq!(bench.vadd().executed_by, ExecutedBy::Gpu);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let args = [GpuArg::Buffer(&bench.c)];
                bench.run(ENDLESS, "endless", &args, Duration::from_millis(700), Some(&mut || Ok(())));
            });
            std::thread::sleep(Duration::from_millis(150));
            let started = Instant::now();
            let args = bench.vadd_args();
            let mut called = false;
            let mut callback = || {
                called = true;
                Ok(())
            };
            let result = bench.run(VADD, "vadd", &args, Duration::from_millis(100), Some(&mut callback));
            assert_eq!(result.fallback_reason, FallbackReason::Timeout, "{}", last_report());
            assert!(called && started.elapsed() < Duration::from_millis(300), "{:?}", started.elapsed());
        });
        bench.fakes.release(1);
    });
}

#[test]
fn a_second_gpu_takes_over_from_a_busy_one() {
    let name = "a_second_gpu_takes_over_from_a_busy_one";
    on_bench(name, &[("FAKE_CUDA_DEVICES", "2")], |bench| {
        let x = bench.executor.create_buffer(16).unwrap();
        let args = [GpuArg::Buffer(&x)];
        let result = bench.run(ENDLESS, "endless", &args, Duration::from_millis(80), Some(&mut || Ok(())));
        by_callback(&result, FallbackReason::Timeout);
        let result = bench.vadd();
        assert_eq!(result.executed_by, ExecutedBy::Gpu, "{}", last_report());
        assert_eq!(result.device.unwrap().1, 1);
        bench.check_sum();
        bench.fakes.release(1);
    });
}
#[test]
fn raw_device_pointers_cannot_follow_to_the_cpu_device() {
    let name = "raw_device_pointers_cannot_follow_to_the_cpu_device";
    on_bench(name, &[("FAKE_CUDA_LAUNCH_ERROR", "701")], |bench| {
        let device = &bench.manager.devices()[0];
        let plain = device.create_buffer(N * 4).unwrap();
        let pointer = plain.device_pointer();
        let args = [
            GpuArg::RawPtr(pointer),
            GpuArg::RawPtr(pointer),
            GpuArg::RawPtr(pointer),
            GpuArg::I32(N as i32),
        ];
        let result = bench.run(VADD, "vadd", &args, Duration::from_secs(20), None);
        assert!(!result.success);
        assert_eq!(result.error.unwrap().status(), Status::FallbackFailed);
        assert!(last_report().contains("raw device pointer"), "{}", last_report());
    });
}

/// A plain launch has no limit; whatever an execution has to do behind it has.
fn behind_endless_work(name: &str, environment: &[(&str, &str)], work: impl FnOnce(&Bench, Duration)) {
    on_bench(name, environment, |bench| {
        let device = bench.manager.devices()[0].clone();
        let endless = device.compile(ENDLESS, "endless", &CompileOptions::default()).unwrap();
        let plain = Buffer::Device(Arc::new(device.create_buffer(64).unwrap()));
        // Warm, so that the limit is not spent on compiling.
        assert_eq!(bench.vadd().executed_by, ExecutedBy::Gpu);
        endless.launch(&LaunchConfig::new(1, 1), &[GpuArg::Buffer(&plain)]).unwrap();
        let fakes = &bench.fakes;
        std::thread::scope(|scope| {
            let (done, ended) = std::sync::mpsc::channel::<()>();
            // Where no limit is kept, the test is to fail and not to hang.
            scope.spawn(move || {
                let _ = ended.recv_timeout(Duration::from_secs(5));
                fakes.release(1);
            });
            work(&bench, Duration::from_millis(150));
            drop(done);
        });
    });
}

fn came_back_in_time(result: &ExecutionResult, took: Duration, limit: Duration) {
    by_callback(result, FallbackReason::Timeout);
    assert!(took >= limit && took < limit + Duration::from_millis(100), "{took:?}: {}", last_report());
}

#[test]
fn uploads_into_a_full_queue_keep_the_limit() {
    behind_endless_work("uploads_into_a_full_queue_keep_the_limit", &[], |bench, limit| {
        // An allocation and an upload each: more operations than the queue takes.
        let buffers: Vec<Buffer> = (0..250).map(|_| bench.executor.create_buffer(16).unwrap()).collect();
        let list: Vec<String> = (0..250).map(|index| format!("float *p{index}")).collect();
        let source = format!("extern \"C\" __global__ void empty({}) {{}}", list.join(", "));
        let args: Vec<GpuArg<'_>> = buffers.iter().map(GpuArg::BufferConst).collect();
        let device = &bench.manager.devices()[0];
        // Nearly full already, by plain launches.
        let empty =
            device.compile("extern \"C\" __global__ void empty() {}", "empty", &CompileOptions::default());
        let empty = empty.unwrap();
        (0..380).for_each(|_| empty.launch(&LaunchConfig::new(1, 1), &[]).unwrap());
        // Compiled by a first try without arguments' content: refused for its empty list, kept all the same.
        let refused = bench.run(&source, "empty", &[], Duration::from_secs(20), None);
        assert_eq!(refused.error.unwrap().status(), Status::InvalidArgument);
        let started = Instant::now();
        let result = bench.run(&source, "empty", &args, limit, Some(&mut || Ok(())));
        came_back_in_time(&result, started.elapsed(), limit);
        // The next one need not find out for itself.
        let started = Instant::now();
        let result = bench.run(&source, "empty", &args, limit, Some(&mut || Ok(())));
        by_callback(&result, FallbackReason::DeviceBusy);
        assert!(started.elapsed() < Duration::from_millis(50), "{:?}", started.elapsed());
    });
}

#[test]
fn uploads_through_a_full_ring_keep_the_limit() {
    behind_endless_work("uploads_through_a_full_ring_keep_the_limit", &[], |bench, limit| {
        // Each small enough to be queued like a launch; together more than the memory they pass through.
        let buffers: Vec<Buffer> =
            (0..100).map(|_| bench.executor.create_buffer(32 << 10).unwrap()).collect();
        let list: Vec<String> = (0..100).map(|index| format!("float *p{index}")).collect();
        let source = format!("extern \"C\" __global__ void empty({}) {{}}", list.join(", "));
        let args: Vec<GpuArg<'_>> = buffers.iter().map(GpuArg::BufferConst).collect();
        let refused = bench.run(&source, "empty", &[], Duration::from_secs(20), None);
        assert_eq!(refused.error.unwrap().status(), Status::InvalidArgument);
        let started = Instant::now();
        let result = bench.run(&source, "empty", &args, limit, Some(&mut || Ok(())));
        came_back_in_time(&result, started.elapsed(), limit);
    });
}

#[test]
fn patience_for_memory_is_part_of_the_limit() {
    let name = "patience_for_memory_is_part_of_the_limit";
    behind_endless_work(name, &[("FAKE_CUDA_OOM_FROM", "5")], |bench, _| {
        let x = bench.executor.create_buffer(64).unwrap();
        let args = [GpuArg::Buffer(&x), GpuArg::Buffer(&x), GpuArg::Buffer(&x), GpuArg::I32(1)];
        let started = Instant::now();
        let result = bench.run(VADD, "vadd", &args, Duration::from_millis(40), Some(&mut || Ok(())));
        let took = started.elapsed();
        assert!(result.success && result.executed_by == ExecutedBy::Callback, "{}", last_report());
        assert!(took < Duration::from_millis(120), "{took:?}: {}", last_report());
    });
}

/// A child of a process whose threads use the GPU: everything of the parent's answers at once, FORKED where it needs the
/// GPU, and the child's own executor works on the CPU device.
#[test]
fn the_child_of_a_busy_process_never_hangs() {
    on_bench("the_child_of_a_busy_process_never_hangs", &[], |bench| {
        assert_eq!(bench.vadd().executed_by, ExecutedBy::Gpu);
        let stop = std::sync::atomic::AtomicBool::new(false);
        let device = bench.manager.devices()[0].clone();
        let plain = device.create_buffer(64).unwrap();
        std::thread::scope(|scope| {
            for thread in 0..3 {
                let (bench, stop, device) = (&bench, &stop, &device);
                scope.spawn(move || {
                    let mut round = 0;
                    while !stop.load(std::sync::atomic::Ordering::Acquire) {
                        round += 1;
                        let own = device.create_buffer(1000).unwrap();
                        own.write(0, &[1; 1000]).unwrap();
                        let source = format!("// {thread} {}\n{VADD}", round % 7);
                        let args = bench.vadd_args();
                        let result = bench.run(&source, "vadd", &args, Duration::from_secs(20), None);
                        assert!(result.executed_on_gpu, "{:?}", result.error);
                        floats(&bench.a).unwrap();
                    }
                });
            }
            for round in 0..25 {
                std::thread::sleep(Duration::from_micros(round * 7919 % 5000));
                // SAFETY: the child runs this library, which is what is tested, and leaves with _exit.
                let pid = unsafe { libc::fork() };
                if pid == 0 {
                    // SAFETY: ends a child that hangs.
                    unsafe { libc::alarm(20) };
                    let code = child_of_busy_process(&bench, &device, &plain);
                    // SAFETY: ends the child without running anything of the parent's.
                    unsafe { libc::_exit(code) };
                }
                let mut status = 0;
                // SAFETY: waits for the child made above.
                assert_eq!(unsafe { libc::waitpid(pid, &mut status, 0) }, pid);
                let code = libc::WIFEXITED(status).then(|| libc::WEXITSTATUS(status));
                if code != Some(0) {
                    stop.store(true, std::sync::atomic::Ordering::Release);
                }
                assert_eq!(code, Some(0), "step that was wrong; None: a signal ({status}), round {round}");
            }
            stop.store(true, std::sync::atomic::Ordering::Release);
        });
        bench.check_sum();
    });
}

/// The number of the first wrong answer, 0 if all are right.
fn child_of_busy_process(
    bench: &Bench,
    device: &vmgpu::device::Device,
    plain: &vmgpu::buffer::DeviceBuffer,
) -> i32 {
    let forked = |result: Result<(), GpuError>| result.is_err_and(|e| e.status() == Status::Forked);
    if !forked(device.create_buffer(1).map(|_| ())) {
        return 1;
    }
    if !forked(plain.write(0, &[1])) || !forked(plain.read(0, &mut [0])) || !forked(device.synchronize()) {
        return 2;
    }
    if device.is_available() || bench.executor.has_gpu() {
        return 3;
    }
    let mut called = false;
    let args = bench.vadd_args();
    let mut callback = || {
        called = true;
        Ok(())
    };
    let result = bench.run(VADD, "vadd", &args, Duration::from_secs(5), Some(&mut callback));
    if !result.success || !called || result.fallback_reason != FallbackReason::NoDevice {
        return 4;
    }
    // Never written by a kernel: the host copy has it, unless it was being used at the fork.
    match floats(&bench.a) {
        Ok(content) if content[3] == 2.5 => {}
        Err(text) if text.contains("fork") => {}
        _ => return 5,
    }
    if bench.manager.default_device().is_ok_and(|device| device.is_gpu()) {
        return 6;
    }
    let manager = Arc::new(GpuDeviceManager::new(&bench.fakes.options()));
    if manager.has_gpu() || !manager.explain().contains("forked") {
        return 7;
    }
    let executor = GpuExecutor::new(manager, GpuExecutorConfig::default());
    let (Ok(a), Ok(b), Ok(c)) =
        (executor.create_buffer(400), executor.create_buffer(400), executor.create_buffer(400))
    else {
        return 8;
    };
    if a.write(0, &bytes((0..N).map(|i| i as f32))).is_err() || b.fill(0, 0, 400).is_err() {
        return 9;
    }
    let options = CompileOptions::default();
    let args = [GpuArg::BufferConst(&a), GpuArg::BufferConst(&b), GpuArg::Buffer(&c), GpuArg::I32(N as i32)];
    let request = ExecutionRequest {
        source: VADD,
        kernel_name: "vadd",
        options: &options,
        config: LaunchConfig::new(1, 128),
        args: &args,
        timeout: RequestTimeout::After(Duration::from_secs(15)),
    };
    if executor.execute(&request).executed_by != ExecutedBy::CpuDevice {
        return 10;
    }
    match floats(&c) {
        Ok(content) if content[77] == 77.0 => 0,
        _ => 11,
    }
}

/// Ends the blocking after a while, so that a test fails where it would hang.
fn not_for_ever<R>(fakes: &Fakes, act: impl FnOnce() -> R) -> R {
    std::thread::scope(|scope| {
        let (done, ended) = std::sync::mpsc::channel::<()>();
        scope.spawn(move || {
            if ended.recv_timeout(Duration::from_secs(8)) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
                fakes.control("BLOCKS", 0);
                fakes.release(100);
            }
        });
        let result = act();
        drop(done);
        result
    })
}

/// What blocks inside the driver, because somebody queued an endless kernel in between, blocks no execution.
#[test]
fn page_locking_that_blocks_in_the_driver_keeps_the_limit() {
    on_bench("page_locking_that_blocks_in_the_driver_keeps_the_limit", &[], |bench| {
        assert_eq!(bench.vadd().executed_by, ExecutedBy::Gpu);
        // More than the first piece of host memory, which is page-locked already.
        let large = bench.executor.create_buffer(40 << 20).unwrap();
        large.fill(0, 1, 40 << 20).unwrap();
        bench.fakes.control("BLOCKS", 1);
        let limit = Duration::from_millis(150);
        let args = [GpuArg::Buffer(&large), GpuArg::Buffer(&large), GpuArg::Buffer(&large), GpuArg::I32(1)];
        let started = Instant::now();
        let result =
            not_for_ever(&bench.fakes, || bench.run(VADD, "vadd", &args, limit, Some(&mut || Ok(()))));
        came_back_in_time(&result, started.elapsed(), limit);
        // The device itself is fine, and so are others.
        bench.fakes.control("BLOCKS", 0);
        bench.fakes.release(10);
        let until = Instant::now() + Duration::from_secs(10);
        while bench.state() != DeviceState::Available {
            assert!(Instant::now() < until, "{:?}", bench.state());
            std::thread::sleep(Duration::from_millis(1));
        }
        let result = bench.run(VADD, "vadd", &args, Duration::from_secs(20), None);
        assert_eq!(result.executed_by, ExecutedBy::Gpu, "{}", last_report());
        assert_eq!(floats(&large).unwrap()[0], f32::from_bits(0x0101_0101) * 2.0);
    });
}

#[test]
fn unloading_that_blocks_in_the_driver_holds_no_execution_up() {
    on_bench("unloading_that_blocks_in_the_driver_holds_no_execution_up", &[], |bench| {
        let args = bench.vadd_args();
        for round in 0..3 {
            let source = format!("// {round}\n{VADD}");
            let result = bench.run(&source, "vadd", &args, Duration::from_secs(20), None);
            assert_eq!(result.executed_by, ExecutedBy::Gpu, "{}", last_report());
        }
        assert_eq!(bench.vadd().executed_by, ExecutedBy::Gpu);
        // Kernels that nobody uses any more, to be unloaded by whoever comes next.
        let options = CompileOptions::default();
        let device = bench.manager.devices()[0].clone();
        drop(device.compile(ENDLESS, "endless", &options).unwrap());
        bench.fakes.control("BLOCKS", 1);
        let fresh = bench.executor.create_buffer(N * 4).unwrap();
        let args = [
            GpuArg::BufferConst(&bench.a),
            GpuArg::BufferConst(&bench.b),
            GpuArg::Buffer(&fresh),
            GpuArg::I32(N as i32),
        ];
        let started = Instant::now();
        let four = Duration::from_secs(4);
        let result =
            not_for_ever(&bench.fakes, || bench.run(VADD, "vadd", &args, four, Some(&mut || Ok(()))));
        assert_eq!(result.executed_by, ExecutedBy::Gpu, "{}", last_report());
        assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
        assert_eq!(bench.fakes.counter("modules_unloaded"), 0);
        bench.fakes.control("BLOCKS", 0);
        bench.fakes.release(10);
        let until = Instant::now() + Duration::from_secs(10);
        while bench.fakes.counter("modules_unloaded") == 0 {
            assert!(Instant::now() < until);
            std::thread::sleep(Duration::from_millis(1));
        }
    });
}
