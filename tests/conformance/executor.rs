//! The executor on this backend: cache, managed data, callback, statistics, report, time-out.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use vmgpu::buffer::Buffer;
use vmgpu::error::Status;
use vmgpu::executor::{
    ExecutedBy, ExecutionRequest, FallbackReason, GpuExecutorConfig, RequestTimeout, last_report,
};
use vmgpu::kernel::GpuArg;
use vmgpu::types::{Access, CompileOptions};

use crate::support::{Context, Random, SIZES, VADD, bytes_of, execute, grid, read};

crate::tests!("executor":
    first_miss_then_hits,
    same_name_other_text_is_another_kernel,
    options_and_headers_are_part_of_the_key,
    least_recently_used_goes_first,
    one_compile_for_many_threads,
    cache_switched_off_compiles_every_time,
    managed_buffers_flow_from_kernel_to_kernel,
    read_only_arguments_leave_other_copies_valid,
    mapped_buffers_are_refused,
    caller_errors_do_not_fall_back,
    broken_text_falls_back_to_the_callback,
    everything_failing_reports_every_reason,
    fallback_off_gives_the_devices_own_error,
    compile_time_counts_against_the_limit,
    results_statistics_and_report_agree,
);

fn managed(executor: &vmgpu::executor::GpuExecutor, values: &[f32]) -> Buffer {
    let buffer = executor.create_buffer(values.len() * 4).unwrap();
    buffer.write(0, bytes_of(values)).unwrap();
    buffer
}

fn first_miss_then_hits(context: &Context) {
    let executor = context.executor(GpuExecutorConfig::default());
    let mut random = Random::new(50);
    for (round, &n) in SIZES.iter().enumerate() {
        let (a, b) = (random.floats(n), random.floats(n));
        let (a_buffer, b_buffer) = (managed(&executor, &a), managed(&executor, &b));
        let c = managed(&executor, &vec![f32::NAN; n]);
        let args = [
            GpuArg::BufferConst(&a_buffer),
            GpuArg::BufferConst(&b_buffer),
            GpuArg::Buffer(&c),
            GpuArg::I32(n as i32),
        ];
        let result = execute(&executor, VADD, "vadd", grid(n.div_ceil(96).max(1) as u32, 96), &args);
        assert!(result.success, "{:?}", result.error);
        assert_eq!(result.cache_hit, round > 0);
        assert_eq!(result.executed_by, context.executes());
        assert!(result.execution_time_ns > 0);
        let expected: Vec<f32> = a.iter().zip(&b).map(|(a, b)| a + b).collect();
        assert_eq!(read::<f32>(&c), expected);
    }
    let stats = executor.stats();
    assert_eq!((stats.cache_misses, stats.cache_hits), (1, SIZES.len() as u64 - 1));
    assert_eq!(stats.kernel_compilation_count, 1);
    executor.clear_cache();
    let c = managed(&executor, &[1.0]);
    let args = [GpuArg::Buffer(&c), GpuArg::Buffer(&c), GpuArg::Buffer(&c), GpuArg::I32(1)];
    assert!(!execute(&executor, VADD, "vadd", grid(1, 1), &args).cache_hit);
    assert_eq!(read::<f32>(&c), [2.0]);
}

/// A kernel that stores a number, so that it shows which text ran.
fn store(number: i32) -> String {
    format!("extern \"C\" __global__ void store(int *out) {{ out[0] = {number}; }}")
}

fn run_store(executor: &vmgpu::executor::GpuExecutor, text: &str) -> (i32, bool) {
    let out = executor.create_buffer(4).unwrap();
    out.write(0, &[0xff; 4]).unwrap();
    let result = execute(executor, text, "store", grid(1, 1), &[GpuArg::Buffer(&out)]);
    assert!(result.success, "{:?}", result.error);
    (read::<i32>(&out)[0], result.cache_hit)
}

fn same_name_other_text_is_another_kernel(context: &Context) {
    let executor = context.executor(GpuExecutorConfig::default());
    assert_eq!(run_store(&executor, &store(1)), (1, false));
    assert_eq!(run_store(&executor, &store(2)), (2, false));
    assert_eq!(run_store(&executor, &store(1)), (1, true));
    assert_eq!(run_store(&executor, &store(2)), (2, true));
    // The text may also change where it is.
    let mut text = store(3).into_bytes();
    let at = text.iter().rposition(|byte| *byte == b'3').unwrap();
    for (digit, hit) in [(b'3', false), (b'3', true), (b'4', false), (b'3', true), (b'4', true), (b'1', true)]
    {
        text[at] = digit;
        let number = (digit - b'0') as i32;
        assert_eq!(run_store(&executor, std::str::from_utf8(&text).unwrap()), (number, hit));
    }
}

