//! Tickets, deadlines, kernels that do not end, flow control, the ways of noticing completion.

use std::time::{Duration, Instant};

use vmgpu::backend::{DeviceState, Ticket};
use vmgpu::error::{GpuError, Status};
use vmgpu::types::CompileOptions;

use crate::child::in_child;
use crate::fakes::{Fakes, fakes, fakes_without};
use crate::{Device, EMPTY, ENDLESS, compile, devices, eventually, int, on_device, one};

const SLEEP: &str = "extern \"C\" __global__ void sleep_ms(int ms) {}";

pub fn soon(ms: u64) -> Option<Instant> {
    Some(Instant::now() + Duration::from_millis(ms))
}

fn tickets_complete_in_order(device: &Device) {
    let sleep = compile(device, SLEEP, "sleep_ms");
    let slow = device.execute_and_mark(&sleep, &one(), &[int(80)], None).unwrap();
    let later = device.execute_and_mark(&sleep, &one(), &[int(1)], None).unwrap();
    assert!(later > slow);
    let start = Instant::now();
    assert!(!device.wait_ticket(slow, soon(10)).unwrap());
    assert!(start.elapsed() < Duration::from_millis(70), "{:?}", start.elapsed());
    assert!(!device.wait_ticket(slow, Some(Instant::now())).unwrap());
    assert!(device.is_available(), "a deadline that passed changes nothing");
    assert!(device.wait_ticket(later, soon(10_000)).unwrap());
    assert!(start.elapsed() >= Duration::from_millis(60));
    assert!(device.wait_ticket(slow, Some(Instant::now())).unwrap());
    let end = device.mark().unwrap();
    assert!(device.wait_ticket(end, None).unwrap());
    assert!(!device.give_up(slow, "sleep_ms"), "it has ended");
    assert!(device.is_available());
    let never = device.wait_ticket(Ticket(end.0 + 100), None).unwrap_err();
    assert_eq!(never.status(), Status::Internal);
}

#[test]
fn tickets_by_the_word() {
    on_device("waiting::tickets_by_the_word", &[], |fakes, device| {
        tickets_complete_in_order(device);
        assert_eq!(fakes.counter("events"), 0);
    });
}

#[test]
fn tickets_by_events_without_the_symbol() {
    in_child("waiting::tickets_by_events_without_the_symbol", &[], || {
        let fakes = fakes_without(&["cuStreamWriteValue64_v2"]);
        tickets_complete_in_order(&devices(&fakes)[0]);
        assert!(fakes.counter("events") > 0);
    });
}

#[test]
fn tickets_by_events_without_the_capability() {
    let name = "waiting::tickets_by_events_without_the_capability";
    on_device(name, &[("FAKE_CUDA_NO_WRITE_VALUE", "1")], |fakes, device| {
        tickets_complete_in_order(device);
        assert_eq!(fakes.counter("write_values"), 0);
    });
}

#[test]
fn tickets_by_events_when_the_driver_refuses_the_write() {
    let name = "waiting::tickets_by_events_when_the_driver_refuses_the_write";
    on_device(name, &[("FAKE_CUDA_WRITE_VALUE_FAILS", "1")], |_, device| tickets_complete_in_order(device));
}

#[test]
fn tickets_by_events_when_the_write_never_shows() {
    let name = "waiting::tickets_by_events_when_the_write_never_shows";
    on_device(name, &[("FAKE_CUDA_WRITE_VALUE_LOST", "1")], |fakes, device| {
        tickets_complete_in_order(device);
        assert_eq!(fakes.counter("write_values"), 1);
    });
}

#[test]
fn plain_launches_pay_for_no_tickets() {
    on_device("waiting::plain_launches_pay_for_no_tickets", &[], |fakes, device| {
        let kernel = compile(device, EMPTY, "empty");
        device.synchronize().unwrap();
        let before = fakes.counter("write_values");
        for _ in 0..100 {
            device.execute_kernel(&kernel, &one(), &[]).unwrap();
        }
        assert!(fakes.counter("write_values") <= before + 1, "at most one mark of the flow control");
        device.synchronize().unwrap();
        assert_eq!(fakes.counter("launches"), 100);
    });
}

pub fn is_busy<T>(result: Result<T, GpuError>) -> bool {
    match result {
        Err(GpuError::DeviceBusy { device, reason }) => {
            assert!(device.contains("CUDA device 0"), "{device}");
            assert!(reason.contains("kernel `endless`"), "{reason}");
            true
        }
        Err(other) => panic!("{other}"),
        Ok(_) => false,
    }
}

