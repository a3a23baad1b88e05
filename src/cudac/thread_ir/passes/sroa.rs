//! Local slots to registers: a slot that is only loaded, stored and copied at constant offsets becomes one SSA
//! value for each piece (scalars whose address was taken, vector types, small structs, arrays with known
//! indices).

use std::collections::BTreeMap;

use crate::cudac::thread_ir::cfg::Cfg;
use crate::cudac::thread_ir::*;

/// Pieces of one function at most: keeps the number of block parameters bounded.
const MAX_PIECES: usize = 512;
/// Block parameters made at most.
const MAX_PARAMS: usize = 100_000;
/// Largest slot looked at.
const MAX_BYTES: u32 = 256;

/// Type of the piece at each offset.
type Pieces = BTreeMap<u32, Ty>;

/// An address known to be `slot + offset`.
type Place = (usize, u32);

pub fn run(f: &mut Function) {
    if f.slots.is_empty() {
        return;
    }
    let cfg = Cfg::new(f);
    let (place, mut ok) = places(f, &cfg);
    let mut pieces: Vec<Pieces> = vec![Pieces::new(); f.slots.len()];
    direct_pieces(f, &place, &mut pieces, &mut ok);
    spread_over_copies(f, &place, &mut pieces, &mut ok);
    // Each piece is a parameter of each join before the trivial ones go: keep that bounded in large functions.
    let joins = f.block_ids().filter(|b| cfg.preds[b.index()].len() > 1).count();
    let mut room = MAX_PIECES.min(MAX_PARAMS / (joins + 1));
    for (p, ok) in pieces.iter().zip(&mut ok).filter(|(_, ok)| **ok) {
        *ok = p.len() <= room;
        room -= if *ok { p.len() } else { 0 };
    }
    // A copy needs both its sides treated alike.
    while let Some(slot) = half_copy(f, &place, &ok) {
        ok[slot] = false;
    }
    if ok.iter().any(|&o| o) {
        rewrite(f, &cfg, &place, &pieces, &ok);
    }
}

/// A slot that takes part in a copy whose other side is a slot that stays in memory: its pieces were not made
/// complete for that.
fn half_copy(f: &Function, place: &[Option<Place>], ok: &[bool]) -> Option<usize> {
    f.blocks.iter().flat_map(|b| &b.insts).find_map(|inst| {
        let Op::MemCpy { dst, src, .. } = &inst.op else { return None };
        let (d, s) = (place[dst.index()]?.0, place[src.index()]?.0);
        match (ok[d], ok[s]) {
            (true, false) => Some(d),
            (false, true) => Some(s),
            _ => None,
        }
    })
}

/// Addresses inside slots, and which slots have no other use of their address.
fn places(f: &Function, cfg: &Cfg) -> (Vec<Option<Place>>, Vec<bool>) {
    let mut place: Vec<Option<Place>> = vec![None; f.values.len()];
    let mut konst: Vec<Option<u64>> = vec![None; f.values.len()];
    let mut ok: Vec<bool> = f.slots.iter().map(|s| s.size <= MAX_BYTES).collect();
    for &b in &cfg.order {
        for inst in &f.block(b).insts {
            let Some(v) = inst.result else { continue };
            match &inst.op {
                Op::Const(c) => konst[v.index()] = Some(*c),
                Op::SlotAddr(s) => place[v.index()] = Some((s.index(), 0)),
                Op::PtrAdd(p, o) => {
                    if let (Some((s, at)), Some(k)) = (place[p.index()], konst[o.index()]) {
                        let at = at as i64 + k as i64;
                        if (0..=f.slots[s].size as i64).contains(&at) {
                            place[v.index()] = Some((s, at as u32));
                        }
                    }
                }
                _ => {}
            }
        }
    }
    for b in &f.blocks {
        for inst in &b.insts {
            let mut allowed: [Option<Value>; 2] = [None, None];
            match &inst.op {
                Op::Load(p, m) if !m.volatile => allowed[0] = Some(*p),
                Op::Store(p, v, m) if !m.volatile && p != v => allowed[0] = Some(*p),
                Op::PtrAdd(p, _) if inst.result.is_some_and(|v| place[v.index()].is_some()) => {
                    allowed[0] = Some(*p);
                }
                Op::MemCpy { dst, src, size, .. } if konst[size.index()].is_some_and(|k| k <= 256) => {
                    allowed = [Some(*dst), Some(*src)];
                }
                Op::MemSet { dst, byte, size, .. }
                    if konst[size.index()].is_some_and(|k| k <= 256) && konst[byte.index()].is_some() =>
                {
                    allowed[0] = Some(*dst);
                }
                _ => {}
            }
            inst.op.for_each_value(|v| {
                if let Some((s, _)) = place[v.index()]
                    && !allowed.contains(&Some(v))
                {
                    ok[s] = false;
                }
            });
            // A store whose value is also an address inside a slot lets that address escape.
            if let Op::Store(_, v, _) = &inst.op
                && let Some((s, _)) = place[v.index()]
            {
                ok[s] = false;
            }
        }
        b.term.for_each_value(|v| {
            if let Some((s, _)) = place[v.index()] {
                ok[s] = false;
            }
        });
    }
    (place, ok)
}

