//! What each intrinsic is in the typed tree, by name. Arguments come converted to the declared parameter types.

use crate::cudac::check::context::{Checker, Res, Sig, Val, fail, unsupported};
use crate::cudac::check::convert::cast_node;
use crate::cudac::check::tree::{
    AssertInfo, AtomicOp, Const, Conversion, Expr, ExprKind, IntrinsicOp as I, LaneMaskKind, OffsetSpace,
    ReduceOp, Rounding, Scope, ShuffleMode,
};
use crate::cudac::check::types::TypeId;
use crate::cudac::math::host;
use crate::cudac::source::Span;
use crate::cudac::thread_ir::MathFn;

fn rounding(name: &str) -> Option<(&str, Rounding)> {
    let (stem, mode) = name.rsplit_once('_')?;
    let mode = match mode {
        "rn" => Rounding::NearestEven,
        "rz" => Rounding::Zero,
        "ru" => Rounding::Up,
        "rd" => Rounding::Down,
        _ => return None,
    };
    Some((stem, mode))
}

fn atomic(name: &str) -> Option<I> {
    let rest = name.strip_prefix("atomic")?;
    let (op, scope) = match rest.split_once('_') {
        Some((op, "block")) => (op, Scope::Block),
        Some((op, "system")) => (op, Scope::System),
        Some(_) => return None,
        None => (rest, Scope::Device),
    };
    let op = match op {
        "Add" => AtomicOp::Add,
        "Sub" => AtomicOp::Sub,
        "Exch" => AtomicOp::Exchange,
        "Min" => AtomicOp::Min,
        "Max" => AtomicOp::Max,
        "Inc" => AtomicOp::Inc,
        "Dec" => AtomicOp::Dec,
        "And" => AtomicOp::And,
        "Or" => AtomicOp::Or,
        "Xor" => AtomicOp::Xor,
        "CAS" => return Some(I::AtomicCas { scope }),
        _ => return None,
    };
    Some(I::Atomic { op, scope })
}