fn options_and_headers_are_part_of_the_key(context: &Context) {
    let executor = context.executor(GpuExecutorConfig::default());
    let source = "#include \"n.h\"\nextern \"C\" __global__ void k(int *out) { out[0] = N * M; }";
    let run = |m: i32, n: i32| {
        let options = CompileOptions {
            options: vec![format!("-DM={m}")],
            headers: vec![("n.h".into(), format!("#define N {n}\n"))],
        };
        let out = executor.create_buffer(4).unwrap();
        out.write(0, &[1; 4]).unwrap();
        let args = [GpuArg::Buffer(&out)];
        let result = executor.execute(&ExecutionRequest {
            source,
            kernel_name: "k",
            options: &options,
            config: grid(1, 1),
            args: &args,
            timeout: RequestTimeout::Configured,
        });
        assert!(result.success, "{:?}", result.error);
        (read::<i32>(&out)[0], result.cache_hit)
    };
    assert_eq!(run(2, 3), (6, false));
    assert_eq!(run(5, 3), (15, false));
    assert_eq!(run(5, 7), (35, false));
    assert_eq!(run(2, 3), (6, true));
}

fn least_recently_used_goes_first(context: &Context) {
    let executor = context.executor(GpuExecutorConfig { max_cache_size: 3, ..GpuExecutorConfig::default() });
    let hit = |n| run_store(&executor, &store(n)).1;
    assert_eq!([hit(1), hit(2), hit(3)], [false; 3]);
    assert!(hit(1));
    assert!(!hit(4), "a fourth kernel is new");
    assert!(hit(1) && hit(3) && hit(4), "used more recently than 2");
    assert!(!hit(2), "2 was the least recently used");
    assert!(!hit(1), "then 1");
}

fn one_compile_for_many_threads(context: &Context) {
    let executor = context.executor(GpuExecutorConfig::default());
    std::thread::scope(|scope| {
        for _ in 0..12 {
            scope.spawn(|| assert_eq!(run_store(&executor, &store(99)).0, 99));
        }
    });
    let stats = executor.stats();
    assert_eq!(stats.kernel_compilation_count, 1, "{stats:?}");
    assert_eq!(stats.cache_hits + stats.cache_misses, 12, "{stats:?}");
}

fn cache_switched_off_compiles_every_time(context: &Context) {
    let executor = context.executor(GpuExecutorConfig::development());
    for _ in 0..3 {
        assert_eq!(run_store(&executor, &store(5)), (5, false));
    }
    let stats = executor.stats();
    assert_eq!((stats.kernel_compilation_count, stats.cache_hits, stats.cache_misses), (3, 0, 3));
}

fn managed_buffers_flow_from_kernel_to_kernel(context: &Context) {
    let executor = context.executor(GpuExecutorConfig::production());
    let source = r#"
        extern "C" __global__ void mix(const float *a, float *b, int n) {
            int i = blockIdx.x * blockDim.x + threadIdx.x;
            if (i < n) b[i] = b[i] * 0.5f + a[i];
        }"#;
    let n = 3001;
    let mut random = Random::new(61);
    let (mut a, mut b) = (random.floats(n), random.floats(n));
    let (a_buffer, b_buffer) = (managed(&executor, &a), managed(&executor, &b));
    for round in 0..20 {
        let args = [GpuArg::BufferConst(&a_buffer), GpuArg::Buffer(&b_buffer), GpuArg::I32(n as i32)];
        let result = execute(&executor, source, "mix", grid(24, 128), &args);
        assert!(result.success, "{:?}", result.error);
        // The product is exact, so fused or not makes no difference.
        b.iter_mut().zip(&a).for_each(|(b, a)| *b = *b * 0.5 + a);
        match round % 5 {
            1 => {
                let values = random.floats(10);
                a_buffer.write(400, bytes_of(&values)).unwrap();
                a[100..110].copy_from_slice(&values);
            }
            3 => {
                let pointer = b_buffer.map(Access::ReadWrite).unwrap().cast::<f32>();
                // SAFETY: mapped for both, `n` floats, until unmap.
                let mapped = unsafe { std::slice::from_raw_parts_mut(pointer, n) };
                assert_eq!(mapped, b);
                mapped[7] = 0.125;
                b[7] = 0.125;
                b_buffer.unmap().unwrap();
            }
            _ => {}
        }
    }
    assert_eq!(read::<f32>(&b_buffer), b);
    assert_eq!(read::<f32>(&a_buffer), a);
}

