//! Addresses and accesses: live slots, local and shared memory, loads and stores of the kernel.

use std::mem::offset_of;

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{self as cl, InstBuilder, MemFlagsData, StackSlotData, StackSlotKind, types};

use crate::cudac::block_ir::LocalPlace;
use crate::cudac::codegen::context::*;
use crate::cudac::thread_ir::*;

use super::emit::{Emit, Frame, cl_ty};

impl Emit<'_, '_> {
    /// Flags of an access to live slots that may be wider than one of them.
    pub fn live_flags(&self) -> MemFlagsData {
        MemFlagsData::new().with_notrap().with_alias_region(Some(self.live_region))
    }

    /// Loads whole uniform slots before the thread loop: threads overwrite them one after the other.
    pub fn load_uniform_live(&mut self) {
        for inst in self.f.blocks.iter().flat_map(|b| &b.insts) {
            let Op::LiveLoad(slot) = inst.op else { continue };
            if !self.env.kernel.live[slot as usize].uniform {
                continue;
            }
            let ty = self.env.kernel.live[slot as usize].ty;
            let addr = self.live_addr(slot);
            let v = self.b.ins().load(cl_ty(ty), MemFlagsData::trusted(), addr, 0);
            if let Frame::Region(vars) = &mut self.frame {
                vars.uniform_live[slot as usize] = Some(v);
            }
        }
    }

    /// Address of a live slot for this thread.
    pub fn live_addr(&mut self, slot: u32) -> cl::Value {
        let s = self.env.kernel.live[slot as usize];
        let array = self.live_array(s.offset);
        if s.uniform {
            return array;
        }
        let (t, block) = (self.thread(), self.b.current_block());
        let shift = s.ty.size().trailing_zeros();
        let off = match self.scaled_thread {
            Some((at, of, by, off)) if Some(at) == block && of == t && by == shift => off,
            _ => {
                let wide = self.b.ins().uextend(types::I64, t);
                let off = self.shl_imm(wide, shift);
                self.scaled_thread = block.map(|at| (at, t, shift, off));
                off
            }
        };
        self.b.ins().iadd(array, off)
    }

    pub fn slot_addr(&mut self, s: SlotId) -> cl::Value {
        if let Frame::Device = self.frame {
            let slot = match self.slots[s.index()] {
                Some(slot) => slot,
                None => {
                    let info = &self.f.slots[s.index()];
                    let align = info.align.max(1).trailing_zeros() as u8;
                    let data = StackSlotData::new(StackSlotKind::ExplicitSlot, info.size, align);
                    let slot = self.b.create_sized_stack_slot(data);
                    self.slots[s.index()] = Some(slot);
                    slot
                }
            };
            return self.b.ins().stack_addr(types::I64, slot, 0);
        }
        match self.env.kernel.locals[s.index()] {
            LocalPlace::None => self.b.ins().iconst(types::I64, 0),
            LocalPlace::Shared(at) => {
                let base = self.field(types::I64, offset_of!(BlockCtx, locals));
                self.add_imm(base, at as i64)
            }
            LocalPlace::PerThread(at) => {
                let base = self.field(types::I64, offset_of!(BlockCtx, thread_locals));
                let t = self.thread();
                let t = self.b.ins().uextend(types::I64, t);
                let off = self.b.ins().imul_imm_s(t, self.env.kernel.local_thread_bytes as i64);
                let frame = self.b.ins().iadd(base, off);
                self.add_imm(frame, at as i64)
            }
        }
    }

    /// Flags of a kernel access: never assumed aligned, since a misaligned address must not fault here.
    pub fn mem_flags(&self) -> MemFlagsData {
        MemFlagsData::new().with_notrap().with_alias_region(Some(self.user_region))
    }

    pub fn load(&mut self, at: Value, ty: Ty, m: &MemFlags) -> cl::Value {
        if self.env.checked {
            let addr = self.get(at);
            self.check_access(addr, ty, 1 << m.align_log2, if m.volatile { CHECK_ATOMIC } else { 0 }, None);
        }
        let flags = self.mem_flags();
        let raw = if m.volatile {
            let int =
                if ty.is_float() { if ty == Ty::F32 { types::I32 } else { types::I64 } } else { cl_ty(ty) };
            let addr = self.get(at);
            let v = self.b.ins().atomic_load(int, flags, addr);
            if ty.is_float() { self.b.ins().bitcast(cl_ty(ty), MemFlagsData::new(), v) } else { v }
        } else {
            let (base, offset) = self.address(at);
            self.b.ins().load(cl_ty(ty), flags, base, offset)
        };
        if ty == Ty::I1 { self.b.ins().icmp_imm_s(IntCC::NotEqual, raw, 0) } else { raw }
    }

    pub fn store(&mut self, at: Value, val: cl::Value, ty: Ty, m: &MemFlags) {
        if self.env.checked {
            let addr = self.get(at);
            let flags = if m.volatile { CHECK_WRITE | CHECK_ATOMIC } else { CHECK_WRITE };
            self.check_access(addr, ty, 1 << m.align_log2, flags, Some(val));
        }
        let flags = self.mem_flags();
        if m.volatile {
            let val = if ty.is_float() {
                let int = if ty == Ty::F32 { types::I32 } else { types::I64 };
                self.b.ins().bitcast(int, MemFlagsData::new(), val)
            } else {
                val
            };
            let addr = self.get(at);
            self.b.ins().atomic_store(flags, val, addr);
        } else {
            let (base, offset) = self.address(at);
            self.b.ins().store(flags, val, base, offset);
        }
    }

    pub fn global_addr(&mut self, g: GlobalId) -> cl::Value {
        if self.is_shared(g) {
            let base = self.field(types::I64, offset_of!(BlockCtx, shared));
            return self.add_imm(base, self.env.shared_offsets[g.index()] as i64);
        }
        self.behind(types::I64, offset_of!(BlockCtx, globals), g.0 as i32 * 8)
    }

    fn is_shared(&self, g: GlobalId) -> bool {
        self.env.kernel.module.globals[g.index()].space.space() == Space::Shared
    }

    /// Addresses that are another one plus a constant are not computed: accesses take both.
    pub fn place(&mut self, op: &Op) -> Option<(cl::Value, i32)> {
        match op {
            Op::PtrAdd(p, o) => {
                let more = self.consts[o.index()]? as i64;
                let (base, offset) = self.address(*p);
                Some((base, i32::try_from(i64::from(offset).checked_add(more)?).ok()?))
            }
            Op::GlobalAddr(g) if self.is_shared(*g) => {
                let offset = i32::try_from(self.env.shared_offsets[g.index()]).ok()?;
                Some((self.field(types::I64, offset_of!(BlockCtx, shared)), offset))
            }
            _ => None,
        }
    }

    pub fn small_copy(&mut self, dst: cl::Value, src: cl::Value, size: i32) {
        let flags = self.mem_flags();
        let mut parts = Vec::new();
        let mut at = 0;
        for (n, t) in [(8, types::I64), (4, types::I32), (2, types::I16), (1, types::I8)] {
            while at + n <= size {
                parts.push((at, self.b.ins().load(t, flags, src, at)));
                at += n;
            }
        }
        // All loads before the first store: the ranges may overlap.
        for (at, v) in parts {
            self.b.ins().store(flags, v, dst, at);
        }
    }
}