fn busy_and_back(fakes: &Fakes, device: &Device) {
    let buffer = device.allocate_memory(200_000).unwrap();
    let empty = compile(device, EMPTY, "empty");
    let endless = compile(device, ENDLESS, "endless");
    let before = device.execute_and_mark(&empty, &one(), &[], None).unwrap();
    let ticket = device.execute_and_mark(&endless, &one(), &[], soon(20)).unwrap();
    assert!(device.wait_ticket(before, soon(5_000)).unwrap());
    assert!(!device.wait_ticket(ticket, soon(20)).unwrap());
    // Somebody else already waits behind it, without a limit.
    let (result, took) = std::thread::scope(|scope| {
        let waiter = scope.spawn(|| {
            let start = Instant::now();
            (device.synchronize(), start.elapsed())
        });
        std::thread::sleep(Duration::from_millis(30));
        assert!(device.give_up(ticket, "kernel `endless`"));
        waiter.join().unwrap()
    });
    assert!(is_busy(result));
    assert!(took < Duration::from_secs(2), "{took:?}");
    match device.state() {
        DeviceState::Busy(text) => assert!(text.contains("kernel `endless`"), "{text}"),
        other => panic!("{other:?}"),
    }
    let mut bytes = vec![0u8; 100];
    let start = Instant::now();
    assert!(is_busy(device.execute_kernel(&empty, &one(), &[])));
    assert!(is_busy(device.execute_and_mark(&empty, &one(), &[], None)));
    assert!(is_busy(device.copy_h2d(&[1; 100], &buffer, 0)));
    assert!(is_busy(device.copy_h2d(&vec![1; 200_000], &buffer, 0)));
    assert!(is_busy(device.copy_d2h(&buffer, 0, &mut bytes)));
    assert!(is_busy(device.copy_d2d(&buffer, 0, &buffer, 1000, 10)));
    assert!(is_busy(device.fill(&buffer, 0, 1, 10)));
    assert!(is_busy(device.synchronize()));
    assert!(is_busy(device.mark()));
    assert!(is_busy(device.allocate_memory(64)));
    assert!(is_busy(device.compile_kernel(EMPTY, "empty", &CompileOptions::default())));
    assert!(is_busy(device.load_kernel(&empty.binary, "empty")));
    assert!(is_busy(device.wait_ticket(ticket, None)));
    device.device_info();
    device.free_memory(&buffer);
    // A ticket before it is no reason to fail.
    assert!(device.wait_ticket(before, None).unwrap());
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());

    fakes.release(1);
    eventually("the device is used again", || device.is_available());
    let again = device.allocate_memory(100).unwrap();
    device.copy_h2d(&[7; 100], &again, 0).unwrap();
    device.copy_d2h(&again, 0, &mut bytes).unwrap();
    assert_eq!(bytes, [7; 100]);
    device.execute_kernel(&empty, &one(), &[]).unwrap();
    device.synchronize().unwrap();
}

#[test]
fn busy_until_the_kernel_ends() {
    on_device("waiting::busy_until_the_kernel_ends", &[], busy_and_back);
}

#[test]
fn busy_until_the_kernel_ends_with_events_and_without_pools() {
    let name = "waiting::busy_until_the_kernel_ends_with_events_and_without_pools";
    let environment = [("FAKE_CUDA_NO_WRITE_VALUE", "1"), ("FAKE_CUDA_NO_POOLS", "1")];
    on_device(name, &environment, busy_and_back);
}

#[test]
fn other_devices_are_not_busy() {
    in_child("waiting::other_devices_are_not_busy", &[("FAKE_CUDA_DEVICES", "2")], || {
        let fakes = fakes();
        let devices = devices(&fakes);
        let endless = compile(&devices[0], ENDLESS, "endless");
        let ticket = devices[0].execute_and_mark(&endless, &one(), &[], None).unwrap();
        assert!(devices[0].give_up(ticket, "kernel `endless`"));
        assert!(!devices[0].is_available());
        assert!(devices[1].is_available());
        let empty = compile(&devices[1], EMPTY, "empty");
        devices[1].execute_kernel(&empty, &one(), &[]).unwrap();
        devices[1].synchronize().unwrap();
    });
}

