//! Loops with several entries, which `goto` or a `switch` into a loop makes, get one: a block that all jumps to the entries
//! go through, with a number that says where to. All later stages know loops by their one header.

use crate::cudac::thread_ir::ir::BlockData;
use crate::cudac::thread_ir::*;

/// Most arguments that the jumps to one such block may carry together; beyond, the loop stays as it is.
const MAX_ARGS: usize = 200_000;

/// Gives every loop one entry. The blocks are in reverse post-order before and after.
pub fn make_single(f: &mut Function) {
    let all: Vec<usize> = (0..f.blocks.len()).collect();
    let mut open = vec![all];
    let mut changed = false;
    while let Some(part) = open.pop() {
        for mut cycle in cycles(f, &part) {
            let header = match entries(f, &cycle)[..] {
                [] => continue,
                [one] => one,
                ref several => match dispatch(f, several) {
                    Some(header) => {
                        changed = true;
                        cycle.push(header);
                        header
                    }
                    None => continue,
                },
            };
            // Loops inside do not go through the header.
            cycle.retain(|&b| b != header);
            open.push(cycle);
        }
    }
    if changed {
        cleanup::remove_unreachable_blocks(f);
        cleanup::remove_trivial_params(f);
    }
}

/// The blocks of the cycle that are jumped to from outside of it.
fn entries(f: &Function, cycle: &[usize]) -> Vec<usize> {
    let mut inside = vec![false; f.blocks.len()];
    cycle.iter().for_each(|&b| inside[b] = true);
    let mut entered = vec![false; f.blocks.len()];
    entered[0] = true;
    for (_, data) in f.blocks.iter().enumerate().filter(|(b, _)| !inside[*b]) {
        data.term.for_each_call(|c| entered[c.block.index()] = true);
    }
    cycle.iter().copied().filter(|&b| entered[b]).collect()
}

/// Puts one block before all `entries`, and sends every jump to one of them through it. `None`: it would be too large, or
/// the function itself begins at one.
fn dispatch(f: &mut Function, entries: &[usize]) -> Option<usize> {
    let types: Vec<Vec<Ty>> =
        entries.iter().map(|&e| f.blocks[e].params.iter().map(|p| f.ty(*p)).collect()).collect();
    let entry_of = |b: Block| entries.iter().position(|&e| e == b.index());
    let mut jumps = 0;
    f.blocks.iter().for_each(|b| b.term.for_each_call(|c| jumps += entry_of(c.block).is_some() as usize));
    let width: usize = 1 + types.iter().map(Vec::len).sum::<usize>();
    if entries.contains(&0) || jumps * width > MAX_ARGS {
        return None;
    }
    // What an entry that is not meant gets: nothing looks at it.
    let constant = |f: &mut Function, ty: Ty, bits: u64| {
        let v = f.new_value(ty);
        f.blocks[0].insts.insert(0, Inst { op: Op::Const(bits), result: Some(v), loc: Loc(0) });
        v
    };
    let numbers: Vec<Value> = (0..entries.len()).map(|i| constant(f, Ty::I32, i as u64)).collect();
    let nothing: Vec<Vec<Value>> =
        types.iter().map(|t| t.iter().map(|&ty| constant(f, ty, 0)).collect()).collect();
    let header = f.new_block();
    for data in &mut f.blocks {
        data.term.for_each_call_mut(|c| {
            let Some(to) = entry_of(c.block) else { return };
            let mut args = vec![numbers[to]];
            for (i, none) in nothing.iter().enumerate() {
                args.extend(if i == to { &c.args } else { none });
            }
            *c = BlockCall { block: header, args };
        });
    }
    let number = f.new_value(Ty::I32);
    let mut params = vec![number];
    let mut calls = Vec::new();
    for (&e, types) in entries.iter().zip(&types) {
        let own: Vec<Value> = types.iter().map(|&ty| f.new_value(ty)).collect();
        params.extend(&own);
        calls.push(BlockCall { block: Block(e as u32), args: own });
    }
    let last = calls.pop()?;
    let cases = calls.into_iter().enumerate().map(|(i, c)| (i as u64, c)).collect();
    let loc = f.blocks[entries[0]].insts.first().map_or(f.blocks[entries[0]].term_loc, |i| i.loc);
    *f.block_mut(header) =
        BlockData { params, insts: Vec::new(), term: Terminator::Switch(number, cases, last), term_loc: loc };
    Some(header.index())
}

/// The strongly connected parts of `part` that have a cycle (Tarjan, without recursion).
fn cycles(f: &Function, part: &[usize]) -> Vec<Vec<usize>> {
    const NONE: u32 = u32::MAX;
    let n = f.blocks.len();
    let mut inside = vec![false; n];
    part.iter().for_each(|&b| inside[b] = true);
    let successors = |b: usize| -> Vec<usize> {
        f.blocks[b].term.successors().iter().map(|s| s.index()).filter(|&s| inside[s]).collect()
    };
    let (mut index, mut low, mut on_stack) = (vec![NONE; n], vec![NONE; n], vec![false; n]);
    let (mut stack, mut found, mut next) = (Vec::new(), Vec::new(), 0);
    for &root in part {
        if index[root] != NONE {
            continue;
        }
        let mut walk: Vec<(usize, Vec<usize>)> = Vec::new();
        let mut enter = Some(root);
        loop {
            if let Some(b) = enter.take() {
                (index[b], low[b]) = (next, next);
                next += 1;
                on_stack[b] = true;
                stack.push(b);
                walk.push((b, successors(b)));
            }
            let Some((b, left)) = walk.last_mut() else { break };
            let b = *b;
            match left.pop() {
                Some(s) if index[s] == NONE => enter = Some(s),
                Some(s) if on_stack[s] => low[b] = low[b].min(index[s]),
                Some(_) => {}
                None => {
                    walk.pop();
                    if let Some((parent, _)) = walk.last() {
                        low[*parent] = low[*parent].min(low[b]);
                    }
                    if low[b] == index[b] {
                        let from = stack.iter().rposition(|&s| s == b).expect("it is on the stack");
                        let mut members = stack.split_off(from);
                        members.iter().for_each(|&m| on_stack[m] = false);
                        if members.len() > 1 || successors(b).contains(&b) {
                            members.sort_unstable();
                            found.push(members);
                        }
                    }
                }
            }
        }
    }
    found
}
