//! `vmgpu_manager`: which devices there are, and why others are not.

use std::ffi::c_char;
use std::path::PathBuf;
use std::sync::Arc;

use super::device::vmgpu_device;
use super::growing::{self, growing};
use super::guard::{guard, guard_or};
use super::handle::{destroy, pin, publish};
use super::ptr::{Out, optional_text};
use super::status::vmgpu_status;
use super::text::TextOut;
use crate::error::{GpuError, GpuResult};
use crate::manager::{GpuDeviceManager, ManagerOptions};

/// The devices of this machine in order of preference: CUDA, ROCm, CPU.
///
/// From vmgpu_manager_create() until vmgpu_manager_destroy(). Any thread may use it. It keeps the vendor libraries
/// loaded, which stay so until the process ends. Devices and executors made from it go on without it.
pub struct vmgpu_manager {
    _opaque: [u8; 0],
}

/// What a manager looks for. VMGPU_MANAGER_OPTIONS_INIT or vmgpu_manager_options_init() give the defaults: everything,
/// in the usual places.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct vmgpu_manager_options {
    /// sizeof(vmgpu_manager_options).
    pub struct_size: usize,
    /// Look for NVIDIA GPUs. Default 1.
    pub enable_cuda: u32,
    /// Look for AMD GPUs. Default 1.
    pub enable_rocm: u32,
    /// Offer the CPU device. Default 1.
    pub enable_cpu: u32,
    /// Path of libcuda. NULL (default): environment variable VMGPU_CUDA_PATH, else the usual names.
    pub cuda_path: *const c_char,
    /// Path of libnvrtc, the CUDA compiler. NULL: VMGPU_NVRTC_PATH, else the usual names and places.
    pub nvrtc_path: *const c_char,
    /// Path of libamdhip64. NULL: VMGPU_HIP_PATH, else the usual names.
    pub hip_path: *const c_char,
    /// Path of libhiprtc. NULL: VMGPU_HIPRTC_PATH, else the usual names.
    pub hiprtc_path: *const c_char,
}

growing!(vmgpu_manager_options {
    struct_size, enable_cuda, enable_rocm, enable_cpu, cuda_path, nvrtc_path, hip_path, hiprtc_path,
} vmgpu_manager_options {
    struct_size: size_of::<vmgpu_manager_options>(),
    enable_cuda: 1,
    enable_rocm: 1,
    enable_cpu: 1,
    cuda_path: std::ptr::null(),
    nvrtc_path: std::ptr::null(),
    hip_path: std::ptr::null(),
    hiprtc_path: std::ptr::null(),
});

/// Gives `options` the defaults. C programs may write `= VMGPU_MANAGER_OPTIONS_INIT` instead.
///
/// @param options  Written.
/// @param size     sizeof(vmgpu_manager_options).
/// @return VMGPU_STATUS_OK; VMGPU_STATUS_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vmgpu_manager_options_init(
    options: *mut vmgpu_manager_options,
    size: usize,
) -> vmgpu_status {
    // SAFETY: the header asks for `size` writable bytes.
    guard(|| unsafe { growing::init(options, size, "options", &growing::Growing::defaults()) })
}

/// # Safety
/// The texts of `options` are NULL or terminated.
unsafe fn convert(options: &vmgpu_manager_options) -> GpuResult<ManagerOptions> {
    let path = |text, name| {
        // SAFETY: promised by the caller.
        let text = unsafe { optional_text(text, name) }?;
        Ok::<_, GpuError>(text.map(PathBuf::from))
    };
    Ok(ManagerOptions {
        cuda: options.enable_cuda != 0,
        rocm: options.enable_rocm != 0,
        cpu: options.enable_cpu != 0,
        cuda_path: path(options.cuda_path, "options->cuda_path")?,
        nvrtc_path: path(options.nvrtc_path, "options->nvrtc_path")?,
        hip_path: path(options.hip_path, "options->hip_path")?,
        hiprtc_path: path(options.hiprtc_path, "options->hiprtc_path")?,
    })
}

