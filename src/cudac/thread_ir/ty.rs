//! The types of thread IR values and the small flag sets attached to operations.

use std::fmt;

/// Type of an SSA value. There are no aggregates: structs and vectors live in local slots (a pass turns them
/// into registers) or are passed field by field.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub enum Ty {
    /// Boolean. In memory it is one byte, 0 or 1; a load gives `byte != 0`.
    I1,
    I8,
    I16,
    I32,
    I64,
    F32,
    F64,
    /// A 64-bit host address, the same in every address space.
    Ptr,
}

impl Ty {
    /// Bytes in memory.
    pub const fn size(self) -> u32 {
        match self {
            Ty::I1 | Ty::I8 => 1,
            Ty::I16 => 2,
            Ty::I32 | Ty::F32 => 4,
            Ty::I64 | Ty::F64 | Ty::Ptr => 8,
        }
    }

    /// Bits of the value: 1 for `I1`.
    pub const fn bits(self) -> u32 {
        match self {
            Ty::I1 => 1,
            _ => self.size() * 8,
        }
    }

    pub const fn is_float(self) -> bool {
        matches!(self, Ty::F32 | Ty::F64)
    }

    /// Integer of at least 8 bits; neither `I1` nor `Ptr`.
    pub const fn is_int(self) -> bool {
        matches!(self, Ty::I8 | Ty::I16 | Ty::I32 | Ty::I64)
    }

    /// Integer, boolean or pointer: everything that is an integer register.
    pub const fn is_int_like(self) -> bool {
        !self.is_float()
    }

    /// All bits of the type set.
    pub const fn mask(self) -> u64 {
        match self.bits() {
            64 => u64::MAX,
            n => (1 << n) - 1,
        }
    }

    pub const fn name(self) -> &'static str {
        match self {
            Ty::I1 => "i1",
            Ty::I8 => "i8",
            Ty::I16 => "i16",
            Ty::I32 => "i32",
            Ty::I64 => "i64",
            Ty::F32 => "f32",
            Ty::F64 => "f64",
            Ty::Ptr => "ptr",
        }
    }
}

impl fmt::Display for Ty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What an operation may be turned into. Empty is strict IEEE, and integers that wrap.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct FastFlags(pub u8);

impl FastFlags {
    pub const NONE: Self = Self(0);
    /// A product and a sum that both carry it may become one fused multiply-add (`-fmad=true`, the default).
    pub const CONTRACT: Self = Self(1);
    /// May be reordered as if associative.
    pub const REASSOC: Self = Self(2);
    /// Operands and result are never NaN or infinite.
    pub const FINITE: Self = Self(4);
    /// The sign of a zero does not matter.
    pub const NO_SIGNED_ZERO: Self = Self(8);
    /// Division may use a reciprocal; a square root may be approximate (within CUDA's bounds for fast math).
    pub const APPROX: Self = Self(16);
    /// Integers: signed arithmetic of the source, whose overflow C++ leaves undefined. Threads may be taken together as
    /// if it never overflowed.
    pub const NO_WRAP: Self = Self(32);

    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

impl std::ops::BitOr for FastFlags {
    type Output = Self;
    fn bitor(self, rhs: Self) -> Self {
        Self(self.0 | rhs.0)
    }
}

/// Where an address points, as far as the front end knows. A hint: `Generic` is always right; a wrong specific
/// space is a bug of whoever wrote it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Space {
    #[default]
    Generic,
    Global,
    /// The block's shared area, static or dynamic.
    Shared,
    /// A local slot of this thread.
    Local,
    /// `__constant__` memory: never written while a kernel runs.
    Const,
    /// The kernel's parameter buffer: read-only.
    Param,
}

impl Space {
    pub const fn name(self) -> &'static str {
        match self {
            Space::Generic => "generic",
            Space::Global => "global",
            Space::Shared => "shared",
            Space::Local => "local",
            Space::Const => "const",
            Space::Param => "param",
        }
    }
}

/// How a load or store touches memory.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct MemFlags {
    pub space: Space,
    /// Known alignment of the address, log2 of bytes. CUDA demands natural alignment, so this is usually that; the first
    /// access of an object that is copied as a whole (`float4`) has the object's.
    pub align_log2: u8,
    pub volatile: bool,
    /// Nothing writes this memory while the kernel runs (`__ldg`, `const __restrict__`).
    pub readonly: bool,
}

impl MemFlags {
    /// Naturally aligned access of a `ty`.
    pub const fn natural(ty: Ty, space: Space) -> Self {
        Self { space, align_log2: ty.size().trailing_zeros() as u8, volatile: false, readonly: false }
    }

    pub const fn with_volatile(mut self, yes: bool) -> Self {
        self.volatile = yes;
        self
    }

    pub const fn with_readonly(mut self, yes: bool) -> Self {
        self.readonly = yes;
        self
    }

    pub const fn with_align(mut self, bytes: u32) -> Self {
        self.align_log2 = bytes.trailing_zeros() as u8;
        self
    }
}
