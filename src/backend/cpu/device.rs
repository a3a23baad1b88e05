//! `CpuDevice`: the CPU as a device of its own, with memory and copies.

use std::any::Any;
use std::sync::Arc;
use std::time::Instant;

use once_cell::sync::Lazy;

use super::memory;
use crate::backend::{ArgValue, DeviceState, GpuBuffer, GpuCompute, GpuKernel, Ticket};
use crate::error::{GpuError, GpuResult};
use crate::types::{CompileOptions, DeviceType, Dim3, GpuDeviceInfo, LaunchConfig};

/// The CPU device of this process. Work runs on the calling thread, so its queue is always empty.
pub struct CpuDevice {
    name: String,
    processors: u32,
}

static SHARED: Lazy<Arc<CpuDevice>> = Lazy::new(|| Arc::new(CpuDevice::new()));

impl CpuDevice {
    /// The one CPU device that all managers of the process share.
    pub fn shared() -> Arc<CpuDevice> {
        SHARED.clone()
    }

    fn new() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, |n| n.get() as u32);
        CpuDevice { name: processor_name(), processors }
    }

    fn cannot_compile(&self) -> GpuError {
        GpuError::unsupported("compiling CUDA C", "the CPU device")
    }
}

/// "model name" of /proc/cpuinfo, else the architecture.
fn processor_name() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    text.lines()
        .find(|line| line.starts_with("model name"))
        .and_then(|line| line.split_once(':'))
        .map(|(_, name)| name.trim().to_string())
        .unwrap_or_else(|| format!("{} processor", std::env::consts::ARCH))
}

/// (total, available) MiB of host memory; zeros where /proc does not tell.
fn host_memory_mb() -> (u64, u64) {
    let text = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let field = |name: &str| {
        text.lines()
            .find(|line| line.starts_with(name))
            .and_then(|line| line.split_whitespace().nth(1))
            .and_then(|kib| kib.parse::<u64>().ok())
            .map_or(0, |kib| kib / 1024)
    };
    (field("MemTotal:"), field("MemAvailable:"))
}

impl GpuCompute for CpuDevice {
    fn device_type(&self) -> DeviceType {
        DeviceType::Cpu
    }

    fn initialize(&self) -> GpuResult<()> {
        Ok(())
    }

    fn device_info(&self) -> GpuDeviceInfo {
        let (total_memory_mb, free_memory_mb) = host_memory_mb();
        GpuDeviceInfo {
            device_type: DeviceType::Cpu,
            name: self.name.clone(),
            device_id: 0,
            compute_capability: (0, 0),
            architecture: std::env::consts::ARCH.to_string(),
            total_memory_mb,
            free_memory_mb,
            multiprocessor_count: self.processors,
            clock_rate_khz: 0,
            l2_cache_size: 0,
            supports_unified_memory: true,
            supports_shared_memory: true,
            warp_size: 32,
            max_threads_per_block: 1024,
            max_block_dim: Dim3::new(1024, 1024, 64),
            max_grid_dim: Dim3::new(0x7fff_ffff, 65535, 65535),
            shared_memory_per_block: 48 * 1024,
            max_shared_memory_per_block: 227 * 1024,
            driver_version: 0,
        }
    }

    fn state(&self) -> DeviceState {
        DeviceState::Available
    }

    fn compiler_identity(&self) -> GpuResult<String> {
        Err(self.cannot_compile())
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

    fn compile_kernel(&self, _: &str, _: &str, _: &CompileOptions) -> GpuResult<GpuKernel> {
        Err(self.cannot_compile())
    }

    fn load_kernel(&self, _binary: &[u8], _kernel_name: &str) -> GpuResult<GpuKernel> {
        Err(GpuError::unsupported("loading a ready binary", "the CPU device"))
    }

    fn execute_kernel(&self, _: &GpuKernel, _: &LaunchConfig, _: &[ArgValue<'_>]) -> GpuResult<()> {
        Err(self.cannot_compile())
    }

    fn execute_and_mark(
        &self,
        _: &GpuKernel,
        _: &LaunchConfig,
        _: &[ArgValue<'_>],
        _: Option<Instant>,
    ) -> GpuResult<Ticket> {
        Err(self.cannot_compile())
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

    fn kernel_symbol(&self, _kernel: &GpuKernel, symbol_name: &str) -> GpuResult<GpuBuffer> {
        Err(GpuError::unsupported(format!("symbol `{symbol_name}`"), "the CPU device"))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
