//! Buffers: plain device memory ([`DeviceBuffer`]), managed buffers ([`ManagedBuffer`]), and [`Buffer`], which is either.

mod arena;
mod device_buffer;
mod front;
mod lease;
mod managed;
mod patience;

pub use device_buffer::DeviceBuffer;
pub(crate) use front::ON_HOST;
pub use lease::Lease;
pub use managed::ManagedBuffer;
pub(crate) use patience::{Patience, give_up_queue};

use std::sync::Arc;

use crate::error::{GpuError, GpuResult};
use crate::types::{Access, check_range};

/// Host memory through which buffers of different devices are copied, a piece at a time. Bytes.
const BOUNCE_SIZE: usize = 4 << 20;

/// A buffer of either kind, as kernels take it. Clones share the memory.
#[derive(Clone)]
pub enum Buffer {
    /// Memory of one device.
    Device(Arc<DeviceBuffer>),
    /// A pinned host copy and at most one copy a device, kept in step as needed.
    Managed(Arc<ManagedBuffer>),
}

impl Buffer {
    /// Bytes.
    pub fn size(&self) -> usize {
        match self {
            Buffer::Device(b) => b.size(),
            Buffer::Managed(b) => b.size(),
        }
    }

    /// Device address; 0 for a managed or an empty buffer.
    pub fn device_pointer(&self) -> u64 {
        match self {
            Buffer::Device(b) => b.device_pointer(),
            Buffer::Managed(_) => 0,
        }
    }

    /// Copies `src` to `offset`. Returns when `src` may be reused.
    pub fn write(&self, offset: usize, src: &[u8]) -> GpuResult<()> {
        match self {
            Buffer::Device(b) => b.write(offset, src),
            Buffer::Managed(b) => b.write(offset, src),
        }
    }

    /// Copies from `offset` into `dst`, after all work queued before.
    pub fn read(&self, offset: usize, dst: &mut [u8]) -> GpuResult<()> {
        match self {
            Buffer::Device(b) => b.read(offset, dst),
            Buffer::Managed(b) => b.read(offset, dst),
        }
    }

    /// Sets `size` bytes from `offset` to `value`.
    pub fn fill(&self, offset: usize, value: u8, size: usize) -> GpuResult<()> {
        match self {
            Buffer::Device(b) => b.fill(offset, value, size),
            Buffer::Managed(b) => b.fill(offset, value, size),
        }
    }

    /// Copies `size` bytes from `src` into this buffer; buffers of any two kinds and devices.
    ///
    /// # Errors
    /// OutOfRange; InvalidArgument if both ranges overlap within one buffer.
    pub fn copy_from(&self, offset: usize, src: &Buffer, src_offset: usize, size: usize) -> GpuResult<()> {
        check_range("destination buffer", offset, size, self.size())?;
        check_range("source buffer", src_offset, size, src.size())?;
        if size == 0 {
            return Ok(());
        }
        if self.same(src) && offset < src_offset + size && src_offset < offset + size {
            return Err(GpuError::invalid("src_offset", "source and destination overlap within one buffer"));
        }
        if let (Buffer::Device(to), Buffer::Device(from)) = (self, src)
            && to.copy_from_device(offset, from, src_offset, size)?
        {
            return Ok(());
        }
        let mut bounce = vec![0u8; size.min(BOUNCE_SIZE)];
        let mut done = 0;
        while done < size {
            let part = (size - done).min(BOUNCE_SIZE);
            src.read(src_offset + done, &mut bounce[..part])?;
            self.write(offset + done, &bounce[..part])?;
            done += part;
        }
        Ok(())
    }

    /// Host address of the content until `unmap`: the pinned host copy of a managed buffer, the memory itself of a
    /// buffer on the CPU device.
    ///
    /// # Errors
    /// InvalidState if it is mapped already; FeatureNotSupported for memory of a GPU; DataLost.
    pub fn map(&self, access: Access) -> GpuResult<*mut u8> {
        match self {
            Buffer::Device(b) => b.map(access),
            Buffer::Managed(b) => b.map(access),
        }
    }

    /// Ends a `map`.
    pub fn unmap(&self) -> GpuResult<()> {
        match self {
            Buffer::Device(b) => b.unmap(),
            Buffer::Managed(b) => b.unmap(),
        }
    }

    /// Error while the buffer is mapped: nothing may be executed on it then.
    pub(crate) fn ensure_unmapped(&self) -> GpuResult<()> {
        match self {
            Buffer::Device(b) => b.ensure_unmapped(),
            Buffer::Managed(b) => b.ensure_unmapped(),
        }
    }

    /// Whether both values mean the same memory.
    pub fn same(&self, other: &Buffer) -> bool {
        match (self, other) {
            (Buffer::Device(a), Buffer::Device(b)) => Arc::ptr_eq(a, b),
            (Buffer::Managed(a), Buffer::Managed(b)) => Arc::ptr_eq(a, b),
            _ => false,
        }
    }
}
