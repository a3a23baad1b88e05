//! `vmgpu_device`: one device, its facts, and waiting for its work.

use std::ffi::c_char;
use std::time::Duration;

use super::growing::{self, GrowingOut, growing};
use super::guard::{guard, guard_or};
use super::handle::{destroy, pin};
use super::status::vmgpu_status;
use super::text::fixed;
use crate::device::Device;
use crate::types::{Dim3, GpuDeviceInfo};

/// Bytes of a name in an info struct, terminator included; longer names are cut.
pub const VMGPU_NAME_SIZE: usize = 256;
/// Bytes of an architecture or compiler name in an info struct, terminator included.
pub const VMGPU_SHORT_NAME_SIZE: usize = 64;
/// "No limit" wherever a time limit in milliseconds is given.
pub const VMGPU_NO_TIMEOUT: u64 = 0xffff_ffff_ffff_ffff;

/// One device. It has a single in-order queue, shared by all threads that use it.
///
/// From vmgpu_manager_device() or vmgpu_manager_default_device() until vmgpu_device_destroy(). Any thread may use it.
/// Buffers and kernels made from it go on without it.
pub struct vmgpu_device {
    _opaque: [u8; 0],
}

/// Extents of a grid in blocks, or of a block in threads. Each is at least 1 in a launch.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct vmgpu_dim3 {
    pub x: u32,
    pub y: u32,
    pub z: u32,
}

impl From<vmgpu_dim3> for Dim3 {
    fn from(v: vmgpu_dim3) -> Self {
        Dim3::new(v.x, v.y, v.z)
    }
}

impl From<Dim3> for vmgpu_dim3 {
    fn from(v: Dim3) -> Self {
        vmgpu_dim3 { x: v.x, y: v.y, z: v.z }
    }
}

/// Facts about a device, written by vmgpu_device_get_info(). Start with VMGPU_DEVICE_INFO_INIT.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct vmgpu_device_info {
    /// sizeof(vmgpu_device_info).
    pub struct_size: usize,
    /// A vmgpu_device_type.
    pub device_type: u32,
    /// Number among the devices of its type, from 0.
    pub device_id: u32,
    /// What the vendor calls it.
    pub name: [c_char; VMGPU_NAME_SIZE],
    /// What kernels are compiled for: "sm_90", "gfx90a", "x86_64".
    pub architecture: [c_char; VMGPU_SHORT_NAME_SIZE],
    /// CUDA compute capability, such as 9 and 0; both 0 where the notion does not exist.
    pub compute_capability_major: u32,
    pub compute_capability_minor: u32,
    /// MiB.
    pub total_memory_mb: u64,
    /// MiB; 0 means not known.
    pub free_memory_mb: u64,
    /// Multiprocessors of a GPU, processors of the CPU device.
    pub multiprocessor_count: u32,
    /// 0 means not known.
    pub clock_rate_khz: u32,
    /// Bytes; 0 means not known.
    pub l2_cache_size: u64,
    /// Whether host and device may use one address for the same memory.
    pub supports_unified_memory: u32,
    /// Whether kernels may use `__shared__` memory.
    pub supports_shared_memory: u32,
    /// Threads of a warp.
    pub warp_size: u32,
    pub max_threads_per_block: u32,
    pub max_block_dim: vmgpu_dim3,
    pub max_grid_dim: vmgpu_dim3,
    /// Bytes of shared memory a block has without asking for more.
    pub shared_memory_per_block: u32,
    /// Bytes of shared memory a block may have at most.
    pub max_shared_memory_per_block: u32,
    /// As the vendor counts (13000 is CUDA 13.0); 0 for the CPU device.
    pub driver_version: u32,
}

growing!(vmgpu_device_info {
    struct_size, device_type, device_id, name, architecture, compute_capability_major, compute_capability_minor,
    total_memory_mb, free_memory_mb, multiprocessor_count, clock_rate_khz, l2_cache_size, supports_unified_memory,
    supports_shared_memory, warp_size, max_threads_per_block, max_block_dim, max_grid_dim, shared_memory_per_block,
    max_shared_memory_per_block, driver_version,
} {
    const NONE: vmgpu_dim3 = vmgpu_dim3 { x: 0, y: 0, z: 0 };
    vmgpu_device_info {
        struct_size: size_of::<vmgpu_device_info>(),
        device_type: 0,
        device_id: 0,
        name: [0; VMGPU_NAME_SIZE],
        architecture: [0; VMGPU_SHORT_NAME_SIZE],
        compute_capability_major: 0,
        compute_capability_minor: 0,
        total_memory_mb: 0,
        free_memory_mb: 0,
        multiprocessor_count: 0,
        clock_rate_khz: 0,
        l2_cache_size: 0,
        supports_unified_memory: 0,
        supports_shared_memory: 0,
        warp_size: 0,
        max_threads_per_block: 0,
        max_block_dim: NONE,
        max_grid_dim: NONE,
        shared_memory_per_block: 0,
        max_shared_memory_per_block: 0,
        driver_version: 0,
    }
});

