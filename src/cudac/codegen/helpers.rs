//! The host functions behind `Helpers`. None of them panics: generated code has no unwind tables.

use std::sync::OnceLock;
use std::time::Instant;

use crate::cudac::thread_ir::MathFn;
use crate::cudac::thread_ir::eval;

use super::checker::check;
use super::context::*;
use super::launch::Launch;
use crate::cudac::runtime::printf::format_printf;

/// The one table.
pub static HELPERS: Helpers =
    Helpers { fault, memmove, memset, math32, math64, fma32, fma64, round32, round64, printf, clock, check };

extern "C" fn fault(ctx: *mut BlockCtx, kind: u32, loc: u32, thread: u32, info: u64) {
    // SAFETY: generated code passes the context it was called with, which this worker owns.
    let ctx = unsafe { &mut *ctx };
    if ctx.fault.kind == 0 {
        ctx.fault = FaultRecord { kind, loc, thread, other: 0, info };
    }
}

unsafe extern "C" fn memmove(dst: *mut u8, src: *const u8, size: u64) {
    // SAFETY: the kernel's own addresses; the device trusts the kernel outside checked mode.
    unsafe { std::ptr::copy(src, dst, size as usize) }
}

unsafe extern "C" fn memset(dst: *mut u8, byte: u32, size: u64) {
    // SAFETY: as for `memmove`.
    unsafe { std::ptr::write_bytes(dst, byte as u8, size as usize) }
}

/// All functions by number, so that a number from generated code needs no unchecked conversion.
const MATH: [MathFn; 41] = [
    MathFn::Sin,
    MathFn::Cos,
    MathFn::Tan,
    MathFn::Asin,
    MathFn::Acos,
    MathFn::Atan,
    MathFn::Atan2,
    MathFn::Sinh,
    MathFn::Cosh,
    MathFn::Tanh,
    MathFn::Asinh,
    MathFn::Acosh,
    MathFn::Atanh,
    MathFn::Exp,
    MathFn::Exp2,
    MathFn::Expm1,
    MathFn::Log,
    MathFn::Log2,
    MathFn::Log10,
    MathFn::Log1p,
    MathFn::Pow,
    MathFn::Cbrt,
    MathFn::Hypot,
    MathFn::Fmod,
    MathFn::Remainder,
    MathFn::Erf,
    MathFn::Erfc,
    MathFn::Tgamma,
    MathFn::Lgamma,
    MathFn::J0,
    MathFn::J1,
    MathFn::Y0,
    MathFn::Y1,
    MathFn::CylBesselI0,
    MathFn::CylBesselI1,
    MathFn::Erfinv,
    MathFn::Erfcinv,
    MathFn::Normcdfinv,
    MathFn::RemquoBits,
    MathFn::Jn,
    MathFn::Yn,
];

extern "C" fn math32(func: u32, a: f32, b: f32) -> f32 {
    MATH.get(func as usize).map_or(f32::NAN, |&f| eval::math64(f, a as f64, b as f64) as f32)
}

extern "C" fn math64(func: u32, a: f64, b: f64) -> f64 {
    MATH.get(func as usize).map_or(f64::NAN, |&f| eval::math64(f, a, b))
}

extern "C" fn fma32(a: f32, b: f32, c: f32) -> f32 {
    a.mul_add(b, c)
}

extern "C" fn fma64(a: f64, b: f64, c: f64) -> f64 {
    a.mul_add(b, c)
}

extern "C" fn round32(op: u32, x: f32) -> f32 {
    match op {
        0 => x.floor(),
        1 => x.ceil(),
        2 => x.trunc(),
        _ => x.round_ties_even(),
    }
}

extern "C" fn round64(op: u32, x: f64) -> f64 {
    match op {
        0 => x.floor(),
        1 => x.ceil(),
        2 => x.trunc(),
        _ => x.round_ties_even(),
    }
}

unsafe extern "C" fn printf(ctx: *mut BlockCtx, fmt: *const u8, args: *const u64, count: u32) -> u32 {
    // SAFETY: the format is a string constant of the kernel (NUL-terminated), `args` an array of `count` in the
    // caller's frame, the context belongs to this worker and points to a live launch.
    let (ctx, fmt, args) = unsafe {
        let fmt = std::ffi::CStr::from_ptr(fmt.cast()).to_bytes();
        (&*ctx, fmt, std::slice::from_raw_parts(args, count as usize))
    };
    // SAFETY: set by the driver for the time of the launch.
    let launch = unsafe { &*ctx.launch.cast::<Launch>() };
    let readable = |at: u64| ctx.checker.is_null() || launch.find_range(ctx, at, 1).is_some();
    // SAFETY: `%s` arguments are pointers of the kernel, trusted as all its pointers where they are not checked.
    let text = unsafe { format_printf(fmt, args, &readable) };
    if let Some(sink) = launch.printf {
        sink(&text);
    }
    count
}

extern "C" fn clock(kind: u32) -> u64 {
    static START: OnceLock<Instant> = OnceLock::new();
    #[cfg(target_arch = "x86_64")]
    if kind == 0 {
        // SAFETY: every x86-64 has the time stamp counter.
        return unsafe { std::arch::x86_64::_rdtsc() };
    }
    let _ = kind;
    START.get_or_init(Instant::now).elapsed().as_nanos() as u64
}
