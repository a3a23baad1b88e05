//! The only conversions of raw pointers other than handles: out pointers, bytes, arrays and text. A length of 0 never
//! looks at the pointer.

use std::ffi::{CStr, c_char, c_void};

use crate::error::{GpuError, GpuResult};

/// A checked place for one result, written once everything has succeeded.
pub(super) struct Out<T> {
    pointer: *mut T,
}

impl<T> Out<T> {
    /// # Safety
    /// `pointer` is NULL or writable for a `T`.
    pub unsafe fn new(pointer: *mut T, name: &str) -> GpuResult<Self> {
        check_pointer(pointer, name)?;
        Ok(Out { pointer })
    }

    pub fn write(self, value: T) {
        // SAFETY: not NULL and aligned as checked, writable as promised to `new`.
        unsafe { self.pointer.write(value) }
    }
}

fn check_pointer<T>(pointer: *const T, name: &str) -> GpuResult<()> {
    if pointer.is_null() {
        return Err(GpuError::invalid(name, "is NULL"));
    }
    if !pointer.is_aligned() {
        return Err(GpuError::invalid(name, format!("is not aligned to {} bytes", align_of::<T>())));
    }
    Ok(())
}

/// # Safety
/// `pointer` leads to `count` values that stay unchanged for `'a`.
pub(super) unsafe fn slice<'a, T>(pointer: *const T, count: usize, name: &str) -> GpuResult<&'a [T]> {
    if count == 0 {
        return Ok(&[]);
    }
    check_pointer(pointer, name)?;
    if count.checked_mul(size_of::<T>()).is_none_or(|bytes| bytes > isize::MAX as usize) {
        return Err(GpuError::invalid(
            name,
            format!("{count} elements are more than an address space holds"),
        ));
    }
    // SAFETY: not NULL, aligned and of possible size as checked; readable as promised by the caller.
    Ok(unsafe { std::slice::from_raw_parts(pointer, count) })
}

/// # Safety
/// `pointer` leads to `size` readable bytes that stay unchanged for `'a`.
pub(super) unsafe fn bytes<'a>(pointer: *const c_void, size: usize, name: &str) -> GpuResult<&'a [u8]> {
    // SAFETY: promised by the caller.
    unsafe { slice(pointer.cast(), size, name) }
}

/// # Safety
/// `pointer` leads to `size` writable bytes that nobody else uses for `'a`.
pub(super) unsafe fn bytes_mut<'a>(pointer: *mut c_void, size: usize, name: &str) -> GpuResult<&'a mut [u8]> {
    if size == 0 {
        return Ok(&mut []);
    }
    check_pointer(pointer.cast::<u8>(), name)?;
    if size > isize::MAX as usize {
        return Err(GpuError::invalid(name, format!("{size} bytes are more than an address space holds")));
    }
    // SAFETY: not NULL and of possible size as checked; writable as promised by the caller.
    Ok(unsafe { std::slice::from_raw_parts_mut(pointer.cast(), size) })
}

/// # Safety
/// `pointer` is NULL or leads to a NUL-terminated text that stays unchanged for `'a`.
pub(super) unsafe fn text<'a>(pointer: *const c_char, name: &str) -> GpuResult<&'a str> {
    if pointer.is_null() {
        return Err(GpuError::invalid(name, "is NULL"));
    }
    // SAFETY: terminated as promised by the caller.
    let bytes = unsafe { CStr::from_ptr(pointer) }.to_bytes();
    // The check for ASCII is several times faster than that for UTF-8, and kernel texts pass here on every execution.
    if bytes.is_ascii() {
        // SAFETY: ASCII is UTF-8.
        return Ok(unsafe { std::str::from_utf8_unchecked(bytes) });
    }
    std::str::from_utf8(bytes)
        .map_err(|e| GpuError::invalid(name, format!("is not UTF-8 from byte {} on", e.valid_up_to())))
}

/// # Safety
/// As for [`text`].
pub(super) unsafe fn optional_text<'a>(pointer: *const c_char, name: &str) -> GpuResult<Option<&'a str>> {
    if pointer.is_null() {
        return Ok(None);
    }
    // SAFETY: promised by the caller.
    unsafe { text(pointer, name) }.map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Status;

    #[test]
    fn a_length_of_zero_never_looks_at_the_pointer() {
        // SAFETY: nothing is read for size 0; that is what is tested.
        unsafe {
            let wild = std::ptr::dangling::<c_void>();
            assert_eq!(bytes(wild, 0, "src").unwrap(), b"");
            assert_eq!(bytes(std::ptr::null(), 0, "src").unwrap(), b"");
            assert!(bytes_mut(std::ptr::dangling_mut(), 0, "dst").unwrap().is_empty());
        }
    }

    #[test]
    fn bad_pointers_are_named() {
        // SAFETY: every pointer is refused before it is used.
        let errors = unsafe {
            [
                bytes(std::ptr::null(), 4, "src").unwrap_err(),
                slice::<u64>(9usize as *const u64, 1, "src").unwrap_err(),
                slice::<u64>(std::ptr::dangling(), usize::MAX / 8, "src").unwrap_err(),
                text(std::ptr::null(), "src").unwrap_err(),
                text(c"ab\xff".as_ptr(), "src").unwrap_err(),
            ]
        };
        for error in errors {
            assert_eq!(error.status(), Status::InvalidArgument);
            assert!(error.to_string().contains("`src`"), "{error}");
        }
    }
}
