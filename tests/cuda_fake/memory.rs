//! Memory and copies: every route and its thresholds, exhaustion, postponed frees, peers, contexts of others.

use std::ffi::c_void;
use std::time::{Duration, Instant};

use libloading::Library;
use vmgpu::backend::GpuCompute;
use vmgpu::error::{GpuError, Status};

use crate::child::in_child;
use crate::fakes::{Fakes, fakes, fakes_without};
use crate::{Device, ENDLESS, compile, devices, eventually, on_device, one, pattern, read};

#[test]
fn bytes_survive_every_route() {
    on_device("memory::bytes_survive_every_route", &[], |_, device| {
        // Around the limits of the ring, the pieces, the chunks and the threads.
        let sizes = [
            1,
            255,
            4096,
            (64 << 10) - 1,
            64 << 10,
            (64 << 10) + 1,
            (512 << 10) + 3,
            (4 << 20) - 1,
            (4 << 20) + 5,
            (8 << 20) - 1,
            8 << 20,
            (21 << 20) + 17,
        ];
        for (seed, size) in sizes.into_iter().enumerate() {
            let buffer = device.allocate_memory(size + 33).unwrap();
            assert_eq!(buffer.device_pointer % 256, 0);
            device.fill(&buffer, 0, 0xEE, size + 33).unwrap();
            let data = pattern(size, seed as u64 + 1);
            device.copy_h2d(&data, &buffer, 13).unwrap();
            let got = read(device, &buffer);
            assert!(got[13..13 + size] == data[..], "size {size}");
            assert!(got[..13].iter().chain(&got[13 + size..]).all(|byte| *byte == 0xEE), "size {size}");
            device.free_memory(&buffer);
        }
    });
}

#[test]
fn the_source_may_be_reused_at_once() {
    // The fake reads asynchronous sources late, so a copy that kept the caller's memory would show.
    on_device("memory::the_source_may_be_reused_at_once", &[], |_, device| {
        let count = 200;
        let buffers: Vec<_> = (0..count).map(|_| device.allocate_memory(60_000).unwrap()).collect();
        let mut source = vec![0u8; 60_000];
        for (index, buffer) in buffers.iter().enumerate() {
            source.fill(index as u8 + 1);
            device.copy_h2d(&source, buffer, 0).unwrap();
        }
        source.fill(0);
        for (index, buffer) in buffers.iter().enumerate() {
            assert!(read(device, buffer).iter().all(|byte| *byte == index as u8 + 1), "buffer {index}");
        }
    });
}

#[test]
fn fill_and_device_copies_respect_ranges() {
    on_device("memory::fill_and_device_copies_respect_ranges", &[], |_, device| {
        let (a, b) = (device.allocate_memory(1000).unwrap(), device.allocate_memory(1000).unwrap());
        let data = pattern(1000, 77);
        device.copy_h2d(&data, &a, 0).unwrap();
        device.fill(&b, 0, 9, 1000).unwrap();
        device.copy_d2d(&b, 100, &a, 301, 599).unwrap();
        device.fill(&b, 990, 5, 10).unwrap();
        let mut expected = vec![9u8; 1000];
        expected[100..699].copy_from_slice(&data[301..900]);
        expected[990..].fill(5);
        assert_eq!(read(device, &b), expected);
        // Nothing to do is fine everywhere.
        device.copy_d2d(&b, 1000, &a, 0, 0).unwrap();
        device.fill(&b, 1000, 1, 0).unwrap();
        device.copy_h2d(&[], &b, 1000).unwrap();
        device.copy_d2h(&b, 1000, &mut []).unwrap();
        assert_eq!(read(device, &b), expected);
    });
}

#[test]
fn exhausted_memory_is_an_ordinary_error() {
    let name = "memory::exhausted_memory_is_an_ordinary_error";
    on_device(name, &[("FAKE_CUDA_MEMORY_MB", "64")], |_, device| {
        let half = device.allocate_memory(40 << 20).unwrap();
        match device.allocate_memory(40 << 20) {
            Err(GpuError::MemoryAllocationFailed { requested_size, reason }) => {
                assert_eq!(requested_size, 40 << 20);
                assert!(reason.contains("CUDA_ERROR_OUT_OF_MEMORY (2): out of memory"), "{reason}");
            }
            other => panic!("{other:?}"),
        }
        device.free_memory(&half);
        let again = device.allocate_memory(40 << 20).unwrap();
        device.fill(&again, 0, 1, 40 << 20).unwrap();
        device.synchronize().unwrap();
    });
}

