//! `GpuCompute`, the one interface that every kind of device implements, and the plain values it works on.
//!
//! # Contract between the layers
//!
//! Checks live above the trait ([`crate::device`], [`crate::buffer`], [`crate::kernel`]): ranges, alignment of sizes,
//! argument count and width, launch limits. A backend reports only what its caller could not know: memory exhausted,
//! device lost or busy, compiler refused. A broken precondition found inside a backend is our own defect
//! ([`Internal`](crate::error::GpuError::Internal)).
//!
//! Everything that crosses the trait is plain data (addresses, offsets, bytes, values), so that an implementation
//! may live in another process.
//!
//! # Order, waiting, threads
//!
//! A device has one in-order queue shared by all threads. `execute_kernel`, `fill` and `copy_d2d` queue and return;
//! `copy_h2d` returns when the source may be reused; `copy_d2h` and `synchronize` wait for what was queued before.
//! All methods may be called from any thread at any time.
//!
//! # Lost and busy
//!
//! Once [`GpuCompute::state`] answers `Lost`, every method but `device_info`, `state` and `free_memory` returns
//! [`DeviceLost`](crate::error::GpuError::DeviceLost) at once. While it answers `Busy` (a kernel outlived its limit, see
//! [`GpuCompute::give_up`]) methods that would have to wait for that kernel return [`DeviceBusy`](crate::error::GpuError::DeviceBusy) instead;
//! a thread already waiting returns as well. `free_memory` never waits: it may postpone the release.

#[cfg(feature = "cpu")]
pub mod cpu;
#[cfg(feature = "cuda")]
pub mod cuda;
pub mod library;
#[cfg(test)]
pub(crate) mod mock;
pub mod registry;

use std::any::Any;
use std::sync::Arc;
use std::time::Instant;

use crate::error::{GpuError, GpuResult};
use crate::types::{CompileOptions, DeviceType, GpuDeviceInfo, KernelMetadata, LaunchConfig};

/// Whether a device can take work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeviceState {
    Available,
    /// A kernel that outlived its limit still runs; the text names it.
    Busy(String),
    /// Gone for this process; the text says why and which launches were outstanding.
    Lost(String),
}

/// A piece of device memory. Plain data: releasing it is up to [`GpuCompute::free_memory`], bounds to the layer above.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GpuBuffer {
    /// Device address; 0 only for an empty buffer.
    pub device_pointer: u64,
    /// Bytes.
    pub size: usize,
    /// Index of the device among those of its type.
    pub device_id: u32,
}

/// A kernel ready to launch on the device that made it.
#[derive(Clone)]
pub struct GpuKernel {
    /// Name as asked for.
    pub name: String,
    /// cubin, PTX or code object; for the CPU device a relocatable image that this library can load again, or empty.
    pub binary: Arc<[u8]>,
    pub metadata: Arc<KernelMetadata>,
    /// The backend's own handle; dropping the last clone unloads the kernel after its last launch.
    pub handle: Arc<dyn Any + Send + Sync>,
}

/// One argument of a launch after all checks, addresses resolved for the device.
#[derive(Debug, Clone, Copy)]
pub enum ArgValue<'a> {
    /// The low `size` bytes of `bits` (little endian), `size` one of 1, 2, 4, 8.
    Scalar { bits: u64, size: u32 },
    /// The address of a buffer of `size` bytes; `writes`: the kernel may write there.
    Buffer { address: u64, size: usize, writes: bool },
    /// A struct by value.
    Bytes(&'a [u8]),
}

/// Marks a point in a device's queue; see [`GpuCompute::give_up`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ticket(pub u64);

/// What a device must be able to do. Order, waiting and threads: see the module text.
pub trait GpuCompute: Send + Sync {
    /// Kind of device.
    fn device_type(&self) -> DeviceType;

    /// Brings the device up (context, queue). Idempotent; every other method that needs it calls it.
    fn initialize(&self) -> GpuResult<()>;

    /// Facts about the device. Creates no context and waits for nothing.
    fn device_info(&self) -> GpuDeviceInfo;

    /// Whether the device can take work, and why not. Notices a kernel that has ended meanwhile.
    fn state(&self) -> DeviceState;

    /// True while work can be submitted. Cheap: called before every execution.
    fn is_available(&self) -> bool {
        self.state() == DeviceState::Available
    }

    /// Identity of compiler and target for cache keys: compiler name and version, architecture with feature flags.
    /// May load the compiler library. Error if kernels cannot be compiled on this device.
    fn compiler_identity(&self) -> GpuResult<String>;

    /// Uninitialised device memory; `size` is not 0. Aligned to at least 256 bytes.
    fn allocate_memory(&self, size: usize) -> GpuResult<GpuBuffer>;

    /// Gives memory back after the work already queued. Never waits and cannot fail from the caller's view.
    fn free_memory(&self, buffer: &GpuBuffer);

    /// Copies host bytes to `offset` of `buffer`. `src` may be reused on return.
    fn copy_h2d(&self, src: &[u8], buffer: &GpuBuffer, offset: usize) -> GpuResult<()>;

    /// Copies from `offset` of `buffer` to host memory; waits for the queue.
    fn copy_d2h(&self, buffer: &GpuBuffer, offset: usize, dst: &mut [u8]) -> GpuResult<()>;

