//! The two clean-ups that every pass may call: unreachable blocks, and block parameters with only one value.

use super::ir::*;

/// Removes blocks that the entry does not reach and renumbers the rest in reverse post-order.
pub fn remove_unreachable_blocks(f: &mut Function) {
    let order = reverse_postorder(f);
    let mut new_id = vec![None; f.blocks.len()];
    for (i, b) in order.iter().enumerate() {
        new_id[b.index()] = Some(Block(i as u32));
    }
    let mut old: Vec<Option<BlockData>> = std::mem::take(&mut f.blocks).into_iter().map(Some).collect();
    for b in order {
        let mut data = old[b.index()].take().expect("each block once");
        data.term.for_each_call_mut(|c| c.block = new_id[c.block.index()].expect("successor is reachable"));
        f.blocks.push(data);
    }
}

/// Blocks reachable from the entry; each before its successors, back edges apart.
pub fn reverse_postorder(f: &Function) -> Vec<Block> {
    let mut seen = vec![false; f.blocks.len()];
    let mut post = Vec::with_capacity(f.blocks.len());
    let mut stack = vec![(Function::ENTRY, f.block(Function::ENTRY).term.successors())];
    seen[0] = true;
    while let Some((b, succs)) = stack.last_mut() {
        match succs.pop() {
            Some(s) if !seen[s.index()] => {
                seen[s.index()] = true;
                let next = f.block(s).term.successors();
                stack.push((s, next));
            }
            Some(_) => {}
            None => {
                post.push(*b);
                stack.pop();
            }
        }
    }
    post.reverse();
    post
}

/// Removes block parameters which get one value (or themselves) from every edge, until none is left.
pub fn remove_trivial_params(f: &mut Function) {
    fn resolve(alias: &mut [Option<Value>], v: Value) -> Value {
        let mut end = v;
        while let Some(next) = alias[end.index()] {
            end = next;
        }
        // Chains are shortened on the way: they may be as long as the function.
        let mut at = v;
        while let Some(next) = alias[at.index()] {
            alias[at.index()] = Some(end);
            at = next;
        }
        end
    }
    // For every parameter but the entry's: what the edges pass, and the parameters that it is passed to.
    const NONE: u32 = u32::MAX;
    let mut number = vec![NONE; f.values.len()];
    let mut params: Vec<Value> = Vec::new();
    for &p in f.blocks.iter().skip(1).flat_map(|b| &b.params) {
        number[p.index()] = params.len() as u32;
        params.push(p);
    }
    if params.is_empty() {
        return;
    }
    let mut args: Vec<Vec<Value>> = vec![Vec::new(); params.len()];
    let mut users: Vec<Vec<u32>> = vec![Vec::new(); params.len()];
    for b in &f.blocks {
        b.term.for_each_call(|c| {
            for (p, &arg) in f.blocks[c.block.index()].params.iter().zip(&c.args) {
                let n = number[p.index()];
                if n == NONE || arg == *p {
                    continue;
                }
                args[n as usize].push(arg);
                if number[arg.index()] != NONE {
                    users[number[arg.index()] as usize].push(n);
                }
            }
        });
    }
    let mut alias: Vec<Option<Value>> = vec![None; f.values.len()];
    let mut work: Vec<u32> = (0..params.len() as u32).rev().collect();
    let mut changed = false;
    while let Some(n) = work.pop() {
        let p = params[n as usize];
        if alias[p.index()].is_some() {
            continue;
        }
        let mut one = None;
        let many = args[n as usize].iter().any(|&arg| {
            let arg = resolve(&mut alias, arg);
            arg != p && *one.get_or_insert(arg) != arg
        });
        if let (Some(v), false) = (one, many) {
            alias[p.index()] = Some(v);
            changed = true;
            work.append(&mut users[n as usize]);
        }
    }
    if !changed {
        return;
    }
    let gone: Vec<bool> = alias.iter().map(Option::is_some).collect();
    let keep: Vec<Vec<bool>> =
        f.blocks.iter().map(|b| b.params.iter().map(|p| !gone[p.index()]).collect()).collect();
    for (bi, b) in f.blocks.iter_mut().enumerate() {
        let mut it = keep[bi].iter();
        b.params.retain(|_| *it.next().expect("same length"));
        b.term.for_each_call_mut(|c| {
            let mut it = keep[c.block.index()].iter();
            c.args.retain(|_| *it.next().expect("same length"));
        });
        for inst in &mut b.insts {
            inst.op.map_values(|v| resolve(&mut alias, v));
        }
        b.term.map_values(|v| resolve(&mut alias, v));
    }
}

/// Joins each block with its only successor if that has no other predecessor.
pub fn merge_blocks(f: &mut Function) {
    let mut preds = vec![0u32; f.blocks.len()];
    for b in &f.blocks {
        b.term.for_each_call(|c| preds[c.block.index()] += 1);
    }
    let mut alias: Vec<Option<Value>> = vec![None; f.values.len()];
    let mut merged = false;
    for b in 0..f.blocks.len() {
        // A block swallowed before has `Unreachable` and no successor.
        while let Terminator::Jump(c) = &f.blocks[b].term {
            let to = c.block.index();
            if preds[to] != 1 || to == b || to == 0 {
                break;
            }
            let args = c.args.clone();
            let next = std::mem::take(&mut f.blocks[to]);
            for (p, a) in next.params.iter().zip(args) {
                alias[p.index()] = Some(a);
            }
            let data = &mut f.blocks[b];
            data.insts.extend(next.insts);
            data.term = next.term;
            data.term_loc = next.term_loc;
            merged = true;
        }
    }
    if !merged {
        return;
    }
    let resolve = |mut v: Value| {
        while let Some(next) = alias[v.index()] {
            v = next;
        }
        v
    };
    for b in &mut f.blocks {
        b.insts.iter_mut().for_each(|i| i.op.map_values(resolve));
        b.term.map_values(resolve);
    }
    remove_unreachable_blocks(f);
}
