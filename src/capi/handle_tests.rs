//! Handles: every wrong one is recognised, also while other threads destroy and create.

use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::error::Status;
use crate::executor::GpuExecutorConfig;
use crate::manager::ManagerOptions;

fn manager() -> Arc<GpuDeviceManager> {
    let options = ManagerOptions { cuda: false, rocm: false, ..ManagerOptions::default() };
    Arc::new(GpuDeviceManager::new(&options))
}

fn reason<T: Object>(handle: *const T::Handle) -> String {
    match pin::<T>(handle, "thing") {
        Ok(_) => panic!("{handle:?} is taken for a live handle"),
        Err(error) => {
            assert_eq!(error.status(), Status::InvalidHandle);
            error.to_string()
        }
    }
}

#[test]
fn the_four_wrong_handles_are_told_apart() {
    let manager = manager();
    let executor = publish(GpuExecutor::new(manager.clone(), GpuExecutorConfig::default())).unwrap();
    assert!(!pin::<GpuExecutor>(executor, "executor").unwrap().has_gpu());
    assert!(reason::<GpuExecutor>(std::ptr::null()).contains("is NULL"));
    assert!(reason::<Buffer>(executor.cast()).contains("is of kind executor, not buffer"));
    destroy::<GpuExecutor>(executor, "executor").unwrap();
    assert!(reason::<GpuExecutor>(executor).contains("was destroyed"));
    assert_eq!(destroy::<GpuExecutor>(executor, "x").unwrap_err().status(), Status::InvalidHandle);
    assert!(destroy::<GpuExecutor>(std::ptr::null_mut(), "x").is_ok());
    // Wild values are never followed: an odd one, a real address, one beyond the table, all ones.
    let real = Box::new(0u64);
    for bits in [3, std::ptr::from_ref(&*real).addr(), 0x1fff_fff8 | 1 << 45, usize::MAX] {
        assert!(reason::<Buffer>(std::ptr::without_provenance(bits)).contains("no handle"), "{bits:#x}");
    }
}

#[test]
fn handles_look_like_aligned_47_bit_addresses() {
    let devices = manager();
    let handles: Vec<_> = (0..3000).map(|_| publish(devices.devices()[0].clone()).unwrap()).collect();
    for handle in &handles {
        assert_eq!(handle.addr() & 7, 0);
        assert_eq!(handle.addr() >> 47, 0);
        assert!(!handle.is_null());
    }
    let mut sorted: Vec<usize> = handles.iter().map(|h| h.addr()).collect();
    sorted.sort();
    sorted.dedup();
    assert_eq!(sorted.len(), handles.len());
    handles.into_iter().for_each(|h| destroy::<Device>(h, "device").unwrap());
}

#[test]
fn a_reused_slot_does_not_revive_old_handles_and_worn_slots_are_retired() {
    static TABLE: Table = Table::new();
    let object = || Box::into_raw(Box::new(manager().devices()[0].clone())).cast::<()>();
    let first = TABLE.publish(Kind::Device, object()).unwrap();
    assert!(TABLE.destroy(first, Kind::Device));
    let second = TABLE.publish(Kind::Device, object()).unwrap();
    let slot_of = |bits: usize| (bits >> ALIGN_BITS) as u32 & (MAX_SLOTS - 1);
    assert_eq!(slot_of(first), slot_of(second));
    assert!(TABLE.pin(first, Kind::Device).is_none());
    assert!(TABLE.pin(second, Kind::Device).is_some());
    assert!(TABLE.destroy(second, Kind::Device));
    // Wear the slot out without four million rounds: one before the last generation.
    let slot = TABLE.slot(slot_of(first)).unwrap();
    slot.state.store(LAST_GENERATION << GENERATION_SHIFT, Ordering::Relaxed);
    let last = TABLE.publish(Kind::Device, object()).unwrap();
    assert_eq!(slot_of(last), slot_of(first));
    assert!(last >> 47 == 0 && TABLE.pin(last, Kind::Device).is_some());
    assert!(TABLE.destroy(last, Kind::Device));
    let next = TABLE.publish(Kind::Device, object()).unwrap();
    assert_ne!(slot_of(next), slot_of(first));
    for old in [first, second, last] {
        assert!(TABLE.pin(old, Kind::Device).is_none());
    }
    assert!(TABLE.destroy(next, Kind::Device));
}

#[test]
fn an_object_in_use_outlives_its_handle() {
    let manager = manager();
    let weak = Arc::downgrade(&manager);
    let handle = publish(manager).unwrap();
    let pinned = pin::<Arc<GpuDeviceManager>>(handle, "manager").unwrap();
    destroy::<Arc<GpuDeviceManager>>(handle, "manager").unwrap();
    assert!(reason::<Arc<GpuDeviceManager>>(handle).contains("was destroyed"));
    assert_eq!(pinned.devices().len(), 1);
    assert!(weak.upgrade().is_some());
    drop(pinned);
    assert!(weak.upgrade().is_none());
}

#[test]
fn threads_use_a_handle_while_another_destroys_it() {
    const ROUNDS: usize = 150;
    let manager = manager();
    let source = Buffer::Device(Arc::new(manager.devices()[0].create_buffer(64).unwrap()));
    let current = AtomicUsize::new(0);
    let used = AtomicUsize::new(0);
    let refused = AtomicUsize::new(0);
    let (begin, end) = (Barrier::new(4), Barrier::new(4));
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                for _ in 0..ROUNDS {
                    begin.wait();
                    let handle = std::ptr::without_provenance(current.load(Ordering::Acquire));
                    while let Ok(buffer) = pin::<Buffer>(handle, "buffer") {
                        // A freed or foreign object would not have this size.
                        assert_eq!(buffer.size(), 64);
                        used.fetch_add(1, Ordering::Relaxed);
                    }
                    refused.fetch_add(1, Ordering::Relaxed);
                    end.wait();
                }
            });
        }
        for _ in 0..ROUNDS {
            let handle = publish(source.clone()).unwrap();
            current.store(handle.addr(), Ordering::Release);
            begin.wait();
            std::thread::yield_now();
            destroy::<Buffer>(handle, "buffer").unwrap();
            // Reuse the slot at once, with another kind, under the late look-ups.
            let other = publish(manager.devices()[0].clone()).unwrap();
            destroy::<Device>(other, "device").unwrap();
            end.wait();
        }
    });
    assert_eq!(refused.into_inner(), 3 * ROUNDS);
    let Buffer::Device(inner) = &source else { unreachable!() };
    assert_eq!(Arc::strong_count(inner), 1, "every published clone was dropped exactly once");
}