#[test]
fn launches_behind_an_endless_kernel_never_block_in_the_driver() {
    let name = "waiting::launches_behind_an_endless_kernel_never_block_in_the_driver";
    on_device(name, &[], |fakes, device| {
        let (empty, endless) = (compile(device, EMPTY, "empty"), compile(device, ENDLESS, "endless"));
        let ticket = device.execute_and_mark(&endless, &one(), &[], None).unwrap();
        let queued = std::thread::scope(|scope| {
            let launcher = scope.spawn(|| {
                let mut count = 0;
                loop {
                    match device.execute_kernel(&empty, &one(), &[]) {
                        Ok(()) => count += 1,
                        result => {
                            assert!(is_busy(result));
                            return count;
                        }
                    }
                }
            });
            std::thread::sleep(Duration::from_millis(200));
            assert!(device.give_up(ticket, "kernel `endless`"));
            launcher.join().unwrap()
        });
        assert!((300..1000).contains(&queued), "{queued} launches fitted");
        // With a deadline the launch itself gives control back.
        fakes.release(1);
        eventually("the device is used again", || device.is_available());
        device.synchronize().unwrap();
        device.execute_kernel(&endless, &one(), &[]).unwrap();
        let start = Instant::now();
        let error = loop {
            if let Err(error) = device.execute_and_mark(&empty, &one(), &[], soon(50)) {
                break error;
            }
            assert!(start.elapsed() < Duration::from_secs(5));
        };
        assert_eq!(error.status(), Status::Timeout);
        fakes.release(1);
        device.synchronize().unwrap();
    });
}

#[test]
fn whoever_fills_the_queue_returns_when_a_later_ticket_is_given_up() {
    let name = "waiting::whoever_fills_the_queue_returns_when_a_later_ticket_is_given_up";
    on_device(name, &[], |fakes, device| {
        let (empty, endless) = (compile(device, EMPTY, "empty"), compile(device, ENDLESS, "endless"));
        let buffer = device.allocate_memory(64).unwrap();
        device.execute_kernel(&endless, &one(), &[]).unwrap();
        std::thread::scope(|scope| {
            let launcher = scope.spawn(|| {
                loop {
                    if let Err(error) = device.execute_kernel(&empty, &one(), &[]) {
                        return error;
                    }
                }
            });
            // Small copies wait for room in the ring instead.
            let writer = scope.spawn(|| {
                loop {
                    if let Err(error) = device.copy_h2d(&[3; 64], &buffer, 0) {
                        return error;
                    }
                }
            });
            std::thread::sleep(Duration::from_millis(150));
            let ticket = device.mark().unwrap();
            assert!(device.give_up(ticket, "kernel `empty`"));
            assert_eq!(launcher.join().unwrap().status(), Status::DeviceBusy);
            assert_eq!(writer.join().unwrap().status(), Status::DeviceBusy);
        });
        fakes.release(1);
        eventually("the device is used again", || device.is_available());
        device.synchronize().unwrap();
    });
}

#[test]
fn loading_behind_an_endless_kernel_gives_control_back() {
    let name = "waiting::loading_behind_an_endless_kernel_gives_control_back";
    on_device(name, &[("FAKE_CUDA_LOAD_WAITS", "1")], |fakes, device| {
        let endless = compile(device, ENDLESS, "endless");
        let ticket = device.execute_and_mark(&endless, &one(), &[], None).unwrap();
        std::thread::scope(|scope| {
            let compiler = scope.spawn(|| device.compile_kernel(EMPTY, "empty", &CompileOptions::default()));
            let loader = scope.spawn(|| device.load_kernel(&endless.binary, "endless"));
            std::thread::sleep(Duration::from_millis(50));
            assert!(device.give_up(ticket, "kernel `endless`"));
            assert!(is_busy(compiler.join().unwrap()));
            assert!(is_busy(loader.join().unwrap()));
        });
        // What was loaded in the end without anybody waiting is released again.
        fakes.release(1);
        eventually("the unwanted modules are unloaded", || {
            device.is_available()
                && device.synchronize().is_ok()
                && fakes.counter("modules") == 3
                && fakes.counter("modules_unloaded") == 2
        });
        let empty = compile(device, EMPTY, "empty");
        device.execute_kernel(&empty, &one(), &[]).unwrap();
        device.synchronize().unwrap();
    });
}

