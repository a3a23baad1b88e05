//! The executor over devices of the test's own making: what no real or fake driver can be brought to do.

use std::sync::atomic::Ordering;
use std::sync::mpsc;

use super::*;
use crate::backend::GpuCompute;
use crate::backend::mock::MockDevice;
use crate::types::{Access, CompileOptions, DeviceType, LaunchConfig};

struct Bench {
    gpu: Arc<MockDevice>,
    cpu: Arc<MockDevice>,
    executor: GpuExecutor,
    options: CompileOptions,
}

fn bench(config: GpuExecutorConfig) -> Bench {
    let gpu = MockDevice::new(DeviceType::Cuda);
    let cpu = MockDevice::new(DeviceType::Cpu);
    let devices = vec![Device::new(gpu.clone()), Device::new(cpu.clone())];
    let executor = GpuExecutor::new(Arc::new(GpuDeviceManager::of(devices)), config);
    Bench { gpu, cpu, executor, options: CompileOptions::default() }
}

impl Bench {
    fn request<'a>(&'a self, name: &'a str, args: &'a [GpuArg<'a>], limit_ms: u64) -> ExecutionRequest<'a> {
        ExecutionRequest {
            source: "text",
            kernel_name: name,
            options: &self.options,
            config: LaunchConfig::new(1, 1),
            args,
            timeout: RequestTimeout::After(Duration::from_millis(limit_ms)),
        }
    }

    /// A kernel on both devices that sets the whole buffer.
    fn setter(&self, name: &str, value: u8) {
        for device in [&self.gpu, &self.cpu] {
            let at = Arc::downgrade(device);
            device.kernel(name, 1, move |args| {
                at.upgrade().unwrap().set(&args[0], value, usize::MAX);
                Ok(())
            });
        }
    }
}

fn content(buffer: &Buffer) -> Vec<u8> {
    let mut bytes = vec![0; buffer.size()];
    buffer.read(0, &mut bytes).unwrap();
    bytes
}

fn refused(name: &str) -> GpuError {
    GpuError::KernelExecutionFailed { kernel_name: name.into(), reason: "as the test wants it".into() }
}

/// Work that was queued by a plain launch may never end: moving data behind it has the execution's limit too.
#[test]
fn copies_behind_endless_work_have_the_limit() {
    let bench = bench(GpuExecutorConfig::default());
    bench.setter("set", 7);
    let newest_on_gpu = bench.executor.create_buffer(100).unwrap();
    let args = [GpuArg::Buffer(&newest_on_gpu)];
    assert!(bench.executor.execute(&bench.request("set", &args, 5000)).executed_on_gpu);

    bench.gpu.stuck.store(true, Ordering::Release);
    let large = bench.executor.create_buffer(1 << 20).unwrap();
    large.write(0, &[3; 1 << 20]).unwrap();
    let plain = bench.executor.manager().devices()[1].create_buffer(1 << 20).unwrap();
    let plain = Buffer::Device(Arc::new(plain));
    let (report, done) = mpsc::channel();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for buffer in [&large, &plain] {
                let args = [GpuArg::Buffer(buffer)];
                let result = bench
                    .executor
                    .execute_with_fallback(&bench.request("set", &args, 100), Some(&mut || Ok(())));
                let _ = report.send((result.executed_by, result.fallback_reason));
                bench.gpu.give_up_none();
            }
            // And out of the stuck device, for the CPU device.
            let cpu = bench.executor.manager().cpu_device().unwrap();
            let kernel = cpu.compile("text", "set", &bench.options).unwrap();
            let at = Instant::now() + Duration::from_millis(100);
            let args = [GpuArg::Buffer(&newest_on_gpu)];
            let placement = crate::kernel::Placement { stage_buffers: true, raw_pointers: true };
            let mut room = crate::room::Room::new();
            let mut prepared = crate::kernel::Prepared::until(Some(at));
            let out = prepared.prepare(&kernel, &args, placement, &mut room.places(1)).err();
            assert_eq!(out.map(|e| e.status()), Some(Status::Timeout));
        });
        let answers: Vec<_> = (0..2).map(|_| done.recv_timeout(Duration::from_secs(5))).collect();
        std::thread::sleep(Duration::from_millis(300));
        // Lets the thread end also where the limit is not kept.
        bench.gpu.stuck.store(false, Ordering::Release);
        for answer in answers {
            assert_eq!(answer, Ok((ExecutedBy::Callback, FallbackReason::Timeout)));
        }
    });
    assert_eq!(content(&newest_on_gpu), [7; 100]);
}

