//! `vmgpu_buffer`: plain memory of a device, or a managed buffer of an executor.

use std::ffi::c_void;
use std::sync::Arc;

use super::device::vmgpu_device;
use super::guard::{guard, guard_or};
use super::handle::{destroy, pin, publish};
use super::ptr::{Out, bytes, bytes_mut};
use super::status::vmgpu_status;
use crate::buffer::Buffer;
use crate::device::Device;
use crate::error::{GpuError, GpuResult};
use crate::types::{Access, check_range};

/// Memory that kernels work on: plain memory of one device (vmgpu_buffer_create), or a managed buffer that moves between
/// host and devices by itself (vmgpu_executor_buffer_create).
///
/// Until vmgpu_buffer_destroy(). Any thread may use it; calls on a managed buffer wait for executions that use it. It
/// keeps its device alive. A launch that uses it may be under way when it is destroyed.
pub struct vmgpu_buffer {
    _opaque: [u8; 0],
}

/// Allocates `size` bytes on a device, content unspecified, aligned to 256 bytes.
///
/// Takes as long as the driver needs, which behind a running kernel can be a third of a second. Within
/// vmgpu_executor_execute() allocating counts towards the time limit instead.
///
/// @param size        Bytes. 0 gives an empty buffer, whose address is 0.
/// @param out_buffer  Receives the handle, to be destroyed by the caller.
/// @return VMGPU_STATUS_OK; VMGPU_STATUS_MEMORY_ALLOCATION_FAILED; VMGPU_STATUS_DEVICE_LOST; VMGPU_STATUS_DEVICE_BUSY;
///         VMGPU_STATUS_DEVICE_INITIALIZATION_FAILED; VMGPU_STATUS_FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vmgpu_buffer_create(
    device: *mut vmgpu_device,
    size: usize,
    out_buffer: *mut *mut vmgpu_buffer,
) -> vmgpu_status {
    guard(|| {
        let device = pin::<Device>(device, "device")?;
        // SAFETY: the header asks for a writable place.
        let out = unsafe { Out::new(out_buffer, "out_buffer") }?;
        out.write(publish(Buffer::Device(Arc::new(device.create_buffer(size)?)))?);
        Ok(())
    })
}

/// Size in bytes.
///
/// @return 0 also if `buffer` is invalid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vmgpu_buffer_size(buffer: *const vmgpu_buffer) -> usize {
    guard_or(0, || Ok(pin::<Buffer>(buffer, "buffer")?.size()))
}

/// Address on the device, for kernels that take it inside a struct or as VMGPU_ARG_KIND_POINTER.
///
/// @return 0 for a managed buffer (it has no fixed place), an empty one, and an invalid handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vmgpu_buffer_device_pointer(buffer: *const vmgpu_buffer) -> u64 {
    guard_or(0, || Ok(pin::<Buffer>(buffer, "buffer")?.device_pointer()))
}

/// Copies `size` bytes from host memory into `buffer`, starting `offset` bytes in.
///
/// Returns once `src` may be reused; launches queued later on the same device see the new content.
///
/// @param buffer  Destination.
/// @param offset  Bytes from the start of the buffer; `offset + size` must not pass its end.
/// @param src     Host memory, any alignment, copied. May be NULL if `size` is 0.
/// @param size    Bytes. 0 is allowed and does nothing.
/// @return VMGPU_STATUS_OK; VMGPU_STATUS_OUT_OF_RANGE if the range does not fit (nothing is written);
///         VMGPU_STATUS_INVALID_STATE if the buffer is mapped; VMGPU_STATUS_DEVICE_LOST; VMGPU_STATUS_DATA_LOST
///         when part of a managed buffer whose content is lost is written (write all of it).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vmgpu_buffer_write(
    buffer: *mut vmgpu_buffer,
    offset: usize,
    src: *const c_void,
    size: usize,
) -> vmgpu_status {
    guard(|| {
        let buffer = pin::<Buffer>(buffer, "buffer")?;
        check_range("buffer", offset, size, buffer.size())?;
        // SAFETY: the header asks for `size` readable bytes at `src`.
        buffer.write(offset, unsafe { bytes(src, size, "src") }?)
    })
}

/// Copies `size` bytes out of `buffer`, starting `offset` bytes in, after everything queued before on its device.
///
/// @param buffer  Source.
/// @param offset  Bytes from the start of the buffer; `offset + size` must not pass its end.
/// @param dst     Host memory, any alignment. May be NULL if `size` is 0.
/// @param size    Bytes. 0 is allowed and does nothing.
/// @return VMGPU_STATUS_OK; VMGPU_STATUS_OUT_OF_RANGE if the range does not fit (nothing is read);
///         VMGPU_STATUS_INVALID_STATE if the buffer is mapped; VMGPU_STATUS_DEVICE_LOST, also when a kernel queued
///         before has failed; VMGPU_STATUS_DEVICE_BUSY; VMGPU_STATUS_DATA_LOST.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vmgpu_buffer_read(
    buffer: *mut vmgpu_buffer,
    offset: usize,
    dst: *mut c_void,
    size: usize,
) -> vmgpu_status {
    guard(|| {
        let buffer = pin::<Buffer>(buffer, "buffer")?;
        check_range("buffer", offset, size, buffer.size())?;
        // SAFETY: the header asks for `size` writable bytes at `dst`.
        buffer.read(offset, unsafe { bytes_mut(dst, size, "dst") }?)
    })
}