/// Operations whose arguments and result are just what the declaration says.
fn plain(name: &str) -> Option<I> {
    Some(match name {
        "__syncthreads" => I::Barrier,
        "__syncthreads_count" => I::BarrierCount,
        "__syncthreads_and" => I::BarrierAnd,
        "__syncthreads_or" => I::BarrierOr,
        "__syncwarp" => I::SyncWarp,
        "__threadfence" => I::Fence(Scope::Device),
        "__threadfence_block" => I::Fence(Scope::Block),
        "__threadfence_system" => I::Fence(Scope::System),
        "__all_sync" => I::VoteAll,
        "__any_sync" => I::VoteAny,
        "__uni_sync" => I::VoteUni,
        "__ballot_sync" => I::Ballot,
        "__activemask" => I::ActiveMask,
        "__match_any_sync" => I::MatchAny,
        "__match_all_sync" => I::MatchAll,
        "__shfl_sync" => I::Shuffle(ShuffleMode::Index),
        "__shfl_up_sync" => I::Shuffle(ShuffleMode::Up),
        "__shfl_down_sync" => I::Shuffle(ShuffleMode::Down),
        "__shfl_xor_sync" => I::Shuffle(ShuffleMode::Xor),
        "__reduce_add_sync" => I::Reduce(ReduceOp::Add),
        "__reduce_min_sync" => I::Reduce(ReduceOp::Min),
        "__reduce_max_sync" => I::Reduce(ReduceOp::Max),
        "__reduce_and_sync" => I::Reduce(ReduceOp::And),
        "__reduce_or_sync" => I::Reduce(ReduceOp::Or),
        "__reduce_xor_sync" => I::Reduce(ReduceOp::Xor),
        "__lanemask_lt" => I::LaneMask(LaneMaskKind::Lt),
        "__lanemask_le" => I::LaneMask(LaneMaskKind::Le),
        "__lanemask_eq" => I::LaneMask(LaneMaskKind::Eq),
        "__lanemask_ge" => I::LaneMask(LaneMaskKind::Ge),
        "__lanemask_gt" => I::LaneMask(LaneMaskKind::Gt),
        "clock64" => I::Clock,
        "__globaltimer" => I::GlobalTimer,
        "__nanosleep" => I::Nanosleep,
        "__trap" | "__builtin_trap" => I::Trap,
        "__brkpt" => I::Breakpoint,
        "__builtin_assume" | "__assume" => I::Assume,
        "__popc" | "__popcll" => I::Popc,
        "__clz" | "__clzll" => I::Clz,
        "__ffs" | "__ffsll" => I::Ffs,
        "__brev" | "__brevll" => I::Brev,
        "__byte_perm" => I::BytePerm,
        "__funnelshift_l" => I::FunnelShift { left: true, clamp: false },
        "__funnelshift_lc" => I::FunnelShift { left: true, clamp: true },
        "__funnelshift_r" => I::FunnelShift { left: false, clamp: false },
        "__funnelshift_rc" => I::FunnelShift { left: false, clamp: true },
        "__mulhi" | "__umulhi" | "__mul64hi" | "__umul64hi" | "mulhi" | "umulhi" => I::MulHi,
        "__mul24" | "__umul24" | "mul24" | "umul24" => I::Mul24,
        "__sad" | "__usad" => I::Sad,
        "__hadd" | "__uhadd" => I::HalfAdd { round: false },
        "__rhadd" | "__urhadd" => I::HalfAdd { round: true },
        "__dp4a" => I::Dp4a,
        "__dp2a_lo" => I::Dp2a { high: false },
        "__dp2a_hi" => I::Dp2a { high: true },
        "fmaf" | "fma" => I::Fma(Rounding::NearestEven),
        "sqrtf" | "sqrt" => I::Sqrt(Rounding::NearestEven),
        "floorf" | "floor" => I::Floor,
        "ceilf" | "ceil" => I::Ceil,
        "truncf" | "trunc" => I::Trunc,
        "rintf" | "rint" => I::Rint,
        "fabsf" | "fabs" => I::Abs,
        "copysignf" | "copysign" => I::CopySign,
        "fminf" | "fmin" => I::Min,
        "fmaxf" | "fmax" => I::Max,
        "__frsqrt_rn" => I::Rsqrt,
        "isnan" => I::IsNan,
        "isinf" => I::IsInf,
        "isfinite" => I::IsFinite,
        "signbit" => I::SignBit,
        "memcpy" => I::Memcpy,
        "memmove" => I::Memmove,
        "memset" => I::Memset,
        "memcmp" => I::Memcmp,
        "__isGlobal" => I::IsGlobal,
        "__isShared" => I::IsShared,
        "__isConstant" => I::IsConstant,
        "__isLocal" => I::IsLocal,
        "__cvta_generic_to_global" => I::ToSpaceOffset(OffsetSpace::Global),
        "__cvta_generic_to_shared" => I::ToSpaceOffset(OffsetSpace::Shared),
        "__cvta_generic_to_constant" => I::ToSpaceOffset(OffsetSpace::Constant),
        "__cvta_generic_to_local" => I::ToSpaceOffset(OffsetSpace::Local),
        "__cvta_global_to_generic" => I::FromSpaceOffset(OffsetSpace::Global),
        "__cvta_shared_to_generic" => I::FromSpaceOffset(OffsetSpace::Shared),
        "__cvta_constant_to_generic" => I::FromSpaceOffset(OffsetSpace::Constant),
        "__cvta_local_to_generic" => I::FromSpaceOffset(OffsetSpace::Local),
        _ => return atomic(name),
    })
}

