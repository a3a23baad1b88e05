//! Finding drivers and devices: every absence has a sentence of its own, listing starts nothing, forks are noticed.

use std::path::PathBuf;
use std::sync::Arc;

use vmgpu::backend::registry::ProbeOptions;
use vmgpu::backend::{DeviceState, Ticket, cuda};
use vmgpu::error::{GpuError, Status};
use vmgpu::types::{CompileOptions, Dim3};

use crate::child::in_child;
use crate::fakes::{self, fakes, fakes_without};
use crate::{EMPTY, VADD, compile, devices, one, pattern, read};

fn absence(options: &ProbeOptions) -> String {
    let probe = cuda::probe(options);
    assert!(probe.devices.is_empty());
    probe.explanation
}

#[test]
fn a_missing_library_names_all_that_was_tried() {
    in_child("probe::a_missing_library_names_all_that_was_tried", &[], || {
        let options = ProbeOptions { cuda_path: Some("/nowhere/libcuda.so.1".into()), ..Default::default() };
        let text = absence(&options);
        assert!(text.contains("driver library was not found"), "{text}");
        assert!(text.contains("/nowhere/libcuda.so.1 (cannot open shared object file"), "{text}");
    });
}

#[test]
fn the_environment_names_the_library() {
    let name = "probe::the_environment_names_the_library";
    in_child(name, &[("VMGPU_CUDA_PATH", "/elsewhere/libcuda.so")], || {
        let text = absence(&ProbeOptions::default());
        assert!(text.contains("/elsewhere/libcuda.so"), "{text}");
    });
}

#[test]
fn a_missing_required_symbol_is_named() {
    in_child("probe::a_missing_required_symbol_is_named", &[], || {
        let text = absence(&fakes_without(&["cuLaunchKernelEx"]).options());
        assert!(text.contains("lacks the required symbol cuLaunchKernelEx"), "{text}");
        let two = ["cuStreamQuery", "cuMemGetInfo_v2"];
        let text = absence(&fakes_without(&two).options());
        assert!(text.contains("lacks the required symbols cuMemGetInfo_v2, cuStreamQuery"), "{text}");
    });
}

#[test]
fn an_old_driver_tells_its_version() {
    in_child("probe::an_old_driver_tells_its_version", &[("FAKE_CUDA_VERSION", "11080")], || {
        let text = absence(&fakes().options());
        assert!(text.contains("too old") && text.contains("CUDA 11.8") && text.contains("12.0"), "{text}");
    });
}

#[test]
fn a_failing_start_tells_the_code() {
    in_child("probe::a_failing_start_tells_the_code", &[("FAKE_CUDA_INIT_ERROR", "999")], || {
        let text = absence(&fakes().options());
        assert!(text.contains("could not be initialised"), "{text}");
        assert!(text.contains("cuInit failed: CUDA_ERROR_UNKNOWN (999): unknown error"), "{text}");
    });
}

#[test]
fn the_toolkits_stub_is_recognised() {
    in_child("probe::the_toolkits_stub_is_recognised", &[("FAKE_CUDA_INIT_ERROR", "34")], || {
        let text = absence(&fakes().options());
        assert!(text.contains("stub"), "{text}");
    });
}

#[test]
fn no_device_is_said_and_later_found() {
    in_child("probe::no_device_is_said_and_later_found", &[("FAKE_CUDA_DEVICES", "0")], || {
        let fakes = fakes();
        let text = absence(&fakes.options());
        assert!(text.contains("sees no device") && text.contains("CUDA 13.0"), "{text}");
        // Absence is not remembered for ever.
        fakes.control("DEVICES", 1);
        assert_eq!(devices(&fakes).len(), 1);
    });
}