#[test]
fn one_failed_allocation_is_tried_again() {
    on_device(
        "memory::one_failed_allocation_is_tried_again",
        &[("FAKE_CUDA_OOM_AT", "2")],
        |fakes, device| {
            let first = device.allocate_memory(100).unwrap();
            let second = device.allocate_memory(100).unwrap();
            assert_ne!(first, second);
            assert_eq!(fakes.counter("allocations"), 3);
            assert_eq!(fakes.counter("trims"), 1);
        },
    );
}

#[test]
fn memory_that_frees_up_late_is_found_without_pools() {
    let name = "memory::memory_that_frees_up_late_is_found_without_pools";
    on_device(name, &[("FAKE_CUDA_MEMORY_MB", "64"), ("FAKE_CUDA_NO_POOLS", "1")], |fakes, device| {
        let first = device.allocate_memory(40 << 20).unwrap();
        let sleep = compile(device, "extern \"C\" __global__ void sleep_ms(int ms) {}", "sleep_ms");
        device.execute_kernel(&sleep, &one(), &[crate::int(50)]).unwrap();
        device.free_memory(&first);
        assert_eq!(fakes.counter("live"), 1, "must not wait for the kernel");
        let second = device.allocate_memory(40 << 20).unwrap();
        assert_eq!(second.size, 40 << 20);
        assert_eq!(fakes.counter("blocking_frees"), 1);
    });
}

/// For tests of what the driver is told.
const NOTHING_KEPT: [(&str, &str); 1] = [("VMGPU_KEEP_MB", "0")];

fn free_behind_an_endless_kernel(fakes: &Fakes, device: &Device) {
    let buffers: Vec<_> = (0..20).map(|_| device.allocate_memory(1 << 16).unwrap()).collect();
    let kernel = compile(device, ENDLESS, "endless");
    device.execute_kernel(&kernel, &one(), &[]).unwrap();
    let start = Instant::now();
    for buffer in &buffers {
        device.free_memory(buffer);
    }
    drop(kernel);
    assert!(start.elapsed() < Duration::from_secs(1));
    assert_eq!(fakes.counter("modules_unloaded"), 0);
    fakes.release(1);
    eventually("everything is released", || {
        device.synchronize().unwrap();
        fakes.counter("live") == 0 && fakes.counter("modules_unloaded") == 1
    });
}

#[test]
fn freeing_to_a_pool_never_waits() {
    on_device("memory::freeing_to_a_pool_never_waits", &NOTHING_KEPT, |fakes, device| {
        free_behind_an_endless_kernel(fakes, device);
        assert_eq!(fakes.counter("blocking_frees"), 0);
    });
}

#[test]
fn thousands_of_frees_do_not_fill_the_queue() {
    on_device("memory::thousands_of_frees_do_not_fill_the_queue", &NOTHING_KEPT, |fakes, device| {
        let buffers: Vec<_> = (0..3000).map(|_| device.allocate_memory(64).unwrap()).collect();
        device.synchronize().unwrap();
        let kernel = compile(device, ENDLESS, "endless");
        device.execute_kernel(&kernel, &one(), &[]).unwrap();
        let start = Instant::now();
        for buffer in &buffers {
            device.free_memory(buffer);
        }
        assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
        fakes.release(1);
        eventually("everything is released", || {
            device.synchronize().unwrap();
            fakes.counter("live") == 0
        });
    });
}

#[test]
fn freeing_without_pools_never_waits() {
    let name = "memory::freeing_without_pools_never_waits";
    on_device(name, &[("FAKE_CUDA_NO_POOLS", "1"), NOTHING_KEPT[0]], |fakes, device| {
        free_behind_an_endless_kernel(fakes, device);
        assert_eq!(fakes.counter("blocking_frees"), 20);
    });
}

