//! memcpy and its relatives, and questions about pointers.

use crate::cudac::check::tree::{Conversion, Expr, ExprKind, OffsetSpace};
use crate::cudac::thread_ir::{
    BinOp, CastOp, Function, FunctionBuilder, Global, GlobalId, GlobalSpace, ICmp, MemFlags, Space, Sreg, Ty,
    Value,
};

use super::func::FuncLower;
use super::rounding::Helper;
use super::{LResult, int_ty, unsupported};

/// A copy of a constant number of bytes up to this goes through registers.
const MAX_INLINE_COPY: u64 = 64;

impl FuncLower<'_, '_> {
    /// `memcpy` and `memmove` (to, from, bytes): the destination.
    pub fn memcpy_call(&mut self, args: &[Expr]) -> LResult<Value> {
        let v = self.values(args)?;
        let (to, from, size) = (v[0], v[1], v[2]);
        match self.constant(size).or_else(|| constant_of(&args[2])) {
            Some(n) if n <= MAX_INLINE_COPY => {
                // Reads before writes, so that overlap does no harm. Alignment is whatever the bytes have.
                let mut pieces = Vec::new();
                let mut at = 0;
                while at < n {
                    let piece = [8, 4, 2, 1].into_iter().find(|p| at + p <= n).unwrap_or(1);
                    pieces.push((at, int_ty(piece as u32)));
                    at += piece;
                }
                let align = self.pointee_align(&args[0]).min(self.pointee_align(&args[1]));
                let (to_space, from_space) = (self.space_of(to), self.space_of(from));
                let mut values = Vec::new();
                for &(at, ty) in &pieces {
                    let p = self.b.ptr_add_const(from, at as i64);
                    let flags = MemFlags::natural(ty, from_space).with_align(align.min(ty.size()));
                    values.push(self.b.load(ty, p, flags));
                }
                for (&(at, ty), value) in pieces.iter().zip(values) {
                    let p = self.b.ptr_add_const(to, at as i64);
                    let flags = MemFlags::natural(ty, to_space).with_align(align.min(ty.size()));
                    self.b.store(p, value, flags);
                }
            }
            _ => self.b.memcpy(to, from, size, 1),
        }
        Ok(to)
    }

    /// What an access through this argument may rely on: the alignment of a local variable whose address it is, as
    /// nothing else is certain behind a `void *`.
    fn pointee_align(&self, e: &Expr) -> u32 {
        let mut e = e;
        while let ExprKind::Convert { kind: Conversion::Pointer, operand } = &e.kind {
            e = operand;
        }
        match &e.kind {
            ExprKind::AddressOf(place)
            | ExprKind::Convert { kind: Conversion::ArrayDecay, operand: place } => match &place.kind {
                ExprKind::Local(id) => self.def.locals[id.0 as usize].align.max(1),
                ExprKind::Global(id) => self.cx.program.globals[id.0 as usize].align.max(1),
                _ => 1,
            },
            _ => 1,
        }
    }

    pub fn memset_call(&mut self, args: &[Expr]) -> LResult<Value> {
        let v = self.values(args)?;
        let byte = self.resize_int(v[1], false, Ty::I8);
        self.b.memset(v[0], byte, v[2], 1);
        Ok(v[0])
    }

    pub fn memcmp_call(&mut self, args: &[Expr], e: &Expr) -> LResult<Value> {
        let v = self.values(args)?;
        let id = match self.cx.helpers.get(&Helper::Memcmp) {
            Some(id) => *id,
            None => {
                let id = self.cx.module.add_function(build_memcmp());
                self.cx.helpers.insert(Helper::Memcmp, id);
                id
            }
        };
        self.call_helper(id, &v, Ty::I32, e.span)
    }

    /// The address where the block's shared memory begins: the first static variable, as the layout follows their
    /// order, or where dynamic shared memory starts if there is none.
    fn shared_base(&mut self) -> Value {
        let first = self.cx.module.globals.iter().position(|g| g.space == GlobalSpace::Shared);
        let id = match first {
            Some(i) => GlobalId(i as u32),
            None => self.dynamic_base(),
        };
        self.b.global_addr(id)
    }

    /// A variable without size where dynamic shared memory starts.
    fn dynamic_base(&mut self) -> GlobalId {
        let found = self.cx.module.globals.iter().position(|g| g.space == GlobalSpace::DynamicShared);
        match found {
            Some(i) => GlobalId(i as u32),
            None => self.cx.module.add_global(Global {
                name: ".shared_dynamic".to_owned(),
                space: GlobalSpace::DynamicShared,
                size: 0,
                align: 16,
                init: Vec::new(),
                relocs: Vec::new(),
            }),
        }
    }

    /// First and one past the last address of shared memory, as `I64`.
    fn shared_bounds(&mut self) -> (Value, Value) {
        let base = self.shared_base();
        let first = self.b.cast(CastOp::Bitcast, base, Ty::I64);
        let id = self.dynamic_base();
        let dynamic = self.b.global_addr(id);
        let dynamic = self.b.cast(CastOp::Bitcast, dynamic, Ty::I64);
        let size = self.b.sreg(Sreg::DynSmemSize);
        let size = self.b.cast(CastOp::ZExt, size, Ty::I64);
        (first, self.b.binary(BinOp::Add, dynamic, size))
    }

