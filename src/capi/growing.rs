//! Structs that grow: each begins with `size_t struct_size`, so that a program and a library of different versions
//! agree on the fields that both know.

use crate::error::{GpuError, GpuResult};

/// A newer header's struct may be this much larger than ours; anything more is a wrong number in `struct_size`.
const MAX_UNKNOWN_TAIL: usize = 4096;

/// A struct of the header whose first field is `struct_size: usize`.
///
/// # Safety
/// `repr(C)`, plain old data for which any bytes written by C are valid, `struct_size` first, and `FIELDS` the
/// offsets at which its fields start and end, ascending.
pub(super) unsafe trait Growing: Copy {
    /// Name in C.
    const NAME: &'static str;
    const FIELDS: &'static [(usize, usize)];
    /// What the initialiser gives, `struct_size` included.
    fn defaults() -> Self;
}

/// Implements [`Growing`] for a struct from the list of all its fields.
macro_rules! growing {
    ($type:ident { $($field:ident),* $(,)? } $defaults:expr) => {
        // SAFETY: `repr(C)` structs of integers and pointers; the list of fields is complete, because the pattern
        // below names every field of the type.
        unsafe impl $crate::capi::growing::Growing for $type {
            const NAME: &'static str = stringify!($type);
            const FIELDS: &'static [(usize, usize)] = {
                const fn size_of_field<S, F>(_: fn(&S) -> &F) -> usize {
                    size_of::<F>()
                }
                &[$((
                    std::mem::offset_of!($type, $field),
                    std::mem::offset_of!($type, $field) + size_of_field::<$type, _>(|s| &s.$field),
                )),*]
            };
            fn defaults() -> Self {
                let value: $type = $defaults;
                let $type { $($field: _),* } = value;
                value
            }
        }
    };
}
pub(super) use growing;

/// How many bytes of a struct of `size` bytes both sides know, cut at a whole field.
fn common<T: Growing>(size: usize) -> usize {
    T::FIELDS.iter().map(|(_, end)| *end).take_while(|end| *end <= size).last().unwrap_or(0)
}

/// The caller's `struct_size`, if it can be one.
///
/// # Safety
/// `pointer` is NULL or leads to a struct of the type.
unsafe fn stated_size<T: Growing>(pointer: *const T, name: &str) -> GpuResult<usize> {
    if pointer.is_null() {
        return Err(GpuError::invalid(name, "is NULL"));
    }
    if !pointer.is_aligned() {
        return Err(GpuError::invalid(name, format!("is not aligned to {} bytes", align_of::<T>())));
    }
    // SAFETY: every growing struct begins with this field.
    let size = unsafe { pointer.cast::<usize>().read() };
    if size < size_of::<usize>() {
        return Err(GpuError::invalid(
            format!("{name}->struct_size"),
            format!("is {size}; set it to sizeof({}), as {}_init does", T::NAME, T::NAME),
        ));
    }
    Ok(size)
}

/// Reads an input struct; fields it does not have keep their defaults.
///
/// # Safety
/// `pointer` is NULL or leads to as many readable bytes as its `struct_size` says.
#[inline]
pub(super) unsafe fn read<T: Growing>(pointer: *const T, name: &str) -> GpuResult<T> {
    if !pointer.is_null() && pointer.is_aligned() {
        // SAFETY: every growing struct begins with this field.
        let size = unsafe { pointer.cast::<usize>().read() };
        if size == size_of::<T>() {
            // SAFETY: as long as promised, and any bytes are a valid `T` (see `Growing`).
            return Ok(unsafe { pointer.read() });
        }
    }
    // SAFETY: promised by the caller.
    unsafe { read_other_size(pointer, name) }
}

/// [`read`] of a struct from another version, or of something that is none.
///
/// # Safety
/// As for [`read`].
#[cold]
unsafe fn read_other_size<T: Growing>(pointer: *const T, name: &str) -> GpuResult<T> {
    // SAFETY: promised by the caller.
    let size = unsafe { stated_size(pointer, name) }?;
    let known = size_of::<T>();
    if size > known {
        let unknown = || GpuError::UnsupportedStruct { name: T::NAME.into(), size, known };
        if size - known > MAX_UNKNOWN_TAIL {
            return Err(unknown());
        }
        // SAFETY: the caller states that the struct is `size` bytes long.
        let tail = unsafe { std::slice::from_raw_parts(pointer.cast::<u8>().add(known), size - known) };
        if tail.iter().any(|byte| *byte != 0) {
            return Err(unknown());
        }
    }
    let mut value = T::defaults();
    // SAFETY: `common` is at most the size of both structs, and any bytes are a valid `T` (see `Growing`).
    unsafe {
        std::ptr::copy_nonoverlapping(pointer.cast::<u8>(), (&raw mut value).cast::<u8>(), common::<T>(size));
    }
    Ok(value)
}

/// As [`read`]; NULL means the defaults.
///
/// # Safety
/// As for [`read`].
pub(super) unsafe fn read_or_default<T: Growing>(pointer: *const T, name: &str) -> GpuResult<T> {
    match pointer.is_null() {
        true => Ok(T::defaults()),
        // SAFETY: promised by the caller.
        false => unsafe { read(pointer, name) },
    }
}

/// A checked place for an output struct, written once everything has succeeded.
pub(super) struct GrowingOut<T> {
    pointer: *mut T,
    size: usize,
}

impl<T: Growing> GrowingOut<T> {
    /// # Safety
    /// `pointer` is NULL or leads to as many writable bytes as its `struct_size` says.
    pub unsafe fn new(pointer: *mut T, name: &str) -> GpuResult<Self> {
        // SAFETY: promised by the caller.
        let size = unsafe { stated_size(pointer, name) }?;
        Ok(GrowingOut { pointer, size })
    }

