//! Answers that come late or never: of the driver to a ticket or an allocation, of a folder on a network.

use std::time::{Duration, Instant};

use vmgpu::backend::DeviceState;
use vmgpu::error::Status;
use vmgpu::executor::{ExecutedBy, ExecutionRequest, FallbackReason, RequestTimeout, last_report};
use vmgpu::kernel::GpuArg;
use vmgpu::types::{CompileOptions, LaunchConfig};

use crate::{ENDLESS, N, VADD, by_callback, fakes, on_bench};

/// The launch goes in, and the driver refuses the ticket behind it: the kernel runs all the same.
#[test]
fn a_launch_whose_ticket_is_refused_counts_as_launched() {
    launched_without_a_ticket(
        "late::a_launch_whose_ticket_is_refused_counts_as_launched",
        &[],
        "WRITE_VALUE_FAILS",
    );
}

#[test]
fn a_launch_whose_event_is_refused_counts_as_launched() {
    let name = "late::a_launch_whose_event_is_refused_counts_as_launched";
    launched_without_a_ticket(name, &[("FAKE_CUDA_NO_WRITE_VALUE", "1")], "RECORD_FAILS");
}

fn launched_without_a_ticket(test: &str, environment: &[(&str, &str)], refused: &str) {
    on_bench(test, environment, |bench| {
        assert_eq!(bench.vadd().executed_by, ExecutedBy::Gpu);
        bench.check_sum();
        let launches = bench.fakes.counter("launches");
        bench.fakes.control(refused, 1);
        // One that ends: nothing else shall do the work a second time.
        let started = Instant::now();
        assert_eq!(bench.vadd().executed_by, ExecutedBy::Gpu, "{}", last_report());
        assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
        assert_eq!(bench.fakes.counter("launches"), launches + 1);

        // One that does not: c's newest content is where it may write at any time.
        let args = [GpuArg::Buffer(&bench.c)];
        let mut seen = None;
        let mut callback = || {
            seen = bench.c.read(0, &mut [0; 4]).err();
            Err("cannot go on".to_string())
        };
        let result = bench.run(ENDLESS, "endless", &args, Duration::from_millis(100), Some(&mut callback));
        assert_eq!(result.fallback_reason, FallbackReason::Timeout);
        assert_eq!(seen.expect("what a running kernel may change").status(), Status::DataLost);
        assert!(matches!(bench.state(), DeviceState::Busy(text) if text.contains("endless")));
        bench.fakes.control(refused, 0);
        std::thread::sleep(Duration::from_millis(20));
        assert!(matches!(bench.state(), DeviceState::Busy(_)));
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

#[test]
fn memory_that_comes_late_does_not_keep_the_caller() {
    on_bench("late::memory_that_comes_late_does_not_keep_the_caller", &[], |bench| {
        // The kernel is in the cache already.
        let none = bench.executor.create_buffer(0).unwrap();
        let empty =
            [GpuArg::BufferConst(&none), GpuArg::BufferConst(&none), GpuArg::Buffer(&none), GpuArg::I32(0)];
        assert!(bench.run(VADD, "vadd", &empty, Duration::from_secs(20), None).executed_on_gpu);
        bench.fakes.control("GROW_MS", 500);
        let limit = Duration::from_millis(60);
        let args = bench.vadd_args();
        let started = Instant::now();
        let result = bench.run(VADD, "vadd", &args, limit, Some(&mut || Ok(())));
        let took = started.elapsed();
        by_callback(&result, FallbackReason::Timeout);
        assert!(took < limit + Duration::from_millis(100), "{took:?}");
        assert!(last_report().contains("allocating memory"), "{}", last_report());
        bench.fakes.control("GROW_MS", 0);
        assert_eq!(bench.state(), DeviceState::Available);
        assert_eq!(bench.vadd().executed_by, ExecutedBy::Gpu);
        bench.check_sum();
    });
}

#[test]
fn a_folder_that_does_not_answer_costs_its_limit_and_no_more() {
    let name = "late::a_folder_that_does_not_answer_costs_its_limit_and_no_more";
    let slow = fakes::build("slowdisk.c", "libslowdisk.so", &[]);
    on_bench(name, &[("LD_PRELOAD", slow.to_str().unwrap())], |bench| {
        let place = std::env::temp_dir().join(format!("vmgpu-{}", std::process::id()));
        let folder = place.join("slow-folder");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("sum.h"), "// nothing yet").unwrap();
        let source = format!("#include <sum.h>\n{VADD}");
        let options = CompileOptions { options: vec![format!("-I{}", folder.display())], headers: vec![] };
        let args = bench.vadd_args();
        let limit = Duration::from_millis(300);
        let run = || {
            let request = ExecutionRequest {
                source: &source,
                kernel_name: "vadd",
                options: &options,
                config: LaunchConfig::new(1, 128),
                args: &args,
                timeout: RequestTimeout::After(limit),
            };
            bench.executor.execute_with_fallback(&request, Some(&mut || Ok(())))
        };
        for hit in [false, true] {
            let result = run();
            assert!(result.executed_on_gpu && result.cache_hit == hit, "{}", last_report());
        }
        std::fs::write(folder.join("hangs"), "").unwrap();
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    let started = Instant::now();
                    by_callback(&run(), FallbackReason::Timeout);
                    let took = started.elapsed();
                    assert!(took >= limit && took < limit + Duration::from_millis(200), "{took:?}");
                    assert!(last_report().contains("headers"), "{}", last_report());
                });
            }
        });
        assert_eq!(bench.state(), DeviceState::Available);
        // It answers again, and the kernel is still there; then the header has changed.
        std::fs::remove_file(folder.join("hangs")).unwrap();
        assert!(run().cache_hit);
        std::fs::write(folder.join("sum.h"), "// something else").unwrap();
        let result = run();
        assert!(result.executed_on_gpu && !result.cache_hit);
        std::fs::remove_dir_all(&place).unwrap();
    });
}