#[test]
fn devices_tell_everything_and_listing_starts_nothing() {
    let name = "probe::devices_tell_everything_and_listing_starts_nothing";
    in_child(name, &[("FAKE_CUDA_DEVICES", "3"), ("FAKE_CUDA_MEMORY_MB", "4096")], || {
        let fakes = fakes();
        let probe = cuda::probe(&fakes.options());
        assert!(probe.explanation.contains("offers 3 devices"), "{}", probe.explanation);
        assert!(probe.explanation.contains("CUDA C is compiled by NVRTC 13.0 at"), "{}", probe.explanation);
        for (index, device) in probe.devices.iter().enumerate() {
            let info = device.device_info();
            assert_eq!(info.name, format!("Fake GPU {index}"));
            assert_eq!(info.device_id, index as u32);
            assert_eq!(info.compute_capability, (9, 0));
            assert_eq!(info.architecture, "sm_90");
            assert_eq!((info.total_memory_mb, info.free_memory_mb), (4096, 0));
            assert_eq!(info.multiprocessor_count, 132);
            assert_eq!(info.clock_rate_khz, 1_980_000);
            assert_eq!(info.l2_cache_size, 50 << 20);
            assert!(info.supports_unified_memory && info.supports_shared_memory);
            assert_eq!((info.warp_size, info.max_threads_per_block), (32, 1024));
            assert_eq!(info.max_block_dim, Dim3::new(1024, 1024, 64));
            assert_eq!(info.max_grid_dim, Dim3::new(0x7fff_ffff, 65535, 65535));
            assert_eq!(info.shared_memory_per_block, 48 << 10);
            assert_eq!(info.max_shared_memory_per_block, 227 << 10);
            assert_eq!(info.driver_version, 13000);
            assert_eq!(device.state(), DeviceState::Available);
        }
        assert_eq!(fakes.counter("contexts"), 0);
        assert_eq!(fakes.counter("streams"), 0);
        // In use, the driver itself tells the free memory.
        let buffer = probe.devices[1].allocate_memory(100 << 20).unwrap();
        assert_eq!(probe.devices[1].device_info().free_memory_mb, 4096 - 100);
        // What the pool keeps for later is free to whoever allocates here.
        fakes.control("POOL_IDLE_MB", 300);
        assert_eq!(probe.devices[1].device_info().free_memory_mb, 4096 - 100);
        probe.devices[1].initialize().unwrap();
        probe.devices[1].free_memory(&buffer);
        assert_eq!(fakes.counter("contexts"), 1);
    });
}

#[test]
fn managers_share_devices_and_queues() {
    in_child("probe::managers_share_devices_and_queues", &[], || {
        let fakes = fakes();
        let (first, second) = (devices(&fakes), devices(&fakes));
        assert!(Arc::ptr_eq(&first[0], &second[0]));
        // Another NVRTC makes another device object on the same queue.
        let options = ProbeOptions { nvrtc_path: Some("/nowhere/libnvrtc.so".into()), ..fakes.options() };
        let third = cuda::probe(&options).devices;
        assert!(!Arc::ptr_eq(&first[0], &third[0]));
        let buffer = first[0].allocate_memory(64).unwrap();
        first[0].fill(&buffer, 0, 7, 64).unwrap();
        assert_eq!(read(&third[0], &buffer), vec![7u8; 64]);
        assert_eq!((fakes.counter("contexts"), fakes.counter("streams")), (1, 2));
    });
}

#[test]
fn without_nvrtc_copies_and_ready_binaries_work() {
    in_child("probe::without_nvrtc_copies_and_ready_binaries_work", &[], || {
        let fakes = fakes();
        let options = ProbeOptions { nvrtc_path: Some("/nowhere/libnvrtc.so".into()), ..fakes.options() };
        let probe = cuda::probe(&options);
        assert!(probe.explanation.contains("NVRTC is missing"), "{}", probe.explanation);
        assert!(probe.explanation.contains("/nowhere/libnvrtc.so"), "{}", probe.explanation);
        let device = &probe.devices[0];
        let buffer = device.allocate_memory(1000).unwrap();
        let data = pattern(1000, 5);
        device.copy_h2d(&data, &buffer, 0).unwrap();
        assert_eq!(read(device, &buffer), data);
        let error = device.compile_kernel(EMPTY, "empty", &CompileOptions::default()).err().unwrap();
        assert_eq!(error.status(), Status::DriverBindingFailed);
        assert!(device.compiler_identity().is_err());
        let ready = compile(&devices(&fakes)[0], EMPTY, "empty");
        let kernel = device.load_kernel(&ready.binary, "empty").unwrap();
        device.execute_kernel(&kernel, &one(), &[]).unwrap();
        device.synchronize().unwrap();
    });
}

