//! What would block inside the driver: a queue that many threads fill, memory that comes late, loads and unloads behind a
//! kernel that somebody queues meanwhile; and staging memory under copies that wait.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use vmgpu::error::Status;

use crate::waiting::{is_busy, soon};
use crate::{EMPTY, ENDLESS, compile, eventually, on_device, one};

/// The stream is full at 1,024 operations: whoever gets that far blocks inside the driver, without any limit.
#[test]
fn many_threads_do_not_fill_the_queue_either() {
    let name = "blocking::many_threads_do_not_fill_the_queue_either";
    on_device(name, &[("VMGPU_KEEP_MB", "0")], |fakes, device| {
        let (empty, endless) = (compile(device, EMPTY, "empty"), compile(device, ENDLESS, "endless"));
        let buffer = device.allocate_memory(64).unwrap();
        let spare: Vec<_> = (0..600).map(|_| device.allocate_memory(64).unwrap()).collect();
        device.synchronize().unwrap();
        device.execute_kernel(&endless, &one(), &[]).unwrap();
        let (back, late) = (AtomicU32::new(0), AtomicBool::new(false));
        const THREADS: u32 = 12;
        std::thread::scope(|scope| {
            for thread in 0..THREADS {
                let (back, late, empty, buffer) = (&back, &late, &empty, &buffer);
                scope.spawn(move || {
                    let refused = loop {
                        let result = match thread % 3 {
                            0 => device.execute_kernel(empty, &one(), &[]),
                            1 => device.fill(buffer, 0, 1, 64),
                            _ => device.copy_d2d(buffer, 0, buffer, 32, 16),
                        };
                        if let Err(error) = result {
                            break error;
                        }
                        assert!(!late.load(Ordering::SeqCst));
                    };
                    assert_eq!(refused.status(), Status::DeviceBusy);
                    back.fetch_add(1, Ordering::SeqCst);
                });
            }
            // Without this the test would hang where it should fail.
            scope.spawn(|| {
                let until = Instant::now() + Duration::from_secs(5);
                while back.load(Ordering::SeqCst) < THREADS && Instant::now() < until {
                    std::thread::sleep(Duration::from_millis(1));
                }
                late.store(back.load(Ordering::SeqCst) < THREADS, Ordering::SeqCst);
                fakes.release(1);
            });
            std::thread::sleep(Duration::from_millis(300));
            // What asks for a mark or frees does not wait for room, and must not use it up either.
            for memory in &spare {
                assert!(device.allocate_until(64, soon(0)).is_err(), "there is no room");
                device.free_memory(memory);
                device.mark().unwrap();
            }
            let ticket = device.mark().unwrap();
            assert!(device.give_up(ticket, "kernel `endless`"));
        });
        assert!(!late.into_inner(), "somebody is inside the driver");
        eventually("the device is used again", || device.is_available());
        device.synchronize().unwrap();
        assert!(fakes.counter("launches") < 1000);
    });
}

/// Marks are operations too, and are counted: a launch and a mark in turn do not fill the queue.
#[test]
fn marks_between_launches_do_not_fill_the_queue() {
    let name = "blocking::marks_between_launches_do_not_fill_the_queue";
    on_device(name, &[], |fakes, device| {
        let (empty, endless) = (compile(device, EMPTY, "empty"), compile(device, ENDLESS, "endless"));
        let ticket = device.execute_and_mark(&endless, &one(), &[], None).unwrap();
        let late = std::thread::scope(|scope| {
            let (done, ended) = std::sync::mpsc::channel::<()>();
            let watchdog = scope.spawn(move || {
                let timeout = std::sync::mpsc::RecvTimeoutError::Timeout;
                let late = ended.recv_timeout(Duration::from_secs(5)) == Err(timeout);
                fakes.release(1);
                late
            });
            let launcher = scope.spawn(|| {
                loop {
                    let result = device.execute_kernel(&empty, &one(), &[]).and_then(|()| device.mark());
                    if let Err(error) = result {
                        return error;
                    }
                    if device.wait_ticket(ticket, Some(Instant::now())).unwrap_or(false) {
                        panic!("the endless kernel was released");
                    }
                }
            });
            std::thread::sleep(Duration::from_millis(200));
            device.give_up(ticket, "kernel `endless`");
            let result = launcher.join();
            drop(done);
            let late = watchdog.join().unwrap();
            assert!(late || result.is_ok_and(|error| error.status() == Status::DeviceBusy));
            late
        });
        assert!(!late, "the launcher was inside the driver");
        let launches = fakes.counter("launches");
        assert!((200..520).contains(&launches), "{launches} launches and as many marks");
    });
}

