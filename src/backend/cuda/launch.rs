//! The launch path: no allocation, no environment, one short lock.

use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::sync::atomic::Ordering;
use std::time::Instant;

use cudarc::driver::sys::CUlaunchConfig;

use super::context::{DeviceCore, Up};
use super::error::Doing;
use super::kernel::{KernelHandle, allow_dynamic_shared};
use crate::backend::ArgValue;
use crate::error::{GpuError, GpuResult};
use crate::types::LaunchConfig;

/// Arguments whose addresses fit on the stack.
const STACK_ARGS: usize = 64;

impl DeviceCore {
    /// Queues a launch.
    #[inline]
    pub fn launch(
        &self,
        kernel: &KernelHandle,
        config: &LaunchConfig,
        args: &[ArgValue<'_>],
    ) -> GpuResult<()> {
        let up = self.up()?;
        self.check_owner(kernel)?;
        let _permit = up.queue.admit(1, None)?;
        let _entered = up.queue.enter()?;
        self.submit(up, kernel, config, args)
    }

    /// Queues a launch and a ticket behind it, with nothing in between.
    #[inline]
    pub fn launch_and_mark(
        &self,
        kernel: &KernelHandle,
        config: &LaunchConfig,
        args: &[ArgValue<'_>],
        deadline: Option<Instant>,
    ) -> GpuResult<u64> {
        let up = self.up()?;
        self.check_owner(kernel)?;
        let permit = up.queue.admit(2, deadline)?;
        let _entered = up.queue.enter()?;
        let held = up.queue.lock_submit();
        self.submit(up, kernel, config, args)?;
        // The launch is in; the ticket is to cover it.
        drop(permit);
        Ok(up.queue.mark_launch(&held))
    }

    #[inline]
    fn submit(
        &self,
        up: &Up,
        kernel: &KernelHandle,
        config: &LaunchConfig,
        args: &[ArgValue<'_>],
    ) -> GpuResult<()> {
        if config.shared_memory_size > kernel.dynamic_shared.load(Ordering::Acquire) {
            allow_dynamic_shared(self, up, kernel, config.shared_memory_size)?;
        }
        let mut on_stack = [const { MaybeUninit::<*mut c_void>::uninit() }; STACK_ARGS];
        let mut on_heap = Vec::new();
        let addresses: *mut *mut c_void = if args.len() <= STACK_ARGS {
            for (slot, arg) in on_stack.iter_mut().zip(args) {
                slot.write(address_of(arg));
            }
            on_stack.as_mut_ptr().cast()
        } else {
            on_heap.extend(args.iter().map(address_of));
            on_heap.as_mut_ptr()
        };
        let (grid, block) = (config.grid, config.block);
        // Given as one struct the launch costs the driver a few percent less than given to cuLaunchKernel.
        let shape = CUlaunchConfig {
            gridDimX: grid.x,
            gridDimY: grid.y,
            gridDimZ: grid.z,
            blockDimX: block.x,
            blockDimY: block.y,
            blockDimZ: block.z,
            sharedMemBytes: config.shared_memory_size,
            hStream: up.queue.stream,
            attrs: std::ptr::null_mut(),
            numAttrs: 0,
        };
        // SAFETY: live function and stream, the context is current; `addresses` has one readable value per parameter (the
        // layer above checked count and sizes), which the driver copies before it returns.
        let code = unsafe {
            (self.driver.api.launch_kernel)(&shape, kernel.function, addresses, std::ptr::null_mut())
        };
        up.queue.check(code, "cuLaunchKernelEx", Doing::Launch(&kernel.name))?;
        up.queue.record_launch(&kernel.name);
        Ok(())
    }

    #[inline]
    fn check_owner(&self, kernel: &KernelHandle) -> GpuResult<()> {
        if std::ptr::eq(self, &*kernel.core) {
            return Ok(());
        }
        Err(GpuError::internal(format!(
            "kernel `{}` of {} was launched on {}",
            kernel.name, kernel.core.label, self.label
        )))
    }
}

/// Where the driver finds an argument's bytes: scalars are little endian, so their low bytes come first.
#[inline]
fn address_of(arg: &ArgValue<'_>) -> *mut c_void {
    match arg {
        ArgValue::Scalar { bits, .. } => (&raw const *bits).cast_mut().cast(),
        ArgValue::Buffer { address, .. } => (&raw const *address).cast_mut().cast(),
        ArgValue::Bytes(bytes) => bytes.as_ptr().cast_mut().cast(),
    }
}

// The trick above needs it; every CUDA host is little endian.
const _: () = assert!(cfg!(target_endian = "little"));
