//! Contraction: a product and a sum that both allow it become one fused multiply-add, as nvcc does by default
//! (`-fmad=true`). Run once, after inlining and after slots became registers; what is left of the CONTRACT flags has
//! no meaning from then on, so that the interpreter and every generator compute the same bits.
//!
//! A product is fused into a sum when it has no other use and stands in the same basic block: recomputing a shared
//! product, or moving one into a loop, would cost more than it saves.

use crate::cudac::thread_ir::{BinOp, FastFlags, Function, Inst, Op, UnOp, Value};

/// Fuses in one function.
pub fn contract(f: &mut Function) {
    let mut uses = vec![0u32; f.values.len()];
    let mut count = |v: Value| uses[v.index()] += 1;
    for b in &f.blocks {
        b.insts.iter().for_each(|i| i.op.for_each_value(&mut count));
        b.term.for_each_value(&mut count);
    }
    for b in 0..f.blocks.len() {
        contract_block(f, b, &uses);
    }
}

/// A product that may be fused: its factors, and whether it is negated.
struct Product {
    a: Value,
    b: Value,
    negated: bool,
}

fn contract_block(f: &mut Function, block: usize, uses: &[u32]) {
    let insts = std::mem::take(&mut f.blocks[block].insts);
    // Where each value of this block was made.
    let mut made: Vec<(Value, usize)> = Vec::new();
    let mut out: Vec<Inst> = Vec::with_capacity(insts.len());
    for mut inst in insts {
        if let Op::Binary(op @ (BinOp::FAdd | BinOp::FSub), x, y, flags) = inst.op
            && flags.has(FastFlags::CONTRACT)
        {
            let find = |v: Value| product(v, &out, &made, uses);
            let (px, py) = (find(x), find(y));
            let minus_y = op == BinOp::FSub;
            // Of two products the first is fused, and the other is its addend.
            let fused = match (px, py) {
                (Some(p), _) => Some((p, y, minus_y)),
                (None, Some(p)) => Some((Product { negated: p.negated != minus_y, ..p }, x, false)),
                (None, None) => None,
            };
            if let Some((p, addend, negate_addend)) = fused {
                let ty = f.ty(inst.result.unwrap_or(x));
                let mut negate = |v: Value, f: &mut Function| {
                    let n = f.new_value(ty);
                    let op = Op::Unary(UnOp::FNeg, v, FastFlags::NONE);
                    out.push(Inst { op, result: Some(n), loc: inst.loc });
                    n
                };
                let a = if p.negated { negate(p.a, f) } else { p.a };
                let c = if negate_addend { negate(addend, f) } else { addend };
                inst.op = Op::Fma(a, p.b, c);
            }
        }
        if let Some(v) = inst.result {
            made.push((v, out.len()));
        }
        out.push(inst);
    }
    f.blocks[block].insts = out;
}

fn product(v: Value, out: &[Inst], made: &[(Value, usize)], uses: &[u32]) -> Option<Product> {
    // Values are mostly used soon after they are made.
    let at = made.iter().rev().take(256).find(|(w, _)| *w == v)?.1;
    if uses.get(v.index()).copied().unwrap_or(0) != 1 {
        return None;
    }
    match out[at].op {
        Op::Binary(BinOp::FMul, a, b, flags) if flags.has(FastFlags::CONTRACT) => {
            Some(Product { a, b, negated: false })
        }
        Op::Unary(UnOp::FNeg, inner, _) => {
            let p = product(inner, out, made, uses)?;
            Some(Product { negated: !p.negated, ..p })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cudac::thread_ir::{FunctionBuilder, Ty};

    fn ops(f: &Function) -> Vec<&Op> {
        f.blocks.iter().flat_map(|b| &b.insts).map(|i| &i.op).collect()
    }

    fn with(body: impl FnOnce(&mut FunctionBuilder) -> Value) -> Function {
        let mut b = FunctionBuilder::new(Function::new_device("f", &[Ty::F32; 4], Some(Ty::F32)));
        b.set_flags(FastFlags::CONTRACT);
        let v = body(&mut b);
        b.ret(Some(v));
        let mut f = b.finish();
        contract(&mut f);
        f
    }

    #[test]
    fn a_single_use_product_is_fused_with_the_right_signs() {
        let f = with(|b| {
            let p = b.binary(BinOp::FMul, b.arg(0), b.arg(1));
            b.binary(BinOp::FSub, b.arg(2), p)
        });
        let [a, b, c] = [f.blocks[0].params[0], f.blocks[0].params[1], f.blocks[0].params[2]];
        let list = ops(&f);
        let Op::Unary(UnOp::FNeg, n, _) = list[1] else { panic!("{list:?}") };
        assert_eq!(*n, a);
        let negated = f.blocks[0].insts[1].result.unwrap();
        assert_eq!(*list[2], Op::Fma(negated, b, c));
    }

    #[test]
    fn of_two_products_one_stays() {
        let f = with(|b| {
            let p = b.binary(BinOp::FMul, b.arg(0), b.arg(1));
            let q = b.binary(BinOp::FMul, b.arg(2), b.arg(3));
            b.binary(BinOp::FAdd, p, q)
        });
        let q = f.blocks[0].insts[1].result.unwrap();
        let params = &f.blocks[0].params;
        assert_eq!(*ops(&f)[2], Op::Fma(params[0], params[1], q));
    }

    #[test]
    fn shared_or_strict_products_are_left_alone() {
        let f = with(|b| {
            let p = b.binary(BinOp::FMul, b.arg(0), b.arg(1));
            let s = b.binary(BinOp::FAdd, p, b.arg(2));
            b.binary(BinOp::FAdd, s, p)
        });
        assert!(!ops(&f).iter().any(|o| matches!(o, Op::Fma(..))), "{f:?}");
        let f = with(|b| {
            b.set_flags(FastFlags::NONE);
            let p = b.binary(BinOp::FMul, b.arg(0), b.arg(1));
            b.set_flags(FastFlags::CONTRACT);
            b.binary(BinOp::FAdd, p, b.arg(2))
        });
        assert!(!ops(&f).iter().any(|o| matches!(o, Op::Fma(..))), "{f:?}");
    }
}