    pub fn is_shared(&mut self, pointer: Value) -> Value {
        let (first, end) = self.shared_bounds();
        let p = self.b.cast(CastOp::Bitcast, pointer, Ty::I64);
        let from = self.b.icmp(ICmp::Uge, p, first);
        let to = self.b.icmp(ICmp::Ult, p, end);
        self.b.binary(BinOp::And, from, to)
    }

    pub fn is_constant(&mut self, pointer: Value) -> Value {
        let p = self.b.cast(CastOp::Bitcast, pointer, Ty::I64);
        let mut any = self.b.bconst(false);
        for i in 0..self.cx.module.globals.len() {
            let g = &self.cx.module.globals[i];
            if g.space != GlobalSpace::Constant {
                continue;
            }
            let size = self.b.iconst(Ty::I64, g.size as i64);
            let base = self.b.global_addr(GlobalId(i as u32));
            let base = self.b.cast(CastOp::Bitcast, base, Ty::I64);
            let offset = self.b.binary(BinOp::Sub, p, base);
            let inside = self.b.icmp(ICmp::Ult, offset, size);
            any = self.b.binary(BinOp::Or, any, inside);
        }
        any
    }

    /// Between generic pointers and offsets: global addresses are the same number, shared ones count from the start of
    /// the block's shared memory.
    pub fn space_offset(
        &mut self,
        space: OffsetSpace,
        to_offset: bool,
        arg: &Expr,
        e: &Expr,
    ) -> LResult<Value> {
        let v = self.value(arg)?;
        match (space, to_offset) {
            (OffsetSpace::Global, true) => Ok(self.b.cast(CastOp::Bitcast, v, Ty::I64)),
            (OffsetSpace::Global, false) => Ok(self.b.cast(CastOp::Bitcast, v, Ty::Ptr)),
            (OffsetSpace::Shared, true) => {
                let base = self.shared_base();
                let base = self.b.cast(CastOp::Bitcast, base, Ty::I64);
                let p = self.b.cast(CastOp::Bitcast, v, Ty::I64);
                Ok(self.b.binary(BinOp::Sub, p, base))
            }
            (OffsetSpace::Shared, false) => {
                let base = self.shared_base();
                let p = self.b.ptr_add(base, v);
                self.spaces.insert(p, Space::Shared);
                Ok(p)
            }
            _ => unsupported(e.span, "conversions to local and constant addresses"),
        }
    }
}

/// The value of a constant expression behind integer conversions.
fn constant_of(e: &Expr) -> Option<u64> {
    match &e.kind {
        ExprKind::Const(crate::cudac::check::tree::Const::Int(n)) => Some(*n),
        ExprKind::Convert { kind: Conversion::Int, operand } => constant_of(operand).filter(|n| *n < 1 << 31),
        _ => None,
    }
}

/// `int memcmp(const void *a, const void *b, size_t n)`, byte by byte.
fn build_memcmp() -> Function {
    let mut b =
        FunctionBuilder::new(Function::new_device(".memcmp", &[Ty::Ptr, Ty::Ptr, Ty::I64], Some(Ty::I32)));
    let (x, y, n) = (b.arg(0), b.arg(1), b.arg(2));
    let i = b.declare_var(Ty::I64);
    let zero = b.iconst(Ty::I64, 0);
    b.def_var(i, zero);
    let [head, body, next, differ, same] = std::array::from_fn(|_| b.create_block());
    b.jump(head, &[]);
    b.switch_to_block(head);
    let at = b.use_var(i);
    let more = b.icmp(ICmp::Ult, at, n);
    b.brif(more, body, &[], same, &[]);
    b.switch_to_block(body);
    b.seal_block(body);
    let byte = MemFlags::natural(Ty::I8, Space::Generic);
    let p = b.ptr_add(x, at);
    let p = b.load(Ty::I8, p, byte);
    let p = b.cast(CastOp::ZExt, p, Ty::I32);
    let q = b.ptr_add(y, at);
    let q = b.load(Ty::I8, q, byte);
    let q = b.cast(CastOp::ZExt, q, Ty::I32);
    let equal = b.icmp(ICmp::Eq, p, q);
    b.brif(equal, next, &[], differ, &[]);
    b.switch_to_block(differ);
    b.seal_block(differ);
    let d = b.binary(BinOp::Sub, p, q);
    b.ret(Some(d));
    b.switch_to_block(next);
    b.seal_block(next);
    let one = b.iconst(Ty::I64, 1);
    let at = b.binary(BinOp::Add, at, one);
    b.def_var(i, at);
    b.jump(head, &[]);
    b.seal_block(head);
    b.switch_to_block(same);
    b.seal_block(same);
    let zero = b.iconst(Ty::I32, 0);
    b.ret(Some(zero));
    b.finish()
}
