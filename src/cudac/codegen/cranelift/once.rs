//! Values that are the same wherever a function asks for them: constants, fields of the context, kernel parameters,
//! arrays of live slots. Each is made once, at the start of the function, however often it is used: Cranelift would find
//! that they are one, but finding costs more than not making them, and it moves them to where they are used.

use std::mem::offset_of;

use cranelift_codegen::cursor::{Cursor, FuncCursor};
use cranelift_codegen::ir::{self as cl, InstBuilder, MemFlagsData, types};
use rustc_hash::FxHashMap;

use crate::cudac::codegen::context::*;
use crate::cudac::thread_ir::*;

use super::emit::{Emit, cl_ty};

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Key {
    Const(cl::Type, u64),
    Field(cl::Type, usize),
    Behind(cl::Type, usize, i32),
    LiveArray(u32),
}

/// What has been made.
#[derive(Default)]
pub struct Once {
    made: FxHashMap<Key, cl::Value>,
    /// The last of it in the entry block.
    last: Option<cl::Inst>,
}

impl Emit<'_, '_> {
    fn once(&mut self, key: Key, make: impl FnOnce(&mut FuncCursor<'_>) -> cl::Value) -> cl::Value {
        if let Some(known) = self.once.made.get(&key) {
            return *known;
        }
        let entry = self.b.func.layout.entry_block().expect("the function has begun");
        let mut at = FuncCursor::new(self.b.func);
        match self.once.last {
            Some(last) => at.goto_after_inst(last),
            None => at.goto_first_insertion_point(entry),
        }
        let value = make(&mut at);
        self.once.last = self.b.func.dfg.value_def(value).inst();
        self.once.made.insert(key, value);
        value
    }

    pub fn zero(&mut self, ty: Ty) -> cl::Value {
        self.constant(ty, 0)
    }

    pub fn constant(&mut self, ty: Ty, bits: u64) -> cl::Value {
        let bits = bits & ty.mask();
        self.once(Key::Const(cl_ty(ty), bits), |at| match ty {
            Ty::F32 => at.ins().f32const(f32::from_bits(bits as u32)),
            Ty::F64 => at.ins().f64const(f64::from_bits(bits)),
            // As Cranelift wants them: sign-extended to 64 bits.
            Ty::I1 => at.ins().iconst(types::I8, bits as i64),
            _ => at.ins().iconst(cl_ty(ty), eval::sext(ty, bits)),
        })
    }

    pub fn i32(&mut self, x: u32) -> cl::Value {
        self.constant(Ty::I32, u64::from(x))
    }

    /// A constant of the type that `like` has, a register of 32 or 64 bits.
    fn like(&mut self, like: cl::Value, k: i64) -> cl::Value {
        let ty = if self.b.func.dfg.value_type(like) == types::I32 { Ty::I32 } else { Ty::I64 };
        self.constant(ty, k as u64)
    }

    /// `v + k`, for registers of 32 and 64 bits.
    pub fn add_imm(&mut self, v: cl::Value, k: i64) -> cl::Value {
        if k == 0 {
            return v;
        }
        let k = self.like(v, k);
        self.b.ins().iadd(v, k)
    }

    pub fn shl_imm(&mut self, v: cl::Value, k: u32) -> cl::Value {
        if k == 0 {
            return v;
        }
        let k = self.like(v, i64::from(k));
        self.b.ins().ishl(v, k)
    }

    /// A field of the context that does not change while the function runs.
    pub fn field(&mut self, ty: cl::Type, offset: usize) -> cl::Value {
        let ctx = self.ctx;
        let flags = MemFlagsData::trusted().with_readonly().with_can_move();
        self.once(Key::Field(ty, offset), |at| at.ins().load(ty, flags, ctx, offset as i32))
    }

    /// What stands at `offset` of the table that a field of the context points to, neither of which changes.
    pub fn behind(&mut self, ty: cl::Type, field: usize, offset: i32) -> cl::Value {
        let table = self.field(types::I64, field);
        let flags = MemFlagsData::trusted().with_readonly().with_can_move();
        self.once(Key::Behind(ty, field, offset), |at| at.ins().load(ty, flags, table, offset))
    }

    /// A kernel parameter. The buffer has no known alignment.
    pub fn param(&mut self, ty: cl::Type, offset: i32) -> cl::Value {
        let field = offset_of!(BlockCtx, params);
        let base = self.field(types::I64, field);
        let flags = MemFlagsData::new().with_notrap().with_readonly().with_can_move();
        self.once(Key::Behind(ty, field, offset), |at| at.ins().load(ty, flags, base, offset))
    }

    /// The array of a live slot: `offset` bytes for each thread of the block lie before it.
    pub fn live_array(&mut self, offset: u32) -> cl::Value {
        let base = self.field(types::I64, offset_of!(BlockCtx, live));
        if offset == 0 {
            return base;
        }
        let padded = self.field(types::I32, offset_of!(BlockCtx, padded));
        let size = self.constant(Ty::I64, u64::from(offset));
        self.once(Key::LiveArray(offset), |at| {
            let padded = at.ins().uextend(types::I64, padded);
            let start = at.ins().imul(padded, size);
            at.ins().iadd(base, start)
        })
    }
}
