//! Memory for machine code: written while writable, then executable and never both; unmapped on drop.

use std::io;

/// One mapping of finished code.
#[derive(Debug)]
pub struct CodeMemory {
    base: *mut u8,
    size: usize,
}

// SAFETY: after `new` the mapping is never written; sharing read and execute access is safe.
unsafe impl Send for CodeMemory {}
// SAFETY: as above.
unsafe impl Sync for CodeMemory {}

impl CodeMemory {
    /// Copies `code` into fresh pages and makes them executable.
    pub fn new(code: &[u8]) -> io::Result<Self> {
        // SAFETY: sysconf has no preconditions.
        let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) }.max(4096) as usize;
        let size = code.len().max(1).next_multiple_of(page);
        // SAFETY: a new anonymous mapping touches no existing memory.
        let base = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                size,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
                -1,
                0,
            )
        };
        if base == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let this = Self { base: base.cast(), size };
        // SAFETY: the mapping is writable, at least `code.len()` long and nobody else knows it.
        unsafe { std::ptr::copy_nonoverlapping(code.as_ptr(), this.base, code.len()) };
        // SAFETY: our own mapping.
        if unsafe { libc::mprotect(base, size, libc::PROT_READ | libc::PROT_EXEC) } != 0 {
            return Err(io::Error::last_os_error());
        }
        #[cfg(target_arch = "aarch64")]
        {
            unsafe extern "C" {
                fn __clear_cache(start: *mut u8, end: *mut u8);
            }
            // SAFETY: the range is our mapping.
            unsafe { __clear_cache(this.base, this.base.add(size)) };
        }
        Ok(this)
    }

    /// Address of the byte at `offset`.
    pub fn address(&self, offset: usize) -> usize {
        debug_assert!(offset < self.size);
        self.base as usize + offset
    }

    /// Bytes mapped.
    pub fn size(&self) -> usize {
        self.size
    }
}

impl Drop for CodeMemory {
    fn drop(&mut self) {
        // SAFETY: the owner drops the code after the last launch that uses it.
        unsafe { libc::munmap(self.base.cast(), self.size) };
    }
}
