//! `DeviceBuffer`: memory of one device, bounds checked, given back on drop.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use crate::backend::GpuBuffer;
use crate::device::Device;
use crate::error::{GpuError, GpuResult};
use crate::types::{Access, check_range};

/// Memory of one device. Any thread may use it; it keeps its device alive.
///
/// One cache line: a launch looks at every field of every buffer.
#[repr(align(64))]
pub struct DeviceBuffer {
    device: Device,
    raw: GpuBuffer,
    mapped: AtomicBool,
}

impl DeviceBuffer {
    pub(crate) fn create(device: &Device, size: usize) -> GpuResult<Self> {
        Self::create_until(device, size, None)
    }

    /// [`DeviceBuffer::create`] that waits for queued work at most until `deadline`.
    pub(crate) fn create_until(device: &Device, size: usize, deadline: Option<Instant>) -> GpuResult<Self> {
        let info = device.static_info();
        let raw = match size {
            0 => GpuBuffer { device_pointer: 0, size: 0, device_id: info.device_id },
            _ if size > isize::MAX as usize => {
                return Err(GpuError::MemoryAllocationFailed {
                    requested_size: size,
                    reason: "larger than any address space".into(),
                });
            }
            _ => device.compute().allocate_until(size, deadline)?,
        };
        Ok(DeviceBuffer { device: device.clone(), raw, mapped: AtomicBool::new(false) })
    }

    pub fn device(&self) -> &Device {
        &self.device
    }

    /// Bytes.
    pub fn size(&self) -> usize {
        self.raw.size
    }

    /// Device address; 0 for an empty buffer.
    pub fn device_pointer(&self) -> u64 {
        self.raw.device_pointer
    }

    /// The plain value that backends work on.
    pub fn raw(&self) -> &GpuBuffer {
        &self.raw
    }

    pub fn write(&self, offset: usize, src: &[u8]) -> GpuResult<()> {
        match self.may_touch(offset, src.len())? {
            false => Ok(()),
            true => self.device.compute().copy_h2d(src, &self.raw, offset),
        }
    }

    pub fn read(&self, offset: usize, dst: &mut [u8]) -> GpuResult<()> {
        match self.may_touch(offset, dst.len())? {
            false => Ok(()),
            true => self.device.compute().copy_d2h(&self.raw, offset, dst),
        }
    }

    pub fn fill(&self, offset: usize, value: u8, size: usize) -> GpuResult<()> {
        match self.may_touch(offset, size)? {
            false => Ok(()),
            true => self.device.compute().fill(&self.raw, offset, value, size),
        }
    }

    /// Writes the whole content for an execution, which has a limit and has asked for maps before.
    pub(crate) fn write_until(&self, src: &[u8], deadline: Option<Instant>) -> GpuResult<()> {
        check_range("buffer", 0, src.len(), self.size())?;
        match src.is_empty() {
            true => Ok(()),
            false => self.device.compute().copy_h2d_until(src, &self.raw, 0, deadline),
        }
    }

    /// Reads the whole content; see [`DeviceBuffer::write_until`].
    pub(crate) fn read_until(&self, dst: &mut [u8], deadline: Option<Instant>) -> GpuResult<()> {
        check_range("buffer", 0, dst.len(), self.size())?;
        match dst.is_empty() {
            true => Ok(()),
            false => self.device.compute().copy_d2h_until(&self.raw, 0, dst, deadline),
        }
    }

    /// Checks a range of the content that a call wants to use; false if there is nothing to do.
    fn may_touch(&self, offset: usize, size: usize) -> GpuResult<bool> {
        check_range("buffer", offset, size, self.size())?;
        if size > 0 {
            self.ensure_unmapped()?;
        }
        Ok(size > 0)
    }

    /// Copies without passing the host, where the devices can. False: nothing was done. Ranges are checked by the caller.
    pub(crate) fn copy_from_device(
        &self,
        offset: usize,
        src: &DeviceBuffer,
        src_offset: usize,
        size: usize,
    ) -> GpuResult<bool> {
        self.ensure_unmapped()?;
        src.ensure_unmapped()?;
        let compute = self.device.compute();
        if self.device.same(&src.device) {
            compute.copy_d2d(&self.raw, offset, &src.raw, src_offset, size)?;
            return Ok(true);
        }
        if self.device.device_type() != src.device.device_type() {
            return Ok(false);
        }
        compute.copy_peer(&self.raw, offset, &**src.device.compute(), &src.raw, src_offset, size)
    }

    pub fn map(&self, _access: Access) -> GpuResult<*mut u8> {
        if self.device.is_gpu() {
            return Err(GpuError::unsupported(
                "mapping plain device memory (create a managed buffer with the executor instead)",
                self.device.label(),
            ));
        }
        if self.mapped.swap(true, Ordering::AcqRel) {
            return Err(GpuError::InvalidState { reason: "the buffer is already mapped".into() });
        }
        if let Err(error) = self.device.synchronize() {
            self.mapped.store(false, Ordering::Release);
            return Err(error);
        }
        Ok(self.raw.device_pointer as *mut u8)
    }

    pub fn unmap(&self) -> GpuResult<()> {
        match self.mapped.swap(false, Ordering::AcqRel) {
            true => Ok(()),
            false => Err(GpuError::InvalidState { reason: "the buffer is not mapped".into() }),
        }
    }

    #[inline]
    pub(crate) fn is_mapped(&self) -> bool {
        self.mapped.load(Ordering::Acquire)
    }

    /// Error while the buffer is mapped: then it belongs to whoever mapped it.
    pub(crate) fn ensure_unmapped(&self) -> GpuResult<()> {
        match self.is_mapped() {
            false => Ok(()),
            true => Err(is_mapped()),
        }
    }
}

impl Drop for DeviceBuffer {
    fn drop(&mut self) {
        if self.raw.device_pointer != 0 {
            self.device.compute().free_memory(&self.raw);
        }
    }
}

#[cold]
fn is_mapped() -> GpuError {
    GpuError::InvalidState { reason: "the buffer is mapped; unmap it first".into() }
}