/// Adds a piece; false if it overlaps another one differently or leaves the slot.
fn add_piece(pieces: &mut Pieces, at: u32, ty: Ty, size: u32) -> bool {
    if at + ty.size() > size {
        return false;
    }
    if let Some(old) = pieces.get(&at) {
        return old.size() == ty.size();
    }
    let before = pieces.range(..at).next_back().is_some_and(|(o, t)| o + t.size() > at);
    let after = pieces.range(at..).next().is_some_and(|(o, _)| at + ty.size() > *o);
    if before || after {
        return false;
    }
    pieces.insert(at, ty);
    true
}

fn direct_pieces(f: &Function, place: &[Option<Place>], pieces: &mut [Pieces], ok: &mut [bool]) {
    for inst in f.blocks.iter().flat_map(|b| &b.insts) {
        let (p, ty) = match &inst.op {
            Op::Load(p, _) => (p, f.ty(inst.result.expect("loads have results"))),
            Op::Store(p, v, _) => (p, f.ty(*v)),
            _ => continue,
        };
        if let Some((s, at)) = place[p.index()]
            && ok[s]
        {
            ok[s] = add_piece(&mut pieces[s], at, ty, f.slots[s].size);
        }
    }
}

/// A copy or fill: places of both sides (`None` is other memory or a constant) and its size.
fn copy_of(
    f: &Function,
    inst: &Inst,
    place: &[Option<Place>],
    ok: &[bool],
) -> Option<(Option<Place>, Option<Place>, u32)> {
    let side = |v: &Value| place[v.index()].filter(|(s, _)| ok[*s]);
    let (d, s, size) = match &inst.op {
        Op::MemCpy { dst, src, size, .. } => (side(dst), side(src), size),
        Op::MemSet { dst, size, .. } => (side(dst), None, size),
        _ => return None,
    };
    if d.is_none() && s.is_none() {
        return None;
    }
    let bytes = f.blocks.iter().flat_map(|b| &b.insts).find_map(|i| match i.op {
        Op::Const(k) if i.result == Some(*size) => Some(k as u32),
        _ => None,
    })?;
    Some((d, s, bytes))
}

/// Makes the pieces of both sides of each copy the same, and those of a copy from or to other memory complete.
fn spread_over_copies(f: &Function, place: &[Option<Place>], pieces: &mut [Pieces], ok: &mut [bool]) {
    let mut changed = true;
    let mut rounds = 0;
    while changed {
        changed = false;
        rounds += 1;
        for inst in f.blocks.iter().flat_map(|b| &b.insts) {
            let Some((d, s, size)) = copy_of(f, inst, place, ok) else { continue };
            for (slot, at) in [d, s].into_iter().flatten() {
                if at + size > f.slots[slot].size || rounds > 64 {
                    ok[slot] = false;
                    changed = true;
                }
            }
            match (d, s) {
                (Some(d), Some(s)) if ok[d.0] && ok[s.0] => {
                    for (from, to) in [(s, d), (d, s)] {
                        let list: Vec<(u32, Ty)> = inside(&pieces[from.0], from.1, size);
                        for (at, ty) in list {
                            let before = pieces[to.0].len();
                            if !add_piece(&mut pieces[to.0], at - from.1 + to.1, ty, f.slots[to.0].size) {
                                (ok[d.0], ok[s.0]) = (false, false);
                                changed = true;
                                break;
                            }
                            changed |= pieces[to.0].len() != before;
                        }
                    }
                    // A piece that lies across the end of the range on either side cannot be copied.
                    for (slot, at) in [d, s] {
                        if crosses(&pieces[slot], at, size) {
                            ok[slot] = false;
                            changed = true;
                        }
                    }
                }
                (Some((slot, at)), None) | (None, Some((slot, at))) if ok[slot] => {
                    if crosses(&pieces[slot], at, size) {
                        ok[slot] = false;
                        changed = true;
                    } else {
                        changed |= fill_gaps(&mut pieces[slot], at, size);
                    }
                }
                _ => {}
            }
        }
    }
}

fn inside(p: &Pieces, at: u32, size: u32) -> Vec<(u32, Ty)> {
    p.range(at..at + size).map(|(o, t)| (*o, *t)).collect()
}

