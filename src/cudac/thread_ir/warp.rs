//! Results of warp operations for one warp, from the operands of its lanes: shared by the driver of compiled
//! code and the interpreter.

use super::eval;
use super::ops::{BinOp, MatchKind, ReduceOp, ShflKind, VoteKind};
use super::ty::Ty;

/// A warp operation, without its operands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WarpOp {
    Shfl(ShflKind),
    Vote(VoteKind),
    Match(MatchKind),
    Reduce(ReduceOp),
    SyncWarp,
    ActiveMask,
}

/// Operands by lane, without the mask: value or predicate first, then lane and width of a shuffle.
pub struct Lanes {
    pub val: [u64; 32],
    pub lane: [u32; 32],
    pub width: [u32; 32],
}

impl Default for Lanes {
    fn default() -> Self {
        Self { val: [0; 32], lane: [0; 32], width: [32; 32] }
    }
}

/// Gives the result of each lane in `part` (the lanes that take part); others keep 0.
pub fn resolve(op: WarpOp, ty: Ty, part: u32, l: &Lanes) -> [u64; 32] {
    let mut out = [0; 32];
    let lanes = || (0..32usize).filter(move |&i| part >> i & 1 != 0);
    let ballot = || lanes().fold(0u32, |m, i| m | ((l.val[i] & 1) as u32) << i);
    let mut all_get = |x: u64| lanes().for_each(|i| out[i] = x);
    match op {
        WarpOp::SyncWarp => {}
        WarpOp::ActiveMask => all_get(part as u64),
        WarpOp::Vote(VoteKind::Ballot) => all_get(ballot() as u64),
        WarpOp::Vote(VoteKind::All) => all_get((ballot() == part) as u64),
        WarpOp::Vote(VoteKind::Any) => all_get((ballot() != 0) as u64),
        WarpOp::Match(MatchKind::All) => {
            let first = lanes().next().map_or(0, |i| l.val[i]);
            let same = lanes().all(|i| l.val[i] == first);
            all_get(if same { part as u64 } else { 0 });
        }
        WarpOp::Match(MatchKind::Any) => {
            for i in lanes() {
                out[i] = lanes().filter(|&j| l.val[j] == l.val[i]).fold(0, |m, j| m | 1 << j);
            }
        }
        WarpOp::Reduce(op) => {
            let op = match op {
                ReduceOp::Add => BinOp::Add,
                ReduceOp::SMin => BinOp::SMin,
                ReduceOp::SMax => BinOp::SMax,
                ReduceOp::UMin => BinOp::UMin,
                ReduceOp::UMax => BinOp::UMax,
                ReduceOp::And => BinOp::And,
                ReduceOp::Or => BinOp::Or,
                ReduceOp::Xor => BinOp::Xor,
            };
            let r = lanes().map(|i| l.val[i]).reduce(|a, b| eval::binary(op, ty, a, b));
            all_get(r.unwrap_or(0));
        }
        WarpOp::Shfl(kind) => {
            // The usual case: all lanes, the same width, and a distance that is the same for all.
            let uniform = l.lane.iter().all(|&x| x == l.lane[0]) && l.width.iter().all(|&x| x == 32);
            if part == u32::MAX && uniform {
                let b = l.lane[0] & 31;
                for (i, o) in out.iter_mut().enumerate() {
                    *o = l.val[source_lane(kind, i as u32, b, 32) as usize & 31];
                }
                return out;
            }
            for i in lanes() {
                let from = source_lane(kind, i as u32, l.lane[i], l.width[i]);
                // Reading a lane that does not take part is undefined in CUDA: the lane's own value here.
                let from = if part >> from & 1 != 0 { from as usize } else { i };
                out[i] = l.val[from];
            }
        }
    }
    out
}

/// The lane a shuffle reads, as PTX defines `shfl` with the clamp CUDA passes for `width`.
fn source_lane(kind: ShflKind, lane: u32, b: u32, width: u32) -> u32 {
    // A width that is not a power of two is undefined; cut to one.
    let width = if width == 0 || width > 32 { 32 } else { 1 << width.ilog2() };
    let first = lane & !(width - 1);
    let last = first + width - 1;
    let b = b & 31;
    match kind {
        ShflKind::Idx => first | (b & (width - 1)),
        ShflKind::Up => lane.checked_sub(b).filter(|&j| j >= first).unwrap_or(lane),
        ShflKind::Down => Some(lane + b).filter(|&j| j <= last).unwrap_or(lane),
        ShflKind::Xor => Some(lane ^ b).filter(|&j| j <= last).unwrap_or(lane),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shuffles_follow_ptx() {
        assert_eq!(source_lane(ShflKind::Down, 30, 4, 32), 30);
        assert_eq!(source_lane(ShflKind::Down, 3, 4, 8), 7);
        assert_eq!(source_lane(ShflKind::Down, 5, 4, 8), 5);
        assert_eq!(source_lane(ShflKind::Up, 9, 2, 8), 9);
        assert_eq!(source_lane(ShflKind::Up, 11, 2, 8), 9);
        assert_eq!(source_lane(ShflKind::Xor, 5, 16, 32), 21);
        assert_eq!(source_lane(ShflKind::Xor, 5, 16, 16), 5);
        assert_eq!(source_lane(ShflKind::Xor, 21, 16, 16), 5, "lower groups may be read");
        assert_eq!(source_lane(ShflKind::Idx, 19, 33, 16), 17);
    }

    #[test]
    fn votes_and_matches_see_only_the_lanes_that_take_part() {
        let mut l = Lanes::default();
        l.val[..4].copy_from_slice(&[1, 0, 1, 1]);
        let r = |op, part| resolve(op, Ty::I32, part, &l);
        assert_eq!(r(WarpOp::Vote(VoteKind::Ballot), 0b1110)[1], 0b1100);
        assert_eq!(r(WarpOp::Vote(VoteKind::All), 0b1101)[0], 1);
        assert_eq!(r(WarpOp::Match(MatchKind::Any), 0b1111)[2], 0b1101);
        assert_eq!(r(WarpOp::Match(MatchKind::All), 0b1101)[3], 0b1101);
        assert_eq!(r(WarpOp::Reduce(ReduceOp::Add), 0b0111)[1], 2);
        assert_eq!(r(WarpOp::ActiveMask, 0b0101)[1], 0, "lane 1 does not take part");
    }
}
