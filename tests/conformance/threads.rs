//! Many threads on one device. `VMGPU_STRESS_SECS` makes it longer (default 2 s).

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use vmgpu::executor::GpuExecutorConfig;
use vmgpu::kernel::GpuArg;

use crate::support::{Context, Random, execute, grid, launch, read};

crate::tests!("threads": eight_threads_compile_and_launch, eight_threads_share_an_executor);

fn seconds() -> u64 {
    std::env::var("VMGPU_STRESS_SECS").ok().and_then(|v| v.parse().ok()).unwrap_or(2)
}

fn source(factor: u32) -> String {
    format!(
        "extern \"C\" __global__ void scale(unsigned *x, int n) {{
            int i = blockIdx.x * blockDim.x + threadIdx.x;
            if (i < n) x[i] = x[i] * {factor}u + 1u;
        }}"
    )
}

fn eight_threads_compile_and_launch(context: &Context) {
    let until = Instant::now() + Duration::from_secs(seconds());
    let launches = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for thread in 0..8u32 {
            let launches = &launches;
            scope.spawn(move || {
                let mut random = Random::new(thread as u64 + 100);
                let mut round = 0;
                while round == 0 || Instant::now() < until {
                    let factor = thread * 1_000_003 + round * 7 + 3;
                    let kernel = context.compile(&source(factor), "scale");
                    for _ in 0..10 {
                        let n = 1 + random.below(3000);
                        let values: Vec<u32> = (0..n).map(|_| random.next() as u32).collect();
                        let data = context.buffer(&values);
                        let args = [GpuArg::Buffer(&data), GpuArg::I32(n as i32)];
                        launch(&kernel, grid(n.div_ceil(64) as u32, 64), &args);
                        let expected: Vec<u32> =
                            values.iter().map(|v| v.wrapping_mul(factor).wrapping_add(1)).collect();
                        assert_eq!(read::<u32>(&data), expected);
                        launches.fetch_add(1, Ordering::Relaxed);
                    }
                    round += 1;
                }
            });
        }
    });
    assert!(launches.into_inner() >= 80);
}

/// Few kernels, a cache smaller than their number, so that hits, misses, joins and evictions all happen at once.
fn eight_threads_share_an_executor(context: &Context) {
    let executor = context.executor(GpuExecutorConfig { max_cache_size: 4, ..GpuExecutorConfig::default() });
    let until = Instant::now() + Duration::from_secs(seconds());
    let executions = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for thread in 0..8u64 {
            let (executor, executions) = (&executor, &executions);
            scope.spawn(move || {
                let mut random = Random::new(thread + 200);
                let buffer = executor.create_buffer(1000 * 4).unwrap();
                let mut rounds = 0;
                while rounds < 20 || Instant::now() < until {
                    rounds += 1;
                    let factor = 3 + random.below(6) as u32;
                    let values: Vec<u32> = (0..1000).map(|_| random.next() as u32).collect();
                    buffer.write(0, crate::support::bytes_of(&values)).unwrap();
                    let args = [GpuArg::Buffer(&buffer), GpuArg::I32(1000)];
                    let result = execute(executor, &source(factor), "scale", grid(8, 128), &args);
                    assert!(result.success, "{:?}", result.error);
                    let expected: Vec<u32> =
                        values.iter().map(|v| v.wrapping_mul(factor).wrapping_add(1)).collect();
                    assert_eq!(read::<u32>(&buffer), expected);
                    executions.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    let stats = executor.stats();
    assert_eq!(stats.total_executions, executions.into_inner());
    assert_eq!(stats.gpu_success_count + stats.cpu_fallback_count, stats.total_executions);
    assert!(stats.cache_hits + stats.cache_misses >= stats.total_executions, "{stats:?}");
    assert!(stats.kernel_compilation_count <= stats.cache_misses, "{stats:?}");
}