/// A device whose queue moves is not busy, whatever else took the time of an execution.
#[test]
fn only_a_queue_that_is_stuck_is_given_up() {
    let bench = bench(GpuExecutorConfig { enable_cpu_fallback: false, ..GpuExecutorConfig::default() });
    bench.setter("set", 7);
    let buffers = [100, 1 << 20].map(|size| bench.executor.create_buffer(size).unwrap());
    let run = |buffer: &Buffer| {
        let args = [GpuArg::Buffer(buffer)];
        bench.executor.execute(&bench.request("set", &args, 30)).error.map(|error| error.status())
    };
    *bench.gpu.latency.lock() = Duration::from_millis(1);
    bench.gpu.late_memory.store(true, Ordering::Release);
    assert_eq!(buffers.each_ref().map(run), [Some(Status::Timeout); 2]);
    bench.gpu.late_memory.store(false, Ordering::Release);
    // The limit has passed before the queue is looked at.
    let device = &bench.executor.manager().devices()[0];
    let patience = crate::buffer::Patience::until(Some(Instant::now()));
    let _ = patience.settle(device);
    assert_eq!(bench.gpu.times_given_up.load(Ordering::Acquire), 0);
    assert_eq!(run(&buffers[1]), None);
    bench.gpu.stuck.store(true, Ordering::Release);
    assert_eq!(run(&buffers[1]), Some(Status::Timeout));
    assert!(bench.gpu.times_given_up.load(Ordering::Acquire) > 0 && !device.is_available());
    bench.gpu.stuck.store(false, Ordering::Release);
}

/// The GPU still has what a failed CPU kernel has overwritten in part.
#[test]
fn a_failed_cpu_attempt_leaves_one_truth() {
    let bench = bench(GpuExecutorConfig::default());
    bench.setter("set", 7);
    let cpu = Arc::downgrade(&bench.cpu);
    bench.cpu.kernel("half", 1, move |args| {
        cpu.upgrade().unwrap().set(&args[0], 9, 50);
        Err(refused("half"))
    });
    bench.gpu.kernel("half", 1, |_| Err(refused("half")));
    let gpu = Arc::downgrade(&bench.gpu);
    bench.gpu.kernel("touch", 1, move |args| {
        gpu.upgrade().unwrap().set(&args[0], 1, 1);
        Ok(())
    });
    let buffer = bench.executor.create_buffer(100).unwrap();
    let args = [GpuArg::Buffer(&buffer)];
    assert!(bench.executor.execute(&bench.request("set", &args, 5000)).executed_on_gpu);
    assert!(!bench.executor.execute(&bench.request("half", &args, 5000)).success);
    assert_eq!(content(&buffer), [7; 100], "{}", last_report());
    assert!(bench.executor.execute(&bench.request("touch", &args, 5000)).executed_on_gpu);
    let mut expected = [7; 100];
    expected[0] = 1;
    assert_eq!(content(&buffer), expected);
}

/// Two GPUs have the content and the host has not: losing one of them loses nothing, and neither does waiting for one.
#[test]
fn content_on_two_gpus_outlives_either() {
    for lose in [true, false] {
        let (first, second) = (MockDevice::new(DeviceType::Cuda), MockDevice::new(DeviceType::Rocm));
        let cpu = MockDevice::new(DeviceType::Cpu);
        let devices: Vec<Device> =
            [&first, &second, &cpu].into_iter().map(|device| Device::new(device.clone())).collect();
        for gpu in [&first, &second] {
            gpu.kernel("read", 1, |_| Ok(()));
        }
        let spoiler = Arc::downgrade(&cpu);
        cpu.kernel("spoil", 1, move |args| {
            spoiler.upgrade().unwrap().set(&args[0], 9, 50);
            Err(refused("spoil"))
        });
        let manager = Arc::new(GpuDeviceManager::of(devices.clone()));
        let executor = GpuExecutor::new(manager, GpuExecutorConfig::default());
        let buffer = executor.create_buffer(100).unwrap();
        buffer.write(0, &[3; 100]).unwrap();
        let options = CompileOptions::default();
        let config = LaunchConfig::new(1, 1);
        for device in &devices[..2] {
            let kernel = device.compile("text", "read", &options).unwrap();
            kernel.launch(&config, &[GpuArg::BufferConst(&buffer)]).unwrap();
        }
        let kernel = devices[2].compile("text", "spoil", &options).unwrap();
        kernel.launch(&config, &[GpuArg::Buffer(&buffer)]).unwrap_err();
        match lose {
            true => first.lost.store(true, Ordering::Release),
            false => {
                first.stuck.store(true, Ordering::Release);
                assert!(first.give_up(crate::backend::Ticket(1), "something"));
            }
        }
        assert_eq!(content(&buffer), [3; 100]);
        second.lost.store(true, Ordering::Release);
        first.lost.store(true, Ordering::Release);
        assert_eq!(content(&buffer), [3; 100], "it is on the host by now");
    }
}