/// A ticket that another thread is just putting in comes before an upload, and says nothing about it.
#[test]
fn staging_memory_is_not_reused_on_the_word_of_an_earlier_ticket() {
    let name = "blocking::staging_memory_is_not_reused_on_the_word_of_an_earlier_ticket";
    on_device(name, &[], |fakes, device| {
        let (empty, endless) = (compile(device, EMPTY, "empty"), compile(device, ENDLESS, "endless"));
        let size = 60_000;
        let (first, others) = (device.allocate_memory(size).unwrap(), device.allocate_memory(size).unwrap());
        device.synchronize().unwrap();
        fakes.control("WRITE_VALUE_MS", 150);
        std::thread::scope(|scope| {
            // Its ticket is in the stream, and passed, long before the call returns.
            let marker = scope.spawn(|| device.execute_and_mark(&empty, &one(), &[], None));
            std::thread::sleep(Duration::from_millis(50));
            device.execute_kernel(&endless, &one(), &[]).unwrap();
            device.copy_h2d(&vec![1; size], &first, 0).unwrap();
            marker.join().unwrap().unwrap();
        });
        fakes.control("WRITE_VALUE_MS", 0);
        // Behind the endless kernel, until the ring is full.
        let full = loop {
            if let Err(error) = device.copy_h2d_until(&vec![2; size], &others, 0, soon(50)) {
                break error;
            }
        };
        assert_eq!(full.status(), Status::Timeout);
        fakes.release(1);
        let mut bytes = vec![0; size];
        device.copy_d2h(&first, 0, &mut bytes).unwrap();
        assert!(bytes.iter().all(|byte| *byte == 1), "another upload has taken the memory");
    });
}

/// A pool that grows behind a running kernel may keep its caller in the driver for a third of a second.
#[test]
fn an_allocation_with_a_limit_does_not_wait_for_the_driver() {
    let name = "blocking::an_allocation_with_a_limit_does_not_wait_for_the_driver";
    on_device(name, &[("VMGPU_KEEP_MB", "0")], |fakes, device| {
        let first = device.allocate_memory(64).unwrap();
        let live = fakes.counter("live");
        fakes.control("GROW_MS", 400);
        let limited = |limit: u64| {
            let start = Instant::now();
            (device.allocate_until(5000, soon(limit)), start.elapsed())
        };
        for round in 0..3 {
            let (result, took) = limited(30);
            assert_eq!(result.unwrap_err().status(), Status::Timeout);
            assert!(took < Duration::from_millis(130), "round {round}: {took:?}");
            assert!(device.is_available());
        }
        // What came too late belongs to nobody.
        eventually("the memory is allocated", || fakes.counter("allocations") == 4);
        eventually("the memory is freed again", || fakes.counter("live") == live);
        // With time enough the memory is the caller's.
        let (memory, took) = limited(5_000);
        assert!(took >= Duration::from_millis(300), "{took:?}");
        device.fill(&memory.unwrap(), 0, 1, 5000).unwrap();
        assert_eq!(fakes.counter("live"), live + 1);
        // What the pool has is there at once.
        device.synchronize().unwrap();
        fakes.control("POOL_IDLE_MB", 1);
        let (memory, took) = limited(200);
        assert!(took < Duration::from_millis(200), "{took:?}");
        device.free_memory(&memory.unwrap());
        device.free_memory(&first);
    });
}

#[test]
fn an_allocation_without_a_pool_returns_when_the_kernel_is_given_up() {
    let name = "blocking::an_allocation_without_a_pool_returns_when_the_kernel_is_given_up";
    let environment = [("FAKE_CUDA_NO_POOLS", "1"), ("FAKE_CUDA_ALLOC_WAITS", "1"), ("VMGPU_KEEP_MB", "0")];
    on_device(name, &environment, |fakes, device| {
        let endless = compile(device, ENDLESS, "endless");
        let ticket = device.execute_and_mark(&endless, &one(), &[], None).unwrap();
        let live = fakes.counter("live");
        let start = Instant::now();
        assert_eq!(device.allocate_until(64, soon(30)).unwrap_err().status(), Status::Timeout);
        assert!(start.elapsed() < Duration::from_millis(130), "{:?}", start.elapsed());
        std::thread::scope(|scope| {
            let waiter = scope.spawn(|| device.allocate_memory(64));
            std::thread::sleep(Duration::from_millis(30));
            assert!(device.give_up(ticket, "kernel `endless`"));
            std::thread::sleep(Duration::from_millis(200));
            let back = waiter.is_finished();
            fakes.release(1);
            assert!(back, "it is inside the driver");
            assert!(is_busy(waiter.join().unwrap()));
        });
        eventually("the device is used again", || device.is_available());
        eventually("the memory is allocated", || fakes.counter("allocations") == 2);
        eventually("the memory is freed again", || {
            device.synchronize().unwrap();
            fakes.counter("live") == live
        });
    });
}