#[test]
fn nvrtc_without_builtins_is_said_before_and_after() {
    let name = "probe::nvrtc_without_builtins_is_said_before_and_after";
    in_child(name, &[("FAKE_NVRTC_BUILTINS", "needed")], || {
        let fakes = fakes();
        let folder = std::env::temp_dir().join(format!("vmgpu-no-builtins-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let alone = folder.join("libnvrtc.so.13");
        std::fs::copy(&fakes.nvrtc_path, &alone).unwrap();
        let probe = cuda::probe(&ProbeOptions { nvrtc_path: Some(alone), ..fakes.options() });
        assert!(probe.explanation.contains("lacks its builtins library"), "{}", probe.explanation);
        assert!(probe.explanation.contains("libnvrtc-builtins.so.13.0"), "{}", probe.explanation);
        let device = &probe.devices[0];
        match device.compile_kernel(EMPTY, "empty", &CompileOptions::default()) {
            Err(GpuError::KernelCompilationFailed { reason, .. }) => {
                assert!(reason.contains("cannot find its builtins library"), "{reason}");
                assert!(reason.contains("failed to open libnvrtc-builtins"), "{reason}");
            }
            other => panic!("{:?}", other.err()),
        }
        let buffer = device.allocate_memory(10).unwrap();
        device.fill(&buffer, 0, 3, 10).unwrap();
        assert_eq!(read(device, &buffer), vec![3u8; 10]);
        std::fs::remove_dir_all(&folder).unwrap();
    });
}

#[test]
fn builtins_beside_nvrtc_are_opened_when_the_loader_does_not_find_them() {
    let name = "probe::builtins_beside_nvrtc_are_opened_when_the_loader_does_not_find_them";
    in_child(name, &[("FAKE_NVRTC_BUILTINS", "needed"), ("FAKE_NVRTC_VERSION", "13.7")], || {
        let built = fakes();
        let folder = std::env::temp_dir().join(format!("vmgpu-builtins-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let nvrtc = folder.join("libnvrtc.so.13");
        std::fs::copy(&built.nvrtc_path, &nvrtc).unwrap();
        fakes::build_builtins(&folder.join("libnvrtc-builtins.so.13.7"));
        // A folder is accepted as a path.
        let probe = cuda::probe(&ProbeOptions { nvrtc_path: Some(folder.clone()), ..built.options() });
        assert!(probe.explanation.contains("NVRTC 13.7"), "{}", probe.explanation);
        // Every thread that misses them tries again, not only the one that opens them.
        let start = std::sync::Barrier::new(8);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    start.wait();
                    let kernel = compile(&probe.devices[0], VADD, "vadd");
                    assert_eq!(kernel.metadata.compiler, "NVRTC 13.7");
                });
            }
        });
        std::fs::remove_dir_all(&folder).unwrap();
    });
}

#[test]
fn optional_symbols_may_be_absent() {
    in_child("probe::optional_symbols_may_be_absent", &[("VMGPU_KEEP_MB", "0")], || {
        let fakes = fakes_without(&[
            "cuGetProcAddress_v2",
            "cuMemAllocAsync",
            "cuMemFreeAsync",
            "cuStreamWriteValue64_v2",
            "cuFuncGetParamInfo",
            "cuMemHostRegister_v2",
            "cuMemcpyPeerAsync",
            "cuDeviceGetDefaultMemPool",
        ]);
        let device = devices(&fakes).remove(0);
        let kernel = compile(&device, VADD, "vadd");
        // Without the driver's word the parameters come from NVRTC's PTX.
        let sizes: Vec<u32> = kernel.metadata.params.as_ref().unwrap().iter().map(|p| p.size).collect();
        assert_eq!(sizes, [8, 8, 8, 4]);
        let buffer = device.allocate_memory(5000).unwrap();
        let data = pattern(5000, 9);
        device.copy_h2d(&data, &buffer, 0).unwrap();
        assert_eq!(read(&device, &buffer), data);
        assert_eq!(device.register_host(0x1000, 0x1000).unwrap_err().status(), Status::FeatureNotSupported);
        device.free_memory(&buffer);
        // On a busy machine the thread that releases may come later.
        crate::eventually("the memory is released", || fakes.counter("blocking_frees") == 1);
        // A binary without PTX then tells nothing about its parameters.
        let loaded = device.load_kernel(&kernel.binary, "vadd").unwrap();
        assert_eq!(loaded.metadata.params, None);
    });
}

#[test]
fn the_oldest_supported_driver_works() {
    // Its cuGetProcAddress refuses functions that are newer than itself.
    in_child("probe::the_oldest_supported_driver_works", &[("FAKE_CUDA_VERSION", "12000")], || {
        let probe = cuda::probe(&fakes_without(&["cuFuncGetParamInfo"]).options());
        assert!(probe.explanation.contains("newer than the driver (CUDA 12.0)"), "{}", probe.explanation);
        let kernel = compile(&probe.devices[0], VADD, "vadd");
        assert_eq!(kernel.metadata.num_params(), Some(4));
    });
}

