//! `Kernel`: a compiled kernel on its device; argument checks and launch.

mod args;

pub use args::GpuArg;
pub(crate) use args::{Placement, Prepared};
use args::{Values, plain_values};

use std::sync::Arc;

use crate::backend::GpuKernel;
use crate::device::Device;
use crate::error::GpuResult;
use crate::types::{KernelMetadata, LaunchConfig, check_range};

/// A kernel ready to launch. Clones share it; any thread may use it; it keeps its device alive.
#[derive(Clone)]
pub struct Kernel {
    device: Device,
    raw: GpuKernel,
}

impl Kernel {
    pub(crate) fn new(device: Device, raw: GpuKernel) -> Self {
        Kernel { device, raw }
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
        self.device.check_launch(config)?;
        self.check_own_limits(config)?;
        let mut values = Values::new();
        if plain_values(self, args, &mut values)? {
            return self.device.compute().execute_kernel(&self.raw, config, &values);
        }
        self.launch_prepared(config, args)
    }

    #[inline(never)]
    fn launch_prepared(&self, config: &LaunchConfig, args: &[GpuArg<'_>]) -> GpuResult<()> {
        let mut prepared = Prepared::until(None);
        prepared.prepare(self, args, Placement::NATIVE)?;
        let result =
            prepared.with_values(|values| self.device.compute().execute_kernel(&self.raw, config, values));
        match result {
            Ok(()) => prepared.succeeded(&self.device),
            Err(error) => {
                prepared.failed(&self.device, &error, false);
                Err(error)
            }
        }
    }

    /// What [`Device::check_launch`] cannot know: the limits of this very kernel.
    #[inline]
    pub(crate) fn check_own_limits(&self, config: &LaunchConfig) -> GpuResult<()> {
        let limit = self.raw.metadata.max_threads_per_block;
        if limit > 0 && config.block.count() > limit as u64 {
            return Err(crate::error::GpuError::invalid(
                "block",
                format!(
                    "{} has {} threads; kernel `{}` takes at most {limit}",
                    config.block,
                    config.block.count(),
                    self.name()
                ),
            ));
        }
        let total = config.shared_memory_size as u64 + self.raw.metadata.shared_memory_size as u64;
        let most = self.device.static_info().max_shared_memory_per_block as u64;
        if total > most {
            return Err(crate::error::GpuError::invalid(
                "shared_memory_size",
                format!(
                    "{} bytes and the kernel's own {} pass the device's {most} per block",
                    config.shared_memory_size, self.raw.metadata.shared_memory_size
                ),
            ));
        }
        Ok(())
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
