//! The interpreter: runs a whole grid, one operation of one thread at a time. It is the oracle of all tests of
//! the generators, so it is written for plainness, not speed.
//!
//! Every thread is resumable, so barriers and warp operations work in any divergent flow and at any call depth.
//! Threads run in order until they wait, end, or have used their quantum (so that spinning threads let others
//! go on).

use super::cfg::Cfg;
use super::eval;
use super::ir::*;
use super::ops::*;
use super::ty::*;
use super::warp::{Lanes, WarpOp, resolve};
use crate::cudac::runtime::printf::format_printf;

/// Takes the text of one `printf`.
pub type PrintfSink = dyn Fn(&[u8]);

/// What to run.
pub struct InterpLaunch<'a> {
    pub grid: [u32; 3],
    pub block: [u32; 3],
    pub dyn_shared: u32,
    pub params: &'a [u8],
    /// Address of each global (not of shared ones), by `GlobalId`.
    pub globals: &'a [*mut u8],
    /// Operations of all threads together.
    pub step_limit: u64,
    /// Order of threads and blocks: 0 is ascending, anything else a permutation by this seed. What fresh memory holds
    /// and how long a thread runs before the next one follow it too.
    pub seed: u64,
    pub printf: Option<&'a PrintfSink>,
    /// Start and size of what the kernel may touch besides its own shared and local memory; None trusts it.
    pub ranges: Option<&'a [(u64, u64)]>,
}

/// Why the run ended early.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum InterpError {
    Trap,
    Assert(StringId),
    Unreachable,
    StepLimit,
    StackOverflow,
    /// An access outside of `InterpLaunch::ranges`.
    OutOfBounds,
    /// Some threads wait for a barrier that others can never reach. Not reported for CUDA's usual leniency
    /// (threads that have ended do not count).
    Deadlock,
}

/// The end of a run by a fault.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct InterpFault {
    pub error: InterpError,
    pub block: [u32; 3],
    /// Linear thread number.
    pub thread: u32,
    pub loc: Loc,
}

/// Operations that a thread runs before others get their turn, when the seed does not say otherwise.
const QUANTUM: u32 = 4096;
const MAX_FRAMES: usize = 20_000;

struct Frame {
    func: FuncId,
    block: Block,
    inst: usize,
    values: Vec<u64>,
    slots: Vec<Box<[u64]>>,
    /// Where the caller wants the result.
    ret: Option<Value>,
}

#[derive(Clone, Copy, PartialEq)]
enum Status {
    Runnable,
    /// At the synchronisation operation its top frame stands at.
    Waiting,
    Ended,
}

struct Thread {
    frames: Vec<Frame>,
    status: Status,
    tid: [u32; 3],
    linear: u32,
}

struct Interp<'a> {
    m: &'a Module,
    launch: &'a InterpLaunch<'a>,
    ctaid: [u32; 3],
    shared: *mut u8,
    shared_size: u64,
    shared_offsets: &'a [u64],
    strings: &'a [Box<[u8]>],
    steps: u64,
    /// Convergence order of each function's blocks.
    order: Vec<Vec<usize>>,
    rng: u64,
    /// What fresh memory holds: garbage, as on a device, or (odd seeds) zeros. Kernels must not rely on either.
    garbage: u64,
    quantum: u32,
}