fn read_only_arguments_leave_other_copies_valid(context: &Context) {
    let executor = context.executor(GpuExecutorConfig::default());
    let (a, c) = (managed(&executor, &[1.0, 2.0]), managed(&executor, &[0.0, 0.0]));
    let args = [GpuArg::BufferConst(&a), GpuArg::BufferConst(&a), GpuArg::Buffer(&c), GpuArg::I32(2)];
    for _ in 0..3 {
        assert!(execute(&executor, VADD, "vadd", grid(1, 2), &args).success);
    }
    assert_eq!(read::<f32>(&c), [2.0, 4.0]);
    assert_eq!(read::<f32>(&a), [1.0, 2.0]);
}

fn mapped_buffers_are_refused(context: &Context) {
    let executor = context.executor(GpuExecutorConfig::default());
    let a = managed(&executor, &[1.5; 4]);
    a.map(Access::Read).unwrap();
    let args = [GpuArg::Buffer(&a), GpuArg::Buffer(&a), GpuArg::Buffer(&a), GpuArg::I32(4)];
    let result = execute(&executor, VADD, "vadd", grid(1, 4), &args);
    assert_eq!(result.error.unwrap().status(), Status::InvalidState);
    assert_eq!(result.executed_by, ExecutedBy::None);
    a.unmap().unwrap();
    assert!(execute(&executor, VADD, "vadd", grid(1, 4), &args).success);
    assert_eq!(read::<f32>(&a), [3.0; 4]);
}