    /// Copies within this device; ranges may overlap only if identical.
    fn copy_d2d(
        &self,
        dst: &GpuBuffer,
        dst_offset: usize,
        src: &GpuBuffer,
        src_offset: usize,
        size: usize,
    ) -> GpuResult<()>;

    /// Copies from another device of the same type into this one without passing the host. False: not possible,
    /// nothing was done, and the caller goes through host memory.
    fn copy_peer(
        &self,
        _dst: &GpuBuffer,
        _dst_offset: usize,
        _src_device: &dyn GpuCompute,
        _src: &GpuBuffer,
        _src_offset: usize,
        _size: usize,
    ) -> GpuResult<bool> {
        Ok(false)
    }

    /// Sets `size` bytes from `offset` to `value`.
    fn fill(&self, buffer: &GpuBuffer, offset: usize, value: u8, size: usize) -> GpuResult<()>;

    /// Makes host memory fast to copy from and to (page-locked). `address` and `size` are multiples of the page size.
    /// A failure only costs speed; the caller goes on without.
    fn register_host(&self, address: usize, size: usize) -> GpuResult<()>;

    // The next four are for executions, which have a time limit: as the methods of the same name, waiting for what is
    // queued at most until `deadline` (None: no limit). If that passes first the answer is Timeout (its limit is filled in
    // above); memory is not given then, and of a copy a part may have been made.

    fn allocate_until(&self, size: usize, deadline: Option<Instant>) -> GpuResult<GpuBuffer> {
        self.settle_until(deadline)?;
        self.allocate_memory(size)
    }

    fn copy_h2d_until(
        &self,
        src: &[u8],
        buffer: &GpuBuffer,
        offset: usize,
        deadline: Option<Instant>,
    ) -> GpuResult<()> {
        self.settle_until(deadline)?;
        self.copy_h2d(src, buffer, offset)
    }

    fn copy_d2h_until(
        &self,
        buffer: &GpuBuffer,
        offset: usize,
        dst: &mut [u8],
        deadline: Option<Instant>,
    ) -> GpuResult<()> {
        self.settle_until(deadline)?;
        self.copy_d2h(buffer, offset, dst)
    }

    fn register_host_until(&self, address: usize, size: usize, deadline: Option<Instant>) -> GpuResult<()> {
        self.settle_until(deadline)?;
        self.register_host(address, size)
    }

    /// Waits for what is queued now, if there is a deadline: what the four above do where a backend has nothing better.
    fn settle_until(&self, deadline: Option<Instant>) -> GpuResult<()> {
        if deadline.is_none() || self.wait_ticket(self.mark()?, deadline)? {
            return Ok(());
        }
        Err(GpuError::Timeout { what: "work queued earlier".into(), limit_ms: 0 })
    }

    /// Compiles CUDA C text for this very device. `kernel_name` is a plain name, found with or without `extern "C"`,
    /// or a name expression such as `add<float, 4>`. May take long; never called with a lock held.
    fn compile_kernel(
        &self,
        source: &str,
        kernel_name: &str,
        options: &CompileOptions,
    ) -> GpuResult<GpuKernel>;

    /// Loads a ready binary (PTX, cubin, code object).
    fn load_kernel(&self, binary: &[u8], kernel_name: &str) -> GpuResult<GpuKernel>;

    /// Queues a launch. `args` match the kernel's parameters where these are known.
    fn execute_kernel(
        &self,
        kernel: &GpuKernel,
        config: &LaunchConfig,
        args: &[ArgValue<'_>],
    ) -> GpuResult<()>;

    /// Queues a launch that can be waited for by itself. The kernel is to be stopped or given up at `deadline`
    /// (None: no limit): a backend that runs kernels on the calling thread must honour it here. Of a GPU, an error means
    /// that the kernel was not queued and touches nothing, unless the device is lost.
    fn execute_and_mark(
        &self,
        kernel: &GpuKernel,
        config: &LaunchConfig,
        args: &[ArgValue<'_>],
        deadline: Option<Instant>,
    ) -> GpuResult<Ticket>;

    /// Waits until the queue has passed `ticket`, at most until `deadline`. False: time ran out (nothing else changes;
    /// see [`GpuCompute::give_up`]).
    fn wait_ticket(&self, ticket: Ticket, deadline: Option<Instant>) -> GpuResult<bool>;

    /// Marks the device busy until the queue has passed `ticket`, unless it already has (false). `what` names the kernel.
    fn give_up(&self, ticket: Ticket, what: &str) -> bool;

    /// Marks the end of the queue as it is now. Never waits.
    fn mark(&self) -> GpuResult<Ticket>;

    /// Waits for all queued work.
    fn synchronize(&self) -> GpuResult<()> {
        let ticket = self.mark()?;
        self.wait_ticket(ticket, None).map(|_| ())
    }

    /// Address and size in bytes of a `__device__` or `__constant__` variable of the kernel's module.
    fn kernel_symbol(&self, kernel: &GpuKernel, symbol_name: &str) -> GpuResult<GpuBuffer>;

    /// For downcasts within one backend (peer copies).
    fn as_any(&self) -> &dyn Any;
}
