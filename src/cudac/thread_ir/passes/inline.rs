//! Inlining: every call that is not recursive, into the kernel and into the functions that remain.
//!
//! A recursive function keeps its calls; it may not contain barriers or warp operations, because a thread
//! cannot be suspended inside a machine call. In a kernel that would become very large (ciphers and hashes call
//! the same round functions from dozens of places) the larger functions that are called often stay functions too.

use std::collections::HashMap;

use crate::cudac::thread_ir::*;

/// Why a kernel's calls cannot be compiled.
#[derive(Clone, Debug, PartialEq)]
pub enum InlineError {
    /// A recursive function (its name) contains a barrier or a warp operation.
    SyncInRecursion(String, Loc),
    /// The expanded kernel would be larger than `MAX_INSTS`.
    TooLarge(String, Loc),
}

impl std::fmt::Display for InlineError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            InlineError::SyncInRecursion(n, _) => {
                write!(f, "barriers and warp functions are not supported in the recursive function `{n}`")
            }
            InlineError::TooLarge(n, _) => write!(f, "`{n}` is too large after inlining its calls"),
        }
    }
}

/// Upper bound of instructions after inlining: keeps exponential call trees from eating all time and memory. The
/// largest kernels of real programs (unrolled ciphers, generated chemistry) stay below a tenth of it.
pub const MAX_INSTS: usize = 400_000;

/// A kernel that stays smaller than this has all its calls expanded, as that makes the fastest code.
const FULLY_EXPANDED: u64 = 20_000;

/// In a larger kernel a function of at least this size, with the calls in it, stays a function if it would be
/// expanded more than once.
const KEPT_SIZE: u64 = 150;

/// The kernel with all non-recursive calls expanded, and the functions it still calls (themselves
/// expanded as far as possible), in one new module where the kernel is function 0.
pub fn inline_kernel(m: &Module, kernel: FuncId) -> Result<Module, InlineError> {
    let recursive = find_recursive(m);
    let kept = find_kept(m, kernel, &recursive);
    let mut done: HashMap<FuncId, Function> = HashMap::new();
    let mut keep = vec![kernel];
    let mut total = 0;
    let mut at = 0;
    // The kernel, and each function that is still called.
    while at < keep.len() {
        let id = keep[at];
        at += 1;
        let f = expand(m, &m.funcs[id.index()], &kept, &mut total)?;
        if recursive[id.index()]
            && let Some(i) = f.blocks.iter().flat_map(|b| &b.insts).find(|i| i.op.is_sync())
        {
            return Err(InlineError::SyncInRecursion(f.name.clone(), i.loc));
        }
        for callee in callees(&f) {
            if !keep.contains(&callee) {
                keep.push(callee);
            }
        }
        done.insert(id, f);
    }
    let mut out = Module {
        funcs: Vec::new(),
        globals: m.globals.clone(),
        strings: m.strings.clone(),
        files: m.files.clone(),
        lines: m.lines.clone(),
    };
    for id in &keep {
        let mut f = done.remove(id).expect("kept functions are expanded");
        for inst in f.blocks.iter_mut().flat_map(|b| &mut b.insts) {
            if let Op::Call(c, _) = &mut inst.op {
                *c = FuncId(keep.iter().position(|k| k == c).expect("callee is kept") as u32);
            }
        }
        out.funcs.push(f);
    }
    Ok(out)
}

fn callees(f: &Function) -> Vec<FuncId> {
    let mut out = Vec::new();
    for inst in f.blocks.iter().flat_map(|b| &b.insts) {
        if let Op::Call(c, _) = &inst.op
            && !out.contains(c)
        {
            out.push(*c);
        }
    }
    out
}

/// Functions on a cycle of the call graph: each that can reach itself.
fn find_recursive(m: &Module) -> Vec<bool> {
    let edges: Vec<Vec<FuncId>> = m.funcs.iter().map(callees).collect();
    let mut callers: Vec<Vec<usize>> = vec![Vec::new(); edges.len()];
    for (caller, called) in edges.iter().enumerate() {
        called.iter().for_each(|c| callers[c.index()].push(caller));
    }
    // What calls only functions off this list is on no cycle: most programs are done after this.
    let mut open: Vec<usize> = edges.iter().map(Vec::len).collect();
    let mut leaves: Vec<usize> = (0..edges.len()).filter(|&f| open[f] == 0).collect();
    let mut acyclic = vec![false; edges.len()];
    while let Some(leaf) = leaves.pop() {
        acyclic[leaf] = true;
        for &caller in &callers[leaf] {
            open[caller] -= 1;
            if open[caller] == 0 {
                leaves.push(caller);
            }
        }
    }
    (0..edges.len())
        .map(|start| {
            if acyclic[start] {
                return false;
            }
            let mut seen = acyclic.clone();
            let mut work = edges[start].clone();
            while let Some(f) = work.pop() {
                if f.index() == start {
                    return true;
                }
                if !std::mem::replace(&mut seen[f.index()], true) {
                    work.extend(&edges[f.index()]);
                }
            }
            false
        })
        .collect()
}