fn caller_errors_do_not_fall_back(context: &Context) {
    // Without a GPU the CPU device has to look at the request before the callback does.
    let prefer_cpu_device = !context.device.is_gpu();
    let executor = context.executor(GpuExecutorConfig { prefer_cpu_device, ..GpuExecutorConfig::default() });
    let a = managed(&executor, &[1.0; 4]);
    let called = AtomicU32::new(0);
    let options = CompileOptions::default();
    let cases: [(&str, &str, u32, &[GpuArg<'_>]); 4] = [
        ("", "vadd", 4, &[]),
        (VADD, "", 4, &[]),
        (VADD, "vadd", 0, &[GpuArg::Buffer(&a), GpuArg::Buffer(&a), GpuArg::Buffer(&a), GpuArg::I32(4)]),
        (VADD, "vadd", 4, &[GpuArg::Buffer(&a), GpuArg::I32(4)]),
    ];
    for (source, kernel_name, threads, args) in cases {
        let request = ExecutionRequest {
            source,
            kernel_name,
            options: &options,
            config: grid(1, threads),
            args,
            timeout: RequestTimeout::Configured,
        };
        let mut callback = || {
            called.fetch_add(1, Ordering::Relaxed);
            Ok(())
        };
        let result = executor.execute_with_fallback(&request, Some(&mut callback));
        assert!(!result.success);
        assert_eq!(result.error.unwrap().status(), Status::InvalidArgument);
        assert_eq!(result.executed_by, ExecutedBy::None);
    }
    assert_eq!(called.into_inner(), 0);
    assert_eq!(executor.stats().cpu_fallback_count, 0);
}

const BROKEN: &str = "extern \"C\" __global__ void broken(float *x) { x[0] = no_such_thing; }";

fn broken_text_falls_back_to_the_callback(context: &Context) {
    let executor = context.executor(GpuExecutorConfig::default());
    let a = managed(&executor, &[1.0, 2.0]);
    let args = [GpuArg::Buffer(&a)];
    let options = CompileOptions::default();
    let request = ExecutionRequest {
        source: BROKEN,
        kernel_name: "broken",
        options: &options,
        config: grid(1, 1),
        args: &args,
        timeout: RequestTimeout::Configured,
    };
    // The callback may use the request's buffers in every way.
    let mut callback = || {
        let mut values = read::<f32>(&a);
        values.iter_mut().for_each(|v| *v *= 10.0);
        let pointer = a.map(Access::Write).map_err(|e| e.to_string())?.cast::<f32>();
        // SAFETY: mapped for writing, two floats, until unmap.
        unsafe { std::ptr::copy_nonoverlapping(values.as_ptr(), pointer, 2) };
        a.unmap().map_err(|e| e.to_string())
    };
    let result = executor.execute_with_fallback(&request, Some(&mut callback));
    assert!(result.success, "{:?}", result.error);
    assert_eq!(result.executed_by, ExecutedBy::Callback);
    let reason =
        if context.device.is_gpu() { FallbackReason::CompileFailed } else { FallbackReason::NoDevice };
    assert_eq!(result.fallback_reason, reason);
    assert_eq!(read::<f32>(&a), [10.0, 20.0]);
    assert!(last_report().contains("callback"), "{}", last_report());
    assert_eq!(executor.stats().cpu_fallback_count, 1);
}

fn everything_failing_reports_every_reason(context: &Context) {
    let executor =
        context.executor(GpuExecutorConfig { prefer_cpu_device: true, ..GpuExecutorConfig::default() });
    let a = managed(&executor, &[1.0]);
    let args = [GpuArg::Buffer(&a)];
    let options = CompileOptions::default();
    let request = ExecutionRequest {
        source: BROKEN,
        kernel_name: "broken",
        options: &options,
        config: grid(1, 1),
        args: &args,
        timeout: RequestTimeout::Configured,
    };
    let mut callback = || Err("the interpreter gave up".to_string());
    let result = executor.execute_with_fallback(&request, Some(&mut callback));
    assert!(!result.success);
    let error = result.error.unwrap();
    assert_eq!(error.status(), Status::FallbackFailed);
    for text in [error.to_string(), last_report()] {
        assert!(text.contains("the interpreter gave up"), "{text}");
        assert!(text.contains("no_such_thing"), "{text}");
    }
    assert_eq!(read::<f32>(&a), [1.0]);
}

fn fallback_off_gives_the_devices_own_error(context: &Context) {
    let executor = context.executor(GpuExecutorConfig::benchmark());
    let a = managed(&executor, &[1.0]);
    let result = execute(&executor, BROKEN, "broken", grid(1, 1), &[GpuArg::Buffer(&a)]);
    let expected = match context.device.is_gpu() {
        true => Status::KernelCompilationFailed,
        false => Status::NoDeviceAvailable,
    };
    assert_eq!(result.error.unwrap().status(), expected);
    assert_eq!(executor.stats().cpu_fallback_count, 0);
}

/// A limit shorter than any compile: control comes back, and the compile serves a later call.
fn compile_time_counts_against_the_limit(context: &Context) {
    let executor = context.executor(GpuExecutorConfig::default());
    let a = managed(&executor, &[1.0, 2.0, 3.0]);
    let args = [GpuArg::Buffer(&a), GpuArg::Buffer(&a), GpuArg::Buffer(&a), GpuArg::I32(3)];
    let options = CompileOptions::default();
    let mut request = ExecutionRequest {
        source: VADD,
        kernel_name: "vadd",
        options: &options,
        config: grid(1, 3),
        args: &args,
        timeout: RequestTimeout::After(Duration::from_nanos(1)),
    };
    let mut callback = || Ok(());
    let started = Instant::now();
    let first = executor.execute_with_fallback(&request, Some(&mut callback));
    assert!(started.elapsed() < Duration::from_millis(500), "control came back late");
    if context.device.is_gpu() {
        assert_eq!(first.fallback_reason, FallbackReason::Timeout);
        assert_eq!(first.executed_by, ExecutedBy::Callback);
    }
    request.timeout = RequestTimeout::Configured;
    let second = executor.execute(&request);
    assert!(second.success, "{:?}", second.error);
    assert_eq!(read::<f32>(&a), [2.0, 4.0, 6.0]);
    assert_eq!(executor.stats().kernel_compilation_count, 1);
}

fn results_statistics_and_report_agree(context: &Context) {
    let executor = context.executor(GpuExecutorConfig::default());
    let a = managed(&executor, &[1.0; 64]);
    let args = [GpuArg::Buffer(&a), GpuArg::Buffer(&a), GpuArg::Buffer(&a), GpuArg::I32(64)];
    let mut time = 0;
    for _ in 0..5 {
        let result = execute(&executor, VADD, "vadd", grid(1, 64), &args);
        assert!(result.success, "{:?}", result.error);
        assert_eq!(result.executed_on_gpu, context.device.is_gpu());
        assert_eq!(result.device, Some((context.device.device_type(), context.device.info().device_id)));
        time += result.execution_time_ns;
    }
    let stats = executor.stats();
    assert_eq!(stats.total_executions, 5);
    let (on_gpu, by_fallback) = if context.device.is_gpu() { (5, 0) } else { (0, 5) };
    assert_eq!((stats.gpu_success_count, stats.cpu_fallback_count), (on_gpu, by_fallback));
    assert_eq!(stats.total_gpu_time_ns + stats.total_cpu_time_ns, time);
    let report = last_report();
    assert!(report.contains("vadd") && report.contains(context.device.label()), "{report}");
    assert!(stats.to_string().contains("80.0 % hits"), "{stats}");
    executor.reset_stats();
    assert_eq!(executor.stats(), Default::default());
}
