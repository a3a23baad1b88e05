//! An address under construction: a pointer value, a constant offset not yet added, and what is known about it.

use crate::cudac::thread_ir::{MemFlags, Space, Ty, Value};

#[derive(Clone, Copy, Debug)]
pub(crate) struct Addr {
    pub base: Value,
    pub offset: i64,
    pub space: Space,
    /// Known alignment of `base + offset` in bytes, a power of two.
    pub align: u32,
    pub volatile: bool,
    /// The access is part of one of a whole object: it may rely on more than the alignment of its own type.
    pub whole: bool,
}

impl Addr {
    pub fn new(base: Value, space: Space, align: u32) -> Self {
        Self { base, offset: 0, space, align: align.max(1), volatile: false, whole: false }
    }

    /// `offset` bytes further on.
    pub fn at(self, offset: u64) -> Self {
        let align =
            if offset == 0 { self.align } else { self.align.min(1 << offset.trailing_zeros().min(16)) };
        Self { offset: self.offset.wrapping_add(offset as i64), align, ..self }
    }

    pub fn volatile(self, yes: bool) -> Self {
        Self { volatile: self.volatile || yes, ..self }
    }

    pub fn whole(self) -> Self {
        Self { whole: true, ..self }
    }

    /// For an access of type `ty`.
    pub fn flags(&self, ty: Ty) -> MemFlags {
        let align = if self.whole { self.align.min(16) } else { self.align.min(ty.size()) };
        let readonly = matches!(self.space, Space::Const | Space::Param);
        MemFlags::natural(ty, self.space)
            .with_align(align)
            .with_volatile(self.volatile)
            .with_readonly(readonly)
    }
}