impl From<GpuDeviceInfo> for vmgpu_device_info {
    fn from(info: GpuDeviceInfo) -> Self {
        vmgpu_device_info {
            struct_size: size_of::<vmgpu_device_info>(),
            device_type: info.device_type as u32,
            device_id: info.device_id,
            name: fixed(&info.name),
            architecture: fixed(&info.architecture),
            compute_capability_major: info.compute_capability.0,
            compute_capability_minor: info.compute_capability.1,
            total_memory_mb: info.total_memory_mb,
            free_memory_mb: info.free_memory_mb,
            multiprocessor_count: info.multiprocessor_count,
            clock_rate_khz: info.clock_rate_khz,
            l2_cache_size: info.l2_cache_size,
            supports_unified_memory: info.supports_unified_memory as u32,
            supports_shared_memory: info.supports_shared_memory as u32,
            warp_size: info.warp_size,
            max_threads_per_block: info.max_threads_per_block,
            max_block_dim: info.max_block_dim.into(),
            max_grid_dim: info.max_grid_dim.into(),
            shared_memory_per_block: info.shared_memory_per_block,
            max_shared_memory_per_block: info.max_shared_memory_per_block,
            driver_version: info.driver_version,
        }
    }
}

/// Prepares `info` to be filled: zeros, and its size.
///
/// @param info  Written.
/// @param size  sizeof(vmgpu_device_info).
/// @return VMGPU_STATUS_OK; VMGPU_STATUS_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vmgpu_device_info_init(info: *mut vmgpu_device_info, size: usize) -> vmgpu_status {
    // SAFETY: the header asks for `size` writable bytes.
    guard(|| unsafe { growing::init(info, size, "info", &growing::Growing::defaults()) })
}

/// Says what is known of the device. Starts nothing and creates no context, so every device of a machine may be asked.
///
/// @param out_info  Prepared with VMGPU_DEVICE_INFO_INIT or vmgpu_device_info_init(); receives the facts.
/// @return VMGPU_STATUS_OK; VMGPU_STATUS_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vmgpu_device_get_info(
    device: *const vmgpu_device,
    out_info: *mut vmgpu_device_info,
) -> vmgpu_status {
    guard(|| {
        let device = pin::<Device>(device, "device")?;
        // SAFETY: the header asks for a writable struct as long as its size says.
        let out = unsafe { GrowingOut::new(out_info, "out_info") }?;
        out.write(&device.info().into());
        Ok(())
    })
}

/// Whether the device can take work now: not lost, and not occupied by a kernel that outlived its limit.
///
/// @return false also if `device` is invalid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vmgpu_device_is_available(device: *const vmgpu_device) -> bool {
    guard_or(false, || Ok(pin::<Device>(device, "device")?.is_available()))
}

/// Waits until everything queued on the device before, by any thread, is done.
///
/// @return VMGPU_STATUS_OK; VMGPU_STATUS_DEVICE_LOST if a kernel among it failed; VMGPU_STATUS_DEVICE_BUSY;
///         VMGPU_STATUS_FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vmgpu_device_synchronize(device: *mut vmgpu_device) -> vmgpu_status {
    guard(|| pin::<Device>(device, "device")?.synchronize())
}

/// As vmgpu_device_synchronize(), but waits at most `timeout_ms`.
///
/// @param timeout_ms  Milliseconds. 0 only looks; VMGPU_NO_TIMEOUT waits without limit.
/// @return VMGPU_STATUS_OK; VMGPU_STATUS_TIMEOUT if work is left (it goes on, and the device stays usable);
///         VMGPU_STATUS_DEVICE_LOST; VMGPU_STATUS_DEVICE_BUSY; VMGPU_STATUS_FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vmgpu_device_wait(device: *mut vmgpu_device, timeout_ms: u64) -> vmgpu_status {
    guard(|| {
        let device = pin::<Device>(device, "device")?;
        match timeout_ms {
            VMGPU_NO_TIMEOUT => device.synchronize(),
            limit => device.wait(Duration::from_millis(limit)),
        }
    })
}

/// Ends the handle. The device itself, its buffers and its kernels go on.
///
/// @param device  NULL does nothing.
/// @return VMGPU_STATUS_OK; VMGPU_STATUS_INVALID_HANDLE if it was destroyed before.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vmgpu_device_destroy(device: *mut vmgpu_device) -> vmgpu_status {
    guard(|| destroy::<Device>(device, "device"))
}
