//! Code that is compiled when a launch first needs it: the tails of `cranelift::tails`.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::context::{BlockCtx, FaultKind, FaultRecord, TailNote};
use super::cranelift::{self, FAULTED, MachineCode};
use super::memory::CodeMemory;
use super::{CompiledKernel, shared_layout};
use crate::cudac::block_ir::BlockKernel;
use crate::cudac::crew::on_roomy_stack;
use crate::fork;
use crate::sync::Mutex;

type TailFn = unsafe extern "C" fn(*mut BlockCtx, *const TailNote) -> u32;

/// The tails of one kernel.
pub struct Tails {
    /// Where each region's begin in `entries`.
    first: Vec<usize>,
    /// Addresses; 0 is not compiled.
    entries: Vec<AtomicUsize>,
    note_bytes: usize,
    notes_per_row: usize,
    /// Who compiles holds this; others wait for him, as they need the same.
    code: Mutex<Vec<CodeMemory>>,
}

impl Tails {
    pub fn new(machine: &MachineCode, kernel: &BlockKernel) -> Tails {
        let mut count = 0;
        let mut begin = |leaves: &u32| {
            count += *leaves as usize;
            count - *leaves as usize
        };
        Tails {
            first: machine.tails.iter().map(&mut begin).collect(),
            entries: (0..count).map(|_| AtomicUsize::new(0)).collect(),
            note_bytes: cranelift::note_bytes(kernel),
            notes_per_row: machine.notes_per_row,
            code: Mutex::default(),
        }
    }

    /// Bytes for all notes that a region can make.
    pub fn note_room(&self, block: [u32; 3]) -> usize {
        self.note_bytes * self.notes_per_row * block[1] as usize * block[2] as usize
    }

    /// Bytes of machine code, rounded to pages.
    pub fn code_bytes(&self) -> usize {
        self.code.inherited().map_or(0, |code| code.iter().map(CodeMemory::size).sum())
    }
}

impl CompiledKernel {
    /// Runs the threads that a region has noted down, and forgets them. The point that they have come to, or `FAULTED`.
    ///
    /// # Safety
    /// As `run_blocks`; `ctx.next_note` is the end of the notes, which begin at `notes`.
    pub(super) unsafe fn run_tails(&self, ctx: &mut BlockCtx, notes: *mut TailNote) -> u32 {
        let bytes = ctx.next_note as usize - notes as usize;
        debug_assert!(bytes <= self.tails.note_room(ctx.ntid));
        ctx.next_note = notes;
        let mut point = FAULTED;
        for at in (0..bytes).step_by(self.tails.note_bytes) {
            let note = notes.wrapping_byte_add(at);
            // SAFETY: promised by the caller.
            let number = unsafe { (*note).tail };
            let Some(entry) = self.tail(number) else {
                ctx.fault = FaultRecord { kind: FaultKind::OutOfMemory as u32, ..FaultRecord::default() };
                return FAULTED;
            };
            // SAFETY: the address is the entry of a finished tail function.
            let f = unsafe { std::mem::transmute::<usize, TailFn>(entry) };
            // SAFETY: passed on from the caller.
            point = unsafe { f(ctx, note) };
            if point == FAULTED {
                return FAULTED;
            }
        }
        point
    }

    /// The address of a tail, compiled now if need be. `None` if there is no memory for it.
    fn tail(&self, number: u32) -> Option<usize> {
        let (region, part) = cranelift::parts_of(number);
        let entry = self.tails.entries.get(self.tails.first.get(region)? + part as usize)?;
        let known = entry.load(Ordering::Acquire);
        if known != 0 {
            return Some(known);
        }
        // A child of a fork would find the lock taken and what it guards half done.
        let _hold = fork::hold();
        let mut code = self.tails.code.inherited()?;
        let known = entry.load(Ordering::Acquire);
        if known != 0 {
            return Some(known);
        }
        // The stack of a launching thread may be small.
        let memory = on_roomy_stack(0, || self.generate_tail(number)).ok()?;
        let address = memory.address(0);
        code.push(memory);
        entry.store(address, Ordering::Release);
        Some(address)
    }

    fn generate_tail(&self, number: u32) -> Result<CodeMemory, String> {
        let (shared_offsets, _) = shared_layout(&self.block.module).map_err(|e| e.to_string())?;
        let strings: Vec<u64> = self.strings.iter().map(|s| s.as_ptr() as u64).collect();
        let env = cranelift::Env {
            kernel: &self.block,
            target: cranelift::host()?,
            shared_offsets: &shared_offsets,
            strings: &strings,
            checked: self.checked,
            constants: Default::default(),
        };
        let bytes = cranelift::generate_tail(&env, number)?;
        debug_assert!(env.constants.lock().is_empty(), "only code for four threads has any");
        CodeMemory::new(&bytes).map_err(|e| e.to_string())
    }
}