/// The functions whose calls stay calls: the recursive ones and, in a kernel that would become very large, those that
/// are large and called from several places.
fn find_kept(m: &Module, kernel: FuncId, recursive: &[bool]) -> Vec<bool> {
    let mut kept = recursive.to_vec();
    let order = callees_first(m, kernel);
    let calls = |f: FuncId| {
        m.funcs[f.index()].blocks.iter().flat_map(|b| &b.insts).filter_map(|i| match i.op {
            Op::Call(c, _) => Some(c),
            _ => None,
        })
    };
    // What each would be with its calls expanded, and whether a thread may have to wait in it.
    let mut expanded: Vec<u64> = m.funcs.iter().map(|f| size(f) as u64).collect();
    let mut waits: Vec<bool> = m.funcs.iter().map(may_wait).collect();
    for &f in &order {
        for c in calls(f) {
            if !recursive[c.index()] {
                expanded[f.index()] = expanded[f.index()].saturating_add(expanded[c.index()]);
            }
            waits[f.index()] |= waits[c.index()];
        }
    }
    if expanded[kernel.index()] <= FULLY_EXPANDED {
        return kept;
    }
    // How often each would be expanded, callers first; then what is worth keeping, callees first.
    let mut copies = vec![0u64; m.funcs.len()];
    copies[kernel.index()] = 1;
    for &f in order.iter().rev() {
        for c in calls(f) {
            copies[c.index()] = copies[c.index()].saturating_add(copies[f.index()].max(1));
        }
    }
    for &f in &order {
        let mut own = size(&m.funcs[f.index()]) as u64;
        for c in calls(f).filter(|c| !kept[c.index()]) {
            own = own.saturating_add(expanded[c.index()]);
        }
        expanded[f.index()] = own;
        if f != kernel && !waits[f.index()] && copies[f.index()] > 1 && own >= KEPT_SIZE {
            kept[f.index()] = true;
        }
    }
    kept
}

/// The functions that the kernel reaches, each behind those that it calls; where a cycle is cut does not matter, its
/// functions are kept anyway.
fn callees_first(m: &Module, kernel: FuncId) -> Vec<FuncId> {
    let mut order = Vec::new();
    let mut seen = vec![false; m.funcs.len()];
    let mut open = vec![(kernel, false)];
    while let Some((f, done)) = open.pop() {
        if done {
            order.push(f);
        } else if !std::mem::replace(&mut seen[f.index()], true) {
            open.push((f, true));
            open.extend(
                callees(&m.funcs[f.index()]).into_iter().filter(|c| !seen[c.index()]).map(|c| (c, false)),
            );
        }
    }
    order
}

/// Whether a thread may have to stop in the function, or to look again at what another thread writes: such code
/// belongs to the kernel, where threads can be suspended.
fn may_wait(f: &Function) -> bool {
    f.blocks.iter().flat_map(|b| &b.insts).any(|i| match &i.op {
        Op::AtomicRmw { .. } | Op::AtomicCas { .. } | Op::Fence(_) => true,
        Op::Load(_, flags) | Op::Store(_, _, flags) => flags.volatile,
        op => op.is_sync(),
    })
}

