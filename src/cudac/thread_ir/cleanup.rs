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
    let mut alias: Vec<Option<Value>> = vec![None; f.values.len()];
    fn resolve(alias: &[Option<Value>], mut v: Value) -> Value {
        while let Some(next) = alias[v.index()] {
            v = next;
        }
        v
    }
    loop {
        // For every block parameter: none seen, one value, or many.
        let mut one: Vec<Vec<Option<Value>>> = f.blocks.iter().map(|b| vec![None; b.params.len()]).collect();
        let mut many: Vec<Vec<bool>> = f.blocks.iter().map(|b| vec![false; b.params.len()]).collect();
        for b in &f.blocks {
            b.term.for_each_call(|c| {
                let params = &f.blocks[c.block.index()].params;
                for (i, &arg) in c.args.iter().enumerate() {
                    let arg = resolve(&alias, arg);
                    if arg == params[i] {
                        continue;
                    }
                    let seen = &mut one[c.block.index()][i];
                    match *seen {
                        None => *seen = Some(arg),
                        Some(v) if v == arg => {}
                        Some(_) => many[c.block.index()][i] = true,
                    }
                }
            });
        }
        let mut changed = false;
        let mut keep: Vec<Vec<bool>> = f.blocks.iter().map(|b| vec![true; b.params.len()]).collect();
        for (bi, b) in f.blocks.iter().enumerate().skip(1) {
            for (i, &p) in b.params.iter().enumerate() {
                let Some(v) = one[bi][i].filter(|_| !many[bi][i]) else { continue };
                let v = resolve(&alias, v);
                if v == p {
                    continue;
                }
                alias[p.index()] = Some(v);
                keep[bi][i] = false;
                changed = true;
            }
        }
        if !changed {
            break;
        }
        for (bi, b) in f.blocks.iter_mut().enumerate() {
            let mut it = keep[bi].iter();
            b.params.retain(|_| *it.next().expect("same length"));
            b.term.for_each_call_mut(|c| {
                let mut it = keep[c.block.index()].iter();
                c.args.retain(|_| *it.next().expect("same length"));
            });
        }
    }
    for b in &mut f.blocks {
        for inst in &mut b.insts {
            inst.op.map_values(|v| resolve(&alias, v));
        }
        b.term.map_values(|v| resolve(&alias, v));
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