fn crosses(p: &Pieces, at: u32, size: u32) -> bool {
    p.iter().any(|(o, t)| {
        let end = o + t.size();
        *o < at + size && end > at && (*o < at || end > at + size)
    })
}

fn fill_gaps(p: &mut Pieces, at: u32, size: u32) -> bool {
    let mut changed = false;
    let mut pos = at;
    while pos < at + size {
        if let Some(t) = p.get(&pos) {
            pos += t.size();
            continue;
        }
        let next = p.range(pos..).next().map_or(at + size, |(o, _)| (*o).min(at + size));
        let ty = [Ty::I64, Ty::I32, Ty::I16, Ty::I8]
            .into_iter()
            .find(|t| pos.is_multiple_of(t.size()) && pos + t.size() <= next)
            .expect("a byte always fits");
        p.insert(pos, ty);
        pos += ty.size();
        changed = true;
    }
    changed
}

/// Replaces the accesses. Joins get a parameter for each piece; the trivial ones go afterwards.
fn rewrite(f: &mut Function, cfg: &Cfg, place: &[Option<Place>], pieces: &[Pieces], ok: &[bool]) {
    let mut vars: BTreeMap<(usize, u32), (usize, Ty)> = BTreeMap::new();
    for (s, p) in pieces.iter().enumerate().filter(|(s, _)| ok[*s]) {
        for (&at, &ty) in p {
            let n = vars.len();
            vars.insert((s, at), (n, ty));
        }
    }
    let types: Vec<Ty> = {
        let mut t = vec![Ty::I32; vars.len()];
        vars.values().for_each(|&(i, ty)| t[i] = ty);
        t
    };
    // Values at the start and end of each block; blocks with one predecessor take over its end.
    let mut at_end: Vec<Vec<Value>> = vec![Vec::new(); f.blocks.len()];
    let first_new: Vec<usize> = f.blocks.iter().map(|b| b.params.len()).collect();
    let joins: Vec<bool> =
        f.block_ids().map(|b| b != Function::ENTRY && cfg.preds[b.index()].len() != 1).collect();
    for &b in &cfg.order {
        let mut new_insts: Vec<Inst> = Vec::new();
        let mut now: Vec<Value> = if b == Function::ENTRY {
            let zeros: Vec<Value> = types.iter().map(|&t| f.new_value(t)).collect();
            new_insts.extend(zeros.iter().map(|&v| Inst { op: Op::Const(0), result: Some(v), loc: Loc(0) }));
            zeros
        } else if joins[b.index()] {
            let params: Vec<Value> = types.iter().map(|&t| f.new_value(t)).collect();
            f.block_mut(b).params.extend(&params);
            params
        } else {
            at_end[cfg.preds[b.index()][0].index()].clone()
        };
        let insts = std::mem::take(&mut f.block_mut(b).insts);
        for inst in insts {
            let var = |p: &Value| place[p.index()].filter(|(s, _)| ok[*s]).map(|k| vars[&k]);
            match &inst.op {
                Op::Load(p, _) if var(p).is_some() => {
                    let (i, ty) = var(p).expect("checked");
                    let v = inst.result.expect("loads have results");
                    let op = convert(f, &mut new_insts, now[i], ty, f.ty(v), inst.loc);
                    new_insts.push(Inst { op, result: Some(v), loc: inst.loc });
                }
                Op::Store(p, v, _) if var(p).is_some() => {
                    let (i, ty) = var(p).expect("checked");
                    let from = f.ty(*v);
                    if from == ty {
                        now[i] = *v;
                    } else {
                        let op = convert(f, &mut new_insts, *v, from, ty, inst.loc);
                        let n = f.new_value(ty);
                        new_insts.push(Inst { op, result: Some(n), loc: inst.loc });
                        now[i] = n;
                    }
                }
                Op::MemCpy { dst, src, align_log2, .. } => {
                    let side = |v: &Value| place[v.index()].filter(|(s, _)| ok[*s]);
                    let (d, s) = (side(dst), side(src));
                    if d.is_none() && s.is_none() {
                        new_insts.push(inst);
                        continue;
                    }
                    let size = constant(f, &new_insts, op_size(&inst.op)) as u32;
                    match (d, s) {
                        (Some(d), Some(s)) => {
                            // Read all before the first is written: the ranges may overlap.
                            let parts: Vec<(u32, Value, Ty)> = inside(&pieces[s.0], s.1, size)
                                .into_iter()
                                .map(|(o, ty)| (o - s.1 + d.1, now[vars[&(s.0, o)].0], ty))
                                .collect();
                            for (o, v, from) in parts {
                                let (i, ty) = vars[&(d.0, o)];
                                if from == ty {
                                    now[i] = v;
                                } else {
                                    let op = convert(f, &mut new_insts, v, from, ty, inst.loc);
                                    let n = f.new_value(ty);
                                    new_insts.push(Inst { op, result: Some(n), loc: inst.loc });
                                    now[i] = n;
                                }
                            }
                        }
                        (Some(d), None) => {
                            for (o, ty) in inside(&pieces[d.0], d.1, size) {
                                let a = offset(f, &mut new_insts, *src, o - d.1, inst.loc);
                                let v = f.new_value(ty);
                                let op = Op::Load(a, piece_flags(ty, o - d.1, *align_log2));
                                new_insts.push(Inst { op, result: Some(v), loc: inst.loc });
                                now[vars[&(d.0, o)].0] = v;
                            }
                        }
                        (None, Some(s)) => {
                            for (o, ty) in inside(&pieces[s.0], s.1, size) {
                                let a = offset(f, &mut new_insts, *dst, o - s.1, inst.loc);
                                let v = now[vars[&(s.0, o)].0];
                                let op = Op::Store(a, v, piece_flags(ty, o - s.1, *align_log2));
                                new_insts.push(Inst { op, result: None, loc: inst.loc });
                            }
                        }
                        (None, None) => {}
                    }
                }
                Op::MemSet { dst, byte, .. } => {
                    let Some(d) = place[dst.index()].filter(|(s, _)| ok[*s]) else {
                        new_insts.push(inst);
                        continue;
                    };
                    let size = constant(f, &new_insts, op_size(&inst.op)) as u32;
                    let fill = constant(f, &new_insts, *byte) * 0x0101_0101_0101_0101;
                    for (o, ty) in inside(&pieces[d.0], d.1, size) {
                        let v = f.new_value(ty);
                        let bits = if ty == Ty::I1 { (fill & 0xff != 0) as u64 } else { fill & ty.mask() };
                        new_insts.push(Inst { op: Op::Const(bits), result: Some(v), loc: inst.loc });
                        now[vars[&(d.0, o)].0] = v;
                    }
                }
                _ => new_insts.push(inst),
            }
        }
        f.block_mut(b).insts = new_insts;
        at_end[b.index()] = now;
    }
    for &b in &cfg.order {
        let end = at_end[b.index()].clone();
        f.block_mut(b).term.for_each_call_mut(|c| {
            if joins[c.block.index()] {
                debug_assert_eq!(c.args.len(), first_new[c.block.index()]);
                c.args.extend(&end);
            }
        });
    }
    cleanup::remove_trivial_params(f);
    super::dce::run(f);
}