/// Looks for devices. Opens the vendor libraries that are there; starts no device.
///
/// Never fails because something is missing: a machine without a GPU has the CPU device, and vmgpu_manager_explain()
/// says why there is no other.
///
/// @param options      What to look for. NULL means the defaults.
/// @param out_manager  Receives the handle, to be destroyed by the caller.
/// @return VMGPU_STATUS_OK; VMGPU_STATUS_INVALID_ARGUMENT; VMGPU_STATUS_UNSUPPORTED_STRUCT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vmgpu_manager_create(
    options: *const vmgpu_manager_options,
    out_manager: *mut *mut vmgpu_manager,
) -> vmgpu_status {
    guard(|| {
        // SAFETY: the header asks for a writable place.
        let out = unsafe { Out::new(out_manager, "out_manager") }?;
        // SAFETY: the header asks for NULL or a struct as long as its size says, with terminated texts.
        let options = unsafe { convert(&growing::read_or_default(options, "options")?) }?;
        out.write(publish(Arc::new(GpuDeviceManager::new(&options)))?);
        Ok(())
    })
}

/// Whether there is a GPU that is not lost.
///
/// @return false also if `manager` is invalid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vmgpu_manager_has_gpu(manager: *const vmgpu_manager) -> bool {
    guard_or(false, || Ok(pin::<Arc<GpuDeviceManager>>(manager, "manager")?.has_gpu()))
}

/// Number of devices found, lost ones included.
///
/// @return 0 if `manager` is invalid, or if every backend was switched off.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vmgpu_manager_device_count(manager: *const vmgpu_manager) -> usize {
    guard_or(0, || Ok(pin::<Arc<GpuDeviceManager>>(manager, "manager")?.devices().len()))
}

/// Gives a handle for the device at `index`, in order of preference.
///
/// @param index       From 0 to vmgpu_manager_device_count() - 1.
/// @param out_device  Receives a handle of the caller's own, to be destroyed by the caller.
/// @return VMGPU_STATUS_OK; VMGPU_STATUS_OUT_OF_RANGE if there is no such device.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vmgpu_manager_device(
    manager: *const vmgpu_manager,
    index: usize,
    out_device: *mut *mut vmgpu_device,
) -> vmgpu_status {
    guard(|| {
        let manager = pin::<Arc<GpuDeviceManager>>(manager, "manager")?;
        // SAFETY: the header asks for a writable place.
        let out = unsafe { Out::new(out_device, "out_device") }?;
        let devices = manager.devices();
        let device = devices.get(index).ok_or_else(|| GpuError::OutOfRange {
            what: "devices of the manager".into(),
            offset: index as u64,
            size: 1,
            limit: devices.len() as u64,
        })?;
        out.write(publish(device.clone())?);
        Ok(())
    })
}

/// Gives a handle for the first device that is not lost: a GPU if there is one, else the CPU device.
///
/// @param out_device  Receives a handle of the caller's own, to be destroyed by the caller.
/// @return VMGPU_STATUS_OK; VMGPU_STATUS_NO_DEVICE_AVAILABLE if every backend was switched off.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vmgpu_manager_default_device(
    manager: *const vmgpu_manager,
    out_device: *mut *mut vmgpu_device,
) -> vmgpu_status {
    guard(|| {
        let manager = pin::<Arc<GpuDeviceManager>>(manager, "manager")?;
        // SAFETY: the header asks for a writable place.
        let out = unsafe { Out::new(out_device, "out_device") }?;
        out.write(publish(manager.default_device()?)?);
        Ok(())
    })
}

/// Says in plain words, for each backend, what was tried, what was found, and why it is absent. The first thing to
/// look at, and to put into a bug report, when a GPU is not used.
///
/// @param buffer      Receives the text, several lines. May be NULL if `capacity` is 0.
/// @param capacity    Bytes at `buffer`.
/// @param out_length  Receives the length without terminator. May be NULL if `buffer` is given.
/// @return VMGPU_STATUS_OK; VMGPU_STATUS_BUFFER_TOO_SMALL (text truncated).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vmgpu_manager_explain(
    manager: *const vmgpu_manager,
    buffer: *mut c_char,
    capacity: usize,
    out_length: *mut usize,
) -> vmgpu_status {
    guard(|| {
        // SAFETY: the header asks for `capacity` writable bytes at `buffer` and a writable `out_length`.
        let out = unsafe { TextOut::new(buffer, capacity, out_length) }?;
        out.text(&pin::<Arc<GpuDeviceManager>>(manager, "manager")?.explain())
    })
}

/// Ends the handle. Devices, buffers, kernels and executors made from it go on.
///
/// @param manager  NULL does nothing.
/// @return VMGPU_STATUS_OK; VMGPU_STATUS_INVALID_HANDLE if it was destroyed before.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vmgpu_manager_destroy(manager: *mut vmgpu_manager) -> vmgpu_status {
    guard(|| destroy::<Arc<GpuDeviceManager>>(manager, "manager"))
}