#[test]
fn every_absence_reads_differently() {
    in_child("probe::every_absence_reads_differently", &[], || {
        let good = fakes();
        let mut sentences = Vec::new();
        let nowhere = Some(PathBuf::from("/nowhere"));
        sentences.push(absence(&ProbeOptions { cuda_path: nowhere, ..good.options() }));
        sentences.push(absence(&fakes_without(&["cuInit"]).options()));
        for (switch, value) in [("VERSION", 11040), ("INIT_ERROR", 999), ("INIT_ERROR", 34), ("DEVICES", 0)] {
            good.control(switch, value);
            sentences.push(absence(&good.options()));
            good.control(switch, -1);
        }
        for (index, sentence) in sentences.iter().enumerate() {
            assert!(sentence.starts_with("no CUDA device: "), "{sentence}");
            assert!(!sentences[..index].contains(sentence), "{sentence}");
        }
    });
}

#[test]
fn the_child_of_a_fork_is_told_so() {
    in_child("probe::the_child_of_a_fork_is_told_so", &[], || {
        let fakes = fakes();
        let device = devices(&fakes).remove(0);
        let buffer = device.allocate_memory(64).unwrap();
        let kernel = compile(&device, EMPTY, "empty");
        device.synchronize().unwrap();
        // SAFETY: the child only runs code that takes no lock another thread may hold, and leaves with _exit.
        let pid = unsafe { libc::fork() };
        if pid == 0 {
            let forked = |status: Status| status == Status::Forked;
            let mut bytes = [0u8; 8];
            let answers = [
                device.initialize().is_err_and(|e| forked(e.status())),
                device.allocate_memory(1).is_err_and(|e| forked(e.status())),
                device.copy_h2d(&[1], &buffer, 0).is_err_and(|e| forked(e.status())),
                device.copy_d2h(&buffer, 0, &mut bytes).is_err_and(|e| forked(e.status())),
                device.copy_d2d(&buffer, 0, &buffer, 8, 8).is_err_and(|e| forked(e.status())),
                device.fill(&buffer, 0, 1, 8).is_err_and(|e| forked(e.status())),
                device.register_host(4096, 4096).is_err_and(|e| forked(e.status())),
                device.compiler_identity().is_err_and(|e| forked(e.status())),
                device.compile_kernel(EMPTY, "empty", &Default::default()).is_err_and(|e| forked(e.status())),
                device.load_kernel(&kernel.binary, "empty").is_err_and(|e| forked(e.status())),
                device.execute_kernel(&kernel, &one(), &[]).is_err_and(|e| forked(e.status())),
                device.execute_and_mark(&kernel, &one(), &[], None).is_err_and(|e| forked(e.status())),
                device.wait_ticket(Ticket(1), None).is_err_and(|e| forked(e.status())),
                device.mark().is_err_and(|e| forked(e.status())),
                device.synchronize().is_err_and(|e| forked(e.status())),
                device.kernel_symbol(&kernel, "x").is_err_and(|e| forked(e.status())),
                !device.give_up(Ticket(1), "x"),
                !device.is_available(),
                device.device_info().free_memory_mb == 0,
                absence(&fakes.options()).contains("forked"),
            ];
            device.free_memory(&buffer);
            drop(kernel);
            let bad = answers.iter().position(|answer| !answer).map_or(0, |index| index as i32 + 1);
            // SAFETY: ends the child without running anything of the parent's.
            unsafe { libc::_exit(bad) };
        }
        let mut status = 0;
        // SAFETY: waits for the child made above.
        assert_eq!(unsafe { libc::waitpid(pid, &mut status, 0) }, pid);
        assert!(libc::WIFEXITED(status), "the child died of a signal: {status}");
        assert_eq!(libc::WEXITSTATUS(status), 0, "number of the first wrong answer");
        // The parent goes on.
        device.execute_kernel(&kernel, &one(), &[]).unwrap();
        device.synchronize().unwrap();
    });
}

#[test]
fn a_fork_before_the_first_use_is_harmless() {
    in_child("probe::a_fork_before_the_first_use_is_harmless", &[], || {
        let fakes = fakes();
        // SAFETY: a single-threaded moment of the test runner's only test; the child leaves with _exit.
        let pid = unsafe { libc::fork() };
        if pid == 0 {
            let works = devices(&fakes)[0].allocate_memory(64).is_ok();
            // SAFETY: ends the child without running anything of the parent's.
            unsafe { libc::_exit(if works { 0 } else { 1 }) };
        }
        let mut status = 0;
        // SAFETY: waits for the child made above.
        assert_eq!(unsafe { libc::waitpid(pid, &mut status, 0) }, pid);
        assert_eq!(status, 0);
    });
}

#[test]
fn builds_of_the_fakes_are_reused() {
    let (first, second) = (fakes::build("fakecuda.c", "libcuda.so.1", &[]), fakes().cuda_path);
    assert_eq!(first, second);
}
