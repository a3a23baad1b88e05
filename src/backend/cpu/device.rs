//! `CpuDevice`: the CPU as a device of its own.

use std::any::Any;
use std::sync::Arc;
use std::time::Instant;

use once_cell::sync::Lazy;

use super::kernel::CpuKernel;
use super::pool::{Pool, usable_threads};
use super::{compile, facts, launch, memory};
use crate::backend::{ArgValue, DeviceState, GpuBuffer, GpuCompute, GpuKernel, Ticket};
use crate::error::{GpuError, GpuResult};
use crate::fork;
use crate::types::{CompileOptions, DeviceType, Dim3, GpuDeviceInfo, LaunchConfig};

/// The CPU device of this process. Work runs on the calling thread, so its queue is always empty.
pub struct CpuDevice {
    info: GpuDeviceInfo,
    pool: Pool,
}

static SHARED: Lazy<Arc<CpuDevice>> = Lazy::new(|| Arc::new(CpuDevice::new()));

impl CpuDevice {
    /// The one CPU device that all managers of the process share.
    pub fn shared() -> Arc<CpuDevice> {
        fork::watch();
        // The first call makes it: a child could not wait for a thread that it does not have.
        let _hold = fork::hold();
        SHARED.clone()
    }

    fn new() -> Self {
        let threads = usable_threads();
        let (total_memory_mb, free_memory_mb) = facts::memory_mb();
        let info = GpuDeviceInfo {
            device_type: DeviceType::Cpu,
            name: facts::processor_name(),
            device_id: 0,
            compute_capability: (0, 0),
            architecture: facts::architecture(),
            total_memory_mb,
            free_memory_mb,
            multiprocessor_count: threads as u32,
            clock_rate_khz: facts::clock_rate_khz(),
            l2_cache_size: facts::l2_cache_size(),
            supports_unified_memory: true,
            supports_shared_memory: true,
            warp_size: 32,
            max_threads_per_block: compile::MAX_THREADS,
            max_block_dim: Dim3::new(1024, 1024, 64),
            max_grid_dim: Dim3::new(0x7fff_ffff, 65535, 65535),
            shared_memory_per_block: 48 << 10,
            max_shared_memory_per_block: 227 << 10,
            driver_version: 0,
        };
        CpuDevice { info, pool: Pool::new(threads) }
    }

    fn own_kernel<'k>(&self, kernel: &'k GpuKernel) -> GpuResult<&'k CpuKernel> {
        kernel
            .handle
            .downcast_ref::<CpuKernel>()
            .ok_or_else(|| GpuError::Internal("a kernel of another device reached the CPU device".into()))
    }
}

impl GpuCompute for CpuDevice {
    fn device_type(&self) -> DeviceType {
        DeviceType::Cpu
    }

    fn initialize(&self) -> GpuResult<()> {
        Ok(())
    }

    fn device_info(&self) -> GpuDeviceInfo {
        let (_, free_memory_mb) = facts::memory_mb();
        GpuDeviceInfo { free_memory_mb, ..self.info.clone() }
    }

    fn state(&self) -> DeviceState {
        DeviceState::Available
    }

    fn compiler_identity(&self) -> GpuResult<String> {
        Ok(format!("{} for {}", compile::COMPILER, self.info.architecture))
    }

    fn allocate_memory(&self, size: usize) -> GpuResult<GpuBuffer> {
        memory::allocate(size)
    }

    fn free_memory(&self, buffer: &GpuBuffer) {
        memory::free(buffer)
    }

    fn copy_h2d(&self, src: &[u8], buffer: &GpuBuffer, offset: usize) -> GpuResult<()> {
        memory::write(buffer, offset, src);
        Ok(())
    }

    fn copy_d2h(&self, buffer: &GpuBuffer, offset: usize, dst: &mut [u8]) -> GpuResult<()> {
        memory::read(buffer, offset, dst);
        Ok(())
    }

    fn copy_d2d(
        &self,
        dst: &GpuBuffer,
        dst_offset: usize,
        src: &GpuBuffer,
        src_offset: usize,
        size: usize,
    ) -> GpuResult<()> {
        memory::copy(dst, dst_offset, src, src_offset, size);
        Ok(())
    }

    fn fill(&self, buffer: &GpuBuffer, offset: usize, value: u8, size: usize) -> GpuResult<()> {
        memory::fill(buffer, offset, value, size);
        Ok(())
    }

    fn register_host(&self, _address: usize, _size: usize) -> GpuResult<()> {
        Ok(())
    }

    fn compile_kernel(
        &self,
        source: &str,
        kernel_name: &str,
        options: &CompileOptions,
    ) -> GpuResult<GpuKernel> {
        compile::kernel(source, kernel_name, options)
    }

    fn load_kernel(&self, _binary: &[u8], _kernel_name: &str) -> GpuResult<GpuKernel> {
        Err(GpuError::unsupported(
            "loading a ready binary (keep the kernel's source text and compile it: vmgpu_kernel_compile)",
            "the CPU device",
        ))
    }

    fn execute_kernel(
        &self,
        kernel: &GpuKernel,
        config: &LaunchConfig,
        args: &[ArgValue<'_>],
    ) -> GpuResult<()> {
        launch::run(&self.pool, self.own_kernel(kernel)?, config, args, None)
    }

    fn execute_and_mark(
        &self,
        kernel: &GpuKernel,
        config: &LaunchConfig,
        args: &[ArgValue<'_>],
        deadline: Option<Instant>,
    ) -> GpuResult<Ticket> {
        launch::run(&self.pool, self.own_kernel(kernel)?, config, args, deadline)?;
        Ok(Ticket(0))
    }

    fn wait_ticket(&self, _ticket: Ticket, _deadline: Option<Instant>) -> GpuResult<bool> {
        Ok(true)
    }

    fn give_up(&self, _ticket: Ticket, _what: &str) -> bool {
        false
    }

    fn mark(&self) -> GpuResult<Ticket> {
        Ok(Ticket(0))
    }

    fn kernel_symbol(&self, kernel: &GpuKernel, symbol_name: &str) -> GpuResult<GpuBuffer> {
        self.own_kernel(kernel)?.symbol(symbol_name)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