/// Runs the kernel over its grid.
///
/// # Safety
/// Every address that the kernel computes must be valid for what it does there, as on a device; with
/// `launch.ranges` only those ranges must be.
pub unsafe fn run(m: &Module, kernel: FuncId, launch: &InterpLaunch) -> Result<(), InterpFault> {
    let (shared_offsets, size) = shared_layout(m);
    let words = (size.next_multiple_of(128) + launch.dyn_shared as u64).div_ceil(16) as usize;
    let strings: Vec<Box<[u8]>> =
        m.strings.iter().map(|s| s.iter().copied().chain([0]).collect::<Vec<u8>>().into()).collect();
    let order = m.funcs.iter().map(|f| Cfg::new(f).convergence_order(f)).collect();
    let mut it = Interp {
        m,
        launch,
        ctaid: [0; 3],
        shared: std::ptr::null_mut(),
        shared_size: size.next_multiple_of(128) + launch.dyn_shared as u64,
        shared_offsets: &shared_offsets,
        strings: &strings,
        steps: 0,
        order,
        rng: launch.seed,
        quantum: if launch.seed == 0 { QUANTUM } else { 1 + launch.seed as u32 % 997 },
        garbage: if launch.seed & 1 != 0 { 0 } else { 0xa5a5_a5a5_a5a5_a5a5 ^ launch.seed },
    };
    let [gx, gy, gz] = launch.grid.map(|g| g as u64);
    let mut blocks: Vec<u64> = (0..gx * gy * gz).collect();
    it.permute(&mut blocks);
    for i in blocks {
        it.ctaid = [(i % gx) as u32, (i / gx % gy) as u32, (i / gx / gy) as u32];
        let mut area = vec![(it.garbage as u128) << 64 | it.garbage as u128; words + 8];
        let start = area.as_mut_ptr().cast::<u8>();
        // SAFETY: aligning moves by less than the 128 spare bytes.
        it.shared = unsafe { start.add(start.align_offset(128)) };
        // SAFETY: passed on from the caller.
        unsafe { it.run_block(kernel)? };
    }
    Ok(())
}

/// Offsets of static shared variables and the size of the static part.
fn shared_layout(m: &Module) -> (Vec<u64>, u64) {
    let mut at = 0u64;
    let mut offsets = vec![0; m.globals.len()];
    for (i, g) in m.globals.iter().enumerate().filter(|(_, g)| g.space == GlobalSpace::Shared) {
        at = at.next_multiple_of(g.align.max(1));
        offsets[i] = at;
        at += g.size;
    }
    for (i, _) in m.globals.iter().enumerate().filter(|(_, g)| g.space == GlobalSpace::DynamicShared) {
        offsets[i] = at.next_multiple_of(128);
    }
    (offsets, at)
}

/// How one operation ended.
enum Step {
    Next,
    Wait,
    End,
    Fault(InterpError),
}

/// Rounds without progress after which an operation without a mask no longer waits for spinning lanes.
const PATIENCE: u32 = 256;
/// The same for the lock step at volatile writes, which nobody looks at: lanes that are this late spin.
const STEP_PATIENCE: u32 = 3;

