//! Directed rounding against the machine's own: the same operation with the rounding mode of SSE switched.

use std::hint::black_box;

use super::*;
use crate::cudac::thread_ir::interp::{InterpLaunch, run};
use crate::cudac::thread_ir::{MemFlags, Module, ParamInfo, Space};

unsafe extern "C" {
    fn fesetround(mode: i32) -> i32;
}

/// The machine's result with another rounding mode.
fn machine<T>(mode: Rounding, f: impl FnOnce() -> T) -> T {
    let number = match mode {
        Rounding::NearestEven => 0,
        Rounding::Down => 0x400,
        Rounding::Up => 0x800,
        Rounding::Zero => 0xc00,
    };
    // SAFETY: a C library function; the mode is set back before anything else is computed.
    unsafe { fesetround(number) };
    let result = black_box(f());
    // SAFETY: as above.
    unsafe { fesetround(0) };
    result
}

/// Runs the helper on rows of three operands (bit patterns).
fn interpret(op: RoundedOp, ty: Ty, mode: Rounding, rows: &[[u64; 3]]) -> Vec<u64> {
    let helper = build(op, ty, mode);
    let params = helper.params.clone();
    let mut module = Module::new();
    let info =
        |name: &str, offset| ParamInfo { name: name.into(), offset, size: 8, align: 8, ty: Some(Ty::Ptr) };
    let kernel = Function::new_kernel("k", vec![info("in", 0), info("out", 8)]);
    let mut b = FunctionBuilder::new(kernel);
    let (input, output) = (b.param_load(Ty::Ptr, 0), b.param_load(Ty::Ptr, 8));
    let i = b.sreg(crate::cudac::thread_ir::Sreg::CtaidX);
    let i = b.cast(CastOp::ZExt, i, Ty::I64);
    let row = b.iconst(Ty::I64, 24);
    let at = b.binary(BinOp::Mul, i, row);
    let from = b.ptr_add(input, at);
    let args: Vec<Value> = params
        .iter()
        .enumerate()
        .map(|(n, ty)| {
            let p = b.ptr_add_const(from, n as i64 * 8);
            b.load(*ty, p, MemFlags::natural(*ty, Space::Generic))
        })
        .collect();
    let result = b.call(FuncId(1), &args, Some(ty)).unwrap();
    let eight = b.iconst(Ty::I64, 8);
    let at = b.binary(BinOp::Mul, i, eight);
    let to = b.ptr_add(output, at);
    b.store(to, result, MemFlags::natural(ty, Space::Generic));
    b.ret(None);
    module.add_function(b.finish());
    module.add_function(helper);
    crate::cudac::thread_ir::verify::verify_module(&module).unwrap();
    let mut out = vec![0u64; rows.len()];
    let addresses = [rows.as_ptr() as u64, out.as_mut_ptr() as u64];
    let params: Vec<u8> = addresses.iter().flat_map(|a| a.to_le_bytes()).collect();
    let launch = InterpLaunch {
        grid: [rows.len() as u32, 1, 1],
        block: [1, 1, 1],
        dyn_shared: 0,
        params: &params,
        globals: &[],
        step_limit: u64::MAX,
        seed: 0,
        printf: None,
        ranges: None,
    };
    // SAFETY: one block for each row of input and output.
    unsafe { run(&module, FuncId(0), &launch) }.unwrap();
    out
}

