//! `Device`: one device as callers use it, with the checks that need no backend.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::backend::{DeviceState, GpuCompute};
use crate::buffer::{DeviceBuffer, ON_HOST};
use crate::error::{GpuError, GpuResult};
use crate::kernel::Kernel;
use crate::types::{CompileOptions, DeviceType, Dim3, GpuDeviceInfo, LaunchConfig};

/// Limit of one kernel text, so that a wrong length is an error and not an hour of compiling.
pub const MAX_SOURCE_SIZE: usize = 64 << 20;

/// A device of this machine. Clones share it; any thread may use it.
#[derive(Clone)]
pub struct Device {
    inner: Arc<DeviceInner>,
}

struct DeviceInner {
    compute: Arc<dyn GpuCompute>,
    /// See [`Device::place`].
    place: usize,
    /// As it was when the device was found; only `free_memory_mb` changes later.
    info: GpuDeviceInfo,
    label: String,
}

impl Device {
    pub fn new(compute: Arc<dyn GpuCompute>) -> Self {
        let info = compute.device_info();
        let label = match info.device_type {
            DeviceType::Cpu => format!("CPU device ({})", info.name),
            kind => format!("{kind} device {} ({})", info.device_id, info.name),
        };
        let place = match info.device_type {
            DeviceType::Cpu => ON_HOST,
            _ => Arc::as_ptr(&compute).cast::<()>().addr(),
        };
        Device { inner: Arc::new(DeviceInner { compute, place, info, label }) }
    }

    /// The backend behind this device.
    pub fn compute(&self) -> &Arc<dyn GpuCompute> {
        &self.inner.compute
    }

    /// Facts about the device, free memory as of now. Creates no context.
    pub fn info(&self) -> GpuDeviceInfo {
        self.inner.compute.device_info()
    }

    /// The facts that never change, without asking the driver.
    pub fn static_info(&self) -> &GpuDeviceInfo {
        &self.inner.info
    }

    pub fn device_type(&self) -> DeviceType {
        self.inner.info.device_type
    }

    /// Whether this is a GPU (anything but the CPU device).
    pub fn is_gpu(&self) -> bool {
        self.device_type() != DeviceType::Cpu
    }

    /// "CUDA device 0 (NVIDIA ...)", as used in messages.
    pub fn label(&self) -> &str {
        &self.inner.label
    }

    pub fn state(&self) -> DeviceState {
        self.inner.compute.state()
    }

    /// True while work can be submitted; false once lost, and while a kernel that outlived its limit still runs.
    pub fn is_available(&self) -> bool {
        self.inner.compute.is_available()
    }

    /// Error for a device that cannot take work now.
    #[inline]
    pub fn ensure_available(&self) -> GpuResult<()> {
        match self.is_available() {
            true => Ok(()),
            false => self.unavailable(),
        }
    }

    /// Says why, unless it is available after all.
    #[cold]
    fn unavailable(&self) -> GpuResult<()> {
        match self.state() {
            DeviceState::Available => Ok(()),
            DeviceState::Busy(reason) => Err(GpuError::DeviceBusy { device: self.label().into(), reason }),
            // The device itself knows best what it is lost to: a fork is an error of its own.
            DeviceState::Lost(reason) => Err(match self.inner.compute.initialize() {
                Err(error) => error,
                Ok(()) => GpuError::DeviceLost { device: self.label().into(), reason },
            }),
        }
    }

    /// Whether both values mean the same device.
    #[inline]
    pub fn same(&self, other: &Device) -> bool {
        // Two managers have values of their own for one device.
        Arc::ptr_eq(&self.inner, &other.inner) || Arc::ptr_eq(&self.inner.compute, &other.inner.compute)
    }

    /// Where managed buffers keep their content for this device: a number that is the same for the same device, of all
    /// that exist at a time. The CPU device works on the host's copy.
    #[inline]
    pub(crate) fn place(&self) -> usize {
        self.inner.place
    }

    /// Memory of `size` bytes on this device, content unspecified. Size 0 gives an empty buffer.
    pub fn create_buffer(&self, size: usize) -> GpuResult<DeviceBuffer> {
        DeviceBuffer::create(self, size)
    }

