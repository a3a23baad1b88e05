//! Operations among the threads of a block or a warp: barriers, shuffles, votes, matches, reductions, lane masks.

use crate::cudac::check::tree::{Expr, IntrinsicOp, LaneMaskKind, ReduceOp, ShuffleMode};
use crate::cudac::thread_ir::{
    self as ir, BarrierKind, BinOp, CastOp, ICmp, MatchKind, ShflKind, Sreg, Ty, Value, VoteKind,
};

use super::addr::Addr;
use super::func::FuncLower;
use super::{LResult, malformed};

impl FuncLower<'_, '_> {
    pub fn warp_op(&mut self, op: IntrinsicOp, args: &[Expr], e: &Expr) -> LResult<Option<Value>> {
        let v = self.values(args)?;
        Ok(Some(match op {
            IntrinsicOp::Barrier => {
                self.b.barrier();
                return Ok(None);
            }
            IntrinsicOp::SyncWarp => {
                self.b.sync_warp(v[0]);
                return Ok(None);
            }
            IntrinsicOp::BarrierCount => {
                let pred = self.bool_of(v[0]);
                self.b.barrier_pred(BarrierKind::Count, pred)
            }
            IntrinsicOp::BarrierAnd | IntrinsicOp::BarrierOr => {
                let kind = if op == IntrinsicOp::BarrierAnd { BarrierKind::And } else { BarrierKind::Or };
                let pred = self.bool_of(v[0]);
                let all = self.b.barrier_pred(kind, pred);
                self.b.cast(CastOp::ZExt, all, Ty::I32)
            }
            IntrinsicOp::Shuffle(mode) => {
                let kind = match mode {
                    ShuffleMode::Index => ShflKind::Idx,
                    ShuffleMode::Up => ShflKind::Up,
                    ShuffleMode::Down => ShflKind::Down,
                    ShuffleMode::Xor => ShflKind::Xor,
                };
                if self.b.ty(v[1]).size() < 4 {
                    return malformed(e.span, "a shuffle of less than 32 bits");
                }
                self.b.shfl(kind, Some(v[0]), v[1], v[2], v[3])
            }
            IntrinsicOp::VoteAll => self.vote(VoteKind::All, v[0], v[1]),
            IntrinsicOp::VoteAny => self.vote(VoteKind::Any, v[0], v[1]),
            IntrinsicOp::VoteUni => {
                let pred = self.bool_of(v[1]);
                let all = self.b.vote(VoteKind::All, Some(v[0]), pred);
                let any = self.b.vote(VoteKind::Any, Some(v[0]), pred);
                let none = self.not(any);
                let uniform = self.b.binary(BinOp::Or, all, none);
                self.b.cast(CastOp::ZExt, uniform, Ty::I32)
            }
            IntrinsicOp::Ballot => {
                let pred = self.bool_of(v[1]);
                self.b.vote(VoteKind::Ballot, Some(v[0]), pred)
            }
            IntrinsicOp::ActiveMask => self.b.active_mask(),
            IntrinsicOp::MatchAny => {
                let bits = self.as_bits(v[1]);
                self.b.match_sync(MatchKind::Any, v[0], bits)
            }
            IntrinsicOp::MatchAll => {
                let bits = self.as_bits(v[1]);
                let mask = self.b.match_sync(MatchKind::All, v[0], bits);
                let pred = self.bool_of(mask);
                let pred = self.b.cast(CastOp::ZExt, pred, Ty::I32);
                let to = Addr::new(v[2], self.space_of(v[2]), 4);
                self.store(to, pred);
                mask
            }
            IntrinsicOp::Reduce(op) => {
                let signed = self.cx.is_signed(args[1].ty);
                let op = match op {
                    ReduceOp::Add => ir::ReduceOp::Add,
                    ReduceOp::Min => {
                        if signed {
                            ir::ReduceOp::SMin
                        } else {
                            ir::ReduceOp::UMin
                        }
                    }
                    ReduceOp::Max => {
                        if signed {
                            ir::ReduceOp::SMax
                        } else {
                            ir::ReduceOp::UMax
                        }
                    }
                    ReduceOp::And => ir::ReduceOp::And,
                    ReduceOp::Or => ir::ReduceOp::Or,
                    ReduceOp::Xor => ir::ReduceOp::Xor,
                };
                self.b.reduce_sync(op, v[0], v[1])
            }
            IntrinsicOp::LaneMask(kind) => self.lane_mask(kind),
            _ => return malformed(e.span, "an operation that is not one of a warp"),
        }))
    }

    fn vote(&mut self, kind: VoteKind, mask: Value, pred: Value) -> Value {
        let pred = self.bool_of(pred);
        let result = self.b.vote(kind, Some(mask), pred);
        self.b.cast(CastOp::ZExt, result, Ty::I32)
    }

    /// A float or pointer as the integer of its size: `match` compares bits.
    fn as_bits(&mut self, v: Value) -> Value {
        match self.b.ty(v) {
            Ty::F32 => self.b.cast(CastOp::Bitcast, v, Ty::I32),
            Ty::F64 | Ty::Ptr => self.b.cast(CastOp::Bitcast, v, Ty::I64),
            _ => v,
        }
    }

    fn lane_mask(&mut self, kind: LaneMaskKind) -> Value {
        let lane = self.b.sreg(Sreg::LaneId);
        let one = self.b.iconst(Ty::I32, 1);
        let own = self.b.binary(BinOp::Shl, one, lane);
        let below = self.b.binary(BinOp::Sub, own, one);
        match kind {
            LaneMaskKind::Eq => own,
            LaneMaskKind::Lt => below,
            LaneMaskKind::Le => self.b.binary(BinOp::Or, own, below),
            LaneMaskKind::Ge => self.not(below),
            LaneMaskKind::Gt => {
                let le = self.b.binary(BinOp::Or, own, below);
                self.not(le)
            }
        }
    }

    /// An integer comparison with zero, for tests of flags.
    pub fn is_zero(&mut self, v: Value) -> Value {
        let ty = self.b.ty(v);
        let zero = self.zero(ty);
        self.b.icmp(ICmp::Eq, v, zero)
    }
}
