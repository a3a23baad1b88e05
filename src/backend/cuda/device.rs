//! `CudaDevice`: [`GpuCompute`] on one CUDA device, with the NVRTC that compiles for it.

use std::any::Any;
use std::sync::Arc;
use std::time::Instant;

use super::context::DeviceCore;
use super::kernel::KernelHandle;
use super::toolchain::Toolchain;
use crate::backend::{ArgValue, DeviceState, GpuBuffer, GpuCompute, GpuKernel, Ticket};
use crate::error::{GpuError, GpuResult};
use crate::types::{CompileOptions, DeviceType, GpuDeviceInfo, LaunchConfig};

/// The driver may wait for running kernels meanwhile. Who does not wait along leaves a kernel that is dropped.
const LOADING: &str = "loading a kernel";

/// A driver that loads lazily may have to load first.
const SEARCHING: &str = "looking for a variable";

/// A CUDA device. Devices of several managers share the core, and with it the queue.
pub struct CudaDevice {
    pub(super) core: Arc<DeviceCore>,
    toolchain: Arc<Toolchain>,
}

impl CudaDevice {
    pub(super) fn new(core: Arc<DeviceCore>, toolchain: Arc<Toolchain>) -> CudaDevice {
        CudaDevice { core, toolchain }
    }

    /// Whether this is the device of `core` that compiles with `toolchain`.
    pub(super) fn is(&self, core: &Arc<DeviceCore>, toolchain: &Arc<Toolchain>) -> bool {
        Arc::ptr_eq(&self.core, core) && Arc::ptr_eq(&self.toolchain, toolchain)
    }

    fn arch(&self) -> u32 {
        let (major, minor) = self.core.capability();
        major * 10 + minor
    }

    /// The core of another device, if that is a CUDA device of the same driver.
    fn peer<'a>(&self, other: &'a dyn GpuCompute) -> Option<&'a DeviceCore> {
        let other = other.as_any().downcast_ref::<CudaDevice>()?;
        Arc::ptr_eq(&self.core.driver, &other.core.driver).then_some(&*other.core)
    }
}

impl GpuCompute for CudaDevice {
    fn device_type(&self) -> DeviceType {
        DeviceType::Cuda
    }

    fn initialize(&self) -> GpuResult<()> {
        self.core.up().map(|_| ())
    }

    fn device_info(&self) -> GpuDeviceInfo {
        self.core.info()
    }

    fn state(&self) -> DeviceState {
        if self.core.driver.forked() {
            return DeviceState::Lost(GpuError::Forked { device: self.core.label.clone() }.to_string());
        }
        match self.core.existing() {
            Some(up) => up.queue.state(),
            None if self.core.driver.is_lost() => DeviceState::Lost(self.core.driver.lost_reason()),
            None => DeviceState::Available,
        }
    }

    fn is_available(&self) -> bool {
        let up_and_idle =
            !self.core.driver.forked() && self.core.existing().is_some_and(|up| up.queue.is_free());
        up_and_idle || self.state() == DeviceState::Available
    }

    fn compiler_identity(&self) -> GpuResult<String> {
        self.core.driver.usable(&self.core.label)?;
        let (compiler, target) = self.toolchain.for_arch(self.arch(), self.core.driver.version)?;
        // PTX is finished by the driver's compiler, whose version then matters too.
        Ok(format!(
            "{}; {target:?} for {}; driver {}",
            compiler.identity(),
            self.core.architecture(),
            self.core.driver.version
        ))
    }

    fn allocate_memory(&self, size: usize) -> GpuResult<GpuBuffer> {
        self.core.allocate(size, None)
    }

    fn allocate_until(&self, size: usize, deadline: Option<Instant>) -> GpuResult<GpuBuffer> {
        self.core.allocate(size, deadline)
    }

    fn free_memory(&self, buffer: &GpuBuffer) {
        self.core.free(buffer);
    }

    fn copy_h2d(&self, src: &[u8], buffer: &GpuBuffer, offset: usize) -> GpuResult<()> {
        self.core.copy_h2d(src, buffer, offset, None)
    }

    fn copy_h2d_until(
        &self,
        src: &[u8],
        buffer: &GpuBuffer,
        offset: usize,
        deadline: Option<Instant>,
    ) -> GpuResult<()> {
        self.core.copy_h2d(src, buffer, offset, deadline)
    }

    fn copy_d2h(&self, buffer: &GpuBuffer, offset: usize, dst: &mut [u8]) -> GpuResult<()> {
        self.core.copy_d2h(buffer, offset, dst, None)
    }