    /// Compiles CUDA C text for this device; see [`GpuCompute::compile_kernel`].
    pub fn compile(&self, source: &str, kernel_name: &str, options: &CompileOptions) -> GpuResult<Kernel> {
        check_kernel_text(source, kernel_name)?;
        let kernel = self.inner.compute.compile_kernel(source, kernel_name, options)?;
        Ok(Kernel::new(self.clone(), kernel))
    }

    /// Loads a ready binary: PTX, cubin or code object.
    pub fn load(&self, binary: &[u8], kernel_name: &str) -> GpuResult<Kernel> {
        if binary.is_empty() {
            return Err(GpuError::invalid("binary", "is empty"));
        }
        check_kernel_name(kernel_name)?;
        let kernel = self.inner.compute.load_kernel(binary, kernel_name)?;
        Ok(Kernel::new(self.clone(), kernel))
    }

    /// Waits for all work queued on this device.
    pub fn synchronize(&self) -> GpuResult<()> {
        self.inner.compute.synchronize()
    }

    /// Waits for all queued work, at most `timeout`. The device stays usable after a [`GpuError::Timeout`].
    pub fn wait(&self, timeout: Duration) -> GpuResult<()> {
        let deadline = Instant::now().checked_add(timeout);
        let ticket = self.inner.compute.mark()?;
        match self.inner.compute.wait_ticket(ticket, deadline)? {
            true => Ok(()),
            false => Err(GpuError::Timeout {
                what: format!("queued work of {}", self.label()),
                limit_ms: timeout.as_millis().min(u64::MAX as u128) as u64,
            }),
        }
    }

    /// Checks grid, block and shared memory against the device before a driver sees them.
    #[inline]
    pub fn check_launch(&self, config: &LaunchConfig) -> GpuResult<()> {
        let info = &self.inner.info;
        let fits = config.grid.is_within(info.max_grid_dim)
            && config.block.is_within(info.max_block_dim)
            && config.block.count() <= info.max_threads_per_block as u64
            && config.shared_memory_size <= info.max_shared_memory_per_block;
        match fits {
            true => Ok(()),
            false => self.refuse_launch(config),
        }
    }

    /// Says what does not fit.
    #[cold]
    fn refuse_launch(&self, config: &LaunchConfig) -> GpuResult<()> {
        let info = &self.inner.info;
        let axes = |name: &str, value: Dim3, limit: Dim3| {
            for (axis, v, max) in [("x", value.x, limit.x), ("y", value.y, limit.y), ("z", value.z, limit.z)]
            {
                if v == 0 || v > max {
                    return Err(GpuError::invalid(
                        format!("{name}.{axis}"),
                        format!("is {v}; {} takes 1 to {max}", self.label()),
                    ));
                }
            }
            Ok(())
        };
        axes("grid", config.grid, info.max_grid_dim)?;
        axes("block", config.block, info.max_block_dim)?;
        if config.block.count() > info.max_threads_per_block as u64 {
            return Err(GpuError::invalid(
                "block",
                format!(
                    "{} has {} threads; {} takes at most {}",
                    config.block,
                    config.block.count(),
                    self.label(),
                    info.max_threads_per_block
                ),
            ));
        }
        Err(GpuError::invalid(
            "shared_memory_size",
            format!(
                "is {} bytes; {} has at most {} per block",
                config.shared_memory_size,
                self.label(),
                info.max_shared_memory_per_block
            ),
        ))
    }
}

impl fmt::Debug for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label())
    }
}

/// Rejects texts and names that no compiler should see.
fn check_kernel_text(source: &str, kernel_name: &str) -> GpuResult<()> {
    if source.is_empty() {
        return Err(GpuError::invalid("source", "is empty"));
    }
    if source.len() > MAX_SOURCE_SIZE {
        return Err(GpuError::invalid(
            "source",
            format!("has {} bytes; the limit is {MAX_SOURCE_SIZE}", source.len()),
        ));
    }
    if source.as_bytes().contains(&0) {
        return Err(GpuError::invalid("source", "contains a NUL byte"));
    }
    check_kernel_name(kernel_name)
}

fn check_kernel_name(kernel_name: &str) -> GpuResult<()> {
    if kernel_name.trim().is_empty() {
        return Err(GpuError::invalid("kernel_name", "is empty"));
    }
    if kernel_name.len() > 4096 || kernel_name.bytes().any(|b| b == 0 || b == b'\n') {
        return Err(GpuError::invalid("kernel_name", "is longer than 4096 bytes or has control characters"));
    }
    Ok(())
}
