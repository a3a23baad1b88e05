//! Facts about the control-flow graph of one function: order, predecessors, dominators, natural loops.

use super::cleanup::reverse_postorder;
use super::ir::*;

/// Valid until the blocks or terminators change. Unreachable blocks have no order and no dominator.
pub struct Cfg {
    /// Reachable blocks in reverse post-order.
    pub order: Vec<Block>,
    /// Position in `order`; `usize::MAX` for an unreachable block.
    pub pos: Vec<usize>,
    pub preds: Vec<Vec<Block>>,
    idom: Vec<Option<Block>>,
    /// When a walk of the dominator tree enters and leaves each block: dominance is an interval in another.
    spans: Vec<(u32, u32)>,
}

/// A natural loop: all blocks that reach a back edge to `header` without leaving it.
#[derive(Clone, Debug)]
pub struct Loop {
    pub header: Block,
    /// Sorted; the header is in it.
    pub blocks: Vec<Block>,
    /// Sources of the back edges.
    pub latches: Vec<Block>,
    /// Number of loops around it, itself included: 1 for an outermost loop.
    pub depth: u32,
}

impl Loop {
    pub fn contains(&self, b: Block) -> bool {
        self.blocks.binary_search(&b).is_ok()
    }
}

impl Cfg {
    pub fn new(f: &Function) -> Self {
        let order = reverse_postorder(f);
        let mut pos = vec![usize::MAX; f.blocks.len()];
        for (i, b) in order.iter().enumerate() {
            pos[b.index()] = i;
        }
        let mut preds: Vec<Vec<Block>> = vec![Vec::new(); f.blocks.len()];
        for &b in &order {
            f.block(b).term.for_each_call(|c| {
                // All edges of one block come together.
                if preds[c.block.index()].last() != Some(&b) {
                    preds[c.block.index()].push(b);
                }
            });
        }
        let mut cfg = Self { order, pos, preds, idom: vec![None; f.blocks.len()], spans: Vec::new() };
        cfg.compute_idom();
        cfg.compute_spans();
        cfg
    }

    /// Cooper, Harvey and Kennedy: iterate to a fixed point over the reverse post-order.
    fn compute_idom(&mut self) {
        self.idom[0] = Some(Function::ENTRY);
        let mut changed = true;
        while changed {
            changed = false;
            for &b in self.order.iter().skip(1) {
                let mut new: Option<Block> = None;
                for &p in &self.preds[b.index()] {
                    if self.idom[p.index()].is_none() {
                        continue;
                    }
                    new = Some(match new {
                        None => p,
                        Some(n) => self.intersect(n, p),
                    });
                }
                if new.is_some() && self.idom[b.index()] != new {
                    self.idom[b.index()] = new;
                    changed = true;
                }
            }
        }
    }

    fn compute_spans(&mut self) {
        let mut children: Vec<Vec<Block>> = vec![Vec::new(); self.idom.len()];
        for &b in self.order.iter().skip(1) {
            if let Some(parent) = self.idom[b.index()] {
                children[parent.index()].push(b);
            }
        }
        self.spans = vec![(0, 0); self.idom.len()];
        let mut clock = 0;
        let mut stack = vec![(Function::ENTRY, 0)];
        while let Some((b, next)) = stack.last_mut() {
            if *next == 0 {
                self.spans[b.index()].0 = clock;
                clock += 1;
            }
            match children[b.index()].get(*next) {
                Some(&child) => {
                    *next += 1;
                    stack.push((child, 0));
                }
                None => {
                    self.spans[b.index()].1 = clock;
                    stack.pop();
                }
            }
        }
    }

    fn intersect(&self, mut a: Block, mut b: Block) -> Block {
        while a != b {
            while self.pos[a.index()] > self.pos[b.index()] {
                a = self.idom[a.index()].expect("processed");
            }
            while self.pos[b.index()] > self.pos[a.index()] {
                b = self.idom[b.index()].expect("processed");
            }
        }
        a
    }

    pub fn is_reachable(&self, b: Block) -> bool {
        self.pos[b.index()] != usize::MAX
    }