    fn copy_d2h_until(
        &self,
        buffer: &GpuBuffer,
        offset: usize,
        dst: &mut [u8],
        deadline: Option<Instant>,
    ) -> GpuResult<()> {
        self.core.copy_d2h(buffer, offset, dst, deadline)
    }

    fn copy_d2d(
        &self,
        dst: &GpuBuffer,
        dst_offset: usize,
        src: &GpuBuffer,
        src_offset: usize,
        size: usize,
    ) -> GpuResult<()> {
        self.core.copy_d2d(
            dst.device_pointer + dst_offset as u64,
            src.device_pointer + src_offset as u64,
            size,
        )
    }

    fn copy_peer(
        &self,
        dst: &GpuBuffer,
        dst_offset: usize,
        src_device: &dyn GpuCompute,
        src: &GpuBuffer,
        src_offset: usize,
        size: usize,
    ) -> GpuResult<bool> {
        let Some(source) = self.peer(src_device) else { return Ok(false) };
        let (to, from) = (dst.device_pointer + dst_offset as u64, src.device_pointer + src_offset as u64);
        if std::ptr::eq(source, &*self.core) {
            return self.core.copy_d2d(to, from, size).map(|()| true);
        }
        self.core.copy_from_peer(to, source, from, size)
    }

    fn fill(&self, buffer: &GpuBuffer, offset: usize, value: u8, size: usize) -> GpuResult<()> {
        self.core.fill(buffer.device_pointer + offset as u64, value, size)
    }

    fn register_host(&self, address: usize, size: usize) -> GpuResult<()> {
        self.core.register_host(address, size, None)
    }

    fn register_host_until(&self, address: usize, size: usize, deadline: Option<Instant>) -> GpuResult<()> {
        self.core.register_host(address, size, deadline)
    }

    fn compile_kernel(
        &self,
        source: &str,
        kernel_name: &str,
        options: &CompileOptions,
    ) -> GpuResult<GpuKernel> {
        let up = self.core.up()?;
        up.queue.check_not_busy()?;
        let (compiler, target) = self.toolchain.for_arch(self.arch(), self.core.driver.version)?;
        let compiled = compiler.compile(source, kernel_name, options, target)?;
        let (source, name) = (source.to_string(), kernel_name.to_string());
        self.core.apart(None, LOADING, move |core| core.load_compiled(compiled, &compiler, &source, &name))
    }

    fn load_kernel(&self, binary: &[u8], kernel_name: &str) -> GpuResult<GpuKernel> {
        let (binary, name) = (binary.to_vec(), kernel_name.to_string());
        self.core.apart(None, LOADING, move |core| core.load_binary(&binary, &name))
    }

    fn execute_kernel(
        &self,
        kernel: &GpuKernel,
        config: &LaunchConfig,
        args: &[ArgValue<'_>],
    ) -> GpuResult<()> {
        self.core.launch(KernelHandle::of(kernel)?, config, args)
    }

    fn execute_and_mark(
        &self,
        kernel: &GpuKernel,
        config: &LaunchConfig,
        args: &[ArgValue<'_>],
        deadline: Option<Instant>,
    ) -> GpuResult<Ticket> {
        self.core.launch_and_mark(KernelHandle::of(kernel)?, config, args, deadline).map(Ticket)
    }

    fn wait_ticket(&self, ticket: Ticket, deadline: Option<Instant>) -> GpuResult<bool> {
        let up = self.core.up()?;
        up.queue.wait(ticket.0, deadline)
    }

    fn give_up(&self, ticket: Ticket, what: &str) -> bool {
        match self.core.existing() {
            Some(up) if !self.core.driver.forked() => up.queue.give_up(ticket.0, what),
            _ => false,
        }
    }

    fn mark(&self) -> GpuResult<Ticket> {
        let up = self.core.up()?;
        up.queue.check_not_busy()?;
        let _entered = up.queue.enter()?;
        up.queue.mark().map(Ticket)
    }

    fn synchronize(&self) -> GpuResult<()> {
        let up = self.core.up()?;
        let ticket = self.mark()?;
        up.queue.wait(ticket.0, None)?;
        let _entered = up.queue.enter()?;
        self.core.sweep(up, None);
        Ok(())
    }

    fn kernel_symbol(&self, kernel: &GpuKernel, symbol_name: &str) -> GpuResult<GpuBuffer> {
        self.core.up()?;
        if let Some(known) = KernelHandle::of(kernel)?.known_symbol(symbol_name) {
            return Ok(known);
        }
        let (kernel, name) = (kernel.clone(), symbol_name.to_string());
        self.core.apart(None, SEARCHING, move |core| core.symbol(KernelHandle::of(&kernel)?, &name))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
