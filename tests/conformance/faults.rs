//! Kernels that fault or do not end: the process goes on, control comes back in time, the fallback answers, and the
//! process ends normally. Each test has a process of its own, because a faulted GPU is lost for its process.

use std::time::{Duration, Instant};

use vmgpu::backend::DeviceState;
use vmgpu::buffer::Buffer;
use vmgpu::error::Status;
use vmgpu::executor::{
    ExecutedBy, ExecutionRequest, ExecutionResult, FallbackReason, GpuExecutor, GpuExecutorConfig,
    RequestTimeout, last_report,
};
use vmgpu::kernel::GpuArg;
use vmgpu::types::CompileOptions;

use crate::support::{Context, VADD, bytes_of, execute, grid, launch, read};

crate::tests!("faults" isolated:
    illegal_address_is_survived,
    trap_is_survived,
    failed_assertion_is_survived,
    endless_kernel_occupies_the_device,
    endless_kernel_is_stopped,
    slow_kernel_makes_the_device_busy_for_a_while,
);

fn managed(executor: &GpuExecutor, values: &[f32]) -> Buffer {
    let buffer = executor.create_buffer(values.len() * 4).unwrap();
    buffer.write(0, bytes_of(values)).unwrap();
    buffer
}

fn with_callback(
    executor: &GpuExecutor,
    source: &str,
    kernel_name: &str,
    args: &[GpuArg<'_>],
    limit: Duration,
    callback: &mut dyn FnMut() -> Result<(), String>,
) -> ExecutionResult {
    let options = CompileOptions::default();
    let request = ExecutionRequest {
        source,
        kernel_name,
        options: &options,
        config: grid(1, 1),
        args,
        timeout: RequestTimeout::After(limit),
    };
    executor.execute_with_fallback(&request, Some(callback))
}

/// After a fault on a GPU: everything says so at once, kept data is there, the fallback answers.
fn after_a_fault(context: &Context, executor: &GpuExecutor, kept: &Buffer) {
    if !context.device.is_gpu() {
        // The CPU device survives a trap and goes on.
        assert_eq!(context.device.state(), DeviceState::Available);
        return;
    }
    assert!(matches!(context.device.state(), DeviceState::Lost(_)), "{:?}", context.device.state());
    assert!(!context.device.is_available());
    let started = Instant::now();
    for _ in 0..100 {
        assert_eq!(context.device.create_buffer(64).err().unwrap().status(), Status::DeviceLost);
        assert_eq!(context.device.synchronize().unwrap_err().status(), Status::DeviceLost);
    }
    assert!(started.elapsed() < Duration::from_secs(1));
    assert!(!executor.has_gpu());
    assert_eq!(read::<f32>(kept), [1.0, 2.0]);
    let mut callback = || kept.write(0, bytes_of(&[2.0f32, 4.0])).map_err(|e| e.to_string());
    let args = [GpuArg::Buffer(kept), GpuArg::Buffer(kept), GpuArg::Buffer(kept), GpuArg::I32(2)];
    let result = with_callback(executor, VADD, "vadd", &args, Duration::from_secs(20), &mut callback);
    assert!(result.success, "{:?}", result.error);
    assert_eq!(
        (result.executed_by, result.fallback_reason),
        (ExecutedBy::Callback, FallbackReason::DeviceLost)
    );
    assert_eq!(read::<f32>(kept), [2.0, 4.0]);
}

fn faulting(context: &Context, source: &str, name: &str) {
    // The CPU device comes before the callback only where it is the device under test.
    let prefer_cpu_device = !context.device.is_gpu();
    let executor = context.executor(GpuExecutorConfig { prefer_cpu_device, ..GpuExecutorConfig::default() });
    let kept = managed(&executor, &[1.0, 2.0]);
    let args = [GpuArg::Buffer(&kept)];
    let mut called = false;
    let mut callback = || {
        called = true;
        Err("not this time".to_string())
    };
    let result = with_callback(&executor, source, name, &args, Duration::from_secs(20), &mut callback);
    assert!(called && !result.success);
    let report = last_report();
    assert!(report.contains(name) && report.contains(context.device.label()), "{report}");
    let how = if context.device.is_gpu() { "is lost" } else { "execution of kernel" };
    assert!(report.contains(how), "{report}");
    assert_eq!(read::<f32>(&kept), [1.0, 2.0], "the content before the failed attempt");
    after_a_fault(context, &executor, &kept);
}

fn illegal_address_is_survived(context: &Context) {
    let source = r#"
        extern "C" __global__ void wild(float *x) { *(volatile float *)((char *)x + (1ll << 45)) = 1; }"#;
    faulting(context, source, "wild");
}

fn trap_is_survived(context: &Context) {
    faulting(
        context,
        "extern \"C\" __global__ void trapping(float *x) { if (x[0] == 1.0f) __trap(); }",
        "trapping",
    );
}

fn failed_assertion_is_survived(context: &Context) {
    let source = "#include <assert.h>\nextern \"C\" __global__ void asserting(float *x) { assert(x[0] != 1.0f); x[1] = 9; }";
    faulting(context, source, "asserting");
}

const ENDLESS: &str = r#"
extern "C" __global__ void endless(volatile float *x) { while (x[0] != 77.0f) { x[1] += 1.0f; } }
"#;

/// Control comes back in time; the device stays busy; plain process exit does not hang (the parent watches).
fn endless_kernel_occupies_the_device(context: &Context) {
    let executor = context.executor(GpuExecutorConfig::default());
    let kept = managed(&executor, &[1.0, 2.0]);
    // So that neither context nor compile count against the limit below.
    let vadd = [GpuArg::Buffer(&kept), GpuArg::Buffer(&kept), GpuArg::Buffer(&kept), GpuArg::I32(0)];
    assert!(execute(&executor, VADD, "vadd", grid(1, 1), &vadd).success);
    context.compile(ENDLESS, "endless");
    kept.write(0, bytes_of(&[1.0f32, 2.0])).unwrap();

    let limit = Duration::from_millis(1000);
    let mut callback = || {
        let values = read::<f32>(&kept);
        assert_eq!(values, [1.0, 2.0], "the content before the failed attempt");
        kept.write(0, bytes_of(&[5.0f32, 6.0])).map_err(|e| e.to_string())
    };
    let started = Instant::now();
    let result = with_callback(&executor, ENDLESS, "endless", &[GpuArg::Buffer(&kept)], limit, &mut callback);
    let took = started.elapsed();
    assert!(result.success, "{:?}", result.error);
    assert_eq!((result.executed_by, result.fallback_reason), (ExecutedBy::Callback, FallbackReason::Timeout));
    assert!(took >= limit && took < limit + Duration::from_millis(100), "{took:?}");
    assert_eq!(read::<f32>(&kept), [5.0, 6.0]);

    assert!(matches!(context.device.state(), DeviceState::Busy(_)));
    // Nothing else blocks on it.
    let started = Instant::now();
    let mut callback = || Ok(());
    let result = with_callback(&executor, VADD, "vadd", &vadd, limit, &mut callback);
    assert_eq!(
        (result.executed_by, result.fallback_reason),
        (ExecutedBy::Callback, FallbackReason::DeviceBusy)
    );
    assert_eq!(context.device.synchronize().unwrap_err().status(), Status::DeviceBusy);
    let plain = context.device.create_buffer(1 << 20);
    if let Ok(plain) = plain {
        assert_eq!(plain.read(0, &mut [0; 16]).unwrap_err().status(), Status::DeviceBusy);
    }
    assert!(started.elapsed() < Duration::from_millis(300), "{:?}", started.elapsed());
}

/// Where a kernel can be stopped, the device is healthy right after the time-out.
fn endless_kernel_is_stopped(context: &Context) {
    let executor = context.executor(GpuExecutorConfig::default());
    let kept = managed(&executor, &[1.0, 2.0]);
    let limit = Duration::from_millis(300);
    let started = Instant::now();
    let args = [GpuArg::Buffer(&kept)];
    let options = CompileOptions::default();
    let request = ExecutionRequest {
        source: ENDLESS,
        kernel_name: "endless",
        options: &options,
        config: grid(4, 33),
        args: &args,
        timeout: RequestTimeout::After(limit),
    };
    let result = executor.execute(&request);
    let took = started.elapsed();
    assert_eq!(result.error.unwrap().status(), Status::Timeout);
    assert!(took >= limit && took < limit + Duration::from_millis(100), "{took:?}");
    assert_eq!(context.device.state(), DeviceState::Available);
    kept.write(0, bytes_of(&[1.0f32, 2.0])).unwrap();
    let args = [GpuArg::Buffer(&kept), GpuArg::Buffer(&kept), GpuArg::Buffer(&kept), GpuArg::I32(2)];
    assert!(execute(&executor, VADD, "vadd", grid(1, 2), &args).success);
    assert_eq!(read::<f32>(&kept), [2.0, 4.0]);
}

/// A kernel that outlives its limit but ends: busy until then, used again afterwards.
fn slow_kernel_makes_the_device_busy_for_a_while(context: &Context) {
    let source = r#"
        extern "C" __global__ void slow(unsigned *x) {
            long long start = clock64();
            while (clock64() - start < 3000000000ll) { }
            x[0] = 1;
        }"#;
    let executor = context.executor(GpuExecutorConfig::default());
    let kernel = context.compile(source, "slow");
    let flag = context.buffer(&[7u32]);
    let limit = Duration::from_millis(400);
    let args = [GpuArg::Buffer(&flag)];
    let mut callback = || Ok(());
    // Once unlimited, so that compile and context are done.
    launch(&kernel, grid(1, 1), &args);
    context.device.synchronize().unwrap();
    assert_eq!(read::<u32>(&flag), [1]);
    flag.write(0, &[7, 0, 0, 0]).unwrap();

    let options = CompileOptions::default();
    let request = ExecutionRequest {
        source,
        kernel_name: "slow",
        options: &options,
        config: grid(1, 1),
        args: &args,
        timeout: RequestTimeout::After(limit),
    };
    let result = executor.execute_with_fallback(&request, Some(&mut callback));
    assert_eq!(result.fallback_reason, FallbackReason::Timeout);
    assert!(matches!(context.device.state(), DeviceState::Busy(_)));
    let until = Instant::now() + Duration::from_secs(20);
    while !context.device.is_available() {
        assert!(Instant::now() < until, "still busy");
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(read::<u32>(&flag), [1], "the kernel went on to its end");
    let again = executor.execute(&ExecutionRequest { timeout: RequestTimeout::Configured, ..request });
    assert!(again.success, "{:?}", again.error);
    assert_eq!(again.executed_by, ExecutedBy::Gpu);
}