impl Interp<'_> {
    fn permute<T>(&mut self, v: &mut [T]) {
        if self.launch.seed == 0 {
            return;
        }
        for i in (1..v.len()).rev() {
            self.rng ^= self.rng << 13;
            self.rng ^= self.rng >> 7;
            self.rng ^= self.rng << 17;
            v.swap(i, (self.rng % (i as u64 + 1)) as usize);
        }
    }

    fn frame(&self, func: FuncId, args: &[u64], ret: Option<Value>) -> Frame {
        let f = &self.m.funcs[func.index()];
        let mut values = vec![0; f.values.len()];
        for (p, a) in f.blocks[0].params.iter().zip(args) {
            values[p.index()] = *a;
        }
        let slots = f
            .slots
            .iter()
            .map(|s| vec![self.garbage; (s.size as usize + 64).div_ceil(8)].into_boxed_slice())
            .collect();
        Frame { func, block: Function::ENTRY, inst: 0, values, slots, ret }
    }

    /// # Safety
    /// As `run`.
    unsafe fn run_block(&mut self, kernel: FuncId) -> Result<(), InterpFault> {
        let [nx, ny, nz] = self.launch.block;
        let mut threads: Vec<Thread> = Vec::new();
        for linear in 0..nx * ny * nz {
            let tid = [linear % nx, linear / nx % ny, linear / nx / ny];
            let frames = vec![self.frame(kernel, &[], None)];
            threads.push(Thread { frames, status: Status::Runnable, tid, linear });
        }
        let mut spins = 0u32;
        loop {
            let mut turn: Vec<usize> =
                (0..threads.len()).filter(|&t| threads[t].status == Status::Runnable).collect();
            self.permute(&mut turn);
            for t in turn {
                // SAFETY: passed on from the caller.
                unsafe { self.run_thread(&mut threads[t])? };
            }
            if threads.iter().all(|t| t.status == Status::Ended) {
                return Ok(());
            }
            let busy = threads.iter().any(|t| t.status == Status::Runnable);
            // Lanes that spin may be waiting for a lane that stands at an operation without a mask.
            if self.warps(&mut threads, false, spins) {
                spins = 0;
                continue;
            }
            if busy {
                spins += 1;
                continue;
            }
            if self.barrier(&mut threads) || self.warps(&mut threads, true, spins) {
                continue;
            }
            let t = threads.iter().find(|t| t.status == Status::Waiting).expect("not all have ended");
            return Err(self.fault(InterpError::Deadlock, t));
        }
    }

    fn fault(&self, error: InterpError, t: &Thread) -> InterpFault {
        let loc = t.frames.last().map_or(Loc(0), |f| {
            let b = self.m.funcs[f.func.index()].block(f.block);
            b.insts.get(f.inst).map_or(b.term_loc, |i| i.loc)
        });
        InterpFault { error, block: self.ctaid, thread: t.linear, loc }
    }

    /// The synchronisation operation a waiting thread stands at.
    fn waits_at(&self, t: &Thread) -> Option<&Inst> {
        let f = t.frames.last().filter(|_| t.status == Status::Waiting)?;
        Some(&self.m.funcs[f.func.index()].block(f.block).insts[f.inst])
    }

    /// An active mask that nothing reads: it only keeps the lanes in step.
    fn is_step(&self, t: &Thread, inst: &Inst) -> bool {
        let f = &self.m.funcs[t.frames.last().expect("live thread").func.index()];
        let (Op::ActiveMask, Some(v)) = (&inst.op, inst.result) else { return false };
        let mut read = false;
        for b in &f.blocks {
            b.insts.iter().for_each(|i| i.op.for_each_value(|a| read |= a == v));
            b.term.for_each_value(|a| read |= a == v);
        }
        !read
    }

    /// Place in the program, comparable: threads at the smaller one go on first.
    fn place(&self, t: &Thread) -> Vec<(usize, usize)> {
        t.frames.iter().map(|f| (self.order[f.func.index()][f.block.index()], f.inst)).collect()
    }

    fn get(&self, t: &Thread, v: Value) -> u64 {
        t.frames.last().expect("live thread").values[v.index()]
    }

    /// Completes an operation for one thread.
    fn finish(&self, t: &mut Thread, result: u64) {
        let inst = self.waits_at(t).expect("waiting").result;
        let f = t.frames.last_mut().expect("live thread");
        if let Some(v) = inst {
            f.values[v.index()] = result;
        }
        f.inst += 1;
        t.status = Status::Runnable;
    }

    /// Completes warp operations; with `lenient` also those whose named lanes have not all come.
    fn warps(&mut self, threads: &mut [Thread], lenient: bool, spins: u32) -> bool {
        let mut any = false;
        for warp in threads.chunks_mut(32) {
            any |= self.one_warp(warp, lenient, spins);
        }
        any
    }

    fn one_warp(&mut self, warp: &mut [Thread], lenient: bool, spins: u32) -> bool {
        let alive =
            warp.iter().enumerate().fold(0u32, |m, (i, t)| m | ((t.status != Status::Ended) as u32) << i);
        // A spinning lane may still come: then only operations whose lanes are all named can be completed.
        let spinning = warp.iter().any(|t| t.status == Status::Runnable);
        let mut places: Vec<Vec<(usize, usize)>> = warp
            .iter()
            .filter(|t| self.waits_at(t).is_some_and(|i| !matches!(i.op, Op::Barrier(..))))
            .map(|t| self.place(t))
            .collect();
        places.sort();
        places.dedup();
        for place in places {
            let here = (0..warp.len())
                .filter(|&i| {
                    self.waits_at(&warp[i]).is_some_and(|x| !matches!(x.op, Op::Barrier(..)))
                        && self.place(&warp[i]) == place
                })
                .fold(0u32, |m, i| m | 1 << i);
            let first = here.trailing_zeros() as usize;
            let inst = self.waits_at(&warp[first]).expect("waiting").clone();
            let (op, mask) = match &inst.op {
                Op::Shfl { kind, mask, .. } => (WarpOp::Shfl(*kind), *mask),
                Op::Vote { kind, mask, .. } => (WarpOp::Vote(*kind), *mask),
                Op::Match { kind, mask, .. } => (WarpOp::Match(*kind), Some(*mask)),
                Op::Reduce { op, mask, .. } => (WarpOp::Reduce(*op), Some(*mask)),
                Op::SyncWarp(mask) => (WarpOp::SyncWarp, Some(*mask)),
                _ => (WarpOp::ActiveMask, None),
            };
            let Some(mask) = mask else {
                if spinning
                    && spins < if self.is_step(&warp[first], &inst) { STEP_PATIENCE } else { PATIENCE }
                {
                    continue;
                }
                self.complete(warp, &inst, op, here);
                return true;
            };
            let mut left = here;
            let mut done = false;
            while left != 0 {
                let m = self.get(&warp[left.trailing_zeros() as usize], mask) as u32;
                let group = (0..warp.len())
                    .filter(|&i| left >> i & 1 != 0 && self.get(&warp[i], mask) as u32 == m)
                    .fold(0u32, |g, i| g | 1 << i);
                left &= !group;
                if group & m == m & alive || lenient {
                    self.complete(warp, &inst, op, group);
                    done = true;
                }
            }
            if done {
                return true;
            }
        }
        false
    }

    fn complete(&self, warp: &mut [Thread], inst: &Inst, op: WarpOp, part: u32) {
        let mut lanes = Lanes::default();
        let ty = |v: Value, t: &Thread| self.m.funcs[t.frames.last().expect("live").func.index()].ty(v);
        let each = |n: usize| (0..n).filter(move |i| part >> i & 1 != 0);
        let mut kind = Ty::I32;
        for i in each(warp.len()) {
            let t = &warp[i];
            match &inst.op {
                Op::Shfl { val, lane, width, .. } => {
                    lanes.val[i] = self.get(t, *val);
                    lanes.lane[i] = self.get(t, *lane) as u32;
                    lanes.width[i] = self.get(t, *width) as u32;
                }
                Op::Vote { pred, .. } => lanes.val[i] = self.get(t, *pred),
                Op::Match { val, .. } | Op::Reduce { val, .. } => {
                    lanes.val[i] = self.get(t, *val);
                    kind = ty(*val, t);
                }
                _ => {}
            }
        }
        let out = resolve(op, kind, part, &lanes);
        for i in each(warp.len()) {
            self.finish(&mut warp[i], out[i]);
        }
    }

    /// Completes the block barrier if all threads that have not ended wait at one.
    fn barrier(&mut self, threads: &mut [Thread]) -> bool {
        let kind_of = |it: &Self, t: &Thread| match it.waits_at(t).map(|i| &i.op) {
            Some(Op::Barrier(k, p)) => Some((*k, *p)),
            _ => None,
        };
        let mut counts = [(0u64, 0u64); 4];
        for t in threads.iter().filter(|t| t.status != Status::Ended) {
            let Some((kind, pred)) = kind_of(self, t) else { return false };
            let c = &mut counts[kind as usize];
            c.0 += 1;
            c.1 += pred.map_or(0, |p| self.get(t, p) & 1);
        }
        for t in threads.iter_mut().filter(|t| t.status != Status::Ended) {
            let Some((kind, _)) = kind_of(self, t) else { continue };
            let (total, set) = counts[kind as usize];
            let r = match kind {
                BarrierKind::Sync => 0,
                BarrierKind::Count => set,
                BarrierKind::And => (set == total) as u64,
                BarrierKind::Or => (set != 0) as u64,
            };
            self.finish(t, r);
        }
        true
    }

    /// # Safety
    /// As `run`.
    unsafe fn run_thread(&mut self, t: &mut Thread) -> Result<(), InterpFault> {
        for _ in 0..self.quantum {
            self.steps += 1;
            if self.steps > self.launch.step_limit {
                return Err(self.fault(InterpError::StepLimit, t));
            }
            // SAFETY: passed on from the caller.
            match unsafe { self.step(t) } {
                Step::Next => {}
                Step::Wait => {
                    t.status = Status::Waiting;
                    return Ok(());
                }
                Step::End => {
                    t.status = Status::Ended;
                    return Ok(());
                }
                Step::Fault(e) => return Err(self.fault(e, t)),
            }
        }
        Ok(())
    }

    /// # Safety
    /// As `run`.
    unsafe fn step(&mut self, t: &mut Thread) -> Step {
        let m = self.m;
        if self.launch.ranges.is_some() && !self.stays_inside(t) {
            return Step::Fault(InterpError::OutOfBounds);
        }
        let depth = t.frames.len();
        let fr = t.frames.last_mut().expect("live thread");
        let f = &m.funcs[fr.func.index()];
        let data = f.block(fr.block);
        let Some(inst) = data.insts.get(fr.inst) else {
            return self.terminator(t, f, &data.term);
        };
        if inst.op.is_sync() {
            return Step::Wait;
        }
        if let Op::Call(id, args) = &inst.op {
            if depth >= MAX_FRAMES {
                return Step::Fault(InterpError::StackOverflow);
            }
            let args: Vec<u64> = args.iter().map(|a| fr.values[a.index()]).collect();
            fr.inst += 1;
            let frame = self.frame(*id, &args, inst.result);
            t.frames.push(frame);
            return Step::Next;
        }
        let ty = inst.result.map_or(Ty::I64, |v| f.ty(v));
        let (tid, linear) = (t.tid, t.linear);
        // SAFETY: passed on from the caller.
        let r = unsafe { self.operation(fr, f, &inst.op, ty, tid, linear) };
        if let Some(v) = inst.result {
            fr.values[v.index()] = r;
        }
        fr.inst += 1;
        Step::Next
    }

    /// Whether the next operation touches only memory it may touch.
    fn stays_inside(&self, t: &Thread) -> bool {
        let fr = t.frames.last().expect("live thread");
        let f = &self.m.funcs[fr.func.index()];
        let Some(inst) = f.block(fr.block).insts.get(fr.inst) else { return true };
        let get = |v: &Value| fr.values[v.index()];
        let accesses = match &inst.op {
            Op::Load(p, _) => [(get(p), inst.result.map_or(8, |v| f.ty(v).size() as u64)), (0, 0)],
            Op::Store(p, v, _) => [(get(p), f.ty(*v).size() as u64), (0, 0)],
            Op::AtomicRmw { addr, val, .. } => [(get(addr), f.ty(*val).size() as u64), (0, 0)],
            Op::AtomicCas { addr, new, .. } => [(get(addr), f.ty(*new).size() as u64), (0, 0)],
            Op::MemCpy { dst, src, size, .. } => [(get(dst), get(size)), (get(src), get(size))],
            Op::MemSet { dst, size, .. } => [(get(dst), get(size)), (0, 0)],
            _ => return true,
        };
        let shared = (self.shared as u64, self.shared_size);
        let params = (self.launch.params.as_ptr() as u64, self.launch.params.len() as u64);
        let locals = t.frames.iter().flat_map(|f| {
            let slots = &self.m.funcs[f.func.index()].slots;
            f.slots.iter().zip(slots).map(|(memory, slot)| {
                let start = (memory.as_ptr() as u64).next_multiple_of(slot.align.clamp(1, 64) as u64);
                (start, slot.size as u64)
            })
        });
        let strings = self.strings.iter().map(|s| (s.as_ptr() as u64, s.len() as u64));
        let given = self.launch.ranges.unwrap_or_default().iter().copied();
        let all = given.chain([shared, params]).chain(locals).chain(strings);
        let inside = |(at, size): (u64, u64)| {
            let fits = |(start, len): (u64, u64)| at >= start && size <= len && at - start <= len - size;
            size == 0 || all.clone().any(fits)
        };
        accesses.into_iter().all(inside)
    }

    fn terminator(&self, t: &mut Thread, f: &Function, term: &Terminator) -> Step {
        let fr = t.frames.last_mut().expect("live thread");
        let get = |v: &Value| fr.values[v.index()];
        let call = match term {
            Terminator::Jump(c) => c,
            Terminator::Brif(c, a, b) => {
                if get(c) != 0 {
                    a
                } else {
                    b
                }
            }
            Terminator::Switch(v, cases, d) => {
                let x = get(v);
                cases.iter().find(|(bits, _)| *bits == x).map_or(d, |(_, c)| c)
            }
            Terminator::Return(v) => {
                let result = v.as_ref().map(get);
                let ret = t.frames.pop().expect("live thread").ret;
                let Some(caller) = t.frames.last_mut() else { return Step::End };
                if let (Some(v), Some(r)) = (ret, result) {
                    caller.values[v.index()] = r;
                }
                return Step::Next;
            }
            Terminator::Trap(TrapKind::Trap) => return Step::Fault(InterpError::Trap),
            Terminator::Trap(TrapKind::Assert(s)) => return Step::Fault(InterpError::Assert(*s)),
            Terminator::Unreachable | Terminator::Exit(_) => return Step::Fault(InterpError::Unreachable),
        };
        let args: Vec<u64> = call.args.iter().map(get).collect();
        for (p, a) in f.block(call.block).params.iter().zip(args) {
            fr.values[p.index()] = a;
        }
        fr.block = call.block;
        fr.inst = 0;
        Step::Next
    }

    /// The result bits of an operation that neither waits nor calls; 0 if it has none.
    ///
    /// # Safety
    /// As `run`.
    unsafe fn operation(&self, fr: &Frame, f: &Function, op: &Op, ty: Ty, tid: [u32; 3], linear: u32) -> u64 {
        let get = |v: &Value| fr.values[v.index()];
        match op {
            Op::Const(bits) => *bits,
            Op::Unary(o, a, _) => eval::unary(*o, ty, get(a)),
            Op::Binary(o, a, b, _) => eval::binary(*o, ty, get(a), get(b)),
            Op::Fma(a, b, c) => eval::fma(ty, get(a), get(b), get(c)),
            Op::ICmp(cc, a, b) => eval::icmp(*cc, f.ty(*a), get(a), get(b)) as u64,
            Op::FCmp(cc, a, b) => eval::fcmp(*cc, f.ty(*a), get(a), get(b)) as u64,
            Op::Select(c, a, b) => {
                if get(c) != 0 {
                    get(a)
                } else {
                    get(b)
                }
            }
            Op::Cast(o, a) => eval::cast(*o, f.ty(*a), ty, get(a)),
            Op::PtrAdd(p, o) => get(p).wrapping_add(get(o)),
            // SAFETY: the kernel's own addresses, valid by the contract of `run`.
            Op::Load(p, _) => unsafe { load(get(p), ty) },
            Op::Store(p, v, _) => {
                // SAFETY: as above.
                unsafe { store(get(p), f.ty(*v), get(v)) };
                0
            }
            Op::SlotAddr(s) => {
                let base = fr.slots[s.index()].as_ptr() as u64;
                base.next_multiple_of(f.slots[s.index()].align.clamp(1, 64) as u64)
            }
            Op::GlobalAddr(g) => match m_space(self.m, *g) {
                Space::Shared => self.shared as u64 + self.shared_offsets[g.index()],
                _ => self.launch.globals[g.index()] as u64,
            },
            Op::StrAddr(s) => self.strings[s.index()].as_ptr() as u64,
            // SAFETY: the verifier checked the offset against the parameter buffer.
            Op::ParamLoad(o) => unsafe { load(self.launch.params.as_ptr() as u64 + *o as u64, ty) },
            Op::ParamAddr(o) => self.launch.params.as_ptr() as u64 + *o as u64,
            Op::MemCpy { dst, src, size, .. } => {
                // SAFETY: as for loads and stores.
                unsafe { std::ptr::copy(get(src) as *const u8, get(dst) as *mut u8, get(size) as usize) };
                0
            }
            Op::MemSet { dst, byte, size, .. } => {
                // SAFETY: as for stores.
                unsafe { std::ptr::write_bytes(get(dst) as *mut u8, get(byte) as u8, get(size) as usize) };
                0
            }
            // The interpreter runs one thread at a time: nothing comes between.
            Op::AtomicRmw { op, addr, val, .. } => {
                // SAFETY: as for loads and stores.
                unsafe {
                    let old = load(get(addr), ty);
                    store(get(addr), ty, eval::rmw(*op, ty, old, get(val)));
                    old
                }
            }
            Op::AtomicCas { addr, cmp, new, .. } => {
                // SAFETY: as for loads and stores.
                unsafe {
                    let old = load(get(addr), ty);
                    if old == get(cmp) {
                        store(get(addr), ty, get(new));
                    }
                    old
                }
            }
            Op::Sreg(s) => self.sreg(*s, tid, linear),
            Op::Math(func, args) => eval::math(*func, ty, get(&args[0]), args.get(1).map_or(0, get)),
            Op::Printf(fmt, args) => {
                let bits: Vec<u64> = args
                    .iter()
                    .map(|a| match f.ty(*a) {
                        t @ (Ty::I8 | Ty::I16 | Ty::I32) => eval::sext(t, get(a)) as u64,
                        _ => get(a),
                    })
                    .collect();
                // SAFETY: `%s` arguments are strings of the kernel.
                let text = unsafe { format_printf(&self.m.strings[fmt.index()], &bits, &|_| true) };
                if let Some(sink) = self.launch.printf {
                    sink(&text);
                }
                args.len() as u64
            }
            // Fences mean nothing in one thread; the rest waits, calls or is Block IR.
            _ => 0,
        }
    }

    fn sreg(&self, s: Sreg, tid: [u32; 3], linear: u32) -> u64 {
        let l = self.launch;
        let r = match s {
            Sreg::TidX => tid[0],
            Sreg::TidY => tid[1],
            Sreg::TidZ => tid[2],
            Sreg::CtaidX => self.ctaid[0],
            Sreg::CtaidY => self.ctaid[1],
            Sreg::CtaidZ => self.ctaid[2],
            Sreg::NtidX => l.block[0],
            Sreg::NtidY => l.block[1],
            Sreg::NtidZ => l.block[2],
            Sreg::NctaidX => l.grid[0],
            Sreg::NctaidY => l.grid[1],
            Sreg::NctaidZ => l.grid[2],
            Sreg::LaneId => linear % 32,
            Sreg::WarpId => linear / 32,
            Sreg::DynSmemSize => l.dyn_shared,
            Sreg::Clock => self.steps as u32,
            Sreg::Clock64 | Sreg::GlobalTimer => return self.steps,
        };
        r as u64
    }
}