#[test]
fn registered_memory_is_copied_directly() {
    on_device("memory::registered_memory_is_copied_directly", &[], |fakes, device| {
        let size = 1 << 20;
        let layout = std::alloc::Layout::from_size_align(size, 4096).unwrap();
        // SAFETY: a valid layout of non-zero size; the memory is never freed, as registering asks.
        let memory = unsafe { std::slice::from_raw_parts_mut(std::alloc::alloc_zeroed(layout), size) };
        device.register_host(memory.as_ptr() as usize, size).unwrap();
        // Registered before by somebody else is as good.
        device.register_host(memory.as_ptr() as usize, size).unwrap();
        let data = pattern(size, 3);
        memory.copy_from_slice(&data);
        let buffer = device.allocate_memory(size).unwrap();
        let before = fakes.counter("copies");
        device.copy_h2d(&memory[100..900_000], &buffer, 100).unwrap();
        assert_eq!(fakes.counter("copies"), before + 1);
        memory.fill(0);
        device.copy_d2h(&buffer, 100, &mut memory[100..900_000]).unwrap();
        assert_eq!(fakes.counter("copies"), before + 2);
        assert!(memory[100..900_000] == data[100..900_000]);
        let error = device.register_host(memory.as_ptr() as usize + 1, 4096).unwrap_err();
        assert_eq!(error.status(), Status::MemoryAllocationFailed);
    });
}

#[test]
fn peers_copy_in_order() {
    in_child("memory::peers_copy_in_order", &[("FAKE_CUDA_DEVICES", "2")], || {
        let fakes = fakes();
        let devices = devices(&fakes);
        let size = 100_000;
        let (a, b) = (devices[0].allocate_memory(size).unwrap(), devices[1].allocate_memory(size).unwrap());
        assert_eq!((a.device_id, b.device_id), (0, 1));
        let sleep = compile(&devices[0], "extern \"C\" __global__ void sleep_ms(int ms) {}", "sleep_ms");
        devices[1].fill(&b, 0, 1, size).unwrap();
        // The source is written late, and overwritten right after the copy was queued.
        devices[0].execute_kernel(&sleep, &one(), &[crate::int(60)]).unwrap();
        devices[0].fill(&a, 0, 0x5A, size).unwrap();
        assert!(devices[1].copy_peer(&b, 10, &*devices[0], &a, 20, 1000).unwrap());
        devices[0].fill(&a, 0, 0xFF, size).unwrap();
        let got = read(&devices[1], &b);
        assert!(got[10..1010].iter().all(|byte| *byte == 0x5A));
        assert!(got[..10].iter().chain(&got[1010..]).all(|byte| *byte == 1));
        assert_eq!((fakes.counter("peer_copies"), fakes.counter("pool_access")), (1, 1));
        assert!(devices[1].copy_peer(&b, 0, &*devices[1], &b, 10, 10).unwrap());
        assert!(read(&devices[1], &b)[..10].iter().all(|byte| *byte == 0x5A));
        fakes.control("NO_PEER", 1);
        assert!(!devices[1].copy_peer(&b, 0, &*devices[0], &a, 0, 10).unwrap());
        let cpu = vmgpu::backend::cpu::CpuDevice::shared();
        assert!(!devices[1].copy_peer(&b, 0, &*cpu, &a, 0, 10).unwrap());
    });
}

#[test]
fn the_current_context_of_others_is_put_back() {
    in_child("memory::the_current_context_of_others_is_put_back", &[("FAKE_CUDA_DEVICES", "2")], || {
        let fakes = fakes();
        let device = devices(&fakes).remove(0);
        // SAFETY: the library is open already.
        let library = unsafe { Library::new(&fakes.cuda_path) }.unwrap();
        // SAFETY: signatures as in the driver's manual.
        let (get, set, retain) = unsafe {
            (
                library.get::<unsafe extern "C" fn(*mut *mut c_void) -> u32>(b"cuCtxGetCurrent\0").unwrap(),
                library.get::<unsafe extern "C" fn(*mut c_void) -> u32>(b"cuCtxSetCurrent\0").unwrap(),
                library
                    .get::<unsafe extern "C" fn(*mut *mut c_void, i32) -> u32>(b"cuDevicePrimaryCtxRetain\0")
                    .unwrap(),
            )
        };
        let current = || {
            let mut context = std::ptr::null_mut();
            // SAFETY: valid out pointer.
            assert_eq!(unsafe { get(&mut context) }, 0);
            context
        };
        let work = || {
            let buffer = device.allocate_memory(100_000).unwrap();
            device.copy_h2d(&pattern(100_000, 1), &buffer, 0).unwrap();
            assert_eq!(read(&device, &buffer), pattern(100_000, 1));
            let kernel = compile(&device, crate::EMPTY, "empty");
            device.execute_kernel(&kernel, &one(), &[]).unwrap();
            let ticket = device.execute_and_mark(&kernel, &one(), &[], None).unwrap();
            assert!(device.wait_ticket(ticket, None).unwrap());
            device.free_memory(&buffer);
            device.device_info();
            device.synchronize().unwrap();
        };
        work();
        assert!(current().is_null());
        let mut foreign = std::ptr::null_mut();
        // SAFETY: valid out pointer; the context stays retained.
        assert_eq!(unsafe { retain(&mut foreign, 1) }, 0);
        // SAFETY: a live context.
        assert_eq!(unsafe { set(foreign) }, 0);
        work();
        assert_eq!(current(), foreign);
        // If the device's own context is current already, nothing is switched on this thread.
        let mut own = std::ptr::null_mut();
        // SAFETY: valid out pointer; the context stays retained.
        assert_eq!(unsafe { retain(&mut own, 0) }, 0);
        // SAFETY: a live context.
        assert_eq!(unsafe { set(own) }, 0);
        let before = fakes.counter("set_current_here");
        assert!(before >= 2, "this thread has switched");
        work();
        assert_eq!(fakes.counter("set_current_here"), before);
        assert_eq!(current(), own);
    });
}