fn op_size(op: &Op) -> Value {
    match op {
        Op::MemCpy { size, .. } | Op::MemSet { size, .. } => *size,
        _ => unreachable!("copies and fills only"),
    }
}

/// Bits of a constant that stands earlier in this block or in another one.
fn constant(f: &Function, new_insts: &[Inst], v: Value) -> u64 {
    let all = new_insts.iter().chain(f.blocks.iter().flat_map(|b| &b.insts));
    all.filter(|i| i.result == Some(v))
        .find_map(|i| if let Op::Const(k) = i.op { Some(k) } else { None })
        .expect("`places` allows constants only")
}

fn piece_flags(ty: Ty, offset: u32, align_log2: u8) -> MemFlags {
    let mut m = MemFlags::natural(ty, Space::Generic);
    m.align_log2 =
        m.align_log2.min(align_log2).min(if offset == 0 { 63 } else { offset.trailing_zeros() as u8 });
    m
}

fn offset(f: &mut Function, out: &mut Vec<Inst>, p: Value, by: u32, loc: Loc) -> Value {
    if by == 0 {
        return p;
    }
    let k = f.new_value(Ty::I64);
    out.push(Inst { op: Op::Const(by as u64), result: Some(k), loc });
    let v = f.new_value(Ty::Ptr);
    out.push(Inst { op: Op::PtrAdd(p, k), result: Some(v), loc });
    v
}

/// The operation that makes the `to` with the same memory bytes as `v`; both types have one size.
fn convert(f: &mut Function, out: &mut Vec<Inst>, v: Value, from: Ty, to: Ty, loc: Loc) -> Op {
    match (from, to) {
        _ if from == to => {
            // A copy: select on equal values is removed by `simplify`.
            let c = f.new_value(Ty::I1);
            out.push(Inst { op: Op::Const(1), result: Some(c), loc });
            Op::Select(c, v, v)
        }
        (Ty::I1, _) => Op::Cast(CastOp::ZExt, v),
        (_, Ty::I1) => {
            let z = f.new_value(from);
            out.push(Inst { op: Op::Const(0), result: Some(z), loc });
            Op::ICmp(ICmp::Ne, v, z)
        }
        _ => Op::Cast(CastOp::Bitcast, v),
    }
}