#[test]
fn a_failed_read_does_not_write_later() {
    on_device("waiting::a_failed_read_does_not_write_later", &[], |fakes, device| {
        let size = 128 << 10;
        let layout = std::alloc::Layout::from_size_align(size, 4096).unwrap();
        // SAFETY: a valid layout of non-zero size; the memory is never freed, as registering asks.
        let memory = unsafe { std::slice::from_raw_parts_mut(std::alloc::alloc_zeroed(layout), size) };
        device.register_host(memory.as_ptr() as usize, size).unwrap();
        let buffer = device.allocate_memory(size).unwrap();
        device.fill(&buffer, 0, 0x11, size).unwrap();
        device.synchronize().unwrap();
        let endless = compile(device, ENDLESS, "endless");
        let ticket = device.execute_and_mark(&endless, &one(), &[], None).unwrap();
        memory.fill(0x77);
        std::thread::scope(|scope| {
            let reader = scope.spawn(|| device.copy_d2h(&buffer, 0, memory));
            std::thread::sleep(Duration::from_millis(30));
            assert!(device.give_up(ticket, "kernel `endless`"));
            assert!(is_busy(reader.join().unwrap()));
        });
        fakes.release(1);
        eventually("the device is used again", || device.is_available());
        device.synchronize().unwrap();
        assert!(memory.iter().all(|byte| *byte == 0x77), "the caller's memory was written after the call");
        device.copy_d2h(&buffer, 0, memory).unwrap();
        assert!(memory.iter().all(|byte| *byte == 0x11));
    });
}

#[test]
fn reads_into_registered_memory_see_the_launches_before() {
    on_device("waiting::reads_into_registered_memory_see_the_launches_before", &[], |_, device| {
        let layout = std::alloc::Layout::from_size_align(4096, 4096).unwrap();
        // SAFETY: a valid layout of non-zero size; the memory is never freed, as registering asks.
        let memory = unsafe { std::slice::from_raw_parts_mut(std::alloc::alloc_zeroed(layout), 4096) };
        device.register_host(memory.as_ptr() as usize, 4096).unwrap();
        let buffer = device.allocate_memory(4096).unwrap();
        let sleep = compile(device, SLEEP, "sleep_ms");
        for value in 1..=20u8 {
            if value % 4 == 0 {
                device.execute_kernel(&sleep, &one(), &[int(5)]).unwrap();
            }
            device.fill(&buffer, 0, value, 4096).unwrap();
            if value % 3 == 0 {
                device.synchronize().unwrap();
            }
            device.copy_d2h(&buffer, 0, memory).unwrap();
            assert!(memory.iter().all(|byte| *byte == value), "round {value}");
        }
    });
}

#[test]
fn many_launches_pass_through() {
    on_device("waiting::many_launches_pass_through", &[], |fakes, device| {
        let kernel = compile(device, EMPTY, "empty");
        for _ in 0..20_000 {
            device.execute_kernel(&kernel, &one(), &[]).unwrap();
        }
        device.synchronize().unwrap();
        assert_eq!(fakes.counter("launches"), 20_000);
    });
}

#[test]
fn a_process_with_an_endless_kernel_ends_normally() {
    let start = Instant::now();
    on_device("waiting::a_process_with_an_endless_kernel_ends_normally", &[], |_, device| {
        let endless = compile(device, ENDLESS, "endless");
        let ticket = device.execute_and_mark(&endless, &one(), &[], None).unwrap();
        assert!(device.give_up(ticket, "kernel `endless`"));
        device.free_memory(&vmgpu::backend::GpuBuffer { device_pointer: 0, size: 0, device_id: 0 });
    });
    assert!(start.elapsed() < Duration::from_secs(20));
}

/// Whoever asks again and again whether the work is done puts nothing more into the queue.
#[test]
fn asking_often_does_not_fill_the_queue() {
    on_device("waiting::asking_often_does_not_fill_the_queue", &[], |fakes, device| {
        let (empty, endless) = (compile(device, EMPTY, "empty"), compile(device, ENDLESS, "endless"));
        device.execute_kernel(&endless, &one(), &[]).unwrap();
        std::thread::scope(|scope| {
            let (done, ended) = std::sync::mpsc::channel::<()>();
            scope.spawn(move || {
                let _ = ended.recv_timeout(Duration::from_secs(5));
                fakes.release(1);
            });
            let start = Instant::now();
            for round in 0..3000 {
                // Now and then something new is queued.
                if round % 10 == 0 {
                    device.execute_kernel(&empty, &one(), &[]).unwrap();
                }
                let ticket = device.mark().unwrap();
                assert!(!device.wait_ticket(ticket, Some(Instant::now())).unwrap(), "round {round}");
            }
            assert!(start.elapsed() < Duration::from_secs(4), "{:?}", start.elapsed());
            drop(done);
        });
        device.synchronize().unwrap();
    });
}