/// Results that cannot be brought back make the attempt fail as a whole.
#[test]
fn nothing_is_written_if_a_plain_buffer_cannot_be_brought_back() {
    let bench = bench(GpuExecutorConfig { prefer_cpu_device: true, ..GpuExecutorConfig::default() });
    bench.gpu.kernel("both", 2, |_| Err(refused("both")));
    let (cpu, gpu) = (Arc::downgrade(&bench.cpu), Arc::downgrade(&bench.gpu));
    bench.cpu.kernel("both", 2, move |args| {
        args.iter().for_each(|arg| cpu.upgrade().unwrap().set(arg, 9, usize::MAX));
        gpu.upgrade().unwrap().refuse_writes.store(true, Ordering::Release);
        Ok(())
    });
    let managed = bench.executor.create_buffer(64).unwrap();
    managed.write(0, &[5; 64]).unwrap();
    let plain = bench.executor.manager().devices()[0].create_buffer(64).unwrap();
    plain.write(0, &[6; 64]).unwrap();
    let plain = Buffer::Device(Arc::new(plain));
    let args = [GpuArg::Buffer(&managed), GpuArg::Buffer(&plain)];
    let mut seen = Vec::new();
    let mut callback = || {
        seen = content(&managed);
        Ok(())
    };
    let result =
        bench.executor.execute_with_fallback(&bench.request("both", &args, 5000), Some(&mut callback));
    assert_eq!(result.executed_by, ExecutedBy::Callback, "{}", last_report());
    assert_eq!(seen, [5; 64], "the callback sees the content before the failed attempt");
    assert_eq!(content(&plain), [6; 64]);
}

/// What was written back before a write failed is undone, so that the next way starts from the content before.
#[test]
fn a_write_back_that_fails_half_way_is_undone() {
    let (bench, plains) = bench_with_two_plain_buffers();
    let args: Vec<GpuArg<'_>> = plains.iter().map(GpuArg::Buffer).collect();
    let mut seen = Vec::new();
    let mut callback = || {
        seen = plains.iter().map(content).collect::<Vec<_>>();
        Ok(())
    };
    bench.gpu.refuse_write_at.store(2, Ordering::Release);
    let result =
        bench.executor.execute_with_fallback(&bench.request("both", &args, 5000), Some(&mut callback));
    assert_eq!(result.executed_by, ExecutedBy::Callback, "{}", last_report());
    assert_eq!(bench.gpu.refuse_write_at.load(Ordering::Acquire), 0, "no write was refused");
    assert_eq!(seen, [[6; 64], [7; 64]], "the callback sees the content before the failed attempt");
}

/// Where that cannot be undone nobody may go on as if the content were right.
#[test]
fn a_write_back_that_cannot_be_undone_is_lost_data() {
    let (bench, plains) = bench_with_two_plain_buffers();
    let args: Vec<GpuArg<'_>> = plains.iter().map(GpuArg::Buffer).collect();
    // The second write fails, and so does every one after it.
    bench.gpu.refuse_write_at.store(2, Ordering::Release);
    bench.gpu.refuse_after.store(true, Ordering::Release);
    let mut called = false;
    let mut callback = || {
        called = true;
        Ok(())
    };
    let result =
        bench.executor.execute_with_fallback(&bench.request("both", &args, 5000), Some(&mut callback));
    let error = result.error.expect("an error");
    assert_eq!(error.status(), Status::DataLost, "{error}\n{}", last_report());
    assert!(error.to_string().contains("64 bytes"), "{error}");
    assert!(!called && !result.success && result.executed_by == ExecutedBy::None);
}