/// Between the look whether anything is queued and the driver call somebody may queue a kernel that does not end.
#[test]
fn what_blocks_in_the_driver_on_an_empty_queue_returns_too() {
    let name = "blocking::what_blocks_in_the_driver_on_an_empty_queue_returns_too";
    on_device(name, &[], |fakes, device| {
        let empty = compile(device, EMPTY, "empty");
        let endless = compile(device, ENDLESS, "endless");
        let binary = empty.binary.clone();
        device.synchronize().unwrap();
        // To be unloaded by whoever finds the queue empty.
        drop(empty);
        fakes.control("BLOCKS", 1);
        fakes.control("LOAD_BLOCKS", 1);
        std::thread::scope(|scope| {
            let (done, ended) = std::sync::mpsc::channel::<()>();
            let watchdog = scope.spawn(move || {
                let late = ended
                    .recv_timeout(Duration::from_secs(5))
                    .is_err_and(|error| error == std::sync::mpsc::RecvTimeoutError::Timeout);
                fakes.control("BLOCKS", 0);
                fakes.control("LOAD_BLOCKS", 0);
                fakes.release(10);
                late
            });
            let synchronizer = scope.spawn(|| device.synchronize());
            let loader = scope.spawn(|| device.load_kernel(&binary, "empty").map(|_| ()));
            std::thread::sleep(Duration::from_millis(50));
            let ticket = device.execute_and_mark(&endless, &one(), &[], None).unwrap();
            assert!(device.give_up(ticket, "kernel `endless`"));
            // All that was queued before is done, which is what it asked for.
            synchronizer.join().unwrap().unwrap();
            assert!(is_busy(loader.join().unwrap()));
            drop(done);
            assert!(!watchdog.join().unwrap(), "somebody was inside the driver");
        });
        eventually("the device is used again", || device.is_available());
        eventually("both are unloaded", || {
            device.synchronize().unwrap();
            fakes.counter("modules_unloaded") == 2
        });
    });
}

#[test]
fn a_search_for_a_variable_that_blocks_in_the_driver_returns_too() {
    let name = "blocking::a_search_for_a_variable_that_blocks_in_the_driver_returns_too";
    on_device(name, &[], |fakes, device| {
        let source = format!("__device__ int one[3];\n__device__ int other[5];\n{EMPTY}");
        let empty = compile(device, &source, "empty");
        let endless = compile(device, ENDLESS, "endless");
        assert_eq!(device.kernel_symbol(&empty, "one").unwrap().size, 12);
        fakes.control("GLOBAL_BLOCKS", 1);
        std::thread::scope(|scope| {
            let (done, ended) = std::sync::mpsc::channel::<()>();
            let watchdog = scope.spawn(move || {
                let late = ended
                    .recv_timeout(Duration::from_secs(5))
                    .is_err_and(|error| error == std::sync::mpsc::RecvTimeoutError::Timeout);
                fakes.control("GLOBAL_BLOCKS", 0);
                fakes.release(10);
                late
            });
            let searcher = scope.spawn(|| device.kernel_symbol(&empty, "other").map(|_| ()));
            std::thread::sleep(Duration::from_millis(50));
            assert_eq!(device.kernel_symbol(&empty, "one").unwrap().size, 12, "it is known");
            let ticket = device.execute_and_mark(&endless, &one(), &[], None).unwrap();
            assert!(device.give_up(ticket, "kernel `endless`"));
            assert!(is_busy(searcher.join().unwrap()));
            drop(done);
            assert!(!watchdog.join().unwrap(), "somebody was inside the driver");
        });
        eventually("the device is used again", || device.is_available());
        assert_eq!(device.kernel_symbol(&empty, "other").unwrap().size, 20);
    });
}