fn m_space(m: &Module, g: GlobalId) -> Space {
    m.globals[g.index()].space.space()
}

/// # Safety
/// `addr` is readable for the size of `ty`.
unsafe fn load(addr: u64, ty: Ty) -> u64 {
    let p = addr as *const u8;
    // SAFETY: promised by the caller; unaligned reads because nothing promises alignment.
    unsafe {
        match ty {
            Ty::I1 => (p.read() != 0) as u64,
            Ty::I8 => p.read() as u64,
            Ty::I16 => p.cast::<u16>().read_unaligned() as u64,
            Ty::I32 | Ty::F32 => p.cast::<u32>().read_unaligned() as u64,
            Ty::I64 | Ty::F64 | Ty::Ptr => p.cast::<u64>().read_unaligned(),
        }
    }
}

/// # Safety
/// `addr` is writable for the size of `ty`.
unsafe fn store(addr: u64, ty: Ty, v: u64) {
    let p = addr as *mut u8;
    // SAFETY: promised by the caller.
    unsafe {
        match ty {
            Ty::I1 | Ty::I8 => p.write(v as u8),
            Ty::I16 => p.cast::<u16>().write_unaligned(v as u16),
            Ty::I32 | Ty::F32 => p.cast::<u32>().write_unaligned(v as u32),
            Ty::I64 | Ty::F64 | Ty::Ptr => p.cast::<u64>().write_unaligned(v),
        }
    }
}