/// One buffer that cannot be undone does not keep the others from it.
#[test]
fn undoing_goes_on_behind_what_cannot_be_undone() {
    let (bench, plains) = bench_with_two_plain_buffers();
    let args: Vec<GpuArg<'_>> = plains.iter().map(GpuArg::Buffer).collect();
    // The first buffer is written, the second half; undoing the first fails, undoing the second does not.
    *bench.gpu.torn_writes.lock() = [false, true, true, false].into();
    let result =
        bench.executor.execute_with_fallback(&bench.request("both", &args, 5000), Some(&mut || Ok(())));
    assert_eq!(result.error.expect("an error").status(), Status::DataLost, "{}", last_report());
    assert!(bench.gpu.torn_writes.lock().is_empty(), "four writes");
    assert_eq!(content(&plains[1]), [7; 64], "the content before the failed attempt");
    assert_ne!(content(&plains[0]), [6; 64]);
}

/// Where the time went is told also of an attempt that failed before its kernel ran.
#[test]
fn the_report_of_a_failed_attempt_tells_its_time() {
    let bench = bench(GpuExecutorConfig { enable_cpu_fallback: false, ..GpuExecutorConfig::default() });
    bench.setter("set", 7);
    let small = bench.executor.create_buffer(100).unwrap();
    let args = [GpuArg::Buffer(&small)];
    assert!(bench.executor.execute(&bench.request("set", &args, 5000)).executed_on_gpu);
    let large = bench.executor.create_buffer(1 << 20).unwrap();
    bench.gpu.stuck.store(true, Ordering::Release);
    let args = [GpuArg::Buffer(&large)];
    let result = bench.executor.execute(&bench.request("set", &args, 80));
    bench.gpu.stuck.store(false, Ordering::Release);
    assert_eq!(result.error.expect("an error").status(), Status::Timeout);
    let report = last_report();
    assert!(report.contains("cached kernel"), "{report}");
    // "- CUDA device 0 (mock), 80.3ms (cached kernel, ...".
    let time = report.split("), ").nth(1).and_then(|rest| rest.split_once("ms (")).map(|(time, _)| time);
    let told: f64 = time.and_then(|time| time.parse().ok()).unwrap_or_else(|| panic!("{report}"));
    assert!((80.0..5000.0).contains(&told), "{report}");
}

/// The CPU device runs `both` on copies of two plain buffers of the GPU, which hold sixes and sevens.
fn bench_with_two_plain_buffers() -> (Bench, Vec<Buffer>) {
    let bench = bench(GpuExecutorConfig { prefer_cpu_device: true, ..GpuExecutorConfig::default() });
    bench.gpu.kernel("both", 2, |_| Err(refused("both")));
    let cpu = Arc::downgrade(&bench.cpu);
    bench.cpu.kernel("both", 2, move |args| {
        args.iter().for_each(|arg| cpu.upgrade().unwrap().set(arg, 9, usize::MAX));
        Ok(())
    });
    let plains = [6, 7].map(|value| {
        let plain = bench.executor.manager().devices()[0].create_buffer(64).unwrap();
        plain.write(0, &[value; 64]).unwrap();
        Buffer::Device(Arc::new(plain))
    });
    (bench, plains.to_vec())
}

