//! Vector constants in memory. Cranelift makes each constant once, outside all loops, and keeps it in a register; a body
//! with many of them (the polynomials of the math functions) then has none left, and most of the time goes into finding
//! places on the stack. Here every use reads a place of its own, which operations take as their operand in memory.

use cranelift_codegen::ir::{self as cl, InstBuilder, MemFlagsData, types};

use crate::cudac::thread_ir::Ty;
use crate::sync::Mutex;

use super::emit::Emit;

/// Entries of a chunk. Code holds its address, so it never moves and stays until the code is gone.
const ENTRIES: usize = 64;

pub type Chunk = Box<[u128; ENTRIES]>;

/// The chunks of all functions of a kernel.
pub type Chunks = Mutex<Vec<Chunk>>;

/// More different constants than this are worth the memory: there are 16 registers.
pub const WORTH_MEMORY: usize = 8;
/// Of these, so many stay in registers if each is used so often.
pub const KEPT: usize = 3;
pub const WORTH_KEEPING: u32 = 5;
/// A constant that was read so few instructions ago is still in a register.
const NEAR: usize = 24;

/// The constants of one function.
#[derive(Default)]
pub struct Pool {
    pub chunks: Vec<Chunk>,
    /// Entries used of the last chunk.
    used: usize,
    /// The chunk's address as the block that is being generated knows it.
    base: Option<(cl::Block, cl::Value)>,
    /// What was read lately in the block of `base`: with the number of instructions at the last use.
    recent: Vec<Recent>,
}

struct Recent {
    ty: cl::Type,
    bits: u64,
    value: cl::Value,
    used: usize,
}

impl Pool {
    fn room(&self) -> usize {
        if self.chunks.is_empty() { 0 } else { ENTRIES - self.used }
    }

    /// Gives the place of the new entry in its chunk.
    fn push(&mut self, entry: u128) -> usize {
        let last = self.chunks.last_mut().expect("there is room");
        last[self.used] = entry;
        self.used += 1;
        self.used - 1
    }
}

impl Emit<'_, '_> {
    /// Four times the constant, of type `ty`.
    pub fn pooled(&mut self, ty: cl::Type, bits: u64) -> cl::Value {
        let block = self.b.current_block().expect("a block is being generated");
        if self.pool.room() < 2 {
            self.pool.chunks.push(Box::new([0; ENTRIES]));
            (self.pool.used, self.pool.base) = (0, None);
        }
        let now = self.b.func.dfg.num_insts();
        let base = match self.pool.base {
            Some((at, base)) if at == block => {
                self.pool.recent.retain(|r| now - r.used <= NEAR);
                let mut recent = self.pool.recent.iter_mut();
                if let Some(r) = recent.find(|r| r.ty == ty && r.bits == bits) {
                    r.used = now;
                    return r.value;
                }
                base
            }
            _ => {
                // The address is read from an entry of its own: nothing knows that it is a constant, so what is read
                // through it stays in the block, and no two blocks read the same.
                let chunk = self.pool.chunks.last().expect("there is room").as_ptr() as u64;
                let entry = self.pool.push(u128::from(chunk));
                let address = self.constant(Ty::I64, chunk + 16 * entry as u64);
                let base = self.b.ins().load(types::I64, MemFlagsData::trusted(), address, 0);
                self.pool.base = Some((block, base));
                self.pool.recent.clear();
                base
            }
        };
        let entry = self.pool.push(u128::from(bits & 0xffff_ffff) * 0x1_0000_0001_0000_0001_0000_0001);
        let flags = MemFlagsData::trusted().with_readonly().with_can_move();
        let value = self.b.ins().load(ty, flags, base, 16 * entry as i32);
        self.pool.recent.push(Recent { ty, bits, value, used: now });
        value
    }
}