/// `__fadd_rn`, `__float2int_rz`, ...
fn rounded(name: &str) -> Option<Result<I, Rounding>> {
    let (stem, mode) = rounding(name)?;
    Some(Ok(match stem {
        "__fadd" | "__dadd" => I::Add(mode),
        "__fsub" | "__dsub" => I::Sub(mode),
        "__fmul" | "__dmul" => I::Mul(mode),
        "__fdiv" | "__ddiv" => I::Div(mode),
        "__fsqrt" | "__dsqrt" => I::Sqrt(mode),
        "__frcp" | "__drcp" => I::Rcp(mode),
        "__fmaf" | "__fma" => I::Fma(mode),
        _ if stem.contains('2') => return Some(Err(mode)),
        _ => return None,
    }))
}

/// The host function behind a name of `math::host`.
fn host_fn(name: &str) -> Option<MathFn> {
    Some(match name {
        "sinf" | "sin" => MathFn::Sin,
        "cosf" | "cos" => MathFn::Cos,
        "tanf" | "tan" => MathFn::Tan,
        "lgamma" => MathFn::Lgamma,
        "tgamma" => MathFn::Tgamma,
        "j0" => MathFn::J0,
        "j1" => MathFn::J1,
        "y0" => MathFn::Y0,
        "y1" => MathFn::Y1,
        "fmod" => MathFn::Fmod,
        "remainder" => MathFn::Remainder,
        "cyl_bessel_i0" => MathFn::CylBesselI0,
        "cyl_bessel_i1" => MathFn::CylBesselI1,
        "erfinv" => MathFn::Erfinv,
        "erfcinv" => MathFn::Erfcinv,
        "normcdfinv" => MathFn::Normcdfinv,
        "remquo_bits" => MathFn::RemquoBits,
        "jn" => MathFn::Jn,
        "yn" => MathFn::Yn,
        _ => return None,
    })
}

impl<'a> Checker<'a> {
    pub fn string_value(&mut self, bytes: &[u8], span: Span) -> Val {
        self.string_literal(bytes, span)
    }

    /// A call of an intrinsic.
    pub fn emit_builtin(&mut self, name: &str, sig: &Sig, args: Vec<Expr>, span: Span) -> Res<Val> {
        let ret = sig.ret.ty;
        if let Some(op) = plain(name) {
            return Ok(self.intrinsic(op, args, ret, span));
        }
        let mask = Expr::int(0xffff_ffff, TypeId::UINT, span);
        let legacy = match name {
            "__all" => Some(I::VoteAll),
            "__any" => Some(I::VoteAny),
            "__ballot" => Some(I::Ballot),
            "__shfl" => Some(I::Shuffle(ShuffleMode::Index)),
            "__shfl_up" => Some(I::Shuffle(ShuffleMode::Up)),
            "__shfl_down" => Some(I::Shuffle(ShuffleMode::Down)),
            "__shfl_xor" => Some(I::Shuffle(ShuffleMode::Xor)),
            _ => None,
        };
        if let Some(op) = legacy {
            let mut all = vec![mask];
            all.extend(args);
            return Ok(self.intrinsic(op, all, ret, span));
        }
        match rounded(name) {
            Some(Ok(op)) => return Ok(self.intrinsic(op, args, ret, span)),
            Some(Err(mode)) => {
                let Some(operand) = args.into_iter().next() else { return fail(span, "too few arguments") };
                return Ok(Val::value(cast_node(operand, Conversion::Rounded(mode), ret)));
            }
            None => {}
        }
        if name.contains("_as_") {
            let Some(operand) = args.into_iter().next() else { return fail(span, "too few arguments") };
            return Ok(Val::value(cast_node(operand, Conversion::Bitcast, ret)));
        }
        match name {
            "clock" => {
                let clock = self.intrinsic(I::Clock, Vec::new(), TypeId::LONGLONG, span);
                Ok(Val::value(self.convert_scalar(clock.e, ret)))
            }
            "printf" => self.printf(args, span),
            "__assert_fail" => self.assert_fail(&args, span),
            "__builtin_inff" | "__builtin_huge_valf" => Ok(constant(Const::Float(f32::INFINITY), ret, span)),
            "__builtin_inf" | "__builtin_huge_val" => Ok(constant(Const::Double(f64::INFINITY), ret, span)),
            "__builtin_nanf" => Ok(constant(Const::Float(f32::from_bits(0x7fff_ffff)), ret, span)),
            "__builtin_nan" => Ok(constant(Const::Double(f64::from_bits(0x7fff_ffff_ffff_ffff)), ret, span)),
            "__vmgpu_host_math_f1" | "__vmgpu_host_math_d1" | "__vmgpu_host_math_d2" => {
                self.host_math(name, args, ret, span)
            }
            _ => unsupported(span, "these built-in functions", name),
        }
    }