/// A thread that reads behind work that does not end keeps nobody else: the execution that still uses the buffer comes
/// back in time, and so does whoever asks about the map.
#[test]
fn a_reader_that_waits_for_the_device_keeps_nobody_else() {
    let bench = bench(GpuExecutorConfig::default());
    bench.setter("set", 7);
    let buffer = bench.executor.create_buffer(100).unwrap();
    let args = [GpuArg::Buffer(&buffer)];
    assert!(bench.executor.execute(&bench.request("set", &args, 5000)).executed_on_gpu);
    std::thread::scope(|scope| {
        // The kernel gets the device stuck and lets a reader run into that, while its execution has the buffer.
        let (go, begin) = mpsc::channel::<()>();
        let gpu = Arc::downgrade(&bench.gpu);
        let go = parking_lot::Mutex::new(go);
        bench.gpu.kernel("stick", 1, move |_| {
            let gpu = gpu.upgrade().unwrap();
            gpu.stuck.store(true, Ordering::Release);
            let before = gpu.reads.load(Ordering::Acquire);
            go.lock().send(()).unwrap();
            while gpu.reads.load(Ordering::Acquire) == before {
                std::thread::sleep(Duration::from_millis(1));
            }
            Ok(())
        });
        let held = &buffer;
        scope.spawn(move || {
            begin.recv().unwrap();
            assert_eq!(content(held), [7; 100]);
        });
        let (report, done) = mpsc::channel();
        let bench = &bench;
        scope.spawn(move || {
            let args = [GpuArg::BufferConst(held)];
            let request = bench.request("stick", &args, 100);
            let started = Instant::now();
            let result = bench.executor.execute_with_fallback(&request, Some(&mut || Ok(())));
            let unmapped = held.unmap().map_err(|e| e.status());
            let _ = report.send((result.fallback_reason, unmapped, started.elapsed()));
        });
        let answer = done.recv_timeout(Duration::from_secs(3));
        bench.gpu.stuck.store(false, Ordering::Release);
        let (reason, unmapped, took) = answer.expect("control came back");
        assert_eq!((reason, unmapped), (FallbackReason::Timeout, Err(Status::InvalidState)));
        assert!(took < Duration::from_millis(400), "{took:?}");
    });
}

/// Readers that overlap all the time let a writer in.
#[test]
fn a_crowd_of_readers_lets_a_writer_in() {
    let bench = bench(GpuExecutorConfig::default());
    let buffer = bench.executor.create_buffer(64).unwrap();
    let Buffer::Managed(managed) = &buffer else { panic!("not managed") };
    let stop = std::sync::atomic::AtomicBool::new(false);
    let barrier = std::sync::Barrier::new(2);
    std::thread::scope(|scope| {
        for delay in [0, 5] {
            let (barrier, stop) = (&barrier, &stop);
            scope.spawn(move || {
                barrier.wait();
                std::thread::sleep(Duration::from_millis(delay));
                let mut held = managed.lease(false, None, None).unwrap();
                while !stop.load(Ordering::Acquire) {
                    std::thread::sleep(Duration::from_millis(8));
                    let late = Instant::now() + Duration::from_secs(20);
                    // The next use begins before this one ends, on this thread for as long as nobody else waits.
                    match managed.lease(false, None, Some(Instant::now() + Duration::from_millis(1))) {
                        Ok(next) => held = next,
                        Err(_) => {
                            drop(held);
                            held = managed.lease(false, None, Some(late)).unwrap();
                        }
                    }
                }
                drop(held);
            });
        }
        std::thread::sleep(Duration::from_millis(30));
        let until = Instant::now() + Duration::from_secs(5);
        let writer = managed.lease(true, None, Some(until));
        stop.store(true, Ordering::Release);
        assert!(writer.is_ok(), "the writer starved");
    });
}

#[test]
fn a_log_callback_may_use_the_buffer_it_hears_of() {
    let bench = bench(GpuExecutorConfig::default());
    bench.setter("set", 7);
    bench.gpu.register_error.store(true, Ordering::Release);
    let buffer = bench.executor.create_buffer(40 << 20).unwrap();
    let (report, heard) = mpsc::channel();
    let seen = buffer.clone();
    let owner = std::thread::current().id();
    let sink = move |_: log::LogLevel, text: &str| {
        // Other tests log as well.
        if std::thread::current().id() == owner && text.contains("page-locked") {
            let free = match &seen {
                Buffer::Managed(managed) => managed.is_free(),
                Buffer::Device(_) => false,
            };
            let _ = report.send(free);
        }
    };
    log::set_sink(Some(Arc::new(sink)), log::LogLevel::Debug);
    let args = [GpuArg::Buffer(&buffer)];
    let result = bench.executor.execute(&bench.request("set", &args, 5000));
    log::set_sink(None, log::LogLevel::Error);
    assert!(result.executed_on_gpu, "{:?}", result.error);
    assert_eq!(heard.try_recv(), Ok(true), "logged while the buffer was locked, or not at all");
}

