//! The executor over the fake GPU: what its users see when the GPU works, hangs, faults, or runs out of memory.

use std::sync::Arc;
use std::time::{Duration, Instant};

use vmgpu::buffer::Buffer;
use vmgpu::executor::{
    ExecutedBy, ExecutionRequest, ExecutionResult, FallbackReason, GpuExecutor, GpuExecutorConfig,
    RequestTimeout,
};
use vmgpu::kernel::GpuArg;
use vmgpu::manager::GpuDeviceManager;
use vmgpu::types::{CompileOptions, DeviceType, LaunchConfig};

use crate::child::in_child;
use crate::fakes::{Fakes, fakes};
use crate::{EMPTY, ENDLESS, VADD, eventually, floats, one};

const N: usize = 500;

struct Setup {
    fakes: Fakes,
    executor: GpuExecutor,
    buffers: Vec<Buffer>,
}

/// An executor on the fake GPU and three managed buffers, two of them filled.
fn setup() -> Setup {
    let fakes = fakes();
    let manager = Arc::new(GpuDeviceManager::new(&fakes.options()));
    assert!(manager.has_gpu(), "{}", manager.explain());
    let executor = GpuExecutor::new(manager, GpuExecutorConfig::default());
    let buffers: Vec<Buffer> = (0..3).map(|_| executor.create_buffer(N * 4).unwrap()).collect();
    write(&buffers[0], &ramp(1.5));
    write(&buffers[1], &ramp(-0.25));
    write(&buffers[2], &vec![9.0; N]);
    Setup { fakes, executor, buffers }
}

fn ramp(step: f32) -> Vec<f32> {
    (0..N).map(|i| 1.0 + i as f32 * step).collect()
}

fn sum() -> Vec<f32> {
    ramp(1.5).iter().zip(ramp(-0.25)).map(|(a, b)| a + b).collect()
}

fn managed(buffer: &Buffer) -> &vmgpu::buffer::ManagedBuffer {
    match buffer {
        Buffer::Managed(buffer) => buffer,
        Buffer::Device(_) => panic!("not a managed buffer"),
    }
}

fn write(buffer: &Buffer, values: &[f32]) {
    managed(buffer).write(0, &floats(values)).unwrap();
}

fn content(buffer: &Buffer) -> Vec<u8> {
    let mut bytes = vec![0u8; buffer.size()];
    managed(buffer).read(0, &mut bytes).unwrap();
    bytes
}

impl Setup {
    /// Adds the first two buffers into the third, with a callback that does the same on the CPU.
    fn add(&self) -> ExecutionResult {
        let options = CompileOptions::default();
        let args = [
            GpuArg::BufferConst(&self.buffers[0]),
            GpuArg::BufferConst(&self.buffers[1]),
            GpuArg::Buffer(&self.buffers[2]),
            GpuArg::I32(N as i32),
        ];
        let request = ExecutionRequest {
            source: VADD,
            kernel_name: "vadd",
            options: &options,
            config: LaunchConfig::new(2, 256),
            args: &args,
            timeout: RequestTimeout::Configured,
        };
        let mut callback = || {
            write(&self.buffers[2], &sum());
            Ok(())
        };
        self.executor.execute_with_fallback(&request, Some(&mut callback))
    }

    fn run(&self, source: &str, name: &str, limit_ms: u64) -> ExecutionResult {
        let options = CompileOptions::default();
        let request = ExecutionRequest {
            source,
            kernel_name: name,
            options: &options,
            config: one(),
            args: &[],
            timeout: RequestTimeout::After(Duration::from_millis(limit_ms)),
        };
        self.executor.execute_with_fallback(&request, Some(&mut || Ok(())))
    }
}

#[test]
fn hits_run_on_the_gpu_and_compile_once() {
    in_child("executor::hits_run_on_the_gpu_and_compile_once", &[], || {
        let setup = setup();
        for round in 0..5 {
            write(&setup.buffers[2], &vec![9.0; N]);
            let result = setup.add();
            assert!(result.success && result.executed_on_gpu, "{:?}", result.error);
            assert_eq!(result.device, Some((DeviceType::Cuda, 0)));
            assert_eq!(result.cache_hit, round > 0);
            assert_eq!(content(&setup.buffers[2]), floats(&sum()));
        }
        assert_eq!(setup.fakes.compilations(), 1);
        assert_eq!(setup.executor.stats().gpu_success_count, 5);
    });
}