    /// Immediate dominator; `None` for the entry and for unreachable blocks.
    pub fn idom(&self, b: Block) -> Option<Block> {
        if b == Function::ENTRY { None } else { self.idom[b.index()] }
    }

    /// Every path from the entry to `b` passes `a` (reflexive).
    pub fn dominates(&self, a: Block, b: Block) -> bool {
        if !self.is_reachable(b) || !self.is_reachable(a) {
            return false;
        }
        let ((enter, leave), (at, _)) = (self.spans[a.index()], self.spans[b.index()]);
        enter <= at && at < leave
    }

    /// An edge that goes backwards in the order: every cycle has at least one, reducible or not.
    pub fn is_retreating(&self, from: Block, to: Block) -> bool {
        self.pos[to.index()] <= self.pos[from.index()]
    }

    /// Natural loops, outer before inner. Cycles of irreducible flow (several entries) are not among them.
    pub fn loops(&self) -> Vec<Loop> {
        let mut loops: Vec<Loop> = Vec::new();
        let mut nesting = vec![0u32; self.pos.len()];
        for &h in &self.order {
            let latches: Vec<Block> =
                self.preds[h.index()].iter().copied().filter(|&p| self.dominates(h, p)).collect();
            if latches.is_empty() {
                continue;
            }
            let mut blocks = vec![h];
            let mut inside = vec![false; self.pos.len()];
            inside[h.index()] = true;
            let mut work = latches.clone();
            while let Some(b) = work.pop() {
                if !std::mem::replace(&mut inside[b.index()], true) {
                    blocks.push(b);
                    work.extend(self.preds[b.index()].iter().copied());
                }
            }
            if blocks.len() > inside.len() / 16 {
                blocks = (0..inside.len() as u32).map(Block).filter(|b| inside[b.index()]).collect();
            } else {
                blocks.sort_unstable();
            }
            blocks.iter().for_each(|b| nesting[b.index()] += 1);
            let depth = nesting[h.index()];
            loops.push(Loop { header: h, blocks, latches, depth });
        }
        loops
    }

    /// Which of `loops`, as `loops` gives them, have no loop inside.
    pub fn innermost(&self, loops: &[Loop]) -> Vec<bool> {
        let mut owner = vec![usize::MAX; self.pos.len()];
        for (i, l) in loops.iter().enumerate() {
            l.blocks.iter().for_each(|b| owner[b.index()] = i);
        }
        let whole = |(i, l): (usize, &Loop)| l.blocks.iter().all(|b| owner[b.index()] == i);
        loops.iter().enumerate().map(whole).collect()
    }

    /// Blocks in an order in which a loop's blocks are contiguous before what follows the loop: the order in
    /// which diverged threads are let go on so that they meet again (a smaller position runs first).
    pub fn convergence_order(&self, f: &Function) -> Vec<usize> {
        let loops = self.loops();
        let mut around: Vec<Vec<usize>> = vec![Vec::new(); f.blocks.len()];
        for (i, l) in loops.iter().enumerate() {
            l.blocks.iter().for_each(|b| around[b.index()].push(i));
        }
        let mut seen = vec![false; f.blocks.len()];
        let mut post = Vec::new();
        // Depth-first; successors that leave the current loop are visited first, so they end up behind it.
        let succs = |b: Block| {
            let mut s = f.block(b).term.successors();
            // `pop` takes from the end: keep leavers at the end.
            s.sort_by_key(|&t| {
                let left = around[b.index()].iter().filter(|&&l| !loops[l].contains(t)).count();
                (left, std::cmp::Reverse(self.pos[t.index()]))
            });
            s
        };
        let mut stack = vec![(Function::ENTRY, succs(Function::ENTRY))];
        seen[0] = true;
        while let Some((b, ss)) = stack.last_mut() {
            match ss.pop() {
                Some(s) if !seen[s.index()] => {
                    seen[s.index()] = true;
                    stack.push((s, succs(s)));
                }
                Some(_) => {}
                None => {
                    post.push(*b);
                    stack.pop();
                }
            }
        }
        let mut pos = vec![usize::MAX; f.blocks.len()];
        for (i, b) in post.iter().rev().enumerate() {
            pos[b.index()] = i;
        }
        pos
    }
}