    fn intrinsic(&mut self, op: I, args: Vec<Expr>, ret: TypeId, span: Span) -> Val {
        Val::value(Expr::value(ExprKind::Intrinsic { op, args }, ret, span))
    }

    fn host_math(&mut self, name: &str, args: Vec<Expr>, ret: TypeId, span: Span) -> Res<Val> {
        let mut args = args.into_iter();
        let index = match args.next().map(|a| a.kind) {
            Some(ExprKind::Const(Const::Int(i))) => i as usize,
            _ => return fail(span, "the number of a host function must be a constant"),
        };
        let function = match name {
            "__vmgpu_host_math_f1" => host::HOST_F1.get(index).map(|f| f.name),
            "__vmgpu_host_math_d1" => host::HOST_D1.get(index).map(|f| f.name),
            _ => host::HOST_D2.get(index).map(|f| f.name),
        };
        let Some(function) = function else { return fail(span, "there is no such host function") };
        match host_fn(function) {
            Some(f) => Ok(self.intrinsic(I::HostMath(f), args.collect(), ret, span)),
            None => unsupported(span, "these math functions", function),
        }
    }

    /// The bytes of a string literal, without its final zero.
    fn literal_bytes(&self, e: &Expr) -> Option<Vec<u8>> {
        match &e.kind {
            ExprKind::Convert { operand, .. } => self.literal_bytes(operand),
            ExprKind::Global(id) => {
                let def = &self.globals[id.0 as usize];
                let text = def.init.as_ref().filter(|_| def.name.is_empty())?;
                Some(text[..text.len().saturating_sub(1)].to_vec())
            }
            _ => None,
        }
    }

    fn printf(&mut self, args: Vec<Expr>, span: Span) -> Res<Val> {
        let mut args = args.into_iter();
        let Some(format) = args.next() else { return fail(span, "too few arguments in function call") };
        let Some(format) = self.literal_bytes(&format) else {
            return unsupported(span, "printf formats that are no literals", &self.snippet(span));
        };
        if let Some(nothing) = args.as_slice().iter().find(|a| a.ty == TypeId::VOID) {
            return fail(nothing.span, "incomplete type \"void\" is not allowed");
        }
        let kind = ExprKind::Printf { format: format.into(), args: args.collect() };
        Ok(Val::value(Expr::value(kind, TypeId::INT, span)))
    }

    fn assert_fail(&mut self, args: &[Expr], span: Span) -> Res<Val> {
        let text = |c: &Self, i: usize| {
            let bytes = args.get(i).and_then(|a| c.literal_bytes(a)).unwrap_or_default();
            String::from_utf8_lossy(&bytes).into_owned().into_boxed_str()
        };
        let line = match args.get(2).map(|a| &a.kind) {
            Some(ExprKind::Const(Const::Int(line))) => *line as u32,
            _ => 0,
        };
        let info = AssertInfo { message: text(self, 0), file: text(self, 1), line, function: text(self, 3) };
        Ok(Val::value(Expr::value(ExprKind::AssertFail(Box::new(info)), TypeId::VOID, span)))
    }
}

fn constant(c: Const, ty: TypeId, span: Span) -> Val {
    Val::value(Expr::value(ExprKind::Const(c), ty, span))
}