/// Expands calls from the outside in, so that the time is that of writing the result down.
fn expand(m: &Module, f: &Function, kept: &[bool], total: &mut usize) -> Result<Function, InlineError> {
    let mut out = f.clone();
    *total += size(f);
    let mut b = 0;
    // Blocks made by inlining come behind and are looked at in their turn; in each the last call comes first, so
    // that only what is behind it moves.
    while b < out.blocks.len() {
        let mut end = out.blocks[b].insts.len();
        while let Some(at) = out.blocks[b].insts[..end].iter().rposition(|i| match &i.op {
            Op::Call(c, _) => !kept[c.index()],
            _ => false,
        }) {
            let Op::Call(c, _) = &out.blocks[b].insts[at].op else { unreachable!("found above") };
            let callee = &m.funcs[c.index()];
            *total += size(callee);
            if *total > MAX_INSTS {
                return Err(InlineError::TooLarge(f.name.clone(), out.blocks[b].insts[at].loc));
            }
            splice(m, &mut out, Block(b as u32), at, callee);
            end = at;
        }
        b += 1;
    }
    cleanup::remove_unreachable_blocks(&mut out);
    cleanup::remove_trivial_params(&mut out);
    Ok(out)
}

fn size(f: &Function) -> usize {
    f.blocks.iter().map(|b| b.insts.len() + 1).sum()
}

/// Replaces the call at instruction `at` of `b` by the callee's body.
fn splice(m: &Module, out: &mut Function, b: Block, at: usize, callee: &Function) {
    let tail = out.block_mut(b).insts.split_off(at + 1);
    let call = out.block_mut(b).insts.pop().expect("the call");
    let Op::Call(_, args) = call.op else { unreachable!("caller checked") };
    // The continuation takes the rest of the block and the result as its parameter.
    let cont = out.new_block();
    let data = out.block_mut(b);
    let (term, term_loc) = (std::mem::replace(&mut data.term, Terminator::Unreachable), data.term_loc);
    let c = out.block_mut(cont);
    c.insts = tail;
    c.term = term;
    c.term_loc = term_loc;
    c.params.extend(call.result);

    // What happens inside a built-in function happens, for the user, where he calls it.
    let built_in = |loc: Loc| {
        let line = m.lines.get(loc.0 as usize);
        line.and_then(|l| m.files.get(l.file as usize)).is_some_and(|file| file.starts_with('<'))
    };
    let place = |loc: Loc| if built_in(loc) { call.loc } else { loc };
    let value_base = out.values.len() as u32;
    out.values.extend(&callee.values);
    let slot_base = out.slots.len() as u32;
    out.slots.extend(callee.slots.iter().cloned());
    let block_base = out.blocks.len() as u32;
    let value = |v: Value| Value(v.0 + value_base);
    for data in &callee.blocks {
        let mut data = data.clone();
        data.params.iter_mut().for_each(|p| *p = value(*p));
        data.term_loc = place(data.term_loc);
        for inst in &mut data.insts {
            inst.loc = place(inst.loc);
            inst.op.map_values(value);
            inst.result = inst.result.map(value);
            if let Op::SlotAddr(s) = &mut inst.op {
                s.0 += slot_base;
            }
        }
        data.term.map_values(value);
        data.term.for_each_call_mut(|c| c.block.0 += block_base);
        if let Terminator::Return(v) = data.term {
            data.term = Terminator::Jump(BlockCall { block: cont, args: v.into_iter().collect() });
        }
        out.blocks.push(data);
    }
    let data = out.block_mut(b);
    data.term = Terminator::Jump(BlockCall { block: Block(block_base), args });
    data.term_loc = call.loc;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cudac::compile::{CompileInput, front_end};
    use crate::cudac::options::Options;

    fn functions_left(text: &str) -> Vec<String> {
        let options = Options::parse(&[]);
        let input = CompileInput { name: "t.cu", text, kernel: "churn", options: &options, headers: &[] };
        let m = front_end(&input).expect("compiles").module;
        let kernel = m.find_kernel("churn").expect("the kernel");
        inline_kernel(&m, kernel).expect("inlines").funcs.into_iter().map(|f| f.name).collect()
    }

    #[test]
    fn large_kernels_keep_calls_and_others_do_not() {
        let text = include_str!("../../../../tests/cudac/s0_large_call_tree.cu");
        let left = functions_left(text);
        assert!(left.iter().any(|f| f.contains("quarter")), "{left:?}");
        let small = text.replace("MANY(1)", "ONE(1)").replace("MANY(33)", "").replace("MANY(70)", "");
        assert_eq!(functions_left(&small).len(), 1);
        // A function in which threads may have to wait is expanded whatever its size.
        let waiting = text.replace("unsigned local[8],", "__syncwarp(); unsigned local[8],");
        let left = functions_left(&waiting);
        assert!(
            left.iter().any(|f| f.contains("quarter")) && !left.iter().any(|f| f.contains("fold")),
            "{left:?}"
        );
    }
}
