//! `GpuArg`: one argument of a kernel, in one plain form whoever gives it.

use std::marker::PhantomData;

use crate::buffer::Buffer;

/// What an argument is. The numbers are those of the C interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub(crate) enum ArgKind {
    U8 = 1,
    I8,
    U16,
    I16,
    U32,
    I32,
    U64,
    I64,
    F32,
    F64,
    Bool,
    Buffer,
    BufferConst,
    Pointer,
    Struct,
}

impl ArgKind {
    const ALL: [ArgKind; 15] = {
        use ArgKind::*;
        [U8, I8, U16, I16, U32, I32, U64, I64, F32, F64, Bool, Buffer, BufferConst, Pointer, Struct]
    };
    /// Bytes of the parameter, in the order of the numbers; a struct has its own.
    const SIZES: [u32; 15] = [1, 1, 2, 2, 4, 4, 8, 8, 4, 8, 1, 8, 8, 8, 0];

    /// The kind with this number.
    #[inline]
    pub(crate) fn from_number(number: u32) -> Option<ArgKind> {
        Self::ALL.get((number as usize).wrapping_sub(1)).copied()
    }

    /// Bytes of the kernel's parameter; 0 for a struct, which may have any.
    #[inline]
    pub(crate) fn size(self) -> u32 {
        Self::SIZES[self as usize - 1]
    }

    #[inline]
    pub(crate) fn is_buffer(self) -> bool {
        matches!(self, ArgKind::Buffer | ArgKind::BufferConst)
    }

    pub(crate) fn name(self) -> &'static str {
        [
            "u8", "i8", "u16", "i16", "u32", "i32", "u64", "i64", "f32", "f64", "bool", "buffer", "buffer",
            "pointer", "struct",
        ][self as usize - 1]
    }
}

/// One argument of a kernel, made as `GpuArg::F32(0.5)` or `GpuArg::Buffer(&buffer)`. Small plain data: what it borrows is
/// a buffer or the bytes of a struct.
#[derive(Debug, Clone, Copy)]
pub struct GpuArg<'a> {
    kind: ArgKind,
    /// Bytes of the kernel's parameter.
    size: u32,
    /// The bits of a scalar, or the address of what is borrowed.
    value: u64,
    borrowed: PhantomData<&'a Buffer>,
}

macro_rules! scalars {
    ($($(#[$doc:meta])* $name:ident($type:ty) |$value:ident| $bits:expr;)*) => {
        $($(#[$doc])*
        pub fn $name($value: $type) -> Self {
            Self::scalar(ArgKind::$name, $bits)
        })*
    };
}

// Named as the types of the parameters are, in the manner of variants.
#[allow(non_snake_case)]
impl<'a> GpuArg<'a> {
    scalars! {
        U8(u8) |v| v as u64;
        I8(i8) |v| v as u8 as u64;
        U16(u16) |v| v as u64;
        I16(i16) |v| v as u16 as u64;
        U32(u32) |v| v as u64;
        I32(i32) |v| v as u32 as u64;
        U64(u64) |v| v;
        I64(i64) |v| v as u64;
        F32(f32) |v| v.to_bits() as u64;
        F64(f64) |v| v.to_bits();
        Bool(bool) |v| v as u64;
    }

    /// A buffer the kernel may read and write.
    pub fn Buffer(buffer: &'a Buffer) -> Self {
        Self::borrowing(ArgKind::Buffer, buffer)
    }

    /// A buffer the kernel only reads: other copies of a managed buffer stay valid.
    pub fn BufferConst(buffer: &'a Buffer) -> Self {
        Self::borrowing(ArgKind::BufferConst, buffer)
    }

    /// An address on the device, passed through unchecked.
    pub fn RawPtr(address: u64) -> Self {
        Self::scalar(ArgKind::Pointer, address)
    }

    /// A struct by value, laid out as the kernel declares it.
    pub fn Struct(bytes: &'a [u8]) -> Self {
        // No parameter is as large as 4 GiB: such a size is refused at launch, as it should be.
        let size = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        GpuArg { kind: ArgKind::Struct, size, value: address_of(bytes), borrowed: PhantomData }
    }
}

fn address_of<T: ?Sized>(borrowed: &T) -> u64 {
    std::ptr::from_ref(borrowed).cast::<u8>().expose_provenance() as u64
}

impl<'a> GpuArg<'a> {
    /// The low bits of `bits`, as many as `kind` has; not for kinds that borrow.
    #[inline]
    pub(crate) fn scalar(kind: ArgKind, bits: u64) -> Self {
        GpuArg { kind, size: kind.size(), value: bits, borrowed: PhantomData }
    }

    /// `kind` is one of the two for buffers.
    #[inline]
    pub(crate) fn borrowing(kind: ArgKind, buffer: &'a Buffer) -> Self {
        GpuArg { kind, size: kind.size(), value: address_of(buffer), borrowed: PhantomData }
    }

    /// Bytes this argument takes as a parameter.
    pub fn size(&self) -> usize {
        self.size as usize
    }

    #[inline]
    pub(crate) fn kind(&self) -> ArgKind {
        self.kind
    }

    /// Low `size` bytes of a scalar or raw pointer.
    #[inline]
    pub(crate) fn bits(&self) -> u64 {
        self.value
    }

    /// The buffer, if it is one.
    #[inline]
    pub fn buffer(&self) -> Option<&'a Buffer> {
        if !self.kind.is_buffer() {
            return None;
        }
        let buffer = std::ptr::with_exposed_provenance::<Buffer>(self.value as usize);
        // SAFETY: only `borrowing` makes arguments of these kinds, from a reference that lives for `'a`.
        Some(unsafe { &*buffer })
    }

    /// The bytes of a struct argument.
    #[inline]
    pub(crate) fn struct_bytes(&self) -> Option<&'a [u8]> {
        if self.kind != ArgKind::Struct {
            return None;
        }
        let bytes = std::ptr::with_exposed_provenance::<u8>(self.value as usize);
        // SAFETY: only `Struct` makes arguments of this kind, from at least as many bytes that live for `'a`.
        Some(unsafe { std::slice::from_raw_parts(bytes, self.size as usize) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_lead_to_their_kinds_and_nothing_else_does() {
        for (index, kind) in ArgKind::ALL.into_iter().enumerate() {
            assert_eq!(kind as usize, index + 1);
            assert_eq!(ArgKind::from_number(kind as u32), Some(kind));
        }
        for wrong in [0, 16, u32::MAX] {
            assert_eq!(ArgKind::from_number(wrong), None);
        }
    }

    #[test]
    fn an_argument_gives_back_what_it_was_made_of() {
        assert_eq!((GpuArg::I16(-2).bits(), GpuArg::I16(-2).size()), (0xfffe, 2));
        assert_eq!((GpuArg::F32(1.5).bits(), GpuArg::F32(1.5).size()), (0x3fc0_0000, 4));
        assert_eq!((GpuArg::Bool(true).bits(), GpuArg::Bool(true).size()), (1, 1));
        let bytes = [3, 1, 2];
        assert_eq!(GpuArg::Struct(&bytes).struct_bytes(), Some(&bytes[..]));
        assert_eq!(GpuArg::Struct(&[]).struct_bytes(), Some(&[][..]));
        assert!(GpuArg::U64(8).buffer().is_none() && GpuArg::RawPtr(8).struct_bytes().is_none());
    }
}