#[test]
fn an_endless_kernel_costs_its_limit_and_the_gpu_comes_back() {
    in_child("executor::an_endless_kernel_costs_its_limit_and_the_gpu_comes_back", &[], || {
        let setup = setup();
        assert!(setup.add().executed_on_gpu);
        assert!(setup.run(EMPTY, "empty", 10_000).executed_on_gpu);
        let start = Instant::now();
        let result = setup.run(ENDLESS, "endless", 100);
        assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
        assert_eq!(
            (result.executed_by, result.fallback_reason),
            (ExecutedBy::Callback, FallbackReason::Timeout)
        );
        let start = Instant::now();
        write(&setup.buffers[2], &vec![9.0; N]);
        let result = setup.add();
        assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
        assert!(result.success, "{:?}", result.error);
        assert_eq!(
            (result.executed_by, result.fallback_reason),
            (ExecutedBy::Callback, FallbackReason::DeviceBusy)
        );
        assert_eq!(content(&setup.buffers[2]), floats(&sum()));
        setup.fakes.release(1);
        eventually("the GPU is used again", || setup.add().executed_on_gpu);
        assert_eq!(content(&setup.buffers[2]), floats(&sum()));
    });
}

#[test]
fn a_fault_is_survived_with_the_data() {
    in_child("executor::a_fault_is_survived_with_the_data", &[("FAKE_CUDA_FAULT_AT", "3")], || {
        let setup = setup();
        for round in 1..=5 {
            write(&setup.buffers[2], &vec![round as f32; N]);
            let result = setup.add();
            assert!(result.success, "round {round}: {:?}", result.error);
            assert_eq!(result.executed_on_gpu, round < 3, "round {round}");
            if round >= 3 {
                assert_eq!(result.executed_by, ExecutedBy::Callback);
            }
            assert_eq!(content(&setup.buffers[2]), floats(&sum()), "round {round}");
        }
        assert!(!setup.executor.has_gpu());
    });
}

#[test]
fn exhausted_memory_falls_back() {
    in_child("executor::exhausted_memory_falls_back", &[("FAKE_CUDA_OOM_FROM", "2")], || {
        let setup = setup();
        let result = setup.add();
        assert!(result.success, "{:?}", result.error);
        assert_eq!(
            (result.executed_by, result.fallback_reason),
            (ExecutedBy::Callback, FallbackReason::OutOfMemory)
        );
        assert_eq!(content(&setup.buffers[2]), floats(&sum()));
    });
}

#[test]
fn a_slow_compiler_does_not_hold_the_caller() {
    in_child("executor::a_slow_compiler_does_not_hold_the_caller", &[], || {
        let setup = setup();
        let slow = format!("// fake-compile-ms: 600\n{EMPTY}");
        let start = Instant::now();
        let result = setup.run(&slow, "empty", 100);
        assert!(start.elapsed() < Duration::from_millis(550), "{:?}", start.elapsed());
        assert_eq!(
            (result.executed_by, result.fallback_reason),
            (ExecutedBy::Callback, FallbackReason::Timeout)
        );
        // It finishes in the background and serves later calls.
        eventually("the kernel is there", || setup.run(&slow, "empty", 100).executed_on_gpu);
        assert_eq!(setup.fakes.compilations(), 1);
    });
}

#[test]
fn threads_share_the_gpu() {
    in_child("executor::threads_share_the_gpu", &[], || {
        let setup = setup();
        std::thread::scope(|scope| {
            for thread in 0..6 {
                let executor = &setup.executor;
                scope.spawn(move || {
                    let buffer = executor.create_buffer(400).unwrap();
                    managed(&buffer).fill(0, 0, 400).unwrap();
                    let source = format!("// {thread}\n__global__ void add_one(int *p, int n) {{}}");
                    let options = CompileOptions::default();
                    let args = [GpuArg::Buffer(&buffer), GpuArg::I32(100)];
                    let request = ExecutionRequest {
                        source: &source,
                        kernel_name: "add_one",
                        options: &options,
                        config: LaunchConfig::new(1, 128),
                        args: &args,
                        timeout: RequestTimeout::Never,
                    };
                    for round in 1..=50u8 {
                        let result = executor.execute(&request);
                        assert!(result.executed_on_gpu, "{:?}", result.error);
                        if round % 7 == 0 {
                            assert_eq!(content(&buffer), [round, 0, 0, 0].repeat(100));
                        }
                    }
                });
            }
        });
        assert_eq!(setup.executor.stats().gpu_success_count, 300);
        assert_eq!(setup.fakes.compilations(), 6);
    });
}
