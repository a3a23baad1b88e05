//! Illegal addresses and traps: everything is lost at once, for every device, with the launches named.

use std::time::{Duration, Instant};

use vmgpu::backend::{DeviceState, cuda};
use vmgpu::error::{GpuError, Status};
use vmgpu::types::CompileOptions;

use crate::child::in_child;
use crate::fakes::fakes;
use crate::{Device, EMPTY, VADD, compile, devices, eventually, int, on_device, one, pattern};

const FAULT: &str = "extern \"C\" __global__ void fault() { *(int *)8 = 1; }";
const TRAP: &str = "extern \"C\" __global__ void trap() { __trap(); }";
const SLEEP: &str = "extern \"C\" __global__ void sleep_ms(int ms) {}";

fn everything_is_lost(device: &Device, expected: &[&str]) {
    let buffer = vmgpu::backend::GpuBuffer { device_pointer: 4096, size: 64, device_id: 0 };
    let mut bytes = [0u8; 8];
    let start = Instant::now();
    let errors = [
        device.initialize().err(),
        device.allocate_memory(64).err(),
        device.copy_h2d(&[1; 8], &buffer, 0).err(),
        device.copy_h2d(&pattern(100_000, 1), &buffer, 0).err(),
        device.copy_d2h(&buffer, 0, &mut bytes).err(),
        device.copy_d2d(&buffer, 0, &buffer, 8, 8).err(),
        device.fill(&buffer, 0, 1, 8).err(),
        device.register_host(4096, 4096).err(),
        device.compiler_identity().err(),
        device.compile_kernel(VADD, "vadd", &CompileOptions::default()).err(),
        device.load_kernel(b".version 8.0\n", "k").err(),
        device.mark().err(),
        device.synchronize().err(),
    ];
    assert!(start.elapsed() < Duration::from_secs(1));
    for (index, error) in errors.into_iter().enumerate() {
        match error {
            Some(GpuError::DeviceLost { reason, .. }) => {
                for part in expected {
                    assert!(reason.contains(part), "call {index}: {reason}");
                }
            }
            other => panic!("call {index}: {other:?}"),
        }
    }
    device.free_memory(&buffer);
    assert!(matches!(device.state(), DeviceState::Lost(_)));
    assert_eq!(device.device_info().free_memory_mb, 0);
}

#[test]
fn an_illegal_address_ends_every_device_and_names_the_launches() {
    let name = "faults::an_illegal_address_ends_every_device_and_names_the_launches";
    in_child(name, &[("FAKE_CUDA_DEVICES", "2")], || {
        let fakes = fakes();
        let devices = devices(&fakes);
        let [empty, fault, sleep] = [(EMPTY, "empty"), (FAULT, "fault"), (SLEEP, "sleep_ms")]
            .map(|(s, n)| compile(&devices[0], s, n));
        let other = compile(&devices[1], SLEEP, "sleep_ms");
        let good = devices[0].execute_and_mark(&empty, &one(), &[], None).unwrap();
        assert!(devices[0].wait_ticket(good, None).unwrap());
        devices[1].execute_kernel(&other, &one(), &[int(300)]).unwrap();
        devices[0].execute_kernel(&sleep, &one(), &[int(50)]).unwrap();
        // Behind 50 ms of sleep, so that the fault comes after this call.
        let ticket = devices[0].execute_and_mark(&fault, &one(), &[], None).unwrap();
        let start = Instant::now();
        match devices[0].wait_ticket(ticket, None) {
            Err(GpuError::DeviceLost { device, reason }) => {
                assert!(device.contains("CUDA device 0"), "{device}");
                assert!(reason.contains("CUDA_ERROR_ILLEGAL_ADDRESS (700)"), "{reason}");
                assert!(reason.contains("sleep_ms, fault (CUDA device 0"), "{reason}");
                assert!(reason.contains("sleep_ms (CUDA device 1"), "{reason}");
                assert!(!reason.contains("empty"), "{reason}");
            }
            other => panic!("{other:?}"),
        }
        assert!(start.elapsed() < Duration::from_secs(5));
        // What had completed before stays completed.
        assert!(devices[0].wait_ticket(good, None).is_err() || devices[0].wait_ticket(good, None).unwrap());
        for device in &devices {
            everything_is_lost(device, &["CUDA_ERROR_ILLEGAL_ADDRESS (700)", "sleep_ms, fault"]);
        }
        assert_eq!(devices[0].execute_kernel(&empty, &one(), &[]).unwrap_err().status(), Status::DeviceLost);
        let probe = cuda::probe(&fakes.options());
        assert!(probe.explanation.contains("every CUDA device is lost"), "{}", probe.explanation);
        assert!(probe.devices.iter().all(|device| !device.is_available()));
    });
}

#[test]
fn a_trap_found_by_a_later_launch() {
    on_device("faults::a_trap_found_by_a_later_launch", &[], |_, device| {
        let (trap, empty) = (compile(device, TRAP, "trap"), compile(device, EMPTY, "empty"));
        device.execute_kernel(&trap, &one(), &[]).unwrap();
        let mut last = None;
        eventually("the fault is noticed", || {
            last = device.execute_kernel(&empty, &one(), &[]).err();
            last.is_some()
        });
        assert_eq!(last.unwrap().status(), Status::DeviceLost);
        everything_is_lost(device, &["CUDA_ERROR_LAUNCH_FAILED (719)", "trap"]);
    });
}

#[test]
fn a_fault_is_noticed_without_the_word() {
    let name = "faults::a_fault_is_noticed_without_the_word";
    on_device(name, &[("FAKE_CUDA_NO_WRITE_VALUE", "1"), ("FAKE_CUDA_FAULT_AT", "3")], |_, device| {
        let empty = compile(device, EMPTY, "empty");
        for _ in 0..2 {
            let ticket = device.execute_and_mark(&empty, &one(), &[], None).unwrap();
            assert!(device.wait_ticket(ticket, None).unwrap());
        }
        // The call itself notices if the kernel fails fast enough.
        let third = device.execute_and_mark(&empty, &one(), &[], None);
        let error = third.and_then(|ticket| device.wait_ticket(ticket, None)).unwrap_err();
        assert_eq!(error.status(), Status::DeviceLost);
        everything_is_lost(device, &["(700)", "empty"]);
    });
}

#[test]
fn waiting_threads_return_when_the_device_is_lost() {
    on_device("faults::waiting_threads_return_when_the_device_is_lost", &[], |_, device| {
        let (sleep, fault) = (compile(device, SLEEP, "sleep_ms"), compile(device, FAULT, "fault"));
        device.execute_kernel(&sleep, &one(), &[int(100)]).unwrap();
        device.execute_kernel(&fault, &one(), &[]).unwrap();
        std::thread::scope(|scope| {
            let waiters: Vec<_> = (0..4).map(|_| scope.spawn(|| device.synchronize())).collect();
            for waiter in waiters {
                assert_eq!(waiter.join().unwrap().unwrap_err().status(), Status::DeviceLost);
            }
        });
        drop((sleep, fault));
        everything_is_lost(device, &["(700)"]);
    });
}