/// Sets `size` bytes, starting `offset` bytes in, to `value`.
///
/// @param offset  Bytes from the start of the buffer; `offset + size` must not pass its end.
/// @param value   The byte to set.
/// @param size    Bytes. 0 is allowed and does nothing.
/// @return As vmgpu_buffer_write().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vmgpu_buffer_fill(
    buffer: *mut vmgpu_buffer,
    offset: usize,
    value: u8,
    size: usize,
) -> vmgpu_status {
    guard(|| pin::<Buffer>(buffer, "buffer")?.fill(offset, value, size))
}

/// Copies `size` bytes from `src` to `dst`: buffers of any two kinds and devices.
///
/// @param dst         Destination.
/// @param dst_offset  Bytes from the start of `dst`.
/// @param src         Source. May be `dst` if the two ranges do not overlap.
/// @param src_offset  Bytes from the start of `src`.
/// @param size        Bytes. 0 is allowed and does nothing.
/// @return VMGPU_STATUS_OK; VMGPU_STATUS_OUT_OF_RANGE if a range does not fit; VMGPU_STATUS_INVALID_ARGUMENT if the
///         ranges overlap; else as vmgpu_buffer_read() and vmgpu_buffer_write().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vmgpu_buffer_copy(
    dst: *mut vmgpu_buffer,
    dst_offset: usize,
    src: *mut vmgpu_buffer,
    src_offset: usize,
    size: usize,
) -> vmgpu_status {
    guard(|| {
        let dst = pin::<Buffer>(dst, "dst")?;
        let src = pin::<Buffer>(src, "src")?;
        dst.copy_from(dst_offset, &src, src_offset, size)
    })
}

/// Gives the host address of the newest content: the page-locked host copy of a managed buffer itself, or the memory
/// of a buffer on the CPU device. Writing there costs no extra copy.
///
/// The pointer is valid until vmgpu_buffer_unmap(). Until then the buffer is yours alone: launching or executing on it,
/// mapping it again, read, write, fill and copy give VMGPU_STATUS_INVALID_STATE.
///
/// @param access       VMGPU_ACCESS_READ, VMGPU_ACCESS_WRITE or both. What is written without VMGPU_ACCESS_WRITE may
///                     be lost.
/// @param out_pointer  Receives the address; it is NULL for an empty buffer.
/// @return VMGPU_STATUS_OK; VMGPU_STATUS_INVALID_ARGUMENT; VMGPU_STATUS_INVALID_STATE if it is mapped;
///         VMGPU_STATUS_FEATURE_NOT_SUPPORTED for plain memory of a GPU; VMGPU_STATUS_DATA_LOST (map for writing only,
///         then write all of it).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vmgpu_buffer_map(
    buffer: *mut vmgpu_buffer,
    access: u32,
    out_pointer: *mut *mut c_void,
) -> vmgpu_status {
    guard(|| {
        let buffer = pin::<Buffer>(buffer, "buffer")?;
        // SAFETY: the header asks for a writable place.
        let out = unsafe { Out::new(out_pointer, "out_pointer") }?;
        out.write(buffer.map(access_of(access)?)?.cast());
        Ok(())
    })
}

fn access_of(access: u32) -> GpuResult<Access> {
    match access {
        1 => Ok(Access::Read),
        2 => Ok(Access::Write),
        3 => Ok(Access::ReadWrite),
        other => {
            Err(GpuError::invalid("access", format!("is {other}; it is 1 (read), 2 (write) or 3 (both)")))
        }
    }
}

/// Ends a map. The pointer is invalid from now on; the next execution sees what was written.
///
/// @return VMGPU_STATUS_OK; VMGPU_STATUS_INVALID_STATE if the buffer is not mapped.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vmgpu_buffer_unmap(buffer: *mut vmgpu_buffer) -> vmgpu_status {
    guard(|| pin::<Buffer>(buffer, "buffer")?.unmap())
}

/// Ends the handle and frees the memory, after the work queued on it. A map ends with it.
///
/// @param buffer  NULL does nothing.
/// @return VMGPU_STATUS_OK; VMGPU_STATUS_INVALID_HANDLE if it was destroyed before.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vmgpu_buffer_destroy(buffer: *mut vmgpu_buffer) -> vmgpu_status {
    guard(|| destroy::<Buffer>(buffer, "buffer"))
}