/// The driver's own question for free memory waits for running kernels; facts about a device never do.
#[test]
fn facts_do_not_wait_for_a_kernel() {
    let environment = [("FAKE_CUDA_INFO_WAITS", "1"), ("VMGPU_NVML_PATH", "/nonexistent")];
    on_device("waiting::facts_do_not_wait_for_a_kernel", &environment, |fakes, device| {
        let buffer = device.allocate_memory(100 << 20).unwrap();
        device.synchronize().unwrap();
        let free = device.device_info().free_memory_mb;
        assert!((1..1024).contains(&free), "{free} MiB");
        let endless = compile(device, ENDLESS, "endless");
        device.execute_kernel(&endless, &one(), &[]).unwrap();
        std::thread::scope(|scope| {
            let (done, ended) = std::sync::mpsc::channel::<()>();
            scope.spawn(move || {
                let _ = ended.recv_timeout(Duration::from_secs(5));
                fakes.release(1);
            });
            let start = Instant::now();
            let info = device.device_info();
            assert!(start.elapsed() < Duration::from_millis(200), "{:?}", start.elapsed());
            assert_eq!(info.free_memory_mb, 0, "not known");
            assert_eq!(info.total_memory_mb, 1024);
            drop(done);
        });
        device.synchronize().unwrap();
        assert_eq!(device.device_info().free_memory_mb, free);
        device.free_memory(&buffer);
    });
}

/// What executions do has their deadline wherever it may have to wait, in every route of the copies.
#[test]
fn everything_with_a_deadline_keeps_it() {
    on_device("waiting::everything_with_a_deadline_keeps_it", &[], |fakes, device| {
        let endless = compile(device, ENDLESS, "endless");
        let size = 9 << 20;
        let buffer = device.allocate_memory(size).unwrap();
        let layout = std::alloc::Layout::from_size_align(size, 4096).unwrap();
        // SAFETY: a valid layout of non-zero size; the memory is never freed, as registering asks.
        let memory = unsafe { std::slice::from_raw_parts_mut(std::alloc::alloc_zeroed(layout), size) };
        let again = vec![7u8; size];
        let mut back = vec![0u8; size];
        // With chunks made before and without: the second round has them.
        for round in 0..2 {
            device.execute_kernel(&endless, &one(), &[]).unwrap();
            std::thread::scope(|scope| {
                let (done, ended) = std::sync::mpsc::channel::<()>();
                scope.spawn(move || {
                    let _ = ended.recv_timeout(Duration::from_secs(8));
                    fakes.release(1);
                });
                let late = |what: &str, call: &mut dyn FnMut(Option<Instant>) -> Result<(), GpuError>| {
                    let start = Instant::now();
                    let error = call(soon(30)).expect_err(what);
                    assert_eq!(error.status(), Status::Timeout, "{what}, round {round}: {error}");
                    let took = start.elapsed();
                    assert!(took < Duration::from_millis(130), "{what}, round {round}: {took:?}");
                };
                // The first sizes are queued without waiting until the ring or the chunks are full.
                for upload in [60_000, 300_000, size] {
                    late("upload", &mut |deadline| {
                        loop {
                            device.copy_h2d_until(&again[..upload], &buffer, 0, deadline)?;
                        }
                    });
                }
                for download in [1, 60_000, 300_000, size] {
                    late("download", &mut |deadline| {
                        device.copy_d2h_until(&buffer, 0, &mut back[..download], deadline)
                    });
                }
                if round == 0 {
                    late("registering", &mut |deadline| {
                        device.register_host_until(memory.as_ptr() as usize, size, deadline)
                    });
                } else {
                    late("registered download", &mut |deadline| {
                        device.copy_d2h_until(&buffer, 0, &mut memory[..1 << 20], deadline)
                    });
                    late("registered upload", &mut |deadline| {
                        device.copy_h2d_until(&memory[..1 << 20], &buffer, 0, deadline)
                    });
                }
                late("allocation", &mut |deadline| {
                    loop {
                        device.allocate_until(64, deadline)?;
                    }
                });
                drop(done);
            });
            assert!(device.is_available(), "nobody has given up");
            device.synchronize().unwrap();
            device.copy_h2d(&again, &buffer, 0).unwrap();
            device.copy_d2h(&buffer, 0, &mut back).unwrap();
            assert!(back == again, "round {round}");
            back.fill(0);
            device.register_host(memory.as_ptr() as usize, size).unwrap();
        }
    });
}
