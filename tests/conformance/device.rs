//! What a device says of itself, and waiting for nothing.

use std::time::Duration;

use vmgpu::backend::DeviceState;

use crate::support::Context;

crate::tests!("device": info_is_complete, idle_waits_return, manager_finds_it, clones_are_the_same_device);

fn info_is_complete(context: &Context) {
    let info = context.device.info();
    assert!(!info.name.is_empty() && !info.architecture.is_empty());
    assert!(info.total_memory_mb > 100, "{info:?}");
    assert!(info.free_memory_mb <= info.total_memory_mb, "{info:?}");
    assert!(info.multiprocessor_count >= 1);
    assert!(info.warp_size == 32 || info.warp_size == 64);
    assert!(info.max_threads_per_block >= 256 && info.max_block_dim.x >= 256);
    assert!(info.max_grid_dim.x >= 65535 && info.max_grid_dim.y >= 65535);
    assert!(info.shared_memory_per_block >= 16 << 10);
    assert!(info.max_shared_memory_per_block >= info.shared_memory_per_block);
    if context.device.is_gpu() {
        assert!(
            info.compute_capability.0 >= 3 && info.clock_rate_khz > 0 && info.l2_cache_size > 0,
            "{info:?}"
        );
        assert!(info.driver_version > 0);
    }
    // Nothing but the free memory may change between two readings.
    let again = context.device.info();
    assert_eq!(vmgpu::types::GpuDeviceInfo { free_memory_mb: info.free_memory_mb, ..again }, info);
}

fn idle_waits_return(context: &Context) {
    context.device.synchronize().unwrap();
    context.device.wait(Duration::ZERO).unwrap();
    context.device.wait(Duration::MAX).unwrap();
    assert_eq!(context.device.state(), DeviceState::Available);
    assert!(context.device.is_available());
}

fn manager_finds_it(context: &Context) {
    assert!(context.manager.devices().iter().any(|d| d.same(&context.device)));
    assert_eq!(context.manager.has_gpu(), context.device.is_gpu());
    assert!(context.manager.default_device().unwrap().same(&context.device));
    let text = context.manager.explain();
    assert!(text.contains(&context.device.info().name), "{text}");
}

fn clones_are_the_same_device(context: &Context) {
    let clone = context.device.clone();
    assert!(clone.same(&context.device));
    let buffer = clone.create_buffer(16).unwrap();
    drop(clone);
    buffer.write(0, &[7; 16]).unwrap();
}