    /// Writes the fields that the caller's struct has; its `struct_size` stays.
    #[inline]
    pub fn write(&self, value: &T) {
        let skip = size_of::<usize>();
        let end = if self.size == size_of::<T>() { self.size } else { common::<T>(self.size) };
        // SAFETY: `end` is at most the size of both structs and at least that of `struct_size`.
        unsafe {
            std::ptr::copy_nonoverlapping(
                std::ptr::from_ref(value).cast::<u8>().add(skip),
                self.pointer.cast::<u8>().add(skip),
                end - skip,
            );
        }
    }
}

/// Fills `size` bytes at `pointer` with `value`: known fields, then zeros, and `struct_size` is `size`.
///
/// # Safety
/// `pointer` is NULL or leads to `size` writable bytes.
pub(super) unsafe fn init<T: Growing>(pointer: *mut T, size: usize, name: &str, value: &T) -> GpuResult<()> {
    if pointer.is_null() {
        return Err(GpuError::invalid(name, "is NULL"));
    }
    let known = size_of::<T>();
    if !(size_of::<usize>()..=known + MAX_UNKNOWN_TAIL).contains(&size) {
        return Err(GpuError::invalid("size", format!("is {size}; pass sizeof({})", T::NAME)));
    }
    let bytes = pointer.cast::<u8>();
    // SAFETY: `size` bytes are writable as promised; fields that end within `common` lie within `size` bytes and within
    // `value`; `struct_size` comes first and has room, because `size` is at least its own.
    unsafe {
        std::ptr::write_bytes(bytes, 0, size);
        // Field by field, so that what lies between fields is zero as well.
        for (start, end) in T::FIELDS.iter().take_while(|(_, end)| *end <= common::<T>(size)) {
            let field = std::ptr::from_ref(value).cast::<u8>().add(*start);
            std::ptr::copy_nonoverlapping(field, bytes.add(*start), end - start);
        }
        bytes.cast::<usize>().write_unaligned(size);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Status;

    #[repr(C)]
    #[derive(Clone, Copy, Debug, PartialEq)]
    struct sample {
        struct_size: usize,
        a: u32,
        b: u64,
    }
    growing!(sample { struct_size, a, b } sample { struct_size: size_of::<sample>(), a: 7, b: 9 });

    #[repr(C)]
    struct Larger {
        known: sample,
        tail: [u32; 2],
    }

    fn larger(struct_size: usize, tail: [u32; 2]) -> Larger {
        Larger { known: sample { struct_size, a: 1, b: 2 }, tail }
    }

    fn read_of(value: &Larger) -> GpuResult<sample> {
        // SAFETY: the struct is at least as long as every `struct_size` used below that is read.
        unsafe { read(std::ptr::from_ref(&value.known), "sample") }
    }

    #[test]
    fn field_ends_are_exact() {
        assert_eq!(sample::FIELDS, [(0, 8), (8, 12), (16, 24)]);
    }

    #[test]
    fn input_of_every_size() {
        assert_eq!(read_of(&larger(24, [0; 2])).unwrap(), sample { struct_size: 24, a: 1, b: 2 });
        assert_eq!(read_of(&larger(32, [0; 2])).unwrap(), sample { struct_size: 32, a: 1, b: 2 });
        let unknown = read_of(&larger(32, [0, 1])).unwrap_err();
        assert_eq!(unknown.status(), Status::UnsupportedStruct);
        let absurd = read_of(&larger(usize::MAX, [0; 2])).unwrap_err();
        assert_eq!(absurd.status(), Status::UnsupportedStruct);
        // Shorter: a field that is not wholly there has its default.
        assert_eq!(read_of(&larger(23, [0; 2])).unwrap(), sample { struct_size: 23, a: 1, b: 9 });
        assert_eq!(read_of(&larger(11, [0; 2])).unwrap(), sample { struct_size: 11, a: 7, b: 9 });
        assert_eq!(read_of(&larger(8, [0; 2])).unwrap(), sample { struct_size: 8, a: 7, b: 9 });
        for size in [0, 7] {
            assert_eq!(read_of(&larger(size, [0; 2])).unwrap_err().status(), Status::InvalidArgument);
        }
    }

    #[test]
    fn output_of_every_size() {
        let value = sample { struct_size: 24, a: 50, b: 60 };
        for (size, a, b) in [(24, 50, 60), (32, 50, 60), (23, 50, 2), (12, 50, 2), (11, 1, 2), (8, 1, 2)] {
            let mut place = larger(size, [5, 6]);
            // SAFETY: the struct is at least `size` bytes.
            unsafe { GrowingOut::new(&raw mut place.known, "sample") }.unwrap().write(&value);
            assert_eq!(place.known, sample { struct_size: size, a, b }, "size {size}");
            assert_eq!(place.tail, [5, 6]);
        }
    }

    #[test]
    fn init_zeroes_what_only_the_caller_knows() {
        let mut place = larger(0, [5, 6]);
        // SAFETY: the struct is 32 bytes.
        unsafe { init((&raw mut place).cast::<sample>(), 32, "sample", &sample::defaults()) }.unwrap();
        assert_eq!(place.known, sample { struct_size: 32, a: 7, b: 9 });
        assert_eq!(place.tail, [0, 0]);
        // SAFETY: the four bytes between `a` and `b` were written by `init`.
        let between = unsafe { (&raw const place).cast::<[u8; 4]>().byte_add(12).read() };
        assert_eq!(between, [0; 4]);
        for size in [0, 7, usize::MAX] {
            // SAFETY: refused before anything is written.
            let refused = unsafe { init(&raw mut place.known, size, "sample", &sample::defaults()) };
            assert_eq!(refused.unwrap_err().status(), Status::InvalidArgument);
        }
    }
}