fn random(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// Bit patterns of every kind: random bits, numbers near 1, few significant bits, edges.
fn operand64(s: &mut u64) -> u64 {
    let r = random(s);
    let sign = r & (1 << 63);
    match r % 6 {
        0 => random(s),
        1 => sign | (1000 + (r >> 8) % 46) << 52 | random(s) >> 12,
        2 => sign | (1000 + (r >> 8) % 46) << 52 | (random(s) >> 12) & !((1 << 40) - 1),
        3 => sign | random(s) >> 12,
        4 => sign | ((r >> 8) % 70) << 52 | random(s) >> 12,
        _ => [
            0,
            1 << 63,
            1,
            0x7fef << 48 | 0xffff_ffff_ffff,
            0x7ff0 << 48,
            0xfff0 << 48,
            0x3ff0 << 48,
            0x10 << 48,
            0x8000_0000_0000_0001,
        ][(r >> 8) as usize % 9],
    }
}

fn operand32(s: &mut u64) -> u64 {
    let r = random(s);
    let sign = r & (1 << 31);
    let x = match r % 6 {
        0 => random(s) & 0xffff_ffff,
        1 => sign | (120 + (r >> 40) % 14) << 23 | random(s) >> 41,
        2 => sign | (120 + (r >> 40) % 14) << 23 | (random(s) >> 41) & !0xffff,
        3 => sign | random(s) >> 41,
        4 => sign | ((r >> 40) % 30) << 23 | random(s) >> 41,
        _ => [0, 1 << 31, 1, 0x7f7f_ffff, 0xff7f_ffff, 0x7f80_0000, 0x3f80_0000, 0x80_0000, 0x8000_0001]
            [(r >> 40) as usize % 9],
    };
    x & 0xffff_ffff
}

const MODES: [Rounding; 3] = [Rounding::Zero, Rounding::Up, Rounding::Down];

fn compare(op: RoundedOp, ty: Ty, rows: &[[u64; 3]], f: impl Fn(&[u64; 3]) -> u64) {
    for mode in MODES {
        let got = interpret(op, ty, mode, rows);
        for (row, got) in rows.iter().zip(got) {
            let want = machine(mode, || f(black_box(row)));
            let both_nan = match ty {
                Ty::F32 => f32::from_bits(want as u32).is_nan() && f32::from_bits(got as u32).is_nan(),
                _ => f64::from_bits(want).is_nan() && f64::from_bits(got).is_nan(),
            };
            assert!(got == want || both_nan, "{op:?} {ty} {mode:?} {row:x?}: got {got:x}, want {want:x}");
        }
    }
}

fn rows(n: usize, seed: u64, operand: fn(&mut u64) -> u64) -> Vec<[u64; 3]> {
    let mut s = seed;
    (0..n).map(|_| [operand(&mut s), operand(&mut s), operand(&mut s)]).collect()
}

fn f(bits: u64) -> f32 {
    f32::from_bits(bits as u32)
}

fn d(bits: u64) -> f64 {
    f64::from_bits(bits)
}

#[test]
fn single_precision() {
    let rows = rows(20_000, 1, operand32);
    compare(RoundedOp::Add, Ty::F32, &rows, |r| (f(r[0]) + f(r[1])).to_bits().into());
    compare(RoundedOp::Mul, Ty::F32, &rows, |r| (f(r[0]) * f(r[1])).to_bits().into());
    compare(RoundedOp::Div, Ty::F32, &rows, |r| (f(r[0]) / f(r[1])).to_bits().into());
    compare(RoundedOp::Sqrt, Ty::F32, &rows, |r| f(r[0]).sqrt().to_bits().into());
}

#[test]
fn double_precision() {
    let rows = rows(20_000, 2, operand64);
    compare(RoundedOp::Add, Ty::F64, &rows, |r| (d(r[0]) + d(r[1])).to_bits());
    compare(RoundedOp::Mul, Ty::F64, &rows, |r| (d(r[0]) * d(r[1])).to_bits());
    compare(RoundedOp::Div, Ty::F64, &rows, |r| (d(r[0]) / d(r[1])).to_bits());
    compare(RoundedOp::Sqrt, Ty::F64, &rows, |r| d(r[0]).sqrt().to_bits());
}

#[test]
fn operands_that_nearly_cancel() {
    let mut s = 5;
    let close = |s: &mut u64| {
        let a = operand64(s);
        [a, (a ^ 1 << 63).wrapping_add(random(s) % 5).wrapping_sub(2), 0]
    };
    let rows: Vec<_> = (0..10_000).map(|_| close(&mut s)).collect();
    compare(RoundedOp::Add, Ty::F64, &rows, |r| (d(r[0]) + d(r[1])).to_bits());
    let close = |s: &mut u64| {
        let a = operand32(s);
        [a, (a ^ 1 << 31).wrapping_add(random(s) % 5).wrapping_sub(2) & 0xffff_ffff, 0]
    };
    let rows: Vec<_> = (0..10_000).map(|_| close(&mut s)).collect();
    compare(RoundedOp::Add, Ty::F32, &rows, |r| (f(r[0]) + f(r[1])).to_bits().into());
}

#[test]
fn fused_multiply_add_in_single_precision() {
    if !std::arch::is_x86_feature_detected!("fma") {
        return;
    }
    let mut rows = rows(20_000, 3, operand32);
    // Products that nearly cancel the addend.
    let mut s = 9;
    for row in rows.iter_mut().skip(10_000) {
        let p = -(f(row[0]) * f(row[1]));
        row[2] = u64::from(p.to_bits().wrapping_add((random(&mut s) % 5) as u32).wrapping_sub(2));
    }
    compare(RoundedOp::Fma, Ty::F32, &rows, |r| f(r[0]).mul_add(f(r[1]), f(r[2])).to_bits().into());
}

#[test]
fn conversions() {
    let mut s = 4;
    let mut rows = rows(10_000, 6, operand64);
    for row in &mut rows {
        if random(&mut s).is_multiple_of(2) {
            row[0] =
                (f64::from(f(operand32(&mut s)))).to_bits().wrapping_add(random(&mut s) % 3).wrapping_sub(1);
        }
    }
    compare(RoundedOp::Narrow, Ty::F32, &rows, |r| (d(r[0]) as f32).to_bits().into());
    for row in &mut rows {
        row[0] = random(&mut s) >> (random(&mut s) % 64);
        if random(&mut s).is_multiple_of(4) {
            row[0] = !row[0];
        }
    }
    compare(RoundedOp::FromInt(Ty::I64, true), Ty::F64, &rows, |r| (r[0] as i64 as f64).to_bits());
    compare(RoundedOp::FromInt(Ty::I64, true), Ty::F32, &rows, |r| (r[0] as i64 as f32).to_bits().into());
    compare(RoundedOp::FromInt(Ty::I32, true), Ty::F32, &rows, |r| (r[0] as i32 as f32).to_bits().into());
    // The machine converts unsigned 64-bit numbers in several steps; through 128 bits by hand instead.
    for mode in MODES {
        let got = interpret(RoundedOp::FromInt(Ty::I64, false), Ty::F64, mode, &rows);
        for (row, got) in rows.iter().zip(got) {
            let v = row[0];
            let drop = (64 - v.leading_zeros()).saturating_sub(53);
            let up = mode == Rounding::Up && v & ((1u64 << drop) - 1) != 0;
            let kept = (v >> drop) + u64::from(up);
            let want = kept as f64 * f64::from(drop).exp2();
            assert_eq!(d(got), want, "{v:x} {mode:?}");
        }
    }
}
