//! `Kernel`: a compiled kernel on its device; argument checks and launch.

mod arg;
mod args;

pub(crate) use arg::ArgKind;
pub use arg::GpuArg;
pub(crate) use args::{Placement, Prepared, at_once};

use std::sync::Arc;

use crate::backend::{ArgValue, GpuKernel};
use crate::device::Device;
use crate::error::{GpuError, GpuResult};
use crate::room::Room;
use crate::types::{Dim3, KernelMetadata, LaunchConfig, check_range};

/// A kernel ready to launch. Clones share it; any thread may use it; it keeps its device alive.
#[derive(Clone)]
pub struct Kernel {
    device: Device,
    raw: GpuKernel,
    limits: Limits,
}

/// What a launch is checked against: the limits of device and kernel in one place, since every launch looks at them.
#[derive(Clone, Copy)]
struct Limits {
    grid: Dim3,
    block: Dim3,
    threads: u32,
    dynamic_shared: u32,
}

impl Limits {
    fn of(device: &Device, kernel: &KernelMetadata) -> Limits {
        let info = device.static_info();
        let fits = kernel.shared_memory_size <= info.max_shared_memory_per_block;
        Limits {
            grid: info.max_grid_dim,
            // A kernel whose own shared memory is more than there is cannot be launched at all.
            block: if fits { info.max_block_dim } else { Dim3 { x: 0, y: 0, z: 0 } },
            threads: match kernel.max_threads_per_block {
                0 => info.max_threads_per_block,
                own => own.min(info.max_threads_per_block),
            },
            dynamic_shared: info.max_shared_memory_per_block.saturating_sub(kernel.shared_memory_size),
        }
    }

    #[inline]
    fn allow(&self, config: &LaunchConfig) -> bool {
        config.grid.is_within(self.grid)
            && config.block.is_within(self.block)
            && config.block.count() <= self.threads as u64
            && config.shared_memory_size <= self.dynamic_shared
    }
}

impl Kernel {
    pub(crate) fn new(device: Device, raw: GpuKernel) -> Self {
        let limits = Limits::of(&device, &raw.metadata);
        Kernel { device, raw, limits }
    }

    pub fn device(&self) -> &Device {
        &self.device
    }

    /// The plain value that backends work on.
    pub fn raw(&self) -> &GpuKernel {
        &self.raw
    }

    /// Name as asked for.
    pub fn name(&self) -> &str {
        &self.raw.name
    }

    pub fn metadata(&self) -> &Arc<KernelMetadata> {
        &self.raw.metadata
    }

    /// cubin, PTX or code object; what [`Device::load`] takes again.
    pub fn binary(&self) -> &[u8] {
        &self.raw.binary
    }

    /// Queues a launch and returns.
    ///
    /// # Errors
    /// InvalidArgument if the arguments do not fit the kernel's parameters or the launch does not fit the device;
    /// InvalidState if a buffer is mapped; DeviceLost, DeviceBusy; KernelExecutionFailed if the driver refuses.
    #[inline]
    pub fn launch(&self, config: &LaunchConfig, args: &[GpuArg<'_>]) -> GpuResult<()> {
        self.check_launch(config)?;
        let mut room = Room::new();
        let mut values = room.places(args.len());
        let mut prepared = None;
        if !at_once(self, args, None, &mut values, &mut prepared)? {
            let prepared = prepared.insert(Prepared::until(None));
            prepared.prepare(self, args, Placement::NATIVE, &mut values)?;
        }
        let result = self.launch_plain(config, values.as_slice());
        match (&mut prepared, result) {
            (None, result) => result,
            (Some(prepared), Ok(())) => prepared.succeeded(&self.device),
            (Some(prepared), Err(error)) => {
                prepared.failed(&self.device, &error, false);
                Err(error)
            }
        }
    }

    /// Queues a launch of values that are the device's already; shape and values have been checked.
    #[inline]
    pub(crate) fn launch_plain(&self, config: &LaunchConfig, values: &[ArgValue<'_>]) -> GpuResult<()> {
        self.device.compute().execute_kernel(&self.raw, config, values)
    }

    /// Checks a launch against the limits of the device and of this very kernel.
    #[inline]
    pub(crate) fn check_launch(&self, config: &LaunchConfig) -> GpuResult<()> {
        match self.limits.allow(config) {
            true => Ok(()),
            false => Err(self.refuse_launch(config)),
        }
    }

    /// Says what does not fit.
    #[cold]
    fn refuse_launch(&self, config: &LaunchConfig) -> GpuError {
        if let Err(error) = self.device.check_launch(config) {
            return error;
        }
        let (block, own) = (config.block, self.raw.metadata.shared_memory_size);
        if block.count() > self.limits.threads as u64 {
            let (threads, limit, name) = (block.count(), self.limits.threads, self.name());
            let reason = format!("{block} has {threads} threads; kernel `{name}` takes at most {limit}");
            return GpuError::invalid("block", reason);
        }
        let most = self.device.static_info().max_shared_memory_per_block;
        let reason = format!(
            "{} bytes and the kernel's own {own} pass the device's {most} per block",
            config.shared_memory_size
        );
        GpuError::invalid("shared_memory_size", reason)
    }

    /// Writes to a `__device__` or `__constant__` variable of the kernel's module; launches queued later see it.
    pub fn symbol_write(&self, symbol_name: &str, offset: usize, src: &[u8]) -> GpuResult<()> {
        let memory = self.device.compute().kernel_symbol(&self.raw, symbol_name)?;
        check_range(&format!("symbol `{symbol_name}`"), offset, src.len(), memory.size)?;
        match src.is_empty() {
            true => Ok(()),
            false => self.device.compute().copy_h2d(src, &memory, offset),
        }
    }

    /// Reads a `__device__` or `__constant__` variable after all work queued before.
    pub fn symbol_read(&self, symbol_name: &str, offset: usize, dst: &mut [u8]) -> GpuResult<()> {
        let memory = self.device.compute().kernel_symbol(&self.raw, symbol_name)?;
        check_range(&format!("symbol `{symbol_name}`"), offset, dst.len(), memory.size)?;
        match dst.is_empty() {
            true => Ok(()),
            false => self.device.compute().copy_d2h(&memory, offset, dst),
        }
    }
}