#[test]
fn an_execution_inside_a_callback_has_a_report_of_its_own() {
    let bench = bench(GpuExecutorConfig::default());
    bench.setter("inner", 7);
    bench.gpu.kernel("outer", 1, |_| Err(refused("outer")));
    let buffer = bench.executor.create_buffer(8).unwrap();
    let args = [GpuArg::Buffer(&buffer)];
    let mut inner = String::new();
    let mut callback = || {
        assert!(bench.executor.execute(&bench.request("inner", &args, 5000)).success);
        inner = last_report();
        Ok(())
    };
    let request = bench.request("outer", &args, 5000);
    assert!(bench.executor.execute_with_fallback(&request, Some(&mut callback)).success);
    let outer = last_report();
    assert!(inner.contains("`inner`") && !inner.contains("outer"), "{inner}");
    assert!(outer.contains("`outer`") && !outer.contains("inner"), "{outer}");
    assert!(outer.contains("as the test wants it") && outer.contains("callback"), "{outer}");
}

/// The failure of a compile that nobody waited for any more is not an answer to a later call.
#[test]
fn a_passing_failure_in_the_background_is_not_kept() {
    let bench = bench(GpuExecutorConfig::default());
    bench.setter("set", 7);
    *bench.gpu.compile_time.lock() = Duration::from_millis(150);
    let memory = GpuError::MemoryAllocationFailed { requested_size: 1, reason: "for the moment".into() };
    bench.gpu.compile_errors.lock().push(memory);
    let buffer = bench.executor.create_buffer(8).unwrap();
    let args = [GpuArg::Buffer(&buffer)];
    let result = bench.executor.execute_with_fallback(&bench.request("set", &args, 20), Some(&mut || Ok(())));
    assert_eq!(result.fallback_reason, FallbackReason::Timeout);
    std::thread::sleep(Duration::from_millis(400));
    let result = bench.executor.execute(&bench.request("set", &args, 5000));
    assert!(result.executed_on_gpu, "{}", last_report());
    let stats = bench.executor.stats();
    assert_eq!((stats.cache_hits, stats.cache_misses, stats.kernel_compilation_count), (0, 2, 2));
}

/// Wrong requests are wrong on every machine, and no callback hides that.
#[test]
fn a_wrong_request_is_refused_whatever_the_devices_do() {
    let bench = bench(GpuExecutorConfig::default());
    bench.setter("set", 7);
    bench.gpu.kernel("broken", 1, |_| Err(refused("broken")));
    let mapped = bench.executor.create_buffer(8).unwrap();
    let free = bench.executor.create_buffer(8).unwrap();
    let pointer = mapped.map(Access::ReadWrite).unwrap();
    assert!(!pointer.is_null());
    bench.gpu.compile_errors.lock().push(refused("set"));
    let mut called = 0;
    let mut callback = || {
        called += 1;
        Ok(())
    };
    let args = [GpuArg::Buffer(&mapped)];
    let result =
        bench.executor.execute_with_fallback(&bench.request("set", &args, 5000), Some(&mut callback));
    assert_eq!(result.error.map(|e| e.status()), Some(Status::InvalidState), "{}", last_report());
    mapped.unmap().unwrap();

    let none = GpuExecutor::new(Arc::new(GpuDeviceManager::of(Vec::new())), GpuExecutorConfig::default());
    let args = [GpuArg::Buffer(&free)];
    let mut request = bench.request("set", &args, 5000);
    request.config.grid.y = 0;
    let result = none.execute_with_fallback(&request, Some(&mut callback));
    assert_eq!(result.error.map(|e| e.status()), Some(Status::InvalidArgument));
    assert_eq!(called, 0);
    assert_eq!(none.stats(), GpuExecutorStats::default());

    // Neither an execution nor a failure of the GPU.
    let result = bench.executor.execute(&bench.request("set", &[], 5000));
    assert_eq!(result.error.map(|e| e.status()), Some(Status::InvalidArgument));
    let stats = bench.executor.stats();
    assert_eq!((stats.total_executions, stats.gpu_failure_count), (0, 1), "the refused compile counts");
}