fn copy_on_several_threads(fakes: &Fakes) {
    let device = devices(fakes).remove(0);
    std::thread::scope(|scope| {
        for thread in 0..6u64 {
            let device = &device;
            scope.spawn(move || {
                for round in 0..15u64 {
                    let size = [500, 60_000, 300_000][(round % 3) as usize];
                    let data = pattern(size, thread * 100 + round + 1);
                    let buffer = device.allocate_memory(size).unwrap();
                    device.copy_h2d(&data, &buffer, 0).unwrap();
                    assert!(read(device, &buffer) == data, "thread {thread} round {round}");
                    device.free_memory(&buffer);
                }
            });
        }
    });
    device.synchronize().unwrap();
    assert_eq!(fakes.counter("live"), 0);
}

#[test]
fn several_threads_copy_at_once() {
    in_child("memory::several_threads_copy_at_once", &NOTHING_KEPT, || copy_on_several_threads(&fakes()));
}

#[test]
fn several_threads_copy_at_once_with_events() {
    in_child("memory::several_threads_copy_at_once_with_events", &NOTHING_KEPT, || {
        copy_on_several_threads(&fakes_without(&["cuStreamWriteValue64_v2"]));
    });
}

/// Memory that was given back serves again without the driver, in the order of the queue, and goes back when it is needed.
#[test]
fn memory_given_back_serves_again() {
    on_device("memory::memory_given_back_serves_again", &[("FAKE_CUDA_MEMORY_MB", "40")], |fakes, device| {
        let size = 3 << 20;
        let first = device.allocate_memory(size).unwrap();
        let sleep = compile(device, "extern \"C\" __global__ void sleep_ms(int ms) {}", "sleep_ms");
        let (old, new) = (pattern(size, 1), pattern(size, 2));
        device.execute_kernel(&sleep, &one(), &[crate::int(50)]).unwrap();
        device.copy_h2d(&old, &first, 0).unwrap();
        let other = device.allocate_memory(size).unwrap();
        device.copy_d2d(&other, 0, &first, 0, size).unwrap();
        device.free_memory(&first);
        let before = (fakes.counter("allocations"), fakes.counter("live"));
        // A little smaller serves from the same block; what was queued before has read it by then.
        let second = device.allocate_memory(size - 1000).unwrap();
        assert_eq!(second.device_pointer, first.device_pointer);
        assert_eq!((fakes.counter("allocations"), fakes.counter("live")), before);
        device.copy_h2d(&new[..size - 1000], &second, 0).unwrap();
        assert!(read(device, &other) == old);
        assert!(read(device, &second) == new[..size - 1000]);
        // Nobody else gets it meanwhile, and what is kept does not keep others from having memory.
        let third = device.allocate_memory(size).unwrap();
        assert_ne!(third.device_pointer, second.device_pointer);
        let many: Vec<_> = (0..8).map(|_| device.allocate_memory(size).unwrap()).collect();
        assert!(device.allocate_memory(30 << 20).is_err());
        many.iter().chain([&second, &third]).for_each(|buffer| device.free_memory(buffer));
        assert_eq!(fakes.counter("live"), 11);
        let large = device.allocate_memory(30 << 20).unwrap();
        assert_eq!(fakes.counter("live"), 2);
        device.free_memory(&large);
    });
}

#[test]
fn a_device_object_is_shared_freely() {
    fn shared<T: Send + Sync + ?Sized>() {}
    shared::<dyn GpuCompute>();
    shared::<vmgpu::backend::cuda::CudaDevice>();
}