/// Refused texts are remembered apart: however many come, the kernels stay.
#[test]
fn refused_texts_push_no_kernel_out() {
    let bench = bench(GpuExecutorConfig { max_cache_size: 2, ..GpuExecutorConfig::default() });
    let buffer = bench.executor.create_buffer(8).unwrap();
    let args = [GpuArg::Buffer(&buffer)];
    let hit = |name: &str| {
        let result =
            bench.executor.execute_with_fallback(&bench.request(name, &args, 5000), Some(&mut || Ok(())));
        assert!(result.success);
        (result.executed_on_gpu, result.cache_hit)
    };
    for name in ["a", "b", "c"] {
        bench.setter(name, 7);
    }
    assert_eq!((hit("a"), hit("b")), ((true, false), (true, false)));
    let names: Vec<String> = (0..20).map(|index| format!("missing{index}")).collect();
    for name in &names {
        assert_eq!(hit(name), (false, false));
    }
    assert_eq!((hit("a"), hit("b")), ((true, true), (true, true)), "pushed out by refused texts");
    // The last refused ones are remembered too, the first no more.
    let compiled = bench.executor.stats().kernel_compilation_count;
    hit(&names[19]);
    assert_eq!(bench.executor.stats().kernel_compilation_count, compiled);
    hit(&names[0]);
    assert_eq!(bench.executor.stats().kernel_compilation_count, compiled + 1);
    // A kernel too many still pushes out the one not used for longest.
    assert_eq!((hit("b"), hit("c")), ((true, true), (true, false)));
    assert_eq!((hit("b"), hit("c"), hit("a")), ((true, true), (true, true), (true, false)));
}

/// Headers on disk belong to the text: a changed one is compiled again, an unchanged one is not.
#[cfg(feature = "cpu")]
#[test]
fn a_header_that_changed_on_disk_is_compiled_again() {
    let options = crate::manager::ManagerOptions { cuda: false, rocm: false, ..Default::default() };
    let manager = Arc::new(GpuDeviceManager::new(&options));
    let executor = GpuExecutor::new(manager, GpuExecutorConfig::default());
    let folder = std::env::temp_dir().join(format!("vmgpu-headers-{}", std::process::id()));
    let late = folder.join("late");
    std::fs::create_dir_all(&late).unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).unwrap();
    write("outer.h", "#include \"inner.h\"\n#define OUTER 10");
    write("inner.h", "#define INNER 1");
    let compile = CompileOptions {
        options: vec![format!("-I{}", late.display()), "--include-path".into(), folder.display().to_string()],
        headers: vec![("memory.h".into(), "#include <outer.h>\n".into())],
    };
    let source = "#include \"memory.h\"\n__global__ void f(int *p) { *p = OUTER + INNER; }";
    let buffer = executor.create_buffer(4).unwrap();
    let args = [GpuArg::Buffer(&buffer)];
    let run = || {
        let request = ExecutionRequest {
            source,
            kernel_name: "f",
            options: &compile,
            config: LaunchConfig::new(1, 1),
            args: &args,
            timeout: RequestTimeout::Configured,
        };
        let result = executor.execute(&request);
        let value = content(&buffer);
        (result.success, i32::from_le_bytes([value[0], value[1], value[2], value[3]]), result.cache_hit)
    };
    assert_eq!(run(), (true, 11, false));
    assert_eq!(run(), (true, 11, true));
    // As long as before, and written in the same moment.
    write("inner.h", "#define INNER 2");
    assert_eq!(run(), (true, 12, false));
    assert_eq!(run(), (true, 12, true));
    write("outer.h", "#include \"inner.h\"\n#define OUTER 30");
    assert_eq!(run(), (true, 32, false));
    // One that is found earlier from now on.
    std::fs::write(late.join("outer.h"), "#define OUTER 5\n#define INNER 6").unwrap();
    assert_eq!(run(), (true, 11, false));
    assert_eq!(run(), (true, 11, true));
    // Refused and mended.
    std::fs::write(late.join("outer.h"), "#error not now").unwrap();
    assert!(!run().0);
    std::fs::remove_file(late.join("outer.h")).unwrap();
    assert_eq!(run(), (true, 32, false));
    write("inner.h", "int a = ;");
    assert!(!run().0);
    write("inner.h", "#define INNER 3");
    assert_eq!(run(), (true, 33, false));
    assert_eq!(run(), (true, 33, true));
    std::fs::remove_dir_all(&folder).unwrap();
}
